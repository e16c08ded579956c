// Package outlets owns the network of service points: the organisation tree, which brands and areas an
// outlet serves, when it is open, whom to call there, and the capacity it declares.
//
// The tree is a security boundary. An outlet's path ("/hz/west/") is made of immutable codes, so it never
// changes and records of other modules may carry it: a scope is a prefix of it. The centre is the root,
// path "/", and a row of its own ([Centre]).
//
// States: active, suspended (no new work is offered), closed (for ever). See [Transitions].
//
// It owns no engineer (workforce), no used capacity (dispatch), no grade (quality) and no settlement. The
// outlet's business phone and address are no personal data and stand in clear; its contact persons are
// sealed, each under a key of his own.
//
// Events: outlet.created.v1, outlet.edited.v1, outlet.suspended.v1, outlet.resumed.v1, outlet.closed.v1.
package outlets
