package bench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"anxin/vrp"
)

// Nation is how large a drawn nation's day is.
type Nation struct{ Cities, Jobs, Engineers int }

// nationOf is a nation as the largest firms serve it, or with fewer cities a piece of one.
func nationOf(cities int) Nation {
	return Nation{Cities: cities, Jobs: cities * 1000 / 3, Engineers: cities * 40}
}

// nationAll is how many cities there are in all.
const nationAll = 300

// plane tells the ways of cities that lie on a plane each: straight lines times what roads are longer, at the city's speed.
type plane struct {
	city []int32
	x, y []float32 // metres
	pace []float64 // seconds a metre, by city
}

// Region implements [vrp.Ways].
func (p *plane) Region(place int) int { return int(p.city[place]) }

// Way implements [vrp.Ways].
func (p *plane) Way(from, to int) (seconds, metres, cost int32) {
	d := math.Hypot(float64(p.x[from]-p.x[to]), float64(p.y[from]-p.y[to])) * 1.35
	seconds = int32(d * p.pace[p.city[from]])
	return seconds, int32(d), seconds
}

// nationSkills are what engineers know: how often work asks for it, and how many engineers have it, per cent.
var nationSkills = []struct {
	code     string
	ask, own int
}{
	{"air conditioner", 26, 60},
	{"refrigerator", 16, 45},
	{"washing machine", 14, 50},
	{"water heater", 12, 40},
	{"television", 8, 30},
	{"gas stove", 8, 30},
	{"range hood", 6, 35},
	{"water purifier", 5, 25},
	{"central air conditioner", 3, 15},
	{"heat pump", 2, 12},
}

// Problem draws the nation's day: cities of very different size, districts in each, engineers who start and end at home, a
// lunch break, windows of two hours, half days or none, skills that few or many have.
func (n Nation) Problem(seed uint64) *vrp.Problem {
	r := rand.New(rand.NewPCG(seed, 0x4a11))
	ways := &plane{}
	p := &vrp.Problem{Travel: []vrp.Matrix{{Ways: ways}}, Objective: vrp.Objective{Travel: 1}}
	jobs, engineers := shares(n.Jobs, n.Cities), shares(n.Engineers, n.Cities)
	for c := range n.Cities {
		drawCity(r, p, ways, c, jobs[c], engineers[c])
	}
	p.Places = len(ways.city)
	return p
}

// shares divides a number among cities by their rank.
func shares(n, cities int) []int {
	weights, sum := make([]float64, cities), 0.0
	for i := range weights {
		weights[i] = math.Pow(float64(i+1), -0.6)
		sum += weights[i]
	}
	out := make([]int, cities)
	before, given := 0.0, 0
	for i, w := range weights {
		before += w
		out[i] = int(math.Round(before/sum*float64(n))) - given
		given += out[i]
	}
	return out
}

func drawCity(r *rand.Rand, p *vrp.Problem, ways *plane, c, jobs, engineers int) {
	radius := 3000 + 300*math.Sqrt(float64(jobs))
	ways.pace = append(ways.pace, 1/(5+r.Float64()*4)) // 18 to 32 km/h
	type district struct{ x, y, wide float64 }
	var districts []district
	for range 3 + jobs/80 {
		a, d := r.Float64()*2*math.Pi, radius*math.Sqrt(r.Float64())
		districts = append(districts, district{d * math.Cos(a), d * math.Sin(a), 600 + r.Float64()*radius/5})
	}
	place := func() int {
		d := districts[r.IntN(len(districts))]
		ways.city = append(ways.city, int32(c))
		ways.x = append(ways.x, float32(d.x+r.NormFloat64()*d.wide))
		ways.y = append(ways.y, float32(d.y+r.NormFloat64()*d.wide))
		return len(ways.city) - 1
	}
	for i := range engineers {
		home := place()
		e := vrp.Engineer{ID: fmt.Sprintf("%d-e%d", c, i), Shifts: []vrp.Shift{{
			Window: vrp.Window{From: 8 * 3600, To: 18 * 3600}, Start: home, End: home,
			Breaks: []vrp.Break{{Windows: []vrp.Window{{From: 41_400, To: 48_600}}, Length: 2700}},
		}}}
		for _, s := range nationSkills {
			if r.IntN(100) < s.own {
				e.Skills = append(e.Skills, vrp.Skill{Code: s.code, Level: 1})
			}
		}
		p.Engineers = append(p.Engineers, e)
	}
	for i := range jobs {
		draw, k := r.IntN(100), 0
		for draw >= nationSkills[k].ask {
			draw -= nationSkills[k].ask
			k++
		}
		j := vrp.Job{
			ID: fmt.Sprintf("%d-j%d", c, i), Place: place(), Service: int64(20+5*r.IntN(13)) * 60, Priority: []int64{10, 10, 20, 50}[r.IntN(4)],
			Needs: []vrp.Need{{Skill: nationSkills[k].code}},
		}
		switch r.IntN(4) {
		case 0, 1:
			from := int64(8+2*r.IntN(5)) * 3600
			j.Windows = []vrp.Window{{From: from, To: from + 7200}}
		case 2:
			from := int64([]int{8, 13}[r.IntN(2)]) * 3600
			j.Windows = []vrp.Window{{From: from, To: from + 4*3600}}
		}
		p.Jobs = append(p.Jobs, j)
	}
}

