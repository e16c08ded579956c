// Package pay speaks with payment providers about refunds: it makes and signs requests, reads and verifies answers and
// notices. It keeps nothing and decides nothing; when to ask again is its caller's matter.
//
// The providers are written from public documentation and have not been tried with a real account; whoever sets one up
// is told so until somebody confirms it.
//
//   - WeChat Pay, API v3: pay.weixin.qq.com/doc/v3/merchant/4012791883 (refund), /4012268885 (notice), /4012365342 (signatures)
//   - Alipay: opendocs.alipay.com, alipay.trade.refund, alipay.trade.fastpay.refund.query, signing with RSA2
//   - Stripe: docs.stripe.com/api/refunds, /api/idempotent_requests, /webhooks (signatures)
package pay

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// State is how a refund stands at a provider.
type State string

// States.
const (
	Accepted State = "accepted" // taken, and not decided yet
	Paid     State = "paid"
	Failed   State = "failed"
)

// Order is one refund as a provider needs it.
type Order struct {
	Reference string // ours; the provider pays it once
	Original  string // the provider's number of the customer's payment
	Amount    int64  // minor units
	Total     int64  // of the customer's whole payment
	Currency  string
}

// Answer is what a provider says of a refund.
type Answer struct {
	State    State
	Code     string // of a failure
	Amount   int64
	Currency string
	At       time.Time // zero: not told
}

// Errors that are no answer.
var (
	// ErrUnanswered says that nobody knows what came of a request: the refund may have been paid.
	ErrUnanswered = errors.New("pay: no answer")
	// ErrUnknown says that the provider knows no refund of this reference, so that it may be asked for again.
	ErrUnknown = errors.New("pay: the provider knows no such refund")
	// ErrSignature says that something did not come from the provider, or was changed, or is too old.
	ErrSignature = errors.New("pay: the signature does not fit")
	// ErrSettings says that the settings of an account cannot be used.
	ErrSettings = errors.New("pay: unusable settings")
)

// Gateway is one account at a provider.
type Gateway interface {
	// Ways are the ways of paying that it gives money back by.
	Ways() []string
	// Stable tells whether a refund keeps its reference when it is tried again after a failure. Where the provider lets a
	// failed refund be mended by hand, a second one under another reference might be paid beside it.
	Stable() bool
	// Refund asks for a refund. The same reference again never pays twice.
	Refund(ctx context.Context, o Order) (Answer, error)
	// Query asks what became of a refund.
	Query(ctx context.Context, o Order) (Answer, error)
	// Notice verifies what the provider sent by itself and tells which refund it is about. What became of it is asked for:
	// notices come late, twice and out of order.
	Notice(h http.Header, body []byte, now time.Time) (reference string, err error)
}

// Settings of an account; each provider needs some of them. Keys are PEM, or the base64 within.
type Settings struct {
	BaseURL     string `json:"base_url,omitempty"` // of the provider; its public address when empty
	Merchant    string `json:"merchant,omitempty"` // WeChat: merchant number; Alipay: app id
	Serial      string `json:"serial,omitempty"`   // WeChat: serial number of the merchant's certificate
	PrivateKey  string `json:"private_key,omitempty"`
	ProviderKey string `json:"provider_key,omitempty"`    // public key of the provider: answers and notices are verified with it
	KeySerial   string `json:"provider_serial,omitempty"` // WeChat: its number
	Secret      string `json:"secret,omitempty"`          // WeChat: API v3 key; Stripe: secret key
	HookSecret  string `json:"hook_secret,omitempty"`     // Stripe: signing secret of the webhook
	NoticeURL   string `json:"notice_url,omitempty"`      // where the provider tells what became of a refund
}

// Kinds of providers.
var Kinds = []string{"wechat", "alipay", "stripe"}

// Doer sends requests.
type Doer interface {
	Do(r *http.Request) (*http.Response, error)
}

// Open makes the gateway of a kind. now is the clock; nil is the real one.
func Open(kind string, s Settings, client Doer, now func() time.Time) (Gateway, error) {
	if now == nil {
		now = time.Now
	}
	s.BaseURL = strings.TrimRight(s.BaseURL, "/")
	switch kind {
	case "wechat":
		return openWeChat(s, client, now)
	case "alipay":
		return openAlipay(s, client, now)
	case "stripe":
		return openStripe(s, client, now)
	}
	return nil, fmt.Errorf("%w: kind", ErrSettings)
}

// maxBody bounds an answer.
const maxBody = 1 << 20

// tolerance is how old a signed notice may be.
const tolerance = 5 * time.Minute

// send sends a request and reads the whole answer. What fails on the way is [ErrUnanswered], without the address, which
// may hold a secret.
func send(client Doer, r *http.Request) (int, http.Header, []byte, error) {
	res, err := client.Do(r)
	if err != nil {
		return 0, nil, nil, ErrUnanswered
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return 0, nil, nil, ErrUnanswered
	}
	return res.StatusCode, res.Header, body, nil
}

func der(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if b, _ := pem.Decode([]byte(text)); b != nil {
		return b.Bytes, nil
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

func privateKey(text string) (*rsa.PrivateKey, error) {
	b, err := der(text)
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("%w: private_key", ErrSettings)
	}
	if k, err := x509.ParsePKCS8PrivateKey(b); err == nil {
		if r, ok := k.(*rsa.PrivateKey); ok {
			return r, nil
		}
	}
	if k, err := x509.ParsePKCS1PrivateKey(b); err == nil {
		return k, nil
	}
	return nil, fmt.Errorf("%w: private_key", ErrSettings)
}

func publicKey(text string) (*rsa.PublicKey, error) {
	b, err := der(text)
	if err != nil || len(b) == 0 {
		return nil, fmt.Errorf("%w: provider_key", ErrSettings)
	}
	if c, err := x509.ParseCertificate(b); err == nil {
		if r, ok := c.PublicKey.(*rsa.PublicKey); ok {
			return r, nil
		}
	}
	if k, err := x509.ParsePKIXPublicKey(b); err == nil {
		if r, ok := k.(*rsa.PublicKey); ok {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%w: provider_key", ErrSettings)
}

func sign(key *rsa.PrivateKey, text string) (string, error) {
	sum := sha256.Sum256([]byte(text))
	raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return base64.StdEncoding.EncodeToString(raw), err
}

func verify(key *rsa.PublicKey, text, signature string) bool {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
}

func nonce() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b)
}

// near tells whether a moment lies within the tolerance of now.
func near(at, now time.Time) bool { return now.Sub(at).Abs() <= tolerance }

// code keeps a provider's code short enough for a record and free of anything else.
func code(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "unknown"
	}
	return s[:min(len(s), 60)]
}
