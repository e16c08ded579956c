package core

import (
	"cmp"
	"slices"
)

// cover chooses one route of a pool for each shift, or none, so that they cost least with what they leave undone. A task
// that two of them do is done by one of them in the end.
//
// Multipliers of the tasks bound the cost from below: with them each shift chooses by itself. What a choice costs more than
// the shift's cheapest one is its excess. No plan has more excess in all than lies between the bound and the best plan
// known, which leaves few choices, among which is searched task by task.
type cover struct {
	l       *pool
	penalty []int64 // by task
	from    []int32 // by shift, its first column in order; one more at the end
	order   []int32 // columns by shift
	empty   []int64 // by shift, what it costs to have nothing to do
	over    func() bool

	price  []int64 // by task, from 0 to its penalty
	least  []int64 // by shift, the least reduced cost
	bound  int64
	known  int64   // what the best plan known costs
	excess []int64 // by column
	spare  []int64 // by shift, the excess of having nothing to do
	work   int     // that is left
}

// Bounds of the work of one recombination: rounds of multipliers, and steps of the search.
const (
	mostPrices = 300
	mostCover  = 6_000_000
)

// Multipliers move by a step, at first all that is between the bound and the best plan, that halves after so many rounds
// without a better bound, down to leastStep.
const (
	patience  = 10
	leastStep = 0.01
)

func newCover(l *pool, penalty []int64, over func() bool) *cover {
	p := l.p
	c := &cover{l: l, penalty: penalty, from: make([]int32, len(p.Shifts)+1), order: make([]int32, len(l.columns)), empty: make([]int64, len(p.Shifts)), over: over, work: mostCover}
	for i := range l.columns {
		c.from[l.columns[i].shift+1]++
	}
	for i := range p.Shifts {
		c.from[i+1] += c.from[i]
		if p.Shifts[i].Begun {
			c.empty[i] = newRoute(p, int32(i)).cost()
		}
	}
	at := slices.Clone(c.from)
	for i := range l.columns {
		s := l.columns[i].shift
		c.order[at[s]] = int32(i)
		at[s]++
	}
	return c
}

// dual finds multipliers with a high bound, beginning with what the tasks cost in the best plan.
func (c *cover) dual(best plan) {
	p := c.l.p
	c.price = make([]int64, p.Tasks())
	c.known = 0
	served := make([]bool, p.Tasks())
	for i := range best {
		var tasks []int32
		for _, x := range best[i] {
			if t := p.starts(x); t >= 0 {
				tasks = append(tasks, t)
			}
		}
		if len(tasks) == 0 {
			c.known += c.empty[i]
			continue
		}
		r := newRoute(p, int32(i))
		for _, x := range best[i] {
			r.insert(p, x, len(r.stops)-2)
		}
		r.refresh(p)
		cost := r.cost()
		c.known += cost
		for _, t := range tasks {
			served[t] = true
			c.price[t] = min(max(0, cost/int64(len(tasks))), c.penalty[t])
		}
	}
	for t := range served {
		if !served[t] && len(p.Able[t]) > 0 {
			c.known += c.penalty[t]
			c.price[t] = c.penalty[t]
		}
	}
	most := slices.Clone(c.price)
	top := int64(-1) << 62
	count := make([]int32, p.Tasks())
	step, since := 1.0, 0
	for round := range mostPrices {
		if round%16 == 0 && c.over() {
			break
		}
		bound := c.reduce(count)
		if bound > top {
			top, since = bound, 0
			copy(most, c.price)
		} else if since++; since >= patience {
			since = 0
			if step /= 2; step < leastStep {
				break
			}
			copy(c.price, most)
			continue
		}
		var norm int64
		for t := range count {
			if d := int64(1 - count[t]); len(p.Able[t]) > 0 && !(d < 0 && c.price[t] == 0) && !(d > 0 && c.price[t] == c.penalty[t]) {
				norm += d * d
			}
		}
		if norm == 0 || bound >= c.known {
			break
		}
		by := step * float64(c.known-bound) / float64(norm)
		for t := range count {
			if len(p.Able[t]) > 0 {
				c.price[t] = min(max(0, c.price[t]+int64(by*float64(1-count[t]))), c.penalty[t])
			}
		}
	}
	copy(c.price, most)
	c.bound = c.reduce(count)
	c.excess = make([]int64, len(c.order))
	c.spare = make([]int64, len(p.Shifts))
	for s := range p.Shifts {
		c.spare[s] = c.empty[s] - c.least[s]
		for _, i := range c.order[c.from[s]:c.from[s+1]] {
			c.excess[i] = c.reduced(i) - c.least[s]
		}
	}
}

func (c *cover) reduced(i int32) int64 {
	col := &c.l.columns[i]
	cost := col.cost
	for _, t := range col.tasks {
		cost -= c.price[t]
	}
	return cost
}

