// Package rules decides what a customer is entitled to, from facts, by packs of rules.
//
// A pack is one law, one maker's or one seller's promise: data with conditions in CEL, in force between two
// dates. It names from which day its periods run, how long they are, which rights each rule gives, which rule stands
// back for which, and what it costs whom, in words of two languages and with its source. A pack of a new country needs
// no Go code unless it brings new arithmetic (amount.go). docs/rule-packs.md says how to write one.
//
// All packs of a jurisdiction that were in force on the day of purchase are asked, and the rights of all are
// given: never less than the law's. The package reads no clock and no database; it knows no unit and no order.
package rules
