package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

func violationCodes(v any) []string {
	list, _ := v.([]planner.Violation)
	out := []string{}
	for _, one := range list {
		out = append(out, one.Reason.Code)
	}
	return out
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		zhou := f.engineer(f.own, "周师傅", "GAS")
		o := f.order(f.one)
		c, err := f.Candidates(f.ctx, o.ID, 20)
		f.must(err)
		got := map[workforce.EngineerID]Candidate{}
		for _, v := range c.List {
			got[v.Engineer.ID] = v
		}
		if c.LookedAt != 5 || c.Fitting != 4 || len(got) != 5 {
			t.Fatalf("looked at %d, fitting %d, listed %d; want 5, 4, 5", c.LookedAt, c.Fitting, len(got))
		}
		if r, ok := got[zhou.ID].Reasons.FirstFailing(); !ok || r.Code != planner.RuleSkill || r.Params["skill"] != "GAS" || r.Value != int64(0) || r.Limit != int64(2) {
			t.Errorf("who lacks GAS: %+v", got[zhou.ID].Reasons)
		}
		if first := c.List[0]; first.Outlet.ID != f.own.ID || !first.Fits || first.Reasons.Has(noteNeedsOffer) {
			t.Errorf("first is %s of %s: %v", first.Engineer.Name, first.Outlet.Name, first.Reasons)
		}
		if !got[f.li.ID].Fits || !got[f.li.ID].Reasons.Has(noteNeedsOffer) || got[f.li.ID].Rank != 2 {
			t.Errorf("of an authorised outlet: %+v", got[f.li.ID])
		}
		// A certificate that ends, and only that, takes one of them out.
		z, err := f.workforce.Get(f.ctx, d, f.zhao.ID)
		f.must(err)
		i := slices.IndexFunc(z.Certificates, func(c workforce.Certificate) bool { return c.Code == "GAS" })
		_, err = f.workforce.RemoveCertificate(f.ctx, workforce.RemoveCertificateInput{ID: z.ID, Version: z.Version, Certificate: z.Certificates[i].ID})
		f.must(err)
		c, err = f.Candidates(f.ctx, o.ID, 20)
		f.must(err)
		for _, v := range c.List {
			if v.Engineer.ID == f.zhao.ID && (v.Fits || v.Reasons[0].Code != planner.RuleCertificate) || v.Engineer.ID == f.qian.ID && !v.Fits {
				t.Errorf("%s after a certificate went: %v", v.Engineer.Name, v.Reasons)
			}
		}
		if list, err := f.Candidates(f.ctx, o.ID, 2); err != nil || len(list.List) != 2 {
			t.Errorf("limited: %d, %v", len(list.List), err)
		}
	})
}

// Another outlet and another brand see nothing.
func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.order(f.one)
		h := f.hold(o, at(1, 10, 0), at(1, 12, 0))
		_, err := f.Take(f.ctx, TakeInput{Hold: h.ID})
		f.must(err)
		v, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 10, 30)})
		f.must(err)
		p, err := f.StartPlan(f.ctx, StartPlanInput{Date: today, Outlet: f.own.ID})
		f.must(err)
		f.must(db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.alertTx(ctx, tx, f0(f.orders.Find(ctx, tx, o.ID)), AlertNoCapacity, nil)
			return err
		}))
		for name, ctx := range map[string]context.Context{
			"outlet": f.as(access.RoleOutletManager, f.sh.Path), "brand": f.as(access.RoleDispatcher, "/", f.two), "above": f.as(access.RoleOutletManager, f.hz.Path),
		} {
			_, errC := f.Candidates(ctx, o.ID, 5)
			_, errS := f.Slots(ctx, o.ID, 1)
			_, errD := f.Decisions(ctx, o.ID)
			_, errH := f.Hold(ctx, HoldInput{Order: o.ID, From: at(1, 10, 0), To: at(1, 12, 0)})
			_, errT := f.Take(ctx, TakeInput{Hold: h.ID})
			_, errR := f.Release(ctx, ReleaseInput{Hold: h.ID})
			_, errA := f.Assign(ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.li.ID}, Start: at(1, 14, 0)})
			_, errM := f.Move(ctx, MoveInput{Visit: v.Visit.ID, Start: at(1, 14, 0)})
			_, errU := f.Unassign(ctx, UnassignInput{Visit: v.Visit.ID})
			_, errP := f.GetPlan(ctx, p.ID)
			for i, err := range []error{errC, errS, errD, errH, errT, errR, errA, errM, errU, errP} {
				if code := problem.CodeOf(err); code == nil || code.Kind != problem.NotFound {
					t.Errorf("%s: operation %d = %v, want not found", name, i, err)
				}
			}
			if list, err := f.Alerts(ctx, AlertFilter{Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("%s sees alerts %v, %v", name, list, err)
			}
			day, err := f.Day(ctx, DayInput{Date: today + 1})
			if err != nil || len(day.Open) != 0 {
				t.Errorf("%s: open %v, %v", name, day.Open, err)
			}
			for _, r := range day.Rows {
				b := day.body()
				if name != "brand" && r.Engineer.ID == f.zhao.ID {
					t.Errorf("%s sees %s", name, r.Engineer.Name)
				}
				for _, row := range b.Rows {
					for _, v := range row.Visits {
						if v.ID != "" || len(v.Orders) > 0 {
							t.Errorf("%s sees a visit: %+v", name, v)
						}
					}
				}
			}
		}
		// The centre's dispatcher may not send a stranger's engineer under an outlet's name, nor the outlet another's.
		own := f.as(access.RoleOutletManager, f.own.Path)
		if _, err := f.Move(own, MoveInput{Visit: v.Visit.ID, Engineers: []workforce.EngineerID{f.li.ID}}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("another outlet's engineer: %v", err)
		}
		if _, err := f.Day(f.as(access.RoleOutletManager, f.hz.Path), DayInput{Date: today, Outlet: f.own.ID}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("another outlet's day: %v", err)
		}
	})
}

