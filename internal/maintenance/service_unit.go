package maintenance

import (
	"cmp"
	"context"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

func (u Unit) trail() map[string]any {
	return map[string]any{"state": u.State, "reach": u.Reach, "notices": u.Notices, "order": u.Order, "case": u.Case, "reason": u.Reason, "outlet": u.OutletPath}
}

// move is what happens to a unit of a campaign.
type move struct {
	act       string
	to        UnitState // where the act leads to several
	by        string    // reason
	reference string
	at        time.Time
	change    func(u *Unit) // more about the row
}

// moveTx moves a unit on: its row, its mark, its life, the trail and the event. Moving in the background asks for no permission.
func (s *Service) moveTx(ctx context.Context, tx *db.Tx, c Campaign, u Unit, m move) error {
	was, before := u.State, u.trail()
	to, err := step(UnitTransitions, m.act, u.State, m.to)
	if err != nil {
		return err
	}
	at := m.at
	if at.IsZero() {
		at = tx.Now()
	}
	u.State, u.Reason, u.MovedAt = to, m.by, at
	if m.change != nil {
		m.change(&u)
	}
	switch to {
	case Remedied:
		u.RemediedAt, u.NextAt, u.Reference = &at, nil, cmp.Or(m.reference, u.Reference)
	case Found:
		if m.act == "fail" {
			break // it was tried; see change
		}
		u.Reach, u.NextAt, u.RemediedAt, u.Notices, u.Order, u.Case, u.OutletPath = ReachUnknown, new(tx.Now()), nil, 0, "", "", "/"
	case Notified:
		u.RemediedAt = nil
	case Appointment:
		u.RemediedAt, u.NextAt = nil, nil
	case Unreachable, Refused, Exempt, Gone:
		u.NextAt = nil
	}
	if !c.live() {
		u.NextAt = nil
	}
	if err := updateUnit(ctx, tx, &u); err != nil {
		return err
	}
	if err := s.remark(ctx, tx, c, u, was); err != nil {
		return err
	}
	if to == Remedied {
		err := s.Units.NoteTx(ctx, tx, units.Entry{
			Unit: u.Unit, Kind: "campaign_remedied", RefKind: recordKind, RefID: string(c.ID), At: at, Params: map[string]any{"number": c.Number, "order": u.Order, "reference": u.Reference},
		})
		if err != nil {
			return err
		}
	}
	if err := auditUnit(ctx, tx, u, m.act, m.by, before, at); err != nil {
		return err
	}
	return events.Publish(ctx, tx, UnitMoved{
		Head:     events.Head{ID: string(u.ID), Version: u.Version, OccurredAt: at, BrandID: string(u.Brand), OutletPath: u.OutletPath},
		Campaign: c.ID, Number: c.Number, Unit: u.Unit, Model: u.Model, State: u.State, Was: was, Order: u.Order, Reason: m.by,
	})
}

// bears tells whether units in a state bear the campaign's mark.
func (s UnitState) bears() bool { return s != Remedied && s != Exempt }

// remark sets or clears the mark where a move asks for it. A campaign that was called off marks nothing any more.
func (s *Service) remark(ctx context.Context, tx *db.Tx, c Campaign, u Unit, was UnitState) error {
	if u.State.bears() == was.bears() || u.State.bears() && c.State == Cancelled {
		return nil
	}
	_, err := s.Units.MarkTx(ctx, tx, units.MarkInput{
		ID: u.Unit, Mark: c.Kind.Mark(), Ref: string(c.ID), StopSale: c.StopSale, Clear: !u.State.bears(), Act: access.Act{Reason: c.Number},
	})
	if problem.Match(err, units.ErrNoMark) {
		return nil // it was taken back with the campaign, or the unit was merged
	}
	return err
}

// UnitAct is an act of staff on one unit of a campaign.
type UnitAct struct {
	access.Act
	ID        UnitID
	How       string // remedy, refuse, exempt, lost, return
	Reference string // of a remedy: number of the return, or of the paper
}

// reasonKinds are the kinds of the reason codes that acts need.
var reasonKinds = map[string]string{"remedy": "recall.remedy", "refuse": "recall.refuse", "exempt": "recall.exempt", "lost": "recall.gone"}

// MoveUnit notes by hand what became of a unit.
func (s *Service) MoveUnit(ctx context.Context, in UnitAct) (Unit, error) {
	var f problem.Fields
	checkText(&f, "reference", in.Reference, 64)
	if err := f.Err(); err != nil {
		return Unit{}, err
	}
	return s.unitAct(ctx, in.ID, in.Act, in.How, func(ctx context.Context, tx *db.Tx, c Campaign, u Unit, at time.Time) error {
		kind, known := reasonKinds[in.How]
		if !known && in.How != "return" {
			return problem.Field("how", problem.BadChoice)
		}
		if known {
			if err := s.reasonFor(ctx, tx, kind, in.Act); err != nil {
				return err
			}
		}
		if in.How != "remedy" && u.State == Appointment {
			return ErrHasOrder
		}
		if in.How == "return" && !c.live() {
			return ErrNotRunning
		}
		return s.moveTx(ctx, tx, c, u, move{act: in.How, by: in.Reason, reference: in.Reference, at: at})
	})
}

// CallInput is a call to the customer of a unit.
type CallInput struct {
	access.Act
	ID      UnitID
	Reached bool
}

// Call notes that somebody was called about a unit. Who was reached is no longer out of reach.
func (s *Service) Call(ctx context.Context, in CallInput) (Unit, error) {
	return s.unitAct(ctx, in.ID, in.Act, "call", func(ctx context.Context, tx *db.Tx, c Campaign, u Unit, at time.Time) error {
		before := u.trail()
		if !c.live() {
			return ErrNotRunning
		}
		u.Calls++
		if in.Reached && (u.State == Unreachable || u.State == Found) {
			return s.moveTx(ctx, tx, c, u, move{act: "notify", at: at, change: func(u *Unit) { u.NoticedAt = &at }})
		}
		if err := updateUnit(ctx, tx, &u); err != nil {
			return err
		}
		return auditUnit(ctx, tx, u, "call", "", before, at)
	})
}

// unitAct runs one act of staff on a unit in a transaction of its own.
func (s *Service) unitAct(ctx context.Context, id UnitID, act access.Act, name string, do func(ctx context.Context, tx *db.Tx, c Campaign, u Unit, at time.Time) error) (Unit, error) {
	if err := access.Require(ctx, PermAct); err != nil {
		return Unit{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Unit, error) {
		u, err := findUnit(ctx, tx, access.From(ctx).Scope, id)
		if err != nil {
			return Unit{}, err
		}
		if done, err := seen(ctx, tx, string(u.ID), act.OperationID); done || err != nil {
			return u, err
		}
		a := access.From(ctx)
		at, err := act.At(a.Origin, tx.Now())
		if err != nil {
			return Unit{}, err
		}
		c, err := findCampaign(ctx, tx, access.Everything, u.Campaign)
		if err != nil {
			return Unit{}, err
		}
		if err := do(ctx, tx, c, u, at); err != nil {
			return Unit{}, err
		}
		remember(tx, string(u.ID), act.OperationID, name, a.Kind+":"+a.ID, at)
		return findUnit(ctx, tx, access.Everything, id)
	})
}

// GetUnit reads a unit's row in a campaign.
func (s *Service) GetUnit(ctx context.Context, id UnitID) (Unit, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Unit{}, err
	}
	return findUnit(ctx, s.db, access.From(ctx).Scope, id)
}

