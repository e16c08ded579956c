package cases

import "anxin/internal/platform/problem"

// Codes of this module.
var (
	ErrNotFound     = problem.Declare("cases.not_found", problem.NotFound)
	ErrState        = problem.Declare("cases.state", problem.Conflict)
	ErrLiveWork     = problem.Declare("cases.live_work", problem.Conflict)
	ErrWorkNotEnded = problem.Declare("cases.work_not_ended", problem.Conflict)
	ErrWorkDone     = problem.Declare("cases.work_done", problem.Conflict)
	ErrOpenChildren = problem.Declare("cases.open_children", problem.Conflict)
	ErrTooLate      = problem.Declare("cases.too_late_to_reopen", problem.Conflict)
	ErrMergeTarget  = problem.Declare("cases.merge_target", problem.Conflict)
	ErrStage        = problem.Declare("cases.stage", problem.Conflict)
	ErrNoComplaint  = problem.Declare("cases.no_complaint", problem.Conflict)
	ErrWork         = problem.Declare("cases.no_work", problem.NotFound)
)
