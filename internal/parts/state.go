package parts

import "slices"

// State of a transfer or of an old part.
type State string

// The states of a transfer.
const (
	Shipped   State = "shipped"
	Received  State = "received"
	Cancelled State = "cancelled"
)

// The states of an old part; it shares Received with transfers.
const (
	Owed   State = "owed"
	Waived State = "waived"
)

// Transition is one row of a state table.
type Transition struct {
	Record string // "transfer" or "oldpart"
	From   []State
	Act    string
	To     State
	Event  string
}

// Transitions is the state table; docs/modules/parts.md is made from it.
var Transitions = []Transition{
	{Record: "transfer", From: []State{Shipped}, Act: "receive", To: Received, Event: "transfer.received.v1"},
	{Record: "transfer", From: []State{Shipped}, Act: "cancel", To: Cancelled, Event: "transfer.cancelled.v1"},
	{Record: "oldpart", From: []State{Owed}, Act: "receive", To: Received, Event: "oldpart.received.v1"},
	{Record: "oldpart", From: []State{Owed}, Act: "waive", To: Waived, Event: "oldpart.waived.v1"},
}

// next is the state that an act leads to, or [ErrState].
func (s State) next(record, act string) (State, error) {
	for _, t := range Transitions {
		if t.Record == record && t.Act == act && slices.Contains(t.From, s) {
			return t.To, nil
		}
	}
	return s, ErrState.With("state", s, "act", act)
}
