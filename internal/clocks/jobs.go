package clocks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
)

// tickEvery is how often clocks whose moment has come are looked at: how late a warning may be.
const tickEvery = 5 * time.Second

// tickBatch bounds the clocks of one transaction.
const tickBatch = 200

// retryAfter is when a clock that could not be counted is looked at again.
const retryAfter = time.Hour

// RegisterJobs adds the duty that warns and breaches, and the job that counts anew after a publication.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("clocks.tick", tickEvery, s.Tick)
	jobs.Register(r, s.recount)
}

// Tick counts every clock whose next moment has come, writes what became of it and tells. What cannot be
// counted is put off for an hour and told as an error, and holds nobody up.
func (s *Service) Tick(ctx context.Context) error {
	var failed []error
	for {
		due, err := db.Exists(ctx, s.db, `SELECT 1 FROM clocks_clock WHERE next_at <= $1 LIMIT 1`, db.Micros(s.db.Now()))
		if err != nil || !due {
			return errors.Join(append(failed, err)...)
		}
		var bad []error
		n, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (int, error) {
			bad = nil // the change may be tried again
			var w db.Where
			w.And("next_at <= ?", db.Micros(tx.Now()))
			list, err := clocksWhere(ctx, tx, &w, fmt.Sprintf(` ORDER BY next_at, id LIMIT %d`, tickBatch))
			if err != nil {
				return 0, err
			}
			facts, err := factsOf(ctx, tx, list)
			if err != nil {
				return 0, err
			}
			for _, r := range list {
				err := s.count(ctx, tx, r, facts[r.ID], s.recordedAt(tx, facts[r.ID]), countOptions{})
				if errors.Is(err, ErrCalendar) || errors.Is(err, ErrNotStarted) {
					bad = append(bad, fmt.Errorf("clock %s: %w", r.ID, err))
					err = postpone(ctx, tx, r, tx.Now().Add(retryAfter))
				}
				if err != nil {
					return 0, err
				}
			}
			return len(list), nil
		})
		failed = append(failed, bad...)
		if err != nil || n < tickBatch {
			return errors.Join(append(failed, err)...)
		}
	}
}

// RecountArgs count the open clocks anew after calendars were published.
type RecountArgs struct {
	Revision int64  `json:"revision,omitempty"` // of our calendars and holidays
	Calendar string `json:"calendar,omitempty"` // of one outside calendar
}

// Kind implements jobs.Args.
func (RecountArgs) Kind() string { return "clocks.recount" }

// CalendarChangedTx tells that an outside calendar was changed: the open clocks that count in it are
// counted anew soon.
func (s *Service) CalendarChangedTx(ctx context.Context, tx *db.Tx, id string) error {
	return jobs.InsertTx(ctx, tx, RecountArgs{Calendar: id})
}

func (s *Service) recount(ctx context.Context, job *jobs.Job[RecountArgs]) error {
	return s.Recount(ctx, job.Args)
}

// Recount counts the open clocks that a publication may move. It can run twice.
func (s *Service) Recount(ctx context.Context, args RecountArgs) error {
	for after := ID(""); ; {
		last, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (ID, error) {
			var w db.Where
			w.And("id > ?", after)
			w.And("slot = ''")
			w.In("status", []string{string(StatusRunning), string(StatusPaused)})
			if args.Calendar != "" {
				w.And("calendar_id = ?", args.Calendar)
			} else {
				w.And("calendar_id IS NOT NULL")
				w.And("calendar_rev < ?", args.Revision)
			}
			list, err := clocksWhere(ctx, tx, &w, fmt.Sprintf(` ORDER BY id LIMIT %d`, tickBatch))
			if err != nil || len(list) == 0 {
				return "", err
			}
			facts, err := factsOf(ctx, tx, list)
			if err != nil {
				return "", err
			}
			for _, r := range list {
				o := countOptions{calendar: args.Calendar, fresh: args.Calendar == ""}
				if err := s.count(ctx, tx, r, facts[r.ID], s.recordedAt(tx, facts[r.ID]), o); err != nil && !errors.Is(err, ErrCalendar) {
					return "", err
				}
			}
			return list[len(list)-1].ID, nil
		})
		if err != nil || last == "" {
			return err
		}
		after = last
	}
}
