package vrp

import (
	"math"
	"slices"
	"strconv"

	"anxin/vrp/internal/core"
)

// part is a piece of a problem that shares nothing with the rest: engineers and the work that only they can do. It is
// a problem of its own, whose indices are those of the lists.
type part struct {
	engineers, jobs, shipments, places []int
	problem                            *Problem
}

func (t *part) weight() int { return 1 + len(t.jobs) + len(t.shipments) }

// sets are numbers that were joined, by a parent each.
type sets []int32

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

func (s sets) root(i int) int {
	for int(s[i]) != i {
		s[i] = s[s[i]]
		i = int(s[i])
	}
	return i
}

// join says whether the two were apart. The smaller root stays, so that the same joins make the same sets.
func (s sets) join(a, b int) bool {
	a, b = s.root(a), s.root(b)
	if a == b {
		return false
	}
	s[max(a, b)] = int32(min(a, b))
	return true
}

// split finds the parts of a problem, largest first; nil when it is one. Work without a place, engineers who begin and end
// anywhere, fairness between all and shares of outlets hold everything together. It is nil, too, when the time is over.
func split(p *Problem, clock *core.Clock) []part {
	if p.Objective.Fairness > 0 || p.shared() || len(p.Engineers) < 2 {
		return nil
	}
	for i := range p.Jobs {
		if p.Jobs[i].Place == NoPlace {
			return nil
		}
	}
	for i := range p.Shipments {
		if p.Shipments[i].Pickup.Place == NoPlace || p.Shipments[i].Delivery.Place == NoPlace {
			return nil
		}
	}
	for i := range p.Engineers {
		for _, s := range p.Engineers[i].Shifts {
			if s.Start == NoPlace && s.End == NoPlace {
				return nil
			}
		}
	}
	if clock.Now() {
		return nil
	}
	x := &splitter{p: p, clock: clock, job: make(map[string]int, len(p.Jobs))}
	for i := range p.Jobs {
		x.job[p.Jobs[i].ID] = i
	}
	if x.reach(); clock.Now() {
		return nil
	}
	if x.people(); clock.Now() {
		return nil
	}
	return x.parts()
}

// splitter joins what cannot be planned apart: places first, then people and their work. In nodes, jobs follow the
// engineers, and shipments the jobs.
type splitter struct {
	p      *Problem
	clock  *core.Clock
	job    map[string]int
	places sets
	nodes  sets
}

// reach joins places with ways between them, and those that something else ties.
func (x *splitter) reach() {
	p := x.p
	x.places = newSets(p.Places)
	for i := range p.Travel {
		m := &p.Travel[i]
		if m.Ways != nil {
			first := map[int]int{}
			for place := range p.Places {
				r := m.Ways.Region(place)
				if one, ok := first[r]; ok {
					x.places.join(one, place)
				} else {
					first[r] = place
				}
			}
			continue
		}
		apart := p.Places - 1 // joins until all are one
		for a := 0; a < p.Places && apart > 0 && !x.clock.Over(2*p.Places); a++ {
			for b, s := range m.Seconds[a*p.Places : (a+1)*p.Places] {
				if s < Unreachable && x.places.join(a, b) {
					apart--
				}
			}
		}
	}
	for i := range p.Engineers {
		home := x.home(i)
		for _, s := range p.Engineers[i].Shifts {
			for _, place := range []int{s.Start, s.End} {
				if place != NoPlace {
					x.places.join(home, place)
				}
			}
		}
	}
	for i := range p.Jobs {
		if j := &p.Jobs[i]; j.Was != nil {
			if home := x.home(j.Was.Engineer); home != NoPlace {
				x.places.join(home, j.Place)
			}
		}
	}
	for i := range p.Shipments {
		x.places.join(p.Shipments[i].Pickup.Place, p.Shipments[i].Delivery.Place)
	}
	for _, q := range p.Sequences {
		x.places.join(p.Jobs[x.job[q.First]].Place, p.Jobs[x.job[q.Then]].Place)
	}
}

// home is a place of an engineer, NoPlace for somebody without shifts.
func (x *splitter) home(engineer int) int {
	for _, s := range x.p.Engineers[engineer].Shifts {
		if s.Start != NoPlace {
			return s.Start
		}
		if s.End != NoPlace {
			return s.End
		}
	}
	return NoPlace
}

// mostAsked bounds how often is asked who may do what to tell people of one region apart.
const mostAsked = 1 << 18

