package bench

import (
	"fmt"
	"slices"
	"strings"
)

// dispatchOthers are what the published instances come with: the values of others on a machine of two cores, one
// thread, in CPU seconds, and the value that ours has to reach.
var dispatchOthers = map[string]struct{ bar, others string }{
	"day a 10": {"2 unserved, 32920, ≤ 560,000", "VROOM x0 3 / 32915 / 616,758 (4.9 s), x5 2 / 32920 / 597,044 (199 s)"},
	"day a 60": {"2 unserved, 32920, ≤ 540,000", "VROOM x3 3 / 32915 / 588,239 (56 s)"},
	"day b 20": {"≥ 28670", "VROOM x0 178 / 28360 / 598,301 (3.5 s), x5 191 / 28670 / 592,465 (193 s)"},
	"day b 60": {"> 28700, ≤ 610,238", "VROOM x3 179 / 28640 / 574,144 (73 s)"},
	"day c 2":  {"> 10485, ≤ 285,580", "VROOM x1 25 / 10445 / 308,016 (0.8 s), x5 26 / 10485 / 285,580 (14.2 s)"},

	"day c in money 2": {"> 10485, ≤ 285,580", "VROOM, which puts priority first: the same"},

	"solomon 1":  {"≤ 0.5 %", "VROOM x0 4.31 % (0.16 s), x3 2.29 % (0.8 s), x5 1.61 % (2.4 s)"},
	"solomon 10": {"≤ 0.15 %", "the 12 hard ones: VROOM x5 1.05 % (2.9 s), PyVRP 0.22 %, HGS-VRPTW 0.00 %"},
	"gh200 10":   {"≤ 0.8 %", "six of them: VROOM x5 3.41 % (14.4 s), PyVRP 0.59 %, HGS-VRPTW 0.40 %"},
	"gh1000 30":  {"≤ 4 %", "R1_10_4, C2_10_8, RC2_10_4: PyVRP 4.9, 1.7, 5.2 %, HGS-VRPTW 5.7, 1.9, 9.7 %"},
	"pillac 30":  {"≤ 1 %", "published heuristic 2.6 % above best in 15–35 s"},
	"praxedo 30": {"≤ 1 %", "R1 4915.8, R6 1284.7; nobody has served all of R2"},
}

// dispatchTable prints what was measured: one line a day, one line a set, and below it each instance.
func dispatchTable(all []DispatchResult) string {
	var days, sets, each strings.Builder
	for _, group := range groups(all) {
		first := group[0]
		told := dispatchOthers[fmt.Sprintf("%s %g", first.Set, first.Seconds)]
		if strings.HasPrefix(first.Set, "day ") {
			r := first
			fmt.Fprintf(&days, "| %s | %.1f | %d | %d | %s | %d | %s | %s | %s |\n", r.Set, r.CPU, r.Unserved, r.Priority, thousands(r.Value), r.Faults, told.bar, barWord(group), told.others)
			continue
		}
		fmt.Fprintln(&sets, setRow(group, told.bar, told.others))
		for _, r := range group {
			gap := ""
			if g, ok := r.gap(); ok {
				gap = fmt.Sprintf("%.2f", g)
			}
			fmt.Fprintf(&each, "| %s | %s | %.1f | %d | %.1f | %.1f | %s | %d | %s |\n", r.Set, r.Instance, r.CPU, r.Unserved, r.Value, r.Best, gap, r.Faults, r.Error)
		}
	}
	var out strings.Builder
	if days.Len() > 0 {
		out.WriteString("| day | CPU s | unserved | priority served | travel s | faults | bar | | others: unserved / priority / travel (CPU s) |\n|---|---|---|---|---|---|---|---|---|\n" + days.String() + "\n")
	}
	if sets.Len() > 0 {
		out.WriteString("| set | CPU s each | instances | all served | mean gap % | largest | faults | bar | | others: mean gap (CPU s) |\n|---|---|---|---|---|---|---|---|---|---|\n" + sets.String() + "\n")
		out.WriteString("| set | instance | CPU s | unserved | ours | best known | gap % | faults | |\n|---|---|---|---|---|---|---|---|---|\n" + each.String() + "\n")
	}
	return out.String()
}

// groups puts results of one set and time together, in the order of the sets.
func groups(all []DispatchResult) [][]DispatchResult {
	var out [][]DispatchResult
	for _, r := range all {
		i := slices.IndexFunc(out, func(g []DispatchResult) bool { return g[0].Set == r.Set && g[0].Seconds == r.Seconds })
		if i < 0 {
			out = append(out, nil)
			i = len(out) - 1
		}
		out[i] = append(out[i], r)
	}
	return out
}

func setRow(group []DispatchResult, bar, others string) string {
	var sum, worst, cpu float64
	served, judged, faults := 0, 0, 0
	for _, r := range group {
		if r.Unserved == 0 && r.Error == "" {
			served++
		}
		if gap, ok := r.gap(); ok {
			worst = max(worst, gap)
			sum += gap
			judged++
		}
		cpu += r.CPU
		faults += r.Faults
	}
	mean, largest := "–", "–"
	if judged > 0 {
		mean, largest = fmt.Sprintf("%.2f", sum/float64(judged)), fmt.Sprintf("%.2f", worst)
	}
	n := len(group)
	return fmt.Sprintf("| %s | %.1f | %d | %d | %s | %s | %d | %s | %s | %s |", group[0].Set, cpu/float64(n), n, served, mean, largest, faults, bar, barWord(group), others)
}

// thousands writes a whole number in groups of three.
func thousands(v float64) string {
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
