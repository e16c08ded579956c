package vrp

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"anxin/vrp/internal/core"
)

// Bounds of the size of a problem, and of the time between its first and its last shift.
const (
	MaxJobs = 1 << 19
	MaxSpan = 1 << 27 // seconds, some four years
	MaxRush = 1000    // per cent

	MaxSpeed  = 100_000 // thousandths
	MaxSlices = 10_000  // a profile
)

// ErrProblem is wrapped by every error about a problem that makes no sense.
var ErrProblem = errors.New("bad problem")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProblem, fmt.Sprintf(format, args...))
}

// Check says what is wrong with the data of a problem, wrapping [ErrProblem]. Work that nobody can do is not wrong.
func (p *Problem) Check() error { return p.checkUntil(nil) }

// checkUntil is Check, but leaves the ways that there is no time to look at.
func (p *Problem) checkUntil(clock *core.Clock) error {
	if len(p.Jobs)+2*len(p.Shipments) > MaxJobs {
		return bad("more than %d jobs", MaxJobs)
	}
	if p.Places < 0 || p.Places > 1<<20 {
		return bad("%d places", p.Places)
	}
	for i := range p.Travel {
		if err := p.checkMatrix(i, clock); err != nil {
			return err
		}
	}
	people := make(map[string]bool, len(p.Engineers))
	for i := range p.Engineers {
		e := &p.Engineers[i]
		if e.ID == "" || people[e.ID] {
			return bad("engineer %d: id %q is empty or there twice", i, e.ID)
		}
		people[e.ID] = true
		if err := p.checkEngineer(e); err != nil {
			return fmt.Errorf("engineer %q: %w", e.ID, err)
		}
	}
	ids := make(map[string]bool, len(p.Jobs)+2*len(p.Shipments))
	check := func(j *Job) error {
		if j.ID == "" || ids[j.ID] {
			return bad("job id %q is empty or there twice", j.ID)
		}
		ids[j.ID] = true
		if err := p.checkJob(j); err != nil {
			return fmt.Errorf("job %q: %w", j.ID, err)
		}
		return nil
	}
	for i := range p.Jobs {
		if err := check(&p.Jobs[i]); err != nil {
			return err
		}
	}
	for i := range p.Shipments {
		s := &p.Shipments[i]
		for _, j := range []*Job{&s.Pickup, &s.Delivery} {
			if err := check(j); err != nil {
				return err
			}
			if j.Crew > 1 || j.Fixed {
				return bad("job %q: an end of a shipment is neither fixed nor for a crew", j.ID)
			}
		}
		if err := checkLoad(s.Amount); err != nil {
			return fmt.Errorf("shipment %d: %w", i, err)
		}
	}
	if err := p.checkCounters(); err != nil {
		return err
	}
	if err := p.checkSequences(); err != nil {
		return err
	}
	if err := p.checkShares(); err != nil {
		return err
	}
	return p.Objective.check()
}

func (o *Objective) check() error {
	if o.Mode != Levels && o.Mode != Money {
		return bad("mode %d", o.Mode)
	}
	if err := checkTime("as of", o.AsOf); err != nil {
		return err
	}
	if o.Near < 0 || o.Near > MaxSpan || o.Rush < 0 || o.Rush > MaxRush {
		return bad("stability that grows by %d per cent within %d s, at most %d within %d", o.Rush, o.Near, MaxRush, MaxSpan)
	}
	if o.Margin < 0 || o.Margin > MaxSpan || o.MarginCost < 0 || o.MarginCost > 1<<20 {
		return bad("margin of %d s at %d a second", o.Margin, o.MarginCost)
	}
	for _, v := range []int64{o.Travel, o.Duration, o.Preference, o.Overqualified, o.Stability, o.Fairness, o.Share, o.Visit} {
		if v < 0 || v > MaxCost {
			return bad("weight %d of the objective", v)
		}
	}
	if o.Travel > 1<<20 || o.Duration > 1<<20 {
		return bad("weights of travel %d and duration %d, at most %d", o.Travel, o.Duration, 1<<20)
	}
	return nil
}

func (p *Problem) checkMatrix(i int, clock *core.Clock) error {
	m := &p.Travel[i]
	if len(m.Slices) > MaxSlices {
		return bad("matrix %d has %d slices, at most %d", i, len(m.Slices), MaxSlices)
	}
	for k, s := range m.Slices {
		if err := checkTime("slice from", s.From); err != nil {
			return fmt.Errorf("matrix %d: %w", i, err)
		}
		if s.Speed < 1 || s.Speed > MaxSpeed || k > 0 && s.From <= m.Slices[k-1].From {
			return bad("matrix %d: speed %d from %d on: slices rise, and speeds are from 1 to %d", i, s.Speed, s.From, MaxSpeed)
		}
	}
	if m.Unweighed && (m.Cost != nil || m.Ways != nil || m.Slices != nil) {
		return bad("matrix %d is not weighed and has costs, ways or slices of its own", i)
	}
	if m.Ways != nil {
		if m.Seconds != nil || m.Metres != nil || m.Cost != nil {
			return bad("matrix %d is given in full and way by way", i)
		}
		return nil
	}
	for name, of := range map[string][]int32{"seconds": m.Seconds, "metres": m.Metres, "costs": m.Cost} {
		if of == nil && name != "seconds" {
			continue
		}
		if len(of) != p.Places*p.Places {
			return bad("matrix %d has %d %s for %d places", i, len(of), name, p.Places)
		}
		if k := negative(of, clock); k >= 0 {
			return bad("matrix %d: %d %s from %d to %d", i, of[k], name, k/p.Places, k%p.Places)
		}
	}
	return nil
}

