package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"anxin/vrp"
	"anxin/vrp/vroom"
	"anxin/vrp/vrptest"
)

// The sets of what is asked while a customer is on the phone, and of what is mended after an event.
const (
	slotsSet  = "slots"
	repairSet = "repair"
)

// liveTables measures deadlines, offers and repairs. Time is processor time, of one thread.
func liveTables(ctx context.Context, o DispatchOptions, done map[string]DispatchResult, wanted func(string) bool) (string, error) {
	var out strings.Builder
	if wanted(deadlineSet) {
		table, err := deadlineTable(ctx, o)
		out.WriteString(table)
		if err != nil {
			return out.String(), err
		}
	}
	if wanted(slotsSet) {
		table, err := slotsTable(ctx, o)
		out.WriteString(table)
		if err != nil {
			return out.String(), err
		}
	}
	if wanted(repairSet) {
		table, err := repairTable(ctx, o, done)
		out.WriteString(table)
		if err != nil {
			return out.String(), err
		}
	}
	return out.String(), nil
}

// share is the value below which so many thousandths of the values lie.
func share(times []time.Duration, of int) time.Duration {
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*of/1000)]
}

// slotsTable lets callers ask for 25 windows over five days in cities of 120 engineers.
func slotsTable(ctx context.Context, o DispatchOptions) (string, error) {
	var out strings.Builder
	out.WriteString("Offers: 25 windows over five days for a job at a place that nobody knew before, 120 engineers; bar: p99 ≤ 2 ms. With rush hours the ways take longer or less long by the time of day.\n\n| jobs on the board | rush hours | callers | windows offered | p50 ms | p99 ms | faults |\n|---|---|---|---|---|---|---|\n")
	callers := 1000
	if o.Slice {
		callers = 300
	}
	for _, day := range []struct {
		jobs int
		rush string
	}{{1000, "no"}, {5000, "no"}, {1000, "yes"}, {5000, "yes"}} {
		p := vrptest.City(1+o.Seed, day.jobs, 120, 5)
		if day.rush == "yes" {
			vrptest.Rush(p, 5)
		}
		b, err := vrptest.Fill(p)
		if err != nil {
			return out.String(), err
		}
		q, plan := b.Plan()
		faults := len(vrp.Check(q, plan))
		times, offered, asked, wrong, err := call(ctx, b, p, callers, o.Seed)
		if err != nil {
			return out.String(), err
		}
		fmt.Fprintf(&out, "| %d | %s | %d | %d %% | %.2f | %.2f | %d |\n", plan.Cost.Served, day.rush, callers, 100*offered/asked,
			share(times, 500).Seconds()*1000, share(times, 990).Seconds()*1000, faults+wrong)
		o.Say("slots    %d jobs, rush hours %s: p99 %.2f ms", day.jobs, day.rush, share(times, 990).Seconds()*1000)
	}
	out.WriteString("\n")
	return out.String(), nil
}

// call asks for each caller and takes what is offered to some of them, which the checker judges.
func call(ctx context.Context, b *vrp.Board, p *vrp.Problem, callers int, seed uint64) (times []time.Duration, offered, asked, faults int, err error) {
	r := rand.New(rand.NewPCG(seed, 2))
	var windows []vrp.Window
	for d := range int64(5) {
		for h := range int64(5) {
			from := d*86_400 + (8+2*h)*3600
			windows = append(windows, vrp.Window{From: from, To: from + 7200})
		}
	}
	m, ways := &p.Travel[0], make([][2]vrp.Way, p.Places)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for n := range callers {
		twin := r.IntN(len(p.Jobs)) // the stranger lives next door
		for place := range ways {   // what a provider answers
			a, c := place*p.Places+twin, twin*p.Places+place
			ways[place] = [2]vrp.Way{{Seconds: m.Seconds[a] + 60, Metres: m.Metres[a], Cost: m.Seconds[a] + 60}, {Seconds: m.Seconds[c] + 60, Metres: m.Metres[c], Cost: m.Seconds[c] + 60}}
		}
		ask := vrp.Ask{Job: vrptest.CityJob(r, "asked", p.Places, 5, 120), Windows: windows, Ways: func(_, place int) (to, from vrp.Way) {
			return ways[place][0], ways[place][1]
		}}
		begin := threadTime()
		offers, err := b.Offers(ask)
		times = append(times, threadTime()-begin)
		if err != nil || ctx.Err() != nil {
			return times, offered, asked, faults, cmpErr(ctx.Err(), err)
		}
		for _, f := range offers {
			asked++
			if !f.OK {
				continue
			}
			if offered++; n%100 == 0 && f.Window == windows[n/100%len(windows)] {
				c := b.Clone()
				ask.Job.Windows = []vrp.Window{f.Window}
				if err := c.Put(ask, f); err != nil {
					return times, offered, asked, faults, err
				}
				q, plan := c.Plan()
				faults += len(vrp.Check(q, plan))
			}
		}
	}
	return times, offered, asked, faults, nil
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// mishap is an event of a day.
type mishap struct {
	name string
	do   func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) (vrp.Touched, bool)
}

