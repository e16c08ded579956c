package orders

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/cases/casestest"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// TestPromises: kept or broken is judged by when the engineer arrived, not by when it was recorded.
func TestPromises(t *testing.T) {
	t.Parallel()
	const begin, end = 2 * time.Hour, 4 * time.Hour // of the window
	rows := []struct {
		name     string
		arrives  time.Duration
		recorded time.Duration
		kept     bool
		late     time.Duration
	}{
		{name: "within", arrives: begin + time.Hour, recorded: begin + time.Hour, kept: true},
		{name: "a quarter early", arrives: begin - 15*time.Minute, recorded: begin, kept: true},
		{name: "too early", arrives: begin - 16*time.Minute, recorded: begin, late: -16 * time.Minute},
		{name: "at its end", arrives: end, recorded: end, kept: true},
		{name: "late", arrives: end + 20*time.Minute, recorded: end + 20*time.Minute, late: 20 * time.Minute},
		{name: "in time, recorded the next day", arrives: begin + time.Hour, recorded: end + 20*time.Hour, kept: true},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		ctx := f.Engineer(f.Li)
		for _, tt := range rows {
			f.Advance(24 * time.Hour)
			now := d.Now()
			o := f.accepted()
			_, err := f.Promise(f.Ctx, PromiseInput{Order: o.ID, From: now.Add(begin), To: now.Add(end)})
			f.Must(err)
			v := f.planned(o.ID)
			_, err = f.AcceptVisit(ctx, f.field(v))
			f.Must(err)
			_, err = f.Depart(ctx, DepartInput{FieldInput: f.field(v)})
			f.Must(err)
			f.Advance(tt.recorded)
			in := f.field(v)
			in.OccurredAt = now.Add(tt.arrives)
			v, err = f.Arrive(ctx, in)
			f.Must(err)
			if !v.ArrivedAt.Equal(now.Add(tt.arrives)) {
				t.Errorf("%s: arrived at %v, want when it happened", tt.name, v.ArrivedAt)
			}
			list, err := f.Promises(ctx, d, o.ID)
			f.Must(err)
			if len(list) != 1 || list[0].Verdict == nil || list[0].Verdict.Kept != tt.kept || list[0].Verdict.LateBy != tt.late {
				t.Errorf("%s: promises = %+v; want kept %v, late by %v", tt.name, list, tt.kept, tt.late)
			}
			clocks, err := f.Clocks.OfRecord(ctx, d, "order", string(o.ID))
			f.Must(err)
			for _, c := range clocks {
				if c.Milestone == "arrival" && (c.Status == "met") != (tt.late <= 0) {
					t.Errorf("%s: arrival clock = %s, want met %v", tt.name, c.Status, tt.late <= 0)
				}
			}
			_, err = f.FinishVisit(ctx, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeSecondVisit}}})
			f.Must(err)
		}
	})
}

// TestPromiseChanges: promises are followed, never changed, and who moved them is counted.
func TestPromiseChanges(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.create()
		from := d.Now().Add(time.Hour)
		promise := func(in PromiseInput) error {
			in.Order = o.ID
			_, err := f.Promise(f.Ctx, in)
			return err
		}
		f.problem(promise(PromiseInput{From: from, To: from}), problem.ErrInvalid, "an empty window")
		f.problem(promise(PromiseInput{From: from, To: from.Add(48 * time.Hour)}), problem.ErrInvalid, "a window of two days")
		f.problem(promise(PromiseInput{From: from.Add(-3 * time.Hour), To: from.Add(-2 * time.Hour)}), problem.ErrInvalid, "a window of the past")
		f.Must(promise(PromiseInput{From: from, To: from.Add(time.Hour)}))
		f.Must(promise(PromiseInput{From: from, To: from.Add(time.Hour), ChangedBy: ByCustomer})) // said again
		next := from.Add(24 * time.Hour)
		f.problem(promise(PromiseInput{From: next, To: next.Add(time.Hour)}), problem.ErrInvalid, "a change by nobody")
		f.problem(promise(PromiseInput{From: next, To: next.Add(time.Hour), ChangedBy: ByCustomer}), problem.ErrInvalid, "a change without a reason")
		f.Must(promise(PromiseInput{Act: casestest.Act("customer_reschedules"), From: next, To: next.Add(time.Hour), ChangedBy: ByCustomer}))
		f.Advance(30 * time.Hour) // the window passes, nobody came
		last := d.Now().Add(time.Hour)
		f.Must(promise(PromiseInput{Act: casestest.Act("engineer_late"), From: last, To: last.Add(time.Hour), ChangedBy: ByEngineer}))
		got := f.get(o.ID)
		if got.MovedCustomer != 1 || got.MovedFirm != 1 || !got.Promised.From.Equal(last) {
			t.Errorf("order = moved %d by the customer, %d by us, promised %v", got.MovedCustomer, got.MovedFirm, got.Promised)
		}
		list, err := f.Promises(f.Ctx, d, o.ID)
		f.Must(err)
		if len(list) != 3 || list[0].Verdict != nil || list[1].Verdict == nil || list[1].Verdict.Kept || list[2].ChangedBy != ByEngineer {
			t.Errorf("promises = %+v, want three: given up in time, broken, open", list)
		}
	})
}

