package planner

import (
	"slices"
	"sync"

	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// twin is what is asked about with ways that take as long at every hour, worked out when somebody is refused: it tells whether that is
// why.
type twin struct {
	s    *Snapshot
	gone map[VisitID]bool
	once sync.Once
	x    *judging
	err  error
}

// newTwin is nil where ways take as long at every hour anyway.
func newTwin(m *model, gone map[VisitID]bool) *twin {
	if !m.hurried() {
		return nil
	}
	return &twin{s: m.s, gone: gone}
}

func (t *twin) get() (*judging, error) {
	t.once.Do(func() {
		s := t.s.calm()
		t.x, t.err = newJudge(&s, t.gone)
	})
	return t.x, t.err
}

// calm is the snapshot without rush hours.
func (s *Snapshot) calm() Snapshot {
	return s.changed(func(_ *Engineer, d *Day) { d.RushHours = nil })
}

// still is who is asked, with ways that take as long at every hour; false where they do so anyway.
func (x *asked) still() (asked, bool, error) {
	if x.twin == nil {
		return asked{}, false, nil
	}
	calm, err := x.twin.get()
	if err != nil {
		return asked{}, false, err
	}
	m := *calm.m
	m.now, m.late, m.strange = x.m.now, x.m.late, x.m.strange
	return asked{&judging{m: &m, b: calm.b}, x.job}, true, nil
}

// timely tells whether somebody failed for want of time, which a shorter way could give.
func timely(r reason.Reason) bool {
	return slices.Contains([]string{RuleFull, RuleWindow, RuleBreak, RuleCrew, RuleStockClosed, RuleToolClosed}, r.Code)
}

// eased adds to the refusals of windows that there would be somebody if ways took no longer at any hour.
func (all panel) eased(list []window, hours []window, refused []*reason.List) error {
	var some []window
	var of []*reason.List
	for i, why := range refused {
		if slices.ContainsFunc(*why, timely) {
			some, of = append(some, list[i]), append(of, why)
		}
	}
	if list, refused = some, of; len(list) == 0 {
		return nil
	}
	could := make([]bool, len(list))
	for i := range all {
		met := func(w window) bool { return w.from <= hours[i].to && w.to >= hours[i].from }
		if all[i].twin == nil || all[i].job.PartsMissing || !slices.ContainsFunc(list, met) {
			continue
		}
		calm, ok, err := all[i].still()
		if err != nil || !ok {
			return err
		}
		offers, by := make([]vrp.Offer, len(list)), make([]*model, len(list))
		if err := calm.offer(list, hours[i], offers, by); err != nil {
			return err
		}
		for k := range offers {
			could[k] = could[k] || offers[k].OK
		}
	}
	for k, ok := range could {
		if ok {
			refused[k].Add(reason.Noted(NoteRush))
		}
	}
	return nil
}
