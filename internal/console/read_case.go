package console

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/events"
	"anxin/internal/returns"
	"anxin/internal/units"
)

// Workplace is everything that a case page shows: the case, whose it is, about which machine, what was done
// and what ticks.
type Workplace struct {
	Case     cases.Body    `json:"case"`
	Place    string        `json:"place,omitempty" doc:"masked"`
	Customer *CustomerCard `json:"customer,omitempty"`
	Unit     *UnitCard     `json:"unit,omitempty"`
	Orders   []OrderCard   `json:"orders"`
	Returns  []ReturnCard  `json:"returns"`
	Clocks   []ClockCard   `json:"clocks"`
	Timeline []Moment      `json:"timeline"`
}

// CustomerCard is a customer beside a case; contact is masked.
type CustomerCard struct {
	ID    customers.ID `json:"id"`
	Name  string       `json:"name"`
	Phone string       `json:"phone"`
	Cases int          `json:"cases" doc:"newest cases of this customer, up to 20"`
}

// UnitCard is a machine beside a case.
type UnitCard struct {
	ID        units.ID          `json:"id"`
	Model     string            `json:"model,omitempty"`
	Category  string            `json:"category,omitempty"`
	Serial    string            `json:"serial,omitempty"`
	Dates     map[string]string `json:"dates"`
	Marks     []string          `json:"marks"`
	FactCount int               `json:"facts"`
}

// OrderCard is an order beside a case.
type OrderCard struct {
	ID          orders.ID    `json:"id"`
	Number      string       `json:"number"`
	State       orders.State `json:"state"`
	ServiceType string       `json:"service_type"`
	OutletPath  string       `json:"outlet_path"`
	PromisedTo  *time.Time   `json:"promised_to,omitempty"`
	PromisedFr  *time.Time   `json:"promised_from,omitempty"`
	NextDueAt   *time.Time   `json:"next_due_at,omitempty"`
}

// ClockCard is one deadline.
type ClockCard struct {
	Record    string    `json:"record"`
	Party     string    `json:"party"`
	Milestone string    `json:"milestone"`
	Status    string    `json:"status"`
	Due       time.Time `json:"due,omitzero"`
	Warned    bool      `json:"warned,omitempty"`
	WaitsFor  []string  `json:"waits_for,omitempty"`
	MetAt     time.Time `json:"met_at,omitzero"`
}

// Moment is one thing that happened, whatever it was about.
type Moment struct {
	At     time.Time       `json:"at"`
	Topic  string          `json:"topic" doc:"event topic, or note"`
	Kind   string          `json:"kind" doc:"record kind"`
	Record string          `json:"record"`
	Actor  string          `json:"actor"`
	Text   string          `json:"text,omitempty" doc:"of a note"`
	Data   json.RawMessage `json:"data,omitempty" doc:"ids and codes of the event"`
}

// Workplace reads a case's page.
func (s *Service) Workplace(ctx context.Context, id cases.ID) (Workplace, error) {
	c, err := s.Cases.Get(ctx, id)
	if err != nil {
		return Workplace{}, err
	}
	bodies, err := s.Cases.Bodies(ctx, []cases.Case{c})
	if err != nil {
		return Workplace{}, err
	}
	w := Workplace{Case: bodies[0], Orders: []OrderCard{}, Returns: []ReturnCard{}, Clocks: []ClockCard{}}
	place, err := s.Cases.PlaceOf(ctx, s.DB, c)
	if err != nil && !customers.IsErased(err) {
		return w, err
	}
	w.Place = place.Masked()
	if err := s.people(ctx, c, &w); err != nil {
		return w, err
	}
	list, err := s.Orders.OfCase(ctx, s.DB, c.ID)
	if err != nil {
		return w, err
	}
	records := []clocks.Record{{Kind: "case", ID: string(c.ID)}}
	for _, o := range list {
		card := OrderCard{ID: o.ID, Number: o.Number, State: o.State, ServiceType: string(o.ServiceType), OutletPath: o.OutletPath, NextDueAt: o.NextDueAt}
		if !o.Promised.IsZero() {
			card.PromisedFr, card.PromisedTo = &o.Promised.From, &o.Promised.To
		}
		w.Orders = append(w.Orders, card)
		records = append(records, clocks.Record{Kind: "order", ID: string(o.ID)})
	}
	if records, err = s.returnsOf(ctx, c.ID, &w, records); err != nil {
		return w, err
	}
	decided, err := s.Rights.OfCase(ctx, s.DB, string(c.ID))
	if err != nil {
		return w, err
	}
	for _, id := range decided {
		records = append(records, clocks.Record{Kind: "assessment", ID: id})
	}
	deadlines, err := s.Clocks.OfJob(ctx, s.DB, clocks.JobOf(string(c.ID), clocks.Record{}))
	if err != nil {
		return w, err
	}
	for _, d := range deadlines {
		w.Clocks = append(w.Clocks, clockCard(d))
	}
	w.Timeline, err = s.timeline(ctx, c, records)
	return w, err
}

