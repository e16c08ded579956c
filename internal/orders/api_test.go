package orders

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// TestLists: a second outlet and a second brand see nothing of an order, its visit, offer, wish, conflict
// and charges; the outlet above and the brand's own people do.
func TestLists(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		offered := f.create()
		_, err := f.Offer(f.Ctx, OfferInput{ActInput: f.in(offered.ID), OutletID: f.Hz.ID})
		f.Must(err)
		o := f.secondOrder(Order{OutletID: f.Hz.ID})
		v := f.onSite(o.ID)
		_, err = f.FinishVisit(f.Engineer(f.Li), FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeSecondVisit}}})
		f.Must(err)
		for _, tt := range []struct {
			name string
			ctx  context.Context
			sees bool
		}{
			{"centre", f.As(access.RoleHead, "/"), true},
			{"its outlet", f.As(access.RoleOutletManager, f.Hz.Path), true},
			{"another outlet", f.As(access.RoleOutletManager, f.Sh.Path), false},
			{"an outlet that begins alike", f.As(access.RoleOutletManager, "/hzz/"), false},
			{"its brand", f.As(access.RoleHead, "/", f.One), true},
			{"another brand", f.As(access.RoleHead, "/", f.Two), false},
			{"nobody's scope", access.With(t.Context(), access.Actor{Kind: access.User, ID: "x", Permissions: access.Set{"*": true}}), false},
		} {
			n := map[bool]int{true: 1}[tt.sees]
			for _, queue := range []string{"live", "recent"} {
				list, err := f.List(tt.ctx, Filter{Queue: queue, Limit: 10})
				if err != nil || len(list) != 2*n {
					t.Errorf("%s: %s orders = %d, %v; want %d", tt.name, queue, len(list), err, 2*n)
				}
			}
			visits, err := f.ListVisits(tt.ctx, VisitFilter{Limit: 10})
			if err != nil || len(visits) != n {
				t.Errorf("%s: visits = %d, %v; want %d", tt.name, len(visits), err, n)
			}
			offers, err := f.OpenOffers(tt.ctx, d, "", 10)
			if err != nil || len(offers) != n {
				t.Errorf("%s: offers = %d, %v; want %d", tt.name, len(offers), err, n)
			}
			wishes, err := f.OpenWishes(tt.ctx, d, time.Time{}, "", 10)
			if err != nil || len(wishes) != n {
				t.Errorf("%s: wishes = %d, %v; want %d", tt.name, len(wishes), err, n)
			}
			byID, err := f.ByIDs(tt.ctx, d, []ID{o.ID, offered.ID})
			if err != nil || len(byID) != 2*n {
				t.Errorf("%s: by ids = %d, %v; want %d", tt.name, len(byID), err, 2*n)
			}
			ofCase, err := f.OfCase(tt.ctx, d, f.CaseID)
			if err != nil || len(ofCase) != 2*n {
				t.Errorf("%s: of the case = %d, %v; want %d", tt.name, len(ofCase), err, 2*n)
			}
			want := map[bool]*problem.Code{false: ErrNotFound}[tt.sees]
			if _, err := f.Get(tt.ctx, o.ID); !problem.Match(err, want) {
				t.Errorf("%s: Get = %v, want %v", tt.name, err, want)
			}
			want = map[bool]*problem.Code{false: ErrVisitNotFound}[tt.sees]
			if _, err := f.GetVisit(tt.ctx, v.ID); !problem.Match(err, want) {
				t.Errorf("%s: GetVisit = %v, want %v", tt.name, err, want)
			}
		}
	})
}

// TestPages: keyset paging gives every order once, in order.
func TestPages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for range 5 {
			f.create()
			f.Advance(time.Minute)
		}
		h := f.server(map[string]context.Context{"admin": f.Ctx})
		for _, queue := range []string{"live", "recent"} {
			var seen []string
			cursor := ""
			for range 5 {
				code, page, raw := call(t, h, "admin", http.MethodGet, "/orders?limit=2&queue="+queue+"&cursor="+cursor, nil)
				if code != 200 {
					t.Fatalf("list = %d %s", code, raw)
				}
				for _, it := range page["items"].([]any) {
					seen = append(seen, it.(map[string]any)["number"].(string))
				}
				next, _ := page["next_cursor"].(string)
				if cursor = next; cursor == "" {
					break
				}
			}
			sorted := slices.Clone(seen)
			slices.Sort(sorted)
			if len(slices.Compact(sorted)) != 5 || len(seen) != 5 {
				t.Errorf("%s pages = %v, want five orders once", queue, seen)
			}
			if queue == "recent" && !slices.IsSortedFunc(seen, func(a, b string) int { return strings.Compare(b, a) }) {
				t.Errorf("recent pages = %v, want newest first", seen)
			}
		}
	})
}

