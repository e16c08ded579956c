package core

import (
	"math"
	"slices"
)

// How much is taken out at a time.
const (
	longest      = 10   // stops of a string
	splitRate    = 0.5  // of strings that leave some of their middle in place
	wholeRate    = 0.1  // of rounds in which the first route loses everything: fewer may do
	splitDeeper  = 0.01 // that one stop more is left
	mostAdjacent = 250  // neighbours that are looked at
)

// ruin takes strings of neighbouring stops out of routes near one stop, and lists what it took.
type ruin struct {
	p       *Problem
	near    [][]int32 // by node, the others by distance; filled when first asked
	keys    []uint64
	removed []int32 // tasks
	shifts  []int32 // whose routes lost something
	hit     []bool  // by shift
	far     uint64  // there and back to work without a place
}

func newRuin(p *Problem) *ruin {
	u := &ruin{p: p, near: make([][]int32, p.Nodes()), hit: make([]bool, len(p.Shifts))}
	if p.Floating != nil { // half of the mean
		u.far = p.meanWay()
	}
	return u
}

// around lists the nodes by their distance from one, those of another time of day later.
func (u *ruin) around(node int32) []int32 {
	if u.near[node] != nil {
		return u.near[node]
	}
	p := u.p
	m := &p.Metrics[0]
	row := int(p.Place[node]) * p.Places
	u.keys = u.keys[:0]
	for o := range p.Nodes() {
		if t := p.Task[o]; t >= 0 && len(p.Able[t]) > 0 && t != p.Task[node] && (p.First[t] == int32(o) || p.Second[t] == int32(o)) {
			way := uint64(m.Seconds[row+int(p.Place[o])]) + uint64(m.SecondsT[row+int(p.Place[o])])
			if u.p.floats(node) || u.p.floats(int32(o)) {
				way = u.far // neither near nor far
			}
			way += uint64(apart(p.Windows[node], p.Windows[o])) / 8
			u.keys = append(u.keys, way<<32|uint64(o))
		}
	}
	slices.Sort(u.keys)
	list := make([]int32, 0, min(len(u.keys), mostAdjacent)+1)
	list = append(list, node)
	for _, k := range u.keys[:min(len(u.keys), mostAdjacent)] {
		list = append(list, int32(k&math.MaxUint32))
	}
	u.near[node] = list
	return list
}

// strings takes about size tasks out around the node seed, from routes of those able to do its task: they can take from
// each other.
func (u *ruin) strings(s *state, rand *Rand, seed int32, size float64) {
	u.removed, u.shifts = u.removed[:0], u.shifts[:0]
	served, used := s.nodes, s.used
	if able := u.p.Able[u.p.Task[seed]]; len(able) > 0 && (used == 0 || rand.below(20) == 0) {
		// Somebody without work may get some.
		if shift := able[rand.below(len(able))]; s.routes[shift].empty() {
			u.shifts = append(u.shifts, shift)
		}
	}
	if used == 0 {
		return
	}
	most := min(float64(longest), float64(served)/float64(used))
	routes := int(rand.float()*(4*size/(1+most)-1)) + 1
	whole := rand.float() < wholeRate
	for _, c := range u.around(seed) {
		if len(u.shifts) >= routes {
			break
		}
		shift := s.at[u.p.Task[c]]
		if shift < 0 || u.hit[shift] || !u.p.able(u.p.Task[seed], shift) {
			continue
		}
		u.hit[shift] = true
		u.shifts = append(u.shifts, shift)
		r := s.routes[shift]
		length := int(rand.float()*min(float64(r.nodes()), most)) + 1
		from := len(u.removed)
		if whole {
			length, whole = len(r.stops)-2, false
		}
		u.string(r, rand, c, length)
		gone := s.remove(shift, u.removed[from:])
		u.removed = append(u.removed[:from], gone...)
	}
	for _, shift := range u.shifts {
		u.hit[shift] = false
	}
}

// string lists length stops of the route on end, or with some left in their middle, among them node c.
func (u *ruin) string(r *route, rand *Rand, c int32, length int) {
	n, at := len(r.stops)-2, 1
	for !u.p.same(r.stops[at].node, c) {
		at++
	}
	length = min(length, n)
	left := 0
	if length > 1 && length < n && rand.float() < splitRate {
		left = 1
		for length+left < n && rand.float() < splitDeeper {
			left++
		}
	}
	span := length + left
	// The string begins between first and final, both of which let it hold c.
	first, final := max(1, at-span+1), min(at, n-span+1)
	begin := first + rand.below(final-first+1)
	skip := begin + span // nothing is left
	if left > 0 {
		skip = begin + 1 + rand.below(length-1)
	}
	for i := begin; i < begin+span; i++ {
		node := r.stops[i].node
		if u.p.Task[node] < 0 || i >= skip && i < skip+left && !u.p.same(node, c) {
			continue
		}
		if t := u.p.Task[node]; u.p.Second[t] < 0 || !slices.Contains(u.removed, t) {
			u.removed = append(u.removed, t)
		}
	}
}

// apart is how many seconds lie between the windows of two nodes.
func apart(a, b []Window) int32 {
	return max(0, a[0].From-b[len(b)-1].To, b[0].From-a[len(a)-1].To)
}

// same says whether a stop at one node is one at the other.
func (p *Problem) same(a, b int32) bool {
	return a == b || p.Alt != nil && a >= 0 && p.Task[a] == p.Task[b] && p.Second[p.Task[a]] < 0
}
