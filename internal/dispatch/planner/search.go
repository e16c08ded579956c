package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"anxin/vrp"
)

// Search plans as [Greedy] does and then lets package vrp search for a better plan of the same days: it takes back
// and gives anew what the snapshot's jobs got, never what was committed. Slots, repairs and explanations are
// Greedy's.
//
// What the search does not know stays as Greedy left it: work for two, remote work, and the days of those whose
// committed visits contradict one another. All times are set by this package's own rules in the end, and what then
// finds room is inserted. The plan is Greedy's when the search finds none that is better.
type Search struct {
	Greedy
	// Effort scales how long is searched; 0 counts as 1. The same effort makes the same plan.
	Effort float64
}

// NewSearch makes the planner; it has no state.
func NewSearch() Search { return Search{} }

// Plan implements [Planner].
func (p Search) Plan(ctx context.Context, s Snapshot) (Plan, error) {
	b, placed, left, err := build(ctx, &s)
	if err != nil {
		return Plan{}, err
	}
	first := b.plan(placed, left, nil)
	better, ok, err := p.improve(ctx, b, placed, left)
	if err != nil || !ok {
		return first, err
	}
	if !s.prefers(better, first) || len(CheckPlan(s, better)) > 0 {
		return first, nil
	}
	return better, nil
}

// Weights of the classes of jobs: danger, promised, and the priorities below.
var classWeight = [...]int64{2000, 1000, 50, 20, 5}

// worth is what a plan serves, danger and promises apart, and what it costs on the way.
func (s *Snapshot) worth(p Plan) (grave [2]int, weight int64) {
	served := make(map[JobID]bool, len(p.Assignments))
	for _, a := range p.Assignments {
		served[a.Job] = true
	}
	for i := range s.Jobs {
		if j := &s.Jobs[i]; served[j.ID] {
			c := class(j)
			if c < len(grave) {
				grave[c]++
			}
			weight += classWeight[c]
		}
	}
	return grave, weight
}

// prefers tells whether a plan is better than another: nothing grave or promised less, more of worth, or as much with
// less travel.
func (s *Snapshot) prefers(a, b Plan) bool {
	ga, wa := s.worth(a)
	gb, wb := s.worth(b)
	for i := range ga {
		if ga[i] != gb[i] {
			return ga[i] > gb[i]
		}
	}
	return wa > wb || wa == wb && a.Travel < b.Travel
}

// Bounds of the search, in rounds of taking out and putting in again.
const (
	roundsPerJob = 120
	fewestRounds = 300
	mostRounds   = 80_000
)

// improve searches from what is on the board and puts what it finds onto it. ok is false when there is nothing to
// search for, or when what was found does not fit this package's rules.
func (p Search) improve(ctx context.Context, b *board, placed map[JobID]option, left []*Job) (Plan, bool, error) {
	t := newTranslation(b, placed, left)
	if len(t.open) == 0 || len(t.problem.Engineers) == 0 {
		return Plan{}, false, nil
	}
	effort := p.Effort
	if effort <= 0 {
		effort = 1
	}
	rounds := int(effort * float64(min(mostRounds, max(fewestRounds, roundsPerJob*len(t.open)))))
	total, sure := len(b.s.Jobs), len(placed) // what is told never goes back
	solution, err := vrp.Solve(&t.problem, vrp.Options{
		Seed: 1, Iterations: rounds, Stop: func() bool { return ctx.Err() != nil }, Start: t.start(placed),
		Progress: func(f vrp.Progress) { Progress(ctx, min(total, max(sure, f.Served)), total) },
	})
	if ctx.Err() != nil {
		return Plan{}, false, ctx.Err()
	}
	if errors.Is(err, vrp.ErrProblem) || errors.Is(err, vrp.ErrUnsupported) { // beyond its bounds: the first plan stands
		return Plan{}, false, nil
	}
	if err != nil {
		return Plan{}, false, err
	}
	if !t.adopt(solution, placed) {
		return Plan{}, false, nil
	}
	rest := make([]*Job, 0, len(b.s.Jobs))
	for i := range b.s.Jobs {
		if _, ok := placed[b.s.Jobs[i].ID]; !ok {
			rest = append(rest, &b.s.Jobs[i])
		}
	}
	more, rest, err := b.fill(ctx, rest)
	if err != nil {
		return Plan{}, false, err
	}
	for id, o := range more {
		placed[id] = o
	}
	return b.plan(placed, rest, nil), true, nil
}

