package clocks_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// noon is a Monday, 12:00 in Shanghai, far from holidays.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

type fixture struct {
	*clocks.Service
	t       *testing.T
	d       *db.DB
	ctx     context.Context
	advance func(time.Duration)
}

func newFixture(t *testing.T, d *db.DB, options ...clocks.Option) *fixture {
	t.Helper()
	f := &fixture{Service: clocks.New(d, options...), t: t, d: d, advance: dbtest.Clock(d, noon)}
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"*": true}, Scope: access.Everything})
	if err := f.Seed(f.ctx); err != nil {
		t.Fatalf("seed: %v", err)
	}
	return f
}

// do runs acts in one transaction.
func (f *fixture) do(acts ...func(ctx context.Context, tx *db.Tx) error) {
	f.t.Helper()
	if err := f.try(acts...); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) try(acts ...func(ctx context.Context, tx *db.Tx) error) error {
	return db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
		for _, act := range acts {
			if err := act(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fixture) start(in clocks.Start) clocks.Deadline {
	f.t.Helper()
	c, ok, err := f.tryStart(in)
	if err != nil || !ok {
		f.t.Fatalf("start %s of %s = %v, %v", in.Milestone, in.RecordID, ok, err)
	}
	return c
}

func (f *fixture) tryStart(in clocks.Start) (c clocks.Deadline, ok bool, err error) {
	err = db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
		c, ok, err = f.StartTx(ctx, tx, in)
		return err
	})
	return c, ok, err
}

// on starts a clock on a record of the case c1.
func (f *fixture) on(kind, id string, m clocks.Milestone, priority string) clocks.Deadline {
	f.t.Helper()
	return f.start(clocks.Start{
		Job: clocks.Job{Kind: "case", ID: "c1"}, RecordKind: kind, RecordID: id, Milestone: m, Attrs: clocks.Attributes{Priority: priority, Brand: "b1"},
	})
}

func (f *fixture) met(kind, id string, m clocks.Milestone, at time.Time) func(ctx context.Context, tx *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error { return f.MetTx(ctx, tx, kind, id, m, at) }
}

func (f *fixture) pause(w clocks.WaitedFor, evidence string) func(ctx context.Context, tx *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error {
		return f.PauseTx(ctx, tx, caseJob, w, "wait", evidence, tx.Now())
	}
}

func (f *fixture) resume(w clocks.WaitedFor) func(ctx context.Context, tx *db.Tx) error {
	return func(ctx context.Context, tx *db.Tx) error { return f.ResumeTx(ctx, tx, caseJob, w, tx.Now()) }
}

var caseJob = clocks.Job{Kind: "case", ID: "c1"}

func (f *fixture) tick() {
	f.t.Helper()
	if err := f.Tick(f.ctx); err != nil {
		f.t.Fatalf("tick: %v", err)
	}
}

// get reads a clock as it is stored and checks that counting it afresh gives the same.
func (f *fixture) get(id clocks.ID) clocks.Deadline {
	f.t.Helper()
	c, _, err := f.History(f.ctx, f.d, id)
	if err != nil {
		f.t.Fatalf("clock %s: %v", id, err)
	}
	return c
}

func (f *fixture) want(id clocks.ID, status clocks.Status, due time.Time) {
	f.t.Helper()
	if c := f.get(id); c.Status != status || !due.IsZero() && !c.Due.Equal(due) {
		f.t.Errorf("%s of %s is %s, due %s; want %s, due %s", c.Milestone, c.Record.ID, c.Status, c.Due, status, due)
	}
}

// told lists what was published about a clock.
func (f *fixture) told(id clocks.ID) []string {
	f.t.Helper()
	list, err := events.OfRecord(f.ctx, f.d, "clock", string(id))
	if err != nil {
		f.t.Fatal(err)
	}
	out := []string{}
	for _, e := range list {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(e.Topic, "clock."), ".v1"))
		if strings.Contains(string(e.Body), "policy_version") {
			f.t.Errorf("an event carries more than it should: %s", e.Body)
		}
	}
	return out
}

func (f *fixture) wantTold(id clocks.ID, want ...string) {
	f.t.Helper()
	if got := f.told(id); !slices.Equal(got, want) {
		f.t.Errorf("published %v, want %v", got, want)
	}
}

