package orders

import (
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

const quoteKind = "quote"

// QuotePurpose is the purpose of links and approval codes for a quote.
const QuotePurpose = "quote"

// QuoteLineInput is one line to be quoted: priced by the lists, or with an amount.
type QuoteLineInput struct {
	Kind     ChargeKind
	Part     parts.PartID
	Action   catalog.ActionCode
	Item     string
	Quantity int64
	Metres   int64
	Amount   *money.Amount
}

// QuoteInput makes a quote.
type QuoteInput struct {
	ActInput
	Lines     []QuoteLineInput
	ExpiresAt time.Time // zero: by policy
	Send      bool      // to the customer at once
}

// MakeQuote drafts what an order would cost. It takes the place of a quote that nobody answered.
func (s *Service) MakeQuote(ctx context.Context, in QuoteInput) (Quote, error) {
	var f problem.Fields
	f.Check(len(in.Lines) > 0 && len(in.Lines) <= 50, "lines", problem.Required)
	for i, l := range in.Lines {
		at := index("lines", i)
		f.Check(slices.Contains(chargeKinds, l.Kind), at+".kind", problem.BadChoice)
		f.Check(l.Kind != PartFee || l.Part != "", at+".part_id", problem.Required)
		f.Check(l.Quantity >= 1 && l.Quantity <= 1_000_000, at+".quantity", problem.OutOfRange, "limit", "1…1000000")
		f.Check(l.Amount == nil || l.Amount.Sign() >= 0 && l.Amount.Currency == Currency, at+".amount", problem.OutOfRange)
	}
	if err := f.Err(); err != nil {
		return Quote{}, err
	}
	return s.quoteOrder(ctx, in.ActInput, func(ctx context.Context, tx *db.Tx, o Order, at time.Time) (Quote, error) {
		if !slices.Contains([]State{StateAccepted, StateScheduled, StateWorking, StateSuspended, StateIncomplete, StateReady}, o.State) {
			return Quote{}, ErrState.With("act", "quote", "state", string(o.State))
		}
		q, err := s.draftQuote(ctx, tx, o, in, at)
		if err != nil || !in.Send {
			return q, err
		}
		return q, s.sendQuoteTx(ctx, tx, o, &q, at)
	})
}

// quoteOrder finds the order of a quote's act for whoever may do it: by permission, or as its engineer.
func (s *Service) quoteOrder(ctx context.Context, in ActInput, do func(ctx context.Context, tx *db.Tx, o Order, at time.Time) (Quote, error)) (Quote, error) {
	actor := access.From(ctx)
	byRight := actor.Permissions.Has(PermMoney)
	if !byRight {
		if err := access.Require(ctx, PermField); err != nil {
			return Quote{}, access.Require(ctx, PermMoney)
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Quote, error) {
		var o Order
		var err error
		if byRight {
			o, err = findOrder(ctx, tx, actor.Scope, in.ID)
		} else {
			o, err = s.findOwn(ctx, tx, in.ID)
		}
		if err != nil {
			return Quote{}, err
		}
		if q, done, err := s.quoted(ctx, tx, o.ID, in.OperationID); done || err != nil {
			return q, err
		}
		at, err := in.At(actor.Origin, tx.Now())
		if err != nil {
			return Quote{}, err
		}
		q, err := do(ctx, tx, o, at)
		if err != nil {
			return Quote{}, err
		}
		remember(tx, string(o.ID), in.OperationID, quoteKind, actor.Kind+":"+actor.ID, at)
		return q, nil
	})
}

// quoted answers the newest quote when the operation was done before.
func (s *Service) quoted(ctx context.Context, tx *db.Tx, id ID, operation string) (Quote, bool, error) {
	done, err := seen(ctx, tx, string(id), operation)
	if !done || err != nil {
		return Quote{}, false, err
	}
	list, err := listQuotes(ctx, tx, id)
	if err != nil || len(list) == 0 {
		return Quote{}, false, err
	}
	return list[len(list)-1], true, nil
}

func (s *Service) draftQuote(ctx context.Context, tx *db.Tx, o Order, in QuoteInput, at time.Time) (Quote, error) {
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return Quote{}, err
	}
	if err := s.supersedeQuotes(ctx, tx, o, at); err != nil {
		return Quote{}, err
	}
	list, err := listQuotes(ctx, tx, o.ID)
	if err != nil {
		return Quote{}, err
	}
	q := Quote{
		ID: QuoteID(db.NewID()), OrderID: o.ID, Revision: int64(len(list)) + 1, State: QuoteStateDraft, Lines: []QuoteLine{}, Total: money.Zero(Currency),
		Customer: money.Zero(Currency), ExpiresAt: in.ExpiresAt, CreatedAt: tx.Now(), Version: 1,
	}
	if q.ExpiresAt.IsZero() {
		q.ExpiresAt = at.Add(s.Policy.QuoteFor)
	}
	if !q.ExpiresAt.After(tx.Now()) && access.From(ctx).Origin == access.Live {
		return Quote{}, problem.Field("expires_at", problem.BadTime, "earliest", tx.Now())
	}
	for _, l := range in.Lines {
		if err := s.quoteLine(ctx, tx, snap, o, l, at, &q); err != nil {
			return Quote{}, err
		}
	}
	if err := insertQuote(tx, q); err != nil {
		return Quote{}, err
	}
	return q, audit.Append(ctx, tx, audit.Entry{Kind: quoteKind, Record: string(q.ID), Act: "draft", After: q.trail(), OccurredAt: at, New: true})
}

