// Package carrier speaks with carriers over HTTP. What a carrier wants is data ([Spec]): addresses, headers, bodies and
// signatures as templates, paths into its answers, and what its codes mean. There is no code for any single carrier.
//
// Specs that come with the product (presets/*.json) are written from public documentation, which each names; they have
// not been tried with a real account.
package carrier

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // the signature that some carriers ask for
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is how a parcel stands, in our words.
type State string

// States, in the order in which a parcel goes through them; an exception may come at any time.
const (
	Created   State = "created"
	Collected State = "collected"
	InTransit State = "in_transit"
	OutFor    State = "out_for_delivery"
	Delivered State = "delivered"
	Exception State = "exception"
)

// States lists them.
var States = []State{Created, Collected, InTransit, OutFor, Delivered, Exception}

// Spec says how to speak with a carrier.
type Spec struct {
	Source string           `json:"source,omitempty"` // documentation that it was written from
	Book   *Call            `json:"book,omitempty"`   // makes a shipment with its label, and has it collected
	Track  *Call            `json:"track,omitempty"`
	Hook   *Hook            `json:"hook,omitempty"`
	States map[string]State `json:"states"`         // of the carrier's codes
	Zone   string           `json:"zone,omitempty"` // of times without one, "Asia/Shanghai"; UTC when empty
}

// Call is one request. Method, URL, headers and body are templates: {name} stands for a value, encoded as its place asks.
type Call struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Type    string            `json:"type,omitempty"` // json or form
	Body    string            `json:"body,omitempty"`
	Form    map[string]string `json:"form,omitempty"`  // of type form
	Sign    []Sign            `json:"sign,omitempty"`  // values made of others, in this order
	Taken   *Is               `json:"taken,omitempty"` // what an answer says when it was taken; any of 2xx when absent
	Fault   string            `json:"fault,omitempty"` // path of the code of a refusal
	Number  string            `json:"number,omitempty"`
	Label   string            `json:"label,omitempty"` // path of the label's address
	Events  *Events           `json:"events,omitempty"`
}

// Is names a value of an answer.
type Is struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// Sign makes a value: a digest of a text, perhaps with a key.
type Sign struct {
	Name   string `json:"name,omitempty"`
	Digest string `json:"digest"` // md5, sha256, hmac_sha256
	Text   string `json:"text"`
	Key    string `json:"key,omitempty"`    // of hmac_sha256
	Encode string `json:"encode,omitempty"` // hex, HEX, base64
}

// Events says where an answer holds what happened.
type Events struct {
	List  string   `json:"list"` // path of the list; a single one when it names an object
	Code  string   `json:"code"` // paths within one
	At    string   `json:"at"`
	Text  string   `json:"text,omitempty"`
	Place string   `json:"place,omitempty"`
	Times []string `json:"times,omitempty"` // layouts; RFC 3339 when absent
}

// Hook says how a carrier tells what happened by itself.
type Hook struct {
	Field     string  `json:"field,omitempty"`  // of a form that holds the JSON; the body itself when empty
	Signature string  `json:"signature"`        // "header:X-Hmac-Signature" or "form:sign"
	Prefix    string  `json:"prefix,omitempty"` // before the signature
	Sign      Sign    `json:"sign"`             // of {body}, with {secret}
	Number    string  `json:"number"`
	Events    *Events `json:"events"`
	Answer    string  `json:"answer,omitempty"` // what the carrier wants to hear
}

// Event is one thing that happened to a parcel.
type Event struct {
	Code  string // the carrier's
	State State  // ours; empty when the spec does not know the code
	At    time.Time
	Text  string
	Place string
}

// Booked is a shipment that a carrier took.
type Booked struct {
	Number string
	Label  string // address of the label; empty: none
}

// Errors of a carrier.
var (
	ErrUnanswered = errors.New("carrier: no answer") // nobody knows what came of it
	ErrRefused    = errors.New("carrier: refused")   // with the carrier's code
	ErrSignature  = errors.New("carrier: the signature does not fit")
	ErrSpec       = errors.New("carrier: unusable spec")
	ErrNotOffered = errors.New("carrier: not offered by it")
)

// Doer sends requests.
type Doer interface {
	Do(r *http.Request) (*http.Response, error)
}

const maxBody = 4 << 20

