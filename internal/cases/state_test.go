package cases

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC) // a Monday, 12:00 in Shanghai

// acts does every act of the table with guards that let it pass.
var acts = map[string]func(c *Case) error{
	"classify":       func(c *Case) error { return c.classify(noon) },
	"serve":          func(c *Case) error { return c.serve(noon) },
	"solve_remotely": func(c *Case) error { return c.solveRemotely(work{}, noon) },
	"finish":         func(c *Case) error { return c.move("finish", Verifying, noon) },
	"not_solved":     func(c *Case) error { return c.notSolved(work{}, "same_fault_again", noon) },
	"close":          func(c *Case) error { return c.close(work{}, 0, "solved", noon) },
	"reopen":         func(c *Case) error { return c.reopen("not_repaired", noon) },
	"cancel":         func(c *Case) error { return c.cancel(work{}, "duplicate", noon) },
	"merge": func(c *Case) error {
		return c.merge(Case{ID: "other", State: Open, BrandID: c.BrandID}, work{}, noon)
	},
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	if len(acts) != len(Transitions) {
		t.Fatalf("%d acts tested, the table has %d", len(acts), len(Transitions))
	}
	for _, row := range Transitions {
		act := acts[row.Act]
		if act == nil {
			t.Fatalf("no act %s", row.Act)
		}
		for _, from := range States {
			c := Case{ID: "c", State: from, BrandID: "b", SubState: "x", ClosedAt: new(noon.Add(-time.Hour))}
			err := act(&c)
			if slices.Contains(row.From, from) {
				if err != nil || !slices.Contains(row.To, c.State) || c.SubState != "" {
					t.Errorf("%s from %s = %s (sub-state %q), %v; want one of %v", row.Act, from, c.State, c.SubState, err, row.To)
				}
				continue
			}
			if !problem.Match(err, ErrState) || c.State != from || c.SubState != "x" {
				t.Errorf("%s from %s = %s, %v; want %v and nothing changed", row.Act, from, c.State, err, ErrState)
			}
		}
	}
	for _, from := range States {
		for _, next := range (Case{State: from}).NextActs() {
			if next == "serve" || next == "finish" {
				t.Errorf("%s offers %s, which is a rule", from, next)
			}
		}
	}
	if got := (Case{State: Cancelled}).NextActs(); len(got) != 0 {
		t.Errorf("a cancelled case offers %v", got)
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	closed := func(ago time.Duration) Case { return Case{State: Closed, ClosedAt: new(noon.Add(-ago))} }
	for _, tt := range []struct {
		name string
		c    Case
		act  func(c *Case) error
		to   State
		want *problem.Code
	}{
		{"solve with live work", Case{State: Serving}, func(c *Case) error { return c.solveRemotely(work{live: 1}, noon) }, Serving, ErrLiveWork},
		{"solve after work ended", Case{State: Serving}, func(c *Case) error { return c.solveRemotely(work{done: 1}, noon) }, Verifying, nil},
		{"not solved with live work", Case{State: Verifying}, func(c *Case) error { return c.notSolved(work{live: 1}, "r", noon) }, Serving, nil},
		{"not solved without", Case{State: Verifying}, func(c *Case) error { return c.notSolved(work{}, "r", noon) }, Diagnosing, nil},
		{"close with work that has not ended", Case{State: Verifying}, func(c *Case) error { return c.close(work{unended: 1, done: 1}, 0, "solved", noon) }, Verifying, ErrWorkNotEnded},
		{"close with an open child", Case{State: Verifying}, func(c *Case) error { return c.close(work{}, 1, "solved", noon) }, Verifying, ErrOpenChildren},
		{"close a complaint that nobody answers for", Case{State: Verifying, Type: Complaint}, func(c *Case) error { return c.close(work{}, 0, "solved", noon) }, Verifying, problem.ErrInvalid},
		{"close a complaint", Case{State: Verifying, Type: Complaint, Blame: "outlet"}, func(c *Case) error { return c.close(work{}, 0, "solved", noon) }, Closed, nil},
		{"reopen on the thirtieth day", closed(ReopenFor), func(c *Case) error { return c.reopen("r", noon) }, Serving, nil},
		{"reopen later", closed(ReopenFor + time.Second), func(c *Case) error { return c.reopen("r", noon) }, Closed, ErrTooLate},
		{"cancel with work done", Case{State: Serving}, func(c *Case) error { return c.cancel(work{done: 1}, "r", noon) }, Serving, ErrWorkDone},
		{"cancel with live work", Case{State: Serving}, func(c *Case) error { return c.cancel(work{live: 1}, "r", noon) }, Serving, ErrLiveWork},
		{"merge into itself", Case{ID: "a", State: Open}, func(c *Case) error { return c.merge(Case{ID: "a", State: Open}, work{}, noon) }, Open, problem.ErrInvalid},
		{"merge into a closed one", Case{ID: "a", State: Open}, func(c *Case) error { return c.merge(Case{ID: "b", State: Closed}, work{}, noon) }, Open, ErrMergeTarget},
		{"merge into another brand's", Case{ID: "a", State: Open, BrandID: "x"}, func(c *Case) error { return c.merge(Case{ID: "b", State: Open, BrandID: "y"}, work{}, noon) }, Open, ErrMergeTarget},
		{"merge with live work", Case{ID: "a", State: Serving}, func(c *Case) error { return c.merge(Case{ID: "b", State: Open}, work{live: 1}, noon) }, Serving, ErrLiveWork},
	} {
		if err := tt.act(&tt.c); !problem.Match(err, tt.want) || tt.c.State != tt.to {
			t.Errorf("%s = %s, %v; want %s, %v", tt.name, tt.c.State, err, tt.to, tt.want)
		}
	}
	for _, tt := range []struct {
		state State
		w     work
		moved bool
		to    State
	}{
		{Serving, work{live: 1, done: 1}, false, Serving},
		{Serving, work{done: 1}, true, Verifying},
		{Serving, work{}, true, Diagnosing},
		{Diagnosing, work{done: 1}, false, Diagnosing},
	} {
		c := Case{State: tt.state}
		if moved, err := c.finish(tt.w, noon); moved != tt.moved || err != nil || c.State != tt.to {
			t.Errorf("finish %s with %+v = %v %s, %v; want %v %s", tt.state, tt.w, moved, c.State, err, tt.moved, tt.to)
		}
	}
}

// TestTimesOfActs checks which acts answer the customer and which find what is wrong.
func TestTimesOfActs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		act                  string
		from                 State
		answered, found, end bool
	}{
		{"classify", Open, true, false, false},
		{"serve", Open, false, true, false},
		{"solve_remotely", Diagnosing, true, true, false},
		{"finish", Serving, true, true, false},
		{"close", Verifying, true, false, true},
		{"reopen", Closed, false, true, false},
		{"cancel", Open, false, false, true},
		{"merge", Open, false, false, true},
	} {
		c := Case{ID: "c", State: tt.from}
		if tt.from == Closed {
			c.ClosedAt = new(noon)
		}
		if err := acts[tt.act](&c); err != nil {
			t.Fatal(err)
		}
		if (c.RespondedAt != nil) != tt.answered || (c.DiagnosedAt != nil) != tt.found || (c.ClosedAt != nil) != tt.end {
			t.Errorf("%s: answered %v, found %v, ended %v; want %v, %v, %v", tt.act, c.RespondedAt, c.DiagnosedAt, c.ClosedAt, tt.answered, tt.found, tt.end)
		}
	}
	c := Case{State: Open}
	c.respond(noon)
	c.respond(noon.Add(time.Hour))
	if !c.RespondedAt.Equal(noon) {
		t.Errorf("the first answer moved to %s", c.RespondedAt)
	}
	c.respond(noon.Add(-time.Minute)) // told later, happened before
	if !c.RespondedAt.Equal(noon.Add(-time.Minute)) {
		t.Errorf("an earlier answer told later gives %s", c.RespondedAt)
	}
}

