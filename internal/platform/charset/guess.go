package charset

import (
	"unicode"
	"unicode/utf8"
)

// What another encoding than GB 18030 must show before it is believed: the share of characters that its writers use every
// day, how much larger than GB 18030's it is, and of how many characters Korean needs proof, whose syllables lie where
// common Chinese characters do.
const (
	plain        = 0.7
	ahead        = 0.2
	koreanProof  = 24
	koreanOthers = 0.05
)

// Guess finds the encoding of a text that is no Unicode; false when it is none that we read. In short texts GB 18030 goes
// before: nearly all bytes mean something in it, and it is what most files come in here.
//
// Each encoding lays its everyday characters together: GB 2312 its 3,755 of the first level in rows B0 to D7, Big5 its 5,401
// in A4 to C6, Shift_JIS kana in 82 and 83 and its first level in 88 to 97, EUC-KR the syllables in B0 to C8 [GB/T 2312-1980,
// Big5-E, JIS X 0208, KS X 1001]. Read in another encoding, a text falls outside.
func Guess(text []byte) (Encoding, bool) {
	best, share := GB18030, 0.0
	valid := reads(text, GB18030)
	if valid {
		share = common(text, GB18030)
	}
	floor := share + ahead
	for _, e := range legacy[1:] {
		if !reads(text, e) {
			continue
		}
		of := common(text, e)
		if e == EUCKR && syllables(text) {
			return e, true
		}
		if of >= plain && of > floor && of > share {
			best, share, valid = e, of, true
		}
	}
	return best, valid
}

// reads tells whether every byte of the text means something.
func reads(text []byte, e Encoding) bool {
	out, err := encodings[e].NewDecoder().Bytes(text)
	if err != nil {
		return false
	}
	for _, c := range string(out) {
		if c == utf8.RuneError || c >= 0xE000 && c <= 0xF8FF || c > unicode.MaxASCII && c < 0xA0 {
			return false
		}
	}
	return true
}

// syllables tells whether nearly all characters are syllables. Every fourth character of Chinese and more lies above them.
func syllables(text []byte) bool {
	n, good := 0, 0
	for lead := range pairs(text, EUCKR) {
		if lead[0] >= 0xB0 {
			n++
			if lead[0] <= 0xC8 && lead[1] >= 0xA1 {
				good++
			}
		}
	}
	return n >= koreanProof && float64(n-good) <= koreanOthers*float64(n)
}

// common is the share of a text's characters beyond ASCII that are everyday ones; punctuation and symbols do not count.
func common(text []byte, e Encoding) float64 {
	n, good := 0.0, 0.0
	for p := range pairs(text, e) {
		everyday, weight := weigh(p, e)
		n += weight
		if everyday {
			good += weight
		}
	}
	if n == 0 {
		return 0
	}
	return good / n
}

// pairs walks over the characters beyond ASCII: their bytes, with 0 for a second that is not there. In Windows-1252 the
// second is the byte behind, and 1 stands for one beyond ASCII on either side.
func pairs(text []byte, e Encoding) func(yield func([2]byte) bool) {
	return func(yield func([2]byte) bool) {
		for i := 0; i < len(text); i++ {
			c := text[i]
			if c < utf8.RuneSelf {
				continue
			}
			p := [2]byte{c, 0}
			switch {
			case e == Windows1252:
				if i > 0 && text[i-1] >= utf8.RuneSelf || i+1 < len(text) && text[i+1] >= utf8.RuneSelf {
					p[1] = 1
				}
			case e == ShiftJIS && c >= 0xA1 && c <= 0xDF: // half a width
			case i+1 < len(text):
				p[1] = text[i+1]
				i++
				if e == GB18030 && p[1] >= '0' && p[1] <= '9' { // four bytes: whatever is not Chinese
					i += 2
				}
			}
			if !yield(p) {
				return
			}
		}
	}
}

// halfWidth is what a kana of half a width weighs: old systems write whole names in them, but in other encodings the same
// bytes are halves of common characters.
const halfWidth = 0.25

// weigh tells whether a character is an everyday one, and how much it counts.
func weigh(p [2]byte, e Encoding) (everyday bool, weight float64) {
	c, second := p[0], p[1]
	within := func(from, to byte) bool { return c >= from && c <= to }
	counts := true
	switch e {
	case GB18030:
		everyday, counts = within(0xB0, 0xD7) && second >= 0xA1, !(within(0xA1, 0xA9) && second >= 0xA1)
	case Big5:
		everyday, counts = within(0xA4, 0xC6), !within(0xA1, 0xA3)
	case ShiftJIS:
		if second == 0 {
			return false, halfWidth
		}
		everyday, counts = within(0x82, 0x83) || within(0x88, 0x97), c != 0x81
	case EUCKR:
		everyday, counts = within(0xB0, 0xC8) && second >= 0xA1, c > 0xAC
	case Windows1252:
		letter := c >= 0xC0 && c != 0xD7 && c != 0xF7
		everyday, counts = letter && second == 0, letter || second == 1
	}
	if !counts {
		return false, 0
	}
	return everyday, 1
}