func (s *Service) quoteLine(ctx context.Context, q db.Querier, snap *catalog.Snapshot, o Order, l QuoteLineInput, at time.Time, out *Quote) error {
	kind := AddChargeInput{Kind: l.Kind, Metres: l.Metres, Item: l.Item}.priceKind()
	if l.Kind == Labour && l.Item == "" {
		l.Item = grade(o, slices.ContainsFunc(out.Lines, func(x QuoteLine) bool { return x.Kind == PartFee }), OutcomeFixed)
	}
	a := ask{Kind: l.Kind, Price: kind, Part: l.Part, Action: l.Action, Item: l.Item, Quantity: l.Quantity, Metres: l.Metres, Amount: l.Amount}
	p, err := s.price(ctx, q, snap, o, a, at)
	if err != nil {
		return err
	}
	source := SourceHand
	if l.Amount == nil {
		source = SourceList + ":" + p.Source
	}
	for _, sh := range p.Shares {
		out.Lines = append(out.Lines, QuoteLine{
			Kind: l.Kind, PartID: l.Part, Action: l.Action, Quantity: l.Quantity, Minor: sh.Amount.Minor, Currency: sh.Amount.Currency, Payer: sh.Payer,
			Source: source, CoverageID: sh.Coverage, Why: p.Why,
		})
		if out.Total, err = out.Total.Add(sh.Amount); err != nil {
			return err
		}
		if sh.Payer == catalog.PayCustomer {
			if out.Customer, err = out.Customer.Add(sh.Amount); err != nil {
				return err
			}
		}
	}
	return nil
}

