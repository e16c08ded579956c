package units

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
)

// Service keeps the installed base of a database.
type Service struct {
	db        *db.DB
	keys      *crypt.Keys
	catalog   *catalog.Service
	customers *customers.Service
	search    *search.Service // may be nil
	stopSale  StopSale        // may be nil
	zone      *time.Location
	qrKey     []byte
}

// New makes the service. Days are those of the zone; nil is China's.
func New(d *db.DB, keys *crypt.Keys, cat *catalog.Service, cust *customers.Service, zone *time.Location) *Service {
	if zone == nil {
		zone = time.FixedZone("Asia/Shanghai", 8*60*60)
	}
	return &Service{db: d, keys: keys, catalog: cat, customers: cust, zone: zone, qrKey: keys.Derive("units.qr")}
}

// Ref says which record an operation left behind, in which version.
type Ref struct {
	ID      ID
	Version int64
}

const recordKind = "unit"

// CreateInput is a new unit.
type CreateInput struct {
	Brand      catalog.BrandID
	Model      catalog.ModelID
	Category   catalog.CategoryCode // taken from the model when there is one
	Serial     string
	Owner      customers.ID
	Address    customers.AddressID // of the owner, taken as a snapshot; or
	Place      *customers.Place    // the place itself
	Purchase   Purchase
	Dates      Dates
	Components []Component
	External   []ExternalID
	Replaces   ID        // the unit this one is given for; see [Service.ReplaceTx]
	CreatedAt  time.Time // imports of history only; else it is ignored
}

// ExternalID is what another system calls a unit.
type ExternalID struct{ System, ID string }

// Create keeps a new unit, visible to whoever made it.
func (s *Service) Create(ctx context.Context, in CreateInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	if !access.From(ctx).Scope.SeesBrand(string(in.Brand)) {
		return Ref{}, problem.Field("brand_id", problem.Unknown)
	}
	ref, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		if err := s.seesOwner(ctx, tx, in.Owner); err != nil {
			return Ref{}, err
		}
		u, err := s.CreateTx(ctx, tx, in)
		return Ref{ID: u.ID, Version: u.Version}, err
	})
	return ref, taken(err)
}

// seesOwner refuses an owner outside the actor's scope as an unknown one.
func (s *Service) seesOwner(ctx context.Context, q db.Querier, id customers.ID) error {
	if id == "" {
		return nil
	}
	m, err := s.customers.Visible(ctx, q, []customers.ID{id})
	if err == nil && !m[id] {
		err = problem.Field("owner_id", problem.Unknown)
	}
	return err
}

// taken turns the violation of a unique index, by somebody beside us, into its problem.
func taken(err error) error {
	switch {
	case db.IsUnique(err, "units_external"):
		return ErrExternal
	case db.IsUnique(err, "units_unit_serial"), db.IsUnique(err, "units_unit.serial_key"):
		return ErrSerialTaken
	}
	return err
}

// CreateTx keeps a new unit in the caller's change: row, first timeline entry, audit entry and event. The
// actor's outlet sees it from then on. Rows of an import carry the origin history and their own CreatedAt.
func (s *Service) CreateTx(ctx context.Context, tx *db.Tx, in CreateInput) (Unit, error) {
	a := access.From(ctx)
	if err := s.checkCreate(ctx, tx, &in); err != nil {
		return Unit{}, err
	}
	created := tx.Now()
	if a.Origin == access.History && !in.CreatedAt.IsZero() && in.CreatedAt.Before(created) {
		created = in.CreatedAt
	}
	u := Unit{
		ID: ID(db.NewID()), Brand: in.Brand, Model: in.Model, Category: in.Category, Serial: strings.TrimSpace(in.Serial), Owner: in.Owner, Purchase: in.Purchase,
		Dates: in.Dates, Marks: []string{}, State: Active, Replaces: in.Replaces, Origin: string(a.Origin), CreatedAt: created, UpdatedAt: tx.Now(), Version: 1,
	}
	if u.Dates == nil {
		u.Dates = Dates{}
	}
	var err error
	if u.Owner != "" {
		u.key, err = s.customers.KeyOf(ctx, tx, u.Owner)
	} else {
		u.key, err = s.keys.NewKeyTx(ctx, tx, recordKind)
	}
	if err != nil {
		return Unit{}, fmt.Errorf("key of a new unit: %w", err)
	}
	if in.Place != nil {
		if err := s.sealPlace(ctx, tx, &u, *in.Place); err != nil {
			return Unit{}, err
		}
	}
	if err := s.checkSerial(ctx, tx, u.Brand, u.Serial, ""); err != nil {
		return Unit{}, err
	}
	s.insert(tx, u)
	for _, c := range in.Components {
		s.insertComponent(tx, u.ID, c)
	}
	for _, x := range in.External {
		if err := s.insertExternal(ctx, tx, u.ID, x); err != nil {
			return Unit{}, err
		}
	}
	home := a.Scope.OutletPath
	if home == "" {
		home = "/"
	}
	s.share(tx, u.ID, Share{Brand: string(u.Brand), OutletPath: home})
	s.note(ctx, tx, Entry{Unit: u.ID, Kind: "created", At: created, Params: map[string]any{"model": u.Model, "origin": u.Origin}})
	if err := audit.Append(ctx, tx, audit.Entry{
		Kind: recordKind, Record: string(u.ID), Act: "create", New: true, OccurredAt: created, After: summary(u),
	}); err != nil {
		return Unit{}, err
	}
	if err := s.index(ctx, tx, u); err != nil {
		return Unit{}, err
	}
	return u, events.Publish(ctx, tx, Created{Head: head(u, created), Model: u.Model, Owner: u.Owner})
}

