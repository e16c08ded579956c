package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// moved stands for the events of the modules.
type moved struct {
	events.Head
	topic string
}

func (m moved) Topic() string            { return m.topic }
func (m moved) Record() (string, string) { return "order", m.ID }

// receiver is a program that takes deliveries.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []taken
	status  int
	answer  string
	header  http.Header
	block   chan struct{} // when set, answers wait for it
	started chan struct{}
}

type taken struct {
	header http.Header
	body   string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK, started: make(chan struct{}, 100)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.got = append(r.got, taken{req.Header.Clone(), string(b)})
		status, answer, block := r.status, r.answer, r.block
		for k, v := range r.header {
			w.Header()[k] = v
		}
		r.mu.Unlock()
		r.started <- struct{}{}
		if block != nil {
			select {
			case <-block:
			case <-req.Context().Done():
			}
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(status int, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.answer = status, text
}

// take returns the topics that arrived since the last time, sorted.
func (r *receiver) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := []string{}
	for _, g := range r.got {
		out = append(out, g.header.Get(TopicHeader)+" "+idOf(g.body))
	}
	r.got = nil
	slices.Sort(out)
	return out
}

func idOf(body string) string {
	var v struct {
		RecordID string `json:"record_id"`
	}
	_ = json.Unmarshal([]byte(body), &v)
	return v.RecordID
}

type fixture struct {
	*Service
	d       *db.DB
	ids     *identity.Service
	bus     *events.Bus
	ctx     context.Context
	admin   identity.ID
	advance func(time.Duration)

	published, heard int
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	keys := crypttest.New(t, d)
	f := &fixture{d: d, advance: dbtest.Clock(d, start)}
	f.ids = identity.New(d, keys, slices.Concat(identity.Permissions, Permissions), identity.Options{})
	c, err := f.ids.FirstAdmin(t.Context(), "root", "管理员", "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	f.admin = c.User.ID
	f.Service = New(d, keys, notify.New(d, keys, notify.Options{}), Options{AllowPrivate: true, Version: "test"})
	f.ctx = f.as(t, access.Everything)
	f.bus = events.NewBus(d, slog.New(slog.DiscardHandler))
	f.Subscribe(f.bus)
	f.bus.SubscribeAll("zz.test", func(context.Context, events.Stored) error { f.heard++; return nil })
	return f
}

func (f *fixture) as(t *testing.T, s access.Scope) context.Context {
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: string(f.admin), Permissions: access.Set{PermManage: true}, Scope: s, Lang: i18n.Chinese})
}

func (f *fixture) endpoint(t *testing.T, url string, scope access.Scope, topics ...string) Created {
	t.Helper()
	c, err := f.Create(f.ctx, Input{Name: "ERP", URL: url, Topics: topics, Scope: scope})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return c
}