// TestOverHTTP takes an order from opening to posting through the real stack, as the roles that do it.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.server(map[string]context.Context{
			"agent": f.As(access.RoleAgent, "/"), "dispatcher": f.As(access.RoleDispatcher, "/"), "manager": f.As(access.RoleOutletManager, f.Hz.Path),
			"other": f.As(access.RoleOutletManager, f.Sh.Path), "li": f.Engineer(f.Li), "quality": f.As(access.RoleQuality, "/"),
		})
		post := func(user, path string, body map[string]any, want int) map[string]any {
			t.Helper()
			code, out, raw := call(t, h, user, http.MethodPost, path, body)
			if code != want {
				t.Fatalf("%s POST %s = %d %s, want %d", user, path, code, raw, want)
			}
			return out
		}
		o := post("agent", "/orders", map[string]any{"case_id": f.CaseID, "release": true, "parties": map[string]any{"on_site": map[string]any{"name": casestest.Name, "phone": casestest.Other}}}, 201)
		id := o["id"].(string)
		if o["state"] != "ready" || o["contact_phone"] == casestest.Other || !strings.HasSuffix(o["contact_phone"].(string), "0123") {
			t.Errorf("created = %v %v, want ready with a masked phone", o["state"], o["contact_phone"])
		}
		start := d.Now().Add(2 * time.Hour)
		post("agent", "/orders/"+id+"/promises", map[string]any{"from": start, "to": start.Add(2 * time.Hour)}, 200)
		post("dispatcher", "/orders/"+id+"/offer", map[string]any{"outlet_id": f.Hz.ID}, 200)
		post("other", "/orders/"+id+"/accept", map[string]any{}, 404)
		post("manager", "/orders/"+id+"/accept", map[string]any{}, 200)
		post("manager", "/orders/"+id+"/accept", map[string]any{}, 409)
		v := post("manager", "/visits", map[string]any{"orders": []string{id}, "engineers": []any{f.Li.ID}, "start": start, "end": start.Add(time.Hour), "dispatch": true}, 200)
		visit := v["id"].(string)

		code, mine, raw := call(t, h, "li", http.MethodGet, "/field/visits", nil)
		items, _ := mine["items"].([]any)
		if code != 200 || len(items) != 1 {
			t.Fatalf("field visits = %d %s", code, raw)
		}
		for _, secret := range []string{casestest.Phone, casestest.Other, casestest.Name} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("field visits hold %q", secret)
			}
		}
		one := items[0].(map[string]any)
		if !strings.Contains(one["address"].(string), casestest.Door) || len(one["service_code"].(string)) != 4 || len(one["fail_reasons"].([]any)) == 0 {
			t.Errorf("field visit = %v, want the whole address, the service code and reasons", one)
		}
		post("li", "/orders/"+id+"/reveal", map[string]any{"reason": "call_customer"}, 200)
		post("li", "/visits/"+visit+"/accept", map[string]any{"operation_id": "a1"}, 200)
		post("li", "/visits/"+visit+"/depart", map[string]any{"operation_id": "a2"}, 200)
		f.Advance(2 * time.Hour)
		got := post("li", "/visits/"+visit+"/arrive", map[string]any{"operation_id": "a3", "point": map[string]any{"lat": 30.28, "lon": 120.13}}, 200)
		if got["state"] != "on_site" || got["distance_m"] == nil {
			t.Errorf("arrived = %v, distance %v", got["state"], got["distance_m"])
		}
		checks, readings := map[string]string{}, map[string]float64{}
		fieldOrder := one["orders"].([]any)[0].(map[string]any)
		for _, c := range fieldOrder["checklist"].([]any) {
			checks[c.(map[string]any)["key"].(string)] = "ok"
		}
		for _, c := range fieldOrder["readings"].([]any) {
			readings[c.(map[string]any)["key"].(string)] = 1
		}
		before, after, sign := db.NewID(), db.NewID(), db.NewID()
		got = post("li", "/visits/"+visit+"/finish", map[string]any{
			"operation_id": "a4", "sign_off": map[string]any{"kind": "signature", "file": sign},
			"orders": []any{map[string]any{
				"order_id": id, "outcome": "fixed", "symptom": "GWH-S03", "cause": "GWH-C03", "action": "GWH-A03", "checks": checks, "readings": readings, "serial": "SN-9001",
				"parts": []any{map[string]any{"code": "PCB-1", "quantity": 1}}, "files": []any{map[string]any{"id": before, "slot": "before"}, map[string]any{"id": after, "slot": "after"}},
			}},
		}, 200)
		if got["state"] != "finished" {
			t.Errorf("finished = %v", got["state"])
		}
		// The pictures follow on their own.
		for slot, file := range map[string]string{"before": before, "after": after, "signature": sign} {
			for range 2 { // the answer was lost: sent again
				if code, raw := sendPicture(t, h, "li", visit, id, slot, file); code != 200 {
					t.Fatalf("upload %s = %d %s", slot, code, raw)
				}
			}
		}
		if code, _ := sendPicture(t, h, "other", visit, id, "before", db.NewID()); code != 404 {
			t.Errorf("upload by another outlet = %d, want 404", code)
		}
		code, order, _ := call(t, h, "quality", http.MethodGet, "/orders/"+id, nil)
		if code != 200 || order["state"] != "completed" || order["sign"] != "signature" {
			t.Errorf("order = %d %v, signed %v", code, order["state"], order["sign"])
		}
		if order["review"] != "passed" {
			post("quality", "/orders/"+id+"/approve-review", map[string]any{"reason": "seen"}, 200)
		}
		code, bill, _ := call(t, h, "agent", http.MethodGet, "/orders/"+id+"/charges", nil)
		if code != 200 || len(bill["charges"].([]any)) < 2 {
			t.Errorf("charges = %d %v", code, bill)
		}
		post("li", "/orders/"+id+"/collections", map[string]any{"amount": map[string]any{"minor": 100, "currency": "CNY"}, "method": "cash"}, 200)
		f.Must(f.callback(ID(id), CallbackPositive, 10))
		if got := f.get(ID(id)).State; got != StatePosted {
			t.Errorf("order = %s, want posted", got)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, httpapi.Prefix+"/orders/"+id+"/report.pdf", nil)
		r.Header.Set("X-User", "li")
		h.ServeHTTP(w, r)
		if w.Code != 200 || w.Header().Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
			t.Errorf("report = %d %s %.20q", w.Code, w.Header().Get("Content-Type"), w.Body.String())
		}
		for _, path := range []string{"promises", "offers", "wishes", "contacts", "proof", "visits", "quotes"} {
			if code, _, raw := call(t, h, "agent", http.MethodGet, "/orders/"+id+"/"+path, nil); code != 200 {
				t.Errorf("GET %s = %d %s", path, code, raw)
			}
			if code, _, _ := call(t, h, "other", http.MethodGet, "/orders/"+id+"/"+path, nil); code != 404 {
				t.Errorf("GET %s by another outlet = %d, want 404", path, code)
			}
		}
	})
}