func TestSlotsAndHolds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.order(f.one)
		list, err := f.Slots(f.ctx, o.ID, 2)
		f.must(err)
		if len(list) != 10 {
			t.Fatalf("%d windows, want 5 a day", len(list))
		}
		for _, s := range list {
			if !s.Offered() || s.OutletID != f.own.ID || s.Start.Before(s.From) || s.Start.After(s.To) {
				t.Errorf("window %s: %+v", s.From, s)
			}
		}
		h := f.hold(o, at(1, 10, 0), at(1, 12, 0))
		if h.State != HoldHeld || h.EngineerID == "" || !h.ExpiresAt.Equal(morning.Add(5*time.Minute)) {
			t.Errorf("hold: %+v", h)
		}
		// A second window for the same order lets the first go.
		h2 := f.hold(o, at(1, 13, 0), at(1, 15, 0))
		if old, err := findHold(f.ctx, d, access.Everything, h.ID); err != nil || old.State != HoldReleased {
			t.Errorf("first hold: %v, %v", old.State, err)
		}
		if _, err := f.Take(f.ctx, TakeInput{Hold: h.ID}); !problem.Match(err, ErrHoldState) {
			t.Errorf("taking a released hold: %v", err)
		}
		r, err := f.Take(f.ctx, TakeInput{Hold: h2.ID})
		f.must(err)
		o = f.get(o.ID)
		if !o.Promised.From.Equal(at(1, 13, 0)) || r.PromiseID != o.PromiseID || r.State != ReservationAlive || o.State != orders.StateReady {
			t.Errorf("after taking: %+v, %+v, %s", o.Promised, r.Claim, o.State)
		}
		if again, err := f.Take(f.ctx, TakeInput{Hold: h2.ID}); err != nil || again.ID != r.ID {
			t.Errorf("taking again: %v, %v", again.ID, err)
		}
		// A change of mind: the reservation moves with the promise, who wanted it is needed.
		h3 := f.hold(o, at(2, 8, 0), at(2, 10, 0))
		if _, err := f.Take(f.ctx, TakeInput{Hold: h3.ID}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("changing a promise without saying who: %v", err)
		}
		r3, err := f.Take(f.ctx, TakeInput{Act: because("customer_reschedules"), Hold: h3.ID, ChangedBy: orders.ByCustomer})
		f.must(err)
		if now, ok := f.reserved(o.ID); !ok || now.ID != r3.ID || now.Date != today+2 {
			t.Errorf("reservation after a change: %+v", now)
		}
		// Expired, released and past.
		late := f.hold(f.order(f.one), at(1, 8, 0), at(1, 10, 0))
		f.advance(6 * time.Minute)
		if _, err := f.Take(f.ctx, TakeInput{Hold: late.ID}); !problem.Match(err, ErrHoldExpired) {
			t.Errorf("taking too late: %v", err)
		}
		f.must(f.ExpireHolds(f.ctx))
		if h, err := findHold(f.ctx, d, access.Everything, late.ID); err != nil || h.State != HoldExpired {
			t.Errorf("expired hold: %v, %v", h.State, err)
		}
		if _, err := f.Hold(f.ctx, HoldInput{Order: o.ID, From: at(-1, 8, 0), To: at(-1, 10, 0)}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("holding yesterday: %v", err)
		}
		free := f.hold(f.order(f.one), at(1, 8, 0), at(1, 10, 0))
		if h, err := f.Release(f.ctx, ReleaseInput{Hold: free.ID}); err != nil || h.State != HoldReleased {
			t.Errorf("release: %v, %v", h.State, err)
		}
	})
}

