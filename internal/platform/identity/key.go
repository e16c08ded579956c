package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// KeyID names an API key; it is not the key.
type KeyID string

// keyPrefix lets people and secret scanners recognise an API key.
const keyPrefix = "axk_"

// APIKey is how a program signs in. It belongs to the installation, not to the person who made it, and has
// permissions and a scope of its own.
type APIKey struct {
	ID          KeyID
	Hint        string // how the key begins
	Name        string
	Permissions []string
	Scope       access.Scope
	CreatedBy   ID
	CreatedAt   time.Time
	ExpiresAt   *time.Time
	RevokedAt   *time.Time
	UsedAt      *time.Time // within a quarter of an hour
}

const keyColumns = `id, hint, name, permissions, outlet_path, brands, created_by, created_at, expires_at, revoked_at, used_at`

func scanKey(sc db.Scanner) (APIKey, error) {
	var k APIKey
	var perms string
	var brands *string
	var created int64
	var expires, revoked, used *int64
	if err := sc.Scan(&k.ID, &k.Hint, &k.Name, &perms, &k.Scope.OutletPath, &brands, &k.CreatedBy, &created, &expires, &revoked, &used); err != nil {
		return k, err
	}
	k.CreatedAt = db.FromMicros(created)
	k.ExpiresAt, k.RevokedAt, k.UsedAt = db.FromMicrosPtr(expires), db.FromMicrosPtr(revoked), db.FromMicrosPtr(used)
	if brands != nil {
		if err := fromJSON(*brands, &k.Scope.Brands); err != nil {
			return k, err
		}
	}
	return k, fromJSON(perms, &k.Permissions)
}

// KeyInput makes an API key.
type KeyInput struct {
	Name        string
	Permissions []string
	Scope       access.Scope
	ExpiresAt   *time.Time // nil: until it is revoked
}

// NewKey is a key that was just made; the token is shown this once.
type NewKey struct {
	Key   APIKey
	Token string
}

// CreateKey makes an API key with no more than the permissions and scope of the person who makes it.
func (s *Service) CreateKey(ctx context.Context, in KeyInput) (NewKey, error) {
	if err := access.Require(ctx, PermKeys); err != nil {
		return NewKey{}, err
	}
	a := access.From(ctx)
	if a.Kind == access.Key {
		return NewKey{}, ErrPeopleOnly // a stolen key must not outlive its own end
	}
	in.Name = strings.TrimSpace(in.Name)
	in.Permissions, in.Scope.Brands = distinct(in.Permissions), distinct(in.Scope.Brands)
	var f problem.Fields
	f.Check(in.Name != "", "name", problem.Required)
	f.Check(utf8.RuneCountInString(in.Name) <= maxName, "name", problem.TooLong, "limit", maxName)
	f.Check(printable(in.Name), "name", problem.BadText)
	f.Check(len(in.Permissions) > 0, "permissions", problem.Required)
	given := access.Set{}
	for _, p := range in.Permissions {
		f.Check(s.known[p], "permissions", problem.Unknown)
		given[p] = true
	}
	checkScope(&f, in.Scope)
	f.Check(in.ExpiresAt == nil || in.ExpiresAt.After(s.db.Now()), "expires_at", problem.BadTime)
	if err := f.Err(); err != nil {
		return NewKey{}, err
	}
	if !covers(a.Permissions, given) || !Within(in.Scope, a.Scope) {
		return NewKey{}, ErrBeyond
	}
	perms, err := toJSON(in.Permissions)
	if err != nil {
		return NewKey{}, err
	}
	var brands *string
	if in.Scope.Brands != nil {
		text, err := toJSON(in.Scope.Brands)
		if err != nil {
			return NewKey{}, err
		}
		brands = &text
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (NewKey, error) {
		token := keyPrefix + newToken(32)
		k := APIKey{
			ID: KeyID(db.NewID()), Hint: token[:len(keyPrefix)+6], Name: in.Name, Permissions: in.Permissions, Scope: in.Scope,
			CreatedBy: ID(a.ID), CreatedAt: tx.Now(), ExpiresAt: in.ExpiresAt,
		}
		hash := hashToken(token)
		_, err := tx.Exec(ctx, `INSERT INTO identity_key (id, token_hash, hint, name, permissions, outlet_path, brands, created_by, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			k.ID, hash[:], k.Hint, k.Name, perms, k.Scope.OutletPath, brands, k.CreatedBy, db.Micros(k.CreatedAt), db.MicrosPtr(k.ExpiresAt))
		if err != nil {
			return NewKey{}, fmt.Errorf("make API key: %w", err)
		}
		return NewKey{k, token}, audit.Append(ctx, tx, audit.Entry{Kind: "api_key", Record: string(k.ID), Act: "create", New: true, After: map[string]any{
			"permissions": k.Permissions, "outlet_path": k.Scope.OutletPath, "brands": k.Scope.Brands, "expires_at": k.ExpiresAt,
		}})
	})
}

// KeysInput chooses API keys.
type KeysInput struct {
	CreatedBy ID
	AfterAt   time.Time
	AfterID   KeyID
	Limit     int
}

// Keys lists the API keys inside the actor's scope, the newest first.
func (s *Service) Keys(ctx context.Context, in KeysInput) ([]APIKey, error) {
	if err := access.Require(ctx, PermKeys); err != nil {
		return nil, err
	}
	out := []APIKey{}
	for {
		list, err := listKeys(ctx, s.db, access.From(ctx).Scope, in)
		if err != nil {
			return nil, err
		}
		for _, k := range list {
			// The brands of a key are a list in one column, so they are compared here.
			if Within(k.Scope, access.From(ctx).Scope) && len(out) < in.Limit {
				out = append(out, k)
			}
			in.AfterAt, in.AfterID = k.CreatedAt, k.ID
		}
		if len(list) < in.Limit || len(out) >= in.Limit {
			return out, nil
		}
	}
}

func listKeys(ctx context.Context, q db.Querier, scope access.Scope, in KeysInput) ([]APIKey, error) {
	var w db.Where
	scope.Limit(&w, "", "outlet_path")
	if scope.Brands != nil {
		w.And("brands IS NOT NULL")
	}
	if in.CreatedBy != "" {
		w.And("created_by = ?", in.CreatedBy)
	}
	if in.AfterID != "" {
		w.And("(created_at, id) < (?, ?)", db.Micros(in.AfterAt), in.AfterID)
	}
	list, err := db.List(ctx, q, scanKey, `SELECT `+keyColumns+` FROM identity_key`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(in.Limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return list, nil
}

// RevokeKey ends an API key at once; one that has ended stays as it is.
func (s *Service) RevokeKey(ctx context.Context, id KeyID) (APIKey, error) {
	if err := access.Require(ctx, PermKeys); err != nil {
		return APIKey{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (APIKey, error) {
		k, err := db.Get(ctx, tx, scanKey, `SELECT `+keyColumns+` FROM identity_key WHERE id = $1`, id)
		if errors.Is(err, db.ErrNoRows) || err == nil && !Within(k.Scope, access.From(ctx).Scope) {
			return APIKey{}, ErrNoKey
		}
		if err != nil || k.RevokedAt != nil {
			return k, err
		}
		now := tx.Now()
		k.RevokedAt = &now
		if err := tx.ExecOne(ctx, `UPDATE identity_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, db.Micros(now), id); err != nil {
			return APIKey{}, err
		}
		s.forget(tx)
		return k, audit.Append(ctx, tx, audit.Entry{Kind: "api_key", Record: string(id), Act: "revoke"})
	})
}
