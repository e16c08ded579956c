package cases

import (
	"context"
	"errors"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/entitlement"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
)

// Rights makes the module watch what a customer may choose by law and promise when a repair fails again or takes long.
// Without it nothing is decided unless a person asks.
func (s *Service) Rights(e *entitlement.Service) { s.rights = e }

func (s *Service) subscribeWatch(b *events.Bus) {
	events.Subscribe(b, "cases.watch_classified", func(ctx context.Context, ev Classified) error { return s.watch(ctx, ID(ev.ID), false) })
	events.Subscribe(b, "cases.watch_not_solved", func(ctx context.Context, ev NotSolved) error { return s.watch(ctx, ID(ev.ID), true) })
	events.Subscribe(b, "cases.watch_reopened", func(ctx context.Context, ev Reopened) error { return s.watch(ctx, ID(ev.ID), true) })
}

const (
	// longRepair is after how many days a repair counts as one that takes long (default: the shortest limits that
	// laws set for a repair are weeks).
	longRepair = 5
	// oldRepair is after how many days it is not looked at for the first time any more.
	oldRepair = 120
)

// watch has decided what the customer of a repair may choose; failed says that the last one did not help.
func (s *Service) watch(ctx context.Context, id ID, failed bool) error {
	if s.rights == nil {
		return nil
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	c, err := s.Find(access.AsSystem(ctx, "cases.watch"), s.db, id)
	if errors.Is(err, ErrNotFound) || err == nil && !c.repairs(snap) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.rights.Watch(ctx, entitlement.WatchInput{Unit: c.UnitID, Case: string(c.ID), Reported: s.dateOf(c.OccurredAt), Failed: failed})
}

// repairs tells whether a unit of the case is being repaired for its customer.
func (c Case) repairs(snap *catalog.Snapshot) bool {
	t, ok := snap.ServiceType(c.ServiceType)
	return c.Live() && c.Type == Request && c.UnitID != "" && c.Origin == string(access.Live) && ok && t.Base == catalog.BaseRepair
}

func (s *Service) dateOf(at time.Time) calendar.Date {
	zone := s.zone
	if zone == nil {
		zone = time.UTC
	}
	return calendar.DateOf(at, zone)
}

// WatchLong has decided what the customers of repairs that take long may choose, now and on the days to come; a duty.
// The days for which a customer let service wait do not count.
func (s *Service) WatchLong(ctx context.Context) error {
	if s.rights == nil {
		return nil
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	var errs []error // one case's trouble keeps no other waiting
	now := s.db.Now()
	from, after := db.Micros(now.AddDate(0, 0, -oldRepair)), ID("")
	for {
		list, err := db.List(ctx, s.db, scan, `SELECT `+columns+` FROM cases_case WHERE live AND (occurred_at, id) > ($1, $2) AND occurred_at < $3 ORDER BY occurred_at, id LIMIT 200`,
			from, after, db.Micros(now.AddDate(0, 0, -longRepair)))
		if err != nil || len(list) == 0 {
			return errors.Join(append(errs, err)...)
		}
		last := list[len(list)-1]
		from, after = db.Micros(last.OccurredAt), last.ID
		for _, c := range list {
			if c.repairs(snap) {
				errs = append(errs, s.watchLong(ctx, c, now))
			}
		}
	}
}

func (s *Service) watchLong(ctx context.Context, c Case, now time.Time) error {
	job := clocks.Job{Kind: "case", ID: string(c.ID)}
	let, err := s.clocks.Waited(ctx, s.db, job, now, clocks.ForCustomer)
	if err != nil {
		return err
	}
	parts, err := s.clocks.Waited(ctx, s.db, job, now, clocks.ForPart)
	if err != nil {
		return err
	}
	// The law asks whose fault the delay is: the maker's, who has no parts, or the repairer's own, for whom days without
	// parts do not count.
	delay := "parts"
	if parts < now.Sub(c.OccurredAt)/2 {
		delay = "repairer"
		if let, err = s.clocks.Waited(ctx, s.db, job, now, clocks.ForCustomer, clocks.ForPart); err != nil {
			return err
		}
	}
	return s.rights.Watch(ctx, entitlement.WatchInput{
		Unit: c.UnitID, Case: string(c.ID), Reported: s.dateOf(c.OccurredAt),
		Ongoing: &rules.RepairEvent{In: c.OccurredAt, Delay: delay, Excused: int(let / (24 * time.Hour))},
	})
}
