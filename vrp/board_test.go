package vrp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestBoard puts random work on boards, one job after the other, and judges each offer: by the checker once it is
// taken, by what it said that it costs, and by trying every place of every route.
func TestBoard(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]vrptest.Features{
		"plain":          vrptest.Windows | vrptest.Breaks | vrptest.Skills | vrptest.Pins | vrptest.Open | vrptest.MaxJobs | vrptest.Efficiency | vrptest.NoWays | vrptest.Overtime | vrptest.Shifts,
		"loads":          vrptest.Windows | vrptest.Capacity | vrptest.Setup | vrptest.Costs | vrptest.Preference | vrptest.Weights | vrptest.Money,
		"remote":         vrptest.Windows | vrptest.Breaks | vrptest.NoPlace | vrptest.Setup | vrptest.Shifts,
		"crews":          vrptest.Windows | vrptest.Breaks | vrptest.Crew | vrptest.Skills | vrptest.Preference | vrptest.Open,
		"timed":          vrptest.Windows | vrptest.Breaks | vrptest.Hours | vrptest.Duration | vrptest.Overtime | vrptest.Due | vrptest.Costs | vrptest.Open | vrptest.Shifts,
		"sequences":      vrptest.Windows | vrptest.Breaks | vrptest.Sequences | vrptest.Due | vrptest.Stability | vrptest.Crew | vrptest.NoPlace,
		"kinds":          vrptest.Windows | vrptest.Breaks | vrptest.Kinds | vrptest.Setup | vrptest.Efficiency | vrptest.Hours,
		"loads at rest":  vrptest.Windows | vrptest.Breaks | vrptest.Kinds | vrptest.Capacity | vrptest.Setup,
		"slices":         vrptest.Windows | vrptest.Breaks | vrptest.Slices | vrptest.Skills | vrptest.Open | vrptest.MaxJobs | vrptest.NoWays | vrptest.Overtime | vrptest.Shifts,
		"slices, costs":  vrptest.Windows | vrptest.Breaks | vrptest.Slices | vrptest.Capacity | vrptest.Setup | vrptest.Costs | vrptest.Preference | vrptest.Weights | vrptest.Money,
		"slices, remote": vrptest.Windows | vrptest.Breaks | vrptest.Slices | vrptest.NoPlace | vrptest.Setup | vrptest.Shifts,
		"slices, timed":  vrptest.Windows | vrptest.Breaks | vrptest.Slices | vrptest.Hours | vrptest.Duration | vrptest.Overtime | vrptest.Due | vrptest.Costs | vrptest.Open | vrptest.Crew,
		"slices, ties":   vrptest.Windows | vrptest.Breaks | vrptest.Slices | vrptest.Sequences | vrptest.Stability | vrptest.Near | vrptest.Kinds | vrptest.Capacity,
		"all":            vrptest.All &^ vrptest.Stock &^ vrptest.Range &^ vrptest.Fairness &^ vrptest.Shares &^ vrptest.Shipments &^ vrptest.Fixed &^ vrptest.NoPlace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made, refused := 0, 0
			for seed := range uint64(400) {
				a, b := askBoard(t, fmt.Sprintf("%s %d", name, seed), rand.New(rand.NewPCG(seed, 5)), f)
				made, refused = made+a, refused+b
			}
			t.Logf("%d offers, %d refusals", made, refused)
			if made < 300 || refused < 30 {
				t.Errorf("%d offers and %d refusals: the cases say little", made, refused)
			}
		})
	}
}

