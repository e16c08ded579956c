package vrp

import (
	"cmp"
	"fmt"
	"slices"
)

// Rules that only a plan can break, beside those of a single job.
const (
	RuleForm     Rule = "form"     // the plan names what is not there, or lacks a step that every route has
	RuleOnce     Rule = "once"     // served twice, or neither served nor listed as unserved
	RuleTravel   Rule = "travel"   // seconds on the way against seconds that there were
	RuleService  Rule = "service"  // seconds of work against seconds that it takes
	RuleShipment Rule = "shipment" // not whole, the delivery first, or on two routes
	RuleFixed    Rule = "fixed"    // work that was begun has been moved, or something put before it
	RuleLoad     Rule = "load"     // the load told is not the load
	RuleCost     Rule = "cost"     // the cost told is not the cost
)

// Violation is a rule that a plan breaks.
type Violation struct {
	Rule            Rule
	Engineer, Shift int    // of the route, -1 where it is about no route
	Step            int    // on the route, -1 where it is about no step
	Job             string // "" where it is about no job
	What            string // in words, where the rule alone does not tell
	Value, Limit    int64  // what is and what may be
}

// String tells the violation in one line.
func (v Violation) String() string {
	s := string(v.Rule)
	if v.Engineer >= 0 {
		s += fmt.Sprintf(" at route %d/%d", v.Engineer, v.Shift)
	}
	if v.Step >= 0 {
		s += fmt.Sprintf(" step %d", v.Step)
	}
	if v.Job != "" {
		s += fmt.Sprintf(" job %q", v.Job)
	}
	if v.What != "" {
		s += ": " + v.What
	}
	return s + fmt.Sprintf(": %d, may be %d", v.Value, v.Limit)
}

// Check judges a plan by the rules of the problem alone, whoever made it, and adds its cost up from nothing. A plan
// without violations is valid and costs what it says. It shares no code with the search.
//
// Fixed work is taken as it is: no way, window, skill or pin is asked for it.
func Check(p *Problem, s *Solution) []Violation {
	c := newChecker(p)
	last := [2]int{-1, -1}
	for _, r := range s.Routes {
		if !c.known(r) {
			continue
		}
		if at := [2]int{r.Engineer, r.Shift}; slices.Compare(at[:], last[:]) <= 0 {
			c.add(Violation{Rule: RuleForm, Engineer: r.Engineer, Shift: r.Shift, Step: -1, What: "routes rise by engineer and shift, each once"})
		} else {
			last = at
		}
		c.route(r)
	}
	c.unserved(s.Unserved)
	c.crews()
	c.shipments()
	c.sequences()
	c.fixed()
	c.compare(c.cost(), s.Cost)
	return c.out
}

// visit is one engineer's work at one stop.
type visit struct {
	engineer, shift, step int
	begin, end            int64
	behind                bool // work that is not fixed comes before it on the route
}

// task is a job or one end of a shipment.
type task struct {
	job      *Job
	who      *Job // whose needs and names count: the delivery's for both ends of a shipment
	kind     Kind
	index    int
	visits   []visit
	unserved bool
}

// checker collects what a plan says about each task, and what is wrong with it.
type checker struct {
	p      *Problem
	dims   int
	tasks  []task // jobs, then pickup and delivery of each shipment
	byID   map[string]*task
	skills []map[string]int // levels by engineer
	routes []routeSum
	out    []Violation
}

// routeSum is what a route adds to the cost.
type routeSum struct {
	engineer, shift                                            int
	travel, metres, weight, duration, rest, work, overtimeSecs int64 // rest: unpaid
	visits                                                     int64
}

