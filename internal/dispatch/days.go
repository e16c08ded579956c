package dispatch

import (
	"container/list"
	"context"
	"slices"
	"sync"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// maxCachedDays bounds the engineers' days in memory: at some 3 KB each, 60 MB.
const maxCachedDays = 20_000

// cachedAhead is how far ahead days are kept; a change of somebody's template counts them all up.
const cachedAhead = 45

// dayCache keeps engineers' days as they were read, each with the version that it had before it was read. Every
// request asks for the versions first and reads anew what has another: nobody has to be told of a change, and no
// node owns a day. What it says is a proposal, as everything that is read before the guard.
type dayCache struct {
	mu     sync.Mutex
	max    int
	size   int                                    // days
	people map[workforce.EngineerID]*list.Element // of *cachedPerson
	recent *list.List                             // the last used first
	hits   int64
	misses int64
}

func newDayCache(days int) *dayCache {
	return &dayCache{max: days, people: map[workforce.EngineerID]*list.Element{}, recent: list.New()}
}

// cachedPerson is an engineer's record and the days that were read with it.
type cachedPerson struct {
	key    personKey
	e      workforce.Engineer
	outlet outlets.Outlet
	base   planner.Engineer // without days and home
	home   geo.Point
	days   map[calendar.Date]*cachedDay
}

// personKey is what a record, and the shifts that follow from it, depend on.
type personKey struct {
	id      workforce.EngineerID
	version int64
	outlet  string // stamp of the outlet and its calendar
}

// cachedDay is one day of one engineer; nobody changes it.
type cachedDay struct {
	version int64
	needs   string // digest of what its visits need and where that is; "" when they need nothing
	minute  string // of the reading, where there are stops at counters: one that is over is none any more
	day     planner.Day
	visits  []cachedVisit
	claims  []Claim
	// ways among the places of the day: the home first, then those of visits and claims that have one.
	ways *geo.Matrix
}

type cachedVisit struct {
	orders []orders.ID
	open   bool
	pv     planner.Visit // of this engineer alone, without its place
	point  geo.Point     // zero: it has none
}

// get finds a person's days that are still true; nil when one of them is not.
func (c *dayCache) get(key personKey, versions []int64, needs func(date string) string, minute string, from calendar.Date, dates []string) (p *cachedPerson, days []*cachedDay) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.people[key.id]
	if !ok {
		c.misses++
		return nil, nil
	}
	p = el.Value.(*cachedPerson)
	if p.key != key {
		c.misses++
		c.drop(el)
		return nil, nil
	}
	days = make([]*cachedDay, 0, len(dates))
	for i, date := range dates {
		day, ok := p.days[from+calendar.Date(i)]
		if !ok || day.version != versions[i] || day.needs != needs(date) || day.minute != "" && day.minute != minute {
			c.misses++
			return nil, nil
		}
		days = append(days, day)
	}
	c.recent.MoveToFront(el)
	c.hits++
	return p, days
}

func (c *dayCache) drop(el *list.Element) {
	p := el.Value.(*cachedPerson)
	c.size -= len(p.days)
	delete(c.people, p.key.id)
	c.recent.Remove(el)
}

// put keeps what was read. Days of the past, and then of those who were not asked for longest, make room.
func (c *dayCache) put(p *cachedPerson, days []*cachedDay, today calendar.Date) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.people[p.key.id]; ok {
		old := el.Value.(*cachedPerson)
		if old.key == p.key {
			for d, day := range old.days {
				if d >= today-1 {
					p.days[d] = day
				}
			}
		}
		c.drop(el)
	}
	for _, day := range days {
		p.days[day.day.Date] = day
	}
	c.people[p.key.id] = c.recent.PushFront(p)
	c.size += len(p.days)
	for c.size > c.max && c.recent.Len() > 1 {
		c.drop(c.recent.Back())
	}
}

// CacheStats are what the cache of days has done since the start.
type CacheStats struct {
	People, Days int
	Hits, Misses int64 // people asked for
}

// CacheStats says how the cache of days stands.
func (s *Service) CacheStats() CacheStats {
	c := s.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	return CacheStats{len(c.people), c.size, c.hits, c.misses}
}

// cached tells whether days may be taken from the cache: not inside a transaction, where what counts is what is read
// after the guard, and not beyond what is kept.
func (s *Service) cached(q db.Querier, from, to calendar.Date) bool {
	_, free := q.(*db.DB)
	today := calendar.DateOf(q.Now(), time.UTC)
	return free && s.cache.max > 0 && from >= today-1 && to <= today+cachedAhead && int(to-from) < 20
}