// TestPlanGuards: a visit serves one place, by people who may and are free.
func TestPlanGuards(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		start := d.Now().Add(2 * time.Hour)
		base := PlanVisit{Orders: []ID{o.ID}, Engineers: []workforce.EngineerID{f.Li.ID}, Start: start, End: start.Add(time.Hour)}
		for _, tt := range []struct {
			name   string
			change func(p *PlanVisit)
			want   *problem.Code
		}{
			{"no engineer", func(p *PlanVisit) { p.Engineers = nil }, problem.ErrInvalid},
			{"end before start", func(p *PlanVisit) { p.End = p.Start }, problem.ErrInvalid},
			{"another outlet's engineer", func(p *PlanVisit) { p.Engineers = []workforce.EngineerID{f.Zhao.ID} }, problem.ErrInvalid},
			{"another outlet", func(p *PlanVisit) { p.OutletID = f.Own.ID }, ErrOutlet},
			{"unknown order", func(p *PlanVisit) { p.Orders = []ID{ID(db.NewID())} }, ErrNotFound},
			{"override without a reason", func(p *PlanVisit) { p.Override = true }, problem.ErrInvalid},
		} {
			in := base
			tt.change(&in)
			_, err := f.PlanVisit(f.Ctx, in)
			f.problem(err, tt.want, tt.name)
		}
		days, err := f.Workforce.DayVersion(f.Ctx, d, f.Li.ID, "2026-11-23")
		f.Must(err)
		v, err := f.PlanVisit(f.Ctx, base)
		f.Must(err)
		if got, err := f.Workforce.DayVersion(f.Ctx, d, f.Li.ID, "2026-11-23"); err != nil || got <= days {
			t.Errorf("day of the engineer = %d after %d, %v; want it counted up", got, days, err)
		}
		second := f.secondOrder(o)
		over := base
		over.Orders = []ID{second.ID}
		_, err = f.PlanVisit(f.Ctx, over)
		f.problem(err, ErrBusy, "a second visit at the same time")
		over.Override, over.Reason, over.Note = true, "manual_choice", "同一小区"
		if _, err := f.PlanVisit(f.Ctx, over); err != nil {
			t.Errorf("override with a reason: %v", err)
		}
		// A certificate that is missing can't be overridden.
		certs := f.Li.Certificates
		for _, c := range certs {
			e, err := f.Workforce.Get(f.Ctx, d, f.Li.ID)
			f.Must(err)
			if c.Code == "GAS" {
				_, err = f.Workforce.RemoveCertificate(f.Ctx, workforce.RemoveCertificateInput{ID: e.ID, Version: e.Version, Certificate: c.ID})
				f.Must(err)
			}
		}
		third := f.secondOrder(o)
		over.Orders, over.Start, over.End = []ID{third.ID}, start.Add(5*time.Hour), start.Add(6*time.Hour)
		_, err = f.PlanVisit(f.Ctx, over)
		f.problem(err, ErrCrew, "gas work without a valid certificate")
		if got := f.visit(v.ID).State; got != VisitStatePlanned {
			t.Errorf("first visit = %s, want planned", got)
		}
	})
}

