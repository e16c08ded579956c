package orders

import (
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

// judge runs the rule of the review on a completed order, whose row the caller writes.
func (s *Service) judge(ctx context.Context, q db.Querier, snap *catalog.Snapshot, o *Order) error {
	f, err := s.reviewFacts(ctx, q, snap, *o)
	if err != nil {
		return err
	}
	j := review(f)
	o.Review, o.ReviewWhy = j.State, j.Why
	return nil
}

func (s *Service) reviewFacts(ctx context.Context, q db.Querier, snap *catalog.Snapshot, o Order) (reviewFacts, error) {
	f := reviewFacts{Order: o, Checklist: snap.Checklist(o.ServiceType, o.Category)}
	f.Type, _ = snap.ServiceType(o.ServiceType)
	var err error
	if f.Proof, err = proofOf(ctx, q, o.ID, nil); err != nil {
		return f, err
	}
	if f.Visits, err = visitsOfOrder(ctx, q, o.ID); err != nil {
		return f, err
	}
	f.Charges, err = listCharges(ctx, q, o.ID)
	return f, err
}

// MissingProof lists what an order's service type still asks for, by the rule of the review.
func (s *Service) MissingProof(ctx context.Context, q db.Querier, o Order) (reason.List, error) {
	snap, err := s.Catalog.Current(ctx, q)
	if err != nil {
		return nil, err
	}
	f, err := s.reviewFacts(ctx, q, snap, o)
	if err != nil {
		return nil, err
	}
	return review(f).Why.Only(reason.Fail), nil
}

// ApproveReview passes the review of a completed order by a person, who saw what is missing or odd.
func (s *Service) ApproveReview(ctx context.Context, in ActInput) (Order, error) {
	return s.act(ctx, PermReview, "approve_review", in, func(_ context.Context, _ *db.Tx, o *Order, _ time.Time) (tell, error) {
		if o.State != StateCompleted {
			return nil, ErrState.With("act", "approve_review", "state", string(o.State))
		}
		if o.Review == ReviewPassed {
			return nil, ErrReview.With("review", string(o.Review))
		}
		o.Review = ReviewPassed
		o.ReviewWhy = append(slices.Clone(o.ReviewWhy), reason.Noted("orders.review_by_hand").With("reason", in.Reason).Under(reviewRule))
		return nil, nil
	})
}

// RejectInput sends a completed order back.
type RejectInput struct {
	ActInput
	OnlyProof bool // the work is done: only proof is missing
}

// Reject sends a completed order back to be finished. When only proof is missing it stays completed, and
// the engineer has a task.
func (s *Service) Reject(ctx context.Context, in RejectInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	r, err := reasonFor(snap, "order.reject", in.Act)
	if err != nil {
		return Order{}, err
	}
	return s.act(ctx, PermReview, "reject", in.ActInput, s.reject(r, in.OnlyProof, OutcomeSecondVisit))
}

func (s *Service) reject(r catalog.Reason, onlyProof bool, why Outcome) change {
	return func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("reject"); err != nil {
			return nil, err
		}
		o.because(r)
		if onlyProof {
			o.Review = ReviewProof
			return func(f Fact) events.Event { return Rejected{f} }, o.move("reject", StateCompleted, *o.CompletedAt)
		}
		if err := s.voidCharges(ctx, tx, *o, Charge.byRule); err != nil {
			return nil, err
		}
		if err := o.move("reject", StateIncomplete, at); err != nil {
			return nil, err
		}
		insertWish(tx, *o, Wish{ID: WishID(db.NewID()), OrderID: o.ID, Why: why, Reason: string(r.Code), State: WishOpen, RaisedAt: at})
		if err := s.Cases.WorkBackTx(ctx, tx, o.CaseID, recordKind, string(o.ID), at); err != nil {
			return nil, err
		}
		f := o.fact(at)
		f.Version++ // the row is written after the act
		if err := events.Publish(ctx, tx, Incomplete{f}); err != nil {
			return nil, err
		}
		return func(f Fact) events.Event { return Rejected{f} }, nil
	}
}

// CallbackResult is what a callback found out about an order.
type CallbackResult struct {
	Order  ID
	Result Opinion
	Class  int // result class of the callback; 40 and 41 say that the work was not done
	At     time.Time
}

// Classes of callbacks that say the work was not done.
const (
	classNotFinished = 40
	classNoVisit     = 41
)

