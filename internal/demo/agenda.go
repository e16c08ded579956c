package demo

import (
	"container/heap"
	"context"
	"fmt"
	"time"
)

// agenda is the calendar of what is still to be done, by time and then by when it was noted.
type agenda struct {
	list tasks
	seq  int
}

type task struct {
	at  time.Time
	seq int
	run func(ctx context.Context) error
}

type tasks []task

func (t tasks) Len() int { return len(t) }
func (t tasks) Less(i, j int) bool {
	if !t[i].at.Equal(t[j].at) {
		return t[i].at.Before(t[j].at)
	}
	return t[i].seq < t[j].seq
}
func (t tasks) Swap(i, j int) { t[i], t[j] = t[j], t[i] }
func (t *tasks) Push(x any)   { *t = append(*t, x.(task)) }
func (t *tasks) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}

// add notes a task.
func (a *agenda) add(at time.Time, run func(ctx context.Context) error) {
	a.seq++
	heap.Push(&a.list, task{at, a.seq, run})
}

// work does everything up to end, in order, with the clock at each task's time; what is later is dropped.
func (a *agenda) work(ctx context.Context, end time.Time, clock func(time.Time)) error {
	for a.list.Len() > 0 {
		t := heap.Pop(&a.list).(task)
		if t.at.After(end) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		clock(t.at)
		if err := t.run(ctx); err != nil {
			return fmt.Errorf("at %s: %w", t.at.Format(time.DateTime), err)
		}
	}
	return nil
}