// secondOrder is one more order of the same case, at the same outlet.
func (f *fixture) secondOrder(like Order) Order {
	f.T.Helper()
	o := f.create()
	_, err := f.Offer(f.Ctx, OfferInput{ActInput: f.in(o.ID), OutletID: like.OutletID})
	f.Must(err)
	o, err = f.Accept(f.Ctx, f.in(o.ID))
	f.Must(err)
	return o
}

// TestNeverOverbooked: callers that plan one engineer for the same hour at once get it once.
func TestNeverOverbooked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var list []Order
		for range 8 {
			list = append(list, f.accepted())
		}
		start := d.Now().Add(2 * time.Hour)
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for _, o := range list {
			wg.Go(func() {
				_, err := f.PlanVisit(f.Ctx, PlanVisit{Orders: []ID{o.ID}, Engineers: []workforce.EngineerID{f.Li.ID}, Start: start, End: start.Add(time.Hour)})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won++
				} else if !problem.Match(err, ErrBusy) {
					t.Errorf("PlanVisit = %v, want it or %v", err, ErrBusy)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d visits at one time, want 1", won)
		}
	})
}

// TestEngineersOwn: an engineer acts on visits of his own, whatever the outlet.
func TestEngineersOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		v := f.planned(f.accepted().ID)
		for _, other := range []workforce.Engineer{f.Wu, f.Zhao} {
			_, err := f.AcceptVisit(f.Engineer(other), f.field(v))
			f.problem(err, ErrVisitNotFound, "another's visit by "+other.Name)
		}
		_, err := f.AcceptVisit(f.As(access.RoleOutletManager, f.Sh.Path), f.field(v))
		f.problem(err, ErrVisitNotFound, "a visit of another outlet")
		_, err = f.AcceptVisit(f.As(access.RoleFinance, "/"), f.field(v))
		f.problem(err, problem.ErrForbidden, "a visit by somebody without the permission")
		if _, err := f.AcceptVisit(f.Engineer(f.Li), f.field(v)); err != nil {
			t.Errorf("own visit: %v", err)
		}
		if _, err := f.List(f.Engineer(f.Li), Filter{Limit: 10}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an engineer lists orders = %v, want forbidden", err)
		}
	})
}

// TestReplay: a field act that comes again with its operation id changes nothing, for ever.
func TestReplay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		v := f.onSite(o.ID)
		ctx := f.Engineer(f.Li)
		in := FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: f.wholeProof("user-li")}}}
		in.OperationID = "op-1"
		in.Results[0].Proof.Parts = []PartUse{{Part: f.Board.ID, Quantity: 1}}
		first, err := f.FinishVisit(ctx, in)
		f.Must(err)
		order := f.get(o.ID)
		f.Advance(60 * 24 * time.Hour)
		again, err := f.FinishVisit(ctx, in)
		f.Must(err)
		if !again.Replayed || again.Version != first.Version || f.get(o.ID).Version != order.Version {
			t.Errorf("again = replayed %v, version %d after %d; order %d after %d", again.Replayed, again.Version, first.Version, f.get(o.ID).Version, order.Version)
		}
		stock, err := f.Parts.Stock(ctx, d, nil, nil)
		f.Must(err)
		if stock[0].OnHand != 1 {
			t.Errorf("on hand = %d, want 1: the part was used once", stock[0].OnHand)
		}
		parts, err := f.PartsOf(ctx, d, o.ID)
		f.Must(err)
		if len(parts) != 1 {
			t.Errorf("part lines = %d, want 1", len(parts))
		}
	})
}

