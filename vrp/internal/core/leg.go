package core

// arrivals moves the earliest instants of leaving a stop, one for each number of breaks taken, over a way of d seconds to the
// earliest arrivals at the next. A break that falls on the way interrupts it.
func arrivals(breaks []Break, leave []int32, d int32, arrive *[MaxBreaks + 1]int32) {
	for b := range len(breaks) + 1 {
		arrive[b] = Never
	}
	for c := range len(breaks) + 1 {
		t, rest := leave[c], d
		if t >= Never {
			continue
		}
		arrive[c] = min(arrive[c], t+rest)
		for b := c; b < len(breaks); b++ {
			s := next(breaks[b].Windows, t)
			if s >= Never {
				break
			}
			rest = max(0, rest-(s-t))
			t = s + breaks[b].Length
			arrive[b+1] = min(arrive[b+1], t+rest)
		}
	}
}

// leavings is arrivals backwards: the latest instants of leaving a stop from which the next, d seconds away, is reached in
// time, in time being late by number of breaks.
func leavings(breaks []Break, late []int32, d int32, leave *[MaxBreaks + 1]int32) {
	for b := range len(breaks) + 1 {
		leave[b] = -Never
	}
	for c := len(breaks); c >= 0; c-- {
		t, rest := late[c], d
		if t <= -Never {
			continue
		}
		leave[c] = max(leave[c], t-rest)
		for b := c - 1; b >= 0; b-- {
			s := last(breaks[b].Windows, t-breaks[b].Length)
			if s <= -Never {
				break
			}
			rest = max(0, rest-(t-s-breaks[b].Length))
			t = s
			leave[b] = max(leave[b], t-rest)
		}
	}
}
