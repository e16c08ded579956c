package console

import (
	"cmp"
	"context"
	"slices"
	"time"

	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
)

// Stage is the live orders of one state.
type Stage struct {
	State string `json:"state"`
	N     int64  `json:"n"`
	Late  int64  `json:"late" doc:"past their next deadline"`
	Soon  int64  `json:"soon" doc:"due within two hours"`
}

// OutletPulse is the live work of an outlet.
type OutletPulse struct {
	ID     outlets.ID `json:"id,omitempty" doc:"Absent: nobody has the work yet"`
	Name   string     `json:"name,omitempty"`
	N      int64      `json:"n"`
	Late   int64      `json:"late"`
	Soon   int64      `json:"soon"`
	Stages []Stage    `json:"stages"`
}

// Now is where live orders stand at this moment.
type Now struct {
	At      time.Time     `json:"at"`
	Stages  []Stage       `json:"stages" doc:"in the order in which work goes through them"`
	Outlets []OutletPulse `json:"outlets" doc:"the latest first"`
}

// funnel is the order in which an order goes through its states.
var funnel = []orders.State{
	orders.StateDraft, orders.StateReady, orders.StateOffered, orders.StateAccepted, orders.StateScheduled, orders.StateWorking,
	orders.StateSuspended, orders.StateIncomplete, orders.StateCompleted,
}

// Now counts live orders by stage and outlet, within the actor's scope.
func (s *Service) Now(ctx context.Context) (Now, error) {
	if err := access.Require(ctx, permKPI); err != nil {
		return Now{}, err
	}
	now := s.DB.Now()
	rows, err := s.Orders.Pulse(ctx, now, now.Add(orders.Soon))
	if err != nil {
		return Now{}, err
	}
	known, err := s.Outlets.Under(ctx, s.DB, outlets.CentrePath)
	if err != nil {
		return Now{}, err
	}
	out := Now{At: now, Stages: stagesOf(rows), Outlets: []OutletPulse{}}
	by := map[outlets.ID][]orders.Pulse{}
	for _, r := range rows {
		by[r.Outlet] = append(by[r.Outlet], r)
	}
	for id, list := range by {
		o := OutletPulse{ID: id, Stages: stagesOf(list)}
		if i := slices.IndexFunc(known, func(x outlets.Outlet) bool { return x.ID == id }); i >= 0 {
			o.Name = known[i].Name
		}
		for _, stage := range o.Stages {
			o.N, o.Late, o.Soon = o.N+stage.N, o.Late+stage.Late, o.Soon+stage.Soon
		}
		out.Outlets = append(out.Outlets, o)
	}
	slices.SortFunc(out.Outlets, func(a, b OutletPulse) int {
		for _, d := range []int64{b.Late - a.Late, b.Soon - a.Soon, b.N - a.N} {
			if d != 0 {
				return int(d)
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return out, nil
}

// stagesOf adds counts up by state, every state of the way in its place.
func stagesOf(rows []orders.Pulse) []Stage {
	out := make([]Stage, len(funnel))
	for i, state := range funnel {
		out[i].State = string(state)
		for _, r := range rows {
			if r.State == state {
				out[i].N, out[i].Late, out[i].Soon = out[i].N+r.N, out[i].Late+r.Late, out[i].Soon+r.Soon
			}
		}
	}
	return out
}
