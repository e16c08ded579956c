// Package reason is how the program explains a decision it computed.
//
// Coverage, candidates, slots, prices, deductions and priorities all store why
// they came out as they did, as a list of reasons: a stable code, the
// parameters, the limit and the value compared, the version of the rule, and
// a verdict. Words come from i18n under the key "reason.<code>", so one stored
// decision reads in every language and old decisions keep their meaning.
//
// A reason holds ids, codes, numbers and times, never personal data: decisions
// are stored in the clear. The package owns no table and decides nothing.
package reason

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"
)

// Verdict says what a reason means for the decision.
type Verdict string

// The verdicts, from the heaviest to the lightest.
const (
	Fail Verdict = "fail" // forbids the outcome
	Warn Verdict = "warn" // allowed, but somebody should look
	OK   Verdict = "ok"   // a check that passed
	Info Verdict = "info" // a fact that weighed in
)

// weight orders verdicts; an unknown one counts as the lightest.
func (v Verdict) weight() int {
	if i := slices.Index([]Verdict{Fail, Warn, OK, Info}, v); i >= 0 {
		return i
	}
	return 4
}

// Reason is one step of an explanation. Its JSON is stored and published:
// fields may be added, never renamed.
//
// Build reasons with Failed, Warned, Passed or Noted and the With methods:
// they bring values into the form that JSON gives back (int64, float64,
// string, bool, lists of these), so that a reason read from the database
// equals the one that was stored.
type Reason struct {
	Code        string         `json:"code"`                   // "dispatch.skill_missing": module and what was found
	Verdict     Verdict        `json:"verdict"`                //
	Params      map[string]any `json:"params,omitempty"`       // named values for the words
	Limit       any            `json:"limit,omitempty"`        // what the rule asks for, in Value's unit
	Value       any            `json:"value,omitempty"`        // what was found
	RuleVersion string         `json:"rule_version,omitempty"` // which version of which rule judged, "warranty.cn/2026-04"
}

// Failed starts a reason that forbids the outcome.
func Failed(code string) Reason { return Reason{Code: code, Verdict: Fail} }

// Warned starts a reason that asks for attention.
func Warned(code string) Reason { return Reason{Code: code, Verdict: Warn} }

// Passed starts a reason that says a check held.
func Passed(code string) Reason { return Reason{Code: code, Verdict: OK} }

// Noted starts a reason that only records a fact.
func Noted(code string) Reason { return Reason{Code: code, Verdict: Info} }

// With adds a named value for the words. Times become RFC 3339 text in UTC,
// durations whole seconds.
func (r Reason) With(name string, value any) Reason {
	r.Params = maps.Clone(r.Params)
	if r.Params == nil {
		r.Params = map[string]any{}
	}
	r.Params[name] = normal(value)
	return r
}

// Compared sets the value found and the limit it was held against; both are in
// one unit, which the code's words name.
func (r Reason) Compared(value, limit any) Reason {
	r.Value, r.Limit = normal(value), normal(limit)
	return r
}

// Under sets the version of the rule that judged.
func (r Reason) Under(ruleVersion string) Reason {
	r.RuleVersion = ruleVersion
	return r
}

// Equal tells whether two reasons say the same.
func (r Reason) Equal(other Reason) bool { return r.text() == other.text() }

func (r Reason) text() string {
	b, err := json.Marshal(r)
	if err != nil { // only a value put into the struct past With can do this
		return fmt.Sprintf("%#v", r)
	}
	return string(b)
}

// UnmarshalJSON keeps whole numbers whole, as int64: the values are counts,
// minor units and microseconds, which a float64 would bend.
func (r *Reason) UnmarshalJSON(text []byte) error {
	type plain Reason // sheds this method
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var p plain
	if err := dec.Decode(&p); err != nil {
		return fmt.Errorf("reason: %w", err)
	}
	*r = Reason(p)
	for name, v := range r.Params {
		r.Params[name] = normal(v)
	}
	r.Limit, r.Value = normal(r.Limit), normal(r.Value)
	return nil
}

// normal brings a value into the form it has after a round trip through JSON.
func normal(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string, bool, int64: // as they are, most of all values
		return v
	case int:
		return int64(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case time.Duration:
		return int64(v / time.Second)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case error:
		return v.Error()
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer:
		if r.IsNil() {
			return nil
		}
		return normal(r.Elem().Interface())
	case reflect.Bool:
		return r.Bool()
	case reflect.String:
		return r.String()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return normal(json.Number(fmt.Sprint(r.Uint())))
	case reflect.Float32, reflect.Float64:
		f := r.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Sprint(f) // JSON has no number for these
		}
		if f == float64(int64(f)) {
			return int64(f) // JSON writes 2.0 as 2, which reads back as a whole number
		}
		return f
	case reflect.Slice, reflect.Array:
		list := make([]any, 0, r.Len())
		for i := range r.Len() {
			list = append(list, normal(r.Index(i).Interface()))
		}
		return list
	}
	return viaJSON(v)
}

// viaJSON serves structs and maps. What JSON cannot carry is replaced by the name of its type.
func viaJSON(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%T", v) // a channel or function: only its type is worth a word
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		return fmt.Sprint(v)
	}
	if m, ok := out.(map[string]any); ok {
		for name, inner := range m {
			m[name] = normal(inner)
		}
		return m
	}
	return normal(out)
}

// Words is what turns keys into text; *i18n.Catalogue is one.
type Words interface {
	T(lang, key string, params map[string]any) string
}

// Key is the i18n key of the reason's words.
func (r Reason) Key() string { return "reason." + r.Code }

// Words says the reason in lang. The message may use the parameters and, under
// the names limit, value and rule, the other fields.
func (r Reason) Words(words Words, lang string) string {
	params := make(map[string]any, len(r.Params)+3)
	if r.Limit != nil {
		params["limit"] = r.Limit
	}
	if r.Value != nil {
		params["value"] = r.Value
	}
	if r.RuleVersion != "" {
		params["rule"] = r.RuleVersion
	}
	maps.Copy(params, r.Params)
	return words.T(lang, r.Key(), params)
}

// compare orders by verdict, then code; used with stable sorts.
func compare(a, b Reason) int {
	return cmp.Or(cmp.Compare(a.Verdict.weight(), b.Verdict.weight()), cmp.Compare(a.Code, b.Code))
}
