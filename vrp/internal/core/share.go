package core

// Share prices how far the work of groups of shifts is from the parts of all work that they should have.
type Share struct {
	Group []int32 // by shift; -1 is none
	Wish  []int64 // by group, thousandths of all work
	Base  []int64 // by group, seconds of work that are not the search's
	All   int64   // the same of everybody
	Price float64 // of a squared second that a group is away from its part
}

// sharing is what the state knows of the work of groups.
type sharing struct {
	sum    []int64
	all    int64
	away   []float64 // by group, seconds beyond its part
	pull   float64   // sum of away times part
	parts  float64   // sum of the squares of the parts
	uneven int64     // what it costs
}

func (s *state) beginShares() {
	sh := s.p.Share
	s.sharing = sharing{sum: append([]int64(nil), sh.Base...), all: sh.All, away: make([]float64, len(sh.Wish))}
	for _, w := range sh.Wish {
		s.sharing.parts += float64(w*w) / 1e6
	}
	s.price()
}

// share adds the work of a route, or takes it out.
func (s *state) share(r *route, sign int64) {
	s.sharing.all += sign * r.work
	if g := s.p.Share.Group[r.shift]; g >= 0 {
		s.sharing.sum[g] += sign * r.work
	}
	s.price()
}

// price puts what the shares cost into the cost of the plan.
func (s *state) price() {
	h := &s.sharing
	s.cost -= h.uneven
	h.pull = 0
	var squares float64
	for g, wish := range s.p.Share.Wish {
		away := float64(1000*h.sum[g]-wish*h.all) / 1000
		h.away[g] = away
		h.pull += float64(away * float64(wish) / 1000)
		squares += float64(away * away)
	}
	h.uneven = int64(min(s.p.Share.Price*squares, 1<<50))
	s.cost += h.uneven
}

// unevenWith is what the shares cost more when the shift has the task, setup that is spared apart.
func (s *state) unevenWith(t, shift int32) int64 {
	p, h := s.p, &s.sharing
	class := p.Shifts[shift].Class
	work := float64(p.alone(class, p.First[t]))
	if y := p.Second[t]; y >= 0 {
		work += float64(p.alone(class, y))
	}
	more := float64(work*work*h.parts) - float64(2*work*h.pull)
	if g := p.Share.Group[shift]; g >= 0 {
		more += float64(2*work*h.away[g]) + float64(work*work*(1-2*float64(p.Share.Wish[g])/1000))
	}
	return int64(min(p.Share.Price*more, 1<<50))
}

// alone is the length of a stop with its setup.
func (p *Problem) alone(class, x int32) int32 {
	length := p.Service[class][x]
	if p.Setup != nil {
		length += p.Setup[class][x]
	}
	return length
}

// reckonWork adds up the work of a route.
func (r *route) reckonWork(p *Problem, s *Shift) {
	r.work = 0
	for i := 1; i < len(r.stops)-1; i++ {
		if x := r.stops[i].node; p.Task[x] >= 0 {
			r.work += int64(p.work(s.Class, x, r.stops[i-1].place))
		}
	}
}