// A visit of the order, a new promise and its end let the reservation go.
func TestReservationEnds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		take := func() orders.Order {
			o := f.order(f.one)
			h := f.hold(o, at(1, 10, 0), at(1, 12, 0))
			_, err := f.Take(f.ctx, TakeInput{Hold: h.ID})
			f.must(err)
			return f.get(o.ID)
		}
		a, b, c := take(), take(), take()
		number, err := f.orders.NextVisitNumber(f.ctx)
		f.must(err)
		_, err = f.orders.PlanVisit(f.ctx, orders.PlanVisit{Number: number, Orders: []orders.ID{a.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 10, 0), End: at(1, 11, 0), OutletID: f.own.ID})
		f.must(err)
		_, err = f.orders.Promise(f.ctx, orders.PromiseInput{Act: because("customer_reschedules"), Order: b.ID, From: at(2, 13, 0), To: at(2, 15, 0), ChangedBy: orders.ByCustomer})
		f.must(err)
		_, err = f.orders.Cancel(f.ctx, orders.ActInput{Act: because("customer_cancels"), ID: c.ID})
		if err != nil {
			_, err = f.orders.Cancel(f.ctx, orders.ActInput{Act: access.Act{Reason: "other_cancel", Note: "不需要了"}, ID: c.ID})
		}
		f.must(err)
		f.settle()
		if _, ok := f.reserved(a.ID); ok {
			t.Error("a planned visit leaves the reservation alive")
		}
		if r, ok := f.reserved(b.ID); !ok || r.Date != today+2 || r.PromiseID != f.get(b.ID).PromiseID {
			t.Errorf("a new promise is not covered: %+v", r)
		}
		if _, ok := f.reserved(c.ID); ok {
			t.Error("a cancelled order leaves the reservation alive")
		}
		if got := f.alerts(); len(got) != 0 {
			t.Errorf("alerts: %v", got)
		}
		// The visit is taken off again: the promise gets capacity again.
		list, err := f.orders.VisitsOfOrder(f.ctx, d, a.ID)
		f.must(err)
		_, err = f.Unassign(f.ctx, UnassignInput{Act: because("dispatcher_moves"), Visit: list[0].ID})
		f.must(err)
		f.settle()
		if _, ok := f.reserved(a.ID); !ok {
			t.Errorf("an order that lost its visit (%s of %s, promised %s) has no reservation; alerts %v", f.get(a.ID).State, f.get(a.ID).OutletPath, f.get(a.ID).Promised.From, f.alerts())
		}
	})
}

// Whose engineer falls ill is given to another; when nobody is left, the alert is raised.
func TestEngineerAway(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.suspend(f.hz)
		f.suspend(f.yu)
		o := f.order(f.one)
		h := f.hold(o, at(1, 10, 0), at(1, 12, 0))
		_, err := f.Take(f.ctx, TakeInput{Hold: h.ID})
		f.must(err)
		planned, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{f.order(f.one).ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 13, 40)})
		f.must(err)
		for i, e := range []workforce.EngineerID{h.EngineerID, f.zhao.ID, f.qian.ID} {
			_, err := f.workforce.AddAbsence(f.ctx, workforce.AddAbsenceInput{Engineer: e, Kind: "sick", Start: at(1, 9, 0), End: at(1, 15, 0)})
			f.must(err)
			f.must(f.OnEngineer(f.ctx, e))
			f.must(f.OnEngineer(f.ctx, e))
			if r, ok := f.reserved(o.ID); i == 0 && (!ok || r.EngineerID == e) {
				t.Fatalf("after %s fell ill: %+v, %v", e, r.Claim, ok)
			}
		}
		if r, ok := f.reserved(o.ID); ok {
			t.Errorf("nobody is left, and yet: %+v", r.Claim)
		}
		if got := f.alerts(); !slices.Equal(got, []string{AlertAway, AlertNoCapacity}) {
			t.Errorf("alerts: %v", got)
		}
		_, err = f.Move(f.ctx, MoveInput{Act: because("engineer_ill"), Visit: planned.Visit.ID, Start: at(1, 15, 30)})
		f.must(err)
		f.must(f.visitMoved(f.ctx, planned.Visit.OrderIDs()))
		if got := f.alerts(); !slices.Equal(got, []string{AlertNoCapacity}) {
			t.Errorf("alerts after the visit moved: %v", got)
		}
	})
}

