// Package returns owns goods that come back: return, exchange, repair-and-return, advance exchange, refund only.
//
// One request has lines, each a unit or a line of a purchase made here or elsewhere. What happens to it is a row of
// policies ([Operation]): receipt, inspection, replacement, refund and repair each not at all, before or after. Four
// axes move apart from one another: the decision, and per line the goods, the replacement and the money.
//
// Acts note what happened; what follows from it is concluded in one place after every act ([Service.conclude]): that a
// refund is owed, that the customer has everything, that nothing is open any more. The right to a remedy is decided by
// package entitlement, whose answer is kept with its facts; a person decides what the rules and limits leave open.
//
// Money goes back by the ways in which it was paid. What was paid for one thing is a row that bounds everything ever
// promised and sent for it, over all requests and tries: the database refuses more. A refund is handed to a [Provider]
// under a reference of its own for each try, and every posting stands in the ledger.
//
// A provider of package pay is asked over the network instead: WeChat Pay, Alipay, Stripe, each written from public
// documentation and marked until somebody tried a real account. A try without an answer is asked for again and again, and
// handed over anew, under the same reference, only when the provider knows nothing of it. A notice only makes us ask.
//
// Parcels go with carriers ([Carrier]), which package carrier speaks to as their specs tell, or whose news people type in.
// Where a parcel stands follows from all its news in the order in which they happened. Parcels without news are stuck and
// then lost, by rule; news takes that back.
//
// Customers follow a return by a link ([LinkPurpose]) and ask for one by another ([AskPurpose]).
//
// Prices, stock and coverage are others' matters; it asks and tells them.
package returns
