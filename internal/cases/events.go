package cases

import "anxin/internal/platform/events"

// Fact is what every event of a case tells.
type Fact struct {
	events.Head
	Number      string `json:"number"`
	Type        Type   `json:"type"`
	State       State  `json:"state"`
	Priority    string `json:"priority"`
	Safety      Safety `json:"safety,omitempty"`
	Reason      string `json:"reason,omitempty"`
	AssigneeID  string `json:"assignee_id,omitempty"`
	CustomerID  string `json:"customer_id,omitempty"`
	UnitID      string `json:"unit_id,omitempty"`
	MergedInto  ID     `json:"merged_into,omitempty"`
	ServiceType string `json:"service_type,omitempty"`
}

// Record implements events.Event.
func (f Fact) Record() (kind, id string) { return "case", f.ID }

// Opened and the types after it are the events of a case; each is published by the act of its name.
type (
	Opened          struct{ Fact }
	Classified      struct{ Fact }
	DiagnosingAgain struct{ Fact }
	ServingBegan    struct{ Fact }
	Assigned        struct{ Fact }
	SolvedRemotely  struct{ Fact }
	VerifyingBegan  struct{ Fact }
	NotSolved       struct{ Fact }
	ClosedEvent     struct{ Fact }
	Reopened        struct{ Fact }
	CancelledEvent  struct{ Fact }
	Merged          struct{ Fact }
	Chased          struct{ Fact }
	// ComplaintStaged tells of a complaint's new stage.
	ComplaintStaged struct {
		Fact
		Stage    Stage          `json:"stage"`
		Severity ComplaintClass `json:"severity,omitempty"`
	}
)

// Topic implements events.Event.
func (Opened) Topic() string { return "case.opened.v1" }

// Topic implements events.Event.
func (Classified) Topic() string { return "case.classified.v1" }

// Topic implements events.Event.
func (DiagnosingAgain) Topic() string { return "case.diagnosing.v1" }

// Topic implements events.Event.
func (ServingBegan) Topic() string { return "case.serving.v1" }

// Topic implements events.Event.
func (Assigned) Topic() string { return "case.assigned.v1" }

// Topic implements events.Event.
func (SolvedRemotely) Topic() string { return "case.solved_remotely.v1" }

// Topic implements events.Event.
func (VerifyingBegan) Topic() string { return "case.verifying.v1" }

// Topic implements events.Event.
func (NotSolved) Topic() string { return "case.not_solved.v1" }

// Topic implements events.Event.
func (ClosedEvent) Topic() string { return "case.closed.v1" }

// Topic implements events.Event.
func (Reopened) Topic() string { return "case.reopened.v1" }

// Topic implements events.Event.
func (CancelledEvent) Topic() string { return "case.cancelled.v1" }

// Topic implements events.Event.
func (Merged) Topic() string { return "case.merged.v1" }

// Topic implements events.Event.
func (Chased) Topic() string { return "case.chased.v1" }

// Topic implements events.Event.
func (ComplaintStaged) Topic() string { return "complaint.staged.v1" }
