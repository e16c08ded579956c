package demo

import (
	"context"
	"fmt"

	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/money"
)

// sellContracts gives each brand an extended warranty and a plan of cleanings, and sells a few dozen of them today: most are
// paid, some wait, one was thought over.
func (g *generator) sellContracts(ctx context.Context) error {
	c := newChance(g.opt.Seed, "contracts")
	ctx = as(ctx, g.staff.finance)
	plans := map[catalog.BrandID][]entitlement.Plan{}
	for _, row := range brandRows {
		b := g.brands[row.Letter]
		for _, p := range []entitlement.PlanInput{
			{Code: "EXT24", Kind: entitlement.Extended, NameZh: "两年延长保修", NameEn: "Two more years", Terms: entitlement.Terms{
				Begins: entitlement.AfterMaker, Months: 24, MaxAgeMonths: 60, Price: money.Must(39_900, "CNY"), CoolingDays: 15, FeePercent: 5, Limit: 200_000, NoticeDays: 30,
				Covers: []entitlement.Cover{{Name: "整机延保", Lines: []entitlement.LineKind{entitlement.Labour, entitlement.Part, entitlement.Travel}, Payer: catalog.PayInsurer, Share: 100}},
			}},
			{Code: "CLEAN2", Kind: entitlement.Servicing, NameZh: "一年两次上门清洗", NameEn: "Two cleanings a year", Terms: entitlement.Terms{
				Begins: entitlement.AtOnce, Months: 12, Price: money.Must(16_800, "CNY"), CoolingDays: 7, Uses: 2, Renews: true, NoticeDays: 15,
				Covers: []entitlement.Cover{{Name: "清洗", Lines: []entitlement.LineKind{entitlement.Labour, entitlement.Travel}, Payer: catalog.PayBrand, Share: 100}},
			}},
		} {
			p.Brand = b.ID
			made, err := g.Contracts.SavePlan(ctx, p)
			if err != nil {
				return fmt.Errorf("plan %s of %s: %w", p.Code, row.Code, err)
			}
			plans[b.ID] = append(plans[b.ID], made)
		}
	}
	sold := map[*machine]bool{}
	for range max(3, int(30*g.opt.Scale)) {
		cl := pick(c, g.clients)
		if len(cl.units) == 0 {
			continue
		}
		m := pick(c, cl.units)
		if sold[m] || g.today(g.end)-m.installed > 1500 {
			continue
		}
		sold[m] = true
		one, err := g.Contracts.Sell(ctx, entitlement.SellInput{Unit: m.ID, Plan: pick(c, plans[m.Brand]).ID})
		if err != nil {
			return fmt.Errorf("contract for %s: %w", m.Serial, err)
		}
		switch {
		case c.yes(0.2): // waits for the money
			continue
		case c.yes(0.9):
			_, err = g.Contracts.Pay(ctx, entitlement.PayInput{ID: one.ID, Method: pick(c, entitlement.PayMethods)})
		default:
			_, err = g.Contracts.Cancel(ctx, entitlement.CancelInput{ID: one.ID, By: entitlement.ByCustomer, Reason: "changed_mind"})
		}
		if err != nil {
			return fmt.Errorf("contract %s: %w", one.Number, err)
		}
	}
	return nil
}
