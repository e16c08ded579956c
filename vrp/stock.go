package vrp

import "anxin/vrp/internal/core"

// item is a tool or a kind of part that some work needs.
type item struct {
	code string
	part bool
}

// stock numbers the items that work needs; of what nobody needs nothing is asked.
func (c *compiled) stock() {
	c.items = map[item]int32{}
	add := func(j *Job) {
		for _, tool := range j.Tools {
			c.item(item{code: tool})
		}
		for _, part := range j.Parts {
			if part.Count > 0 {
				c.item(item{part.Code, true})
			}
		}
	}
	for i := range c.p.Jobs {
		if j := &c.p.Jobs[i]; !j.Fixed {
			add(j)
		}
	}
	for i := range c.p.Shipments {
		add(&c.p.Shipments[i].Pickup)
		add(&c.p.Shipments[i].Delivery)
	}
	c.core.Items = len(c.items)
}

func (c *compiled) item(it item) {
	if _, ok := c.items[it]; !ok {
		c.items[it] = int32(len(c.items))
	}
}

// stockOf is what an engineer has along of each item.
func (c *compiled) stockOf(e *Engineer) []int64 {
	if len(c.items) == 0 {
		return nil
	}
	out := make([]int64, len(c.items))
	for _, tool := range e.Tools {
		if i, ok := c.items[item{code: tool}]; ok {
			out[i] = 1
		}
	}
	for _, part := range e.Parts {
		if i, ok := c.items[item{part.Code, true}]; ok {
			out[i] += part.Count
		}
	}
	return out
}

// uses is what a job takes from the stock.
func (c *compiled) uses(j *Job) []core.Use {
	var out []core.Use
	for _, tool := range j.Tools {
		out = append(out, core.Use{Item: c.items[item{code: tool}]})
	}
	sum := map[int32]int{} // where in out
	for _, part := range j.Parts {
		if part.Count == 0 {
			continue
		}
		i := c.items[item{part.Code, true}]
		if k, ok := sum[i]; ok {
			out[k].Amount += part.Count
			continue
		}
		sum[i] = len(out)
		out = append(out, core.Use{Item: i, Amount: part.Count})
	}
	return out
}

// counters gives each counter that has anything a node, and each node its uses.
func (c *compiled) counters(put func(n node, task int) int32) {
	if len(c.items) == 0 {
		return
	}
	for i := range c.p.Counters {
		at := &c.p.Counters[i]
		has := make([]bool, len(c.items))
		some := false
		take := func(it item) {
			if k, ok := c.items[it]; ok {
				has[k], some = true, true
			}
		}
		for _, tool := range at.Tools {
			take(item{code: tool})
		}
		for _, part := range at.Parts {
			take(item{part, true})
		}
		for k := range has {
			has[k] = has[k] || at.All
		}
		if !some && !at.All {
			continue
		}
		job := &Job{ID: at.ID, Place: at.Place, Service: at.Service, Windows: at.Windows}
		c.core.Counters = append(c.core.Counters, core.Counter{Node: put(node{kind: Fetch, index: i, job: job}, -1), Has: has})
	}
	c.core.Uses = make([][]core.Use, c.core.Nodes())
	for x, n := range c.nodes {
		if n.kind != Fetch {
			c.core.Uses[x] = c.uses(n.job)
		}
	}
}
