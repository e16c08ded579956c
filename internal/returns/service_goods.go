package returns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// LineAct is an act on lines; no lines means all that can.
type LineAct struct {
	ActInput
	Lines []LineID
}

// each runs a step of the goods on the lines of an act. Named lines must be able to; of all, those that are.
func (in LineAct) each(r *Return, act string, do func(l *Line) error) error {
	ids := in.Lines
	for _, l := range r.Lines {
		if _, err := step(GoodsTransitions, act, l.Goods, anyOf(act)); len(in.Lines) == 0 && err == nil {
			ids = append(ids, l.ID)
		}
	}
	if len(ids) == 0 {
		return ErrState.With("act", act, "state", string(r.GoodsState()))
	}
	for _, id := range ids {
		l, err := r.openLine(id)
		if err != nil {
			return err
		}
		to, err := step(GoodsTransitions, act, l.Goods, anyOf(act))
		if err != nil {
			return err
		}
		l.Goods = to
		if err := do(l); err != nil {
			return err
		}
	}
	return nil
}

func anyOf(act string) Goods {
	if act == "receive" {
		return GoodsReceived
	}
	return ""
}

// Ship notes that goods are on their way to us.
func (s *Service) Ship(ctx context.Context, in LineAct) (Return, error) {
	return s.act(ctx, PermGoods, "ship", in.ActInput, func(_ context.Context, _ *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		return nil, in.each(r, "ship", func(*Line) error { return nil })
	})
}

// Lose notes that goods did not come and will not.
func (s *Service) Lose(ctx context.Context, in LineAct) (Return, error) {
	return s.act(ctx, PermGoods, "lose", in.ActInput, func(_ context.Context, _ *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		return nil, in.each(r, "lose", func(l *Line) error { l.Blame = catalog.Responsibility("carrier"); return nil })
	})
}

// ReceiveInput is what came.
type ReceiveInput struct {
	ActInput
	Line     LineID
	Quantity int64  // that came
	Serial   string // on the thing
	Photos   []files.ID
}

// Receive notes what came of a line: short when less than was promised, wrong when it bears another serial. From then
// the days of inspection and refund count.
func (s *Service) Receive(ctx context.Context, in ReceiveInput) (Return, error) {
	var f problem.Fields
	checkText(&f, "serial", in.Serial, maxCode)
	f.Check(in.Quantity >= 1, "quantity", problem.OutOfRange, "limit", "≥ 1")
	f.Check(len(in.Photos) <= maxFiles, "photos", problem.TooLong, "limit", maxFiles)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermGoods, "receive", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		l, ok := r.line(in.Line)
		if !ok {
			return nil, problem.Field("line_id", problem.Unknown)
		}
		if in.Quantity > l.Quantity {
			return nil, problem.Field("quantity", ErrCounted, "limit", l.Quantity)
		}
		to := GoodsReceived
		switch {
		case in.Serial != "" && l.Serial != "" && !sameSerial(in.Serial, l.Serial):
			to = GoodsWrong
		case in.Quantity < l.Quantity:
			to = GoodsShort
		}
		var err error
		if l.Goods, err = step(GoodsTransitions, "receive", l.Goods, to); err != nil {
			return nil, err
		}
		l.Received, l.ReceivedAt, l.Found, l.Swapped, l.Blame = in.Quantity, &at, strings.TrimSpace(in.Serial), to == GoodsWrong, ""
		if err := s.attach(ctx, tx, r, in.Photos); err != nil {
			return nil, err
		}
		if err := s.reassess(ctx, tx, r, l, at); err != nil {
			return nil, err
		}
		if l.Unit != "" {
			if err := s.unitFact(ctx, tx, r, l.Unit, units.FactReturned, string(to), 0, at); err != nil {
				return nil, err
			}
		}
		return []events.Event{GoodsReceivedEvent{Fact{Line: l.ID, UnitID: l.Unit, Goods: l.Goods}}}, s.sayReceived(ctx, tx, r)
	})
}

