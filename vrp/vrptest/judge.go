package vrptest

import (
	"fmt"
	"slices"

	"anxin/vrp"
)

// Judge replays a plan second by second and returns the first rule that it breaks, or nil. It is for problems whose
// times are small numbers.
func Judge(p *vrp.Problem, s *vrp.Solution) error {
	for i, r := range s.Routes {
		if r.Engineer < 0 || r.Engineer >= len(p.Engineers) || r.Shift < 0 || r.Shift >= len(p.Engineers[r.Engineer].Shifts) {
			return fmt.Errorf("route %d of nobody", i)
		}
		if i > 0 {
			if b := s.Routes[i-1]; b.Engineer > r.Engineer || b.Engineer == r.Engineer && b.Shift >= r.Shift {
				return fmt.Errorf("route %d is out of order", i)
			}
		}
		if err := judgeRoute(p, r); err != nil {
			return fmt.Errorf("route %d: %w", i, err)
		}
	}
	if err := judgeCover(p, s); err != nil {
		return err
	}
	if err := judgeTies(p, s); err != nil {
		return err
	}
	if want := Tally(p, s); want != s.Cost {
		return fmt.Errorf("costs %+v, not %+v", want, s.Cost)
	}
	return nil
}

// exists tells whether a step names something.
func exists(p *vrp.Problem, shift vrp.Shift, s vrp.Step) bool {
	n := map[vrp.Kind]int{vrp.Work: len(p.Jobs), vrp.Pickup: len(p.Shipments), vrp.Delivery: len(p.Shipments), vrp.Rest: len(shift.Breaks), vrp.Fetch: len(p.Counters)}[s.Kind]
	return s.Index >= 0 && s.Index < n
}

