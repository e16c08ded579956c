package core

// part is some tasks and shifts of a problem as a problem of its own, sealed, with small matrices of its own.
type part struct {
	*Problem
	tasks, shifts, nodes []int32 // by the part's number, the whole problem's
	nodeOf               map[int32]int32
}

// newPart cuts tasks and shifts out of a problem; it is nil when the time is over.
func newPart(p *Problem, tasks, shifts []int32, clock *Clock) *part {
	q := &Problem{Dims: p.Dims, Items: p.Items, Levels: p.Levels, Visit: p.Visit}
	t := &part{Problem: q, tasks: tasks, shifts: shifts, nodeOf: make(map[int32]int32, len(tasks))}
	places := map[int32]int32{}
	var used []int32
	place := func(old int32) int32 {
		i, ok := places[old]
		if !ok {
			i = int32(len(used))
			places[old] = i
			used = append(used, old)
		}
		return i
	}
	shiftOf := make(map[int32]int32, len(shifts))
	metrics, classes := numbers{}, numbers{}
	for i, old := range shifts {
		s := p.Shifts[old]
		s.Start, s.End = place(s.Start), place(s.End)
		s.Metric, s.Class = metrics.of(s.Metric), classes.of(s.Class)
		q.Shifts = append(q.Shifts, s)
		shiftOf[old] = int32(i)
	}
	put := func(old, task int32) int32 {
		if old < 0 {
			return -1
		}
		x := int32(len(t.nodes))
		t.nodes = append(t.nodes, old)
		t.nodeOf[old] = x
		q.Place = append(q.Place, place(p.Place[old]))
		q.Task = append(q.Task, task)
		q.Windows = append(q.Windows, p.Windows[old])
		if p.Site != nil {
			q.Site = append(q.Site, p.Site[old])
		}
		if p.Floating != nil {
			q.Floating = append(q.Floating, p.Floating[old])
		}
		if p.Due != nil {
			q.Due = append(q.Due, p.Due[old])
		}
		d := int(old) * p.Dims
		q.Takes = append(q.Takes, p.Takes[d:d+p.Dims]...)
		q.Brings = append(q.Brings, p.Brings[d:d+p.Dims]...)
		q.Amount = append(q.Amount, p.Amount[d:d+p.Dims]...)
		if p.Uses != nil {
			q.Uses = append(q.Uses, p.Uses[old])
		}
		return x
	}
	for i, old := range tasks {
		task := int32(i)
		q.First = append(q.First, put(p.First[old], task))
		q.Second = append(q.Second, put(p.Second[old], task))
		q.Priority = append(q.Priority, p.Priority[old])
		q.Drop = append(q.Drop, p.Drop[old])
		var able []int32
		for k, s := range shifts {
			if p.able(old, s) {
				able = append(able, int32(k))
			}
		}
		q.Able = append(q.Able, able)
		if p.Alt != nil {
			alt, shift := int32(-1), int32(0)
			if s, ok := shiftOf[p.AltShift[old]]; ok && p.Alt[old] >= 0 {
				alt, shift = put(p.Alt[old], task), s
			}
			q.Alt, q.AltShift, q.AltSaves = append(q.Alt, alt), append(q.AltShift, shift), append(q.AltSaves, p.AltSaves[old])
		}
		if p.Assign != nil {
			for _, s := range shifts {
				q.Assign = append(q.Assign, p.Assign[int(old)*len(p.Shifts)+int(s)])
			}
		}
	}
	for _, c := range p.Counters {
		q.Counters = append(q.Counters, Counter{Node: put(c.Node, -1), Has: c.Has})
	}
	if p.Share != nil {
		share := *p.Share
		share.Group = nil
		for _, old := range shifts {
			share.Group = append(share.Group, p.Share.Group[old])
		}
		q.Share = &share
	}
	for _, old := range classes.list {
		service := make([]int32, len(t.nodes))
		for x, node := range t.nodes {
			service[x] = p.Service[old][node]
		}
		q.Service = append(q.Service, service)
		if p.Setup != nil {
			setup := make([]int32, len(t.nodes))
			for x, node := range t.nodes {
				setup[x] = p.Setup[old][node]
			}
			q.Setup = append(q.Setup, setup)
		}
	}
	q.Places = len(used)
	bases := map[int32]int32{}
	for i, old := range metrics.list {
		m := &p.Metrics[old]
		base, ok := bases[m.Base]
		if ok {
			q.Metrics = append(q.Metrics, m.like(&q.Metrics[base]))
		} else {
			base = int32(i)
			bases[m.Base] = base
			q.Metrics = append(q.Metrics, m.among(p.Places, used, clock))
		}
		q.Metrics[i].Base = base
	}
	if q.SealUntil(clock); clock != nil && clock.done {
		return nil
	}
	return t
}

