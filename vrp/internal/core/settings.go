package core

// settings are the numbers that steer the search. They were found on engineers' days of several sizes; see
// docs/dispatch-tries.md.
type settings struct {
	// Heat is in mean costs of the way to a served task: so much worse a plan is still taken once in e times.
	hot, cold float64
	hotTimed  float64 // the former where it costs when things happen: waiting counts then as well
	coldStart float64 // cold where the search goes on from a plan
	enough    float64 // rounds a task for which the beginning is hot
	// What absence weighs while the search goes on, in mean costs of a served task: a unit of priority, and each
	// task. From soft, so that the hours go where they serve most, to hard.
	prioritySoft, priorityHard float64
	absentSoft, absentHard     float64
	absentNever                float64 // the latter where all can be served
	removed                    float64 // tasks taken out at a time, about
	absentSeeds                float64 // rounds around a task that is not served
	worthyOrders               int     // per cent of rounds, twice, that put worthier tasks first, to all others
}

func usual() settings {
	return settings{
		hot: 0.2, cold: 0.1, hotTimed: 1, coldStart: 0.01, enough: 15, prioritySoft: 0.1, priorityHard: 5, absentSoft: 1, absentHard: 10, absentNever: 1000,
		removed: 10, absentSeeds: 0.2, worthyOrders: 200,
	}
}
