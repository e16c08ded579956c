package planner

import (
	"time"

	"anxin/vrp"
)

// Laid is what is committed in a snapshot as package vrp lays it out, and in whose rush hours by engineer of the problem.
func Laid(s Snapshot) (*vrp.Problem, *vrp.Solution, [][]RushHour, error) {
	x, err := newJudge(&s, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	paces := make([][]RushHour, len(x.m.problem.Engineers))
	for i := range paces {
		paces[i] = x.m.pace(i)
	}
	p, plan := x.b.Plan()
	return p, plan, paces, nil
}

// Arrive is when a way ends that is set off on at an instant, and Depart when one has to set off that ends by it.
func Arrive(list []RushHour, at time.Time, way time.Duration) time.Time {
	return pace(list).arrive(at, way)
}

// Depart is the latest to set off.
func Depart(list []RushHour, by time.Time, way time.Duration) time.Time {
	return pace(list).depart(by, way)
}

// Covered is how much of a way is covered in a span.
func Covered(list []RushHour, s Span) time.Duration { return pace(list).covered(s) }

// Longest is the longest stretch in which no more than so much would be covered.
func Longest(list []RushHour, s Span, spare time.Duration) time.Duration {
	return pace(list).longest(s, spare)
}
