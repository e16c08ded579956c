package dispatch

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// TestRushSpans: rows are hours on the clock of the place, on working days as the country has them, over midnight and when the clock
// is put back.
func TestRushSpans(t *testing.T) {
	t.Parallel()
	zone := func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return loc
	}
	shanghai, york := zone("Asia/Shanghai"), zone("America/New_York")
	work, err := calendar.ChinaWorkdays("work", shanghai)
	if err != nil {
		t.Fatal(err)
	}
	morning := []RushHours{{Days: []string{"working"}, From: "07:30", To: "09:00", Percent: 150}}
	for _, tt := range []struct {
		name string
		rows []RushHours
		loc  *time.Location
		date calendar.Date
		want string
	}{
		{"a Wednesday", morning, shanghai, calendar.NewDate(2026, 11, 25), "23 23:30–01:00 150, 24 23:30–01:00 150, 25 23:30–01:00 150"},
		{"a Saturday", morning, shanghai, calendar.NewDate(2026, 11, 28), "26 23:30–01:00 150"},
		{"a national holiday", morning, shanghai, calendar.NewDate(2026, 10, 2), ""},
		{"a Saturday that makes up for it", morning, shanghai, calendar.NewDate(2026, 10, 10), "08 23:30–01:00 150, 09 23:30–01:00 150"},
		{"days off", []RushHours{{Days: []string{"free"}, From: "10:00", To: "12:00", Percent: 80}}, shanghai, calendar.NewDate(2026, 11, 28), "28 02:00–04:00 80, 29 02:00–04:00 80"},
		{"by weekday", []RushHours{{Days: []string{"wed", "sun"}, From: "10:00", To: "12:00", Percent: 400}}, shanghai, calendar.NewDate(2026, 11, 25), "25 02:00–04:00 400"},
		{
			"over midnight",
			[]RushHours{{Days: []string{"fri"}, From: "22:00", To: "24:00", Percent: 130}, {Days: []string{"sat"}, From: "00:00", To: "01:30", Percent: 130}},
			shanghai, calendar.NewDate(2026, 11, 27), "27 14:00–16:00 130, 27 16:00–17:30 130",
		},
		{"as long as ever", []RushHours{{Days: []string{"wed"}, From: "10:00", To: "12:00", Percent: 100}}, shanghai, calendar.NewDate(2026, 11, 25), ""},
		{"in New York, the clock put back", []RushHours{{Days: []string{"sat", "sun"}, From: "07:30", To: "09:00", Percent: 150}}, york, calendar.NewDate(2026, 11, 1), "31 11:30–13:00 150, 01 12:30–14:00 150"},
	} {
		var got []string
		for _, h := range spansOf(tt.rows, work, tt.loc, tt.date) {
			got = append(got, h.From.UTC().Format("02 15:04–")+h.To.UTC().Format("15:04 ")+strconv.Itoa(h.Percent))
		}
		if text := strings.Join(got, ", "); text != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, text, tt.want)
		}
	}
}

var workMornings = RushHours{Days: []string{"working"}, From: "08:30", To: "10:30", Percent: 300}

