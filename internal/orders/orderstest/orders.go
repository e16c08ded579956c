// Package orderstest takes the orders of a small firm (casestest) through their lives, for the tests of modules above
// orders.
package orderstest

import (
	"fmt"
	"testing"
	"time"

	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// Firm is a firm with orders.
type Firm struct {
	*orders.Service
	*casestest.Firm
}

// New makes a firm on an empty database. Permissions are those that roles have in it: of orders and below, and what
// the caller adds.
func New(t testing.TB, d *db.DB, permissions ...access.Permission) *Firm {
	t.Helper()
	firm := casestest.New(t, d, append(permissions, orders.Permissions...)...)
	s := firm.Services
	return &Firm{Firm: firm, Service: orders.New(orders.Deps{
		DB: d, Numbers: s.Numbers, Keys: s.Keys, Files: s.Files, Search: s.Search, Identity: s.Identity, Notify: s.Notify, Catalog: s.Catalog, Outlets: s.Outlets,
		Customers: s.Customers, Clocks: s.Clocks, Ledger: s.Ledger, Units: s.Units, Workforce: s.Workforce, Parts: s.Parts, Entitlement: s.Entitlement,
		Tariffs: s.Tariffs, Cases: s.Cases,
	})}
}

// Open opens an order of the firm's case, ready.
func (f *Firm) Open(change ...func(*orders.CreateInput)) orders.Order {
	f.T.Helper()
	in := orders.CreateInput{CaseID: f.CaseID, Release: true, Instruct: "先检查水压", Parties: orders.Parties{OnSite: orders.Person{Name: casestest.Name, Phone: casestest.Other}}}
	for _, c := range change {
		c(&in)
	}
	o, err := f.Create(f.Ctx, in)
	f.Must(err)
	return o
}

// In is an act on an order.
func In(id orders.ID, reason ...string) orders.ActInput {
	return orders.ActInput{Act: casestest.Act(reason...), ID: id}
}

// Field is an engineer's act on a visit.
func Field(v orders.Visit, reason ...string) orders.FieldInput {
	return orders.FieldInput{VisitInput: orders.VisitInput{Act: casestest.Act(reason...), ID: v.ID}}
}

// Accepted is a new order that the outlet /hz/ took.
func (f *Firm) Accepted() orders.Order {
	f.T.Helper()
	o := f.Open()
	_, err := f.Offer(f.Ctx, orders.OfferInput{ActInput: In(o.ID), OutletID: f.Hz.ID})
	f.Must(err)
	o, err = f.Accept(f.As(access.RoleOutletManager, f.Hz.Path), In(o.ID))
	f.Must(err)
	return o
}

// Planned plans and sends a visit of Li for orders, two hours from now.
func (f *Firm) Planned(ids ...orders.ID) orders.Visit {
	f.T.Helper()
	start := f.DB.Now().Add(2 * time.Hour)
	v, err := f.PlanVisit(f.Ctx, orders.PlanVisit{Orders: ids, Engineers: []workforce.EngineerID{f.Li.ID}, Start: start, End: start.Add(time.Hour), Dispatch: true})
	f.Must(err)
	return v
}

// OnSite brings a visit of Li to the place, at its time.
func (f *Firm) OnSite(ids ...orders.ID) orders.Visit {
	f.T.Helper()
	v := f.Planned(ids...)
	ctx := f.Engineer(f.Li)
	_, err := f.AcceptVisit(ctx, Field(v))
	f.Must(err)
	_, err = f.Depart(ctx, orders.DepartInput{FieldInput: Field(v)})
	f.Must(err)
	f.Advance(2 * time.Hour)
	in := Field(v)
	in.Point = &geo.Point{Lat: 30.2801, Lon: 120.1301, Datum: geo.WGS84}
	v, err = f.Arrive(ctx, in)
	f.Must(err)
	return v
}

// Proof is everything that a service of a gas water heater asks for; a serial "" is one like no other.
func (f *Firm) Proof(st catalog.ServiceTypeCode, user, serial string) orders.ProofInput {
	f.T.Helper()
	if serial == "" {
		serial = fmt.Sprintf("SN-%04d", f.Uploads()+1)
	}
	p := orders.ProofInput{
		Diagnosis: orders.Diagnosis{Symptom: "GWH-S03", Cause: "GWH-C03", Action: "GWH-A03"}, Serial: serial,
		Photos: []orders.PhotoInput{
			{FileID: f.Upload(user, files.Photo, 1), Kind: orders.PhotoBefore},
			{FileID: f.Upload(user, files.Photo, 2), Kind: orders.PhotoAfter},
			{FileID: f.Upload(user, files.Signature, 3), Kind: orders.PhotoSignature},
		},
	}
	f.Answers(st, "GWH", func(item catalog.ChecklistItem, checked *bool, number *float64, text string) {
		p.Answers = append(p.Answers, orders.AnswerItem{Item: item.Code, Checked: checked, Number: number, Text: text})
	})
	return p
}

// Completed is an order that Li finished with whole proof, and its visit.
func (f *Firm) Completed(change ...func(*orders.ProofInput)) (orders.Order, orders.Visit) {
	f.T.Helper()
	o := f.Accepted()
	v := f.OnSite(o.ID)
	p := f.Proof("REP", "user-li", "")
	for _, c := range change {
		c(&p)
	}
	v, err := f.FinishVisit(f.Engineer(f.Li), orders.FinishInput{FieldInput: Field(v), Results: []orders.OrderResult{{Order: o.ID, Outcome: orders.OutcomeFixed, Proof: p}}})
	f.Must(err)
	o, err = f.Find(f.Ctx, f.DB, o.ID)
	f.Must(err)
	return o, v
}
