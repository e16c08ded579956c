package maintenance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases/casestest"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/orders/orderstest"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

func day(y int, m time.Month, d int) *calendar.Date { return new(calendar.NewDate(y, m, d)) }

func plan() Plan {
	return Plan{
		Kind: RecallVoluntary, Title: Text{"燃气阀泄漏召回", "Gas valve recall"}, Hazard: Text{"燃气阀可能泄漏", "The gas valve may leak"}, Remedy: Text{"上门更换燃气阀", "replacement of the gas valve at home"},
		StopUse: true, StopSale: true, ServiceType: "RECALL", Conditions: units.Affected{Serials: []units.SerialRange{{From: "GW24030001", To: "GW24039999"}}}, Reminders: []int{7, 14},
	}
}

// draft writes a campaign as the quality manager.
func (f *fixture) draft(change ...func(*Plan)) Campaign {
	f.T.Helper()
	p := plan()
	for _, c := range change {
		c(&p)
	}
	c, err := f.m.Create(f.As(access.RoleQuality, "/"), CreateInput{Brand: f.One, Plan: p, Dates: Dates{Found: day(2026, 11, 9)}})
	if err != nil {
		f.T.Fatalf("Create: %v", err)
	}
	return c
}

// started is a campaign whose units were looked for.
func (f *fixture) started(change ...func(*Plan)) Campaign {
	f.T.Helper()
	c := f.draft(change...)
	_, err := f.m.Approve(f.As(access.RoleHead, "/"), ApproveInput{ActInput: ActInput{ID: c.ID}})
	f.Must(err)
	c, err = f.m.Start(f.As(access.RoleQuality, "/"), ActInput{ID: c.ID})
	f.Must(err)
	f.look(c)
	c, err = f.m.Get(f.Ctx, c.ID)
	f.Must(err)
	return c
}

func (f *fixture) look(c Campaign) {
	f.T.Helper()
	f.Must(f.m.runSearch(access.With(f.T.Context(), access.System("jobs")), SearchArgs{c.ID, c.Task}))
}

func (f *fixture) row(c Campaign, id units.ID) Unit {
	f.T.Helper()
	list, err := f.m.ListUnits(f.Ctx, UnitFilter{Campaign: c.ID, Unit: id, Limit: 2})
	f.Must(err)
	if len(list) != 1 {
		f.T.Fatalf("%d rows of unit %s, want 1", len(list), id)
	}
	return list[0]
}

func (f *fixture) want(c Campaign, id units.ID, state UnitState, marked bool) Unit {
	f.T.Helper()
	u := f.row(c, id)
	unit, err := f.Units.Get(f.Ctx, f.DB, id)
	f.Must(err)
	if u.State != state || slices.Contains(unit.Marks, "recall") != marked {
		f.T.Errorf("unit is %s (%s) with marks %v, want %s, marked %v", u.State, u.Reason, unit.Marks, state, marked)
	}
	return u
}

// done has Li complete an order at the customer's.
func (f *fixture) done(id orders.ID, serial string, outcome orders.Outcome) {
	f.T.Helper()
	_, err := f.Offer(f.Ctx, orders.OfferInput{ActInput: orderstest.In(id), OutletID: f.Hz.ID})
	f.Must(err)
	_, err = f.Accept(f.As(access.RoleOutletManager, f.Hz.Path), orderstest.In(id))
	f.Must(err)
	v := f.OnSite(id)
	_, err = f.FinishVisit(f.Engineer(f.Li), orders.FinishInput{FieldInput: orderstest.Field(v), Results: []orders.OrderResult{{Order: id, Outcome: outcome, Proof: f.Proof("RECALL", "user-li", serial)}}})
	if err != nil {
		f.T.Fatalf("FinishVisit: %v", err)
	}
}

// drain delivers all that is published: a last event of its own tells when all before it has come.
func (f *fixture) drain() {
	f.T.Helper()
	f.drained++
	last := fmt.Sprintf("last-%d", f.drained)
	f.Must(db.InTx0(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) error {
		return events.Publish(ctx, tx, ClosedEvent{Fact{Head: events.Head{ID: last, Version: 1, OccurredAt: tx.Now()}}})
	}))
	dbtest.Until(f.T, "the events arrive", func() bool {
		f.Must(f.bus.Drain(f.T.Context()))
		return f.heard[last]
	})
}

