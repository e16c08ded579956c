package vrp

// Problem is all that a search knows. Nobody changes it while it is searched.
type Problem struct {
	Jobs      []Job
	Shipments []Shipment
	Engineers []Engineer
	Sequences []Sequence
	Counters  []Counter
	Shares    []Share
	Places    int      // how many places Travel knows
	Travel    []Matrix // by profile
	Objective Objective
}

// Window is a stretch of time, both ends included.
type Window struct{ From, To int64 }

// Need is a skill that a job takes.
type Need struct {
	Skill string
	Level int // at least; 0 counts as 1
	// Certificate says that the law wants a paper for it, valid on the day: see [Shift.Certificates].
	Certificate bool
}

// Job is work at one place.
type Job struct {
	ID      string // not empty, unique among jobs and shipments' ends
	Place   int    // NoPlace: done from anywhere, without a way
	Service int64  // seconds of work for an engineer of efficiency 100
	Setup   int64  // seconds before the work that are spared when the stop before is at the same place
	// Site is the household, building or plant where it is done: work at one site, one after the other with at most rests and work
	// without a place between, is one visit; see [Objective.Visit]. "" is none, as for work without a place.
	Site  string
	Trade string // whose efficiency counts; "" is always 100
	// ByType has Service and Setup for engineers of some types; the others have those above.
	ByType map[string]Times
	// Windows within which the work starts, rising and apart; none is any time.
	Windows []Window
	Due     *Due // what starting late costs; nil costs nothing
	// Priority counts what is served; see [Objective]. From 0 to MaxPriority.
	Priority int64
	DropCost int64 // in money, what it costs not to serve it
	Needs    []Need
	// Takes is loaded at the start of the route and leaves the van here, Brings is loaded here and stays aboard until the
	// end; a number per dimension of capacity, missing ones are 0.
	Takes, Brings []int64
	// Tools have to be along and stay, Parts are used up; what the engineer has neither with them nor fetched before, at a
	// [Counter], the job cannot be done without. They need no room aboard.
	Tools     []string
	Parts     []Part
	Crew      int      // engineers who start at the same time; 0 counts as 1, 2 is the most
	Pinned    string   // the only engineer who may do it
	Preferred []string // engineers who know the place or the customer
	Excluded  []string // engineers who must not come
	// Promised says that the customer was told Windows[…] and Was; moving it costs [Objective.Stability].
	Promised bool
	Was      *Stop // where the plan before had it; nil is nowhere
	// Fixed work is begun, travelled to or done: it stays with the engineer and at the time of Was, and nothing is put before it.
	Fixed bool
}

// Times of a job, in seconds; see [Job].
type Times struct{ Service, Setup int64 }

// NoPlace is the place of work that needs no way.
const NoPlace = -1

// Bounds of what a problem may hold: beyond them a number is a mistake.
const (
	MaxPriority = 1_000_000
	MaxTime     = 1 << 40 // seconds, either side of the origin
	MaxCost     = 1 << 40
	MaxLoad     = 1 << 40
	MaxCrew     = 2
	MaxBreaks   = 8 // a shift
	MaxCounters = 128
)

// Due prices lateness piece by piece: nothing until At + Grace, PerHour from there on, BreachFee at once when Breach is passed.
type Due struct {
	At, Grace int64
	PerHour   int64
	Breach    int64 // instant; 0 is never
	BreachFee int64
}

// Stop says who starts a job when.
type Stop struct {
	Engineer, Shift int // indices into Problem.Engineers and its Shifts
	Start           int64
}

// Shipment is fetched at one place and used at another, by the same engineer, the pickup before the delivery.
// It is served whole or not at all; needs, priority, drop cost and who may do it are those of the delivery.
type Shipment struct {
	Pickup, Delivery Job
	Amount           []int64 // aboard from the pickup to the delivery
}

// Engineer is a person who can be sent.
type Engineer struct {
	ID         string
	Outlet     string
	Profile    int // index into Problem.Travel
	Skills     []Skill
	Type       string         // see [Job.ByType]
	Efficiency map[string]int // per cent by trade; 100 where missing: 125 needs four fifths of the time
	Capacity   []int64        // of the van, by dimension
	// Tools and Parts are in the van at the start of each shift, for what is not fixed: what fixed work uses is not among them.
	Tools  []string
	Parts  []Part
	Costs  Costs
	Shifts []Shift // in order of time, apart
}

// Part is a kind of spare part and how many of it. Where a kind is listed twice, the counts add up.
type Part struct {
	Code  string
	Count int64
}

// Counter is where tools and parts are fetched on the way: an outlet, a depot, a dealer. What it has does not run out; after
// a stop there the engineer has enough of it until the end of the shift.
type Counter struct {
	ID      string
	Place   int
	Service int64    // seconds of a stop
	Windows []Window // within which a stop begins, rising and apart; none is any time
	Tools   []string // that it has
	Parts   []string // kinds that it has
	All     bool     // it has everything
}

