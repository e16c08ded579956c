// Package entitlement decides who pays for a charge line: labour, a part by its class, travel, freight.
//
// Coverages are dated rows on a unit, written by hand (a contract, goodwill), or follow from its model (the
// maker's promise for the whole product and for main parts), started by the unit's dates: installed before
// delivered, activated, invoiced, sold, made. Days out of use for repair extend what the law or the maker
// gives. [Service.Check] evaluates all of them for every line and says why; a person may override the answer
// where it is used, with a reason. Rule packs of countries come behind the same interface.
//
// It knows no order: who asks passes the lines.
package entitlement
