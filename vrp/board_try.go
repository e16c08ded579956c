package vrp

// trial is the room in which the part of a lane is worked out that changes when a job is put into it. Its rows are the job, and what
// comes behind it on the lane.
type trial struct {
	ready  []int64 // by row and number of floaters that are over: free to go on
	from   []int16 // and how many were over before the way to it
	took   []int   // by row: floaters taken when it is left
	begins []int64 // of floaters
}

// bound notes what questions are turned away by before anything is worked out: the least that each way takes between the earliest and
// the latest at its ends, and how much what the times of a lane cost can fall.
func (b *Board) bound(l *lane) {
	n, f := len(l.seats), &l.full
	if l.z != nil {
		l.low = grown(l.low, n+1)
		l.lows = l.base.seconds - l.free
		for a := l.first; a <= n; a++ {
			if l.low[a] = 0; l.jobs > 0 && f.opens[a] < never {
				l.low[a] = ceilDiv(l.ways[a].seconds*perSecond, l.z.most(f.opens[a], f.closes[a+1]))
			}
			l.lows += l.low[a]
		}
	}
	l.drop = 0
	if l.jobs == 0 || !l.timed || b.pays(l) {
		return
	}
	o := &b.p.Objective
	for i := l.first; i < len(l.seats); i++ {
		s := &l.seats[i]
		now := l.begins[i]
		if soon := f.opens[i+1] - s.takes(l.places[i]); s.kind == Pickup {
			l.drop += starting(o, s.job, now) - starting(o, s.job, soon)
		} else if s.job.Crew <= 1 {
			l.drop += b.startCost(s.job, l, now) - starting(o, s.job, soon)
		}
	}
	for k := range f.f {
		if j := f.f[k].job; j != nil && j.Crew <= 1 {
			l.drop += b.startCost(j, l, l.earlier[k]) - starting(o, j, firstIn(f.f[k].windows, l.begin))
		}
	}
}

// lowest is the least seconds on the way with work in a gap when ways to it and from it are no faster than this. It knows of slices only.
func (l *lane) lowest(g *gap, there, back int64) int64 {
	switch {
	case l.z == nil:
		return 0
	case !g.later:
		return l.base.seconds - l.free + l.least(l.free+g.added.seconds)
	}
	return l.lows - l.low[g.anchor] + ceilDiv(g.there*perSecond, there) + ceilDiv(g.back*perSecond, back)
}

// try is what a lane costs more with the job in a gap at an instant, and whether it can be, worked out from the gap on and up to where
// everything is as it was. It is not known where what is before the gap changes too, or when he leaves.
func (d *desk) try(l *lane, g *gap, at int64) (cost int64, ok, known bool) {
	b, f, n, a := d.b, &l.full, len(l.seats), g.anchor
	if d.job.Place == NoPlace || len(f.shut) > 0 || b.pays(l) || l.jobs == 0 && n > 0 {
		return 0, false, false
	}
	x, took := &d.trial, d.takes(l, a)
	row := f.n
	x.ready, x.from, x.took = grown(x.ready, (n-a+1)*row), grown(x.from, (n-a+1)*row), grown(x.took, n-a+1)
	x.begins = grown(x.begins, row)
	there, back := f.amount(g.there), f.amount(g.back)
	for k := range row {
		x.ready[k] = never
		if arrive, from := f.comes(f.ready[a*row:(a+1)*row], k, there); arrive <= at {
			x.ready[k], x.from[k] = at+took, int16(from)
		}
	}
	last, same := 0, false // the last row that is worked out, and whether nothing changes from there on
	way, place := back, d.job.Place
	for ; last < n-a && !same; last++ {
		s := &l.seats[a+last]
		length := s.takes(place)
		same = true
		for k := range row {
			i := (last+1)*row + k
			x.ready[i] = never
			arrive, from := f.comes(x.ready[last*row:(last+1)*row], k, way)
			if t := firstIn(s.windows, arrive); arrive < never && t < never {
				x.ready[i], x.from[i] = t+length, int16(from)
			}
			same = same && x.ready[i] == f.ready[(a+last+1)*row+k]
		}
		way, place = f.amount(l.ways[a+last+1].seconds), s.job.Place
	}
	if same {
		x.took[last] = l.took[a+last]
	} else {
		end, from := f.comes(x.ready[last*row:(last+1)*row], row-1, way)
		if end > l.s.Window.To+l.s.Overtime {
			return 0, false, true
		}
		x.took[last] = from
	}
	for r := last; r > 0; r-- {
		x.took[r-1] = int(x.from[r*row+x.took[r]])
	}
	before := int(x.from[x.took[0]])
	if n > 0 && before != l.took[a] {
		return 0, false, false
	}
	now := l.begin
	switch {
	case a > l.first:
		now = l.begins[a-1] + l.seats[a-1].takes(l.places[a-1])
	case len(l.past) == 0:
		if now, known = d.leaves(l, before, x.took[0], there, at); !known {
			return 0, false, false
		}
	}
	return d.priced(l, g, at, now, before, last, same)
}

