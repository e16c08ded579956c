package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/units"
)

// TestUnits: who has the customer's phone sees the customer's units and what covers them, nobody else's, and nothing
// without the code, which works once.
func TestUnits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		today := calendar.DateOf(d.Now(), time.UTC)
		var mine, foreign units.Unit
		var stranger customers.Customer
		f.Must(db.InTx0(f.Ctx, d, func(ctx context.Context, tx *db.Tx) (err error) {
			if stranger, err = f.Customers.CreateTx(ctx, tx, customers.CreateInput{Name: "王五", Phones: []customers.PhoneInput{{Number: "13700000009"}}, Brand: f.One}); err != nil {
				return err
			}
			if mine, err = f.Units.CreateTx(ctx, tx, units.CreateInput{Brand: f.One, Category: "GWH", Serial: "MINE-20260001-77", Owner: f.Customer.ID}); err != nil {
				return err
			}
			foreign, err = f.Units.CreateTx(ctx, tx, units.CreateInput{Brand: f.One, Category: "GWH", Serial: "THEIRS-20260002-88", Owner: stranger.ID})
			return err
		}))
		for _, c := range []struct {
			unit units.ID
			name string
			ends calendar.Date
		}{{mine.ID, "<b>plus</b>", today + 100}, {mine.ID, "long ago", today - 1}, {foreign.ID, "not yours", today + 100}} {
			_, err := f.Entitlement.Grant(f.Ctx, entitlement.GrantInput{
				Unit: c.unit, Kind: entitlement.Goodwill, Name: c.name, Lines: []entitlement.LineKind{entitlement.Labour}, Payer: catalog.PayBrand, Share: 100, Starts: today - 300, Ends: c.ends, Source: "letter", Reason: "apology",
			})
			f.Must(err)
		}
		plan, err := f.contracts.SavePlan(f.Ctx, entitlement.PlanInput{Brand: f.One, Code: "ext", Kind: entitlement.Extended, NameZh: "延保", NameEn: "More years", Terms: entitlement.Terms{
			Begins: entitlement.AtOnce, Months: 12, Price: money.Must(9900, "CNY"),
			Covers: []entitlement.Cover{{Name: "more", Lines: []entitlement.LineKind{entitlement.Labour}, Payer: catalog.PayInsurer, Share: 80}},
		}})
		f.Must(err)
		c, err := f.contracts.Sell(f.Ctx, entitlement.SellInput{Unit: mine.ID, Plan: plan.ID})
		f.Must(err)
		tokenMine, err := f.Units.QR(f.Ctx, mine.ID)
		f.Must(err)
		tokenForeign, err := f.Units.QR(f.Ctx, foreign.ID)
		f.Must(err)

		h := f.site()
		track := "/l/" + f.trackLink(f.CaseID)
		path := track + "/units"
		post := func(path, act, code string, want int) string {
			t.Helper()
			w := ask(t, h, http.MethodPost, path, url.Values{"act": {act}, "code": {code}})
			if w.Code != want {
				t.Fatalf("%s %s: %d, want %d\n%s", act, path, w.Code, want, w.Body)
			}
			return w.Body.String()
		}
		closed := func(what, page string) {
			t.Helper()
			if containsAny(page, "…0001", "MINE", "plus", "More years", tokenMine, c.Number, casestest.Phone, casestest.Name) {
				t.Errorf("%s shows what is the customer's:\n%s", what, page)
			}
		}
		fresh := func(id customers.ID) string { // a code as the phone gets it
			t.Helper()
			f.Advance(2 * time.Minute)
			code, err := db.InTx(f.Ctx, d, func(ctx context.Context, tx *db.Tx) (string, error) {
				return f.Identity.MakeApprovalTx(ctx, tx, unitsCode(id))
			})
			f.Must(err)
			return code
		}
		sent := func() int {
			t.Helper()
			list, err := f.Notify.Log(f.Ctx, notify.LogInput{Limit: 50})
			f.Must(err)
			n := 0
			for _, m := range list {
				if m.Template == "V01" {
					n++
					if m.MaskedTo != "138****5678" {
						t.Errorf("a code went to %s", m.MaskedTo)
					}
				}
			}
			return n
		}

		if page := ask(t, h, http.MethodGet, track, nil).Body.String(); !strings.Contains(page, path) {
			t.Errorf("the case's page does not lead to the units:\n%s", page)
		}
		page := ask(t, h, http.MethodGet, path+"?act=code", nil).Body.String()
		if !strings.Contains(page, "138****5678") || sent() != 0 {
			t.Errorf("%d codes sent by looking:\n%s", sent(), page)
		}
		closed("the page without a code", page)
		closed("a guess without a code sent", post(path, "show", "000000", http.StatusUnprocessableEntity))
		post(path, "code", "", http.StatusSeeOther)
		if n := sent(); n != 1 {
			t.Errorf("%d codes sent, want 1", n)
		}
		post(path, "code", "", http.StatusTooManyRequests)
		closed("a wrong code", post(path, "show", "12345", http.StatusUnprocessableEntity))
		closed("a stranger's code", post(path, "show", fresh(stranger.ID), http.StatusUnprocessableEntity))

		code := fresh(f.Customer.ID)
		page = post(path, "show", code, http.StatusOK)
		for _, want := range []string{
			"Goodwill · &lt;b&gt;plus&lt;/b&gt;", i18n.LongDate("en", (today-300).UTC(), time.UTC) + " to " + i18n.LongDate("en", (today+100).UTC(), time.UTC), "More years", c.Number, f.contracts.CertificateLink(c.ID), "sold, not paid",
			"/report?unit=" + tokenMine,
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page:\n%s", want, page)
			}
		}
		if containsAny(page, "MINE-20260001-77", "THEIRS", "not yours", "long ago", tokenForeign, casestest.Phone, casestest.Name, casestest.Door, "<b>plus") {
			t.Errorf("something that should not be there:\n%s", page)
		}
		closed("a code used twice", post(path, "show", code, http.StatusUnprocessableEntity))

		other := "/l/" + f.trackLink(f.OpenCase(f.One, stranger.ID, ""))
		page = post(other+"/units", "show", fresh(stranger.ID), http.StatusOK)
		closed("another customer's page", page)
		if !strings.Contains(page, "not yours") {
			t.Errorf("the other customer does not see his own:\n%s", page)
		}
		nobody := "/l/" + f.trackLink(f.OpenCase(f.One, "", ""))
		if page := ask(t, h, http.MethodGet, nobody, nil); page.Code != http.StatusOK || strings.Contains(page.Body.String(), nobody+"/units") {
			t.Errorf("a case of nobody: %d, or it leads to units", page.Code)
		}
		for _, path := range []string{nobody + "/units", "/l/" + strings.Repeat("a", 22) + "/units"} {
			if w := ask(t, h, http.MethodGet, path, nil); w.Code != http.StatusNotFound {
				t.Errorf("%s: %d, want 404", path, w.Code)
			}
			post(path, "code", "", http.StatusNotFound)
		}
	})
}
