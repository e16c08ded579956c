package db

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Bulk makes the transactions of ctx write many rows at a time on PostgreSQL: of what [Tx.Later] queued
// until the next read or the commit, plain INSERTs of one text become statements of many rows. An INSERT may
// so run before others that were queued ahead of it, but never before an UPDATE or DELETE; rows that refer to
// each other must come in the order in which their tables are first written. For imports. SQLite, where no
// statement travels and a statement of many parameters is slow to bind, writes row by row as ever.
func Bulk(ctx context.Context) context.Context { return context.WithValue(ctx, ctxBulk, true) }

// queued is one write that waits.
type queued struct {
	query string
	args  []any
}

// plainInsert matches an INSERT of one row whose values are all parameters, in their order.
var plainInsert = regexp.MustCompile(`^\s*(INSERT INTO \w+ \([^()]*\)\s+VALUES)\s+\(((?:\$\d+,\s*)*\$\d+)\)\s*$`)

// insertHeads keeps, by text, the head of a plain INSERT and the number of its columns; "" for other texts.
var insertHeads sync.Map

type insertHead struct {
	head    string
	columns int
}

func headOf(query string) insertHead {
	if v, ok := insertHeads.Load(query); ok {
		return v.(insertHead)
	}
	h := insertHead{}
	if m := plainInsert.FindStringSubmatch(query); m != nil {
		marks := strings.Split(m[2], ",")
		h = insertHead{m[1], len(marks)}
		for i, mark := range marks {
			if strings.TrimSpace(mark) != "$"+strconv.Itoa(i+1) {
				h = insertHead{}
				break
			}
		}
	}
	insertHeads.Store(query, h)
	return h
}

// bulkSizes are how many rows a statement has: few sizes, so that the engines keep them prepared.
var bulkSizes = []int{100, 20, 5, 1}

// merge puts queued plain INSERTs of one text together.
func merge(list []queued) []queued {
	type group struct {
		queued
		rows [][]any
	}
	var groups []*group
	open := map[string]*group{}
	for _, q := range list {
		h := headOf(q.query)
		if h.head == "" || len(q.args) != h.columns {
			if !strings.HasPrefix(strings.TrimSpace(q.query), "INSERT") {
				clear(open) // what is queued behind an UPDATE or DELETE stays behind it
			}
			groups = append(groups, &group{queued: q})
			continue
		}
		g := open[q.query]
		if g == nil {
			g = &group{queued: q}
			open[q.query] = g
			groups = append(groups, g)
		}
		g.rows = append(g.rows, q.args)
	}
	var out []queued
	for _, g := range groups {
		if g.rows == nil {
			out = append(out, g.queued)
			continue
		}
		out = append(out, many(headOf(g.query), g.rows)...)
	}
	return out
}

func many(h insertHead, rows [][]any) []queued {
	var out []queued
	for _, size := range bulkSizes {
		for len(rows) >= size {
			args := make([]any, 0, size*h.columns)
			for _, r := range rows[:size] {
				args = append(args, r...)
			}
			out = append(out, queued{rowsText(h, size), args})
			rows = rows[size:]
		}
	}
	return out
}

// bulkTexts keeps the texts of statements of many rows.
var bulkTexts sync.Map

type bulkText struct {
	insertHead
	rows int
}

func rowsText(h insertHead, rows int) string {
	key := bulkText{h, rows}
	if v, ok := bulkTexts.Load(key); ok {
		return v.(string)
	}
	var b strings.Builder
	b.WriteString(h.head)
	n := 0
	for i := range rows {
		b.WriteString(map[bool]string{true: " (", false: ", ("}[i == 0])
		for j := range h.columns {
			if j > 0 {
				b.WriteString(", ")
			}
			n++
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(")")
	}
	bulkTexts.Store(key, b.String())
	return b.String()
}
