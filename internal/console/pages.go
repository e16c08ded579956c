package console

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

// maxForm bounds a page's form.
const maxForm = 64 << 10

// view is what every template gets.
type view struct {
	Lang   string
	Langs  []langLink
	Title  string
	Page   any
	Errors map[string]string // by field
	Notice string            // something went well
	Wrong  string            // something went wrong as a whole
	Form   map[string]string // what was typed, kept
	Status int               // of a page that is no error; 200 when it says nothing
	Kept   []string          // texts that were typed where the page itself cannot come back
	Shown  bool              // to somebody who writes its questions, not to a customer
}

// keep shows what was typed on a page that cannot come back.
func (v *view) keep() {
	for _, k := range texts {
		if t := strings.TrimSpace(v.Form[k]); t != "" {
			v.Kept = append(v.Kept, t)
		}
	}
}

// texts are the fields in which people write.
var texts = []string{"text", "note", "address", "item"}

// langLink is the address of the same page in a language.
type langLink struct {
	Lang, Name, Path string
	Here             bool
}

// langNames are what languages are called by who speaks them.
var langNames = map[string]string{i18n.Chinese: "中文", i18n.English: "English", i18n.Japanese: "日本語", i18n.Korean: "한국어"}

// placed is a page about work at a place: its times are told on the clock there.
type placed interface{ zone() string }

// pagesFor are the templates with the clock of a page.
func (s *Service) pagesFor(page any) *template.Template {
	p, ok := page.(placed)
	if !ok || p.zone() == "" || p.zone() == s.Zone.String() {
		return s.pages
	}
	if kept, ok := s.zoned.Load(p.zone()); ok {
		return kept.(*template.Template)
	}
	made := s.parsed(s.at(p.zone()))
	s.zoned.Store(p.zone(), made)
	return made
}

// at is a zone by its name, the product's where there is none.
func (s *Service) at(name string) *time.Location {
	if zone, err := calendar.Zone(name); name != "" && err == nil {
		return zone
	}
	return s.Zone
}

func (s *Service) parsed(zone *time.Location) *template.Template {
	return template.Must(template.New("").Funcs(s.funcs(zone)).ParseFS(templates, "templates/*.html"))
}

func (s *Service) funcs(zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"t": func(lang, key string, pairs ...any) string {
			p := map[string]any{"zone": zone.String()}
			for i := 0; i+1 < len(pairs); i += 2 {
				p[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return s.Words.T(lang, key, p)
		},
		"window":    func(lang string, from, to time.Time) string { return i18n.Window(lang, from, to, zone) },
		"datetime":  func(lang string, t time.Time) string { return i18n.DateTime(lang, t, zone) },
		"day":       func(lang string, t time.Time) string { return i18n.LongDate(lang, t, zone) },
		"clock":     func(t time.Time) string { return i18n.Clock(t, zone) },
		"date":      func(lang string, d calendar.Date) string { return i18n.LongDate(lang, d.UTC(), time.UTC) },
		"name":      catalog.NameIn,
		"say":       say,
		"script":    scriptOf,
		"covers":    s.coverName,
		"megabytes": func() int { return maxUploads >> 20 },
	}
}

// page wraps a handler: errors become a page, never a stack or a status alone.
func (s *Service) page(handle func(w http.ResponseWriter, r *http.Request, v *view) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lang := s.langOf(r)
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := r.ParseForm(); err != nil {
				s.render(w, r, &view{Lang: lang, Wrong: s.Words.T(lang, "problem.too_large", nil)}, "message.html", http.StatusRequestEntityTooLarge)
				return
			}
		}
		v := &view{Lang: lang, Errors: map[string]string{}, Form: map[string]string{}}
		for k := range r.PostForm {
			v.Form[k] = r.PostForm.Get(k)
		}
		name, err := s.guarded(handle, w, r, v)
		switch {
		case err != nil:
			status := s.explain(v, err)
			if name == "" {
				name = "message.html"
				v.keep()
			}
			s.render(w, r, v, name, status)
		case name != "": // else the handler has redirected
			s.render(w, r, v, name, cmp.Or(v.Status, http.StatusOK))
		}
	}
}

// guarded turns a page that breaks into an error, so that it ends as a page as well.
func (s *Service) guarded(handle func(w http.ResponseWriter, r *http.Request, v *view) (string, error), w http.ResponseWriter, r *http.Request, v *view) (name string, err error) {
	defer func() {
		if broken := recover(); broken != nil && broken != any(http.ErrAbortHandler) {
			slog.ErrorContext(r.Context(), "panic in a page", "panic", broken, "stack", string(debug.Stack()))
			name, err = "", problem.ErrInternal.With()
		}
	}()
	return handle(w, r, v)
}