// Check refuses a spec that cannot work, naming the field.
func (s Spec) Check() error {
	bad := func(field string) error { return fmt.Errorf("%w: %s", ErrSpec, field) }
	for code, st := range s.States {
		if !slices.Contains(States, st) {
			return bad("states." + code)
		}
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		return bad("zone")
	}
	for name, c := range map[string]*Call{"book": s.Book, "track": s.Track} {
		if c == nil {
			continue
		}
		switch {
		case !slices.Contains([]string{"GET", "POST", "PUT"}, c.Method):
			return bad(name + ".method")
		case !strings.HasPrefix(c.URL, "https://") && !strings.HasPrefix(c.URL, "http://"):
			return bad(name + ".url")
		case c.Type != "" && c.Type != "json" && c.Type != "form":
			return bad(name + ".type")
		case name == "book" && c.Number == "":
			return bad("book.number")
		case name == "track" && (c.Events == nil || c.Events.Code == "" || c.Events.At == ""):
			return bad("track.events")
		}
		if h, _, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(c.URL, "https://"), "http://"), "/"); !ok || strings.ContainsAny(h, "{}") {
			return bad(name + ".url") // nobody chooses the host by a value
		}
		for i, x := range c.Sign {
			if err := x.check(); err != nil {
				return bad(fmt.Sprintf("%s.sign.%d", name, i))
			}
		}
	}
	if h := s.Hook; h != nil {
		kind, name, _ := strings.Cut(h.Signature, ":")
		if kind != "header" && kind != "form" || name == "" || h.Number == "" || h.Events == nil || h.Sign.check() != nil || !strings.Contains(h.Sign.Text+h.Sign.Key, "{secret}") {
			return bad("hook")
		}
	}
	return nil
}

func (x Sign) check() error {
	if !slices.Contains([]string{"md5", "sha256", "hmac_sha256"}, x.Digest) || !slices.Contains([]string{"", "hex", "HEX", "base64"}, x.Encode) || (x.Digest == "hmac_sha256") != (x.Key != "") {
		return ErrSpec
	}
	return nil
}

// Values are what templates may name: secret, key, reference, number, carrier, from_*, to_*, item, quantity, unix, time.
type Values map[string]string

var named = regexp.MustCompile(`\{([a-z_]+)\}`)

// fill puts values into a template. What a template names and nobody gave is empty.
func fill(text string, v Values, encode func(string) string) string {
	return named.ReplaceAllStringFunc(text, func(m string) string { return encode(v[m[1:len(m)-1]]) })
}

func plain(s string) string { return s }

// inJSON is a value within quotes of a JSON text.
func inJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}

