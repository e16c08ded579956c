// Package planner plans who does what when, over a snapshot: the seam behind which planners are exchanged, the
// rules, a checker that judges every plan by them, and the planner, [Engine], which asks package vrp: its search for plans of
// days, its board for offers, repairs and reasons. The checker shares nothing with it.
//
// It is pure: no database, no clock, no randomness; the same snapshot gives the same plan. Package dispatch
// makes snapshots and publishes plans. The suite that every planner has to pass is in package plannertest.
//
// # Rules
//
// An engineer begins at his home place when his first shift begins and may end anywhere. The work of a job lies
// inside one shift, its start inside one of the job's windows (both ends included: a promise is about when he
// arrives). The way to a job is travelled after what comes before it has ended; the break and remote work may interrupt it, no
// way is planned between two shifts of a day. In a rush hour each second covers less of it, or more: how long it takes depends on when it
// is travelled, and who leaves later never arrives earlier. Somewhere inside the window of
// the day's break there is a stretch of its length in which he neither works nor travels. Two engineers of one
// outlet start a job for two together; the second may be a learner but holds the same certificates. Visits
// that are committed are facts: what they break among themselves is nobody's fault, but nothing may be planned
// into them, nor before one that is frozen.
package planner
