package demo

import (
	"context"
	"math"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
)

// travel notes the engineer's acts of a visit that he was sent: accept, depart, arrive, finish.
func (g *generator) travel(r *request) {
	now, b := g.clockNow(), r.book
	arrive := b.start.Add(g.c.between(-12*time.Minute, 10*time.Minute))
	if arrive.After(b.to.Add(-2 * time.Minute)) {
		arrive = b.to.Add(-2 * time.Minute)
	}
	if b.late > 0 {
		arrive = b.to.Add(b.late)
	}
	depart := arrive.Add(-g.c.minutes(12, 38))
	accept := g.inHours(now.Add(g.c.minutes(3, 45)), 7, 21)
	if !accept.Before(depart) {
		accept = now.Add(depart.Sub(now) / 3)
	}
	if !accept.After(now) { // booked for at once
		accept, depart = now.Add(30*time.Second), later(depart, now.Add(time.Minute))
		arrive = later(arrive, depart.Add(5*time.Minute))
	}
	if r.visits == 0 && g.c.yes(moveShare) && depart.Sub(now) > 6*time.Hour {
		g.then(r, g.inHours(now.Add(g.c.between(time.Hour, depart.Sub(now)-4*time.Hour)), 8, 20), "move", g.move)
	}
	g.then(r, accept, "accept the visit", g.acceptVisit)
	g.then(r, depart, "depart", g.depart)
	absent := g.c.yes(absentShare)
	g.then(r, arrive, "arrive", func(ctx context.Context, r *request) error {
		if err := g.arriveAt(ctx, r); err != nil {
			return err
		}
		if absent {
			g.then(r, g.clockNow().Add(g.c.minutes(10, 20)), "nobody at home", g.nobodyHome)
			return nil
		}
		length := time.Duration(float64(r.minutes) * float64(time.Minute) * (0.7 + 0.5*g.c.Float64()))
		g.then(r, g.clockNow().Add(length), "finish", g.finish)
		return nil
	})
}

func (g *generator) acceptVisit(ctx context.Context, r *request) error {
	_, err := g.Orders.AcceptVisit(as(ctx, r.book.engineer.actor), g.field(r, nil))
	return err
}

func (g *generator) depart(ctx context.Context, r *request) error {
	_, err := g.Orders.Depart(as(ctx, r.book.engineer.actor), orders.DepartInput{FieldInput: g.field(r, nil), Share: g.c.yes(0.6)})
	return err
}

func (g *generator) arriveAt(ctx context.Context, r *request) error {
	r.visits++
	at := g.whereArrived(r)
	_, err := g.Orders.Arrive(as(ctx, r.book.engineer.actor), g.field(r, &at))
	return err
}

func (g *generator) field(r *request, at *geo.Point) orders.FieldInput {
	return orders.FieldInput{VisitInput: orders.VisitInput{ID: r.visit}, Point: at}
}

// whereArrived is where the phone says the engineer is: near the place, but for a share of each outlet.
func (g *generator) whereArrived(r *request) geo.Point {
	p := r.client.place.Point
	metres := math.Abs(g.c.NormFloat64()) * 55
	if g.c.yes(r.outlet.profile.Far) {
		metres = 350 + 900*g.c.Float64()
	}
	metres = min(metres, 1500)
	if metres < 290 || metres > 300 {
		angle := 2 * math.Pi * g.c.Float64()
		p.Lat += metres * math.Sin(angle) / 111_200
		p.Lon += metres * math.Cos(angle) / (111_200 * math.Cos(p.Lat*math.Pi/180))
	}
	p.Source = "device"
	return p
}

func (g *generator) nobodyHome(ctx context.Context, r *request) error {
	in := g.field(r, nil)
	in.Reason = "customer_absent"
	if _, err := g.Orders.FailVisit(as(ctx, r.book.engineer.actor), in); err != nil {
		return err
	}
	g.then(r, g.clockNow().Add(g.c.minutes(30, 200)), "book again", func(ctx context.Context, r *request) error {
		return g.rebook(ctx, r, g.at(g.today(g.clockNow())+1, shiftFrom), orders.ByCustomer, "customer_absent")
	})
	return nil
}

// finish ends a visit: done, or another one is needed.
func (g *generator) finish(ctx context.Context, r *request) error {
	repair := r.service == "REP" || r.service == "REREP"
	result := orders.OrderResult{Order: r.order, Outcome: orders.OutcomeFixed}
	if repair && r.visits == 1 && g.c.yes(r.outlet.profile.Second) {
		return g.secondVisit(ctx, r, result)
	}
	var err error
	if repair && g.c.yes(noFaultShare) {
		result.Outcome = orders.OutcomeNoFault
	}
	if result.Proof, err = g.proof(ctx, r, repair && result.Outcome == orders.OutcomeFixed); err != nil {
		return err
	}
	if err := g.finishVisit(ctx, r, result); err != nil {
		return err
	}
	r.machine.families[r.symptom.Family] = g.clockNow()
	if r.service == "INST" {
		r.machine.installed = g.today(g.clockNow())
	}
	if !r.machine.warranted {
		if err := g.collect(ctx, r); err != nil {
			return err
		}
	}
	g.afterwards(r, repair && result.Outcome == orders.OutcomeFixed)
	return nil
}

func (g *generator) finishVisit(ctx context.Context, r *request, result orders.OrderResult) error {
	_, err := g.Orders.FinishVisit(as(ctx, r.book.engineer.actor), orders.FinishInput{FieldInput: g.field(r, nil), Results: []orders.OrderResult{result}})
	return err
}

// secondVisit breaks the order off: a part has to come, or the work takes longer.
func (g *generator) secondVisit(ctx context.Context, r *request, result orders.OrderResult) error {
	now := g.clockNow()
	result.Outcome = orders.OutcomeSecondVisit
	next, by := g.at(g.today(now)+1, shiftFrom+60), orders.ByEngineer
	if r.action.PartType != "" {
		result.Outcome, by = orders.OutcomeNeedsPart, orders.ByPart
		comes := g.at(g.today(now)+calendar.Date(g.c.upTo(1, 3)), 10*60)
		result.Earliest, next = &comes, comes
	}
	result.Proof.Note = pick(g.c, []string{"需更换配件,已向网点申请。", "拆机确认故障,配件不在车上。", "现场检测需要更长时间,约再次上门。"})
	if err := g.finishVisit(ctx, r, result); err != nil {
		return err
	}
	g.then(r, later(next.Add(-2*time.Hour), now.Add(30*time.Minute)), "book the second visit", func(ctx context.Context, r *request) error {
		return g.rebook(ctx, r, later(next, g.clockNow().Add(2*time.Hour)), by, "dispatcher_moves")
	})
	return nil
}

// collect takes what the customer owes, at the door.
func (g *generator) collect(ctx context.Context, r *request) error {
	b, err := g.Orders.BalanceOf(ctx, g.DB, r.order)
	if err != nil || b.Left.Sign() <= 0 {
		return err
	}
	_, err = g.Orders.Collect(as(ctx, r.book.engineer.actor), orders.CollectInput{
		ActInput: orders.ActInput{ID: r.order}, Amount: b.Left, Method: pick(g.c, []orders.Method{orders.WeChat, orders.WeChat, orders.Alipay, orders.Cash}),
	})
	return err
}
