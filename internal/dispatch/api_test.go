package dispatch

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// seal keeps answers with the installation's key, as the product does.
type seal struct{ keys *crypt.Keys }

func (s seal) SealBytes(ctx context.Context, q db.Querier, plain []byte) ([]byte, error) {
	return s.keys.Seal(ctx, q, s.keys.Installation(), string(plain))
}

func (s seal) OpenBytes(ctx context.Context, q db.Querier, sealed []byte) ([]byte, error) {
	text, err := s.keys.Open(ctx, q, s.keys.Installation(), sealed)
	return []byte(text), err
}

type byHeader struct{}

func (byHeader) Authenticate(r *http.Request) (access.Actor, error) {
	scope := access.Everything
	if path := r.Header.Get("X-Outlet"); path != "" {
		scope = access.Scope{OutletPath: path}
	}
	perms := access.Set{"*": true}
	if r.Header.Get("X-Nobody") != "" {
		perms = access.Set{}
	}
	return access.Actor{Kind: access.User, ID: "u1", Permissions: perms, Scope: scope, Lang: r.Header.Get("Accept-Language")}, nil
}

type server struct {
	t *testing.T
	h http.Handler
}

func (f *fixture) server(t *testing.T) server { return server{t, f.handler()} }

func (f *fixture) handler() http.Handler {
	api := httpapi.New(httpapi.Options{
		DB: f.d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, crypt.Words, orders.Words, Words), Seal: seal{f.keys}, Auth: byHeader{}, Version: "test",
	})
	f.Register(api)
	return api.Handler()
}

func (s server) call(method, path string, body any, header ...string) (int, map[string]any) {
	s.t.Helper()
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		text = string(raw)
	}
	r := httptest.NewRequest(method, httpapi.Prefix+path, strings.NewReader(text))
	if text != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			s.t.Fatalf("%s %s: %s", method, path, raw)
		}
	}
	return w.Code, out
}

// want fails unless the answer has a status.
func (s server) want(status int, method, path string, body any, header ...string) map[string]any {
	s.t.Helper()
	code, out := s.call(method, path, body, header...)
	if code != status {
		s.t.Fatalf("%s %s = %d %v, want %d", method, path, code, out, status)
	}
	return out
}

type object = map[string]any

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		s := f.server(t)
		o := f.order(f.one)
		id := "/orders/" + string(o.ID)

		got := s.want(200, "GET", id+"/candidates?limit=3", nil)
		if list := got["items"].([]any); len(list) != 3 || got["looked_at"] != 4.0 || list[0].(object)["fits"] != true {
			t.Errorf("candidates: %v", got)
		}
		slots := s.want(200, "GET", id+"/slots?days=2", nil)["items"].([]any)
		if len(slots) != 10 || slots[6].(object)["offered"] != true {
			t.Fatalf("slots: %v", slots)
		}
		slot := slots[6].(object)
		hold := s.want(201, "POST", id+"/holds", object{"from": slot["from"], "to": slot["to"]}, "Idempotency-Key", "h1")
		if again := s.want(201, "POST", id+"/holds", object{"from": slot["from"], "to": slot["to"]}, "Idempotency-Key", "h1"); again["id"] != hold["id"] {
			t.Errorf("the same request held %v, then %v", hold["id"], again["id"])
		}
		taken := s.want(200, "POST", "/dispatch/holds/"+hold["id"].(string)+"/take", object{})
		if taken["state"] != "alive" || taken["promise_id"] == "" {
			t.Errorf("taken: %v", taken)
		}
		bad := s.want(409, "POST", "/dispatch/assign", object{"orders": []any{o.ID}, "engineers": []any{f.zhao.ID}, "start": at(3, 9, 0)}, "Accept-Language", "en")
		list, _ := bad["params"].(object)["violations"].([]any)
		if bad["code"] != "dispatch.rules" || len(list) != 1 || list[0].(object)["reason"].(object)["code"] != "dispatch.window" {
			t.Errorf("outside the promise: %v", bad)
		}
		start, err := time.Parse(time.RFC3339, slot["from"].(string))
		f.must(err)
		done := s.want(200, "POST", "/dispatch/assign", object{"orders": []any{o.ID}, "engineers": []any{f.zhao.ID}, "start": start, "operation_id": "a1"})
		visit := done["visit"].(object)["id"].(string)
		s.want(200, "POST", "/dispatch/visits/"+visit+"/move", object{"engineers": []any{f.qian.ID}, "reason": "dispatcher_moves"})
		other := f.order(f.one)
		second := s.want(200, "POST", "/dispatch/assign", object{"orders": []any{other.ID}, "engineers": []any{f.zhao.ID}, "start": start})["visit"].(object)["id"].(string)
		swapped := s.want(200, "POST", "/dispatch/visits/"+visit+"/swap", object{"with": second, "reason": "dispatcher_moves"})
		if swapped["with"].(object)["engineers"].([]any)[0] != string(f.qian.ID) {
			t.Errorf("swapped: %v", swapped)
		}
		day := s.want(200, "GET", "/dispatch/day?date="+(today+1).String()+"&outlet_id="+string(f.own.ID), nil)
		if rows := day["rows"].([]any); len(rows) != 2 || len(rows[0].(object)["visits"].([]any)) != 1 || len(rows[0].(object)["shifts"].([]any)) == 0 {
			t.Errorf("day: %v", day)
		}
		s.want(200, "POST", "/dispatch/visits/"+second+"/unassign", object{"reason": "dispatcher_moves"})
		if n := len(s.want(200, "GET", id+"/decisions", nil)["items"].([]any)); n != 5 {
			t.Errorf("%d decisions, want hold, take, assign, move and swap", n)
		}
		plan := s.want(201, "POST", "/dispatch/plans", object{"date": (today + 1).String(), "outlet_id": f.own.ID})
		f.must(f.runPlan(f.ctx, PlanArgs{Plan: plan["id"].(string), Task: jobs.TaskID(plan["task_id"].(string))}))
		plan = s.want(200, "GET", "/dispatch/plans/"+plan["id"].(string), nil)
		if plan["state"] != "draft" || len(plan["visits"].([]any)) != 1 {
			t.Errorf("plan: %v", plan)
		}
		s.want(200, "POST", "/dispatch/plans/"+plan["id"].(string)+"/publish", object{})
		s.want(409, "POST", "/dispatch/plans/"+plan["id"].(string)+"/discard", object{})
		third := f.order(f.one)
		if o := s.want(200, "POST", "/orders/"+string(third.ID)+"/offer_next", object{}); o["state"] != "ready" {
			t.Errorf("with an own outlet first: %v", o)
		}
		if page := s.want(200, "GET", "/dispatch/alerts", nil); len(page["items"].([]any)) != 0 {
			t.Errorf("alerts: %v", page)
		}
		s.refusals(f, id, visit, hold["id"].(string))
	})
}

