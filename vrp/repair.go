package vrp

import (
	"cmp"
	"math"
	"slices"
)

// Touched says what an event has changed since a plan was made: jobs that are new, have other windows or take another time,
// and shifts that are shorter, have other breaks, or from which something was taken off. What the plan can no longer do by
// the rules [Repair] finds itself.
type Touched struct {
	Jobs   []int  // of the problem
	Shifts []Stop // Start does not count
}

// Move is work that is no longer where the plan had it, or that found a place.
type Move struct {
	Job      string
	Promised bool
	From, To *Stop // nil is nowhere
	// Why is the first rule that forbids it where it was, as the day is now: RuleRoom, RuleWindow and the like when others took
	// the time, whom For names. "" is that it could have stayed, and that the plan is cheaper so.
	Why Rule
	For string // the job, new there, that is done in its time; "" where there is none
}

// Bounds of what a repair searches through.
const (
	nearLanes  = 8  // at first
	wideLanes  = 20 // when something is left over
	repairWork = 1500
	mostOver   = 60 // jobs that the plan before had left over, which a plan anew looks at
	mostLost   = 4  // jobs of mean weight that may be left over before the neighbours' days are planned anew
)

// mostTouched is how much promised work may go to somebody else, or to nobody, for an event, beside what it forces away: that of
// whom it is about, and what cannot stay where it is as the day is now. What it forces away says nothing about the repair; how
// much of the rest is touched is its choice.
const mostTouched = 3

// Repair mends a plan after an event: p is the problem as it is now, plan what was planned, in the numbers of p; it may break
// rules now, and need not be priced. What touches nothing stays as it is. Work that cannot stay goes to where it costs least;
// then the routes around it, near in place, time and skills, are searched together, with a price on everything that moves:
// the objective's Stability, or an hour of travel when it has none. When something promised or left over finds no place so,
// more routes are. The same input gives the same plan; of the options, Seed, Stop and Iterations count.
//
// The plan that comes back keeps to the rules and is priced by p as it is. The moves tell what is different, in the
// problem's order; work that only starts later on its route, because what comes before it takes longer, is among them.
func Repair(p *Problem, plan *Solution, t Touched, o Options) (*Solution, []Move, error) {
	q := *p
	q.Jobs = slices.Clone(p.Jobs)
	if q.Objective.Stability == 0 {
		q.Objective.Stability = 3600 * max(1, q.Objective.Travel)
	}
	was := map[int]*Stop{}
	for _, r := range plan.Routes {
		for _, st := range r.Steps {
			if st.Kind == Work && st.Index >= 0 && st.Index < len(q.Jobs) && was[st.Index] == nil {
				was[st.Index] = &Stop{Engineer: r.Engineer, Shift: r.Shift, Start: st.Begin()}
				if j := &q.Jobs[st.Index]; !j.Fixed {
					j.Was = was[st.Index]
				}
			}
		}
	}
	b, err := NewBoard(&q, plan)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range t.Jobs {
		if i < 0 || i >= len(q.Jobs) {
			return nil, nil, bad("job %d of %d is touched", i, len(q.Jobs))
		}
	}
	r := &repairer{p: &q, b: b, o: o, index: make(map[string]int, len(q.Jobs)), touched: map[int]bool{}}
	for i := range q.Jobs {
		r.index[q.Jobs[i].ID] = i
	}
	if err := r.start(t); err != nil {
		return nil, nil, err
	}
	r.look(t, was)
	_, out := r.b.Plan()
	out.Cost = price(p, out)
	return out, r.moves(was), nil
}