// TestRushRefused: rows that make no sense are refused at their fields, and nothing changes.
func TestRushRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for name, tt := range map[string]struct {
			rows  []RushHours
			field string
			code  *problem.Code
		}{
			"ends before it begins": {[]RushHours{{Days: []string{"mon"}, From: "09:00", To: "09:00", Percent: 150}}, "rush_hours.0.to", ErrRushOrder},
			"no time":               {[]RushHours{{Days: []string{"mon"}, From: "9 am", To: "10:00", Percent: 150}}, "rush_hours.0.from", problem.BadFormat},
			"begins at the end":     {[]RushHours{{Days: []string{"mon"}, From: "09:00", To: "25:00", Percent: 150}}, "rush_hours.0.to", problem.BadFormat},
			"too fast":              {[]RushHours{{Days: []string{"mon"}, From: "09:00", To: "10:00", Percent: 49}}, "rush_hours.0.percent", problem.OutOfRange},
			"too slow":              {[]RushHours{{Days: []string{"mon"}, From: "09:00", To: "10:00", Percent: 401}}, "rush_hours.0.percent", problem.OutOfRange},
			"no days":               {[]RushHours{{From: "09:00", To: "10:00", Percent: 150}}, "rush_hours.0.days", problem.Required},
			"a day nobody knows":    {[]RushHours{{Days: []string{"mon", "funday"}, From: "09:00", To: "10:00", Percent: 150}}, "rush_hours.0.days.1", problem.BadChoice},
			"a day twice":           {[]RushHours{{Days: []string{"mon", "mon"}, From: "09:00", To: "10:00", Percent: 150}}, "rush_hours.0.days.1", problem.BadChoice},
			"overlaps":              {[]RushHours{{Days: []string{"mon"}, From: "09:00", To: "10:00", Percent: 150}, {Days: []string{"working"}, From: "09:30", To: "11:00", Percent: 150}}, "rush_hours.1.from", ErrRushOverlap},
			"no such outlet":        {[]RushHours{{OutletID: "x", Days: []string{"mon"}, From: "09:00", To: "10:00", Percent: 150}}, "rush_hours.0.outlet_id", problem.Unknown},
		} {
			_, err := f.SetPlanPolicy(f.ctx, PolicyInput{PlanPolicy: PlanPolicy{RushHours: tt.rows}})
			var bad *problem.Error
			if !errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[0].Field != tt.field || bad.Fields[0].Code != tt.code.Key {
				t.Errorf("%s: %v %+v, want %s at %s", name, err, bad, tt.code.Key, tt.field)
			}
		}
		if p, err := f.PlanPolicy(f.ctx, ""); err != nil || p.Version != 0 || len(p.RushHours) != 0 {
			t.Errorf("what was refused changed %+v, %v", p, err)
		}
		apart := []RushHours{
			{Days: []string{"working"}, From: "08:00", To: "09:00", Percent: 150},
			{Days: []string{"free"}, From: "08:30", To: "10:00", Percent: 120},
			{Days: []string{"working"}, From: "09:00", To: "10:00", Percent: 130},
			{OutletID: f.own.ID, Days: []string{"working"}, From: "08:00", To: "09:00", Percent: 200},
		}
		if p := f.setPolicy(PlanPolicy{RushHours: apart}); p.Version != 1 || !slices.EqualFunc(p.RushHours, apart, func(a, b RushHours) bool { return a.From == b.From && a.OutletID == b.OutletID }) {
			t.Errorf("rows that lie apart: %+v", p)
		}
	})
}

// rush are the rush hours of an engineer's tomorrow: his days as they are read.
func (f *fixture) rush(id workforce.EngineerID) []planner.RushHour {
	f.t.Helper()
	people, err := f.peopleTx(f.ctx, f.d, []workforce.EngineerID{id})
	f.must(err)
	w, err := f.look(f.ctx, f.d, worldInput{people: people, from: today + 1, to: today + 1})
	f.must(err)
	return w.Engineers[0].Days[0].RushHours
}

// TestRushWhose: whoever works for one brand goes by its policy, whoever works for several by the one for all, and rows of an outlet
// hold for its people alone.
func TestRushWhose(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		if list := f.rush(f.sun.ID); list != nil {
			t.Errorf("from the start: %+v", list)
		}
		percent := func(id workforce.EngineerID) int {
			t.Helper()
			list := f.rush(id)
			if len(list) == 0 {
				return 100
			}
			return list[0].Percent
		}
		row := func(o outlets.ID, percent int) RushHours {
			r := workMornings
			r.OutletID, r.Percent = o, percent
			return r
		}
		f.setPolicy(PlanPolicy{RushHours: []RushHours{row("", 150), row(f.hz.ID, 170)}})
		f.setPolicy(PlanPolicy{BrandID: f.two, RushHours: []RushHours{row("", 250)}})
		// Outlet yu works for brand one, which follows the policy for all; own and hz for both.
		for id, want := range map[workforce.EngineerID]int{f.sun.ID: 150, f.zhao.ID: 150, f.li.ID: 170} {
			if got := percent(id); got != want {
				t.Errorf("%s: %d per cent, want %d", id, got, want)
			}
		}
		f.setPolicy(PlanPolicy{BrandID: f.one, RushHours: []RushHours{row("", 200)}})
		for id, want := range map[workforce.EngineerID]int{f.sun.ID: 200, f.zhao.ID: 150} {
			if got := percent(id); got != want {
				t.Errorf("%s with a policy of brand one: %d per cent, want %d", id, got, want)
			}
		}
		other := f.engineer(f.sh, "沪师傅") // brand two alone: sees nothing of brand one's hours
		if got := percent(other.ID); got != 250 {
			t.Errorf("of brand two: %d per cent", got)
		}
		f.setPolicy(PlanPolicy{BrandID: f.two, Version: 1, RushHours: nil})
		if got := percent(other.ID); got != 100 {
			t.Errorf("of brand two, without: %d per cent", got)
		}
		dispatcher := f.as(access.RoleDispatcher, "/", f.two)
		list, err := f.PlanPolicies(dispatcher)
		f.must(err)
		for _, p := range list {
			if p.BrandID == f.one || slices.ContainsFunc(p.RushHours, func(r RushHours) bool { return r.Percent == 200 }) {
				t.Errorf("who sees brand two sees %+v", p)
			}
		}
	})
}