// priced walks a lane that was tried from the gap on and adds up what changes.
func (d *desk) priced(l *lane, g *gap, at, now int64, before, last int, same bool) (cost int64, ok, known bool) {
	b, f, x, n, a := d.b, &l.full, &d.trial, len(l.seats), g.anchor
	var worked int64
	_, drove := f.goes(before, x.took[0], now, f.amount(g.there), x.begins)
	cost = b.startCost(d.job, l, at)
	now = at + d.takes(l, a)
	worked = now - at
	way, place, over := f.amount(g.back), d.job.Place, x.took[0]
	for r := 1; r <= last; r++ {
		s, i := &l.seats[a+r-1], a+r-1
		end, more := f.goes(over, x.took[r], now, way, x.begins)
		drove += more
		begin := firstIn(s.windows, end)
		if begin != l.begins[i] {
			if s.kind == Pickup {
				cost += starting(&b.p.Objective, s.job, begin) - starting(&b.p.Objective, s.job, l.begins[i])
			} else {
				cost += b.startCost(s.job, l, begin) - b.startCost(s.job, l, l.begins[i])
			}
		}
		if s.counter == nil {
			worked += s.takes(place) - s.takes(l.places[i])
		}
		now = begin + s.takes(place)
		way, place, over = f.amount(l.ways[i+1].seconds), s.job.Place, x.took[r]
	}
	until, end := a+last, l.end // ways behind which anchors are others
	if !same {
		var more int64
		end, more = f.goes(over, f.n-1, now, way, x.begins)
		drove, until, over = drove+more, n+1, f.n-1
	}
	for k := before; k < over; k++ {
		if j := f.f[k].job; j != nil {
			cost += b.startCost(j, l, x.begins[k]) - b.startCost(j, l, l.earlier[k])
		}
	}
	sum := l.sum
	sum.metres += g.added.metres
	sum.weight += g.added.weight
	was := int64(0)
	switch {
	case l.z == nil:
		sum.seconds += g.added.seconds
	case l.jobs == 0:
		sum.seconds = l.base.seconds - l.free + drove
	default:
		sum.seconds += drove
		for i := a; i < until; i++ {
			sum.seconds -= l.drove[i]
		}
	}
	if l.z != nil {
		if l.z.counts {
			sum.weight = sum.seconds
		}
		if !l.within(sum) {
			return 0, false, true
		}
	}
	c := &l.e.Costs
	if l.jobs > 0 {
		was = c.OvertimePerHour * max(0, l.end-l.s.Window.To) / 3600
	}
	cost += c.OvertimePerHour*max(0, end-l.s.Window.To)/3600 - was
	if c.PerWorkHour > 0 {
		had := b.worked(l)
		if cost += c.PerWorkHour * (had + worked) / 3600; l.jobs > 0 {
			cost -= c.PerWorkHour * had / 3600
		}
	}
	if visit := b.p.Objective.Visit; visit > 0 {
		cost += visit * l.more(a, d.job.Site)
	}
	return cost + b.routeCost(l, sum, true) - b.routeCost(l, l.sum, l.jobs > 0), true, true
}

// within tells whether the ways of a whole route, those that are past not counted, stay within the shift's bounds.
func (l *lane) within(sum way) bool {
	for a := range l.first {
		sum.seconds -= l.ways[a].seconds
		sum.metres -= l.ways[a].metres
	}
	return (l.s.MaxTravel == 0 || sum.seconds <= l.s.MaxTravel) && (l.s.MaxMetres == 0 || sum.metres <= l.s.MaxMetres)
}

// leaves is when the start is left for work at an instant, with the floaters k to to on the way, where no work may begin later for it.
func (d *desk) leaves(l *lane, k, to int, way, at int64) (leave int64, known bool) {
	f := &l.full
	if k < to {
		f.goes(k, to, l.begin, way, d.trial.begins)
		for i := k; i < to && f.z != nil; i++ {
			if !f.free && len(f.f[i].windows) > 1 {
				return 0, false
			}
		}
	}
	t := at
	switch {
	case f.z == nil:
		for i := to - 1; i >= k; i-- {
			begin := min(lastIn(f.f[i].windows, t-f.f[i].length), d.trial.begins[i])
			way = max(0, way-(t-begin-f.f[i].length))
			t = begin
		}
		t -= way
	case k == to:
		t = f.z.depart(at, way)
	default:
		t = min(f.depart(k, to, at, way, 0), d.trial.begins[k])
	}
	return max(t, l.begin), true
}

// amount is how much there is to cover of a way: seconds, or units where the time of day counts.
func (f *frame) amount(seconds int64) int64 {
	if f.z == nil {
		return seconds
	}
	return unitsOf(seconds)
}

// comes is reach, also where the time of day does not count.
func (f *frame) comes(ready []int64, k int, way int64) (arrive int64, from int) {
	if f.z != nil {
		return f.reach(ready, k, way, 0)
	}
	arrive = never
	for k0 := 0; k0 <= k; k0++ {
		if ready[k0] >= never {
			continue
		}
		now, left := ready[k0], way
		for i := k0; i < k && now < never; i++ {
			begin := firstIn(f.f[i].windows, now)
			left = max(0, left-(begin-now))
			if now = begin; now < never {
				now += f.f[i].length
			}
		}
		if t := now + left; now < never && t < arrive {
			arrive, from = t, k0
		}
	}
	return arrive, from
}

// goes is walk, also where the time of day does not count.
func (f *frame) goes(k, to int, now, left int64, begins []int64) (end, drove int64) {
	if f.z != nil {
		return f.walk(k, to, now, left, 0, begins)
	}
	for ; k < to; k++ {
		begin := firstIn(f.f[k].windows, now)
		left = max(0, left-(begin-now))
		begins[k] = begin
		now = begin + f.f[k].length
	}
	return now + left, 0
}
