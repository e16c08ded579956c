package console

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases/casestest"
	"anxin/internal/orders"
	"anxin/internal/orders/orderstest"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// drive lets Li set out to a visit; who shows where he is stands a kilometre to the north.
func (f *fixture) drive(v orders.Visit, share bool) orders.Visit {
	f.T.Helper()
	ctx := f.Engineer(f.Li)
	_, err := f.AcceptVisit(ctx, orderstest.Field(v))
	f.Must(err)
	v, err = f.Depart(ctx, orders.DepartInput{FieldInput: orderstest.Field(v), Share: share})
	f.Must(err)
	if v.Lat == nil {
		f.T.Fatal("the visit has no place")
	}
	f.Must(f.Position(ctx, v.ID, geo.Point{Lat: *v.Lat + 0.009, Lon: *v.Lon, Datum: geo.WGS84}))
	return v
}

// TestOnTheWay: how far the engineer is shows while he travels and agreed, and at no other time; no point is on the page.
// Before, only a number of stops is told.
func TestOnTheWay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		mine := "/l/" + f.trackLink(f.CaseID)
		page := func() string { t.Helper(); return ask(t, h, http.MethodGet, mine, nil).Body.String() }
		v := f.Planned(f.Accepted().ID)
		if p := page(); !strings.Contains(p, "You are next") || strings.Contains(p, "<svg") {
			t.Errorf("before setting out the page does not say who is next:\n%s", shown(p))
		}
		f.Advance(time.Minute)
		o := f.Accepted()
		late, err := f.PlanVisit(f.Ctx, orders.PlanVisit{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.Li.ID}, Start: v.End.Add(time.Hour), End: v.End.Add(2 * time.Hour), Dispatch: true})
		f.Must(err)
		if p := page(); !strings.Contains(p, "Stops before you: 1") {
			t.Errorf("the second visit of the day is not told of the first:\n%s", shown(p))
		}
		_, err = f.CancelVisit(f.Ctx, orders.VisitInput{Act: casestest.Act("customer_reschedules"), ID: late.ID})
		f.Must(err)
		v = f.drive(v, true)
		p := page()
		for _, want := range []string{"About 1 km away, some 4 min", `<circle cx="0" cy="-28"`} {
			if !strings.Contains(p, want) {
				t.Errorf("%q is not on the page:\n%s", want, p)
			}
		}
		if strings.Contains(p, "30.2") || strings.Contains(p, "120.1") {
			t.Error("the page holds a point")
		}
		f.Advance(6 * time.Minute)
		if p := page(); strings.Contains(p, "<svg") || !strings.Contains(p, "no place to show") {
			t.Error("an old place is shown")
		}
		f.Must(f.Position(f.Engineer(f.Li), v.ID, geo.Point{Lat: *v.Lat + 0.001, Lon: *v.Lon, Datum: geo.WGS84}))
		if p := page(); !strings.Contains(p, "Very near") {
			t.Errorf("a hundred metres are not near:\n%s", shown(p))
		}
		in := orderstest.Field(v)
		in.Point = &geo.Point{Lat: *v.Lat, Lon: *v.Lon, Datum: geo.WGS84}
		_, err = f.Arrive(f.Engineer(f.Li), in)
		f.Must(err)
		if p := page(); strings.Contains(p, "<svg") || strings.Contains(p, "on the way") {
			t.Error("the place is shown after arrival")
		}
		if p, ok, err := f.LivePosition(f.Ctx, d, v.Orders[0].OrderID); ok || err != nil {
			t.Errorf("after arrival he is still at %v, %v", p, err)
		}
	})
}

// TestNotShared: who did not agree is nowhere, whatever the phone sends.
func TestNotShared(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		mine := "/l/" + f.trackLink(f.CaseID)
		v := f.drive(f.Planned(f.Accepted().ID), false)
		if p := ask(t, f.site(), http.MethodGet, mine, nil).Body.String(); strings.Contains(p, "<svg") || !strings.Contains(p, "has set out") {
			t.Errorf("the engineer did not agree:\n%s", shown(p))
		}
		if p, ok, err := f.LivePosition(f.Ctx, d, v.Orders[0].OrderID); ok || err != nil {
			t.Errorf("who did not agree is at %v, %v", p, err)
		}
	})
}

