package demo

import (
	"context"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

// open takes the request in: on the phone it is classified in the same call, by the form a while later.
func (g *generator) open(ctx context.Context, r *request) error {
	now := g.clockNow()
	hour := now.In(g.zone).Hour()
	r.agent, r.channel = g.staff.agent(), cases.Phone
	who := r.agent
	wait := g.c.minutes(2, 9)
	if g.c.yes(0.38) || hour < 8 || hour >= 20 {
		r.channel, who = cases.Web, access.System("intake.web")
		if g.c.yes(0.2) {
			r.channel = cases.Chat
		}
		wait = g.inHours(now.Add(g.c.minutes(4, 70)), 8, 20).Sub(now)
	}
	if err := g.openCase(ctx, r, who); err != nil {
		return err
	}
	g.then(r, now.Add(wait), "classify", g.classify)
	if g.c.yes(duplicateShare) {
		g.then(r, now.Add(wait+g.c.minutes(20, 300)), "report twice", g.duplicate)
	}
	return nil
}

// openCase opens the case and nothing more.
func (g *generator) openCase(ctx context.Context, r *request, who access.Actor) error {
	summary, detail := g.words(r)
	c, err := g.Cases.Open(as(ctx, who), cases.OpenInput{
		BrandID: r.machine.Brand, CustomerID: r.client.ID, UnitID: r.machine.ID, Category: r.machine.Category, ServiceType: r.service,
		Channel: r.channel, Summary: summary, Detail: detail, Contact: cases.Contact{Name: r.client.Name, Phone: r.client.Phone}, Place: r.place(),
		Urgency: r.urgency,
	})
	if err != nil {
		return err
	}
	r.caseID = c.ID
	g.counts.Cases++
	return nil
}

// words are the customer's.
func (g *generator) words(r *request) (summary, detail string) {
	cat, _ := g.snap.Category(r.machine.Category)
	thing, _, _ := strings.Cut(cat.NameZh, "(")
	thing, _, _ = strings.Cut(thing, "/")
	switch r.service {
	case "REP", "REREP":
		what, _, _ := strings.Cut(r.symptom.NameZh, "/")
		summary = thing + what
		if r.repeat {
			return "上次修过的" + summary + ",又出现了", "同一个问题,修好没多久又这样,希望尽快派人。"
		}
		return summary, "用户反映" + r.machine.Model.NameZh + "," + what + pick(g.c, []string{",今天早上发现的。", ",断断续续有一周了。", ",重启过没有用。", ",家里有老人,希望尽快。", ",已经影响使用。"})
	case "INST":
		return thing + "到货,预约安装", r.machine.Model.NameZh + "已送到家,请安排上门安装。"
	case "MOVE":
		return thing + "移机", "搬家,需要把" + r.machine.Model.NameZh + "移到新位置。"
	case "CLEAN":
		return thing + "清洗", "想预约清洗" + r.machine.Model.NameZh + "。"
	}
	return thing + "保养", "预约" + r.machine.Model.NameZh + "年度保养。"
}

// classify says what the problem is; some problems end on the phone.
func (g *generator) classify(ctx context.Context, r *request) error {
	if err := g.classifyCase(ctx, r); err != nil {
		return err
	}
	now := g.clockNow()
	if g.onThePhone(r) {
		g.then(r, now.Add(g.c.minutes(6, 28)), "solve on the phone", g.solveRemotely)
		return nil
	}
	g.then(r, now.Add(g.c.minutes(1, 5)), "book", g.bookFirst)
	return nil
}

func (g *generator) classifyCase(ctx context.Context, r *request) error {
	_, err := g.Cases.Classify(as(ctx, r.agent), cases.ClassifyInput{ActInput: cases.ActInput{ID: r.caseID}, Symptom: r.symptom.Code})
	return err
}

// onThePhone tells whether a repair request ends on the phone. Not every symptom can, and which ones come depends on
// the season: those that can do so the more often, so that the share of all stays the same.
func (g *generator) onThePhone(r *request) bool {
	if r.service != "REP" || r.repeat {
		return false
	}
	g.repairs++
	if r.symptom.Remote == catalog.RemoteNo {
		return false
	}
	g.remotable++
	return g.c.yes(min(0.9, remoteShare*float64(g.repairs)/float64(g.remotable)))
}

func (g *generator) solveRemotely(ctx context.Context, r *request) error {
	in := cases.ActInput{ID: r.caseID}
	in.Reason = "solved_by_guidance"
	if g.c.yes(0.3) {
		in.Note = pick(g.c, []string{"电话指导清洗滤网后恢复正常。", "指导用户断电重启并恢复出厂设置,已正常。", "指导调整水压后正常,提醒用户观察两天。"})
	}
	if _, err := g.Cases.SolveRemotely(as(ctx, r.agent), in); err != nil {
		return err
	}
	now := g.clockNow()
	if g.c.yes(0.04) { // it was not solved after all
		g.again(r, now.Add(g.c.between(30*time.Hour, 130*time.Hour)))
	}
	g.then(r, g.inHours(now.Add(g.c.between(16*time.Hour, 44*time.Hour)), 9, 20), "close", g.closeSolved)
	return nil
}

func (g *generator) closeSolved(ctx context.Context, r *request) error {
	in := cases.CloseInput{ActInput: cases.ActInput{ID: r.caseID}}
	in.Reason = "solved_by_guidance"
	_, err := g.Cases.Close(as(ctx, r.agent), in)
	return err
}

// again lets the same fault of the same machine come back.
func (g *generator) again(r *request, at time.Time) {
	g.later(at, func(ctx context.Context) error {
		n := &request{
			service: "REP", machine: r.machine, client: r.client, symptom: r.symptom, urgency: 1, repeat: true, opened: g.clockNow(),
		}
		g.diagnose(n)
		return g.refused(g.open(ctx, n), "open again")
	})
}

// duplicate is the same report a second time, merged into the first.
func (g *generator) duplicate(ctx context.Context, r *request) error {
	first, err := g.Cases.Get(ctx, r.caseID)
	if err != nil || !first.Live() {
		return err
	}
	summary, _ := g.words(r)
	c, err := g.Cases.Open(as(ctx, access.System("intake.web")), cases.OpenInput{
		BrandID: r.machine.Brand, CustomerID: r.client.ID, UnitID: r.machine.ID, Category: r.machine.Category, ServiceType: r.service, Channel: cases.Web,
		Summary: summary, Place: r.place(),
	})
	if err != nil {
		return err
	}
	g.counts.Cases++
	g.then(r, g.clockNow().Add(g.c.minutes(3, 40)), "merge", func(ctx context.Context, r *request) error {
		in := cases.MergeInput{ActInput: cases.ActInput{ID: c.ID}, Into: r.caseID}
		in.Reason = "duplicate"
		_, err := g.Cases.Merge(as(ctx, r.agent), in)
		if first, e := g.Cases.Get(ctx, r.caseID); e == nil && !first.Live() {
			return nil // closed meanwhile: the second report stands on its own
		}
		return err
	})
	return nil
}

// bookFirst makes the order and promises a time, in the call; a partner is asked to take it.
func (g *generator) bookFirst(ctx context.Context, r *request) error {
	req := g.snap.Requirements(r.service, r.machine.Category, "")
	r.need, r.minutes = req.Skills, req.Minutes
	now := g.clockNow()
	earliest := g.earliest(r, now)
	first := g.c.IntN(len(slots))
	for _, o := range g.candidates(r) {
		if b, ok := g.find(o, r.machine.Brand, r.need, r.minutes, earliest, 5, first); ok {
			r.outlet, r.book = o, b
			return g.order(ctx, r)
		}
	}
	// Nobody is free for days: the agent tries again tomorrow.
	g.then(r, now.Add(20*time.Hour), "book", g.bookFirst)
	return nil
}

// earliest is when somebody may come: urgent ones today, a part of the morning's calls too.
func (g *generator) earliest(r *request, now time.Time) time.Time {
	hour := now.In(g.zone).Hour()
	switch {
	case r.urgency == 1 && hour < 15:
		return now.Add(2 * time.Hour)
	case hour < 11 && g.c.yes(0.4):
		return now.Add(3 * time.Hour)
	case r.urgency == 3:
		return g.at(g.today(now)+2, shiftFrom)
	}
	return g.at(g.today(now)+1, shiftFrom)
}

func (g *generator) order(ctx context.Context, r *request) error {
	g.lateness(r)
	g.take(r.book)
	if err := g.makeOrder(ctx, r, g.expires(g.clockNow())); err != nil {
		return err
	}
	now := g.clockNow()
	if g.c.yes(cancelShare) {
		g.then(r, now.Add(g.c.between(time.Hour, max(90*time.Minute, r.book.start.Sub(now)-2*time.Hour))), "cancel", g.cancel)
	}
	if g.c.yes(chaseShare) {
		g.then(r, now.Add(g.c.between(time.Hour, 20*time.Hour)), "chase", g.chase)
	}
	if r.own() {
		g.then(r, g.inHours(now.Add(g.c.minutes(4, 25)), 8, 20), "plan", g.plan)
		return nil
	}
	return g.answerLater(r)
}

// makeOrder opens the order, promises the booked window and asks the outlet unless it is an own one.
func (g *generator) makeOrder(ctx context.Context, r *request, expires time.Time) error {
	number, err := g.Orders.NextNumber(ctx)
	if err != nil {
		return err
	}
	g.counts.Orders++
	return g.tx(as(ctx, r.agent), func(ctx context.Context, tx *db.Tx) error {
		o, err := g.Orders.CreateTx(ctx, tx, number, orders.CreateInput{CaseID: r.caseID, ServiceType: r.service, Symptom: r.symptom.Code, Release: true})
		if err != nil {
			return err
		}
		r.order = o.ID
		if _, err := g.Orders.PromiseTx(ctx, tx, orders.PromiseInput{Order: o.ID, From: r.book.from, To: r.book.to}); err != nil {
			return err
		}
		if r.own() {
			return nil
		}
		_, err = g.Orders.OfferTx(ctx, tx, orders.OfferInput{ActInput: orders.ActInput{ID: o.ID}, OutletID: r.outlet.ID, ExpiresAt: expires})
		return err
	})
}

// expires is until when an outlet may think: two hours of the day.
func (g *generator) expires(now time.Time) time.Time {
	return g.inHours(now.Add(2*time.Hour), 9, 20).Add(time.Minute)
}

func (g *generator) chase(ctx context.Context, r *request) error {
	c, err := g.Cases.Get(ctx, r.caseID)
	if err != nil || !c.Live() {
		return err
	}
	in := cases.ActInput{ID: r.caseID}
	in.Note = pick(g.c, []string{"用户来电催促,希望能提前。", "用户询问工程师几点到。", "用户要求确认上门时间。"})
	_, err = g.Cases.Chase(as(ctx, g.staff.agent()), in)
	return err
}

// cancel is the customer who does not want it any more.
func (g *generator) cancel(ctx context.Context, r *request) error {
	o, err := g.Orders.Get(ctx, r.order)
	if err != nil || o.State == orders.StateWorking || o.CompletedAt != nil || o.State == orders.StateIncomplete || r.visits > 0 {
		return err
	}
	r.version++
	g.drop(r.book)
	in := orders.ActInput{ID: r.order}
	in.Reason = pick(g.c, []string{"customer_withdrew", "bought_elsewhere", "customer_withdrew", "refuses_charge"})
	if _, err := g.Orders.Cancel(as(ctx, r.agent), in); err != nil {
		return err
	}
	if r.rework { // what was done before stays done: the case is talked over instead
		g.then(r, g.inHours(g.clockNow().Add(g.c.minutes(20, 300)), 9, 20), "talk it over", g.talkOver)
		return nil
	}
	back := cases.CancelInput{ActInput: cases.ActInput{ID: r.caseID}}
	back.Reason = in.Reason
	if _, err := g.Cases.Cancel(as(ctx, r.agent), back); err != nil {
		return err
	}
	g.then(r, g.inHours(g.clockNow().Add(g.c.between(4*time.Hour, 8*time.Hour)), 9, 20), "ask why", g.askWhy)
	return nil
}
