package orders

import (
	"context"
	"net/http"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
)

type pointIn struct {
	Lat      float64 `json:"lat" minimum:"-90" maximum:"90"`
	Lon      float64 `json:"lon" minimum:"-180" maximum:"180"`
	Datum    string  `json:"datum,omitempty" enum:"WGS84,GCJ02,BD09" doc:"default: WGS84"`
	Accuracy float64 `json:"accuracy_m,omitempty" minimum:"0"`
}

func (p *pointIn) point() *geo.Point {
	if p == nil {
		return nil
	}
	datum := geo.Datum(p.Datum)
	if datum == "" {
		datum = geo.WGS84
	}
	return &geo.Point{Lat: p.Lat, Lon: p.Lon, Datum: datum, Source: "device"}
}

type fieldActIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Point *pointIn `json:"point,omitempty" doc:"where the device was"`
	}
}

func (in fieldActIn) input() FieldInput {
	return FieldInput{VisitInput: VisitInput{Act: in.Body.Act(), ID: in.ID}, Point: in.Body.Point.point()}
}

type departIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Point   *pointIn  `json:"point,omitempty"`
		Arrives time.Time `json:"arrives_at,omitzero" doc:"expected"`
		Share   bool      `json:"share_position,omitempty" doc:"the engineer agrees to show where he is until he arrives"`
	}
}

type delayIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Minutes int `json:"minutes" minimum:"1" maximum:"720"`
	}
}

// registerField adds what engineers do on their phones.
func (s *Service) registerField(api *httpapi.Server) {
	httpapi.Register(api, visitOp("list-field-visits", http.MethodGet, "/field/visits", "Read my visits",
		"The signed-in engineer's visits of today and tomorrow, with all that is needed to do them without a network; no phone numbers."),
		func(ctx context.Context, in *struct {
			Days int `query:"days" minimum:"1" maximum:"7" default:"2"`
		},
		) (*struct {
			Body struct {
				Items []FieldVisit `json:"items"`
			}
		}, error,
		) {
			list, err := s.FieldVisits(ctx, api, in.Days)
			if err != nil {
				return nil, err
			}
			out := &struct {
				Body struct {
					Items []FieldVisit `json:"items"`
				}
			}{}
			out.Body.Items = list
			return out, nil
		})
	answer := func(ctx context.Context, v Visit) (*visitOut, error) {
		out, err := visitOutOf(ctx, v)
		if err == nil && v.Conflicting {
			out.Body.Conflict = &clashBody{State: v.State, Words: api.Words().T(access.From(ctx).Lang, "order.conflict.kept", map[string]any{"state": string(v.State)})}
		}
		return out, err
	}
	plain := func(name, summary, description string, do func(ctx context.Context, in FieldInput) (Visit, error)) {
		httpapi.Act(api, visitOp(name+"-visit", http.MethodPost, "/visits/{id}/"+name, summary, description),
			func(ctx context.Context, in *fieldActIn) (Visit, error) { return do(ctx, in.input()) }, answer)
	}
	plain("accept", "Accept a visit", "", s.AcceptVisit)
	plain("decline", "Decline a visit", "Needs a reason of visit.decline.", s.DeclineVisit)
	plain("arrive", "Arrive", "The place is compared with the order's, not enforced; the promise is judged by occurred_at.", s.Arrive)
	plain("fail", "End a vain visit", "Needs a reason of visit.fail; the next visit is wished for.", s.FailVisit)
	httpapi.Act(api, visitOp("depart-visit", http.MethodPost, "/visits/{id}/depart", "Be on the way", "The customer is told."),
		func(ctx context.Context, in *departIn) (Visit, error) {
			return s.Depart(ctx, DepartInput{
				FieldInput: FieldInput{VisitInput: VisitInput{Act: in.Body.Act(), ID: in.ID}, Point: in.Body.Point.point()},
				Arrives:    in.Body.Arrives, Share: in.Body.Share,
			})
		}, answer)
	httpapi.Act(api, visitOp("delay-visit", http.MethodPost, "/visits/{id}/delay", "Tell the customer of a delay", "Needs a reason of visit.reschedule. The promise stands."),
		func(ctx context.Context, in *delayIn) (Visit, error) {
			return s.Delay(ctx, DelayInput{
				FieldInput: FieldInput{VisitInput: VisitInput{Act: in.Body.Act(), ID: in.ID}}, By: time.Duration(in.Body.Minutes) * time.Minute,
			})
		}, answer)
	httpapi.Act(api, visitOp("finish-visit", http.MethodPost, "/visits/{id}/finish", "Finish a visit",
		"An outcome and proof for every order. When the visit moved on meanwhile, all of it is kept and a conflict is raised."),
		func(ctx context.Context, in *finishIn) (Visit, error) {
			f, err := in.input()
			if err != nil {
				return Visit{}, err
			}
			return s.FinishVisit(ctx, f)
		}, answer)
	httpapi.Register(api, visitOp("show-position", http.MethodPut, "/visits/{id}/position", "Show where I am", "Only while travelling and agreed to; erased at arrival."),
		func(ctx context.Context, in *struct {
			ID   VisitID `path:"id" maxLength:"36"`
			Body pointIn
		},
		) (*struct{}, error) {
			return nil, s.Position(ctx, in.ID, *in.Body.point())
		})
	s.registerProof(api)
}
