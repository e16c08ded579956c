package vrp

import "slices"

// time sets when what happens on a lane: everything as early as may be, leaving put off as long as the end is not later;
// where the length of the day costs nothing, as long as no work begins later.
func (b *Board) time(l *lane) {
	n, f := len(l.seats), &l.full
	l.begins, l.earlier, l.took = grown(l.begins, n+1), grown(l.earlier, len(f.f)), grown(l.took, n+2)
	if l.z != nil {
		l.drove = grown(l.drove, n+1)
	}
	if l.jobs == 0 {
		l.cost = 0
		l.work = 0
		for i := range f.f {
			l.work += f.f[i].length
		}
		return
	}
	l.end, l.took[n+1] = never, f.n-1
	_, from := f.arrives(n, f.n-1, l.ways[n].seconds)
	l.took[n] = from
	for a := n; a > l.first; a-- {
		l.took[a-1] = int(f.from[a*f.n+l.took[a]])
	}
	l.early(l.begin)
	if len(l.past) == 0 {
		if leave := b.latest(l); leave > l.leave || l.z != nil {
			l.early(leave)
		}
	} else {
		l.leave = l.past[0].Arrival
	}
	if l.z != nil {
		l.slow()
	}
	l.cost = b.timesCost(l)
}

// anyhow gives instants to what cannot be done in time, rests last.
func (l *lane) anyhow() {
	n, f := len(l.seats), &l.full
	l.begins, l.earlier, l.took = grown(l.begins, n+1), grown(l.earlier, len(f.f)), grown(l.took, n+2)
	clear(l.took)
	l.took[n+1] = len(f.f)
	l.drove = grown(l.drove, n+1)
	begin := func(windows []Window, now int64) int64 {
		if t := firstIn(windows, now); t < never {
			return t
		}
		return now
	}
	now := l.begin
	if l.leave = l.begin; len(l.past) > 0 {
		l.leave = l.past[0].Arrival
	}
	for a := l.first; a <= n; a++ {
		if l.drove[a] = l.ways[a].seconds; l.drove[a] >= never {
			l.drove[a] = 0
		}
		for k := l.took[a]; k < l.took[a+1]; k++ {
			l.earlier[k] = begin(f.f[k].windows, now)
			now = l.earlier[k] + f.f[k].length
		}
		now += l.drove[a]
		if a < n {
			l.begins[a] = begin(l.seats[a].windows, now)
			now = l.begins[a] + l.seats[a].takes(l.places[a])
		}
	}
	l.end, l.cost = now, 0
}

// early walks the lane from when the first anchor is left.
func (l *lane) early(leave int64) {
	n, f := len(l.seats), &l.full
	now := leave
	l.leave, l.work = leave, 0
	for a := l.first; a <= n; a++ {
		if l.z != nil {
			now = l.along(a, now)
			for k := l.took[a]; k < l.took[a+1]; k++ {
				l.work += f.f[k].length
			}
		} else {
			now = l.onward(a, now)
		}
		if a < n {
			s := &l.seats[a]
			l.begins[a] = firstIn(s.windows, now)
			length := s.takes(l.places[a])
			now = l.begins[a] + length
			l.work += length
		}
	}
	l.end = now
}

// onward walks the way behind an anchor where ways are always as long.
func (l *lane) onward(a int, now int64) int64 {
	f := &l.full
	left := l.ways[a].seconds
	for k := l.took[a]; k < l.took[a+1]; k++ {
		begin := firstIn(f.f[k].windows, now)
		left = max(0, left-(begin-now))
		l.earlier[k] = begin
		now = begin + f.f[k].length
		l.work += f.f[k].length
	}
	return now + left
}

// pays tells whether the length of the day costs anything.
func (b *Board) pays(l *lane) bool { return b.duration > 0 || l.e.Costs.PerHour > 0 }

// latest is when the start can be left at the latest for the same end.
func (b *Board) latest(l *lane) int64 {
	if l.z != nil {
		return b.latestAt(l)
	}
	n, f := len(l.seats), &l.full
	pays := b.pays(l)
	t := l.end
	for a := n; a >= l.first; a-- {
		left := l.ways[a].seconds
		for k := l.took[a+1] - 1; k >= l.took[a]; k-- {
			x := &f.f[k]
			begin := lastIn(x.windows, t-x.length)
			if !pays || x.job != nil && b.fixes(x.job) {
				begin = min(begin, l.earlier[k])
			}
			left = max(0, left-(t-begin-x.length))
			t = begin
		}
		t -= left
		if a == l.first {
			break
		}
		s := &l.seats[a-1]
		t = lastIn(s.windows, t-s.takes(l.places[a-1]))
		if !pays || b.fixes(s.job) {
			t = min(t, l.begins[a-1])
		}
	}
	return max(t, l.leave)
}

