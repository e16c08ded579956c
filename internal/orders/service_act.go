package orders

import (
	"context"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
)

// ActInput is the input of an act that needs no more than who, when and why.
type ActInput struct {
	access.Act
	ID ID
}

// tell makes the event of an act from the order as it was written.
type tell func(f Fact) events.Event

// change is what an act does to the order inside the transaction.
type change func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error)

// act runs a named act: permission, scope, operation id, state table, clocks, audit, event.
func (s *Service) act(ctx context.Context, perm, name string, in ActInput, do change) (Order, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Order{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Order, error) {
		o, err := findOrder(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return Order{}, err
		}
		return s.actAndPost(ctx, tx, o, name, in.Act, do)
	})
}

// actAndPost runs an act and posts the order when that was all that was missing.
func (s *Service) actAndPost(ctx context.Context, tx *db.Tx, o Order, name string, in access.Act, do change) (Order, error) {
	o, err := s.actTx(ctx, tx, o, name, in, do)
	if err != nil {
		return Order{}, err
	}
	return s.postTx(ctx, tx, o, false, in)
}

// actTx runs an act on an order that was read in this transaction.
func (s *Service) actTx(ctx context.Context, tx *db.Tx, o Order, name string, in access.Act, do change) (Order, error) {
	if done, err := seen(ctx, tx, string(o.ID), in.OperationID); done || err != nil {
		return o, err
	}
	actor := access.From(ctx)
	at, err := in.At(actor.Origin, tx.Now())
	if err != nil {
		return Order{}, err
	}
	before := o
	ev, err := do(ctx, tx, &o, at)
	if err != nil {
		return Order{}, err
	}
	if err := s.followClocks(ctx, tx, before, &o, in.Reason, at); err != nil {
		return Order{}, err
	}
	if err := updateOrder(ctx, tx, &o); err != nil {
		return Order{}, err
	}
	if err := s.tellDue(ctx, tx, before, o); err != nil {
		return Order{}, err
	}
	remember(tx, string(o.ID), in.OperationID, name, actor.Kind+":"+actor.ID, at)
	if note := strings.TrimSpace(in.Note); note != "" {
		if err := s.noteTx(ctx, tx, o, "note", name, note, at); err != nil {
			return Order{}, err
		}
	}
	err = audit.Append(ctx, tx, audit.Entry{
		Kind: "order", Record: string(o.ID), Act: name, Reason: in.Reason, Before: before.trail(), After: o.trail(), OccurredAt: at,
	})
	if err != nil || ev == nil {
		return o, err
	}
	return o, events.Publish(ctx, tx, ev(o.fact(at)))
}

// noteTx keeps what somebody wrote with an act, sealed with the order's key.
func (s *Service) noteTx(ctx context.Context, tx *db.Tx, o Order, channel, result, note string, at time.Time) error {
	sealed, err := s.Keys.Seal(ctx, tx, o.KeyID, note)
	if err != nil {
		return err
	}
	actor := access.From(ctx)
	insertAttempt(tx, Attempt{
		ID: db.NewID(), OrderID: o.ID, Channel: channel, Result: result, Actor: actor.Kind + ":" + actor.ID, Note: sealed, OccurredAt: at, RecordedAt: tx.Now(),
	})
	return nil
}

// reasonFor checks the code that an act needs against the catalogue, which knows whose matter it is.
func reasonFor(snap *catalog.Snapshot, kind string, in access.Act) (catalog.Reason, error) {
	return snap.CheckReason(kind, catalog.ReasonCode(in.Reason), in.Note)
}

func (o *Order) because(r catalog.Reason) {
	o.Reason, o.Blame = string(r.Code), r.Responsibility
}

func (o Order) attributes() clocks.Attributes {
	return clocks.Attributes{
		ServiceType: string(o.ServiceType), ProductLine: string(o.Category), Priority: string(o.Priority), Brand: string(o.BrandID),
	}
}

const recordKind = "order"

// followClocks keeps the order's clocks true to what the act changed. History has no clocks.
func (s *Service) followClocks(ctx context.Context, tx *db.Tx, before Order, o *Order, reason string, at time.Time) error {
	if o.Origin == string(access.History) {
		o.NextDueAt = nil
		return nil
	}
	k := keeper{s: s, ctx: ctx, tx: tx, o: o, at: at}
	if o.Category != before.Category || o.OutletID != before.OutletID {
		k.do(func() error {
			return s.Clocks.RetargetRecordTx(ctx, tx, recordKind, string(o.ID), o.attributes(), o.calendars(), at)
		})
	}
	k.states(before, reason)
	if before.FirstContactAt == nil && o.FirstContactAt != nil {
		k.met(clocks.FirstContact, *o.FirstContactAt)
	}
	if before.PromiseID != o.PromiseID {
		if before.PromiseID != "" {
			k.cancel(clocks.Arrival)
		}
		if o.PromiseID != "" && o.State != StateWorking {
			k.start(clocks.Arrival, clocks.Engineer, &o.Promised.To)
		}
	}
	if k.err != nil {
		return k.err
	}
	o.NextDueAt = nil
	if !o.Live() {
		return nil
	}
	due, err := s.Clocks.NextDue(ctx, tx, recordKind, string(o.ID))
	o.NextDueAt = due
	return err
}