// supersedeQuotes ends the quotes of an order that nobody answered.
func (s *Service) supersedeQuotes(ctx context.Context, tx *db.Tx, o Order, at time.Time) error {
	list, err := listQuotes(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	for _, q := range list {
		if q.State != QuoteStateDraft && q.State != QuoteStateSent {
			continue
		}
		if err := s.moveQuote(ctx, tx, o, &q, "supersede", "quote_changed", at); err != nil {
			return err
		}
	}
	return nil
}

func (q Quote) trail() map[string]any {
	return map[string]any{"state": q.State, "revision": q.Revision, "total": q.Total.Minor, "customer": q.Customer.Minor, "order": q.OrderID}
}

func (q Quote) fact(o Order, at time.Time) MoneyFact {
	return MoneyFact{
		Head:    events.Head{ID: string(q.ID), Version: q.Version, OccurredAt: at, BrandID: string(o.BrandID), OutletPath: o.OutletPath},
		OrderID: o.ID, CaseID: o.CaseID, Payer: string(catalog.PayCustomer), Minor: q.Customer.Minor, Currency: string(q.Customer.Currency), Revision: q.Revision,
		Reason: q.Reason, kind: quoteKind,
	}
}

// moveQuote runs an act on a quote and tells of it.
func (s *Service) moveQuote(ctx context.Context, tx *db.Tx, o Order, q *Quote, act, why string, at time.Time) error {
	before := *q
	if err := q.move(act, at); err != nil {
		return err
	}
	if why != "" {
		q.Reason = why
	}
	if err := updateQuote(ctx, tx, q); err != nil {
		return err
	}
	err := audit.Append(ctx, tx, audit.Entry{Kind: quoteKind, Record: string(q.ID), Act: act, Reason: why, Before: before.trail(), After: q.trail(), OccurredAt: at})
	if err != nil {
		return err
	}
	f := q.fact(o, at)
	switch q.State {
	case QuoteStateSent:
		return events.Publish(ctx, tx, QuoteSent{f})
	case QuoteStateApproved:
		return events.Publish(ctx, tx, QuoteApproved{f})
	case QuoteStateRefused:
		return events.Publish(ctx, tx, QuoteRefused{f})
	case QuoteStateExpired:
		return events.Publish(ctx, tx, QuoteExpired{f})
	}
	return nil
}

// SendQuote sends a drafted quote to the customer, with a link to approve it.
func (s *Service) SendQuote(ctx context.Context, in QuoteAnswer) (Quote, error) {
	return s.onQuote(ctx, in, PermMoney, func(ctx context.Context, tx *db.Tx, o Order, q *Quote, at time.Time) error {
		return s.sendQuoteTx(ctx, tx, o, q, at)
	})
}

func (s *Service) sendQuoteTx(ctx context.Context, tx *db.Tx, o Order, q *Quote, at time.Time) error {
	if err := s.moveQuote(ctx, tx, o, q, "send", "", at); err != nil {
		return err
	}
	return s.sayQuote(ctx, tx, o, *q)
}

// QuoteAnswer is an act on a quote. Approving names what is approved: the revision and the amount that the
// customer saw.
type QuoteAnswer struct {
	access.Act
	ID       QuoteID
	Revision int64
	Amount   money.Amount
	Code     string // approval code that the customer got by message; needed with a link
}

// ApproveQuote binds the customer's word to a revision and an amount. A customer with a link needs the code
// that was sent to his phone; an agent notes the customer's word. A wait for the customer ends.
func (s *Service) ApproveQuote(ctx context.Context, in QuoteAnswer) (Quote, error) {
	actor := access.From(ctx)
	var proof identity.Proof
	if actor.Kind == access.Link {
		var err error
		if err = identity.LinkFor(ctx, QuotePurpose, quoteKind, string(in.ID)); err != nil {
			return Quote{}, err
		}
		if proof, err = s.Identity.CheckApproval(ctx, s.approvalFor(in.ID), in.Code); err != nil {
			return Quote{}, err
		}
	}
	return s.onQuote(ctx, in, PermMoney, func(ctx context.Context, tx *db.Tx, o Order, q *Quote, at time.Time) error {
		if q.Revision != in.Revision || q.Customer != in.Amount {
			return ErrQuoteChanged.With("revision", q.Revision, "amount", q.Customer.String())
		}
		if q.State == QuoteStateSent && at.After(q.ExpiresAt) {
			return ErrQuoteState.With("act", "approve", "state", string(QuoteStateExpired))
		}
		if actor.Kind == access.Link {
			if err := s.Identity.UseApprovalTx(ctx, tx, proof); err != nil {
				return err
			}
		}
		q.By = actor.Kind + ":" + actor.ID
		if err := s.moveQuote(ctx, tx, o, q, "approve", "", at); err != nil {
			return err
		}
		return s.customerAnswered(ctx, tx, o, at)
	})
}

// RefuseQuote notes that the customer does not want the work at this price.
func (s *Service) RefuseQuote(ctx context.Context, in QuoteAnswer) (Quote, error) {
	actor := access.From(ctx)
	if actor.Kind == access.Link {
		if err := identity.LinkFor(ctx, QuotePurpose, quoteKind, string(in.ID)); err != nil {
			return Quote{}, err
		}
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Quote{}, err
	}
	r, err := reasonFor(snap, "quote.refuse", in.Act)
	if err != nil {
		return Quote{}, err
	}
	return s.onQuote(ctx, in, PermMoney, func(ctx context.Context, tx *db.Tx, o Order, q *Quote, at time.Time) error {
		q.By = actor.Kind + ":" + actor.ID
		if err := s.moveQuote(ctx, tx, o, q, "refuse", string(r.Code), at); err != nil {
			return err
		}
		return s.customerAnswered(ctx, tx, o, at)
	})
}

// customerAnswered ends an order's wait for the customer: a suspended one goes back to where it was, an
// incomplete one may go on.
func (s *Service) customerAnswered(ctx context.Context, tx *db.Tx, o Order, at time.Time) error {
	if o.WaitFor != "customer" {
		return nil
	}
	act := access.Act{OccurredAt: at}
	if o.State == StateSuspended {
		_, err := s.actTx(ctx, tx, o, "resume", act, s.resume)
		return err
	}
	_, err := s.actTx(ctx, tx, o, "answered", act, func(_ context.Context, _ *db.Tx, o *Order, _ time.Time) (tell, error) {
		o.WaitFor = ""
		return func(f Fact) events.Event { return Edited{f} }, nil
	})
	return err
}

// onQuote runs an act on a quote for whoever may: by link, by permission, or as the order's engineer.
func (s *Service) onQuote(ctx context.Context, in QuoteAnswer, perm string, do func(ctx context.Context, tx *db.Tx, o Order, q *Quote, at time.Time) error) (Quote, error) {
	actor := access.From(ctx)
	if actor.Kind != access.Link && !actor.Permissions.Has(perm) {
		if err := access.Require(ctx, PermField); err != nil {
			return Quote{}, access.Require(ctx, perm)
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Quote, error) {
		q, err := findQuote(ctx, tx, in.ID)
		if err != nil {
			return Quote{}, err
		}
		o, err := s.orderOfQuote(ctx, tx, q, perm)
		if err != nil {
			return Quote{}, err
		}
		if done, err := seen(ctx, tx, string(q.ID), in.OperationID); done || err != nil {
			return q, err
		}
		at, err := in.At(actor.Origin, tx.Now())
		if err != nil {
			return Quote{}, err
		}
		if err := do(ctx, tx, o, &q, at); err != nil {
			return Quote{}, err
		}
		remember(tx, string(q.ID), in.OperationID, quoteKind, actor.Kind+":"+actor.ID, at)
		return q, nil
	})
}

func (s *Service) orderOfQuote(ctx context.Context, q db.Querier, quote Quote, perm string) (Order, error) {
	actor := access.From(ctx)
	var o Order
	var err error
	switch {
	case actor.Kind == access.Link:
		if actor.LinkKind != quoteKind || actor.LinkRecord != string(quote.ID) {
			return Order{}, ErrQuoteNotFound
		}
		o, err = findOrder(ctx, q, access.Everything, quote.OrderID)
	case actor.Permissions.Has(perm):
		o, err = findOrder(ctx, q, actor.Scope, quote.OrderID)
	default:
		o, err = s.findOwn(ctx, q, quote.OrderID)
	}
	if errors.Is(err, ErrNotFound) {
		err = ErrQuoteNotFound
	}
	return o, err
}

func (s *Service) approvalFor(id QuoteID) identity.ApprovalFor {
	return identity.ApprovalFor{Purpose: QuotePurpose, RecordKind: quoteKind, RecordID: string(id)}
}

// SendApprovalCode sends the customer who holds a quote's link a code, with which he approves it.
func (s *Service) SendApprovalCode(ctx context.Context, id QuoteID) error {
	if err := identity.LinkFor(ctx, QuotePurpose, quoteKind, string(id)); err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		q, err := findQuote(ctx, tx, id)
		if err != nil {
			return err
		}
		if q.State != QuoteStateSent {
			return ErrQuoteState.With("act", "approve", "state", string(q.State))
		}
		o, err := s.orderOfQuote(ctx, tx, q, PermMoney)
		if err != nil {
			return err
		}
		code, err := s.Identity.MakeApprovalTx(ctx, tx, s.approvalFor(id))
		if err != nil {
			return err
		}
		return s.sayCode(ctx, tx, o, code)
	})
}

