package returns

import "anxin/internal/platform/problem"

// Codes of this module.
var (
	ErrNotFound   = problem.Declare("returns.not_found", problem.NotFound)
	ErrState      = problem.Declare("returns.state", problem.Conflict)
	ErrOpen       = problem.Declare("returns.already_open", problem.Conflict)  // the same thing stands in another open request
	ErrMoved      = problem.Declare("returns.moved", problem.Conflict)         // money was sent, or a replacement shipped
	ErrLimit      = problem.Declare("returns.limit", problem.Forbidden)        // more than who decides may
	ErrNotReady   = problem.Declare("returns.not_ready", problem.Conflict)     // another step comes first
	ErrDisputed   = problem.Declare("returns.disputed", problem.Conflict)      // a disagreement is open
	ErrAbovePaid  = problem.Declare("returns.above_paid", problem.Conflict)    // more than was paid would go back
	ErrBatchEmpty = problem.Declare("returns.batch_empty", problem.Conflict)   // nothing is due
	ErrAnswer     = problem.Declare("returns.answer", problem.Invalid)         // a provider's answer that cannot be read
	ErrGrade      = problem.Declare("returns.grade", problem.Conflict)         // the grade does not allow it
	ErrCounted    = problem.Declare("returns.counted", problem.Invalid)        // more than was promised
	ErrSerial     = problem.Declare("returns.serial_unknown", problem.Invalid) // no unit bears it

	// About fields of a request.
	ErrOtherModel  = problem.Declare("returns.serial_of_other_model", problem.Invalid)
	ErrCurrency    = problem.Declare("returns.currency_differs", problem.Invalid)
	ErrOtherBrand  = problem.Declare("returns.other_brand", problem.Invalid)
	ErrContradicts = problem.Declare("returns.contradicts_record", problem.Invalid)
	ErrFuture      = problem.Declare("returns.future", problem.Invalid)
	ErrDates       = problem.Declare("returns.dates_contradict", problem.Invalid)
	ErrTwice       = problem.Declare("returns.line_twice", problem.Invalid)
	ErrWays        = problem.Declare("returns.ways_differ", problem.Invalid) // the ways do not sum to what was paid
	ErrTax         = problem.Declare("returns.tax_differs", problem.Invalid) // the tax is not what the rate makes of the price
	ErrGone        = problem.Declare("returns.unit_gone", problem.Invalid)   // the unit was replaced or retired
	ErrNoRemedy    = problem.Declare("returns.no_remedy", problem.Invalid)
	ErrNoRecipient = problem.Declare("returns.no_recipient", problem.Invalid)      // nobody takes goods of this kind straight
	ErrRecipients  = problem.Declare("returns.recipients_differ", problem.Invalid) // goods of one parcel go to one place
	ErrOrder       = problem.Declare("returns.step_order", problem.Invalid)
)
