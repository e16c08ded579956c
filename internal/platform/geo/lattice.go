package geo

import "slices"

// The lattice holds every span that may be a part, with the evidence for it: rows. The weight of a span for a label is
// the sum over its rows; the best path through the text is the one with the highest sum of spans and of steps from
// label to label. Rows are named, and weights.txt lists their weights by name.

// maxSpan is the longest part in units.
const maxSpan = 18

// lattice is a text with what is known about each of its positions.
type lattice struct {
	*text
	places  places
	suffix  [][maxSuffix]uint8 // by end
	next    []uint8            // by end
	prev    []uint8            // by start
	first   []uint8            // by start
	numbers []number           // by start, see numAt
	numAt   []int              // first of each start in numbers
	roads   []uint8            // running counts of telling ends
	admins  []uint8
	homes   []uint8
	nums    []uint8
	full    []uint8 // running count of full names of divisions, by start
	hitAt   []int   // first of each start in places.hits, which is sorted
	stop    []bool  // by start: a house number or the like stands here, and no text reaches across
	chains  []uint8 // by start: row of a number in a chain 12-3-401, 255 outside
}

// stopCounters are those that make a number a part of its own.
var stopCounters = func() []bool {
	stop := make([]bool, len(counters))
	for i, c := range counters {
		switch c.name {
		case "号", "号楼", "幢", "单元", "室", "弄":
			stop[i] = true
		}
	}
	return stop
}()

// newLattice looks at a text that lies in the division with this code, if any is known beforehand.
func newLattice(t *text, within string) *lattice {
	n := len(t.units)
	l := &lattice{text: t, places: t.locate(within)}
	buf := make([]uint8, 9*(n+1))
	part := func() []uint8 { p := buf[: n+1 : n+1]; buf = buf[n+1:]; return p }
	l.next, l.prev, l.first = part(), part(), part()
	l.roads, l.admins, l.homes, l.nums, l.full, l.chains = part(), part(), part(), part(), part(), part()
	l.suffix = make([][maxSuffix]uint8, n+1)
	ints := make([]int, 2*(n+2))
	l.numAt, l.hitAt = ints[:n+2], ints[n+2:]
	l.numbers = make([]number, 0, 2*n)
	e := endings()
	for i := range n {
		l.numAt[i] = len(l.numbers)
		l.numbers = t.numbersAt(i, l.numbers)
	}
	l.numAt[n], l.numAt[n+1] = len(l.numbers), len(l.numbers)
	l.stop = make([]bool, n+1)
	for i := range n {
		for _, num := range l.numbers[l.numAt[i]:l.numAt[i+1]] {
			l.stop[i] = l.stop[i] || (t.class(i) == classNum && stopCounters[num.counter])
		}
	}
	slices.SortStableFunc(l.places.hits, func(a, b hit) int { return a.lo - b.lo })
	for i, x := 0, 0; i < n+2; i++ {
		for x < len(l.places.hits) && l.places.hits[x].lo < i {
			x++
		}
		l.hitAt[i] = x
	}
	l.markChains()
	for j := 1; j <= n; j++ {
		e.at(t, j, &l.suffix[j])
		l.roads[j], l.admins[j], l.homes[j], l.nums[j] = l.roads[j-1], l.admins[j-1], l.homes[j-1], l.nums[j-1]
		l.full[j] = l.full[j-1]
		if g := l.suffix[j][maxSuffix-1]; g != noSuffix {
			switch superOf[g] {
			case superRoad:
				l.roads[j]++
			case superAdmin:
				l.admins[j]++
			case superHome, superWork, superArea:
				l.homes[j]++
			}
		}
		if t.class(j-1) == classNum {
			l.nums[j]++
		}
		for x := l.hitAt[j-1]; x < len(l.places.hits) && l.places.hits[x].lo == j-1; x++ {
			if l.places.hits[x].form == formFull {
				l.full[j]++
				break
			}
		}
	}
	for i := range n + 1 {
		l.next[i] = l.nextOf(i)
		l.prev[i] = l.prevOf(i)
		if i < n {
			l.first[i] = l.firstOf(i)
		}
	}
	return l
}

