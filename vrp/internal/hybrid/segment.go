package hybrid

// clock is a time of the horizon or a span of it, in the problem's seconds;
// data counts it from the first shift's opening.
type clock = int32

// A segment is what a chain of stops means for the time before and after it,
// however long the chain is. Whoever comes too late is taken back to the
// window's close, and the way back is paid for as time warp, so that every
// chain has a value and two chains join in constant time.
type segment struct {
	net   clock // time from the start of the first service to the end of the last, less warp
	warp  clock // time taken back
	wait  clock // time lost before windows, with the best start
	early clock // earliest start that loses no more time than necessary
	late  clock // latest start that adds no warp
}

// join is a followed by b with leg seconds between.
func join(a, b *segment, leg clock) segment {
	to := a.net + leg
	wait := max(b.early-to-a.late, 0)
	warp := max(a.early+to-b.late, 0)
	return segment{
		net:   to + b.net + wait - warp,
		warp:  a.warp + b.warp + warp,
		wait:  a.wait + b.wait + wait,
		early: max(b.early-to, a.early) - wait,
		late:  min(b.late-to, a.late) + warp,
	}
}

// joinEnd is join where only warp and wait of the whole matter.
func joinEnd(a, b *segment, leg clock) (warp, wait clock) {
	to := a.net + leg
	wait = a.wait + b.wait + max(b.early-to-a.late, 0)
	warp = a.warp + b.warp + max(a.early+to-b.late, 0)
	return warp, wait
}