// From the draft to the certificate in the unit's life.
func TestRecall(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		other, old := f.newUnit("GW24040001", f.Customer.ID), f.newUnit("GW24030002", "")
		c := f.draft()
		if !strings.HasPrefix(c.Number, "M2611-") || c.State != Draft {
			t.Errorf("campaign = %s %s", c.Number, c.State)
		}
		n, err := f.m.Preview(f.Ctx, f.One, c.Conditions)
		if err != nil || n.Total != 2 || n.NoOwner != 1 {
			t.Fatalf("Preview = %+v, %v; want 2, one without owner", n, err)
		}
		// The second person.
		approve := func(ctx context.Context, count int64) error {
			_, err := f.m.Approve(ctx, ApproveInput{ActInput: ActInput{ID: c.ID}, Count: &count})
			return err
		}
		writer := access.From(f.As(access.RoleQuality, "/"))
		writer.Permissions = access.Set{"*": true}
		if err := approve(access.With(t.Context(), writer), 2); !problem.Match(err, ErrSamePerson) {
			t.Errorf("approve by the writer = %v, want %v", err, ErrSamePerson)
		}
		if err := approve(f.As(access.RoleHead, "/"), 7); !problem.Match(err, ErrCounted) {
			t.Errorf("approve with another count = %v, want %v", err, ErrCounted)
		}
		if _, err := f.m.Start(f.Ctx, ActInput{ID: c.ID}); !problem.Match(err, ErrState) {
			t.Errorf("start of a draft = %v, want %v", err, ErrState)
		}
		f.Must(approve(f.As(access.RoleHead, "/"), 2))
		start := ActInput{ID: c.ID, Act: access.Act{OperationID: "op-1"}}
		c, err = f.m.Start(f.As(access.RoleQuality, "/"), start)
		f.Must(err)
		if again, err := f.m.Start(f.As(access.RoleQuality, "/"), start); err != nil || again.Task != c.Task {
			t.Errorf("start again = %v, %v", again.Task, err)
		}
		f.look(c)
		f.look(c) // a job may run twice
		f.want(c, f.Unit.ID, Found, true)
		if u := f.want(c, old.ID, Found, true); u.Reach != ReachNobody || u.NextAt != nil {
			t.Errorf("unit without an owner: reach %q, next %v", u.Reach, u.NextAt)
		}
		if list, err := f.m.OfUnit(f.Ctx, other.ID); err != nil || len(list) != 0 {
			t.Errorf("campaigns of a unit outside = %v, %v", list, err)
		}
		if c, err = f.m.Get(f.Ctx, c.ID); err != nil || c.Search != SearchDone {
			t.Errorf("search = %s, %v", c.Search, err)
		}
		if got := f.Topics("campaign", string(c.ID)); !slices.Equal(got, []string{"recall.approved.v1", "recall.started.v1"}) {
			t.Errorf("events = %v", got)
		}

		// Told, with proof.
		f.Must(f.m.SendNotices(f.Ctx))
		f.Must(f.m.SendNotices(f.Ctx))
		u := f.want(c, f.Unit.ID, Notified, true)
		proof, err := f.m.NoticesOf(f.Ctx, u.ID)
		if err != nil || len(proof) != 1 || proof[0].State != "queued" {
			t.Fatalf("proof = %+v, %v; want one queued", proof, err)
		}
		f.Must(f.m.ReadProof(f.Ctx))
		proof, err = f.m.NoticesOf(f.Ctx, u.ID)
		if err != nil || proof[0].Channel != "sms" {
			t.Errorf("proof = %+v, %v; want the channel", proof, err)
		}
		sent, err := f.Notify.OfRecord(f.Ctx, d, UnitRecord, string(u.ID))
		if err != nil || len(sent) != 1 || sent[0].Template != "T14" || !strings.Contains(sent[0].MaskedText, "JSQ-16") || !strings.Contains(sent[0].MaskedText, "上门更换燃气阀") {
			t.Errorf("message = %+v, %v", sent, err)
		}

		// The customer asks for a visit by the link.
		links, err := f.Identity.Links(f.Ctx, d, UnitRecord, string(u.ID))
		if err != nil || len(links) != 1 || links[0].Purpose != LinkPurpose {
			t.Fatalf("links = %+v, %v", links, err)
		}
		if page, err := f.m.AskedBy(f.Ctx, u.ID); err != nil || !page.CanAsk || page.Place == "" || strings.Contains(page.Place, casestest.Door) {
			t.Errorf("page = %+v, %v", page, err)
		}
		u, err = f.m.AskVisitByLink(f.Ctx, VisitInput{ID: u.ID, Phone: casestest.Other})
		f.Must(err)
		if again, err := f.m.AskVisitByLink(f.Ctx, VisitInput{ID: u.ID}); err != nil || again.Order != u.Order {
			t.Errorf("asked twice = %+v, %v", again, err)
		}
		o, err := f.Find(f.Ctx, d, u.Order)
		if err != nil || o.ServiceType != "RECALL" || o.State != orders.StateReady || o.Payer != catalog.PayBrand || o.UnitID != f.Unit.ID || o.CustomerID != f.Customer.ID {
			t.Fatalf("order = %+v, %v", o, err)
		}
		f.want(c, f.Unit.ID, Appointment, true)

		// Remedied free of charge, by the campaign.
		f.done(o.ID, "GW24030001", orders.OutcomeFixed)
		f.drain()
		u = f.want(c, f.Unit.ID, Remedied, false)
		if u.Reference != o.Number || u.OutletPath != f.Hz.Path {
			t.Errorf("row = %+v, want the order's number and outlet", u)
		}
		charges, err := f.Charges(f.Ctx, d, o.ID)
		if err != nil || len(charges) == 0 {
			t.Fatalf("charges = %v, %v", charges, err)
		}
		for _, ch := range charges {
			if ch.Payer != catalog.PayBrand || !slices.ContainsFunc(ch.Why, hasCode("entitlement.campaign")) {
				t.Errorf("charge %s is paid by %s because of %v, want the brand by the campaign", ch.Kind, ch.Payer, ch.Why)
			}
		}
		life, err := f.Units.Timeline(f.Ctx, units.TimelineInput{ID: f.Unit.ID, Limit: 50})
		if err != nil || !slices.ContainsFunc(life, func(e units.Entry) bool { return e.Kind == "campaign_remedied" && e.RefID == string(c.ID) }) {
			t.Errorf("life = %+v, %v; want the campaign in it", life, err)
		}
		p, err := f.m.Progress(f.Ctx, c.ID)
		if err != nil || p.Total != 2 || p.Units[Remedied] != 1 || p.Rate != 5000 || len(p.Weeks) != 1 || p.Weeks[0].Week != *day(2026, 11, 23) || len(p.Models) != 1 || p.Reach["no_owner"] != 1 ||
			!slices.ContainsFunc(p.Outlets, func(r ProgressRow) bool { return r.Key == f.Hz.Path && r.Remedied == 1 }) {
			t.Errorf("progress = %+v, %v", p, err)
		}

		// The end: the other unit is open.
		if _, err := f.m.Close(f.Ctx, ActInput{ID: c.ID}); !problem.Match(err, ErrOpenUnits) {
			t.Errorf("close = %v, want %v", err, ErrOpenUnits)
		}
		_, err = f.m.Close(f.Ctx, ActInput{ID: c.ID, Act: access.Act{Reason: "recall_plan_fulfilled"}})
		f.Must(err)
		f.want(c, old.ID, Found, true)

		// No personal data in the clear.
		rows, err := db.List(f.Ctx, d, db.ScanString, `SELECT reach || reason || reference || region || found_by FROM maintenance_unit
			UNION ALL SELECT channel || message_id || reason FROM maintenance_notice UNION ALL SELECT CAST(body AS TEXT) FROM maintenance_campaign`)
		f.Must(err)
		for _, r := range rows {
			for _, secret := range []string{casestest.Phone, casestest.Other, casestest.Name, casestest.Door} {
				if strings.Contains(r, secret) {
					t.Errorf("a row holds %s: %s", secret, r)
				}
			}
		}
	})
}

