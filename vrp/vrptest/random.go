package vrptest

import (
	"fmt"
	"math/rand/v2"

	"anxin/vrp"
)

// Features are parts of the model that a random problem uses.
type Features uint32

// The features, each on its own.
const (
	Windows    Features = 1 << iota // of jobs, several
	Breaks                          // up to two a shift
	Capacity                        // of vans
	Skills                          // levels and certificates
	Pins                            // and exclusions
	Shipments                       // up to two
	Overtime                        // unpaid
	MaxJobs                         // a shift
	Open                            // ends, and starts
	Setup                           // and places that are shared
	Efficiency                      // by trade
	Costs                           // of shifts, hours on the way and kilometres
	Preference                      // and qualification
	Money                           // instead of levels
	NoWays                          // some places cannot be reached from some others
	Weights                         // the ways cost something else than their time, or, with Costs, nothing by themselves
	Shifts                          // several an engineer
	// Those that tie routes or times together.
	Hours     // paid, and overtime
	Duration  // in the objective
	Due       // lateness
	Crew      // of two
	Sequences // with lags
	Fixed     // work that has begun
	Stability // of work that was planned
	Fairness
	NoPlace // work without a place
	Range   // bounds of the ways of a shift, and the cost of hours of work
	Stock   // tools and parts, and counters that have them
	Near    // moves that cost more as the start comes near, and a margin before the end of promised windows

	Shares // of outlets

	Slices // of the day, in which the ways take longer or less long
	Kinds  // of engineers for whom work takes another time, of breaks that are paid or with little aboard, of visits at sites

	Plain = Hours - 1    // the first group
	All   = ^Features(0) // everything
)

// Has tells whether f has all of a feature.
func (f Features) Has(x Features) bool { return f&x == x }

// Random makes a problem of a few jobs and engineers whose times are small numbers, so that it can be tried out and
// replayed second by second. It is sound by the data, but nobody has seen to it that anything can be done.
func Random(r *rand.Rand, f Features, jobs, engineers int) *vrp.Problem {
	g := &maker{Rand: r, f: f, p: &vrp.Problem{}}
	g.travel(3 + r.IntN(5))
	for i := range engineers {
		g.engineer(i)
	}
	shipments := 0
	if f.Has(Shipments) {
		shipments = r.IntN(min(2, jobs/2) + 1)
	}
	for i := range jobs - shipments {
		g.p.Jobs = append(g.p.Jobs, g.job(fmt.Sprintf("job %d", i)))
	}
	for i := range shipments {
		s := vrp.Shipment{Pickup: g.end(fmt.Sprintf("pickup %d", i)), Delivery: g.job(fmt.Sprintf("delivery %d", i))}
		if i == 0 { // of the second, the delivery has loads of its own
			s.Delivery.Takes, s.Delivery.Brings = nil, nil
		}
		if f.Has(Capacity) {
			s.Amount = []int64{r.Int64N(3), r.Int64N(2)}
		}
		g.p.Shipments = append(g.p.Shipments, s)
	}
	g.ties()
	g.objective()
	if f.Has(Stock) {
		g.stock()
	}
	return g.p
}

type maker struct {
	*rand.Rand
	f Features
	p *vrp.Problem
}

func (g *maker) one(in int) bool { return g.IntN(in) == 0 }

