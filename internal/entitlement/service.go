package entitlement

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// Service is what one can do with coverages.
type Service struct {
	db      *db.DB
	catalog *catalog.Service
	units   *units.Service
	zone    *time.Location
	book    rulebook
	tasks   *jobs.Tasks // may be nil
	payer   Payer       // may be nil
}

// UseTasks makes long work of the duty a task that people see.
func (s *Service) UseTasks(t *jobs.Tasks) { s.tasks = t }

// New makes the service; zone decides on which day an instant falls.
func New(d *db.DB, cat *catalog.Service, un *units.Service, zone *time.Location) *Service {
	return &Service{db: d, catalog: cat, units: un, zone: zone}
}

// CheckInput asks who pays the lines of work on a unit at a time.
type CheckInput struct {
	Unit  units.ID // empty while unknown: the customer pays until it is known
	Job   string   // id of the order that asks: what already counts as a use of a contract stays covered
	At    time.Time
	Lines []Line
}

// Check decides every line. The unit is read by the caller's right: this is for modules that may see it.
func (s *Service) Check(ctx context.Context, q db.Querier, in CheckInput) ([]Decision, error) {
	out := make([]Decision, len(in.Lines))
	if in.Unit == "" {
		for i := range out {
			out[i] = Decision{Payer: catalog.PayCustomer, Share: 100, Reasons: reason.List{reason.Warned("entitlement.no_unit").Under(ruleVersion)}}
		}
		return out, nil
	}
	on := calendar.DateOf(in.At, s.zone)
	all, m, outs, why, err := s.gather(ctx, q, in.Unit, on)
	if err != nil {
		return nil, err
	}
	if err := contractsLeft(ctx, q, all, in.Job); err != nil {
		return nil, err
	}
	for i, l := range in.Lines {
		if l.Kind == Part && slices.Contains(m.MainParts, l.PartType) {
			l.PartClass = catalog.PartMain
		}
		out[i] = decide(all, l, on, outs, why)
	}
	return out, s.byCampaign(ctx, q, in.Job, out)
}

// Payer tells which campaign of the brand, such as a recall, bears all that an order costs; false for none.
type Payer func(ctx context.Context, q db.Querier, job string) (campaign string, ok bool, err error)

// UsePayer makes decisions ask for campaigns; without it there are none.
func (s *Service) UsePayer(p Payer) { s.payer = p }

// byCampaign makes the brand pay every line of an order that a campaign bears, whatever else would cover it: nothing of a contract
// is used up.
func (s *Service) byCampaign(ctx context.Context, q db.Querier, job string, out []Decision) error {
	if s.payer == nil || job == "" {
		return nil
	}
	number, ok, err := s.payer(ctx, q, job)
	if err != nil || !ok {
		return err
	}
	for i := range out {
		why := out[i].Reasons
		why.Add(reason.Passed("entitlement.campaign").With("number", number).Under(ruleVersion))
		out[i] = Decision{Payer: catalog.PayBrand, Share: 100, Reasons: why}
	}
	return nil
}

// gather reads everything that bears on a unit on a day: rows, what the law gives, the model's defaults and the days it was
// out of use.
func (s *Service) gather(ctx context.Context, q db.Querier, id units.ID, on calendar.Date) (all []Coverage, m catalog.Model, outs []outage, why reason.List, err error) {
	u, err := s.units.Get(ctx, q, id)
	if err != nil {
		return nil, m, nil, nil, err
	}
	snap, err := s.catalog.Current(ctx, q)
	if err != nil {
		return nil, m, nil, nil, err
	}
	family, err := s.units.Family(ctx, q, u.ID)
	if err != nil {
		return nil, m, nil, nil, err
	}
	if all, err = list(ctx, q, family); err != nil {
		return nil, m, nil, nil, err
	}
	facts, err := s.units.Facts(ctx, q, u.ID)
	if err != nil {
		return nil, m, nil, nil, err
	}
	outs = outages(facts, s.zone)
	law, err := s.statutory(ctx, q, u, facts, on)
	if err != nil {
		return nil, m, nil, nil, err
	}
	all = append(all, law...)
	if u.Model == "" {
		why.Add(reason.Warned("entitlement.no_model").Under(ruleVersion))
		return all, m, outs, why, nil
	}
	m, _ = snap.Model(u.Model)
	byModel, why := defaults(m, u, facts, s.zone)
	return append(all, byModel...), m, outs, why, nil
}

// Of lists the coverages of a unit, those of its model too, for screens.
func (s *Service) Of(ctx context.Context, id units.ID) ([]Coverage, reason.List, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, nil, err
	}
	if _, err := s.units.Find(ctx, s.db, id); err != nil {
		return nil, nil, err
	}
	all, _, outs, why, err := s.gather(ctx, s.db, id, calendar.DateOf(s.db.Now(), s.zone))
	for i := range all {
		all[i].Ends, _ = all[i].lengthened(outs)
	}
	return all, why, err
}

// GrantInput puts a coverage onto a unit by hand.
type GrantInput struct {
	Unit    units.ID
	Kind    Kind
	Name    string
	Lines   []LineKind
	Classes []catalog.PartClass
	Payer   catalog.Payer
	Share   int64
	Starts  calendar.Date
	Ends    calendar.Date
	Extends bool
	Source  string
	Reason  string
}