// What becomes of units that are recorded later, corrected, sold, replaced; and of orders that come to nothing.
func TestUnitsMove(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.started()
		f.drain()
		late := f.newUnit("GW24031000", f.Customer.ID)
		free := f.newUnit("GW24041000", f.Customer.ID)
		f.drain()
		if u := f.want(c, late.ID, Found, true); u.FoundBy != "event" {
			t.Errorf("found by %s, want an event", u.FoundBy)
		}
		serial := func(id units.ID, s string) {
			t.Helper()
			u, err := f.Units.Get(f.Ctx, d, id)
			f.Must(err)
			_, err = f.Units.Edit(f.Ctx, units.EditInput{ID: id, Version: u.Version, Serial: &s})
			f.Must(err)
			f.drain()
		}
		serial(free.ID, "GW24032000") // it was read wrongly
		f.want(c, free.ID, Found, true)
		serial(free.ID, "GW24052000")
		f.want(c, free.ID, Exempt, false)
		serial(free.ID, "GW24032001")
		f.want(c, free.ID, Found, true)

		// Gone and back with a new owner.
		agent := f.As(access.RoleAgent, "/")
		move := func(id units.ID, how, reason string) error {
			_, err := f.m.MoveUnit(agent, UnitAct{ID: f.row(c, id).ID, How: how, Act: access.Act{Reason: reason}})
			return err
		}
		if err := move(late.ID, "lost", "not_a_reason"); err == nil {
			t.Error("lost without a reason of the list was taken")
		}
		f.Must(move(late.ID, "lost", "recall_given_away"))
		f.want(c, late.ID, Gone, true)
		buyer := f.person("新主人", "13700000001", "")
		_, err := f.Units.ChangeOwner(f.Ctx, units.OwnerInput{ID: late.ID, Owner: buyer.ID})
		f.Must(err)
		f.drain()
		if u := f.want(c, late.ID, Found, true); u.NextAt == nil {
			t.Error("the new owner is not told")
		}
		if err := move(late.ID, "remedy", "recall_refunded"); err != nil {
			t.Errorf("remedy by hand = %v", err)
		}
		f.want(c, late.ID, Remedied, false)
		if err := move(late.ID, "refuse", "customer_refuses_recall"); !problem.Match(err, ErrState) {
			t.Errorf("refusal of a remedied unit = %v, want %v", err, ErrState)
		}

		// An order that is cancelled, and one that is refused on site.
		u, err := f.m.AskVisit(agent, VisitInput{ID: f.row(c, f.Unit.ID).ID})
		f.Must(err)
		if err := move(f.Unit.ID, "exempt", "recall_wrong_range"); !problem.Match(err, ErrHasOrder) {
			t.Errorf("exempt with an order = %v, want %v", err, ErrHasOrder)
		}
		_, err = f.Cancel(f.Ctx, orderstest.In(u.Order, "customer_withdrew"))
		f.Must(err)
		f.drain()
		if u := f.want(c, f.Unit.ID, Notified, true); u.Order != "" || u.NextAt == nil {
			t.Errorf("after a cancelled order: %+v", u)
		}
		u, err = f.m.AskVisit(agent, VisitInput{ID: u.ID})
		f.Must(err)
		f.done(u.Order, "GW24030001", orders.OutcomeDeclined)
		f.drain()
		f.want(c, f.Unit.ID, Refused, true)
		// An order opened by hand for recall work is the campaign's.
		u, err = f.m.AskVisit(agent, VisitInput{ID: u.ID})
		f.Must(err)
		f.want(c, f.Unit.ID, Appointment, true)

		// Replaced: nobody's any more, and not to be sold.
		twin := f.newUnit("NEW0001", f.Customer.ID)
		_, err = f.Units.Replace(f.Ctx, units.ReplaceInput{ID: free.ID, By: twin.ID})
		f.Must(err)
		f.drain()
		f.want(c, free.ID, Gone, true)
		if err := f.Units.MaySell(f.Ctx, d, free.ID); !problem.Match(err, units.ErrStopSale) {
			t.Errorf("MaySell = %v, want %v", err, units.ErrStopSale)
		}
	})
}

