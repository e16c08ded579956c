package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"anxin/internal/platform/calendar"
)

// Compiled is a pack that is ready to be asked; safe for concurrent use.
type Compiled struct {
	Pack
	Brand   string // whose goods alone it judges; empty is everybody's
	own     bool   // a firm's, not the product's: its faults leave it out, and are told
	when    cel.Program
	starts  map[string][]cel.Program // by basis, nil where there is no condition
	periods []periodPrograms
	rules   []rulePrograms
}

type periodPrograms struct{ days, months, km cel.Program }

type rulePrograms struct {
	when, exceeds cel.Program
	grants        []grantPrograms
}

type grantPrograms struct{ when, rate cel.Program }

// maxCost bounds what one condition may cost, in CEL's units: a pack cannot hang whoever asks it.
const maxCost = 20_000

// variables are the facts that every condition may use, with their types.
func variables() []cel.EnvOption {
	var out []cel.EnvOption
	add := func(t *cel.Type, names ...string) {
		for _, n := range names {
			out = append(out, cel.Variable(n, t))
		}
	}
	add(cel.StringType, "jurisdiction", "category", "item_key", "channel", "currency", "cause", "wants", "stock", "goods", "return_reason", "fault_code", "fault_part", "brand", "model")
	add(cel.BoolType, "business", "must_install", "invoice", "card", "system_proof", "has_fault", "performance", "safety", "cause_proven", "returning",
		"opened", "agreed", "free_freight", "free_lost", "refuses_other", "exchanged", "in_repair")
	add(cel.IntType, "price", "paid", "km", "repairs", "repair_days", "same_fault_repairs", "part_replacements", "assembly_replacements", "today", "reported", "bought")
	add(cel.ListType(cel.StringType), "spoilt")
	add(cel.ListType(cel.MapType(cel.StringType, cel.DynType)), "repair_list")
	add(cel.MapType(cel.StringType, cel.IntType), "item", "dates", "starts")
	return out
}

var functions = []cel.EnvOption{
	cel.Function("day", cel.Overload("day_string", []*cel.Type{cel.StringType}, cel.IntType, cel.UnaryBinding(func(v ref.Val) ref.Val {
		s, _ := v.Value().(string)
		d, err := calendar.ParseDate(s)
		if err != nil {
			return types.NewErr("day(%q): %v", s, err)
		}
		return types.Int(d)
	}))),
	cel.Function("plus_months", cel.Overload("plus_months_int_int", []*cel.Type{cel.IntType, cel.IntType}, cel.IntType, cel.BinaryBinding(func(a, b ref.Val) ref.Val {
		d, _ := a.Value().(int64)
		n, _ := b.Value().(int64)
		if n < -maxMonths || n > maxMonths {
			return types.NewErr("plus_months: %d months", n)
		}
		return types.Int(calendar.Date(d).AddMonths(int(n)))
	}))),
}

// Compile checks a pack and compiles its conditions. Errors name the place in the pack, and the column in a
// condition, and wrap [ErrPack].
func Compile(p Pack) (*Compiled, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	opts := append(variables(), functions...)
	names := map[string]bool{}
	for _, f := range p.Facts {
		t := map[string]*cel.Type{"bool": cel.BoolType, "int": cel.IntType, "string": cel.StringType}[f.Type]
		if names[f.Name] {
			return nil, &Fault{p.ID, "facts." + f.Name, "twice"}
		}
		names[f.Name] = true
		opts = append(opts, cel.Variable(f.Name, t))
	}
	env, err := cel.NewEnv(opts...)
	if err != nil {
		return nil, &Fault{p.ID, "facts", err.Error()}
	}
	c := &compiler{env: env, pack: p.ID}
	out := &Compiled{Pack: p, starts: map[string][]cel.Program{}}
	out.when = c.program("when", p.When, cel.BoolType)
	for _, name := range slices.Sorted(maps.Keys(p.Starts)) {
		for _, f := range p.Starts[name] {
			out.starts[name] = append(out.starts[name], c.program("starts."+name, f.When, cel.BoolType))
		}
	}
	for _, d := range p.Periods {
		where := "periods." + d.ID
		out.periods = append(out.periods, periodPrograms{
			c.program(where+".days", d.Days.Text, cel.IntType), c.program(where+".months", d.Months.Text, cel.IntType), c.program(where+".km", d.Km.Text, cel.IntType),
		})
	}
	for _, r := range p.Rules {
		where := "rules." + r.ID
		x := rulePrograms{when: c.program(where+".when", r.When, cel.BoolType)}
		if r.Exceeds != nil {
			x.exceeds = c.program(where+".exceeds.days", r.Exceeds.Days.Text, cel.IntType)
		}
		for _, g := range r.Grants {
			gp := grantPrograms{when: c.program(where+".grants."+string(g.Option)+".when", g.When, cel.BoolType)}
			if g.Amount != nil {
				gp.rate = c.program(where+".grants."+string(g.Option)+".rate", g.Amount.Rate.Text, cel.IntType)
			}
			x.grants = append(x.grants, gp)
		}
		out.rules = append(out.rules, x)
	}
	return out, errors.Join(c.errs...)
}