var mishaps = []mishap{
	{"emergency", func(r *rand.Rand, p *vrp.Problem, _ *vrp.Solution) (vrp.Touched, bool) {
		j := p.Jobs[r.IntN(len(p.Jobs))]
		j.ID, j.Promised, j.Priority = "emergency", false, vrp.MaxPriority/1000
		p.Jobs = append(p.Jobs, j)
		return vrp.Touched{Jobs: []int{len(p.Jobs) - 1}}, true
	}},
	{"cancelled", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) (vrp.Touched, bool) {
		x, k, ok := visit(r, plan)
		if !ok {
			return vrp.Touched{}, false
		}
		p.Jobs[x.Steps[k].Index].Windows = []vrp.Window{{From: -vrp.MaxTime, To: -vrp.MaxTime}}
		x.Steps = slices.Delete(x.Steps, k, k+1)
		return vrp.Touched{Shifts: []vrp.Stop{{Engineer: x.Engineer, Shift: x.Shift}}}, true
	}},
	{"overrun by an hour", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) (vrp.Touched, bool) {
		x, k, ok := visit(r, plan)
		if !ok {
			return vrp.Touched{}, false
		}
		p.Jobs[x.Steps[k].Index].Service += 3600
		return vrp.Touched{Jobs: []int{x.Steps[k].Index}}, true
	}},
	{"sick at noon", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) (vrp.Touched, bool) {
		x, _, ok := visit(r, plan)
		if !ok {
			return vrp.Touched{}, false
		}
		s := &p.Engineers[x.Engineer].Shifts[x.Shift]
		s.Window.To, s.Overtime, s.Breaks = s.Window.From+4*3600, 0, nil
		x.Steps = slices.DeleteFunc(slices.Clone(x.Steps), func(s vrp.Step) bool { return s.Kind == vrp.Rest })
		return vrp.Touched{Shifts: []vrp.Stop{{Engineer: x.Engineer, Shift: x.Shift}}}, true
	}},
	{"part two hours late", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) (vrp.Touched, bool) {
		x, k, ok := visit(r, plan)
		if !ok {
			return vrp.Touched{}, false
		}
		st := x.Steps[k]
		p.Jobs[st.Index].Windows = []vrp.Window{{From: st.Begin() + 2*3600, To: st.Begin() + 5*3600}}
		return vrp.Touched{Jobs: []int{st.Index}}, true
	}},
	{"road closed", func(r *rand.Rand, p *vrp.Problem, _ *vrp.Solution) (vrp.Touched, bool) {
		m := p.Travel[0]
		m.Seconds = slices.Clone(m.Seconds)
		place := p.Jobs[r.IntN(len(p.Jobs))].Place
		for i := range p.Places {
			if i != place {
				m.Seconds[i*p.Places+place] += 900
				m.Seconds[place*p.Places+i] += 900
			}
		}
		p.Travel = []vrp.Matrix{m}
		return vrp.Touched{}, true
	}},
}

// visit draws a step of work of a plan with more than one on its route.
func visit(r *rand.Rand, plan *vrp.Solution) (*vrp.Route, int, bool) {
	for range 1000 {
		x := &plan.Routes[r.IntN(len(plan.Routes))]
		k := r.IntN(len(x.Steps))
		work := 0
		for _, st := range x.Steps {
			if st.Kind == vrp.Work {
				work++
			}
		}
		if x.Steps[k].Kind == vrp.Work && work > 1 {
			return x, k, true
		}
	}
	return nil, 0, false
}

