package returns

import "slices"

// Decision is the axis of the request itself.
type Decision string

// Decisions.
const (
	Requested Decision = "requested"
	Manual    Decision = "manual"
	Approved  Decision = "approved"
	Rejected  Decision = "rejected"
	Withdrawn Decision = "withdrawn"
)

// Goods is the axis of what comes back.
type Goods string

// States of goods.
const (
	GoodsNone        Goods = "none" // nothing is to come back, or not yet
	GoodsAwaited     Goods = "awaited"
	GoodsTransit     Goods = "in_transit"
	GoodsReceived    Goods = "received"
	GoodsShort       Goods = "short"
	GoodsWrong       Goods = "wrong_item"
	GoodsLost        Goods = "lost"
	GoodsInspected   Goods = "inspected"
	GoodsRestocked   Goods = "restocked"
	GoodsRefurbished Goods = "refurbished"
	GoodsScrapped    Goods = "scrapped"
	GoodsSentBack    Goods = "sent_back"
	GoodsKept        Goods = "kept" // by the maker or supplier whom they went to
)

// here tells whether the goods came, whatever became of them then.
func (g Goods) here() bool {
	return slices.Contains([]Goods{GoodsReceived, GoodsShort, GoodsInspected, GoodsRestocked, GoodsRefurbished, GoodsScrapped, GoodsSentBack, GoodsKept}, g)
}

// settled tells whether nothing more happens to them.
func (g Goods) settled() bool {
	return slices.Contains([]Goods{GoodsNone, GoodsRestocked, GoodsScrapped, GoodsSentBack, GoodsKept}, g)
}

// Replacement is the axis of what is given instead.
type Replacement string

// States of a replacement.
const (
	NotReplaced Replacement = "none"
	Reserved    Replacement = "reserved"
	Shipped     Replacement = "shipped"
	Delivered   Replacement = "delivered"
	Released    Replacement = "released"
)

// Money is the axis of one refund.
type Money string

// States of a refund.
const (
	MoneyNone     Money = "none" // no longer owed
	MoneyDue      Money = "due"
	MoneySent     Money = "sent"
	MoneyRefunded Money = "refunded"
	MoneyFailed   Money = "failed"
)

// Transition is one row of a state table.
type Transition[S ~string] struct {
	Act    string
	From   []S
	To     []S // more than one: the guard chooses
	Guard  string
	Who    string
	Reason string // kind of the reason code that the act needs
	Event  string
}

// Transitions of the decision; docs/modules/returns.md is made from it.
var Transitions = []Transition[Decision]{
	{Act: "request", To: []Decision{Requested, Approved, Manual}, Guard: "approved by rule when the rules give what is asked for every line, nothing rests on the customer's word alone and the amount is within the limit; manual when one of them speaks against it", Who: PermRequest, Reason: "return.request", Event: "return.requested.v1"},
	{Act: "approve", From: []Decision{Requested, Manual}, To: []Decision{Approved}, Guard: "within the limit of who decides; an address to send the goods to is known", Who: PermDecide, Event: "return.decided.v1"},
	{Act: "reject", From: []Decision{Requested, Manual}, To: []Decision{Rejected}, Who: PermDecide, Reason: "return.reject", Event: "return.decided.v1"},
	{Act: "withdraw", From: []Decision{Requested, Manual, Approved}, To: []Decision{Withdrawn}, Guard: "no money was sent and no replacement shipped", Who: PermRequest, Reason: "return.withdraw", Event: "return.withdrawn.v1"},
}

