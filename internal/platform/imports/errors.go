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
