package vrp

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"anxin/vrp/internal/core"
)

// ties are the instants that make work that hangs together independent for a while: the start of each crew of two, and for
// each sequence an instant at which the first job has ended. With them every job has a window of its own, and
// whatever the search finds keeps to the rules, up to jobs that were served without what they hang on. Between rounds
// the instants move to where the plan leaves room.
type ties struct {
	p        *Problem
	rand     *rand.Rand
	index    map[string]int
	crews    map[int]int64 // start, by job
	splits   []int64       // by sequence
	tied     map[int][]int // the sequences of a job
	longest  []int64       // work at most, by job
	from, to int64         // of all shifts
}

// newTies is nil where no work hangs together, and when the time is over.
func newTies(p *Problem, seed uint64, clock *core.Clock) *ties {
	t := &ties{p: p, rand: rand.New(rand.NewPCG(seed, 0x7135)), index: map[string]int{}, crews: map[int]int64{}, longest: make([]int64, len(p.Jobs))}
	for i := range p.Jobs {
		if p.Jobs[i].Crew > 1 {
			t.crews[i] = 0
		}
		t.index[p.Jobs[i].ID] = i
	}
	if len(p.Sequences) == 0 && len(t.crews) == 0 {
		return nil
	}
	t.from, t.to = shiftSpan(p)
	if !t.lengths(clock) {
		return nil
	}
	for i := range p.Jobs { // in order, so that the draws are the same each time
		if _, ok := t.crews[i]; ok {
			t.crews[i] = t.draw(i)
		}
	}
	t.tied = make(map[int][]int, 2*len(p.Sequences))
	for s := range p.Sequences {
		a, b := t.index[p.Sequences[s].First], t.index[p.Sequences[s].Then]
		t.tied[a], t.tied[b] = append(t.tied[a], s), append(t.tied[b], s)
	}
	t.splits = make([]int64, len(p.Sequences))
	for s := range t.splits {
		if from, to := t.between(s); t.rounds() < mostRounds { // there are few more tries
			t.splits[s] = from + max(0, to-from)/2
		} else {
			t.splits[s] = t.drawSplit(s)
		}
	}
	return t
}

// lengths finds how long the jobs of sequences take at most, each kind of engineer asked once. False says that the time is over.
func (t *ties) lengths(clock *core.Clock) bool {
	var kinds []*Engineer
	known := map[string]bool{}
	for i := range t.p.Engineers {
		e := &t.p.Engineers[i]
		if kind := fmt.Sprintf("%q %v", e.Type, e.Efficiency); !known[kind] { // maps are told in order
			known[kind] = true
			kinds = append(kinds, e)
		}
	}
	for _, q := range t.p.Sequences {
		for _, id := range []string{q.First, q.Then} {
			i := t.index[id]
			j := &t.p.Jobs[i]
			if j.Fixed {
				t.longest[i] = lengthFor(j, &t.p.Engineers[j.Was.Engineer], NoPlace)
				continue
			}
			if clock.Over(30 * len(kinds)) {
				return false
			}
			for _, e := range kinds {
				t.longest[i] = max(t.longest[i], lengthFor(j, e, NoPlace))
			}
		}
	}
	return true
}

// draw is any start of a job.
func (t *ties) draw(i int) int64 {
	windows := t.p.Jobs[i].Windows
	w := Window{From: t.from, To: t.to}
	if len(windows) > 0 {
		w = windows[t.rand.IntN(len(windows))]
		w = Window{From: max(w.From, t.from), To: min(w.To, t.to)}
	}
	if w.From >= w.To {
		return w.From
	}
	return w.From + t.rand.Int64N(w.To-w.From+1)
}

// drawSplit is any instant between the two jobs of a sequence.
func (t *ties) drawSplit(s int) int64 {
	from, to := t.between(s)
	if from >= to {
		return from
	}
	return from + t.rand.Int64N(to-from+1)
}

// between are the first and the last instant at which the first job of a sequence may have ended.
func (t *ties) between(s int) (from, to int64) {
	q := &t.p.Sequences[s]
	a, b := t.index[q.First], t.index[q.Then]
	from, to = t.from+t.longest[a], t.to-q.Lag
	if w := t.p.Jobs[a].Windows; len(w) > 0 {
		from = max(from, w[0].From+t.longest[a])
	}
	if w := t.p.Jobs[b].Windows; len(w) > 0 {
		to = min(to, w[len(w)-1].To-q.Lag)
	}
	return from, to
}

