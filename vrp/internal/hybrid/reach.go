package hybrid

// forbid takes away the pairs of client and vehicle that no route can bring
// together, because of the way alone, a load, or a window no shift meets. One
// such client that must be served would otherwise keep every plan broken. False
// says that it was stopped.
func (d *data) forbid() bool {
	type trip struct {
		travel *int32
		node   int32
		back   bool
	}
	ways := map[trip][]clock{}
	way := func(k *kind, node int32, back bool) []clock {
		key := trip{&k.travel[0], node, back}
		if ways[key] == nil {
			ways[key] = d.shortest(k.travel, node, back)
		}
		return ways[key]
	}
	for i := range d.kinds {
		k := &d.kinds[i]
		direct := func(c int) (clock, clock) {
			return k.travel[int(k.start)*d.size+c], k.travel[c*d.size+int(k.end)]
		}
		around := func(c int) (clock, clock) {
			return way(k, k.start, false)[c], way(k, k.end, true)[c]
		}
		for c := range d.clients {
			if d.stopped(c) {
				return false
			}
			fits := d.fits(c, k, direct) || d.fits(c, k, around)
			for l := range d.dims {
				fits = fits && d.demand[c*d.dims+l] <= k.capacity[l]
			}
			if !fits {
				d.restrict()
				d.allowed[c*d.words+k.vehicle/64] &^= 1 << (k.vehicle % 64)
			}
		}
	}
	return true
}

// fits tells whether a shift of k has the time for client c with the legs given.
func (d *data) fits(c int, k *kind, legs func(c int) (out, home clock)) bool {
	own := &d.own[c]
	if own.warp > 0 {
		return false
	}
	out, home := legs(c)
	start := max(k.shift.early+out, own.early)
	return start <= own.late && start+own.net+home <= k.shift.late
}

// shortest is the least travel from a node to all others, or back from them,
// over any stops on the way: matrices need not obey the triangle inequality.
func (d *data) shortest(travel []int32, from int32, back bool) []clock {
	least := make([]clock, d.size)
	done := make([]bool, d.size)
	leg := func(a, b int) clock {
		if back {
			a, b = b, a
		}
		return travel[a*d.size+b]
	}
	for i := range least {
		least[i] = leg(int(from), i)
	}
	least[from] = 0
	for range d.size {
		at := -1
		for i := range least {
			if !done[i] && (at < 0 || least[i] < least[at]) {
				at = i
			}
		}
		done[at] = true
		if at >= d.clients && int32(at) != from {
			continue // nobody passes another vehicle's place, least of all the open end
		}
		for i := range least {
			least[i] = min(least[i], least[at]+leg(at, i))
		}
	}
	return least
}
