package dispatch

import (
	"context"
	"slices"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// DayRow is an engineer's day.
type DayRow struct {
	Engineer workforce.Engineer
	Outlet   outlets.Outlet
	Shifts   []planner.Span
	Away     []workforce.Absence
	Visits   []orders.Visit   // by start
	Ways     []time.Duration  // to each of them
	Claims   []Claim          // holds and reservations
	Fetches  []Fetch          // stops at counters, by start
	Short    []orders.VisitID // visits for which there is no part, or no time to fetch one
	Day      planner.Day
}

// Day is what a board shows: engineers by outlet, with what they have to do.
type Day struct {
	Date   calendar.Date
	Outlet outlets.Outlet // zero: all that the actor sees
	Rows   []DayRow
	Orders map[orders.ID]orders.Order // of the visits, as far as the actor sees them
	Open   []orders.Order             // to be planned on the date, the most urgent first
	More   bool                       // there are more to be planned
	// Waiting counts all that wait and that a plan of the date would look at.
	Waiting int64
}

// openOrders is how many of the orders that wait a board shows.
const openOrders = 500

// DayInput says which day.
type DayInput struct {
	Date   calendar.Date
	Outlet outlets.ID
}

// Day reads the day of an outlet and those below it, in a fixed number of queries.
func (s *Service) Day(ctx context.Context, in DayInput) (Day, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Day{}, err
	}
	scope := access.From(ctx).Scope
	out := Day{Date: in.Date, Rows: []DayRow{}}
	path := scope.OutletPath
	if in.Outlet != "" {
		o, err := s.outlets.Get(ctx, s.db, in.Outlet)
		if err != nil || !o.Under(path) {
			return out, problem.ErrNotFound.With()
		}
		path, out.Outlet = o.Path, o
	}
	people, err := s.workforce.OfOutlets(ctx, s.db, path)
	if err != nil {
		return out, err
	}
	w, err := s.look(ctx, s.db, worldInput{people: people, from: in.Date, to: in.Date})
	if err != nil {
		return out, err
	}
	var ids []orders.ID
	at := map[workforce.EngineerID]int{}
	for i, e := range people {
		if scope.Brands != nil && !slices.ContainsFunc(w.Engineers[i].Brands, func(b planner.BrandID) bool { return scope.SeesBrand(string(b)) }) {
			continue
		}
		at[e.ID] = len(out.Rows)
		out.Rows = append(out.Rows, DayRow{
			Engineer: e, Outlet: w.outlets[e.OutletID], Day: w.Engineers[i].Days[0], Shifts: w.Engineers[i].Days[0].Shifts, Away: w.away[e.ID],
			Visits: []orders.Visit{}, Claims: []Claim{}, Fetches: []Fetch{}, Short: []orders.VisitID{},
		})
	}
	for _, v := range w.visits {
		ids = append(ids, v.OrderIDs()...)
		for _, e := range v.Engineers() {
			if i, ok := at[e]; ok {
				out.Rows[i].Visits = append(out.Rows[i].Visits, v)
			}
		}
	}
	for _, c := range w.claims {
		ids = append(ids, c.OrderID)
		for _, e := range c.engineers() {
			if i, ok := at[e]; ok {
				out.Rows[i].Claims = append(out.Rows[i].Claims, c)
			}
		}
	}
	if w.supplies != nil {
		if err := s.ways(ctx, w); err != nil {
			return out, err
		}
		for _, x := range w.stops() {
			if i, ok := at[x.Engineer]; ok {
				out.Rows[i].Fetches = append(out.Rows[i].Fetches, x)
			}
		}
		for i := range out.Rows {
			out.Rows[i].Short = w.lacking(out.Rows[i].Visits, out.Rows[i].Engineer.ID)
		}
	}
	if out.Orders, err = s.orders.ByIDs(ctx, s.db, ids); err != nil {
		return out, err
	}
	if err := s.withWays(ctx, out.Rows); err != nil {
		return out, err
	}
	return s.withOpen(ctx, out)
}

// withOpen adds what is to be planned on the day.
func (s *Service) withOpen(ctx context.Context, out Day) (Day, error) {
	f := orders.Filter{Queue: "unplanned", Limit: openOrders + 1, Within: about(out.Date, out.Date)}
	if out.Outlet.ID != "" && out.Outlet.Kind != outlets.KindCentre {
		a := access.From(ctx)
		a.Scope.OutletPath = out.Outlet.Path
		ctx = access.With(ctx, a)
	}
	list, err := s.orders.Select(ctx, s.db, f)
	if err != nil {
		return out, err
	}
	out.More, out.Open = len(list) > openOrders, list[:min(len(list), openOrders)]
	f.NoDepot = true
	out.Waiting, err = s.orders.CountUnplanned(ctx, s.db, f)
	return out, err
}
