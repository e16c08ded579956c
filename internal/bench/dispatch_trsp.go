package bench

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

// trspUnit is how many of ours make one unit of time of the technician instances: their values have two decimals.
const trspUnit = 1000

// trsp lists a folder of technician instances. Their value is the working time of all: from leaving home, as late as may
// be, until coming back. What is not in the van, of tools and spare parts, is fetched at the depot.
func trsp(folder string) func(DispatchOptions) ([]instance, error) {
	return func(o DispatchOptions) ([]instance, error) {
		dir := filepath.Join(o.Data, "04-routing", folder)
		best, err := workingTimes(filepath.Join(dir, "reference_values.csv"))
		if err != nil {
			return nil, err
		}
		var out []instance
		for _, pattern := range []string{"[CR]*.txt", "U*.txt.gz"} {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				return nil, err
			}
			for _, path := range paths {
				name, _, _ := strings.Cut(filepath.Base(path), ".")
				if name == "README_source" {
					continue
				}
				out = append(out, instance{name: name, best: best[name], measure: func(c vrp.Cost) float64 { return float64(c.Duration) / trspUnit }, load: func() (*vrp.Problem, *vroom.Input, error) {
					text, err := unpacked(path)
					if err != nil {
						return nil, nil, err
					}
					p, err := readTRSP(string(text))
					return p, nil, err
				}})
			}
		}
		slices.SortFunc(out, func(a, b instance) int { return strings.Compare(a.name, b.name) })
		return out, nil
	}
}

// workingTimes reads the best known values: the lower of the two columns where there are two.
func workingTimes(path string) (map[string]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for i, column := range rows[0] {
		if column != "bks_total_working_time" && !strings.HasPrefix(column, "best_total_working_time") {
			continue
		}
		for _, row := range rows[1:] {
			v, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				continue // nobody has served all
			}
			if old, ok := out[row[0]]; !ok || v < old {
				out[row[0]] = v
			}
		}
	}
	return out, nil
}

// trspRow is a technician or a request.
type trspRow struct {
	x, y, from, to, service float64
	skills, tools, parts    []int64
}

// readTRSP reads Pillac's form: the depot, the technicians, the requests, and for real days a matrix of times, which has
// more rows at its end that repeat the homes.
func readTRSP(text string) (*vrp.Problem, error) {
	crew, part := 0, ""
	var rows []trspRow
	var times [][]float64
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(line, "CREW COUNT"), strings.HasPrefix(line, "DEPOT TECHNICIANS"), line == "DISTANCES", line == "TRAVEL TIMES":
			part = line[:5]
		case part == "CREW ":
			crew, _ = strconv.Atoi(strings.Fields(line)[0])
		case part == "DEPOT" && !strings.HasPrefix(line, "ID"):
			row, err := trspLine(line)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		case part == "TRAVE":
			var row []float64
			for _, field := range strings.Split(strings.TrimSuffix(line, ";"), ";")[1:] {
				v, err := strconv.ParseFloat(field, 64)
				if err != nil {
					return nil, err
				}
				row = append(row, v)
			}
			times = append(times, row)
		}
	}
	if crew < 1 || len(rows) < crew+2 {
		return nil, fmt.Errorf("%d technicians, %d lines", crew, len(rows))
	}
	return trspProblem(crew, rows, times)
}

func trspLine(line string) (trspRow, error) {
	var r trspRow
	head, lists, ok := strings.Cut(line, "[")
	fields := strings.Fields(head)
	if !ok || len(fields) != 6 {
		return r, fmt.Errorf("no technician or request: %s", line)
	}
	for i, to := range []*float64{&r.x, &r.y, &r.from, &r.to, &r.service} {
		v, err := strconv.ParseFloat(fields[i+1], 64)
		if err != nil {
			return r, err
		}
		*to = v
	}
	for i, list := range strings.Split(lists, "[") {
		inner, _, _ := strings.Cut(list, "]")
		for _, field := range strings.FieldsFunc(inner, func(c rune) bool { return c == ',' || c == ' ' }) {
			v, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return r, err
			}
			to := []*[]int64{&r.skills, &r.tools, &r.parts}[min(i, 2)]
			*to = append(*to, v)
		}
	}
	return r, nil
}

func trspProblem(crew int, rows []trspRow, times [][]float64) (*vrp.Problem, error) {
	n := len(rows)
	p := &vrp.Problem{Places: n, Travel: []vrp.Matrix{{Seconds: make([]int32, n*n)}}, Objective: vrp.Objective{Duration: 1}}
	if times != nil && (len(times) < n || slices.ContainsFunc(times, func(row []float64) bool { return len(row) < n })) {
		return nil, errors.New("the matrix of times does not fit the lines")
	}
	unit := func(v float64) int64 { return int64(math.Round(v * trspUnit)) }
	for i, a := range rows {
		for k, b := range rows {
			way := math.Hypot(a.x-b.x, a.y-b.y)
			if times != nil {
				way = times[i][k]
			}
			p.Travel[0].Seconds[i*n+k] = int32(unit(way))
		}
	}
	depot := rows[0]
	p.Counters = []vrp.Counter{{ID: "depot", Windows: []vrp.Window{{From: unit(depot.from), To: unit(depot.to)}}, Service: unit(depot.service), All: true}}
	for i, r := range rows[1:] {
		window := vrp.Window{From: unit(r.from), To: unit(r.to)}
		if i < crew {
			e := vrp.Engineer{ID: strconv.Itoa(i + 1), Tools: names("tool", r.tools), Parts: spares(r.parts), Shifts: []vrp.Shift{{Window: window, Start: i + 1, End: i + 1}}}
			for _, s := range r.skills {
				e.Skills = append(e.Skills, vrp.Skill{Code: fmt.Sprintf("skill %d", s), Level: 1})
			}
			p.Engineers = append(p.Engineers, e)
			continue
		}
		j := vrp.Job{ID: strconv.Itoa(i + 1), Place: i + 1, Service: unit(r.service), Windows: []vrp.Window{window}, Tools: names("tool", r.tools), Parts: spares(r.parts)}
		for _, s := range r.skills {
			j.Needs = append(j.Needs, vrp.Need{Skill: fmt.Sprintf("skill %d", s)})
		}
		p.Jobs = append(p.Jobs, j)
	}
	return p, nil
}

func names(what string, numbers []int64) []string {
	var out []string
	for _, n := range numbers {
		out = append(out, fmt.Sprintf("%s %d", what, n))
	}
	return out
}

func spares(counts []int64) []vrp.Part {
	var out []vrp.Part
	for kind, n := range counts {
		out = append(out, vrp.Part{Code: fmt.Sprintf("part %d", kind), Count: n})
	}
	return out
}