// summary is what the audit trail keeps of a unit: codes, ids and the sealed place.
func summary(u Unit) map[string]any {
	return map[string]any{
		"brand": u.Brand, "model": u.Model, "category": u.Category, "serial": u.Serial, "owner": u.Owner, "place": u.sealed, "division": u.Division,
		"purchase": u.Purchase, "dates": u.Dates, "state": u.State,
	}
}

func (s *Service) checkCreate(ctx context.Context, q db.Querier, in *CreateInput) error {
	snap, err := s.catalog.Current(ctx, q)
	if err != nil {
		return err
	}
	var f problem.Fields
	if in.Brand == "" {
		f.Add("brand_id", problem.Required)
	} else if _, known := snap.Brand(in.Brand); !known {
		f.Add("brand_id", problem.Unknown)
	}
	in.Category = checkModel(&f, snap, in.Brand, in.Model, in.Category)
	checkSerialText(&f, in.Serial)
	in.Purchase.check(&f)
	in.Dates.check(&f, s.today(q))
	f.Check(len(in.Components) <= 50, "components", problem.TooLong, "limit", 50)
	for i, c := range in.Components {
		checkComponent(&f, fmt.Sprintf("components[%d]", i), c)
	}
	for i, x := range in.External {
		f.Check(x.System != "" && x.ID != "", fmt.Sprintf("external_ids[%d]", i), problem.Required)
		checkText(&f, fmt.Sprintf("external_ids[%d].id", i), x.ID, maxCode)
		checkText(&f, fmt.Sprintf("external_ids[%d].system", i), x.System, maxCode)
	}
	if in.Owner != "" {
		c, err := s.customers.Get(ctx, q, in.Owner)
		switch {
		case problem.Match(err, problem.ErrNotFound):
			f.Add("owner_id", problem.Unknown)
		case err != nil:
			return err
		case c.Erased:
			f.Add("owner_id", problem.Unknown)
		default:
			in.Owner = c.ID
		}
	}
	if in.Address != "" {
		p, err := s.placeOf(ctx, q, in.Owner, in.Address)
		if err != nil {
			return err
		}
		in.Place = &p
	}
	return f.Err()
}

// placeOf takes a snapshot of one of the owner's addresses.
func (s *Service) placeOf(ctx context.Context, q db.Querier, owner customers.ID, id customers.AddressID) (customers.Place, error) {
	a, err := s.customers.Address(ctx, q, id)
	if err != nil && !problem.Match(err, problem.ErrNotFound) {
		return customers.Place{}, err
	}
	if err == nil && owner != "" {
		ids, e := s.customers.Aliases(ctx, q, owner)
		if e != nil {
			return customers.Place{}, e
		}
		if slices.Contains(ids, a.CustomerID) && !a.Erased {
			return a.Place(), nil
		}
	}
	return customers.Place{}, problem.Field("address_id", problem.Unknown)
}

// checkModel returns the category: the model's, where there is a model.
func checkModel(f *problem.Fields, snap *catalog.Snapshot, brand catalog.BrandID, model catalog.ModelID, category catalog.CategoryCode) catalog.CategoryCode {
	if model != "" {
		m, known := snap.Model(model)
		f.Check(known && m.BrandID == brand, "model_id", problem.Unknown)
		f.Check(category == "" || !known || category == m.Category, "category", problem.BadChoice)
		return m.Category
	}
	if category != "" {
		_, known := snap.Category(category)
		f.Check(known, "category", problem.Unknown)
	}
	return category
}

