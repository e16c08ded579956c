package bench

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"anxin/internal/platform/db"
)

// Change is the statements of one transaction as the product sent them, and which of their values are new in
// every such transaction: ids, numbers, keys of requests.
type Change struct {
	statements []db.Statement
	fresh      map[string]int
}

var caseNumber = regexp.MustCompile(`^C\d{4}-\d+$`)

// newChange finds the new values: ids made after began, case numbers, and those of own.
func newChange(list []db.Statement, began time.Time, own ...string) Change {
	c := Change{statements: list, fresh: map[string]int{}}
	since := fmt.Sprintf("%012x", began.UnixMilli())
	for _, s := range list {
		for _, a := range s.Args {
			v, ok := plain(a).(string)
			if !ok {
				continue
			}
			isNew := caseNumber.MatchString(v) || uuid.MatchString(v) && v[:8]+v[9:13] >= since
			for _, o := range own {
				isNew = isNew || v == o
			}
			if _, known := c.fresh[v]; isNew && !known {
				c.fresh[v] = len(c.fresh)
			}
		}
	}
	return c
}

// plain is an argument without pointers and named types.
func plain(a any) any {
	if a == nil {
		return nil
	}
	v := reflect.ValueOf(a)
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		if b, ok := v.Interface().([]byte); ok {
			return b
		}
	}
	return v.Interface()
}

// Script is the transaction for pgbench: the same statements with the same values, but for the new ones. With
// pipeline they travel together, as the product sends most of them; otherwise each waits for the one before.
func (c Change) Script(pipeline bool) (string, error) {
	var b strings.Builder
	run := strconv.FormatInt(time.Now().UnixNano()&0xffffffff, 16)
	b.WriteString("\\set n :n + 1\n")
	if pipeline {
		b.WriteString("\\startpipeline\n")
	}
	b.WriteString("BEGIN;\n")
	mark := regexp.MustCompile(`\$(\d+)`)
	for _, s := range c.statements {
		var failed error
		text := mark.ReplaceAllStringFunc(s.Query, func(m string) string {
			i, err := strconv.Atoi(m[1:])
			if err != nil || i < 1 || i > len(s.Args) {
				failed = fmt.Errorf("no argument for %s in %s", m, s.Query)
				return m
			}
			v, err := c.literal(run, plain(s.Args[i-1]))
			failed = errors.Join(failed, err)
			return v
		})
		if failed != nil {
			return "", failed
		}
		b.WriteString(strings.Join(strings.Fields(text), " ") + ";\n")
	}
	b.WriteString("COMMIT;\n")
	if pipeline {
		b.WriteString("\\endpipeline\n")
	}
	return b.String(), nil
}

func (c Change) literal(run string, v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "NULL", nil
	case string:
		if k, ok := c.fresh[v]; ok {
			return fmt.Sprintf("('%s-0000-7%03x-8' || lpad(to_hex(:client_id + 0), 3, '0') || '-' || lpad(to_hex(:n + 0), 12, '0'))", run, k), nil
		}
		var b strings.Builder // pgbench takes a colon for a variable, wherever it stands
		b.WriteString("E'")
		for _, r := range v {
			switch r {
			case '\'', '\\', ':', ' ', '\n', '\t':
				fmt.Fprintf(&b, `\x%02x`, r)
			default:
				b.WriteRune(r)
			}
		}
		b.WriteString("'")
		return b.String(), nil
	case []byte:
		return `'\x` + hex.EncodeToString(v) + `'`, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case bool:
		return strconv.FormatBool(v), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return "", fmt.Errorf("pgbench: a value of type %T", v)
}

// pgbench runs the change for a while and returns transactions a second.
func (c Change) pgbench(ctx context.Context, bin, dsn, dir string, clients int, d time.Duration, pipeline bool) (float64, error) {
	text, err := c.Script(pipeline)
	if err != nil {
		return 0, err
	}
	file := filepath.Join(dir, "open.sql")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return 0, err
	}
	tool := "pgbench"
	if bin != "" {
		tool = filepath.Join(bin, tool)
	}
	cmd := exec.CommandContext(ctx, tool, "-n", "-M", "prepared", "-f", file, "-D", "n=0", "-c", strconv.Itoa(clients), "-j", "2",
		"-T", strconv.Itoa(max(1, int(d.Seconds()))), dsn)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	m := regexp.MustCompile(`tps = ([\d.]+)`).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("pgbench said no rate: %s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// bareLoop runs the change on an SQLite file in a plain loop with prepared statements, each transaction with
// its own durable commit, and returns transactions a second.
func (c Change) bareLoop(ctx context.Context, path string, d time.Duration) (rate float64, err error) {
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=busy_timeout(10000)&_pragma=cache_size(-16000)&_txlock=immediate")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	pool.SetMaxOpenConns(1)
	prepared := make([]*sql.Stmt, len(c.statements))
	for i, s := range c.statements {
		if prepared[i], err = pool.PrepareContext(ctx, s.Query); err != nil {
			return 0, err
		}
	}
	run := time.Now().UnixNano() & 0xffffffff
	once := func(n int) error {
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		for i, s := range c.statements {
			args := make([]any, len(s.Args))
			for k, a := range s.Args {
				args[k] = plain(a)
				if v, ok := args[k].(string); ok {
					if f, ok := c.fresh[v]; ok {
						args[k] = fmt.Sprintf("%08x-0000-7%03x-8000-%012x", run, f, n)
					}
				}
			}
			if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(s.Query)), "SELECT") {
				rows, err := tx.StmtContext(ctx, prepared[i]).QueryContext(ctx, args...)
				if err == nil {
					for rows.Next() {
						continue
					}
					err = errors.Join(rows.Err(), rows.Close())
				}
				if err != nil {
					return errors.Join(err, tx.Rollback())
				}
				continue
			}
			if _, err := tx.StmtContext(ctx, prepared[i]).ExecContext(ctx, args...); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}
	start, n := time.Now(), 0
	for ; time.Since(start) < d && ctx.Err() == nil; n++ {
		if err := once(n); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
