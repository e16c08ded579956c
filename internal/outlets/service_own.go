package outlets

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

const (
	maxAreas      = 500
	maxExceptions = 400
	maxQuotas     = 1000
	maxContacts   = 20
)

// SetAreasInput replaces the areas that an outlet serves.
type SetAreasInput struct {
	ID      ID
	Version int64
	Areas   []Area
}

// SetAreas replaces the areas that an outlet serves.
func (s *Service) SetAreas(ctx context.Context, in SetAreasInput) (Outlet, error) {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Outlet{}, err
	}
	var f problem.Fields
	f.Check(len(in.Areas) <= maxAreas, "areas", problem.TooLong, "limit", maxAreas)
	for i, a := range in.Areas {
		at := "areas." + strconv.Itoa(i)
		f.Check(knownDivision(a.Division), at+".division", problem.Unknown)
		f.Check(a.Rank >= 1 && a.Rank <= 99, at+".rank", problem.OutOfRange, "min", 1, "max", 99)
		for _, c := range a.Categories {
			_, ok := snap.Category(c)
			f.Check(ok, at+".categories", problem.Unknown)
		}
		for _, t := range a.ServiceTypes {
			_, ok := snap.ServiceType(t)
			f.Check(ok, at+".service_types", problem.Unknown)
		}
	}
	if err := f.Err(); err != nil {
		return Outlet{}, err
	}
	return s.edit(ctx, PermWrite, in.ID, in.Version, "set_areas", func(ctx context.Context, tx *db.Tx, o *Outlet) (any, any, error) {
		before, err := s.Areas(ctx, tx, o.ID)
		if err != nil {
			return nil, nil, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM outlets_area WHERE outlet_id = $1`, string(o.ID)); err != nil {
			return nil, nil, err
		}
		for i, a := range in.Areas {
			in.Areas[i].ID = AreaID(db.NewID())
			tx.Later(`INSERT INTO outlets_area (id, outlet_id, division, categories, service_types, rank) VALUES ($1, $2, $3, $4, $5, $6)`,
				string(in.Areas[i].ID), string(o.ID), a.Division, join(a.Categories), join(a.ServiceTypes), a.Rank)
		}
		return before, in.Areas, nil
	})
}

// knownDivision: "" is everywhere; codes of other countries, whose divisions are not held, are in the form
// of ISO 3166-2 ("US-NY", "US-NY-061").
func knownDivision(code string) bool {
	if code == "" {
		return true
	}
	if strings.Contains(code, "-") {
		return len(code) <= 20
	}
	_, ok := geo.ByCode(code)
	return ok && (len(code) == 2 || len(code) == 4 || len(code) == 6 || len(code) == 9)
}

// SetHoursInput replaces an outlet's own layer of the calendar.
type SetHoursInput struct {
	ID      ID
	Version int64
	Hours   Hours
}

// SetHours replaces an outlet's opening hours and exceptions; Weekly nil and not all day follows the
// outlet above it.
func (s *Service) SetHours(ctx context.Context, in SetHoursInput) (Outlet, error) {
	h := in.Hours
	var f problem.Fields
	f.Check(len(h.Exceptions) <= maxExceptions, "exceptions", problem.TooLong, "limit", maxExceptions)
	f.Check(h.Country == "" || h.Country == "CN", "country", problem.BadChoice)
	if err := f.Err(); err != nil {
		return Outlet{}, err
	}
	return s.edit(ctx, PermOwn, in.ID, in.Version, "set_hours", func(ctx context.Context, tx *db.Tx, o *Outlet) (any, any, error) {
		if err := checkHours(*o, h); err != nil {
			return nil, nil, err
		}
		before, err := s.Hours(ctx, tx, o.ID)
		if err != nil {
			return nil, nil, err
		}
		var text *string
		if h.Weekly != nil || h.AllDay {
			b, err := json.Marshal(weekPart{Weekly: h.Weekly, AllDay: h.AllDay, Country: h.Country})
			if err != nil {
				return nil, nil, err
			}
			v := string(b)
			text = &v
		}
		if _, err := tx.Exec(ctx, `UPDATE outlets_outlet SET hours = $1 WHERE id = $2`, text, string(o.ID)); err != nil {
			return nil, nil, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM outlets_exception WHERE outlet_id = $1`, string(o.ID)); err != nil {
			return nil, nil, err
		}
		for _, e := range h.Exceptions {
			tx.Later(`INSERT INTO outlets_exception (outlet_id, date, kind, name, windows) VALUES ($1, $2, $3, $4, $5)`,
				string(o.ID), e.Date.String(), string(e.Kind), e.Name, formatWindows(e.Windows))
		}
		return before, h, nil
	})
}

