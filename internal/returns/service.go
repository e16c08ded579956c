package returns

import (
	"context"
	"slices"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/ledger"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/pay"
	"anxin/internal/platform/webhooks"
	"anxin/internal/units"
)

// Deps are what the service stands on.
type Deps struct {
	DB      *db.DB
	Numbers *db.Numbers
	Keys    *crypt.Keys
	Files   *files.Service
	// Notify sends messages to customers; nil sends none.
	Notify *notify.Service
	// Identity makes the customers' links; nil makes none.
	Identity *identity.Service

	Catalog     *catalog.Service
	Outlets     *outlets.Service
	Customers   *customers.Service
	Clocks      *clocks.Service
	Ledger      *ledger.Service
	Units       *units.Service
	Parts       *parts.Service
	Entitlement *entitlement.Service
	Cases       *cases.Service

	// Client calls payment providers and carriers; nil makes one that reaches the public internet only.
	Client pay.Doer
	// AllowPrivate lets it call the own network, too.
	AllowPrivate bool
	PublicURL    string // of the installation, for addresses that providers and carriers call

	Providers []Provider     // that refunds may be handed to; the bank's file when empty
	Zone      *time.Location // decides on which day an instant falls
}

// Service is what one can do with returns.
type Service struct {
	Deps
	db     *db.DB
	client pay.Doer
}

// New makes the service.
func New(d Deps) *Service {
	if len(d.Providers) == 0 {
		d.Providers = []Provider{BankFile{}}
	}
	if d.Client == nil {
		d.Client = webhooks.NewClient(d.AllowPrivate)
	}
	return &Service{Deps: d, db: d.DB, client: d.Client}
}

const recordKind = "return"

// Get reads a return that the actor sees.
func (s *Service) Get(ctx context.Context, id ID) (Return, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Return{}, err
	}
	return findReturn(ctx, s.db, access.From(ctx).Scope, id)
}

// Find reads a return within the actor's scope, for higher modules.
func (s *Service) Find(ctx context.Context, q db.Querier, id ID) (Return, error) {
	return findReturn(ctx, q, access.From(ctx).Scope, id)
}

// List reads one page of returns and one row more.
func (s *Service) List(ctx context.Context, f Filter) ([]Return, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listReturns(ctx, s.db, access.From(ctx).Scope, f)
}

// OfCase reads the returns of a case that the actor sees, oldest first.
func (s *Service) OfCase(ctx context.Context, q db.Querier, id cases.ID) ([]Return, error) {
	list, err := listReturns(ctx, q, access.From(ctx).Scope, Filter{Case: id, Recent: true, Limit: 100})
	slices.Reverse(list)
	return list, err
}

// NoteOf opens what was written with a request.
func (s *Service) NoteOf(ctx context.Context, r Return) (string, error) {
	if len(r.Note) == 0 {
		return "", nil
	}
	opened, err := s.Keys.OpenMany(ctx, s.db, []crypt.Sealed{{Key: r.KeyID, Data: r.Note}})
	if err != nil {
		return "", err
	}
	return opened[0].Text, nil
}

// day is the day of an instant.
func (s *Service) day(at time.Time) calendar.Date { return calendar.DateOf(at, s.Zone) }

// ActInput is the input of an act that needs no more than who, when and why.
type ActInput struct {
	access.Act
	ID ID
}

// change is what an act does to the return inside the transaction.
type change func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error)

// act runs a named act: permission, scope, operation id, what follows from it, clocks, audit, events.
func (s *Service) act(ctx context.Context, perm, name string, in ActInput, do change) (Return, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Return{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Return, error) {
		r, err := findReturn(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return Return{}, err
		}
		return s.actTx(ctx, tx, r, name, in.Act, do)
	})
}

// actTx runs an act on a return that was read in this transaction.
func (s *Service) actTx(ctx context.Context, tx *db.Tx, r Return, name string, in access.Act, do change) (Return, error) {
	if done, err := seen(ctx, tx, string(r.ID), in.OperationID); done || err != nil {
		return r, err
	}
	actor := access.From(ctx)
	at, err := in.At(actor.Origin, tx.Now())
	if err != nil {
		return Return{}, err
	}
	before := r
	before.Lines, before.Refunds = slices.Clone(r.Lines), slices.Clone(r.Refunds)
	tell, err := do(ctx, tx, &r, at)
	if err != nil {
		return Return{}, err
	}
	if err := s.conclude(ctx, tx, &r, at); err != nil {
		return Return{}, err
	}
	if err := s.followClocks(ctx, tx, before, &r, at); err != nil {
		return Return{}, err
	}
	if err := updateReturn(ctx, tx, &r); err != nil {
		return Return{}, err
	}
	if err := s.tellCase(ctx, tx, before, r, at); err != nil {
		return Return{}, err
	}
	remember(tx, string(r.ID), in.OperationID, name, actor.Kind+":"+actor.ID, at)
	err = audit.Append(ctx, tx, audit.Entry{
		Kind: recordKind, Record: string(r.ID), Act: name, Reason: in.Reason, Before: before.trail(), After: r.trail(), OccurredAt: at,
	})
	if err != nil {
		return Return{}, err
	}
	return r, s.publish(ctx, tx, &r, at, tell)
}