// OfFirm is a pack that a firm wrote, for the goods of one brand; brand is empty for all. What goes wrong when it is asked
// leaves it out of the decision, which names it; the product's own packs must not go wrong.
func (c *Compiled) OfFirm(brand string) *Compiled {
	out := *c
	out.Brand, out.own = brand, true
	return &out
}

type compiler struct {
	env  *cel.Env
	pack string
	errs []error
}

// program compiles one condition; nil for an empty one.
func (c *compiler) program(where, text string, want *cel.Type) cel.Program {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	bad := func(err error) cel.Program {
		c.errs = append(c.errs, &Fault{c.pack, where, err.Error()})
		return nil
	}
	ast, iss := c.env.Compile(text)
	if iss.Err() != nil {
		return bad(iss.Err())
	}
	if !ast.OutputType().IsExactType(want) {
		return bad(fmt.Errorf("%q is %s, not %s", text, ast.OutputType(), want))
	}
	p, err := c.env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(maxCost))
	if err != nil {
		return bad(err)
	}
	return p
}

// asking is one pack asked about some facts.
type asking struct {
	*Compiled
	f    *Facts
	vars map[string]any
	loc  *time.Location
	cal  *calendar.Calendar
	key  string // of the row of the catalogue
	item Item
}

// yes evaluates a condition; an empty one is true.
func (a *asking) yes(where string, p cel.Program) (bool, error) {
	if p == nil {
		return true, nil
	}
	v, _, err := p.Eval(a.vars)
	if err != nil {
		return false, &Fault{a.ID, where, err.Error()}
	}
	b, _ := v.Value().(bool)
	return b, nil
}

// number evaluates an expression; an empty one is 0.
func (a *asking) number(where string, p cel.Program) (int64, error) {
	if p == nil {
		return 0, nil
	}
	v, _, err := p.Eval(a.vars)
	if err != nil {
		return 0, &Fault{a.ID, where, err.Error()}
	}
	n, _ := v.Value().(int64)
	return n, nil
}

// ask prepares the facts for a pack.
func (c *Compiled) ask(f *Facts, cal *calendar.Calendar) (*asking, error) {
	a := &asking{Compiled: c, f: f, cal: cal, loc: cal.Location()}
	key := f.Item
	if c.Catalogue != nil {
		if key == "" {
			key = c.Catalogue.Categories[f.Category]
		}
		a.item = c.Catalogue.Items[key]
	}
	if len(a.item.Values) == 0 {
		key = ""
	}
	a.key = key
	values := a.item.Values
	if values == nil {
		values = map[string]int64{}
	}
	dates := make(map[string]int64, len(f.Dates))
	for k, d := range f.Dates {
		dates[k] = int64(d)
	}
	channel := f.Channel
	if channel == "" {
		channel = "shop"
	}
	a.vars = map[string]any{
		"jurisdiction": f.Jurisdiction, "category": f.Category, "brand": f.Brand, "model": f.Model, "item_key": key, "channel": channel, "currency": f.Currency, "wants": string(f.Wants), "stock": f.Stock,
		"business": f.Business, "must_install": f.MustInstall, "invoice": f.Invoice, "card": f.Card, "system_proof": f.SystemProof, "refuses_other": f.RefusesOther,
		"exchanged": len(f.Exchanges) > 0, "price": f.Price, "paid": f.paid(), "km": f.Km, "today": int64(f.Today), "bought": int64(f.bought()),
		"item": values, "dates": dates, "starts": map[string]int64{},
	}
	a.faultVars()
	a.returnVars()
	a.repairVars()
	if err := a.moreVars(); err != nil {
		return nil, err
	}
	starts := make(map[string]int64, len(c.Starts))
	for name := range c.Starts {
		d, _, ok, err := a.start(name)
		if err != nil {
			return nil, err
		}
		if ok {
			starts[name] = int64(d)
		}
	}
	a.vars["starts"] = starts
	return a, nil
}

