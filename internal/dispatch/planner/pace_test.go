package planner_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/dispatch/planner/plannertest"
	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// TestRushSuite puts the planner to the test on days with rush hours.
func TestRushSuite(t *testing.T) {
	t.Parallel()
	plannertest.RunRandomSuite(t, plannertest.RandomRush, func() planner.Planner { return planner.New() })
}

// TestRushJudges: what is planned on days with rush hours is without fault for both judges, and both say when one arrives.
func TestRushJudges(t *testing.T) {
	t.Parallel()
	ways, stops, rests := 0, 0, 0
	for seed := range uint64(120) {
		s := plannertest.RandomRush(seed, 2+int(seed%7), 6+int(seed%17))
		s.Visits, s.Now = nil, plannertest.At(5, 0) // facts may break rules among themselves
		plan, err := planner.New().Plan(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range planner.CheckPlan(s, plan) {
			t.Errorf("seed %d: %+v", seed, v)
		}
		stops += len(plan.Fetches)
		p, laid, paces, err := planner.Laid(s.Apply(plan))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range vrp.Check(p, laid) {
			t.Errorf("seed %d: package vrp says %+v", seed, v)
		}
		if len(laid.Unserved) > 0 {
			t.Errorf("seed %d: %d visits are not on their routes", seed, len(laid.Unserved))
		}
		for _, r := range laid.Routes {
			n, k := sameArrivals(t, p, r, paces[r.Engineer])
			ways, rests = ways+n, rests+k
		}
	}
	if ways < 300 || stops < 10 || rests < 50 {
		t.Errorf("%d ways, %d stops, %d rests: the cases say little", ways, stops, rests)
	}
}

// sameArrivals compares when a route arrives with when this package says so.
func sameArrivals(t *testing.T, p *vrp.Problem, r vrp.Route, rush []planner.RushHour) (ways, rests int) {
	t.Helper()
	at, now := p.Engineers[r.Engineer].Shifts[r.Shift].Start, r.Steps[0].Arrival
	var done time.Duration // of the way, before and between rests
	for _, st := range r.Steps[1:] {
		arrive := time.Unix(st.Arrival, 0)
		if st.Kind == vrp.Rest || st.Place == vrp.NoPlace {
			done += planner.Covered(rush, planner.Span{From: time.Unix(now, 0), To: arrive})
			now = st.Begin() + st.Length
			if st.Kind == vrp.Rest {
				rests++
			}
			continue
		}
		seconds, _, _ := p.Travel[p.Engineers[r.Engineer].Profile].At(p.Places, at, st.Place)
		left := time.Duration(seconds)*time.Second - done
		if want := planner.Arrive(rush, time.Unix(now, 0), max(0, left)); left > 0 && !want.Equal(arrive) {
			t.Errorf("job %d: arrives at %s, package vrp says %s", st.Index, want.UTC(), arrive.UTC())
		}
		at, now, done = st.Place, st.Begin()+st.Length, 0
		ways++
	}
	return ways, rests
}

// TestPace: who leaves later never arrives earlier, setting off late is the other way round of arriving, and the longest rest is what
// trying every second finds.
func TestPace(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := plannertest.RandomRush(seed, 1, 0)
		rush := s.Engineers[0].Days[0].RushHours
		way := time.Duration(1+r.IntN(5000)) * time.Second
		at := plannertest.At(r.IntN(24), r.IntN(60))
		before := time.Time{}
		for i := range 40 {
			leave := at.Add(time.Duration(i*97) * time.Second)
			arrive := planner.Arrive(rush, leave, way)
			if arrive.Before(before) {
				t.Fatalf("seed %d: who leaves at %s arrives at %s, before %s", seed, leave, arrive, before)
			}
			before = arrive
			if got := planner.Covered(rush, planner.Span{From: leave, To: arrive}); got < way {
				t.Errorf("seed %d: %s covered of %s", seed, got, way)
			}
			if got := planner.Covered(rush, planner.Span{From: leave, To: arrive.Add(-time.Second)}); got >= way {
				t.Errorf("seed %d: covered a second before", seed)
			}
			late := planner.Depart(rush, arrive, way)
			if late.Before(leave) || planner.Arrive(rush, late, way).After(arrive) || !planner.Arrive(rush, late.Add(time.Second), way).After(arrive) {
				t.Errorf("seed %d: to be there at %s one sets off at %s", seed, arrive, late)
			}
		}
		in := planner.Span{From: at, To: at.Add(time.Duration(200+r.IntN(400)) * time.Second)}
		spare := time.Duration(r.IntN(500)) * time.Second
		var best time.Duration
		for a := in.From; a.Before(in.To); a = a.Add(time.Second) {
			for b := a.Add(best); !b.After(in.To) && planner.Covered(rush, planner.Span{From: a, To: b}) <= spare; b = b.Add(time.Second) {
				best = b.Sub(a)
			}
		}
		if got := planner.Longest(rush, in, spare); got < best || got >= best+2*time.Second {
			t.Errorf("seed %d: the longest rest is %s, trying says %s", seed, got, best)
		}
	}
}

