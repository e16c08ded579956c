package returns

import (
	"cmp"
	"context"
	"slices"

	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

// Often is a customer who sends back much: for a hearing by a person, never shown to the customer and never a ground for
// a decision by rule.
type Often struct {
	Customer  customers.ID `json:"customer_id"`
	Name      string       `json:"name" doc:"masked"`
	Returns   int64        `json:"returns"`
	Withdrawn int64        `json:"withdrawn"`
	Swapped   int64        `json:"swapped" doc:"lines where another unit came than was promised"`
	Estimate  int64        `json:"estimate" doc:"minor units, of the first currency"`
	Currency  string       `json:"currency"`
}

// maxReport bounds what a report reads.
const maxReport = 20_000

func (s *Service) since(ctx context.Context, days int) ([]Return, error) {
	var out []Return
	f := Filter{Recent: true, Limit: 500}
	from := s.db.Now().AddDate(0, 0, -days)
	for len(out) < maxReport {
		list, err := listReturns(ctx, s.db, access.From(ctx).Scope, f)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if r.CreatedAt.Before(from) {
				return out, nil
			}
			out = append(out, r)
		}
		if len(list) < f.Limit {
			return out, nil
		}
		last := list[len(list)-1]
		f.HasAfter, f.After, f.AfterID = true, db.Micros(last.CreatedAt), last.ID
	}
	return out, nil
}

// SerialReturners lists customers with at least so many returns in the last days, most first. It is for who decides.
func (s *Service) SerialReturners(ctx context.Context, days, least int) ([]Often, error) {
	if err := access.Require(ctx, PermDecide); err != nil {
		return nil, err
	}
	list, err := s.since(ctx, days)
	if err != nil {
		return nil, err
	}
	by := map[customers.ID]*Often{}
	for _, r := range list {
		if r.Customer == "" {
			continue
		}
		o := by[r.Customer]
		if o == nil {
			o = &Often{Customer: r.Customer, Currency: string(r.Currency)}
			by[r.Customer] = o
		}
		o.Returns++
		if r.Decision == Withdrawn {
			o.Withdrawn++
		}
		if string(r.Currency) == o.Currency {
			o.Estimate += r.Estimate
		}
		for _, l := range r.Lines {
			if l.Swapped {
				o.Swapped++
			}
		}
	}
	out := []Often{}
	ids := []customers.ID{}
	for id, o := range by {
		if int(o.Returns) >= least {
			out, ids = append(out, *o), append(ids, id)
		}
	}
	people, err := s.Customers.ByIDs(ctx, s.db, ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if c, ok := people[out[i].Customer]; ok && access.From(ctx).Permissions.Has(customers.PermRead) {
			out[i].Name = c.MaskedName()
		}
	}
	slices.SortFunc(out, func(a, b Often) int {
		return cmp.Or(cmp.Compare(b.Returns, a.Returns), cmp.Compare(b.Estimate, a.Estimate), cmp.Compare(a.Customer, b.Customer))
	})
	return out[:min(len(out), 200)], nil
}

// Cause is why goods of one model, made in one month, came back, and what it cost.
type Cause struct {
	Reason    string `json:"reason"`
	Category  string `json:"category,omitempty"`
	Model     string `json:"model_id,omitempty"`
	Batch     string `json:"batch,omitempty" doc:"month in which they were made, as far as it is known"`
	Currency  string `json:"currency"`
	Returns   int64  `json:"returns"`
	Lines     int64  `json:"lines"`
	Refunded  int64  `json:"refunded" doc:"minor units"`
	Freight   int64  `json:"freight" doc:"paid to carriers"`
	Recovered int64  `json:"recovered" doc:"that others accepted to pay"`
	PerReturn int64  `json:"per_return" doc:"refunded and freight less recovered, for one return"`
}

// Causes sums the returns of the last days by reason, product and batch, the dearest first. What a return cost is shared
// among its lines.
func (s *Service) Causes(ctx context.Context, days int) ([]Cause, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	list, err := s.since(ctx, days)
	if err != nil {
		return nil, err
	}
	sum := func(query string) (map[ID]int64, error) {
		type row struct {
			id ID
			n  int64
		}
		var w db.Where
		access.From(ctx).Scope.Limit(&w, "brand_id", "outlet_path")
		rows, err := db.List(ctx, s.db, func(sc db.Scanner) (x row, err error) { return x, sc.Scan(&x.id, &x.n) }, query+w.String()+` GROUP BY return_id`, w.Args()...)
		out := map[ID]int64{}
		for _, x := range rows {
			out[x.id] = x.n
		}
		return out, err
	}
	freight, err := sum(`SELECT return_id, CAST(SUM(price) AS BIGINT) FROM returns_shipment`)
	if err != nil {
		return nil, err
	}
	recovered, err := sum(`SELECT return_id, CAST(SUM(accepted) AS BIGINT) FROM returns_claim`)
	if err != nil {
		return nil, err
	}
	type key struct{ reason, category, model, batch, currency string }
	by := map[key]*Cause{}
	for _, r := range list {
		n := int64(len(r.Lines))
		counted := map[key]bool{}
		for i, l := range r.Lines {
			k := key{r.Reason, string(l.Category), string(l.Model), "", string(r.Currency)}
			if made, ok := l.Dates["made"]; ok {
				k.batch = made.String()[:7]
			}
			c := by[k]
			if c == nil {
				c = &Cause{Reason: k.reason, Category: k.category, Model: k.model, Batch: k.batch, Currency: k.currency}
				by[k] = c
			}
			share := func(total int64) int64 { // the first lines bear what does not divide
				out := total / n
				if int64(i) < total%n {
					out++
				}
				return out
			}
			c.Lines++
			if !counted[k] {
				counted[k] = true
				c.Returns++
			}
			for _, x := range r.Refunds {
				if x.Line == l.ID && x.State == MoneyRefunded {
					c.Refunded += x.Amount
				}
			}
			c.Freight += share(freight[r.ID])
			c.Recovered += share(recovered[r.ID])
		}
	}
	out := []Cause{}
	for _, c := range by {
		c.PerReturn = (c.Refunded + c.Freight - c.Recovered) / c.Returns
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Refunded+b.Freight-b.Recovered, a.Refunded+a.Freight-a.Recovered), cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.Reason+a.Category+a.Model+a.Batch, b.Reason+b.Category+b.Model+b.Batch))
	})
	return out[:min(len(out), 500)], nil
}
