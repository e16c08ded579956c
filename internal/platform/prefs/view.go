package prefs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

// ID names a view.
type ID string

// View is a saved view of a page.
type View struct {
	ID        ID
	Page      string // which screen: "cases", "dispatch.board"
	Name      string
	State     json.RawMessage // an object that only the page understands
	Role      string          // whom it is shared with; empty: nobody
	Owner     identity.ID
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
	scope     access.Scope // of the maker when it was shared
}

const (
	maxViews = 200   // of one person
	maxName  = 60    // characters
	maxState = 16384 // bytes
)

// Service keeps views.
type Service struct {
	db   *db.DB
	keys *crypt.Keys
	ids  *identity.Service
}

// New makes the service.
func New(d *db.DB, keys *crypt.Keys, ids *identity.Service) *Service {
	return &Service{db: d, keys: keys, ids: ids}
}

// body is what is sealed.
type body struct {
	Name  string          `json:"name"`
	State json.RawMessage `json:"state"`
}

const columns = `id, page, role, owner_id, outlet_path, brands, body_sealed, created_at, updated_at, version`

type row struct {
	View
	sealed []byte
}

func scan(s db.Scanner) (row, error) {
	var r row
	var role, brands *string
	var created, updated int64
	if err := s.Scan(&r.ID, &r.Page, &role, &r.Owner, &r.scope.OutletPath, &brands, &r.sealed, &created, &updated, &r.Version); err != nil {
		return r, err
	}
	r.Role, r.CreatedAt, r.UpdatedAt = db.OrEmpty(role), db.FromMicros(created), db.FromMicros(updated)
	if brands != nil {
		if err := json.Unmarshal([]byte(*brands), &r.scope.Brands); err != nil {
			return r, fmt.Errorf("brands of view %s: %w", r.ID, err)
		}
	}
	return r, nil
}

func (s *Service) open(ctx context.Context, q db.Querier, rows []row) ([]View, error) {
	sealed := make([]crypt.Sealed, len(rows))
	for i, r := range rows {
		sealed[i] = crypt.Sealed{Key: s.keys.Installation(), Data: r.sealed}
	}
	opened, err := s.keys.OpenMany(ctx, q, sealed)
	if err != nil {
		return nil, fmt.Errorf("open views: %w", err)
	}
	out := make([]View, len(rows))
	for i, r := range rows {
		var b body
		if err := json.Unmarshal([]byte(opened[i].Text), &b); err != nil {
			return nil, fmt.Errorf("view %s: %w", r.ID, err)
		}
		out[i] = r.View
		out[i].Name, out[i].State = b.Name, b.State
	}
	return out, nil
}

// person is the user who asks; views are for people.
func person(ctx context.Context) (access.Actor, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return a, problem.ErrUnauth
	}
	return a, nil
}

// List returns one's own views of a page and those shared with one's roles, the oldest first.
func (s *Service) List(ctx context.Context, page string) ([]View, error) {
	a, err := person(ctx)
	if err != nil {
		return nil, err
	}
	own, err := db.List(ctx, s.db, scan, `SELECT `+columns+` FROM prefs_view WHERE owner_id = $1 AND page = $2 ORDER BY created_at, id`, a.ID, page)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	roles, err := identity.RolesOf(ctx, s.db, identity.ID(a.ID))
	if err != nil {
		return nil, err
	}
	var w db.Where
	w.And("page = ? AND owner_id <> ?", page, a.ID)
	w.In("role", roles)
	shared, err := db.List(ctx, s.db, scan, `SELECT `+columns+` FROM prefs_view`+w.String()+` ORDER BY created_at, id LIMIT 1000`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list shared views: %w", err)
	}
	shared = slices.DeleteFunc(shared, func(r row) bool { return !reaches(r.scope, a.Scope) })
	return s.open(ctx, s.db, append(own, shared...))
}

// reaches tells whether what a maker shared is for a reader: one inside the maker's outlets with at least
// one of the maker's brands.
func reaches(maker, reader access.Scope) bool {
	if !strings.HasPrefix(reader.OutletPath, maker.OutletPath) {
		return false
	}
	return maker.Brands == nil || reader.Brands == nil || slices.ContainsFunc(reader.Brands, func(b string) bool { return slices.Contains(maker.Brands, b) })
}

// manages tells whether a sharer may change another's shared view: one that lies inside their own scope.
func manages(a access.Actor, v View) bool {
	if v.Role == "" || !a.Permissions.Has(PermShare) || !strings.HasPrefix(v.scope.OutletPath, a.Scope.OutletPath) || a.Scope.OutletPath == "" {
		return false
	}
	if a.Scope.Brands == nil {
		return true
	}
	return v.scope.Brands != nil && !slices.ContainsFunc(v.scope.Brands, func(b string) bool { return !slices.Contains(a.Scope.Brands, b) })
}

// SaveInput makes or replaces a view.
type SaveInput struct {
	ID      ID    // of the view that is replaced
	Version int64 // of the view that was read
	Page    string
	Name    string
	State   json.RawMessage
	Role    string // whom to share it with; empty: nobody
}

