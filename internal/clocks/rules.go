package clocks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
)

// Ids of calendars that every installation has.
const (
	CentreCalendar = "centre"     // the hours of the service centre; the role "@centre", and any role nobody stands for
	AroundCalendar = "24x7"       // never closes
	ChinaWorkdays  = "cn-working" // Monday to Friday with the country's holidays and make-up days
)

// duty is whose milestone a policy sets.
type duty struct {
	milestone Milestone
	party     Party
}

// chosen is a remembered answer of [Choose].
type chosen struct {
	Choice
	why string // the reasons as they are stored
}

// rules are the policies and calendars of one revision each; only the memory of choices changes.
type rules struct {
	policiesRev int64
	list        []Policy
	policies    map[duty][]Policy
	named       map[duty]Attributes // which attributes any policy names: the others change no choice
	timed       map[duty]bool       // some policy begins or ends: choices depend on the time
	world       *world

	mu   sync.Mutex
	memo map[memoKey]chosen
}

type memoKey struct {
	duty
	attrs Attributes
}

// maxMemo bounds the remembered choices.
const maxMemo = 5000

func newRules(rev int64, list []Policy, w *world) *rules {
	r := &rules{
		policiesRev: rev, list: list, policies: map[duty][]Policy{}, named: map[duty]Attributes{}, timed: map[duty]bool{}, world: w,
		memo: map[memoKey]chosen{},
	}
	for _, p := range list {
		d := duty{p.Milestone, p.Party}
		r.policies[d] = append(r.policies[d], p)
		r.named[d] = both(r.named[d], p.Match)
		r.timed[d] = r.timed[d] || !p.From.IsZero() || !p.Until.IsZero()
	}
	return r
}

// each applies fn to every attribute of a pair.
func each(a, b Attributes, fn func(a, b string) string) Attributes {
	return Attributes{
		ServiceType: fn(a.ServiceType, b.ServiceType), ProductLine: fn(a.ProductLine, b.ProductLine), Priority: fn(a.Priority, b.Priority),
		RegionTier: fn(a.RegionTier, b.RegionTier), Brand: fn(a.Brand, b.Brand), Contract: fn(a.Contract, b.Contract),
	}
}

// both has every attribute that a or b has.
func both(a, b Attributes) Attributes {
	return each(a, b, func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	})
}

// only keeps the attributes of a that named has.
func only(a, named Attributes) Attributes {
	return each(a, named, func(a, named string) string {
		if named == "" {
			return ""
		}
		return a
	})
}

// choose is [Choose] among the policies of the request's duty, remembered where the time plays no part.
func (r *rules) choose(req Request) (chosen, error) {
	d := duty{req.Milestone, req.Party}
	req.Attributes = only(req.Attributes, r.named[d])
	key := memoKey{d, req.Attributes}
	if !r.timed[d] {
		r.mu.Lock()
		c, ok := r.memo[key]
		r.mu.Unlock()
		if ok {
			return c, nil
		}
	}
	choice, err := Choose(r.policies[d], req)
	if err != nil {
		return chosen{Choice: choice}, err
	}
	c := chosen{Choice: choice}
	if c.why, err = choice.Reasons.Text(); err != nil {
		return c, err
	}
	if !r.timed[d] {
		r.mu.Lock()
		if len(r.memo) >= maxMemo {
			clear(r.memo)
		}
		r.memo[key] = c
		r.mu.Unlock()
	}
	return c, nil
}

// world is the calendars of one revision.
type world struct {
	rev      int64
	specs    map[string]calendar.Spec
	holidays map[string]*calendar.Holidays

	mu    sync.Mutex
	built map[string]*calendar.Calendar
}

