package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/money"
)

// TestCover: who scans a certificate reads whether it is in force, and nothing that names the customer.
func TestCover(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		plan, err := f.contracts.SavePlan(f.Ctx, entitlement.PlanInput{Brand: f.Unit.Brand, Code: "ext", Kind: entitlement.Extended, NameZh: "<b>延保</b>", NameEn: "More <b>years</b>", Terms: entitlement.Terms{
			Begins: entitlement.AtOnce, Months: 12, Price: money.Must(9900, "CNY"),
			Covers: []entitlement.Cover{{Name: "<script>x</script>", Lines: []entitlement.LineKind{entitlement.Labour}, Payer: catalog.PayInsurer, Share: 80}},
		}})
		f.Must(err)
		c, err := f.contracts.Sell(f.Ctx, entitlement.SellInput{Unit: f.Unit.ID, Plan: plan.ID})
		f.Must(err)
		h := f.site()
		path := f.contracts.CertificateLink(c.ID)
		page := func(status int, want ...string) {
			t.Helper()
			w := ask(t, h, http.MethodGet, path, nil)
			body := w.Body.String()
			if w.Code != status || containsAny(body, casestest.Name, casestest.Phone, casestest.Door, "<script>x", "<b>years") {
				t.Errorf("status %d, want %d, or something that should not be there:\n%s", w.Code, status, body)
			}
			for _, s := range want {
				if !strings.Contains(body, s) {
					t.Errorf("%q is not on the page:\n%s", s, body)
				}
			}
		}
		page(http.StatusOK, c.Number, "covers nothing now", "sold, not paid", "More &lt;b&gt;years")
		_, err = f.contracts.Pay(f.Ctx, entitlement.PayInput{ID: c.ID, Method: "cash"})
		f.Must(err)
		page(http.StatusOK, "covers from", "80 %", "labour")
		f.Advance(48 * time.Hour)
		page(http.StatusOK, "in force")
		path = "/c/zzzz"
		page(http.StatusNotFound)
	})
}
