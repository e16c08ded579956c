package db

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNoRows says that a query for one row found none.
var ErrNoRows = errors.New("db: no rows")

// ErrRace says that a versioned write touched no row, because somebody else was first. [InTx] reads
// again and tries again.
var ErrRace = errors.New("db: lost a race")

// retryable tells whether the same change may succeed when it is tried again.
func retryable(err error) bool {
	if errors.Is(err, ErrRace) {
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" // serialization failure, deadlock
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY || lite.Code()&0xff == sqlite3.SQLITE_LOCKED
	}
	return false
}

// IsUnique tells whether err is the violation of a unique index whose description holds name: its
// own name, its table, or (on SQLite, which names columns only) "table.column".
func IsUnique(err error, name string) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505" && (strings.Contains(pg.ConstraintName, name) || strings.Contains(pg.TableName, name))
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		unique := lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
		return unique && strings.Contains(lite.Error(), name)
	}
	return false
}

// IsForeignKey tells whether err says that a referenced row does not exist, or is still referenced.
func IsForeignKey(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23503"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}