// TestVisitBadge: the code on the engineer's phone proves him around the visit's time and for ten minutes; all else is a
// plain no, and nobody tries codes through.
func TestVisitBadge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.con.Files = f.Files
		h := f.site()
		li, wu := f.Engineer(f.Li), f.Engineer(f.Wu)
		see := func(b Badge, status int, want string) {
			t.Helper()
			w := ask(t, h, http.MethodGet, strings.TrimPrefix(b.URL, "https://anxin.test"), nil)
			if w.Code != status || !strings.Contains(w.Body.String(), want) {
				t.Errorf("badge: %d, want %d and %q\n%s", w.Code, status, want, shown(w.Body.String()))
			}
		}
		v := f.Planned(f.Accepted().ID)
		if _, err := f.con.ShowBadge(li, v.ID); !problem.Match(err, ErrBadgeTime) {
			t.Errorf("two hours before: %v", err)
		}
		f.Advance(90 * time.Minute)
		if _, err := f.con.ShowBadge(wu, v.ID); !problem.Match(err, orders.ErrVisitNotFound) {
			t.Errorf("the visit of another: %v", err)
		}
		if _, err := f.con.ShowBadge(f.As(access.RoleFinance, "/"), v.ID); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("somebody who visits nobody: %v", err)
		}
		b, err := f.con.ShowBadge(li, v.ID)
		f.Must(err)
		if !strings.HasPrefix(b.QR, "data:image/png;base64,") || !strings.HasPrefix(b.URL, "https://anxin.test/b/") {
			t.Errorf("badge %+v", b)
		}
		see(b, http.StatusOK, "Yes, we sent this person")
		see(b, http.StatusOK, f.Li.Name)
		see(b, http.StatusOK, f.Hz.Name)
		see(b, http.StatusOK, "valid to")
		photo := strings.TrimPrefix(b.URL, "https://anxin.test") + "/photo?of=" + string(f.Li.ID)
		if w := ask(t, h, http.MethodGet, photo, nil); w.Code != http.StatusNotFound {
			t.Errorf("there is no photo: %d", w.Code)
		}
		boss := f.As(access.RoleOutletManager, f.Hz.Path)
		mine := f.Upload(access.From(boss).ID, files.Avatar, 9)
		if err := f.con.SetPhoto(f.As(access.RoleOutletManager, f.Sh.Path), f.Li.ID, mine); err == nil {
			t.Error("another outlet gives him a photo")
		}
		f.Must(f.con.SetPhoto(boss, f.Li.ID, mine))
		f.Must(f.con.SetPhoto(boss, f.Li.ID, mine))
		if w := ask(t, h, http.MethodGet, photo, nil); w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "image/") {
			t.Errorf("his photo: %d %s", w.Code, w.Header().Get("Content-Type"))
		}
		if w := ask(t, h, http.MethodGet, strings.Replace(photo, string(f.Li.ID), string(f.Wu.ID), 1), nil); w.Code != http.StatusNotFound {
			t.Errorf("the photo of who does not come: %d", w.Code)
		}
		track := "/l/" + f.trackLink(f.CaseID) + "/photo/"
		if w := ask(t, h, http.MethodGet, track+string(f.Li.ID), nil); w.Code != http.StatusOK {
			t.Errorf("his photo on the case's page: %d", w.Code)
		}
		if w := ask(t, h, http.MethodGet, track+string(f.Wu.ID), nil); w.Code != http.StatusNotFound {
			t.Errorf("the photo of another on the case's page: %d", w.Code)
		}
		f.Advance(11 * time.Minute)
		see(b, http.StatusNotFound, "do not let them in")
		b, err = f.con.ShowBadge(li, v.ID)
		f.Must(err)
		_, err = f.CancelVisit(f.Ctx, orders.VisitInput{Act: casestest.Act("customer_reschedules"), ID: v.ID})
		f.Must(err)
		see(b, http.StatusNotFound, "do not let them in")
		see(Badge{URL: "/b/" + f.trackLink(f.CaseID)}, http.StatusNotFound, "do not let them in") // a link for something else
		status := 0
		for range badgeMisses + 2 {
			status = ask(t, h, http.MethodGet, "/b/AbCdEfGhIjKlMnOpQrStUv", nil).Code
		}
		if status != http.StatusTooManyRequests {
			t.Errorf("a dozen codes tried through: %d", status)
		}
		f.Advance(2 * time.Minute)
		see(Badge{URL: "/b/nothing"}, http.StatusNotFound, "do not let them in")
	})
}

// TestTwoOrders: a page with two orders names each thing once, so that labels and links lead to their own.
func TestTwoOrders(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	h := f.site()
	one, two := f.Accepted(), f.Accepted()
	for i, o := range []orders.Order{one, two} {
		start := f.DB.Now().Add(time.Duration(2+2*i) * time.Hour)
		_, err := f.PlanVisit(f.Ctx, orders.PlanVisit{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.Li.ID}, Start: start, End: start.Add(time.Hour), Dispatch: true})
		f.Must(err)
		_, err = f.MakeQuote(f.Ctx, orders.QuoteInput{ActInput: orderstest.In(o.ID), Lines: []orders.QuoteLineInput{{Kind: orders.Labour, Quantity: 1}}, Send: true})
		f.Must(err)
	}
	p := ask(t, h, http.MethodGet, "/l/"+f.trackLink(f.CaseID), nil).Body.String()
	ids := map[string]int{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(p, -1) {
		ids[m[1]]++
		if ids[m[1]] > 1 {
			t.Errorf("%q stands twice as an id:\n%s", m[1], shown(p))
		}
	}
	for _, m := range regexp.MustCompile(` for="([^"]+)"`).FindAllStringSubmatch(p, -1) {
		if ids[m[1]] == 0 {
			t.Errorf("a label belongs to %q, which is nowhere", m[1])
		}
	}
	for _, what := range []string{`class="times"`, `name="code"`} {
		if n := strings.Count(p, what); n != 2 {
			t.Errorf("%s stands %d times, want it for both orders:\n%s", what, n, shown(p))
		}
	}
}
