package planner

import (
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/calendar"
)

// JobID names a job: an order. Identifiers are those of the modules that own the records; the planner only
// compares them.
type JobID string

// The other identifiers.
type (
	// VisitID names a visit.
	VisitID string
	// EngineerID names an engineer.
	EngineerID string
	// OutletID names an outlet.
	OutletID string
	// BrandID names a brand.
	BrandID string
	// SkillCode names a skill.
	SkillCode string
)

// Learner is the lowest level of a skill.
const Learner = 1

// Skill is a skill with its level, from 1 (learner) to 5 (expert).
type Skill struct {
	Code  SkillCode
	Level int
}

// Span is a stretch of time, from included, to not.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// IsZero tells whether there is no span.
func (s Span) IsZero() bool { return s.From.IsZero() && s.To.IsZero() }

func (s Span) overlaps(o Span) bool { return s.From.Before(o.To) && o.From.Before(s.To) }

// NoPlace is the place of work that needs no way: remote sessions, and orders whose place nobody knows.
const NoPlace = -1

// Break is a rest that a day needs: Minutes on end, neither working nor on the way, inside the span.
type Break struct {
	Span
	Minutes int
}

// Day is one local date of an engineer.
type Day struct {
	Date         calendar.Date
	Shifts       []Span // when he works, in order, absences cut out
	Away         []Span // those absences
	Break        Break  // zero: none
	Skills       []Skill
	Certificates []SkillCode // that count on this date
	Counter      []Span      // when the store of his outlet is open
	// RushHours are when ways take longer, or less long, on the date and on those beside it, in order and apart.
	RushHours []RushHour
}

func (d Day) level(code SkillCode) int {
	for _, s := range d.Skills {
		if s.Code == code {
			return s.Level
		}
	}
	return 0
}

// Engineer is a person who can be sent, over some days.
type Engineer struct {
	ID     EngineerID
	Outlet OutletID
	Group  OutletID // whose part of the work his counts to, see [Weights]; "" is nobody's
	// OutletName is for words.
	OutletName string
	Brands     []BrandID          // that he may work for; nil is all
	Home       int                // place where each day begins; it may end anywhere
	MaxVisits  int                // a day; 0 is no bound
	Days       []Day              // by date
	Van        map[PartCode]int64 // what is free in his van, of parts that matter
	Counter    *Counter           // the store of his outlet; nil is none
}

func (e Engineer) day(date calendar.Date) (int, bool) {
	return slices.BinarySearchFunc(e.Days, date, func(d Day, t calendar.Date) int { return int(d.Date) - int(t) })
}

// Need is a skill that a job takes.
type Need struct {
	Skill       SkillCode
	Level       int  // at least
	Certificate bool // the law wants a paper for it
}

// Job is work to be given to somebody.
type Job struct {
	ID       JobID
	Brand    BrandID
	Outlets  []OutletID // whose engineers may do it; nil is all
	Place    int
	Site     string // household or plant, see [Weights]; "" is none
	Minutes  int    // on site
	Needs    []Need
	Windows  []Span // the engineer arrives in one of them, the end included; none is any time
	Promised bool   // the customer was told so
	Priority int    // 1 is the most urgent, 4 the least; 0 counts as 3
	Crew     int    // engineers at once: 1 or 2
	// Preferred was there before or is reserved; Pinned is the only one who may lead.
	Preferred, Pinned EngineerID
	Excluded          []EngineerID
	PartsMissing      bool // parts it needs are not at hand yet
	Parts             []PartNeed
}

func (j Job) crew() int { return max(1, j.Crew) }

// Visit is work that engineers have already.
type Visit struct {
	ID        VisitID // "" for a hold or reservation
	Job       Job     // what it takes; its place and brand always, the rest where it may have to move
	Engineers []EngineerID
	Date      calendar.Date
	Start     time.Time
	End       time.Time
	// Supplied visits have what they take, or a stop to fetch it; For are the jobs that a stop at a counter is made for.
	Supplied bool
	For      []JobID
	// Frozen visits are over, under way or begun to be travelled to: nothing is put before them.
	Frozen bool
}

