package customers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// Purposes that need a person's consent beside the contract of service (PIPL Art. 13, 23, 29, 39).
var Purposes = []string{"marketing", "call_recording", "location_sharing", "home_video", "share_with_brand", "share_with_insurer", "cross_border", "satisfaction_survey"}

// Channels by which a consent is given or withdrawn.
var Channels = []string{"phone", "web", "sms", "app", "paper", "on_site", "import"}

// Consent is one entry of the ledger: given or withdrawn; entries are never changed.
type Consent struct {
	ID            string
	Purpose       string
	Granted       bool
	NoticeVersion string // which text the person was shown
	Channel       string
	Evidence      string // id of a file, message or recording; no personal data
	Actor         string
	OccurredAt    time.Time
	RecordedAt    time.Time
}

// ConsentInput adds an entry to the ledger.
type ConsentInput struct {
	access.Act
	ID            ID
	Purpose       string
	Granted       bool
	NoticeVersion string
	Channel       string
	Evidence      string
}

// RecordConsent adds an entry to a customer's consent ledger. Withdrawing is as easy as giving and undoes
// nothing that was done before.
func (s *Service) RecordConsent(ctx context.Context, in ConsentInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, err := s.find(ctx, tx, in.ID)
		if err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version}, s.recordConsent(ctx, tx, r, in)
	})
}

// RecordConsentTx is [Service.RecordConsent] in the caller's change, without permission and scope: for the
// customer's own pages.
func (s *Service) RecordConsentTx(ctx context.Context, tx *db.Tx, in ConsentInput) error {
	root, err := rootOf(ctx, tx, in.ID)
	if err != nil {
		return noRows(err, problem.ErrNotFound)
	}
	r, err := getRow(ctx, tx, root)
	if err != nil {
		return noRows(err, problem.ErrNotFound)
	}
	return s.recordConsent(ctx, tx, r, in)
}

func (s *Service) recordConsent(ctx context.Context, tx *db.Tx, r row, in ConsentInput) error {
	a := access.From(ctx)
	at, err := in.At(a.Origin, tx.Now())
	if err != nil {
		return err
	}
	var f problem.Fields
	f.Check(slices.Contains(Purposes, in.Purpose), "purpose", problem.BadChoice)
	f.Check(slices.Contains(Channels, in.Channel), "channel", problem.BadChoice)
	f.Check(!in.Granted || in.NoticeVersion != "", "notice_version", problem.Required)
	checkText(&f, "notice_version", in.NoticeVersion, maxLabel)
	checkText(&f, "evidence", in.Evidence, maxName)
	if err := f.Err(); err != nil {
		return err
	}
	tx.Later(`INSERT INTO customers_consent (id, customer_id, purpose, granted, notice_version, channel, evidence, actor, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, db.NewID(), string(r.id), in.Purpose, in.Granted, in.NoticeVersion, in.Channel, in.Evidence,
		a.Kind+":"+a.ID, db.Micros(at), db.Micros(tx.Now()))
	if err := audit.Append(ctx, tx, audit.Entry{
		Kind: auditKind, Record: string(r.id), Act: "consent", Reason: in.Reason, OccurredAt: at,
		After: map[string]any{"purpose": in.Purpose, "granted": in.Granted, "notice": in.NoticeVersion, "channel": in.Channel},
	}); err != nil {
		return err
	}
	return events.Publish(ctx, tx, ConsentChanged{Head: head(r, at), Purpose: in.Purpose, Granted: in.Granted})
}

const consentColumns = `k.id, k.purpose, k.granted, k.notice_version, k.channel, k.evidence, k.actor, k.occurred_at, k.recorded_at`

func scanConsent(s db.Scanner) (Consent, error) {
	var c Consent
	var occurred, recorded int64
	err := s.Scan(&c.ID, &c.Purpose, &c.Granted, &c.NoticeVersion, &c.Channel, &c.Evidence, &c.Actor, &occurred, &recorded)
	c.OccurredAt, c.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	return c, err
}

// Consents lists a customer's ledger, newest first.
func (s *Service) Consents(ctx context.Context, id ID) ([]Consent, error) {
	if err := s.mustSee(ctx, s.db, PermRead, id); err != nil {
		return nil, err
	}
	return db.List(ctx, s.db, scanConsent, `SELECT `+consentColumns+` FROM customers_consent k JOIN customers_customer c ON c.id = k.customer_id
		WHERE c.root_id = (SELECT root_id FROM customers_customer WHERE id = $1) ORDER BY k.occurred_at DESC, k.id DESC LIMIT 500`, string(id))
}

// HasConsent tells whether a consent stands: the newest entry of the purpose, by when it was said, grants
// it. It asks for no permission and no scope.
func (s *Service) HasConsent(ctx context.Context, q db.Querier, id ID, purpose string) (bool, error) {
	c, err := db.Get(ctx, q, scanConsent, `SELECT `+consentColumns+` FROM customers_consent k JOIN customers_customer c ON c.id = k.customer_id
		WHERE c.root_id = (SELECT root_id FROM customers_customer WHERE id = $1) AND k.purpose = $2
		ORDER BY k.occurred_at DESC, k.id DESC LIMIT 1`, string(id), purpose)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("consent: %w", err)
	}
	return c.Granted, nil
}
