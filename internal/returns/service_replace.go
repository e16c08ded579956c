package returns

import (
	"context"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// ReserveInput keeps something for the customer instead of a line: a part of the stock at a place, or only a note of
// what it will be.
type ReserveInput struct {
	ActInput
	Line  LineID
	Part  parts.PartID
	Place parts.PlaceID
	Item  string
}

// Reserve keeps a replacement, from the stock of parts or by a note of what it will be.
func (s *Service) Reserve(ctx context.Context, in ReserveInput) (Return, error) {
	var f problem.Fields
	checkText(&f, "item", in.Item, maxText)
	f.Check(in.Part != "" || clean(in.Item) != "", "item", problem.Required)
	f.Check((in.Part == "") == (in.Place == ""), "place_id", problem.Required)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	if err := s.mayTake(ctx, in.Place); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermGoods, "reserve", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		l, err := r.openLine(in.Line)
		if err != nil {
			return nil, err
		}
		if !r.approved() || r.Operation.Replacement == No {
			return nil, ErrNotReady.With("step", "reserve")
		}
		if l.Replacement, err = step(ReplacementTransitions, "reserve", l.Replacement, ""); err != nil {
			return nil, err
		}
		g := &Given{Part: in.Part, Place: in.Place, Item: clean(in.Item)}
		if in.Part != "" {
			if err := s.partOf(ctx, tx, r, in.Part); err != nil {
				return nil, err
			}
			g.Reservation, err = s.Parts.ReserveTx(ctx, tx, parts.Reserve{Order: string(r.ID), Part: in.Part, Place: in.Place, Qty: l.Quantity})
			if err != nil {
				return nil, err
			}
		}
		l.Given = g
		return nil, nil
	})
}

// mayTake refuses stock of places outside the actor's scope as unknown.
func (s *Service) mayTake(ctx context.Context, place parts.PlaceID) error {
	if place == "" || access.From(ctx).Scope.Centre() {
		return nil
	}
	list, err := s.Parts.Places(ctx, "")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(p parts.Place) bool { return p.ID == place }) {
		return problem.Field("place_id", problem.Unknown)
	}
	return nil
}

// partOf finds a part of the return's brand.
func (s *Service) partOf(ctx context.Context, tx *db.Tx, r *Return, id parts.PartID) error {
	p, err := s.Parts.Get(ctx, tx, id)
	if err != nil {
		return unknownField(err, "part_id")
	}
	if p.Brand != "" && p.Brand != r.Brand {
		return problem.Field("part_id", problem.Unknown)
	}
	return nil
}

