package clocks

import (
	"cmp"
	"slices"
	"time"
)

// FactKind is what happened to a clock.
type FactKind string

// The kinds of fact.
const (
	Started    FactKind = "started"    // Target is set
	Retargeted FactKind = "retargeted" // Target is set: priority, policy, team or promise changed
	Paused     FactKind = "paused"     // Pause, WaitedFor, Effect, Reason, Evidence are set
	Resumed    FactKind = "resumed"    // Pause is set
	Met        FactKind = "met"        // the milestone happened
	Voided     FactKind = "voided"     // the duty fell away: the record was cancelled or merged
	Withdrawn  FactKind = "withdrawn"  // Ref is set: that fact was recorded in error
)

// Fact is one entry of a clock's history.
type Fact struct {
	Seq        int       `json:"seq"` // place in the list, from 1
	Kind       FactKind  `json:"kind"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
	Target     Target    `json:"target,omitzero"`
	Pause      PauseID   `json:"pause,omitempty"`
	WaitedFor  WaitedFor `json:"waited_for,omitempty"`
	Effect     Effect    `json:"effect,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	Evidence   string    `json:"evidence,omitempty"`
	Ref        int       `json:"ref,omitempty"`
}

// at is when the fact counts from.
func (f Fact) at() time.Time { return earlier(f.OccurredAt, f.RecordedAt) }

// Facts is the history of one clock in the order of recording.
type Facts []Fact

// With returns the list with one more fact, numbered. A fact may have happened
// at any time before; it fails where the list would contradict itself.
func (fs Facts) With(f Fact) (Facts, error) {
	f.Seq = len(fs) + 1
	if err := fs.check(f); err != nil {
		return nil, err
	}
	return append(slices.Clip(fs), f), nil
}

func (fs Facts) check(f Fact) error {
	if f.OccurredAt.IsZero() || f.RecordedAt.IsZero() || len(fs) > 0 && f.RecordedAt.Before(fs[len(fs)-1].RecordedAt) {
		return ErrFactTime
	}
	if (f.Kind == Started) != (len(fs) == 0) {
		if len(fs) == 0 {
			return ErrNotStarted
		}
		return ErrStarted
	}
	live := fs.live()
	begun := func(k FactKind) (Fact, bool) { // the live fact of a kind about the same wait
		i := slices.IndexFunc(live, func(o Fact) bool { return o.Kind == k && o.Pause == f.Pause })
		if i < 0 {
			return Fact{}, false
		}
		return live[i], true
	}
	switch f.Kind {
	case Started, Retargeted:
		return f.Target.Validate()
	case Met, Voided:
	case Paused:
		if !slices.Contains([]Effect{Freeze, Runs, Stops}, f.Effect) || f.Pause == "" {
			return ErrUnknownWait.With("waited_for", string(f.WaitedFor))
		}
		if slices.ContainsFunc(fs, func(o Fact) bool { return o.Kind == Paused && o.Pause == f.Pause }) {
			return ErrWaitTaken
		}
	case Resumed:
		pause, ok := begun(Paused)
		if _, ended := begun(Resumed); !ok || ended {
			return ErrNoWait
		}
		if f.at().Before(pause.at()) {
			return ErrResumedBefore
		}
	case Withdrawn:
		ok := slices.ContainsFunc(live, func(o Fact) bool { return o.Seq == f.Ref && o.Kind != Started && o.Kind != Withdrawn })
		if !ok {
			return ErrWithdraw
		}
	default:
		return ErrUnknownFact.With("kind", string(f.Kind))
	}
	return nil
}

// known returns the facts recorded until a moment.
func (fs Facts) known(asOf time.Time) Facts {
	i := slices.IndexFunc(fs, func(f Fact) bool { return f.RecordedAt.After(asOf) })
	if i < 0 {
		return fs
	}
	return fs[:i]
}

// live returns the facts that were not withdrawn, without the withdrawals. The
// end of a wait whose beginning was withdrawn stays and means nothing.
func (fs Facts) live() Facts {
	gone := map[int]bool{}
	for _, f := range fs {
		if f.Kind == Withdrawn {
			gone[f.Ref] = true
		}
	}
	var out Facts
	for _, f := range fs {
		if f.Kind != Withdrawn && !gone[f.Seq] {
			out = append(out, f)
		}
	}
	return out
}

// stretch is a piece of time.
type stretch struct{ from, to time.Time }

// waits are the waits for anybody of some that began before a moment; those that last end with it.
func (fs Facts) waits(who []WaitedFor, until time.Time) []stretch {
	var out []stretch
	live := fs.live()
	for _, f := range live {
		if f.Kind != Paused || !slices.Contains(who, f.WaitedFor) || !f.at().Before(until) {
			continue
		}
		w := stretch{f.at(), until}
		for _, r := range live {
			if r.Kind == Resumed && r.Pause == f.Pause && r.at().Before(w.to) {
				w.to = r.at()
			}
		}
		out = append(out, w)
	}
	return out
}

// first returns when the first fact of a kind happened, in time, not in order
// of recording.
func (fs Facts) first(k FactKind) (time.Time, bool) {
	var at time.Time
	found := false
	for _, f := range fs {
		if f.Kind == k && (!found || f.at().Before(at)) {
			at, found = f.at(), true
		}
	}
	return at, found
}

// OpenWaits returns the beginnings of the waits that have not ended, in the
// order of recording: what a clock that starts now on the same job takes over.
func (fs Facts) OpenWaits(asOf time.Time) []Fact {
	live := fs.known(asOf).live()
	var out []Fact
	for _, f := range live {
		if f.Kind == Paused && !slices.ContainsFunc(live, func(o Fact) bool { return o.Kind == Resumed && o.Pause == f.Pause }) {
			out = append(out, f)
		}
	}
	return out
}

// stops returns the times between start and end in which the clock stood
// still, sorted and apart.
func (fs Facts) stops(start, end time.Time) []span {
	type edge struct {
		at     time.Time
		effect Effect
		delta  int
	}
	var edges []edge
	for _, f := range fs {
		if f.Kind != Paused {
			continue
		}
		to := end
		for _, o := range fs {
			if o.Kind == Resumed && o.Pause == f.Pause {
				to = earlier(o.at(), end)
			}
		}
		if from := later(f.at(), start); from.Before(to) {
			edges = append(edges, edge{from, f.Effect, 1}, edge{to, f.Effect, -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return a.at.Compare(b.at) })
	open := map[Effect]int{}
	var out []span
	for i, e := range edges {
		open[e.effect] += e.delta
		stopped := open[Freeze] > 0 || open[Runs] == 0 && open[Stops] > 0
		if !stopped || i+1 == len(edges) || !e.at.Before(edges[i+1].at) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].to.Equal(e.at) {
			out[n-1].to = edges[i+1].at
			continue
		}
		out = append(out, span{e.at, edges[i+1].at})
	}
	return out
}

// retargets returns the targets in the order in which they took effect, the
// first at the start.
func (fs Facts) retargets(start time.Time) []Fact {
	var out []Fact
	for _, f := range fs {
		if f.Kind == Started || f.Kind == Retargeted {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Fact) int {
		return cmp.Or(later(a.at(), start).Compare(later(b.at(), start)), cmp.Compare(a.Seq, b.Seq))
	})
	return out
}
