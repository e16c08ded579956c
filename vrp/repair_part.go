package vrp

import (
	"fmt"
	"slices"
)

// subproblem is some lanes of a board as a problem of their own. Crews and what sequences tie stand still in it, work
// without a place is a break; what has begun is what the shift begins behind.
type subproblem struct {
	r     *repairer
	lanes []int // by engineer; each has one shift
	p     Problem
	start *Solution
	jobs  []int       // the repairer's by the subproblem's
	ships []int       // and shipments
	rests [][]int     // by engineer, the break of the shift or, from restWork on, the floater
	place map[int]int // the subproblem's by the repairer's
	who   bool        // work may start at any time of its windows, but had better stay with whom it is
	back  []int
}

// restWork marks a break of a subproblem that stands for work without a place.
const restWork = 1 << 20

// newSubproblem takes lanes over, what has no place, and more work that is on no lane. It is nil where a lane cannot be searched.
func newSubproblem(r *repairer, lanes, over []int, who bool) *subproblem {
	s := &subproblem{r: r, who: who, place: map[int]int{}, start: &Solution{}}
	b := r.b
	for _, n := range lanes {
		l := b.lanes[n]
		loads := slices.ContainsFunc(l.past, func(st Step) bool {
			j := b.taskOf(st)
			return j != nil && (len(j.Takes) > 0 || len(j.Brings) > 0)
		})
		if l.clash == "" && !loads && len(l.full.f) <= MaxBreaks && l.begin <= l.s.Window.To && (l.s.MaxJobs == 0 || len(l.past) == 0 || l.jobs-fixedOf(b, l) < l.s.MaxJobs) {
			s.lanes = append(s.lanes, n)
		}
	}
	if len(s.lanes) == 0 {
		return nil
	}
	o := r.p.Objective
	o.Fairness, o.Share = 0, 0
	if who {
		o.Preference, o.Stability = max(o.Preference, o.Stability), 0
	}
	s.p = Problem{Objective: o}
	for _, n := range s.lanes {
		s.engineer(b.lanes[n])
	}
	for _, i := range slices.Concat(r.loose, over) {
		if j := &r.p.Jobs[i]; j.Crew < 2 && len(b.tied[j.ID]) == 0 && j.Place != NoPlace {
			s.job(i, *j)
		}
	}
	for i := range r.p.Counters {
		c := r.p.Counters[i]
		c.Place = s.placeOf(c.Place)
		s.p.Counters = append(s.p.Counters, c)
	}
	s.p.Places = len(s.back)
	for i := range r.p.Travel {
		s.p.Travel = append(s.p.Travel, r.p.Travel[i].among(r.p.Places, s.back, nil))
	}
	return s
}

// fixedOf counts the work on a lane that has begun.
func fixedOf(b *Board, l *lane) int {
	n := 0
	for _, st := range l.past {
		if b.taskOf(st) != nil {
			n++
		}
	}
	return n
}

func (s *subproblem) placeOf(place int) int {
	if place == NoPlace {
		return NoPlace
	}
	i, ok := s.place[place]
	if !ok {
		i = len(s.back)
		s.place[place] = i
		s.back = append(s.back, place)
	}
	return i
}

// engineer takes a lane over, with its work in the order that it has.
func (s *subproblem) engineer(l *lane) {
	b := s.r.b
	n := len(s.p.Engineers)
	e := *l.e
	e.ID = fmt.Sprint(n)
	e.Skills = append(slices.Clone(e.Skills), Skill{Code: asPerson + l.e.ID, Level: 1}, Skill{Code: asLane + e.ID, Level: 1})
	shift := *l.s
	if len(l.past) > 0 {
		shift.Window.From, shift.Start = l.begin, l.places[l.first]
		e.Costs.Activation = 0
		if shift.MaxJobs > 0 {
			shift.MaxJobs -= fixedOf(b, l)
		}
	}
	shift.Start, shift.End = s.placeOf(shift.Start), s.placeOf(shift.End)
	shift.Breaks = nil
	var rests []int
	route := Route{Engineer: n}
	for k := range l.full.f {
		f := &l.full.f[k]
		if f.job == nil {
			shift.Breaks = append(shift.Breaks, l.s.Breaks[f.rest])
			rests = append(rests, f.rest)
			continue
		}
		shift.Breaks = append(shift.Breaks, Break{ID: f.job.ID, Windows: []Window{{l.earlier[k], l.earlier[k]}}, Length: f.length, Paid: true})
		rests = append(rests, restWork+k)
		if shift.MaxJobs > 1 {
			shift.MaxJobs--
		}
	}
	e.Shifts = []Shift{shift}
	s.p.Engineers = append(s.p.Engineers, e)
	s.rests = append(s.rests, rests)
	for a := l.first; a < len(l.seats); a++ {
		seat := &l.seats[a]
		st := Step{Kind: seat.kind, Arrival: l.begins[a]}
		switch seat.kind {
		case Fetch:
			continue
		case Work:
			j := *seat.job
			if j.Crew > 1 || len(b.tied[j.ID]) > 0 { // it stands still
				j.Crew, j.Pinned, j.Excluded, j.Was, j.Needs = 0, "", nil, nil, []Need{{Skill: asLane + e.ID}}
				j.Windows, j.Priority, j.DropCost = []Window{{l.begins[a], l.begins[a]}}, MaxPriority, MaxCost
			}
			if s.r.locked[seat.index] {
				j.Needs = append(slices.Clone(j.Needs), Need{Skill: asLane + e.ID})
				j.Priority, j.DropCost = MaxPriority, MaxCost
			}
			st.Index = s.job(seat.index, j)
		default:
			if seat.kind == Pickup {
				s.ship(seat.index)
			}
			st.Index = slices.Index(s.ships, seat.index)
		}
		route.Steps = append(route.Steps, st)
	}
	if len(route.Steps) > 0 {
		s.start.Routes = append(s.start.Routes, route)
	}
}

