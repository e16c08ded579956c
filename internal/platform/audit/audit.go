// Package audit keeps the trail of every act: who, when (both times), from where, before and after.
//
// The trail is one hash chain per record: each entry's hash covers the entry and the hash before it,
// so nothing in a record's past can be changed unseen. Writers of different records do not meet: the
// head of a chain is written in the act's transaction, after the record's own row, which is locked
// anyway. [Trail.Checkpoint] seals what was added since into one more chain, so that a whole record's
// chain cannot vanish either; [Trail.Verify] checks both.
//
// Values are codes, ids, digests and sealed texts; clear personal data never gets here.
package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

// Entry is one act on one record.
type Entry struct {
	Kind       string    // "case"
	Record     string    // id of the record
	Act        string    // "close"
	Reason     string    // reason code
	Before     any       // what changed, as JSON; nil for nothing
	After      any       // what it became
	OccurredAt time.Time // when it happened, as claimed; zero means now
	New        bool      // the record was created by this act, so it has no chain yet
}

// Append adds an entry to the record's chain, in the act's transaction and after the record's row was
// written.
func Append(ctx context.Context, tx *db.Tx, e Entry) error {
	a := access.From(ctx)
	before, err := marshal(e.Before)
	if err != nil {
		return fmt.Errorf("audit %s %s: %w", e.Kind, e.Act, err)
	}
	after, err := marshal(e.After)
	if err != nil {
		return fmt.Errorf("audit %s %s: %w", e.Kind, e.Act, err)
	}
	occurred := e.OccurredAt
	if occurred.IsZero() {
		occurred = tx.Now()
	}
	l := Line{
		ID: db.NewID(), Kind: e.Kind, Record: e.Record, Seq: 1, Act: e.Act, ActorKind: a.Kind, ActorID: a.ID,
		Origin: string(a.Origin), RequestID: a.RequestID, Reason: e.Reason, Before: before, After: after,
		OccurredAt: occurred, RecordedAt: tx.Now(),
	}
	var prev []byte
	if !e.New {
		var seq int64
		err := tx.QueryRow(ctx, `SELECT record_seq, hash FROM audit_head WHERE record_kind = $1 AND record_id = $2`, e.Kind, e.Record).Scan(&seq, &prev)
		if err != nil && !errors.Is(err, db.ErrNoRows) {
			return fmt.Errorf("audit head of %s: %w", e.Kind, err)
		}
		l.Seq = seq + 1
	}
	hash := l.hash(prev)
	tx.Later(`INSERT INTO audit_entry (id, record_kind, record_id, record_seq, act, actor_kind, actor_id, origin, request_id, reason,
			before, after, occurred_at, recorded_at, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		l.ID, l.Kind, l.Record, l.Seq, l.Act, l.ActorKind, l.ActorID, l.Origin, l.RequestID, l.Reason,
		db.NullString(l.Before), db.NullString(l.After), db.Micros(l.OccurredAt), db.Micros(l.RecordedAt), hash)
	if e.New {
		tx.Later(`INSERT INTO audit_head (record_kind, record_id, record_seq, hash) VALUES ($1, $2, $3, $4)`, l.Kind, l.Record, l.Seq, hash)
	} else {
		tx.Later(`INSERT INTO audit_head (record_kind, record_id, record_seq, hash) VALUES ($1, $2, $3, $4)
			ON CONFLICT (record_kind, record_id) DO UPDATE SET record_seq = excluded.record_seq, hash = excluded.hash`, l.Kind, l.Record, l.Seq, hash)
	}
	return nil
}

// Line is an entry as it is kept.
type Line struct {
	ID         string
	Kind       string
	Record     string
	Seq        int64 // place in the record's chain, from 1
	Act        string
	ActorKind  string
	ActorID    string
	Origin     string
	RequestID  string
	Reason     string
	Before     string // JSON or empty
	After      string
	OccurredAt time.Time
	RecordedAt time.Time
	Hash       []byte
}

// hash covers every field, each with its length, so that no two lines have one encoding.
func (l Line) hash(prev []byte) []byte {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	put(prev)
	for _, s := range []string{l.ID, l.Kind, l.Record, l.Act, l.ActorKind, l.ActorID, l.Origin, l.RequestID, l.Reason, l.Before, l.After} {
		put([]byte(s))
	}
	var n [24]byte
	binary.BigEndian.PutUint64(n[0:], uint64(l.Seq))
	binary.BigEndian.PutUint64(n[8:], uint64(db.Micros(l.OccurredAt)))
	binary.BigEndian.PutUint64(n[16:], uint64(db.Micros(l.RecordedAt)))
	put(n[:])
	return h.Sum(nil)
}

func marshal(v any) (string, error) {
	if v == nil {
		return "", nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

const lineColumns = `id, record_kind, record_id, record_seq, act, actor_kind, actor_id, origin, request_id, reason, before, after, occurred_at, recorded_at, hash`

func scanLine(s db.Scanner) (Line, error) {
	var l Line
	var before, after *string
	var occurred, recorded int64
	err := s.Scan(&l.ID, &l.Kind, &l.Record, &l.Seq, &l.Act, &l.ActorKind, &l.ActorID, &l.Origin, &l.RequestID, &l.Reason,
		&before, &after, &occurred, &recorded, &l.Hash)
	l.Before, l.After = db.OrEmpty(before), db.OrEmpty(after)
	l.OccurredAt, l.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	return l, err
}

// Trail reads, seals and checks the audit trail of a database.
type Trail struct{ db *db.DB }

// New makes the trail's service.
func New(d *db.DB) *Trail { return &Trail{db: d} }

// Of returns a record's entries, oldest first. The caller has decided that the actor may see them.
func (t *Trail) Of(ctx context.Context, kind, record string) ([]Line, error) {
	return db.List(ctx, t.db, scanLine, `SELECT `+lineColumns+` FROM audit_entry WHERE record_kind = $1 AND record_id = $2 ORDER BY record_seq`, kind, record)
}

// Fault is a place where the trail does not hold.
type Fault struct {
	Kind, Record string
	Seq          int64
	What         string // "hash", "gap", "head", "checkpoint"
}

// Report is what Verify found.
type Report struct {
	Entries, Records, Checkpoints int64
	Faults                        []Fault
}

// maxFaults bounds a report: past it the trail is broken beyond listing.
const maxFaults = 1000

// Verify recomputes every chain and every checkpoint. It reads the whole trail once in the order of
// records and once in the order of commits; progress (entries read) may be nil.
func (t *Trail) Verify(ctx context.Context, progress func(entries int64)) (Report, error) {
	var rep Report
	if err := t.verifyChains(ctx, &rep, progress); err != nil {
		return rep, err
	}
	if err := t.verifyHeads(ctx, &rep); err != nil {
		return rep, err
	}
	return rep, t.verifyCheckpoints(ctx, &rep)
}

func (r *Report) fault(f Fault) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, f)
	}
}

func (t *Trail) verifyChains(ctx context.Context, rep *Report, progress func(int64)) error {
	rows, err := t.db.Query(ctx, `SELECT `+lineColumns+` FROM audit_entry ORDER BY record_kind, record_id, record_seq`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var last Line
	for rows.Next() {
		l, err := scanLine(rows)
		if err != nil {
			return err
		}
		var prev []byte
		want := int64(1)
		if l.Kind == last.Kind && l.Record == last.Record {
			prev, want = last.Hash, last.Seq+1
		} else {
			rep.Records++
		}
		if l.Seq != want {
			rep.fault(Fault{Kind: l.Kind, Record: l.Record, Seq: l.Seq, What: "gap"})
		} else if !bytes.Equal(l.hash(prev), l.Hash) {
			rep.fault(Fault{Kind: l.Kind, Record: l.Record, Seq: l.Seq, What: "hash"})
		}
		last = l
		rep.Entries++
		if progress != nil && rep.Entries%10000 == 0 {
			progress(rep.Entries)
		}
	}
	return rows.Err()
}

// verifyHeads finds records whose newest entries were cut off: the head knows a later one.
func (t *Trail) verifyHeads(ctx context.Context, rep *Report) error {
	type head struct {
		kind, record string
		seq          int64
	}
	bad, err := db.List(ctx, t.db, func(s db.Scanner) (h head, err error) { return h, s.Scan(&h.kind, &h.record, &h.seq) },
		`SELECT h.record_kind, h.record_id, h.record_seq FROM audit_head h
		 LEFT JOIN audit_entry e ON e.record_kind = h.record_kind AND e.record_id = h.record_id AND e.record_seq = h.record_seq AND e.hash = h.hash
		 WHERE e.id IS NULL ORDER BY h.record_kind, h.record_id LIMIT 1000`)
	if err != nil {
		return err
	}
	for _, h := range bad {
		rep.fault(Fault{Kind: h.kind, Record: h.record, Seq: h.seq, What: "head"})
	}
	return nil
}

type checkpoint struct {
	seq, txid, upto, entries int64
	hash                     []byte
}

func scanCheckpoint(s db.Scanner) (c checkpoint, err error) {
	return c, s.Scan(&c.seq, &c.txid, &c.upto, &c.entries, &c.hash)
}

const checkpointColumns = `seq, upto_txid, upto_seq, entries, hash`

// Checkpoint seals all entries that were committed since the last checkpoint. It is run every few
// seconds by a periodic job and returns how many entries it sealed.
func (t *Trail) Checkpoint(ctx context.Context) (int64, error) {
	last, err := db.Get(ctx, t.db, scanCheckpoint, `SELECT `+checkpointColumns+` FROM audit_checkpoint ORDER BY seq DESC LIMIT 1`)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return 0, err
	}
	next, err := t.seal(ctx, last, 0, 0)
	if err != nil || next.entries == 0 {
		return 0, err
	}
	err = db.InTx0(ctx, t.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO audit_checkpoint (seq, upto_txid, upto_seq, entries, hash, made_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			next.seq, next.txid, next.upto, next.entries, next.hash, db.Micros(tx.Now()))
		return err
	})
	if db.IsUnique(err, "audit_checkpoint") {
		return 0, nil // another node was first
	}
	return next.entries, err
}

// maxSealed bounds one checkpoint, so that a long pause is caught up in steps.
const maxSealed = 50_000

// seal hashes the entries after last, up to (txid, upto) if given, onto its hash.
func (t *Trail) seal(ctx context.Context, last checkpoint, txid, upto int64) (checkpoint, error) {
	var w db.Where
	t.db.FeedAfter(&w, last.txid, last.upto)
	if txid != 0 || upto != 0 {
		w.And("(txid, seq) <= (?, ?)", txid, upto)
	} else {
		w.And("txid < " + t.db.StableBefore())
	}
	rows, err := t.db.Query(ctx, `SELECT txid, seq, hash FROM audit_entry`+w.String()+` ORDER BY `+t.db.FeedOrder()+` LIMIT `+w.Arg(maxSealed), w.Args()...)
	if err != nil {
		return checkpoint{}, err
	}
	defer func() { _ = rows.Close() }()
	next := checkpoint{seq: last.seq + 1, txid: last.txid, upto: last.upto}
	h := sha256.New()
	h.Write(last.hash)
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&next.txid, &next.upto, &hash); err != nil {
			return checkpoint{}, err
		}
		h.Write(hash)
		next.entries++
	}
	next.hash = h.Sum(nil)
	return next, rows.Err()
}

func (t *Trail) verifyCheckpoints(ctx context.Context, rep *Report) error {
	all, err := db.List(ctx, t.db, scanCheckpoint, `SELECT `+checkpointColumns+` FROM audit_checkpoint ORDER BY seq`)
	if err != nil {
		return err
	}
	var last checkpoint
	for _, c := range all {
		got, err := t.seal(ctx, last, c.txid, c.upto)
		if err != nil {
			return err
		}
		if c.seq != last.seq+1 || got.entries != c.entries || !bytes.Equal(got.hash, c.hash) {
			rep.fault(Fault{Seq: c.seq, What: "checkpoint"})
		}
		last = c
		rep.Checkpoints++
	}
	return nil
}