func judgeRoute(p *vrp.Problem, r vrp.Route) error {
	e := p.Engineers[r.Engineer]
	shift := e.Shifts[r.Shift]
	n := len(r.Steps)
	if n < 3 || r.Steps[0].Kind != vrp.Start || r.Steps[n-1].Kind != vrp.End {
		return fmt.Errorf("no start, work and end")
	}
	rests, jobs := make([]int, len(shift.Breaks)), 0
	for _, s := range r.Steps[1 : n-1] {
		if !exists(p, shift, s) {
			return fmt.Errorf("a step of nothing")
		}
		switch s.Kind {
		case vrp.Rest:
			rests[s.Index]++
		case vrp.Fetch:
		default:
			jobs++
		}
	}
	if jobs == 0 || shift.MaxJobs > 0 && jobs > shift.MaxJobs {
		return fmt.Errorf("%d jobs", jobs)
	}
	if slices.ContainsFunc(rests, func(n int) bool { return n != 1 }) {
		return fmt.Errorf("breaks are taken %v times", rests)
	}
	for _, err := range []error{judgeRange(p, r, shift), judgeEnds(p, r, shift), judgeClock(p, r, e, shift), judgeLoad(p, r, e), judgeStock(p, r, e)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// judgeRange adds up the ways behind the last fixed work, where anything else is done.
func judgeRange(p *vrp.Problem, r vrp.Route, shift vrp.Shift) error {
	behind, own := 0, false
	for k, s := range r.Steps {
		j := jobOf(p, s)
		if j != nil && j.Fixed {
			behind = k
		}
		own = own || j != nil && !j.Fixed || s.Kind == vrp.Fetch
	}
	var seconds, metres int64
	for _, leg := range legs(p, r) {
		if leg.step > behind {
			seconds += leg.seconds
			if m := p.Travel[p.Engineers[r.Engineer].Profile].Metres; m != nil {
				metres += int64(m[leg.way])
			}
		}
	}
	if own && (shift.MaxTravel > 0 && seconds > shift.MaxTravel || shift.MaxMetres > 0 && metres > shift.MaxMetres) {
		return fmt.Errorf("%d s and %d m on the way", seconds, metres)
	}
	return nil
}

func judgeEnds(p *vrp.Problem, r vrp.Route, shift vrp.Shift) error {
	first, last := r.Steps[0], r.Steps[len(r.Steps)-1]
	for _, s := range []struct {
		step  vrp.Step
		place int
	}{{first, shift.Start}, {last, shift.End}} {
		if s.step.Index != -1 || s.step.Wait != 0 || s.step.Length != 0 || s.place != vrp.NoPlace && s.step.Place != s.place {
			return fmt.Errorf("start or end %+v", s.step)
		}
	}
	if first.Travel != 0 || first.Arrival < shift.Window.From || last.Arrival > shift.Window.To+shift.Overtime {
		return fmt.Errorf("from %d to %d", first.Arrival, last.Arrival)
	}
	for _, leg := range legs(p, r) {
		if p.Travel[p.Engineers[r.Engineer].Profile].Seconds[leg.way] >= vrp.Unreachable {
			return fmt.Errorf("there is no way")
		}
	}
	return nil
}

// judgeClock lets a clock run from start to end and looks at each second what the engineer does.
func judgeClock(p *vrp.Problem, r vrp.Route, e vrp.Engineer, shift vrp.Shift) error {
	const free, busy, waiting = 0, 1, 2
	first, last := r.Steps[0].Arrival, r.Steps[len(r.Steps)-1].Arrival
	if last < first || last-first > 1<<16 {
		return fmt.Errorf("ends before it starts, or after days")
	}
	day := make([]int, last-first)
	mark := func(from, to int64, what int) error {
		if to < from {
			return fmt.Errorf("a time of less than nothing")
		}
		for t := from; t < to; t++ {
			if t < first || t >= last || day[t-first] != free {
				return fmt.Errorf("two things at second %d, or outside the route", t)
			}
			day[t-first] = what
		}
		return nil
	}
	before := first
	for _, s := range r.Steps {
		if s.Arrival < before || s.Wait < 0 || s.Length < 0 {
			return fmt.Errorf("order of times")
		}
		if err := mark(s.Arrival, s.Begin(), waiting); err != nil {
			return err
		}
		if err := mark(s.Begin(), s.Begin()+s.Length, busy); err != nil {
			return err
		}
		before = s.Begin() + s.Length
	}
	count := func(from, to int64) (n int64) { // seconds without work, rest and waiting
		for t := from; t < to; t++ {
			if day[t-first] == free {
				n++
			}
		}
		return n
	}
	at, since, done := shift.Start, first, int64(0) // where, since when the way to the next place runs, seconds of ways so far
	told, before := int64(0), first
	for _, s := range r.Steps[1:] {
		place := shift.End
		var j *vrp.Job
		switch s.Kind {
		case vrp.Rest:
			place = vrp.NoPlace
			b := shift.Breaks[s.Index]
			if s.Length != b.Length || !inside(b.Windows, s.Begin()) {
				return fmt.Errorf("break %d", s.Index)
			}
		case vrp.End:
		case vrp.Fetch:
			c := p.Counters[s.Index]
			place = c.Place
			if s.Place != place || s.Length != c.Service || len(c.Windows) > 0 && !inside(c.Windows, s.Begin()) {
				return fmt.Errorf("counter %d", s.Index)
			}
		default:
			j = jobOf(p, s)
			place = j.Place
			if err := judgeWork(p, s, j, e, shift, at); err != nil {
				return err
			}
		}
		if place == vrp.NoPlace {
			if s.Kind == vrp.End {
				if s.Travel != done || told != done {
					return fmt.Errorf("on the way to nowhere")
				}
				continue
			}
			if s.Travel < told || s.Travel-told > count(before, s.Arrival) {
				return fmt.Errorf("seconds on the way: %d", s.Travel)
			}
		} else {
			if at != vrp.NoPlace {
				m := &p.Travel[e.Profile]
				way := int64(m.Seconds[at*p.Places+place])
				if j == nil || !j.Fixed {
					left := 1000 * way
					took := int64(0)
					for t := since; t < s.Arrival && left > 0; t++ {
						if day[t-first] == free {
							left -= speed(m, t)
							took++
						}
					}
					if left > 0 {
						return fmt.Errorf("the way to %d takes %d s", place, way)
					}
					way = took
				}
				done += way
			}
			if s.Travel != done || told > done {
				return fmt.Errorf("seconds on the way: %d, not %d", s.Travel, done)
			}
			at, since = place, s.Begin()+s.Length
		}
		told, before = s.Travel, s.Begin()+s.Length
	}
	return nil
}

func judgeWork(p *vrp.Problem, s vrp.Step, j *vrp.Job, e vrp.Engineer, shift vrp.Shift, at int) error {
	pct := e.Efficiency[j.Trade]
	if pct == 0 || j.Trade == "" {
		pct = 100
	}
	service, setup := timesOf(j, e)
	length := int64(0)
	for length*int64(pct) < service*100 {
		length++
	}
	if at == vrp.NoPlace || at != j.Place {
		length += setup
	}
	if s.Length != length || s.Place != j.Place {
		return fmt.Errorf("%s takes %d s at %d", j.ID, length, j.Place)
	}
	if j.Fixed {
		return nil
	}
	if len(j.Windows) > 0 && !inside(j.Windows, s.Begin()) {
		return fmt.Errorf("%s at %d", j.ID, s.Begin())
	}
	if !may(jobWhoseNeedsCount(p, s), e, shift) {
		return fmt.Errorf("%s may not do %s", e.ID, j.ID)
	}
	return nil
}

// timesOf are the service and the setup of a job for an engineer's type.
func timesOf(j *vrp.Job, e vrp.Engineer) (service, setup int64) {
	for kind, t := range j.ByType {
		if kind == e.Type {
			return t.Service, t.Setup
		}
	}
	return j.Service, j.Setup
}

func jobWhoseNeedsCount(p *vrp.Problem, s vrp.Step) *vrp.Job {
	if s.Kind == vrp.Pickup {
		return &p.Shipments[s.Index].Delivery
	}
	return jobOf(p, s)
}

// may tells whether an engineer may do a job on a shift.
func may(j *vrp.Job, e vrp.Engineer, shift vrp.Shift) bool {
	ok := (j.Pinned == "" || j.Pinned == e.ID) && !slices.Contains(j.Excluded, e.ID)
	for _, n := range j.Needs {
		ok = ok && best(e, n.Skill) >= max(1, n.Level) && (!n.Certificate || slices.Contains(shift.Certificates, n.Skill))
	}
	return ok
}

func inside(windows []vrp.Window, t int64) bool {
	for _, w := range windows {
		if w.From <= t && t <= w.To {
			return true
		}
	}
	return false
}

// judgeStock looks back from each job for where its tools are from, and for each kind of part adds up what had to be in
// the van.
func judgeStock(p *vrp.Problem, r vrp.Route, e vrp.Engineer) error {
	fetched := func(before int, has func(vrp.Counter) []string, code string) bool {
		for _, s := range r.Steps[:before] {
			if s.Kind == vrp.Fetch && (p.Counters[s.Index].All || slices.Contains(has(p.Counters[s.Index]), code)) {
				return true
			}
		}
		return false
	}
	van := map[string]int64{}
	for _, part := range e.Parts {
		van[part.Code] += part.Count
	}
	for k, s := range r.Steps {
		j := jobOf(p, s)
		if j == nil || j.Fixed {
			continue
		}
		for _, tool := range j.Tools {
			if !slices.Contains(e.Tools, tool) && !fetched(k, func(c vrp.Counter) []string { return c.Tools }, tool) {
				return fmt.Errorf("%s without %s", j.ID, tool)
			}
		}
		for _, part := range j.Parts {
			if part.Count == 0 || fetched(k, func(c vrp.Counter) []string { return c.Parts }, part.Code) {
				continue
			}
			if van[part.Code] -= part.Count; van[part.Code] < 0 {
				return fmt.Errorf("%s without %d of %s", j.ID, part.Count, part.Code)
			}
		}
	}
	return nil
}

// judgeLoad asks for each step what has been loaded before and is still aboard after it.
func judgeLoad(p *vrp.Problem, r vrp.Route, e vrp.Engineer) error {
	amount := func(a []int64, d int) int64 {
		if d < len(a) {
			return a[d]
		}
		return 0
	}
	for k, s := range r.Steps {
		for d := range max(8, len(s.Load)) {
			var aboard int64
			for i, other := range r.Steps {
				j := jobOf(p, other)
				if j == nil {
					continue
				}
				if i > k {
					aboard += amount(j.Takes, d)
				} else {
					aboard += amount(j.Brings, d)
				}
				switch {
				case i > k:
				case other.Kind == vrp.Pickup:
					aboard += amount(p.Shipments[other.Index].Amount, d)
				case other.Kind == vrp.Delivery:
					aboard -= amount(p.Shipments[other.Index].Amount, d)
				}
			}
			if s.Kind == vrp.Rest {
				if b := e.Shifts[r.Shift].Breaks[s.Index]; b.MaxLoad != nil && aboard > amount(b.MaxLoad, d) {
					return fmt.Errorf("break %q with a load of %d", b.ID, aboard)
				}
			}
			if aboard != amount(s.Load, d) || aboard > amount(e.Capacity, d) {
				return fmt.Errorf("step %d: load %d of %d", k, aboard, amount(e.Capacity, d))
			}
		}
	}
	return nil
}

// judgeCover sees that everything is served as often as it should be, or listed.
func judgeCover(p *vrp.Problem, s *vrp.Solution) error {
	want := []vrp.Unserved{}
	count := func(kind vrp.Kind, index int) (n int) {
		for _, r := range s.Routes {
			for _, st := range r.Steps {
				if st.Kind == kind && st.Index == index {
					n++
				}
			}
		}
		return n
	}
	for i, j := range p.Jobs {
		switch count(vrp.Work, i) {
		case 0:
			want = append(want, vrp.Unserved{Index: i})
		case max(1, j.Crew):
		default:
			return fmt.Errorf("%s by %d engineers", j.ID, count(vrp.Work, i))
		}
	}
	for i := range p.Shipments {
		up, down := count(vrp.Pickup, i), count(vrp.Delivery, i)
		switch {
		case up == 0 && down == 0:
			want = append(want, vrp.Unserved{Index: i, Shipment: true})
		case up != 1 || down != 1:
			return fmt.Errorf("shipment %d: fetched %d times, brought %d times", i, up, down)
		}
	}
	if len(want) != len(s.Unserved) {
		return fmt.Errorf("%d are unserved, %d listed", len(want), len(s.Unserved))
	}
	for i, u := range s.Unserved {
		if u.Index != want[i].Index || u.Shipment != want[i].Shipment {
			return fmt.Errorf("unserved %d is %+v", i, u)
		}
	}
	return nil
}

// stop is a step with its route.
type stop struct {
	vrp.Step
	route, step int
	engineer    int
}

func stopsOf(s *vrp.Solution, kind vrp.Kind, index int) []stop {
	var out []stop
	for i, r := range s.Routes {
		for k, st := range r.Steps {
			if st.Kind == kind && st.Index == index {
				out = append(out, stop{st, i, k, r.Engineer})
			}
		}
	}
	return out
}

// judgeTies looks at what binds steps to each other: shipments, crews, sequences, fixed work.
func judgeTies(p *vrp.Problem, s *vrp.Solution) error {
	for i := range p.Shipments {
		up, down := stopsOf(s, vrp.Pickup, i), stopsOf(s, vrp.Delivery, i)
		if len(up) > 0 && (up[0].route != down[0].route || up[0].step > down[0].step) {
			return fmt.Errorf("shipment %d", i)
		}
	}
	byID := map[string][]stop{}
	for i, j := range p.Jobs {
		all := stopsOf(s, vrp.Work, i)
		byID[j.ID] = all
		if len(all) == 2 && (all[0].engineer == all[1].engineer || all[0].Begin() != all[1].Begin()) {
			return fmt.Errorf("the crew of %s", j.ID)
		}
		if !j.Fixed {
			continue
		}
		kept := false
		for _, x := range all {
			r := s.Routes[x.route]
			kept = kept || r.Engineer == j.Was.Engineer && r.Shift == j.Was.Shift && x.Begin() == j.Was.Start
			for _, before := range r.Steps[:x.step] {
				if before.Kind == vrp.Fetch {
					return fmt.Errorf("a counter before the fixed %s", j.ID)
				}
				if o := jobOf(p, before); o != nil && !o.Fixed {
					return fmt.Errorf("%s before the fixed %s", o.ID, j.ID)
				}
			}
		}
		if !kept {
			return fmt.Errorf("the fixed %s", j.ID)
		}
	}
	for _, q := range p.Sequences {
		for _, then := range byID[q.Then] {
			if len(byID[q.First]) == 0 {
				return fmt.Errorf("%s without %s", q.Then, q.First)
			}
			for _, first := range byID[q.First] {
				if then.Begin() < first.Begin()+first.Length+q.Lag {
					return fmt.Errorf("%s too early after %s", q.Then, q.First)
				}
			}
		}
	}
	return nil
}
