package dispatch

import (
	"cmp"
	"context"
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

// Codes of what weighs in without forbidding.
const (
	noteFits       = "dispatch.fits"        // minutes of travel more than without
	noteKnown      = "dispatch.known"       // was there before, or has the reservation
	noteNeedsOffer = "dispatch.needs_offer" // the outlet has to accept first
)

// Candidate is an engineer who was looked at for an order.
type Candidate struct {
	Engineer workforce.Engineer
	Outlet   outlets.Outlet
	Rank     int // of the outlet; 1 is asked first
	Fits     bool
	Start    time.Time // when he could be there; zero when he cannot
	End      time.Time
	Cost     int64       // seconds of travel more, and what else weighs in
	Reasons  reason.List // the rule that fails first and by how much, or what weighed in
}

// Candidates are the engineers that were looked at for an order.
type Candidates struct {
	Order    orders.Order
	List     []Candidate // those who fit first, the cheapest first; then who comes nearest to fitting
	Fitting  int         // of all looked at
	LookedAt int
	Outlets  []outlets.Serving
}

// workplaces are the outlets whose engineers may do an order: the one that has it, or those that serve its
// address, within the actor's scope.
func (s *Service) workplaces(ctx context.Context, q db.Querier, o orders.Order) ([]outlets.Serving, error) {
	if o.HasOutlet() {
		out, err := s.outlets.Get(ctx, q, o.OutletID)
		if err != nil {
			return nil, err
		}
		return []outlets.Serving{{Outlet: out, Rank: 1}}, nil
	}
	list, err := s.serving(ctx, q, o)
	if err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	list = slices.DeleteFunc(list, func(v outlets.Serving) bool { return !v.Outlet.Under(scope.OutletPath) })
	return list[:min(len(list), s.policy.MaxOutlets)], nil
}

func (s *Service) serving(ctx context.Context, q db.Querier, o orders.Order) ([]outlets.Serving, error) {
	return s.outlets.Serving(ctx, q, outlets.ServingInput{Brand: o.BrandID, Category: o.Category, ServiceType: o.ServiceType, Division: o.Division})
}

func paths(list []outlets.Serving) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.Outlet.Path
	}
	return out
}

// rankOf is the rank of the outlet that an engineer works for; 0 when it is none of the list.
func rankOf(list []outlets.Serving, e workforce.Engineer) int {
	best, length := 0, 0
	for _, v := range list {
		if n := len(v.Outlet.Path); n > length && len(e.OutletPath) >= n && e.OutletPath[:n] == v.Outlet.Path {
			best, length = v.Rank, n
		}
	}
	return best
}

// horizon is the dates on which an order may be done: those of its promise, or its wish, or the next days.
func (s *Service) horizon(o orders.Order, now time.Time, loc *time.Location) (from, to calendar.Date) {
	today := calendar.DateOf(now, loc)
	if w := o.Window(); !w.IsZero() && w.To.After(now) {
		from, to = max(today, calendar.DateOf(w.From, loc)), calendar.DateOf(w.To, loc)
		return from, min(to, from+14)
	}
	return today, today + 2
}

// Candidates looks at the engineers who might do an order and ranks them, with reasons; limit bounds the list.
func (s *Service) Candidates(ctx context.Context, id orders.ID, limit int) (Candidates, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Candidates{}, err
	}
	o, err := s.orders.Find(ctx, s.db, id)
	if err != nil {
		return Candidates{}, err
	}
	out := Candidates{Order: o, List: []Candidate{}}
	if out.Outlets, err = s.workplaces(ctx, s.db, o); err != nil || len(out.Outlets) == 0 {
		return out, err
	}
	w, unable, err := s.candidateDays(ctx, o, out.Outlets)
	if err != nil {
		return out, err
	}
	out.LookedAt = len(w.people) + len(unable)
	fit, rest, err := s.sort(ctx, o, out.Outlets, w, unable)
	if err != nil {
		return out, err
	}
	out.Fitting = len(fit)
	out.List = append(fit, rest...)
	out.List = out.List[:min(limit, len(out.List))]
	return out, nil
}

// candidateDays are the days of the engineers of outlets who have the skills for an order, beside what it takes itself, from
// memory where that still is true; and those who lack one.
func (s *Service) candidateDays(ctx context.Context, o orders.Order, serving []outlets.Serving) (w *world, unable []workforce.Engineer, err error) {
	from, to := s.horizon(o, s.db.Now(), serving[0].Outlet.Location())
	able := func(e workforce.Engineer) bool {
		return !slices.ContainsFunc(o.Skills, func(sk catalog.SkillCode) bool { return !e.Has(sk) })
	}
	if s.cached(s.db, from, to) {
		st, err := s.stamps(ctx, s.db, paths(serving), from, to, o)
		if err != nil {
			return nil, nil, err
		}
		if !st.asks { // where its parts are is read for the order
			w, err := s.lookCached(ctx, s.db, st, o.ID, s.db.Now())
			if err != nil {
				return nil, nil, err
			}
			var people []workforce.Engineer
			var days []planner.Engineer
			for i, e := range w.people {
				if able(e) {
					people, days = append(people, e), append(days, w.Engineers[i])
				} else {
					unable = append(unable, e)
				}
			}
			w.people, w.Engineers = people, days
			return w, unable, nil
		}
	}
	people, err := s.peopleOf(ctx, s.db, paths(serving))
	if err != nil {
		return nil, nil, err
	}
	var list []workforce.Engineer
	for _, e := range people {
		if able(e) {
			list = append(list, e)
		} else {
			unable = append(unable, e)
		}
	}
	if w, err = s.look(ctx, s.db, worldInput{people: list, from: from, to: to, except: []orders.ID{o.ID}}); err != nil {
		return nil, nil, err
	}
	own := s.ownVisit(w, o)
	w.Visits = slices.DeleteFunc(w.Visits, func(v planner.Visit) bool { return slices.Contains(own, v.Job.ID) })
	return w, unable, nil
}