// repairTable mends a day of a city and day a after events of each kind. What is planned for that is kept beside the results, so that
// it goes on where it was cut.
func repairTable(ctx context.Context, o DispatchOptions, done map[string]DispatchResult) (string, error) {
	var out strings.Builder
	seconds, events := 60.0, 100
	if o.Slice {
		seconds, events = 5, 15
	}
	if o.Seconds > 0 {
		seconds = o.Seconds
	}
	fmt.Fprintf(&out, "Repairs of days that were planned for %.0f s, all of it promised; bar: p99 ≤ 200 ms, at most 3 promised jobs touched beside those of who is away, at most 0.5 %% above a new plan of the whole. New plans are made for one event of each kind, with the same seconds: bound ones leave every promised job with whom it was that the event does not force away, free ones know no promises. Touched is, where customers were told a window, what somebody else does, nobody, or not within it; where they were told an instant, also what starts at another. In all counts what the event forces away, too: the visits of who is away.\n\n| day | event | events | p50 ms | p99 ms | moved each | most touched in all | most touched beyond: window told | events with more than 3 | most: instant told | with more than 3 | lost each | priority beside a bound plan | cost beside it %% | priority beside a free plan | cost beside it %% | faults |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n", seconds)
	days := map[string]*vrp.Problem{"city": vrptest.City(1+o.Seed, 1000, 120, 1)}
	names := []string{"city"}
	if text, err := unpacked(filepath.Join(o.Bench, "technician", "tech_a_1000x120.json.gz")); err == nil {
		in, err := vroom.Read(text)
		if err != nil {
			return out.String(), err
		}
		days["day a"], names = in.Problem, append(names, "day a")
	} else if !os.IsNotExist(err) {
		return out.String(), err
	}
	for _, name := range names {
		p := days[name]
		for i := range p.Jobs {
			p.Jobs[i].Promised = true
		}
		plan, err := dayPlan(ctx, o, name, p, seconds)
		if err != nil {
			return out.String(), err
		}
		if o.Results != "" { // what the bar is about first
			for _, e := range mishaps {
				q, before := spare(p), sparePlan(plan)
				if touched, ok := e.do(rand.New(rand.NewPCG(o.Seed, 8)), q, before); ok {
					fresh, err := planAnew(ctx, o, done, name+", "+e.name+", bound", obliged(q, plan, touched), seconds)
					if err != nil {
						return out.String(), err
					}
					after, _, err := vrp.Repair(q, before, touched, vrp.Options{Seed: o.Seed})
					if err != nil {
						return out.String(), err
					}
					o.Say("repair   %s, %s: beside a bound plan %+d of priority, cost %+.2f %%", name, e.name, after.Cost.PriorityServed-fresh.PriorityServed, above(after.Cost, fresh))
				}
			}
		}
		for _, e := range mishaps {
			anew := func(kind string, q *vrp.Problem) (vrp.Cost, error) {
				return planAnew(ctx, o, done, name+", "+e.name+", "+kind, q, seconds)
			}
			row, err := mend(ctx, p, plan, e, events, o.Seed, anew)
			if err != nil {
				return out.String(), err
			}
			fmt.Fprintf(&out, "| %s | %s |%s\n", name, e.name, row)
			o.Say("repair   %s, %s:%s", name, e.name, row)
		}
	}
	out.WriteString("\n")
	return out.String(), nil
}

func planFor(ctx context.Context, p *vrp.Problem, seconds float64, seed uint64) (*vrp.Solution, error) {
	before := cpu()
	s, err := vrp.Solve(p, vrp.Options{
		Seed: seed, Spent: func() float64 { return (cpu() - before).Seconds() / seconds }, Stop: func() bool { return ctx.Err() != nil },
	})
	if err == nil {
		err = ctx.Err()
	}
	return s, err
}

// dayPlan is the plan that events happen to: the one of an earlier run, where its results were kept.
func dayPlan(ctx context.Context, o DispatchOptions, name string, p *vrp.Problem, seconds float64) (*vrp.Solution, error) {
	path := fmt.Sprintf("%s.%s-%g-%d.json", o.Results, strings.ReplaceAll(name, " ", "-"), seconds, o.Seed)
	if o.Results != "" {
		plan := &vrp.Solution{}
		text, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(text, plan) == nil && len(vrp.Check(p, plan)) == 0 {
			return plan, nil
		}
	}
	plan, err := planFor(ctx, p, seconds, o.Seed)
	if err != nil || o.Results == "" {
		return plan, err
	}
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	return plan, os.WriteFile(path, text, 0o600)
}

// planAnew tells the cost of a new plan after an event, unless it is known.
func planAnew(ctx context.Context, o DispatchOptions, done map[string]DispatchResult, what string, p *vrp.Problem, seconds float64) (vrp.Cost, error) {
	r := DispatchResult{Set: repairSet, Instance: what, Seconds: seconds, Seed: o.Seed}
	if known, ok := done[r.key()]; ok {
		return vrp.Cost{PriorityServed: known.Priority, Total: int64(known.Value)}, nil
	}
	before := cpu()
	s, err := planFor(ctx, p, seconds, o.Seed)
	if err != nil {
		return vrp.Cost{}, err
	}
	r.Tasks, r.Unserved, r.Priority, r.Value = len(p.Jobs), len(s.Unserved), s.Cost.PriorityServed, float64(s.Cost.Total)
	r.CPU, r.Faults, r.Date = (cpu() - before).Seconds(), len(vrp.Check(p, s)), time.Now().UTC().Format(time.DateOnly)
	o.Say("repair   %s planned anew for %.0f s: %d unserved, %d, %d faults", what, seconds, r.Unserved, s.Cost.Total, r.Faults)
	done[r.key()] = r
	return s.Cost, keepResult(o.Results, r)
}

