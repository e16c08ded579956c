package orders

import (
	"context"
	"slices"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

func TestHappyPath(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.create()
		if o.State != StateReady || o.Mode != catalog.ModeVisit || o.Minutes == 0 || len(o.Skills) == 0 {
			t.Fatalf("created = %s, mode %s, %d minutes, skills %v; want ready with requirements", o.State, o.Mode, o.Minutes, o.Skills)
		}
		if got := f.CaseState(); got != cases.Serving {
			t.Errorf("case after its first work = %s, want serving", got)
		}
		from := d.Now().Add(2 * time.Hour)
		if _, err := f.Promise(f.As(access.RoleAgent, "/"), PromiseInput{Order: o.ID, From: from, To: from.Add(2 * time.Hour)}); err != nil {
			t.Fatalf("Promise: %v", err)
		}
		_, err := f.Offer(f.As(access.RoleDispatcher, "/"), OfferInput{ActInput: f.in(o.ID), OutletID: f.Hz.ID})
		f.Must(err)
		manager := f.As(access.RoleOutletManager, f.Hz.Path)
		if _, err := f.Accept(manager, f.in(o.ID)); err != nil {
			t.Fatalf("Accept: %v", err)
		}
		v := f.onSite(o.ID)
		if got := f.get(o.ID); got.State != StateWorking || got.Visits != 1 {
			t.Errorf("after arrival = %s with %d visits, want working with 1", got.State, got.Visits)
		}
		v, err = f.FinishVisit(f.Engineer(f.Li), FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: f.wholeProof("user-li")}}})
		f.Must(err)
		got := f.get(o.ID)
		if v.State != VisitStateFinished || got.State != StateCompleted || got.Review != ReviewPassed {
			t.Fatalf("finished = %s, order %s, review %q (%v); want finished, completed, passed", v.State, got.State, got.Review, got.ReviewWhy.Codes())
		}
		if got := f.CaseState(); got != cases.Verifying {
			t.Errorf("case after its only work = %s, want verifying", got)
		}
		f.Must(f.callback(o.ID, CallbackPositive, 10))
		if got := f.get(o.ID); got.State != StatePosted || got.EndedAt == nil {
			t.Errorf("after a positive callback = %s, want posted", got.State)
		}
		if got := f.CaseState(); got != cases.Closed {
			t.Errorf("case when the customer agreed = %s, want closed", got)
		}
		want := []string{
			"order.opened.v1", "order.ready.v1", "promise.made.v1", "order.offered.v1", "order.accepted.v1", "order.scheduled.v1", "promise.kept.v1", "order.started.v1",
			"order.completed.v1", "order.posted.v1",
		}
		if got := f.Topics("order", string(o.ID)); !slices.Equal(got, want) {
			t.Errorf("events of the order = %v\nwant %v", got, want)
		}
		wantVisit := []string{"visit.planned.v1", "visit.dispatched.v1", "visit.accepted.v1", "visit.departed.v1", "visit.arrived.v1", "visit.finished.v1"}
		if got := f.Topics("visit", string(v.ID)); !slices.Equal(got, wantVisit) {
			t.Errorf("events of the visit = %v\nwant %v", got, wantVisit)
		}
		facts, err := f.Units.Facts(t.Context(), d, f.Unit.ID)
		f.Must(err)
		if len(facts) != 1 || facts[0].SymptomFamily == "" || facts[0].Result != "fixed" || facts[0].Order != string(o.ID) {
			t.Errorf("facts of the unit = %+v, want one repair of this order", facts)
		}
		u, err := f.Units.Get(t.Context(), d, f.Unit.ID)
		f.Must(err)
		if u.Serial != "SN-0001" {
			t.Errorf("serial of the unit = %q, want what was scanned", u.Serial)
		}
	})
}

