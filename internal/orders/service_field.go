package orders

import (
	"context"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// FieldInput is the input of an act that an engineer does on a visit.
type FieldInput struct {
	VisitInput
	Point *geo.Point // where the device was
}

func engineerOf(ctx context.Context) workforce.EngineerID {
	return workforce.EngineerID(access.From(ctx).EngineerID)
}

// anybodys tells whether the actor acts on everybody's visits in scope.
func anybodys(ctx context.Context) bool { return access.From(ctx).Permissions.Has(PermFieldAny) }

// findField reads a visit that the actor may act on: in scope, or his own, now or before.
func (s *Service) findField(ctx context.Context, q db.Querier, id VisitID) (Visit, error) {
	if anybodys(ctx) {
		return findVisit(ctx, q, access.From(ctx).Scope, id)
	}
	v, err := findVisit(ctx, q, access.Everything, id)
	if err != nil {
		return Visit{}, err
	}
	mine, err := wasMember(ctx, q, id, engineerOf(ctx))
	if err == nil && !mine {
		err = ErrVisitNotFound
	}
	return v, err
}

// OwnVisit reads a visit that the actor may act on in the field: in scope, or one's own.
func (s *Service) OwnVisit(ctx context.Context, q db.Querier, id VisitID) (Visit, error) {
	if err := mayField(ctx); err != nil {
		return Visit{}, err
	}
	return s.findField(ctx, q, id)
}

// findOwn reads an order of a visit that the engineer is a member of.
func (s *Service) findOwn(ctx context.Context, q db.Querier, id ID) (Order, error) {
	o, err := findOrder(ctx, q, access.Everything, id)
	if err != nil {
		return Order{}, err
	}
	list, err := visitsOfOrder(ctx, q, id)
	if err != nil {
		return Order{}, err
	}
	e := engineerOf(ctx)
	if e == "" || !slices.ContainsFunc(list, func(v Visit) bool { return v.member(e) >= 0 }) {
		return Order{}, ErrNotFound
	}
	return o, nil
}

func mayField(ctx context.Context) error {
	if anybodys(ctx) {
		return nil
	}
	return access.Require(ctx, PermField)
}

// field runs an act of an engineer. When the visit moved on meanwhile, the act is kept and a conflict
// raised instead; keep stores what the act brought along (proof), whether it counts or not.
func (s *Service) field(ctx context.Context, name string, in FieldInput, keep func(ctx context.Context, tx *db.Tx, v Visit, at time.Time) error, do visitChange) (Visit, error) {
	if err := mayField(ctx); err != nil {
		return Visit{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Visit, error) {
		v, err := s.findField(ctx, tx, in.ID)
		if err != nil {
			return Visit{}, err
		}
		if done, err := seen(ctx, tx, string(v.ID), in.OperationID); done || err != nil {
			v.Replayed = true
			if err == nil {
				v.Conflicting, err = db.Exists(ctx, tx, `SELECT 1 FROM orders_conflict WHERE visit_id = $1 AND operation_id = $2`, string(v.ID), in.OperationID)
			}
			return v, err
		}
		why := s.tooLate(ctx, v, name)
		if why == "" {
			return s.visitActTx(ctx, tx, v, name, in.Act, do)
		}
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Visit{}, err
		}
		if keep != nil {
			if err := keep(ctx, tx, v, at); err != nil {
				return Visit{}, err
			}
		}
		return s.lateTx(ctx, tx, v, name, why, in.Act, at)
	})
}

// tooLate tells why an engineer's act can no longer count; "" when it counts, or is plainly wrong.
func (s *Service) tooLate(ctx context.Context, v Visit, act string) string {
	e := engineerOf(ctx)
	switch {
	case e == "":
		return ""
	case v.member(e) < 0:
		if anybodys(ctx) {
			return "" // an outlet's manager who is an engineer too
		}
		return WhyTakenOff
	case v.allowed(act) == nil || act == "accept" || act == "decline":
		return ""
	}
	switch v.State {
	case VisitStateCancelled:
		return WhyCancelled
	case VisitStatePlanned, VisitStateDispatched, VisitStateAccepted:
		if v.Reason != "" { // it was moved; the phone did not know yet
			return WhyRescheduled
		}
	case VisitStateFinished, VisitStateFailed:
		if len(v.Members) == 1 || act == "finish" || act == "fail" {
			return WhyEnded
		}
	}
	return ""
}

