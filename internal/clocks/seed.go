package clocks

import (
	"context"
	"errors"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

// Defaults that a firm changes. The hours of priorities follow the usual matrix of service management
// (P1 and P2 around the clock, the rest in working time), those of complaint classes what the trade
// promises; the law's own limits are marked where they stand.

const (
	hour = time.Hour
	day  = 24 * hour
)

// at80 warns when four fifths are used; ladder also at half, as complaints are escalated.
var (
	at80   = []Mark{{Used: 80}}
	ladder = []Mark{{Used: 50}, {Used: 80}}
)

func within(d time.Duration, warn ...Mark) Target {
	return Target{Kind: CalendarTime, Duration: d, Warn: warn}
}

func worked(d time.Duration, cal string, warn ...Mark) Target {
	return Target{Kind: WorkingTime, Duration: d, Calendar: cal, Warn: warn}
}

func workdays(n int, cal string, warn ...Mark) Target {
	return Target{Kind: WorkdayEnd, Days: n, Calendar: cal, Warn: warn}
}

// defaults are the policies that a new installation begins with.
func defaults() []Policy {
	const centre, outlet = "@centre", "@outlet"
	var out []Policy
	add := func(m Milestone, p Party, variant string, t Target) {
		id, priority := string(m), ""
		if p != DefaultParty(m) {
			id += "." + string(p)
		}
		if variant != "" {
			id, priority = id+"."+strings.ToLower(variant), variant
		}
		out = append(out, Policy{ID: PolicyID(id), Version: 1, Milestone: m, Party: p, Match: Attributes{Priority: priority}, Target: t})
	}
	each := func(m Milestone, p Party, by map[string]Target) {
		for _, v := range []string{"P1", "P2", "P3", "P4", "S", "A", "B", "C", "D", ""} {
			if t, ok := by[v]; ok {
				add(m, p, v, t)
			}
		}
	}
	each(FirstResponse, Centre, map[string]Target{
		"P1": within(15*time.Minute, at80...), "P2": within(30*time.Minute, at80...), "P3": worked(2*hour, centre, at80...), "P4": worked(4*hour, centre, at80...),
		"S": within(15*time.Minute, at80...), "A": within(hour, at80...), "B": worked(2*hour, centre, at80...), "C": worked(4*hour, centre, at80...),
		"D": workdays(1, centre, at80...), "": worked(4*hour, centre, at80...),
	})
	each(Diagnosis, Centre, map[string]Target{
		"P1": within(hour, at80...), "P2": within(4*hour, at80...), "P3": worked(8*hour, centre, at80...), "P4": worked(16*hour, centre, at80...),
		"": worked(16*hour, centre, at80...),
	})
	each(OutletAcceptance, Outlet, map[string]Target{
		"P1": within(15*time.Minute, at80...), "P2": within(30*time.Minute, at80...), "P3": worked(2*hour, outlet, at80...), "P4": worked(4*hour, outlet, at80...),
		"": worked(4*hour, outlet, at80...),
	})
	each(FirstContact, Outlet, map[string]Target{
		"P1": within(15*time.Minute, at80...), "P2": within(30*time.Minute, at80...), "P3": worked(hour, outlet, at80...), "P4": worked(2*hour, outlet, at80...),
		"": worked(2*hour, outlet, at80...),
	})
	add(Arrival, Engineer, "", Target{Kind: Instant, Warn: []Mark{{Left: 30 * time.Minute}}}) // the end of the promised window
	each(Arrival, Outlet, map[string]Target{
		"P1": within(2*hour, at80...), "P2": within(day, at80...), "P3": workdays(1, outlet, at80...), "P4": workdays(3, outlet, at80...),
		"": workdays(3, outlet, at80...),
	})
	each(Completion, Outlet, map[string]Target{
		"P1": within(8*hour, at80...), "P2": within(2*day, at80...), "P3": workdays(3, outlet, at80...), "P4": workdays(5, outlet, at80...),
		"": workdays(5, outlet, at80...),
	})
	add(Callback, Centre, "", workdays(1, centre, at80...))
	each(ComplaintPlan, Firm, map[string]Target{
		"P1": within(2*hour, ladder...), "S": within(2*hour, ladder...), "A": within(day, ladder...), "B": within(day, ladder...),
		"C": within(2*day, ladder...), "D": within(10*day, ladder...), "": within(2*day, ladder...),
	})
	each(ComplaintClosed, Firm, map[string]Target{
		"P1": within(3*day, ladder...), "S": within(3*day, Mark{Used: 33}, Mark{Used: 66}, Mark{Used: 90}), // looked at daily
		"A": within(3*day, ladder...), "B": within(5*day, ladder...), "C": within(5*day, ladder...), "D": within(10*day, ladder...),
		"": within(5*day, ladder...),
	})
	// 侵害消费者权益行为处罚办法 art. 8: more than 15 days without action is wilful delay; warned on day 10.
	add(FifteenDayAction, Firm, "", within(15*day, Mark{Left: 5 * day}))
	add(ReturnDecision, Centre, "", within(day, at80...))
	add(Inspection, Outlet, "", workdays(2, outlet, at80...))
	add(Replacement, Firm, "", workdays(3, ChinaWorkdays, at80...))
	// 网络购买商品七日无理由退货暂行办法: the money goes back within 7 days of receiving the goods.
	add(Refund, Firm, "", within(7*day, Mark{Left: 2 * day}))
	add(StatementAnswer, Outlet, "", within(5*day, Mark{Left: 2 * day}))
	add(Awaited, Customer, "", within(7*day, Mark{Left: 3 * day}, Mark{Left: day})) // two reminders, then closed as unreachable
	add(Awaited, Parts, "", workdays(5, ChinaWorkdays, at80...))
	add(Awaited, Approver, "", workdays(1, centre, at80...))
	add(Awaited, ProductOwner, "", workdays(2, ChinaWorkdays, at80...))
	return out
}

// defaultCalendars are the calendars that a new installation begins with.
func defaultCalendars() []calendar.Spec {
	around := calendar.Around(AroundCalendar, "Asia/Shanghai")
	around.Name = "全天候 24×7"
	return []calendar.Spec{
		around,
		{
			Schema: calendar.Schema, ID: CentreCalendar, Version: 1, Name: "服务中心", Zone: "Asia/Shanghai",
			Weekly: calendar.EveryDay(calendar.Hours(8, 30, 18, 0)),
		},
		{
			Schema: calendar.Schema, ID: ChinaWorkdays, Version: 1, Name: "中国工作日(含调休)", Zone: "Asia/Shanghai", Country: "CN",
			Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0)),
		},
	}
}