// CallbackResultTx tells an order what the customer said. A positive or waived result lets it post; the
// classes 40 and 41 make it incomplete again; other negatives take the case back and hold the charges,
// and the order posts without them.
func (s *Service) CallbackResultTx(ctx context.Context, tx *db.Tx, in CallbackResult) error {
	o, err := findOrder(ctx, tx, access.Everything, in.Order)
	if err != nil {
		return err
	}
	act := access.Act{OccurredAt: in.At}
	if o.State != StateCompleted {
		// Posted already (silence), or taken back: a bad result still reopens the case, and charges not yet
		// paid out are what settlement looks at.
		if in.Result == CallbackNegative && o.State == StatePosted {
			return s.Cases.CustomerDisagreesTx(ctx, tx, o.CaseID, negativeReason(in.Class), in.At)
		}
		return nil
	}
	if in.Result == CallbackNegative && (in.Class == classNotFinished || in.Class == classNoVisit) {
		snap, err := s.Catalog.Current(ctx, tx)
		if err != nil {
			return err
		}
		r, ok := snap.Reason(catalog.ReasonCode(negativeReason(in.Class)))
		if !ok {
			return problem.Field("class", problem.Unknown)
		}
		_, err = s.actTx(ctx, tx, o, "callback_reject", act, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
			return s.reject(r, false, WishFailed)(ctx, tx, o, at)
		})
		return err
	}
	o, err = s.actTx(ctx, tx, o, "callback", act, func(ctx context.Context, tx *db.Tx, o *Order, _ time.Time) (tell, error) {
		o.Callback, o.CallbackClass = in.Result, in.Class
		if in.Result != CallbackNegative {
			return nil, nil
		}
		o.Held = true
		return nil, s.holdCharges(ctx, tx, *o)
	})
	if err != nil {
		return err
	}
	if in.Result == CallbackNegative {
		if err := s.Cases.CustomerDisagreesTx(ctx, tx, o.CaseID, negativeReason(in.Class), in.At); err != nil {
			return err
		}
	}
	_, err = s.postTx(ctx, tx, o, false, act)
	return err
}

func negativeReason(class int) string {
	switch class {
	case classNotFinished:
		return "false_report"
	case classNoVisit:
		return "no_visit"
	}
	return "bad_callback"
}

// postable tells whether a completed order may post; silent says that the customer kept quiet for the
// policy's days.
func (o Order) postable(silent bool) bool {
	return o.State == StateCompleted && o.Review == ReviewPassed && (o.Callback != CallbackNone || silent)
}

// postTx locks a completed order for good when everything is there: charges go into the ledger, the case
// learns that the work ended.
func (s *Service) postTx(ctx context.Context, tx *db.Tx, o Order, silent bool, act access.Act) (Order, error) {
	if !o.postable(silent) {
		return o, nil
	}
	o, err := s.actTx(ctx, tx, o, "post", access.Act{OccurredAt: act.OccurredAt, DeviceOffset: act.DeviceOffset}, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if o.Callback == CallbackNone {
			o.Callback = CallbackWaived
		}
		if err := s.postMoney(ctx, tx, *o, at); err != nil {
			return nil, err
		}
		if err := s.releaseParts(ctx, tx, *o, at); err != nil {
			return nil, err
		}
		if err := o.move("post", StatePosted, at); err != nil {
			return nil, err
		}
		return func(f Fact) events.Event { return Posted{f} }, nil
	})
	if err != nil {
		return Order{}, err
	}
	if err := s.Cases.EndWorkTx(ctx, tx, o.CaseID, recordKind, string(o.ID), *o.EndedAt); err != nil {
		return Order{}, err
	}
	if o.Callback == CallbackPositive {
		err = s.Cases.CustomerAgreesTx(ctx, tx, o.CaseID, "solved", *o.EndedAt)
	}
	return o, err
}

// Done names an order whose work is done, and whose it was.
type Done struct {
	ID         ID
	Number     string
	OutletPath string
}

// CompletedBetween lists the orders whose work was completed in a stretch of time and stands, those of history left
// out; for duties, which see everything.
func (s *Service) CompletedBetween(ctx context.Context, q db.Querier, from, to time.Time) ([]Done, error) {
	return completedBetween(ctx, q, from, to)
}

// PostSilent posts completed orders whose customer kept silent for the policy's days; a duty.
func (s *Service) PostSilent(ctx context.Context) error {
	ids, err := silentOrders(ctx, s.db, s.db.Now().Add(-s.Policy.SilentFor), 500)
	if err != nil {
		return err
	}
	var errs []error // one order's trouble keeps no other waiting
	for _, id := range ids {
		errs = append(errs, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			o, err := findOrder(ctx, tx, access.Everything, id)
			if err != nil || o.CompletedAt == nil || o.CompletedAt.After(tx.Now().Add(-s.Policy.SilentFor)) {
				return err
			}
			_, err = s.postTx(ctx, tx, o, true, access.Act{})
			return err
		}))
	}
	return errors.Join(errs...)
}