// 64 callers at once take what two engineers and a quota can do, and no more.
func TestNeverOverbooks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		const callers = 64
		ids := make([]orders.ID, callers)
		for i := range ids {
			ids[i] = f.order(f.one).ID
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken, full := 0, 0
		for _, id := range ids {
			wg.Go(func() {
				h, err := f.Hold(f.ctx, HoldInput{Order: id, From: at(1, 8, 0), To: at(1, 10, 0), For: time.Hour})
				if err == nil {
					_, err = f.Take(f.ctx, TakeInput{Hold: h.ID})
				}
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					taken++
				case problem.Match(err, ErrNoCapacity):
					full++
				default:
					t.Errorf("caller: %v", err)
				}
			})
		}
		wg.Wait()
		if taken+full != callers || taken == 0 || full == 0 {
			t.Fatalf("%d took, %d found nothing", taken, full)
		}
		// What was taken fits: each engineer's reservations follow each other inside their window, the quota holds.
		people := []workforce.EngineerID{f.zhao.ID, f.qian.ID, f.li.ID, f.sun.ID}
		claims, err := claimsOf(f.ctx, d, people, today+1, today+1, nil)
		f.must(err)
		byPerson := map[workforce.EngineerID][]Claim{}
		for _, c := range claims {
			byPerson[c.EngineerID] = append(byPerson[c.EngineerID], c)
		}
		for id, list := range byPerson {
			slices.SortFunc(list, func(a, b Claim) int { return a.Start.Compare(b.Start) })
			for i, c := range list {
				if c.Start.Before(c.From) || c.Start.After(c.To) || i > 0 && c.Start.Before(list[i-1].End) {
					t.Errorf("%s: %s–%s overlaps or misses its window", id, c.Start, c.End)
				}
			}
		}
		quota, err := quotaClaims(f.ctx, d, f.hz.ID, today+1, today+1, nil)
		f.must(err)
		if len(quota) != 3 {
			t.Errorf("%d on a quota of 3", len(quota))
		}
		if len(claims)+len(quota) != taken {
			t.Errorf("%d took, %d and %d are kept", taken, len(claims), len(quota))
		}
		// Nothing more goes in, and what the planner says agrees.
		if _, err := f.Hold(f.ctx, HoldInput{Order: f.order(f.one).ID, From: at(1, 8, 0), To: at(1, 10, 0)}); !problem.Match(err, ErrNoCapacity) {
			t.Errorf("one more: %v", err)
		}
	})
}

func TestQuota(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.suspend(f.own)
		var last orders.ID
		for i := range 3 {
			o := f.order(f.two)
			h := f.hold(o, at(1, 10, 0), at(1, 12, 0))
			if h.EngineerID != "" || h.OutletID != f.hz.ID {
				t.Fatalf("hold %d: %+v", i, h.Claim)
			}
			_, err := f.Take(f.ctx, TakeInput{Hold: h.ID})
			f.must(err)
			last = o.ID
		}
		if o := f.get(last); o.State != orders.StateOffered || o.OutletID != f.hz.ID {
			t.Errorf("after taking a slot of an authorised outlet: %s of %s", o.State, o.OutletID)
		}
		_, err := f.Hold(f.ctx, HoldInput{Order: f.order(f.two).ID, From: at(1, 15, 0), To: at(1, 17, 0)})
		if !problem.Match(err, ErrNoCapacity) {
			t.Errorf("the fourth of three: %v", err)
		}
		list, err := f.Slots(f.ctx, f.order(f.two).ID, 3)
		f.must(err)
		for _, s := range list {
			if full := calendar.DateOf(s.From, f.hz.Location()) == today+1; s.Offered() == full {
				t.Errorf("%s offered: %v, %v", s.From, s.Offered(), s.Reasons)
			} else if full && (s.Reasons[0].Code != ruleQuota || s.Reasons[0].Value != int64(3) || s.Reasons[0].Limit != int64(3)) {
				t.Errorf("reason: %+v", s.Reasons)
			}
		}
	})
}