// publish fills in what all events of a return have in common.
func (s *Service) publish(ctx context.Context, tx *db.Tx, r *Return, at time.Time, tell []events.Event) error {
	for _, e := range tell {
		if err := events.Publish(ctx, tx, r.headed(e, at)); err != nil {
			return err
		}
	}
	return nil
}

// headed gives an event the head of the return as it was written.
func (r *Return) headed(e events.Event, at time.Time) events.Event {
	put := func(f Fact) Fact {
		f.Head = events.Head{ID: string(r.ID), Version: r.Version, OccurredAt: at, BrandID: string(r.Brand), OutletPath: r.OutletPath}
		f.Number, f.Type, f.Decision, f.CaseID, f.Currency = r.Number, r.Type, r.Decision, r.Case, string(r.Currency)
		return f
	}
	switch e := e.(type) {
	case RequestedEvent:
		e.Fact = put(e.Fact)
		return e
	case DecidedEvent:
		e.Fact = put(e.Fact)
		return e
	case WithdrawnEvent:
		e.Fact = put(e.Fact)
		return e
	case GoodsReceivedEvent:
		e.Fact = put(e.Fact)
		return e
	case InspectedEvent:
		e.Fact = put(e.Fact)
		return e
	case ReplacedEvent:
		e.Fact = put(e.Fact)
		return e
	case RefundSent:
		e.Fact = put(e.Fact)
		return e
	case RefundMade:
		e.Fact = put(e.Fact)
		return e
	case RefundFailed:
		e.Fact = put(e.Fact)
		return e
	}
	return e
}

// trail is what the audit keeps of a return: codes, ids and amounts.
func (r *Return) trail() map[string]any {
	lines := make([]map[string]any, len(r.Lines))
	for i, l := range r.Lines {
		lines[i] = map[string]any{"id": l.ID, "goods": l.Goods, "replacement": l.Replacement, "amount": l.Sum.Amount, "consent": l.Consent}
		if l.Inspection != nil {
			lines[i]["grade"] = l.Inspection.Grade
		}
	}
	return map[string]any{
		"decision": r.Decision, "version": r.Version, "money": r.MoneyState(), "estimate": r.Estimate, "reason": r.EndReason, "responsibility": r.Blame, "lines": lines,
	}
}

// conclude draws what follows from what was noted: goods to wait for, money owed, everything given, nothing open.
func (s *Service) conclude(ctx context.Context, tx *db.Tx, r *Return, at time.Time) error {
	for i := range r.Lines {
		l := &r.Lines[i]
		if r.approved() && r.Operation.Receipt != No && l.Goods == GoodsNone {
			l.Goods = GoodsAwaited
		}
		if !r.approved() && r.Decision != Requested && r.Decision != Manual && l.Goods == GoodsAwaited {
			l.Goods = GoodsNone // nobody waits for them any more
		}
		if !l.Settled && l.Goods != GoodsSentBack && r.ready(l, r.Operation.Refund) {
			if err := s.oweTx(ctx, tx, r, l, at); err != nil {
				return err
			}
		}
	}
	if err := s.leave(ctx, tx, r, at); err != nil {
		return err
	}
	if r.DoneAt == nil && r.served() {
		r.DoneAt = &at
	}
	if r.EndedAt == nil && r.DoneAt != nil && !slices.ContainsFunc(r.Lines, func(l Line) bool { return !l.Goods.settled() }) &&
		(r.Loan == nil || !r.Loan.ReturnedOn.IsZero()) {
		r.EndedAt = &at
	}
	return nil
}

// served tells whether the customer has everything, or is to get nothing.
func (r *Return) served() bool {
	if r.Decision == Rejected || r.Decision == Withdrawn {
		return true
	}
	return r.approved() && !slices.ContainsFunc(r.Lines, func(l Line) bool { return !r.lineServed(l) })
}

func (r *Return) lineServed(l Line) bool {
	if r.disputed(l.ID) {
		return false
	}
	if l.Goods == GoodsSentBack && !l.Settled && l.Replacement != Shipped { // goods and customer are as before, or repaired
		return true
	}
	if r.Operation.Refund != No {
		if !l.Settled || slices.ContainsFunc(r.Refunds, func(x Refund) bool { return x.Line == l.ID && x.State != MoneyRefunded && x.State != MoneyNone }) {
			return false
		}
	}
	if r.Operation.Replacement != No && l.Replacement != Delivered {
		return false
	}
	return r.Operation.Repair == No
}

