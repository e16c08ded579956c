package clocks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
)

const clockColumns = `id, job_kind, job_id, record_kind, record_id, party, milestone, brand_id, attrs, roles, started_at, recorded_at,
	first_target, policy_id, policy_version, reasons, facts, slot, status, calendar_id, calendar_rev, due_at, provisional, next_at, warned,
	waits, breached_at, met_at, void_at, amended_at, amended_from, updated_at, version`

func scanClock(s db.Scanner) (*row, error) {
	var r row
	var brand, roles, policy, cal, waits, from *string
	var attrs, target, why, slot string
	var started, recorded, due, updated int64
	var next, breached, met, void, amended *int64
	err := s.Scan(&r.ID, &r.Job.Kind, &r.Job.ID, &r.Record.Kind, &r.Record.ID, &r.Party, &r.Milestone, &brand, &attrs, &roles, &started, &recorded,
		&target, &policy, &r.PolicyVersion, &why, &r.facts, &slot, &r.Status, &cal, &r.rev, &due, &r.Provisional, &next, &r.Warned,
		&waits, &breached, &met, &void, &amended, &from, &updated, &r.Version)
	if err != nil {
		return nil, err
	}
	r.Policy, r.Calendar, r.Open = PolicyID(db.OrEmpty(policy)), db.OrEmpty(cal), slot == ""
	r.start = Fact{Seq: 1, Kind: Started, OccurredAt: db.FromMicros(started), RecordedAt: db.FromMicros(recorded)}
	r.StartedAt, r.Due, r.UpdatedAt, r.next = r.start.at(), db.FromMicros(due), db.FromMicros(updated), db.TimeOrZero(next)
	r.BreachedAt, r.MetAt, r.VoidAt, r.AmendedAt = db.TimeOrZero(breached), db.TimeOrZero(met), db.TimeOrZero(void), db.TimeOrZero(amended)
	for _, part := range []struct {
		text string
		into any
	}{{attrs, &r.Attrs}, {target, &r.start.Target}, {db.OrEmpty(roles), &r.roles}, {db.OrEmpty(waits), &r.WaitsFor}, {db.OrEmpty(from), &r.AmendedFrom}} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return nil, fmt.Errorf("clock %s: %w", r.ID, err)
		}
	}
	if r.Reasons, err = reason.Parse(why); err != nil {
		return nil, fmt.Errorf("clock %s: %w", r.ID, err)
	}
	return &r, nil
}

// text is v as JSON; nil and empty values are NULL.
func text(v any, empty bool) (*string, error) {
	if empty {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	s := string(b)
	return &s, nil
}

// counted are the columns from policy_id on: what acts and counts change.
func (r *row) counted(why string) ([]any, error) {
	waits, err := text(r.WaitsFor, len(r.WaitsFor) == 0)
	if err != nil {
		return nil, err
	}
	from, err := text(r.AmendedFrom, r.AmendedFrom == nil)
	if err != nil {
		return nil, err
	}
	slot := ""
	if !r.Open {
		slot = string(r.ID)
	}
	return []any{
		db.NullString(r.Policy), r.PolicyVersion, why, r.facts, slot, r.Status, db.NullString(r.Calendar), r.rev, db.Micros(r.Due), r.Provisional,
		db.MicrosOrNull(r.next), r.Warned, waits, db.MicrosOrNull(r.BreachedAt), db.MicrosOrNull(r.MetAt), db.MicrosOrNull(r.VoidAt),
		db.MicrosOrNull(r.AmendedAt), from, db.Micros(r.UpdatedAt), r.Version,
	}, nil
}

// insertClock writes a new clock.
func insertClock(tx *db.Tx, r *row, why string) error {
	attrs, err := text(r.Attrs, false)
	if err != nil {
		return err
	}
	roles, err := text(r.roles, len(r.roles) == 0)
	if err != nil {
		return err
	}
	target, err := text(r.start.Target, false)
	if err != nil {
		return err
	}
	rest, err := r.counted(why)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO clocks_clock (`+clockColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
		$20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)`, append([]any{
		r.ID, r.Job.Kind, r.Job.ID, r.Record.Kind, r.Record.ID, r.Party, r.Milestone, db.NullString(r.Attrs.Brand), *attrs, roles,
		db.Micros(r.start.OccurredAt), db.Micros(r.start.RecordedAt), *target,
	}, rest...)...)
	return nil
}

// updateClock writes the clock over the version it was read at.
func updateClock(ctx context.Context, tx *db.Tx, r *row) error {
	why, err := r.Reasons.Text()
	if err != nil {
		return err
	}
	attrs, err := text(r.Attrs, false)
	if err != nil {
		return err
	}
	roles, err := text(r.roles, len(r.roles) == 0)
	if err != nil {
		return err
	}
	was := r.Version
	r.Version++
	r.UpdatedAt = tx.Now()
	rest, err := r.counted(why)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, `UPDATE clocks_clock SET brand_id = $1, attrs = $2, roles = $3, policy_id = $4, policy_version = $5, reasons = $6, facts = $7,
		slot = $8, status = $9, calendar_id = $10, calendar_rev = $11, due_at = $12, provisional = $13, next_at = $14, warned = $15, waits = $16,
		breached_at = $17, met_at = $18, void_at = $19, amended_at = $20, amended_from = $21, updated_at = $22, version = $23
		WHERE id = $24 AND version = $25`, append(append([]any{db.NullString(r.Attrs.Brand), *attrs, roles}, rest...), r.ID, was)...)
}

// postpone looks at a clock again later: it could not be counted.
func postpone(ctx context.Context, tx *db.Tx, r *row, until time.Time) error {
	return tx.ExecOne(ctx, `UPDATE clocks_clock SET next_at = $1, version = version + 1 WHERE id = $2 AND version = $3`, db.Micros(until), r.ID, r.Version)
}

