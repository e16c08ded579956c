package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Approval codes are sent when they are asked for and prove that the person holds the phone.
const (
	ApprovalValid   = 10 * time.Minute
	approvalTries   = 5
	approvalPause   = time.Minute
	approvalPerHour = 5
)

// Proof is an approval code that was right and can be used once.
type Proof struct{ id string }

// ApprovalFor says what an approval code is about.
type ApprovalFor struct {
	Purpose    string // "quote", "reveal_address"
	RecordKind string
	RecordID   string
}

// MakeApprovalTx makes an approval code of six digits, in the act that sends it; earlier codes for the
// same stop working. A minute must pass between two codes, and there are five an hour.
func (s *Service) MakeApprovalTx(ctx context.Context, tx *db.Tx, in ApprovalFor) (code string, err error) {
	hour := tx.Now().Add(-time.Hour)
	made, err := db.List(ctx, tx, db.ScanInt, `SELECT created_at FROM identity_code WHERE record_kind = $1 AND record_id = $2 AND purpose = $3 AND created_at > $4
		ORDER BY created_at DESC`, in.RecordKind, in.RecordID, in.Purpose, db.Micros(hour))
	if err != nil {
		return "", fmt.Errorf("earlier codes: %w", err)
	}
	var wait time.Duration
	if len(made) > 0 {
		wait = approvalPause - tx.Now().Sub(db.FromMicros(made[0]))
	}
	if len(made) >= approvalPerHour {
		wait = max(wait, db.FromMicros(made[approvalPerHour-1]).Sub(hour))
	}
	if wait > 0 {
		return "", ErrCodeTooSoon.With("seconds", int64((wait+time.Second-1)/time.Second))
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	code = fmt.Sprintf("%06d", n.Int64())
	id := db.NewID()
	tx.Later(`INSERT INTO identity_code (id, purpose, record_kind, record_id, code_hash, attempts, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)`,
		id, in.Purpose, in.RecordKind, in.RecordID, s.mac("approval", id, code), db.Micros(tx.Now()), db.Micros(tx.Now().Add(ApprovalValid)))
	return code, nil
}

// CheckApproval compares a code with the newest one that was made. It commits the count of tries by
// itself, so it is called before the act's transaction; the act then calls [Service.UseApprovalTx].
func (s *Service) CheckApproval(ctx context.Context, in ApprovalFor, code string) (Proof, error) {
	type result struct {
		id   string
		left int64
	}
	code = digitsOf(code)
	r, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (result, error) {
		var id string
		var hash []byte
		var attempts, expires int64
		var used *int64
		err := tx.QueryRow(ctx, `SELECT id, code_hash, attempts, expires_at, used_at FROM identity_code WHERE record_kind = $1 AND record_id = $2 AND purpose = $3
			ORDER BY created_at DESC, id DESC LIMIT 1`, in.RecordKind, in.RecordID, in.Purpose).Scan(&id, &hash, &attempts, &expires, &used)
		switch {
		case errors.Is(err, db.ErrNoRows):
			return result{}, ErrNoCode
		case err != nil:
			return result{}, fmt.Errorf("read code: %w", err)
		case used != nil:
			return result{}, ErrCodeUsed
		case !tx.Now().Before(db.FromMicros(expires)):
			return result{}, ErrCodeExpired
		case attempts >= approvalTries:
			return result{}, ErrCodeSpent
		}
		if err := tx.ExecOne(ctx, `UPDATE identity_code SET attempts = attempts + 1 WHERE id = $1 AND attempts = $2`, id, attempts); err != nil {
			return result{}, err
		}
		if subtle.ConstantTimeCompare(hash, s.mac("approval", id, code)) == 1 {
			return result{id: id}, nil
		}
		return result{left: approvalTries - attempts - 1}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	if r.id == "" {
		return Proof{}, &problem.Error{
			Code: problem.ErrInvalid, Fields: []problem.FieldError{{Field: "code", Code: ErrCodeWrong.Key, Params: map[string]any{"left": r.left}}},
		}
	}
	return Proof{r.id}, nil
}

// UseApprovalTx uses a code up in the act that it approves; a second act with it is refused.
func (s *Service) UseApprovalTx(ctx context.Context, tx *db.Tx, p Proof) error {
	n, err := tx.Exec(ctx, `UPDATE identity_code SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND expires_at > $1`, db.Micros(tx.Now()), p.id)
	if err != nil {
		return fmt.Errorf("use code: %w", err)
	}
	if n == 0 {
		return ErrCodeUsed
	}
	return nil
}

// CodeKind is a code that is shown to people and belongs to a record for as long as it lives.
type CodeKind string

// The shown codes.
const (
	// ServiceCode stands in the appointment message and on the engineer's screen: it proves the engineer.
	ServiceCode CodeKind = "service"
	// FinishCode stands on the customer's page: telling it to the engineer signs the work off.
	FinishCode CodeKind = "finish"
)

var codeDigits = map[CodeKind]int{ServiceCode: 4, FinishCode: 6}

// maxMisses wrong finish codes a record takes; afterwards none is right.
const maxMisses = 10

// Shown returns the code of a record: computed from the record, the key file and how often it was renewed,
// so that it is nowhere at rest.
func (s *Service) Shown(ctx context.Context, q db.Querier, kind CodeKind, recordKind, recordID string) (string, error) {
	gen, _, err := s.shownState(ctx, q, kind, recordKind, recordID)
	return s.shown(kind, recordKind, recordID, gen), err
}

func (s *Service) shown(kind CodeKind, recordKind, recordID string, gen int64) string {
	digits := codeDigits[kind]
	m := uint64(1)
	for range digits {
		m *= 10
	}
	v := binary.BigEndian.Uint64(s.mac("shown", string(kind), recordKind, recordID, fmt.Sprint(gen)))
	return fmt.Sprintf("%0*d", digits, v%m)
}

func (s *Service) shownState(ctx context.Context, q db.Querier, kind CodeKind, recordKind, recordID string) (gen, misses int64, err error) {
	err = q.QueryRow(ctx, `SELECT generation, misses FROM identity_shown WHERE kind = $1 AND record_kind = $2 AND record_id = $3`, kind, recordKind, recordID).Scan(&gen, &misses)
	if errors.Is(err, db.ErrNoRows) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read code: %w", err)
	}
	return gen, misses, nil
}

// MatchTx compares a code that somebody told, perhaps hours ago and offline, with a record's. A wrong one is
// no error: the act is kept and goes to review. The record takes ten wrong ones.
func (s *Service) MatchTx(ctx context.Context, tx *db.Tx, kind CodeKind, recordKind, recordID, code string) (bool, error) {
	gen, misses, err := s.shownState(ctx, tx, kind, recordKind, recordID)
	if err != nil {
		return false, err
	}
	want := s.shown(kind, recordKind, recordID, gen)
	if misses < maxMisses && subtle.ConstantTimeCompare([]byte(want), []byte(digitsOf(code))) == 1 {
		return true, nil
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_shown (kind, record_kind, record_id, generation, misses) VALUES ($1, $2, $3, 0, 1)
		ON CONFLICT (kind, record_kind, record_id) DO UPDATE SET misses = identity_shown.misses + 1`, kind, recordKind, recordID)
	return false, err
}

// RenewTx gives a record another code, for instance with another engineer, and forgives wrong ones.
func (s *Service) RenewTx(ctx context.Context, tx *db.Tx, kind CodeKind, recordKind, recordID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO identity_shown (kind, record_kind, record_id, generation, misses) VALUES ($1, $2, $3, 1, 0)
		ON CONFLICT (kind, record_kind, record_id) DO UPDATE SET generation = identity_shown.generation + 1, misses = 0`, kind, recordKind, recordID)
	return err
}

// digitsOf keeps the digits of what a person typed: full-width ones, blanks and hyphens happen.
func digitsOf(s string) string {
	if len(s) > 64 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, norm.NFKC.String(s))
}
