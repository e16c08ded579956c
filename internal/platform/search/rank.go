package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"anxin/internal/platform/db"
)

// collector gathers visible hits in the order they are offered.
type collector struct {
	hits  []Hit // the best, as many as are wanted
	count int
	more  bool // there are hits that nobody looked at
}

func (c *collector) result() Result {
	out := Result{Hits: c.hits, Total: min(c.count, countTo), More: c.more || c.count > countTo}
	if out.Hits == nil {
		out.Hits = []Hit{}
	}
	return out
}

type candidate struct {
	seq   int64
	match Match
}

// byRank offers exact terms, then titles, then the rest, each newest first.
func (s *Service) byRank(ctx context.Context, r Query, p parsed, scope expr, c *collector) error {
	before := int64(0)
	for round := range maxRounds {
		seqs, err := s.index.newest(ctx, s.db, all(p.words, scope), r.Kinds, before, newest)
		if err != nil {
			return err
		}
		list := make([]candidate, 0, len(seqs)+8)
		seen := make(map[int64]bool, len(seqs))
		offer := func(seqs []int64, m Match) {
			for _, q := range seqs {
				if !seen[q] {
					seen[q] = true
					list = append(list, candidate{q, m})
				}
			}
		}
		if round == 0 && len(seqs) > 0 {
			for _, better := range []struct {
				e     expr
				match Match
			}{{p.terms, ByTerm}, {p.title, ByTitle}} {
				if better.e.op == 0 {
					continue
				}
				// Among all hits, not only the newest: a number that somebody typed whole is what they want.
				found, err := s.index.newest(ctx, s.db, all(better.e, p.words, scope), r.Kinds, 0, maxLimit)
				if err != nil {
					return err
				}
				offer(found, better.match)
			}
		}
		offer(seqs, ByText)
		if err := s.admit(ctx, r, list, c); err != nil {
			return err
		}
		c.more = len(seqs) == newest
		if !c.more || len(c.hits) >= r.Limit {
			return nil
		}
		before = seqs[len(seqs)-1]
	}
	return nil
}

// byWeight ranks by the sum of the weights of the words that match; a word's weight is the logarithm of
// its rarity, as far as the newest 2,000 hits tell it.
func (s *Service) byWeight(ctx context.Context, r Query, p parsed, scope expr, c *collector) error {
	total, err := db.Get(ctx, s.db, db.ScanInt, `SELECT COALESCE(max(seq), 0) FROM search_doc`)
	if err != nil {
		return err
	}
	single := p.single
	if p.terms.op != 0 {
		single = append([]expr{p.terms}, single...)
	}
	done := map[string]bool{}
	score := map[int64]float64{}
	for _, e := range single[:min(len(single), 2*maxPerWord)] {
		key := e.fts5()
		if done[key] {
			continue
		}
		done[key] = true
		seqs, err := s.index.newest(ctx, s.db, all(e, scope), r.Kinds, 0, newest)
		if err != nil {
			return err
		}
		c.more = c.more || len(seqs) == newest
		weight := math.Log(1 + float64(total)/float64(max(1, len(seqs))))
		for _, q := range seqs {
			score[q] += weight
		}
	}
	list := make([]candidate, 0, len(score))
	for q := range score {
		list = append(list, candidate{q, ByText})
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(score[b.seq], score[a.seq]), cmp.Compare(b.seq, a.seq))
	})
	if len(list) > newest {
		list, c.more = list[:newest], true
	}
	return s.admit(ctx, r, list, c)
}

// admitBatch is how many records one question to the database and to a callback is about.
const admitBatch = 250

// admit reads which records the candidates are and drops what callbacks hide. Without callbacks only the
// hits that are shown are read; the others are counted.
func (s *Service) admit(ctx context.Context, r Query, list []candidate, c *collector) error {
	want := len(list)
	if r.Visible == nil && len(r.VisibleOf) == 0 {
		want = min(want, max(0, r.Limit-len(c.hits)))
	}
	for part := range slices.Chunk(list[:want], admitBatch) {
		docs, err := s.docs(ctx, part)
		if err != nil {
			return err
		}
		ask := map[string][]string{}
		for _, d := range docs {
			if r.asks(d.Kind) != nil {
				ask[d.Kind] = append(ask[d.Kind], d.ID)
			}
		}
		seen := map[string]map[string]bool{}
		for kind, ids := range ask {
			if seen[kind], err = r.asks(kind)(ctx, ids); err != nil {
				return fmt.Errorf("visible %s: %w", kind, err)
			}
		}
		for _, cand := range part {
			d, ok := docs[cand.seq] // removed since
			if !ok || ask[d.Kind] != nil && !seen[d.Kind][d.ID] {
				continue
			}
			c.count++
			if len(c.hits) < r.Limit {
				d.Match = cand.match
				c.hits = append(c.hits, d)
			}
		}
		if c.count > countTo {
			return nil
		}
	}
	c.count += len(list) - want
	return nil
}

func (s *Service) docs(ctx context.Context, list []candidate) (map[int64]Hit, error) {
	var marks []byte
	args := make([]any, len(list))
	for i, c := range list {
		marks = fmt.Appendf(marks, ", $%d", i+1)
		args[i] = c.seq
	}
	out := make(map[int64]Hit, len(list))
	if len(list) == 0 {
		return out, nil
	}
	_, err := db.List(ctx, s.db, func(sc db.Scanner) (struct{}, error) {
		var seq int64
		var h Hit
		err := sc.Scan(&seq, &h.Kind, &h.ID)
		out[seq] = h
		return struct{}{}, err
	}, `SELECT seq, kind, record_id FROM search_doc WHERE seq IN (`+string(marks[2:])+`)`, args...)
	return out, err
}