func newChecker(p *Problem) *checker {
	c := &checker{p: p, byID: map[string]*task{}}
	dims := func(amounts ...[]int64) {
		for _, a := range amounts {
			c.dims = max(c.dims, len(a))
		}
	}
	for i := range p.Jobs {
		j := &p.Jobs[i]
		c.tasks = append(c.tasks, task{job: j, who: j, kind: Work, index: i})
		dims(j.Takes, j.Brings)
	}
	for i := range p.Shipments {
		s := &p.Shipments[i]
		c.tasks = append(c.tasks, task{job: &s.Pickup, who: &s.Delivery, kind: Pickup, index: i}, task{job: &s.Delivery, who: &s.Delivery, kind: Delivery, index: i})
		dims(s.Amount, s.Pickup.Takes, s.Pickup.Brings, s.Delivery.Takes, s.Delivery.Brings)
	}
	for _, e := range p.Engineers {
		dims(e.Capacity)
		levels := make(map[string]int, len(e.Skills))
		for _, s := range e.Skills {
			levels[s.Code] = max(levels[s.Code], s.Level)
		}
		c.skills = append(c.skills, levels)
	}
	for i := range c.tasks {
		c.byID[c.tasks[i].job.ID] = &c.tasks[i]
	}
	return c
}

func (c *checker) add(v Violation) { c.out = append(c.out, v) }

// task finds what a step works on; nil where there is no such thing.
func (c *checker) task(kind Kind, index int) *task {
	switch {
	case index < 0:
		return nil
	case kind == Work && index < len(c.p.Jobs):
		return &c.tasks[index]
	case kind == Pickup && index < len(c.p.Shipments):
		return &c.tasks[len(c.p.Jobs)+2*index]
	case kind == Delivery && index < len(c.p.Shipments):
		return &c.tasks[len(c.p.Jobs)+2*index+1]
	}
	return nil
}

// known tells whether a route's engineer and shift exist.
func (c *checker) known(r Route) bool {
	if r.Engineer >= 0 && r.Engineer < len(c.p.Engineers) && r.Shift >= 0 && r.Shift < len(c.p.Engineers[r.Engineer].Shifts) {
		return true
	}
	c.add(Violation{Rule: RuleForm, Engineer: r.Engineer, Shift: r.Shift, Step: -1, What: "no such engineer or shift"})
	return false
}

// unserved sees that everything is either served or listed, once, and in the problem's order.
func (c *checker) unserved(list []Unserved) {
	nobody := Violation{Engineer: -1, Shift: -1, Step: -1}
	before, ordered := -1, true
	for _, u := range list {
		kind, place := Work, u.Index
		if u.Shipment {
			kind, place = Delivery, len(c.p.Jobs)+u.Index
		}
		t := c.task(kind, u.Index)
		v := nobody
		switch {
		case t == nil:
			v.Rule, v.What, v.Value = RuleForm, "unserved work that is not in the problem", int64(u.Index)
			c.add(v)
			continue
		case t.unserved:
			v.Rule, v.Job, v.What = RuleOnce, t.job.ID, "listed as unserved twice"
			c.add(v)
		}
		t.unserved = true
		if u.Shipment {
			c.task(Pickup, u.Index).unserved = true
		}
		ordered = ordered && place > before
		before = place
	}
	if !ordered {
		v := nobody
		v.Rule, v.What = RuleForm, "unserved work is listed in the problem's order"
		c.add(v)
	}
	for i := range c.tasks {
		t, v := &c.tasks[i], nobody
		v.Rule, v.Job, v.Limit = RuleOnce, t.job.ID, int64(t.crew())
		switch n := len(t.visits); {
		case n == 0 && !t.unserved:
			v.What = "neither served nor listed as unserved"
			c.add(v)
		case n > 0 && t.unserved:
			v.What, v.Value = "served and listed as unserved", int64(n)
			c.add(v)
		case n > t.crew():
			v.What, v.Value = "served too often", int64(n)
			c.add(v)
		}
	}
}

// crew is how many engineers a task takes; the ends of a shipment take one.
func (t *task) crew() int {
	if t.kind != Work {
		return 1
	}
	return max(t.job.Crew, 1)
}

