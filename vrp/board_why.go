package vrp

import "slices"

// RuleClash says that what a shift has already breaks a rule by itself.
const RuleClash Rule = "clash"

// asksIn is the order in which a board asks the rules.
var asksIn = []Rule{
	RulePinned, RuleExcluded, RuleSkill, RuleCertificate, RuleSequence, RuleCapacity, RuleShift, RuleClash, RuleJobs, RuleReach, RuleRange, RuleRoom, RuleWindow,
	RuleBreak, RuleCrew,
}

// Explain tells whether an engineer could do the job on a shift within the first of the windows, alone even where it takes
// two, or which rule fails first there. The numbers of the reasons are of one unit each:
//
//   - RuleSkill: levels; RuleCapacity: units; RuleJobs: jobs a shift
//   - RuleShift: by how many seconds the shift is too short from the window's begin on
//   - RuleRoom: the seconds of work that would fit at any time, of those needed
//   - RuleWindow: seconds before (negative) or after the window, at the nearest time
//   - RuleBreak: the seconds that are left for a rest, of those needed
func (b *Board) Explain(ask Ask, engineer, shift int) (Explanation, error) {
	if err := b.meets(&ask); err != nil {
		return Explanation{}, err
	}
	if engineer < 0 || engineer >= len(b.first) || shift < 0 || shift >= len(b.p.Engineers[engineer].Shifts) {
		return Explanation{}, bad("there is no shift %d of engineer %d", shift, engineer)
	}
	alone := ask
	alone.Job.Crew = 1
	d := b.open(&alone)
	defer b.close(d)
	l := b.lanes[b.first[engineer]+shift]
	if r := d.refusal(engineer); r.Rule != "" {
		r.Engineer, r.Shift = engineer, shift
		return Explanation{Reason: r}, nil
	}
	if r := d.why(l, d.windows[0]); r.Rule != "" {
		r.Engineer, r.Shift = engineer, shift
		return Explanation{Reason: r}, nil
	}
	d.windows = d.windows[:1]
	d.best = []Offer{{}}
	d.single(l)
	if !d.best[0].OK { // its ways would take too long at that time
		return Explanation{Reason: Reason{Rule: RuleRange, Engineer: engineer, Shift: shift}}, nil
	}
	return Explanation{Feasible: d.best[0].OK, Start: d.best[0].At.Start, Added: d.best[0].Cost}, nil
}

// Refusals tells for one of the windows, on each of the shifts that are asked for, which rule fails first when it takes
// only one; the reason has no rule where it could be done. Who may not do the job at all is not left out.
func (b *Board) Refusals(ask Ask, window int, of func(engineer, shift int) bool, tell func(Reason)) error {
	if err := b.meets(&ask); err != nil {
		return err
	}
	d := b.open(&ask)
	defer b.close(d)
	if window < 0 || window >= len(d.windows) {
		return bad("window %d of %d", window, len(d.windows))
	}
	for _, l := range b.lanes {
		if of(l.at.Engineer, l.at.Shift) {
			r := d.why(l, d.windows[window])
			r.Engineer, r.Shift = l.at.Engineer, l.at.Shift
			tell(r)
		}
	}
	return nil
}

// explain fills in for the windows that nobody can come within why not: engineer by engineer, so that what is found out about a
// shift serves all windows.
func (d *desk) explain() {
	type found struct {
		i    int
		best []Reason // by rule
	}
	var list []found
	for i := range d.best {
		if !d.best[i].OK {
			list = append(list, found{i, nil})
		}
	}
	if len(list) == 0 {
		return
	}
	for e := range d.b.p.Engineers {
		always := d.refusal(e)
		for k := range list {
			f := &list[k]
			r := always
			if r.Rule == "" {
				r = d.nearest(e, d.windows[f.i])
			}
			if r.Rule == "" { // could, but finds no second
				r = Reason{Rule: RuleCrew, Value: 1, Limit: int64(max(d.job.Crew, 1))}
			}
			at := slices.IndexFunc(f.best, func(x Reason) bool { return x.Rule == r.Rule })
			r.Engineer, r.Shift = -1, -1
			if at < 0 {
				at = len(f.best)
				f.best = append(f.best, r)
			} else if old := &f.best[at]; miss(r) < miss(*old) {
				r.Engineers = old.Engineers
				*old = r
			}
			f.best[at].Engineers++
		}
	}
	for _, f := range list {
		if len(d.b.p.Engineers) == 0 {
			d.best[f.i].Reasons = []Reason{{Rule: RuleShift, Engineer: -1, Shift: -1}}
		}
		for _, rule := range slices.Backward(asksIn) {
			if at := slices.IndexFunc(f.best, func(x Reason) bool { return x.Rule == rule }); at >= 0 {
				d.best[f.i].Reasons = append(d.best[f.i].Reasons, f.best[at])
			}
		}
	}
}

