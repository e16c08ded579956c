package console

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/entitlement"
	"anxin/internal/orders"
	"anxin/internal/orders/orderstest"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// Vectors of the trade: roll-ups add counts, opinions carry Wilson's interval.
func TestRatio(t *testing.T) {
	t.Parallel()
	if got := (Ratio{90, 100}).Plus(Ratio{5, 10}); got != (Ratio{95, 110}) || math.Abs(*got.Value()-0.8636) > 0.0001 {
		t.Errorf("90 of 100 and 5 of 10 are %v, want 95 of 110", got)
	}
	w := (Ratio{47, 50}).Wilson()
	if math.Abs(w.Low-0.838) > 0.001 || math.Abs(w.High-0.979) > 0.001 {
		t.Errorf("Wilson of 47 of 50 = %+v, want 0.838 to 0.979", w)
	}
	if none := (Ratio{}); none.Value() != nil || none.Wilson() != nil {
		t.Error("nothing divided by nothing has a value")
	}
}

// job is one order of the small world.
type job struct {
	brand    catalog.BrandID
	late     time.Duration // after the promised window
	answered callbacks.Class
}

// done lets Li of /hz/ do a job on the fixture's present case: promised a window of two hours, arrived at its
// beginning or late, repaired.
func (f *fixture) done(j job) orders.Order {
	f.T.Helper()
	o := f.Accepted()
	start := f.DB.Now().Add(2 * time.Hour)
	_, err := f.Promise(f.Ctx, orders.PromiseInput{Order: o.ID, From: start, To: start.Add(2 * time.Hour)})
	f.Must(err)
	v := f.Planned(o.ID)
	ctx := f.Engineer(f.Li)
	_, err = f.AcceptVisit(ctx, orderstest.Field(v))
	f.Must(err)
	f.Advance(time.Hour)
	_, err = f.Depart(ctx, orders.DepartInput{FieldInput: orderstest.Field(v)})
	f.Must(err)
	f.Advance(time.Hour)
	if j.late > 0 {
		f.Advance(2*time.Hour + j.late)
	}
	in := orderstest.Field(v)
	in.Point = &geo.Point{Lat: 30.2801, Lon: 120.1301, Datum: geo.WGS84}
	v, err = f.Arrive(ctx, in)
	f.Must(err)
	f.Advance(time.Hour)
	_, err = f.FinishVisit(ctx, orders.FinishInput{
		FieldInput: orderstest.Field(v), Results: []orders.OrderResult{{Order: o.ID, Outcome: orders.OutcomeFixed, Proof: f.Proof("REP", "user-li", "")}},
	})
	f.Must(err)
	if j.answered != 0 {
		f.answer(o, j.answered)
	}
	return o
}

// asked delivers the events until the customer is to be asked about an order.
func (f *fixture) asked(o orders.Order) callbacks.Callback {
	f.T.Helper()
	var list []callbacks.Callback
	dbtest.Until(f.T, "somebody is asked about order "+o.Number, func() bool {
		f.Must(f.bus.Drain(f.T.Context()))
		var err error
		list, err = f.cb.List(f.Ctx, callbacks.Filter{OrderID: o.ID, Open: true, Limit: 5})
		f.Must(err)
		return len(list) == 1
	})
	return list[0]
}

// answer asks the customer and records what was said.
func (f *fixture) answer(o orders.Order, class callbacks.Class) {
	f.T.Helper()
	_, err := f.cb.Record(f.Ctx, callbacks.AnswerInput{ID: f.asked(o).ID, Class: class, Seconds: 30})
	f.Must(err)
}

