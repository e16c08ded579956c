package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// maxForm bounds a page's form.
const maxForm = 64 << 10

// view is what every template gets.
type view struct {
	Lang   string
	Other  string // address of the same page in the other language
	Title  string
	Page   any
	Errors map[string]string // by field
	Notice string            // something went well
	Wrong  string            // something went wrong as a whole
	Form   map[string]string // what was typed, kept
}

func (s *Service) funcs() template.FuncMap {
	return template.FuncMap{
		"t": func(lang, key string, pairs ...any) string {
			p := map[string]any{"zone": s.Zone}
			for i := 0; i+1 < len(pairs); i += 2 {
				p[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return s.Words.T(lang, key, p)
		},
		"window":   func(lang string, from, to time.Time) string { return i18n.Window(lang, from, to, s.Zone) },
		"datetime": func(lang string, t time.Time) string { return i18n.DateTime(lang, t, s.Zone) },
		"day":      func(lang string, t time.Time) string { return i18n.LongDate(lang, t, s.Zone) },
		"clock":    func(t time.Time) string { return i18n.Clock(t, s.Zone) },
		"name":     nameOf,
		"covers":   s.coverName,
	}
}

// nameOf is the name of a catalogue row in a language.
func nameOf(lang string, v interface{ Name(lang string) string }) string { return v.Name(lang) }

// page wraps a handler: errors become a page, never a stack or a status alone.
func (s *Service) page(handle func(w http.ResponseWriter, r *http.Request, v *view) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := r.ParseForm(); err != nil {
				s.render(w, r, &view{Lang: langOf(r), Wrong: s.Words.T(langOf(r), "problem.too_large", nil)}, "message.html", http.StatusRequestEntityTooLarge)
				return
			}
		}
		v := &view{Lang: langOf(r), Errors: map[string]string{}, Form: map[string]string{}}
		for k := range r.PostForm {
			v.Form[k] = r.PostForm.Get(k)
		}
		name, err := handle(w, r, v)
		switch {
		case err != nil:
			status := s.explain(v, err)
			if name == "" {
				name = "message.html"
			}
			s.render(w, r, v, name, status)
		case name != "": // else the handler has redirected
			s.render(w, r, v, name, http.StatusOK)
		}
	}
}

// explain puts an error into words at its fields, and returns the page's status.
func (s *Service) explain(v *view, err error) int {
	code := problem.CodeOf(err)
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
	other := i18n.English
	if v.Lang == i18n.English {
		other = i18n.Chinese
	}
	q := r.URL.Query()
	q.Set("lang", other)
	v.Other = r.URL.Path + "?" + q.Encode()
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, s.Words.T(v.Lang, "problem.internal", nil), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address is the customer's key
	http.SetCookie(w, &http.Cookie{Name: "lang", Value: v.Lang, Path: "/", MaxAge: 365 * 86400, SameSite: http.SameSiteLaxMode})
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

// langOf is the language a customer chose: in the address, before, or in the browser.
func langOf(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); i18n.Supported(l) {
		return l
	}
	if c, err := r.Cookie("lang"); err == nil && i18n.Supported(c.Value) {
		return c.Value
	}
	return i18n.Match(r.Header.Get("Accept-Language"))
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
	mux.HandleFunc("POST /report", s.page(s.report))
	mux.HandleFunc("GET /report", s.page(s.reportForm))
	mux.HandleFunc("GET /u/{token}", func(w http.ResponseWriter, r *http.Request) { // the QR code on a machine
		http.Redirect(w, r, "/report?unit="+url.QueryEscape(r.PathValue("token")), http.StatusSeeOther)
	})
	mux.HandleFunc("/", s.page(func(http.ResponseWriter, *http.Request, *view) (string, error) { // no page of ours
		return "", problem.ErrNotFound
	}))
	mux.HandleFunc("GET "+entitlement.CertificatePath+"{code}", s.page(s.cover)) // the QR code on a certificate
	mux.HandleFunc("GET /l/{token}", s.page(s.linked))
	mux.HandleFunc("GET /l/{token}/rights/{assessment}", s.page(s.rightsPaper))
	mux.HandleFunc("POST /l/{token}", s.page(s.linkedAct))
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
