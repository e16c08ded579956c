package dispatch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/customers"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// seenDay is an engineer's day as a planner sees it, whatever the numbers of the places.
type seenDay struct {
	Engineer planner.EngineerID
	Outlet   planner.OutletID
	Brands   []planner.BrandID
	Max      int
	Home     geo.Point
	Day      planner.Day
	Visits   []seenVisit
	Home2Job int32
}

type seenVisit struct {
	Job    planner.JobID
	Start  time.Time
	End    time.Time
	Frozen bool
	Point  geo.Point
	Home   int32 // seconds from home
	Next   int32 // seconds to the next visit
	Job2   int32 // seconds from the work that is placed
	Job3   int32 // and back to it
}

func seen(w *world, j planner.Job) string {
	at := func(p int) geo.Point {
		if p == planner.NoPlace {
			return geo.Point{}
		}
		return geo.Point{Lat: w.points[p].Lat, Lon: w.points[p].Lon}
	}
	leg := func(a, b int) int32 {
		if a == planner.NoPlace || b == planner.NoPlace {
			return -1
		}
		s, _ := w.Travel.At(a, b)
		return s
	}
	var out []seenDay
	for _, e := range w.Engineers {
		for _, d := range e.Days {
			day := seenDay{Engineer: e.ID, Outlet: e.Outlet, Brands: e.Brands, Max: e.MaxVisits, Home: at(e.Home), Day: d, Visits: []seenVisit{}, Home2Job: leg(e.Home, j.Place)}
			day.Day.Counter = nil // of no account to work that needs no part
			var list []planner.Visit
			for _, v := range w.Visits {
				if v.Date == d.Date && slices.Contains(v.Engineers, e.ID) {
					list = append(list, v)
				}
			}
			slices.SortFunc(list, func(a, b planner.Visit) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Job.ID, b.Job.ID)) })
			for i, v := range list {
				s := seenVisit{v.Job.ID, v.Start, v.End, v.Frozen, at(v.Job.Place), leg(e.Home, v.Job.Place), -1, leg(j.Place, v.Job.Place), leg(v.Job.Place, j.Place)}
				if i+1 < len(list) {
					s.Next = leg(v.Job.Place, list[i+1].Job.Place)
				}
				day.Visits = append(day.Visits, s)
			}
			out = append(out, day)
		}
	}
	slices.SortFunc(out, func(a, b seenDay) int {
		return cmp.Or(cmp.Compare(a.Engineer, b.Engineer), cmp.Compare(a.Day.Date, b.Day.Date))
	})
	text, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// sameWorld fails unless the days in memory are those of the database.
func (f *fixture) sameWorld(after string, o orders.Order, paths []string, from, to calendar.Date) {
	f.t.Helper()
	windows := []planner.Span{{From: at(int(from-today), 9, 0), To: at(int(from-today), 11, 0)}, {From: at(int(to-today), 9, 0), To: at(int(to-today), 11, 0)}}
	loc := f.own.Location()
	people, err := f.peopleOf(f.ctx, f.d, paths)
	f.must(err)
	fresh, j, err := f.jobWorld(f.ctx, f.d, o, people, windows, loc)
	f.must(err)
	kept, k, err := f.outletsWorld(f.ctx, f.d, o, paths, windows, loc)
	f.must(err)
	if kept.ways == nil {
		f.t.Fatal("not from memory")
	}
	if a, b := seen(fresh, j), seen(kept, k); a != b {
		f.t.Fatalf("after %s the days in memory are not those of the database:\n%s", after, firstDifference(a, b))
	}
	fresh.Now = f.d.Now().Add(time.Minute - 1).Truncate(time.Minute).Add(f.policy.Lead).Truncate(time.Second)
	want, err := f.planner.Slots(f.ctx, fresh.Snapshot, planner.SlotQuery{Job: j, Windows: windows})
	f.must(err)
	for _, turn := range []string{"worked out", "worked out before"} {
		_, got, err := f.slotsOf(f.ctx, f.d, o, paths, windows, loc)
		f.must(err)
		if a, b := fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got); a != b {
			f.t.Fatalf("after %s the slots as %s are not those of the database:\n%s", after, turn, firstDifference(a, b))
		}
	}
}

func firstDifference(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	cut := func(s string) string { return s[max(0, min(len(s), n)-300):min(len(s), n+200)] }
	return "database: " + cut(a) + "\n\nmemory: " + cut(b)
}

