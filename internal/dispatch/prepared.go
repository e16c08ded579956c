package dispatch

import (
	"container/list"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"slices"
	"sync"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/db"
)

// maxPrepared bounds how many snapshots are kept worked out: at some 3 MB for 120 engineers over five days, 50 MB.
const maxPrepared = 16

// preparedDays is a snapshot of outlets' engineers as the planner worked it out, for as long as the versions stand that it
// was made from. Nobody changes it. Its instant is the end of a minute: who asks within the minute asks the same.
type preparedDays struct {
	key   [sha256.Size]byte
	w     *world
	asked *planner.Prepared
	takes map[orders.ID][]int // whose time orders take in it themselves: these people are asked without that
}

// preparedCache keeps the last ones.
type preparedCache struct {
	mu     sync.Mutex
	of     map[[sha256.Size]byte]*list.Element // of *preparedDays
	recent *list.List                          // the last used first
}

func newPreparedCache() *preparedCache {
	return &preparedCache{of: map[[sha256.Size]byte]*list.Element{}, recent: list.New()}
}

func (c *preparedCache) get(key [sha256.Size]byte) (*preparedDays, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.of[key]
	if !ok {
		return nil, false
	}
	c.recent.MoveToFront(el)
	return el.Value.(*preparedDays), true
}

func (c *preparedCache) put(p *preparedDays) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.of[p.key]; ok {
		return
	}
	c.of[p.key] = c.recent.PushFront(p)
	for c.recent.Len() > maxPrepared {
		old := c.recent.Back()
		delete(c.of, old.Value.(*preparedDays).key)
		c.recent.Remove(old)
	}
}

// key names everything that a snapshot is made from.
func (st *stamped) key(begun, end time.Time) (out [sha256.Size]byte) {
	h := sha256.New()
	write(h, "days", st.from.String(), st.to.String(), begun.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339), st.catalog.Version())
	write(h, st.under...)
	write(h, "needs", st.needs)
	for _, id := range slices.Sorted(maps.Keys(st.outlets)) {
		write(h, string(id), st.outlets[id])
	}
	for _, p := range st.people {
		write(h, string(p.Engineer), string(p.OutletID), fmt.Sprint(p.Version))
		for _, day := range slices.Sorted(maps.Keys(p.Days)) {
			write(h, day, fmt.Sprint(p.Days[day]))
		}
	}
	h.Sum(out[:0])
	return out
}

// write adds texts so that no two lists of them are written alike.
func write(h hash.Hash, texts ...string) {
	for _, t := range texts {
		_, _ = fmt.Fprintf(h, "%d:%s;", len(t), t) // a hash never fails
	}
	_, _ = h.Write([]byte{0})
}

// preparedDays works the days of outlets' engineers out, or finds them as they were worked out within this minute from the
// same versions. Holds that end within the minute count until it is over.
func (s *Service) preparedDays(ctx context.Context, q db.Querier, st *stamped) (*preparedDays, error) {
	begun := q.Now().Truncate(time.Minute)
	end := q.Now().Add(time.Minute - 1).Truncate(time.Minute)
	key := st.key(begun, end)
	if p, ok := s.prepared.get(key); ok {
		return p, nil
	}
	w, err := s.lookCached(ctx, q, st, "", begun)
	if err != nil {
		return nil, err
	}
	w.Now = end.Add(s.policy.Lead).Truncate(time.Second)
	p := &preparedDays{key: key, w: w, takes: w.taking}
	if p.asked, err = s.planner.Prepare(w.Snapshot); err != nil {
		return nil, err
	}
	s.prepared.put(p)
	return p, nil
}

// beside is a world in which one piece of work may be placed, without anybody else seeing it.
func (w *world) beside() *world {
	out, ways := *w, *w.ways
	out.points, out.owner = slices.Clip(w.points), slices.Clip(w.owner)
	ways.at = slices.Clip(w.ways.at)
	out.ways, out.Travel = &ways, &ways
	return &out
}
