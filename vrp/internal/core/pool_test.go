package core

import (
	"math/rand/v2"
	"testing"
)

// choice is a problem of some shifts and tasks of which only the numbers count.
func choice(shifts, tasks int) *Problem {
	p := &Problem{Places: 1, Metrics: []Metric{{Seconds: []int32{0}, SecondsT: []int32{0}}}, Service: [][]int32{make([]int32, tasks)}}
	var all []int32
	for i := range shifts {
		p.Shifts = append(p.Shifts, Shift{To: 1})
		all = append(all, int32(i))
	}
	for t := range tasks {
		p.Place, p.Task = append(p.Place, 0), append(p.Task, int32(t))
		p.First, p.Second = append(p.First, int32(t)), append(p.Second, -1)
		p.Windows = append(p.Windows, []Window{{0, 1}})
		p.Priority, p.Drop, p.Able = append(p.Priority, 0), append(p.Drop, 0), append(p.Able, all)
	}
	p.Seal()
	return p
}

// cheapest tries every choice of columns. What two do costs as if both did it.
func cheapest(p *Problem, columns []column, penalty []int64) int64 {
	best := int64(1) << 60
	done := make([]int, p.Tasks())
	var try func(shift int, cost int64)
	try = func(shift int, cost int64) {
		if shift == len(p.Shifts) {
			for t, n := range done {
				if n == 0 {
					cost += penalty[t]
				}
			}
			best = min(best, cost)
			return
		}
		try(shift+1, cost)
		for _, c := range columns {
			if int(c.shift) != shift {
				continue
			}
			for _, t := range c.tasks {
				done[t]++
			}
			try(shift+1, cost+c.cost)
			for _, t := range c.tasks {
				done[t]--
			}
		}
	}
	try(0, 0)
	return best
}

func TestCoverFindsTheCheapestChoice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := choice(2+r.IntN(4), 3+r.IntN(6))
		l := newPool(p)
		penalty := make([]int64, p.Tasks())
		for i := range penalty {
			penalty[i] = 10 + r.Int64N(300)
		}
		for range 6 * len(p.Shifts) {
			c := column{shift: int32(r.IntN(len(p.Shifts))), cost: 20 + r.Int64N(200)}
			for x := range int32(p.Tasks()) {
				if r.IntN(3) == 0 {
					c.tasks, c.nodes = append(c.tasks, x), append(c.nodes, x)
				}
			}
			if len(c.tasks) > 0 {
				l.columns = append(l.columns, c)
			}
		}
		want := cheapest(p, l.columns, penalty)
		c := newCover(l, penalty, func() bool { return false })
		c.dual(make(plan, len(p.Shifts))) // nothing is done in the best plan known
		if c.bound > want {
			t.Fatalf("seed %d: the bound is %d, the cheapest choice costs %d", seed, c.bound, want)
		}
		got := c.known
		if found := c.search(); found != nil {
			got = 0
			done := make([]bool, p.Tasks())
			used := make([]bool, len(p.Shifts))
			for _, i := range found {
				col := &l.columns[i]
				if used[col.shift] {
					t.Fatalf("seed %d: two choices of shift %d", seed, col.shift)
				}
				used[col.shift] = true
				got += col.cost
				for _, x := range col.tasks {
					done[x] = true
				}
			}
			for x, ok := range done {
				if !ok {
					got += penalty[x]
				}
			}
		}
		if got != want {
			t.Errorf("seed %d: the choice costs %d, the cheapest %d", seed, got, want)
		}
	}
}

func TestPoolShrinks(t *testing.T) {
	t.Parallel()
	p := choice(2, 4)
	l := newPool(p)
	for i := range int32(4) {
		l.columns = append(l.columns, column{shift: i % 2, tasks: []int32{i}, nodes: []int32{i}, cost: int64(i)})
	}
	l.shrink([]int64{3, 0, 2, 1}, []int32{0})
	var got []int64
	for i, c := range l.columns {
		got = append(got, c.cost)
		if at, ok := l.index[l.key(c.shift, c.tasks)]; !ok || int(at) != i {
			t.Errorf("column %d is found at %d", i, at)
		}
	}
	if len(got) != 3 || got[0] != 0 || got[1] != 1 || got[2] != 3 {
		t.Errorf("columns that cost %v stay, want 0, 1 and 3", got)
	}
}