func (f *fixture) next(kind, id string) *time.Time {
	f.t.Helper()
	due, err := f.NextDue(f.ctx, f.d, kind, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return due
}

func (f *fixture) wantNext(kind, id string, want time.Time) {
	f.t.Helper()
	due := f.next(kind, id)
	if due == nil != want.IsZero() || due != nil && !due.Equal(want) {
		f.t.Errorf("next due of %s %s is %v, want %v", kind, id, due, want)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		promised := noon.Add(26 * time.Hour)
		for i, tt := range []struct {
			name   string
			in     clocks.Start
			ok     bool
			due    time.Time
			policy clocks.PolicyID
			party  clocks.Party
		}{
			{name: "P1 counts around the clock", in: clocks.Start{Milestone: clocks.FirstResponse, Attrs: clocks.Attributes{Priority: "P1"}}, ok: true, due: noon.Add(15 * time.Minute), policy: "first_response.p1", party: clocks.Centre},
			{name: "P3 in working time", in: clocks.Start{Milestone: clocks.Diagnosis, Attrs: clocks.Attributes{Priority: "P4"}, At: noon.Add(-19 * time.Hour)}, ok: true, due: noon.Add(26 * time.Hour), policy: "diagnosis.p4", party: clocks.Centre},
			{name: "no priority", in: clocks.Start{Milestone: clocks.FirstResponse}, ok: true, due: noon.Add(4 * time.Hour), policy: "first_response", party: clocks.Centre},
			{name: "complaint of class A", in: clocks.Start{Milestone: clocks.ComplaintPlan, Attrs: clocks.Attributes{Priority: "A"}}, ok: true, due: noon.Add(24 * time.Hour), policy: "complaint_plan.a", party: clocks.Firm},
			{name: "complaint without class", in: clocks.Start{Milestone: clocks.ComplaintClosed}, ok: true, due: noon.Add(120 * time.Hour), policy: "complaint_closed", party: clocks.Firm},
			{name: "fifteen days", in: clocks.Start{Milestone: clocks.FifteenDayAction}, ok: true, due: noon.Add(360 * time.Hour), policy: "fifteen_day_action", party: clocks.Firm},
			{name: "a promise with a policy for promises", in: clocks.Start{Milestone: clocks.Arrival, Due: &promised}, ok: true, due: promised, policy: "arrival", party: clocks.Engineer},
			{name: "a promise that was not made yet", in: clocks.Start{Milestone: clocks.Arrival}},
			{name: "a fixed instant without policy", in: clocks.Start{Milestone: clocks.Replacement, Party: clocks.Seller, Due: &promised}, ok: true, due: promised, party: clocks.Seller},
			{name: "no policy", in: clocks.Start{Milestone: clocks.Replacement, Party: clocks.Seller}},
			{name: "a fixed instant outranks a length", in: clocks.Start{Milestone: clocks.FirstResponse, Due: &promised}, ok: true, due: promised, party: clocks.Centre},
			{name: "outlet's work by the centre's hours while no outlet stands for it", in: clocks.Start{Milestone: clocks.Completion, Attrs: clocks.Attributes{Priority: "P3"}}, ok: true, due: noon.Add(3*24*time.Hour + 6*time.Hour), policy: "completion.p3", party: clocks.Outlet},
		} {
			t.Run(tt.name, func(t *testing.T) {
				tt.in.RecordKind, tt.in.RecordID = "case", fmt.Sprint("s", i)
				for _, fresh := range []bool{true, false} {
					tt.in.NewJob = fresh
					tt.in.RecordID += "x"
					c, ok, err := f.tryStart(tt.in)
					if err != nil || ok != tt.ok {
						t.Fatalf("start = %v, %v; want %v", ok, err, tt.ok)
					}
					if !ok {
						if list, err := f.OfRecord(f.ctx, f.d, "case", tt.in.RecordID); err != nil || len(list) != 0 {
							t.Errorf("a clock that did not start left %v, %v", list, err)
						}
						continue
					}
					kept := f.get(c.ID)
					if !c.Due.Equal(tt.due) || c.Policy != tt.policy || c.Party != tt.party {
						t.Errorf("due %s by %q of %s, want %s by %q of %s", c.Due, c.Policy, c.Party, tt.due, tt.policy, tt.party)
					}
					if !kept.Due.Equal(c.Due) || kept.Status != clocks.StatusRunning || !kept.Open || len(kept.Reasons) == 0 != (tt.policy == "") {
						t.Errorf("kept as %s, due %s, open %v, reasons %v", kept.Status, kept.Due, kept.Open, kept.Reasons.Codes())
					}
					if again, ok, err := f.tryStart(func() clocks.Start { in := tt.in; in.NewJob = false; return in }()); err != nil || !ok || again.ID != c.ID {
						t.Errorf("started twice: %v, %v, %s; want the first, %s", ok, err, again.ID, c.ID)
					}
				}
			})
		}
		history := access.From(f.ctx)
		history.Origin = access.History
		f.ctx = access.With(f.ctx, history)
		if _, ok, err := f.tryStart(clocks.Start{RecordKind: "case", RecordID: "old", Milestone: clocks.FirstResponse}); ok || err != nil {
			t.Errorf("history started a clock: %v, %v", ok, err)
		}
	})
}

