package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// noteNoEffect says that an assumption is about something that these days do not have.
const noteNoEffect = "dispatch.no_effect"

// most places that a scenario reckons ways between.
const maxPlaces = 3400

// whatIf is the world of a scenario: all work that is not begun is work to be given.
type whatIf struct {
	w     *world
	real  map[routeKey][]planner.Span // shifts as they are
	may   map[planner.JobID][]outlets.Serving
	notes reason.List
}

// scenarioWorld reads the days of a scenario, once for the base and the change.
func (s *Service) scenarioWorld(ctx context.Context, v Scenario) (*whatIf, error) {
	p := v.span()
	list, err := s.unplanned(ctx, p)
	if err != nil {
		return nil, err
	}
	may, err := s.whoMay(ctx, s.db, list)
	if err != nil {
		return nil, err
	}
	people, err := s.peopleOf(ctx, s.db, []string{p.OutletPath})
	if err != nil {
		return nil, err
	}
	x := &whatIf{real: map[routeKey][]planner.Span{}, may: map[planner.JobID][]outlets.Serving{}}
	if x.w, err = s.look(ctx, s.db, worldInput{people: people, from: p.Date, to: p.last(), except: idsOf(list), jobs: true}); err != nil {
		return nil, err
	}
	if err := s.addJobs(ctx, s.db, x.w, list, may); err != nil {
		return nil, err
	}
	for i, o := range list {
		x.may[planner.JobID(o.ID)] = may[i]
	}
	x.release(access.From(ctx).Scope)
	if err := s.weighs(ctx, s.db, x.w); err != nil {
		return nil, err
	}
	for _, e := range x.w.Engineers {
		for _, d := range e.Days {
			x.real[routeKey{e.ID, d.Date}] = d.Shifts
		}
	}
	if len(x.w.points) > maxPlaces {
		return nil, ErrTooBig.With("places", len(x.w.points), "limit", maxPlaces)
	}
	return x, nil
}

// release turns the visits that are not begun into work to be given.
func (x *whatIf) release(scope access.Scope) {
	kept := []planner.Visit{}
	for _, pv := range x.w.Visits {
		v, ok := x.w.visit(orders.VisitID(pv.ID))
		if !ok || pv.Frozen || !scope.Sees(string(v.BrandID), v.OutletPath) {
			kept = append(kept, pv)
			continue
		}
		j := pv.Job
		j.ID = planner.JobID(visitPrefix + string(v.ID))
		j.Outlets = []planner.OutletID{}
		for id, o := range x.w.outlets {
			if o.Under(v.OutletPath) {
				j.Outlets = append(j.Outlets, planner.OutletID(id))
			}
		}
		slices.Sort(j.Outlets)
		if len(j.Windows) == 0 && told(v) {
			j.Windows = []planner.Span{{From: v.Start.Add(-slack), To: v.Start.Add(slack)}}
		}
		x.w.Jobs = append(x.w.Jobs, j)
	}
	x.w.Visits = kept
	slices.SortFunc(x.w.Jobs, func(a, b planner.Job) int { return cmp.Compare(a.ID, b.ID) })
}

// assume is the snapshot with the assumptions; the one of the base is not touched.
func (s *Service) assume(ctx context.Context, x *whatIf, v Scenario) (planner.Snapshot, error) {
	a := v.Assumptions
	out := x.w.Snapshot
	out.Engineers = slices.Clone(out.Engineers)
	for i := range out.Engineers {
		out.Engineers[i].Days = slices.Clone(out.Engineers[i].Days)
	}
	out.Jobs = slices.Clone(out.Jobs)
	at := map[planner.EngineerID]int{}
	for i, e := range out.Engineers {
		at[e.ID] = i
	}
	for _, sh := range a.Shifts {
		s.otherShifts(x, &out, sh)
	}
	for _, k := range a.Skills {
		i, ok := at[planner.EngineerID(k.Engineer)]
		if !ok {
			x.noEffect("engineer", string(k.Engineer))
			continue
		}
		for d := range out.Engineers[i].Days {
			learn(x.w, &out.Engineers[i].Days[d], k.Skills)
		}
	}
	for _, k := range a.Away {
		i, ok := at[planner.EngineerID(k.Engineer)]
		if !ok {
			x.noEffect("engineer", string(k.Engineer))
			continue
		}
		for d, day := range out.Engineers[i].Days {
			out.Engineers[i].Days[d] = day.Without(planner.Span{From: k.From, To: k.To})
		}
	}
	if err := s.closeOutlets(ctx, x, &out, a.Closed); err != nil {
		return out, err
	}
	for i, p := range a.People {
		if err := s.hire(ctx, x, &out, v, i, p); err != nil {
			return out, err
		}
	}
	demand(&out, a.Demand)
	out.Places = len(x.w.points)
	return out, nil
}

