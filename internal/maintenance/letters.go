package maintenance

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"

	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// maxLetters bounds one list for letters; the next list has the rest.
const maxLetters = 2000

// Letters is a list for letters.
type Letters struct {
	Name  string
	CSV   []byte
	Count int
	Left  int // letters still to be printed
}

// PrintLetters makes the list for letters to those whom no message reaches: it names people and addresses in the clear, and is
// noted in the trail. Each unit on it counts as told by letter; who asks for it again gets those that are new.
func (s *Service) PrintLetters(ctx context.Context, in ActInput) (Letters, error) {
	for _, p := range []string{PermLetters, customers.PermReveal} {
		if err := access.Require(ctx, p); err != nil {
			return Letters{}, err
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Letters, error) {
		a := access.From(ctx)
		c, err := findCampaign(ctx, tx, a.Scope, in.ID)
		if err != nil {
			return Letters{}, err
		}
		if !c.live() {
			return Letters{}, ErrNotRunning
		}
		at, err := in.At(a.Origin, tx.Now())
		if err != nil {
			return Letters{}, err
		}
		list, err := listUnits(ctx, tx, access.Everything, UnitFilter{Campaign: c.ID, Reach: ReachLetter, Open: true, Limit: maxLetters})
		if err != nil {
			return Letters{}, err
		}
		out := Letters{Name: c.Number + "-letters.csv"}
		var b bytes.Buffer
		b.WriteString("\ufeff") // so that spreadsheets read it as UTF-8
		w := csv.NewWriter(&b)
		rows := [][]string{{"number", "name", "address", "product", "serial", "language", "title", "remedy", "url", "hotline"}}
		for _, u := range list {
			row, err := s.letterTx(ctx, tx, c, u)
			if err != nil {
				return Letters{}, err
			}
			if row == nil {
				continue
			}
			rows = append(rows, row)
			out.Count++
		}
		if err := w.WriteAll(rows); err != nil {
			return Letters{}, err
		}
		left, err := db.Get(ctx, tx, db.ScanInt, `SELECT COUNT(*) FROM maintenance_unit WHERE campaign_id = $1 AND reach = $2`, c.ID, ReachLetter)
		if err != nil {
			return Letters{}, err
		}
		out.CSV, out.Left = b.Bytes(), int(left)
		return out, audit.Append(ctx, tx, audit.Entry{
			Kind: recordKind, Record: string(c.ID), Act: "print_letters", Reason: in.Reason, OccurredAt: at, After: map[string]any{"letters": out.Count},
		})
	})
}

// letterTx is the row of one letter; nil when there is no address, which leaves the unit to be looked for by a person.
func (s *Service) letterTx(ctx context.Context, tx *db.Tx, c Campaign, u Unit) ([]string, error) {
	unit, err := s.Units.Get(ctx, tx, u.Unit)
	if err != nil {
		return nil, err
	}
	cu, known, err := s.ownerOf(ctx, tx, unit)
	if err != nil {
		return nil, err
	}
	address, err := s.postal(ctx, tx, unit, cu)
	if err != nil {
		return nil, err
	}
	if !known || address == "" {
		u.Reach, u.NextAt = ReachNobody, nil
		return nil, updateUnit(ctx, tx, &u)
	}
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return nil, err
	}
	link, err := s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{
		Purpose: LinkPurpose, RecordKind: UnitRecord, RecordID: string(u.ID), BrandID: string(c.Brand), Lang: cu.Lang, Valid: linkFor,
	})
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	insertNotice(tx, Notice{ID: db.NewID(), Campaign: c.ID, Unit: u.ID, Round: u.Notices + 1, Channel: "letter", State: "printed", QueuedAt: now, SettledAt: &now})
	told := func(u *Unit) { u.Reach, u.Notices, u.NoticedAt, u.NextAt = ReachPosted, u.Notices+1, &now, nil }
	if u.State == Found || u.State == Unreachable {
		err = s.moveTx(ctx, tx, c, u, move{act: "notify", change: told})
	} else {
		told(&u)
		err = updateUnit(ctx, tx, &u)
	}
	brand, _ := snap.Brand(c.Brand)
	lang := cu.Lang
	return []string{
		c.Number, cell(cu.Name), cell(address), cell(nameOfUnit(snap, unit)(lang)), cell(unit.Serial), lang, cell(c.Title.In(lang)), cell(c.Remedy.In(lang)), link.URL, brand.Hotline,
	}, err
}

// postal is where a letter about a unit goes: where it stands, else the first address of its owner.
func (s *Service) postal(ctx context.Context, q db.Querier, unit units.Unit, cu customers.Customer) (string, error) {
	p, err := s.Units.Place(ctx, q, unit.ID)
	if err != nil || p.Text != "" || cu.ID == "" {
		return p.Text, err
	}
	list, err := s.Customers.Addresses(ctx, q, cu.ID)
	if err != nil || len(list) == 0 || list[0].Erased {
		if problem.Match(err, problem.ErrNotFound) {
			err = nil
		}
		return "", err
	}
	return list[0].Text, nil
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
