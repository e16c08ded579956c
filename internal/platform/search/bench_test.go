package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// corpus writes documents whose words are as unevenly frequent as in real text (Zipf).
type corpus struct {
	rnd   *rand.Rand
	zipf  *rand.Zipf
	words []string
	pairs []string // two neighbours from random places of random documents
	n     int
}

func newCorpus() *corpus {
	rnd := rand.New(rand.NewPCG(7, 11))
	c := &corpus{rnd: rnd, zipf: rand.NewZipf(rnd, 1.08, 4, 11999)}
	chars := rand.NewZipf(rnd, 1.05, 30, 2499)
	for range 12000 {
		var w []rune
		for range 1 + rnd.IntN(3) + rnd.IntN(2) {
			w = append(w, rune(0x4E00+int(chars.Uint64())*7))
		}
		c.words = append(c.words, string(w))
	}
	return c
}

func (c *corpus) doc() Doc {
	c.n++
	var b strings.Builder
	for i := range 20 + c.rnd.IntN(20) {
		if i%6 == 5 {
			b.WriteString(",")
		}
		b.WriteString(c.words[c.zipf.Uint64()])
	}
	text := b.String()
	if r := []rune(text); c.n%37 == 0 {
		for range 3 {
			i := c.rnd.IntN(len(r) - 1)
			if r[i] > 0x4000 && r[i+1] > 0x4000 {
				c.pairs = append(c.pairs, string(r[i:i+2]))
			}
		}
	}
	return Doc{
		Kind: []string{"case", "case", "order", "customer"}[c.n%4], ID: fmt.Sprintf("%09d", c.n), Brand: fmt.Sprint("b", c.n%20),
		OutletPath: fmt.Sprintf("/p%d/c%d/", c.n%30, c.n%300), Title: c.words[c.zipf.Uint64()],
		Text: []string{text, fmt.Sprintf("KFR-%dGW", c.n%5000)}, Terms: []string{fmt.Sprintf("C2611-%09d", c.n)},
	}
}

func fill(b *testing.B, f *fixture, c *corpus, n, each int) (write, flush time.Duration) {
	b.Helper()
	for at := 0; at < n; at += each {
		docs := make([]Doc, min(each, n-at))
		for i := range docs {
			docs[i] = c.doc()
		}
		start := time.Now()
		f.index(docs...)
		write += time.Since(start)
		start = time.Now()
		if _, err := f.Flush(f.ctx); err != nil {
			b.Fatal(err)
		}
		flush += time.Since(start)
	}
	return write, flush
}

// BenchmarkSearch measures queries over ANXIN_SEARCH_DOCS documents (200,000), before and after 10,000
// single inserts. It is run by hand: go test -run x -bench Search -benchtime 200x.
func BenchmarkSearch(b *testing.B) {
	n := 200_000
	if s := os.Getenv("ANXIN_SEARCH_DOCS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			d := engine.open(b)
			f, c := newFixture(b, d), newCorpus()
			write, flush := fill(b, f, c, n, 2000)
			b.Logf("%d documents: queued in %v, indexed in %v (%v each)", n, write.Round(time.Millisecond), flush.Round(time.Millisecond), (flush / time.Duration(n)).Round(time.Microsecond))
			b.Logf("%d MB on disk", size(b, d)>>20)
			measure(b, f, c, "filled")
			write, flush = fill(b, f, c, 10_000, 5)
			b.Logf("10000 more in changes of 5: queued in %v, indexed in %v", write.Round(time.Millisecond), flush.Round(time.Millisecond))
			measure(b, f, c, "after inserts")
		})
	}
}

func size(b *testing.B, d *db.DB) int64 {
	q := `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`
	if d.Engine() == db.Postgres {
		q = `SELECT pg_total_relation_size('search_doc')`
	}
	n, err := db.Get(b.Context(), d, db.ScanInt, q)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

func measure(b *testing.B, f *fixture, c *corpus, when string) {
	everyone := Scope{All: true}
	for _, q := range []struct {
		name string
		next func(i int) Query
	}{
		{"pair", func(i int) Query { return Query{Text: c.pairs[i*7919%len(c.pairs)], Scope: everyone} }},
		{"pair of an outlet", func(i int) Query {
			return Query{Text: c.pairs[i*7919%len(c.pairs)], Scope: Scope{Brands: []string{"b1", "b11"}, OutletPaths: []string{"/p1/"}}}
		}},
		{"pair, cases by callback", func(i int) Query {
			return Query{Text: c.pairs[i*7919%len(c.pairs)], Scope: Scope{OutletPaths: []string{"/p1/"}}, VisibleOf: map[string]Visible{"case": func(_ context.Context, ids []string) (map[string]bool, error) {
				out := make(map[string]bool, len(ids))
				for _, id := range ids {
					out[id] = id[8] == '7'
				}
				return out, nil
			}}}
		}},
		{"word", func(i int) Query { return Query{Text: c.words[i*7919%len(c.words)], Scope: everyone} }},
		{"two words", func(i int) Query {
			return Query{Text: c.words[i%50] + " " + c.words[i*31%200], Scope: everyone}
		}},
		{"most frequent word", func(int) Query { return Query{Text: c.words[0], Scope: everyone} }},
		{"number", func(i int) Query { return Query{Text: fmt.Sprintf("C2611-%09d", 1+i*7919%c.n), Scope: everyone} }},
		{"model", func(i int) Query { return Query{Text: fmt.Sprintf("KFR-%dGW", i*7919%5000), Scope: everyone} }},
		{"any of a sentence", func(i int) Query {
			return Query{Text: c.words[i%300] + c.words[i*7%300] + c.words[i*13%3000], Any: true, Scope: everyone}
		}},
		{"one character", func(i int) Query {
			return Query{Text: string([]rune(c.pairs[i*7919%len(c.pairs)])[:1]), Scope: everyone}
		}},
	} {
		b.Run(when+"/"+q.name, func(b *testing.B) {
			var took []time.Duration
			hits := 0
			for i := 0; b.Loop(); i++ {
				r := q.next(i)
				start := time.Now()
				out := f.query(r)
				took = append(took, time.Since(start))
				hits += out.Total
			}
			slices.Sort(took)
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
			b.ReportMetric(ms(took[len(took)*95/100]), "p95-ms")
			b.ReportMetric(ms(took[len(took)-1]), "max-ms")
			b.ReportMetric(float64(hits)/float64(len(took)), "hits")
			b.ReportMetric(0, "ns/op")
		})
	}
}
