package orders

import (
	"context"
	"slices"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

// Soon is how far ahead a deadline counts as at risk.
const Soon = 2 * time.Hour

// Pulse is how much live work an outlet has in one state.
type Pulse struct {
	Outlet outlets.ID // empty: nobody has it yet
	Path   string
	State  State
	N      int64 // orders
	Late   int64 // past their next deadline
	Soon   int64 // their next deadline falls before the asked instant
}

// liveStates are those of orders in hand.
func liveStates() []State {
	return slices.DeleteFunc(slices.Clone(States), func(st State) bool { return !(Order{State: st}).Live() })
}

// Pulse counts live orders within the actor's scope, by outlet and state.
func (s *Service) Pulse(ctx context.Context, now, soon time.Time) ([]Pulse, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return pulse(ctx, s.db, access.From(ctx).Scope, now, soon)
}

func pulse(ctx context.Context, q db.Querier, scope access.Scope, now, soon time.Time) ([]Pulse, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	w.And("live")
	w.In("state", db.Strings(liveStates())) // by the index of live orders, not through all that ever were
	at, until := w.Arg(db.Micros(now)), w.Arg(db.Micros(soon))
	return db.List(ctx, q, func(sc db.Scanner) (p Pulse, err error) {
		var outlet *string
		err = sc.Scan(&outlet, &p.Path, &p.State, &p.N, &p.Late, &p.Soon)
		p.Outlet = outlets.ID(db.OrEmpty(outlet))
		return p, err
	}, `SELECT outlet_id, outlet_path, state, COUNT(*), COUNT(*) FILTER (WHERE due_at < `+at+`), COUNT(*) FILTER (WHERE due_at >= `+at+` AND due_at < `+until+`)
		FROM orders_order`+w.String()+` GROUP BY outlet_id, outlet_path, state ORDER BY outlet_path, outlet_id, state`, w.Args()...)
}
