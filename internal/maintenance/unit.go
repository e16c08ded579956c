package maintenance

import (
	"context"
	"errors"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/units"
)

// UnitID names a unit's row in a campaign.
type UnitID string

// Reach says how the customer of a unit can be told.
type Reach string

// Ways to reach the customer of a unit.
const (
	ReachUnknown Reach = ""         // not tried yet
	ReachMessage Reach = "message"  // text message or mail
	ReachLetter  Reach = "letter"   // no channel: a letter has to be printed
	ReachPosted  Reach = "posted"   // a letter was printed
	ReachNobody  Reach = "no_owner" // nobody knows whose it is
)

// Reaches lists them.
var Reaches = []Reach{ReachUnknown, ReachMessage, ReachLetter, ReachPosted, ReachNobody}

// Unit is one unit in one campaign.
type Unit struct {
	ID         UnitID
	Campaign   ID
	Unit       units.ID
	Brand      catalog.BrandID
	OutletPath string // of the outlet that has its order, "/" while none
	Model      catalog.ModelID
	Region     string // the first four digits of the division: the city
	State      UnitState
	Reach      Reach
	FoundBy    string // search, event
	Notices    int64
	Calls      int64
	NoticedAt  *time.Time
	NextAt     *time.Time // of the next notice
	Case       cases.ID
	Order      orders.ID
	Reason     string
	Reference  string // of what remedied it otherwise
	FoundAt    time.Time
	MovedAt    time.Time
	RemediedAt *time.Time
	Version    int64
}

// waits tells whether the unit may still be told by itself.
func (u Unit) waits() bool { return u.State == Found || u.State == Notified }

func regionOf(division string) string { return division[:min(4, len(division))] }

const unitColumns = `id, campaign_id, unit_id, brand_id, outlet_path, model_id, region, state, reach, found_by, notices, calls, noticed_at, next_notice_at, case_id,
	order_id, reason, reference, found_at, moved_at, remedied_at, version`

func scanUnit(s db.Scanner) (Unit, error) {
	var u Unit
	var noticed, next, remedied *int64
	var caseID, order *string
	var found, moved int64
	err := s.Scan(&u.ID, &u.Campaign, &u.Unit, &u.Brand, &u.OutletPath, &u.Model, &u.Region, &u.State, &u.Reach, &u.FoundBy, &u.Notices, &u.Calls, &noticed, &next, &caseID,
		&order, &u.Reason, &u.Reference, &found, &moved, &remedied, &u.Version)
	u.NoticedAt, u.NextAt, u.RemediedAt = db.FromMicrosPtr(noticed), db.FromMicrosPtr(next), db.FromMicrosPtr(remedied)
	u.Case, u.Order = cases.ID(db.OrEmpty(caseID)), orders.ID(db.OrEmpty(order))
	u.FoundAt, u.MovedAt = db.FromMicros(found), db.FromMicros(moved)
	return u, err
}

