package outlets

import "slices"

// Transition is one row of the state table.
type Transition struct {
	From  []State
	Act   string
	To    State
	Event string
}

// Transitions is the whole state table of an outlet.
var Transitions = []Transition{
	{From: []State{StateActive}, Act: "suspend", To: StateSuspended, Event: "outlet.suspended.v1"},
	{From: []State{StateSuspended}, Act: "resume", To: StateActive, Event: "outlet.resumed.v1"},
	{From: []State{StateActive, StateSuspended}, Act: "close", To: StateClosed, Event: "outlet.closed.v1"},
}

// next is the state that an act leads to.
func next(from State, act string) (State, error) {
	for _, t := range Transitions {
		if t.Act == act && slices.Contains(t.From, from) {
			return t.To, nil
		}
	}
	return "", ErrState.With("state", string(from), "act", act)
}

// nextActs lists the acts that the outlet's state allows; the centre has none.
func (o Outlet) nextActs() []string {
	out := []string{}
	for _, t := range Transitions {
		if o.ID != Centre && slices.Contains(t.From, o.State) {
			out = append(out, t.Act)
		}
	}
	return out
}
