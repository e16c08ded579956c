package vrp

import (
	"fmt"
	"slices"
)

// Put gives a job to whom it was offered, to begin no earlier than was offered and within what is left of the offer's
// window, at exactly that instant for a crew and for what sequences tie. Its error is [ErrTaken] when there is no room any more, and wraps
// [ErrProblem] when the job is on the board already.
func (b *Board) Put(ask Ask, o Offer) error {
	if !o.OK {
		return ErrTaken
	}
	if len(b.on[ask.Job.ID]) > 0 {
		return bad("job %q is on the board already", ask.Job.ID)
	}
	if err := b.meets(&ask); err != nil {
		return err
	}
	at := []Stop{o.At}
	if o.Second != nil {
		at = append(at, *o.Second)
	}
	job := ask.Job
	d := b.open(&ask)
	defer b.close(d)
	w := Window{From: o.At.Start, To: max(o.Window.To, o.At.Start)}
	if len(at) > 1 || len(b.tied[job.ID]) > 0 {
		w.To = w.From
	}
	fresh := make([]*lane, 0, len(at))
	for i, stop := range at {
		if stop.Engineer < 0 || stop.Engineer >= len(b.first) || stop.Shift < 0 || stop.Shift >= len(b.p.Engineers[stop.Engineer].Shifts) {
			return ErrTaken
		}
		l := b.lanes[b.first[stop.Engineer]+stop.Shift]
		if !d.able(l, i) {
			return ErrTaken
		}
		g, ok := o.gaps[i], o.lanes[i] == l
		if !ok {
			g, ok = d.gapAt(l, stop.Start)
		}
		if !ok {
			return ErrTaken
		}
		fresh = append(fresh, b.with(&lane{}, l, &job, g, w, d.extra, true))
	}
	for _, l := range fresh {
		if l.clash != "" || l.z != nil && !l.inRange() {
			return ErrTaken
		}
	}
	if _, ok := b.places[job.Place]; !ok && job.Place >= b.p.Places {
		b.places[job.Place] = stranger{ask.Ways, len(b.places) + 1}
	}
	var on []int
	for _, l := range fresh {
		b.lanes[l.number] = l
		on = append(on, l.number)
	}
	b.on[job.ID] = on
	return nil
}

// with is a lane with a job in a gap, worked out over what scratch holds; all of it where it will be asked.
func (b *Board) with(scratch, l *lane, j *Job, g gap, w Window, told WaysOf, asked bool) *lane {
	from := *scratch
	*scratch = lane{
		at: l.at, number: l.number, e: l.e, s: l.s, m: l.m, past: l.past, first: l.first, begin: l.begin, jobs: l.jobs + 1,
		seats: append(from.seats[:0], l.seats...), places: from.places, ways: from.ways, load: from.load, before: from.before, behind: from.behind, aboard: from.aboard, drove: from.drove,
		begins: from.begins, took: from.took, earlier: from.earlier, full: from.full, bare: from.bare, extra: j.Place, told: told,
	}
	s := seat{job: j, kind: Work, index: -1, length: serviceFor(j, l.e), setup: setupFor(j, l.e)}
	if cap(from.window) == 0 {
		from.window = make([]Window, 1)
	}
	scratch.window = from.window[:1]
	scratch.window[0] = w
	s.windows = scratch.window
	scratch.full.f = append(scratch.full.f[:0], l.full.f...)
	if j.Place == NoPlace {
		scratch.full.f = slices.Insert(scratch.full.f, g.floaters, floats(s))
	} else {
		scratch.seats = slices.Insert(scratch.seats, g.anchor, s)
		scratch.like, scratch.anchor = l, g.anchor
	}
	b.fillFor(scratch, asked)
	return scratch
}

// Take takes a job, or a shipment by the id of its delivery, off the board. It is false when it is not there, has
// begun, something on the board has to wait for it, or the way past it takes longer than what comes behind can wait.
func (b *Board) Take(id string) bool { return b.off(id, false) }

// off takes a job off; by force, whatever waits for it and comes behind.
func (b *Board) off(id string, force bool) bool {
	on := b.on[id]
	if len(on) == 0 {
		return false
	}
	also := ""
	for i := range b.p.Shipments {
		if b.p.Shipments[i].Delivery.ID == id {
			also = b.p.Shipments[i].Pickup.ID
		}
	}
	mine := func(j *Job) bool { return j != nil && (j.ID == id || also != "" && j.ID == also) }
	for _, q := range b.tied[id] {
		if q.First == id && len(b.on[q.Then]) > 0 && !force {
			return false
		}
	}
	for _, n := range on {
		for _, st := range b.lanes[n].past {
			if mine(b.taskOf(st)) {
				return false
			}
		}
	}
	fresh := make([]*lane, 0, len(on))
	for _, n := range on {
		l := b.lanes[n]
		t := &lane{at: l.at, number: l.number, e: l.e, s: l.s, m: l.m, past: l.past, first: l.first, begin: l.begin, jobs: l.jobs}
		for i := range l.seats {
			if mine(l.seats[i].job) {
				t.jobs--
			} else {
				t.seats = append(t.seats, l.seats[i])
			}
		}
		for i := range l.full.f {
			if mine(l.full.f[i].job) {
				t.jobs--
			} else {
				t.full.f = append(t.full.f, l.full.f[i])
			}
		}
		if b.fill(t); t.clash != "" && l.clash == "" && !force {
			return false
		}
		fresh = append(fresh, t)
	}
	for _, t := range fresh {
		b.lanes[t.number] = t
	}
	delete(b.on, id)
	delete(b.on, also)
	return true
}