// publish writes events and lets the bus deliver them.
func (f *fixture) publish(ctx context.Context, t *testing.T, list ...moved) {
	t.Helper()
	err := db.InTx0(ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
		for _, e := range list {
			if err := events.Publish(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.published += len(list)
	dbtest.Until(t, fmt.Sprintf("the bus delivers %d events", f.published), func() bool {
		if err := f.bus.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		return f.heard >= f.published
	})
}

func event(id, topic, brand, path string) moved {
	return moved{events.Head{ID: id, Version: 3, BrandID: brand, OutletPath: path, OccurredAt: start.Add(-time.Hour)}, topic}
}

func (f *fixture) sendDue(t *testing.T) {
	t.Helper()
	if err := f.SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) log(t *testing.T, id ID) []Delivery {
	t.Helper()
	list, err := f.Deliveries(f.ctx, DeliveriesInput{Endpoint: id, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := newReceiver(t)
		r.answers(201, `{"ok":true}`)
		e := f.endpoint(t, r.URL+"/hook?token=t0ken", access.Everything)
		f.publish(f.ctx, t, event("o1", "order.completed.v1", "b1", "/hz/west/"))
		f.sendDue(t)
		f.sendDue(t)
		if len(r.got) != 1 {
			t.Fatalf("%d deliveries arrived, want 1", len(r.got))
		}
		g := r.got[0]
		var p map[string]any
		if err := json.Unmarshal([]byte(g.body), &p); err != nil {
			t.Fatal(err)
		}
		data, _ := p["data"].(map[string]any)
		if p["topic"] != "order.completed.v1" || p["record_kind"] != "order" || p["record_id"] != "o1" || p["brand_id"] != "b1" || p["outlet_path"] != "/hz/west/" ||
			p["occurred_at"] != "2026-11-21T08:00:00Z" || p["recorded_at"] != "2026-11-21T09:00:00Z" || data["version"] != 3.0 || p["actor"] != nil {
			t.Errorf("payload = %s", g.body)
		}
		if g.header.Get(EventIDHeader) != p["id"] || g.header.Get(TopicHeader) != "order.completed.v1" || g.header.Get("Content-Type") != "application/json" ||
			g.header.Get("User-Agent") != "Anxin-Webhooks/test" || g.header.Get(DeliveryHeader) == "" {
			t.Errorf("headers = %v", g.header)
		}
		sig := g.header.Get(SignatureHeader)
		if err := Verify(e.Secret, sig, []byte(g.body), start, time.Minute); err != nil {
			t.Errorf("signature %s: %v", sig, err)
		}
		list := f.log(t, e.Endpoint.ID)
		if len(list) != 1 || list[0].State != Delivered || list[0].Status != 201 || list[0].Excerpt != `{"ok":true}` || list[0].Attempts != 1 || list[0].DeliveredAt == nil {
			t.Errorf("log = %+v", list)
		}

		// The same event again has one delivery; a person may send it again.
		stored, err := events.OfRecord(t.Context(), d, "order", "o1")
		if err != nil || len(stored) != 1 {
			t.Fatal(stored, err)
		}
		if err := f.onEvent(t.Context(), stored[0]); err != nil {
			t.Fatal(err)
		}
		f.sendDue(t)
		if len(r.got) != 1 {
			t.Errorf("a repeated event was sent again: %d", len(r.got))
		}
		if _, err := f.Redeliver(f.ctx, list[0].ID); err != nil {
			t.Fatal(err)
		}
		f.sendDue(t)
		if len(r.got) != 2 || r.got[1].body != g.body || r.got[1].header.Get(EventIDHeader) != g.header.Get(EventIDHeader) {
			t.Errorf("redelivered %+v", r.got[1:])
		}

		for _, origin := range []access.Origin{access.History, access.Replay} {
			a := access.From(f.ctx)
			a.Origin = origin
			f.publish(access.With(t.Context(), a), t, event("old", "order.completed.v1", "b1", "/"))
		}
		f.sendDue(t)
		if len(r.got) != 2 {
			t.Errorf("history or replay was sent: %v", r.take())
		}

		var url, secret []byte
		if err := d.QueryRow(t.Context(), `SELECT url_sealed, secret_sealed FROM webhooks_endpoint`).Scan(&url, &secret); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(url), "t0ken") || strings.Contains(string(secret), e.Secret) {
			t.Error("address or secret are readable at rest")
		}
		f.advance(Keep + time.Second)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list := f.log(t, e.Endpoint.ID); len(list) != 0 {
			t.Errorf("old deliveries are left: %d", len(list))
		}
	})
}

func TestWhoHearsWhat(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		all, west, b2, some := newReceiver(t), newReceiver(t), newReceiver(t), newReceiver(t)
		f.endpoint(t, all.URL, access.Everything)
		f.endpoint(t, west.URL, access.Scope{OutletPath: "/hz/west/"})
		f.endpoint(t, b2.URL, access.Scope{OutletPath: "/", Brands: []string{"b2"}})
		f.endpoint(t, some.URL, access.Everything, "order.*", "case.closed.v1")
		f.publish(f.ctx, t,
			event("1", "order.completed.v1", "b1", "/hz/west/"), event("2", "case.closed.v1", "b2", "/hz/west/team/"), event("3", "case.opened.v1", "b2", "/hz/westend/"),
			event("4", "orders.purged.v1", "", ""), event("5", "order.posted.v2", "b2", "/"),
		)
		f.sendDue(t)
		for name, tt := range map[string]struct {
			r    *receiver
			want []string
		}{
			"all":        {all, []string{"case.closed.v1 2", "case.opened.v1 3", "order.completed.v1 1", "order.posted.v2 5", "orders.purged.v1 4"}},
			"one outlet": {west, []string{"case.closed.v1 2", "order.completed.v1 1"}},
			"one brand":  {b2, []string{"case.closed.v1 2", "case.opened.v1 3", "order.posted.v2 5"}},
			"topics":     {some, []string{"case.closed.v1 2", "order.completed.v1 1", "order.posted.v2 5"}},
		} {
			if got := tt.r.take(); !slices.Equal(got, tt.want) {
				t.Errorf("endpoint of %s heard %v, want %v", name, got, tt.want)
			}
		}
	})
}