// explain puts an error into words at its fields, and returns the page's status.
func (s *Service) explain(v *view, err error) int {
	code := problem.CodeOf(err)
	if code == nil {
		code = problem.ErrInternal
	}
	var p *problem.Error
	var params map[string]any
	if errors.As(err, &p) {
		params = p.Params
		for _, f := range p.Fields {
			v.Errors[f.Field] = s.Words.T(v.Lang, "problem."+f.Code, f.Params)
		}
	}
	v.Wrong = s.Words.T(v.Lang, "problem."+code.Key, params)
	if v.Title == "" {
		v.Title = v.Wrong
	}
	switch code.Kind {
	case problem.Invalid, problem.Conflict:
		return http.StatusUnprocessableEntity
	case problem.NotFound, problem.Gone:
		return http.StatusNotFound
	case problem.TooMany:
		return http.StatusTooManyRequests
	case problem.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusForbidden
}

func (s *Service) render(w http.ResponseWriter, r *http.Request, v *view, name string, status int) {
	q := r.URL.Query()
	chosen := i18n.ForCustomers(q.Get("lang"))
	for _, l := range i18n.CustomerLanguages() {
		q.Set("lang", l)
		v.Langs = append(v.Langs, langLink{Lang: l, Name: langNames[l], Path: r.URL.Path + "?" + q.Encode(), Here: l == v.Lang})
	}
	var b bytes.Buffer
	if err := s.pagesFor(v.Page).ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, s.Words.T(v.Lang, "problem.internal", nil), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address is the customer's key
	if chosen {
		http.SetCookie(w, &http.Cookie{Name: "lang", Value: v.Lang, Path: "/", MaxAge: 365 * 86400, SameSite: http.SameSiteLaxMode})
	}
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

// langOf is the language a customer chose: in the address, there before, with us, or in the browser.
func (s *Service) langOf(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); i18n.ForCustomers(l) {
		return l
	}
	if c, err := r.Cookie("lang"); err == nil && i18n.ForCustomers(c.Value) {
		return c.Value
	}
	if l := s.langOfLink(r); i18n.ForCustomers(l) {
		return l
	}
	return i18n.MatchCustomer(r.Header.Get("Accept-Language"))
}

// langOfLink is the language of the customer whom a page's link was sent to, empty when nobody asked: a language is no
// reason for a page to fail.
func (s *Service) langOfLink(r *http.Request) string {
	a := access.From(r.Context())
	if a.Kind != access.Link {
		return ""
	}
	ctx := portal(r.Context(), a.Lang)
	id, err := s.caseOf(ctx, identity.Link{RecordKind: a.LinkKind, RecordID: a.LinkRecord})
	if err != nil {
		return ""
	}
	c, err := s.Cases.Find(ctx, s.DB, id)
	if err != nil || c.CustomerID == "" {
		return ""
	}
	lang, err := s.Customers.LangOf(ctx, s.DB, c.CustomerID)
	if err != nil {
		return ""
	}
	return lang
}

// portal is the context in which a customer's page acts: for the product, since the link's purpose and
// record were checked before.
func portal(ctx context.Context, lang string) context.Context {
	ctx = access.AsSystem(ctx, "portal")
	a := access.From(ctx)
	a.Lang = lang
	return access.With(ctx, a)
}

// registerPages adds the customer's pages.
func (s *Service) registerPages(api *httpapi.Server) {
	mux := api.Mux
	mux.HandleFunc("GET /{$}", s.page(s.reportForm))
	mux.HandleFunc("POST /report", s.uploads(s.page(s.report)))
	mux.HandleFunc("GET /report", s.page(s.reportForm))
	mux.HandleFunc("GET /u/{token}", func(w http.ResponseWriter, r *http.Request) { // the QR code on a machine
		http.Redirect(w, r, "/report?unit="+url.QueryEscape(r.PathValue("token")), http.StatusSeeOther)
	})
	mux.HandleFunc("/", s.page(func(http.ResponseWriter, *http.Request, *view) (string, error) { // no page of ours
		return "", problem.ErrNotFound
	}))
	mux.HandleFunc("GET "+entitlement.CertificatePath+"{code}", s.page(s.cover)) // the QR code on a certificate
	mux.HandleFunc("GET "+badgePath+"{token}", s.page(s.badge))                  // the QR code on an engineer's screen
	mux.HandleFunc("GET "+badgePath+"{token}/photo", s.page(s.badgePhoto))
	mux.HandleFunc("GET /portal.js", script)
	mux.HandleFunc("GET /l/{token}", s.page(s.linked))
	mux.HandleFunc("GET /l/{token}/photo/{engineer}", s.page(s.trackPhoto))
	mux.HandleFunc("GET /l/{token}/rights/{assessment}", s.page(s.rightsPaper))
	mux.HandleFunc("GET /l/{token}/label", s.page(s.returnLabel))
	mux.HandleFunc("POST /l/{token}", s.uploads(s.page(s.linkedAct)))
	mux.HandleFunc("GET /l/{token}/units", s.page(s.unitsAsk))
	mux.HandleFunc("POST /l/{token}/units", s.page(s.unitsAct))
}

// brandOf picks the brand of a page: named in the address (a brand's own entry), else the only one.
func brandOf(snap *catalog.Snapshot, code string) (catalog.Brand, bool) {
	for _, b := range snap.Brands() {
		if b.Active && (strings.EqualFold(b.Code, code) || string(b.ID) == code) {
			return b, true
		}
	}
	return catalog.Brand{}, false
}
