package orders

import (
	"slices"
	"time"
)

// State of an order.
type State string

// States of an order.
const (
	StateDraft      State = "draft"
	StateReady      State = "ready"
	StateOffered    State = "offered"
	StateAccepted   State = "accepted"
	StateScheduled  State = "scheduled"
	StateWorking    State = "working"
	StateSuspended  State = "suspended"
	StateIncomplete State = "incomplete"
	StateCompleted  State = "completed"
	StatePosted     State = "posted"
	StateCancelled  State = "cancelled"
)

// States lists them in their order.
var States = []State{
	StateDraft, StateReady, StateOffered, StateAccepted, StateScheduled, StateWorking, StateSuspended, StateIncomplete, StateCompleted,
	StatePosted, StateCancelled,
}

// Transition is one row of a state table.
type Transition[S ~string] struct {
	Act    string
	From   []S
	To     []S    // more than one: the guard chooses
	Guard  string // in words, for the docs
	Who    string // permission, or "rule" for what follows from another act
	Reason string // kind of the reason code that the act needs, which names the responsibility; empty for none
	Event  string
}

// Transitions is the state table of an order; docs/modules/orders.md is made from it.
var Transitions = []Transition[State]{
	{Act: "release", From: []State{StateDraft}, To: []State{StateReady}, Guard: "service type and, for a visit, the place are known", Who: PermAct, Event: "order.ready.v1"},
	{Act: "offer", From: []State{StateReady}, To: []State{StateOffered}, Guard: "the outlet is active and serves the brand", Who: PermOffer, Event: "order.offered.v1"},
	{Act: "accept", From: []State{StateOffered}, To: []State{StateAccepted}, Guard: "before the offer expires", Who: PermAnswer, Event: "order.accepted.v1"},
	{Act: "decline", From: []State{StateOffered}, To: []State{StateReady}, Who: PermAnswer, Reason: "order.decline", Event: "order.declined.v1"},
	{Act: "expire", From: []State{StateOffered}, To: []State{StateReady}, Guard: "the offer's time is over", Who: "rule", Event: "order.offer_expired.v1"},
	{Act: "withdraw", From: []State{StateOffered}, To: []State{StateReady}, Who: PermOffer, Event: "order.withdrawn.v1"},
	{Act: "schedule", From: []State{StateAccepted, StateReady}, To: []State{StateScheduled}, Guard: "a visit is planned; from ready only for an own or kept outlet", Who: "rule", Event: "order.scheduled.v1"},
	{Act: "unschedule", From: []State{StateScheduled}, To: []State{StateAccepted, StateReady}, Guard: "the last open visit is gone; ready for an own outlet", Who: "rule", Event: "order.unscheduled.v1"},
	{Act: "give_back", From: []State{StateAccepted, StateScheduled}, To: []State{StateReady}, Guard: "cancels planned visits; the outlet loses it", Who: PermAnswer, Reason: "order.give_back", Event: "order.given_back.v1"},
	{Act: "start", From: []State{StateScheduled}, To: []State{StateWorking}, Guard: "an engineer arrived", Who: "rule", Event: "order.started.v1"},
	{Act: "break_off", From: []State{StateScheduled, StateWorking}, To: []State{StateIncomplete}, Guard: "the visit failed, or its outcome is not done; the next visit is wished for at once", Who: "rule", Event: "order.incomplete.v1"},
	{Act: "continue", From: []State{StateIncomplete}, To: []State{StateReady}, Guard: "keeps the outlet unless it must change", Who: PermAct, Event: "order.ready.v1"},
	{Act: "complete", From: []State{StateWorking}, To: []State{StateCompleted}, Guard: "the outcome is fixed, guided, no fault found or declined by the customer", Who: "rule", Event: "order.completed.v1"},
	{Act: "reject", From: []State{StateCompleted}, To: []State{StateIncomplete, StateCompleted}, Guard: "only proof missing: stays completed, with a task for the engineer", Who: PermReview, Reason: "order.reject", Event: "order.rejected.v1"},
	{Act: "post", From: []State{StateCompleted}, To: []State{StatePosted}, Guard: "review passed, and the callback is positive, waived, negative with charges held, or silent for the policy's days", Who: "rule", Event: "order.posted.v1"},
	{Act: "suspend", From: []State{StateReady, StateAccepted, StateScheduled, StateWorking}, To: []State{StateSuspended}, Guard: "names who is waited for; cancels planned visits", Who: PermAct, Reason: "order.suspend", Event: "order.suspended.v1"},
	{Act: "resume", From: []State{StateSuspended}, To: []State{StateReady, StateAccepted, StateScheduled, StateWorking}, Guard: "back to where it was; scheduled without a visit becomes accepted or ready", Who: PermAct, Event: "order.resumed.v1"},
	{Act: "cancel", From: []State{StateDraft, StateReady, StateOffered, StateAccepted, StateScheduled, StateWorking, StateSuspended, StateIncomplete}, To: []State{StateCancelled}, Guard: "cancels visits; one on site ends as failed", Who: PermAct, Reason: "order.cancel", Event: "order.cancelled.v1"},
}