func sendPicture(t *testing.T, h http.Handler, user, visit, order, slot, file string) (int, string) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k, v := range map[string]string{"id": file, "order_id": order, "slot": slot, "operation_id": "f-" + file, "occurred_at": "", "device_offset_ms": "0"} {
		if err := m.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	header := make(map[string][]string)
	header["Content-Disposition"] = []string{`form-data; name="file"; filename="p.jpg"`}
	header["Content-Type"] = []string{"image/jpeg"}
	part, err := m.CreatePart(header)
	if err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(part, image.NewRGBA(image.Rect(0, 0, 40+len(slot), 30)), nil); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, httpapi.Prefix+"/visits/"+visit+"/files", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("X-User", user)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestIdempotencyKey: the same request with its key answers as the first did; another body is refused.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.server(map[string]context.Context{"admin": f.Ctx})
		body := map[string]any{"case_id": f.CaseID, "release": true}
		_, first, _ := call(t, h, "admin", http.MethodPost, "/orders", body, "Idempotency-Key", "k1")
		_, again, _ := call(t, h, "admin", http.MethodPost, "/orders", body, "Idempotency-Key", "k1")
		if first["id"] == nil || first["id"] != again["id"] {
			t.Errorf("orders = %v and %v, want one", first["id"], again["id"])
		}
		code, _, _ := call(t, h, "admin", http.MethodPost, "/orders", map[string]any{"case_id": f.CaseID}, "Idempotency-Key", "k1")
		if code != http.StatusConflict {
			t.Errorf("another body under the key = %d, want 409", code)
		}
		list, err := f.List(f.Ctx, Filter{Queue: "recent", Limit: 10})
		f.Must(err)
		if len(list) != 1 {
			t.Errorf("%d orders, want 1", len(list))
		}
		// The operation id does the same without a key, for ever.
		in := CreateInput{Act: access.Act{OperationID: "op-9"}, CaseID: f.CaseID}
		a, err := f.Create(f.Ctx, in)
		f.Must(err)
		b, err := f.Create(f.Ctx, in)
		f.Must(err)
		if a.ID != b.ID {
			t.Errorf("the same operation made %s and %s", a.ID, b.ID)
		}
	})
}