// Seed adds the policies and calendars that a new installation begins with. What is there already stays
// as it is, so running it again changes nothing.
func (s *Service) Seed(ctx context.Context) error {
	return db.InTx0(access.AsSystem(ctx, "clocks.seed"), s.db, func(ctx context.Context, tx *db.Tx) error {
		var added int64
		for _, p := range defaults() {
			n, err := insertPolicy(ctx, tx, KeptPolicy{Policy: p, CreatedAt: tx.Now(), UpdatedAt: tx.Now()})
			if err != nil {
				return err
			}
			added += n
		}
		if added > 0 {
			if _, err := bump(ctx, tx, revPolicies); err != nil {
				return err
			}
		}
		var fresh []calendar.Spec
		for _, spec := range defaultCalendars() {
			_, err := findCalendar(ctx, tx, spec.ID)
			switch {
			case errors.Is(err, ErrNotFound):
				fresh = append(fresh, spec)
			case err != nil:
				return err
			}
		}
		if len(fresh) > 0 {
			rev, err := bump(ctx, tx, revCalendars)
			if err != nil {
				return err
			}
			for _, spec := range fresh {
				if err := insertCalendar(tx, rev, KeptCalendar{Spec: spec, PublishedAt: tx.Now()}); err != nil {
					return err
				}
			}
		}
		tx.AfterCommit(s.cache.touch)
		return nil
	})
}
