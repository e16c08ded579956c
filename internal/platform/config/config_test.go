package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite docs/config.md")

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultIsValid(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{})
	if err != nil {
		t.Fatalf("Load() with nothing set = %v", err)
	}
	if c.Listen != "127.0.0.1:8470" || c.Timezone != "Asia/Shanghai" || !c.Jobs || c.Limits.ReadTimeout != time.Minute {
		t.Errorf("defaults = %+v", c)
	}
	if got, want := c.DSN(), filepath.Join("data", "anxin.sqlite"); got != want {
		t.Errorf("DSN() = %s, want %s", got, want)
	}
	if got, want := c.MasterKeyPath(), filepath.Join("data", "master.key"); got != want {
		t.Errorf("MasterKeyPath() = %s, want %s", got, want)
	}
	if got, want := c.FilesDir(), filepath.Join("data", "files"); got != want {
		t.Errorf("FilesDir() = %s, want %s", got, want)
	}
}

func TestOrderOfSources(t *testing.T) {
	t.Parallel()
	secret := writeFile(t, "pw", "from-file\n")
	file := writeFile(t, "anxin.json", `{
		// a comment, with "quotes"
		"listen": "0.0.0.0:1", // at the end of a line
		"public_url": "https://a.example.com/x//", // not a comment inside the text
		"jobs": false,
		"trusted_proxies": ["10.0.0.0/8", "::1"],
		"log": {"level": "debug"},
		"smtp": {"host": "h", "port": 25, "from": "a@example.com", "user": "u", "password_file": `+fmt.Sprintf("%q", secret)+`},
		"limits": {"read_timeout": "5s"}
	}`)
	c, err := Load(Sources{
		File:  file,
		Env:   []string{"PATH=/bin", "ANXIN_LISTEN=0.0.0.0:2", "ANXIN_LOG_LEVEL=warn", "ANXIN_JOBS=on", "ANXIN_DATA=/x", "ANXIN_PORT_8470_TCP=tcp://x"},
		Flags: map[string]string{"listen": "0.0.0.0:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key       string
		got, want any
	}{
		{"listen (flag over environment over file)", c.Listen, "0.0.0.0:3"},
		{"log.level (environment over file)", c.Log.Level, "warn"},
		{"jobs", c.Jobs, true},
		{"smtp.port (file over default)", c.SMTP.Port, 25},
		{"smtp.password (read from its file)", c.SMTP.Password.Reveal(), "from-file"},
		{"smtp.tls (default)", c.SMTP.TLS, "starttls"},
		{"limits.read_timeout", c.Limits.ReadTimeout, 5 * time.Second},
		{"public_url", c.BaseURL(), "https://a.example.com/x"},
		{"trusted_proxies", fmt.Sprint(c.Proxies()), "[10.0.0.0/8 ::1/128]"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %v, want %v", tt.key, tt.got, tt.want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	empty := writeFile(t, "empty", "\n")
	for _, tt := range []struct {
		name string
		file string
		env  []string
		want []string // all of these in the error
	}{
		{"unknown key, with its line and a guess", "{\n  \"listen\": \":1\",\n  \"smpt\": {\"host\": \"x\"}\n}", nil, []string{"smpt.host", "line 3", "did you mean smtp.host?"}},
		{"unknown key without a guess", `{"colour": "red"}`, nil, []string{"colour", "line 1", "no such setting"}},
		{"a section as a value", `{"smtp": "x"}`, nil, []string{"smtp ("}},
		{"unknown variable", "", []string{"ANXIN_LISTN=:1"}, []string{"ANXIN_LISTN", "did you mean ANXIN_LISTEN?"}},
		{"every mistake at once", `{"jobs": "yes", "log": {"level": 3}}`, []string{"ANXIN_SMTP_PORT=x"}, []string{"jobs", "log.level", "smtp.port"}},
		{"number for text", `{"listen": 8470}`, nil, []string{"listen", "must be text in quotes"}},
		{"text for number", `{"smtp": {"port": "25"}}`, nil, []string{"smtp.port", "without quotes"}},
		{"number for duration", `{"limits": {"read_timeout": 5}}`, nil, []string{"limits.read_timeout", "90s"}},
		{"null", `{"listen": null}`, nil, []string{"listen", "leave the line out"}},
		{"list for text", `{"listen": ["a"]}`, nil, []string{"listen", "single value"}},
		{"text for list", `{"trusted_proxies": "10.0.0.1"}`, nil, []string{"trusted_proxies", "list"}},
		{"nested list", `{"trusted_proxies": [["a"]]}`, nil, []string{"trusted_proxies", "plain values"}},
		{"broken JSON, with its line", "{\n\"listen\": \":1\"\n\"jobs\": true}", nil, []string{"line 3"}},
		{"cut off", "{\n\"listen\": \":1\",\n", nil, []string{"line 3", "ends too early"}},
		{"not an object", `[]`, nil, []string{"must start with {"}},
		{"text after the end", "{}\n{}", nil, []string{"line 2", "after the last }"}},
		{"secret twice", `{"database": "postgres://a/b", "database_file": "/x"}`, nil, []string{"database", "second time"}},
		{"secret twice in the environment", "", []string{"ANXIN_DATABASE=postgres://a/b", "ANXIN_DATABASE_FILE=/x"}, []string{"database", "second time"}},
		{"secret's file missing", "", []string{"ANXIN_SMTP_PASSWORD_FILE=/nonexistent"}, []string{"smtp.password", "cannot be read"}},
		{"secret's file empty", "", []string{"ANXIN_SMTP_PASSWORD_FILE=" + empty}, []string{"smtp.password", "is empty"}},
		{"_file of what is no secret", `{"listen_file": "/x"}`, nil, []string{"listen_file", "no such setting"}},
		{"validation names the place", "{\n\n\"timezone\": \"Mars/Olympus\"}", nil, []string{"timezone", "line 3", "Asia/Shanghai"}},
		{"validation of a variable", "", []string{"ANXIN_DEFAULT_LANG=fr"}, []string{"default_lang (environment variable ANXIN_DEFAULT_LANG)", "zh-CN, en"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			src := Sources{Env: tt.env}
			if tt.file != "" {
				src.File = writeFile(t, "anxin.json", tt.file)
			}
			_, err := Load(src)
			if err == nil {
				t.Fatalf("Load(%s %v) passed, want an error", tt.file, tt.env)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error = %q, want it to say %q", err, want)
				}
			}
		})
	}
	if _, err := Load(Sources{File: "/nonexistent.json"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load of a missing file = %v, want os.ErrNotExist", err)
	}
	if _, err := Load(Sources{Env: []string{"ANXIN_CONFIG=/nonexistent.json"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Load with ANXIN_CONFIG on a missing file = %v, want os.ErrNotExist", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Config)
		key    string // of the one expected error; empty: none
	}{
		{"untouched", func(*Config) {}, ""},
		{"listen on all", func(c *Config) { c.Listen = ":8470" }, ""},
		{"listen on a free port", func(c *Config) { c.Listen = "127.0.0.1:0" }, ""},
		{"listen without port", func(c *Config) { c.Listen = "127.0.0.1" }, "listen"},
		{"listen on a wild port", func(c *Config) { c.Listen = ":70000" }, "listen"},
		{"metrics address", func(c *Config) { c.Metrics.Listen = "x" }, "metrics.listen"},
		{"no data folder", func(c *Config) { c.DataDir = "" }, "data_dir"},
		{"public address without scheme", func(c *Config) { c.PublicURL = "example.com" }, "public_url"},
		{"public address with query", func(c *Config) { c.PublicURL = "https://example.com/?a" }, "public_url"},
		{"postgres", func(c *Config) { c.Database = "postgres://u:p@h/db" }, ""},
		{"mysql", func(c *Config) { c.Database = "mysql://u:p@h/db" }, "database"},
		{"local zone", func(c *Config) { c.Timezone = "Local" }, "timezone"},
		{"language", func(c *Config) { c.DefaultLang = "zh" }, "default_lang"},
		{"proxy", func(c *Config) { c.TrustedProxies = []string{"proxy.local"} }, "trusted_proxies"},
		{"certificate without key", func(c *Config) { c.TLS.CertFile = "x" }, "tls.key_file"},
		{"certificate and key", func(c *Config) { c.TLS = TLS{"x", "y"} }, ""},
		{"log level", func(c *Config) { c.Log.Level = "loud" }, "log.level"},
		{"files kind", func(c *Config) { c.Files.Kind = "ftp" }, "files.kind"},
		{"s3", func(c *Config) { c.Files = Files{Kind: "s3", S3: S3{Endpoint: "h:1", Bucket: "b"}} }, ""},
		{"s3 without bucket", func(c *Config) { c.Files = Files{Kind: "s3", S3: S3{Endpoint: "h:1"}} }, "files.s3.bucket"},
		{"s3 with scheme", func(c *Config) { c.Files = Files{Kind: "s3", S3: S3{Endpoint: "http://h", Bucket: "b"}} }, "files.s3.endpoint"},
		{"s3 half a key", func(c *Config) { c.Files = Files{Kind: "s3", S3: S3{Endpoint: "h", Bucket: "b", AccessKey: "a"}} }, "files.s3.secret_key"},
		{"mail without sender", func(c *Config) { c.SMTP.Host = "h" }, "smtp.from"},
		{"mail port", func(c *Config) { c.SMTP.Port = 0 }, "smtp.port"},
		{"mail without password", func(c *Config) { c.SMTP.Host, c.SMTP.From, c.SMTP.User = "h", "a@b.cn", "u" }, "smtp.password"},
		{"mail password in the clear", func(c *Config) {
			c.SMTP = SMTP{Host: "h", Port: 25, From: "a@b.cn", User: "u", Password: "p", TLS: "none"}
		}, "smtp.tls"},
		{"sms header", func(c *Config) { c.SMS.Headers = []string{"nothing"} }, "sms.headers"},
		{"sms body", func(c *Config) { c.SMS.URL, c.SMS.Body = "https://x", "{phone}" }, "sms.body"},
		{"body too small", func(c *Config) { c.Limits.BodyBytes = 1 }, "limits.body_bytes"},
		{"upload below body", func(c *Config) { c.Limits.UploadBytes = 2048 }, "limits.upload_bytes"},
		{"timeout", func(c *Config) { c.Limits.ReadTimeout = 2 * time.Hour }, "limits.read_timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Default()
			tt.change(&c)
			err := c.Validate()
			if tt.key == "" {
				if err != nil {
					t.Errorf("Validate() = %v, want nil", err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Key != tt.key || strings.Contains(err.Error(), "\n") {
				t.Errorf("Validate() = %v, want one error about %s", err, tt.key)
			}
		})
	}
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	const word = "open-sesame"
	c := Default()
	c.Database = "postgres://u:" + word + "@h/db"
	c.SMTP.Password, c.SMS.Secret = word, word
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "password", c.SMTP.Password)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "password", c.SMTP.Password)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{
		fmt.Sprint(c), fmt.Sprintf("%v", c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%s %q %x %d", c.Database, c.Database, c.Database, c.Database),
		log.String(), string(text),
	} {
		if strings.Contains(got, word) || strings.Contains(got, fmt.Sprintf("%x", word)) {
			t.Errorf("printed: %s", got)
		}
	}
	if got := c.SMTP.Password.Reveal(); got != word {
		t.Errorf("Reveal() = %q, want %q", got, word)
	}
	c.Database = "postgres://u:" + word + "@h/%zz"
	if err := c.Validate(); err == nil || strings.Contains(err.Error(), word) {
		t.Errorf("Validate() = %v, want an error without the password", err)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	fs := flag.NewFlagSet("serve", flag.ContinueOnError)
	var usage bytes.Buffer
	fs.SetOutput(&usage)
	given := Flags(fs)
	if err := fs.Parse([]string{"--jobs=off", "--listen", ":9", "--trusted-proxies=10.0.0.1, 10.0.0.2", "--config", "c.json", "--database", "postgres:///anxin"}); err != nil {
		t.Fatal(err)
	}
	file, flags := given()
	if file != "c.json" {
		t.Errorf("file = %q, want c.json", file)
	}
	c, err := Load(Sources{Flags: flags, Env: []string{"ANXIN_LISTEN=:8"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Jobs || c.Listen != ":9" || c.DSN() != "postgres:///anxin" || !reflect.DeepEqual(c.TrustedProxies, []string{"10.0.0.1", "10.0.0.2"}) {
		t.Errorf("got jobs %t, listen %s, proxies %v", c.Jobs, c.Listen, c.TrustedProxies)
	}
	if err := fs.Parse([]string{"--smtp-port=many"}); err == nil {
		t.Error("--smtp-port=many passed, want an error")
	}
	if err := fs.Parse([]string{"--smtp-password=x"}); err == nil {
		t.Error("a secret has a flag")
	}
	if !strings.Contains(usage.String(), "-data-dir") {
		t.Errorf("usage does not list -data-dir:\n%s", usage.String())
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		listen, cert, public, want string
	}{
		{"127.0.0.1:8470", "", "", "http://127.0.0.1:8470"},
		{"0.0.0.0:8470", "", "", "http://127.0.0.1:8470"},
		{":8470", "", "", "http://127.0.0.1:8470"},
		{"[::]:443", "c", "", "https://127.0.0.1:443"},
		{"[::1]:80", "", "", "http://[::1]:80"},
		{":1", "", "https://x.cn/", "https://x.cn"},
	} {
		c := Config{Listen: tt.listen, PublicURL: tt.public, TLS: TLS{CertFile: tt.cert}}
		if got := c.BaseURL(); got != tt.want {
			t.Errorf("BaseURL() of %+v = %s, want %s", tt, got, tt.want)
		}
	}
}

// TestEveryFieldIsDescribed keeps tags complete: a setting without a key or
// words would be unreachable or unexplained.
func TestEveryFieldIsDescribed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range fieldsOf(new(Config)) {
		if strings.HasSuffix(f.key, ".") || f.key == "" || f.tag.Get("doc") == "" {
			t.Errorf("setting %q lacks a key or doc tag", f.key)
		}
		if seen[f.env()] {
			t.Errorf("two settings share %s", f.env())
		}
		if notASetting(f.env()) {
			t.Errorf("%s reads as something else than a setting", f.env())
		}
		seen[f.env()] = true
	}
}

func TestDocs(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "config.md")
	want := Describe()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/config.md is not what the code says (%v); run go test ./internal/platform/config -update", err)
	}
}