func checkSerialText(f *problem.Fields, serial string) {
	checkText(f, "serial", serial, maxCode)
	f.Check(strings.TrimSpace(serial) == "" || len(serialKey(serial)) >= 4, "serial", problem.TooShort, "limit", 4)
}

// checkSerial refuses a serial that another unit of the brand bears, naming that unit, so that a person
// can merge the two.
func (s *Service) checkSerial(ctx context.Context, q db.Querier, brand catalog.BrandID, serial string, self ID) error {
	key := serialKey(serial)
	if key == "" {
		return nil
	}
	id, err := db.Get(ctx, q, db.ScanString, `SELECT id FROM units_unit WHERE brand_id = $1 AND serial_key = $2`, string(brand), key)
	if err := noRows(err, nil); err != nil {
		return err
	}
	if id != "" && ID(id) != self {
		return ErrSerialTaken.With("unit", id)
	}
	return nil
}

func (s *Service) today(q db.Querier) calendar.Date { return calendar.DateOf(q.Now(), s.zone) }

// sealPlace puts a place into a unit under the unit's key.
func (s *Service) sealPlace(ctx context.Context, q db.Querier, u *Unit, p customers.Place) (err error) {
	u.sealed, err = s.customers.SealPlace(ctx, q, u.key, p)
	u.Division, u.Point = p.Division, p.Point
	return err
}

func (s *Service) insertExternal(ctx context.Context, tx *db.Tx, id ID, x ExternalID) error {
	used, err := db.Exists(ctx, tx, `SELECT 1 FROM units_external WHERE system = $1 AND external_id = $2`, x.System, x.ID)
	if err != nil {
		return err
	}
	if used {
		return ErrExternal.With("system", x.System)
	}
	tx.Later(`INSERT INTO units_external (unit_id, system, external_id, created_at) VALUES ($1, $2, $3, $4)`, string(id), x.System, x.ID, db.Micros(tx.Now()))
	return nil
}

// Get reads a unit and follows merging. It is for modules: it asks for no permission and no scope.
func (s *Service) Get(ctx context.Context, q db.Querier, id ID) (Unit, error) {
	list, err := readUnits(ctx, q, ` WHERE u.id = (SELECT root_id FROM units_unit WHERE id = $1)`, string(id))
	if err != nil {
		return Unit{}, err
	}
	if len(list) == 0 {
		return Unit{}, problem.ErrNotFound
	}
	return list[0].Unit, nil
}

// ByIDs reads many units, by the ids asked for: a merged id gives the record it leads to. Unknown ids are
// absent. It asks for no permission and no scope.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []ID) (map[ID]Unit, error) {
	ids = distinct(ids)
	out := make(map[ID]Unit, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("u.id", db.Strings(ids))
	list, err := readUnits(ctx, q, w.String(), w.Args()...)
	if err != nil {
		return nil, err
	}
	var roots []ID
	for _, u := range list {
		if u.root == u.ID {
			out[u.ID] = u.Unit
		} else {
			roots = append(roots, u.root)
		}
	}
	if len(roots) == 0 {
		return out, nil
	}
	led, err := s.ByIDs(ctx, q, roots)
	for _, u := range list {
		if u.root != u.ID {
			out[u.ID] = led[u.root]
		}
	}
	return out, err
}

// Aliases lists every id that leads to the same unit, the surviving one first.
func (s *Service) Aliases(ctx context.Context, q db.Querier, id ID) ([]ID, error) {
	root, err := rootOf(ctx, q, id)
	if err != nil {
		return nil, noRows(err, problem.ErrNotFound)
	}
	ids, _, err := group(ctx, q, root)
	return ids, err
}

// FindBySerial finds the unit of a brand that bears a serial, however it is written: blanks, dashes and
// case do not count. It asks for no permission and no scope.
func (s *Service) FindBySerial(ctx context.Context, q db.Querier, brand catalog.BrandID, serial string) (Unit, error) {
	key := serialKey(serial)
	if key == "" {
		return Unit{}, problem.ErrNotFound
	}
	id, err := db.Get(ctx, q, db.ScanString, `SELECT root_id FROM units_unit WHERE brand_id = $1 AND serial_key = $2`, string(brand), key)
	if err != nil {
		return Unit{}, noRows(err, problem.ErrNotFound)
	}
	return s.Get(ctx, q, ID(id))
}

