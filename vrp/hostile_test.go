package vrp_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// spoil replaces some numbers of a problem by extreme ones.
func spoil(r *rand.Rand, p *vrp.Problem) {
	extremes := []int64{0, 1, -1, 1 << 20, 1 << 27, 1 << 30, vrp.MaxTime, -vrp.MaxTime, vrp.MaxTime + 1, 1 << 32, math.MaxInt64, math.MinInt64}
	pick := func() int64 { return extremes[r.IntN(len(extremes))] }
	job := func(j *vrp.Job) {
		switch r.IntN(9) {
		case 0:
			j.Service = pick()
		case 1:
			j.Setup = pick()
		case 2:
			j.Windows = []vrp.Window{{From: pick(), To: pick()}}
		case 3:
			j.Windows = []vrp.Window{{From: -vrp.MaxTime, To: vrp.MaxTime}}
		case 4:
			j.Due = &vrp.Due{At: pick(), Grace: pick(), PerHour: pick(), Breach: pick(), BreachFee: pick()}
		case 5:
			j.Takes = []int64{pick(), pick()}
		case 6:
			j.DropCost, j.Priority = pick(), pick()
		case 7:
			j.Place = int(pick())
		case 8:
			j.Was = &vrp.Stop{Engineer: r.IntN(3), Shift: r.IntN(2), Start: pick()}
			j.Fixed = r.IntN(2) == 0
		}
	}
	for range 1 + r.IntN(3) {
		switch r.IntN(5) {
		case 0:
			if len(p.Jobs) > 0 {
				job(&p.Jobs[r.IntN(len(p.Jobs))])
			}
		case 1:
			if len(p.Shipments) > 0 {
				s := &p.Shipments[r.IntN(len(p.Shipments))]
				job([]*vrp.Job{&s.Pickup, &s.Delivery}[r.IntN(2)])
			}
		case 2:
			e := &p.Engineers[r.IntN(len(p.Engineers))]
			e.Costs = vrp.Costs{Activation: pick(), PerHour: pick(), PerTravelHour: pick(), PerKM: pick(), OvertimePerHour: pick()}
		case 3:
			e := &p.Engineers[r.IntN(len(p.Engineers))]
			if len(e.Shifts) > 0 {
				s := &e.Shifts[r.IntN(len(e.Shifts))]
				s.Overtime, s.MaxJobs = pick(), int(pick())
				if r.IntN(2) == 0 {
					s.Window = vrp.Window{From: pick(), To: pick()}
				}
				s.Breaks = append(s.Breaks, vrp.Break{Windows: []vrp.Window{{From: pick(), To: pick()}}, Length: pick()})
			}
		case 4:
			m := &p.Travel[r.IntN(len(p.Travel))]
			m.Seconds[r.IntN(len(m.Seconds))] = int32(max(min(pick(), math.MaxInt32), math.MinInt32))
		}
	}
}

// TestHostile plans problems with extreme numbers: they are refused or planned by the rules.
func TestHostile(t *testing.T) {
	t.Parallel()
	planned, refused := 0, 0
	for seed := range uint64(2500) {
		p := draw(seed, 8, 3, honoured&^vrptest.Fixed)
		spoil(rand.New(rand.NewPCG(seed, 9)), p)
		s, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 40})
		if err != nil {
			if !errors.Is(err, vrp.ErrProblem) && !errors.Is(err, vrp.ErrUnsupported) {
				t.Errorf("seed %d: %v", seed, err)
			}
			refused++
			continue
		}
		planned++
		for _, j := range p.Jobs {
			if j.Fixed { // what has happened may have broken any rule
				s = nil
				break
			}
		}
		if s == nil {
			continue
		}
		for _, v := range vrp.Check(p, s) {
			t.Errorf("seed %d: %v", seed, v)
		}
	}
	t.Logf("%d planned, %d refused", planned, refused)
	if planned < 300 || refused < 300 {
		t.Errorf("%d planned and %d refused prove little", planned, refused)
	}
}
