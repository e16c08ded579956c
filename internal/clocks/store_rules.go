package clocks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

// Names of the revisions.
const (
	revPolicies  = "policies"
	revCalendars = "calendars"
)

// revisions reads how often policies and calendars were changed.
func revisions(ctx context.Context, q db.Querier) (policies, calendars int64, err error) {
	type rev struct {
		name  string
		value int64
	}
	list, err := db.List(ctx, q, func(s db.Scanner) (r rev, err error) { return r, s.Scan(&r.name, &r.value) }, `SELECT name, value FROM clocks_revision`)
	for _, r := range list {
		switch r.name {
		case revPolicies:
			policies = r.value
		case revCalendars:
			calendars = r.value
		}
	}
	return policies, calendars, err
}

// bump raises a revision; editors follow one another on its row.
func bump(ctx context.Context, tx *db.Tx, name string) (rev int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO clocks_revision (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = clocks_revision.value + 1 RETURNING value`, name).Scan(&rev)
	return rev, err
}

// KeptPolicy is a policy with when it was changed.
type KeptPolicy struct {
	Policy
	CreatedAt time.Time
	UpdatedAt time.Time
}

const policyColumns = `id, body, created_at, updated_at, version`

func scanPolicy(s db.Scanner) (KeptPolicy, error) {
	var k KeptPolicy
	var id, body string
	var created, updated int64
	var version int
	if err := s.Scan(&id, &body, &created, &updated, &version); err != nil {
		return k, err
	}
	if err := json.Unmarshal([]byte(body), &k.Policy); err != nil {
		return k, fmt.Errorf("policy %s: %w", id, err)
	}
	k.ID, k.Version, k.CreatedAt, k.UpdatedAt = PolicyID(id), version, db.FromMicros(created), db.FromMicros(updated)
	return k, nil
}

func listKeptPolicies(ctx context.Context, q db.Querier) ([]KeptPolicy, error) {
	return db.List(ctx, q, scanPolicy, `SELECT `+policyColumns+` FROM clocks_policy ORDER BY milestone, party, id`)
}

func listPolicies(ctx context.Context, q db.Querier) ([]Policy, error) {
	kept, err := listKeptPolicies(ctx, q)
	out := make([]Policy, len(kept))
	for i, k := range kept {
		out[i] = k.Policy
	}
	return out, err
}

func findPolicy(ctx context.Context, q db.Querier, id PolicyID) (KeptPolicy, error) {
	p, err := db.Get(ctx, q, scanPolicy, `SELECT `+policyColumns+` FROM clocks_policy WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return p, ErrNotFound
	}
	return p, err
}

func insertPolicy(ctx context.Context, tx *db.Tx, k KeptPolicy) (int64, error) {
	body, err := json.Marshal(k.Policy)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `INSERT INTO clocks_policy (id, milestone, party, brand_id, body, created_at, updated_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
		k.ID, k.Milestone, k.Party, db.NullString(k.Match.Brand), string(body), db.Micros(k.CreatedAt), db.Micros(k.UpdatedAt), k.Version)
}

func updatePolicy(ctx context.Context, tx *db.Tx, k KeptPolicy, was int) error {
	body, err := json.Marshal(k.Policy)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, `UPDATE clocks_policy SET milestone = $1, party = $2, brand_id = $3, body = $4, updated_at = $5, version = $6
		WHERE id = $7 AND version = $8`, k.Milestone, k.Party, db.NullString(k.Match.Brand), string(body), db.Micros(k.UpdatedAt), k.Version, k.ID, was)
}

// latest joins the newest publications up to a revision; $1 is the revision.
const (
	latestCalendars = ` FROM clocks_calendar c WHERE rev = (SELECT MAX(rev) FROM clocks_calendar WHERE id = c.id AND rev <= $1)`
	latestHolidays  = ` FROM clocks_holiday h WHERE rev = (SELECT MAX(rev) FROM clocks_holiday WHERE country = h.country AND year = h.year AND rev <= $1)`
)

func readWorld(ctx context.Context, q db.Querier, rev int64) (*world, error) {
	w := &world{rev: rev, specs: map[string]calendar.Spec{}, holidays: map[string]*calendar.Holidays{}, built: map[string]*calendar.Calendar{}}
	specs, err := db.List(ctx, q, scanSpec, `SELECT body, published_at`+latestCalendars+` ORDER BY id`, rev)
	if err != nil {
		return nil, err
	}
	for _, c := range specs {
		w.specs[c.Spec.ID] = c.Spec
	}
	china := calendar.China()
	w.holidays[china.Country()] = china
	years, err := db.List(ctx, q, scanYear, `SELECT body`+latestHolidays+` ORDER BY country, year`, rev)
	if err != nil {
		return nil, err
	}
	for _, y := range years {
		h := w.holidays[y.Country]
		if h == nil {
			h, err = calendar.NewHolidays(y.Country, y)
		} else {
			h, err = h.With(y)
		}
		if err != nil {
			return nil, err
		}
		w.holidays[y.Country] = h
	}
	return w, nil
}

// KeptCalendar is a calendar's newest publication.
type KeptCalendar struct {
	Spec        calendar.Spec
	PublishedAt time.Time
}

func scanSpec(s db.Scanner) (KeptCalendar, error) {
	var k KeptCalendar
	var body string
	var published int64
	if err := s.Scan(&body, &published); err != nil {
		return k, err
	}
	k.PublishedAt = db.FromMicros(published)
	if err := json.Unmarshal([]byte(body), &k.Spec); err != nil {
		return k, fmt.Errorf("calendar: %w", err)
	}
	return k, nil
}

func scanYear(s db.Scanner) (calendar.Year, error) {
	var y calendar.Year
	var body string
	if err := s.Scan(&body); err != nil {
		return y, err
	}
	if err := json.Unmarshal([]byte(body), &y); err != nil {
		return y, fmt.Errorf("holidays: %w", err)
	}
	return y, nil
}

func insertCalendar(tx *db.Tx, rev int64, k KeptCalendar) error {
	body, err := json.Marshal(k.Spec)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO clocks_calendar (id, rev, version, body, published_at) VALUES ($1, $2, $3, $4, $5)`,
		k.Spec.ID, rev, k.Spec.Version, string(body), db.Micros(k.PublishedAt))
	return nil
}

func insertYear(tx *db.Tx, rev int64, y calendar.Year, at time.Time) error {
	body, err := json.Marshal(y)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO clocks_holiday (country, year, rev, version, body, published_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		y.Country, y.Year, rev, y.Version, string(body), db.Micros(at))
	return nil
}
