package demo

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"anxin/internal/app"
	"anxin/internal/callbacks"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// Options say what to make; the zero value of a field is its default.
type Options struct {
	Seed  uint64                        // 1
	Scale float64                       // 1 is the whole firm; 0.1 a tenth of its customers and work
	Now   time.Time                     // where the history ends
	Say   func(format string, a ...any) // progress; nil for none
	// Strict makes an act that was refused an error; otherwise its request just stops there.
	Strict bool
}

func (o Options) orDefault() Options {
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	return o
}

// Counts say what was made.
type Counts struct {
	Customers, Machines, Cases, Orders, Visits, Callbacks, Complaints int
	Stopped                                                           int // requests that an act's refusal ended
}

// generator makes the firm.
type generator struct {
	*app.App
	world
	opt        Options
	zone       *time.Location
	start, end time.Time
	micros     atomic.Int64 // the clock
	snap       *catalog.Snapshot
	agenda     agenda
	strictFrom time.Time // when the service types begin to ask for all proof
	bus        *events.Bus
	due        map[orders.ID]callbacks.ID // who waits to be asked
	served     map[orders.ID]*request     // whose work is done
	repairs    int                        // requests so far
	remotable  int                        // of these, with a symptom that may end on the phone
	c          chance                     // of the flows, in the order of the agenda
	byCategory map[catalog.CategoryCode][]*machine
	serial     int
	counts     Counts
}

// clock is the present of a product whose history is being made.
func (g *generator) clockNow() time.Time             { return time.UnixMicro(g.micros.Load()).UTC() }
func (g *generator) setClock(t time.Time)            { g.micros.Store(t.UnixMicro()) }
func (g *generator) say(f string, a ...any)          { g.opt.Say(f, a...) }
func (g *generator) today(t time.Time) calendar.Date { return calendar.DateOf(t, g.zone) }

// Generate makes the firm in an empty installation that was built with app.Options.Quiet. The database's
// clock is set back and given free at the end.
func Generate(ctx context.Context, a *app.App, o Options) (Counts, error) {
	o = o.orDefault()
	if o.Now.IsZero() {
		o.Now = a.DB.Now()
	}
	g := &generator{
		App: a, opt: o, zone: a.Config.Zone(), end: o.Now.UTC().Truncate(time.Second), c: newChance(o.Seed, "flow"),
		byCategory: map[catalog.CategoryCode][]*machine{},
	}
	first := g.today(g.end) - history
	g.start = g.at(first, 0)
	g.setClock(g.start.AddDate(-2, 0, 0))
	a.DB.SetClock(g.clockNow)
	defer a.DB.SetClock(nil)
	ctx = access.With(ctx, access.System("demo"))
	// Of all that listens, the history needs who calls customers back; dispatch is told at the end.
	g.bus = events.NewBus(a.DB, a.Log)
	a.Callbacks.Subscribe(g.bus)
	g.watch()
	// The history is made of many small things that are thrown away at once.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var err error
	if g.snap, err = a.Catalog.Current(ctx, a.DB); err != nil {
		return Counts{}, err
	}
	if err := g.build(ctx); err != nil {
		return g.counts, err
	}
	coming := g.arrivals()
	installs := 0
	for _, x := range coming {
		if x.service == "INST" {
			installs++
		}
	}
	if err := g.base(ctx, int(2000*o.Scale), max(int(1000*o.Scale), int(3000*o.Scale)-installs)); err != nil {
		return g.counts, err
	}
	for _, cl := range g.clients {
		for _, m := range cl.units {
			g.byCategory[m.Category] = append(g.byCategory[m.Category], m)
		}
	}
	return g.counts, g.live(ctx, coming)
}

// live works off the history and today.
func (g *generator) live(ctx context.Context, coming []arrival) error {
	g.planToday()
	g.planReturns()
	for _, a := range coming {
		g.later(a.at, func(ctx context.Context) error { return g.arrive(ctx, a) })
	}
	for t := g.start.Add(time.Hour); !t.After(g.end); t = t.Add(time.Hour) {
		g.later(t, g.hourly)
	}
	for d := 1; d <= history; d += 5 {
		g.later(g.start.AddDate(0, 0, d), func(context.Context) error {
			g.say("day %d of %d: %d cases, %d visits", d, history, g.counts.Cases, g.counts.Visits)
			return nil
		})
	}
	g.lookDaily()
	g.say("%d requests of %d days", len(coming), history)
	if err := g.agenda.work(ctx, g.end, g.setClock); err != nil {
		return err
	}
	g.setClock(g.end)
	if err := g.sellContracts(ctx); err != nil {
		return err
	}
	if err := g.recallMachines(ctx); err != nil {
		return err
	}
	return g.settle(ctx)
}

// hourly does what the product does by itself: it delivers events, ends offers whose time is over and looks
// at the clocks; at night it posts and closes what nobody contradicted.
func (g *generator) hourly(ctx context.Context) error {
	if err := g.bus.Drain(ctx); err != nil {
		return err
	}
	duties := []func(context.Context) error{g.Orders.ExpireOffers, g.Clocks.Tick}
	if g.clockNow().In(g.zone).Hour() == 3 {
		duties = append(duties, g.Orders.ExpireQuotes, g.Orders.PostSilent, g.Cases.CloseSilent, g.Callbacks.Remind, g.Callbacks.EndSilent, g.Callbacks.Audit)
	}
	for _, run := range duties {
		if err := run(access.With(ctx, access.System("demo.duty"))); err != nil {
			return err
		}
	}
	return nil
}

// settle delivers what is left, so that the server starts without a backlog.
func (g *generator) settle(ctx context.Context) error {
	if err := g.bus.Drain(ctx); err != nil {
		return err
	}
	if err := g.coverToday(ctx); err != nil {
		return err
	}
	if _, err := g.Trail.Checkpoint(ctx); err != nil {
		return err
	}
	return g.bus.Release(ctx)
}

// later notes a task; what lies after the end is today's and tomorrow's work and stays undone.
func (g *generator) later(t time.Time, run func(ctx context.Context) error) { g.agenda.add(t, run) }

// as is ctx with somebody acting.
func as(ctx context.Context, a access.Actor) context.Context { return access.With(ctx, a) }

// tx runs a change of several modules at one instant.
func (g *generator) tx(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error {
	return db.InTx0(ctx, g.DB, fn)
}

// refused tells whether an act was refused by a rule, and counts it; what is broken stays an error.
func (g *generator) refused(err error, what string) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w", what, err)
	if g.opt.Strict || problem.CodeOf(err) == problem.ErrInternal {
		return err
	}
	g.counts.Stopped++
	g.Log.Warn("demo: an act was refused", "act", what, "error", err)
	return nil
}
