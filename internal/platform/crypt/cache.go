package crypt

import (
	"container/list"
	"sync"
	"time"
)

// cache holds unwrapped keys, the least recently used dropped first. An entry lives for ttl, because
// another node that destroys a key cannot reach this cache.
type cache struct {
	mu   sync.Mutex
	size int
	ttl  time.Duration
	m    map[KeyID]*list.Element
	lru  list.List // front: used last
}

type cached struct {
	id   KeyID
	key  *dataKey // nil: destroyed here, and not to be cached again by a reader that was slower
	till time.Time
}

func newCache(size int, ttl time.Duration) *cache {
	return &cache{size: size, ttl: ttl, m: map[KeyID]*list.Element{}}
}

// get returns the key; dead tells that it is known to be destroyed.
func (c *cache) get(id KeyID) (key *dataKey, dead bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.m[id]
	if e == nil {
		return nil, false
	}
	v := e.Value.(*cached)
	if v.key == nil {
		return nil, true
	}
	if time.Now().After(v.till) {
		c.remove(e)
		return nil, false
	}
	c.lru.MoveToFront(e)
	return v.key, false
}

func (c *cache) put(id KeyID, key *dataKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.m[id]; e != nil {
		if v := e.Value.(*cached); v.key != nil {
			v.key, v.till = key, time.Now().Add(c.ttl)
			c.lru.MoveToFront(e)
		}
		return
	}
	c.add(&cached{id: id, key: key, till: time.Now().Add(c.ttl)})
}

// bury drops the key and remembers that it is destroyed.
func (c *cache) bury(id KeyID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.m[id]; e != nil {
		c.remove(e)
	}
	c.add(&cached{id: id})
}

// forget drops the key; the next reader asks the database.
func (c *cache) forget(id KeyID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.m[id]; e != nil {
		c.remove(e)
	}
}

// add needs mu.
func (c *cache) add(v *cached) {
	c.m[v.id] = c.lru.PushFront(v)
	for c.lru.Len() > c.size {
		c.remove(c.lru.Back())
	}
}

// remove needs mu.
func (c *cache) remove(e *list.Element) {
	delete(c.m, c.lru.Remove(e).(*cached).id)
}

func (c *cache) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Len()
}
