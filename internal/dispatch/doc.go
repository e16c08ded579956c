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
// Days are read through a cache in each node's memory, validated by their versions (docs/adr/0010): what it says is
// such a proposal. Whatever takes or frees an engineer's time bumps the day that it changes.
//
// # Planning
//
// Package planner plans over snapshots; this package makes them from the database and publishes the plans.
// What a person does by hand is judged by the same rules. Those of the law, the trade and physics hold always;
// others are set aside by who may, with a reason, and the decision keeps both.
//
// A plan is of a day, or some, and gives what waits to engineers; or it repairs the board after an event: an
// urgent order, a visit that is cancelled or takes longer, an engineer who is away, a part that comes later. Each
// is a task with progress and cancel. Its result is a draft that says what it changes, visit by visit, from where
// to where and why; a person, or a schedule, publishes it, all or nothing, judged again on what the days hold by
// then. An absence that a visit stands in, and a visit that runs into the next one, raise an [Alert] that a repair
// can be started from.
//
// A schedule plans an outlet, with those below it, by itself: each date once, on whatever node, and caught up
// where nobody was there. A scenario plans the same days twice, as they are and with other assumptions (people,
// skills, shifts, absences, closed outlets, demand), keeps what came of both, and touches nothing.
//
// Work goes to those who have its parts and tools along, or can fetch them at the store of their outlet first, which is a stop of its
// own. Tools are not used up.
//
// A policy, for all brands or for one, says what plans and repairs weigh beside promises, priorities and ways: moves near their
// time, margins of windows, visits to a household, shares of outlets. It also says in which hours of which days ways take longer, or
// less long, for the engineers of the brand: whatever plans, offers, judges or shows a way goes by that.
//
// Plans: planning → draft → published or discarded; planning → failed. Runs of a schedule: planning → draft,
// published or failed; missed. Scenarios: running → done or failed.
//
// It does not own visits, offers and promises (orders), shifts and skills (workforce), areas and quotas
// (outlets), or parts.
package dispatch
