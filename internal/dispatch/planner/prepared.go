package planner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// Slots implements [Planner].
func (Engine) Slots(ctx context.Context, s Snapshot, q SlotQuery) ([]Slot, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	p, err := prepare(s, visitsOf(&s, q.Job.ID))
	if err != nil {
		return nil, err
	}
	return p.Slots(ctx, q)
}

// Prepared is a snapshot that is worked out once and asked often, by many at once.
type Prepared struct {
	parts  []*judging
	hours  []window // of the shifts of each part
	people *roster  // nil: one part
	now    int64
	late   int64
}

// Prepare works a snapshot out. Jobs that have a visit in it are asked about beside that visit.
func (Engine) Prepare(s Snapshot) (*Prepared, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	return prepare(s, nil)
}

func prepare(s Snapshot, gone map[VisitID]bool) (*Prepared, error) {
	x, err := newJudge(&s, gone)
	if err != nil {
		return nil, err
	}
	p := &Prepared{parts: []*judging{x}, now: x.m.now, late: x.m.late}
	p.hours = []window{{1 << 60, -1 << 60}}
	for i := range x.m.problem.Engineers {
		for _, sh := range x.m.problem.Engineers[i].Shifts {
			p.hours[0] = window{min(p.hours[0].from, sh.Window.From), max(p.hours[0].to, sh.Window.To+sh.Overtime)}
		}
	}
	return p, nil
}

// Join asks snapshots that were worked out one by one as if they were one, as of an instant: a part may be older when none of
// its shifts had begun by then. Each engineer's date is in one of them, and so are all engineers of an outlet on that date;
// those of one date come in the order of the engineers.
func Join(now time.Time, list []*Prepared) *Prepared {
	out := &Prepared{now: ceil(now)}
	first := 0
	for _, p := range list {
		out.parts, out.hours = append(out.parts, p.parts...), append(out.hours, p.hours...)
		for _, x := range p.parts {
			switch date, late, ok := x.m.firstDay(); {
			case !ok || first != 0 && date > first:
			case date == first:
				out.late = max(out.late, late)
			default:
				first, out.late = date, late
			}
		}
	}
	out.people = newRoster(out.parts)
	return out
}

// roster numbers the engineers of several parts.
type roster struct {
	of   [][]int // number by part and engineer of the part
	last []int   // the last part that has him
}

func newRoster(parts []*judging) *roster {
	r, number := &roster{of: make([][]int, len(parts))}, map[EngineerID]int{}
	for i, x := range parts {
		r.of[i] = make([]int, len(x.m.s.Engineers))
		for e := range x.m.s.Engineers {
			id := x.m.s.Engineers[e].ID
			n, ok := number[id]
			if !ok {
				n = len(r.last)
				number[id] = n
				r.last = append(r.last, i)
			}
			r.of[i][e], r.last[n] = n, i
		}
	}
	return r
}

// panel are all who are asked about a job, which stands at another place for each of them.
type panel []asked

type asked struct {
	*judging
	job Job
}

