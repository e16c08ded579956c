package dispatch

import (
	"slices"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// stocked puts pieces of a part at a place.
func (f *fixture) stocked(p parts.Part, at parts.PlaceID, n int64) {
	f.t.Helper()
	_, err := f.orders.Parts.Receive(f.ctx, parts.StockInput{Place: at, Part: p.ID, Qty: n})
	f.must(err)
}

// reserve keeps a piece of a part for an order.
func (f *fixture) reserve(id orders.ID, p parts.Part, at parts.PlaceID) {
	f.t.Helper()
	_, err := f.orders.ReservePart(f.ctx, orders.ReservePartInput{ActInput: orders.ActInput{ID: id}, Part: orders.PartUse{Part: p.ID, Place: at, Quantity: 1}})
	f.must(err)
}

// TestStock: an engineer without the part is refused with its name; one whose outlet has it fetches it first, and so the board
// and the plan say.
func TestStock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		p := f.part("PCB-7")
		f.elsewhere(f.zhao)
		o := f.order(f.one)
		f.stocked(p, parts.OutletPlace(f.own.ID), 1)
		f.reserve(o.ID, p, parts.OutletPlace(f.own.ID))

		got := f.candidates(o.ID)
		if why := got[f.li.ID]; why.Fits || why.Reasons[0].Code != planner.RuleStock || why.Reasons[0].Params["part"] != "PCB-7" || why.Reasons[0].Params["at"] != f.hz.Name {
			t.Errorf("who works for another outlet: %+v", why)
		}
		if !got[f.zhao.ID].Fits {
			t.Errorf("who can fetch it: %+v", got[f.zhao.ID].Reasons)
		}
		f.plansFetch(o, p)
		f.slotsAgree(o)

		_, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 14, 0)})
		f.must(err)
		row := f.row(f.zhao.ID, 1)
		if len(row.Fetches) != 1 || row.Fetches[0].End.After(at(1, 14, 0)) || len(row.Visits) != 1 {
			t.Fatalf("the board shows the stops %+v", row.Fetches)
		}
		if want := []planner.PartCode{"PCB-7"}; !slices.Equal(row.Fetches[0].Parts, want) || row.Fetches[0].End.Sub(row.Fetches[0].Start) != 10*time.Minute {
			t.Errorf("fetches %+v, want %v in ten minutes", row.Fetches[0], want)
		}
		route, err := f.Stops(access.With(f.ctx, access.Actor{Kind: access.User, ID: "zhao", EngineerID: string(f.zhao.ID), Permissions: access.Set{"*": true}, Lang: "zh-CN"}), today+1)
		f.must(err)
		if len(route) != 1 || route[0].Start != row.Fetches[0].Start || route[0].OutletID != f.own.ID {
			t.Errorf("the engineer's own stops: %+v", route)
		}
		if row := f.row(f.qian.ID, 1); len(row.Fetches) != 0 {
			t.Errorf("who has nothing to fetch: %+v", row.Fetches)
		}
		f.noTime(p)
	})
}

// elsewhere lets an engineer's days begin away from the outlet.
func (f *fixture) elsewhere(e workforce.Engineer) {
	f.t.Helper()
	now, err := f.workforce.Get(f.ctx, f.d, e.ID)
	f.must(err)
	_, err = f.workforce.Edit(f.ctx, workforce.EditInput{ID: e.ID, Version: now.Version, StartPoint: &geo.Point{Lat: 30.31, Lon: 120.16, Datum: geo.WGS84}})
	f.must(err)
}

func (f *fixture) candidates(id orders.ID) map[workforce.EngineerID]Candidate {
	f.t.Helper()
	list, err := f.Candidates(f.ctx, id, 50)
	f.must(err)
	out := map[workforce.EngineerID]Candidate{}
	for _, c := range list.List {
		out[c.Engineer.ID] = c
	}
	return out
}

func (f *fixture) row(e workforce.EngineerID, day int) DayRow {
	f.t.Helper()
	board, err := f.Day(f.ctx, DayInput{Date: today + calendar.Date(day)})
	f.must(err)
	i := slices.IndexFunc(board.Rows, func(r DayRow) bool { return r.Engineer.ID == e })
	if i < 0 {
		f.t.Fatalf("no row of %s", e)
	}
	return board.Rows[i]
}

// plansFetch plans the day and reads where the plan says that the part is fetched.
func (f *fixture) plansFetch(o orders.Order, p parts.Part) {
	f.t.Helper()
	plan, err := f.PlanNow(f.ctx, StartPlanInput{Date: today + 1}, func(int, int) {})
	f.must(err)
	i := slices.IndexFunc(plan.Body.Plan.Assignments, func(a planner.Assignment) bool { return a.Job == planner.JobID(o.ID) })
	if i < 0 {
		f.t.Fatalf("not planned: %+v", plan.Body.Plan.Unserved)
	}
	who := plan.Body.Plan.Assignments[i].Engineers[0]
	if who != planner.EngineerID(f.zhao.ID) && who != planner.EngineerID(f.qian.ID) {
		f.t.Errorf("planned for %s, who has no %s", who, p.Code)
	}
	if list := plan.Body.Plan.Fetches; len(list) != 1 || list[0].Engineer != who {
		f.t.Errorf("the plan fetches %+v", list)
	}
	_, err = f.DiscardPlan(f.ctx, PublishPlanInput{ID: plan.ID})
	f.must(err)
}

// slotsAgree: windows are offered by those who can have the part only.
func (f *fixture) slotsAgree(o orders.Order) {
	f.t.Helper()
	list, err := f.Slots(f.ctx, o.ID, 2)
	f.must(err)
	n := 0
	for _, w := range list {
		if w.Offered() && w.EngineerID != "" {
			n++
			if w.EngineerID != f.zhao.ID && w.EngineerID != f.qian.ID {
				f.t.Errorf("%s is offered for %s", w.EngineerID, w.From)
			}
		}
	}
	if n == 0 {
		f.t.Error("no window is offered")
	}
}

// noTime: by hand somebody may be sent all the same, with a reason.
func (f *fixture) noTime(p parts.Part) {
	f.t.Helper()
	o := f.order(f.one)
	f.stocked(p, parts.VanPlace(string(f.li.ID)), 1)
	f.reserve(o.ID, p, parts.VanPlace(string(f.li.ID)))
	in := AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.qian.ID}, Start: at(2, 14, 0)}
	_, err := f.Assign(f.ctx, in)
	if !problem.Match(err, ErrRules) || !slices.Contains(codes(err), planner.RuleStock) {
		f.t.Errorf("without the part: %v, %v", err, codes(err))
	}
	in.Act, in.Override = access.Act{Reason: "customer_wants_engineer"}, true
	_, err = f.Assign(f.ctx, in)
	f.must(err)
}
