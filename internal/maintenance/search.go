package maintenance

import (
	"context"
	"errors"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
	"anxin/internal/units"
)

// searchBatch is how many units the search takes at once: a change of some tens of milliseconds, after which others get their turn.
const searchBatch = 500

// SearchArgs name the campaign whose units are looked for, or whose marks are taken back.
type SearchArgs struct {
	Campaign ID          `json:"campaign_id"`
	Task     jobs.TaskID `json:"task_id"`
}

// Kind implements jobs.Args.
func (SearchArgs) Kind() string { return "maintenance.search" }

// search queues the job that looks for a campaign's units, or takes their marks back, as a task that a person may watch and stop.
func (s *Service) search(ctx context.Context, tx *db.Tx, c *Campaign, state SearchState) error {
	task, err := jobs.NewTaskTx(ctx, tx, "maintenance."+string(state))
	if err != nil {
		return err
	}
	if state == SearchReleasing {
		c.SearchedTo = ""
	}
	c.Search, c.Task = state, task
	return jobs.InsertTx(ctx, tx, SearchArgs{c.ID, task})
}

// RegisterJobs adds the search, and the duties: notices, their proof, and the alarm of deadlines.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	jobs.Register(r, func(ctx context.Context, j *jobs.Job[SearchArgs]) error { return s.runSearch(ctx, j.Args) })
	r.Every("maintenance.notices", time.Minute, s.SendNotices)
	r.Every("maintenance.proof", 2*time.Minute, s.ReadProof)
	r.Every("maintenance.deadlines", time.Hour, s.WarnDeadlines)
}

// RunSearch works through the units of a campaign now, as its job will: for generators and commands, which run no jobs.
func (s *Service) RunSearch(ctx context.Context, id ID) error {
	c, err := findCampaign(ctx, s.db, access.Everything, id)
	if err != nil {
		return err
	}
	return s.runSearch(access.AsSystem(ctx, "maintenance.search"), SearchArgs{c.ID, c.Task})
}

// runSearch works through the units of a campaign in batches, each a change of its own. Running again goes on after the last unit
// that was kept, so a node may die at any point.
func (s *Service) runSearch(ctx context.Context, in SearchArgs) error {
	return s.Tasks.Run(ctx, in.Task, func(ctx context.Context, p *jobs.Progress) (any, error) {
		done := int64(0)
		for {
			c, err := findCampaign(ctx, s.db, access.Everything, in.Campaign)
			if err != nil {
				return nil, err
			}
			if c.Task != in.Task || c.Search != SearchRunning && c.Search != SearchReleasing {
				return map[string]int64{"units": done}, nil // another task has taken over, or it has ended
			}
			total := c.Counted.Total
			var n int
			if c.Search == SearchRunning {
				n, err = s.searchOnce(ctx, c)
			} else {
				n, err = s.releaseOnce(ctx, c)
			}
			if errors.Is(err, errMovedOn) {
				continue
			}
			if err != nil {
				return nil, err
			}
			done += int64(n)
			if n == 0 {
				return map[string]int64{"units": done}, p.Report(ctx, done, done, "done")
			}
			if err := p.Report(ctx, done, max(total, done), string(c.Search)); err != nil {
				if errors.Is(err, jobs.ErrTaskCancelled) {
					err = errors.Join(err, s.stopSearch(ctx, in))
				}
				return map[string]int64{"units": done}, err
			}
		}
	})
}

