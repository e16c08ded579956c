package returns

import (
	"fmt"
	"slices"
	"time"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/problem"
)

// Type is what the customer asks for.
type Type string

// Types of requests.
const (
	ForRefund       Type = "return"           // goods back, money back
	ForExchange     Type = "exchange"         // goods back, then others
	ForRepair       Type = "repair_return"    // goods in, repaired, back to the customer
	AdvanceExchange Type = "advance_exchange" // others first, then goods back
	RefundOnly      Type = "refund_only"      // money back, goods stay
	DropShip        Type = "drop_ship"        // goods to the maker or supplier, money back by its word
)

// Types lists them.
var Types = []Type{ForRefund, ForExchange, ForRepair, AdvanceExchange, RefundOnly, DropShip}

// option is the remedy that a type asks the rules for.
func (t Type) option() rules.Option {
	switch t {
	case ForExchange, AdvanceExchange:
		return rules.Exchange
	case ForRepair:
		return rules.Repair
	}
	return rules.Refund
}

// When is the place of a step. Receipt and inspection stand before or after the remedy moves; replacement, refund and
// repair before or after the receipt of the goods.
type When string

// Places.
const (
	No     When = "no"
	Before When = "before"
	After  When = "after"
)

// Operation is how one request runs: a row of policies.
type Operation struct {
	Receipt     When `json:"receipt" enum:"no,before,after"`
	Inspection  When `json:"inspection" enum:"no,before,after"`
	Replacement When `json:"replacement" enum:"no,before,after"`
	Refund      When `json:"refund" enum:"no,before,after"`
	Repair      When `json:"repair" enum:"no,before,after"`
}

// Operations are the defaults of the types; a brand may have its own.
var Operations = map[Type]Operation{
	ForRefund:       {Receipt: Before, Inspection: Before, Replacement: No, Refund: After, Repair: No},
	ForExchange:     {Receipt: Before, Inspection: Before, Replacement: After, Refund: No, Repair: No},
	ForRepair:       {Receipt: Before, Inspection: Before, Replacement: No, Refund: No, Repair: After},
	AdvanceExchange: {Receipt: After, Inspection: After, Replacement: Before, Refund: No, Repair: No},
	RefundOnly:      {Receipt: No, Inspection: No, Replacement: No, Refund: Before, Repair: No},
	DropShip:        {Receipt: Before, Inspection: Before, Replacement: No, Refund: After, Repair: No},
}

// check refuses rows that cannot run.
func (o Operation) check(f *problem.Fields, field string) {
	for _, c := range []struct {
		name string
		w    When
	}{{"receipt", o.Receipt}, {"inspection", o.Inspection}, {"replacement", o.Replacement}, {"refund", o.Refund}, {"repair", o.Repair}} {
		f.Check(slices.Contains([]When{No, Before, After}, c.w), field+"."+c.name, problem.BadChoice)
	}
	remedies := []When{o.Replacement, o.Refund, o.Repair}
	f.Check(slices.ContainsFunc(remedies, func(w When) bool { return w != No }), field, ErrNoRemedy)
	f.Check(o.Repair != Before && (o.Repair == No || o.Receipt == Before), field+".repair", ErrOrder) // what is not here cannot be repaired
	f.Check(o.Inspection == No || o.Receipt != No, field+".inspection", ErrOrder)
	f.Check(o.Inspection != Before || o.Receipt == Before, field+".inspection", ErrOrder)
	for i, w := range remedies {
		f.Check(w != After || o.Receipt != No, fmt.Sprintf("%s.%s", field, []string{"replacement", "refund", "repair"}[i]), ErrOrder)
		f.Check(w != Before || o.Receipt != Before, fmt.Sprintf("%s.%s", field, []string{"replacement", "refund", "repair"}[i]), ErrOrder)
	}
}

// ready tells whether a remedy of a line may move.
func (r *Return) ready(l *Line, w When) bool {
	switch {
	case w == No || !r.approved() || r.disputed(l.ID) || l.Consent == ConsentAsked || l.Consent == ConsentRefused:
		return false
	case w == Before:
		return true
	case r.Operation.Inspection == Before:
		return l.Inspection != nil
	}
	return l.Goods.here()
}

// Limit bounds what is approved without asking higher, per reason.
type Limit struct {
	Reason string `json:"reason,omitempty" maxLength:"64" doc:"of the request; empty: any other"`
	Auto   int64  `json:"auto" minimum:"0" doc:"approved by rule up to this, minor units; 0: never"`
	Person int64  `json:"person" minimum:"0" doc:"approved by who may decide; more takes the permission for any amount"`
}

