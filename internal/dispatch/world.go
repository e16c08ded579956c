package dispatch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// world is a snapshot for the planner with what it was made from.
type world struct {
	planner.Snapshot
	people   []workforce.Engineer
	outlets  map[outlets.ID]outlets.Outlet
	zones    map[outlets.ID]*time.Location
	away     map[workforce.EngineerID][]workforce.Absence
	visits   []orders.Visit             // those in the snapshot, by start
	claims   []Claim                    // holds and reservations in the snapshot
	known    map[orders.ID]orders.Order // of the visits and jobs, where they were read
	kept     map[orders.ID]Reservation  // for the jobs
	catalog  *catalog.Snapshot
	points   []geo.Point
	ways     *cachedWays              // of a world that was composed from the cache
	taking   map[orders.ID][]int      // people whose time orders take by visits and claims, when it was composed so
	read     time.Time                // when
	until    time.Time                // when the first hold in it is over, of a world that was composed; zero is never
	supplies *supplies                // nil where nothing of it is needed
	fetches  []planner.Fetch          // stops at counters of the visits
	short    []planner.JobID          // visits for which there is no part, or no time to fetch one
	owner    []int                    // engineer whose place it is; -1 for a job's
	sites    map[planner.JobID]string // of jobs and visits, where the policy weighs them
	rush     *rushTable               // nil where ways take as long at every hour
}

// worldInput says what a snapshot is of.
type worldInput struct {
	people   []workforce.Engineer
	from, to calendar.Date
	except   []orders.ID // whose holds and reservations don't count: they are being placed
	jobs     bool        // visits know what they take, so that they can be moved
}

// look reads the days of engineers: shifts, absences, visits, holds and reservations, each in one query a
// thousand people.
func (s *Service) look(ctx context.Context, q db.Querier, in worldInput) (*world, error) {
	w := &world{people: in.people, known: map[orders.ID]orders.Order{}, kept: map[orders.ID]Reservation{}}
	ids := make([]workforce.EngineerID, len(in.people))
	places := make([]outlets.ID, len(in.people))
	for i, e := range in.people {
		ids[i], places[i] = e.ID, e.OutletID
	}
	// Zones reach 14 hours to either side of UTC; a day more on both sides covers every local date.
	begin, end := (in.from - 1).UTC(), (in.to + 2).UTC()
	var shifts map[workforce.EngineerID][]workforce.Shift
	err := together(
		q,
		func() (err error) { w.catalog, err = s.catalog.Current(ctx, q); return err },
		func() (err error) { w.outlets, err = s.outlets.ByIDs(ctx, q, places); return err },
		func() (err error) { shifts, err = s.workforce.Shifts(ctx, q, ids, in.from, in.to); return err },
		func() (err error) { w.away, err = s.workforce.Absences(ctx, q, ids, begin, end); return err },
		func() (err error) { w.visits, err = s.orders.VisitsOf(ctx, q, ids, begin, end); return err },
		func() (err error) { w.claims, err = claimsOf(ctx, q, ids, in.from, in.to, in.except); return err },
		func() (err error) { w.rush, err = rushHours(ctx, q); return err },
	)
	if err != nil {
		return nil, err
	}
	w.zones = make(map[outlets.ID]*time.Location, len(w.outlets))
	for id, o := range w.outlets {
		w.zones[id] = o.Location()
	}
	w.read, w.Now = q.Now(), q.Now().Add(s.policy.Lead).Truncate(time.Second)
	w.Engineers = make([]planner.Engineer, len(in.people))
	for i, e := range in.people {
		w.Engineers[i] = s.engineer(w, i, e, shifts[e.ID], in.from, in.to)
	}
	if err := s.addRush(ctx, q, w); err != nil {
		return nil, err
	}
	w.keep(in)
	if err := s.addStock(ctx, q, w, in); err != nil {
		return nil, err
	}
	if err := s.addVisits(ctx, q, w, in); err != nil {
		return nil, err
	}
	w.addClaims()
	return w, nil
}

