package dispatch

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		novice := f.engineer(f.own, "周学徒", "GAS")
		o := f.order(f.one)
		if len(o.Skills) == 0 {
			t.Fatal("the order takes no skill")
		}
		lame := f.engineer(f.own, "吴学徒", o.Skills[0])
		busy, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{f.order(f.one).ID}, Engineers: []workforce.EngineerID{f.qian.ID}, Start: at(1, 10, 0)})
		f.must(err)
		ask := JudgeInput{
			Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.zhao.ID, f.qian.ID, lame.ID, f.li.ID}, Start: at(1, 10, 0),
		}
		got := f.judged(f.ctx, ask)
		for _, tt := range []struct {
			who     workforce.EngineerID
			verdict Verdict
			first   string
		}{
			{f.zhao.ID, VerdictFits, noteFits},
			{f.qian.ID, VerdictRefused, planner.RuleOverlap},
			{lame.ID, VerdictRefused, planner.RuleSkill},
		} {
			j := got[tt.who]
			if j.Verdict != tt.verdict || len(j.Reasons) == 0 || j.Reasons[0].Code != tt.first {
				t.Errorf("%s at 10: %+v, want %s for %s", tt.who, j, tt.verdict, tt.first)
			}
		}
		// What is asked for is what the act does.
		for who, j := range got {
			_, err := f.Assign(f.ctx, AssignInput{Orders: ask.Orders, Engineers: []workforce.EngineerID{who}, Start: ask.Start})
			if refused := problem.Match(err, ErrHardRules); refused != (j.Verdict == VerdictRefused) {
				t.Errorf("%s was judged %s, the act answers %v", who, j.Verdict, err)
			}
			if err == nil {
				list, err := f.orders.VisitsOfOrder(f.ctx, f.d, o.ID)
				f.must(err)
				_, err = f.Unassign(f.ctx, UnassignInput{Act: because("dispatcher_moves"), Visit: list[len(list)-1].ID})
				f.must(err)
			}
		}
		ask.Start = at(1, 4, 0)
		if j := f.judged(f.ctx, ask)[f.zhao.ID]; j.Verdict != VerdictAside || j.Reasons[0].Code != planner.RuleShift {
			t.Errorf("before the shift: %+v", j)
		}
		ask.Start = at(-1, 10, 0)
		if j := f.judged(f.ctx, ask)[f.zhao.ID]; j.Verdict != VerdictRefused || j.Reasons[0].Code != planner.RulePast {
			t.Errorf("yesterday: %+v", j)
		}
		best := JudgeInput{Orders: ask.Orders, Engineers: []workforce.EngineerID{f.zhao.ID, lame.ID, novice.ID}, Date: today + 1}
		got = f.judged(f.ctx, best)
		if j := got[f.zhao.ID]; j.Verdict != VerdictFits || j.Start.IsZero() || j.End.Sub(j.Start) != time.Duration(o.Minutes)*time.Minute {
			t.Errorf("the best start of tomorrow: %+v", j)
		}
		if j := got[lame.ID]; j.Verdict != VerdictRefused || !j.Start.IsZero() {
			t.Errorf("who lacks the skill: %+v", j)
		}
		// A visit is no obstacle to itself.
		own := JudgeInput{Visit: busy.Visit.ID, Engineers: []workforce.EngineerID{f.qian.ID}, Start: busy.Visit.Start.Add(15 * time.Minute)}
		if j := f.judged(f.ctx, own)[f.qian.ID]; j.Verdict != VerdictFits {
			t.Errorf("a quarter of an hour later: %+v", j)
		}
		f.judgeRefusals(o, busy.Visit.ID)
	})
}

func (f *fixture) judged(ctx context.Context, in JudgeInput) map[workforce.EngineerID]Judged {
	f.t.Helper()
	list, err := f.Judge(ctx, in)
	f.must(err)
	if len(list) != len(in.Engineers) {
		f.t.Fatalf("%d of %d were judged", len(list), len(in.Engineers))
	}
	out := map[workforce.EngineerID]Judged{}
	for _, j := range list {
		out[j.Engineer] = j
	}
	return out
}

