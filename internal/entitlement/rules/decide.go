package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"

	"anxin/internal/platform/calendar"
)

// State says how a rule stands to the facts.
type State string

// States of rules. Only rules that hold now give rights.
const (
	Now     State = "now"
	Past    State = "past"    // its period is over
	Future  State = "future"  // will hold from a day on, if nothing changes
	Stood   State = "stood"   // stands back for another rule
	Unknown State = "unknown" // no date starts its period
)

// Ruling is how one rule stands to the facts.
type Ruling struct {
	Pack       string        `json:"pack"`
	Version    int           `json:"version"`
	Rule       string        `json:"rule"`
	Kind       Kind          `json:"kind"`
	State      State         `json:"state"`
	Title      Words         `json:"title"`
	Text       Words         `json:"text"`
	Source     string        `json:"source"`
	Unverified bool          `json:"unverified,omitempty"`
	Doubts     []string      `json:"doubts,omitempty"` // cells that nobody has confirmed, see [Pack.Cells]
	Basis      string        `json:"basis,omitempty"`  // date that its first period starts from
	Start      calendar.Date `json:"start,omitzero"`
	Last       calendar.Date `json:"last,omitzero"` // the earliest end of its periods
	From       calendar.Date `json:"from,omitzero"` // when it will hold, or since when
	For        string        `json:"for,omitempty"` // the rule that it stands back for, as pack/rule
	Burden     string        `json:"burden,omitempty"`
}

// Choice is an option that the customer has now.
type Choice struct {
	Option Option   `json:"option"`
	Payer  string   `json:"payer"`
	Sum    *Sum     `json:"sum,omitempty"`
	Rules  []string `json:"rules"` // pack/rule, the one that counts first
}

// Cover is a promise to bear charge lines from the day after Start to Last.
type Cover struct {
	Rule       string        `json:"rule"` // pack/rule
	Period     string        `json:"period"`
	Kind       Kind          `json:"kind"`
	Title      Words         `json:"title"`
	State      State         `json:"state"`
	Lines      []string      `json:"lines"`
	Classes    []string      `json:"classes,omitempty"`
	Payer      string        `json:"payer"`
	Share      int64         `json:"share"`
	Start      calendar.Date `json:"start"`
	Last       calendar.Date `json:"last"`
	Extended   int           `json:"extended,omitempty"`
	Basis      string        `json:"basis"`
	Unverified bool          `json:"unverified,omitempty"`
	MainParts  []string      `json:"main_parts,omitempty"`
}

// Deadline is when somebody has to have done something. At is zero until what it runs from has happened.
type Deadline struct {
	Code string        `json:"code"`
	By   string        `json:"by"`
	At   calendar.Date `json:"at,omitzero"`
	Rule string        `json:"rule"`
}

// Decision is what a customer is entitled to.
type Decision struct {
	Set       string     `json:"set"`   // version of all packs together
	Packs     []string   `json:"packs"` // id@version of those that were in force
	Rulings   []Ruling   `json:"rulings"`
	Choices   []Choice   `json:"choices"`
	Covers    []Cover    `json:"covers"`
	Freight   *Freight   `json:"freight,omitempty"`
	Deadlines []Deadline `json:"deadlines"`
	Evidence  []string   `json:"evidence"`
	Burden    string     `json:"burden,omitempty"` // trader or customer; empty: not said
	// Broken are packs of the firm that could not be asked, as id@version, with the place and what went wrong there.
	Broken []Broken `json:"broken,omitempty"`
}

// Broken is a pack that was left out because it could not be asked.
type Broken struct {
	Pack string `json:"pack"`
	At   string `json:"at"`
	Text string `json:"text"`
}

// Rule finds a ruling by pack and rule.
func (d Decision) Rule(pack, rule string) (Ruling, bool) {
	i := slices.IndexFunc(d.Rulings, func(r Ruling) bool { return r.Pack == pack && r.Rule == rule })
	if i < 0 {
		return Ruling{}, false
	}
	return d.Rulings[i], true
}

// Set is the packs that are asked together.
type Set struct {
	packs   []*Compiled
	cal     *calendar.Calendar
	version string
}

// NewSet makes a set. The calendar says in which zone an instant falls on which day, and which days are working days.
func NewSet(cal *calendar.Calendar, packs ...*Compiled) *Set {
	names := make([]string, len(packs))
	for i, p := range packs {
		names[i] = p.name()
		if p.Brand != "" {
			names[i] += " of " + p.Brand
		}
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(names, " ")))
	return &Set{packs: packs, cal: cal, version: hex.EncodeToString(sum[:8])}
}

// Version changes when a pack is added, taken away or has another version.
func (s *Set) Version() string { return s.version }

// Packs lists the packs.
func (s *Set) Packs() []*Compiled { return s.packs }

