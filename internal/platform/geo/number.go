package geo

import "strings"

// core is the shape of the number in a numbered part.
type core uint8

const (
	coreDigits  core = iota // 12
	coreDashed              // 12-3, 1-16
	coreLetter              // A
	coreLetterD             // A12, C-11
	coreDLetter             // 12A
	coreChinese             // 十二
	corePlace               // 东, 甲: only before a counter word
	corePrefix              // 附12, 第三, 负一, 地下
	coreCount
)

var coreNames = [coreCount]string{"digits", "dashed", "letter", "letter-digits", "digits-letter", "chinese", "place", "prefixed"}

// counters are the words that may follow a number, by group; a longer word wins over its beginning but both are tried.
var counters = []struct{ name, words string }{
	{"", ""}, // none
	{"号", "号 号院 号大院"},
	{"号楼", "号楼 号大楼 号l楼"},
	{"幢", "幢 栋 撞 橦 棟 号幢 号栋 憧 懂"},
	{"座", "座 号座"},
	{"单元", "单元 单 号单元 元"},
	{"室", "室 房 号房 号室 房间"},
	{"户", "户 号户 户号"},
	{"楼", "楼 F f 楼层"},
	{"层", "层 底层"},
	{"弄", "弄"},
	{"组", "组 村民小组 生产队 队 小组 社"},
	{"库", "库 号库 号仓 号仓库 号厂房"},
	{"门", "门 号门 号大门"},
	{"期", "期"},
	{"区", "区"},
	{"街", "街 号街 号大街 大街"},
	{"路", "路 号路"},
	{"巷", "巷 条"},
	{"排", "排"},
	{"组团", "组团"},
	{"园", "园 苑"},
	{"铺", "铺 号铺 号商铺 号店 号店面 号门面 店铺 号摊 号摊位 号档 档 店面 号柜"},
	{"米", "米"},
	{"号附", ""}, // 12号附3号, 5组6号, 12号-3: built in code
	{"村", "村"},
	{"段", "段"},
	{"厅", "号厅 厅 号电梯 号梯 梯 号网点"},
}

var counterWords = func() map[string]uint8 {
	m := map[string]uint8{}
	for i, c := range counters {
		for w := range strings.FieldsSeq(c.words) {
			m[w] = uint8(i)
		}
	}
	return m
}()

const (
	counterNone = 0
	counterSub  = 24 // 号附
)

// number is one reading of a numbered part that starts at some unit.
type number struct {
	end     int // unit after it
	core    core
	counter uint8
	digits  uint8 // of its last number, capped at 6
}

// numbersAt appends every reading of a numbered part at unit i.
func (t *text) numbersAt(i int, out []number) []number {
	if i >= len(t.units) {
		return out
	}
	u := t.units[i]
	switch u.class {
	case classNum:
		n := digitsOf(u)
		out = t.counted(i+1, coreDigits, n, out)
		if t.class(i+1) == classLetter && t.units[i+1].hi-t.units[i+1].lo <= 2 {
			out = t.counted(i+2, coreDLetter, n, out)
		}
		// 12-3 and 12-3-401 as one number; the lattice weighs that against house-unit-room.
		for j := i + 1; t.class(j) == classDash && t.class(j+1) == classNum && t.units[j].r != '一'; j += 2 {
			out = t.counted(j+2, coreDashed, digitsOf(t.units[j+1]), out)
			if j > i+4 {
				break
			}
		}
	case classLetter:
		if u.hi-u.lo > 3 {
			return out
		}
		if u.hi-u.lo <= 2 {
			out = t.counted(i+1, coreLetter, 0, out)
		}
		j := i + 1
		if t.class(j) == classDash {
			j++
		}
		if t.class(j) == classNum {
			n := digitsOf(t.units[j])
			out = t.counted(j+1, coreLetterD, n, out)
			if t.class(j+1) == classLetter && t.units[j+1].hi-t.units[j+1].lo == 1 {
				out = t.counted(j+2, coreLetterD, n, out)
			}
			if t.class(j+1) == classDash && t.class(j+2) == classNum {
				out = t.counted(j+3, coreLetterD, digitsOf(t.units[j+2]), out)
			}
		}
	case classHan:
		out = t.hanNumbersAt(i, out)
	}
	return out
}

