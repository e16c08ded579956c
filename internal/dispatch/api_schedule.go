package dispatch

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

// weekdayNames are the names of days in bodies, from Sunday.
var weekdayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ScheduleSaid is what a person says of a schedule.
type ScheduleSaid struct {
	Name     string   `json:"name" minLength:"1" maxLength:"60"`
	At       string   `json:"at" maxLength:"5" doc:"15:04, local time of the outlet"`
	Weekdays []string `json:"weekdays" minItems:"1" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"on which it runs"`
	Ahead    int      `json:"ahead" minimum:"0" maximum:"14" doc:"days from the run to the first date that is planned; 1 is tomorrow"`
	Days     int      `json:"days" minimum:"1" maximum:"7" doc:"how many dates are planned"`
	Publish  bool     `json:"publish" doc:"publish at once; else it stays a draft"`
	Active   bool     `json:"active"`
}

type scheduleBody struct {
	ID string `json:"id"`
	ScheduleSaid
	OutletID   outlets.ID `json:"outlet_id"`
	OutletPath string     `json:"outlet_path"`
	NextAt     *time.Time `json:"next_at,omitempty" doc:"absent while it rests"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	Version    int64      `json:"version"`
}

type scheduleRunBody struct {
	Date      string     `json:"date" doc:"on which it ran"`
	DueAt     time.Time  `json:"due_at"`
	State     RunState   `json:"state" enum:"planning,draft,published,failed,missed"`
	PlanID    string     `json:"plan_id,omitempty"`
	Error     string     `json:"error,omitempty" doc:"code of why it failed, or stayed a draft"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

type createScheduleIn struct {
	Body struct {
		httpapi.ActIn
		OutletID outlets.ID `json:"outlet_id" maxLength:"36" doc:"planned with those below it"`
		ScheduleSaid
	}
}

type editScheduleIn struct {
	TextID
	httpapi.VersionIn
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"64"`
		ScheduleSaid
	}
}

type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func (b ScheduleSaid) input() (ScheduleInput, error) {
	in := ScheduleInput{Name: b.Name, Ahead: b.Ahead, Days: b.Days, Publish: b.Publish, Active: b.Active}
	var f problem.Fields
	at, ok := clockMinutes(b.At)
	f.Check(ok && at < calendar.DayMinutes, "at", problem.BadFormat)
	in.At = at
	for i, name := range b.Weekdays {
		d := slices.Index(weekdayNames, name)
		f.Check(d >= 0, fmt.Sprintf("weekdays.%d", i), problem.BadChoice)
		in.Weekdays = append(in.Weekdays, time.Weekday(d))
	}
	return in, f.Err()
}

func (s *Service) scheduleBody(ctx context.Context, v Schedule) (scheduleBody, error) {
	out := scheduleBody{
		ID: v.ID, OutletID: v.OutletID, OutletPath: v.OutletPath, CreatedBy: v.CreatedBy, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, Version: v.Version,
		ScheduleSaid: ScheduleSaid{
			Name: v.Name, At: fmt.Sprintf("%02d:%02d", v.At/60, v.At%60), Weekdays: []string{}, Ahead: v.Ahead, Days: v.Days, Publish: v.Publish, Active: v.Active,
		},
	}
	for _, d := range v.Weekdays {
		out.Weekdays = append(out.Weekdays, weekdayNames[d])
	}
	next, err := s.NextRun(ctx, v)
	if !next.IsZero() {
		out.NextAt = &next
	}
	return out, err
}

func (s *Service) registerSchedules(api *httpapi.Server) {
	render := func(ctx context.Context, v Schedule) (*tagged[scheduleBody], error) {
		b, err := s.scheduleBody(ctx, v)
		return &tagged[scheduleBody]{ETag: httpapi.ETag(v.Version), Body: b}, err
	}
	httpapi.Act(api, huma.Operation{
		OperationID: "create-dispatch-schedule", Method: http.MethodPost, Path: "/dispatch/schedules", Tags: tags, Summary: "Have an outlet planned by itself",
		Description: "Each date is run once; runs that nobody was there for are caught up as far as their days are not over.",
	}, func(ctx context.Context, in *createScheduleIn) (Schedule, error) {
		v, err := in.Body.input()
		if err != nil {
			return Schedule{}, err
		}
		v.Act, v.Outlet = in.Body.Act(), in.Body.OutletID
		return s.CreateSchedule(ctx, v)
	}, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "edit-dispatch-schedule", Method: http.MethodPut, Path: "/dispatch/schedules/{id}", Tags: tags, Summary: "Change a schedule",
	}, func(ctx context.Context, in *editScheduleIn) (Schedule, error) {
		version, err := in.Version()
		if err != nil {
			return Schedule{}, err
		}
		v, err := in.Body.input()
		if err != nil {
			return Schedule{}, err
		}
		v.ID, v.Version, v.Reason = in.ID, version, in.Body.Reason
		return s.EditSchedule(ctx, v)
	}, render)
	httpapi.Register(api, huma.Operation{
		OperationID: "delete-dispatch-schedule", Method: http.MethodDelete, Path: "/dispatch/schedules/{id}", Tags: tags, Summary: "End a schedule",
		Description: "Its plans stay.",
	}, func(ctx context.Context, in *TextID) (*struct{}, error) { return nil, s.DeleteSchedule(ctx, in.ID) })
	httpapi.Register(api, huma.Operation{
		OperationID: "get-dispatch-schedule", Method: http.MethodGet, Path: "/dispatch/schedules/{id}", Tags: tags, Summary: "Read a schedule",
	}, func(ctx context.Context, in *TextID) (*tagged[scheduleBody], error) {
		v, err := s.GetSchedule(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return render(ctx, v)
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-dispatch-schedules", Method: http.MethodGet, Path: "/dispatch/schedules", Tags: tags, Summary: "List schedules", Description: "The newest first.",
	}, s.listSchedules)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-dispatch-schedule-runs", Method: http.MethodGet, Path: "/dispatch/schedules/{id}/runs", Tags: tags, Summary: "List the runs of a schedule",
		Description: "The newest first.",
	}, s.listRuns)
}

func (s *Service) listSchedules(ctx context.Context, in *httpapi.PageIn) (*httpapi.PageOut[scheduleBody], error) {
	var before time.Time
	var id string
	if _, err := httpapi.DecodeCursor(in.Cursor, &before, &id); err != nil {
		return nil, err
	}
	list, err := s.Schedules(ctx, before, id, in.Limit+1)
	if err != nil {
		return nil, err
	}
	bodies := make([]scheduleBody, len(list))
	for i, v := range list {
		if bodies[i], err = s.scheduleBody(ctx, v); err != nil {
			return nil, err
		}
	}
	page := httpapi.MakePage(bodies, in.Limit, func(b scheduleBody) scheduleBody { return b }, func(b scheduleBody) []any { return []any{b.CreatedAt, b.ID} })
	return &httpapi.PageOut[scheduleBody]{Body: page}, nil
}

func (s *Service) listRuns(ctx context.Context, in *struct {
	TextID
	httpapi.PageIn
},
) (*httpapi.PageOut[scheduleRunBody], error) {
	text := ""
	if _, err := httpapi.DecodeCursor(in.Cursor, &text); err != nil {
		return nil, err
	}
	before, err := optionalDate("cursor", text)
	if err != nil {
		return nil, err
	}
	list, err := s.ScheduleRuns(ctx, in.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, func(r ScheduleRun) scheduleRunBody {
		return scheduleRunBody{r.Date.String(), r.DueAt, r.State, r.Plan, r.Error, r.Started, r.Ended}
	}, func(r ScheduleRun) []any { return []any{r.Date.String()} })
	return &httpapi.PageOut[scheduleRunBody]{Body: page}, nil
}
