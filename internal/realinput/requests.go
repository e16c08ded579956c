package realinput

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/dispatch"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/problem"
)

// RequestsResult is what the city's requests came to.
type RequestsResult struct {
	Rows, Made, Failed  int
	Open, Closed        int
	Orders              int
	Promised, Hits      int // windows promised on the phone, and kept by the plan
	Placed, Left        int // orders
	Travel, Work        time.Duration
	Checked             bool // the planner's checker found nothing, and the plan became visits
	Outlets, Engineers  int
	Reasons             map[string]int
	refusals, notOpened map[string]int
}

// requestsZone is where the requests come from; mappings/requests.json names the same.
const requestsZone = "America/New_York"

// Requests imports the city's requests into the empty database of cfg, opens orders for those that need a
// visit, places a firm on the city, promises windows to those who phoned, plans the day, and prints what
// came of it.
func Requests(ctx context.Context, cfg config.Config, o Options) (res RequestsResult, err error) {
	o = o.orDefault()
	path, err := find(o.Data, requestsFile)
	if err != nil {
		return res, err
	}
	zone, err := time.LoadLocation(requestsZone)
	if err != nil {
		return res, err
	}
	morning, err := morningAfter(ctx, path, zone)
	if err != nil {
		return res, err
	}
	w, err := build(ctx, cfg, morning)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	ctx = as(ctx, access.Live)
	brand, err := w.Catalog.CreateBrand(ctx, catalog.CreateBrandInput{Code: "CITY", NameZh: "城市服务", NameEn: "City services"})
	if err != nil {
		return res, err
	}
	if err := w.bringRequests(ctx, path, &res); err != nil {
		return res, err
	}
	list, err := w.allCases(ctx)
	if err != nil {
		return res, err
	}
	day := calendar.DateOf(morning, zone)
	f, err := w.settle(ctx, o, requestsZone, brand.ID, list, day)
	if err != nil {
		return res, err
	}
	res.Outlets, res.Engineers = f.Outlets, f.Engineers
	made, err := w.order(ctx, list, &res)
	if err != nil {
		return res, err
	}
	none, err := w.promise(ctx, made, &res)
	if err != nil {
		return res, err
	}
	begun := time.Now()
	plan, err := w.Dispatch.PlanNow(ctx, dispatch.StartPlanInput{Date: day}, func(int, int) {})
	if err != nil {
		return res, err
	}
	took := time.Since(begun)
	if made, err = w.again(ctx, made); err != nil { // with their promises
		return res, err
	}
	why := w.judgePlan(plan, made, &res)
	if _, err := w.Dispatch.PublishPlan(ctx, dispatch.PublishPlanInput{ID: plan.ID}); err != nil {
		return res, fmt.Errorf("the checker refuses the plan: %w", err)
	}
	res.Checked = true
	return res, res.print(o, f, why, none, took)
}

// morningAfter is six in the morning after everything that the file tells: the day that is planned.
func morningAfter(ctx context.Context, path string, zone *time.Location) (time.Time, error) {
	rows, err := column(ctx, path, "created_date", "closed_date")
	if err != nil {
		return time.Time{}, err
	}
	last := time.Time{}
	for _, r := range rows {
		for _, text := range r {
			if at, err := time.ParseInLocation("2006-01-02T15:04:05.000", text, zone); err == nil && at.After(last) {
				last = at
			}
		}
	}
	if last.IsZero() {
		return last, errors.New("no row of the requests tells a time")
	}
	y, m, d := last.In(zone).Date()
	return time.Date(y, m, d+1, 6, 0, 0, 0, zone).UTC(), nil
}

func (w *world) bringRequests(ctx context.Context, path string, res *RequestsResult) error {
	tree := imports.Mapping{Target: "classes"}
	for _, field := range []string{"tree", "level1", "english1", "level2", "english2"} {
		tree.Columns = append(tree.Columns, imports.Column{Field: field, From: []string{field}})
	}
	classes, err := w.bringOwn(ctx, "request-classes.csv", tree)
	if err != nil {
		return err
	}
	if classes.Failed > 0 {
		return fmt.Errorf("%d classes of the requests were refused", classes.Failed)
	}
	m, err := mapping("requests.json")
	if err != nil {
		return err
	}
	run, err := w.bringFile(ctx, path, m)
	if err != nil {
		return err
	}
	res.Rows, res.Made, res.Failed = int(run.Total), int(run.Made), int(run.Failed)
	res.refusals, err = w.refusals(ctx, run)
	return err
}

// allCases reads them by number.
func (w *world) allCases(ctx context.Context) ([]cases.Case, error) {
	var out []cases.Case
	f := cases.Filter{Queue: "recent", Limit: 200}
	for {
		page, err := w.Cases.List(ctx, f)
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
		if len(page) < f.Limit {
			slices.SortFunc(out, func(a, b cases.Case) int { return cmp.Compare(a.Number, b.Number) })
			return out, nil
		}
		last := page[len(page)-1]
		f.HasAfter, f.AfterDue, f.AfterID = true, db.Micros(last.CreatedAt), last.ID
	}
}

// ordered is an order with how its customer came.
type ordered struct {
	orders.Order
	phoned bool
}

// order opens and releases an order for every open case whose service needs a visit.
func (w *world) order(ctx context.Context, list []cases.Case, res *RequestsResult) ([]ordered, error) {
	snap, err := w.Catalog.Current(ctx, w.DB)
	if err != nil {
		return nil, err
	}
	res.notOpened = map[string]int{}
	var out []ordered
	for _, c := range list {
		if !c.Live() {
			res.Closed++
			continue
		}
		res.Open++
		if st, ok := snap.ServiceType(c.ServiceType); !ok || st.Mode != catalog.ModeVisit {
			res.notOpened["needs no visit"]++
			continue
		}
		made, err := w.Orders.Create(ctx, orders.CreateInput{CaseID: c.ID, Release: true})
		if p := new(problem.Error); errors.As(err, &p) {
			res.notOpened[w.Words.T(i18n.English, "problem."+problem.CodeOf(err).Key, p.Params)]++
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, ordered{made, c.Channel == cases.Phone})
	}
	res.Orders = len(out)
	return out, nil
}

