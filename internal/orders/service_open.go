package orders

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/units"
)

// CreateInput is a new order for a case. What is left out is taken from the case and its unit.
type CreateInput struct {
	access.Act
	CaseID      cases.ID
	UnitID      units.ID
	ServiceType catalog.ServiceTypeCode
	Category    catalog.CategoryCode
	Symptom     catalog.SymptomCode
	Action      catalog.ActionCode // presumed, for skills and minutes
	Place       *customers.Place
	AddressID   customers.AddressID // of the customer, instead of Place
	Parties     Parties
	Payer       catalog.Payer // customer when empty
	Wanted      Window
	Instruct    string // what is to be done, in words
	ReworkOf    ID
	ExternalID  string
	Release     bool // make it ready at once
}

const maxInstruct = 2000

func (in *CreateInput) check(snap *catalog.Snapshot) error {
	var f problem.Fields
	f.Check(in.CaseID != "", "case_id", problem.Required)
	f.Check(len([]rune(in.Instruct)) <= maxInstruct, "instructions", problem.TooLong, "limit", maxInstruct)
	if in.ServiceType != "" {
		_, ok := snap.ServiceType(in.ServiceType)
		f.Check(ok, "service_type", problem.Unknown)
	}
	checkWork(&f, snap, in.Category, in.Symptom, "", in.Action)
	if in.Payer == "" {
		in.Payer = catalog.PayCustomer
	}
	f.Check(in.Payer.Valid(), "payer", problem.BadChoice)
	if !in.Wanted.IsZero() {
		f.Check(!in.Wanted.From.IsZero() && in.Wanted.To.After(in.Wanted.From), "wanted.to", ErrWindow)
	}
	checkParties(&f, in.Parties)
	return f.Err()
}

// checkWork refuses codes that the catalogue does not know or that do not belong together.
func checkWork(f *problem.Fields, snap *catalog.Snapshot, cat catalog.CategoryCode, sym catalog.SymptomCode, cause catalog.CauseCode, action catalog.ActionCode) {
	if cat != "" {
		_, ok := snap.Category(cat)
		f.Check(ok, "category", problem.Unknown)
	}
	if sym != "" {
		v, ok := snap.Symptom(sym)
		f.Check(ok, "symptom", problem.Unknown)
		f.Check(!ok || cat == "" || v.Category == cat, "symptom", problem.BadChoice)
	}
	if cause != "" {
		v, ok := snap.Cause(cause)
		f.Check(ok, "cause", problem.Unknown)
		f.Check(!ok || sym == "" || v.Symptom == sym, "cause", problem.BadChoice)
	}
	if action != "" {
		v, ok := snap.Action(action)
		f.Check(ok, "action", problem.Unknown)
		f.Check(!ok || cat == "" || v.Category == cat, "action", problem.BadChoice)
	}
}

func checkParties(f *problem.Fields, p Parties) {
	for _, one := range []struct {
		field string
		p     Person
	}{{"caller", p.Caller}, {"owner", p.Owner}, {"on_site", p.OnSite}, {"payer", p.Payer}} {
		f.Check(len([]rune(one.p.Name)) <= 100, "parties."+one.field+".name", problem.TooLong, "limit", 100)
		if one.p.Phone != "" {
			_, ok := crypt.NormalizePhone(one.p.Phone)
			f.Check(ok, "parties."+one.field+".phone", problem.BadFormat)
		}
	}
}

// Create opens an order for a case as a draft, or ready at once.
func (s *Service) Create(ctx context.Context, in CreateInput) (Order, error) {
	if err := access.Require(ctx, PermAct); err != nil {
		return Order{}, err
	}
	number, err := s.NextNumber(ctx)
	if err != nil {
		return Order{}, err
	}
	o, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Order, error) {
		return s.CreateTx(ctx, tx, number, in)
	})
	if db.IsUnique(err, "orders_order_external") || db.IsUnique(err, "orders_order.external_id") {
		err = problem.Field("external_id", problem.Taken)
	}
	return o, err
}