func askBoard(t *testing.T, name string, r *rand.Rand, f vrptest.Features) (made, refused int) {
	t.Helper()
	p := vrptest.Random(r, f, 5+r.IntN(4), 1+r.IntN(3))
	b, err := vrp.NewBoard(p, nil)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	starts := map[string]int64{} // nothing on the board begins earlier
	for i := range p.Jobs {
		ask := vrp.Ask{Job: p.Jobs[i]}
		offers, err := b.Offers(ask)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		q, plan := b.Plan()
		want := tryAll(q, plan, &p.Jobs[i], starts)
		var best *vrp.Offer
		for k := range offers {
			o := &offers[k]
			w := want[o.Window]
			if o.OK != w.ok && p.Jobs[i].Crew < 2 && !tiedTo(p, p.Jobs[i].ID) {
				t.Errorf("%s: %s in %v is offered: %v, possible: %v; %v", name, p.Jobs[i].ID, o.Window, o.OK, w.ok, o.Reasons)
			}
			if !o.OK {
				refused++
				if len(o.Reasons) == 0 {
					t.Errorf("%s: refused without a reason", name)
				}
				continue
			}
			made++
			if w.priced && w.cost != o.Cost && p.Jobs[i].Crew < 2 && !tiedTo(p, p.Jobs[i].ID) {
				t.Errorf("%s: %s costs %d, could cost %d", name, p.Jobs[i].ID, o.Cost, w.cost)
			}
			judgeOffer(t, name, b, plan, &p.Jobs[i], o)
			if best == nil || o.Cost < best.Cost {
				best = o
			}
		}
		if best == nil {
			continue
		}
		ask.Job.Windows = []vrp.Window{best.Window}
		if err := b.Put(ask, *best); err != nil {
			t.Fatalf("%s: Put of what was offered: %v", name, err)
		}
		starts[ask.Job.ID] = best.At.Start
		if err := b.Put(ask, *best); err == nil {
			t.Errorf("%s: the same job twice", name)
		}
		q, now := b.Plan()
		for _, v := range vrp.Check(q, now) {
			t.Errorf("%s after %s: %s", name, ask.Job.ID, v)
		}
		if r.IntN(4) == 0 { // and off again
			c := b.Clone()
			if !c.Take(ask.Job.ID) {
				t.Errorf("%s: %s is not there", name, ask.Job.ID)
			}
			if _, before := c.Plan(); before.Cost.Served != plan.Cost.Served {
				t.Errorf("%s: %d served after taking one off, before it %d", name, before.Cost.Served, plan.Cost.Served)
			}
			q, kept := b.Plan()
			if kept.Cost != now.Cost || len(vrp.Check(q, kept)) > 0 {
				t.Errorf("%s: a clone's change is seen", name)
			}
		}
	}
	return made, refused
}

// judgeOffer takes an offer as it was made, at its instant, and compares the costs.
func judgeOffer(t *testing.T, name string, b *vrp.Board, before *vrp.Solution, j *vrp.Job, o *vrp.Offer) {
	t.Helper()
	c := b.Clone()
	pinned := *o
	pinned.Window = vrp.Window{From: o.At.Start, To: o.At.Start}
	ask := vrp.Ask{Job: *j}
	if err := c.Put(ask, pinned); err != nil {
		t.Errorf("%s: Put of %s at its instant: %v", name, j.ID, err)
		return
	}
	q, after := c.Plan()
	for _, v := range vrp.Check(q, after) {
		t.Errorf("%s with %s: %s", name, j.ID, v)
	}
	if begin, _, ok := c.Start(j.ID); !ok || begin != o.At.Start {
		t.Errorf("%s: %s begins at %d, offered %d", name, j.ID, begin, o.At.Start)
	}
	added := after.Cost.Total - before.Cost.Total
	if q.Objective.Mode == vrp.Money {
		added += j.DropCost
	}
	if added != o.Cost {
		t.Errorf("%s: %s adds %d, offered for %d", name, j.ID, added, o.Cost)
	}
}

func tiedTo(p *vrp.Problem, id string) bool {
	return slices.ContainsFunc(p.Sequences, func(s vrp.Sequence) bool { return s.First == id || s.Then == id })
}

// possible is what trying everything finds for a window.
type possible struct {
	ok     bool
	priced bool // whether cost is the least there is
	cost   int64
}

// tried is an order of one route that is walked with all times.
type walk struct {
	p      *vrp.Problem
	e      *vrp.Engineer
	s      *vrp.Shift
	places []item // work at places, in order
	float  []item // rests and work without a place, in order
	begin  int64  // of what is asked
}

type item struct {
	job     *vrp.Job
	windows []vrp.Window
	length  int64   // of a rest
	most    []int64 // aboard during it
	asked   bool
}

// tryAll puts a job of one engineer everywhere on every route, at every instant.
func tryAll(p *vrp.Problem, plan *vrp.Solution, j *vrp.Job, starts map[string]int64) map[vrp.Window]possible {
	windows := j.Windows
	if len(windows) == 0 {
		windows = []vrp.Window{{From: -vrp.MaxTime, To: vrp.MaxTime}}
	}
	out := map[vrp.Window]possible{}
	for e := range p.Engineers {
		for k := range p.Engineers[e].Shifts {
			w := walkOf(p, plan, e, k, starts)
			if !mayDo(j, w.e, w.s) || w.s.MaxJobs > 0 && w.count() >= w.s.MaxJobs {
				continue
			}
			for at := 0; at <= len(w.places); at++ {
				for over := 0; over <= len(w.float); over++ {
					x := w
					own := item{job: j, asked: true}
					switch {
					case j.Place == vrp.NoPlace && at > 0, j.Place != vrp.NoPlace && over > 0:
						continue
					case j.Place == vrp.NoPlace:
						x.float = slices.Insert(slices.Clone(w.float), over, own)
					default:
						x.places = slices.Insert(slices.Clone(w.places), at, own)
					}
					if !x.carries() {
						continue
					}
					for _, win := range windows {
						for s := max(win.From, -5); s <= min(win.To, 200); s++ {
							x.begin = s
							if !x.from(0, 0, w.s.Window.From, 1000*x.way(w.s.Start, x.next(0)), w.s.Start) {
								continue
							}
							got := out[win]
							cost, exact := x.added(&w, s)
							if !got.ok || cost < got.cost {
								got.cost = cost
							}
							got.priced = exact && (!got.ok || got.priced)
							got.ok = true
							out[win] = got
						}
					}
				}
			}
		}
	}
	return out
}

