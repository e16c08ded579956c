package returns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// approve lets remedies move.
func (r *Return) approve(p Policy, today calendar.Date, at time.Time, by string) {
	r.Decision, r.DecidedAt, r.DecidedBy = Approved, &at, by
	if r.Operation.Receipt != No {
		r.ShipBy = today + calendar.Date(orDays(p.ShipDays, defaultShipDays))
	}
}

// ApproveInput approves a request, perhaps with less or more than the rules give.
type ApproveInput struct {
	ActInput
	Address string // where to send the goods, when none is known
	// Amounts are what lines are worth, by a person's word, where the rules give no refund; minor units.
	Amounts map[LineID]int64
}

// mayGive refuses amounts above what the actor may give.
func (s *Service) mayGive(ctx context.Context, tx *db.Tx, r *Return, amount int64) error {
	if access.From(ctx).Permissions.Has(PermDecideAny) {
		return nil
	}
	p, err := findPolicy(ctx, tx, r.Brand)
	if err != nil {
		return err
	}
	if l := p.limit(r.Reason); amount > l.Person {
		return ErrLimit.With("limit", l.Person, "currency", string(r.Currency))
	}
	return nil
}

// Approve approves a request that the rules left to a person, up to the limit of who decides.
func (s *Service) Approve(ctx context.Context, in ApproveInput) (Return, error) {
	checkAddress := func(f *problem.Fields) { checkText(f, "address", in.Address, maxAddress) }
	var f problem.Fields
	checkAddress(&f)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermDecide, "approve", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		if _, err := step(Transitions, "approve", r.Decision, ""); err != nil {
			return nil, err
		}
		if a := clean(in.Address); a != "" {
			r.Address = a
		}
		var f problem.Fields
		f.Check(r.Operation.Receipt == No || r.Address != "", "address", problem.Required)
		for id, amount := range in.Amounts {
			l, ok := r.line(id)
			field := "amounts." + string(id)
			f.Check(ok, field, problem.Unknown)
			if !ok {
				continue
			}
			f.Check(amount >= 0 && amount <= l.total(), field, problem.OutOfRange, "limit", fmt.Sprintf("0–%d", l.total()))
			f.Check(in.Reason != "" || strings.TrimSpace(in.Note) != "", "reason", problem.Required)
			l.Award = &amount
			l.Sum = l.settle(l.base())
		}
		if err := f.Err(); err != nil {
			return nil, err
		}
		r.Estimate = r.estimate()
		if err := s.mayGive(ctx, tx, r, r.Estimate); err != nil {
			return nil, err
		}
		p, err := findPolicy(ctx, tx, r.Brand)
		if err != nil {
			return nil, err
		}
		actor := access.From(ctx)
		r.approve(p.Policy, s.day(at), at, actor.Kind+":"+actor.ID)
		r.Why.Add(reason.Noted("returns.by_person").With("reason", in.Reason).Under(ruleVersion))
		for i := range r.Lines {
			r.Lines[i].Option = r.Type.option()
		}
		return []events.Event{DecidedEvent{Fact{Reason: in.Reason, Amount: r.Estimate}}}, s.sayApproved(ctx, tx, r)
	})
}

// Reject refuses a request, with a reason of the catalogue. What the law gives is refused by a person only, who is
// warned by the reasons kept with the request.
func (s *Service) Reject(ctx context.Context, in ActInput) (Return, error) {
	return s.act(ctx, PermDecide, "reject", in, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		to, err := step(Transitions, "reject", r.Decision, "")
		if err != nil {
			return nil, err
		}
		if err := s.because(ctx, tx, r, "return.reject", in.Act); err != nil {
			return nil, err
		}
		actor := access.From(ctx)
		r.Decision, r.DecidedAt, r.DecidedBy = to, &at, actor.Kind+":"+actor.ID
		return []events.Event{DecidedEvent{Fact{Reason: in.Reason}}}, s.sayNews(ctx, tx, r, "rejected", "")
	})
}

// because takes over the reason of an end, and whose matter it is.
func (s *Service) because(ctx context.Context, tx *db.Tx, r *Return, kind string, in access.Act) error {
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	why, err := snap.CheckReason(kind, catalog.ReasonCode(in.Reason), in.Note)
	if err != nil {
		return err
	}
	r.EndReason, r.Blame = string(why.Code), why.Responsibility
	return nil
}

