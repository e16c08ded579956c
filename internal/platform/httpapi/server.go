package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/observe"
	"anxin/internal/platform/problem"
)

// Sealer keeps answers unreadable at rest; platform/crypt's installation key.
type Sealer interface {
	SealBytes(ctx context.Context, q db.Querier, plain []byte) ([]byte, error)
	OpenBytes(ctx context.Context, q db.Querier, sealed []byte) ([]byte, error)
}

// Authenticator finds who sends a request: the session, the API key or the link in it. A request
// without any is [access.Public].
type Authenticator interface {
	Authenticate(r *http.Request) (access.Actor, error)
}

// Options of a [Server].
type Options struct {
	DB      *db.DB
	Log     *slog.Logger
	Words   *i18n.Catalogue
	Seal    Sealer
	Auth    Authenticator
	Version string
	MaxBody int64 // bytes of a JSON body; 1 MiB when 0

	// Requests a minute: of one signed-in person or key, and of one address without sign-in. 0 is no limit.
	UserRate, PublicRate int

	ClientIP func(r *http.Request) string // behind trusted proxies; nil: the peer's address
	Secure   bool                         // served over TLS (here or at a proxy): HSTS
}

// Server is the HTTP side of the product.
type Server struct {
	huma.API
	Mux *http.ServeMux
	opt Options

	users, public *limiter
	static        []string // addresses whose files are not counted
	stopping      chan struct{}
	stop          func()
}

// Stopping is closed when the server is about to end: answers that never end by themselves end then.
func (s *Server) Stopping() <-chan struct{} { return s.stopping }

// Stop ends the answers that never end by themselves; it may be called more than once.
func (s *Server) Stop() { s.stop() }

// Prefix is where the API lives.
const Prefix = "/api/v1"

// New makes the server; modules add operations and pages to it.
func New(o Options) *Server {
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 20
	}
	if o.ClientIP == nil {
		o.ClientIP = peer
	}
	s := &Server{Mux: http.NewServeMux(), opt: o, users: newLimiter(o.UserRate), public: newLimiter(o.PublicRate)}
	s.stopping = make(chan struct{})
	s.stop = sync.OnceFunc(func() { close(s.stopping) })
	cfg := huma.DefaultConfig("Anxin", o.Version)
	cfg.CreateHooks = nil // no $schema in bodies
	cfg.DocsPath = ""     // its page loads scripts from elsewhere; ours is server-rendered
	cfg.OpenAPIPath = ""  // served by the docs page's owner under one address
	cfg.SchemasPath = ""
	cfg.RejectUnknownQueryParameters = true
	cfg.Servers = []*huma.Server{{URL: Prefix}}
	cfg.Info.Description = "After-sales service: cases, units, orders, visits. Times are RFC 3339 in UTC; money is minor units with a currency."
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", namer())
	useErrors()
	s.API = humago.NewWithPrefix(s.Mux, Prefix, cfg)
	s.Mux.HandleFunc(Prefix+"/", func(w http.ResponseWriter, r *http.Request) { s.Problem(w, r, problem.ErrNotFound) })
	return s
}

// Now is the instant of the server's database.
func (s *Server) Now() time.Time { return s.opt.DB.Now() }

// Words is the catalogue of messages.
func (s *Server) Words() *i18n.Catalogue { return s.opt.Words }

type ctxKey int

const (
	ctxServer ctxKey = iota
	ctxIdem
)

func serverOf(ctx context.Context) *Server {
	s, _ := ctx.Value(ctxServer).(*Server)
	return s
}

