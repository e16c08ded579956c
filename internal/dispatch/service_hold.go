package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

// HoldInput keeps a window for an order while the customer makes up his mind.
type HoldInput struct {
	access.Act
	Order    orders.ID
	From, To time.Time
	For      time.Duration // zero: by policy; at most an hour
}

const (
	maxHold  = time.Hour
	attempts = 12 // each lost one took somebody's last capacity
)

// promisable are the states in which an order's window can still be promised.
var promisable = []orders.State{
	orders.StateDraft, orders.StateReady, orders.StateOffered, orders.StateAccepted, orders.StateScheduled, orders.StateSuspended, orders.StateIncomplete,
}

// Hold keeps a window until it expires, is taken or released. A window held before for the same order is let go.
func (s *Service) Hold(ctx context.Context, in HoldInput) (Hold, error) {
	if err := access.Require(ctx, PermHold); err != nil {
		return Hold{}, err
	}
	o, err := s.orders.Find(ctx, s.db, in.Order)
	if err != nil {
		return Hold{}, err
	}
	if err := s.checkHold(o, &in); err != nil {
		return Hold{}, err
	}
	serving, err := s.workplaces(ctx, s.db, o)
	if err != nil {
		return Hold{}, err
	}
	if len(serving) == 0 {
		return Hold{}, ErrNobody.With()
	}
	for range attempts {
		list, err := s.offers(ctx, s.db, o, serving, []planner.Span{{From: in.From, To: in.To}})
		if err != nil {
			return Hold{}, err
		}
		if !list[0].Offered() {
			return Hold{}, ErrNoCapacity.With("reasons", list[0].Reasons)
		}
		h, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Hold, error) { return s.holdTx(ctx, tx, in, list[0]) })
		if !errors.Is(err, errLost) {
			return h, err
		}
	}
	return Hold{}, ErrNoCapacity.With()
}

func (s *Service) checkHold(o orders.Order, in *HoldInput) error {
	if !slices.Contains(promisable, o.State) {
		return ErrOrderState.With("state", string(o.State))
	}
	in.From, in.To = in.From.UTC().Truncate(time.Second), in.To.UTC().Truncate(time.Second)
	var f problem.Fields
	f.Check(!in.From.IsZero(), "from", problem.Required)
	f.Check(in.To.After(in.From), "to", problem.BadTime)
	f.Check(in.To.Sub(in.From) <= orders.MaxWindow, "to", problem.OutOfRange, "limit", "24 h")
	f.Check(in.To.After(s.db.Now()), "to", ErrPast)
	f.Check(in.For >= 0 && in.For <= maxHold, "seconds", problem.OutOfRange, "limit", int(maxHold/time.Second))
	if in.For == 0 {
		in.For = s.policy.HoldFor
	}
	return f.Err()
}

func (s *Service) holdTx(ctx context.Context, tx *db.Tx, in HoldInput, f Offer) (Hold, error) {
	o, err := s.orders.Find(ctx, tx, in.Order)
	if err != nil {
		return Hold{}, err
	}
	if d, done, err := decided(ctx, tx, o.ID, "hold", in.OperationID); done || err != nil {
		if err != nil {
			return Hold{}, err
		}
		id, _ := d.Inputs["hold"].(string)
		return findHold(ctx, tx, access.From(ctx).Scope, id)
	}
	c, err := s.claimTx(ctx, tx, o, f)
	if err != nil {
		return Hold{}, err
	}
	if err := s.endHoldsOfTx(ctx, tx, o.ID, HoldReleased); err != nil {
		return Hold{}, err
	}
	h := Hold{Claim: c, State: HoldHeld, HeldBy: actorOf(ctx), ExpiresAt: tx.Now().Add(in.For), CreatedAt: tx.Now()}
	if err := insertHold(ctx, tx, h); err != nil {
		return Hold{}, err
	}
	return h, decide(ctx, tx, c.decision("hold", in.Act, f.Reasons, map[string]any{"hold": h.ID, "expires_at": h.ExpiresAt}))
}

