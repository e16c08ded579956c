package vrp

import (
	"cmp"
	"math"
	"slices"

	"anxin/vrp/internal/core"
)

// RuleLeft says that there is room, but that the plan is better without: Value is what the job would add to the cost,
// Limit what leaving it costs, in mode Money.
const RuleLeft Rule = "left"

// rank is the order in which rules are asked.
var rank = []Rule{
	RuleFixed, RulePinned, RuleExcluded, RuleSkill, RuleCertificate, RuleStock, RuleCapacity, RuleReach, RuleRange, RuleShift, RuleWindow, RuleBreak, RuleJobs, RuleCrew, RuleSequence,
	RuleRoom, RuleLeft,
}

// Explanation says whether an engineer could do a job on a shift beside everything that a plan has there.
type Explanation struct {
	Feasible bool
	Start    int64  // when it is: the earliest start at the place that adds the least to the ways
	Added    int64  // what the plan costs more with it there, all parts of the cost together but for what is saved by serving it
	Reason   Reason // when it is not: the first rule that fails
}

// Explain asks rule by rule whether an engineer could do a job, beside what the plan has for them on that shift, whose
// order of jobs stays as it is. A shipment has the id of its delivery. Where the job is on that route already, it is
// taken out first. An id or a shift that does not exist is infeasible by no rule.
func Explain(p *Problem, job string, engineer, shift int, s *Solution) Explanation {
	x := newExplainer(p, s)
	t, ok := x.find(job)
	if !ok || engineer < 0 || engineer >= len(p.Engineers) || shift < 0 || shift >= len(p.Engineers[engineer].Shifts) {
		return Explanation{Reason: Reason{Engineer: engineer, Shift: shift}}
	}
	out := x.explain(t, engineer, shift)
	if out.Feasible {
		at := Stop{Engineer: engineer, Shift: shift}
		if r := x.check(t, at); r.Rule != "" {
			return Explanation{Reason: r}
		}
		out.Added = x.added(t, at, out.Added)
	}
	return out
}

// Reasons tells for each unserved job of a plan which rules were in the way, the nearest miss of each, and how many
// engineers it turned away. Of very many, the last ones are only told that there is no room, not by how much.
func Reasons(p *Problem, s *Solution) [][]Reason {
	x := newExplainer(p, s)
	x.effort = maxEffort
	out := make([][]Reason, len(s.Unserved))
	for i, u := range s.Unserved {
		out[i] = x.reasons(x.taskOf(u))
	}
	return out
}

// reasons explains one unserved task; nil says that there was no time.
func (x *explainer) reasons(t asked) []Reason {
	best := map[Rule]Reason{}
	able, with := 0, Stop{}
	for e := range x.p.Engineers {
		if x.clock.Over(2000) {
			return nil
		}
		var own Explanation // of the shift on which the engineer comes furthest
		on := 0
		for k := range x.p.Engineers[e].Shifts {
			if got := x.explain(t, e, k); k == 0 || further(got, own) {
				own, on = got, k
			}
		}
		if len(x.p.Engineers[e].Shifts) == 0 {
			own.Reason = Reason{Rule: RuleShift}
		}
		r := own.Reason
		if own.Feasible {
			able++
			r = Reason{Rule: RuleLeft, Value: own.Added, Limit: t.who.DropCost}
		}
		r.Engineer, r.Shift = -1, -1
		old, ok := best[r.Rule]
		if !ok || r.Rule == RuleLeft && r.Value < old.Value || r.Rule != RuleLeft && miss(r) < miss(old) {
			r.Engineers, best[r.Rule] = old.Engineers, r
			if own.Feasible {
				with = Stop{Engineer: e, Shift: on}
			}
		}
		old = best[r.Rule]
		old.Engineers++
		best[r.Rule] = old
	}
	if need := max(t.who.Crew, 1); able > 0 && able < need {
		best[RuleCrew] = Reason{Rule: RuleCrew, Engineer: -1, Shift: -1, Value: int64(able), Limit: int64(need)}
		delete(best, RuleLeft)
	}
	if r, ok := best[RuleLeft]; ok && x.effort > 0 && len(x.p.Jobs) <= mostPriced && !x.clock.Over(10*len(x.p.Jobs)) {
		x.effort -= len(x.p.Jobs)
		r.Value = x.added(t, with, r.Value)
		best[RuleLeft] = r
	}
	if len(x.p.Engineers) == 0 {
		return []Reason{{Rule: RuleShift, Engineer: -1, Shift: -1}}
	}
	var out []Reason
	for _, rule := range slices.Backward(rank) { // those that came furthest first
		if r, ok := best[rule]; ok {
			out = append(out, r)
		}
	}
	return out
}