func walkOf(p *vrp.Problem, plan *vrp.Solution, e, k int, starts map[string]int64) walk {
	w := walk{p: p, e: &p.Engineers[e], s: &p.Engineers[e].Shifts[k]}
	for _, r := range plan.Routes {
		if r.Engineer != e || r.Shift != k {
			continue
		}
		for _, st := range r.Steps {
			switch st.Kind {
			case vrp.Rest:
				b := w.s.Breaks[st.Index]
				w.float = append(w.float, item{windows: b.Windows, length: b.Length, most: b.MaxLoad})
			case vrp.Work:
				j := &p.Jobs[st.Index]
				it := item{job: j}
				list := j.Windows
				if len(list) == 0 {
					list = []vrp.Window{{From: -vrp.MaxTime, To: vrp.MaxTime}}
				}
				for _, win := range list {
					win.From = max(win.From, starts[j.ID])
					if j.Crew > 1 || tiedTo(p, j.ID) {
						win.To = min(win.To, starts[j.ID])
					}
					if win.From <= win.To {
						it.windows = append(it.windows, win)
					}
				}
				if j.Place == vrp.NoPlace {
					w.float = append(w.float, it)
				} else {
					w.places = append(w.places, it)
				}
			}
		}
		return w
	}
	order := slices.Clone(w.s.Breaks)
	slices.SortStableFunc(order, func(a, b vrp.Break) int {
		if d := a.Windows[len(a.Windows)-1].To - b.Windows[len(b.Windows)-1].To; d != 0 {
			return int(d)
		}
		return int(a.Windows[0].From - b.Windows[0].From)
	})
	for _, b := range order {
		w.float = append(w.float, item{windows: b.Windows, length: b.Length, most: b.MaxLoad})
	}
	return w
}

func (w *walk) count() int {
	n := len(w.places)
	for _, f := range w.float {
		if f.job != nil {
			n++
		}
	}
	return n
}

func (w *walk) next(i int) int {
	if i < len(w.places) {
		return w.places[i].job.Place
	}
	return w.s.End
}

func (w *walk) way(from, to int) int64 {
	if from == vrp.NoPlace || to == vrp.NoPlace {
		return 0
	}
	return int64(w.p.Travel[w.e.Profile].Seconds[from*w.p.Places+to])
}

func (w *walk) length(j *vrp.Job, from int) int64 {
	times, ok := j.ByType[w.e.Type]
	if !ok {
		times = vrp.Times{Service: j.Service, Setup: j.Setup}
	}
	length := times.Service
	if pct := int64(w.e.Efficiency[j.Trade]); j.Trade != "" && pct > 0 {
		length = (length*100 + pct - 1) / pct
	}
	if from == vrp.NoPlace || from != j.Place {
		length += times.Setup
	}
	return length
}

func (w *walk) start(it *item, now int64) (int64, bool) {
	if it.asked {
		return w.begin, now <= w.begin
	}
	for _, win := range it.windows {
		if now <= win.To {
			return max(now, win.From), true
		}
	}
	return 0, false
}

// from tells whether everything from work i and float k on can be done by who is free now, with so much of the way left, in
// thousandths of its seconds. What has several windows is tried in each.
func (w *walk) from(i, k int, now, left int64, place int) bool {
	if left >= 1000*vrp.Unreachable {
		return false
	}
	if k < len(w.float) && w.mayRest(i, k) {
		f := &w.float[k]
		length := f.length
		if f.job != nil {
			length = w.length(f.job, place)
		}
		windows := f.windows
		if f.asked {
			windows = []vrp.Window{{From: w.begin, To: w.begin}}
		}
		for _, win := range windows {
			if now > win.To {
				continue
			}
			begin := max(now, win.From)
			_, rest := w.drive(left, now, begin)
			if w.from(i, k+1, begin+length, rest, place) {
				return true
			}
		}
	}
	now, _ = w.drive(left, now, now+1000)
	if i == len(w.places) {
		return k == len(w.float) && now <= w.s.Window.To+w.s.Overtime
	}
	it := &w.places[i]
	begin, ok := w.start(it, now)
	if !ok {
		return false
	}
	return w.from(i+1, k, begin+w.length(it.job, place), 1000*w.way(it.job.Place, w.next(i+1)), it.job.Place)
}

