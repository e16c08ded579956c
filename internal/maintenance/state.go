package maintenance

import "slices"

// State is how a campaign stands.
type State string

// States of a campaign.
const (
	Draft     State = "draft"
	Approved  State = "approved"
	Started   State = "started"
	Closed    State = "closed"
	Cancelled State = "cancelled"
)

// UnitState is how one unit of a campaign stands.
type UnitState string

// States of a unit in a campaign.
const (
	Found       UnitState = "found"
	Notified    UnitState = "notified"
	Appointment UnitState = "appointment"
	Remedied    UnitState = "remedied"
	Unreachable UnitState = "unreachable"
	Refused     UnitState = "refused"
	Exempt      UnitState = "exempt"
	Gone        UnitState = "gone"
)

// UnitStates lists them in the order of the way.
var UnitStates = []UnitState{Found, Notified, Appointment, Remedied, Unreachable, Refused, Exempt, Gone}

// Transition is one row of a state table.
type Transition[S ~string] struct {
	Act    string
	From   []S
	To     []S // more than one: the guard chooses
	Guard  string
	Who    string
	Reason string // kind of the reason code that the act needs
	Event  string
}

// Transitions of a campaign.
var Transitions = []Transition[State]{
	{Act: "approve", From: []State{Draft}, To: []State{Approved}, Guard: "by another person than who wrote it; its words stand in both languages; some unit is concerned", Who: PermApprove, Event: "recall.approved.v1"},
	{Act: "withdraw", From: []State{Approved}, To: []State{Draft}, Who: PermEdit, Event: "recall.withdrawn.v1"},
	{Act: "start", From: []State{Approved}, To: []State{Started}, Guard: "a recall has the day on which the defect was found", Who: PermRun, Event: "recall.started.v1"},
	{Act: "close", From: []State{Started}, To: []State{Closed}, Guard: "the search has ended; open units need a reason; their marks stay", Who: PermRun, Reason: "recall.close", Event: "recall.closed.v1"},
	{Act: "cancel", From: []State{Draft, Approved, Started}, To: []State{Cancelled}, Guard: "marks of units that were not remedied are taken back", Who: PermRun, Reason: "recall.cancel", Event: "recall.cancelled.v1"},
}

// open are the states of units that still need something.
var open = []UnitState{Found, Notified, Appointment, Unreachable, Refused}

// UnitTransitions of a unit in a campaign.
var UnitTransitions = []Transition[UnitState]{
	{Act: "notify", From: []UnitState{Found, Notified, Unreachable}, To: []UnitState{Notified}, Guard: "its customer has a channel, or a letter is printed", Who: "rule", Event: "recall.unit_moved.v1"},
	{Act: "fail", From: []UnitState{Notified}, To: []UnitState{Found}, Guard: "no notice has arrived by any channel; a letter has to be printed", Who: "rule", Event: "recall.unit_moved.v1"},
	{Act: "give_up", From: []UnitState{Found, Notified}, To: []UnitState{Unreachable}, Guard: "all reminders are used up", Who: "rule", Event: "recall.unit_moved.v1"},
	{Act: "appoint", From: []UnitState{Found, Notified, Unreachable, Refused}, To: []UnitState{Appointment}, Guard: "an order is made for it, by the customer's link or by staff", Who: PermAct, Event: "recall.unit_moved.v1"},
	{Act: "lose", From: []UnitState{Appointment}, To: []UnitState{Notified, Refused}, Guard: "its order was cancelled, or ended without the remedy", Who: "rule", Event: "recall.unit_moved.v1"},
	{Act: "remedy", From: open, To: []UnitState{Remedied}, Guard: "its order is completed, or a person says how; its mark is cleared", Who: PermAct, Reason: "recall.remedy", Event: "recall.unit_moved.v1"},
	{Act: "reject", From: []UnitState{Remedied}, To: []UnitState{Appointment}, Guard: "the completion of its order was rejected; it is marked again", Who: "rule", Event: "recall.unit_moved.v1"},
	{Act: "refuse", From: []UnitState{Found, Notified, Appointment, Unreachable}, To: []UnitState{Refused}, Guard: "it keeps its mark", Who: PermAct, Reason: "recall.refuse", Event: "recall.unit_moved.v1"},
	{Act: "exempt", From: open, To: []UnitState{Exempt}, Guard: "it has no order; its mark is cleared", Who: PermAct, Reason: "recall.exempt", Event: "recall.unit_moved.v1"},
	{Act: "lost", From: open, To: []UnitState{Gone}, Guard: "it keeps its mark: nobody may sell it again", Who: PermAct, Reason: "recall.gone", Event: "recall.unit_moved.v1"},
	{Act: "return", From: []UnitState{Unreachable, Refused, Exempt, Gone}, To: []UnitState{Found}, Guard: "a new owner, or an error; it is marked and told again", Who: PermAct, Event: "recall.unit_moved.v1"},
}

// step finds where an act leads; to picks among several.
func step[S ~string](table []Transition[S], act string, from, to S) (S, error) {
	for _, t := range table {
		if t.Act != act || !slices.Contains(t.From, from) {
			continue
		}
		if len(t.To) == 1 {
			return t.To[0], nil
		}
		if slices.Contains(t.To, to) {
			return to, nil
		}
	}
	return from, ErrState.With("state", string(from), "act", act)
}

// acts are what people can do in a state.
func acts[S ~string](table []Transition[S], from S) []string {
	out := []string{}
	for _, t := range table {
		if t.Who != "rule" && slices.Contains(t.From, from) {
			out = append(out, t.Act)
		}
	}
	return out
}
