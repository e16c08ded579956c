package demo

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// world is what the generator remembers of the firm it makes.
type world struct {
	brands  map[string]catalog.Brand // by letter
	models  map[catalog.CategoryCode][]catalog.Model
	cities  []*city
	outlets []*outlet
	clients []*client
	parts   map[partKey]parts.PartID
	staff   staff
}

// partKey names the part of a category's fault catalogue.
type partKey struct {
	Category catalog.CategoryCode
	Type     string
}

// staff are the people of the centre who act.
type staff struct {
	agents, dispatchers         []access.Actor
	admin, quality, finance     access.Actor
	head                        access.Actor
	lastAgent, lastDispatcherNo int
}

// agent is the next one in turn.
func (s *staff) agent() access.Actor {
	s.lastAgent++
	return s.agents[s.lastAgent%len(s.agents)]
}

func (s *staff) dispatcher() access.Actor {
	s.lastDispatcherNo++
	return s.dispatchers[s.lastDispatcherNo%len(s.dispatchers)]
}

// outlet is a service point with its people.
type outlet struct {
	outlets.Outlet
	site      site
	profile   Profile
	city      *city
	engineers []*engineer
	manager   access.Actor
}

// serves tells whether the outlet is the first to be asked for a district.
func (o *outlet) serves(districtCode string) bool {
	for _, i := range o.site.Districts {
		if o.city.Districts[i].Code == districtCode {
			return true
		}
	}
	return false
}

// engineer is a person with his days.
type engineer struct {
	workforce.Engineer
	outlet *outlet
	off    [7]bool // weekdays off
	away   map[calendar.Date]bool
	busy   map[calendar.Date][]span
	van    map[parts.PartID]int
	actor  access.Actor
}

// span is time that is taken.
type span struct{ from, to time.Time }

// client is a customer with his machines.
type client struct {
	ID       customers.ID
	Name     string
	Phone    string
	Firm     bool
	city     *city
	district district
	place    customers.Place
	units    []*machine
}

// machine is a unit of a customer.
type machine struct {
	ID        units.ID
	Brand     catalog.BrandID
	Model     catalog.Model
	Category  catalog.CategoryCode
	Serial    string
	client    *client
	installed calendar.Date
	warranted bool
	// lastCase and families keep cases apart that chance would take for the same fault coming back.
	lastCase time.Time
	families map[string]time.Time
}