// checkHours lets the calendar judge; an outlet that follows another's week is checked with the default's.
func checkHours(o Outlet, h Hours) error {
	probe := h
	if probe.Weekly == nil && !probe.AllDay {
		probe.Weekly = DefaultHours().Weekly
	}
	full := spec(o.ID, o.Zone, 1, probe)
	full.Exceptions = h.Exceptions
	issues := full.Validate().Errors()
	if len(issues) == 0 {
		return nil
	}
	var f problem.Fields
	for _, i := range issues {
		f.Add(i.Where, ErrHours, "rule", i.Code)
	}
	return f.Err()
}

// SetQuotasInput replaces the capacity that an outlet declares.
type SetQuotasInput struct {
	ID      ID
	Version int64
	Quotas  []QuotaRow
}

// SetQuotas replaces the capacity that an outlet declares.
func (s *Service) SetQuotas(ctx context.Context, in SetQuotasInput) (Outlet, error) {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Outlet{}, err
	}
	var f problem.Fields
	f.Check(len(in.Quotas) <= maxQuotas, "quotas", problem.TooLong, "limit", maxQuotas)
	seen := map[[2]string]bool{}
	for i, q := range in.Quotas {
		at := "quotas." + strconv.Itoa(i)
		switch {
		case q.Weekday == nil && q.Date.IsZero():
			f.Add(at+".weekday", problem.Required)
			continue
		case q.Weekday != nil && (!q.Date.IsZero() || *q.Weekday < 0 || *q.Weekday > 6):
			f.Add(at+".weekday", problem.OutOfRange, "min", 0, "max", 6)
			continue
		}
		f.Check(q.Orders >= 0 && q.Orders <= 10000, at+".orders", problem.OutOfRange, "min", 0, "max", 10000)
		if q.ServiceType != "" {
			_, ok := snap.ServiceType(q.ServiceType)
			f.Check(ok, at+".service_type", problem.Unknown)
		}
		k := [2]string{q.day(), string(q.ServiceType)}
		f.Check(!seen[k], at, ErrTwice)
		seen[k] = true
	}
	if err := f.Err(); err != nil {
		return Outlet{}, err
	}
	return s.edit(ctx, PermOwn, in.ID, in.Version, "set_quotas", func(ctx context.Context, tx *db.Tx, o *Outlet) (any, any, error) {
		before, err := s.Quotas(ctx, tx, o.ID)
		if err != nil {
			return nil, nil, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM outlets_quota WHERE outlet_id = $1`, string(o.ID)); err != nil {
			return nil, nil, err
		}
		for _, q := range in.Quotas {
			tx.Later(`INSERT INTO outlets_quota (outlet_id, day, service_type, orders) VALUES ($1, $2, $3, $4)`,
				string(o.ID), q.day(), string(q.ServiceType), q.Orders)
		}
		return before, in.Quotas, nil
	})
}

// day is the key of a row: "1" for Mondays, "2026-12-01" for a date.
func (q QuotaRow) day() string {
	if q.Weekday != nil {
		return weekdayKey(int(*q.Weekday))
	}
	return q.Date.String()
}

func scanQuota(s db.Scanner) (QuotaRow, error) {
	var q QuotaRow
	var day string
	var st string
	if err := s.Scan(&day, &st, &q.Orders); err != nil {
		return q, err
	}
	q.ServiceType = catalog.ServiceTypeCode(st)
	if len(day) == 1 {
		wd := time.Weekday(day[0] - '0')
		q.Weekday = &wd
		return q, nil
	}
	var err error
	q.Date, err = calendar.ParseDate(day)
	return q, err
}

// ContactRoles are the parts that contact persons play.
var ContactRoles = []string{"manager", "dispatcher", "finance", "stock", "quality", "other"}

// SetContactsInput replaces the contact persons of an outlet.
type SetContactsInput struct {
	ID       ID
	Version  int64
	Contacts []Contact // ids don't count
}

// SetContacts replaces the contact persons. The keys of those who go are destroyed: nothing else is kept
// about them.
func (s *Service) SetContacts(ctx context.Context, in SetContactsInput) (Outlet, error) {
	if err := checkContacts(in.Contacts); err != nil {
		return Outlet{}, err
	}
	return s.edit(ctx, PermOwn, in.ID, in.Version, "set_contacts", func(ctx context.Context, tx *db.Tx, o *Outlet) (any, any, error) {
		old, err := db.List(ctx, tx, db.ScanString, `SELECT key_id FROM outlets_contact WHERE outlet_id = $1`, string(o.ID))
		if err != nil {
			return nil, nil, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM outlets_contact WHERE outlet_id = $1`, string(o.ID)); err != nil {
			return nil, nil, err
		}
		for _, k := range old {
			if err := s.keys.DestroyTx(ctx, tx, crypt.KeyID(k)); err != nil {
				return nil, nil, err
			}
		}
		ids := []ContactID{}
		for i, c := range in.Contacts {
			c.ID = ContactID(db.NewID())
			ids = append(ids, c.ID)
			if err := s.insertContact(ctx, tx, o.ID, i, c); err != nil {
				return nil, nil, err
			}
		}
		return map[string]int{"contacts": len(old)}, map[string]any{"contacts": ids}, nil
	})
}