func miss(r Reason) int64 {
	if d := r.Value - r.Limit; d >= 0 {
		return d
	}
	return r.Limit - r.Value
}

// further tells whether a came further than b.
func further(a, b Explanation) bool {
	if a.Feasible != b.Feasible {
		return a.Feasible
	}
	if a.Feasible {
		return a.Added < b.Added
	}
	if c := cmp.Compare(slices.Index(rank, a.Reason.Rule), slices.Index(rank, b.Reason.Rule)); c != 0 {
		return c > 0
	}
	return miss(a.Reason) < miss(b.Reason)
}

// asked is a job, or a shipment, that somebody asks about.
type asked struct {
	stops []stop // one, or pickup and delivery
	who   *Job
}

// explainer knows the orders of a plan.
type explainer struct {
	p      *Problem
	plan   *Solution
	routes map[Stop][]stop  // by engineer and shift; Stop.Start is 0
	at     map[Stop]int     // which route of the plan it is
	board  *Board           // of the plan, when first asked
	begins map[string]int64 // of served jobs
	ends   map[string]int64
	levels []map[string]int
	ties   map[string][]int // the sequences of a job, when first asked
	clock  *core.Clock
	effort int // stops that may still be tried; at 0 nobody looks for room any more
}

// mostPriced bounds of how many jobs a plan is laid out on a board for Reasons, to tell what work that was left would cost altogether; of
// more, it tells what its ways cost.
const mostPriced = 2000

// maxEffort bounds what Reasons tries, to a fraction of a second.
const maxEffort = 400_000

func newExplainer(p *Problem, s *Solution) *explainer {
	x := &explainer{p: p, plan: s, at: map[Stop]int{}, routes: map[Stop][]stop{}, begins: map[string]int64{}, ends: map[string]int64{}, effort: math.MaxInt}
	for i := range p.Engineers {
		levels := make(map[string]int, len(p.Engineers[i].Skills))
		for _, s := range p.Engineers[i].Skills {
			levels[s.Code] = max(levels[s.Code], s.Level)
		}
		x.levels = append(x.levels, levels)
	}
	for i, r := range s.Routes {
		at := Stop{Engineer: r.Engineer, Shift: r.Shift}
		x.at[at] = i
		for _, st := range r.Steps {
			var o stop
			switch st.Kind {
			case Work:
				o = stopOf(&p.Jobs[st.Index])
				if o.job.Crew > 1 { // the other one is there then
					begin := st.Begin()
					o.from, o.to = begin, begin
				}
			case Pickup:
				o = stopOf(&p.Shipments[st.Index].Pickup)
				o.amount = p.Shipments[st.Index].Amount
			case Delivery:
				o = stopOf(&p.Shipments[st.Index].Delivery)
				o.amount, o.down = p.Shipments[st.Index].Amount, true
			case Fetch:
				x.routes[at] = append(x.routes[at], counterStop(&p.Counters[st.Index], st.Index))
				continue
			default:
				continue
			}
			o.kind, o.index = st.Kind, st.Index
			x.begins[o.job.ID] = st.Begin()
			x.ends[o.job.ID] = max(x.ends[o.job.ID], st.Begin()+st.Length)
			x.routes[at] = append(x.routes[at], o)
		}
	}
	for _, stops := range x.routes {
		for i := range stops {
			x.tie(&stops[i])
		}
	}
	return x
}

// tie bounds a stop by the work that comes before and after it elsewhere.
func (x *explainer) tie(o *stop) {
	for _, i := range x.tied(o.job.ID) {
		q := &x.p.Sequences[i]
		if end, ok := x.ends[q.First]; ok && q.Then == o.job.ID {
			o.from = max(o.from, end+q.Lag)
		}
		if begin, ok := x.begins[q.Then]; ok && q.First == o.job.ID {
			o.end = min(o.end, begin-q.Lag)
		}
	}
}

// tied lists the sequences that a job is in.
func (x *explainer) tied(job string) []int {
	if x.ties == nil && len(x.p.Sequences) > 0 {
		x.ties = make(map[string][]int, 2*len(x.p.Sequences))
		for i := range x.p.Sequences {
			q := &x.p.Sequences[i]
			x.ties[q.First], x.ties[q.Then] = append(x.ties[q.First], i), append(x.ties[q.Then], i)
		}
	}
	return x.ties[job]
}

