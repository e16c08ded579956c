package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

const (
	ceremonyTime = 5 * time.Minute
	maxPasskeys  = 10 // of a user
)

// Kinds of a ceremony.
const (
	ceremonyAdd    = "add"
	ceremonySignIn = "sign_in"
)

// PasskeyID names a passkey; it is not the authenticator's name of it.
type PasskeyID string

// Passkey is a key of one's own authenticator: a phone, a laptop, a stick.
type Passkey struct {
	ID        PasskeyID
	Name      string
	Synced    bool // kept by a provider on more than one device
	CreatedAt time.Time
	UsedAt    *time.Time
	ClonedAt  *time.Time // its counter ran backwards: there may be a copy; it signs nobody in any more
	user      ID
	record    webauthn.Credential
}

// Ceremony is a question to an authenticator.
type Ceremony struct {
	ID      string
	Options json.RawMessage // for navigator.credentials, binary values as base64url
}

// relyingParty is who passkeys are made for: the host that people reach the server by. An address without a name has
// none, but this very machine is called localhost. Nil: passkeys cannot be used.
func relyingParty(base string) *webauthn.WebAuthn {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	host, origin := u.Hostname(), u.Scheme+"://"+u.Host
	if ip := net.ParseIP(host); ip != nil {
		if !ip.IsLoopback() {
			return nil
		}
		host, origin = "localhost", u.Scheme+"://localhost"
		if port := u.Port(); port != "" {
			origin += ":" + port
		}
	}
	if u.Scheme != "https" && host != "localhost" {
		return nil // browsers keep passkeys from places that anybody on the way can change
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: totpIssuer, RPOrigins: []string{origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: new(true), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil
	}
	return w
}

// holderOf is a user as the ceremony sees him.
type holderOf struct {
	u    User
	keys []Passkey
}

// WebAuthnID implements webauthn.User.
func (h holderOf) WebAuthnID() []byte { return []byte(h.u.ID) }

// WebAuthnName implements webauthn.User.
func (h holderOf) WebAuthnName() string { return h.u.Login }

// WebAuthnDisplayName implements webauthn.User.
func (h holderOf) WebAuthnDisplayName() string { return h.u.Name }

// WebAuthnCredentials implements webauthn.User.
func (h holderOf) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(h.keys))
	for i, k := range h.keys {
		out[i] = k.record
	}
	return out
}

const passkeyColumns = `id, user_id, record, name, cloned_at, used_at, created_at`

func scanPasskey(sc db.Scanner) (p Passkey, err error) {
	var record string
	var cloned, used *int64
	var created int64
	if err := sc.Scan(&p.ID, &p.user, &record, &p.Name, &cloned, &used, &created); err != nil {
		return p, err
	}
	p.ClonedAt, p.UsedAt, p.CreatedAt = db.FromMicrosPtr(cloned), db.FromMicrosPtr(used), db.FromMicros(created)
	if err := fromJSON(record, &p.record); err != nil {
		return p, err
	}
	p.Synced = p.record.Flags.BackupState
	return p, nil
}

func passkeysOf(ctx context.Context, q db.Querier, id ID) ([]Passkey, error) {
	return db.List(ctx, q, scanPasskey, `SELECT `+passkeyColumns+` FROM identity_passkey WHERE user_id = $1 ORDER BY created_at, id`, id)
}

func credentialKey(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// Passkeys lists one's own passkeys, the oldest first.
func (s *Service) Passkeys(ctx context.Context) ([]Passkey, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return nil, ErrPeopleOnly
	}
	return passkeysOf(ctx, s.db, ID(a.ID))
}

// BeginPasskey begins to add a passkey of one's own, with the password.
func (s *Service) BeginPasskey(ctx context.Context, password string) (Ceremony, error) {
	acc, err := s.prove(ctx, password)
	if err != nil {
		return Ceremony{}, err
	}
	if s.rp == nil {
		return Ceremony{}, ErrPasskeysOff
	}
	keys, err := passkeysOf(ctx, s.db, acc.ID)
	if err != nil {
		return Ceremony{}, err
	}
	if len(keys) >= maxPasskeys {
		return Ceremony{}, ErrPasskeyMany.With("limit", maxPasskeys)
	}
	h := holderOf{acc.User, keys}
	options, data, err := s.rp.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin a passkey: %w", err)
	}
	return s.begun(ctx, ceremonyAdd, acc.ID, options.Response, data)
}