// lateTx keeps an act that no longer counts.
func (s *Service) lateTx(ctx context.Context, tx *db.Tx, v Visit, act, why string, in access.Act, at time.Time) (Visit, error) {
	if err := s.conflictTx(ctx, tx, v, Order{}, act, why, "", in.OperationID, at); err != nil {
		return Visit{}, err
	}
	v.Conflicts++
	if err := updateVisit(ctx, tx, &v); err != nil {
		return Visit{}, err
	}
	actor := access.From(ctx)
	remember(tx, string(v.ID), in.OperationID, act, actor.Kind+":"+actor.ID, at)
	v.Conflicting = true
	return v, audit.Append(ctx, tx, audit.Entry{
		Kind: "visit", Record: string(v.ID), Act: act + "_late", Reason: why, After: map[string]any{"why": why, "operation": in.OperationID}, OccurredAt: at,
	})
}

// conflictTx raises a conflict about a visit, or one of its orders.
func (s *Service) conflictTx(ctx context.Context, tx *db.Tx, v Visit, o Order, act, why string, outcome Outcome, operation string, at time.Time) error {
	c := Conflict{
		ID: ConflictID(db.NewID()), VisitID: v.ID, OrderID: o.ID, Act: act, OperationID: operation, EngineerID: engineerOf(ctx), Why: why, VisitState: v.State,
		OrderState: o.State, Outcome: outcome, BrandID: v.BrandID, OutletPath: v.OutletPath, OccurredAt: at, RecordedAt: tx.Now(),
	}
	insertConflict(tx, c)
	return events.Publish(ctx, tx, ConflictRaised{
		Head:    events.Head{ID: string(c.ID), Version: 1, OccurredAt: at, BrandID: string(v.BrandID), OutletPath: v.OutletPath},
		VisitID: v.ID, OrderID: o.ID, Act: act, Why: why,
	})
}

// ConflictInput closes a conflict.
type ConflictInput struct {
	access.Act
	ID         ConflictID
	Resolution string // one of [Resolutions]
}

// CloseConflict says what became of a field act that came too late.
func (s *Service) CloseConflict(ctx context.Context, in ConflictInput) (Conflict, error) {
	if err := access.Require(ctx, PermConflict); err != nil {
		return Conflict{}, err
	}
	if !slices.Contains(Resolutions, in.Resolution) {
		return Conflict{}, problem.Field("resolution", problem.BadChoice)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Conflict, error) {
		actor := access.From(ctx)
		c, err := findConflict(ctx, tx, actor.Scope, in.ID)
		if err != nil {
			return Conflict{}, err
		}
		if done, err := seen(ctx, tx, string(c.ID), in.OperationID); done || err != nil {
			return c, err
		}
		if c.ClosedAt != nil {
			return Conflict{}, ErrConflictDone
		}
		at, err := in.At(actor.Origin, tx.Now())
		if err != nil {
			return Conflict{}, err
		}
		c.ClosedAt, c.ClosedBy, c.Resolution = &at, actor.Kind+":"+actor.ID, in.Resolution
		if err := closeConflict(ctx, tx, c); err != nil {
			return Conflict{}, err
		}
		remember(tx, string(c.ID), in.OperationID, "close_conflict", c.ClosedBy, at)
		return c, audit.Append(ctx, tx, audit.Entry{
			Kind: "visit", Record: string(c.VisitID), Act: "close_conflict", Reason: in.Reason, OccurredAt: at,
			After: map[string]any{"conflict": c.ID, "resolution": c.Resolution},
		})
	})
}

// OpenConflicts lists the conflicts in scope that nobody closed, oldest first.
func (s *Service) OpenConflicts(ctx context.Context, after time.Time, afterID ConflictID, limit int) ([]Conflict, error) {
	if err := access.Require(ctx, PermConflict); err != nil {
		return nil, err
	}
	return listConflicts(ctx, s.db, access.From(ctx).Scope, "", after, afterID, limit)
}

// Conflicts lists all conflicts of a visit.
func (s *Service) Conflicts(ctx context.Context, q db.Querier, id VisitID) ([]Conflict, error) {
	return listConflicts(ctx, q, access.From(ctx).Scope, id, time.Time{}, "", 500)
}

// AcceptVisit says that the engineer will go.
func (s *Service) AcceptVisit(ctx context.Context, in FieldInput) (Visit, error) {
	return s.field(ctx, "accept", in, nil, func(_ context.Context, _ *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		return func(f VisitFact) events.Event { return VisitAccepted{f} }, v.move("accept", at)
	})
}