// nearest is why an engineer cannot come within a window, on the shift that comes nearest to it.
func (d *desk) nearest(e int, w Window) Reason {
	var best Reason
	for k := range d.b.p.Engineers[e].Shifts {
		l := d.b.lanes[d.b.first[e]+k]
		r := Reason{Rule: RuleCertificate, Limit: 1}
		if d.able(l, 0) || d.job.Crew > 1 && d.able(l, 1) {
			if r = d.why(l, w); r.Rule == "" {
				return r
			}
		} else {
			r.Skill = d.uncertified(l)
		}
		if best.Rule == "" || d.closer(r, best) {
			best = r
		}
	}
	if best.Rule == "" {
		best = Reason{Rule: RuleShift, Value: d.job.Service}
	}
	return best
}

func (d *desk) closer(a, b Reason) bool {
	if a.Rule == b.Rule {
		return miss(a) < miss(b)
	}
	return slices.Index(asksIn, b.Rule) < slices.Index(asksIn, a.Rule)
}

func (d *desk) uncertified(l *lane) string {
	for _, n := range d.job.Needs {
		if n.Certificate && !slices.Contains(l.s.Certificates, n.Skill) {
			return n.Skill
		}
	}
	return ""
}

// refusal is the first rule, whatever the time, that forbids an engineer the job on every shift.
func (d *desk) refusal(e int) Reason {
	who := &d.b.p.Engineers[e]
	j := d.job
	if second := d.ask.Second; j.Crew > 1 && second != nil { // who may be the second is not turned away
		for k := range who.Shifts {
			if d.able(d.b.lanes[d.b.first[e]+k], 1) {
				return Reason{}
			}
		}
	}
	switch {
	case j.Pinned != "" && j.Pinned != who.ID:
		return Reason{Rule: RulePinned}
	case slices.Contains(j.Excluded, who.ID):
		return Reason{Rule: RuleExcluded}
	}
	for _, n := range j.Needs {
		if have, want := d.b.levels[e][n.Skill], max(n.Level, 1); have < want {
			return Reason{Rule: RuleSkill, Skill: n.Skill, Value: int64(have), Limit: int64(want)}
		}
	}
	if len(who.Shifts) > 0 && !slices.ContainsFunc(d.b.lanes[d.b.first[e]:d.b.first[e]+len(who.Shifts)], func(l *lane) bool { return d.uncertified(l) == "" }) {
		return Reason{Rule: RuleCertificate, Skill: d.uncertified(d.b.lanes[d.b.first[e]]), Limit: 1}
	}
	if d.stuck {
		return Reason{Rule: RuleSequence}
	}
	for dim := range max(len(j.Takes), len(j.Brings)) {
		if load, room := max(at(j.Takes, dim), at(j.Brings, dim)), at(who.Capacity, dim); load > room {
			return Reason{Rule: RuleCapacity, Value: load, Limit: room}
		}
	}
	return Reason{}
}

// why asks the rules of one shift for one window; without a rule it can be done.
func (d *desk) why(l *lane, w Window) Reason {
	if d.uncertified(l) != "" && !(d.job.Crew > 1 && d.able(l, 1)) {
		return Reason{Rule: RuleCertificate, Skill: d.uncertified(l), Limit: 1}
	}
	length := d.service[l.at.Engineer]
	from := max(l.s.Window.From, w.From, d.from)
	if short := from + length - l.s.Window.To - l.s.Overtime; short > 0 || from > w.To {
		return Reason{Rule: RuleShift, Value: max(short, 0) + max(from-w.To, 0)}
	}
	switch {
	case l.clash != "":
		return Reason{Rule: RuleClash}
	case l.s.MaxJobs > 0 && l.jobs >= l.s.MaxJobs:
		return Reason{Rule: RuleJobs, Value: int64(l.jobs + 1), Limit: int64(l.s.MaxJobs)}
	}
	if d.look(l); d.cut {
		return Reason{Rule: RuleReach}
	}
	if len(d.bare) == 0 {
		return Reason{Rule: RuleRoom, Value: max(0, d.stretch(l)), Limit: length}
	}
	near, at := int64(never), gap{}
	for _, g := range d.bare {
		off := int64(0)
		switch {
		case g.to < w.From:
			off = g.to - w.From
		case g.from > w.To:
			off = g.from - w.To
		}
		if max(off, -off) < max(near, -near) {
			near, at = off, g
		}
	}
	if near != 0 {
		return Reason{Rule: RuleWindow, Value: near}
	}
	d.lookOn(l)
	within := func(g gap) bool { return max(g.from, w.From) <= min(g.to, w.To) }
	if !slices.ContainsFunc(d.rested, within) {
		value, limit := d.restLeft(l, at, max(at.from, w.From))
		return Reason{Rule: RuleBreak, Value: value, Limit: limit}
	}
	if !slices.ContainsFunc(d.loaded, within) {
		return Reason{Rule: RuleCapacity}
	}
	return Reason{}
}