// Withdraw ends a request that the customer no longer wants. Money that is owed is so no longer; money that was sent, or
// a replacement that was shipped, cannot be called back by it. Goods that came go back.
func (s *Service) Withdraw(ctx context.Context, in ActInput) (Return, error) {
	return s.act(ctx, PermRequest, "withdraw", in, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		to, err := step(Transitions, "withdraw", r.Decision, "")
		if err != nil {
			return nil, err
		}
		if r.moved() {
			return nil, ErrMoved
		}
		if err := s.because(ctx, tx, r, "return.withdraw", in.Act); err != nil {
			return nil, err
		}
		for i := range r.Refunds {
			if err := s.voidTx(ctx, tx, r, &r.Refunds[i], at); err != nil {
				return nil, err
			}
		}
		for i := range r.Lines {
			if err := s.releaseTx(ctx, tx, &r.Lines[i]); err != nil {
				return nil, err
			}
			r.Lines[i].Consent, r.Lines[i].Settled = "", false
		}
		r.Decision = to
		return []events.Event{WithdrawnEvent{Fact{Reason: in.Reason}}}, nil
	})
}

// DeductInput takes something off what a line is worth, for the customer to agree to.
type DeductInput struct {
	ActInput
	Line       LineID
	Deductions []Deduction
}

// deductionCodes are what may be taken off for.
var deductionCodes = []string{"wear", "damage", "missing", "freight_back", "other"}

// Deduct offers less than the whole sum, with what for; the customer has to agree before money moves. An empty list
// takes the offer back.
func (s *Service) Deduct(ctx context.Context, in DeductInput) (Return, error) {
	var f problem.Fields
	f.Check(len(in.Deductions) <= 10, "deductions", problem.TooLong, "limit", 10)
	for i, d := range in.Deductions {
		at := fmt.Sprintf("deductions[%d]", i)
		f.Check(slices.Contains(deductionCodes, d.Code), at+".code", problem.BadChoice)
		f.Check(d.Amount > 0 && d.Amount <= maxMinor, at+".amount", problem.OutOfRange, "limit", "> 0")
		checkText(&f, at+".reason", d.Reason, maxText)
		f.Check(d.Code != "other" || clean(d.Reason) != "", at+".reason", problem.Required)
	}
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermDecide, "deduct", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		l, err := r.openLine(in.Line)
		if err != nil {
			return nil, err
		}
		if !r.approved() || l.Settled || r.Operation.Refund == No {
			return nil, ErrNotReady.With("step", "deduct")
		}
		l.Deductions, l.Consent = in.Deductions, ""
		if len(in.Deductions) > 0 {
			l.Consent = ConsentAsked
		}
		l.Sum = l.settle(l.base())
		r.Estimate = r.estimate()
		if l.Consent != ConsentAsked {
			return nil, nil
		}
		return nil, s.sayNews(ctx, tx, r, "deduct", fmt.Sprintf(":%s:%d", l.ID, r.Version))
	})
}

// openLine finds a line on which no disagreement is open.
func (r *Return) openLine(id LineID) (*Line, error) {
	l, ok := r.line(id)
	if !ok {
		return nil, problem.Field("line_id", problem.Unknown)
	}
	if r.disputed(id) {
		return nil, ErrDisputed
	}
	return l, nil
}

// ConsentInput is the customer's answer to deductions.
type ConsentInput struct {
	ActInput
	Line   LineID
	Accept bool
}

// Consent notes the customer's answer to what is to be taken off. Refused, it takes a dispute to decide.
func (s *Service) Consent(ctx context.Context, in ConsentInput) (Return, error) {
	return s.act(ctx, PermRequest, "consent", in.ActInput, func(_ context.Context, _ *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		l, err := r.openLine(in.Line)
		if err != nil {
			return nil, err
		}
		if l.Consent != ConsentAsked {
			return nil, ErrNotReady.With("step", "consent")
		}
		l.Consent = ConsentRefused
		if in.Accept {
			l.Consent = ConsentAccepted
		}
		return nil, nil
	})
}

// DisputeInput says that depot and customer disagree about a line.
type DisputeInput struct {
	ActInput
	Line  LineID
	About string
}