// Reminders by both channels, letters, and the end of trying.
func TestNotices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		silent := f.person("=HYPERLINK(1)", "", "")
		paper := f.newUnit("GW24030003", silent.ID)
		c := f.started()
		f.Must(f.m.SendNotices(f.Ctx))
		if u := f.want(c, paper.ID, Found, true); u.Reach != ReachLetter {
			t.Errorf("reach = %q, want a letter", u.Reach)
		}
		for range 3 {
			f.Advance(15 * 24 * time.Hour)
			f.Must(f.m.SendNotices(f.Ctx))
		}
		u := f.want(c, f.Unit.ID, Unreachable, true)
		if u.Notices != 3 {
			t.Errorf("%d notices, want the first and two reminders", u.Notices)
		}
		calls, err := f.m.ListUnits(f.Ctx, UnitFilter{Campaign: c.ID, Calls: true, Limit: 9})
		if err != nil || len(calls) != 1 || calls[0].ID != u.ID {
			t.Errorf("calls = %+v, %v", calls, err)
		}
		_, err = f.m.Call(f.As(access.RoleAgent, "/"), CallInput{ID: u.ID})
		f.Must(err)
		if u, err = f.m.Call(f.As(access.RoleAgent, "/"), CallInput{ID: u.ID, Reached: true}); err != nil || u.State != Notified || u.Calls != 2 {
			t.Errorf("after calls: %+v, %v", u, err)
		}
		if _, err := f.m.PrintLetters(f.As(access.RoleAgent, "/"), ActInput{ID: c.ID}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("letters by an agent = %v, want %v", err, problem.ErrForbidden)
		}
		l, err := f.m.PrintLetters(f.As(access.RoleQuality, "/"), ActInput{ID: c.ID})
		if err != nil || l.Count != 1 || !strings.Contains(string(l.CSV), "'=HYPERLINK(1)") || !strings.Contains(string(l.CSV), casestest.Door) {
			t.Errorf("letters = %d, %v\n%s", l.Count, err, l.CSV)
		}
		if u := f.want(c, paper.ID, Notified, true); u.Reach != ReachPosted {
			t.Errorf("reach = %q, want posted", u.Reach)
		}
		if l, err := f.m.PrintLetters(f.As(access.RoleQuality, "/"), ActInput{ID: c.ID}); err != nil || l.Count != 0 {
			t.Errorf("letters again = %d, %v", l.Count, err)
		}
	})
}

