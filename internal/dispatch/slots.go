package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// ruleQuota says how many orders an outlet has taken of those that it declared for the day.
const ruleQuota = "dispatch.quota"

// Offer is a window that can, or cannot, be promised for an order, and by whom.
type Offer struct {
	Claim         // whose EngineerID is "" on a quota; OutletID is "" when nobody can
	Cost    int64 // seconds of travel more; 0 on a quota
	Reasons reason.List
}

// Offered tells whether the window can be promised.
func (o Offer) Offered() bool { return o.OutletID != "" }

// Slots offers windows of the next days for an order, each with who would come and what it costs, or why it
// cannot be promised.
func (s *Service) Slots(ctx context.Context, id orders.ID, days int) ([]Offer, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	o, err := s.orders.Find(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	serving, err := s.workplaces(ctx, s.db, o)
	if err != nil {
		return nil, err
	}
	if len(serving) == 0 {
		return nil, ErrNobody.With()
	}
	if days <= 0 {
		days = s.policy.Days
	}
	return s.offers(ctx, s.db, o, serving, s.windows(s.db.Now(), serving[0].Outlet.Location(), min(days, 14)))
}

// windows are those that are offered, from the next one that can still be reached on.
func (s *Service) windows(now time.Time, loc *time.Location, days int) []planner.Span {
	out := []planner.Span{}
	today := calendar.DateOf(now, loc)
	for d := range days {
		y, m, day := (today + calendar.Date(d)).Civil()
		for _, h := range s.policy.Hours {
			w := planner.Span{From: time.Date(y, m, day, h, 0, 0, 0, loc).UTC(), To: time.Date(y, m, day, h+s.policy.WindowHours, 0, 0, 0, loc).UTC()}
			if w.To.After(now.Add(s.policy.Lead)) {
				out = append(out, w)
			}
		}
	}
	return out
}

// offers finds for each window the best of the outlets, asking those of the first rank first.
func (s *Service) offers(ctx context.Context, q db.Querier, o orders.Order, serving []outlets.Serving, windows []planner.Span) ([]Offer, error) {
	out := make([]Offer, len(windows))
	for i, w := range windows {
		out[i] = Offer{Claim: Claim{OrderID: o.ID, BrandID: o.BrandID, ServiceType: o.ServiceType, From: w.From, To: w.To, Lat: o.Lat, Lon: o.Lon}}
	}
	byRank := slices.SortedStableFunc(slices.Values(serving), func(a, b outlets.Serving) int { return a.Rank - b.Rank })
	for len(byRank) > 0 {
		n := slices.IndexFunc(byRank, func(v outlets.Serving) bool { return v.Rank != byRank[0].Rank })
		if n < 0 {
			n = len(byRank)
		}
		if err := s.offersOf(ctx, q, o, byRank[:n], out); err != nil {
			return nil, err
		}
		byRank = byRank[n:]
		if !slices.ContainsFunc(out, func(v Offer) bool { return !v.Offered() }) {
			break
		}
	}
	return out, nil
}

// offersOf fills the windows that nobody offers yet by the outlets of one rank: engineers first, then quotas.
func (s *Service) offersOf(ctx context.Context, q db.Querier, o orders.Order, group []outlets.Serving, out []Offer) error {
	quotas, planned, err := s.split(ctx, q, o, group, out)
	if err != nil {
		return err
	}
	if len(planned) > 0 {
		if err := s.offerEngineers(ctx, q, o, planned, out); err != nil {
			return err
		}
	}
	for _, v := range quotas {
		if err := s.offerQuota(ctx, q, o, v.Outlet, out); err != nil {
			return err
		}
	}
	return nil
}

// split parts outlets by how their capacity is known: others' outlets that declare a quota, and the rest,
// whose engineers' shifts are known.
func (s *Service) split(ctx context.Context, q db.Querier, o orders.Order, group []outlets.Serving, out []Offer) (quotas, planned []outlets.Serving, err error) {
	for _, v := range group {
		declared := false
		if !v.Outlet.Own() && len(out) > 0 {
			if _, declared, err = s.outlets.Quota(ctx, q, v.Outlet.ID, calendar.DateOf(out[0].From, v.Outlet.Location())); err != nil {
				return nil, nil, err
			}
		}
		if declared {
			quotas = append(quotas, v)
		} else {
			planned = append(planned, v)
		}
	}
	return quotas, planned, nil
}

func (s *Service) offerEngineers(ctx context.Context, q db.Querier, o orders.Order, group []outlets.Serving, out []Offer) error {
	open, windows := missing(out)
	if len(open) == 0 {
		return nil
	}
	w, slots, err := s.slotsOf(ctx, q, o, paths(group), windows, group[0].Outlet.Location())
	if err != nil {
		return err
	}
	for k, sl := range slots {
		f := &out[open[k]]
		if !sl.Offered() {
			f.Reasons.Add(sl.Reasons...)
			continue
		}
		s.fill(w, f, sl, group)
	}
	return nil
}

// slotsOf asks the engineers of outlets for windows for an order: by what was worked out of the days in memory while they
// are still true, else by days that are put together for this order.
func (s *Service) slotsOf(ctx context.Context, q db.Querier, o orders.Order, under []string, windows []planner.Span, loc *time.Location) (*world, []planner.Slot, error) {
	from, to := datesOf(windows, loc)
	if s.cached(q, from, to) {
		st, err := s.stamps(ctx, q, under, from, to, o)
		if err != nil {
			return nil, nil, err
		}
		if !st.asks {
			return s.slotsPrepared(ctx, q, st, o, windows)
		}
	}
	w, j, err := s.outletsWorld(ctx, q, o, under, windows, loc)
	if err != nil {
		return nil, nil, err
	}
	slots, err := s.planner.Slots(ctx, w.Snapshot, planner.SlotQuery{Job: j, Windows: windows})
	return w, slots, err
}

// slotsPrepared asks by what was worked out of the days in memory; whose time the order takes itself is asked again without
// that.
func (s *Service) slotsPrepared(ctx context.Context, q db.Querier, st *stamped, o orders.Order, windows []planner.Span) (*world, []planner.Slot, error) {
	ready, err := s.preparedDays(ctx, q, st)
	if err != nil {
		return nil, nil, err
	}
	own := ready.takes(o.ID)
	if len(own) > 0 && o.Crew > 1 { // who could be a crew is a question to all of them
		w, err := s.lookCached(ctx, q, st, o.ID, q.Now())
		if err != nil {
			return nil, nil, err
		}
		slots, err := s.slotsIn(ctx, w, o, windows)
		return w, slots, err
	}
	w := &world{catalog: st.catalog, people: ready.people, outlets: ready.outlets}
	ask := planner.SlotQuery{Job: w.job([]orders.Order{o}, nil), Windows: windows}
	if ask.Job.Place != planner.NoPlace {
		if ask.Ways, err = s.around(ctx, ready, w.points[ask.Job.Place]); err != nil {
			return nil, nil, err
		}
	}
	slots, err := ready.asked.Slots(ctx, ask)
	if err != nil || len(own) == 0 {
		return w, slots, err
	}
	few := *st
	few.people = slices.DeleteFunc(slices.Clone(st.people), func(p workforce.DayStamp) bool { return !slices.Contains(own, p.Engineer) })
	theirs, err := s.lookCached(ctx, q, &few, o.ID, q.Now())
	if err != nil {
		return nil, nil, err
	}
	better, err := s.slotsIn(ctx, theirs, o, windows)
	if err != nil {
		return nil, nil, err
	}
	for i, b := range better {
		if b.Offered() && (!slots[i].Offered() || b.Cost < slots[i].Cost) {
			slots[i] = b
		}
	}
	return w, slots, nil
}

// slotsIn asks about an order in a world that was composed.
func (s *Service) slotsIn(ctx context.Context, w *world, o orders.Order, windows []planner.Span) ([]planner.Slot, error) {
	j := w.job([]orders.Order{o}, nil)
	if err := s.workWays(ctx, w, j); err != nil {
		return nil, err
	}
	return s.planner.Slots(ctx, w.Snapshot, planner.SlotQuery{Job: j, Windows: windows})
}

// outletsWorld is the snapshot of the engineers of outlets around the dates of some windows, and the order's job in
// it: composed from the days in memory where they are still true.
func (s *Service) outletsWorld(ctx context.Context, q db.Querier, o orders.Order, under []string, windows []planner.Span, loc *time.Location) (*world, planner.Job, error) {
	from, to := datesOf(windows, loc)
	if s.cached(q, from, to) {
		st, err := s.stamps(ctx, q, under, from, to, o)
		if err != nil {
			return nil, planner.Job{}, err
		}
		if !st.asks { // where its parts are is read for the order
			w, err := s.lookCached(ctx, q, st, o.ID, q.Now())
			if err != nil {
				return nil, planner.Job{}, err
			}
			j := w.job([]orders.Order{o}, nil)
			return w, j, s.workWays(ctx, w, j)
		}
	}
	people, err := s.peopleOf(ctx, q, under)
	if err != nil {
		return nil, planner.Job{}, err
	}
	return s.jobWorld(ctx, q, o, people, windows, loc)
}

// datesOf are the first and last date of windows.
func datesOf(windows []planner.Span, loc *time.Location) (from, to calendar.Date) {
	from, to = calendar.DateOf(windows[0].From, loc), calendar.DateOf(windows[0].From, loc)
	for _, w := range windows {
		from, to = min(from, calendar.DateOf(w.From, loc)), max(to, calendar.DateOf(w.To, loc))
	}
	return from, to
}

// jobWorld is the snapshot of people around the dates of some windows, and the order's job in it.
func (s *Service) jobWorld(ctx context.Context, q db.Querier, o orders.Order, people []workforce.Engineer, windows []planner.Span, loc *time.Location) (*world, planner.Job, error) {
	from, to := datesOf(windows, loc)
	w, err := s.look(ctx, q, worldInput{people: people, from: from, to: to, except: []orders.ID{o.ID}})
	if err != nil {
		return nil, planner.Job{}, err
	}
	own := s.ownVisit(w, o)
	w.Visits = slices.DeleteFunc(w.Visits, func(v planner.Visit) bool { return slices.Contains(own, v.Job.ID) })
	j := w.job([]orders.Order{o}, nil)
	return w, j, s.ways(ctx, w)
}

func missing(out []Offer) (open []int, windows []planner.Span) {
	for i, f := range out {
		if !f.Offered() {
			open, windows = append(open, i), append(windows, planner.Span{From: f.From, To: f.To})
		}
	}
	return open, windows
}

// fill takes a planner's slot over.
func (s *Service) fill(w *world, f *Offer, sl planner.Slot, group []outlets.Serving) {
	f.EngineerID, f.SecondID = workforce.EngineerID(sl.Engineers[0]), ""
	if len(sl.Engineers) > 1 {
		f.SecondID = workforce.EngineerID(sl.Engineers[1])
	}
	i := slices.IndexFunc(w.people, func(e workforce.Engineer) bool { return e.ID == f.EngineerID })
	f.OutletID, f.OutletPath = w.people[i].OutletID, w.people[i].OutletPath
	for _, v := range group { // an engineer of an outlet below works for the one that is asked
		if w.outlets[f.OutletID].Under(v.Outlet.Path) {
			f.OutletID, f.OutletPath = v.Outlet.ID, v.Outlet.Path
			break
		}
	}
	f.Date, f.Start, f.End, f.Cost = sl.Date, sl.Start, sl.End, sl.Cost
	f.Reasons = reason.List{reason.Noted(noteFits).Compared(max(0, sl.Cost)/60, 0)}
}

// offerQuota fills windows of days on which an outlet has taken less than it declared.
func (s *Service) offerQuota(ctx context.Context, q db.Querier, o orders.Order, out outlets.Outlet, list []Offer) error {
	var dates []calendar.Date
	for i := range list {
		if date := calendar.DateOf(list[i].From, out.Location()); !list[i].Offered() && !slices.Contains(dates, date) {
			dates = append(dates, date)
		}
	}
	left, err := s.quotas(ctx, q, o, out, dates)
	if err != nil {
		return err
	}
	for i := range list {
		f := &list[i]
		if f.Offered() {
			continue
		}
		date := calendar.DateOf(f.From, out.Location())
		why := left[date]
		if why.Verdict == reason.Fail {
			f.Reasons.Add(why)
			continue
		}
		f.OutletID, f.OutletPath, f.Date, f.Start, f.End = out.ID, out.Path, date, f.From, f.To
		f.Reasons = reason.List{why}
	}
	return nil
}

// quota compares what an outlet took for a day with what it declared.
func (s *Service) quota(ctx context.Context, q db.Querier, o orders.Order, out outlets.Outlet, date calendar.Date) (reason.Reason, error) {
	list, err := s.quotas(ctx, q, o, out, []calendar.Date{date})
	return list[date], err
}

// quotas compare what an outlet took for days with what it declared. A day without a declaration is closed to offers by
// quota.
func (s *Service) quotas(ctx context.Context, q db.Querier, o orders.Order, out outlets.Outlet, dates []calendar.Date) (map[calendar.Date]reason.Reason, error) {
	result := map[calendar.Date]reason.Reason{}
	if len(dates) == 0 {
		return result, nil
	}
	declared, stands := make([]outlets.Capacity, len(dates)), make([]bool, len(dates))
	reads := make([]func() error, 0, len(dates)+1)
	for i, date := range dates {
		reads = append(reads, func() (err error) { declared[i], stands[i], err = s.outlets.Quota(ctx, q, out.ID, date); return err })
	}
	var taken map[calendar.Date]used
	reads = append(reads, func() (err error) { taken, err = s.used(ctx, q, o, out, dates); return err })
	if err := together(q, reads...); err != nil {
		return nil, err
	}
	for i, date := range dates {
		c, ok, u := declared[i], stands[i], taken[date]
		value, limit, bound := 0, 0, !ok
		if ok && c.Total >= 0 {
			value, limit, bound = u.total, c.Total, true
		}
		if n, own := c.ByServiceType[o.ServiceType]; own && (!bound || n-u.same < limit-value) {
			value, limit, bound = u.same, n, true
		}
		r := reason.Passed(ruleQuota)
		if bound && value >= limit {
			r = reason.Failed(ruleQuota)
		}
		r = r.With("outlet", string(out.ID)).With("date", date.String())
		if bound {
			r = r.Compared(value, limit)
		}
		result[date] = r
	}
	return result, nil
}

// used are the orders that an outlet has on a day, and those of one service type among them.
type used struct{ total, same int }

// used counts the orders that an outlet has on days: by visits, reservations and holds; same counts those of the order's
// service type.
func (s *Service) used(ctx context.Context, q db.Querier, o orders.Order, out outlets.Outlet, dates []calendar.Date) (map[calendar.Date]used, error) {
	from, to := slices.Min(dates), slices.Max(dates)
	claims, err := quotaClaims(ctx, q, out.ID, from, to, []orders.ID{o.ID})
	if err != nil {
		return nil, err
	}
	result, seen := map[calendar.Date]used{}, map[calendar.Date]map[orders.ID]bool{}
	for _, d := range dates {
		seen[d] = map[orders.ID]bool{o.ID: true}
	}
	add := func(d calendar.Date, t catalog.ServiceTypeCode) {
		u := result[d]
		u.total++
		if t == o.ServiceType {
			u.same++
		}
		result[d] = u
	}
	for _, c := range claims {
		if of := seen[c.Date]; of != nil && !of[c.OrderID] {
			of[c.OrderID] = true
			add(c.Date, c.ServiceType)
		}
	}
	people, err := s.workforce.OfOutlets(ctx, q, out.Path)
	if err != nil {
		return nil, err
	}
	ids := make([]workforce.EngineerID, len(people))
	for i, e := range people {
		ids[i] = e.ID
	}
	visits, err := s.orders.VisitsOf(ctx, q, ids, (from - 1).UTC(), (to + 2).UTC())
	if err != nil {
		return nil, err
	}
	there := map[calendar.Date][]orders.ID{}
	var all []orders.ID
	for _, v := range visits {
		of := seen[v.Day]
		if of == nil || !counts(v) {
			continue
		}
		for _, id := range v.OrderIDs() {
			if !of[id] {
				of[id] = true
				there[v.Day], all = append(there[v.Day], id), append(all, id)
			}
		}
	}
	known, err := s.orders.ByIDs(systemContext(ctx), q, all)
	if err != nil {
		return nil, err
	}
	for d, list := range there {
		for _, id := range list {
			if v, ok := known[id]; ok {
				add(d, v.ServiceType)
			}
		}
	}
	return result, nil
}

func systemContext(ctx context.Context) context.Context { return access.AsSystem(ctx, "dispatch") }

// errLost says that what was offered is gone; somebody was first.
var errLost = errors.New("dispatch: capacity is gone")

// claimTx takes the capacity of an offer: the guard first, then the count. It returns the claim as it stands
// then, or errLost.
func (s *Service) claimTx(ctx context.Context, tx *db.Tx, o orders.Order, f Offer) (Claim, error) {
	c := f.Claim
	c.ID, c.OrderID = db.NewID(), o.ID
	out, err := s.outlets.Get(ctx, tx, c.OutletID)
	if err != nil {
		return c, err
	}
	if c.EngineerID == "" {
		if err := bumpOutletDay(ctx, tx, c.OutletID, c.Date); err != nil {
			return c, err
		}
		why, err := s.quota(ctx, tx, o, out, c.Date)
		if err != nil {
			return c, err
		}
		if why.Verdict == reason.Fail {
			return c, errLost
		}
		return c, nil
	}
	if err := s.guardTx(ctx, tx, c); err != nil {
		return c, err
	}
	found, err := s.workforce.ByIDs(ctx, tx, c.engineers())
	if err != nil {
		return c, err
	}
	var people []workforce.Engineer
	for _, id := range c.engineers() {
		e, ok := found[id]
		if !ok || e.State != workforce.StateActive {
			return c, errLost
		}
		people = append(people, e)
	}
	windows := []planner.Span{{From: c.From, To: c.To}}
	w, job, err := s.jobWorld(ctx, tx, o, people, windows, out.Location())
	if err != nil {
		return c, err
	}
	slots, err := s.planner.Slots(ctx, w.Snapshot, planner.SlotQuery{Job: job, Windows: windows})
	if err != nil {
		return c, err
	}
	if !slots[0].Offered() || slots[0].Date != c.Date {
		return c, errLost
	}
	s.fill(w, &f, slots[0], []outlets.Serving{{Outlet: out}})
	c.EngineerID, c.SecondID, c.Start, c.End = f.EngineerID, f.SecondID, f.Start, f.End
	return c, nil
}
