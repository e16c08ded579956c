package entitlement

import (
	"context"
	"slices"
	"strings"
	"sync"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/pdf"
	"anxin/internal/units"
)

// ownWords are this module's words alone, for messages that other modules send about it.
var ownWords = sync.OnceValue(func() *i18n.Catalogue { return i18n.Must(Words) })

// OptionNames says options in a language, as a variable of a message.
func OptionNames(list []rules.Option) func(lang string) string {
	return func(lang string) string {
		names := make([]string, len(list))
		for i, o := range list {
			names[i] = ownWords().T(lang, "rights.option."+string(o), nil)
		}
		sep := "、"
		if lang == i18n.English {
			sep = ", "
		}
		return strings.Join(names, sep)
	}
}

// Told is a decision in words for a customer: what may be chosen, who pays, by when, and the rules that it rests on.
type Told struct {
	Assessment Assessment
	Brand      catalog.Brand
	Category   catalog.Category
	Model      catalog.Model
	Serial     string // last characters
	Choices    []ToldChoice
	Duties     []ToldDuty
	Rules      []ToldRule
	Evidence   []string
	Unverified bool // one of the rules has not been compared with its source
}

// ToldChoice is one option in words.
type ToldChoice struct {
	Option rules.Option
	Name   string
	Payer  string
	Amount string   // what comes back; empty where no money moves
	Steps  []string // how the amount came about
	Chosen bool
	Given  bool // out of goodwill, beyond the rules
}

// ToldDuty is who has to do what by when.
type ToldDuty struct{ What, Who, By string }

// ToldRule is a rule that holds now.
type ToldRule struct {
	ID, Title, Text, Source string
	Unverified              bool
}

// Told puts a decision into words. It asks for no permission: the caller decides who may read it.
func (s *Service) Told(ctx context.Context, q db.Querier, words *i18n.Catalogue, lang string, a Assessment) (Told, error) {
	out := Told{Assessment: a}
	snap, err := s.catalog.Current(ctx, q)
	if err != nil {
		return out, err
	}
	u, err := s.units.Get(ctx, q, a.Unit)
	if err != nil {
		return out, err
	}
	out.Brand, _ = snap.Brand(a.Brand)
	out.Category, _ = snap.Category(u.Category)
	out.Model, _ = snap.Model(u.Model)
	out.Serial = lastFour(u)
	say := func(key string) string { return words.T(lang, key, nil) }
	in := func(w rules.Words) string {
		if i18n.Nearest(lang) == i18n.English {
			return w.En
		}
		return w.Zh
	}
	amount := func(minor int64) string { return currencyOf(u, minor).Format(lang) }
	for _, c := range a.Decision.Choices {
		t := ToldChoice{Option: c.Option, Name: say("rights.option." + string(c.Option)), Payer: say("rights.payer." + c.Payer), Chosen: c.Option == a.Chosen}
		if c.Sum != nil {
			t.Amount = amount(c.Sum.Amount)
			for _, step := range c.Sum.Steps {
				t.Steps = append(t.Steps, say("rights.step."+step.Code)+" "+amount(step.Amount))
			}
		}
		out.Choices = append(out.Choices, t)
	}
	for _, o := range a.Overrides {
		t := ToldChoice{Option: o.Option, Name: say("rights.option." + string(o.Option)), Given: true, Chosen: o.Option == a.Chosen}
		if o.Amount > 0 {
			t.Amount = amount(o.Amount)
		}
		out.Choices = append(out.Choices, t)
	}
	for _, d := range a.Decision.Deadlines {
		if !d.At.IsZero() {
			out.Duties = append(out.Duties, ToldDuty{say("rights.duty." + d.Code), say("rights.payer." + d.By), d.At.String()})
		}
	}
	for _, r := range a.Decision.Rulings {
		if r.State == rules.Now {
			out.Rules = append(out.Rules, ToldRule{r.Pack + "/" + r.Rule, in(r.Title), in(r.Text), r.Source, r.Unverified})
			out.Unverified = out.Unverified || r.Unverified
		}
	}
	for _, e := range a.Decision.Evidence {
		out.Evidence = append(out.Evidence, say("rights.evidence."+e))
	}
	return out, nil
}

