package customers

import "anxin/internal/platform/problem"

// What can be wrong with an operation on a customer.
var (
	ErrErased       = problem.Declare("customers.erased", problem.Gone)
	ErrMerged       = problem.Declare("customers.merged", problem.Conflict)
	ErrNotMerged    = problem.Declare("customers.not_merged", problem.Conflict)
	ErrMergeSelf    = problem.Declare("customers.merge_self", problem.Conflict)
	ErrExternal     = problem.Declare("customers.external_taken", problem.Conflict)
	ErrRevealLimit  = problem.Declare("customers.reveal_limit", problem.TooMany)
	ErrRevealReason = problem.Declare("customers.reveal_reason", problem.Invalid)
	ErrPhoneKnown   = problem.Declare("customers.phone_known", problem.Conflict)
	ErrTooMany      = problem.Declare("customers.too_many", problem.Conflict)
)