// world is small enough to count by hand, on six days:
//
//	day 1  a repair at /hz/ for brand one, in time, customer very satisfied (10)
//	day 1  one on another machine, an hour after the window, "late" (32)
//	day 3  one for brand two, in time, satisfied (11)
//	day 3  one solved on the phone; a complaint, closed the same day
//	day 6  the first machine again, same symptom: a repeat of the first, in time, not asked
func (f *fixture) world() {
	f.T.Helper()
	first := f.Unit
	f.done(job{answered: 10})
	f.newCase(f.One)
	f.done(job{late: time.Hour, answered: 32})
	f.Advance(40 * time.Hour)
	f.newCase(f.Two)
	f.done(job{brand: f.Two, answered: 11})

	remote, err := f.Cases.Open(f.Ctx, cases.OpenInput{
		Type: cases.Request, BrandID: f.One, CustomerID: f.Customer.ID, Category: "GWH", ServiceType: "REP", Channel: cases.Phone, Summary: "不会设置温度",
	})
	f.Must(err)
	_, err = f.Cases.Classify(f.Ctx, cases.ClassifyInput{ActInput: cases.ActInput{ID: remote.ID}})
	f.Must(err)
	_, err = f.Cases.SolveRemotely(f.Ctx, cases.ActInput{ID: remote.ID, Act: access.Act{Reason: "solved_by_guidance"}})
	f.Must(err)
	bad, err := f.Cases.Open(f.Ctx, cases.OpenInput{Type: cases.Complaint, BrandID: f.One, CustomerID: f.Customer.ID, Channel: cases.Phone, Summary: "来得太晚"})
	f.Must(err)
	f.Advance(2 * time.Hour)
	for _, stage := range []cases.Stage{cases.StageAcknowledged, cases.StageClassified, cases.StageInvestigating, cases.StageProposal, cases.StageAgreed, cases.StageExecuting, cases.StageVerified} {
		in := cases.StageInput{ActInput: cases.ActInput{ID: bad.ID, Act: access.Act{Note: "退还上门费"}}, Stage: stage}
		if stage == cases.StageClassified {
			in.Facts = &cases.ComplaintFacts{}
		}
		_, err = f.Cases.MoveStage(f.Ctx, in)
		f.Must(err)
	}
	_, err = f.Cases.Close(f.Ctx, cases.CloseInput{ActInput: cases.ActInput{ID: bad.ID}, Responsibility: catalog.ByOutlet})
	f.Must(err)

	f.Advance(60 * time.Hour)
	f.Unit, f.CaseID = first, f.OpenCase(f.One, f.Customer.ID, first.ID)
	f.done(job{})
}

// newCase begins a case on another machine of the customer.
func (f *fixture) newCase(brand catalog.BrandID) {
	f.T.Helper()
	f.NewUnit(brand)
	f.CaseID = f.OpenCase(brand, f.Customer.ID, f.Unit.ID)
}

func ratios(list []Measure) map[KPI]Ratio {
	out := map[KPI]Ratio{}
	for _, m := range list {
		out[m.KPI] = m.Ratio
	}
	return out
}

func TestKPIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		begun := calendar.DateOf(d.Now(), f.con.Zone)
		f.world()
		all := map[KPI]Ratio{
			OnTimeArrival: {3, 4}, FirstTimeFix: {3, 4}, Repeat30d: {1, 4}, CompletionInTime: {4, 4}, RemoteFix: {1, 5}, CallbackSatisfaction: {2, 3},
			ComplaintInTime: {1, 1}, PromiseKept: {3, 4},
		}
		outlet := map[KPI]Ratio{ // the centre's own, on the phone and the complaint, are not the outlet's
			OnTimeArrival: {3, 4}, FirstTimeFix: {3, 4}, Repeat30d: {1, 4}, CompletionInTime: {4, 4}, CallbackSatisfaction: {2, 3}, PromiseKept: {3, 4},
		}
		two := map[KPI]Ratio{
			OnTimeArrival: {1, 1}, FirstTimeFix: {1, 1}, Repeat30d: {0, 1}, CompletionInTime: {1, 1}, RemoteFix: {0, 1}, CallbackSatisfaction: {1, 1}, PromiseKept: {1, 1},
		}
		for name, tt := range map[string]struct {
			ctx  context.Context
			in   KPIInput
			want map[KPI]Ratio
		}{
			"the centre":     {f.As(access.RoleHead, "/"), KPIInput{}, all},
			"the outlet":     {f.As(access.RoleOutletManager, f.Hz.Path), KPIInput{}, outlet},
			"asked for":      {f.As(access.RoleHead, "/"), KPIInput{Outlet: f.Hz.ID}, outlet},
			"brand two":      {f.As(access.RoleHead, "/", f.Two), KPIInput{}, two},
			"another outlet": {f.As(access.RoleOutletManager, f.Sh.Path), KPIInput{}, nil},
			"the first day": {f.As(access.RoleHead, "/"), KPIInput{From: begun, To: begun}, map[KPI]Ratio{
				OnTimeArrival: {1, 2}, FirstTimeFix: {1, 2}, Repeat30d: {1, 2}, CompletionInTime: {2, 2}, RemoteFix: {0, 2}, CallbackSatisfaction: {1, 2}, PromiseKept: {1, 2},
			}},
			"the days before": {f.As(access.RoleHead, "/"), KPIInput{From: begun - 20, To: begun - 1}, nil},
		} {
			k, err := f.con.KPIs(tt.ctx, tt.in)
			f.Must(err)
			got := ratios(k.Measures)
			if len(got) != len(kpis) {
				t.Errorf("%s: %d measures, want %d", name, len(got), len(kpis))
			}
			for _, row := range kpis {
				if got[row.Key] != tt.want[row.Key] {
					t.Errorf("%s: %s = %v, want %v", name, row.Key, got[row.Key], tt.want[row.Key])
				}
			}
			for _, m := range k.Measures {
				if (m.Value == nil) != (m.Denominator == 0) {
					t.Errorf("%s: %s of %v has the value %v", name, m.KPI, m.Ratio, m.Value)
				}
			}
		}
		if _, err := f.con.KPIs(f.As(access.RoleAgent, "/"), KPIInput{}); problem.CodeOf(err).Kind != problem.Forbidden {
			t.Errorf("an agent reads the measures: %v, want forbidden", err)
		}
		if _, err := f.con.KPIs(f.As(access.RoleHead, "/"), KPIInput{From: begun, To: begun - 1}); problem.CodeOf(err).Kind != problem.Invalid {
			t.Errorf("a period that ends before it begins: %v, want refused", err)
		}
		if _, err := f.con.KPIs(f.As(access.RoleOutletManager, f.Sh.Path), KPIInput{Outlet: f.Hz.ID}); problem.CodeOf(err).Kind != problem.NotFound {
			t.Errorf("another outlet's measures: %v, want not found", err)
		}
	})
}

// TestWorkplace: a case's page for the centre, the outlet that works on it, and those who see nothing of it.
func TestWorkplace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.Accepted()
		_, err := f.Entitlement.Assess(f.Ctx, entitlement.AssessInput{Unit: f.Unit.ID, Case: string(f.CaseID)})
		f.Must(err)
		for name, tt := range map[string]struct {
			ctx  context.Context
			sees bool
		}{
			"an agent":            {f.As(access.RoleAgent, "/"), true},
			"the outlet":          {f.As(access.RoleOutletManager, f.Hz.Path), true},
			"another outlet":      {f.As(access.RoleOutletManager, f.Sh.Path), false},
			"an agent of two":     {f.As(access.RoleAgent, "/", f.Two), false},
			"the outlet, for two": {f.As(access.RoleOutletManager, f.Hz.Path, f.Two), false},
		} {
			w, err := f.con.Workplace(tt.ctx, f.CaseID)
			if !tt.sees {
				if problem.CodeOf(err).Kind != problem.NotFound {
					t.Errorf("%s: %v, want not found", name, err)
				}
				continue
			}
			f.Must(err)
			if len(w.Orders) != 1 || w.Orders[0].ID != o.ID {
				t.Errorf("%s: orders %+v, want %s", name, w.Orders, o.Number)
			}
			if w.Customer == nil || w.Customer.Name == casestest.Name || w.Customer.Phone == casestest.Phone || w.Customer.Cases != 1 {
				t.Errorf("%s: customer %+v, want him masked, with one case", name, w.Customer)
			}
			if w.Unit == nil || w.Unit.ID != f.Unit.ID {
				t.Errorf("%s: unit %+v", name, w.Unit)
			}
			if w.Place == "" || containsAny(w.Place, casestest.Door, "文三路478号") {
				t.Errorf("%s: place %q, want it masked", name, w.Place)
			}
			kinds := map[string]bool{}
			for _, c := range w.Clocks {
				kinds[c.Record+"/"+c.Milestone] = true
			}
			for _, want := range []string{"case/" + string(clocks.FirstResponse), "order/" + string(clocks.Completion)} {
				if !kinds[want] {
					t.Errorf("%s: clocks %v, want %s among them", name, kinds, want)
				}
			}
			for i := 1; i < len(w.Timeline); i++ {
				if w.Timeline[i].At.Before(w.Timeline[i-1].At) {
					t.Errorf("%s: the timeline is not in order at %d", name, i)
				}
			}
			if len(w.Timeline) < 3 || w.Timeline[0].Topic != "case.opened.v1" {
				t.Errorf("%s: timeline of %d, want it from the opening on", name, len(w.Timeline))
			}
			if !slices.ContainsFunc(w.Timeline, func(m Moment) bool { return m.Topic == "coverage.decided.v1" }) {
				t.Errorf("%s: the timeline lacks what was decided on the customer's rights", name)
			}
			for _, m := range w.Timeline {
				if containsAny(string(m.Data)+m.Text, casestest.Phone, casestest.Name, casestest.Door) {
					t.Errorf("%s: %s tells personal data", name, m.Topic)
				}
			}
		}
	})
}

