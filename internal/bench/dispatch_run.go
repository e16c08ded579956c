package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

// DispatchOptions are what of the planner's measurements is wanted.
type DispatchOptions struct {
	Bench string // folder of the published instances
	Data  string // folder of the real routing data; its sets are left out where it is missing

	Sets    []string // empty: all
	Seconds float64  // instead of each set's own
	Seed    uint64
	Slice   bool   // the three-minute slice: few instances of each set, one time each
	Results string // file of measured lines, which are not measured again; empty: none
	Out     string // folder for the days' plans in VROOM's form; empty: none
	Curve   string // file for the picture of how plans became better, as SVG; what is measured already is not in it; empty: none
	Cities  int    // of the nation; 0 is all 300 of them
	Assert  bool   // fail when a bar is missed by far
	Say     func(format string, a ...any)

	curves *[]*curve
}

// DispatchResult is one instance, planned once.
type DispatchResult struct {
	Set      string  `json:"set"`
	Instance string  `json:"instance"`
	Seconds  float64 `json:"seconds"` // of processor time that were given
	Seed     uint64  `json:"seed"`

	Tasks    int     `json:"tasks"`
	Unserved int     `json:"unserved"`
	Priority int64   `json:"priority"`
	Value    float64 `json:"value"`            // what the set's literature counts: seconds, distance or working time
	Best     float64 `json:"best"`             // the best known, 0 where nobody has told
	CPU      float64 `json:"cpu"`              // seconds, of reading nothing but of compiling, searching and checking
	Wall     float64 `json:"wall,omitempty"`   // seconds, of the nation
	Memory   int64   `json:"memory,omitempty"` // MiB at the most, of the nation
	Faults   int     `json:"faults"`
	Error    string  `json:"error,omitempty"` // why there is no plan
	Date     string  `json:"date"`
}

func (r DispatchResult) key() string {
	return fmt.Sprintf("%s %s %g %d", r.Set, r.Instance, r.Seconds, r.Seed)
}

// gap is how far the value is above the best known, in per cent; false where there is none or work was left.
func (r DispatchResult) gap() (float64, bool) {
	if r.Best == 0 || r.Unserved > 0 || r.Error != "" {
		return 0, false
	}
	return 100 * (r.Value - r.Best) / r.Best, true
}

// instance is one problem of a set.
type instance struct {
	name    string
	best    float64
	load    func() (*vrp.Problem, *vroom.Input, error)
	measure func(vrp.Cost) float64
}

// dispatchSet is a family of instances with the times that they are planned for.
type dispatchSet struct {
	name    string
	seconds []float64
	slice   []string // instances of the slice
	short   float64  // seconds of the slice
	list    func(o DispatchOptions) ([]instance, error)
}

var dispatchSets = []dispatchSet{
	{"day a", []float64{10, 60}, []string{"tech_a_1000x120"}, 10, day("tech_a_1000x120", 0)},
	{"day b", []float64{20, 60}, []string{"tech_b_1000x100_over"}, 20, day("tech_b_1000x100_over", 0)},
	{"day c", []float64{2}, []string{"tech_c_300x40_parts"}, 2, day("tech_c_300x40_parts", 0)},
	{"day c in money", []float64{2}, []string{"tech_c_300x40_parts_money"}, 2, day("tech_c_300x40_parts", prioritySeconds)},
	{"solomon", []float64{1, 10}, hardSolomon, 1, vrptw("solomon")},
	{"gh200", []float64{10}, []string{"C2_2_8", "R1_2_4", "RC2_2_4"}, 10, vrptw("gh200")},
	{"gh1000", []float64{30}, []string{"R1_10_4"}, 30, vrptw("gh1000")},
	{"pillac", []float64{30}, []string{"R108", "RC207"}, 10, trsp("trsp-pillac")},
	{"praxedo", []float64{30}, []string{"R1", "R6"}, 5, trsp("trsp-praxedo-real")},
}

// hardSolomon are the twelve instances on which other solvers were compared.
var hardSolomon = strings.Fields("C104 C109 C203 R104 R112 R201 R204 R210 RC104 RC108 RC204 RC208")

// DispatchSets are the names of the sets, in the order of the table.
func DispatchSets() []string {
	var out []string
	for _, s := range dispatchSets {
		out = append(out, s.name)
	}
	return append(out, deadlineSet, slotsSet, repairSet, nationSet, productSet)
}

// productSet are the planners that the product runs, on the same days.
const productSet = "product"