func (s *Service) people(ctx context.Context, c cases.Case, w *Workplace) error {
	a := access.From(ctx)
	if c.CustomerID != "" && a.Permissions.Has("customers.read") {
		cu, err := s.Customers.Get(ctx, s.DB, c.CustomerID)
		if err != nil {
			return err
		}
		others, err := s.Cases.List(ctx, cases.Filter{Queue: "recent", CustomerID: cu.ID, Limit: 20})
		if err != nil {
			return err
		}
		w.Customer = &CustomerCard{ID: cu.ID, Name: cu.MaskedName(), Phone: cu.MaskedPhone(), Cases: len(others)}
	}
	if c.UnitID != "" {
		u, err := s.Units.Get(ctx, s.DB, c.UnitID)
		if err != nil {
			return err
		}
		facts, err := s.Units.Facts(ctx, s.DB, u.ID)
		if err != nil {
			return err
		}
		card := &UnitCard{ID: u.ID, Category: string(u.Category), Serial: crypt.MaskSerial(u.Serial), Dates: map[string]string{}, Marks: u.Marks, FactCount: len(facts)}
		for k, d := range u.Dates {
			card.Dates[string(k)] = d.Day.String()
		}
		snap, err := s.Catalog.Current(ctx, s.DB)
		if err != nil {
			return err
		}
		if m, ok := snap.Model(u.Model); ok {
			card.Model = m.Code
		}
		w.Unit = card
	}
	return nil
}

func clockCard(d clocks.Deadline) ClockCard {
	c := ClockCard{
		Record: d.Record.Kind, Party: string(d.Party), Milestone: string(d.Milestone), Status: string(d.Status), Due: d.Due,
		Warned: d.Warned > 0, MetAt: d.MetAt,
	}
	for _, w := range d.WaitsFor {
		c.WaitsFor = append(c.WaitsFor, string(w))
	}
	return c
}

// ReturnCard is a return of a case in short.
type ReturnCard struct {
	ID        returns.ID       `json:"id"`
	Number    string           `json:"number"`
	Type      returns.Type     `json:"type"`
	Decision  returns.Decision `json:"decision"`
	Goods     returns.Goods    `json:"goods"`
	Money     returns.Money    `json:"money"`
	Currency  string           `json:"currency"`
	Estimate  int64            `json:"estimate" doc:"minor units"`
	NextDueAt *time.Time       `json:"next_due_at,omitempty"`
}

// returnsOf adds the returns of a case, for who may read them.
func (s *Service) returnsOf(ctx context.Context, id cases.ID, w *Workplace, records []clocks.Record) ([]clocks.Record, error) {
	if s.Returns == nil || !access.From(ctx).Permissions.Has(returns.PermRead) {
		return records, nil
	}
	list, err := s.Returns.OfCase(ctx, s.DB, id)
	for _, r := range list {
		w.Returns = append(w.Returns, ReturnCard{r.ID, r.Number, r.Type, r.Decision, r.GoodsState(), r.MoneyState(), string(r.Currency), r.Estimate, r.NextDueAt})
		records = append(records, clocks.Record{Kind: "return", ID: string(r.ID)})
	}
	return records, err
}

// timeline puts the events of the case and its orders and visits, and the notes, into one line.
func (s *Service) timeline(ctx context.Context, c cases.Case, records []clocks.Record) ([]Moment, error) {
	out := []Moment{}
	for _, r := range records {
		list, err := events.OfRecord(ctx, s.DB, r.Kind, r.ID)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			out = append(out, Moment{At: e.OccurredAt, Topic: e.Topic, Kind: e.RecordKind, Record: e.RecordID, Actor: e.Actor, Data: e.Body})
		}
	}
	notes, err := s.Cases.Notes(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		out = append(out, Moment{At: n.OccurredAt, Topic: "note." + n.Kind, Kind: "case", Record: string(c.ID), Actor: n.Author, Text: n.Clear})
	}
	slices.SortStableFunc(out, func(a, b Moment) int { return cmp.Compare(a.At.UnixMicro(), b.At.UnixMicro()) })
	return out, nil
}
