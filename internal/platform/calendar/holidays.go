package calendar

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"
)

// Kind says what an exception makes of a date.
type Kind string

// The kinds of exception.
const (
	Off  Kind = "OFF"  // closed
	Work Kind = "WORK" // worked, for example a make-up day
)

// Exception sets one date apart from the weekly pattern.
type Exception struct {
	Date Date   `json:"date"`
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	// Legal marks a legal holiday (法定节假日), on which work is paid threefold;
	// the other days off are ordinary rest days that were moved.
	Legal bool `json:"legal,omitempty"`
	// Windows are the hours of a WORK date; without them see Spec.MakeUp.
	Windows     []Window `json:"windows,omitempty"`
	SourceURL   string   `json:"source_url,omitempty"`
	PublishedAt Date     `json:"published_at,omitzero"`
}

// Year is what a country has published about one year's days.
type Year struct {
	Schema  int    `json:"schema"`
	Country string `json:"country"`
	Year    int    `json:"year"`
	// Version counts the publications of this year's data, from 1.
	Version int `json:"version"`
	// Provisional: the arrangement of days off is not published; Days holds
	// the legal days computed from the law and no make-up days.
	Provisional bool     `json:"provisional"`
	Source      string   `json:"source,omitempty"`
	SourceURLs  []string `json:"source_urls,omitempty"`
	PublishedAt Date     `json:"published_at,omitzero"`
	// Days may reach into December before and January after the year, as the
	// notice about New Year does.
	Days []Exception `json:"days"`
}

// LegalDays returns the legal holidays in order.
func (y Year) LegalDays() []Exception {
	var out []Exception
	for _, e := range y.Days {
		if e.Legal {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Exception) int { return cmp.Compare(a.Date, b.Date) })
	return out
}

// OwedDays counts the legal holidays of a provisional year that fall on a
// Saturday or Sunday. The law has them made up on working days not yet named,
// so a provisional calendar shows that many working days too many (six in
// 2027: 254 instead of 248). It is 0 for a published year.
func (y Year) OwedDays() int {
	if !y.Provisional {
		return 0
	}
	n := 0
	for _, e := range y.LegalDays() {
		if w := e.Date.Weekday(); w == time.Saturday || w == time.Sunday {
			n++
		}
	}
	return n
}

// YearStatus says how far a year's days are known.
type YearStatus string

// The statuses of a year.
const (
	Published   YearStatus = "published"
	Provisional YearStatus = "provisional" // legal days only
	Missing     YearStatus = "missing"     // weekly pattern only
)

// Holidays is the national layer: all known years of one country. It does not
// change; With returns a new one.
type Holidays struct {
	country string
	years   map[int]Year
	days    map[Date]Exception
}

// NewHolidays joins years of one country. It fails with [Issues] when a year is
// invalid or of another country; of two entries of one year the later wins.
func NewHolidays(country string, years ...Year) (*Holidays, error) {
	h := &Holidays{country: country, years: map[int]Year{}}
	for _, y := range years {
		if y.Country != country {
			return nil, Issues{{Where: "country", Code: CodeCountry, Detail: y.Country}}
		}
		if issues := y.Validate().Errors(); len(issues) > 0 {
			return nil, fmt.Errorf("holidays of %s %d: %w", country, y.Year, issues)
		}
		h.years[y.Year] = y
	}
	h.index()
	return h, nil
}

// With returns the holidays with a year added or replaced. Where y marks no
// legal day at all (the compiled lists in circulation don't), the legal days
// known so far stay marked.
func (h *Holidays) With(y Year) (*Holidays, error) {
	if old, ok := h.years[y.Year]; ok && len(y.LegalDays()) == 0 {
		y = y.withLegalDays(old.LegalDays())
	}
	years := maps.Clone(h.years)
	years[y.Year] = y
	return NewHolidays(h.country, slices.Collect(maps.Values(years))...)
}

// withLegalDays marks the days off that known says are legal holidays.
func (y Year) withLegalDays(known []Exception) Year {
	legal := map[Date]bool{}
	for _, e := range known {
		legal[e.Date] = true
	}
	y.Days = slices.Clone(y.Days)
	for i, e := range y.Days {
		y.Days[i].Legal = e.Kind == Off && legal[e.Date]
	}
	return y
}

// index fills days. A date named by two years' notices (New Year) belongs to
// the notice of its own year.
func (h *Holidays) index() {
	h.days = map[Date]Exception{}
	for n, y := range h.years {
		for _, e := range y.Days {
			if _, taken := h.days[e.Date]; taken && e.Date.Year() != n {
				continue
			}
			if e.SourceURL == "" && len(y.SourceURLs) > 0 {
				e.SourceURL = y.SourceURLs[0]
			}
			if e.PublishedAt.IsZero() {
				e.PublishedAt = y.PublishedAt
			}
			h.days[e.Date] = e
		}
	}
}

// Country returns the code the holidays were made for, "CN".
func (h *Holidays) Country() string { return h.country }

// Status says how far a year is known.
func (h *Holidays) Status(year int) YearStatus {
	y, ok := h.years[year]
	switch {
	case !ok:
		return Missing
	case y.Provisional:
		return Provisional
	}
	return Published
}

// Year returns one year's data.
func (h *Holidays) Year(year int) (Year, bool) {
	y, ok := h.years[year]
	return y, ok
}

// Years returns the known years in order.
func (h *Holidays) Years() []int { return slices.Sorted(maps.Keys(h.years)) }

// Day returns the exception on a date.
func (h *Holidays) Day(d Date) (Exception, bool) {
	e, ok := h.days[d]
	return e, ok
}

//go:embed data/*.json
var data embed.FS

// China returns the built-in holidays of mainland China. They cannot be wrong
// at run time: a test parses them.
var China = sync.OnceValue(func() *Holidays {
	h, err := loadYears("CN", data)
	if err != nil {
		panic(err)
	}
	return h
})

func loadYears(country string, fsys fs.FS) (*Holidays, error) {
	names, err := fs.Glob(fsys, "data/*.json")
	if err != nil {
		return nil, err
	}
	years := make([]Year, 0, len(names))
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		y, err := ParseYear(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		years = append(years, y)
	}
	return NewHolidays(country, years...)
}