// look searches, first with a price on what moves alone. Where much is left over for want of hours, such as somebody's whole day,
// or one emergency, all of the neighbours' days are planned anew, and then searched back to where and when things were, as far as
// that goes. When more promised work than mostTouched would go to somebody else, it is done again from the beginning with all of
// it locked where it is but for so many; the lock gives way only to a single job that weighs as much as several.
func (r *repairer) look(t Touched, was map[int]*Stop) {
	b, loose := r.b, slices.Clone(r.loose)
	r.widen()
	much := r.much(r.lost())
	anew := func() {
		before := r.b
		if r.search(wideLanes, 2, r.over()); r.b == before {
			return
		}
		locked := r.locked
		r.lock(was, nil) // what is still with whom it was
		r.search(wideLanes, 1, nil)
		r.locked = locked
	}
	if much {
		anew()
	}
	others, most := r.others(t, was), mostTouched
	for _, i := range t.Jobs {
		if was[i] != nil && r.p.Jobs[i].Promised {
			most = max(0, most-1)
		}
	}
	if len(others) <= most {
		return
	}
	free, freeLoose := r.b, r.loose
	r.b, r.loose = b, loose
	r.lock(was, slices.Concat(t.Jobs, others[:most]))
	if r.widen(); r.much(r.lost()) {
		anew()
	}
	r.locked = nil
	urgent := func(i int) bool { return !slices.Contains(freeLoose, i) && r.much(r.weight(i)) }
	if len(r.others(t, was)) >= len(others) || slices.ContainsFunc(r.loose, urgent) {
		r.b, r.loose = free, freeLoose
	}
}

// lock keeps promised work with whom it was and is, but for some of it and for what could not stay.
func (r *repairer) lock(was map[int]*Stop, but []int) {
	r.locked = map[int]bool{}
	for i := range r.p.Jobs {
		j := &r.p.Jobs[i]
		r.locked[i] = j.Promised && was[i] != nil && !slices.Contains(r.core, i) && slices.Contains(r.b.on[j.ID], r.b.first[was[i].Engineer]+was[i].Shift)
	}
	for _, i := range but {
		delete(r.locked, i)
	}
}

// lost is the weight of what has no place: priorities, or in one sum what it costs to drop them; at least one each.
func (r *repairer) lost() int64 {
	sum := int64(0)
	for _, i := range r.loose {
		sum += r.weight(i)
	}
	return sum
}

func (r *repairer) weight(i int) int64 {
	if r.p.Objective.Mode == Money {
		return max(1, r.p.Jobs[i].DropCost)
	}
	return max(1, r.p.Jobs[i].Priority)
}

// much tells whether a weight is more than that of mostLost jobs in the mean.
func (r *repairer) much(weight int64) bool {
	all := 0.0 // sums of costs times jobs are more than whole numbers hold
	for i := range r.p.Jobs {
		all += float64(r.weight(i))
	}
	return float64(weight)*float64(len(r.p.Jobs)) > mostLost*all
}

// widen searches among few lanes, then, when something is left over, among more.
func (r *repairer) widen() {
	r.search(nearLanes, 1, nil)
	if len(r.loose) > 0 {
		r.search(wideLanes, 1, nil)
	}
}

// over lists what the plan before had left over, the most urgent first: there may be time for that now.
func (r *repairer) over() []int {
	out := []int{}
	for i := range r.p.Jobs {
		if len(r.b.on[r.p.Jobs[i].ID]) == 0 && !slices.Contains(r.loose, i) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(x, y int) int { return cmp.Compare(r.p.Jobs[y].Priority, r.p.Jobs[x].Priority) })
	return out[:min(len(out), mostOver)]
}

// others lists the promised work that is done by somebody else than before or by nobody any more, but for that of shifts that
// are touched and for what was touched itself. First come those that could not stay, then those whom such work replaced, the
// weightiest work first.
func (r *repairer) others(t Touched, was map[int]*Stop) []int {
	var out []int
	for i := range r.p.Jobs {
		from := was[i]
		if from == nil || !r.p.Jobs[i].Promised || slices.Contains(t.Jobs, i) ||
			slices.ContainsFunc(t.Shifts, func(s Stop) bool { return s.Engineer == from.Engineer && s.Shift == from.Shift }) {
			continue
		}
		if n := r.b.first[from.Engineer] + from.Shift; !slices.Contains(r.b.on[r.p.Jobs[i].ID], n) {
			out = append(out, i)
		}
	}
	took := func(i int) int64 {
		if slices.Contains(r.core, i) {
			return math.MinInt64
		}
		n, sum := r.b.first[was[i].Engineer]+was[i].Shift, int64(0)
		for _, k := range r.core {
			if slices.Contains(r.b.on[r.p.Jobs[k].ID], n) {
				sum -= r.weight(k)
			}
		}
		return sum
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(took(a), took(b)) })
	return out
}

// repairer mends a plan on a board.
type repairer struct {
	p       *Problem // with where everything was
	b       *Board
	o       Options
	index   map[string]int
	touched map[int]bool // lanes
	core    []int        // jobs around which is searched
	loose   []int        // that have no place
	locked  map[int]bool // jobs that stay with whom they are
}

