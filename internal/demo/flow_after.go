package demo

import (
	"context"
	"errors"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// afterwards notes what follows a finished order: the customer's word, perhaps the fault again.
func (g *generator) afterwards(r *request, repaired bool) {
	now := g.clockNow()
	g.served[r.order] = r
	if repaired && g.c.yes(r.outlet.profile.Repeat) {
		g.again(r, now.Add(g.c.between(36*time.Hour, 24*24*time.Hour)))
	}
	if g.c.yes(linkShare) {
		g.then(r, g.inHours(now.Add(g.c.between(75*time.Minute, 20*time.Hour)), 7, 23), "rate", g.rate)
		return
	}
	due := now.Add(24 * time.Hour)
	if r.service == "INST" || r.service == "MOVE" {
		due = now.Add(2 * time.Hour)
	}
	due = g.inHours(due, 9, 20)
	if due.After(g.end.Add(-8*time.Hour)) && g.c.yes(0.5) {
		return // still waits to be called today
	}
	g.then(r, due.Add(g.c.minutes(5, 170)), "call back", g.callBack)
}

// opinion is what the customer thinks, by the outlet's profile.
func (g *generator) opinion(r *request) callbacks.Class {
	p := r.outlet.profile
	unhappy := p.Unhappy
	if r.book.late > 0 {
		unhappy += 0.25
	}
	switch x := g.c.Float64(); {
	case x < unhappy && r.book.late > 0:
		return 32
	case x < unhappy:
		return pick(g.c, []callbacks.Class{31, 31, 31, 33, 33, 30, 34, 35, 36})
	case x < unhappy+p.Neutral:
		return 20
	case x < 0.3:
		return 11
	}
	return 10
}

// watch remembers which callbacks wait, from what they tell.
func (g *generator) watch() {
	g.due, g.served = map[orders.ID]callbacks.ID{}, map[orders.ID]*request{}
	events.Subscribe(g.bus, "demo.on_callback_due", func(_ context.Context, e callbacks.BecameDue) error {
		switch r := g.served[e.OrderID]; {
		case e.Cause == callbacks.ComplaintEnded: // asked about by somebody who did not handle it
			g.later(g.inHours(e.OccurredAt.Add(g.c.minutes(5, 170)), 9, 20), func(ctx context.Context) error {
				in := callbacks.AnswerInput{ID: callbacks.ID(e.ID), Class: 11, Score: 4, Seconds: int64(g.c.upTo(30, 200))}
				if c, err := g.Callbacks.Get(ctx, in.ID); err != nil || c.EndedAt != nil {
					return err
				}
				_, err := g.Callbacks.Record(as(ctx, g.staff.quality), in)
				return g.refused(err, "ask about a complaint")
			})
		case e.OrderID == "":
		case e.Cause == callbacks.Unhappy:
			if r != nil {
				g.then(r, g.inHours(e.OccurredAt.Add(g.c.minutes(5, 100)), 9, 20), "call the unhappy", g.spotCheck(callbacks.ID(e.ID)))
			}
		case e.Cause == callbacks.RepeatCheck:
			if r != nil {
				g.then(r, g.inHours(e.OccurredAt.Add(g.c.between(time.Hour, 40*time.Hour)), 7, 23), "it lasts", g.lasts(callbacks.ID(e.ID)))
			}
		case e.Cause == callbacks.Audit:
			if r != nil {
				g.then(r, g.inHours(e.OccurredAt.Add(g.c.between(time.Hour, 60*time.Hour)), 9, 20), "spot check", g.spotCheck(callbacks.ID(e.ID)))
			}
		default:
			g.due[e.OrderID] = callbacks.ID(e.ID)
		}
		return nil
	})
}

// scores are what a class looks like in stars.
var scores = map[callbacks.Class]int64{10: 5, 11: 4, 20: 3}

// rate is the customer with the link.
func (g *generator) rate(ctx context.Context, r *request) error {
	id, ok := g.due[r.order]
	if !ok { // not told yet
		g.then(r, g.clockNow().Add(2*time.Hour), "rate", g.callBack)
		return nil
	}
	class := g.opinion(r)
	score, ok := scores[class]
	if !ok {
		score = int64(g.c.upTo(1, 2))
	}
	in := callbacks.AnswerInput{ID: id, Class: class, Score: score, Seconds: int64(g.c.upTo(6, 60))}
	if _, err := g.Callbacks.AnswerByLink(ctx, in); err != nil {
		return err
	}
	g.counts.Callbacks++
	return g.afterAnswer(r, class)
}

// lasts is the customer who says a month later, called or by link, that the machine still works.
func (g *generator) lasts(id callbacks.ID) func(context.Context, *request) error {
	return func(ctx context.Context, r *request) error {
		c, err := g.Callbacks.Get(ctx, id)
		if err != nil || c.EndedAt != nil { // the fault came back, and the case is open again
			return err
		}
		if c.ByCall {
			return g.spotCheck(id)(ctx, r)
		}
		if !g.c.yes(lastsShare) {
			return nil
		}
		_, err = g.Callbacks.AnswerByLink(ctx, callbacks.AnswerInput{ID: id, Score: int64(g.c.upTo(4, 5)), Seconds: int64(g.c.upTo(6, 40))})
		return err
	}
}

// spotCheck is a call about work drawn by lot, or a second one: who was unhappy has said so before.
func (g *generator) spotCheck(id callbacks.ID) func(context.Context, *request) error {
	return func(ctx context.Context, r *request) error {
		if c, err := g.Callbacks.Get(ctx, id); err != nil || c.EndedAt != nil {
			return err
		}
		class, seconds := pick(g.c, []callbacks.Class{10, 10, 10, 11, 11}), g.c.upTo(20, 90)
		if g.c.yes(0.015) {
			class = 20
		}
		if g.c.yes(missedCallShare) {
			class, seconds = 50, 0
		}
		_, err := g.Callbacks.Record(as(ctx, g.staff.agent()), callbacks.AnswerInput{ID: id, Class: class, Score: scores[class], Seconds: int64(seconds)})
		if class == 50 {
			g.then(r, g.inHours(g.clockNow().Add(g.c.between(2*time.Hour, 30*time.Hour)), 9, 20), "call again", g.spotCheck(id))
		}
		return err
	}
}

// callBack is an agent's call to those on the list of calls.
func (g *generator) callBack(ctx context.Context, r *request) error {
	id, ok := g.due[r.order]
	if !ok {
		return nil
	}
	if c, err := g.Callbacks.Get(ctx, id); err != nil || !c.ByCall || c.EndedAt != nil { // the customer said so by link, or the case goes on
		return err
	}
	in := callbacks.AnswerInput{ID: id, Seconds: int64(g.c.upTo(20, 140))}
	if g.c.yes(missedCallShare) {
		in.Class, in.Seconds = pick(g.c, []callbacks.Class{50, 50, 51, 52}), 0
		if _, err := g.Callbacks.Record(as(ctx, g.staff.agent()), in); err != nil {
			return err
		}
		if r.calls++; r.calls < 3 {
			g.then(r, g.inHours(g.clockNow().Add(g.c.between(2*time.Hour, 20*time.Hour)), 9, 20), "call again", g.callBack)
		}
		return nil
	}
	in.Class = g.opinion(r)
	in.Score = scores[in.Class]
	if in.Score == 0 {
		in.Score = int64(g.c.upTo(1, 2))
		in.Note = pick(g.c, []string{"用户表示问题没有彻底解决。", "用户对收费有疑问,要求解释明细。", "用户不满意服务态度。", "用户认为等待时间过长。"})
	}
	if _, err := g.Callbacks.Record(as(ctx, g.staff.agent()), in); err != nil {
		return err
	}
	g.counts.Callbacks++
	return g.afterAnswer(r, in.Class)
}

// afterAnswer follows a bad answer: done again, or talked over, perhaps as a complaint.
func (g *generator) afterAnswer(r *request, class callbacks.Class) error {
	if class < 30 || class >= 50 {
		return nil
	}
	now := g.clockNow()
	if class == 31 {
		g.then(r, g.inHours(now.Add(g.c.minutes(20, 110)), 8, 20), "do it again", g.doAgain)
		return nil
	}
	wait := 2 * time.Hour
	if g.c.yes(complaintShare) {
		g.then(r, g.inHours(now.Add(g.c.minutes(15, 90)), 8, 20), "complain", func(ctx context.Context, r *request) error { return g.complain(ctx, r, class) })
		wait = 110 * time.Hour
	}
	g.then(r, g.inHours(now.Add(wait+g.c.minutes(10, 300)), 9, 20), "talk it over", g.talkOver)
	return nil
}

// doAgain makes a new order in the same case for work that was not done well.
func (g *generator) doAgain(ctx context.Context, r *request) error {
	c, err := g.Cases.Get(ctx, r.caseID)
	if err != nil || c.State != cases.Diagnosing && c.State != cases.Serving && c.State != cases.Open {
		return err
	}
	n := &request{
		service: "REREP", machine: r.machine, client: r.client, symptom: r.symptom, cause: r.cause, action: r.action, urgency: 1, agent: g.staff.agent(),
		caseID: r.caseID, rework: true, repeat: true, opened: g.clockNow(),
	}
	if r.symptom.Code == "" { // what was installed or cleaned: look at it again
		n.service = r.service
	}
	return g.bookFirst(ctx, n)
}

// talkOver ends a case whose customer was not content but needs nothing more done.
func (g *generator) talkOver(ctx context.Context, r *request) error {
	c, err := g.Cases.Get(ctx, r.caseID)
	if err != nil || c.State != cases.Diagnosing {
		return err
	}
	in := cases.ActInput{ID: r.caseID}
	in.Reason, in.Note = "solved", "已向用户致歉并说明处理结果,用户接受。"
	if _, err := g.Cases.SolveRemotely(as(ctx, g.staff.agent()), in); err != nil {
		return err
	}
	if err := g.releaseCharges(ctx, r); err != nil {
		return err
	}
	g.closeWhenEnded(r, 4)
	return nil
}

// closeWhenEnded closes the case once its order is posted and its complaint closed.
func (g *generator) closeWhenEnded(r *request, tries int) {
	g.then(r, g.inHours(g.clockNow().Add(g.c.between(20*time.Hour, 30*time.Hour)), 9, 20), "close", func(ctx context.Context, r *request) error {
		in := cases.CloseInput{ActInput: cases.ActInput{ID: r.caseID}}
		in.Reason = "solved"
		_, err := g.Cases.Close(as(ctx, g.staff.agent()), in)
		if code := problem.CodeOf(err); err != nil && (code == cases.ErrWorkNotEnded || code == cases.ErrOpenChildren) && tries > 0 {
			g.closeWhenEnded(r, tries-1)
			return nil
		}
		if errors.Is(err, cases.ErrState) {
			return nil // closed by the customer's word
		}
		return err
	})
}

// releaseCharges decides that charges which waited for the talk are owed.
func (g *generator) releaseCharges(ctx context.Context, r *request) error {
	list, err := g.Orders.Charges(ctx, g.DB, r.order)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.State != orders.ChargeHeld {
			continue
		}
		if _, err := g.Orders.ReleaseCharge(as(ctx, g.staff.finance), orders.ChargeInput{ActInput: orders.ActInput{ID: r.order}, Charge: c.ID}); err != nil {
			return err
		}
	}
	return nil
}