// drive covers so much of a way, second by second, but not beyond an instant.
func (w *walk) drive(left, now, until int64) (at, rest int64) {
	m := &w.p.Travel[w.e.Profile]
	if m.Slices == nil {
		return min(now+left/1000, until), max(0, left-1000*(until-now))
	}
	for ; left > 0 && now < until; now++ {
		speed := m.Slices[0].Speed
		for _, s := range m.Slices {
			if now >= s.From {
				speed = s.Speed
			}
		}
		left -= speed
	}
	return now, max(0, left)
}

// mayRest tells whether what is aboard behind so much work lets float k be taken.
func (w *walk) mayRest(i, k int) bool {
	f := &w.float[k]
	if f.most == nil {
		return true
	}
	for d := range 3 {
		load := int64(0)
		add := func(it *item, done bool) {
			if it.job == nil {
				return
			}
			list := it.job.Takes
			if done {
				list = it.job.Brings
			}
			if d < len(list) {
				load += list[d]
			}
		}
		for n := range w.places {
			add(&w.places[n], n < i)
		}
		for n := range w.float {
			add(&w.float[n], n < k)
		}
		if d < len(f.most) && load > f.most[d] || d >= len(f.most) && load > 0 {
			return false
		}
	}
	return true
}

func (w *walk) carries() bool {
	for d := range 3 {
		room, load, most := int64(0), int64(0), int64(0)
		if d < len(w.e.Capacity) {
			room = w.e.Capacity[d]
		}
		amount := func(list []int64) int64 {
			if d < len(list) {
				return list[d]
			}
			return 0
		}
		for _, it := range w.places {
			load += amount(it.job.Takes)
		}
		for _, f := range w.float {
			if f.job != nil {
				load += amount(f.job.Takes) + amount(f.job.Brings)
			}
		}
		most = load
		for _, it := range w.places {
			load += amount(it.job.Brings) - amount(it.job.Takes)
			most = max(most, load)
		}
		if most > room {
			return false
		}
	}
	return true
}

// ways sums up the ways of a route.
func (w *walk) ways() (seconds, metres, cost int64) {
	at := w.s.Start
	m := &w.p.Travel[w.e.Profile]
	for i := 0; i <= len(w.places); i++ {
		to := w.next(i)
		if at != vrp.NoPlace && to != vrp.NoPlace {
			s, me, c := m.At(w.p.Places, at, to)
			seconds, metres, cost = seconds+int64(s), metres+int64(me), cost+int64(c)
		}
		if to != vrp.NoPlace {
			at = to
		}
	}
	return seconds, metres, cost
}

// added is what the asked job adds to the cost; it is exact only where times cost nothing.
func (w *walk) added(before *walk, begin int64) (int64, bool) {
	o := &w.p.Objective
	c := &w.e.Costs
	if w.p.Travel[w.e.Profile].Slices != nil || o.MarginCost > 0 || o.Visit > 0 || o.Duration > 0 || o.Stability > 0 || c.PerHour > 0 || c.OvertimePerHour > 0 || o.Fairness > 0 {
		return 0, false
	}
	travel := max(o.Travel, 0)
	if o.Travel == 0 {
		travel = 1
	}
	sum := func(w *walk) int64 {
		if w.count() == 0 {
			return 0
		}
		s, m, weight := w.ways()
		return travel*weight + c.Activation + c.PerTravelHour*s/3600 + c.PerKM*m/1000
	}
	cost := sum(w) - sum(before)
	for _, list := range [][]item{w.places, w.float} {
		for _, it := range list {
			if it.job == nil || !it.asked {
				if it.job != nil && it.job.Due != nil {
					return 0, false
				}
				continue
			}
			if slices.Contains(it.job.Preferred, w.e.ID) {
				cost -= o.Preference
			}
			for _, n := range it.job.Needs {
				for _, s := range w.e.Skills {
					if s.Code == n.Skill {
						cost += o.Overqualified * int64(max(0, s.Level-max(n.Level, 1)))
					}
				}
			}
			if d := it.job.Due; d != nil {
				cost += d.PerHour * max(0, begin-d.At-d.Grace) / 3600
				if d.Breach != 0 && begin > d.Breach {
					cost += d.BreachFee
				}
			}
		}
	}
	return cost, true
}

func mayDo(j *vrp.Job, e *vrp.Engineer, s *vrp.Shift) bool {
	if j.Pinned != "" && j.Pinned != e.ID || slices.Contains(j.Excluded, e.ID) {
		return false
	}
	for _, n := range j.Needs {
		if !slices.ContainsFunc(e.Skills, func(k vrp.Skill) bool { return k.Code == n.Skill && k.Level >= max(n.Level, 1) }) {
			return false
		}
		if n.Certificate && !slices.Contains(s.Certificates, n.Skill) {
			return false
		}
	}
	return true
}
