package callbacks

import (
	"cmp"
	"context"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/returns"
)

// Service is what one can do with callbacks.
type Service struct {
	db      *db.DB
	keys    *crypt.Keys
	catalog *catalog.Service
	cases   *cases.Service
	orders  *orders.Service
	zone    *time.Location
	drawn   func(key string, percent int) bool // into the sample of those who are called

	// What tells customers; nil tells nobody. See [Service.Messages].
	notify    *notify.Service
	identity  *identity.Service
	customers *customers.Service
	returns   *returns.Service // see [Service.Returns]
}

// New makes the service; zone is where customers are called.
func New(d *db.DB, keys *crypt.Keys, cat *catalog.Service, cs *cases.Service, os *orders.Service, zone *time.Location) *Service {
	return &Service{db: d, keys: keys, catalog: cat, cases: cs, orders: os, zone: zone, drawn: sampled}
}

// Returns makes callbacks ask customers whose money has come back.
func (s *Service) Returns(r *returns.Service) { s.returns = r }

// planTx makes the task to ask about what happened at a time, unless one of the same cause waits already or
// was made for it.
func (s *Service) planTx(ctx context.Context, tx *db.Tx, c Callback, at time.Time) (Callback, error) {
	asked, err := list(ctx, tx, access.Everything, Filter{CaseID: c.CaseID, OrderID: c.OrderID, Limit: 200})
	if err != nil {
		return c, err
	}
	for _, o := range asked {
		if o.Cause == c.Cause && (o.EndedAt == nil || !o.CreatedAt.Before(at)) { // waits still, or the event came again
			return o, nil
		}
	}
	c.ID, c.State, c.CreatedAt, c.UpdatedAt, c.Version = ID(db.NewID()), Due, tx.Now(), tx.Now(), 1
	called, linked, err := s.reach(ctx, tx, c)
	if err != nil {
		return c, err
	}
	c.schedule(at, called, linked, s.zone, s.drawn)
	insert(tx, c)
	if err := audit.Append(ctx, tx, audit.Entry{Kind: "callback", Record: string(c.ID), Act: "plan", After: c.trail(), New: true}); err != nil {
		return c, err
	}
	return c, events.Publish(ctx, tx, BecameDue{c.fact(c.DueAt)})
}

func (c Callback) trail() map[string]any {
	return map[string]any{"state": c.State, "cause": c.Cause, "class": c.Class, "result": c.Result, "attempts": c.Attempts, "by_link": c.ByLink, "flags": c.Flags}
}

func (c Callback) fact(at time.Time) Fact {
	return Fact{
		Head:  events.Head{ID: string(c.ID), Version: c.Version, OccurredAt: at, BrandID: string(c.BrandID), OutletPath: c.OutletPath},
		Cause: c.Cause, CaseID: c.CaseID, OrderID: c.OrderID, Class: c.Class, Result: c.Result, Score: c.Score, ByLink: c.ByLink, Attempt: c.Attempts, Flags: c.Flags,
	}
}

// AnswerInput is what became of one call, or what the customer says by link.
type AnswerInput struct {
	access.Act
	ID          ID
	Class       Class
	Score       int64 // 1–5, 0 for none
	AskedAmount *int64
	Seconds     int64 // how long the call or the form took
}

const maxNote = 4000

func (in AnswerInput) check() (ClassInfo, error) {
	var f problem.Fields
	info, ok := in.Class.Info()
	f.Check(ok, "class", ErrBadResult)
	f.Check(in.Score >= 0 && in.Score <= 5, "score", problem.OutOfRange, "limit", "1–5")
	f.Check(len([]rune(in.Note)) <= maxNote, "note", problem.TooLong, "limit", maxNote)
	f.Check(in.AskedAmount == nil || *in.AskedAmount >= 0, "asked_amount", problem.OutOfRange, "limit", "≥ 0")
	return info, f.Err()
}

