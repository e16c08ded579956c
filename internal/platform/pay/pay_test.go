package pay

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

var moment = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func now() time.Time { return moment }

// The keys of the merchant and of the provider, made for the test.
var merchantKey, providerKey = newKey(), newKey()

func newKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

func pemOf(kind string, b []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
}

func settings(url string) Settings {
	key, errA := x509.MarshalPKCS8PrivateKey(merchantKey)
	pub, errB := x509.MarshalPKIXPublicKey(&providerKey.PublicKey)
	return Settings{
		BaseURL: url, Merchant: "1900000109", Serial: "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", PrivateKey: pemOf("PRIVATE KEY", key, errA), ProviderKey: pemOf("PUBLIC KEY", pub, errB),
		KeySerial: "PUB_KEY_ID_1", Secret: "0123456789abcdef0123456789abcdef", HookSecret: "whsec_test", NoticeURL: "https://anxin.test/hooks/wechat",
	}
}

func open(t *testing.T, kind string, h http.HandlerFunc) Gateway {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	g, err := Open(kind, settings(srv.URL), srv.Client(), now)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var order = Order{Reference: "R2611-000001-1", Original: "4200000123202611230000000001", Amount: 379_900, Total: 399_900, Currency: "CNY"}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// weChatSign signs an answer as the documentation says.
func weChatSign(h http.Header, body string) {
	at := strconv.FormatInt(moment.Unix(), 10)
	h.Set("Wechatpay-Timestamp", at)
	h.Set("Wechatpay-Nonce", "n1")
	h.Set("Wechatpay-Serial", "PUB_KEY_ID_1")
	h.Set("Wechatpay-Signature", must(sign(providerKey, at+"\nn1\n"+body+"\n")))
}

// TestWeChat: requests are signed over method, address, time, nonce and body; answers count when the provider signed them.
func TestWeChat(t *testing.T) {
	t.Parallel()
	body := func(status string) string {
		return `{"refund_id":"50000000382019052709732678859","out_refund_no":"R2611-000001-1","transaction_id":"4200000123202611230000000001","status":"` + status +
			`","success_time":"2026-11-23T11:59:00+08:00","amount":{"total":399900,"refund":379900,"payer_total":399900,"payer_refund":379900,"currency":"CNY"}}`
	}
	for _, tt := range []struct {
		name   string
		query  bool
		status int
		body   string
		spoil  func(http.Header)
		want   State
		code   string
		err    error
	}{
		{name: "paid at once", status: 200, body: body("SUCCESS"), want: Paid},
		{name: "under way", status: 200, body: body("PROCESSING"), want: Accepted},
		{name: "abnormal", status: 200, body: body("ABNORMAL"), want: Failed, code: "ABNORMAL"},
		{name: "closed", query: true, status: 200, body: body("CLOSED"), want: Failed, code: "CLOSED"},
		{name: "queried", query: true, status: 200, body: body("SUCCESS"), want: Paid},
		{name: "unknown to them", query: true, status: 404, body: `{"code":"RESOURCE_NOT_EXISTS","message":"退款单不存在"}`, err: ErrUnknown},
		{name: "no money", status: 403, body: `{"code":"NOT_ENOUGH","message":"基本账户余额不足"}`, want: Failed, code: "NOT_ENOUGH"},
		{name: "their fault", status: 500, body: `{"code":"SYSTEM_ERROR"}`, err: ErrUnanswered},
		{name: "too often", status: 429, body: `{"code":"FREQUENCY_LIMITED"}`, err: ErrUnanswered},
		{name: "a code nobody knows", status: 400, body: `{"code":"NEW_ONE"}`, err: ErrUnanswered},
		{name: "not signed", status: 200, body: body("SUCCESS"), spoil: func(h http.Header) { h.Del("Wechatpay-Signature") }, err: ErrUnanswered},
		{name: "signed long ago", status: 200, body: body("SUCCESS"), spoil: func(h http.Header) { h.Set("Wechatpay-Timestamp", "1") }, err: ErrUnanswered},
		{name: "another key", status: 200, body: body("SUCCESS"), spoil: func(h http.Header) { h.Set("Wechatpay-Serial", "OTHER") }, err: ErrUnanswered},
		{name: "about another", status: 200, body: strings.Replace(body("SUCCESS"), "-1\"", "-2\"", 1), err: ErrUnanswered},
		{name: "not JSON", status: 200, body: "<html>", err: ErrUnanswered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := open(t, "wechat", func(w http.ResponseWriter, r *http.Request) {
				raw := must(io.ReadAll(r.Body))
				at := field(r.Header.Get("Authorization"), "timestamp")
				text := r.Method + "\n" + r.URL.RequestURI() + "\n" + at + "\n" + field(r.Header.Get("Authorization"), "nonce_str") + "\n" + string(raw) + "\n"
				if !verify(&merchantKey.PublicKey, text, field(r.Header.Get("Authorization"), "signature")) {
					t.Errorf("the request's signature does not fit: %s", r.Header.Get("Authorization"))
				}
				if !tt.query {
					var sent struct {
						Out    string `json:"out_refund_no"`
						Amount struct{ Refund, Total int64 }
					}
					if json.Unmarshal(raw, &sent) != nil || sent.Out != order.Reference || sent.Amount.Refund != 379_900 || sent.Amount.Total != 399_900 {
						t.Errorf("sent %s", raw)
					}
				}
				weChatSign(w.Header(), tt.body)
				if tt.spoil != nil {
					tt.spoil(w.Header())
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			ask := g.Refund
			if tt.query {
				ask = g.Query
			}
			check(t, ask, tt.want, tt.code, tt.err)
		})
	}
}

// field reads one value of an Authorization header.
func field(h, name string) string {
	_, rest, _ := strings.Cut(h, name+`="`)
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

func check(t *testing.T, ask func(context.Context, Order) (Answer, error), want State, code string, wrong error) {
	t.Helper()
	a, err := ask(t.Context(), order)
	if !errors.Is(err, wrong) || a.State != want || a.Code != code {
		t.Errorf("answer %+v, %v; want %s %s %v", a, err, want, code, wrong)
	}
	if err == nil && (a.Amount != 379_900 || a.Currency != "CNY") {
		t.Errorf("amount %d %s", a.Amount, a.Currency)
	}
}

func weChatNotice(reference string) (http.Header, []byte) {
	gcm := must(cipher.NewGCM(must(aes.NewCipher([]byte(settings("").Secret)))))
	plain := `{"mchid":"1900000109","out_refund_no":"` + reference + `","refund_status":"SUCCESS","amount":{"total":399900,"refund":379900}}`
	text := base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte("fdasflkja484"), []byte(plain), []byte("refund")))
	body := `{"id":"EV-1","event_type":"REFUND.SUCCESS","resource_type":"encrypt-resource","resource":{"algorithm":"AEAD_AES_256_GCM","ciphertext":"` + text + `","associated_data":"refund","nonce":"fdasflkja484","original_type":"refund"}}`
	h := http.Header{}
	weChatSign(h, body)
	return h, []byte(body)
}

func stripeNotice(reference string, at time.Time) (http.Header, []byte) {
	body := fmt.Appendf(nil, `{"id":"evt_1","type":"refund.updated","data":{"object":{"id":"re_1","object":"refund","amount":379900,"currency":"cny","status":"succeeded","metadata":{"reference":%q}}}}`, reference)
	m := hmac.New(sha256.New, []byte("whsec_test"))
	_, _ = fmt.Fprintf(m, "%d.%s", at.Unix(), body)
	return http.Header{"Stripe-Signature": {fmt.Sprintf("t=%d,v1=%s,v1=00", at.Unix(), hex.EncodeToString(m.Sum(nil)))}}, body
}

func alipayNotice(reference string) (http.Header, []byte) {
	form := map[string]string{"app_id": "1900000109", "notify_type": "trade_status_sync", "out_biz_no": reference, "refund_fee": "3799.00", "trade_no": order.Original}
	v := url.Values{"sign_type": {"RSA2"}, "sign": {must(sign(providerKey, signText(form)))}}
	for k, x := range form {
		v.Set(k, x)
	}
	return http.Header{}, []byte(v.Encode())
}

// TestNotices: what a provider sends is believed when it is signed, fresh and whole; it only tells which refund to ask about.
func TestNotices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind  string
		make  func() (http.Header, []byte)
		stale bool // its age is signed
	}{
		{"wechat", func() (http.Header, []byte) { return weChatNotice(order.Reference) }, false},
		{"alipay", func() (http.Header, []byte) { return alipayNotice(order.Reference) }, false},
		{"stripe", func() (http.Header, []byte) { return stripeNotice(order.Reference, moment) }, true},
	} {
		g := open(t, tt.kind, func(http.ResponseWriter, *http.Request) { t.Error("a notice asked something") })
		h, body := tt.make()
		for range 2 { // doubled
			if ref, err := g.Notice(h, body, moment); ref != order.Reference || err != nil {
				t.Errorf("%s: %q, %v", tt.kind, ref, err)
			}
		}
		if _, err := g.Notice(h, bytes.Replace(body, []byte("3799"), []byte("9999"), 1), moment); !bytes.Contains(body, []byte("3799")) || !errors.Is(err, ErrSignature) {
			if tt.kind != "wechat" { // its amount is sealed
				t.Errorf("%s: a changed notice: %v", tt.kind, err)
			}
		}
		if _, err := g.Notice(h, append(bytes.Clone(body), ' '), moment); tt.kind != "alipay" && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: a longer notice: %v", tt.kind, err)
		}
		if _, err := g.Notice(http.Header{}, []byte("{}"), moment); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: an unsigned notice: %v", tt.kind, err)
		}
		if _, err := g.Notice(h, body, moment.Add(time.Hour)); tt.stale && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: an old notice: %v", tt.kind, err)
		}
	}
}

