package orders

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// errNothing ends a transaction of a duty that came too late to have anything to do.
var errNothing = errors.New("orders: nothing to do")

func nothing(err error) error {
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// SuspendInput lets an order wait.
type SuspendInput struct {
	ActInput
	WaitFor WaitFor // customer, part, approval, product_owner, force_majeure
}

// Suspend lets an order wait for somebody: planned visits are cancelled, the clocks of those not at fault
// stand still.
func (s *Service) Suspend(ctx context.Context, in SuspendInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	r, err := reasonFor(snap, "order.suspend", in.Act)
	if err != nil {
		return Order{}, err
	}
	if !clocks.WaitedFor(in.WaitFor).Known() {
		return Order{}, problem.Field("wait_for", problem.BadChoice)
	}
	return s.act(ctx, PermAct, "suspend", in.ActInput, s.suspend(r, in.WaitFor))
}

func (s *Service) suspend(r catalog.Reason, wait WaitFor) change {
	return func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("suspend"); err != nil {
			return nil, err
		}
		if err := s.endVisitsBut(ctx, tx, *o, "order_suspended", r.Responsibility, true, at); err != nil {
			return nil, err
		}
		out, err := s.outletOf(ctx, tx, *o)
		if err != nil {
			return nil, err
		}
		o.because(r)
		o.WaitFor = wait
		return func(f Fact) events.Event { return Suspended{f} }, o.suspend(out.Own(), at)
	}
}

// Resume takes a suspended order back to where it was.
func (s *Service) Resume(ctx context.Context, in ActInput) (Order, error) {
	return s.act(ctx, PermAct, "resume", in, s.resume)
}

func (s *Service) resume(_ context.Context, _ *db.Tx, o *Order, at time.Time) (tell, error) {
	return func(f Fact) events.Event { return Resumed{f} }, o.resume(at)
}

// ContinueInput lets an incomplete order go on.
type ContinueInput struct {
	ActInput
	ChangeOutlet bool // another outlet, or another skill, is needed
}

// Continue makes an incomplete order ready again. It stays with its outlet unless that must change.
func (s *Service) Continue(ctx context.Context, in ContinueInput) (Order, error) {
	return s.act(ctx, PermAct, "continue", in.ActInput, s.goOn(in.ChangeOutlet))
}

func (s *Service) goOn(changeOutlet bool) change {
	return func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("continue"); err != nil {
			return nil, err
		}
		if changeOutlet {
			if err := s.loseOutlet(ctx, tx, o, at); err != nil {
				return nil, err
			}
			o.Reassigned++
		}
		o.Kept, o.WaitFor = o.HasOutlet(), ""
		return func(f Fact) events.Event { return MadeReady{f} }, o.move("continue", StateReady, at)
	}
}

// Cancel ends an order whose work is not wanted any more. Parts are released, planned visits cancelled; a
// visit on site ends as failed.
func (s *Service) Cancel(ctx context.Context, in ActInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	r, err := reasonFor(snap, "order.cancel", in.Act)
	if err != nil {
		return Order{}, err
	}
	return s.act(ctx, PermAct, "cancel", in, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if err := o.allowed("cancel"); err != nil {
			return nil, err
		}
		if err := s.endVisits(ctx, tx, *o, "order_ended", r.Responsibility, at); err != nil {
			return nil, err
		}
		if f, err := openOffer(ctx, tx, o.ID); err == nil {
			f.Answer, f.AnsweredAt, f.Reason = AnswerCancelled, &at, string(r.Code)
			if err := answerOffer(ctx, tx, f); err != nil {
				return nil, err
			}
		} else if !errors.Is(err, ErrNotOffered) {
			return nil, err
		}
		if err := s.closeUp(ctx, tx, o, at); err != nil {
			return nil, err
		}
		o.because(r)
		o.WaitFor = ""
		if err := o.move("cancel", StateCancelled, at); err != nil {
			return nil, err
		}
		if err := s.Cases.EndWorkTx(ctx, tx, o.CaseID, recordKind, string(o.ID), at); err != nil {
			return nil, err
		}
		return func(f Fact) events.Event { return Cancelled{f} }, nil
	})
}

