package console

import (
	"context"
	"slices"
	"strconv"
	"time"

	"anxin/internal/dispatch"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/problem"
)

// maxMoves is how often a customer may have another time by himself: after that the centre talks to him.
const maxMoves = 3

// choosable are the states in which a customer may choose a time. A suspended order waits for something that no time helps.
var choosable = []orders.State{orders.StateReady, orders.StateOffered, orders.StateAccepted, orders.StateScheduled, orders.StateIncomplete}

// times is what a customer may do about the time of an order.
type times struct {
	Change bool // there is a promise or a visit, which the choice gives up
	Left   int64
	Open   bool // the windows were asked for
	Days   []timesDay
}

// timesDay are the windows of a day that can be promised.
type timesDay struct {
	Day     time.Time
	Windows []orders.Window
}

// movable tells what a customer may do about an order's time; nil: nothing. Who is on the way, or comes for other orders
// too, is not turned round by a button.
func movable(o orders.Order, visits []orders.Visit) *times {
	if !slices.Contains(choosable, o.State) {
		return nil
	}
	booked := false
	for _, v := range visits {
		if v.Open() && !v.Movable() {
			return nil
		}
		booked = booked || v.Open()
	}
	return &times{Change: booked || !o.Promised.IsZero(), Left: max(0, maxMoves-o.MovedCustomer)}
}

// May tells whether a choice is offered.
func (t *times) May() bool { return t != nil && (!t.Change || t.Left > 0) }

// showTimes finds the windows of the order whose times were asked for; it holds none of them.
func (s *Service) showTimes(ctx context.Context, p trackPage, id orders.ID) error {
	t, ok := p.timesOf(id)
	if !ok {
		return nil
	}
	t.Times.Open = true
	zone := s.at(p.Zone)
	list, err := s.Dispatch.Slots(ctx, id, 0)
	if problem.Match(err, dispatch.ErrNobody) {
		return nil // the page says that there is none
	}
	if err != nil {
		return err
	}
	for _, f := range list {
		w := orders.Window{From: f.From, To: f.To}
		if !f.Offered() || w == t.Order.Promised {
			continue
		}
		day := w.From.In(zone).Format(time.DateOnly)
		if n := len(t.Times.Days); n == 0 || t.Times.Days[n-1].Day.In(zone).Format(time.DateOnly) != day {
			t.Times.Days = append(t.Times.Days, timesDay{Day: w.From})
		}
		last := &t.Times.Days[len(t.Times.Days)-1]
		last.Windows = append(last.Windows, w)
	}
	return nil
}

// timesOf is the order of a page whose time may be chosen.
func (p trackPage) timesOf(id orders.ID) (trackOrder, bool) {
	for _, t := range p.Orders {
		if t.Order.ID == id && t.Times.May() && p.Case.Live() {
			return t, true
		}
	}
	return trackOrder{}, false
}

// chooseTime holds the window that was chosen and promises it. Only a window that is offered now can be chosen, whatever
// the form says. Another time than the one before is a change that the customer wanted, and the visit that was planned
// for it goes.
func (s *Service) chooseTime(ctx context.Context, p trackPage, form map[string]string) error {
	id := orders.ID(form["order"])
	from, errFrom := strconv.ParseInt(form["from"], 10, 64)
	to, errTo := strconv.ParseInt(form["to"], 10, 64)
	if errFrom != nil || errTo != nil {
		return problem.Field("time", problem.Required)
	}
	w := orders.Window{From: time.Unix(from, 0).UTC(), To: time.Unix(to, 0).UTC()}
	i := slices.IndexFunc(p.Orders, func(t trackOrder) bool { return t.Order.ID == id })
	switch {
	case i < 0:
		return problem.ErrNotFound
	case p.Orders[i].Order.Promised == w:
		return nil // said again
	}
	t, ok := p.timesOf(id)
	if !ok {
		return dispatch.ErrVisitFixed.With()
	}
	list, err := s.Dispatch.Slots(ctx, id, 0)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(f dispatch.Offer) bool { return f.Offered() && f.From.Equal(w.From) && f.To.Equal(w.To) }) {
		return dispatch.ErrNoCapacity.With()
	}
	h, err := s.Dispatch.Hold(ctx, dispatch.HoldInput{Order: id, From: w.From, To: w.To})
	if err != nil {
		return err
	}
	in := dispatch.TakeInput{Hold: h.ID, FreesVisit: true, Act: access.Act{Reason: "customer_reschedules"}}
	if !t.Order.Promised.IsZero() {
		in.ChangedBy = orders.ByCustomer
	}
	_, err = s.Dispatch.Take(ctx, in)
	return err
}