// panel is who is asked; a part whose places do not know the job's gets the ways to and from there.
func (p *Prepared) panel(q *SlotQuery) (panel, error) {
	out := make(panel, len(p.parts))
	for i, x := range p.parts {
		m := *x.m
		m.now, m.late = p.now, p.late
		out[i] = asked{&judging{&m, x.b, x.twin}, q.Job}
		if len(q.Ways) == len(p.parts) && q.Job.Place != NoPlace {
			m.strange, out[i].job.Place = q.Ways[i], m.s.Places
		}
		if err := m.checkAsked(&out[i].job); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Slots answers as [Planner] does.
func (p *Prepared) Slots(ctx context.Context, q SlotQuery) ([]Slot, error) {
	all, err := p.panel(&q)
	if err != nil {
		return nil, err
	}
	for _, w := range q.Windows {
		if w.To.Before(w.From) {
			return nil, ErrSnapshot
		}
	}
	out := make([]Slot, len(q.Windows))
	if len(out) == 0 || ctx.Err() != nil {
		return out, ctx.Err()
	}
	list := windows(q.Windows)
	offers, by := make([]vrp.Offer, len(out)), make([]*model, len(out))
	for i := range all {
		if q.Job.PartsMissing { // nobody may
			break
		}
		if err := all[i].offer(list, p.hours[i], offers, by); err != nil {
			return nil, err
		}
	}
	var refused []*reason.List
	var no []window
	for i, o := range offers {
		out[i].Window = q.Windows[i]
		if !o.OK {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if out[i].Reasons, err = all.refusals(list[i:i+1], p.people); err != nil {
				return nil, err
			}
			refused, no = append(refused, &out[i].Reasons), append(no, list[i])
			continue
		}
		d := &by[i].days[o.At.Engineer]
		out[i].Engineers, out[i].Date, out[i].Cost, out[i].Reasons = []EngineerID{d.e.ID}, d.d.Date, o.Cost, reason.List{}
		out[i].Start, out[i].End = time.Unix(o.At.Start, 0).UTC(), time.Unix(o.At.Start+int64(q.Job.Minutes)*60, 0).UTC()
		if o.Second != nil {
			out[i].Engineers = append(out[i].Engineers, by[i].days[o.Second.Engineer].e.ID)
		}
	}
	return out, all.eased(no, p.hours, refused)
}

// offer takes over what a part offers better than the parts before it: for less, or earlier for as much.
func (x asked) offer(list []window, hours window, offers []vrp.Offer, by []*model) error {
	var some []window
	var of []int
	for i, w := range list {
		if w.from <= hours.to && w.to >= hours.from {
			some, of = append(some, w), append(of, i)
		}
	}
	if len(some) == 0 {
		return nil
	}
	m := x.m.apart(&x.job)
	best := make([]vrp.Offer, len(some))
	for _, w := range m.wishes(&x.job, some) {
		found, err := x.b.Offers(w.ask)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrSnapshot, err)
		}
		for i, o := range found {
			if had := &best[w.of[i]]; o.OK && (!had.OK || o.Cost < had.Cost) {
				*had = o
			}
		}
	}
	for k, o := range best {
		had := &offers[of[k]]
		if o.OK && (!had.OK || o.Cost < had.Cost || o.Cost == had.Cost && o.At.Start < had.At.Start) {
			*had, by[of[k]] = o, m
		}
	}
	return nil
}

// refusals tell why nobody can in some windows: of each engineer the day that comes nearest, of those that the windows touch, or
// else his last.
func (all panel) refusals(list []window, people *roster) (reason.List, error) {
	if people == nil {
		people = newRoster(all.parts())
	}
	touched := make([]func(int) bool, len(all))
	touches := func(i, e int) bool { return touched[i] == nil || slices.ContainsFunc(all[i].m.of[e], touched[i]) }
	found, met := make([]bool, len(people.last)), make([][]bool, len(all))
	for i, x := range all {
		touched[i], met[i] = x.touched(list), make([]bool, len(x.m.of))
		for e := range x.m.of {
			met[i][e] = touches(i, e)
			found[people.of[i][e]] = found[people.of[i][e]] || met[i][e]
		}
	}
	best, known := make([]verdict, len(people.last)), make([]bool, len(people.last))
	for i, x := range all {
		ask := make([]int, 0, len(x.m.of))
		for e := range x.m.of {
			if n := people.of[i][e]; met[i][e] || !found[n] && people.last[n] == i {
				ask = append(ask, e)
			}
		}
		if len(ask) == 0 {
			continue
		}
		said, err := x.verdicts(&x.job, list, ask, touched[i])
		if err != nil {
			return nil, err
		}
		for _, e := range ask {
			n := people.of[i][e]
			v, has := x.nearest(e, said)
			known[n] = known[n] || has
			if b := &best[n]; v.asked && (!b.asked || v.betters(b)) {
				*b = v
			}
		}
	}
	out := make([]reason.Reason, 0, len(best))
	for n, v := range best {
		job := &all[people.last[n]].job
		switch {
		case !known[n]:
			out = append(out, reason.Failed(RuleShift).Compared(0, job.Minutes))
		case !v.ok:
			out = append(out, v.why)
		case job.crew() > 1:
			out = append(out, reason.Failed(RuleCrew).Compared(1, job.crew()))
		}
	}
	return summary(out), nil
}

func (all panel) parts() []*judging {
	out := make([]*judging, len(all))
	for i, x := range all {
		out[i] = x.judging
	}
	return out
}
