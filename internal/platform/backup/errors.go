package backup

import "errors"

// What may be wrong; these are read by the operator on the command line.
var (
	ErrDamaged  = errors.New("the archive is damaged or incomplete")
	ErrTampered = errors.New("the archive was changed after it was made: its seal does not match")
	ErrKey      = errors.New("the master key is not the one that this backup was made with")
	ErrFormat   = errors.New("the file is no backup of Anxin")
	ErrNewer    = errors.New("the backup was made by a newer version of Anxin; restore it with that version")
	ErrEngine   = errors.New("the backup is of the other database engine")
	ErrNotEmpty = errors.New("the target is not empty; a backup is restored into an empty installation only")
	ErrExists   = errors.New("the file exists already; a backup never overwrites")
	ErrTrail    = errors.New("the restored audit trail does not hold the seal that the backup noted")
	ErrProof    = errors.New("the master key does not open what was restored")
	ErrTool     = errors.New("PostgreSQL's client programs are missing; install postgresql-client of the server's version, or set ANXIN_PG_BIN to their folder")
)
