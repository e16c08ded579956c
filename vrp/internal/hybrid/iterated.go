package hybrid

import "math"

// tuning holds the numbers of the search that were set by measurement.
type tuning struct {
	neighbours int     // of each client that local search looks at
	removed    float64 // clients a ruin takes out on average
	longest    float64 // clients of one string at most
	whole      float64 // share of ruins that empty a route instead
	hot, cold  float64 // annealing starts and ends at, in average legs of the plan
	start      float64 // first penalties: 1 makes an average violation as dear as an average leg
	sound      float64 // share of local optima that should break nothing
	stars      bool    // SWAP* on promising plans
}

// tuned are the numbers for d. A large plan gets fewer rounds for each of its
// clients, and so has to start cooler.
func tuned(d *data) tuning {
	t := tuning{
		neighbours: 20, removed: 15, longest: 40, whole: 0.02,
		hot: min(max(300/float64(d.clients), 0.3), 1), cold: 0.003,
		start: 0.1, sound: 0.4, stars: true,
	}
	if d.clients > 500 {
		t.whole, t.sound = 0.04, 0.2
		t.neighbours, t.removed, t.longest = 30, 10, 10
	}
	return t
}

// begin builds a first plan: the given start, the others inserted greedily.
func (e *engine) begin() {
	e.p.load(e.o.Start)
	e.u.recreate()
	e.keep()
	e.s.wakeAll()
	e.s.run()
	e.keep()
	e.repair()
}

// repair looks for a complete solution near the plan, which it leaves as it was.
func (e *engine) repair() {
	p := e.p
	if e.best.found && e.best.absent <= e.d.hopeless {
		return
	}
	p.begin()
	q := p.q
	p.q = q.strict()
	p.reprice()
	e.s.wakeAll()
	e.s.run()
	p.mend()
	e.u.recreate()
	e.s.run()
	p.mend()
	e.keep()
	p.rollback()
	p.q = q
	p.reprice()
}

// iterate ruins and recreates one plan, polishes what was touched, and
// accepts by simulated annealing over the budget.
func (e *engine) iterate() {
	p := e.p
	e.begin()
	now := e.temperature()
	for ; !e.over(); e.round++ {
		if e.round%64 == 0 {
			now = e.temperature()
		}
		if e.round%512 == 511 {
			e.repair()
		}
		p.begin()
		was := p.price
		e.u.ruin()
		e.u.recreate()
		e.s.run()
		limit := float64(was) - now*math.Log(e.rnd.unit()+1e-300)
		for float64(p.price) < limit && e.s.length == 0 && e.t.stars && e.s.stars() {
			e.s.run()
		}
		kept := e.keep()
		changed := p.q.learn(p) // priced anew below, when the plan is settled
		if !kept && float64(p.price) >= limit {
			p.rollback()
		}
		if changed {
			p.reprice()
		}
	}
}

// temperature is what a worsening may cost by now to be accepted one time in e.
func (e *engine) temperature() float64 {
	if !e.best.found {
		return 0
	}
	leg := float64(e.best.cost()) / float64(e.d.clients)
	return leg * e.t.hot * math.Pow(e.t.cold/e.t.hot, e.spent())
}