// TestStages walks every stage of a complaint and tries every other step.
func TestStages(t *testing.T) {
	t.Parallel()
	for from := range stageNext {
		if _, ok := stageState[from]; !ok {
			t.Errorf("stage %s stands for no state", from)
		}
		for to := range stageNext {
			c := Case{Type: Complaint, Stage: from, State: stageState[from]}
			err := c.stage(to)
			if ok := slices.Contains(stageNext[from], to); ok != (err == nil) || !ok && (!problem.Match(err, ErrStage) || c.Stage != from) {
				t.Errorf("%s to %s: %v, allowed %v", from, to, err, ok)
			}
		}
	}
	c := Case{Type: Request, Stage: StageReceived}
	if err := c.stage(StageAcknowledged); !problem.Match(err, ErrNoComplaint) {
		t.Errorf("stage of a request = %v", err)
	}
	for _, tt := range []struct {
		act    string
		before State
		after  State
		want   Stage
	}{
		{"classify", Open, Diagnosing, StageClassified},
		{"classify", Serving, Serving, StageReceived}, // corrects the class, moves nothing
		{"serve", Diagnosing, Serving, StageExecuting},
		{"solve_remotely", Diagnosing, Verifying, StageVerified},
		{"finish", Serving, Verifying, StageVerified},
		{"finish", Serving, Diagnosing, StageInvestigating},
		{"not_solved", Verifying, Diagnosing, StageInvestigating},
		{"reopen", Closed, Serving, StageInvestigating},
		{"close", Verifying, Closed, StageReceived},
	} {
		c := Case{Type: Complaint, Stage: StageReceived, State: tt.after}
		if c.followState(tt.before, tt.act); c.Stage != tt.want {
			t.Errorf("%s from %s to %s leaves the stage %s, want %s", tt.act, tt.before, tt.after, c.Stage, tt.want)
		}
	}
}