// An order goes from outlet to outlet with its promise, until nobody is left.
func TestOfferNext(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.suspend(f.own)
		o := f.order(f.one)
		f.settle()
		if o = f.get(o.ID); o.State != orders.StateOffered || o.OutletID != f.hz.ID {
			t.Fatalf("a ready order: %s of %s, want offered to %s", o.State, o.OutletID, f.hz.ID)
		}
		_, err := f.orders.Promise(f.ctx, orders.PromiseInput{Order: o.ID, From: at(1, 10, 0), To: at(1, 12, 0)})
		f.must(err)
		f.settle()
		if r, ok := f.reserved(o.ID); !ok || r.OutletID != f.hz.ID || r.EngineerID != "" {
			t.Errorf("reservation at the outlet that is asked: %+v, %v", r, ok)
		}
		_, err = f.orders.Decline(f.as(access.RoleOutletManager, f.hz.Path), orders.ActInput{Act: because("no_engineer"), ID: o.ID})
		f.must(err)
		f.settle()
		if o = f.get(o.ID); o.State != orders.StateOffered || o.OutletID != f.yu.ID {
			t.Fatalf("after a decline: %s of %s, want offered to %s", o.State, o.OutletID, f.yu.ID)
		}
		if r, ok := f.reserved(o.ID); !ok || r.OutletID != f.yu.ID || r.EngineerID != f.sun.ID {
			t.Errorf("the reservation did not move along: %+v, %v", r, ok)
		}
		f.advance(3 * time.Hour)
		f.must(f.orders.ExpireOffers(access.AsSystem(f.ctx, "jobs")))
		f.settle()
		if o = f.get(o.ID); o.State != orders.StateReady || o.HasOutlet() {
			t.Fatalf("after the last: %s of %s", o.State, o.OutletID)
		}
		if _, ok := f.reserved(o.ID); ok {
			t.Error("a reservation is left with nobody")
		}
		if got := f.alerts(); !slices.Equal(got, []string{AlertNobody, AlertNoCapacity}) {
			t.Fatalf("alerts: %v", got)
		}
		list, err := f.Alerts(f.ctx, AlertFilter{Limit: 5})
		f.must(err)
		if _, err := f.CloseAlert(f.ctx, CloseAlertInput{ID: list[0].ID, Resolution: "noted"}); err != nil {
			t.Errorf("close: %v", err)
		}
		if _, err := f.CloseAlert(f.ctx, CloseAlertInput{ID: list[0].ID, Resolution: "noted"}); !problem.Match(err, ErrAlertClosed) {
			t.Errorf("close again: %v", err)
		}
		if len(f.alerts()) != 1 {
			t.Errorf("alerts after closing one: %v", f.alerts())
		}
	})
}

// Dispatch hears of orders by their events.
func TestSubscribes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.suspend(f.own)
		o := f.order(f.one)
		bus := events.NewBus(d, slog.New(slog.DiscardHandler))
		f.Subscribe(bus)
		dbtest.Until(t, "a ready order is offered", func() bool {
			f.must(bus.Drain(f.ctx))
			return f.get(o.ID).State == orders.StateOffered
		})
		if got := f.get(o.ID); got.State != orders.StateOffered || got.OutletID != f.hz.ID {
			t.Errorf("a ready order is %s", got.State)
		}
		dead, err := bus.DeadLetters(f.ctx, 10)
		if f.must(err); len(dead) > 0 {
			t.Errorf("given up: %+v", dead)
		}
	})
}

