package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

const (
	newest    = 2000 // hits that are ranked
	countTo   = 1000 // hits that are counted
	maxLimit  = 100  // hits of one answer
	maxRounds = 3    // times that older hits are looked through when callbacks hide the newer
	batchDocs = 200  // documents of one flush, while it holds SQLite's writer
	bulkDocs  = 2000 // the same while an import fills the queue
)

// Service indexes and finds. It is safe for concurrent use.
type Service struct {
	db    *db.DB
	keys  *crypt.Keys
	index engine
	log   *slog.Logger

	flushing sync.Mutex
	dirty    atomic.Bool   // this node has queued something since the last flush
	poke     chan struct{} // wakes Run
}

// engine is what differs between the two databases.
type engine interface {
	// write moves up to limit rows of the queue into the index and returns how many, or -1 when another
	// node is at it.
	write(ctx context.Context, tx *db.Tx, limit int) (int, error)
	// newest finds the sequence numbers of up to limit documents of some kinds (none = all) below before (0 =
	// all), newest first.
	newest(ctx context.Context, q db.Querier, e expr, kinds []string, before int64, limit int) ([]int64, error)
	// tidy merges what many small writes left.
	tidy(ctx context.Context, d *db.DB) error
}

// New makes the service; log may be nil.
func New(d *db.DB, keys *crypt.Keys, log *slog.Logger) *Service {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: d, keys: keys, log: log, index: fts5{}, poke: make(chan struct{}, 1)}
	if d.Engine() == db.Postgres {
		s.index = &gin{}
	}
	s.dirty.Store(true) // rows of before the start
	return s
}

// Doc is what is searchable of one record.
type Doc struct {
	Kind       string // "case", "customer", …
	ID         string
	Brand      string   // "" = of every brand
	OutletPath string   // "" = of no outlet: outlets find it only through [Query.Visible]
	Title      string   // masked; its words rank higher
	Text       []string // masked
	Terms      []string // found only whole: numbers for people, serial numbers, external ids (with a Latin letter or digit)
	Lookups    []Lookup // found only by the whole value, stored as a keyed hash
}

// Lookup is a personal value by which a record is found; kinds are those of platform/crypt.
type Lookup struct{ Kind, Value string }

// IndexTx makes a record findable, or replaces what was findable of it, in the transaction that changed
// it. It queues one row; the index follows within a second.
func (s *Service) IndexTx(_ context.Context, tx *db.Tx, doc Doc) error {
	if doc.Kind == "" || doc.ID == "" {
		return errors.New("search: a document needs a kind and an id")
	}
	list := []string{scopeToken("k", doc.Kind), scopeToken("b", doc.Brand)}
	list = append(list, outletTokens(doc.OutletPath)...)
	for _, t := range doc.Terms {
		if t := term(t); t != "" {
			list = append(list, t)
		}
	}
	for _, l := range doc.Lookups {
		if t := secretToken(l.Kind, s.keys.Lookup(l.Kind, l.Value)); t != "" {
			list = append(list, t)
		}
	}
	title := hidden(doc.Title)
	list = append(list, titleTokens(title)...)
	list = append(list, tokens(title)...)
	for _, text := range doc.Text {
		list = append(list, tokens(hidden(text))...)
	}
	joined := strings.Join(unique(list, maxTokens), " ")
	s.queue(tx, doc.Kind, doc.ID, &joined)
	return nil
}

// RemoveTx makes a record unfindable, in the transaction that ended it.
func (s *Service) RemoveTx(_ context.Context, tx *db.Tx, kind, id string) error {
	s.queue(tx, kind, id, nil)
	return nil
}

func (s *Service) queue(tx *db.Tx, kind, id string, tokens *string) {
	tx.Later(`INSERT INTO search_pending (kind, record_id, tokens, rev, queued_at) VALUES ($1, $2, $3, 1, $4)
		ON CONFLICT (kind, record_id) DO UPDATE SET tokens = excluded.tokens, rev = search_pending.rev + 1`,
		kind, id, tokens, db.Micros(tx.Now()))
	tx.AfterCommit(func() {
		s.dirty.Store(true)
		select {
		case s.poke <- struct{}{}:
		default: // awake already
		}
	})
}

// Flush moves everything that is queued into the index and returns how many records.
func (s *Service) Flush(ctx context.Context) (int, error) {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	done := 0
	for limit := batchDocs; ; {
		n, err := s.flush(ctx, limit)
		if err != nil {
			return done, err
		}
		if n < 0 { // another node does it
			return done, nil
		}
		done += n
		if n < limit {
			return done, nil
		}
		if done >= 5*batchDocs {
			limit = bulkDocs
		}
	}
}

// flush moves one batch; the caller holds flushing.
func (s *Service) flush(ctx context.Context, limit int) (int, error) {
	s.dirty.Store(false)
	n, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (int, error) { return s.index.write(ctx, tx, limit) })
	if err != nil || n == limit {
		s.dirty.Store(true)
	}
	if err != nil {
		return 0, fmt.Errorf("write search index: %w", err)
	}
	return n, nil
}