// reassess asks the rules anew with what is known since the goods came. A right that they no longer give leaves the sum
// as it was, and the money waits for a person.
func (s *Service) reassess(ctx context.Context, tx *db.Tx, r *Return, l *Line, at time.Time) error {
	had, before := grants(l.Rights, rules.Refund)
	base := l.base()
	if l.ReceivedAt != nil {
		l.Return.Received = s.day(*l.ReceivedAt)
	}
	if l.Inspection != nil {
		l.Return.Spoilt = l.Inspection.Spoilt
	}
	if err := s.assess(ctx, tx, r, l, max(s.day(at), l.Return.Received)); err != nil {
		return prefixed(err, "line")
	}
	_, after := grants(l.Rights, rules.Refund)
	switch {
	case before && !after && r.Operation.Refund != No && !l.Settled:
		r.Why.Add(reason.Warned("returns.right_lost").With("rule", had).With("line", slices.IndexFunc(r.Lines, func(x Line) bool { return x.ID == l.ID })+1).Under(ruleVersion))
		l.Consent = ConsentAsked
		l.Sum = l.settle(base)
	case after || l.Award != nil:
		l.Sum = l.settle(l.base())
	default:
		l.Sum = l.settle(base)
	}
	r.Estimate = r.estimate()
	return nil
}

// InspectInput is what the depot found.
type InspectInput struct {
	ActInput
	Line    LineID
	Grade   Grade
	Items   []CheckedItem
	Missing []string
	Spoilt  []string
	Serial  string
	Photos  []files.ID
	Blame   catalog.Responsibility // whose matter the state of the goods is
	// Reference is the number of the report, where the maker or supplier has the goods and it is their word.
	Reference string
}

// spoilts are what goes beyond checking the goods, in the words of the rules.
var spoilts = []string{"seal_broken", "unauthorised_repair", "mark_damaged", "lasting_marks", "personal_data", "label_cut", "soiled", "damaged"}

// Inspect notes what the depot found. Another serial than promised is a swapped unit: no money moves before it is
// decided.
func (s *Service) Inspect(ctx context.Context, in InspectInput) (Return, error) {
	var f problem.Fields
	f.Check(slices.Contains(grades, in.Grade), "grade", problem.BadChoice)
	f.Check(len(in.Items) <= 60, "items", problem.TooLong, "limit", 60)
	for i, x := range in.Items {
		checkText(&f, fmt.Sprintf("items[%d].item", i), x.Item, maxCode)
		checkText(&f, fmt.Sprintf("items[%d].note", i), x.Note, maxText)
	}
	f.Check(len(in.Missing) <= 30, "missing", problem.TooLong, "limit", 30)
	for i, x := range in.Missing {
		checkText(&f, fmt.Sprintf("missing[%d]", i), x, maxText)
	}
	for i, x := range in.Spoilt {
		f.Check(slices.Contains(spoilts, x), fmt.Sprintf("spoilt[%d]", i), problem.BadChoice)
	}
	f.Check(in.Blame == "" || in.Blame.Valid(), "responsibility", problem.BadChoice)
	f.Check(len(in.Photos) <= maxFiles, "photos", problem.TooLong, "limit", maxFiles)
	checkText(&f, "serial", in.Serial, maxCode)
	checkText(&f, "reference", in.Reference, maxCode)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermGoods, "inspect", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		l, err := r.openLine(in.Line)
		if err != nil {
			return nil, err
		}
		if r.Recipient != nil && clean(in.Reference) == "" && l.Goods != GoodsLost {
			return nil, problem.Field("reference", problem.Required) // it is not our word
		}
		if l.Goods == GoodsLost && in.Grade != GradeGone {
			return nil, problem.Field("grade", problem.BadChoice)
		}
		if in.Serial != "" {
			l.Found = strings.TrimSpace(in.Serial)
		}
		if l.Found != "" && l.Serial != "" && !sameSerial(l.Found, l.Serial) && !r.accepted(l.ID) {
			l.Swapped = true
			if l.Goods == GoodsReceived || l.Goods == GoodsShort {
				l.Goods = GoodsWrong // as if it had been seen at the door
			}
			return []events.Event{GoodsReceivedEvent{Fact{Line: l.ID, UnitID: l.Unit, Goods: l.Goods}}}, nil
		}
		if l.Goods, err = step(GoodsTransitions, "inspect", l.Goods, ""); err != nil {
			return nil, err
		}
		actor := access.From(ctx)
		l.Inspection = &Inspection{
			Grade: in.Grade, Items: in.Items, Missing: in.Missing, Spoilt: in.Spoilt, Photos: db.Strings(in.Photos), By: actor.Kind + ":" + actor.ID, At: at,
		}
		if r.Recipient != nil {
			l.Inspection.Source, l.Inspection.Reference = r.Recipient.To, clean(in.Reference)
		}
		if in.Blame != "" {
			l.Blame = in.Blame
		}
		if err := s.attach(ctx, tx, r, in.Photos); err != nil {
			return nil, err
		}
		if err := s.reassess(ctx, tx, r, l, at); err != nil {
			return nil, err
		}
		return []events.Event{InspectedEvent{Fact{Line: l.ID, UnitID: l.Unit, Goods: l.Goods, Grade: in.Grade}}}, nil
	})
}

