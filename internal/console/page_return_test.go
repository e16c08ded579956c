package console

import (
	"bytes"
	"context"
	"html"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases/casestest"
	"anxin/internal/customers"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/returns"
	"anxin/internal/units"
)

// fridge is a unit of the customer that was bought online for 3999.00 and delivered a week ago.
func (f *fixture) fridge(serial string) (u units.Unit) {
	f.T.Helper()
	today := calendar.DateOf(f.DB.Now(), time.UTC)
	f.Must(db.InTx0(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) (err error) {
		u, err = f.Units.CreateTx(ctx, tx, units.CreateInput{
			Brand: f.One, Category: "RF", Serial: serial, Owner: f.Customer.ID, Purchase: units.Purchase{Channel: "tmall", Seller: "旗舰店", OrderNo: "T-2026-77", Price: new(money.Must(399_900, "CNY"))},
			Dates: units.Dates{units.Sold: {Day: today - 9, By: "seller"}, units.Delivered: {Day: today - 7, By: "carrier"}},
		})
		return err
	}))
	return u
}

// TestReturnPage: a customer asks for a return by a link, with a photo; sees what the depot found and what comes back;
// agrees with the code from the phone, or objects, which opens a dispute; nothing of it goes with the link alone.
func TestReturnPage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		mine := f.fridge("RF-MINE-0001")
		_, err := f.con.Returns.SetPolicy(f.Ctx, returns.SetPolicyInput{Brand: f.One, Policy: returns.Policy{Address: "杭州市余杭区退货仓1号", Limits: []returns.Limit{{Auto: 500_000, Person: 600_000}}}})
		f.Must(err)
		ask1, err := db.InTx(f.Ctx, d, func(ctx context.Context, tx *db.Tx) (string, error) {
			l, err := f.con.Returns.AskLinkTx(ctx, tx, f.Customer, f.One)
			return l.Token, err
		})
		f.Must(err)
		page := ask(t, h, http.MethodGet, "/l/"+ask1, nil)
		if page.Code != http.StatusOK || !containsAny(page.Body.String(), "0001") || containsAny(page.Body.String(), "RF-MINE-0001", casestest.Phone, casestest.Name) {
			t.Fatalf("the form: %d\n%s", page.Code, page.Body)
		}
		form := map[string][]string{"key": {db.NewID()}, "unit": {string(mine.ID)}, "type": {"return"}, "reason": {"return_no_reason"}, "opened": {"yes"}, "note": {hostile}}
		for name, change := range map[string]map[string][]string{
			"nothing chosen": {"unit": nil}, "a stranger's unit": {"unit": {db.NewID()}}, "no reason": {"reason": {""}}, "another type": {"type": {"refund_only"}},
			"no price": {"unit": nil, "item": {"kettle"}, "order_no": {"1"}, "price": {"a lot"}, "currency": {"CNY"}},
		} {
			bad := url.Values{}
			for _, m := range []map[string][]string{form, change} {
				for k, v := range m {
					bad[k] = v
				}
			}
			if w := post(t, h, "/l/"+ask1, bad, nil); w.Code != http.StatusUnprocessableEntity || containsAny(w.Body.String(), "<script>alert") {
				t.Errorf("%s: %d", name, w.Code)
			} else if name == "no reason" && !strings.Contains(w.Body.String(), `value="`+string(mine.ID)+`" checked`) {
				t.Errorf("%s: what was ticked is lost:\n%s", name, w.Body)
			}
		}
		var photo bytes.Buffer
		f.Must(jpeg.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 64, 48)), nil))
		if w := post(t, h, "/l/"+ask1, form, []byte("not a picture")); w.Code == http.StatusSeeOther {
			t.Errorf("a photo that is none was taken")
		}
		w := post(t, h, "/l/"+ask1, form, photo.Bytes())
		if w.Code != http.StatusSeeOther {
			t.Fatalf("asking: %d\n%s", w.Code, w.Body)
		}
		path, _, _ := strings.Cut(w.Header().Get("Location"), "?")
		if w := post(t, h, "/l/"+ask1, form, photo.Bytes()); w.Code != http.StatusSeeOther {
			t.Errorf("the same form again: %d", w.Code)
		}
		list, err := f.con.Returns.List(f.Ctx, returns.Filter{Unit: mine.ID, Recent: true, Limit: 10})
		if err != nil || len(list) != 1 || list[0].Channel != returns.ByLink || list[0].Decision != returns.Approved || len(list[0].Lines[0].Photos) != 1 {
			t.Fatalf("%d returns, %v: %+v", len(list), err, list)
		}
		r := list[0]
		page = ask(t, h, http.MethodGet, path, nil)
		for _, want := range []string{r.Number, "退货仓1号", "paid by you", "Withdraw"} {
			if !strings.Contains(page.Body.String(), want) {
				t.Errorf("%q is not on the page:\n%s", want, page.Body)
			}
		}
		if w := ask(t, h, http.MethodGet, path+"/label", nil); w.Code != http.StatusOK || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF")) {
			t.Errorf("label: %d", w.Code)
		}
		line := r.Lines[0].ID
		in := returns.ActInput{ID: r.ID}
		_, err = f.con.Returns.Receive(f.Ctx, returns.ReceiveInput{ActInput: in, Line: line, Quantity: 1})
		f.Must(err)
		_, err = f.con.Returns.Inspect(f.Ctx, returns.InspectInput{ActInput: in, Line: line, Grade: returns.GradeUsed, Spoilt: []string{"lasting_marks"}})
		f.Must(err)
		act := func(what int, pairs ...string) string {
			t.Helper()
			v := url.Values{"line": {string(line)}}
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
			w := ask(t, h, http.MethodPost, path, v)
			if w.Code != what {
				t.Errorf("%v: %d, want %d\n%s", pairs, w.Code, what, w.Body)
			}
			return w.Body.String()
		}
		act(http.StatusNotFound, "act", "consent", "code", "123456") // nothing was offered yet
		_, err = f.con.Returns.Deduct(f.Ctx, returns.DeductInput{ActInput: in, Line: line, Deductions: []returns.Deduction{{Code: "damage", Amount: 20_000, Reason: "门板划痕"}}})
		f.Must(err)
		page = ask(t, h, http.MethodGet, path, nil)
		for _, want := range []string{"门板划痕", "3,799.00", "200.00", "138****5678", "lasting marks"} {
			if !strings.Contains(page.Body.String(), want) {
				t.Errorf("%q is not on the page:\n%s", want, page.Body)
			}
		}
		act(http.StatusUnprocessableEntity, "act", "consent", "code", "000000")
		act(http.StatusUnprocessableEntity, "act", "pay")
		if page := act(http.StatusUnprocessableEntity, "act", "object", "note", " "); !strings.Contains(page, "<details open><summary>") {
			t.Errorf("why the objection is refused is folded away:\n%s", page)
		}
		act(http.StatusSeeOther, "act", "code")
		if got, _ := f.con.Returns.Get(f.Ctx, r.ID); got.Lines[0].Consent != returns.ConsentAsked || len(got.Refunds) != 0 {
			t.Fatalf("consent %s before anybody agreed", got.Lines[0].Consent)
		}
		f.Advance(2 * time.Minute)
		code, err := db.InTx(f.Ctx, d, func(ctx context.Context, tx *db.Tx) (string, error) {
			return f.Identity.MakeApprovalTx(ctx, tx, consentCode(r.ID))
		})
		f.Must(err)
		act(http.StatusSeeOther, "act", "consent", "code", code)
		got, err := f.con.Returns.Get(f.Ctx, r.ID)
		if err != nil || got.Lines[0].Consent != returns.ConsentAccepted || len(got.Refunds) != 1 || got.Refunds[0].Amount != 379_900 {
			t.Fatalf("after agreeing: %+v, %v", got.Refunds, err)
		}
		act(http.StatusNotFound, "act", "consent", "code", code) // twice
		if page := ask(t, h, http.MethodGet, path, nil).Body.String(); !strings.Contains(page, "You agreed") || !strings.Contains(page, "to be paid") {
			t.Errorf("after agreeing:\n%s", page)
		}

		// Another return: the customer objects, and later one is withdrawn.
		second := f.fridge("RF-MINE-0002")
		form["unit"], form["key"] = []string{string(second.ID)}, []string{db.NewID()}
		w = post(t, h, "/l/"+ask1, form, photo.Bytes())
		path, _, _ = strings.Cut(w.Header().Get("Location"), "?")
		list, err = f.con.Returns.List(f.Ctx, returns.Filter{Unit: second.ID, Recent: true, Limit: 1})
		f.Must(err)
		r = list[0]
		line, in.ID = r.Lines[0].ID, r.ID
		_, err = f.con.Returns.Deduct(f.Ctx, returns.DeductInput{ActInput: in, Line: line, Deductions: []returns.Deduction{{Code: "wear", Amount: 10_000}}})
		f.Must(err)
		act(http.StatusSeeOther, "act", "object", "note", "没有用过")
		got, err = f.con.Returns.Get(f.Ctx, r.ID)
		if err != nil || len(got.Disputes) != 1 || got.Lines[0].Consent != returns.ConsentRefused {
			t.Errorf("after objecting: %+v, %v", got.Disputes, err)
		}
		act(http.StatusSeeOther, "act", "withdraw")
		if page := ask(t, h, http.MethodGet, path, nil).Body.String(); !strings.Contains(page, "Withdrawn") {
			t.Errorf("after withdrawing:\n%s", page)
		}
		act(http.StatusUnprocessableEntity, "act", "withdraw")
	})
}