// askWhy is the call after a cancelled order.
func (g *generator) askWhy(ctx context.Context, r *request) error {
	id, ok := g.due[r.order]
	if !ok {
		return nil
	}
	class := pick(g.c, []callbacks.Class{11, 11, 20, 60})
	_, err := g.Callbacks.Record(as(ctx, g.staff.agent()), callbacks.AnswerInput{ID: id, Class: class, Seconds: int64(g.c.upTo(15, 60))})
	return err
}

// complaintFacts say how grave a complaint is, by what the customer was unhappy with.
func (g *generator) complaintFacts(class callbacks.Class) (cases.ComplaintFacts, catalog.Responsibility, string) {
	switch class {
	case 33:
		return cases.ComplaintFacts{LossMinor: 12000, Contacts: 2}, catalog.ByOutlet, "投诉维修收费与告知不一致"
	case 36:
		return cases.ComplaintFacts{RefusedRight: true, LossMinor: 40000}, catalog.ByEngineer, "投诉施工损坏家中地板"
	case 30:
		return cases.ComplaintFacts{Contacts: 1}, catalog.ByEngineer, "投诉工程师服务态度"
	case 35:
		return cases.ComplaintFacts{Contacts: 2}, catalog.BySupplier, "投诉配件等待时间过长"
	case 34:
		return cases.ComplaintFacts{FailedRepairs: 1, Contacts: 2}, catalog.ByProduct, "投诉产品质量,要求给说法"
	}
	return cases.ComplaintFacts{Contacts: 2}, catalog.ByOutlet, "投诉工程师未按约定时间上门"
}

