package access

import (
	"time"

	"anxin/internal/platform/problem"
)

// Limits of the time that a live act may claim (domain: two times on every act).
const (
	ActBack  = 90 * 24 * time.Hour
	ActAhead = 5 * time.Minute
)

// Act is what every named act carries: which operation it is, when it happened and why.
type Act struct {
	// OperationID makes the act idempotent for ever: a phone sends it again after a lost answer.
	OperationID string
	// OccurredAt is when it happened, as claimed; zero means now.
	OccurredAt time.Time
	// DeviceOffset is how far the device's clock was ahead of the server's when they last met.
	DeviceOffset time.Duration
	Reason       string // reason code of catalog
	Note         string // free text of a person
}

// At is when the act happened: the claimed time corrected by the device's clock. A live act may lie 90
// days back and 5 minutes ahead at most; a replay or an import may lie anywhere in the past.
func (a Act) At(origin Origin, now time.Time) (time.Time, error) {
	if a.OccurredAt.IsZero() {
		return now, nil
	}
	t := a.OccurredAt.Add(-a.DeviceOffset).UTC().Truncate(time.Microsecond)
	ahead := now.Add(ActAhead)
	if t.After(ahead) {
		return time.Time{}, problem.Field("occurred_at", problem.BadTime, "latest", ahead)
	}
	if origin == Live && t.Before(now.Add(-ActBack)) {
		return time.Time{}, problem.Field("occurred_at", problem.BadTime, "earliest", now.Add(-ActBack))
	}
	if t.After(now) {
		t = now // a clock that runs a little ahead must not make the future
	}
	return t, nil
}
