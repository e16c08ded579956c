package clocks

import (
	"context"
	"slices"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
)

// What the owners of records tell. All of it happens in their transactions; whoever moves a record's
// deadlines refreshes what shows them ([Service.NextDue]).

// Start begins a clock.
type Start struct {
	Job                  Job // zero: the record itself
	RecordKind, RecordID string
	Party                Party // empty: who owes the milestone by default
	Milestone            Milestone
	Attrs                Attributes
	// Calendars says which calendars the policies' roles stand for: {"outlet": "outlet:0190…"} for a
	// target that counts in "@outlet". Roles that are not named count by the centre's hours.
	Calendars map[string]string
	At        time.Time // when it began, zero for now
	// Due fixes the instant, such as the end of a promised window; without one a policy must fit. A
	// policy for instants adds its marks and its calendar, else Calendar measures pauses, empty around
	// the clock.
	Due      *time.Time
	Calendar string
	// NewJob says that the job begins with this very change: it has no other clock and waits for nobody,
	// and nothing is read.
	NewJob bool
}

func (in Start) record() Record { return Record{Kind: in.RecordKind, ID: in.RecordID} }

// StartTx begins a clock. It answers false, and does nothing, where no policy fits and nothing is fixed,
// and for changes of origin history. A clock that is open already for the same milestone and party of the
// record stands and is returned. On a job that waits the clock takes the open waits over.
func (s *Service) StartTx(ctx context.Context, tx *db.Tx, in Start) (Deadline, bool, error) {
	if access.From(ctx).Origin == access.History {
		return Deadline{}, false, nil
	}
	rec := in.record()
	if in.Job == (Job{}) {
		in.Job = Job(rec)
	}
	if in.Party == "" {
		in.Party = DefaultParty(in.Milestone)
	}
	now, err := s.rules(ctx, tx)
	if err != nil {
		return Deadline{}, false, err
	}
	at := instant(in.At, tx.Now())
	t, choice, ok, err := s.target(now, duty{in.Milestone, in.Party}, in.Attrs, in.Calendars, in.Calendar, in.Due, at)
	if err != nil || !ok {
		return Deadline{}, false, err
	}
	var waits []openWait
	if !in.NewJob {
		if err := lockJob(ctx, tx, in.Job); err != nil {
			return Deadline{}, false, err
		}
		open, err := ofRecord(ctx, tx, rec, in.Milestone, true)
		if err != nil {
			return Deadline{}, false, err
		}
		if i := slices.IndexFunc(open, func(r *row) bool { return r.Party == in.Party }); i >= 0 {
			return open[i].Deadline, true, nil
		}
		if waits, err = openWaits(ctx, tx, in.Job); err != nil {
			return Deadline{}, false, err
		}
	}
	r := &row{
		Deadline: Deadline{
			Clock:         Clock{ID: ID(db.NewID()), Job: in.Job, Record: rec, Party: in.Party, Milestone: in.Milestone, Policy: choice.Policy.ID},
			PolicyVersion: choice.Policy.Version, Reasons: choice.Reasons, Attrs: in.Attrs, UpdatedAt: tx.Now(), Version: 1,
		},
		roles: in.Calendars, rev: now.world.rev,
		start: Fact{Kind: Started, OccurredAt: at, RecordedAt: tx.Now(), Target: t},
	}
	facts, err := Facts(nil).With(r.start)
	if err != nil {
		return Deadline{}, false, err
	}
	r.start = facts[0]
	for _, w := range waits {
		f := w.Paused(in.Party)
		f.RecordedAt = tx.Now()
		if facts, err = facts.With(f); err != nil {
			return Deadline{}, false, err
		}
	}
	err = s.begin(ctx, tx, r, facts, choice.why, true)
	return r.Deadline, err == nil, err
}

// begin counts and writes a new clock with its first facts.
func (s *Service) begin(ctx context.Context, tx *db.Tx, r *row, facts Facts, why string, loud bool) error {
	st, err := s.eval(ctx, tx, facts, r.rev, tx.Now())
	if err != nil {
		return err
	}
	r.take(st, facts)
	if err := insertClock(tx, r, why); err != nil {
		return err
	}
	for _, f := range facts[1:] {
		if err := insertFact(tx, r.ID, f); err != nil {
			return err
		}
	}
	if !loud {
		return nil
	}
	return tell(ctx, tx, r, State{Status: StatusRunning}, st, tx.Now())
}

