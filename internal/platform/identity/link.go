package identity

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
)

// LinkID names a link; it is not its token.
type LinkID string

// Link is what a customer holds instead of a password: it opens one record for one purpose until an
// instant. Opening it is never an act, because chat programs and scanners open links too.
type Link struct {
	ID         LinkID
	Purpose    string
	RecordKind string
	RecordID   string
	BrandID    string
	Lang       string
	CreatedBy  string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	RevokedAt  *time.Time
}

const linkColumns = `id, purpose, record_kind, record_id, brand_id, lang, created_by, created_at, expires_at, revoked_at`

func scanLink(sc db.Scanner) (Link, error) {
	var l Link
	var brand *string
	var created, expires int64
	var revoked *int64
	err := sc.Scan(&l.ID, &l.Purpose, &l.RecordKind, &l.RecordID, &brand, &l.Lang, &l.CreatedBy, &created, &expires, &revoked)
	l.BrandID, l.CreatedAt, l.ExpiresAt, l.RevokedAt = db.OrEmpty(brand), db.FromMicros(created), db.FromMicros(expires), db.FromMicrosPtr(revoked)
	return l, err
}

// LinkPermission is the only permission of an actor who holds a link of this purpose.
func LinkPermission(purpose string) string { return "link." + purpose }

// LinkFor tells whether the actor holds a link of this purpose to this record; others are refused.
func LinkFor(ctx context.Context, purpose, recordKind, recordID string) error {
	a := access.From(ctx)
	if a.Kind != access.Link || a.LinkKind != recordKind || a.LinkRecord != recordID || !a.Permissions.Has(LinkPermission(purpose)) {
		return ErrLink
	}
	return nil
}

// LinkInput makes a link.
type LinkInput struct {
	Purpose    string // "track", "quote", "rate"
	RecordKind string
	RecordID   string
	BrandID    string
	Lang       string // of the customer; [Options.Lang] when empty
	Valid      time.Duration
}

// NewLink is a link that was just made: the token and the address exist only now.
type NewLink struct {
	Link  Link
	Token string
	URL   string
}

var purposeLike = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// MakeLinkTx makes a link in the act that sends it. The token is short, 128 bits, because it travels in
// text messages.
func (s *Service) MakeLinkTx(ctx context.Context, tx *db.Tx, in LinkInput) (NewLink, error) {
	if !purposeLike.MatchString(in.Purpose) || in.RecordKind == "" || in.RecordID == "" || in.Valid <= 0 {
		return NewLink{}, fmt.Errorf("identity: link for %q on %q needs a purpose, a record and a time", in.Purpose, in.RecordKind)
	}
	if !i18n.ForCustomers(in.Lang) {
		in.Lang = s.opt.Lang
	}
	a := access.From(ctx)
	l := Link{
		ID: LinkID(db.NewID()), Purpose: in.Purpose, RecordKind: in.RecordKind, RecordID: in.RecordID, BrandID: in.BrandID, Lang: in.Lang,
		CreatedBy: a.Kind + ":" + a.ID, CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(in.Valid),
	}
	token := newToken(16)
	hash := hashToken(token)
	tx.Later(`INSERT INTO identity_link (id, token_hash, purpose, record_kind, record_id, brand_id, lang, created_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.ID, hash[:], l.Purpose, l.RecordKind, l.RecordID, db.NullString(l.BrandID), l.Lang, l.CreatedBy, db.Micros(l.CreatedAt), db.Micros(l.ExpiresAt))
	return NewLink{Link: l, Token: token, URL: s.LinkURL(token)}, nil
}

// LinkURL is where the customer's page of a link is.
func (s *Service) LinkURL(token string) string { return s.opt.BaseURL + linkPrefix + token }

// URL is a page's address as people outside reach it.
func (s *Service) URL(path string) string { return s.opt.BaseURL + path }

// Open returns the link of a token, [ErrLink] when there is none and [ErrLinkExpired] when it has ended:
// the customer's page then says so.
func (s *Service) Open(ctx context.Context, token string) (Link, error) {
	hash := hashToken(token)
	l, err := db.Get(ctx, s.db, scanLink, `SELECT `+linkColumns+` FROM identity_link WHERE token_hash = $1`, hash[:])
	if errors.Is(err, db.ErrNoRows) {
		return Link{}, ErrLink
	}
	if err != nil {
		return Link{}, fmt.Errorf("read link: %w", err)
	}
	if l.RevokedAt != nil || !s.db.Now().Before(l.ExpiresAt) {
		return Link{}, ErrLinkExpired
	}
	return l, nil
}

// Links lists what was sent out about a record, the newest first; the caller has decided that the actor
// sees the record.
func (s *Service) Links(ctx context.Context, q db.Querier, recordKind, recordID string) ([]Link, error) {
	return db.List(ctx, q, scanLink, `SELECT `+linkColumns+` FROM identity_link WHERE record_kind = $1 AND record_id = $2 ORDER BY created_at DESC, id DESC`, recordKind, recordID)
}

// RevokeLinksTx ends the links to a record, of one purpose or, with purpose "", all of them.
func (s *Service) RevokeLinksTx(ctx context.Context, tx *db.Tx, recordKind, recordID, purpose string) error {
	var w db.Where
	set := `UPDATE identity_link SET revoked_at = ` + w.Arg(db.Micros(tx.Now()))
	w.And("record_kind = ? AND record_id = ? AND revoked_at IS NULL", recordKind, recordID)
	if purpose != "" {
		w.And("purpose = ?", purpose)
	}
	if _, err := tx.Exec(ctx, set+w.String(), w.Args()...); err != nil {
		return fmt.Errorf("revoke links: %w", err)
	}
	s.forget(tx)
	return nil
}