// complain opens a complaint beside the request and takes it through its stages.
func (g *generator) complain(ctx context.Context, r *request, class callbacks.Class) error {
	facts, blame, words := g.complaintFacts(class)
	now := g.clockNow()
	id, err := g.openComplaint(ctx, r, words)
	if err != nil {
		return err
	}
	stage := func(at time.Time, stages ...cases.Stage) {
		for i, s := range stages {
			g.then(r, at.Add(time.Duration(i)*20*time.Second), "complaint "+string(s), func(ctx context.Context, _ *request) error {
				return g.stage(ctx, id, s)
			})
		}
	}
	t := g.inHours(now.Add(g.c.minutes(8, 45)), 8, 20)
	stage(t, cases.StageAcknowledged)
	t = t.Add(g.c.minutes(10, 60))
	g.then(r, t, "classify complaint", func(ctx context.Context, _ *request) error {
		_, err := g.Cases.Classify(as(ctx, g.staff.agent()), cases.ClassifyInput{ActInput: cases.ActInput{ID: id}, Complaint: &facts})
		return err
	})
	stage(t.Add(g.c.minutes(5, 30)), cases.StageInvestigating)
	t = t.Add(g.c.between(2*time.Hour, 14*time.Hour))
	stage(t, cases.StageProposal)
	t = g.inHours(t.Add(g.c.between(2*time.Hour, 12*time.Hour)), 8, 20)
	stage(t, cases.StageAgreed, cases.StageExecuting)
	t = g.inHours(t.Add(g.c.between(3*time.Hour, 20*time.Hour)), 8, 20)
	stage(t, cases.StageVerified)
	g.then(r, g.inHours(t.Add(g.c.between(time.Hour, 5*time.Hour)), 8, 20), "close complaint", func(ctx context.Context, _ *request) error {
		in := cases.CloseInput{ActInput: cases.ActInput{ID: id}, Responsibility: blame}
		in.Reason = "solved"
		_, err := g.Cases.Close(as(ctx, g.staff.agent()), in)
		return err
	})
	return nil
}

func (g *generator) openComplaint(ctx context.Context, r *request, words string) (cases.ID, error) {
	c, err := g.Cases.Open(as(ctx, g.staff.agent()), cases.OpenInput{
		Type: cases.Complaint, BrandID: r.machine.Brand, CustomerID: r.client.ID, UnitID: r.machine.ID, Category: r.machine.Category, ServiceType: r.service,
		Channel: cases.Phone, Summary: words, Detail: "用户来电," + words + ",要求给出处理方案。", ParentID: r.caseID, Place: r.place(),
		Contact: cases.Contact{Name: r.client.Name, Phone: r.client.Phone},
	})
	g.counts.Cases++
	g.counts.Complaints++
	return c.ID, err
}

func (g *generator) stage(ctx context.Context, id cases.ID, s cases.Stage) error {
	in := cases.StageInput{ActInput: cases.ActInput{ID: id}, Stage: s}
	if s == cases.StageProposal {
		in.Note = "方案:退还差价并由站长上门致歉。"
	}
	_, err := g.Cases.MoveStage(as(ctx, g.staff.agent()), in)
	return err
}
