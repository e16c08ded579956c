package orders

import (
	"context"
	"time"

	"anxin/internal/cases"
	"anxin/internal/clocks"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// OfferInput offers an order to an outlet.
type OfferInput struct {
	ActInput
	OutletID  outlets.ID
	ExpiresAt time.Time // zero: by policy
}

// Offer asks an outlet to take an order until a time.
func (s *Service) Offer(ctx context.Context, in OfferInput) (Order, error) {
	return s.act(ctx, PermOffer, "offer", in.ActInput, s.offer(in))
}

// OfferTx is [Service.Offer] in the caller's transaction; it asks for no permission.
func (s *Service) OfferTx(ctx context.Context, tx *db.Tx, in OfferInput) (Order, error) {
	o, err := findOrder(ctx, tx, access.From(ctx).Scope, in.ID)
	if err != nil {
		return Order{}, err
	}
	return s.actTx(ctx, tx, o, "offer", in.Act, s.offer(in))
}

func (s *Service) offer(in OfferInput) change {
	return func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("offer"); err != nil {
			return nil, err
		}
		out, err := s.usableOutlet(ctx, tx, *o, in.OutletID)
		if err != nil {
			return nil, err
		}
		expires := in.ExpiresAt
		if expires.IsZero() {
			expires = at.Add(s.offerFor(*o))
		}
		if !expires.After(tx.Now()) && access.From(ctx).Origin == access.Live {
			return nil, problem.Field("expires_at", problem.BadTime, "earliest", tx.Now())
		}
		round, err := countOffers(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		if o.HasOutlet() && o.OutletID != out.ID { // a kept outlet loses it to another
			if err := s.loseOutlet(ctx, tx, o, at); err != nil {
				return nil, err
			}
			o.Reassigned++
		}
		insertOffer(tx, Offer{
			ID: OfferID(db.NewID()), OrderID: o.ID, OutletID: out.ID, OutletPath: out.Path, Round: round + 1, OfferedAt: at, ExpiresAt: expires,
		}, o.BrandID)
		o.OutletID, o.OutletPath, o.Kept = out.ID, out.Path, false
		if err := s.attach(ctx, tx, *o, at); err != nil {
			return nil, err
		}
		if err := o.move("offer", StateOffered, at); err != nil {
			return nil, err
		}
		if o.Origin != string(access.History) {
			k := keeper{s: s, ctx: ctx, tx: tx, o: o, at: at}
			if k.start(clocks.OutletAcceptance, clocks.Outlet, &expires); k.err != nil {
				return nil, k.err
			}
		}
		return func(f Fact) events.Event { f.ExpiresAt = expires; return Offered{f} }, nil
	}
}

func (s *Service) offerFor(o Order) time.Duration {
	if o.Priority == cases.P1 {
		return s.Policy.OfferFor / 4
	}
	return s.Policy.OfferFor
}

// usableOutlet reads an outlet that may get the order.
func (s *Service) usableOutlet(ctx context.Context, q db.Querier, o Order, id outlets.ID) (outlets.Outlet, error) {
	if id == "" {
		return outlets.Outlet{}, problem.Field("outlet_id", problem.Required)
	}
	out, err := s.Outlets.Get(ctx, q, id)
	if err != nil {
		return outlets.Outlet{}, unknown(err, "outlet_id")
	}
	if !out.Under(access.From(ctx).Scope.OutletPath) {
		return outlets.Outlet{}, problem.Field("outlet_id", problem.Unknown)
	}
	if out.State != outlets.StateActive || !out.Serves(o.BrandID) {
		return outlets.Outlet{}, ErrOutlet.With("outlet", string(out.ID), "state", string(out.State))
	}
	return out, nil
}

// attach lets the order's outlet see the case, its customer and the unit, and find the order; detach takes
// that sight away.
func (s *Service) attach(ctx context.Context, tx *db.Tx, o Order, at time.Time) error {
	err := s.Cases.AttachWorkTx(ctx, tx, cases.AttachWork{Case: o.CaseID, Kind: recordKind, Ref: string(o.ID), OutletPath: o.OutletPath, At: at})
	if err != nil {
		return err
	}
	if o.UnitID != "" { // it may be another than the case's
		if err := s.Units.ShareTx(ctx, tx, o.UnitID, string(o.BrandID), o.OutletPath, nil); err != nil {
			return err
		}
	}
	return s.index(ctx, tx, o)
}

func (s *Service) detach(ctx context.Context, tx *db.Tx, o Order, at time.Time) error {
	if o.OutletPath == "/" {
		return nil
	}
	c, err := s.Cases.Find(access.AsSystem(ctx, "orders.detach"), tx, o.CaseID)
	if err != nil {
		return err
	}
	if o.UnitID != "" && o.UnitID != c.UnitID { // of the case's own unit, the case decides
		if err := s.Units.ShareTx(ctx, tx, o.UnitID, string(o.BrandID), o.OutletPath, new(tx.Now())); err != nil {
			return err
		}
	}
	return s.Cases.DetachOutletTx(ctx, tx, cases.AttachWork{Case: o.CaseID, Kind: recordKind, Ref: string(o.ID), OutletPath: o.OutletPath, At: at})
}

// loseOutlet takes the outlet off the order.
func (s *Service) loseOutlet(ctx context.Context, tx *db.Tx, o *Order, at time.Time) error {
	if err := s.detach(ctx, tx, *o, at); err != nil {
		return err
	}
	if err := s.releaseParts(ctx, tx, *o, at); err != nil {
		return err
	}
	o.OutletID, o.OutletPath, o.Kept, o.AcceptedAt = "", "/", false, nil
	return s.index(ctx, tx, *o)
}

// Accept takes an offered order for the outlet that was asked.
func (s *Service) Accept(ctx context.Context, in ActInput) (Order, error) {
	return s.act(ctx, PermAnswer, "accept", in, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("accept"); err != nil {
			return nil, err
		}
		f, err := openOffer(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		if at.After(f.ExpiresAt) {
			return nil, ErrOfferExpired.With("expired_at", f.ExpiresAt)
		}
		f.Answer, f.AnsweredAt = AnswerAccepted, &at
		if err := answerOffer(ctx, tx, f); err != nil {
			return nil, err
		}
		return func(f Fact) events.Event { return Accepted{f} }, o.move("accept", StateAccepted, at)
	})
}

// Decline refuses an offered order; dispatch hears of it and asks the next. The promise stands.
func (s *Service) Decline(ctx context.Context, in ActInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	r, err := reasonFor(snap, "order.decline", in.Act)
	if err != nil {
		return Order{}, err
	}
	return s.act(ctx, PermAnswer, "decline", in, s.endOffer("decline", AnswerDeclined, func(o *Order, f *Offer) {
		o.because(r)
		f.Reason, f.Blame = o.Reason, o.Blame
	}, func(f Fact) events.Event { return Declined{f} }))
}

// Withdraw takes an offer back before it was answered.
func (s *Service) Withdraw(ctx context.Context, in ActInput) (Order, error) {
	return s.act(ctx, PermOffer, "withdraw", in, s.endOffer("withdraw", AnswerWithdrawn, func(_ *Order, f *Offer) {
		f.Reason = in.Reason
	}, func(f Fact) events.Event { return Withdrawn{f} }))
}

// Expire ends the offer of an order whose time is over; the duty calls it.
func (s *Service) Expire(ctx context.Context, id ID) error {
	_, err := s.act(ctx, PermOffer, "expire", ActInput{ID: id}, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if o.State != StateOffered {
			return nil, errNothing
		}
		f, err := openOffer(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		if f.ExpiresAt.After(tx.Now()) {
			return nil, errNothing // offered anew meanwhile
		}
		return s.endOffer("expire", AnswerExpired, func(o *Order, f *Offer) {
			o.Reason, f.Reason = "offer_expired", "offer_expired"
		}, func(f Fact) events.Event { return OfferExpired{f} })(ctx, tx, o, at)
	})
	return nothing(err)
}

func (s *Service) endOffer(act string, answer Answer, why func(o *Order, f *Offer), ev tell) change {
	return func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed(act); err != nil {
			return nil, err
		}
		f, err := openOffer(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		f.Answer, f.AnsweredAt = answer, &at
		why(o, &f)
		if err := answerOffer(ctx, tx, f); err != nil {
			return nil, err
		}
		outlet, path := o.OutletID, o.OutletPath
		if err := s.loseOutlet(ctx, tx, o, at); err != nil {
			return nil, err
		}
		return func(f Fact) events.Event {
			f.OutletID, f.OutletPath = string(outlet), path // who lost it hears of it
			return ev(f)
		}, o.move(act, StateReady, at)
	}
}

// GiveBack returns an accepted or scheduled order to the centre; whose fault it is goes with the reason.
func (s *Service) GiveBack(ctx context.Context, in ActInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	r, err := reasonFor(snap, "order.give_back", in.Act)
	if err != nil {
		return Order{}, err
	}
	return s.act(ctx, PermAnswer, "give_back", in, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("give_back"); err != nil {
			return nil, err
		}
		if err := s.endVisits(ctx, tx, *o, string(r.Code), r.Responsibility, at); err != nil {
			return nil, err
		}
		o.because(r)
		o.GivenBack++
		outlet, path := o.OutletID, o.OutletPath
		if err := s.loseOutlet(ctx, tx, o, at); err != nil {
			return nil, err
		}
		return func(f Fact) events.Event {
			f.OutletID, f.OutletPath = string(outlet), path
			return GivenBack{f}
		}, o.move("give_back", StateReady, at)
	})
}
