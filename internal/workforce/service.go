package workforce

import (
	"context"
	"errors"
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// Service keeps the people of the outlets.
type Service struct {
	db      *db.DB
	keys    *crypt.Keys
	catalog *catalog.Service
	outlets *outlets.Service
}

// New makes the service.
func New(d *db.DB, keys *crypt.Keys, cat *catalog.Service, out *outlets.Service) *Service {
	return &Service{db: d, keys: keys, catalog: cat, outlets: out}
}

func (s *Service) lookup(phone string) []byte { return s.keys.Lookup(crypt.KindPhone, phone) }

// CreateInput is a new person.
type CreateInput struct {
	Number      string
	OutletID    outlets.ID
	UserID      string
	Name        string
	Phone       string // sealed at once
	Job         Job
	Brands      []catalog.BrandID // empty is all that the outlet serves
	Skills      []Skill
	Tools       []catalog.ToolCode
	StartPoint  geo.Point
	VanPlace    string
	MaxVisits   int
	JoinedOn    calendar.Date
	ExternalIDs []outlets.ExternalID
}

// Create adds a person to an outlet that the actor sees.
func (s *Service) Create(ctx context.Context, in CreateInput) (Engineer, error) {
	if err := access.Require(ctx, PermWrite); err != nil {
		return Engineer{}, err
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Engineer{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Engineer, error) { return s.createTx(ctx, tx, snap, in) })
}

// createTx is [Service.Create] in a change of its caller, without permission.
func (s *Service) createTx(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, in CreateInput) (Engineer, error) {
	e := Engineer{
		ID: EngineerID(db.NewID()), Number: strings.TrimSpace(in.Number), UserID: in.UserID, Name: strings.TrimSpace(in.Name), Job: in.Job,
		State: StateActive, Brands: sortedBrands(in.Brands), Skills: sortedSkills(in.Skills), Certificates: []Certificate{}, Tools: catalog.SortedTools(in.Tools),
		VanPlace: in.VanPlace, MaxVisits: in.MaxVisits, JoinedOn: in.JoinedOn, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	if in.StartPoint != (geo.Point{}) {
		e.StartPoint = in.StartPoint.WGS84()
	}
	o, err := s.workplace(ctx, tx, in.OutletID)
	if err != nil {
		return e, err
	}
	e.OutletID, e.OutletPath = o.ID, o.Path
	if err := check(e, in.Phone, snap, o, in.ExternalIDs); err != nil {
		return e, err
	}
	if e.KeyID, err = s.keys.NewKeyTx(ctx, tx, "staff"); err != nil {
		return e, err
	}
	if e.PhoneSealed, err = s.keys.Seal(ctx, tx, e.KeyID, strings.TrimSpace(in.Phone)); err != nil {
		return e, err
	}
	if err := insertEngineer(ctx, tx, e, s.lookup(in.Phone)); err != nil {
		return e, err
	}
	if err := insertExternal(ctx, tx, e.ID, in.ExternalIDs); err != nil {
		return e, err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Kind: "engineer", Record: string(e.ID), Act: "create", After: trace(e), New: true}); err != nil {
		return e, err
	}
	return e, events.Publish(ctx, tx, Created{e.fact(tx.Now(), "")})
}

// workplace is an outlet in the actor's scope where people may work.
func (s *Service) workplace(ctx context.Context, tx *db.Tx, id outlets.ID) (outlets.Outlet, error) {
	o, err := s.outlets.Get(ctx, tx, id)
	if err != nil && !errors.Is(err, problem.ErrNotFound) {
		return o, err
	}
	scope := access.From(ctx).Scope
	seen := err == nil && scope.Sees("", o.Path) &&
		(scope.Brands == nil || slices.ContainsFunc(o.Brands, func(b catalog.BrandID) bool { return scope.SeesBrand(string(b)) }))
	if !seen {
		return o, problem.Field("outlet_id", problem.Unknown)
	}
	if o.State == outlets.StateClosed {
		return o, ErrOutletGone.With()
	}
	return o, nil
}

// trace is what the audit keeps of a person: no name, no phone, no user.
func trace(e Engineer) map[string]any {
	certs := make([]CertificateID, len(e.Certificates))
	for i, c := range e.Certificates {
		certs[i] = c.ID
	}
	return map[string]any{
		"outlet_id": e.OutletID, "job": e.Job, "state": e.State, "brands": e.Brands, "skills": e.Skills, "certificates": certs, "tools": e.Tools,
		"max_visits": e.MaxVisits, "van_place": e.VanPlace, "joined_on": e.JoinedOn, "left_on": e.LeftOn, "linked": e.UserID != "",
	}
}

// EditInput changes what is not nil, at the version that the editor saw.
type EditInput struct {
	ID         EngineerID
	Version    int64
	Number     *string
	UserID     *string // "" ends the link
	Name       *string
	Phone      *string
	Job        *Job
	Brands     []catalog.BrandID
	Skills     []Skill
	Tools      []catalog.ToolCode
	StartPoint *geo.Point
	VanPlace   *string
	MaxVisits  *int
	JoinedOn   *calendar.Date
}

// Edit changes a person's data. What dispatch looks at (skills, tools, brands, start place, visits a day) bumps
// his days from today on.
func (s *Service) Edit(ctx context.Context, in EditInput) (Engineer, error) {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Engineer{}, err
	}
	return s.edit(ctx, PermWrite, in.ID, in.Version, "edit", s.editing(snap, in))
}