// busy is the plain case with the way to its job in a rush hour: eight minutes from the visit before, which take sixteen.
func busy() planner.Snapshot {
	s := plannertest.Plain()
	s.Jobs[0].Place, s.Jobs[0].Windows = 6, []planner.Span{{From: plannertest.At(10, 0), To: plannertest.At(10, 10)}}
	s.Engineers[0].Days[0].RushHours = []planner.RushHour{{Span: planner.Span{From: plannertest.At(9, 30), To: plannertest.At(11, 0)}, Percent: 200}}
	return s
}

// TestRushSaid: where the hour is why something does not fit, that is said; where it is not, it isn't.
func TestRushSaid(t *testing.T) {
	t.Parallel()
	e := planner.New()
	late := busy()
	late.Jobs[0].Windows[0] = planner.Span{From: plannertest.At(9, 0), To: plannertest.At(9, 30)} // never
	calm := busy()
	calm.Engineers[0].Days[0].RushHours[0].Percent = 100
	early := busy()
	early.Engineers[0].Days[0].RushHours[0].Span = planner.Span{From: plannertest.At(7, 0), To: plannertest.At(9, 0)}
	for name, tt := range map[string]struct {
		s          planner.Snapshot
		fits, rush bool
	}{"in the rush": {busy(), false, true}, "too late anyway": {late, false, false}, "as long as ever": {calm, true, false}, "at another hour": {early, true, false}} {
		why := e.Explain(tt.s, "j", "e")
		slots, err := e.Slots(t.Context(), tt.s, planner.SlotQuery{Job: tt.s.Jobs[0], Windows: tt.s.Jobs[0].Windows})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := e.Plan(t.Context(), tt.s)
		if err != nil {
			t.Fatal(err)
		}
		var left reason.List
		if len(plan.Unserved) > 0 {
			left = plan.Unserved[0].Reasons
		}
		if why.Allowed() != tt.fits || slots[0].Offered() != tt.fits || (len(plan.Assignments) == 1) != tt.fits {
			t.Errorf("%s: explained %v, offered %v, planned %+v", name, why.Codes(), slots[0].Reasons.Codes(), plan)
		}
		if why.Has(planner.NoteRush) != tt.rush || slots[0].Reasons.Has(planner.NoteRush) != tt.rush || left.Has(planner.NoteRush) != tt.rush {
			t.Errorf("%s: explained %v, offered %v, left %v; rush %v", name, why.Codes(), slots[0].Reasons.Codes(), left.Codes(), tt.rush)
		}
	}
	s := busy()
	by := planner.Plan{Assignments: []planner.Assignment{{Job: "j", Engineers: []planner.EngineerID{"e"}, Date: plannertest.Date(0), Start: plannertest.At(10, 10), End: plannertest.At(11, 10)}}}
	list := planner.CheckPlan(s, by)
	if len(list) != 1 || list[0].Reason.Code != planner.RuleRush || list[0].Reason.Value != int64(10) || list[0].Reason.Limit != int64(16) || list[0].Reason.Params["usual"] != int64(8) {
		t.Errorf("judged as %+v, want %s with 10 of 16 minutes, 8 as a rule", list, planner.RuleRush)
	}
	s.Engineers[0].Days[0].RushHours[0].Percent = 100
	if list := planner.CheckPlan(s, by); len(list) != 0 {
		t.Errorf("without rush hours: %+v", list)
	}
}