// Record notes one call by the centre: an attempt, a refusal or an answer. Somebody of an outlet never
// asks about an outlet's work.
func (s *Service) Record(ctx context.Context, in AnswerInput) (Callback, error) {
	if err := access.Require(ctx, permAct); err != nil {
		return Callback{}, err
	}
	if !access.From(ctx).Scope.Centre() {
		return Callback{}, ErrSameSide
	}
	return s.record(ctx, in, false)
}

// AnswerByLink notes what the customer says by the link of a message; score 1–5 gives the class where
// none is chosen.
func (s *Service) AnswerByLink(ctx context.Context, in AnswerInput) (Callback, error) {
	if in.Class == 0 {
		in.Class = classOfScore(in.Score)
	}
	info, err := in.check()
	if err != nil {
		return Callback{}, err
	}
	if !info.Valid {
		return Callback{}, problem.Field("class", problem.BadChoice)
	}
	return s.record(access.AsSystem(ctx, "callbacks.link"), in, true)
}

// classOfScore is the class of a bare score: 5 and 4 satisfied, 3 neutral, less is "not fixed" until a
// person asks why.
func classOfScore(score int64) Class {
	switch score {
	case 5:
		return 10
	case 4:
		return 11
	case 3:
		return 20
	case 1, 2:
		return 31
	}
	return 0
}

func (s *Service) record(ctx context.Context, in AnswerInput, byLink bool) (Callback, error) {
	info, err := in.check()
	if err != nil {
		return Callback{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Callback, error) {
		c, err := find(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return Callback{}, err
		}
		if done, err := attemptSeen(ctx, tx, c.ID, in.OperationID); done || err != nil {
			return c, err
		}
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Callback{}, err
		}
		if err := s.mayAsk(ctx, tx, c, byLink); err != nil {
			return Callback{}, err
		}
		before := c
		ev, err := c.apply(info, in, byLink, at)
		if err != nil {
			return Callback{}, err
		}
		if err := s.comparePaid(ctx, tx, &c); err != nil {
			return Callback{}, err
		}
		c.DueAt = inCallHours(c.DueAt, s.zone)
		if strings.TrimSpace(in.Note) != "" {
			if c.Note, err = s.keys.Seal(ctx, tx, c.KeyID, in.Note); err != nil {
				return Callback{}, err
			}
		}
		a := access.From(ctx)
		insertAttempt(tx, Attempt{
			ID: db.NewID(), CallbackID: c.ID, Class: in.Class, ByLink: byLink, Actor: a.Kind + ":" + a.ID, Score: in.Score, Seconds: in.Seconds, Note: c.Note,
			OccurredAt: at, RecordedAt: tx.Now(), OperationID: in.OperationID,
		})
		if c.AnsweredBy == "" && info.Valid || info.Valid && !byLink {
			c.AnsweredBy = a.Kind + ":" + a.ID
		}
		if err := update(ctx, tx, &c); err != nil {
			return Callback{}, err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: "callback", Record: string(c.ID), Act: ev.act, Reason: in.Reason, Before: before.trail(), After: c.trail(), OccurredAt: at})
		if err != nil {
			return Callback{}, err
		}
		if err := s.publish(ctx, tx, ev, before, c, at); err != nil {
			return Callback{}, err
		}
		if c.Class == neverCall {
			if err := s.optOutTx(ctx, tx, c); err != nil {
				return Callback{}, err
			}
		}
		return c, s.tell(ctx, tx, before, c, at)
	})
}

// mayAsk fails when the caller handled the complaint that is asked about.
func (s *Service) mayAsk(ctx context.Context, tx *db.Tx, c Callback, byLink bool) error {
	if byLink || c.Cause != ComplaintEnded {
		return nil
	}
	k, err := s.cases.Find(ctx, tx, c.CaseID)
	if err == nil && k.AssigneeID != "" && k.AssigneeID == access.From(ctx).ID {
		return ErrHandler
	}
	return err
}