// name is id@version.
func (p *Compiled) name() string { return p.ID + "@" + strconv.Itoa(p.Version) }

// applying are the packs of a jurisdiction and brand that were in force when the unit was bought; of several versions of
// one the highest.
func (s *Set) applying(f *Facts, without map[*Compiled]bool) []*Compiled {
	day := f.bought()
	var out []*Compiled
	for _, p := range s.packs {
		if without[p] || p.Brand != "" && p.Brand != f.Brand || !slices.Contains(p.Jurisdictions, f.Jurisdiction) || day < p.From || !p.To.IsZero() && day >= p.To {
			continue
		}
		i := slices.IndexFunc(out, func(o *Compiled) bool { return o.ID == p.ID })
		switch {
		case i < 0:
			out = append(out, p)
		case out[i].Version < p.Version:
			out[i] = p
		}
	}
	return out
}

// found is a rule that speaks of the facts.
type found struct {
	Ruling
	a     *asking
	rule  *Rule
	progs *rulePrograms
	spans []Span
}

func (x *found) name() string { return x.Pack + "/" + x.Ruling.Rule }

// Decide asks all packs. Facts that contradict one another come back as [FactFaults], and nothing is decided; errors that
// wrap [ErrPack] are faults of the product's packs. A firm's pack that goes wrong is left out, and named.
func (s *Set) Decide(f Facts) (Decision, error) {
	var broken []Broken
	without := map[*Compiled]bool{}
	for {
		d, asked, err := s.decide(f, without)
		var fault *Fault
		if asked == nil || !asked.own || !errors.As(err, &fault) {
			d.Broken = broken
			return d, err
		}
		without[asked] = true
		broken = append(broken, Broken{asked.name(), fault.At, fault.Text})
	}
}

// decide asks all packs but some; with an error it names the pack that was being asked.
func (s *Set) decide(f Facts, without map[*Compiled]bool) (Decision, *Compiled, error) {
	out := Decision{Set: s.version, Packs: []string{}, Rulings: []Ruling{}, Choices: []Choice{}, Covers: []Cover{}, Deadlines: []Deadline{}, Evidence: []string{}}
	if err := f.check(); err != nil {
		return out, nil, err
	}
	var all []*found
	for _, p := range s.applying(&f, without) {
		a, err := p.ask(&f, s.cal)
		if err != nil {
			return out, p, err
		}
		yes, err := a.yes("when", p.when)
		if err != nil {
			return out, p, err
		}
		if !yes {
			continue
		}
		out.Packs = append(out.Packs, p.name())
		list, err := a.rulings()
		if err != nil {
			return out, p, err
		}
		all = append(all, list...)
	}
	standBack(slices.DeleteFunc(slices.Clone(all), func(x *found) bool { return len(x.rule.Requires) > 0 }))
	all = required(all)
	standBack(all)
	for _, r := range all {
		if err := out.add(r); err != nil {
			return out, r.a.Compiled, err
		}
	}
	out.order()
	return out, nil, nil
}

// rulings are the rules of a pack whose conditions are true, with how they stand.
func (a *asking) rulings() ([]*found, error) {
	spans := make(map[string]Span, len(a.Periods))
	for i := range a.Periods {
		sp, err := a.span(i)
		if err != nil {
			return nil, err
		}
		spans[sp.Period] = sp
	}
	var out []*found
	for i := range a.Rules {
		r := &a.Rules[i]
		yes, err := a.yes("rules."+r.ID+".when", a.rules[i].when)
		if err != nil {
			return nil, err
		}
		if !yes {
			continue
		}
		x := &found{a: a, rule: r, progs: &a.rules[i]}
		x.Ruling = Ruling{
			Pack: a.ID, Version: a.Version, Rule: r.ID, Kind: a.Kind, State: Now, Title: r.Title, Source: r.Source, Burden: r.Burden,
		}
		x.Doubts = a.doubts(r)
		x.Unverified = len(x.Doubts) > 0
		for _, id := range r.Within {
			x.within(spans[id])
		}
		if r.Exceeds != nil {
			limit, err := a.number("rules."+r.ID+".exceeds.days", a.rules[i].exceeds)
			if err != nil {
				return nil, err
			}
			from, now, later := a.exceeded(r.Exceeds, limit)
			switch {
			case !now && !later:
				continue
			case later && x.State == Now:
				x.State = Future
			}
			x.From = from
		}
		out = append(out, x)
	}
	return out, nil
}

// within lets a period have its say.
func (x *found) within(sp Span) {
	x.spans = append(x.spans, sp)
	switch {
	case !sp.Known:
		if x.State == Now {
			x.State = Unknown
		}
		return
	case sp.over():
		x.State = Past
	}
	if x.Last.IsZero() || sp.Last < x.Last {
		x.Last, x.Start, x.Basis = sp.Last, sp.Start, sp.Basis
	}
}

