package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// binary is the built product, ANXIN_TEST_BINARY; without it, it is built once a test program, without its faces.
var binary = sync.OnceValues(func() (string, error) {
	if built := os.Getenv("ANXIN_TEST_BINARY"); built != "" {
		return built, nil
	}
	dir, err := os.MkdirTemp("", "anxin-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "anxin")
	out, err := exec.Command("go", "build", "-tags", "noui", "-ldflags", "-s -w", "-o", path, "anxin/cmd/anxin").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); crashed.Load() && err == nil && os.Getenv("ANXIN_TEST_BINARY") == "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

var crashed atomic.Bool // whether the binary was built

// server is the real binary on an installation, killed and started again.
type server struct {
	t    *testing.T
	dir  string
	dsn  string
	addr string
	cmd  *exec.Cmd
	log  *bytes.Buffer
}

func (s *server) command(args ...string) *exec.Cmd {
	s.t.Helper()
	crashed.Store(true)
	path, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	args = append(args[:1:1], append([]string{"--data-dir", s.dir}, args[1:]...)...)
	if s.dsn != "" {
		args = append(args[:1:1], append([]string{"--database", s.dsn}, args[1:]...)...)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "ANXIN_LIMITS_USER_RATE=1000000", "ANXIN_LIMITS_PUBLIC_RATE=1000000", "ANXIN_LIMITS_SIGN_IN_RATE=1000")
	return cmd
}

// start runs the server and waits until it answers.
func (s *server) start() {
	s.t.Helper()
	s.cmd = s.command("serve", "--listen", s.addr)
	s.cmd.Stderr, s.cmd.Stdout = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	defer func() {
		if s.t.Failed() {
			s.t.Log(s.log)
		}
	}()
	dbtest.Until(s.t, "the server comes up", func() bool {
		res, err := http.Get("http://" + s.addr + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// kill is what no program can prepare for.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait()
}

func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the server ended with %v:\n%s", err, s.log)
	}
}

// freePort is a port that nobody listens on, below those that outgoing connections are given: one of them could take it while
// the server is away.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10240+rand.IntN(20000)))
		if err == nil {
			defer func() { _ = ln.Close() }()
			return ln.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// worker is a client that sends each request again, with the same key, until it has an answer.
type worker struct {
	s                *server
	client           *http.Client
	engineer, outlet string
	retries          *atomic.Int64
}

var errRefused = errors.New("refused")

func (w *worker) send(ctx context.Context, path string, body object) (object, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	key := db.NewID()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+w.s.addr+"/api/v1"+path, bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Anxin-Client", "web")
		if _, act := body["operation_id"]; !act {
			req.Header.Set("Idempotency-Key", key)
		}
		out, status, err := w.once(req)
		switch {
		case err == nil && status/100 == 2:
			return out, nil
		case err == nil && status/100 == 4 && status != http.StatusTooManyRequests:
			return nil, fmt.Errorf("%w: %s: %d %v", errRefused, path, status, out)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		w.retries.Add(1) // the answer was lost, or the server is away
		time.Sleep(20 * time.Millisecond)
	}
}

func (w *worker) once(req *http.Request) (object, int, error) {
	res, err := w.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, 0, err
	}
	out := object{}
	return out, res.StatusCode, json.Unmarshal(raw, &out)
}

// job is what one round of a worker was told is done.
type job struct{ caseID, orderID, visitID string }

// round takes one request from the call to the finished visit.
func (w *worker) round(ctx context.Context, brand, mark string) (j job, err error) {
	step := func(path string, body object) object {
		if err != nil {
			return nil
		}
		var out object
		out, err = w.send(ctx, path, body)
		return out
	}
	act := func() object { return object{"operation_id": db.NewID()} }
	opened := step("/cases", object{
		"brand_id": brand, "summary": "不制冷 " + mark, "category": "AC", "service_type": "REP", "symptom": "AC-S01", "impact": 2, "urgency": 2,
		"contact_name": "欧阳测试", "contact_phone": "19912345678", "external_id": mark,
		"address": object{"text": "浙江省杭州市西湖区文三路100号7幢1903室"},
	})
	j.caseID = str(opened, "id")
	if err == nil {
		made := step("/orders", object{"case_id": j.caseID, "service_type": "REP", "release": true})
		j.orderID = str(made, "id")
	}
	visit := step("/visits", object{
		"orders": []string{j.orderID}, "engineers": []string{w.engineer}, "outlet_id": w.outlet, "start": time.Now().UTC().Add(time.Minute), "end": time.Now().UTC().Add(90 * time.Minute), "dispatch": true,
	})
	j.visitID = str(visit, "id")
	for _, a := range []string{"accept", "depart", "arrive"} {
		step("/visits/"+j.visitID+"/"+a, act())
	}
	finish := act()
	finish["sign_off"] = object{"kind": "absent", "reason": "门口没有人"}
	finish["orders"] = []object{{"order_id": j.orderID, "outcome": "fixed", "symptom": "AC-S01", "cause": "AC-C02", "action": "AC-A02"}}
	step("/visits/"+j.visitID+"/finish", finish)
	return j, err
}

// The server is killed again and again while requests are opened and visits finished; whoever has no answer
// asks again with the same key. In the end all that was acknowledged is there, once.
func TestKilledServerLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds and kills the real binary")
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		crash(t, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		crash(t, dbtest.PostgresDSN(t))
	})
}

const (
	crashWorkers = 6
	crashKills   = 3
)

func crash(t *testing.T, dsn string) {
	w := start(t, dsn)
	admin := w.nobody()
	admin.call("POST", "/session", object{"login": "admin", "password": password})
	own := admin.call("POST", "/outlets", object{"code": "own", "name": "自营", "kind": "own", "brands": []string{w.brand}, "division": "330106"})
	// Nobody else serves the place, so that no order is offered away while a worker is about to plan it.
	other := admin.call("GET", "/outlets/"+w.outlet, nil)
	admin.call("PUT", "/outlets/"+w.outlet+"/areas", object{"items": []object{}}, "If-Match", fmt.Sprint(other["version"]))
	var engineers []string
	for i := range crashWorkers {
		engineers = append(engineers, admin.hire(str(own, "id"), fmt.Sprint("师傅", i), fmt.Sprint("1990000001", i)))
	}
	dir := w.app.Config.DataDir
	w.close()

	s := &server{t: t, dir: dir, dsn: dsn, addr: freePort(t), log: &bytes.Buffer{}}
	s.start()
	running := true
	t.Cleanup(func() {
		if running {
			s.kill()
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*dbtest.Patience)
	defer cancel()
	var (
		mu      sync.Mutex
		done    []job
		retries atomic.Int64
		stop    atomic.Bool
		wg      sync.WaitGroup
		begun   atomic.Int64
	)
	cookies := admin.cookies(w.url, "http://"+s.addr)
	for i := range crashWorkers {
		wk := &worker{s: s, client: &http.Client{Jar: cookies, Timeout: 20 * time.Second}, engineer: engineers[i], outlet: str(own, "id"), retries: &retries}
		wg.Go(func() {
			for n := 0; !stop.Load(); n++ {
				begun.Add(1)
				j, err := wk.round(ctx, w.brand, fmt.Sprintf("W%d-%d", i, n))
				if err != nil {
					t.Errorf("worker %d: %v", i, err)
					return
				}
				mu.Lock()
				done = append(done, j)
				mu.Unlock()
			}
		})
	}
	chance := rand.New(rand.NewPCG(7, 11))
	for range crashKills {
		time.Sleep(time.Duration(600+chance.IntN(1400)) * time.Millisecond)
		s.kill()
		s.start()
	}
	finished := func() []job {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(done)
	}
	var before []job
	dbtest.Until(t, "something is acknowledged before the backup", func() bool {
		before = finished()
		return len(before) > 0
	})
	archive := filepath.Join(t.TempDir(), "anxin.tar")
	if out, err := s.command("backup", archive).CombinedOutput(); err != nil {
		t.Errorf("backup of the running server: %v\n%s", err, out)
	}
	atBackup := len(finished())
	dbtest.Until(t, "there are rounds enough, some after the backup", func() bool { return len(finished()) > max(crashWorkers, atBackup) })
	stop.Store(true)
	wg.Wait()
	t.Logf("%d rounds, %d kills, %d requests sent again", len(done), crashKills, retries.Load())
	if retries.Load() == 0 {
		t.Error("no request was sent again: the kills prove nothing")
	}
	s.stop()
	running = false
	if out, err := s.command("audit", "verify").CombinedOutput(); err != nil || !strings.Contains(string(out), " 0 faults") {
		t.Errorf("audit verify: %v\n%s", err, out)
	}
	survived(t, w.again(dir, dsn), done, int(begun.Load()))
	restored(t, w, s, archive, before)
}

// restored puts the backup that was made while all wrote into an empty installation.
func restored(t *testing.T, w *world, from *server, archive string, before []job) {
	t.Helper()
	to := &server{t: t, dir: t.TempDir()}
	if from.dsn != "" {
		to.dsn = dbtest.EmptyPostgres(t)
	}
	key, err := os.ReadFile(filepath.Join(from.dir, "master.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to.dir, "master.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"restore", archive}, {"audit", "verify"}} {
		if out, err := to.command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	admin := w.again(to.dir, to.dsn).admin()
	for _, j := range before {
		if c := admin.call("GET", "/cases/"+j.caseID, nil); str(c, "id") != j.caseID {
			t.Errorf("case %s is not what it was: %v", j.caseID, c)
		}
		if v := admin.call("GET", "/visits/"+j.visitID, nil); str(v, "state") != "finished" {
			t.Errorf("visit %s: %v", j.visitID, v["state"])
		}
	}
}

// survived looks at what is in the database after it all.
func survived(t *testing.T, w *world, done []job, begun int) {
	t.Helper()
	d := w.app.DB
	count := func(query string, args ...any) int64 {
		t.Helper()
		n, err := db.Get(t.Context(), d, db.ScanInt, query, args...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	w.settle("every finished order has its callback", func() bool {
		return count(`SELECT COUNT(*) FROM callbacks_callback`) >= int64(len(done))
	})
	w.settle("the feed is read to its end", func() bool {
		return count(`SELECT COUNT(*) FROM events_event WHERE (txid, seq) > (SELECT txid, seq FROM events_cursor WHERE name = 'bus')`) == 0 &&
			count(`SELECT COUNT(*) FROM events_retry`) == 0
	})
	for _, x := range []struct {
		what, query string
		want        int64
	}{
		{"cases", `SELECT COUNT(*) FROM cases_case`, int64(begun)},
		{"cases opened twice", `SELECT COUNT(*) FROM (SELECT external_id FROM cases_case GROUP BY external_id HAVING COUNT(*) > 1) x`, 0},
		{"orders", `SELECT COUNT(*) FROM orders_order`, int64(begun)},
		{"visits", `SELECT COUNT(*) FROM orders_visit`, int64(begun)},
		{"finished visits", `SELECT COUNT(*) FROM orders_visit WHERE state = 'finished'`, int64(begun)},
		{"callbacks", `SELECT COUNT(*) FROM callbacks_callback`, int64(begun)},
		{"orders with several callbacks", `SELECT COUNT(*) FROM (SELECT order_id FROM callbacks_callback GROUP BY order_id HAVING COUNT(*) > 1) x`, 0},
		{"acts kept twice", `SELECT COUNT(*) FROM (SELECT record_kind, record_id, act FROM audit_entry WHERE record_kind IN ('case', 'visit')
			AND act IN ('open', 'plan', 'accept', 'depart', 'arrive', 'finish') GROUP BY record_kind, record_id, act HAVING COUNT(*) > 1) x`, 0},
		{"events told twice", `SELECT COUNT(*) FROM (SELECT topic, record_id FROM events_event WHERE topic IN ('case.opened.v1', 'order.opened.v1', 'visit.planned.v1',
			'visit.finished.v1', 'visit.arrived.v1', 'order.completed.v1', 'callback.due.v1') GROUP BY topic, record_id HAVING COUNT(*) > 1) x`, 0},
		{"kinds of clocks that some cases have and others not", `SELECT COUNT(*) FROM (SELECT party, milestone FROM clocks_clock
			GROUP BY party, milestone HAVING COUNT(*) % (SELECT COUNT(*) FROM cases_case) <> 0) x`, 0},
		{"serving cases without clock", `SELECT COUNT(*) FROM cases_case c WHERE NOT EXISTS (SELECT 1 FROM clocks_clock k WHERE k.job_id = c.id)`, 0},
		{"messages queued twice", `SELECT COUNT(*) FROM (SELECT record_kind, record_id, template, channel FROM notify_message
			GROUP BY record_kind, record_id, template, channel HAVING COUNT(*) > 1) x`, 0},
		{"dead letters", `SELECT COUNT(*) FROM events_retry WHERE dead_at IS NOT NULL`, 0},
	} {
		if got := count(x.query); got != x.want {
			t.Errorf("%s: %d, want %d", x.what, got, x.want)
		}
	}
	for _, topic := range []string{"case.opened.v1", "visit.finished.v1", "order.completed.v1", "callback.due.v1"} {
		if got := count(`SELECT COUNT(*) FROM events_event WHERE topic = $1`, topic); got != int64(begun) {
			t.Errorf("%s was told %d times, want %d", topic, got, begun)
		}
	}
	for _, j := range done {
		for _, x := range []struct{ kind, id, act string }{{"case", j.caseID, "open"}, {"visit", j.visitID, "finish"}} {
			if n := count(`SELECT COUNT(*) FROM audit_entry WHERE record_kind = $1 AND record_id = $2 AND act = $3`, x.kind, x.id, x.act); n != 1 {
				t.Errorf("%s of %s %s is in the trail %d times", x.act, x.kind, x.id, n)
			}
		}
		if n := count(`SELECT COUNT(*) FROM orders_visit_order WHERE visit_id = $1 AND order_id = $2`, j.visitID, j.orderID); n != 1 {
			t.Errorf("visit %s serves order %s %d times", j.visitID, j.orderID, n)
		}
	}
}

// again opens the same installation once more.
func (w *world) again(dir, dsn string) *world {
	w.t.Helper()
	return open(w.t, dir, dsn)
}

// cookies are a person's, for the same installation at another address.
func (p *person) cookies(from, to string) http.CookieJar {
	p.w.t.Helper()
	old, err := url.Parse(from)
	if err != nil {
		p.w.t.Fatal(err)
	}
	now, err := url.Parse(to)
	if err != nil {
		p.w.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.w.t.Fatal(err)
	}
	jar.SetCookies(now, p.client.Jar.Cookies(old))
	return jar
}