// promise offers everybody who phoned a window of the day, the most urgent first, as an agent does while the
// customer is on the phone: the first that can be kept.
func (w *world) promise(ctx context.Context, list []ordered, res *RequestsResult) (none int, err error) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b ordered) int { return cmp.Compare(a.Priority, b.Priority) })
	for _, o := range list {
		if !o.phoned {
			continue
		}
		offers, err := w.Dispatch.Slots(ctx, o.ID, 1)
		if problem.CodeOf(err) == dispatch.ErrNobody {
			none++
			continue
		}
		if err != nil {
			return none, err
		}
		i := slices.IndexFunc(offers, dispatch.Offer.Offered)
		if i < 0 {
			none++
			continue
		}
		hold, err := w.Dispatch.Hold(ctx, dispatch.HoldInput{Order: o.ID, From: offers[i].From, To: offers[i].To})
		if err != nil {
			return none, err
		}
		if _, err := w.Dispatch.Take(ctx, dispatch.TakeInput{Hold: hold.ID}); err != nil {
			return none, err
		}
		res.Promised++
	}
	return none, nil
}

// again reads orders as they stand now.
func (w *world) again(ctx context.Context, list []ordered) ([]ordered, error) {
	ids := make([]orders.ID, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	found, err := w.Orders.ByIDs(ctx, w.DB, ids)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(list)
	for i := range out {
		out[i].Order = found[out[i].ID]
	}
	return out, nil
}

// left is why the plan leaves orders out: the rule that came nearest to being kept, with an example.
type left struct {
	count   int
	example string
}

// judgePlan counts what the plan does.
func (w *world) judgePlan(p dispatch.DayPlan, list []ordered, res *RequestsResult) map[string]*left {
	why := map[string]*left{}
	known := map[planner.JobID]bool{}
	start := map[planner.JobID]time.Time{}
	for _, a := range p.Body.Plan.Assignments {
		known[a.Job], start[a.Job] = true, a.Start
	}
	for _, u := range p.Body.Plan.Unserved {
		known[u.Job] = true
		r, _ := u.Reasons.FirstFailing()
		if why[r.Code] == nil {
			why[r.Code] = &left{example: r.Words(w.Words, i18n.English)}
		}
		why[r.Code].count++
	}
	for _, o := range list {
		if !known[planner.JobID(o.ID)] {
			if why[""] == nil {
				why[""] = &left{example: "Not in the plan: no outlet serves it, or it is promised for another day."}
			}
			why[""].count++
		}
		if at, ok := start[planner.JobID(o.ID)]; ok && !o.Promised.IsZero() && !at.Before(o.Promised.From) && !at.After(o.Promised.To) {
			res.Hits++
		}
	}
	res.Placed = len(p.Body.Plan.Assignments)
	res.Left = len(list) - res.Placed
	res.Travel, res.Work = time.Duration(p.Body.Plan.Travel)*time.Second, time.Duration(p.Body.Plan.Work)*time.Second
	res.Reasons = map[string]int{}
	for code, l := range why {
		res.Reasons[code] = l.count
	}
	return why
}

func (res RequestsResult) print(o Options, f firm, why map[string]*left, none int, took time.Duration) error {
	t := table{}
	t.add("rows", res.Rows)
	t.add("became cases", res.Made)
	t.add("refused", res.Failed)
	for _, k := range slices.Sorted(maps.Keys(res.refusals)) {
		t.add("  "+k, res.refusals[k])
	}
	t.add("closed already", res.Closed)
	t.add("open", res.Open)
	for _, k := range slices.Sorted(maps.Keys(res.notOpened)) {
		t.add("  no order: "+k, res.notOpened[k])
	}
	t.add("orders", res.Orders)
	if err := t.print(o.Out, "Requests"); err != nil {
		return err
	}
	t = table{}
	t.add("outlets placed", f.Outlets)
	t.add("engineers placed", f.Engineers)
	t.add("engineers with a shift on the day", f.OnDuty)
	t.add("planned in", took.Round(10*time.Millisecond))
	t.add("orders placed", fmt.Sprintf("%d (%s)", res.Placed, percent(res.Placed, res.Orders)))
	t.add("orders left", res.Left)
	codes := slices.Collect(maps.Keys(why))
	slices.SortFunc(codes, func(a, b string) int { return cmp.Or(cmp.Compare(why[b].count, why[a].count), cmp.Compare(a, b)) })
	for _, c := range codes {
		t.add("  "+cmp.Or(c, "not planned"), fmt.Sprintf("%d, as: %s", why[c].count, why[c].example))
	}
	busy := res.Travel + res.Work
	t.add("on site", res.Work)
	t.add("travelling", fmt.Sprintf("%s (%s of the working time)", res.Travel, percent(int(res.Travel/time.Second), int(busy/time.Second))))
	t.add("at work of the shifts", percent(int(busy/time.Minute), f.Shift))
	t.add("windows promised to those who phoned", res.Promised)
	t.add("  no window left for", none)
	t.add("  kept by the plan", fmt.Sprintf("%d (%s)", res.Hits, percent(res.Hits, res.Promised)))
	t.add("judged by the checker when published", map[bool]string{true: "passed", false: "not judged"}[res.Checked])
	return t.print(o.Out, "The day")
}
