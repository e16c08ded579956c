package dispatch

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/jobs"
)

type server struct {
	*apitest.Client
	t *testing.T
}

func (f *fixture) server(t *testing.T) server {
	return server{apitest.New(t, f.d, f.keys, apitest.Narrowed{}, f.words(), f.Service), t}
}

func (f *fixture) words() []fs.FS { return []fs.FS{crypt.Words, orders.Words, Words} }

// call sends body as JSON; nil is none.
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
	return s.Call(method, path, text, header...)
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

// TestPlanningAPI goes through repairs, comparisons, schedules and scenarios over HTTP, and says at the field what is
// wrong, in the reader's language.
func TestPlanningAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		s := f.server(t)
		o := f.order(f.one)
		date := (today + 1).String()

		p := s.want(201, "POST", "/dispatch/plans", object{"date": date, "operation_id": "a"})
		if again := s.want(201, "POST", "/dispatch/plans", object{"date": date, "operation_id": "a"}); again["id"] != p["id"] {
			t.Errorf("the same operation made %v and %v", p["id"], again["id"])
		}
		f.must(f.runPlan(f.ctx, PlanArgs{Plan: p["id"].(string), Task: jobs.TaskID(p["task_id"].(string))}))
		plan := "/dispatch/plans/" + p["id"].(string)
		list := s.want(200, "GET", "/dispatch/plans?kind=day&state=draft&date="+date, nil)["items"].([]any)
		if len(list) != 1 || list[0].(object)["comparison"].(object)["added"] != 1.0 {
			t.Errorf("plans: %v", list)
		}
		changes := s.want(200, "GET", plan+"/changes?limit=1", nil)["items"].([]any)
		if len(changes) != 1 || changes[0].(object)["kind"] != "added" || changes[0].(object)["orders"].([]any)[0] != string(o.ID) {
			t.Errorf("changes: %v", changes)
		}
		if c := s.want(200, "GET", plan+"/comparison", nil); c["current"] != true || c["board"].(object)["unserved"] != 1.0 {
			t.Errorf("comparison: %v", c)
		}
		s.want(200, "POST", plan+"/publish", object{})
		visit := s.want(200, "GET", "/dispatch/day?date="+date, nil)
		if visit["rows"] == nil {
			t.Errorf("day: %v", visit)
		}

		bad := s.want(422, "POST", "/dispatch/repairs", object{"event": object{}}, "Accept-Language", "zh-CN")
		if text := fieldsOf(bad); !strings.Contains(text, "event") {
			t.Errorf("an event without anything: %v", bad)
		}
		bad = s.want(422, "POST", "/dispatch/repairs", object{"event": object{"added": []string{string(o.ID), "nobody"}, "absent": []object{{"engineer_id": f.zhao.ID, "from": at(1, 9, 0), "to": at(1, 8, 0)}}}})
		for _, want := range []string{"event.added.0", "event.added.1", "event.absent.0.to"} {
			if text := fieldsOf(bad); !strings.Contains(text, want) {
				t.Errorf("no fault at %s: %v", want, bad)
			}
		}
		r := s.want(201, "POST", "/dispatch/repairs", object{"event": object{"absent": []object{{"engineer_id": f.zhao.ID, "from": at(1, 0, 0), "to": at(1, 23, 0)}}}})
		if r["kind"] != "repair" || r["state"] != "planning" || r["date"] != date {
			t.Errorf("repair: %v", r)
		}
		s.want(422, "POST", "/dispatch/repairs", object{"event": object{"absent": []object{{"engineer_id": f.zhao.ID, "from": at(1, 0, 0), "to": at(1, 23, 0)}}}}, "X-Outlet", "/hz/")
		s.want(403, "POST", "/dispatch/repairs", object{"event": object{"fill": true}}, "X-Nobody", "1")

		body := object{"outlet_id": f.own.ID, "name": "每晚", "at": "18:00", "weekdays": []string{"mon", "fri"}, "ahead": 1, "days": 1, "publish": false, "active": true}
		sc := s.want(201, "POST", "/dispatch/schedules", body)
		if sc["at"] != "18:00" || sc["next_at"] == nil {
			t.Errorf("schedule: %v", sc)
		}
		delete(body, "outlet_id")
		body["at"] = "25:00"
		at := "/dispatch/schedules/" + sc["id"].(string)
		s.want(428, "PUT", at, body)
		if text := fieldsOf(s.want(422, "PUT", at, body, "If-Match", `"1"`)); !strings.Contains(text, "at") {
			t.Errorf("a time that is none: %s", text)
		}
		body["at"] = "19:30"
		if got := s.want(200, "PUT", at, body, "If-Match", `"1"`); got["version"] != 2.0 || got["at"] != "19:30" {
			t.Errorf("edited: %v", got)
		}
		s.want(412, "PUT", at, body, "If-Match", `"1"`)
		s.want(404, "GET", at, nil, "X-Outlet", "/hz/")
		if got := s.want(200, "GET", "/dispatch/schedules", nil, "X-Outlet", "/hz/")["items"].([]any); len(got) != 0 {
			t.Errorf("another outlet sees %v", got)
		}
		s.want(200, "GET", at+"/runs", nil)
		s.want(204, "DELETE", at, nil)
		s.want(404, "GET", at, nil)

		var ids []string
		for _, a := range []object{{}, {"demand_percent": 50}} {
			v := s.want(201, "POST", "/dispatch/scenarios", object{"name": "推演", "date": date, "assumptions": a})
			s.want(409, "GET", "/dispatch/scenario_comparison?ids="+v["id"].(string), nil)
			f.must(f.runScenario(f.ctx, ScenarioArgs{Scenario: v["id"].(string), Task: jobs.TaskID(v["task_id"].(string))}))
			ids = append(ids, v["id"].(string))
		}
		got := s.want(200, "GET", "/dispatch/scenario_comparison?ids="+strings.Join(ids, ","), nil)
		if items := got["items"].([]any); len(items) != 2 || got["same_base"] != true || items[0].(object)["gain"].(object)["demand"] != 0.0 {
			t.Errorf("side by side: %v", got)
		}
		if got := s.want(200, "GET", "/dispatch/scenarios", nil, "X-Outlet", "/hz/")["items"].([]any); len(got) != 0 {
			t.Errorf("another outlet sees %v", got)
		}
		s.want(404, "DELETE", "/dispatch/scenarios/"+ids[0], nil, "X-Outlet", "/hz/")
		s.want(204, "DELETE", "/dispatch/scenarios/"+ids[0], nil)
	})
}

// fieldsOf are the fields that a problem names.
func fieldsOf(problem object) string {
	text, err := json.Marshal(problem)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