// tellDue tells the case when the order's next deadline changed.
func (s *Service) tellDue(ctx context.Context, tx *db.Tx, before, o Order) error {
	same := (before.NextDueAt == nil) == (o.NextDueAt == nil) && (o.NextDueAt == nil || before.NextDueAt.Equal(*o.NextDueAt))
	if same || !o.Live() {
		return nil
	}
	return s.Cases.SetDueTx(ctx, tx, o.CaseID, recordKind, string(o.ID), o.NextDueAt)
}

// keeper does one thing after the other to the clocks of an order until one fails.
type keeper struct {
	s   *Service
	ctx context.Context
	tx  *db.Tx
	o   *Order
	at  time.Time
	err error
}

func (k *keeper) do(f func() error) {
	if k.err == nil {
		k.err = f()
	}
}

func (k *keeper) start(m clocks.Milestone, p clocks.Party, due *time.Time) {
	k.do(func() error {
		_, _, err := k.s.Clocks.StartTx(k.ctx, k.tx, clocks.Start{
			Job: k.o.job(), RecordKind: recordKind, RecordID: string(k.o.ID), Party: p, Milestone: m, Attrs: k.o.attributes(),
			Calendars: k.o.calendars(), At: k.at, Due: due,
		})
		return err
	})
}

// job is what the order's clocks stop and start with: its case.
func (o Order) job() clocks.Job { return clocks.Job{Kind: "case", ID: string(o.CaseID)} }

// calendars says whose hours the order's clocks count.
func (o Order) calendars() map[string]string {
	if !o.HasOutlet() {
		return map[string]string{}
	}
	return map[string]string{"outlet": "outlet:" + string(o.OutletID)}
}

func (k *keeper) met(m clocks.Milestone, at time.Time) {
	k.do(func() error { return k.s.Clocks.MetTx(k.ctx, k.tx, recordKind, string(k.o.ID), m, at) })
}

func (k *keeper) cancel(m clocks.Milestone) {
	k.do(func() error { return k.s.Clocks.CancelTx(k.ctx, k.tx, recordKind, string(k.o.ID), m) })
}

// states starts, meets and ends the clocks that follow the order's state.
func (k *keeper) states(before Order, reason string) {
	o := k.o
	if before.WaitFor != o.WaitFor {
		if before.WaitFor != "" {
			k.do(func() error {
				return k.s.Clocks.ResumeOneTx(k.ctx, k.tx, o.job(), clocks.WaitedFor(before.WaitFor), o.evidence(), k.at)
			})
		}
		if o.WaitFor != "" {
			k.do(func() error {
				return k.s.Clocks.PauseTx(k.ctx, k.tx, o.job(), clocks.WaitedFor(o.WaitFor), reason, o.evidence(), k.at)
			})
		}
	}
	if before.State == o.State {
		return
	}
	if before.State == StateOffered && o.State != StateAccepted {
		k.cancel(clocks.OutletAcceptance)
	}
	switch o.State {
	case StateReady:
		if before.State == StateDraft {
			k.start(clocks.Completion, clocks.Outlet, nil)
		}
	case StateAccepted, StateScheduled:
		if before.State == StateOffered {
			k.met(clocks.OutletAcceptance, k.at)
		}
		if before.AcceptedAt == nil && o.FirstContactAt == nil {
			k.start(clocks.FirstContact, clocks.Outlet, nil)
		}
	case StateWorking:
		k.met(clocks.Arrival, k.at)
	case StateIncomplete:
		if before.State == StateCompleted {
			k.start(clocks.Completion, clocks.Outlet, nil)
		}
	case StateCompleted:
		k.met(clocks.Completion, k.at)
		k.cancel(clocks.FirstContact)
	case StatePosted, StateCancelled:
		k.cancel("")
	}
}

// evidence tells this order's waits from those of others of its case.
func (o Order) evidence() string { return recordKind + ":" + string(o.ID) }

// outletOf reads the outlet of an order; the zero outlet while it has none.
func (s *Service) outletOf(ctx context.Context, q db.Querier, o Order) (outlets.Outlet, error) {
	if !o.HasOutlet() {
		return outlets.Outlet{}, nil
	}
	return s.Outlets.Get(ctx, q, o.OutletID)
}
