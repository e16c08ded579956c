package search

import (
	"strings"
	"testing"
)

func TestNewestRanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		last, want int64
		marks      string
		from       int64
	}{
		{10_000, 4096, "('~w1' | '~w2' | '~w3')", 4096},
		{10_000, 9_999, "('~w0' | '~w1' | '~w2' | '~w3')", 0},
		{1_000_000, 4096, "('~w243' | '~w244' | '~w245')", 243 << 12},
		{1_000_000, 60_000, "('~x28' | '~x29' | '~x30' | '~x31')", 28 << 15},
		{1_000_000, 900_000, "('~y0' | '~y1' | '~y2' | '~y3' | '~y4')", 0},
	} {
		e, from := newestRanges(tt.last, tt.want)
		if got := e.tsquery(); got != tt.marks || from != tt.from || tt.last-from+1 < tt.want {
			t.Errorf("newestRanges(%d, %d) = %s, %d; want %s, %d", tt.last, tt.want, got, from, tt.marks, tt.from)
		}
	}
	for last := int64(1); last < 1<<34; last = last*3 + 1 { // never many, never too little
		for want := int64(1); want <= last; want *= 2 {
			e, from := newestRanges(last, want)
			if n := strings.Count(e.tsquery(), "~"); n > maxMarks+1 && last < 1<<24 || from > max(0, last-want) {
				t.Fatalf("newestRanges(%d, %d) names %d ranges from %d", last, want, n, from)
			}
		}
	}
}
