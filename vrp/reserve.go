package vrp

import (
	"math"
	"sync/atomic"

	"anxin/vrp/internal/core"
)

// tail holds back what a budget has to leave for the work after the search: laying out the plan, pricing it, and
// telling why work is unserved. How long that takes is found out by doing some of it beforehand.
type tail struct {
	p        *Problem
	unserved atomic.Int64
}

// What is held back: so many times the time of looking at all jobs once, so many times that of explaining one job in an empty
// plan for each that is unserved, and of everything this share at most.
const (
	tailLooks   = 10
	tailReasons = 3
	tailMost    = 0.15
)

// newTail measures, and lets the search of the options have the rest.
func newTail(p *Problem, o *Options) *tail {
	t := &tail{p: p}
	n := len(p.Jobs) + len(p.Shipments)
	t.unserved.Store(int64(n))
	if o.Spent == nil || n == 0 {
		return t
	}
	spent := o.Spent
	from := spent()
	if from >= 1 {
		return t
	}
	ids := make(map[string]int, len(p.Jobs))
	for i := range p.Jobs {
		ids[kindOf(&p.Jobs[i])] += len(p.Jobs[i].ID)
	}
	looked := spent()
	x := newExplainer(p, &Solution{})
	x.effort = maxEffort
	asked := 0
	if len(p.Jobs) > 0 && len(ids) > 0 {
		for e := range min(len(p.Engineers), 100) {
			for k := range p.Engineers[e].Shifts {
				x.explain(x.taskOf(Unserved{}), e, k)
				asked++
			}
		}
	}
	one := (spent() - looked) / float64(max(asked, 1)) * float64(len(p.Engineers)) * tailReasons
	all := (looked - from) * tailLooks
	o.Spent = func() float64 {
		return spent() / (1 - min(all+one*float64(t.unserved.Load()), tailMost))
	}
	tell := o.Progress
	o.Progress = func(f Progress) {
		t.unserved.Store(int64(max(0, n-f.Served)))
		if tell != nil {
			tell(f)
		}
	}
	return t
}

// mostExplained bounds how many pairs of work and engineer are explained in full.
const mostExplained = 400_000

// reasons explains what is unserved in full as long as there is time, and then by who may do it at all.
func (t *tail) reasons(s *Solution, over func() bool) [][]Reason {
	if len(s.Unserved) == 0 {
		return nil
	}
	out := make([][]Reason, len(s.Unserved))
	var full *explainer
	pairs := 0
	quick := newScreen(t.p)
	quick.most = mostScreened
	for i, u := range s.Unserved {
		if pairs < mostExplained && over() {
			pairs, quick.most = math.MaxInt, lateScreened
		}
		if pairs >= mostExplained {
			out[i] = quick.reasons(t.p.taskOf(&u))
			continue
		}
		if full == nil {
			full = newExplainer(t.p, s)
			full.effort, full.clock = maxEffort, core.NewClock(over)
		}
		if out[i] = full.reasons(full.taskOf(u)); out[i] == nil {
			out[i] = quick.reasons(t.p.taskOf(&u))
		}
		pairs += len(t.p.Engineers)
	}
	return out
}

// screen tells by names, skills and papers alone who may do work. Whoever may had no room.
type screen struct {
	p     *Problem
	of    map[string][]Reason // by kind of work
	kind  []byte
	room  []Reason // of what is not looked at any more
	asked int
	most  int
}

func newScreen(p *Problem) *screen {
	return &screen{
		p: p, of: map[string][]Reason{}, most: lateScreened,
		room: []Reason{{Rule: RuleRoom, Engineer: -1, Shift: -1, Engineers: len(p.Engineers)}},
	}
}

// taskOf is the job whose names and needs count.
func (p *Problem) taskOf(u *Unserved) *Job {
	if u.Shipment {
		return &p.Shipments[u.Index].Delivery
	}
	return &p.Jobs[u.Index]
}

// How many pairs of a kind of work and an engineer are looked at, at most; and when the time is over.
const (
	mostScreened = 200_000
	lateScreened = 40_000
)

func (q *screen) reasons(j *Job) []Reason {
	q.kind = appendKind(q.kind[:0], j)
	if known, ok := q.of[string(q.kind)]; ok {
		return known
	}
	p := q.p
	if q.asked >= q.most || len(p.Engineers) == 0 {
		return q.room
	}
	q.asked += len(p.Engineers)
	best := map[Rule]Reason{}
	for e := range p.Engineers {
		r := q.first(j, e)
		r.Engineer, r.Shift = -1, -1
		old, ok := best[r.Rule]
		if !ok || miss(r) < miss(old) {
			r.Engineers = old.Engineers
			best[r.Rule] = r
			old = r
		}
		old.Engineers++
		best[r.Rule] = old
	}
	var out []Reason
	for i := len(rank) - 1; i >= 0; i-- { // those that came furthest first
		if r, ok := best[rank[i]]; ok {
			out = append(out, r)
		}
	}
	q.of[string(q.kind)] = out
	return out
}

// first is the first of these rules that fails for an engineer, on the first shift.
func (q *screen) first(j *Job, engineer int) Reason {
	e := &q.p.Engineers[engineer]
	if j.Pinned != "" && j.Pinned != e.ID {
		return Reason{Rule: RulePinned}
	}
	for _, id := range j.Excluded {
		if id == e.ID {
			return Reason{Rule: RuleExcluded}
		}
	}
	level := e.levels(len(j.Needs))
	for _, n := range j.Needs {
		if have, want := level(n.Skill), max(n.Level, 1); have < want {
			return Reason{Rule: RuleSkill, Skill: n.Skill, Value: int64(have), Limit: int64(want)}
		}
	}
	if len(e.Shifts) == 0 {
		return Reason{Rule: RuleShift}
	}
	for k := range e.Shifts {
		if mayDo(j, e, k) {
			return Reason{Rule: RuleRoom}
		}
	}
	return Reason{Rule: RuleCertificate, Limit: 1}
}
