package dispatch

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// supplies are the parts and tools that orders need, and where there are any. The parts that an order needs are what is reserved
// for it.
type supplies struct {
	lines map[orders.ID][]orders.PartLine // reserved
	tools map[orders.ID][]catalog.ToolCode
	named map[parts.PartID]planner.PartCode
	stock map[parts.PlaceID]map[parts.PartID]parts.Stock
}

// addStock reads what the orders of the visits that have not begun, and those that are being placed, need, what engineers have
// in their vans and what the stores of their outlets have. Nothing is read of anything that nobody needs.
func (s *Service) addStock(ctx context.Context, q db.Querier, w *world, in worldInput) error {
	ids := slices.Clone(in.except)
	for _, v := range w.visits {
		if v.Open() && !frozen(v) {
			ids = append(ids, v.OrderIDs()...)
		}
	}
	var err error
	if w.supplies, err = s.suppliesOf(ctx, q, ids); err != nil || w.supplies == nil {
		return err
	}
	for i := range w.Engineers {
		w.stockVan(i)
	}
	return s.addCounters(ctx, q, w, in.from, in.to)
}

// suppliesOf reads what orders need; nil is nothing.
func (s *Service) suppliesOf(ctx context.Context, q db.Querier, ids []orders.ID) (*supplies, error) {
	lines, err := s.orders.ReservedParts(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	tools, err := s.orders.ToolsOf(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	out := &supplies{tools: tools, lines: map[orders.ID][]orders.PartLine{}, named: map[parts.PartID]planner.PartCode{}, stock: map[parts.PlaceID]map[parts.PartID]parts.Stock{}}
	var wanted []parts.PartID
	for _, l := range lines {
		out.lines[l.OrderID] = append(out.lines[l.OrderID], l)
		wanted = append(wanted, l.PartID)
	}
	slices.Sort(wanted)
	if wanted = slices.Compact(wanted); len(wanted) == 0 {
		if len(tools) == 0 {
			return nil, nil
		}
		return out, nil
	}
	known, err := s.orders.Parts.ByIDs(ctx, q, wanted)
	if err != nil {
		return nil, err
	}
	taken := map[planner.PartCode]bool{}
	for _, id := range wanted {
		code := planner.PartCode(known[id].Code)
		if code == "" || taken[code] { // brands may use the same code
			code = planner.PartCode(strings.TrimSpace(string(code) + " " + string(id)))
		}
		taken[code], out.named[id] = true, code
	}
	stock, err := s.orders.Parts.Stock(ctx, q, nil, wanted)
	if err != nil {
		return nil, err
	}
	for _, st := range stock {
		if out.stock[st.Place] == nil {
			out.stock[st.Place] = map[parts.PartID]parts.Stock{}
		}
		out.stock[st.Place][st.Part] = st
	}
	return out, nil
}

// parts are those that one visit for some orders takes.
func (x *supplies) parts(list []orders.ID) []planner.PartNeed {
	var out []planner.PartNeed
	for _, id := range list {
		for _, l := range x.lines[id] {
			code := x.named[l.PartID]
			at := slices.IndexFunc(out, func(n planner.PartNeed) bool { return n.Code == code })
			if at < 0 {
				at, out = len(out), append(out, planner.PartNeed{Code: code})
			}
			out[at].Count += l.Quantity
			if k := x.kept(l); k.Count > 0 {
				out[at].Kept = append(out[at].Kept, k)
			}
		}
	}
	return out
}

// kept is where a reserved part lies; what others have reserved there beyond what there is may be among it.
func (x *supplies) kept(l orders.PartLine) planner.Kept {
	st := x.stock[l.PlaceID][l.PartID]
	k := planner.Kept{Count: max(0, min(l.Quantity, st.OnHand-(st.Reserved-l.Quantity)))}
	kind, ref, _ := strings.Cut(string(l.PlaceID), ":")
	switch parts.PlaceKind(kind) {
	case parts.KindVan:
		k.Engineer = planner.EngineerID(ref)
	case parts.KindOutlet:
		k.Outlet = planner.OutletID(ref)
	default:
		k.Outlet = planner.OutletID(outlets.Centre)
	}
	return k
}

// free are the parts at a place that nobody has reserved.
func (x *supplies) free(p parts.PlaceID) map[planner.PartCode]int64 {
	out := map[planner.PartCode]int64{}
	for part, st := range x.stock[p] {
		if n := st.Free(); n > 0 {
			out[x.named[part]] = n
		}
	}
	return out
}

func (w *world) stockVan(i int) {
	van := w.supplies.free(parts.VanPlace(string(w.people[i].ID)))
	maps.Copy(van, along(w.people[i]))
	w.Engineers[i].Van = van
}

func storeOf(id outlets.ID) parts.PlaceID {
	if id == outlets.Centre {
		return parts.Centre
	}
	return parts.OutletPlace(id)
}

// addCounters makes counters of the stores that have anything of what is needed, with the hours of their outlets.
func (s *Service) addCounters(ctx context.Context, q db.Querier, w *world, from, to calendar.Date) error {
	counters, hours := map[outlets.ID]*planner.Counter{}, map[outlets.ID]map[calendar.Date][]planner.Span{}
	for i, e := range w.people {
		id := e.OutletID
		c, ok := counters[id]
		if !ok {
			o := w.outlets[id]
			if free, has := w.supplies.store(o); has && usable(o.Point) {
				c = &planner.Counter{Outlet: planner.OutletID(id), Place: w.place(o.Point, -1), Minutes: s.policy.FetchMinutes, Free: free}
				cal, err := s.outlets.Calendar(ctx, q, id)
				if err != nil {
					return err
				}
				hours[id] = map[calendar.Date][]planner.Span{}
				for d := from; d <= to; d++ {
					for _, sp := range cal.Spans(d) {
						hours[id][d] = append(hours[id][d], planner.Span{From: sp.From, To: sp.To})
					}
				}
			}
			counters[id] = c
		}
		if c == nil {
			continue
		}
		w.Engineers[i].Counter = c
		for k := range w.Engineers[i].Days {
			w.Engineers[i].Days[k].Counter = hours[id][w.Engineers[i].Days[k].Date]
		}
	}
	return nil
}

// parts lets a visit of the snapshot know what it takes, where that is not known with its job: the lead brings it.
func (w *world) parts(v orders.Visit, lead workforce.EngineerID) []planner.PartNeed {
	if w.supplies == nil || lead != v.Lead() || !v.Open() || frozen(v) {
		return nil
	}
	return w.supplies.needs(v.OrderIDs())
}

// fetch adds the stops at counters that the visits need, once the ways are known.
func (w *world) fetch() {
	if w.supplies == nil {
		return
	}
	now := w.Now
	w.Now = w.read.Add(-late) // who is on the way to a counter still has to get there
	w.Snapshot, w.fetches, w.short = w.WithFetches()
	w.Now = now
}

// withFetches is a plan of some assignments with the stops that they need as the board stands now.
func withFetches(s planner.Snapshot, list ...planner.Assignment) planner.Plan {
	p := planner.Plan{Assignments: list}
	p.Fetches, _ = s.Fetches(p)
	return p
}

// stampNeeds reads what the visits of the dates need, and what there is of it anywhere.
func (s *Service) stampNeeds(ctx context.Context, q db.Querier, st *stamped) error {
	rows, err := s.orders.VisitParts(ctx, q, (st.from - 1).UTC(), (st.to + 2).UTC())
	if err != nil || len(rows) == 0 {
		return err
	}
	var h scribe
	h.texts(q.Now().Truncate(time.Minute).UTC().Format(time.RFC3339)) // a stop that is over is none any more
	st.needy = map[personDate]bool{}
	var wanted []parts.PartID
	for _, r := range rows {
		st.needy[personDate{r.Engineer, r.Day}] = true
		wanted = append(wanted, r.Part)
		h.texts(string(r.Visit), string(r.Engineer), r.Day, string(r.Order), string(r.Part), string(r.Place), strconv.FormatInt(r.Quantity, 10))
	}
	slices.Sort(wanted)
	stock, err := s.orders.Parts.Stock(ctx, q, nil, slices.Compact(wanted))
	if err != nil {
		return err
	}
	for _, x := range stock {
		h.texts(string(x.Place), string(x.Part), strconv.FormatInt(x.OnHand, 10), strconv.FormatInt(x.Reserved, 10))
	}
	sum := h.digest()
	st.needs = hex.EncodeToString(sum[:])
	return nil
}

// Fetch is a stop of an engineer at the store of his outlet, for parts and tools that his visits need. Where it begins and ends at the
// same instant, the day begins there: it is no stop of its own.
type Fetch struct {
	Engineer workforce.EngineerID
	OutletID outlets.ID
	Outlet   string // its name
	Point    geo.Point
	Start    time.Time
	End      time.Time
	Way      time.Duration // to it
	Visits   []orders.VisitID
	Parts    []planner.PartCode // and tools
	// ToolNames are what the tools are called, of somebody's own stops.
	ToolNames []string
}

// Stop tells whether he has to go there.
func (f *Fetch) Stop() bool { return f.End.After(f.Start) }

// stops are those of the visits, by start.
func (w *world) stops() []Fetch {
	out := []Fetch{}
	for _, f := range w.fetches {
		o := w.outlets[outlets.ID(f.Outlet)]
		one := Fetch{
			Engineer: workforce.EngineerID(f.Engineer), OutletID: o.ID, Outlet: o.Name, Point: o.Point, Start: f.Start, End: f.End, Parts: f.Parts,
			Visits: []orders.VisitID{},
		}
		for _, j := range f.Jobs {
			if id := visitOf(planner.Assignment{Job: j}); id != "" {
				one.Visits = append(one.Visits, id)
			}
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Fetch) int { return a.Start.Compare(b.Start) })
	return out
}

// lacking are visits that an engineer leads without the parts or tools that they need.
func (w *world) lacking(list []orders.Visit, lead workforce.EngineerID) []orders.VisitID {
	out := []orders.VisitID{}
	for _, v := range list {
		if v.Lead() == lead && slices.Contains(w.short, planner.JobID(visitPrefix+string(v.ID))) {
			out = append(out, v.ID)
		}
	}
	return out
}

// Stops are the stops at counters of the acting engineer's own day.
func (s *Service) Stops(ctx context.Context, date calendar.Date) ([]Fetch, error) {
	id := workforce.EngineerID(access.From(ctx).EngineerID)
	if id == "" {
		return nil, problem.ErrForbidden.With()
	}
	e, err := s.workforce.Get(systemContext(ctx), s.db, id)
	if err != nil {
		return nil, err
	}
	w, err := s.look(systemContext(ctx), s.db, worldInput{people: []workforce.Engineer{e}, from: date, to: date})
	if err != nil || w.supplies == nil {
		return []Fetch{}, err
	}
	if err := s.ways(ctx, w); err != nil {
		return nil, err
	}
	out := w.stops()
	for i := range out {
		_, tools := planner.Split(out[i].Parts)
		out[i].ToolNames = w.catalog.ToolNames(access.From(ctx).Lang, catalog.ToolCodes(tools))
	}
	return out, nil
}
