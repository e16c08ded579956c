package cases

import (
	"context"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// ActInput is the input of an act that needs no more than who, when and why.
type ActInput struct {
	access.Act
	ID ID
}

// change is what an act does to the case inside the transaction; it returns the event to publish.
type change func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error)

// act runs a named act: permission, scope, operation id, state table, clocks, audit, event.
func (s *Service) act(ctx context.Context, perm, name string, in ActInput, do change) (Case, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Case{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Case, error) {
		c, err := find(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return Case{}, err
		}
		return s.actTx(ctx, tx, c, name, in.Act, do)
	})
}

func (s *Service) actTx(ctx context.Context, tx *db.Tx, c Case, name string, in access.Act, do change) (Case, error) {
	if done, err := seen(ctx, tx, c.ID, in.OperationID); done || err != nil {
		return c, err
	}
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return Case{}, err
	}
	before := c
	ev, err := do(ctx, tx, &c, at)
	if err != nil {
		return Case{}, err
	}
	c.followState(before.State, name)
	if err := s.followClocks(ctx, tx, before, &c, at); err != nil {
		return Case{}, err
	}
	if err := updateCase(ctx, tx, &c); err != nil {
		return Case{}, err
	}
	remember(tx, c.ID, in.OperationID, name)
	if strings.TrimSpace(in.Note) != "" {
		if err := s.noteTx(ctx, tx, c, "internal", in.Note, at); err != nil {
			return Case{}, err
		}
	}
	err = audit.Append(ctx, tx, audit.Entry{
		Kind: "case", Record: string(c.ID), Act: name, Reason: in.Reason, Before: before.trail(), After: c.trail(), OccurredAt: at,
	})
	if err != nil {
		return c, err
	}
	if ev != nil {
		if err := events.Publish(ctx, tx, refresh(ev, c.fact(at))); err != nil {
			return c, err
		}
	}
	if before.Live() && !c.Live() && c.ParentID != "" { // it may have waited for this child alone
		return c, s.closeAgreedTx(ctx, tx, c.ParentID, "solved", at)
	}
	return c, nil
}

// refresh gives the event the case as it was written: the act chose the event before the version rose.
func refresh(ev events.Event, f Fact) events.Event {
	switch e := ev.(type) {
	case Classified:
		return Classified{f}
	case DiagnosingAgain:
		return DiagnosingAgain{f}
	case ServingBegan:
		return ServingBegan{f}
	case Assigned:
		return Assigned{f}
	case SolvedRemotely:
		return SolvedRemotely{f}
	case VerifyingBegan:
		return VerifyingBegan{f}
	case NotSolved:
		return NotSolved{f}
	case ClosedEvent:
		return ClosedEvent{f}
	case Reopened:
		return Reopened{f}
	case CancelledEvent:
		return CancelledEvent{f}
	case Merged:
		return Merged{f}
	case Chased:
		return Chased{f}
	case ComplaintStaged:
		e.Fact = f
		return e
	}
	return ev
}

// followClocks keeps the case's own clocks true to what changed and the queue's key true to them.
func (s *Service) followClocks(ctx context.Context, tx *db.Tx, before Case, c *Case, at time.Time) error {
	if c.Origin == string(access.History) {
		return s.refreshDue(ctx, tx, c)
	}
	kind, id := "case", string(c.ID)
	met := func(m clocks.Milestone, was, is *time.Time) error {
		if was == nil && is != nil {
			return s.clocks.MetTx(ctx, tx, kind, id, m, *is)
		}
		return nil
	}
	if at := c.answered; at != nil && (before.RespondedAt == nil || at.Before(*before.RespondedAt) || c.Reopened > 0) {
		if err := s.clocks.MetTx(ctx, tx, kind, id, clocks.FirstResponse, *at); err != nil {
			return err
		}
	}
	if err := met(clocks.Diagnosis, before.DiagnosedAt, c.DiagnosedAt); err != nil {
		return err
	}
	if c.Type == Complaint && before.Stage != StageProposal && c.Stage == StageProposal {
		for _, m := range []clocks.Milestone{clocks.ComplaintPlan, clocks.FifteenDayAction} {
			if err := s.clocks.MetTx(ctx, tx, kind, id, m, at); err != nil {
				return err
			}
		}
	}
	switch {
	case before.Live() && c.State == Closed:
		if c.Type == Complaint {
			for _, m := range []clocks.Milestone{clocks.ComplaintClosed, clocks.FifteenDayAction} {
				if err := s.clocks.MetTx(ctx, tx, kind, id, m, at); err != nil {
					return err
				}
			}
		}
		if err := s.clocks.CancelAtTx(ctx, tx, kind, id, "", at); err != nil {
			return err
		}
	case before.Live() && c.State == Cancelled:
		if err := s.clocks.CancelAtTx(ctx, tx, kind, id, "", at); err != nil {
			return err
		}
	case s.attributes(before) != s.attributes(*c): // the work's own clocks are its owner's matter
		if err := s.clocks.RetargetRecordTx(ctx, tx, kind, id, s.attributes(*c), nil, at); err != nil {
			return err
		}
	}
	return s.refreshDue(ctx, tx, c)
}