// currencyOf is an amount in the money that the unit was bought with.
func currencyOf(u units.Unit, minor int64) money.Amount {
	if u.Purchase.Price != nil {
		return money.Amount{Minor: minor, Currency: u.Purchase.Price.Currency}
	}
	return money.Amount{Minor: minor, Currency: "CNY"}
}

// OfCaseOpen reads the open assessments of a case, without permission and scope: for modules and the customer's pages.
func (s *Service) OfCaseOpen(ctx context.Context, q db.Querier, caseID string) ([]Assessment, error) {
	return db.List(ctx, q, scanAssessment, `SELECT `+assessmentColumns+` FROM entitlement_assessment WHERE case_ref = $1 AND case_ref <> '' AND state = 'open' ORDER BY created_at, id`, caseID)
}

// AssessmentPaper makes the decision as a PDF for the customer, for who may read it.
func (s *Service) AssessmentPaper(ctx context.Context, words *i18n.Catalogue, lang string, id AssessmentID) (name string, raw []byte, err error) {
	a, err := s.GetAssessment(ctx, id)
	if err != nil {
		return "", nil, err
	}
	t, err := s.Told(ctx, s.db, words, lang, a)
	if err != nil {
		return "", nil, err
	}
	raw, err = t.paper(words, lang)
	return "rights-" + t.Assessment.DecidedOn.String() + ".pdf", raw, err
}

func (t Told) paper(words *i18n.Catalogue, lang string) ([]byte, error) {
	say := func(key string, pairs ...any) string {
		params := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			params[pairs[i].(string)] = pairs[i+1]
		}
		return words.T(lang, "rights.paper."+key, params)
	}
	sheet := pdf.New(pdf.Options{Title: say("title"), Footer: say("footer", "hotline", t.Brand.Hotline), Made: t.Assessment.UpdatedAt})
	sheet.Head(say("title"), t.Brand.Name(lang))
	sheet.Pair(say("unit"), strings.TrimSpace(t.Category.Name(lang)+"  "+t.Model.Code+"  "+t.Serial))
	sheet.Pair(say("decided_on"), t.Assessment.DecidedOn.String())
	sheet.Section(say("choices"))
	if len(t.Choices) == 0 {
		sheet.Text(10, say("nothing"))
	}
	for _, c := range t.Choices {
		value := c.Payer
		switch {
		case c.Given:
			value = say("given")
		case c.Payer != "":
			value = say("pays", "payer", c.Payer)
		}
		if c.Amount != "" {
			value = strings.TrimSpace(c.Amount + "  " + value)
		}
		if c.Chosen {
			value += "  ✓ " + say("chosen")
		}
		sheet.Pair(c.Name, value)
		if len(c.Steps) > 1 {
			sheet.Pair(" ", strings.Join(c.Steps, "; "))
		}
	}
	if len(t.Duties) > 0 {
		sheet.Section(say("duties"))
		for _, d := range t.Duties {
			sheet.Pair(d.By, d.Who+": "+d.What)
		}
	}
	if len(t.Evidence) > 0 {
		sheet.Section(say("evidence"))
		sheet.Text(10, strings.Join(t.Evidence, "; "))
	}
	if len(t.Rules) > 0 {
		sheet.Section(say("rules"))
		for _, r := range t.Rules {
			mark := ""
			if r.Unverified {
				mark = " (" + say("unverified") + ")"
			}
			sheet.Text(10, r.Title+mark)
			sheet.SetTextColor(90, 90, 90)
			sheet.Text(9, r.Text)
			sheet.Text(8, r.ID+" · "+r.Source)
			sheet.SetTextColor(0, 0, 0)
			sheet.Ln(1.5)
		}
	}
	sheet.Ln(3)
	sheet.Text(9, say("note"))
	return sheet.Bytes()
}

// given are the options that a change brought.
func given(changes []rules.Change) []rules.Option {
	var out []rules.Option
	for _, c := range changes {
		if c.What == "option" && c.From == "" && c.To != "" && !slices.Contains(out, rules.Option(c.Name)) {
			out = append(out, rules.Option(c.Name))
		}
	}
	return out
}