func TestWarnBreachAmend(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.on("case", "c1", clocks.FirstResponse, "P1")
		f.advance(12*time.Minute - time.Second)
		f.tick()
		f.wantTold(c.ID)
		f.advance(time.Second)
		f.tick()
		f.tick()
		f.wantTold(c.ID, "warned")
		f.advance(3 * time.Minute)
		f.tick()
		f.want(c.ID, clocks.StatusRunning, c.Due) // answered at the due date is answered in time
		f.advance(time.Second)

		// A restart: another process finds what has come meanwhile.
		f.Service = clocks.New(d)
		f.tick()
		f.tick()
		f.wantTold(c.ID, "warned", "breached")
		f.want(c.ID, clocks.StatusBreached, c.Due)
		f.wantNext("case", "c1", c.Due) // still owed

		f.advance(time.Hour)
		f.do(f.met("case", "c1", clocks.FirstResponse, noon.Add(10*time.Minute))) // learnt late
		f.wantTold(c.ID, "warned", "breached", "amended", "met")
		got := f.get(c.ID)
		if got.Status != clocks.StatusMet || !got.MetAt.Equal(noon.Add(10*time.Minute)) || got.AmendedFrom == nil || got.AmendedFrom.Status != clocks.StatusBreached {
			t.Errorf("after the late answer: %s at %s, amended from %v", got.Status, got.MetAt, got.AmendedFrom)
		}
		f.wantNext("case", "c1", time.Time{})
		f.do(f.met("case", "c1", clocks.FirstResponse, noon.Add(20*time.Minute))) // told again, later: nothing new
		f.wantTold(c.ID, "warned", "breached", "amended", "met")
		if list, err := events.OfRecord(f.ctx, f.d, "clock", string(c.ID)); err != nil || list[1].OccurredAt != c.Due || list[1].BrandID != "b1" {
			t.Errorf("the breach was told as of %v of %q, %v; want its due date", list[1].OccurredAt, list[1].BrandID, err)
		}
	})
}

func TestMetTwice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		first := f.on("case", "c1", clocks.FirstResponse, "P1")
		f.advance(20 * time.Minute)
		f.do(f.met("case", "c1", clocks.FirstResponse, noon.Add(19*time.Minute)))
		f.want(first.ID, clocks.StatusBreached, first.Due)
		second := f.on("case", "c1", clocks.FirstResponse, "P1") // reopened
		if second.ID == first.ID {
			t.Fatal("a met clock was taken for an open one")
		}
		f.do(f.met("case", "c1", clocks.FirstResponse, noon.Add(5*time.Minute))) // a phone without signal tells of the first answer
		f.want(first.ID, clocks.StatusMet, first.Due)
		f.want(second.ID, clocks.StatusRunning, second.Due)
		f.do(f.met("case", "c1", clocks.FirstResponse, time.Time{}))
		f.want(second.ID, clocks.StatusMet, second.Due)
		f.wantTold(first.ID, "met", "breached", "amended", "met")

		// A clock begun a moment after what it waits for: met at its start.
		third := f.on("order", "o1", clocks.FirstContact, "P1")
		f.do(f.met("order", "o1", clocks.FirstContact, noon))
		if got := f.get(third.ID); got.Status != clocks.StatusMet || !got.MetAt.Equal(third.StartedAt) {
			t.Errorf("contacted before the clock began: %s at %s, want met at its start", got.Status, got.MetAt)
		}
		if err := f.try(f.met("order", "none", clocks.FirstContact, noon)); err != nil {
			t.Errorf("met without a clock: %v", err)
		}
	})
}

func TestWaits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		answer := f.on("case", "c1", clocks.FirstResponse, "P2")  // centre, 30 minutes
		closed := f.on("case", "c1", clocks.ComplaintClosed, "A") // firm, 3 days
		work := f.on("order", "o1", clocks.Completion, "P2")      // outlet, 2 days
		other := f.start(clocks.Start{RecordKind: "case", RecordID: "c2", Milestone: clocks.FirstResponse, Attrs: clocks.Attributes{Priority: "P2"}, NewJob: true})

		f.advance(10 * time.Minute)
		f.do(f.pause(clocks.ForCustomer, "m1"), f.pause(clocks.ForCustomer, "m1"))
		for _, c := range []clocks.Deadline{answer, closed, work} {
			f.want(c.ID, clocks.StatusPaused, time.Time{})
			f.wantTold(c.ID, "paused")
		}
		f.want(other.ID, clocks.StatusRunning, other.Due)
		if got := f.get(work.ID).WaitsFor; !slices.Equal(got, []clocks.WaitedFor{clocks.ForCustomer}) {
			t.Errorf("the order waits for %v, want the customer", got)
		}
		job, err := f.OfJob(f.ctx, f.d, caseJob)
		if err != nil || len(job) != 4 {
			t.Fatalf("the job has %d clocks, %v; want the three and the customer's", len(job), err)
		}
		awaited := job[3]
		if awaited.Party != clocks.Customer || awaited.Milestone != clocks.Awaited || awaited.Status != clocks.StatusRunning {
			t.Errorf("the customer's clock is %s of %s, %s", awaited.Milestone, awaited.Party, awaited.Status)
		}
		f.wantNext("case", "c1", noon.Add(10*time.Minute+7*24*time.Hour)) // only the customer owes something

		late := f.on("order", "o1", clocks.FirstContact, "P2") // starts while the job waits
		f.want(late.ID, clocks.StatusPaused, time.Time{})

		f.advance(3 * time.Hour)
		f.tick()
		f.want(answer.ID, clocks.StatusPaused, time.Time{}) // a stopped clock does not run out
		f.do(f.resume(clocks.ForCustomer), f.resume(clocks.ForCustomer))
		f.want(answer.ID, clocks.StatusRunning, answer.Due.Add(3*time.Hour))
		f.want(work.ID, clocks.StatusRunning, work.Due.Add(3*time.Hour))
		f.want(late.ID, clocks.StatusRunning, noon.Add(3*time.Hour+40*time.Minute))
		f.want(awaited.ID, clocks.StatusMet, time.Time{})
		f.wantTold(answer.ID, "paused", "resumed")
		f.wantTold(awaited.ID, "met")
		f.wantNext("case", "c1", answer.Due.Add(3*time.Hour))

		// Two parts are missing; the firm answers for parts, the outlet does not.
		f.do(f.pause(clocks.ForPart, "p1"), f.pause(clocks.ForPart, "p2"))
		f.want(work.ID, clocks.StatusPaused, time.Time{})
		f.want(closed.ID, clocks.StatusRunning, closed.Due.Add(3*time.Hour))
		f.advance(time.Hour)
		f.do(func(ctx context.Context, tx *db.Tx) error {
			return f.ResumeOneTx(ctx, tx, caseJob, clocks.ForPart, "p1", tx.Now())
		})
		f.want(work.ID, clocks.StatusPaused, time.Time{})
		f.advance(time.Hour)
		f.do(f.resume(clocks.ForPart))
		f.want(work.ID, clocks.StatusRunning, work.Due.Add(5*time.Hour))

		if err := f.try(f.pause("weather", "")); !problem.Match(err, clocks.ErrUnknownWait) {
			t.Errorf("waiting for the weather = %v", err)
		}
		if err := f.try(f.resume(clocks.ForApproval)); err != nil {
			t.Errorf("going on without a wait = %v", err)
		}

		// A case that is cancelled waits for nobody any more: what starts later runs.
		f.do(f.pause(clocks.ForForceMajeure, "storm"), func(ctx context.Context, tx *db.Tx) error { return f.CancelTx(ctx, tx, "case", "c1", "") })
		f.want(answer.ID, clocks.StatusVoid, time.Time{})
		f.want(work.ID, clocks.StatusRunning, time.Time{})
		again := f.on("case", "c1", clocks.FirstResponse, "P2")
		f.want(again.ID, clocks.StatusRunning, again.Due)
		if !slices.Equal(f.told(answer.ID), []string{"paused", "resumed", "paused", "resumed", "paused"}) {
			t.Errorf("the cancelled clock told %v", f.told(answer.ID))
		}
	})
}

