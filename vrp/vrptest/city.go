package vrptest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"anxin/vrp"
)

// City draws a city's days: engineers with skills, papers, vans, lunch and overtime on a square of 30 km, and jobs with
// windows of two hours on one of the days. The first places are the jobs', then come the engineers'; of is the way of
// any two points of the square.
func City(seed uint64, jobs, engineers, days int) *vrp.Problem {
	r := rand.New(rand.NewPCG(seed, 11))
	n := jobs + engineers
	p := &vrp.Problem{Places: n, Travel: []vrp.Matrix{{Seconds: make([]int32, n*n), Metres: make([]int32, n*n)}}}
	p.Objective = vrp.Objective{Travel: 1, Preference: 1800, Overqualified: 120}
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], y[i] = Spot(r)
	}
	for i := range n {
		for k := range n {
			p.Travel[0].Seconds[i*n+k], p.Travel[0].Metres[i*n+k] = Drive(x[i], y[i], x[k], y[k])
		}
	}
	for i := range engineers {
		p.Engineers = append(p.Engineers, cityEngineer(r, i, jobs+i, days))
	}
	for i := range jobs {
		p.Jobs = append(p.Jobs, CityJob(r, fmt.Sprint("job ", i), i, days, engineers))
	}
	return p
}

// Rush gives a city the speeds of its days: slower from seven to ten and from five to seven, a little slower at noon.
func Rush(p *vrp.Problem, days int) {
	var list []vrp.Slice
	for d := range int64(days) {
		for _, s := range []vrp.Slice{{From: 0, Speed: 1100}, {From: 7, Speed: 650}, {From: 10, Speed: 1000}, {From: 12, Speed: 900}, {From: 14, Speed: 1000}, {From: 17, Speed: 600}, {From: 19, Speed: 1000}} {
			list = append(list, vrp.Slice{From: d*86_400 + s.From*3600, Speed: s.Speed})
		}
	}
	for i := range p.Travel {
		p.Travel[i].Slices = list
	}
}

// Spot draws a point of a city, in metres.
func Spot(r *rand.Rand) (x, y float64) {
	if r.IntN(2) == 0 { // the centre
		return 15_000 + r.NormFloat64()*4000, 15_000 + r.NormFloat64()*4000
	}
	return r.Float64() * 30_000, r.Float64() * 30_000
}

// Drive is the way between two points of a city at 25 km/h.
func Drive(x, y, u, v float64) (seconds, metres int32) {
	m := math.Hypot(x-u, y-v) * 1.3
	return int32(m / 7), int32(m)
}

func cityEngineer(r *rand.Rand, i, place, days int) vrp.Engineer {
	e := vrp.Engineer{ID: fmt.Sprint("engineer ", i), Outlet: fmt.Sprint("outlet ", i%6), Capacity: []int64{20}, Efficiency: map[string]int{"fridge": 90 + r.IntN(30)}}
	for s := range 8 {
		if r.IntN(2) == 0 {
			e.Skills = append(e.Skills, vrp.Skill{Code: fmt.Sprint("skill ", s), Level: 1 + r.IntN(4)})
		}
	}
	for d := range days {
		begin := int64(d)*86_400 + 8*3600
		s := vrp.Shift{
			Window: vrp.Window{From: begin, To: begin + 10*3600}, Overtime: 3600, Start: place, End: vrp.NoPlace, MaxJobs: 12,
			Breaks: []vrp.Break{{ID: "noon", Windows: []vrp.Window{{From: begin + 12_600, To: begin + 18_900}}, Length: 2700}},
		}
		for k := range 8 {
			if r.IntN(4) > 0 {
				s.Certificates = append(s.Certificates, fmt.Sprint("skill ", k))
			}
		}
		e.Shifts = append(e.Shifts, s)
	}
	return e
}

// CityJob draws a job of a city at a place.
func CityJob(r *rand.Rand, id string, place, days, engineers int) vrp.Job {
	j := vrp.Job{ID: id, Place: place, Service: 1200 + r.Int64N(3600), Trade: []string{"", "fridge"}[r.IntN(2)], Priority: 1 + r.Int64N(9), Takes: []int64{r.Int64N(3)}}
	from := int64(r.IntN(days))*86_400 + int64(8+2*r.IntN(5))*3600
	j.Windows = []vrp.Window{{From: from, To: from + 7200}}
	for range r.IntN(3) {
		j.Needs = append(j.Needs, vrp.Need{Skill: fmt.Sprint("skill ", r.IntN(8)), Level: 1 + r.IntN(3), Certificate: r.IntN(4) == 0})
	}
	if r.IntN(3) == 0 {
		j.Preferred = []string{fmt.Sprint("engineer ", r.IntN(engineers))}
	}
	return j
}

// Fill puts what fits of a problem's jobs onto an empty board, one after the other where each is cheapest.
func Fill(p *vrp.Problem) (*vrp.Board, error) {
	b, err := vrp.NewBoard(p, nil)
	if err != nil {
		return nil, err
	}
	for i := range p.Jobs {
		ask := vrp.Ask{Job: p.Jobs[i]}
		offers, err := b.Offers(ask)
		if err != nil {
			return nil, err
		}
		best := -1
		for k := range offers {
			if offers[k].OK && (best < 0 || offers[k].Cost < offers[best].Cost) {
				best = k
			}
		}
		if best >= 0 {
			if err := b.Put(ask, offers[best]); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}
