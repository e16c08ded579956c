package planner

import (
	"cmp"
	"context"
	"slices"
	"time"

	"anxin/internal/platform/reason"
)

// Greedy is the first planner: it inserts one job after the other where it costs least, those first that
// would lose most by waiting (regret of the best against the second best engineer), urgent and promised ones
// before all others. It never takes back what it decided.
type Greedy struct{}

// NewGreedy makes the planner; it has no state.
func NewGreedy() Greedy { return Greedy{} }

// What weighs in besides the way, in seconds of travel.
const (
	bonusPreferred = 1800 // who was there before, or has the reservation
	pricePerLevel  = 120  // each level of skill more than needed: experts are kept for what only they can
	pricePerDay    = 3600 // each day that unpromised work waits
)

// option is an insertion that is possible.
type option struct {
	lead, second *route
	at, at2      spot
	x            stop // fixed when two come at once
	cost         int64
}

// board is the state of one run.
type board struct {
	s      *Snapshot
	routes [][]*route // by engineer, by day
	first  int64      // date of the first day
}

func newBoard(s *Snapshot, gone map[VisitID]bool) *board {
	b := &board{s: s, routes: make([][]*route, len(s.Engineers))}
	at := make(map[EngineerID]int, len(s.Engineers))
	for i := range s.Engineers {
		at[s.Engineers[i].ID] = i
	}
	type key struct{ e, d int }
	has := map[key][]*Visit{}
	for i := range s.Visits {
		v := &s.Visits[i]
		if v.ID != "" && gone[v.ID] {
			continue
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(v.Engineers))) {
			if e, ok := at[id]; ok {
				has[key{e, int(v.Date)}] = append(has[key{e, int(v.Date)}], v)
			}
		}
	}
	first := true
	for i := range s.Engineers {
		e := &s.Engineers[i]
		b.routes[i] = make([]*route, len(e.Days))
		for k := range e.Days {
			b.routes[i][k] = newRoute(s, e, &e.Days[k], has[key{i, int(e.Days[k].Date)}])
			if d := int64(e.Days[k].Date); first || d < b.first {
				b.first, first = d, false
			}
		}
	}
	return b
}

// cost of giving a job to an engineer at a spot.
func (b *board) cost(r *route, j *Job, at spot) int64 {
	c := at.detour
	if j.Preferred != "" && j.Preferred == r.e.ID {
		c -= bonusPreferred
	}
	for _, n := range j.Needs {
		c += pricePerLevel * int64(max(0, r.d.level(n.Skill)-max(n.Level, 1)))
	}
	if !j.Promised {
		c += pricePerDay * (int64(r.d.Date) - b.first)
	}
	return c
}

// touches tells whether a route's day can hold a start in the stop's windows.
func (r *route) touches(x stop) bool {
	if len(r.shifts) == 0 {
		return false
	}
	if len(x.windows) == 0 {
		return true
	}
	for _, w := range x.windows {
		if w.from <= r.shifts[len(r.shifts)-1].to && w.to >= r.shifts[0].from {
			return true
		}
	}
	return false
}

// offer finds the best way for an engineer to lead a job, over his days.
func (b *board) offer(e int, j *Job) (option, bool) {
	best, found := option{}, false
	x := newStop(j)
	for _, r := range b.routes[e] {
		if !r.touches(x) {
			continue
		}
		if _, ok := judge(r.e, r.d, j, leader); !ok {
			continue
		}
		o, ok := b.single(r, j, x)
		if ok && j.crew() > 1 {
			o, ok = b.pair(e, r, j, x)
		}
		if ok && (!found || o.cost < best.cost) {
			best, found = o, true
		}
	}
	return best, found
}

func (b *board) single(r *route, j *Job, x stop) (option, bool) {
	at, ok := r.best(x, false)
	if !ok {
		return option{}, false
	}
	return option{lead: r, at: at, x: x, cost: b.cost(r, j, at)}, true
}

