package vrp

// price adds up what a plan of the search costs, from its steps.
func price(p *Problem, s *Solution) Cost {
	var c Cost
	o := &p.Objective
	travel := o.Travel
	if o.Travel == 0 && o.Duration == 0 {
		travel = 1
	}
	for _, r := range s.Routes {
		e := &p.Engineers[r.Engineer]
		c.Money += e.Costs.Activation
		seconds, metres, weight := p.ways(r)
		c.Travel += seconds
		c.Metres += metres
		c.Total += travel * weight
		c.Money += e.Costs.PerTravelHour*seconds/3600 + e.Costs.PerKM*metres/1000
		first, last := r.Steps[0], r.Steps[len(r.Steps)-1]
		duration, overtime := last.Arrival-first.Arrival, max(0, last.Arrival-e.Shifts[r.Shift].Window.To)
		paid := duration
		c.Duration += duration
		c.Overtime += overtime
		for _, st := range r.Steps {
			var j *Job
			switch st.Kind {
			case Work:
				j = &p.Jobs[st.Index]
			case Pickup:
				c.Lateness += lateness(p.Shipments[st.Index].Pickup.Due, st.Begin())
				continue
			case Delivery:
				j = &p.Shipments[st.Index].Delivery
			case Rest:
				paid -= st.Length
				continue
			default:
				continue
			}
			c.Lateness += lateness(j.Due, st.Begin())
			c.Served++
			c.PriorityServed += j.Priority
			c.Preference -= preference(o, j, e)
			c.Overqualified += overqualified(o, j, e)
		}
		c.Money += e.Costs.PerHour*paid/3600 + e.Costs.OvertimePerHour*overtime/3600
	}
	for _, u := range s.Unserved {
		c.Unserved++
		if u.Shipment {
			c.DropCost += p.Shipments[u.Index].Delivery.DropCost
		} else {
			c.DropCost += p.Jobs[u.Index].DropCost
		}
	}
	c.Total += o.Duration*c.Duration + c.Money + c.Lateness + c.Preference + c.Overqualified
	if o.Mode == Money {
		c.Total += c.DropCost
	}
	return c
}

// lateness prices a start.
func lateness(d *Due, begin int64) int64 {
	if d == nil {
		return 0
	}
	cost := d.PerHour * max(0, begin-d.At-d.Grace) / 3600
	if d.Breach != 0 && begin > d.Breach {
		cost += d.BreachFee
	}
	return cost
}

// ways sums up the ways of a route: seconds, metres and what the objective counts for them.
func (p *Problem) ways(r Route) (seconds, metres, weight int64) {
	m := &p.Travel[p.Engineers[r.Engineer].Profile]
	at := NoPlace
	for _, st := range r.Steps {
		if st.Kind == Rest || st.Place == NoPlace {
			continue
		}
		if at != NoPlace {
			k := at*p.Places + st.Place
			seconds += int64(m.Seconds[k])
			if m.Metres != nil {
				metres += int64(m.Metres[k])
			}
			if m.Cost != nil {
				weight += int64(m.Cost[k])
			} else {
				weight += int64(m.Seconds[k])
			}
		}
		at = st.Place
	}
	return seconds, metres, weight
}
