package console

import (
	"context"
	_ "embed" // the pages' script
	"math"
	"net/http"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// The engineer on the way: where he is while he travels and agreed to show it, and how many stops lie before. Pages tell
// distance and direction, never a point on a map: that of the home would be an address.

const (
	// fresh is how old a place may be: after that it misleads.
	fresh = 5 * time.Minute
	// roadFactor and roadSpeed (metres a minute, 22 km/h) turn the straight line into minutes in a town.
	roadFactor = 1.4
	roadSpeed  = 22_000.0 / 60
	// atDoor is how near (metres) counts as there.
	atDoor = 300
	// mapReach is how far (pixels) from the middle the dot may stand.
	mapReach = 70.0
)

// way is what the page tells about an engineer who is on the way.
type way struct {
	Known   bool // a place is known: the engineer agreed to show it
	At      time.Time
	Metres  int
	Minutes int
	Near    bool
	X, Y    float64 // of the dot, from the middle of the picture
}

// Km is the distance with a tenth.
func (w way) Km() float64 { return math.Round(float64(w.Metres)/100) / 10 }

// wayOf tells where the engineer of a visit is; nil unless he travels.
func (s *Service) wayOf(ctx context.Context, o orders.Order, v orders.Visit) (*way, error) {
	if v.State != orders.VisitStateTravelling {
		return nil, nil
	}
	p, ok, err := s.Orders.LivePosition(ctx, s.DB, o.ID)
	if err != nil || !ok || v.Lat == nil || v.Lon == nil || s.DB.Now().Sub(p.At) > fresh {
		return &way{}, err
	}
	return lay(geo.Point{Lat: *v.Lat, Lon: *v.Lon}, geo.Point{Lat: p.Lat, Lon: p.Lon}, p.At), nil
}

// lay puts the engineer beside the home: the further, the nearer to the edge.
func lay(home, at geo.Point, when time.Time) *way {
	metres := geo.Distance(home, at)
	w := &way{Known: true, At: when, Metres: int(metres), Near: metres <= atDoor}
	w.Minutes = max(1, int(math.Ceil(metres*roadFactor/roadSpeed)))
	dx := (at.Lon - home.Lon) * math.Cos(home.Lat*math.Pi/180)
	dy := at.Lat - home.Lat
	if length := math.Hypot(dx, dy); length > 0 {
		r := mapReach * metres / (metres + 1500)
		w.X, w.Y = math.Round(dx/length*r), math.Round(-dy/length*r)
	}
	return w
}

// stops are the visits before somebody's own.
type stops struct{ N int }

// stopsBefore counts the open visits of the lead engineer's day before this one; nil when it is another day or he is on
// the way here. It is a number: nothing of the others is told.
func (s *Service) stopsBefore(ctx context.Context, v orders.Visit) (*stops, error) {
	switch v.State {
	case orders.VisitStatePlanned, orders.VisitStateDispatched, orders.VisitStateAccepted:
	default:
		return nil, nil
	}
	now, zone := s.DB.Now(), s.at(v.Zone)
	if len(v.Members) == 0 || calendar.DateOf(v.Start, zone) != calendar.DateOf(now, zone) {
		return nil, nil
	}
	y, m, d := v.Start.In(zone).Date()
	list, err := s.Orders.VisitsOf(ctx, s.DB, []workforce.EngineerID{v.Members[0].EngineerID}, time.Date(y, m, d, 0, 0, 0, 0, zone), v.Start)
	if err != nil {
		return nil, err
	}
	n := stops{}
	for _, other := range list {
		if other.ID != v.ID && other.Open() {
			n.N++
		}
	}
	return &n, nil
}

//go:embed portal.js
var portalJS []byte

// script makes the pages livelier; they do without it.
func script(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(portalJS)
}
