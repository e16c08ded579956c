package console

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/cases/casestest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/identity"
)

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// site is the customer's pages over the real stack: links are found by identity.
func (f *fixture) site() http.Handler { return f.server().Handler() }

func (f *fixture) server() *httpapi.Server {
	s := httpapi.New(httpapi.Options{DB: f.DB, Log: slog.New(slog.DiscardHandler), Words: f.words, Seal: apitest.Plain{}, Auth: f.Identity, Version: "test"})
	f.con.Register(s)
	return s
}

// ask sends a page's request as a browser does.
func ask(t *testing.T, h http.Handler, method, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "https://anxin.test"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://anxin.test")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (f *fixture) link(in identity.LinkInput) string {
	f.T.Helper()
	l, err := db.InTx(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) (identity.NewLink, error) {
		return f.Identity.MakeLinkTx(ctx, tx, in)
	})
	f.Must(err)
	return l.Token
}

func (f *fixture) trackLink(id cases.ID) string {
	return f.link(identity.LinkInput{Purpose: purposeTrack, RecordKind: "case", RecordID: string(id), BrandID: string(f.One), Lang: "en", Valid: time.Hour})
}

const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>{{.Form}}`

// TestHostileForm: what a stranger types comes back as text, never as markup, and is refused by field.
func TestHostileForm(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		form := url.Values{"brand": {"ONE"}, "category": {"GWH"}, "text": {hostile}, "name": {hostile}, "phone": {hostile}, "address": {hostile}, "service_type": {"REP"}}
		w := ask(t, h, http.MethodPost, "/report", form)
		body := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("status %d, want 422", w.Code)
		}
		if containsAny(body, "<script>alert", "<img src=x") || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("the page does not escape what was typed:\n%s", body)
		}
		for header, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
			if got := w.Header().Get(header); got != want {
				t.Errorf("%s is %q, want %q", header, got, want)
			}
		}
		form.Set("consent", "yes")
		if w := ask(t, h, http.MethodPost, "/report", form); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("a phone that is none: status %d, want 422", w.Code)
		}
		form.Set("phone", "13700000001")
		w = ask(t, h, http.MethodPost, "/report", form)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("hostile text, but a right form: %d\n%s", w.Code, w.Body)
		}
		page := ask(t, h, http.MethodGet, w.Header().Get("Location"), nil)
		if page.Code != http.StatusOK || containsAny(page.Body.String(), "<script>alert", "<img src=x") {
			t.Errorf("the page of the case: %d, escaped %v", page.Code, !strings.Contains(page.Body.String(), "<script>alert"))
		}
		if w := ask(t, h, http.MethodGet, "/report?brand="+url.QueryEscape(hostile)+"&unit="+url.QueryEscape(hostile), nil); containsAny(w.Body.String(), "<script>alert") {
			t.Error("the address of the form comes back as markup")
		}
		if w := ask(t, h, http.MethodPost, "/report", url.Values{"text": {strings.Repeat("x", maxForm)}}); w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("a form of %d bytes: %d, want 413", maxForm, w.Code)
		}
	})
}

// TestLinks: foreign, made up and expired links show nothing; a GET never acts.
func TestLinks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		c, err := f.Cases.Find(f.Ctx, d, f.CaseID)
		f.Must(err)
		token := f.trackLink(f.CaseID)
		w := ask(t, h, http.MethodGet, "/l/"+token, nil)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), c.Number) {
			t.Fatalf("the link's page: %d\n%s", w.Code, w.Body)
		}
		if containsAny(w.Body.String(), casestest.Phone, casestest.Other, casestest.Door) {
			t.Error("the page tells phone or door")
		}
		for _, act := range []string{"chase", "cancel", "agree", "disagree", "rate"} {
			ask(t, h, http.MethodGet, "/l/"+token+"?act="+act+"&done="+act, nil)
		}
		same, err := f.Cases.Find(f.Ctx, d, f.CaseID)
		f.Must(err)
		if same.Version != c.Version {
			t.Errorf("GET acted: version %d, was %d", same.Version, c.Version)
		}
		for name, path := range map[string]string{
			"made up": "/l/" + strings.Repeat("a", len(token)), "short": "/l/x", "of nothing": "/l/" + f.trackLink("0190c2a4-0000-7000-8000-000000000000"),
			"of another kind": "/l/" + f.link(identity.LinkInput{Purpose: purposeTrack, RecordKind: "statement", RecordID: string(c.ID), Lang: "en", Valid: time.Hour}),
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				w := ask(t, h, method, path, url.Values{"act": {"chase"}})
				if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), c.Number) {
					t.Errorf("%s %s: %d, want 404 and nothing of the case", method, name, w.Code)
				}
			}
		}
		if w := ask(t, h, http.MethodPost, "/l/"+token, url.Values{"act": {"chase"}}); w.Code != http.StatusSeeOther {
			t.Errorf("the customer asks again: %d\n%s", w.Code, w.Body)
		}
		if w := ask(t, h, http.MethodPost, "/l/"+token, url.Values{"act": {"<script>"}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("an unknown act: %d, want 422", w.Code)
		}
		chased, err := f.Cases.Find(f.Ctx, d, f.CaseID)
		f.Must(err)
		if chased.Chased != 1 {
			t.Errorf("asked again %d times, want 1", chased.Chased)
		}
		f.Advance(2 * time.Hour)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if w := ask(t, h, method, "/l/"+token, url.Values{"act": {"chase"}}); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), c.Number) {
				t.Errorf("%s of an expired link: %d, want 404", method, w.Code)
			}
		}
	})
}

// TestRate: the link of a question rates once, with stars and a class.
func TestRate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		o, _ := f.Completed()
		open := f.asked(o)
		token := f.link(identity.LinkInput{Purpose: purposeRate, RecordKind: "callback", RecordID: string(open.ID), BrandID: string(f.One), Lang: "en", Valid: time.Hour})
		if w := ask(t, h, http.MethodGet, "/l/"+token, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `name="score"`) {
			t.Fatalf("the question: %d\n%s", w.Code, w.Body)
		}
		for _, score := range []string{"", "0", "6", "five"} {
			if w := ask(t, h, http.MethodPost, "/l/"+token, url.Values{"act": {"rate"}, "score": {score}}); w.Code != http.StatusUnprocessableEntity {
				t.Errorf("a score of %q: %d, want 422", score, w.Code)
			}
		}
		if w := ask(t, h, http.MethodPost, "/l/"+token, url.Values{"act": {"rate"}, "score": {"2"}, "class": {"33"}, "note": {hostile}}); w.Code != http.StatusSeeOther {
			t.Fatalf("rate: %d\n%s", w.Code, w.Body)
		}
		got, err := f.cb.Get(f.Ctx, open.ID)
		f.Must(err)
		if got.State != callbacks.Answered || got.Class != 33 || got.Score != 2 || !got.ByLink {
			t.Errorf("rated %+v, want class 33 and two stars by link", got)
		}
		if w := ask(t, h, http.MethodPost, "/l/"+token, url.Values{"act": {"rate"}, "score": {"5"}}); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("rated twice: %d, want 422", w.Code)
		}
	})
}