// NextNumber takes a number for [Service.CreateTx]; call it before the transaction.
func (s *Service) NextNumber(ctx context.Context) (string, error) {
	return s.Numbers.Next(ctx, "S", s.db.Now())
}

// CreateTx opens an order inside the caller's transaction.
func (s *Service) CreateTx(ctx context.Context, tx *db.Tx, number string, in CreateInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return Order{}, err
	}
	if err := in.check(snap); err != nil {
		return Order{}, err
	}
	c, err := s.Cases.Find(ctx, tx, in.CaseID)
	if err != nil {
		return Order{}, unknown(err, "case_id")
	}
	if c.State != cases.Open && c.State != cases.Diagnosing && c.State != cases.Serving {
		return Order{}, ErrCase.With("state", string(c.State))
	}
	actor := access.From(ctx)
	if o, done, err := s.created(ctx, tx, c.ID, in.OperationID); done || err != nil {
		return o, err
	}
	at, err := in.At(actor.Origin, tx.Now())
	if err != nil {
		return Order{}, err
	}
	o := Order{
		ID: ID(db.NewID()), Number: number, CaseID: c.ID, State: StateDraft, BrandID: c.BrandID, CustomerID: c.CustomerID, UnitID: c.UnitID,
		ServiceType: or(in.ServiceType, c.ServiceType), Category: or(in.Category, c.Category), Symptom: or(in.Symptom, c.Symptom), Action: in.Action,
		Priority: c.Priority, OutletPath: "/", KeyID: c.KeyID, Payer: in.Payer, Wanted: in.Wanted, ReworkOf: in.ReworkOf, ExternalID: in.ExternalID,
		Origin: string(actor.Origin), OpenedBy: actor.Kind + ":" + actor.ID, OccurredAt: at, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	if actor.Origin != access.Live {
		o.ID = ID(db.NewIDAt(at))
	}
	if in.UnitID != "" {
		o.UnitID = in.UnitID
	}
	if o.ServiceType == "" {
		return Order{}, problem.Field("service_type", problem.Required)
	}
	if err := s.placeAtOutlet(ctx, tx, &o, c); err != nil {
		return Order{}, err
	}
	if err := s.fillOrder(ctx, tx, snap, &o, c, in, at); err != nil {
		return Order{}, err
	}
	if err := s.insertNew(ctx, tx, o, c, in.OperationID, at); err != nil {
		return Order{}, err
	}
	if !in.Release {
		return o, nil
	}
	return s.actTx(ctx, tx, o, "release", access.Act{OccurredAt: in.OccurredAt, DeviceOffset: in.DeviceOffset}, s.release(snap))
}

// created finds the order that the same operation made before.
func (s *Service) created(ctx context.Context, tx *db.Tx, id cases.ID, operation string) (Order, bool, error) {
	done, err := seen(ctx, tx, string(id), operation)
	if !done || err != nil {
		return Order{}, false, err
	}
	list, err := ordersOfCase(ctx, tx, id)
	if err != nil || len(list) == 0 {
		return Order{}, false, err
	}
	for _, o := range list {
		if ok, err := seen(ctx, tx, string(o.ID), operation); ok || err != nil {
			return o, ok, err
		}
	}
	return Order{}, false, nil
}

// insertNew writes a new order, tells the case and the unit's timeline, and publishes it.
func (s *Service) insertNew(ctx context.Context, tx *db.Tx, o Order, c cases.Case, operation string, at time.Time) error {
	if err := insertOrder(tx, o); err != nil {
		return err
	}
	remember(tx, string(o.ID), operation, "open", o.OpenedBy, at)
	remember(tx, string(o.CaseID), operation, "open_order", o.OpenedBy, at)
	if err := s.Cases.AttachWorkTx(ctx, tx, cases.AttachWork{Case: c.ID, Kind: recordKind, Ref: string(o.ID), OutletPath: o.OutletPath, At: at}); err != nil {
		return err
	}
	if o.UnitID != "" {
		err := s.Units.NoteTx(ctx, tx, units.Entry{
			Unit: o.UnitID, Kind: "order_opened", RefKind: recordKind, RefID: string(o.ID), At: at,
			Params: map[string]any{"number": o.Number, "service_type": string(o.ServiceType)},
		})
		if err != nil {
			return err
		}
	}
	if err := s.index(ctx, tx, o); err != nil {
		return err
	}
	err := audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(o.ID), Act: "open", After: o.trail(), OccurredAt: at, New: true})
	if err != nil {
		return err
	}
	return events.Publish(ctx, tx, Opened{o.fact(at)})
}

