package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"anxin/internal/platform/calendar"
)

// Words say something in the languages of packs.
type Words struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// Kind is what a right rests on, in the order in which they are preferred when they give the same.
type Kind string

// Kinds of packs.
const (
	Statutory Kind = "statutory"
	Maker     Kind = "maker"
	Seller    Kind = "seller"
	Platform  Kind = "platform"
	Contract  Kind = "contract"
	Goodwill  Kind = "goodwill"
)

// Kinds lists them.
var Kinds = []Kind{Statutory, Maker, Seller, Platform, Contract, Goodwill}

// Confidence says how well a rule or cell is known.
type Confidence string

// Sourced cells were read in a cited text; the others are unverified until a lawyer of the firm has confirmed them.
const (
	Sourced    Confidence = "sourced"
	Unverified Confidence = "unverified"
)

// Pack is one law or promise.
type Pack struct {
	ID            string   `json:"id"`
	Version       int      `json:"version"`
	Kind          Kind     `json:"kind"`
	Jurisdictions []string `json:"jurisdictions"` // codes such as CN, DE; [Facts.Jurisdiction] is one of them
	Title         Words    `json:"title"`
	Source        string   `json:"source"`
	// From and To bound the days of purchase that the pack judges, To not included; zero is open.
	From calendar.Date `json:"from,omitzero"`
	To   calendar.Date `json:"to,omitzero"`
	// When must be true of the facts for the pack to speak at all; empty is always.
	When string `json:"when,omitempty"`
	// RollEnd moves the last day of a period that is no working day to the next one that is.
	RollEnd bool `json:"roll_end,omitempty"`
	// RepairDays says how days of repair are counted: "dates", the difference of dates, or "hours24", each begun 24 hours.
	RepairDays string            `json:"repair_days,omitempty"`
	Facts      []Fact            `json:"facts,omitempty"` // that only this pack asks
	Catalogue  *Catalogue        `json:"catalogue,omitempty"`
	Starts     map[string][]From `json:"starts"`
	Periods    []Period          `json:"periods"`
	Rules      []Rule            `json:"rules"`
}

// Fact is something that a pack asks beside what every pack knows.
type Fact struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // bool, int or string
	Title Words  `json:"title"`
}

// Catalogue lists kinds of goods with what the law says of each. Its columns are whole numbers, to conditions
// item["column"].
type Catalogue struct {
	Categories map[string]string `json:"categories,omitempty"` // our category → item
	Items      map[string]Item   `json:"items"`
}

// Item is one row of a catalogue.
type Item struct {
	Title      Words            `json:"title"`
	Values     map[string]int64 `json:"values"`
	MainParts  []string         `json:"main_parts,omitempty"`
	Unverified []string         `json:"unverified,omitempty"` // columns that no source confirms
}

// From is one basis of a start: the first whose date is known and whose condition is true counts.
type From struct {
	Date  string `json:"date"` // one of [DateKinds]
	When  string `json:"when,omitempty"`
	Plus  int    `json:"plus_months,omitempty"`
	Floor string `json:"floor,omitempty"` // one of [DateKinds]: if later, it counts instead
}

// Period is a stretch of time from a start, the day of the start not counted.
type Period struct {
	ID     string `json:"id"`
	Title  Words  `json:"title"`
	Start  string `json:"start"`
	Days   Number `json:"days,omitzero"`
	Months Number `json:"months,omitzero"`
	Km     Number `json:"km,omitzero"` // ends earlier when so far was driven; zero is no bound
	// At is the date that has to lie within: reported (the default), noticed, today.
	At string `json:"at,omitempty"`
	// Extends says that days of repair lengthen it, Restarts that an exchange starts it anew.
	Extends  bool `json:"extends,omitempty"`
	Restarts bool `json:"restarts,omitempty"`
}

// Number is a whole number, or an expression that makes one.
type Number struct {
	Text string
}

// IsZero tells whether there is none.
func (n Number) IsZero() bool { return n.Text == "" }

// MarshalJSON writes an expression as text.
func (n Number) MarshalJSON() ([]byte, error) { return json.Marshal(n.Text) }

