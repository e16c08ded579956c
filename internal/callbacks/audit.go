package callbacks

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/db"
)

// auditPerOutlet is how many customers of an outlet are called about each week's work, if it has as many.
const auditPerOutlet = 30

// Audit draws by lot, from the work of each outlet that ended last week, whom the centre calls: so many that with
// those who are called anyway they are thirty, or all. A duty; the lot is the same however often it is drawn.
func (s *Service) Audit(ctx context.Context) error {
	from, to := lastWeek(s.db.Now(), s.zone)
	done, err := s.orders.CompletedBetween(ctx, s.db, from, to)
	if err != nil {
		return err
	}
	slices.SortFunc(done, func(a, b orders.Done) int {
		return cmp.Or(cmp.Compare(a.OutletPath, b.OutletPath), cmp.Compare(lot("audit:"+a.Number), lot("audit:"+b.Number)))
	})
	var errs []error
	for len(done) > 0 {
		n := 1
		for n < len(done) && done[n].OutletPath == done[0].OutletPath {
			n++
		}
		errs = append(errs, s.auditOutlet(ctx, done[:n], from))
		done = done[n:]
	}
	return errors.Join(errs...)
}

// lastWeek is the last whole week, from Monday to Monday at the place where customers are called.
func lastWeek(now time.Time, zone *time.Location) (from, to time.Time) {
	l := now.In(zone)
	sinceMonday := (int(l.Weekday()) + 6) % 7
	to = time.Date(l.Year(), l.Month(), l.Day()-sinceMonday, 0, 0, 0, 0, zone)
	return to.AddDate(0, 0, -7), to
}

// auditOutlet plans the calls about one outlet's orders, which come in the order of their lots.
func (s *Service) auditOutlet(ctx context.Context, done []orders.Done, since time.Time) error {
	called, err := calledOrders(ctx, s.db, done[0].OutletPath, since)
	if err != nil {
		return err
	}
	left := auditPerOutlet
	for _, o := range done {
		if called[o.ID] {
			left--
		}
	}
	var errs []error
	for _, o := range done {
		if left <= 0 {
			break
		}
		if called[o.ID] {
			continue
		}
		asked, err := s.auditOrder(ctx, o.ID)
		errs = append(errs, err)
		if asked || err != nil {
			left--
		}
	}
	return errors.Join(errs...)
}

// auditOrder plans the call about one order; false when it was taken back, or its customer is not called.
func (s *Service) auditOrder(ctx context.Context, id orders.ID) (asked bool, err error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (bool, error) {
		o, err := s.orders.Find(ctx, tx, id)
		if err != nil || o.State != orders.StateCompleted && o.State != orders.StatePosted {
			return false, err
		}
		c := about(o, Audit)
		if may, _, err := s.reach(ctx, tx, c); err != nil || !may {
			return false, err
		}
		_, err = s.planTx(ctx, tx, c, tx.Now())
		return err == nil, err
	})
}

// calledOrders are the orders of an outlet whose customers are or were called since.
func calledOrders(ctx context.Context, q db.Querier, outletPath string, since time.Time) (map[orders.ID]bool, error) {
	ids, err := db.List(ctx, q, db.ScanString, `SELECT DISTINCT order_id FROM callbacks_callback
		WHERE outlet_path = $1 AND created_at >= $2 AND by_call AND order_id IS NOT NULL`, outletPath, db.Micros(since))
	out := make(map[orders.ID]bool, len(ids))
	for _, id := range ids {
		out[orders.ID(id)] = true
	}
	return out, err
}