// editing is what an edit does to the person.
func (s *Service) editing(snap *catalog.Snapshot, in EditInput) func(ctx context.Context, tx *db.Tx, e *Engineer) error {
	return func(ctx context.Context, tx *db.Tx, e *Engineer) error {
		old := *e
		apply(&e.Number, trimmed(in.Number))
		apply(&e.UserID, in.UserID)
		apply(&e.Name, trimmed(in.Name))
		apply(&e.Job, in.Job)
		apply(&e.VanPlace, in.VanPlace)
		apply(&e.MaxVisits, in.MaxVisits)
		apply(&e.JoinedOn, in.JoinedOn)
		if in.StartPoint != nil {
			e.StartPoint = geo.Point{}
			if *in.StartPoint != (geo.Point{}) {
				e.StartPoint = in.StartPoint.WGS84()
			}
		}
		if in.Brands != nil {
			e.Brands = sortedBrands(in.Brands)
		}
		if in.Skills != nil {
			e.Skills = sortedSkills(in.Skills)
		}
		if in.Tools != nil {
			e.Tools = catalog.SortedTools(in.Tools)
		}
		o, err := s.outlets.Get(ctx, tx, e.OutletID)
		if err != nil {
			return err
		}
		phone := ""
		if in.Phone != nil {
			phone = *in.Phone
		}
		if err := check(*e, phone, snap, o, nil); err != nil {
			return err
		}
		if in.Phone != nil {
			if err := s.setPhone(ctx, tx, e, strings.TrimSpace(phone)); err != nil {
				return err
			}
		}
		if dispatchable(old) != dispatchable(*e) || !slices.Equal(old.Brands, e.Brands) || !slices.Equal(old.Skills, e.Skills) || !slices.Equal(old.Tools, e.Tools) ||
			old.StartPoint != e.StartPoint || old.MaxVisits != e.MaxVisits {
			return s.bumpFrom(ctx, tx, e.ID, s.today(tx, o))
		}
		return nil
	}
}

func dispatchable(e Engineer) bool { return e.State == StateActive && e.Job == JobEngineer }

func (s *Service) setPhone(ctx context.Context, tx *db.Tx, e *Engineer, phone string) error {
	sealed, err := s.keys.Seal(ctx, tx, e.KeyID, phone)
	if err != nil {
		return err
	}
	e.PhoneSealed = sealed
	_, err = tx.Exec(ctx, `UPDATE workforce_staff SET phone_sealed = $1, phone_lookup = $2 WHERE id = $3`, sealed, s.lookup(phone), string(e.ID))
	return err
}

// today is the local date at an outlet.
func (s *Service) today(q db.Querier, o outlets.Outlet) calendar.Date {
	return calendar.DateOf(q.Now(), o.Location())
}

