package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// takes lets repairs of gas water heaters, which the fixture's orders are, take tools from now on.
func (f *fixture) takes(tools ...catalog.ToolCode) {
	f.t.Helper()
	snap, err := f.catalog.Current(f.ctx, f.d)
	f.must(err)
	c, _ := snap.Category("GWH")
	_, err = f.catalog.EditCategory(f.ctx, catalog.EditCategoryInput{Code: "GWH", Version: c.Version, RepairTools: append([]catalog.ToolCode{}, tools...)})
	f.must(err)
}

// has gives an engineer tools along.
func (f *fixture) has(id workforce.EngineerID, tools ...catalog.ToolCode) {
	f.t.Helper()
	e, err := f.workforce.Get(f.ctx, f.d, id)
	f.must(err)
	_, err = f.workforce.Edit(f.ctx, workforce.EditInput{ID: id, Version: e.Version, Tools: append([]catalog.ToolCode{}, tools...)})
	f.must(err)
}

// keeps puts tools in the store of an outlet.
func (f *fixture) keeps(id outlets.ID, tools ...catalog.ToolCode) {
	f.t.Helper()
	o, err := f.outlets.Get(f.ctx, f.d, id)
	f.must(err)
	_, err = f.outlets.Edit(f.ctx, outlets.EditInput{ID: id, Version: o.Version, Tools: append([]catalog.ToolCode{}, tools...)})
	f.must(err)
}

// offeredBy are the engineers by whom windows are offered for an order.
func (f *fixture) offeredBy(id orders.ID) []workforce.EngineerID {
	f.t.Helper()
	list, err := f.Slots(f.ctx, id, 2)
	f.must(err)
	var out []workforce.EngineerID
	for _, w := range list {
		if w.Offered() && w.EngineerID != "" && !slices.Contains(out, w.EngineerID) {
			out = append(out, w.EngineerID)
		}
	}
	slices.Sort(out)
	return out
}

// TestTools: work goes to those who have its tools along, or fetch them at their outlet first, and whoever asks is told what is
// missing.
func TestTools(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.elsewhere(f.zhao)
		f.elsewhere(f.qian)
		plain := f.order(f.one)
		f.takes("GASLEAK", "COMETER")
		o := f.order(f.one)
		if want := []catalog.ToolCode{"COMETER", "GASLEAK"}; !slices.Equal(f.get(o.ID).Tools, want) || len(f.get(plain.ID).Tools) != 0 {
			t.Fatalf("the order takes %v, want %v; the one before %v, want none", o.Tools, want, plain.Tools)
		}

		if by := f.offeredBy(plain.ID); len(by) == 0 {
			t.Error("an order that takes none is offered by nobody")
		}
		if by := f.offeredBy(o.ID); len(by) > 0 {
			t.Errorf("nobody has the tools, and it is offered by %v", by)
		}
		loc := f.own.Location()
		_, slots, err := f.slotsOf(f.ctx, f.d, f.get(o.ID), []string{"/own/"}, f.windows(f.d.Now(), loc, 2), loc)
		f.must(err)
		for _, sl := range slots {
			if sl.Offered() || !slices.Contains(sl.Reasons.Codes(), planner.RuleTool) {
				t.Errorf("nobody has the tools, and %s is refused because of %v", sl.Window.From, sl.Reasons.Codes())
			}
		}
		for id, c := range f.candidates(o.ID) {
			if c.Fits || c.Reasons[0].Code != planner.RuleTool || c.Reasons[0].Params["tool"] != "COMETER" {
				t.Errorf("%s without tools: %+v", id, c.Reasons)
			}
		}

		f.has(f.zhao.ID, "COMETER", "GASLEAK", "VACUUM")
		f.has(f.qian.ID, "COMETER")
		got := f.candidates(o.ID)
		if !got[f.zhao.ID].Fits || got[f.qian.ID].Fits || got[f.qian.ID].Reasons[0].Params["tool"] != "GASLEAK" {
			t.Errorf("along: %+v; half of it along: %+v", got[f.zhao.ID], got[f.qian.ID].Reasons)
		}
		if by := f.offeredBy(o.ID); !slices.Equal(by, []workforce.EngineerID{f.zhao.ID}) {
			t.Errorf("offered by %v, want who has the tools along", by)
		}
		if plan := f.plansTool(o, f.zhao.ID); len(plan.Fetches) != 0 {
			t.Errorf("who has them along fetches %+v", plan.Fetches)
		}

		f.has(f.zhao.ID)
		f.keeps(f.own.ID, "GASLEAK")
		got = f.candidates(o.ID)
		if got[f.zhao.ID].Fits || !got[f.qian.ID].Fits {
			t.Errorf("kept by the outlet, for who has nothing along: %+v; the other one along: %+v", got[f.zhao.ID].Reasons, got[f.qian.ID].Reasons)
		}
		if by := f.offeredBy(o.ID); !slices.Equal(by, []workforce.EngineerID{f.qian.ID}) {
			t.Errorf("offered by %v, want who fetches the other tool", by)
		}
		if plan := f.plansTool(o, f.qian.ID); len(plan.Fetches) != 1 || !slices.Equal(plan.Fetches[0].Parts, []planner.PartCode{planner.Tool("GASLEAK")}) {
			t.Errorf("the plan fetches %+v", plan.Fetches)
		}
		f.onBoard(o)
	})
}

