package vrp

import (
	"fmt"
	"slices"
)

// walker follows one route step by step.
type walker struct {
	*checker
	route    Route
	engineer *Engineer
	shift    *Shift
	sum      routeSum

	at       int     // where the engineer is; NoPlace as long as nobody knows
	now      int64   // when what came before has ended
	moved    int64   // seconds that there were for the way since the last stop
	seconds  int64   // on the way by the steps so far
	load     []int64 // aboard after the step
	jobs     int
	open     bool     // some work that is not fixed has been done
	free     way      // the ways that are not to fixed work
	drives   []Window // stretches of time for the way since the last stop, where it depends on them how long it takes
	hasBreak []bool
	papers   map[string]bool // valid on the day
	visited  []*Counter
	used     map[string]int64 // parts from the van, by kind
	site     string           // of the last work with a place
}

// route walks a route and notes what it does to whom.
func (c *checker) route(r Route) {
	e := &c.p.Engineers[r.Engineer]
	w := &walker{checker: c, route: r, engineer: e, shift: &e.Shifts[r.Shift], load: make([]int64, c.dims)}
	w.sum.engineer, w.sum.shift = r.Engineer, r.Shift
	w.hasBreak = make([]bool, len(w.shift.Breaks))
	w.papers = make(map[string]bool, len(w.shift.Certificates))
	for _, code := range w.shift.Certificates {
		w.papers[code] = true
	}
	n := len(r.Steps)
	if n < 3 || r.Steps[0].Kind != Start || r.Steps[n-1].Kind != End {
		w.wrong(-1, RuleForm, "a route starts, works and ends", int64(n), 3)
		return
	}
	w.start(r.Steps[0])
	for i := 1; i < n-1; i++ {
		switch s := r.Steps[i]; s.Kind {
		case Rest:
			w.rest(i, s)
		case Work, Pickup, Delivery:
			w.work(i, s)
		case Fetch:
			w.fetch(i, s)
		default:
			w.wrong(i, RuleForm, "a step of an unknown kind, or a second start or end", int64(s.Kind), 0)
		}
	}
	w.end(n-1, r.Steps[n-1])
	c.routes = append(c.routes, w.sum)
}

func (w *walker) wrong(step int, rule Rule, what string, value, limit int64) {
	w.add(Violation{Rule: rule, Engineer: w.route.Engineer, Shift: w.route.Shift, Step: step, What: what, Value: value, Limit: limit})
}

func (w *walker) wrongJob(step int, rule Rule, job, what string, value, limit int64) {
	w.add(Violation{Rule: rule, Engineer: w.route.Engineer, Shift: w.route.Shift, Step: step, Job: job, What: what, Value: value, Limit: limit})
}

func (w *walker) start(s Step) {
	w.at, w.now = w.shift.Start, s.Arrival
	if w.at != NoPlace && s.Place != w.at || s.Index != -1 || s.Wait != 0 || s.Length != 0 || s.Travel != 0 {
		w.wrong(0, RuleForm, "the start is at the shift's place and takes no time", int64(s.Place), int64(w.at))
	}
	if s.Arrival < w.shift.Window.From {
		w.wrong(0, RuleShift, "leaves before the shift begins", s.Arrival, w.shift.Window.From)
	}
	for _, s := range w.route.Steps {
		if t := w.task(s.Kind, s.Index); t != nil {
			addTo(w.load, t.job.Takes, 1)
		}
	}
	w.carries(0, s)
}

// rest checks a break. What there was of time before it may have been spent on the way.
func (w *walker) rest(i int, s Step) {
	if s.Index < 0 || s.Index >= len(w.shift.Breaks) {
		w.wrong(i, RuleForm, "no such break", int64(s.Index), int64(len(w.shift.Breaks)))
		return
	}
	b := w.shift.Breaks[s.Index]
	if w.hasBreak[s.Index] {
		w.wrong(i, RuleOnce, fmt.Sprintf("break %q is taken twice", b.ID), 2, 1)
	}
	w.hasBreak[s.Index] = true
	if s.Length != b.Length {
		w.wrong(i, RuleBreak, fmt.Sprintf("break %q has another length", b.ID), s.Length, b.Length)
	}
	if s.Wait < 0 || s.Arrival < w.now {
		w.wrong(i, RuleTravel, "rests before what came before has ended", s.Arrival, w.now)
	}
	if !within(b.Windows, s.Begin()) {
		w.wrong(i, RuleBreak, fmt.Sprintf("break %q begins outside its windows", b.ID), s.Begin(), lastEnd(b.Windows, s.Begin()))
	}
	gap := max(s.Arrival-w.now, 0)
	if s.Travel < w.seconds || s.Travel-w.seconds > gap {
		w.wrong(i, RuleTravel, "seconds on the way before a rest", s.Travel, w.seconds+gap)
	}
	w.seconds = max(w.seconds, s.Travel)
	w.moved += gap
	w.drives = append(w.drives, Window{w.now, w.now + gap})
	if !b.Paid {
		w.sum.rest += s.Length
	}
	w.now = s.Begin() + s.Length
	w.carries(i, s)
	for d, load := range w.load {
		if b.MaxLoad != nil && load > at(b.MaxLoad, d) {
			w.wrong(i, RuleBreak, fmt.Sprintf("break %q: load of dimension %d", b.ID, d), load, at(b.MaxLoad, d))
		}
	}
}

