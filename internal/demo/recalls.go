package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"anxin/internal/catalog"
	"anxin/internal/maintenance"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/units"
)

// recallScene is a campaign on all machines of the model that has most of them in a category.
type recallScene struct {
	category catalog.CategoryCode
	plan     maintenance.Plan
	dates    func(today calendar.Date) maintenance.Dates
}

var recallScenes = []recallScene{
	{
		category: "GWH",
		plan: maintenance.Plan{
			Kind:  maintenance.RecallVoluntary,
			Title: maintenance.Text{Zh: "燃气热水器气阀召回", En: "Gas valve recall of water heaters"}, Hazard: maintenance.Text{Zh: "个别批次气阀密封圈可能老化,有漏气风险。", En: "The seal of the gas valve may age early and let gas escape."},
			Remedy: maintenance.Text{Zh: "上门更换气阀总成", En: "replacement of the gas valve at home"}, StopUse: true, StopSale: true, ServiceType: "RECALL", Reminders: []int{7, 14, 30},
		},
		dates: func(today calendar.Date) maintenance.Dates {
			found, reported := today-20, today-9
			return maintenance.Dates{Found: &found, Stopped: &found, Reported: &reported}
		},
	},
	{
		category: "WM",
		plan: maintenance.Plan{
			Kind:  maintenance.ServiceAction,
			Title: maintenance.Text{Zh: "洗衣机减震组件升级", En: "Better dampers for washing machines"}, Hazard: maintenance.Text{Zh: "高速脱水时个别机器噪声偏大。", En: "Some machines are loud when they spin fast."},
			Remedy: maintenance.Text{Zh: "更换减震组件", En: "new dampers"}, ServiceType: "MAINT", Reminders: []int{30},
		},
		dates: func(calendar.Date) maintenance.Dates { return maintenance.Dates{} },
	},
}

// recallMachines starts a recall and a service action today. Some machines are remedied, one is with somebody new, one customer wants
// nothing, and two visits are asked for.
func (g *generator) recallMachines(ctx context.Context) error {
	for _, scene := range recallScenes {
		model, list := g.commonest(scene.category)
		if len(list) == 0 {
			continue
		}
		p := scene.plan
		p.Conditions = units.Affected{Brand: model.BrandID, Models: []catalog.ModelID{model.ID}}
		m := g.Maintenance
		c, err := m.Create(as(ctx, g.staff.quality), maintenance.CreateInput{Brand: model.BrandID, Plan: p, Dates: scene.dates(g.today(g.end))})
		if err != nil {
			return fmt.Errorf("campaign on %s: %w", model.Code, err)
		}
		act := maintenance.ActInput{ID: c.ID}
		if _, err := m.Approve(as(ctx, g.staff.head), maintenance.ApproveInput{ActInput: act}); err != nil {
			return fmt.Errorf("approve %s: %w", c.Number, err)
		}
		if _, err := m.Start(as(ctx, g.staff.quality), act); err != nil {
			return fmt.Errorf("start %s: %w", c.Number, err)
		}
		if err := m.RunSearch(ctx, c.ID); err != nil {
			return fmt.Errorf("units of %s: %w", c.Number, err)
		}
		if err := g.remedySome(ctx, c, list); err != nil {
			return fmt.Errorf("units of %s: %w", c.Number, err)
		}
	}
	return g.bus.Drain(ctx)
}

// commonest finds the model of a category that most machines are of, with its machines by their serials.
func (g *generator) commonest(category catalog.CategoryCode) (catalog.Model, []*machine) {
	by := map[catalog.ModelID][]*machine{}
	for _, cl := range g.clients {
		for _, m := range cl.units {
			if m.Category == category && m.Model.ID != "" {
				by[m.Model.ID] = append(by[m.Model.ID], m)
			}
		}
	}
	var best []*machine
	for _, list := range by {
		if len(best) == 0 || len(list) > len(best) || len(list) == len(best) && list[0].Model.Code < best[0].Model.Code {
			best = list
		}
	}
	if len(best) == 0 {
		return catalog.Model{}, nil
	}
	slices.SortFunc(best, func(a, b *machine) int { return cmp.Compare(a.Serial, b.Serial) })
	return best[0].Model, best
}

// remedySome moves the first machines on, a third of them to the end.
func (g *generator) remedySome(ctx context.Context, c maintenance.Campaign, list []*machine) error {
	ctx = as(ctx, g.staff.agents[0])
	visits := 0
	for i, m := range list {
		rows, err := g.Maintenance.ListUnits(as(ctx, g.staff.quality), maintenance.UnitFilter{Campaign: c.ID, Unit: m.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].State != maintenance.Found {
			continue
		}
		in := maintenance.UnitAct{ID: rows[0].ID}
		switch {
		case i%3 == 0:
			in.How, in.Reference, in.Act = "remedy", fmt.Sprintf("现场单%04d", i+1), access.Act{Reason: "recall_done_elsewhere", Note: "厂家驻点现场更换"}
		case i%11 == 4:
			in.How, in.Act = "refuse", access.Act{Reason: "customer_refuses_recall"}
		case i%11 == 7:
			in.How, in.Act = "lost", access.Act{Reason: "recall_given_away"}
		case visits < 2 && i%3 == 1:
			visits++
			if _, err := g.Maintenance.AskVisit(ctx, maintenance.VisitInput{ID: rows[0].ID}); g.refused(err, "recall visit") != nil {
				return err
			}
			continue
		default:
			continue
		}
		if _, err := g.Maintenance.MoveUnit(ctx, in); err != nil {
			return err
		}
	}
	return nil
}