// Alone is one city of a nation's day as a problem of its own.
func (n Nation) Alone(p *vrp.Problem, c int) *vrp.Problem {
	ways := p.Travel[0].Ways.(*plane)
	out := &vrp.Problem{Objective: p.Objective}
	from, n2 := 0, 0
	for i, city := range ways.city {
		if int(city) == c {
			if n2 == 0 {
				from = i
			}
			n2++
		}
	}
	m := vrp.Matrix{Seconds: make([]int32, n2*n2)}
	for i := range n2 {
		for k := range n2 {
			m.Seconds[i*n2+k], _, _ = ways.Way(from+i, from+k)
		}
	}
	out.Places, out.Travel = n2, []vrp.Matrix{m}
	for _, e := range p.Engineers {
		if home := e.Shifts[0].Start; int(ways.city[home]) == c {
			s := e.Shifts[0]
			s.Start, s.End = s.Start-from, s.End-from
			e.Shifts = []vrp.Shift{s}
			out.Engineers = append(out.Engineers, e)
		}
	}
	for _, j := range p.Jobs {
		if int(ways.city[j.Place]) == c {
			j.Place -= from
			out.Jobs = append(out.Jobs, j)
		}
	}
	return out
}

// nationSet is the nation's day: all of it at once, and some of its cities by themselves.
const (
	nationSet     = "nation"
	nationSeconds = 600
	nationThreads = 2
	nationSeeds   = 3 // that a city is planned with by itself
)

// nationCities are those that are planned by themselves too: from the largest to a small one.
var nationCities = []int{0, 3, 10, 30, 100, 250}

// aloneSeconds are what a city by itself is planned for, as the published days are: ten seconds, sixty for large ones.
func aloneSeconds(jobs int) float64 {
	if jobs > 1500 {
		return 60
	}
	return 10
}

