package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// What weighs in besides the way, in seconds of travel.
const (
	bonusPreferred = 1800 // who was there before, or has the reservation
	pricePerLevel  = 120  // each level of skill more than needed: experts are kept for what only they can
	pricePerDay    = 3600 // each day that unpromised work waits
)

// Weights of the classes of jobs: danger, promised, and the priorities below.
var classWeight = [...]int64{2000, 1000, 50, 20, 5}

// class orders jobs: danger first, then what was promised, then by priority.
func class(j *Job) int {
	switch {
	case j.Priority == 1:
		return 0
	case j.Promised:
		return 1
	case j.Priority == 2:
		return 2
	case j.Priority == 4:
		return 4
	}
	return 3
}

// model is a snapshot in the words of package vrp: an engineer of vrp for each day of an engineer, a job for each open
// job and for each block of committed visits, which stay where they are.
type model struct {
	s       *Snapshot
	problem vrp.Problem
	days    []modelDay              // by engineer of the problem
	of      [][]int                 // days by engineer of the snapshot
	open    []*Job                  // by job of the problem, the first ones
	held    []vrp.Route             // what is committed
	blocks  []block                 // places beyond those of the snapshot
	people  map[EngineerID]int      // engineers of the snapshot
	preset  map[EngineerID][]string // ids of their days
	moves   func(v *Visit) bool     // which visits may be moved; nil is none
	named   []*Job                  // whose brands and outlets count as skills
	visits  []*Visit                // by held job of the problem; nil where it stands still
	extras  []extra                 // places that are reached over a counter, beyond those of the problem and the strange one
	strange Legs                    // of the place that is asked about and that the snapshot does not know; nil without one
	paces   []pace                  // by profile of the problem
	late    int64                   // the end of the first day, from which on unpromised work waits
	now     int64
}

// modelDay is a day of an engineer.
type modelDay struct {
	e       *Engineer
	d       *Day
	visits  int  // committed, of all kinds
	held    int  // jobs of the problem that stand for them
	full    bool // as many as may be
	stretch []window
	date    map[string]any // what each reason about the day says, never changed: hundreds of them are weighed for one that is told
}

// failed begins a reason about the day.
func (d *modelDay) failed(code string) reason.Reason {
	r := reason.Failed(code)
	r.Params = d.date
	return r
}

