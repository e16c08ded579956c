package units

import (
	"context"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Filter limits a list of units.
type Filter struct {
	// Serial finds units whose serial begins or ends so: people read the last characters over the phone.
	Serial       string
	Brand        catalog.BrandID
	Category     catalog.CategoryCode
	Model        catalog.ModelID
	Owner        customers.ID
	Division     string // code or its beginning
	State        State
	Mark         string
	External     ExternalID
	UpdatedSince time.Time
	Before       ID // the last id of the page before; the newest come first
	Limit        int
}

// minSerial is how many characters of a serial a search needs.
const minSerial = 4

// List reads the units that the actor sees, newest first, one more than the limit when there are more.
func (s *Service) List(ctx context.Context, f Filter) ([]Unit, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	// Both say "not merged". PostgreSQL takes the one for common, and so walks a brand's units in order; the other
	// for rare, and so begins with the few that a serial or another system's number names.
	if f.Serial == "" && f.External == (ExternalID{}) {
		w.And("u.merged_into IS NULL")
	} else {
		w.And("u.root_id = u.id")
	}
	limitTo(&w, access.From(ctx).Scope, s.db.Now())
	for _, c := range [][2]string{
		{"u.brand_id", string(f.Brand)}, {"u.category", string(f.Category)}, {"u.model_id", string(f.Model)}, {"u.state", string(f.State)},
	} {
		if c[1] != "" {
			w.And(c[0]+" = ?", c[1])
		}
	}
	if f.Owner != "" {
		ids, err := s.customers.Aliases(ctx, s.db, f.Owner)
		if err != nil && !problem.Match(err, problem.ErrNotFound) { // nobody owns nothing
			return nil, err
		}
		w.In("u.owner_id", db.Strings(ids))
	}
	if f.Division != "" {
		w.Prefix("u.division", f.Division)
	}
	if f.Mark != "" {
		w.And("u.id IN (SELECT unit_id FROM units_mark WHERE mark = ?)", f.Mark)
	}
	if f.External != (ExternalID{}) {
		w.And("u.id IN (SELECT m.root_id FROM units_external x JOIN units_unit m ON m.id = x.unit_id WHERE x.system = ? AND x.external_id = ?)",
			f.External.System, f.External.ID)
	}
	if f.Serial != "" {
		key := serialKey(f.Serial)
		if len(key) < minSerial {
			w.And("1 = 0")
		} else {
			back := reverse(key)
			w.And(`u.id IN (SELECT root_id FROM units_unit WHERE serial_key >= ? AND serial_key < ?
				UNION SELECT root_id FROM units_unit WHERE serial_back >= ? AND serial_back < ?)`, key, key+"\U0010FFFF", back, back+"\U0010FFFF")
		}
	}
	if !f.UpdatedSince.IsZero() {
		w.And("u.updated_at >= ?", db.Micros(f.UpdatedSince))
	}
	if f.Before != "" {
		w.And("u.id < ?", string(f.Before))
	}
	list, err := readUnits(ctx, s.db, w.String()+` ORDER BY u.id DESC LIMIT `+w.Arg(f.Limit+1), w.Args()...)
	return plain(list), err
}

// Find reads a unit that the actor sees.
func (s *Service) Find(ctx context.Context, q db.Querier, id ID) (Unit, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Unit{}, err
	}
	if err := s.seen(ctx, q, id); err != nil {
		return Unit{}, err
	}
	u, err := s.Get(ctx, q, id)
	if err == nil && u.ID != id {
		u.MergedInto = u.ID // the reader asked for another record
	}
	return u, err
}

// OwnerIsFirm tells whether a unit belongs to a firm. It is for modules: it asks for no permission.
func (s *Service) OwnerIsFirm(ctx context.Context, q db.Querier, u Unit) (bool, error) {
	if u.Owner == "" {
		return false, nil
	}
	return s.customers.IsFirm(ctx, q, u.Owner)
}

// OwnedByFirms tells which of many units belong to a firm. It is for modules: it asks for no permission.
func (s *Service) OwnedByFirms(ctx context.Context, q db.Querier, list []Unit) (map[ID]bool, error) {
	var owners []customers.ID
	for _, u := range list {
		if u.Owner != "" {
			owners = append(owners, u.Owner)
		}
	}
	firms, err := s.customers.Firms(ctx, q, owners)
	out := map[ID]bool{}
	for _, u := range list {
		if firms[u.Owner] {
			out[u.ID] = true
		}
	}
	return out, err
}
