package identity

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"time"

	"anxin/internal/platform/access"
)

// trust is how long a node believes what it read about a session, key, link or role.
const trust = time.Second

// maxCached bounds the memory of a node; past it the cache starts anew.
const maxCached = 20000

// holder is what a valid token stands for.
type holder struct {
	actor   access.Actor
	id      string        // of the session, key or link
	expires time.Time     // zero: never
	seen    *atomic.Int64 // micros of the last use that was written
}

type tokenHash = [sha256.Size]byte

func hashToken(token string) tokenHash { return sha256.Sum256([]byte(token)) }

type cacheEntry struct {
	holder
	till time.Time // of the wall clock
}

// cache holds what tokens stand for. Tokens that are not valid are not kept: a guesser cannot fill it.
type cache struct {
	mu  sync.RWMutex
	m   map[tokenHash]cacheEntry
	gen int
}

func newCache() *cache { return &cache{m: map[tokenHash]cacheEntry{}} }

// get returns the entry, or the generation with which to put what is then read.
func (c *cache) get(h tokenHash) (holder, bool, int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.m[h]
	return e.holder, ok && time.Now().Before(e.till), c.gen
}

// put keeps what was read, unless something was revoked since.
func (c *cache) put(h tokenHash, v holder, gen int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gen != c.gen {
		return
	}
	if len(c.m) >= maxCached {
		clear(c.m)
	}
	c.m[h] = cacheEntry{v, time.Now().Add(trust)}
}

func (c *cache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.m)
	c.gen++
}