// numbers counts up from 0 in the order in which they are met.
type numbers struct {
	to   map[int32]int32
	list []int32
}

func (n *numbers) of(old int32) int32 {
	if n.to == nil {
		n.to = map[int32]int32{}
	}
	i, ok := n.to[old]
	if !ok {
		i = int32(len(n.list))
		n.to[old] = i
		n.list = append(n.list, old)
	}
	return i
}

// among is the metric over some of the places; when the time is over, what is left of it is zero.
func (m *Metric) among(places int, some []int32, clock *Clock) Metric {
	n := len(some)
	out := Metric{Weight: m.Weight, PerMetre: m.PerMetre, Slices: m.Slices, Seconds: make([]int32, n*n), SecondsT: make([]int32, n*n)}
	if m.Cost != nil || m.Priced {
		out.Cost = make([]int64, n*n)
	}
	if m.Wide != nil && m.Wide.Metres != nil {
		out.Metres = make([]int32, n*n)
	}
	if m.Metres != nil {
		for _, a := range some {
			for _, b := range some {
				out.Metres = append(out.Metres, m.Metres[int(a)*places+int(b)])
			}
		}
	}
	for i, a := range some {
		if clock.Over(16 * n) { // they lie far from each other
			break
		}
		if w := m.Wide; w != nil && w.Index[a] >= 0 {
			row := w.Seconds[w.Index[a]*w.Side : (w.Index[a]+1)*w.Side]
			for k, b := range some {
				if at := w.Index[b]; at >= 0 {
					seconds := min(row[at], Horizon)
					out.Seconds[i*n+k], out.SecondsT[k*n+i] = seconds, seconds
				}
			}
			if w.Metres != nil {
				row := w.Metres[w.Index[a]*w.Side : (w.Index[a]+1)*w.Side]
				for k, b := range some {
					if at := w.Index[b]; at >= 0 {
						out.Metres[i*n+k] = row[at]
					}
				}
			}
			continue
		}
		for k, b := range some {
			seconds, cost := m.way(places, a, b)
			out.Seconds[i*n+k], out.SecondsT[k*n+i] = seconds, seconds
			if out.Cost != nil {
				out.Cost[i*n+k] = cost
			}
		}
	}
	return out
}

// like is the metric over the places of another with the same seconds and metres.
func (m *Metric) like(base *Metric) Metric {
	return Metric{Weight: m.Weight, PerMetre: m.PerMetre, Seconds: base.Seconds, SecondsT: base.SecondsT, Metres: base.Metres}
}

// way is one way and, where costs are told apart from seconds, what it costs.
func (m *Metric) way(places int, from, to int32) (seconds int32, cost int64) {
	if m.Way != nil {
		return m.Way(from, to)
	}
	at := int(from)*places + int(to)
	if m.Cost != nil {
		cost = m.Cost[at]
	}
	return m.Seconds[at], cost
}

// orders are the part's nodes of the whole problem's orders, by the part's shifts.
func (t *part) orders(routes [][]int32) [][]int32 {
	out := make([][]int32, len(t.shifts))
	for i, s := range t.shifts {
		for _, x := range routes[s] {
			out[i] = append(out[i], t.nodeOf[x])
		}
	}
	return out
}

// back puts the part's orders into the whole problem's.
func (t *part) back(routes [][]int32, own [][]int32) {
	for i, s := range t.shifts {
		routes[s] = routes[s][:0:0]
		for _, x := range own[i] {
			routes[s] = append(routes[s], t.nodes[x])
		}
	}
}
