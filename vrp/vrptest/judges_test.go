package vrptest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// someFeatures draws a mix: each feature is on in a third of the cases, sometimes all of the first group.
func someFeatures(r *rand.Rand) vrptest.Features {
	f := vrptest.Features(r.Uint32() & r.Uint32() & uint32(vrptest.All))
	if r.IntN(8) == 0 {
		f |= vrptest.Plain
	}
	return f
}

// TestBest has the plans of trying everything judged by both judges: they are valid, and no plan that a judge lets
// pass after a change at random is better.
func TestBest(t *testing.T) {
	t.Parallel()
	served, unserved := 0, 0
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 1))
		f := someFeatures(r)
		p := vrptest.Random(r, f, 1+r.IntN(4), 1+r.IntN(2))
		if err := p.Check(); err != nil {
			t.Fatalf("seed %d: a random problem makes no sense: %v", seed, err)
		}
		s := vrptest.Best(p)
		if s == nil {
			if !f.Has(vrptest.Fixed) {
				t.Fatalf("seed %d: no plan at all", seed)
			}
			continue // work that has begun cannot be kept
		}
		served += s.Cost.Served
		unserved += s.Cost.Unserved
		if err := vrptest.Judge(p, s); err != nil {
			t.Errorf("seed %d, features %b: Judge: %v", seed, f, err)
		}
		for _, v := range vrp.Check(p, s) {
			t.Errorf("seed %d, features %b: Check: %v", seed, f, v)
		}
	}
	if served < 50 || unserved < 20 {
		t.Errorf("%d served, %d not: the problems are too hard or too easy to tell anything", served, unserved)
	}
}

// agree compares the two judges on a plan.
func agree(p *vrp.Problem, s *vrp.Solution) error {
	slow, quick := vrptest.Judge(p, s), vrp.Check(p, s)
	if (slow == nil) != (len(quick) == 0) {
		return fmt.Errorf("replayed: %s; checked: %v", fmt.Sprint(slow), quick)
	}
	return nil
}

// TestJudgesAgree changes good plans at random and asks both judges.
func TestJudgesAgree(t *testing.T) {
	t.Parallel()
	good, bad := 0, 0
	for seed := range uint64(400) {
		g, b, err := changed(seed, 40)
		good, bad = good+g, bad+b
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if good < 300 || bad < 3000 {
		t.Errorf("%d good plans, %d bad ones: too few to tell anything", good, bad)
	}
}

// changed makes plans of one problem, each a small change away from the last good one, and has them judged.
func changed(seed uint64, n int) (good, bad int, err error) {
	r := rand.New(rand.NewPCG(seed, 2))
	p := vrptest.Random(r, someFeatures(r), 1+r.IntN(3), 1+r.IntN(2))
	s := vrptest.Best(p)
	if s == nil {
		return 0, 0, nil
	}
	for range n {
		next := clone(s)
		for range 1 + r.IntN(2) {
			change(r, p, next)
		}
		if r.IntN(2) == 0 && wellFormed(p, next) {
			next.Cost = vrptest.Tally(p, next)
		}
		if err := agree(p, next); err != nil {
			return good, bad, err
		}
		if vrptest.Judge(p, next) == nil {
			s = next
			good++
		} else {
			bad++
		}
	}
	return good, bad, nil
}

// FuzzJudges looks for a plan about which the judges differ.
func FuzzJudges(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		if _, _, err := changed(seed, 20); err != nil {
			t.Fatal(err)
		}
	})
}

func clone(s *vrp.Solution) *vrp.Solution {
	out := &vrp.Solution{Unserved: slices.Clone(s.Unserved), Cost: s.Cost}
	for _, r := range s.Routes {
		r.Steps = slices.Clone(r.Steps)
		for i := range r.Steps {
			r.Steps[i].Load = slices.Clone(r.Steps[i].Load)
		}
		out.Routes = append(out.Routes, r)
	}
	return out
}

// wellFormed tells whether a plan names only what exists, so that its cost can be told.
func wellFormed(p *vrp.Problem, s *vrp.Solution) bool {
	for _, r := range s.Routes {
		if r.Engineer < 0 || r.Engineer >= len(p.Engineers) || r.Shift < 0 || r.Shift >= len(p.Engineers[r.Engineer].Shifts) || len(r.Steps) == 0 {
			return false
		}
		for _, st := range r.Steps {
			n := map[vrp.Kind]int{vrp.Work: len(p.Jobs), vrp.Pickup: len(p.Shipments), vrp.Delivery: len(p.Shipments), vrp.Start: 1, vrp.End: 1, vrp.Rest: 9, vrp.Fetch: len(p.Counters)}[st.Kind]
			if st.Kind != vrp.Start && st.Kind != vrp.End && st.Index < 0 || st.Index >= n {
				return false
			}
		}
	}
	return true
}

// change does one thing to a plan.
func change(r *rand.Rand, p *vrp.Problem, s *vrp.Solution) {
	if len(s.Routes) == 0 || r.IntN(12) == 0 {
		switch r.IntN(4) {
		case 0:
			s.Unserved = append(s.Unserved, vrp.Unserved{Index: r.IntN(3)})
		case 1:
			s.Unserved = s.Unserved[:len(s.Unserved)/2]
		case 2:
			s.Cost.Total++
		default:
			slices.Reverse(s.Routes)
		}
		return
	}
	route := &s.Routes[r.IntN(len(s.Routes))]
	at := r.IntN(len(route.Steps))
	st := &route.Steps[at]
	by := int64(r.IntN(5) - 2)
	switch r.IntN(16) {
	case 0, 1:
		st.Arrival += by
	case 2, 3:
		st.Arrival += by
		st.Wait -= by
	case 4:
		st.Wait += by
	case 5, 6: // all from here on
		for i := at; i < len(route.Steps); i++ {
			route.Steps[i].Arrival += by
		}
	case 7:
		st.Length += by
	case 8:
		st.Travel += by
	case 9:
		st.Index += int(by)
	case 10:
		st.Kind = vrp.Kind(r.IntN(7))
	case 11:
		for d := range st.Load {
			st.Load[d] += by
		}
	case 12:
		o := &route.Steps[r.IntN(len(route.Steps))]
		*st, *o = *o, *st
	case 13:
		route.Steps = slices.Delete(route.Steps, at, at+1)
		if len(route.Steps) == 0 {
			s.Routes = s.Routes[1:]
		}
	case 14:
		route.Engineer = r.IntN(len(p.Engineers))
	case 15:
		if r.IntN(2) == 0 {
			st.Place += int(by)
		} else {
			route.Shift += int(by)
		}
	}
}
