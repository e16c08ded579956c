package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// How often a use of a session or key is written down.
const (
	seenEvery = time.Minute
	usedEvery = 15 * time.Minute
)

// ClientHeader is what a browser's own code sends with every change, and a foreign page cannot.
const ClientHeader = "X-Anxin-Client"

// linkPrefix is where the customer's pages live: /l/<token> and below.
const linkPrefix = "/l/"

// CookieName is the name of the session cookie; over TLS it is bound to this very host.
func (s *Service) CookieName() string {
	if s.opt.Secure {
		return "__Host-anxin_session"
	}
	return "anxin_session"
}

// Authenticate finds who sends a request: an API key or link in the Authorization header, a link in the
// path, or the session in the cookie. A wrong header is refused; a stale cookie and a dead link in a path
// are nobody, so that the sign-in page and the page "this link has expired" can be shown.
func (s *Service) Authenticate(r *http.Request) (access.Actor, error) {
	ctx := r.Context()
	if a, found, err := s.byHeader(ctx, r); found || err != nil {
		return a, err
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, linkPrefix); ok {
		token, _, _ := strings.Cut(rest, "/")
		h, err := s.lookUp(ctx, token, s.readLink)
		if isProblem(err) {
			return access.Actor{Kind: access.Public}, nil
		}
		return h.actor, err
	}
	c, err := r.Cookie(s.CookieName())
	if err != nil || c.Value == "" {
		return access.Actor{Kind: access.Public}, nil
	}
	h, err := s.lookUp(ctx, c.Value, s.readSession)
	if isProblem(err) {
		return access.Actor{Kind: access.Public}, nil
	}
	if err != nil {
		return access.Actor{}, err
	}
	if !safe(r.Method) && r.Header.Get(ClientHeader) == "" {
		return access.Actor{}, ErrClientHeader
	}
	s.touch(ctx, h, seenEvery, `UPDATE identity_session SET seen_at = $1 WHERE id = $2 AND seen_at < $1`)
	return h.actor, nil
}

func (s *Service) byHeader(ctx context.Context, r *http.Request) (access.Actor, bool, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	switch {
	case strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(token, keyPrefix):
		h, err := s.lookUp(ctx, token, s.readKey)
		if err == nil {
			s.touch(ctx, h, usedEvery, `UPDATE identity_key SET used_at = $1 WHERE id = $2 AND (used_at IS NULL OR used_at < $1)`)
		}
		return h.actor, true, err
	case strings.EqualFold(scheme, "Link"):
		h, err := s.lookUp(ctx, token, s.readLink)
		return h.actor, true, err
	case scheme != "" && strings.HasPrefix(r.URL.Path, "/api/"):
		return access.Actor{}, true, problem.ErrUnauth
	}
	return access.Actor{}, false, nil // other addresses, such as /metrics, have tokens of their own
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// lookUp returns what a token stands for, from the cache or by read.
func (s *Service) lookUp(ctx context.Context, token string, read func(context.Context, tokenHash) (holder, error)) (holder, error) {
	hash := hashToken(token)
	h, ok, gen := s.cache.get(hash)
	if !ok {
		var err error
		if h, err = read(ctx, hash); err != nil {
			return holder{}, err
		}
		s.cache.put(hash, h, gen)
	}
	if !h.expires.IsZero() && !s.db.Now().Before(h.expires) {
		_, err := read(ctx, hash) // says which problem it is
		return holder{}, orElse(err, problem.ErrUnauth)
	}
	return h, nil
}

// touch writes down that a session or key was used, once in a while. A database that cannot be written
// does not stop reading.
func (s *Service) touch(ctx context.Context, h holder, every time.Duration, query string) {
	now := db.Micros(s.db.Now())
	last := h.seen.Load()
	if now-last < every.Microseconds() || !h.seen.CompareAndSwap(last, now) {
		return
	}
	err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, query, now, h.id)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.opt.Log.WarnContext(ctx, "note the use of a session or key", "error", err)
	}
}

func seenAt(micros int64) *atomic.Int64 {
	var v atomic.Int64
	v.Store(micros)
	return &v
}