// placeAtOutlet lets an outlet keep what it opened itself.
func (s *Service) placeAtOutlet(ctx context.Context, tx *db.Tx, o *Order, c cases.Case) error {
	path := access.From(ctx).Scope.OutletPath
	if path == "/" || path == "" || c.OutletPath != path {
		return nil
	}
	out, err := s.Outlets.ByPath(ctx, tx, path)
	if err != nil {
		return err
	}
	o.OutletID, o.OutletPath, o.Kept = out.ID, out.Path, true
	return nil
}

// fillOrder takes what the unit and the case know, and links the order with those before it.
func (s *Service) fillOrder(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o *Order, c cases.Case, in CreateInput, at time.Time) error {
	if o.UnitID != "" {
		u, err := s.Units.Get(ctx, tx, o.UnitID)
		if err != nil {
			return unknown(err, "unit_id")
		}
		if u.Brand != o.BrandID {
			return problem.Field("unit_id", problem.Unknown)
		}
		o.UnitID, o.Category = u.ID, or(o.Category, u.Category)
		if o.CustomerID == "" {
			o.CustomerID = u.Owner
		}
	}
	if sym, ok := snap.Symptom(o.Symptom); ok {
		o.Category = or(o.Category, sym.Category)
	}
	s.require(snap, o)
	place, err := s.placeFor(ctx, tx, *o, c, in)
	if err != nil {
		return err
	}
	if err := s.sealInto(ctx, tx, o, place, in.Parties, in.Instruct); err != nil {
		return err
	}
	st, _ := snap.ServiceType(o.ServiceType)
	if o.RepeatOf, err = repeatedOrder(ctx, tx, *o, s.repeatDays(st), at); err != nil {
		return err
	}
	return s.findRework(ctx, tx, o, c)
}

func (s *Service) repeatDays(st catalog.ServiceType) int {
	if st.RepeatWindowDays > 0 {
		return st.RepeatWindowDays
	}
	return s.Policy.RepeatDays
}

// require works out what the work takes.
func (s *Service) require(snap *catalog.Snapshot, o *Order) {
	st, _ := snap.ServiceType(o.ServiceType)
	req := snap.Requirements(o.ServiceType, o.Category, o.Action)
	o.Mode, o.Skills, o.Tools, o.Minutes, o.Crew = st.Mode, req.Skills, req.Tools, req.Minutes, req.Crew
	o.SymptomFamily = ""
	if sym, ok := snap.Symptom(o.Symptom); ok {
		o.SymptomFamily = sym.Family
	}
}

func (s *Service) placeFor(ctx context.Context, tx *db.Tx, o Order, c cases.Case, in CreateInput) (customers.Place, error) {
	switch {
	case in.Place != nil:
		return *in.Place, nil
	case in.AddressID != "":
		a, err := s.Customers.Address(ctx, tx, in.AddressID)
		if err != nil {
			return customers.Place{}, unknown(err, "address_id")
		}
		owner, err := s.Customers.Get(ctx, tx, a.CustomerID)
		if err != nil || o.CustomerID == "" || owner.ID != o.CustomerID {
			return customers.Place{}, problem.Field("address_id", problem.Unknown)
		}
		return a.Place(), nil
	}
	p, err := s.Cases.PlaceOf(ctx, tx, c)
	if err != nil || !p.IsZero() || o.UnitID == "" {
		return p, err
	}
	return s.Units.Place(ctx, tx, o.UnitID)
}

