package returns

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/pay"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/webhooks"
)

// AccountID names an account at a payment provider.
type AccountID string

// Account is an account at a payment provider that is asked over the network. Its settings are sealed and never shown.
type Account struct {
	ID         AccountID
	Kind       string          // of [pay.Kinds]
	Brand      catalog.BrandID // empty: all brands that have none of their own
	Name       string
	Active     bool
	VerifiedAt *time.Time // somebody has seen a real refund arrive
	VerifiedBy string
	CreatedBy  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64

	sealed []byte
}

// Codes about accounts and carriers.
var (
	ErrSettings = problem.Declare("returns.settings", problem.Invalid) // cannot be used as they are
	ErrAddress  = problem.Declare("returns.address", problem.Invalid)  // that we do not call
)

const accountColumns = `id, kind, brand_id, name, settings_sealed, active, verified_at, verified_by, created_by, created_at, updated_at, version`

func scanAccount(s db.Scanner) (a Account, err error) {
	var verified *int64
	var created, updated int64
	err = s.Scan(&a.ID, &a.Kind, &a.Brand, &a.Name, &a.sealed, &a.Active, &verified, &a.VerifiedBy, &a.CreatedBy, &created, &updated, &a.Version)
	a.VerifiedAt, a.CreatedAt, a.UpdatedAt = db.FromMicrosPtr(verified), db.FromMicros(created), db.FromMicros(updated)
	return a, err
}

// Accounts lists the accounts of brands that the actor sees.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	list, err := db.List(ctx, s.db, scanAccount, `SELECT `+accountColumns+` FROM returns_account ORDER BY kind, brand_id`)
	scope := access.From(ctx).Scope
	return slices.DeleteFunc(list, func(a Account) bool { return a.Brand != "" && !scope.SeesBrand(string(a.Brand)) }), err
}

// SaveAccountInput writes an account. Settings that are left empty stay as they were.
type SaveAccountInput struct {
	access.Act
	ID       AccountID // empty: a new one
	Kind     string
	Brand    catalog.BrandID
	Name     string
	Active   bool
	Settings pay.Settings
	Version  int64
}

// SaveAccount sets an account up or changes it. A changed one has to be verified again.
func (s *Service) SaveAccount(ctx context.Context, in SaveAccountInput) (Account, error) {
	if err := s.mayAccount(ctx, in.Brand); err != nil {
		return Account{}, err
	}
	in.Name = clean(in.Name)
	var f problem.Fields
	if err := s.knownBrand(ctx, &f, in.Brand); err != nil {
		return Account{}, err
	}
	f.Check(slices.Contains(pay.Kinds, in.Kind), "kind", problem.BadChoice)
	f.Check(in.Name != "", "name", problem.Required)
	checkText(&f, "name", in.Name, maxText)
	if u := in.Settings.BaseURL; u != "" {
		f.Check(webhooks.Callable(u, s.AllowPrivate), "settings.base_url", ErrAddress)
	}
	if err := f.Err(); err != nil {
		return Account{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Account, error) {
		actor := access.From(ctx)
		a := Account{ID: AccountID(db.NewID()), Kind: in.Kind, Brand: in.Brand, CreatedBy: actor.Kind + ":" + actor.ID, CreatedAt: tx.Now(), Version: 0}
		set := in.Settings
		if in.ID != "" {
			old, err := s.account(ctx, tx, in.ID)
			if err != nil {
				return a, err
			}
			if err := s.mayAccount(ctx, old.Brand); err != nil {
				return a, ErrNotFound
			}
			if in.Version != old.Version {
				return a, problem.ErrStale.With("version", old.Version)
			}
			a = old
			had, err := s.settings(ctx, tx, old)
			if err != nil {
				return a, err
			}
			set = keep(had, set)
		}
		if err := usable(a.Kind, set); err != nil {
			return a, err
		}
		raw, err := json.Marshal(set)
		if err != nil {
			return a, err
		}
		if a.sealed, err = s.Keys.Seal(ctx, tx, s.Keys.Installation(), string(raw)); err != nil {
			return a, err
		}
		was := a.Version
		a.Name, a.Active, a.UpdatedAt, a.VerifiedAt, a.VerifiedBy, a.Version = in.Name, in.Active, tx.Now(), nil, "", was+1
		if was == 0 {
			_, err = tx.Exec(ctx, `INSERT INTO returns_account (`+accountColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
				a.ID, a.Kind, a.Brand, a.Name, a.sealed, a.Active, nil, "", a.CreatedBy, db.Micros(a.CreatedAt), db.Micros(a.UpdatedAt), a.Version)
			if db.IsUnique(err, "returns_account_kind") || db.IsUnique(err, "returns_account.kind") {
				return a, problem.Field("kind", problem.Taken)
			}
		} else {
			err = tx.ExecOne(ctx, `UPDATE returns_account SET name = $1, settings_sealed = $2, active = $3, verified_at = NULL, verified_by = '', updated_at = $4, version = $5 WHERE id = $6 AND version = $7`,
				a.Name, a.sealed, a.Active, db.Micros(a.UpdatedAt), a.Version, a.ID, was)
		}
		if err != nil {
			return a, err
		}
		return a, audit.Append(ctx, tx, audit.Entry{Kind: "payment_account", Record: string(a.ID), Act: "save", Reason: in.Reason, New: was == 0, After: map[string]any{"kind": a.Kind, "brand": a.Brand, "active": a.Active}})
	})
}