// TestHome: what waits for each role, within its scope.
func TestHome(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.Accepted()        // unplanned at /hz/
		f.Open()            // a second order of the case, without an outlet
		offered := f.Open() // and a third, which /own/ is asked to take
		_, err := f.Offer(f.Ctx, orders.OfferInput{ActInput: orderstest.In(offered.ID), OutletID: f.Own.ID})
		f.Must(err)
		_, err = f.Cases.Assign(f.Ctx, cases.AssignInput{ActInput: cases.ActInput{ID: f.CaseID}, AssigneeID: access.From(f.As(access.RoleAgent, "/")).ID})
		f.Must(err)
		_, err = f.Cases.Open(f.Ctx, cases.OpenInput{Type: cases.Request, BrandID: f.Two, Channel: cases.Phone, Summary: "有煤气味"})
		f.Must(err)
		urgent, err := f.Cases.Open(f.Ctx, cases.OpenInput{Type: cases.Request, BrandID: f.Two, Channel: cases.Phone, Summary: "明天要出门,今天必须修好"})
		f.Must(err)
		hurry := cases.ActInput{ID: urgent.ID}
		hurry.Reason = "priority_override"
		_, err = f.Cases.SetPriority(f.Ctx, cases.PriorityInput{ActInput: hurry, Priority: cases.P1}) // urgent, and no danger
		f.Must(err)
		for name, tt := range map[string]struct {
			ctx  context.Context
			want Home
		}{
			"agent": {f.As(access.RoleAgent, "/"), Home{
				MyCases: Count{N: 1}, Unassigned: Count{N: 2}, SafetyCases: Count{N: 1}, ReadyOrders: Count{N: 1}, OfferedOrders: Count{N: 1}, UnplannedOrder: Count{N: 1},
			}},
			"agent of brand two": {f.As(access.RoleAgent, "/", f.Two), Home{Unassigned: Count{N: 2}, SafetyCases: Count{N: 1}}},
			"manager of /hz/":    {f.As(access.RoleOutletManager, f.Hz.Path), Home{UnplannedOrder: Count{N: 1}}},
			"manager of /own/":   {f.As(access.RoleOutletManager, f.Own.Path), Home{OfferedOrders: Count{N: 1}}},
			"manager of /sh/":    {f.As(access.RoleOutletManager, f.Sh.Path), Home{}},
		} {
			got, err := f.con.Home(tt.ctx)
			f.Must(err)
			if got != tt.want {
				t.Errorf("%s: %+v, want %+v", name, got, tt.want)
			}
		}
		if _, err := f.con.Home(f.Engineer(f.Li)); problem.CodeOf(err).Kind != problem.Forbidden {
			t.Errorf("an engineer's desk: %v, want forbidden", err)
		}
		if _, err := f.con.Home(access.With(t.Context(), access.Actor{Kind: access.Public})); problem.CodeOf(err).Kind != problem.Unauthorized {
			t.Errorf("nobody's desk: %v, want unauthorised", err)
		}
		f.Advance(30 * 24 * time.Hour)
		late, err := f.con.Home(f.As(access.RoleHead, "/"))
		f.Must(err)
		if late.LateCases.N != 3 {
			t.Errorf("a month later %d cases are late, want 3", late.LateCases.N)
		}
	})
}
