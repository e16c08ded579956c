package orders

import (
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// VisitID names a visit.
type VisitID string

// VisitState is where a visit stands.
type VisitState string

// States of a visit.
const (
	VisitStatePlanned    VisitState = "planned"
	VisitStateDispatched VisitState = "dispatched" // the engineer was told
	VisitStateAccepted   VisitState = "accepted"
	VisitStateTravelling VisitState = "travelling"
	VisitStateOnSite     VisitState = "on_site"
	VisitStateFinished   VisitState = "finished"
	VisitStateFailed     VisitState = "failed"
	VisitStateCancelled  VisitState = "cancelled"
)

// VisitStates lists them in their order.
var VisitStates = []VisitState{
	VisitStatePlanned, VisitStateDispatched, VisitStateAccepted, VisitStateTravelling, VisitStateOnSite, VisitStateFinished, VisitStateFailed, VisitStateCancelled,
}

// VisitTransitions is the state table of a visit.
var VisitTransitions = []Transition[VisitState]{
	{Act: "dispatch", From: []VisitState{VisitStatePlanned}, To: []VisitState{VisitStateDispatched}, Who: PermPlan, Event: "visit.dispatched.v1"},
	{Act: "accept", From: []VisitState{VisitStateDispatched}, To: []VisitState{VisitStateAccepted}, Who: PermField, Event: "visit.accepted.v1"},
	{Act: "decline", From: []VisitState{VisitStateDispatched, VisitStateAccepted}, To: []VisitState{VisitStatePlanned}, Who: PermField, Reason: "visit.decline", Event: "visit.declined.v1"},
	{Act: "reschedule", From: []VisitState{VisitStatePlanned, VisitStateDispatched, VisitStateAccepted}, To: []VisitState{VisitStatePlanned}, Who: PermPlan, Reason: "visit.reschedule", Event: "visit.rescheduled.v1"},
	{Act: "depart", From: []VisitState{VisitStateAccepted}, To: []VisitState{VisitStateTravelling}, Who: PermField, Event: "visit.departed.v1"},
	{Act: "arrive", From: []VisitState{VisitStateTravelling}, To: []VisitState{VisitStateOnSite}, Guard: "the place is compared, not enforced", Who: PermField, Event: "visit.arrived.v1"},
	{Act: "finish", From: []VisitState{VisitStateOnSite}, To: []VisitState{VisitStateFinished}, Guard: "an outcome for every order", Who: PermField, Event: "visit.finished.v1"},
	{Act: "fail", From: []VisitState{VisitStateAccepted, VisitStateTravelling, VisitStateOnSite}, To: []VisitState{VisitStateFailed}, Who: PermField, Reason: "visit.fail", Event: "visit.failed.v1"},
	{Act: "cancel", From: []VisitState{VisitStatePlanned, VisitStateDispatched, VisitStateAccepted, VisitStateTravelling}, To: []VisitState{VisitStateCancelled}, Who: PermPlan, Reason: "visit.cancel", Event: "visit.cancelled.v1"},
}

// Outcome is what a visit did for one order.
type Outcome string

// Outcomes of a visit. The first four complete the order; the others break it off and wish for the next
// visit of the same order at once.
const (
	OutcomeFixed         Outcome = "fixed"
	OutcomeGuided        Outcome = "guided"
	OutcomeNoFault       Outcome = "no_fault_found"
	OutcomeDeclined      Outcome = "declined_by_customer"
	OutcomeNeedsPart     Outcome = "needs_part"
	OutcomeSecondVisit   Outcome = "second_visit"
	OutcomeQuoteApproval Outcome = "quote_approval"
	OutcomeDepot         Outcome = "depot"
	OutcomeAnotherSkill  Outcome = "another_skill"
)

// Outcomes lists them all.
var Outcomes = []Outcome{
	OutcomeFixed, OutcomeGuided, OutcomeNoFault, OutcomeDeclined, OutcomeNeedsPart, OutcomeSecondVisit, OutcomeQuoteApproval, OutcomeDepot, OutcomeAnotherSkill,
}

// Completes tells whether the outcome ends the work.
func (o Outcome) Completes() bool {
	return slices.Contains([]Outcome{OutcomeFixed, OutcomeGuided, OutcomeNoFault, OutcomeDeclined}, o)
}

// waitsFor is who an incomplete order waits for after the outcome; "" for nobody.
func (o Outcome) waitsFor() WaitFor {
	switch o {
	case OutcomeNeedsPart:
		return "part"
	case OutcomeQuoteApproval:
		return "customer"
	}
	return ""
}

// Visit is one trip, or remote or depot session, of one or more engineers to one place.
type Visit struct {
	ID         VisitID
	Number     string
	State      VisitState
	Mode       catalog.Mode
	BrandID    catalog.BrandID
	OutletID   outlets.ID
	OutletPath string
	Orders     []VisitOrder
	Members    []Member // the first leads; who was taken off is not here
	Start      time.Time
	End        time.Time
	Day        calendar.Date // of Start, in the outlet's zone
	Zone       string
	Division   string
	Lat, Lon   *float64

	// Share says that the engineer shows his position while travelling.
	Share       bool
	DelayedBy   time.Duration // announced to the customer
	Distance    *float64      // metres between the place and where the engineer said he arrived
	PlaceWhy    reason.List   // how the place was judged
	Reason      string
	Blame       catalog.Responsibility
	Origin      string
	Conflicts   int64 // field acts that came too late to count
	DispatchAt  *time.Time
	AcceptedAt  *time.Time
	DepartedAt  *time.Time
	ArrivedAt   *time.Time
	EndedAt     *time.Time // finished, failed or cancelled
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int64
	Replayed    bool // the answer to an act that was done before
	Conflicting bool // the act raised a conflict and changed nothing
}

// VisitOrder is one order that a visit serves.
type VisitOrder struct {
	OrderID  ID
	Position int64
	Outcome  Outcome // empty until finished
	Reason   string
	Dropped  bool // taken off the visit meanwhile
}

// Member is an engineer of a visit, with his own times.
type Member struct {
	EngineerID workforce.EngineerID
	Lead       bool
	DepartedAt *time.Time
	ArrivedAt  *time.Time
	LeftAt     *time.Time
}

// Open tells whether the visit is still to be made or under way.
func (v Visit) Open() bool {
	return v.State != VisitStateFinished && v.State != VisitStateFailed && v.State != VisitStateCancelled
}

// Movable tells whether the customer of its order may still have another time by himself: nobody is on the way, and no
// other order hangs on the visit.
func (v Visit) Movable() bool {
	return len(v.Orders) == 1 && (v.State == VisitStatePlanned || v.State == VisitStateDispatched || v.State == VisitStateAccepted)
}

// Lead is the engineer in charge; "" when there is none.
func (v Visit) Lead() workforce.EngineerID {
	if len(v.Members) == 0 {
		return ""
	}
	return v.Members[0].EngineerID
}

// Engineers lists the members' ids, the lead first.
func (v Visit) Engineers() []workforce.EngineerID {
	out := make([]workforce.EngineerID, len(v.Members))
	for i, m := range v.Members {
		out[i] = m.EngineerID
	}
	return out
}

// OrderIDs lists the orders that the visit serves now.
func (v Visit) OrderIDs() []ID {
	out := make([]ID, 0, len(v.Orders))
	for _, o := range v.Orders {
		if !o.Dropped {
			out = append(out, o.OrderID)
		}
	}
	return out
}

// Point is the visit's place; ok is false while unknown.
func (v Visit) Point() (p geo.Point, ok bool) {
	if v.Lat == nil || v.Lon == nil {
		return geo.Point{}, false
	}
	return geo.Point{Lat: *v.Lat, Lon: *v.Lon, Datum: geo.WGS84}, true
}

func (v Visit) member(e workforce.EngineerID) int {
	return slices.IndexFunc(v.Members, func(m Member) bool { return m.EngineerID == e })
}

func (v Visit) allowed(act string) error {
	for _, t := range VisitTransitions {
		if t.Act == act && slices.Contains(t.From, v.State) {
			return nil
		}
	}
	return ErrVisitState.With("act", act, "state", string(v.State))
}

// NextActs lists the acts that the state allows.
func (v Visit) NextActs() []string {
	out := []string{}
	for _, t := range VisitTransitions {
		if slices.Contains(t.From, v.State) {
			out = append(out, t.Act)
		}
	}
	return out
}

// move is the only place where a visit's state changes.
func (v *Visit) move(act string, at time.Time) error {
	if err := v.allowed(act); err != nil {
		return err
	}
	i := slices.IndexFunc(VisitTransitions, func(t Transition[VisitState]) bool { return t.Act == act })
	v.State = VisitTransitions[i].To[0]
	switch v.State {
	case VisitStatePlanned:
		v.DispatchAt, v.AcceptedAt = nil, nil
	case VisitStateDispatched:
		v.DispatchAt = &at
	case VisitStateAccepted:
		v.AcceptedAt = &at
	case VisitStateTravelling:
		v.DepartedAt = &at
	case VisitStateOnSite:
		v.ArrivedAt = &at
	case VisitStateFinished, VisitStateFailed, VisitStateCancelled:
		v.EndedAt = &at
	}
	return nil
}

// Rules of judging an arrival.
const (
	// NearBy is how far from the place an arrival may be said without remark.
	NearBy = 300.0 // metres
)

// judgePlace compares where the engineer said he was with the visit's place. It never refuses.
func (v Visit) judgePlace(at *geo.Point) (distance *float64, why reason.List) {
	place, known := v.Point()
	switch {
	case v.Mode != catalog.ModeVisit:
		why.Add(reason.Noted("orders.arrival_elsewhere").With("mode", string(v.Mode)))
	case !known:
		why.Add(reason.Warned("orders.arrival_place_unknown"))
	case at == nil || at.Check() != nil:
		why.Add(reason.Warned("orders.arrival_without_position"))
	default:
		d := float64(int64(geo.Distance(place, *at) + 0.5))
		distance = &d
		r := reason.Passed("orders.arrival_distance")
		if d > NearBy {
			r = reason.Warned("orders.arrival_distance")
		}
		why.Add(r.Compared(int64(d), int64(NearBy)))
	}
	return distance, why
}

// WishID names a wish.
type WishID string

// Wish says that an order needs another visit, and why: raised when a visit ends without completing the
// order, met by the next one that is planned.
type Wish struct {
	ID       WishID
	OrderID  ID
	VisitID  VisitID // that ended without completing
	Why      Outcome // or "failed"
	Reason   string
	Earliest *time.Time
	Skill    catalog.SkillCode
	State    string // "open", "met", "dropped"
	MetBy    VisitID
	RaisedAt time.Time
}

// WishFailed is the reason of a wish after a vain visit.
const WishFailed Outcome = "failed"

// States of a wish.
const (
	WishOpen    = "open"
	WishMet     = "met"
	WishDropped = "dropped"
)
