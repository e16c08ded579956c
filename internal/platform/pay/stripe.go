package pay

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// stripe is an account at Stripe. What failed there is over, its amount back in the account: the next try is a refund of
// its own, so it has a reference of its own.
type stripe struct {
	set    Settings
	client Doer
	now    func() time.Time
}

const stripeURL = "https://api.stripe.com"

func openStripe(s Settings, client Doer, now func() time.Time) (Gateway, error) {
	if s.BaseURL == "" {
		s.BaseURL = stripeURL
	}
	if s.Secret == "" {
		return nil, fmt.Errorf("%w: secret", ErrSettings)
	}
	return &stripe{s, client, now}, nil
}

func (*stripe) Ways() []string { return []string{"card"} }
func (*stripe) Stable() bool   { return false }

type stripeRefund struct {
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	Status        string            `json:"status"`
	FailureReason string            `json:"failure_reason"`
	Metadata      map[string]string `json:"metadata"`
	Created       int64             `json:"created"`
}

func (x stripeRefund) answer() (Answer, error) {
	a := Answer{Amount: x.Amount, Currency: strings.ToUpper(x.Currency)}
	switch x.Status {
	case "succeeded":
		a.State = Paid
	case "pending", "requires_action":
		a.State = Accepted
	case "failed", "canceled":
		a.State, a.Code = Failed, code(x.FailureReason)
		if x.FailureReason == "" {
			a.Code = x.Status
		}
	default:
		return a, ErrUnanswered
	}
	return a, nil
}

// original is the parameter that names the customer's payment.
func original(number string) string {
	if strings.HasPrefix(number, "ch_") || strings.HasPrefix(number, "py_") {
		return "charge"
	}
	return "payment_intent"
}

func (s *stripe) Refund(ctx context.Context, o Order) (Answer, error) {
	form := url.Values{original(o.Original): {o.Original}, "amount": {strconv.FormatInt(o.Amount, 10)}, "reason": {"requested_by_customer"}, "metadata[reference]": {o.Reference}}
	status, body, err := s.call(ctx, http.MethodPost, "/v1/refunds", form, "anxin-"+o.Reference)
	if err != nil {
		return Answer{}, err
	}
	if status == http.StatusOK {
		var x stripeRefund
		if json.Unmarshal(body, &x) != nil || x.Metadata["reference"] != o.Reference {
			return Answer{}, ErrUnanswered
		}
		return x.answer()
	}
	var fault struct {
		Error struct {
			Type string `json:"type"`
			Code string `json:"code"`
		} `json:"error"`
	}
	// Only what Stripe refuses for its content is over: 409 says that the same request is under way.
	if json.Unmarshal(body, &fault) != nil || status != http.StatusBadRequest && status != http.StatusNotFound && status != http.StatusPaymentRequired || fault.Error.Type == "idempotency_error" {
		return Answer{}, ErrUnanswered
	}
	return Answer{State: Failed, Code: code(fault.Error.Code), Amount: o.Amount, Currency: o.Currency}, nil
}

func (s *stripe) Query(ctx context.Context, o Order) (Answer, error) {
	form := url.Values{original(o.Original): {o.Original}, "limit": {"100"}}
	status, body, err := s.call(ctx, http.MethodGet, "/v1/refunds?"+form.Encode(), nil, "")
	if err != nil {
		return Answer{}, err
	}
	var list struct {
		Data    []stripeRefund `json:"data"`
		HasMore bool           `json:"has_more"`
	}
	if status != http.StatusOK || json.Unmarshal(body, &list) != nil {
		return Answer{}, ErrUnanswered
	}
	for _, x := range list.Data {
		if x.Metadata["reference"] == o.Reference {
			return x.answer()
		}
	}
	if list.HasMore {
		return Answer{}, ErrUnanswered
	}
	return Answer{}, ErrUnknown
}

func (s *stripe) call(ctx context.Context, method, path string, form url.Values, key string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.set.BaseURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.set.Secret)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	status, _, body, err := send(s.client, r)
	return status, body, err
}

func (s *stripe) Notice(h http.Header, body []byte, now time.Time) (string, error) {
	if s.set.HookSecret == "" {
		return "", ErrSignature
	}
	var at string
	var signed bool
	header := h.Get("Stripe-Signature")
	for part := range strings.SplitSeq(header, ",") {
		if k, v, _ := strings.Cut(strings.TrimSpace(part), "="); k == "t" {
			at = v
		}
	}
	mac := hmac.New(sha256.New, []byte(s.set.HookSecret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	want := []byte(hex.EncodeToString(mac.Sum(nil)))
	for part := range strings.SplitSeq(header, ",") {
		if k, v, _ := strings.Cut(strings.TrimSpace(part), "="); k == "v1" && hmac.Equal([]byte(v), want) {
			signed = true
		}
	}
	sec, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !signed || !near(time.Unix(sec, 0), now) {
		return "", ErrSignature
	}
	var e struct {
		Data struct {
			Object stripeRefund `json:"object"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &e) != nil || e.Data.Object.Object != "refund" || e.Data.Object.Metadata["reference"] == "" {
		return "", ErrUnanswered
	}
	return e.Data.Object.Metadata["reference"], nil
}