// UnmarshalJSON takes a number or text.
func (n *Number) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &n.Text)
	}
	var v int64
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	n.Text = fmt.Sprint(v)
	return nil
}

// Rule is one right, exclusion or duty.
type Rule struct {
	ID         string     `json:"id"`
	Title      Words      `json:"title"`
	Source     string     `json:"source"`
	Confidence Confidence `json:"confidence"`
	When       string     `json:"when,omitempty"`
	// Within are periods of the pack in which the rule holds; all of them.
	Within []string `json:"within,omitempty"`
	// Exceeds is a repair that takes too long: the rule holds from the day after.
	Exceeds *Exceeds `json:"exceeds,omitempty"`
	// Requires are rules further up in the pack of which at least one has to hold now.
	Requires []string `json:"requires,omitempty"`
	// InsteadOf are rules that stand back when this one holds, of this pack or as "pack/rule" of others.
	InsteadOf []string `json:"instead_of,omitempty"`
	Grants    []Grant  `json:"grants,omitempty"`
	Covers    *Covers  `json:"covers,omitempty"`
	Freight   *Freight `json:"freight,omitempty"`
	Duties    []Duty   `json:"duties,omitempty"`
	// Burden is who has to prove: trader or customer.
	Burden   string   `json:"burden,omitempty"`
	Evidence []string `json:"evidence,omitempty"` // codes: invoice, card, repair_records, photo, …
	// Text explains in the result; {basis}, {start}, {last}, {from}, {days} and {amount} are filled in.
	Text Words `json:"text"`
}

// Exceeds is true of a repair in which the unit was away for more than Days, for a reason: repairer (his own fault),
// parts (none supplied), or empty for any.
type Exceeds struct {
	Delay string `json:"delay,omitempty"`
	Days  Number `json:"days"`
}

// Option is what a customer may choose.
type Option string

// Options of customers.
const (
	Refund     Option = "refund"
	Exchange   Option = "exchange"
	Repair     Option = "repair"
	PriceCut   Option = "price_cut"
	Loan       Option = "loan" // of a unit, or an allowance
	Assembly   Option = "assembly"
	PaidRepair Option = "paid_repair"
	Damages    Option = "damages"
)

var options = []Option{Refund, Exchange, Repair, PriceCut, Loan, Assembly, PaidRepair, Damages}

// Grant is an option with what it comes to.
type Grant struct {
	Option Option  `json:"option"`
	Payer  string  `json:"payer"` // seller, maker, repairer, customer
	When   string  `json:"when,omitempty"`
	Amount *Amount `json:"amount,omitempty"`
}

// Amount names the arithmetic of a sum of money with its numbers.
type Amount struct {
	By    string `json:"by"` // one of the formulas of amount.go
	Rate  Number `json:"rate,omitzero"`
	Start string `json:"start,omitempty"` // a start of the pack
	Times int64  `json:"times,omitempty"`
	Least int64  `json:"least,omitempty"`
}

// Covers says which charge lines somebody bears while the rule's periods run.
type Covers struct {
	Lines   []string `json:"lines"`
	Classes []string `json:"classes,omitempty"` // of parts; empty is all
	Payer   string   `json:"payer"`
	Share   int64    `json:"share"` // percent
}

// Freight says who pays the ways of goods: seller, customer, or earlier (who was at fault first).
type Freight struct {
	Back string `json:"back"`
	Out  string `json:"out,omitempty"`
}

// Duty is something that has to be done in time.
type Duty struct {
	Code    string `json:"code"` // refund, answer, alarm, loan …
	After   string `json:"after"`
	Days    int    `json:"days"`
	Working bool   `json:"working,omitempty"`
	By      string `json:"by"` // seller, maker, repairer, customer
}

// maxPack bounds the size of a pack in bytes, maxRules its rules, its periods and its own facts.
const (
	maxPack  = 1 << 20
	maxRules = 500
)

var packID = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)

// ErrPack says that a pack cannot be used; the text says where and why.
var ErrPack = errors.New("rule pack")