func TestRetriesAndDisabling(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := newReceiver(t)
		e := f.endpoint(t, r.URL, access.Everything).Endpoint
		r.answers(500, "down\x00\x1b[31m "+strings.Repeat("长", 1000))
		f.publish(f.ctx, t, event("1", "order.posted.v1", "", ""))
		var sum time.Duration
		for i, p := range pauses {
			f.sendDue(t)
			f.sendDue(t) // too early
			l := f.log(t, e.ID)[0]
			if l.Attempts != int64(i+1) || l.State != Queued || l.NextAt.Sub(d.Now()) != p || l.Status != 500 || l.Error != "status" {
				t.Fatalf("after try %d: %+v", i+1, l)
			}
			if len(l.Excerpt) > excerptLen || !strings.HasPrefix(l.Excerpt, "down[31m 长") || strings.ContainsAny(l.Excerpt, "\x00\x1b\ufffd") {
				t.Errorf("excerpt = %q", l.Excerpt)
			}
			f.advance(p)
			sum += p
		}
		if sum > 24*time.Hour || sum < 23*time.Hour {
			t.Errorf("tries go on for %v, want almost 24 h", sum)
		}
		f.sendDue(t)
		if got := len(r.take()); got != len(pauses)+1 {
			t.Errorf("%d tries, want %d", got, len(pauses)+1)
		}
		if l := f.log(t, e.ID)[0]; l.State != Failed {
			t.Errorf("after the last try: %+v", l)
		}
		got, err := f.Get(f.ctx, e.ID)
		if err != nil || got.State != Disabled {
			t.Fatalf("endpoint = %+v, %v; want it disabled", got, err)
		}
		me := access.With(t.Context(), access.Actor{Kind: access.User, ID: string(f.admin)})
		notices, err := f.notify.Notices(me, notify.NoticesInput{Limit: 5})
		if err != nil || len(notices) != 1 || notices[0].Kind != "webhooks.disabled" || notices[0].Params["host"] != got.Host {
			t.Errorf("notices = %+v, %v; want one", notices, err)
		}
		f.publish(f.ctx, t, event("2", "order.posted.v1", "", ""))
		if _, err = f.Redeliver(f.ctx, f.log(t, e.ID)[0].ID); !problem.Match(err, ErrState) {
			t.Errorf("redeliver to a disabled endpoint = %v", err)
		}
		if _, err = f.Ping(f.ctx, e.ID); !problem.Match(err, ErrState) {
			t.Errorf("ping of a disabled endpoint = %v", err)
		}
		r.answers(200, "")
		if got, err = f.Enable(f.ctx, e.ID); err != nil || got.State != Active || got.FailingSince != nil {
			t.Fatalf("enable = %+v, %v", got, err)
		}
		f.publish(f.ctx, t, event("3", "order.posted.v1", "", ""))
		f.sendDue(t)
		if got := r.take(); !slices.Equal(got, []string{"order.posted.v1 3"}) {
			t.Errorf("after enabling: %v; what happened while disabled is not queued", got)
		}

		// A success in between begins the count of failing time anew.
		r.answers(503, "")
		f.publish(f.ctx, t, event("4", "order.posted.v1", "", ""))
		f.sendDue(t)
		f.advance(20 * time.Hour)
		r.answers(200, "")
		f.sendDue(t)
		r.answers(503, "")
		f.publish(f.ctx, t, event("5", "order.posted.v1", "", ""))
		f.sendDue(t)
		f.advance(20 * time.Hour)
		f.sendDue(t)
		if got, err = f.Get(f.ctx, e.ID); err != nil || got.State != Active || got.FailingSince == nil {
			t.Errorf("endpoint = %+v, %v; want it active and failing", got, err)
		}
		r.answers(410, "")
		f.advance(time.Hour)
		f.sendDue(t)
		if got, err = f.Get(f.ctx, e.ID); err != nil || got.State != Disabled {
			t.Errorf("after 410: %+v, %v", got, err)
		}
	})
}

