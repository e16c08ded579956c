package planner

import (
	"slices"
	"time"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/reason"
)

// PartCode names a part by its code in the part master, or a tool: see [Tool].
type PartCode string

// PartNeed is a part that a job uses up, or a tool that has to be along.
type PartNeed struct {
	Code  PartCode
	Count int64
	Tool  bool // it is not used up
	// Kept are pieces that are reserved for this job, and where.
	Kept []Kept
}

// Kept are pieces that are reserved for a job: in somebody's van, or in an outlet's store.
type Kept struct {
	Engineer EngineerID
	Outlet   OutletID
	Count    int64
}

// Counter is the store of an outlet, where its engineers fetch what they lack.
type Counter struct {
	Outlet  OutletID
	Place   int
	Minutes int                // of a stop
	Free    map[PartCode]int64 // what nobody has reserved
}

// Fetch is a stop at a counter. One that begins and ends when the day begins is no stop of its own: the engineer begins his
// day there.
type Fetch struct {
	Engineer EngineerID    `json:"engineer"`
	Outlet   OutletID      `json:"outlet"`
	Date     calendar.Date `json:"date"`
	Start    time.Time     `json:"start"`
	End      time.Time     `json:"end"`
	Jobs     []JobID       `json:"jobs"`  // that need it
	Parts    []PartCode    `json:"parts"` // what is fetched
	way      time.Duration // to it and on, more than without
}

// inVan is how many pieces an engineer has along for a job.
func (e *Engineer) inVan(n *PartNeed) int64 {
	sum := max(0, e.Van[n.Code])
	for _, k := range n.Kept {
		if k.Engineer != "" && k.Engineer == e.ID {
			sum += k.Count
		}
	}
	return sum
}

// atCounter is how many pieces the store of his outlet has for a job.
func (e *Engineer) atCounter(n *PartNeed) int64 {
	if e.Counter == nil {
		return 0
	}
	sum := max(0, e.Counter.Free[n.Code])
	for _, k := range n.Kept {
		if k.Outlet != "" && k.Outlet == e.Counter.Outlet {
			sum += k.Count
		}
	}
	return sum
}

// carries tells whether an engineer has all along that a job takes.
func (e *Engineer) carries(j *Job) bool {
	return !slices.ContainsFunc(j.Parts, func(n PartNeed) bool { return e.inVan(&n) < n.Count })
}

// lacks are the parts that an engineer has to fetch for a job.
func (e *Engineer) lacks(j *Job) []PartCode {
	var out []PartCode
	for i := range j.Parts {
		if n := &j.Parts[i]; e.inVan(n) < n.Count {
			out = append(out, n.Code)
		}
	}
	return out
}

// ruleStock wants what a job takes in the van, or in the store of the engineer's outlet on a day on which that is open. The
// second of a crew brings nothing.
func ruleStock(e *Engineer, d *Day, j *Job, r role) reason.Reason {
	if r == helper {
		return reason.Passed(RuleStock)
	}
	for i := range j.Parts {
		n := &j.Parts[i]
		if e.inVan(n) >= n.Count || e.atCounter(n) >= n.Count && len(d.Counter) > 0 && j.Place != NoPlace {
			continue
		}
		return lacking(e, n)
	}
	return reason.Passed(RuleStock)
}

// lacking says that a part is neither in the van nor at the outlet; the value is what there is of it at the better place.
func lacking(e *Engineer, n *PartNeed) reason.Reason {
	return e.about(RuleStock, n).Compared(max(e.inVan(n), e.atCounter(n)), n.Count)
}

// closed says that a part is at the outlet, but cannot be fetched in time.
func closed(e *Engineer, n *PartNeed) reason.Reason { return e.about(RuleStockClosed, n) }

func (e *Engineer) about(code string, n *PartNeed) reason.Reason {
	at := e.OutletName
	if at == "" {
		at = string(e.Outlet)
	}
	return missing(code, n).With("outlet", string(e.Outlet)).With("at", at)
}

// nearby is how long a way may be between where a day begins and a counter that counts as the same place.
const nearby = 60

// loads tells whether an engineer begins a day, which has not begun yet, at the open counter of his outlet: what it has is
// aboard without a stop.
func (s *Snapshot) loads(e *Engineer, d *Day) bool {
	if e.Counter == nil || e.Home == NoPlace || e.Counter.Place == NoPlace || len(d.Shifts) == 0 || s.Now.After(d.Shifts[0].From) {
		return false
	}
	way, ok := s.leg(e.Home, e.Counter.Place)
	return ok && way <= nearby && slices.ContainsFunc(d.Counter, func(o Span) bool { return !d.Shifts[0].From.Before(o.From) && d.Shifts[0].From.Before(o.To) })
}
