package planner

import (
	"maps"
	"slices"

	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// extra is a place that is reached over a counter: the way to it goes there first, and stays.
type extra struct {
	place, counter int
	stay           int64 // of the way there: so much that it is never too short
}

// end is a place as ways see it: where one arrives and leaves, the seconds of the way to it that lie within, and the counter
// that comes before; NoPlace is none.
type end struct {
	in, out int
	lead    int64
	over    int
	stay    int64
}

// end tells what a number beyond the snapshot's places means: blocks, then the place that the snapshot does not know, then
// places over counters.
func (m *model) end(place int) end {
	switch n := m.s.Places; {
	case place < n:
		return end{in: place, out: place, over: NoPlace}
	case place < m.problem.Places:
		b := &m.blocks[place-n]
		return end{in: b.in, out: b.out, lead: b.lead, over: NoPlace}
	case place == m.problem.Places:
		return end{in: n, out: n, over: NoPlace}
	}
	x := m.extras[place-m.problem.Places-1]
	return end{in: x.place, out: x.place, over: x.counter, stay: x.stay}
}

// leg is the way between places of the snapshot and the one that it does not know.
func (m *model) leg(from, to int) (seconds int64, ok bool) {
	if m.strange == nil || from != m.s.Places && to != m.s.Places {
		return m.s.leg(from, to)
	}
	if from == NoPlace || to == NoPlace || from == to {
		return 0, true
	}
	sec, _ := m.strange.At(from, to)
	return int64(sec), sec >= 0 && sec < unreachable
}

// far is the way between any two places, a stop at a counter included.
func (m *model) far(from, to int) vrp.Way {
	a, b := m.end(from), m.end(to)
	sum, at := b.stay, a.out
	if b.over != NoPlace {
		sec, ok := m.leg(at, b.over)
		if !ok {
			return vrp.Way{Seconds: vrp.Unreachable}
		}
		sum, at = sum+sec, b.over
	}
	sec, ok := m.leg(at, b.in)
	if !ok {
		return vrp.Way{Seconds: vrp.Unreachable}
	}
	left := int32(max(0, min(vrp.Unreachable-1, sum+sec-b.lead)))
	return vrp.Way{Seconds: left, Cost: left}
}

// apart is the model for a question of one caller among many at once.
func (m *model) apart(j *Job) *model {
	if len(j.Parts) == 0 {
		return m
	}
	own := *m
	own.extras = slices.Clip(m.extras)
	return &own
}

// wish is a question to the board, and whose window each of its windows is. Those who have to fetch what a job takes are asked
// apart, by the counter at which they do.
type wish struct {
	ask  vrp.Ask
	of   []int
	whom func(day int) bool
}

// wishes are the questions about a job in some windows; none are any time.
func (m *model) wishes(j *Job, list []window) []wish {
	own := wish{ask: m.ask(j), of: []int{}, whom: func(int) bool { return true }}
	own.ask.Windows = nil
	for i, w := range list {
		if w.from = max(w.from, m.now); w.from > w.to {
			w = window{m.now - 1, m.now - 1}
		}
		own.ask.Windows, own.of = append(own.ask.Windows, vrp.Window{From: w.from, To: w.to}), append(own.of, i)
	}
	if len(list) == 0 {
		own.of = append(own.of, 0)
	}
	if len(j.Parts) == 0 {
		return []wish{own}
	}
	may := own.ask.May
	own.whom = func(n int) bool { return m.stocked(n, j) }
	own.ask.May = func(n int, second bool) bool { return may(n, second) && (second || m.stocked(n, j)) }
	out := []wish{own}
	if j.Place == NoPlace {
		return out
	}
	for _, c := range m.counters(j) {
		if w, ok := m.over(j, c, own.ask, list, may); ok {
			out = append(out, w)
		}
	}
	return out
}

// fetching is a counter at which some have to fetch what a job takes, and when it is open for them. Their ways take as long at
// the same hours.
type fetching struct {
	at      *Counter
	profile int
	hours   []window
}

// counters are those at which somebody would have to fetch what a job takes.
func (m *model) counters(j *Job) []fetching {
	var out []fetching
	for n := range m.days {
		d := &m.days[n]
		if d.e.Counter == nil || !m.fetches(n, j) {
			continue
		}
		profile := m.problem.Engineers[n].Profile
		k := slices.IndexFunc(out, func(f fetching) bool { return f.at == d.e.Counter && f.profile == profile })
		if k < 0 {
			k = len(out)
			out = append(out, fetching{at: d.e.Counter, profile: profile})
		}
		for _, h := range windows(d.d.Counter) {
			if !slices.Contains(out[k].hours, h) {
				out[k].hours = append(out[k].hours, h)
			}
		}
	}
	return out
}

// stocked tells whether what a job takes is in the van of an engineer on a day, or is loaded where the day begins.
func (m *model) stocked(n int, j *Job) bool {
	d := &m.days[n]
	if d.e.carries(j) {
		return true
	}
	return judgeStock(d.e, d.d, j) && m.s.loads(d.e, d.d)
}

// fetches tells whether an engineer can do a job on a day once he has been at the counter.
func (m *model) fetches(n int, j *Job) bool {
	d := &m.days[n]
	return judgeStock(d.e, d.d, j) && !m.stocked(n, j)
}

// over is the question about those who fetch at a counter right before the job. Its windows are those in which a stop as late as
// can be lies in the counter's hours.
func (m *model) over(j *Job, c fetching, ask vrp.Ask, list []window, may func(int, bool) bool) (wish, bool) {
	sec, ok := m.leg(c.at.Place, j.Place)
	if !ok {
		return wish{}, false
	}
	stay, p := int64(c.at.Minutes)*60, m.paces[c.profile]
	w := wish{ask: ask, whom: func(n int) bool {
		return m.days[n].e.Counter == c.at && m.problem.Engineers[n].Profile == c.profile && m.fetches(n, j)
	}}
	w.ask.Windows = nil
	if len(list) == 0 {
		list = []window{{0, 1 << 39}}
	}
	for i, o := range list {
		for _, h := range c.hours {
			at := vrp.Window{From: max(o.from, p.arriveAt(h.from+stay, sec), m.now), To: min(o.to, p.arriveAt(h.to+stay+1, sec)-1)}
			if at.From <= at.To {
				w.ask.Windows, w.of = append(w.ask.Windows, at), append(w.of, i)
			}
		}
	}
	if len(w.of) == 0 {
		return w, false
	}
	place := m.problem.Places + 1 + len(m.extras)
	m.extras = append(m.extras, extra{j.Place, c.at.Place, (stay*p.fastest() + usual - 1) / usual})
	w.ask.Job.Place = place
	w.ask.Ways = func(_, other int) (to, from vrp.Way) { return m.far(other, place), m.far(place, other) }
	if ask.Second != nil {
		second := *ask.Second
		second.Place = place
		w.ask.Second = &second
	}
	w.ask.May = func(n int, second bool) bool { return may(n, second) && (second || w.whom(n)) }
	return w, true
}

// supplies tells the search what its jobs take, one code a job: who has all of it along has one, and counters have what their
// outlets have. The search lets anybody fetch anywhere and takes one free piece twice: see [Snapshot.commit].
func (m *model) supplies() {
	at := map[*Counter]int{}
	for k, j := range m.open {
		if len(j.Parts) == 0 {
			continue
		}
		code := "parts:" + string(j.ID)
		for n := range m.days {
			d := &m.days[n]
			if !judgeStock(d.e, d.d, j) {
				m.problem.Jobs[k].Excluded = append(m.problem.Jobs[k].Excluded, dayID(n))
			} else if m.stocked(n, j) {
				m.problem.Engineers[n].Parts = append(m.problem.Engineers[n].Parts, vrp.Part{Code: code, Count: 1})
			}
		}
		m.problem.Jobs[k].Parts = []vrp.Part{{Code: code, Count: 1}}
		slices.Sort(m.problem.Jobs[k].Excluded)
		m.problem.Jobs[k].Excluded = slices.Compact(m.problem.Jobs[k].Excluded)
		for _, c := range m.counters(j) {
			i, ok := at[c.at]
			if !ok {
				if len(m.problem.Counters) == vrp.MaxCounters {
					continue
				}
				i = len(m.problem.Counters)
				at[c.at] = i
				m.problem.Counters = append(m.problem.Counters, vrp.Counter{
					ID: "counter:" + string(c.at.Outlet), Place: c.at.Place, Service: int64(c.at.Minutes) * 60, Windows: m.hours(c.at),
				})
			}
			if !slices.Contains(m.problem.Counters[i].Parts, code) {
				m.problem.Counters[i].Parts = append(m.problem.Counters[i].Parts, code)
			}
		}
	}
}

// hours are when a counter is open on any day.
func (m *model) hours(c *Counter) []vrp.Window {
	var list []Span
	for n := range m.days {
		if m.days[n].e.Counter == c {
			list = append(list, m.days[n].d.Counter...)
		}
	}
	return m.windows(&Job{Windows: list})
}

// judgeStock asks the one rule of parts about a leader.
func judgeStock(e *Engineer, d *Day, j *Job) bool {
	return ruleStock(e, d, j, leader).Verdict != reason.Fail
}

// take takes pieces that are not the job's own out of the van, or else out of the store.
func (e *Engineer) take(n *PartNeed) {
	if n.Tool {
		return
	}
	var van, store int64
	for _, k := range n.Kept {
		switch {
		case k.Engineer != "" && k.Engineer == e.ID:
			van += k.Count
		case e.Counter != nil && k.Outlet != "" && k.Outlet == e.Counter.Outlet:
			store += k.Count
		}
	}
	if e.inVan(n) >= n.Count {
		e.Van[n.Code] -= max(0, n.Count-van)
	} else if e.Counter != nil {
		e.Counter.Free[n.Code] -= max(0, n.Count-store)
	}
}

// supplied is the snapshot with vans and stores of its own, where jobs take anything.
func (s *Snapshot) supplied() *Snapshot {
	if !slices.ContainsFunc(s.Jobs, func(j Job) bool { return len(j.Parts) > 0 }) {
		return s
	}
	out := *s
	out.Engineers = ownStock(s.Engineers)
	return &out
}

// ownStock are engineers whose vans and stores may be changed.
func ownStock(list []Engineer) []Engineer {
	out, counters := slices.Clone(list), map[*Counter]*Counter{}
	for i := range out {
		e := &out[i]
		e.Van = cloned(e.Van)
		if e.Counter == nil {
			continue
		}
		c, ok := counters[e.Counter]
		if !ok {
			c = &Counter{e.Counter.Outlet, e.Counter.Place, e.Counter.Minutes, cloned(e.Counter.Free)}
			counters[e.Counter] = c
		}
		e.Counter = c
	}
	return out
}

func cloned(m map[PartCode]int64) map[PartCode]int64 {
	if m == nil {
		return map[PartCode]int64{}
	}
	return maps.Clone(m)
}

// use takes what a placed job takes.
func (f *filling) use(j *Job) {
	a := f.placed[j.ID]
	if len(j.Parts) == 0 || len(a.Engineers) == 0 {
		return
	}
	if e, ok := f.m.s.engineer(a.Engineers[0]); ok {
		for i := range j.Parts {
			e.take(&j.Parts[i])
		}
	}
}

// commit is the snapshot with some work as visits, and the stops that they need. Work that finds no part, or no time to
// fetch it, is taken off.
func (s *Snapshot) commit(placed map[JobID]Assignment) Snapshot {
	for {
		out, _, short := s.with(placed).WithFetches()
		n := len(placed)
		for _, id := range short {
			delete(placed, id)
		}
		if len(placed) == n {
			return out
		}
	}
}