func TestLateWaitAmends(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.on("case", "c1", clocks.FirstResponse, "P1")
		f.advance(20 * time.Minute)
		f.tick()
		f.want(c.ID, clocks.StatusBreached, c.Due)
		f.do(func(ctx context.Context, tx *db.Tx) error {
			return f.PauseTx(ctx, tx, caseJob, clocks.ForCustomer, "no_answer", "call1", noon.Add(5*time.Minute))
		}, func(ctx context.Context, tx *db.Tx) error {
			return f.ResumeTx(ctx, tx, caseJob, clocks.ForCustomer, noon.Add(15*time.Minute))
		})
		f.want(c.ID, clocks.StatusRunning, c.Due.Add(10*time.Minute))
		f.wantTold(c.ID, "breached", "amended", "paused", "resumed")
	})
}

func TestRetarget(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		answer := f.on("case", "c1", clocks.FirstResponse, "P3") // 2 working hours
		work := f.start(clocks.Start{
			Job: caseJob, RecordKind: "order", RecordID: "o1", Milestone: clocks.Completion,
			Attrs: clocks.Attributes{Priority: "P3", ServiceType: "install"},
		})
		promised := noon.Add(24 * time.Hour)
		visit := f.start(clocks.Start{Job: caseJob, RecordKind: "order", RecordID: "o1", Milestone: clocks.Arrival, Due: &promised, Attrs: clocks.Attributes{Priority: "P3"}})
		f.advance(10 * time.Minute)
		retarget := func(a clocks.Attributes) func(ctx context.Context, tx *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error { return f.RetargetTx(ctx, tx, caseJob, a, tx.Now()) }
		}
		f.do(retarget(clocks.Attributes{Priority: "P1", ServiceType: "repair"}))
		f.want(answer.ID, clocks.StatusRunning, noon.Add(15*time.Minute)) // ten minutes of fifteen are used
		f.want(work.ID, clocks.StatusRunning, noon.Add(8*time.Hour))
		f.want(visit.ID, clocks.StatusRunning, promised)
		got := f.get(work.ID)
		if got.Attrs.ServiceType != "install" || got.Attrs.Priority != "P1" || got.Policy != "completion.p1" {
			t.Errorf("the order's clock is for %+v by %s; want its own service type and the job's priority", got.Attrs, got.Policy)
		}
		if c := f.get(answer.ID); !c.Reasons.Has(clocks.ReasonChosen) || c.Attrs.ServiceType != "repair" || c.PolicyVersion != 1 {
			t.Errorf("reasons %v for %+v", c.Reasons.Codes(), c.Attrs)
		}
		_, before, err := f.History(f.ctx, f.d, answer.ID)
		if err != nil {
			t.Fatal(err)
		}
		f.do(retarget(clocks.Attributes{Priority: "P1", ServiceType: "install"})) // no policy names service types
		_, after, err := f.History(f.ctx, f.d, answer.ID)
		if err != nil || len(before) != 2 || len(after) != 2 {
			t.Errorf("facts %d, then %d (%v); want a fact for the new target and none for the same", len(before), len(after), err)
		}
		f.advance(time.Hour)
		f.tick()
		f.do(retarget(clocks.Attributes{Priority: "P4"}))
		f.want(answer.ID, clocks.StatusBreached, noon.Add(15*time.Minute)) // a longer target washes no breach away

		f.do(func(ctx context.Context, tx *db.Tx) error {
			return f.RetargetRecordTx(ctx, tx, "order", "o1", clocks.Attributes{Priority: "P2", ServiceType: "move"}, nil, tx.Now())
		})
		f.want(work.ID, clocks.StatusRunning, noon.Add(48*time.Hour))
	})
}