// DeclineVisit says that the engineer cannot go; the visit is planned again, for dispatch to move.
func (s *Service) DeclineVisit(ctx context.Context, in FieldInput) (Visit, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Visit{}, err
	}
	r, err := reasonFor(snap, "visit.decline", in.Act)
	if err != nil {
		return Visit{}, err
	}
	return s.field(ctx, "decline", in, nil, func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
			return nil, err
		}
		v.Reason, v.Blame = string(r.Code), r.Responsibility
		return func(f VisitFact) events.Event { return VisitDeclined{f} }, v.move("decline", at)
	})
}

// DepartInput says that the engineer is on the way.
type DepartInput struct {
	FieldInput
	Arrives time.Time // expected; zero: the visit's start, or now when that has passed
	Share   bool      // the engineer agrees to show his position until he arrives
}

// Depart says that the engineer is on the way; the customer is told.
func (s *Service) Depart(ctx context.Context, in DepartInput) (Visit, error) {
	return s.field(ctx, "depart", in.FieldInput, nil, func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		first := v.allowed("depart") == nil
		if !first && !s.follows(ctx, v, "depart", at) {
			return nil, v.allowed("depart")
		}
		v.mark(ctx, at, func(m *Member) **time.Time { return &m.DepartedAt })
		if !first {
			return nil, nil
		}
		if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
			return nil, err
		}
		v.Share = in.Share
		if in.Share && in.Point != nil && in.Point.Check() == nil {
			p := in.Point.WGS84()
			putPosition(tx, v.ID, p.Lat, p.Lon, at)
		}
		if err := v.move("depart", at); err != nil {
			return nil, err
		}
		eta := in.Arrives
		if eta.IsZero() {
			eta = v.Start
		}
		return func(f VisitFact) events.Event { return VisitDeparted{f} }, s.sayOnTheWay(ctx, tx, *v, later(eta, at))
	})
}

// follows tells whether a visit that moved on by one member's act is followed by another member: each
// keeps times of his own, the visit stays as it is.
func (s *Service) follows(ctx context.Context, v *Visit, act string, _ time.Time) bool {
	i := v.member(engineerOf(ctx))
	if i < 0 || len(v.Members) < 2 {
		return false
	}
	m := v.Members[i]
	switch act {
	case "depart":
		return m.DepartedAt == nil && v.DepartedAt != nil && v.State != VisitStateCancelled
	case "arrive":
		return m.ArrivedAt == nil && v.ArrivedAt != nil && v.State != VisitStateCancelled
	}
	return false
}

// mark notes a member's own time of an act; a dispatcher's act counts for the lead.
func (v *Visit) mark(ctx context.Context, at time.Time, field func(m *Member) **time.Time) {
	i := max(0, v.member(engineerOf(ctx)))
	if i < len(v.Members) {
		if p := field(&v.Members[i]); *p == nil {
			*p = &at
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Position keeps where a travelling engineer is, when he agreed to show it. It is no act and leaves no
// trail; arrival erases it.
func (s *Service) Position(ctx context.Context, id VisitID, p geo.Point) error {
	if err := mayField(ctx); err != nil {
		return err
	}
	if p.Check() != nil {
		return problem.Field("point", problem.BadFormat)
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		v, err := s.findField(ctx, tx, id)
		if err != nil || v.State != VisitStateTravelling || !v.Share {
			return err
		}
		at := p.WGS84()
		putPosition(tx, v.ID, at.Lat, at.Lon, tx.Now())
		return nil
	})
}

// LivePosition is where the engineer of an order's visit is; none unless he travels and agreed.
func (s *Service) LivePosition(ctx context.Context, q db.Querier, id ID) (Position, bool, error) {
	list, err := visitsOfOrder(ctx, q, id)
	if err != nil {
		return Position{}, false, err
	}
	for _, v := range list {
		if v.State == VisitStateTravelling && v.Share {
			return position(ctx, q, v.ID)
		}
	}
	return Position{}, false, nil
}

// DelayInput announces that a visit will be late.
type DelayInput struct {
	FieldInput
	By time.Duration
}

// Delay tells the customer that the visit will be late, and why. The promise stands and is judged on
// arrival.
func (s *Service) Delay(ctx context.Context, in DelayInput) (Visit, error) {
	if in.By <= 0 || in.By > 12*time.Hour {
		return Visit{}, problem.Field("minutes", problem.OutOfRange, "limit", 720)
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Visit{}, err
	}
	r, err := reasonFor(snap, "visit.reschedule", in.Act)
	if err != nil {
		return Visit{}, err
	}
	return s.field(ctx, "delay", in.FieldInput, nil, func(ctx context.Context, tx *db.Tx, v *Visit, _ time.Time) (visitTell, error) {
		if !slices.Contains([]VisitState{VisitStateDispatched, VisitStateAccepted, VisitStateTravelling}, v.State) {
			return nil, ErrVisitState.With("act", "delay", "state", string(v.State))
		}
		v.DelayedBy = in.By
		return func(f VisitFact) events.Event { return VisitDelayed{f} }, s.sayDelay(ctx, tx, *v, r)
	})
}

// Arrive says that the engineer is on site: work begins, and the promise is judged by when it happened.
// The place is compared with the order's; a difference is kept with its reason, not refused.
func (s *Service) Arrive(ctx context.Context, in FieldInput) (Visit, error) {
	return s.field(ctx, "arrive", in, nil, func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		first := v.allowed("arrive") == nil
		if !first && !s.follows(ctx, v, "arrive", at) {
			return nil, v.allowed("arrive")
		}
		v.mark(ctx, at, func(m *Member) **time.Time { return &m.ArrivedAt })
		if !first {
			return nil, nil
		}
		if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
			return nil, err
		}
		v.Distance, v.PlaceWhy = v.judgePlace(in.Point)
		erasePosition(tx, v.ID)
		if err := v.move("arrive", at); err != nil {
			return nil, err
		}
		list, err := s.ordersTx(access.AsSystem(ctx, "orders.arrive"), tx, v.OrderIDs())
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if err := s.startTx(ctx, tx, o, *v, in.OperationID, at); err != nil {
				return nil, err
			}
		}
		return func(f VisitFact) events.Event { return VisitArrived{f} }, nil
	})
}