// pair finds a second engineer of the same outlet and a start that suits both.
func (b *board) pair(e int, r *route, j *Job, x stop) (option, bool) {
	best, found := option{}, false
	for i, routes := range b.routes {
		h := &b.s.Engineers[i]
		if i == e || h.Outlet != r.e.Outlet {
			continue
		}
		k, ok := h.day(r.d.Date)
		if !ok || !routes[k].touches(x) {
			continue
		}
		second := routes[k]
		if _, ok := judge(h, second.d, j, helper); !ok {
			continue
		}
		o, ok := together(r, second, x)
		if !ok {
			continue
		}
		o.cost = b.cost(r, j, o.at) + o.at2.detour
		if !found || o.cost < best.cost {
			best, found = o, true
		}
	}
	return best, found
}

// together pushes a start from one to the other until it suits both.
func together(a, c *route, x stop) (option, bool) {
	for range 12 {
		one, ok := a.best(x, false)
		if !ok {
			return option{}, false
		}
		two, ok := c.best(x, false)
		if !ok {
			return option{}, false
		}
		start := max(one.start, two.start)
		fixed := stop{job: x.job, place: x.place, dur: x.dur, fixed: true, start: start}
		if a.fits(x, start) && c.fits(x, start) {
			one, ok1 := a.best(fixed, false)
			two, ok2 := c.best(fixed, false)
			if ok1 && ok2 {
				return option{lead: a, second: c, at: one, at2: two, x: fixed}, true
			}
		}
		x.windows = from(x, start+300, a)
		if len(x.windows) == 0 {
			return option{}, false
		}
	}
	return option{}, false
}

// fits tells whether a start lies in a stop's windows and its work in a shift; fixed stops ask for neither.
func (r *route) fits(x stop, start int64) bool {
	return start >= r.now && r.begins(&x, start) == start
}

// from cuts off a stop's windows before a time; a stop without any gets those of the shifts.
func from(x stop, at int64, r *route) []window {
	list := x.windows
	if len(list) == 0 {
		list = r.shifts
	}
	var out []window
	for _, w := range list {
		if w.to >= at {
			out = append(out, window{max(w.from, at), w.to})
		}
	}
	return out
}

func (o option) apply() {
	o.lead.put(o.x, o.at)
	if o.second != nil {
		o.second.put(o.x, o.at2)
	}
}

// class orders jobs: danger first, then what was promised, then by priority.
func class(j *Job) int {
	switch {
	case j.Priority == 1:
		return 0
	case j.Promised:
		return 1
	case j.Priority == 2:
		return 2
	case j.Priority == 4:
		return 4
	}
	return 3
}

// Plan implements [Planner].
func (Greedy) Plan(ctx context.Context, s Snapshot) (Plan, error) {
	b, placed, left, err := build(ctx, &s)
	if err != nil {
		return Plan{}, err
	}
	return b.plan(placed, left, nil), nil
}

// build puts what fits of a snapshot's jobs onto a board.
func build(ctx context.Context, s *Snapshot) (b *board, placed map[JobID]option, left []*Job, err error) {
	if err := s.Check(); err != nil {
		return nil, nil, nil, err
	}
	b = newBoard(s, nil)
	jobs := make([]*Job, len(s.Jobs))
	for i := range s.Jobs {
		jobs[i] = &s.Jobs[i]
	}
	placed, left, err = b.fill(ctx, jobs)
	return b, placed, left, err
}

// ranked is what a job could get from an engineer.
type ranked struct {
	o  option
	ok bool
}

// fill inserts jobs until none fits any more, those of an earlier class first.
func (b *board) fill(ctx context.Context, jobs []*Job) (placed map[JobID]option, left []*Job, err error) {
	left = slices.Clone(jobs)
	slices.SortStableFunc(left, func(a, c *Job) int { return cmp.Or(cmp.Compare(class(a), class(c)), cmp.Compare(a.ID, c.ID)) })
	placed = map[JobID]option{}
	cache := make(map[*Job][]ranked, len(left))
	for total := len(left); len(left) > 0; {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		pick, o := b.next(left, cache)
		if pick < 0 {
			break
		}
		o.apply()
		placed[left[pick].ID] = o
		delete(cache, left[pick])
		left = slices.Delete(left, pick, pick+1)
		b.refresh(cache, o)
		Progress(ctx, total-len(left), total)
	}
	return placed, left, nil
}