// TestAlipay: forms are signed with RSA2, the very bytes of the answer verified.
func TestAlipay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		query bool
		body  string
		spoil bool
		want  State
		code  string
		err   error
	}{
		{name: "paid", body: `{"code":"10000","msg":"Success","out_trade_no":"1","trade_no":"4200000123202611230000000001","fund_change":"Y","refund_fee":"3799.00"}`, want: Paid},
		{name: "no change: ask", body: `{"code":"10000","msg":"Success","fund_change":"N","refund_fee":"3799.00"}`, want: Accepted},
		{name: "finished", body: `{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_HAS_FINISHED"}`, want: Failed, code: "ACQ.TRADE_HAS_FINISHED"},
		{name: "their fault", body: `{"code":"40004","sub_code":"ACQ.SYSTEM_ERROR"}`, err: ErrUnanswered},
		{name: "not available", body: `{"code":"20000","sub_code":"isp.unknow-error"}`, err: ErrUnanswered},
		{name: "queried", query: true, body: `{"code":"10000","out_request_no":"R2611-000001-1","refund_status":"REFUND_SUCCESS","refund_amount":"3799.00","total_amount":"3999.00"}`, want: Paid},
		{name: "queried, a number", query: true, body: `{"code":"10000","out_request_no":"R2611-000001-1","refund_status":"REFUND_SUCCESS","refund_amount":3799.00}`, want: Paid},
		{name: "unknown to them", query: true, body: `{"code":"10000","msg":"Success"}`, err: ErrUnknown},
		{name: "about another", query: true, body: `{"code":"10000","out_request_no":"R2611-000001-9","refund_status":"REFUND_SUCCESS","refund_amount":"3799.00"}`, err: ErrUnanswered},
		{name: "another signs", body: `{"code":"10000","fund_change":"Y"}`, spoil: true, err: ErrUnanswered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := open(t, "alipay", func(w http.ResponseWriter, r *http.Request) {
				if err := r.ParseForm(); err != nil {
					t.Error(err)
				}
				form := map[string]string{}
				for k := range r.PostForm {
					form[k] = r.PostForm.Get(k)
				}
				if !verify(&merchantKey.PublicKey, signText(form), form["sign"]) || form["timestamp"] != "2026-11-23 12:00:00" {
					t.Errorf("the request is not signed as it should: %v", form)
				}
				if !tt.query && !strings.Contains(form["biz_content"], `"refund_amount":"3799.00"`) {
					t.Errorf("sent %s", form["biz_content"])
				}
				key := providerKey
				if tt.spoil {
					key = merchantKey
				}
				_, _ = fmt.Fprintf(w, `{"%s_response":%s,"sign":%q}`, strings.ReplaceAll(form["method"], ".", "_"), tt.body, must(sign(key, tt.body)))
			})
			ask := g.Refund
			if tt.query {
				ask = g.Query
			}
			check(t, ask, tt.want, tt.code, tt.err)
		})
	}
}