// FindByExternal finds the unit that another system calls so. It asks for no permission and no scope.
func (s *Service) FindByExternal(ctx context.Context, q db.Querier, x ExternalID) (ID, error) {
	id, err := db.Get(ctx, q, db.ScanString, `SELECT u.root_id FROM units_external x JOIN units_unit u ON u.id = x.unit_id WHERE x.system = $1 AND x.external_id = $2`,
		x.System, x.ID)
	return ID(id), noRows(err, problem.ErrNotFound)
}

// OfCustomer lists the units that a customer owns, those of merged records too, the newest first. It asks
// for no permission and no scope.
func (s *Service) OfCustomer(ctx context.Context, q db.Querier, owner customers.ID) ([]Unit, error) {
	ids, err := s.customers.Aliases(ctx, q, owner)
	if err != nil {
		return nil, err
	}
	var w db.Where
	w.In("u.owner_id", db.Strings(ids))
	w.And("u.merged_into IS NULL")
	list, err := readUnits(ctx, q, w.String()+` ORDER BY u.id DESC LIMIT 500`, w.Args()...)
	return plain(list), err
}

// Place opens where the unit stands; the zero place when it is not known or went with its erased owner.
// It asks for no permission and no scope.
func (s *Service) Place(ctx context.Context, q db.Querier, id ID) (customers.Place, error) {
	u, err := s.Get(ctx, q, id)
	if err != nil {
		return customers.Place{}, err
	}
	return s.openPlace(ctx, q, u)
}

func (s *Service) openPlace(ctx context.Context, q db.Querier, u Unit) (customers.Place, error) {
	p, err := s.customers.OpenPlace(ctx, q, u.key, u.sealed)
	if customers.IsErased(err) {
		return customers.Place{Division: u.Division}, nil
	}
	return p, err
}

// Components lists what is fitted in a unit, and what was, oldest first. It asks for no permission.
func (s *Service) Components(ctx context.Context, q db.Querier, id ID) ([]Component, error) {
	return db.List(ctx, q, scanComponent, `SELECT `+componentColumns+` FROM units_component c JOIN units_unit u ON u.id = c.unit_id
		WHERE u.root_id = (SELECT root_id FROM units_unit WHERE id = $1) ORDER BY c.fitted_at, c.id`, string(id))
}

// FactsOf lists what service did to many units, each with what was merged into it, oldest first: by the ids of surviving
// records. It asks for no permission and no scope.
func (s *Service) FactsOf(ctx context.Context, q db.Querier, ids []ID) (map[ID][]Fact, error) {
	var w db.Where
	w.In("u.root_id", db.Strings(ids))
	type rooted struct {
		root ID
		fact Fact
	}
	list, err := db.List(ctx, q, func(r db.Scanner) (x rooted, err error) {
		x.fact, err = scanFact(scanBefore{r, &x.root})
		return x, err
	}, `SELECT u.root_id, `+factColumns+` FROM units_service_fact f JOIN units_unit u ON u.id = f.unit_id`+w.String()+` ORDER BY f.occurred_at, f.id`, w.Args()...)
	out := make(map[ID][]Fact, len(list))
	for _, x := range list {
		out[x.root] = append(out[x.root], x.fact)
	}
	return out, err
}

// Family is a unit's surviving record with all that was merged into it, by any of their ids; empty for an unknown one. What
// other modules keep of a unit stays with the record it was written to: they ask for all of these. It asks for no permission
// and no scope.
func (s *Service) Family(ctx context.Context, q db.Querier, id ID) ([]ID, error) {
	return db.List(ctx, q, func(r db.Scanner) (x ID, err error) { err = r.Scan(&x); return x, err },
		`SELECT id FROM units_unit WHERE root_id = (SELECT root_id FROM units_unit WHERE id = $1) ORDER BY id`, string(id))
}

// scanBefore scans one column before the rest.
type scanBefore struct {
	db.Scanner
	first any
}

func (s scanBefore) Scan(dest ...any) error {
	return s.Scanner.Scan(append([]any{s.first}, dest...)...)
}

// Facts lists what service did to a unit, and to what was merged into it, oldest first. It asks for no
// permission and no scope.
func (s *Service) Facts(ctx context.Context, q db.Querier, id ID) ([]Fact, error) {
	return db.List(ctx, q, scanFact, `SELECT `+factColumns+` FROM units_service_fact f JOIN units_unit u ON u.id = f.unit_id
		WHERE u.root_id = (SELECT root_id FROM units_unit WHERE id = $1) ORDER BY f.occurred_at, f.id`, string(id))
}
