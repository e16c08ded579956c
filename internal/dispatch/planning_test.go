package dispatch

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

func quiet(int, int) {}

// planned gives an order to an engineer.
func (f *fixture) planned(o orders.Order, e workforce.Engineer, start time.Time) orders.Visit {
	f.t.Helper()
	a, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{e.ID}, Start: start})
	f.must(err)
	return a.Visit
}

func TestRepairOfAbsence(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		v := f.planned(f.order(f.one), f.zhao, at(1, 9, 0))
		other := f.planned(f.order(f.one), f.qian, at(1, 15, 0))
		_, err := f.orders.DispatchVisit(f.ctx, orders.VisitInput{ID: v.ID})
		f.must(err)
		_, err = f.workforce.AddAbsence(f.ctx, workforce.AddAbsenceInput{Engineer: f.zhao.ID, Kind: "sick", Start: at(1, 0, 0), End: at(1, 23, 0)})
		f.must(err)
		f.must(f.OnEngineer(f.ctx, f.zhao.ID))
		alerts, err := f.Alerts(f.ctx, AlertFilter{Limit: 10})
		f.must(err)
		if len(alerts) != 1 || alerts[0].Kind != AlertAway {
			t.Fatalf("alerts: %v", f.alerts())
		}
		in := RepairInput{Act: access.Act{OperationID: "r1"}, Event: RepairEvent{Alert: alerts[0].ID}}
		p, err := f.RepairNow(f.ctx, in, quiet)
		f.must(err)
		if again, err := f.StartRepair(f.ctx, in); err != nil || again.ID != p.ID {
			t.Errorf("the same operation again made %s, want %s (%v)", again.ID, p.ID, err)
		}
		c := p.Body.Comparison
		if p.State != PlanStateDraft || c.Moved != 1 || c.Dropped != 0 || len(p.Body.Changes) != 1 {
			t.Fatalf("draft: %s %+v", p.State, p.Body)
		}
		diff := p.Body.Changes[0]
		if diff.Visit != v.ID || diff.Kind != DiffMoved || !slices.Equal(diff.To.Engineers, []planner.EngineerID{planner.EngineerID(f.qian.ID)}) ||
			!diff.Reasons.Has(planner.RuleAbsent) || diff.From.Engineers[0] != planner.EngineerID(f.zhao.ID) {
			t.Errorf("difference: %+v", diff)
		}
		if now, err := f.ComparePlan(f.ctx, p.ID); err != nil || len(now.Stale) != 0 || now.Board.Visits != 2 {
			t.Errorf("compared with the board now: %+v, %v", now, err)
		}
		p, err = f.PublishPlan(f.ctx, PublishPlanInput{Act: access.Act{OperationID: "p1"}, ID: p.ID})
		if err != nil || p.State != PlanStatePublished {
			t.Fatalf("publish: %s, %v", p.State, err)
		}
		if again, err := f.PublishPlan(f.ctx, PublishPlanInput{Act: access.Act{OperationID: "p1"}, ID: p.ID}); err != nil || again.Version != p.Version {
			t.Errorf("said again: %v", err)
		}
		v, err = f.orders.FindVisit(f.ctx, d, v.ID)
		if err != nil || v.Lead() != f.qian.ID || v.State != orders.VisitStateDispatched {
			t.Errorf("the visit is with %s, %s (%v); it had been dispatched", v.Lead(), v.State, err)
		}
		if o, err := f.orders.FindVisit(f.ctx, d, other.ID); err != nil || o.Version != other.Version {
			t.Errorf("a visit that nothing touched moved: %+v", o)
		}
		if got := f.alerts(); len(got) != 0 {
			t.Errorf("alerts after the repair: %v", got)
		}
	})
}

func TestRepairOfOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		v := f.planned(f.order(f.one), f.zhao, at(1, 9, 0))
		gone := f.planned(f.order(f.one), f.qian, at(1, 9, 0))
		late := f.planned(f.order(f.one), f.qian, at(1, 14, 0))
		fresh := f.order(f.one)
		p, err := f.RepairNow(f.ctx, RepairInput{Event: RepairEvent{
			Added: []orders.ID{fresh.ID}, Cancelled: []orders.VisitID{gone.ID}, Late: []LatePart{{late.OrderIDs()[0], at(1, 15, 30)}},
		}, Date: today + 1, Days: 1}, quiet)
		f.must(err)
		c := p.Body.Comparison
		if p.State != PlanStateDraft || c.Added != 1 || c.Moved < 1 || c.Dropped+c.Unserved != 0 {
			t.Fatalf("draft: %s %+v", p.State, p.Body)
		}
		// The board changes meanwhile: somebody takes the order away.
		stale, err := f.RepairNow(f.ctx, RepairInput{Event: RepairEvent{Added: []orders.ID{fresh.ID}}, Date: today + 1}, quiet)
		f.must(err)
		p, err = f.PublishPlan(f.ctx, PublishPlanInput{ID: p.ID})
		if err != nil || p.State != PlanStatePublished {
			t.Fatalf("publish: %s, %v %v", p.State, err, codes(err))
		}
		if _, err := f.PublishPlan(f.ctx, PublishPlanInput{ID: stale.ID}); !problem.Match(err, ErrPlanStale) {
			t.Errorf("a repair whose order is planned already: %v", err)
		}
		if now, err := f.ComparePlan(f.ctx, stale.ID); err != nil || len(now.Gone) != 1 {
			t.Errorf("compared: %+v, %v", now, err)
		}
		if g, err := f.orders.FindVisit(f.ctx, d, gone.ID); err != nil || g.State != orders.VisitStateCancelled {
			t.Errorf("the cancelled one is %s, %v", g.State, err)
		}
		if l, err := f.orders.FindVisit(f.ctx, d, late.ID); err != nil || l.Start.Before(at(1, 15, 30)) {
			t.Errorf("the one that waits for its part begins %s, %v", l.Start, err)
		}
		if o := f.get(fresh.ID); o.State != orders.StateScheduled {
			t.Errorf("the new order is %s", o.State)
		}
		if x, err := f.orders.FindVisit(f.ctx, d, v.ID); err != nil || x.Version != v.Version {
			t.Errorf("moved without need: %+v", x)
		}
	})
}

