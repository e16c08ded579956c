package cases

import (
	"context"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// NoteInput is a text on a case.
type NoteInput struct {
	ActInput
	Kind string // "internal", "shared" or "contact" (a contact attempt, which is counted)
	Text string
}

const maxNote = 8000

// AddNote writes a note. A contact attempt is also the first answer to the customer.
func (s *Service) AddNote(ctx context.Context, in NoteInput) (Case, error) {
	text := strings.TrimSpace(in.Text)
	var f problem.Fields
	f.Check(text != "", "text", problem.Required)
	f.Check(len([]rune(text)) <= maxNote, "text", problem.TooLong, "limit", maxNote)
	f.Check(in.Kind == "internal" || in.Kind == "shared" || in.Kind == "contact", "kind", problem.BadChoice)
	if err := f.Err(); err != nil {
		return Case{}, err
	}
	in.Note = "" // the text is the note
	return s.act(ctx, permOpen, "note", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if in.Kind == "contact" {
			c.Attempts++
			c.respond(at)
		}
		return nil, s.noteTx(ctx, tx, *c, in.Kind, text, at)
	})
}

func (s *Service) noteTx(ctx context.Context, tx *db.Tx, c Case, kind, text string, at time.Time) error {
	sealed, err := s.keys.Seal(ctx, tx, c.KeyID, text)
	if err != nil {
		return err
	}
	a := access.From(ctx)
	insertNote(tx, Note{
		ID: db.NewID(), CaseID: c.ID, Kind: kind, OutletPath: ownPath(a), Author: a.Kind + ":" + a.ID, Text: sealed, OccurredAt: at, RecordedAt: tx.Now(),
	})
	return nil
}

// OpenNote is a note with its text.
type OpenNote struct {
	Note
	Clear  string
	Erased bool
}

// Notes reads the notes that the actor sees, oldest first.
func (s *Service) Notes(ctx context.Context, id ID) ([]OpenNote, error) {
	c, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	notes, err := listNotes(ctx, s.db, access.From(ctx).Scope, id)
	if err != nil {
		return nil, err
	}
	in := make([]crypt.Sealed, len(notes))
	for i, n := range notes {
		in[i] = crypt.Sealed{Key: c.KeyID, Data: n.Text}
	}
	opened, err := s.keys.OpenMany(ctx, s.db, in)
	if err != nil {
		return nil, err
	}
	out := make([]OpenNote, len(notes))
	for i, n := range notes {
		out[i] = OpenNote{Note: n, Clear: opened[i].Text, Erased: opened[i].Erased}
	}
	return out, nil
}

// LinkInput ties two cases together.
type LinkInput struct {
	ActInput
	Other ID
	Kind  string // "related", "duplicate", "follows"
}

// Link ties two cases together; linking twice changes nothing.
func (s *Service) Link(ctx context.Context, in LinkInput) (Case, error) {
	if in.Kind != "related" && in.Kind != "duplicate" && in.Kind != "follows" {
		return Case{}, problem.Field("kind", problem.BadChoice)
	}
	if in.Other == in.ID {
		return Case{}, problem.Field("other", problem.BadChoice)
	}
	return s.act(ctx, permAct, "link", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if _, err := find(ctx, tx, access.From(ctx).Scope, in.Other); err != nil {
			return nil, fieldUnknown(err, "other")
		}
		_, err := tx.Exec(ctx, `INSERT INTO cases_link (case_id, other_id, kind, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			in.ID, in.Other, in.Kind, db.Micros(tx.Now()))
		return nil, err
	})
}

// Linked is a case's tie to another.
type Linked struct {
	Kind string
	Case Case
}

// Links reads what is tied to a case: linked cases, its children and its parent, as far as the actor sees them.
func (s *Service) Links(ctx context.Context, id ID) ([]Linked, error) {
	c, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	type tie struct {
		id   ID
		kind string
	}
	ties, err := db.List(ctx, s.db, func(r db.Scanner) (t tie, err error) { return t, r.Scan(&t.id, &t.kind) },
		`SELECT other_id, kind FROM cases_link WHERE case_id = $1
		 UNION ALL SELECT case_id, kind FROM cases_link WHERE other_id = $1
		 UNION ALL SELECT id, 'child' FROM cases_case WHERE parent_id = $1`, id)
	if err != nil {
		return nil, err
	}
	if c.ParentID != "" {
		ties = append(ties, tie{c.ParentID, "parent"})
	}
	if c.MergedInto != "" {
		ties = append(ties, tie{c.MergedInto, "merged_into"})
	}
	ids := make([]ID, len(ties))
	for i, t := range ties {
		ids[i] = t.id
	}
	found, err := s.ByIDs(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	out := []Linked{}
	for _, t := range ties {
		if other, ok := found[t.id]; ok {
			out = append(out, Linked{t.kind, other})
		}
	}
	return out, nil
}

// Watch makes the actor hear of the case, or stop hearing.
func (s *Service) Watch(ctx context.Context, id ID, on bool) error {
	if _, err := s.Get(ctx, id); err != nil {
		return err
	}
	user := access.From(ctx).ID
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		if !on {
			_, err := tx.Exec(ctx, `DELETE FROM cases_watch WHERE case_id = $1 AND user_id = $2`, id, user)
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO cases_watch (case_id, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, user, db.Micros(tx.Now()))
		if err != nil || n == 0 {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: "case_watch", Record: string(id) + ":" + user, Act: "watch"})
	})
}

// Watchers lists the users who hear of a case.
func (s *Service) Watchers(ctx context.Context, q db.Querier, id ID) ([]string, error) {
	return db.List(ctx, q, db.ScanString, `SELECT user_id FROM cases_watch WHERE case_id = $1 ORDER BY user_id`, id)
}

// WorkOf lists what hangs on a case; an outlet sees its own rows.
func (s *Service) WorkOf(ctx context.Context, id ID) ([]Work, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	all, err := listWork(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	out := []Work{}
	for _, w := range all {
		if scope.Sees(w.BrandID, w.OutletPath) {
			out = append(out, w)
		}
	}
	return out, nil
}