func TestEdit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.create()
		h := f.server(map[string]context.Context{"admin": f.Ctx})
		edit := func(want int, body map[string]any, header ...string) map[string]any {
			t.Helper()
			code, out, raw := call(t, h, "admin", http.MethodPatch, "/orders/"+string(o.ID), body, header...)
			if code != want {
				t.Errorf("PATCH %v %v = %d %s, want %d", body, header, code, raw, want)
			}
			return out
		}
		edit(428, map[string]any{"payer": "brand"})
		edit(412, map[string]any{"payer": "brand"}, "If-Match", `"99"`)
		edit(422, map[string]any{"symptom": "XX"}, "If-Match", httpapi.ETag(o.Version))
		got := edit(200, map[string]any{"payer": "brand", "instructions": "先断电", "address": map[string]any{"text": "浙江省杭州市余杭区文一西路1号"}}, "If-Match", httpapi.ETag(o.Version))
		if got["payer"] != "brand" || got["instructions"] != "先断电" || !strings.HasPrefix(got["division"].(string), "3301") {
			t.Errorf("edited = %v", got)
		}
	})
}

// TestReveal: engineers see a number only for their own orders near the visit; each look is audited.
func TestReveal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		start := d.Now().Add(72 * time.Hour)
		_, err := f.PlanVisit(f.Ctx, PlanVisit{Orders: []ID{o.ID}, Engineers: []workforce.EngineerID{f.Li.ID}, Start: start, End: start.Add(time.Hour), Dispatch: true})
		f.Must(err)
		in := RevealInput{ID: o.ID, Reason: "call_customer"}
		_, err = f.Reveal(f.Engineer(f.Li), in)
		f.problem(err, ErrRevealDay, "three days before the visit")
		_, err = f.Reveal(f.Engineer(f.Wu), in)
		f.problem(err, ErrNotFound, "another's order")
		_, err = f.Reveal(f.As(access.RoleFinance, "/"), in)
		f.problem(err, problem.ErrForbidden, "a role that may not")
		f.Advance(60 * time.Hour)
		got, err := f.Reveal(f.Engineer(f.Li), in)
		f.Must(err)
		if got.Phone != casestest.Other || !strings.Contains(got.Address, casestest.Door) {
			t.Errorf("revealed = %+v, want the contact on site and the door", got)
		}
		trail, err := audit.New(d).Of(t.Context(), "order", string(o.ID))
		f.Must(err)
		if n := len(slices.DeleteFunc(trail, func(l audit.Line) bool { return l.Act != "reveal" })); n != 1 {
			t.Errorf("audit entries = %d, want 1", n)
		}
	})
}

