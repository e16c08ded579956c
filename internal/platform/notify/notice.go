package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

// NoticeID names a notice.
type NoticeID string

// Notice tells staff something inside the product.
type Notice struct {
	ID         NoticeID
	Kind       string         // its words are "notice.<kind>", in the words of the module that sends it
	Params     map[string]any // ids, numbers and codes; never personal data
	RecordKind string
	RecordID   string
	CreatedAt  time.Time
	ReadAt     *time.Time
}

// NoticeInput is what an act wants staff to know.
type NoticeInput struct {
	Users      []identity.ID // as identity.UsersFor finds them; doubles are told once
	Kind       string
	Params     map[string]any
	RecordKind string
	RecordID   string
	Dedup      string // the same again tells nobody
}

// NoticeTx tells users something, in the act's transaction. History and replay tell nobody.
func (s *Service) NoticeTx(ctx context.Context, tx *db.Tx, in NoticeInput) error {
	if access.From(ctx).Origin != access.Live {
		return nil
	}
	if in.Params == nil {
		in.Params = map[string]any{}
	}
	params, err := json.Marshal(in.Params)
	if err != nil {
		return fmt.Errorf("notice %s: %w", in.Kind, err)
	}
	told := map[identity.ID]bool{}
	for _, u := range in.Users {
		if told[u] {
			continue
		}
		told[u] = true
		tx.Later(`INSERT INTO notify_notice (id, user_id, kind, params, record_kind, record_id, dedup, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT DO NOTHING`, db.NewID(), u, in.Kind, string(params), in.RecordKind, in.RecordID, db.NullString(in.Dedup), db.Micros(tx.Now()))
	}
	return nil
}

func scanNotice(s db.Scanner) (Notice, error) {
	var n Notice
	var params string
	var created int64
	var read *int64
	if err := s.Scan(&n.ID, &n.Kind, &params, &n.RecordKind, &n.RecordID, &created, &read); err != nil {
		return n, err
	}
	n.CreatedAt, n.ReadAt = db.FromMicros(created), db.FromMicrosPtr(read)
	if err := json.Unmarshal([]byte(params), &n.Params); err != nil {
		return n, fmt.Errorf("notice %s: %w", n.ID, err)
	}
	return n, nil
}

// NoticesInput chooses one's own notices.
type NoticesInput struct {
	Unread  bool
	AfterAt time.Time
	AfterID NoticeID
	Limit   int
}

func reader(ctx context.Context) (string, error) {
	a := access.From(ctx)
	if a.Kind != access.User {
		return "", problem.ErrUnauth
	}
	return a.ID, nil
}

// Notices lists one's own notices, the newest first.
func (s *Service) Notices(ctx context.Context, in NoticesInput) ([]Notice, error) {
	me, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	var w db.Where
	w.And("user_id = ?", me)
	if in.Unread {
		w.And("read_at IS NULL")
	}
	if in.AfterID != "" {
		w.And("(created_at, id) < (?, ?)", db.Micros(in.AfterAt), in.AfterID)
	}
	return db.List(ctx, s.db, scanNotice, `SELECT id, kind, params, record_kind, record_id, created_at, read_at FROM notify_notice`+w.String()+
		` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(in.Limit), w.Args()...)
}

// maxUnread is how far unread notices are counted.
const maxUnread = 100

// Unread counts one's own unread notices, to a hundred.
func (s *Service) Unread(ctx context.Context) (int64, error) {
	me, err := reader(ctx)
	if err != nil {
		return 0, err
	}
	return db.Get(ctx, s.db, db.ScanInt, `SELECT COUNT(*) FROM (SELECT 1 FROM notify_notice WHERE user_id = $1 AND read_at IS NULL LIMIT $2) n`, me, maxUnread)
}

// Read marks one's own notices as read: those named or, with none named, all up to an instant.
func (s *Service) Read(ctx context.Context, ids []NoticeID, upTo time.Time) error {
	me, err := reader(ctx)
	if err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		var w db.Where
		set := `UPDATE notify_notice SET read_at = ` + w.Arg(db.Micros(tx.Now()))
		w.And("user_id = ? AND read_at IS NULL", me)
		if len(ids) > 0 {
			w.In("id", db.Strings(ids))
		} else {
			w.And("created_at <= ?", db.Micros(upTo))
		}
		_, err := tx.Exec(ctx, set+w.String(), w.Args()...)
		return err
	})
}