// people joins engineers with what they may do, region by region.
func (x *splitter) people() {
	p := x.p
	e, j := len(p.Engineers), len(p.Jobs)
	x.nodes = newSets(e + j + len(p.Shipments))
	type region struct {
		engineers []int
		kinds     map[string][]int // nodes of work that the same people may do
	}
	regions := map[int]*region{}
	var order []*region
	at := func(place int) *region {
		root := x.places.root(place)
		if regions[root] == nil {
			regions[root] = &region{kinds: map[string][]int{}}
			order = append(order, regions[root])
		}
		return regions[root]
	}
	for i := range p.Engineers {
		if home := x.home(i); home != NoPlace {
			r := at(home)
			r.engineers = append(r.engineers, i)
		}
	}
	add := func(job *Job, node int) {
		r := at(job.Place)
		kind := kindOf(job)
		r.kinds[kind] = append(r.kinds[kind], node)
	}
	for i := range p.Jobs {
		add(&p.Jobs[i], e+i)
		if was := p.Jobs[i].Was; was != nil {
			x.nodes.join(was.Engineer, e+i)
		}
	}
	for i := range p.Shipments {
		add(&p.Shipments[i].Delivery, e+j+i)
	}
	for _, q := range p.Sequences {
		x.nodes.join(e+x.job[q.First], e+x.job[q.Then])
	}
	for _, r := range order {
		x.together(r.engineers, r.kinds)
	}
}