// judgeRefusals: what is not asked in full, by strangers, or of people that one does not see.
func (f *fixture) judgeRefusals(o orders.Order, visit orders.VisitID) {
	f.t.Helper()
	one := []workforce.EngineerID{f.zhao.ID}
	for _, tt := range []struct {
		name string
		ctx  context.Context
		in   JudgeInput
		want *problem.Code
	}{
		{"nobody", access.With(f.t.Context(), access.Actor{Kind: access.User, ID: "nobody", Scope: access.Everything}), JudgeInput{Orders: []orders.ID{o.ID}, Engineers: one, Date: today}, problem.ErrForbidden},
		{"no work", f.ctx, JudgeInput{Engineers: one, Date: today}, problem.ErrInvalid},
		{"no time", f.ctx, JudgeInput{Orders: []orders.ID{o.ID}, Engineers: one}, problem.ErrInvalid},
		{"backwards", f.ctx, JudgeInput{Orders: []orders.ID{o.ID}, Engineers: one, Start: at(1, 10, 0), End: at(1, 9, 0)}, problem.ErrInvalid},
		{"no such order", f.ctx, JudgeInput{Orders: []orders.ID{"x"}, Engineers: one, Date: today}, orders.ErrNotFound},
		{"no such engineer", f.ctx, JudgeInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{"x"}, Date: today}, problem.ErrInvalid},
		{"another outlet", f.as(access.RoleOutletManager, f.sh.Path), JudgeInput{Visit: visit, Engineers: one, Start: at(1, 10, 0)}, orders.ErrVisitNotFound},
		{"another outlet's engineer", f.as(access.RoleOutletManager, f.own.Path), JudgeInput{Visit: visit, Engineers: []workforce.EngineerID{f.li.ID}, Start: at(1, 10, 0)}, problem.ErrInvalid},
	} {
		if _, err := f.Judge(tt.ctx, tt.in); !problem.Match(err, tt.want) {
			f.t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestDayWaysAndJudgeAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		s := f.server(t)
		a, b := f.order(f.one), f.order(f.one)
		for i, o := range []orders.Order{a, b} {
			_, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 9+5*i, 0)})
			f.must(err)
		}
		day, err := f.Day(f.ctx, DayInput{Date: today + 1, Outlet: f.own.ID})
		f.must(err)
		i := slices.IndexFunc(day.Rows, func(r DayRow) bool { return r.Engineer.ID == f.zhao.ID })
		if w := day.Rows[i].Ways; len(w) != 2 || w[0] <= 0 || w[1] != 0 {
			t.Errorf("from home and from next door: %v", w)
		}
		c := f.order(f.one)
		ask := object{"orders": []any{c.ID}, "engineers": []any{f.zhao.ID, f.qian.ID}, "start": at(1, 9, 30)}
		got := s.want(200, "POST", "/dispatch/judge", ask)["items"].([]any)
		if len(got) != 2 || got[0].(object)["verdict"] != "refused" || got[1].(object)["verdict"] != "fits" {
			t.Errorf("judged: %v", got)
		}
		s.want(422, "POST", "/dispatch/judge", object{"orders": []any{c.ID}, "engineers": []any{f.zhao.ID}, "date": "soon"})
		s.want(403, "POST", "/dispatch/judge", ask, "X-Nobody", "1")
		s.want(404, "POST", "/dispatch/judge", ask, "X-Outlet", f.sh.Path)
		s.want(403, "GET", "/dispatch/live", nil, "X-Nobody", "1")
	})
}

func TestLive(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := apitest.Serve(d, f.keys, apitest.Narrowed{}, f.words(), f.Service)
		srv := httptest.NewServer(api.Handler())
		defer srv.Close()
		defer api.Stop()
		o := f.order(f.one)
		own, foreign := f.follow(srv.URL, f.own.Path), f.follow(srv.URL, f.sh.Path)
		_, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 10, 0)})
		f.must(err)
		seen := false
		for own.Scan() && !seen {
			seen = strings.Contains(own.Text(), orders.VisitPlanned{}.Topic())
		}
		if !seen {
			t.Errorf("the stream ended without the visit: %v", own.Err())
		}
		api.Stop()
		for foreign.Scan() {
			if line := foreign.Text(); strings.HasPrefix(line, "data") && strings.Contains(line, "visit.") {
				t.Errorf("another outlet was told: %s", line)
			}
		}
	})
}

// follow opens a stream and gives back its lines once it is ready.
func (f *fixture) follow(url, outlet string) *bufio.Scanner {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), http.MethodGet, url+httpapi.Prefix+"/dispatch/live", nil)
	f.must(err)
	r.Header.Set("X-Outlet", outlet)
	answer, err := http.DefaultClient.Do(r)
	f.must(err)
	f.t.Cleanup(func() { _ = answer.Body.Close() })
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != 200 || kind != "text/event-stream" {
		f.t.Fatalf("%d %s", answer.StatusCode, kind)
	}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && lines.Text() != "event: ready" {
	}
	return lines
}
