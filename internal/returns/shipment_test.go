package returns

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/carrier"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

func hmacHex(key, text string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

func (f *fixture) carrier(kind string, spec *carrier.Spec) Carrier {
	f.t.Helper()
	c, err := f.SaveCarrier(f.ctx, SaveCarrierInput{Name: "承运" + kind, Kind: kind, Spec: spec, Secrets: Secrets{Secret: "s", HookSecret: "hook"}, Active: true})
	f.must(err)
	return c
}

func easyHook(number string, events ...string) (http.Header, []byte) {
	body := []byte(`{"result":{"tracking_code":"` + number + `","tracking_details":[` + strings.Join(events, ",") + `]}}`)
	return http.Header{"X-Hmac-Signature": {"hmac-sha256-hex=" + hmacHex("hook", string(body))}}, body
}

func easyEvent(status string, at time.Time) string {
	return fmt.Sprintf(`{"status":%q,"datetime":%q,"message":"call 13812345678"}`, status, at.Format(time.RFC3339))
}

// TestTracking: news come signed, doubled and out of order, and the parcel stands where the latest says; the return goes
// along; a parcel without news is stuck and then lost, and news takes the alarm back.
func TestTracking(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened()
		c := f.carrier("easypost", nil)
		x, err := f.Send(f.ctx, SendInput{ActInput: in(r), Carrier: c.ID, Direction: Back, Number: "EZ1", Price: 1200, PromisedAt: new(d.Now().Add(48 * time.Hour))})
		f.must(err)
		if _, err := f.Send(f.ctx, SendInput{ActInput: in(r), Carrier: c.ID, Direction: Back, Number: "EZ1"}); !slices.Contains(fieldsOf(err), "number taken") {
			t.Errorf("the same number twice: %v", err)
		}
		if _, err := f.Send(f.ctx, SendInput{ActInput: in(r), Carrier: c.ID, Direction: Out, Number: "EZ2"}); !problem.Match(err, ErrNotReady) {
			t.Errorf("sending a replacement that is none: %v", err)
		}
		at := d.Now()
		told := func(events ...string) {
			t.Helper()
			h, body := easyHook("EZ1", events...)
			for range 2 {
				_, err := f.CarrierTold(f.ctx, c.ID, h, body)
				f.must(err)
			}
		}
		state := func(want carrier.State) Shipment {
			t.Helper()
			got, err := findShipment(f.ctx, d, access.Everything, x.ID)
			if err != nil || got.State != want {
				t.Fatalf("parcel is %s, %v; want %s", got.State, err, want)
			}
			return got
		}
		f.advance(30 * time.Hour)
		told(easyEvent("out_for_delivery", at.Add(29*time.Hour)))
		state(carrier.OutFor)
		told(easyEvent("in_transit", at.Add(3*time.Hour))) // older news, later
		state(carrier.OutFor)
		if got := f.get(r.ID); got.Lines[0].Goods != GoodsTransit {
			t.Errorf("goods %s, want in transit by the carrier's word", got.Lines[0].Goods)
		}
		h, body := easyHook("EZ1", easyEvent("delivered", at.Add(time.Hour)))
		if _, err := f.CarrierTold(f.ctx, c.ID, http.Header{}, body); !errors.Is(err, carrier.ErrSignature) {
			t.Errorf("unsigned: %v", err)
		}
		if _, err := f.CarrierTold(f.ctx, "nobody", h, body); !problem.Match(err, ErrNotFound) {
			t.Errorf("another carrier: %v", err)
		}
		h, body = easyHook("EZ9", easyEvent("delivered", at))
		if _, err := f.CarrierTold(f.ctx, c.ID, h, body); err != nil {
			t.Errorf("about a parcel that is not ours: %v", err)
		}
		f.advance(80 * time.Hour)
		f.must(f.FindStuck(f.ctx))
		if got := state(carrier.OutFor); got.StuckAt == nil || got.LostAt != nil || !got.Late(d.Now()) {
			t.Errorf("after 80 hours without news: %+v", got)
		}
		f.must(f.FindStuck(f.ctx))
		told(easyEvent("failure", d.Now()))
		if got := state(carrier.Exception); got.StuckAt != nil {
			t.Errorf("news does not take the alarm back")
		}
		f.advance(16 * 24 * time.Hour)
		f.must(f.FindStuck(f.ctx))
		f.must(f.FindStuck(f.ctx))
		list, err := f.Shipments(f.ctx, ShipmentFilter{Attention: true, Limit: 10})
		if err != nil || len(list) != 1 || list[0].LostAt == nil {
			t.Errorf("attention: %+v, %v", list, err)
		}
		told(easyEvent("delivered", d.Now()))
		if got := state(carrier.Delivered); got.LostAt != nil || got.DeliveredAt == nil || got.AskAt != nil {
			t.Errorf("delivered after all: %+v", got)
		}
		alarms, err := events.OfRecord(f.ctx, d, shipmentKind, string(x.ID))
		f.must(err)
		if n := len(slices.DeleteFunc(alarms, func(e events.Stored) bool { return e.Topic != "shipment.alarmed.v1" })); n != 2 {
			t.Errorf("%d alarms, want stuck and lost once each", n)
		}
		if n := f.count(`SELECT COUNT(*) FROM returns_track WHERE words LIKE '%13812345678%'`); n != 0 {
			t.Errorf("a phone number of the carrier's people is kept in the clear")
		}
		if got := f.get(r.ID); got.Lines[0].Goods != GoodsTransit {
			t.Errorf("goods %s: the depot receives what it sees", got.Lines[0].Goods)
		}
		_, err = f.Rate(f.ctx, RateInput{ID: x.ID, Damaged: true, Attitude: 2, Price: 1500})
		f.must(err)
		scores, err := f.Scores(f.ctx, 90)
		if err != nil || len(scores) != 1 || scores[0].Promised != 1 || scores[0].Kept != 0 || scores[0].Damaged != 1 || scores[0].MeanPrice != 1500 || scores[0].Score != 10 {
			t.Errorf("scores %+v, %v", scores, err)
		}
		for name, ctx := range map[string]struct {
			outlet, brand bool
		}{"outlet": {true, false}, "brand": {false, true}} {
			who := f.as(access.RoleAgent, "/sh/")
			if ctx.brand {
				who = f.as(access.RoleAgent, "/", f.two)
			}
			if list, err := f.Shipments(who, ShipmentFilter{Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("another %s sees %d parcels, %v", name, len(list), err)
			}
			if _, err := f.NoteTrack(who, NoteInput{ID: x.ID, State: carrier.Delivered}); !problem.Match(err, ErrNotFound) {
				t.Errorf("another %s notes news: %v", name, err)
			}
		}
	})
}

