package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Role is a named set of permissions.
type Role struct {
	Key         string
	NameZh      string // empty for a built-in role, whose words are "role.<key>"
	NameEn      string
	BuiltIn     bool
	Permissions []string // as they are now; "*" for the administrator
	Defaults    []string // of a built-in role; nil for the firm's own
	Users       int64    // how many have it
	Version     int64
}

// roleTable is what all roles may do at one instant.
type roleTable struct {
	list   []Role // without Users
	perms  map[string]access.Set
	exists map[string]bool
}

func (t *roleTable) permissions(roles []string) access.Set {
	out := access.Set{}
	for _, r := range roles {
		maps.Copy(out, t.perms[r])
	}
	return out
}

// covers tells whether one may hand on these permissions.
func covers(own, given access.Set) bool {
	for p := range given {
		if !own.Has(p) {
			return false
		}
	}
	return true
}

// mayGive refuses a profile with more than the actor has.
func (t *roleTable) mayGive(a access.Actor, p Profile) error {
	if !covers(a.Permissions, t.permissions(p.Roles)) || !Within(p.Scope, a.Scope) {
		return ErrBeyond
	}
	return nil
}

// roleCache keeps the table for a second.
type roleCache struct {
	mu    sync.Mutex
	table *roleTable
	till  time.Time
	gen   int
}

func (c *roleCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.table, c.gen = nil, c.gen+1
}

func (c *roleCache) get() (*roleTable, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.table != nil && time.Now().Before(c.till) {
		return c.table, c.gen
	}
	return nil, c.gen
}

func (c *roleCache) put(t *roleTable, gen int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gen == c.gen {
		c.table, c.till = t, time.Now().Add(trust)
	}
}

func (s *Service) roleTable(ctx context.Context) (*roleTable, error) {
	t, gen := s.roles.get()
	if t != nil {
		return t, nil
	}
	t, err := s.loadRoles(ctx, s.db)
	if err == nil {
		s.roles.put(t, gen)
	}
	return t, err
}

type grant struct {
	role, perm string
	allowed    bool
}

func (s *Service) loadRoles(ctx context.Context, q db.Querier) (*roleTable, error) {
	rows, err := db.List(ctx, q, func(sc db.Scanner) (r Role, err error) {
		return r, sc.Scan(&r.Key, &r.NameZh, &r.NameEn, &r.BuiltIn, &r.Version)
	}, `SELECT key, name_zh, name_en, built_in, version FROM identity_role ORDER BY key`)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	grants, err := db.List(ctx, q, func(sc db.Scanner) (g grant, err error) { return g, sc.Scan(&g.role, &g.perm, &g.allowed) },
		`SELECT role, permission, allowed FROM identity_grant`)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	t := &roleTable{perms: map[string]access.Set{}, exists: map[string]bool{}}
	for _, key := range builtIn {
		r := Role{Key: key, BuiltIn: true, Defaults: sorted(s.defaults[key])}
		if i := slices.IndexFunc(rows, func(x Role) bool { return x.Key == key }); i >= 0 {
			r.Version = rows[i].Version
		}
		t.list = append(t.list, r)
		t.perms[key] = maps.Clone(s.defaults[key])
	}
	for _, r := range rows {
		if !r.BuiltIn {
			t.list = append(t.list, r)
			t.perms[r.Key] = access.Set{}
		}
	}
	for _, g := range grants {
		set := t.perms[g.role]
		switch {
		case set == nil || g.role == access.RoleAdmin:
		case !g.allowed:
			delete(set, g.perm)
		case s.known[g.perm]: // a release may drop a permission
			set[g.perm] = true
		}
	}
	for i, r := range t.list {
		t.list[i].Permissions = sorted(t.perms[r.Key])
		t.exists[r.Key] = true
	}
	return t, nil
}

func sorted(s access.Set) []string {
	if len(s) == 0 {
		return []string{}
	}
	return slices.Sorted(maps.Keys(s))
}