// stamped are the versions of all that a snapshot of outlets' engineers is made from, as they were read with a request.
type stamped struct {
	under    []string
	from, to calendar.Date
	catalog  *catalog.Snapshot
	people   []workforce.DayStamp
	outlets  map[outlets.ID]string
	needy    map[personDate]bool // whose visits need parts
	asks     bool                // where something is has to be read for the order that is asked about
	minute   string              // of the request
	needs    string              // digest of these and of where they are
}

// personDate is a day of an engineer.
type personDate struct {
	engineer workforce.EngineerID
	date     string
}

func (st *stamped) needsOf(e workforce.EngineerID) func(date string) string {
	return func(date string) string {
		if st.needy[personDate{e, date}] {
			return st.needs
		}
		return ""
	}
}

func (s *Service) stamps(ctx context.Context, q db.Querier, under []string, from, to calendar.Date, order orders.Order) (*stamped, error) {
	st := &stamped{under: under, from: from, to: to, minute: q.Now().Truncate(time.Minute).UTC().Format(time.RFC3339)}
	rush := ""
	err := together(
		q,
		func() (err error) { st.catalog, err = s.catalog.Current(ctx, q); return err },
		func() (err error) {
			st.people, err = s.workforce.DayStamps(ctx, q, under, from, to)
			return err
		},
		func() (err error) { st.outlets, err = s.outlets.Stamps(ctx, q, under); return err },
		func() error { return s.stampNeeds(ctx, q, st) },
		func() (err error) { rush, err = rushStamp(ctx, q); return err },
		func() (err error) { st.asks, err = s.asks(ctx, q, under, order); return err },
	)
	st.outlets = withRush(st.outlets, rush)
	return st, err
}

// lookCached is [Service.look] of all engineers of outlets, from the cache: two queries for the versions, and those of look
// for the days that changed. Holds that are over at an instant, and what an order itself takes, are left out.
func (s *Service) lookCached(ctx context.Context, q db.Querier, st *stamped, except orders.ID, now time.Time) (*world, error) {
	w := &world{known: map[orders.ID]orders.Order{}, kept: map[orders.ID]Reservation{}, catalog: st.catalog, outlets: map[outlets.ID]outlets.Outlet{}}
	people, days, err := s.kept(ctx, q, st)
	if err != nil {
		return nil, err
	}
	w.zones = map[outlets.ID]*time.Location{}
	for _, p := range people {
		if p == nil {
			continue
		}
		if _, ok := w.outlets[p.outlet.ID]; !ok {
			w.outlets[p.outlet.ID], w.zones[p.outlet.ID] = p.outlet, p.outlet.Location()
		}
	}
	w.Now = now.Add(s.policy.Lead).Truncate(time.Second)
	w.compose(people, days, except, now)
	return w, nil
}