// decision is why a claim was made.
func (c Claim) decision(act string, in access.Act, why reason.List, more map[string]any) Decision {
	inputs := map[string]any{
		"outlet": string(c.OutletID), "engineer": string(c.EngineerID), "second": string(c.SecondID), "from": c.From, "to": c.To, "start": c.Start, "end": c.End,
	}
	for k, v := range more {
		inputs[k] = v
	}
	return Decision{
		Act: act, OrderID: c.OrderID, BrandID: c.BrandID, OutletPath: c.OutletPath, Operation: in.OperationID, Reason: in.Reason, Inputs: inputs, Reasons: why,
	}
}

// TakeInput promises the held window.
type TakeInput struct {
	access.Act
	Hold      string
	ChangedBy orders.Party // who wanted the promise before changed, when there is one
	// FreesVisit takes the visit that was planned for the time before off the plan with it. A visit that is on its way, or
	// that does other orders too, is refused.
	FreesVisit bool
}

// Take turns a hold into a reservation and promises its window to the customer, both or neither. An outlet
// that is not the operator's own is asked to take the order, when nobody has it.
func (s *Service) Take(ctx context.Context, in TakeInput) (Reservation, error) {
	if err := access.Require(ctx, PermHold); err != nil {
		return Reservation{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Reservation, error) {
		h, err := findHold(ctx, tx, holdScope(ctx), in.Hold)
		if err != nil {
			return Reservation{}, err
		}
		if _, err := s.orders.Find(ctx, tx, h.OrderID); err != nil {
			return Reservation{}, ErrHoldNotFound
		}
		switch {
		case h.State == HoldTaken: // said again
			kept, err := reservationsOf(ctx, tx, []orders.ID{h.OrderID})
			if r, ok := kept[h.OrderID]; err != nil || ok && r.From.Equal(h.From) && r.To.Equal(h.To) {
				return r, err
			}
			return Reservation{}, ErrHoldState.With("state", string(h.State))
		case h.State == HoldExpired || h.State == HoldHeld && !h.ExpiresAt.After(tx.Now()):
			return Reservation{}, ErrHoldExpired.With("expired_at", h.ExpiresAt)
		case h.State != HoldHeld:
			return Reservation{}, ErrHoldState.With("state", string(h.State))
		}
		return s.takeTx(ctx, tx, h, in)
	})
}

// holdScope: a hold belongs to its order, and who sees the order may act on the hold, wherever it lies.
func holdScope(ctx context.Context) access.Scope {
	return access.Scope{OutletPath: "/", Brands: access.From(ctx).Scope.Brands}
}

func (s *Service) takeTx(ctx context.Context, tx *db.Tx, h Hold, in TakeInput) (Reservation, error) {
	if err := s.guardTx(ctx, tx, h.Claim); err != nil {
		return Reservation{}, err
	}
	if err := endHold(ctx, tx, h.ID, HoldTaken); err != nil {
		return Reservation{}, err
	}
	if in.FreesVisit {
		if err := s.freeVisitTx(ctx, tx, h.OrderID, in.Act); err != nil {
			return Reservation{}, err
		}
	}
	o, err := s.orders.PromiseTx(ctx, tx, orders.PromiseInput{Act: in.Act, Order: h.OrderID, From: h.From, To: h.To, ChangedBy: in.ChangedBy})
	if err != nil {
		return Reservation{}, err
	}
	if err := s.endReservationTx(ctx, tx, o.ID, ReservationDropped, "promise_changed"); err != nil {
		return Reservation{}, err
	}
	r, err := s.reserveTx(ctx, tx, o, h.Claim)
	if err != nil {
		return r, err
	}
	out, err := s.outlets.Get(ctx, tx, h.OutletID)
	if err != nil {
		return r, err
	}
	if o.State == orders.StateReady && !o.HasOutlet() && !out.Own() {
		if err := s.askTx(ctx, tx, o, out); err != nil {
			return r, err
		}
	}
	if err := s.settleTx(ctx, tx, o, "covered"); err != nil {
		return r, err
	}
	return r, decide(ctx, tx, h.decision("take", in.Act, reason.List{}, map[string]any{"hold": h.ID, "promise": string(o.PromiseID)}))
}

