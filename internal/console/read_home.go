package console

import (
	"context"
	"time"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
)

// Home answers the first question of the day: what is late, what is next, what is wrong. Every number is
// counted to a bound and opens its list.
type Home struct {
	MyCases        Count `json:"my_cases"`
	Unassigned     Count `json:"unassigned_cases"`
	LateCases      Count `json:"late_cases" doc:"past a deadline"`
	SafetyCases    Count `json:"safety_cases"`
	ReadyOrders    Count `json:"ready_orders" doc:"no outlet yet"`
	OfferedOrders  Count `json:"offered_orders" doc:"an outlet has to answer"`
	UnplannedOrder Count `json:"unplanned_orders" doc:"accepted, without a visit"`
	ReviewOrders   Count `json:"review_orders" doc:"a person has to look"`
	DueCallbacks   Count `json:"due_callbacks"`
	Conflicts      Count `json:"conflicts" doc:"field acts that came too late to count"`
}

// Count is an honest number: Over says that there are more.
type Count struct {
	N    int  `json:"n"`
	Over bool `json:"over,omitempty"`
}

// countTo is where counting stops.
const countTo = 200

func counted[T any](list []T, err error) (Count, error) {
	if len(list) > countTo {
		return Count{countTo, true}, err
	}
	return Count{N: len(list)}, err
}

// Home counts what waits for the actor, within the actor's scope.
func (s *Service) Home(ctx context.Context) (Home, error) {
	if err := access.Require(ctx, permHome); err != nil {
		return Home{}, err
	}
	var h Home
	now := s.DB.Now()
	for _, c := range []struct {
		perm string
		into *Count
		read func() (Count, error)
	}{
		{"cases.read", &h.MyCases, func() (Count, error) {
			return counted(s.Cases.List(ctx, cases.Filter{Queue: "mine", Limit: countTo + 1}))
		}},
		{"cases.read", &h.Unassigned, func() (Count, error) {
			return counted(s.Cases.List(ctx, cases.Filter{Queue: "unassigned", Limit: countTo + 1}))
		}},
		{"cases.read", &h.LateCases, func() (Count, error) { return counted(s.Cases.List(ctx, cases.Filter{Late: &now, Limit: countTo + 1})) }},
		{"cases.read", &h.SafetyCases, func() (Count, error) {
			return counted(s.Cases.List(ctx, cases.Filter{Safety: true, Limit: countTo + 1}))
		}},
		{"orders.read", &h.ReadyOrders, func() (Count, error) {
			return s.countOrders(ctx, orders.Filter{States: []orders.State{orders.StateReady}})
		}},
		{"orders.read", &h.OfferedOrders, func() (Count, error) {
			return s.countOrders(ctx, orders.Filter{States: []orders.State{orders.StateOffered}})
		}},
		{"orders.read", &h.UnplannedOrder, func() (Count, error) {
			return s.countOrders(ctx, orders.Filter{States: []orders.State{orders.StateAccepted}})
		}},
		{orders.PermReview, &h.ReviewOrders, func() (Count, error) { return s.countOrders(ctx, orders.Filter{Queue: "review"}) }},
		{orders.PermConflict, &h.Conflicts, func() (Count, error) {
			return counted(s.Orders.OpenConflicts(ctx, time.Time{}, "", countTo+1))
		}},
		{"callbacks.read", &h.DueCallbacks, func() (Count, error) {
			return counted(s.Callbacks.List(ctx, callbacks.Filter{Calls: true, DueBy: &now, Limit: countTo + 1}))
		}},
	} {
		if !access.From(ctx).Permissions.Has(c.perm) {
			continue
		}
		var err error
		if *c.into, err = c.read(); err != nil {
			return Home{}, err
		}
	}
	return h, nil
}

func (s *Service) countOrders(ctx context.Context, f orders.Filter) (Count, error) {
	f.Limit = countTo + 1
	return counted(s.Orders.List(ctx, f))
}