// closeUp ends what hangs on an order that is cancelled: wishes, reserved parts, quotes, charges nobody
// owes any more and the judgement of its promise.
func (s *Service) closeUp(ctx context.Context, tx *db.Tx, o *Order, at time.Time) error {
	endWishes(tx, o.ID, WishDropped, "")
	if err := s.releaseParts(ctx, tx, *o, at); err != nil {
		return err
	}
	if err := s.supersedeQuotes(ctx, tx, *o, at); err != nil {
		return err
	}
	if err := s.voidCharges(ctx, tx, *o, Charge.byRule); err != nil {
		return err
	}
	return s.judgeUnmet(ctx, tx, *o, at)
}

// Chase counts that the customer asked where we are.
func (s *Service) Chase(ctx context.Context, in ActInput) (Order, error) {
	return s.act(ctx, PermPromise, "chase", in, func(_ context.Context, _ *db.Tx, o *Order, _ time.Time) (tell, error) {
		if !o.Live() {
			return nil, ErrState.With("act", "chase", "state", string(o.State))
		}
		o.Chased++
		return func(f Fact) events.Event { return Edited{f} }, nil
	})
}

// ContactInput notes an attempt to reach the customer.
type ContactInput struct {
	ActInput
	Channel string // one of [Channels]
	Result  string // one of [AttemptResults]
}

// Channels of an attempt.
var Channels = []string{"call", "sms", "chat", "mail"}

// AttemptResults say how an attempt ended; "reached" meets the first-contact clock.
var AttemptResults = []string{"reached", "no_answer", "busy", "off", "wrong_number", "refused"}

// Contact notes an attempt to reach the customer about the visit. An engineer may, on his own orders.
func (s *Service) Contact(ctx context.Context, in ContactInput) (Order, error) {
	var f problem.Fields
	f.Check(slices.Contains(Channels, in.Channel), "channel", problem.BadChoice)
	f.Check(slices.Contains(AttemptResults, in.Result), "result", problem.BadChoice)
	if err := f.Err(); err != nil {
		return Order{}, err
	}
	note := in.Note
	in.Note = "" // kept with the attempt
	return s.actOn(ctx, PermPromise, "contact", in.ActInput, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if !o.Live() {
			return nil, ErrState.With("act", "contact", "state", string(o.State))
		}
		if err := s.noteContact(ctx, tx, *o, in.Channel, in.Result, note, at); err != nil {
			return nil, err
		}
		o.Attempts++
		if in.Result == "reached" && o.FirstContactAt == nil {
			o.FirstContactAt = &at
		}
		return func(f Fact) events.Event { return Edited{f} }, nil
	})
}

func (s *Service) noteContact(ctx context.Context, tx *db.Tx, o Order, channel, result, note string, at time.Time) error {
	if note == "" {
		actor := access.From(ctx)
		insertAttempt(tx, Attempt{
			ID: db.NewID(), OrderID: o.ID, Channel: channel, Result: result, Actor: actor.Kind + ":" + actor.ID, OccurredAt: at, RecordedAt: tx.Now(),
		})
		return nil
	}
	return s.noteTx(ctx, tx, o, channel, result, note, at)
}

// actOn is [Service.act] for acts that an engineer may do on orders of his own visits as well.
func (s *Service) actOn(ctx context.Context, perm, name string, in ActInput, do change) (Order, error) {
	actor := access.From(ctx)
	if actor.Permissions.Has(perm) {
		return s.act(ctx, perm, name, in, do)
	}
	if err := access.Require(ctx, PermField); err != nil {
		return Order{}, access.Require(ctx, perm)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Order, error) {
		o, err := s.findOwn(ctx, tx, in.ID)
		if err != nil {
			return Order{}, err
		}
		return s.actAndPost(ctx, tx, o, name, in.Act, do)
	})
}