func TestAFailureStopsTheBatch(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	r := newReceiver(t)
	e := f.endpoint(t, r.URL, access.Everything).Endpoint
	list := []moved{}
	for i := range 40 {
		list = append(list, event(fmt.Sprint(i), "order.posted.v1", "", ""))
	}
	f.publish(f.ctx, t, list...)
	r.answers(500, "")
	f.sendDue(t)
	if n := len(r.take()); n < 1 || n > lanes {
		t.Errorf("%d tries at an endpoint that is down, want %d at most", n, lanes)
	}
	r.answers(200, "")
	f.sendDue(t)
	f.advance(time.Minute)
	f.sendDue(t)
	if n := len(r.take()); n != 40 {
		t.Errorf("%d of 40 arrived", n)
	}
	for _, d := range f.log(t, e.ID) {
		if d.State != Delivered || d.Attempts > 2 {
			t.Errorf("delivery %+v", d)
		}
	}
}

func TestOneThatHangsDelaysNobody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		slow, fast := newReceiver(t), newReceiver(t)
		slow.block = make(chan struct{})
		f.endpoint(t, slow.URL, access.Everything)
		f.endpoint(t, fast.URL, access.Everything)
		f.publish(f.ctx, t, event("1", "order.posted.v1", "", ""))
		first, err := f.start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		<-slow.started
		<-fast.started
		f.publish(f.ctx, t, event("2", "order.posted.v1", "", ""))
		for f.claimedBy(fast) < 2 {
			second, err := f.start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			second.Wait() // does not wait for the slow one, which the first has
		}
		close(slow.block)
		first.Wait()
		f.sendDue(t)
		if got := slow.take(); !slices.Equal(got, []string{"order.posted.v1 1", "order.posted.v1 2"}) {
			t.Errorf("the slow one got %v", got)
		}
	})
}

func (f *fixture) claimedBy(r *receiver) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func TestTwoNodesSendOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := newReceiver(t)
		f.endpoint(t, r.URL, access.Everything)
		other := New(d, f.keys, f.notify, Options{AllowPrivate: true})
		list := []moved{}
		for i := range 30 {
			list = append(list, event(fmt.Sprint(i), "order.posted.v1", "", ""))
		}
		f.publish(f.ctx, t, list...)
		errs := make(chan error, 2)
		for _, s := range []*Service{f.Service, other} {
			go func() { errs <- s.SendDue(t.Context()) }()
		}
		for range 2 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		f.sendDue(t)
		if n := len(r.take()); n != 30 {
			t.Errorf("%d deliveries of 30 events", n)
		}
	})
}

func TestANodeThatDiesLosesItsLease(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := newReceiver(t)
		e := f.endpoint(t, r.URL, access.Everything).Endpoint
		f.publish(f.ctx, t, event("1", "order.posted.v1", "", ""))
		if list, err := f.claim(t.Context(), e.ID); err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		f.sendDue(t)
		if n := len(r.take()); n != 0 {
			t.Errorf("%d sent while another node holds the lease", n)
		}
		f.advance(lease)
		f.sendDue(t)
		if n := len(r.take()); n != 1 {
			t.Errorf("%d sent after the lease, want 1", n)
		}
	})
}