// refusals: bad input says what is wrong, strangers find nothing, nobody may without permission.
func (s server) refusals(f *fixture, order, visit, hold string) {
	s.t.Helper()
	for _, tt := range []struct {
		status       int
		method, path string
		body         any
		header       []string
	}{
		{404, "GET", "/orders/none/candidates", nil, nil},
		{404, "GET", order + "/candidates", nil, []string{"X-Outlet", f.sh.Path}},
		{403, "GET", order + "/candidates", nil, []string{"X-Nobody", "1"}},
		{403, "GET", order + "/slots", nil, []string{"X-Nobody", "1"}},
		{403, "POST", order + "/holds", object{"from": at(1, 10, 0), "to": at(1, 12, 0)}, []string{"X-Nobody", "1"}},
		{422, "POST", order + "/holds", object{"from": at(1, 12, 0), "to": at(1, 10, 0)}, nil},
		{422, "POST", order + "/holds", object{"from": "soon", "to": at(1, 10, 0)}, nil},
		{404, "POST", "/dispatch/holds/none/take", object{}, nil},
		{404, "POST", "/dispatch/holds/" + hold + "/take", object{}, []string{"X-Outlet", f.sh.Path}},
		{409, "POST", "/dispatch/holds/" + hold + "/release", object{}, nil},
		{422, "POST", "/dispatch/assign", object{"orders": []any{}, "engineers": []any{"x"}, "start": at(1, 10, 0)}, nil},
		{404, "POST", "/dispatch/assign", object{"orders": []any{"x"}, "engineers": []any{"x"}, "start": at(1, 10, 0)}, nil},
		{404, "POST", "/dispatch/visits/" + visit + "/move", object{}, []string{"X-Outlet", f.sh.Path}},
		{422, "POST", "/dispatch/visits/" + visit + "/move", object{"engineers": []any{"x"}, "reason": "dispatcher_moves"}, nil},
		{422, "POST", "/dispatch/visits/" + visit + "/unassign", object{"reason": "no_such"}, nil},
		{403, "POST", "/dispatch/visits/" + visit + "/unassign", object{"reason": "dispatcher_moves"}, []string{"X-Nobody", "1"}},
		{422, "GET", "/dispatch/day?date=monday", nil, nil},
		{404, "GET", "/dispatch/day?date=" + today.String() + "&outlet_id=" + string(f.own.ID), nil, []string{"X-Outlet", f.sh.Path}},
		{422, "POST", "/dispatch/plans", object{"date": "2026-13-99"}, nil},
		{404, "GET", "/dispatch/plans/none", nil, nil},
		{404, "POST", "/dispatch/alerts/none/close", object{"resolution": "noted"}, nil},
		{403, "POST", order + "/offer_next", object{}, []string{"X-Nobody", "1"}},
	} {
		code, out := s.call(tt.method, tt.path, tt.body, tt.header...)
		if code != tt.status || out["title"] == "" || strings.HasPrefix(out["title"].(string), "problem.") {
			s.t.Errorf("%s %s = %d %v, want %d with words", tt.method, tt.path, code, out, tt.status)
		}
	}
}
