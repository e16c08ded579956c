package plannertest

import (
	"math/rand/v2"
	"time"

	"anxin/internal/dispatch/planner"
)

// RandomRush is [Random] on days with rush hours, which begin and end at any minute, some over midnight, and not on all days. Those of
// one outlet lie six hours behind those of the other, as if it were elsewhere.
func RandomRush(seed uint64, engineers, jobs int) planner.Snapshot {
	r := rand.New(rand.NewPCG(seed, 31))
	return random(seed, engineers, jobs, func(s *planner.Snapshot) {
		here := rushHours(r)
		there := make([]planner.RushHour, len(here))
		for i, h := range here {
			h.From, h.To = h.From.Add(-6*time.Hour), h.To.Add(-6*time.Hour)
			there[i] = h
		}
		for i := range s.Engineers {
			e, list := &s.Engineers[i], here
			if e.Outlet == "o1" {
				list = there
			}
			for d := range e.Days {
				day := Monday.AddDate(0, 0, int(e.Days[d].Date-Date(0)))
				e.Days[d].RushHours = nil
				for _, h := range list { // whole, as its neighbours know it
					if h.To.After(day.AddDate(0, 0, -1)) && h.From.Before(day.AddDate(0, 0, 2)) {
						e.Days[d].RushHours = append(e.Days[d].RushHours, h)
					}
				}
			}
		}
	})
}

// rushHours are those of some days around the first.
func rushHours(r *rand.Rand) []planner.RushHour {
	var out []planner.RushHour
	at := Monday.AddDate(0, 0, -2)
	for end := Monday.AddDate(0, 0, 5); ; {
		at = at.Add(time.Duration(r.IntN(6*60)) * time.Minute)
		if r.IntN(12) == 0 { // a holiday
			at = at.Add(24 * time.Hour)
		}
		to := at.Add(time.Duration(5+r.IntN(4*60)) * time.Minute)
		if !to.Before(end) {
			return out
		}
		out = append(out, planner.RushHour{Span: planner.Span{From: at, To: to}, Percent: planner.LeastPercent + r.IntN(planner.MostPercent-planner.LeastPercent+1)})
		at = to
	}
}
