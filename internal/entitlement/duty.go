package entitlement

import (
	"context"
	"errors"
	"time"

	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/units"
)

// Subscribe makes contracts go over to the unit that is given for theirs.
func (s *Contracts) Subscribe(b *events.Bus) {
	events.Subscribe(b, "entitlement.on_unit_replaced", func(ctx context.Context, ev units.ReplacedEvent) error { return s.moveTo(ctx, units.ID(ev.ID), ev.By) })
}

// RegisterJobs adds what happens to contracts by itself.
func (s *Contracts) RegisterJobs(r *jobs.Runner) {
	r.Every("entitlement.contracts", 10*time.Minute, s.Run)
}

// moveTo makes live contracts of a unit those of the unit given for it; a second delivery finds none.
func (s *Contracts) moveTo(ctx context.Context, from, to units.ID) error {
	return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
		family, err := s.Units.Family(ctx, tx, from)
		if err != nil {
			return err
		}
		list, err := contractsOf(ctx, tx, family)
		if err != nil {
			return err
		}
		for _, c := range list {
			if !c.State.live() && c.State != ContractUsedUp {
				continue
			}
			c.Unit = to
			if err := saveContract(ctx, tx, &c, false); err != nil {
				return err
			}
			tx.Later(`UPDATE entitlement_coverage SET unit_id = $1, version = version + 1, updated_at = $2 WHERE contract_id = $3`, string(to), db.Micros(tx.Now()), string(c.ID))
			if err := s.noteTx(ctx, tx, c, "contract_moved"); err != nil {
				return err
			}
		}
		return nil
	})
}

// Run books what the months gone by have earned, tells customers whose contracts end soon, ends those whose last day has
// passed, and renews what renews by itself; a duty. It goes on until nothing is due: on the first of a month that is every contract.
func (s *Contracts) Run(ctx context.Context) error {
	ctx = access.With(ctx, access.System("entitlement.contracts"))
	today := calendar.DateOf(s.DB.Now(), s.Zone)
	var errs []error // one contract's trouble keeps no other waiting
	after, last := "", ""
	for ctx.Err() == nil {
		due, err := db.List(ctx, s.DB, scanDue, `SELECT next_on, id FROM entitlement_contract WHERE next_on <> '' AND next_on <= $1 AND (next_on, id) > ($2, $3)
			ORDER BY next_on, id LIMIT $4`, today.String(), after, last, batch)
		if err != nil || len(due) == 0 {
			return errors.Join(append(errs, err)...)
		}
		for _, x := range due {
			errs = append(errs, s.runOne(ctx, ContractID(x[1]), today))
		}
		after, last = due[len(due)-1][0], due[len(due)-1][1]
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// scanDue reads a day and an id.
func scanDue(r db.Scanner) (x [2]string, err error) {
	err = r.Scan(&x[0], &x[1])
	return x, err
}

func (s *Contracts) runOne(ctx context.Context, id ContractID, today calendar.Date) error {
	c, err := getContract(ctx, s.DB, id)
	switch {
	case err != nil || !c.runs():
		return err
	case c.Ends < today:
		return s.end(ctx, id, today)
	case c.State == ContractActive && c.ToldAt.IsZero() && c.Terms.NoticeDays > 0 && c.Ends-calendar.Date(c.Terms.NoticeDays) <= today:
		if err := s.tell(ctx, id); err != nil {
			return err
		}
	}
	return s.earn(ctx, id, today)
}

// earn books the share of the months that are over.
func (s *Contracts) earn(ctx context.Context, id ContractID, today calendar.Date) error {
	last := monthOf(today) - 1
	return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
		c, err := getContract(ctx, tx, id)
		if err != nil || !c.runs() || c.Paid == nil || last < c.Starts || c.EarnedTo >= last || c.Earned >= c.Price.Minor {
			return err
		}
		return s.earnTx(ctx, tx, &c, c.earnedBy(last), last)
	})
}

// earnTx brings what is booked as earned to an amount, up or down, and keeps it in the contract.
func (s *Contracts) earnTx(ctx context.Context, tx *db.Tx, c *Contract, earned int64, to calendar.Date) error {
	by := money.Amount{Minor: earned - c.Earned, Currency: c.Price.Currency}
	debit, credit := "deferred:contract", "revenue:contract"
	if by.Minor < 0 {
		by.Minor, debit, credit = -by.Minor, credit, debit
	}
	c.Earned, c.EarnedTo = earned, to
	if err := s.book(ctx, tx, *c, "contract.earned", "/"+to.String(), tx.Now(), debit, credit, by); err != nil {
		return err
	}
	return saveContract(ctx, tx, c, false)
}

