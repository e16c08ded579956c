package hybrid

// A search improves a plan by moves between clients that are near each other,
// until no move around a woken client pays. Penalised violations may appear
// and disappear on the way.
type search struct {
	d    *data
	plan *plan
	rnd  random
	near [][]int32

	queue  []int32 // woken clients, a ring of len(queue)-1 at most
	head   int
	length int
	queued []bool

	halt   func() bool // true when time is up; nil never
	visits int

	inA, inB []podium // scratch of swapStar

	open int // slots to look at before one is passed over
}

func newSearch(d *data, p *plan, rnd random, neighbours int) *search {
	s := &search{
		d: d, plan: p, rnd: rnd, near: near(d, neighbours),
		queue: make([]int32, d.clients+1), queued: make([]bool, d.clients),
	}
	return s
}

// push wakes client c.
func (s *search) push(c int32) {
	if int(c) >= s.d.clients || s.queued[c] {
		return
	}
	s.queued[c] = true
	i := s.head + s.length
	if i >= len(s.queue) {
		i -= len(s.queue)
	}
	s.queue[i] = c
	s.length++
}

func (s *search) pop() int32 {
	c := s.queue[s.head]
	s.head++
	if s.head == len(s.queue) {
		s.head = 0
	}
	s.length--
	s.queued[c] = false
	return c
}

// wake wakes the clients at the joints of pieces.
func (s *search) wake(pieces []piece) {
	for i := range pieces {
		c := &pieces[i]
		if c.to-c.from < 4 {
			for j := c.from; j <= c.to; j++ {
				s.push(c.r.stops[j].node)
			}
			continue
		}
		s.push(c.r.stops[c.from].node)
		s.push(c.r.stops[c.to].node)
	}
}

// wakeAll wakes every client in random order.
func (s *search) wakeAll() {
	order := s.queue[:s.d.clients]
	for i := range order {
		order[i] = int32(i)
		s.queued[i] = true
	}
	s.rnd.shuffle(order)
	s.head, s.length = 0, len(order)
}

// run empties the queue, or forgets it when there is no more time.
func (s *search) run() {
	for s.length > 0 {
		if s.visits++; s.visits%32 == 0 && s.halt != nil && s.halt() {
			for s.length > 0 {
				s.pop()
			}
			return
		}
		s.visit(s.pop())
	}
}

// visit tries all moves of u and its neighbours, the first that pays first.
func (s *search) visit(u int32) {
	p := s.plan
	if p.spots[u].route == none {
		if !s.serve(u) {
			return
		}
	}
	for _, v := range s.near[u] {
		su, sv := &p.spots[u], &p.spots[v]
		if sv.route == none || su.route == none {
			continue
		}
		if su.route == sv.route {
			s.within(p.routes[su.route], su.pos, sv.pos)
		} else {
			s.between(p.routes[su.route], su.pos, p.routes[sv.route], sv.pos)
		}
	}
	s.alone(u)
	if p.spots[u].route != none {
		s.drop(u)
	}
}
