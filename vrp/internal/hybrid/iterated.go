package hybrid

import "math"

// How hot the annealing starts and ends, in average legs of the plan.
var (
	hot  = 0.3
	cold = 0.003
)

// begin builds a first plan: the given start, the others inserted greedily.
func (e *engine) begin() *ruiner {
	u := newRuiner(e.s)
	e.p.load(e.o.Start)
	u.recreate()
	e.keep()
	e.s.wakeAll()
	e.s.run()
	e.keep()
	e.repair(u)
	return u
}

// repair looks for a complete solution near the plan, which it leaves as it was.
func (e *engine) repair(u *ruiner) {
	p := e.p
	if e.best.complete {
		return
	}
	p.begin()
	q := p.q
	p.q = q.strict()
	p.reprice()
	e.s.wakeAll()
	e.s.run()
	p.mend()
	u.recreate()
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
	u := e.begin()
	now := e.temperature()
	for ; !e.over(); e.round++ {
		if e.round%64 == 0 {
			now = e.temperature()
		}
		if e.round%512 == 511 {
			e.repair(u)
		}
		p.begin()
		was := p.price
		u.ruin()
		u.recreate()
		e.s.run()
		kept := e.keep()
		changed := p.q.learn(p) // priced anew below, when the plan is settled
		if !kept && float64(p.price) >= float64(was)-now*math.Log(e.rnd.unit()+1e-300) {
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
	leg := float64(e.best.price) / float64(e.d.clients)
	return leg * hot * math.Pow(cold/hot, e.spent())
}
