// Package plannertest is the suite that every implementation of [planner.Planner] has to pass. It owns no
// planner and no data: its cases are made from seeds.
package plannertest

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/reason"
)

// Monday is the first day of all cases, local midnight of its places.
var Monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// At is a time of the first day.
func At(hour, minute int) time.Time {
	return Monday.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// Date is the date of a day from the first one on.
func Date(n int) calendar.Date { return calendar.DateOf(Monday, time.UTC) + calendar.Date(n) }

// Grid is travel between places on a grid, two minutes a step.
func Grid(places int) planner.Legs {
	const wide = 12
	m := geo.NewMatrix(places, places)
	for i := range places {
		for j := range places {
			steps := max(i%wide-j%wide, j%wide-i%wide) + max(i/wide-j/wide, j/wide-i/wide)
			m.Seconds[i*places+j], m.Metres[i*places+j] = int32(steps*120), int32(steps*800)
		}
	}
	return m
}

// Random makes a snapshot from a seed: engineers with gaps, absences and breaks, visits that may contradict
// one another, jobs that may be impossible.
func Random(seed uint64, engineers, jobs int) planner.Snapshot {
	return random(seed, engineers, jobs, func(*planner.Snapshot) {})
}

// Maker makes a snapshot from a seed.
type Maker func(seed uint64, engineers, jobs int) planner.Snapshot

// random lets something be done to the days before there is anything on them.
func random(seed uint64, engineers, jobs int, change func(s *planner.Snapshot)) planner.Snapshot {
	r := rand.New(rand.NewPCG(seed, 7))
	s := planner.Snapshot{Now: At(6, 0).Add(time.Duration(r.IntN(6)) * time.Hour), Places: 60}
	s.Travel = Grid(s.Places)
	days := 1 + r.IntN(2)
	for i := range engineers {
		s.Engineers = append(s.Engineers, randomEngineer(r, i, days, s.Places))
	}
	change(&s)
	for i := range jobs {
		s.Jobs = append(s.Jobs, RandomJob(r, "j"+strconv.Itoa(i), days, s))
	}
	for i := range engineers * r.IntN(3) {
		e := &s.Engineers[r.IntN(engineers)]
		d := r.IntN(days)
		start := Monday.AddDate(0, 0, d).Add(time.Duration(8*60+r.IntN(600)) * time.Minute)
		v := planner.Visit{
			ID: planner.VisitID("v" + strconv.Itoa(i)), Job: RandomJob(r, "w"+strconv.Itoa(i), days, s), Engineers: []planner.EngineerID{e.ID},
			Date: Date(d), Start: start,
		}
		v.End = start.Add(time.Duration(v.Job.Minutes) * time.Minute)
		v.Frozen = !v.Start.After(s.Now)
		s.Visits = append(s.Visits, v)
	}
	if seed%3 == 0 {
		s = stocked(s, seed, days)
	}
	return s
}

var pieces = []planner.PartCode{"board", "fan", "gauge"}

// stocked gives outlets stores and engineers vans with something in them, and lets some of the work need it.
func stocked(s planner.Snapshot, seed uint64, days int) planner.Snapshot {
	r := rand.New(rand.NewPCG(seed, 23))
	counters := map[planner.OutletID]*planner.Counter{}
	hours := map[planner.OutletID][]planner.Span{}
	for _, id := range []planner.OutletID{"o0", "o1"} {
		c := &planner.Counter{Outlet: id, Place: r.IntN(s.Places), Minutes: 5 + r.IntN(3)*5, Free: map[planner.PartCode]int64{}}
		for _, p := range pieces {
			c.Free[p] = int64(r.IntN(3))
		}
		counters[id] = c
		for d := range days {
			base := Monday.AddDate(0, 0, d)
			hours[id] = append(hours[id], planner.Span{From: base.Add(8 * time.Hour), To: base.Add(time.Duration(11+r.IntN(8)) * time.Hour)})
		}
	}
	for i := range s.Engineers {
		e := &s.Engineers[i]
		if r.IntN(5) > 0 {
			e.Counter = counters[e.Outlet]
			if r.IntN(3) == 0 {
				e.Home = e.Counter.Place
			}
			for d := range e.Days {
				e.Days[d].Counter = hours[e.Outlet][d : d+1]
			}
		}
		e.Van = map[planner.PartCode]int64{}
		for _, p := range pieces {
			e.Van[p] = int64(r.IntN(2))
		}
	}
	for i := range s.Jobs {
		s.Jobs[i].Parts = needs(r, s)
	}
	for i := range s.Visits {
		s.Visits[i].Job.Parts = needs(r, s)
	}
	s, _, _ = s.WithFetches()
	return s
}

func needs(r *rand.Rand, s planner.Snapshot) []planner.PartNeed {
	if r.IntN(2) == 0 || len(s.Engineers) == 0 {
		return nil
	}
	n := planner.PartNeed{Code: pieces[r.IntN(2)], Count: 1 + int64(r.IntN(2))}
	switch r.IntN(4) {
	case 0:
		n.Kept = []planner.Kept{{Outlet: planner.OutletID("o" + strconv.Itoa(r.IntN(2))), Count: n.Count}}
	case 1:
		n.Kept = []planner.Kept{{Engineer: s.Engineers[r.IntN(len(s.Engineers))].ID, Count: n.Count}}
	}
	out := []planner.PartNeed{n}
	if r.IntN(4) == 0 {
		out = append(out, planner.PartNeed{Code: "gauge", Count: 1, Tool: true})
	}
	return out
}

// supplied is a plan with the stops that it needs.
func supplied(s planner.Snapshot, p planner.Plan) planner.Plan {
	p.Fetches, _ = s.Fetches(p)
	return p
}

var skills = []planner.SkillCode{"ELE", "GAS", "REF"}

func randomEngineer(r *rand.Rand, i, days, places int) planner.Engineer {
	e := planner.Engineer{ID: planner.EngineerID("e" + strconv.Itoa(i)), Outlet: planner.OutletID("o" + strconv.Itoa(r.IntN(2))), Home: r.IntN(places)}
	if r.IntN(3) == 0 {
		e.MaxVisits = 1 + r.IntN(5)
	}
	if r.IntN(4) == 0 {
		e.Brands = []planner.BrandID{"a"}
	}
	for d := range days {
		day := planner.Day{Date: Date(d)}
		base := Monday.AddDate(0, 0, d)
		at := func(h, m int) time.Time { return base.Add(time.Duration(h*60+m) * time.Minute) }
		switch r.IntN(5) {
		case 0:
			day.Shifts = []planner.Span{{From: at(8, 0), To: at(12, 0)}, {From: at(13, 0), To: at(17, 30)}}
		case 1:
			day.Shifts, day.Away = []planner.Span{{From: at(14, 0), To: at(18, 0)}}, []planner.Span{{From: at(8, 30), To: at(14, 0)}}
		case 2:
		default:
			day.Shifts = []planner.Span{{From: at(8, 30), To: at(18, 0)}}
		}
		if r.IntN(3) > 0 {
			day.Break = planner.Break{Span: planner.Span{From: at(11, 30), To: at(13, 30)}, Minutes: 30 + 15*r.IntN(3)}
		}
		for _, code := range skills {
			if level := r.IntN(6); level > 0 {
				day.Skills = append(day.Skills, planner.Skill{Code: code, Level: level})
			}
			if r.IntN(3) > 0 {
				day.Certificates = append(day.Certificates, code)
			}
		}
		e.Days = append(e.Days, day)
	}
	return e
}

// RandomJob makes a job for a snapshot.
func RandomJob(r *rand.Rand, id string, days int, s planner.Snapshot) planner.Job {
	j := planner.Job{
		ID: planner.JobID(id), Brand: planner.BrandID([]string{"a", "b"}[r.IntN(2)]), Place: r.IntN(s.Places+2) - 1, Minutes: 15 * (1 + r.IntN(12)), Priority: r.IntN(5),
		Crew: 1, PartsMissing: r.IntN(15) == 0,
	}
	if j.Place >= s.Places {
		j.Place = planner.NoPlace
	}
	if r.IntN(6) == 0 {
		j.Crew = 2
	}
	if r.IntN(3) == 0 {
		j.Needs = []planner.Need{{Skill: skills[r.IntN(3)], Level: 1 + r.IntN(4), Certificate: r.IntN(2) == 0}}
	}
	if r.IntN(4) == 0 {
		j.Outlets = []planner.OutletID{planner.OutletID("o" + strconv.Itoa(r.IntN(2)))}
	}
	for range r.IntN(3) {
		from := Monday.AddDate(0, 0, r.IntN(days)).Add(time.Duration(8+r.IntN(9)) * time.Hour)
		j.Windows = append(j.Windows, planner.Span{From: from, To: from.Add(time.Duration(r.IntN(5)) * 30 * time.Minute)})
		j.Promised = true
	}
	pick := func() planner.EngineerID {
		if len(s.Engineers) == 0 {
			return "nobody"
		}
		return s.Engineers[r.IntN(len(s.Engineers))].ID
	}
	switch r.IntN(8) {
	case 0:
		j.Pinned = pick()
	case 1:
		j.Excluded = []planner.EngineerID{pick(), pick()}
	case 2:
		j.Preferred = pick()
	}
	return j
}

// RunPlannerSuite puts a planner to the test.
func RunPlannerSuite(t *testing.T, fresh func() planner.Planner) {
	t.Helper()
	RunRandomSuite(t, Random, fresh)
	t.Run("one input changes one reason", func(t *testing.T) { t.Parallel(); oneReason(t, fresh()) })
	t.Run("refuses nonsense", func(t *testing.T) { t.Parallel(); nonsense(t, fresh()) })
	t.Run("serves what can be served", func(t *testing.T) { t.Parallel(); serves(t, fresh()) })
}

// RunRandomSuite puts a planner to the test on snapshots that somebody makes.
func RunRandomSuite(t *testing.T, maker Maker, fresh func() planner.Planner) {
	t.Helper()
	t.Run("plans break no rule", func(t *testing.T) {
		t.Parallel()
		for seed := range uint64(150) {
			checkPlan(t, fresh(), seed, maker(seed, int(seed%9), int(seed%23)+1))
		}
	})
	t.Run("slots break no rule", func(t *testing.T) { t.Parallel(); slots(t, maker, fresh) })
	t.Run("two offers share no capacity", func(t *testing.T) { t.Parallel(); twoOffers(t, maker, fresh) })
	t.Run("explain agrees with slots", func(t *testing.T) { t.Parallel(); agrees(t, maker, fresh) })
	t.Run("repairs touch what the event touches", func(t *testing.T) { t.Parallel(); repairs(t, maker, fresh) })
}

func complain(t *testing.T, what string, seed uint64, list []planner.Violation) {
	t.Helper()
	for _, v := range list {
		t.Errorf("%s of seed %d: job %s, engineer %s: %+v", what, seed, v.Job, v.Engineer, v.Reason)
	}
}

// CheckRandomPlan plans one random snapshot and judges the plan; fuzzing calls it too.
func CheckRandomPlan(t *testing.T, p planner.Planner, seed uint64, engineers, jobs int) {
	t.Helper()
	checkPlan(t, p, seed, Random(seed, engineers, jobs))
}

func checkPlan(t *testing.T, p planner.Planner, seed uint64, s planner.Snapshot) {
	t.Helper()
	plan, err := p.Plan(t.Context(), s)
	if err != nil {
		t.Fatalf("Plan of seed %d: %v", seed, err)
	}
	complain(t, "plan", seed, planner.CheckPlan(s, plan))
	again, err := p.Plan(t.Context(), s)
	if err != nil || !reflect.DeepEqual(plan, again) {
		t.Errorf("the same snapshot of seed %d gave another plan (%v)", seed, err)
	}
	after := s.Apply(plan)
	for _, u := range plan.Unserved {
		i := slices.IndexFunc(s.Jobs, func(j planner.Job) bool { return j.ID == u.Job })
		if s.Jobs[i].Crew > 1 {
			continue
		}
		for _, e := range s.Engineers {
			if why := p.Explain(after, u.Job, e.ID); why.Allowed() {
				t.Errorf("seed %d leaves %s unserved (%v), and %s could: %v", seed, u.Job, u.Reasons.Codes(), e.ID, why.Codes())
			}
		}
	}
}

func slots(t *testing.T, maker Maker, fresh func() planner.Planner) {
	offered := 0
	for seed := range uint64(60) {
		s := maker(seed, 1+int(seed%7), 0)
		r := rand.New(rand.NewPCG(seed, 3))
		q := planner.SlotQuery{Job: RandomJob(r, "asked", 1, s)}
		for h := 8; h < 18; h += 2 {
			q.Windows = append(q.Windows, planner.Span{From: At(h, 0), To: At(h+2, 0)})
		}
		list, err := fresh().Slots(t.Context(), s, q)
		if err != nil || len(list) != len(q.Windows) {
			t.Fatalf("Slots of seed %d: %d of %d, %v", seed, len(list), len(q.Windows), err)
		}
		for i, sl := range list {
			if sl.Window != q.Windows[i] {
				t.Errorf("slot %d of seed %d is of another window", i, seed)
			}
			if !sl.Offered() {
				if _, ok := sl.Reasons.FirstFailing(); !ok {
					t.Errorf("slot %d of seed %d is refused without a reason", i, seed)
				}
				continue
			}
			offered++
			with := s
			j := q.Job
			j.Windows = []planner.Span{sl.Window}
			with.Jobs = []planner.Job{j}
			complain(t, "slot", seed, planner.CheckPlan(with, supplied(with, planner.Plan{Assignments: []planner.Assignment{{
				Job: j.ID, Engineers: sl.Engineers, Date: sl.Date, Start: sl.Start, End: sl.End,
			}}})))
		}
	}
	if offered < 40 {
		t.Errorf("only %d slots were offered in all: the cases say little", offered)
	}
}

// twoOffers: what is taken is not offered again, and what is offered beside it moves nobody.
func twoOffers(t *testing.T, maker Maker, fresh func() planner.Planner) {
	second := 0
	for seed := range uint64(60) {
		s := maker(seed, 1+int(seed%4), 0)
		r := rand.New(rand.NewPCG(seed, 13))
		window := planner.Span{From: At(9, 0), To: At(16, 0)}
		var taken planner.Plan
		with := s
		for n := range 4 {
			j := RandomJob(r, "caller"+strconv.Itoa(n), 1, s)
			list, err := fresh().Slots(t.Context(), with, planner.SlotQuery{Job: j, Windows: []planner.Span{window}})
			if err != nil {
				t.Fatal(err)
			}
			if !list[0].Offered() {
				continue
			}
			j.Windows = []planner.Span{window}
			with.Jobs = append(slices.Clone(with.Jobs), j)
			a := planner.Assignment{Job: j.ID, Engineers: list[0].Engineers, Date: list[0].Date, Start: list[0].Start, End: list[0].End}
			one := planner.Plan{Assignments: []planner.Assignment{a}}
			complain(t, "offer beside another", seed, planner.CheckPlan(with, one))
			with = with.Apply(one)
			if taken.Assignments = append(taken.Assignments, a); len(taken.Assignments) > 1 {
				second++
			}
			all := s
			all.Jobs = nil
			for _, a := range taken.Assignments {
				i := slices.IndexFunc(with.Visits, func(v planner.Visit) bool { return v.Job.ID == a.Job })
				all.Jobs = append(all.Jobs, with.Visits[i].Job)
			}
			complain(t, "offers together", seed, planner.CheckPlan(all, taken))
		}
	}
	if second < 20 {
		t.Errorf("only %d offers beside others: the cases say little", second)
	}
}

func agrees(t *testing.T, maker Maker, fresh func() planner.Planner) {
	for seed := range uint64(200) {
		s := maker(seed, 1, 1)
		j := s.Jobs[0]
		if len(j.Windows) != 1 {
			continue
		}
		p := fresh()
		list, err := p.Slots(t.Context(), s, planner.SlotQuery{Job: j, Windows: j.Windows})
		if err != nil {
			t.Fatal(err)
		}
		why := p.Explain(s, j.ID, s.Engineers[0].ID)
		if list[0].Offered() != why.Allowed() {
			t.Errorf("seed %d: offered %v, but explained as %v", seed, list[0].Offered(), why)
		}
		if fail := why.Only(reason.Fail); j.Crew == 1 && len(fail) > 0 && len(list[0].Reasons.Only(reason.Fail)) != 1 {
			t.Errorf("seed %d: slot says %v, explanation %v", seed, list[0].Reasons, fail)
		}
	}
}

// Plain is one engineer who can do one job, with a visit before it.
func Plain() planner.Snapshot {
	s := planner.Snapshot{Now: At(7, 0), Places: 40, Travel: Grid(40)}
	s.Engineers = []planner.Engineer{{
		ID: "e", Outlet: "o", Brands: []planner.BrandID{"a"}, Home: 0, MaxVisits: 5, Days: []planner.Day{{
			Date: Date(0), Shifts: []planner.Span{{From: At(8, 30), To: At(18, 0)}}, Break: planner.Break{Span: planner.Span{From: At(11, 30), To: At(13, 30)}, Minutes: 45},
			Skills: []planner.Skill{{Code: "GAS", Level: 3}}, Certificates: []planner.SkillCode{"GAS"},
		}},
	}}
	s.Jobs = []planner.Job{{
		ID: "j", Brand: "a", Outlets: []planner.OutletID{"o"}, Place: 4, Minutes: 60, Needs: []planner.Need{{Skill: "GAS", Level: 2, Certificate: true}},
		Windows: []planner.Span{{From: At(10, 0), To: At(12, 0)}}, Promised: true, Priority: 3, Crew: 1,
	}}
	s.Visits = []planner.Visit{{ID: "v", Job: planner.Job{ID: "w", Place: 2, Minutes: 60}, Engineers: []planner.EngineerID{"e"}, Date: Date(0), Start: At(9, 0), End: At(10, 0)}}
	return s
}

func oneReason(t *testing.T, p planner.Planner) {
	if why := p.Explain(Plain(), "j", "e"); !why.Allowed() || len(why) == 0 {
		t.Fatalf("the plain case is refused: %v", why)
	}
	day := func(s *planner.Snapshot) *planner.Day { return &s.Engineers[0].Days[0] }
	for _, tt := range []struct {
		name         string
		change       func(s *planner.Snapshot)
		code         string
		value, limit any
	}{
		{"another is pinned", func(s *planner.Snapshot) { s.Jobs[0].Pinned = "x" }, planner.RulePinned, nil, nil},
		{"the customer wants another", func(s *planner.Snapshot) { s.Jobs[0].Excluded = []planner.EngineerID{"e"} }, planner.RuleExcluded, nil, nil},
		{"brand", func(s *planner.Snapshot) { s.Jobs[0].Brand = "b" }, planner.RuleBrand, nil, nil},
		{"area", func(s *planner.Snapshot) { s.Jobs[0].Outlets = []planner.OutletID{"p"} }, planner.RuleArea, nil, nil},
		{"parts", func(s *planner.Snapshot) { s.Jobs[0].PartsMissing = true }, planner.RuleParts, nil, nil},
		{"level", func(s *planner.Snapshot) { s.Jobs[0].Needs[0].Level = 4 }, planner.RuleSkill, int64(3), int64(4)},
		{"no skill", func(s *planner.Snapshot) { day(s).Skills = nil }, planner.RuleSkill, int64(0), int64(2)},
		{"certificate", func(s *planner.Snapshot) { day(s).Certificates = nil }, planner.RuleCertificate, nil, nil},
		{"day off", func(s *planner.Snapshot) { day(s).Shifts = nil }, planner.RuleShift, int64(0), int64(60)},
		{"shift ends early", func(s *planner.Snapshot) { day(s).Shifts[0].To = At(10, 40) }, planner.RuleShift, int64(40), int64(60)},
		{
			"absent", func(s *planner.Snapshot) {
				day(s).Shifts[0].From, day(s).Away = At(13, 0), []planner.Span{{From: At(8, 30), To: At(13, 0)}}
			}, planner.RuleAbsent, int64(120), int64(0),
		},
		{"too many visits", func(s *planner.Snapshot) { s.Engineers[0].MaxVisits = 1 }, planner.RuleLoad, int64(2), int64(1)},
		{"no room", func(s *planner.Snapshot) {
			s.Visits = append(s.Visits, planner.Visit{ID: "u", Job: planner.Job{ID: "y", Place: 4, Minutes: 435}, Engineers: []planner.EngineerID{"e"}, Date: Date(0), Start: At(10, 40), End: At(17, 55)})
		}, planner.RuleFull, int64(36), int64(60)},
		{"no room in the window", func(s *planner.Snapshot) {
			s.Visits = append(s.Visits, planner.Visit{ID: "u", Job: planner.Job{ID: "y", Place: 4, Minutes: 60}, Engineers: []planner.EngineerID{"e"}, Date: Date(0), Start: At(10, 30), End: At(13, 30)})
		}, planner.RuleWindow, int64(90), int64(0)},
		{"no break", func(s *planner.Snapshot) {
			s.Visits = append(s.Visits, planner.Visit{ID: "u", Job: planner.Job{ID: "y", Place: 4, Minutes: 60}, Engineers: []planner.EngineerID{"e"}, Date: Date(0), Start: At(12, 30), End: At(13, 30)})
			s.Jobs[0].Windows[0].From = At(11, 15)
		}, planner.RuleBreak, int64(15), int64(45)},
		{"two are needed", func(s *planner.Snapshot) { s.Jobs[0].Crew = 2 }, planner.RuleCrew, int64(1), int64(2)},
	} {
		s := Plain()
		tt.change(&s)
		why := p.Explain(s, "j", "e")
		fail := why.Only(reason.Fail)
		if len(fail) != 1 || fail[0].Code != tt.code || fail[0].Value != tt.value || fail[0].Limit != tt.limit {
			t.Errorf("%s: %+v, want exactly %s with %v of %v", tt.name, fail, tt.code, tt.value, tt.limit)
		}
		for _, code := range reason.Changed(p.Explain(Plain(), "j", "e"), why) {
			if code != tt.code && why.Has(code) {
				t.Errorf("%s changes %s as well", tt.name, code)
			}
		}
	}
}

func repairs(t *testing.T, maker Maker, fresh func() planner.Planner) {
	moved := 0
	for seed := range uint64(120) {
		s := maker(seed, 2+int(seed%6), 3)
		r := rand.New(rand.NewPCG(seed, 5))
		var c planner.Change
		switch {
		case len(s.Visits) == 0 || r.IntN(3) == 0:
			c.Absent = []planner.Absent{{Engineer: s.Engineers[0].ID, Span: planner.Span{From: At(7, 0), To: At(15, 0)}}}
		case r.IntN(2) == 0:
			c.Cancelled = []planner.VisitID{s.Visits[0].ID}
		default:
			c.Overrun = []planner.Overrun{{Visit: s.Visits[0].ID, Until: s.Visits[0].End.Add(90 * time.Minute)}}
		}
		c.Added = []planner.Job{RandomJob(r, "new", 1, s)}
		after, loose := s.After(c)
		plan, err := fresh().Repair(t.Context(), s, c)
		if err != nil {
			t.Fatalf("Repair of seed %d: %v", seed, err)
		}
		complain(t, "repair", seed, planner.CheckPlan(after, plan))
		got := slices.Clone(plan.Dropped)
		for _, a := range plan.Assignments {
			if a.Visit != "" {
				got = append(got, a.Visit)
				moved++
			}
		}
		for _, id := range loose {
			if !slices.Contains(got, id) {
				t.Errorf("repair of seed %d leaves %s where it cannot stay", seed, id)
			}
		}
		others(t, fresh(), seed, s, c, plan, got, loose)
	}
	if moved == 0 {
		t.Error("no repair moved a visit: the cases say little")
	}
}

// others: a visit that the event does not touch is moved for something that finds no place otherwise, and few are.
func others(t *testing.T, p planner.Planner, seed uint64, s planner.Snapshot, c planner.Change, plan planner.Plan, got, loose []planner.VisitID) {
	t.Helper()
	extra := slices.DeleteFunc(got, func(id planner.VisitID) bool { return slices.Contains(loose, id) })
	if len(extra) == 0 {
		return
	}
	if len(extra) > 3 {
		t.Errorf("repair of seed %d moves %v, which the event does not touch", seed, extra)
	}
	for _, v := range s.Visits {
		if slices.Contains(extra, v.ID) {
			c.Keep = append(c.Keep, v.Engineers...)
			if slices.Contains(plan.Dropped, v.ID) {
				t.Errorf("repair of seed %d drops %s, which the event does not touch", seed, v.ID)
			}
		}
	}
	kept, err := p.Repair(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(kept.Unserved)+len(kept.Dropped) <= len(plan.Unserved)+len(plan.Dropped) {
		t.Errorf("repair of seed %d moves %v, and serves no more than without", seed, extra)
	}
}

func nonsense(t *testing.T, p planner.Planner) {
	for name, change := range map[string]func(s *planner.Snapshot){
		"unknown place":       func(s *planner.Snapshot) { s.Jobs[0].Place = 99 },
		"negative place":      func(s *planner.Snapshot) { s.Engineers[0].Home = -7 },
		"no minutes":          func(s *planner.Snapshot) { s.Jobs[0].Minutes = 0 },
		"negative minutes":    func(s *planner.Snapshot) { s.Jobs[0].Minutes = -1 },
		"a year on site":      func(s *planner.Snapshot) { s.Jobs[0].Minutes = 500000 },
		"a crew of nine":      func(s *planner.Snapshot) { s.Jobs[0].Crew = 9 },
		"job twice":           func(s *planner.Snapshot) { s.Jobs = append(s.Jobs, s.Jobs[0]) },
		"engineer twice":      func(s *planner.Snapshot) { s.Engineers = append(s.Engineers, s.Engineers[0]) },
		"visit twice":         func(s *planner.Snapshot) { s.Visits = append(s.Visits, s.Visits[0]) },
		"window backwards":    func(s *planner.Snapshot) { s.Jobs[0].Windows[0].To = At(1, 0) },
		"shift backwards":     func(s *planner.Snapshot) { s.Engineers[0].Days[0].Shifts[0].To = At(1, 0) },
		"break without room":  func(s *planner.Snapshot) { s.Engineers[0].Days[0].Break.Minutes = 500 },
		"visit backwards":     func(s *planner.Snapshot) { s.Visits[0].End = At(1, 0) },
		"days in no order":    func(s *planner.Snapshot) { s.Engineers[0].Days = append(s.Engineers[0].Days, s.Engineers[0].Days[0]) },
		"no travel times":     func(s *planner.Snapshot) { s.Travel = nil },
		"job without a name":  func(s *planner.Snapshot) { s.Jobs[0].ID = "" },
		"visit at no place":   func(s *planner.Snapshot) { s.Visits[0].Job.Place = 40 },
		"engineer without id": func(s *planner.Snapshot) { s.Engineers[0].ID = "" },
	} {
		s := Plain()
		change(&s)
		if _, err := p.Plan(t.Context(), s); !errors.Is(err, planner.ErrSnapshot) {
			t.Errorf("Plan with %s = %v, want ErrSnapshot", name, err)
		}
		if _, err := p.Repair(t.Context(), s, planner.Change{}); !errors.Is(err, planner.ErrSnapshot) {
			t.Errorf("Repair with %s = %v, want ErrSnapshot", name, err)
		}
		if why := p.Explain(s, "j", "e"); why.Allowed() {
			t.Errorf("Explain with %s allows", name)
		}
	}
	for name, s := range map[string]planner.Snapshot{
		"nothing at all": {},
		"no engineers":   {Now: At(7, 0), Jobs: Plain().Jobs, Places: 40, Travel: Grid(40)},
		"no days":        {Now: At(7, 0), Jobs: Plain().Jobs, Engineers: []planner.Engineer{{ID: "e", Outlet: "o"}}, Places: 40, Travel: Grid(40)},
	} {
		plan, err := p.Plan(t.Context(), s)
		if err != nil || len(plan.Unserved) != len(s.Jobs) {
			t.Errorf("Plan with %s = %+v, %v", name, plan, err)
		}
		complain(t, name, 0, planner.CheckPlan(s, plan))
	}
	if why := p.Explain(Plain(), "j", "nobody"); why.Allowed() {
		t.Error("Explain allows somebody unknown")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Plan(ctx, Plain()); !errors.Is(err, context.Canceled) {
		t.Errorf("Plan after its end = %v, want Canceled", err)
	}
}

// serves: what fits easily is served, urgent and promised work goes first, and way and order are sensible.
func serves(t *testing.T, p planner.Planner) {
	s := Plain()
	s.Jobs, s.Visits = nil, nil
	for i := range 4 {
		s.Jobs = append(s.Jobs, planner.Job{ID: planner.JobID("j" + strconv.Itoa(i)), Place: 9 - 3*i%9, Minutes: 60, Crew: 1, Priority: 3})
	}
	plan, err := p.Plan(t.Context(), s)
	if err != nil || len(plan.Assignments) != 4 {
		t.Fatalf("an easy day: %+v, %v", plan, err)
	}
	if !slices.IsSortedFunc(plan.Assignments, func(a, b planner.Assignment) int { return cmp.Compare(a.Start.Unix(), b.Start.Unix()) }) {
		t.Error("assignments are not in order")
	}
	// Room for one only: the promised one beats the others, danger beats the promise.
	s.Engineers[0].MaxVisits = 1
	s.Jobs[2].Promised, s.Jobs[2].Windows = true, []planner.Span{{From: At(9, 0), To: At(17, 0)}}
	for want, change := range []func(){func() {}, func() { s.Jobs[3].Priority = 1 }} {
		change()
		plan, err := p.Plan(t.Context(), s)
		if err != nil || len(plan.Assignments) != 1 || plan.Assignments[0].Job != s.Jobs[2+want].ID {
			t.Errorf("room for one: %+v, %v, want %s", plan.Assignments, err, s.Jobs[2+want].ID)
		}
	}
}