// optOutTx keeps the customer's word that they want no more questions: surveys pass them over from now on, and
// those that wait already are asked by nobody.
func (s *Service) optOutTx(ctx context.Context, tx *db.Tx, c Callback) error {
	k, err := s.cases.Find(ctx, tx, c.CaseID)
	if err != nil || k.CustomerID == "" || s.notify == nil {
		return err
	}
	cu, err := s.customers.Get(ctx, tx, k.CustomerID)
	if customers.IsErased(err) || err == nil && cu.PrimaryPhone() == "" {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.notify.OptOutTx(ctx, tx, notify.OptOutInput{Channel: notify.SMS, Address: cu.PrimaryPhone(), Reach: notify.NoSurveys, Source: "agent"}); err != nil {
		return err
	}
	ids, err := s.cases.IDsOfCustomer(ctx, tx, k.CustomerID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		open, err := list(ctx, tx, access.Everything, Filter{CaseID: id, Open: true, Limit: 50})
		if err != nil {
			return err
		}
		for _, o := range open {
			if o.ID == c.ID || !o.Cause.survey() {
				continue
			}
			if err := s.endSilentTx(ctx, tx, o, "never_call"); err != nil {
				return err
			}
		}
	}
	return nil
}

// reach tells whether the customer of a callback may be called, and whether a message reaches them. Who asked
// not to be called is not surveyed; who complained or cancelled is called all the same.
func (s *Service) reach(ctx context.Context, tx *db.Tx, c Callback) (called, linked bool, err error) {
	k, err := s.cases.Find(ctx, tx, c.CaseID)
	if err != nil || k.CustomerID == "" || s.notify == nil {
		return true, false, err
	}
	cu, err := s.customers.Get(ctx, tx, k.CustomerID)
	if customers.IsErased(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	linked = (c.OrderID != "" || c.Cause == Refunded) && (cu.PrimaryPhone() != "" || cu.Email != "")
	if cu.PrimaryPhone() == "" || !c.Cause.survey() {
		return true, linked, nil // the order may name somebody else who can be called
	}
	out, err := s.notify.OptedOut(ctx, tx, notify.SMS, cu.PrimaryPhone(), notify.ClassSurvey)
	return !out, linked, err
}

// paid is what the customer paid for an order or owes for it, in minor units: what was collected, or the charges
// that are theirs while nothing was.
func (s *Service) paid(ctx context.Context, q db.Querier, id orders.ID) (int64, error) {
	b, err := s.orders.BalanceOf(ctx, q, id)
	if err != nil {
		return 0, err
	}
	return cmp.Or(b.Collected.Minor, b.Due.Minor), nil
}

// paidFor is what the caller compares the customer's word with.
func (s *Service) paidFor(ctx context.Context, c Callback) (*int64, error) {
	v, err := s.paid(ctx, s.db, c.OrderID)
	return &v, err
}

// comparePaid flags an answer by which the customer paid something else than the system knows of.
func (s *Service) comparePaid(ctx context.Context, tx *db.Tx, c *Callback) error {
	if c.State != Answered || c.AskedAmount == nil || c.OrderID == "" {
		return nil
	}
	paid, err := s.paid(ctx, tx, c.OrderID)
	if err != nil {
		return err
	}
	if paid != *c.AskedAmount {
		c.flag("paid_otherwise")
	}
	return nil
}

// outcome names what an attempt or answer did.
type outcome struct{ act string }

// apply moves the callback by the class of one attempt or answer.
func (c *Callback) apply(info ClassInfo, in AnswerInput, byLink bool, at time.Time) (outcome, error) {
	switch {
	case info.Valid:
		if err := c.allowed("answer"); err != nil {
			return outcome{}, err
		}
		if byLink && c.State == Answered {
			return outcome{}, ErrNoLink // a call outranks the link, and a link answers once
		}
		c.State, c.Class, c.Result, c.Score, c.ByLink, c.AskedAmount = Answered, in.Class, info.Result, in.Score, byLink, in.AskedAmount
		c.AnsweredAt, c.EndedAt = &at, &at
		if in.Seconds > 0 && in.Seconds < 3 {
			c.flag("too_fast")
		}
		if info.Suspic {
			c.flag("false_report")
		}
		return outcome{"answer"}, nil
	case info.Result == Declined:
		if err := c.allowed("refuse"); err != nil {
			return outcome{}, err
		}
		c.State, c.Class, c.EndedAt = Refused, in.Class, &at
		return outcome{"refuse"}, nil
	}
	if err := c.allowed("attempt"); err != nil {
		return outcome{}, err
	}
	c.State, c.Class = Attempted, in.Class
	if info.Counts {
		c.Attempts++
	}
	if c.Attempts >= maxAttempts {
		c.State, c.EndedAt = Unreachable, &at
		return outcome{"attempt"}, nil
	}
	c.DueAt = at.Add(retryAfter[min(int(c.Attempts), len(retryAfter)-1)])
	return outcome{"attempt"}, nil
}

func (c *Callback) flag(code string) {
	if !strings.Contains(" "+c.Flags+" ", " "+code+" ") {
		c.Flags = strings.TrimSpace(c.Flags + " " + code)
	}
}

func (s *Service) publish(ctx context.Context, tx *db.Tx, ev outcome, before, c Callback, at time.Time) error {
	var out events.Event
	switch {
	case ev.act == "answer":
		out = WasAnswered{c.fact(at)}
	case ev.act == "refuse":
		out = WasRefused{c.fact(at)}
	case c.State == Unreachable:
		out = WasUnreachable{c.fact(at)}
	default:
		out = WasAttempted{c.fact(at)}
	}
	if err := events.Publish(ctx, tx, out); err != nil {
		return err
	}
	if before.State == Answered && c.State == Answered && before.Result != c.Result && before.ByLink != c.ByLink {
		return events.Publish(ctx, tx, Contradicted{c.fact(at)})
	}
	return nil
}

// tell says the result to the order, and to the case when there is no order. An unhappy answer by link is
// followed by a person's call.
func (s *Service) tell(ctx context.Context, tx *db.Tx, before, c Callback, at time.Time) error {
	if c.State != Answered && c.State != Unreachable && c.State != Refused {
		return nil
	}
	if c.Result == Negative && c.ByLink && (c.Class != 40 && c.Class != 41 || !c.Cause.ofOrder()) {
		ask := Callback{
			Cause: Unhappy, CaseID: c.CaseID, OrderID: c.OrderID, BrandID: c.BrandID, OutletPath: c.OutletPath, ServiceType: c.ServiceType, KeyID: c.KeyID,
		}
		if _, err := s.planTx(ctx, tx, ask, at); err != nil {
			return err
		}
	}
	result := orders.CallbackWaived
	switch c.Result {
	case Positive:
		result = orders.CallbackPositive
	case Negative:
		result = orders.CallbackNegative
	}
	if c.OrderID != "" && c.Cause.ofOrder() {
		if err := s.orders.CallbackResultTx(ctx, tx, orders.CallbackResult{Order: c.OrderID, Result: result, Class: int(c.Class), At: at}); err != nil {
			return err
		}
	}
	switch c.Result {
	case Positive:
		return s.cases.CustomerAgreesTx(ctx, tx, c.CaseID, "solved", at)
	case Negative:
		if c.OrderID == "" || !c.Cause.ofOrder() {
			return s.cases.CustomerDisagreesTx(ctx, tx, c.CaseID, "bad_callback", at)
		}
	}
	return nil
}

// waiveTx ends the open callbacks of an order or a case that need no asking any more.
func (s *Service) waiveTx(ctx context.Context, tx *db.Tx, f Filter, reason string) error {
	f.Open, f.Limit = true, 50
	open, err := list(ctx, tx, access.Everything, f)
	if err != nil {
		return err
	}
	for _, c := range open {
		if err := s.waiveOneTx(ctx, tx, c, reason); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) waiveOneTx(ctx context.Context, tx *db.Tx, c Callback, reason string) error {
	before := c
	if err := c.allowed("waive"); err != nil {
		return err
	}
	c.State, c.EndedAt = Waived, new(tx.Now())
	if err := update(ctx, tx, &c); err != nil {
		return err
	}
	err := audit.Append(ctx, tx, audit.Entry{Kind: "callback", Record: string(c.ID), Act: "waive", Reason: reason, Before: before.trail(), After: c.trail()})
	if err != nil {
		return err
	}
	return events.Publish(ctx, tx, WasWaived{c.fact(tx.Now())})
}

// Get reads one callback.
func (s *Service) Get(ctx context.Context, id ID) (Callback, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Callback{}, err
	}
	return find(ctx, s.db, access.From(ctx).Scope, id)
}

// List reads callbacks by due time, one row more than asked.
func (s *Service) List(ctx context.Context, f Filter) ([]Callback, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	return list(ctx, s.db, access.From(ctx).Scope, f)
}

// Attempts reads the calls of a callback, oldest first.
func (s *Service) Attempts(ctx context.Context, id ID) ([]Attempt, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	return listAttempts(ctx, s.db, id)
}

// OpenOf finds the question that the page of an order asks: the newest about the work itself, open or answered.
// Whether it still works weeks later is asked by a link of its own.
func (s *Service) OpenOf(ctx context.Context, order orders.ID) (Callback, bool, error) {
	all, err := list(ctx, s.db, access.Everything, Filter{OrderID: order, Limit: 50})
	if err != nil {
		return Callback{}, false, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Cause.ofOrder() && all[i].Cause != Unhappy && all[i].State != Waived {
			return all[i], true, nil
		}
	}
	return Callback{}, false, nil
}

const (
	permRead = "callbacks.read"
	permAct  = "callbacks.act"
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: permRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleQuality, access.RoleHead, access.RoleOutletManager, access.RoleIntegrator}},
	{Key: permAct, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleQuality}},
}