// TestRushEverywhere: a way that takes three times as long in the morning shows on the board, forbids and costs what it should, and what
// is kept in memory follows a change of the policy at once.
func TestRushEverywhere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.orderAt(geo.Point{Lat: 30.33, Lon: 120.26, Datum: geo.WGS84})
		v := f.planned(f.orderAt(geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}), f.zhao, at(1, 8, 45))
		way := func() time.Duration {
			t.Helper()
			return f.row(f.zhao.ID, 1).Ways[0]
		}
		start := v.End.Add(45 * time.Minute)
		ask := JudgeInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: start}
		before, calm := way(), f.judged(f.ctx, ask)[f.zhao.ID]
		if calm.Verdict == VerdictAside || calm.Verdict == VerdictRefused {
			t.Fatalf("without rush hours: %+v", calm)
		}
		windows := []planner.Span{{From: v.End, To: start}}
		paths := []string{f.own.Path}
		f.sameWorld("without rush hours", o, paths, today+1, today+1)
		offered := func() []planner.Slot {
			t.Helper()
			_, list, err := f.slotsOf(f.ctx, f.d, o, paths, windows, f.own.Location())
			f.must(err)
			return list
		}
		f.planned(f.order(f.one), f.qian, at(1, 8, 45))
		if list := offered(); !list[0].Offered() {
			t.Fatalf("without rush hours nobody is offered: %v", list[0].Reasons)
		}
		wide := workMornings
		wide.From, wide.To = "07:00", "14:00"
		set := f.setPolicy(PlanPolicy{RushHours: []RushHours{wide}})
		f.sameWorld("with rush hours", o, paths, today+1, today+1)
		if now := way(); now <= 2*before || now > 3*before+time.Minute {
			t.Errorf("the way takes %s in the rush, %s before", now, before)
		}
		late := f.judged(f.ctx, ask)[f.zhao.ID]
		if late.Verdict != VerdictAside || !late.Reasons.Has(planner.RuleRush) {
			t.Errorf("in the rush: %+v", late)
		}
		if late.Extra <= calm.Extra {
			t.Errorf("on the way %s more, %s before", late.Extra, calm.Extra)
		}
		if list := offered(); list[0].Offered() || !list[0].Reasons.Has(planner.NoteRush) {
			t.Errorf("in the rush: offered %v, %v", list[0].Offered(), list[0].Reasons.Codes())
		}
		p, err := f.PlanNow(f.ctx, StartPlanInput{Date: today + 1, Days: 1}, quiet)
		f.must(err)
		for _, c := range p.Body.Changes {
			if slices.Contains(c.Orders, o.ID) && (c.To == nil || slices.Contains(c.To.Engineers, planner.EngineerID(f.zhao.ID)) && c.To.Start.Before(start.Add(time.Minute))) {
				t.Errorf("planned as %+v", c)
			}
		}
		for hour, want := range map[int]time.Duration{9: time.Hour, 15: 20 * time.Minute} { // whoever is late sets off then
			if got, err := f.wayLeaving(f.ctx, f.zhao.ID, at(1, hour, 0), 20*time.Minute); err != nil || got < want || got > want+time.Minute {
				t.Errorf("twenty minutes take %s at %d, %v; want about %s", got, hour, err, want)
			}
		}
		busy := f.assumed()
		set.RushHours = nil
		f.setPolicy(set)
		if calm := f.assumed(); calm.Base.Travel >= busy.Base.Travel || calm.Changed.Travel >= busy.Changed.Travel || calm.Changed.Engineers != calm.Base.Engineers+1 {
			t.Errorf("assumed in the rush %+v, without %+v", busy, calm)
		}
		f.sameWorld("without them again", o, paths, today+1, today+1)
		if now := way(); now != before {
			t.Errorf("the way takes %s, %s before", now, before)
		}
		if list := offered(); !list[0].Offered() {
			t.Errorf("without rush hours again nobody is offered: %v", list[0].Reasons)
		}
	})
}