// ceil is an instant in whole seconds, rounded up.
func ceil(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// window is a stretch of time in Unix seconds.
type window struct{ from, to int64 }

func windows(list []Span) []window {
	out := make([]window, len(list))
	for i, s := range list {
		out[i] = window{ceil(s.From), s.To.Unix()}
	}
	return out
}

// newModel translates a snapshot without some visits; of its jobs, those that open names are the problem's.
func newModel(s *Snapshot, gone map[VisitID]bool, open func(j *Job) bool) *model {
	return newMovingModel(s, gone, open, nil)
}

// newMovingModel is a model in which some visits may be moved.
func newMovingModel(s *Snapshot, gone map[VisitID]bool, open func(j *Job) bool, moves func(v *Visit) bool) *model {
	m := &model{s: s, moves: moves, of: make([][]int, len(s.Engineers)), people: make(map[EngineerID]int, len(s.Engineers)), preset: map[EngineerID][]string{}, now: ceil(s.Now)}
	for i := range s.Jobs {
		if j := &s.Jobs[i]; open(j) {
			m.open = append(m.open, j)
		}
	}
	m.named = m.open
	m.problem.Objective = vrp.Objective{Mode: vrp.Levels, Travel: 1, Preference: bonusPreferred, Overqualified: pricePerLevel}
	m.weigh()
	for i := range s.Visits {
		if v := &s.Visits[i]; moves != nil && moves(v) {
			m.named = append(m.named, &v.Job)
		}
	}
	for i := range s.Engineers {
		m.people[s.Engineers[i].ID] = i
	}
	type key struct{ e, d int }
	has, free := map[key][]*Visit{}, map[JobID]bool{}
	for i := range s.Visits {
		if v := &s.Visits[i]; v.ID != "" && gone[v.ID] {
			free[v.Job.ID] = true
		}
	}
	for i := range s.Visits {
		v := &s.Visits[i]
		if v.ID != "" && gone[v.ID] || idle(v, free) {
			continue
		}
		for _, id := range slices.Compact(slices.Sorted(slices.Values(v.Engineers))) {
			if e, ok := m.people[id]; ok {
				has[key{e, int(v.Date)}] = append(has[key{e, int(v.Date)}], v)
			}
		}
	}
	_, m.late, _ = m.firstDay()
	var held []vrp.Job
	for i := range s.Engineers {
		e := &s.Engineers[i]
		profile := m.profile(e)
		for k := range e.Days {
			n := len(m.days)
			m.of[i] = append(m.of[i], n)
			m.preset[e.ID] = append(m.preset[e.ID], dayID(n))
			held = m.day(e, &e.Days[k], profile, has[key{i, int(e.Days[k].Date)}], held)
		}
	}
	for _, j := range m.open {
		m.problem.Jobs = append(m.problem.Jobs, m.job(j))
	}
	for i := range m.held { // the open jobs come before
		for k := range m.held[i].Steps {
			if st := &m.held[i].Steps[k]; st.Kind == vrp.Work {
				st.Index += len(m.open)
			}
		}
	}
	m.problem.Jobs = append(m.problem.Jobs, held...)
	m.supplies()
	m.problem.Places = s.Places + len(m.blocks)
	m.travel()
	return m
}

// firstDay is the first date with a shift, and the end of the last shift on it.
func (m *model) firstDay() (date int, end int64, ok bool) {
	for i := range m.s.Engineers {
		e := &m.s.Engineers[i]
		for k := range e.Days {
			d := &e.Days[k]
			if len(d.Shifts) == 0 {
				continue
			}
			if n := int(d.Date); !ok || n < date {
				date, end, ok = n, 0, true
			}
			if int(d.Date) == date {
				end = max(end, d.Shifts[len(d.Shifts)-1].To.Unix())
			}
		}
	}
	return date, end, ok
}

func dayID(i int) string { return "d" + strconv.Itoa(i) }

// Skills, and what is said as if it were one: the engineer himself, the brands and the outlets that may send him.
const (
	asSkill    = "skill:"
	asEngineer = "engineer:"
	asBrand    = "brand:"
	asOutlets  = "outlets:"
)

func (m *model) skills(e *Engineer, d *Day) []vrp.Skill {
	out := []vrp.Skill{{Code: asEngineer + string(e.ID), Level: 1}}
	for i, k := range d.Skills {
		if k.Level > 0 && !slices.ContainsFunc(d.Skills[:i], func(s Skill) bool { return s.Code == k.Code }) {
			out = append(out, vrp.Skill{Code: asSkill + string(k.Code), Level: k.Level})
		}
	}
	brands, areas := map[BrandID]bool{}, map[string]bool{}
	for _, j := range m.named {
		if j.Brand != "" && !brands[j.Brand] {
			brands[j.Brand] = true
			if e.Brands == nil || slices.Contains(e.Brands, j.Brand) {
				out = append(out, vrp.Skill{Code: asBrand + string(j.Brand), Level: 1})
			}
		}
		if j.Outlets == nil {
			continue
		}
		if area := areaOf(j); !areas[area] {
			areas[area] = true
			if slices.Contains(j.Outlets, e.Outlet) {
				out = append(out, vrp.Skill{Code: area, Level: 1})
			}
		}
	}
	return out
}

func areaOf(j *Job) string {
	list := make([]string, len(j.Outlets))
	for i, o := range j.Outlets {
		list[i] = strconv.Quote(string(o))
	}
	slices.Sort(list)
	return asOutlets + strings.Join(slices.Compact(list), ",")
}

// job is an open job in the problem.
func (m *model) job(j *Job) vrp.Job {
	x := m.plain(j)
	x.Priority = classWeight[class(j)]
	for i := range x.Needs {
		x.Needs[i].Certificate = j.Needs[i].Certificate
	}
	if j.Brand != "" {
		x.Needs = append(x.Needs, vrp.Need{Skill: asBrand + string(j.Brand)})
	}
	if j.Outlets != nil {
		x.Needs = append(x.Needs, vrp.Need{Skill: areaOf(j)})
	}
	if j.Pinned != "" {
		x.Needs = append(x.Needs, vrp.Need{Skill: asEngineer + string(j.Pinned)})
	}
	for _, id := range j.Excluded {
		x.Excluded = append(x.Excluded, m.preset[id]...)
	}
	x.Windows = m.windows(j)
	x.Promised = j.Promised && len(x.Windows) > 0 && m.problem.Objective.MarginCost > 0
	return x
}

// plain is what a job takes and costs, without who may do it when.
func (m *model) plain(j *Job) vrp.Job {
	x := vrp.Job{ID: "job:" + string(j.ID), Place: j.Place, Service: int64(j.Minutes) * 60}
	for _, n := range j.Needs {
		x.Needs = append(x.Needs, vrp.Need{Skill: asSkill + string(n.Skill), Level: max(n.Level, Learner)})
	}
	if j.Place != NoPlace {
		x.Site = j.Site
	}
	if j.Preferred != "" {
		x.Preferred = m.preset[j.Preferred]
	}
	if !j.Promised && m.late > 0 { // each day that unpromised work waits has its price
		x.Due = &vrp.Due{At: m.late, PerHour: pricePerDay / 24}
	}
	return x
}

// windows are those of the job from now on, in order and apart. A job whose windows are all over gets one that no
// shift reaches.
func (m *model) windows(j *Job) []vrp.Window {
	if len(j.Windows) == 0 {
		return nil
	}
	var out []vrp.Window
	list := windows(j.Windows)
	slices.SortFunc(list, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	for _, w := range list {
		w.from = max(w.from, m.now)
		switch n := len(out); {
		case w.from > w.to:
		case n > 0 && w.from <= out[n-1].To+1:
			out[n-1].To = max(out[n-1].To, w.to)
		default:
			out = append(out, vrp.Window{From: w.from, To: w.to})
		}
	}
	if len(out) == 0 {
		return []vrp.Window{{From: m.now - 1, To: m.now - 1}}
	}
	return out
}

// modelWays are the ways of the snapshot, and those to and from blocks.
type modelWays struct{ m *model }

// Region implements [vrp.Ways]: whoever has no way to a place is told so by the way.
func (modelWays) Region(int) int { return 0 }

// Way implements [vrp.Ways].
func (w modelWays) Way(from, to int) (seconds, metres, cost int32) {
	n, lead := w.m.s.Places, int64(0)
	if from >= n {
		from = w.m.blocks[from-n].out
	}
	if to >= n {
		b := &w.m.blocks[to-n]
		to, lead = b.in, b.lead
	}
	sec, ok := w.m.s.leg(from, to)
	if !ok || sec >= vrp.Unreachable {
		return vrp.Unreachable, 0, 0
	}
	sec = max(0, sec-lead)
	return int32(sec), 0, int32(sec)
}

// strangeWays are the ways to and from the place that the snapshot does not know.
func (m *model) strangeWays(_, place int) (to, from vrp.Way) {
	return m.far(place, m.problem.Places), m.far(m.problem.Places, place)
}

// checkAsked refuses jobs that make no sense; one beyond the places of the snapshot has ways of its own.
func (m *model) checkAsked(j *Job) error {
	if m.strange != nil {
		known := *j
		known.Place = NoPlace
		return m.s.checkJob(known)
	}
	return m.s.checkJob(*j)
}

// board is what is committed, to be asked.
func (m *model) board() (*vrp.Board, error) {
	b, err := vrp.NewBoard(&m.problem, &vrp.Solution{Routes: m.held})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	return b, nil
}

// ask is a question about a job: who may do it is this package's matter, when it can be the board's.
func (m *model) ask(j *Job) vrp.Ask {
	a := vrp.Ask{Job: m.plain(j), Quiet: true}
	if m.strange != nil && j.Place == m.s.Places {
		a.Job.Place, a.Ways = m.problem.Places, m.strangeWays
	}
	a.Job.Crew = j.crew()
	a.May = func(engineer int, second bool) bool {
		r := leader
		if second {
			r = helper
		}
		_, ok := judge(m.days[engineer].e, m.days[engineer].d, j, r)
		return ok
	}
	if j.crew() > 1 {
		second := a.Job
		second.Needs = nil
		a.Second = &second
		a.Together = func(x, y int) bool {
			return m.days[x].e != m.days[y].e && m.days[x].e.Outlet == m.days[y].e.Outlet
		}
	}
	a.Windows = m.windows(j)
	return a
}
