package returns

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	cryptorand "crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/platform/money"
	"anxin/internal/platform/pay"
)

// Keys of the merchant and of the providers that the fakes play.
var (
	merchantKey = testKey()
	theirKey    = testKey()
)

const weChatSecret = "0123456789abcdef0123456789abcdef"

func testKey() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(cryptorand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
}

// testSettings are those of an account at the fakes.
func testSettings(kind string) pay.Settings {
	if kind == "stripe" {
		return pay.Settings{Secret: "sk_test_1", HookSecret: "whsec_1"}
	}
	private, err := x509.MarshalPKCS8PrivateKey(merchantKey)
	public, errPublic := x509.MarshalPKIXPublicKey(&theirKey.PublicKey)
	if err != nil || errPublic != nil {
		panic("keys")
	}
	return pay.Settings{
		Merchant: "1900000109", Serial: "5157F09E", KeySerial: "PUB_KEY_ID_1", Secret: weChatSecret,
		PrivateKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		ProviderKey: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
	}
}

func theirSign(text string) string {
	sum := sha256.Sum256([]byte(text))
	raw, err := rsa.SignPKCS1v15(cryptorand.Reader, theirKey, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// given is a refund as its provider knows it.
type given struct {
	kind, payment, reference string
	amount                   int64
	state                    string // open, paid, failed
}

// world plays WeChat Pay, Alipay and Stripe as their documentation says, each with its own truth: what customers paid
// there and what went back. It refuses nothing for being too much, so that asking for too much shows. What was asked and
// answered is recorded.
type world struct {
	t        *testing.T
	now      func() time.Time
	mu       sync.Mutex
	rnd      *rand.Rand
	calm     bool             // nothing is lost or fails any more
	payments map[string]int64 // whole payments of customers, by the provider and its number
	paid     map[string]int64 // for our things of each
	refunds  map[string]*given
	record   []string
}

func newWorld(t *testing.T, now func() time.Time, seed uint64) *world {
	return &world{t: t, now: now, rnd: rand.New(rand.NewPCG(seed, 9)), payments: map[string]int64{}, paid: map[string]int64{}, refunds: map[string]*given{}}
}

// Do answers a request, unless it or its answer is lost on the way.
func (w *world) Do(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	how := ""
	if !w.calm {
		how = []string{"", "", "", "before", "after", "broken"}[w.rnd.IntN(6)]
	}
	raw, _ := io.ReadAll(r.Body)
	w.record = append(w.record, fmt.Sprintf("%s %s %s %s", how, r.Method, r.URL.Path, raw))
	if how == "before" {
		return nil, io.ErrUnexpectedEOF
	}
	status, h, body := 0, http.Header{}, ""
	switch r.URL.Host {
	case "api.mch.weixin.qq.com":
		status, body = w.weChat(r, raw)
		w.weChatSign(h, body)
	case "openapi.alipay.com":
		status, body = w.alipay(raw)
	case "api.stripe.com":
		status, body = w.stripe(r, raw)
	default:
		w.t.Errorf("asked %s", r.URL.Host)
	}
	w.record = append(w.record, fmt.Sprintf("  %d %s", status, body))
	switch how {
	case "after":
		return nil, io.ErrUnexpectedEOF
	case "broken": // somebody on the way answers instead
		status, h, body = http.StatusBadGateway, http.Header{}, "<html>bad gateway</html>"
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// ask is a request for a refund: a new one gets its fate, a known one is what it is. It returns nil where nothing was
// taken on.
func (w *world) ask(kind, reference, payment string, amount int64) *given {
	if _, ok := w.payments[kind+"/"+payment]; !ok {
		w.t.Errorf("%s: no such payment %s", kind, payment)
	}
	key := kind + "/" + reference
	g := w.refunds[key]
	if g == nil {
		g = &given{kind: kind, payment: payment, reference: reference, amount: amount, state: "paid"}
		if !w.calm {
			g.state = []string{"paid", "open", "open", "failed"}[w.rnd.IntN(4)]
		}
		if g.state == "failed" && kind != "stripe" && w.rnd.IntN(2) == 0 {
			return nil // refused, nothing is kept
		}
		w.refunds[key] = g
	}
	if g.amount != amount || g.payment != payment {
		w.t.Errorf("%s was asked for %d of %s and then for %d of %s under one number", key, g.amount, g.payment, amount, payment)
	}
	return g
}

// look lets time pass for a refund: what is under way ends, what WeChat calls abnormal is mended at its desk.
func (w *world) look(g *given) {
	switch {
	case g.state == "open" && (w.calm || w.rnd.IntN(2) == 0):
		g.state = "paid"
		if !w.calm && w.rnd.IntN(3) == 0 {
			g.state = "failed"
		}
	case g.state == "failed" && g.kind == "wechat" && (w.calm || w.rnd.IntN(4) == 0):
		g.state = "paid"
	}
	if g.state == "failed" && g.kind == "alipay" { // it forgets what failed
		delete(w.refunds, g.kind+"/"+g.reference)
	}
}

func (w *world) weChat(r *http.Request, raw []byte) (int, string) {
	var g *given
	if r.Method == http.MethodPost {
		var in struct {
			Payment   string `json:"transaction_id"`
			Reference string `json:"out_refund_no"`
			Amount    struct {
				Refund, Total int64
				Currency      string
			} `json:"amount"`
		}
		if json.Unmarshal(raw, &in) != nil || in.Amount.Total != w.payments["wechat/"+in.Payment] {
			w.t.Errorf("asked WeChat %s, the payment was %d", raw, w.payments["wechat/"+in.Payment])
		}
		if g = w.ask("wechat", in.Reference, in.Payment, in.Amount.Refund); g == nil {
			return http.StatusForbidden, `{"code":"NOT_ENOUGH","message":"基本账户余额不足"}`
		}
	} else {
		if g = w.refunds["wechat/"+r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]; g == nil {
			return http.StatusNotFound, `{"code":"RESOURCE_NOT_EXISTS","message":"退款单不存在"}`
		}
		w.look(g)
	}
	status := map[string]string{"paid": "SUCCESS", "open": "PROCESSING", "failed": "ABNORMAL"}[g.state]
	return http.StatusOK, fmt.Sprintf(`{"refund_id":"50","out_refund_no":%q,"transaction_id":%q,"status":%q,"amount":{"total":%d,"refund":%d,"currency":"CNY"}}`,
		g.reference, g.payment, status, w.payments["wechat/"+g.payment], g.amount)
}

func (w *world) weChatSign(h http.Header, body string) {
	at := strconv.FormatInt(w.now().Unix(), 10)
	h.Set("Wechatpay-Timestamp", at)
	h.Set("Wechatpay-Nonce", "n1")
	h.Set("Wechatpay-Serial", "PUB_KEY_ID_1")
	h.Set("Wechatpay-Signature", theirSign(at+"\nn1\n"+body+"\n"))
}

func (w *world) alipay(raw []byte) (int, string) {
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		w.t.Errorf("asked Alipay %s", raw)
	}
	var in struct {
		Payment   string `json:"trade_no"`
		Reference string `json:"out_request_no"`
		Amount    string `json:"refund_amount"`
	}
	if err := json.Unmarshal([]byte(form.Get("biz_content")), &in); err != nil {
		w.t.Errorf("asked Alipay %s: %v", raw, err)
	}
	body := `{"code":"10000","msg":"Success"}` // knows nothing of it, or not yet
	switch form.Get("method") {
	case "alipay.trade.refund":
		amount, err := money.Parse(in.Amount, "CNY")
		if err != nil {
			w.t.Errorf("asked Alipay for %q: %v", in.Amount, err)
		}
		_, before := w.refunds["alipay/"+in.Reference]
		switch g := w.ask("alipay", in.Reference, in.Payment, amount.Minor); {
		case g == nil:
			body = `{"code":"40004","msg":"Business Failed","sub_code":"ACQ.SELLER_BALANCE_NOT_ENOUGH"}`
		case g.state == "paid" && !before:
			body = fmt.Sprintf(`{"code":"10000","trade_no":%q,"fund_change":"Y","refund_fee":%q}`, g.payment, in.Amount)
		default:
			body = fmt.Sprintf(`{"code":"10000","trade_no":%q,"fund_change":"N","refund_fee":%q}`, g.payment, in.Amount)
		}
	case "alipay.trade.fastpay.refund.query":
		if g := w.refunds["alipay/"+in.Reference]; g != nil {
			w.look(g)
			if g.state == "paid" {
				body = fmt.Sprintf(`{"code":"10000","out_request_no":%q,"refund_status":"REFUND_SUCCESS","refund_amount":%q}`, g.reference, money.Must(g.amount, "CNY").Plain())
			}
		}
	}
	return http.StatusOK, fmt.Sprintf(`{"%s_response":%s,"sign":%q}`, strings.ReplaceAll(form.Get("method"), ".", "_"), body, theirSign(body))
}

func (w *world) stripe(r *http.Request, raw []byte) (int, string) {
	body := func(g *given) string {
		status := map[string]string{"paid": "succeeded", "open": "pending", "failed": "failed"}[g.state]
		return fmt.Sprintf(`{"object":"refund","amount":%d,"currency":"cny","status":%q,"metadata":{"reference":%q}}`, g.amount, status, g.reference)
	}
	if r.Method == http.MethodPost {
		form, _ := url.ParseQuery(string(raw))
		amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
		if r.Header.Get("Idempotency-Key") != "anxin-"+form.Get("metadata[reference]") {
			w.t.Errorf("key %q of %s", r.Header.Get("Idempotency-Key"), raw)
		}
		return http.StatusOK, body(w.ask("stripe", form.Get("metadata[reference]"), form.Get("payment_intent"), amount))
	}
	var list []string
	for _, key := range slices.Sorted(maps.Keys(w.refunds)) {
		if g := w.refunds[key]; g.kind == "stripe" && g.payment == r.URL.Query().Get("payment_intent") {
			w.look(g)
			list = append(list, body(g))
		}
	}
	return http.StatusOK, `{"object":"list","data":[` + strings.Join(list, ",") + `],"has_more":false}`
}

// notice is what a provider sends by itself about a refund. Its words may be old: nobody should believe them.
func (w *world) notice(kind, reference string) (http.Header, []byte) {
	h := http.Header{}
	switch kind {
	case "stripe":
		return stripeNotice(reference, w.now())
	case "alipay":
		form := url.Values{"app_id": {"1900000109"}, "out_biz_no": {reference}, "refund_fee": {"1.00"}}
		form.Set("sign", theirSign("app_id=1900000109&out_biz_no="+reference+"&refund_fee=1.00"))
		form.Set("sign_type", "RSA2")
		return h, []byte(form.Encode())
	}
	block, err := aes.NewCipher([]byte(weChatSecret))
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	plain := fmt.Appendf(nil, `{"out_refund_no":%q,"refund_status":"SUCCESS"}`, reference)
	body := fmt.Sprintf(`{"event_type":"REFUND.SUCCESS","resource":{"algorithm":"AEAD_AES_256_GCM","ciphertext":%q,"associated_data":"refund","nonce":"fdasflkja484"}}`,
		base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte("fdasflkja484"), plain, []byte("refund"))))
	w.weChatSign(h, body)
	return h, []byte(body)
}

// gone is what went back of each payment.
func (w *world) gone() map[string]int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]int64{}
	for _, g := range w.refunds {
		if g.state == "paid" {
			out[g.kind+"/"+g.payment] += g.amount
		}
	}
	return out
}

// told is what was asked of and answered about a reference, for the words of a failed test.
func (w *world) told(reference string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var b bytes.Buffer
	for i, x := range w.record {
		if strings.Contains(x, reference) {
			fmt.Fprintf(&b, "%d %s\n", i, x)
		}
	}
	return b.String()
}