// hitsFrom returns the hits that start at unit i.
func (l *lattice) hitsFrom(i int) []hit {
	lo := l.hitAt[i]
	hi := lo
	for hi < len(l.places.hits) && l.places.hits[hi].lo == i {
		hi++
	}
	return l.places.hits[lo:hi]
}

// markChains numbers the members of 12-3-401: which of how many, later members being the surer ones.
func (l *lattice) markChains() {
	n := len(l.units)
	for i := range l.chains {
		l.chains[i] = 255
	}
	simple := func(i int) bool {
		c := l.class(i)
		return c == classNum || (c == classLetter && l.units[i].hi-l.units[i].lo == 1)
	}
	for i := 0; i < n; i++ {
		if !simple(i) {
			continue
		}
		members := []int{i}
		j := i + 1
		for l.class(j) == classDash && simple(j+1) {
			members = append(members, j+1)
			j += 2
		}
		if len(members) > 1 {
			m := min(len(members), maxChain)
			for k, at := range members {
				l.chains[at] = uint8((m-1)*maxChain + min(k, m-1))
			}
		}
		i = j - 1
	}
}

func (l *lattice) nextOf(j int) uint8 {
	if j >= len(l.units) {
		return nextEnd
	}
	switch l.class(j) {
	case classGap:
		return nextGap
	case classDash:
		if l.class(j+1) == classNum {
			return nextDashNum
		}
		return nextSign
	case classPunct, classOther:
		return nextSign
	}
	best := -1
	for _, n := range l.numbers[l.numAt[j]:l.numAt[j+1]] {
		if best < 0 || n.counter != counterNone {
			best = int(n.counter)
			if n.counter != counterNone && n.counter != counterSub {
				break
			}
		}
	}
	if best >= 0 {
		return uint8(nextNum + best)
	}
	kind := -1
	for _, h := range l.hitsFrom(j) {
		if h.form != formShort {
			return nextFullHit
		}
		kind = nextShortHit
	}
	if kind >= 0 {
		return uint8(kind)
	}
	for _, h := range l.places.towns {
		if h.lo == j {
			return nextTown
		}
	}
	if l.class(j) == classLetter {
		return nextLetter
	}
	if j+2 <= len(l.units) && l.class(j+1) == classHan {
		if g, ok := endings().group[l.sub(j, j+2)]; ok && suffixGroups[g].name == "旁" {
			return nextAssist
		}
	}
	if isDirection(l.units[j].r) {
		return nextPlace
	}
	return nextHan
}

func (l *lattice) prevOf(i int) uint8 {
	if i == 0 {
		return prevStart
	}
	switch l.class(i - 1) {
	case classGap:
		return prevGap
	case classDash:
		return prevDash
	case classPunct, classOther:
		return prevSign
	case classNum:
		return prevNum
	case classLetter:
		return prevLetter
	}
	switch l.units[i-1].r {
	case '号', '幢', '栋', '室', '楼', '层', '座':
		return prevCounter
	}
	for _, h := range l.places.hits {
		if h.hi == i {
			return prevHit
		}
	}
	if g := l.suffix[i][maxSuffix-1]; g != noSuffix {
		switch suffixGroups[g].name {
		case "镇", "乡", "街道":
			return prevTown
		}
		switch superOf[g] {
		case superRoad:
			return prevRoad
		case superAdmin:
			return prevAdmin
		case superHome:
			return prevHome
		case superWork:
			return prevWork
		case superArea:
			return prevArea
		}
	}
	return prevHan
}

