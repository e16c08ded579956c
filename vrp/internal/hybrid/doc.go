// Package hybrid plans problems with few long routes: tens of clients in a
// route, tight time windows, capacities. It owns the search on its own flat
// problem type and nothing of what jobs and engineers mean.
//
// # Method
//
// The search works on one plan that may break windows and capacities for a
// price (plan.go, penalty.go). The prices follow the share of local optima
// that break nothing. Time is held in segments that join in constant time,
// where lateness is turned into time warp as in Vidal's hybrid genetic search
// (segment.go), so a move is priced from the chains it joins, not from the
// clients in them (piece.go).
//
// Local search (search.go) tries moves between a client and its neighbours in
// space and time (neighbours.go), each move in a file of its own: relocation
// and or-opt, swaps of up to two clients by two, 2-opt, 2-opt*, an unused
// vehicle, leaving out and taking in. A move first compares the legs it saves
// and adds with all that the two routes pay for violations and waiting: no
// move can save more than that beside legs, and most end there. The sieve
// (sieve.go) makes this comparison for all moves of a pair at once. SWAP*
// follows on plans that are about to be accepted.
//
// A round takes strings of neighbouring stops out of a few routes, or now and
// then a whole route, puts the clients back greedily (ruin.go), and polishes
// around those that were touched; simulated annealing over the budget decides
// whether to go on from there (iterated.go). What a round did is undone by
// giving back the copies of the routes it changed. A round costs the same in a
// large plan as in a small one, and allocates nothing.
//
// A population of plans with crossover was not needed to reach what the
// published ones reach in ten seconds.
//
// # Limits
//
// Times are 32-bit inside, counted from the first shift; compile refuses what
// would not fit. Clients whom no vehicle could serve on any way stay unserved
// and do not keep the others from being planned (reach.go). With several kinds
// of vehicles, moves between two kinds are priced by driving the new routes, so
// fleets where every vehicle is of its own kind are searched more slowly.
package hybrid
