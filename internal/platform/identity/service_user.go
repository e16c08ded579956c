package identity

import (
	"context"
	"fmt"
	"slices"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

const auditUser = "user"

// seen is what the audit trail keeps of a profile; the name only as a fact that it changed.
type seen struct {
	State      State    `json:"state"`
	Lang       string   `json:"lang"`
	Roles      []string `json:"roles"`
	OutletPath string   `json:"outlet_path"`
	Brands     []string `json:"brands,omitempty"`
	EngineerID string   `json:"engineer_id,omitempty"`
	Renamed    bool     `json:"renamed,omitempty"`
}

func trace(u User) seen {
	return seen{State: u.State, Lang: u.Lang, Roles: u.Roles, OutletPath: u.Scope.OutletPath, Brands: u.Scope.Brands, EngineerID: u.EngineerID}
}

// CreateInput makes a user.
type CreateInput struct {
	Profile
	// Password, when empty, is made up and handed back; the user changes it at the first sign-in.
	Password string
}

// Created is a new user, or one with a new password.
type Created struct {
	User     User
	Password string // the one that was made up; empty when it was given
}

// Create adds a user within the actor's own scope and permissions.
func (s *Service) Create(ctx context.Context, in CreateInput) (Created, error) {
	if err := access.Require(ctx, PermUsers); err != nil {
		return Created{}, err
	}
	in.normalise()
	if err := s.checkProfile(ctx, in.Profile, in.Password); err != nil {
		return Created{}, err
	}
	return s.create(ctx, in, nil)
}

// checkProfile refuses what is malformed or beyond the actor; password may be empty.
func (s *Service) checkProfile(ctx context.Context, p Profile, password string) error {
	t, err := s.roleTable(ctx)
	if err != nil {
		return err
	}
	var f problem.Fields
	p.check(&f, t.exists)
	if password != "" {
		checkPassword(&f, "password", p.Login, password)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.mayGive(access.From(ctx), p)
}

func (s *Service) create(ctx context.Context, in CreateInput, guard func(ctx context.Context, tx *db.Tx) error) (Created, error) {
	made := ""
	if in.Password == "" {
		made = NewPassword()
		in.Password = made
	}
	hash, err := s.hash.hash(ctx, in.Password)
	if err != nil {
		return Created{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Created, error) {
		if guard != nil {
			if err := guard(ctx, tx); err != nil {
				return Created{}, err
			}
		}
		u := User{
			ID: ID(db.NewID()), Login: in.Login, Name: in.Name, Lang: in.Lang, State: Active, Roles: in.Roles, Scope: in.Scope,
			EngineerID: in.EngineerID, MustChange: made != "", CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
		}
		if err := insertUser(ctx, tx, u, hash); err != nil {
			return Created{}, err
		}
		return Created{User: u, Password: made}, audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: string(u.ID), Act: "create", After: trace(u), New: true})
	})
}

// FirstAdmin makes the first user of an installation, an administrator of everything; later it is
// refused. For the command line and the first page of a fresh installation.
func (s *Service) FirstAdmin(ctx context.Context, login, name, password string) (Created, error) {
	ctx = access.AsSystem(ctx, "identity.first_admin")
	in := CreateInput{Profile: Profile{Login: login, Name: name, Roles: []string{access.RoleAdmin}, Scope: access.Everything}, Password: password}
	in.normalise()
	if err := s.checkProfile(ctx, in.Profile, password); err != nil {
		return Created{}, err
	}
	return s.create(ctx, in, func(ctx context.Context, tx *db.Tx) error {
		if some, err := db.Exists(ctx, tx, `SELECT 1 FROM identity_user LIMIT 1`); err != nil || some {
			return orElse(err, ErrNotFirst)
		}
		return nil
	})
}

// HasUsers tells whether anybody can sign in yet.
func (s *Service) HasUsers(ctx context.Context) (bool, error) {
	return db.Exists(ctx, s.db, `SELECT 1 FROM identity_user LIMIT 1`)
}

// EditInput replaces a user's profile.
type EditInput struct {
	ID      ID
	Version int64
	Profile
}

// Edit replaces what others may set of a user.
func (s *Service) Edit(ctx context.Context, in EditInput) (User, error) {
	if err := access.Require(ctx, PermUsers); err != nil {
		return User{}, err
	}
	in.normalise()
	if err := s.checkProfile(ctx, in.Profile, ""); err != nil {
		return User{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (User, error) {
		old, err := s.mayTouch(ctx, tx, in.ID)
		if err != nil {
			return User{}, err
		}
		if old.Version != in.Version {
			return User{}, problem.ErrStale.With("version", old.Version)
		}
		u := old
		u.Login, u.Name, u.Lang, u.Roles, u.Scope, u.EngineerID = in.Login, in.Name, in.Lang, in.Roles, in.Scope, in.EngineerID
		after := trace(u)
		after.Renamed = u.Name != old.Name || u.Login != old.Login
		return s.save(ctx, tx, old, u, "edit", trace(old), after)
	})
}

func (s *Service) save(ctx context.Context, tx *db.Tx, old, u User, act string, before, after any) (User, error) {
	if ruler(old) && !ruler(u) {
		if err := othersRule(ctx, tx, old.ID); err != nil {
			return User{}, err
		}
	}
	if err := updateUser(ctx, tx, u); err != nil {
		return User{}, err
	}
	u.UpdatedAt, u.Version = tx.Now(), u.Version+1
	s.forget(tx)
	return u, audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: string(u.ID), Act: act, Before: before, After: after})
}

