package clocks

import "anxin/internal/platform/problem"

// What this package refuses.
var (
	ErrNotStarted    = problem.Declare("clocks.not_started", problem.Conflict)   // no start is known, or it was not known then
	ErrStarted       = problem.Declare("clocks.started", problem.Conflict)       // a second start
	ErrUnknownFact   = problem.Declare("clocks.unknown_fact", problem.Invalid)   // a kind of fact that does not exist
	ErrFactTime      = problem.Declare("clocks.fact_time", problem.Invalid)      // a time is missing, or recorded before the fact before it
	ErrUnknownWait   = problem.Declare("clocks.unknown_wait", problem.Invalid)   // not in the table of waits
	ErrWaitTaken     = problem.Declare("clocks.wait_taken", problem.Conflict)    // a wait of this id exists
	ErrNoWait        = problem.Declare("clocks.no_wait", problem.Conflict)       // resumed from a wait that does not exist or has ended
	ErrResumedBefore = problem.Declare("clocks.resumed_before", problem.Invalid) // the wait ended before it began
	ErrWithdraw      = problem.Declare("clocks.withdraw", problem.Conflict)      // the fact cannot be withdrawn
	ErrTarget        = problem.Declare("clocks.target", problem.Invalid)         // the target makes no sense
	ErrCalendar      = problem.Declare("clocks.calendar", problem.Invalid)       // a calendar is missing
	ErrNoPolicy      = problem.Declare("clocks.no_policy", problem.Conflict)     // no policy fits
	ErrNotFound      = problem.Declare("clocks.not_found", problem.NotFound)     // no such clock, policy or calendar
)
