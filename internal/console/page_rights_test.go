package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"anxin/internal/entitlement"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// TestRights: the customer reads on the case's page what may be chosen and why, chooses, and takes it along as a PDF; the
// link of another case gives neither.
func TestRights(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		today := calendar.DateOf(d.Now(), time.UTC)
		a, err := f.Entitlement.Assess(f.Ctx, entitlement.AssessInput{Unit: f.Unit.ID, Case: string(f.CaseID), Question: entitlement.Question{
			Jurisdiction: "CN", Fault: &rules.FaultFacts{Reported: today, Performance: true},
		}})
		f.Must(err)
		a, err = f.Entitlement.Override(f.Ctx, entitlement.OverrideInput{ID: a.ID, Version: a.Version, Option: rules.PriceCut, Amount: 2000, Reason: "apology"})
		f.Must(err)
		h := f.site()
		mine := "/l/" + f.trackLink(f.CaseID)
		other := "/l/" + f.trackLink(f.OpenCase(f.One, f.Customer.ID, ""))
		page := ask(t, h, http.MethodGet, mine, nil).Body.String()
		for _, want := range []string{"You may choose", "Price cut", "out of goodwill", "¥20.00"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page:\n%s", want, page)
			}
		}
		if page := ask(t, h, http.MethodGet, other, nil).Body.String(); strings.Contains(page, "You may choose") {
			t.Error("another case's page shows the decision")
		}
		form := url.Values{"act": {"choose"}, "assessment": {string(a.ID)}, "option": {"price_cut"}}
		if w := ask(t, h, http.MethodPost, other, form); w.Code != http.StatusNotFound {
			t.Errorf("chosen by another case's link: %d", w.Code)
		}
		if w := ask(t, h, http.MethodPost, mine, url.Values{"act": {"choose"}, "assessment": {string(a.ID)}, "option": {"loan"}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("chose what is not offered: %d", w.Code)
		}
		if w := ask(t, h, http.MethodPost, mine, form); w.Code != http.StatusSeeOther {
			t.Fatalf("choose: %d %s", w.Code, w.Body)
		}
		if a, err = f.Entitlement.GetAssessment(f.Ctx, a.ID); err != nil || a.Chosen != rules.PriceCut {
			t.Errorf("chosen %q, %v", a.Chosen, err)
		}
		paper := ask(t, h, http.MethodGet, mine+"/rights/"+string(a.ID), nil)
		if paper.Code != http.StatusOK || paper.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(paper.Body.String(), "%PDF") {
			t.Errorf("paper: %d %s", paper.Code, paper.Header())
		}
		if w := ask(t, h, http.MethodGet, other+"/rights/"+string(a.ID), nil); w.Code != http.StatusNotFound {
			t.Errorf("paper by another case's link: %d", w.Code)
		}
	})
}
