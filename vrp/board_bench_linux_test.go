package vrp_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// callers asks for 25 windows over five days for a job whose place nobody knew before.
func callers(b *testing.B, jobs, days int, rush bool) {
	p := vrptest.City(1, jobs, 120, days)
	if rush {
		vrptest.Rush(p, days)
	}
	board, err := vrptest.Fill(p)
	if err != nil {
		b.Fatal(err)
	}
	_, plan := board.Plan()
	r := rand.New(rand.NewPCG(2, 2))
	var windows []vrp.Window
	for d := range int64(5) {
		for h := range int64(5) {
			from := d%int64(days)*86_400 + (8+2*h)*3600
			windows = append(windows, vrp.Window{From: from, To: from + 7200})
		}
	}
	// The ways to a stranger are those of a place that is known.
	m, ways := &p.Travel[0], make([][2]vrp.Way, p.Places)
	var times []time.Duration
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	offered, asked := 0, 0
	for b.Loop() {
		twin := r.IntN(jobs)
		for place := range ways { // what a provider answers
			a, c := place*p.Places+twin, twin*p.Places+place
			ways[place] = [2]vrp.Way{{Seconds: m.Seconds[a], Metres: m.Metres[a], Cost: m.Seconds[a]}, {Seconds: m.Seconds[c], Metres: m.Metres[c], Cost: m.Seconds[c]}}
		}
		ask := vrp.Ask{Job: vrptest.CityJob(r, "asked", p.Places, days, 120), Windows: windows, Ways: func(_, place int) (to, from vrp.Way) {
			return ways[place][0], ways[place][1]
		}}
		begin := spent()
		offers, err := board.Offers(ask)
		times = append(times, spent()-begin)
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range offers {
			asked++
			if o.OK {
				offered++
			}
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(100*float64(offered)/float64(asked), "%offered")
	b.ReportMetric(float64(plan.Cost.Served), "served")
}

// spent is the time of the processor that this thread has used: what others do on the machine is not in it.
func spent() time.Duration {
	var t syscall.Timespec
	const threadTime = 3 // CLOCK_THREAD_CPUTIME_ID
	if _, _, err := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadTime, uintptr(unsafe.Pointer(&t)), 0); err != 0 {
		return 0
	}
	return time.Duration(t.Nano())
}

func BenchmarkOffers(b *testing.B) {
	b.Run("1000 over five days", func(b *testing.B) { callers(b, 1000, 5, false) })
	b.Run("1000 a day", func(b *testing.B) { callers(b, 5000, 5, false) })
	b.Run("1000 on one day", func(b *testing.B) { callers(b, 1000, 1, false) })
	b.Run("1000 a day with rush hours", func(b *testing.B) { callers(b, 5000, 5, true) })
	b.Run("1000 over five days with rush hours", func(b *testing.B) { callers(b, 1000, 5, true) })
	b.Run("1000 on one day with rush hours", func(b *testing.B) { callers(b, 1000, 1, true) })
}

// BenchmarkRepair repairs a day of 1000 jobs and 120 engineers after events of all kinds.
func BenchmarkRepair(b *testing.B) {
	p := vrptest.City(1, 1000, 120, 1)
	for i := range p.Jobs {
		p.Jobs[i].Promised = true
	}
	plan, err := vrp.Solve(p, vrp.Options{Iterations: 60_000})
	if err != nil {
		b.Fatal(err)
	}
	for n, ev := range events {
		b.Run(ev.name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			r := rand.New(rand.NewPCG(uint64(n), 8))
			var times []time.Duration
			moved, promised := 0, 0
			var cost int64
			for b.Loop() {
				q, before := copyOf(p), clonePlan(plan)
				touched := ev.do(r, q, before)
				begin := spent()
				after, moves, err := vrp.Repair(q, before, touched, vrp.Options{})
				times = append(times, spent()-begin)
				if err != nil {
					b.Fatal(err)
				}
				cost += after.Cost.Total - plan.Cost.Total
				own := 0
				for _, m := range moves {
					if m.From != nil {
						own++
					}
				}
				moved, promised = moved+own, max(promised, own)
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(moved)/float64(len(times)), "moves")
			b.ReportMetric(float64(promised), "most-moves")
			b.ReportMetric(float64(cost)/float64(len(times)), "cost")
		})
	}
}
