package files

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

const fileColumns = `id, object, COALESCE(record_kind, ''), COALESCE(record_id, ''), purpose, name_sealed, content_type, size, sha256,
	width, height, exif_taken_at, exif_lat, exif_lon, key_id, state, created_by, created_at, attached_at,
	COALESCE(brand_id, ''), COALESCE(outlet_path, '')`

func scanFile(s db.Scanner) (File, error) {
	var f File
	var taken, attached *int64
	var created int64
	err := s.Scan(&f.ID, &f.object, &f.RecordKind, &f.RecordID, &f.Purpose, &f.sealed, &f.ContentType, &f.Size, &f.SHA256,
		&f.Width, &f.Height, &taken, &f.Lat, &f.Lon, &f.Key, &f.State, &f.CreatedBy, &created, &attached, &f.Brand, &f.OutletPath)
	f.CreatedAt = db.FromMicros(created)
	f.TakenAt, f.AttachedAt = db.FromMicrosPtr(taken), db.FromMicrosPtr(attached)
	return f, err
}

// insertFile answers false when the id is taken.
func insertFile(ctx context.Context, tx *db.Tx, f File) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO files_file (id, object, purpose, name_sealed, content_type, size, sha256, width, height,
		exif_taken_at, exif_lat, exif_lon, key_id, state, created_by, created_at, brand_id, outlet_path)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (id) DO NOTHING`,
		string(f.ID), f.object, string(f.Purpose), f.sealed, f.ContentType, f.Size, f.SHA256, f.Width, f.Height,
		db.MicrosPtr(f.TakenAt), f.Lat, f.Lon, string(f.Key), string(f.State), f.CreatedBy, db.Micros(f.CreatedAt),
		orNull(f.Brand), orNull(f.OutletPath))
	return n == 1, err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Get finds a file by id.
func (s *Service) Get(ctx context.Context, q db.Querier, id ID) (File, error) {
	list, err := s.list(ctx, q, ` WHERE id = $1`, string(id))
	if err != nil {
		return File{}, err
	}
	if len(list) == 0 {
		return File{}, ErrNotFound
	}
	return list[0], nil
}

// ByIDs finds files by id, deleted ones too; those unknown are left out.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []ID) (map[ID]File, error) {
	var w db.Where
	w.In("id", db.Strings(ids))
	list, err := s.list(ctx, q, w.String(), w.Args()...)
	if err != nil {
		return nil, err
	}
	out := make(map[ID]File, len(list))
	for _, f := range list {
		out[f.ID] = f
	}
	return out, nil
}

// ByRecords lists the files attached to records of one kind, oldest first, by record id: one query for
// a whole page of records.
func (s *Service) ByRecords(ctx context.Context, q db.Querier, kind string, ids ...string) (map[string][]File, error) {
	var w db.Where
	w.And("record_kind = ?", kind)
	w.In("record_id", ids)
	w.And("state = ?", string(Attached))
	list, err := s.list(ctx, q, w.String()+` ORDER BY created_at, id`, w.Args()...)
	if err != nil {
		return nil, err
	}
	out := map[string][]File{}
	for _, f := range list {
		out[f.RecordID] = append(out[f.RecordID], f)
	}
	return out, nil
}

// SameContent lists other files, gone ones too, whose original is the same bit by bit: the same photo
// handed in twice.
func (s *Service) SameContent(ctx context.Context, q db.Querier, f File) ([]File, error) {
	return s.list(ctx, q, ` WHERE sha256 = $1 AND id <> $2 ORDER BY created_at, id`, f.SHA256, string(f.ID))
}

func (s *Service) list(ctx context.Context, q db.Querier, tail string, args ...any) ([]File, error) {
	list, err := db.List(ctx, q, scanFile, `SELECT `+fileColumns+` FROM files_file`+tail, args...)
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	names := make([]crypt.Sealed, len(list))
	for i, f := range list {
		names[i] = crypt.Sealed{Key: f.Key, Data: f.sealed}
	}
	opened, err := s.keys.OpenMany(ctx, q, names)
	if err != nil {
		return nil, fmt.Errorf("open names of files: %w", err)
	}
	for i := range list {
		list[i].Name, list[i].Erased = opened[i].Text, opened[i].Erased
	}
	return list, nil
}

// AttachInput gives a stored file to a record.
type AttachInput struct {
	ID         ID
	RecordKind string
	RecordID   string
	Brand      string // of the record
	OutletPath string
	By         string // must be who uploaded it; "" = the product itself, which may attach any
}

// AttachTx gives an uploaded file to a record in the record's own transaction. Repeating it does
// nothing. Only who uploaded a file may attach it: otherwise a guessed id would show a stranger's file.
func (s *Service) AttachTx(ctx context.Context, tx *db.Tx, in AttachInput) error {
	if in.RecordKind == "" || in.RecordID == "" {
		return errors.New("files: a file is attached to a record")
	}
	n, err := tx.Exec(ctx, `UPDATE files_file SET state = 'attached', record_kind = $1, record_id = $2, brand_id = $3, outlet_path = $4,
		attached_at = $5 WHERE id = $6 AND state = 'stored' AND (created_by = $7 OR $7 = '')`,
		in.RecordKind, in.RecordID, orNull(in.Brand), orNull(in.OutletPath), db.Micros(tx.Now()), string(in.ID), in.By)
	if err != nil {
		return fmt.Errorf("attach file %s: %w", in.ID, err)
	}
	if n == 1 {
		return nil
	}
	f, err := db.Get(ctx, tx, scanFile, `SELECT `+fileColumns+` FROM files_file WHERE id = $1`, string(in.ID))
	switch {
	case errors.Is(err, db.ErrNoRows):
		return ErrNotFound
	case err != nil:
		return fmt.Errorf("attach file %s: %w", in.ID, err)
	case f.State == Attached && f.RecordKind == in.RecordKind && f.RecordID == in.RecordID:
		return nil
	case in.By != "" && f.CreatedBy != in.By:
		return ErrNotFound
	case f.State == Attached:
		return ErrAttached
	}
	return ErrNotFound // deleted meanwhile
}

// DeleteTx marks files as deleted; their bytes go with the next [Service.Sweep].
func (s *Service) DeleteTx(ctx context.Context, tx *db.Tx, ids ...ID) error {
	var w db.Where
	w.In("id", db.Strings(ids))
	w.And("state IN ('stored', 'attached')")
	_, err := tx.Exec(ctx, `UPDATE files_file SET state = 'deleted'`+w.String(), w.Args()...)
	if err != nil {
		return fmt.Errorf("delete files: %w", err)
	}
	return nil
}

// DeleteRecordTx marks all files of a record as deleted and returns how many.
func (s *Service) DeleteRecordTx(ctx context.Context, tx *db.Tx, kind, id string) (int64, error) {
	n, err := tx.Exec(ctx, `UPDATE files_file SET state = 'deleted' WHERE record_kind = $1 AND record_id = $2 AND state = 'attached'`, kind, id)
	if err != nil {
		return 0, fmt.Errorf("delete files of %s %s: %w", kind, id, err)
	}
	return n, nil
}

// expire marks uploads that nobody attached since before as deleted.
func (s *Service) expire(ctx context.Context, before time.Time) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE files_file SET state = 'deleted' WHERE state = 'stored' AND created_at < $1`, db.Micros(before))
		return err
	})
}
