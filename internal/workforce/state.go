package workforce

import "slices"

// Transition is one row of the state table.
type Transition struct {
	From  []State
	Act   string
	To    State
	Event string
}

// Transitions is the whole state table of a person.
var Transitions = []Transition{
	{From: []State{StateActive}, Act: "suspend", To: StateSuspended, Event: "engineer.suspended.v1"},
	{From: []State{StateSuspended}, Act: "resume", To: StateActive, Event: "engineer.resumed.v1"},
	{From: []State{StateActive, StateSuspended}, Act: "leave", To: StateLeft, Event: "engineer.left.v1"},
	{From: []State{StateLeft}, Act: "rejoin", To: StateActive, Event: "engineer.resumed.v1"},
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

// nextActs lists the acts that the person's state allows.
func (e Engineer) nextActs() []string {
	out := []string{}
	for _, t := range Transitions {
		if slices.Contains(t.From, e.State) {
			out = append(out, t.Act)
		}
	}
	return out
}