func TestRotation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := newReceiver(t)
		old := f.endpoint(t, r.URL, access.Everything)
		next, err := f.Rotate(f.ctx, old.Endpoint.ID)
		if err != nil || next.Secret == old.Secret || !strings.HasPrefix(next.Secret, secretPrefix) {
			t.Fatalf("rotate = %+v, %v", next, err)
		}
		check := func(what, secret string, want bool) {
			t.Helper()
			if _, err := f.Ping(f.ctx, old.Endpoint.ID); err != nil {
				t.Fatal(err)
			}
			f.sendDue(t)
			g := r.got[len(r.got)-1]
			err := Verify(secret, g.header.Get(SignatureHeader), []byte(g.body), d.Now(), time.Second)
			if (err == nil) != want || g.header.Get(TopicHeader) != PingTopic {
				t.Errorf("%s: %v, want a fit: %v", what, err, want)
			}
		}
		check("the new secret", next.Secret, true)
		check("the old one", old.Secret, true)
		f.advance(overlap)
		check("the new secret a day later", next.Secret, true)
		check("the old one a day later", old.Secret, false)
	})
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	body := []byte(`{"id":"1"}`)
	// Fixed, so that receivers written after the documentation stay right.
	if got, want := Sign(time.Unix(1795161600, 0), body, "whs_secret"), "t=1795161600,v1=6a70ebaf74d5feed07254847b366565a7d08913c13a4c011e16714ced669a82f"; got != want {
		t.Errorf("signature = %s, want %s", got, want)
	}
	good := Sign(start, body, "one", "two")
	for _, tt := range []struct {
		name, secret, header string
		body                 string
		now                  time.Time
		ok                   bool
	}{
		{"first secret", "one", good, string(body), start, true},
		{"second secret", "two", good, string(body), start.Add(4 * time.Minute), true},
		{"other secret", "three", good, string(body), start, false},
		{"changed body", "one", good, `{"id":"2"}`, start, false},
		{"too old", "one", good, string(body), start.Add(6 * time.Minute), false},
		{"from the future", "one", good, string(body), start.Add(-6 * time.Minute), false},
		{"changed time", "one", strings.Replace(good, "t=", "t=1", 1), string(body), start, false},
		{"no time", "one", good[strings.Index(good, "v1="):], string(body), start, false},
		{"empty", "one", "", string(body), start, false},
		{"garbage", "one", "t=x,v1=zz", string(body), start, false},
	} {
		if err := Verify(tt.secret, tt.header, []byte(tt.body), tt.now, 5*time.Minute); (err == nil) != tt.ok {
			t.Errorf("%s: %v, want a fit: %v", tt.name, err, tt.ok)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		ip   string
		want bool
	}{
		{"8.8.8.8", true},
		{"47.96.1.1", true},
		{"2400:3200::1", true},
		{"64:ff9b::808:808", true},
		{"2002:808:808::1", true},
		{"127.0.0.1", false},
		{"127.9.9.9", false},
		{"0.0.0.0", false},
		{"10.0.0.1", false},
		{"172.16.0.1", false},
		{"172.31.255.255", false},
		{"192.168.1.1", false},
		{"169.254.169.254", false},
		{"100.100.100.200", false},
		{"100.64.0.1", false},
		{"192.0.0.192", false},
		{"198.18.0.1", false},
		{"203.0.113.9", false},
		{"224.0.0.1", false},
		{"240.0.0.1", false},
		{"255.255.255.255", false},
		{"::1", false},
		{"::", false},
		{"fc00::1", false},
		{"fd00:ec2::254", false},
		{"fe80::1", false},
		{"fe80::1%eth0", false},
		{"ff02::1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:10.0.0.1", false},
		{"64:ff9b::7f00:1", false},
		{"64:ff9b::a9fe:a9fe", false},
		{"2002:7f00:1::1", false},
		{"2002:c0a8:101::1", false},
		{"::7f00:1", false},
		{"2001:db8::1", false},
		{"2001::1", false},
		{"fec0::1", false},
		{"3fff::1", false},
	} {
		if got := public(netip.MustParseAddr(tt.ip)); got != tt.want {
			t.Errorf("public(%s) = %v, want %v", tt.ip, got, tt.want)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
	for _, tt := range []struct {
		url  string
		want bool
	}{
		{"https://hooks.example.com/x?y=z", true},
		{"https://hooks.example.com:8443/", true},
		{"https://8.8.8.8/", true},
		{"http://hooks.example.com/", false},
		{"https://localhost/", false},
		{"https://a.localhost/", false},
		{"https://intranet/", false},
		{"https://127.0.0.1/", false},
		{"https://[::1]/", false},
		{"https://[::ffff:169.254.169.254]/", false},
		{"https://user:pw@example.com/", false},
		{"ftp://example.com/", false},
		{"https://", false},
		{"https:example.com", false},
		{"javascript:alert(1)", false},
		{"https://example.com/#x", false},
		{"https://example.com\\@127.0.0.1/", false},
		{"https://exa mple.com/", false},
		{"file:///etc/passwd", false},
		{"https://example.com/" + strings.Repeat("x", maxURL), false},
		{"", false},
		{"//example.com", false},
	} {
		if _, got := checkURL(tt.url, false); got != tt.want {
			t.Errorf("checkURL(%.60s) = %v, want %v", tt.url, got, tt.want)
		}
	}
}

// The guard stands at the connection: a name or number that leads home is refused whatever it looked like.
func TestGuardAtTheConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	r := newReceiver(t)
	port := r.URL[strings.LastIndex(r.URL, ":"):]
	urls := []string{r.URL, "http://localhost" + port, "http://0x7f000001" + port, "http://2130706433" + port, "http://127.1" + port, "http://[::ffff:127.0.0.1]" + port, "http://0" + port}
	for _, u := range urls {
		f.endpoint(t, u, access.Everything)
	}
	strict := New(f.d, f.keys, f.notify, Options{})
	f.publish(f.ctx, t, event("1", "order.posted.v1", "", ""))
	if err := strict.SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.take(); len(got) != 0 {
		t.Errorf("%d deliveries went into the own network", len(got))
	}
	list, err := f.List(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if l := f.log(t, e.ID); len(l) != 1 || l[0].Error != "refused_address" && l[0].Error != "name" || l[0].Status != 0 {
			t.Errorf("%s: %+v", e.URL, l)
		}
	}
	if l := f.log(t, list[0].ID); l[0].Error != "refused_address" {
		t.Errorf("loopback failed by %s", l[0].Error)
	}
}

func TestFailuresOfTheWire(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	elsewhere := newReceiver(t)
	moved := newReceiver(t)
	moved.header = http.Header{"Location": {elsewhere.URL}}
	moved.answers(307, "")
	self := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(self.Close)
	self.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	hang := newReceiver(t)
	hang.block = make(chan struct{})
	t.Cleanup(func() { close(hang.block) })
	f.client.Timeout = 2 * time.Second
	for _, tt := range []struct {
		name, url, code string
		status          int64
	}{
		{"redirect", moved.URL, "status", 307},
		{"certificate", self.URL, "tls", 0},
		{"nobody", "http://127.0.0.1:1/", "unreachable", 0},
		{"hangs", hang.URL, "timeout", 0},
		{"no TLS", "https" + strings.TrimPrefix(elsewhere.URL, "http"), "tls", 0},
	} {
		e := f.endpoint(t, tt.url, access.Everything).Endpoint
		if _, err := f.Ping(f.ctx, e.ID); err != nil {
			t.Fatal(err)
		}
		f.sendDue(t)
		if l := f.log(t, e.ID)[0]; l.Error != tt.code || l.Status != tt.status || l.State != Queued {
			t.Errorf("%s: %s, status %d, %s; want %s, %d", tt.name, l.Error, l.Status, l.State, tt.code, tt.status)
		}
	}
	if got := elsewhere.take(); len(got) != 0 {
		t.Errorf("a redirect was followed: %v", got)
	}
}

func TestEndpointsStayInScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		centre := f.endpoint(t, "http://example.com/", access.Everything).Endpoint
		west := f.as(t, access.Scope{OutletPath: "/hz/west/", Brands: []string{"b1"}})
		in := Input{Name: "W", URL: "http://example.com/w", Scope: access.Scope{OutletPath: "/hz/west/", Brands: []string{"b1"}}}
		own, err := f.Create(west, in)
		if err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]access.Scope{"centre": access.Everything, "all brands": {OutletPath: "/hz/west/"}, "other outlet": {OutletPath: "/hz/east/", Brands: []string{"b1"}}} {
			wide := in
			wide.Scope = s
			if _, err := f.Create(west, wide); !problem.Match(err, identity.ErrBeyond) {
				t.Errorf("an outlet makes an endpoint of %s: %v", name, err)
			}
		}
		list, err := f.List(west)
		if err != nil || len(list) != 1 || list[0].ID != own.Endpoint.ID || list[0].URL != "http://example.com/w" {
			t.Errorf("an outlet sees %+v, %v", list, err)
		}
		east := f.as(t, access.Scope{OutletPath: "/hz/east/"})
		b2 := f.as(t, access.Scope{OutletPath: "/", Brands: []string{"b2"}})
		for name, ctx := range map[string]context.Context{"other outlet": east, "other brand": b2} {
			if list, err := f.List(ctx); err != nil || len(list) != 0 {
				t.Errorf("%s sees %+v, %v", name, list, err)
			}
			_, err1 := f.Get(ctx, own.Endpoint.ID)
			_, err2 := f.Pause(ctx, centre.ID)
			_, err3 := f.Rotate(ctx, own.Endpoint.ID)
			_, err4 := f.Ping(ctx, own.Endpoint.ID)
			_, err5 := f.Deliveries(ctx, DeliveriesInput{Endpoint: own.Endpoint.ID, Limit: 1})
			_, err6 := f.Edit(ctx, Input{ID: own.Endpoint.ID, Version: 1, Name: "x", URL: "http://example.com", Scope: access.Everything})
			for i, err := range []error{err1, err2, err3, err4, err5, err6, f.Delete(ctx, own.Endpoint.ID)} {
				if !problem.Match(err, ErrNoEndpoint) {
					t.Errorf("%s, act %d: %v, want not found", name, i+1, err)
				}
			}
		}
		ping, err := f.Ping(west, own.Endpoint.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Redeliver(east, ping.ID); !problem.Match(err, ErrNoDelivery) {
			t.Errorf("redeliver another's delivery = %v", err)
		}
		if _, err = f.List(access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Scope: access.Everything})); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("list without permission = %v", err)
		}
		for name, bad := range map[string]Input{
			"no name": {Name: " ", URL: "http://example.com", Scope: access.Everything}, "topic": {Name: "x", URL: "http://example.com", Topics: []string{"order.completed.v1; DROP"}, Scope: access.Everything},
			"wildcard": {Name: "x", URL: "http://example.com", Topics: []string{"*"}, Scope: access.Everything}, "no topics": {Name: "x", URL: "http://example.com", Topics: []string{}, Scope: access.Everything},
			"path": {Name: "x", URL: "http://example.com", Scope: access.Scope{OutletPath: "hz"}}, "address": {Name: "x", URL: "gopher://x", Scope: access.Everything},
		} {
			if _, err := f.Create(f.ctx, bad); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s = %v", name, err)
			}
		}

		// Edits, states and removal.
		edit := Input{ID: own.Endpoint.ID, Version: 1, Name: "新", URL: "http://example.com/n", Topics: []string{"case.*", "case.*"}, Scope: access.Scope{OutletPath: "/hz/west/team/", Brands: []string{"b1"}}}
		got, err := f.Edit(west, edit)
		if err != nil || got.Version != 2 || len(got.Topics) != 1 {
			t.Fatalf("edit = %+v, %v", got, err)
		}
		if _, err = f.Edit(west, edit); !problem.Match(err, problem.ErrStale) {
			t.Errorf("stale edit = %v", err)
		}
		if _, err = f.Enable(west, own.Endpoint.ID); !problem.Match(err, ErrState) {
			t.Errorf("enable an active endpoint = %v", err)
		}
		if _, err = f.Pause(west, own.Endpoint.ID); err != nil {
			t.Fatal(err)
		}
		f.publish(f.ctx, t, event("1", "case.closed.v1", "b1", "/hz/west/team/"))
		if l := f.log(t, own.Endpoint.ID); len(l) != 1 {
			t.Errorf("a paused endpoint queued: %+v", l)
		}
		if err := f.Delete(west, own.Endpoint.ID); err != nil {
			t.Fatal(err)
		}
		if _, err = f.Get(west, own.Endpoint.ID); !problem.Match(err, ErrNoEndpoint) {
			t.Errorf("a removed endpoint = %v", err)
		}
	})
}