// fixes says whether a later start of a job may cost more.
func (b *Board) fixes(j *Job) bool { return j.Due != nil || j.Was != nil || minded(&b.p.Objective, j) }

// timesCost is what the times of a lane cost: hours, overtime, lateness, and what is no longer where it was.
func (b *Board) timesCost(l *lane) int64 {
	c := b.hours(l, l.end-l.leave, l.end)
	if rate := l.e.Costs.PerWorkHour; rate > 0 {
		c += rate * b.worked(l) / 3600
	}
	for i := l.first; i < len(l.seats); i++ {
		s := &l.seats[i]
		if s.kind == Pickup {
			c += starting(&b.p.Objective, s.job, l.begins[i])
			continue
		}
		c += b.startCost(s.job, l, l.begins[i])
	}
	for k := range l.full.f {
		if j := l.full.f[k].job; j != nil {
			c += b.startCost(j, l, l.earlier[k])
		}
	}
	return c
}

// worked are the seconds of work on a lane.
func (b *Board) worked(l *lane) int64 {
	var sum int64
	for _, st := range l.past {
		if b.taskOf(st) != nil {
			sum += st.Length
		}
	}
	for i := l.first; i < len(l.seats); i++ {
		if l.seats[i].counter == nil {
			sum += l.seats[i].takes(l.places[i])
		}
	}
	for k := range l.full.f {
		if f := &l.full.f[k]; f.job != nil {
			sum += f.length
		}
	}
	return sum
}

// hours is what the length and the end of a route cost.
func (b *Board) hours(l *lane, duration, end int64) int64 {
	c := &l.e.Costs
	paid := duration - l.rests()
	return b.duration*duration + c.PerHour*paid/3600 + c.OvertimePerHour*max(0, end-l.s.Window.To)/3600
}

// rests is the length of all unpaid rests of the shift, those that are over included.
func (l *lane) rests() int64 {
	var sum int64
	for i := range l.s.Breaks {
		if !l.s.Breaks[i].Paid {
			sum += l.s.Breaks[i].Length
		}
	}
	return sum
}

// startCost is what a start costs: lateness, of a crew by half, and having been elsewhere before.
func (b *Board) startCost(j *Job, l *lane, begin int64) int64 {
	if j.Crew > 1 { // its start is a fact on the board
		return 0
	}
	c := starting(&b.p.Objective, j, begin)
	if j.Was != nil && (j.Was.Engineer != l.at.Engineer || j.Was.Start != begin) {
		c += moved(&b.p.Objective, j)
	}
	return c
}

// routeCost is what the ways of a route cost, and that there is one.
func (b *Board) routeCost(l *lane, w way, used bool) int64 {
	if !used {
		return 0
	}
	c := &l.e.Costs
	return b.travel*w.weight + c.Activation + c.PerTravelHour*w.seconds/3600 + c.PerKM*w.metres/1000
}

// price is what a lane costs in all, people apart.
func (b *Board) price(l *lane) int64 {
	return b.routeCost(l, l.sum, l.jobs > 0) + l.cost + b.p.Objective.Visit*l.visits
}

// steps are a lane as a route of a plan.
func (b *Board) steps(l *lane, index func(s *seat) int) Route {
	r := Route{Engineer: l.at.Engineer, Shift: l.at.Shift, Steps: slices.Clone(l.past)}
	now, travelled := l.leave, int64(0)
	if len(l.past) == 0 {
		r.Steps = append(r.Steps, Step{Kind: Start, Index: -1, Place: l.s.Start, Arrival: l.leave})
	} else {
		now, travelled = l.begin, l.past[len(l.past)-1].Travel
	}
	n := len(l.seats)
	for a := l.first; a <= n; a++ {
		left := l.drives(a)
		units := unitsOf(l.ways[a].seconds)
		for k := l.took[a]; k < l.took[a+1]; k++ {
			x := &l.full.f[k]
			part := min(left, l.earlier[k]-now)
			if l.z != nil {
				part = min(l.z.arrive(now, units), l.earlier[k]) - now
				units = l.z.rest(units, now, l.earlier[k])
			}
			left -= part
			travelled += part
			st := Step{Kind: Rest, Index: x.rest, Place: NoPlace, Arrival: l.earlier[k], Length: x.length, Travel: travelled}
			if x.job != nil {
				st.Kind, st.Index = Work, index(&x.seat)
			}
			r.Steps = append(r.Steps, st)
			now = l.earlier[k] + x.length
		}
		travelled += left
		st := Step{Kind: End, Index: -1, Place: l.s.End, Arrival: now + left, Travel: travelled}
		if a < n {
			s := &l.seats[a]
			st.Kind, st.Index, st.Place = s.kind, index(s), s.job.Place
			st.Wait, st.Length = l.begins[a]-st.Arrival, s.takes(l.places[a])
			now = l.begins[a] + st.Length
		}
		r.Steps = append(r.Steps, st)
	}
	return r
}