// Handler is the mux behind all middleware.
func (s *Server) Handler() http.Handler { return s.compressed(http.HandlerFunc(s.serve)) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	id := db.NewID()
	w.Header().Set("X-Request-Id", id)
	s.secure(w, r)
	ctx := observe.WithRequestID(context.WithValue(r.Context(), ctxServer, s), id)
	a := access.Actor{Kind: access.Public, RequestID: id, Lang: i18n.Match(r.Header.Get("Accept-Language"))}
	r = r.WithContext(access.With(ctx, a))
	defer func() {
		if v := recover(); v != nil && v != any(http.ErrAbortHandler) {
			s.opt.Log.ErrorContext(r.Context(), "panic in a request", "panic", v, "stack", string(debug.Stack()))
			s.Problem(w, r, problem.ErrInternal)
		}
	}()
	who, err := s.opt.Auth.Authenticate(r)
	if err != nil {
		s.Problem(w, r, err)
		return
	}
	who.RequestID = id
	// A person reads in the language of the screen in front of them; the account's own is for what is sent to them.
	if who.Lang == "" || who.Kind == access.User && r.Header.Get("Accept-Language") != "" {
		who.Lang = a.Lang
	}
	if who.Origin == "" {
		who.Origin = access.Live
	}
	r = r.WithContext(access.With(ctx, who))
	if !s.allowed(who, r) {
		w.Header().Set("Retry-After", "1")
		s.Problem(w, r, problem.ErrTooMany)
		return
	}
	if err := errors.Join(checkAddress(r), s.checkBody(r)); err != nil {
		s.Problem(w, r, err)
		return
	}
	observe.CaptureRoute(s.Mux).ServeHTTP(w, r)
}

// Static serves files that are the same for everybody. One page asks for dozens of them, and an office has one
// address: they are not counted among the requests of those who have not signed in. The pattern is a path; one that
// ends in a slash stands for all below it.
func (s *Server) Static(path string, h http.HandlerFunc) {
	s.static = append(s.static, path)
	s.Mux.HandleFunc("GET "+path, h)
}

func (s *Server) isStatic(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, path := range s.static {
		if r.URL.Path == path || strings.HasSuffix(path, "/") && strings.HasPrefix(r.URL.Path, path) {
			return true
		}
	}
	return false
}

func (s *Server) allowed(a access.Actor, r *http.Request) bool {
	if a.Kind == access.Public {
		if s.isStatic(r) {
			return true
		}
		return s.public.allow(s.opt.ClientIP(r), time.Now())
	}
	return s.users.allow(a.Kind+":"+a.ID, time.Now())
}

// ClientIP is the address of the client, behind trusted proxies too.
func (s *Server) ClientIP(r *http.Request) string { return s.opt.ClientIP(r) }

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// policy lets the pages load what this server serves and nothing else. Styles may be inline: the desk's
// component library makes them at run time.
const policy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; " +
	"script-src 'self'; connect-src 'self'; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; " +
	"frame-ancestors 'none'; form-action 'self'"

func (s *Server) secure(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if s.opt.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Cache-Control", "no-store")
	}
}

// checkAddress refuses text in the address and in our headers that no database keeps. A path with it names
// nothing.
func checkAddress(r *http.Request) error {
	if !isText(r.URL.Path) {
		return problem.ErrNotFound
	}
	for name, values := range r.URL.Query() {
		if !isText(name) || !isText(strings.Join(values, "")) {
			return problem.Field("query", problem.BadText)
		}
	}
	for _, name := range []string{"Idempotency-Key", "If-Match"} {
		if !isText(r.Header.Get(name)) {
			return problem.Field(name, problem.BadText)
		}
	}
	return nil
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// checkBody reads a JSON body, bounds it, and refuses text that no database keeps: invalid UTF-8 and
// NUL. Uploads and forms are bounded by their handlers.
func (s *Server) checkBody(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody || !strings.HasPrefix(r.URL.Path, Prefix+"/") {
		return nil
	}
	typ, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.ContentLength != 0 {
		return problem.ErrUnsupported
	}
	if typ != "application/json" && !strings.HasSuffix(typ, "+json") {
		return nil // multipart and binary uploads; huma refuses what an operation does not take
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, s.opt.MaxBody))
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return problem.ErrTooLarge.With("limit", s.opt.MaxBody)
	}
	if err != nil {
		return problem.ErrMalformed
	}
	if !utf8.Valid(body) || hasNUL(body) {
		return problem.Field("body", problem.BadText)
	}
	if len(body) > 0 && !json.Valid(body) {
		return problem.ErrMalformed
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return nil
}

// hasNUL finds a NUL, raw or as the JSON escape \u0000 (an escaped backslash before u0000 is none).
func hasNUL(b []byte) bool {
	if bytes.IndexByte(b, 0) >= 0 {
		return true
	}
	for rest := b; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			return false
		}
		slashes := 0
		for j := i; j >= 0 && rest[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 1 {
			return true
		}
		rest = rest[i+1:]
	}
}
