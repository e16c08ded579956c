package planner

import (
	"fmt"

	"anxin/vrp"
)

// Weights are what a plan or a repair weighs beside what it always does, in seconds of travel. The zero value weighs nothing
// more.
type Weights struct {
	// Near and Rush: to move what was promised costs Rush per cent more of itself when it is about to begin, and evenly less up to
	// Near seconds ahead.
	Near, Rush int64
	// Margin: promised work begins that many seconds before its window ends; each second that it begins later costs MarginPrice.
	Margin, MarginPrice int64
	// Visit is what each visit at a site costs, so that work at one site is done one after the other by one engineer.
	Visit int64
	// Share is what a squared hour costs by which the engineers of a group do more or less than their part of the work.
	Share  int64
	Shares []GroupShare
}

// GroupShare is the part of all work, in thousandths, that the engineers of a group should do.
type GroupShare struct {
	Group    OutletID
	PerMille int64
}

// maxWeight bounds prices and times: beyond it a number is a mistake.
const maxWeight = 30 * 24 * 3600

func (w *Weights) check() error {
	for _, n := range []int64{w.Near, w.Rush, w.Margin, w.MarginPrice, w.Visit, w.Share} {
		if n < 0 || n > maxWeight {
			return fmt.Errorf("%w: a weight of %d", ErrSnapshot, n)
		}
	}
	sum, seen := int64(0), map[OutletID]bool{}
	for _, g := range w.Shares {
		if sum += g.PerMille; g.Group == "" || seen[g.Group] || g.PerMille < 0 || sum > 1000 {
			return fmt.Errorf("%w: group %q should have %d thousandths of the work", ErrSnapshot, g.Group, g.PerMille)
		}
		seen[g.Group] = true
	}
	return nil
}

// weigh tells a problem what else counts.
func (m *model) weigh() {
	w, o := &m.s.Weights, &m.problem.Objective
	o.Visit = w.Visit
	if w.Near > 0 && w.Rush > 0 {
		o.AsOf, o.Near, o.Rush = m.now, w.Near, w.Rush
	}
	if w.Margin > 0 && w.MarginPrice > 0 {
		o.Margin, o.MarginCost = w.Margin, w.MarginPrice
	}
	if w.Share > 0 && len(w.Shares) > 0 {
		o.Share = w.Share
		for _, g := range w.Shares {
			m.problem.Shares = append(m.problem.Shares, vrp.Share{Outlet: string(g.Group), PerMille: g.PerMille})
		}
	}
}