// keep fills what was left empty with what was there.
func keep(had, now pay.Settings) pay.Settings {
	for _, p := range [][2]*string{
		{&now.BaseURL, &had.BaseURL},
		{&now.Merchant, &had.Merchant},
		{&now.Serial, &had.Serial},
		{&now.PrivateKey, &had.PrivateKey},
		{&now.ProviderKey, &had.ProviderKey},
		{&now.KeySerial, &had.KeySerial},
		{&now.Secret, &had.Secret},
		{&now.HookSecret, &had.HookSecret},
	} {
		if *p[0] == "" {
			*p[0] = *p[1]
		}
	}
	now.NoticeURL = ""
	return now
}

// usable refuses settings that a provider cannot be spoken to with, by the name of the field.
func usable(kind string, set pay.Settings) error {
	if _, err := pay.Open(kind, set, nil, nil); err != nil {
		_, field, _ := strings.Cut(err.Error(), ": ")
		_, field, _ = strings.Cut(field, ": ")
		return problem.Field("settings."+field, ErrSettings)
	}
	return nil
}

func (s *Service) mayAccount(ctx context.Context, brand catalog.BrandID) error {
	if err := access.Require(ctx, PermPolicy); err != nil {
		return err
	}
	scope := access.From(ctx).Scope
	if !scope.Centre() || brand != "" && !scope.SeesBrand(string(brand)) || brand == "" && scope.Brands != nil {
		return problem.ErrForbidden
	}
	return nil
}

// knownBrand refuses a brand that there is not; none stands for all.
func (s *Service) knownBrand(ctx context.Context, f *problem.Fields, brand catalog.BrandID) error {
	if brand == "" {
		return nil
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	_, ok := snap.Brand(brand)
	f.Check(ok, "brand_id", problem.Unknown)
	return nil
}

// VerifyAccount notes that somebody has seen a real refund of this account arrive.
func (s *Service) VerifyAccount(ctx context.Context, id AccountID, in access.Act) (Account, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Account, error) {
		a, err := s.account(ctx, tx, id)
		if err != nil {
			return a, err
		}
		if err := s.mayAccount(ctx, a.Brand); err != nil || a.VerifiedAt != nil {
			return a, err
		}
		actor := access.From(ctx)
		was := a.Version
		a.VerifiedAt, a.VerifiedBy, a.Version = new(tx.Now()), actor.Kind+":"+actor.ID, was+1
		err = tx.ExecOne(ctx, `UPDATE returns_account SET verified_at = $1, verified_by = $2, version = $3 WHERE id = $4 AND version = $5`, db.MicrosPtr(a.VerifiedAt), a.VerifiedBy, a.Version, a.ID, was)
		if err != nil {
			return a, err
		}
		return a, audit.Append(ctx, tx, audit.Entry{Kind: "payment_account", Record: string(a.ID), Act: "verify", Reason: in.Reason})
	})
}

func (s *Service) account(ctx context.Context, q db.Querier, id AccountID) (Account, error) {
	a, err := db.Get(ctx, q, scanAccount, `SELECT `+accountColumns+` FROM returns_account WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		err = ErrNotFound
	}
	return a, err
}

// accountFor finds the account of a kind that serves a brand: its own, else the one for all.
func (s *Service) accountFor(ctx context.Context, q db.Querier, kind string, brand catalog.BrandID) (Account, error) {
	a, err := db.Get(ctx, q, scanAccount, `SELECT `+accountColumns+` FROM returns_account WHERE kind = $1 AND (brand_id = $2 OR brand_id = '') ORDER BY brand_id DESC LIMIT 1`, kind, brand)
	if errors.Is(err, db.ErrNoRows) {
		err = ErrNotFound
	}
	return a, err
}

func (s *Service) settings(ctx context.Context, q db.Querier, a Account) (pay.Settings, error) {
	var set pay.Settings
	raw, err := s.Keys.Open(ctx, q, s.Keys.Installation(), a.sealed)
	if err != nil {
		return set, err
	}
	err = json.Unmarshal([]byte(raw), &set)
	set.NoticeURL = s.PublicURL + NoticePath + string(a.ID)
	return set, err
}

// NoticePath is where providers tell what became of refunds, followed by the account.
const NoticePath = "/hooks/pay/"

func (s *Service) gateway(ctx context.Context, q db.Querier, a Account) (pay.Gateway, error) {
	set, err := s.settings(ctx, q, a)
	if err != nil {
		return nil, err
	}
	return pay.Open(a.Kind, set, s.client, s.db.Now)
}
