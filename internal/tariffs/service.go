package tariffs

import (
	"context"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// Service is what one can do with price lists.
type Service struct {
	db      *db.DB
	catalog *catalog.Service
	zone    *time.Location

	mu    sync.Mutex
	cache []Price
	until time.Time
}

// New makes the service; zone decides on which day an instant falls.
func New(d *db.DB, cat *catalog.Service, zone *time.Location) *Service {
	return &Service{db: d, catalog: cat, zone: zone}
}

// cacheFor is how old prices may be on another node after an edit.
const cacheFor = time.Second

// Price prices one line, or says that no list in force has a price for it.
func (s *Service) Price(ctx context.Context, q db.Querier, in PriceInput) (Priced, error) {
	all, err := s.all(ctx, q)
	if err != nil {
		return Priced{}, err
	}
	return price(all, in, calendar.DateOf(in.At, s.zone))
}

// all reads every row; there are hundreds, not millions.
func (s *Service) all(ctx context.Context, q db.Querier) ([]Price, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.until) {
		return s.cache, nil
	}
	list, err := db.List(ctx, q, scan, `SELECT `+columns+` FROM tariffs_price ORDER BY id`)
	if err != nil {
		return nil, err
	}
	s.cache, s.until = list, time.Now().Add(cacheFor)
	return list, nil
}

func (s *Service) forget() {
	s.mu.Lock()
	s.until = time.Time{}
	s.mu.Unlock()
}

func (p Price) check(snap *catalog.Snapshot) error {
	var f problem.Fields
	f.Check(p.List != "" && len(p.List) <= 64, "list", problem.Required)
	f.Check(slices.Contains(Kinds, p.Kind), "kind", problem.BadChoice)
	if p.Brand != "" {
		_, ok := snap.Brand(p.Brand)
		f.Check(ok, "brand_id", problem.Unknown)
	}
	if p.ServiceType != "" {
		_, ok := snap.ServiceType(p.ServiceType)
		f.Check(ok, "service_type", problem.Unknown)
	}
	if p.Category != "" {
		_, ok := snap.Category(p.Category)
		f.Check(ok, "category", problem.Unknown)
	}
	f.Check(p.Amount.Currency.Known(), "amount.currency", problem.BadChoice)
	f.Check(p.Amount.Minor >= 0, "amount.minor", problem.OutOfRange, "limit", "≥ 0")
	f.Check(p.FreeMetres >= 0, "free_metres", problem.OutOfRange, "limit", "≥ 0")
	if p.Kind == Factor {
		d, err := decimal.Parse(p.Factor)
		f.Check(err == nil && d.IsPos(), "factor", problem.BadFormat)
		f.Check(p.Item != "", "item", problem.Required)
	}
	f.Check(!p.From.IsZero(), "from", problem.Required)
	f.Check(p.To >= p.From, "to", problem.BadTime, "earliest", p.From.String())
	return f.Err()
}

// Add puts a row into a list.
func (s *Service) Add(ctx context.Context, p Price) (Price, error) {
	if err := access.Require(ctx, permEdit); err != nil {
		return Price{}, err
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Price{}, err
	}
	if err := p.check(snap); err != nil {
		return Price{}, err
	}
	if !access.From(ctx).Scope.SeesBrand(string(p.Brand)) {
		return Price{}, problem.Field("brand_id", problem.Unknown)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Price, error) {
		p.ID, p.Active, p.Version, p.Created, p.Updated = PriceID(db.NewID()), true, 1, tx.Now(), tx.Now()
		insert(tx, p)
		tx.AfterCommit(s.forget)
		return p, audit.Append(ctx, tx, audit.Entry{Kind: "price", Record: string(p.ID), Act: "add", After: p, New: true})
	})
}

// EndInput takes a row out of force.
type EndInput struct {
	ID      PriceID
	Version int64
	To      calendar.Date // last day; zero: never in force again
}

