package clocks_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

type byHeader struct{}

func (byHeader) Authenticate(r *http.Request) (access.Actor, error) {
	a := access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"*": true}, Scope: access.Everything}
	switch r.Header.Get("X-As") {
	case "outlet":
		a.Scope = access.Scope{OutletPath: "/hz/"}
	case "other brand":
		a.Scope = access.Scope{OutletPath: "/", Brands: []string{"b2"}}
	case "reader":
		a.Permissions = access.Set{"clocks.read": true}
	}
	return a, nil
}

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for _, p := range i18n.Must(problem.Words, calendar.Words, clocks.Words).Problems() {
			t.Errorf("words: %s", p)
		}
		api := apitest.New(t, d, apitest.Plain{}, byHeader{}, []fs.FS{calendar.Words, clocks.Words}, f.Service)
		c := f.on("case", "c1", clocks.FirstResponse, "P1")
		f.advance(20 * time.Minute)
		f.do(f.met("case", "c1", clocks.FirstResponse, time.Time{}))

		policy := `{"id":"fast","milestone":"first_response","party":"centre","match":{"priority":"P2","brand":"b1"},"target":{"kind":"calendar_time","duration_s":600,"warn":[{"used_percent":50},{"left_s":60}]}}`
		edited := `{"milestone":"first_response","party":"centre","match":{"priority":"P2","brand":"b1"},"target":{"kind":"working_time","calendar":"@centre","duration_s":60}}`
		spec := `{"schema":1,"id":"night","version":1,"zone":"Asia/Shanghai","weekly":{"sat":["20:00-24:00"]}}`
		year := `{"document":{"year":2028,"papers":["https://www.gov.cn"],"days":[{"name":"元旦","date":"2028-01-01","isOffDay":true}]}}`
		for _, tt := range []struct {
			name, method, path, body string
			header                   []string
			status                   int
			has                      string
		}{
			{"clocks of a record", "GET", "/clocks?record_kind=case&record_id=c1", "", nil, 200, `"status":"breached"`},
			{"clocks of a job", "GET", "/clocks?job_kind=case&job_id=c1", "", nil, 200, `"milestone":"first_response"`},
			{"nothing asked", "GET", "/clocks?record_kind=case", "", nil, 422, `"record_id"`},
			{"an outlet", "GET", "/clocks?record_kind=case&record_id=c1", "", []string{"X-As", "outlet"}, 200, `"items":[]`},
			{"history", "GET", "/clocks/" + string(c.ID), "", nil, 200, `"kind":"started"`},
			{"history of another brand", "GET", "/clocks/" + string(c.ID), "", []string{"X-As", "other brand"}, 404, `"clocks.not_found"`},
			{"no clock", "GET", "/clocks/none", "", []string{"Accept-Language", "zh-CN"}, 404, `没有找到这个时钟`},
			{"policies", "GET", "/clock-policies", "", nil, 200, `"id":"first_response.p1"`},
			{"add a policy", "POST", "/clock-policies", policy, []string{"Idempotency-Key", "k1"}, 201, `"left_s":60`},
			{"the same again", "POST", "/clock-policies", policy, []string{"Idempotency-Key", "k1"}, 201, `"left_s":60`},
			{"taken", "POST", "/clock-policies", policy, nil, 422, `"taken"`},
			{"not allowed", "POST", "/clock-policies", policy, []string{"X-As", "reader"}, 403, `"forbidden"`},
			{"bad target", "POST", "/clock-policies", strings.Replace(policy, `"duration_s":600,`, "", 1), nil, 422, `"target.duration"`},
			{"why", "GET", "/clock-policies/try?milestone=first_response&priority=P2&brand=b1", "", nil, 200, `"clocks.policy_outranked"`},
			{"read it", "GET", "/clock-policies/fast", "", nil, 200, `"used_percent":50`},
			{"of another brand", "GET", "/clock-policies/fast", "", []string{"X-As", "other brand"}, 404, `"clocks.not_found"`},
			{"edit without version", "PUT", "/clock-policies/fast", edited, nil, 428, `"version_required"`},
			{"edit", "PUT", "/clock-policies/fast", edited, []string{"If-Match", `"1"`}, 200, `"calendar":"@centre"`},
			{"edit a stale one", "PUT", "/clock-policies/fast", edited, []string{"If-Match", `"1"`}, 412, `"stale"`},
			{"calendars", "GET", "/clock-calendars", "", nil, 200, `"id":"cn-working"`},
			{"add a calendar", "POST", "/clock-calendars", `{"spec":` + spec + `}`, nil, 201, `"version":1`},
			{"read a calendar", "GET", "/clock-calendars/night", "", nil, 200, `"20:00-24:00"`},
			{"publish under another id", "PUT", "/clock-calendars/centre", `{"spec":` + spec + `}`, []string{"If-Match", "1"}, 422, `"spec.id"`},
			{"publish anew", "PUT", "/clock-calendars/night", `{"spec":` + strings.Replace(spec, "20:00", "21:00", 1) + `}`, []string{"If-Match", "1"}, 200, `"version":2`},
			{"a zone that is none", "POST", "/clock-calendars", `{"spec":` + strings.NewReplacer("night", "moon", "Asia/Shanghai", "Moon/Base").Replace(spec) + `}`, []string{"Accept-Language", "en"}, 422, `No such time zone`},
			{"calendars are everybody's", "POST", "/clock-calendars", `{"spec":` + strings.Replace(spec, "night", "ours", 1) + `}`, []string{"X-As", "other brand"}, 403, `"forbidden"`},
			{"holidays", "GET", "/holidays", "", nil, 200, `"owed_days":6`},
			{"odd holidays", "POST", "/holidays", year, []string{"Accept-Language", "zh-CN"}, 422, `"calendar.no_legal_day"`},
			{"odd holidays accepted", "POST", "/holidays", strings.Replace(year, `}]}}`, `}]},"accept_oddities":true}`, 1), nil, 201, `"year":2028`},
		} {
			w := api.Do(tt.method, tt.path, tt.body, tt.header...)
			status, raw := w.Code, w.Body.String()
			if status == 200 && tt.status == 201 && tt.method == "POST" {
				status = 201 // acts that create nothing of their own answer 200
			}
			if status != tt.status || !strings.Contains(raw, tt.has) || !json.Valid([]byte(raw)) {
				t.Errorf("%s: %d %s; want %d with %s", tt.name, status, raw, tt.status, tt.has)
			}
		}
		if w := api.Do("GET", "/clock-policies/fast", ""); w.Header().Get("ETag") != `"2"` {
			t.Errorf("ETag %s, want version 2", w.Header().Get("ETag"))
		}
	})
}