// edit runs one change of a person's data under its version.
func (s *Service) edit(ctx context.Context, perm string, id EngineerID, version int64, act string,
	fn func(ctx context.Context, tx *db.Tx, e *Engineer) error,
) (Engineer, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Engineer{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Engineer, error) { return s.editTx(ctx, tx, id, version, act, fn) })
}

// editTx is [Service.edit] in a change of its caller, without permission.
func (s *Service) editTx(ctx context.Context, tx *db.Tx, id EngineerID, version int64, act string,
	fn func(ctx context.Context, tx *db.Tx, e *Engineer) error,
) (Engineer, error) {
	e, err := s.visible(ctx, tx, id)
	if err != nil {
		return e, err
	}
	if e.Version != version {
		return e, problem.ErrStale.With("version", e.Version)
	}
	before := trace(e)
	if err := fn(ctx, tx, &e); err != nil {
		return e, err
	}
	return s.save(ctx, tx, e, before, audit.Entry{Act: act}, Edited{e.next().fact(tx.Now(), "")})
}

// next is the person at his next version.
func (e Engineer) next() Engineer { e.Version++; return e }

func (s *Service) save(ctx context.Context, tx *db.Tx, e Engineer, before any, entry audit.Entry, ev events.Event) (Engineer, error) {
	e = e.next()
	e.UpdatedAt = tx.Now()
	if err := updateEngineer(ctx, tx, e); err != nil {
		return e, err
	}
	entry.Kind, entry.Record, entry.Before, entry.After = "engineer", string(e.ID), before, trace(e)
	if err := audit.Append(ctx, tx, entry); err != nil {
		return e, err
	}
	return e, events.Publish(ctx, tx, ev)
}

// ActInput is a change of state.
type ActInput struct {
	ID EngineerID
	access.Act
}

// Suspend takes a person off the board.
func (s *Service) Suspend(ctx context.Context, in ActInput) (Engineer, error) {
	return s.act(ctx, in, "suspend", func(f fact) events.Event { return Suspended{f} })
}

// Resume puts a suspended person back.
func (s *Service) Resume(ctx context.Context, in ActInput) (Engineer, error) {
	return s.act(ctx, in, "resume", func(f fact) events.Event { return Resumed{f} })
}

// Leave ends a person's work here; the link to his user ends with it.
func (s *Service) Leave(ctx context.Context, in ActInput) (Engineer, error) {
	return s.act(ctx, in, "leave", func(f fact) events.Event { return Left{f} })
}

// Rejoin takes back a person who had left.
func (s *Service) Rejoin(ctx context.Context, in ActInput) (Engineer, error) {
	return s.act(ctx, in, "rejoin", func(f fact) events.Event { return Resumed{f} })
}

func (s *Service) act(ctx context.Context, in ActInput, act string, event func(fact) events.Event) (Engineer, error) {
	if err := access.Require(ctx, PermWrite); err != nil {
		return Engineer{}, err
	}
	if act == "suspend" || act == "leave" {
		snap, err := s.catalog.Current(ctx, s.db)
		if err != nil {
			return Engineer{}, err
		}
		if _, err := snap.CheckReason("engineer."+act, catalog.ReasonCode(in.Reason), in.Note); err != nil {
			return Engineer{}, err
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Engineer, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Engineer{}, err
		}
		e, err := s.visible(ctx, tx, in.ID)
		if err != nil {
			return e, err
		}
		o, err := s.outlets.Get(ctx, tx, e.OutletID)
		if err != nil {
			return e, err
		}
		before := trace(e)
		if e.State, err = next(e.State, act); err != nil {
			return e, err
		}
		switch act {
		case "leave":
			e.LeftOn, e.UserID = calendar.DateOf(at, o.Location()), ""
		case "rejoin":
			e.LeftOn = 0
		}
		if e.State == StateActive && o.State == outlets.StateClosed {
			return e, ErrOutletGone.With()
		}
		if err := s.bumpFrom(ctx, tx, e.ID, s.today(tx, o)); err != nil {
			return e, err
		}
		return s.save(ctx, tx, e, before, audit.Entry{Act: act, Reason: in.Reason, OccurredAt: at}, event(e.next().fact(at, in.Reason)))
	})
}

