package dispatch

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/httpapi"
	"anxin/internal/workforce"
)

// TextID names a record in a path.
type TextID struct {
	ID string `path:"id" maxLength:"36"`
}

// VisitPath names a visit in a path.
type VisitPath struct {
	ID orders.VisitID `path:"id" maxLength:"36" doc:"Visit id"`
}

type actIn[T any] struct {
	ID   T `path:"id" maxLength:"36"`
	Body httpapi.ActIn
}

type holdIn struct {
	OrderIn
	Body struct {
		httpapi.ActIn
		From    time.Time `json:"from" doc:"begin of the window"`
		To      time.Time `json:"to"`
		Seconds int       `json:"seconds,omitempty" minimum:"0" maximum:"3600" doc:"how long it is kept; 0: by policy"`
	}
}

type takeIn struct {
	TextID
	Body struct {
		httpapi.ActIn
		ChangedBy orders.Party `json:"changed_by,omitempty" enum:"customer,centre,outlet,engineer,part,force_majeure" doc:"who wanted the promise before changed"`
	}
}

type assignIn struct {
	Body struct {
		httpapi.ActIn
		Orders    []orders.ID            `json:"orders" minItems:"1" maxItems:"20" doc:"of one place"`
		Engineers []workforce.EngineerID `json:"engineers" minItems:"1" maxItems:"10" doc:"the first leads"`
		Start     time.Time              `json:"start"`
		End       time.Time              `json:"end,omitzero" doc:"default: as long as the work takes"`
		Override  bool                   `json:"override,omitempty" doc:"set rules aside, with a reason of dispatch.override"`
	}
}

type moveIn struct {
	VisitPath
	Body struct {
		httpapi.ActIn
		Engineers []workforce.EngineerID `json:"engineers,omitempty" maxItems:"10" doc:"default: as before"`
		Start     time.Time              `json:"start,omitzero"`
		End       time.Time              `json:"end,omitzero"`
		ChangedBy orders.Party           `json:"changed_by,omitempty" enum:"customer,centre,outlet,engineer,part,force_majeure"`
		Override  bool                   `json:"override,omitempty"`
		Version   int64                  `json:"version,omitempty" minimum:"1" doc:"of the visit as the mover saw it: another is refused; default: any"`
	}
}

type swapIn struct {
	VisitPath
	Body struct {
		httpapi.ActIn
		With     orders.VisitID `json:"with" maxLength:"36" doc:"the other visit"`
		Override bool           `json:"override,omitempty"`
	}
}

type closeAlertIn struct {
	TextID
	Body struct {
		httpapi.ActIn
		Resolution string `json:"resolution" enum:"covered,planned_by_hand,promise_changed,noted"`
	}
}

// assignedBody is a visit after an act of dispatch.
type assignedBody struct {
	Visit    visitBody           `json:"visit"`
	With     *visitBody          `json:"with,omitempty"`
	SetAside []planner.Violation `json:"set_aside" doc:"rules that were overridden"`
}

type visitBody struct {
	ID        orders.VisitID         `json:"id"`
	Number    string                 `json:"number"`
	State     orders.VisitState      `json:"state"`
	Orders    []orders.ID            `json:"orders"`
	Engineers []workforce.EngineerID `json:"engineers"`
	OutletID  string                 `json:"outlet_id"`
	Day       string                 `json:"day"`
	Start     time.Time              `json:"start"`
	End       time.Time              `json:"end"`
	Version   int64                  `json:"version"`
}

func bodyOf(v orders.Visit) visitBody {
	return visitBody{
		ID: v.ID, Number: v.Number, State: v.State, Orders: v.OrderIDs(), Engineers: v.Engineers(), OutletID: string(v.OutletID), Day: v.Day.String(),
		Start: v.Start, End: v.End, Version: v.Version,
	}
}

func assigned(_ context.Context, a Assigned) (*one[assignedBody], error) {
	out := assignedBody{Visit: bodyOf(a.Visit), SetAside: a.SetAside}
	if out.SetAside == nil {
		out.SetAside = []planner.Violation{}
	}
	if a.Other != nil {
		b := bodyOf(*a.Other)
		out.With = &b
	}
	return oneOf(out), nil
}