// TestDaysInMemory: whatever is done, the days in memory are those that are read.
func TestDaysInMemory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				f := newFixture(t, d)
				m := newMill(f, seed)
				done := map[string]bool{}
				for range 70 {
					act := m.turn()
					if what, ok := strings.CutSuffix(act, ": <nil>"); ok {
						done[what] = true
					}
					f.sameWorld(act, m.probe, []string{"/own/", "/hz/", "/yu/"}, today, today+4)
					if m.r.IntN(4) == 0 {
						f.sameWorld(act, m.probe, []string{"/own/"}, today+2, today+3)
					}
				}
				if len(done) < 10 {
					t.Errorf("only these were done, all else was refused: %v", done)
				}
				if st := f.CacheStats(); st.Hits == 0 || st.Misses == 0 || st.Days == 0 {
					t.Errorf("the cache did nothing: %+v", st)
				}
			})
		})
	}
}

// mill does random acts on a fixture, each of those that change what somebody has to do or may do.
type mill struct {
	*fixture
	r       *rand.Rand
	crew    []workforce.EngineerID
	waiting []orders.ID
	holds   []string
	visits  []orders.VisitID
	away    map[workforce.EngineerID][]workforce.AbsenceID
	probe   orders.Order
	board   parts.Part
}

func newMill(f *fixture, seed uint64) *mill {
	m := &mill{fixture: f, r: rand.New(rand.NewPCG(seed, 1)), crew: []workforce.EngineerID{f.zhao.ID, f.qian.ID, f.li.ID, f.sun.ID}, away: map[workforce.EngineerID][]workforce.AbsenceID{}}
	m.probe = f.order(f.one)
	m.board = f.part("PCB-1")
	for range 12 {
		m.waiting = append(m.waiting, m.spot().ID)
	}
	return m
}

func (m *mill) spot() orders.Order {
	o := m.orderAt(geo.Point{Lat: 30.2 + m.r.Float64()/8, Lon: 120.05 + m.r.Float64()/6, Datum: geo.WGS84})
	m.opened = append(m.opened, o.ID)
	return o
}

func one1[T any](m *mill, list []T) (T, bool) {
	var zero T
	if len(list) == 0 {
		return zero, false
	}
	return list[m.r.IntN(len(list))], true
}

// turn does one act; refusals are as good as any.
// part1 reserves a part for an order that has a visit, in a van or in a store, or brings it to another place.
func (m *mill) part1() string {
	id, ok := one1(m, m.visits)
	if !ok {
		return "no visit"
	}
	v, err := m.orders.FindVisit(m.ctx, m.d, id)
	m.must(err)
	place, _ := one1(m, []parts.PlaceID{parts.VanPlace(string(m.crew[0])), parts.VanPlace(string(m.crew[1])), parts.OutletPlace(m.own.ID), parts.OutletPlace(m.hz.ID)})
	switch m.r.IntN(3) {
	case 0:
		_, err = m.orders.Parts.Receive(m.ctx, parts.StockInput{Place: place, Part: m.board.ID, Qty: 1})
		return fmt.Sprint("receive: ", err)
	case 1:
		lines, err := m.orders.ReservedParts(m.ctx, m.d, v.OrderIDs())
		m.must(err)
		if l, ok := one1(m, lines); ok {
			_, err = m.orders.ReleasePart(m.ctx, orders.PartLineInput{ActInput: orders.ActInput{ID: l.OrderID}, Line: l.ID})
			return fmt.Sprint("release part: ", err)
		}
	}
	_, err = m.orders.ReservePart(m.ctx, orders.ReservePartInput{ActInput: orders.ActInput{ID: v.OrderIDs()[0]}, Part: orders.PartUse{Part: m.board.ID, Place: place, Quantity: 1}})
	return fmt.Sprint("reserve part: ", err)
}

// turn does one act; refusals are as good as any.
func (m *mill) turn() string {
	acts := []func() string{
		m.hold1, m.hold1, m.take1, m.release1, m.assign1, m.assign1, m.move1, m.unassign1, m.field1, m.field1, m.absence1, m.shifts1, m.edit1, m.state1, m.hours1, m.wait1, m.cancel1, m.place1, m.part1, m.part1, m.part1,
	}
	return acts[m.r.IntN(len(acts))]()
}

func (m *mill) time() time.Time { return at(m.r.IntN(5), 8+m.r.IntN(9), 10*m.r.IntN(6)) }