// Policy is how a brand takes goods back. What it leaves empty is the default.
type Policy struct {
	Operations map[Type]Operation `json:"operations,omitempty"`
	Limits     []Limit            `json:"limits,omitempty"`
	Address    string             `json:"address,omitempty" maxLength:"300" doc:"where goods are sent; the outlet's address when empty"`
	ShipDays   int                `json:"ship_days,omitempty" minimum:"0" maximum:"90" doc:"days to send the goods; 7 when 0"`
	RefundDays int                `json:"refund_days,omitempty" minimum:"0" maximum:"60" doc:"days from receipt to refund that customers are told; 7 when 0"`
	// PlatformHours are the hours that marketplaces give for an answer, by their code.
	PlatformHours map[string]int `json:"platform_hours,omitempty" doc:"by marketplace; jd 24, others 48 when absent"`
	MaxFreight    int64          `json:"max_freight,omitempty" minimum:"0" doc:"most that is given back of freight a customer advanced, minor units; 20000 when 0"`
	// TaxRates are what a price holds of tax where the request does not say, by category.
	TaxRates map[string]int64 `json:"tax_rates,omitempty" doc:"by category, in millionths: 130000 is 13 %; an empty key is for all others"`
	// Recipients take goods that customers send to them straight.
	Recipients map[string]Recipient `json:"recipients,omitempty" doc:"by category, for goods that go to the maker or supplier; an empty key is for all others"`
	BankDays   int                  `json:"bank_days,omitempty" minimum:"0" maximum:"30" doc:"working days until the money arrives that customers are told; 3 when 0"`
}

// Defaults of a policy, in minor units and days.
var defaultLimit = Limit{Auto: 200_000, Person: 500_000}

const (
	defaultShipDays   = 7
	defaultRefundDays = 7
	defaultBankDays   = 3
)

// Hours that marketplaces give: JD wants an answer to a dispute within a day.
var platformHours = map[string]int{"jd": 24}

const (
	defaultPlatformHours = 48
	defaultMaxFreight    = 20_000
)

func (p Policy) platformWindow(platform string) time.Duration {
	hours, ok := p.PlatformHours[platform]
	if !ok {
		hours, ok = platformHours[platform]
	}
	if !ok {
		hours = defaultPlatformHours
	}
	return time.Duration(hours) * time.Hour
}

func (p Policy) operation(t Type) Operation {
	if o, ok := p.Operations[t]; ok {
		return o
	}
	return Operations[t]
}

func (p Policy) limit(reason string) Limit {
	out := defaultLimit
	for _, l := range p.Limits {
		if l.Reason == reason {
			return l
		}
		if l.Reason == "" {
			out = l
		}
	}
	return out
}

func (p Policy) check() error {
	var f problem.Fields
	for t, o := range p.Operations {
		if !slices.Contains(Types, t) {
			f.Add("operations."+string(t), problem.BadChoice)
			continue
		}
		o.check(&f, "operations."+string(t))
	}
	for i, l := range p.Limits {
		f.Check(l.Auto >= 0 && l.Person >= l.Auto, fmt.Sprintf("limits[%d].person", i), problem.OutOfRange)
		f.Check(!slices.ContainsFunc(p.Limits[:i], func(o Limit) bool { return o.Reason == l.Reason }), fmt.Sprintf("limits[%d].reason", i), problem.Taken)
	}
	f.Check(len([]rune(p.Address)) <= maxAddress, "address", problem.TooLong, "limit", maxAddress)
	f.Check(len(p.PlatformHours) <= 50, "platform_hours", problem.TooLong, "limit", 50)
	for name, v := range p.PlatformHours {
		f.Check(v >= 1 && v <= 24*60, "platform_hours."+name, problem.OutOfRange, "limit", "1–1440")
	}
	f.Check(p.MaxFreight >= 0 && p.MaxFreight <= maxMinor, "max_freight", problem.OutOfRange, "limit", "≥ 0")
	for name, v := range map[string]int{"ship_days": p.ShipDays, "refund_days": p.RefundDays, "bank_days": p.BankDays} {
		f.Check(v >= 0 && v <= 90, name, problem.OutOfRange)
	}
	checkTaxRates(&f, p.TaxRates)
	p.checkRecipients(&f)
	return f.Err()
}

func orDays(v, or int) int {
	if v == 0 {
		return or
	}
	return v
}
