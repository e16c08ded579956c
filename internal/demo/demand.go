package demo

import (
	"math"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
)

// arrival is a request that will come.
type arrival struct {
	at      time.Time
	service catalog.ServiceTypeCode
	weather *spell // what made it come, if anything
}

// spell is some days of weather in one city that bring requests of their own.
type spell struct {
	city       int
	from, to   calendar.Date
	categories []catalog.CategoryCode
	more       float64 // requests of those categories, times
}

// Volume and rhythm of requests.
const (
	perDay  = 54.0
	history = 60 // days
	// surge are the requests of the last day and a half on top of the ordinary: a change of weather today.
	surge      = 140.0
	surgeHours = 36
)

// byWeekday from Sunday: people report on Monday what broke at the weekend.
var byWeekday = [7]float64{0.92, 1.14, 1.04, 0.99, 0.96, 0.97, 0.98}

// byHour is when people call and write.
var byHour = [24]float64{0.4, 0.2, 0.1, 0.1, 0.1, 0.2, 0.6, 1.5, 5, 9, 11, 9, 5, 6, 8, 8, 7, 6, 6, 7, 6, 4, 2, 1}

// services is what is asked for.
var services = []struct {
	code  catalog.ServiceTypeCode
	share float64
}{{"REP", 0.64}, {"INST", 0.20}, {"MAINT", 0.08}, {"CLEAN", 0.06}, {"MOVE", 0.02}}

// forecast thinks of the weather of the history and of today.
func (g *generator) forecast(c chance) []*spell {
	var out []*spell
	for _, offset := range []int{8, 21, 34, 47, history - 1} {
		s := &spell{city: c.IntN(len(g.cities)), more: 1.8}
		s.from = g.today(g.start) + calendar.Date(offset)
		s.to = s.from + calendar.Date(c.upTo(2, 4))
		_, month, _ := s.from.Civil()
		switch month {
		case time.June, time.July, time.August, time.September:
			s.categories = []catalog.CategoryCode{"AC", "CAC", "RF"}
		case time.November, time.December, time.January, time.February, time.March:
			s.categories = []catalog.CategoryCode{"GWH", "BOI", "EWH"}
		default:
			s.categories = []catalog.CategoryCode{"DR", "WM", "AC"} // days of rain
		}
		out = append(out, s)
	}
	return out
}

// arrivals plans all requests of the history and of today up to now, in order of time.
func (g *generator) arrivals() []arrival {
	c := newChance(g.opt.Seed, "demand")
	spells := g.forecast(c)
	var out []arrival
	add := func(day calendar.Date, n int, hour func() int) {
		for range n {
			at := g.at(day, hour()*60).Add(c.minutes(0, 60))
			a := arrival{at: at, service: weighted(c, services, func(s struct {
				code  catalog.ServiceTypeCode
				share float64
			},
			) float64 {
				return s.share
			}).code}
			for _, s := range spells {
				if day >= s.from && day <= s.to && c.yes(0.22) {
					a.weather, a.service = s, "REP"
				}
			}
			if !at.After(g.end) && !at.Before(g.start) {
				out = append(out, a)
			}
		}
	}
	hours := make([]int, 24)
	for h := range hours {
		hours[h] = h
	}
	ordinary := func() int { return weighted(c, hours, func(h int) float64 { return byHour[h] }) }
	last := g.today(g.end)
	for day := g.today(g.start); day <= last; day++ {
		n := perDay * byWeekday[day.Weekday()] * (1 + 0.06*c.NormFloat64())
		add(day, int(math.Round(min(max(n, 50), 70)*g.opt.Scale)), ordinary)
	}
	for range int(surge * g.opt.Scale) {
		at := g.end.Add(-c.between(time.Hour, surgeHours*time.Hour))
		out = append(out, arrival{at: g.inHours(at.Add(-8*time.Hour), 7, 22), service: "REP", weather: spells[len(spells)-1]})
		if c.yes(0.35) {
			out[len(out)-1] = arrival{at: out[len(out)-1].at, service: pick(c, []catalog.ServiceTypeCode{"INST", "INST", "MAINT", "CLEAN"})}
		}
	}
	out = slices.DeleteFunc(out, func(a arrival) bool { return a.at.After(g.end) })
	slices.SortStableFunc(out, func(a, b arrival) int { return a.at.Compare(b.at) })
	return out
}

// weightOf is how likely a product is asked about by an arrival.
func (g *generator) weightOf(a arrival) func(productRow) float64 {
	_, month, _ := g.today(a.at).Civil()
	return func(p productRow) float64 {
		w := p.Repair
		switch a.service {
		case "INST":
			return p.Install * seasonOf(p.Category, int(month))
		case "MAINT":
			w *= map[catalog.CategoryCode]float64{"AC": 2, "GWH": 2, "BOI": 3, "WP": 3, "RH": 1, "CAC": 1}[p.Category]
		case "CLEAN":
			w *= map[catalog.CategoryCode]float64{"AC": 3, "RH": 3, "WM": 2, "CAC": 1}[p.Category]
		case "MOVE":
			w *= map[catalog.CategoryCode]float64{"AC": 1}[p.Category]
		}
		w *= seasonOf(p.Category, int(month))
		if a.weather != nil && slices.Contains(a.weather.categories, p.Category) {
			w *= 1 + 6*(a.weather.more-1)
		}
		return w
	}
}