// refreshDue recomputes what the queues sort by: the earliest of the case's own clocks and its work.
func (s *Service) refreshDue(ctx context.Context, tx *db.Tx, c *Case) error {
	c.ClockDueAt, c.NextDueAt = nil, nil
	if !c.Live() {
		return nil
	}
	due, err := s.clocks.NextDue(ctx, tx, "case", string(c.ID))
	if err != nil {
		return err
	}
	_, workDue, err := summary(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	c.ClockDueAt, c.NextDueAt = due, due
	if workDue != nil && (due == nil || workDue.Before(*due)) {
		c.NextDueAt = workDue
	}
	return nil
}

// ClassifyInput says what the problem is.
type ClassifyInput struct {
	ActInput
	CustomerID  customers.ID
	UnitID      units.ID
	Category    catalog.CategoryCode
	Symptom     catalog.SymptomCode
	ServiceType catalog.ServiceTypeCode
	Class       string
	Impact      Level
	Urgency     Level
	Vulnerable  bool
	Complaint   *ComplaintFacts
}

// Classify says what the problem is and whose: the case is now being diagnosed. On a case that is
// already past that it corrects the classification and leaves the state.
func (s *Service) Classify(ctx context.Context, in ClassifyInput) (Case, error) {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Case{}, err
	}
	return s.act(ctx, permAct, "classify", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if !c.Live() {
			return nil, c.allowed("classify")
		}
		if err := s.applyClass(ctx, tx, snap, c, in); err != nil {
			return nil, err
		}
		if c.State != Open {
			return Classified{}, nil
		}
		return Classified{}, c.classify(at)
	})
}

func (s *Service) applyClass(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, c *Case, in ClassifyInput) error {
	var f problem.Fields
	if in.Category != "" {
		_, ok := snap.Category(in.Category)
		f.Check(ok, "category", problem.Unknown)
		c.Category = in.Category
	}
	if in.Symptom != "" {
		sym, ok := snap.Symptom(in.Symptom)
		f.Check(ok, "symptom", problem.Unknown)
		c.Symptom = in.Symptom
		if ok && in.Category == "" {
			c.Category = sym.Category
		}
		f.Check(!ok || sym.Category == c.Category, "symptom", problem.BadChoice)
	}
	if in.ServiceType != "" {
		_, ok := snap.ServiceType(in.ServiceType)
		f.Check(ok, "service_type", problem.Unknown)
		c.ServiceType = in.ServiceType
	}
	if in.Class != "" {
		_, ok := snap.Class(catalog.ClassCode(in.Class))
		f.Check(ok, "class", problem.Unknown)
		c.Class = in.Class
	}
	if err := f.Err(); err != nil {
		return err
	}
	if err := s.mayUse(ctx, tx, in.CustomerID, in.UnitID); err != nil {
		return err
	}
	was := *c
	if in.UnitID != "" {
		c.UnitID = in.UnitID
	}
	if in.CustomerID != "" && in.CustomerID != c.CustomerID {
		cu, err := s.customers.Get(ctx, tx, in.CustomerID)
		if err != nil {
			return fieldUnknown(err, "customer_id")
		}
		c.CustomerID = cu.ID // texts stay under the case's own key, which goes with the person's when erased
	}
	if err := s.fillFrom(ctx, tx, snap, c); err != nil {
		return err
	}
	danger := c.Safety == "" && in.Symptom != ""
	if danger {
		c.Safety = SafetyOfSymptom(snap, in.Symptom)
		danger = c.Safety != ""
	}
	if in.Impact != 0 || in.Urgency != 0 || in.Vulnerable || danger {
		c.Priority, c.PriorityWhy = PriorityFacts{Impact: in.Impact, Urgency: in.Urgency, Safety: c.Safety, Vulnerable: in.Vulnerable}.Decide()
	}
	if in.Complaint != nil && c.Type == Complaint {
		if err := c.rate(*in.Complaint, access.From(ctx).ID, ""); err != nil {
			return err
		}
	}
	if c.CustomerID == was.CustomerID && c.UnitID == was.UnitID {
		return nil
	}
	if err := s.shareOwn(ctx, tx, *c); err != nil {
		return err
	}
	return s.reshareTx(ctx, tx, *c)
}

// SolveRemotely ends a case without a visit; the customer still has to agree.
func (s *Service) SolveRemotely(ctx context.Context, in ActInput) (Case, error) {
	return s.act(ctx, permAct, "solve_remotely", in, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		w, _, err := summary(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		c.Reason = in.Reason
		return SolvedRemotely{}, c.solveRemotely(w, at)
	})
}

