package core

import "testing"

// TestWeigh sees that absence is soft at first only as long as not everything has been served.
func TestWeigh(t *testing.T) {
	t.Parallel()
	q := NewSearch(random(1), 1, Budget{Iterations: 1})
	q.worth.absent = 1
	soft := q.weigh(1, 0)
	q.worth.absent = 0
	hard := q.weigh(1, 0)
	if soft.absent != q.set.absentSoft || soft.priority != q.set.prioritySoft {
		t.Errorf("at first %+v, want the soft weights", soft)
	}
	if hard.absent != q.set.absentNever || hard.priority != q.set.priorityHard {
		t.Errorf("with everything served %+v, want the hard weights", hard)
	}
}

// TestWays sees that the heat of a search does not depend on how long the work takes, only on the ways.
func TestWays(t *testing.T) {
	t.Parallel()
	ways := func(service int32) float64 {
		p := random(8)
		p.Setup = nil
		p.Metrics[0] = Metric{Weight: 2, Seconds: p.Metrics[0].Seconds, SecondsT: p.Metrics[0].SecondsT}
		for x := range p.Service[0] {
			p.Service[0][x] = service
			p.Windows[x] = []Window{{From: 0, To: Horizon - 1}}
		}
		for i := range p.Shifts {
			p.Shifts[i].To, p.Shifts[i].MaxNodes, p.Shifts[i].Breaks = 1<<20, 0, nil
			p.Shifts[i].Rates = Rates{Duration: 3}
		}
		p.Seal()
		s := newState(p)
		for task := range int32(3) {
			if in := p.bestIn(s.routes[0], task, maxCost, nil); in.route >= 0 {
				s.put(task, in)
			}
		}
		var seconds int32
		for _, st := range s.routes[0].stops {
			seconds += st.way
		}
		if got, want := s.ways(), float64(seconds)*(2+3); got != want || seconds == 0 {
			t.Errorf("ways of %d s with work of %d s cost %.0f, want %.0f", seconds, service, got, want)
		}
		return s.ways()
	}
	if a, b := ways(1), ways(1000); a != b {
		t.Errorf("ways cost %.0f with short work, %.0f with long work", a, b)
	}
}
