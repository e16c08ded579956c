package orders

import (
	"context"
	"slices"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// PromiseInput tells the customer a window.
type PromiseInput struct {
	access.Act
	Order     ID
	From, To  time.Time
	ChangedBy Party // who wanted the promise before changed; needed when there is one
}

// Promise tells the customer a window, on the phone or after dispatch chose a slot. A promise before is
// not changed but followed by this one, with who wanted it and why.
func (s *Service) Promise(ctx context.Context, in PromiseInput) (Order, error) {
	return s.actOn(ctx, PermPromise, "promise", ActInput{Act: in.Act, ID: in.Order}, s.promise(in))
}

// PromiseTx is [Service.Promise] in the caller's transaction; it asks for no permission.
func (s *Service) PromiseTx(ctx context.Context, tx *db.Tx, in PromiseInput) (Order, error) {
	o, err := findOrder(ctx, tx, access.From(ctx).Scope, in.Order)
	if err != nil {
		return Order{}, err
	}
	return s.actTx(ctx, tx, o, "promise", in.Act, s.promise(in))
}

func (s *Service) promise(in PromiseInput) change {
	return func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if !slices.Contains([]State{StateDraft, StateReady, StateOffered, StateAccepted, StateScheduled, StateSuspended, StateIncomplete}, o.State) {
			return nil, ErrState.With("act", "promise", "state", string(o.State))
		}
		w := Window{From: in.From.UTC(), To: in.To.UTC()}
		var f problem.Fields
		w.check(&f, "window")
		changes := o.PromiseID != ""
		f.Check(!changes || slices.Contains(movers, in.ChangedBy), "changed_by", problem.Required)
		if err := f.Err(); err != nil {
			return nil, err
		}
		actor := access.From(ctx)
		if actor.Origin == access.Live && !w.To.After(tx.Now()) {
			return nil, problem.Field("window.to", ErrPromiseLate)
		}
		if changes && w == o.Promised {
			return nil, nil // said again
		}
		snap, err := s.Catalog.Current(ctx, tx)
		if err != nil {
			return nil, err
		}
		p := Promise{ID: PromiseID(db.NewID()), OrderID: o.ID, Seq: 1, Window: w, MadeBy: actor.Kind + ":" + actor.ID, MadeAt: at}
		if changes {
			if _, err := reasonFor(snap, "promise.change", in.Act); err != nil {
				return nil, err
			}
			if err := s.followPromise(ctx, tx, o, &p, in, at); err != nil {
				return nil, err
			}
		}
		insertPromise(tx, p)
		o.PromiseID, o.Promised = p.ID, w
		return nil, s.tellPromise(ctx, tx, *o, p, changes)
	}
}

// followPromise ends the promise in force: one whose window had passed is judged, a change is counted.
func (s *Service) followPromise(ctx context.Context, tx *db.Tx, o *Order, p *Promise, in PromiseInput, at time.Time) error {
	list, err := listPromises(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	p.Seq, p.ChangedBy, p.Reason = int64(len(list))+1, in.ChangedBy, in.Reason
	if in.ChangedBy == ByCustomer {
		o.MovedCustomer++
	} else {
		o.MovedFirm++
	}
	return s.judgeUnmet(ctx, tx, *o, at)
}

func (s *Service) tellPromise(ctx context.Context, tx *db.Tx, o Order, p Promise, changed bool) error {
	// The order's row is written after the act: its version rises by one.
	f := PromiseFact{
		Head:      events.Head{ID: string(o.ID), Version: o.Version + 1, OccurredAt: p.MadeAt, BrandID: string(o.BrandID), OutletPath: o.OutletPath},
		PromiseID: p.ID, CaseID: o.CaseID, From: p.Window.From, To: p.Window.To, ChangedBy: p.ChangedBy, Reason: p.Reason,
	}
	if changed {
		return events.Publish(ctx, tx, PromiseChanged{f})
	}
	return events.Publish(ctx, tx, PromiseMade{f})
}

// judgeArrival judges the promise that stood when the engineer arrived. A promise is judged once.
func (s *Service) judgeArrival(ctx context.Context, tx *db.Tx, o Order, v VisitID, arrived time.Time) error {
	list, err := listPromises(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	p, ok := inForce(list, arrived)
	if !ok || p.Verdict != nil {
		return nil
	}
	kept, late := p.Judge(arrived)
	p.Verdict = &Verdict{Kept: kept, VisitID: v, ArrivedAt: &arrived, LateBy: late, OccurredAt: arrived, RecordedAt: tx.Now()}
	return s.writeVerdict(ctx, tx, o, p)
}

// judgeUnmet breaks the promise in force when its window passed and nobody came; one that was given up
// before its window's end is not judged.
func (s *Service) judgeUnmet(ctx context.Context, tx *db.Tx, o Order, at time.Time) error {
	list, err := listPromises(ctx, tx, o.ID)
	if err != nil || len(list) == 0 {
		return err
	}
	p := list[len(list)-1]
	if p.Verdict != nil || !at.After(p.Window.To) || o.Origin == string(access.History) {
		return nil
	}
	came, err := s.arrivedSince(ctx, tx, o.ID, p.MadeAt)
	if err != nil || came {
		return err
	}
	p.Verdict = &Verdict{LateBy: at.Sub(p.Window.To), OccurredAt: at, RecordedAt: tx.Now()}
	return s.writeVerdict(ctx, tx, o, p)
}

func (s *Service) arrivedSince(ctx context.Context, q db.Querier, id ID, since time.Time) (bool, error) {
	list, err := visitsOfOrder(ctx, q, id)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list, func(v Visit) bool { return v.ArrivedAt != nil && v.ArrivedAt.After(since) }), nil
}

func (s *Service) writeVerdict(ctx context.Context, tx *db.Tx, o Order, p Promise) error {
	insertVerdict(tx, p)
	f := PromiseFact{
		Head:      events.Head{ID: string(o.ID), Version: o.Version, OccurredAt: p.Verdict.OccurredAt, BrandID: string(o.BrandID), OutletPath: o.OutletPath},
		PromiseID: p.ID, CaseID: o.CaseID, From: p.Window.From, To: p.Window.To, VisitID: p.Verdict.VisitID, LateBy: int64(p.Verdict.LateBy / time.Second),
	}
	if p.Verdict.Kept {
		return events.Publish(ctx, tx, PromiseKept{f})
	}
	return events.Publish(ctx, tx, PromiseBroken{f})
}
