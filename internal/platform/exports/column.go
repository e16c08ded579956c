package exports

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"anxin/internal/platform/money"
)

// As says how a value is written.
type As string

// The ways; the zero value writes it as it is.
const (
	AsTime    As = "time"    // an instant, in the firm's zone
	AsMoney   As = "money"   // minor units of the currency in Currency
	AsPercent As = "percent" // a part of one
)

// Column is one column of a file.
type Column struct {
	Title    string            `json:"title" maxLength:"100"`
	At       []string          `json:"at" minItems:"1" maxItems:"4" doc:"Where values stand in a row of the list, promised.from; several are joined by a dash"`
	As       As                `json:"as,omitempty" enum:"time,money,percent"`
	Words    map[string]string `json:"words,omitempty" doc:"Words of codes, in the reader's language; codes without one are written as they are"`
	Currency string            `json:"currency,omitempty" maxLength:"60" doc:"Where the currency of money stands"`
}

// text is the column's cell of a row.
func (c Column) text(row map[string]any, zone *time.Location) string {
	parts := make([]string, 0, len(c.At))
	for _, at := range c.At {
		if s := c.one(row, find(row, at), zone); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " – ")
}

// find follows a dotted path through a row; a number is a place in a list.
func find(row map[string]any, at string) any {
	var v any = row
	for name := range strings.SplitSeq(at, ".") {
		switch of := v.(type) {
		case map[string]any:
			v = of[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(of) {
				return nil
			}
			v = of[i]
		default:
			return nil
		}
	}
	return v
}

func (c Column) one(row map[string]any, v any, zone *time.Location) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		var parts []string
		for _, one := range v {
			if s := c.one(row, one, zone); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		return "" // no column shows a whole record
	case bool:
		return c.word(strconv.FormatBool(v))
	case json.Number:
		switch c.As {
		case AsMoney:
			return c.money(row, v)
		case AsPercent:
			if f, err := v.Float64(); err == nil {
				return strconv.FormatFloat(f*100, 'f', 1, 64) + "%"
			}
		}
		return c.word(v.String())
	case string:
		if c.As == AsTime {
			if t, err := time.Parse(time.RFC3339, v); err == nil {
				return t.In(zone).Format("2006-01-02 15:04")
			}
		}
		return c.word(v)
	}
	return fmt.Sprint(v)
}

func (c Column) word(code string) string {
	if w, ok := c.Words[code]; ok {
		return w
	}
	return code
}

// money writes minor units as the currency divides them; without a known currency they stay minor units.
func (c Column) money(row map[string]any, v json.Number) string {
	minor, err := v.Int64()
	if err != nil {
		return v.String()
	}
	currency, _ := find(row, c.Currency).(string)
	a, err := money.New(minor, money.Currency(currency))
	if err != nil {
		return v.String()
	}
	return a.String()
}