// NotSolved takes a case back that was thought to be solved.
func (s *Service) NotSolved(ctx context.Context, in ActInput) (Case, error) {
	return s.act(ctx, permAct, "not_solved", in, s.notSolved(in.Reason))
}

func (s *Service) notSolved(reason string) change {
	return func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		w, _, err := summary(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		return NotSolved{}, c.notSolved(w, reason, at)
	}
}

// CloseInput ends a case.
type CloseInput struct {
	ActInput
	Responsibility catalog.Responsibility
}

// Close ends a verified case whose work has all ended; without a reason it is solved. A complaint may close
// with what it turned out to be about, and that says who answers for it unless the input does.
func (s *Service) Close(ctx context.Context, in CloseInput) (Case, error) {
	if in.Reason == "" {
		in.Reason = "solved"
	}
	_, err := s.reasonFor(ctx, "case.close", in.Reason)
	blame, errComplaint := s.reasonFor(ctx, "complaint.close", in.Reason)
	if err != nil && errComplaint != nil {
		return Case{}, err
	}
	return s.act(ctx, permAct, "close", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if err != nil && c.Type != Complaint {
			return nil, err
		}
		who := in.Responsibility
		if who == "" && c.Blame == "" {
			who = blame
		}
		return s.close(in.Reason, who)(ctx, tx, c, at)
	})
}

func (s *Service) close(reason string, blame catalog.Responsibility) change {
	return func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		w, _, err := summary(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		children, err := countOpenChildren(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		if blame != "" {
			c.Blame = blame
		}
		return ClosedEvent{}, c.close(w, children, reason, at)
	}
}

// Reopen takes a closed case back within 30 days; later a new case is linked instead.
func (s *Service) Reopen(ctx context.Context, in ActInput) (Case, error) {
	return s.act(ctx, permAct, "reopen", in, s.reopen(in.Reason))
}

func (s *Service) reopen(reason string) change {
	return func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if err := c.reopen(reason, at); err != nil {
			return nil, err
		}
		if c.Origin == string(access.History) {
			return Reopened{}, nil
		}
		for _, m := range milestones(c.Type) {
			if m == clocks.Diagnosis {
				continue // what is wrong is known, or the work finds out
			}
			_, _, err := s.clocks.StartTx(ctx, tx, clocks.Start{
				Job: jobOf(c.ID), RecordKind: "case", RecordID: string(c.ID), Milestone: m, Attrs: s.attributes(*c), At: at,
			})
			if err != nil {
				return nil, err
			}
		}
		return Reopened{}, nil
	}
}

// reasonFor finds a reason in the catalogue that fits an act, and who it makes responsible.
func (s *Service) reasonFor(ctx context.Context, kind, code string) (catalog.Responsibility, error) {
	if code == "" {
		return "", problem.Field("reason", problem.Required)
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return "", err
	}
	r, ok := snap.Reason(catalog.ReasonCode(code))
	if !ok || !r.Fits(kind) {
		return "", problem.Field("reason", problem.BadChoice)
	}
	return r.Responsibility, nil
}

// CancelInput ends a case whose work is not wanted any more.
type CancelInput struct {
	ActInput
	Responsibility catalog.Responsibility
}

// Cancel ends a case with no work done; a reason is required.
func (s *Service) Cancel(ctx context.Context, in CancelInput) (Case, error) {
	blame, err := s.reasonFor(ctx, "case.cancel", in.Reason)
	if err != nil {
		return Case{}, err
	}
	if in.Responsibility == "" {
		in.Responsibility = blame
	}
	return s.act(ctx, permAct, "cancel", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		w, _, err := summary(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		c.Blame = in.Responsibility
		return CancelledEvent{}, c.cancel(w, in.Reason, at)
	})
}

// MergeInput folds a case into another of the same problem.
type MergeInput struct {
	ActInput
	Into ID
}

// Merge ends a case that tells of the same problem as another; its number leads there from now on.
func (s *Service) Merge(ctx context.Context, in MergeInput) (Case, error) {
	return s.act(ctx, permAct, "merge", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		into, err := find(ctx, tx, access.From(ctx).Scope, in.Into)
		if err != nil {
			return nil, fieldUnknown(err, "into")
		}
		w, _, err := summary(ctx, tx, c.ID)
		if err != nil {
			return nil, err
		}
		return Merged{}, c.merge(into, w, at)
	})
}

// AssignInput gives a case to a person or a team.
type AssignInput struct {
	ActInput
	AssigneeID string
	Team       string
}

