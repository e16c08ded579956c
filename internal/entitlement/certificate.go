package entitlement

import (
	"context"
	"strconv"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/pdf"
	"anxin/internal/units"
)

// plansOf reads the plans of contracts at once, whether they are still sold or not.
func (s *Contracts) plansOf(ctx context.Context, list []Contract) (map[PlanID]Plan, error) {
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = string(c.Plan)
	}
	var w db.Where
	w.In("id", ids)
	rows, err := db.List(ctx, s.DB, scanPlan, `SELECT `+planColumns+` FROM entitlement_plan`+w.String(), w.Args()...)
	out := make(map[PlanID]Plan, len(rows))
	for _, p := range rows {
		out[p.ID] = p
	}
	return out, err
}

// Paper is what a certificate says, and the public page that its code leads to; people are masked.
type Paper struct {
	Contract Contract
	Plan     Plan
	Brand    catalog.Brand
	Category catalog.Category
	Model    catalog.Model
	Serial   string // last four characters
	Customer string // masked
}

// PaperOf reads what may be said about a contract to who holds its certificate.
func (s *Contracts) PaperOf(ctx context.Context, q db.Querier, c Contract) (Paper, error) {
	p := Paper{Contract: c}
	plans, err := s.plansOf(ctx, []Contract{c})
	if err != nil {
		return p, err
	}
	p.Plan = plans[c.Plan]
	snap, err := s.Catalog.Current(ctx, q)
	if err != nil {
		return p, err
	}
	u, err := s.Units.Get(ctx, q, c.Unit)
	if err != nil {
		return p, err
	}
	p.Brand, _ = snap.Brand(c.Brand)
	p.Category, _ = snap.Category(u.Category)
	p.Model, _ = snap.Model(u.Model)
	p.Serial = lastFour(u)
	if u.Owner != "" {
		owner, err := s.Customers.Get(ctx, q, u.Owner)
		if err != nil && !customers.IsErased(err) {
			return p, err
		}
		p.Customer = owner.MaskedName()
	}
	return p, nil
}

// lastFour is enough of a serial to compare it with the machine's, and not enough to copy it.
func lastFour(u units.Unit) string {
	r := []rune(u.Serial)
	if len(r) <= 4 {
		return u.Serial
	}
	return "…" + string(r[len(r)-4:])
}

// Certificate makes the certificate of a contract as a PDF: who gave it, what it covers from when to when, and a code by
// which anybody may ask whether it is in force.
func (s *Contracts) Certificate(ctx context.Context, words *i18n.Catalogue, lang string, id ContractID) (name string, raw []byte, err error) {
	c, err := s.Contract(ctx, id)
	if err != nil {
		return "", nil, err
	}
	if c.State == ContractSold {
		return "", nil, ErrContractState.With("state", string(c.State), "act", "certify")
	}
	p, err := s.PaperOf(ctx, s.DB, c)
	if err != nil {
		return "", nil, err
	}
	t := func(key string, pairs ...any) string {
		params := map[string]any{}
		for i := 0; i+1 < len(pairs); i += 2 {
			params[pairs[i].(string)] = pairs[i+1]
		}
		return words.T(lang, "contract.paper."+key, params)
	}
	sheet := pdf.New(pdf.Options{Title: c.Number, Footer: t("footer", "number", c.Number, "hotline", p.Brand.Hotline), Made: c.UpdatedAt})
	sheet.Head(t("title"), p.Brand.Name(lang))
	top := sheet.GetY()
	const code = 34.0
	wide := pdf.Inner - code - 4
	pair := func(key, value string) { sheet.PairWithin(t(key), value, wide) }
	pair("number", c.Number)
	pair("plan", p.Plan.Name(lang))
	pair("state", words.T(lang, "contract.state."+string(c.State), nil))
	pair("customer", p.Customer)
	pair("unit", strings.TrimSpace(p.Category.Name(lang)+"  "+p.Model.Code))
	pair("serial", p.Serial)
	pair("from", c.Starts.String())
	pair("to", c.Ends.String())
	if err := sheet.QR(s.PublicURL+s.CertificateLink(c.ID), pdf.PageWidth-pdf.Margin-code, top, code); err != nil {
		return "", nil, err
	}
	if below := top + code + 2; sheet.GetY() < below {
		sheet.SetY(below)
	}
	sheet.Section(t("covers"))
	widths, align := []float64{60, 85, 35}, []string{"L", "L", "R"}
	sheet.Row(widths, align, t("cover"), t("lines"), t("share"))
	for _, cover := range c.Terms.Covers {
		sheet.Row(widths, align, cover.Name, lineWords(words, lang, cover), strconv.FormatInt(cover.Share, 10)+" %")
	}
	sheet.Ln(2)
	if c.Terms.Uses > 0 {
		sheet.Pair(t("uses"), strconv.FormatInt(c.Terms.Uses, 10))
	}
	if c.Terms.Limit > 0 {
		sheet.Pair(t("limit"), money.Amount{Minor: c.Terms.Limit, Currency: c.Price.Currency}.Format(lang))
	}
	sheet.Pair(t("price"), c.Price.Format(lang))
	if i := c.Inspection; i != nil {
		sheet.Section(t("inspection"))
		sheet.Pair(t("inspected_on"), i.On.String())
		sheet.Pair(t("inspected_by"), i.By)
		sheet.Pair(t("inspection_note"), i.Note)
	}
	sheet.Ln(3)
	sheet.Text(9, t("terms", "days", c.Terms.CoolingDays))
	raw, err = sheet.Bytes()
	return "certificate-" + c.Number + ".pdf", raw, err
}

// lineWords says which lines a cover bears.
func lineWords(words *i18n.Catalogue, lang string, c Cover) string {
	var out []string
	for _, l := range c.Lines {
		out = append(out, words.T(lang, "coverage.line."+string(l), nil))
	}
	sep := "、"
	if i18n.Nearest(lang) == i18n.English {
		sep = ", "
	}
	return strings.Join(out, sep)
}
