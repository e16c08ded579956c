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

type (
	// Opened tells that a case began.
	Opened struct{ Fact }
	// Classified tells that it was said what the problem is.
	Classified struct{ Fact }
	// DiagnosingAgain tells that all work on it was cancelled.
	DiagnosingAgain struct{ Fact }
	// ServingBegan tells that the first work hangs on it.
	ServingBegan struct{ Fact }
	// Assigned tells that its assignee, priority or safety flag changed.
	Assigned struct{ Fact }
	// SolvedRemotely tells that it was solved without a visit.
	SolvedRemotely struct{ Fact }
	// VerifyingBegan tells that all work is done and the customer has to agree.
	VerifyingBegan struct{ Fact }
	// NotSolved tells that it was thought to be solved and is not.
	NotSolved struct{ Fact }
	// ClosedEvent tells that it ended.
	ClosedEvent struct{ Fact }
	// Reopened tells that a closed one goes on.
	Reopened struct{ Fact }
	// CancelledEvent tells that it will not be done.
	CancelledEvent struct{ Fact }
	// Merged tells that another case carries it on.
	Merged struct{ Fact }
	// Chased tells that the customer asked again.
	Chased struct{ Fact }
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
