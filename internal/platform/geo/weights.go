package geo

import (
	_ "embed"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed weights.txt
var weightText string

// start and end are the states before the first part and after the last.
const (
	stateStart = int(labelCount)
	stateCount = int(labelCount) + 1
	stepEnd    = int(labelCount)
)

// weights tell what each row says for each label, and each step from one label to the next.
type weights struct {
	row []packedRow
	end [stateCount]int16 // the text ends after the label
	// step weighs a label by the kind of its span and the label before: "3号" is a room after a house, a house number
	// after a road.
	step [][stateCount][labelCount]int16
}

// packedRow holds the weights of one row for all labels, four to a word, each raised by lift so that it is positive.
// Rows are added word by word, four labels at a time; no span has more than 15 rows, so that no lane overflows.
type packedRow [(labelCount + 3) / 4]uint64

const (
	lift    = 2048
	maxRows = 15
)

func (r *packedRow) set(l Label, v int16) {
	at := (l % 4) * 16
	r[l/4] = r[l/4]&^(0xFFFF<<at) | uint64(uint16(v+lift))<<at
}

// add adds up rows, onto what is there.
func (w *weights) add(sum packedRow, rows []uint16) packedRow {
	for _, r := range rows {
		row := &w.row[r]
		for i := range sum {
			sum[i] += row[i]
		}
	}
	return sum
}

// of returns the weight of a label in the sum of n rows.
func (r *packedRow) of(l Label, n int) int32 {
	return int32(uint16(r[l/4]>>((l%4)*16))) - int32(n)*lift
}

var fitted = sync.OnceValue(func() *weights { return must(readWeights(weightText)) })

// weightUnit is how many units of weights.txt make one natural-log unit.
const weightUnit = 32

// readWeights reads lines "row label=weight …". Besides the rows of the lattice there are "step.<label before>", whose
// columns may include "end", and "after.<kind>.<label before>"; the two add up.
func readWeights(s string) (*weights, error) {
	w := &weights{row: make([]packedRow, rows.count), step: make([][stateCount][labelCount]int16, kindCount)}
	targets := map[string]func(col int, v int16){}
	for r := range w.row {
		for l := range labelCount {
			w.row[r].set(l, 0)
		}
		targets[rowName(r)] = func(col int, v int16) { w.row[r].set(Label(col), v) }
	}
	for p := range stateCount {
		targets["step."+stateName(p)] = func(col int, v int16) {
			if col == stepEnd {
				w.end[p] = v
				return
			}
			for k := range w.step {
				w.step[k][p][col] += v
			}
		}
		for k := range kindCount {
			targets["after."+kindName(k)+"."+stateName(p)] = func(col int, v int16) { w.step[k][p][col] += v }
		}
	}
	columns := map[string]int{"end": stepEnd}
	for l := range labelCount {
		columns[l.String()] = int(l)
	}
	for line := range strings.Lines(s) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		set, ok := targets[f[0]]
		if !ok {
			return nil, fmt.Errorf("weight of unknown row %q", f[0])
		}
		for _, p := range f[1:] {
			name, value, _ := strings.Cut(p, "=")
			col, ok := columns[name]
			v, err := strconv.ParseInt(value, 10, 16)
			if !ok || err != nil || v <= -lift || v >= lift || (col == stepEnd && !strings.HasPrefix(f[0], "step.")) {
				return nil, fmt.Errorf("weight %q of %q", p, f[0])
			}
			set(col, int16(v))
		}
	}
	return w, nil
}

func stateName(s int) string {
	if s == stateStart {
		return "start"
	}
	return Label(s).String()
}

// link is a step back on the best path.
type link struct {
	from  int16
	state int8 // before
	label int8 // of the span, -1 for a gap
}

// never is the score of what cannot be reached.
const never = math.MinInt32 / 2

// beam drops states at a position that lag the best one by more than this; on the labelled set a wider one changes no
// answer.
const beam = 5 * weightUnit

// piece is a labelled span of units.
type piece struct {
	lo, hi int
	label  Label
}

// entry is the best way into each label for spans of one kind that start at one position.
type entry struct {
	score [labelCount]int32
	from  [labelCount]int8
}

