package vrp

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"anxin/vrp/internal/core"
)

// ErrUnsupported is wrapped by the error about a part of the model that a search or a board does not honour.
var ErrUnsupported = errors.New("not supported")

// compiled is a problem in the numbers of the search.
type compiled struct {
	p            *Problem
	core         *core.Problem
	origin       int64
	shifts       []Stop // by core's shift, its engineer and shift
	places       map[int]int32
	unit         int64 // core's costs to one of money
	begun        map[Stop]*begun
	nodes        []node // by core's node
	tasks        []taskRef
	ties         *ties        // nil where nothing hangs together
	out          map[int]bool // jobs that are not to be done
	group        int          // as in Options
	clock        *core.Clock
	held         int // jobs that are fixed
	heldPriority int64
	items        map[item]int32
	siteOf       map[string]int32
	bases        map[int]int32   // of core's metrics, by profile, the one whose ways those that are not weighed share
	setups       bool            // some work has any
	types        map[string]bool // of engineers for whom some work takes another time
}

// node is what core's node stands for.
type node struct {
	kind   Kind
	index  int
	job    *Job
	amount []int64 // what a pickup loads
	held   bool    // the start is that of the plan before
}

// taskRef is what core's task stands for; job is the one whose names and needs count.
type taskRef struct {
	job      *Job
	index    int
	shipment bool
}

// compileFor turns a problem that Check accepts into core's, with the instants of ties where work hangs together, and without the
// jobs in out. When the budget of a search is over before all is ready, the error is errOver.
func compileFor(p *Problem, t *ties, out map[int]bool, o *Options) (*compiled, error) {
	c := &compiled{
		p: p, core: &core.Problem{Levels: p.Objective.Mode == Levels}, places: map[int]int32{}, bases: map[int]int32{}, types: map[string]bool{}, unit: 1, ties: t, out: out, group: o.group,
		clock: core.NewClock(o.ended),
	}
	if err := c.span(); err != nil {
		return nil, err
	}
	c.money()
	if err := c.fixed(); err != nil {
		return nil, err
	}
	c.stock()
	c.jobs()
	if c.clock.Now() {
		return nil, errOver
	}
	if err := c.engineers(); err != nil {
		return nil, err
	}
	if !c.clock.Now() {
		c.able()
	}
	if !c.clock.Now() {
		c.assign()
		c.shares()
	}
	switch {
	case c.clock.Now():
		return nil, errOver
	case c.large():
		c.core.FrameUntil(c.clock)
	default:
		c.core.SealUntil(c.clock)
	}
	if c.clock.Now() {
		return nil, errOver
	}
	return c, nil
}

// span puts the origin before all shifts.
func (c *compiled) span() error {
	from, to := shiftSpan(c.p)
	if to-from > MaxSpan {
		return bad("%d s between the first shift and the end of the last, at most %d", to-from, MaxSpan)
	}
	c.origin = from - 1
	return nil
}

// shiftSpan is from the first shift to the end of the last.
func shiftSpan(p *Problem) (from, to int64) {
	from, to = math.MaxInt64, math.MinInt64
	for _, e := range p.Engineers {
		for _, s := range e.Shifts {
			from, to = min(from, s.Window.From), max(to, s.Window.To+s.Overtime)
		}
	}
	if from > to {
		return 0, 0
	}
	return from, to
}

// money makes core's costs finer than money where something is priced by the hour or kilometre.
func (c *compiled) money() {
	fine := false
	for i := range c.p.Engineers {
		o := &c.p.Engineers[i].Costs
		fine = fine || o.PerHour > 0 || o.PerTravelHour > 0 || o.PerWorkHour > 0 || o.PerKM > 0 || o.OvertimePerHour > 0
	}
	for i := range c.p.Jobs {
		fine = fine || c.p.Jobs[i].Due != nil
	}
	for i := range c.p.Shipments {
		fine = fine || c.p.Shipments[i].Pickup.Due != nil || c.p.Shipments[i].Delivery.Due != nil
	}
	if fine {
		c.unit = 18000 // both 3600 and 1000 divide it
	}
}

// due is the price of a job's start in core's costs, nil where it has none.
func (c *compiled) due(j *Job) *core.Due {
	d, minds := j.Due, minded(&c.p.Objective, j)
	if d == nil && !minds {
		return nil
	}
	out := &core.Due{At: core.Horizon}
	if d != nil {
		out.At, out.PerSecond = c.instant(d.At+d.Grace), d.PerHour*(c.unit/3600)
		if d.Breach != 0 {
			out.Breach, out.Fee = c.instant(d.Breach), d.BreachFee*c.unit
		}
	}
	if minds {
		out.Promised, out.Margin, out.PerMissing = c.windows(j.Windows), length(c.p.Objective.Margin), c.p.Objective.MarginCost*c.unit
	}
	return out
}