func (s *Service) insertContact(ctx context.Context, tx *db.Tx, id ID, position int, c Contact) error {
	key, err := s.keys.NewKeyTx(ctx, tx, "outlet_contact")
	if err != nil {
		return err
	}
	name, err := s.keys.Seal(ctx, tx, key, c.Name)
	if err != nil {
		return err
	}
	phone, err := s.keys.Seal(ctx, tx, key, c.Phone)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO outlets_contact (id, outlet_id, role, position, key_id, name_sealed, phone_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		string(c.ID), string(id), c.Role, position, string(key), name, phone)
	return nil
}

// Contacts reads the contact persons of an outlet in the actor's scope, in clear with the permission for
// it and masked without.
func (s *Service) Contacts(ctx context.Context, id ID) ([]Contact, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	if _, err := visible(ctx, s.db, id); err != nil {
		return nil, err
	}
	type row struct {
		Contact
		name, phone []byte
	}
	rows, err := db.List(ctx, s.db, func(sc db.Scanner) (row, error) {
		var r row
		return r, sc.Scan(&r.ID, &r.Role, &r.KeyID, &r.name, &r.phone)
	}, `SELECT id, role, key_id, name_sealed, phone_sealed FROM outlets_contact WHERE outlet_id = $1 ORDER BY position`, string(id))
	if err != nil {
		return nil, err
	}
	sealed := make([]crypt.Sealed, 0, 2*len(rows))
	for _, r := range rows {
		sealed = append(sealed, crypt.Sealed{Key: r.KeyID, Data: r.name}, crypt.Sealed{Key: r.KeyID, Data: r.phone})
	}
	open, err := s.keys.OpenMany(ctx, s.db, sealed)
	if err != nil {
		return nil, err
	}
	inClear := access.From(ctx).Permissions.Has(PermContacts)
	out := []Contact{}
	for i, r := range rows {
		c := r.Contact
		c.Name, c.Phone = open[2*i].Text, open[2*i+1].Text
		if !inClear {
			c.Name, c.Phone = crypt.MaskName(c.Name), crypt.MaskPhone(c.Phone)
		}
		out = append(out, c)
	}
	return out, nil
}