// QuoteByID reads a quote for whoever holds its link, or sees its order.
func (s *Service) QuoteByID(ctx context.Context, q db.Querier, id QuoteID) (Quote, Order, error) {
	v, err := findQuote(ctx, q, id)
	if err != nil {
		return Quote{}, Order{}, err
	}
	o, err := s.orderOfQuote(ctx, q, v, PermRead)
	return v, o, err
}

// Quotes lists the quotes of an order by revision.
func (s *Service) Quotes(ctx context.Context, q db.Querier, id ID) ([]Quote, error) {
	return listQuotes(ctx, q, id)
}

// ExpireQuotes ends quotes whose time is over; a duty.
func (s *Service) ExpireQuotes(ctx context.Context) error {
	ids, err := expiredQuotes(ctx, s.db, s.db.Now(), 500)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		errs = append(errs, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			q, err := findQuote(ctx, tx, id)
			if err != nil || q.State != QuoteStateSent || q.ExpiresAt.After(tx.Now()) {
				return err
			}
			o, err := findOrder(ctx, tx, access.Everything, q.OrderID)
			if err != nil {
				return err
			}
			return s.moveQuote(ctx, tx, o, &q, "expire", "quote_expired", tx.Now())
		}))
	}
	return errors.Join(errs...)
}

// approvedQuote is the last quote that the customer approved.
func (s *Service) approvedQuote(ctx context.Context, q db.Querier, o Order) (Quote, bool, error) {
	list, err := listQuotes(ctx, q, o.ID)
	if err != nil {
		return Quote{}, false, err
	}
	for _, v := range slices.Backward(list) {
		if v.State == QuoteStateApproved {
			return v, true, nil
		}
	}
	return Quote{}, false, nil
}

// raiseQuote raises the charges that the customer approved.
func (s *Service) raiseQuote(ctx context.Context, tx *db.Tx, o Order, v VisitID, q Quote, at time.Time) error {
	for _, l := range q.Lines {
		p := priced{
			Amount: money.Amount{Minor: l.Minor, Currency: l.Currency}, Why: l.Why,
			Shares: []share{{Payer: l.Payer, Amount: money.Amount{Minor: l.Minor, Currency: l.Currency}, Coverage: l.CoverageID}},
		}
		a := ask{Kind: l.Kind, Part: l.PartID, Action: l.Action, Quantity: l.Quantity}
		if err := s.raise(ctx, tx, o, v, q.ID, a, p, SourceQuote, "", at); err != nil {
			return err
		}
	}
	return nil
}