// start takes off what cannot stay and puts it, and what is new, where it costs least.
func (r *repairer) start(t Touched) error {
	for _, s := range t.Shifts {
		if s.Engineer < 0 || s.Engineer >= len(r.p.Engineers) || s.Shift < 0 || s.Shift >= len(r.p.Engineers[s.Engineer].Shifts) {
			return bad("shift %d of engineer %d is touched", s.Shift, s.Engineer)
		}
		r.touched[r.b.first[s.Engineer]+s.Shift] = true
	}
	for _, l := range slices.Clone(r.b.lanes) {
		if r.release(l.number) {
			r.touched[l.number] = true
		}
	}
	var again []int
	for _, i := range t.Jobs {
		for _, n := range r.b.on[r.p.Jobs[i].ID] {
			r.touched[n] = true
		}
		if len(r.b.on[r.p.Jobs[i].ID]) == 0 && !slices.Contains(r.loose, i) {
			again = append(again, i)
		}
	}
	r.loose = append(r.loose, again...)
	r.core = append(slices.Clone(r.loose), t.Jobs...)
	r.insert(nil)
	if len(r.touched) > 0 { // what was left over before may fit now
		var over []int
		for i := range r.p.Jobs {
			if len(r.b.on[r.p.Jobs[i].ID]) == 0 && !slices.Contains(r.loose, i) {
				over = append(over, i)
			}
		}
		kept := r.loose
		r.loose = over
		r.insert(func(engineer int, _ bool) bool {
			from := r.b.first[engineer]
			for k := range r.p.Engineers[engineer].Shifts {
				if r.touched[from+k] {
					return true
				}
			}
			return false
		})
		r.loose = kept
	}
	return nil
}

// release takes off a lane what may not be there or what its times have no room for, the least urgent first.
func (r *repairer) release(n int) bool {
	l := r.b.lanes[n]
	done := false
	drop := func(j *Job) {
		done = true
		r.drop(j.ID)
	}
	for _, j := range l.open() {
		if who := r.taker(j); !mayDo(who, l.e, l.at.Shift) {
			drop(who)
		}
	}
	for r.b.lanes[n].clash != "" || r.b.lanes[n].overloaded() {
		l = r.b.lanes[n]
		list := l.open()
		if len(list) == 0 {
			break
		}
		slices.SortStableFunc(list, func(a, b *Job) int {
			a, b = r.taker(a), r.taker(b)
			kept := func(j *Job) int {
				if j.Promised {
					return 1
				}
				return 0
			}
			return cmp.Or(cmp.Compare(kept(a), kept(b)), cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Service, a.Service), cmp.Compare(a.ID, b.ID))
		})
		pick := list[0] // when none alone is enough
		for _, j := range list {
			c := r.b.Clone()
			if c.off(r.taker(j).ID, true) && c.lanes[n].clash == "" && !c.lanes[n].overloaded() {
				pick = j
				break
			}
		}
		before := len(list)
		drop(r.taker(pick))
		if len(r.b.lanes[n].open()) == before { // it cannot be taken off
			break
		}
	}
	return done
}

// taker is the job whose names and needs count: of an end of a shipment, the delivery.
func (r *repairer) taker(j *Job) *Job {
	for i := range r.p.Shipments {
		if j == &r.p.Shipments[i].Pickup {
			return &r.p.Shipments[i].Delivery
		}
	}
	return j
}

// drop takes a job off, and before it what has to wait for it.
func (r *repairer) drop(id string) {
	for _, q := range r.b.tied[id] {
		if q.First == id && len(r.b.on[q.Then]) > 0 {
			r.drop(q.Then)
		}
	}
	if len(r.b.on[id]) > 0 && r.b.off(id, true) {
		if i, ok := r.index[id]; ok {
			r.loose = append(r.loose, i)
		}
	}
}

// open lists what of a lane is not fixed.
func (l *lane) open() []*Job {
	var out []*Job
	for i := l.first; i < len(l.seats); i++ {
		if l.seats[i].kind != Fetch {
			out = append(out, l.seats[i].job)
		}
	}
	for i := range l.full.f {
		if j := l.full.f[i].job; j != nil {
			out = append(out, j)
		}
	}
	return out
}