func TestAssign(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		zhou := f.engineer(f.own, "周师傅", "GAS")
		o := f.order(f.one)
		_, err := f.orders.Promise(f.ctx, orders.PromiseInput{Order: o.ID, From: at(1, 10, 0), To: at(1, 12, 0)})
		f.must(err)
		assign := func(e workforce.Engineer, start time.Time, change ...func(*AssignInput)) (Assigned, error) {
			in := AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{e.ID}, Start: start}
			for _, c := range change {
				c(&in)
			}
			return f.Assign(f.ctx, in)
		}
		force := func(in *AssignInput) { in.Override, in.Act = true, because("promise_in_danger") }
		for _, tt := range []struct {
			name  string
			e     workforce.Engineer
			start time.Time
			how   []func(*AssignInput)
			want  *problem.Code
			rules []string
		}{
			{"without the skill", zhou, at(1, 10, 0), nil, ErrHardRules, []string{planner.RuleSkill}},
			{"without the skill, forced", zhou, at(1, 10, 0), []func(*AssignInput){force}, ErrHardRules, []string{planner.RuleSkill}},
			{"outside the promise", f.zhao, at(1, 14, 0), nil, ErrRules, []string{planner.RuleWindow}},
			{"at night", f.zhao, at(1, 22, 0), nil, ErrRules, []string{planner.RuleWindow, planner.RuleShift}},
			{"yesterday", f.zhao, at(-1, 10, 0), []func(*AssignInput){force}, ErrHardRules, []string{planner.RulePast}},
			{"outside, without a reason", f.zhao, at(1, 14, 0), []func(*AssignInput){func(in *AssignInput) { in.Override = true }}, problem.ErrInvalid, nil},
		} {
			_, err := assign(tt.e, tt.start, tt.how...)
			if !problem.Match(err, tt.want) || tt.rules != nil && !slices.Equal(codes(err), tt.rules) {
				t.Errorf("%s: %v %v, want %v %v", tt.name, err, codes(err), tt.want, tt.rules)
			}
		}
		got, err := assign(f.zhao, at(1, 10, 30), func(in *AssignInput) { in.OperationID = "op1" })
		f.must(err)
		if o = f.get(o.ID); o.State != orders.StateScheduled || o.OutletID != f.own.ID || got.Visit.Lead() != f.zhao.ID || len(got.SetAside) != 0 {
			t.Errorf("assigned: %s of %s, %+v", o.State, o.OutletID, got)
		}
		if again, err := assign(f.zhao, at(1, 10, 30), func(in *AssignInput) { in.OperationID = "op1" }); err != nil || again.Visit.ID != got.Visit.ID {
			t.Errorf("the same operation again: %v, %v", again.Visit.ID, err)
		}
		other := f.order(f.one)
		in := AssignInput{Orders: []orders.ID{other.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 10, 45), Override: true, Act: because("promise_in_danger")}
		if _, err := f.Assign(f.ctx, in); !problem.Match(err, ErrHardRules) || !slices.Contains(codes(err), planner.RuleOverlap) {
			t.Errorf("overlap: %v", err)
		}
		// Who may not override cannot, whatever the reason.
		in.Start = at(1, 22, 0)
		if _, err := f.Assign(f.as(access.RoleOutletManager, "/"), in); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("override without permission: %v", err)
		}
		set, err := f.Assign(f.ctx, in)
		if err != nil || len(set.SetAside) != 1 || set.SetAside[0].Reason.Code != planner.RuleShift {
			t.Errorf("override: %+v, %v", set.SetAside, err)
		}
		list, err := f.Decisions(f.ctx, other.ID)
		f.must(err)
		if len(list) != 1 || !list[0].Overridden || list[0].Reason != "promise_in_danger" || !list[0].Reasons.Has(planner.RuleShift) {
			t.Errorf("decision: %+v", list)
		}
		// Others' outlets accept first.
		third := f.order(f.one)
		_, err = f.Assign(f.ctx, AssignInput{Orders: []orders.ID{third.ID}, Engineers: []workforce.EngineerID{f.li.ID}, Start: at(1, 10, 0)})
		if !problem.Match(err, orders.ErrNeedsOffer) {
			t.Errorf("engineer of an authorised outlet: %v", err)
		}
	})
}

func TestMoveSwapUnassign(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		plan := func(e workforce.Engineer, start time.Time) orders.Visit {
			o := f.order(f.one)
			a, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{e.ID}, Start: start})
			f.must(err)
			return a.Visit
		}
		a, b := plan(f.zhao, at(1, 9, 0)), plan(f.qian, at(1, 9, 30))
		move := func(in MoveInput) (Assigned, error) {
			in.Visit, in.Act = a.ID, because("dispatcher_moves")
			return f.Move(f.ctx, in)
		}
		if _, err := move(MoveInput{Engineers: []workforce.EngineerID{f.qian.ID}}); !problem.Match(err, ErrHardRules) {
			t.Errorf("onto another visit: %v", err)
		}
		got, err := move(MoveInput{Start: at(1, 14, 0)})
		f.must(err)
		if !got.Visit.Start.Equal(at(1, 14, 0)) || got.Visit.End.Sub(got.Visit.Start) != a.End.Sub(a.Start) {
			t.Errorf("moved to %s–%s", got.Visit.Start, got.Visit.End)
		}
		if _, err := move(MoveInput{Engineers: []workforce.EngineerID{f.qian.ID}}); err != nil {
			t.Errorf("to another engineer: %v", err)
		}
		if _, err := move(MoveInput{Start: at(1, 9, 0), Engineers: []workforce.EngineerID{f.zhao.ID}}); err != nil {
			t.Errorf("back: %v", err)
		}
		// Both overlap in time, so only the exchange as a whole is possible.
		s, err := f.Swap(f.ctx, SwapInput{Act: because("dispatcher_moves"), A: a.ID, B: b.ID})
		if err != nil || s.Visit.Lead() != f.qian.ID || s.Other.Lead() != f.zhao.ID || !s.Visit.Start.Equal(at(1, 9, 0)) || !s.Other.Start.Equal(at(1, 9, 30)) {
			t.Fatalf("swap: %+v, %v", s, err)
		}
		zhou := f.engineer(f.own, "周师傅", "GAS")
		c := plan(f.qian, at(2, 9, 0))
		if _, err := f.Swap(f.ctx, SwapInput{Act: because("dispatcher_moves"), A: c.ID, B: c.ID}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("with itself: %v", err)
		}
		if _, err := f.Move(f.ctx, MoveInput{Act: because("dispatcher_moves"), Visit: c.ID, Engineers: []workforce.EngineerID{zhou.ID}}); !problem.Match(err, ErrHardRules) {
			t.Errorf("to who lacks the skill: %v", err)
		}
		if _, err := f.Unassign(f.ctx, UnassignInput{Visit: c.ID}); err == nil {
			t.Error("unassigned without a reason")
		}
		v, err := f.Unassign(f.ctx, UnassignInput{Act: because("dispatcher_moves"), Visit: c.ID})
		if err != nil || v.State != orders.VisitStateCancelled {
			t.Errorf("unassign: %s, %v", v.State, err)
		}
		if o := f.get(c.OrderIDs()[0]); o.State != orders.StateReady {
			t.Errorf("its order is %s", o.State)
		}
	})
}