// doubts are the cells that a rule leans on and nobody has confirmed: itself, and columns of the catalogue.
func (a *asking) doubts(r *Rule) []string {
	var out []string
	if r.Confidence == Unverified {
		out = append(out, ruleCell(r.ID))
	}
	var texts []string
	for _, g := range r.Grants {
		if g.Amount != nil {
			texts = append(texts, g.Amount.Rate.Text)
		}
	}
	for _, p := range a.Periods {
		if slices.Contains(r.Within, p.ID) {
			texts = append(texts, p.Days.Text, p.Months.Text, p.Km.Text)
		}
	}
	for _, col := range a.item.Unverified {
		if slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, `"`+col+`"`) }) {
			out = append(out, itemCell(a.key, col))
		}
	}
	return out
}

// standBack takes rules out for which another holds. What itself stands back displaces nothing.
func standBack(all []*found) {
	for _, by := range all {
		if by.State != Now {
			continue
		}
		for _, x := range all {
			if x == by || x.State == Stood {
				continue
			}
			for _, name := range by.rule.InsteadOf {
				if x.name() == name || x.Pack == by.Pack && x.Ruling.Rule == name {
					x.State, x.For = Stood, by.name()
				}
			}
		}
	}
}

// required leaves rules out of which none that they require holds now. A rule may require one that itself requires others
// further up.
func required(all []*found) []*found {
	holds := map[string]bool{}
	for _, x := range all {
		if len(x.rule.Requires) == 0 && x.State == Now {
			holds[x.name()] = true
		}
	}
	out := make([]*found, 0, len(all))
	for _, x := range all {
		if len(x.rule.Requires) > 0 {
			if !slices.ContainsFunc(x.rule.Requires, func(id string) bool { return holds[x.Pack+"/"+id] }) {
				continue
			}
			holds[x.name()] = x.State == Now
		}
		out = append(out, x)
	}
	return out
}

// add takes over what a rule gives.
func (d *Decision) add(x *found) error {
	for _, sp := range x.spans {
		if c := x.rule.Covers; c != nil && sp.Known && x.State != Stood {
			d.cover(x, c, sp)
			break
		}
	}
	var amount *Sum
	if x.State == Now {
		for i, g := range x.rule.Grants {
			s, err := d.grant(x, g, &x.progs.grants[i])
			if err != nil {
				return err
			}
			if s != nil {
				amount = s
			}
		}
		d.freight(x.rule.Freight)
		for _, duty := range x.rule.Duties {
			d.Deadlines = append(d.Deadlines, Deadline{Code: duty.Code, By: duty.By, At: x.a.due(duty), Rule: x.name()})
		}
		for _, e := range x.rule.Evidence {
			if !slices.Contains(d.Evidence, e) {
				d.Evidence = append(d.Evidence, e)
			}
		}
		if x.rule.Burden == "trader" || d.Burden == "" {
			d.Burden = cmp.Or(x.rule.Burden, d.Burden)
		}
	}
	x.Text = x.words(amount)
	d.Rulings = append(d.Rulings, x.Ruling)
	return nil
}

func (d *Decision) cover(x *found, c *Covers, sp Span) {
	out := Cover{
		Rule: x.name(), Period: sp.Period, Kind: x.Kind, Title: sp.Title, State: x.State, Lines: c.Lines, Classes: c.Classes, Payer: c.Payer, Share: c.Share, Start: sp.Start, Last: x.Last,
		Extended: sp.Extended, Basis: sp.Basis, Unverified: x.Unverified,
	}
	if slices.Contains(c.Classes, "main") {
		out.MainParts = x.a.item.MainParts
	}
	d.Covers = append(d.Covers, out)
}

// grant merges an option into the choices: what is better for the customer counts.
func (d *Decision) grant(x *found, g Grant, p *grantPrograms) (*Sum, error) {
	yes, err := x.a.yes("rules."+x.rule.ID+".grants."+string(g.Option), p.when)
	if err != nil || !yes {
		return nil, err
	}
	mine := Choice{Option: g.Option, Payer: g.Payer, Rules: []string{x.name()}}
	if g.Amount != nil {
		rate, err := x.a.number("rules."+x.rule.ID+".grants."+string(g.Option)+".rate", p.rate)
		if err != nil {
			return nil, err
		}
		s, err := formulas[g.Amount.By](x.a, g.Amount, rate)
		if err != nil {
			return nil, err
		}
		if x.a.f.paid() > 0 && len(s.Steps) > 0 { // of an unknown price there is no sum
			mine.Sum = &s
		}
	}
	i := slices.IndexFunc(d.Choices, func(c Choice) bool { return c.Option == g.Option })
	if i < 0 {
		d.Choices = append(d.Choices, mine)
		return mine.Sum, nil
	}
	if mine.better(d.Choices[i]) {
		mine.Rules = append(mine.Rules, d.Choices[i].Rules...)
		d.Choices[i] = mine
	} else {
		d.Choices[i].Rules = append(d.Choices[i].Rules, x.name())
	}
	return mine.Sum, nil
}

