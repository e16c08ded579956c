package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "case closed", "case closed"},
		{"mobile", "call 13800138000 now", "call *** now"},
		{"mobile between Chinese", "请拨打13800138000联系", "请拨打***联系"},
		{"mobile with blanks", "138 0013 8000", "***"},
		{"mobile with hyphens", "+86 138-0013-8000.", "***."},
		{"mobile with country", "phone=8613800138000", "phone=***"},
		{"mobile after a letter", `\n13800138000`, `\n***`},
		{"two mobiles", "13800138000,13900139000", "***,***"},
		{"landline", "tel 0571-87654321", "tel ***"},
		{"landline in brackets", "(010) 8765 4321", "***"},
		{"ID number", "ID 11010519491231002X!", "ID ***!"},
		{"old ID number", "130503670401001", "***"},
		{"e-mail", "to zhang.san@example.com: refused", "to ***@***: refused"},
		{"Chinese e-mail", "张三@例子 张三@example.cn", "张三@例子 ***@***"},
		{"in a database error", "Key (phone)=(13800138000) already exists.", "Key (phone)=(***) already exists."},
		{"in JSON", `{"p":"13800138000"}`, `{"p":"***"}`},
		{"in a URL", "/x?phone=13800138000&y", "/x?phone=***&y"},
		{"microseconds stay", "at 1795240800000000", "at 1795240800000000"},
		{"milliseconds stay", "at 1795240800000", "at 1795240800000"},
		{"case number stays", "C2611-000123", "C2611-000123"},
		{"uuid stays", "0194f2a1-7c3e-7d10-9a1b-13800138000f", "0194f2a1-7c3e-7d10-9a1b-13800138000f"},
		{"uuid of digits in the last group stays", "0194f2a1-7c3e-7d10-9a1b-a13800138000", "0194f2a1-7c3e-7d10-9a1b-a13800138000"},
		{"digest stays", "sha256 a13800138000b0c1d2e3f4a5b6c7d8e9", "sha256 a13800138000b0c1d2e3f4a5b6c7d8e9"},
		{"short hex before a mobile", "ab 13800138000", "ab ***"},
		{"version stays", "go1.26.8 v5.12.0", "go1.26.8 v5.12.0"},
		{"timestamp stays", "2026-11-21T14:00:00.123456Z", "2026-11-21T14:00:00.123456Z"},
		{"dates stay", "2026-11-21 2026-11-22", "2026-11-21 2026-11-22"},
		{"amount stays", "12345678 cents", "12345678 cents"},
	} {
		if got := Redact(tt.in); got != tt.want {
			t.Errorf("%s: Redact(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("x 13800138000 y")
	f.Add("11010519491231002X")
	f.Fuzz(func(t *testing.T, s string) {
		once := Redact(s)
		if twice := Redact(once); twice != once {
			t.Errorf("Redact(%q) = %q, redacted again %q", s, once, twice)
		}
	})
}

type stringer struct{}

func (stringer) String() string { return "13800138000" }

type hideMe string

func (hideMe) LogValue() slog.Value { return slog.StringValue("[hidden]") }

func TestLoggerMasksEverywhere(t *testing.T) {
	t.Parallel()
	const phone = "13800138000"
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log, err := NewLogger(&out, LogOptions{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		ctx := With(WithRequestID(t.Context(), "r-1"), slog.String("seen", phone))
		log = log.With("bound", phone).WithGroup("g").With("in_group", phone)
		log.InfoContext(ctx, "message "+phone,
			"text", "x "+phone, "number", int64(13800138000), "float", 13800138000.0,
			"error", fmt.Errorf("wrapped: %w", errors.New("for "+phone)),
			"stringer", stringer{}, "bytes", []byte(phone), "slice", []string{phone}, "secret_type", hideMe(phone),
			"struct", struct {
				A     string `json:"a"`
				Phone string `json:"phone"`
			}{"王" + phone, "n/a-door"},
			"map", map[string]any{"deep": map[string]any{"Password": "n/a-door"}},
			slog.Group("group", "inner", phone), "phone", "n/a-door", "Authorization", "n/a-door", "api-key", "n/a-door",
			"unmarshalable", func() {},
		)
		got := out.String()
		for _, forbidden := range []string{phone, "n/a-door", "1.3800138e"} {
			if strings.Contains(got, forbidden) {
				t.Errorf("%s log shows %q: %s", format, forbidden, got)
			}
		}
		if !strings.Contains(got, "r-1") {
			t.Errorf("%s log lacks the request id: %s", format, got)
		}
	}
}

func TestLoggerKeepsTheRest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := NewLogger(&out, LogOptions{Format: "json", Level: "warn"})
	if err != nil {
		t.Fatal(err)
	}
	log.Info("too quiet")
	log.Warn("kept", "n", 3, "b", true, "list", []string{"a"}, "phone", "")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("one JSON line expected, got %q: %v", out.String(), err)
	}
	delete(line, "time")
	want := `{"b":true,"level":"WARN","list":["a"],"msg":"kept","n":3,"phone":""}`
	if got, _ := json.Marshal(line); string(got) != want {
		t.Errorf("line = %s, want %s", got, want)
	}
}

func TestNewLoggerRefuses(t *testing.T) {
	t.Parallel()
	for _, opts := range []LogOptions{{Level: "loud"}, {Format: "xml"}} {
		if _, err := NewLogger(&bytes.Buffer{}, opts); err == nil {
			t.Errorf("NewLogger(%+v) passed, want an error", opts)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	if got := RequestID(context.Background()); got != "" {
		t.Errorf("RequestID() of an empty context = %q, want none", got)
	}
	if got := RequestID(WithRequestID(t.Context(), "r-2")); got != "r-2" {
		t.Errorf("RequestID() = %q, want r-2", got)
	}
}