// negative is the index of the first negative number, -1 where there is none, or none was found in time.
func negative(list []int32, clock *core.Clock) int {
	const piece = 1 << 14
	for from := 0; from < len(list) && !clock.Over(piece); from += piece {
		some := list[from:min(from+piece, len(list))]
		var signs, more int32 // of all numbers in one: a matrix is long
		for i := 0; i+1 < len(some); i += 2 {
			signs |= some[i]
			more |= some[i+1]
		}
		if signs|more|some[len(some)-1] < 0 {
			return from + slices.IndexFunc(some, func(v int32) bool { return v < 0 })
		}
	}
	return -1
}

func (p *Problem) checkPlace(place int) error {
	if place < 0 || place >= p.Places {
		return bad("place %d of %d", place, p.Places)
	}
	return nil
}

func checkTime(what string, t int64) error {
	if t < -MaxTime || t > MaxTime {
		return bad("%s %d", what, t)
	}
	return nil
}

func checkWindows(windows []Window) error {
	for i, w := range windows {
		if err := errors.Join(checkTime("window from", w.From), checkTime("window to", w.To)); err != nil {
			return err
		}
		if w.From > w.To || i > 0 && w.From <= windows[i-1].To {
			return bad("window from %d to %d: windows rise and lie apart", w.From, w.To)
		}
	}
	return nil
}

func checkLoad(load []int64) error {
	if len(load) > 64 {
		return bad("%d dimensions of load", len(load))
	}
	for _, v := range load {
		if v < 0 || v > MaxLoad {
			return bad("load %d", v)
		}
	}
	return nil
}

func (p *Problem) checkJob(j *Job) error {
	if j.Place != NoPlace {
		if err := p.checkPlace(j.Place); err != nil {
			return err
		}
	}
	switch {
	case j.Service < 0 || j.Service > MaxTime:
		return bad("service of %d s", j.Service)
	case j.Setup < 0 || j.Setup > MaxTime:
		return bad("setup of %d s", j.Setup)
	case j.Priority < 0 || j.Priority > MaxPriority:
		return bad("priority %d", j.Priority)
	case j.DropCost < 0 || j.DropCost > MaxCost:
		return bad("drop cost %d", j.DropCost)
	case j.Crew < 0 || j.Crew > MaxCrew:
		return bad("crew of %d", j.Crew)
	case j.Fixed && j.Was == nil:
		return bad("fixed, but it was nowhere")
	}
	for kind, t := range j.ByType {
		if t.Service < 0 || t.Service > MaxTime || t.Setup < 0 || t.Setup > MaxTime {
			return bad("service of %d s and setup of %d s for type %q", t.Service, t.Setup, kind)
		}
	}
	if d := j.Due; d != nil {
		if err := errors.Join(checkTime("due at", d.At), checkTime("breach at", d.Breach)); err != nil {
			return err
		}
		if d.Grace < 0 || d.Grace > MaxTime || d.PerHour < 0 || d.PerHour > 1<<32 || d.BreachFee < 0 || d.BreachFee > MaxCost {
			return bad("price of lateness %+v", *d)
		}
	}
	if w := j.Was; w != nil {
		if w.Engineer < 0 || w.Engineer >= len(p.Engineers) || w.Shift < 0 || w.Shift >= len(p.Engineers[w.Engineer].Shifts) {
			return bad("was with engineer %d, shift %d", w.Engineer, w.Shift)
		}
		if err := checkTime("was at", w.Start); err != nil {
			return err
		}
	}
	for _, n := range j.Needs {
		if n.Level < 0 {
			return bad("need of %q at level %d", n.Skill, n.Level)
		}
	}
	return errors.Join(checkWindows(j.Windows), checkLoad(j.Takes), checkLoad(j.Brings), checkParts(j.Parts))
}

func checkParts(parts []Part) error {
	for _, part := range parts {
		if part.Count < 0 || part.Count > MaxLoad {
			return bad("%d of part %q", part.Count, part.Code)
		}
	}
	return nil
}

