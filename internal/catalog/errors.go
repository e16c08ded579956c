package catalog

import (
	"strings"

	"anxin/internal/platform/problem"
)

// Problem codes of this module.
var (
	// ErrReasonUnfit is about the field "reason": the code exists but not for this act.
	ErrReasonUnfit = problem.Declare("catalog.reason_unfit", problem.Invalid)
	// ErrNoteRequired is about the field "note": the reason alone says too little.
	ErrNoteRequired = problem.Declare("catalog.note_required", problem.Invalid)
	// ErrClassRow is about one row of an import of classes.
	ErrClassRow = problem.Declare("catalog.class_row", problem.Invalid)
)

func checkReason(s *Snapshot, kind string, code ReasonCode, note string) (Reason, error) {
	if code == "" {
		return Reason{}, problem.Field("reason", problem.Required)
	}
	r, ok := s.reasons[code]
	if !ok {
		return Reason{}, problem.Field("reason", problem.Unknown)
	}
	if !r.Active || !r.Fits(kind) {
		return Reason{}, problem.Field("reason", ErrReasonUnfit, "act", kind)
	}
	if r.NoteRequired && strings.TrimSpace(note) == "" {
		return Reason{}, problem.Field("note", ErrNoteRequired)
	}
	return r, nil
}