// instant is a time of core, within what it knows.
func (c *compiled) instant(t int64) int32 { return int32(min(max(t-c.origin, 0), core.Horizon-1)) }

func length(seconds int64) int32 { return int32(min(seconds, core.Horizon)) }

// windows leaves out what lies before all shifts or after them.
func (c *compiled) windows(windows []Window) []core.Window {
	var out []core.Window
	for _, w := range windows {
		if w.To > c.origin && w.From-c.origin < core.Horizon {
			out = append(out, core.Window{From: c.instant(w.From), To: c.instant(w.To)})
		}
	}
	return out
}

// place is the index of a place that is used.
func (c *compiled) place(place int) int32 {
	i, ok := c.places[place]
	if !ok {
		i = int32(len(c.places))
		c.places[place] = i
	}
	return i
}

func (c *compiled) jobs() {
	q := c.core
	due := false
	put := func(n node, task int) int32 {
		j := n.job
		x := int32(len(q.Place))
		c.nodes = append(c.nodes, n)
		q.Task = append(q.Task, int32(task))
		q.Floating = append(q.Floating, j.Place == NoPlace)
		if j.Place == NoPlace { // its place comes last
			q.Place = append(q.Place, 0)
		} else {
			q.Place = append(q.Place, c.place(j.Place))
			c.setups = c.setups || j.Setup > 0 || len(j.ByType) > 0
		}
		for kind := range j.ByType {
			c.types[kind] = true
		}
		price := c.due(j)
		q.Due = append(q.Due, price)
		due = due || price != nil
		windows := []core.Window{{From: 0, To: core.Horizon - 1}}
		if len(j.Windows) > 0 {
			windows = c.windows(j.Windows)
		}
		if c.ties != nil && n.kind == Work {
			windows = c.narrowed(windows, c.ties.start(n.index))
		}
		if len(windows) == 0 || n.kind == Work && c.out[n.index] { // before all shifts
			windows = []core.Window{{From: 0, To: 0}}
		}
		q.Windows = append(q.Windows, windows)
		q.Dims = max(q.Dims, len(j.Takes), len(j.Brings))
		return x
	}
	for i := range c.p.Jobs {
		if c.clock.Over(200) {
			return
		}
		j := &c.p.Jobs[i]
		if j.Fixed {
			c.held++
			c.heldPriority += j.Priority
			q.Dims = max(q.Dims, len(j.Takes), len(j.Brings))
			continue
		}
		for range max(1, j.Crew) {
			c.tasks = append(c.tasks, taskRef{job: j, index: i})
			q.First = append(q.First, put(node{kind: Work, index: i, job: j}, len(q.First)))
			q.Second = append(q.Second, -1)
			q.Priority = append(q.Priority, j.Priority)
			q.Drop = append(q.Drop, j.DropCost*c.unit)
		}
	}
	for i := range c.p.Shipments {
		if c.clock.Over(400) {
			return
		}
		s := &c.p.Shipments[i]
		c.tasks = append(c.tasks, taskRef{job: &s.Delivery, index: i, shipment: true})
		q.First = append(q.First, put(node{kind: Pickup, index: i, job: &s.Pickup, amount: s.Amount}, len(q.First)))
		q.Second = append(q.Second, put(node{kind: Delivery, index: i, job: &s.Delivery}, len(q.Second)))
		q.Priority = append(q.Priority, s.Delivery.Priority)
		q.Drop = append(q.Drop, s.Delivery.DropCost*c.unit)
		q.Dims = max(q.Dims, len(s.Amount))
	}
	c.promises(put)
	c.counters(put)
	c.sites()
	if !due {
		q.Due = nil
	}
	q.Takes, q.Brings, q.Amount = make([]int64, q.Dims*q.Nodes()), make([]int64, q.Dims*q.Nodes()), make([]int64, q.Dims*q.Nodes())
	for x, n := range c.nodes {
		copy(q.Takes[x*q.Dims:], n.job.Takes)
		copy(q.Brings[x*q.Dims:], n.job.Brings)
		copy(q.Amount[x*q.Dims:], n.amount)
	}
}

