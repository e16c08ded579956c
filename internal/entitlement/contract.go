package entitlement

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// ContractID names a contract.
type ContractID string

// ContractState is where a contract stands:
//
//	sold → active     paid, or free
//	active → used_up  all its uses or its limit are spent; a use taken back makes it active again
//	active, used_up → expired  its last day has passed: the rest of its price is earned
//	sold, active, used_up → cancelled
type ContractState string

// States of contracts.
const (
	ContractSold      ContractState = "sold"
	ContractActive    ContractState = "active"
	ContractUsedUp    ContractState = "used_up"
	ContractExpired   ContractState = "expired"
	ContractCancelled ContractState = "cancelled"
)

// ContractStates lists them.
var ContractStates = []ContractState{ContractSold, ContractActive, ContractUsedUp, ContractExpired, ContractCancelled}

// live tells whether a contract still may give something.
func (s ContractState) live() bool { return s == ContractSold || s == ContractActive }

// PayMethods are the ways in which a contract is paid for and money is paid back.
var PayMethods = []string{"cash", "transfer", "wechat", "alipay", "card"}

// Contract is a plan sold for one unit. It follows the unit to its next owner, and goes over to the unit that is given
// for it.
type Contract struct {
	ID          ContractID
	Number      string
	Plan        PlanID
	PlanVersion int64
	Terms       Terms // as they were when it was sold
	Unit        units.ID
	Customer    customers.ID // the unit's owner when it was sold; empty while unknown
	Brand       catalog.BrandID
	OutletPath  string // who sold it; "/" for the centre
	State       ContractState
	SoldOn      calendar.Date
	Price       money.Amount // paid, or to be paid
	Starts      calendar.Date
	Ends        calendar.Date
	Used        int64         // orders that it paid for
	Spent       int64         // what it paid, smallest unit of Price
	Earned      int64         // of Price, booked as revenue; the rest is owed in service
	EarnedTo    calendar.Date // last day whose share is in Earned; zero for none
	Renews      bool
	ToldAt      time.Time // when the customer was told that it ends; zero for not yet
	RenewedFrom ContractID
	RenewedTo   ContractID
	Inspection  *Inspection // of used units
	Paid        *Payment
	Ended       *Ending // of cancelled ones
	CreatedBy   string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int64

	tokenHash []byte
	lookOn    calendar.Date // not before this day, when days out of use lengthen it
}

// runs tells whether a contract that was paid for has not ended, whether anything is left of it or not.
func (c Contract) runs() bool { return c.State == ContractActive || c.State == ContractUsedUp }

// next is the day on which something happens to the contract by itself: a month of it is earned, its customer is told, or
// it ends. Zero for none.
func (c Contract) next() calendar.Date {
	if !c.runs() {
		return 0
	}
	on := max(c.lookOn, c.Ends+1)
	if c.State == ContractActive && c.ToldAt.IsZero() && c.Terms.NoticeDays > 0 {
		on = c.Ends - calendar.Date(c.Terms.NoticeDays)
	}
	if c.Paid != nil && c.Earned < c.Price.Minor {
		on = min(on, monthAfter(max(c.EarnedTo+1, c.Starts)))
	}
	return on
}

// monthOf is the first day of a day's month, monthAfter that of the next.
func monthOf(d calendar.Date) calendar.Date {
	_, _, day := d.Civil()
	return d - calendar.Date(day-1)
}

func monthAfter(d calendar.Date) calendar.Date { return monthOf(d).AddMonths(1) }

// earnedBy is what of the price is earned with a day: each day of the contract an equal share, rounded down. (Revenue over
// time by the passing of time, as IFRS 15 and CAS 14 have it for a service that stands ready.)
func (c Contract) earnedBy(day calendar.Date) int64 {
	days := int64(c.Ends-c.Starts) + 1
	gone := min(max(int64(day-c.Starts)+1, 0), days)
	if days <= 0 {
		return c.Price.Minor
	}
	whole, rest := c.Price.Minor/days, c.Price.Minor%days // never overflows
	return whole*gone + rest*gone/days
}

// Inspection is what was found at a used unit before a promise was made for it.
type Inspection struct {
	On     calendar.Date `json:"on"`
	By     string        `json:"by"`
	Passed bool          `json:"passed"`
	Note   string        `json:"note,omitempty"`
}

// inspectionFor is how long an inspection stands for a contract, in days (default of the trade).
const inspectionFor = 30

// Payment is how money moved.
type Payment struct {
	Method    string       `json:"method"`
	Reference string       `json:"reference,omitempty"`
	Amount    money.Amount `json:"amount"`
	At        time.Time    `json:"at"`
}

// Ending is how a contract was cancelled.
type Ending struct {
	On     calendar.Date `json:"on"`
	Reason string        `json:"reason"`
	By     string        `json:"by"` // customer or brand
	Refund money.Amount  `json:"refund"`
	Why    reason.List   `json:"why"`
	Repaid *Payment      `json:"repaid,omitempty"`
}

