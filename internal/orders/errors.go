package orders

import "anxin/internal/platform/problem"

// Codes of this module.
var (
	ErrNotFound      = problem.Declare("orders.not_found", problem.NotFound)
	ErrState         = problem.Declare("orders.state", problem.Conflict)
	ErrVisitNotFound = problem.Declare("orders.visit_not_found", problem.NotFound)
	ErrVisitState    = problem.Declare("orders.visit_state", problem.Conflict)
	ErrQuoteNotFound = problem.Declare("orders.quote_not_found", problem.NotFound)
	ErrQuoteState    = problem.Declare("orders.quote_state", problem.Conflict)
	ErrQuoteChanged  = problem.Declare("orders.quote_changed", problem.Conflict)
	ErrCase          = problem.Declare("orders.case_state", problem.Conflict)
	ErrNoPlace       = problem.Declare("orders.no_place", problem.Conflict)
	ErrOutlet        = problem.Declare("orders.outlet", problem.Conflict)
	ErrNotOffered    = problem.Declare("orders.not_offered", problem.Conflict)
	ErrOfferExpired  = problem.Declare("orders.offer_expired", problem.Conflict)
	ErrNeedsOffer    = problem.Declare("orders.needs_offer", problem.Conflict)
	ErrPlaces        = problem.Declare("orders.places_apart", problem.Conflict)
	ErrBusy          = problem.Declare("orders.engineer_busy", problem.Conflict)
	ErrCrew          = problem.Declare("orders.crew_lacks", problem.Conflict)
	ErrOutcomes      = problem.Declare("orders.outcome_missing", problem.Invalid)
	ErrWindow        = problem.Declare("orders.window", problem.Invalid)
	ErrPromiseLate   = problem.Declare("orders.promise_past", problem.Invalid)
	ErrReview        = problem.Declare("orders.review_state", problem.Conflict)
	ErrTooMuch       = problem.Declare("orders.collects_too_much", problem.Conflict)
	ErrCharge        = problem.Declare("orders.charge_state", problem.Conflict)
	ErrNoPrice       = problem.Declare("orders.no_price", problem.Conflict)
	ErrPartLine      = problem.Declare("orders.part_line_state", problem.Conflict)
	ErrConflictDone  = problem.Declare("orders.conflict_closed", problem.Conflict)
	ErrNoContact     = problem.Declare("orders.no_contact", problem.NotFound)
	ErrRevealDay     = problem.Declare("orders.reveal_day", problem.Forbidden)
)