// Subscribe makes callbacks hear of what must be asked about.
func (s *Service) Subscribe(b *events.Bus) {
	events.Subscribe(b, "callbacks.on_order_completed", s.onCompleted)
	events.Subscribe(b, "callbacks.on_order_cancelled", s.onCancelled)
	events.Subscribe(b, "callbacks.on_order_incomplete", s.onIncomplete)
	events.Subscribe(b, "callbacks.on_order_posted", s.onPosted)
	events.Subscribe(b, "callbacks.on_case_closed", s.onClosed)
	events.Subscribe(b, "callbacks.on_case_reopened", s.onReopened)
	if s.returns != nil {
		events.Subscribe(b, "callbacks.on_refund_made", s.onRefunded)
	}
}

// ask plans the callback of an order's event; a record of history or a replay is never asked about.
func (s *Service) ask(ctx context.Context, id orders.ID, at time.Time, state orders.State) error {
	if access.From(ctx).Origin != access.Live {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		o, err := s.orders.Find(ctx, tx, id)
		if err != nil || o.State != state {
			return err
		}
		why := OrderCancelled
		if state == orders.StateCompleted {
			snap, err := s.catalog.Current(ctx, tx)
			if err != nil {
				return err
			}
			if why = causeOf(snap, o); why == "" { // nobody is asked about this work: the order need not wait
				return s.orders.CallbackResultTx(ctx, tx, orders.CallbackResult{Order: o.ID, Result: orders.CallbackWaived, At: at})
			}
			if why == Repaired {
				paid, err := s.paid(ctx, tx, o.ID)
				if err != nil {
					return err
				}
				if paid > 0 {
					why = PaidRepair
				}
			}
		}
		c, err := s.planTx(ctx, tx, about(o, why), at)
		if err != nil || state != orders.StateCompleted {
			return err
		}
		return s.sayDoneTx(ctx, tx, c, o, at)
	})
}