// begun keeps what was asked until the answer comes.
func (s *Service) begun(ctx context.Context, kind string, user ID, options any, data *webauthn.SessionData) (Ceremony, error) {
	data.Expires = time.Time{} // the row says it, by the database's clock
	kept, err := json.Marshal(data)
	if err != nil {
		return Ceremony{}, err
	}
	c := Ceremony{ID: newToken(24)}
	if c.Options, err = json.Marshal(options); err != nil {
		return Ceremony{}, err
	}
	return c, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM identity_ceremony WHERE expires_at <= $1`, db.Micros(tx.Now())); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO identity_ceremony (id, kind, user_id, data, expires_at) VALUES ($1, $2, $3, $4, $5)`,
			c.ID, kind, db.NullString(user), string(kept), db.Micros(tx.Now().Add(ceremonyTime)))
		return err
	})
}

// take ends a ceremony: whatever the answer is worth, nobody answers it again.
func (s *Service) take(ctx context.Context, kind, id string, user ID) (webauthn.SessionData, error) {
	var data webauthn.SessionData
	text, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (string, error) {
		text, err := db.Get(ctx, tx, db.ScanString, `DELETE FROM identity_ceremony WHERE id = $1 AND kind = $2 AND COALESCE(user_id, '') = $3 AND expires_at > $4 RETURNING data`,
			id, kind, string(user), db.Micros(tx.Now()))
		if errors.Is(err, db.ErrNoRows) {
			return "", ErrCeremony
		}
		return text, err
	})
	if err != nil {
		return data, err
	}
	return data, fromJSON(text, &data)
}

// AddPasskey keeps the passkey that an authenticator made. The first second factor of a user comes with recovery codes.
func (s *Service) AddPasskey(ctx context.Context, ceremony, name string, answer []byte) (Passkey, []string, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return Passkey{}, nil, ErrPeopleOnly
	}
	name, err := passkeyName(name)
	if err != nil {
		return Passkey{}, nil, err
	}
	data, err := s.take(ctx, ceremonyAdd, ceremony, ID(a.ID))
	if err != nil {
		return Passkey{}, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, nil, s.refused(ctx, err)
	}
	type added struct {
		key   Passkey
		codes []string
	}
	out, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (added, error) {
		acc, err := findAccount(ctx, tx, "id", a.ID)
		if err != nil {
			return added{}, err
		}
		keys, err := passkeysOf(ctx, tx, acc.ID)
		if err != nil {
			return added{}, err
		}
		made, err := s.rp.CreateCredential(holderOf{acc.User, keys}, data, parsed)
		if err != nil {
			return added{}, s.refused(ctx, err)
		}
		made.Attestation = webauthn.CredentialAttestation{} // nobody asked for it
		record, err := json.Marshal(made)
		if err != nil {
			return added{}, err
		}
		p := Passkey{ID: PasskeyID(db.NewID()), Name: name, Synced: made.Flags.BackupState, CreatedAt: tx.Now(), user: acc.ID, record: *made}
		_, err = tx.Exec(ctx, `INSERT INTO identity_passkey (id, user_id, credential, record, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			p.ID, acc.ID, credentialKey(made.ID), string(record), name, db.Micros(tx.Now()))
		if db.IsUnique(err, "identity_passkey_credential") || db.IsUnique(err, "identity_passkey.credential") {
			return added{}, ErrPasskeyKnown
		}
		if err != nil {
			return added{}, err
		}
		out := added{key: p}
		if !acc.TOTP && len(keys) == 0 {
			if out.codes, err = s.newRecovery(ctx, tx, acc.ID); err != nil {
				return added{}, err
			}
		}
		return out, audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: a.ID, Act: "passkey_on", After: map[string]any{"passkey": p.ID}})
	})
	return out.key, out.codes, err
}

func passkeyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 60 {
		return "", problem.Field("name", problem.Required)
	}
	return name, nil
}

// refused is an answer that proves nothing; what is wrong with it stays in the log.
func (s *Service) refused(ctx context.Context, err error) error {
	detail := err.Error()
	var p *protocol.Error
	if errors.As(err, &p) {
		detail = p.Details + " " + p.DevInfo
	}
	s.opt.Log.InfoContext(ctx, "a passkey's answer is refused", "why", detail, "request_id", access.From(ctx).RequestID)
	return ErrPasskey
}

// RenamePasskey gives one's own passkey another name.
func (s *Service) RenamePasskey(ctx context.Context, id PasskeyID, name string) (Passkey, error) {
	name, err := passkeyName(name)
	if err != nil {
		return Passkey{}, err
	}
	a := access.From(ctx)
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Passkey, error) {
		p, err := db.Get(ctx, tx, scanPasskey, `UPDATE identity_passkey SET name = $1 WHERE id = $2 AND user_id = $3 RETURNING `+passkeyColumns, name, id, a.ID)
		if errors.Is(err, db.ErrNoRows) {
			return p, ErrNoPasskey
		}
		return p, err
	})
}

// RemovePasskey takes one's own passkey away, with the password: who finds an open session does not weaken the next
// sign-in.
func (s *Service) RemovePasskey(ctx context.Context, id PasskeyID, password string) error {
	a, err := s.prove(ctx, password)
	if err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM identity_passkey WHERE id = $1 AND user_id = $2`, id, a.ID)
		if err != nil || n == 0 {
			return orElse(err, ErrNoPasskey)
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: string(a.ID), Act: "passkey_off", After: map[string]any{"passkey": id}})
	})
}

