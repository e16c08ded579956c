package orders

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// VisitBody is a visit as the API shows it.
type VisitBody struct {
	ID         VisitID           `json:"id"`
	Number     string            `json:"number"`
	State      VisitState        `json:"state"`
	Mode       string            `json:"mode"`
	BrandID    string            `json:"brand_id"`
	OutletID   string            `json:"outlet_id"`
	OutletPath string            `json:"outlet_path"`
	Orders     []visitOrderBody  `json:"orders"`
	Engineers  []visitMemberBody `json:"engineers" doc:"the first leads"`
	Start      time.Time         `json:"start"`
	End        time.Time         `json:"end"`
	Day        string            `json:"day" doc:"of the start, by the outlet's wall clock"`
	Zone       string            `json:"zone"`
	Division   string            `json:"division,omitempty"`
	Lat        *float64          `json:"lat,omitempty"`
	Lon        *float64          `json:"lon,omitempty"`
	DelayedBy  int64             `json:"delayed_by_s,omitempty" doc:"announced to the customer"`
	Distance   *float64          `json:"distance_m,omitempty" doc:"between the place and where the engineer arrived"`
	PlaceWhy   reason.List       `json:"place_why,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Blame      string            `json:"responsibility,omitempty"`
	Conflicts  int64             `json:"conflicts,omitempty" doc:"acts of the field that came too late to count"`
	DispatchAt *time.Time        `json:"dispatched_at,omitempty"`
	AcceptedAt *time.Time        `json:"accepted_at,omitempty"`
	DepartedAt *time.Time        `json:"departed_at,omitempty"`
	ArrivedAt  *time.Time        `json:"arrived_at,omitempty"`
	EndedAt    *time.Time        `json:"ended_at,omitempty"`
	NextActs   []string          `json:"next_acts"`
	Version    int64             `json:"version"`
	Conflict   *clashBody        `json:"conflict,omitempty" doc:"the act came too late to count; it is kept for the dispatcher"`
}

type visitOrderBody struct {
	OrderID ID      `json:"order_id"`
	Outcome Outcome `json:"outcome,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Dropped bool    `json:"dropped,omitempty"`
}

type visitMemberBody struct {
	EngineerID string     `json:"engineer_id"`
	DepartedAt *time.Time `json:"departed_at,omitempty"`
	ArrivedAt  *time.Time `json:"arrived_at,omitempty"`
	LeftAt     *time.Time `json:"left_at,omitempty"`
}

type clashBody struct {
	Words string     `json:"words"`
	State VisitState `json:"state"`
}

// BodyOfVisit is a visit as the API shows it.
func BodyOfVisit(v Visit) VisitBody {
	b := VisitBody{
		ID: v.ID, Number: v.Number, State: v.State, Mode: string(v.Mode), BrandID: string(v.BrandID), OutletID: string(v.OutletID), OutletPath: v.OutletPath,
		Orders: make([]visitOrderBody, len(v.Orders)), Engineers: make([]visitMemberBody, len(v.Members)), Start: v.Start, End: v.End, Day: v.Day.String(),
		Zone: v.Zone, Division: v.Division, Lat: v.Lat, Lon: v.Lon, DelayedBy: int64(v.DelayedBy / time.Second), Distance: v.Distance, PlaceWhy: v.PlaceWhy,
		Reason: v.Reason, Blame: string(v.Blame), Conflicts: v.Conflicts, DispatchAt: v.DispatchAt, AcceptedAt: v.AcceptedAt, DepartedAt: v.DepartedAt,
		ArrivedAt: v.ArrivedAt, EndedAt: v.EndedAt, NextActs: v.NextActs(), Version: v.Version,
	}
	for i, o := range v.Orders {
		b.Orders[i] = visitOrderBody{o.OrderID, o.Outcome, o.Reason, o.Dropped}
	}
	for i, m := range v.Members {
		b.Engineers[i] = visitMemberBody{string(m.EngineerID), m.DepartedAt, m.ArrivedAt, m.LeftAt}
	}
	return b
}

type visitOut struct {
	ETag string `header:"ETag"`
	Body VisitBody
}

func visitOutOf(_ context.Context, v Visit) (*visitOut, error) {
	return &visitOut{ETag: httpapi.ETag(v.Version), Body: BodyOfVisit(v)}, nil
}