// allowed fails when the table has no such act from the order's state.
func (o Order) allowed(act string) error {
	for _, t := range Transitions {
		if t.Act == act && slices.Contains(t.From, o.State) {
			return nil
		}
	}
	return ErrState.With("act", act, "state", string(o.State))
}

// NextActs lists the acts that the state allows a person, in the order of the table; guards may still refuse.
func (o Order) NextActs() []string {
	out := []string{}
	for _, t := range Transitions {
		if t.Who != "rule" && slices.Contains(t.From, o.State) {
			out = append(out, t.Act)
		}
	}
	return out
}

// move is the only place where an order's state changes.
func (o *Order) move(act string, to State, at time.Time) error {
	i := slices.IndexFunc(Transitions, func(t Transition[State]) bool { return t.Act == act && slices.Contains(t.From, o.State) })
	if i < 0 || !slices.Contains(Transitions[i].To, to) {
		return ErrState.With("act", act, "state", string(o.State))
	}
	o.State, o.SubState = to, ""
	switch to {
	case StateReady:
		if o.ReleasedAt == nil {
			o.ReleasedAt = &at
		}
	case StateAccepted, StateScheduled:
		if o.AcceptedAt == nil {
			o.AcceptedAt = &at
		}
	case StateWorking:
		if o.StartedAt == nil {
			o.StartedAt = &at
		}
	case StateCompleted:
		o.CompletedAt = &at
	case StateIncomplete:
		o.CompletedAt = nil
		o.Review, o.ReviewWhy, o.Callback, o.CallbackClass = ReviewNone, nil, CallbackNone, 0
	case StatePosted, StateCancelled:
		o.EndedAt = &at
	}
	if to != StateSuspended {
		o.ResumeTo = ""
	}
	return nil
}

// suspend remembers where the order was. A scheduled order loses its visits and comes back without.
func (o *Order) suspend(own bool, at time.Time) error {
	was := o.State
	if err := o.move("suspend", StateSuspended, at); err != nil {
		return err
	}
	o.ResumeTo = was
	if was == StateScheduled {
		o.ResumeTo = o.unscheduled(own)
	}
	return nil
}

// unscheduled is where an order without open visits belongs: an outlet that accepted it, or goes on with
// it, still has it.
func (o Order) unscheduled(own bool) State {
	if own || o.Kept || !o.HasOutlet() {
		return StateReady
	}
	return StateAccepted
}

func (o *Order) resume(at time.Time) error {
	if err := o.allowed("resume"); err != nil {
		return err
	}
	to := o.ResumeTo
	if to == "" {
		to = StateReady
	}
	o.WaitFor = ""
	return o.move("resume", to, at)
}
