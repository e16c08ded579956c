package planner

import (
	"cmp"
	"slices"
	"time"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// Notes on work that nobody does: what would have to give way, each of which would do alone beside all that is planned. They name
// the date on which it would be done then. Those of time and load count by how much, in minutes or visits.
const (
	RelaxLater       = "dispatch.relax_later"    // after the window
	RelaxEarlier     = "dispatch.relax_earlier"  // before it
	RelaxOvertime    = "dispatch.relax_overtime" // at most, after the last shift of the day
	RelaxLoad        = "dispatch.relax_load"     // visits that somebody would have, more than his most by one
	RelaxPinned      = "dispatch.relax_pinned"
	RelaxExcluded    = "dispatch.relax_excluded"
	RelaxArea        = "dispatch.relax_area"
	RelaxParts       = "dispatch.relax_parts"
	RelaxPart        = "dispatch.relax_part"
	RelaxTool        = "dispatch.relax_tool"
	RelaxSkill       = "dispatch.relax_skill"
	RelaxCertificate = "dispatch.relax_certificate"
)

// overtimes are those that are tried, in minutes: the law allows three hours a day (China, Labour Law art. 41).
var overtimes = [...]int{30, 60, 120, 180}

const (
	mostGaps  = 8   // between windows that are looked into
	mostRelax = 100 // jobs of a plan, the most urgent first
)

// relaxing asks what would have to give way for work that nobody does.
type relaxing struct {
	*judging
	longer [len(overtimes)]*judging // by overtime, once somebody asked
	fuller *judging                 // one visit more for everybody, likewise
}

// relaxations are the ways out for a job, in the order in which they are told.
func (x *relaxing) relaxations(j *Job) (reason.List, error) {
	var out reason.List
	for _, ask := range []func(*Job, *reason.List) error{x.time, x.overtime, x.load, x.rules} {
		if err := ask(j, &out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// could is the cheapest start of a job in some windows, none being any time, and on which date.
func (x *judging) could(j *Job, list []window) (vrp.Offer, calendar.Date, error) {
	if j.PartsMissing {
		return vrp.Offer{}, 0, nil
	}
	if len(list) == 0 {
		list = []window{{x.m.now, 1 << 39}}
	}
	offers, by := make([]vrp.Offer, len(list)), make([]*model, len(list))
	if err := (asked{x, *j}).offer(list, window{-1 << 60, 1 << 60}, offers, by); err != nil {
		return vrp.Offer{}, 0, err
	}
	best := -1
	for i, o := range offers {
		if o.OK && (best < 0 || o.Cost < offers[best].Cost) {
			best = i
		}
	}
	if best < 0 {
		return vrp.Offer{}, 0, nil
	}
	return offers[best], by[best].days[offers[best].At.Engineer].d.Date, nil
}

// hint adds a note with the date of an offer, if there is one.
func hint(out *reason.List, code string, o vrp.Offer, date calendar.Date, with ...any) {
	if !o.OK {
		return
	}
	r := reason.Noted(code).With("date", date.String())
	for i := 0; i+1 < len(with); i += 2 {
		r = r.With(with[i].(string), with[i+1])
	}
	out.Add(r)
}

// time looks for the least by which the work would have to begin after or before one of its windows.
func (x *relaxing) time(j *Job, out *reason.List) error {
	list := windows(j.Windows)
	if len(list) == 0 || j.PartsMissing {
		return nil
	}
	slices.SortFunc(list, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	horizon := x.m.now
	for i := range x.m.problem.Engineers {
		for _, sh := range x.m.problem.Engineers[i].Shifts {
			horizon = max(horizon, sh.Window.To+sh.Overtime)
		}
	}
	type found struct {
		by   int64
		date calendar.Date
		at   vrp.Offer
	}
	var later, earlier found
	end := int64(-1 << 60) // of the windows before the gap
	for i := 0; i <= min(len(list), mostGaps); i++ {
		gap := window{max(x.m.now, end+1), horizon}
		if i < len(list) {
			gap.to = list[i].from - 1
		}
		if i > 0 {
			o, date, err := x.nearestStart(j, gap, true)
			if err != nil {
				return err
			}
			if by := o.At.Start - end; o.OK && (!later.at.OK || by < later.by) {
				later = found{by, date, o}
			}
		}
		if i < len(list) {
			o, date, err := x.nearestStart(j, gap, false)
			if err != nil {
				return err
			}
			if by := list[i].from - o.At.Start; o.OK && (!earlier.at.OK || by < earlier.by) {
				earlier = found{by, date, o}
			}
			end = max(end, list[i].to)
		}
	}
	for _, f := range []struct {
		code string
		found
	}{{RelaxLater, later}, {RelaxEarlier, earlier}} {
		if f.at.OK {
			out.Add(reason.Noted(f.code).With("date", f.date.String()).With("start", time.Unix(f.at.At.Start, 0).UTC().Format(time.RFC3339)).Compared(ceilMinutes(f.by), 0))
		}
	}
	return nil
}

// nearestStart is a start of a job as near to the beginning of a gap, or to its end, as minutes tell apart.
func (x *judging) nearestStart(j *Job, gap window, first bool) (vrp.Offer, calendar.Date, error) {
	if gap.from > gap.to {
		return vrp.Offer{}, 0, nil
	}
	best, date, err := x.could(j, []window{gap})
	if err != nil || !best.OK {
		return best, date, err
	}
	for lo, hi := int64(1), (gap.to-gap.from)/60+1; lo < hi; {
		mid := (lo + hi) / 2
		part := window{gap.from, min(gap.to, gap.from-1+mid*60)}
		if !first {
			part = window{max(gap.from, gap.to+1-mid*60), gap.to}
		}
		o, d, err := x.could(j, []window{part})
		if err != nil {
			return best, date, err
		}
		if o.OK {
			best, date, hi = o, d, mid
		} else {
			lo = mid + 1
		}
	}
	return best, date, nil
}

// overtime asks those who would stay longer.
func (x *relaxing) overtime(j *Job, out *reason.List) error {
	for i, minutes := range overtimes {
		if x.longer[i] == nil {
			s := x.m.s.changed(func(_ *Engineer, d *Day) {
				if n := len(d.Shifts); n > 0 {
					d.Shifts = slices.Clone(d.Shifts)
					d.Shifts[n-1].To = d.Shifts[n-1].To.Add(time.Duration(minutes) * time.Minute)
				}
			})
			var err error
			if x.longer[i], err = newJudge(&s, nil); err != nil {
				return err
			}
		}
		o, date, err := x.longer[i].could(j, windows(j.Windows))
		if err != nil {
			return err
		}
		if o.OK {
			out.Add(reason.Noted(RelaxOvertime).With("date", date.String()).Compared(minutes, 0))
			return nil
		}
	}
	return nil
}

// load asks those whose day has as many visits as it may.
func (x *relaxing) load(j *Job, out *reason.List) error {
	if !slices.ContainsFunc(x.m.s.Engineers, func(e Engineer) bool { return e.MaxVisits > 0 }) {
		return nil
	}
	if x.fuller == nil {
		s := x.m.s.changed(func(*Engineer, *Day) {})
		for i := range s.Engineers {
			if e := &s.Engineers[i]; e.MaxVisits > 0 {
				e.MaxVisits++
			}
		}
		var err error
		if x.fuller, err = newJudge(&s, nil); err != nil {
			return err
		}
	}
	o, date, err := x.fuller.could(j, windows(j.Windows))
	if err == nil && o.OK {
		most := x.fuller.m.days[o.At.Engineer].e.MaxVisits
		out.Add(reason.Noted(RelaxLoad).With("date", date.String()).Compared(most, most-1))
	}
	return err
}

// rules sets one rule after the other aside.
func (x *relaxing) rules(j *Job, out *reason.List) error {
	try := func(code string, eased Job, with ...any) (bool, error) {
		o, date, err := x.could(&eased, windows(j.Windows))
		hint(out, code, o, date, with...)
		return o.OK, err
	}
	eased := *j
	if j.PartsMissing {
		eased.PartsMissing = false
		_, err := try(RelaxParts, eased)
		return err // nothing else would do
	}
	if j.Pinned != "" {
		eased.Pinned = ""
		if _, err := try(RelaxPinned, eased); err != nil {
			return err
		}
	}
	if eased = *j; len(j.Excluded) > 0 {
		eased.Excluded = nil
		if _, err := try(RelaxExcluded, eased); err != nil {
			return err
		}
	}
	if eased = *j; j.Outlets != nil {
		eased.Outlets = nil
		if _, err := try(RelaxArea, eased); err != nil {
			return err
		}
	}
	for i := range j.Parts {
		n := &j.Parts[i]
		eased = *j
		eased.Parts = slices.Delete(slices.Clone(j.Parts), i, i+1)
		code, name, what := RelaxPart, "part", string(n.Code)
		if tool, ok := n.Code.Tool(); ok {
			code, name, what = RelaxTool, "tool", tool
		}
		if _, err := try(code, eased, name, what, "count", n.Count); err != nil {
			return err
		}
	}
	for i, n := range j.Needs {
		if eased = *j; n.Certificate {
			eased.Needs = slices.Clone(j.Needs)
			eased.Needs[i].Certificate = false
			if ok, err := try(RelaxCertificate, eased, "skill", string(n.Skill)); err != nil {
				return err
			} else if ok {
				continue
			}
		}
		eased.Needs = slices.Delete(slices.Clone(j.Needs), i, i+1)
		if _, err := try(RelaxSkill, eased, "skill", string(n.Skill), "level", max(n.Level, Learner)); err != nil {
			return err
		}
	}
	return nil
}

// changed is the snapshot with days of its own that something was done to.
func (s *Snapshot) changed(change func(e *Engineer, d *Day)) Snapshot {
	out := *s
	out.Engineers = slices.Clone(s.Engineers)
	for i := range out.Engineers {
		e := &out.Engineers[i]
		e.Days = slices.Clone(e.Days)
		for k := range e.Days {
			change(e, &e.Days[k])
		}
	}
	return out
}
