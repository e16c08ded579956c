package cli

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"anxin/internal/app"
	"anxin/internal/dispatch"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/i18n"
)

// planFlags are the flags of anxin plan.
type planFlags struct {
	outlet, date string
	publish, all bool
}

func planCommand() command {
	var f planFlags
	var v vroomFlags
	return command{
		name: "plan", args: "[file]", summary: "plan the visits of a day, or a problem in a file",
		help: `Gives the orders that wait for a visit on the day to the engineers of an outlet and of those below it (a city's
agent plans the whole city; without --outlet everybody), around the visits that they have. The plan is kept
as a draft, as the desk shows it; --publish makes it true at once. Ctrl-C stops without a trace in anybody's
day. It says for each order that found nobody why.

With --format vroom it plans the problem in a file, or in standard input for -, written as VROOM reads it, packed
by gzip or not, and prints the plan as vroom does, with the reasons for what is unassigned. It stops after
--time, or at Ctrl-C, with the best plan so far; it needs no installation. See docs/dispatch.md.`,
		example: `anxin plan --outlet hz --date 2026-11-23
anxin plan --outlet /hz/xihu/ --date 2026-11-23 --publish
anxin plan --format vroom --time 10s --threads 1 --seed 1 day.json.gz`,
		flags: func(fs *flag.FlagSet, _ *env) {
			fs.StringVar(&f.outlet, "outlet", "", "code or path of the outlet; all")
			fs.StringVar(&f.date, "date", "", "the day, as 2026-11-23; tomorrow")
			fs.BoolVar(&f.publish, "publish", false, "make visits of the plan at once")
			fs.BoolVar(&f.all, "all", false, "list every visit, not only what found nobody")
			fs.StringVar(&v.format, "format", "", "vroom: plan a file instead of a day")
			fs.DurationVar(&v.limit, "time", 10*time.Second, "how long a file is planned once it is read")
			fs.IntVar(&v.threads, "threads", 1, "how many processors plan a file")
			fs.StringVar(&v.objective, "objective", "levels", "of a file: levels, the highest sum of priorities first, or money, everything in one sum")
			fs.Int64Var(&v.seconds, "priority-seconds", 200, "with --objective money: seconds of travel that a unit of priority is worth")
			fs.Uint64Var(&v.seed, "seed", 1, "of the random numbers for a file")
		},
		run: func(ctx context.Context, e *env) error {
			if v.format != "" {
				return v.plan(ctx, e)
			}
			if len(e.args) > 0 {
				return errUsage
			}
			ctx = access.With(ctx, access.System("cli.plan"))
			return e.with(ctx, func(a *app.App) error { return f.plan(ctx, e, a) })
		},
	}
}

func (f planFlags) plan(ctx context.Context, e *env, a *app.App) error {
	in, err := f.input(ctx, a)
	if err != nil {
		return err
	}
	start := time.Now()
	p, err := a.Dispatch.PlanNow(ctx, in, func(done, total int) { fmt.Fprintf(e.err, "\r%d / %d", done, total) })
	fmt.Fprintln(e.err)
	if err != nil {
		return err
	}
	if err := f.say(ctx, e, a, p, time.Since(start)); err != nil {
		return err
	}
	if !f.publish || len(p.Body.Plan.Assignments) == 0 {
		return nil
	}
	if _, err := a.Dispatch.PublishPlan(ctx, dispatch.PublishPlanInput{ID: p.ID}); err != nil {
		return err
	}
	fmt.Fprintf(e.out, planWords[e.lang()]["published"], len(p.Body.Plan.Assignments))
	return nil
}

