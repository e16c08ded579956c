package console

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
)

var offeredTime = regexp.MustCompile(`name="from" value="(\d+)"><input type="hidden" name="to" value="(\d+)"`)

// TestTimes: the customer chooses a time, and another one; only what is offered can be chosen, a planned visit goes with
// its time, and nobody who is on the way is turned round.
func TestTimes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for _, o := range []outlets.Outlet{f.Own, f.Hz} {
			_, err := f.Outlets.SetAreas(f.Ctx, outlets.SetAreasInput{ID: o.ID, Version: o.Version, Areas: []outlets.Area{{Division: "3301", Rank: 1}}})
			f.Must(err)
		}
		h := f.site()
		mine, other := "/l/"+f.trackLink(f.CaseID), "/l/"+f.trackLink(f.OpenCase(f.One, f.Customer.ID, ""))
		o := f.Accepted()
		get := func(path, want string) string {
			t.Helper()
			w := ask(t, h, http.MethodGet, path, nil)
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
				t.Fatalf("GET %s: %d, %q is not on the page:\n%s", path, w.Code, want, w.Body)
			}
			return w.Body.String()
		}
		choose := func(path string, id orders.ID, from, to string, want int) string {
			t.Helper()
			w := ask(t, h, http.MethodPost, path, url.Values{"act": {"time"}, "order": {string(id)}, "from": {from}, "to": {to}})
			if w.Code != want {
				t.Fatalf("choose %s to %s: %d, want %d\n%s", from, to, w.Code, want, w.Body)
			}
			return w.Body.String()
		}
		again := func(moved int64) orders.Order {
			t.Helper()
			got, err := f.Find(f.Ctx, d, o.ID)
			f.Must(err)
			if got.MovedCustomer != moved || got.MovedFirm != 0 {
				t.Errorf("changed %d times by the customer and %d by us, want %d and 0", got.MovedCustomer, got.MovedFirm, moved)
			}
			return got
		}

		if page := get(mine, "Choose a time"); strings.Contains(page, `value="time"`) {
			t.Error("times are looked for before they are asked for")
		}
		list := offeredTime.FindAllStringSubmatch(get(mine+"?times="+string(o.ID), `value="time"`), -1)
		if len(list) < 4 {
			t.Fatalf("%d times offered, want several", len(list))
		}
		if got := again(0); got.Version != o.Version {
			t.Error("looking at times changed the order")
		}
		choose(other, o.ID, list[0][1], list[0][2], http.StatusNotFound)
		choose(mine, o.ID, "soon", list[0][2], http.StatusUnprocessableEntity)
		choose(mine, o.ID, list[0][1], list[1][2], http.StatusUnprocessableEntity) // longer than any that is offered
		choose(mine, o.ID, list[0][1], list[0][2], http.StatusSeeOther)
		if got := again(0); fmt.Sprint(got.Promised.From.Unix()) != list[0][1] || fmt.Sprint(got.Promised.To.Unix()) != list[0][2] {
			t.Errorf("promised %v, want %v", got.Promised, list[0])
		}
		choose(mine, o.ID, list[0][1], list[0][2], http.StatusSeeOther) // a double click

		v := f.Planned(o.ID)
		get(mine+"?times="+string(o.ID), "counts as a change that you asked for. Changes left here: 3")
		choose(mine, o.ID, list[3][1], list[3][2], http.StatusSeeOther)
		got := again(1)
		if fmt.Sprint(got.Promised.From.Unix()) != list[3][1] || got.State != orders.StateAccepted {
			t.Errorf("%s, promised %v, want accepted and %v", got.State, got.Promised, list[3])
		}
		if v, err := f.FindVisit(f.Ctx, d, v.ID); err != nil || v.State != orders.VisitStateCancelled || v.Reason != "customer_reschedules" {
			t.Errorf("the visit of the old time is %s (%s), %v", v.State, v.Reason, err)
		}
		if r, ok, err := f.con.Dispatch.Reservation(f.Ctx, d, o.ID); err != nil || !ok || r.PromiseID != got.PromiseID || !r.From.Equal(got.Promised.From) {
			t.Errorf("reserved %v %+v, %v", ok, r.Claim, err)
		}
		page := choose(mine, o.ID, "1600000000", "1600007200", http.StatusUnprocessableEntity)
		if !strings.Contains(page, "please choose another") || !strings.Contains(page, `value="time"`) {
			t.Errorf("a time that is not free any more shows no others:\n%s", page)
		}

		choose(mine, o.ID, list[1][1], list[1][2], http.StatusSeeOther)
		choose(mine, o.ID, list[2][1], list[2][2], http.StatusSeeOther)
		get(mine+"?times="+string(o.ID), "changed several times already")
		choose(mine, o.ID, list[0][1], list[0][2], http.StatusUnprocessableEntity)
		again(3)

		o = f.Accepted()
		f.OnSite(o.ID)
		mine = "/l/" + f.trackLink(f.CaseID) // the one before is over by now
		if page := get(mine+"?times="+string(o.ID), o.Number); strings.Contains(page, "times="+string(o.ID)+"#") || strings.Contains(page, `value="time"`) {
			t.Errorf("a time is offered while the engineer is there:\n%s", page)
		}
		choose(mine, o.ID, list[3][1], list[3][2], http.StatusUnprocessableEntity)
		again(0)
	})
}

// TestPlaceClock: a customer reads times on the clock of the place where the work is done, whatever the firm's.
func TestPlaceClock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.Accepted()
		out, err := f.Outlets.Get(f.Ctx, d, o.OutletID)
		f.Must(err)
		zone := "America/New_York"
		_, err = f.Outlets.Edit(f.Ctx, outlets.EditInput{ID: out.ID, Version: out.Version, Zone: &zone})
		f.Must(err)
		from := d.Now().Add(26 * time.Hour).Truncate(time.Hour)
		_, err = f.Promise(f.Ctx, orders.PromiseInput{Order: o.ID, From: from, To: from.Add(2 * time.Hour), ChangedBy: orders.ByCentre})
		f.Must(err)
		o, err = f.Find(f.Ctx, d, o.ID)
		f.Must(err)
		there, err := time.LoadLocation(zone)
		f.Must(err)
		body := ask(t, f.site(), http.MethodGet, "/l/"+f.trackLink(f.CaseID), nil).Body.String()
		want, wrong := i18n.Window("en", o.Promised.From, o.Promised.To, there), i18n.Window("en", o.Promised.From, o.Promised.To, f.con.Zone)
		if !strings.Contains(body, html.EscapeString(want)) || strings.Contains(body, html.EscapeString(wrong)) {
			t.Errorf("the page says not %q, or %q:\n%s", want, wrong, body)
		}
	})
}