func TestComplaintClass(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct {
		f     ComplaintFacts
		score int
		want  ComplaintClass
	}{
		{ComplaintFacts{}, 0, ClassC}, // late, attitude, price: ordinary
		{ComplaintFacts{SuggestionOnly: true}, 0, ClassD},
		{ComplaintFacts{Injury: true}, 5, ClassS}, // fire or injury, whatever the score
		{ComplaintFacts{Injury: true, SuggestionOnly: true}, 5, ClassS},
		{ComplaintFacts{Regulator: true, Media: true}, 7, ClassS},
		{ComplaintFacts{Regulator: true}, 4, ClassA},
		{ComplaintFacts{Media: true}, 3, ClassA}, // a threat to publish
		{ComplaintFacts{Contacts: 3}, 2, ClassC},
		{ComplaintFacts{Contacts: 4}, 3, ClassA}, // more than three contacts
		{ComplaintFacts{LossMinor: 500_000}, 2, ClassC},
		{ComplaintFacts{LossMinor: 500_001}, 3, ClassA}, // more than 5,000 yuan
		{ComplaintFacts{FailedRepairs: 1}, 1, ClassC},
		{ComplaintFacts{FailedRepairs: 2}, 2, ClassB},
		{ComplaintFacts{MissedVisits: 2}, 2, ClassB},
		{ComplaintFacts{RefusedRight: true}, 0, ClassB},
		{ComplaintFacts{FailedRepairs: 2, Vulnerable: true}, 4, ClassB},
		{ComplaintFacts{FailedRepairs: 3, Vulnerable: true, LossMinor: 1}, 6, ClassA}, // by score
		{ComplaintFacts{Regulator: true, Vulnerable: true, LossMinor: 200_000}, 8, ClassS},
		{ComplaintFacts{SuggestionOnly: true, Vulnerable: true}, 2, ClassC}, // the higher of table and score
	} {
		if got := tt.f.Class(); got != tt.want || tt.f.Score() != tt.score {
			t.Errorf("%d: %+v = %s with %d points, want %s with %d", i, tt.f, got, tt.f.Score(), tt.want, tt.score)
		}
	}
	c := Case{Type: Complaint}
	for _, tt := range []struct {
		f        ComplaintFacts
		approver string
		want     *problem.Code
		class    ComplaintClass
	}{
		{ComplaintFacts{}, "", nil, ClassC},
		{ComplaintFacts{Regulator: true}, "", nil, ClassA},
		{ComplaintFacts{}, "", problem.ErrInvalid, ClassA},
		{ComplaintFacts{}, "me", problem.ErrInvalid, ClassA},
		{ComplaintFacts{Regulator: true}, "", nil, ClassA},
		{ComplaintFacts{FailedRepairs: 2}, "boss", nil, ClassB},
	} {
		if err := c.rate(tt.f, "me", tt.approver); !problem.Match(err, tt.want) || c.Severity != tt.class {
			t.Errorf("rate %+v by %q = %s, %v; want %s, %v", tt.f, tt.approver, c.Severity, err, tt.class, tt.want)
		}
	}
	if !c.Regulator {
		t.Error("the regulator was forgotten with the class")
	}
}

