package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/pquerna/otp/hotp"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

const (
	totpPeriod    = 30 // seconds
	totpIssuer    = "Anxin"
	recoveryCodes = 10
)

var base32NoPad = base32.StdEncoding.WithPadding(base32.NoPadding)

// Enrolment is what an authenticator app needs: the secret, and the same as an address for a QR code.
type Enrolment struct {
	Secret string
	URL    string
}

// EnrolTOTP begins the set-up of one's own second factor with the password; it works once
// [Service.ConfirmTOTP] has seen a code.
func (s *Service) EnrolTOTP(ctx context.Context, password string) (Enrolment, error) {
	acc, err := s.prove(ctx, password)
	if err != nil {
		return Enrolment{}, err
	}
	raw := make([]byte, 20)
	if _, err := rand.Read(raw); err != nil {
		return Enrolment{}, err
	}
	secret := base32NoPad.EncodeToString(raw)
	v := url.Values{"secret": {secret}, "issuer": {totpIssuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	out := Enrolment{Secret: secret, URL: "otpauth://totp/" + url.PathEscape(totpIssuer+":"+acc.Login) + "?" + v.Encode()}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Enrolment, error) {
		sealed, err := s.keys.Seal(ctx, tx, s.keys.Installation(), secret)
		if err != nil {
			return Enrolment{}, err
		}
		n, err := tx.Exec(ctx, `UPDATE identity_user SET totp_pending_sealed = $1 WHERE id = $2 AND totp_sealed IS NULL`, sealed, acc.ID)
		if err != nil || n == 0 {
			return Enrolment{}, orElse(err, ErrTOTPOn)
		}
		return out, nil
	})
}

// ConfirmTOTP turns the second factor on with a first code and returns the recovery codes, which are shown
// this once.
func (s *Service) ConfirmTOTP(ctx context.Context, code string) ([]string, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return nil, ErrPeopleOnly
	}
	if err := s.countAttempts(ctx, s.subject("account", a.ID)); err != nil {
		return nil, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) ([]string, error) {
		acc, err := findAccount(ctx, tx, "id", a.ID)
		if err != nil {
			return nil, err
		}
		if acc.TOTP {
			return nil, ErrTOTPOn
		}
		if len(acc.totpPending) == 0 {
			return nil, ErrTOTPOff
		}
		step, err := s.totpStep(ctx, tx, acc.totpPending, code)
		if err != nil {
			return nil, err
		}
		if step == 0 {
			return nil, problem.Field("code", ErrWrongCode)
		}
		err = tx.ExecOne(ctx, `UPDATE identity_user SET totp_sealed = totp_pending_sealed, totp_pending_sealed = NULL, totp_step = $1, updated_at = $2, version = version + 1
			WHERE id = $3 AND version = $4`, step, db.Micros(tx.Now()), acc.ID, acc.Version)
		if err != nil {
			return nil, err
		}
		codes, err := s.newRecovery(ctx, tx, acc.ID)
		if err != nil {
			return nil, err
		}
		s.forget(tx)
		return codes, audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: a.ID, Act: "totp_on"})
	})
}

