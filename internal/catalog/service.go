package catalog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// Service reads and edits the catalogue.
type Service struct {
	db    *db.DB
	cache *cache
}

// New makes the service. All services over one database share one snapshot.
func New(d *db.DB) *Service {
	return &Service{db: d, cache: d.Ext(cacheKey{}, func() any { return &cache{} }).(*cache)}
}

// checkEvery is how old the answer to "has the catalogue changed" may be: what another node edits is
// seen here within it.
const checkEvery = time.Second

type cacheKey struct{}

// cache holds the newest snapshot and when its version was compared last. Time is the wall clock: a
// test's or replay's clock may stand still.
type cache struct {
	mu      sync.Mutex
	snap    *Snapshot
	checked time.Time
}

func (c *cache) fresh() *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snap != nil && time.Since(c.checked) < checkEvery {
		return c.snap
	}
	return nil
}

func (c *cache) held() *Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snap
}

func (c *cache) keep(s *Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snap, c.checked = s, time.Now()
}

func (c *cache) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checked = time.Time{}
}

// Current returns the whole catalogue. It costs nothing but once a second a query for the version, and
// a read of all tables when that changed. q is the transaction of a caller that is in one.
func (s *Service) Current(ctx context.Context, q db.Querier) (*Snapshot, error) {
	if snap := s.cache.fresh(); snap != nil {
		return snap, nil
	}
	version, err := db.Get(ctx, q, db.ScanString, `SELECT version FROM catalog_version WHERE id = 1`)
	if err != nil {
		return nil, fmt.Errorf("version of the catalogue: %w", err)
	}
	if snap := s.cache.held(); snap != nil && snap.version == version {
		s.cache.keep(snap)
		return snap, nil
	}
	// The version was read first: should an edit come between, the rows are newer than the version says and
	// the next look reads them again.
	snap, err := load(ctx, q, version)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	s.cache.keep(snap)
	return snap, nil
}

// record is a row that is edited under its version.
type record[T any] interface {
	ref() (kind, id string)
	ver() int64
	at(version int64) T
	check() error
}

// touched notes an edit: audit, event, and the new version of the whole.
func (s *Service) touched(ctx context.Context, tx *db.Tx, act, kind, id, brand string, version int64, before, after any) error {
	if err := audit.Append(ctx, tx, audit.Entry{Kind: kind, Record: id, Act: act, Before: before, After: after, New: before == nil}); err != nil {
		return err
	}
	if err := events.Publish(ctx, tx, Changed{
		Head:  events.Head{ID: id, Version: version, OccurredAt: tx.Now(), BrandID: brand},
		Table: kind, Act: act,
	}); err != nil {
		return err
	}
	return s.bump(ctx, tx)
}

// bump makes readers look again. The version is no counter: a rolled-back edit and a later one would
// share the number, and a reader that saw the first would never see the second.
func (s *Service) bump(ctx context.Context, tx *db.Tx) error {
	tx.AfterCommit(s.cache.expire)
	return tx.ExecOne(ctx, `UPDATE catalog_version SET version = $1 WHERE id = 1`, db.NewID())
}

// create adds a row; write is its INSERT and says whether the key was free.
func create[T record[T]](ctx context.Context, s *Service, v T, brand BrandID, write func(context.Context, *db.Tx, T) error) (T, error) {
	var zero T
	if err := mayWrite(ctx, brand); err != nil {
		return zero, err
	}
	if err := v.check(); err != nil {
		return zero, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (T, error) {
		if err := write(ctx, tx, v); err != nil {
			return zero, err
		}
		kind, id := v.ref()
		return v, s.touched(ctx, tx, "create", kind, id, string(brand), v.ver(), nil, v)
	})
}

// edit changes a row that is at the version the editor saw. An edit that changes nothing keeps it.
func edit[T record[T]](ctx context.Context, s *Service, want int64, brand func(T) BrandID,
	find func(context.Context, db.Querier) (T, error), apply func(T) T, write func(context.Context, *db.Tx, T) error,
) (T, error) {
	var zero T
	if err := access.Require(ctx, PermWrite); err != nil {
		return zero, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (T, error) {
		old, err := find(ctx, tx)
		if err != nil {
			return zero, notFound(err)
		}
		if err := mayWrite(ctx, brand(old)); err != nil {
			return zero, err
		}
		if old.ver() != want {
			return zero, problem.ErrStale.With("version", old.ver())
		}
		v := apply(old)
		if err := v.check(); err != nil {
			return zero, err
		}
		if same(v, old) {
			return old, nil
		}
		v = v.at(old.ver() + 1)
		if err := write(ctx, tx, v); err != nil {
			return zero, err
		}
		kind, id := v.ref()
		return v, s.touched(ctx, tx, "edit", kind, id, string(brand(v)), v.ver(), old, v)
	})
}

// mayWrite: rows of a brand belong to those whose scope covers it (to others they do not exist); what all
// brands share belongs to those who see all brands. Outlets edit nothing here.
func mayWrite(ctx context.Context, brand BrandID) error {
	if err := access.Require(ctx, PermWrite); err != nil {
		return err
	}
	scope := access.From(ctx).Scope
	if brand != "" && !scope.SeesBrand(string(brand)) {
		return problem.ErrNotFound
	}
	if !scope.Centre() || brand == "" && scope.Brands != nil {
		return problem.ErrForbidden.With("permission", PermWrite)
	}
	return nil
}