// ruler tells whether the user can do everything everywhere.
func ruler(u User) bool {
	return u.State == Active && slices.Contains(u.Roles, access.RoleAdmin) && u.Scope.All()
}

// othersRule refuses to leave an installation without an administrator. The other one's row is written,
// so that two administrators cannot remove each other at the same time.
func othersRule(ctx context.Context, tx *db.Tx, but ID) error {
	n, err := tx.Exec(ctx, `UPDATE identity_user SET updated_at = updated_at WHERE id IN (
			SELECT u.id FROM identity_user u JOIN identity_user_role r ON r.user_id = u.id
			WHERE r.role = $1 AND u.state = $2 AND u.outlet_path = '/' AND u.all_brands = $3 AND u.id <> $4 ORDER BY u.id LIMIT 1)
		AND state = $2`, access.RoleAdmin, Active, true, but)
	if err == nil && n == 0 {
		return ErrLastAdmin
	}
	return err
}

// mayTouch reads a user whom the actor may manage: one inside the actor's scope, with no permission that
// the actor lacks. Others are not found, or beyond.
func (s *Service) mayTouch(ctx context.Context, q db.Querier, id ID) (User, error) {
	a := access.From(ctx)
	u, err := findUser(ctx, q, id)
	if err != nil {
		return User{}, err
	}
	if !Within(u.Scope, a.Scope) {
		return User{}, ErrNoUser
	}
	t, err := s.loadRoles(ctx, q)
	if err != nil {
		return User{}, err
	}
	if !covers(a.Permissions, t.permissions(u.Roles)) {
		return User{}, ErrBeyond
	}
	return u, nil
}

// Get returns a user in the actor's scope, or oneself.
func (s *Service) Get(ctx context.Context, id ID) (User, error) {
	a := access.From(ctx)
	if a.Kind != access.User || a.ID != string(id) {
		if err := access.Require(ctx, PermUsers); err != nil {
			return User{}, err
		}
	}
	u, err := findUser(ctx, s.db, id)
	if err == nil && a.ID != string(id) && !Within(u.Scope, a.Scope) {
		return User{}, ErrNoUser
	}
	return u, err
}

// ListInput chooses users.
type ListInput struct {
	State  State
	Role   string
	Search string // part of login or name
	After  string // login name of the last one seen
	Limit  int
}

// List returns the users inside the actor's scope, by login name.
func (s *Service) List(ctx context.Context, in ListInput) ([]User, error) {
	if err := access.Require(ctx, PermUsers); err != nil {
		return nil, err
	}
	return listUsers(ctx, s.db, access.From(ctx).Scope, in)
}

// Disable ends all sessions of a user and lets no new one begin. With revokeKeys, the API keys that the
// user made are revoked too; otherwise they live on, since they belong to the installation.
func (s *Service) Disable(ctx context.Context, id ID, revokeKeys bool) (User, error) {
	return s.changeState(ctx, id, Active, Disabled, "disable", revokeKeys)
}

// Enable lets a disabled user sign in again.
func (s *Service) Enable(ctx context.Context, id ID) (User, error) {
	return s.changeState(ctx, id, Disabled, Active, "enable", false)
}

func (s *Service) changeState(ctx context.Context, id ID, from, to State, act string, revokeKeys bool) (User, error) {
	if err := access.Require(ctx, PermUsers); err != nil {
		return User{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (User, error) {
		old, err := s.mayTouch(ctx, tx, id)
		if err != nil {
			return User{}, err
		}
		if old.State != from {
			return User{}, ErrState.With("state", string(old.State), "act", act)
		}
		if to == Disabled {
			if err := endSessions(ctx, tx, id, ""); err != nil {
				return User{}, err
			}
		}
		if revokeKeys {
			if _, err := tx.Exec(ctx, `UPDATE identity_key SET revoked_at = $1 WHERE created_by = $2 AND revoked_at IS NULL`, db.Micros(tx.Now()), id); err != nil {
				return User{}, err
			}
		}
		u := old
		u.State = to
		return s.save(ctx, tx, old, u, act, map[string]any{"state": from}, map[string]any{"state": to, "keys_revoked": revokeKeys})
	})
}

// ResetPassword gives a user a password that was made up, ends their sessions, takes their passkeys away and makes them
// change it.
func (s *Service) ResetPassword(ctx context.Context, id ID) (Created, error) {
	if err := access.Require(ctx, PermUsers); err != nil {
		return Created{}, err
	}
	made := NewPassword()
	hash, err := s.hash.hash(ctx, made)
	if err != nil {
		return Created{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Created, error) {
		u, err := s.mayTouch(ctx, tx, id)
		if err != nil {
			return Created{}, err
		}
		if err := setPassword(ctx, tx, id, hash, true); err != nil {
			return Created{}, err
		}
		if err := endSessions(ctx, tx, id, ""); err != nil {
			return Created{}, err
		}
		if _, err := dropPasskeys(ctx, tx, id); err != nil { // whoever had the account may have added one
			return Created{}, err
		}
		s.forget(tx)
		u.MustChange, u.UpdatedAt, u.Version = true, tx.Now(), u.Version+1
		return Created{User: u, Password: made}, audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: string(id), Act: "reset_password"})
	})
}