var pageLike = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,63}$`)

func (s *Service) check(ctx context.Context, in *SaveInput) error {
	in.Name = strings.TrimSpace(in.Name)
	var f problem.Fields
	f.Check(pageLike.MatchString(in.Page), "page", problem.BadFormat)
	f.Check(in.Name != "", "name", problem.Required)
	f.Check(utf8.RuneCountInString(in.Name) <= maxName, "name", problem.TooLong, "limit", maxName)
	f.Check(utf8.ValidString(in.Name) && !strings.ContainsFunc(in.Name, unicode.IsControl), "name", problem.BadText)
	var compact bytes.Buffer
	if err := json.Compact(&compact, in.State); err != nil || compact.Len() == 0 || compact.Bytes()[0] != '{' {
		f.Add("state", problem.BadFormat)
	} else {
		in.State = compact.Bytes()
		f.Check(len(in.State) <= maxState, "state", problem.TooLong, "limit", maxState)
	}
	if in.Role != "" {
		known, err := s.ids.KnowsRole(ctx, in.Role)
		if err != nil {
			return err
		}
		f.Check(known, "role", problem.Unknown)
	}
	if err := f.Err(); err != nil {
		return err
	}
	if in.Role != "" {
		return access.Require(ctx, PermShare)
	}
	return nil
}

func (s *Service) seal(ctx context.Context, q db.Querier, in SaveInput) ([]byte, error) {
	text, err := json.Marshal(body{in.Name, in.State})
	if err != nil {
		return nil, err
	}
	return s.keys.Seal(ctx, q, s.keys.Installation(), string(text))
}

func brandsText(s access.Scope) (*string, error) {
	if s.Brands == nil {
		return nil, nil
	}
	b, err := json.Marshal(s.Brands)
	text := string(b)
	return &text, err
}

// Create saves a view of one's own; with a role it is shared.
func (s *Service) Create(ctx context.Context, in SaveInput) (View, error) {
	a, err := person(ctx)
	if err != nil {
		return View{}, err
	}
	if err := s.check(ctx, &in); err != nil {
		return View{}, err
	}
	brands, err := brandsText(a.Scope)
	if err != nil {
		return View{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (View, error) {
		var n int64
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM prefs_view WHERE owner_id = $1`, a.ID).Scan(&n); err != nil {
			return View{}, err
		}
		if n >= maxViews {
			return View{}, ErrFull.With("limit", maxViews)
		}
		sealed, err := s.seal(ctx, tx, in)
		if err != nil {
			return View{}, err
		}
		v := View{
			ID: ID(db.NewID()), Page: in.Page, Name: in.Name, State: in.State, Role: in.Role, Owner: identity.ID(a.ID),
			CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1, scope: a.Scope,
		}
		_, err = tx.Exec(ctx, `INSERT INTO prefs_view (id, owner_id, page, role, outlet_path, brands, body_sealed, created_at, updated_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)`,
			v.ID, v.Owner, v.Page, db.NullString(v.Role), a.Scope.OutletPath, brands, sealed, db.Micros(tx.Now()))
		return v, err
	})
}

// find reads a view that the actor may change.
func find(ctx context.Context, q db.Querier, a access.Actor, id ID) (View, error) {
	r, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM prefs_view WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && string(r.Owner) != a.ID && !manages(a, r.View) {
		return View{}, ErrNoView
	}
	return r.View, err
}

// Edit replaces name, state and sharing of a view; its page stays. The reach of a view that is shared
// anew is that of its owner.
func (s *Service) Edit(ctx context.Context, in SaveInput) (View, error) {
	a, err := person(ctx)
	if err != nil {
		return View{}, err
	}
	old, err := find(ctx, s.db, a, in.ID)
	if err != nil {
		return View{}, err
	}
	in.Page = old.Page
	if err := s.check(ctx, &in); err != nil {
		return View{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (View, error) {
		v, err := find(ctx, tx, a, in.ID)
		if err != nil {
			return View{}, err
		}
		if v.Version != in.Version {
			return View{}, problem.ErrStale.With("version", v.Version)
		}
		sealed, err := s.seal(ctx, tx, in)
		if err != nil {
			return View{}, err
		}
		scope := v.scope
		if string(v.Owner) == a.ID {
			scope = a.Scope
		}
		brands, err := brandsText(scope)
		if err != nil {
			return View{}, err
		}
		err = tx.ExecOne(ctx, `UPDATE prefs_view SET role = $1, outlet_path = $2, brands = $3, body_sealed = $4, updated_at = $5, version = version + 1
			WHERE id = $6 AND version = $7`, db.NullString(in.Role), scope.OutletPath, brands, sealed, db.Micros(tx.Now()), v.ID, v.Version)
		v.Name, v.State, v.Role, v.UpdatedAt, v.Version, v.scope = in.Name, in.State, in.Role, tx.Now(), v.Version+1, scope
		return v, err
	})
}

// Delete removes a view.
func (s *Service) Delete(ctx context.Context, id ID) error {
	a, err := person(ctx)
	if err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		if _, err := find(ctx, tx, a, id); err != nil {
			return err
		}
		return tx.ExecOne(ctx, `DELETE FROM prefs_view WHERE id = $1`, id)
	})
}
