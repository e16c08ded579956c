package dispatch

import (
	"testing"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/workforce"
)

// TestJudgeSwap: what is said of a swap is what the act does, visit by visit.
func TestJudgeSwap(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		lame := f.engineer(f.own, "无证", "GAS")
		give := func(e workforce.EngineerID, hour int) orders.VisitID {
			a, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{f.order(f.one).ID}, Engineers: []workforce.EngineerID{e}, Start: at(1, hour, 0)})
			f.must(err)
			return a.Visit.ID
		}
		mine, yours := give(f.zhao.ID, 9), give(f.qian.ID, 14)
		list, err := f.JudgeSwap(f.ctx, mine, yours)
		f.must(err)
		if len(list) != 2 || list[0].Verdict != VerdictFits || list[1].Verdict != VerdictFits || list[0].Engineer != f.qian.ID || list[1].Engineer != f.zhao.ID {
			t.Errorf("a swap that fits: %+v", list)
		}
		_, err = f.Swap(f.ctx, SwapInput{Act: because("dispatcher_moves"), A: mine, B: yours})
		f.must(err)
		if v, err := f.orders.FindVisit(f.ctx, d, mine); err != nil || v.Lead() != f.qian.ID {
			t.Errorf("after the swap %s has it (%v)", v.Lead(), err)
		}
		// Who lacks the skill was sent by an override: he may not have the other one instead.
		third := f.order(f.one)
		a, err := f.orders.PlanVisit(f.ctx, orders.PlanVisit{Act: because("customer_wants_engineer"), Orders: []orders.ID{third.ID}, Engineers: []workforce.EngineerID{lame.ID}, Start: at(1, 16, 0), End: at(1, 17, 0), OutletID: f.own.ID, Override: true})
		f.must(err)
		list, err = f.JudgeSwap(f.ctx, mine, a.ID)
		f.must(err)
		if list[0].Verdict != VerdictRefused || list[0].Reasons[0].Code != planner.RuleSkill || list[1].Verdict != VerdictFits {
			t.Errorf("a swap with who lacks the skill: %+v", list)
		}
		if _, err := f.JudgeSwap(f.ctx, mine, mine); err == nil {
			t.Error("a visit was swapped with itself")
		}
	})
}