// A notice that reaches nobody is no notice: the unit is found again, and its letter is on the list.
func TestNoticeFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.m.Notify = notify.New(d, f.Keys, notify.Options{}) // no channel is set up
		both := f.newUnit("GW24030009", f.person("两全", "13700000009", "both@example.com").ID)
		c := f.started()
		f.Must(f.m.SendNotices(f.Ctx))
		f.want(c, f.Unit.ID, Notified, true)
		f.Must(f.m.ReadProof(f.Ctx))
		if u := f.want(c, f.Unit.ID, Found, true); u.Reach != ReachLetter || u.NextAt != nil || u.Notices != 1 {
			t.Errorf("after a notice that did not go: %+v", u)
		}
		if u := f.want(c, both.ID, Notified, true); u.NextAt == nil || u.NextAt.After(d.Now()) {
			t.Errorf("the other channel is not tried: %+v", u)
		}
		f.Advance(time.Minute)
		f.Must(f.m.SendNotices(f.Ctx))
		f.Must(f.m.ReadProof(f.Ctx))
		u := f.want(c, both.ID, Found, true)
		proof, err := f.m.NoticesOf(f.Ctx, u.ID)
		if err != nil || len(proof) != 2 || proof[0].Channel != "sms" || proof[1].Channel != "email" || proof[1].State != "suppressed" || proof[1].Reason != notify.ReasonNoChannel || u.Reach != ReachLetter {
			t.Errorf("proof = %+v, %v, reach %q; want both channels and a letter", proof, err, u.Reach)
		}
		p, err := f.m.Progress(f.Ctx, c.ID)
		if err != nil || p.Notices["suppressed"] != 3 || p.Reach["letter"] != 2 {
			t.Errorf("progress = %+v, %v", p, err)
		}
	})
}

// What was called off marks nothing any more.
func TestCancelTakesMarksBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for i := range 5 {
			f.newUnit(fmt.Sprintf("GW2403100%d", i), f.Customer.ID)
		}
		c := f.started()
		second := f.started(func(p *Plan) { p.Kind, p.StopSale, p.ServiceType = ServiceAction, false, "REP" })
		if _, err := f.m.Cancel(f.Ctx, ActInput{ID: c.ID}); err == nil {
			t.Error("cancelled without a reason")
		}
		c, err := f.m.Cancel(f.Ctx, ActInput{ID: c.ID, Act: access.Act{Reason: "recall_wrong_range"}})
		f.Must(err)
		f.look(c)
		f.want(c, f.Unit.ID, Exempt, false)
		if u, err := f.Units.Get(f.Ctx, d, f.Unit.ID); err != nil || !slices.Equal(u.Marks, []string{"service_action"}) {
			t.Errorf("marks = %v, %v; want the other campaign's", u.Marks, err)
		}
		if c, err = f.m.Get(f.Ctx, c.ID); err != nil || c.Search != SearchReleased {
			t.Errorf("search = %s, %v", c.Search, err)
		}
		if list, err := f.m.OfUnit(f.Ctx, f.Unit.ID); err != nil || len(list) != 1 || list[0].Campaign.ID != second.ID {
			t.Errorf("campaigns of the unit = %v, %v", list, err)
		}
		// Units that another campaign has remedied can be left out.
		row := f.row(second, f.Unit.ID)
		_, err = f.m.MoveUnit(f.As(access.RoleAgent, "/"), UnitAct{ID: row.ID, How: "remedy", Act: access.Act{Reason: "recall_refunded"}})
		f.Must(err)
		third := f.started(func(p *Plan) { p.Excluding = []ID{second.ID} })
		if list, err := f.m.ListUnits(f.Ctx, UnitFilter{Campaign: third.ID, Limit: 50}); err != nil || len(list) != 5 {
			t.Errorf("%d units without the remedied one, %v; want 5", len(list), err)
		}
	})
}

func TestSearchStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.draft()
		_, err := f.m.Approve(f.As(access.RoleHead, "/"), ApproveInput{ActInput: ActInput{ID: c.ID}})
		f.Must(err)
		boss := f.As(access.RoleQuality, "/")
		c, err = f.m.Start(boss, ActInput{ID: c.ID})
		f.Must(err)
		_, err = f.m.Tasks.Cancel(boss, c.Task)
		f.Must(err)
		f.look(c)
		if c, err = f.m.Get(f.Ctx, c.ID); err != nil || c.Search != SearchStopped {
			t.Fatalf("search = %s, %v; want stopped", c.Search, err)
		}
		if _, err := f.m.Close(f.Ctx, ActInput{ID: c.ID}); !problem.Match(err, ErrSearching) {
			t.Errorf("close = %v, want %v", err, ErrSearching)
		}
		c, err = f.m.GoOn(boss, ActInput{ID: c.ID})
		f.Must(err)
		f.look(c)
		if c, err = f.m.Get(f.Ctx, c.ID); err != nil || c.Search != SearchDone {
			t.Errorf("search = %s, %v; want done", c.Search, err)
		}
		if _, err = f.m.GoOn(boss, ActInput{ID: c.ID}); !problem.Match(err, ErrSearched) {
			t.Errorf("go on = %v, want %v", err, ErrSearched)
		}
	})
}

// A second brand and an outlet see nothing that is not theirs.
func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.started()
		row := f.row(c, f.Unit.ID)
		for name, ctx := range map[string]context.Context{
			"another brand": f.As(access.RoleHead, "/", f.Two), "an outlet": f.As(access.RoleOutletManager, f.Sh.Path),
		} {
			if list, err := f.m.List(ctx, Filter{Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("%s lists %v, %v", name, list, err)
			}
			if _, err := f.m.Get(ctx, c.ID); !problem.Match(err, ErrNotFound) {
				t.Errorf("%s reads the campaign: %v", name, err)
			}
			if _, err := f.m.Progress(ctx, c.ID); !problem.Match(err, ErrNotFound) {
				t.Errorf("%s reads the progress: %v", name, err)
			}
			if list, err := f.m.ListUnits(ctx, UnitFilter{Campaign: c.ID, Limit: 10}); len(list) != 0 || err != nil && !problem.Match(err, ErrNotFound) {
				t.Errorf("%s lists units %v, %v", name, list, err)
			}
			if _, err := f.m.GetUnit(ctx, row.ID); !problem.Match(err, ErrNoUnit) {
				t.Errorf("%s reads a unit: %v", name, err)
			}
			if list, err := f.m.Stops(ctx, units.StoppedFilter{Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("%s lists stops %v, %v", name, list, err)
			}
			if _, err := f.m.OfUnit(ctx, f.Unit.ID); !problem.Match(err, problem.ErrNotFound) {
				t.Errorf("%s reads the unit's campaigns: %v", name, err)
			}
		}
		if _, err := f.m.Create(f.As(access.RoleAdmin, f.Hz.Path), CreateInput{Brand: f.One, Plan: plan()}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an outlet drafts a campaign: %v", err)
		}
		// The outlet that has the order sees the unit's row.
		u, err := f.m.AskVisit(f.As(access.RoleAgent, "/"), VisitInput{ID: row.ID})
		f.Must(err)
		_, err = f.Offer(f.Ctx, orders.OfferInput{ActInput: orderstest.In(u.Order), OutletID: f.Hz.ID})
		f.Must(err)
		_, err = f.Accept(f.As(access.RoleOutletManager, f.Hz.Path), orderstest.In(u.Order))
		f.Must(err)
		f.drain()
		if list, err := f.m.ListUnits(f.As(access.RoleOutletManager, f.Hz.Path), UnitFilter{Campaign: c.ID, Limit: 10}); err != nil || len(list) != 1 {
			t.Errorf("the outlet with the order lists %v, %v; want its row", list, err)
		}
	})
}

