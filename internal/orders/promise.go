package orders

import (
	"time"

	"anxin/internal/platform/problem"
)

// PromiseID names a promise.
type PromiseID string

// Party is who wanted a promise changed, or a visit moved.
type Party string

// Parties that may want a change.
const (
	ByCustomer Party = "customer"
	ByCentre   Party = "centre"
	ByOutlet   Party = "outlet"
	ByEngineer Party = "engineer"
	ByPart     Party = "part"
	ByForce    Party = "force_majeure"
)

var movers = []Party{ByCustomer, ByCentre, ByOutlet, ByEngineer, ByPart, ByForce}

// EarlyTolerance is how long before its window an arrival still keeps a promise.
const EarlyTolerance = 15 * time.Minute

// MaxWindow bounds a promise: a window of days is none.
const MaxWindow = 24 * time.Hour

// Promise is a window that somebody promised the customer. Rows are never changed: a new promise takes
// the place of the one before.
type Promise struct {
	ID        PromiseID
	OrderID   ID
	Seq       int64 // from 1
	Window    Window
	MadeBy    string // actor
	MadeAt    time.Time
	ChangedBy Party // who wanted the one before changed; empty for the first
	Reason    string
	Verdict   *Verdict // nil until judged
}

// Verdict says how a promise ended.
type Verdict struct {
	Kept       bool
	VisitID    VisitID       // that arrived, or ended it
	ArrivedAt  *time.Time    // nil: nobody came
	LateBy     time.Duration // after the window's end; negative: before its begin
	OccurredAt time.Time
	RecordedAt time.Time
}

// Judge tells whether an arrival keeps the promise: from 15 minutes before the window to its end.
func (p Promise) Judge(arrived time.Time) (kept bool, lateBy time.Duration) {
	switch {
	case arrived.After(p.Window.To):
		return false, arrived.Sub(p.Window.To)
	case arrived.Before(p.Window.From.Add(-EarlyTolerance)):
		return false, arrived.Sub(p.Window.From)
	}
	return true, 0
}

// inForce picks the promise that stood when something happened: the last one made before it, else the
// first. The list is by Seq.
func inForce(list []Promise, at time.Time) (Promise, bool) {
	if len(list) == 0 {
		return Promise{}, false
	}
	p := list[0]
	for _, n := range list[1:] {
		if !n.MadeAt.After(at) {
			p = n
		}
	}
	return p, true
}

func (w Window) check(f *problem.Fields, field string) {
	if w.IsZero() {
		f.Add(field+".from", problem.Required)
		return
	}
	f.Check(!w.From.IsZero() && w.To.After(w.From), field+".to", ErrWindow)
	f.Check(w.To.Sub(w.From) <= MaxWindow, field+".to", problem.OutOfRange, "limit", "24 h")
}
