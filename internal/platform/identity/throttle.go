package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/db"
)

const (
	throttleWindow = time.Minute
	// lockAfter wrong passwords in a row an account waits a minute, then twice as long each time.
	lockAfter = 10
	lockFirst = time.Minute
	lockMost  = 15 * time.Minute
)

// subject names an account or an address in the table of attempts without telling it.
func (s *Service) subject(kind, value string) string {
	return kind + ":" + hex.EncodeToString(s.mac("throttle", kind, value)[:16])
}

// mac is a keyed hash over parts, each with its length.
func (s *Service) mac(parts ...string) []byte {
	h := hmac.New(sha256.New, s.secret)
	for _, p := range parts {
		h.Write(fmt.Appendf(nil, "%d:%s", len(p), p))
	}
	return h.Sum(nil)
}

// countAttempts counts one attempt of each subject before anything is checked, so that guesses side by
// side count too, and refuses what is too much.
func (s *Service) countAttempts(ctx context.Context, subjects ...string) error {
	slices.Sort(subjects) // one order of locks
	wait, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (time.Duration, error) {
		var wait time.Duration
		now := tx.Now()
		for _, sub := range subjects {
			var attempts, since, blocked int64
			err := tx.QueryRow(ctx, `INSERT INTO identity_throttle (subject, attempts, window_at, fails, blocked_until, updated_at) VALUES ($1, 1, $2, 0, 0, $2)
				ON CONFLICT (subject) DO UPDATE SET
					attempts = CASE WHEN identity_throttle.window_at <= $3 THEN 1 ELSE identity_throttle.attempts + 1 END,
					window_at = CASE WHEN identity_throttle.window_at <= $3 THEN excluded.window_at ELSE identity_throttle.window_at END,
					updated_at = excluded.updated_at
				RETURNING attempts, window_at, blocked_until`,
				sub, db.Micros(now), db.Micros(now.Add(-throttleWindow))).Scan(&attempts, &since, &blocked)
			if err != nil {
				return 0, fmt.Errorf("count attempt: %w", err)
			}
			if until := db.FromMicros(blocked); until.After(now) {
				wait = max(wait, until.Sub(now))
			}
			if attempts > int64(s.opt.SignInRate) {
				wait = max(wait, db.FromMicros(since).Add(throttleWindow).Sub(now))
			}
		}
		return wait, nil
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		return ErrThrottled.With("seconds", int64((wait+time.Second-1)/time.Second))
	}
	return nil
}

// failed counts a wrong password or code of an account.
func (s *Service) failed(ctx context.Context, subject string) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		var fails int64
		err := tx.QueryRow(ctx, `UPDATE identity_throttle SET fails = fails + 1, updated_at = $1 WHERE subject = $2 RETURNING fails`,
			db.Micros(tx.Now()), subject).Scan(&fails)
		if err != nil || fails < lockAfter {
			return err
		}
		pause := min(lockFirst<<min(fails-lockAfter, 10), lockMost)
		_, err = tx.Exec(ctx, `UPDATE identity_throttle SET blocked_until = $1 WHERE subject = $2`, db.Micros(tx.Now().Add(pause)), subject)
		return err
	})
}

func cleared(ctx context.Context, tx *db.Tx, subject string) error {
	_, err := tx.Exec(ctx, `UPDATE identity_throttle SET fails = 0, blocked_until = 0 WHERE subject = $1`, subject)
	return err
}