// better tells whether a choice is better for the customer than another of the same option: somebody else pays, or more
// comes back.
func (c Choice) better(o Choice) bool {
	if free := c.Payer != "customer"; free != (o.Payer != "customer") {
		return free
	}
	return c.Sum != nil && (o.Sum == nil || c.Sum.Amount > o.Sum.Amount)
}

// freight keeps who is best for the customer, way by way.
func (d *Decision) freight(f *Freight) {
	if f == nil {
		return
	}
	order := []string{"", "customer", "earlier", "seller"}
	best := func(a, b string) string {
		if slices.Index(order, b) > slices.Index(order, a) {
			return b
		}
		return a
	}
	if d.Freight == nil {
		d.Freight = &Freight{}
	}
	d.Freight.Back, d.Freight.Out = best(d.Freight.Back, f.Back), best(d.Freight.Out, f.Out)
}

// due is the last day of a duty; zero while what it runs from has not happened.
func (a *asking) due(x Duty) calendar.Date {
	var from calendar.Date
	switch x.After {
	case "reported":
		if a.f.Fault != nil {
			from = a.f.Fault.Reported
		} else if a.f.Return != nil {
			from = a.f.Return.Noticed
		}
	case "noticed":
		if a.f.Return != nil {
			from = a.f.Return.Noticed
		}
	case "received":
		if a.f.Return != nil {
			from = a.f.Return.Received
		}
	default:
		from = a.f.Today
	}
	switch {
	case from.IsZero():
		return 0
	case x.Working:
		return a.cal.AddWorkdays(from, x.Days)
	}
	return from + calendar.Date(x.Days)
}

// words fills in a rule's text.
func (x *found) words(s *Sum) Words {
	fill := func(text, lang string) string {
		amount := unknownSum.in(lang)
		if s != nil {
			amount = formatMoney(s.Amount)
		}
		days := ""
		if !x.Start.IsZero() && len(x.spans) > 0 {
			days = strconv.Itoa(int(x.spans[0].at - x.Start))
		}
		return strings.NewReplacer("{basis}", basisWords[x.Basis].in(lang), "{start}", dateText(x.Start), "{last}", dateText(x.Last), "{from}", dateText(x.From),
			"{days}", days, "{amount}", amount, "{item}", x.a.item.Title.in(lang)).Replace(text)
	}
	return Words{Zh: fill(x.rule.Text.Zh, "zh"), En: fill(x.rule.Text.En, "en")}
}

func (w Words) in(lang string) string {
	if lang == "zh" {
		return w.Zh
	}
	return w.En
}

func dateText(d calendar.Date) string {
	if d.IsZero() {
		return "–"
	}
	return d.String()
}

// unknownSum stands where the price is not known.
var unknownSum = Words{"（价格未知）", "(price unknown)"}

// formatMoney writes hundredths; currencies of other units say so where the amount is shown.
func formatMoney(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return sign + strconv.FormatInt(minor/100, 10) + "." + string([]byte{byte('0' + minor/10%10), byte('0' + minor%10)})
}

// basisWords name the dates that periods start from.
var basisWords = map[string]Words{
	"made": {"生产日期", "the day of making"}, "sold": {"销售日期", "the day of sale"}, "invoiced": {"发票日期", "the day of the invoice"},
	"delivered": {"交付", "delivery"}, "installed": {"安装完成", "installation"}, "activated": {"激活", "activation"}, exchangedBasis: {"更换完成", "the exchange"},
}

// order puts what matters first: what holds now, what will, what is unknown, what stood back, what is over.
func (d *Decision) order() {
	rank := map[State]int{Now: 0, Future: 1, Unknown: 2, Stood: 3, Past: 4}
	slices.SortStableFunc(d.Rulings, func(a, b Ruling) int {
		return cmp.Or(cmp.Compare(rank[a.State], rank[b.State]), cmp.Compare(slices.Index(Kinds, a.Kind), slices.Index(Kinds, b.Kind)))
	})
	slices.SortStableFunc(d.Choices, func(a, b Choice) int {
		return cmp.Compare(slices.Index(options, a.Option), slices.Index(options, b.Option))
	})
	slices.SortStableFunc(d.Deadlines, func(a, b Deadline) int {
		if a.At.IsZero() != b.At.IsZero() {
			if a.At.IsZero() {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.At, b.At)
	})
}
