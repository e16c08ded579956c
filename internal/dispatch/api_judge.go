package dispatch

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/orders"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

type judgeIn struct {
	Body struct {
		Orders    []orders.ID            `json:"orders,omitempty" maxItems:"20" doc:"of one place; or a visit"`
		VisitID   orders.VisitID         `json:"visit_id,omitempty" maxLength:"36" doc:"that stands elsewhere"`
		Engineers []workforce.EngineerID `json:"engineers" minItems:"1" maxItems:"500" doc:"each is judged for itself"`
		With      []workforce.EngineerID `json:"with,omitempty" maxItems:"9" doc:"who would come along"`
		Date      string                 `json:"date,omitempty" maxLength:"10" doc:"2006-01-02: look for the best start of the date"`
		Start     time.Time              `json:"start,omitzero" doc:"judge this start"`
		End       time.Time              `json:"end,omitzero" doc:"default: as long as the work takes"`
	}
}

type judgedBody struct {
	EngineerID workforce.EngineerID `json:"engineer_id"`
	Verdict    Verdict              `json:"verdict" enum:"fits,dear,aside,refused" doc:"fits; dear: at a price; aside: rules have to be set aside with a reason; refused: never"`
	Start      time.Time            `json:"start,omitzero"`
	End        time.Time            `json:"end,omitzero"`
	Extra      int64                `json:"extra_s" doc:"seconds on the way more than without"`
	Reasons    reason.List          `json:"reasons" doc:"what forbids it first, then what weighs in"`
}

func (s *Service) registerJudge(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "judge-assignment", Method: http.MethodPost, Path: "/dispatch/judge", Tags: tags, Summary: "Ask how an assignment would be taken",
		Description: "What assigning or moving would say of each engineer, at a start or at the best one of a date. Nothing changes.",
	}, func(ctx context.Context, in *judgeIn) (*items[judgedBody], error) {
		b := in.Body
		ask := JudgeInput{Orders: b.Orders, Visit: b.VisitID, Engineers: b.Engineers, With: b.With, Start: b.Start, End: b.End}
		if b.Date != "" {
			date, err := calendar.ParseDate(b.Date)
			if err != nil {
				return nil, problem.Field("date", problem.BadFormat)
			}
			ask.Date = date
		}
		list, err := s.Judge(ctx, ask)
		return judgedItems(list, err)
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "judge-swap", Method: http.MethodPost, Path: "/dispatch/visits/{id}/judge_swap", Tags: tags, Summary: "Ask how a swap would be taken",
		Description: "What swapping the engineers of two visits would say of each of them, with who would lead it. Nothing changes.",
	}, func(ctx context.Context, in *judgeSwapIn) (*items[judgedBody], error) {
		list, err := s.JudgeSwap(ctx, in.ID, in.Body.With)
		return judgedItems(list, err)
	})
}

type judgeSwapIn struct {
	VisitPath
	Body struct {
		With orders.VisitID `json:"with" maxLength:"36" doc:"the other visit"`
	}
}

func judgedItems(list []Judged, err error) (*items[judgedBody], error) {
	if err != nil {
		return nil, err
	}
	out := make([]judgedBody, len(list))
	for i, j := range list {
		out[i] = judgedBody{j.Engineer, j.Verdict, j.Start, j.End, int64(j.Extra / time.Second), listed(j.Reasons)}
	}
	return itemsOf(out), nil
}