func TestDayPlan(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var ids []orders.ID
		for range 6 {
			ids = append(ids, f.order(f.one).ID)
		}
		h := f.hold(f.get(ids[0]), at(1, 15, 0), at(1, 17, 0))
		_, err := f.Take(f.ctx, TakeInput{Hold: h.ID})
		f.must(err)
		p, err := f.StartPlan(f.ctx, StartPlanInput{Date: today + 1})
		f.must(err)
		if _, err := f.PublishPlan(f.ctx, PublishPlanInput{ID: p.ID}); !problem.Match(err, ErrPlanState) {
			t.Errorf("publishing before it is made: %v", err)
		}
		f.must(f.runPlan(f.ctx, PlanArgs{Plan: p.ID, Task: p.TaskID}))
		p, err = f.GetPlan(f.ctx, p.ID)
		f.must(err)
		if p.State != PlanStateDraft || len(p.Body.Plan.Assignments) != 6 || len(p.Body.Plan.Unserved) != 0 {
			t.Fatalf("draft: %s with %+v", p.State, p.Body)
		}
		if task, err := f.tasks.Get(f.ctx, p.TaskID); err != nil || task.State != "done" {
			t.Errorf("task: %+v, %v", task, err)
		}
		i := slices.IndexFunc(p.Body.Plan.Assignments, func(a planner.Assignment) bool { return a.Job == planner.JobID(ids[0]) })
		if a := p.Body.Plan.Assignments[i]; a.Start.Before(at(1, 15, 0)) || a.Start.After(at(1, 17, 0)) || workforce.EngineerID(a.Engineers[0]) != h.EngineerID {
			t.Errorf("the promised one: %+v, reserved for %s", a, h.EngineerID)
		}
		// Somebody falls ill: the draft is stale; planned anew it goes through.
		sick, err := f.workforce.AddAbsence(f.ctx, workforce.AddAbsenceInput{Engineer: workforce.EngineerID(p.Body.Plan.Assignments[0].Engineers[0]), Kind: "sick", Start: at(1, 0, 0), End: at(1, 23, 0)})
		f.must(err)
		if _, err := f.PublishPlan(f.ctx, PublishPlanInput{ID: p.ID}); !problem.Match(err, ErrPlanStale) || !slices.Contains(codes(err), planner.RuleAbsent) {
			t.Errorf("publishing a stale draft: %v %v", err, codes(err))
		}
		for _, id := range ids {
			if o := f.get(id); o.State != orders.StateReady {
				t.Errorf("a stale draft left %s", o.State)
			}
		}
		if p, err := f.DiscardPlan(f.ctx, PublishPlanInput{ID: p.ID}); err != nil || p.State != PlanStateDiscarded {
			t.Errorf("discard: %s, %v", p.State, err)
		}
		p, err = f.StartPlan(f.ctx, StartPlanInput{Date: today + 1})
		f.must(err)
		f.must(f.runPlan(f.ctx, PlanArgs{Plan: p.ID, Task: p.TaskID}))
		p, err = f.PublishPlan(f.ctx, PublishPlanInput{ID: p.ID})
		if err != nil || p.State != PlanStatePublished {
			t.Fatalf("publish: %s, %v", p.State, err)
		}
		for _, a := range p.Body.Plan.Assignments {
			if workforce.EngineerID(a.Engineers[0]) == sick.Engineer {
				t.Errorf("who is ill has %s", a.Job)
			}
			if o := f.get(orders.ID(a.Job)); o.State != orders.StateScheduled {
				t.Errorf("%s is %s", o.Number, o.State)
			}
		}
		if _, err := f.PublishPlan(f.ctx, PublishPlanInput{ID: p.ID}); !problem.Match(err, ErrPlanState) {
			t.Errorf("publishing again: %v", err)
		}
		day, err := f.Day(f.ctx, DayInput{Date: today + 1, Outlet: f.own.ID})
		f.must(err)
		visits := 0
		for _, r := range day.Rows {
			visits += len(r.Visits)
		}
		if len(day.Rows) != 2 || visits != len(p.Body.Plan.Assignments) {
			t.Errorf("the day shows %d people with %d visits", len(day.Rows), visits)
		}
	})
}