func (g *maker) travel(places int) {
	g.p.Places = places
	profiles := 1 + g.IntN(2)
	for range profiles {
		m := vrp.Matrix{Seconds: make([]int32, places*places)}
		for i := range places {
			for k := range places {
				if i == k {
					continue
				}
				m.Seconds[i*places+k] = 1 + g.Int32N(9)
				if g.f.Has(NoWays) && g.one(8) {
					m.Seconds[i*places+k] = vrp.Unreachable
				}
			}
		}
		if g.f.Has(Costs) || g.f.Has(Range) {
			for range m.Seconds {
				m.Metres = append(m.Metres, g.Int32N(3000))
			}
		}
		if g.f.Has(Weights) {
			for range m.Seconds {
				m.Cost = append(m.Cost, g.Int32N(20))
			}
		}
		if g.f.Has(Slices) && !g.one(3) {
			at := g.Int64N(20) - 5
			for range 1 + g.IntN(4) {
				m.Slices = append(m.Slices, vrp.Slice{From: at, Speed: 200 + g.Int64N(1500)})
				at += 1 + g.Int64N(20)
			}
		}
		if g.f.Has(Weights|Costs) && m.Slices == nil && g.one(2) {
			m.Cost, m.Unweighed = nil, true
		}
		g.p.Travel = append(g.p.Travel, m)
	}
}

func (g *maker) engineer(i int) {
	e := vrp.Engineer{ID: fmt.Sprintf("engineer %d", i), Profile: g.IntN(len(g.p.Travel))}
	if g.f.Has(Skills) {
		for s := range 3 {
			if !g.one(3) {
				e.Skills = append(e.Skills, vrp.Skill{Code: fmt.Sprint("s", s), Level: 1 + g.IntN(3)})
			}
		}
	}
	if g.f.Has(Kinds) && g.one(2) {
		e.Type = "junior"
	}
	if g.f.Has(Capacity) {
		e.Capacity = []int64{g.Int64N(6), g.Int64N(4)}
	}
	if g.f.Has(Efficiency) {
		e.Efficiency = map[string]int{"a": 50 + g.IntN(100), "b": 100}
	}
	if g.f.Has(Costs) {
		e.Costs = vrp.Costs{Activation: g.Int64N(30), PerTravelHour: g.Int64N(9000), PerKM: g.Int64N(5)}
	}
	if g.f.Has(Range) {
		e.Costs.PerWorkHour = g.Int64N(9000)
	}
	if g.f.Has(Hours) {
		e.Costs.PerHour, e.Costs.OvertimePerHour = g.Int64N(9000), g.Int64N(9000)
	}
	from := g.Int64N(10)
	shifts := 1
	if g.f.Has(Shifts) {
		shifts += g.IntN(2)
	}
	for range shifts {
		s := vrp.Shift{Window: vrp.Window{From: from, To: from + 15 + g.Int64N(40)}, Start: g.IntN(g.p.Places), End: g.IntN(g.p.Places)}
		g.shift(&s)
		e.Shifts = append(e.Shifts, s)
		from = s.Window.To + g.Int64N(20)
	}
	g.p.Engineers = append(g.p.Engineers, e)
}

func (g *maker) shift(s *vrp.Shift) {
	if g.f.Has(Open) && g.one(2) {
		s.End = vrp.NoPlace
	}
	if g.f.Has(Open) && g.one(4) {
		s.Start = vrp.NoPlace
	}
	if g.f.Has(Overtime) {
		s.Overtime = g.Int64N(10)
	}
	if g.f.Has(Range) && g.one(2) {
		s.MaxTravel = 5 + g.Int64N(40)
	}
	if g.f.Has(Range) && g.one(2) {
		s.MaxMetres = 1000 + g.Int64N(9000)
	}
	if g.f.Has(MaxJobs) {
		s.MaxJobs = 1 + g.IntN(4)
	}
	if g.f.Has(Skills) {
		for c := range 3 {
			if !g.one(3) {
				s.Certificates = append(s.Certificates, fmt.Sprint("s", c))
			}
		}
	}
	if g.f.Has(Breaks) {
		for b := range g.IntN(3) {
			s.Breaks = append(s.Breaks, vrp.Break{ID: fmt.Sprint("break ", b), Windows: g.windows(s.Window.From+g.Int64N(10), 1+g.IntN(2), 8), Length: g.Int64N(5)})
			if g.f.Has(Kinds) {
				if s.Breaks[b].Paid = g.one(2); g.one(2) {
					s.Breaks[b].MaxLoad = []int64{g.Int64N(4), g.Int64N(3)}
				}
			}
		}
	}
}

