package identity

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
)

// Options of the service; zero values are the product's defaults.
type Options struct {
	BaseURL    string        // where people reach the server, for links; no slash at the end
	Lang       string        // of customers who chose none; Chinese
	Secure     bool          // served over TLS, here or at a proxy: cookies never travel without it
	SignInRate int           // attempts a minute from one address and for one account; 10
	Idle       time.Duration // a session unused for so long ends; 72 h, so that a phone survives a weekend
	Lifetime   time.Duration // no session is older; 30 days
	Log        *slog.Logger
}

// Service knows users, roles, sessions, keys, links and codes. It is safe for concurrent use.
type Service struct {
	db       *db.DB
	keys     *crypt.Keys
	opt      Options
	perms    []access.Permission
	known    map[string]bool       // permissions that exist
	defaults map[string]access.Set // what a built-in role may do unless somebody changed it
	hash     hasher
	cache    *cache
	roles    *roleCache
	secret   []byte // key of short codes' hashes
	rp       *webauthn.WebAuthn
}

// New makes the service. perms are the permissions of all modules: they decide what the built-in roles
// may do until an administrator changes it.
func New(d *db.DB, keys *crypt.Keys, perms []access.Permission, o Options) *Service {
	if !i18n.Supported(o.Lang) {
		o.Lang = i18n.Chinese
	}
	o.SignInRate = cmp.Or(o.SignInRate, 10)
	o.Idle = cmp.Or(o.Idle, 72*time.Hour)
	o.Lifetime = cmp.Or(o.Lifetime, 30*24*time.Hour)
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		db: d, keys: keys, opt: o, perms: perms, known: map[string]bool{}, defaults: map[string]access.Set{},
		hash: newHasher(ownCost()), cache: newCache(), roles: &roleCache{}, secret: keys.Derive("identity.code"),
		rp: relyingParty(o.BaseURL),
	}
	for _, r := range builtIn {
		s.defaults[r] = access.Set{}
	}
	for _, p := range perms {
		s.known[p.Key] = true
		for _, r := range p.Roles {
			if s.defaults[r] == nil {
				panic("identity: permission " + p.Key + " names the unknown role " + r)
			}
			s.defaults[r][p.Key] = true
		}
	}
	s.defaults[access.RoleAdmin] = access.Set{"*": true}
	return s
}

// forget drops what this node remembers once the change is durable.
func (s *Service) forget(tx *db.Tx) {
	tx.AfterCommit(func() {
		s.roles.drop()
		s.cache.drop()
	})
}

// Sweep removes what has no more use: ended sessions, links and codes a month after their end, attempts
// of yesterday. A daily duty.
func (s *Service) Sweep(ctx context.Context) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		now := tx.Now()
		for _, q := range []struct {
			text   string
			before time.Time
		}{
			{`DELETE FROM identity_session WHERE expires_at <= $1`, now},
			{`DELETE FROM identity_session WHERE seen_at <= $1`, now.Add(-s.opt.Idle)},
			{`DELETE FROM identity_link WHERE expires_at < $1`, now.AddDate(0, -1, 0)},
			{`DELETE FROM identity_code WHERE expires_at < $1`, now.AddDate(0, -1, 0)},
			{`DELETE FROM identity_throttle WHERE updated_at < $1`, now.AddDate(0, 0, -1)},
		} {
			if _, err := tx.Exec(ctx, q.text, db.Micros(q.before)); err != nil {
				return err
			}
		}
		return nil
	})
}