// Dispatch measures the planner and returns the tables. It plans with one thread, and time is processor time.
func Dispatch(ctx context.Context, o DispatchOptions) (string, error) {
	for _, name := range o.Sets {
		if !slices.Contains(DispatchSets(), name) {
			return "", fmt.Errorf("there is no set %q; there are %s", name, strings.Join(DispatchSets(), ", "))
		}
	}
	done, err := readResults(o.Results)
	if err != nil {
		return "", err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if o.Curve != "" {
		o.curves = new([]*curve)
	}
	var all []DispatchResult
	wanted := func(set string) bool { return len(o.Sets) == 0 || slices.Contains(o.Sets, set) }
	for _, set := range dispatchSets {
		if !wanted(set.name) {
			continue
		}
		results, err := set.run(ctx, o, done)
		all = append(all, results...)
		if err != nil {
			return dispatchTable(all), fmt.Errorf("%s: %w", set.name, err)
		}
	}
	table := dispatchTable(all)
	if o.curves != nil && len(*o.curves) > 0 {
		if err := os.WriteFile(o.Curve, []byte(drawCurves(*o.curves)), 0o600); err != nil {
			return table, err
		}
	}
	if o.Assert {
		if err := assert(all); err != nil {
			return table, err
		}
	}
	live, err := liveTables(ctx, o, done, wanted)
	table += live
	if err != nil {
		return table, err
	}
	if wanted(nationSet) && !o.Slice {
		nation, err := nationTable(ctx, o, done)
		table += nation
		if err != nil {
			return table, err
		}
	}
	if wanted(productSet) && !o.Slice {
		product, err := plannersTable(ctx, o.Bench)
		table += product
		if err != nil {
			return table, err
		}
	}
	return table, nil
}

// run measures what is wanted of a set and not yet known.
func (set dispatchSet) run(ctx context.Context, o DispatchOptions, done map[string]DispatchResult) ([]DispatchResult, error) {
	instances, err := set.list(o)
	if errors.Is(err, os.ErrNotExist) {
		o.Say("%s: left out, %v", set.name, err)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	times := set.seconds
	if o.Slice {
		times = []float64{set.short}
		instances = slices.DeleteFunc(instances, func(i instance) bool { return !slices.Contains(set.slice, i.name) })
	}
	if o.Seconds > 0 {
		times = []float64{o.Seconds}
	}
	var out []DispatchResult
	for _, seconds := range times {
		for _, in := range instances {
			r := DispatchResult{Set: set.name, Instance: in.name, Seconds: seconds, Seed: o.Seed, Best: in.best}
			if known, ok := done[r.key()]; ok {
				out = append(out, known)
				continue
			}
			if err := r.measure(ctx, in, o); err != nil {
				return out, fmt.Errorf("%s: %w", in.name, err)
			}
			o.Say("%-8s %-22s %3.0f s: %d unserved, %.1f%s, %d faults %s", r.Set, r.Instance, r.Seconds, r.Unserved, r.Value, gapWords(r), r.Faults, r.Error)
			if err := keepResult(o.Results, r); err != nil {
				return out, err
			}
			out = append(out, r)
		}
	}
	return out, nil
}

func gapWords(r DispatchResult) string {
	if gap, ok := r.gap(); ok {
		return fmt.Sprintf(" (%+.2f %%)", gap)
	}
	return ""
}

// measure plans one instance. That the search does not honour a part of the model is a result, not an error.
func (r *DispatchResult) measure(ctx context.Context, in instance, o DispatchOptions) error {
	p, form, err := in.load()
	if err != nil {
		return err
	}
	runtime.GC() // what reading left behind is not the search's
	r.Tasks, r.Date = len(p.Jobs)+len(p.Shipments), time.Now().UTC().Format(time.DateOnly)
	before := cpu()
	options := vrp.Options{
		Seed:  o.Seed,
		Spent: func() float64 { return (cpu() - before).Seconds() / r.Seconds },
		Stop:  func() bool { return ctx.Err() != nil },
	}
	line := &curve{set: r.Set, instance: r.Instance, seconds: r.Seconds}
	if o.curves != nil {
		options.Progress = func(f vrp.Progress) { line.found = append(line.found, found{(cpu() - before).Seconds(), f}) }
	}
	s, err := vrp.Solve(p, options)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, vrp.ErrUnsupported):
		r.Error = err.Error()
		return nil
	case err != nil:
		return err
	}
	r.CPU = (cpu() - before).Seconds()
	r.Faults = len(vrp.Check(p, s))
	r.Unserved, r.Priority, r.Value = s.Cost.Unserved, s.Cost.PriorityServed, in.measure(s.Cost)
	if o.curves != nil {
		line.end(*r, s.Cost.Total)
		*o.curves = append(*o.curves, line)
	}
	if o.Out == "" || form == nil {
		return nil
	}
	var text bytes.Buffer
	if err := form.Write(&text, s, vroom.Times{Solving: time.Duration(r.CPU * float64(time.Second))}); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.Out, fmt.Sprintf("%s.%gs.json", in.name, r.Seconds)), text.Bytes(), 0o600)
}

// prioritySeconds is what a unit of priority is worth where priority does not come first, as it is when nothing else is said to
// the command line.
const prioritySeconds = 200

// day lists one city day, with all in one sum where a unit of priority is worth so many seconds of travel, else in levels.
func day(name string, worth int64) func(DispatchOptions) ([]instance, error) {
	return func(o DispatchOptions) ([]instance, error) {
		path := filepath.Join(o.Bench, "technician", name+".json.gz")
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		called := name
		if worth > 0 {
			called += "_money"
		}
		return []instance{{name: called, measure: func(c vrp.Cost) float64 { return float64(c.Travel) }, load: func() (*vrp.Problem, *vroom.Input, error) {
			text, err := unpacked(path)
			if err != nil {
				return nil, nil, err
			}
			in, err := vroom.Read(text)
			if err != nil {
				return nil, nil, err
			}
			if worth > 0 {
				in.Weigh(worth)
			}
			return in.Problem, in, nil
		}}}, nil
	}
}

// readResults reads the lines of earlier runs; a line that a cut has torn is passed over.
func readResults(path string) (map[string]DispatchResult, error) {
	out := map[string]DispatchResult{}
	if path == "" {
		return out, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r DispatchResult
		if json.Unmarshal(lines.Bytes(), &r) == nil && r.Set != "" {
			out[r.key()] = r
		}
	}
	return out, lines.Err()
}

func keepResult(path string, r DispatchResult) (err error) {
	if path == "" {
		return nil
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return err
}