func (g *maker) windows(from int64, n int, length int64) []vrp.Window {
	var out []vrp.Window
	for range n {
		w := vrp.Window{From: from, To: from + g.Int64N(length)}
		out = append(out, w)
		from = w.To + 1 + g.Int64N(8)
	}
	return out
}

// end is what every job has that is not about who may do it.
func (g *maker) end(id string) vrp.Job {
	j := vrp.Job{ID: id, Place: g.IntN(g.p.Places), Service: g.Int64N(9)}
	if g.f.Has(Windows) && !g.one(3) {
		j.Windows = g.windows(g.Int64N(35), 1+g.IntN(2), 14)
	}
	if g.f.Has(Setup) && g.one(2) {
		j.Setup = g.Int64N(5)
		j.Place = g.IntN(2)
	}
	if g.f.Has(Kinds) && g.one(2) {
		j.ByType = map[string]vrp.Times{"junior": {Service: g.Int64N(12)}}
		if g.f.Has(Setup) {
			j.ByType = map[string]vrp.Times{"junior": {Service: g.Int64N(12), Setup: g.Int64N(6)}, "": {Service: j.Service, Setup: g.Int64N(3)}}
		}
	}
	if g.f.Has(Kinds) {
		j.Site = []string{"", "mill", "shop"}[g.IntN(3)]
	}
	if g.f.Has(Efficiency) {
		j.Trade = []string{"", "a", "b", "c"}[g.IntN(4)]
	}
	if g.f.Has(Due) && g.one(2) {
		j.Due = &vrp.Due{At: g.Int64N(40), Grace: g.Int64N(5), PerHour: g.Int64N(9000), Breach: g.Int64N(60), BreachFee: g.Int64N(20)}
	}
	return j
}

func (g *maker) job(id string) vrp.Job {
	j := g.end(id)
	j.Priority, j.DropCost = g.Int64N(4), g.Int64N(60)
	who := func() string { return g.p.Engineers[g.IntN(len(g.p.Engineers))].ID }
	if g.f.Has(Skills) {
		for range g.IntN(3) {
			j.Needs = append(j.Needs, vrp.Need{Skill: fmt.Sprint("s", g.IntN(3)), Level: g.IntN(4), Certificate: g.one(3)})
		}
	}
	if g.f.Has(Capacity) {
		j.Takes, j.Brings = []int64{g.Int64N(3)}, []int64{g.Int64N(2), g.Int64N(2)}
	}
	if len(g.p.Engineers) == 0 {
		return j
	}
	if g.f.Has(Pins) && g.one(4) {
		j.Pinned = who()
	}
	if g.f.Has(Pins) && g.one(4) {
		j.Excluded = []string{who()}
	}
	if g.f.Has(Preference) {
		j.Preferred = []string{who()}
	}
	return j
}

// ties adds what binds jobs to times, to each other and to the plan before.
func (g *maker) ties() {
	for i := range g.p.Jobs {
		j := &g.p.Jobs[i]
		if g.f.Has(Crew) && g.one(3) {
			j.Crew = 2
		}
		if g.f.Has(NoPlace) && g.one(5) {
			j.Place = vrp.NoPlace
		}
		if g.f.Has(Stability) && len(g.p.Engineers) > 0 && g.one(2) {
			e := g.IntN(len(g.p.Engineers))
			j.Was, j.Promised = &vrp.Stop{Engineer: e, Shift: g.IntN(len(g.p.Engineers[e].Shifts)), Start: g.Int64N(40)}, g.one(2)
		}
		if g.f.Has(Near) && g.one(2) {
			j.Promised = true
		}
		if g.f.Has(Sequences) && i > 0 && g.one(2) {
			g.p.Sequences = append(g.p.Sequences, vrp.Sequence{First: g.p.Jobs[g.IntN(i)].ID, Then: j.ID, Lag: g.Int64N(6)})
		}
	}
	if g.f.Has(Fixed) && len(g.p.Engineers) > 0 && len(g.p.Jobs) > 0 {
		g.fix(&g.p.Jobs[0], &g.p.Engineers[0].Shifts[0])
	}
}

