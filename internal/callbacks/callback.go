package callbacks

import (
	"hash/fnv"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/problem"
)

// ID names a callback.
type ID string

// State of a callback.
type State string

// States of a callback.
const (
	Due         State = "due"
	Attempted   State = "attempted"
	Answered    State = "answered"
	Unreachable State = "unreachable"
	Refused     State = "refused"
	Waived      State = "waived"
)

// Transition is one row of the state table.
type Transition struct {
	Act   string
	From  []State
	To    []State
	Guard string
	Who   string
	Event string
}

// Transitions is the state table; docs/modules/callbacks.md is made from it.
var Transitions = []Transition{
	{Act: "attempt", From: []State{Due, Attempted}, To: []State{Attempted, Unreachable}, Guard: "classes 50–54, 70, 90; the third fruitless attempt makes it unreachable, 70 and 90 never do", Who: permAct, Event: "callback.attempted.v1 / callback.unreachable.v1"},
	{Act: "refuse", From: []State{Due, Attempted}, To: []State{Refused}, Guard: "classes 60, 61", Who: permAct, Event: "callback.refused.v1"},
	{Act: "answer", From: []State{Due, Attempted, Answered}, To: []State{Answered}, Guard: "classes 10–41, 80; a link's answer never replaces a call's", Who: permAct + ", the customer's link", Event: "callback.answered.v1"},
	{Act: "waive", From: []State{Due, Attempted}, To: []State{Waived}, Guard: "asked by link only and silent, order cancelled or case reopened", Who: "rule", Event: "callback.waived.v1"},
}

func (c Callback) allowed(act string) error {
	for _, t := range Transitions {
		if t.Act == act && slices.Contains(t.From, c.State) {
			return nil
		}
	}
	return ErrState.With("act", act, "state", string(c.State))
}

// Callback is one task to ask a customer.
type Callback struct {
	ID          ID
	Cause       Cause
	State       State
	CaseID      cases.ID
	OrderID     orders.ID // empty for a complaint
	BrandID     catalog.BrandID
	OutletPath  string // whose work is asked about
	ServiceType catalog.ServiceTypeCode
	KeyID       crypt.KeyID
	DueAt       time.Time
	Attempts    int64
	Class       Class
	Result      Result
	Score       int64 // 1–5, 0 for none
	ByLink      bool
	AskedAmount *int64     // what the customer says was paid, minor units
	Note        []byte     // sealed
	Flags       string     // codes of what looks odd, separated by spaces
	lotKey      string     // by which it is drawn into a sample: the order's number
	ByCall      bool       // a person calls when it is due; else the customer is asked by link only
	RemindAt    *time.Time // when the message with the link goes once more, or for the first time
	GiveUpAt    *time.Time // until when who is asked by link only may answer
	AnsweredAt  *time.Time
	AnsweredBy  string
	AssigneeID  string
	EndedAt     *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int64
}

// Class is the classed result of an attempt or answer (trade classes 10–90).
type Class int64

// Result is what a class means for the order.
type Result string

// Results.
const (
	Positive Result = "positive"
	Negative Result = "negative"
	NoResult Result = "" // an attempt
	Declined Result = "declined"
)

// ClassInfo is one row of the table of result classes.
type ClassInfo struct {
	Class  Class  `json:"class"`
	Key    string `json:"key"` // words: callback.class.<key>
	Result Result `json:"result"`
	Valid  bool   `json:"valid"`  // counts as a valid answer
	Counts bool   `json:"counts"` // counts as a fruitless attempt
	Suspic bool   `json:"suspicious"`
}

// Classes is the table of result classes.
var Classes = []ClassInfo{
	{Class: 10, Key: "very_satisfied", Result: Positive, Valid: true},
	{Class: 11, Key: "satisfied", Result: Positive, Valid: true},
	{Class: 20, Key: "neutral", Result: Positive, Valid: true},
	{Class: 30, Key: "attitude", Result: Negative, Valid: true},
	{Class: 31, Key: "not_fixed", Result: Negative, Valid: true},
	{Class: 32, Key: "late", Result: Negative, Valid: true},
	{Class: 33, Key: "price", Result: Negative, Valid: true},
	{Class: 34, Key: "product", Result: Negative, Valid: true},
	{Class: 35, Key: "part_waiting", Result: Negative, Valid: true},
	{Class: 36, Key: "damage", Result: Negative, Valid: true},
	{Class: 37, Key: "privacy", Result: Negative, Valid: true},
	{Class: 40, Key: "not_finished", Result: Negative, Valid: true, Suspic: true},
	{Class: 41, Key: "no_visit", Result: Negative, Valid: true, Suspic: true},
	{Class: 50, Key: "no_answer", Counts: true},
	{Class: 51, Key: "busy", Counts: true},
	{Class: 52, Key: "off", Counts: true},
	{Class: 53, Key: "wrong_number", Counts: true},
	{Class: 54, Key: "empty_number", Counts: true},
	{Class: 60, Key: "refused", Result: Declined},
	{Class: 61, Key: "never_call", Result: Declined},
	{Class: 70, Key: "other_person"},
	{Class: 80, Key: "new_request", Result: Positive, Valid: true},
	{Class: 90, Key: "language"},
}

// neverCall is the class of those who asked not to be called again.
const neverCall Class = 61

// Info finds a class in the table.
func (c Class) Info() (ClassInfo, bool) {
	for _, i := range Classes {
		if i.Class == c {
			return i, true
		}
	}
	return ClassInfo{}, false
}

