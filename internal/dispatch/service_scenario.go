package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// CreateScenario starts reckoning what would be if; the task tells how far it is and can be stopped. Nothing of it
// reaches the board.
func (s *Service) CreateScenario(ctx context.Context, in ScenarioInput) (Scenario, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return Scenario{}, err
	}
	path, today, err := s.planScope(ctx, in.Outlet)
	if err != nil {
		return Scenario{}, err
	}
	if err := errors.Join(checkDays(in.Date, &in.Days, today)); err != nil {
		return Scenario{}, err
	}
	if err := in.check(); err != nil {
		return Scenario{}, err
	}
	if err := s.checkAssumed(ctx, in.Assumptions, path); err != nil {
		return Scenario{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Scenario, error) {
		by := actorOf(ctx)
		if old, ok, err := scenarioOfOperation(ctx, tx, by, in.OperationID); ok || err != nil {
			return old, err
		}
		task, err := jobs.NewTaskTx(ctx, tx, ScenarioArgs{}.Kind())
		if err != nil {
			return Scenario{}, err
		}
		v := Scenario{
			ID: db.NewID(), TaskID: task, Name: in.Name, State: ScenarioRunning, OutletPath: path, Wide: wide(ctx, path), Brands: access.From(ctx).Scope.Brands, Date: in.Date, Days: in.Days,
			Assumptions: in.Assumptions, CreatedBy: by, CreatedAt: tx.Now(), Version: 1,
		}
		if err := insertScenario(ctx, tx, v, in.OperationID); err != nil {
			return v, err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_scenario", Record: v.ID, Act: "create", Reason: in.Reason, New: true, After: map[string]any{
			"date": v.Date.String(), "days": v.Days, "path": path, "assumptions": v.Assumptions,
		}})
		if err != nil {
			return v, err
		}
		return v, jobs.InsertTx(ctx, tx, ScenarioArgs{Scenario: v.ID, Task: task})
	})
}

// checkAssumed says at its field what the assumptions name and the actor does not see, or the catalogue does not know.
func (s *Service) checkAssumed(ctx context.Context, a Assumptions, path string) error {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	scope := access.From(ctx).Scope
	var f problem.Fields
	outlet := func(field string, id outlets.ID) error {
		o, err := s.outlets.Get(ctx, s.db, id)
		if err != nil && problem.CodeOf(err) == problem.ErrInternal {
			return err
		}
		f.Check(err == nil && o.Under(scope.OutletPath) && o.Under(path), field, problem.Unknown)
		return nil
	}
	skills := func(field string, list []workforce.Skill) {
		for i, sk := range list {
			_, ok := snap.Skill(sk.Code)
			f.Check(ok, fmt.Sprintf("%s.skills.%d.code", field, i), problem.Unknown)
			f.Check(sk.Level >= workforce.LevelLearner && sk.Level <= workforce.LevelExpert, fmt.Sprintf("%s.skills.%d.level", field, i), problem.OutOfRange, "min", 1, "max", 5)
		}
	}
	var ids []workforce.EngineerID
	for i, p := range a.People {
		if err := outlet(fmt.Sprintf("assumptions.people.%d.outlet_id", i), p.Outlet); err != nil {
			return err
		}
		skills(fmt.Sprintf("assumptions.people.%d", i), p.Skills)
	}
	for i, id := range a.Closed {
		if err := outlet(fmt.Sprintf("assumptions.closed.%d", i), id); err != nil {
			return err
		}
	}
	for i, sh := range a.Shifts {
		if sh.Outlet == "" {
			continue
		}
		if err := outlet(fmt.Sprintf("assumptions.shifts.%d.outlet_id", i), sh.Outlet); err != nil {
			return err
		}
	}
	for i, k := range a.Skills {
		ids = append(ids, k.Engineer)
		skills(fmt.Sprintf("assumptions.skills.%d", i), k.Skills)
	}
	for _, k := range a.Away {
		ids = append(ids, k.Engineer)
	}
	people, err := s.workforce.ByIDs(ctx, s.db, ids)
	if err != nil {
		return err
	}
	person := func(field string, id workforce.EngineerID) {
		e, ok := people[id]
		f.Check(ok && scope.Sees("", e.OutletPath), field, problem.Unknown)
	}
	for i, k := range a.Skills {
		person(fmt.Sprintf("assumptions.skills.%d.engineer_id", i), k.Engineer)
	}
	for i, k := range a.Away {
		person(fmt.Sprintf("assumptions.away.%d.engineer_id", i), k.Engineer)
	}
	return f.Err()
}