func (s *Service) registerActs(api *httpapi.Server) {
	s.registerHolds(api)
	s.registerPlans(api)
	s.registerSchedules(api)
	s.registerPolicies(api)
	s.registerScenarios(api)
	const judged = "Judged by the planner's rules; violations come back and some can be set aside. Skills, certificates, brands and overlaps cannot."
	httpapi.Act(api, huma.Operation{
		OperationID: "assign-visit", Method: http.MethodPost, Path: "/dispatch/assign", Tags: tags, Summary: "Give orders to engineers", Description: judged,
	}, func(ctx context.Context, in *assignIn) (Assigned, error) {
		b := in.Body
		return s.Assign(ctx, AssignInput{Act: b.Act(), Orders: b.Orders, Engineers: b.Engineers, Start: b.Start, End: b.End, Override: b.Override})
	}, assigned)
	httpapi.Act(api, huma.Operation{
		OperationID: "move-visit", Method: http.MethodPost, Path: "/dispatch/visits/{id}/move", Tags: tags, Summary: "Move a visit", Description: judged,
	}, func(ctx context.Context, in *moveIn) (Assigned, error) {
		b := in.Body
		return s.Move(ctx, MoveInput{
			Act: b.Act(), Visit: in.ID, Engineers: b.Engineers, Start: b.Start, End: b.End, ChangedBy: b.ChangedBy, Override: b.Override,
			Version: b.Version,
		})
	}, assigned)
	httpapi.Act(api, huma.Operation{
		OperationID: "swap-visits", Method: http.MethodPost, Path: "/dispatch/visits/{id}/swap", Tags: tags, Summary: "Swap the engineers of two visits", Description: judged,
	}, func(ctx context.Context, in *swapIn) (Assigned, error) {
		return s.Swap(ctx, SwapInput{Act: in.Body.Act(), A: in.ID, B: in.Body.With, Override: in.Body.Override})
	}, assigned)
	httpapi.Act(api, huma.Operation{
		OperationID: "unassign-visit", Method: http.MethodPost, Path: "/dispatch/visits/{id}/unassign", Tags: tags, Summary: "Take a visit off the plan",
	}, func(ctx context.Context, in *actIn[orders.VisitID]) (orders.Visit, error) {
		return s.Unassign(ctx, UnassignInput{Act: in.Body.Act(), Visit: in.ID})
	}, func(_ context.Context, v orders.Visit) (*one[visitBody], error) { return oneOf(bodyOf(v)), nil })
	httpapi.Act(api, huma.Operation{
		OperationID: "close-dispatch-alert", Method: http.MethodPost, Path: "/dispatch/alerts/{id}/close", Tags: tags, Summary: "Close an alert",
	}, func(ctx context.Context, in *closeAlertIn) (Alert, error) {
		return s.CloseAlert(ctx, CloseAlertInput{Act: in.Body.Act(), ID: in.ID, Resolution: in.Body.Resolution})
	}, func(_ context.Context, a Alert) (*one[alertBody], error) { return oneOf(a.body()), nil })
}

func (s *Service) registerHolds(api *httpapi.Server) {
	httpapi.Act(api, huma.Operation{
		OperationID: "create-hold", Method: http.MethodPost, Path: "/orders/{id}/holds", Tags: tags, Summary: "Hold a window for a customer on the phone",
		Description: "The capacity is kept until the hold expires, is taken or released; a hold before it for the same order is let go.",
	}, func(ctx context.Context, in *holdIn) (Hold, error) {
		b := in.Body
		return s.Hold(ctx, HoldInput{Act: b.Act(), Order: in.ID, From: b.From, To: b.To, For: time.Duration(b.Seconds) * time.Second})
	}, func(_ context.Context, h Hold) (*one[holdBody], error) { return oneOf(h.body()), nil })
	httpapi.Act(api, huma.Operation{
		OperationID: "take-hold", Method: http.MethodPost, Path: "/dispatch/holds/{id}/take", Tags: tags, Summary: "Promise the held window",
		Description: "The hold becomes a reservation and the promise is made, both or neither.",
	}, func(ctx context.Context, in *takeIn) (Reservation, error) {
		return s.Take(ctx, TakeInput{Act: in.Body.Act(), Hold: in.ID, ChangedBy: in.Body.ChangedBy})
	}, func(_ context.Context, r Reservation) (*one[reservationBody], error) { return oneOf(r.body()), nil })
	httpapi.Act(api, huma.Operation{
		OperationID: "release-hold", Method: http.MethodPost, Path: "/dispatch/holds/{id}/release", Tags: tags, Summary: "Let a held window go",
	}, func(ctx context.Context, in *actIn[string]) (Hold, error) {
		return s.Release(ctx, ReleaseInput{Act: in.Body.Act(), Hold: in.ID})
	}, func(_ context.Context, h Hold) (*one[holdBody], error) { return oneOf(h.body()), nil })
	httpapi.Register(api, huma.Operation{
		OperationID: "offer-order-next", Method: http.MethodPost, Path: "/orders/{id}/offer_next", Tags: tags, Summary: "Ask the next outlet",
		Description: "The best outlet that was not asked yet; without any an alert is raised. Answers with the order as it stands then.",
	}, func(ctx context.Context, in *actIn[orders.ID]) (*one[dayOrderBody], error) {
		o, err := s.OfferNext(ctx, OfferNextInput{Act: in.Body.Act(), Order: in.ID})
		if err != nil {
			return nil, err
		}
		return oneOf(orderBody(o)), nil
	})
}
