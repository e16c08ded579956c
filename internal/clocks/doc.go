// Package clocks owns deadlines: who owes what to whom until when, what may
// stop the time, and whether it was kept. A clock is one deadline of one party
// on one record; all clocks of one job stop and start together when the job
// waits for somebody. The package knows no owner of records: callers pass the
// record's kind and id, its attributes and its calendars.
//
// # Facts and state
//
// A clock is an append-only list of [Fact]s, and its [State] is what [Eval]
// makes of them at a moment. Nothing else is truth: a stored state is a copy.
// A fact has two times. It counts from when it happened (OccurredAt), so an
// engineer who arrived in time without signal was in time; when it was learnt
// (RecordedAt) only decides what was known at a moment. A device clock that
// runs ahead does not bring facts from the future: a fact counts from the
// earlier of its two times.
//
//	fact        running             paused              met                 breached
//	started     the clock begins to run
//	retargeted  new target, the time used stays used    no effect if later  no effect if later
//	paused      paused, for those whom the wait stops   no effect if later  no effect if later
//	resumed     -                   running when no     -                   -
//	                                other wait stops it
//	met         met                 met                 the earlier counts  stays breached, MetAt
//	                                                                        tells how late
//	voided      void                void                stays met           stays breached
//	(time)      breached once due   -                   -                   -
//	            has passed
//	withdrawn   as if the withdrawn fact had never been
//
// "Later" and "earlier" are by OccurredAt. A fact learnt late can therefore
// turn any of these around: an answer given before the deadline and recorded
// after it makes a breached clock met, a wait learnt of afterwards makes it
// run again, a withdrawn answer makes a met clock breached. Then
// State.AmendedFrom tells the verdict that no longer holds, and [Changes] says
// amended. A breach is not washed away by a later, longer target: only facts
// that happened before it amend it.
//
// # Due dates
//
// A target is a length of calendar time, a length of working time in a
// calendar, the end of the n-th working day after the start, or a fixed
// instant (the end of a promised window).
//
//   - The due date of a length is the earliest instant at which that much time
//     has been used since the start, pauses not counted.
//   - The due date of the other two is extended by the time of the pauses,
//     measured in the clock's own calendar: a pause of two hours over lunch
//     extends by one. Working days count pauses since the start; a fixed
//     instant only those after it was set, since whoever promised it knew of
//     the earlier ones.
//   - Met at the due date is met in time.
//   - A stopped clock does not run out: a due date that falls into a pause
//     moves to its end. While the pause is open, the due date is the one that
//     would hold if it ended now.
//   - A new target takes effect when it is set. Time used stays used, in the
//     measure in which it was used; a target that is used up already, or lies
//     in the past, is due at the moment of the change and not before.
//
// A warning stands at a share of the target used, or at a time left, both in
// the clock's own time: the last instant at which that much is left.
//
// # Waits
//
// A job may wait for somebody. The wait stops the clocks of those who are not
// at fault and starts a clock (milestone awaited) for the party that is. What
// a wait does to whom is data, the table [WaitEffects]:
//
//	waits for       stops            counts against       starts
//	customer        all others       customer             customer
//	part            all others       parts, firm          parts
//	approval        all others       approver, firm       approver
//	product owner   all others       product owner, firm  product owner
//	force majeure   all, always      nobody               nothing
//
// The firm is who answers to the customer: a missing part, an approval or a
// brand that does not reply is no reason why the customer should wait longer,
// so the firm's own clock runs on; the outlet's and the engineer's stop. When
// waits overlap, force majeure stops everybody; otherwise nobody hides behind
// another's wait: a clock runs while any open wait counts against its party.
// The effect is written into the fact when the wait begins, so a later change
// of the table rewrites no history. A clock that starts while its job waits
// takes the open waits over as facts.
//
// # Policies
//
// [Choose] picks the target among policies by service type, product line,
// priority, region tier, brand and contract, and explains the choice.
//
// # What is stored
//
// [Service] keeps clocks, facts and waits, and acts on them in the owners'
// transactions: [Service.StartTx], [Service.MetTx], [Service.PauseTx] and so
// on. The duty clocks.tick looks every few seconds for clocks whose next moment
// has come: instants are rows, so a restart loses none, and each is written
// over the version it was read at, so two nodes double none. Nobody else
// decides what a clock's facts come to.
//
// Policies and calendars are data that a firm edits. A node keeps them in
// memory and looks once a second whether they changed; starting a clock reads
// nothing else. Publishing a calendar or a year's holidays counts the open
// clocks anew and keeps both due dates in the audit trail; what has ended keeps
// counting by the calendars of its time.
//
// Calendars of others (outlets) come from the function given to [New], under
// ids with a colon, "outlet:0190…".
//
// # Events
//
// clock.warned.v1, clock.met.v1, clock.breached.v1, clock.paused.v1,
// clock.resumed.v1, clock.amended.v1 and, when a calendar was published,
// clock.moved.v1. A clock that falls away tells nothing.
package clocks