// GetScenario reads a scenario that the actor sees.
func (s *Service) GetScenario(ctx context.Context, id string) (Scenario, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Scenario{}, err
	}
	return findScenario(ctx, s.db, access.From(ctx).Scope, id)
}

// Scenarios lists those in scope, the newest first, one more than the limit.
func (s *Service) Scenarios(ctx context.Context, before time.Time, beforeID string, limit int) ([]Scenario, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listScenarios(ctx, s.db, access.From(ctx).Scope, before, beforeID, limit)
}

// DeleteScenario forgets a scenario; the trail keeps that there was one.
func (s *Service) DeleteScenario(ctx context.Context, id string) error {
	if err := access.Require(ctx, PermPlan); err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		v, err := findScenario(ctx, tx, access.From(ctx).Scope, id)
		if err != nil {
			return err
		}
		if v.State == ScenarioRunning {
			return ErrScenarioState.With("state", string(v.State))
		}
		if err := dropScenario(ctx, tx, v); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_scenario", Record: v.ID, Act: "delete", Before: map[string]any{"assumptions": v.Assumptions}})
	})
}

// runScenario is the job: it plans the days as they are and as they would be.
func (s *Service) runScenario(ctx context.Context, args ScenarioArgs) error {
	return s.tasks.Run(ctx, args.Task, func(ctx context.Context, progress *jobs.Progress) (any, error) {
		v, err := findScenario(ctx, s.db, access.Everything, args.Scenario)
		if err != nil || v.State != ScenarioRunning {
			return map[string]any{"scenario": v.ID}, err
		}
		result, err := s.reckon(ctx, v, func(done, total int) error {
			return progress.Report(context.WithoutCancel(ctx), int64(done), int64(total), "dispatch.reckoning")
		})
		if err != nil {
			if problem.CodeOf(err) != problem.ErrInternal {
				err = errors.Join(err, s.endScenario(context.WithoutCancel(ctx), v, ScenarioFailed, nil))
			}
			return nil, err
		}
		return map[string]any{"scenario": v.ID, "served": result.Changed.Served, "base": result.Base.Served}, s.endScenario(ctx, v, ScenarioDone, result)
	})
}

func (s *Service) endScenario(ctx context.Context, v Scenario, to ScenarioState, result *ScenarioResult) error {
	return db.InTx0(systemContext(ctx), s.db, func(ctx context.Context, tx *db.Tx) error {
		at := tx.Now()
		now := v
		now.State, now.Result, now.EndedAt = to, result, &at
		return updateScenario(ctx, tx, &now)
	})
}

// reckon plans the same days twice, from the same data; an error of report stops it.
func (s *Service) reckon(ctx context.Context, v Scenario, report func(done, total int) error) (*ScenarioResult, error) {
	ctx, stop := context.WithCancelCause(v.span().context(ctx))
	defer stop(nil)
	if err := report(0, 0); err != nil {
		return nil, err
	}
	x, err := s.scenarioWorld(ctx, v)
	if err != nil {
		return nil, err
	}
	changed, err := s.assume(ctx, x, v)
	if err != nil {
		return nil, err
	}
	if err := s.allWays(ctx, x.w); err != nil {
		return nil, err
	}
	changed.Travel, changed.Places = x.w.Travel, len(x.w.points)
	base := x.w.Snapshot
	base.Places = len(x.w.points)
	out := &ScenarioResult{TakenAt: s.db.Now(), Notes: listed(x.notes)}
	total, before := len(base.Jobs)+len(changed.Jobs), 0
	plan := func(snap planner.Snapshot, to *Outcome) error {
		p, err := s.planner.Plan(planner.WithProgress(ctx, func(done, _ int) {
			if err := report(min(total, before+done), total); err != nil {
				stop(err)
			}
		}), snap)
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil {
			return err
		}
		before += len(snap.Jobs)
		*to = x.outcome(snap, p)
		return nil
	}
	if err := plan(base, &out.Base); err != nil {
		return nil, err
	}
	return out, plan(changed, &out.Changed)
}
