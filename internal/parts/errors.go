package parts

import "anxin/internal/platform/problem"

// What can be wrong with an operation on parts and stock.
var (
	ErrShort       = problem.Declare("parts.short", problem.Conflict)
	ErrCodeTaken   = problem.Declare("parts.code_taken", problem.Conflict)
	ErrState       = problem.Declare("parts.state", problem.Conflict)
	ErrPlaceClosed = problem.Declare("parts.place_closed", problem.Conflict)
	ErrOverride    = problem.Declare("parts.override_reason", problem.Invalid)
	ErrNotUsed     = problem.Declare("parts.not_used", problem.Conflict)
	ErrStockLeft   = problem.Declare("parts.stock_left", problem.Conflict)
)
