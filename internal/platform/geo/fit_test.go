package geo

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The weights are fitted here: go test ./internal/platform/geo -run TestFit -geo.fit=weights.txt
// It takes the even-indexed sentences of the labelled set only; TestParseLabelled reports the odd ones.
var (
	fitOut    = flag.String("geo.fit", "", "fit the weights on the even-indexed sentences and write them to this file")
	fitEpochs = flag.Int("geo.epochs", 30, "rounds of fitting")
	fitL2     = flag.Float64("geo.l2", 0.02, "strength of the pull of weights to zero")
	fitHold   = flag.Bool("geo.hold", false, "hold every second even sentence back from fitting and report on it")
	fitShow   = flag.String("geo.show", "", "print wrong sentences of this half (hold or even)")
)

type sentence struct {
	text  string
	parts []Part // byte offsets in text
}

var dataLabels = map[string]Label{
	"country": LabelCountry, "prov": LabelProvince, "city": LabelCity, "district": LabelDistrict, "devzone": LabelDevZone,
	"town": LabelTown, "community": LabelCommunity, "road": LabelRoad, "roadno": LabelRoadNo, "subroad": LabelSubRoad,
	"subroadno": LabelSubRoadNo, "poi": LabelPOI, "subpoi": LabelSubPOI, "houseno": LabelHouseNo, "cellno": LabelCellNo,
	"floorno": LabelFloorNo, "roomno": LabelRoomNo, "person": LabelFirm, "assist": LabelAssist, "redundant": LabelRedundant,
}

// dataFile finds a file of the data folder or skips the test.
func dataFile(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("ANXIN_DATA")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			up := filepath.Dir(root)
			if up == root {
				t.Skip("no go.mod above the test")
			}
			root = up
		}
		dir = filepath.Join(root, "..", "shared", "data")
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no test data at %s (set ANXIN_DATA)", name)
	}
	return path
}

