package geo

import (
	"fmt"
	"strconv"
)

// Super-groups of telling ends.
const (
	superNone = iota
	superRoad
	superAdmin
	superHome
	superWork
	superArea
	superCount
)

// What follows a span.
const (
	nextEnd = iota
	nextGap
	nextDashNum
	nextSign
	nextFullHit
	nextShortHit
	nextTown
	nextLetter
	nextAssist
	nextPlace
	nextHan
	nextNum // + counter
)

// What stands before a span.
const (
	prevStart = iota
	prevGap
	prevDash
	prevSign
	prevNum
	prevLetter
	prevCounter
	prevHit
	prevRoad
	prevTown
	prevAdmin
	prevHome
	prevWork
	prevArea
	prevHan
	prevCount
)

// How a span starts.
const (
	firstNum = iota
	firstLetter
	firstNumeral
	firstPlace
	firstSize
	firstHit
	firstHan
	firstOther
	firstCount
)

var (
	prevNames  = [prevCount]string{"start", "gap", "dash", "sign", "num", "letter", "counter", "hit", "road", "town", "admin", "home", "work", "area", "han"}
	firstNames = [firstCount]string{"num", "letter", "numeral", "place", "size", "hit", "han", "other"}
	superNames = [superCount]string{"none", "road", "admin", "home", "work", "area"}
	nextNames  = [nextNum]string{"end", "gap", "dash-num", "sign", "full", "short", "town", "letter", "assist", "place", "han"}
	townNames  = [townFormCount]string{"county", "city", "other-county", "other-city", "stem-county", "stem-city", "anywhere", "ambiguous"}
	formNames  = []string{"full", "short", "former"}
	levelNames = []string{"", "province", "city", "county"}
	dupNames   = [dupCount]string{"none", "before", "after", "next"}
	wordNames  = []string{"junk", "glue", "country"}
)

// superOf gives the super-group of each group of suffixGroups.
var superOf = func() []uint8 {
	super := make([]uint8, len(suffixGroups))
	for s, names := range map[uint8][]string{
		superRoad:  {"路", "大道", "街", "巷", "弄", "公路", "段", "组"},
		superAdmin: {"村", "社区", "镇", "乡", "街道", "县区", "新村", "庄"},
		superHome:  {"小区", "花园", "苑", "园", "庭府", "里", "期", "组团", "方位区", "区"},
		superWork:  {"大厦", "楼", "广场", "中心", "国际", "市场", "公司", "厂", "学校", "医院", "机关", "店", "城", "门"},
		superArea:  {"园区", "开发区"},
	} {
		for _, n := range names {
			super[groupNamed(n)] = s
		}
	}
	return super
}()

// Kinds of text after the counters of numbers; steps between labels are weighed by kind.
const (
	kindPlain = iota // says little by its end, or is a village or town
	kindRoad
	kindPlace // a home, work place or area
	textKinds
)

var kindNames = [textKinds]string{"plain", "road", "place"}

var kindOfSuper = [superCount]uint8{superNone: kindPlain, superAdmin: kindPlain, superRoad: kindRoad, superHome: kindPlace, superWork: kindPlace, superArea: kindPlace}

// kindCount is the number of kinds: counters, then those of text.
var kindCount = len(counters) + textKinds

func kindName(k int) string {
	if k < len(counters) {
		return counters[k].name
	}
	return kindNames[k-len(counters)]
}

// rowBase holds where each block of rows starts.
type rowBase struct {
	suffix, whole, word, number, digits, chain, length, next, prev, first int
	inner, hit, dup, town, startsHit, coversHit, again, count             int
}

const (
	maxDigits  = 7
	maxChain   = 4
	lengthRows = 11
	interior   = 3 // counts of things inside a span are told apart up to here
)

// hitRows is the number of combinations of level, form, anc, conf, fol and lead.
const hitRows = 4 * 3 * 16

var rows = func() (b rowBase) {
	n := 0
	block := func(at *int, size int) { *at, n = n, n+size }
	block(&b.suffix, len(suffixGroups)+1)
	block(&b.whole, len(suffixGroups))
	block(&b.word, len(wordNames))
	block(&b.number, int(coreCount)*len(counters))
	block(&b.digits, len(counters)*maxDigits)
	block(&b.chain, maxChain*maxChain)
	block(&b.length, lengthRows)
	block(&b.next, superCount*(nextNum+len(counters)))
	block(&b.prev, prevCount)
	block(&b.first, firstCount)
	block(&b.inner, interior*interior*interior*interior)
	block(&b.hit, hitRows)
	block(&b.dup, dupCount*len(levelNames))
	block(&b.town, int(townFormCount))
	block(&b.startsHit, 1)
	block(&b.coversHit, 1)
	block(&b.again, 2)
	b.count = n
	return b
}()

// rowName names a row for weights.txt.
func rowName(row int) string {
	b := rows
	bit := func(v, i int) string { return strconv.Itoa(v >> i & 1) }
	switch {
	case row < b.whole:
		if i := row - b.suffix; i < len(suffixGroups) {
			return "suffix." + suffixGroups[i].name
		}
		return "suffix"
	case row < b.word:
		return "whole." + suffixGroups[row-b.whole].name
	case row < b.number:
		return "word." + wordNames[row-b.word]
	case row < b.digits:
		i := row - b.number
		return "number." + coreNames[i/len(counters)] + "." + counters[i%len(counters)].name
	case row < b.chain:
		i := row - b.digits
		return "digits." + counters[i/maxDigits].name + "." + strconv.Itoa(i%maxDigits)
	case row < b.length:
		i := row - b.chain
		return "chain." + strconv.Itoa(i%maxChain+1) + "of" + strconv.Itoa(i/maxChain+1)
	case row < b.next:
		return "length." + strconv.Itoa(row-b.length)
	case row < b.prev:
		i := row - b.next
		n := i % (nextNum + len(counters))
		name := "next." + superNames[i/(nextNum+len(counters))] + "."
		if n < nextNum {
			return name + nextNames[n]
		}
		return name + "num" + counters[n-nextNum].name
	case row < b.first:
		return "prev." + prevNames[row-b.prev]
	case row < b.inner:
		return "first." + firstNames[row-b.first]
	case row < b.hit:
		i := row - b.inner
		return fmt.Sprintf("inner.roads%d.admins%d.homes%d.nums%d", i/27, i/9%3, i/3%3, i%3)
	case row < b.dup:
		i := row - b.hit
		return "hit." + levelNames[i/48] + "." + formNames[i/16%3] + ".anc" + bit(i, 0) + "conf" + bit(i, 1) + "fol" + bit(i, 2) + "lead" + bit(i, 3)
	case row < b.town:
		i := row - b.dup
		return "dup." + levelNames[i/dupCount] + "." + dupNames[i%dupCount]
	case row < b.startsHit:
		return "town." + townNames[row-b.town]
	case row < b.coversHit:
		return "starts-hit"
	case row < b.again:
		return "covers-hit"
	}
	return "again." + []string{"before", "after"}[row-b.again]
}
