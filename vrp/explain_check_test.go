package vrp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestExplained asks about each job with each engineer beside plans of all kinds. Who is said to be able to do it has it put into the plan,
// for the checker and for what it costs; all is compared with trying every place, and every order of rests, second by second; and rules that fail
// by so much fail by a second less, and no longer once it is granted.
func TestExplained(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]vrptest.Features{
		"plain":  vrptest.Windows | vrptest.Breaks | vrptest.Skills | vrptest.Pins | vrptest.Open | vrptest.MaxJobs | vrptest.Efficiency | vrptest.NoWays | vrptest.Overtime | vrptest.Shifts,
		"remote": vrptest.Windows | vrptest.Breaks | vrptest.NoPlace | vrptest.Setup | vrptest.Fixed,
		"loads":  vrptest.Windows | vrptest.Breaks | vrptest.Capacity | vrptest.Kinds | vrptest.NoPlace | vrptest.Setup,
		"slices": vrptest.Windows | vrptest.Breaks | vrptest.Slices | vrptest.NoPlace | vrptest.Costs | vrptest.Overtime,
		"all":    vrptest.All &^ vrptest.Crew,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			able, unable := 0, map[vrp.Rule]int{}
			for seed := range uint64(120) {
				r := rand.New(rand.NewPCG(seed, 77))
				p := vrptest.Random(r, f, 5+r.IntN(4), 1+r.IntN(3))
				plan, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 40})
				if err != nil {
					t.Fatal(err)
				}
				if len(vrp.Check(p, plan)) > 0 { // fixed work that cannot be
					continue
				}
				for i := range p.Jobs {
					for e := range p.Engineers {
						for k := range p.Engineers[e].Shifts {
							x := vrp.Explain(p, p.Jobs[i].ID, e, k, plan)
							what := fmt.Sprintf("%s %d: %s with %d/%d: %+v", name, seed, p.Jobs[i].ID, e, k, x)
							if name != "all" && !p.Jobs[i].Fixed {
								if can := everywhere(p, plan, i, e, k); can != x.Feasible {
									t.Errorf("%s; possible: %t", what, can)
								}
							}
							if !x.Feasible {
								unable[x.Reason.Rule]++
								if !tiedTo(p, p.Jobs[i].ID) {
									byHowMuch(t, what, p, plan, i, e, k, x.Reason)
								}
								continue
							}
							able++
							if slices.ContainsFunc(plan.Unserved, func(u vrp.Unserved) bool { return u.Index == i && !u.Shipment }) {
								judgeExplained(t, what, p, plan, &p.Jobs[i], e, k, x.Added)
							}
						}
					}
				}
			}
			t.Logf("%d times able, unable %v", able, unable)
			if able < 100 || len(unable) < 4 {
				t.Errorf("%d times able, unable by %v: the cases say little", able, unable)
			}
		})
	}
}

// judgeExplained has the plan with the job checked, and what it costs more.
func judgeExplained(t *testing.T, what string, p *vrp.Problem, plan *vrp.Solution, j *vrp.Job, e, k int, added int64) {
	t.Helper()
	with, ok := vrp.Explained(p, j.ID, e, k, plan)
	if !ok {
		t.Errorf("%s: no plan with it", what)
		return
	}
	for _, v := range vrp.Check(p, with) {
		t.Errorf("%s: %s", what, v)
	}
	cost := with.Cost.Total - plan.Cost.Total
	if p.Objective.Mode == vrp.Money {
		cost += j.DropCost
	}
	if cost != added {
		t.Errorf("%s: adds %d", what, cost)
	}
}