// TestStates walks every act from every state: what the table does not have is refused and changes nothing.
func TestStates(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	acts := map[string]func(id ID) error{
		"release": func(id ID) error { _, err := f.Release(f.Ctx, f.in(id)); return err },
		"offer": func(id ID) error {
			_, err := f.Offer(f.Ctx, OfferInput{ActInput: f.in(id), OutletID: f.Hz.ID})
			return err
		},
		"accept":    func(id ID) error { _, err := f.Accept(f.Ctx, f.in(id)); return err },
		"decline":   func(id ID) error { _, err := f.Decline(f.Ctx, f.in(id, "workload")); return err },
		"withdraw":  func(id ID) error { _, err := f.Withdraw(f.Ctx, f.in(id)); return err },
		"give_back": func(id ID) error { _, err := f.GiveBack(f.Ctx, f.in(id, "no_engineer")); return err },
		"continue":  func(id ID) error { _, err := f.Continue(f.Ctx, ContinueInput{ActInput: f.in(id)}); return err },
		"reject": func(id ID) error {
			_, err := f.Reject(f.Ctx, RejectInput{ActInput: f.in(id, "not_repaired")})
			return err
		},
		"suspend": func(id ID) error {
			_, err := f.Suspend(f.Ctx, SuspendInput{ActInput: f.in(id, "wait_customer"), WaitFor: "customer"})
			return err
		},
		"resume": func(id ID) error { _, err := f.Resume(f.Ctx, f.in(id)); return err },
		"cancel": func(id ID) error { _, err := f.Cancel(f.Ctx, f.in(id, "customer_withdrew")); return err },
	}
	for _, state := range States {
		for name, do := range acts {
			allowed := slices.ContainsFunc(Transitions, func(tr Transition[State]) bool { return tr.Act == name && slices.Contains(tr.From, state) })
			if allowed {
				continue // their own tests
			}
			o := f.create()
			f.Must(db.InTx0(f.Ctx, d, func(ctx context.Context, tx *db.Tx) error {
				o.State = state
				return updateOrder(ctx, tx, &o)
			}))
			before := f.get(o.ID)
			if err := do(o.ID); !problem.Match(err, ErrState) {
				t.Errorf("%s from %s = %v, want %v", name, state, err, ErrState)
			}
			if after := f.get(o.ID); after.Version != before.Version || after.State != state {
				t.Errorf("%s from %s changed the order to %s", name, state, after.State)
			}
		}
	}
}

func TestOffers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.create()
		hz, sh := f.As(access.RoleOutletManager, f.Hz.Path), f.As(access.RoleOutletManager, f.Sh.Path)
		offer := func() {
			t.Helper()
			_, err := f.Offer(f.Ctx, OfferInput{ActInput: f.in(o.ID), OutletID: f.Hz.ID})
			f.Must(err)
		}
		_, err := f.Offer(f.Ctx, OfferInput{ActInput: f.in(o.ID), OutletID: f.Sh.ID})
		f.problem(err, ErrOutlet, "offer to an outlet that does not serve the brand")

		offer()
		if _, err := f.Get(hz, o.ID); err != nil {
			t.Errorf("the asked outlet reads the order: %v", err)
		}
		if _, err := f.Cases.Get(hz, f.CaseID); err != nil {
			t.Errorf("the asked outlet reads the case: %v", err)
		}
		_, err = f.Get(sh, o.ID)
		f.problem(err, ErrNotFound, "another outlet reads the order")
		_, err = f.Accept(sh, f.in(o.ID))
		f.problem(err, ErrNotFound, "another outlet accepts")
		_, err = f.Decline(hz, f.in(o.ID))
		f.problem(err, problem.ErrInvalid, "decline without a reason")
		_, err = f.Decline(hz, f.in(o.ID, "customer_withdrew"))
		f.problem(err, problem.ErrInvalid, "decline with a reason of another act")
		got, err := f.Decline(hz, f.in(o.ID, "workload"))
		f.Must(err)
		if got.State != StateReady || got.HasOutlet() || got.Blame != catalog.ByOutlet {
			t.Errorf("declined = %s, outlet %q, responsibility %q", got.State, got.OutletID, got.Blame)
		}
		_, err = f.Get(hz, o.ID)
		f.problem(err, ErrNotFound, "the outlet that declined reads the order")

		offer()
		_, err = f.Withdraw(f.Ctx, f.in(o.ID, "offer_withdrawn"))
		f.Must(err)
		offer()
		f.Must(f.ExpireOffers(access.AsSystem(f.Ctx, "duty")))
		if got := f.get(o.ID).State; got != StateOffered {
			t.Errorf("before its time the offer = %s, want offered", got)
		}
		f.Advance(3 * time.Hour)
		_, err = f.Accept(hz, f.in(o.ID))
		f.problem(err, ErrOfferExpired, "accept after the offer's time")
		f.Must(f.ExpireOffers(access.AsSystem(f.Ctx, "duty")))
		if got := f.get(o.ID).State; got != StateReady {
			t.Errorf("after its time the offer = %s, want ready", got)
		}
		offer()
		_, err = f.Accept(hz, f.in(o.ID))
		f.Must(err)
		list, err := f.Offers(f.Ctx, d, o.ID)
		f.Must(err)
		var answers []Answer
		for _, x := range list {
			answers = append(answers, x.Answer)
		}
		if want := []Answer{AnswerDeclined, AnswerWithdrawn, AnswerExpired, AnswerAccepted}; !slices.Equal(answers, want) {
			t.Errorf("answers = %v, want %v", answers, want)
		}
		_, err = f.GiveBack(hz, f.in(o.ID, "no_engineer"))
		f.Must(err)
		if got := f.get(o.ID); got.State != StateReady || got.GivenBack != 1 || got.HasOutlet() {
			t.Errorf("given back = %s, %d times, outlet %q", got.State, got.GivenBack, got.OutletID)
		}
	})
}