// work checks a job or one end of a shipment.
func (w *walker) work(i int, s Step) {
	t := w.task(s.Kind, s.Index)
	if t == nil {
		w.wrong(i, RuleForm, "no such job", int64(s.Index), 0)
		return
	}
	j := t.job
	if s.Place != j.Place {
		w.wrongJob(i, RuleForm, j.ID, "is at another place", int64(s.Place), int64(j.Place))
	}
	fixed := j.Fixed && j.Was != nil
	want := lengthOf(j, w.engineer, w.at)
	w.travel(i, s, j.Place, fixed)
	if s.Length != want {
		w.wrongJob(i, RuleService, j.ID, "", s.Length, want)
	}
	if len(j.Windows) > 0 && !fixed && !within(j.Windows, s.Begin()) {
		w.wrongJob(i, RuleWindow, j.ID, "", s.Begin(), lastEnd(j.Windows, s.Begin()))
	}
	if !fixed {
		w.mayDo(i, t)
		w.has(i, j)
	}
	w.jobs++
	if w.shift.MaxJobs > 0 && w.jobs == w.shift.MaxJobs+1 {
		w.wrongJob(i, RuleJobs, j.ID, "", int64(w.jobs), int64(w.shift.MaxJobs))
	}
	if j.Place != NoPlace {
		if j.Site != "" && j.Site != w.site {
			w.sum.visits++
		}
		w.site = j.Site
	}
	addTo(w.load, j.Takes, -1)
	addTo(w.load, j.Brings, 1)
	switch s.Kind {
	case Pickup:
		addTo(w.load, w.p.Shipments[s.Index].Amount, 1)
	case Delivery:
		addTo(w.load, w.p.Shipments[s.Index].Amount, -1)
	}
	w.carries(i, s)
	t.visits = append(t.visits, visit{engineer: w.route.Engineer, shift: w.route.Shift, step: i, begin: s.Begin(), end: s.Begin() + s.Length, behind: w.open})
	w.open = w.open || !fixed
	w.sum.work += s.Length
	w.now = s.Begin() + s.Length
}

// fetch checks a stop at a counter. It is not work: it counts neither as a job nor for fairness.
func (w *walker) fetch(i int, s Step) {
	if s.Index < 0 || s.Index >= len(w.p.Counters) {
		w.wrong(i, RuleForm, "no such counter", int64(s.Index), int64(len(w.p.Counters)))
		return
	}
	c := &w.p.Counters[s.Index]
	if s.Place != c.Place {
		w.wrong(i, RuleForm, fmt.Sprintf("counter %q is at another place", c.ID), int64(s.Place), int64(c.Place))
	}
	w.travel(i, s, c.Place, false)
	if s.Length != c.Service {
		w.wrong(i, RuleService, fmt.Sprintf("counter %q", c.ID), s.Length, c.Service)
	}
	if len(c.Windows) > 0 && !within(c.Windows, s.Begin()) {
		w.wrong(i, RuleWindow, fmt.Sprintf("counter %q", c.ID), s.Begin(), lastEnd(c.Windows, s.Begin()))
	}
	w.carries(i, s)
	w.open, w.site = true, ""
	w.visited = append(w.visited, c)
	w.now = s.Begin() + s.Length
}

