package orders

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/ledger"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/search"
	"anxin/internal/tariffs"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// Deps are what the service stands on.
type Deps struct {
	DB      *db.DB
	Numbers *db.Numbers
	Keys    *crypt.Keys
	Files   *files.Service
	Search  *search.Service
	// Identity makes and compares codes, and makes the links in messages.
	Identity *identity.Service
	// Notify sends messages to customers; nil sends none.
	Notify *notify.Service

	Catalog     *catalog.Service
	Outlets     *outlets.Service
	Customers   *customers.Service
	Clocks      *clocks.Service
	Ledger      *ledger.Service
	Units       *units.Service
	Workforce   *workforce.Service
	Parts       *parts.Service
	Entitlement *entitlement.Service
	Tariffs     *tariffs.Service
	Cases       *cases.Service

	Policy Policy
}

// Policy is what an operator may tune.
type Policy struct {
	OfferFor   time.Duration // how long an outlet may think; 2 h when 0, a quarter of it for P1
	SilentFor  time.Duration // a customer's silence that posts an order; 7 days when 0
	QuoteFor   time.Duration // how long a quote stands; 3 days when 0
	RepeatDays int           // window of a repeat where the service type names none; 30 when 0
}

func (p Policy) orDefault() Policy {
	if p.OfferFor == 0 {
		p.OfferFor = 2 * time.Hour
	}
	if p.SilentFor == 0 {
		p.SilentFor = 7 * 24 * time.Hour
	}
	if p.QuoteFor == 0 {
		p.QuoteFor = 3 * 24 * time.Hour
	}
	if p.RepeatDays == 0 {
		p.RepeatDays = 30
	}
	return p
}

// Service is what one can do with orders.
type Service struct {
	Deps
	db *db.DB
}

// New makes the service.
func New(d Deps) *Service {
	d.Policy = d.Policy.orDefault()
	return &Service{Deps: d, db: d.DB}
}

// Get returns an order that the actor sees; an engineer those of his visits.
func (s *Service) Get(ctx context.Context, id ID) (Order, error) {
	if a := access.From(ctx); !a.Permissions.Has(PermRead) && a.Permissions.Has(PermField) {
		return s.findOwn(ctx, s.db, id)
	}
	if err := access.Require(ctx, PermRead); err != nil {
		return Order{}, err
	}
	return findOrder(ctx, s.db, access.From(ctx).Scope, id)
}

// Find reads an order within the actor's scope, for higher modules.
func (s *Service) Find(ctx context.Context, q db.Querier, id ID) (Order, error) {
	return findOrder(ctx, q, access.From(ctx).Scope, id)
}

// ByIDs reads the orders of ids that the actor sees, in one query a 500.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []ID) (map[ID]Order, error) {
	return ordersByIDs(ctx, q, access.From(ctx).Scope, ids)
}

// OfCase reads the orders of a case that the actor sees, oldest first.
func (s *Service) OfCase(ctx context.Context, q db.Querier, id cases.ID) ([]Order, error) {
	list, err := ordersOfCase(ctx, q, id)
	if err != nil {
		return nil, err
	}
	out := []Order{}
	scope := access.From(ctx).Scope
	for _, o := range list {
		if scope.Sees(string(o.BrandID), o.OutletPath) {
			out = append(out, o)
		}
	}
	return out, nil
}

// List reads one page of orders and one row more, which tells whether there is another page.
func (s *Service) List(ctx context.Context, f Filter) ([]Order, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listOrders(ctx, s.db, access.From(ctx).Scope, f)
}

// Select reads orders within the actor's scope, for higher modules.
func (s *Service) Select(ctx context.Context, q db.Querier, f Filter) ([]Order, error) {
	return listOrders(ctx, q, access.From(ctx).Scope, f)
}

// CountUnplanned counts what is to be planned, of those orders that a filter names; see [Filter].
func (s *Service) CountUnplanned(ctx context.Context, q db.Querier, f Filter) (int64, error) {
	return countUnplanned(ctx, q, access.From(ctx).Scope, f)
}

// Promises lists what was promised for an order, oldest first, with the verdicts.
func (s *Service) Promises(ctx context.Context, q db.Querier, id ID) ([]Promise, error) {
	return listPromises(ctx, q, id)
}

// Offers lists whom an order was offered to; an outlet sees the offers to itself.
func (s *Service) Offers(ctx context.Context, q db.Querier, id ID) ([]Offer, error) {
	return listOffers(ctx, q, access.From(ctx).Scope, id)
}

// OpenOffers lists the offers in scope that wait for an answer, the first to expire first.
func (s *Service) OpenOffers(ctx context.Context, q db.Querier, outlet outlets.ID, limit int) ([]Offer, error) {
	return outletOffers(ctx, q, access.From(ctx).Scope, outlet, limit)
}

// Wishes lists what visits left undone on an order, oldest first.
func (s *Service) Wishes(ctx context.Context, q db.Querier, id ID) ([]Wish, error) {
	return listWishes(ctx, q, id)
}

// OpenWishes lists the visits that orders in scope still need, oldest first, after a wish.
func (s *Service) OpenWishes(ctx context.Context, q db.Querier, after time.Time, afterID WishID, limit int) ([]Wish, error) {
	return openWishes(ctx, q, access.From(ctx).Scope, after, afterID, limit)
}

// Attempts lists the tries to reach the customer of an order.
func (s *Service) Attempts(ctx context.Context, q db.Querier, id ID) ([]Attempt, error) {
	return listAttempts(ctx, q, id)
}

