package audit

import (
	"context"

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