// start bounds when a job may start.
func (t *ties) start(i int) Window {
	w := Window{From: -MaxTime, To: MaxTime}
	if s, ok := t.crews[i]; ok {
		w = Window{From: s, To: s}
	}
	for _, s := range t.tied[i] {
		q := &t.p.Sequences[s]
		if t.index[q.First] == i {
			w.To = min(w.To, t.split(s)-t.longest[i])
		}
		if t.index[q.Then] == i {
			w.From = max(w.From, t.split(s)+q.Lag)
		}
	}
	return w
}

// split is the instant between the two jobs of a sequence, within what has begun already.
func (t *ties) split(s int) int64 {
	q := &t.p.Sequences[s]
	at := t.splits[s]
	if b := &t.p.Jobs[t.index[q.Then]]; b.Fixed {
		at = min(at, b.Was.Start-q.Lag)
	}
	if a := t.index[q.First]; t.p.Jobs[a].Fixed {
		at = max(at, t.p.Jobs[a].Was.Start+t.longest[a])
	}
	return at
}

// visits finds when each job is done and by how many.
type visits struct {
	count      []int
	begin, end []int64
}

func visitsOf(p *Problem, s *Solution) visits {
	v := visits{make([]int, len(p.Jobs)), make([]int64, len(p.Jobs)), make([]int64, len(p.Jobs))}
	for _, r := range s.Routes {
		for _, st := range r.Steps {
			if st.Kind == Work && st.Index >= 0 && st.Index < len(p.Jobs) {
				v.count[st.Index]++
				v.begin[st.Index] = st.Begin()
				v.end[st.Index] = max(v.end[st.Index], st.Begin()+st.Length)
			}
		}
	}
	return v
}

// move puts the instants where the plan leaves room, and draws others for what is not served.
func (t *ties) move(s *Solution) {
	v := visitsOf(t.p, s)
	for i := range t.p.Jobs {
		if _, ok := t.crews[i]; !ok {
			continue
		}
		if v.count[i] < 2 {
			t.crews[i] = t.draw(i)
		} else {
			t.crews[i] = v.begin[i]
		}
	}
	for k := range t.splits {
		q := &t.p.Sequences[k]
		a, b := t.index[q.First], t.index[q.Then]
		switch {
		case v.count[a] > 0 && v.count[b] > 0:
			t.splits[k] = v.end[a] + t.rand.Int64N(max(1, v.begin[b]-q.Lag-v.end[a]+1))
		case t.rand.IntN(2) == 0:
			t.splits[k] = t.drawSplit(k)
		case v.count[a] > 0:
			t.splits[k] = v.end[a]
		case v.count[b] > 0:
			t.splits[k] = v.begin[b] - q.Lag
		}
	}
}

// loose lists the jobs that are done in part only or without what has to come first.
func (t *ties) loose(s *Solution) map[int]bool {
	v := visitsOf(t.p, s)
	out := map[int]bool{}
	for i := range t.p.Jobs {
		if _, ok := t.crews[i]; ok && v.count[i] == 1 && !t.p.Jobs[i].Fixed { // what has begun stays, also with one
			out[i] = true
		}
	}
	for more := true; more; {
		more = false
		for k := range t.p.Sequences {
			a, b := t.index[t.p.Sequences[k].First], t.index[t.p.Sequences[k].Then]
			if (v.count[a] == 0 || out[a]) && v.count[b] > 0 && !out[b] && !t.p.Jobs[b].Fixed {
				out[b], more = true, true
			}
		}
	}
	return out
}

// How often the instants of ties move: fewer times the larger a problem is, because each time it is compiled and planned anew.
const (
	mostRounds  = 12
	leastRounds = 2
	manyTied    = 400 // tasks from which on rounds become fewer
)

func (t *ties) rounds() int {
	n := len(t.p.Jobs) + len(t.p.Shipments)
	return max(leastRounds, min(mostRounds, mostRounds*manyTied/max(n, 1)))
}