// TestStripe: the idempotency key is the reference, which also finds a refund again.
func TestStripe(t *testing.T) {
	t.Parallel()
	refund := func(status, more string) string {
		return `{"id":"re_1","object":"refund","amount":379900,"currency":"cny","status":"` + status + `","metadata":{"reference":"R2611-000001-1"}` + more + `}`
	}
	for _, tt := range []struct {
		name   string
		query  bool
		status int
		body   string
		want   State
		code   string
		err    error
	}{
		{name: "paid", status: 200, body: refund("succeeded", ""), want: Paid},
		{name: "under way", status: 200, body: refund("pending", ""), want: Accepted},
		{name: "failed", status: 200, body: refund("failed", `,"failure_reason":"expired_or_canceled_card"`), want: Failed, code: "expired_or_canceled_card"},
		{name: "refunded already", status: 400, body: `{"error":{"code":"charge_already_refunded","type":"invalid_request_error"}}`, want: Failed, code: "charge_already_refunded"},
		{name: "the same is under way", status: 409, body: `{"error":{"type":"idempotency_error"}}`, err: ErrUnanswered},
		{name: "their fault", status: 502, body: `bad gateway`, err: ErrUnanswered},
		{name: "queried", query: true, status: 200, body: `{"object":"list","data":[` + strings.Replace(refund("failed", ""), "-1\"", "-2\"", 1) + `,` + refund("succeeded", "") + `],"has_more":false}`, want: Paid},
		{name: "unknown to them", query: true, status: 200, body: `{"object":"list","data":[],"has_more":false}`, err: ErrUnknown},
		{name: "more than one page", query: true, status: 200, body: `{"object":"list","data":[],"has_more":true}`, err: ErrUnanswered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := open(t, "stripe", func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Idempotency-Key"); !tt.query && got != "anxin-R2611-000001-1" {
					t.Errorf("idempotency key %q", got)
				}
				if r.Header.Get("Authorization") != "Bearer 0123456789abcdef0123456789abcdef" {
					t.Errorf("authorization %q", r.Header.Get("Authorization"))
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			ask := g.Refund
			if tt.query {
				ask = g.Query
			}
			check(t, ask, tt.want, tt.code, tt.err)
		})
	}
}