// together runs reads side by side; inside a transaction, which is one connection, one after the other.
func together(q db.Querier, reads ...func() error) error {
	errs := make([]error, len(reads))
	if _, free := q.(*db.DB); !free {
		for i, read := range reads {
			if errs[i] = read(); errs[i] != nil {
				break
			}
		}
		return errors.Join(errs...)
	}
	var wg sync.WaitGroup
	for i, read := range reads {
		wg.Go(func() { errs[i] = read() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// peopleOf reads the engineers of outlets.
func (s *Service) peopleOf(ctx context.Context, q db.Querier, list []string) ([]workforce.Engineer, error) {
	const part = 4
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	parts := slices.Collect(slices.Chunk(list, part))
	found := make([][]workforce.Engineer, len(parts))
	reads := make([]func() error, len(parts))
	for i, p := range parts {
		reads[i] = func() (err error) { found[i], err = s.workforce.OfOutlets(ctx, q, p...); return err }
	}
	if err := together(q, reads...); err != nil {
		return nil, err
	}
	var out []workforce.Engineer
	seen := map[workforce.EngineerID]bool{} // an outlet and one below it may stand in two parts
	for _, e := range slices.Concat(found...) {
		if !seen[e.ID] {
			seen[e.ID] = true
			out = append(out, e)
		}
	}
	return out, nil
}

func (w *world) place(p geo.Point, owner int) int {
	if p == (geo.Point{}) || p.Check() != nil {
		return planner.NoPlace
	}
	w.points, w.owner = append(w.points, p.WGS84()), append(w.owner, owner)
	w.Places = len(w.points)
	return len(w.points) - 1
}

// engineer takes a person over with his days.
func (s *Service) engineer(w *world, i int, e workforce.Engineer, shifts []workforce.Shift, from, to calendar.Date) planner.Engineer {
	o := w.outlets[e.OutletID]
	out := planner.Engineer{ID: planner.EngineerID(e.ID), Outlet: planner.OutletID(e.OutletID), OutletName: o.Name, Home: w.place(e.Start(o), i), MaxVisits: e.MaxVisits, Van: along(e)}
	brands := e.Brands
	if len(brands) == 0 {
		brands = o.Brands
	}
	out.Brands = make([]planner.BrandID, len(brands))
	for k, b := range brands {
		out.Brands[k] = planner.BrandID(b)
	}
	skills := make([]planner.Skill, len(e.Skills))
	for k, sk := range e.Skills {
		skills[k] = planner.Skill{Code: planner.SkillCode(sk.Code), Level: sk.Level}
	}
	loc := w.zones[e.OutletID]
	for date := from; date <= to; date++ {
		d := planner.Day{Date: date, Skills: skills}
		for _, c := range e.Certificates {
			if c.ValidOn(date) {
				d.Certificates = append(d.Certificates, planner.SkillCode(c.Code))
			}
		}
		for _, sh := range shifts {
			if sh.Date == date {
				d.Shifts = append(d.Shifts, planner.Span{From: sh.Start, To: sh.End})
			}
		}
		d.Break = s.rest(d.Shifts, date, loc)
		for _, a := range w.away[e.ID] {
			d = d.Without(planner.Span{From: a.Start, To: a.End})
		}
		out.Days = append(out.Days, d)
	}
	return out
}

// rest is the break of a date on which somebody works around noon.
func (s *Service) rest(shifts []planner.Span, date calendar.Date, loc *time.Location) planner.Break {
	if s.policy.BreakLength <= 0 {
		return planner.Break{}
	}
	y, m, d := date.Civil()
	at := func(v time.Duration) time.Time { return time.Date(y, m, d, 0, int(v/time.Minute), 0, 0, loc).UTC() }
	span := planner.Span{From: at(s.policy.BreakFrom), To: at(s.policy.BreakTo)}
	for _, sh := range shifts {
		if sh.From.Before(span.To) && span.From.Before(sh.To) {
			return planner.Break{Span: span, Minutes: int(s.policy.BreakLength / time.Minute)}
		}
	}
	return planner.Break{}
}

// counts tells whether a visit takes its engineers' time.
func counts(v orders.Visit) bool {
	return v.State != orders.VisitStateCancelled && v.State != orders.VisitStateFailed
}

// span is when a visit takes place as far as is known.
func span(v orders.Visit) (start, end time.Time) {
	start, end = v.Start, v.End
	if v.ArrivedAt != nil {
		end = end.Add(v.ArrivedAt.Sub(start))
		start = *v.ArrivedAt
	} else if v.DelayedBy > 0 {
		start, end = start.Add(v.DelayedBy), end.Add(v.DelayedBy)
	}
	if v.EndedAt != nil {
		end = *v.EndedAt
	}
	if end.Before(start) {
		end = start
	}
	return start, end
}

// frozen visits are over, under way or begun to be travelled to.
func frozen(v orders.Visit) bool {
	return !v.Open() || v.State == orders.VisitStateTravelling || v.State == orders.VisitStateOnSite
}

// keep leaves the visits that take time on the dates.
func (w *world) keep(in worldInput) {
	kept := w.visits[:0]
	seen := map[orders.VisitID]bool{}
	for _, v := range w.visits {
		if counts(v) && v.Day >= in.from && v.Day <= in.to && !seen[v.ID] {
			seen[v.ID] = true
			kept = append(kept, v)
		}
	}
	w.visits = kept
}

func (s *Service) addVisits(ctx context.Context, q db.Querier, w *world, in worldInput) error {
	at := make(map[workforce.EngineerID]int, len(w.people))
	for i, e := range w.people {
		at[e.ID] = i
	}
	if in.jobs {
		var ids []orders.ID
		for _, v := range w.visits {
			ids = append(ids, v.OrderIDs()...)
		}
		var err error
		if w.known, err = s.orders.ByIDs(systemContext(ctx), q, ids); err != nil {
			return err
		}
	}
	for _, v := range w.visits {
		start, end := span(v)
		pv := planner.Visit{Date: v.Day, Start: start, End: end, Frozen: frozen(v), Job: planner.Job{ID: planner.JobID("visit:" + string(v.ID)), Place: planner.NoPlace}}
		point, located := v.Point()
		located = located && v.Mode != catalog.ModeRemote
		if in.jobs {
			pv.ID, pv.Job = planner.VisitID(v.ID), w.work(v)
			if located {
				pv.Job.Place = w.place(point, -1)
			}
			for _, e := range v.Engineers() {
				pv.Engineers = append(pv.Engineers, planner.EngineerID(e))
			}
			w.Visits = append(w.Visits, pv)
			continue
		}
		// A place of its own for each member keeps travel within one engineer's places.
		for _, e := range v.Engineers() {
			if i, ok := at[e]; ok {
				one := pv
				one.Engineers = []planner.EngineerID{planner.EngineerID(e)}
				one.Job.Parts = w.parts(v, e)
				if located {
					one.Job.Place = w.place(point, i)
				}
				w.Visits = append(w.Visits, one)
			}
		}
	}
	return nil
}

// work is what a visit takes, for as long as it is planned.
func (w *world) work(v orders.Visit) planner.Job {
	var list []orders.Order
	for _, id := range v.OrderIDs() {
		if o, ok := w.known[id]; ok {
			list = append(list, o)
		}
	}
	j := planner.Job{ID: planner.JobID("visit:" + string(v.ID)), Brand: planner.BrandID(v.BrandID)}
	if len(list) > 0 {
		j = w.job(list, nil)
	}
	j.Minutes, j.Crew, j.Place = max(1, int(v.End.Sub(v.Start)/time.Minute)), min(2, max(1, len(v.Members))), planner.NoPlace
	return j
}

// addClaims takes holds and reservations over as blocks of time.
func (w *world) addClaims() {
	at := make(map[workforce.EngineerID]int, len(w.people))
	for i, e := range w.people {
		at[e.ID] = i
	}
	for _, c := range w.claims {
		for _, e := range c.engineers() {
			i, ok := at[e]
			if !ok {
				continue
			}
			v := claimBlock(c, e)
			v.Job.Place = w.place(c.point(), i)
			w.Visits = append(w.Visits, v)
		}
	}
}

// job is what one visit for some orders of one place takes. allowed are the outlets that may do it, nil for all.
func (w *world) job(list []orders.Order, allowed []planner.OutletID) planner.Job {
	first := list[0]
	j := planner.Job{ID: planner.JobID(first.ID), Brand: planner.BrandID(first.BrandID), Outlets: allowed, Place: planner.NoPlace, Crew: 1, Priority: 4}
	if first.Mode == catalog.ModeVisit || first.Mode == "" {
		j.Place = w.place(pointOf(first), -1)
	}
	need := map[catalog.SkillCode]bool{}
	if w.supplies != nil {
		j.Parts = w.supplies.parts(idsOf(list))
	}
	j.Parts = append(j.Parts, toolsOf(list)...)
	for _, o := range list {
		j.Minutes += max(1, o.Minutes)
		j.Crew = min(2, max(j.Crew, o.Crew))
		j.Priority = min(j.Priority, urgency(o.Priority))
		j.PartsMissing = j.PartsMissing || o.WaitFor == "part"
		for _, code := range o.Skills {
			need[code] = true
		}
		if win := o.Promised; !win.IsZero() && len(j.Windows) == 0 {
			j.Windows, j.Promised = []planner.Span{{From: win.From, To: win.To}}, true
		}
	}
	for code := range need {
		sk, _ := w.catalog.Skill(code)
		j.Needs = append(j.Needs, planner.Need{Skill: planner.SkillCode(code), Level: workforce.LevelMin, Certificate: sk.Certificate})
	}
	slices.SortFunc(j.Needs, func(a, b planner.Need) int { return strings.Compare(string(a.Skill), string(b.Skill)) })
	return j
}

// pointOf is where an order is done: its point, or the middle of its division.
func pointOf(o orders.Order) geo.Point {
	if p, ok := o.Point(); ok {
		return p
	}
	for code := o.Division; len(code) >= 2; code = code[:len(code)-1] {
		if p, ok := geo.CentreOf(code); ok {
			return p
		}
	}
	return geo.Point{}
}

func urgency(p cases.Priority) int {
	switch p {
	case cases.P1:
		return 1
	case cases.P2:
		return 2
	case cases.P4:
		return 4
	}
	return 3
}

// ways asks for the travel times that planning one job, or crews for it, can need: between an engineer's own
// places, and between those and the jobs'.
func (s *Service) ways(ctx context.Context, w *world) error {
	l := legs{block: make([]int, len(w.points)), at: make([]int, len(w.points))}
	var shared []int
	own := make([][]int, len(w.people))
	for p, o := range w.owner {
		if o < 0 {
			l.block[p] = -1
			l.at[p] = len(shared)
			shared = append(shared, p)
		} else {
			l.block[p] = o
			own[o] = append(own[o], p)
		}
	}
	l.blocks = make([]*geo.Matrix, len(w.people))
	for i, mine := range own {
		if len(mine) == 0 {
			continue
		}
		points := make([]geo.Point, 0, len(shared)+len(mine))
		for _, p := range shared {
			points = append(points, w.points[p])
		}
		for _, p := range mine {
			l.at[p] = len(points)
			points = append(points, w.points[p])
		}
		m, err := s.travel.Matrix(ctx, s.policy.Profile, geo.SliceDay, points, points)
		if err != nil {
			return err
		}
		l.blocks[i], l.any = m, m
	}
	w.Travel = l
	w.fetch()
	return nil
}

// allWays asks for the travel times between all places.
func (s *Service) allWays(ctx context.Context, w *world) error {
	m, err := s.travel.Matrix(ctx, s.policy.Profile, geo.SliceDay, w.points, w.points)
	if err != nil {
		return err
	}
	w.Travel = m
	w.fetch()
	return nil
}

// legs are travel times in blocks, one an engineer, each with the shared places first. Nobody goes from one
// engineer's place to another's.
type legs struct {
	block, at []int
	blocks    []*geo.Matrix
	any       *geo.Matrix
}

// At implements [planner.Legs].
func (l legs) At(from, to int) (seconds, metres int32) {
	b := max(l.block[from], l.block[to])
	m := l.any
	switch {
	case b >= 0 && (l.block[from] < 0 || l.block[to] < 0 || l.block[from] == l.block[to]):
		m = l.blocks[b]
	case b >= 0:
		m = nil
	}
	if m == nil {
		return geo.Unreachable, geo.Unreachable
	}
	return m.At(l.at[from], l.at[to])
}

// only is the snapshot of one engineer: what the others do is not his matter.
func (w *world) only(i int) planner.Snapshot {
	out := w.Snapshot
	out.Engineers = w.Engineers[i : i+1]
	id := w.Engineers[i].ID
	out.Visits = nil
	for _, v := range w.Visits {
		if slices.Contains(v.Engineers, id) {
			out.Visits = append(out.Visits, v)
		}
	}
	return out
}
