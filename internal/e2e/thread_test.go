package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/app"
	"anxin/internal/platform/access"
	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/identity"
)

const password = "correct horse battery 7"

// world is one running installation with a brand, an outlet, an engineer and people who sign in.
type world struct {
	t      *testing.T
	app    *app.App
	url    string
	brand  string
	outlet string
	staff  string
	log    *logBuffer
	close  func() // ends it before the test does
}

// person is a browser session or nobody.
type person struct {
	w      *world
	client *http.Client
}

func start(t *testing.T, dsn string) *world {
	t.Helper()
	dir := t.TempDir()
	if dsn == "" {
		dbtest.SQLiteAt(t, filepath.Join(dir, "anxin.sqlite"))
	}
	w := open(t, dir, dsn)
	w.populate()
	return w
}

// open builds the product on a data directory and serves it.
func open(t *testing.T, dir, dsn string) *world {
	t.Helper()
	cfg := config.Default()
	cfg.DataDir = dir
	cfg.Database = config.Secret(dsn)
	cfg.Limits.UserRate, cfg.Limits.PublicRate, cfg.Limits.SignInRate = 1000000, 1000000, 1000
	logs := &logBuffer{}
	a, err := app.Build(t.Context(), cfg, slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), app.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a.Handler())
	w := &world{t: t, app: a, url: srv.URL, log: logs}
	w.close = sync.OnceFunc(func() {
		srv.Close()
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(w.close)
	return w
}

// logBuffer is a log that many write and one reads.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (w *world) nobody() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &person{w, &http.Client{Jar: jar}}
}

