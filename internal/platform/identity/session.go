package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

// SessionID names a session; it is not its token.
type SessionID string

// Session is one signed-in device of a user.
type Session struct {
	ID        SessionID
	Address   string // where it was signed in from
	Agent     string // what the browser calls itself
	CreatedAt time.Time
	SeenAt    time.Time // within a minute
	ExpiresAt time.Time
	Current   bool // the one that asks
}

// maxSessions bounds the sessions of a user; the oldest ends when there are more.
const maxSessions = 20

// device is what is remembered, sealed, of where a session began.
type device struct {
	Address string `json:"address"`
	Agent   string `json:"agent"`
}

// newToken makes a random token of n bytes, URL-safe.
func newToken(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// SignInInput is an attempt to sign in.
type SignInInput struct {
	Login    string
	Password string
	Code     string // of the second factor, or a recovery code
	Address  string // of the client
	Agent    string // User-Agent
	Old      string // token of the session that the browser had before; it ends
}

// SignedIn is a new session.
type SignedIn struct {
	Token   string
	Expires time.Time
	User    User
}

// SignIn checks name, password and second factor and begins a session. Whatever is wrong with name,
// password or account is answered alike and takes as long.
func (s *Service) SignIn(ctx context.Context, in SignInInput) (SignedIn, error) {
	account := s.subject("account", NormalLogin(in.Login))
	if err := s.countAttempts(ctx, account, s.subject("address", in.Address)); err != nil {
		return SignedIn{}, err
	}
	out, err := s.signIn(ctx, in, account)
	if isProblem(err) && !isCode(err, ErrCodeRequired) { // asking for the code is no failure
		if err := s.failed(ctx, account); err != nil {
			return SignedIn{}, err
		}
		s.opt.Log.InfoContext(ctx, "sign-in refused", "request_id", access.From(ctx).RequestID)
	}
	return out, err
}

func (s *Service) signIn(ctx context.Context, in SignInInput, subject string) (SignedIn, error) {
	acc, err := findAccount(ctx, s.db, "login", NormalLogin(in.Login))
	if err != nil && !isProblem(err) {
		return SignedIn{}, err
	}
	if len(in.Password) > 8*passwordMax {
		in.Password = "" // hashing megabytes is no service of ours
	}
	ok, old, err := s.hash.verify(ctx, acc.hash, in.Password)
	if err != nil {
		return SignedIn{}, err
	}
	if !ok || acc.State != Active {
		return SignedIn{}, ErrCredentials
	}
	second := acc.TOTP
	if !second {
		if second, err = hasPasskeys(ctx, s.db, acc.ID); err != nil {
			return SignedIn{}, err
		}
	}
	if second && strings.TrimSpace(in.Code) == "" {
		return SignedIn{}, ErrCodeRequired
	}
	renewed := ""
	if old {
		if renewed, err = s.hash.hash(ctx, in.Password); err != nil {
			return SignedIn{}, err
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (SignedIn, error) {
		now, err := findAccount(ctx, tx, "id", string(acc.ID)) // it may have been disabled while we hashed
		if err != nil {
			return SignedIn{}, err
		}
		if now.State != Active || now.hash != acc.hash || now.TOTP != acc.TOTP {
			return SignedIn{}, ErrCredentials
		}
		if second {
			if err := s.secondFactor(ctx, tx, now, in.Code); err != nil {
				return SignedIn{}, err
			}
		}
		if renewed != "" {
			if _, err := tx.Exec(ctx, `UPDATE identity_user SET password_hash = $1 WHERE id = $2`, renewed, now.ID); err != nil {
				return SignedIn{}, err
			}
		}
		return s.begin(ctx, tx, now.User, in, subject)
	})
}

// begin makes the session; the browser's old one ends, so that nobody can plant a session beforehand.
func (s *Service) begin(ctx context.Context, tx *db.Tx, u User, in SignInInput, subject string) (SignedIn, error) {
	agent := in.Agent
	for len(agent) > 200 || !utf8.ValidString(agent) {
		agent = strings.ToValidUTF8(agent[:min(len(agent), 200)], "")
	}
	plain, err := json.Marshal(device{in.Address, agent})
	if err != nil {
		return SignedIn{}, err
	}
	sealed, err := s.keys.Seal(ctx, tx, s.keys.Installation(), string(plain))
	if err != nil {
		return SignedIn{}, err
	}
	if in.Old != "" {
		old := hashToken(in.Old)
		if _, err := tx.Exec(ctx, `DELETE FROM identity_session WHERE token_hash = $1`, old[:]); err != nil {
			return SignedIn{}, err
		}
	}
	out := SignedIn{Token: newToken(32), Expires: tx.Now().Add(s.opt.Lifetime), User: u}
	hash := hashToken(out.Token)
	id := db.NewID()
	_, err = tx.Exec(ctx, `INSERT INTO identity_session (id, token_hash, user_id, device_sealed, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $5, $6)`,
		id, hash[:], u.ID, sealed, db.Micros(tx.Now()), db.Micros(out.Expires))
	if err != nil {
		return SignedIn{}, fmt.Errorf("begin session: %w", err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM identity_session WHERE user_id = $1 AND id NOT IN (
		SELECT id FROM identity_session WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2)`, u.ID, maxSessions)
	if err != nil {
		return SignedIn{}, err
	}
	if err := cleared(ctx, tx, subject); err != nil {
		return SignedIn{}, err
	}
	s.forget(tx)
	a := access.From(ctx)
	a.Kind, a.ID = access.User, string(u.ID)
	return out, audit.Append(access.With(ctx, a), tx, audit.Entry{Kind: auditUser, Record: string(u.ID), Act: "sign_in", After: map[string]any{"session": id}})
}

// SignOut ends the session of a token; an unknown one is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		hash := hashToken(token)
		n, err := tx.Exec(ctx, `DELETE FROM identity_session WHERE token_hash = $1`, hash[:])
		if err != nil || n == 0 {
			return err
		}
		s.forget(tx)
		if a := access.From(ctx); a.Kind == access.User {
			return audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: a.ID, Act: "sign_out"})
		}
		return nil
	})
}

// endSessions ends all sessions of a user but the one of the token keep.
func endSessions(ctx context.Context, tx *db.Tx, id ID, keep string) error {
	hash := hashToken(keep)
	_, err := tx.Exec(ctx, `DELETE FROM identity_session WHERE user_id = $1 AND token_hash <> $2`, id, hash[:])
	return err
}

// Sessions lists a user's sessions, the newest first: one's own, or with permission those of others.
// token marks the one that asks.
func (s *Service) Sessions(ctx context.Context, id ID, token string) ([]Session, error) {
	if err := s.ownOrManaged(ctx, s.db, id); err != nil {
		return nil, err
	}
	hash := hashToken(token)
	type row struct {
		Session
		sealed []byte
	}
	now := s.db.Now()
	rows, err := db.List(ctx, s.db, func(sc db.Scanner) (r row, err error) {
		var created, seen, expires int64
		var h []byte
		err = sc.Scan(&r.ID, &h, &r.sealed, &created, &seen, &expires)
		r.CreatedAt, r.SeenAt, r.ExpiresAt = db.FromMicros(created), db.FromMicros(seen), db.FromMicros(expires)
		r.Current = string(h) == string(hash[:])
		return r, err
	}, `SELECT id, token_hash, device_sealed, created_at, seen_at, expires_at FROM identity_session
		WHERE user_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY created_at DESC, id DESC`, id, db.Micros(now), db.Micros(now.Add(-s.opt.Idle)))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	sealed := make([]crypt.Sealed, len(rows))
	for i, r := range rows {
		sealed[i] = crypt.Sealed{Key: s.keys.Installation(), Data: r.sealed}
	}
	opened, err := s.keys.OpenMany(ctx, s.db, sealed)
	if err != nil {
		return nil, err
	}
	out := make([]Session, len(rows))
	for i, r := range rows {
		var d device
		if opened[i].Text != "" {
			if err := fromJSON(opened[i].Text, &d); err != nil {
				return nil, err
			}
		}
		out[i] = r.Session
		out[i].Address, out[i].Agent = d.Address, d.Agent
	}
	return out, nil
}

// ownOrManaged lets through who asks about themselves or manages the user.
func (s *Service) ownOrManaged(ctx context.Context, q db.Querier, id ID) error {
	a := access.From(ctx)
	if a.Kind == access.User && a.ID == string(id) {
		return nil
	}
	if err := access.Require(ctx, PermUsers); err != nil {
		return err
	}
	_, err := s.mayTouch(ctx, q, id)
	return err
}

// EndSession ends one session of a user, or with session "" all of them but the one of the token keep.
func (s *Service) EndSession(ctx context.Context, id ID, session SessionID, keep string) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		if err := s.ownOrManaged(ctx, tx, id); err != nil {
			return err
		}
		if session == "" {
			if err := endSessions(ctx, tx, id, keep); err != nil {
				return err
			}
		} else {
			n, err := tx.Exec(ctx, `DELETE FROM identity_session WHERE id = $1 AND user_id = $2`, session, id)
			if err != nil || n == 0 {
				return orElse(err, ErrNoSession)
			}
		}
		s.forget(tx)
		return audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: string(id), Act: "end_session", After: map[string]any{"session": session}})
	})
}