// Proof reads what was handed in for an order, its texts opened.
func (s *Service) Proof(ctx context.Context, q db.Querier, id ID) (Proof, error) {
	return proofOf(ctx, q, id, s.Keys)
}

// Texts are an order's opened texts.
type Texts struct {
	Place   customers.Place
	Parties Parties
	Note    string
	Erased  bool // the person's key was destroyed
}

// Lookup finds orders by text: their number, or the id that another system gave them, whole.
func (s *Service) Lookup(ctx context.Context, text string, limit int) ([]Order, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	res, err := s.Search.Query(ctx, search.Query{
		Kinds: []string{recordKind}, Text: text, Limit: limit, Scope: search.ScopeOf(scope),
	})
	if err != nil {
		return nil, err
	}
	ids := make([]ID, len(res.Hits))
	for i, h := range res.Hits {
		ids[i] = ID(h.ID)
	}
	found, err := ordersByIDs(ctx, s.db, scope, ids)
	if err != nil {
		return nil, err
	}
	out := []Order{}
	for _, id := range ids {
		if o, ok := found[id]; ok {
			out = append(out, o)
		}
	}
	return out, nil
}

// TextsOf opens the sealed texts of orders, with one query for their keys. The caller was allowed to read
// them.
func (s *Service) TextsOf(ctx context.Context, q db.Querier, list []Order) (map[ID]Texts, error) {
	in := make([]crypt.Sealed, 0, 3*len(list))
	for _, o := range list {
		in = append(in, crypt.Sealed{Key: o.KeyID, Data: o.Place}, crypt.Sealed{Key: o.KeyID, Data: o.Parties}, crypt.Sealed{Key: o.KeyID, Data: o.Note})
	}
	opened, err := s.Keys.OpenMany(ctx, q, in)
	if err != nil {
		return nil, err
	}
	out := make(map[ID]Texts, len(list))
	for i, o := range list {
		t := Texts{Note: opened[3*i+2].Text, Erased: opened[3*i].Erased || opened[3*i+1].Erased}
		if raw := opened[3*i].Text; raw != "" {
			if err := json.Unmarshal([]byte(raw), &t.Place); err != nil {
				return nil, fmt.Errorf("place of order %s: %w", o.ID, err)
			}
		}
		if raw := opened[3*i+1].Text; raw != "" {
			if err := json.Unmarshal([]byte(raw), &t.Parties); err != nil {
				return nil, fmt.Errorf("parties of order %s: %w", o.ID, err)
			}
		}
		out[o.ID] = t
	}
	return out, nil
}

// trail is what the audit keeps of an order: codes and ids.
func (o Order) trail() map[string]any {
	m := map[string]any{"state": o.State, "version": o.Version}
	add := func(k, v string) {
		if v != "" {
			m[k] = v
		}
	}
	add("resume_to", string(o.ResumeTo))
	add("outlet", string(o.OutletID))
	add("customer", string(o.CustomerID))
	add("unit", string(o.UnitID))
	add("service_type", string(o.ServiceType))
	add("symptom", string(o.Symptom))
	add("cause", string(o.Cause))
	add("action", string(o.Action))
	add("promise", string(o.PromiseID))
	add("wait_for", string(o.WaitFor))
	add("review", string(o.Review))
	add("callback", string(o.Callback))
	add("responsibility", string(o.Blame))
	add("repeat_of", string(o.RepeatOf))
	add("rework_of", string(o.ReworkOf))
	add("sign", string(o.Sign))
	if o.Held {
		m["held"] = true
	}
	return m
}

func (o Order) fact(at time.Time) Fact {
	return Fact{
		Head:   events.Head{ID: string(o.ID), Version: o.Version, OccurredAt: at, BrandID: string(o.BrandID), OutletPath: o.OutletPath},
		Number: o.Number, CaseID: o.CaseID, State: o.State, ServiceType: string(o.ServiceType), Category: string(o.Category),
		CustomerID: string(o.CustomerID), UnitID: string(o.UnitID), OutletID: string(o.OutletID), Priority: string(o.Priority),
		Reason: o.Reason, Blame: string(o.Blame), RepeatOf: o.RepeatOf, ReworkOf: o.ReworkOf,
	}
}

func (v Visit) fact(at time.Time) VisitFact {
	engineers := make([]string, len(v.Members))
	for i, m := range v.Members {
		engineers[i] = string(m.EngineerID)
	}
	return VisitFact{
		Head:   events.Head{ID: string(v.ID), Version: v.Version, OccurredAt: at, BrandID: string(v.BrandID), OutletPath: v.OutletPath},
		Number: v.Number, State: v.State, Orders: v.OrderIDs(), Engineers: engineers, Start: v.Start, End: v.End, Day: v.Day.String(),
		Reason: v.Reason, Blame: string(v.Blame),
	}
}

func (v Visit) trail() map[string]any {
	engineers := make([]string, len(v.Members))
	for i, m := range v.Members {
		engineers[i] = string(m.EngineerID)
	}
	m := map[string]any{"state": v.State, "version": v.Version, "start": v.Start, "end": v.End, "orders": v.OrderIDs(), "engineers": engineers}
	if v.Distance != nil {
		m["distance"] = *v.Distance
	}
	for _, o := range v.Orders {
		if o.Outcome != "" {
			m["outcome."+string(o.OrderID)] = o.Outcome
		}
	}
	return m
}
