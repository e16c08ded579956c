package ledger

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// EntryID names an entry of the journal.
type EntryID string

// Line moves an amount on one account; positive is debit, negative credit.
type Line struct {
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// Entry is one balanced posting.
type Entry struct {
	ID         EntryID
	Kind       string // "order.posted": what fact it tells of, with Ref
	Ref        string
	BrandID    string
	OutletPath string // "/" for the centre
	Reverses   EntryID
	Lines      []Line
	OccurredAt time.Time
	RecordedAt time.Time
}

// Codes of this module.
var (
	ErrUnbalanced = problem.Declare("ledger.unbalanced", problem.Invalid)
	ErrNotFound   = problem.Declare("ledger.not_found", problem.NotFound)
	ErrReversed   = problem.Declare("ledger.reversed", problem.Conflict)
)

// Words are this module's messages for the catalogue.
//
//go:embed words.*.json
var Words embed.FS

const permRead = "ledger.read"

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{{Key: permRead, Roles: []string{access.RoleAdmin, access.RoleFinance, access.RoleHead}}}

// Service is what one can do with the journal.
type Service struct{ db *db.DB }

// New makes the service.
func New(d *db.DB) *Service { return &Service{db: d} }

// check refuses lines that do not sum to nothing in every currency.
func (e Entry) check() error {
	var f problem.Fields
	f.Check(e.Kind != "" && e.Ref != "", "ref", problem.Required)
	f.Check(len(e.Lines) >= 2, "lines", problem.TooShort, "limit", 2)
	sums := map[money.Currency]money.Amount{}
	for i, l := range e.Lines {
		f.Check(strings.TrimSpace(l.Account) != "" && len(l.Account) <= 200, fmt.Sprintf("lines[%d].account", i), problem.Required)
		f.Check(l.Amount.Currency.Known(), fmt.Sprintf("lines[%d].amount", i), problem.BadChoice)
		if !l.Amount.Currency.Known() {
			continue
		}
		sum, ok := sums[l.Amount.Currency]
		if !ok {
			sums[l.Amount.Currency] = l.Amount
			continue
		}
		sum, err := sum.Add(l.Amount)
		if err != nil {
			return fmt.Errorf("sum of %s: %w", e.Kind, err)
		}
		sums[l.Amount.Currency] = sum
	}
	if err := f.Err(); err != nil {
		return err
	}
	for c, sum := range sums {
		if !sum.IsZero() {
			return ErrUnbalanced.With("currency", string(c))
		}
	}
	return nil
}

// PostTx writes an entry in the caller's transaction. A fact (kind, ref) that was posted before is not
// posted again: the earlier entry is returned, whatever the lines say now.
func (s *Service) PostTx(ctx context.Context, tx *db.Tx, e Entry) (Entry, error) {
	if err := e.check(); err != nil {
		return Entry{}, err
	}
	old, err := find(ctx, tx, `kind = $1 AND ref = $2`, e.Kind, e.Ref)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return old, err
	}
	e.ID, e.RecordedAt = EntryID(db.NewID()), tx.Now()
	if e.OccurredAt.IsZero() {
		e.OccurredAt = tx.Now()
	}
	if e.OutletPath == "" {
		e.OutletPath = "/"
	}
	tx.Later(`INSERT INTO ledger_entry (id, kind, ref, brand_id, outlet_path, reverses, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.ID, e.Kind, e.Ref, e.BrandID, e.OutletPath, db.NullString(e.Reverses), db.Micros(e.OccurredAt), db.Micros(e.RecordedAt))
	for i, l := range e.Lines {
		tx.Later(`INSERT INTO ledger_line (entry_id, position, account, minor, currency, occurred_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			e.ID, i, l.Account, l.Amount.Minor, string(l.Amount.Currency), db.Micros(e.OccurredAt))
	}
	return e, audit.Append(ctx, tx, audit.Entry{Kind: "ledger_entry", Record: string(e.ID), Act: "post", After: e.Lines, OccurredAt: e.OccurredAt, New: true})
}

