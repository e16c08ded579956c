// Package units keeps the installed base: one record for each physical product, with its brand and model,
// its serial once somebody has read it, its owner and place, the facts of its purchase, the dates that
// warranties start from and who verified each, its components, and what service has done to it.
//
// A unit is the hub of its own history. Service facts are written by the modules that did the work, in
// their change, and are never altered: coverage reads them. The timeline tells everything that happened to
// the unit, also what higher modules report of it ([Service.NoteTx]).
//
// The place is a snapshot, sealed by the owner's key; it is sealed again when the owner changes. Division
// and point stand in the clear. A unit belongs to no outlet: shares say which outlets see it, until when.
// Two records of one product are merged by a redirect that can be taken back.
//
// States: active, replaced (another unit was given for it), retired. Events: unit.created, changed,
// fact_added, owner_changed, marked, replaced, retired, restored, merged, unmerged. It knows no order and
// decides no coverage.
package units
