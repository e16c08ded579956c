package dispatch

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

// Codes of choosing an outlet.
const (
	noteAsked  = "dispatch.asked"  // was asked before for this order
	noteRank   = "dispatch.rank"   // of the outlet for the address
	noteLoad   = "dispatch.share"  // orders that day, of those declared
	noteNobody = "dispatch.nobody" // no outlet left that serves the address
)

// OfferNextInput asks the next outlet to take an order.
type OfferNextInput struct {
	access.Act
	Order orders.ID
}

// OfferNext chooses the outlet that comes next for a ready order: the best rank, of those the one with
// capacity for the promise, of those the one with the smallest share of its day taken. An own outlet is not
// asked: its engineers are reserved for the promise. Who was asked before is left out.
func (s *Service) OfferNext(ctx context.Context, in OfferNextInput) (orders.Order, error) {
	if err := access.Require(ctx, PermOffer); err != nil {
		return orders.Order{}, err
	}
	o, err := s.orders.Find(ctx, s.db, in.Order)
	if err != nil {
		return o, err
	}
	if o.State != orders.StateReady {
		return o, ErrOrderState.With("state", string(o.State))
	}
	if err := s.findOutlet(ctx, o.ID); err != nil {
		return o, err
	}
	return s.orders.Find(ctx, s.db, in.Order)
}

// choice is an outlet that could get an order.
type choice struct {
	outlets.Serving
	offer   Offer // capacity for the promise; not offered when there is none
	covered bool
	share   int64 // thousandths of the day's declared orders that are taken
}

// findOutlet decides who gets a ready order and does it. What is decided is read before the transaction and
// counted again inside; a lost race decides anew.
func (s *Service) findOutlet(ctx context.Context, id orders.ID) error {
	ctx = systemContext(ctx)
	for range attempts {
		o, err := s.orders.Find(ctx, s.db, id)
		if err != nil || o.State != orders.StateReady || o.HasOutlet() || o.Origin == string(access.History) {
			return err
		}
		pick, why, err := s.choose(ctx, o)
		if err != nil {
			return err
		}
		err = db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.giveTx(ctx, tx, id, pick, why) })
		if !errors.Is(err, errLost) {
			return err
		}
	}
	return ErrNoCapacity.With()
}

// choose ranks the outlets that were not asked yet.
func (s *Service) choose(ctx context.Context, o orders.Order) (pick *choice, why reason.List, err error) {
	list, err := s.serving(ctx, s.db, o)
	if err != nil {
		return nil, nil, err
	}
	asked, err := s.orders.Offers(ctx, s.db, o.ID)
	if err != nil {
		return nil, nil, err
	}
	var left []choice
	for _, v := range list {
		if slices.ContainsFunc(asked, func(f orders.Offer) bool { return f.OutletID == v.Outlet.ID && f.Answer != orders.AnswerNone }) {
			why.Add(reason.Failed(noteAsked).With("outlet", string(v.Outlet.ID)))
			continue
		}
		c := choice{Serving: v}
		if err := s.weigh(ctx, o, &c); err != nil {
			return nil, nil, err
		}
		left = append(left, c)
	}
	if len(left) == 0 {
		why.Add(reason.Failed(noteNobody).With("division", o.Division))
		return nil, why, nil
	}
	best := slices.MinFunc(left, func(a, b choice) int {
		covers := func(c choice) int {
			if c.covered {
				return 0
			}
			return 1
		}
		return cmp.Or(covers(a)-covers(b), cmp.Compare(len(b.Division), len(a.Division)), cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.share, b.share),
			cmp.Compare(a.Outlet.Path, b.Outlet.Path))
	})
	why.Add(reason.Noted(noteRank).With("outlet", string(best.Outlet.ID)).Compared(best.Rank, 1))
	if best.share >= 0 {
		why.Add(reason.Noted(noteLoad).With("outlet", string(best.Outlet.ID)).Compared(best.share, 1000))
	}
	why.Add(best.offer.Reasons...)
	return &best, why, nil
}

// weigh finds an outlet's capacity for the promise in force, and the share of its day that is taken.
func (s *Service) weigh(ctx context.Context, o orders.Order, c *choice) error {
	c.covered, c.share = true, -1
	date := calendar.DateOf(s.db.Now(), c.Outlet.Location())
	if due := o.Promised; !due.IsZero() && due.To.After(s.db.Now()) {
		date = calendar.DateOf(due.From, c.Outlet.Location())
		list, err := s.offers(ctx, s.db, o, []outlets.Serving{c.Serving}, []planner.Span{{From: due.From, To: due.To}})
		if err != nil {
			return err
		}
		c.offer, c.covered = list[0], list[0].Offered()
	}
	if c.Outlet.Own() {
		return nil
	}
	used, err := s.quota(ctx, s.db, o, c.Outlet, date)
	if err != nil {
		return err
	}
	if limit, ok := used.Limit.(int64); ok && limit > 0 {
		if value, ok := used.Value.(int64); ok {
			c.share = value * 1000 / limit
		}
	}
	return nil
}