func TestTheDutySends(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		d.SetClock(nil)
		r := newReceiver(t)
		f.endpoint(t, r.URL, access.Everything)
		run := jobs.New(d, slog.New(slog.DiscardHandler))
		f.RegisterJobs(run)
		f.publish(f.ctx, t, event("1", "order.posted.v1", "", ""))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- run.Run(ctx) }()
		select {
		case <-r.started:
		case <-time.After(dbtest.Patience):
			t.Error("nothing was sent")
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		for { // what runs on is waited for, or the database closes under it
			f.mu.Lock()
			n := len(f.busy)
			f.mu.Unlock()
			if n == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

type auth struct{ a access.Actor }

func (a auth) Authenticate(*http.Request) (access.Actor, error) { return a.a, nil }

func TestAPI(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	words := i18n.Must(problem.Words, identity.Words, Words)
	for _, p := range words.Problems() {
		t.Error(p)
	}
	for _, code := range problem.Codes() {
		if strings.HasPrefix(code.Key, "webhooks.") && !words.Has(i18n.Chinese, "problem."+code.Key) {
			t.Errorf("no words for %s", code.Key)
		}
	}
	api := httpapi.New(httpapi.Options{DB: f.d, Log: slog.New(slog.DiscardHandler), Words: words, Seal: apitest.Plain{}, Auth: auth{access.From(f.ctx)}, Version: "test"})
	f.Register(api)
	send := func(status int, has, method, path, body string, header ...string) map[string]any {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		api.Handler().ServeHTTP(w, r)
		raw, err := io.ReadAll(w.Body)
		if err != nil || w.Code != status || !strings.Contains(string(raw), has) {
			t.Errorf("%s %s = %d %s, want %d with %q", method, path, w.Code, raw, status, has)
		}
		out := map[string]any{}
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &out); err != nil {
				t.Errorf("%s %s answered %q", method, path, raw)
			}
		}
		return out
	}
	r := newReceiver(t)
	r.answers(500, "not now")
	body := `{"name":"ERP","url":"` + r.URL + `","outlet_path":"/","topics":["order.*"]}`
	e := send(201, `"secret":"whs_`, "POST", "/webhooks", body, "Idempotency-Key", "k")
	again := send(201, `"secret":"whs_`, "POST", "/webhooks", body, "Idempotency-Key", "k")
	id, _ := e["id"].(string)
	if id == "" || again["id"] != id || again["secret"] != e["secret"] {
		t.Errorf("created %v, then %v", e, again)
	}
	send(422, "webhooks.address", "POST", "/webhooks", `{"name":"x","url":"ftp://example.com","outlet_path":"/"}`)
	send(200, `"state":"active"`, "GET", "/webhooks", "")
	send(200, r.URL, "GET", "/webhooks/"+id, "")
	send(428, "version_required", "PUT", "/webhooks/"+id, body)
	send(200, `"version":2`, "PUT", "/webhooks/"+id, body, "If-Match", `"1"`)
	send(200, "webhook.pinged.v1", "POST", "/webhooks/"+id+"/ping", "")
	f.sendDue(t)
	page := send(200, `"error_text":"对方返回了失败状态"`, "GET", "/webhooks/"+id+"/deliveries?state=queued&topic=webhook.pinged.v1", "")
	items, _ := page["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("deliveries = %v", page)
	}
	d, _ := items[0].(map[string]any)
	if p, _ := d["payload"].(map[string]any); d["excerpt"] != "not now" || d["status"] != 500.0 || p["topic"] != PingTopic {
		t.Errorf("delivery = %v", d)
	}
	r.answers(200, "")
	send(200, `"attempts":0`, "POST", fmt.Sprintf("/webhook-deliveries/%s/redeliver", d["id"]), "")
	f.sendDue(t)
	send(200, `"state":"delivered"`, "GET", "/webhooks/"+id+"/deliveries", "")
	send(200, `"secret":"whs_`, "POST", "/webhooks/"+id+"/rotate", "")
	send(200, `"state":"paused"`, "POST", "/webhooks/"+id+"/pause", "")
	send(409, "webhooks.state", "POST", "/webhooks/"+id+"/ping", "")
	send(200, `"state":"active"`, "POST", "/webhooks/"+id+"/enable", "")
	send(404, "webhooks.no_delivery", "POST", "/webhook-deliveries/nope/redeliver", "")
	send(404, "webhooks.no_endpoint", "GET", "/webhooks/nope", "")
	send(204, "", "DELETE", "/webhooks/"+id, "")
}
