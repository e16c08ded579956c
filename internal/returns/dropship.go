package returns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Recipient is the maker or supplier whom goods of a [DropShip] go to straight from the customer: they never see our depot,
// what they are like is the recipient's word, and what we gave for them is claimed of it.
type Recipient struct {
	To      string `json:"to" enum:"maker,supplier"`
	Name    string `json:"name" maxLength:"200"`
	Address string `json:"address" maxLength:"300"`
}

var recipients = []string{"maker", "supplier"}

func (p Policy) checkRecipients(f *problem.Fields) {
	f.Check(len(p.Recipients) <= 200, "recipients", problem.TooLong, "limit", 200)
	for name, r := range p.Recipients {
		at := "recipients." + name
		f.Check(len(name) <= maxCode, at, problem.TooLong, "limit", maxCode)
		f.Check(slices.Contains(recipients, r.To), at+".to", problem.BadChoice)
		f.Check(clean(r.Name) != "", at+".name", problem.Required)
		f.Check(clean(r.Address) != "", at+".address", problem.Required)
		checkText(f, at+".name", r.Name, maxText)
		checkText(f, at+".address", r.Address, maxAddress)
	}
}

// recipient finds who takes goods of a category; false when nobody does.
func (p Policy) recipient(category catalog.CategoryCode) (Recipient, bool) {
	r, ok := p.Recipients[string(category)]
	if !ok {
		r, ok = p.Recipients[""]
	}
	return r, ok
}

// toRecipient sends all goods of a return to the one maker or supplier that takes their kinds.
func (r *Return) toRecipient(p Policy) error {
	if r.Type != DropShip {
		return nil
	}
	var f problem.Fields
	for i, l := range r.Lines {
		at := fmt.Sprintf("lines[%d]", i)
		to, ok := p.recipient(l.Category)
		switch {
		case !ok:
			f.Add(at, ErrNoRecipient)
		case r.Recipient == nil:
			r.Recipient, r.Address = &to, clean(to.Address)
		case *r.Recipient != to:
			f.Add(at, ErrRecipients)
		}
	}
	return f.Err()
}

// leave lets goods that the recipient judged stay there once the customer has what is due, and claims what we gave for
// them; a rule.
func (s *Service) leave(ctx context.Context, tx *db.Tx, r *Return, at time.Time) error {
	if r.Recipient == nil || !r.approved() {
		return nil
	}
	var fresh bool
	for i := range r.Lines {
		l := &r.Lines[i]
		given := (r.Operation.Refund == No || l.Settled) && (r.Operation.Replacement == No || l.Replacement == Shipped || l.Replacement == Delivered)
		if l.Goods != GoodsInspected || !given || r.disputed(l.ID) {
			continue
		}
		var err error
		if l.Goods, err = step(GoodsTransitions, "keep", l.Goods, ""); err != nil {
			return err
		}
		if err := s.leaves(ctx, tx, l, "keep", at); err != nil {
			return err
		}
		fresh = true
	}
	if !fresh || slices.ContainsFunc(r.Lines, func(l Line) bool { return l.Goods != GoodsKept && !l.Goods.settled() }) {
		return nil
	}
	c := Claim{
		ID: ClaimID(db.NewID()), Return: r.ID, Brand: r.Brand, OutletPath: r.OutletPath, Against: r.Recipient.To, Name: r.Recipient.Name, State: ClaimOpen, Currency: r.Currency,
		Reason: "drop_ship", OpenedBy: "rule", OpenedAt: at, Version: 1,
	}
	for _, l := range r.Lines {
		if l.Goods != GoodsKept {
			continue
		}
		c.Lines = append(c.Lines, l.ID)
		if l.Inspection != nil && c.Reference == "" {
			c.Reference = l.Inspection.Reference
		}
		if r.Operation.Refund == No {
			c.Amount += l.Paid
		} else {
			c.Amount += l.Sum.Amount
		}
	}
	if c.Amount <= 0 {
		return nil
	}
	open, err := db.Exists(ctx, tx, `SELECT 1 FROM returns_claim WHERE return_id = $1 AND against = $2 AND name = $3 AND state <> 'refused'`, r.ID, c.Against, c.Name)
	if err != nil || open {
		return err // somebody opened it before
	}
	return s.insertClaim(ctx, tx, c, access.Act{OccurredAt: at})
}
