package maintenance

import (
	"context"
	"strconv"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/pdf"
)

// Report draws how far a campaign has come, and of a closed one that and how it ended: its dates by law, its units by state, how
// customers were told with what proof, by week, model, city and outlet. It names no customer.
func (s *Service) Report(ctx context.Context, words *i18n.Catalogue, lang string, id ID) (name string, raw []byte, err error) {
	c, err := s.Get(ctx, id)
	if err != nil {
		return "", nil, err
	}
	p, err := s.Progress(ctx, id)
	if err != nil {
		return "", nil, err
	}
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return "", nil, err
	}
	say := func(key string) string { return words.T(lang, "campaign."+key, nil) }
	brand, _ := snap.Brand(c.Brand)
	day := func(d calendar.Date) string {
		if d.IsZero() {
			return ""
		}
		return d.String()
	}
	title := say("report")
	if c.State == Closed {
		title = say("report.end")
	}
	sheet := pdf.New(pdf.Options{Title: title + " " + c.Number, Footer: brand.Hotline, Made: c.UpdatedAt})
	sheet.Head(title, brand.Name(lang))
	sheet.Pair(say("report.number"), c.Number+"  "+say("state."+string(c.State)))
	sheet.Pair(say("report.title"), c.Title.In(lang))
	sheet.Pair(say("report.remedy"), c.Remedy.In(lang))
	if c.StartedAt != nil {
		sheet.Pair(say("report.started"), day(calendar.DateOf(*c.StartedAt, s.Zone)))
	}
	if c.EndedAt != nil {
		sheet.Pair(say("report.ended"), day(calendar.DateOf(*c.EndedAt, s.Zone)))
	}
	sheet.Section(say("report.units"))
	sheet.Pair(say("report.rate"), percent(p.Rate)+"  ("+strconv.FormatInt(p.Units[Remedied], 10)+" / "+strconv.FormatInt(p.Countable, 10)+")")
	for _, state := range UnitStates {
		if n := p.Units[state]; n > 0 {
			sheet.Pair(say("state."+string(state)), strconv.FormatInt(n, 10))
		}
	}
	sheet.Section(say("report.notices"))
	for _, state := range []string{"sent", "printed", "failed", "suppressed", "queued", "sending"} {
		if n := p.Notices[state]; n > 0 {
			sheet.Pair(say("report.notice."+state), strconv.FormatInt(n, 10))
		}
	}
	sheet.Text(9, say("report.proof"))
	table := func(key string, rows []ProgressRow, called func(ProgressRow) string) {
		if len(rows) == 0 {
			return
		}
		sheet.Section(say("report." + key))
		for _, r := range rows {
			sheet.Pair(called(r), percent(r.Rate)+"  ("+strconv.FormatInt(r.Remedied, 10)+" / "+strconv.FormatInt(r.Countable, 10)+")")
		}
	}
	table("models", p.Models, func(r ProgressRow) string {
		if m, ok := snap.Model(catalog.ModelID(r.Key)); ok {
			return m.Code
		}
		return "—"
	})
	named := func(r ProgressRow) string {
		if r.Name == "" {
			return "—"
		}
		return r.Name
	}
	table("regions", p.Regions, named)
	table("outlets", p.Outlets, named)
	if len(p.Weeks) > 0 {
		sheet.Section(say("report.weeks"))
		for _, w := range p.Weeks {
			sheet.Pair(w.Week.String(), strconv.FormatInt(w.Sum, 10)+"  "+percent(w.Rate))
		}
	}
	raw, err = sheet.Bytes()
	return c.Number + "-report.pdf", raw, err
}

// percent says hundredths of a percent.
func percent(v int64) string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(v)/100, 'f', 2, 64), ".00") + "%"
}

// langOf is the language of who asks.
func langOf(ctx context.Context) string { return access.From(ctx).Lang }
