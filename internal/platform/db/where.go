package db

import (
	"strconv"
	"strings"
)

// Where collects the conditions of a query and numbers their parameters. The zero value is empty.
type Where struct {
	conds []string
	args  []any
}

// And adds a condition; each `?` in it takes the next argument.
func (w *Where) And(cond string, args ...any) {
	var b strings.Builder
	n := 0
	for _, r := range cond {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		if n >= len(args) {
			panic("db: more ? than arguments in " + cond)
		}
		b.WriteString(w.Arg(args[n]))
		n++
	}
	if n != len(args) {
		panic("db: more arguments than ? in " + cond)
	}
	w.conds = append(w.conds, b.String())
}

// In adds `column IN (...)`; no values means no row.
func (w *Where) In(column string, values []string) {
	if len(values) == 0 {
		w.conds = append(w.conds, "1 = 0")
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		marks[i] = w.Arg(v)
	}
	w.conds = append(w.conds, column+" IN ("+strings.Join(marks, ", ")+")")
}

// Prefix adds `column begins with prefix` as a range that an index on a key column serves on both engines.
func (w *Where) Prefix(column, prefix string) {
	w.And(column+" >= ? AND "+column+" < ?", prefix, prefix+"\U0010FFFF")
}

// Arg adds a parameter outside any condition and returns its `$n`.
func (w *Where) Arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

// String is the clause, with a leading space, or nothing.
func (w *Where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// Args are the parameters in their order.
func (w *Where) Args() []any { return w.args }

// Strings turns a slice of typed identifiers into one of strings, for [Where.In].
func Strings[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
