// Package vrp plans who goes where in which order: engineers with shifts, breaks, skills and stock; jobs with
// windows, needs and a price for not being done.
//
// A [Problem] is data. [Solve] searches for a [Solution] until it is told to stop and gives the best that it has
// found; [Check] judges any solution by the rules alone, whoever made it; [Explain] says why an engineer could or could
// not do a job, and what would have to give way.
//
// The package is pure: it imports the standard library only, knows no clock, no file and no network, and
// draws its random numbers from a seed. The same problem, seed and number of iterations give the same solution.
//
// # Units
//
// Instants are seconds since any origin that the caller likes, the same one in the whole problem. Lengths of time
// are seconds, distances metres, costs the smallest unit of a currency; all are int64. Places are indices into the
// travel matrix.
//
// # Rules
//
// A route is one shift of one engineer. It leaves its start place no earlier than the shift begins, and is at its
// end place, or has ended its last job where the end is open, before the shift ends. Work on a job starts within
// one of the job's windows, both ends included; the engineer may wait. The way to a job is travelled after what
// comes before it has ended. Each break of the shift begins within one of its windows and lies between two
// stops, where it may interrupt the way; its length is neither travelled nor worked. What the van carries never
// exceeds its capacity.
//
// A tool or part that a job needs is in the van, or was fetched at a counter before it, which is a stop of its own that counts
// neither as a job nor as work. Parts are used up in the order of the route; of what a counter has there is enough from
// there on. Fixed work uses nothing.
//
// Service is divided by the efficiency and rounded up to whole seconds; setup is not, and is spared when the engineer
// is at the place already, the start place included. Work without a place may interrupt the way as a break does. Both
// ends of a shipment count as jobs of a shift. Every engineer of a crew stands on a route of its own, with the same
// start. Of fixed work nothing is asked but that it stays: no way, window, skill or pin.
//
// # Costs
//
// What is priced by the hour or kilometre is rounded down, each rate of each route or job by itself. Breaks are not paid
// by the hour. A preferred engineer counts once a job, as a negative cost; levels too many count for each need and
// each engineer of the crew; work that had a place in the plan before counts as moved unless one of its engineers and
// the start are the same, and not at all when it is unserved. Fairness looks at the seconds of work, setup included.
package vrp
