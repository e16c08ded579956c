package dispatch

import "anxin/internal/platform/problem"

// Codes of this module.
var (
	ErrHoldNotFound  = problem.Declare("dispatch.hold_not_found", problem.NotFound)
	ErrHoldExpired   = problem.Declare("dispatch.hold_expired", problem.Conflict)
	ErrHoldState     = problem.Declare("dispatch.hold_state", problem.Conflict)
	ErrNoCapacity    = problem.Declare("dispatch.no_capacity", problem.Conflict)
	ErrOrderState    = problem.Declare("dispatch.order_state", problem.Conflict)
	ErrRules         = problem.Declare("dispatch.rules", problem.Conflict) // may be overridden
	ErrHardRules     = problem.Declare("dispatch.hard_rules", problem.Conflict)
	ErrVisitFixed    = problem.Declare("dispatch.visit_fixed", problem.Conflict)
	ErrNobody        = problem.Declare("dispatch.nobody_serves", problem.Conflict)
	ErrAlertNotFound = problem.Declare("dispatch.alert_not_found", problem.NotFound)
	ErrAlertClosed   = problem.Declare("dispatch.alert_closed", problem.Conflict)
	ErrPlanNotFound  = problem.Declare("dispatch.plan_not_found", problem.NotFound)
	ErrPlanState     = problem.Declare("dispatch.plan_state", problem.Conflict)
	ErrPlanStale     = problem.Declare("dispatch.plan_stale", problem.Conflict)
	ErrTooBig        = problem.Declare("dispatch.too_big", problem.Invalid)
	ErrNoSchedule    = problem.Declare("dispatch.schedule_not_found", problem.NotFound)
	ErrNoScenario    = problem.Declare("dispatch.scenario_not_found", problem.NotFound)
	ErrScenarioState = problem.Declare("dispatch.scenario_state", problem.Conflict)
	ErrPast          = problem.Declare("dispatch.past", problem.Invalid)
	ErrRushOrder     = problem.Declare("dispatch.rush_order", problem.Invalid)
	ErrRushOverlap   = problem.Declare("dispatch.rush_overlap", problem.Invalid)
)