func (x *whatIf) noEffect(what, id string) {
	x.notes.Add(reason.Noted(noteNoEffect).With("what", what).With("id", id))
}

// learn gives a day skills with the papers that they take; a level that somebody has already is not lowered.
func learn(w *world, d *planner.Day, list []workforce.Skill) {
	d.Skills, d.Certificates = slices.Clone(d.Skills), slices.Clone(d.Certificates)
	for _, sk := range list {
		code := planner.SkillCode(sk.Code)
		if i := slices.IndexFunc(d.Skills, func(have planner.Skill) bool { return have.Code == code }); i >= 0 {
			d.Skills[i].Level = max(d.Skills[i].Level, sk.Level)
		} else {
			d.Skills = append(d.Skills, planner.Skill{Code: code, Level: sk.Level})
		}
		if known, ok := w.catalog.Skill(sk.Code); ok && known.Certificate && !slices.Contains(d.Certificates, code) {
			d.Certificates = append(d.Certificates, code)
		}
	}
}

// otherShifts changes when the people of an outlet work, on the days on which they do.
func (s *Service) otherShifts(x *whatIf, out *planner.Snapshot, sh OtherShifts) {
	path := ""
	if sh.Outlet != "" {
		for _, o := range x.w.outlets {
			if o.ID == sh.Outlet {
				path = o.Path
			}
		}
		if path == "" {
			x.noEffect("outlet", string(sh.Outlet))
			return
		}
	}
	for i := range out.Engineers {
		e := &out.Engineers[i]
		o := x.w.outlets[outlets.ID(e.Outlet)]
		if path != "" && !o.Under(path) {
			continue
		}
		for d := range e.Days {
			day := &e.Days[d]
			if len(day.Shifts) == 0 {
				continue
			}
			shifts := slices.Clone(day.Shifts)
			if sh.From != "" {
				shifts = []planner.Span{hours(day.Date, sh.From, sh.To, o.Location())}
			}
			if last := &shifts[len(shifts)-1]; sh.Overtime != 0 {
				last.To = last.To.Add(time.Duration(sh.Overtime) * time.Minute)
				if !last.To.After(last.From) {
					shifts = shifts[:len(shifts)-1]
				}
			}
			away := day.Away
			day.Shifts, day.Away = shifts, nil
			for _, a := range away {
				*day = day.Without(a)
			}
			day.Break = s.rest(day.Shifts, day.Date, o.Location())
		}
	}
}

// hours are those of a local date.
func hours(date calendar.Date, from, to string, loc *time.Location) planner.Span {
	a, _ := clockMinutes(from)
	b, _ := clockMinutes(to)
	return minutesOf(date, a, b, loc)
}

// minutesOf is a time between minutes of a local date.
func minutesOf(date calendar.Date, from, to int, loc *time.Location) planner.Span {
	y, m, d := date.Civil()
	return planner.Span{From: time.Date(y, m, d, 0, from, 0, 0, loc).UTC(), To: time.Date(y, m, d, 0, to, 0, 0, loc).UTC()}
}