// TestOwnOutlet: the operator's own outlet is scheduled without being asked; an authorised one is not.
func TestOwnOutlet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.create()
		start := d.Now().Add(time.Hour)
		plan := PlanVisit{Orders: []ID{o.ID}, Start: start, End: start.Add(time.Hour)}
		plan.OutletID, plan.Engineers = f.Hz.ID, []workforce.EngineerID{f.Li.ID}
		_, err := f.PlanVisit(f.Ctx, plan)
		f.problem(err, ErrNeedsOffer, "plan for an authorised outlet that was not asked")
		plan.OutletID, plan.Engineers = f.Own.ID, []workforce.EngineerID{f.Zhao.ID}
		v, err := f.PlanVisit(f.Ctx, plan)
		f.Must(err)
		if got := f.get(o.ID); got.State != StateScheduled || got.OutletID != f.Own.ID {
			t.Errorf("planned = %s at %q, want scheduled at the own outlet", got.State, got.OutletID)
		}
		_, err = f.CancelVisit(f.Ctx, VisitInput{Act: casestest.Act("dispatcher_moves"), ID: v.ID})
		f.Must(err)
		if got := f.get(o.ID).State; got != StateReady {
			t.Errorf("without a visit = %s, want ready", got)
		}
	})
}

func TestSuspendAndResume(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		v := f.planned(o.ID)
		due := f.get(o.ID).NextDueAt
		if due == nil {
			t.Fatal("an accepted order has no deadline")
		}
		_, err := f.Suspend(f.Ctx, SuspendInput{ActInput: f.in(o.ID, "wait_customer"), WaitFor: "nobody"})
		f.problem(err, problem.ErrInvalid, "suspend without who is waited for")
		got, err := f.Suspend(f.Ctx, SuspendInput{ActInput: f.in(o.ID, "wait_customer"), WaitFor: "customer"})
		f.Must(err)
		if got.State != StateSuspended || got.ResumeTo != StateAccepted {
			t.Errorf("suspended = %s, goes back to %s; want accepted, since its visit is cancelled", got.State, got.ResumeTo)
		}
		if got := f.visit(v.ID).State; got != VisitStateCancelled {
			t.Errorf("visit of a suspended order = %s, want cancelled", got)
		}
		waiting := false
		list, err := f.Clocks.OfRecord(t.Context(), d, "order", string(o.ID))
		f.Must(err)
		for _, c := range list {
			waiting = waiting || c.Status == "paused"
		}
		if !waiting {
			t.Errorf("no clock of the order stands still: %+v", list)
		}
		f.Advance(24 * time.Hour)
		got, err = f.Resume(f.Ctx, f.in(o.ID))
		f.Must(err)
		if got.State != StateAccepted || got.WaitFor != "" {
			t.Errorf("resumed = %s waiting for %q, want accepted", got.State, got.WaitFor)
		}
		if got.NextDueAt == nil {
			t.Error("a resumed order has no deadline")
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		_, err := f.ReservePart(f.Ctx, ReservePartInput{ActInput: f.in(o.ID), Part: PartUse{Code: "pcb-1", Place: parts.VanPlace(string(f.Li.ID)), Quantity: 1}})
		f.Must(err)
		v := f.onSite(o.ID)
		_, err = f.Cancel(f.Ctx, f.in(o.ID))
		f.problem(err, problem.ErrInvalid, "cancel without a reason")
		got, err := f.Cancel(f.Ctx, f.in(o.ID, "customer_withdrew"))
		f.Must(err)
		if got.State != StateCancelled || got.Blame != catalog.ByCustomer {
			t.Errorf("cancelled = %s by %q", got.State, got.Blame)
		}
		if got := f.visit(v.ID); got.State != VisitStateFailed || got.Reason != "order_ended" {
			t.Errorf("visit on site of a cancelled order = %s (%s), want failed", got.State, got.Reason)
		}
		if got := f.CaseState(); got != cases.Diagnosing {
			t.Errorf("case whose only work was cancelled = %s, want diagnosing", got)
		}
		stock, err := f.Parts.Stock(t.Context(), d, nil, nil)
		f.Must(err)
		if len(stock) != 1 || stock[0].Reserved != 0 {
			t.Errorf("stock = %+v, want nothing reserved", stock)
		}
	})
}