// Legs are travel times between the places of a snapshot; [geo.Matrix] is one.
type Legs interface {
	At(from, to int) (seconds, metres int32)
}

// Snapshot is all that a planner knows: no database, no clock. Nobody changes it once it is made.
type Snapshot struct {
	Now       time.Time // nothing new starts before it
	Engineers []Engineer
	Jobs      []Job
	Visits    []Visit
	Places    int // how many places Travel knows
	Travel    Legs
	Weights   Weights
}

// Limits of what a snapshot may hold: beyond them a number is a mistake.
const (
	maxMinutes = 7 * 24 * 60
	maxCrew    = 2
	maxPieces  = 1_000_000_000
)

// Check refuses snapshots that no planner can read.
func (s Snapshot) Check() error {
	engineers := map[EngineerID]bool{}
	for _, e := range s.Engineers {
		if e.ID == "" || engineers[e.ID] {
			return fmt.Errorf("%w: engineer %q twice or without id", ErrSnapshot, e.ID)
		}
		engineers[e.ID] = true
		if err := s.checkPlace(e.Home); err != nil {
			return fmt.Errorf("home of %s: %w", e.ID, err)
		}
		if c := e.Counter; c != nil {
			if err := s.checkPlace(c.Place); err != nil {
				return fmt.Errorf("store of %s: %w", c.Outlet, err)
			}
			if c.Place == NoPlace || c.Minutes < 0 || c.Minutes > maxMinutes {
				return fmt.Errorf("%w: the store of %s is nowhere, or a stop there takes %d minutes", ErrSnapshot, c.Outlet, c.Minutes)
			}
		}
		for i, d := range e.Days {
			if i > 0 && e.Days[i-1].Date >= d.Date {
				return fmt.Errorf("%w: days of %s are not in order", ErrSnapshot, e.ID)
			}
			if err := d.check(); err != nil {
				return fmt.Errorf("%s on %s: %w", e.ID, d.Date, err)
			}
		}
	}
	jobs := map[JobID]bool{}
	for _, j := range s.Jobs {
		if j.ID == "" || jobs[j.ID] {
			return fmt.Errorf("%w: job %q twice or without id", ErrSnapshot, j.ID)
		}
		jobs[j.ID] = true
		if j.Minutes < 1 {
			return fmt.Errorf("%w: job %s takes no time", ErrSnapshot, j.ID)
		}
		if err := s.checkJob(j); err != nil {
			return fmt.Errorf("job %s: %w", j.ID, err)
		}
	}
	visits := map[VisitID]bool{}
	for _, v := range s.Visits {
		if v.ID != "" && visits[v.ID] {
			return fmt.Errorf("%w: visit %s twice", ErrSnapshot, v.ID)
		}
		visits[v.ID] = true
		if v.End.Before(v.Start) {
			return fmt.Errorf("%w: visit %s ends before it starts", ErrSnapshot, v.ID)
		}
		if err := s.checkJob(v.Job); err != nil {
			return fmt.Errorf("visit %s: %w", v.ID, err)
		}
	}
	if err := s.Weights.check(); err != nil {
		return err
	}
	if s.Travel == nil && s.Places > 0 {
		return fmt.Errorf("%w: no travel times", ErrSnapshot)
	}
	return nil
}

func (s Snapshot) checkPlace(p int) error {
	if p != NoPlace && (p < 0 || p >= s.Places) {
		return fmt.Errorf("%w: place %d of %d", ErrSnapshot, p, s.Places)
	}
	return nil
}

