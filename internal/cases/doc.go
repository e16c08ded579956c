// Package cases owns the case: one problem of one customer, who may be unknown at first, until the
// customer agrees that it is solved. A complaint is a case of that type, with stages.
//
// It owns states and acts ([Transitions]), priority and the safety flag, assignments, notes, links,
// children, merging, watchers, chases and the work that hangs on a case ([AttachWork]). It does not own
// the work itself: orders and returns are higher modules, which tell it of their work's beginning, end
// and next deadline. An outlet sees a case only through its work on it (cases_work): from the offer
// until it is declined, withdrawn or given back, else until the policy's days after the end.
//
// It has decided what a customer may choose by law and promise when a repair fails again or takes long
// ([Service.Rights]); the customer and whoever handles the case are told.
//
// Texts are sealed with the customer's key, or the case's own while nobody is known.
package cases
