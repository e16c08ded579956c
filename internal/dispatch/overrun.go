package dispatch

import (
	"cmp"
	"context"
	"slices"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// patience is how long a visit may run over its time, and the next begin late, before somebody has to look.
const patience = 15 * time.Minute

// FindOverruns raises an alert for each visit whose engineer cannot come in time any more, because the visit before
// takes longer: a duty. The alert offers the repair. One that is no longer true is closed.
func (s *Service) FindOverruns(ctx context.Context) error {
	ctx = access.AsSystem(ctx, "dispatch.overruns")
	now := s.db.Now()
	busy, err := s.orders.ListVisits(ctx, orders.VisitFilter{
		States: []orders.VisitState{orders.VisitStateOnSite, orders.VisitStateTravelling}, From: now.Add(-2 * orders.MaxVisit), To: now.Add(orders.MaxVisit),
	})
	if err != nil {
		return err
	}
	endangered := map[orders.ID]bool{}
	if len(busy) > 0 {
		var crew []workforce.EngineerID
		for _, v := range busy {
			crew = append(crew, v.Engineers()...)
		}
		slices.Sort(crew)
		list, err := s.orders.VisitsOf(ctx, s.db, slices.Compact(crew), now.Add(-orders.MaxVisit), now.Add(orders.MaxVisit))
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b orders.Visit) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
		for _, v := range busy {
			if err := s.overrun(ctx, v, list, now, endangered); err != nil {
				return err
			}
		}
	}
	return s.closeOverruns(ctx, endangered)
}

// overrun raises the alert for the visit that comes after one that is under way, if it cannot be begun in time.
func (s *Service) overrun(ctx context.Context, v orders.Visit, list []orders.Visit, now time.Time, endangered map[orders.ID]bool) error {
	_, until := span(v)
	if until.Before(now) {
		until = now
	}
	i := slices.IndexFunc(list, func(next orders.Visit) bool {
		return next.ID != v.ID && next.Open() && !frozen(next) && next.Start.After(v.Start) &&
			slices.ContainsFunc(next.Engineers(), func(e workforce.EngineerID) bool { return slices.Contains(v.Engineers(), e) })
	})
	if i < 0 || !until.After(v.End) {
		return nil
	}
	next := list[i]
	way, err := s.wayBetween(ctx, v, next)
	if err != nil {
		return err
	}
	if way, err = s.wayLeaving(ctx, v.Lead(), until, way); err != nil {
		return err
	}
	late := until.Add(way).Sub(next.Start)
	if late < patience {
		return nil
	}
	for _, id := range next.OrderIDs() {
		endangered[id] = true
		why := reason.Failed(noteOverrun).With("visit", v.Number).With("visit_id", string(v.ID)).With("until", until.Format(time.RFC3339Nano)).
			Compared(int64(late/time.Minute), int64(patience/time.Minute))
		err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			o, err := s.orders.Find(ctx, tx, id)
			if err != nil {
				return err
			}
			_, err = s.alertTx(ctx, tx, o, AlertOverrun, reason.List{why})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// wayBetween is the time between two visits' places, none when a place is unknown.
func (s *Service) wayBetween(ctx context.Context, a, b orders.Visit) (time.Duration, error) {
	from, okA := a.Point()
	to, okB := b.Point()
	if !okA || !okB {
		return 0, nil
	}
	m, err := s.travel.Matrix(ctx, s.policy.Profile, geo.SliceDay, []geo.Point{from}, []geo.Point{to})
	if err != nil {
		return 0, err
	}
	sec, _ := m.At(0, 0)
	if sec < 0 || sec >= geo.Unreachable {
		return 0, nil
	}
	return time.Duration(sec) * time.Second, nil
}

// wayLeaving is how long a way takes an engineer who sets off at an instant.
func (s *Service) wayLeaving(ctx context.Context, e workforce.EngineerID, at time.Time, way time.Duration) (time.Duration, error) {
	d, err := s.rushOn(ctx, s.db, e, at)
	return d.Arrives(at, way).Sub(at), err
}

// closeOverruns closes the alerts of visits that can be begun in time after all, or were moved or begun.
func (s *Service) closeOverruns(ctx context.Context, endangered map[orders.ID]bool) error {
	list, err := openOfKind(ctx, s.db, AlertOverrun)
	if err != nil {
		return err
	}
	for _, a := range list {
		if endangered[a.OrderID] {
			continue
		}
		err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			return s.settleKindsTx(ctx, tx, a.OrderID, "covered", AlertOverrun)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