// TestNothingInTheClear looks for seeded names, numbers and doors in every text of the tables, the outbox,
// the jobs and the audit trail.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		_, err := f.Contact(f.Ctx, ContactInput{ActInput: ActInput{ID: o.ID, Act: access.Act{Note: "打 " + casestest.Phone + " 找" + casestest.Name}}, Channel: "call", Result: "reached"})
		f.Must(err)
		v := f.onSite(o.ID)
		p := f.wholeProof("user-li")
		p.Note = casestest.Name + " " + casestest.Door
		_, err = f.FinishVisit(f.Engineer(f.Li), FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeFixed, Proof: p}}})
		f.Must(err)
		_, err = f.Collect(f.Ctx, CollectInput{ActInput: f.in(o.ID), Amount: yuan(1), Method: Transfer, Reference: casestest.Phone})
		f.Must(err)
		for place, raw := range f.everything() {
			for _, secret := range []string{casestest.Phone, casestest.Phone[3:], casestest.Other, casestest.Door, casestest.Name} {
				if i := strings.Index(raw, secret); i >= 0 {
					t.Errorf("%s holds %q: %.200q", place, secret, raw[max(0, i-100):])
				}
			}
		}
		list, err := events.OfRecord(t.Context(), d, "order", string(o.ID))
		f.Must(err)
		if len(list) == 0 || len(f.SMS.List) != 0 {
			t.Errorf("%d events, %d messages sent inside acts; want events and no message before the job runs", len(list), len(f.SMS.List))
		}
	})
}

// everything is all that stands in the database: SQLite's files as they are, or the rows of the tables
// that orders and what it calls write, as text.
func (f *fixture) everything() map[string]string {
	f.T.Helper()
	out := map[string]string{}
	if !db.IsPostgresAddress(f.DB.DSN()) {
		for _, suffix := range []string{"", "-wal"} {
			raw, err := os.ReadFile(f.DB.DSN() + suffix)
			f.Must(err)
			out["the file "+suffix] = string(raw)
		}
		return out
	}
	for _, table := range []string{
		"orders_order", "orders_offer", "orders_promise", "orders_contact", "orders_operation", "orders_visit", "orders_visit_order", "orders_visit_member", "orders_wish",
		"orders_conflict", "orders_answer", "orders_photo", "orders_scan", "orders_part", "orders_quote", "orders_charge", "orders_collection", "events_event",
		"audit_entry", "river_job", "search_pending", "notify_message", "identity_link", "units_unit", "cases_case",
	} {
		rows, err := db.List(f.T.Context(), f.DB, db.ScanString, `SELECT CAST(t AS TEXT) FROM `+table+` t`)
		f.Must(err)
		out[table] = strings.Join(rows, "\n")
	}
	return out
}

// TestMessages: the customer is told who comes, that he is on the way, of a delay and of a quote; history
// and replays tell nobody.
func TestMessages(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		v := f.planned(o.ID)
		li := f.Engineer(f.Li)
		_, err := f.AcceptVisit(li, f.field(v))
		f.Must(err)
		_, err = f.Delay(li, DelayInput{FieldInput: f.field(v, "traffic"), By: 20 * time.Minute})
		f.Must(err)
		_, err = f.Depart(li, DepartInput{FieldInput: f.field(v)})
		f.Must(err)
		_, err = f.Arrive(li, f.field(v))
		f.Must(err)
		_, err = f.MakeQuote(li, QuoteInput{ActInput: f.in(o.ID), Lines: []QuoteLineInput{{Kind: Labour, Quantity: 1}}, Send: true})
		f.Must(err)
		next := d.Now().Add(48 * time.Hour)
		_, err = f.FinishVisit(li, FinishInput{FieldInput: f.field(v), Results: []OrderResult{{Order: o.ID, Outcome: OutcomeNeedsPart, Earliest: &next}}})
		f.Must(err)
		messages := func(id ID) []string {
			t.Helper()
			list, err := f.Notify.OfRecord(f.Ctx, d, "order", string(id))
			f.Must(err)
			out := []string{}
			for _, m := range list {
				out = append(out, m.Template)
			}
			slices.Sort(out)
			return out
		}
		if got, want := messages(o.ID), []string{"T02", "T03", "T04", "T05", "T06"}; !slices.Equal(got, want) {
			t.Errorf("messages = %v, want %v", got, want)
		}
		replay := access.From(f.Ctx)
		replay.Origin = access.Replay
		f.CaseID = f.OpenCase(f.One, f.Customer.ID, f.Unit.ID)
		ctx := access.With(t.Context(), replay)
		again, err := f.Create(ctx, CreateInput{CaseID: f.CaseID, Release: true})
		f.Must(err)
		start := d.Now().Add(30 * time.Hour)
		_, err = f.PlanVisit(ctx, PlanVisit{Orders: []ID{again.ID}, OutletID: f.Own.ID, Engineers: []workforce.EngineerID{f.Zhao.ID}, Start: start, End: start.Add(time.Hour), Dispatch: true})
		f.Must(err)
		if got := messages(again.ID); len(got) != 0 {
			t.Errorf("messages of a replay = %v, want none", got)
		}
	})
}

