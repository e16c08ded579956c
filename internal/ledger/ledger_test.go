package ledger

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

func cny(v int64) money.Amount { return money.Amount{Minor: v, Currency: "CNY"} }

func post(t *testing.T, s *Service, e Entry) (Entry, error) {
	t.Helper()
	return db.InTx(access.With(t.Context(), access.System("test")), s.db, func(ctx context.Context, tx *db.Tx) (Entry, error) { return s.PostTx(ctx, tx, e) })
}

func TestPost(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := New(d)
		for _, tt := range []struct {
			name  string
			lines []Line
			want  *problem.Code
		}{
			{"balanced", []Line{{"receivable", cny(100)}, {"revenue", cny(-100)}}, nil},
			{"two currencies", []Line{{"a", cny(5)}, {"b", cny(-5)}, {"a", money.Amount{Minor: 7, Currency: "JPY"}}, {"b", money.Amount{Minor: -7, Currency: "JPY"}}}, nil},
			{"unbalanced", []Line{{"a", cny(5)}, {"b", cny(-4)}}, ErrUnbalanced},
			{"across currencies", []Line{{"a", cny(5)}, {"b", money.Amount{Minor: -5, Currency: "JPY"}}}, ErrUnbalanced},
			{"one line", []Line{{"a", cny(0)}}, problem.ErrInvalid},
			{"no account", []Line{{"", cny(1)}, {"b", cny(-1)}}, problem.ErrInvalid},
			{"no currency", []Line{{"a", money.Amount{Minor: 1, Currency: "XQZ"}}, {"b", money.Amount{Minor: -1, Currency: "XQZ"}}}, problem.ErrInvalid},
		} {
			_, err := post(t, s, Entry{Kind: "test", Ref: tt.name, BrandID: "b1", Lines: tt.lines})
			if !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		n, err := db.Get(t.Context(), d, db.ScanInt, `SELECT COUNT(*) FROM ledger_line`)
		if err != nil || n != 6 {
			t.Errorf("lines = %d, %v; refused entries left something", n, err)
		}
	})
}

func TestOnceAndReverse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := New(d)
		e := Entry{Kind: "order.posted", Ref: "o1", BrandID: "b1", OutletPath: "/o1/", Lines: []Line{{"receivable", cny(100)}, {"revenue", cny(-100)}}}
		first, err := post(t, s, e)
		if err != nil {
			t.Fatal(err)
		}
		e.Lines = []Line{{"receivable", cny(999)}, {"revenue", cny(-999)}}
		again, err := post(t, s, e)
		if err != nil || again.ID != first.ID || again.Lines[0].Amount != cny(100) {
			t.Errorf("posting a fact twice = %+v, %v; want the first entry", again, err)
		}
		reverse := func() error {
			return db.InTx0(access.With(t.Context(), access.System("test")), d, func(ctx context.Context, tx *db.Tx) error {
				_, err := s.ReverseTx(ctx, tx, first.ID, "mistake")
				return err
			})
		}
		if err := reverse(); err != nil {
			t.Fatal(err)
		}
		if err := reverse(); !errors.Is(err, ErrReversed) {
			t.Errorf("second reversal = %v, want refused", err)
		}
		if got, err := s.Balance(t.Context(), d, "receivable"); err != nil || fmt.Sprint(got) != fmt.Sprint([]money.Amount{cny(0)}) {
			t.Errorf("balance after reversal = %v, %v; want 0", got, err)
		}
		for _, tt := range []struct {
			name  string
			scope access.Scope
			want  int
		}{
			{"centre", access.Everything, 1},
			{"the outlet", access.Scope{OutletPath: "/o1/"}, 1},
			{"second outlet", access.Scope{OutletPath: "/o2/"}, 0},
			{"second brand", access.Scope{OutletPath: "/", Brands: []string{"b2"}}, 0},
		} {
			ctx := access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: access.Set{permRead: true}, Scope: tt.scope})
			list, err := s.OfRef(ctx, "o1")
			if err != nil || len(list) != tt.want {
				t.Errorf("%s sees %d entries, %v; want %d", tt.name, len(list), err, tt.want)
			}
		}
	})
}