// sealInto writes the texts under the customer's key, or the case's while nobody is known.
func (s *Service) sealInto(ctx context.Context, tx *db.Tx, o *Order, place customers.Place, p Parties, note string) (err error) {
	if o.CustomerID != "" {
		if o.KeyID, err = s.Customers.KeyOf(ctx, tx, o.CustomerID); err != nil {
			return err
		}
	}
	o.Place, o.Parties, o.Note = nil, nil, nil
	if o.Place, err = s.Customers.SealPlace(ctx, tx, o.KeyID, place); err != nil {
		return err
	}
	o.Division, o.Lat, o.Lon = place.Division, nil, nil
	if place.Point.Check() == nil {
		at := place.Point.WGS84()
		o.Lat, o.Lon = &at.Lat, &at.Lon
	}
	if p != (Parties{}) {
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if o.Parties, err = s.Keys.Seal(ctx, tx, o.KeyID, string(raw)); err != nil {
			return err
		}
	}
	if note = strings.TrimSpace(note); note != "" {
		o.Note, err = s.Keys.Seal(ctx, tx, o.KeyID, note)
	}
	return err
}

// findRework links the order with the one whose bad result it repairs: named by the caller, or the last
// one of a case that was reopened or whose customer was not content.
func (s *Service) findRework(ctx context.Context, tx *db.Tx, o *Order, c cases.Case) error {
	list, err := ordersOfCase(ctx, tx, o.CaseID)
	if err != nil {
		return err
	}
	if o.ReworkOf != "" {
		if !slices.ContainsFunc(list, func(old Order) bool { return old.ID == o.ReworkOf }) {
			return problem.Field("rework_of", problem.Unknown)
		}
		return nil
	}
	for _, old := range slices.Backward(list) {
		if old.CompletedAt != nil && (c.Reopened > 0 || old.Callback == CallbackNegative) {
			o.ReworkOf = old.ID
			return nil
		}
	}
	return nil
}

// index makes the order findable by its number; what is sealed is not.
func (s *Service) index(ctx context.Context, tx *db.Tx, o Order) error {
	if s.Search == nil {
		return nil
	}
	return s.Search.IndexTx(ctx, tx, search.Doc{
		Kind: recordKind, ID: string(o.ID), Brand: string(o.BrandID), OutletPath: o.OutletPath, Terms: []string{o.Number, o.ExternalID},
	})
}

// Release makes a draft ready to be given to somebody.
func (s *Service) Release(ctx context.Context, in ActInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	return s.act(ctx, PermAct, "release", in, s.release(snap))
}

func (s *Service) release(snap *catalog.Snapshot) change {
	return func(_ context.Context, _ *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("release"); err != nil {
			return nil, err
		}
		if o.Mode == catalog.ModeVisit && o.Division == "" && o.Lat == nil {
			return nil, ErrNoPlace
		}
		s.require(snap, o)
		return func(f Fact) events.Event { return MadeReady{f} }, o.move("release", StateReady, at)
	}
}

// EditInput corrects what an order says. Nil leaves a field as it is.
type EditInput struct {
	access.Act
	ID      ID
	Version int64 // that the edit was made on

	UnitID   *units.ID
	Category *catalog.CategoryCode
	Symptom  *catalog.SymptomCode
	Action   *catalog.ActionCode
	Place    *customers.Place
	Parties  *Parties
	Payer    *catalog.Payer
	Wanted   *Window
	Instruct *string
	SubState *string
}

// Edit corrects an order that is not at work yet.
func (s *Service) Edit(ctx context.Context, in EditInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	return s.act(ctx, PermAct, "edit", ActInput{Act: in.Act, ID: in.ID}, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if o.Version != in.Version {
			return nil, problem.ErrStale.With("version", o.Version)
		}
		if !slices.Contains([]State{StateDraft, StateReady, StateOffered, StateAccepted, StateScheduled, StateSuspended, StateIncomplete}, o.State) {
			return nil, ErrState.With("act", "edit", "state", string(o.State))
		}
		if err := s.applyEdit(ctx, tx, snap, o, in, at); err != nil {
			return nil, err
		}
		return func(f Fact) events.Event { return Edited{f} }, nil
	})
}