// Assign gives a case to somebody; both empty puts it back into the common queue.
func (s *Service) Assign(ctx context.Context, in AssignInput) (Case, error) {
	return s.act(ctx, permAssign, "assign", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if !c.Live() {
			return nil, ErrState.With("act", "assign", "state", string(c.State))
		}
		if err := s.checkAssignee(ctx, tx, in.AssigneeID); err != nil {
			return nil, err
		}
		c.AssigneeID, c.Team = in.AssigneeID, in.Team
		return Assigned{}, nil
	})
}

// checkAssignee refuses people who cannot sign in. A replay names those of its time.
func (s *Service) checkAssignee(ctx context.Context, q db.Querier, id string) error {
	if id == "" || s.identity == nil || access.From(ctx).Origin == access.Replay {
		return nil
	}
	works, err := identity.Works(ctx, q, identity.ID(id))
	if err == nil && !works {
		err = problem.Field("assignee_id", problem.Unknown)
	}
	return err
}

// StageInput moves a complaint to a stage.
type StageInput struct {
	ActInput
	Stage    Stage
	Facts    *ComplaintFacts
	Flag     string // "legal_hold", "regulator" or empty
	FlagSet  bool
	Approver string // who agreed that the class falls
}

// MoveStage moves a complaint along its stages; the case's state follows. A class never falls without a
// second person.
func (s *Service) MoveStage(ctx context.Context, in StageInput) (Case, error) {
	return s.act(ctx, permAct, "stage", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if c.Type != Complaint {
			return nil, ErrNoComplaint
		}
		if !c.Live() && (in.Stage != "" || in.Facts != nil) { // flags may still be set
			return nil, ErrState.With("act", "stage", "state", string(c.State))
		}
		if in.Facts != nil {
			if err := c.rate(*in.Facts, access.From(ctx).ID, in.Approver); err != nil {
				return nil, err
			}
		}
		switch in.Flag {
		case "legal_hold":
			c.LegalHold = in.FlagSet
		case "regulator":
			c.Regulator = in.FlagSet
		}
		if in.Stage != "" && in.Stage != c.Stage {
			if err := c.stage(in.Stage); err != nil {
				return nil, err
			}
			w, _, err := summary(ctx, tx, c.ID)
			if err != nil {
				return nil, err
			}
			to := stageState[in.Stage]
			if to == Verifying && w.live > 0 {
				return nil, ErrLiveWork.With("count", w.live)
			}
			if to != c.State {
				c.enter(to, at)
			}
			c.respond(at)
		}
		if in.Stage == StageProposal {
			if err := s.sayProposalTx(ctx, tx, *c, in.Note); err != nil {
				return nil, err
			}
		}
		return ComplaintStaged{Stage: c.Stage, Severity: c.Severity}, nil
	})
}

// Chase counts that the customer came back to ask.
func (s *Service) Chase(ctx context.Context, in ActInput) (Case, error) {
	return s.act(ctx, permOpen, "chase", in, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if !c.Live() {
			return nil, ErrState.With("act", "chase", "state", string(c.State))
		}
		c.Chased++
		return Chased{}, nil
	})
}

// Advise notes that the safety script was told: it comes before everything else.
func (s *Service) Advise(ctx context.Context, in ActInput) (Case, error) {
	return s.act(ctx, permOpen, "advise", in, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		c.AdvisedAt = &at
		c.respond(at)
		return nil, nil
	})
}

// SafetyInput marks a danger, or clears a false alarm.
type SafetyInput struct {
	ActInput
	Safety Safety
}

// SetSafety marks a danger, which puts the case on top at once, or clears a false alarm with a reason.
func (s *Service) SetSafety(ctx context.Context, in SafetyInput) (Case, error) {
	if in.Safety == "" && in.Reason == "" {
		return Case{}, problem.Field("reason", problem.Required)
	}
	return s.act(ctx, permAct, "safety", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if !c.Live() {
			return nil, ErrState.With("act", "safety", "state", string(c.State))
		}
		c.Safety = in.Safety
		c.Priority, c.PriorityWhy = PriorityFacts{Safety: c.Safety}.Decide()
		return Assigned{}, nil
	})
}

// SubStateInput sets the firm's own name of a stage.
type SubStateInput struct {
	ActInput
	SubState string
}

// SetSubState sets the firm's own label within the state; the label must exist in the catalogue.
func (s *Service) SetSubState(ctx context.Context, in SubStateInput) (Case, error) {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Case{}, err
	}
	return s.act(ctx, permAct, "sub_state", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if in.SubState != "" {
			l, ok := snap.Label("case", in.SubState)
			if !ok && c.Type == Complaint {
				l, ok = snap.Label("complaint", in.SubState)
			}
			if !ok || l.State != string(c.State) {
				return nil, problem.Field("sub_state", problem.Unknown)
			}
		}
		c.SubState = in.SubState
		return nil, nil
	})
}