// readSession finds the user of a session.
func (s *Service) readSession(ctx context.Context, hash tokenHash) (holder, error) {
	var id, user string
	var seen, expires int64
	err := s.db.QueryRow(ctx, `SELECT id, user_id, seen_at, expires_at FROM identity_session WHERE token_hash = $1`, hash[:]).Scan(&id, &user, &seen, &expires)
	if errors.Is(err, db.ErrNoRows) {
		return holder{}, ErrNoSession
	}
	if err != nil {
		return holder{}, fmt.Errorf("read session: %w", err)
	}
	now := s.db.Now()
	if !now.Before(db.FromMicros(expires)) || now.Sub(db.FromMicros(seen)) >= s.opt.Idle {
		return holder{}, ErrNoSession
	}
	u, err := findUser(ctx, s.db, ID(user))
	if err != nil {
		return holder{}, err
	}
	if u.State != Active {
		return holder{}, ErrNoSession
	}
	a, err := s.actorOf(ctx, u)
	return holder{actor: a, id: id, expires: db.FromMicros(expires), seen: seenAt(seen)}, err
}

// ActorOf is a user as an actor, with the roles and scope that he has now; for work that goes on after his request.
// It fails with [ErrNoSession] for who may no longer sign in.
func (s *Service) ActorOf(ctx context.Context, user string) (access.Actor, error) {
	u, err := findUser(ctx, s.db, ID(user))
	if err != nil {
		return access.Actor{}, err
	}
	if u.State != Active {
		return access.Actor{}, ErrNoSession
	}
	a, err := s.actorOf(ctx, u)
	a.Origin = access.Live
	return a, err
}

// actorOf is a user as an actor. Who must change the password may do nothing else.
func (s *Service) actorOf(ctx context.Context, u User) (access.Actor, error) {
	t, err := s.roleTable(ctx)
	if err != nil {
		return access.Actor{}, err
	}
	a := access.Actor{Kind: access.User, ID: string(u.ID), Name: u.Name, Scope: u.Scope, Lang: u.Lang, EngineerID: u.EngineerID}
	if !u.MustChange {
		a.Permissions = t.permissions(u.Roles)
	}
	return a, nil
}

func (s *Service) readKey(ctx context.Context, hash tokenHash) (holder, error) {
	k, err := db.Get(ctx, s.db, scanKey, `SELECT `+keyColumns+` FROM identity_key WHERE token_hash = $1`, hash[:])
	if errors.Is(err, db.ErrNoRows) {
		return holder{}, ErrKey
	}
	if err != nil {
		return holder{}, fmt.Errorf("read API key: %w", err)
	}
	if k.RevokedAt != nil || k.ExpiresAt != nil && !s.db.Now().Before(*k.ExpiresAt) {
		return holder{}, ErrKey
	}
	h := holder{
		actor: access.Actor{Kind: access.Key, ID: string(k.ID), Name: k.Name, Scope: k.Scope, Permissions: access.Set(setOfList(k.Permissions))},
		id:    string(k.ID), seen: seenAt(0),
	}
	if k.ExpiresAt != nil {
		h.expires = *k.ExpiresAt
	}
	if k.UsedAt != nil {
		h.seen = seenAt(db.Micros(*k.UsedAt))
	}
	return h, nil
}

func (s *Service) readLink(ctx context.Context, hash tokenHash) (holder, error) {
	l, err := db.Get(ctx, s.db, scanLink, `SELECT `+linkColumns+` FROM identity_link WHERE token_hash = $1`, hash[:])
	if errors.Is(err, db.ErrNoRows) {
		return holder{}, ErrLink
	}
	if err != nil {
		return holder{}, fmt.Errorf("read link: %w", err)
	}
	if l.RevokedAt != nil || !s.db.Now().Before(l.ExpiresAt) {
		return holder{}, ErrLinkExpired
	}
	a := access.Actor{
		Kind: access.Link, ID: string(l.ID), Lang: l.Lang, Permissions: access.Set{LinkPermission(l.Purpose): true},
		LinkKind: l.RecordKind, LinkRecord: l.RecordID,
	}
	if l.BrandID != "" {
		a.Scope.Brands = []string{l.BrandID}
	}
	return holder{actor: a, id: string(l.ID), expires: l.ExpiresAt, seen: seenAt(0)}, nil
}

func fromJSON(text string, v any) error {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("identity: a stored list is damaged: %w", err)
	}
	return nil
}
