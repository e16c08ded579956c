package vrp

// SolveInGroups is Solve, but searches problems of any size in groups of two shifts.
func SolveInGroups(p *Problem, o Options) (*Solution, error) {
	o.group = 2
	return Solve(p, o)
}

// Tries works out, for each gap of each lane and some instants in it, what a job adds: from the gap on, by laying all of the lane
// out, and the least that it was said to be before. tell hears of each that was known without laying out.
func (b *Board) Tries(ask Ask, step int64, tell func(cost, laid, least int64, ok, laidOK bool)) (gaps, known int) {
	d := b.open(&ask)
	defer b.close(d)
	d.each(0, func(l *lane) {
		for _, g := range append([]gap(nil), d.collect(l, &l.full, true)...) {
			if !l.carries(d.job, g.anchor) {
				continue
			}
			for at := g.from; at <= g.to; at += step {
				gaps++
				cost, ok, sure := d.try(l, &g, at)
				laid, laidOK := d.laid(l, &g, at)
				if !sure {
					cost, ok = laid, laidOK
				} else {
					known++
				}
				tell(cost, laid, d.least(l, g, at), ok, laidOK)
			}
		}
	})
	return gaps, known
}
