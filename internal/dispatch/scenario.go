package dispatch

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// Scenario asks what would be if: the same days with other assumptions, and what came of both. Nothing of it reaches
// the board.
type Scenario struct {
	ID          string
	TaskID      jobs.TaskID
	Name        string
	State       ScenarioState
	OutletPath  string
	Brands      []string // nil: all
	Wide        bool     // with what no outlet has yet
	Date        calendar.Date
	Days        int
	Assumptions Assumptions
	Result      *ScenarioResult // nil until it is done
	CreatedBy   string
	CreatedAt   time.Time
	EndedAt     *time.Time
	Version     int64
}

// ScenarioState is where a scenario stands.
type ScenarioState string

// States of a scenario: running → done or failed (also when it was stopped).
const (
	ScenarioRunning ScenarioState = "running"
	ScenarioDone    ScenarioState = "done"
	ScenarioFailed  ScenarioState = "failed"
)

// span is the scenario's days as those of a plan.
func (v Scenario) span() DayPlan {
	return DayPlan{OutletPath: v.OutletPath, Wide: v.Wide, Brands: v.Brands, Date: v.Date, Days: v.Days}
}

func (v Scenario) visible(scope access.Scope) bool {
	return madeVisible(scope, v.OutletPath, v.Wide, v.Brands)
}

// Assumptions are what is otherwise. None at all is the base by itself.
type Assumptions struct {
	People []ExtraPeople `json:"people,omitempty" maxItems:"50" doc:"more people at an outlet"`
	Skills []ExtraSkills `json:"skills,omitempty" maxItems:"200" doc:"skills that engineers learn"`
	Shifts []OtherShifts `json:"shifts,omitempty" maxItems:"50" doc:"other shifts, or overtime"`
	Away   []AbsentTime  `json:"away,omitempty" maxItems:"200" doc:"engineers who are away"`
	Closed []outlets.ID  `json:"closed,omitempty" maxItems:"200" doc:"outlets that are closed, with those below them"`
	Demand int           `json:"demand_percent,omitempty" minimum:"-100" maximum:"300" doc:"work more or less, of what waits and is planned"`
}

// ExtraPeople are people that an outlet does not have.
type ExtraPeople struct {
	Outlet outlets.ID        `json:"outlet_id" maxLength:"36"`
	Count  int               `json:"count" minimum:"1" maximum:"200"`
	Skills []workforce.Skill `json:"skills" maxItems:"50" doc:"with the papers that they take"`
	From   string            `json:"from,omitempty" maxLength:"5" doc:"15:04, local; default: the outlet's hours"`
	To     string            `json:"to,omitempty" maxLength:"5"`
}

// ExtraSkills are skills that an engineer does not have, with the papers that they take.
type ExtraSkills struct {
	Engineer workforce.EngineerID `json:"engineer_id" maxLength:"36"`
	Skills   []workforce.Skill    `json:"skills" minItems:"1" maxItems:"50"`
}

// OtherShifts are when people work instead.
type OtherShifts struct {
	Outlet   outlets.ID `json:"outlet_id,omitempty" maxLength:"36" doc:"and those below; default: all"`
	From     string     `json:"from,omitempty" maxLength:"5" doc:"15:04, local, on days on which somebody works; with to"`
	To       string     `json:"to,omitempty" maxLength:"5"`
	Overtime int        `json:"overtime_minutes,omitempty" minimum:"-600" maximum:"600" doc:"added to the end of the last shift of a day"`
}

// Outcome is what a plan of all work amounts to.
type Outcome struct {
	Demand    int           `json:"demand" doc:"pieces of work"`
	Served    int           `json:"served"`
	Unserved  int           `json:"unserved"`
	Promised  int           `json:"promised" doc:"of the demand"`
	Kept      int           `json:"promised_served"`
	Reasons   []ReasonCount `json:"unserved_reasons" doc:"what stood in the way first, the most frequent first"`
	Travel    int64         `json:"travel_s"`
	Work      int64         `json:"work_s"`
	Overtime  int64         `json:"overtime_s" doc:"outside of the shifts as they are"`
	Engineers int           `json:"engineers"`
	Busy      int           `json:"busy" doc:"engineers' days with work"`
	Outlets   []OutletLoad  `json:"outlets"`
}

