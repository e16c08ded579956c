package bench

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// deadlineSet is how much later than told searches of large cities end.
const deadlineSet = "deadline"

// deadlineTable plans cities with full matrices for moments that end before the search, in it and after it began to cool down.
// Time is processor time, of one thread; the bar is 50 ms.
func deadlineTable(ctx context.Context, o DispatchOptions) (string, error) {
	var out strings.Builder
	out.WriteString("Deadlines: cities of a day with full matrices, ten jobs an engineer; late is the longest that a search went on after its end, bar: ≤ 50 ms.\n\n| jobs | deadlines s | late ms | longest between two looks at the clock ms | faults |\n|---|---|---|---|---|\n")
	sizes, limits := []int{1000, 8000, 20_000}, []float64{0.02, 0.1, 0.3, 1, 3}
	if o.Slice {
		sizes, limits = []int{1000, 8000}, []float64{0.02, 0.3}
	}
	for _, jobs := range sizes {
		p := vrptest.City(1+o.Seed, jobs, jobs/10, 1)
		runtime.GC()
		late, widest, faults := 0.0, 0.0, 0
		for _, limit := range limits {
			begin := cpu()
			last := begin
			s, err := vrp.Solve(p, vrp.Options{Seed: o.Seed, Stop: func() bool { return ctx.Err() != nil }, Spent: func() float64 {
				now := cpu()
				widest, last = max(widest, (now-last).Seconds()), now
				return (now - begin).Seconds() / limit
			}})
			late = max(late, (cpu()-begin).Seconds()-limit)
			if err != nil || ctx.Err() != nil {
				return out.String(), cmpErr(ctx.Err(), err)
			}
			faults += len(vrp.Check(p, s))
		}
		fmt.Fprintf(&out, "| %d | %v | %.0f | %.0f | %d |\n", jobs, limits, 1000*late, 1000*widest, faults)
		o.Say("deadline %d jobs: %.0f ms late at the most, %d faults", jobs, 1000*late, faults)
	}
	out.WriteString("\n")
	return out.String(), nil
}