// next chooses in the first class that has a job which fits.
func (b *board) next(left []*Job, cache map[*Job][]ranked) (int, option) {
	for from := 0; from < len(left); {
		to := from
		for to < len(left) && class(left[to]) == class(left[from]) {
			to++
		}
		if pick, o := b.choose(left[from:to], cache); pick >= 0 {
			return from + pick, o
		}
		from = to
	}
	return -1, option{}
}

// choose picks the job that loses most when it waits; -1 when none fits.
func (b *board) choose(jobs []*Job, cache map[*Job][]ranked) (int, option) {
	pick, most, chosen := -1, int64(-1), option{}
	for i, j := range jobs {
		row, ok := cache[j]
		if !ok {
			row = make([]ranked, len(b.routes))
			for e := range b.routes {
				row[e].o, row[e].ok = b.offer(e, j)
			}
			cache[j] = row
		}
		best, second := -1, -1
		for e := range row {
			if !row[e].ok {
				continue
			}
			switch {
			case best < 0 || row[e].o.cost < row[best].o.cost:
				best, second = e, best
			case second < 0 || row[e].o.cost < row[second].o.cost:
				second = e
			}
		}
		if best < 0 {
			continue
		}
		regret := int64(1) << 40 // nobody else can
		if second >= 0 {
			regret = row[second].o.cost - row[best].o.cost
		}
		if regret > most || regret == most && row[best].o.cost < chosen.cost {
			pick, most, chosen = i, regret, row[best].o
		}
	}
	return pick, chosen
}

// refresh works out anew what the engineers of an insertion offer.
func (b *board) refresh(cache map[*Job][]ranked, o option) {
	for j, row := range cache {
		for e := range row {
			who := &b.s.Engineers[e]
			mine := who == o.lead.e || o.second != nil && who == o.second.e
			if mine || j.crew() > 1 && (who.Outlet == o.lead.e.Outlet || o.second != nil && who.Outlet == o.second.e.Outlet) {
				row[e].o, row[e].ok = b.offer(e, j)
			}
		}
	}
}

// plan reads the result off the routes.
func (b *board) plan(placed map[JobID]option, left []*Job, visits map[JobID]VisitID) Plan {
	p := Plan{Assignments: []Assignment{}, Unserved: []Unserved{}, Dropped: []VisitID{}}
	for _, routes := range b.routes {
		for _, r := range routes {
			place := r.e.Home
			for _, st := range r.stops {
				leg, _ := b.s.leg(place, st.place)
				if st.place != NoPlace {
					place = st.place
				}
				o, ok := placed[st.job]
				if !ok {
					continue
				}
				p.Travel += leg
				p.Work += st.dur
				if o.lead != r {
					continue
				}
				a := Assignment{
					Job: st.job, Visit: visits[st.job], Engineers: []EngineerID{r.e.ID}, Date: r.d.Date,
					Start: time.Unix(st.start, 0).UTC(), End: time.Unix(st.end(), 0).UTC(),
				}
				if o.second != nil {
					a.Engineers = append(a.Engineers, o.second.e.ID)
				}
				p.Assignments = append(p.Assignments, a)
			}
		}
	}
	slices.SortFunc(p.Assignments, func(a, c Assignment) int { return cmp.Or(a.Start.Compare(c.Start), cmp.Compare(a.Job, c.Job)) })
	for _, j := range left {
		p.Unserved = append(p.Unserved, Unserved{Job: j.ID, Reasons: b.whyNobody(j)})
	}
	slices.SortFunc(p.Unserved, func(a, c Unserved) int { return cmp.Compare(a.Job, c.Job) })
	return p
}

// whyNobody asks everybody why not.
func (b *board) whyNobody(j *Job) reason.List {
	var list []reason.Reason
	for e := range b.routes {
		if why, ok := b.why(e, j); !ok {
			list = append(list, why)
		} else if j.crew() > 1 {
			list = append(list, reason.Failed(RuleCrew).Compared(1, j.crew()))
		}
	}
	return summary(list)
}