// mend repairs a plan after events of a kind, each on its own, and compares the first with new plans.
func mend(ctx context.Context, p *vrp.Problem, plan *vrp.Solution, e mishap, events int, seed uint64, anew func(kind string, q *vrp.Problem) (vrp.Cost, error)) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	r := rand.New(rand.NewPCG(seed, 8))
	var times []time.Duration
	moved, lost, faults := 0, 0, 0
	var windows, instants, every touches
	var beside string
	for n := range events {
		q, before := spare(p), sparePlan(plan)
		touched, ok := e.do(r, q, before)
		if !ok {
			continue
		}
		begin := threadTime()
		after, moves, err := vrp.Repair(q, before, touched, vrp.Options{Seed: seed})
		times = append(times, threadTime()-begin)
		if err != nil || ctx.Err() != nil {
			return "", cmpErr(ctx.Err(), err)
		}
		faults += len(vrp.Check(q, after))
		lost += plan.Cost.Served - after.Cost.Served
		window, instant, all := 0, 0, 0
		for _, m := range moves {
			if m.From == nil {
				continue
			}
			moved++
			broken := m.To == nil || m.To.Engineer != m.From.Engineer || !told(p, m.Job, m.To.Start)
			if broken {
				all++
			}
			if slices.ContainsFunc(touched.Shifts, func(s vrp.Stop) bool { return s.Engineer == m.From.Engineer }) {
				continue
			}
			instant++
			if broken {
				window++
			}
		}
		every.add(all)
		windows.add(window)
		instants.add(instant)
		if n == 0 {
			for i, other := range []*vrp.Problem{obliged(q, plan, touched), q} {
				fresh, err := anew([]string{"bound", "free"}[i], other)
				if err != nil {
					return "", err
				}
				beside += fmt.Sprintf(" %+d | %+.2f |", after.Cost.PriorityServed-fresh.PriorityServed, above(after.Cost, fresh))
			}
		}
	}
	if len(times) == 0 {
		return " no such event | | | | | | | | | | | | | | |", nil
	}
	n := float64(len(times))
	return fmt.Sprintf(" %d | %.0f | %.0f | %.1f | %d | %d | %d | %d | %d | %.2f |%s %d |", len(times), share(times, 500).Seconds()*1000, share(times, 990).Seconds()*1000,
		float64(moved)/n, every.most, windows.most, windows.many, instants.most, instants.many, float64(lost)/n, beside, faults), nil
}

// above is how much one cost is above another, in per cent.
func above(a, b vrp.Cost) float64 {
	return 100 * (float64(a.Total) - float64(b.Total)) / float64(b.Total)
}

// touches is how many promised jobs of others repairs have touched: at the most, and how often more than the bar of 3.
type touches struct{ most, many int }

func (t *touches) add(n int) {
	t.most = max(t.most, n)
	if n > 3 {
		t.many++
	}
}

// told says whether a start is within what the customer of a job was told before the event.
func told(p *vrp.Problem, id string, start int64) bool {
	i := slices.IndexFunc(p.Jobs, func(j vrp.Job) bool { return j.ID == id })
	return i >= 0 && (len(p.Jobs[i].Windows) == 0 || slices.ContainsFunc(p.Jobs[i].Windows, func(w vrp.Window) bool { return w.From <= start && start <= w.To }))
}

// obliged is a problem after an event in which all that was promised stays with whom a plan had it, but for what the event is about
// and what its rules forbid there now.
func obliged(p *vrp.Problem, plan *vrp.Solution, t vrp.Touched) *vrp.Problem {
	q := spare(p)
	for _, r := range plan.Routes {
		if slices.ContainsFunc(t.Shifts, func(s vrp.Stop) bool { return s.Engineer == r.Engineer && s.Shift == r.Shift }) {
			continue
		}
		for _, st := range r.Steps {
			if st.Kind == vrp.Work && q.Jobs[st.Index].Promised && q.Jobs[st.Index].Crew < 2 && !slices.Contains(t.Jobs, st.Index) {
				q.Jobs[st.Index].Pinned = q.Engineers[r.Engineer].ID
			}
		}
	}
	return q
}

// spare is a problem that an event may change.
func spare(p *vrp.Problem) *vrp.Problem {
	q := *p
	q.Jobs, q.Engineers = slices.Clone(p.Jobs), slices.Clone(p.Engineers)
	for i := range q.Engineers {
		q.Engineers[i].Shifts = slices.Clone(q.Engineers[i].Shifts)
	}
	return &q
}

func sparePlan(plan *vrp.Solution) *vrp.Solution {
	out := *plan
	out.Routes = slices.Clone(plan.Routes)
	for i := range out.Routes {
		out.Routes[i].Steps = slices.Clone(out.Routes[i].Steps)
	}
	return &out
}