// has asks whether the engineer has the tools and parts of a job along, and uses the parts up.
func (w *walker) has(i int, j *Job) {
	for _, tool := range j.Tools {
		if !slices.Contains(w.engineer.Tools, tool) && !slices.ContainsFunc(w.visited, func(c *Counter) bool { return c.hasTool(tool) }) {
			w.wrongJob(i, RuleStock, j.ID, "tool "+tool, 0, 1)
		}
	}
	for _, part := range j.Parts {
		if part.Count == 0 || slices.ContainsFunc(w.visited, func(c *Counter) bool { return c.hasPart(part.Code) }) {
			continue
		}
		if w.used == nil {
			w.used = map[string]int64{}
		}
		w.used[part.Code] += part.Count
		if used, stock := w.used[part.Code], w.engineer.stockOf(part.Code); used > stock {
			w.wrongJob(i, RuleStock, j.ID, "part "+part.Code, used, stock)
		}
	}
}

// lengthOf is how long a job takes an engineer who stands at a place.
func lengthOf(j *Job, e *Engineer, at int) int64 {
	times, ok := j.ByType[e.Type]
	if !ok {
		times = Times{Service: j.Service, Setup: j.Setup}
	}
	length := times.Service
	if pct := int64(e.Efficiency[j.Trade]); j.Trade != "" && pct > 0 {
		length = (length*100 + pct - 1) / pct
	}
	if at == NoPlace || at != j.Place {
		length += times.Setup
	}
	return length
}

// travel checks the way to a stop and takes the engineer there. For fixed work the time that it took is a fact.
func (w *walker) travel(i int, s Step, to int, fixed bool) {
	if s.Wait < 0 {
		w.wrong(i, RuleForm, "waits a negative time", s.Wait, 0)
	}
	if s.Arrival < w.now {
		w.wrong(i, RuleTravel, "arrives before what came before has ended", s.Arrival, w.now)
	}
	var seconds int64
	if to != NoPlace {
		if w.at != NoPlace {
			way, ok := w.way(w.at, to)
			if !ok {
				w.wrong(i, RuleReach, fmt.Sprintf("there is no way from %d to %d", w.at, to), 0, 0)
			}
			if m := &w.p.Travel[w.engineer.Profile]; ok && m.Slices != nil && !fixed {
				way = w.slow(i, way, m, s.Arrival)
			}
			seconds = way.seconds
			w.sum.travel += way.seconds
			w.sum.metres += way.metres
			w.sum.weight += way.weight
			if !fixed {
				w.free.seconds += way.seconds
				w.free.metres += way.metres
			}
		}
		w.at = to
		if had := w.moved + s.Arrival - w.now; had < seconds && !fixed {
			w.wrong(i, RuleTravel, "the way takes longer", had, seconds)
		}
		w.moved, w.drives = 0, w.drives[:0]
		if w.seconds > w.sum.travel {
			w.wrong(i, RuleTravel, "a rest before told more seconds on the way", w.seconds, w.sum.travel)
		}
		w.seconds = w.sum.travel
	}
	if s.Travel != w.seconds && (to != NoPlace || s.Travel < w.seconds || s.Travel-w.seconds > s.Arrival-w.now) {
		w.wrong(i, RuleTravel, "seconds on the way so far", s.Travel, w.seconds)
	}
	if to == NoPlace { // work from anywhere may interrupt the way as a rest does
		w.moved += max(s.Arrival-w.now, 0)
		w.drives = append(w.drives, Window{w.now, max(s.Arrival, w.now)})
		w.seconds = max(w.seconds, s.Travel)
	}
}

// slow is a way as long as it takes when it is travelled: at once, but for what comes between.
func (w *walker) slow(i int, base way, m *Matrix, arrival int64) way {
	left, took := 1000*base.seconds, int64(0)
	for _, d := range append(w.drives, Window{w.now, max(arrival, w.now)}) {
		for at := d.From; at < d.To && left > 0; {
			speed, to := m.Slices[0].Speed, d.To
			for _, s := range m.Slices {
				if s.From <= at {
					speed = s.Speed
				} else {
					to = min(to, s.From)
				}
			}
			most := (left + speed - 1) / speed
			if at+most <= to {
				left, took = 0, took+most
				break
			}
			left -= (to - at) * speed
			took += to - at
			at = to
		}
	}
	if left > 0 {
		w.wrong(i, RuleTravel, "the way takes longer, in thousandths of its seconds left over", left, 0)
	}
	if !m.told() {
		base.weight = took
	}
	base.seconds = took
	return base
}

