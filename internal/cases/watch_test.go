package cases

import (
	"context"
	"slices"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/entitlement"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/units"
)

// watcher is a fixture that knows which cases were classified for all who hear of it.
type watcher struct {
	*fixture
	heard map[ID]bool
}

// watching is a fixture whose cases watch rights, and a water heater bought in July.
func watching(t *testing.T, d *db.DB) (*watcher, *entitlement.Service) {
	t.Helper()
	f := &watcher{fixture: newFixture(t, d), heard: map[ID]bool{}}
	events.Subscribe(f.bus, "test.heard", func(_ context.Context, ev Classified) error { // after the others of its topic
		f.heard[ID(ev.ID)] = true
		return nil
	})
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	f.zone = zone
	rights := entitlement.New(d, f.cat, f.things, zone)
	f.Rights(rights)
	bought := calendar.NewDate(2026, 7, 1)
	u, err := f.things.Create(f.ctx, units.CreateInput{
		Brand: f.brand, Model: f.model, Owner: f.customer, Serial: "SN-000178", Dates: units.Dates{units.Invoiced: {Day: bought, By: "invoice"}, units.Delivered: {Day: bought, By: "invoice"}},
		Purchase: units.Purchase{InvoiceNo: "F-1", Price: new(money.Must(199900, "CNY"))},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.unit = u.ID
	return f, rights
}

// repaired tells that service repaired the unit, some days before now.
func (f *watcher) repaired(daysAgo int) {
	f.t.Helper()
	if err := db.InTx0(access.AsSystem(f.ctx, "test"), f.d, func(ctx context.Context, tx *db.Tx) error {
		_, err := f.things.FactTx(ctx, tx, units.Fact{Unit: f.unit, Kind: units.FactRepaired, SymptomFamily: "heat", Result: "fixed", At: tx.Now().AddDate(0, 0, -daysAgo)})
		return err
	}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *watcher) broken() Case {
	f.t.Helper()
	c := f.open(func(in *OpenInput) { in.CustomerID = f.customer })
	return f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(c.ID), UnitID: f.unit, ServiceType: "REP", Symptom: "GWH-S01"}))
}

// decided is what was decided in a case, and what that gives, once its events were heard.
func (f *watcher) decided(rights *entitlement.Service, id ID) (list []entitlement.Assessment, options []rules.Option) {
	f.t.Helper()
	f.until("the events of case "+string(id), func() bool { return f.heard[id] })
	list, err := rights.Assessments(f.ctx, f.unit, string(id))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, a := range list {
		for _, c := range a.Decision.Choices {
			options = append(options, c.Option)
		}
	}
	return list, options
}

// TestWatchRepeated: a first fault keeps nothing; after two repairs the next one opens the choice that the law gives,
// with nobody asking, once.
func TestWatchRepeated(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f, rights := watching(t, d)
		first := f.broken()
		if list, _ := f.decided(rights, first.ID); len(list) != 0 {
			t.Fatalf("a first fault: %+v", list)
		}
		f.repaired(40)
		f.repaired(20)
		third := f.broken()
		list, options := f.decided(rights, third.ID)
		if len(list) != 1 || !slices.Contains(options, rules.Exchange) || list[0].CreatedBy != "system:entitlement.watch" {
			t.Fatalf("a third fault: %v in %d decisions", options, len(list))
		}
		if len(list[0].Changes) == 0 || list[0].State != entitlement.AssessmentOpen {
			t.Errorf("it does not say what is new: %+v", list[0])
		}
		if list, _ := f.decided(rights, first.ID); len(list) != 0 {
			t.Errorf("the first case has %d decisions", len(list))
		}
		told := func() int {
			t.Helper()
			all, err := events.OfRecord(t.Context(), d, "assessment", string(list[0].ID))
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		was := told()
		if err := f.watch(t.Context(), third.ID, true); err != nil || told() != was+1 {
			t.Errorf("a repair that failed: %v, told %d times, want once more than %d", err, told(), was)
		}
		if _, err := rights.CloseAssessment(f.ctx, list[0].ID, list[0].Version); err != nil {
			t.Fatal(err)
		}
		if err := f.watch(t.Context(), third.ID, false); err != nil {
			t.Fatal(err)
		}
		if list, _ := f.decided(rights, third.ID); len(list) != 1 {
			t.Errorf("watched again: %d decisions, want the one that a person closed", len(list))
		}
		complaint := f.open(asComplaint, func(in *OpenInput) { in.CustomerID, in.UnitID, in.ServiceType = f.customer, f.unit, "REP" })
		if err := f.watch(t.Context(), complaint.ID, false); err != nil {
			t.Fatal(err)
		}
		f.heard[complaint.ID] = true
		if list, _ := f.decided(rights, complaint.ID); len(list) != 0 {
			t.Errorf("a complaint: %d decisions", len(list))
		}
	})
}

// TestWatchLong: a repair that takes long is looked at after some days; the thirty-first day opens the exchange, later
// by the days for which the customer let service wait; a repair that ends before opens nothing.
func TestWatchLong(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f, rights := watching(t, d)
		ctx := t.Context()
		slow, late := f.broken(), f.broken()
		f.advance(24 * time.Hour)
		job := clocks.Job{Kind: "case", ID: string(late.ID)}
		wait := func(do func(ctx context.Context, tx *db.Tx) error) {
			t.Helper()
			if err := db.InTx0(access.AsSystem(ctx, "test"), d, do); err != nil {
				t.Fatal(err)
			}
		}
		wait(func(ctx context.Context, tx *db.Tx) error {
			return f.clocks.PauseTx(ctx, tx, job, clocks.ForCustomer, "away", "", tx.Now())
		})
		f.advance(3 * 24 * time.Hour)
		wait(func(ctx context.Context, tx *db.Tx) error {
			return f.clocks.ResumeTx(ctx, tx, job, clocks.ForCustomer, tx.Now())
		})
		if err := f.WatchLong(ctx); err != nil {
			t.Fatal(err)
		}
		if list, _ := f.decided(rights, slow.ID); len(list) != 0 {
			t.Fatalf("after four days: %d decisions", len(list))
		}
		f.advance(2 * 24 * time.Hour)
		for range 2 {
			if err := f.WatchLong(ctx); err != nil {
				t.Fatal(err)
			}
		}
		one, options := f.decided(rights, slow.ID)
		two, _ := f.decided(rights, late.ID)
		if len(one) != 1 || len(two) != 1 || !slices.Equal(options, []rules.Option{rules.Repair}) || two[0].NextOn != one[0].NextOn+3 {
			t.Fatalf("after six days: %v, next %+v and %+v", options, one, two)
		}
		f.advance(time.Duration(one[0].NextOn-one[0].DecidedOn) * 24 * time.Hour)
		if err := rights.ReassessDue(ctx); err != nil {
			t.Fatal(err)
		}
		if _, options := f.decided(rights, slow.ID); !slices.Contains(options, rules.Exchange) {
			t.Errorf("on the day: %v", options)
		}
		if _, options := f.decided(rights, late.ID); slices.Contains(options, rules.Exchange) {
			t.Errorf("three days were the customer's: %v", options)
		}
		f.repaired(0)
		f.advance(10 * 24 * time.Hour)
		if err := rights.ReassessDue(ctx); err != nil {
			t.Fatal(err)
		}
		if _, options := f.decided(rights, late.ID); slices.Contains(options, rules.Exchange) {
			t.Errorf("repaired before the day: %v", options)
		}
	})
}