// followClocks keeps the clocks of a return true to what the act changed.
func (s *Service) followClocks(ctx context.Context, tx *db.Tx, before Return, r *Return, at time.Time) error {
	if r.Origin == string(access.History) {
		r.NextDueAt = nil
		return nil
	}
	start := func(m clocks.Milestone, p clocks.Party) error {
		_, _, err := s.Clocks.StartTx(ctx, tx, clocks.Start{
			Job: clocks.JobOf(string(r.Case), clocks.Record{Kind: recordKind, ID: string(r.ID)}), RecordKind: recordKind, RecordID: string(r.ID), Party: p, Milestone: m,
			Attrs: clocks.Attributes{Brand: string(r.Brand)}, At: at,
		})
		return err
	}
	met := func(m clocks.Milestone) error { return s.Clocks.MetTx(ctx, tx, recordKind, string(r.ID), m, at) }
	some := func(of *Return, is func(Line) bool) bool { return slices.ContainsFunc(of.Lines, is) }
	uninspected := func(l Line) bool { return l.Goods == GoodsReceived || l.Goods == GoodsShort }
	unshipped := func(of *Return) bool {
		return some(of, func(l Line) bool {
			return of.ready(&l, of.Operation.Replacement) && l.Replacement != Shipped && l.Replacement != Delivered
		})
	}
	owed := func(of *Return) bool {
		return slices.ContainsFunc(of.Refunds, func(x Refund) bool { return x.State == MoneyDue || x.State == MoneyFailed }) ||
			of.approved() && of.Operation.Refund != No && some(of, func(l Line) bool { return !l.Settled && l.Goods.here() && l.Goods != GoodsSentBack })
	}
	var steps []func() error
	follow := func(m clocks.Milestone, p clocks.Party, was, is bool) {
		switch {
		case is && !was:
			steps = append(steps, func() error { return start(m, p) })
		case was && !is:
			steps = append(steps, func() error { return met(m) })
		}
	}
	open := func(d Decision) bool { return d == Requested || d == Manual }
	follow(clocks.ReturnDecision, clocks.Centre, open(before.Decision), open(r.Decision))
	follow(clocks.FifteenDayAction, clocks.Firm, open(before.Decision), open(r.Decision))
	follow(clocks.Inspection, clocks.Outlet, before.Operation.Inspection != No && some(&before, uninspected), r.Operation.Inspection != No && some(r, uninspected))
	follow(clocks.Replacement, clocks.Firm, unshipped(&before), unshipped(r))
	follow(clocks.Refund, clocks.Firm, owed(&before), owed(r))
	if r.EndedAt != nil && before.EndedAt == nil || r.Decision == Withdrawn && before.Decision != Withdrawn {
		steps = append(steps, func() error { return s.Clocks.CancelAtTx(ctx, tx, recordKind, string(r.ID), "", at) })
	}
	for _, do := range steps {
		if err := do(); err != nil {
			return err
		}
	}
	r.NextDueAt = nil
	if !r.Live() {
		return nil
	}
	due, err := s.Clocks.NextDue(ctx, tx, recordKind, string(r.ID))
	r.NextDueAt = due
	return err
}

// tellCase tells the case how its work stands.
func (s *Service) tellCase(ctx context.Context, tx *db.Tx, before, r Return, at time.Time) error {
	if r.Case == "" {
		return nil
	}
	same := (before.NextDueAt == nil) == (r.NextDueAt == nil) && (r.NextDueAt == nil || before.NextDueAt.Equal(*r.NextDueAt))
	if !same && r.DoneAt == nil {
		if err := s.Cases.SetDueTx(ctx, tx, r.Case, recordKind, string(r.ID), r.NextDueAt); err != nil {
			return err
		}
	}
	if r.DoneAt != nil && before.DoneAt == nil {
		if err := s.Cases.WorkDoneTx(ctx, tx, r.Case, recordKind, string(r.ID), r.approved(), at); err != nil {
			return err
		}
	}
	if r.EndedAt != nil && before.EndedAt == nil {
		return s.Cases.EndWorkTx(ctx, tx, r.Case, recordKind, string(r.ID), at)
	}
	return nil
}

// Policy reads how a brand takes goods back; version 0 says that nobody wrote one.
func (s *Service) Policy(ctx context.Context, brand catalog.BrandID) (Policy, int64, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Policy{}, 0, err
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Policy{}, 0, err
	}
	if _, known := snap.Brand(brand); !known || !access.From(ctx).Scope.SeesBrand(string(brand)) {
		return Policy{}, 0, ErrNotFound
	}
	p, err := findPolicy(ctx, s.db, brand)
	return p.Policy, p.Version, err
}

// clean puts a text on one line, with single spaces.
func clean(s string) string { return strings.Join(strings.Fields(s), " ") }