// post sends a form with a file as a browser does.
func post(t *testing.T, h http.Handler, path string, form url.Values, photo []byte) *httptest.ResponseRecorder {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, list := range form {
		for _, v := range list {
			if err := m.WriteField(k, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if photo != nil {
		part, err := m.CreateFormFile("photos", "p.jpg")
		if err == nil {
			_, err = part.Write(photo)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://anxin.test"+path, &b)
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("Origin", "https://anxin.test")
	r.Header.Set("Content-Type", m.FormDataContentType())
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestReturnClock: the page of a return tells times on the clock of the place where the customer's unit is.
func TestReturnClock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		u, zone, there := f.fridge("RF-FAR-0001"), "America/New_York", geo.Point{Lat: 40.71, Lon: -74.01}
		out, err := f.Outlets.Get(f.Ctx, d, f.Own.ID)
		f.Must(err)
		_, err = f.Outlets.Edit(f.Ctx, outlets.EditInput{ID: out.ID, Version: out.Version, Zone: &zone, Point: &there})
		f.Must(err)
		link, err := db.InTx(f.Ctx, d, func(ctx context.Context, tx *db.Tx) (string, error) {
			if err := f.Units.SetPlaceTx(ctx, tx, u.ID, customers.Place{Text: "1 Broadway", Point: there}); err != nil {
				return "", err
			}
			l, err := f.con.Returns.AskLinkTx(ctx, tx, f.Customer, f.One)
			return l.Token, err
		})
		f.Must(err)
		h := f.site()
		var photo bytes.Buffer
		f.Must(jpeg.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 64, 48)), nil))
		asked := post(t, h, "/l/"+link, map[string][]string{"key": {db.NewID()}, "unit": {string(u.ID)}, "type": {"return"}, "reason": {"return_no_reason"}}, photo.Bytes())
		path, _, _ := strings.Cut(asked.Header().Get("Location"), "?")
		list, err := f.con.Returns.List(f.Ctx, returns.Filter{Unit: u.ID, Recent: true, Limit: 10})
		if err != nil || len(list) != 1 {
			t.Fatalf("asked: %d, %d returns, %v", asked.Code, len(list), err)
		}
		body := ask(t, h, http.MethodGet, path, nil).Body.String()
		want, wrong := i18n.DateTime("en", list[0].OccurredAt, f.con.at(zone)), i18n.DateTime("en", list[0].OccurredAt, f.con.Zone)
		if !strings.Contains(body, html.EscapeString(want)) || strings.Contains(body, html.EscapeString(wrong)) {
			t.Errorf("the page says not %q, or %q:\n%s", want, wrong, body)
		}
	})
}