// accepted tells whether an arbitration found for the customer about a line.
func (r *Return) accepted(id LineID) bool {
	return slices.ContainsFunc(r.Disputes, func(d Dispute) bool { return d.Line == id && d.State == disputeDecided && d.Finding == "customer" })
}

// DisposeInput says what becomes of goods: restock, refurbish or scrap.
type DisposeInput struct {
	LineAct
	How string
}

// Dispose notes what becomes of goods that stay with us. What is sold as new is as new: only grades A and B are restocked
// as they are.
func (s *Service) Dispose(ctx context.Context, in DisposeInput) (Return, error) {
	if !slices.Contains([]string{"restock", "refurbish", "scrap"}, in.How) {
		return Return{}, problem.Field("how", problem.BadChoice)
	}
	return s.act(ctx, PermGoods, in.How, in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		return nil, in.each(r, in.How, func(l *Line) error {
			if in.How == "restock" && l.Inspection != nil && l.Inspection.Grade != GradeNew && l.Inspection.Grade != GradeOpened && !l.refurbished() {
				return ErrGrade.With("grade", string(l.Inspection.Grade))
			}
			if r.Recipient != nil {
				return ErrNotReady.With("step", in.How) // they are not here
			}
			if !l.Settled && r.Operation.Refund != No || r.Operation.Repair != No {
				return ErrNotReady.With("step", in.How) // it is still the customer's
			}
			if in.How == "restock" {
				if err := s.Units.MaySell(ctx, tx, l.Unit); err != nil {
					return err
				}
			}
			return s.leaves(ctx, tx, l, in.How, at)
		})
	})
}

// refurbished tells whether the line was made as new; the inspection then no longer speaks of it.
func (l *Line) refurbished() bool {
	return l.Inspection != nil && l.Inspection.Grade == gradeRefurbished
}

const gradeRefurbished Grade = "R"

// leaves takes a unit that stays with us out of use in our records: whoever buys it next gets a record of its own.
func (s *Service) leaves(ctx context.Context, tx *db.Tx, l *Line, how string, at time.Time) error {
	if how == "refurbish" {
		again := *l.Inspection
		again.Grade = gradeRefurbished
		l.Inspection = &again
	}
	if l.Unit == "" {
		return nil
	}
	u, err := s.Units.Get(ctx, tx, l.Unit)
	if err != nil || u.State != units.Active {
		return err
	}
	_, err = s.Units.RetireTx(ctx, tx, units.StateInput{Act: access.Act{OccurredAt: at, Reason: "returned"}, ID: u.ID})
	return err
}

// SendBackInput sends goods back to the customer.
type SendBackInput struct {
	LineAct
	Repaired bool
}

// SendBack notes that goods go back to the customer: repaired, or because no remedy was given for them.
func (s *Service) SendBack(ctx context.Context, in SendBackInput) (Return, error) {
	return s.act(ctx, PermGoods, "send_back", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		return nil, in.each(r, "send_back", func(l *Line) error {
			if l.Settled || l.Replacement == Shipped || l.Replacement == Delivered {
				return ErrMoved
			}
			if err := s.releaseTx(ctx, tx, l); err != nil {
				return err
			}
			if in.Repaired && r.Operation.Repair == No {
				return problem.Field("repaired", problem.BadChoice)
			}
			l.Repaired, l.Consent = in.Repaired, ""
			if in.Repaired && l.Unit != "" {
				days := 0
				if l.ReceivedAt != nil {
					days = int(s.day(at) - s.day(*l.ReceivedAt))
				}
				return s.unitFact(ctx, tx, r, l.Unit, units.FactRepaired, "fixed", days, at)
			}
			return nil
		})
	})
}