func (w *world) calendar(id string) (*calendar.Calendar, bool, error) {
	spec, ok := w.specs[id]
	if !ok {
		return nil, false, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.built[id]; c != nil {
		return c, true, nil
	}
	c, err := calendar.New(spec, w.holidays[spec.Country])
	if err != nil {
		return nil, true, fmt.Errorf("calendar %s: %w", id, err)
	}
	w.built[id] = c
	return c, true, nil
}

// cache keeps the rules of a node. Readers take the current ones without a lock.
type cache struct {
	mu      sync.Mutex // held while reading anew
	ready   sync.RWMutex
	now     *rules
	checked time.Time // wall clock: no test's time ages the cache
	stale   bool      // this node changed them
	worlds  map[int64]*world
}

// checkEvery is how long other nodes' changes may stay unseen.
const checkEvery = time.Second

// maxWorlds bounds the old calendars that are kept in memory.
const maxWorlds = 32

func (c *cache) current() (r *rules, fresh, stale bool) {
	c.ready.RLock()
	defer c.ready.RUnlock()
	return c.now, !c.stale && time.Since(c.checked) < checkEvery, c.stale
}

func (c *cache) put(r *rules) {
	c.ready.Lock()
	defer c.ready.Unlock()
	c.now, c.checked, c.stale = r, time.Now(), false
}

func (c *cache) touch() {
	c.ready.Lock()
	defer c.ready.Unlock()
	c.stale = true
}

// rules returns the policies and calendars in force. It reads at most once a second, and at once after a
// change of this node.
func (s *Service) rules(ctx context.Context, q db.Querier) (*rules, error) {
	now, fresh, stale := s.cache.current()
	if fresh && now != nil {
		return now, nil
	}
	if now == nil || stale {
		s.cache.mu.Lock()
	} else if !s.cache.mu.TryLock() {
		return now, nil // somebody is looking
	}
	defer s.cache.mu.Unlock()
	if now, fresh, _ = s.cache.current(); fresh && now != nil {
		return now, nil
	}
	policiesRev, calendarsRev, err := revisions(ctx, q)
	if err != nil {
		return nil, err
	}
	if now != nil && now.policiesRev == policiesRev && now.world.rev == calendarsRev {
		s.cache.put(now)
		return now, nil
	}
	w, err := s.world(ctx, q, calendarsRev)
	if err != nil {
		return nil, err
	}
	list, err := listPolicies(ctx, q)
	if err != nil {
		return nil, err
	}
	now = newRules(policiesRev, list, w)
	s.cache.put(now)
	return now, nil
}

// world returns the calendars of a revision; they never change, so an old revision is read once.
func (s *Service) world(ctx context.Context, q db.Querier, rev int64) (*world, error) {
	s.cache.ready.RLock()
	w := s.cache.worlds[rev]
	s.cache.ready.RUnlock()
	if w != nil {
		return w, nil
	}
	w, err := readWorld(ctx, q, rev)
	if err != nil {
		return nil, err
	}
	s.cache.ready.Lock()
	defer s.cache.ready.Unlock()
	if len(s.cache.worlds) >= maxWorlds {
		clear(s.cache.worlds)
	}
	s.cache.worlds[rev] = w
	return w, nil
}

// finder finds calendars of one revision; ids with a colon are others'.
func (s *Service) finder(ctx context.Context, q db.Querier, w *world) Calendars {
	return func(id string) (*calendar.Calendar, error) {
		if c, ok, err := w.calendar(id); ok || err != nil {
			return c, err
		}
		if s.outside == nil || !strings.Contains(id, ":") {
			return nil, nil
		}
		return s.outside(ctx, q, id)
	}
}

// eval counts a clock's facts with the calendars of a revision.
func (s *Service) eval(ctx context.Context, q db.Querier, facts Facts, rev int64, asOf time.Time) (State, error) {
	w, err := s.world(ctx, q, rev)
	if err != nil {
		return State{}, err
	}
	return Eval(facts, s.finder(ctx, q, w), asOf)
}

// target finds what a new clock counts towards: the policy's target with its roles filled in, or the
// fixed instant due. It is not found where no policy fits and nothing is fixed.
func (s *Service) target(r *rules, d duty, attrs Attributes, roles map[string]string, own string, due *time.Time, at time.Time) (t Target, c chosen, ok bool, err error) {
	c, err = r.choose(Request{Milestone: d.milestone, Party: d.party, Attributes: attrs, At: at})
	found := err == nil
	if err != nil && !errors.Is(err, ErrNoPolicy) {
		return Target{}, c, false, err
	}
	if due != nil && (!found || c.Policy.Target.Kind != Instant) {
		t = Target{Kind: Instant, At: due.UTC().Truncate(time.Microsecond), Calendar: own}
		return t, chosen{why: "[]", Choice: Choice{Reasons: reason.List{}}}, true, t.Validate()
	}
	if !found || c.Policy.Target.Kind == Instant && c.Policy.Target.At.IsZero() && due == nil {
		return Target{}, c, false, nil
	}
	t, err = bind(c.Policy.Target, roles, due)
	return t, c, err == nil, err
}

// bind fills in what a policy leaves open. A role that nobody stands for counts by the centre's hours.
func bind(t Target, roles map[string]string, due *time.Time) (Target, error) {
	b := Binding{Calendars: roles}
	if role, ok := strings.CutPrefix(t.Calendar, "@"); ok && roles[role] == "" {
		b.Calendars = maps.Clone(roles)
		if b.Calendars == nil {
			b.Calendars = map[string]string{}
		}
		b.Calendars[role] = CentreCalendar
	}
	if due != nil {
		b.Promised = due.UTC().Truncate(time.Microsecond)
	}
	return t.Bind(b)
}
