package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/intake"
	"anxin/internal/orders"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

// What a visitor should find whatever the hour: a request in every state, somebody on site and on the road,
// visits that are late, offers and quotes that wait, a danger, a complaint. Each scene is told by minutes
// before the present.

// act is one step of a scene.
type act struct {
	before time.Duration // the present
	what   string
	do     func(ctx context.Context, r *request) error
}

func minutesBefore(n int) time.Duration { return time.Duration(n) * time.Minute }

// scene notes the steps of a request of its own.
func (g *generator) scene(r *request, steps ...act) {
	r.opened = g.end.Add(-steps[0].before)
	r.machine.lastCase = r.opened
	for _, s := range steps {
		g.then(r, g.end.Add(-s.before), "today: "+s.what, s.do)
	}
}

// planToday notes the scenes; it comes first, so that the engineers it needs are not given to others.
func (g *generator) planToday() {
	c := newChance(g.opt.Seed, "today")
	n := func(full int) int { return max(1, int(float64(full)*g.opt.Scale+0.5)) }
	for i := range n(4) {
		g.onSite(c, i)
	}
	for i := range n(3) {
		g.onTheRoad(c, i, false)
	}
	for i := range n(2) {
		g.onTheRoad(c, i+3, true)
		g.notLeft(c, i)
		g.suspended(c, i)
		g.draft(c, i)
	}
	for i := range n(3) {
		g.quoteWaits(c, i)
		g.withoutOutlet(c, i)
		g.withoutVisit(c, i)
	}
	for i := range n(5) {
		g.offered(c, i)
		g.reported(c, i)
	}
	g.danger(c)
	g.grave(c)
	g.tooLate(c)
}

// cast thinks of a request at an outlet: a machine of its district that was quiet for long.
func (g *generator) cast(c chance, o *outlet, service catalog.ServiceTypeCode, want ...catalog.CategoryCode) *request {
	var best *machine
	for _, cl := range g.clients {
		if cl.city != o.city {
			continue
		}
		for _, m := range cl.units {
			if !m.lastCase.IsZero() || !o.Serves(m.Brand) || len(want) > 0 && !slices.Contains(want, m.Category) {
				continue
			}
			if best == nil || o.serves(cl.district.Code) && (!o.serves(best.client.district.Code) || c.yes(0.1)) {
				best = m
			}
		}
	}
	if best == nil {
		best = g.randomMachine(c)
	}
	r := &request{service: service, machine: best, client: best.client, outlet: o, urgency: 2, agent: g.staff.agent(), channel: cases.Phone, opened: g.end}
	best.lastCase = g.end
	req := g.snap.Requirements(service, best.Category, "")
	r.need, r.minutes = req.Skills, req.Minutes
	if service == "REP" {
		for _, s := range g.snap.Symptoms(best.Category) {
			if !s.StopUse {
				r.symptom = s
				break
			}
		}
		g.diagnose(r)
	}
	return r
}

// force books an engineer at a time of the scene's choice, whatever his hours.
func (g *generator) force(r *request, from, to, start time.Time) {
	r.book = booking{from: from, to: to, start: start, end: start.Add(time.Duration(r.minutes) * time.Minute)}
	day := calendar.DateOf(start, g.zone)
	var best *engineer
	for _, e := range r.outlet.engineers {
		busy := slices.ContainsFunc(e.busy[day], func(s span) bool { return start.Add(-between).Before(s.to) && s.from.Before(r.book.end.Add(between)) })
		if !busy && g.able(e, r.machine.Brand, r.need, day) && (best == nil || len(e.busy[day]) < len(best.busy[day])) {
			best = e
		}
	}
	if best == nil {
		best = r.outlet.engineers[0]
	}
	r.book.engineer = best
	g.take(r.book)
}

func (g *generator) outletNo(i int, kinds ...bool) *outlet {
	var list []*outlet
	for _, o := range g.outlets {
		if len(kinds) == 0 || o.Own() == kinds[0] {
			list = append(list, o)
		}
	}
	return list[i%len(list)]
}

