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
package vrp
