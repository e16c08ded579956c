package realinput

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/config"
)

// IncidentsResult is what the replay of the log came to.
type IncidentsResult struct {
	Incidents, Rows int
	Acts            map[string]int
	Clocks          int
	Differences     []string // between the product's clocks and the reference
	Agreement       map[string]Agreement
}

// Agreement is how often a clock's verdict is the other system's, on the half that no target was derived from.
type Agreement struct{ Right, Of int }

// confusion counts verdicts: kept or broken by our clock, kept or broken as the other system says.
type confusion struct{ keptKept, keptBroken, brokenKept, brokenBroken int }

func (c *confusion) count(ours, theirs bool) {
	switch {
	case ours && theirs:
		c.keptKept++
	case ours:
		c.keptBroken++
	case theirs:
		c.brokenKept++
	default:
		c.brokenBroken++
	}
}

func (c confusion) right() int { return c.keptKept + c.brokenBroken }
func (c confusion) all() int   { return c.right() + c.keptBroken + c.brokenKept }

// Incidents lives the incident log through in the empty database of cfg and prints what came of it.
func Incidents(ctx context.Context, cfg config.Config, o Options) (res IncidentsResult, err error) {
	o = o.orDefault()
	path, err := find(o.Data, incidentsFile)
	if err != nil {
		return res, err
	}
	started := time.Now()
	list, facts, err := readIncidents(ctx, path, o.Incidents)
	if err != nil {
		return res, err
	}
	if len(list) == 0 {
		return res, errors.New("no incident in " + incidentsFile)
	}
	order := inOrder(list)
	first, last := list[0].Opened, order[len(order)-1].at()
	for _, inc := range list {
		if inc.Opened.Before(first) {
			first = inc.Opened
		}
	}
	w, err := build(ctx, cfg, first)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	live := as(ctx, access.Live)
	brand, err := w.Catalog.CreateBrand(live, catalog.CreateBrandInput{Code: "INCIDENTS", NameZh: "事件日志", NameEn: "Incident log"})
	if err != nil {
		return res, err
	}
	// The longest target of these clocks is ten working days; the ruler leaves room for many.
	r := newRuler(first.AddDate(0, 0, -2), last.AddDate(1, 0, 0))
	found, err := promises(live, w, brand.ID, r, list)
	if err != nil {
		return res, err
	}
	aims, err := w.aims(live, brand.ID, r)
	if err != nil {
		return res, err
	}
	read := time.Since(started)
	started = time.Now()
	p := newReplay(w, brand.ID)
	if err := p.run(ctx, order, nil); err != nil {
		return res, err
	}
	lived := time.Since(started)

	started = time.Now()
	j := &judge{world: w, r: r}
	if err := j.calendars(live); err != nil {
		return res, err
	}
	resolution, closing := map[string]*confusion{}, map[string]*confusion{}
	for i, inc := range list {
		v, err := j.incident(live, inc.No, p.ids[inc.No], r.expect(inc, aims))
		if err != nil {
			return res, fmt.Errorf("compare incident %s: %w", inc.No, err)
		}
		if training(i) {
			continue
		}
		for _, key := range []string{priorityOf(inc.Rows[len(inc.Rows)-1]), "all"} {
			into(resolution, key).count(v.resolution, inc.made())
			into(closing, key).count(v.closing, inc.made())
		}
	}
	compared := time.Since(started)
	res = IncidentsResult{Incidents: len(list), Rows: facts.Rows, Acts: p.acts, Clocks: j.Clocks, Agreement: map[string]Agreement{}}
	for _, d := range j.Differences {
		res.Differences = append(res.Differences, d.String())
	}
	for name, c := range map[string]map[string]*confusion{recordResolution: resolution, recordClosing: closing} {
		all := into(c, "all")
		res.Agreement[name] = Agreement{all.right(), all.all()}
	}

	t := table{}
	t.add("incidents", len(list))
	t.add("rows", facts.Rows)
	t.add("rows that repeat another", facts.Doubles)
	t.add("rows without number or time", facts.Unreadable)
	t.add("rows earlier than the one above", facts.Backwards)
	for _, c := range slices.Sorted(maps.Keys(facts.Missing)) {
		t.add("missing (?) "+c, facts.Missing[c])
	}
	t.add("priority by our matrix as theirs", fmt.Sprintf("%d (%s)", p.matrix, percent(p.matrix, len(list))))
	t.add("read, targets derived", read.Round(100*time.Millisecond))
	t.add("lived through", fmt.Sprintf("%s, %.0f rows/s", lived.Round(100*time.Millisecond), float64(facts.Rows)/lived.Seconds()))
	t.add("compared", compared.Round(100*time.Millisecond))
	if err := t.print(o.Out, "The log"); err != nil {
		return res, err
	}
	t = table{}
	t.add("act", "times")
	for _, a := range slices.Sorted(maps.Keys(p.acts)) {
		t.add(a, p.acts[a])
	}
	for _, a := range slices.Sorted(maps.Keys(p.refused)) {
		t.add("refused "+a, p.refused[a])
	}
	t.add("rows that ask for no act", p.same)
	if err := t.print(o.Out, "Acts"); err != nil {
		return res, err
	}
	t = table{}
	t.add("clocks compared", j.Clocks)
	t.add("differences", len(j.Differences))
	for _, d := range j.Differences[:min(10, len(j.Differences))] {
		t.add("", d.String())
	}
	if err := t.print(o.Out, "Clocks against the reference, on all incidents"); err != nil {
		return res, err
	}
	t = table{}
	t.add("clock", "counted in", "P1", "P2", "P3", "P4", "right on the training half")
	for _, name := range []string{recordResolution, recordClosing} {
		d := found[name]
		t.add(name, d.hours(), d.Length["P1"], d.Length["P2"], d.Length["P3"], d.Length["P4"], percent(d.Right, d.Of))
	}
	if err := t.print(o.Out, "Targets, derived on one half"); err != nil {
		return res, err
	}
	for _, c := range []struct {
		name string
		by   map[string]*confusion
	}{{recordResolution, resolution}, {recordClosing, closing}} {
		t = table{}
		t.add("priority", "kept, made_sla", "kept, not made", "broken, made_sla", "broken, not made", "incidents", "agreement", "always the commoner")
		for _, k := range slices.Sorted(maps.Keys(c.by)) {
			x := c.by[k]
			made := x.keptKept + x.brokenKept
			t.add(k, x.keptKept, x.keptBroken, x.brokenKept, x.brokenBroken, x.all(), percent(x.right(), x.all()), percent(max(made, x.all()-made), x.all()))
		}
		if err := t.print(o.Out, "made_sla against our "+c.name+" clock, on the other half"); err != nil {
			return res, err
		}
	}
	return res, nil
}

