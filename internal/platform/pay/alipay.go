package pay

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// alipay is an application's account at Alipay, signed with RSA2. Amounts are in yuan there. A refund is asked for again
// under the same request number, as the documentation demands.
type alipay struct {
	set      Settings
	key      *rsa.PrivateKey
	provider *rsa.PublicKey
	client   Doer
	now      func() time.Time
}

const alipayURL = "https://openapi.alipay.com/gateway.do"

// chinaTime is what Alipay writes its times in.
var chinaTime = time.FixedZone("UTC+8", 8*3600)

const alipayTime = "2006-01-02 15:04:05"

func openAlipay(s Settings, client Doer, now func() time.Time) (Gateway, error) {
	if s.BaseURL == "" {
		s.BaseURL = alipayURL
	}
	if s.Merchant == "" {
		return nil, fmt.Errorf("%w: merchant", ErrSettings)
	}
	key, err := privateKey(s.PrivateKey)
	if err != nil {
		return nil, err
	}
	provider, err := publicKey(s.ProviderKey)
	if err != nil {
		return nil, err
	}
	return &alipay{s, key, provider, client, now}, nil
}

func (*alipay) Ways() []string { return []string{"alipay"} }
func (*alipay) Stable() bool   { return true }

func yuan(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }

// fen reads an amount in yuan, a number or a text, with at most two decimals.
func fen(raw json.RawMessage) (int64, bool) {
	s := strings.Trim(string(raw), `"`)
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 2 && strings.Trim(part[2:], "0") != "" || len(whole) > 13 {
		return 0, false
	}
	part = (part + "00")[:2]
	a, errA := strconv.ParseInt(whole, 10, 64)
	b, errB := strconv.ParseInt(part, 10, 64)
	return a*100 + b, errA == nil && errB == nil && a >= 0 && b >= 0
}

type alipayAnswer struct {
	Code         string          `json:"code"`
	SubCode      string          `json:"sub_code"`
	FundChange   string          `json:"fund_change"`
	RequestNo    string          `json:"out_request_no"`
	RefundStatus string          `json:"refund_status"`
	RefundAmount json.RawMessage `json:"refund_amount"`
	RefundTime   string          `json:"gmt_refund_pay"`
}

func (a *alipay) Refund(ctx context.Context, o Order) (Answer, error) {
	if o.Currency != "CNY" {
		return Answer{State: Failed, Code: "CURRENCY", Amount: o.Amount, Currency: o.Currency}, nil
	}
	x, err := a.call(ctx, "alipay.trade.refund", map[string]any{"trade_no": o.Original, "refund_amount": yuan(o.Amount), "out_request_no": o.Reference})
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Amount: o.Amount, Currency: o.Currency}
	switch {
	case x.Code == "10000" && x.FundChange == "Y":
		out.State = Paid
	case x.Code == "10000": // nothing moved by this call; perhaps by an earlier one: ask
		out.State = Accepted
	case x.Code == "40004" && slices.Contains(alipayRefusals, x.SubCode):
		out.State, out.Code = Failed, code(x.SubCode)
	default:
		return Answer{}, ErrUnanswered
	}
	return out, nil
}

// alipayRefusals are the codes after which nothing was paid and nothing will be without a change by somebody.
var alipayRefusals = []string{
	"ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "ACQ.TRADE_NOT_EXIST", "ACQ.TRADE_HAS_FINISHED", "ACQ.TRADE_STATUS_ERROR", "ACQ.INVALID_PARAMETER",
	"ACQ.BUYER_NOT_EXIST", "ACQ.BUYER_ERROR", "ACQ.NOT_ALLOW_PARTIAL_REFUND", "ACQ.REFUND_ACCOUNT_NOT_EXIST", "ACQ.REASON_TRADE_REFUND_FEE_ERR", "ACQ.TRADE_NOT_ALLOW_REFUND",
}

func (a *alipay) Query(ctx context.Context, o Order) (Answer, error) {
	x, err := a.call(ctx, "alipay.trade.fastpay.refund.query", map[string]any{"trade_no": o.Original, "out_request_no": o.Reference, "query_options": []string{"gmt_refund_pay"}})
	if err != nil {
		return Answer{}, err
	}
	switch {
	case x.Code == "10000" && x.RefundStatus == "" && len(x.RefundAmount) == 0, x.Code == "40004" && x.SubCode == "ACQ.TRADE_NOT_EXIST":
		return Answer{}, ErrUnknown
	case x.Code != "10000" || x.RequestNo != "" && x.RequestNo != o.Reference:
		return Answer{}, ErrUnanswered
	case x.RefundStatus != "" && x.RefundStatus != "REFUND_SUCCESS":
		return Answer{State: Accepted, Amount: o.Amount, Currency: o.Currency}, nil
	}
	paid, ok := fen(x.RefundAmount)
	if !ok {
		return Answer{}, ErrUnanswered
	}
	out := Answer{State: Paid, Amount: paid, Currency: "CNY"}
	if at, err := time.ParseInLocation(alipayTime, x.RefundTime, chinaTime); err == nil {
		out.At = at
	}
	return out, nil
}

func (a *alipay) call(ctx context.Context, method string, biz map[string]any) (alipayAnswer, error) {
	content, err := json.Marshal(biz)
	if err != nil {
		return alipayAnswer{}, err
	}
	form := map[string]string{
		"app_id": a.set.Merchant, "method": method, "format": "JSON", "charset": "utf-8", "sign_type": "RSA2", "timestamp": a.now().In(chinaTime).Format(alipayTime), "version": "1.0",
		"biz_content": string(content),
	}
	if form["sign"], err = sign(a.key, signText(form)); err != nil {
		return alipayAnswer{}, err
	}
	values := url.Values{}
	for k, v := range form {
		values.Set(k, v)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.set.BaseURL, strings.NewReader(values.Encode()))
	if err != nil {
		return alipayAnswer{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	status, _, body, err := send(a.client, r)
	if err != nil {
		return alipayAnswer{}, err
	}
	var whole map[string]json.RawMessage
	if status != http.StatusOK || json.Unmarshal(body, &whole) != nil {
		return alipayAnswer{}, ErrUnanswered
	}
	raw := whole[strings.ReplaceAll(method, ".", "_")+"_response"]
	var signature string
	if json.Unmarshal(whole["sign"], &signature) != nil || !verify(a.provider, string(raw), signature) { // the very bytes are signed
		return alipayAnswer{}, ErrUnanswered
	}
	var x alipayAnswer
	if json.Unmarshal(raw, &x) != nil {
		return alipayAnswer{}, ErrUnanswered
	}
	return x, nil
}

// signText is what is signed of a form: all that has a value, by name.
func signText(form map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(form)) {
		if k != "sign" && form[k] != "" {
			parts = append(parts, k+"="+form[k])
		}
	}
	return strings.Join(parts, "&")
}

func (a *alipay) Notice(_ http.Header, body []byte, _ time.Time) (string, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return "", ErrUnanswered
	}
	form := map[string]string{}
	for k := range values {
		if k != "sign_type" {
			form[k] = values.Get(k)
		}
	}
	if !verify(a.provider, signText(form), values.Get("sign")) || form["app_id"] != a.set.Merchant {
		return "", ErrSignature
	}
	if form["out_biz_no"] == "" {
		return "", ErrUnanswered // about the payment, not about a refund
	}
	return form["out_biz_no"], nil
}
