package cases

import (
	"context"
	"slices"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

// PriorityInput sets a case's priority by hand.
type PriorityInput struct {
	ActInput
	Priority Priority
}

// SetPriority overrides the priority that was decided, with a reason. What endangers somebody stays P1
// until the danger is cleared.
func (s *Service) SetPriority(ctx context.Context, in PriorityInput) (Case, error) {
	var f problem.Fields
	f.Check(slices.Contains([]Priority{P1, P2, P3, P4}, in.Priority), "priority", problem.BadChoice)
	f.Check(in.Reason != "", "reason", problem.Required)
	if err := f.Err(); err != nil {
		return Case{}, err
	}
	return s.act(ctx, permAct, "priority", in.ActInput, func(_ context.Context, _ *db.Tx, c *Case, _ time.Time) (events.Event, error) {
		if !c.Live() {
			return nil, ErrState.With("act", "priority", "state", string(c.State))
		}
		if c.Safety != "" && in.Priority != P1 {
			return nil, problem.Field("priority", problem.BadChoice)
		}
		c.PriorityWhy = append(slices.Clone(c.PriorityWhy), reason.Noted("cases.priority.override").
			With("from", string(c.Priority)).With("priority", string(in.Priority)).With("reason", in.Reason))
		c.Priority = in.Priority
		return Assigned{}, nil
	})
}

// WaitInput makes a case wait for somebody, or go on.
type WaitInput struct {
	ActInput
	For      clocks.WaitedFor
	Evidence string // id of the message, file or record that shows it; empty is the case itself
}

func (in WaitInput) evidence() string {
	if in.Evidence != "" {
		return in.Evidence
	}
	return "case:" + string(in.ID)
}

// Wait makes a case wait for somebody: the clocks of those who are not at fault stop, that of whoever is
// starts. A reason is required.
func (s *Service) Wait(ctx context.Context, in WaitInput) (Case, error) {
	if in.Reason == "" {
		return Case{}, problem.Field("reason", problem.Required)
	}
	return s.act(ctx, permAct, "wait", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if !c.Live() {
			return nil, ErrState.With("act", "wait", "state", string(c.State))
		}
		return nil, s.clocks.PauseTx(ctx, tx, jobOf(c.ID), in.For, in.Reason, in.evidence(), at)
	})
}

// GoOn ends a case's wait; waits of its work are the work's matter.
func (s *Service) GoOn(ctx context.Context, in WaitInput) (Case, error) {
	return s.act(ctx, permAct, "go_on", in.ActInput, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		return nil, s.clocks.ResumeOneTx(ctx, tx, jobOf(c.ID), in.For, in.evidence(), at)
	})
}