// about is the question about an order.
func about(o orders.Order, why Cause) Callback {
	return Callback{Cause: why, CaseID: o.CaseID, OrderID: o.ID, BrandID: o.BrandID, OutletPath: o.OutletPath, ServiceType: o.ServiceType, KeyID: o.KeyID, lotKey: o.Number}
}

func (s *Service) onCompleted(ctx context.Context, ev orders.Completed) error {
	return s.ask(ctx, orders.ID(ev.ID), ev.OccurredAt, orders.StateCompleted)
}

// causeOf is the row of the trigger table that the service type names in the catalogue; empty for none.
func causeOf(snap *catalog.Snapshot, o orders.Order) Cause {
	t, ok := snap.ServiceType(o.ServiceType)
	if !ok {
		return OtherWork
	}
	switch t.CallbackRule {
	case catalog.CallbackNone:
		return ""
	case catalog.CallbackInstallation:
		return Installed
	case catalog.CallbackRepair:
		return Repaired
	case catalog.CallbackExchange:
		return Exchanged
	}
	return OtherWork
}

func (s *Service) onCancelled(ctx context.Context, ev orders.Cancelled) error {
	err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		return s.waiveTx(ctx, tx, Filter{OrderID: orders.ID(ev.ID)}, "order_cancelled")
	})
	if err != nil {
		return err
	}
	return s.ask(ctx, orders.ID(ev.ID), ev.OccurredAt, orders.StateCancelled)
}

