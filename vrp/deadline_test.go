package vrp_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"anxin/vrp"
)

// city draws jobs and engineers on a square of 30 km, with two-hour windows, lunch and eight skills.
func city(seed uint64, jobs, engineers int) *vrp.Problem {
	r := rand.New(rand.NewPCG(seed, 3))
	n := jobs + engineers
	p := &vrp.Problem{Places: n, Travel: []vrp.Matrix{{Seconds: make([]int32, n*n)}}}
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], y[i] = r.Float64()*30_000, r.Float64()*30_000
	}
	for i := range n {
		for k := range n {
			p.Travel[0].Seconds[i*n+k] = int32(math.Hypot(x[i]-x[k], y[i]-y[k]) / 8)
		}
	}
	skill := func() string { return fmt.Sprint("skill ", r.IntN(8)) }
	for i := range engineers {
		e := vrp.Engineer{ID: fmt.Sprint(i), Skills: []vrp.Skill{{Code: skill(), Level: 1}, {Code: skill(), Level: 1}, {Code: skill(), Level: 1}}}
		e.Shifts = []vrp.Shift{{
			Window: vrp.Window{From: 8 * 3600, To: 18 * 3600}, Start: jobs + i, End: jobs + i,
			Breaks: []vrp.Break{{Windows: []vrp.Window{{From: 41_400, To: 50_400}}, Length: 2700}},
		}}
		p.Engineers = append(p.Engineers, e)
	}
	for i := range jobs {
		from := int64(8+2*r.IntN(5)) * 3600
		p.Jobs = append(p.Jobs, vrp.Job{
			ID: fmt.Sprint(i), Place: i, Service: 1200 + r.Int64N(3000), Needs: []vrp.Need{{Skill: skill()}},
			Windows: []vrp.Window{{From: from, To: from + 7200}}, Priority: r.Int64N(10),
		})
	}
	return p
}

// TestDeadline stops searches of a large city early on, in every part of their work, and counts how often they ask.
func TestDeadline(t *testing.T) {
	if testing.Short() {
		t.Skip("plans a city of 2000 jobs")
	}
	p := city(1, 2000, 200)
	// Processor time, which other work on the machine does not stretch.
	for _, limit := range []float64{0, 0.02, 0.1, 0.4, 1} {
		begin := cpu(t)
		last, widest, late := begin, 0.0, 0
		s, err := vrp.Solve(p, vrp.Options{Seed: 1, Spent: func() float64 {
			now := cpu(t)
			widest, last = max(widest, now-last), now
			if now-begin >= limit {
				late++
			}
			if limit == 0 {
				return 1
			}
			return (now - begin) / limit
		}})
		if err != nil {
			t.Fatal(err)
		}
		took := cpu(t) - begin
		for _, v := range vrp.Check(p, s) {
			t.Error(v)
		}
		if late > 200 {
			t.Errorf("limit %.2f s: asked %d times after it", limit, late)
		}
		if took > limit+0.5 {
			t.Errorf("limit %.2f s: took %.3f s", limit, took)
		}
		if len(s.Unserved) > 0 && len(s.Unserved[0].Reasons) == 0 {
			t.Errorf("limit %.2f s: %+v without a reason", limit, s.Unserved[0])
		}
		t.Logf("limit %.2f s: took %.3f s, at most %.3f s between questions, %d of them late, %d served", limit, took, widest, late, s.Cost.Served)
	}
}