// sort judges people, those who lack a skill without their days.
func (s *Service) sort(ctx context.Context, o orders.Order, serving []outlets.Serving, w *world, unable []workforce.Engineer) (fit, rest []Candidate, err error) {
	before, err := s.knownTo(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	j := w.job([]orders.Order{o}, nil)
	j.Crew, j.Preferred = 1, planner.EngineerID(before) // who may lead
	if w.ways != nil {
		err = s.workWays(ctx, w, j)
	} else {
		err = s.ways(ctx, w)
	}
	if err != nil {
		return nil, nil, err
	}
	w.Jobs = []planner.Job{j}
	for i, e := range w.people {
		c := Candidate{Engineer: e, Outlet: w.outlets[e.OutletID], Rank: rankOf(serving, e)}
		if err := s.judge(ctx, w.only(i), j, o, &c); err != nil {
			return nil, nil, err
		}
		if c.Fits {
			fit = append(fit, c)
		} else {
			rest = append(rest, c)
		}
	}
	lacking, err := s.lacking(ctx, j, serving, unable)
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(fit, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.Engineer.ID, b.Engineer.ID))
	})
	slices.SortStableFunc(rest, func(a, b Candidate) int { return planner.Nearer(a.Reasons, b.Reasons) })
	return fit, append(rest, lacking...), nil
}

// ownVisit is the block that an order's own open visit makes in a snapshot: it is no obstacle to itself.
func (s *Service) ownVisit(w *world, o orders.Order) []planner.JobID {
	var out []planner.JobID
	for _, v := range w.visits {
		if v.Open() && slices.Contains(v.OrderIDs(), o.ID) {
			out = append(out, planner.JobID("visit:"+string(v.ID)))
		}
	}
	return out
}

// judge asks the planner about one engineer.
func (s *Service) judge(ctx context.Context, snap planner.Snapshot, j planner.Job, o orders.Order, c *Candidate) error {
	why := s.planner.Explain(snap, j.ID, snap.Engineers[0].ID)
	if first, failed := why.FirstFailing(); failed {
		c.Reasons = rushSaid(reason.List{first}, why)
		return nil
	}
	windows := j.Windows
	if len(windows) == 0 {
		for _, d := range snap.Engineers[0].Days {
			if n := len(d.Shifts); n > 0 {
				windows = append(windows, planner.Span{From: d.Shifts[0].From, To: d.Shifts[n-1].To})
			}
		}
	}
	slots, err := s.planner.Slots(ctx, snap, planner.SlotQuery{Job: j, Windows: windows})
	if err != nil {
		return err
	}
	for _, sl := range slots {
		if sl.Offered() && (!c.Fits || sl.Cost < c.Cost) {
			c.Fits, c.Start, c.End, c.Cost = true, sl.Start, sl.End, sl.Cost
		}
	}
	c.Reasons.Add(reason.Noted(noteFits).Compared(max(0, c.Cost)/60, 0))
	if j.Preferred == snap.Engineers[0].ID {
		c.Reasons.Add(reason.Noted(noteKnown))
	}
	if !c.Outlet.Own() && !(o.HasOutlet() && o.State != orders.StateOffered) {
		c.Reasons.Add(reason.Warned(noteNeedsOffer))
	}
	return nil
}

// knownTo is the engineer who is to be preferred: of the reservation, else of the order's last visit.
func (s *Service) knownTo(ctx context.Context, o orders.Order) (workforce.EngineerID, error) {
	kept, err := reservationsOf(ctx, s.db, []orders.ID{o.ID})
	if err != nil {
		return "", err
	}
	if r, ok := kept[o.ID]; ok && r.EngineerID != "" {
		return r.EngineerID, nil
	}
	list, err := s.orders.VisitsOfOrder(ctx, s.db, o.ID)
	if err != nil {
		return "", err
	}
	for _, v := range slices.Backward(list) {
		if v.ArrivedAt != nil {
			return v.Lead(), nil
		}
	}
	return "", nil
}

// lacking tells which skill people lack; what they have to do does not matter then.
func (s *Service) lacking(ctx context.Context, j planner.Job, serving []outlets.Serving, people []workforce.Engineer) ([]Candidate, error) {
	ids := make([]outlets.ID, len(people))
	for i, e := range people {
		ids[i] = e.OutletID
	}
	places, err := s.outlets.ByIDs(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Candidate, 0, len(people))
	for _, e := range people {
		c := Candidate{Engineer: e, Outlet: places[e.OutletID], Rank: rankOf(serving, e)}
		for _, n := range j.Needs {
			if have := e.Level(catalog.SkillCode(n.Skill)); have < n.Level {
				c.Reasons = reason.List{reason.Failed(planner.RuleSkill).With("skill", string(n.Skill)).Compared(have, n.Level)}
				break
			}
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Engineer.ID, b.Engineer.ID))
	})
	return out, nil
}