// taken is how a booked order comes to its visit: opened the evening before, asked, planned, accepted.
func (g *generator) taken(r *request, rest ...act) {
	day := 24 * time.Hour
	steps := []act{
		{day, "open", func(ctx context.Context, r *request) error { return g.openCase(ctx, r, r.agent) }},
		{day - minutesBefore(3), "classify", g.classifyCase},
		{day - minutesBefore(5), "order", func(ctx context.Context, r *request) error { return g.makeOrder(ctx, r, g.clockNow().Add(2*time.Hour)) }},
	}
	if !r.own() {
		steps = append(steps, act{day - minutesBefore(20), "accept", g.acceptOrder})
	}
	steps = append(steps,
		act{day - minutesBefore(30), "plan", g.planVisit}, act{day - minutesBefore(45), "call", g.contact}, act{day - minutesBefore(70), "accept the visit", g.acceptVisit})
	g.scene(r, append(steps, rest...)...)
}

func (g *generator) acceptOrder(ctx context.Context, r *request) error {
	_, err := g.Orders.Accept(as(ctx, r.outlet.manager), orders.ActInput{ID: r.order})
	return err
}

func (g *generator) before(n int) time.Time { return g.end.Add(-minutesBefore(n)) }

// onSite: an engineer is at work right now.
func (g *generator) onSite(c chance, i int) {
	r := g.cast(c, g.outletNo(i*3), "REP", "AC", "RF", "GWH", "WM")
	arrive := 12 + 6*i
	g.force(r, g.before(75), g.before(-45), g.before(arrive+5))
	g.taken(r, act{minutesBefore(arrive + 30), "depart", g.depart}, act{minutesBefore(arrive), "arrive", g.arriveAt})
}

// onTheRoad: an engineer travels, in time or late.
func (g *generator) onTheRoad(c chance, i int, late bool) {
	r := g.cast(c, g.outletNo(i*2+1), "REP", "AC", "RF", "WM", "EWH")
	from, to, start := g.before(20), g.before(-100), g.before(-25)
	if late {
		from, to, start = g.before(150), g.before(30+10*i), g.before(110)
	}
	g.force(r, from, to, start)
	g.taken(r, act{minutesBefore(9 + 3*i), "depart", g.depart})
}

// notLeft: the window is over and the engineer has not even left.
func (g *generator) notLeft(c chance, i int) {
	r := g.cast(c, g.outletNo(8+i*3), "REP", "AC", "TV", "WM", "RF")
	g.force(r, g.before(170+20*i), g.before(50+20*i), g.before(150+20*i))
	g.taken(r)
}

// quoteWaits: the engineer found something dear and left; the customer has the quote.
func (g *generator) quoteWaits(c chance, i int) {
	r := g.cast(c, g.outletNo(i*4+1), "REP", "AC", "GWH", "RF", "EWH")
	g.force(r, g.before(330), g.before(210), g.before(300-15*i))
	arrive := 290 - 15*i
	g.taken(r, act{minutesBefore(arrive + 25), "depart", g.depart}, act{minutesBefore(arrive), "arrive", g.arriveAt}, act{minutesBefore(arrive - 35), "quote", g.quote},
		act{minutesBefore(arrive - 38), "leave", func(ctx context.Context, r *request) error {
			return g.finishVisit(ctx, r, orders.OrderResult{Order: r.order, Outcome: orders.OutcomeQuoteApproval})
		}})
}

func (g *generator) quote(ctx context.Context, r *request) error {
	in := orders.QuoteInput{ActInput: orders.ActInput{ID: r.order}, Send: true, Lines: []orders.QuoteLineInput{{Kind: orders.Labour, Action: r.action.Code, Quantity: 1}}}
	if part, ok := g.parts[partKey{r.machine.Category, r.action.PartType}]; ok {
		in.Lines = append(in.Lines, orders.QuoteLineInput{Kind: orders.PartFee, Part: part, Quantity: 1})
	}
	_, err := g.Orders.MakeQuote(as(ctx, r.book.engineer.actor), in)
	return err
}