func (c *compiled) engineers() error {
	q := c.core
	var mean float64 // work of an engineer, as if everything were served
	for _, n := range c.nodes {
		if !n.held && n.kind != Fetch {
			mean += float64(n.job.Service) / float64(max(1, len(c.p.Engineers)))
		}
	}
	metrics := map[metric]int32{}
	classes := map[string]int32{}
	var order []metric
	for i := range c.p.Engineers {
		e := &c.p.Engineers[i]
		m := metric{e.Profile, e.Costs.PerTravelHour, e.Costs.PerKM}
		if _, ok := metrics[m]; !ok {
			metrics[m] = int32(len(metrics))
			order = append(order, m)
		}
		if c.clock.Over(1000) {
			return errOver
		}
		class := c.class(e, classes)
		for k := range e.Shifts {
			s := &e.Shifts[k]
			shift := core.Shift{
				From: c.instant(s.Window.From), To: c.instant(s.Window.To + s.Overtime),
				Start: c.place(s.Start), End: c.place(s.End),
				Metric: metrics[m], Class: class, MaxNodes: int32(min(s.MaxJobs, math.MaxInt32)),
				Capacity: make([]int64, q.Dims), Activation: e.Costs.Activation * c.unit,
			}
			copy(shift.Capacity, e.Capacity)
			shift.Stock = c.stockOf(e)
			shift.MaxTravel, shift.MaxMetres = s.MaxTravel, s.MaxMetres
			shift.Breaks = c.breaks(s, c.breakOrder(Stop{Engineer: i, Shift: k}))
			c.goOn(&shift, c.begun[Stop{Engineer: i, Shift: k}])
			shift.Rates = core.Rates{
				Duration: c.p.Objective.Duration * c.unit, Paid: e.Costs.PerHour * (c.unit / 3600),
				Overtime: e.Costs.OvertimePerHour * (c.unit / 3600), Regular: c.instant(s.Window.To),
			}
			if f := c.p.Objective.Fairness; f > 0 {
				shift.Rates.Fair, shift.Rates.Mean = float64(f)*float64(c.unit)/(3600*3600), mean/float64(len(e.Shifts))
			}
			q.Shifts = append(q.Shifts, shift)
			c.shifts = append(c.shifts, Stop{Engineer: i, Shift: k})
		}
	}
	if len(q.Service) == 0 {
		c.class(&Engineer{}, classes)
	}
	for x, floats := range q.Floating {
		if floats {
			q.Place[x] = c.place(NoPlace)
		}
	}
	q.Places = len(c.places)
	for _, m := range order {
		c.metric(m)
	}
	if c.clock.Now() {
		return errOver
	}
	return nil
}

// breaks are in the order in which they have to begin.
func (c *compiled) breaks(s *Shift, order []int) []core.Break {
	var out []core.Break
	for _, i := range order {
		b := core.Break{Windows: c.windows(s.Breaks[i].Windows), Length: length(s.Breaks[i].Length), Paid: s.Breaks[i].Paid}
		if s.Breaks[i].MaxLoad != nil {
			b.Most = make([]int64, c.core.Dims)
			copy(b.Most, s.Breaks[i].MaxLoad)
		}
		if len(b.Windows) == 0 { // never possible: the shift cannot be used
			b.Windows = []core.Window{{From: 0, To: 0}}
		}
		out = append(out, b)
	}
	return out
}

// breakOrder is the order in which the search takes the breaks of a shift that are not over.
func (c *compiled) breakOrder(at Stop) []int {
	order := breakOrder(&c.p.Engineers[at.Engineer].Shifts[at.Shift])
	if b := c.begun[at]; b != nil {
		order = slices.DeleteFunc(order, func(k int) bool { return slices.Contains(b.rests, k) })
	}
	return order
}

// goOn lets a shift begin where and when its fixed work ends.
func (c *compiled) goOn(s *core.Shift, b *begun) {
	if b == nil {
		return
	}
	s.Begun, s.Activation, s.Site = true, 0, c.siteOf[b.site]
	s.From, s.Start = c.instant(b.end), c.place(b.place)
	if s.MaxNodes > 0 {
		if s.MaxNodes -= int32(len(b.jobs)); s.MaxNodes <= 0 {
			s.MaxNodes = core.Closed
		}
	}
	s.Lead = make([]int64, c.core.Dims)
	copy(s.Lead, b.most)
	for d, brings := range b.brings {
		s.Capacity[d] -= brings
		s.Lead[d] -= brings
		for k := range s.Breaks {
			if s.Breaks[k].Most != nil {
				s.Breaks[k].Most[d] -= brings
			}
		}
	}
}