// translation is a board in the words of package vrp: an engineer of vrp for each day of an engineer, a job for each
// open job and for each stop that stays where it is.
type translation struct {
	b       *board
	problem vrp.Problem
	routes  []*route // by engineer of the problem
	open    []*Job   // by job of the problem, the first ones
	held    []heldStop
}

// heldStop is a stop that the search must leave where it is.
type heldStop struct {
	stop
	engineer int // of the problem
}

func newTranslation(b *board, placed map[JobID]option, left []*Job) *translation {
	t := &translation{b: b}
	searched := make(map[JobID]bool, len(placed)+len(left))
	mark := func(j *Job) {
		if j.crew() == 1 && j.Place != NoPlace && !j.PartsMissing {
			searched[j.ID] = true
		}
	}
	for i := range b.s.Jobs {
		mark(&b.s.Jobs[i])
	}
	for _, routes := range b.routes {
		for _, r := range routes {
			if !t.day(r, searched) { // left alone, with what it has
				for _, st := range r.stops {
					if !st.committed {
						delete(searched, st.job)
					}
				}
			}
		}
	}
	for i := range b.s.Jobs {
		if j := &b.s.Jobs[i]; searched[j.ID] {
			t.open = append(t.open, j)
		}
	}
	t.jobs()
	t.problem.Places, t.problem.Travel = b.s.Places, []vrp.Matrix{t.matrix()}
	t.problem.Objective = vrp.Objective{Mode: vrp.Levels, Travel: 1, Preference: bonusPreferred, Overqualified: pricePerLevel}
	return t
}

// day makes an engineer of a day; false leaves the day out.
func (t *translation) day(r *route, searched map[JobID]bool) bool {
	if len(r.shifts) == 0 || r.e.Home == NoPlace {
		return false
	}
	begin, place := max(r.shifts[0].from, r.now), r.e.Home
	for i, st := range r.stops { // what is over or under way
		if i < r.firm {
			begin = max(begin, st.end())
			if st.place != NoPlace {
				place = st.place
			}
		}
	}
	end := r.shifts[len(r.shifts)-1].to
	if begin >= end {
		return false
	}
	shift := vrp.Shift{Window: vrp.Window{From: begin, To: end}, Start: place, End: vrp.NoPlace}
	rest := r.need
	gap := func(from, to int64) {
		if from = max(from, begin); from < to {
			shift.Breaks = append(shift.Breaks, vrp.Break{Windows: []vrp.Window{{From: from, To: from}}, Length: to - from})
			if min(to, r.rest.to)-max(from, r.rest.from) >= r.need {
				rest = 0
			}
		}
	}
	for i := 1; i < len(r.shifts); i++ {
		gap(r.shifts[i-1].to, r.shifts[i].from)
	}
	held, visits := []heldStop{}, len(r.stops)
	at, stands := begin, place
	for i, st := range r.stops {
		if i < r.firm || !st.committed && searched[st.job] {
			continue
		}
		leg, ok := t.b.s.leg(stands, st.place)
		if !ok || at+leg > st.start || !r.inside(st) {
			return false
		}
		at = st.end()
		if st.place == NoPlace {
			shift.Breaks = append(shift.Breaks, vrp.Break{Windows: []vrp.Window{{From: st.start, To: st.start}}, Length: st.dur})
			visits--
			continue
		}
		stands = st.place
		held = append(held, heldStop{st, len(t.routes)})
	}
	if rest > 0 {
		from, to := max(r.rest.from, begin), r.rest.to-rest
		if from > to || begin > r.rest.from && r.firm > 0 { // it may have been taken already
			return false
		}
		shift.Breaks = append(shift.Breaks, vrp.Break{Windows: []vrp.Window{{From: from, To: to}}, Length: rest})
	}
	if len(shift.Breaks) > vrp.MaxBreaks {
		return false
	}
	if r.e.MaxVisits > 0 {
		shift.MaxJobs = r.e.MaxVisits - (len(r.stops) - visits) - r.firm
		if shift.MaxJobs < max(1, len(held)) {
			return false
		}
	}
	for _, n := range r.d.Certificates {
		shift.Certificates = append(shift.Certificates, asSkill+string(n))
	}
	t.problem.Engineers = append(t.problem.Engineers, vrp.Engineer{ID: dayID(len(t.routes)), Skills: t.skills(r), Shifts: []vrp.Shift{shift}})
	t.routes = append(t.routes, r)
	t.held = append(t.held, held...)
	return true
}