// plansTool plans the next day and wants an order with an engineer.
func (f *fixture) plansTool(o orders.Order, want workforce.EngineerID) planner.Plan {
	f.t.Helper()
	plan, err := f.PlanNow(f.ctx, StartPlanInput{Date: today + 1}, func(int, int) {})
	f.must(err)
	i := slices.IndexFunc(plan.Body.Plan.Assignments, func(a planner.Assignment) bool { return a.Job == planner.JobID(o.ID) })
	if i < 0 {
		f.t.Fatalf("not planned: %+v", plan.Body.Plan.Unserved)
	}
	if who := plan.Body.Plan.Assignments[i].Engineers[0]; who != planner.EngineerID(want) {
		f.t.Errorf("planned for %s, want %s", who, want)
	}
	_, err = f.DiscardPlan(f.ctx, PublishPlanInput{ID: plan.ID})
	f.must(err)
	return plan.Body.Plan
}

// onBoard: the board and the engineer's own phone show the stop, one for all of a day's work; by hand somebody may be sent without,
// with a reason, and the board says so.
func (f *fixture) onBoard(o orders.Order) {
	t := f.t
	_, err := f.Assign(f.ctx, AssignInput{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{f.qian.ID}, Start: at(1, 14, 0)})
	f.must(err)
	_, err = f.Assign(f.ctx, AssignInput{Orders: []orders.ID{f.order(f.one).ID}, Engineers: []workforce.EngineerID{f.qian.ID}, Start: at(1, 16, 30)})
	f.must(err)
	row := f.row(f.qian.ID, 1)
	if len(row.Fetches) != 1 || len(row.Fetches[0].Visits) != 2 || row.Fetches[0].End.After(at(1, 14, 0)) || row.Fetches[0].End.Sub(row.Fetches[0].Start) != 10*time.Minute || len(row.Short) != 0 {
		t.Fatalf("the board shows the stops %+v, short %v", row.Fetches, row.Short)
	}
	if b := row.Fetches[0].body(); len(b.Parts) != 0 || !slices.Equal(b.Tools, []string{"GASLEAK"}) {
		t.Errorf("the stop is for %+v", b)
	}
	own, err := f.Stops(access.With(f.ctx, access.Actor{Kind: access.User, ID: "qian", EngineerID: string(f.qian.ID), Permissions: access.Set{"*": true}, Lang: "zh-CN"}), today+1)
	f.must(err)
	if len(own) != 1 || !slices.Equal(own[0].ToolNames, []string{"燃气检漏仪"}) {
		t.Errorf("the engineer's own stops: %+v", own)
	}
	in := AssignInput{Orders: []orders.ID{f.order(f.one).ID}, Engineers: []workforce.EngineerID{f.zhao.ID}, Start: at(2, 14, 0)}
	_, err = f.Assign(f.ctx, in)
	if !problem.Match(err, ErrRules) || !slices.Contains(codes(err), planner.RuleTool) {
		t.Errorf("without the tools: %v, %v", err, codes(err))
	}
	in.Act, in.Override = access.Act{Reason: "customer_wants_engineer"}, true
	_, err = f.Assign(f.ctx, in)
	f.must(err)
	if row := f.row(f.zhao.ID, 2); len(row.Short) != 1 {
		t.Errorf("short of tools on the board: %v, want the visit", row.Short)
	}
	f.has(f.zhao.ID, "COMETER", "GASLEAK")
	if row := f.row(f.zhao.ID, 2); len(row.Short) != 0 {
		t.Errorf("short of tools on the board: %v, now that he has them", row.Short)
	}
}

