package dispatch

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// Bounds of what is kept worked out: sets of engineers over some dates, and what they are made of, the engineers of an outlet on
// one date. At some 50 KB for ten engineers, 50 MB.
const (
	maxPrepared      = 16
	maxPreparedParts = 1024
)

// digest names what something was made from.
type digest [sha256.Size]byte

// preparedDays is a set of outlets' engineers over some dates as the planner worked it out, for as long as the versions stand
// that it was made from. Nobody changes it. Its instant is the end of a minute: who asks within the minute asks the same.
type preparedDays struct {
	parts   []*preparedPart
	asked   *planner.Prepared
	points  []geo.Point // of all parts, one after the other
	people  []workforce.Engineer
	outlets map[outlets.ID]outlets.Outlet
}

// preparedPart is the engineers of an outlet on one date. It stands until something on one of these days changes, a hold in it
// is over, or the time has come to the first of its shifts: from then on it is made anew each minute.
type preparedPart struct {
	key    digest // of what it was made from
	asked  *planner.Prepared
	points []geo.Point
	taking map[orders.ID][]workforce.EngineerID // whose time orders take in it themselves: these people are asked without that
	read   time.Time                            // holds that were over then are not in it
	until  time.Time                            // when the first hold in it is over; zero is never
}

// valid tells whether the same holds count at an instant.
func (p *preparedPart) valid(begun time.Time) bool {
	return !begun.Before(p.read) && (p.until.IsZero() || p.until.After(begun))
}