func (l *lattice) firstOf(i int) uint8 {
	switch l.class(i) {
	case classNum:
		return firstNum
	case classLetter:
		return firstLetter
	case classHan:
	default:
		return firstOther
	}
	if len(l.hitsFrom(i)) > 0 {
		return firstHit
	}
	r := l.units[i].r
	switch {
	case isNumeral(r):
		return firstNumeral
	case isDirection(r):
		return firstPlace
	case r == '新' || r == '老' || r == '大' || r == '小' || r == '第':
		return firstSize
	}
	return firstHan
}

// evidence is a span with its rows and the labels it may take.
type evidence struct {
	end    int
	labels labelSet
	rows   []uint16 // shared, valid until the next span
	number bool
	kind   uint8 // what after knows it by: the counter of a number, the kind of a text
}

// spans calls yield with every span that starts at unit i, shortest first.
func (l *lattice) spans(i int, buf []uint16, yield func(evidence)) {
	n := len(l.units)
	switch l.class(i) {
	case classDash, classPunct:
		yield(evidence{end: i + 1, labels: setOf(LabelRedundant), kind: uint8(len(counters))})
		return
	case classGap:
		return
	}
	nums := l.numbers[l.numAt[i]:l.numAt[i+1]]
	hits := l.hitsFrom(i)
	limit := min(n, i+maxSpan)
	reach := i // of the longest number
	for _, num := range nums {
		reach = max(reach, num.end)
	}
	blocked := false // a text goes no further, only numbers do
	for j := i + 1; j <= limit; j++ {
		switch l.class(j - 1) {
		case classGap:
			return
		case classDash, classPunct:
			blocked = true
		}
		if j-1 > i && l.stop[j-1] || l.nums[j]-l.nums[i] > 2 || (j > i+2 && l.full[j]-l.full[i+1] > 1) {
			blocked = true // so much inside makes several parts
		}
		buf = buf[:0]
		ev := evidence{end: j}
		for _, num := range nums {
			if num.end == j {
				ev.number, ev.kind = true, num.counter
				buf = append(buf, uint16(rows.number+int(num.core)*len(counters)+int(num.counter)),
					uint16(rows.digits+int(num.counter)*maxDigits+int(num.digits)))
				break
			}
		}
		if blocked && !ev.number {
			if j >= reach {
				return
			}
			continue
		}
		buf = l.common(i, j, buf)
		if ev.number {
			ev.labels = numberLabels
			if counters[ev.kind].name == "段" {
				ev.labels = setOf(LabelRoad, LabelSubRoad, LabelAssist)
			}
			if c := l.chains[i]; c != 255 && j == i+1 {
				buf = append(buf, uint16(rows.chain+int(c)))
			}
			ev.rows = append(buf, uint16(rows.next+int(l.next[j])))
			yield(ev)
			continue
		}
		ev.labels = textLabels
		buf, ev.kind = l.textual(i, j, buf, &ev.labels)
		buf = l.geographic(i, j, hits, buf, &ev.labels)
		ev.rows = buf
		yield(ev)
	}
}

// startRows returns the rows that all spans from unit i share; they are not among those of an evidence.
func (l *lattice) startRows(i int) [2]uint16 {
	return [2]uint16{uint16(rows.prev + int(l.prev[i])), uint16(rows.first + int(l.first[i]))}
}

// common adds the rows texts and numbers have in common.
func (l *lattice) common(i, j int, buf []uint16) []uint16 {
	if size := l.units[j-1].hi - l.units[i].lo; j-i >= 2 {
		if lo := l.units[i].lo - size; lo >= 0 && l.norm[lo:lo+size] == l.sub(i, j) {
			buf = append(buf, uint16(rows.again))
		}
		if hi := l.units[j-1].hi; hi+size <= len(l.norm) && l.norm[hi:hi+size] == l.sub(i, j) {
			buf = append(buf, uint16(rows.again+1))
		}
	}
	return buf
}