// settle delivers all events; on PostgreSQL the feed waits for other databases' transactions, so it asks
// until done says yes.
func (w *world) settle(what string, done func() bool) {
	w.t.Helper()
	defer func() {
		if w.t.Failed() {
			w.t.Log(w.log.String())
		}
	}()
	dbtest.Until(w.t, what, func() bool {
		if err := w.app.Bus.Drain(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		return done()
	})
}

type object = map[string]any

// call sends a request and decodes the answer; any status but 2xx fails the test.
func (p *person) call(method, path string, body any, headers ...string) object {
	p.w.t.Helper()
	status, out := p.try(method, path, body, headers...)
	if status/100 != 2 {
		p.w.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

func (p *person) try(method, path string, body any, headers ...string) (int, object) {
	p.w.t.Helper()
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			p.w.t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(p.w.t.Context(), method, p.w.url+"/api/v1"+path, r)
	if err != nil {
		p.w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Anxin-Client", "web")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return p.send(req)
}

func (p *person) send(req *http.Request) (int, object) {
	p.w.t.Helper()
	res, err := p.client.Do(req)
	if err != nil {
		p.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	out := object{}
	if len(raw) > 0 && raw[0] == '{' {
		if err := json.Unmarshal(raw, &out); err != nil {
			p.w.t.Fatalf("%s: %v in %s", req.URL.Path, err, raw)
		}
	} else if len(raw) > 0 {
		out["raw"] = string(raw)
	}
	return res.StatusCode, out
}

func str(o object, key string) string { s, _ := o[key].(string); return s }

func items(o object) []object {
	list, _ := o["items"].([]any)
	out := make([]object, len(list))
	for i, v := range list {
		out[i], _ = v.(object)
	}
	return out
}

// signIn makes a user and signs it in.
func (w *world) signIn(login string, roles []string, outletPath, engineer string) *person {
	w.t.Helper()
	return w.signInAs(identity.Profile{Login: login, Name: login, Roles: roles, Scope: access.Scope{OutletPath: outletPath}, EngineerID: engineer, Lang: "zh-CN"})
}

// signInAs makes a user of a profile and signs it in.
func (w *world) signInAs(profile identity.Profile) *person {
	w.t.Helper()
	ctx := access.With(context.Background(), access.System("test"))
	_, err := w.app.Identity.Create(ctx, identity.CreateInput{
		Profile:  profile,
		Password: password,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	p := w.nobody()
	p.call("POST", "/session", object{"login": profile.Login, "password": password})
	return p
}

func (w *world) populate() {
	w.t.Helper()
	ctx := access.With(context.Background(), access.System("test"))
	if _, err := w.app.Identity.FirstAdmin(ctx, "admin", "管理员", password); err != nil {
		w.t.Fatal(err)
	}
	admin := w.nobody()
	admin.call("POST", "/session", object{"login": "admin", "password": password})
	w.brand = str(admin.call("POST", "/brands", object{"code": "ax", "name_zh": "安心电器", "name_en": "Anxin", "hotline": "400-000-0000"}), "id")
	out := admin.call("POST", "/outlets", object{"code": "xihu", "name": "西湖服务部", "kind": "authorised", "brands": []string{w.brand}, "division": "330106", "phone": "0571-00000000"})
	w.outlet = str(out, "id")
	admin.call("PUT", "/outlets/"+w.outlet+"/areas", object{"items": []object{{"division": "3301", "rank": 1}}}, "If-Match", fmt.Sprint(out["version"]))
	w.staff = admin.hire(w.outlet, "李师傅", "19900000001")
}

// hire adds an engineer who may do everything to an air conditioner.
func (p *person) hire(outlet, name, phone string) string {
	p.w.t.Helper()
	eng := p.call("POST", "/staff", object{
		"name": name, "job": "engineer", "outlet_id": outlet, "phone": phone,
		"skills": []object{{"code": "LVE", "level": 3}, {"code": "REFR", "level": 3}, {"code": "HEIGHT", "level": 3}, {"code": "PLUMB", "level": 3}},
	})
	id := str(eng, "id")
	for _, code := range []string{"LVE", "REFR", "HEIGHT"} {
		p.call("POST", "/staff/"+id+"/certificates", object{
			"code": code, "number": "T330100" + code, "issued_on": "2025-01-01", "valid_to": "2030-12-31", "recheck_by": "2028-01-01",
		}, "If-Match", fmt.Sprint(p.call("GET", "/staff/"+id, nil)["version"]))
	}
	return id
}

const (
	customerName  = "欧阳测试"
	customerPhone = "19912345678"
	door          = "7幢2单元1903室"
)

var tokenOf = regexp.MustCompile(`/l/([A-Za-z0-9_-]+)`)

// form posts a page's form as a browser without JavaScript would, and returns the page it ends on.
func (p *person) form(path string, values url.Values) (string, string) {
	p.w.t.Helper()
	res, err := p.client.PostForm(p.w.url+path, values)
	if err != nil {
		p.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		p.w.t.Fatalf("form %s: %d\n%s", path, res.StatusCode, b)
	}
	return res.Request.URL.Path, string(b)
}

func (p *person) page(path string) string {
	p.w.t.Helper()
	res, err := p.client.Get(p.w.url + path)
	if err != nil {
		p.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return string(b)
}

// picture is a small real PNG, different for each number.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for x := range 40 {
		for y := range 30 {
			img.Set(x, y, color.RGBA{uint8(x * 6), uint8(y * 8), uint8(n * 40), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (p *person) upload(visit, order, slot string, n int) string {
	p.w.t.Helper()
	id := db.NewID()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	now := time.Now().UTC().Format(time.RFC3339)
	for k, v := range map[string]string{"id": id, "operation_id": db.NewID(), "order_id": order, "slot": slot, "occurred_at": now, "taken_at": now, "device_offset_ms": "0"} {
		if err := m.WriteField(k, v); err != nil {
			p.w.t.Fatal(err)
		}
	}
	f, err := m.CreateFormFile("file", slot+".png")
	if err == nil {
		_, err = f.Write(picture(n))
	}
	if err == nil {
		err = m.Close()
	}
	if err != nil {
		p.w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodPost, p.w.url+"/api/v1/visits/"+visit+"/files", &body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("X-Anxin-Client", "web")
	if status, out := p.send(req); status/100 != 2 {
		p.w.t.Fatalf("upload %s: %d %v", slot, status, out)
	}
	return id
}

// A customer whose air conditioner does not cool reports it on the public page; an agent, an outlet and an
// engineer take it to the end; the customer rates, and the order is posted and the case closed.
func TestFromTheCustomersFormToPosted(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		thread(t, start(t, ""))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		thread(t, start(t, dbtest.PostgresDSN(t)))
	})
}

func thread(t *testing.T, w *world) {
	agent := w.signIn("agent1", []string{access.RoleAgent, access.RoleDispatcher}, "/", "")
	manager := w.signIn("manager1", []string{access.RoleOutletManager}, "/xihu/", "")
	engineer := w.signIn("engineer1", []string{access.RoleEngineer}, "/xihu/", w.staff)
	stranger := w.signIn("stranger1", []string{access.RoleOutletManager}, "/other/", "")
	customer := w.nobody()

	// The customer's form.
	if page := customer.page("/?lang=zh-CN"); !strings.Contains(page, "报修") {
		t.Fatalf("home page: %s", page)
	}
	path, page := customer.form("/report", url.Values{
		"brand": {"ax"}, "category": {"AC"}, "service_type": {"REP"}, "symptom": {"AC-S01"}, "text": {"开机半小时不冷,室外机不转"}, "name": {customerName},
		"phone": {customerPhone}, "address": {"浙江省杭州市西湖区文三路100号" + door}, "consent": {"yes"},
	})
	token := tokenOf.FindStringSubmatch(path)
	if token == nil {
		t.Fatalf("the form ended on %s\n%s", path, page)
	}
	link := "/l/" + token[1]

	// The agent takes it.
	list := items(agent.call("GET", "/cases?queue=unassigned", nil))
	if len(list) != 1 {
		t.Fatalf("queue: %v", list)
	}
	caseID := str(list[0], "id")
	if strings.Contains(fmt.Sprint(list), customerPhone) || strings.Contains(fmt.Sprint(list), customerName) {
		t.Error("the queue shows a customer in the clear")
	}
	if got := items(stranger.call("GET", "/cases?queue=all", nil)); len(got) != 0 {
		t.Errorf("an outlet that has nothing to do with it sees %v", got)
	}
	agent.call("POST", "/cases/"+caseID+"/classify", object{"symptom": "AC-S01", "service_type": "REP", "impact": 2, "urgency": 2})
	order := agent.call("POST", "/orders", object{"case_id": caseID, "service_type": "REP", "release": true})
	orderID := str(order, "id")
	agent.call("POST", "/orders/"+orderID+"/offer", object{"outlet_id": w.outlet})
	if status, _ := stranger.try("GET", "/orders/"+orderID, nil); status != http.StatusNotFound {
		t.Errorf("a stranger reads the order: %d", status)
	}
	manager.call("POST", "/orders/"+orderID+"/accept", object{})
	from := time.Now().UTC().Add(-time.Hour).Truncate(time.Hour)
	agent.call("POST", "/orders/"+orderID+"/promises", object{"from": from, "to": from.Add(4 * time.Hour)})
	visit := manager.call("POST", "/visits", object{
		"orders": []string{orderID}, "engineers": []string{w.staff}, "start": time.Now().UTC().Add(time.Minute), "end": time.Now().UTC().Add(90 * time.Minute), "dispatch": true,
	})
	visitID := str(visit, "id")

	// The engineer on the phone.
	day := items(engineer.call("GET", "/field/visits", nil))
	if len(day) != 1 || strings.Contains(fmt.Sprint(day), customerPhone) {
		t.Fatalf("the engineer's day: %v", day)
	}
	accept := object{"operation_id": db.NewID()}
	engineer.call("POST", "/visits/"+visitID+"/accept", accept)
	engineer.call("POST", "/visits/"+visitID+"/accept", accept) // the answer was lost, the phone sends it again
	engineer.call("POST", "/visits/"+visitID+"/depart", object{"operation_id": db.NewID()})
	engineer.call("POST", "/visits/"+visitID+"/arrive", object{"operation_id": db.NewID()})
	if page := customer.page(link); !strings.Contains(page, `data-finish-code>`) {
		t.Errorf("the customer's page shows no finish code while the engineer is there:\n%s", page)
	}
	files := []object{
		{"id": engineer.upload(visitID, orderID, "before", 1), "slot": "before"},
		{"id": engineer.upload(visitID, orderID, "after", 2), "slot": "after"},
	}
	code := regexp.MustCompile(`data-finish-code>(\d+)<`).FindStringSubmatch(customer.page(link))
	if code == nil {
		t.Fatal("no finish code")
	}
	engineer.call("POST", "/visits/"+visitID+"/finish", object{
		"operation_id": db.NewID(), "sign_off": object{"kind": "code", "code": code[1]},
		"orders": []object{{
			"order_id": orderID, "outcome": "fixed", "symptom": "AC-S01", "cause": "AC-C02", "action": "AC-A02", "serial": "AX12345678", "files": files,
			"checks":   object{"REP-01": "ok", "REP-02": "ok", "REP-05": "ok", "REP-06": "ok", "REP-07": "ok", "REP-08": "ok"},
			"readings": object{"REP-03": 0.1, "REP-04": 50, "REP-AC-01": 12, "REP-AC-02": 4},
		}},
	})
	got := agent.call("GET", "/orders/"+orderID, nil)
	if str(got, "state") != "completed" {
		t.Fatalf("order after the visit: %v", got)
	}

	// The customer rates by the page; the order posts and the case closes.
	w.settle("the callback is planned", func() bool { return strings.Contains(customer.page(link), `name="score"`) })
	customer.form(link, url.Values{"act": {"rate"}, "score": {"5"}})
	if review := str(got, "review"); review == "due" {
		agent.call("POST", "/orders/"+orderID+"/approve-review", object{})
	}
	got = agent.call("GET", "/orders/"+orderID, nil)
	if str(got, "state") != "posted" {
		t.Fatalf("order after the rating: %v", got)
	}
	if c := agent.call("GET", "/cases/"+caseID, nil); str(c, "state") != "closed" {
		t.Errorf("case after the rating: %v", c)
	}
	// The question whether it lasts may have been planned by now, too.
	cb := items(agent.call("GET", "/callbacks?order_id="+orderID, nil))
	if !slices.ContainsFunc(cb, func(c object) bool { return str(c, "state") == "answered" && str(c, "cause") != "repeat_check" }) {
		t.Errorf("callbacks: %v", cb)
	}
	proof(t, w, orderID)
}

// proof checks what must hold after any story: the trail verifies, nothing personal stands in the clear in
// the logs, and the report is a PDF.
func proof(t *testing.T, w *world, orderID string) {
	w.settle("the trail is sealed", func() bool { n, err := w.app.Trail.Checkpoint(t.Context()); return err == nil && n == 0 })
	rep, err := w.app.Trail.Verify(t.Context(), nil)
	if err != nil || len(rep.Faults) > 0 || rep.Entries < 15 {
		t.Errorf("audit: %+v, %v", rep, err)
	}
	for _, secret := range []string{customerPhone, customerName, "1903室", "文三路100号"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	admin := w.nobody()
	admin.call("POST", "/session", object{"login": "admin", "password": password})
	if status, out := admin.try("GET", "/orders/"+orderID+"/report.pdf", nil); status != http.StatusOK || !strings.HasPrefix(str(out, "raw"), "%PDF") {
		t.Errorf("report: %d, %.40s", status, str(out, "raw"))
	}
}
