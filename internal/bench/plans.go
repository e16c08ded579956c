package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"anxin/internal/platform/db"
)

// Recorder keeps the distinct reading statements that run between its start and its end.
type Recorder struct {
	d  *db.DB
	mu sync.Mutex
	m  map[string]db.Statement
}

// Record begins to keep the statements of d.
func Record(d *db.DB) *Recorder {
	r := &Recorder{d: d, m: map[string]db.Statement{}}
	d.Watch(func(s db.Statement) {
		head := strings.ToUpper(strings.TrimSpace(s.Query))
		if !strings.HasPrefix(head, "SELECT") && !strings.HasPrefix(head, "WITH") || strings.Contains(head, "PG_TRY_ADVISORY") {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if _, ok := r.m[s.Query]; !ok {
			r.m[s.Query] = s
		}
	})
	return r
}

// Stop ends the recording and returns the statements.
func (r *Recorder) Stop() []db.Statement {
	r.d.Watch(nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]db.Statement, 0, len(r.m))
	for _, s := range r.m {
		out = append(out, s)
	}
	return out
}

// Limits are what a plan may do.
type Limits struct {
	Big  map[string]bool // tables that pile up
	Rows float64         // that one step may read or one sort may take
}

// Faults says what is wrong with the plan of a statement: a scan of a whole big table, or more rows read
// or sorted than allowed. PostgreSQL runs the statement and counts; SQLite's plan is read.
func Faults(ctx context.Context, d *db.DB, s db.Statement, l Limits) ([]string, error) {
	if d.Engine() == db.Postgres {
		return postgresFaults(ctx, d, s, l)
	}
	return sqliteFaults(ctx, d, s, l)
}

// node is a step of PostgreSQL's plan.
type node struct {
	Type     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Rechecks float64 `json:"Rows Removed by Index Recheck"`
	Plans    []node  `json:"Plans"`
}

func postgresFaults(ctx context.Context, d *db.DB, s db.Statement, l Limits) ([]string, error) {
	conn, err := d.Pool().Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	// In a test's small tables a scan can be cheaper than fifty look-ups; with scans forbidden one remains only
	// where no index serves, and the rows that are read show whether it serves well.
	if _, err := conn.Exec(ctx, `SET enable_seqscan = off`); err != nil {
		return nil, err
	}
	var text string
	err = conn.QueryRow(ctx, `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) `+s.Query, s.Args...).Scan(&text)
	if _, e := conn.Exec(ctx, `RESET enable_seqscan`); err == nil {
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		return nil, err
	}
	var out []string
	var walk func(n node)
	walk = func(n node) {
		table := strings.TrimSuffix(n.Relation, "_rest")
		read := (n.Rows + n.Filtered + n.Rechecks) * n.Loops
		if l.Big[table] {
			if n.Type == "Seq Scan" && n.Loops > 0 {
				out = append(out, "reads all of "+table)
			} else if read > l.Rows {
				out = append(out, fmt.Sprintf("reads %.0f rows of %s by %s", read, table, n.Index))
			}
		}
		if strings.Contains(n.Type, "Sort") && len(n.Plans) > 0 {
			if in := n.Plans[0].Rows * n.Plans[0].Loops; in > l.Rows {
				out = append(out, fmt.Sprintf("sorts %.0f rows", in))
			}
		}
		for _, p := range n.Plans {
			walk(p)
		}
	}
	for _, p := range plans {
		walk(p.Plan)
	}
	return out, nil
}

var (
	scanStep  = regexp.MustCompile(`^(SCAN|SEARCH) (\S+)(?: USING (?:COVERING )?INDEX (\S+))?`)
	limitTail = regexp.MustCompile(`(?is)\s+ORDER BY [^()]*?LIMIT \$\d+\s*$|\s+LIMIT \$\d+\s*$`)
	alias     = regexp.MustCompile(`(?i)\b(?:FROM|JOIN)\s+([a-z_]+)(?:\s+(?:AS\s+)?([a-z_]+))?`)
)

func sqliteFaults(ctx context.Context, d *db.DB, s db.Statement, l Limits) ([]string, error) {
	steps, err := db.List(ctx, d, func(r db.Scanner) (detail string, err error) {
		var id, parent, unused int64
		return detail, r.Scan(&id, &parent, &unused, &detail)
	}, `EXPLAIN QUERY PLAN `+s.Query, s.Args...)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	tables := map[string]string{}
	for _, m := range alias.FindAllStringSubmatch(s.Query, -1) {
		tables[m[1]] = m[1]
		if m[2] != "" {
			tables[m[2]] = m[1]
		}
	}
	var out []string
	sorts, big := false, false
	for _, step := range steps {
		if strings.HasPrefix(step, "USE TEMP B-TREE FOR ORDER BY") || strings.HasPrefix(step, "USE TEMP B-TREE FOR GROUP BY") {
			sorts = true
		}
		m := scanStep.FindStringSubmatch(step)
		if m == nil || !l.Big[tables[m[2]]] {
			continue
		}
		big = true
		if m[1] == "SCAN" && (m[3] == "" || !limitTail.MatchString(s.Query)) {
			out = append(out, "reads all of "+tables[m[2]]+": "+step)
		}
	}
	if sorts && big {
		n, err := sorted(ctx, d, s)
		if err != nil {
			return nil, err
		}
		if float64(n) > l.Rows {
			out = append(out, fmt.Sprintf("sorts %d rows", n))
		}
	}
	return out, nil
}

// sorted counts the rows that a statement sorts: those it would answer without its limit.
func sorted(ctx context.Context, d *db.DB, s db.Statement) (int64, error) {
	query := s.Query
	args := s.Args
	if at := limitTail.FindStringIndex(query); at != nil {
		query = query[:at[0]]
		if used := strings.Count(s.Query[at[0]:], "$"); used > 0 && used <= len(args) {
			args = args[:len(args)-used]
		}
	}
	return db.Get(ctx, d, db.ScanInt, `SELECT COUNT(*) FROM (`+query+`)`, args...)
}