// ReverseTx posts the mirror of an entry; an entry is reversed once.
func (s *Service) ReverseTx(ctx context.Context, tx *db.Tx, id EntryID, reason string) (Entry, error) {
	e, err := find(ctx, tx, `id = $1`, id)
	if err != nil {
		return Entry{}, err
	}
	if e.Reverses != "" {
		return Entry{}, ErrReversed
	}
	if done, err := db.Exists(ctx, tx, `SELECT 1 FROM ledger_entry WHERE reverses = $1`, id); err != nil || done {
		return Entry{}, errors.Join(err, onlyIf(done, ErrReversed))
	}
	mirror := Entry{Kind: "reversal", Ref: string(id), BrandID: e.BrandID, OutletPath: e.OutletPath, Reverses: id, Lines: make([]Line, len(e.Lines))}
	for i, l := range e.Lines {
		neg, err := l.Amount.Neg()
		if err != nil {
			return Entry{}, err
		}
		mirror.Lines[i] = Line{l.Account, neg}
	}
	out, err := s.PostTx(ctx, tx, mirror)
	if err != nil {
		return Entry{}, err
	}
	return out, audit.Append(ctx, tx, audit.Entry{Kind: "ledger_entry", Record: string(id), Act: "reverse", Reason: reason})
}

func onlyIf(cond bool, err error) error {
	if cond {
		return err
	}
	return nil
}

const columns = `id, kind, ref, brand_id, outlet_path, reverses, occurred_at, recorded_at`

func scan(r db.Scanner) (Entry, error) {
	var e Entry
	var reverses *string
	var occurred, recorded int64
	err := r.Scan(&e.ID, &e.Kind, &e.Ref, &e.BrandID, &e.OutletPath, &reverses, &occurred, &recorded)
	e.Reverses, e.OccurredAt, e.RecordedAt = EntryID(db.OrEmpty(reverses)), db.FromMicros(occurred), db.FromMicros(recorded)
	return e, err
}

func find(ctx context.Context, q db.Querier, cond string, args ...any) (Entry, error) {
	e, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM ledger_entry WHERE `+cond, args...)
	if errors.Is(err, db.ErrNoRows) {
		return Entry{}, ErrNotFound
	}
	if err != nil {
		return Entry{}, err
	}
	e.Lines, err = linesOf(ctx, q, e.ID)
	return e, err
}

func linesOf(ctx context.Context, q db.Querier, id EntryID) ([]Line, error) {
	return db.List(ctx, q, func(r db.Scanner) (l Line, err error) {
		return l, r.Scan(&l.Account, &l.Amount.Minor, &l.Amount.Currency)
	}, `SELECT account, minor, currency FROM ledger_line WHERE entry_id = $1 ORDER BY position`, id)
}

// Balance is the sum on an account, per currency.
func (s *Service) Balance(ctx context.Context, q db.Querier, account string) ([]money.Amount, error) {
	return db.List(ctx, q, func(r db.Scanner) (a money.Amount, err error) { return a, r.Scan(&a.Minor, &a.Currency) },
		`SELECT CAST(SUM(minor) AS BIGINT), currency FROM ledger_line WHERE account = $1 GROUP BY currency ORDER BY currency`, account)
}

// OfRef reads the entries of one fact's record and of its parts ("<ref>/…"), with their lines, as far as the actor sees them.
func (s *Service) OfRef(ctx context.Context, ref string) ([]Entry, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	var w db.Where
	w.And("(ref = ? OR ref > ? AND ref < ?)", ref, ref+"/", ref+"0") // 0 comes after /
	access.From(ctx).Scope.Limit(&w, "brand_id", "outlet_path")
	list, err := db.List(ctx, s.db, scan, `SELECT `+columns+` FROM ledger_entry`+w.String()+` ORDER BY recorded_at, id`, w.Args()...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	at := make(map[EntryID]int, len(list))
	for i, e := range list {
		ids[i], at[e.ID] = string(e.ID), i
	}
	var of db.Where
	of.In("entry_id", ids)
	rows, err := s.db.Query(ctx, `SELECT entry_id, account, minor, currency FROM ledger_line`+of.String()+` ORDER BY entry_id, position`, of.Args()...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id EntryID
		var l Line
		if err := rows.Scan(&id, &l.Account, &l.Amount.Minor, &l.Amount.Currency); err != nil {
			return nil, err
		}
		list[at[id]].Lines = append(list[at[id]].Lines, l)
	}
	return list, rows.Err()
}