// ChangePassword lets a user set their own password; all their other sessions end. keep is the token of
// the session that goes on.
func (s *Service) ChangePassword(ctx context.Context, old, password, keep string) error {
	a := access.From(ctx)
	if a.Kind != access.User {
		return ErrPeopleOnly
	}
	acc, ok, err := s.checkOwn(ctx, old)
	if err != nil {
		return err
	}
	var f problem.Fields
	f.Check(ok, "old_password", ErrWrongPassword)
	checkPassword(&f, "password", acc.Login, password)
	f.Check(!ok || old != password, "password", ErrSamePassword)
	if err := f.Err(); err != nil {
		return err
	}
	hash, err := s.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		if err := setPassword(ctx, tx, acc.ID, hash, false); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, acc.ID, keep); err != nil {
			return err
		}
		s.forget(tx)
		return audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: a.ID, Act: "change_password"})
	})
}

// SetLang changes one's own language.
func (s *Service) SetLang(ctx context.Context, lang string) (User, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return User{}, ErrPeopleOnly
	}
	if !i18n.Supported(lang) {
		return User{}, problem.Field("lang", problem.BadChoice)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (User, error) {
		old, err := findUser(ctx, tx, ID(a.ID))
		if err != nil {
			return User{}, err
		}
		u := old
		u.Lang = lang
		return s.save(ctx, tx, old, u, "set_lang", map[string]any{"lang": old.Lang}, map[string]any{"lang": lang})
	})
}

// Names returns how users are shown, by id; unknown ones are absent. It takes no permission: whoever sees
// a record sees who acted on it.
func Names(ctx context.Context, q db.Querier, ids []ID) (map[ID]string, error) {
	out := map[ID]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("id", db.Strings(ids))
	list, err := db.List(ctx, q, scanPair, `SELECT id, name FROM identity_user`+w.String(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("names of users: %w", err)
	}
	for _, p := range list {
		out[ID(p.user)] = p.value
	}
	return out, nil
}

// Works tells whether a user exists and may sign in.
func Works(ctx context.Context, q db.Querier, id ID) (bool, error) {
	return db.Exists(ctx, q, `SELECT 1 FROM identity_user WHERE id = $1 AND state = $2`, string(id), string(Active))
}

// Audience says which staff a notice is for.
type Audience struct {
	Roles      []string
	BrandID    string // a record's brand; empty: any
	OutletPath string // a record's outlet; "/" for the centre's
	// Exact leaves out those of higher levels: an outlet's manager, not the region's.
	Exact bool
}

// UsersFor lists the active users of some roles who see a record's brand and outlet.
func UsersFor(ctx context.Context, q db.Querier, in Audience) ([]ID, error) {
	var w db.Where
	w.And("state = ?", Active)
	marks := make([]string, len(in.Roles))
	for i, r := range in.Roles {
		marks[i] = w.Arg(r)
	}
	if len(marks) == 0 {
		return []ID{}, nil
	}
	w.And("EXISTS (SELECT 1 FROM identity_user_role r WHERE r.user_id = identity_user.id AND r.role IN (" + join(marks) + "))")
	if in.Exact {
		w.And("outlet_path = ?", in.OutletPath)
	} else {
		w.In("outlet_path", ancestors(in.OutletPath))
	}
	if in.BrandID != "" {
		w.And("(all_brands = ? OR EXISTS (SELECT 1 FROM identity_user_brand b WHERE b.user_id = identity_user.id AND b.brand_id = ?))", true, in.BrandID)
	}
	return db.List(ctx, q, func(sc db.Scanner) (id ID, err error) { return id, sc.Scan(&id) }, `SELECT id FROM identity_user`+w.String()+` ORDER BY id`, w.Args()...)
}

// RolesOf lists the roles of a user; nobody has none.
func RolesOf(ctx context.Context, q db.Querier, id ID) ([]string, error) {
	return db.List(ctx, q, db.ScanString, `SELECT role FROM identity_user_role WHERE user_id = $1 ORDER BY role`, id)
}

// UserOfEngineer finds who an engineer signs in as; [ErrNoUser] when nobody.
func UserOfEngineer(ctx context.Context, q db.Querier, engineerID string) (User, error) {
	a, err := findAccount(ctx, q, "engineer_id", engineerID)
	return a.User, err
}
