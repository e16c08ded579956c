package cases

import (
	"slices"

	"anxin/internal/platform/problem"
)

// Stage of a complaint; each maps onto a state of the case (docs/modules/cases.md).
type Stage string

// Stages of a complaint.
const (
	StageReceived      Stage = "received"
	StageAcknowledged  Stage = "acknowledged"
	StageClassified    Stage = "classified"
	StageInvestigating Stage = "investigating"
	StageProposal      Stage = "proposal"
	StageAgreed        Stage = "customer_agrees"
	StageRefused       Stage = "customer_refuses"
	StageEscalated     Stage = "escalated"
	StageExecuting     Stage = "executing"
	StageVerified      Stage = "verified"
)

// stageNext is the order of stages; stages of states that acts move (classified, verified) are set by
// those acts.
var stageNext = map[Stage][]Stage{
	StageReceived:      {StageAcknowledged},
	StageAcknowledged:  {StageClassified},
	StageClassified:    {StageInvestigating, StageEscalated},
	StageInvestigating: {StageProposal, StageEscalated},
	StageProposal:      {StageAgreed, StageRefused},
	StageRefused:       {StageEscalated, StageProposal},
	StageEscalated:     {StageInvestigating, StageProposal},
	StageAgreed:        {StageExecuting},
	StageExecuting:     {StageVerified},
	StageVerified:      {},
}

// stageState is the case's state while a complaint is in a stage.
var stageState = map[Stage]State{
	StageReceived: Open, StageAcknowledged: Open, StageClassified: Diagnosing, StageInvestigating: Diagnosing, StageProposal: Diagnosing,
	StageRefused: Diagnosing, StageEscalated: Diagnosing, StageAgreed: Serving, StageExecuting: Serving, StageVerified: Verifying,
}

func (c *Case) stage(to Stage) error {
	if c.Type != Complaint {
		return ErrNoComplaint
	}
	if !slices.Contains(stageNext[c.Stage], to) {
		return ErrStage.With("from", string(c.Stage), "to", string(to))
	}
	c.Stage = to
	return nil
}

// followState gives a complaint the stage that an act which moved the case means.
func (c *Case) followState(before State, act string) {
	if c.Type != Complaint || c.State == before {
		return
	}
	switch act {
	case "classify":
		c.Stage = StageClassified
	case "serve":
		c.Stage = StageExecuting
	case "solve_remotely", "finish":
		if c.State == Verifying {
			c.Stage = StageVerified
		} else {
			c.Stage = StageInvestigating
		}
	case "not_solved", "reopen":
		c.Stage = StageInvestigating
	}
}

// classes in falling severity.
var classes = []ComplaintClass{ClassS, ClassA, ClassB, ClassC, ClassD}

// ComplaintFacts decide a complaint's class, after the table of complaint classes and the severity score.
type ComplaintFacts struct {
	Injury         bool  `json:"injury,omitempty"`          // death, injury, fire, CO, leak of personal data, mass event
	Regulator      bool  `json:"regulator,omitempty"`       // regulator, 12315, 12345, lawyer
	Media          bool  `json:"media,omitempty"`           // exposure or a threat of it
	RefusedRight   bool  `json:"refused_right,omitempty"`   // a legal right was refused, overcharge, damage at home
	FailedRepairs  int   `json:"failed_repairs,omitempty"`  // repairs that did not cure
	MissedVisits   int   `json:"missed_visits,omitempty"`   // visits that did not happen
	Contacts       int   `json:"contacts,omitempty"`        // times the customer came back about it
	LossMinor      int64 `json:"loss_minor,omitempty"`      // claimed loss, fen
	Vulnerable     bool  `json:"vulnerable,omitempty"`      // elderly, disabled, infant
	SuggestionOnly bool  `json:"suggestion_only,omitempty"` // an idea, no grievance
}

// Score is the severity score: safety 5, legal 4, media 3, each repeat 1, money band 1–3, vulnerable 2.
func (f ComplaintFacts) Score() int {
	n := f.FailedRepairs + f.MissedVisits
	add := func(ok bool, v int) {
		if ok {
			n += v
		}
	}
	add(f.Injury, 5)
	add(f.Regulator, 4)
	add(f.Media, 3)
	add(f.Contacts > 1, f.Contacts-1)
	add(f.Vulnerable, 2)
	switch {
	case f.LossMinor > 500_000:
		n += 3
	case f.LossMinor > 100_000:
		n += 2
	case f.LossMinor > 0:
		n++
	}
	return n
}

// Class is the higher of the class by score (S from 8, A 6, B 4, C 2) and the class by the table.
func (f ComplaintFacts) Class() ComplaintClass {
	byScore := ClassD
	switch n := f.Score(); {
	case n >= 8:
		byScore = ClassS
	case n >= 6:
		byScore = ClassA
	case n >= 4:
		byScore = ClassB
	case n >= 2:
		byScore = ClassC
	}
	byTable := ClassC
	switch {
	case f.Injury || f.Media && f.Regulator:
		byTable = ClassS
	case f.Regulator || f.Media || f.Contacts > 3 || f.LossMinor > 500_000:
		byTable = ClassA
	case f.FailedRepairs >= 2 || f.MissedVisits >= 2 || f.RefusedRight:
		byTable = ClassB
	case f.SuggestionOnly:
		byTable = ClassD
	}
	return higher(byScore, byTable)
}

// rate sets the class that facts give. It never falls without a second person, approver.
func (c *Case) rate(f ComplaintFacts, actor, approver string) error {
	class := f.Class()
	falls := c.Severity != "" && class != c.Severity && higher(class, c.Severity) == c.Severity
	if falls && (approver == "" || approver == actor) {
		return problem.Field("approver", problem.Required)
	}
	c.Severity, c.Regulator = class, c.Regulator || f.Regulator
	return nil
}

func higher(a, b ComplaintClass) ComplaintClass {
	if slices.Index(classes, a) <= slices.Index(classes, b) {
		return a
	}
	return b
}