// byHowMuch grants what a reason says is missing, and a little less.
func byHowMuch(t *testing.T, what string, p *vrp.Problem, plan *vrp.Solution, i, e, k int, r vrp.Reason) {
	t.Helper()
	if r.Value < 0 && r.Rule != vrp.RuleWindow || r.Limit < 0 {
		t.Errorf("%s: negative", what)
	}
	grant := func(give func(q *vrp.Problem, s *vrp.Shift, j *vrp.Job, much int64), much int64, plan *vrp.Solution) vrp.Rule {
		q := copyOf(p)
		for n := range q.Jobs {
			q.Jobs[n].Windows = slices.Clone(q.Jobs[n].Windows)
		}
		give(q, &q.Engineers[e].Shifts[k], &q.Jobs[i], much)
		return vrp.Explain(q, q.Jobs[i].ID, e, k, plan).Reason.Rule
	}
	var give func(q *vrp.Problem, s *vrp.Shift, j *vrp.Job, much int64)
	miss := r.Value
	switch r.Rule {
	case vrp.RuleSkill:
		miss = r.Limit
		give = func(q *vrp.Problem, _ *vrp.Shift, _ *vrp.Job, level int64) {
			q.Engineers[e].Skills = append(slices.Clone(q.Engineers[e].Skills), vrp.Skill{Code: r.Skill, Level: int(level)})
		}
		if got := grant(give, miss, plan); got == vrp.RuleSkill { // unless another is missing
			q := copyOf(p)
			give(q, nil, nil, miss)
			if again := vrp.Explain(q, q.Jobs[i].ID, e, k, plan).Reason; again.Skill == r.Skill {
				t.Errorf("%s: with level %d %+v", what, miss, again)
			}
		}
		return
	case vrp.RuleShift:
		give = func(_ *vrp.Problem, s *vrp.Shift, _ *vrp.Job, much int64) { s.Overtime += much }
	case vrp.RuleWindow:
		give = func(_ *vrp.Problem, _ *vrp.Shift, j *vrp.Job, much int64) {
			for n := range j.Windows {
				if r.Value < 0 {
					j.Windows[n].From -= much
				} else {
					j.Windows[n].To += much
				}
			}
		}
		miss = max(r.Value, -r.Value)
	case vrp.RuleBreak:
		give = func(_ *vrp.Problem, s *vrp.Shift, j *vrp.Job, much int64) {
			s.Overtime += much
			for n := range j.Windows {
				j.Windows[n].To += much
			}
			for b := range s.Breaks {
				s.Breaks[b].Windows = slices.Clone(s.Breaks[b].Windows)
				for n := range s.Breaks[b].Windows {
					s.Breaks[b].Windows[n].To += much
				}
			}
		}
	case vrp.RuleJobs:
		give = func(_ *vrp.Problem, s *vrp.Shift, _ *vrp.Job, much int64) { s.MaxJobs = int(much) }
	default:
		return
	}
	if got := grant(give, miss, plan); got == r.Rule {
		t.Errorf("%s: fails by as much as it says", what)
	}
	beside := plan
	if r.Rule != vrp.RuleJobs { // they are about the work alone; between others the ways may be shorter
		beside = &vrp.Solution{}
	}
	if got := grant(give, miss-1, beside); got != r.Rule && r.Rule != vrp.RuleBreak {
		t.Errorf("%s: one less is enough: %s", what, got)
	}
}

// everywhere tries a job at every place of a route, with the rests in their order anywhere between.
func everywhere(p *vrp.Problem, plan *vrp.Solution, job, e, k int) bool {
	w := walk{p: p, e: &p.Engineers[e], s: &p.Engineers[e].Shifts[k]}
	j := &p.Jobs[job]
	if !mayDo(j, w.e, w.s) {
		return false
	}
	q := queue{walk: w, now: w.s.Window.From, place: w.s.Start}
	over := map[int]bool{}
	first := 0
	for _, r := range plan.Routes {
		if r.Engineer != e || r.Shift != k {
			continue
		}
		began := -1
		for n, st := range r.Steps {
			if st.Kind == vrp.Work && p.Jobs[st.Index].Fixed {
				began = n
			}
		}
		for n, st := range r.Steps {
			switch {
			case st.Kind == vrp.Rest && n < began:
				over[st.Index] = true
			case st.Kind == vrp.Work && st.Index != job:
				q.work = append(q.work, item{job: &p.Jobs[st.Index]})
				if n <= began {
					first = len(q.work)
					q.now = st.Begin() + st.Length
					if st.Place != vrp.NoPlace {
						q.place = st.Place
					}
				}
			}
		}
	}
	if w.s.MaxJobs > 0 && len(q.work) >= w.s.MaxJobs {
		return false
	}
	order := make([]int, len(w.s.Breaks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := w.s.Breaks[a].Windows, w.s.Breaks[b].Windows
		if d := x[len(x)-1].To - y[len(y)-1].To; d != 0 {
			return int(d)
		}
		return int(x[0].From - y[0].From)
	})
	for _, i := range order {
		if !over[i] {
			b := w.s.Breaks[i]
			q.rests = append(q.rests, item{windows: b.Windows, length: b.Length, most: b.MaxLoad})
		}
	}
	for at := first; at <= len(q.work); at++ {
		x := q
		x.work = slices.Insert(slices.Clone(q.work), at, item{job: j})
		x.places, x.float = x.work, nil
		if x.carries() && x.on(first, 0, q.now, 1000*x.next(first, q.place), q.place) {
			return true
		}
	}
	return false
}

// queue is work in an order, with or without places, and rests in another.
type queue struct {
	walk
	work, rests []item
	now         int64
	place       int
}

// next is the way from a place to the first work with one from n on, or to the end.
func (q *queue) next(n, from int) int64 {
	for ; n < len(q.work); n++ {
		if to := q.work[n].job.Place; to != vrp.NoPlace {
			return q.way(from, to)
		}
	}
	return q.way(from, q.s.End)
}

// on tells whether work n and rest k and what follows can be done by who is free now, with so much of the way left.
func (q *queue) on(n, k int, now, left int64, place int) bool {
	if left >= 1000*vrp.Unreachable {
		return false
	}
	if k < len(q.rests) && q.light(n, q.rests[k].most) {
		if begin, ok := q.start(&q.rests[k], now); ok {
			_, rest := q.drive(left, now, begin)
			if q.on(n, k+1, begin+q.rests[k].length, rest, place) {
				return true
			}
		}
	}
	if n == len(q.work) {
		end, _ := q.drive(left, now, now+1000)
		return k == len(q.rests) && end <= q.s.Window.To+q.s.Overtime
	}
	it := item{job: q.work[n].job, windows: q.work[n].job.Windows}
	if len(it.windows) == 0 {
		it.windows = []vrp.Window{{From: -vrp.MaxTime, To: vrp.MaxTime}}
	}
	if it.job.Place == vrp.NoPlace {
		begin, ok := q.start(&it, now)
		_, rest := q.drive(left, now, begin)
		return ok && q.on(n+1, k, begin+q.length(it.job, vrp.NoPlace), rest, place)
	}
	now, _ = q.drive(left, now, now+1000)
	begin, ok := q.start(&it, now)
	return ok && q.on(n+1, k, begin+q.length(it.job, place), 1000*q.next(n+1, it.job.Place), it.job.Place)
}