func (a *asking) faultVars() {
	x := FaultFacts{}
	if a.f.Fault != nil {
		x = *a.f.Fault
		if x.Cause == "" {
			x.Cause = "quality"
		}
	}
	maps.Copy(a.vars, map[string]any{
		"has_fault": a.f.Fault != nil, "performance": x.Performance, "safety": x.Safety, "cause": x.Cause, "cause_proven": x.Proven, "fault_code": x.Code,
		"fault_part": x.Part, "reported": int64(a.f.judged("")),
	})
}

func (a *asking) returnVars() {
	x := ReturnFacts{}
	if a.f.Return != nil {
		x = *a.f.Return
	}
	if x.Spoilt == nil {
		x.Spoilt = []string{}
	}
	maps.Copy(a.vars, map[string]any{
		"returning": a.f.Return != nil, "opened": x.Opened, "agreed": x.Agreed, "free_freight": x.FreeFreight, "free_lost": x.FreeLost, "goods": x.Goods,
		"return_reason": x.Reason, "spoilt": x.Spoilt,
	})
}

// repairVars counts the repairs that the law counts, since the unit was last given new for old.
func (a *asking) repairVars() {
	var n, days, same, open int64
	parts, assemblies := map[string]int64{}, map[string]int64{}
	list := []map[string]any{}
	for _, r := range a.repairs() {
		d := r.days(a.RepairDays, a.f.Today, a.loc)
		days += int64(d)
		out := int64(0)
		if r.Out.IsZero() {
			open++
		} else {
			n++
			out = int64(calendar.DateOf(r.Out, a.loc))
		}
		if a.f.Fault != nil && r.Fault != "" && r.Fault == a.f.Fault.Code {
			same++
		}
		if r.Replaced && r.Part != "" {
			if r.IsAssembly {
				assemblies[r.Part]++
			} else {
				parts[r.Part]++
			}
		}
		list = append(list, map[string]any{
			"began": int64(calendar.DateOf(r.In, a.loc)), "ended": out, "days": int64(d), "delay": r.Delay, "fault": r.Fault, "part": r.Part, "chosen": r.Chosen,
			"unsolved": r.Unsolved, "replaced": r.Replaced,
		})
	}
	a.vars["repairs"], a.vars["repair_days"], a.vars["same_fault_repairs"], a.vars["in_repair"] = n, days, same, open > 0
	a.vars["part_replacements"], a.vars["assembly_replacements"] = largest(parts), largest(assemblies)
	a.vars["repair_list"] = list
}

func largest(m map[string]int64) int64 {
	var n int64
	for _, v := range m {
		n = max(n, v)
	}
	return n
}

// repairs are those that count, of the unit that the customer has now, in order.
func (a *asking) repairs() []RepairEvent {
	var since calendar.Date
	for _, d := range a.f.Exchanges {
		since = max(since, d)
	}
	out := make([]RepairEvent, 0, len(a.f.Repairs))
	for _, r := range a.f.Repairs {
		if r.counts() && (since == 0 || calendar.DateOf(r.In, a.loc) >= since) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(x, y RepairEvent) int { return x.In.Compare(y.In) })
	return out
}

// moreVars takes over what only this pack asks; what is not told is zero.
func (a *asking) moreVars() error {
	var bad FactFaults
	for _, fact := range a.Facts {
		v, told := a.f.More[fact.Name]
		ok := true
		switch fact.Type {
		case "bool":
			b := false
			if told {
				b, ok = v.(bool)
			}
			a.vars[fact.Name] = b
		case "string":
			s := ""
			if told {
				s, ok = v.(string)
			}
			a.vars[fact.Name] = s
		default:
			var n int64
			if told {
				n, ok = whole(v)
			}
			a.vars[fact.Name] = n
		}
		if !ok {
			bad = append(bad, FactFault{"more." + fact.Name, "type"})
		}
	}
	if len(bad) > 0 {
		return bad
	}
	return nil
}

// whole is a whole number as JSON or Go gives it.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return int64(n), n == float64(int64(n)) && n > -1<<53 && n < 1<<53
	}
	return 0, false
}