func (s Snapshot) checkJob(j Job) error {
	if j.Minutes < 0 || j.Minutes > maxMinutes || j.Crew < 0 || j.Crew > maxCrew {
		return fmt.Errorf("%w: %d minutes with a crew of %d", ErrSnapshot, j.Minutes, j.Crew)
	}
	for _, n := range j.Parts {
		if n.Code == "" || n.Count < 1 || n.Count > maxPieces {
			return fmt.Errorf("%w: %d pieces of part %q", ErrSnapshot, n.Count, n.Code)
		}
	}
	for _, w := range j.Windows {
		if w.To.Before(w.From) {
			return fmt.Errorf("%w: a window ends before it begins", ErrSnapshot)
		}
	}
	return s.checkPlace(j.Place)
}

func (d Day) check() error {
	for i, o := range d.Counter {
		if !o.To.After(o.From) || i > 0 && o.From.Before(d.Counter[i-1].To) {
			return fmt.Errorf("%w: the hours of a store are empty, overlap or are not in order", ErrSnapshot)
		}
	}
	if err := checkPace(d.RushHours); err != nil {
		return err
	}
	for i, sh := range d.Shifts {
		if !sh.To.After(sh.From) || i > 0 && sh.From.Before(d.Shifts[i-1].To) {
			return fmt.Errorf("%w: shifts are empty, overlap or are not in order", ErrSnapshot)
		}
	}
	if d.Break.Minutes < 0 || d.Break.Minutes > 0 && d.Break.To.Sub(d.Break.From) < time.Duration(d.Break.Minutes)*time.Minute {
		return fmt.Errorf("%w: a break that does not fit its window", ErrSnapshot)
	}
	return nil
}

// leg is the way between two places in seconds; ok is false where there is none.
func (s *Snapshot) leg(from, to int) (seconds int64, ok bool) {
	if from == NoPlace || to == NoPlace || from == to {
		return 0, true
	}
	sec, _ := s.Travel.At(from, to)
	return int64(sec), sec >= 0 && sec < unreachable
}

func (s *Snapshot) engineer(id EngineerID) (*Engineer, bool) {
	for i := range s.Engineers {
		if s.Engineers[i].ID == id {
			return &s.Engineers[i], true
		}
	}
	return nil, false
}

// job finds a job to be placed, or the work of a visit.
func (s *Snapshot) job(id JobID) (*Job, bool) {
	for i := range s.Jobs {
		if s.Jobs[i].ID == id {
			return &s.Jobs[i], true
		}
	}
	for i := range s.Visits {
		if s.Visits[i].Job.ID == id {
			return &s.Visits[i].Job, true
		}
	}
	return nil, false
}

// Apply is the snapshot once a plan was made true: its assignments are visits, its jobs are gone. Jobs that
// stay unserved stay. Stops at counters that the visits need are among them.
func (s Snapshot) Apply(p Plan) Snapshot {
	out, _, _ := s.apply(p).WithFetches()
	return out
}

func (s Snapshot) apply(p Plan) Snapshot {
	out := s
	out.Jobs, out.Visits = []Job{}, []Visit{}
	done, moved := map[JobID]bool{}, map[VisitID]bool{}
	for _, a := range p.Assignments {
		done[a.Job] = true
		if a.Visit != "" {
			moved[a.Visit] = true
		}
		if j, ok := s.job(a.Job); ok {
			out.Visits = append(out.Visits, Visit{ID: a.Visit, Job: *j, Engineers: a.Engineers, Date: a.Date, Start: a.Start, End: a.End})
		}
	}
	for _, id := range p.Dropped {
		moved[id] = true
	}
	gone := map[JobID]bool{}
	for i := range s.Visits {
		if v := &s.Visits[i]; v.ID != "" && moved[v.ID] {
			gone[v.Job.ID] = true
		}
	}
	for _, v := range s.Visits {
		if (v.ID == "" || !moved[v.ID]) && !idle(&v, gone) {
			out.Visits = append(out.Visits, v)
		}
	}
	for _, j := range s.Jobs {
		if !done[j.ID] {
			out.Jobs = append(out.Jobs, j)
		}
	}
	return out
}