func into(m map[string]*confusion, key string) *confusion {
	if m[key] == nil {
		m[key] = &confusion{}
	}
	return m[key]
}

// promises derives the targets and makes them policies of the replay's brand.
func promises(ctx context.Context, w *world, brand catalog.BrandID, r *ruler, list []*incident) (map[string]derived, error) {
	nothing := func(string, clocks.Milestone, clocks.Party, string) clocks.Target { return clocks.Target{} }
	expected := make([][]*expected, len(list))
	for i, inc := range list {
		expected[i] = r.expect(inc, nothing)
	}
	found := map[string]derived{}
	closing, err := derive(r, recordClosing, list, expected, hoursTried())
	if err != nil {
		return nil, err
	}
	found[recordClosing] = closing
	// One firm has one set of hours: the other clock counts in them too, or around the clock.
	resolution, err := derive(r, recordResolution, list, expected, []*calendar.Spec{nil, closing.Hours})
	if err != nil {
		return nil, err
	}
	found[recordResolution] = resolution
	spec := hoursTried()[1]
	if closing.Hours != nil {
		spec = closing.Hours
	}
	if _, err := w.Clocks.PublishCalendar(ctx, *spec, 0); err != nil {
		return nil, err
	}
	add := func(id clocks.PolicyID, m clocks.Milestone, party clocks.Party, match clocks.Attributes, t clocks.Target) error {
		match.Brand = string(brand)
		t.Warn = []clocks.Mark{{Used: 80}}
		_, err := w.Clocks.CreatePolicy(ctx, clocks.Policy{ID: id, Milestone: m, Party: party, Match: match, Target: t})
		return err
	}
	for record, d := range found {
		for _, p := range []string{"P1", "P2", "P3", "P4"} {
			match := clocks.Attributes{Priority: p, Contract: record}
			if err := add(policyID(record, p), clocks.Completion, clocks.Firm, match, d.target(p, hoursCalendar)); err != nil {
				return nil, err
			}
		}
	}
	// Whoever is waited for gets a target of each kind; those of the seed count national holidays.
	return found, errors.Join(
		add("incident.vendor", clocks.Awaited, clocks.ProductOwner, clocks.Attributes{}, clocks.Target{Kind: clocks.WorkdayEnd, Calendar: hoursCalendar, Days: 2}),
		add("incident.problem", clocks.Awaited, clocks.Approver, clocks.Attributes{}, clocks.Target{Kind: clocks.WorkingTime, Calendar: hoursCalendar, Duration: 20 * time.Hour}),
	)
}

// aims reads the targets in force and puts their calendars onto the ruler: which policy is chosen is
// another test's matter ([clocks.Choose]).
func (w *world) aims(ctx context.Context, brand catalog.BrandID, r *ruler) (aimOf, error) {
	calendars, err := w.Clocks.Calendars(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range calendars {
		if k.Spec.Country != "" {
			continue // no clock of the replay counts in one
		}
		if err := r.add(k.Spec); err != nil {
			return nil, err
		}
	}
	kept, err := w.Clocks.Policies(ctx)
	if err != nil {
		return nil, err
	}
	var list []clocks.Policy
	for _, k := range kept {
		list = append(list, k.Policy)
	}
	return func(record string, m clocks.Milestone, p clocks.Party, priority string) clocks.Target {
		attrs := clocks.Attributes{Priority: priority, Brand: string(brand)}
		if record != recordCase {
			attrs.Contract = record
		}
		c, err := clocks.Choose(list, clocks.Request{Milestone: m, Party: p, Attributes: attrs, At: w.now()})
		if err != nil {
			return clocks.Target{}
		}
		t := c.Policy.Target
		if t.Calendar == "@centre" {
			t.Calendar = clocks.CentreCalendar
		}
		return t
	}, nil
}
