package audit

import (
	"context"
	"encoding/hex"
	"errors"

	"anxin/internal/platform/db"
)

// Heads tells how long the trails of records of one kind are, by record; one without a trail is absent. Who
// noted the length before knows by it whether anybody acted on the record since.
func Heads(ctx context.Context, q db.Querier, kind string, records []string) (map[string]int64, error) {
	out := make(map[string]int64, len(records))
	if len(records) == 0 {
		return out, nil
	}
	type head struct {
		record string
		seq    int64
	}
	var w db.Where
	w.And("record_kind = ?", kind)
	w.In("record_id", records)
	list, err := db.List(ctx, q, func(s db.Scanner) (h head, err error) { return h, s.Scan(&h.record, &h.seq) },
		`SELECT record_id, record_seq FROM audit_head`+w.String(), w.Args()...)
	for _, h := range list {
		out[h.record] = h.seq
	}
	return out, err
}

// Seal is a checkpoint as it can be noted outside the database, so that a copy of the trail can be
// recognised later.
type Seal struct {
	Seq     int64  `json:"seq"`     // number of the checkpoint, 0 for none
	Entries int64  `json:"entries"` // sealed by it alone
	Hash    string `json:"hash"`    // hex
}

// Newest is the newest checkpoint.
func (t *Trail) Newest(ctx context.Context) (Seal, error) {
	c, err := db.Get(ctx, t.db, scanCheckpoint, `SELECT `+checkpointColumns+` FROM audit_checkpoint ORDER BY seq DESC LIMIT 1`)
	if errors.Is(err, db.ErrNoRows) {
		return Seal{}, nil
	}
	return c.seen(), err
}

// Holds tells whether the trail has the checkpoint, unchanged.
func (t *Trail) Holds(ctx context.Context, s Seal) (bool, error) {
	if s.Seq == 0 {
		return true, nil
	}
	c, err := db.Get(ctx, t.db, scanCheckpoint, `SELECT `+checkpointColumns+` FROM audit_checkpoint WHERE seq = $1`, s.Seq)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return err == nil && c.seen() == s, err
}

func (c checkpoint) seen() Seal {
	return Seal{Seq: c.seq, Entries: c.entries, Hash: hex.EncodeToString(c.hash)}
}