// Satisfied tells whether a valid answer counts as satisfied in the callback KPI (10, 11).
func (c Class) Satisfied() bool { return c == 10 || c == 11 }

// maxAttempts is how often somebody is called: after 2 hours, the next day, the third day.
const maxAttempts = 3

// retryAfter is the pause before each further attempt.
var retryAfter = []time.Duration{2 * time.Hour, 24 * time.Hour, 24 * time.Hour}

// Cause is why somebody is asked.
type Cause string

// Causes.
const (
	Installed      Cause = "installed"
	Repaired       Cause = "repaired"
	PaidRepair     Cause = "paid_repair"  // the customer paid for it: what they paid is asked, too
	RepeatCheck    Cause = "repeat_check" // does it still work, when the days of free repair of the same fault are over
	Audit          Cause = "audit"        // drawn by lot from the work of an outlet
	Exchanged      Cause = "exchanged"    // a unit was exchanged or collected
	OtherWork      Cause = "other_work"
	OrderCancelled Cause = "cancelled"
	ComplaintEnded Cause = "complaint_closed"
	Refunded       Cause = "refunded" // all money of a return is back
	Unhappy        Cause = "unhappy"  // a bad answer by link: a person calls within two hours
)

// Trigger says when somebody is asked after what.
type Trigger struct {
	After    time.Duration `json:"after"`    // to the question by link; 0 where there is none: the link comes with the word that work is done
	Call     time.Duration `json:"call"`     // to a person's call where the link stays unused
	Voice    int           `json:"voice"`    // per cent of those asked who are called; the others are asked by link only
	Patience time.Duration `json:"patience"` // for who is asked by link only, from the question on
}

const (
	hours = time.Hour
	days  = 24 * time.Hour
)

// Triggers is the trigger table: the defaults of the trade. Who was asked by link and answers is not called.
var Triggers = map[Cause]Trigger{
	Installed:      {After: 2 * hours, Call: 24 * hours, Voice: 100},
	Repaired:       {After: 24 * hours, Call: 24 * hours, Voice: 25, Patience: 3 * days},
	PaidRepair:     {Call: 24 * hours, Voice: 100},
	RepeatCheck:    {After: 30 * days, Call: 31 * days, Voice: 25, Patience: 7 * days},
	Exchanged:      {After: 3 * days, Call: 3 * days, Patience: 3 * days},
	Refunded:       {After: 3 * days, Call: 3 * days, Patience: 3 * days},
	OtherWork:      {After: 24 * hours, Call: 24 * hours, Voice: 25, Patience: 3 * days},
	OrderCancelled: {Call: 4 * hours, Voice: 100},
	ComplaintEnded: {Call: 24 * hours, Voice: 100},
	Unhappy:        {Call: 2 * hours, Voice: 100},
	Audit:          {Voice: 100},
}

// survey tells whether the question is a survey, which nobody owes an answer to; the others answer somebody
// who complained or cancelled.
func (c Cause) survey() bool { return c != OrderCancelled && c != ComplaintEnded && c != Unhappy }

// ofOrder tells whether the order waits for the answer before it posts.
func (c Cause) ofOrder() bool {
	return c != OrderCancelled && c != ComplaintEnded && c != RepeatCheck && c != Audit && c != Refunded
}

// sampled draws the same lot for the same key every time.
func sampled(key string, percent int) bool { return int(lot(key)%100) < percent }

// lot is the place of a key in a draw.
func lot(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // never fails
	return h.Sum64() >> 8       // the low bits of like keys are alike
}

// schedule sets when the callback asks, reminds and gives up, after what happened at a time. called says
// that the customer may be called, linked that a message reaches them, drawn who belongs to a sample.
func (c *Callback) schedule(at time.Time, called, linked bool, zone *time.Location, drawn func(string, int) bool) {
	t := Triggers[c.Cause]
	asked := inCallHours(at.Add(t.After), zone)
	c.ByCall = called && (!linked || drawn(string(c.Cause)+":"+c.lotKey, t.Voice))
	if c.ByCall {
		c.DueAt = inCallHours(at.Add(t.Call), zone)
	} else {
		c.DueAt, c.GiveUpAt = asked, new(asked.Add(max(t.Patience, days)))
	}
	if linked && t.After > 0 && (!c.ByCall || asked.Before(c.DueAt)) {
		c.RemindAt = &asked
	}
}

// Calls are made from 9:00 to 20:00 at the customer's place.
const (
	callFrom  = 9
	callUntil = 20
)

// inCallHours moves t forward into the hours in which customers are called.
func inCallHours(t time.Time, zone *time.Location) time.Time {
	l := t.In(zone)
	day := time.Date(l.Year(), l.Month(), l.Day(), callFrom, 0, 0, 0, zone)
	switch {
	case l.Hour() < callFrom:
		return day.UTC()
	case l.Hour() >= callUntil:
		return day.AddDate(0, 0, 1).UTC()
	}
	return t
}

// Codes of this module.
var (
	ErrNotFound  = problem.Declare("callbacks.not_found", problem.NotFound)
	ErrState     = problem.Declare("callbacks.state", problem.Conflict)
	ErrSameSide  = problem.Declare("callbacks.same_side", problem.Forbidden)
	ErrHandler   = problem.Declare("callbacks.handler", problem.Forbidden) // who handled a complaint does not ask about it
	ErrNoLink    = problem.Declare("callbacks.link_used", problem.Conflict)
	ErrBadResult = problem.Declare("callbacks.class", problem.Invalid)
)
