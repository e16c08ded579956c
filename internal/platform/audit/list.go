package audit

import (
	"bytes"
	"context"
	"errors"
	"time"

	"anxin/internal/platform/db"
)

// Filter chooses entries of the whole trail; empty fields choose all.
type Filter struct {
	Kind, Record string    // of the record
	Actor        string    // id of who acted
	Act          string    // "close"
	From, To     time.Time // recorded in [From, To)
	Before       Place     // the last entry of the page before
	Limit        int
}

// Place is where an entry stands in the trail, newest first.
type Place struct {
	RecordedAt time.Time
	Entry      int64
}

// Placed is an entry with its place.
type Placed struct {
	Line
	Place Place
}

// List reads the trail over all records, newest first. The caller has decided that the actor may see it.
func (t *Trail) List(ctx context.Context, f Filter) ([]Placed, error) {
	var w db.Where
	for _, c := range [][2]string{{"record_kind", f.Kind}, {"record_id", f.Record}, {"actor_id", f.Actor}, {"act", f.Act}} {
		if c[1] != "" {
			w.And(c[0]+" = ?", c[1])
		}
	}
	if !f.From.IsZero() {
		w.And("recorded_at >= ?", db.Micros(f.From))
	}
	if !f.To.IsZero() {
		w.And("recorded_at < ?", db.Micros(f.To))
	}
	if !f.Before.RecordedAt.IsZero() {
		w.And("(recorded_at, seq) < (?, ?)", db.Micros(f.Before.RecordedAt), f.Before.Entry)
	}
	return db.List(ctx, t.db, func(s db.Scanner) (Placed, error) {
		var p Placed
		l, err := scanLine(withTail{s, &p.Place.Entry})
		p.Line, p.Place.RecordedAt = l, l.RecordedAt
		return p, err
	}, `SELECT `+lineColumns+`, seq FROM audit_entry`+w.String()+` ORDER BY recorded_at DESC, seq DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}

// withTail scans one column more than its user asks for.
type withTail struct {
	db.Scanner
	tail any
}

func (s withTail) Scan(dest ...any) error { return s.Scanner.Scan(append(dest, s.tail)...) }

// Check recomputes one record's chain and compares its end with the head.
func (t *Trail) Check(ctx context.Context, kind, record string) (Report, error) {
	lines, err := t.Of(ctx, kind, record)
	if err != nil {
		return Report{}, err
	}
	rep := Report{Entries: int64(len(lines))}
	var prev []byte
	for i, l := range lines {
		if l.Seq != int64(i)+1 {
			rep.fault(Fault{Kind: kind, Record: record, Seq: l.Seq, What: "gap"})
		} else if !bytes.Equal(l.hash(prev), l.Hash) {
			rep.fault(Fault{Kind: kind, Record: record, Seq: l.Seq, What: "hash"})
		}
		prev = l.Hash
	}
	var seq int64
	var hash []byte
	err = t.db.QueryRow(ctx, `SELECT record_seq, hash FROM audit_head WHERE record_kind = $1 AND record_id = $2`, kind, record).Scan(&seq, &hash)
	switch {
	case errors.Is(err, db.ErrNoRows):
		if len(lines) > 0 {
			rep.fault(Fault{Kind: kind, Record: record, Seq: rep.Entries, What: "head"})
		}
	case err != nil:
		return rep, err
	case seq != rep.Entries || !bytes.Equal(hash, prev):
		rep.fault(Fault{Kind: kind, Record: record, Seq: seq, What: "head"})
	}
	if len(lines) > 0 {
		rep.Records = 1
	}
	return rep, nil
}

// Count tells how many entries the trail has, for the progress of a whole check.
func (t *Trail) Count(ctx context.Context) (n int64, err error) {
	return n, t.db.QueryRow(ctx, `SELECT COUNT(*) FROM audit_entry`).Scan(&n)
}