// What is said as if it were a skill: who somebody is, and which lane they are on.
const (
	asPerson = "person:"
	asLane   = "lane:"
)

// job takes a job over.
func (s *subproblem) job(i int, j Job) int {
	j.ID, j.Place = fmt.Sprint("job ", len(s.p.Jobs)), s.placeOf(j.Place)
	s.named(&j)
	if w := j.Was; w != nil {
		j.Was = nil
		switch n := slices.Index(s.lanes, s.r.b.first[w.Engineer]+w.Shift); {
		case n < 0:
		case s.who:
			j.Preferred = append(j.Preferred, fmt.Sprint(n))
		default:
			j.Was = &Stop{Engineer: n, Start: w.Start}
		}
	}
	s.p.Jobs, s.jobs = append(s.p.Jobs, j), append(s.jobs, i)
	return len(s.p.Jobs) - 1
}

// named says of engineers by name what the subproblem knows by lane.
func (s *subproblem) named(j *Job) {
	if j.Pinned != "" {
		j.Needs = append(slices.Clone(j.Needs), Need{Skill: asPerson + j.Pinned})
		j.Pinned = ""
	}
	j.Excluded, j.Preferred = s.names(j.Excluded), s.names(j.Preferred)
}

// names are the engineers of the subproblem that stand for some of the problem's.
func (s *subproblem) names(list []string) []string {
	var out []string
	for n, at := range s.lanes {
		if slices.Contains(list, s.r.b.lanes[at].e.ID) {
			out = append(out, fmt.Sprint(n))
		}
	}
	return out
}

func (s *subproblem) ship(i int) {
	x := s.r.p.Shipments[i]
	x.Pickup.ID, x.Delivery.ID = fmt.Sprint("pickup ", len(s.ships)), fmt.Sprint("delivery ", len(s.ships))
	x.Pickup.Place, x.Delivery.Place = s.placeOf(x.Pickup.Place), s.placeOf(x.Delivery.Place)
	s.named(&x.Delivery)
	s.p.Shipments, s.ships = append(s.p.Shipments, x), append(s.ships, i)
}

// adopt is the repairer's board with the lanes as a solution has them; nil where they do not hold.
func (s *subproblem) adopt(found *Solution) *Board {
	b := s.r.b.Clone()
	routes := make([]Route, len(s.lanes))
	for _, r := range found.Routes {
		routes[r.Engineer] = r
	}
	fresh := make([]*lane, 0, len(s.lanes))
	for _, n := range s.lanes {
		l := b.lanes[n]
		leave := func(j *Job) {
			b.on[j.ID] = slices.DeleteFunc(slices.Clone(b.on[j.ID]), func(m int) bool { return m == n })
		}
		for _, j := range l.open() {
			leave(j)
		}
		for _, st := range l.past {
			if j := b.taskOf(st); j != nil {
				leave(j)
			}
		}
	}
	for i, n := range s.lanes {
		l := b.lanes[n]
		t := &lane{at: l.at, number: n, e: l.e, s: l.s, m: l.m, begin: l.s.Window.From}
		steps := slices.Clone(l.past)
		for _, st := range routes[i].Steps {
			switch st.Kind {
			case Start, End:
				continue
			case Work:
				st.Index = s.jobs[st.Index]
			case Pickup, Delivery:
				st.Index = s.ships[st.Index]
			case Rest:
				if st.Index = s.rests[i][st.Index]; st.Index >= restWork {
					st.Kind, st.Index = Work, l.full.f[st.Index-restWork].index
				}
			}
			steps = append(steps, st)
		}
		if len(routes[i].Steps) == 0 { // work without a place remains
			for k := range l.full.f {
				if f := &l.full.f[k]; f.job != nil {
					steps = append(steps, Step{Kind: Work, Index: f.index, Place: NoPlace, Arrival: l.earlier[k], Length: f.length})
				}
			}
		}
		if len(steps) == 0 {
			t.full.f = restsOf(t.s, nil)
		} else if b.seat(t, Route{Engineer: l.at.Engineer, Shift: l.at.Shift, Steps: steps}) != nil {
			return nil
		}
		if b.fill(t); t.clash != "" || t.overloaded() {
			return nil
		}
		fresh = append(fresh, t)
	}
	for _, t := range fresh {
		b.lanes[t.number] = t
	}
	for id, on := range b.on {
		if len(on) == 0 {
			delete(b.on, id)
		}
	}
	return b
}
