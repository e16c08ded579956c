// Package workforce owns the people of the outlets: staff and engineers with skills and levels, the tools that they have along,
// certificates with their dates, shifts, absences, and where an engineer starts his day.
//
// States: active, suspended, left. See [Transitions].
//
// A day of an engineer is guarded by one row, workforce_engineer_day: whoever changes what he has to do or
// may do that day (a shift or absence here, a visit in orders, a hold or plan in dispatch) calls
// [Service.BumpDayTx] in the same transaction. Two changes of one day therefore follow each other, and who
// planned on an older version learns it.
//
// A person's name is clear: customers see it. Phone and certificate numbers are sealed under a key of his
// own. The user who signs in is identity's; only its id stands here, as text. The van's stock is parts'.
//
// Events: engineer.created.v1, engineer.edited.v1, engineer.moved.v1, engineer.suspended.v1,
// engineer.resumed.v1, engineer.left.v1, engineer.shifts_changed.v1, engineer.absence_changed.v1.
package workforce