// TestMessagesSpeak tells a customer who chose English in English: words, dates and the reason of a delay.
func TestMessagesSpeak(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		english := i18n.English
		c, err := f.Customers.Get(f.Ctx, d, f.Customer.ID)
		f.Must(err)
		_, err = f.Customers.Edit(f.Ctx, customers.EditInput{ID: c.ID, Version: c.Version, Lang: &english})
		f.Must(err)
		o := f.accepted()
		v := f.planned(o.ID)
		li := f.Engineer(f.Li)
		_, err = f.AcceptVisit(li, f.field(v))
		f.Must(err)
		_, err = f.Delay(li, DelayInput{FieldInput: f.field(v, "traffic"), By: 20 * time.Minute})
		f.Must(err)
		list, err := f.Notify.OfRecord(f.Ctx, d, "order", string(o.ID))
		f.Must(err)
		if len(list) < 2 {
			t.Fatalf("%d messages, want at least the booking and the delay", len(list))
		}
		for _, m := range list {
			text := strings.ReplaceAll(m.MaskedText, f.Li.Name, "")
			if m.Lang != i18n.English || text == "" || strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("a message in %q reads %q", m.Lang, m.MaskedText)
			}
		}
	})
}

// TestReport: the report renders with everything on it, in both languages, and shows no whole phone.
func TestReport(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	o, _ := f.completedWith(func(p *ProofInput) {
		p.Parts = []PartUse{{Code: "PCB-1", Quantity: 1, NewSerial: "B-1"}}
		p.Photos = append(p.Photos, PhotoInput{f.Upload("user-li", files.Photo, 9), PhotoSerial}, PhotoInput{f.Upload("user-li", files.Photo, 10), PhotoOldPart})
	})
	s := f.server(map[string]context.Context{"admin": f.Ctx, "other": f.As(access.RoleOutletManager, f.Sh.Path)})
	for _, lang := range []string{"zh-CN", "en"} {
		code, _, raw := call(t, s, "admin", http.MethodGet, "/orders/"+string(o.ID)+"/report.pdf?lang="+lang, nil)
		if code != 200 || !bytes.HasPrefix(raw, []byte("%PDF-")) || len(raw) < 20_000 || len(raw) > 500_000 {
			t.Errorf("%s report = %d, %d bytes", lang, code, len(raw))
		}
	}
	if code, _, _ := call(t, s, "other", http.MethodGet, "/orders/"+string(o.ID)+"/report.pdf", nil); code != 404 {
		t.Errorf("report for another outlet = %d, want 404", code)
	}
}

// TestClocks: what an order owes, and when it is met.
func TestClocks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.create()
		status := func() map[string]string {
			t.Helper()
			list, err := f.Clocks.OfRecord(t.Context(), d, "order", string(o.ID))
			f.Must(err)
			out := map[string]string{}
			for _, c := range list {
				out[string(c.Milestone)] = string(c.Status)
			}
			return out
		}
		_, err := f.Offer(f.Ctx, OfferInput{ActInput: f.in(o.ID), OutletID: f.Hz.ID})
		f.Must(err)
		if got := status(); got["outlet_acceptance"] != "running" || got["completion"] != "running" {
			t.Errorf("offered: clocks = %v, want acceptance and completion running", got)
		}
		if got := f.get(o.ID); got.NextDueAt == nil || !got.NextDueAt.Equal(d.Now().Add(2*time.Hour)) {
			t.Errorf("next deadline = %v, want the offer's end", got.NextDueAt)
		}
		c, err := f.Cases.Find(f.Ctx, d, f.CaseID)
		f.Must(err)
		if c.NextDueAt == nil || c.NextDueAt.After(d.Now().Add(2*time.Hour)) {
			t.Errorf("next deadline of the case = %v, want no later than its order's", c.NextDueAt)
		}
		_, err = f.Accept(f.Ctx, f.in(o.ID))
		f.Must(err)
		if got := status(); got["outlet_acceptance"] != "met" || got["first_contact"] != "running" {
			t.Errorf("accepted: clocks = %v", got)
		}
		_, err = f.Contact(f.Ctx, ContactInput{ActInput: f.in(o.ID), Channel: "call", Result: "no_answer"})
		f.Must(err)
		if got := status(); got["first_contact"] != "running" {
			t.Errorf("not reached: clocks = %v", got)
		}
		_, err = f.Contact(f.Ctx, ContactInput{ActInput: f.in(o.ID), Channel: "call", Result: "reached"})
		f.Must(err)
		if got := status(); got["first_contact"] != "met" {
			t.Errorf("reached: clocks = %v", got)
		}
		if got := f.get(o.ID).Attempts; got != 2 {
			t.Errorf("attempts = %d, want 2", got)
		}
		_, err = f.Cancel(f.Ctx, f.in(o.ID, "customer_withdrew"))
		f.Must(err)
		if got := status(); got["completion"] != "void" {
			t.Errorf("cancelled: clocks = %v, want completion void", got)
		}
	})
}

