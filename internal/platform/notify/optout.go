package notify

import (
	"context"
	"errors"
	"net/mail"
	"strings"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Reach says what somebody no longer wants.
type Reach string

// Reaches of an opt-out. Safety messages and codes that were asked for always go.
const (
	NoSurveys Reach = "survey"
	Nothing   Reach = "all"
)

// OptOutInput says that an address wants no more messages.
type OptOutInput struct {
	Channel Channel
	Address string
	Reach   Reach
	Source  string // "agent", "link", "reply"
}

func (s *Service) checkAddress(in OptOutInput) ([]byte, error) {
	var f problem.Fields
	ok := false
	switch in.Channel {
	case SMS:
		_, ok = crypt.NormalizePhone(in.Address)
	case Email:
		_, err := mail.ParseAddress(strings.TrimSpace(in.Address))
		ok = err == nil
	default:
		f.Add("channel", problem.BadChoice)
	}
	f.Check(ok, "address", problem.BadFormat)
	return s.hashTo(in.Channel, in.Address), f.Err()
}

// OptOutTx notes an opt-out in the act by which the person said so, by a reply or on a page.
func (s *Service) OptOutTx(ctx context.Context, tx *db.Tx, in OptOutInput) error {
	hash, err := s.checkAddress(in)
	if err != nil {
		return err
	}
	if in.Reach != NoSurveys && in.Reach != Nothing {
		return problem.Field("reach", problem.BadChoice)
	}
	_, err = tx.Exec(ctx, `INSERT INTO notify_optout (address_hash, channel, scope, source, created_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (address_hash, channel) DO UPDATE SET scope = excluded.scope, source = excluded.source, created_at = excluded.created_at`,
		hash, in.Channel, in.Reach, in.Source, db.Micros(tx.Now()))
	if err != nil {
		return err
	}
	return audit.Append(ctx, tx, audit.Entry{Kind: "opt_out", Record: optOutRecord(in.Channel, hash), Act: "opt_out", After: map[string]any{"reach": in.Reach, "source": in.Source}})
}

// optOutRecord names an address in the audit trail by the beginning of its keyed hash.
func optOutRecord(c Channel, hash []byte) string {
	const hexDigits = "0123456789abcdef"
	out := []byte(string(c) + ":")
	for _, b := range hash[:min(16, len(hash))] {
		out = append(out, hexDigits[b>>4], hexDigits[b&15])
	}
	return string(out)
}

// OptOut notes that somebody told staff to send no more.
func (s *Service) OptOut(ctx context.Context, in OptOutInput) error {
	if err := access.Require(ctx, PermOptOut); err != nil {
		return err
	}
	in.Source = "agent"
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.OptOutTx(ctx, tx, in) })
}

// OptIn takes an opt-out back; none is no error.
func (s *Service) OptIn(ctx context.Context, in OptOutInput) error {
	if err := access.Require(ctx, PermOptOut); err != nil {
		return err
	}
	hash, err := s.checkAddress(in)
	if err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM notify_optout WHERE address_hash = $1 AND channel = $2`, hash, in.Channel)
		if err != nil || n == 0 {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: "opt_out", Record: optOutRecord(in.Channel, hash), Act: "opt_in"})
	})
}

// OptedOut tells whether an address wants no message of a class; one that is no address wants all.
func (s *Service) OptedOut(ctx context.Context, q db.Querier, c Channel, address string, class Class) (bool, error) {
	return optedOut(ctx, q, c, s.hashTo(c, address), class)
}

// optedOut tells whether the address wants no message of this class.
func optedOut(ctx context.Context, q db.Querier, c Channel, hash []byte, class Class) (bool, error) {
	if class == ClassSafety || class == ClassCode {
		return false, nil
	}
	reach, err := db.Get(ctx, q, db.ScanString, `SELECT scope FROM notify_optout WHERE address_hash = $1 AND channel = $2`, hash, c)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return err == nil && refuses(&reach, class), err
}

func refuses(reach *string, class Class) bool {
	return reach != nil && (Reach(*reach) == Nothing || class == ClassSurvey)
}