// fix has the first engineer begin with a short job at the place where the shift starts and ends, so that there is a
// plan with it.
func (g *maker) fix(j *vrp.Job, s *vrp.Shift) {
	j.Fixed, j.Was = true, &vrp.Stop{Start: s.Window.From + g.Int64N(4)}
	j.Crew, j.Service, j.Setup, j.ByType, j.Takes, j.Brings = 0, g.Int64N(4), 0, nil, nil, nil
	if s.Start != vrp.NoPlace {
		j.Place, s.End = s.Start, s.Start
	} else {
		s.End = vrp.NoPlace
	}
	s.Breaks = nil
}

func (g *maker) objective() {
	o := &g.p.Objective
	if g.f.Has(Money) {
		o.Mode = vrp.Money
	}
	if g.one(2) {
		o.Travel = 1 + g.Int64N(3)
	}
	if g.f.Has(Duration) {
		o.Duration = 1 + g.Int64N(2)
	}
	if g.f.Has(Preference) {
		o.Preference, o.Overqualified = g.Int64N(9), g.Int64N(4)
	}
	if g.f.Has(Stability) {
		o.Stability = g.Int64N(20)
	}
	if g.f.Has(Near) {
		o.AsOf, o.Near, o.Rush = g.Int64N(40), g.Int64N(40), g.Int64N(300)
		o.Margin, o.MarginCost = g.Int64N(12), g.Int64N(5)
	}
	if g.f.Has(Kinds) {
		o.Visit = g.Int64N(12)
	}
	if g.f.Has(Shares) {
		for i := range g.p.Engineers {
			g.p.Engineers[i].Outlet = []string{"", "north", "south"}[g.IntN(3)]
		}
		g.p.Shares = []vrp.Share{{Outlet: "north", PerMille: g.Int64N(600)}, {Outlet: "south", PerMille: g.Int64N(400)}}
		o.Share = g.Int64N(2_000_000)
	}
	if g.f.Has(Fairness) {
		o.Fairness = g.Int64N(2_000_000)
	}
}

// stock gives some work a tool or parts, the engineers some of them, and one or two counters.
func (g *maker) stock() {
	parts := func() []vrp.Part {
		return []vrp.Part{{Code: fmt.Sprint("p", g.IntN(2)), Count: g.Int64N(3)}, {Code: fmt.Sprint("p", g.IntN(2)), Count: g.Int64N(2)}}
	}
	for i := range g.p.Engineers {
		e := &g.p.Engineers[i]
		if e.Parts = parts(); g.one(2) {
			e.Tools = []string{fmt.Sprint("t", g.IntN(2))}
		}
	}
	use := func(j *vrp.Job) {
		if g.one(3) {
			j.Tools = []string{fmt.Sprint("t", g.IntN(2))}
		}
		if g.one(2) {
			j.Parts = parts()
		}
	}
	for i := range g.p.Jobs {
		use(&g.p.Jobs[i])
	}
	for i := range g.p.Shipments {
		use(&g.p.Shipments[i].Pickup)
		use(&g.p.Shipments[i].Delivery)
	}
	for i := range 1 + g.IntN(4)/3 {
		c := vrp.Counter{ID: fmt.Sprint("counter ", i), Place: g.IntN(g.p.Places), Service: g.Int64N(4), All: g.one(2)}
		if g.one(2) {
			c.Windows = g.windows(g.Int64N(20), 1+g.IntN(2), 20)
		}
		for k := range 2 {
			if !g.one(3) {
				c.Tools = append(c.Tools, fmt.Sprint("t", k))
			}
			if !g.one(3) {
				c.Parts = append(c.Parts, fmt.Sprint("p", k))
			}
		}
		g.p.Counters = append(g.p.Counters, c)
	}
}
