package units

// State is what became of a unit.
type State string

// The states of a unit.
const (
	Active   State = "active"
	Replaced State = "replaced" // another unit was given for it
	Retired  State = "retired"  // scrapped, returned or out of use
)

// Transition is one row of the state table.
type Transition struct {
	From  []State
	Act   string
	To    State
	Event string
}

// Transitions is the state table; docs/modules/units.md is made from it.
var Transitions = []Transition{
	{From: []State{Active}, Act: "replace", To: Replaced, Event: "unit.replaced.v1"},
	{From: []State{Active}, Act: "retire", To: Retired, Event: "unit.retired.v1"},
	{From: []State{Retired}, Act: "restore", To: Active, Event: "unit.restored.v1"},
}

// next is the state that an act leads to, or [ErrState].
func (s State) next(act string) (State, error) {
	for _, t := range Transitions {
		if t.Act != act {
			continue
		}
		for _, from := range t.From {
			if from == s {
				return t.To, nil
			}
		}
	}
	return s, ErrState.With("state", s, "act", act)
}