func (x *explainer) find(id string) (asked, bool) {
	for i := range x.p.Jobs {
		if x.p.Jobs[i].ID == id {
			return x.taskOf(Unserved{Index: i}), true
		}
	}
	for i := range x.p.Shipments {
		if x.p.Shipments[i].Delivery.ID == id {
			return x.taskOf(Unserved{Index: i, Shipment: true}), true
		}
	}
	return asked{}, false
}

func (x *explainer) taskOf(u Unserved) asked {
	var t asked
	if u.Shipment {
		s := &x.p.Shipments[u.Index]
		t = asked{who: &s.Delivery, stops: []stop{stopOf(&s.Pickup), stopOf(&s.Delivery)}}
		t.stops[0].amount, t.stops[1].amount, t.stops[1].down = s.Amount, s.Amount, true
		t.stops[0].kind, t.stops[1].kind = Pickup, Delivery
	} else {
		t = asked{who: &x.p.Jobs[u.Index], stops: []stop{stopOf(&x.p.Jobs[u.Index])}}
		t.stops[0].kind = Work
	}
	for i := range t.stops {
		t.stops[i].index = u.Index
		x.tie(&t.stops[i])
	}
	return t
}

// explain asks the rules in order: who may, what is possible alone, what is possible beside the others.
func (x *explainer) explain(t asked, engineer, shift int) Explanation {
	no := func(rule Rule, skill string, value, limit int64) Explanation {
		return Explanation{Reason: Reason{Rule: rule, Engineer: engineer, Shift: shift, Skill: skill, Value: value, Limit: limit}}
	}
	e := &x.p.Engineers[engineer]
	s := &e.Shifts[shift]
	if was := t.who.Was; t.who.Fixed && was != nil { // nothing else is asked of it
		if was.Engineer != engineer || was.Shift != shift {
			return no(RuleFixed, "", 0, 0)
		}
		return Explanation{Feasible: true, Start: was.Start}
	}
	switch {
	case t.who.Pinned != "" && t.who.Pinned != e.ID:
		return no(RulePinned, "", 0, 0)
	case slices.Contains(t.who.Excluded, e.ID):
		return no(RuleExcluded, "", 0, 0)
	}
	for _, n := range t.who.Needs {
		if have := x.levels[engineer][n.Skill]; have < max(n.Level, 1) {
			want := 1
			for _, o := range t.who.Needs { // the most that is asked of it
				if o.Skill == n.Skill {
					want = max(want, o.Level)
				}
			}
			return no(RuleSkill, n.Skill, int64(have), int64(want))
		}
	}
	certified := s.certified(len(t.who.Needs))
	for _, n := range t.who.Needs {
		if n.Certificate && !certified(n.Skill) {
			return no(RuleCertificate, n.Skill, 0, 1)
		}
	}
	if code, have, want := x.lacks(t.stops, e); code != "" {
		return no(RuleStock, code, have, want)
	}
	l := newLine(x.p, e, s)
	if over, room := l.overload(t.stops); over > 0 {
		return no(RuleCapacity, "", room+over, room)
	}
	rest := x.beside(l, t, Stop{Engineer: engineer, Shift: shift})
	n := jobsAmong(rest) + len(t.stops)
	many, waits := s.MaxJobs > 0 && n > s.MaxJobs, x.waits(t)
	var place place
	tired := x.effort <= 0
	if !many && !waits && !tired {
		x.effort -= (len(rest) + 1) * (len(rest) + 1)
		if place = x.fetching(l, rest, t.stops); place.ok && !place.full {
			return Explanation{Feasible: true, Start: place.begin, Added: place.added}
		}
	}
	// What fails alone may be possible between others, but not the other way round.
	if l = newLine(x.p, e, s); !l.reaches(t.stops) {
		return no(RuleReach, "", 0, 0)
	}
	if value, limit := l.beyond(t.stops); value > limit {
		return no(RuleRange, "", value, limit)
	}
	if rule, rest, value, limit := l.alone(t.stops); rule != "" {
		return no(rule, rest, value, limit)
	}
	switch {
	case many:
		return no(RuleJobs, "", int64(n), int64(s.MaxJobs))
	case waits:
		return no(RuleSequence, "", 0, 0)
	case tired:
		return no(RuleRoom, "", 0, 0)
	case !place.ok:
		return no(RuleRoom, "", place.missing(), 0)
	case place.short:
		return no(RuleStock, "", 0, 0)
	case place.far:
		return no(RuleRange, "", 0, 0)
	}
	return no(RuleCapacity, "", 0, 0)
}
