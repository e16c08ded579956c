package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zone names are known also where the system has none

	"anxin/internal/platform/i18n"
)

// Validate checks the settings against each other and against what can be
// right at all. It opens no file and no connection. The error joins one Error
// per wrong setting.
func (c Config) Validate() error {
	v := &validator{}
	for _, f := range fieldsOf(&c) {
		v.tags(f)
	}
	v.address("listen", c.Listen, true)
	v.address("metrics.listen", c.Metrics.Listen, false)
	v.check(c.DataDir != "", "data_dir", "must name a folder")
	v.webAddress("public_url", c.PublicURL)
	v.database(c.Database.Reveal())
	if _, err := time.LoadLocation(c.Timezone); err != nil || c.Timezone == "" || c.Timezone == "Local" {
		v.fail("timezone", "must be a zone's name such as Asia/Shanghai")
	}
	v.check(i18n.Supported(c.DefaultLang), "default_lang", "must be one of "+strings.Join(i18n.Languages(), ", "))
	for _, s := range c.TrustedProxies {
		if _, err := parseNetwork(s); err != nil {
			v.fail("trusted_proxies", "%q is neither an address nor a network such as 10.0.0.0/8", s)
		}
	}
	v.check((c.TLS.CertFile == "") == (c.TLS.KeyFile == ""), "tls.key_file", "tls.cert_file and tls.key_file belong together: set both or neither")
	v.files(c.Files)
	v.smtp(c.SMTP)
	v.sms(c.SMS)
	v.travel(c.Travel)
	v.check(c.Limits.UploadBytes >= c.Limits.BodyBytes, "limits.upload_bytes", "must not be less than limits.body_bytes")
	return errors.Join(v.errs...)
}

type validator struct{ errs []error }

func (v *validator) fail(key, format string, args ...any) {
	v.errs = append(v.errs, &Error{Key: key, Text: fmt.Sprintf(format, args...)})
}

func (v *validator) check(ok bool, key, text string) {
	if !ok {
		v.fail(key, "%s", text)
	}
}

// tags checks oneof, min and max.
func (v *validator) tags(f field) {
	if set, ok := f.tag.Lookup("oneof"); ok {
		words := strings.Fields(set)
		v.check(slices.Contains(words, f.value.String()), f.key, "must be one of "+strings.Join(words, ", "))
	}
	if lo, hi := f.tag.Get("min"), f.tag.Get("max"); lo != "" {
		n := f.value.Int()
		v.check(n >= bound(f, lo) && n <= bound(f, hi), f.key, fmt.Sprintf("must be between %s and %s", lo, hi))
	}
}

func bound(f field, text string) int64 {
	limit := field{value: reflect.New(f.value.Type()).Elem()}
	if err := limit.setText(text); err != nil {
		panic(fmt.Sprintf("config: limit of %s: %v", f.key, err)) // a wrong tag, caught by any test
	}
	return limit.value.Int()
}

func (v *validator) address(key, value string, required bool) {
	if value == "" && !required {
		return
	}
	_, port, err := net.SplitHostPort(value)
	if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
		v.fail(key, "must be address:port, such as 127.0.0.1:8470 or :8470")
	}
}

func (v *validator) webAddress(key, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		v.fail(key, "must be a web address that starts with https:// or http://")
		return
	}
	v.check(u.User == nil && u.RawQuery == "" && u.Fragment == "", key, "must not hold a password, a ? or a #")
}

func (v *validator) database(dsn string) {
	if dsn == "" {
		return
	}
	u, err := url.Parse(dsn) // its error would repeat the password
	v.check(err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql"), "database",
		"must be empty (SQLite) or an address that starts with postgres://; encode special characters of the password, @ as %40")
}

func (v *validator) files(f Files) {
	if f.Kind != "s3" {
		return
	}
	v.check(f.S3.Endpoint != "", "files.s3.endpoint", "is needed when files.kind is s3")
	v.check(!strings.Contains(f.S3.Endpoint, "/"), "files.s3.endpoint", "must be a host without https:// or a path; files.s3.tls says whether it speaks https")
	v.check(f.S3.Bucket != "", "files.s3.bucket", "is needed when files.kind is s3")
	v.check((f.S3.AccessKey == "") == (f.S3.SecretKey == ""), "files.s3.secret_key", "files.s3.access_key and files.s3.secret_key belong together: set both or neither")
}

func (v *validator) smtp(s SMTP) {
	if s.Host == "" {
		return
	}
	if _, err := mail.ParseAddress(s.From); err != nil {
		v.fail("smtp.from", "must be a sender such as 安心服务 <service@example.com> when smtp.host is set")
	}
	v.check(s.User == "" || s.Password != "", "smtp.password", "is needed when smtp.user is set")
	v.check(s.User == "" || s.TLS != "none", "smtp.tls", "must not be none when smtp.user is set: the password would travel in the clear")
}

func (v *validator) travel(t Travel) {
	v.webAddress("travel.url", t.URL)
	v.check(t.URL != "" || t.Kind != "osrm" && t.Kind != "valhalla", "travel.url", "is needed when travel.kind is "+t.Kind)
	v.check(t.Key != "" || t.Kind != "amap", "travel.key", "is needed when travel.kind is amap")
	v.check(t.File != "" || t.Kind != "table", "travel.file", "is needed when travel.kind is table")
}

func (v *validator) sms(s SMS) {
	v.webAddress("sms.url", s.URL)
	for _, h := range s.Headers {
		name, _, ok := strings.Cut(h, ":")
		v.check(ok && strings.TrimSpace(name) != "", "sms.headers", "each must be Name: value")
	}
	v.check(s.URL == "" || strings.Contains(s.Body, "{phone}") && strings.Contains(s.Body, "{text}"), "sms.body", "must hold {phone} and {text}")
}