// MetTx tells that a milestone of a record happened at a time. Of several clocks of one party the one
// that ran then is met, the first where none did; a milestone that happened before its deadline and is
// told after it amends the breach. Telling it again changes nothing, unless it happened earlier.
func (s *Service) MetTx(ctx context.Context, tx *db.Tx, recordKind, recordID string, m Milestone, at time.Time) error {
	list, err := ofRecord(ctx, tx, Record{recordKind, recordID}, m, false)
	if err != nil {
		return err
	}
	at = instant(at, tx.Now())
	ran := map[Party]*row{}
	for _, r := range list { // oldest first
		if ran[r.Party] == nil || !r.StartedAt.After(at) {
			ran[r.Party] = r
		}
	}
	list = slices.DeleteFunc(list, func(r *row) bool {
		if ran[r.Party] != r {
			return true
		}
		end, ended := r.ended()
		return ended && !at.Before(end)
	})
	return s.recordAll(ctx, tx, list, func(*row) Fact { return Fact{Kind: Met, OccurredAt: at} })
}

// recordAll adds one fact to each of some clocks.
func (s *Service) recordAll(ctx context.Context, tx *db.Tx, list []*row, fact func(*row) Fact) error {
	facts, err := factsOf(ctx, tx, list)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := s.record(ctx, tx, r, facts[r.ID], fact(r)); err != nil {
			return err
		}
	}
	return nil
}

// CancelTx tells that a duty of a record fell away; milestone "" means all of them. A clock that was
// breached stays so. Where the record is its own job, the job waits for nobody any more.
func (s *Service) CancelTx(ctx context.Context, tx *db.Tx, recordKind, recordID string, m Milestone) error {
	return s.CancelAtTx(ctx, tx, recordKind, recordID, m, tx.Now())
}

// CancelAtTx is [Service.CancelTx] for an act that happened at another time than now.
func (s *Service) CancelAtTx(ctx context.Context, tx *db.Tx, recordKind, recordID string, m Milestone, at time.Time) error {
	rec := Record{recordKind, recordID}
	at = instant(at, tx.Now())
	list, err := ofRecord(ctx, tx, rec, m, true)
	if err != nil {
		return err
	}
	if err := s.recordAll(ctx, tx, list, func(*row) Fact { return Fact{Kind: Voided, OccurredAt: at} }); err != nil || m != "" {
		return err
	}
	return s.endWaits(ctx, tx, Job(rec), at, func(openWait) bool { return true })
}

// PauseTx tells that a job waits for somebody: by the table [WaitEffects] that stops the clocks of those
// who are not at fault and starts one for the party that is, where a policy sets it a target. reason is a
// code of the list of reasons, evidence the id of the file, message, act or record that shows it. The
// same wait told again changes nothing; waits with other evidence stand beside it.
func (s *Service) PauseTx(ctx context.Context, tx *db.Tx, job Job, waitedFor WaitedFor, why, evidence string, at time.Time) error {
	if !waitedFor.Known() {
		return ErrUnknownWait.With("waited_for", string(waitedFor))
	}
	if access.From(ctx).Origin == access.History {
		return nil
	}
	if err := lockJob(ctx, tx, job); err != nil {
		return err
	}
	open, err := openWaits(ctx, tx, job)
	if err != nil || slices.ContainsFunc(open, func(w openWait) bool { return w.For == waitedFor && w.Evidence == evidence }) {
		return err
	}
	w := Wait{ID: PauseID(db.NewID()), For: waitedFor, Reason: why, Evidence: evidence, OccurredAt: instant(at, tx.Now()), RecordedAt: tx.Now()}
	insertWait(tx, job, w)
	list, err := ofJob(ctx, tx, job)
	if err != nil {
		return err
	}
	attrs := sharedAttrs(job, list)
	live := slices.DeleteFunc(list, func(r *row) bool { // what ended or broke before is not touched
		end, ended := r.ended()
		return ended && !w.OccurredAt.Before(end) || !r.BreachedAt.IsZero() && !w.OccurredAt.Before(r.BreachedAt)
	})
	if err := s.recordAll(ctx, tx, live, func(r *row) Fact { return w.Paused(r.Party) }); err != nil {
		return err
	}
	party, ok := waitedFor.Starts()
	if !ok {
		return nil
	}
	_, _, err = s.StartTx(ctx, tx, Start{
		Job: job, RecordKind: job.Kind, RecordID: job.ID, Party: party, Milestone: Awaited, Attrs: attrs, At: w.OccurredAt,
	})
	return err
}

// sharedAttrs are the attributes of a job: those of its own clocks, else of any.
func sharedAttrs(job Job, list []*row) Attributes {
	var a Attributes
	for i, r := range list {
		if i == 0 || Job(r.Record) == job {
			a = r.Attrs
		}
	}
	return a
}

// ResumeTx tells that a job no longer waits for somebody: every such wait ends, and what was awaited is
// met. A job that does not wait for them is left alone.
func (s *Service) ResumeTx(ctx context.Context, tx *db.Tx, job Job, waitedFor WaitedFor, at time.Time) error {
	return s.resume(ctx, tx, job, waitedFor, at, func(w openWait) bool { return w.For == waitedFor })
}