// giveTx offers the order to whom was chosen, reserves capacity for its promise, or raises the alert that
// there is none.
func (s *Service) giveTx(ctx context.Context, tx *db.Tx, id orders.ID, pick *choice, why reason.List) error {
	o, err := s.orders.Find(ctx, tx, id)
	if err != nil || o.State != orders.StateReady || o.HasOutlet() {
		return err
	}
	if pick == nil {
		if _, err := s.alertTx(ctx, tx, o, AlertNobody, why); err != nil {
			return err
		}
		return s.uncoverTx(ctx, tx, o, why)
	}
	if !pick.Outlet.Own() {
		if err := s.askTx(ctx, tx, o, pick.Outlet); err != nil {
			return err
		}
	}
	act := Decision{Act: "offer", OrderID: o.ID, BrandID: o.BrandID, OutletPath: pick.Outlet.Path, Inputs: map[string]any{"outlet": string(pick.Outlet.ID)}, Reasons: why}
	if err := decide(ctx, tx, act); err != nil {
		return err
	}
	return s.coverTx(ctx, tx, o, pick.offer, why)
}

// coverTx moves the reservation for an order's promise to an offer, or raises the alert.
func (s *Service) coverTx(ctx context.Context, tx *db.Tx, o orders.Order, f Offer, why reason.List) error {
	if o.Promised.IsZero() || !o.Promised.To.After(tx.Now()) {
		return s.settleTx(ctx, tx, o, "covered")
	}
	if !f.Offered() {
		return s.uncoverTx(ctx, tx, o, why)
	}
	if err := s.endReservationTx(ctx, tx, o.ID, ReservationDropped, "moved"); err != nil {
		return err
	}
	c, err := s.claimTx(ctx, tx, o, f)
	if err != nil {
		return err
	}
	if _, err := s.reserveTx(ctx, tx, o, c); err != nil {
		return err
	}
	return s.settleTx(ctx, tx, o, "covered")
}

// uncoverTx says that a promise stands without capacity.
func (s *Service) uncoverTx(ctx context.Context, tx *db.Tx, o orders.Order, why reason.List) error {
	if err := s.endReservationTx(ctx, tx, o.ID, ReservationDropped, "outlet_lost"); err != nil {
		return err
	}
	if o.Promised.IsZero() || !o.Promised.To.After(tx.Now()) {
		return nil
	}
	_, err := s.alertTx(ctx, tx, o, AlertNoCapacity, why)
	return err
}

// alertTx raises an alert unless one of its kind is open for the order.
func (s *Service) alertTx(ctx context.Context, tx *db.Tx, o orders.Order, kind string, why reason.List) (bool, error) {
	a := Alert{ID: db.NewID(), Kind: kind, OrderID: o.ID, BrandID: o.BrandID, OutletPath: o.OutletPath, Reasons: why, RaisedAt: tx.Now(), Version: 1}
	fresh, err := insertAlert(ctx, tx, a)
	if err != nil || !fresh {
		return false, err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_alert", Record: a.ID, Act: "raise", New: true, After: map[string]any{"kind": kind, "order": string(o.ID)}})
	if err != nil {
		return false, err
	}
	return true, events.Publish(ctx, tx, AlertRaised{a.fact(tx.Now())})
}

// settleTx closes what was open about an order's capacity.
func (s *Service) settleTx(ctx context.Context, tx *db.Tx, o orders.Order, resolution string) error {
	return s.settleKindsTx(ctx, tx, o.ID, resolution, AlertNoCapacity, AlertNobody)
}

func (s *Service) settleKindsTx(ctx context.Context, tx *db.Tx, id orders.ID, resolution string, kinds ...string) error {
	list, err := openAlerts(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, a := range list {
		if !slices.Contains(kinds, a.Kind) {
			continue
		}
		if err := s.closeTx(ctx, tx, a, resolution, access.Act{}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) closeTx(ctx context.Context, tx *db.Tx, a Alert, resolution string, in access.Act) error {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return err
	}
	a.ClosedAt, a.ClosedBy, a.Resolution = &at, actorOf(ctx), resolution
	a.Version++
	if err := closeAlert(ctx, tx, a); err != nil {
		return err
	}
	err = audit.Append(ctx, tx, audit.Entry{
		Kind: "dispatch_alert", Record: a.ID, Act: "close", Reason: in.Reason, OccurredAt: at, After: map[string]any{"resolution": resolution},
	})
	if err != nil {
		return err
	}
	return events.Publish(ctx, tx, AlertClosed{a.fact(at)})
}

// CloseAlertInput says how a person settled an alert.
type CloseAlertInput struct {
	access.Act
	ID         string
	Resolution string // one of [Resolutions]
}

// CloseAlert closes an alert by hand.
func (s *Service) CloseAlert(ctx context.Context, in CloseAlertInput) (Alert, error) {
	if err := access.Require(ctx, PermAlert); err != nil {
		return Alert{}, err
	}
	if !slices.Contains(Resolutions, in.Resolution) {
		return Alert{}, problem.Field("resolution", problem.BadChoice)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Alert, error) {
		a, err := findAlert(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return a, err
		}
		if a.ClosedAt != nil {
			return a, ErrAlertClosed.With()
		}
		if err := s.closeTx(ctx, tx, a, in.Resolution, in.Act); err != nil {
			return a, err
		}
		return findAlert(ctx, tx, access.From(ctx).Scope, in.ID)
	})
}

// Alerts lists the open alerts in scope, oldest first, one more than the limit.
func (s *Service) Alerts(ctx context.Context, f AlertFilter) ([]Alert, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listAlerts(ctx, s.db, access.From(ctx).Scope, f.After, f.AfterID, f.Limit)
}

// Decisions lists why things were decided about an order, oldest first.
func (s *Service) Decisions(ctx context.Context, id orders.ID) ([]Decision, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	if _, err := s.orders.Find(ctx, s.db, id); err != nil {
		return nil, err
	}
	return listDecisions(ctx, s.db, access.From(ctx).Scope, id)
}