// Roles lists all roles, the built-in ones first.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	a := access.From(ctx)
	if !a.Permissions.Has(PermRoles) {
		if err := access.Require(ctx, PermUsers); err != nil {
			return nil, err
		}
	}
	t, err := s.loadRoles(ctx, s.db)
	if err != nil {
		return nil, err
	}
	counts, err := db.List(ctx, s.db, func(sc db.Scanner) (c struct {
		role string
		n    int64
	}, err error,
	) {
		return c, sc.Scan(&c.role, &c.n)
	}, `SELECT role, COUNT(*) FROM identity_user_role GROUP BY role`)
	if err != nil {
		return nil, fmt.Errorf("count users of roles: %w", err)
	}
	for _, c := range counts {
		if i := slices.IndexFunc(t.list, func(r Role) bool { return r.Key == c.role }); i >= 0 {
			t.list[i].Users = c.n
		}
	}
	return t.list, nil
}

// KnowsRole tells whether a role exists.
func (s *Service) KnowsRole(ctx context.Context, key string) (bool, error) {
	t, err := s.roleTable(ctx)
	if err != nil {
		return false, err
	}
	return t.exists[key], nil
}

// AllPermissions lists every permission that a role can hold, with its default roles.
func (s *Service) AllPermissions(ctx context.Context) ([]access.Permission, error) {
	if err := access.Require(ctx, PermRoles); err != nil {
		return nil, err
	}
	out := slices.Clone(s.perms)
	slices.SortFunc(out, func(a, b access.Permission) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

// RoleInput makes or changes a role. The names of a built-in role cannot be changed.
type RoleInput struct {
	Key         string
	NameZh      string
	NameEn      string
	Permissions []string
	Version     int64 // of the role that was read; 0 for a built-in role that nobody changed yet
}

var roleKey = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)

func (s *Service) checkRole(ctx context.Context, in *RoleInput, named bool) error {
	in.NameZh, in.NameEn = strings.TrimSpace(in.NameZh), strings.TrimSpace(in.NameEn)
	in.Permissions = distinct(in.Permissions)
	var f problem.Fields
	if named {
		f.Check(roleKey.MatchString(in.Key), "key", problem.BadFormat)
		for field, v := range map[string]string{"name_zh": in.NameZh, "name_en": in.NameEn} {
			f.Check(v != "", field, problem.Required)
			f.Check(utf8.RuneCountInString(v) <= maxName, field, problem.TooLong, "limit", maxName)
			f.Check(printable(v), field, problem.BadText)
		}
	}
	given := access.Set{}
	for _, p := range in.Permissions {
		f.Check(s.known[p], "permissions", problem.Unknown)
		given[p] = true
	}
	if err := f.Err(); err != nil {
		return err
	}
	if !covers(access.From(ctx).Permissions, given) {
		return ErrBeyond
	}
	return nil
}

// CreateRole adds a role of the firm's own.
func (s *Service) CreateRole(ctx context.Context, in RoleInput) (Role, error) {
	if err := access.Require(ctx, PermRoles); err != nil {
		return Role{}, err
	}
	if err := s.checkRole(ctx, &in, true); err != nil {
		return Role{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Role, error) {
		if slices.Contains(builtIn, in.Key) {
			return Role{}, problem.Field("key", problem.Taken)
		}
		_, err := tx.Exec(ctx, `INSERT INTO identity_role (key, name_zh, name_en, built_in, updated_at, version) VALUES ($1, $2, $3, $4, $5, 1)`,
			in.Key, in.NameZh, in.NameEn, false, db.Micros(tx.Now()))
		if db.IsUnique(err, "identity_role") {
			return Role{}, problem.Field("key", problem.Taken)
		}
		if err != nil {
			return Role{}, err
		}
		if err := s.setGrants(ctx, tx, in.Key, nil, in.Permissions); err != nil {
			return Role{}, err
		}
		s.forget(tx)
		r := Role{Key: in.Key, NameZh: in.NameZh, NameEn: in.NameEn, Permissions: in.Permissions, Version: 1}
		return r, audit.Append(ctx, tx, audit.Entry{Kind: "role", Record: in.Key, Act: "create", After: in.Permissions})
	})
}

// setGrants keeps what differs from the defaults.
func (s *Service) setGrants(ctx context.Context, tx *db.Tx, role string, defaults access.Set, want []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM identity_grant WHERE role = $1`, role); err != nil {
		return err
	}
	put := func(perm string, allowed bool) error {
		_, err := tx.Exec(ctx, `INSERT INTO identity_grant (role, permission, allowed) VALUES ($1, $2, $3)`, role, perm, allowed)
		return err
	}
	for _, p := range want {
		if !defaults[p] {
			if err := put(p, true); err != nil {
				return err
			}
		}
	}
	for p := range defaults {
		if !slices.Contains(want, p) {
			if err := put(p, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// EditRole changes what a role may do. The administrator's role always may do everything.
func (s *Service) EditRole(ctx context.Context, in RoleInput) (Role, error) {
	if err := access.Require(ctx, PermRoles); err != nil {
		return Role{}, err
	}
	builtin := slices.Contains(builtIn, in.Key)
	if in.Key == access.RoleAdmin {
		return Role{}, ErrBuiltIn
	}
	if err := s.checkRole(ctx, &in, !builtin); err != nil {
		return Role{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Role, error) {
		t, err := s.loadRoles(ctx, tx)
		if err != nil {
			return Role{}, err
		}
		i := slices.IndexFunc(t.list, func(r Role) bool { return r.Key == in.Key })
		if i < 0 {
			return Role{}, ErrNoRole
		}
		r := t.list[i]
		if r.Version != in.Version {
			return Role{}, problem.ErrStale.With("version", r.Version)
		}
		if !covers(access.From(ctx).Permissions, t.perms[r.Key]) {
			return Role{}, ErrBeyond
		}
		if !builtin {
			r.NameZh, r.NameEn = in.NameZh, in.NameEn
		}
		if builtin && r.Version == 0 { // the first change of a built-in role makes its row
			_, err = tx.Exec(ctx, `INSERT INTO identity_role (key, name_zh, name_en, built_in, updated_at, version) VALUES ($1, '', '', $2, $3, 1)`,
				r.Key, true, db.Micros(tx.Now()))
			if db.IsUnique(err, "identity_role") {
				err = db.ErrRace
			}
		} else {
			err = tx.ExecOne(ctx, `UPDATE identity_role SET name_zh = $1, name_en = $2, updated_at = $3, version = version + 1 WHERE key = $4 AND version = $5`,
				r.NameZh, r.NameEn, db.Micros(tx.Now()), r.Key, r.Version)
		}
		if err != nil {
			return Role{}, err
		}
		if err := s.setGrants(ctx, tx, r.Key, s.defaults[r.Key], in.Permissions); err != nil {
			return Role{}, err
		}
		s.forget(tx)
		before := r.Permissions
		r.Permissions, r.Version = in.Permissions, r.Version+1
		return r, audit.Append(ctx, tx, audit.Entry{Kind: "role", Record: r.Key, Act: "edit", Before: before, After: in.Permissions})
	})
}

// DeleteRole removes a role of the firm's own that nobody has.
func (s *Service) DeleteRole(ctx context.Context, key string) error {
	if err := access.Require(ctx, PermRoles); err != nil {
		return err
	}
	if slices.Contains(builtIn, key) {
		return ErrBuiltIn
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		used, err := db.Exists(ctx, tx, `SELECT 1 FROM identity_user_role WHERE role = $1`, key)
		if err != nil || used {
			return orElse(err, ErrRoleInUse)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM identity_grant WHERE role = $1`, key); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM identity_role WHERE key = $1`, key)
		if err != nil || n == 0 {
			return orElse(err, ErrNoRole)
		}
		s.forget(tx)
		return audit.Append(ctx, tx, audit.Entry{Kind: "role", Record: key, Act: "delete"})
	})
}

// orElse is err, or what is wrong when there is none.
func orElse(err, wrong error) error {
	if err != nil {
		return err
	}
	return wrong
}

func join(parts []string) string { return strings.Join(parts, ", ") }

func setOfList(list []string) map[string]bool {
	out := map[string]bool{}
	for _, v := range list {
		out[v] = true
	}
	return out
}

// takenBy turns a broken unique index into the field that is taken.
func takenBy(err error) error {
	for field, names := range map[string][2]string{
		"login":       {"identity_user_login", "identity_user.login"},
		"engineer_id": {"identity_user_engineer", "identity_user.engineer_id"},
	} {
		if db.IsUnique(err, names[0]) || db.IsUnique(err, names[1]) {
			return problem.Field(field, problem.Taken)
		}
	}
	return err
}

func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func isProblem(err error) bool {
	var e *problem.Error
	var c *problem.Code
	return errors.As(err, &e) || errors.As(err, &c)
}