// suspended: everything waits for somebody.
func (g *generator) suspended(c chance, i int) {
	r := g.cast(c, g.outletNo(i*5, true), "REP", "BOI", "GWH", "AC", "RF")
	g.force(r, g.before(-16*60), g.before(-18*60), g.before(-16*60-30))
	g.taken(r, act{minutesBefore(200 + 10*i), "suspend", func(ctx context.Context, r *request) error {
		in := orders.SuspendInput{ActInput: orders.ActInput{ID: r.order}, WaitFor: "customer"}
		in.Reason = "wait_customer"
		if i%2 == 1 {
			in.WaitFor, in.Reason = "product_owner", "wait_product_owner"
		}
		_, err := g.Orders.Suspend(as(ctx, g.staff.dispatcher()), in)
		return err
	}})
}

// called opens and classifies a request some minutes ago, then does the rest.
func (g *generator) called(r *request, ago int, rest ...act) {
	steps := []act{
		{minutesBefore(ago), "open", func(ctx context.Context, r *request) error { return g.openCase(ctx, r, r.agent) }},
		{minutesBefore(ago - 2), "classify", g.classifyCase},
	}
	g.scene(r, append(steps, rest...)...)
}

// bare makes an order without promise and outlet.
func (g *generator) bare(release bool) func(ctx context.Context, r *request) error {
	return func(ctx context.Context, r *request) error {
		o, err := g.Orders.Create(as(ctx, r.agent), orders.CreateInput{CaseID: r.caseID, ServiceType: r.service, Symptom: r.symptom.Code, Release: release})
		r.order = o.ID
		g.counts.Orders++
		return err
	}
}

func (g *generator) draft(c chance, i int) {
	g.called(g.cast(c, g.outletNo(i*2), "INST"), 25+9*i, act{minutesBefore(18 + 9*i), "draft", g.bare(false)})
}

// withoutOutlet: dispatch has to find somebody.
func (g *generator) withoutOutlet(c chance, i int) {
	g.called(g.cast(c, g.outletNo(i*3+2), "REP"), 45+12*i, act{minutesBefore(38 + 12*i), "order", g.bare(true)})
}

// offered: an outlet has to answer.
func (g *generator) offered(c chance, i int) {
	r := g.cast(c, g.outletNo(i, false), "REP")
	g.force(r, g.before(-20*60-60*i), g.before(-22*60-60*i), g.before(-20*60-60*i-20))
	g.called(r, 40+7*i, act{minutesBefore(33 + 7*i), "offer", func(ctx context.Context, r *request) error {
		return g.makeOrder(ctx, r, g.clockNow().Add(2*time.Hour))
	}})
}

// withoutVisit: taken by the outlet, which has to plan it.
func (g *generator) withoutVisit(c chance, i int) {
	r := g.cast(c, g.outletNo(i+1, false), "REP")
	g.force(r, g.before(-23*60-30*i), g.before(-25*60-30*i), g.before(-23*60-30*i-20))
	g.called(r, 80+9*i, act{minutesBefore(70 + 9*i), "offer", func(ctx context.Context, r *request) error {
		return g.makeOrder(ctx, r, g.clockNow().Add(2*time.Hour))
	}}, act{minutesBefore(30 + 9*i), "accept", g.acceptOrder})
}

// reported: the web form just brought it, nobody has looked.
func (g *generator) reported(c chance, i int) {
	r := g.cast(c, g.outletNo(i*5+2), "REP")
	g.scene(r, act{minutesBefore(3 + 6*i), "report", func(ctx context.Context, r *request) error {
		_, detail := g.words(r)
		point := r.client.place.Point
		_, err := g.Intake.Report(ctx, intake.ReportInput{
			BrandID: r.machine.Brand, Category: r.machine.Category, Symptom: r.symptom.Code, ServiceType: r.service, UnitID: r.machine.ID, Text: detail,
			Name: r.client.Name, Phone: r.client.Phone, Address: &customers.AddressInput{Parts: &r.client.place.Parts, Point: &point}, Consent: true,
		})
		g.counts.Cases++
		return err
	}})
}

