package returns

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"anxin/internal/platform/money"
)

// BankFile hands refunds over as a CSV file for a bank's or a payment provider's batch page, and reads its confirmation,
// a CSV file too. Both are UTF-8 with a header; columns may stand in any order, further ones are passed over.
//
//	out: reference, return, amount, currency, way, original
//	in:  reference, result (ok or failed), amount, currency, code (of a failure), at (RFC 3339; may be empty)
type BankFile struct{}

// Code implements [Provider].
func (BankFile) Code() string { return "bank_file" }

// Ways implements [Provider]: all that move money; points and coupons are given back by hand.
func (BankFile) Ways() []string { return []string{"original", "wechat", "alipay", "card", "bank"} }

// maxAnswers bounds a confirmation.
const maxAnswers = 20_000

// Hand implements [Provider].
func (BankFile) Hand(b Batch, list []PayOrder) (HandedFile, error) {
	var out bytes.Buffer
	out.WriteString("\uFEFF") // spreadsheets then read it as UTF-8
	w := csv.NewWriter(&out)
	rows := [][]string{{"reference", "return", "amount", "currency", "way", "original"}}
	for _, p := range list {
		rows = append(rows, []string{p.Reference, p.Number, p.Amount.Plain(), string(p.Amount.Currency), p.Way, cell(p.Original)})
	}
	if err := w.WriteAll(rows); err != nil {
		return HandedFile{}, err
	}
	return HandedFile{Name: "refunds-" + b.Number + ".csv", Type: "text/csv; charset=utf-8", Body: out.Bytes()}, nil
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Answers implements [Provider].
func (BankFile) Answers(body []byte) ([]Answer, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, ErrAnswer.With("line", 1)
	}
	col := map[string]int{}
	for i, name := range head {
		col[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"reference", "result", "amount", "currency"} {
		if _, ok := col[name]; !ok {
			return nil, ErrAnswer.With("line", 1)
		}
	}
	out := []Answer{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil || len(row) == 0 || len(out) == maxAnswers {
			return nil, ErrAnswer.With("line", len(out)+2)
		}
		line, _ := r.FieldPos(0)
		get := func(name string) string {
			if i, ok := col[name]; ok && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		if !slices.ContainsFunc(row, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		a := Answer{Reference: get("reference"), Code: get("code")}
		result := strings.ToLower(get("result"))
		a.OK = result == "ok"
		var errAmount, errAt error
		a.Amount, errAmount = money.Parse(get("amount"), money.Currency(get("currency")))
		if at := get("at"); at != "" {
			a.At, errAt = time.Parse(time.RFC3339, at)
		}
		if a.Reference == "" || len(a.Reference) > maxCode || len(a.Code) > maxCode || !a.OK && result != "failed" || errAmount != nil || errAt != nil {
			return nil, ErrAnswer.With("line", line)
		}
		out = append(out, a)
	}
}
