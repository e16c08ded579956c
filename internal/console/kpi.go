package console

import (
	"math"
	"strconv"
	"strings"

	"anxin/internal/callbacks"
)

// KPI names a measure.
type KPI string

// The measures of field service and customers; formulas in [kpis].
const (
	OnTimeArrival        KPI = "on_time_arrival"
	FirstTimeFix         KPI = "first_time_fix"
	Repeat30d            KPI = "repeat_30d"
	CompletionInTime     KPI = "completion_in_time"
	RemoteFix            KPI = "remote_fix"
	CallbackSatisfaction KPI = "callback_satisfaction"
	ComplaintInTime      KPI = "complaint_in_time"
	PromiseKept          KPI = "promise_kept"
)

// Ratio counts how many of some records fit.
type Ratio struct {
	Numerator   int64 `json:"numerator"`
	Denominator int64 `json:"denominator"`
}

// Value is the ratio from 0 to 1, nil when there is nothing to divide by.
func (r Ratio) Value() *float64 {
	if r.Denominator == 0 {
		return nil
	}
	return new(float64(r.Numerator) / float64(r.Denominator))
}

// Plus rolls two ratios up: counts are added, values never averaged.
func (r Ratio) Plus(o Ratio) Ratio {
	return Ratio{r.Numerator + o.Numerator, r.Denominator + o.Denominator}
}

