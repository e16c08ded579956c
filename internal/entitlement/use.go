package entitlement

import (
	"context"
	"errors"

	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
)

// Use is one charge that a coverage pays for.
type Use struct {
	Coverage CoverageID
	Ref      string // id of the charge: told twice, it counts once
	Job      string // id of the order: all its charges together are one use
	Amount   money.Amount
}

// UseTx counts a charge against the contract that its coverage comes from; other coverages are not counted. A contract
// whose uses or money are spent is used up.
func (s *Service) UseTx(ctx context.Context, tx *db.Tx, u Use) error {
	id, err := db.Get(ctx, tx, db.ScanString, `SELECT contract_id FROM entitlement_coverage WHERE id = $1`, string(u.Coverage))
	if errors.Is(err, db.ErrNoRows) || err == nil && id == "" {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO entitlement_use (contract_id, ref, job, amount, active, used_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (contract_id, ref) DO UPDATE SET amount = excluded.amount, active = excluded.active`, id, u.Ref, u.Job, u.Amount.Minor, true, db.Micros(tx.Now()))
	if err != nil {
		return err
	}
	return countTx(ctx, tx, ContractID(id))
}

// ReleaseTx takes back what a charge used, when it no longer stands.
func (s *Service) ReleaseTx(ctx context.Context, tx *db.Tx, ref string) error {
	ids, err := db.List(ctx, tx, db.ScanString, `SELECT contract_id FROM entitlement_use WHERE ref = $1 AND active = $2`, ref, true)
	if err != nil || len(ids) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE entitlement_use SET active = $1 WHERE ref = $2`, false, ref); err != nil {
		return err
	}
	for _, id := range ids {
		if err := countTx(ctx, tx, ContractID(id)); err != nil {
			return err
		}
	}
	return nil
}

// countTx brings a contract's uses and money up to date. The row's version makes two orders that use it at once count one
// after the other.
func countTx(ctx context.Context, tx *db.Tx, id ContractID) error {
	c, err := getContract(ctx, tx, id)
	if err != nil {
		return err
	}
	n, err := sumUses(ctx, tx, id)
	if err != nil {
		return err
	}
	c.Used, c.Spent = n.used, n.spent
	before := c.State
	switch {
	case c.State == ContractActive && c.spentUp():
		c.State = ContractUsedUp
	case c.State == ContractUsedUp && !c.spentUp():
		c.State = ContractActive
	}
	if err := saveContract(ctx, tx, &c, false); err != nil {
		return err
	}
	if c.State == before || c.State != ContractUsedUp {
		return nil
	}
	return events.Publish(ctx, tx, ContractEndedEvent{c.fact(tx.Now())})
}

// contractsLeft tells coverages of contracts what these still bear. What already counts as a use of a contract may go on
// using it.
func contractsLeft(ctx context.Context, q db.Querier, all []Coverage, job string) error {
	known := map[ContractID]Contract{}
	for i := range all {
		c := &all[i]
		if c.Contract == "" {
			continue
		}
		k, ok := known[c.Contract]
		if !ok {
			var err error
			if k, err = getContract(ctx, q, c.Contract); err != nil {
				return err
			}
			if k.Terms.Uses > 0 && k.Used >= k.Terms.Uses && job != "" {
				mine, err := db.Exists(ctx, q, `SELECT 1 FROM entitlement_use WHERE contract_id = $1 AND job = $2 AND active = $3`, string(k.ID), job, true)
				if err != nil {
					return err
				}
				if mine {
					k.Terms.Uses = 0 // for this order the number of uses is no bound
				}
			}
			known[c.Contract] = k
		}
		c.spent = k.spentUp()
		if left, limited := k.left(); limited {
			c.left, c.currency = &left, k.Price.Currency
		}
	}
	return nil
}