func (f planFlags) input(ctx context.Context, a *app.App) (in dispatch.StartPlanInput, err error) {
	in.Date = calendar.DateOf(a.DB.Now(), a.Config.Zone()) + 1
	if f.date != "" {
		if in.Date, err = calendar.ParseDate(f.date); err != nil {
			return in, fmt.Errorf("--date %q is no date; write 2026-11-23", f.date)
		}
	}
	if f.outlet == "" {
		return in, nil
	}
	all, err := a.Outlets.Under(ctx, a.DB, "/")
	if err != nil {
		return in, err
	}
	found := slices.DeleteFunc(all, func(o outlets.Outlet) bool {
		return o.Code != f.outlet && o.Path != f.outlet && strings.Trim(o.Path, "/") != strings.Trim(f.outlet, "/")
	})
	switch len(found) {
	case 0:
		return in, fmt.Errorf("there is no outlet %q", f.outlet)
	case 1:
		in.Outlet = found[0].ID
		return in, nil
	}
	paths := make([]string, len(found))
	for i, o := range found {
		paths[i] = o.Path
	}
	return in, fmt.Errorf("several outlets have the code %q; name one by its path: %s", f.outlet, strings.Join(paths, " "))
}

// planWords are the lines that the command prints; why an order found nobody comes from the reasons' own words.
var planWords = map[string]map[string]string{
	i18n.English: {
		"head":      "%s: %d orders, %d engineers, planned in %.1f s\n",
		"placed":    "placed %d, not placed %d\n",
		"travel":    "travel %.1f h, work %.1f h: %.0f %% of it on the way\n",
		"visit":     "  %s  %s-%s  %s\n",
		"why":       "Why not:\n",
		"published": "published: %d visits\n",
		"draft":     "draft %s\n",
	},
	i18n.Chinese: {
		"head":      "%s：%d 单，%d 名工程师，用时 %.1f 秒\n",
		"placed":    "已安排 %d 单，未安排 %d 单\n",
		"travel":    "路上 %.1f 小时，作业 %.1f 小时，路途占 %.0f %%\n",
		"visit":     "  %s  %s-%s  %s\n",
		"why":       "未安排的原因：\n",
		"published": "已发布 %d 次上门\n",
		"draft":     "草稿 %s\n",
	},
}

// say prints what was planned and why the rest was not.
func (f planFlags) say(ctx context.Context, e *env, a *app.App, p dispatch.DayPlan, took time.Duration) error {
	words, plan := planWords[e.lang()], p.Body.Plan
	var ids []orders.ID
	for _, x := range plan.Assignments {
		ids = append(ids, orders.ID(x.Job))
	}
	for _, x := range plan.Unserved {
		ids = append(ids, orders.ID(x.Job))
	}
	list, err := a.Orders.ByIDs(ctx, a.DB, ids)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, words["head"], p.Date, p.Body.Jobs, p.Body.Engineers, took.Seconds())
	fmt.Fprintf(e.out, words["placed"], len(plan.Assignments), len(plan.Unserved))
	travel, work := float64(plan.Travel)/3600, float64(plan.Work)/3600
	fmt.Fprintf(e.out, words["travel"], travel, work, 100*travel/max(travel+work, 1e-9))
	if f.all {
		for _, x := range plan.Assignments {
			who := make([]string, len(x.Engineers))
			for i, id := range x.Engineers {
				who[i] = string(id)
			}
			zone := a.Config.Zone()
			fmt.Fprintf(e.out, words["visit"], list[orders.ID(x.Job)].Number, x.Start.In(zone).Format("15:04"), x.End.In(zone).Format("15:04"), strings.Join(who, " "))
		}
	}
	if len(plan.Unserved) > 0 {
		fmt.Fprint(e.out, words["why"])
		rules := map[string]int{}
		for _, x := range plan.Unserved {
			for _, code := range x.Reasons.Codes() {
				rules[code]++
			}
			fmt.Fprintf(e.out, "  %s  %s\n", list[orders.ID(x.Job)].Number, strings.Join(x.Reasons.Words(a.Words, e.lang()), " "))
		}
		for _, code := range slices.SortedFunc(maps.Keys(rules), func(x, y string) int { return rules[y] - rules[x] }) {
			fmt.Fprintf(e.out, "  %-24s %d\n", code, rules[code])
		}
	}
	fmt.Fprintf(e.out, words["draft"], p.ID)
	return nil
}