// ResumeOneTx is [Service.ResumeTx] for the wait with this evidence: one part came, another is still
// awaited.
func (s *Service) ResumeOneTx(ctx context.Context, tx *db.Tx, job Job, waitedFor WaitedFor, evidence string, at time.Time) error {
	return s.resume(ctx, tx, job, waitedFor, at, func(w openWait) bool { return w.For == waitedFor && w.Evidence == evidence })
}

func (s *Service) resume(ctx context.Context, tx *db.Tx, job Job, waitedFor WaitedFor, at time.Time, which func(openWait) bool) error {
	at = instant(at, tx.Now())
	if err := s.endWaits(ctx, tx, job, at, which); err != nil {
		return err
	}
	left, err := openWaits(ctx, tx, job)
	if err != nil || slices.ContainsFunc(left, func(w openWait) bool { return w.For == waitedFor }) {
		return err
	}
	party, ok := waitedFor.Starts()
	if !ok {
		return nil
	}
	awaited, err := ofRecord(ctx, tx, Record(job), Awaited, true)
	if err != nil {
		return err
	}
	awaited = slices.DeleteFunc(awaited, func(r *row) bool { return r.Party != party })
	return s.recordAll(ctx, tx, awaited, func(*row) Fact { return Fact{Kind: Met, OccurredAt: at} })
}

// endWaits ends waits of a job on all its clocks. A wait ends at its beginning at the earliest.
func (s *Service) endWaits(ctx context.Context, tx *db.Tx, job Job, at time.Time, which func(openWait) bool) error {
	open, err := openWaits(ctx, tx, job)
	if err != nil {
		return err
	}
	open = slices.DeleteFunc(open, func(w openWait) bool { return !which(w) })
	if len(open) == 0 {
		return nil
	}
	if err := lockJob(ctx, tx, job); err != nil {
		return err
	}
	list, err := ofJob(ctx, tx, job)
	if err != nil {
		return err
	}
	facts, err := factsOf(ctx, tx, list)
	if err != nil {
		return err
	}
	for _, w := range open {
		endWait(tx, w.ID, later(at, w.OccurredAt))
	}
	for _, r := range list {
		begun := facts[r.ID].OpenWaits(s.recordedAt(tx, facts[r.ID]))
		var add []Fact
		for _, w := range open {
			if slices.ContainsFunc(begun, func(f Fact) bool { return f.Pause == w.ID }) {
				add = append(add, Fact{Kind: Resumed, OccurredAt: later(at, w.OccurredAt), Pause: w.ID})
			}
		}
		if end, ended := r.ended(); len(add) == 0 || ended && !at.Before(end) {
			continue // what ended before does not go on
		}
		if err := s.record(ctx, tx, r, facts[r.ID], add...); err != nil {
			return err
		}
	}
	return nil
}

// RetargetTx tells that what a job is about changed at a time: its open clocks get the targets of the
// policies that fit now, and the time they used stays used. The job's own clocks take all attributes;
// those of other records on the job take what the job shares with them (priority, brand, contract) and
// keep the rest. Fixed instants stay.
func (s *Service) RetargetTx(ctx context.Context, tx *db.Tx, job Job, attrs Attributes, at time.Time) error {
	list, err := ofJob(ctx, tx, job)
	if err != nil {
		return err
	}
	return s.retarget(ctx, tx, list, at, func(r *row) {
		if Job(r.Record) == job {
			r.Attrs = attrs
			return
		}
		r.Attrs.Priority, r.Attrs.Brand, r.Attrs.Contract = attrs.Priority, attrs.Brand, attrs.Contract
	})
}

// RetargetRecordTx is [Service.RetargetTx] for the clocks of one record, with all its attributes;
// calendars, if not nil, replaces what the roles stand for (the outlet changed).
func (s *Service) RetargetRecordTx(ctx context.Context, tx *db.Tx, recordKind, recordID string, attrs Attributes, calendars map[string]string, at time.Time) error {
	list, err := ofRecord(ctx, tx, Record{recordKind, recordID}, "", true)
	if err != nil {
		return err
	}
	return s.retarget(ctx, tx, list, at, func(r *row) {
		r.Attrs = attrs
		if calendars != nil {
			r.roles = calendars
		}
	})
}