// TestConflicts: what an engineer did while dispatch changed the visit is kept with its proof, and raised.
func TestConflicts(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		change func(f *fixture, o Order, v Visit)
		act    string
		why    string
	}{
		{"visit cancelled", func(f *fixture, _ Order, v Visit) {
			_, err := f.CancelVisit(f.Ctx, VisitInput{Act: casestest.Act("dispatcher_moves"), ID: v.ID})
			f.Must(err)
		}, "depart", WhyCancelled},
		{"visit moved", func(f *fixture, _ Order, v Visit) {
			_, err := f.Reschedule(f.Ctx, MoveVisit{VisitInput: VisitInput{Act: casestest.Act("dispatcher_moves"), ID: v.ID}, Start: v.Start.Add(24 * time.Hour)})
			f.Must(err)
		}, "depart", WhyRescheduled},
		{"given to another", func(f *fixture, _ Order, v Visit) {
			_, err := f.Reschedule(f.Ctx, MoveVisit{VisitInput: VisitInput{Act: casestest.Act("engineer_ill"), ID: v.ID}, Engineers: []workforce.EngineerID{f.Wu.ID}})
			f.Must(err)
		}, "depart", WhyTakenOff},
		{"order cancelled", func(f *fixture, o Order, _ Visit) {
			_, err := f.Cancel(f.Ctx, f.in(o.ID, "customer_withdrew"))
			f.Must(err)
		}, "finish", WhyOrderMoved},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		ctx, dispatcher := f.Engineer(f.Li), f.As(access.RoleDispatcher, "/")
		for _, tt := range rows {
			f.Advance(29 * time.Hour) // past the visit that one row moves to the next day
			f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
			o := f.accepted()
			var v Visit
			var err error
			if tt.act == "finish" {
				v = f.onSite(o.ID)
			} else {
				v = f.planned(o.ID)
				_, err = f.AcceptVisit(ctx, f.field(v))
				f.Must(err)
			}
			tt.change(f, o, v)
			state := f.visit(v.ID).State
			in := f.field(v)
			in.OperationID = "late-1"
			send := func() (Visit, error) {
				if tt.act == "finish" {
					return f.FinishVisit(ctx, FinishInput{FieldInput: in, Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: f.wholeProof("user-li")}}})
				}
				return f.Depart(ctx, DepartInput{FieldInput: in})
			}
			got, err := send()
			if err != nil {
				t.Fatalf("%s: %s after the change = %v, want it kept", tt.name, tt.act, err)
			}
			if !got.Conflicting || f.visit(v.ID).State != state {
				t.Errorf("%s: conflicting = %v, visit %s after %s; want a conflict and no change", tt.name, got.Conflicting, f.visit(v.ID).State, state)
			}
			if got, err = send(); err != nil || !got.Replayed || !got.Conflicting {
				t.Errorf("%s: sent again = replayed %v, conflicting %v, %v", tt.name, got.Replayed, got.Conflicting, err)
			}
			list, err := f.OpenConflicts(dispatcher, time.Time{}, "", 10)
			f.Must(err)
			if len(list) == 0 || list[0].Why != tt.why || list[0].EngineerID != f.Li.ID {
				t.Fatalf("%s: open conflicts = %+v, want one because %s", tt.name, list, tt.why)
			}
			if tt.act == "finish" {
				p, err := f.Proof(ctx, d, o.ID)
				f.Must(err)
				if len(p.Photos) != 3 || len(p.Answers) == 0 || list[0].Outcome != OutcomeFixed {
					t.Errorf("proof = %d photos, %d answers, outcome %q; want it kept", len(p.Photos), len(p.Answers), list[0].Outcome)
				}
			}
			if other, err := f.OpenConflicts(f.As(access.RoleOutletManager, f.Sh.Path), time.Time{}, "", 10); err != nil || len(other) != 0 {
				t.Errorf("%s: conflicts of another outlet = %v, %v; want none", tt.name, other, err)
			}
			for _, c := range list {
				_, err = f.CloseConflict(dispatcher, ConflictInput{ID: c.ID, Resolution: "noted"})
				f.Must(err)
				_, err = f.CloseConflict(dispatcher, ConflictInput{ID: c.ID, Resolution: "noted"})
				f.problem(err, ErrConflictDone, tt.name+": close a conflict twice")
			}
		}
	})
}