// GoodsTransitions of a line.
var GoodsTransitions = []Transition[Goods]{
	{Act: "await", From: []Goods{GoodsNone}, To: []Goods{GoodsAwaited}, Guard: "approved, and the operation has a receipt", Who: "rule"},
	{Act: "ship", From: []Goods{GoodsAwaited}, To: []Goods{GoodsTransit}, Who: PermGoods},
	{Act: "lose", From: []Goods{GoodsAwaited, GoodsTransit}, To: []Goods{GoodsLost}, Who: PermGoods},
	{Act: "receive", From: []Goods{GoodsAwaited, GoodsTransit, GoodsLost}, To: []Goods{GoodsReceived, GoodsShort, GoodsWrong}, Guard: "short when less came than was promised, wrong item when another serial", Who: PermGoods, Event: "goods.received.v1"},
	{Act: "accept", From: []Goods{GoodsWrong}, To: []Goods{GoodsReceived}, Guard: "a dispute was decided for the customer", Who: "rule"},
	{Act: "inspect", From: []Goods{GoodsReceived, GoodsShort, GoodsLost}, To: []Goods{GoodsInspected}, Guard: "what was lost is written off with grade E", Who: PermGoods, Event: "return.inspected.v1"},
	{Act: "restock", From: []Goods{GoodsInspected, GoodsRefurbished}, To: []Goods{GoodsRestocked}, Guard: "grade A or B, or refurbished", Who: PermGoods},
	{Act: "refurbish", From: []Goods{GoodsInspected}, To: []Goods{GoodsRefurbished}, Who: PermGoods},
	{Act: "scrap", From: []Goods{GoodsInspected, GoodsRefurbished}, To: []Goods{GoodsScrapped}, Who: PermGoods},
	{Act: "keep", From: []Goods{GoodsInspected}, To: []Goods{GoodsKept}, Guard: "they went to the maker or supplier, and the customer has what is due; what we gave is claimed", Who: "rule"},
	{Act: "send_back", From: []Goods{GoodsReceived, GoodsShort, GoodsWrong, GoodsInspected}, To: []Goods{GoodsSentBack}, Guard: "repaired, or no remedy was given for it", Who: PermGoods},
}

// ReplacementTransitions of a line.
var ReplacementTransitions = []Transition[Replacement]{
	{Act: "reserve", From: []Replacement{NotReplaced, Released}, To: []Replacement{Reserved}, Guard: "approved, and the operation has a replacement", Who: PermGoods},
	{Act: "ship_replacement", From: []Replacement{Reserved}, To: []Replacement{Shipped}, Guard: "the operation lets it move", Who: PermGoods, Event: "return.replaced.v1"},
	{Act: "deliver", From: []Replacement{Shipped}, To: []Replacement{Delivered}, Who: PermGoods},
	{Act: "release", From: []Replacement{Reserved}, To: []Replacement{Released}, Who: PermGoods},
}

// MoneyTransitions of a refund.
var MoneyTransitions = []Transition[Money]{
	{Act: "owe", From: []Money{MoneyNone}, To: []Money{MoneyDue}, Guard: "the operation lets it move; within what was paid", Who: "rule"},
	{Act: "send", From: []Money{MoneyDue}, To: []Money{MoneySent}, Guard: "in a batch, under a reference of its own for each try", Who: PermPay, Event: "refund.sent.v1"},
	{Act: "confirm", From: []Money{MoneySent, MoneyFailed, MoneyDue}, To: []Money{MoneyRefunded}, Guard: "the provider says so of one of its tries", Who: PermPay, Event: "refund.made.v1"},
	{Act: "fail", From: []Money{MoneySent}, To: []Money{MoneyFailed}, Guard: "the provider says so of the last try", Who: PermPay, Event: "refund.failed.v1"},
	{Act: "retry", From: []Money{MoneyFailed}, To: []Money{MoneyDue}, Who: PermPay},
	{Act: "void", From: []Money{MoneyDue, MoneyFailed}, To: []Money{MoneyNone}, Guard: "the return was withdrawn", Who: "rule"},
}

// step is where an act leads, or [ErrState]. to chooses among several; empty takes the only one.
func step[S ~string](table []Transition[S], act string, from, to S) (S, error) {
	for _, t := range table {
		if t.Act != act || !slices.Contains(t.From, from) {
			continue
		}
		if to == "" {
			to = t.To[0]
		}
		if slices.Contains(t.To, to) {
			return to, nil
		}
	}
	return from, ErrState.With("act", act, "state", string(from))
}
