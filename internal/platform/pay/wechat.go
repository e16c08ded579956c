package pay

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// weChat is a merchant's account at WeChat Pay, API v3. A refund that failed is asked for again under the same number:
// the documentation asks for it, because what became abnormal may be mended at the merchant's own desk.
type weChat struct {
	set      Settings
	key      *rsa.PrivateKey
	provider *rsa.PublicKey
	client   Doer
	now      func() time.Time
}

const weChatURL = "https://api.mch.weixin.qq.com"

func openWeChat(s Settings, client Doer, now func() time.Time) (Gateway, error) {
	if s.BaseURL == "" {
		s.BaseURL = weChatURL
	}
	for field, v := range map[string]string{"merchant": s.Merchant, "serial": s.Serial} {
		if v == "" {
			return nil, fmt.Errorf("%w: %s", ErrSettings, field)
		}
	}
	if len(s.Secret) != 32 {
		return nil, fmt.Errorf("%w: secret", ErrSettings)
	}
	key, err := privateKey(s.PrivateKey)
	if err != nil {
		return nil, err
	}
	provider, err := publicKey(s.ProviderKey)
	if err != nil {
		return nil, err
	}
	return &weChat{s, key, provider, client, now}, nil
}

func (*weChat) Ways() []string { return []string{"wechat"} }
func (*weChat) Stable() bool   { return true }

type weChatRefund struct {
	OutRefundNo string `json:"out_refund_no"`
	Status      string `json:"status"`
	State       string `json:"refund_status"` // in notices
	SuccessTime string `json:"success_time"`
	Amount      struct {
		Refund   int64  `json:"refund"`
		Currency string `json:"currency"`
	} `json:"amount"`
}

func (x weChatRefund) answer(reference string) (Answer, error) {
	if x.OutRefundNo != reference {
		return Answer{}, ErrUnanswered
	}
	a := Answer{Amount: x.Amount.Refund, Currency: x.Amount.Currency}
	if a.Currency == "" {
		a.Currency = "CNY"
	}
	if at, err := time.Parse(time.RFC3339, x.SuccessTime); err == nil {
		a.At = at
	}
	switch x.Status {
	case "SUCCESS":
		a.State = Paid
	case "PROCESSING":
		a.State = Accepted
	case "CLOSED", "ABNORMAL":
		a.State, a.Code = Failed, x.Status
	default:
		return Answer{}, ErrUnanswered
	}
	return a, nil
}

func (w *weChat) Refund(ctx context.Context, o Order) (Answer, error) {
	body, err := json.Marshal(map[string]any{
		"transaction_id": o.Original, "out_refund_no": o.Reference, "notify_url": w.set.NoticeURL,
		"amount": map[string]any{"refund": o.Amount, "total": o.Total, "currency": o.Currency},
	})
	if err != nil {
		return Answer{}, err
	}
	return w.call(ctx, http.MethodPost, "/v3/refund/domestic/refunds", body, o)
}

func (w *weChat) Query(ctx context.Context, o Order) (Answer, error) {
	return w.call(ctx, http.MethodGet, "/v3/refund/domestic/refunds/"+url.PathEscape(o.Reference), nil, o)
}

func (w *weChat) call(ctx context.Context, method, path string, body []byte, o Order) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, w.set.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	at, n := strconv.FormatInt(w.now().Unix(), 10), nonce()
	signature, err := sign(w.key, method+"\n"+r.URL.RequestURI()+"\n"+at+"\n"+n+"\n"+string(body)+"\n")
	if err != nil {
		return Answer{}, err
	}
	r.Header.Set("Authorization", fmt.Sprintf(`WECHATPAY2-SHA256-RSA2048 mchid=%q,nonce_str=%q,signature=%q,timestamp=%q,serial_no=%q`, w.set.Merchant, n, signature, at, w.set.Serial))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "anxin")
	status, h, out, err := send(w.client, r)
	if err != nil {
		return Answer{}, err
	}
	if status >= 500 || status == http.StatusTooManyRequests || !w.signed(h, out) { // an answer that nobody signed is none
		return Answer{}, ErrUnanswered
	}
	if status == http.StatusOK {
		var x weChatRefund
		if json.Unmarshal(out, &x) != nil {
			return Answer{}, ErrUnanswered
		}
		return x.answer(o.Reference)
	}
	var fault struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(out, &fault) != nil {
		return Answer{}, ErrUnanswered
	}
	switch {
	case method == http.MethodGet && fault.Code == "RESOURCE_NOT_EXISTS":
		return Answer{}, ErrUnknown
	case method == http.MethodGet, !slices.Contains(weChatRefusals, fault.Code):
		return Answer{}, ErrUnanswered
	}
	return Answer{State: Failed, Code: code(fault.Code), Amount: o.Amount, Currency: o.Currency}, nil
}

// weChatRefusals are the codes after which nothing was paid and nothing will be without a change by somebody.
var weChatRefusals = []string{"PARAM_ERROR", "INVALID_REQUEST", "NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL", "RESOURCE_NOT_EXISTS", "MCH_NOT_EXISTS", "NO_AUTH", "TRADE_OVERDUE", "ORDER_CLOSED"}

// signed verifies the provider's signature over an answer or a notice.
func (w *weChat) signed(h http.Header, body []byte) bool {
	if w.set.KeySerial != "" && h.Get("Wechatpay-Serial") != w.set.KeySerial {
		return false
	}
	at, err := strconv.ParseInt(h.Get("Wechatpay-Timestamp"), 10, 64)
	if err != nil || !near(time.Unix(at, 0), w.now()) {
		return false
	}
	return verify(w.provider, h.Get("Wechatpay-Timestamp")+"\n"+h.Get("Wechatpay-Nonce")+"\n"+string(body)+"\n", h.Get("Wechatpay-Signature"))
}

func (w *weChat) Notice(h http.Header, body []byte, _ time.Time) (string, error) {
	if !w.signed(h, body) {
		return "", ErrSignature
	}
	var n struct {
		Resource struct {
			Algorithm  string `json:"algorithm"`
			Ciphertext string `json:"ciphertext"`
			Data       string `json:"associated_data"`
			Nonce      string `json:"nonce"`
		} `json:"resource"`
	}
	if json.Unmarshal(body, &n) != nil || n.Resource.Algorithm != "AEAD_AES_256_GCM" {
		return "", ErrUnanswered
	}
	plain, err := openGCM(w.set.Secret, n.Resource.Nonce, n.Resource.Data, n.Resource.Ciphertext)
	if err != nil {
		return "", ErrSignature
	}
	var x weChatRefund
	if json.Unmarshal(plain, &x) != nil || x.OutRefundNo == "" {
		return "", ErrUnanswered
	}
	return x.OutRefundNo, nil
}

func openGCM(key, nonce, data, text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(nonce) != gcm.NonceSize() {
		return nil, ErrSignature
	}
	return gcm.Open(nil, []byte(nonce), raw, []byte(data))
}