// Wilson is the 95 % interval of the ratio (Wilson's score, z = 1.96), nil when there is nothing.
func (r Ratio) Wilson() *Interval {
	p := r.Value()
	if p == nil {
		return nil
	}
	const z = 1.959964
	n := float64(r.Denominator)
	mid := (*p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(*p*(1-*p)/n+z*z/(4*n*n))
	return &Interval{max(0, mid-half), min(1, mid+half)}
}

// Interval is a span of a ratio, from 0 to 1.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Contains tells whether the value lies in the interval, ends included.
func (i Interval) Contains(v float64) bool { return v >= i.Low && v <= i.High }

// kpiRow is one measure with its formula.
type kpiRow struct {
	Key     KPI
	Typical Interval // what the trade reaches
	Sampled bool     // an opinion of some: reported with its interval
	// Kind is of which record a row tells: "order" or "case".
	Kind string
	// SQL lists the records of the denominator: key (unique), record (the id), brand_id, outlet_path, at (the time basis,
	// event time) and hit (1 counts in the numerator). It reads published views only. {now}, {from} and {to} are the
	// present and the period, whose end is not included: they stand inside, where an index serves them.
	SQL string
}

// kpis are the measures. What is cancelled before the work, and what was merged, is not counted.
//
//	on_time_arrival        arrived from 15 min before the promised window to its end, within 300 m ÷ visits
//	first_time_fix         repaired with one visit and not back within 30 days ÷ repairs; without "no fault found"
//	repeat_30d             same unit and symptom family again within 30 days ÷ repairs
//	completion_in_time     completed by the deadline, waits taken out ÷ completed
//	remote_fix             closed without a visit and not heard of again within 7 days ÷ repair requests
//	callback_satisfaction  classes 10 and 11 ÷ valid answers; the second call to an unhappy customer apart
//	complaint_in_time      closed by the deadline ÷ closed complaints; for the outlet whose work it is about
//	promise_kept           promises met ÷ promises whose window is over
var kpis = []kpiRow{
	{Key: OnTimeArrival, Typical: Interval{0.95, 1}, Kind: "order", SQL: `SELECT visit_id AS key, MIN(order_id) AS record, brand_id, outlet_path, arrived_at AS at,
		MIN(CASE WHEN kept AND (distance IS NULL OR distance <= 300) THEN 1 ELSE 0 END) AS hit
		FROM orders_pub_arrival WHERE mode = 'visit' AND ` + within("arrived_at") + ` GROUP BY visit_id, brand_id, outlet_path, arrived_at`},
	{Key: FirstTimeFix, Typical: Interval{0.70, 0.92}, Kind: "order", SQL: `SELECT o.id AS key, o.id AS record, o.brand_id, o.outlet_path, o.completed_at AS at,
		CASE WHEN o.visits = 1 AND NOT ` + cameBack + ` THEN 1 ELSE 0 END AS hit` + repairs},
	{Key: Repeat30d, Typical: Interval{0, 0.05}, Kind: "order", SQL: `SELECT o.id AS key, o.id AS record, o.brand_id, o.outlet_path, o.completed_at AS at,
		CASE WHEN ` + cameBack + ` THEN 1 ELSE 0 END AS hit` + repairs},
	{Key: CompletionInTime, Typical: Interval{0.95, 1}, Kind: "order", SQL: `SELECT c.id AS key, o.id AS record, c.brand_id, o.outlet_path, c.met_at AS at,
		CASE WHEN c.met_at <= c.due_at THEN 1 ELSE 0 END AS hit
		FROM clocks_pub_clock c JOIN orders_pub_order o ON o.id = c.record_id
		WHERE c.record_kind = 'order' AND c.milestone = 'completion' AND ` + within("c.met_at")},
	{Key: RemoteFix, Typical: Interval{0.20, 0.30}, Kind: "case", SQL: `SELECT c.id AS key, c.id AS record, c.brand_id, c.outlet_path, c.occurred_at AS at, CASE WHEN c.solved_remote
		AND NOT EXISTS (SELECT 1 FROM orders_pub_order o WHERE o.case_id = c.id AND o.visits > 0)
		AND NOT EXISTS (SELECT 1 FROM cases_pub_case b WHERE b.unit_id = c.unit_id AND b.id <> c.id AND b.type = 'request'
			AND b.state <> 'cancelled' AND b.occurred_at > c.verifying_at AND b.occurred_at <= c.verifying_at + 604800000000)
		THEN 1 ELSE 0 END AS hit
		FROM cases_pub_case c WHERE c.type = 'request' AND c.service_type IN ('REP', 'REREP', 'REMOTE') AND c.state <> 'cancelled' AND ` + within("c.occurred_at")},
	{Key: CallbackSatisfaction, Typical: Interval{0.95, 1}, Sampled: true, Kind: "case", SQL: `SELECT id AS key, case_id AS record, brand_id, outlet_path, answered_at AS at,
		CASE WHEN class IN (` + classes(func(c callbacks.ClassInfo) bool { return c.Class.Satisfied() }) + `) THEN 1 ELSE 0 END AS hit
		FROM callbacks_pub_callback WHERE state = 'answered' AND cause <> 'unhappy' AND ` + within("answered_at") + `
		AND class IN (` + classes(func(c callbacks.ClassInfo) bool { return c.Valid }) + `)`},
	{Key: ComplaintInTime, Typical: Interval{0.98, 1}, Kind: "case", SQL: `SELECT c.id AS key, k.id AS record, c.brand_id, COALESCE((SELECT o.outlet_path FROM orders_pub_order o
			WHERE o.case_id IN (k.id, k.parent_id) ORDER BY o.created_at DESC, o.id DESC LIMIT 1), k.outlet_path) AS outlet_path,
		c.met_at AS at, CASE WHEN c.met_at <= c.due_at THEN 1 ELSE 0 END AS hit
		FROM clocks_pub_clock c JOIN cases_pub_case k ON k.id = c.record_id
		WHERE c.record_kind = 'case' AND c.milestone = 'complaint_closed' AND ` + within("c.met_at")},
	{Key: PromiseKept, Typical: Interval{0.98, 1}, Kind: "order", SQL: `SELECT id AS key, order_id AS record, brand_id, outlet_path, to_at AS at, CASE WHEN kept THEN 1 ELSE 0 END AS hit
		FROM orders_pub_promised WHERE to_at >= {from} AND to_at < {to} AND (kept IS NOT NULL
			OR to_at <= {now} AND state IN ('draft', 'ready', 'offered', 'accepted', 'scheduled') AND latest)`},
}

// within are the conditions of an instant that lies in the period, and not ahead.
func within(column string) string {
	return column + ` >= {from} AND ` + column + ` < {to} AND ` + column + ` <= {now}`
}

// repairs are the orders that repaired something; "no fault found" and declined work are counted apart.
var repairs = ` FROM orders_pub_order o WHERE o.service_type IN ('REP', 'REREP') AND ` + within("o.completed_at") + `
	AND EXISTS (SELECT 1 FROM orders_pub_outcome r WHERE r.order_id = o.id AND r.outcome IN ('fixed', 'guided'))`

// cameBack tells whether the unit had to be repaired again for the same family of symptoms.
const cameBack = `EXISTS (SELECT 1 FROM orders_pub_order b WHERE b.repeat_of = o.id AND b.state <> 'cancelled')`

// classes lists the result classes that fit, for SQL.
func classes(fits func(callbacks.ClassInfo) bool) string {
	var out []string
	for _, c := range callbacks.Classes {
		if fits(c) {
			out = append(out, strconv.FormatInt(int64(c.Class), 10))
		}
	}
	return strings.Join(out, ", ")
}