// dropPasskeys takes all passkeys of a user away.
func dropPasskeys(ctx context.Context, tx *db.Tx, id ID) (int64, error) {
	return tx.Exec(ctx, `DELETE FROM identity_passkey WHERE user_id = $1`, id)
}

// hasPasskeys counts keys with a copy, too: that a key was copied makes the password alone no better.
func hasPasskeys(ctx context.Context, q db.Querier, id ID) (bool, error) {
	n, err := db.Get(ctx, q, db.ScanInt, `SELECT COUNT(*) FROM identity_passkey WHERE user_id = $1`, id)
	return n > 0, err
}

// BeginPasskeySignIn asks whatever authenticator is at hand who there is.
func (s *Service) BeginPasskeySignIn(ctx context.Context, address string) (Ceremony, error) {
	if s.rp == nil {
		return Ceremony{}, ErrPasskeysOff
	}
	if err := s.countAttempts(ctx, s.subject("address", address)); err != nil {
		return Ceremony{}, err
	}
	options, data, err := s.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin a sign-in by passkey: %w", err)
	}
	return s.begun(ctx, ceremonySignIn, "", options.Response, data)
}

// PasskeySignInInput is the answer of an authenticator.
type PasskeySignInInput struct {
	Ceremony            string
	Answer              []byte
	Address, Agent, Old string // as in [SignInInput]
}

// SignInByPasskey begins a session for whom the authenticator knows and has verified: that is two factors in one. A
// counter that runs backwards is a copy of the key, or looks like one: it is noted and the key is not taken any more.
func (s *Service) SignInByPasskey(ctx context.Context, in PasskeySignInInput) (SignedIn, error) {
	if s.rp == nil {
		return SignedIn{}, ErrPasskeysOff
	}
	if err := s.countAttempts(ctx, s.subject("address", in.Address)); err != nil {
		return SignedIn{}, err
	}
	data, err := s.take(ctx, ceremonySignIn, in.Ceremony, "")
	if err != nil {
		return SignedIn{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(in.Answer)
	if err != nil {
		return SignedIn{}, s.refused(ctx, err)
	}
	type signed struct {
		SignedIn
		cloned bool
	}
	out, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (signed, error) {
		key, err := db.Get(ctx, tx, scanPasskey, `SELECT `+passkeyColumns+` FROM identity_passkey WHERE credential = $1`, credentialKey(parsed.RawID))
		if errors.Is(err, db.ErrNoRows) {
			return signed{}, ErrPasskey
		}
		if err != nil {
			return signed{}, err
		}
		u, err := findUser(ctx, tx, key.user)
		if err != nil {
			return signed{}, err
		}
		record, err := s.rp.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
			if string(handle) != string(key.user) {
				return nil, ErrPasskey
			}
			return holderOf{u, []Passkey{key}}, nil
		}, data, parsed)
		if err != nil {
			return signed{}, s.refused(ctx, err)
		}
		if u.State != Active || key.ClonedAt != nil {
			return signed{}, ErrPasskey
		}
		if record.Authenticator.CloneWarning {
			if _, err := tx.Exec(ctx, `UPDATE identity_passkey SET cloned_at = $1 WHERE id = $2`, db.Micros(tx.Now()), key.ID); err != nil {
				return signed{}, err
			}
			return signed{cloned: true}, audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: string(u.ID), Act: "passkey_cloned", After: map[string]any{"passkey": key.ID}})
		}
		text, err := json.Marshal(record)
		if err != nil {
			return signed{}, err
		}
		if _, err := tx.Exec(ctx, `UPDATE identity_passkey SET record = $1, used_at = $2 WHERE id = $3`, string(text), db.Micros(tx.Now()), key.ID); err != nil {
			return signed{}, err
		}
		began, err := s.begin(ctx, tx, u, SignInInput{Address: in.Address, Agent: in.Agent, Old: in.Old}, s.subject("account", u.Login))
		return signed{SignedIn: began}, err
	})
	if err == nil && out.cloned {
		err = ErrPasskeyCloned
	}
	return out.SignedIn, err
}