// light tells whether no more is aboard behind so much work than a rest allows.
func (q *queue) light(done int, most []int64) bool {
	if most == nil {
		return true
	}
	for d := range 3 {
		load, bound := int64(0), int64(0)
		if d < len(most) {
			bound = most[d]
		}
		for n := range q.work {
			list := q.work[n].job.Takes
			if n < done {
				list = q.work[n].job.Brings
			}
			if d < len(list) {
				load += list[d]
			}
		}
		if load > bound {
			return false
		}
	}
	return true
}

// TestRelaxed grants each relaxation that is told, and has the job put into the plan then; with a second less it has no place.
func TestRelaxed(t *testing.T) {
	t.Parallel()
	told := map[vrp.Rule]int{}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 78))
		f := vrptest.Windows | vrptest.Features(r.Uint32())&^vrptest.Range
		p := vrptest.Random(r, f, 5+r.IntN(4), 1+r.IntN(3))
		plan, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 40})
		if err != nil {
			t.Fatal(err)
		}
		if len(vrp.Check(p, plan)) > 0 {
			continue
		}
		for _, u := range plan.Unserved {
			id := ""
			if u.Shipment {
				id = p.Shipments[u.Index].Delivery.ID
			} else {
				id = p.Jobs[u.Index].ID
			}
			for _, x := range vrp.Relax(p, id, plan) {
				told[x.Rule]++
				what := fmt.Sprintf("seed %d: %s: %+v", seed, id, x)
				granted(t, what, p, plan, u, id, x)
			}
		}
	}
	t.Logf("%v", told)
	for _, rule := range []vrp.Rule{vrp.RuleWindow, vrp.RuleShift, vrp.RuleSkill, vrp.RuleCertificate, vrp.RulePinned, vrp.RuleExcluded, vrp.RuleStock, vrp.RuleJobs} {
		if told[rule] < 5 {
			t.Errorf("%d relaxations of %s", told[rule], rule)
		}
	}
}

func granted(t *testing.T, what string, p *vrp.Problem, plan *vrp.Solution, u vrp.Unserved, id string, x vrp.Relaxation) {
	t.Helper()
	give := func(less int64) *vrp.Problem {
		q := copyOf(p)
		q.Shipments = slices.Clone(p.Shipments)
		j := &q.Jobs
		who := (*vrp.Job)(nil)
		if u.Shipment {
			who = &q.Shipments[u.Index].Delivery
		} else {
			who = &(*j)[u.Index]
		}
		e := &q.Engineers[x.Engineer]
		s := &e.Shifts[x.Shift]
		switch x.Rule {
		case vrp.RuleWindow:
			at := x.Start - less
			if x.Seconds < 0 {
				at = x.Start + less
			}
			who.Windows = []vrp.Window{{From: at, To: at}}
		case vrp.RuleShift:
			s.Overtime += x.Seconds - less
		case vrp.RuleSkill:
			e.Skills = append(slices.Clone(e.Skills), vrp.Skill{Code: x.Skill, Level: x.Level})
		case vrp.RuleCertificate:
			s.Certificates = append(slices.Clone(s.Certificates), x.Skill)
		case vrp.RulePinned:
			who.Pinned = ""
		case vrp.RuleExcluded:
			who.Excluded = nil
		case vrp.RuleStock:
			e.Tools = append(slices.Clone(e.Tools), x.Skill)
			e.Parts = append(slices.Clone(e.Parts), vrp.Part{Code: x.Skill, Count: int64(x.Level)})
		case vrp.RuleJobs:
			s.MaxJobs += x.Level
		default:
			t.Errorf("%s: of an unknown rule", what)
		}
		return q
	}
	q := give(0)
	got := vrp.Explain(q, id, x.Engineer, x.Shift, plan)
	if !got.Feasible {
		t.Errorf("%s: granted, and still %+v", what, got.Reason)
		return
	}
	if u.Shipment || p.Jobs[u.Index].Crew < 2 {
		with, ok := vrp.Explained(q, id, x.Engineer, x.Shift, plan)
		if !ok {
			t.Errorf("%s: no plan with it", what)
			return
		}
		for _, v := range vrp.Check(q, with) {
			t.Errorf("%s: %s", what, v)
		}
	}
	if x.Rule == vrp.RuleShift {
		if got := vrp.Explain(give(1), id, x.Engineer, x.Shift, plan); got.Feasible {
			t.Errorf("%s: a second less is enough", what)
		}
	}
}