// TestOpen: settings that cannot work are refused by the name of the field, never with a key in the words.
func TestOpen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind, says string
		change     func(*Settings)
	}{
		{"wechat", "merchant", func(s *Settings) { s.Merchant = "" }},
		{"wechat", "secret", func(s *Settings) { s.Secret = "short" }},
		{"wechat", "private_key", func(s *Settings) { s.PrivateKey = "-----" }},
		{"alipay", "provider_key", func(s *Settings) { s.ProviderKey = "AAAA" }},
		{"alipay", "merchant", func(s *Settings) { s.Merchant = "" }},
		{"stripe", "secret", func(s *Settings) { s.Secret = "" }},
		{"paypal", "kind", func(*Settings) {}},
	} {
		s := settings("")
		tt.change(&s)
		if _, err := Open(tt.kind, s, http.DefaultClient, now); !errors.Is(err, ErrSettings) || !strings.HasSuffix(err.Error(), ": "+tt.says) {
			t.Errorf("%s without %s: %v", tt.kind, tt.says, err)
		}
	}
	g := must(Open("stripe", settings("http://127.0.0.1:1"), http.DefaultClient, now))
	if _, err := g.Refund(t.Context(), order); !errors.Is(err, ErrUnanswered) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("nobody there: %v", err)
	}
}