// Who cancels.
const (
	ByCustomer = "customer"
	ByBrand    = "brand"
)

// Codes of contracts.
var (
	ErrContractNotFound = problem.Declare("entitlement.contract_not_found", problem.NotFound)
	ErrContractState    = problem.Declare("entitlement.contract_state", problem.Conflict)
	ErrNotSold          = problem.Declare("entitlement.not_sold", problem.Conflict)
	ErrContractLive     = problem.Declare("entitlement.contract_live", problem.Conflict)
	ErrOfContract       = problem.Declare("entitlement.of_contract", problem.Conflict)
	ErrNothingBack      = problem.Declare("entitlement.nothing_back", problem.Conflict)
)

// refund is what is paid back when a contract is cancelled on a day, and how it comes about:
// everything within the cooling days when nothing was used; else the share of the days or of the uses that are left,
// whichever is less, less what was borne where the terms say so, and less the fee, which a brand that cancels itself does
// not keep. The day itself counts as used. All divisions round down.
func (c Contract) refund(on calendar.Date, by string) (money.Amount, reason.List) {
	var why reason.List
	price := c.Price.Minor
	amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: c.Price.Currency} }
	if c.Used == 0 && on <= c.SoldOn+calendar.Date(c.Terms.CoolingDays) {
		why.Add(reason.Passed("contract.cooling").Compared(on.String(), (c.SoldOn+calendar.Date(c.Terms.CoolingDays)).String()).With("amount", amount(price).Plain()))
		return c.Price, why
	}
	total := int64(c.Ends-c.Starts) + 1
	left := max(0, min(total, int64(c.Ends-on)))
	back := portion(price, left, total)
	why.Add(reason.Noted("contract.days_left").With("left", left).With("total", total).With("amount", amount(back).Plain()))
	if n := c.Terms.Uses; n > 0 {
		uses := portion(price, max(0, n-c.Used), n)
		why.Add(reason.Noted("contract.uses_left").With("left", max(0, n-c.Used)).With("total", n).With("amount", amount(uses).Plain()))
		back = min(back, uses)
	}
	if by == ByBrand {
		return amount(back), why
	}
	if c.Terms.LessClaims && c.Spent > 0 {
		back = max(0, min(back, price-c.Spent))
		why.Add(reason.Noted("contract.less_claims").With("spent", amount(c.Spent).Plain()).With("amount", amount(back).Plain()))
	}
	if fee := portion(back, c.Terms.FeePercent, 100); fee > 0 {
		back -= fee
		why.Add(reason.Noted("contract.fee").With("percent", c.Terms.FeePercent).With("fee", amount(fee).Plain()).With("amount", amount(back).Plain()))
	}
	return amount(back), why
}

// portion is a × part / whole rounded down, without overflow for sums of money and parts up to a million.
func portion(a, part, whole int64) int64 {
	return a/whole*part + a%whole*part/whole
}

// left is what the contract still bears; false when it has no limit.
func (c Contract) left() (int64, bool) {
	if c.Terms.Limit == 0 {
		return 0, false
	}
	return max(0, c.Terms.Limit-c.Spent), true
}

// spentUp tells whether nothing is left of uses or money.
func (c Contract) spentUp() bool {
	return c.Terms.Uses > 0 && c.Used >= c.Terms.Uses || c.Terms.Limit > 0 && c.Spent >= c.Terms.Limit
}

// ContractFact is what all events of contracts say.
type ContractFact struct {
	events.Head
	Unit  units.ID      `json:"unit_id"`
	Plan  PlanID        `json:"plan_id"`
	State ContractState `json:"state"`
}

// Record implements events.Event.
func (e ContractFact) Record() (string, string) { return "contract", e.ID }

// ContractSoldEvent says that a contract was sold.
type ContractSoldEvent struct{ ContractFact }

// Topic implements events.Event.
func (ContractSoldEvent) Topic() string { return "contract.sold.v1" }

// ContractActivatedEvent says that a contract was paid for and covers its unit from its first day on.
type ContractActivatedEvent struct{ ContractFact }

// Topic implements events.Event.
func (ContractActivatedEvent) Topic() string { return "contract.activated.v1" }

// ContractEndedEvent says that a contract is used up, has expired or was cancelled.
type ContractEndedEvent struct{ ContractFact }

// Topic implements events.Event.
func (ContractEndedEvent) Topic() string { return "contract.ended.v1" }

func (c Contract) fact(at time.Time) ContractFact {
	return ContractFact{
		Head: events.Head{ID: string(c.ID), Version: c.Version, OccurredAt: at, BrandID: string(c.Brand), OutletPath: c.OutletPath},
		Unit: c.Unit, Plan: c.Plan, State: c.State,
	}
}
