package app

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// TestOutletHours follows a clock that counts in an outlet's hours: it moves when the hours of the outlet above
// change, and when a year's holidays are published.
func TestOutletHours(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a := testAppOn(t, d.DSN())
		ctx := access.With(t.Context(), access.System("test"))
		shanghai, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2031, 3, 3, 16, 0, 0, 0, shanghai) // a Monday; no notice tells of 2031 yet
		dbtest.Clock(a.DB, now)
		parent, err := a.Outlets.Create(ctx, outlets.CreateInput{Code: "north", Name: "北区", Kind: outlets.KindAgent, Zone: "Asia/Shanghai"})
		if err != nil {
			t.Fatal(err)
		}
		child, err := a.Outlets.Create(ctx, outlets.CreateInput{Code: "one", Name: "一站", Kind: outlets.KindFranchised, ParentID: parent.ID})
		if err != nil {
			t.Fatal(err)
		}
		hours := func(from, to int) {
			t.Helper()
			week := calendar.EveryDay(calendar.Hours(from, 0, to, 0))
			if parent, err = a.Outlets.SetHours(ctx, outlets.SetHoursInput{ID: parent.ID, Version: parent.Version, Hours: outlets.Hours{Weekly: &week, Country: "CN"}}); err != nil {
				t.Fatal(err)
			}
		}
		hours(8, 18)
		order, brand := db.NewID(), db.NewID()
		if _, err := a.Clocks.CreatePolicy(ctx, clocks.Policy{
			ID: "test.acceptance", Version: 1, Milestone: clocks.OutletAcceptance, Party: clocks.Outlet, Match: clocks.Attributes{Brand: brand},
			Target: clocks.Target{Kind: clocks.WorkingTime, Calendar: "@outlet", Duration: 5 * time.Hour},
		}); err != nil {
			t.Fatal(err)
		}
		work, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Work(work) }()
		defer func() {
			stop()
			if err := <-done; err != nil {
				t.Errorf("background work: %v", err)
			}
		}()
		if err := db.InTx0(ctx, a.DB, func(ctx context.Context, tx *db.Tx) error {
			_, _, err := a.Clocks.StartTx(ctx, tx, clocks.Start{
				RecordKind: "order", RecordID: order, Milestone: clocks.OutletAcceptance, Attrs: clocks.Attributes{Brand: brand}, At: now, Calendars: map[string]string{"outlet": "outlet:" + string(child.ID)},
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		check := func(what string, want time.Time) {
			t.Helper()
			dbtest.Until(t, fmt.Sprintf("%s: due %v", what, want), func() bool {
				due, err := a.Clocks.NextDue(ctx, a.DB, "order", order)
				if err != nil || due == nil {
					t.Fatalf("%s: the order is due %v, %v", what, due, err)
				}
				return due.Equal(want)
			})
		}
		check("open from 8 to 18", time.Date(2031, 3, 4, 11, 0, 0, 0, shanghai))
		hours(8, 20)
		check("open to 20", time.Date(2031, 3, 4, 9, 0, 0, 0, shanghai))
		notice, err := json.Marshal(map[string]any{
			"year": 2031, "papers": []string{"https://example.gov/2031"},
			"days": []map[string]any{{"name": "测试假日", "date": "2031-03-04", "isOffDay": true}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Clocks.ImportYear(ctx, notice, true); err != nil {
			t.Fatal(err)
		}
		check("the 4th is a holiday", time.Date(2031, 3, 5, 9, 0, 0, 0, shanghai))
	})
}