const factColumns = `clock_id, seq, kind, occurred_at, recorded_at, target, pause_id, waited_for, effect, reason, evidence, ref`

type clockFact struct {
	id   ID
	fact Fact
}

func scanFact(s db.Scanner) (clockFact, error) {
	var c clockFact
	f := &c.fact
	var target, pause, waited, effect, why, evidence *string
	var occurred, recorded int64
	err := s.Scan(&c.id, &f.Seq, &f.Kind, &occurred, &recorded, &target, &pause, &waited, &effect, &why, &evidence, &f.Ref)
	if err != nil {
		return c, err
	}
	f.OccurredAt, f.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	f.Pause, f.WaitedFor, f.Effect = PauseID(db.OrEmpty(pause)), WaitedFor(db.OrEmpty(waited)), Effect(db.OrEmpty(effect))
	f.Reason, f.Evidence = db.OrEmpty(why), db.OrEmpty(evidence)
	if target != nil {
		err = json.Unmarshal([]byte(*target), &f.Target)
	}
	return c, err
}

func insertFact(tx *db.Tx, id ID, f Fact) error {
	hasTarget := f.Kind == Started || f.Kind == Retargeted
	target, err := text(f.Target, !hasTarget)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO clocks_fact (`+factColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		id, f.Seq, f.Kind, db.Micros(f.OccurredAt), db.Micros(f.RecordedAt), target, db.NullString(f.Pause), db.NullString(f.WaitedFor),
		db.NullString(f.Effect), db.NullString(f.Reason), db.NullString(f.Evidence), f.Ref)
	return nil
}

// factsOf reads the facts of clocks, with one query for those that have more than their start.
func factsOf(ctx context.Context, q db.Querier, list []*row) (map[ID]Facts, error) {
	out := make(map[ID]Facts, len(list))
	var more []ID
	for _, r := range list {
		out[r.ID] = Facts{r.start}
		if r.facts > 1 {
			more = append(more, r.ID)
		}
	}
	if len(more) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("clock_id", db.Strings(more))
	rows, err := db.List(ctx, q, scanFact, `SELECT `+factColumns+` FROM clocks_fact`+w.String()+` ORDER BY clock_id, seq`, w.Args()...)
	if err != nil {
		return nil, err
	}
	for _, f := range rows {
		out[f.id] = append(out[f.id], f.fact)
	}
	return out, nil
}

func clocksWhere(ctx context.Context, q db.Querier, w *db.Where, tail string) ([]*row, error) {
	return db.List(ctx, q, scanClock, `SELECT `+clockColumns+` FROM clocks_clock`+w.String()+tail, w.Args()...)
}

// ofRecord reads the clocks of a record, oldest first; milestone "" means all.
func ofRecord(ctx context.Context, q db.Querier, rec Record, m Milestone, open bool) ([]*row, error) {
	var w db.Where
	w.And("record_kind = ?", rec.Kind)
	w.And("record_id = ?", rec.ID)
	if m != "" {
		w.And("milestone = ?", string(m))
	}
	if open {
		w.And("slot = ''")
	}
	return clocksWhere(ctx, q, &w, ` ORDER BY started_at, id`)
}

func ofJob(ctx context.Context, q db.Querier, job Job) ([]*row, error) {
	var w db.Where
	w.And("job_kind = ?", job.Kind)
	w.And("job_id = ?", job.ID)
	return clocksWhere(ctx, q, &w, ` ORDER BY started_at, id`)
}

func clockByID(ctx context.Context, q db.Querier, id ID) (*row, error) {
	r, err := db.Get(ctx, q, scanClock, `SELECT `+clockColumns+` FROM clocks_clock WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return nil, ErrNotFound
	}
	return r, err
}

// lockJob makes those who start clocks on a known job and those who make it wait follow one another: a
// clock that starts beside a wait would miss it.
func lockJob(ctx context.Context, tx *db.Tx, job Job) error {
	_, err := tx.Exec(ctx, `INSERT INTO clocks_job (kind, id, version) VALUES ($1, $2, 1)
		ON CONFLICT (kind, id) DO UPDATE SET version = clocks_job.version + 1`, job.Kind, job.ID)
	return err
}

// openWait is a wait of a job that has not ended.
type openWait struct {
	Wait
	job Job
}

func scanWait(s db.Scanner) (openWait, error) {
	var w openWait
	var occurred, recorded int64
	err := s.Scan(&w.ID, &w.job.Kind, &w.job.ID, &w.For, &w.Reason, &w.Evidence, &occurred, &recorded)
	w.OccurredAt, w.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	return w, err
}

// openWaits reads the waits of a job that have not ended, in the order of recording.
func openWaits(ctx context.Context, q db.Querier, job Job) ([]openWait, error) {
	return db.List(ctx, q, scanWait, `SELECT id, job_kind, job_id, waited_for, reason, evidence, occurred_at, recorded_at FROM clocks_wait
		WHERE job_kind = $1 AND job_id = $2 AND ended_at IS NULL ORDER BY recorded_at, id`, job.Kind, job.ID)
}

func insertWait(tx *db.Tx, job Job, w Wait) {
	tx.Later(`INSERT INTO clocks_wait (id, job_kind, job_id, waited_for, reason, evidence, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		w.ID, job.Kind, job.ID, w.For, w.Reason, w.Evidence, db.Micros(w.OccurredAt), db.Micros(w.RecordedAt))
}

func endWait(tx *db.Tx, id PauseID, at time.Time) {
	tx.Later(`UPDATE clocks_wait SET ended_at = $1, end_recorded_at = $2 WHERE id = $3`, db.Micros(at), db.Micros(tx.Now()), id)
}