// meets refuses a job that a problem would refuse.
func (b *Board) meets(ask *Ask) error {
	j := &ask.Job
	if j.ID == "" {
		return bad("a job without an id")
	}
	far := j.Place >= b.p.Places && (ask.Ways != nil || b.places[j.Place].ways != nil)
	check := *j
	if far {
		check.Place = NoPlace
	}
	if err := b.p.checkJob(&check); err != nil {
		return fmt.Errorf("job %q: %w", j.ID, err)
	}
	if j.Fixed {
		return bad("job %q: what has begun is not asked about", j.ID)
	}
	for _, w := range ask.Windows {
		if err := checkWindows([]Window{w}); err != nil {
			return err
		}
	}
	return nil
}

// Plan is what stands on the board, with routes that clash as they were given: the problem, grown by the jobs that were put on it and the places that came with
// them, and the plan of it. Its matrices are full ones when there are such places.
func (b *Board) Plan() (*Problem, *Solution) {
	p := *b.p
	p.Jobs = slices.Clone(b.p.Jobs)
	index := map[string]int{}
	for i := range p.Jobs {
		index[p.Jobs[i].ID] = i
	}
	places, most := []int{}, b.p.Places
	for _, l := range b.lanes {
		for _, j := range l.put() {
			if j.Place >= b.p.Places && !slices.Contains(places, j.Place) {
				places = append(places, j.Place)
			}
		}
	}
	slices.Sort(places)
	for _, l := range b.lanes {
		for _, j := range l.put() {
			grown := *j
			if k, ok := slices.BinarySearch(places, j.Place); ok {
				grown.Place = most + k
			}
			if i, ok := index[j.ID]; ok {
				p.Jobs[i] = grown
				continue
			}
			index[j.ID] = len(p.Jobs)
			p.Jobs = append(p.Jobs, grown)
		}
	}
	if len(places) > 0 {
		b.growTravel(&p, places)
	}
	out, dims := &Solution{}, newChecker(&p).dims
	served, shipped := make([]bool, len(p.Jobs)), make([]bool, len(p.Shipments))
	for _, l := range b.lanes {
		if l.jobs == 0 {
			continue
		}
		r := Route{Engineer: l.at.Engineer, Shift: l.at.Shift, Steps: slices.Clone(l.given)}
		if l.given == nil {
			r = b.steps(l, func(s *seat) int {
				if s.kind == Work {
					return index[s.job.ID]
				}
				return s.index
			})
		}
		for i := range r.Steps {
			if k, ok := slices.BinarySearch(places, r.Steps[i].Place); ok {
				r.Steps[i].Place = most + k
			}
			switch st := &r.Steps[i]; st.Kind {
			case Work:
				served[st.Index] = true
			case Delivery:
				shipped[st.Index] = true
			}
		}
		loadSteps(&p, r.Steps, dims)
		out.Routes = append(out.Routes, r)
	}
	for i, ok := range served {
		if !ok {
			out.Unserved = append(out.Unserved, Unserved{Index: i})
		}
	}
	for i, ok := range shipped {
		if !ok {
			out.Unserved = append(out.Unserved, Unserved{Index: i, Shipment: true})
		}
	}
	out.Cost = price(&p, out)
	return &p, out
}

// put lists the jobs of a lane that were put on the board.
func (l *lane) put() []*Job {
	var out []*Job
	for i := range l.seats {
		if l.seats[i].index < 0 {
			out = append(out, l.seats[i].job)
		}
	}
	for i := range l.full.f {
		if f := &l.full.f[i]; f.job != nil && f.index < 0 {
			out = append(out, f.job)
		}
	}
	return out
}

// growTravel makes full matrices with some more places.
func (b *Board) growTravel(p *Problem, places []int) {
	old, n := b.p.Places, b.p.Places+len(places)
	told := func(i int) int {
		if i < old {
			return i
		}
		return places[i-old]
	}
	p.Places, p.Travel = n, nil
	for profile := range b.p.Travel {
		m := Matrix{Seconds: make([]int32, n*n), Metres: make([]int32, n*n), Cost: make([]int32, n*n), Slices: b.p.Travel[profile].Slices}
		for i := range n {
			for k := range n {
				at := i*n + k
				if i < old && k < old {
					m.Seconds[at], m.Metres[at], m.Cost[at] = b.p.Travel[profile].At(old, i, k)
				} else {
					m.Seconds[at], m.Metres[at], m.Cost[at] = b.far(profile, told(i), told(k), NoPlace, nil)
				}
			}
		}
		if z := b.paces[profile]; z != nil && z.counts {
			m.Cost = nil
		}
		p.Travel = append(p.Travel, m)
	}
}

// loadSteps fills in what is aboard after each step.
func loadSteps(p *Problem, steps []Step, dims int) {
	load := make([]int64, dims)
	for _, st := range steps {
		if j := p.workOf(st); j != nil {
			addTo(load, j.Takes, 1)
		}
	}
	for i, st := range steps {
		if j := p.workOf(st); j != nil {
			addTo(load, j.Takes, -1)
			addTo(load, j.Brings, 1)
		}
		switch st.Kind {
		case Pickup:
			addTo(load, p.Shipments[st.Index].Amount, 1)
		case Delivery:
			addTo(load, p.Shipments[st.Index].Amount, -1)
		}
		steps[i].Load = slices.Clone(load)
	}
}

// workOf is the job or the end of a shipment of a step; nil for none.
func (p *Problem) workOf(st Step) *Job {
	switch st.Kind {
	case Work:
		return &p.Jobs[st.Index]
	case Pickup:
		return &p.Shipments[st.Index].Pickup
	case Delivery:
		return &p.Shipments[st.Index].Delivery
	}
	return nil
}