func TestStopSale(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.started()
		seller := f.As(access.RoleIntegrator, "/", f.One)
		for serial, want := range map[string]Sale{
			"gw-2403-0001": {Verdict: "stop", Known: true}, "GW24035555": {Verdict: "stop"}, "GW24045555": {Verdict: "free"}, "GW2403555": {Verdict: "free"},
		} {
			got, err := f.m.MayBeSold(seller, f.One, serial)
			if err != nil || got.Verdict != want.Verdict || got.Known != want.Known || (got.Verdict == "stop") != (len(got.Campaigns) == 1 && got.Campaigns[0].Number == c.Number) {
				t.Errorf("MayBeSold(%s) = %+v, %v; want %+v", serial, got, err, want)
			}
		}
		if err := f.m.MayGive(f.Ctx, d, f.One, "GW24035555"); !problem.Match(err, units.ErrStopSale) {
			t.Errorf("MayGive = %v, want %v", err, units.ErrStopSale)
		}
		if list, err := f.m.Stops(seller, units.StoppedFilter{Limit: 10}); err != nil || len(list) != 1 || list[0].Ref != string(c.ID) {
			t.Errorf("Stops = %+v, %v", list, err)
		}
		if _, err := f.m.MayBeSold(seller, f.Two, "GW24030001"); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("another brand = %v", err)
		}
		if _, err := f.m.MayBeSold(f.As(access.RoleEngineer, "/"), f.One, "GW24030001"); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an engineer = %v", err)
		}
	})
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		tomorrow := calendar.DateOf(d.Now(), f.m.Zone) + 1
		for _, tt := range []struct {
			name, field string
			change      func(in *CreateInput)
		}{
			{"unknown brand", "brand_id", func(in *CreateInput) { in.Brand = "x" }},
			{"kind", "kind", func(in *CreateInput) { in.Plan.Kind = "rumour" }},
			{"no title", "title", func(in *CreateInput) { in.Plan.Title = Text{" ", ""} }},
			{"long title", "title.zh", func(in *CreateInput) { in.Plan.Title.Zh = strings.Repeat("长", 101) }},
			{"control characters", "hazard.en", func(in *CreateInput) { in.Plan.Hazard.En = "a\x00b" }},
			{"service type", "service_type", func(in *CreateInput) { in.Plan.ServiceType = "NOPE" }},
			{"reminder of no day", "reminders[0]", func(in *CreateInput) { in.Plan.Reminders = []int{0} }},
			{"part", "parts[0].part_id", func(in *CreateInput) { in.Plan.Parts = []NeededPart{{"nope", 1}} }},
			{"no part", "parts[0].quantity", func(in *CreateInput) { in.Plan.Parts = []NeededPart{{f.Board.ID, 0}} }},
			{"whole brand", "conditions", func(in *CreateInput) { in.Plan.Conditions = units.Affected{} }},
			{"reversed range", "conditions.serials[0]", func(in *CreateInput) {
				in.Plan.Conditions.Serials = []units.SerialRange{{From: "GW24039999", To: "GW24030001"}}
			}},
			{"excluded campaign", "excluding[0]", func(in *CreateInput) { in.Plan.Excluding = []ID{"nope"} }},
			{"found tomorrow", "dates.found", func(in *CreateInput) { in.Dates.Found = &tomorrow }},
			{"reported before found", "dates.reported", func(in *CreateInput) { in.Dates = Dates{Found: day(2026, 11, 9), Reported: day(2026, 11, 2)} }},
		} {
			in := CreateInput{Brand: f.One, Plan: plan()}
			tt.change(&in)
			_, err := f.m.Create(f.Ctx, in)
			var p *problem.Error
			if !errors.As(err, &p) || len(p.Fields) == 0 || p.Fields[0].Field != tt.field {
				t.Errorf("%s: %v, want the field %s", tt.name, err, tt.field)
			}
		}
		head := f.As(access.RoleHead, "/")
		c := f.draft(func(p *Plan) { p.Remedy.En = "" })
		if _, err := f.m.Approve(head, ApproveInput{ActInput: ActInput{ID: c.ID}}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("approve without English = %v", err)
		}
		c = f.draft(func(p *Plan) { p.Conditions.Serials = []units.SerialRange{{Prefix: "ZZZZ"}} })
		if _, err := f.m.Approve(head, ApproveInput{ActInput: ActInput{ID: c.ID}}); !problem.Match(err, ErrNobody) {
			t.Errorf("approve of nothing = %v, want %v", err, ErrNobody)
		}
		if _, err := f.m.Edit(f.Ctx, EditInput{ID: c.ID, Version: 99, Plan: plan()}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("stale edit = %v", err)
		}
		far := f.newUnit("GW24038888", f.person("无址", "13700000002", "").ID)
		_ = far
		started := f.started()
		homeless := f.newUnit("GW24037777", "")
		f.Must(f.m.Catch(f.Ctx, homeless.ID))
		if _, err := f.m.AskVisit(f.Ctx, VisitInput{ID: f.row(started, homeless.ID).ID}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("visit to nowhere = %v", err)
		}
		if _, err := f.m.AskVisit(f.Ctx, VisitInput{ID: f.row(started, homeless.ID).ID, Address: "浙江省杭州市西湖区文三路1号2幢301室", Phone: "12"}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("visit with a bad number = %v", err)
		}
		u, err := f.m.AskVisit(f.Ctx, VisitInput{ID: f.row(started, homeless.ID).ID, Address: "浙江省杭州市西湖区文三路1号2幢301室", Phone: casestest.Other})
		if err != nil || u.State != Appointment {
			t.Errorf("visit of somebody new = %+v, %v", u, err)
		}
		if _, err := f.m.AskVisit(f.Ctx, VisitInput{ID: f.row(started, f.Unit.ID).ID, Order: u.Order}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("another unit's order = %v", err)
		}
	})
}