// nationTable plans a nation with two threads, for as much processor time as they have in so many seconds, and compares
// some of its cities with what they are by themselves.
func nationTable(ctx context.Context, o DispatchOptions, done map[string]DispatchResult) (string, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(nationThreads))
	n := nationOf(cmp.Or(o.Cities, nationAll))
	seconds := o.Seconds
	if seconds == 0 {
		seconds = nationSeconds * float64(n.Cities) / nationAll
	}
	chosen := slices.DeleteFunc(slices.Clone(nationCities), func(c int) bool { return c >= n.Cities })
	var rows strings.Builder
	p := n.Problem(o.Seed)
	var plan *vrp.Solution
	known := func(r *DispatchResult) bool {
		old, ok := done[r.key()]
		if ok {
			*r = old
		}
		return ok
	}
	solve := func(r *DispatchResult, p *vrp.Problem, threads int) (*vrp.Solution, error) {
		runtime.GC()
		before, wall := cpu(), time.Now()
		s, err := vrp.Solve(p, vrp.Options{
			Seed: r.Seed, Threads: threads, Stop: func() bool { return ctx.Err() != nil },
			Spent: func() float64 { return (cpu() - before).Seconds() / (r.Seconds * float64(threads)) },
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		r.Tasks, r.Date, r.CPU, r.Wall = len(p.Jobs), time.Now().UTC().Format(time.DateOnly), (cpu() - before).Seconds(), time.Since(wall).Seconds()
		r.Unserved, r.Priority, r.Value, r.Faults = s.Cost.Unserved, s.Cost.PriorityServed, float64(s.Cost.Travel), len(vrp.Check(p, s))
		r.Memory = peak()
		o.Say("%-8s %-22s %3.0f s: %d unserved, %.0f, %d faults, %d MiB", r.Set, r.Instance, r.Seconds, r.Unserved, r.Value, r.Faults, r.Memory)
		return s, keepResult(o.Results, *r)
	}
	all := DispatchResult{Set: nationSet, Instance: fmt.Sprintf("all %d", n.Cities), Seconds: seconds, Seed: o.Seed}
	within := make([]DispatchResult, len(chosen))
	measured := known(&all)
	for i, c := range chosen {
		within[i] = DispatchResult{Set: nationSet, Instance: fmt.Sprintf("city %d of %d within", c, n.Cities), Seconds: seconds, Seed: o.Seed}
		measured = known(&within[i]) && measured
	}
	if !measured {
		var err error
		if plan, err = solve(&all, p, nationThreads); err != nil {
			return "", err
		}
		for i, c := range chosen {
			n.within(p, plan, c, &within[i])
			if err := keepResult(o.Results, within[i]); err != nil {
				return "", err
			}
		}
	}
	fmt.Fprintf(&rows, "| nation | jobs | engineers | cities | threads | CPU s | wall s | peak memory MiB | unserved | priority served | travel s | faults |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	fmt.Fprintf(&rows, "| all | %d | %d | %d | %d | %.0f | %.0f | %d | %d | %d | %s | %d |\n\n", n.Jobs, n.Engineers, n.Cities, nationThreads, all.CPU, all.Wall, all.Memory, all.Unserved, all.Priority, thousands(all.Value), all.Faults)
	fmt.Fprintf(&rows, "| city | jobs | within the nation: unserved / priority / travel s | by itself for as long: least, middle and most travel of %d seeds | CPU s | travel %% | bar | | by itself, as the published days | CPU s | travel %% |\n|---|---|---|---|---|---|---|---|---|---|---|\n", nationSeeds)
	for i, c := range chosen {
		in := within[i]
		alone := func(name string, seconds float64, seed uint64) (DispatchResult, error) {
			r := DispatchResult{Set: nationSet, Instance: fmt.Sprintf("city %d of %d %s", c, n.Cities, name), Seconds: seconds, Seed: seed}
			if known(&r) {
				return r, nil
			}
			_, err := solve(&r, n.Alone(p, c), 1)
			return r, err
		}
		same := make([]DispatchResult, nationSeeds)
		for k := range same { // the processor time that its jobs have within the nation
			var err error
			if same[k], err = alone("as long", seconds*nationThreads*float64(in.Tasks)/float64(n.Jobs), o.Seed+uint64(k)); err != nil {
				return rows.String(), err
			}
		}
		slices.SortFunc(same, func(a, b DispatchResult) int { return cmp.Compare(a.Value, b.Value) })
		long, err := alone("alone", aloneSeconds(in.Tasks), o.Seed)
		if err != nil {
			return rows.String(), err
		}
		middle := same[nationSeeds/2]
		gap := func(r DispatchResult) float64 { return 100 * (in.Value - r.Value) / r.Value }
		met := in.Priority >= middle.Priority*99/100 && gap(middle) <= 1
		fmt.Fprintf(&rows, "| %d | %d | %d / %d / %s | %d / %d / %s, %s, %s | %.1f | %+.2f | ≤ +1 | %s | %d / %d / %s | %.0f | %+.2f |\n", c+1, in.Tasks, in.Unserved, in.Priority, thousands(in.Value),
			middle.Unserved, middle.Priority, thousands(same[0].Value), thousands(middle.Value), thousands(same[nationSeeds-1].Value), middle.Seconds, gap(middle), metWord(met),
			long.Unserved, long.Priority, thousands(long.Value), long.Seconds, gap(long))
	}
	return rows.String() + "\n", nil
}

func metWord(met bool) string {
	if met {
		return "met"
	}
	return "not met"
}

// within sums up what a plan of the nation has in a city.
func (n Nation) within(p *vrp.Problem, s *vrp.Solution, c int, r *DispatchResult) {
	ways := p.Travel[0].Ways.(*plane)
	r.Date = time.Now().UTC().Format(time.DateOnly)
	for i := range p.Jobs {
		if int(ways.city[p.Jobs[i].Place]) == c {
			r.Tasks++
			r.Priority += p.Jobs[i].Priority
		}
	}
	for _, u := range s.Unserved {
		if j := &p.Jobs[u.Index]; int(ways.city[j.Place]) == c {
			r.Unserved++
			r.Priority -= j.Priority
		}
	}
	for _, route := range s.Routes {
		if int(ways.city[p.Engineers[route.Engineer].Shifts[route.Shift].Start]) == c {
			r.Value += float64(route.Steps[len(route.Steps)-1].Travel)
		}
	}
}

// peak is the most memory that this process ever had, in MiB.
func peak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return int64(u.Maxrss) >> 10 //nolint:unconvert // KiB on Linux, 32 bits wide on some machines
}
