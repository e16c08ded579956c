package units

import "anxin/internal/platform/problem"

// What can be wrong with an operation on a unit.
var (
	ErrState       = problem.Declare("units.state", problem.Conflict)
	ErrSerialTaken = problem.Declare("units.serial_taken", problem.Conflict)
	ErrMerged      = problem.Declare("units.merged", problem.Conflict)
	ErrNotMerged   = problem.Declare("units.not_merged", problem.Conflict)
	ErrMergeSelf   = problem.Declare("units.merge_self", problem.Conflict)
	ErrOtherBrand  = problem.Declare("units.other_brand", problem.Conflict)
	ErrExternal    = problem.Declare("units.external_taken", problem.Conflict)
	ErrNoMark      = problem.Declare("units.no_mark", problem.Conflict)
	ErrStopSale    = problem.Declare("units.stop_sale", problem.Conflict) // a mark stops its sale
)
