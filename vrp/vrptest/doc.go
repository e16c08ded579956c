// Package vrptest judges solvers and checkers of package vrp by slower and plainer means. [Random] makes small problems
// with any mix of features, [Best] tries every plan of a tiny one, [Judge] replays a plan second by second, [Hostile]
// lists problems that make no sense or cannot be done, and [Suite] is what every solver has to pass.
//
// Nothing here shares code with the search or with [vrp.Check]. It is for tests.
package vrptest
