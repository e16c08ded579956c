// Package entitlement decides who pays for a charge line: labour, a part by its class, travel, freight; and what a
// customer may choose.
//
// Coverages are dated rows on a unit, written by hand (a contract, goodwill), follow from its model (the maker's
// promise for the whole product and for main parts), started by the unit's dates (installed before delivered,
// activated, invoiced, sold, made), or are given by law. Days out of use for repair extend what the law or the
// maker gives. [Service.Check] evaluates all of them for every line and says why; a person may override the answer
// where it is used, with a reason.
//
// What the law gives is said by the packs of package rules. [Service.Rights] tells with them what the customer may
// choose, who pays which way, what money comes back and by when, with rule ids, dates and words.
//
// Decisions that are kept are decided anew by facts of the unit, by days and by packs, and tell what is new. [Service.Watch]
// keeps one with nobody asking where a repair fails again or takes long.
//
// It knows no order: who asks passes the lines and the fault.
package entitlement