// End ends a row's validity; what was priced by it stays.
func (s *Service) End(ctx context.Context, in EndInput) (Price, error) {
	if err := access.Require(ctx, permEdit); err != nil {
		return Price{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Price, error) {
		p, err := db.Get(ctx, tx, scan, `SELECT `+columns+` FROM tariffs_price WHERE id = $1`, in.ID)
		if errors.Is(err, db.ErrNoRows) || err == nil && !access.From(ctx).Scope.SeesBrand(string(p.Brand)) {
			return Price{}, ErrNotFound
		}
		if err != nil {
			return Price{}, err
		}
		if p.Version != in.Version {
			return Price{}, problem.ErrStale.With("version", p.Version)
		}
		before := p
		if in.To.IsZero() {
			p.Active = false
		} else if p.To = in.To; p.To < p.From {
			return Price{}, problem.Field("to", problem.BadTime, "earliest", p.From.String())
		}
		p.Version, p.Updated = p.Version+1, tx.Now()
		err = tx.ExecOne(ctx, `UPDATE tariffs_price SET active = $1, valid_to = $2, version = $3, updated_at = $4 WHERE id = $5 AND version = $6`,
			p.Active, p.To.String(), p.Version, db.Micros(p.Updated), p.ID, before.Version)
		if err != nil {
			return Price{}, err
		}
		tx.AfterCommit(s.forget)
		return p, audit.Append(ctx, tx, audit.Entry{Kind: "price", Record: string(p.ID), Act: "end", Before: before, After: p})
	})
}

// List reads the rows that the actor's brands see.
func (s *Service) List(ctx context.Context) ([]Price, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	list, err := db.List(ctx, s.db, scan, `SELECT `+columns+` FROM tariffs_price ORDER BY list, kind, category, item, valid_from, id`)
	return slices.DeleteFunc(list, func(p Price) bool { return !scope.SeesBrand(string(p.Brand)) }), err
}

const columns = `id, list, kind, brand_id, service_type, category, item, minor, currency, free_metres, round_up, factor, valid_from, valid_to, source, active, version, created_at, updated_at`

func scan(r db.Scanner) (Price, error) {
	var p Price
	var from, to string
	var created, updated int64
	err := r.Scan(&p.ID, &p.List, &p.Kind, &p.Brand, &p.ServiceType, &p.Category, &p.Item, &p.Amount.Minor, &p.Amount.Currency, &p.FreeMetres, &p.RoundUp,
		&p.Factor, &from, &to, &p.Source, &p.Active, &p.Version, &created, &updated)
	if err != nil {
		return p, err
	}
	p.Created, p.Updated = db.FromMicros(created), db.FromMicros(updated)
	var errFrom, errTo error
	p.From, errFrom = calendar.ParseDate(from)
	p.To, errTo = calendar.ParseDate(to)
	return p, errors.Join(errFrom, errTo)
}

func insert(tx *db.Tx, p Price) {
	tx.Later(`INSERT INTO tariffs_price (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (id) DO NOTHING`,
		p.ID, p.List, p.Kind, string(p.Brand), string(p.ServiceType), string(p.Category), p.Item, p.Amount.Minor, string(p.Amount.Currency), p.FreeMetres, p.RoundUp,
		p.Factor, p.From.String(), p.To.String(), p.Source, p.Active, p.Version, db.Micros(p.Created), db.Micros(p.Updated))
}

//go:embed seed.csv
var seedFS embed.FS

// Seed writes the list "default" that a new installation begins with; it changes nothing later.
func (s *Service) Seed(ctx context.Context) error {
	if found, err := db.Exists(ctx, s.db, `SELECT 1 FROM tariffs_price WHERE list = 'default' LIMIT 1`); err != nil || found {
		return err
	}
	rows, err := seedRows()
	if err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		for _, p := range rows {
			p.Created, p.Updated = tx.Now(), tx.Now()
			insert(tx, p)
		}
		return nil
	})
}

func seedRows() ([]Price, error) {
	f, err := seedFS.Open("seed.csv")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comment = '#'
	all, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("seed prices: %w", err)
	}
	var out []Price
	for i, c := range all[1:] { // kind, service_type, category, item, yuan, free_km, round_up, factor, source
		minor := int64(0)
		if c[4] != "" {
			a, err := money.Parse(c[4], "CNY")
			if err != nil {
				return nil, fmt.Errorf("seed price %d: %w", i+1, err)
			}
			minor = a.Minor
		}
		free := 0
		if c[5] != "" {
			if free, err = strconv.Atoi(c[5]); err != nil {
				return nil, fmt.Errorf("seed price %d: %w", i+1, err)
			}
		}
		out = append(out, Price{
			ID: PriceID(fmt.Sprintf("default-%03d", i+1)), List: "default", Kind: Kind(c[0]), ServiceType: catalog.ServiceTypeCode(c[1]),
			Category: catalog.CategoryCode(c[2]), Item: c[3], Amount: money.Amount{Minor: minor, Currency: "CNY"}, FreeMetres: int64(free) * 1000,
			RoundUp: c[6] == "yes", Factor: c[7], Source: c[8], From: calendar.NewDate(2020, 1, 1), To: calendar.NewDate(2099, 12, 31), Active: true, Version: 1,
		})
	}
	return out, nil
}
