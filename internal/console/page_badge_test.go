package console

import (
	"net/http"
	"strings"
	"testing"

	"anxin/internal/cases/casestest"
	"anxin/internal/orders"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// TestBadge: while a visit is planned its page says who comes from where, and the code that the engineer's phone shows;
// before and afterwards there is none.
func TestBadge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		path := "/l/" + f.trackLink(f.CaseID)
		const title = "Is this really our engineer?"
		o := f.Accepted()
		if page := ask(t, h, http.MethodGet, path, nil).Body.String(); !strings.Contains(page, o.Number) || strings.Contains(page, title) {
			t.Errorf("nobody is to come, and there is a code:\n%s", page)
		}
		v := f.Planned(o.ID)
		day, err := f.FieldVisits(f.Engineer(f.Li), f.server(), 1)
		f.Must(err)
		if len(day) != 1 || day[0].ServiceCode == "" {
			t.Fatalf("the engineer sees %+v", day)
		}
		page := ask(t, h, http.MethodGet, path, nil).Body.String()
		for _, want := range []string{title, f.Li.Name + " of " + f.Hz.Name, `<p class="code">` + day[0].ServiceCode + "</p>", "call 400-800-1234"} {
			if !strings.Contains(page, want) {
				t.Errorf("%q is not on the page:\n%s", want, page)
			}
		}
		if strings.Contains(page, f.Zhao.Name) {
			t.Error("an engineer who does not come is named")
		}
		_, err = f.CancelVisit(f.Ctx, orders.VisitInput{Act: casestest.Act("customer_reschedules"), ID: v.ID})
		f.Must(err)
		if page := ask(t, h, http.MethodGet, path, nil).Body.String(); strings.Contains(page, title) || strings.Contains(page, day[0].ServiceCode) {
			t.Errorf("the visit is cancelled, and its code still stands:\n%s", page)
		}
	})
}
