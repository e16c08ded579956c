package workforce

import (
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
)

// EngineerID names a person of an outlet, engineer or not.
type EngineerID string

// Job is what a person does. Only engineers are sent on visits.
type Job string

// The jobs.
const (
	JobEngineer    Job = "engineer"
	JobDispatcher  Job = "dispatcher"
	JobManager     Job = "manager"
	JobStorekeeper Job = "storekeeper"
	JobOffice      Job = "office"
)

// State is where a person stands.
type State string

// The states.
const (
	StateActive    State = "active"
	StateSuspended State = "suspended"
	StateLeft      State = "left"
)

// Skill is a skill with its level, from 1 (learner) to 5 (expert).
type Skill struct {
	Code  catalog.SkillCode `json:"code"`
	Level int               `json:"level" minimum:"1" maximum:"5"`
}

// Levels of skills. A learner is not sent alone.
const (
	LevelLearner = 1
	LevelMin     = 2 // least level that counts as having the skill
	LevelExpert  = 5
)

// CertificateID names a certificate of a person.
type CertificateID string

// Certificate is a paper that the law wants for a skill. The dates are local and inclusive.
type Certificate struct {
	ID           CertificateID     `json:"id"`
	Code         catalog.SkillCode `json:"code"`
	NumberSealed []byte            `json:"number_sealed,omitempty"`
	IssuedOn     calendar.Date     `json:"issued_on"`
	ValidTo      calendar.Date     `json:"valid_to"`            // last day; zero is without end
	RecheckBy    calendar.Date     `json:"recheck_by,omitzero"` // not valid after it until it was re-checked; zero is none
}

// ValidOn tells whether the certificate counts on a day.
func (c Certificate) ValidOn(day calendar.Date) bool {
	return day >= c.IssuedOn && (c.ValidTo.IsZero() || day <= c.ValidTo) && (c.RecheckBy.IsZero() || day <= c.RecheckBy)
}

// Due is the day from which on it no longer counts unless something is done; zero is never.
func (c Certificate) Due() calendar.Date {
	switch {
	case c.ValidTo.IsZero():
		return c.RecheckBy
	case c.RecheckBy.IsZero():
		return c.ValidTo
	}
	return min(c.ValidTo, c.RecheckBy)
}

// Engineer is a person of an outlet.
type Engineer struct {
	ID           EngineerID
	Number       string // the firm's own staff number (工号), unique when present
	OutletID     outlets.ID
	OutletPath   string
	UserID       string // identity's user, "" for none
	Name         string // as customers see it
	Job          Job
	State        State
	Brands       []catalog.BrandID  // empty is all that the outlet serves
	Skills       []Skill            // by code
	Certificates []Certificate      // by code and date
	Tools        []catalog.ToolCode // that he has along, his own or in the van; sorted
	StartPoint   geo.Point          // where the day begins; without one at the outlet
	VanPlace     string             // id of the place in parts, "" for none
	MaxVisits    int                // a day; 0 is no bound
	PhoneSealed  []byte
	KeyID        crypt.KeyID
	JoinedOn     calendar.Date
	LeftOn       calendar.Date
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Version      int64
}

// Level is the person's level of a skill; 0 is none.
func (e Engineer) Level(code catalog.SkillCode) int {
	i, ok := slices.BinarySearchFunc(e.Skills, code, func(s Skill, c catalog.SkillCode) int { return strings.Compare(string(s.Code), string(c)) })
	if !ok {
		return 0
	}
	return e.Skills[i].Level
}

// Has tells whether the person has a skill well enough to be sent for it.
func (e Engineer) Has(code catalog.SkillCode) bool { return e.Level(code) >= LevelMin }

// Serves tells whether the person may work for a brand that the outlet serves.
func (e Engineer) Serves(b catalog.BrandID) bool {
	return b == "" || len(e.Brands) == 0 || slices.Contains(e.Brands, b)
}

// CertificateValidOn tells whether the person holds a certificate for a skill that counts on a day.
func (e Engineer) CertificateValidOn(code catalog.SkillCode, day calendar.Date) bool {
	return slices.ContainsFunc(e.Certificates, func(c Certificate) bool { return c.Code == code && c.ValidOn(day) })
}

// Lack is why a person may not be sent.
type Lack struct {
	Skill catalog.SkillCode
	What  string // LackSkill or LackCertificate
}

// What can be lacking.
const (
	LackSkill       = "skill"
	LackCertificate = "certificate"
)

// Lacks lists which of the needed skills the person lacks on a day: the skill itself, or the certificate
// that it needs (特种作业操作证, 燃气作业证), missing or not valid that day.
func (e Engineer) Lacks(snap *catalog.Snapshot, need []catalog.SkillCode, day calendar.Date) []Lack {
	var out []Lack
	for _, code := range need {
		if !e.Has(code) {
			out = append(out, Lack{code, LackSkill})
			continue
		}
		if s, ok := snap.Skill(code); ok && s.Certificate && !e.CertificateValidOn(code, day) {
			out = append(out, Lack{code, LackCertificate})
		}
	}
	return out
}

// Start is where the person's day begins.
func (e Engineer) Start(o outlets.Outlet) geo.Point {
	if e.StartPoint == (geo.Point{}) {
		return o.Point
	}
	return e.StartPoint
}

// Shift is one window in which a person works, as instants.
type Shift struct {
	Engineer EngineerID
	Date     calendar.Date // local date of the outlet
	Start    time.Time
	End      time.Time
}

// AbsenceID names an absence.
type AbsenceID string

// Absence is time away: leave, illness, training, a repair of the van.
type Absence struct {
	ID        AbsenceID  `json:"id"`
	Engineer  EngineerID `json:"staff_id"`
	Kind      string     `json:"kind"` // see AbsenceKinds
	Start     time.Time  `json:"start"`
	End       time.Time  `json:"end"`
	Cancelled bool       `json:"cancelled"`
	CreatedAt time.Time  `json:"created_at"`
	Version   int64      `json:"version"`
}

// AbsenceKinds are the kinds of absence.
var AbsenceKinds = []string{"leave", "sick", "training", "meeting", "vehicle", "other"}

// DayPlan is a person's template of a weekday or the exception of one date: several windows of the
// outlet's wall clock, none is a day off.
type DayPlan []calendar.Window

// Week is a person's shift template, by weekday from Sunday.
type Week [7]DayPlan
