package outlets

import "anxin/internal/platform/problem"

// Problem codes of this module.
var (
	ErrState      = problem.Declare("outlets.state", problem.Conflict)
	ErrCodeTaken  = problem.Declare("outlets.code_taken", problem.Conflict)
	ErrOpenBelow  = problem.Declare("outlets.open_below", problem.Conflict)  // outlets below it are not closed
	ErrParentGone = problem.Declare("outlets.parent_gone", problem.Conflict) // the outlet above is closed
	ErrCentre     = problem.Declare("outlets.centre", problem.Conflict)      // not to be done with the centre
	ErrExternal   = problem.Declare("outlets.external_taken", problem.Conflict)
	// ErrBrandAbove is about one field: the outlet above does not serve the brand.
	ErrBrandAbove = problem.Declare("outlets.brand_above", problem.Invalid)
	ErrZone       = problem.Declare("outlets.zone", problem.Invalid)
	ErrHours      = problem.Declare("outlets.hours", problem.Invalid)
	ErrTwice      = problem.Declare("outlets.twice", problem.Invalid)
)