func (m *mill) hold1() string {
	id, _ := one1(m, m.waiting)
	from := at(m.r.IntN(5), []int{8, 10, 13, 15}[m.r.IntN(4)], 0)
	h, err := m.Hold(m.ctx, HoldInput{Order: id, From: from, To: from.Add(2 * time.Hour), For: time.Duration(1+m.r.IntN(10)) * time.Minute})
	if err == nil {
		m.holds = append(m.holds, h.ID)
	}
	return fmt.Sprint("hold: ", err)
}

func (m *mill) take1() string {
	id, _ := one1(m, m.holds)
	_, err := m.Take(m.ctx, TakeInput{Hold: id, ChangedBy: "customer"})
	return fmt.Sprint("take: ", err)
}

func (m *mill) release1() string {
	id, _ := one1(m, m.holds)
	_, err := m.Release(m.ctx, ReleaseInput{Hold: id})
	return fmt.Sprint("release: ", err)
}

func (m *mill) assign1() string {
	id, _ := one1(m, m.waiting)
	e, _ := one1(m, m.crew[:2])
	v, err := m.Assign(m.ctx, AssignInput{Act: because("customer_wants_engineer"), Orders: []orders.ID{id}, Engineers: []workforce.EngineerID{e}, Start: m.time(), Override: true})
	if err == nil {
		m.visits = append(m.visits, v.Visit.ID)
		m.waiting = append(m.waiting, m.spot().ID)
	}
	return fmt.Sprint("assign: ", err)
}

func (m *mill) move1() string {
	v, _ := one1(m, m.visits)
	e, _ := one1(m, m.crew[:2])
	_, err := m.Move(m.ctx, MoveInput{Act: because("dispatcher_moves"), Visit: v, Engineers: []workforce.EngineerID{e}, Start: m.time()})
	return fmt.Sprint("move: ", err)
}

func (m *mill) unassign1() string {
	v, _ := one1(m, m.visits)
	_, err := m.Unassign(m.ctx, UnassignInput{Act: because("dispatcher_moves"), Visit: v})
	return fmt.Sprint("unassign: ", err)
}

