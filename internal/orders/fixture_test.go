package orders

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// fixture is a firm with this service.
type fixture struct {
	*Service
	*casestest.Firm
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	firm := casestest.New(t, d, Permissions...)
	s := firm.Services
	return &fixture{Firm: firm, Service: New(Deps{
		DB: d, Numbers: s.Numbers, Keys: s.Keys, Files: s.Files, Search: s.Search, Identity: s.Identity, Notify: s.Notify, Catalog: s.Catalog, Outlets: s.Outlets,
		Customers: s.Customers, Clocks: s.Clocks, Ledger: s.Ledger, Units: s.Units, Workforce: s.Workforce, Parts: s.Parts, Entitlement: s.Entitlement,
		Tariffs: s.Tariffs, Cases: s.Cases,
	})}
}

// create opens an order of the case, ready.
func (f *fixture) create(change ...func(*CreateInput)) Order {
	f.T.Helper()
	in := CreateInput{CaseID: f.CaseID, Release: true, Instruct: "先检查水压", Parties: Parties{OnSite: Person{Name: casestest.Name, Phone: casestest.Other}}}
	for _, c := range change {
		c(&in)
	}
	o, err := f.Create(f.Ctx, in)
	if err != nil {
		f.T.Fatalf("Create: %v", err)
	}
	return o
}

func (f *fixture) get(id ID) Order {
	f.T.Helper()
	o, err := findOrder(f.T.Context(), f.DB, access.Everything, id)
	f.Must(err)
	return o
}

func (f *fixture) visit(id VisitID) Visit {
	f.T.Helper()
	v, err := findVisit(f.T.Context(), f.DB, access.Everything, id)
	f.Must(err)
	return v
}

func (f *fixture) in(id ID, reason ...string) ActInput {
	return ActInput{Act: casestest.Act(reason...), ID: id}
}

// accepted brings an order to the outlet /hz/.
func (f *fixture) accepted() Order {
	f.T.Helper()
	o := f.create()
	_, err := f.Offer(f.Ctx, OfferInput{ActInput: f.in(o.ID), OutletID: f.Hz.ID})
	f.Must(err)
	o, err = f.Accept(f.As(access.RoleOutletManager, f.Hz.Path), f.in(o.ID))
	f.Must(err)
	return o
}

// planned plans and sends a visit of Li for orders, two hours from now.
func (f *fixture) planned(ids ...ID) Visit {
	f.T.Helper()
	start := f.DB.Now().Add(2 * time.Hour)
	v, err := f.PlanVisit(f.Ctx, PlanVisit{Orders: ids, Engineers: []workforce.EngineerID{f.Li.ID}, Start: start, End: start.Add(time.Hour), Dispatch: true})
	if err != nil {
		f.T.Fatalf("PlanVisit: %v", err)
	}
	return v
}

func (f *fixture) field(v Visit, reason ...string) FieldInput {
	return FieldInput{VisitInput: VisitInput{Act: casestest.Act(reason...), ID: v.ID}}
}

// onSite brings a visit of Li to the place.
func (f *fixture) onSite(ids ...ID) Visit {
	f.T.Helper()
	v := f.planned(ids...)
	ctx := f.Engineer(f.Li)
	_, err := f.AcceptVisit(ctx, f.field(v))
	f.Must(err)
	_, err = f.Depart(ctx, DepartInput{FieldInput: f.field(v)})
	f.Must(err)
	f.Advance(2 * time.Hour) // the visit's start
	in := f.field(v)
	in.Point = &geo.Point{Lat: 30.2801, Lon: 120.1301, Datum: geo.WGS84}
	v, err = f.Arrive(ctx, in)
	f.Must(err)
	return v
}

// wholeProof is everything that a repair of a gas water heater asks for.
func (f *fixture) wholeProof(user string) ProofInput {
	p := ProofInput{
		Diagnosis: Diagnosis{Symptom: "GWH-S03", Cause: "GWH-C03", Action: "GWH-A03"}, Serial: "SN-0001",
		Photos: []PhotoInput{{f.Upload(user, files.Photo, 1), PhotoBefore}, {f.Upload(user, files.Photo, 2), PhotoAfter}, {f.Upload(user, files.Signature, 3), PhotoSignature}},
	}
	f.Answers("REP", "GWH", func(item catalog.ChecklistItem, checked *bool, number *float64, text string) {
		p.Answers = append(p.Answers, AnswerItem{Item: item.Code, Checked: checked, Number: number, Text: text})
	})
	return p
}

// completed finishes an order by Li with whole proof.
func (f *fixture) completed() (Order, Visit) {
	f.T.Helper()
	return f.completedWith(func(*ProofInput) {})
}

func (f *fixture) completedWith(change func(*ProofInput)) (Order, Visit) {
	f.T.Helper()
	o := f.accepted()
	v := f.onSite(o.ID)
	p := f.wholeProof("user-li")
	change(&p)
	v, err := f.FinishVisit(f.Engineer(f.Li), FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: p}}})
	if err != nil {
		f.T.Fatalf("FinishVisit: %v", err)
	}
	return f.get(o.ID), v
}

func (f *fixture) callback(id ID, result Opinion, class int) error {
	return db.InTx0(access.AsSystem(f.Ctx, "test"), f.DB, func(ctx context.Context, tx *db.Tx) error {
		return f.CallbackResultTx(ctx, tx, CallbackResult{Order: id, Result: result, Class: class, At: tx.Now()})
	})
}

func (f *fixture) problem(err error, want *problem.Code, what string) {
	f.T.Helper()
	if !problem.Match(err, want) {
		f.T.Errorf("%s = %v, want %v", what, err, want)
	}
}

// server is the real HTTP stack over the fixture; the header X-User chooses who asks.
func (f *fixture) server(people map[string]context.Context) http.Handler {
	s := httpapi.New(httpapi.Options{
		DB: f.DB, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, Words, cases.Words, catalog.Words, customers.Words, files.Words, identity.Words, units.Words, parts.Words),
		Seal: apitest.Plain{}, Auth: people2(people), Version: "test", MaxBody: 1 << 20,
	})
	f.Register(s)
	return s.Handler()
}

type people2 map[string]context.Context

func (p people2) Authenticate(r *http.Request) (access.Actor, error) {
	if ctx, ok := p[r.Header.Get("X-User")]; ok {
		return access.From(ctx), nil
	}
	return access.Actor{Kind: access.Public}, nil
}

func call(t *testing.T, h http.Handler, user, method, path string, body any, header ...string) (int, map[string]any, []byte) {
	t.Helper()
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, httpapi.Prefix+path, bytes.NewReader(raw))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("X-User", user)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var out map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return w.Code, out, w.Body.Bytes()
}