func TestSetDue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		due := noon.Add(2 * time.Hour)
		visit := f.start(clocks.Start{Job: caseJob, RecordKind: "order", RecordID: "o1", Milestone: clocks.Arrival, Due: &due})
		move := func(to time.Time) {
			f.do(func(ctx context.Context, tx *db.Tx) error {
				return f.SetDueTx(ctx, tx, "order", "o1", clocks.Arrival, to, tx.Now())
			})
		}
		move(noon.Add(3 * time.Hour))
		f.want(visit.ID, clocks.StatusRunning, noon.Add(3*time.Hour))
		f.advance(2*time.Hour + 30*time.Minute)
		f.tick()
		f.wantTold(visit.ID, "warned") // half an hour before the promised end
		f.advance(time.Hour)
		f.tick()
		f.wantTold(visit.ID, "warned", "breached")
		move(noon.Add(6 * time.Hour)) // the broken promise stays broken, the new one has a clock of its own
		f.want(visit.ID, clocks.StatusBreached, noon.Add(3*time.Hour))
		f.wantNext("order", "o1", noon.Add(6*time.Hour))
		list, err := f.OfRecord(f.ctx, f.d, "order", "o1")
		if err != nil || len(list) != 2 || list[0].Open || !list[1].Open {
			t.Fatalf("clocks of the order: %+v, %v", list, err)
		}
		f.do(f.met("order", "o1", clocks.Arrival, noon.Add(5*time.Hour)))
		f.want(list[1].ID, clocks.StatusMet, noon.Add(6*time.Hour))
		f.want(visit.ID, clocks.StatusBreached, noon.Add(3*time.Hour))
	})
}

func TestPublishCalendar(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		open := f.on("case", "c1", clocks.FirstResponse, "P3") // due 14:00
		waiting := f.on("order", "o1", clocks.Diagnosis, "P3")
		done := f.start(clocks.Start{RecordKind: "case", RecordID: "c2", Milestone: clocks.FirstResponse, Attrs: clocks.Attributes{Priority: "P3"}})
		around := f.on("case", "c3", clocks.FirstResponse, "P1")
		f.do(f.met("case", "c2", clocks.FirstResponse, noon.Add(time.Minute)))

		centre, err := f.Calendar(f.ctx, clocks.CentreCalendar)
		if err != nil {
			t.Fatal(err)
		}
		spec := centre.Spec
		spec.Weekly = calendar.EveryDay(calendar.Hours(8, 30, 12, 30), calendar.Hours(14, 0, 18, 0)) // a lunch break
		if _, err := f.PublishCalendar(f.ctx, spec, 7); !problem.Match(err, problem.ErrStale) {
			t.Errorf("publishing over another version = %v", err)
		}
		if _, err := f.PublishCalendar(f.ctx, spec, 0); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("publishing a new calendar under a taken id = %v", err)
		}
		kept, err := f.PublishCalendar(f.ctx, spec, 1)
		if err != nil || kept.Spec.Version != 2 {
			t.Fatalf("publish = %d, %v", kept.Spec.Version, err)
		}
		for range 2 { // the job may run twice
			if err := f.Recount(f.ctx, clocks.RecountArgs{Revision: 2}); err != nil {
				t.Fatal(err)
			}
		}
		f.want(open.ID, clocks.StatusRunning, noon.Add(3*time.Hour+30*time.Minute))
		f.want(done.ID, clocks.StatusMet, done.Due)
		f.want(around.ID, clocks.StatusRunning, around.Due)
		f.wantTold(open.ID, "moved")
		f.wantTold(waiting.ID, "moved")
		f.wantTold(done.ID, "met")
		f.wantTold(around.ID)
		f.wantNext("case", "c1", noon.Add(3*time.Hour+30*time.Minute))
		trail, err := audit.New(d).Of(f.ctx, "clock", string(open.ID))
		if err != nil || len(trail) != 1 || trail[0].Before != `{"due":"2026-11-23T06:00:00Z"}` ||
			trail[0].After != `{"calendar":"centre","due":"2026-11-23T07:30:00Z","revision":2}` {
			t.Errorf("the trail holds %+v, %v; want both due dates", trail, err)
		}
		// New clocks count with it at once, also on another node.
		other := clocks.New(d)
		f.Service = other
		if c := f.on("case", "c9", clocks.FirstResponse, "P3"); !c.Due.Equal(noon.Add(3*time.Hour + 30*time.Minute)) {
			t.Errorf("a new clock is due %s", c.Due)
		}

		// What ended keeps counting by the calendars of its time, also when it is told more.
		f.do(f.met("case", "c2", clocks.FirstResponse, noon))
		f.want(done.ID, clocks.StatusMet, done.Due)
	})
}