// search finds the best path through a lattice.
type search struct {
	*lattice
	w     *weights
	score [][stateCount]int32
	back  [][stateCount]link
	base  packedRow // of the rows all spans from the position being left share
	live  []int8    // states there
	into  []entry   // by kind
	known []uint32  // position + 1 for which into holds, by kind
	rows  []uint16  // room for those of a span
}

// searches are kept for reuse: their tables are most of what Parse would allocate.
var searches = sync.Pool{New: func() any {
	return &search{live: make([]int8, 0, stateCount), into: make([]entry, kindCount), known: make([]uint32, kindCount), rows: make([]uint16, 0, maxRows)}
}}

// best returns the parts of the best path.
func (l *lattice) best(w *weights) []piece {
	n := len(l.units)
	if n == 0 {
		return nil
	}
	s, _ := searches.Get().(*search)
	defer func() {
		s.lattice, s.w = nil, nil
		searches.Put(s)
	}()
	s.lattice, s.w = l, w
	clear(s.known)
	if cap(s.score) <= n {
		s.score, s.back = make([][stateCount]int32, n+1), make([][stateCount]link, n+1)
	}
	s.score, s.back = s.score[:n+1], s.back[:n+1]
	for i := range s.score {
		for k := range s.score[i] {
			s.score[i][k] = never
		}
	}
	s.score[0][stateStart] = 0
	for i := range n {
		if l.class(i) == classGap {
			for k, v := range s.score[i] {
				if v > s.score[i+1][k] {
					s.score[i+1][k], s.back[i+1][k] = v, link{int16(i), int8(k), -1}
				}
			}
			continue
		}
		s.prune(i)
		start := l.startRows(i)
		s.base = w.add(packedRow{}, start[:])
		l.spans(i, s.rows, func(ev evidence) { s.extend(i, ev) })
	}
	return s.trace()
}

// prune lists the states worth going on from.
func (s *search) prune(i int) {
	s.live = s.live[:0]
	top := int32(never)
	for _, v := range s.score[i] {
		top = max(top, v)
	}
	for k, v := range s.score[i] {
		if v > never && v >= top-beam {
			s.live = append(s.live, int8(k))
		}
	}
}

// enter returns the best ways into spans of a kind at position i.
func (s *search) enter(i int, kind uint8) *entry {
	e := &s.into[kind]
	if s.known[kind] == uint32(i+1) {
		return e
	}
	s.known[kind] = uint32(i + 1)
	for y := range e.score {
		e.score[y] = never
	}
	steps := &s.w.step[kind]
	for _, k := range s.live {
		v, step := s.score[i][k], &steps[k]
		for y := range e.score {
			if u := v + int32(step[y]); u > e.score[y] {
				e.score[y], e.from[y] = u, k
			}
		}
	}
	return e
}

// extend carries the paths at position i over a span.
func (s *search) extend(i int, ev evidence) {
	sum, n := s.w.add(s.base, ev.rows), len(ev.rows)+2
	to, links := &s.score[ev.end], &s.back[ev.end]
	e := s.enter(i, ev.kind)
	for set := ev.labels &^ setOf(LabelRedundant); set != 0; set &= set - 1 {
		y := Label(bits.TrailingZeros32(uint32(set)))
		if v := e.score[y] + sum.of(y, n); v > to[y] {
			to[y], links[y] = v, link{int16(i), e.from[y], int8(y)}
		}
	}
	if !ev.labels.has(LabelRedundant) {
		return
	}
	local := sum.of(LabelRedundant, n)
	for _, k := range s.live { // says nothing: the state stays
		v := s.score[i][k] + local + int32(s.w.step[ev.kind][k][LabelRedundant])
		if v > to[k] {
			to[k], links[k] = v, link{int16(i), k, int8(LabelRedundant)}
		}
	}
}

// trace follows the links back from the best end.
func (s *search) trace() []piece {
	n := len(s.units)
	state, top := 0, int32(math.MinInt32)
	for k, v := range s.score[n] {
		if v += int32(s.w.end[k]); v > top {
			state, top = k, v
		}
	}
	out := make([]piece, 0, 16)
	for j := n; j > 0; {
		b := s.back[j][state]
		if b.label >= 0 {
			out = append(out, piece{int(b.from), j, Label(b.label)})
		}
		j, state = int(b.from), int(b.state)
	}
	slices.Reverse(out)
	return out
}