// tell sends T19, or T20 to whose contract renews by itself: when it ends, what happens then, and where to say no.
func (s *Contracts) tell(ctx context.Context, id ContractID) error {
	return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
		c, err := getContract(ctx, tx, id)
		if err != nil || c.State != ContractActive || !c.ToldAt.IsZero() {
			return err
		}
		told, err := s.sayTx(ctx, tx, c)
		if err != nil {
			return err
		}
		if !told {
			c.Renews = false // who was not told is not bound; staff may still sell
		}
		c.ToldAt = tx.Now()
		return saveContract(ctx, tx, &c, false)
	})
}

// sayTx queues the message; false when there is nobody to tell.
func (s *Contracts) sayTx(ctx context.Context, tx *db.Tx, c Contract) (bool, error) {
	u, err := s.Units.Get(ctx, tx, c.Unit)
	if err != nil || s.Notify == nil || u.Owner == "" {
		return false, err
	}
	owner, err := s.Customers.Get(ctx, tx, u.Owner)
	if customers.IsErased(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if owner.PrimaryPhone() == "" && owner.Email == "" {
		return false, nil
	}
	p, err := db.Get(ctx, tx, scanPlan, `SELECT `+planColumns+` FROM entitlement_plan WHERE id = $1`, string(c.Plan))
	if err != nil {
		return false, err
	}
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return false, err
	}
	brand, _ := snap.Brand(c.Brand)
	template := "T19"
	if c.Renews {
		template = "T20"
	}
	_, err = s.Notify.QueueTx(ctx, tx, notify.Message{
		Template: template, Phone: owner.PrimaryPhone(), Email: owner.Email, Lang: owner.Lang, KeyID: owner.KeyID, RecordKind: "contract", RecordID: string(c.ID),
		BrandID: string(c.Brand), OutletPath: c.OutletPath, Dedup: "contract:" + string(c.ID) + ":" + template,
		Params: map[string]any{
			"brand": brand.Name, "hotline": brand.Hotline, "plan": nameOf(p), "no": c.Number, "date": c.Ends.String(), "amount": p.Terms.Price.Plain(), "url": s.PublicURL + s.CertificateLink(c.ID),
		},
	})
	return err == nil, err
}

// end lets a contract expire whose last day, with the days that the unit was out of use, has passed; and makes the one that
// follows where it renews by itself and the customer was told in time.
func (s *Contracts) end(ctx context.Context, id ContractID, today calendar.Date) error {
	number := ""
	c, err := getContract(ctx, s.DB, id)
	if err == nil && c.Renews {
		number, err = s.Numbers.Next(ctx, "K", s.DB.Now())
	}
	if err != nil {
		return err
	}
	return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
		c, err := getContract(ctx, tx, id)
		if err != nil || !c.runs() || c.Ends >= today {
			return err
		}
		facts, err := s.Units.Facts(ctx, tx, c.Unit)
		if err != nil {
			return err
		}
		last, _ := Coverage{Starts: c.Starts, Ends: c.Ends, Extends: true}.lengthened(outages(facts, s.Zone))
		if last >= today {
			c.lookOn = last + 1 // its coverages last as long
			return saveContract(ctx, tx, &c, false)
		}
		inTime := !c.ToldAt.IsZero() && calendar.DateOf(c.ToldAt, s.Zone)+minNotice <= c.Ends
		c.State = ContractExpired
		if err := s.stopped(ctx, tx, &c); err != nil {
			return err
		}
		if c.Renews && inTime && number != "" {
			_, err := s.renewTx(ctx, tx, &c, number)
			if errors.Is(err, ErrNotSold) { // withdrawn meanwhile
				return nil
			}
			return err
		}
		return nil
	})
}

// stopped keeps the end of a contract and books what is left of its price as earned; its coverages end by their own days.
func (s *Contracts) stopped(ctx context.Context, tx *db.Tx, c *Contract) error {
	earned := int64(0)
	if c.Paid != nil {
		earned = c.Price.Minor
	}
	if err := s.earnTx(ctx, tx, c, earned, c.Ends); err != nil {
		return err
	}
	if err := s.noteTx(ctx, tx, *c, "contract_ended"); err != nil {
		return err
	}
	return events.Publish(ctx, tx, ContractEndedEvent{c.fact(tx.Now())})
}
