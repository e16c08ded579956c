package core

// Clock asks whether the time is over once in a while: each time that so much work was done. Once it is over, it stays so.
// A nil clock never asks.
type Clock struct {
	over func() bool
	left int
	done bool
}

// clockWork is how many numbers are looked at between two questions: a fraction of a millisecond in order, a few in disorder.
const clockWork = 1 << 17

// NewClock asks over, which may be nil.
func NewClock(over func() bool) *Clock { return &Clock{over: over, left: clockWork} }

// Over counts work, in numbers that were looked at, and says whether the time is over.
func (c *Clock) Over(work int) bool {
	if c == nil || c.over == nil {
		return false
	}
	if c.left -= work; c.left <= 0 && !c.done {
		c.left, c.done = clockWork, c.over()
	}
	return c.done
}

// Now asks at once.
func (c *Clock) Now() bool {
	if c == nil || c.over == nil {
		return false
	}
	c.left, c.done = clockWork, c.done || c.over()
	return c.done
}