func TestPlanStops(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.order(f.one)
		p, err := f.StartPlan(f.ctx, StartPlanInput{Date: today + 1})
		f.must(err)
		_, err = f.tasks.Cancel(f.ctx, p.TaskID)
		f.must(err)
		f.must(f.runPlan(f.ctx, PlanArgs{Plan: p.ID, Task: p.TaskID}))
		task, err := f.tasks.Get(f.ctx, p.TaskID)
		f.must(err)
		if p, err = f.GetPlan(f.ctx, p.ID); err != nil || task.State != "cancelled" || p.State != PlanStateFailed {
			t.Errorf("stopped: task %s, plan %s, %v", task.State, p.State, err)
		}
		if _, err := f.StartPlan(f.ctx, StartPlanInput{Date: today + 90}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("a day too far: %v", err)
		}
	})
}

func (f *fixture) suspend(o outlets.Outlet) {
	f.t.Helper()
	_, err := f.outlets.Suspend(f.ctx, outlets.ActInput{ID: o.ID, Act: because("outlet_holiday")})
	f.must(err)
}

// f0 is the first of two, for reads that cannot fail here.
func f0[T any](v T, err error) T {
	if err != nil {
		panic(errors.Join(errors.New("fixture"), err))
	}
	return v
}

func TestWindows(t *testing.T) {
	t.Parallel()
	s := &Service{policy: Policy{}.orDefault()}
	loc := time.FixedZone("CST", 8*3600)
	for _, tt := range []struct {
		now  time.Time
		want int
	}{{at(0, 7, 0), 10}, {at(0, 9, 0), 10}, {at(0, 9, 40), 9}, {at(0, 16, 40), 6}, {at(0, 20, 0), 5}} {
		if got := s.windows(tt.now, loc, 2); len(got) != tt.want {
			t.Errorf("windows at %s: %d, want %d", tt.now, len(got), tt.want)
		}
	}
}

// What waits is counted as a plan of the date would take it, shown on the board or not.
func TestWaiting(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.order(f.one)
		promised, wide := f.order(f.one), f.as(access.RoleOutletManager, f.hz.Path)
		_, err := f.orders.Promise(f.ctx, orders.PromiseInput{Order: promised.ID, From: at(8, 10, 0), To: at(8, 12, 0)})
		f.must(err)
		for _, tt := range []struct {
			name      string
			ctx       context.Context
			day, want int
		}{
			{"any time", f.ctx, 1, 1},
			{"any time, and promised then", f.ctx, 8, 2},
			{"another outlet", wide, 8, 0},
			{"another brand", f.as(access.RoleDispatcher, "/", f.two), 8, 0},
		} {
			got, err := f.Day(tt.ctx, DayInput{Date: today + calendar.Date(tt.day)})
			if err != nil || got.Waiting != int64(tt.want) || len(got.Open) != tt.want || got.More {
				t.Errorf("%s: %d wait, %d are shown, more %v, %v; want %d", tt.name, got.Waiting, len(got.Open), got.More, err, tt.want)
			}
		}
	})
}

// Two who move the same visit at once: the second is told, and nothing of the first's move is lost.
func TestMoveSeen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.order(f.one)
		a, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(1, 10, 0)})
		f.must(err)
		saw := a.Visit.Version
		move := func(hour int, version int64) (Assigned, error) {
			return f.Move(f.ctx, MoveInput{Act: because("dispatcher_moves"), Visit: a.Visit.ID, Start: at(1, hour, 0), Version: version})
		}
		first, err := move(13, saw)
		f.must(err)
		if _, err := move(14, saw); !problem.Match(err, problem.ErrStale) {
			t.Errorf("who saw it before: %v", err)
		}
		list, err := f.orders.VisitsOfOrder(f.ctx, f.d, o.ID)
		f.must(err)
		if v := list[len(list)-1]; !v.Start.Equal(at(1, 13, 0)) || v.Version != first.Visit.Version {
			t.Errorf("the visit begins %s at version %d", v.Start, v.Version)
		}
		_, err = move(14, first.Visit.Version)
		f.must(err)
		_, err = move(15, 0)
		f.must(err)
	})
}