// stopSearch notes that a person has stopped the search.
func (s *Service) stopSearch(ctx context.Context, in SearchArgs) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE maintenance_campaign SET search = $1, updated_at = $2, version = version + 1 WHERE id = $3 AND task_id = $4 AND search = $5`,
			SearchStopped, db.Micros(tx.Now()), in.Campaign, in.Task, SearchRunning)
		return err
	})
}

// searchOnce takes the next units that the conditions hold for. They are read outside the change, so that a long look for few
// units keeps nobody waiting; a unit that changed meanwhile tells itself by its event.
func (s *Service) searchOnce(ctx context.Context, c Campaign) (int, error) {
	list, err := s.Units.AffectedAfter(ctx, s.db, c.Conditions, c.SearchedTo, searchBatch)
	if err != nil {
		return 0, err
	}
	return len(list), db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		to, state := c.SearchedTo, SearchDone
		if len(list) > 0 {
			to, state = list[len(list)-1].ID, SearchRunning
		}
		if err := searched(ctx, tx, c, to, state); err != nil {
			return err
		}
		return s.takeTx(ctx, tx, c, list, "search")
	})
}

// searched moves the search on, unless the campaign was stopped or cancelled meanwhile.
func searched(ctx context.Context, tx *db.Tx, c Campaign, to units.ID, state SearchState) error {
	n, err := tx.Exec(ctx, `UPDATE maintenance_campaign SET searched_to = $1, search = $2, updated_at = $3, version = version + 1
		WHERE id = $4 AND task_id = $5 AND search = $6 AND searched_to = $7`, to, state, db.Micros(tx.Now()), c.ID, c.Task, c.Search, c.SearchedTo)
	if err == nil && n == 0 {
		err = errMovedOn
	}
	return err
}

// errMovedOn ends a batch whose campaign was changed beside it; the job reads again.
var errMovedOn = errors.New("maintenance: the search moved on meanwhile")

// takeTx keeps rows for affected units and marks them. Units of the campaign already, and those that an excluded campaign has
// remedied, are passed over.
func (s *Service) takeTx(ctx context.Context, tx *db.Tx, c Campaign, list []units.AffectedUnit, by string) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]units.ID, len(list))
	for i, x := range list {
		ids[i] = x.ID
	}
	skip, err := s.taken(ctx, tx, c, ids)
	if err != nil {
		return err
	}
	now := tx.Now()
	var fresh []units.ID
	for _, x := range list {
		if skip[x.ID] {
			continue
		}
		u := Unit{
			ID: UnitID(db.NewID()), Campaign: c.ID, Unit: x.ID, Brand: c.Brand, OutletPath: "/", Model: x.Model, Region: regionOf(x.Division), State: Found,
			FoundBy: by, FoundAt: now, MovedAt: now, Version: 1,
		}
		switch {
		case x.State != units.Active:
			u.State, u.Reason = Gone, string(x.State) // nobody's any more, and not to be sold again
		case x.Owner == "":
			u.Reach = ReachNobody
		default:
			u.NextAt = &now
		}
		insertUnit(tx, u)
		fresh = append(fresh, x.ID)
	}
	_, err = s.Units.MarkManyTx(ctx, tx, fresh, units.MarkInput{Mark: c.Kind.Mark(), Ref: string(c.ID), StopSale: c.StopSale, Act: access.Act{Reason: c.Number}})
	return err
}

// taken tells which units a campaign need not take.
func (s *Service) taken(ctx context.Context, q db.Querier, c Campaign, ids []units.ID) (map[units.ID]bool, error) {
	out := map[units.ID]bool{}
	var w db.Where
	w.In("unit_id", db.Strings(ids))
	if len(c.Excluding) == 0 {
		w.And("campaign_id = ?", c.ID)
	} else {
		marks := ""
		args := []any{c.ID, Remedied}
		for i, id := range c.Excluding {
			if i > 0 {
				marks += ", "
			}
			marks += "?"
			args = append(args, id)
		}
		w.And("(campaign_id = ? OR state = ? AND campaign_id IN ("+marks+"))", args...)
	}
	list, err := db.List(ctx, q, db.ScanString, `SELECT unit_id FROM maintenance_unit`+w.String(), w.Args()...)
	for _, id := range list {
		out[units.ID(id)] = true
	}
	return out, err
}

// releaseOnce takes back the marks of the next units of a cancelled campaign, and exempts those that are open.
func (s *Service) releaseOnce(ctx context.Context, c Campaign) (int, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (int, error) {
		var w db.Where
		w.And("campaign_id = ? AND id > ?", c.ID, c.SearchedTo)
		list, err := db.List(ctx, tx, scanUnit, `SELECT `+unitColumns+` FROM maintenance_unit`+w.String()+` ORDER BY id LIMIT `+w.Arg(searchBatch), w.Args()...)
		if err != nil {
			return 0, err
		}
		to, state := c.SearchedTo, SearchReleased
		if len(list) > 0 {
			to, state = units.ID(list[len(list)-1].ID), SearchReleasing
		}
		if err := searched(ctx, tx, c, to, state); err != nil {
			return 0, err
		}
		var marked []units.ID
		for i := range list {
			u := &list[i]
			if u.State == Remedied || u.State == Exempt {
				continue
			}
			marked = append(marked, u.Unit)
			if u.State == Appointment || u.State == Gone {
				continue // its order goes on as long as nobody cancels it
			}
			u.State, u.Reason, u.MovedAt, u.NextAt = Exempt, c.EndReason, tx.Now(), nil
			if err := updateUnit(ctx, tx, u); err != nil {
				return 0, err
			}
		}
		_, err = s.Units.MarkManyTx(ctx, tx, marked, units.MarkInput{Mark: c.Kind.Mark(), Ref: string(c.ID), Clear: true, Act: access.Act{Reason: c.Number}})
		return len(list), err
	})
}

// Catch looks whether a unit that was recorded or corrected belongs to the campaigns under way, or no longer does.
func (s *Service) Catch(ctx context.Context, id units.ID) error {
	u, err := s.Units.Get(ctx, s.db, id)
	if err != nil {
		return err
	}
	list, err := running(ctx, s.db, u.Brand)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range list {
		errs = append(errs, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.catchTx(ctx, tx, c.ID, u.ID) }))
	}
	return errors.Join(errs...)
}

func (s *Service) catchTx(ctx context.Context, tx *db.Tx, campaign ID, id units.ID) error {
	c, err := findCampaign(ctx, tx, access.Everything, campaign)
	if err != nil || !c.live() {
		return err
	}
	x, holds, err := s.Units.AffectedOne(ctx, tx, c.Conditions, id)
	if err != nil {
		return err
	}
	aliases, err := s.Units.Aliases(ctx, tx, id)
	if err != nil {
		return err
	}
	row, known, err := unitOf(ctx, tx, c.ID, aliases)
	switch {
	case err != nil:
		return err
	case holds && !known:
		return s.takeTx(ctx, tx, c, []units.AffectedUnit{x}, "event")
	case holds && row.State == Exempt && row.Reason == outOfRange:
		return s.moveTx(ctx, tx, c, row, move{act: "return", by: outOfRange})
	case holds || !known || !row.waits() && row.State != Unreachable:
		return nil
	}
	// The danger stays with a unit that is carried elsewhere.
	wide := c.Conditions
	wide.Divisions = nil
	if _, still, err := s.Units.AffectedOne(ctx, tx, wide, id); err != nil || still {
		return err
	}
	return s.moveTx(ctx, tx, c, row, move{act: "exempt", by: outOfRange})
}

// outOfRange is the reason of units that turned out not to be concerned: a serial that was corrected, a part that was changed.
const outOfRange = "out_of_range"

// auditUnit writes an act on a unit's row down.
func auditUnit(ctx context.Context, tx *db.Tx, u Unit, act, reason string, before any, at time.Time) error {
	return audit.Append(ctx, tx, audit.Entry{Kind: unitKind, Record: string(u.ID), Act: act, Reason: reason, Before: before, After: u.trail(), OccurredAt: at})
}