// breakOrder is the order in which the search takes a shift's breaks: by the end of their last window.
func breakOrder(s *Shift) []int {
	order := make([]int, len(s.Breaks))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		wa, wb := s.Breaks[a].Windows, s.Breaks[b].Windows
		return cmp.Or(cmp.Compare(wa[len(wa)-1].To, wb[len(wb)-1].To), cmp.Compare(wa[0].From, wb[0].From))
	})
	return order
}

// class is the index of the services of everyone who is as efficient as the engineer.
func (c *compiled) class(e *Engineer, classes map[string]int32) int32 {
	var trades []string
	for trade, pct := range e.Efficiency {
		if trade != "" && pct != 100 {
			trades = append(trades, fmt.Sprintf("%d %q", pct, trade))
		}
	}
	if c.types[e.Type] {
		trades = append(trades, fmt.Sprintf("type %q", e.Type))
	}
	slices.Sort(trades)
	name := strings.Join(trades, "\n")
	if i, ok := classes[name]; ok {
		return i
	}
	service := make([]int32, c.core.Nodes())
	c.clock.Over(20 * len(service))
	for x := range service {
		j := c.nodes[x].job
		service[x] = length(serviceFor(j, e))
		if j.Place == NoPlace {
			service[x] = length(lengthFor(j, e, NoPlace))
		}
	}
	if c.setups {
		setup := make([]int32, c.core.Nodes())
		for x := range setup {
			if j := c.nodes[x].job; j.Place != NoPlace {
				setup[x] = length(setupFor(j, e))
			}
		}
		c.core.Setup = append(c.core.Setup, setup)
	}
	i := int32(len(c.core.Service))
	classes[name] = i
	c.core.Service = append(c.core.Service, service)
	return i
}

// Problems of so many shifts and tasks are searched in groups of shifts.
const (
	largeShifts = 100
	largeTasks  = 400
	// So many tasks are searched in groups whoever there is to do them: their matrix would be too large.
	manyTasks = 2000
)

// able fills in who has the names, skills and papers for a task; core sees to the rest.
func (c *compiled) able() {
	alike := map[string][]int32{} // by pins and needs
	crews := map[int]int{}
	for t := range c.core.Tasks() {
		j := c.tasks[t].job
		key := kindOf(j)
		able, ok := alike[key]
		if c.clock.Over(20) {
			return
		}
		if !ok {
			c.clock.Over(20 * len(c.shifts))
			for i, at := range c.shifts {
				if mayDo(j, &c.p.Engineers[at.Engineer], at.Shift) {
					able = append(able, int32(i))
				}
			}
			alike[key] = able
		}
		if j.Crew > 1 && noLength(j) {
			// Work of no length lets one engineer be both: the even engineers are one half of such a crew, the odd the other.
			half := crews[c.tasks[t].index] % 2
			crews[c.tasks[t].index]++
			able = slices.DeleteFunc(slices.Clone(able), func(s int32) bool { return c.shifts[s].Engineer%2 != half })
		}
		c.core.Able = append(c.core.Able, able)
	}
}

// noLength says whether a job may take somebody no time.
func noLength(j *Job) bool {
	none := j.Service == 0
	for _, t := range j.ByType {
		none = none || t.Service == 0
	}
	return none
}

// mayDo says whether an engineer is allowed to do a job and knows how to.
func mayDo(j *Job, e *Engineer, shift int) bool {
	if j.Pinned != "" && j.Pinned != e.ID || slices.Contains(j.Excluded, e.ID) {
		return false
	}
	level, certified := e.levels(len(j.Needs)), e.Shifts[shift].certified(len(j.Needs))
	for _, n := range j.Needs {
		if level(n.Skill) < max(n.Level, 1) || n.Certificate && !certified(n.Skill) {
			return false
		}
	}
	return true
}

// assign fills in what depends on who does a task alone.
func (c *compiled) assign() {
	o := &c.p.Objective
	worked := slices.ContainsFunc(c.p.Engineers, func(e Engineer) bool { return e.Costs.PerWorkHour > 0 })
	if o.Preference == 0 && o.Overqualified == 0 && c.core.Alt == nil && !worked {
		return
	}
	n := len(c.shifts)
	c.core.Assign = make([]int64, c.core.Tasks()*n)
	for t := range c.core.Tasks() {
		if c.clock.Over(10 * len(c.core.Able[t])) {
			return
		}
		j := c.tasks[t].job
		for _, s := range c.core.Able[t] {
			e := &c.p.Engineers[c.shifts[s].Engineer]
			cost := (overqualified(o, j, e) - preference(o, j, e) + moved(o, j)) * c.unit
			if rate := e.Costs.PerWorkHour * (c.unit / 3600); rate > 0 { // but for setup that is spared
				cost += rate * lengthFor(j, e, NoPlace)
				if c.tasks[t].shipment {
					cost += rate * lengthFor(&c.p.Shipments[c.tasks[t].index].Pickup, e, NoPlace)
				}
			}
			c.core.Assign[t*n+int(s)] = cost
		}
	}
}

