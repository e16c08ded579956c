package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
)

// Sender hands a message to the world outside. It is called outside any transaction and must not hang.
type Sender interface {
	Send(ctx context.Context, o Outgoing) error
}

// Outgoing is one message on its way.
type Outgoing struct {
	ID      ID     // the same when it is tried again
	To      string // E.164 phone number or mail address
	Subject string
	Text    string
}

// SendError says why a channel did not take a message. Its code is kept in the log, so it holds neither
// recipient nor text.
type SendError struct {
	Code      string // "smtp.550", "sms.rejected"
	Permanent bool   // trying again is of no use
}

func (e *SendError) Error() string { return e.Code }

type sendArgs struct {
	ID ID `json:"id"`
}

func (sendArgs) Kind() string { return "notify.send" }

const (
	sendTime = 45 * time.Second
	// stuckAfter a message that is being sent belongs to a node that died.
	stuckAfter = 5 * time.Minute
)

// pauses between tries: about nine hours in all.
var pauses = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 5 * time.Hour}

// send tries a message once. It runs more than once for the same message and then does nothing.
func (s *Service) send(ctx context.Context, id ID) error {
	r, out, err := s.claim(ctx, id)
	if errors.Is(err, ErrNoMessage) || err == nil && r.State != Sending {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claim message %s: %w", id, err)
	}
	try, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	sendErr := s.senders[r.Channel].Send(try, out)
	if sendErr != nil && ctx.Err() != nil {
		// The node stops: whether it went is not known; a later look tries again.
		return ctx.Err()
	}
	return s.settle(context.WithoutCancel(ctx), r, sendErr)
}

// claim marks the message as being sent, or settles it when it is not to go now.
func (s *Service) claim(ctx context.Context, id ID) (record, Outgoing, error) {
	type claimed struct {
		r   record
		out Outgoing
	}
	c, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (claimed, error) {
		r, err := findMessage(ctx, tx, id)
		if err != nil {
			return claimed{}, err
		}
		open := r.State == Queued || r.State == Sending && r.UpdatedAt.Before(tx.Now().Add(-stuckAfter))
		if !open {
			r.State = "" // another run has it
			return claimed{r: r}, nil
		}
		was := r
		if at := s.awake(r.Class, tx.Now()); at.After(tx.Now()) || r.NextAt.After(tx.Now()) {
			if at.After(r.NextAt) {
				r.NextAt = at
			}
			if err := update(ctx, tx, was, r); err != nil {
				return claimed{}, err
			}
			return claimed{r: r}, jobs.InsertTx(ctx, tx, sendArgs{id}, jobs.At(r.NextAt))
		}
		out, err := s.open(ctx, tx, r)
		switch {
		case errors.Is(err, crypt.ErrErased):
			r.State, r.Reason = Suppressed, ReasonErased
		case err != nil:
			return claimed{}, err
		case s.senders[r.Channel] == nil || out.To == "":
			r.State, r.Reason = Suppressed, ReasonNoChannel
		default:
			refused, err := optedOut(ctx, tx, r.Channel, r.toHash, r.Class)
			if err != nil {
				return claimed{}, err
			}
			if refused {
				r.State, r.Reason = Suppressed, ReasonOptOut
			} else {
				r.State, r.Attempts = Sending, r.Attempts+1
			}
		}
		if err := update(ctx, tx, was, r); err != nil {
			return claimed{}, err
		}
		r.UpdatedAt = tx.Now()
		return claimed{r, out}, nil
	})
	return c.r, c.out, err
}

// update writes state, reason, attempts and times over the state that was read.
func update(ctx context.Context, tx *db.Tx, was, r record) error {
	return tx.ExecOne(ctx, `UPDATE notify_message SET state = $1, reason = $2, attempts = $3, next_at = $4, sent_at = $5, updated_at = $6
		WHERE id = $7 AND state = $8 AND updated_at = $9`,
		r.State, db.NullString(r.Reason), r.Attempts, db.Micros(r.NextAt), db.MicrosPtr(r.SentAt), db.Micros(tx.Now()), r.ID, was.State, db.Micros(was.UpdatedAt))
}

func (s *Service) open(ctx context.Context, q db.Querier, r record) (Outgoing, error) {
	if len(r.textSealed) == 0 {
		return Outgoing{}, crypt.ErrErased
	}
	to, err := s.keys.Open(ctx, q, r.KeyID, r.toSealed)
	if err != nil {
		return Outgoing{}, err
	}
	plain, err := s.keys.Open(ctx, q, r.KeyID, r.textSealed)
	if err != nil {
		return Outgoing{}, err
	}
	var t Text
	if err := json.Unmarshal([]byte(plain), &t); err != nil {
		return Outgoing{}, fmt.Errorf("text of message %s: %w", r.ID, err)
	}
	return Outgoing{ID: r.ID, To: to, Subject: t.Subject, Text: t.Body}, nil
}