// An engineer who takes too long raises the alert for the visit after, and the alert is what the repair is told.
func TestOverrun(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		first := f.planned(f.order(f.one), f.zhao, at(0, 8, 40))
		next := f.planned(f.order(f.one), f.zhao, at(0, 10, 40))
		ctx := access.With(f.ctx, access.Actor{Kind: access.User, ID: "zhao", EngineerID: string(f.zhao.ID), Permissions: access.Set{"*": true}, Scope: access.Everything})
		in := orders.FieldInput{VisitInput: orders.VisitInput{ID: first.ID}}
		_, err := f.orders.DispatchVisit(f.ctx, in.VisitInput)
		f.must(err)
		_, err = f.orders.AcceptVisit(ctx, in)
		f.must(err)
		f.advance(30 * time.Minute)
		_, err = f.orders.Depart(ctx, orders.DepartInput{FieldInput: in})
		f.must(err)
		f.advance(15 * time.Minute)
		_, err = f.orders.Arrive(ctx, in)
		f.must(err)
		f.must(f.FindOverruns(f.ctx))
		if got := f.alerts(); len(got) != 0 {
			t.Fatalf("alerts too early: %v", got)
		}
		f.advance(135 * time.Minute) // 11:00
		f.must(f.FindOverruns(f.ctx))
		f.must(f.FindOverruns(f.ctx))
		if got := f.alerts(); !slices.Equal(got, []string{AlertOverrun}) {
			t.Fatalf("alerts: %v", got)
		}
		list, err := f.Alerts(f.ctx, AlertFilter{Limit: 5})
		f.must(err)
		p, err := f.RepairNow(f.ctx, RepairInput{Event: RepairEvent{Alert: list[0].ID}}, quiet)
		f.must(err)
		if len(p.Event.Overrun) != 1 || p.Event.Overrun[0].Visit != first.ID || p.Body.Comparison.Moved != 1 {
			t.Fatalf("repair: %+v %+v", p.Event, p.Body)
		}
		_, err = f.PublishPlan(f.ctx, PublishPlanInput{ID: p.ID})
		f.must(err)
		if v, err := f.orders.FindVisit(f.ctx, d, next.ID); err != nil || v.Version == next.Version {
			t.Errorf("the next visit stayed: %+v, %v", v, err)
		}
		f.must(f.FindOverruns(f.ctx))
		if got := f.alerts(); len(got) != 0 {
			t.Errorf("alerts after the repair: %v", got)
		}
	})
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for range 3 {
			f.order(f.one)
		}
		week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
		in := ScheduleInput{Act: access.Act{OperationID: "s1"}, Name: "每晚", Outlet: f.own.ID, At: 18 * 60, Weekdays: week, Ahead: 1, Days: 1, Publish: true, Active: true}
		v, err := f.CreateSchedule(f.ctx, in)
		f.must(err)
		if again, err := f.CreateSchedule(f.ctx, in); err != nil || again.ID != v.ID {
			t.Errorf("the same operation again: %s, %v", again.ID, err)
		}
		runs := func() []ScheduleRun {
			list, err := f.ScheduleRuns(f.ctx, v.ID, 0, 50)
			f.must(err)
			return list
		}
		f.must(f.RunSchedules(f.ctx))
		if n := len(runs()); n != 0 {
			t.Fatalf("%d runs before the time", n)
		}
		f.advance(10*time.Hour + time.Minute) // 18:01
		var wg sync.WaitGroup
		for range 4 { // as many nodes
			wg.Go(func() {
				if err := f.RunSchedules(context.WithoutCancel(f.ctx)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list := runs()
		if len(list) != 1 || list[0].State != RunPlanning || list[0].Date != today {
			t.Fatalf("runs: %+v", list)
		}
		p, err := f.GetPlan(f.ctx, list[0].Plan)
		f.must(err)
		if p.Date != today+1 || p.OutletPath != "/own/" || p.Schedule != v.ID {
			t.Errorf("plan: %+v", p)
		}
		f.must(f.runPlan(f.ctx, PlanArgs{Plan: p.ID, Task: p.TaskID}))
		f.must(f.runPlan(f.ctx, PlanArgs{Plan: p.ID, Task: p.TaskID}))
		if p, err = f.GetPlan(f.ctx, p.ID); err != nil || p.State != PlanStatePublished || runs()[0].State != RunPublished {
			t.Errorf("after the run: plan %s, run %+v, %v", p.State, runs()[0], err)
		}
		// Nobody is there for three evenings: what is not over is caught up, the rest is noted as missed.
		f.advance(3*24*time.Hour + 12*time.Hour) // Friday 06:01
		f.must(f.RunSchedules(f.ctx))
		list = runs()
		states := []RunState{}
		for _, r := range list {
			states = append(states, r.State)
		}
		if !slices.Equal(states, []RunState{RunPlanning, RunMissed, RunMissed, RunPublished}) {
			t.Errorf("runs, the newest first: %v", states)
		}
		edit := in
		edit.ID, edit.Version, edit.At, edit.Publish = v.ID, v.Version, 5*60, false
		if _, err := f.EditSchedule(f.ctx, ScheduleInput{ID: v.ID, Version: v.Version + 1, Name: "x", At: 1, Weekdays: week, Days: 1}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("edit of another version: %v", err)
		}
		if v, err = f.EditSchedule(f.ctx, edit); err != nil || v.Publish || v.Version != 2 {
			t.Errorf("edit: %+v, %v", v, err)
		}
		f.must(f.RunSchedules(f.ctx))
		if n := len(runs()); n != 4 {
			t.Errorf("%d runs: a time that was moved to the past ran at once", n)
		}
		for _, who := range []context.Context{f.as(access.RoleDispatcher, "/hz/"), f.as(access.RoleDispatcher, "/", f.two)} {
			if _, err := f.GetSchedule(who, v.ID); !problem.Match(err, ErrNoSchedule) {
				t.Errorf("seen from outside: %v", err)
			}
			if list, err := f.Schedules(who, time.Time{}, "", 10); err != nil || len(list) != 0 {
				t.Errorf("listed outside: %d, %v", len(list), err)
			}
			if list, err := f.Plans(who, PlanFilter{Limit: 10}); err != nil || len(list) != 0 {
				t.Errorf("plans listed outside: %d, %v", len(list), err)
			}
		}
		if list, err := f.Plans(f.as(access.RoleDispatcher, "/own/"), PlanFilter{Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("the outlet sees plans with what no outlet has yet: %+v, %v", list, err)
		}
		if list, err := f.Plans(f.ctx, PlanFilter{Kind: PlanOfDay, Outlet: f.own.ID, Limit: 10}); err != nil || len(list) != 2 || list[1].Summary.Visits == 0 {
			t.Errorf("plans listed inside: %+v, %v", list, err)
		}
		f.must(f.DeleteSchedule(f.ctx, v.ID))
		if _, err := f.GetSchedule(f.ctx, v.ID); !problem.Match(err, ErrNoSchedule) {
			t.Errorf("after its end: %v", err)
		}
	})
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for range 12 {
			f.order(f.one)
		}
		v := f.planned(f.order(f.one), f.zhao, at(1, 9, 0))
		run := func(name string, a Assumptions) Scenario {
			t.Helper()
			sc, err := f.CreateScenario(f.ctx, ScenarioInput{Act: access.Act{OperationID: name}, Name: name, Outlet: f.own.ID, Date: today + 1, Assumptions: a})
			f.must(err)
			f.must(f.runScenario(f.ctx, ScenarioArgs{Scenario: sc.ID, Task: sc.TaskID}))
			sc, err = f.GetScenario(f.ctx, sc.ID)
			f.must(err)
			if sc.State != ScenarioDone || sc.Result == nil {
				t.Fatalf("%s: %+v", name, sc)
			}
			return sc
		}
		skill := []workforce.Skill{}
		for _, s := range skills {
			skill = append(skill, workforce.Skill{Code: s, Level: 3})
		}
		base := run("base", Assumptions{})
		if b := base.Result; b.Base.Demand != 13 || b.Changed.less(b.Base) != (OutcomeGap{}) || b.Base.Served+b.Base.Unserved != 13 || b.Base.Served == 0 {
			t.Errorf("base: %+v", b)
		}
		more := run("more", Assumptions{Demand: 100})
		if r := more.Result; r.Changed.Demand != 26 || r.Changed.Served < r.Base.Served {
			t.Errorf("twice the work: %+v", r.Changed)
		}
		people := run("people", Assumptions{Demand: 100, People: []ExtraPeople{{Outlet: f.own.ID, Count: 3, Skills: skill}}})
		if r := people.Result; r.Changed.Engineers != r.Base.Engineers+3 || r.Changed.Served <= more.Result.Changed.Served {
			t.Errorf("more people: %+v", r.Changed)
		}
		shut := run("shut", Assumptions{Closed: []outlets.ID{f.own.ID}})
		if r := shut.Result; r.Changed.Engineers != 0 || r.Changed.Served != 0 || len(r.Changed.Reasons) == 0 {
			t.Errorf("closed: %+v", r.Changed)
		}
		long := run("long", Assumptions{Demand: 100, Shifts: []OtherShifts{{Outlet: f.own.ID, Overtime: 120}}})
		if r := long.Result; r.Changed.Served <= more.Result.Changed.Served || r.Changed.Overtime == 0 {
			t.Errorf("overtime: %+v", r.Changed)
		}
		away := run("away", Assumptions{Away: []AbsentTime{{f.zhao.ID, at(1, 0, 0), at(2, 0, 0)}}, Skills: []ExtraSkills{{f.qian.ID, skill[:1]}}, Demand: -50})
		if r := away.Result; r.Changed.Busy != 1 || r.Changed.Demand != 6 {
			t.Errorf("away: %+v", r.Changed)
		}
		if x, err := f.orders.FindVisit(f.ctx, d, v.ID); err != nil || x.Version != v.Version {
			t.Errorf("a scenario moved a visit: %+v", x)
		}
		if n := len(f.alerts()); n != 0 {
			t.Errorf("scenarios raised %d alerts", n)
		}
		for _, who := range []context.Context{f.as(access.RoleDispatcher, "/hz/"), f.as(access.RoleDispatcher, "/", f.two)} {
			if list, err := f.Scenarios(who, time.Time{}, "", 10); err != nil || len(list) != 0 {
				t.Errorf("listed outside: %d, %v", len(list), err)
			}
			if err := f.DeleteScenario(who, base.ID); !problem.Match(err, ErrNoScenario) {
				t.Errorf("deleted from outside: %v", err)
			}
		}
		_, err := f.CreateScenario(f.as(access.RoleDispatcher, "/own/"), ScenarioInput{Name: "x", Date: today + 1, Assumptions: Assumptions{Closed: []outlets.ID{f.hz.ID}, People: []ExtraPeople{{Outlet: f.own.ID, Count: 0}}}})
		if !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("another's outlet: %v", err)
		}
		// One that is stopped is failed, and can be deleted.
		sc, err := f.CreateScenario(f.ctx, ScenarioInput{Name: "stop", Date: today + 1})
		f.must(err)
		if err := f.DeleteScenario(f.ctx, sc.ID); !problem.Match(err, ErrScenarioState) {
			t.Errorf("deleted while it runs: %v", err)
		}
		_, err = f.tasks.Cancel(f.ctx, sc.TaskID)
		f.must(err)
		f.must(f.runScenario(f.ctx, ScenarioArgs{Scenario: sc.ID, Task: sc.TaskID}))
		if task, err := f.tasks.Get(f.ctx, sc.TaskID); err != nil || task.State != jobs.TaskCancelled {
			t.Errorf("task: %+v, %v", task, err)
		}
		f.must(f.DeleteScenario(f.ctx, sc.ID))
		if _, err := f.GetScenario(f.ctx, sc.ID); !problem.Match(err, ErrNoScenario) {
			t.Errorf("after it was deleted: %v", err)
		}
	})
}