// reduce has each shift choose by itself, counts who does each task, and returns the bound.
func (c *cover) reduce(count []int32) int64 {
	clear(count)
	var bound int64
	for t, u := range c.price {
		if len(c.l.p.Able[t]) > 0 {
			bound += u
		}
	}
	c.least = resized(c.least, len(c.empty))
	for s := range c.empty {
		best, pick := c.empty[s], int32(-1)
		for _, i := range c.order[c.from[s]:c.from[s+1]] {
			if r := c.reduced(i); r < best {
				best, pick = r, i
			}
		}
		c.least[s] = best
		bound += best
		if pick >= 0 {
			for _, t := range c.l.columns[pick].tasks {
				count[t]++
			}
		}
	}
	return bound
}

// search lists the columns of a plan that is better than the best one known; nil when it finds none.
func (c *cover) search() []int32 {
	p := c.l.p
	room := c.known - c.bound - 1
	if room < 0 {
		return nil
	}
	of := make([][]int32, p.Tasks()) // columns by task that may be in a better plan, by excess
	var live []int32
	for _, i := range c.order {
		if c.excess[i] <= room {
			live = append(live, i)
		}
	}
	slices.SortFunc(live, func(a, b int32) int { return cmp.Or(cmp.Compare(c.excess[a], c.excess[b]), cmp.Compare(a, b)) })
	for _, i := range live {
		for _, t := range c.l.columns[i].tasks {
			of[t] = append(of[t], i)
		}
	}
	b := &branch{cover: c, of: of, taken: make([]bool, len(p.Shifts)), done: make([]int32, p.Tasks()), room: room}
	for t := range of {
		if len(p.Able[t]) > 0 {
			b.open = append(b.open, int32(t))
		}
	}
	for s := range p.Shifts { // who can do nothing else
		if !slices.ContainsFunc(c.order[c.from[s]:c.from[s+1]], func(i int32) bool { return c.excess[i] <= room }) {
			b.taken[s] = true
			b.spent += c.spare[s]
		}
	}
	b.down()
	return b.best
}

// branch is a search task by task.
type branch struct {
	*cover
	of     [][]int32
	taken  []bool  // by shift
	done   []int32 // by task, by how many, or given up
	open   []int32 // tasks that are not done
	chosen []int32
	spent  int64 // excess so far
	room   int64 // at most
	best   []int32
	nodes  int
}

// extra is the excess of a column as things stand: with what is done already.
func (b *branch) extra(i int32) int64 {
	more := b.excess[i]
	for _, t := range b.l.columns[i].tasks {
		if b.done[t] > 0 {
			more += b.price[t]
		}
	}
	return more
}

func (b *branch) down() {
	if b.spent > b.room || b.work <= 0 {
		return
	}
	b.work -= len(b.open)
	if b.nodes++; b.nodes%64 == 0 && b.over() {
		b.work = 0
		return
	}
	// The task with the fewest choices comes first.
	pick, fewest := -1, int(1)<<30
	for k, t := range b.open {
		if b.done[t] > 0 {
			continue
		}
		n := 0
		for _, i := range b.of[t] {
			if b.excess[i] > b.room-b.spent {
				break
			}
			b.work--
			if b.taken[b.l.columns[i].shift] {
				continue
			}
			b.work -= len(b.l.columns[i].tasks)
			if b.spent+b.extra(i) <= b.room {
				if n++; n >= fewest {
					break
				}
			}
		}
		if n < fewest {
			pick, fewest = k, n
			if n == 0 {
				break
			}
		}
	}
	if pick < 0 {
		b.end()
		return
	}
	t := b.open[pick]
	for _, i := range b.of[t] {
		col := &b.l.columns[i]
		if b.excess[i] > b.room-b.spent || b.work <= 0 {
			break
		}
		if b.taken[col.shift] {
			continue
		}
		more := b.extra(i)
		if b.spent+more > b.room {
			continue
		}
		b.taken[col.shift] = true
		b.spent += more
		for _, o := range col.tasks {
			b.done[o]++
		}
		b.chosen = append(b.chosen, i)
		b.down()
		b.chosen = b.chosen[:len(b.chosen)-1]
		for _, o := range col.tasks {
			b.done[o]--
		}
		b.spent -= more
		b.taken[col.shift] = false
	}
	if lost := b.penalty[t] - b.price[t]; b.spent+lost <= b.room {
		b.done[t]++ // given up: nobody may do it any more
		b.spent += lost
		b.down()
		b.spent -= lost
		b.done[t]--
	}
}

// end has the shifts that are left do nothing.
func (b *branch) end() {
	all := b.spent
	for s, taken := range b.taken {
		if !taken {
			all += b.spare[s]
		}
	}
	if all <= b.room {
		b.room = all - 1
		b.best = append(b.best[:0:0], b.chosen...)
	}
}