// TestOutcomes: the first four complete an order, the others break it off and wish for the next visit.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, outcome := range Outcomes {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, dbtest.SQLite(t))
			o := f.accepted()
			v := f.onSite(o.ID)
			ctx := f.Engineer(f.Li)
			_, err := f.FinishVisit(ctx, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: ID(db.NewID()), Outcome: outcome}}})
			f.problem(err, problem.ErrInvalid, "finish without the visit's order")
			_, err = f.FinishVisit(ctx, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: outcome}}})
			f.Must(err)
			got := f.get(o.ID)
			wishes, err := f.Wishes(ctx, f.DB, o.ID)
			f.Must(err)
			if outcome.Completes() {
				if got.State != StateCompleted || got.Review != ReviewProof || len(wishes) != 0 {
					t.Errorf("order = %s, review %q, %d wishes; want completed, proof owed, none", got.State, got.Review, len(wishes))
				}
				return
			}
			if got.State != StateIncomplete || len(wishes) != 1 || wishes[0].Why != outcome || wishes[0].Reason == "" {
				t.Fatalf("order = %s, wishes %+v; want incomplete and one wish", got.State, wishes)
			}
			if want := outcome.waitsFor(); got.WaitFor != want {
				t.Errorf("waits for %q, want %q", got.WaitFor, want)
			}
			got, err = f.Continue(f.Ctx, ContinueInput{ActInput: f.in(o.ID)})
			f.Must(err)
			if got.State != StateReady || got.OutletID != f.Hz.ID || !got.Kept {
				t.Errorf("continued = %s at %q, kept %v; want ready at the same outlet", got.State, got.OutletID, got.Kept)
			}
			f.planned(o.ID) // kept: without a new offer
			if wishes, err = f.Wishes(ctx, f.DB, o.ID); err != nil || wishes[0].State != WishMet {
				t.Errorf("wish = %+v, %v; want it met", wishes, err)
			}
		})
	}
}

// TestVainVisit: nobody at home breaks the order off and counts the trip.
func TestVainVisit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		v := f.planned(o.ID)
		ctx := f.Engineer(f.Li)
		_, err := f.AcceptVisit(ctx, f.field(v))
		f.Must(err)
		_, err = f.FailVisit(ctx, f.field(v))
		f.problem(err, problem.ErrInvalid, "fail without a reason")
		_, err = f.FailVisit(ctx, f.field(v, "customer_absent"))
		f.Must(err)
		got := f.get(o.ID)
		if got.State != StateIncomplete || got.Visits != 1 || got.Reason != "customer_absent" || got.Blame != "customer" {
			t.Errorf("order = %s, %d visits, %s by %q", got.State, got.Visits, got.Reason, got.Blame)
		}
		// Planning the next visit lets it go on by itself.
		f.planned(o.ID)
		if got := f.get(o.ID).State; got != StateScheduled {
			t.Errorf("with the next visit = %s, want scheduled", got)
		}
	})
}

// TestTwoOrdersTwoEngineers: a visit serves several orders with several engineers, each with his own times.
func TestTwoOrdersTwoEngineers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := f.accepted()
		b := f.secondOrder(a)
		start := d.Now().Add(time.Hour)
		v, err := f.PlanVisit(f.Ctx, PlanVisit{
			Orders: []ID{a.ID, b.ID}, Engineers: []workforce.EngineerID{f.Li.ID, f.Wu.ID}, Start: start, End: start.Add(2 * time.Hour), Dispatch: true,
		})
		f.Must(err)
		li, wu := f.Engineer(f.Li), f.Engineer(f.Wu)
		_, err = f.AcceptVisit(li, f.field(v))
		f.Must(err)
		for _, ctx := range []context.Context{li, wu} {
			_, err = f.Depart(ctx, DepartInput{FieldInput: f.field(v)})
			f.Must(err)
			f.Advance(5 * time.Minute)
		}
		for _, ctx := range []context.Context{li, wu} {
			_, err = f.Arrive(ctx, f.field(v))
			f.Must(err)
			f.Advance(5 * time.Minute)
		}
		got := f.visit(v.ID)
		if got.State != VisitStateOnSite || len(got.Members) != 2 || got.Members[1].ArrivedAt == nil || got.Members[1].ArrivedAt.Equal(*got.ArrivedAt) {
			t.Errorf("visit = %s, members %+v; want on site, each with his own arrival", got.State, got.Members)
		}
		_, err = f.FinishVisit(li, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: a.ID, Outcome: OutcomeFixed}}})
		f.problem(err, problem.ErrInvalid, "finish with one outcome of two")
		_, err = f.FinishVisit(li, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: a.ID, Outcome: OutcomeFixed}, {Order: b.ID, Outcome: OutcomeNeedsPart}}})
		f.Must(err)
		if x, y := f.get(a.ID).State, f.get(b.ID).State; x != StateCompleted || y != StateIncomplete {
			t.Errorf("orders = %s and %s, want completed and incomplete", x, y)
		}
		if got := f.CaseState(); got != cases.Serving {
			t.Errorf("case with work left = %s, want serving", got)
		}
	})
}