// The days of the law: working days with the holidays of October 2026.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("CST", 8*3600)
	s := New(Deps{Zone: time.UTC})
	begun, ended := time.Date(2026, 10, 20, 2, 0, 0, 0, time.UTC), time.Date(2027, 2, 1, 2, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		c     Campaign
		today *calendar.Date
		want  []string
	}{
		{"learnt before the holidays", Campaign{Plan: Plan{Kind: RecallVoluntary}, Dates: Dates{Learnt: day(2026, 9, 30)}}, day(2026, 10, 8), []string{"C2 2026-10-09 open"}},
		{
			"found, reported in time, published late",
			Campaign{Plan: Plan{Kind: RecallVoluntary}, Dates: Dates{Found: day(2026, 11, 9), Stopped: day(2026, 11, 9), Reported: day(2026, 11, 16), Published: day(2026, 11, 20)}},
			day(2026, 11, 23),
			[]string{"C3 2026-11-09 done", "C4 2026-11-23 done", "C5 2026-11-19 late"},
		},
		{"not reported", Campaign{Plan: Plan{Kind: RecallVoluntary}, Dates: Dates{Found: day(2026, 11, 2)}}, day(2026, 11, 23), []string{"C3 2026-11-02 overdue", "C4 2026-11-16 overdue"}},
		{"ordered", Campaign{Plan: Plan{Kind: RecallOrdered}, Dates: Dates{Ordered: day(2026, 11, 2)}}, day(2026, 11, 23), []string{"C8 2026-11-16 lapsed"}},
		{"interim", Campaign{Plan: Plan{Kind: RecallVoluntary}, State: Started, StartedAt: &begun}, day(2026, 11, 23), []string{"C6 2027-01-20 open"}},
		{
			"ended",
			Campaign{Plan: Plan{Kind: RecallVoluntary}, State: Closed, StartedAt: &begun, EndedAt: &ended, Dates: Dates{Interim: []calendar.Date{*day(2027, 1, 10)}}},
			day(2027, 2, 2),
			[]string{"C6 2027-01-20 done", "C6F 2027-02-24 open"}, // 5 and 8 February are holidays of the spring festival
		},
		{"no recall", Campaign{Plan: Plan{Kind: Software}, Dates: Dates{Found: day(2026, 11, 2)}, State: Started, StartedAt: &begun}, day(2026, 11, 23), nil},
	} {
		var got []string
		for _, d := range tt.c.Deadlines(s.cal, zone, *tt.today) {
			got = append(got, d.Rule+" "+d.Due.String()+" "+d.State)
			if !d.Unverified || d.Source == "" {
				t.Errorf("%s: %+v hides where it comes from", tt.name, d)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func hasCode(code string) func(reason.Reason) bool {
	return func(r reason.Reason) bool { return r.Code == code }
}
