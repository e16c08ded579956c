package clocks

// ID identifies a clock.
type ID string

// Record is what a deadline stands on: a kind ("case", "order", "return") and
// the id within it.
type Record struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Job is what waits as a whole: a case, or a record that belongs to none.
type Job Record

// JobOf returns the job of a record: its case, or the record itself when caseID
// is empty.
func JobOf(caseID string, r Record) Job {
	if caseID != "" {
		return Job{Kind: "case", ID: caseID}
	}
	return Job(r)
}

// Clock is one deadline of one party on one record; its facts and its state are
// kept beside it.
type Clock struct {
	ID        ID
	Job       Job
	Record    Record
	Party     Party
	Milestone Milestone
	Policy    PolicyID // which policy set the target, empty when a person did
}

// Party is who owes the deadline.
type Party string

// The parties.
const (
	Firm         Party = "firm"          // the operator towards the customer
	Centre       Party = "centre"        // its service centre
	Outlet       Party = "outlet"        // 服务网点
	Engineer     Party = "engineer"      // 服务工程师
	Customer     Party = "customer"      // owes an answer, a date, a photo
	Parts        Party = "parts"         // whoever supplies the part
	Approver     Party = "approver"      // whoever decides inside the firm or at the brand
	ProductOwner Party = "product_owner" // the brand whose product it is, where that is not the firm
	Seller       Party = "seller"        // 销售方
	Carrier      Party = "carrier"       // 承运方
	Platform     Party = "platform"      // the shop platform
)

// AllParties lists the parties.
func AllParties() []Party {
	return []Party{Firm, Centre, Outlet, Engineer, Customer, Parts, Approver, ProductOwner, Seller, Carrier, Platform}
}

// Milestone is what has to happen until the deadline.
type Milestone string

// The milestones.
const (
	FirstResponse    Milestone = "first_response"     // first answer of a person to the customer
	Diagnosis        Milestone = "diagnosis"          // what is wrong is known
	OutletAcceptance Milestone = "outlet_acceptance"  // the outlet took the order
	FirstContact     Milestone = "first_contact"      // the customer was called about the visit
	Arrival          Milestone = "arrival"            // arrived in the promised window
	Completion       Milestone = "completion"         // the work is done
	Callback         Milestone = "callback"           // the customer was asked how it went
	ComplaintPlan    Milestone = "complaint_plan"     // the customer has a proposal
	ComplaintClosed  Milestone = "complaint_closed"   // the customer agreed, or every level was used
	ReturnDecision   Milestone = "return_decision"    // approved or rejected
	Inspection       Milestone = "inspection"         // returned goods were examined
	Replacement      Milestone = "replacement"        // sent out
	Refund           Milestone = "refund"             // the money was sent
	FifteenDayAction Milestone = "fifteen_day_action" // 侵害消费者权益行为处罚办法: no action for over 15 days is wilful delay
	StatementAnswer  Milestone = "statement_answer"   // the outlet confirmed or disputed its statement
	Awaited          Milestone = "awaited"            // whoever a job waits for has done their part
)

// milestones says which party owes a milestone when a caller names none.
var milestones = []struct {
	milestone Milestone
	party     Party
}{
	{FirstResponse, Centre},
	{Diagnosis, Centre},
	{OutletAcceptance, Outlet},
	{FirstContact, Outlet},
	{Arrival, Engineer},
	{Completion, Outlet},
	{Callback, Centre},
	{ComplaintPlan, Firm},
	{ComplaintClosed, Firm},
	{ReturnDecision, Centre},
	{Inspection, Outlet},
	{Replacement, Firm},
	{Refund, Firm},
	{FifteenDayAction, Firm},
	{StatementAnswer, Outlet},
	{Awaited, ""}, // by what is waited for, see WaitEffects
}

// AllMilestones lists the milestones.
func AllMilestones() []Milestone {
	out := make([]Milestone, len(milestones))
	for i, m := range milestones {
		out[i] = m.milestone
	}
	return out
}

// DefaultParty returns who owes a milestone unless a policy or caller says
// otherwise; empty for Awaited.
func DefaultParty(m Milestone) Party {
	for _, row := range milestones {
		if row.milestone == m {
			return row.party
		}
	}
	return ""
}