// closeOutlets takes the people of outlets away. Their work goes to others that serve the address, to those that have
// to be asked first too.
func (s *Service) closeOutlets(ctx context.Context, x *whatIf, out *planner.Snapshot, closed []outlets.ID) error {
	var shut []string
	for _, id := range closed {
		i := slices.IndexFunc(x.w.people, func(e workforce.Engineer) bool { return e.OutletID == id })
		o, err := s.outlets.Get(ctx, s.db, id)
		if err != nil {
			return err
		}
		if i < 0 && !slices.ContainsFunc(x.w.people, func(e workforce.Engineer) bool { return under(e.OutletPath, o.Path) }) {
			x.noEffect("outlet", string(id))
		}
		shut = append(shut, o.Path)
	}
	if len(shut) == 0 {
		return nil
	}
	isShut := func(id planner.OutletID) bool {
		o := x.w.outlets[outlets.ID(id)]
		return slices.ContainsFunc(shut, o.Under)
	}
	out.Engineers = slices.DeleteFunc(out.Engineers, func(e planner.Engineer) bool { return isShut(e.Outlet) })
	for i := range out.Jobs {
		j := &out.Jobs[i]
		if !slices.ContainsFunc(j.Outlets, isShut) {
			continue
		}
		j.Outlets = slices.DeleteFunc(slices.Clone(j.Outlets), isShut)
		j.Preferred, j.Pinned = "", ""
		if len(j.Outlets) > 0 {
			continue
		}
		o, ok := x.orderOf(j.ID)
		if !ok {
			continue
		}
		list, err := s.serving(ctx, s.db, o)
		if err != nil {
			return err
		}
		for id, at := range x.w.outlets {
			if isShut(planner.OutletID(id)) {
				continue
			}
			if slices.ContainsFunc(list, func(v outlets.Serving) bool { return at.Under(v.Outlet.Path) }) {
				j.Outlets = append(j.Outlets, planner.OutletID(id))
			}
		}
		slices.Sort(j.Outlets)
	}
	return nil
}

// orderOf is the first order of a piece of work.
func (x *whatIf) orderOf(id planner.JobID) (orders.Order, bool) {
	if v := visitOf(planner.Assignment{Job: id}); v != "" {
		visit, ok := x.w.visit(v)
		if !ok || len(visit.OrderIDs()) == 0 {
			return orders.Order{}, false
		}
		o, ok := x.w.known[visit.OrderIDs()[0]]
		return o, ok
	}
	o, ok := x.w.known[orders.ID(id)]
	return o, ok
}

// hire adds people that there are not, who begin their days at the outlet.
func (s *Service) hire(ctx context.Context, x *whatIf, out *planner.Snapshot, v Scenario, n int, p ExtraPeople) error {
	o, err := s.outlets.Get(ctx, s.db, p.Outlet)
	if err != nil {
		return err
	}
	x.w.outlets[o.ID] = o
	if err := x.w.rush.learn(ctx, s, s.db, []outlets.Outlet{o}); err != nil {
		return err
	}
	cal, err := s.outlets.Calendar(ctx, s.db, o.ID)
	if err != nil {
		return err
	}
	for k := range p.Count {
		e := planner.Engineer{
			ID: planner.EngineerID(fmt.Sprintf("extra:%d:%d", n+1, k+1)), Outlet: planner.OutletID(o.ID), Home: x.w.place(o.Point, -1), Brands: brandsOf(o.Brands),
			Van: everyTool(out), // they come equipped
		}
		for date := v.Date; date <= v.span().last(); date++ {
			d := planner.Day{Date: date}
			for _, w := range cal.Day(date).Windows {
				d.Shifts = append(d.Shifts, minutesOf(date, w.From, w.To, o.Location()))
			}
			if p.From != "" && (len(d.Shifts) > 0 || cal.AllDay()) {
				d.Shifts = []planner.Span{hours(date, p.From, p.To, o.Location())}
			}
			d.Break, d.RushHours = s.rest(d.Shifts, date, o.Location()), x.w.rush.of(e.Brands, o, date)
			learn(x.w, &d, p.Skills)
			e.Days = append(e.Days, d)
			x.real[routeKey{e.ID, date}] = d.Shifts
		}
		out.Engineers = append(out.Engineers, e)
	}
	// Who may do what others of the outlet may do: a job's outlets are those that have people.
	for i := range out.Jobs {
		j := &out.Jobs[i]
		if slices.Contains(j.Outlets, planner.OutletID(o.ID)) {
			continue
		}
		if slices.ContainsFunc(x.may[j.ID], func(sv outlets.Serving) bool { return o.Under(sv.Outlet.Path) }) {
			j.Outlets = append(slices.Clone(j.Outlets), planner.OutletID(o.ID))
		}
	}
	return nil
}

