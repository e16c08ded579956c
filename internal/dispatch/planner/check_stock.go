package planner

import (
	"slices"
	"time"

	"anxin/internal/platform/reason"
)

// stores is what is left in vans and stores while a plan is judged.
type stores struct {
	van   map[EngineerID]map[PartCode]int64
	store map[OutletID]map[PartCode]int64
}

// stock judges whether those who lead have what their jobs take, each piece once: in the van, or fetched before at the store
// of their outlet.
func (c *checker) stock() {
	left := stores{map[EngineerID]map[PartCode]int64{}, map[OutletID]map[PartCode]int64{}}
	for _, e := range c.s.Engineers {
		left.van[e.ID] = cloned(e.Van)
		if e.Counter != nil && left.store[e.Counter.Outlet] == nil {
			left.store[e.Counter.Outlet] = cloned(e.Counter.Free)
		}
	}
	list := slices.Clone(c.p.Assignments)
	slices.SortStableFunc(list, func(a, b Assignment) int { return a.Start.Compare(b.Start) })
	for i := range list {
		a := &list[i]
		j, ok := c.s.job(a.Job)
		if !ok || len(j.Parts) == 0 || len(a.Engineers) == 0 {
			continue
		}
		e, ok := c.s.engineer(a.Engineers[0])
		if !ok {
			continue
		}
		for k := range j.Parts {
			if !c.supplied(left, e, a, &j.Parts[k]) {
				n := &j.Parts[k]
				c.fault(j.ID, e.ID, e.about(RuleStock, n).Compared(max(0, left.van[e.ID][n.Code]), n.Count))
			}
		}
	}
	for i := range c.p.Fetches {
		c.fetch(&c.p.Fetches[i])
	}
}

// supplied takes a need out of what is left; it is false when there is not enough, or nobody fetched it in time.
func (c *checker) supplied(left stores, e *Engineer, a *Assignment, n *PartNeed) bool {
	var van, store int64
	for _, k := range n.Kept {
		if k.Engineer == e.ID {
			van += k.Count
		}
		if e.Counter != nil && k.Outlet != "" && k.Outlet == e.Counter.Outlet {
			store += k.Count
		}
	}
	if max(0, left.van[e.ID][n.Code])+van >= n.Count {
		if !n.Tool {
			left.van[e.ID][n.Code] -= max(0, n.Count-van)
		}
		return true
	}
	if e.Counter == nil || !slices.ContainsFunc(c.p.Fetches, func(f Fetch) bool {
		return f.Engineer == e.ID && f.Outlet == e.Counter.Outlet && f.Date == a.Date && slices.Contains(f.Jobs, a.Job) && !f.End.After(a.Start)
	}) {
		return false
	}
	free := left.store[e.Counter.Outlet]
	if max(0, free[n.Code])+store < n.Count {
		return false
	}
	if !n.Tool {
		free[n.Code] -= max(0, n.Count-store)
	}
	return true
}

// fetch judges a stop by itself: at the engineer's own outlet, while it is open, as long as it takes. One without a length is
// where the day begins.
func (c *checker) fetch(f *Fetch) {
	var job JobID
	if len(f.Jobs) > 0 {
		job = f.Jobs[0]
	}
	e, ok := c.s.engineer(f.Engineer)
	if !ok || e.Counter == nil || e.Counter.Outlet != f.Outlet {
		c.fault(job, f.Engineer, reason.Failed(RuleUnknown))
		return
	}
	k, ok := e.day(f.Date)
	if !ok {
		c.fault(job, f.Engineer, reason.Failed(RuleShift).With("date", f.Date.String()).Compared(0, e.Counter.Minutes))
		return
	}
	d := &e.Days[k]
	if !slices.ContainsFunc(d.Counter, func(o Span) bool { return !f.Start.Before(o.From) && !f.Start.After(o.To) }) {
		c.fault(job, e.ID, reason.Failed(RuleWindow).With("promised", false).Compared(minutes(outside(d.Counter, f.Start)), 0))
	}
	if f.Start.Before(c.s.Now) {
		c.fault(job, e.ID, reason.Failed(RulePast).Compared(-minutes(c.s.Now.Sub(f.Start)), 0))
	}
	if f.Start.Equal(f.End) {
		way, reach := c.s.leg(e.Home, e.Counter.Place)
		if e.Home == NoPlace || !reach || way > 60 || len(d.Shifts) == 0 || !f.Start.Equal(d.Shifts[0].From) {
			c.fault(job, e.ID, reason.Failed(RuleDuration).Compared(0, e.Counter.Minutes))
		}
		return
	}
	if f.End.Sub(f.Start) < time.Duration(e.Counter.Minutes)*time.Minute {
		c.fault(job, e.ID, reason.Failed(RuleDuration).Compared(minutes(f.End.Sub(f.Start)), e.Counter.Minutes))
	}
	c.inShift(d, job, e.ID, Span{f.Start, f.End})
}

// stands tells whether a stop is made anyway, for a visit that is committed.
func (c *checker) stands(f *Fetch) bool {
	return slices.ContainsFunc(c.s.Visits, func(v Visit) bool {
		return len(v.For) > 0 && v.Start.Equal(f.Start) && v.End.Equal(f.End) && slices.Contains(v.Engineers, f.Engineer) && !c.unneeded(&v)
	})
}

// stops are the plan's stops of an engineer's day as things that he does.
func (c *checker) stops(e EngineerID, d *Day) []bit {
	var out []bit
	for _, f := range c.p.Fetches {
		if f.Engineer != e || f.Date != d.Date || len(f.Jobs) == 0 || f.Start.Equal(f.End) || c.stands(&f) {
			continue
		}
		if who, ok := c.s.engineer(e); ok && who.Counter != nil {
			out = append(out, bit{job: f.Jobs[0], place: who.Counter.Place, start: f.Start, end: f.End, planned: true, stop: true})
		}
	}
	return out
}