// insertUnit adds a row unless the unit has one in the campaign.
func insertUnit(tx *db.Tx, u Unit) {
	tx.Later(`INSERT INTO maintenance_unit (`+unitColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
		ON CONFLICT (campaign_id, unit_id) DO NOTHING`,
		u.ID, u.Campaign, u.Unit, u.Brand, u.OutletPath, u.Model, u.Region, u.State, u.Reach, u.FoundBy, u.Notices, u.Calls, db.MicrosPtr(u.NoticedAt), db.MicrosPtr(u.NextAt),
		db.NullString(u.Case), db.NullString(u.Order), u.Reason, u.Reference, db.Micros(u.FoundAt), db.Micros(u.MovedAt), db.MicrosPtr(u.RemediedAt), u.Version)
}

func updateUnit(ctx context.Context, tx *db.Tx, u *Unit) error {
	was := u.Version
	u.Version++
	return tx.ExecOne(ctx, `UPDATE maintenance_unit SET outlet_path = $1, model_id = $2, region = $3, state = $4, reach = $5, notices = $6, calls = $7, noticed_at = $8,
			next_notice_at = $9, case_id = $10, order_id = $11, reason = $12, reference = $13, moved_at = $14, remedied_at = $15, version = $16
		WHERE id = $17 AND version = $18`,
		u.OutletPath, u.Model, u.Region, u.State, u.Reach, u.Notices, u.Calls, db.MicrosPtr(u.NoticedAt), db.MicrosPtr(u.NextAt), db.NullString(u.Case), db.NullString(u.Order),
		u.Reason, u.Reference, db.Micros(u.MovedAt), db.MicrosPtr(u.RemediedAt), u.Version, u.ID, was)
}

func findUnit(ctx context.Context, q db.Querier, scope access.Scope, id UnitID) (Unit, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	u, err := db.Get(ctx, q, scanUnit, `SELECT `+unitColumns+` FROM maintenance_unit`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return u, ErrNoUnit
	}
	return u, err
}

// unitOf finds the row of a unit in a campaign, by any of the ids that lead to the unit.
func unitOf(ctx context.Context, q db.Querier, campaign ID, aliases []units.ID) (Unit, bool, error) {
	var w db.Where
	w.And("campaign_id = ?", campaign)
	w.In("unit_id", db.Strings(aliases))
	list, err := db.List(ctx, q, scanUnit, `SELECT `+unitColumns+` FROM maintenance_unit`+w.String()+` ORDER BY id LIMIT 1`, w.Args()...)
	if err != nil || len(list) == 0 {
		return Unit{}, false, err
	}
	return list[0], true, nil
}

// rowsOf lists the rows of a unit in all campaigns, the newest first.
func rowsOf(ctx context.Context, q db.Querier, aliases []units.ID) ([]Unit, error) {
	var w db.Where
	w.In("unit_id", db.Strings(aliases))
	return db.List(ctx, q, scanUnit, `SELECT `+unitColumns+` FROM maintenance_unit`+w.String()+` ORDER BY found_at DESC, id DESC LIMIT 100`, w.Args()...)
}

func rowOfOrder(ctx context.Context, q db.Querier, id orders.ID) (Unit, bool, error) {
	list, err := db.List(ctx, q, scanUnit, `SELECT `+unitColumns+` FROM maintenance_unit WHERE order_id = $1 ORDER BY id LIMIT 1`, string(id))
	if err != nil || len(list) == 0 {
		return Unit{}, false, err
	}
	return list[0], true, nil
}

// UnitFilter narrows a list of units of a campaign.
type UnitFilter struct {
	Campaign ID
	State    UnitState
	Reach    Reach
	Model    catalog.ModelID
	Region   string
	Outlet   string // path
	Open     bool   // those that still need something
	Calls    bool   // those that a person has to call: told in vain, or refusing
	Unit     units.ID
	After    UnitID
	Limit    int
}

func listUnits(ctx context.Context, q db.Querier, scope access.Scope, f UnitFilter) ([]Unit, error) {
	var w db.Where
	w.And("campaign_id = ?", f.Campaign)
	scope.Limit(&w, "brand_id", "outlet_path")
	for _, x := range [][2]string{{"state", string(f.State)}, {"model_id", string(f.Model)}, {"region", f.Region}, {"unit_id", string(f.Unit)}, {"outlet_path", f.Outlet}} {
		if x[1] != "" {
			w.And(x[0]+" = ?", x[1])
		}
	}
	if f.Reach != "" {
		w.And("reach = ?", f.Reach)
	}
	if f.Open {
		w.In("state", db.Strings(open))
	}
	if f.Calls {
		w.In("state", []string{string(Unreachable), string(Refused)})
	}
	if f.After != "" {
		w.And("id > ?", f.After)
	}
	return db.List(ctx, q, scanUnit, `SELECT `+unitColumns+` FROM maintenance_unit`+w.String()+` ORDER BY id LIMIT `+w.Arg(f.Limit), w.Args()...)
}

// Notice is one attempt to tell the customer of a unit, with its proof.
type Notice struct {
	ID        string     `json:"id"`
	Campaign  ID         `json:"campaign_id"`
	Unit      UnitID     `json:"campaign_unit_id"`
	Round     int64      `json:"round"`
	Channel   string     `json:"channel" enum:"sms,email,letter,"`
	MessageID string     `json:"message_id,omitempty" doc:"in the delivery log"`
	State     string     `json:"state" enum:"queued,sending,sent,failed,suppressed,printed"`
	Reason    string     `json:"reason,omitempty" doc:"why it did not go"`
	QueuedAt  time.Time  `json:"queued_at"`
	SettledAt *time.Time `json:"settled_at,omitempty" doc:"when it went, or was given up"`
}

const noticeColumns = `id, campaign_id, campaign_unit_id, round, channel, message_id, state, reason, queued_at, settled_at`

func scanNotice(s db.Scanner) (Notice, error) {
	var n Notice
	var queued int64
	var settled *int64
	err := s.Scan(&n.ID, &n.Campaign, &n.Unit, &n.Round, &n.Channel, &n.MessageID, &n.State, &n.Reason, &queued, &settled)
	n.QueuedAt, n.SettledAt = db.FromMicros(queued), db.FromMicrosPtr(settled)
	return n, err
}

func insertNotice(tx *db.Tx, n Notice) {
	tx.Later(`INSERT INTO maintenance_notice (`+noticeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		n.ID, n.Campaign, n.Unit, n.Round, n.Channel, n.MessageID, n.State, n.Reason, db.Micros(n.QueuedAt), db.MicrosPtr(n.SettledAt))
}

func noticesOf(ctx context.Context, q db.Querier, id UnitID) ([]Notice, error) {
	return db.List(ctx, q, scanNotice, `SELECT `+noticeColumns+` FROM maintenance_notice WHERE campaign_unit_id = $1 ORDER BY id`, id)
}