// overloaded tells whether more is aboard than the van carries, there are too many jobs, or the ways are too long.
func (l *lane) overloaded() bool {
	for d := range l.dims {
		if l.behind[d] > at(l.e.Capacity, d) {
			return true
		}
	}
	return l.s.MaxJobs > 0 && l.jobs > l.s.MaxJobs || l.jobs > 0 && !l.inRange()
}

// insert puts loose work where it costs least, the promised and the urgent first.
func (r *repairer) insert(may func(engineer int, second bool) bool) {
	slices.SortStableFunc(r.loose, func(x, y int) int {
		a, b := &r.p.Jobs[x], &r.p.Jobs[y]
		if a.Promised != b.Promised {
			if a.Promised {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(b.DropCost, a.DropCost), cmp.Compare(x, y))
	})
	var left []int
	for _, i := range r.loose {
		if r.o.Stop != nil && r.o.Stop() || !r.put(i, may) {
			left = append(left, i)
		}
	}
	r.loose = left
}

func (r *repairer) put(i int, may func(engineer int, second bool) bool) bool {
	j := &r.p.Jobs[i]
	ask := Ask{Job: *j, Quiet: true, May: may}
	offers, err := r.b.Offers(ask)
	if err != nil {
		return false
	}
	best := -1
	for k := range offers {
		if offers[k].OK && (best < 0 || offers[k].Cost < offers[best].Cost) {
			best = k
		}
	}
	if best < 0 || r.p.Objective.Mode == Money && offers[best].Cost > j.DropCost && may != nil {
		return false
	}
	o := offers[best]
	if r.b.Put(ask, o) != nil {
		return false
	}
	for _, n := range r.b.on[j.ID] {
		r.touched[n] = true
		for k := range r.b.lanes[n].seats { // as one of the problem's
			if s := &r.b.lanes[n].seats[k]; s.job.ID == j.ID {
				s.job, s.index = j, i
				if len(s.windows) == 1 && s.windows[0].From < s.windows[0].To {
					s.windows = narrow(j.Windows, o.At.Start, never)
				}
			}
		}
		for k := range r.b.lanes[n].full.f {
			if f := &r.b.lanes[n].full.f[k]; f.job != nil && f.job.ID == j.ID {
				f.job, f.index = j, i
			}
		}
	}
	return true
}

// near chooses the lanes that are searched together: those that were touched, then those that come nearest to the work
// around which is searched and whose engineers may do it.
func (r *repairer) near(most int) []int {
	var out []int
	for n := range r.touched {
		out = append(out, n)
	}
	slices.Sort(out)
	if len(out) > most {
		out = out[:most]
	}
	type found struct {
		n    int
		far  int64
		rank int
	}
	var list []found
	around := append(slices.Clone(r.loose), r.core...)
	if len(around) == 0 { // time was won: who is near may make use of it
		for _, n := range out {
			for _, j := range r.b.lanes[n].open() {
				if i, ok := r.index[j.ID]; ok {
					around = append(around, i)
				}
			}
		}
	}
	for _, i := range around[:min(len(around), 12)] {
		j := &r.p.Jobs[i]
		own := len(list)
		for _, l := range r.b.lanes {
			if r.touched[l.number] || l.clash != "" || !mayDo(j, l.e, l.at.Shift) || !overlaps(j, l) {
				continue
			}
			list = append(list, found{n: l.number, far: r.far(l, j)})
		}
		slices.SortFunc(list[own:], func(a, b found) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.n, b.n)) })
		list = list[:min(len(list), own+most)]
		for k := own; k < len(list); k++ {
			list[k].rank = k - own
		}
	}
	slices.SortStableFunc(list, func(a, b found) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.far, b.far)) })
	for _, f := range list {
		if len(out) < most && !slices.Contains(out, f.n) {
			out = append(out, f.n)
		}
	}
	slices.Sort(out)
	return out
}

// overlaps tells whether work may begin in the hours of a lane.
func overlaps(j *Job, l *lane) bool {
	if len(j.Windows) == 0 {
		return true
	}
	return slices.ContainsFunc(j.Windows, func(w Window) bool {
		return w.From <= l.s.Window.To+l.s.Overtime && w.To >= l.begin
	})
}

