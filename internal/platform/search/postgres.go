package search

import (
	"context"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"anxin/internal/platform/db"
)

// gin is the index in PostgreSQL: a tsvector without positions under a GIN index.
type gin struct{ seq, readAt atomic.Int64 }

// lockKey lets one node at a time move the queue ("search" in ASCII).
const lockKey = 0x736561726368

// Every document carries the numbers of its ranges of 4 thousand, 32 thousand, 256 thousand and 2 million
// documents. A condition on the newest ranges bounds how many hits the index hands out.
var ranges = []struct {
	mark string
	bits int
}{{"w", 12}, {"x", 15}, {"y", 18}, {"z", 21}}

// maxMarks bounds how many ranges one condition names.
const maxMarks = 12

// withRanges appends the marks of a document's ranges to its tokens, in SQL.
func withRanges(tokens, seq string) string {
	s := "(" + tokens
	for _, r := range ranges {
		s += ` || ' ''` + markScope + r.mark + `' || (` + seq + ` >> ` + strconv.Itoa(r.bits) + `) || ''''`
	}
	return s + ")::tsvector"
}

func (*gin) write(ctx context.Context, tx *db.Tx, limit int) (int, error) {
	var mine bool
	if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, lockKey).Scan(&mine); err != nil {
		return 0, err
	}
	if !mine {
		return -1, nil
	}
	rows, err := readPending(ctx, tx, limit)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	var kinds, ids, toks, goneKinds, goneIDs, allKinds, allIDs []string
	var revs []int64
	for _, p := range rows {
		allKinds, allIDs, revs = append(allKinds, p.kind), append(allIDs, p.id), append(revs, p.rev)
		if p.tokens == nil {
			goneKinds, goneIDs = append(goneKinds, p.kind), append(goneIDs, p.id)
			continue
		}
		// Tokens hold letters, digits and our marks: nothing that needs escaping.
		kinds, ids, toks = append(kinds, p.kind), append(ids, p.id), append(toks, `'`+strings.ReplaceAll(*p.tokens, " ", `' '`)+`'`)
	}
	if len(goneIDs) > 0 {
		if _, err := tx.Exec(ctx, `DELETE FROM search_doc d USING unnest($1::text[], $2::text[]) AS u(kind, id)
			WHERE d.kind = u.kind AND d.record_id = u.id`, goneKinds, goneIDs); err != nil {
			return 0, err
		}
	}
	if len(ids) > 0 {
		if _, err := tx.Exec(ctx, `UPDATE search_doc d SET tokens = `+withRanges("u.tokens", "d.seq")+`
			FROM unnest($1::text[], $2::text[], $3::text[]) AS u(kind, id, tokens) WHERE d.kind = u.kind AND d.record_id = u.id`, kinds, ids, toks); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO search_doc (seq, kind, record_id, tokens)
			SELECT n.seq, n.kind, n.id, `+withRanges("n.tokens", "n.seq")+` FROM (
				SELECT nextval('search_doc_seq') AS seq, o.kind, o.id, o.tokens FROM (
					SELECT u.kind, u.id, u.tokens FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS u(kind, id, tokens, at)
					WHERE NOT EXISTS (SELECT 1 FROM search_doc d WHERE d.kind = u.kind AND d.record_id = u.id) ORDER BY u.at OFFSET 0) o) n`,
			kinds, ids, toks); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec(ctx, `SELECT gin_clean_pending_list('search_doc_tokens')`); err != nil {
		return 0, err
	}
	// What was queued again since we read it stays, and is written next time.
	_, err = tx.Exec(ctx, `DELETE FROM search_pending p USING unnest($1::text[], $2::text[], $3::bigint[]) AS u(kind, id, rev)
		WHERE p.kind = u.kind AND p.record_id = u.id AND p.rev = u.rev`, allKinds, allIDs, revs)
	return len(rows), err
}

// few is how many hits may be fetched at once without a look at the ranges.
const few = 2 * newest

// newest looks through the newest ranges first, as many as the hits so far let expect to be enough.
func (g *gin) newest(ctx context.Context, q db.Querier, e expr, kinds []string, before int64, limit int) ([]int64, error) {
	e = all(e, ofKinds(kinds))
	last := before - 1
	if before == 0 {
		var err error
		if last, err = g.last(ctx, q); err != nil {
			return nil, err
		}
		before = math.MaxInt64
	}
	for want := int64(1) << ranges[0].bits; want < last; {
		marks, from := newestRanges(last, want)
		hits, err := g.find(ctx, q, all(e, marks), before, limit)
		if err != nil || len(hits) == limit || from <= 1 {
			return hits, err
		}
		looked, n := last-from+1, int64(len(hits))
		if n*last/looked < few {
			break // rare enough to fetch them all
		}
		want = max(2*looked, looked*int64(limit)*5/4/n)
	}
	return g.find(ctx, q, e, before, limit)
}

// newestRanges is the condition of being among at least want documents up to last, and the lowest number it
// lets in. The range behind last is among them: what was written since last was read.
func newestRanges(last, want int64) (e expr, from int64) {
	for i, r := range ranges {
		low, high := max(0, last-want)>>r.bits, last>>r.bits+1
		if high-low >= maxMarks && i < len(ranges)-1 {
			continue
		}
		var marks []expr
		for n := low; n <= high; n++ {
			marks = append(marks, is(markScope+r.mark+strconv.FormatInt(n, 10)))
		}
		return either(marks...), low << r.bits
	}
	return expr{}, 0
}

// last is about the highest number of a document. It is read once a second: a document written since is in
// the range looked at all the same.
func (g *gin) last(ctx context.Context, q db.Querier) (int64, error) {
	if at := g.readAt.Load(); at != 0 && time.Now().UnixMilli()-at < 1000 {
		return g.seq.Load(), nil
	}
	n, err := db.Get(ctx, q, db.ScanInt, `SELECT COALESCE(max(seq), 0) FROM search_doc`)
	if err != nil {
		return 0, err
	}
	g.seq.Store(n)
	g.readAt.Store(time.Now().UnixMilli())
	return n, nil
}

// find fetches all hits and keeps the newest. OFFSET 0 keeps the planner from walking the primary key
// backwards in the hope of meeting them early, and seq + 0 from reading all of it for an upper bound.
func (*gin) find(ctx context.Context, q db.Querier, e expr, before int64, limit int) ([]int64, error) {
	return db.List(ctx, q, db.ScanInt, `SELECT seq FROM (SELECT seq FROM search_doc WHERE tokens @@ $1::tsquery AND seq + 0 < $2 OFFSET 0) h
		ORDER BY seq DESC LIMIT $3`, e.tsquery(), before, limit)
}

// tidy has nothing to do: there is no pending list, and autovacuum sees to the rest.
func (*gin) tidy(context.Context, *db.DB) error { return nil }