func (s *Service) retarget(ctx context.Context, tx *db.Tx, list []*row, at time.Time, change func(*row)) error {
	at = instant(at, tx.Now())
	now, err := s.rules(ctx, tx)
	if err != nil {
		return err
	}
	facts, err := factsOf(ctx, tx, list)
	if err != nil {
		return err
	}
	for _, r := range list {
		if !r.Open || r.Policy == "" || !r.BreachedAt.IsZero() && !at.Before(r.BreachedAt) {
			continue // nothing left to aim at, or nobody's policy
		}
		was := *r
		change(r)
		var due *time.Time
		aim := inForce(facts[r.ID])
		if aim.Kind == Instant {
			due = &aim.At
		}
		t, choice, ok, err := s.target(now, duty{r.Milestone, r.Party}, r.Attrs, r.roles, "", due, at)
		if err != nil {
			return err
		}
		if !ok || choice.Policy.ID == "" { // no policy fits any more: the promise that was made stands
			r.Attrs, r.roles = was.Attrs, was.roles
			continue
		}
		r.Policy, r.PolicyVersion, r.Reasons = choice.Policy.ID, choice.Policy.Version, choice.Reasons
		switch {
		case !sameTarget(t, aim):
			err = s.record(ctx, tx, r, facts[r.ID], Fact{Kind: Retargeted, OccurredAt: at, Target: t})
		case r.Attrs != was.Attrs || r.Policy != was.Policy:
			err = s.record(ctx, tx, r, facts[r.ID])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inForce is the target that was set last.
func inForce(fs Facts) Target {
	var t Target
	for _, f := range fs.live() {
		if f.Kind == Started || f.Kind == Retargeted {
			t = f.Target
		}
	}
	return t
}

func sameTarget(a, b Target) bool {
	return a.Kind == b.Kind && a.Calendar == b.Calendar && a.Duration == b.Duration && a.Days == b.Days && a.At.Equal(b.At) && slices.Equal(a.Warn, b.Warn)
}

// SetDueTx moves the fixed instant of a record's open clocks of a milestone: a promise was changed at a
// time. A clock that was broken before stays broken and ends; a new one begins for the new promise.
func (s *Service) SetDueTx(ctx context.Context, tx *db.Tx, recordKind, recordID string, m Milestone, due, at time.Time) error {
	list, err := ofRecord(ctx, tx, Record{recordKind, recordID}, m, true)
	if err != nil {
		return err
	}
	facts, err := factsOf(ctx, tx, list)
	if err != nil {
		return err
	}
	at, due = instant(at, tx.Now()), instant(due, due)
	for _, r := range list {
		t := inForce(facts[r.ID])
		if t.Kind != Instant || t.At.Equal(due) {
			continue
		}
		if r.BreachedAt.IsZero() || at.Before(r.BreachedAt) {
			t.At = due
			if err := s.record(ctx, tx, r, facts[r.ID], Fact{Kind: Retargeted, OccurredAt: at, Target: t}); err != nil {
				return err
			}
			continue
		}
		if err := s.record(ctx, tx, r, facts[r.ID], Fact{Kind: Voided, OccurredAt: at}); err != nil {
			return err
		}
		_, _, err := s.StartTx(ctx, tx, Start{
			Job: r.Job, RecordKind: r.Record.Kind, RecordID: r.Record.ID, Party: r.Party, Milestone: m, Attrs: r.Attrs, Calendars: r.roles,
			At: at, Due: &due, Calendar: t.Calendar,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Import is a whole clock of another system.
type Import struct {
	Job                  Job // zero: the record itself
	RecordKind, RecordID string
	Party                Party
	Milestone            Milestone
	Attrs                Attributes
	Policy               PolicyID
	Facts                []Fact // in the order of recording, with both of their times
}

// ImportFacts takes a clock with its whole history over and counts it. Nothing is told: it happened
// before.
func (s *Service) ImportFacts(ctx context.Context, tx *db.Tx, in Import) (Deadline, error) {
	if in.Job == (Job{}) {
		in.Job = Job{in.RecordKind, in.RecordID}
	}
	if in.Party == "" {
		in.Party = DefaultParty(in.Milestone)
	}
	now, err := s.rules(ctx, tx)
	if err != nil {
		return Deadline{}, err
	}
	var facts Facts
	for _, f := range in.Facts {
		f.OccurredAt, f.RecordedAt = instant(f.OccurredAt, f.OccurredAt), instant(f.RecordedAt, f.RecordedAt)
		if f.RecordedAt.After(tx.Now()) {
			return Deadline{}, ErrFactTime
		}
		if facts, err = facts.With(f); err != nil {
			return Deadline{}, err
		}
	}
	if len(facts) == 0 {
		return Deadline{}, ErrNotStarted
	}
	r := &row{
		Deadline: Deadline{
			Clock: Clock{
				ID: ID(db.NewIDAt(facts[0].RecordedAt)), Job: in.Job, Record: Record{in.RecordKind, in.RecordID}, Party: in.Party,
				Milestone: in.Milestone, Policy: in.Policy,
			},
			Attrs: in.Attrs, Reasons: reason.List{}, UpdatedAt: tx.Now(), Version: 1,
		},
		rev: now.world.rev, start: facts[0],
	}
	err = s.begin(ctx, tx, r, facts, "[]", false)
	return r.Deadline, err
}