// settle notes what came of a try.
func (s *Service) settle(ctx context.Context, r record, sendErr error) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		was, now := r, tx.Now()
		r := r
		var e *SendError
		switch {
		case sendErr == nil:
			r.State, r.Reason, r.SentAt = Sent, "", &now
		case errors.As(sendErr, &e):
			r.Reason = e.Code
		default:
			r.Reason = "unknown"
		}
		if sendErr != nil {
			r.State = Queued
			if e != nil && e.Permanent || int(r.Attempts) > len(pauses) {
				r.State = Failed
			}
			s.opt.Log.WarnContext(ctx, "message not sent", "message", r.ID, "channel", r.Channel, "code", r.Reason, "attempts", r.Attempts, "state", r.State)
		}
		if r.State == Queued {
			r.NextAt = s.awake(r.Class, now.Add(pauses[r.Attempts-1]))
		}
		err := update(ctx, tx, was, r)
		if errors.Is(err, db.ErrRace) {
			return nil // this try was slow, and a later look took the message: what that notes counts
		}
		if err != nil || r.State != Queued {
			return err
		}
		return jobs.InsertTx(ctx, tx, sendArgs{r.ID}, jobs.At(r.NextAt))
	})
}

// recover queues again what a node that died left behind.
func (s *Service) recover(ctx context.Context) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		ids, err := db.List(ctx, tx, db.ScanString, `SELECT id FROM notify_message WHERE state = 'sending' AND updated_at < $1 ORDER BY updated_at LIMIT 200`,
			db.Micros(tx.Now().Add(-stuckAfter)))
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := jobs.InsertTx(ctx, tx, sendArgs{ID(id)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Resend tries a message again that failed or was suppressed, on a person's word: limits do not apply,
// an opt-out does.
func (s *Service) Resend(ctx context.Context, id ID) (Logged, error) {
	if err := access.Require(ctx, PermSend); err != nil {
		return Logged{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Logged, error) {
		r, err := findMessage(ctx, tx, id)
		scope := access.From(ctx).Scope
		if err == nil && (!scope.Sees(r.BrandID, r.OutletPath) || r.BrandID == "" && scope.Brands != nil) {
			err = ErrNoMessage
		}
		if err != nil {
			return Logged{}, err
		}
		switch {
		case r.State != Failed && r.State != Suppressed:
			return Logged{}, ErrState.With("state", string(r.State))
		case len(r.textSealed) == 0:
			return Logged{}, ErrFaded
		case s.senders[r.Channel] == nil || len(r.toSealed) == 0:
			return Logged{}, ErrNoChannel
		}
		was := r
		r.State, r.Reason, r.Attempts, r.NextAt = Queued, "", 0, s.awake(r.Class, tx.Now())
		if err := update(ctx, tx, was, r); err != nil {
			return Logged{}, err
		}
		if err := jobs.InsertTx(ctx, tx, sendArgs{id}, jobs.At(r.NextAt)); err != nil {
			return Logged{}, err
		}
		list, err := s.show(ctx, tx, []record{r})
		if err != nil {
			return Logged{}, err
		}
		return list[0], audit.Append(ctx, tx, audit.Entry{Kind: "message", Record: string(id), Act: "resend", Before: map[string]any{"state": was.State, "reason": was.Reason}})
	})
}

// Sweep lets old messages fade: recipient and text go, and the key of those that had one of their own.
// Read notices go after 90 days, others after a year.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		n, err := db.InTx(ctx, s.db, s.fade)
		if err != nil {
			return fmt.Errorf("fade messages: %w", err)
		}
		if n == 0 {
			break
		}
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM notify_notice WHERE read_at < $1 OR created_at < $2`,
			db.Micros(tx.Now().AddDate(0, 0, -90)), db.Micros(tx.Now().AddDate(-1, 0, 0)))
		return err
	})
}

func (s *Service) fade(ctx context.Context, tx *db.Tx) (int, error) {
	old, err := db.List(ctx, tx, scanMessage, `SELECT `+messageColumns+` FROM notify_message WHERE to_sealed IS NOT NULL AND queued_at < $1 ORDER BY queued_at LIMIT 500`,
		db.Micros(tx.Now().Add(-s.opt.Keep)))
	if err != nil || len(old) == 0 {
		return 0, err
	}
	var keys []crypt.KeyID
	var w db.Where
	ids := make([]string, len(old))
	for i, r := range old {
		ids[i] = string(r.ID)
		if r.ownKey {
			keys = append(keys, r.KeyID)
		}
	}
	w.In("id", ids)
	if _, err := tx.Exec(ctx, `UPDATE notify_message SET to_sealed = NULL, text_sealed = NULL, to_hash = NULL`+w.String(), w.Args()...); err != nil {
		return 0, err
	}
	return len(old), s.keys.DestroyTx(ctx, tx, keys...)
}