func (w *walker) end(i int, s Step) {
	to := w.shift.End
	w.travel(i, s, to, false)
	if w.seconds != w.sum.travel {
		w.wrong(i, RuleTravel, "on the way to nowhere", w.seconds, w.sum.travel)
	}
	if to != NoPlace && s.Place != to || s.Index != -1 || s.Wait != 0 || s.Length != 0 {
		w.wrong(i, RuleForm, "the end is at the shift's place and takes no time", int64(s.Place), int64(to))
	}
	if late := s.Arrival - w.shift.Window.To; late > 0 {
		w.sum.overtimeSecs = late
		if late > w.shift.Overtime {
			w.wrong(i, RuleShift, "ends after the shift and its overtime", s.Arrival, w.shift.Window.To+w.shift.Overtime)
		}
	}
	for k, taken := range w.hasBreak {
		if !taken {
			w.wrong(-1, RuleBreak, fmt.Sprintf("break %q is not taken", w.shift.Breaks[k].ID), 0, 1)
		}
	}
	if most := w.shift.MaxTravel; w.open && most > 0 && w.free.seconds > most {
		w.wrong(i, RuleRange, "seconds on the way", w.free.seconds, most)
	}
	if most := w.shift.MaxMetres; w.open && most > 0 && w.free.metres > most {
		w.wrong(i, RuleRange, "metres", w.free.metres, most)
	}
	if w.jobs == 0 {
		w.wrong(-1, RuleForm, "a route without work", 0, 1)
	}
	w.sum.duration = s.Arrival - w.route.Steps[0].Arrival
	w.carries(i, s)
}

// carries compares what is aboard with what the van carries and with what the step tells.
func (w *walker) carries(i int, s Step) {
	for d, load := range w.load {
		var limit int64
		if d < len(w.engineer.Capacity) {
			limit = w.engineer.Capacity[d]
		}
		if load > limit {
			w.wrong(i, RuleCapacity, fmt.Sprintf("dimension %d", d), load, limit)
		}
	}
	for d := range max(len(w.load), len(s.Load)) {
		if have, told := at(w.load, d), at(s.Load, d); have != told {
			w.wrong(i, RuleLoad, fmt.Sprintf("dimension %d", d), told, have)
		}
	}
}

// mayDo asks who may do a task.
func (w *walker) mayDo(i int, t *task) {
	e, who := w.engineer, t.who
	if who.Pinned != "" && who.Pinned != e.ID {
		w.wrongJob(i, RulePinned, t.job.ID, "pinned to "+who.Pinned, 0, 0)
	}
	if slices.Contains(who.Excluded, e.ID) {
		w.wrongJob(i, RuleExcluded, t.job.ID, "", 0, 0)
	}
	for _, n := range who.Needs {
		if have, want := w.skills[w.route.Engineer][n.Skill], max(n.Level, 1); have < want {
			w.wrongJob(i, RuleSkill, t.job.ID, n.Skill, int64(have), int64(want))
		}
		if n.Certificate && !w.papers[n.Skill] {
			w.wrongJob(i, RuleCertificate, t.job.ID, n.Skill, 0, 1)
		}
	}
}

// way is one way of a profile.
type way struct{ seconds, metres, weight int64 }

func (w *walker) way(from, to int) (way, bool) {
	n := w.p.Places
	if w.engineer.Profile < 0 || w.engineer.Profile >= len(w.p.Travel) || from < 0 || to < 0 || from >= n || to >= n {
		return way{}, false
	}
	m, k := w.p.Travel[w.engineer.Profile], from*n+to
	if m.Ways != nil {
		if m.Ways.Region(from) != m.Ways.Region(to) {
			return way{}, false
		}
		seconds, metres, weight := m.Ways.Way(from, to)
		return way{int64(seconds), int64(metres), int64(weight)}, seconds < Unreachable
	}
	if k >= len(m.Seconds) || m.Seconds[k] >= Unreachable {
		return way{}, false
	}
	out := way{seconds: int64(m.Seconds[k]), weight: int64(m.Seconds[k])}
	if k < len(m.Metres) {
		out.metres = int64(m.Metres[k])
	}
	if k < len(m.Cost) {
		out.weight = int64(m.Cost[k])
	}
	if m.Unweighed {
		out.weight = 0
	}
	return out, true
}

func within(windows []Window, t int64) bool {
	return slices.ContainsFunc(windows, func(w Window) bool { return w.From <= t && t <= w.To })
}

// lastEnd is the bound that t has passed: the end of the last window before it, or the begin of the first.
func lastEnd(windows []Window, t int64) int64 {
	var bound int64
	for i, w := range windows {
		switch {
		case i == 0 && t < w.From:
			return w.From
		case w.To < t:
			bound = w.To
		}
	}
	return bound
}

func addTo(load, amount []int64, sign int64) {
	for d, a := range amount {
		load[d] += sign * a
	}
}

func at(load []int64, d int) int64 {
	if d < len(load) {
		return load[d]
	}
	return 0
}