// TestRushCosts: of two windows the one outside of the rush hour costs less, and a jam lies on top of it.
func TestRushCosts(t *testing.T) {
	t.Parallel()
	s := busy()
	j, visits := s.Jobs[0], s.Visits
	s.Visits = nil // from home one sets off when it suits
	windows := []planner.Span{{From: plannertest.At(10, 30), To: plannertest.At(10, 40)}, {From: plannertest.At(14, 0), To: plannertest.At(14, 10)}}
	slots, err := planner.New().Slots(t.Context(), s, planner.SlotQuery{Job: j, Windows: windows})
	if err != nil || !slots[0].Offered() || !slots[1].Offered() || slots[0].Cost <= slots[1].Cost {
		t.Fatalf("in the rush %+v, later %+v, %v", slots[0], slots[1], err)
	}
	v := planner.Visit{ID: "u", Job: j, Engineers: []planner.EngineerID{"e"}, Date: plannertest.Date(0), Start: plannertest.At(10, 18), End: plannertest.At(11, 18)}
	v.Job.Windows = nil
	s.Jobs, s.Visits = nil, append(visits, v)
	jam := planner.Jam{Span: planner.Span{From: plannertest.At(9, 0), To: plannertest.At(12, 0)}, In: func(p int) bool { return p == 6 }, Percent: 20}
	if _, loose := s.After(planner.Change{Jams: []planner.Jam{jam}}); len(loose) != 1 { // eight minutes, ten with the jam, nineteen in the rush
		t.Errorf("a jam in the rush makes late %v", loose)
	}
	s.Engineers[0].Days[0].RushHours = nil
	if _, loose := s.After(planner.Change{Jams: []planner.Jam{jam}}); len(loose) != 0 {
		t.Errorf("a jam alone makes late %v", loose)
	}
}

// TestRushNonsense: rush hours that nobody can travel by are refused.
func TestRushNonsense(t *testing.T) {
	t.Parallel()
	for name, list := range map[string][]planner.RushHour{
		"at a standstill": {{Span: planner.Span{From: plannertest.At(9, 0), To: plannertest.At(10, 0)}, Percent: 100_000}},
		"no percentage":   {{Span: planner.Span{From: plannertest.At(9, 0), To: plannertest.At(10, 0)}}},
		"backwards":       {{Span: planner.Span{From: plannertest.At(9, 0), To: plannertest.At(8, 0)}, Percent: 150}},
		"in no order": {
			{Span: planner.Span{From: plannertest.At(9, 0), To: plannertest.At(10, 0)}, Percent: 150},
			{Span: planner.Span{From: plannertest.At(7, 0), To: plannertest.At(8, 0)}, Percent: 150},
		},
		"within a second": {{Span: planner.Span{From: plannertest.At(9, 0), To: plannertest.At(10, 0).Add(time.Millisecond)}, Percent: 150}},
	} {
		s := plannertest.Plain()
		s.Engineers[0].Days[0].RushHours = list
		if _, err := planner.New().Plan(t.Context(), s); !errors.Is(err, planner.ErrSnapshot) {
			t.Errorf("%s: %v, want ErrSnapshot", name, err)
		}
	}
}
