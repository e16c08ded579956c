package planner

import (
	"cmp"
	"slices"
	"time"
)

// After is the snapshot once the event happened, and the visits that cannot stay as they are.
func (s Snapshot) After(c Change) (Snapshot, []VisitID) {
	out := s
	out.Jobs = append(slices.Clone(s.Jobs), c.Added...)
	out.Engineers = slices.Clone(s.Engineers)
	for _, a := range c.Absent {
		for i := range out.Engineers {
			if out.Engineers[i].ID == a.Engineer {
				out.Engineers[i].Days = withAbsence(out.Engineers[i].Days, a.Span)
			}
		}
	}
	if len(c.Jams) > 0 && s.Travel != nil {
		out.Travel = jammed{s.Travel, c.Jams}
	}
	out.Visits = []Visit{}
	gone := map[JobID]bool{}
	for i := range s.Visits {
		if v := &s.Visits[i]; v.ID != "" && slices.Contains(c.Cancelled, v.ID) {
			gone[v.Job.ID] = true
		}
	}
	for _, v := range s.Visits {
		if idle(&v, gone) {
			continue
		}
		if v.ID != "" && slices.Contains(c.Cancelled, v.ID) {
			continue
		}
		for _, o := range c.Overrun {
			if o.Visit == v.ID && v.ID != "" && o.Until.After(v.End) {
				v.End = o.Until
			}
		}
		out.Visits = append(out.Visits, v)
	}
	var loose []VisitID
	for i, v := range out.Visits {
		if v.ID == "" || v.Frozen || v.Job.Minutes < 1 || slices.ContainsFunc(v.Engineers, func(e EngineerID) bool { return slices.Contains(c.Keep, e) }) {
			continue
		}
		if out.broken(i, c) || s.late(&out, i, c.Jams) {
			loose = append(loose, v.ID)
		}
	}
	return out, loose
}

// broken tells whether a visit cannot be kept: its engineer is away, or an overrun runs into it.
func (s *Snapshot) broken(i int, c Change) bool {
	v := s.Visits[i]
	for _, a := range c.Absent {
		if slices.Contains(v.Engineers, a.Engineer) && a.overlaps(Span{v.Start, v.End}) {
			return true
		}
	}
	for _, o := range c.Overrun {
		for _, late := range s.Visits {
			if late.ID != o.Visit || late.ID == v.ID || v.Start.Before(late.Start) || late.End != o.Until {
				continue
			}
			way, ok := s.leg(late.Job.Place, v.Job.Place)
			if slices.ContainsFunc(v.Engineers, func(id EngineerID) bool {
				return slices.Contains(late.Engineers, id) && (!ok || s.paceOn(id, v.Date).arrive(late.End, time.Duration(way)*time.Second).After(v.Start))
			}) {
				return true
			}
		}
	}
	return false
}

// withAbsence cuts a time out of days' shifts.
func withAbsence(days []Day, away Span) []Day {
	out := make([]Day, len(days))
	for i, d := range days {
		out[i] = d.Without(away)
	}
	return out
}

// Without is the day with a time away cut out of its shifts.
func (d Day) Without(away Span) Day {
	var shifts []Span
	hit := false
	for _, sh := range d.Shifts {
		if !sh.overlaps(away) {
			shifts = append(shifts, sh)
			continue
		}
		hit = true
		if sh.From.Before(away.From) {
			shifts = append(shifts, Span{sh.From, away.From})
		}
		if away.To.Before(sh.To) {
			shifts = append(shifts, Span{away.To, sh.To})
		}
	}
	if !hit {
		return d
	}
	d.Shifts = shifts
	d.Away = append(slices.Clone(d.Away), away)
	slices.SortFunc(d.Away, func(a, b Span) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	return d
}
