// Package dispatch chooses who goes where when: the outlet that is asked, the engineers that fit, the windows
// that can be promised, and the plan of a day.
//
// # What it owns
//
// A hold is a window offered to somebody on the phone; it expires after minutes. Taken, it becomes a
// reservation on the engineer's day, or on the declared quota of an outlet that is not the operator's own, and
// the promise is made in the same transaction. A reservation lives until a visit replaces it, the promise
// changes or the order ends. When an outlet declines, or lets the offer expire, the next one is asked and the
// reservation moves with it; when nobody can, an [Alert] is raised: a promise without capacity.
//
// # Capacity is counted behind a guard
//
// Whoever takes capacity bumps the days of the engineers first (workforce_engineer_day), or the outlet's day
// (dispatch_outlet_day), and counts only then: two callers follow each other, so a day is never overbooked.
// What was read before the guard is a proposal.
//
// # Planning
//
// Package planner plans over snapshots; this package makes them from the database and publishes the plans.
// What a person does by hand is judged by the same rules. Those of the law, the trade and physics hold always;
// others are set aside by who may, with a reason, and the decision keeps both.
//
// It does not own visits, offers and promises (orders), shifts and skills (workforce), areas and quotas
// (outlets), or parts.
package dispatch