func (in GrantInput) check() error {
	var f problem.Fields
	f.Check(slices.Contains(Kinds, in.Kind), "kind", problem.BadChoice)
	f.Check(in.Name != "", "name", problem.Required)
	f.Check(len(in.Lines) > 0, "lines", problem.Required)
	for _, l := range in.Lines {
		f.Check(slices.Contains(LineKinds, l), "lines", problem.BadChoice)
	}
	for _, c := range in.Classes {
		f.Check(slices.Contains([]catalog.PartClass{catalog.PartMain, catalog.PartGeneral, catalog.PartAccessory}, c), "part_classes", problem.BadChoice)
	}
	f.Check(in.Payer.Valid() && in.Payer != catalog.PayCustomer, "payer", problem.BadChoice)
	f.Check(in.Share >= 1 && in.Share <= 100, "share", problem.OutOfRange, "limit", "1–100")
	f.Check(!in.Starts.IsZero(), "starts", problem.Required)
	f.Check(in.Ends >= in.Starts, "ends", problem.BadTime, "earliest", in.Starts.String())
	f.Check(in.Kind != Goodwill || in.Reason != "", "reason", problem.Required)
	return f.Err()
}

// Grant puts a coverage onto a unit; goodwill needs a reason.
func (s *Service) Grant(ctx context.Context, in GrantInput) (Coverage, error) {
	if err := access.Require(ctx, permEdit); err != nil {
		return Coverage{}, err
	}
	if err := in.check(); err != nil {
		return Coverage{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Coverage, error) {
		u, err := s.units.Find(ctx, tx, in.Unit)
		if err != nil {
			return Coverage{}, err
		}
		c := Coverage{
			ID: CoverageID(db.NewID()), Unit: u.ID, Brand: u.Brand, Kind: in.Kind, Name: in.Name, Lines: in.Lines, Classes: in.Classes, Payer: in.Payer,
			Share: in.Share, Starts: in.Starts, Ends: in.Ends, Extends: in.Extends, Source: in.Source, Active: true, Version: 1, Created: tx.Now(), Updated: tx.Now(),
		}
		if err := insert(tx, c); err != nil {
			return Coverage{}, err
		}
		return c, audit.Append(ctx, tx, audit.Entry{Kind: "coverage", Record: string(c.ID), Act: "grant", Reason: in.Reason, After: c, New: true})
	})
}

// Revoke ends a coverage that was put by hand; decisions made before stay.
func (s *Service) Revoke(ctx context.Context, id CoverageID, version int64, why string) (Coverage, error) {
	if err := access.Require(ctx, permEdit); err != nil {
		return Coverage{}, err
	}
	if why == "" {
		return Coverage{}, problem.Field("reason", problem.Required)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Coverage, error) {
		c, err := db.Get(ctx, tx, scan, `SELECT `+columns+` FROM entitlement_coverage WHERE id = $1`, id)
		if errors.Is(err, db.ErrNoRows) {
			return Coverage{}, ErrNotFound
		}
		if err != nil {
			return Coverage{}, err
		}
		if _, err := s.units.Find(ctx, tx, c.Unit); err != nil {
			return Coverage{}, ErrNotFound
		}
		switch {
		case c.Version != version:
			return Coverage{}, problem.ErrStale.With("version", c.Version)
		case !c.Active:
			return Coverage{}, ErrState
		case c.Contract != "":
			return Coverage{}, ErrOfContract.With("number", c.Source)
		}
		c.Active, c.Version, c.Updated = false, c.Version+1, tx.Now()
		err = tx.ExecOne(ctx, `UPDATE entitlement_coverage SET state = 'revoked', version = $1, updated_at = $2 WHERE id = $3 AND version = $4`,
			c.Version, db.Micros(c.Updated), id, version)
		if err != nil {
			return Coverage{}, err
		}
		return c, audit.Append(ctx, tx, audit.Entry{Kind: "coverage", Record: string(id), Act: "revoke", Reason: why})
	})
}

const columns = `id, unit_id, brand_id, kind, name, lines, part_classes, payer, share, starts_on, ends_on, extends, source, state, version, created_at, updated_at, contract_id`

func scan(r db.Scanner) (Coverage, error) {
	var c Coverage
	var lines, classes, starts, ends, state string
	var created, updated int64
	err := r.Scan(&c.ID, &c.Unit, &c.Brand, &c.Kind, &c.Name, &lines, &classes, &c.Payer, &c.Share, &starts, &ends, &c.Extends, &c.Source, &state, &c.Version, &created, &updated, &c.Contract)
	if err != nil {
		return c, err
	}
	c.Active, c.Created, c.Updated = state == "active", db.FromMicros(created), db.FromMicros(updated)
	var errStart, errEnd error
	c.Starts, errStart = calendar.ParseDate(starts)
	c.Ends, errEnd = calendar.ParseDate(ends)
	return c, errors.Join(json.Unmarshal([]byte(lines), &c.Lines), json.Unmarshal([]byte(classes), &c.Classes), errStart, errEnd)
}

func list(ctx context.Context, q db.Querier, family []units.ID) ([]Coverage, error) {
	var w db.Where
	w.In("unit_id", db.Strings(family))
	return db.List(ctx, q, scan, `SELECT `+columns+` FROM entitlement_coverage`+w.String()+` ORDER BY ends_on DESC, id`, w.Args()...)
}

func insert(tx *db.Tx, c Coverage) error {
	lines, err := json.Marshal(c.Lines)
	if err != nil {
		return err
	}
	classes, err := json.Marshal(c.Classes)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO entitlement_coverage (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'active', $14, $15, $16, $17)`,
		c.ID, c.Unit, c.Brand, c.Kind, c.Name, string(lines), string(classes), c.Payer, c.Share, c.Starts.String(), c.Ends.String(), c.Extends, c.Source,
		c.Version, db.Micros(c.Created), db.Micros(c.Updated), string(c.Contract))
	return nil
}
