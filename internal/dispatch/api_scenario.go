package dispatch

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

type createScenarioIn struct {
	Body struct {
		httpapi.ActIn
		Name        string      `json:"name" minLength:"1" maxLength:"60"`
		OutletID    outlets.ID  `json:"outlet_id,omitempty" maxLength:"36" doc:"default: all that you see"`
		Date        string      `json:"date" maxLength:"10" doc:"2006-01-02"`
		Days        int         `json:"days,omitempty" minimum:"0" maximum:"7" doc:"default: 1"`
		Assumptions Assumptions `json:"assumptions" doc:"what is otherwise"`
	}
}

type scenarioBody struct {
	ID          string          `json:"id"`
	TaskID      string          `json:"task_id" doc:"tells how far it is, and can be stopped"`
	Name        string          `json:"name"`
	State       ScenarioState   `json:"state" enum:"running,done,failed"`
	OutletPath  string          `json:"outlet_path"`
	Date        string          `json:"date"`
	Days        int             `json:"days"`
	Assumptions Assumptions     `json:"assumptions"`
	Result      *ScenarioResult `json:"result,omitempty"`
	CreatedBy   string          `json:"created_by"`
	CreatedAt   time.Time       `json:"created_at"`
	EndedAt     *time.Time      `json:"ended_at,omitempty"`
	Version     int64           `json:"version"`
}

func (v Scenario) body() scenarioBody {
	return scenarioBody{
		ID: v.ID, TaskID: string(v.TaskID), Name: v.Name, State: v.State, OutletPath: v.OutletPath, Date: v.Date.String(), Days: v.Days, Assumptions: v.Assumptions,
		Result: v.Result, CreatedBy: v.CreatedBy, CreatedAt: v.CreatedAt, EndedAt: v.EndedAt, Version: v.Version,
	}
}

// comparedScenario is one column of a comparison.
type comparedScenario struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Date    string     `json:"date"`
	Days    int        `json:"days"`
	TakenAt time.Time  `json:"taken_at"`
	Base    Outcome    `json:"base"`
	Changed Outcome    `json:"changed"`
	Gain    OutcomeGap `json:"gain" doc:"changed less base"`
}

// OutcomeGap is what an outcome has more than another; negative: less.
type OutcomeGap struct {
	Demand   int   `json:"demand"`
	Served   int   `json:"served"`
	Unserved int   `json:"unserved"`
	Kept     int   `json:"promised_served"`
	Travel   int64 `json:"travel_s"`
	Work     int64 `json:"work_s"`
	Overtime int64 `json:"overtime_s"`
	Busy     int   `json:"busy"`
}

func (o Outcome) less(b Outcome) OutcomeGap {
	return OutcomeGap{
		o.Demand - b.Demand, o.Served - b.Served, o.Unserved - b.Unserved, o.Kept - b.Kept, o.Travel - b.Travel, o.Work - b.Work, o.Overtime - b.Overtime, o.Busy - b.Busy,
	}
}

type scenariosBody struct {
	Items    []comparedScenario `json:"items" doc:"in the order asked for"`
	SameDays bool               `json:"same_days" doc:"all are of the same outlets and dates"`
	SameBase bool               `json:"same_base" doc:"and of the same data: their bases amount to the same"`
}

func (s *Service) registerScenarios(api *httpapi.Server) {
	httpapi.Act(api, huma.Operation{
		OperationID: "create-dispatch-scenario", Method: http.MethodPost, Path: "/dispatch/scenarios", Tags: tags, Summary: "Ask what would be if",
		Description: "A task that plans the same days twice, as they are and with other assumptions. Nothing of it reaches the board.",
	}, func(ctx context.Context, in *createScenarioIn) (Scenario, error) {
		date, err := calendar.ParseDate(in.Body.Date)
		if err != nil {
			return Scenario{}, problem.Field("date", problem.BadFormat)
		}
		b := in.Body
		return s.CreateScenario(ctx, ScenarioInput{Act: b.Act(), Name: b.Name, Outlet: b.OutletID, Date: date, Days: b.Days, Assumptions: b.Assumptions})
	}, func(_ context.Context, v Scenario) (*one[scenarioBody], error) { return oneOf(v.body()), nil })
	httpapi.Register(api, huma.Operation{
		OperationID: "list-dispatch-scenarios", Method: http.MethodGet, Path: "/dispatch/scenarios", Tags: tags, Summary: "List scenarios", Description: "The newest first.",
	}, s.listScenarios)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-dispatch-scenario", Method: http.MethodGet, Path: "/dispatch/scenarios/{id}", Tags: tags, Summary: "Read a scenario",
	}, func(ctx context.Context, in *TextID) (*one[scenarioBody], error) {
		v, err := s.GetScenario(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return oneOf(v.body()), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "delete-dispatch-scenario", Method: http.MethodDelete, Path: "/dispatch/scenarios/{id}", Tags: tags, Summary: "Delete a scenario",
		Description: "One that runs is stopped first, by its task.",
	}, func(ctx context.Context, in *TextID) (*struct{}, error) { return nil, s.DeleteScenario(ctx, in.ID) })
	httpapi.Register(api, huma.Operation{
		OperationID: "compare-dispatch-scenarios", Method: http.MethodGet, Path: "/dispatch/scenario_comparison", Tags: tags, Summary: "Compare scenarios side by side",
		Description: "Each with its base and what it gains.",
	}, s.compareScenarios)
}

func (s *Service) listScenarios(ctx context.Context, in *httpapi.PageIn) (*httpapi.PageOut[scenarioBody], error) {
	var before time.Time
	var id string
	if _, err := httpapi.DecodeCursor(in.Cursor, &before, &id); err != nil {
		return nil, err
	}
	list, err := s.Scenarios(ctx, before, id, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[scenarioBody]{Body: httpapi.MakePage(list, in.Limit, Scenario.body, func(v Scenario) []any { return []any{v.CreatedAt, v.ID} })}, nil
}

const maxCompared = 6

func (s *Service) compareScenarios(ctx context.Context, in *struct {
	IDs string `query:"ids" required:"true" maxLength:"300" doc:"scenario ids, separated by commas; up to 6"`
},
) (*one[scenariosBody], error) {
	ids := slices.DeleteFunc(strings.Split(in.IDs, ","), func(id string) bool { return id == "" })
	if len(ids) == 0 || len(ids) > maxCompared {
		return nil, problem.Field("ids", problem.OutOfRange, "min", 1, "max", maxCompared)
	}
	out := scenariosBody{Items: []comparedScenario{}, SameDays: true, SameBase: true}
	var first Scenario
	for i, id := range ids {
		v, err := s.GetScenario(ctx, id)
		if err != nil {
			return nil, err
		}
		if v.Result == nil {
			return nil, ErrScenarioState.With("state", string(v.State))
		}
		if i == 0 {
			first = v
		}
		r := v.Result
		out.SameDays = out.SameDays && v.OutletPath == first.OutletPath && v.Date == first.Date && v.Days == first.Days
		out.SameBase = out.SameBase && out.SameDays && r.Base.less(first.Result.Base) == (OutcomeGap{})
		out.Items = append(out.Items, comparedScenario{v.ID, v.Name, v.Date.String(), v.Days, r.TakenAt, r.Base, r.Changed, r.Changed.less(r.Base)})
	}
	return oneOf(out), nil
}
