package dispatch

import (
	"context"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/jobs"
	"anxin/internal/workforce"
)

// Policy is what an operator may tune.
type Policy struct {
	HoldFor      time.Duration // how long an offered window is kept; 5 minutes when 0
	Hours        []int         // begins of the windows of a day, local; 8, 10, 13, 15, 17 when nil
	WindowHours  int           // length of a window; 2 when 0
	Days         int           // how far ahead windows are offered; 5 when 0
	Lead         time.Duration // notice that somebody needs before he can go; 30 minutes when 0
	Profile      geo.Profile   // how engineers travel; by car when empty
	BreakFrom    time.Duration // of the day; 11:30 when 0
	BreakTo      time.Duration // 13:30 when 0
	BreakLength  time.Duration // 45 minutes when 0; negative: none
	FetchMinutes int           // of a stop at an outlet's store; 10 when 0
	MaxOutlets   int           // whose engineers are looked at for one order; 24 when 0
}

func (p Policy) orDefault() Policy {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&p.HoldFor, 5*time.Minute)
	def(&p.Lead, 30*time.Minute)
	def(&p.BreakFrom, 11*time.Hour+30*time.Minute)
	def(&p.BreakTo, 13*time.Hour+30*time.Minute)
	def(&p.BreakLength, 45*time.Minute)
	if p.Hours == nil {
		p.Hours = []int{8, 10, 13, 15, 17}
	}
	if p.WindowHours == 0 {
		p.WindowHours = 2
	}
	if p.Days == 0 {
		p.Days = 5
	}
	if p.Profile == "" {
		p.Profile = geo.ProfileCar
	}
	if p.FetchMinutes == 0 {
		p.FetchMinutes = 10
	}
	if p.MaxOutlets == 0 {
		p.MaxOutlets = 24
	}
	return p
}

// Options of [New]; the zero value is what the product uses.
type Options struct {
	Policy  Policy
	Planner planner.Planner // [planner.Engine] when nil
	// Travel must answer from memory: it is asked inside transactions. Wrap a provider that goes out into
	// geo.Cached and ask it before.
	Travel geo.Travel // straight lines when nil
	// CacheDays bounds how many engineers' days are kept in memory; 20,000 when 0, negative: none.
	CacheDays int
}

// Service is what one can do with dispatch.
type Service struct {
	db        *db.DB
	catalog   *catalog.Service
	outlets   *outlets.Service
	workforce *workforce.Service
	orders    *orders.Service
	tasks     *jobs.Tasks
	planner   planner.Planner
	travel    geo.Travel
	policy    Policy
	cache     *dayCache
	prepared  *keptCache[*preparedDays]
	// What these sets are made of.
	preparedParts *keptCache[*preparedPart]
}

// New makes the service.
func New(d *db.DB, cat *catalog.Service, out *outlets.Service, people *workforce.Service, ord *orders.Service, o ...Options) *Service {
	s := &Service{db: d, catalog: cat, outlets: out, workforce: people, orders: ord, tasks: jobs.NewTasks(d), planner: planner.New(), travel: geo.NewStraight()}
	s.prepared, s.preparedParts = newKeptCache[*preparedDays](maxPrepared), newKeptCache[*preparedPart](maxPreparedParts)
	s.cache = newDayCache(maxCachedDays)
	for _, v := range o {
		s.policy = v.Policy
		if v.CacheDays != 0 {
			s.cache = newDayCache(max(0, v.CacheDays))
		}
		if v.Planner != nil {
			s.planner = v.Planner
		}
		if v.Travel != nil {
			s.travel = v.Travel
		}
	}
	s.policy = s.policy.orDefault()
	return s
}

func actorOf(ctx context.Context) string {
	a := access.From(ctx)
	return a.Kind + ":" + a.ID
}
