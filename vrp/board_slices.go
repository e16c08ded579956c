package vrp

import (
	"math/bits"
	"slices"
)

// pace is how fast the ways of a profile are by the time of day. What is covered up to each slice is known, so that an arrival
// takes one search among the slices; units are thousandths of the seconds of the matrix.
type pace struct {
	from, speed, sum []int64 // sum: covered from the first slice's begin on
	counts           bool    // whether the objective counts for a way how long it takes
	grid             []int32 // the slice at the begin of each stretch of equal length
	shift            int     // its logarithm
}

// gridSize is about how many stretches a grid has: a slice is found at once where they are not crowded.
const gridSize = 512

// newPace is nil for a profile whose ways are always as long.
func newPace(m *Matrix) *pace {
	if m.Slices == nil {
		return nil
	}
	z := &pace{counts: !m.told()}
	for i, s := range m.Slices {
		sum := int64(0)
		if i > 0 {
			sum = z.sum[i-1] + (s.From-z.from[i-1])*z.speed[i-1]
		}
		z.from, z.speed, z.sum = append(z.from, s.From), append(z.speed, s.Speed), append(z.sum, sum)
	}
	first, last := z.from[0], z.from[len(z.from)-1]
	for (last-first)>>z.shift >= gridSize {
		z.shift++
	}
	for t := first; t <= last+1<<z.shift; t += 1 << z.shift {
		z.grid = append(z.grid, int32(upTo(z.from, t)))
	}
	return z
}

// upTo is the last of rising numbers that is not above x, the first where all are.
func upTo(list []int64, x int64) int {
	lo, n := 0, len(list)
	for n > 1 {
		half := n / 2
		if list[lo+half] <= x {
			lo += half
		}
		n -= half
	}
	return lo
}

// at is the slice that an instant lies in.
func (z *pace) at(t int64) int {
	if t <= z.from[0] {
		return 0
	}
	k := int((t - z.from[0]) >> z.shift)
	if k+1 >= len(z.grid) {
		return len(z.from) - 1
	}
	i, to := int(z.grid[k]), int(z.grid[k+1])
	return i + upTo(z.from[i:to+1], t)
}

// until is what is covered up to an instant.
func (z *pace) until(t int64) int64 {
	i := z.at(t)
	return z.sum[i] + (t-z.from[i])*z.speed[i]
}

// arrive is when so many units are covered from an instant on.
func (z *pace) arrive(t, units int64) int64 {
	if units <= 0 || t >= never {
		return t
	}
	if units >= never {
		return never
	}
	i := z.at(t)
	goal := z.sum[i] + (t-z.from[i])*z.speed[i] + units
	if i+1 < len(z.sum) && z.sum[i+1] < goal {
		i += 1 + upTo(z.sum[i+1:], goal-1)
	}
	return z.from[i] - floorDiv(z.sum[i]-goal, z.speed[i])
}

// depart is the latest instant from which so many units are covered until another.
func (z *pace) depart(t, units int64) int64 {
	if units <= 0 || t <= -never {
		return t
	}
	if units >= never {
		return -never
	}
	i := z.at(t)
	goal := z.sum[i] + (t-z.from[i])*z.speed[i] - units
	if z.sum[i] > goal {
		i = upTo(z.sum[:i+1], goal)
	}
	return z.from[i] + floorDiv(goal-z.sum[i], z.speed[i])
}

// rest is what is left of so many units after driving between two instants.
func (z *pace) rest(units, from, to int64) int64 {
	if units <= 0 || to <= from {
		return max(units, 0)
	}
	return max(0, units-z.between(from, to))
}

// between is what is covered between two instants.
func (z *pace) between(from, to int64) int64 { return z.until(to) - z.until(from) }

// most is the highest speed between two instants.
func (z *pace) most(from, to int64) int64 {
	var most int64
	for i := z.at(from); i < len(z.from) && (most == 0 || z.from[i] < to); i++ {
		most = max(most, z.speed[i])
	}
	return most
}

// least is how many seconds so many of the matrix take at the least, at the highest speed of a lane's hours.
func (l *lane) least(seconds int64) int64 {
	if l.z == nil {
		return seconds
	}
	return floorDiv(seconds*perSecond, l.fastest)
}