// TestWordsComplete checks that every code a person may see has words.
func TestWordsComplete(t *testing.T) {
	t.Parallel()
	words := i18n.Must(problem.Words, calendar.Words, clocks.Words)
	var keys []string
	for _, m := range clocks.AllMilestones() {
		keys = append(keys, "clocks.milestone."+string(m))
	}
	for _, p := range clocks.AllParties() {
		keys = append(keys, "clocks.party."+string(p))
	}
	for _, w := range clocks.WaitEffects() {
		keys = append(keys, "clocks.waited_for."+string(w.For))
	}
	for _, topic := range clocks.Topics {
		keys = append(keys, "clocks.change."+strings.TrimSuffix(strings.TrimPrefix(topic, "clock."), ".v1"))
	}
	for _, p := range clocks.Permissions {
		keys = append(keys, "permission."+p.Key)
	}
	for _, c := range problem.Codes() {
		if strings.HasPrefix(c.Key, "clocks.") {
			keys = append(keys, "problem."+c.Key)
		}
	}
	for _, k := range []clocks.Status{clocks.StatusRunning, clocks.StatusPaused, clocks.StatusMet, clocks.StatusBreached, clocks.StatusVoid} {
		keys = append(keys, "clocks.status."+string(k))
	}
	for _, lang := range i18n.Languages() {
		for _, k := range keys {
			if !words.Has(lang, k) {
				t.Errorf("%s has no words in %s", k, lang)
			}
		}
	}
}