type visitIDIn struct {
	ID VisitID `path:"id" maxLength:"36" doc:"Visit id"`
}

type visitActIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct{ httpapi.ActIn }
}

func (in visitActIn) input() VisitInput { return VisitInput{Act: in.Body.Act(), ID: in.ID} }

type planIn struct {
	Body struct {
		httpapi.ActIn
		Orders    []ID                   `json:"orders" minItems:"1" maxItems:"20"`
		Engineers []workforce.EngineerID `json:"engineers" minItems:"1" maxItems:"10" doc:"the first leads"`
		Start     time.Time              `json:"start"`
		End       time.Time              `json:"end"`
		OutletID  outlets.ID             `json:"outlet_id,omitempty" maxLength:"36" doc:"an own outlet, for orders that have none"`
		Override  bool                   `json:"override,omitempty" doc:"plan over another visit or with a skill lacking; needs a reason of dispatch.override"`
		Dispatch  bool                   `json:"dispatch,omitempty" doc:"send it to the engineers at once"`
	}
}

type moveIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Start     time.Time              `json:"start,omitzero"`
		End       time.Time              `json:"end,omitzero"`
		Engineers []workforce.EngineerID `json:"engineers,omitempty" maxItems:"10"`
		ChangedBy Party                  `json:"changed_by,omitempty" enum:"customer,centre,outlet,engineer,part,force_majeure"`
		Override  bool                   `json:"override,omitempty"`
	}
}

type visitListIn struct {
	httpapi.PageIn
	EngineerID []workforce.EngineerID `query:"engineer_id" maxItems:"50"`
	OutletID   outlets.ID             `query:"outlet_id" maxLength:"36"`
	OrderID    ID                     `query:"order_id" maxLength:"36"`
	State      []VisitState           `query:"state" maxItems:"8"`
	From       time.Time              `query:"from" doc:"start at or after"`
	To         time.Time              `query:"to" doc:"start before"`
}

type conflictBody struct {
	ID          ConflictID `json:"id"`
	VisitID     VisitID    `json:"visit_id"`
	OrderID     ID         `json:"order_id,omitempty"`
	Act         string     `json:"act"`
	EngineerID  string     `json:"engineer_id,omitempty"`
	Why         string     `json:"why"`
	VisitState  VisitState `json:"visit_state"`
	OrderState  State      `json:"order_state,omitempty"`
	Outcome     Outcome    `json:"outcome,omitempty" doc:"that the engineer reported"`
	OccurredAt  time.Time  `json:"occurred_at"`
	RecordedAt  time.Time  `json:"recorded_at"`
	ClosedAt    *time.Time `json:"closed_at,omitempty"`
	Resolution  string     `json:"resolution,omitempty"`
	OperationID string     `json:"operation_id,omitempty"`
}

func conflictBodyOf(c Conflict) conflictBody {
	return conflictBody{
		c.ID, c.VisitID, c.OrderID, c.Act, string(c.EngineerID), c.Why, c.VisitState, c.OrderState, c.Outcome, c.OccurredAt, c.RecordedAt, c.ClosedAt,
		c.Resolution, c.OperationID,
	}
}

func visitOp(id, method, path, summary, description string) huma.Operation {
	o := op(id, method, path, summary, description)
	o.Tags = []string{"visits"}
	return o
}