// sites numbers them from 1, by node; where visits cost nothing nobody asks.
func (c *compiled) sites() {
	c.siteOf = map[string]int32{"": 0}
	if c.p.Objective.Visit == 0 {
		return
	}
	some := false
	sites := make([]int32, c.core.Nodes())
	for x, n := range c.nodes {
		if n.job.Place == NoPlace || n.kind == Fetch {
			continue
		}
		if _, ok := c.siteOf[n.job.Site]; !ok {
			c.siteOf[n.job.Site] = int32(len(c.siteOf))
		}
		sites[x] = c.siteOf[n.job.Site]
		some = some || sites[x] > 0
	}
	if some {
		c.core.Site, c.core.Visit = sites, c.p.Objective.Visit*c.unit
	}
}

// shared says whether the shares of outlets cost anything.
func (p *Problem) shared() bool { return p.Objective.Share > 0 && len(p.Shares) > 0 }

// shares tells the search which shifts are whose, and the work that has begun.
func (c *compiled) shares() {
	if !c.p.shared() {
		return
	}
	s := &core.Share{Base: make([]int64, len(c.p.Shares)), Price: float64(c.p.Objective.Share) * float64(c.unit) / (3600 * 3600)}
	group := make(map[string]int32, len(c.p.Shares))
	for i, share := range c.p.Shares {
		group[share.Outlet] = int32(i)
		s.Wish = append(s.Wish, share.PerMille)
	}
	for _, at := range c.shifts {
		g, ok := group[c.p.Engineers[at.Engineer].Outlet]
		if !ok {
			g = -1
		}
		s.Group = append(s.Group, g)
		if b := c.begun[at]; b != nil {
			for _, st := range b.steps {
				if st.Kind != Work {
					continue
				}
				if s.All += st.Length; g >= 0 {
					s.Base[g] += st.Length
				}
			}
		}
	}
	c.core.Share = s
}

// promises gives each job that had a place in the plan before a second node, for the same start with the same engineer.
func (c *compiled) promises(put func(n node, task int) int32) {
	q := c.core
	if c.p.Objective.Stability == 0 || !slices.ContainsFunc(c.tasks, func(t taskRef) bool { return t.job.Was != nil }) {
		return
	}
	index := map[Stop]int32{}
	for e := range c.p.Engineers {
		for k := range c.p.Engineers[e].Shifts {
			index[Stop{Engineer: e, Shift: k}] = int32(len(index))
		}
	}
	for t, ref := range c.tasks {
		q.Alt, q.AltShift, q.AltSaves = append(q.Alt, -1), append(q.AltShift, -1), append(q.AltSaves, 0)
		was := ref.job.Was
		if was == nil || ref.shipment {
			continue
		}
		x := put(node{kind: Work, index: ref.index, job: ref.job, held: true}, t)
		q.Windows[x] = c.narrowed(q.Windows[q.First[t]], Window{From: was.Start, To: was.Start})
		if len(q.Windows[x]) == 0 {
			q.Windows[x] = []core.Window{{From: 0, To: 0}}
		}
		q.Alt[t], q.AltShift[t] = x, index[Stop{Engineer: was.Engineer, Shift: was.Shift}]
		q.AltSaves[t] = moved(&c.p.Objective, ref.job) * c.unit
	}
}

// moved is what it costs when work is not done where it was.
func moved(o *Objective, j *Job) int64 {
	if j.Was == nil {
		return 0
	}
	price := o.Stability
	if ahead := j.Was.Start - o.AsOf; o.Near > 0 && ahead < o.Near {
		near := 1000 * (o.Near - max(ahead, 0)) / o.Near
		price += o.Stability * o.Rush / 100 * near / 1000
	}
	if !j.Promised {
		price /= 2
	}
	return price
}

func preference(o *Objective, j *Job, e *Engineer) int64 {
	if slices.Contains(j.Preferred, e.ID) {
		return o.Preference
	}
	return 0
}

// overqualified is the cost of the levels that an engineer has beyond a job's needs.
func overqualified(o *Objective, j *Job, e *Engineer) int64 {
	var spare int64
	level := e.levels(len(j.Needs))
	for _, n := range j.Needs {
		spare += int64(max(0, level(n.Skill)-max(n.Level, 1)))
	}
	return spare * o.Overqualified
}