// ListUnits reads units of a campaign, one row more than asked. An outlet sees those whose orders it has.
func (s *Service) ListUnits(ctx context.Context, f UnitFilter) ([]Unit, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	if _, err := findCampaign(ctx, s.db, access.Scope{OutletPath: "/", Brands: scope.Brands}, f.Campaign); err != nil {
		return nil, err
	}
	return listUnits(ctx, s.db, scope, f)
}

// Standing is a campaign that bears on a unit, with the unit's row in it.
type Standing struct {
	Campaign Campaign
	Unit     Unit
}

// OfUnit lists the campaigns that bear on a unit that the actor sees, and what became of it in them: read at every contact.
func (s *Service) OfUnit(ctx context.Context, id units.ID) ([]Standing, error) {
	u, err := s.Units.Find(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	return s.standings(ctx, s.db, u.ID)
}

func (s *Service) standings(ctx context.Context, q db.Querier, id units.ID) ([]Standing, error) {
	aliases, err := s.Units.Aliases(ctx, q, id)
	if err != nil {
		return nil, err
	}
	rows, err := rowsOf(ctx, q, aliases)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = string(r.Campaign)
	}
	found, err := campaignsByIDs(ctx, q, ids)
	out := []Standing{}
	for _, r := range rows {
		if c, ok := found[r.Campaign]; ok && c.State != Cancelled {
			out = append(out, Standing{c, r})
		}
	}
	return out, err
}

// PaysFor tells which campaign bears all that an order costs; false for none. Coverage asks it.
func (s *Service) PaysFor(ctx context.Context, q db.Querier, job string) (number string, ok bool, err error) {
	u, ok, err := rowOfOrder(ctx, q, orders.ID(job))
	if err != nil || !ok {
		return "", false, err
	}
	c, err := findCampaign(ctx, q, access.Everything, u.Campaign)
	return c.Number, err == nil, err
}