// Dispute opens a disagreement: no money moves for the line until it is decided.
func (s *Service) Dispute(ctx context.Context, in DisputeInput) (Return, error) {
	var f problem.Fields
	f.Check(slices.Contains(abouts, in.About), "about", problem.BadChoice)
	f.Check(strings.TrimSpace(in.Note) != "", "note", problem.Required)
	f.Check(len([]rune(in.Note)) <= maxNote, "note", problem.TooLong, "limit", maxNote)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermRequest, "dispute", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		l, err := r.openLine(in.Line)
		if err != nil {
			return nil, err
		}
		if !r.approved() || l.Settled {
			return nil, ErrNotReady.With("step", "dispute")
		}
		note, err := s.Keys.Seal(ctx, tx, r.KeyID, in.Note)
		if err != nil {
			return nil, err
		}
		actor := access.From(ctx)
		d := Dispute{ID: db.NewID(), Line: l.ID, About: in.About, State: disputeOpen, Note: note, OpenedBy: actor.Kind + ":" + actor.ID, OpenedAt: at}
		insertDispute(tx, r.ID, d)
		r.Disputes = append(r.Disputes, d)
		return nil, nil
	})
}

// DecideDisputeInput ends a disagreement.
type DecideDisputeInput struct {
	ActInput
	Line    LineID
	Finding string
	Award   int64 // what the line is worth by it, minor units; of goods that are exchanged or repaired 0
}

// DecideDispute ends a disagreement by arbitration: whom the finding is for, and what the line is worth by it.
func (s *Service) DecideDispute(ctx context.Context, in DecideDisputeInput) (Return, error) {
	var f problem.Fields
	f.Check(slices.Contains(findings, in.Finding), "finding", problem.BadChoice)
	f.Check(in.Award >= 0, "award", problem.OutOfRange, "limit", "≥ 0")
	f.Check(strings.TrimSpace(in.Note) != "", "note", problem.Required)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermDecide, "decide_dispute", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		l, ok := r.line(in.Line)
		i := slices.IndexFunc(r.Disputes, func(d Dispute) bool { return d.Line == in.Line && d.State == disputeOpen })
		if !ok || i < 0 {
			return nil, problem.Field("line_id", problem.Unknown)
		}
		if in.Award > l.total() {
			return nil, problem.Field("award", problem.OutOfRange, "limit", fmt.Sprintf("0–%d", l.total()))
		}
		if err := s.mayGive(ctx, tx, r, in.Award); err != nil {
			return nil, err
		}
		actor := access.From(ctx)
		d := &r.Disputes[i]
		d.State, d.Finding, d.Award, d.DecidedBy, d.DecidedAt = disputeDecided, in.Finding, in.Award, actor.Kind+":"+actor.ID, &at
		said, err := s.Keys.Open(ctx, tx, r.KeyID, d.Note)
		if err != nil {
			return nil, err
		}
		note, err := s.Keys.Seal(ctx, tx, r.KeyID, said+"\n\n"+strings.TrimSpace(in.Note))
		if err != nil {
			return nil, err
		}
		d.Note = note
		if r.Operation.Refund != No {
			l.Award, l.Consent = &in.Award, ""
			l.Sum = l.settle(l.base())
		}
		if l.Goods == GoodsWrong && in.Finding == "customer" {
			if l.Goods, err = step(GoodsTransitions, "accept", l.Goods, ""); err != nil {
				return nil, err
			}
			l.Received = l.Quantity
		}
		r.Estimate = r.estimate()
		return nil, tx.ExecOne(ctx, `UPDATE returns_dispute SET state = $1, finding = $2, award = $3, note_sealed = $4, decided_by = $5, decided_at = $6 WHERE id = $7 AND state = $8`,
			d.State, d.Finding, d.Award, note, d.DecidedBy, db.Micros(at), d.ID, disputeOpen)
	})
}

// unitFact notes on a unit what a return did to it.
func (s *Service) unitFact(ctx context.Context, tx *db.Tx, r *Return, unit units.ID, kind units.FactKind, result string, days int, at time.Time) error {
	_, err := s.Units.FactTx(ctx, tx, units.Fact{Unit: unit, Kind: kind, Result: result, DaysOut: days, Order: string(r.ID), At: at})
	return err
}
