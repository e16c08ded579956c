package clocks

import "time"

// WaitedFor is who or what a job waits for.
type WaitedFor string

// What a job may wait for.
const (
	ForCustomer     WaitedFor = "customer"      // an answer, a date, evidence, the approval of a quote
	ForPart         WaitedFor = "part"          // on order or on its way
	ForApproval     WaitedFor = "approval"      // inside the firm
	ForProductOwner WaitedFor = "product_owner" // the brand's word
	ForForceMajeure WaitedFor = "force_majeure" // storm, flood, lockdown
)

// Effect is what a wait does to the clock of a party.
type Effect string

// The effects, from the strongest to the weakest. When waits overlap the
// strongest of the open ones holds.
const (
	Freeze Effect = "freeze" // stops the clock whatever else is waited for
	Runs   Effect = "runs"   // the wait counts against the party: its clock runs
	Stops  Effect = "stops"  // the party is not at fault: its clock stops
)

// WaitEffect is one row of the table of waits.
type WaitEffect struct {
	For WaitedFor
	// Against are the parties whose clocks run on, Others what happens to all
	// the rest.
	Against []Party
	Others  Effect
	// Starts is the party at fault, for whom a clock with the milestone
	// Awaited starts; empty for none.
	Starts Party
}

// WaitEffects returns the table of waits; see the package comment for why.
func WaitEffects() []WaitEffect {
	return []WaitEffect{
		{For: ForCustomer, Against: []Party{Customer}, Others: Stops, Starts: Customer},
		{For: ForPart, Against: []Party{Parts, Firm}, Others: Stops, Starts: Parts},
		{For: ForApproval, Against: []Party{Approver, Firm}, Others: Stops, Starts: Approver},
		{For: ForProductOwner, Against: []Party{ProductOwner, Firm}, Others: Stops, Starts: ProductOwner},
		{For: ForForceMajeure, Others: Freeze},
	}
}

// EffectOn returns what a wait does to the clocks of a party; empty for a wait
// that is not in the table.
func (w WaitedFor) EffectOn(p Party) Effect {
	for _, row := range WaitEffects() {
		if row.For != w {
			continue
		}
		for _, against := range row.Against {
			if against == p {
				return Runs
			}
		}
		return row.Others
	}
	return ""
}

// Starts returns the party for whom the wait starts a clock.
func (w WaitedFor) Starts() (Party, bool) {
	for _, row := range WaitEffects() {
		if row.For == w {
			return row.Starts, row.Starts != ""
		}
	}
	return "", false
}

// Known tells whether w is in the table.
func (w WaitedFor) Known() bool { return w.EffectOn(Firm) != "" }

// PauseID identifies one wait of a job; every clock of the job has it in its
// facts.
type PauseID string

// Wait is one wait of a job.
type Wait struct {
	ID         PauseID
	For        WaitedFor
	Reason     string // a code of the list of reasons
	Evidence   string // id of the file, message or act that shows it
	OccurredAt time.Time
	RecordedAt time.Time
}

// Paused returns the fact of the wait's beginning for the clock of a party.
func (w Wait) Paused(p Party) Fact {
	return Fact{
		Kind: Paused, OccurredAt: w.OccurredAt, RecordedAt: w.RecordedAt,
		Pause: w.ID, WaitedFor: w.For, Effect: w.For.EffectOn(p), Reason: w.Reason, Evidence: w.Evidence,
	}
}