// freeVisitTx cancels the visit that waits for an order; none is fine.
func (s *Service) freeVisitTx(ctx context.Context, tx *db.Tx, id orders.ID, in access.Act) error {
	list, err := s.orders.VisitsOfOrder(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, v := range list {
		switch {
		case !v.Open():
			continue
		case !v.Movable():
			return ErrVisitFixed.With()
		}
		if _, err := s.orders.CancelVisitTx(ctx, tx, orders.VisitInput{Act: access.Act{Reason: in.Reason}, ID: v.ID}); err != nil {
			return err
		}
	}
	return nil
}

// guardTx locks the day, or the quota of the day, that a claim is on.
func (s *Service) guardTx(ctx context.Context, tx *db.Tx, c Claim) error {
	if c.EngineerID == "" {
		return bumpOutletDay(ctx, tx, c.OutletID, c.Date)
	}
	also, err := claimedDays(ctx, tx, []orders.ID{c.OrderID}) // what may end with it, in one order
	if err != nil {
		return err
	}
	_, err = s.workforce.BumpDaysTx(ctx, tx, append(c.days(), also...))
	return err
}

// reserveTx keeps capacity for the promise in force.
func (s *Service) reserveTx(ctx context.Context, tx *db.Tx, o orders.Order, c Claim) (Reservation, error) {
	c.ID, c.OrderID = db.NewID(), o.ID
	r := Reservation{Claim: c, PromiseID: o.PromiseID, State: ReservationAlive, CreatedAt: tx.Now()}
	if err := insertReservation(ctx, tx, r); err != nil {
		return r, err
	}
	return r, audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_reservation", Record: r.ID, Act: "reserve", New: true, After: map[string]any{
		"order": string(o.ID), "promise": string(o.PromiseID), "outlet": string(c.OutletID), "engineer": string(c.EngineerID), "date": c.Date.String(),
	}})
}

// askTx offers an order to an outlet as the program.
func (s *Service) askTx(ctx context.Context, tx *db.Tx, o orders.Order, out outlets.Outlet) error {
	_, err := s.orders.OfferTx(systemContext(ctx), tx, orders.OfferInput{ActInput: orders.ActInput{ID: o.ID}, OutletID: out.ID})
	return err
}

// ReleaseInput lets a held window go.
type ReleaseInput struct {
	access.Act
	Hold string
}

// Release lets a held window go; one that is over already stays as it is.
func (s *Service) Release(ctx context.Context, in ReleaseInput) (Hold, error) {
	if err := access.Require(ctx, PermHold); err != nil {
		return Hold{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Hold, error) {
		h, err := findHold(ctx, tx, holdScope(ctx), in.Hold)
		if err != nil {
			return Hold{}, err
		}
		if _, err := s.orders.Find(ctx, tx, h.OrderID); err != nil {
			return Hold{}, ErrHoldNotFound
		}
		switch h.State {
		case HoldTaken:
			return Hold{}, ErrHoldState.With("state", string(h.State))
		case HoldHeld:
			if err := s.guardTx(ctx, tx, h.Claim); err != nil {
				return Hold{}, err
			}
			if err := endHold(ctx, tx, h.ID, HoldReleased); err != nil {
				return Hold{}, err
			}
			h.State = HoldReleased
		}
		return h, nil
	})
}

// Reservation is what is kept for an order's promise; ok is false when nothing is.
func (s *Service) Reservation(ctx context.Context, q db.Querier, id orders.ID) (r Reservation, ok bool, err error) {
	kept, err := reservationsOf(ctx, q, []orders.ID{id})
	r, ok = kept[id]
	return r, ok, err
}

// ExpireHolds ends holds whose time is over; a duty. Their capacity was free from that moment on.
func (s *Service) ExpireHolds(ctx context.Context) error {
	return db.InTx0(systemContext(ctx), s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := expireHolds(ctx, tx)
		return err
	})
}
