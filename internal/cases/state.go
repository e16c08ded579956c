package cases

import (
	"slices"
	"time"

	"anxin/internal/platform/problem"
)

// State of a case.
type State string

// States of a case.
const (
	Open       State = "open"
	Diagnosing State = "diagnosing"
	Serving    State = "serving"
	Verifying  State = "verifying"
	Closed     State = "closed"
	Cancelled  State = "cancelled"
)

// States lists them in their order.
var States = []State{Open, Diagnosing, Serving, Verifying, Closed, Cancelled}

// Transition is one row of the state table.
type Transition struct {
	Act   string
	From  []State
	To    []State // more than one: the guard chooses
	Guard string  // in words, for the docs
	Who   string  // permission, or "rule" for what other modules tell
	Event string
}

// Transitions is the state table; docs/modules/cases.md is made from it.
var Transitions = []Transition{
	{Act: "classify", From: []State{Open}, To: []State{Diagnosing}, Who: "cases.act", Event: "case.classified.v1"},
	{Act: "serve", From: []State{Open, Diagnosing}, To: []State{Serving}, Guard: "first work attached", Who: "rule", Event: "case.serving.v1"},
	{Act: "solve_remotely", From: []State{Diagnosing, Serving}, To: []State{Verifying}, Guard: "no live work", Who: "cases.act", Event: "case.solved_remotely.v1"},
	{Act: "finish", From: []State{Serving}, To: []State{Verifying, Diagnosing}, Guard: "no live work: verifying when some was done, diagnosing when all was cancelled", Who: "rule", Event: "case.verifying.v1 / case.diagnosing.v1"},
	{Act: "not_solved", From: []State{Verifying}, To: []State{Diagnosing, Serving}, Guard: "serving when work is live", Who: "cases.act", Event: "case.not_solved.v1"},
	{Act: "close", From: []State{Verifying}, To: []State{Closed}, Guard: "all work ended and no child open", Who: "cases.act", Event: "case.closed.v1"},
	{Act: "reopen", From: []State{Closed}, To: []State{Serving}, Guard: "within 30 days of closing", Who: "cases.act", Event: "case.reopened.v1"},
	{Act: "cancel", From: []State{Open, Diagnosing, Serving, Verifying}, To: []State{Cancelled}, Guard: "no work done and none live", Who: "cases.act", Event: "case.cancelled.v1"},
	{Act: "merge", From: []State{Open, Diagnosing, Serving, Verifying}, To: []State{Cancelled}, Guard: "the other case is live and of the same brand; no live work here", Who: "cases.act", Event: "case.merged.v1"},
}

// allowed fails when the table has no such act from the case's state.
func (c Case) allowed(act string) error {
	for _, t := range Transitions {
		if t.Act == act && slices.Contains(t.From, c.State) {
			return nil
		}
	}
	return ErrState.With("act", act, "state", string(c.State))
}

// NextActs lists the acts that the state allows, in the order of the table; guards may still refuse.
func (c Case) NextActs() []string {
	out := []string{}
	for _, t := range Transitions {
		if t.Who != "rule" && slices.Contains(t.From, c.State) {
			out = append(out, t.Act)
		}
	}
	return out
}

func (c *Case) move(act string, to State, at time.Time) error {
	if err := c.allowed(act); err != nil {
		return err
	}
	c.enter(to, at)
	switch act {
	case "serve", "reopen", "cancel", "merge": // nobody spoke to the customer by that
	default:
		c.respond(at)
	}
	return nil
}

// enter notes what the case's being in a state means.
func (c *Case) enter(to State, at time.Time) {
	c.State, c.SubState = to, ""
	switch to {
	case Verifying:
		c.VerifyingAt = &at
	case Closed, Cancelled:
		c.ClosedAt = &at
	case Open, Diagnosing, Serving:
		c.ClosedAt, c.AgreedAt = nil, nil
	}
	if (to == Serving || to == Verifying) && c.DiagnosedAt == nil {
		c.DiagnosedAt = &at
	}
}

// respond notes that somebody spoke to the customer. RespondedAt keeps the first time; after a reopening
// the customer waits for an answer again, which the clock of the reopening asks for.
func (c *Case) respond(at time.Time) {
	c.answered = &at
	if c.RespondedAt == nil || at.Before(*c.RespondedAt) {
		c.RespondedAt = &at
	}
}

// work summarises what hangs on a case.
type work struct{ live, unended, done int64 }

func (c *Case) classify(at time.Time) error { return c.move("classify", Diagnosing, at) }

func (c *Case) serve(at time.Time) error { return c.move("serve", Serving, at) }

func (c *Case) solveRemotely(w work, at time.Time) error {
	if w.live > 0 {
		return ErrLiveWork.With("count", w.live)
	}
	c.SolvedRemote = true
	return c.move("solve_remotely", Verifying, at)
}

// finish is the rule that ends serving; it says whether the state moved.
func (c *Case) finish(w work, at time.Time) (bool, error) {
	if c.State != Serving || w.live > 0 {
		return false, nil
	}
	to := Diagnosing
	if w.done > 0 {
		to = Verifying
	}
	return true, c.move("finish", to, at)
}

func (c *Case) notSolved(w work, reason string, at time.Time) error {
	to := Diagnosing
	if w.live > 0 {
		to = Serving
	}
	c.Reason, c.SolvedRemote = reason, false
	return c.move("not_solved", to, at)
}

func (c *Case) close(w work, openChildren int64, reason string, at time.Time) error {
	if err := c.allowed("close"); err != nil {
		return err
	}
	if w.unended > 0 {
		return ErrWorkNotEnded.With("count", w.unended)
	}
	if openChildren > 0 {
		return ErrOpenChildren.With("count", openChildren)
	}
	if c.Type == Complaint && c.Blame == "" {
		return problem.Field("responsibility", problem.Required)
	}
	c.Reason = reason
	return c.move("close", Closed, at)
}

func (c *Case) reopen(reason string, at time.Time) error {
	if err := c.allowed("reopen"); err != nil {
		return err
	}
	if c.ClosedAt != nil && at.Sub(*c.ClosedAt) > ReopenFor {
		return ErrTooLate.With("days", int(ReopenFor/(24*time.Hour)))
	}
	c.Reopened++
	c.Reason, c.SolvedRemote = reason, false
	return c.move("reopen", Serving, at)
}

func (c *Case) cancel(w work, reason string, at time.Time) error {
	if err := c.allowed("cancel"); err != nil {
		return err
	}
	if w.done > 0 {
		return ErrWorkDone
	}
	if w.live > 0 {
		return ErrLiveWork.With("count", w.live)
	}
	c.Reason = reason
	return c.move("cancel", Cancelled, at)
}

func (c *Case) merge(into Case, w work, at time.Time) error {
	switch {
	case into.ID == c.ID:
		return problem.Field("into", problem.BadChoice)
	case !into.Live() || into.BrandID != c.BrandID:
		return ErrMergeTarget
	case w.live > 0:
		return ErrLiveWork.With("count", w.live)
	}
	c.Reason, c.MergedInto = "merged", into.ID
	return c.move("merge", Cancelled, at)
}