// labelled reads the BIO file; part 0 takes the even-indexed sentences, 1 the odd ones.
func labelled(t testing.TB, half int) []sentence {
	t.Helper()
	f, err := os.Open(dataFile(t, "03-geo-cn/address_parsing_dev.txt.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []sentence
	var cur sentence
	flush := func() {
		if cur.text != "" {
			all = append(all, cur)
		}
		cur = sentence{}
	}
	for sc := bufio.NewScanner(zr); sc.Scan(); {
		token, tag, ok := strings.Cut(strings.TrimSpace(sc.Text()), " ")
		if !ok {
			flush()
			continue
		}
		label, known := dataLabels[strings.ToLower(tag[2:])]
		if !known {
			t.Fatalf("unknown label %q", tag)
		}
		from := len(cur.text)
		cur.text += token
		if n := len(cur.parts); tag[0] == 'I' && n > 0 && cur.parts[n-1].Label == label {
			cur.parts[n-1].End = len(cur.text)
		} else {
			cur.parts = append(cur.parts, Part{Label: label, Start: from, End: len(cur.text)})
		}
	}
	flush()
	var out []sentence
	for i, s := range all {
		if i%2 == half {
			out = append(out, s)
		}
	}
	return out
}

// fitSpan is a span of a lattice with its rows copied.
type fitSpan struct {
	evidence
	lo int
}

type fitText struct {
	l     *lattice
	spans [][]fitSpan // by start
	gold  []piece
}

// model holds the weights as numbers being fitted, flat: rows, then steps, then after.
type model struct{ w, g, sq []float64 }

func (m *model) rowAt(r int) int { return r * int(labelCount) }
func (m *model) stepAt(s int) int {
	return rows.count*int(labelCount) + s*(int(labelCount)+1)
}

func (m *model) afterAt(c, s int) int {
	return rows.count*int(labelCount) + stateCount*(int(labelCount)+1) + (c*stateCount+s)*int(labelCount)
}

func newModel() *model {
	n := rows.count*int(labelCount) + stateCount*(int(labelCount)+1) + kindCount*stateCount*int(labelCount)
	return &model{make([]float64, n), make([]float64, n), make([]float64, n)}
}

func prepareFit(s sentence) (fitText, bool) {
	t := normalise(s.text)
	l := newLattice(&t, "")
	f := fitText{l: l, spans: make([][]fitSpan, len(t.units))}
	for i := range t.units {
		l.spans(i, nil, func(ev evidence) {
			start := l.startRows(i)
			ev.rows = slices.Concat(ev.rows, start[:])
			f.spans[i] = append(f.spans[i], fitSpan{ev, i})
		})
	}
	for _, p := range s.parts {
		lo, hi := -1, -1
		for k, u := range t.units {
			if u.from == p.Start {
				lo = k
			}
			if u.till == p.End {
				hi = k + 1
			}
		}
		if lo < 0 || hi < 0 {
			return f, false
		}
		if t.class(lo) == classGap && hi == lo+1 {
			continue
		}
		ok := slices.ContainsFunc(f.spans[lo], func(e fitSpan) bool { return e.end == hi && e.labels.has(p.Label) })
		if !ok {
			return f, false
		}
		f.gold = append(f.gold, piece{lo, hi, p.Label})
	}
	return f, true
}

func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// gradient adds to m.g the derivative of the log-likelihood of one text and returns that likelihood.
func (m *model) gradient(f *fitText) float64 {
	n := len(f.l.units)
	inf := math.Inf(-1)
	alpha := make([][stateCount]float64, n+1)
	beta := make([][stateCount]float64, n+1)
	for i := range alpha {
		for s := range alpha[i] {
			alpha[i][s], beta[i][s] = inf, inf
		}
	}
	local := func(e *fitSpan) (sum [labelCount]float64) {
		for _, r := range e.rows {
			for y, v := range m.w[m.rowAt(int(r)):m.rowAt(int(r)+1)] {
				sum[y] += v
			}
		}
		return sum
	}
	locals := make([][][labelCount]float64, n)
	for i := range n {
		locals[i] = make([][labelCount]float64, len(f.spans[i]))
		for k := range f.spans[i] {
			locals[i][k] = local(&f.spans[i][k])
		}
	}
	step := func(e *fitSpan, s int, y Label) float64 {
		v := m.w[m.stepAt(s)+int(y)]
		if y != LabelRedundant {
			v += m.w[m.afterAt(int(e.kind), s)+int(y)]
		}
		return v
	}
	alpha[0][stateStart] = 0
	for i := range n {
		if f.l.class(i) == classGap {
			alpha[i+1] = alpha[i]
			continue
		}
		for k := range f.spans[i] {
			e := &f.spans[i][k]
			for y := range labelCount {
				if !e.labels.has(y) {
					continue
				}
				for s := range stateCount {
					if math.IsInf(alpha[i][s], -1) {
						continue
					}
					to := int(y)
					if y == LabelRedundant {
						to = s
					}
					alpha[e.end][to] = logAdd(alpha[e.end][to], alpha[i][s]+locals[i][k][y]+step(e, s, y))
				}
			}
		}
	}
	z := inf
	for s := range stateCount {
		beta[n][s] = m.w[m.stepAt(s)+stepEnd]
		z = logAdd(z, alpha[n][s]+beta[n][s])
	}
	for s := range stateCount {
		if p := math.Exp(alpha[n][s] + beta[n][s] - z); p > 0 {
			m.g[m.stepAt(s)+stepEnd] -= p
		}
	}
	for i := n - 1; i >= 0; i-- {
		if f.l.class(i) == classGap {
			beta[i] = beta[i+1]
			continue
		}
		for k := range f.spans[i] {
			e := &f.spans[i][k]
			for y := range labelCount {
				if !e.labels.has(y) {
					continue
				}
				total := 0.0
				for s := range stateCount {
					to := int(y)
					if y == LabelRedundant {
						to = s
					}
					b := beta[e.end][to]
					if math.IsInf(b, -1) || math.IsInf(alpha[i][s], -1) {
						continue
					}
					v := locals[i][k][y] + step(e, s, y) + b
					beta[i][s] = logAdd(beta[i][s], v)
					if p := math.Exp(alpha[i][s] + v - z); p > 1e-9 {
						total += p
						m.g[m.stepAt(s)+int(y)] -= p
						if y != LabelRedundant {
							m.g[m.afterAt(int(e.kind), s)+int(y)] -= p
						}
					}
				}
				if total > 1e-9 {
					for _, r := range e.rows {
						m.g[m.rowAt(int(r))+int(y)] -= total
					}
				}
			}
		}
	}
	gold, state := 0.0, stateStart
	for _, p := range f.gold {
		k := slices.IndexFunc(f.spans[p.lo], func(e fitSpan) bool { return e.end == p.hi && e.labels.has(p.label) })
		e := &f.spans[p.lo][k]
		gold += locals[p.lo][k][p.label] + step(e, state, p.label)
		m.g[m.stepAt(state)+int(p.label)]++
		if p.label != LabelRedundant {
			m.g[m.afterAt(int(e.kind), state)+int(p.label)]++
		}
		for _, r := range e.rows {
			m.g[m.rowAt(int(r))+int(p.label)]++
		}
		if p.label != LabelRedundant {
			state = int(p.label)
		}
	}
	gold += m.w[m.stepAt(state)+stepEnd]
	m.g[m.stepAt(state)+stepEnd]++
	return gold - z
}

// fit maximises the likelihood with an L2 pull by AdaGrad; the order of sentences is seeded, so a fit can be repeated.
func (m *model) fit(t *testing.T, texts []fitText, epochs int, l2 float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	order := rng.Perm(len(texts))
	const batch = 8
	for epoch := range epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		sum := 0.0
		rate := 0.2 * (1 - 0.9*float64(epoch)/float64(epochs))
		for from := 0; from < len(order); from += batch {
			clear(m.g)
			part := order[from:min(from+batch, len(order))]
			for _, k := range part {
				sum += m.gradient(&texts[k])
			}
			for i, g := range m.g {
				if g == 0 && m.w[i] == 0 {
					continue
				}
				g -= l2 * float64(len(part)) / 8 * m.w[i]
				m.sq[i] += g * g
				if m.sq[i] > 0 {
					m.w[i] += rate * g / (math.Sqrt(m.sq[i]) + 1e-8)
				}
			}
		}
		if epoch%5 == 4 || epoch == epochs-1 {
			t.Logf("epoch %d: log-likelihood a sentence %.3f", epoch+1, sum/float64(len(texts)))
		}
	}
}

// String lists the weights as weights.txt does.
func (m *model) String() string {
	var out []string
	line := func(name string, at, n int, column func(int) string) {
		var b strings.Builder
		for y := range n {
			v := int(math.Round(m.w[at+y] * weightUnit))
			if v = max(min(v, 32000), -32000); v != 0 {
				fmt.Fprintf(&b, " %s=%d", column(y), v)
			}
		}
		if b.Len() > 0 {
			out = append(out, name+b.String())
		}
	}
	label := func(y int) string { return Label(y).String() }
	for r := range rows.count {
		line(rowName(r), m.rowAt(r), int(labelCount), label)
	}
	for s := range stateCount {
		line("step."+stateName(s), m.stepAt(s), int(labelCount)+1, func(y int) string {
			if y == stepEnd {
				return "end"
			}
			return label(y)
		})
	}
	for c := range kindCount {
		for s := range stateCount {
			line("after."+kindName(c)+"."+stateName(s), m.afterAt(c, s), int(labelCount), label)
		}
	}
	return "# Weights of the address parser, " + fmt.Sprint(weightUnit) + " to one unit of log-odds; written by TestFit, see fit_test.go.\n" +
		strings.Join(out, "\n") + "\n"
}

func TestFit(t *testing.T) {
	if *fitOut == "" {
		t.Skip("fits only when asked to (-geo.fit)")
	}
	var texts []fitText
	var held []sentence
	missed := 0
	even := labelled(t, 0)
	for i, s := range even {
		if *fitHold && i%2 == 1 {
			held = append(held, s)
			continue
		}
		f, ok := prepareFit(s)
		if !ok {
			missed++
			if *fitShow == "missed" {
				t.Log(describe(s.text, s.parts))
			}
			continue
		}
		texts = append(texts, f)
	}
	t.Logf("%d sentences, %d outside the lattice", len(texts), missed)
	m := newModel()
	m.fit(t, texts, *fitEpochs, *fitL2)
	out := m.String()
	if err := os.WriteFile(*fitOut, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	w, err := readWeights(out)
	if err != nil {
		t.Fatal(err)
	}
	if !*fitHold {
		held = even
	}
	score := newTally()
	for _, s := range held {
		tx := normalise(s.text)
		l := newLattice(&tx, "")
		var got []Part
		for _, p := range l.best(w) {
			got = append(got, Part{Label: p.label, Start: tx.units[p.lo].from, End: tx.units[p.hi-1].till})
		}
		if !score.add(s.parts, got) && *fitShow == "hold" {
			t.Logf("want %s\n got %s", describe(s.text, s.parts), describe(s.text, got))
		}
	}
	t.Log(score.table())
}

func describe(text string, parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%s/%s ", text[p.Start:p.End], p.Label)
	}
	return b.String()
}

// tally counts parts found, wanted and right, by label; redundant ones are left out.
type tally struct{ right, got, want [labelCount]int }

func newTally() *tally { return &tally{} }

func (c *tally) add(want, got []Part) bool {
	ok := true
	for _, p := range want {
		if p.Label == LabelRedundant {
			continue
		}
		c.want[p.Label]++
		if slices.ContainsFunc(got, func(g Part) bool { return g.Label == p.Label && g.Start == p.Start && g.End == p.End }) {
			c.right[p.Label]++
		} else {
			ok = false
		}
	}
	for _, p := range got {
		if p.Label < labelCount && p.Label != LabelRedundant {
			c.got[p.Label]++
		}
	}
	return ok
}

func ratio(a, b int) float64 { return float64(a) / float64(max(b, 1)) }

func f1(right, got, want int) float64 { return 2 * ratio(right, 1) / float64(max(got+want, 1)) }

// structural are the labels with a target of their own.
var structural = setOf(LabelProvince, LabelCity, LabelDistrict, LabelTown, LabelRoad, LabelRoadNo, LabelHouseNo, LabelCellNo, LabelFloorNo, LabelRoomNo)

func (c *tally) micro(of labelSet) float64 {
	var right, got, want int
	for l := range labelCount {
		if of.has(l) {
			right, got, want = right+c.right[l], got+c.got[l], want+c.want[l]
		}
	}
	return f1(right, got, want)
}

func (c *tally) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%-12s %5s %9s %6s %6s\n", "label", "want", "precision", "recall", "F1")
	order := make([]Label, 0, labelCount)
	for l := range labelCount {
		order = append(order, l)
	}
	slices.SortStableFunc(order, func(a, b Label) int { return cmp.Compare(c.want[b], c.want[a]) })
	for _, l := range order {
		if c.want[l] > 0 {
			fmt.Fprintf(&b, "%-12s %5d %9.3f %6.3f %6.3f\n", l, c.want[l], ratio(c.right[l], c.got[l]), ratio(c.right[l], c.want[l]), f1(c.right[l], c.got[l], c.want[l]))
		}
	}
	fmt.Fprintf(&b, "structural %.4f, all %.4f", c.micro(structural), c.micro(1<<labelCount-1))
	return b.String()
}