func TestPriority(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		impact, urgency Level
		want            Priority
	}{
		{1, 1, P1},
		{1, 2, P2},
		{1, 3, P3},
		{2, 1, P2},
		{2, 2, P3},
		{2, 3, P4},
		{3, 1, P3},
		{3, 2, P4},
		{3, 3, P4},
		{0, 0, P3},
		{0, 1, P2},
		{1, 0, P2},
		{9, -1, P3},
	} {
		if got, _ := (PriorityFacts{Impact: tt.impact, Urgency: tt.urgency}).Decide(); got != tt.want {
			t.Errorf("impact %d urgency %d = %s, want %s", tt.impact, tt.urgency, got, tt.want)
		}
	}
	base := PriorityFacts{Impact: 2, Urgency: 2}
	_, before := base.Decide()
	for _, tt := range []struct {
		name    string
		change  func(*PriorityFacts)
		want    Priority
		changed []string
	}{
		{"nothing", func(*PriorityFacts) {}, P3, nil},
		{"impact", func(f *PriorityFacts) { f.Impact = 1 }, P2, []string{"cases.priority.matrix"}},
		{"urgency", func(f *PriorityFacts) { f.Urgency = 3 }, P4, []string{"cases.priority.matrix"}},
		{"somebody vulnerable", func(f *PriorityFacts) { f.Vulnerable = true }, P2, []string{"cases.priority.matrix", "cases.priority.vulnerable"}},
		{"danger", func(f *PriorityFacts) { f.Safety = Gas }, P1, []string{"cases.priority.matrix", "cases.priority.safety"}},
	} {
		f := base
		tt.change(&f)
		got, why := f.Decide()
		if changed := reason.Changed(before, why); got != tt.want || !slices.Equal(changed, tt.changed) {
			t.Errorf("%s: %s, changed %v; want %s, changed %v", tt.name, got, changed, tt.want, tt.changed)
		}
	}
	_, gas := PriorityFacts{Safety: Gas}.Decide()
	_, fire := PriorityFacts{Safety: Fire, Impact: 3, Urgency: 3, Vulnerable: true}.Decide()
	if fmt.Sprint(reason.Changed(gas, fire)) != "[cases.priority.safety]" {
		t.Errorf("gas and fire differ in %v", reason.Changed(gas, fire))
	}
}

func TestSafetyOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Safety{
		"厨房里有燃气味":                   Gas,
		"热水器漏气,不敢用":                 Gas,
		"没有燃气味,只是不点火":               "",
		"没有燃气味了,但是刚才又闻到煤气味":         Gas,
		"CO报警器响了":                   CO,
		"一氧化碳中毒送医院了":                CO,
		"洗衣机漏电,摸着麻手":                Shock,
		"空调不制冷":                     "",
		"插座冒烟":                      Fire,
		"未冒烟,有异响":                   "",
		"电池鼓包":                      Fire,
		"The dryer CAUGHT FIRE":     Fire,
		"there is no smoke coming":  "",
		"I got shocked by the door": Shock,
		"I smell gas":               Gas,
		"":                          "",
	} {
		if got := SafetyOf(text); got != want {
			t.Errorf("SafetyOf(%q) = %q, want %q", text, got, want)
		}
	}
}
