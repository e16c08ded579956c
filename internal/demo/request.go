package demo

import (
	"context"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
)

// request is one customer's wish on its way through the firm.
type request struct {
	service catalog.ServiceTypeCode
	machine *machine
	client  *client
	symptom catalog.Symptom
	cause   catalog.Cause
	action  catalog.Action
	urgency cases.Level
	safety  bool
	agent   access.Actor
	channel cases.Channel

	caseID cases.ID
	order  orders.ID
	visit  orders.VisitID
	outlet *outlet
	book   booking
	need   []catalog.SkillCode
	// minutes on site
	minutes int

	rework  bool // of the same case, after a bad answer
	repeat  bool // the fault came back
	reached bool // somebody spoke with the customer about the visit
	calls   int  // that nobody answered; after three nobody calls any more
	visits  int
	version int // rises when what was planned no longer holds: tasks of older versions do nothing
	opened  time.Time
}

// then notes the next step of a request; it is dropped when the request took another turn meanwhile, and
// ends the request when it is refused.
func (g *generator) then(r *request, at time.Time, what string, step func(ctx context.Context, r *request) error) {
	version := r.version
	g.later(at, func(ctx context.Context) error {
		if r.version != version {
			return nil
		}
		err := step(ctx, r)
		if err != nil {
			r.version++
		}
		return g.refused(err, what)
	})
}

// arrive turns an arrival into a request: whose machine, what is wrong, how it is told.
func (g *generator) arrive(ctx context.Context, a arrival) error {
	r := &request{service: a.service, urgency: 2, opened: a.at}
	if a.service == "INST" {
		if err := g.newPurchase(ctx, r, a); err != nil {
			return g.refused(err, "a new machine")
		}
	} else {
		r.machine = g.wear(g.c, g.weightOf(a))
		if a.weather != nil { // weather is of one city
			for range 6 {
				if r.machine.client.city == g.cities[a.weather.city] {
					break
				}
				r.machine = g.wear(g.c, g.weightOf(a))
			}
		}
	}
	r.client = r.machine.client
	r.machine.lastCase = a.at
	if r.service == "REP" {
		g.think(r)
	}
	switch x := g.c.Float64(); {
	case x < 0.10:
		r.urgency = 1
	case x < 0.22:
		r.urgency = 3
	}
	return g.refused(g.open(ctx, r), "open")
}

// newPurchase makes the machine that is to be installed.
func (g *generator) newPurchase(ctx context.Context, r *request, a arrival) error {
	cl := pick(g.c, g.clients)
	m := g.newMachine(g.c, cl, productOf(g.c, g.weightOf(a)))
	m.installed, m.warranted = 0, true
	r.machine = m
	if err := g.createMachineNow(ctx, m); err != nil {
		return err
	}
	cl.units = append(cl.units, m)
	return nil
}

// think chooses a symptom and what will turn out to be behind it; dangers come by today's script only. A
// symptom of the same family as a recent repair would count as the fault coming back, so it is left out.
func (g *generator) think(r *request) {
	var fit []catalog.Symptom
	for _, s := range g.snap.Symptoms(r.machine.Category) {
		if !s.StopUse && r.opened.Sub(r.machine.families[s.Family]) > 32*24*time.Hour {
			fit = append(fit, s)
		}
	}
	if len(fit) == 0 {
		r.service = "MAINT"
		return
	}
	i := 0
	r.symptom = weighted(g.c, fit, func(catalog.Symptom) float64 { i++; return 1 / float64(i) })
	g.diagnose(r)
}

func (g *generator) diagnose(r *request) {
	if causes := g.snap.Causes(r.symptom.Code); len(causes) > 0 {
		r.cause = pick(g.c, causes)
	}
	if actions := g.snap.Actions(r.cause.Code); len(actions) > 0 {
		r.action = pick(g.c, actions)
	}
}

// candidates are the outlets to be asked, in turn: those of the district, then the city's own.
func (g *generator) candidates(r *request) []*outlet {
	var list []*outlet
	for _, o := range g.outlets {
		if o.city == r.client.city && o.Serves(r.machine.Brand) && o.serves(r.client.district.Code) {
			list = append(list, o)
		}
	}
	for _, o := range g.outlets {
		if o.city == r.client.city && o.Kind == outlets.KindOwn && o.Serves(r.machine.Brand) && !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}

func (r *request) place() *customers.Place { return &r.client.place }

// own tells whether the request's outlet is scheduled without being asked.
func (r *request) own() bool { return r.outlet.Own() }
