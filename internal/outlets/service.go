package outlets

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// Service keeps the network of outlets.
type Service struct {
	db        *db.DB
	keys      *crypt.Keys
	catalog   *catalog.Service
	calendars *calendars
	holidays  Holidays
}

// New makes the service.
func New(d *db.DB, keys *crypt.Keys, cat *catalog.Service) *Service {
	return &Service{db: d, keys: keys, catalog: cat, calendars: &calendars{m: map[ID]kept{}}, holidays: bundled}
}

// Holidays finds the public holidays of a country, nil where none are known, and a number that changes whenever
// any holidays do.
type Holidays func(ctx context.Context, q db.Querier, country string) (*calendar.Holidays, int64, error)

// UseHolidays makes the service ask find, which knows the years that were published since, instead of taking
// the bundled ones.
func (s *Service) UseHolidays(find Holidays) { s.holidays = find }

// bundled are the holidays that came with the product.
func bundled(_ context.Context, _ db.Querier, country string) (*calendar.Holidays, int64, error) {
	if country == "CN" {
		return calendar.China(), 0, nil
	}
	return nil, 0, nil
}

// calendars keeps an outlet's calendar by the versions that it was made of.
type calendars struct {
	mu sync.Mutex
	m  map[ID]kept
}

type kept struct {
	key string
	cal *calendar.Calendar
}

func (c *calendars) get(id ID, key string) *calendar.Calendar {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.m[id]; k.key == key {
		return k.cal
	}
	return nil
}

func (c *calendars) put(id ID, key string, cal *calendar.Calendar) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m[id] = kept{key, cal}
}

// CreateInput is a new outlet.
type CreateInput struct {
	Code     string // slug, lower case; stays
	Name     string
	Kind     Kind
	ParentID ID // "" is the centre
	Brands   []catalog.BrandID
	Zone     string // "" is the parent's
	Point    geo.Point
	Division string
	Address  string
	Phone    string
	Tools    []catalog.ToolCode
	// ExternalIDs name it in other systems.
	ExternalIDs []ExternalID
}

// Create adds an outlet below one that the actor sees.
func (s *Service) Create(ctx context.Context, in CreateInput) (Outlet, error) {
	if err := access.Require(ctx, PermWrite); err != nil {
		return Outlet{}, err
	}
	if err := checkExternal(in.ExternalIDs); err != nil {
		return Outlet{}, err
	}
	if in.ParentID == "" {
		in.ParentID = Centre
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Outlet{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Outlet, error) { return s.createTx(ctx, tx, snap, in) })
}

// createTx is [Service.Create] in a change of its caller; external ids were checked, the parent is named.
func (s *Service) createTx(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, in CreateInput) (Outlet, error) {
	parent, err := visible(ctx, tx, in.ParentID)
	if errors.Is(err, problem.ErrNotFound) {
		return Outlet{}, problem.Field("parent_id", problem.Unknown)
	}
	if err != nil {
		return Outlet{}, err
	}
	o := Outlet{
		ID: ID(db.NewID()), Code: strings.TrimSpace(in.Code), Name: strings.TrimSpace(in.Name), Kind: in.Kind, ParentID: parent.ID,
		Brands: sortedBrands(in.Brands), State: StateActive, Zone: in.Zone, Point: in.Point.WGS84(), Division: in.Division,
		Address: strings.TrimSpace(in.Address), Phone: strings.TrimSpace(in.Phone), Tools: catalog.SortedTools(in.Tools), CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	if in.Point == (geo.Point{}) {
		o.Point = geo.Point{}
	}
	if o.Zone == "" {
		o.Zone = parent.Zone
	}
	o.Path = parent.Path + o.Code + "/"
	if err := o.check(snap, parent, access.From(ctx).Scope); err != nil {
		return o, err
	}
	if parent.State == StateClosed {
		return o, ErrParentGone.With()
	}
	if err := insertOutlet(ctx, tx, o); err != nil {
		return o, err
	}
	if err := replaceBrands(ctx, tx, o.ID, o.Brands); err != nil {
		return o, err
	}
	if err := insertExternal(ctx, tx, o.ID, in.ExternalIDs); err != nil {
		return o, err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Kind: "outlet", Record: string(o.ID), Act: "create", After: o, New: true}); err != nil {
		return o, err
	}
	return o, events.Publish(ctx, tx, Created{o.fact(tx.Now())})
}

// EditInput changes what is not nil, at the version that the editor saw.
type EditInput struct {
	ID       ID
	Version  int64
	Name     *string
	Kind     *Kind
	Brands   []catalog.BrandID
	Zone     *string
	Point    *geo.Point
	Division *string
	Address  *string
	Phone    *string
	Tools    []catalog.ToolCode
}

