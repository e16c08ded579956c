package core

// mostCached bounds the memory of a cache: entries of 16 bytes.
const mostCached = 1 << 23

// cache remembers the best place of each task in each route that may have it, as long as the route stays as it is: from one
// round to the next most do, and those that are undone are as they were.
type cache struct {
	from    []int // by task, where its row begins
	entries []entry
	trips   []trip // beside entries, where something can be fetched
}

// trip is the one that an insertion places anew.
type trip struct{ trip, at int16 }

// entry is the best place in a route with a stamp.
type entry struct {
	stamp uint32
	i, j  int16 // j is -1 for the other node of a job
	cost  int64 // maxCost: there is none
}

func newCache(p *Problem) *cache {
	c := &cache{from: make([]int, 1, p.Tasks()+1)}
	for _, able := range p.Able {
		c.from = append(c.from, c.from[len(c.from)-1]+len(able))
	}
	if n := c.from[p.Tasks()]; n <= mostCached && p.Nodes() < 1<<14 {
		c.entries = make([]entry, n)
		if p.Uses != nil {
			c.trips = make([]trip, n)
		}
	}
	return c
}

// row has an entry for each of those able to do the task; nil without a cache.
func (c *cache) row(t int32) []entry {
	if c.entries == nil {
		return nil
	}
	return c.entries[c.from[t]:c.from[t+1]]
}

// trip is that of entry k of the task; it may be changed.
func (c *cache) trip(t int32, k int) *trip { return &c.trips[c.from[t]+k] }

func (c *cache) clear() { clear(c.entries) }

func (e *entry) fill(stamp uint32, in insertion) {
	e.stamp, e.i, e.j, e.cost = stamp, int16(in.i), int16(in.j), in.cost
	if in.alt {
		e.j = -1
	}
}