// registerVisits adds the desk's side of visits, and conflicts.
func (s *Service) registerVisits(api *httpapi.Server) {
	httpapi.Act(api, visitOp("plan-visit", http.MethodPost, "/visits", "Plan a visit",
		"The engineers' days are locked, so two plans of one day follow each other. Orders of one place only."),
		func(ctx context.Context, in *planIn) (Visit, error) { return s.planByHand(ctx, in) }, visitOutOf)
	httpapi.Register(api, visitOp("list-visits", http.MethodGet, "/visits", "List visits", "By start."), s.listVisits)
	httpapi.Register(api, visitOp("get-visit", http.MethodGet, "/visits/{id}", "Read a visit", ""), func(ctx context.Context, in *visitIDIn) (*visitOut, error) {
		v, err := s.GetVisit(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return visitOutOf(ctx, v)
	})
	httpapi.Act(api, visitOp("dispatch-visit", http.MethodPost, "/visits/{id}/dispatch", "Send a visit to its engineers", "The customer is told who comes."),
		func(ctx context.Context, in *visitActIn) (Visit, error) { return s.DispatchVisit(ctx, in.input()) }, visitOutOf)
	httpapi.Act(api, visitOp("reschedule-visit", http.MethodPost, "/visits/{id}/reschedule", "Move a visit",
		"Another time, other engineers or both; needs a reason of visit.reschedule. The promise stands until it is changed."),
		func(ctx context.Context, in *moveIn) (Visit, error) {
			b := in.Body
			return s.Reschedule(ctx, MoveVisit{
				VisitInput: VisitInput{Act: b.Act(), ID: in.ID}, Start: b.Start, End: b.End, Engineers: b.Engineers, ChangedBy: b.ChangedBy, Override: b.Override,
			})
		}, visitOutOf)
	httpapi.Act(api, visitOp("cancel-visit", http.MethodPost, "/visits/{id}/cancel", "Take a visit off the plan", "Needs a reason of visit.cancel."),
		func(ctx context.Context, in *visitActIn) (Visit, error) { return s.CancelVisit(ctx, in.input()) }, visitOutOf)
	httpapi.Register(api, visitOp("list-order-visits", http.MethodGet, "/orders/{id}/visits", "Read an order's visits", ""),
		func(ctx context.Context, in *idIn) (*items[VisitBody], error) {
			return storyOf(ctx, s, in.ID, func(o Order) ([]Visit, error) { return s.VisitsOfOrder(ctx, s.db, o.ID) }, BodyOfVisit)
		})
	httpapi.Register(api, visitOp("list-conflicts", http.MethodGet, "/conflicts", "List acts of the field that came too late", "Open ones, oldest first."), s.listConflicts)
	httpapi.Act(api, visitOp("close-conflict", http.MethodPost, "/conflicts/{id}/close", "Close a conflict", "Says what became of the act."),
		func(ctx context.Context, in *struct {
			ID   ConflictID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				Resolution string `json:"resolution" enum:"noted,redone,new_order,refused"`
			}
		},
		) (Conflict, error) {
			return s.CloseConflict(ctx, ConflictInput{Act: in.Body.Act(), ID: in.ID, Resolution: in.Body.Resolution})
		}, func(_ context.Context, c Conflict) (*struct{ Body conflictBody }, error) {
			return &struct{ Body conflictBody }{conflictBodyOf(c)}, nil
		})
}

// planByHand plans a visit and, if wished, sends it in the same change.
func (s *Service) planByHand(ctx context.Context, in *planIn) (Visit, error) {
	b := in.Body
	return s.PlanVisit(ctx, PlanVisit{
		Act: b.Act(), Orders: b.Orders, Engineers: b.Engineers, Start: b.Start, End: b.End, OutletID: b.OutletID, Override: b.Override, Dispatch: b.Dispatch,
	})
}

func (s *Service) listVisits(ctx context.Context, in *visitListIn) (*httpapi.PageOut[VisitBody], error) {
	f := VisitFilter{Engineers: in.EngineerID, OutletID: in.OutletID, OrderID: in.OrderID, States: in.State, From: in.From, To: in.To, Limit: in.Limit + 1}
	var err error
	if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.AfterKey, &f.AfterID); err != nil {
		return nil, err
	}
	list, err := s.ListVisits(ctx, f)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, BodyOfVisit, func(v Visit) []any { return []any{v.Start.UnixMicro(), v.ID} })
	return &httpapi.PageOut[VisitBody]{Body: page}, nil
}

func (s *Service) listConflicts(ctx context.Context, in *struct {
	httpapi.PageIn
	VisitID VisitID `query:"visit_id" maxLength:"36" doc:"all of one visit, closed ones too"`
},
) (*httpapi.PageOut[conflictBody], error) {
	var after time.Time
	var id ConflictID
	if _, err := httpapi.DecodeCursor(in.Cursor, &after, &id); err != nil {
		return nil, err
	}
	if err := access.Require(ctx, PermConflict); err != nil {
		return nil, err
	}
	list, err := listConflicts(ctx, s.db, access.From(ctx).Scope, in.VisitID, after, id, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, conflictBodyOf, func(c Conflict) []any { return []any{c.RecordedAt, c.ID} })
	return &httpapi.PageOut[conflictBody]{Body: page}, nil
}
