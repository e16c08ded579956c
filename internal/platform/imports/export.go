package imports

import (
	"context"
	"errors"
	"io"
	"strconv"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
)

// PermClear lets somebody write personal data into a sheet.
const PermClear = "imports.export_clear"

// ExportInput asks for a sheet of a target's records.
type ExportInput struct {
	Target string
	Format Format
	Clear  bool  // personal fields too; noted in the audit trail
	Max    int64 // rows; more are refused. 0 is no bound
}

// Export writes the records of a target that the actor sees, with the columns of its template, and returns
// how many. Personal fields are left empty unless they are asked for.
func (s *Service) Export(ctx context.Context, in ExportInput, to io.Writer) (int64, error) {
	t, err := s.Target(ctx, in.Target)
	if err != nil {
		return 0, err
	}
	if t.Export == nil {
		return 0, ErrWriteOnly
	}
	if in.Clear {
		if err := access.Require(ctx, PermClear); err != nil {
			return 0, err
		}
		err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			return audit.Append(ctx, tx, audit.Entry{Kind: "export", Record: db.NewID(), Act: "export", New: true, After: map[string]any{"target": t.Name, "clear": true}})
		})
		if err != nil {
			return 0, err
		}
	}
	w, err := NewWriter(to, in.Format)
	if err != nil {
		return 0, err
	}
	var fields []Field
	var head []string
	for _, f := range t.Fields {
		if in.Clear || !f.Personal {
			fields, head = append(fields, f), append(head, f.Name)
		}
	}
	if err := w.Write(head); err != nil {
		return 0, errors.Join(err, w.Close())
	}
	n := int64(0)
	err = t.Export(ctx, in.Clear, func(values map[string]string) error {
		cells := make([]string, len(fields))
		for i, f := range fields {
			cells[i] = values[f.Name]
		}
		n++
		if in.Max > 0 && n > in.Max {
			return ErrTooBig.With("what", "rows", "limit", in.Max)
		}
		return w.Write(cells)
	})
	return n, errors.Join(err, w.Close())
}

// WriteErrors writes why rows were refused as a sheet, in words: row, column, code, sentence.
func (s *Service) WriteErrors(ctx context.Context, id RunID, phase, lang string, words *i18n.Catalogue, f Format, to io.Writer) error {
	if _, err := s.Get(ctx, id); err != nil {
		return err
	}
	w, err := NewWriter(to, f)
	if err != nil {
		return err
	}
	if err := w.Write([]string{"row", "column", "field", "code", "message", "record"}); err != nil {
		return errors.Join(err, w.Close())
	}
	row, position := int64(-1), int64(-1)
	for {
		list, err := rowErrors(ctx, s.db, id, phase, row, position, 1000)
		if err != nil {
			return errors.Join(err, w.Close())
		}
		for _, e := range list {
			record := ""
			if e.ID != "" {
				record = e.Kind + " " + e.ID
			}
			err := w.Write([]string{strconv.FormatInt(e.Row, 10), e.Heading, e.Field, e.Code, words.T(lang, "problem."+e.Code, e.Params), record})
			if err != nil {
				return errors.Join(err, w.Close())
			}
			row, position = e.Row, e.position
		}
		if len(list) < 1000 {
			return w.Close()
		}
	}
}