// danger: somebody smells gas; the script was told, the nearest engineer is on the way.
func (g *generator) danger(c chance) {
	r := g.cast(c, g.outletByCode("hz-center"), "REP", "GWH")
	r.symptom, _ = g.snap.Symptom("GWH-S05")
	g.diagnose(r)
	r.urgency, r.safety = 1, true
	g.force(r, g.before(20), g.before(-100), g.before(-12))
	g.scene(r,
		act{minutesBefore(24), "open", func(ctx context.Context, r *request) error { return g.openCase(ctx, r, r.agent) }},
		act{minutesBefore(23), "advise", func(ctx context.Context, r *request) error {
			in := cases.ActInput{ID: r.caseID}
			in.Note = "已告知:关阀、开窗、不开关电器、到室外,联系燃气公司。"
			_, err := g.Cases.Advise(as(ctx, r.agent), in)
			return err
		}},
		act{minutesBefore(22), "classify", g.classifyCase},
		act{minutesBefore(20), "order", func(ctx context.Context, r *request) error { return g.makeOrder(ctx, r, g.end) }},
		act{minutesBefore(17), "plan", g.planVisit}, act{minutesBefore(16), "call", g.contact}, act{minutesBefore(14), "accept the visit", g.acceptVisit},
		act{minutesBefore(10), "depart", g.depart},
	)
}

// grave: a complaint that a regulator passed on, being looked into.
func (g *generator) grave(c chance) {
	r := g.cast(c, g.outletByCode("gz-baiyun"), "REP", "AC", "RF", "TV")
	facts := cases.ComplaintFacts{Regulator: true, FailedRepairs: 2, Contacts: 3}
	var id cases.ID
	g.scene(r,
		act{20 * time.Hour, "complain", func(ctx context.Context, r *request) (err error) {
			id, err = g.openComplaint(ctx, r, "12345转办:同一故障维修两次未修好")
			return err
		}},
		act{20*time.Hour - minutesBefore(12), "acknowledge", func(ctx context.Context, _ *request) error { return g.stage(ctx, id, cases.StageAcknowledged) }},
		act{20*time.Hour - minutesBefore(40), "classify", func(ctx context.Context, _ *request) error {
			_, err := g.Cases.Classify(as(ctx, g.staff.agent()), cases.ClassifyInput{ActInput: cases.ActInput{ID: id}, Complaint: &facts})
			return err
		}},
		act{19 * time.Hour, "investigate", func(ctx context.Context, _ *request) error { return g.stage(ctx, id, cases.StageInvestigating) }},
	)
}

// tooLate: the customer took it back while the engineer, without signal, went on: a conflict to be closed.
func (g *generator) tooLate(c chance) {
	r := g.cast(c, g.outletByCode("cd-center"), "REP", "WM", "AC", "RF")
	g.force(r, g.before(130), g.before(10), g.before(100))
	g.taken(r, act{minutesBefore(125), "depart", g.depart},
		act{minutesBefore(110), "cancel", func(ctx context.Context, r *request) error {
			in := orders.ActInput{ID: r.order}
			in.Reason = "customer_withdrew"
			_, err := g.Orders.Cancel(as(ctx, r.agent), in)
			return err
		}},
		act{minutesBefore(96), "arrive", g.arriveAt})
}

// coverToday lets dispatch keep capacity for what outlets have promised and not planned.
func (g *generator) coverToday(ctx context.Context) error {
	list, err := g.Orders.List(ctx, orders.Filter{States: []orders.State{orders.StateOffered, orders.StateAccepted}, Limit: 500})
	if err != nil {
		return err
	}
	for _, o := range list {
		if err := g.refused(g.Dispatch.OnOrder(ctx, o.ID), fmt.Sprintf("capacity for %s", o.Number)); err != nil {
			return err
		}
	}
	return nil
}

// createMachineNow keeps a machine that a customer just bought.
func (g *generator) createMachineNow(ctx context.Context, m *machine) error {
	err := g.tx(ctx, func(ctx context.Context, tx *db.Tx) error { return g.createMachine(ctx, tx, m) })
	if err == nil {
		g.counts.Machines++
	}
	return err
}
