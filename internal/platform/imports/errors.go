package imports

import (
	"embed"

	"anxin/internal/platform/access"
	"anxin/internal/platform/problem"
)

// Problems of a file, a mapping or a run.
var (
	ErrNoTarget   = problem.Declare("imports.no_target", problem.NotFound)
	ErrNoRun      = problem.Declare("imports.no_run", problem.NotFound)
	ErrNoMapping  = problem.Declare("imports.no_mapping", problem.NotFound)
	ErrNoFile     = problem.Declare("imports.no_file", problem.NotFound)
	ErrFile       = problem.Declare("imports.bad_file", problem.Invalid)
	ErrEncrypted  = problem.Declare("imports.encrypted", problem.Invalid)
	ErrEncoding   = problem.Declare("imports.encoding", problem.Invalid)
	ErrQuote      = problem.Declare("imports.open_quote", problem.Invalid)
	ErrMerged     = problem.Declare("imports.merged", problem.Invalid)    // cells of several rows are one
	ErrFormula    = problem.Declare("imports.no_result", problem.Invalid) // a formula that nobody has worked out
	ErrNoHeader   = problem.Declare("imports.no_header", problem.Invalid)
	ErrNoSheet    = problem.Declare("imports.no_sheet", problem.Invalid)
	ErrTooBig     = problem.Declare("imports.too_big", problem.TooLarge)
	ErrState      = problem.Declare("imports.state", problem.Conflict)
	ErrBusy       = problem.Declare("imports.busy", problem.Conflict)
	ErrNoUndo     = problem.Declare("imports.no_undo", problem.Conflict)
	ErrWriteOnly  = problem.Declare("imports.no_export", problem.Conflict)
	ErrMissing    = problem.Declare("imports.no_column", problem.Invalid) // the mapping names a column that the sheet lacks
	ErrTwice      = problem.Declare("imports.column_twice", problem.Invalid)
	ErrUnmapped   = problem.Declare("imports.unmapped", problem.Invalid)   // a required field has no column
	ErrField      = problem.Declare("imports.no_field", problem.Invalid)   // the target has no such field
	ErrZone       = problem.Declare("imports.zone", problem.Invalid)       // no such time zone
	ErrReplayOnly = problem.Declare("imports.replay_cli", problem.Invalid) // replay is for programs
)

// Problems of one row.
var (
	// ErrTouched refuses to undo a row: somebody changed or used the record since.
	ErrTouched = problem.Declare("imports.touched", problem.Conflict)
	// ErrExtra says that a row of text has more cells than there are headings: one of them holds the delimiter.
	ErrExtra = problem.Declare("imports.extra_cells", problem.Invalid)
	// ErrCell says that the cell holds the error of a formula: #N/A.
	ErrCell = problem.Declare("imports.cell_error", problem.Invalid)
	// ErrRounded says that a spreadsheet has shortened a long number: 1.38E+10.
	ErrRounded = problem.Declare("imports.rounded", problem.Invalid)
	// ErrClash says that the row's record clashes with another one that was written at the same moment.
	ErrClash = problem.Declare("imports.clash", problem.Conflict)
	// ErrRow says that the row failed for a reason that the log tells.
	ErrRow = problem.Declare("imports.row_failed", problem.Conflict)
)

// PermManage lets somebody import; each target asks for its own permission besides.
const PermManage = "imports.manage"

// Permissions of this package with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: PermManage, Roles: []string{access.RoleAdmin, access.RoleIntegrator, access.RoleOutletManager}},
	{Key: PermClear, Roles: []string{access.RoleAdmin}},
}

// Words are this package's messages for the catalogue.
//
//go:embed words.*.json
var Words embed.FS
