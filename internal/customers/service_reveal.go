package customers

import (
	"context"
	"slices"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// RevealsPerHour is how many values one actor may see in the clear within an hour.
const RevealsPerHour = 30

// RevealReasons are what a value may be shown in the clear for; their words are customers.reveal.<code>.
var RevealReasons = []string{"call_customer", "prepare_visit", "check_identity", "correct_data", "complaint", "legal", "quality_check"}

// Reveal shows one value of a customer in the clear: field is name, email, note, phone:<id>, address:<id>
// or external:<system>. It needs a reason of [RevealReasons], is written to the audit trail and counts
// against [RevealsPerHour] of the actor.
func (s *Service) Reveal(ctx context.Context, id ID, field, reason string) (string, error) {
	if err := access.Require(ctx, PermReveal); err != nil {
		return "", err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := s.seen(ctx, tx, id); err != nil {
			return "", err
		}
		c, err := s.Get(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if c.Erased {
			return "", ErrErased
		}
		value, err := s.valueOf(ctx, tx, c, field)
		if err != nil {
			return "", err
		}
		return value, s.RevealTx(ctx, tx, RevealInput{Kind: auditKind, Record: string(c.ID), Field: field, Reason: reason})
	})
}

func (s *Service) valueOf(ctx context.Context, q db.Querier, c Customer, field string) (string, error) {
	kind, part, _ := strings.Cut(field, ":")
	switch kind {
	case "name":
		return c.Name, nil
	case "email":
		return c.Email, nil
	case "note":
		return c.Note, nil
	case "phone":
		i := slices.IndexFunc(c.Phones, func(p Phone) bool { return string(p.ID) == part })
		if i < 0 {
			return "", problem.ErrNotFound
		}
		return c.Phones[i].Number, nil
	case "address":
		list, err := s.Addresses(ctx, q, c.ID)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(list, func(a Address) bool { return string(a.ID) == part })
		if i < 0 {
			return "", problem.ErrNotFound
		}
		return strings.TrimSpace(list[i].Text + "\n" + list[i].Access), nil
	case "external":
		list, err := s.ExternalIDs(ctx, q, c.ID)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(list, func(x ExternalID) bool { return x.System == part })
		if i < 0 {
			return "", problem.ErrNotFound
		}
		return list[i].ID, nil
	}
	return "", problem.Field("field", problem.BadChoice)
}

// RevealInput says which value of which record is about to be shown in the clear, and why.
type RevealInput struct {
	Kind   string // of the record: "customer", "order", "unit"
	Record string
	Field  string // what is shown; never the value
	Reason string // one of [RevealReasons]
}

// RevealTx checks the reason, counts the reveal against the actor's hour and writes the audit entry of
// the record. Modules that keep sealed values of their own call it before they show one.
func (s *Service) RevealTx(ctx context.Context, tx *db.Tx, in RevealInput) error {
	if !slices.Contains(RevealReasons, in.Reason) {
		return ErrRevealReason
	}
	a := access.From(ctx)
	actor := a.Kind + ":" + a.ID
	// The row is locked from here on: two reveals at once are counted one after the other.
	if _, err := tx.Exec(ctx, `INSERT INTO customers_revealer (actor, reveals) VALUES ($1, 1)
		ON CONFLICT (actor) DO UPDATE SET reveals = customers_revealer.reveals + 1`, actor); err != nil {
		return err
	}
	n, err := db.Get(ctx, tx, db.ScanInt, `SELECT COUNT(*) FROM customers_reveal WHERE actor = $1 AND at > $2`, actor, db.Micros(tx.Now().Add(-time.Hour)))
	if err != nil {
		return err
	}
	if n >= RevealsPerHour {
		return ErrRevealLimit.With("limit", RevealsPerHour)
	}
	tx.Later(`INSERT INTO customers_reveal (id, actor, record_kind, record_id, field, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		db.NewID(), actor, in.Kind, in.Record, in.Field, in.Reason, db.Micros(tx.Now()))
	return audit.Append(ctx, tx, audit.Entry{Kind: in.Kind, Record: in.Record, Act: "reveal", Reason: in.Reason, After: map[string]any{"field": in.Field}})
}

// MaskExternal hides external ids that are phone or identity numbers; others are shown.
func MaskExternal(x ExternalID) string { return crypt.MaskText(x.ID) }