func (p *Problem) checkCounters() error {
	if len(p.Counters) > MaxCounters {
		return bad("%d counters, at most %d", len(p.Counters), MaxCounters)
	}
	ids := make(map[string]bool, len(p.Counters))
	for i := range p.Counters {
		c := &p.Counters[i]
		if c.ID == "" || ids[c.ID] {
			return bad("counter %d: id %q is empty or there twice", i, c.ID)
		}
		ids[c.ID] = true
		if err := errors.Join(p.checkPlace(c.Place), checkWindows(c.Windows)); err != nil {
			return fmt.Errorf("counter %q: %w", c.ID, err)
		}
		if c.Service < 0 || c.Service > MaxTime {
			return bad("counter %q: service of %d s", c.ID, c.Service)
		}
	}
	return nil
}

func (p *Problem) checkShares() error {
	var sum int64
	outlets := make(map[string]bool, len(p.Shares))
	for _, s := range p.Shares {
		if s.Outlet == "" || outlets[s.Outlet] {
			return bad("share of outlet %q, which is empty or there twice", s.Outlet)
		}
		outlets[s.Outlet] = true
		if sum += s.PerMille; s.PerMille < 0 || s.PerMille > 1000 || sum > 1000 {
			return bad("outlet %q should have %d thousandths of the work, all up to it %d", s.Outlet, s.PerMille, sum)
		}
	}
	return nil
}

func (p *Problem) checkEngineer(e *Engineer) error {
	if e.Profile < 0 || e.Profile >= len(p.Travel) {
		return bad("profile %d of %d", e.Profile, len(p.Travel))
	}
	if p.Travel[e.Profile].Unweighed && e.Costs.PerKM > 1<<20 {
		return bad("cost %d of a kilometre, at most %d where ways are not weighed", e.Costs.PerKM, 1<<20)
	}
	for trade, pct := range e.Efficiency {
		if pct <= 0 || pct > 10000 {
			return bad("efficiency of %d per cent in %q", pct, trade)
		}
	}
	for _, c := range []int64{e.Costs.Activation, e.Costs.PerHour, e.Costs.PerTravelHour, e.Costs.PerWorkHour, e.Costs.PerKM, e.Costs.OvertimePerHour} {
		if c < 0 || c > 1<<32 {
			return bad("cost %d", c)
		}
	}
	if err := errors.Join(checkLoad(e.Capacity), checkParts(e.Parts)); err != nil {
		return err
	}
	for i := range e.Shifts {
		if err := p.checkShift(&e.Shifts[i]); err != nil {
			return fmt.Errorf("shift %d: %w", i, err)
		}
		if i > 0 && e.Shifts[i].Window.From < e.Shifts[i-1].Window.To {
			return bad("shift %d begins before the one before it ends", i)
		}
	}
	return nil
}

func (p *Problem) checkShift(s *Shift) error {
	if err := checkWindows([]Window{s.Window}); err != nil {
		return err
	}
	for _, place := range []int{s.Start, s.End} {
		if place != NoPlace {
			if err := p.checkPlace(place); err != nil {
				return err
			}
		}
	}
	if s.Overtime < 0 || s.Overtime > MaxSpan || s.MaxJobs < 0 {
		return bad("overtime of %d s, at most %d jobs", s.Overtime, s.MaxJobs)
	}
	if s.MaxTravel < 0 || s.MaxMetres < 0 || s.MaxTravel > MaxTime || s.MaxMetres > MaxTime {
		return bad("at most %d s and %d m on the way", s.MaxTravel, s.MaxMetres)
	}
	if len(s.Breaks) > MaxBreaks {
		return bad("%d breaks, at most %d", len(s.Breaks), MaxBreaks)
	}
	for _, b := range s.Breaks {
		if b.Length < 0 || b.Length > MaxTime {
			return bad("break %q of %d s", b.ID, b.Length)
		}
		if len(b.Windows) == 0 {
			return bad("break %q without a window", b.ID)
		}
		if err := cmp.Or(checkWindows(b.Windows), checkLoad(b.MaxLoad)); err != nil {
			return fmt.Errorf("break %q: %w", b.ID, err)
		}
	}
	return nil
}

func (p *Problem) checkSequences() error {
	if len(p.Sequences) == 0 {
		return nil
	}
	jobs := make(map[string]int, len(p.Jobs))
	for i := range p.Jobs {
		jobs[p.Jobs[i].ID] = i
	}
	then := make(map[int][]int, len(p.Sequences))
	waits := make([]int, len(p.Jobs))
	for _, s := range p.Sequences {
		a, oka := jobs[s.First]
		b, okb := jobs[s.Then]
		if !oka || !okb || s.Lag < 0 || s.Lag > MaxTime {
			return bad("sequence from %q to %q with a lag of %d s", s.First, s.Then, s.Lag)
		}
		then[a] = append(then[a], b)
		waits[b]++
	}
	var free []int
	for i, n := range waits {
		if n == 0 {
			free = append(free, i)
		}
	}
	for len(free) > 0 {
		a := free[len(free)-1]
		free = free[:len(free)-1]
		for _, b := range then[a] {
			if waits[b]--; waits[b] == 0 {
				free = append(free, b)
			}
		}
	}
	for i, n := range waits {
		if n > 0 {
			return bad("job %q waits for itself in a circle of sequences", p.Jobs[i].ID)
		}
	}
	return nil
}