// textual adds the rows of a run of text.
func (l *lattice) textual(i, j int, buf []uint16, labels *labelSet) (_ []uint16, kind uint8) {
	m := j - i
	group := l.suffix[j][min(m, maxSuffix)-1]
	super := uint8(superNone)
	if group == noSuffix {
		buf = append(buf, uint16(rows.suffix+len(suffixGroups)))
	} else {
		buf = append(buf, uint16(rows.suffix)+uint16(group))
		super = superOf[group]
		if m <= maxSuffix {
			if _, ok := endings().group[l.sub(i, j)]; ok {
				buf = append(buf, uint16(rows.whole)+uint16(group))
				if super == superRoad && suffixGroups[group].name != "段" && suffixGroups[group].name != "组" {
					*labels &^= setOf(LabelRoad, LabelSubRoad) // 大街 alone is no street
				}
			}
		}
	}
	if m <= 6 && wholeFirst[l.units[i].r] {
		if w, ok := wholeWords[l.sub(i, j)]; ok {
			buf = append(buf, uint16(rows.word+slices.Index(wordNames, w)))
			if w == "country" {
				*labels |= setOf(LabelCountry)
			}
		}
	}
	length := m - 1
	switch {
	case m > 13:
		length = 10
	case m > 10:
		length = 9
	case m > 8:
		length = 8
	}
	inner := func(count []uint8) uint16 { // telling ends strictly inside
		if m < 3 {
			return 0
		}
		return uint16(min(count[j-1]-count[i+1], interior-1))
	}
	within := ((inner(l.roads)*interior+inner(l.admins))*interior+inner(l.homes))*interior + uint16(min(l.nums[j]-l.nums[i], interior-1))
	buf = append(buf,
		uint16(rows.length+length),
		uint16(rows.next+int(super)*(nextNum+len(counters))+int(l.next[j])),
		uint16(rows.inner)+within)
	if l.full[j]-l.full[i+1] > 0 {
		buf = append(buf, uint16(rows.coversHit))
	}
	if group != noSuffix {
		switch suffixGroups[group].name {
		case "县区", "区", "开发区":
			if m >= 2 && m <= 8 {
				*labels |= setOf(LabelCity, LabelDistrict)
			}
		case "镇", "乡", "街道":
			*labels |= setOf(LabelTown)
		}
	}
	if m >= 2 && m <= 5 && (l.prev[i] == prevHit || l.prev[i] == prevTown) { // 下沙 behind 杭州, on no list
		*labels |= setOf(LabelTown)
	}
	return buf, uint8(len(counters)) + kindOfSuper[super]
}

// geographic adds the rows of divisions and towns a span is the name of.
func (l *lattice) geographic(i, j int, hits []hit, buf []uint16, labels *labelSet) []uint16 {
	var seen [4]int16
	starts := false
	for _, h := range hits {
		if h.hi < j && h.form == formFull {
			starts = true
		}
		if h.hi != j {
			continue
		}
		// Of several divisions with one name the best supported speaks for its level.
		v := int16(h.form)*16 + 1
		for b, on := range []bool{h.anc, h.conf, h.fol, h.lead} {
			if on {
				v += 1 << b
			}
		}
		if old := seen[h.level]; old == 0 || (h.anc && (old-1)&1 == 0) {
			seen[h.level] = v
			if old == 0 {
				buf = append(buf, uint16(rows.dup+int(h.level)*dupCount+int(h.dup)))
			}
		}
		switch h.level {
		case LevelProvince:
			*labels |= setOf(LabelProvince, LabelCity)
		case LevelCity:
			*labels |= setOf(LabelCity)
		case LevelCounty:
			*labels |= setOf(LabelDistrict, LabelCity)
		}
	}
	for level, v := range seen {
		if v > 0 {
			buf = append(buf, uint16(rows.hit+level*48+int(v-1)))
		}
	}
	if starts {
		buf = append(buf, uint16(rows.startsHit))
	}
	best := townFormCount
	for _, h := range l.places.towns {
		if h.lo == i && h.hi == j {
			best = min(best, h.form)
		}
	}
	if best < townFormCount {
		buf = append(buf, uint16(rows.town+int(best)))
		*labels |= setOf(LabelTown)
	}
	return buf
}
