package dispatch

import (
	"slices"
	"strings"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/reason"
)

// Load is what a board amounts to.
type Load struct {
	Visits   int   `json:"visits" doc:"planned and done, without windows that are only held"`
	Unserved int   `json:"unserved" doc:"work looked at that nobody does"`
	Travel   int64 `json:"travel_s" doc:"seconds on the way"`
	Work     int64 `json:"work_s" doc:"seconds on site"`
	Overtime int64 `json:"overtime_s" doc:"seconds on site outside of shifts"`
	Busy     int   `json:"busy" doc:"engineers' days with work"`
}

// Comparison is what a plan would change on the board that it was made for.
type Comparison struct {
	Before   Load `json:"before"`
	After    Load `json:"after"`
	Added    int  `json:"added" doc:"visits that are new"`
	Moved    int  `json:"moved" doc:"visits that get another time or other engineers"`
	Dropped  int  `json:"dropped" doc:"visits that nobody can keep"`
	Unserved int  `json:"unserved" doc:"work that finds nobody"`
	Touched  int  `json:"promised_touched" doc:"promised visits among those moved or dropped"`
	Broken   int  `json:"promised_broken" doc:"of these: begun outside of the promised window, or dropped"`
	// Shares are the parts of all work that groups of outlets should do, and do; only where the policy weighs them.
	Shares []ShareDone `json:"shares,omitempty"`
}

// ShareDone is how much of all work the engineers of an outlet, and of those below it, do.
type ShareDone struct {
	OutletID outlets.ID `json:"outlet_id"`
	Target   int64      `json:"target_per_mille"`
	Before   int64      `json:"before_per_mille"`
	After    int64      `json:"after_per_mille"`
}

// Notes of what a policy weighs.
const (
	noteSameSite = "dispatch.same_site" // right before or after another order of the household
	noteNear     = "dispatch.near"      // moved so many minutes before it begins, at so many per cent more
	noteMargin   = "dispatch.margin"    // begins so many minutes before the promised window ends, of those wanted
)

// Kinds of differences.
const (
	DiffAdded    = "added"
	DiffMoved    = "moved"
	DiffDropped  = "dropped"
	DiffUnserved = "unserved"
)

// Placing is who does something when.
type Placing struct {
	Engineers []planner.EngineerID `json:"engineers" doc:"the lead first"`
	Date      calendar.Date        `json:"date" format:"date"`
	Start     time.Time            `json:"start"`
	End       time.Time            `json:"end"`
}

// Difference is one thing that a plan changes, or could not help.
type Difference struct {
	Kind     string         `json:"kind" enum:"added,moved,dropped,unserved"`
	Orders   []orders.ID    `json:"orders"`
	Visit    orders.VisitID `json:"visit_id,omitempty" doc:"that is moved or dropped"`
	From     *Placing       `json:"from,omitempty" doc:"as it stands now; for new work: as it was reserved"`
	To       *Placing       `json:"to,omitempty"`
	Promised *planner.Span  `json:"promised,omitempty" doc:"the window that the customer was told"`
	Broken   bool           `json:"promise_broken,omitempty"`
	Travel   int64          `json:"travel_s" doc:"seconds on the way that it takes more; negative: less"`
	Reasons  reason.List    `json:"reasons" doc:"why it moves, what it costs, or why nobody can"`
}

// stop is one piece of work of an engineer's day.
type stop struct {
	job   planner.JobID
	place int
	from  time.Time
	to    time.Time
}

type routeKey struct {
	engineer planner.EngineerID
	date     calendar.Date
}

const (
	visitPrefix = "visit:"
	claimPrefix = "claim:"
)

func isClaim(id planner.JobID) bool { return strings.HasPrefix(string(id), claimPrefix) }

// visitOf is the visit that an assignment moves; "" for new work.
func visitOf(a planner.Assignment) orders.VisitID {
	if a.Visit != "" {
		return orders.VisitID(a.Visit)
	}
	if id, ok := strings.CutPrefix(string(a.Job), visitPrefix); ok {
		return orders.VisitID(id)
	}
	return ""
}

// routesOf lists what engineers do by day, by start.
func routesOf(s *planner.Snapshot) map[routeKey][]stop {
	out := map[routeKey][]stop{}
	for _, v := range s.Visits {
		for _, e := range v.Engineers {
			k := routeKey{e, v.Date}
			out[k] = append(out[k], stop{v.Job.ID, v.Job.Place, v.Start, v.End})
		}
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b stop) int { return a.from.Compare(b.from) })
	}
	return out
}

// way is the seconds between two places, none where there is no place or no way.
func way(s *planner.Snapshot, from, to int) int64 {
	if from == planner.NoPlace || to == planner.NoPlace || from == to || s.Travel == nil {
		return 0
	}
	sec, _ := s.Travel.At(from, to)
	if sec < 0 || sec >= geo.Unreachable {
		return 0
	}
	return int64(sec)
}