// solveTied searches in rounds.
func solveTied(p *Problem, o Options, t *ties) (*Solution, error) {
	var best *Solution
	take := func(s *Solution) {
		if len(t.loose(s)) == 0 && (best == nil || s.Cost.Better(best.Cost, p.Objective.Mode)) {
			best = s
			if o.Progress != nil {
				o.Progress(Progress{Served: best.Cost.Served, PriorityServed: best.Cost.PriorityServed, Cost: best.Cost.Total})
			}
		}
	}
	start, rounds := o.Start, t.rounds()
	for k := range rounds {
		part := slice(o, k, rounds)
		part.Start = start
		c, routes, err := searchOnce(p, part, t, nil)
		if errors.Is(err, errOver) && best != nil {
			break
		}
		if err != nil {
			return nil, err
		}
		routes = slices.Clone(routes)
		for i, nodes := range routes { // of the start, where there was no time to look at it: its instants were others
			if _, ok := c.core.Timetable(int32(i), nodes); !ok {
				routes[i] = nil
			}
		}
		s, err := c.solution(routes)
		if err != nil {
			return nil, err
		}
		start = s
		if loose := t.loose(s); len(loose) > 0 {
			whole, err := t.strip(c, routes, loose)
			if err != nil {
				return nil, err
			}
			take(whole)
			if rounds == mostRounds && !o.over() { // somebody may have time for what was left over
				part.Start, part.Iterations, part.Spent = s, 1, nil
				whole, err = solveOnce(p, part, t, loose)
				switch {
				case err == nil:
					take(whole)
				case !errors.Is(err, errOver):
					return nil, err
				}
			}
		} else {
			take(s)
		}
		if o.over() {
			break
		}
		t.move(s)
	}
	return best, nil
}

// strip takes what is loose off a plan, and what becomes loose by that, without a search: there may be no time for one. Where the
// rest of a route cannot be travelled without the stop, or not within its bounds, all of it goes.
func (t *ties) strip(c *compiled, routes [][]int32, loose map[int]bool) (*Solution, error) {
	left := slices.Clone(routes)
	for {
		stuck := true
		for i, nodes := range left {
			stays := slices.DeleteFunc(slices.Clone(nodes), func(x int32) bool { return c.nodes[x].kind == Work && loose[c.nodes[x].index] })
			if len(stays) == len(nodes) {
				continue
			}
			if events, ok := c.core.Timetable(int32(i), stays); !ok || !c.core.InRange(int32(i), stays, events) || !slices.ContainsFunc(stays, func(x int32) bool { return c.core.Task[x] >= 0 }) {
				stays = nil
			}
			left[i], stuck = stays, false
		}
		s, err := c.solution(left)
		if err != nil {
			return nil, err
		}
		if loose = t.loose(s); len(loose) == 0 || stuck {
			return s, nil
		}
	}
}

// slice is round k's part of a budget.
func slice(o Options, k, rounds int) Options {
	part := o
	part.Progress, part.until = nil, o.over
	part.Seed = o.Seed + uint64(k)<<32
	if o.Iterations > 0 {
		part.Iterations = max(1, o.Iterations/rounds)
	}
	if o.Spent != nil {
		from := float64(k) / float64(rounds)
		part.Spent = func() float64 { return (o.Spent() - from) * float64(rounds) }
	}
	return part
}

// over says whether the budget is used up.
func (o *Options) over() bool {
	return o.Stop != nil && o.Stop() || o.Spent != nil && o.Spent() >= 1
}

// ended says whether the budget is used up of the search that this one is a piece of.
func (o *Options) ended() bool {
	if o.until != nil {
		return o.until()
	}
	return o.over()
}

// narrowed are the windows within a bound, in core's time; none are left where the job cannot be done.
func (c *compiled) narrowed(windows []core.Window, to Window) []core.Window {
	if to.To <= c.origin || to.From > to.To {
		return nil
	}
	from, until := c.instant(to.From), c.instant(to.To)
	var out []core.Window
	for _, w := range windows {
		if n := (core.Window{From: max(w.From, from), To: min(w.To, until)}); n.From <= n.To {
			out = append(out, n)
		}
	}
	return out
}
