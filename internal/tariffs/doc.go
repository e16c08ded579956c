// Package tariffs prices charge lines from price lists that people keep by hand, with validity, brand and
// service type: labour by category and grade, the trip, distance, height, parts, and factors for urgent,
// holiday and night work. The most specific row in force wins and is named in the answer.
//
// It decides neither who pays (entitlement) nor what an outlet earns (settlement, later).
package tariffs
