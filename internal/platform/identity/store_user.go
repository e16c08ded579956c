package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

const userColumns = `id, login, name, lang, state, outlet_path, all_brands, engineer_id, must_change,
	CASE WHEN totp_sealed IS NULL THEN 0 ELSE 1 END, created_at, updated_at, version`

// userRow is a user whose roles and brands are still to be read.
type userRow struct {
	User
	allBrands bool
}

func (u *userRow) into(created, updated, totp *int64, engineer **string) []any {
	return []any{
		&u.ID, &u.Login, &u.Name, &u.Lang, &u.State, &u.Scope.OutletPath, &u.allBrands, engineer, &u.MustChange,
		totp, created, updated, &u.Version,
	}
}

func (u *userRow) take(created, updated, totp int64, engineer *string) {
	u.CreatedAt, u.UpdatedAt, u.TOTP, u.EngineerID = db.FromMicros(created), db.FromMicros(updated), totp == 1, db.OrEmpty(engineer)
}

func scanUser(s db.Scanner) (userRow, error) {
	var u userRow
	var created, updated, totp int64
	var engineer *string
	err := s.Scan(u.into(&created, &updated, &totp, &engineer)...)
	u.take(created, updated, totp, engineer)
	return u, err
}

type pair struct{ user, value string }

func scanPair(s db.Scanner) (p pair, err error) { return p, s.Scan(&p.user, &p.value) }

// complete reads roles and brands of users, two queries for all.
func complete(ctx context.Context, q db.Querier, rows []userRow) ([]User, error) {
	out := make([]User, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	at := map[string]int{}
	var w, wb db.Where
	ids := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.User
		out[i].Roles = []string{}
		if !r.allBrands {
			out[i].Scope.Brands = []string{}
		}
		ids[i] = string(r.ID)
		at[ids[i]] = i
	}
	w.In("user_id", ids)
	roles, err := db.List(ctx, q, scanPair, `SELECT user_id, role FROM identity_user_role`+w.String()+` ORDER BY user_id, role`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("roles of users: %w", err)
	}
	for _, p := range roles {
		out[at[p.user]].Roles = append(out[at[p.user]].Roles, p.value)
	}
	wb.In("user_id", ids)
	brands, err := db.List(ctx, q, scanPair, `SELECT user_id, brand_id FROM identity_user_brand`+wb.String()+` ORDER BY user_id, brand_id`, wb.Args()...)
	if err != nil {
		return nil, fmt.Errorf("brands of users: %w", err)
	}
	for _, p := range brands {
		if i := at[p.user]; out[i].Scope.Brands != nil {
			out[i].Scope.Brands = append(out[i].Scope.Brands, p.value)
		}
	}
	return out, nil
}