// together joins the people and the work of one region.
func (x *splitter) together(engineers []int, kinds map[string][]int) {
	e, j := len(x.p.Engineers), len(x.p.Jobs)
	all := len(kinds)*len(engineers) > mostAsked
	apart := len(engineers) - 1
	if all {
		for _, other := range engineers {
			x.nodes.join(engineers[0], other)
		}
		apart = 0
	}
	for _, nodes := range kinds { // the order does not matter: the same sets come out
		for _, n := range nodes {
			x.nodes.join(nodes[0], n)
		}
		if all {
			x.nodes.join(engineers[0], nodes[0])
			continue
		}
		who := &x.p.Shipments
		job := (*Job)(nil)
		if nodes[0] < e+j {
			job = &x.p.Jobs[nodes[0]-e]
		} else {
			job = &(*who)[nodes[0]-e-j].Delivery
		}
		found := false
		for _, i := range engineers {
			if found && apart == 0 || x.clock.Over(100) {
				break
			}
			if slices.ContainsFunc(indices(len(x.p.Engineers[i].Shifts)), func(k int) bool { return mayDo(job, &x.p.Engineers[i], k) }) {
				if x.nodes.join(i, nodes[0]) && found {
					apart--
				}
				found = true
			}
		}
		if !found && len(engineers) > 0 { // somebody has to say no
			x.nodes.join(engineers[0], nodes[0])
		}
	}
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// kindOf is the same for work that the same people may do.
func kindOf(j *Job) string {
	if len(j.Needs) == 1 && j.Pinned == "" && len(j.Excluded) == 0 { // most
		n := &j.Needs[0]
		if n.Level <= 1 && !n.Certificate {
			return n.Skill
		}
	}
	return string(appendKind(make([]byte, 0, 64), j))
}

// appendKind is kindOf in what there is room for: all are asked, more than once. Each name stands behind its length.
func appendKind(b []byte, j *Job) []byte {
	name := func(s string) {
		b = append(strconv.AppendInt(b, int64(len(s)), 10), ':')
		b = append(b, s...)
	}
	b = append(b, 0)
	name(j.Pinned)
	for _, id := range j.Excluded {
		name(id)
	}
	for i := range j.Needs {
		n := &j.Needs[i]
		b = append(b, ' ')
		name(n.Skill)
		if b = strconv.AppendInt(b, int64(n.Level), 10); n.Certificate {
			b = append(b, '!')
		}
	}
	return b
}

// parts collects what belongs together. What nobody is near to goes to the first part.
func (x *splitter) parts() []part {
	e, j := len(x.p.Engineers), len(x.p.Jobs)
	of := map[int]int{}
	var out []part
	for n := range x.nodes {
		root := x.nodes.root(n)
		i, ok := of[root]
		if !ok {
			if n >= e { // the smallest of a set is its root: there is no engineer
				i = 0
			} else {
				i = len(out)
				out = append(out, part{})
			}
			of[root] = i
		}
		switch t := &out[i]; {
		case n < e:
			t.engineers = append(t.engineers, n)
		case n < e+j:
			t.jobs = append(t.jobs, n-e)
		default:
			t.shipments = append(t.shipments, n-e-j)
		}
	}
	out = slices.DeleteFunc(out, func(t part) bool { return t.weight() == 1 }) // nothing to do
	if len(out) < 2 {
		return nil
	}
	slices.SortStableFunc(out, func(a, b part) int { return b.weight() - a.weight() })
	return out
}

// cut makes the part a problem of its own, as far as there is time.
func (t *part) cut(p *Problem, clock *core.Clock) {
	q := &Problem{Objective: p.Objective}
	number := map[int]int{}
	place := func(old int) int {
		if old == NoPlace {
			return NoPlace
		}
		i, ok := number[old]
		if !ok {
			i = len(t.places)
			number[old] = i
			t.places = append(t.places, old)
		}
		return i
	}
	engineer := make(map[int]int, len(t.engineers))
	for i, old := range t.engineers {
		engineer[old] = i
		e := p.Engineers[old]
		e.Shifts = slices.Clone(e.Shifts)
		for k := range e.Shifts {
			e.Shifts[k].Start, e.Shifts[k].End = place(e.Shifts[k].Start), place(e.Shifts[k].End)
		}
		q.Engineers = append(q.Engineers, e)
	}
	job := func(j Job) Job {
		j.Place = place(j.Place)
		if j.Was != nil {
			was := *j.Was
			was.Engineer = engineer[was.Engineer]
			j.Was = &was
		}
		return j
	}
	ids := make(map[string]bool, len(t.jobs))
	for _, i := range t.jobs {
		q.Jobs = append(q.Jobs, job(p.Jobs[i]))
		ids[p.Jobs[i].ID] = true
	}
	for _, i := range t.shipments {
		s := p.Shipments[i]
		s.Pickup, s.Delivery = job(s.Pickup), job(s.Delivery)
		q.Shipments = append(q.Shipments, s)
	}
	for _, s := range p.Sequences {
		if ids[s.First] {
			q.Sequences = append(q.Sequences, s)
		}
	}
	for _, c := range p.Counters { // all of them, so that they keep their numbers
		c.Place = place(c.Place)
		q.Counters = append(q.Counters, c)
	}
	q.Places = len(t.places)
	for i := range p.Travel {
		q.Travel = append(q.Travel, p.Travel[i].among(p.Places, t.places, clock))
	}
	t.problem = q
}

// within is what a plan of the whole problem has for the part.
func (t *part) within(p *Problem, s *Solution, valid bool) *Solution {
	if s == nil {
		return nil
	}
	number := func(list []int) map[int]int {
		out := make(map[int]int, len(list))
		for i, old := range list {
			out[old] = i
		}
		return out
	}
	engineers, jobs, shipments, places := number(t.engineers), number(t.jobs), number(t.shipments), number(t.places)
	out := &Solution{Cost: Cost{PriorityServed: -1, Total: math.MaxInt64}}
	left := [2]map[int]bool{{}, {}}
	for i := range t.jobs {
		left[0][i] = true
	}
	for i := range t.shipments {
		left[1][i] = true
	}
	for _, r := range s.Routes {
		e, ok := engineers[r.Engineer]
		if !ok {
			continue
		}
		route := Route{Engineer: e, Shift: r.Shift}
		for _, st := range r.Steps {
			if st.Place != NoPlace {
				st.Place = places[st.Place]
			}
			known := true
			switch st.Kind {
			case Work:
				st.Index, known = jobs[st.Index], contains(jobs, st.Index)
				delete(left[0], st.Index)
			case Pickup, Delivery:
				st.Index, known = shipments[st.Index], contains(shipments, st.Index)
				delete(left[1], st.Index)
			}
			if known {
				route.Steps = append(route.Steps, st)
			}
		}
		out.Routes = append(out.Routes, route)
	}
	for i := range t.jobs {
		if left[0][i] {
			out.Unserved = append(out.Unserved, Unserved{Index: i})
		}
	}
	for i := range t.shipments {
		if left[1][i] {
			out.Unserved = append(out.Unserved, Unserved{Index: i, Shipment: true})
		}
	}
	if valid {
		out.Cost = price(t.problem, out)
	}
	return out
}

func contains(m map[int]int, k int) bool {
	_, ok := m[k]
	return ok
}

// whole adds a plan of the part to that of the whole problem.
func (t *part) whole(to, s *Solution) {
	for _, r := range s.Routes {
		r.Engineer = t.engineers[r.Engineer]
		for i := range r.Steps {
			st := &r.Steps[i]
			if st.Place != NoPlace {
				st.Place = t.places[st.Place]
			}
			switch st.Kind {
			case Work:
				st.Index = t.jobs[st.Index]
			case Pickup, Delivery:
				st.Index = t.shipments[st.Index]
			}
		}
		to.Routes = append(to.Routes, r)
	}
	for _, u := range s.Unserved {
		if u.Shipment {
			u.Index = t.shipments[u.Index]
		} else {
			u.Index = t.jobs[u.Index]
		}
		for i := range u.Reasons {
			if r := &u.Reasons[i]; r.Engineer >= 0 {
				r.Engineer = t.engineers[r.Engineer]
			}
		}
		to.Unserved = append(to.Unserved, u)
	}
}
