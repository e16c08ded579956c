package callbacks

import (
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/returns"
)

// TestRefunded: three days after all money of a return is back its customer is asked by link, once, however often the
// event comes; while a part of it is still to come nobody asks, and what has no case has nobody to be asked.
func TestRefunded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		s := f.Services
		money := returns.New(returns.Deps{
			DB: d, Numbers: s.Numbers, Keys: s.Keys, Files: s.Files, Catalog: s.Catalog, Outlets: s.Outlets, Customers: s.Customers, Clocks: s.Clocks,
			Ledger: s.Ledger, Units: s.Units, Parts: s.Parts, Entitlement: s.Entitlement, Cases: s.Cases, Zone: s.Zone,
		})
		f.cb.Returns(money)
		ctx := access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
		k, err := f.Cases.Find(ctx, d, f.CaseID)
		f.Must(err)
		ask := func(in returns.RequestInput) returns.Return {
			t.Helper()
			in.Act, in.Type, in.Brand = access.Act{Reason: "return_defect"}, returns.RefundOnly, k.BrandID
			in.Lines[0].Ways = []returns.WayInput{{Way: "cash", Paid: 4_000}, {Way: "points", Paid: 5_900}}
			r, err := money.Request(ctx, in)
			f.Must(err)
			if r.Decision != returns.Approved {
				r, err = money.Approve(ctx, returns.ApproveInput{ActInput: returns.ActInput{ID: r.ID}})
				f.Must(err)
			}
			return r
		}
		line := func(no string) []returns.LineInput {
			return []returns.LineInput{{Currency: "CNY", LineFacts: returns.LineFacts{Elsewhere: true, Item: "电水壶", OrderNo: no, Price: 9_900}}}
		}
		told := func(r returns.Return) {
			t.Helper()
			for range 2 {
				f.Must(f.cb.onRefunded(access.AsSystem(ctx, "events"), returns.RefundMade{Fact: returns.Fact{Head: events.Head{ID: string(r.ID), OccurredAt: d.Now()}}}))
			}
		}
		list := func() []Callback {
			t.Helper()
			all, err := f.cb.List(ctx, Filter{CaseID: f.CaseID, Limit: 10})
			f.Must(err)
			return all
		}
		r := ask(returns.RequestInput{Case: f.CaseID, Lines: line("1")})
		if len(r.Refunds) != 2 {
			t.Fatalf("%d refunds", len(r.Refunds))
		}
		for i, x := range r.Refunds {
			_, err := money.PayByHand(ctx, x.ID)
			f.Must(err)
			told(r)
			if n := len(list()); n != i {
				t.Fatalf("%d callbacks after %d of 2 refunds", n, i+1)
			}
		}
		c := list()[0]
		if days := c.DueAt.Sub(d.Now()); c.Cause != Refunded || c.ByCall || c.OrderID != "" || c.RemindAt == nil || days < 3*24*time.Hour-time.Hour || days > 4*24*time.Hour {
			t.Errorf("%s by call %v in %s", c.Cause, c.ByCall, days)
		}
		f.Advance(4 * 24 * time.Hour)
		f.Must(f.cb.Remind(access.AsSystem(ctx, "duty")))
		sent, err := f.Notify.OfRecord(ctx, d, "callback", string(c.ID))
		if err != nil || len(sent) != 1 || sent[0].Template != "T13" {
			t.Errorf("messages %+v, %v", sent, err)
		}
		for _, other := range []access.Actor{{Kind: access.User, ID: "b", Permissions: access.Set{"*": true}, Scope: access.Scope{OutletPath: "/nowhere/"}}, {Kind: access.User, ID: "c", Permissions: access.Set{"*": true}, Scope: access.Scope{OutletPath: "/", Brands: []string{"none"}}}} {
			if all, err := f.cb.List(access.With(ctx, other), Filter{CaseID: f.CaseID, Limit: 10}); err != nil || len(all) != 0 {
				t.Errorf("%s sees %d, %v", other.ID, len(all), err)
			}
		}
		if done, err := f.cb.AnswerByLink(access.With(ctx, access.Actor{Kind: access.Link, ID: "l", LinkKind: "rate", LinkRecord: string(c.ID), Permissions: access.Set{"*": true}, Scope: access.Everything}), AnswerInput{ID: c.ID, Score: 5}); err != nil || done.State != Answered || !strings.Contains(string(done.Result), "positive") {
			t.Errorf("answered %s, %v", done.State, err)
		}
		without := ask(returns.RequestInput{Lines: line("2")})
		for _, x := range without.Refunds {
			_, err := money.PayByHand(ctx, x.ID)
			f.Must(err)
		}
		told(without)
		if n := len(list()); n != 1 {
			t.Errorf("%d callbacks, want the one", n)
		}
	})
}