func ceilDiv(a, b int64) int64 { return -floorDiv(-a, b) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// unitsOf are those of a way; never where there is none.
func unitsOf(seconds int64) int64 {
	if seconds >= never {
		return never
	}
	return seconds * perSecond
}

// mostChoices bounds between how many choices of windows for the floaters of a lane whoever drives may choose. With more, and for those
// with one, each is taken within the first window that is still open.
const mostChoices = 64

// choose sets whether windows may be chosen. Where the speed depends on the time of day it can be better to drive on and to
// rest later; within a window a floater begins as soon as may be all the same. With any choice, who leaves later never
// arrives earlier.
func (f *frame) choose() {
	n := 1
	for i := range f.f {
		if n *= max(1, len(f.f[i].windows)); n > mostChoices {
			break
		}
	}
	f.free = n > 1 && n <= mostChoices
}

// drive is when a way of so many units ends that is set off at an instant, with the floaters k to to on it.
func (f *frame) drive(k, to int, now, left int64, shut uint64) int64 {
	for ; k < to; k++ {
		x := &f.f[k]
		if shut>>k&1 == 1 {
			return never
		}
		if f.free && len(x.windows) > 1 {
			best := int64(never)
			for _, w := range x.windows {
				if now > w.To {
					continue
				}
				begin := max(now, w.From)
				if begin >= best {
					break
				}
				best = min(best, f.drive(k+1, to, begin+x.length, f.z.rest(left, now, begin), shut))
			}
			return best
		}
		begin := firstIn(x.windows, now)
		if begin >= never {
			return never
		}
		left = f.z.rest(left, now, begin)
		now = begin + x.length
	}
	return f.z.arrive(now, left)
}

// begins is when floater k, of those up to to on a way, begins so that the way ends first.
func (f *frame) begins(k, to int, now, left int64, shut uint64) int64 {
	x := &f.f[k]
	if !f.free || len(x.windows) < 2 {
		return firstIn(x.windows, now)
	}
	best, at := int64(never), int64(never)
	for _, w := range x.windows {
		if now > w.To {
			continue
		}
		begin := max(now, w.From)
		if end := f.drive(k+1, to, begin+x.length, f.z.rest(left, now, begin), shut); end < best {
			best, at = end, begin
		}
	}
	return at
}

// covers is the most that is covered between two instants beside the floaters k to to; -1 when they do not fit between.
func (f *frame) covers(k, to int, now, by int64, shut uint64) int64 {
	var sum int64
	for ; k < to && now <= by; k++ {
		x := &f.f[k]
		if shut>>k&1 == 1 {
			return -1
		}
		if f.free && len(x.windows) > 1 {
			best := int64(-1)
			for _, w := range x.windows {
				if now > w.To {
					continue
				}
				begin := max(now, w.From)
				if begin > by {
					break
				}
				if more := f.covers(k+1, to, begin+x.length, by, shut); more >= 0 {
					best = max(best, f.z.between(now, begin)+more)
				}
			}
			if best < 0 {
				return -1
			}
			return sum + best
		}
		begin := firstIn(x.windows, now)
		if begin >= never {
			return -1
		}
		sum += f.z.between(now, begin)
		now = begin + x.length
	}
	if now > by {
		return -1
	}
	return sum + f.z.between(now, by)
}

// depart is the latest to set off on such a way so that it ends by an instant.
func (f *frame) depart(k, to int, by, units int64, shut uint64) int64 {
	if by <= -never || units >= never {
		return -never
	}
	if k == to {
		return f.z.depart(by, units)
	}
	x := &f.f[k]
	later := f.depart(k+1, to, by, units, shut)
	if later <= -never || shut>>k&1 == 1 {
		return -never
	}
	if len(x.windows) == 0 {
		return later - x.length
	}
	best := int64(-never)
	for _, w := range slices.Backward(x.windows) {
		if t := min(w.To, later-x.length); t >= w.From { // at once
			return max(best, t)
		}
		// Or it waits for the window to open, and what is driven before does not have to be driven after it.
		if had := f.covers(k+1, to, w.From+x.length, by, shut); had >= 0 {
			best = max(best, f.z.depart(w.From, units-had))
		}
		if best >= w.From {
			break
		}
	}
	return best
}

// arrivesAt is arrives by the time of day.
func (f *frame) arrivesAt(a, k int, way int64) (arrive int64, from int) {
	return f.reach(f.ready[a*f.n:(a+1)*f.n], k, unitsOf(way), f.barred(a, false))
}

// reach is the earliest arrival with k floaters over after a way of so many units, by when he is ready with how many over, and how
// many those were.
func (f *frame) reach(ready []int64, k int, units int64, shut uint64) (arrive int64, from int) {
	arrive = never
	for k0 := 0; k0 <= k && units < never; k0++ {
		if ready[k0] >= never {
			continue
		}
		if t := f.drive(k0, k, ready[k0], units, shut); t < arrive {
			arrive, from = t, k0
		}
	}
	return arrive, from
}

// leavesAt is leaves by the time of day.
func (f *frame) leavesAt(a, k int, way int64, spared int) int64 {
	best, units := int64(-never), unitsOf(way)
	for to := k; to < f.n; to++ {
		best = max(best, f.depart(k, to, f.must[(a*f.n+to)*2+spared], units, f.barred(a-1, true)))
	}
	return best
}

// bar notes behind which anchors what is aboard is too much for which rests: before a job that takes and brings something, and
// behind it. Work without a place for which something has to be fetched first is barred before that.
func (f *frame) bar(l *lane, takes, brings []int64) {
	f.shut, f.full = f.shut[:0], f.full[:0]
	needs := func(x *floater) bool {
		return x.most != nil && l.dims > 0 || x.job != nil && len(x.job.Tools)+len(x.job.Parts)+len(x.job.Takes)+len(x.job.Brings) > 0
	}
	if !slices.ContainsFunc(f.f, func(x floater) bool { return needs(&x) }) {
		return
	}
	f.shut = grown(f.shut, (len(l.seats)+1)*2)
	f.full = grown(f.full, (len(l.seats)+1)*2)
	carried := slices.ContainsFunc(f.f, func(x floater) bool { return x.job != nil && len(x.job.Takes)+len(x.job.Brings) > 0 })
	for a := range len(l.seats) + 1 {
		for side, own := range [2][]int64{takes, brings} {
			f.shut[a*2+side], f.full[a*2+side] = 0, 0
			for k := 0; k <= len(f.f) && carried && a >= l.first; k++ {
				for d := range l.dims {
					if f.aboard(l, a, k, d)+at(own, d) > at(l.e.Capacity, d) {
						f.full[a*2+side] |= 1 << k
						break
					}
				}
			}
			f.shut[a*2+side] = f.full[a*2+side] >> 1
			for k := range f.f {
				if j := f.f[k].job; j != nil && len(j.Tools)+len(j.Parts) > 0 && !l.provides(j, 0) && !l.provides(j, a) {
					f.shut[a*2+side] |= 1 << k
				}
				for d := range l.dims {
					if f.f[k].most == nil || f.aboard(l, a, k, d)+at(own, d) <= at(f.f[k].most, d) {
						continue
					}
					f.shut[a*2+side] |= 1 << k
					break
				}
			}
		}
	}
}

// aboard is what there is of a dimension when floater k is taken behind an anchor.
func (f *frame) aboard(l *lane, a, k, d int) int64 {
	load := l.aboard[a*l.dims+d]
	for i := range l.full.f {
		o := &l.full.f[i]
		if o.job == nil {
			continue
		}
		if i < f.order(l, k) {
			load += at(o.job.Brings, d)
		} else {
			load += at(o.job.Takes, d)
		}
	}
	return load
}

// order is which of all floaters of a lane floater k of the frame is; the last is followed by none.
func (f *frame) order(l *lane, k int) int {
	switch {
	case k == len(f.f):
		return len(l.full.f)
	case f == &l.full:
		return k
	}
	return slices.IndexFunc(l.full.f, func(x floater) bool { return x.rest == f.f[k].rest && x.job == f.f[k].job })
}

// laden tells whether too much is aboard behind an anchor with k floaters over, before or behind what is asked about.
func (f *frame) laden(a, k, side int) bool { return len(f.full) > 0 && f.full[a*2+side]>>k&1 == 1 }

// barred are the rests, as bits, that may not be taken behind an anchor, before or behind what is asked about.
func (f *frame) barred(a int, behind bool) uint64 {
	if len(f.shut) == 0 {
		return 0
	}
	if behind {
		return f.shut[a*2+1]
	}
	return f.shut[a*2]
}

// mostPieces bounds into how many stretches the time between two stops is cut to see when work without a place fits.
const mostPieces = 256

// withinAt is within by the time of day: when the work fits depends on how fast the way would be meanwhile, so that the instants
// at which it can begin are several stretches.
func (d *desk) withinAt(l *lane, f *frame, a int, length int64) {
	spared := 0
	if l.places[a] == l.places[a+1] && l.places[a] != NoPlace {
		spared = 1
	}
	units := unitsOf(l.ways[a].seconds)
	if units >= never {
		return
	}
	for k1 := range f.n {
		for k0 := 0; k0 <= k1; k0++ {
			ready := f.ready[a*f.n+k0]
			if ready >= never {
				continue
			}
			f.chained(k0, k1, ready, 0, f.barred(a, false), func(end, had int64) {
				for k2 := k1; k2 < f.n; k2++ {
					if by := f.must[((a+1)*f.n+k2)*2+spared]; by > -never {
						d.pieces(l, f, a, [2]int{k1, k2}, [2]int64{end, by}, length, units-had)
					}
				}
			})
		}
	}
}

// chained tells for each choice of windows when the floaters k to to are over, and what has been covered beside them.
func (f *frame) chained(k, to int, now, had int64, shut uint64, tell func(end, had int64)) {
	if k == to {
		tell(now, had)
		return
	}
	x := &f.f[k]
	if shut>>k&1 == 1 {
		return
	}
	next := func(begin int64) { f.chained(k+1, to, begin+x.length, had+f.z.between(now, begin), shut, tell) }
	if !f.free || len(x.windows) < 2 {
		if begin := firstIn(x.windows, now); begin < never {
			next(begin)
		}
		return
	}
	for _, w := range x.windows {
		if now <= w.To {
			next(max(now, w.From))
		}
	}
}

// pieces cuts the time in which work without a place could begin where what is covered beside it changes its course, and finds
// in each piece when there is enough: the floaters over[0] to over[1] come after it, and so many units are left to cover.
func (d *desk) pieces(l *lane, f *frame, a int, over [2]int, between [2]int64, length, units int64) {
	from, to := max(between[0], d.from), min(between[1], d.until)-length
	if from > to {
		return
	}
	fits := func(s int64) bool {
		after := f.covers(over[0], over[1], s+length, between[1], f.barred(a, true))
		return after >= 0 && f.z.between(between[0], s)+after >= units
	}
	cuts := []int64{from, to}
	cut := func(s int64) {
		if from < s && s < to && len(cuts) < mostPieces {
			cuts = append(cuts, s, s+1)
		}
	}
	for i := range f.z.from {
		cut(f.z.from[i])
	}
	later := length
	for k := over[0]; ; k++ {
		for i := range f.z.from {
			cut(f.z.from[i] - later)
		}
		if k == over[1] {
			break
		}
		for _, w := range f.f[k].windows {
			cut(w.From - later)
			cut(w.To - later)
		}
		later += f.f[k].length
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	g := gap{anchor: a, floaters: over[0], from: never, low: l.lows, later: true}
	flush := func() {
		if g.from < never {
			d.gaps = append(d.gaps, g)
		}
		g.from = never
	}
	for i, lo := range cuts {
		hi := lo
		if i+1 < len(cuts) {
			hi = cuts[i+1] - 1
		}
		first, last := fits(lo), fits(hi)
		switch {
		case !first && !last:
			flush()
			continue
		case !last:
			hi = halve(lo, hi, fits)
		case !first:
			lo = halve(hi, lo, fits)
		}
		if g.from >= never || g.to+1 < lo {
			flush()
			g.from = lo
		}
		g.to = hi
	}
	flush()
}

// halve is the last instant from one that fits on towards one that does not.
func halve(yes, no int64, fits func(int64) bool) int64 {
	for yes-no > 1 || no-yes > 1 {
		if mid := yes + (no-yes)/2; fits(mid) {
			yes = mid
		} else {
			no = mid
		}
	}
	return yes
}

// along walks the way behind an anchor by the time of day from an instant on: it notes when the floaters on it begin, and tells when
// it ends.
func (l *lane) along(a int, now int64) (end int64) {
	end, l.drove[a] = l.full.walk(l.took[a], l.took[a+1], now, unitsOf(l.ways[a].seconds), l.full.barred(a, false), l.earlier)
	return end
}

// walk goes a way of so many units by the time of day, with the floaters k to to on it: it notes when they begin, and tells when it
// ends and how long he was on the way.
func (f *frame) walk(k, to int, now, left int64, shut uint64, begins []int64) (end, drove int64) {
	for ; k < to; k++ {
		begin := f.begins(k, to, now, left, shut)
		drove += min(f.z.arrive(now, left), begin) - now
		left = f.z.rest(left, now, begin)
		begins[k] = begin
		now = begin + f.f[k].length
	}
	end = f.z.arrive(now, left)
	return end, drove + end - now
}

// leaveBy is the latest that an anchor can be left, where it can be at first, so that the next is reached by an instant and
// nothing that costs begins later.
func (b *Board) leaveBy(l *lane, a int, first, by int64) int64 {
	from, to := l.took[a], l.took[a+1]
	if from == to {
		return max(first, l.z.depart(by, unitsOf(l.ways[a].seconds)))
	}
	pays, plain := b.pays(l), true
	for k := from; k < to; k++ {
		x := &l.full.f[k]
		plain = plain && (l.full.free || len(x.windows) < 2) && (!pays || x.job == nil || !b.fixes(x.job))
	}
	if plain {
		t := l.full.depart(from, to, by, unitsOf(l.ways[a].seconds), l.full.barred(a, false))
		if !pays { // what waits on the way begins no later
			t = min(t, l.earlier[from])
		}
		return max(first, t)
	}
	kept := slices.Clone(l.earlier[from:to])
	on := func(t int64) bool {
		if l.along(a, t) > by {
			return false
		}
		for k := from; k < to; k++ {
			if x := &l.full.f[k]; (!pays || x.job != nil && b.fixes(x.job)) && l.earlier[k] > kept[k-from] {
				return false
			}
		}
		return true
	}
	t := first
	for step := int64(1) << max(0, bits.Len64(uint64(max(0, by-first)))-1); step > 0; step /= 2 {
		if t+step <= by && on(t+step) {
			t += step
		}
	}
	copy(l.earlier[from:to], kept)
	return t
}

// latestAt is latest by the time of day.
func (b *Board) latestAt(l *lane) int64 {
	t := l.end
	for a := len(l.seats); a >= l.first; a-- {
		first := l.begin
		if a > l.first {
			s := &l.seats[a-1]
			first = l.begins[a-1] + s.takes(l.places[a-1])
		}
		t = b.leaveBy(l, a, first, t)
		if a == l.first {
			break
		}
		s := &l.seats[a-1]
		t = lastIn(s.windows, t-s.takes(l.places[a-1]))
		if !b.pays(l) || b.fixes(s.job) {
			t = min(t, l.begins[a-1])
		}
	}
	return max(t, l.leave)
}

// slow puts how long the ways take into what the lane costs.
func (l *lane) slow() {
	l.sum = l.base
	for a := l.first; a < len(l.ways); a++ {
		l.sum.seconds += l.drove[a] - l.ways[a].seconds
	}
	if l.z.counts {
		l.sum.weight = l.sum.seconds
	}
}

// drives is how many seconds the way behind an anchor takes, rests on it apart.
func (l *lane) drives(a int) int64 {
	if l.jobs > 0 && (l.z != nil || l.clash == hisTimes) {
		return l.drove[a]
	}
	return l.ways[a].seconds
}

// inRange tells whether the ways of a lane as they are stay within the shift's bounds.
func (l *lane) inRange() bool {
	if l.z == nil || l.clash != "" || l.jobs == 0 {
		return l.ranges(way{})
	}
	var w way
	for a := l.first; a < len(l.ways); a++ {
		w.seconds += l.drove[a]
		w.metres += l.ways[a].metres
	}
	return (l.s.MaxTravel == 0 || w.seconds <= l.s.MaxTravel) && (l.s.MaxMetres == 0 || w.metres <= l.s.MaxMetres)
}

// hold has the rests, and the work without a place, of a lane begin no earlier than a plan has them: where the time of day counts, a plan
// may be possible only because they wait.
func (b *Board) hold(l *lane, r Route) {
	for k := range l.full.f {
		x := &l.full.f[k]
		for _, st := range r.Steps {
			if x.job == nil && st.Kind == Rest && st.Index == x.rest || x.job != nil && b.taskOf(st) == x.job {
				x.windows = narrow(x.windows, st.Begin(), never)
			}
		}
	}
	l.clash = ""
	b.fill(l)
}