// look finds the gaps of a lane, rests left out, unless it was the last that was looked at.
func (d *desk) look(l *lane) {
	if d.seen == l {
		return
	}
	d.seen, d.known, d.asked = l, false, false
	there, _ := d.both(l, l.places[l.first])
	if d.cut = there.seconds >= never; d.cut {
		return
	}
	d.bare = append(d.bare[:0], d.collect(l, l.bared(), true)...)
}

// lookOn finds the gaps of the lane that is looked at with rests, and with loads.
func (d *desk) lookOn(l *lane) {
	if d.asked {
		return
	}
	d.asked = true
	if d.rested = append(d.rested[:0], d.bare...); l.soft {
		d.rested = append(d.rested[:0], d.collect(l, &l.full, true)...)
	}
	if d.loaded = d.loaded[:0]; len(l.full.shut) > 0 {
		d.loaded = append(d.loaded, d.collect(l, &l.full, false)...)
		return
	}
	for _, g := range d.rested {
		if l.carries(d.job, g.anchor) {
			d.loaded = append(d.loaded, g)
		}
	}
}

// stretch is the most seconds of work that would fit anywhere on the lane that is looked at, rests left out; less than none where
// there is no way.
func (d *desk) stretch(l *lane) int64 {
	if d.known {
		return d.most
	}
	f, most := l.bared(), int64(-never)
	var there, back, ahead way
	for a, known := l.first, false; a <= len(l.seats); a++ {
		here := known
		if known = false; f.closes[a+1]-f.opens[a] <= most {
			continue
		}
		if there = ahead; !here {
			there, _ = d.both(l, l.places[a])
		}
		ahead, back = d.both(l, l.places[a+1])
		if known = true; there.seconds >= never || back.seconds >= never || f.closes[a+1]-f.opens[a]-l.least(there.seconds)-l.least(back.seconds) <= most {
			continue
		}
		for k := range f.n {
			arrive, _ := f.arrives(a, k, there.seconds)
			until := min(f.leaves(a+1, k, back.seconds, l.places[a+1] == d.job.Place), d.until)
			if arrive < never && until > -never {
				most = max(most, until-max(arrive, d.from))
			}
		}
	}
	d.most, d.known = most, true
	return most
}

// restLeft is what remains of a rest, of those that can be put off, when the job begins at an instant: the one that lacks most.
func (d *desk) restLeft(l *lane, g gap, begin int64) (left, need int64) {
	bare := &d.alike
	*bare = *l
	bare.full = *l.bared()
	t := &d.spare
	d.b.with(t, bare, d.job, g, Window{begin, begin}, d.extra, false)
	if t.clash != "" {
		return 0, 0
	}
	for _, f := range l.full.f {
		if !f.soft || f.rest < 0 {
			continue
		}
		if got := min(t.rest(f), f.length); need == 0 || f.length-got > need-left {
			left, need = max(0, got), f.length
		}
	}
	return left, need
}

// rest is the longest stretch of a lane in which a rest could be taken.
func (l *lane) rest(f floater) int64 {
	from, to := f.windows[0].From, f.windows[len(f.windows)-1].To+f.length
	most, now := int64(0), l.leave
	if len(l.past) == 0 {
		now = l.begin
	}
	for a := l.first; a <= len(l.seats); a++ {
		way := l.drives(a)
		until := l.s.Window.To + l.s.Overtime
		if a < len(l.seats) {
			until = l.begins[a]
		}
		ends := now
		for k := l.took[a]; k <= l.took[a+1]; k++ { // between what else lies on the way
			next := until
			if k < l.took[a+1] {
				next = l.earlier[k]
			}
			most = max(most, min(min(next, to)-max(ends, from), until-now-way))
			if k < l.took[a+1] {
				ends = next + l.full.f[k].length
			}
		}
		if a < len(l.seats) {
			now = l.begins[a] + l.seats[a].takes(l.places[a])
		}
	}
	return most
}
