package maintenance

import "anxin/internal/platform/problem"

// Codes of this module.
var (
	ErrNotFound   = problem.Declare("maintenance.not_found", problem.NotFound)
	ErrNoUnit     = problem.Declare("maintenance.no_unit", problem.NotFound)
	ErrState      = problem.Declare("maintenance.state", problem.Conflict)
	ErrSamePerson = problem.Declare("maintenance.same_person", problem.Conflict)      // who wrote it does not approve it
	ErrNobody     = problem.Declare("maintenance.nothing_affected", problem.Conflict) // no unit is concerned
	ErrSearching  = problem.Declare("maintenance.searching", problem.Conflict)        // the search goes on
	ErrSearched   = problem.Declare("maintenance.searched", problem.Conflict)         // it has ended already
	ErrOpenUnits  = problem.Declare("maintenance.open_units", problem.Conflict)       // closing needs a reason
	ErrNotRunning = problem.Declare("maintenance.not_running", problem.Conflict)      // the campaign is not under way
	ErrHasOrder   = problem.Declare("maintenance.has_order", problem.Conflict)        // its order has to end first
	ErrOrder      = problem.Declare("maintenance.order_of_other", problem.Invalid)    // the order is about another unit, or over
	ErrCounted    = problem.Declare("maintenance.count_changed", problem.Conflict)    // others are concerned than were shown
	ErrNoPlace    = problem.Declare("maintenance.place_needed", problem.Invalid)      // nobody knows where the unit stands

	ErrWordsMissing = problem.Declare("maintenance.words_missing", problem.Invalid) // one of the languages
	ErrDayOrder     = problem.Declare("maintenance.day_order", problem.Invalid)     // it lies before what it follows
	ErrFuture       = problem.Declare("maintenance.future", problem.Invalid)
)