// travel is the seconds on the way of a day that begins at home, at the hours at which he is; a job may be left out.
func travel(s *planner.Snapshot, e *planner.Engineer, d *planner.Day, list []stop, without planner.JobID) int64 {
	var sum int64
	at := e.Home
	for _, x := range list {
		if x.job == without || x.place == planner.NoPlace {
			continue
		}
		sum += int64(d.Takes(time.Duration(way(s, at, x.place))*time.Second, x.from) / time.Second)
		at = x.place
	}
	return sum
}

// outside is how long a time lies outside of spans, in seconds.
func outside(from, to time.Time, spans ...planner.Span) int64 {
	left := to.Sub(from)
	for _, sp := range spans {
		a, b := sp.From, sp.To
		if from.After(a) {
			a = from
		}
		if to.Before(b) {
			b = to
		}
		if b.After(a) {
			left -= b.Sub(a)
		}
	}
	return max(0, int64(left/time.Second))
}

// loadOf adds up a snapshot's days; overtime is what lies outside of the shifts of days, which are those of the
// snapshot unless others are given.
func loadOf(s *planner.Snapshot) Load {
	var out Load
	routes := routesOf(s)
	seen := map[planner.JobID]bool{}
	for _, e := range s.Engineers {
		for _, d := range e.Days {
			list := routes[routeKey{e.ID, d.Date}]
			if len(list) == 0 {
				continue
			}
			out.Busy++
			out.Travel += travel(s, &e, &d, list, "")
			for _, x := range list {
				out.Work += int64(x.to.Sub(x.from) / time.Second)
				out.Overtime += outside(x.from, x.to, d.Shifts...)
				if !isClaim(x.job) && !seen[x.job] {
					seen[x.job] = true
					out.Visits++
				}
			}
		}
	}
	return out
}

// comparer finds what a plan changes between two snapshots with the same places.
type comparer struct {
	w             *world
	before, after *planner.Snapshot
	was, will     map[routeKey][]stop
	people        map[planner.EngineerID]*planner.Engineer
	kept          map[orders.ID]Reservation
	why           func(d *Difference) // adds why something moves
}

// compare says what a plan changes. before is the board now, after the board with the plan; kept is what was
// reserved for orders.
func compare(w *world, before, after planner.Snapshot, p planner.Plan, kept map[orders.ID]Reservation, why func(d *Difference)) (Comparison, []Difference) {
	c := comparer{w: w, before: &before, after: &after, was: routesOf(&before), will: routesOf(&after), people: map[planner.EngineerID]*planner.Engineer{}, kept: kept, why: why}
	for i := range before.Engineers {
		c.people[before.Engineers[i].ID] = &before.Engineers[i]
	}
	out := Comparison{Before: loadOf(&before), After: loadOf(&after)}
	list := c.differences(p)
	for _, d := range list {
		switch d.Kind {
		case DiffAdded:
			out.Added++
		case DiffMoved:
			out.Moved++
		case DiffDropped:
			out.Dropped++
		default:
			out.Unserved++
		}
		if d.Visit != "" && d.Promised != nil {
			out.Touched++
			if d.Broken {
				out.Broken++
			}
		}
	}
	out.After.Unserved = out.Dropped + out.Unserved
	out.Shares = c.shares()
	return out, list
}

func (c *comparer) differences(p planner.Plan) []Difference {
	out := []Difference{}
	dropped := map[orders.VisitID]bool{}
	for _, a := range p.Assignments {
		if d, ok := c.assigned(a); ok {
			out = append(out, d)
		}
	}
	for _, u := range p.Unserved {
		v := visitOf(planner.Assignment{Job: u.Job})
		if v != "" {
			dropped[v] = true
		}
		out = append(out, c.left(orders.ID(u.Job), v, u.Reasons))
	}
	for _, id := range p.Dropped {
		if v := orders.VisitID(id); !dropped[v] {
			out = append(out, c.left("", v, nil))
		}
	}
	return out
}

func (c *comparer) assigned(a planner.Assignment) (Difference, bool) {
	d := Difference{Kind: DiffAdded, Visit: visitOf(a), To: &Placing{a.Engineers, a.Date, a.Start, a.End}, Reasons: reason.List{}}
	job := a.Job
	if d.Visit == "" {
		d.Orders = []orders.ID{orders.ID(a.Job)}
		if r, ok := c.kept[orders.ID(a.Job)]; ok && r.EngineerID != "" {
			d.From = &Placing{[]planner.EngineerID{planner.EngineerID(r.EngineerID)}, r.Date, r.Start, r.End}
		}
	} else {
		v, ok := c.w.visit(d.Visit)
		if !ok {
			return d, false
		}
		d.Kind, d.Orders, d.From = DiffMoved, v.OrderIDs(), placingOf(v)
		if slices.Equal(d.From.Engineers, a.Engineers) && d.From.Start.Equal(a.Start) && d.From.End.Equal(a.End) {
			return d, false
		}
		d.Travel -= c.marginal(c.before, c.was, d.From, job)
	}
	d.Travel += c.marginal(c.after, c.will, d.To, job)
	c.promise(&d)
	if c.why != nil {
		c.why(&d)
	}
	c.weighed(&d, job)
	d.Reasons.Add(reason.Noted(noteFits).Compared(d.Travel/60, 0))
	return d, true
}