// ReasonCount is how often a rule stood in the way first.
type ReasonCount struct {
	Code  string `json:"code"`
	Count int    `json:"count"`
}

// OutletLoad is what the people of an outlet have to do.
type OutletLoad struct {
	Outlet    outlets.ID `json:"outlet_id"`
	Name      string     `json:"name"`
	Engineers int        `json:"engineers"`
	Visits    int        `json:"visits"`
	Work      int64      `json:"work_s"`
	Travel    int64      `json:"travel_s"`
	Overtime  int64      `json:"overtime_s"`
	Capacity  int64      `json:"capacity_s" doc:"seconds of shift"`
}

// ScenarioResult is the same days as they are and as they would be, both planned anew from the same data.
type ScenarioResult struct {
	TakenAt time.Time   `json:"taken_at" doc:"when the data was read"`
	Base    Outcome     `json:"base"`
	Changed Outcome     `json:"changed"`
	Notes   reason.List `json:"notes" doc:"what of the assumptions had no effect"`
}

// ScenarioInput asks what would be if.
type ScenarioInput struct {
	access.Act
	Name        string
	Outlet      outlets.ID // empty: all that the actor sees
	Date        calendar.Date
	Days        int // 0 counts as 1
	Assumptions Assumptions
}

// ScenarioArgs are the arguments of the job that reckons a scenario.
type ScenarioArgs struct {
	Scenario string      `json:"scenario"`
	Task     jobs.TaskID `json:"task"`
}

// Kind implements jobs.Args.
func (ScenarioArgs) Kind() string { return "dispatch.scenario" }

func (in *ScenarioInput) check() error {
	in.Name = strings.TrimSpace(in.Name)
	var f problem.Fields
	f.Check(in.Name != "", "name", problem.Required)
	f.Check(utf8.RuneCountInString(in.Name) <= maxName, "name", problem.TooLong, "limit", maxName)
	a := in.Assumptions
	f.Check(a.Demand >= -100 && a.Demand <= 300, "assumptions.demand_percent", problem.OutOfRange, "min", -100, "max", 300)
	for i, p := range a.People {
		field := fmt.Sprintf("assumptions.people.%d", i)
		f.Check(p.Count >= 1 && p.Count <= 200, field+".count", problem.OutOfRange, "min", 1, "max", 200)
		checkHours(&f, field, p.From, p.To)
	}
	for i, sh := range a.Shifts {
		field := fmt.Sprintf("assumptions.shifts.%d", i)
		f.Check(sh.From != "" || sh.Overtime != 0, field+".from", problem.Required)
		f.Check(sh.Overtime >= -600 && sh.Overtime <= 600, field+".overtime_minutes", problem.OutOfRange, "min", -600, "max", 600)
		checkHours(&f, field, sh.From, sh.To)
	}
	for i, w := range a.Away {
		f.Check(!w.From.IsZero() && w.To.After(w.From), fmt.Sprintf("assumptions.away.%d.to", i), problem.BadTime)
	}
	return f.Err()
}

// checkHours refuses hours of which one is missing, that are no hours, or that end before they begin.
func checkHours(f *problem.Fields, field, from, to string) {
	if from == "" && to == "" {
		return
	}
	a, okA := clockMinutes(from)
	b, okB := clockMinutes(to)
	f.Check(okA, field+".from", problem.BadFormat)
	f.Check(okB, field+".to", problem.BadFormat)
	f.Check(!okA || !okB || b > a, field+".to", problem.BadTime)
}

// clockMinutes reads "15:04" as minutes of a day; "24:00" is its end.
func clockMinutes(text string) (int, bool) {
	if text == "24:00" {
		return calendar.DayMinutes, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}
