package units

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Entry is one thing that happened to a unit: ids and codes only. Its words are units.timeline.<kind>.
type Entry struct {
	ID         string
	Unit       ID
	Kind       string // "fact_added", "owner_changed"; of higher modules "order_opened", "case_opened"
	RefKind    string // the record that tells more: "order", "case"
	RefID      string
	Params     map[string]any // codes, numbers and ids
	Actor      string
	At         time.Time
	RecordedAt time.Time
}

// NoteTx adds an entry of a higher module to a unit's timeline, in the caller's change, without permission
// and scope.
func (s *Service) NoteTx(ctx context.Context, tx *db.Tx, e Entry) error {
	root, err := rootOf(ctx, tx, e.Unit)
	if err != nil {
		return noRows(err, problem.ErrNotFound)
	}
	e.Unit = root
	s.note(ctx, tx, e)
	return nil
}

func (s *Service) note(ctx context.Context, tx *db.Tx, e Entry) {
	a := access.From(ctx)
	if e.At.IsZero() {
		e.At = tx.Now()
	}
	params := []byte("{}")
	if len(e.Params) > 0 {
		var err error
		if params, err = json.Marshal(e.Params); err != nil {
			params = []byte("{}") // codes, ids and numbers always marshal
		}
	}
	tx.Later(`INSERT INTO units_timeline (id, unit_id, kind, ref_kind, ref_id, params, actor, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		db.NewID(), string(e.Unit), e.Kind, e.RefKind, e.RefID, string(params), a.Kind+":"+a.ID, db.Micros(e.At), db.Micros(tx.Now()))
}

// TimelineInput asks for a page of a unit's timeline.
type TimelineInput struct {
	ID       ID
	Before   time.Time // the last entry of the page before
	BeforeID string
	Limit    int
}

// Timeline reads what happened to a unit that the actor sees, and to what was merged into it, newest
// first, one more than the limit when there is more.
func (s *Service) Timeline(ctx context.Context, in TimelineInput) ([]Entry, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	if err := s.seen(ctx, s.db, in.ID); err != nil {
		return nil, err
	}
	ids, err := s.Aliases(ctx, s.db, in.ID)
	if err != nil {
		return nil, err
	}
	var w db.Where
	w.In("unit_id", db.Strings(ids))
	if !in.Before.IsZero() {
		w.And("(occurred_at, id) < (?, ?)", db.Micros(in.Before), in.BeforeID)
	}
	return db.List(ctx, s.db, scanEntry, `SELECT id, unit_id, kind, ref_kind, ref_id, params, actor, occurred_at, recorded_at FROM units_timeline`+w.String()+
		` ORDER BY occurred_at DESC, id DESC LIMIT `+w.Arg(in.Limit+1), w.Args()...)
}

func scanEntry(s db.Scanner) (Entry, error) {
	var e Entry
	var params string
	var at, recorded int64
	if err := s.Scan(&e.ID, &e.Unit, &e.Kind, &e.RefKind, &e.RefID, &params, &e.Actor, &at, &recorded); err != nil {
		return e, err
	}
	e.At, e.RecordedAt = db.FromMicros(at), db.FromMicros(recorded)
	if err := json.Unmarshal([]byte(params), &e.Params); err != nil {
		return e, fmt.Errorf("timeline entry %s: %w", e.ID, err)
	}
	return e, nil
}