// assumed is what comes of tomorrow with one more engineer.
func (f *fixture) assumed() ScenarioResult {
	f.t.Helper()
	sc, err := f.CreateScenario(f.ctx, ScenarioInput{
		Name: "多一人", Outlet: f.own.ID, Date: today + 1, Assumptions: Assumptions{People: []ExtraPeople{{Outlet: f.own.ID, Count: 1, Skills: f.zhao.Skills}}},
	})
	f.must(err)
	f.must(f.runScenario(f.ctx, ScenarioArgs{Scenario: sc.ID, Task: sc.TaskID}))
	sc, err = f.GetScenario(f.ctx, sc.ID)
	f.must(err)
	if sc.Result == nil {
		f.t.Fatalf("assumed: %+v", sc)
	}
	return *sc.Result
}

// TestRushAPI: rows are set, read back, refused in the reader's words, and kept by nobody who did not see the version before.
func TestRushAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		s := f.server(t)
		body := func(rows ...object) object {
			return object{
				"near_hours": 24, "rush_percent": 100, "margin_minutes": 0, "margin_price": 0, "visit_minutes": 10, "share_price": 0, "shares": []object{}, "rush_hours": rows,
			}
		}
		row := object{"days": []string{"working"}, "from": "07:30", "to": "09:00", "percent": 150}
		path := "/dispatch/policies/" + string(f.one)
		got := s.want(200, "PUT", path, body(row), "If-Match", `"0"`)
		list, _ := got["rush_hours"].([]any)
		if len(list) != 1 || list[0].(object)["to"] != "09:00" || list[0].(object)["percent"] != 150.0 {
			t.Fatalf("set: %v", got)
		}
		if again := s.want(200, "GET", path, nil); len(again["rush_hours"].([]any)) != 1 {
			t.Errorf("read: %v", again)
		}
		if other := s.want(200, "GET", "/dispatch/policies/"+string(f.two), nil); len(other["rush_hours"].([]any)) != 0 {
			t.Errorf("the other brand: %v", other)
		}
		s.want(412, "PUT", path, body(), "If-Match", `"0"`)
		backwards := object{"days": []string{"mon"}, "from": "09:00", "to": "08:00", "percent": 150}
		overlaps := object{"days": []string{"working", "sat"}, "from": "08:00", "to": "10:00", "percent": 120}
		for lang, want := range map[string][2]string{
			"zh-CN": {"结束要晚于开始", "与第 1 段的时间重叠"}, "en": {"Ends before it begins", "Overlaps row 1"},
		} {
			for i, rows := range [][]object{{backwards}, {row, overlaps}} {
				said := s.want(422, "PUT", path, body(rows...), "If-Match", `"1"`, "Accept-Language", lang)
				if text, err := json.Marshal(said); err != nil || !strings.Contains(string(text), want[i]) {
					t.Errorf("in %s: %s, want %q", lang, text, want[i])
				}
			}
		}
		if kept := s.want(200, "GET", path, nil); kept["version"] != 1.0 || len(kept["rush_hours"].([]any)) != 1 {
			t.Errorf("what was refused changed %v", kept)
		}
		without := body()
		delete(without, "rush_hours")
		if gone := s.want(200, "PUT", path, without, "If-Match", `"1"`); len(gone["rush_hours"].([]any)) != 0 {
			t.Errorf("without rows: %v", gone)
		}
	})
}