// Skill is a skill with its level, 1 and more.
type Skill struct {
	Code  string
	Level int
}

// Costs of an engineer, in money.
type Costs struct {
	Activation int64 // for each shift with a job in it
	PerHour    int64 // of travel, work and waiting
	PerTravelHour,
	PerWorkHour, // of work on jobs, setup included
	PerKM int64
	OvertimePerHour int64 // beyond the end of a shift, on top of PerHour
}

// Shift is one stretch of work of an engineer, for which one route is made.
type Shift struct {
	Window       Window // leaves no earlier than From, is back by To
	Overtime     int64  // seconds beyond To that the law and the engineer allow
	Start, End   int    // places; NoPlace for an end is where the last job is, for a start where the first is
	Breaks       []Break
	MaxJobs      int      // 0 is no bound
	MaxTravel    int64    // seconds on the way, those behind fixed work; 0 is no bound
	MaxMetres    int64    // the same in metres
	Certificates []string // skills whose papers are valid on this day
}

// Break is a rest of Length seconds on end that begins within one of its windows. Appointments are breaks with one
// narrow window.
type Break struct {
	ID      string
	Windows []Window
	Length  int64
	Paid    bool    // PerHour is paid during it, as during an appointment
	MaxLoad []int64 // what may be aboard during it, by dimension; nil is no bound
}

// Sequence says that work on Then starts at least Lag seconds after the work on First has ended, whoever does them. Then is
// served only when First is.
type Sequence struct {
	First, Then string // job ids
	Lag         int64
}

// Matrix holds the ways between places for one profile. Seconds[from*Places+to]; Metres and Cost may be nil. A
// way of Unreachable seconds does not exist.
type Matrix struct {
	Seconds []int32
	Metres  []int32
	Cost    []int32 // what the objective counts for travel instead of Seconds; nil is Seconds
	Ways    Ways    // instead of all three; nil is none
	// Unweighed says that the objective counts nothing for a way but what the engineer costs by the hour on the way and by the
	// kilometre: vehicles that cost differently share one matrix. There is no Cost then.
	Unweighed bool
	// Timed says that Ways tell no cost of their own where there are Slices: what counts is how long a way takes when it is travelled.
	Timed bool
	// Slices say how fast it is when: Seconds are those of speed 1000. With them, what the objective counts for a way, where no
	// Cost is told, and what counts as travel and is paid, is how long it takes when it is travelled, but for ways to fixed work,
	// whose time is a fact. Nil is always as fast.
	Slices []Slice
}

// Slice is how fast the ways of a profile are from an instant on, until the next: at speed 500 they take twice as long. Each
// second on the way covers its part, so that who leaves later never arrives earlier. A way takes whole seconds.
type Slice struct {
	From  int64 // what is before the first has its speed
	Speed int64 // thousandths, from 1 to MaxSpeed
}

// Unreachable is the length in seconds of a way that does not exist.
const Unreachable = 1 << 30

// Share is the part of all work that the engineers of an outlet should do; see [Objective.Share].
type Share struct {
	Outlet   string
	PerMille int64 // of the seconds of work of the whole plan; of all outlets together at most 1000
}

// Mode says how the parts of the objective weigh against each other.
type Mode int

const (
	// Levels compares level by level: priority served, number served, then the rest in one sum. It is what VROOM does.
	Levels Mode = iota
	// Money adds everything up, unserved work by its DropCost.
	Money
)

// Objective weighs what a plan costs. The zero value serves the highest sum of priorities, then the most jobs, then
// with the least travel.
type Objective struct {
	Mode Mode
	// Travel is the cost of a second of the way, Duration of a second between leaving the start and reaching the end, where
	// leaving is put off as long as nothing ends later. Both zero count as Travel 1. Costs of engineers come on top.
	Travel, Duration int64
	// Preference is what serving by a preferred engineer is worth, Overqualified what each level of skill too many costs.
	Preference, Overqualified int64
	// Stability is what moving promised work to another engineer or start costs, half of it for work that is only planned. It
	// grows as the start that the plan before had comes near: by Rush per cent of itself where that is at AsOf or before, by
	// nothing where it is Near seconds after AsOf or more, and between them evenly, in whole thousandths. Near 0 is no growth.
	Stability        int64
	AsOf, Near, Rush int64
	// Margin is how many seconds before the end of its window promised work starts at the latest without cost; each second that it
	// starts later costs MarginCost: a plan in which nothing may go wrong is not worth as much. It is not asked of fixed work.
	Margin, MarginCost int64
	// Visit is what each visit of an engineer at a site costs, so that orders of one site are done together; see [Job].
	Visit int64
	// Fairness is the cost of a squared hour of work beyond the mean of all engineers.
	Fairness int64
	// Share is the cost of a squared hour of work by which an outlet does more or less than its part of all work; see [Share].
	Share int64
}
