package customers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Filter limits a list of customers.
type Filter struct {
	// Text is what a person types: a whole phone number, its last four digits, an e-mail, a whole name,
	// or the first letters of the name's pinyin.
	Text         string
	External     ExternalID
	Kind         Kind
	UpdatedSince time.Time
	Before       ID // the last id of the page before; the newest come first
	Limit        int
}

// List reads the customers that the actor sees, newest first, one more than the limit when there are more.
// Texts are matched by keyed hash, so only whole names and numbers (or their last four digits) are found.
func (s *Service) List(ctx context.Context, f Filter) ([]Customer, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	w.And("c.root_id = c.id AND c.erased_at IS NULL")
	limitTo(&w, access.From(ctx).Scope, "c.id", s.db.Now())
	if f.Kind != "" {
		w.And("c.kind = ?", string(f.Kind))
	}
	if !f.UpdatedSince.IsZero() {
		w.And("c.updated_at >= ?", db.Micros(f.UpdatedSince))
	}
	if f.Before != "" {
		w.And("c.id < ?", string(f.Before))
	}
	if f.External != (ExternalID{}) {
		w.And(`c.id IN (SELECT m.root_id FROM customers_external x JOIN customers_customer m ON m.id = x.customer_id WHERE x.system = ? AND x.external_hash = ?)`,
			f.External.System, s.externalHash(f.External))
	}
	s.matching(&w, strings.TrimSpace(f.Text))
	rows, err := db.List(ctx, s.db, scanRow, `SELECT `+rowColumns+` FROM customers_customer c`+w.String()+` ORDER BY c.id DESC LIMIT `+w.Arg(f.Limit+1), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	m := map[ID]Customer{}
	if err := s.open(ctx, s.db, rows, m); err != nil {
		return nil, err
	}
	out := make([]Customer, 0, len(rows))
	for _, r := range rows {
		out = append(out, m[r.id])
	}
	return out, nil
}

// matching adds the condition of a typed text.
func (s *Service) matching(w *db.Where, text string) {
	if text == "" {
		return
	}
	const byPhone = `c.id IN (SELECT m.root_id FROM customers_phone p JOIN customers_customer m ON m.id = p.customer_id WHERE p.`
	const byRow = `c.id IN (SELECT m.root_id FROM customers_customer m WHERE m.`
	digits := crypt.Normalize(crypt.KindPhone4, text)
	onlyDigits := strings.Trim(text, "0123456789+-() 　") == ""
	switch {
	case onlyDigits && len(text) == 4 && len(digits) == 4:
		w.And(byPhone+"tail_hash = ?)", s.keys.Lookup(crypt.KindPhone4, text))
	case onlyDigits && len(digits) == 4:
		w.And(byPhone+"number_hash = ?)", s.keys.Lookup(crypt.KindPhone, text))
	case strings.Contains(text, "@"):
		w.And(byRow+"email_hash = ?)", s.keys.Lookup(crypt.KindEmail, text))
	case len(text) >= 2 && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz") == "": // a Latin name, or initials
		w.And("("+byRow+"name_hash = ?) OR c.id IN (SELECT i.customer_id FROM customers_initials i WHERE i.hash = ?))", s.keys.Lookup(lookupName, text), s.keys.Lookup(crypt.KindInitials, text))
	default:
		w.And(byRow+"name_hash = ?)", s.keys.Lookup(lookupName, text))
	}
}

// Find reads a customer that the actor sees.
func (s *Service) Find(ctx context.Context, q db.Querier, id ID) (Customer, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Customer{}, err
	}
	return s.findSeen(ctx, q, id)
}

func (s *Service) findSeen(ctx context.Context, q db.Querier, id ID) (Customer, error) {
	if err := s.seen(ctx, q, id); err != nil {
		return Customer{}, err
	}
	c, err := s.Get(ctx, q, id)
	if err != nil {
		return Customer{}, err
	}
	if c.ID != id {
		c.MergedInto = c.ID // the reader asked for another record
	}
	return c, nil
}

// mustSee is Find for parts of a customer: permission and scope only.
func (s *Service) mustSee(ctx context.Context, q db.Querier, perm string, id ID) error {
	if err := access.Require(ctx, perm); err != nil {
		return err
	}
	if id == "" {
		return problem.ErrNotFound
	}
	return s.seen(ctx, q, id)
}