func TestImportYear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.advance(time.Date(2026, 12, 31, 2, 0, 0, 0, time.UTC).Sub(noon))
		p := f.start(clocks.Start{RecordKind: "return", RecordID: "r1", Milestone: clocks.Replacement}) // 3 working days
		if !p.Provisional || !p.Due.Equal(time.Date(2027, 1, 6, 10, 0, 0, 0, time.UTC)) {
			t.Fatalf("due %s, provisional %v; want the 6th and provisional", p.Due, p.Provisional)
		}
		notice := `{"year":2027,"papers":["https://www.gov.cn/zhengce/2027"],"days":[
			{"name":"元旦","date":"2027-01-01","isOffDay":true},{"name":"元旦","date":"2027-01-02","isOffDay":true},{"name":"元旦","date":"2027-01-03","isOffDay":true},
			{"name":"元旦","date":"2027-01-04","isOffDay":true},{"name":"元旦","date":"2027-01-10","isOffDay":false}]}`
		if _, err := f.ImportYear(f.ctx, []byte(`{"year":2027}`), true); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("a document that is no year = %v", err)
		}
		if _, err := f.ImportYear(f.ctx, []byte(strings.Replace(notice, "2027-01-10", "2027-01-06", 1)), false); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("a make-up day on a Wednesday was taken unasked: %v", err)
		}
		y, err := f.ImportYear(f.ctx, []byte(notice), false)
		if err != nil || y.Provisional || y.Version != 2 {
			t.Fatalf("import = version %d, provisional %v, %v", y.Version, y.Provisional, err)
		}
		if y, ok := findYear(f, 2027); !ok || len(y.LegalDays()) == 0 {
			t.Errorf("2027 has legal days %v, want those that were known", y.LegalDays())
		}
		if err := f.Recount(f.ctx, clocks.RecountArgs{Revision: 2}); err != nil {
			t.Fatal(err)
		}
		c := f.get(p.ID)
		if c.Provisional || !c.Due.Equal(time.Date(2027, 1, 7, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("due %s, provisional %v; want a day later and final", c.Due, c.Provisional)
		}
		f.wantTold(p.ID, "moved")
	})
}

func findYear(f *fixture, n int) (calendar.Year, bool) {
	list, err := f.Holidays(f.ctx, "CN")
	if err != nil {
		f.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(y calendar.Year) bool { return y.Year == n })
	if i < 0 {
		return calendar.Year{}, false
	}
	return list[i], true
}

func TestOutsideCalendar(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		open := calendar.Hours(9, 0, 13, 0)
		f := newFixture(t, d, clocks.OutsideCalendars(func(_ context.Context, _ db.Querier, id string) (*calendar.Calendar, error) {
			if id != "outlet:1" {
				return nil, nil
			}
			return calendar.New(calendar.Spec{Schema: calendar.Schema, ID: id, Version: 1, Zone: "Asia/Shanghai", Weekly: calendar.EveryDay(open)}, nil)
		}))
		in := clocks.Start{
			Job: caseJob, RecordKind: "order", RecordID: "o1", Milestone: clocks.OutletAcceptance, Attrs: clocks.Attributes{Priority: "P3"},
			Calendars: map[string]string{"outlet": "outlet:1"},
		}
		c := f.start(in)
		f.want(c.ID, clocks.StatusRunning, noon.Add(22*time.Hour)) // an hour today, another tomorrow
		open = calendar.Hours(9, 0, 20, 0)
		f.do(func(ctx context.Context, tx *db.Tx) error { return f.CalendarChangedTx(ctx, tx, "outlet:1") })
		if err := f.Recount(f.ctx, clocks.RecountArgs{Calendar: "outlet:1"}); err != nil {
			t.Fatal(err)
		}
		f.want(c.ID, clocks.StatusRunning, noon.Add(2*time.Hour))
		f.wantTold(c.ID, "moved")

		in.RecordID, in.Calendars = "o2", map[string]string{"outlet": "outlet:gone"}
		if _, _, err := f.tryStart(in); !problem.Match(err, clocks.ErrCalendar) {
			t.Errorf("an outlet without calendar = %v", err)
		}
		// A calendar that is lost later holds up no other clock and is told.
		in.RecordID, in.Calendars = "o3", map[string]string{"outlet": "outlet:1"}
		ok := f.on("case", "c1", clocks.FirstResponse, "P1")
		f.Service = clocks.New(d)
		f.advance(100 * time.Minute)
		if err := f.Tick(f.ctx); err == nil || !strings.Contains(err.Error(), string(c.ID)) {
			t.Errorf("tick without the outlet's calendar = %v, want the clock named", err)
		}
		f.wantTold(ok.ID, "breached") // the warning was due long before: the breach says it all
		if err := f.Tick(f.ctx); err != nil {
			t.Errorf("the clock was not put off: %v", err)
		}
	})
}

func TestTwoNodesDoubleNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var ids []clocks.ID
		f.do(func(ctx context.Context, tx *db.Tx) error {
			for i := range 450 {
				c, _, err := f.StartTx(ctx, tx, clocks.Start{
					RecordKind: "case", RecordID: fmt.Sprint("n", i), Milestone: clocks.FirstResponse, Attrs: clocks.Attributes{Priority: "P1"},
					At: tx.Now().Add(-time.Duration(i) * time.Microsecond), NewJob: true,
				})
				if err != nil {
					return err
				}
				ids = append(ids, c.ID)
			}
			return nil
		})
		f.advance(20 * time.Minute)
		nodes := []*clocks.Service{f.Service, clocks.New(d), clocks.New(d)}
		var wg sync.WaitGroup
		for _, n := range nodes {
			wg.Go(func() {
				if err := n.Tick(f.ctx); err != nil {
					t.Errorf("tick: %v", err)
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			if got := f.told(id); !slices.Equal(got, []string{"warned", "breached"}) && !slices.Equal(got, []string{"breached"}) {
				t.Fatalf("clock %s told %v", id, got)
			}
		}
		// Starting twice at once on a known job leaves one clock.
		for range 8 {
			wg.Go(func() {
				if _, ok, err := f.tryStart(clocks.Start{Job: caseJob, RecordKind: "order", RecordID: "o1", Milestone: clocks.FirstContact, Attrs: clocks.Attributes{Priority: "P3"}}); err != nil || !ok {
					t.Errorf("start at once: %v, %v", ok, err)
				}
			})
		}
		wg.Wait()
		if list, err := f.OfRecord(f.ctx, d, "order", "o1"); err != nil || len(list) != 1 {
			t.Errorf("started at once: %d clocks, %v; want one", len(list), err)
		}
	})
}

func TestImportFacts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		at := noon.Add(-100 * time.Hour)
		fact := func(k clocks.FactKind, after time.Duration) clocks.Fact {
			return clocks.Fact{Kind: k, OccurredAt: at.Add(after), RecordedAt: at.Add(after)}
		}
		begin := fact(clocks.Started, 0)
		begin.Target = clocks.Target{Kind: clocks.CalendarTime, Duration: time.Hour}
		in := clocks.Import{RecordKind: "case", RecordID: "old", Milestone: clocks.FirstResponse, Facts: []clocks.Fact{begin, fact(clocks.Met, 2*time.Hour)}}
		var c clocks.Deadline
		f.do(func(ctx context.Context, tx *db.Tx) (err error) {
			c, err = f.ImportFacts(ctx, tx, in)
			return err
		})
		if got := f.get(c.ID); got.Status != clocks.StatusBreached || got.Open || !got.MetAt.Equal(at.Add(2*time.Hour)) {
			t.Errorf("imported as %s, open %v, met %s", got.Status, got.Open, got.MetAt)
		}
		f.wantTold(c.ID)
		in.RecordID, in.Facts = "bad", in.Facts[1:]
		err := f.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := f.ImportFacts(ctx, tx, in)
			return err
		})
		if !problem.Match(err, clocks.ErrNotStarted) {
			t.Errorf("facts without a start = %v", err)
		}
	})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		if err := f.Seed(f.ctx); err != nil {
			t.Fatalf("seed twice: %v", err)
		}
		as := func(a access.Actor) context.Context { return access.With(t.Context(), a) }
		ours := as(access.Actor{Kind: access.User, ID: "u2", Permissions: access.Set{"*": true}, Scope: access.Scope{OutletPath: "/", Brands: []string{"b1"}}})
		theirs := as(access.Actor{Kind: access.User, ID: "u3", Permissions: access.Set{"*": true}, Scope: access.Scope{OutletPath: "/", Brands: []string{"b2"}}})
		reader := as(access.Actor{Kind: access.User, ID: "u4", Permissions: access.Set{"clocks.read": true}, Scope: access.Everything})

		p := clocks.Policy{
			ID: "fast", Milestone: clocks.FirstResponse, Party: clocks.Centre, Match: clocks.Attributes{Priority: "P1", Brand: "b1"},
			Target: clocks.Target{Kind: clocks.CalendarTime, Duration: 5 * time.Minute},
		}
		for _, tt := range []struct {
			name   string
			ctx    context.Context
			change func(*clocks.Policy)
			want   *problem.Code
		}{
			{"no permission", reader, func(*clocks.Policy) {}, problem.ErrForbidden},
			{"another brand", theirs, func(*clocks.Policy) {}, problem.ErrInvalid},
			{"every brand", ours, func(p *clocks.Policy) { p.Match.Brand = "" }, problem.ErrInvalid},
			{"odd id", f.ctx, func(p *clocks.Policy) { p.ID = "No Spaces" }, problem.ErrInvalid},
			{"odd milestone", f.ctx, func(p *clocks.Policy) { p.Milestone = "lunch" }, problem.ErrInvalid},
			{"odd target", f.ctx, func(p *clocks.Policy) { p.Target.Duration = 0 }, problem.ErrInvalid},
			{"unknown calendar", f.ctx, func(p *clocks.Policy) { p.Target = clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "moon"} }, problem.ErrInvalid},
			{"ends before it begins", f.ctx, func(p *clocks.Policy) { p.From, p.Until = noon, noon }, problem.ErrInvalid},
			{"good", ours, func(*clocks.Policy) {}, nil},
			{"taken", ours, func(*clocks.Policy) {}, problem.ErrInvalid},
		} {
			q := p
			tt.change(&q)
			if _, err := f.CreatePolicy(tt.ctx, q); !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if c := f.on("case", "c1", clocks.FirstResponse, "P1"); c.Policy != "fast" || !c.Due.Equal(noon.Add(5*time.Minute)) {
			t.Errorf("a new policy set %s by %s, want it in force at once", c.Due, c.Policy)
		}
		if _, err := f.Policy(theirs, "fast"); !problem.Match(err, clocks.ErrNotFound) {
			t.Errorf("another brand's policy = %v, want not found", err)
		}
		if _, err := f.EditPolicy(theirs, func() clocks.Policy { q := p; q.Match.Brand = "b2"; return q }(), 1); !problem.Match(err, clocks.ErrNotFound) {
			t.Errorf("editing another brand's policy = %v, want not found", err)
		}
		list, err := f.Policies(theirs)
		if err != nil || slices.ContainsFunc(list, func(k clocks.KeptPolicy) bool { return k.ID == "fast" }) || len(list) < 40 {
			t.Errorf("another brand lists %d policies, %v", len(list), err)
		}
		p.Target.Duration = time.Minute
		if _, err := f.EditPolicy(ours, p, 3); !problem.Match(err, problem.ErrStale) {
			t.Errorf("editing over another version = %v", err)
		}
		k, err := f.EditPolicy(ours, p, 1)
		if err != nil || k.Version != 2 {
			t.Fatalf("edit = %d, %v", k.Version, err)
		}
		c, err := f.Try(ours, clocks.Request{Milestone: clocks.FirstResponse, Attributes: clocks.Attributes{Priority: "P1", Brand: "b1"}})
		if err != nil || c.Policy.ID != "fast" || c.Policy.Version != 2 || c.Policy.Target.Duration != time.Minute {
			t.Errorf("tried %s version %d, %v", c.Policy.ID, c.Policy.Version, err)
		}
		if none, err := f.Try(ours, clocks.Request{Milestone: clocks.Replacement, Party: clocks.Carrier}); err != nil || none.Policy.ID != "" || !none.Reasons.Has(clocks.ReasonNone) {
			t.Errorf("tried nothing: %v, %v", none, err)
		}
		p.Until = noon.Add(time.Hour) // retired from then on
		if _, err := f.EditPolicy(ours, p, 2); err != nil {
			t.Fatal(err)
		}
		for _, at := range []time.Time{noon, noon.Add(time.Hour)} {
			c, err := f.Try(ours, clocks.Request{Milestone: clocks.FirstResponse, Attributes: clocks.Attributes{Priority: "P1", Brand: "b1"}, At: at})
			if want := map[bool]clocks.PolicyID{true: "fast", false: "first_response.p1"}[at.Equal(noon)]; err != nil || c.Policy.ID != want {
				t.Errorf("at %s the policy is %s, %v; want %s", at, c.Policy.ID, err, want)
			}
		}
		trail, err := audit.New(d).Of(f.ctx, "clock_policy", "fast")
		if err != nil || len(trail) != 3 || trail[0].Act != "create" || trail[2].Before == "" {
			t.Errorf("the trail has %d entries, %v", len(trail), err)
		}
	})
}