// TestToolsInWhatIf: people who are added have every tool, and an engineer's lack of one leaves work unserved.
func TestToolsInWhatIf(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.takes("LADDER4")
		o := f.order(f.one)
		sc, err := f.CreateScenario(f.ctx, ScenarioInput{
			Name: "梯子", Outlet: f.own.ID, Date: today + 1, Assumptions: Assumptions{People: []ExtraPeople{{Outlet: f.own.ID, Count: 1, Skills: f.zhao.Skills}}},
		})
		f.must(err)
		f.must(f.runScenario(f.ctx, ScenarioArgs{Scenario: sc.ID, Task: sc.TaskID}))
		sc, err = f.GetScenario(f.ctx, sc.ID)
		f.must(err)
		base, changed := sc.Result.Base, sc.Result.Changed
		if base.Served != 0 || changed.Served != 1 || !slices.ContainsFunc(base.Reasons, func(r ReasonCount) bool { return r.Code == planner.RuleTool }) {
			t.Errorf("%s: served %d of %d before (%+v), %d after", o.Number, base.Served, base.Demand, base.Reasons, changed.Served)
		}
	})
}

// TestToolsInMemory: whatever is done, the days in memory are those that are read: with stops at stores for tools among them, and
// for work whose tools engineers have along.
func TestToolsInMemory(t *testing.T) {
	t.Parallel()
	for _, stores := range []bool{true, false} {
		t.Run(fmt.Sprint("stores ", stores), func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				f := newFixture(t, d)
				if !stores { // the order that is asked about takes tools itself
					f.takes("GASLEAK", "COMETER")
				}
				m := newMill(f, 7)
				if stores {
					f.takes("GASLEAK", "COMETER")
					f.keeps(f.own.ID, "GASLEAK", "COMETER")
					m.waiting = nil
					for range 12 {
						m.waiting = append(m.waiting, m.spot().ID)
					}
				}
				for _, e := range []workforce.Engineer{f.zhao, f.qian} {
					f.elsewhere(e)
				}
				stops, done := 0, map[string]bool{}
				for range 60 {
					act := ""
					switch m.r.IntN(6) {
					case 0:
						act = m.tools1(stores)
					case 1, 2:
						act = m.assign1()
					default:
						act = m.turn()
					}
					if what, ok := strings.CutSuffix(act, ": <nil>"); ok {
						done[what] = true
					}
					f.sameWorld(act, m.probe, []string{"/own/", "/hz/", "/yu/"}, today, today+4)
					for i := range 5 {
						board, err := f.Day(f.ctx, DayInput{Date: today + calendar.Date(i)})
						f.must(err)
						for _, row := range board.Rows {
							stops += len(row.Fetches)
						}
					}
				}
				if len(done) < 8 || stores && stops == 0 {
					t.Errorf("%d stops; only these were done, all else was refused: %v", stops, done)
				}
			})
		})
	}
}

// tools1 gives somebody other tools, or a store.
func (m *mill) tools1(stores bool) string {
	some := func(often bool) (out []catalog.ToolCode) {
		for _, t := range []catalog.ToolCode{"GASLEAK", "COMETER"} {
			if m.r.IntN(3) > 0 == often {
				out = append(out, t)
			}
		}
		return out
	}
	if stores && m.r.IntN(2) == 0 {
		m.keeps(m.own.ID, some(true)...)
		return "tools of a store: <nil>"
	}
	id, _ := one1(m, m.crew)
	m.has(id, some(!stores)...)
	return "tools of an engineer: <nil>"
}