// crews sees that a crew is whole, of different people, and starts together.
func (c *checker) crews() {
	for i := range c.tasks {
		t := &c.tasks[i]
		if len(t.visits) == 0 || t.crew() == 1 {
			continue
		}
		v := Violation{Rule: RuleCrew, Engineer: -1, Shift: -1, Step: -1, Job: t.job.ID}
		people := map[int]bool{}
		for _, x := range t.visits {
			people[x.engineer] = true
			if x.begin != t.visits[0].begin {
				w := v
				w.What, w.Value, w.Limit = "does not start together", x.begin, t.visits[0].begin
				c.add(w)
			}
		}
		if len(people) != t.crew() {
			v.Value, v.Limit = int64(len(people)), int64(t.crew())
			c.add(v)
		}
	}
}

// shipments sees that each is whole, in order and on one route.
func (c *checker) shipments() {
	for i := range c.p.Shipments {
		up, down := c.task(Pickup, i), c.task(Delivery, i)
		v := Violation{Rule: RuleShipment, Engineer: -1, Shift: -1, Step: -1, Job: down.job.ID}
		if len(up.visits) == 0 && len(down.visits) == 0 {
			continue
		}
		if len(up.visits) != 1 || len(down.visits) != 1 {
			v.What, v.Value, v.Limit = "not whole", int64(min(len(up.visits), len(down.visits))), 1
			c.add(v)
			continue
		}
		a, b := up.visits[0], down.visits[0]
		switch {
		case a.engineer != b.engineer || a.shift != b.shift:
			v.What = "fetched and brought on different routes"
			c.add(v)
		case a.step > b.step:
			v.Engineer, v.Shift, v.Step, v.What = b.engineer, b.shift, b.step, "brought before it is fetched"
			c.add(v)
		}
	}
}

// sequences sees that what comes first is served, and ended with the lag before the other starts.
func (c *checker) sequences() {
	for _, s := range c.p.Sequences {
		first, then := c.byID[s.First], c.byID[s.Then]
		v := Violation{Rule: RuleSequence, Engineer: -1, Shift: -1, Step: -1, Job: s.Then}
		if first == nil || then == nil {
			v.What = "names a job that is not there"
			c.add(v)
			continue
		}
		if len(then.visits) == 0 {
			continue
		}
		if len(first.visits) == 0 {
			v.What = "served without " + s.First
			c.add(v)
			continue
		}
		end := slices.MaxFunc(first.visits, func(a, b visit) int { return cmp.Compare(a.end, b.end) }).end
		begin := slices.MinFunc(then.visits, func(a, b visit) int { return cmp.Compare(a.begin, b.begin) }).begin
		if begin < end+s.Lag {
			v.What, v.Value, v.Limit = "starts before "+s.First+" and the lag have passed", begin, end+s.Lag
			c.add(v)
		}
	}
}

// fixed sees that work that has begun is where and when it was, with nothing before it.
func (c *checker) fixed() {
	for i := range c.tasks {
		t := &c.tasks[i]
		if !t.job.Fixed || t.job.Was == nil {
			continue
		}
		v := Violation{Rule: RuleFixed, Engineer: t.job.Was.Engineer, Shift: t.job.Was.Shift, Step: -1, Job: t.job.ID}
		if len(t.visits) == 0 {
			v.What = "is not served"
			c.add(v)
			continue
		}
		at := slices.IndexFunc(t.visits, func(x visit) bool { return x.engineer == v.Engineer && x.shift == v.Shift })
		switch {
		case at < 0:
			v.What = "has gone to somebody else"
			c.add(v)
		case t.visits[at].begin != t.job.Was.Start:
			v.What, v.Value, v.Limit = "has another start", t.visits[at].begin, t.job.Was.Start
			c.add(v)
		case t.visits[at].behind:
			v.What, v.Step = "something was put before it", t.visits[at].step
			c.add(v)
		}
	}
}
