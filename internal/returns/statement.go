package returns

import (
	"context"
	"strconv"
	"strings"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/pdf"
	"anxin/internal/platform/reason"
)

// Percent says a rate of millionths, "13%".
func Percent(rate int64) string {
	return strconv.FormatFloat(float64(rate)/10_000, 'f', -1, 64) + "%"
}

// Statement draws what comes back for a return and why: the decision with its reasons, each line with the way to its sum,
// the rules it rests on and the tax within it, and each refund with its way, its state and its credit note.
func (s *Service) Statement(ctx context.Context, id ID, words reason.Words) (name string, body []byte, err error) {
	r, err := s.Get(ctx, id)
	if err != nil {
		return "", nil, err
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return "", nil, err
	}
	brand, _ := snap.Brand(r.Brand)
	lang := access.From(ctx).Lang
	say := func(key string) string { return words.T(lang, "return."+key, nil) }
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: r.Currency}.Format(lang) }
	in := func(w rules.Words) string {
		if i18n.Nearest(lang) == i18n.English {
			return w.En
		}
		return w.Zh
	}
	p := pdf.New(pdf.Options{Title: say("statement") + " " + r.Number, Footer: brand.Hotline, Made: r.UpdatedAt})
	p.Head(say("statement"), brand.Name(lang))
	p.Pair(say("statement.number"), r.Number+"  "+say("type."+string(r.Type)))
	p.Pair(say("statement.decision"), say("state."+string(r.Decision)))
	for _, w := range r.Why {
		p.Text(9, "· "+w.Words(words, lang))
	}
	for i, l := range r.Lines {
		what := l.Item
		if m, ok := snap.Model(l.Model); ok {
			what = m.Name(lang) + " " + m.Code
		}
		p.Section(strconv.Itoa(i+1) + ". " + what + " × " + strconv.FormatInt(l.Quantity, 10))
		p.Pair(say("statement.invoice"), l.InvoiceNo)
		if r.Operation.Refund != No {
			for _, step := range l.Sum.Steps {
				p.Pair(say("step."+step.Code), amount(step.Amount))
			}
			p.Pair(say("statement.sum"), amount(l.Sum.Amount))
			if l.Tax.Rate > 0 {
				p.Pair(words.T(lang, "return.tax.within", map[string]any{"rate": Percent(l.Tax.Rate)}), amount(r.SumTax(l)))
			}
		}
		for _, x := range l.Rights.Rulings {
			if x.State != rules.Now {
				continue
			}
			mark := ""
			if x.Unverified {
				mark = " (" + say("statement.unverified") + ")"
			}
			p.Text(9, in(x.Title)+mark+": "+in(x.Text))
			p.Text(8, x.Pack+"/"+x.Rule+" · "+x.Source)
		}
	}
	p.Section(say("statement.refunds"))
	var some bool
	for _, x := range r.Refunds {
		if x.State == MoneyNone {
			continue
		}
		some = true
		parts := []string{amount(x.Amount), say("state." + string(x.State))}
		if x.Tax != 0 {
			parts = append(parts, say("statement.tax")+" "+amount(x.Tax))
		}
		if x.Note != "" {
			parts = append(parts, say("note."+x.NoteKind)+" "+x.Note+" "+dayText(x.NoteOn))
		}
		p.Pair(say("way."+x.Way), strings.Join(parts, "  ·  "))
	}
	if !some {
		p.Text(10, say("statement.none"))
	}
	body, err = p.Bytes()
	return r.Number + "-statement.pdf", body, err
}