// inside tells whether a stop lies in one shift.
func (r *route) inside(st stop) bool {
	return slices.ContainsFunc(r.shifts, func(w window) bool { return st.start >= w.from && st.end() <= w.to })
}

func dayID(i int) string { return "d" + strconv.Itoa(i) }

// Skills, and what is said as if it were one: the engineer himself, the brands and the outlets that may send him.
const (
	asSkill    = "skill:"
	asEngineer = "engineer:"
	asBrand    = "brand:"
	asOutlets  = "outlets:"
)

func (t *translation) skills(r *route) []vrp.Skill {
	out := []vrp.Skill{{Code: asEngineer + string(r.e.ID), Level: 1}}
	for _, k := range r.d.Skills {
		if k.Level > 0 && !slices.ContainsFunc(out, func(s vrp.Skill) bool { return s.Code == asSkill+string(k.Code) }) {
			out = append(out, vrp.Skill{Code: asSkill + string(k.Code), Level: k.Level})
		}
	}
	brands, areas := map[BrandID]bool{}, map[string]bool{}
	for i := range t.b.s.Jobs {
		j := &t.b.s.Jobs[i]
		if j.Brand != "" && !brands[j.Brand] {
			brands[j.Brand] = true
			if r.e.Brands == nil || slices.Contains(r.e.Brands, j.Brand) {
				out = append(out, vrp.Skill{Code: asBrand + string(j.Brand), Level: 1})
			}
		}
		if j.Outlets == nil {
			continue
		}
		if area := areaOf(j); !areas[area] {
			areas[area] = true
			if slices.Contains(j.Outlets, r.e.Outlet) {
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

// jobs makes a job of each open job, then of each stop that is held.
func (t *translation) jobs() {
	days := map[EngineerID][]string{}
	var lastFirst int64 // the end of the first day
	for i, r := range t.routes {
		days[r.e.ID] = append(days[r.e.ID], dayID(i))
		if int64(r.d.Date) == t.b.first {
			lastFirst = max(lastFirst, r.shifts[len(r.shifts)-1].to)
		}
	}
	for _, j := range t.open {
		x := vrp.Job{ID: "job:" + string(j.ID), Place: j.Place, Service: int64(j.Minutes) * 60, Priority: classWeight[class(j)]}
		for _, n := range j.Needs {
			x.Needs = append(x.Needs, vrp.Need{Skill: asSkill + string(n.Skill), Level: max(n.Level, Learner), Certificate: n.Certificate})
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
			x.Excluded = append(x.Excluded, days[id]...)
		}
		x.Preferred = days[j.Preferred]
		if !j.Promised && lastFirst > 0 { // each day that unpromised work waits has its price
			x.Due = &vrp.Due{At: lastFirst, PerHour: pricePerDay / 24}
		}
		x.Windows = t.windows(j)
		t.problem.Jobs = append(t.problem.Jobs, x)
	}
	for i, h := range t.held {
		t.problem.Jobs = append(t.problem.Jobs, vrp.Job{
			ID: fmt.Sprint("held:", i), Place: h.place, Service: h.dur, Windows: []vrp.Window{{From: h.start, To: h.start}}, Priority: vrp.MaxPriority,
			Pinned: dayID(h.engineer),
		})
	}
}

// windows are those of the job from now on, in order and apart. A job whose windows are all over gets one that no
// shift reaches.
func (t *translation) windows(j *Job) []vrp.Window {
	if len(j.Windows) == 0 {
		return nil
	}
	now := t.b.now()
	var out []vrp.Window
	list := windows(j.Windows)
	slices.SortFunc(list, func(a, b window) int { return int(min(1, max(-1, a.from-b.from))) })
	for _, w := range list {
		w.from = max(w.from, now)
		switch n := len(out); {
		case w.from > w.to:
		case n > 0 && w.from <= out[n-1].To+1:
			out[n-1].To = max(out[n-1].To, w.to)
		default:
			out = append(out, vrp.Window{From: w.from, To: w.to})
		}
	}
	if len(out) == 0 {
		return []vrp.Window{{From: now - 1, To: now - 1}}
	}
	return out
}

func (b *board) now() int64 { return ceil(b.s.Now) }

// matrix copies the ways.
func (t *translation) matrix() vrp.Matrix {
	n := t.b.s.Places
	m := vrp.Matrix{Seconds: make([]int32, n*n)}
	for i := range n {
		for k := range n {
			sec, ok := t.b.s.leg(i, k)
			if !ok || sec > vrp.Unreachable {
				sec = vrp.Unreachable
			}
			m.Seconds[i*n+k] = int32(sec)
		}
	}
	return m
}

// start is what is on the board.
func (t *translation) start(placed map[JobID]option) *vrp.Solution {
	index := make(map[JobID]int, len(t.open))
	for i, j := range t.open {
		index[j.ID] = i
	}
	out := &vrp.Solution{}
	held := 0
	for i, r := range t.routes {
		route := vrp.Route{Engineer: i}
		for k, st := range r.stops {
			if k < r.firm {
				continue
			}
			x := -1
			if held < len(t.held) && t.held[held].engineer == i && t.held[held].stop.job == st.job && t.held[held].start == st.start {
				x = len(t.open) + held
				held++
			} else if n, ok := index[st.job]; ok && !st.committed {
				if _, ok := placed[st.job]; ok {
					x = n
				}
			}
			if x >= 0 {
				route.Steps = append(route.Steps, vrp.Step{Kind: vrp.Work, Index: x})
			}
		}
		if len(route.Steps) > 0 {
			out.Routes = append(out.Routes, route)
		}
	}
	return out
}

// adopt puts the orders of a solution onto the board, with times by this package's rules, and keeps placed true. It
// is false when they do not fit; the board is then of no more use.
func (t *translation) adopt(s *vrp.Solution, placed map[JobID]option) bool {
	orders := make([][]int, len(t.routes))
	for _, r := range s.Routes {
		for _, st := range r.Steps {
			if st.Kind == vrp.Work {
				orders[r.Engineer] = append(orders[r.Engineer], st.Index)
			}
		}
	}
	for _, j := range t.open {
		delete(placed, j.ID)
	}
	open := make(map[JobID]bool, len(t.open))
	for _, j := range t.open {
		open[j.ID] = true
	}
	held := 0
	for i, r := range t.routes {
		var at []stop
		begins := beginsOf(s, i)
		for k, x := range orders[i] {
			st := stop{}
			if x < len(t.open) {
				st = newStop(t.open[x])
				placed[st.job] = option{lead: r, x: st}
			} else {
				held++
				st = t.held[x-len(t.open)].stop
			}
			st.start = begins[k]
			at = append(at, st)
		}
		for _, st := range r.stops[r.firm:] { // remote work keeps its hour
			if st.place == NoPlace {
				st.fixed = true
				at = append(at, st)
			}
		}
		slices.SortStableFunc(at, func(a, b stop) int { return cmp.Compare(a.start, b.start) })
		r.stops = append(slices.Clone(r.stops[:r.firm]), at...)
		starts := make([]int64, len(r.stops))
		if _, ok := r.schedule(r.stops, starts, false); !ok {
			return false
		}
		for k := range r.stops {
			r.stops[k].start = starts[k]
		}
	}
	return held == len(t.held)
}

// beginsOf are the starts of the work of one engineer of a solution.
func beginsOf(s *vrp.Solution, engineer int) []int64 {
	var out []int64
	for _, r := range s.Routes {
		if r.Engineer != engineer {
			continue
		}
		for _, st := range r.Steps {
			if st.Kind == vrp.Work {
				out = append(out, st.Begin())
			}
		}
	}
	return out
}