// takes are the people whose time an order takes itself.
func (p *preparedDays) takes(id orders.ID) []workforce.EngineerID {
	var out []workforce.EngineerID
	for _, x := range p.parts {
		for _, e := range x.taking[id] {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	return out
}

// keptCache keeps the last ones of something that nobody changes.
type keptCache[T any] struct {
	mu     sync.Mutex
	max    int
	of     map[digest]*list.Element // of *kept[T]
	recent *list.List               // the last used first
}

type kept[T any] struct {
	key digest
	v   T
}

func newKeptCache[T any](most int) *keptCache[T] {
	return &keptCache[T]{max: most, of: map[digest]*list.Element{}, recent: list.New()}
}

func (c *keptCache[T]) get(key digest) (v T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.of[key]
	if !ok {
		return v, false
	}
	c.recent.MoveToFront(el)
	return el.Value.(*kept[T]).v, true
}

func (c *keptCache[T]) put(key digest, v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.of[key]; ok {
		el.Value.(*kept[T]).v = v
		c.recent.MoveToFront(el)
		return
	}
	c.of[key] = c.recent.PushFront(&kept[T]{key, v})
	for c.recent.Len() > c.max {
		old := c.recent.Back()
		delete(c.of, old.Value.(*kept[T]).key)
		c.recent.Remove(old)
	}
}

// scribe writes down what something is made from, so that no two lists are written alike.
type scribe struct{ text []byte }

func (s *scribe) texts(list ...string) {
	for _, t := range list {
		s.text = append(binary.AppendUvarint(s.text, uint64(len(t))), t...)
	}
}

func (s *scribe) number(n int64) { s.text = binary.AppendVarint(s.text, n) }

func (s *scribe) digest() digest { return sha256.Sum256(s.text) }

// key names everything that a set is made from.
func (st *stamped) key(begun, end time.Time) digest {
	s := scribe{make([]byte, 0, 128*len(st.people)+256)}
	s.number(int64(len(st.under)))
	s.texts(st.under...)
	s.texts(st.from.String(), st.to.String(), st.needs)
	s.number(begun.Unix())
	s.number(end.Unix())
	for _, id := range slices.Sorted(maps.Keys(st.outlets)) {
		s.texts(string(id), st.outlets[id])
	}
	for i := range st.people {
		p := &st.people[i]
		s.texts(string(p.Engineer), string(p.OutletID))
		s.number(p.Version)
		for _, version := range p.Days {
			s.number(version)
		}
	}
	return s.digest()
}

func (st *stamped) dates() []string {
	out := make([]string, 0, int(st.to-st.from)+1)
	for d := st.from; d <= st.to; d++ {
		out = append(out, d.String())
	}
	return out
}

// preparedDays works the days of outlets' engineers out, or finds them as they were worked out within this minute from the
// same versions. Of what was worked out before, all that is still true is used. Holds that end within the minute count until it
// is over.
func (s *Service) preparedDays(ctx context.Context, q db.Querier, st *stamped) (*preparedDays, error) {
	begun := q.Now().Truncate(time.Minute)
	end := q.Now().Add(time.Minute - 1).Truncate(time.Minute)
	key := st.key(begun, end)
	if p, ok := s.prepared.get(key); ok {
		return p, nil
	}
	people, days, err := s.kept(ctx, q, st)
	if err != nil {
		return nil, err
	}
	now := end.Add(s.policy.Lead).Truncate(time.Second)
	p := &preparedDays{outlets: map[outlets.ID]outlets.Outlet{}}
	h, points := &scribe{}, 0
	for i := 0; i < len(people); {
		n := i + 1
		for n < len(people) && st.people[n].OutletID == st.people[i].OutletID {
			n++
		}
		for k := range int(st.to-st.from) + 1 {
			part, err := s.preparedPart(h, st, people[i:n], days[i:n], i, k, begun, now)
			if err != nil {
				return nil, err
			}
			if part != nil {
				p.parts, points = append(p.parts, part), points+len(part.points)
			}
		}
		i = n
	}
	p.points, p.people = make([]geo.Point, 0, points), make([]workforce.Engineer, 0, len(people))
	asked := make([]*planner.Prepared, len(p.parts))
	for i, part := range p.parts {
		p.points, asked[i] = append(p.points, part.points...), part.asked
	}
	for _, one := range people {
		if one != nil {
			p.people = append(p.people, one.e)
			p.outlets[one.outlet.ID] = one.outlet
		}
	}
	p.asked = planner.Join(now, asked)
	s.prepared.put(key, p)
	return p, nil
}

// preparedPart finds or makes the part of some people of an outlet, the first of whom has a number, on the date with a number.
// The scribe's paper is used again and again.
func (s *Service) preparedPart(h *scribe, st *stamped, people []*cachedPerson, days [][]*cachedDay, first, date int, begun, now time.Time) (*preparedPart, error) {
	h.text = h.text[:0]
	n, moves := 0, false // with the time
	for i, p := range people {
		if p == nil {
			continue
		}
		d := days[i][date]
		n++
		h.texts(string(p.key.id), p.key.outlet, d.needs, d.minute)
		h.number(p.key.version)
		h.number(st.people[first+i].Days[date])
		moves = moves || len(d.day.Shifts) > 0 && d.day.Shifts[0].From.Before(now)
	}
	if n == 0 {
		return nil, nil
	}
	h.number(int64(st.from) + int64(date))
	if moves {
		h.number(now.Unix())
	}
	key := h.digest()
	h.text = h.text[:0]
	h.texts(string(st.people[first].OutletID))
	h.number(int64(st.from) + int64(date))
	place := h.digest() // what is no longer true makes room for what is
	if p, ok := s.preparedParts.get(place); ok && p.key == key && p.valid(begun) {
		return p, nil
	}
	who, theirs := make([]*cachedPerson, 0, n), make([][]*cachedDay, 0, n)
	for i, p := range people {
		if p != nil {
			who, theirs = append(who, p), append(theirs, days[i][date:date+1])
		}
	}
	w := &world{known: map[orders.ID]orders.Order{}, kept: map[orders.ID]Reservation{}}
	w.Now = now
	w.compose(who, theirs, "", begun)
	p := &preparedPart{key: key, points: w.points, taking: make(map[orders.ID][]workforce.EngineerID, len(w.taking)), read: begun, until: w.until}
	for id, list := range w.taking {
		for _, i := range list {
			p.taking[id] = append(p.taking[id], w.people[i].ID)
		}
	}
	var err error
	if p.asked, err = s.planner.Prepare(w.Snapshot); err != nil {
		return nil, err
	}
	s.preparedParts.put(place, p)
	return p, nil
}

// partWays are the ways between a part's places and work at one that it does not know.
type partWays struct {
	to, from *geo.Matrix
	first, n int // the part's places in the matrices
}

// At implements [planner.Legs].
func (w partWays) At(from, to int) (seconds, metres int32) {
	if from == w.n {
		return w.to.At(0, w.first+to)
	}
	return w.from.At(w.first+from, 0)
}

// around asks for the ways between work at a place and those of all parts.
func (s *Service) around(ctx context.Context, p *preparedDays, at geo.Point) ([]planner.Legs, error) {
	to, from, err := geo.Around(ctx, s.travel, s.policy.Profile, geo.SliceDay, at, p.points)
	if err != nil {
		return nil, err
	}
	out, first := make([]planner.Legs, len(p.parts)), 0
	for i, x := range p.parts {
		out[i] = partWays{to, from, first, len(x.points)}
		first += len(x.points)
	}
	return out, nil
}
