package observe

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// LogOptions says what a logger writes.
type LogOptions struct {
	Level  string // debug, info, warn or error; empty is info
	Format string // text or json; empty is text
}

// NewLogger makes a logger on w that masks personal data and adds the request
// id and other attributes the context carries.
func NewLogger(w io.Writer, opts LogOptions) (*slog.Logger, error) {
	var level slog.Level
	if opts.Level != "" {
		if err := level.UnmarshalText([]byte(opts.Level)); err != nil {
			return nil, fmt.Errorf("log level: %w", err)
		}
	}
	options := &slog.HandlerOptions{Level: level}
	switch opts.Format {
	case "", "text":
		return slog.New(Redacting(slog.NewTextHandler(w, options))), nil
	case "json":
		return slog.New(Redacting(slog.NewJSONHandler(w, options))), nil
	}
	return nil, fmt.Errorf("log format %q: must be text or json", opts.Format)
}

// Redacting wraps a handler so that every message and attribute is masked and
// the context's attributes are added.
func Redacting(h slog.Handler) slog.Handler { return &handler{h} }

type handler struct{ next slog.Handler }

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Redact(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redactAttr(a))
		return true
	})
	for _, a := range attrsOf(ctx) {
		clean.AddAttrs(redactAttr(a))
	}
	return h.next.Handle(ctx, clean)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{h.next.WithAttrs(redactAll(attrs))}
}

func (h *handler) WithGroup(name string) slog.Handler { return &handler{h.next.WithGroup(name)} }

func redactAll(attrs []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = redactAttr(a)
	}
	return out
}

func redactAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if hiddenKey(a.Key) {
		if v.Kind() == slog.KindString && v.String() == "" {
			return slog.String(a.Key, "")
		}
		return slog.String(a.Key, "[hidden]")
	}
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Redact(v.String()))
	case slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(redactAll(v.Group())...)}
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		// A phone number kept as a number is still a phone number.
		text := v.String()
		if v.Kind() == slog.KindFloat64 {
			text = strconv.FormatFloat(v.Float64(), 'f', -1, 64) // not 1.38e+10
		}
		if clean := Redact(text); clean != text {
			return slog.String(a.Key, clean)
		}
		return slog.Attr{Key: a.Key, Value: v}
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: redactAny(v.Any())}
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// redactAny keeps a value's structure when nothing in it needs masking.
func redactAny(v any) slog.Value {
	switch v := v.(type) {
	case nil:
		return slog.AnyValue(nil)
	case error:
		return slog.StringValue(Redact(v.Error()))
	case []byte:
		return slog.StringValue(fmt.Sprintf("[%d bytes]", len(v)))
	case fmt.Stringer:
		return slog.StringValue(Redact(v.String()))
	}
	text, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(Redact(fmt.Sprintf("%+v", v)))
	}
	if clean := Redact(string(text)); clean != string(text) || mentionsHidden(string(text)) {
		return slog.StringValue(hideFields(clean))
	}
	return slog.AnyValue(v)
}

func mentionsHidden(text string) bool {
	for key := range hiddenKeys {
		if strings.Contains(strings.ToLower(text), `"`+key+`":`) {
			return true
		}
	}
	return false
}

// hideFields rewrites a JSON object so that fields named like secrets show
// nothing, at any depth.
func hideFields(text string) string {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return text
	}
	out, err := json.Marshal(hideIn(v))
	if err != nil {
		return "[hidden]"
	}
	return string(out)
}

func hideIn(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			if hiddenKey(key) {
				v[key] = "[hidden]"
			} else {
				v[key] = hideIn(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = hideIn(v[i])
		}
	}
	return v
}

type attrsKey struct{}

// With returns a context whose log lines carry attrs too.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	return context.WithValue(ctx, attrsKey{}, append(slices.Clip(attrsOf(ctx)), attrs...))
}

func attrsOf(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return attrs
}

type requestIDKey struct{}

// WithRequestID returns a context that knows the request's id and shows it in
// its log lines.
func WithRequestID(ctx context.Context, id string) context.Context {
	return With(context.WithValue(ctx, requestIDKey{}, id), slog.String("request", id))
}

// RequestID is the id given to WithRequestID, or empty.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
