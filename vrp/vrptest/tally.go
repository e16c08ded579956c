package vrptest

import (
	"math"
	"slices"

	"anxin/vrp"
)

// Tally adds up what a plan costs from its steps, which have to name existing things.
func Tally(p *vrp.Problem, s *vrp.Solution) vrp.Cost {
	var c vrp.Cost
	var ways int64
	hours := make([]float64, len(p.Engineers))
	type doer struct {
		engineer int
		begin    int64
	}
	doers := map[string][]doer{}
	for _, r := range s.Routes {
		e := p.Engineers[r.Engineer]
		first, last := r.Steps[0].Arrival, r.Steps[len(r.Steps)-1].Arrival
		var travel, metres, rest, work int64
		site := ""
		for _, leg := range legs(p, r) {
			m := p.Travel[e.Profile]
			travel += leg.seconds
			if m.Metres != nil {
				metres += int64(m.Metres[leg.way])
			}
			switch {
			case m.Unweighed:
			case m.Cost != nil:
				ways += int64(m.Cost[leg.way])
			default:
				ways += leg.seconds
			}
		}
		for _, st := range r.Steps {
			if breaks := e.Shifts[r.Shift].Breaks; st.Kind == vrp.Rest && (st.Index >= len(breaks) || !breaks[st.Index].Paid) {
				rest += st.Length
			}
			if st.Kind == vrp.Fetch {
				site = ""
			}
			if j := jobOf(p, st); j != nil {
				if j.Place != vrp.NoPlace && j.Site != site {
					if site = j.Site; site != "" {
						c.Visit += p.Objective.Visit
					}
				}
				work += st.Length
				hours[r.Engineer] += float64(st.Length) / 3600
				doers[j.ID] = append(doers[j.ID], doer{r.Engineer, st.Begin()})
			}
		}
		over := max(0, last-e.Shifts[r.Shift].Window.To)
		c.Travel += travel
		c.Metres += metres
		c.Duration += last - first
		c.Overtime += over
		c.Money += e.Costs.Activation
		for _, rate := range [][3]int64{{e.Costs.PerHour, last - first - rest, 3600}, {e.Costs.PerTravelHour, travel, 3600}, {e.Costs.PerWorkHour, work, 3600}, {e.Costs.PerKM, metres, 1000}, {e.Costs.OvertimePerHour, over, 3600}} {
			c.Money += rate[0] * rate[1] / rate[2]
		}
	}
	for k, j := range jobsOf(p) {
		by := doers[j.ID]
		if len(by) > 0 && j.Due != nil {
			late := by[0].begin - (j.Due.At + j.Due.Grace)
			c.Lateness += max(0, late) * j.Due.PerHour / 3600
			if j.Due.Breach != 0 && by[0].begin > j.Due.Breach {
				c.Lateness += j.Due.BreachFee
			}
		}
		if len(by) > 0 && j.Promised && !j.Fixed {
			c.Margin += p.Objective.MarginCost * missing(j.Windows, by[0].begin, p.Objective.Margin)
		}
		if k >= len(p.Jobs) && (k-len(p.Jobs))%2 == 0 {
			continue // a pickup counts with its delivery
		}
		if len(by) == 0 {
			c.Unserved++
			c.DropCost += j.DropCost
			continue
		}
		c.Served++
		c.PriorityServed += j.Priority
		liked, kept := false, j.Was == nil
		for _, d := range by {
			e := p.Engineers[d.engineer]
			liked = liked || slices.Contains(j.Preferred, e.ID)
			kept = kept || j.Was.Engineer == d.engineer && j.Was.Start == d.begin
			for _, n := range j.Needs {
				c.Overqualified += p.Objective.Overqualified * int64(max(0, best(e, n.Skill)-max(1, n.Level)))
			}
		}
		if liked {
			c.Preference -= p.Objective.Preference
		}
		if !kept {
			moves := p.Objective.Stability + nearing(&p.Objective, j.Was.Start)
			if !j.Promised {
				moves /= 2
			}
			c.Stability += moves
		}
	}
	c.Fairness = fair(hours, p.Objective.Fairness)
	c.Share = uneven(p, hours)
	weight := p.Objective.Travel
	if weight == 0 && p.Objective.Duration == 0 {
		weight = 1
	}
	c.Total = weight*ways + p.Objective.Duration*c.Duration + c.Money + c.Lateness + c.Preference + c.Overqualified + c.Stability + c.Margin + c.Visit + c.Fairness + c.Share
	if p.Objective.Mode == vrp.Money {
		c.Total += c.DropCost
	}
	return c
}

// uneven prices how far the hours of outlets are from their parts.
func uneven(p *vrp.Problem, hours []float64) int64 {
	var sum, squares float64
	for _, h := range hours {
		sum += h
	}
	for _, share := range p.Shares {
		away := -sum * float64(share.PerMille) / 1000
		for i, h := range hours {
			if p.Engineers[i].Outlet == share.Outlet {
				away += h
			}
		}
		squares += away * away
	}
	return int64(math.Floor(squares*float64(p.Objective.Share) + 1e-9))
}

// nearing is by how much the price of a move has grown for a start at an instant: a thousandth for each thousandth of Near
// that has passed of it.
func nearing(o *vrp.Objective, start int64) int64 {
	steps := int64(0)
	for steps < 1000 && o.Near > 0 && (start-o.AsOf)*1000 <= (1000-steps-1)*o.Near {
		steps++
	}
	return o.Stability * o.Rush / 100 * steps / 1000
}

// missing is how many seconds of a margin lie behind the end of the window that a start is in.
func missing(windows []vrp.Window, begin, margin int64) int64 {
	for _, w := range windows {
		for n := int64(0); n < margin && w.From <= begin && begin <= w.To; n++ {
			if begin+n == w.To {
				return margin - n
			}
		}
	}
	return 0
}

func fair(hours []float64, price int64) int64 {
	var sum, squares float64
	for _, h := range hours {
		sum += h
	}
	for _, h := range hours {
		if beyond := h - sum/float64(len(hours)); beyond > 0 {
			squares += beyond * beyond
		}
	}
	return int64(math.Floor(squares*float64(price) + 1e-9))
}

// jobsOf lists all jobs, then pickup and delivery of each shipment.
func jobsOf(p *vrp.Problem) []*vrp.Job {
	var out []*vrp.Job
	for i := range p.Jobs {
		out = append(out, &p.Jobs[i])
	}
	for i := range p.Shipments {
		out = append(out, &p.Shipments[i].Pickup, &p.Shipments[i].Delivery)
	}
	return out
}

func jobOf(p *vrp.Problem, s vrp.Step) *vrp.Job {
	switch s.Kind {
	case vrp.Work:
		return &p.Jobs[s.Index]
	case vrp.Pickup:
		return &p.Shipments[s.Index].Pickup
	case vrp.Delivery:
		return &p.Shipments[s.Index].Delivery
	}
	return nil
}

func best(e vrp.Engineer, skill string) int {
	level := 0
	for _, s := range e.Skills {
		if s.Code == skill && s.Level > level {
			level = s.Level
		}
	}
	return level
}