func (t *text) hanNumbersAt(i int, out []number) []number {
	r := t.units[i].r
	if isNumeral(r) {
		j := i + 1
		for j < len(t.units) && j < i+4 && t.class(j) == classHan && isNumeral(t.units[j].r) {
			j++
		}
		return t.counted(j, coreChinese, 0, out)
	}
	j := i + 1
	switch {
	case r == '第', r == '附', r == '负':
	case r == '地' && t.is(j, '下'):
		j++
	case isDirection(r):
		out = t.placed(i, out)
	default:
		return out
	}
	switch {
	case t.class(j) == classNum:
		return t.counted(j+1, corePrefix, digitsOf(t.units[j]), out)
	case t.class(j) == classHan && isNumeral(t.units[j].r):
		k := j + 1
		for k < len(t.units) && k < j+3 && t.class(k) == classHan && isNumeral(t.units[k].r) {
			k++
		}
		return t.counted(k, corePrefix, 0, out)
	}
	return out
}

// placed reads 东单元, 主楼, 甲座.
func (t *text) placed(i int, out []number) []number {
	from := len(out)
	out = t.counted(i+1, corePlace, 0, out)
	kept := out[:from]
	for _, n := range out[from:] {
		switch counters[n.counter].name {
		case "单元", "楼", "层", "幢", "座", "室", "排", "号", "号楼", "户":
			kept = append(kept, n)
		}
	}
	return kept
}

// counted appends the readings of a number whose core ends before unit j: bare, and with each counter word.
func (t *text) counted(j int, c core, digits uint8, out []number) []number {
	bare := c != corePlace
	if c == coreChinese || c == corePrefix || c == coreLetter {
		// A bare 三 or B is a number only where nothing else can follow it in a name.
		next := t.class(j)
		bare = (next == classGap || next == classDash || next == classPunct) && (c != corePrefix || digits > 0)
		if c == coreLetter && next == classHan {
			bare = true
		}
	}
	if next := t.class(j); next == classLetter && (c == coreDigits || c == coreLetterD) && t.units[j].hi-t.units[j].lo <= 2 {
		bare = false // 12A is one number
	}
	if bare {
		out = append(out, number{j, c, counterNone, digits})
	}
	for k := j + 1; k <= j+4 && k <= len(t.units) && (t.class(k-1) == classHan || t.class(k-1) == classLetter); k++ {
		w, ok := counterWords[t.sub(j, k)]
		if !ok {
			continue
		}
		out = append(out, number{k, c, w, digits})
		if name := counters[w].name; name == "号" || name == "组" {
			out = t.subNumber(k, c, digits, name, out)
		}
	}
	return out
}

// subNumber reads what may hang on a house number: 12号附3号, 12号之3, 12号-3, 5组6号.
func (t *text) subNumber(k int, c core, digits uint8, after string, out []number) []number {
	j := k
	switch {
	case after == "组" && t.class(j) == classNum && t.is(j+1, '号'):
		return append(out, number{j + 2, c, counterSub, digitsOf(t.units[j])})
	case after == "号" && (t.is(j, '附') || t.is(j, '之') || t.class(j) == classDash):
		j++
	default:
		return out
	}
	if t.class(j) != classNum {
		return out
	}
	out = append(out, number{j + 1, c, counterSub, digitsOf(t.units[j])})
	if t.is(j+1, '号') {
		out = append(out, number{j + 2, c, counterSub, digitsOf(t.units[j])})
	}
	return out
}

func digitsOf(u unit) uint8 { return uint8(min(6, u.hi-u.lo)) }
