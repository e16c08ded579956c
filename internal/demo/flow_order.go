package demo

import (
	"context"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/db"
	"anxin/internal/workforce"
)

// lateness decides whether the engineer will keep the window, by the outlet's profile.
func (g *generator) lateness(r *request) {
	r.book.late = 0
	if g.c.yes(r.outlet.profile.Late) {
		r.book.late = g.c.minutes(6, 75)
	}
}

// answerLater lets the asked outlet think.
func (g *generator) answerLater(r *request) error {
	now, p := g.clockNow(), r.outlet.profile
	wait := time.Duration(float64(p.Accept) * float64(time.Minute) * (0.3 + g.c.ExpFloat64()))
	at := g.inHours(now.Add(min(wait, 100*time.Minute)), 8, 20)
	if g.c.yes(p.Decline) {
		g.then(r, at, "decline", g.decline)
		return nil
	}
	g.then(r, at, "accept", g.accept)
	return nil
}

func (g *generator) accept(ctx context.Context, r *request) error {
	if _, err := g.Orders.Accept(as(ctx, r.outlet.manager), orders.ActInput{ID: r.order}); err != nil {
		return err
	}
	g.then(r, g.clockNow().Add(g.c.minutes(2, 20)), "plan", g.plan)
	return nil
}

// decline gives the order back to dispatch, which sends the city's own outlet.
func (g *generator) decline(ctx context.Context, r *request) error {
	in := orders.ActInput{ID: r.order}
	in.Reason = pick(g.c, []string{"no_engineer", "workload", "workload", "fee_too_low"})
	if _, err := g.Orders.Decline(as(ctx, r.outlet.manager), in); err != nil {
		return err
	}
	g.drop(r.book)
	g.then(r, g.clockNow().Add(g.c.minutes(5, 40)), "give to another", g.another)
	return nil
}

func (g *generator) another(ctx context.Context, r *request) error {
	now := g.clockNow()
	list := g.candidates(r)
	own := list[len(list)-1]
	if !own.Own() {
		return nil // stays with dispatch
	}
	from := r.book.from
	b, ok := g.find(own, r.machine.Brand, r.need, r.minutes, later(now.Add(2*time.Hour), from.Add(-time.Hour)), 4, 0)
	if !ok {
		return nil
	}
	r.outlet, r.book = own, b
	g.lateness(r)
	g.take(r.book)
	if b.from.Equal(from) {
		return g.plan(ctx, r)
	}
	err := g.promise(ctx, r, orders.ByOutlet, "no_engineer")
	if err != nil {
		return err
	}
	return g.plan(ctx, r)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// promise tells the customer another window.
func (g *generator) promise(ctx context.Context, r *request, by orders.Party, reason string) error {
	in := orders.PromiseInput{Order: r.order, From: r.book.from, To: r.book.to, ChangedBy: by}
	in.Reason = reason
	_, err := g.Orders.Promise(as(ctx, r.agent), in)
	return err
}

// plan puts the visit onto the engineer's day and sends it to him; the outlet calls the customer.
func (g *generator) plan(ctx context.Context, r *request) error {
	now := g.clockNow()
	if now.After(r.book.start.Add(-10 * time.Minute)) { // the answer came too late for this time
		return g.rebook(ctx, r, now.Add(90*time.Minute), orders.ByOutlet, "no_engineer")
	}
	if err := g.planVisit(ctx, r); err != nil {
		return err
	}
	if r.visits == 0 {
		g.then(r, g.inHours(now.Add(g.c.minutes(3, 22)), 8, 20), "call the customer", g.contact)
	}
	g.travel(r)
	return nil
}

func (g *generator) planVisit(ctx context.Context, r *request) error {
	number, err := g.Orders.NextVisitNumber(ctx)
	if err != nil {
		return err
	}
	who := r.outlet.manager
	if r.own() {
		who = g.staff.dispatcher()
	}
	g.counts.Visits++
	return g.tx(as(ctx, who), func(ctx context.Context, tx *db.Tx) error {
		v, err := g.Orders.PlanVisitTx(ctx, tx, orders.PlanVisit{
			Number: number, Orders: []orders.ID{r.order}, Engineers: []workforce.EngineerID{r.book.engineer.ID}, Start: r.book.start, End: r.book.end,
			OutletID: r.outlet.ID,
		})
		if err != nil {
			return err
		}
		r.visit = v.ID
		_, err = g.Orders.DispatchVisitTx(ctx, tx, orders.VisitInput{ID: v.ID})
		return err
	})
}

func (g *generator) contact(ctx context.Context, r *request) error {
	if r.reached || r.visits > 0 {
		return nil
	}
	in := orders.ContactInput{ActInput: orders.ActInput{ID: r.order}, Channel: "call", Result: "reached"}
	missed := g.c.yes(0.12)
	if missed {
		in.Result = pick(g.c, []string{"no_answer", "busy"})
	}
	if _, err := g.Orders.Contact(as(ctx, r.outlet.manager), in); err != nil {
		return err
	}
	if missed {
		g.then(r, g.inHours(g.clockNow().Add(g.c.minutes(15, 50)), 8, 20), "call again", g.contact)
	}
	r.reached = !missed
	return nil
}

// rebook finds another time at the same outlet and promises it.
func (g *generator) rebook(ctx context.Context, r *request, earliest time.Time, by orders.Party, reason string) error {
	r.version++
	if r.visits == 0 {
		g.drop(r.book)
	}
	b, ok := g.find(r.outlet, r.machine.Brand, r.need, r.minutes, earliest, 6, g.c.IntN(len(slots)))
	if !ok {
		return nil // stays with the outlet
	}
	r.book = b
	g.lateness(r)
	g.take(r.book)
	if err := g.promise(ctx, r, by, reason); err != nil {
		return err
	}
	return g.plan(ctx, r)
}

// move is the customer who wants another time; the visit is moved with the promise.
func (g *generator) move(ctx context.Context, r *request) error {
	now := g.clockNow()
	b, ok := g.find(r.outlet, r.machine.Brand, r.need, r.minutes, g.at(g.today(r.book.start)+1, shiftFrom), 5, g.c.IntN(len(slots)))
	if !ok || now.After(r.book.start.Add(-2*time.Hour)) {
		return nil
	}
	r.version++
	g.drop(r.book)
	r.book = b
	g.lateness(r)
	g.take(r.book)
	err := g.tx(as(ctx, r.agent), func(ctx context.Context, tx *db.Tx) error {
		p := orders.PromiseInput{Order: r.order, From: b.from, To: b.to, ChangedBy: orders.ByCustomer}
		p.Reason = "customer_reschedules"
		if _, err := g.Orders.PromiseTx(ctx, tx, p); err != nil {
			return err
		}
		m := orders.MoveVisit{VisitInput: orders.VisitInput{ID: r.visit}, Start: b.start, End: b.end, Engineers: []workforce.EngineerID{b.engineer.ID}, ChangedBy: orders.ByCustomer}
		m.Reason = "customer_reschedules"
		if _, err := g.Orders.MoveVisitTx(ctx, tx, m); err != nil {
			return err
		}
		_, err := g.Orders.DispatchVisitTx(ctx, tx, orders.VisitInput{ID: r.visit})
		return err
	})
	if err != nil {
		return err
	}
	g.travel(r)
	return nil
}