// far is the shortest way between a job and what a lane has in its time, or where it starts.
func (r *repairer) far(l *lane, j *Job) int64 {
	if j.Place == NoPlace {
		return 0
	}
	best := int64(math.MaxInt64)
	for a := l.first; a <= len(l.seats); a++ {
		if a > l.first && a < len(l.seats) && len(j.Windows) > 0 {
			w := Window{j.Windows[0].From - 7200, j.Windows[len(j.Windows)-1].To + 7200}
			if l.begins[a-1] < w.From || l.begins[a-1] > w.To {
				continue
			}
		}
		if s := r.b.way(l, l.places[a], j.Place).seconds; l.places[a] != NoPlace && s < best {
			best = s
		}
	}
	if best == math.MaxInt64 {
		return 0
	}
	return best
}

// search improves some lanes together and keeps what is better. With work that is on none of them, their days are planned anew.
func (r *repairer) search(most, times int, over []int) {
	if len(r.touched) == 0 && len(r.loose) == 0 {
		return
	}
	rounds := r.o.Iterations
	if rounds <= 0 {
		rounds = repairWork
	}
	rounds *= times
	s := newSubproblem(r, r.near(most), over, over != nil && r.p.Objective.Mode == Levels)
	if s == nil || len(s.p.Jobs)+len(s.p.Shipments) == 0 {
		return
	}
	found, err := solve(&s.p, Options{Seed: r.o.Seed, Iterations: rounds, Stop: r.o.Stop, Start: s.start, group: inOne})
	if err != nil {
		return
	}
	b := s.adopt(found)
	if b == nil {
		return
	}
	_, old := r.b.Plan()
	_, now := b.Plan()
	if !now.Cost.Better(old.Cost, r.p.Objective.Mode) {
		return
	}
	for _, i := range s.jobs { // what was given up for something else is to be placed, too
		id := r.p.Jobs[i].ID
		if len(r.b.on[id]) > 0 && len(b.on[id]) == 0 {
			r.loose = append(r.loose, i)
		}
	}
	r.b = b
	r.loose = slices.DeleteFunc(r.loose, func(i int) bool { return len(b.on[r.p.Jobs[i].ID]) > 0 })
}

// moves tells what is not where it was.
func (r *repairer) moves(was map[int]*Stop) []Move {
	out := []Move{}
	for i := range r.p.Jobs {
		j := &r.p.Jobs[i]
		begin, at, served := r.b.Start(j.ID)
		from := was[i]
		if from == nil && !served {
			continue
		}
		m := Move{Job: j.ID, Promised: j.Promised, From: from}
		if served {
			m.To = &Stop{Engineer: at[0].Engineer, Shift: at[0].Shift, Start: begin}
			if from != nil && begin == from.Start && slices.ContainsFunc(at, func(s Stop) bool { return s.Engineer == from.Engineer && s.Shift == from.Shift }) {
				continue
			}
		}
		if from != nil && !j.Fixed {
			m.Why, m.For = r.why(j, from, was)
		}
		out = append(out, m)
	}
	return out
}

// why asks what is in the way of work where it was.
func (r *repairer) why(j *Job, from *Stop, was map[int]*Stop) (Rule, string) {
	c := r.b.Clone()
	if len(c.on[j.ID]) > 0 && !c.off(j.ID, false) {
		return RuleSequence, ""
	}
	x, err := c.Explain(Ask{Job: *j, Windows: []Window{{from.Start, from.Start}}}, from.Engineer, from.Shift)
	if err != nil || x.Feasible {
		return "", ""
	}
	l := c.lanes[c.first[from.Engineer]+from.Shift]
	if l.clash != "" {
		return x.Reason.Rule, ""
	}
	end := from.Start + serviceFor(j, l.e)
	for a := l.first; a < len(l.seats); a++ {
		s := &l.seats[a]
		i, known := r.index[s.job.ID]
		if s.kind == Fetch || known && was[i] != nil && was[i].Engineer == from.Engineer && was[i].Shift == from.Shift && was[i].Start == l.begins[a] {
			continue
		}
		if l.begins[a] < end+l.ways[a].seconds && l.begins[a]+s.takes(l.places[a])+l.ways[a].seconds > from.Start {
			return x.Reason.Rule, r.taker(s.job).ID
		}
	}
	return x.Reason.Rule, ""
}