// kept are the engineers and their days from the cache; those that changed are read. Who is gone meanwhile is nil.
func (s *Service) kept(ctx context.Context, q db.Querier, st *stamped) ([]*cachedPerson, [][]*cachedDay, error) {
	people := make([]*cachedPerson, len(st.people))
	days := make([][]*cachedDay, len(st.people))
	var missing []int
	dates := st.dates()
	for i := range st.people {
		p := &st.people[i]
		key := personKey{p.Engineer, p.Version, st.outlets[p.OutletID]}
		if people[i], days[i] = s.cache.get(key, p.Days, st.needsOf(p.Engineer), st.minute, st.from, dates); people[i] == nil {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return people, days, nil
	}
	return people, days, s.readDays(ctx, q, st, missing, people, days)
}

// readDays reads the days of those who changed, and keeps them under the versions that were read before.
func (s *Service) readDays(ctx context.Context, q db.Querier, stamp *stamped, missing []int, people []*cachedPerson, days [][]*cachedDay) error {
	stamps, from, to := stamp.people, stamp.from, stamp.to
	ids := make([]workforce.EngineerID, len(missing))
	for k, i := range missing {
		ids[k] = stamps[i].Engineer
	}
	found, err := s.workforce.ByIDs(ctx, q, ids)
	if err != nil {
		return err
	}
	var read []workforce.Engineer
	var of []int
	for _, i := range missing {
		e, ok := found[stamps[i].Engineer]
		if !ok {
			continue
		}
		read, of = append(read, e), append(of, i)
	}
	w, err := s.look(ctx, q, worldInput{people: read, from: from, to: to})
	if err != nil {
		return err
	}
	if w.supplies != nil { // stops at counters depend on the ways
		if err := s.ways(ctx, w); err != nil {
			return err
		}
	}
	today := calendar.DateOf(q.Now(), time.UTC)
	for k, i := range of {
		st, e := stamps[i], read[k]
		p := &cachedPerson{
			key: personKey{st.Engineer, st.Version, stamp.outlets[st.OutletID]}, e: e, outlet: w.outlets[e.OutletID], base: w.Engineers[k],
			home: e.Start(w.outlets[e.OutletID]), days: map[calendar.Date]*cachedDay{},
		}
		p.base.Days, p.base.Van, p.base.Counter = nil, along(e), nil
		if !usable(p.home) {
			p.home = geo.Point{}
		}
		for _, d := range w.Engineers[k].Days {
			d.Counter = nil
			day := &cachedDay{version: st.Days[d.Date-from], needs: stamp.needsOf(e.ID)(d.Date.String()), day: d}
			if day.fill(w, e.ID) {
				day.minute = stamp.minute
			}
			if err := s.waysOf(ctx, p.home, day); err != nil {
				return err
			}
			days[i] = append(days[i], day)
		}
		people[i] = p
		if e.Version == st.Version && e.OutletID == st.OutletID {
			s.cache.put(p, days[i], today)
		}
	}
	return nil
}

func usable(p geo.Point) bool { return p != (geo.Point{}) && p.Check() == nil }

// fill takes over what an engineer has to do on the day; it tells whether there are stops at counters.
func (d *cachedDay) fill(w *world, id workforce.EngineerID) (stops bool) {
	for _, v := range w.visits {
		if v.Day != d.day.Date || !slices.Contains(v.Engineers(), id) {
			continue
		}
		c := cachedVisit{orders: v.OrderIDs(), open: v.Open(), pv: visitBlock(v, id)}
		if p, ok := v.Point(); ok && v.Mode != catalog.ModeRemote && usable(p) {
			c.point = p.WGS84()
		}
		d.visits = append(d.visits, c)
	}
	for _, v := range w.Visits { // stops at counters
		if len(v.For) > 0 && v.Date == d.day.Date && slices.Contains(v.Engineers, planner.EngineerID(id)) {
			d.visits, stops = append(d.visits, w.stopBlock(v)), true
		}
	}
	for _, c := range w.claims {
		if c.Date == d.day.Date && slices.Contains(c.engineers(), id) {
			d.claims = append(d.claims, c)
		}
	}
	return stops
}

// stopBlock is a stop at a counter as it is kept: with the orders that it is made for.
func (w *world) stopBlock(v planner.Visit) cachedVisit {
	c := cachedVisit{open: true, pv: v, point: w.points[v.Job.Place]}
	for _, visit := range w.visits {
		if slices.Contains(v.For, planner.JobID(visitPrefix+string(visit.ID))) {
			c.orders = append(c.orders, visit.OrderIDs()...)
		}
	}
	c.pv.Job.Place = planner.NoPlace
	return c
}

// visitBlock is the time that a visit takes of one of its engineers.
func visitBlock(v orders.Visit, id workforce.EngineerID) planner.Visit {
	start, end := span(v)
	return planner.Visit{
		Date: v.Day, Start: start, End: end, Frozen: frozen(v), Engineers: []planner.EngineerID{planner.EngineerID(id)},
		Job: planner.Job{ID: planner.JobID(visitPrefix + string(v.ID)), Place: planner.NoPlace},
	}
}

// claimBlock is the time that a claim takes of one of its engineers.
func claimBlock(c Claim, id workforce.EngineerID) planner.Visit {
	return planner.Visit{
		Engineers: []planner.EngineerID{planner.EngineerID(id)}, Date: c.Date, Start: c.Start, End: c.End,
		Job: planner.Job{ID: planner.JobID(claimPrefix + c.ID + ":" + string(id)), Brand: planner.BrandID(c.BrandID), Place: planner.NoPlace},
	}
}

func (c Claim) point() geo.Point {
	if c.Lat == nil || c.Lon == nil {
		return geo.Point{}
	}
	return geo.Point{Lat: *c.Lat, Lon: *c.Lon, Datum: geo.WGS84}
}

// waysOf asks for the ways among the places of a day.
func (s *Service) waysOf(ctx context.Context, home geo.Point, d *cachedDay) error {
	points := []geo.Point{home}
	if !usable(home) {
		points[0] = geo.Point{Datum: geo.WGS84} // its row is not asked for
	}
	for _, v := range d.visits {
		if usable(v.point) {
			points = append(points, v.point)
		}
	}
	for _, c := range d.claims {
		if p := c.point(); usable(p) {
			points = append(points, p)
		}
	}
	if len(points) == 1 {
		return nil
	}
	var err error
	d.ways, err = s.travel.Matrix(ctx, s.policy.Profile, geo.SliceDay, points, points)
	return err
}

// cachedWays are travel times within engineers' days, which were asked for when the days were read, and between all of
// their places and the work of the request.
type cachedWays struct {
	at       []wayPlace
	to, from *geo.Matrix // from the work's place to all others, and back; nil when it has none
	work     int         // its place
}

// wayPlace is where a place stands in the ways of a day; a home stands in those of all days of its engineer.
type wayPlace struct {
	engineer int
	day      *cachedDay // nil: a home
	i        int
}

// At implements [planner.Legs].
func (c *cachedWays) At(from, to int) (seconds, metres int32) {
	switch {
	case from == to:
		return 0, 0
	case c.to != nil && from == c.work:
		return c.to.At(0, to)
	case c.from != nil && to == c.work:
		return c.from.At(from, 0)
	}
	a, b := c.at[from], c.at[to]
	day := a.day
	if day == nil {
		day = b.day
	}
	if a.engineer != b.engineer || day == nil || day.ways == nil || b.day != nil && b.day != day {
		return geo.Unreachable, geo.Unreachable
	}
	return day.ways.At(a.i, b.i)
}

// compose puts a snapshot together. Holds that are over by now are left out, whatever the day's version says, and so
// is what an order itself takes.
func (w *world) compose(people []*cachedPerson, days [][]*cachedDay, except orders.ID, now time.Time) {
	ways := &cachedWays{}
	w.taking = map[orders.ID][]int{}
	w.reserve(people, days, ways)
	add := func(p geo.Point, owner int, d *cachedDay, i int) int {
		w.points, w.owner = append(w.points, p), append(w.owner, owner)
		ways.at = append(ways.at, wayPlace{owner, d, i})
		return len(w.points) - 1
	}
	for k, p := range people {
		if p == nil {
			continue
		}
		at := len(w.people)
		e := p.base
		e.Home = planner.NoPlace
		if usable(p.home) {
			e.Home = add(p.home, at, nil, 0)
		}
		w.people = append(w.people, p.e)
		e.Days = make([]planner.Day, len(days[k]))
		for i, d := range days[k] {
			e.Days[i] = d.day
			next := 1
			place := func(point geo.Point, keep bool) int {
				if !usable(point) {
					return planner.NoPlace
				}
				next++
				if !keep {
					return planner.NoPlace
				}
				return add(point, at, d, next-1)
			}
			for _, v := range d.visits {
				for _, id := range v.orders {
					w.take(id, at)
				}
				own := v.open && slices.Contains(v.orders, except) && (len(v.pv.For) == 0 || len(v.orders) == 1)
				pv := v.pv
				if pv.Job.Place = place(v.point, !own); !own {
					w.Visits = append(w.Visits, pv)
				}
			}
			for _, c := range d.claims {
				w.take(c.OrderID, at)
				out := c.OrderID == except || !c.until.IsZero() && !c.until.After(now)
				if !out && !c.until.IsZero() && (w.until.IsZero() || c.until.Before(w.until)) {
					w.until = c.until
				}
				pv := claimBlock(c, p.e.ID)
				if pv.Job.Place = place(c.point(), !out); !out {
					w.Visits = append(w.Visits, pv)
				}
			}
		}
		w.Engineers = append(w.Engineers, e)
	}
	w.Places, w.Travel, w.ways = len(w.points), ways, ways
}

// take notes that an order takes time of a person.
func (w *world) take(id orders.ID, person int) {
	if list := w.taking[id]; len(list) == 0 || list[len(list)-1] != person {
		w.taking[id] = append(list, person)
	}
}

// reserve makes room for what is composed.
func (w *world) reserve(people []*cachedPerson, days [][]*cachedDay, ways *cachedWays) {
	blocks := 0
	for _, list := range days {
		for _, d := range list {
			blocks += len(d.visits) + len(d.claims)
		}
	}
	places := len(people) + blocks + 1
	w.people, w.Engineers, w.Visits = make([]workforce.Engineer, 0, len(people)), make([]planner.Engineer, 0, len(people)), make([]planner.Visit, 0, blocks)
	w.points, w.owner, ways.at = make([]geo.Point, 0, places), make([]int, 0, places), make([]wayPlace, 0, places)
}

// workWays asks for the ways between the places of the cached days and those of a piece of work.
func (s *Service) workWays(ctx context.Context, w *world, j planner.Job) error {
	if j.Place == planner.NoPlace {
		return nil
	}
	var err error
	w.ways.work = j.Place
	w.ways.at = append(w.ways.at, wayPlace{engineer: -1})
	w.ways.to, w.ways.from, err = geo.Around(ctx, s.travel, s.policy.Profile, geo.SliceDay, w.points[j.Place], w.points)
	return err
}
