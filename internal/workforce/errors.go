package workforce

import "anxin/internal/platform/problem"

// Problem codes of this module.
var (
	ErrState       = problem.Declare("workforce.state", problem.Conflict)
	ErrNumberTaken = problem.Declare("workforce.number_taken", problem.Conflict)
	ErrUserTaken   = problem.Declare("workforce.user_taken", problem.Conflict)
	ErrExternal    = problem.Declare("workforce.external_taken", problem.Conflict)
	ErrOutletGone  = problem.Declare("workforce.outlet_closed", problem.Conflict)
	ErrCancelled   = problem.Declare("workforce.absence_cancelled", problem.Conflict)
	// These are about one field.
	ErrBrand   = problem.Declare("workforce.brand", problem.Invalid) // the outlet does not serve it
	ErrTwice   = problem.Declare("workforce.twice", problem.Invalid)
	ErrOrder   = problem.Declare("workforce.order", problem.Invalid)   // the end is not after the start
	ErrWindows = problem.Declare("workforce.windows", problem.Invalid) // overlap, not in order, or outside the day
	ErrNoPaper = problem.Declare("workforce.no_certificate", problem.Invalid)
)
