package vrp

import (
	"cmp"
	"slices"
)

// begun is what a shift has done, or is doing: its fixed work in order, and the rests that lie between. The rest of the route
// begins where and when the last of it ends.
type begun struct {
	jobs   []int // indices of fixed jobs
	steps  []Step
	rests  []int // breaks of the shift that are over
	place  int
	end    int64
	travel int64
	site   string
	most   []int64 // aboard at most until then, without what is delivered later
	brings []int64
}

// fixed collects the fixed jobs by shift and lays out what has happened.
func (c *compiled) fixed() error {
	c.begun = map[Stop]*begun{}
	for i := range c.p.Jobs {
		if j := &c.p.Jobs[i]; j.Fixed {
			at := Stop{Engineer: j.Was.Engineer, Shift: j.Was.Shift}
			if c.begun[at] == nil {
				c.begun[at] = &begun{}
			}
			c.begun[at].jobs = append(c.begun[at].jobs, i)
		}
	}
	for e := range c.p.Engineers {
		for k := range c.p.Engineers[e].Shifts {
			at := Stop{Engineer: e, Shift: k}
			if b := c.begun[at]; b != nil {
				slices.SortStableFunc(b.jobs, func(x, y int) int {
					return cmp.Compare(c.p.Jobs[x].Was.Start, c.p.Jobs[y].Was.Start)
				})
				if err := c.layOut(at, b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// layOut fills the steps of fixed work.
func (c *compiled) layOut(at Stop, b *begun) error {
	e := &c.p.Engineers[at.Engineer]
	s := &e.Shifts[at.Shift]
	var dims int
	for _, i := range b.jobs {
		dims = max(dims, len(c.p.Jobs[i].Takes), len(c.p.Jobs[i].Brings))
	}
	load := make([]int64, dims)
	b.most, b.brings = make([]int64, dims), make([]int64, dims)
	for _, i := range b.jobs {
		add(load, c.p.Jobs[i].Takes, 1)
	}
	copy(b.most, load)
	b.place = s.Start
	first := &c.p.Jobs[b.jobs[0]]
	b.end = min(s.Window.From, first.Was.Start)
	final, from := &c.p.Jobs[b.jobs[len(b.jobs)-1]], s.Start
	for _, i := range b.jobs[:len(b.jobs)-1] {
		if place := c.p.Jobs[i].Place; place != NoPlace {
			from = place
		}
	}
	end := final.Was.Start + lengthFor(final, e, from)
	b.steps = append(b.steps, Step{Kind: Start, Index: -1, Place: s.Start})
	for _, i := range b.jobs {
		j := &c.p.Jobs[i]
		if j.Was.Start < b.end {
			return bad("job %q: fixed work begins before what comes before it has ended", j.ID)
		}
		c.restBefore(s, b, j, end)
		way := c.seconds(e, b.place, j.Place)
		arrive := min(b.end+way, j.Was.Start)
		b.travel += way
		work := lengthFor(j, e, b.place)
		b.steps = append(b.steps, Step{Kind: Work, Index: i, Place: j.Place, Arrival: arrive, Wait: j.Was.Start - arrive, Length: work, Travel: b.travel})
		if b.end = j.Was.Start + work; j.Place != NoPlace {
			b.place, b.site = j.Place, j.Site
		}
		add(load, j.Takes, -1)
		add(load, j.Brings, 1)
		add(b.brings, j.Brings, 1)
		for d := range load {
			b.most[d] = max(b.most[d], load[d])
		}
	}
	leave := max(s.Window.From, first.Was.Start-c.seconds(e, s.Start, first.Place))
	b.steps[0].Arrival = min(leave, b.steps[1].Arrival, first.Was.Start)
	return nil
}

// restBefore takes rests that cannot wait until all fixed work ends, where there is a gap before a job.
func (c *compiled) restBefore(s *Shift, b *begun, j *Job, end int64) {
	for _, k := range breakOrder(s) {
		r := &s.Breaks[k]
		if slices.Contains(b.rests, k) || r.Windows[len(r.Windows)-1].To >= end {
			continue
		}
		for _, w := range r.Windows {
			if begin := max(w.From, b.end); begin <= w.To && begin+r.Length <= j.Was.Start {
				b.rests = append(b.rests, k)
				b.steps = append(b.steps, Step{Kind: Rest, Index: k, Place: NoPlace, Arrival: begin, Length: r.Length, Travel: b.travel})
				b.end = begin + r.Length
				break
			}
		}
	}
}

// seconds is the way between two places, nothing where there is none.
func (c *compiled) seconds(e *Engineer, from, to int) int64 {
	if from == NoPlace || to == NoPlace {
		return 0
	}
	if s, _, _ := c.p.Travel[e.Profile].At(c.p.Places, from, to); s < Unreachable {
		return int64(s)
	}
	return 0
}

// lengthFor is how long a job takes an engineer who comes from a place.
func lengthFor(j *Job, e *Engineer, from int) int64 {
	length := serviceFor(j, e)
	if from != j.Place || from == NoPlace {
		length += setupFor(j, e)
	}
	return length
}

// serviceFor is the work on a job by the engineer's type and efficiency, without setup.
func serviceFor(j *Job, e *Engineer) int64 {
	length := j.Service
	if t, ok := j.ByType[e.Type]; ok {
		length = t.Service
	}
	pct := int64(e.Efficiency[j.Trade])
	if j.Trade == "" || pct <= 0 {
		return length
	}
	return (length*100 + pct - 1) / pct
}

// setupFor is the setup by the engineer's type.
func setupFor(j *Job, e *Engineer) int64 {
	if t, ok := j.ByType[e.Type]; ok {
		return t.Setup
	}
	return j.Setup
}