// Fault is one thing that is wrong with a pack. It wraps [ErrPack].
type Fault struct {
	Pack string // its id, empty where it has none yet
	At   string // place in the pack, such as rules.R1.when; empty for the whole
	Text string
}

// Error implements error.
func (f *Fault) Error() string { return fmt.Sprintf("%v %s: %s: %s", ErrPack, f.Pack, f.At, f.Text) }

// Unwrap tells what it is.
func (f *Fault) Unwrap() error { return ErrPack }

// Faults lists the faults within an error of [ReadPack], [Compile] or [Set.Decide], in order.
func Faults(err error) []*Fault {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Fault
		for _, e := range list.Unwrap() {
			out = append(out, Faults(e)...)
		}
		return out
	}
	var f *Fault
	if errors.As(err, &f) {
		return []*Fault{f}
	}
	return nil
}

// ReadPack reads a pack from JSON and compiles it. Unknown keys are errors: a misspelt one must not weaken a right.
func ReadPack(r io.Reader) (*Compiled, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPack+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxPack {
		return nil, &Fault{Text: fmt.Sprintf("larger than %d bytes", maxPack)}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var p Pack
	if err := d.Decode(&p); err != nil {
		return nil, &Fault{Text: err.Error()}
	}
	if d.More() {
		return nil, &Fault{Text: "something follows the pack"}
	}
	return Compile(p)
}

// check finds what is wrong without conditions being looked at.
func (p *Pack) check() error {
	var errs []error
	bad := func(where, format string, args ...any) {
		errs = append(errs, &Fault{p.ID, where, fmt.Sprintf(format, args...)})
	}
	words := func(where string, w Words) {
		if w.Zh == "" || w.En == "" {
			bad(where, "words in zh and en are needed")
		}
	}
	if p.ID == "" || p.Version < 1 || p.Source == "" {
		bad("head", "id, version and source are needed")
	}
	if p.ID != "" && !packID.MatchString(p.ID) {
		bad("id", "%q: small letters, digits, dots and dashes, at most 64", p.ID)
	}
	if len(p.Rules) > maxRules || len(p.Periods) > maxRules || len(p.Facts) > maxRules {
		bad("rules", "more than %d rules, periods or facts", maxRules)
	}
	if !slices.Contains(Kinds, p.Kind) {
		bad("kind", "%q is none of %v", p.Kind, Kinds)
	}
	if len(p.Jurisdictions) == 0 {
		bad("jurisdictions", "none")
	}
	if !p.From.IsZero() && !p.To.IsZero() && p.To <= p.From {
		bad("to", "is not after from")
	}
	if !slices.Contains([]string{"", "dates", "hours24"}, p.RepairDays) {
		bad("repair_days", "%q is neither dates nor hours24", p.RepairDays)
	}
	words("title", p.Title)
	for _, f := range p.Facts {
		if !slices.Contains([]string{"bool", "int", "string"}, f.Type) {
			bad("facts."+f.Name, "type %q is none of bool, int, string", f.Type)
		}
		words("facts."+f.Name, f.Title)
	}
	for name, list := range p.Starts {
		for _, f := range list {
			if !slices.Contains(DateKinds, f.Date) || f.Floor != "" && !slices.Contains(DateKinds, f.Floor) {
				bad("starts."+name, "date %q or floor %q is none of %v", f.Date, f.Floor, DateKinds)
			}
		}
	}
	periods := map[string]bool{}
	for _, d := range p.Periods {
		where := "periods." + d.ID
		if d.ID == "" || periods[d.ID] {
			bad(where, "twice or without id")
		}
		periods[d.ID] = true
		if _, ok := p.Starts[d.Start]; !ok {
			bad(where, "no start %q", d.Start)
		}
		if d.Days.IsZero() && d.Months.IsZero() {
			bad(where, "neither days nor months")
		}
		if !slices.Contains([]string{"", "reported", "noticed", "today"}, d.At) {
			bad(where, "at %q is none of reported, noticed, today", d.At)
		}
		words(where, d.Title)
	}
	p.checkCatalogue(bad)
	seen := map[string]bool{}
	for _, r := range p.Rules {
		where := "rules." + r.ID
		if r.ID == "" || seen[r.ID] {
			bad(where, "twice or without id")
		}
		seen[r.ID] = true
		words(where+".title", r.Title)
		words(where+".text", r.Text)
		if r.Source == "" || r.Confidence != Sourced && r.Confidence != Unverified {
			bad(where, "source and confidence (sourced, unverified) are needed")
		}
		for _, id := range r.Within {
			if !periods[id] {
				bad(where, "no period %q", id)
			}
		}
		for _, name := range r.InsteadOf {
			if p.Kind != Statutory && strings.Contains(name, "/") {
				bad(where, "instead_of %q: what is no law takes the place of nothing outside its own pack", name)
			}
		}
		for _, id := range r.Requires {
			if !seen[id] || id == r.ID {
				bad(where, "requires %q, which is no rule further up", id)
			}
		}
		p.checkRule(r, func(format string, args ...any) { bad(where, format, args...) })
	}
	return errors.Join(errs...)
}

func (p *Pack) checkCatalogue(bad func(where, format string, args ...any)) {
	if p.Catalogue == nil {
		return
	}
	for c, item := range p.Catalogue.Categories {
		if _, ok := p.Catalogue.Items[item]; !ok {
			bad("catalogue.categories."+c, "no item %q", item)
		}
	}
	for key, it := range p.Catalogue.Items {
		for _, col := range it.Unverified {
			if _, ok := it.Values[col]; !ok {
				bad("catalogue.items."+key, "unverified column %q has no value", col)
			}
		}
	}
}

var (
	payers     = []string{"seller", "maker", "repairer", "customer"}
	lines      = []string{"labour", "part", "travel", "freight", "other"}
	classes    = []string{"main", "general", "accessory", "none"}
	dutyStarts = []string{"reported", "noticed", "received", "today"}
)

func (p *Pack) checkRule(r Rule, bad func(format string, args ...any)) {
	for _, g := range r.Grants {
		if !slices.Contains(options, g.Option) {
			bad("option %q is none of %v", g.Option, options)
		}
		if !slices.Contains(payers, g.Payer) {
			bad("payer %q is none of %v", g.Payer, payers)
		}
		if g.Amount != nil {
			if _, ok := formulas[g.Amount.By]; !ok {
				bad("no formula %q", g.Amount.By)
			}
			if _, ok := p.Starts[g.Amount.Start]; g.Amount.Start != "" && !ok {
				bad("no start %q", g.Amount.Start)
			}
		}
	}
	if c := r.Covers; c != nil {
		if len(r.Within) == 0 {
			bad("covers needs a period to run within")
		}
		for _, l := range c.Lines {
			if !slices.Contains(lines, l) {
				bad("line %q is none of %v", l, lines)
			}
		}
		for _, l := range c.Classes {
			if !slices.Contains(classes, l) {
				bad("class %q is none of %v", l, classes)
			}
		}
		if !slices.Contains(payers, c.Payer) || c.Share < 1 || c.Share > 100 {
			bad("covers: payer %q or share %d", c.Payer, c.Share)
		}
	}
	if f := r.Freight; f != nil {
		who := []string{"seller", "customer", "earlier", ""}
		if !slices.Contains(who, f.Back) || !slices.Contains(who, f.Out) {
			bad("freight %q, %q: who pays is none of %v", f.Back, f.Out, who)
		}
	}
	for _, d := range r.Duties {
		if d.Code == "" || d.Days < 0 || !slices.Contains(dutyStarts, d.After) || !slices.Contains(payers, d.By) {
			bad("duty %q needs a code, days, whom (%v) and after what (%v)", d.Code, payers, dutyStarts)
		}
	}
	if r.Exceeds != nil && (r.Exceeds.Days.IsZero() || !slices.Contains([]string{"", "repairer", "parts"}, r.Exceeds.Delay)) {
		bad("exceeds needs days, and a delay of repairer, parts or none")
	}
	if !slices.Contains([]string{"", "trader", "customer"}, r.Burden) {
		bad("burden %q", r.Burden)
	}
}