// RevealInput asks for the number to call about an order.
type RevealInput struct {
	ID     ID
	Reason string // one of customers.RevealReasons
}

// Revealed is whom to call and where to go, in the clear.
type Revealed struct {
	Name    string
	Phone   string
	Address string
	Access  string // how to get in
}

// Reveal shows whom to call about an order, the contact on site, else the customer, and the whole address.
// Each look is audited and counted. An engineer sees it only for his own orders, on the day before and the day of the visit.
func (s *Service) Reveal(ctx context.Context, in RevealInput) (Revealed, error) {
	actor := access.From(ctx)
	field := !actor.Permissions.Has(PermRead)
	if field {
		if err := access.Require(ctx, PermField); err != nil {
			return Revealed{}, err
		}
	} else if !actor.Permissions.Has(customers.PermReveal) {
		return Revealed{}, access.Require(ctx, customers.PermReveal)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Revealed, error) {
		var o Order
		var err error
		if field {
			if o, err = s.findOwn(ctx, tx, in.ID); err != nil {
				return Revealed{}, err
			}
			if err := s.nearVisit(ctx, tx, o); err != nil {
				return Revealed{}, err
			}
		} else if o, err = findOrder(ctx, tx, actor.Scope, in.ID); err != nil {
			return Revealed{}, err
		}
		who, err := s.contactOf(ctx, tx, o)
		if err != nil && !errors.Is(err, ErrNoContact) {
			return Revealed{}, err
		}
		texts, err := s.TextsOf(ctx, tx, []Order{o})
		if err != nil {
			return Revealed{}, err
		}
		who.Address, who.Access = texts[o.ID].Place.Text, texts[o.ID].Place.Access
		if who.Phone == "" && who.Address == "" {
			return Revealed{}, ErrNoContact
		}
		err = s.Customers.RevealTx(ctx, tx, customers.RevealInput{Kind: recordKind, Record: string(o.ID), Field: "contact", Reason: in.Reason})
		return who, err
	})
}

// contactOf is whom to call: the contact on site, the caller, else the customer.
func (s *Service) contactOf(ctx context.Context, q db.Querier, o Order) (Revealed, error) {
	texts, err := s.TextsOf(ctx, q, []Order{o})
	if err != nil {
		return Revealed{}, err
	}
	for _, p := range []Person{texts[o.ID].Parties.OnSite, texts[o.ID].Parties.Caller, texts[o.ID].Parties.Owner} {
		if p.Phone != "" {
			return Revealed{Name: p.Name, Phone: p.Phone}, nil
		}
	}
	if o.CustomerID != "" {
		c, err := s.Customers.Get(ctx, q, o.CustomerID)
		if err != nil {
			return Revealed{}, err
		}
		if phone := c.PrimaryPhone(); phone != "" {
			return Revealed{Name: c.Name, Phone: phone}, nil
		}
	}
	c, err := s.Cases.Find(access.AsSystem(ctx, "orders.contact"), q, o.CaseID)
	if err != nil {
		return Revealed{}, err
	}
	raw, err := s.Keys.Open(ctx, q, c.KeyID, c.Contact)
	if err != nil || raw == "" {
		return Revealed{}, errors.Join(ErrNoContact, err)
	}
	var t cases.Contact
	if err := json.Unmarshal([]byte(raw), &t); err != nil || t.Phone == "" {
		return Revealed{}, errors.Join(ErrNoContact, err)
	}
	return Revealed{Name: t.Name, Phone: t.Phone}, nil
}

// nearVisit refuses an engineer who is not due at the place today or tomorrow.
func (s *Service) nearVisit(ctx context.Context, q db.Querier, o Order) error {
	list, err := visitsOfOrder(ctx, q, o.ID)
	if err != nil {
		return err
	}
	now := q.Now()
	for _, v := range list {
		if v.Open() && v.member(engineerOf(ctx)) >= 0 && now.After(v.Start.Add(-36*time.Hour)) && now.Before(v.End.Add(12*time.Hour)) {
			return nil
		}
	}
	return ErrRevealDay
}