func (s *Service) onIncomplete(ctx context.Context, ev orders.Incomplete) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		return s.waiveTx(ctx, tx, Filter{OrderID: orders.ID(ev.ID)}, "order_goes_on")
	})
}

// onPosted plans the question whether a repair has lasted. Its answer comes when the order is long posted.
func (s *Service) onPosted(ctx context.Context, ev orders.Posted) error {
	if access.From(ctx).Origin != access.Live {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		o, err := s.orders.Find(ctx, tx, orders.ID(ev.ID))
		if err != nil || o.State != orders.StatePosted || o.CompletedAt == nil || o.Origin != string(access.Live) {
			return err
		}
		snap, err := s.catalog.Current(ctx, tx)
		if err != nil || causeOf(snap, o) != Repaired {
			return err
		}
		_, err = s.planTx(ctx, tx, about(o, RepeatCheck), *o.CompletedAt)
		return err
	})
}

func (s *Service) onClosed(ctx context.Context, ev cases.ClosedEvent) error {
	if ev.Type != cases.Complaint || access.From(ctx).Origin != access.Live {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.cases.Find(ctx, tx, cases.ID(ev.ID))
		if err != nil || c.State != cases.Closed {
			return err
		}
		_, err = s.planTx(ctx, tx, Callback{Cause: ComplaintEnded, CaseID: c.ID, BrandID: c.BrandID, OutletPath: c.OutletPath, KeyID: c.KeyID}, ev.OccurredAt)
		return err
	})
}

// onRefunded asks once all money of a return is back; a return without a case has nobody to ask.
func (s *Service) onRefunded(ctx context.Context, ev returns.RefundMade) error {
	if access.From(ctx).Origin != access.Live {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.returns.Find(ctx, tx, returns.ID(ev.ID))
		if err != nil || r.Case == "" || r.Origin != string(access.Live) || r.MoneyState() != returns.MoneyRefunded {
			return err
		}
		_, err = s.planTx(ctx, tx, Callback{Cause: Refunded, CaseID: r.Case, BrandID: r.Brand, OutletPath: r.OutletPath, KeyID: r.KeyID, lotKey: r.Number}, ev.OccurredAt)
		return err
	})
}

func (s *Service) onReopened(ctx context.Context, ev cases.Reopened) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		return s.waiveTx(ctx, tx, Filter{CaseID: cases.ID(ev.ID)}, "case_reopened")
	})
}
