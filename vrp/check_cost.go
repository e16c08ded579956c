package vrp

import (
	"math/big"
	"slices"
)

// cost adds up what the walked routes and the unserved work cost.
func (c *checker) cost() Cost {
	var sum Cost
	var weight int64 // of the ways, as the objective counts them
	for _, r := range c.routes {
		e := &c.p.Engineers[r.engineer]
		sum.Travel += r.travel
		sum.Metres += r.metres
		sum.Duration += r.duration
		sum.Overtime += r.overtimeSecs
		sum.Money += e.Costs.Activation + e.Costs.PerHour*(r.duration-r.rest)/3600 + e.Costs.PerTravelHour*r.travel/3600 + e.Costs.PerWorkHour*r.work/3600 +
			e.Costs.PerKM*r.metres/1000 + e.Costs.OvertimePerHour*r.overtimeSecs/3600
		weight += r.weight
		sum.Visit += c.p.Objective.Visit * r.visits
	}
	for i := range c.tasks {
		t := &c.tasks[i]
		if t.kind == Pickup {
			c.lateness(&sum, t)
			c.margin(&sum, t)
			continue
		}
		if len(t.visits) == 0 {
			sum.Unserved++
			sum.DropCost += t.job.DropCost
			continue
		}
		sum.Served++
		sum.PriorityServed += t.job.Priority
		c.lateness(&sum, t)
		c.margin(&sum, t)
		c.people(&sum, t)
	}
	o := c.p.Objective
	sum.Fairness = c.fairness()
	sum.Share = c.shares()
	travel := o.Travel
	if o.Travel == 0 && o.Duration == 0 {
		travel = 1
	}
	sum.Total = travel*weight + o.Duration*sum.Duration + sum.Money + sum.Lateness + sum.Preference + sum.Overqualified + sum.Stability + sum.Margin + sum.Visit + sum.Fairness + sum.Share
	if o.Mode == Money {
		sum.Total += sum.DropCost
	}
	return sum
}

// lateness prices how late a task starts.
func (c *checker) lateness(sum *Cost, t *task) {
	d := t.job.Due
	if d == nil || len(t.visits) == 0 {
		return
	}
	begin := t.visits[0].begin
	if late := begin - d.At - d.Grace; late > 0 {
		sum.Lateness += d.PerHour * late / 3600
	}
	if d.Breach != 0 && begin > d.Breach {
		sum.Lateness += d.BreachFee
	}
}

// people prices who does a task: the preferred, the overqualified, and not who was told.
func (c *checker) people(sum *Cost, t *task) {
	o, j := c.p.Objective, t.job
	if slices.ContainsFunc(t.visits, func(v visit) bool { return slices.Contains(j.Preferred, c.p.Engineers[v.engineer].ID) }) {
		sum.Preference -= o.Preference
	}
	for _, v := range t.visits {
		for _, n := range j.Needs {
			if spare := c.skills[v.engineer][n.Skill] - max(n.Level, 1); spare > 0 {
				sum.Overqualified += o.Overqualified * int64(spare)
			}
		}
	}
	if j.Was == nil || slices.ContainsFunc(t.visits, func(v visit) bool { return v.engineer == j.Was.Engineer && v.begin == j.Was.Start }) {
		return
	}
	price := o.Stability
	if o.Near > 0 { // thousandths of the growth
		near := min(max(o.Near-(j.Was.Start-o.AsOf), 0), o.Near) * 1000 / o.Near
		price += o.Stability * o.Rush / 100 * near / 1000
	}
	if j.Promised {
		sum.Stability += price
	} else {
		sum.Stability += price / 2
	}
}

// margin prices promised work that starts so late in its window that little may go wrong before.
func (c *checker) margin(sum *Cost, t *task) {
	o, j := c.p.Objective, t.job
	if !j.Promised || j.Fixed || len(t.visits) == 0 {
		return
	}
	begin := t.visits[0].begin
	for _, w := range j.Windows {
		if w.From <= begin && begin <= w.To {
			sum.Margin += o.MarginCost * max(0, o.Margin-(w.To-begin))
		}
	}
}

// fairness prices the squared hours of work that engineers have beyond the mean of all.
func (c *checker) fairness() int64 {
	n := int64(len(c.p.Engineers))
	if c.p.Objective.Fairness == 0 || n == 0 {
		return 0
	}
	work := make([]int64, n)
	var all int64
	for _, r := range c.routes {
		work[r.engineer] += r.work
		all += r.work
	}
	squares := new(big.Int)
	for _, w := range work {
		if beyond := w*n - all; beyond > 0 {
			b := big.NewInt(beyond)
			squares.Add(squares, b.Mul(b, b))
		}
	}
	squares.Mul(squares, big.NewInt(c.p.Objective.Fairness))
	squares.Quo(squares, big.NewInt(n*3600))
	squares.Quo(squares, big.NewInt(n*3600))
	return squares.Int64()
}

// shares prices the squared hours by which outlets are away from their part of all work.
func (c *checker) shares() int64 {
	var all int64
	work := map[string]int64{}
	for _, r := range c.routes {
		work[c.p.Engineers[r.engineer].Outlet] += r.work
		all += r.work
	}
	squares := new(big.Int)
	for _, s := range c.p.Shares {
		away := big.NewInt(1000*work[s.Outlet] - s.PerMille*all) // in thousandths of a second
		squares.Add(squares, away.Mul(away, away))
	}
	squares.Mul(squares, big.NewInt(c.p.Objective.Share))
	return squares.Quo(squares, big.NewInt(3600_000*3600_000)).Int64()
}

// compare tells each part of the cost that is not what it should be.
func (c *checker) compare(want, got Cost) {
	for _, part := range []struct {
		name      string
		got, want int64
	}{
		{"served", int64(got.Served), int64(want.Served)},
		{"priority served", got.PriorityServed, want.PriorityServed},
		{"unserved", int64(got.Unserved), int64(want.Unserved)},
		{"drop cost", got.DropCost, want.DropCost},
		{"travel", got.Travel, want.Travel},
		{"metres", got.Metres, want.Metres},
		{"duration", got.Duration, want.Duration},
		{"overtime", got.Overtime, want.Overtime},
		{"money", got.Money, want.Money},
		{"lateness", got.Lateness, want.Lateness},
		{"preference", got.Preference, want.Preference},
		{"overqualified", got.Overqualified, want.Overqualified},
		{"stability", got.Stability, want.Stability},
		{"margin", got.Margin, want.Margin},
		{"visit", got.Visit, want.Visit},
		{"fairness", got.Fairness, want.Fairness},
		{"share", got.Share, want.Share},
		{"total", got.Total, want.Total},
	} {
		if part.got != part.want {
			c.add(Violation{Rule: RuleCost, Engineer: -1, Shift: -1, Step: -1, What: part.name, Value: part.got, Limit: part.want})
		}
	}
}