func (s *Service) newRecovery(ctx context.Context, tx *db.Tx, id ID) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM identity_recovery WHERE user_id = $1`, id); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		raw := make([]byte, 10)
		if _, err := rand.Read(raw); err != nil {
			return nil, err
		}
		c := strings.ToLower(base32NoPad.EncodeToString(raw))[:10] // 50 bits
		codes[i] = c[:5] + "-" + c[5:]
		if _, err := tx.Exec(ctx, `INSERT INTO identity_recovery (user_id, code_hash) VALUES ($1, $2)`, id, s.recoveryHash(id, codes[i])); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

func (s *Service) recoveryHash(id ID, code string) []byte {
	keep := func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}
	return s.mac("recovery", string(id), strings.Map(keep, strings.ToLower(code)))
}

// totpStep returns the time step whose code this is, one step of tolerance each way; 0 for none.
func (s *Service) totpStep(ctx context.Context, tx *db.Tx, sealed []byte, code string) (int64, error) {
	secret, err := s.keys.Open(ctx, tx, s.keys.Installation(), sealed)
	if err != nil {
		return 0, fmt.Errorf("open TOTP secret: %w", err)
	}
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := tx.Now().Unix() / totpPeriod
	for _, step := range []int64{now, now - 1, now + 1} {
		want, err := hotp.GenerateCode(secret, uint64(step))
		if err != nil {
			return 0, fmt.Errorf("TOTP: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, nil
		}
	}
	return 0, nil
}

// secondFactor takes a code of the app, each step's once, or a recovery code, each once.
func (s *Service) secondFactor(ctx context.Context, tx *db.Tx, acc account, code string) error {
	step := int64(0)
	if acc.TOTP { // who has passkeys only holds recovery codes
		var err error
		if step, err = s.totpStep(ctx, tx, acc.totpSealed, code); err != nil {
			return err
		}
	}
	if step > 0 {
		n, err := tx.Exec(ctx, `UPDATE identity_user SET totp_step = $1 WHERE id = $2 AND totp_step < $1`, step, acc.ID)
		if err != nil || n == 0 {
			return orElse(err, ErrSecondFactor)
		}
		return nil
	}
	n, err := tx.Exec(ctx, `DELETE FROM identity_recovery WHERE user_id = $1 AND code_hash = $2`, acc.ID, s.recoveryHash(acc.ID, code))
	if err != nil || n == 0 {
		return orElse(err, ErrSecondFactor)
	}
	return nil
}

// prove checks the password of who asks.
func (s *Service) prove(ctx context.Context, password string) (account, error) {
	acc, ok, err := s.checkOwn(ctx, password)
	if err == nil && !ok {
		err = problem.Field("password", ErrWrongPassword)
	}
	return acc, err
}

// checkOwn tells whether this is the password of who asks, and counts a wrong one.
func (s *Service) checkOwn(ctx context.Context, password string) (account, bool, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return account{}, false, ErrPeopleOnly
	}
	subject := s.subject("account", a.ID)
	if err := s.countAttempts(ctx, subject); err != nil {
		return account{}, false, err
	}
	acc, err := findAccount(ctx, s.db, "id", a.ID)
	if err != nil {
		return account{}, false, err
	}
	ok, _, err := s.hash.verify(ctx, acc.hash, password)
	if err == nil && !ok {
		err = s.failed(ctx, subject)
	}
	return acc, ok, err
}

// DisableTOTP turns one's own second factor off with the password.
func (s *Service) DisableTOTP(ctx context.Context, password string) error {
	acc, err := s.prove(ctx, password)
	if err != nil {
		return err
	}
	return s.totpOff(ctx, acc.ID, "totp_off", false)
}

// ResetTOTP turns a user's second factors off, passkeys among them, for somebody who lost them and the recovery codes.
func (s *Service) ResetTOTP(ctx context.Context, id ID) error {
	if err := access.Require(ctx, PermUsers); err != nil {
		return err
	}
	return s.totpOff(ctx, id, "reset_totp", true)
}

// totpOff turns the codes off; with all, passkeys are taken away too. Recovery codes go with the last second factor.
func (s *Service) totpOff(ctx context.Context, id ID, act string, all bool) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		if err := s.ownOrManaged(ctx, tx, id); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE identity_user SET totp_sealed = NULL, totp_pending_sealed = NULL, updated_at = $1, version = version + 1
			WHERE id = $2 AND totp_sealed IS NOT NULL`, db.Micros(tx.Now()), id)
		if err != nil {
			return err
		}
		if all {
			dropped, err := dropPasskeys(ctx, tx, id)
			if err != nil {
				return err
			}
			n += dropped
		}
		if n == 0 {
			return ErrTOTPOff
		}
		if _, err := tx.Exec(ctx, `DELETE FROM identity_recovery WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM identity_passkey p WHERE p.user_id = $1)`, id); err != nil {
			return err
		}
		s.forget(tx)
		return audit.Append(ctx, tx, audit.Entry{Kind: auditUser, Record: string(id), Act: act})
	})
}

func isCode(err error, c *problem.Code) bool { return errors.Is(err, c) }
