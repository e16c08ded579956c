package imports

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// MappingID names a saved mapping.
type MappingID string

// SavedMapping is a mapping kept for the next sheet of the same kind. The centre's are everybody's; an
// outlet's are its own.
type SavedMapping struct {
	ID         MappingID
	Target     string
	Name       string
	Mapping    Mapping
	CreatedBy  string
	OutletPath string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

const mappingColumns = `id, target, name, body, created_by, outlet_path, created_at, updated_at, version`

func scanMapping(s db.Scanner) (SavedMapping, error) {
	var m SavedMapping
	var body string
	var created, updated int64
	err := s.Scan(&m.ID, &m.Target, &m.Name, &body, &m.CreatedBy, &m.OutletPath, &created, &updated, &m.Version)
	if err != nil {
		return m, err
	}
	m.CreatedAt, m.UpdatedAt = db.FromMicros(created), db.FromMicros(updated)
	return m, json.Unmarshal([]byte(body), &m.Mapping)
}

// mayChange: one's own outlet's, or those below.
func (m SavedMapping) mayChange(a access.Actor) bool { return a.Scope.Sees("", m.OutletPath) }

// Mappings lists the saved mappings of a target that the actor may use.
func (s *Service) Mappings(ctx context.Context, target string) ([]SavedMapping, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return nil, err
	}
	a := access.From(ctx)
	var w db.Where
	w.And("target = ?", target)
	if path := a.Scope.OutletPath; path != "/" {
		w.And("(outlet_path = '/' OR outlet_path >= ? AND outlet_path < ?)", path, path+"\U0010FFFF")
	}
	return db.List(ctx, s.db, scanMapping, `SELECT `+mappingColumns+` FROM imports_mapping`+w.String()+` ORDER BY name, id LIMIT 500`, w.Args()...)
}

// Mapping returns a saved mapping that the actor may use.
func (s *Service) Mapping(ctx context.Context, id MappingID) (SavedMapping, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return SavedMapping{}, err
	}
	return s.mapping(ctx, s.db, id)
}

func (s *Service) mapping(ctx context.Context, q db.Querier, id MappingID) (SavedMapping, error) {
	m, err := db.Get(ctx, q, scanMapping, `SELECT `+mappingColumns+` FROM imports_mapping WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && m.OutletPath != "/" && !m.mayChange(access.From(ctx)) {
		return SavedMapping{}, ErrNoMapping
	}
	return m, err
}

// SaveMappingInput keeps a mapping, or replaces one at the version that the editor saw.
type SaveMappingInput struct {
	ID      MappingID // empty: a new one
	Version int64
	Name    string
	Mapping Mapping
}

const maxMappingName = 80

// SaveMapping keeps a mapping under a name.
func (s *Service) SaveMapping(ctx context.Context, in SaveMappingInput) (SavedMapping, error) {
	t, err := s.Target(ctx, in.Mapping.Target)
	if err != nil {
		return SavedMapping{}, err
	}
	in.Name = strings.TrimSpace(in.Name)
	var f problem.Fields
	f.Check(in.Name != "", "name", problem.Required)
	f.Check(len([]rune(in.Name)) <= maxMappingName, "name", problem.TooLong, "limit", maxMappingName)
	for _, c := range in.Mapping.Columns {
		_, ok := t.field(c.Field)
		f.Check(ok, "mapping.columns", ErrField)
	}
	if err := f.Err(); err != nil {
		return SavedMapping{}, err
	}
	body, err := json.Marshal(in.Mapping)
	if err != nil {
		return SavedMapping{}, err
	}
	a := access.From(ctx)
	m, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (SavedMapping, error) {
		now := tx.Now()
		if in.ID == "" {
			m := SavedMapping{
				ID: MappingID(db.NewID()), Target: t.Name, Name: in.Name, Mapping: in.Mapping, CreatedBy: a.ID, OutletPath: home(a), CreatedAt: now, UpdatedAt: now, Version: 1,
			}
			_, err := tx.Exec(ctx, `INSERT INTO imports_mapping (`+mappingColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
				m.ID, m.Target, m.Name, string(body), m.CreatedBy, m.OutletPath, db.Micros(now), db.Micros(now), 1)
			return m, err
		}
		m, err := s.mapping(ctx, tx, in.ID)
		switch {
		case err != nil:
			return m, err
		case !m.mayChange(a):
			return m, problem.ErrForbidden.With("permission", PermManage)
		case m.Version != in.Version:
			return m, problem.ErrStale.With("version", m.Version)
		case m.Target != t.Name:
			return m, problem.Field("mapping.target", problem.BadChoice)
		}
		m.Name, m.Mapping, m.UpdatedAt, m.Version = in.Name, in.Mapping, now, m.Version+1
		return m, tx.ExecOne(ctx, `UPDATE imports_mapping SET name = $1, body = $2, updated_at = $3, version = $4 WHERE id = $5 AND version = $6`,
			m.Name, string(body), db.Micros(now), m.Version, m.ID, in.Version)
	})
	if db.IsUnique(err, "imports_mapping") {
		return m, problem.Field("name", problem.Taken)
	}
	return m, err
}

// RemoveMapping forgets a saved mapping.
func (s *Service) RemoveMapping(ctx context.Context, id MappingID) error {
	if err := access.Require(ctx, PermManage); err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.mapping(ctx, tx, id)
		if err != nil {
			return err
		}
		if !m.mayChange(access.From(ctx)) {
			return problem.ErrForbidden.With("permission", PermManage)
		}
		_, err = tx.Exec(ctx, `DELETE FROM imports_mapping WHERE id = $1`, id)
		return err
	})
}