// make computes a signature.
func (x Sign) make(v Values) string {
	var h hash.Hash
	switch x.Digest {
	case "md5":
		h = md5.New() //nolint:gosec // as above
	case "hmac_sha256":
		h = hmac.New(sha256.New, []byte(fill(x.Key, v, plain)))
	default:
		h = sha256.New()
	}
	h.Write([]byte(fill(x.Text, v, plain)))
	switch x.Encode {
	case "base64":
		return base64.StdEncoding.EncodeToString(h.Sum(nil))
	case "HEX":
		return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// do sends a call and reads its answer as JSON.
func (c *Call) do(ctx context.Context, client Doer, values Values) (any, error) {
	v := Values{}
	for k, x := range values {
		v[k] = x
	}
	// The body is a value, too: some carriers sign it.
	encode := inJSON
	body := fill(c.Body, v, encode)
	v["body"] = body
	for _, x := range c.Sign {
		v[x.Name] = x.make(v)
	}
	kind := "application/json"
	if c.Type == "form" {
		kind = "application/x-www-form-urlencoded"
		form := url.Values{}
		for k, x := range c.Form {
			form.Set(k, fill(x, v, plain))
		}
		body = form.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, c.Method, fill(c.URL, v, url.QueryEscape), strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: url", ErrSpec)
	}
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Accept", "application/json")
	for k, x := range c.Headers {
		r.Header.Set(k, fill(x, v, func(s string) string { return strings.Map(noControl, s) }))
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, ErrUnanswered // without the address, which may hold a key
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil || len(raw) > maxBody || res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests {
		return nil, ErrUnanswered
	}
	out, err := decode(raw)
	if err != nil {
		return nil, ErrUnanswered
	}
	taken := res.StatusCode < 300
	if c.Taken != nil {
		taken = taken && text(out, c.Taken.Path) == c.Taken.Value
	}
	if !taken {
		return nil, fmt.Errorf("%w: %s", ErrRefused, short(text(out, c.Fault), 60))
	}
	return out, nil
}

func noControl(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

func short(s string, n int) string {
	r := []rune(strings.Map(noControl, s))
	return string(r[:min(len(r), n)])
}

func decode(raw []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return v, d.Decode(&v)
}

// look finds a value by its path: names and positions with points between.
func look(v any, path string) any {
	if path == "" {
		return v
	}
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func text(v any, path string) string {
	switch x := look(v, path).(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// Send makes a shipment. The reference is ours; a carrier that knows it answers the same shipment.
func (s Spec) Send(ctx context.Context, client Doer, v Values) (Booked, error) {
	if s.Book == nil {
		return Booked{}, ErrNotOffered
	}
	out, err := s.Book.do(ctx, client, v)
	if err != nil {
		return Booked{}, err
	}
	b := Booked{Number: short(text(out, s.Book.Number), 64)}
	if s.Book.Label != "" {
		b.Label = text(out, s.Book.Label)
	}
	if b.Number == "" {
		return b, ErrUnanswered
	}
	return b, nil
}

// Ask reads what happened to a parcel.
func (s Spec) Ask(ctx context.Context, client Doer, v Values) ([]Event, error) {
	if s.Track == nil {
		return nil, ErrNotOffered
	}
	out, err := s.Track.do(ctx, client, v)
	if err != nil {
		return nil, err
	}
	return s.read(out, s.Track.Events)
}

// Told verifies and reads what a carrier sent by itself: the number of the parcel and what happened to it.
func (s Spec) Told(h http.Header, body []byte, secret string) (number string, list []Event, err error) {
	if s.Hook == nil || secret == "" {
		return "", nil, ErrSignature
	}
	payload := string(body)
	var form url.Values
	if s.Hook.Field != "" {
		if form, err = url.ParseQuery(payload); err != nil {
			return "", nil, ErrSignature
		}
		payload = form.Get(s.Hook.Field)
	}
	kind, name, _ := strings.Cut(s.Hook.Signature, ":")
	given := h.Get(name)
	if kind == "form" {
		given = form.Get(name)
	}
	want := s.Hook.Prefix + s.Hook.Sign.make(Values{"body": payload, "secret": secret})
	if !hmac.Equal([]byte(given), []byte(want)) {
		return "", nil, ErrSignature
	}
	out, err := decode([]byte(payload))
	if err != nil {
		return "", nil, ErrUnanswered
	}
	if number = short(text(out, s.Hook.Number), 64); number == "" {
		return "", nil, ErrUnanswered
	}
	list, err = s.read(out, s.Hook.Events)
	return number, list, err
}

// maxEvents bounds what is read of one parcel.
const maxEvents = 200

func (s Spec) read(v any, e *Events) ([]Event, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("%w: zone", ErrSpec)
	}
	var rows []any
	switch x := look(v, e.List).(type) {
	case []any:
		rows = x
	case map[string]any:
		rows = []any{x}
	}
	out := []Event{}
	for _, row := range rows[:min(len(rows), maxEvents)] {
		at, ok := instant(text(row, e.At), e.Times, zone)
		if !ok {
			continue // without a time it cannot be put in order
		}
		x := Event{Code: short(text(row, e.Code), 60), At: at, Text: short(text(row, e.Text), 200), Place: short(text(row, e.Place), 100)}
		x.State = s.States[x.Code]
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.At.Compare(b.At) })
	return out, nil
}

func instant(s string, layouts []string, zone *time.Location) (time.Time, bool) {
	if len(layouts) == 0 {
		layouts = []string{time.RFC3339}
	}
	for _, l := range layouts {
		if l == "unix" {
			if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<35 {
				return time.Unix(n, 0), true
			}
			continue
		}
		if at, err := time.ParseInLocation(l, s, zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

//go:embed presets/*.json
var presets embed.FS

// Presets are the specs that come with the product, by name.
func Presets() map[string]Spec {
	out := map[string]Spec{}
	list, err := presets.ReadDir("presets")
	if err != nil {
		panic(err) // embedded
	}
	for _, f := range list {
		raw, err := presets.ReadFile("presets/" + f.Name())
		var s Spec
		if err == nil {
			err = json.Unmarshal(raw, &s)
		}
		if err == nil {
			err = s.Check()
		}
		if err != nil {
			panic(fmt.Sprintf("carrier: %s: %v", f.Name(), err)) // embedded
		}
		out[strings.TrimSuffix(f.Name(), ".json")] = s
	}
	return out
}