// TestErased: the exact place goes with the person; the order stays.
func TestErased(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, v := f.completed()
		_, err := f.Customers.Erase(f.Ctx, customers.EraseInput{Act: casestest.Act("erase_request"), ID: f.Customer.ID})
		f.Must(err)
		list, err := events.OfRecord(f.Ctx, d, "customer", string(f.Customer.ID))
		f.Must(err)
		var ev customers.Erased
		f.Must(json.Unmarshal(list[len(list)-1].Body, &ev))
		for range 2 { // delivered twice
			f.Must(f.OnCustomerErased(f.Ctx, ev))
		}
		if got, w := f.get(o.ID), f.visit(v.ID); got.Lat != nil || w.Lat != nil || got.Division == "" {
			t.Errorf("order at %v, visit at %v, division %q; want no points, the division", got.Lat, w.Lat, got.Division)
		}
		b, err := f.Bodies(f.Ctx, []Order{f.get(o.ID)})
		f.Must(err)
		if !b[0].Erased || b[0].Instructions != "" {
			t.Errorf("body = %+v, want its texts gone", b[0])
		}
	})
}

// TestZone: before an order has an outlet it is on the clock of the one that would be asked, then on that of its own.
func TestZone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		zone := func(o Order) string {
			t.Helper()
			b, err := f.Bodies(f.Ctx, []Order{o, o})
			f.Must(err)
			if b[0].Zone != b[1].Zone {
				t.Errorf("zones %s and %s of one order", b[0].Zone, b[1].Zone)
			}
			return b[0].Zone
		}
		o := f.create()
		if got := zone(o); got != "Asia/Shanghai" {
			t.Errorf("nobody serves the place: %s", got)
		}
		far, err := f.Services.Outlets.Create(f.Ctx, outlets.CreateInput{Code: "far", Name: "Far", Kind: outlets.KindOwn, Brands: []catalog.BrandID{f.One}, Zone: "America/New_York"})
		f.Must(err)
		_, err = f.Services.Outlets.SetAreas(f.Ctx, outlets.SetAreasInput{ID: far.ID, Version: far.Version, Areas: []outlets.Area{{Division: o.Division, Rank: 1}}})
		f.Must(err)
		if got := zone(o); got != "America/New_York" {
			t.Errorf("zone %s, want that of who would be asked", got)
		}
		if got := zone(f.accepted()); got != "Asia/Shanghai" {
			t.Errorf("zone %s, want that of the outlet that took it", got)
		}
	})
}

// TestSearch: an order is found by its number, by those who see it, also after it changed hands.
func TestSearch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o := f.accepted()
		find := func(ctx context.Context) int {
			t.Helper()
			_, err := f.Search.Flush(t.Context())
			f.Must(err)
			list, err := f.Lookup(ctx, o.Number, 10)
			f.Must(err)
			return len(list)
		}
		hz, sh := f.As(access.RoleOutletManager, f.Hz.Path), f.As(access.RoleOutletManager, f.Sh.Path)
		if a, b, c := find(f.Ctx), find(hz), find(sh); a != 1 || b != 1 || c != 0 {
			t.Errorf("found by the centre %d, its outlet %d, another %d; want 1, 1, 0", a, b, c)
		}
		_, err := f.GiveBack(hz, f.in(o.ID, "no_engineer"))
		f.Must(err)
		if a, b := find(f.Ctx), find(hz); a != 1 || b != 0 {
			t.Errorf("given back: found by the centre %d, the outlet that had it %d; want 1, 0", a, b)
		}
	})
}
