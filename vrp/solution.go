package vrp

// Solution is a plan.
type Solution struct {
	Routes   []Route    // of shifts that have jobs, by engineer and shift
	Unserved []Unserved // by the order of the problem
	Cost     Cost
}

// Route is what one engineer does in one shift.
type Route struct {
	Engineer, Shift int // indices into Problem.Engineers and its Shifts
	Steps           []Step
}

// Kind says what happens at a step.
type Kind int

// The kinds of steps.
const (
	Start Kind = iota
	Work
	Pickup
	Delivery
	Rest
	End
	Fetch // of tools and parts at a counter
)

// Step is one thing on a route.
type Step struct {
	Kind    Kind
	Index   int   // into Problem.Jobs, Shipments or Counters, or of the break within its shift; -1 at start and end
	Place   int   // where; where the engineer is during a rest is not told: NoPlace
	Arrival int64 // when the way, what of it is left after a rest, has ended
	Wait    int64 // seconds until the work or rest starts
	Length  int64 // seconds of work or rest
	Travel  int64 // seconds on the way since the start of the route
	Load    []int64
}

// Begin is when the work or rest starts.
func (s Step) Begin() int64 { return s.Arrival + s.Wait }

// Unserved is work that nobody does. Index is into Problem.Jobs, or into Shipments when Shipment is set.
type Unserved struct {
	Index    int
	Shipment bool
	Reasons  []Reason
}

// Cost is what a plan costs, part by part.
type Cost struct {
	Served         int   // jobs and shipments
	PriorityServed int64 // sum
	Unserved       int
	DropCost       int64 // of what is unserved
	Travel         int64 // seconds
	Metres         int64
	Duration       int64 // seconds
	Overtime       int64 // seconds
	Money          int64 // of engineers: activation, hours, kilometres, overtime
	Lateness       int64 // by [Due]
	Preference     int64
	Overqualified  int64
	Stability      int64
	Margin         int64 // of promised work that starts near the end of its window
	Visit          int64 // of visits at sites
	Fairness       int64
	Share          int64
	Total          int64 // the sum that the objective makes of them; in mode Levels without unserved work
}

// Better tells whether c comes before o in a mode.
func (c Cost) Better(o Cost, m Mode) bool {
	if m == Levels {
		if c.PriorityServed != o.PriorityServed {
			return c.PriorityServed > o.PriorityServed
		}
		if c.Served != o.Served {
			return c.Served > o.Served
		}
	}
	return c.Total < o.Total
}
