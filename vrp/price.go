package vrp

import (
	"math/big"
	"slices"
)

// price adds up what a plan of the search costs, from its steps.
func price(p *Problem, s *Solution) Cost {
	b := &bill{p: p, o: &p.Objective, served: map[*Job]*visited{}, work: make([]int64, len(p.Engineers))}
	travel := b.o.Travel
	if b.o.Travel == 0 && b.o.Duration == 0 {
		travel = 1
	}
	for _, r := range s.Routes {
		b.Total += travel * b.route(r)
	}
	for j, v := range b.served {
		if v.preferred {
			b.Preference -= b.o.Preference
		}
		if !v.stays {
			b.Stability += moved(b.o, j)
		}
	}
	for _, u := range s.Unserved {
		b.Unserved++
		if u.Shipment {
			b.DropCost += p.Shipments[u.Index].Delivery.DropCost
		} else {
			b.DropCost += p.Jobs[u.Index].DropCost
		}
	}
	b.fairness()
	b.shares()
	b.Total += b.o.Duration*b.Duration + b.Money + b.Lateness + b.Preference + b.Overqualified + b.Stability + b.Margin + b.Visit + b.Fairness + b.Share
	if b.o.Mode == Money {
		b.Total += b.DropCost
	}
	return b.Cost
}

// bill is a cost on its way.
type bill struct {
	Cost
	p      *Problem
	o      *Objective
	served map[*Job]*visited
	work   []int64 // seconds, by engineer
}

// visited says by whom a job is done, over all of its crew.
type visited struct{ preferred, stays bool }

// route adds a route and returns what the objective counts for its ways.
func (b *bill) route(r Route) int64 {
	e := &b.p.Engineers[r.Engineer]
	seconds, metres, weight := b.p.ways(r)
	b.Travel += seconds
	b.Metres += metres
	first, last := r.Steps[0], r.Steps[len(r.Steps)-1]
	duration, overtime := last.Arrival-first.Arrival, max(0, last.Arrival-e.Shifts[r.Shift].Window.To)
	b.Duration += duration
	b.Overtime += overtime
	paid, work := duration, int64(0)
	for i := range r.Steps {
		st := &r.Steps[i]
		switch st.Kind {
		case Rest:
			if !e.Shifts[r.Shift].Breaks[st.Index].Paid {
				paid -= st.Length
			}
		case Work:
			work += st.Length
			b.visit(&b.p.Jobs[st.Index], r.Engineer, st)
		case Pickup:
			work += st.Length
			b.work[r.Engineer] += st.Length
			b.Lateness += lateness(b.p.Shipments[st.Index].Pickup.Due, st.Begin())
			b.Margin += margin(b.o, &b.p.Shipments[st.Index].Pickup, st.Begin())
		case Delivery:
			work += st.Length
			b.visit(&b.p.Shipments[st.Index].Delivery, r.Engineer, st)
		}
	}
	b.Visit += b.o.Visit * b.p.visits(r.Steps)
	c := &e.Costs
	b.Money += c.Activation + c.PerTravelHour*seconds/3600 + c.PerWorkHour*work/3600 + c.PerKM*metres/1000 + c.PerHour*paid/3600 + c.OvertimePerHour*overtime/3600
	return weight
}

// visits counts them on a route.
func (p *Problem) visits(steps []Step) (n int64) {
	site := ""
	for _, st := range steps {
		j := p.workOf(st)
		switch {
		case j != nil && j.Place != NoPlace:
			if j.Site != "" && j.Site != site {
				n++
			}
			site = j.Site
		case st.Kind == Fetch:
			site = ""
		}
	}
	return n
}

// visit adds one engineer's work on a job.
func (b *bill) visit(j *Job, engineer int, st *Step) {
	e := &b.p.Engineers[engineer]
	v := b.served[j]
	if v == nil {
		v = &visited{}
		b.served[j] = v
		b.Served++
		b.PriorityServed += j.Priority
		b.Lateness += lateness(j.Due, st.Begin())
		b.Margin += margin(b.o, j, st.Begin())
	}
	v.preferred = v.preferred || slices.Contains(j.Preferred, e.ID)
	v.stays = v.stays || j.Was == nil || j.Was.Engineer == engineer && j.Was.Start == st.Begin()
	b.Overqualified += overqualified(b.o, j, e)
	b.work[engineer] += st.Length
}

// fairness is exact: hours are compared in seconds times engineers.
func (b *bill) fairness() {
	n := int64(len(b.work))
	if b.o.Fairness == 0 || n == 0 {
		return
	}
	var all int64
	for _, w := range b.work {
		all += w
	}
	sum := new(big.Int)
	for _, w := range b.work {
		if beyond := big.NewInt(w*n - all); beyond.Sign() > 0 {
			sum.Add(sum, beyond.Mul(beyond, beyond))
		}
	}
	hour := big.NewInt(3600 * n)
	sum.Mul(sum, big.NewInt(b.o.Fairness))
	b.Fairness = sum.Quo(sum, hour.Mul(hour, hour)).Int64()
}

// shares is exact as well: hours are compared in thousandths of seconds.
func (b *bill) shares() {
	if b.o.Share == 0 || len(b.p.Shares) == 0 {
		return
	}
	var all int64
	of := make(map[string]int64, len(b.p.Shares))
	for e, w := range b.work {
		all += w
		of[b.p.Engineers[e].Outlet] += w
	}
	sum, hour := new(big.Int), big.NewInt(3_600_000)
	for _, s := range b.p.Shares {
		away := big.NewInt(of[s.Outlet]*1000 - all*s.PerMille)
		sum.Add(sum, away.Mul(away, away))
	}
	sum.Mul(sum, big.NewInt(b.o.Share))
	b.Share = sum.Quo(sum, hour.Mul(hour, hour)).Int64()
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

// margin prices a start near the end of the window that was promised.
func margin(o *Objective, j *Job, begin int64) int64 {
	if !minded(o, j) {
		return 0
	}
	for i := range j.Windows {
		if w := &j.Windows[i]; w.From <= begin && begin <= w.To {
			return o.MarginCost * max(0, begin-w.To+o.Margin)
		}
	}
	return 0
}

// minded says whether a job's margin costs anything.
func minded(o *Objective, j *Job) bool {
	return o.MarginCost > 0 && j.Promised && !j.Fixed && len(j.Windows) > 0
}

// starting is what the start of a job costs, whoever does it.
func starting(o *Objective, j *Job, begin int64) int64 {
	return lateness(j.Due, begin) + margin(o, j, begin)
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
			s, way, cost := m.At(p.Places, at, st.Place)
			seconds += int64(s)
			metres += int64(way)
			weight += int64(cost)
		}
		at = st.Place
	}
	if m.Slices != nil { // the steps know how long the ways took
		seconds = r.Steps[len(r.Steps)-1].Travel
		if !m.told() {
			weight = seconds
		}
	}
	return seconds, metres, weight
}