// TestBooking: a parcel is booked with the carrier under a reference of ours; without an answer nothing is kept, and the
// second try has the same reference. Addresses of the own network are not called.
func TestBooking(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		status, sent := 503, []string{}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			raw, _ := io.ReadAll(r.Body)
			sent = append(sent, string(raw))
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"number":"N-1","label":"https://carrier.test/l.pdf","error":"NO_PICKUP"}`)
		}))
		defer srv.Close()
		spec := &carrier.Spec{States: map[string]carrier.State{}, Book: &carrier.Call{Method: "POST", URL: srv.URL + "/book", Body: `{"ref":"{reference}","from":"{from_address}","phone":"{from_phone}","to":"{to_address}"}`, Number: "number", Label: "label", Fault: "error"}}
		if _, err := f.SaveCarrier(f.ctx, SaveCarrierInput{Name: "inner", Kind: "custom", Spec: spec, Active: true}); !slices.Contains(fieldsOf(err), "spec.book.url returns.address") {
			t.Fatalf("a carrier in the own network: %v", err)
		}
		f.AllowPrivate, f.client = true, srv.Client()
		c := f.carrier("custom", spec)
		r := f.opened()
		send := SendInput{ActInput: in(r), Carrier: c.ID, Direction: Back, From: `文三路 "478" 号`}
		if _, err := f.Send(f.ctx, send); !problem.Match(err, ErrCarrierSilent) {
			t.Errorf("no answer: %v", err)
		}
		status = 409
		if _, err := f.Send(f.ctx, send); !problem.Match(err, ErrCarrierRefused) {
			t.Errorf("refused: %v", err)
		}
		status = 200
		x, err := f.Send(f.ctx, send)
		if err != nil || x.Number != "N-1" || x.Label != "https://carrier.test/l.pdf" {
			t.Fatalf("booked %+v, %v", x, err)
		}
		want := `{"ref":"` + r.Number + `-back1","from":"文三路 \"478\" 号","phone":"13812345678","to":"杭州市余杭区退货仓1号"}`
		if sent[0] != sent[2] || sent[2] != want {
			t.Errorf("sent %v, want %s each time", sent, want)
		}
		if n := f.count(`SELECT COUNT(*) FROM returns_shipment`); n != 1 {
			t.Errorf("%d parcels", n)
		}
		// The same act again books nothing and answers with the parcel that is there.
		asked := len(sent)
		named := send
		named.OperationID, named.Number = "send-1", "BY-HAND"
		first, err := f.Send(f.ctx, named)
		f.must(err)
		again, err := f.Send(f.ctx, named)
		if err != nil || again.ID != first.ID || len(sent) != asked || f.count(`SELECT COUNT(*) FROM returns_shipment`) != 2 {
			t.Errorf("sent again: %+v, %v, %d calls", again, err, len(sent)-asked)
		}
		// A supplier's parcel says nothing of the customer, and is booked once the goods are with us.
		onward := SendInput{ActInput: in(r), Carrier: c.ID, Direction: Onward, From: "苏州市供应商仓"}
		if _, err := f.Send(f.ctx, onward); !slices.Contains(fieldsOf(err), "number required") || len(sent) != asked {
			t.Errorf("booked while the customer has the goods: %v, %d calls", err, len(sent)-asked)
		}
		_, err = f.Receive(f.ctx, ReceiveInput{ActInput: in(r), Line: r.Lines[0].ID, Quantity: 1})
		f.must(err)
		status = 409 // what is asked is looked at, not what comes of it
		if _, err := f.Send(f.ctx, onward); !problem.Match(err, ErrCarrierRefused) {
			t.Errorf("onward: %v", err)
		}
		if got := sent[len(sent)-1]; strings.Contains(got, "13812345678") || !strings.Contains(got, `"from":"杭州市余杭区退货仓1号"`) || !strings.Contains(got, `"to":"苏州市供应商仓"`) {
			t.Errorf("to the supplier: %s", got)
		}
	})
}
