package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

func TestInTx(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		put := func(series string, next int64) error {
			return db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO db_number (series, next) VALUES ($1, $2)`, series, next)
				return err
			})
		}
		if err := put("a", 1); err != nil {
			t.Fatalf("insert: %v", err)
		}
		if err := put("a", 2); !db.IsUnique(err, "db_number") {
			t.Errorf("second insert = %v, want a unique violation", err)
		}

		boom := errors.New("boom")
		err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			tx.Later(`INSERT INTO db_number (series, next) VALUES ($1, $2)`, "b", 1)
			return boom
		})
		if !errors.Is(err, boom) {
			t.Errorf("failing change = %v, want boom", err)
		}
		if found, err := db.Exists(ctx, d, `SELECT 1 FROM db_number WHERE series = $1`, "b"); err != nil || found {
			t.Errorf("row of a failed change: found %v, %v", found, err)
		}

		err = db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			tx.Later(`INSERT INTO db_number (series, next) VALUES ($1, $2)`, "a", 1)
			return nil
		})
		if !db.IsUnique(err, "db_number") {
			t.Errorf("Later with a duplicate = %v, want a unique violation at commit", err)
		}

		tries, after := 0, 0
		got, err := db.InTx(ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			tries++
			tx.AfterCommit(func() { after++ })
			if tries < 3 {
				return 0, tx.ExecOne(ctx, `UPDATE db_number SET next = 9 WHERE series = $1`, "none")
			}
			return db.Get(ctx, tx, db.ScanInt, `SELECT next FROM db_number WHERE series = $1`, "a")
		})
		if got != 1 || err != nil || tries != 3 || after != 1 {
			t.Errorf("retried change = %d, %v after %d tries, %d AfterCommit; want 1, nil, 3, 1", got, err, tries, after)
		}
	})
}

func TestInTxNestedPanics(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		try := func(what string, inner func(ctx context.Context)) {
			defer func() {
				if recover() == nil {
					t.Errorf("%s inside a transaction did not panic", what)
				}
			}()
			_ = db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				inner(ctx)
				return nil
			})
		}
		try("a transaction", func(ctx context.Context) {
			_ = db.InTx0(ctx, d, func(context.Context, *db.Tx) error { return nil })
		})
		try("a read of the pool", func(ctx context.Context) {
			_, _ = d.Query(ctx, `SELECT 1`)
		})
		// The panic left the database usable.
		if err := db.InTx0(t.Context(), d, func(context.Context, *db.Tx) error { return nil }); err != nil {
			t.Errorf("after the panic: %v", err)
		}
	})
}

// TestLazy acknowledges before the commit; who reads sees it all the same, and a failed change leaves the others.
func TestLazy(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, first *db.DB) {
		if first.Engine() != db.SQLite {
			t.Skip("PostgreSQL commits as always")
		}
		d, err := db.Open(t.Context(), first.DSN(), db.Options{Unsafe: true, Lazy: true})
		if err != nil {
			t.Fatal(err)
		}
		put := func(n int) error {
			return db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO db_number (series, next) VALUES ($1, $2)`, fmt.Sprintf("s%d", n), n)
				return err
			})
		}
		for n := range 1500 { // more than one group
			if err := put(n); err != nil {
				t.Fatalf("change %d: %v", n, err)
			}
		}
		if err := put(7); !db.IsUnique(err, "db_number") {
			t.Errorf("the same again = %v, want a unique violation", err)
		}
		want := func(d *db.DB, what string, want int64) {
			got, err := db.Get(t.Context(), d, db.ScanInt, `SELECT COUNT(*) FROM db_number`)
			if err != nil || got != want {
				t.Errorf("%s sees %d rows, %v; want %d", what, got, err, want)
			}
		}
		want(d, "a reader", 1500)
		if err := put(1500); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		want(first, "another, after closing,", 1501)
	})
}

func TestConcurrentChangesAllCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		const workers, each = 16, 25
		if err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO db_number (series, next) VALUES ('n', 0)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		errs := make(chan error, workers*each)
		for w := range workers {
			wg.Go(func() {
				for i := range each {
					errs <- db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
						if (w+i)%7 == 0 { // some changes fail and must leave the others alone
							_, _ = tx.Exec(ctx, `UPDATE db_number SET next = next + 1000 WHERE series = 'n'`)
							return errSkip
						}
						_, err := tx.Exec(ctx, `UPDATE db_number SET next = next + 1 WHERE series = 'n'`)
						return err
					})
				}
			})
		}
		wg.Wait()
		close(errs)
		ok := int64(0)
		for err := range errs {
			if err == nil {
				ok++
			} else if !errors.Is(err, errSkip) {
				t.Errorf("change: %v", err)
			}
		}
		got, err := db.Get(ctx, d, db.ScanInt, `SELECT next FROM db_number WHERE series = 'n'`)
		if err != nil || got != ok {
			t.Errorf("count = %d, %v; want the %d acknowledged changes", got, err, ok)
		}
	})
}

var errSkip = errors.New("skip")

func TestNumbersAreUnique(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC) // December in Shanghai
		zone, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		seen := map[string]bool{}
		var wg sync.WaitGroup
		for range 2 { // two nodes
			n := db.NewNumbers(d, zone)
			for range 3 {
				wg.Go(func() {
					for range 70 {
						v, err := n.Next(t.Context(), "C", at)
						mu.Lock()
						if err != nil || seen[v] || !strings.HasPrefix(v, "C2612-0") {
							t.Errorf("Next = %q, %v, seen before: %v", v, err, seen[v])
						}
						seen[v] = true
						mu.Unlock()
					}
				})
			}
		}
		wg.Wait()
	})
}

func TestNewIDRises(t *testing.T) {
	t.Parallel()
	ids := make([]string, 10000)
	for i := range ids {
		ids[i] = db.NewID()
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 10000 {
		t.Error("identifiers of one process do not rise strictly")
	}
	if len(ids[0]) != 36 || ids[0][14] != '7' {
		t.Errorf("NewID = %q, want a UUIDv7", ids[0])
	}
}

func TestWhere(t *testing.T) {
	t.Parallel()
	var w db.Where
	w.And("a = ?", 1)
	w.In("b", []string{"x", "y"})
	w.And("(c, d) < (?, ?)", 2, 3)
	limit := w.Arg(4)
	want := " WHERE a = $1 AND b IN ($2, $3) AND (c, d) < ($4, $5)"
	if got := w.String(); got != want || limit != "$6" || fmt.Sprint(w.Args()) != "[1 x y 2 3 4]" {
		t.Errorf("Where = %q, %s, %v; want %q, $6", got, limit, w.Args(), want)
	}
	var none db.Where
	none.In("b", nil)
	if got := none.String(); got != " WHERE 1 = 0" {
		t.Errorf("In without values = %q", got)
	}
}