// Run keeps the index up to date until ctx ends: soon after a change on this node, and every few seconds
// for what a stopped node left.
func (s *Service) Run(ctx context.Context) error {
	const gather, patience = 100 * time.Millisecond, 5 * time.Second
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-s.poke:
			select { // many changes make one batch
			case <-ctx.Done():
				return nil
			case <-time.After(gather):
			}
		}
		if _, err := s.Flush(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "search index", "error", err)
		}
	}
}

// Tidy merges what many small writes left, for a quiet hour. It may be interrupted.
func (s *Service) Tidy(ctx context.Context) error { return s.index.tidy(ctx, s.db) }

// Scope limits what is found. A document is in scope when its brand and its outlet are.
type Scope struct {
	All         bool
	Brands      []string // nil = every brand; documents without a brand are everybody's
	OutletPaths []string // subtrees; "/" = every outlet; none = no document that belongs to an outlet
}

// ScopeOf is an actor's scope.
func ScopeOf(s access.Scope) Scope {
	out := Scope{All: s.All(), Brands: s.Brands}
	if s.OutletPath != "" {
		out.OutletPaths = []string{s.OutletPath}
	}
	return out
}

// Visible tells which of some records an actor sees; records not in the map are hidden.
type Visible func(ctx context.Context, ids []string) (map[string]bool, error)

// Query is a search.
type Query struct {
	Text  string
	Kinds []string // nil = all
	Scope Scope
	// Visible is asked about every hit and takes the place of the outlets in Scope (brands still count): for
	// kinds whose visibility is a table of their owner, cases by work, customers by share. nil = not asked.
	Visible Visible
	// VisibleOf does the same for some kinds of a search over many; the others go by their outlet.
	VisibleOf map[string]Visible
	// Any finds records that hold some of the words, those with the most and the rarest first; otherwise
	// every word must be there.
	Any   bool
	Limit int // hits wanted; 0 = 20, at most 100
}

// Match tells why a hit ranks where it does.
type Match string

// Matches, best first.
const (
	ByTerm  Match = "term"
	ByTitle Match = "title"
	ByText  Match = "text"
)

// Hit is a record that was found.
type Hit struct {
	Kind  string
	ID    string
	Match Match
}

// Result is the best hits and how many there are.
type Result struct {
	Hits  []Hit
	Total int  // at most 1000
	More  bool // there are more than Total: "1,000+"
}

// Query finds records in scope: see the package comment for what matches and how it ranks. An empty text
// finds nothing. It must not run inside a transaction.
func (s *Service) Query(ctx context.Context, r Query) (Result, error) {
	if r.Limit <= 0 {
		r.Limit = 20
	}
	r.Limit = min(r.Limit, maxLimit)
	p := parse(r.Text, s.keys.Lookup)
	scope, ok := r.scope()
	if p.words.op == 0 || !ok {
		return Result{Hits: []Hit{}}, nil
	}
	s.catchUp(ctx)
	var c collector
	var err error
	if r.Any {
		err = s.byWeight(ctx, r, p, scope, &c)
	} else {
		err = s.byRank(ctx, r, p, scope, &c)
	}
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	return c.result(), nil
}

// catchUp lets a node find its own writes at once. It does one batch at most, and nothing when somebody
// else is at it.
func (s *Service) catchUp(ctx context.Context) {
	if !s.dirty.Load() || !s.flushing.TryLock() {
		return
	}
	defer s.flushing.Unlock()
	if _, err := s.flush(ctx, batchDocs); err != nil {
		s.log.ErrorContext(ctx, "search index", "error", err) // the query can still answer what is indexed
	}
}

// scope is the condition on the marks of a document but for its kind; ok is false when nothing can be in scope.
func (r Query) scope() (e expr, ok bool) {
	var brands, places []expr
	if r.Scope.All {
		return expr{}, true
	}
	if r.Scope.Brands != nil {
		for _, b := range append(slices.Clone(r.Scope.Brands), "") {
			brands = append(brands, is(scopeToken("b", b)))
		}
	}
	if r.Visible != nil || slices.Contains(r.Scope.OutletPaths, "/") {
		return either(brands...), true
	}
	for _, path := range r.Scope.OutletPaths {
		if t := outletTokens(path); len(t) > 0 {
			places = append(places, is(t[len(t)-1]))
		}
	}
	for k := range r.VisibleOf {
		places = append(places, is(scopeToken("k", k)))
	}
	if len(places) == 0 {
		return expr{}, false
	}
	return all(either(brands...), either(places...)), true
}

// ofKinds is the condition of being of one of some kinds; none = all.
func ofKinds(kinds []string) expr {
	list := make([]expr, len(kinds))
	for i, k := range kinds {
		list[i] = is(scopeToken("k", k))
	}
	return either(list...)
}

// asks is the callback that decides about a kind, nil for none.
func (r Query) asks(kind string) Visible {
	if r.Visible != nil {
		return r.Visible
	}
	return r.VisibleOf[kind]
}