// TestArrivalPlace: a far or unknown place is kept with its reason, never refused.
func TestArrivalPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		at   *geo.Point
		want string
	}{
		{"near", &geo.Point{Lat: 30.2801, Lon: 120.1301, Datum: geo.WGS84}, "[orders.arrival_distance ok]"},
		{"far", &geo.Point{Lat: 30.38, Lon: 120.13, Datum: geo.WGS84}, "[orders.arrival_distance warn]"},
		{"no position", nil, "[orders.arrival_without_position warn]"},
		{"a device without a fix", &geo.Point{Datum: geo.WGS84}, "[orders.arrival_without_position warn]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := Visit{Mode: "visit", Lat: new(30.28), Lon: new(120.13)}
			_, why := v.judgePlace(tt.at)
			if got := fmt.Sprint([]any{why[0].Code, why[0].Verdict}); got != tt.want {
				t.Errorf("judgePlace = %s, want %s", got, tt.want)
			}
		})
	}
}

// TestPosition: a live position is kept only while travelling and agreed to, and erased at arrival.
func TestPosition(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		v := f.planned(o.ID)
		ctx := f.Engineer(f.Li)
		_, err := f.AcceptVisit(ctx, f.field(v))
		f.Must(err)
		here := geo.Point{Lat: 30.27, Lon: 120.12, Datum: geo.WGS84}
		f.Must(f.Position(ctx, v.ID, here))
		seen := func() bool {
			t.Helper()
			_, ok, err := f.LivePosition(ctx, d, o.ID)
			f.Must(err)
			return ok
		}
		if seen() {
			t.Error("a position before the engineer left")
		}
		in := DepartInput{FieldInput: f.field(v), Share: true}
		in.Point = &here
		_, err = f.Depart(ctx, in)
		f.Must(err)
		if !seen() {
			t.Error("no position while travelling")
		}
		_, err = f.Arrive(ctx, f.field(v))
		f.Must(err)
		if seen() {
			t.Error("a position after arrival")
		}
	})
}

// TestVisitsOfEngineer: an engineer's visits come page by page in the order of their starts, without those that he was taken off.
func TestVisitsOfEngineer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		plan := func(hours int, members ...workforce.EngineerID) Visit {
			t.Helper()
			start := d.Now().Add(time.Duration(hours) * time.Hour)
			v, err := f.PlanVisit(f.Ctx, PlanVisit{Orders: []ID{f.accepted().ID}, Engineers: members, Start: start, End: start.Add(time.Hour), Dispatch: true})
			f.Must(err)
			return v
		}
		late, early, both := plan(9, f.Li.ID), plan(3, f.Li.ID), plan(6, f.Li.ID, f.Wu.ID)
		plan(4, f.Wu.ID)
		off := plan(12, f.Li.ID)
		_, err := f.Reschedule(f.Ctx, MoveVisit{VisitInput: VisitInput{Act: casestest.Act("engineer_ill"), ID: off.ID}, Engineers: []workforce.EngineerID{f.Wu.ID}})
		f.Must(err)
		filter := VisitFilter{Engineers: []workforce.EngineerID{f.Li.ID}, Limit: 1}
		var got []VisitID
		for {
			page, err := f.ListVisits(f.Ctx, filter)
			f.Must(err)
			if len(page) == 0 {
				break
			}
			got = append(got, page[0].ID)
			filter.HasAfter, filter.AfterKey, filter.AfterID = true, db.Micros(page[0].Start), page[0].ID
		}
		if want := []VisitID{early.ID, both.ID, late.ID}; !slices.Equal(got, want) {
			t.Errorf("Li's visits = %v, want %v", got, want)
		}
		some, err := f.ListVisits(f.Ctx, VisitFilter{Engineers: []workforce.EngineerID{f.Li.ID}, From: early.Start.Add(time.Minute), To: late.Start, Limit: 10})
		if err != nil || len(some) != 1 || some[0].ID != both.ID || len(some[0].Members) != 2 {
			t.Errorf("between = %+v, %v; want the visit of both", some, err)
		}
	})
}