// weighed tells what of the policy showed in where something is placed.
func (c *comparer) weighed(d *Difference, job planner.JobID) {
	if at := c.w.sites[job]; at != "" {
		list := c.will[routeKey{d.To.Engineers[0], d.To.Date}]
		i := slices.IndexFunc(list, func(x stop) bool { return x.job == job })
		beside := func(k int) bool { return k >= 0 && k < len(list) && c.w.sites[list[k].job] == at }
		if i >= 0 && (beside(i-1) || beside(i+1)) {
			d.Reasons.Add(reason.Noted(noteSameSite))
		}
	}
	if d.Promised == nil {
		return
	}
	weights := &c.before.Weights
	if d.Kind == DiffMoved && weights.Rush > 0 && weights.Near > 0 {
		if ahead := int64(d.From.Start.Sub(c.before.Now) / time.Second); ahead < weights.Near {
			more := weights.Rush * (weights.Near - max(0, ahead)) / weights.Near
			d.Reasons.Add(reason.Noted(noteNear).Compared(max(0, ahead)/60, more))
		}
	}
	if left := int64(d.Promised.To.Sub(d.To.Start) / time.Second); weights.MarginPrice > 0 && left >= 0 && left < weights.Margin {
		d.Reasons.Add(reason.Noted(noteMargin).Compared(left/60, weights.Margin/60))
	}
}

// shares compares the parts of the work with what the policy asks for.
func (c *comparer) shares() []ShareDone {
	group := map[planner.EngineerID]planner.OutletID{}
	for _, e := range c.before.Engineers {
		group[e.ID] = e.Group
	}
	work := func(routes map[routeKey][]stop) (of map[planner.OutletID]int64, all int64) {
		of = map[planner.OutletID]int64{}
		for k, list := range routes {
			for _, x := range list {
				if !isClaim(x.job) {
					n := int64(x.to.Sub(x.from) / time.Second)
					of[group[k.engineer]] += n
					all += n
				}
			}
		}
		return of, max(1, all)
	}
	was, before := work(c.was)
	will, after := work(c.will)
	var out []ShareDone
	for _, g := range c.before.Weights.Shares {
		out = append(out, ShareDone{outlets.ID(g.Group), g.PerMille, was[g.Group] * 1000 / before, will[g.Group] * 1000 / after})
	}
	return out
}

// marginal is the seconds on the way that a job takes where it is placed.
func (c *comparer) marginal(s *planner.Snapshot, routes map[routeKey][]stop, p *Placing, job planner.JobID) int64 {
	var sum int64
	for _, id := range p.Engineers {
		e, list := c.people[id], routes[routeKey{id, p.Date}]
		if e == nil { // of people who are not in the snapshot only the ways between places are known
			e = &planner.Engineer{Home: planner.NoPlace}
		}
		d := &planner.Day{}
		if i := slices.IndexFunc(e.Days, func(d planner.Day) bool { return d.Date == p.Date }); i >= 0 {
			d = &e.Days[i]
		}
		sum += travel(s, e, d, list, "") - travel(s, e, d, list, job)
	}
	return sum
}

func (c *comparer) left(order orders.ID, v orders.VisitID, why reason.List) Difference {
	d := Difference{Kind: DiffUnserved, Visit: v, Orders: []orders.ID{order}, Reasons: listed(why)}
	if v != "" {
		d.Kind, d.Orders = DiffDropped, []orders.ID{}
		if visit, ok := c.w.visit(v); ok {
			d.Orders, d.From = visit.OrderIDs(), placingOf(visit)
			d.Travel = -c.marginal(c.before, c.was, d.From, planner.JobID(visitPrefix+string(v)))
		}
		if c.why != nil {
			c.why(&d)
		}
	}
	c.promise(&d)
	return d
}

// promise notes the promised window and whether it is kept.
func (c *comparer) promise(d *Difference) {
	for _, id := range d.Orders {
		o, ok := c.w.known[id]
		if !ok || o.Promised.IsZero() {
			continue
		}
		d.Promised = &planner.Span{From: o.Promised.From, To: o.Promised.To}
		d.Broken = d.To == nil || d.To.Start.Before(o.Promised.From) || d.To.Start.After(o.Promised.To)
		return
	}
}

func placingOf(v orders.Visit) *Placing {
	out := &Placing{Date: v.Day, Start: v.Start, End: v.End}
	for _, e := range v.Engineers() {
		out.Engineers = append(out.Engineers, planner.EngineerID(e))
	}
	return out
}

// visit finds a visit of the snapshot.
func (w *world) visit(id orders.VisitID) (orders.Visit, bool) {
	i := slices.IndexFunc(w.visits, func(v orders.Visit) bool { return v.ID == id })
	if i < 0 {
		return orders.Visit{}, false
	}
	return w.visits[i], true
}