func (s *Service) applyEdit(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o *Order, in EditInput, at time.Time) error {
	set(&o.Category, in.Category)
	set(&o.Symptom, in.Symptom)
	set(&o.Action, in.Action)
	set(&o.Payer, in.Payer)
	set(&o.Wanted, in.Wanted)
	var f problem.Fields
	checkWork(&f, snap, o.Category, o.Symptom, "", o.Action)
	f.Check(o.Payer.Valid(), "payer", problem.BadChoice)
	if !o.Wanted.IsZero() {
		f.Check(!o.Wanted.From.IsZero() && o.Wanted.To.After(o.Wanted.From), "wanted.to", ErrWindow)
	}
	if in.Parties != nil {
		checkParties(&f, *in.Parties)
	}
	if in.Instruct != nil {
		f.Check(len([]rune(*in.Instruct)) <= maxInstruct, "instructions", problem.TooLong, "limit", maxInstruct)
	}
	if in.SubState != nil && *in.SubState != "" {
		l, ok := snap.Label("order", *in.SubState)
		f.Check(ok && l.State == string(o.State), "sub_state", problem.Unknown)
	}
	if err := f.Err(); err != nil {
		return err
	}
	set(&o.SubState, in.SubState)
	if in.UnitID != nil && *in.UnitID != o.UnitID {
		if err := s.setUnit(ctx, tx, o, *in.UnitID); err != nil {
			return err
		}
	}
	tools := o.Tools
	s.require(snap, o)
	if !slices.Equal(tools, o.Tools) {
		if err := s.bumpVisits(ctx, tx, o.ID); err != nil {
			return err
		}
	}
	st, _ := snap.ServiceType(o.ServiceType)
	var err error
	if o.RepeatOf == "" {
		if o.RepeatOf, err = repeatedOrder(ctx, tx, *o, s.repeatDays(st), o.OccurredAt); err != nil {
			return err
		}
	}
	if in.Place == nil && in.Parties == nil && in.Instruct == nil {
		return nil
	}
	texts, err := s.TextsOf(ctx, tx, []Order{*o})
	if err != nil {
		return err
	}
	t := texts[o.ID]
	set(&t.Place, in.Place)
	set(&t.Parties, in.Parties)
	set(&t.Note, in.Instruct)
	if in.Place != nil {
		if err := s.moveVisits(ctx, tx, o, *in.Place); err != nil {
			return err
		}
	}
	return s.sealInto(ctx, tx, o, t.Place, t.Parties, t.Note)
}

// moveVisits lets the visits to be made know the corrected place.
func (s *Service) moveVisits(ctx context.Context, tx *db.Tx, o *Order, p customers.Place) error {
	list, err := visitsOfOrder(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	for _, v := range list {
		if !v.Open() || v.State == VisitStateOnSite {
			continue
		}
		v.Division, v.Lat, v.Lon = p.Division, nil, nil
		if p.Point.Check() == nil {
			at := p.Point.WGS84()
			v.Lat, v.Lon = &at.Lat, &at.Lon
		}
		if err := s.bump(ctx, tx, v, v.Engineers()); err != nil {
			return err
		}
		if err := updateVisit(ctx, tx, &v); err != nil {
			return err
		}
	}
	return nil
}

// setUnit says which unit the order is about, and tells the case.
func (s *Service) setUnit(ctx context.Context, tx *db.Tx, o *Order, id units.ID) error {
	u, err := s.Units.Get(ctx, tx, id)
	if err != nil {
		return unknown(err, "unit_id")
	}
	if u.Brand != o.BrandID {
		return problem.Field("unit_id", problem.Unknown)
	}
	o.UnitID, o.Category = u.ID, or(o.Category, u.Category)
	return s.Cases.SetUnitTx(ctx, tx, o.CaseID, u.ID, u.Owner)
}

func or[T ~string](a, b T) T {
	if a != "" {
		return a
	}
	return b
}

func set[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

// unknown turns a missing record that the input named into a problem of its field.
func unknown(err error, field string) error {
	if code := problem.CodeOf(err); code != nil && code.Kind == problem.NotFound {
		return problem.Field(field, problem.Unknown)
	}
	return err
}