// Release gives a reserved replacement back.
func (s *Service) Release(ctx context.Context, in LineAct) (Return, error) {
	return s.act(ctx, PermGoods, "release", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		for _, id := range in.Lines {
			l, err := r.openLine(id)
			if err != nil {
				return nil, err
			}
			if _, err := step(ReplacementTransitions, "release", l.Replacement, ""); err != nil {
				return nil, err
			}
			if err := s.releaseTx(ctx, tx, l); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// releaseTx gives a reserved replacement back, if one is.
func (s *Service) releaseTx(ctx context.Context, tx *db.Tx, l *Line) error {
	if l.Replacement != Reserved {
		return nil
	}
	l.Replacement = Released
	if l.Given == nil || l.Given.Reservation == "" {
		return nil
	}
	return s.Parts.ReleaseTx(ctx, tx, l.Given.Reservation)
}

// ShipReplacementInput sends something out instead of a line.
type ShipReplacementInput struct {
	ActInput
	Line     LineID
	Model    catalog.ModelID // of the new unit; the old one's when empty
	Serial   string
	Carrier  string
	Tracking string
}

// ShipReplacement notes that the replacement went out. Of a unit that we know it makes the new unit's record, which
// stands for the old one, with what was paid for that and periods that start anew.
func (s *Service) ShipReplacement(ctx context.Context, in ShipReplacementInput) (Return, error) {
	var f problem.Fields
	checkText(&f, "serial", in.Serial, maxCode)
	checkText(&f, "carrier", in.Carrier, maxCode)
	checkText(&f, "tracking", in.Tracking, maxCode)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermGoods, "ship_replacement", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		l, err := r.openLine(in.Line)
		if err != nil {
			return nil, err
		}
		if !r.ready(l, r.Operation.Replacement) {
			return nil, ErrNotReady.With("step", "ship_replacement")
		}
		if l.Replacement, err = step(ReplacementTransitions, "ship_replacement", l.Replacement, ""); err != nil {
			return nil, err
		}
		if err := s.Units.MaySellSerial(ctx, tx, r.Brand, in.Serial); err != nil {
			return nil, err
		}
		g := *l.Given
		g.Serial, g.Carrier, g.Tracking, g.ShippedAt, g.Model = strings.TrimSpace(in.Serial), clean(in.Carrier), clean(in.Tracking), &at, in.Model
		if g.Part != "" {
			_, err := s.Parts.UseTx(ctx, tx, parts.Use{Order: string(r.ID), Part: g.Part, Place: g.Place, Qty: l.Quantity, NewSerial: g.Serial, At: at})
			if err != nil {
				return nil, err
			}
		}
		if l.Unit != "" {
			if g.Unit, err = s.giveUnit(ctx, tx, r, l, g, at); err != nil {
				return nil, err
			}
		}
		l.Given = &g
		return []events.Event{ReplacedEvent{Fact{Line: l.ID, UnitID: l.Unit, NewUnit: g.Unit}}}, s.sayNews(ctx, tx, r, "shipped", ":"+string(l.ID))
	})
}

// giveUnit makes the record of the unit that is given for one.
func (s *Service) giveUnit(ctx context.Context, tx *db.Tx, r *Return, l *Line, g Given, at time.Time) (units.ID, error) {
	old, err := s.Units.Get(ctx, tx, l.Unit)
	if err != nil {
		return "", err
	}
	if g.Model == "" {
		g.Model = old.Model
	}
	dates := units.Dates{}
	for k, d := range old.Dates {
		if k == units.Sold || k == units.Invoiced {
			dates[k] = d // of the purchase, which is still the same
		}
	}
	in := units.CreateInput{Brand: old.Brand, Model: g.Model, Category: old.Category, Serial: g.Serial, Owner: old.Owner, Purchase: old.Purchase, Dates: dates, Replaces: old.ID}
	if old.HasPlace() {
		place, err := s.Units.Place(ctx, tx, old.ID)
		if err != nil {
			return "", err
		}
		in.Place = &place
	}
	u, err := s.Units.CreateTx(ctx, tx, in)
	if err != nil {
		return "", err
	}
	if _, err := s.Units.ReplaceTx(ctx, tx, units.ReplaceInput{Act: access.Act{OccurredAt: at, Reason: r.Reason}, ID: old.ID, By: u.ID}); err != nil {
		return "", err
	}
	return u.ID, s.unitFact(ctx, tx, r, u.ID, units.FactExchanged, "fixed", 0, at)
}

// Deliver notes that the replacement reached the customer.
func (s *Service) Deliver(ctx context.Context, in LineAct) (Return, error) {
	return s.act(ctx, PermGoods, "deliver", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		if len(in.Lines) == 0 {
			return nil, problem.Field("lines", problem.Required)
		}
		for _, id := range in.Lines {
			l, ok := r.line(id)
			if !ok {
				return nil, problem.Field("line_id", problem.Unknown)
			}
			to, err := step(ReplacementTransitions, "deliver", l.Replacement, "")
			if err != nil {
				return nil, err
			}
			g := *l.Given
			g.DeliveredAt = &at
			l.Replacement, l.Given = to, &g
			if g.Unit != "" {
				if err := s.Units.SetDateTx(ctx, tx, g.Unit, units.Delivered, units.Dated{Day: s.day(at), By: "carrier"}); err != nil {
					return nil, err
				}
			}
		}
		return nil, nil
	})
}

// LendInput lends the customer something for the time.
type LendInput struct {
	ActInput
	Item      string
	Serial    string
	DueOn     calendar.Date
	Agreement files.ID
}

// Lend notes a loan with the day it is due back. A return does not end before it is back.
func (s *Service) Lend(ctx context.Context, in LendInput) (Return, error) {
	var f problem.Fields
	f.Check(clean(in.Item) != "", "item", problem.Required)
	checkText(&f, "item", in.Item, maxText)
	checkText(&f, "serial", in.Serial, maxCode)
	f.Check(!in.DueOn.IsZero(), "due_on", problem.Required)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermGoods, "lend", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		today := s.day(at)
		switch {
		case !r.approved() || r.DoneAt != nil || r.Loan != nil && r.Loan.ReturnedOn.IsZero():
			return nil, ErrNotReady.With("step", "lend")
		case in.DueOn < today:
			return nil, problem.Field("due_on", problem.BadTime, "earliest", today.String())
		}
		r.Loan = &Loan{Item: clean(in.Item), Serial: strings.TrimSpace(in.Serial), LentOn: today, DueOn: in.DueOn, Agreement: string(in.Agreement)}
		if in.Agreement == "" {
			return nil, nil
		}
		return nil, s.attach(ctx, tx, r, []files.ID{in.Agreement})
	})
}

// LoanBack notes that what was lent came back.
func (s *Service) LoanBack(ctx context.Context, in ActInput) (Return, error) {
	return s.act(ctx, PermGoods, "loan_back", in, func(_ context.Context, _ *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		if r.Loan == nil || !r.Loan.ReturnedOn.IsZero() {
			return nil, ErrNotReady.With("step", "loan_back")
		}
		back := *r.Loan
		back.ReturnedOn = s.day(at)
		r.Loan = &back
		return nil, nil
	})
}