func findUser(ctx context.Context, q db.Querier, id ID) (User, error) {
	u, err := db.Get(ctx, q, scanUser, `SELECT `+userColumns+` FROM identity_user WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return User{}, ErrNoUser
	}
	if err != nil {
		return User{}, fmt.Errorf("read user %s: %w", id, err)
	}
	list, err := complete(ctx, q, []userRow{u})
	if err != nil {
		return User{}, err
	}
	return list[0], nil
}

// limitUsers keeps to the users who lie wholly inside a scope.
func limitUsers(w *db.Where, scope access.Scope) {
	scope.Limit(w, "", "outlet_path")
	if scope.Brands == nil {
		return
	}
	w.And("all_brands = ?", false)
	if len(scope.Brands) == 0 {
		w.And("1 = 0")
		return
	}
	marks := make([]string, len(scope.Brands))
	for i, b := range scope.Brands {
		marks[i] = w.Arg(b)
	}
	w.And("NOT EXISTS (SELECT 1 FROM identity_user_brand b WHERE b.user_id = identity_user.id AND b.brand_id NOT IN (" + strings.Join(marks, ", ") + "))")
}

func listUsers(ctx context.Context, q db.Querier, scope access.Scope, in ListInput) ([]User, error) {
	var w db.Where
	limitUsers(&w, scope)
	if in.State != "" {
		w.And("state = ?", in.State)
	}
	if in.Role != "" {
		w.And("EXISTS (SELECT 1 FROM identity_user_role r WHERE r.user_id = identity_user.id AND r.role = ?)", in.Role)
	}
	if in.Search != "" {
		like := "%" + escapeLike(strings.ToLower(in.Search)) + "%"
		w.And(`(login LIKE ? ESCAPE '\' OR LOWER(name) LIKE ? ESCAPE '\')`, like, like)
	}
	if in.After != "" {
		w.And("login > ?", in.After)
	}
	rows, err := db.List(ctx, q, scanUser, `SELECT `+userColumns+` FROM identity_user`+w.String()+` ORDER BY login LIMIT `+w.Arg(in.Limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return complete(ctx, q, rows)
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

func insertUser(ctx context.Context, tx *db.Tx, u User, hash string) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_user (id, login, name, lang, state, outlet_path, all_brands, engineer_id, password_hash, password_at,
			must_change, created_at, updated_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1)`,
		u.ID, u.Login, u.Name, u.Lang, u.State, u.Scope.OutletPath, u.Scope.Brands == nil, db.NullString(u.EngineerID), hash, db.Micros(tx.Now()),
		u.MustChange, db.Micros(tx.Now()))
	if err != nil {
		return takenBy(err)
	}
	return insertSets(ctx, tx, u)
}

func insertSets(ctx context.Context, tx *db.Tx, u User) error {
	for _, r := range u.Roles {
		if _, err := tx.Exec(ctx, `INSERT INTO identity_user_role (user_id, role) VALUES ($1, $2)`, u.ID, r); err != nil {
			return err
		}
	}
	for _, b := range u.Scope.Brands {
		if _, err := tx.Exec(ctx, `INSERT INTO identity_user_brand (user_id, brand_id) VALUES ($1, $2)`, u.ID, b); err != nil {
			return err
		}
	}
	return nil
}

// updateUser writes a changed profile or state over the version that was read.
func updateUser(ctx context.Context, tx *db.Tx, u User) error {
	err := tx.ExecOne(ctx, `UPDATE identity_user SET login = $1, name = $2, lang = $3, state = $4, outlet_path = $5, all_brands = $6, engineer_id = $7,
			updated_at = $8, version = version + 1
		WHERE id = $9 AND version = $10`,
		u.Login, u.Name, u.Lang, u.State, u.Scope.OutletPath, u.Scope.Brands == nil, db.NullString(u.EngineerID), db.Micros(tx.Now()), u.ID, u.Version)
	if err != nil {
		return takenBy(err)
	}
	for _, q := range []string{`DELETE FROM identity_user_role WHERE user_id = $1`, `DELETE FROM identity_user_brand WHERE user_id = $1`} {
		if _, err := tx.Exec(ctx, q, u.ID); err != nil {
			return err
		}
	}
	return insertSets(ctx, tx, u)
}

func setPassword(ctx context.Context, tx *db.Tx, id ID, hash string, mustChange bool) error {
	return tx.ExecOne(ctx, `UPDATE identity_user SET password_hash = $1, password_at = $2, must_change = $3, updated_at = $2, version = version + 1 WHERE id = $4`,
		hash, db.Micros(tx.Now()), mustChange, id)
}

// account is a user with what proves that it is they.
type account struct {
	User
	hash        string
	totpSealed  []byte
	totpPending []byte
	totpStep    int64
}

func findAccount(ctx context.Context, q db.Querier, column, value string) (account, error) {
	var a account
	var u userRow
	var created, updated, totp int64
	var engineer, hash *string
	err := q.QueryRow(ctx, `SELECT `+userColumns+`, password_hash, totp_sealed, totp_pending_sealed, totp_step FROM identity_user WHERE `+column+` = $1`, value).
		Scan(append(u.into(&created, &updated, &totp, &engineer), &hash, &a.totpSealed, &a.totpPending, &a.totpStep)...)
	if errors.Is(err, db.ErrNoRows) {
		return account{}, ErrNoUser
	}
	if err != nil {
		return account{}, fmt.Errorf("read account: %w", err)
	}
	u.take(created, updated, totp, engineer)
	list, err := complete(ctx, q, []userRow{u})
	if err != nil {
		return account{}, err
	}
	a.User, a.hash = list[0], db.OrEmpty(hash)
	return a, nil
}
