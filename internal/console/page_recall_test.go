package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/dispatch"
	"anxin/internal/entitlement"
	"anxin/internal/intake"
	"anxin/internal/maintenance"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/returns"
	"anxin/internal/units"
)

// TestRecallPage: the link of a notice says what may happen and what to do at once, asks for a visit only by a button, and shows
// nobody's name, phone or door.
func TestRecallPage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		m := maintenance.New(maintenance.Deps{
			DB: d, Numbers: db.NewNumbers(d, f.con.Zone), Tasks: jobs.NewTasks(d), Identity: f.Identity, Notify: f.Notify, Catalog: f.Catalog, Customers: f.Customers, Outlets: f.Outlets, Units: f.Units,
			Parts: f.Parts, Cases: f.Cases, Orders: f.Service, Zone: f.con.Zone,
		})
		f.con.Recalls = m
		f.con.Words = i18n.Must(problem.Words, Words, intake.Words, callbacks.Words, orders.Words, cases.Words, catalog.Words, customers.Words, identity.Words, units.Words,
			clocks.Words, entitlement.Words, dispatch.Words, returns.Words, maintenance.Words)
		found := calendar.DateOf(d.Now(), f.con.Zone) - 3
		c, err := m.Create(f.Ctx, maintenance.CreateInput{Brand: f.One, Dates: maintenance.Dates{Found: &found}, Plan: maintenance.Plan{
			Kind: maintenance.RecallVoluntary, Title: maintenance.Text{Zh: "气阀召回", En: "Valve <b>recall</b>"}, Hazard: maintenance.Text{Zh: "可能漏气", En: "Gas may leak"},
			Remedy: maintenance.Text{Zh: "更换气阀", En: "a new valve"}, StopUse: true, StopSale: true, ServiceType: "RECALL", Conditions: units.Affected{Categories: []catalog.CategoryCode{"GWH"}},
		}})
		f.Must(err)
		head := access.From(f.Ctx)
		head.ID = "head"
		_, err = m.Approve(access.With(t.Context(), head), maintenance.ApproveInput{ActInput: maintenance.ActInput{ID: c.ID}})
		f.Must(err)
		_, err = m.Start(f.Ctx, maintenance.ActInput{ID: c.ID})
		f.Must(err)
		f.Must(m.RunSearch(f.Ctx, c.ID))
		rows, err := m.ListUnits(f.Ctx, maintenance.UnitFilter{Campaign: c.ID, Limit: 5})
		f.Must(err)
		if len(rows) != 1 {
			t.Fatalf("%d units, want 1", len(rows))
		}
		h := f.site()
		token := f.link(identity.LinkInput{Purpose: maintenance.LinkPurpose, RecordKind: maintenance.UnitRecord, RecordID: string(rows[0].ID), BrandID: string(f.One), Lang: "en", Valid: time.Hour})
		path := "/l/" + token
		state := func(want maintenance.UnitState) maintenance.Unit {
			t.Helper()
			u, err := m.GetUnit(f.Ctx, rows[0].ID)
			if err != nil || u.State != want {
				t.Errorf("unit is %s, %v; want %s", u.State, err, want)
			}
			return u
		}
		body := ask(t, h, http.MethodGet, path+"?lang=en", nil).Body.String()
		for _, want := range []string{"Valve &lt;b&gt;recall", "Gas may leak", "Stop using this product", "a new valve", "Free of charge", c.Number} {
			if !strings.Contains(body, want) {
				t.Errorf("%q is not on the page:\n%s", want, body)
			}
		}
		if containsAny(body, casestest.Name, casestest.Phone, casestest.Door, "<b>recall") {
			t.Errorf("the page shows too much:\n%s", body)
		}
		if zh := ask(t, h, http.MethodGet, path+"?lang=zh-CN", nil).Body.String(); !strings.Contains(zh, "立即停止使用") || !strings.Contains(zh, "更换气阀") {
			t.Errorf("the Chinese page:\n%s", zh)
		}
		state(maintenance.Found) // reading is no act
		post := func(want int, form url.Values) string {
			t.Helper()
			w := ask(t, h, http.MethodPost, path+"?lang=en", form)
			if w.Code != want {
				t.Errorf("POST %v = %d, want %d:\n%s", form, w.Code, want, w.Body)
			}
			return w.Header().Get("Location")
		}
		post(http.StatusUnprocessableEntity, url.Values{"act": {"gone"}}) // unsure
		post(http.StatusUnprocessableEntity, url.Values{"act": {"steal"}})
		post(http.StatusUnprocessableEntity, url.Values{"act": {"visit"}, "address": {"浙江省杭州市西湖区文三路1号2幢301室"}, "phone": {"12"}})
		state(maintenance.Found)
		post(http.StatusSeeOther, url.Values{"act": {"refuse"}, "sure": {"yes"}})
		state(maintenance.Refused)
		to := post(http.StatusSeeOther, url.Values{"act": {"visit"}, "address": {"浙江省杭州市西湖区文三路1号2幢301室"}, "note": {"晚上在家"}})
		u := state(maintenance.Appointment)
		o, err := f.Find(f.Ctx, d, u.Order)
		if err != nil || o.Payer != catalog.PayBrand || o.State != orders.StateReady {
			t.Errorf("order = %+v, %v", o, err)
		}
		if w := ask(t, h, http.MethodGet, to, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), o.Number) && !strings.Contains(to, "new=1") {
			t.Errorf("GET %s = %d:\n%s", to, w.Code, w.Body)
		}
		if body := ask(t, h, http.MethodGet, path+"?lang=en", nil).Body.String(); !strings.Contains(body, "We have your request") {
			t.Errorf("the page after asking:\n%s", body)
		}
		// A link to somebody else's row, or to none, opens nothing.
		other := f.link(identity.LinkInput{Purpose: maintenance.LinkPurpose, RecordKind: maintenance.UnitRecord, RecordID: db.NewID(), Lang: "en", Valid: time.Hour})
		if w := ask(t, h, http.MethodGet, "/l/"+other, nil); w.Code != http.StatusNotFound {
			t.Errorf("a link to nothing = %d", w.Code)
		}
	})
}