// ownOnly tells whether the edit touches nothing but what an outlet manages itself.
func (in EditInput) ownOnly() bool {
	return in.Name == nil && in.Kind == nil && in.Brands == nil && in.Zone == nil && in.Division == nil && in.Point == nil
}

// Edit changes an outlet. Address, phone and tools are the outlet's own matter, the rest is the network's.
func (s *Service) Edit(ctx context.Context, in EditInput) (Outlet, error) {
	perm := PermWrite
	if in.ownOnly() && !access.From(ctx).Permissions.Has(PermWrite) {
		perm = PermOwn
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Outlet{}, err
	}
	return s.edit(ctx, perm, in.ID, in.Version, "edit", s.editing(snap, in))
}

// editing is what an edit does to the outlet.
func (s *Service) editing(snap *catalog.Snapshot, in EditInput) func(ctx context.Context, tx *db.Tx, o *Outlet) (before, after any, err error) {
	return func(ctx context.Context, tx *db.Tx, o *Outlet) (any, any, error) {
		before := *o
		apply(&o.Name, in.Name)
		apply(&o.Kind, in.Kind)
		apply(&o.Zone, in.Zone)
		apply(&o.Division, in.Division)
		apply(&o.Address, in.Address)
		apply(&o.Phone, in.Phone)
		if in.Point != nil {
			o.Point = in.Point.WGS84()
		}
		if in.Brands != nil {
			o.Brands = sortedBrands(in.Brands)
		}
		if in.Tools != nil {
			o.Tools = catalog.SortedTools(in.Tools)
		}
		parent := Outlet{}
		if o.ID != Centre {
			var err error
			if parent, err = findOutlet(ctx, tx, o.ParentID); err != nil {
				return nil, nil, err
			}
		}
		if err := o.checkEdit(snap, before, parent, access.From(ctx).Scope); err != nil {
			return nil, nil, err
		}
		if slices.Equal(before.Brands, o.Brands) {
			return before, *o, nil
		}
		return before, *o, replaceBrands(ctx, tx, o.ID, o.Brands)
	}
}

// edit runs one change of an outlet's data under its version: fn changes the outlet or rows that belong
// to it and returns what the audit keeps.
func (s *Service) edit(ctx context.Context, perm string, id ID, version int64, act string,
	fn func(ctx context.Context, tx *db.Tx, o *Outlet) (before, after any, err error),
) (Outlet, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Outlet{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Outlet, error) { return s.editTx(ctx, tx, id, version, act, fn) })
}

// editTx is [Service.edit] in a change of its caller, without permission.
func (s *Service) editTx(ctx context.Context, tx *db.Tx, id ID, version int64, act string,
	fn func(ctx context.Context, tx *db.Tx, o *Outlet) (before, after any, err error),
) (Outlet, error) {
	o, err := visible(ctx, tx, id)
	if err != nil {
		return o, err
	}
	if o.Version != version {
		return o, problem.ErrStale.With("version", o.Version)
	}
	if o.State == StateClosed {
		return o, ErrState.With("state", string(o.State), "act", act)
	}
	before, after, err := fn(ctx, tx, &o)
	if err != nil {
		return o, err
	}
	o.Version, o.UpdatedAt = o.Version+1, tx.Now()
	if err := updateOutlet(ctx, tx, o); err != nil {
		return o, err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Kind: "outlet", Record: string(o.ID), Act: act, Before: before, After: after}); err != nil {
		return o, err
	}
	return o, events.Publish(ctx, tx, Edited{o.fact(tx.Now()), act})
}

// ActInput is a change of state.
type ActInput struct {
	ID ID
	access.Act
}

// Suspend stops new work; what is running goes on.
func (s *Service) Suspend(ctx context.Context, in ActInput) (Outlet, error) {
	return s.act(ctx, in, "suspend", func(f fact) events.Event { return Suspended{f} })
}

// Resume lets a suspended outlet work again.
func (s *Service) Resume(ctx context.Context, in ActInput) (Outlet, error) {
	return s.act(ctx, in, "resume", func(f fact) events.Event { return Resumed{f} })
}

// Close ends an outlet for ever; those below it must be closed before.
func (s *Service) Close(ctx context.Context, in ActInput) (Outlet, error) {
	return s.act(ctx, in, "close", func(f fact) events.Event { return Closed{f} })
}