func (m *mill) field1() string {
	id, ok := one1(m, m.visits)
	if !ok {
		return "no visit"
	}
	v, err := m.orders.FindVisit(m.ctx, m.d, id)
	m.must(err)
	in := orders.FieldInput{VisitInput: orders.VisitInput{ID: id}}
	ctx := access.With(m.ctx, access.Actor{Kind: access.User, ID: "field", EngineerID: string(v.Lead()), Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	switch v.State {
	case orders.VisitStatePlanned:
		_, err = m.orders.DispatchVisit(m.ctx, in.VisitInput)
	case orders.VisitStateDispatched:
		if m.r.IntN(2) == 0 {
			_, err = m.orders.Delay(ctx, orders.DelayInput{FieldInput: orders.FieldInput{VisitInput: orders.VisitInput{Act: because("traffic"), ID: id}}, By: 25 * time.Minute})
		} else {
			_, err = m.orders.AcceptVisit(ctx, in)
		}
	case orders.VisitStateAccepted:
		_, err = m.orders.Depart(ctx, orders.DepartInput{FieldInput: in})
	case orders.VisitStateTravelling:
		_, err = m.orders.Arrive(ctx, in)
	}
	return fmt.Sprint("field ", v.State, ": ", err)
}

func (m *mill) absence1() string {
	e, _ := one1(m, m.crew)
	if id, ok := one1(m, m.away[e]); ok && m.r.IntN(2) == 0 {
		_, err := m.workforce.CancelAbsence(m.ctx, workforce.CancelAbsenceInput{Engineer: e, ID: id})
		return fmt.Sprint("back: ", err)
	}
	start := m.time()
	a, err := m.workforce.AddAbsence(m.ctx, workforce.AddAbsenceInput{Engineer: e, Kind: "sick", Start: start, End: start.Add(time.Duration(1+m.r.IntN(40)) * time.Hour)})
	m.away[e] = append(m.away[e], a.ID)
	return fmt.Sprint("away: ", err)
}

func (m *mill) shifts1() string {
	id, _ := one1(m, m.crew)
	e, err := m.workforce.Get(m.ctx, m.d, id)
	m.must(err)
	plan := workforce.DayPlan{calendar.Hours(7+m.r.IntN(3), 0, 15+m.r.IntN(5), 0)}
	if m.r.IntN(2) == 0 {
		day := today + calendar.Date(m.r.IntN(5))
		p := &plan
		if m.r.IntN(3) == 0 {
			p = nil
		}
		_, err = m.workforce.SetDays(m.ctx, workforce.SetDaysInput{ID: id, Version: e.Version, Days: map[calendar.Date]*workforce.DayPlan{day: p}})
		return fmt.Sprint("shifts of a day: ", err)
	}
	var week workforce.Week
	for i := range week {
		week[i] = plan
	}
	_, err = m.workforce.SetWeek(m.ctx, workforce.SetWeekInput{ID: id, Version: e.Version, Week: &week})
	return fmt.Sprint("week: ", err)
}

func (m *mill) edit1() string {
	id, _ := one1(m, m.crew)
	e, err := m.workforce.Get(m.ctx, m.d, id)
	m.must(err)
	in := workforce.EditInput{ID: id, Version: e.Version}
	what := ""
	switch m.r.IntN(4) {
	case 0:
		p := geo.Point{Lat: 30.2 + m.r.Float64()/8, Lon: 120.1, Datum: geo.WGS84}
		in.StartPoint, what = &p, "home"
	case 1:
		in.Skills, what = e.Skills[m.r.IntN(len(e.Skills)):], "skills"
	case 2:
		n := m.r.IntN(6)
		in.MaxVisits, what = &n, "visits a day"
	default:
		if len(e.Certificates) == 0 {
			return "no certificate"
		}
		_, err := m.workforce.RemoveCertificate(m.ctx, workforce.RemoveCertificateInput{ID: id, Version: e.Version, Certificate: e.Certificates[0].ID})
		return fmt.Sprint("certificate: ", err)
	}
	_, err = m.workforce.Edit(m.ctx, in)
	return fmt.Sprint(what, ": ", err)
}

func (m *mill) state1() string {
	id, _ := one1(m, m.crew)
	in := workforce.ActInput{ID: id, Act: because("staff_long_absence")}
	if m.r.IntN(3) == 0 {
		to, _ := one1(m, []outlets.ID{m.own.ID, m.hz.ID})
		_, err := m.workforce.Move(m.ctx, workforce.MoveInput{ID: id, OutletID: to})
		return fmt.Sprint("to another outlet: ", err)
	}
	if _, err := m.workforce.Resume(m.ctx, in); err == nil {
		return "back at work"
	}
	_, err := m.workforce.Suspend(m.ctx, in)
	return fmt.Sprint("suspended: ", err)
}

func (m *mill) hours1() string {
	o, err := m.outlets.Get(m.ctx, m.d, m.own.ID)
	m.must(err)
	week := calendar.EveryDay(calendar.Hours(8, 0, 16+m.r.IntN(4), 0))
	_, err = m.outlets.SetHours(m.ctx, outlets.SetHoursInput{ID: o.ID, Version: o.Version, Hours: outlets.Hours{Weekly: &week}})
	return fmt.Sprint("hours: ", err)
}

// wait lets holds expire: nothing is written.
func (m *mill) wait1() string {
	m.advance(time.Duration(1+m.r.IntN(8)) * time.Minute)
	if m.r.IntN(3) == 0 {
		m.must(m.ExpireHolds(m.ctx))
	}
	return "time"
}

func (m *mill) cancel1() string {
	id, _ := one1(m, m.opened[1:])
	_, err := m.orders.Cancel(m.ctx, orders.ActInput{ID: id, Act: because("customer_withdrew")})
	m.must(m.OnOrder(m.ctx, id))
	return fmt.Sprint("cancel: ", err)
}

func (m *mill) place1() string {
	id, ok := one1(m, m.opened[1:])
	if !ok {
		return "no order"
	}
	o := m.get(id)
	p, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号8幢1502室", Point: &geo.Point{Lat: 30.3, Lon: 120.1 + m.r.Float64()/10, Datum: geo.WGS84}})
	m.must(err)
	_, err = m.orders.Edit(m.ctx, orders.EditInput{ID: id, Version: o.Version, Place: &p})
	m.must(m.OnOrder(m.ctx, id))
	return fmt.Sprint("place: ", err)
}

// The cache holds no more days than it may, and what was thrown out is read again.
func TestDaysBounded(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	f.cache = newDayCache(12)
	o := f.order(f.one)
	for i := range 6 {
		f.sameWorld(fmt.Sprint("round ", i), o, []string{"/own/", "/hz/", "/yu/"}, today+calendar.Date(i), today+calendar.Date(i)+3)
		if st := f.CacheStats(); st.Days > 12 {
			t.Fatalf("%d days in memory, 12 allowed", st.Days)
		}
	}
	if f.cached(d, today+200, today+201) || f.cached(d, today-30, today) {
		t.Error("days far away are kept")
	}
}