// MoveInput takes a person to another outlet.
type MoveInput struct {
	ID       EngineerID
	OutletID outlets.ID
	access.Act
}

// Move takes a person to another outlet. Brands that the new outlet does not serve are dropped.
func (s *Service) Move(ctx context.Context, in MoveInput) (Engineer, error) {
	if err := access.Require(ctx, PermWrite); err != nil {
		return Engineer{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Engineer, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Engineer{}, err
		}
		e, err := s.visible(ctx, tx, in.ID)
		if err != nil {
			return e, err
		}
		if e.State == StateLeft {
			return e, ErrState.With("state", string(e.State), "act", "move")
		}
		o, err := s.workplace(ctx, tx, in.OutletID)
		if err != nil {
			return e, err
		}
		before := trace(e)
		e.OutletID, e.OutletPath = o.ID, o.Path
		e.Brands = slices.DeleteFunc(e.Brands, func(b catalog.BrandID) bool { return !o.Serves(b) })
		if err := s.bumpFrom(ctx, tx, e.ID, s.today(tx, o)); err != nil {
			return e, err
		}
		return s.save(ctx, tx, e, before, audit.Entry{Act: "move", Reason: in.Reason, OccurredAt: at}, Moved{e.next().fact(at, in.Reason)})
	})
}

// Phone is a person's private number, in clear, for actors with the permission for it.
func (s *Service) Phone(ctx context.Context, q db.Querier, e Engineer) (string, error) {
	phone, err := s.keys.Open(ctx, q, e.KeyID, e.PhoneSealed)
	if errors.Is(err, crypt.ErrErased) {
		return "", nil
	}
	return phone, err
}

// Find reads a person within the actor's scope.
func (s *Service) Find(ctx context.Context, id EngineerID) (Engineer, error) {
	if err := s.mayRead(ctx, id); err != nil {
		return Engineer{}, err
	}
	return s.visible(ctx, s.db, id)
}

// mayRead: everybody reads himself.
func (s *Service) mayRead(ctx context.Context, id EngineerID) error {
	if a := access.From(ctx); id != "" && a.EngineerID == string(id) {
		return nil
	}
	return access.Require(ctx, PermRead)
}

// Filter limits a list; empty fields don't. After is the place to go on from.
type Filter struct {
	State  State
	Job    Job
	Outlet outlets.ID
	Under  string // path
	Skill  catalog.SkillCode
	Query  string // part of the name or the whole number
	After  [2]string
	Limit  int
}

// List reads people in the actor's scope by outlet and id, one more than the limit.
func (s *Service) List(ctx context.Context, f Filter) ([]Engineer, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	if err := s.limit(ctx, s.db, &w, access.From(ctx).Scope); err != nil {
		return nil, err
	}
	if f.State != "" {
		w.And("state = ?", string(f.State))
	}
	if f.Job != "" {
		w.And("job = ?", string(f.Job))
	}
	if f.Outlet != "" {
		w.And("outlet_id = ?", string(f.Outlet))
	}
	if f.Under != "" && f.Under != "/" {
		w.Prefix("outlet_path", f.Under)
	}
	if f.Skill != "" {
		w.And(`skills LIKE ? ESCAPE '\'`, "% "+likeEscape(string(f.Skill))+":%")
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		w.And(`(lower(name) LIKE ? ESCAPE '\' OR number = ?)`, "%"+likeEscape(strings.ToLower(q))+"%", q)
	}
	if f.After[1] != "" {
		w.And("(outlet_path, id) > (?, ?)", f.After[0], f.After[1])
	}
	return many(ctx, s.db, &w, ` ORDER BY outlet_path, id LIMIT `+w.Arg(f.Limit+1))
}

func likeEscape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

func apply[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}

func trimmed(v *string) *string {
	if v == nil {
		return nil
	}
	t := strings.TrimSpace(*v)
	return &t
}

func sortedBrands(list []catalog.BrandID) []catalog.BrandID {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func sortedSkills(list []Skill) []Skill {
	out := append([]Skill{}, list...)
	slices.SortFunc(out, func(a, b Skill) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return out
}
