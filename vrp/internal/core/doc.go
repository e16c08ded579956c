// Package core searches for plans of many short routes: engineers' days of a few jobs each.
//
// It works on a [Problem] of flat integer arrays, in which every question that an insertion asks is answered without
// walking a route: how early each stop can be left and how late it can be reached, for each number of
// breaks taken before it. Arriving earlier is never worse, so a place in a route is good when for some
// number of breaks the arrival at what follows is no later than the latest good one.
//
// The search takes apart neighbouring stretches of a few neighbouring routes, puts everything back greedily in one of
// several orders, and keeps or undoes the whole (slack induction by string removals). What it does not own: what
// the numbers mean. The package above it compiles them and reads the routes back.
package core