func brandsOf(list []catalog.BrandID) []planner.BrandID {
	out := make([]planner.BrandID, len(list))
	for i, b := range list {
		out[i] = planner.BrandID(b)
	}
	return out
}

// demand makes the work more or less, by copies or gaps that lie evenly among it: the same data gives the same work.
func demand(s *planner.Snapshot, percent int) {
	if percent == 0 || len(s.Jobs) == 0 {
		return
	}
	order := make([]int, len(s.Jobs))
	for i := range order {
		order[i] = i
	}
	hash := func(i int) uint64 {
		h := fnv.New64a()
		_, _ = h.Write([]byte(s.Jobs[i].ID))
		return h.Sum64()
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(hash(a), hash(b)), cmp.Compare(a, b)) })
	n := (len(s.Jobs)*abs(percent) + 50) / 100
	if percent < 0 {
		gone := map[int]bool{}
		for _, i := range order[:min(n, len(order))] {
			gone[i] = true
		}
		left := []planner.Job{}
		for i, j := range s.Jobs {
			if !gone[i] {
				left = append(left, j)
			}
		}
		s.Jobs = left
		return
	}
	for k := range n {
		j := s.Jobs[order[k%len(order)]]
		j.ID = planner.JobID(fmt.Sprintf("extra:%d:%s", k+1, j.ID))
		j.Promised, j.Preferred, j.Pinned = false, "", ""
		s.Jobs = append(s.Jobs, j)
	}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// outcome adds up a plan of a snapshot. What was done or under way before counts with the load, not with the demand.
func (x *whatIf) outcome(s planner.Snapshot, p planner.Plan) Outcome {
	out := Outcome{Demand: len(s.Jobs), Unserved: len(p.Unserved), Engineers: len(s.Engineers), Reasons: []ReasonCount{}, Outlets: []OutletLoad{}}
	out.Served = out.Demand - out.Unserved
	left := map[planner.JobID]bool{}
	count := map[string]int{}
	for _, u := range p.Unserved {
		left[u.Job] = true
		if r, ok := u.Reasons.FirstFailing(); ok {
			count[r.Code]++
		}
	}
	for code, n := range count {
		out.Reasons = append(out.Reasons, ReasonCount{code, n})
	}
	slices.SortFunc(out.Reasons, func(a, b ReasonCount) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Code, b.Code)) })
	for _, j := range s.Jobs {
		if j.Promised {
			out.Promised++
			if !left[j.ID] {
				out.Kept++
			}
		}
	}
	after := s.Apply(p)
	routes := routesOf(&after)
	at := map[planner.OutletID]int{}
	for _, e := range s.Engineers {
		i, ok := at[e.Outlet]
		if !ok {
			i = len(out.Outlets)
			at[e.Outlet] = i
			out.Outlets = append(out.Outlets, OutletLoad{Outlet: outlets.ID(e.Outlet), Name: x.w.outlets[outlets.ID(e.Outlet)].Name})
		}
		l := &out.Outlets[i]
		l.Engineers++
		for _, d := range e.Days {
			list := routes[routeKey{e.ID, d.Date}]
			for _, sh := range d.Shifts {
				l.Capacity += int64(sh.To.Sub(sh.From) / time.Second)
			}
			if len(list) > 0 {
				out.Busy++
			}
			l.Travel += travel(&after, &e, &d, list, "")
			asIs := x.real[routeKey{e.ID, d.Date}]
			for _, st := range list {
				l.Visits++
				l.Work += int64(st.to.Sub(st.from) / time.Second)
				l.Overtime += outside(st.from, st.to, asIs...)
			}
		}
	}
	for _, l := range out.Outlets {
		out.Travel, out.Work, out.Overtime = out.Travel+l.Travel, out.Work+l.Work, out.Overtime+l.Overtime
	}
	slices.SortFunc(out.Outlets, func(a, b OutletLoad) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Outlet, b.Outlet)) })
	return out
}
