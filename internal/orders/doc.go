// Package orders owns the work that is done for a case: the order with its promises, the offers to
// outlets, the visits of engineers with their proof, what is charged and collected, quotes, review and
// posting.
//
// # States
//
// An order moves only by the acts of [Transitions], a visit by those of [VisitTransitions], a quote by
// those of [QuoteTransitions]. "completed" is the engineer's word; "posted" says that the proof was
// reviewed and the customer agreed, or kept silent long enough: money and stock are locked then and the
// order never moves again.
//
// # What it keeps
//
// A promise is append-only and no state: what the customer was told, by whom, and who wanted it changed.
// Whether it was kept is judged on arrival, by when the engineer arrived and not by when we learnt it.
// Acts of the field are repeated by phones that lost the answer: their operation ids are kept for ever.
// When the order moved or was cancelled meanwhile, the act and its proof are kept all the same and a
// [Conflict] is raised, which a dispatcher closes by an act of its own.
//
// # Who sees what
//
// An order carries the path of the outlet that has it, or is asked to take it ("/" while none): scope is
// a prefix of it. An engineer acts on visits of his own. Names, phones, doors and notes are sealed with
// the customer's key; division and point are clear, since dispatch plans with them.
//
// It does not choose outlets, engineers or slots (dispatch), ask the customer afterwards (callbacks),
// price (tariffs), decide who pays (entitlement) or count stock (parts).
package orders