// startTx begins the work on one order of a visit.
func (s *Service) startTx(ctx context.Context, tx *db.Tx, o Order, v Visit, operation string, at time.Time) error {
	if err := s.judgeArrival(ctx, tx, o, v.ID, at); err != nil {
		return err
	}
	switch o.State {
	case StateScheduled, StateWorking:
	default:
		return s.conflictTx(ctx, tx, v, o, "arrive", WhyOrderMoved, "", operation, at)
	}
	_, err := s.actTx(ctx, tx, o, "start", access.Act{OccurredAt: at}, func(_ context.Context, _ *db.Tx, o *Order, at time.Time) (tell, error) {
		o.Visits++
		if o.FirstContactAt == nil {
			o.FirstContactAt = &at
		}
		if o.State == StateWorking {
			return nil, nil // a second engineer on a visit of his own
		}
		return func(f Fact) events.Event { f.VisitID = v.ID; return Started{f} }, o.move("start", StateWorking, at)
	})
	return err
}

// FailVisit ends a vain visit: nobody at home, no access. Its orders are broken off and wish for the next.
func (s *Service) FailVisit(ctx context.Context, in FieldInput) (Visit, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Visit{}, err
	}
	r, err := reasonFor(snap, "visit.fail", in.Act)
	if err != nil {
		return Visit{}, err
	}
	return s.field(ctx, "fail", in, nil, func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		vain := v.ArrivedAt == nil
		if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
			return nil, err
		}
		v.Reason, v.Blame = string(r.Code), r.Responsibility
		v.mark(ctx, at, func(m *Member) **time.Time { return &m.LeftAt })
		if vain && in.Point != nil {
			v.Distance, v.PlaceWhy = v.judgePlace(in.Point)
		}
		erasePosition(tx, v.ID)
		if err := v.move("fail", at); err != nil {
			return nil, err
		}
		list, err := s.ordersTx(access.AsSystem(ctx, "orders.fail"), tx, v.OrderIDs())
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if err := s.failOrder(ctx, tx, o, *v, r, vain, in.OperationID, at); err != nil {
				return nil, err
			}
		}
		return func(f VisitFact) events.Event { return VisitFailed{f} }, nil
	})
}

func (s *Service) failOrder(ctx context.Context, tx *db.Tx, o Order, v Visit, r catalog.Reason, vain bool, operation string, at time.Time) error {
	o, err := s.backToWork(ctx, tx, o, at)
	if err != nil {
		return err
	}
	if o.State != StateScheduled && o.State != StateWorking {
		return s.conflictTx(ctx, tx, v, o, "fail", WhyOrderMoved, "", operation, at)
	}
	if vain {
		o.Visits++
	}
	return s.breakOff(ctx, tx, o, v, VisitOrder{OrderID: o.ID, Outcome: WishFailed, Reason: string(r.Code)}, r, nil, "", at)
}

// backToWork resumes an order that waited while its engineer was on site.
func (s *Service) backToWork(ctx context.Context, tx *db.Tx, o Order, at time.Time) (Order, error) {
	if o.State != StateSuspended || o.ResumeTo != StateWorking {
		return o, nil
	}
	return s.actTx(ctx, tx, o, "resume", access.Act{OccurredAt: at}, s.resume)
}
