package core

import "sync"

// Shares gives pieces of work that run side by side their parts of one budget: by their weight, of what is left when they
// begin. What is bounded by iterations is shared out the same with any number of threads.
type Shares struct {
	budget  Budget
	threads int
	total   int
	mu      sync.Mutex
	rest    int             // weight of what has not begun
	running map[int]float64 // by rest when it began, the share of the budget at which a piece ends
}

// NewShares shares a budget among pieces of a total weight.
func NewShares(b Budget, threads, total int) *Shares {
	return &Shares{budget: b, threads: max(threads, 1), total: total, rest: total, running: map[int]float64{}}
}

// Begin is the budget of a piece of some weight; end is called after it.
func (s *Shares) Begin(weight int) (b Budget, end func()) {
	b.Stop = s.budget.Stop
	if s.budget.Iterations > 0 {
		b.Iterations = max(1, int(float64(s.budget.Iterations)*float64(weight)/float64(s.total)))
	}
	if s.budget.Spent == nil {
		return b, func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, key := s.budget.Spent(), s.rest
	free := float64(s.threads) * (1 - now)
	for _, until := range s.running {
		free -= max(0, until-now)
	}
	mine := min(1-now, free*float64(weight)/float64(s.rest))
	s.rest -= weight
	s.running[key] = now + mine
	b.Spent = func() float64 {
		if mine <= 0 {
			return 1
		}
		return (s.budget.Spent() - now) / mine
	}
	return b, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.running, key)
	}
}

// Each calls f for 0 to n-1 in so many goroutines, in order of beginning.
func Each(threads, n int, f func(i int)) {
	if threads = min(threads, n); threads <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range threads {
		wait.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	wait.Wait()
}