func (s *Service) act(ctx context.Context, in ActInput, act string, event func(fact) events.Event) (Outlet, error) {
	if err := access.Require(ctx, PermWrite); err != nil {
		return Outlet{}, err
	}
	if act != "resume" {
		snap, err := s.catalog.Current(ctx, s.db)
		if err != nil {
			return Outlet{}, err
		}
		if _, err := snap.CheckReason("outlet."+act, catalog.ReasonCode(in.Reason), in.Note); err != nil {
			return Outlet{}, err
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Outlet, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Outlet{}, err
		}
		o, err := visible(ctx, tx, in.ID)
		if err != nil {
			return o, err
		}
		if o.ID == Centre {
			return o, ErrCentre.With()
		}
		before := o.State
		if o.State, err = next(o.State, act); err != nil {
			return o, err
		}
		if err := s.guard(ctx, tx, o); err != nil {
			return o, err
		}
		o.StateReason, o.Version, o.UpdatedAt = in.Reason, o.Version+1, tx.Now()
		if err := updateOutlet(ctx, tx, o); err != nil {
			return o, err
		}
		err = audit.Append(ctx, tx, audit.Entry{
			Kind: "outlet", Record: string(o.ID), Act: act, Reason: in.Reason, OccurredAt: at,
			Before: map[string]State{"state": before}, After: map[string]State{"state": o.State},
		})
		if err != nil {
			return o, err
		}
		return o, events.Publish(ctx, tx, event(o.fact(at)))
	})
}

// guard: a closed outlet has nobody below it that works, a working one nobody above it that is closed.
func (s *Service) guard(ctx context.Context, tx *db.Tx, o Outlet) error {
	if o.State == StateActive {
		parent, err := findOutlet(ctx, tx, o.ParentID)
		if err != nil {
			return err
		}
		if parent.State == StateClosed {
			return ErrParentGone.With()
		}
	}
	if o.State != StateClosed {
		return nil
	}
	open, err := db.Exists(ctx, tx, `SELECT 1 FROM outlets_outlet WHERE parent_id = $1 AND state <> $2`, string(o.ID), string(StateClosed))
	if err == nil && open {
		return ErrOpenBelow.With()
	}
	return err
}

// Find reads an outlet within the actor's scope.
func (s *Service) Find(ctx context.Context, id ID) (Outlet, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Outlet{}, err
	}
	return visible(ctx, s.db, id)
}

// Filter limits a list; empty fields don't. AfterPath is the place to go on from.
type Filter struct {
	State        State
	Kind         Kind
	Brand        catalog.BrandID
	Under        string // path
	Query        string // part of name or code
	UpdatedSince time.Time
	AfterPath    string
	Limit        int
}

// List reads outlets in the actor's scope in the order of the tree, one more than the limit.
func (s *Service) List(ctx context.Context, f Filter) ([]Outlet, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	limit(&w, access.From(ctx).Scope)
	if f.State != "" {
		w.And("state = ?", string(f.State))
	}
	if f.Kind != "" {
		w.And("kind = ?", string(f.Kind))
	} else {
		w.And("kind <> ?", string(KindCentre))
	}
	if f.Brand != "" {
		w.And("EXISTS (SELECT 1 FROM outlets_brand b WHERE b.outlet_id = outlets_outlet.id AND b.brand_id = ?)", string(f.Brand))
	}
	if f.Under != "" && f.Under != CentrePath {
		w.Prefix("path", f.Under)
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		like := "%" + likeEscape(strings.ToLower(q)) + "%"
		w.And(`(lower(name) LIKE ? ESCAPE '\' OR code LIKE ? ESCAPE '\')`, like, like)
	}
	if !f.UpdatedSince.IsZero() {
		w.And("updated_at >= ?", db.Micros(f.UpdatedSince))
	}
	if f.AfterPath != "" {
		w.And("path > ?", f.AfterPath)
	}
	return db.List(ctx, s.db, scanOutlet, `SELECT `+outletColumns+` FROM outlets_outlet`+w.String()+` ORDER BY path LIMIT `+w.Arg(f.Limit+1), w.Args()...)
}

func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

func apply[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}

func sortedBrands(list []catalog.BrandID) []catalog.BrandID {
	return append([]catalog.BrandID{}, slices.Compact(slices.Sorted(slices.Values(list)))...)
}

// FindServing is [Service.Serving] for a person: within the actor's scope.
func (s *Service) FindServing(ctx context.Context, in ServingInput) ([]Serving, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	list, err := s.Serving(ctx, s.db, in)
	if err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	return slices.DeleteFunc(list, func(v Serving) bool { return !sees(scope, v.Outlet) }), nil
}