func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := f.on("case", "c1", clocks.FirstResponse, "P1")
		for _, tt := range []struct {
			name  string
			scope access.Scope
			sees  bool
		}{
			{"centre", access.Everything, true},
			{"its brand", access.Scope{OutletPath: "/", Brands: []string{"b1"}}, true},
			{"another brand", access.Scope{OutletPath: "/", Brands: []string{"b2"}}, false},
			{"an outlet", access.Scope{OutletPath: "/hz/"}, false},
			{"nobody", access.Scope{}, false},
		} {
			ctx := access.With(t.Context(), access.Actor{Kind: access.User, ID: "u2", Permissions: access.Set{"clocks.read": true}, Scope: tt.scope})
			list, err := f.List(ctx, &caseJob, nil)
			if err != nil || len(list) == 1 != tt.sees {
				t.Errorf("%s lists %d, %v; want to see it: %v", tt.name, len(list), err, tt.sees)
			}
			if _, facts, err := f.Get(ctx, c.ID); (err == nil && len(facts) == 1) != tt.sees || !tt.sees && !problem.Match(err, clocks.ErrNotFound) {
				t.Errorf("%s gets %d facts, %v; want to see it: %v", tt.name, len(facts), err, tt.sees)
			}
		}
		if _, err := f.List(t.Context(), &caseJob, nil); !problem.Match(err, problem.ErrUnauth) {
			t.Errorf("nobody signed in lists: %v", err)
		}
	})
}

func TestRegionTier(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"330106": clocks.Urban, "110119": clocks.Urban, "500151": clocks.Urban, "330127": clocks.County, "330281": clocks.County,
		"330106003": clocks.Urban, "330106109": clocks.Township, "330127100000": clocks.Township, "3301": "", "330100": "", "": "", "US-NY-001": "",
	} {
		if got := clocks.RegionTierOf(code); got != want {
			t.Errorf("tier of %q is %q, want %q", code, got, want)
		}
	}
}
