package maintenance

import (
	"context"
	"strconv"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// VisitInput asks for the remedy of one unit.
type VisitInput struct {
	access.Act
	ID      UnitID
	Order   orders.ID // one that is there already, instead of a new one
	Address string    // where the unit stands, if that is not known or has changed
	Phone   string    // to be called at, if it is another than the customer's
	Channel cases.Channel
}

// AskVisit makes the case and the order that remedy a unit, at the firm's cost, for staff.
func (s *Service) AskVisit(ctx context.Context, in VisitInput) (Unit, error) {
	if err := access.Require(ctx, PermAct); err != nil {
		return Unit{}, err
	}
	if in.Channel == "" {
		in.Channel = cases.Phone
	}
	return s.visit(ctx, access.From(ctx).Scope, in)
}

// AskVisitByLink is [Service.AskVisit] for the customer, who holds the link of a notice: the caller has compared it.
func (s *Service) AskVisitByLink(ctx context.Context, in VisitInput) (Unit, error) {
	in.Order, in.Channel = "", cases.Web
	return s.visit(access.AsSystem(ctx, "maintenance.link"), access.Everything, in)
}

func (in *VisitInput) check() (*customers.Place, error) {
	var f problem.Fields
	in.Address, in.Phone = strings.TrimSpace(in.Address), strings.TrimSpace(in.Phone)
	checkText(&f, "address", in.Address, 500)
	checkText(&f, "note", in.Note, 2000)
	if in.Phone != "" {
		_, ok := crypt.NormalizePhone(in.Phone)
		f.Check(ok, "phone", problem.BadFormat)
	}
	if err := f.Err(); err != nil || in.Address == "" {
		return nil, err
	}
	p, err := customers.PlaceOf(customers.AddressInput{Text: in.Address})
	if err != nil {
		return nil, err
	}
	if p.Division == "" {
		return nil, problem.Field("address", problem.BadFormat)
	}
	return &p, nil
}

func (s *Service) visit(ctx context.Context, scope access.Scope, in VisitInput) (Unit, error) {
	place, err := in.check()
	if err != nil {
		return Unit{}, err
	}
	caseNumber, err := s.Cases.NextNumber(ctx)
	if err != nil {
		return Unit{}, err
	}
	orderNumber, err := s.Orders.NextNumber(ctx)
	if err != nil {
		return Unit{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Unit, error) {
		u, err := findUnit(ctx, tx, scope, in.ID)
		if err != nil {
			return Unit{}, err
		}
		if done, err := seen(ctx, tx, string(u.ID), in.OperationID); done || err != nil || u.State == Appointment && in.Order == "" {
			return u, err // asked for already
		}
		a := access.From(ctx)
		at, err := in.At(a.Origin, tx.Now())
		if err != nil {
			return Unit{}, err
		}
		c, err := findCampaign(ctx, tx, access.Everything, u.Campaign)
		if err != nil {
			return Unit{}, err
		}
		if c.State != Started && c.State != Closed { // what was found stays free of charge after the end, too
			return Unit{}, ErrNotRunning
		}
		if _, err := step(UnitTransitions, "appoint", u.State, ""); err != nil {
			return Unit{}, err
		}
		o, err := s.orderTx(ctx, tx, c, u, in, place, caseNumber, orderNumber)
		if err != nil {
			return Unit{}, err
		}
		remember(tx, string(u.ID), in.OperationID, "appoint", a.Kind+":"+a.ID, at)
		return s.appointTx(ctx, tx, c, u, o, at)
	})
}

// orderTx finds the order that was named, or makes a case and an order for the remedy.
func (s *Service) orderTx(ctx context.Context, tx *db.Tx, c Campaign, u Unit, in VisitInput, place *customers.Place, caseNumber, orderNumber string) (orders.Order, error) {
	if in.Order != "" {
		o, err := s.Orders.Find(ctx, tx, in.Order)
		if err != nil && problem.CodeOf(err).Kind == problem.NotFound {
			return o, problem.Field("order_id", problem.Unknown)
		}
		aliases, errUnit := s.Units.Aliases(ctx, tx, u.Unit)
		if err != nil || errUnit != nil {
			return o, firstOf(err, errUnit)
		}
		for _, id := range aliases {
			if o.UnitID == id && o.Live() && o.CompletedAt == nil {
				return o, nil
			}
		}
		return o, problem.Field("order_id", ErrOrder)
	}
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return orders.Order{}, err
	}
	unit, err := s.Units.Get(ctx, tx, u.Unit)
	if err != nil {
		return orders.Order{}, err
	}
	cu, known, err := s.ownerOf(ctx, tx, unit)
	if err != nil {
		return orders.Order{}, err
	}
	lang := cu.Lang
	if place == nil {
		if place, err = s.placeOf(ctx, tx, unit, cu); err != nil {
			return orders.Order{}, err
		}
	}
	if st, _ := snap.ServiceType(c.ServiceType); place == nil && st.Mode == catalog.ModeVisit {
		return orders.Order{}, problem.Field("address", ErrNoPlace)
	}
	open := cases.OpenInput{
		Act: access.Act{Note: in.Note}, Type: cases.Request, BrandID: c.Brand, UnitID: unit.ID, Category: unit.Category, ServiceType: c.ServiceType, Channel: in.Channel,
		Summary: c.Number + " " + c.Title.In(lang), Detail: strings.TrimSpace(c.Remedy.In(lang) + "\n" + in.Note), Contact: cases.Contact{Phone: in.Phone}, Place: place,
		Impact: 2, Urgency: 2,
	}
	if known {
		open.CustomerID = unit.Owner
	}
	if r := []rune(open.Summary); len(r) > 200 {
		open.Summary = string(r[:200])
	}
	if err := open.Check(snap); err != nil {
		return orders.Order{}, err
	}
	k, err := s.Cases.OpenTx(ctx, tx, caseNumber, snap, open)
	if err != nil {
		return orders.Order{}, err
	}
	parties := orders.Parties{}
	if in.Phone != "" {
		parties.OnSite = orders.Person{Phone: in.Phone}
	}
	return s.Orders.CreateTx(ctx, tx, orderNumber, orders.CreateInput{
		CaseID: k.ID, UnitID: unit.ID, ServiceType: c.ServiceType, Category: unit.Category, Payer: catalog.PayBrand, Place: place, Parties: parties,
		Instruct: s.instructions(ctx, tx, c, lang), Release: true,
	})
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// placeOf is where the remedy is done: where the unit stands, else where its owner lives; nil when neither is known.
func (s *Service) placeOf(ctx context.Context, q db.Querier, unit units.Unit, cu customers.Customer) (*customers.Place, error) {
	p, err := s.Units.Place(ctx, q, unit.ID)
	if err != nil || p.Division != "" || cu.ID == "" {
		if p.Division == "" {
			return nil, err
		}
		return &p, err
	}
	list, err := s.Customers.Addresses(ctx, q, cu.ID)
	for _, a := range list {
		if p := a.Place(); err == nil && !a.Erased && p.Division != "" {
			return &p, nil
		}
	}
	return nil, err
}

// instructions tell the engineer what is done, and what it takes.
func (s *Service) instructions(ctx context.Context, q db.Querier, c Campaign, lang string) string {
	var b strings.Builder
	b.WriteString(c.Number + " " + c.Title.In(lang) + "\n" + c.Remedy.In(lang))
	for _, n := range c.Parts {
		if p, err := s.Parts.Get(ctx, q, n.Part); err == nil {
			b.WriteString("\n" + p.Code + " " + nameOfPart(p, lang) + " × " + strconv.FormatInt(n.Quantity, 10))
		}
	}
	r := []rune(b.String())
	return string(r[:min(len(r), 2000)])
}

// Asked is what the page behind a notice's link shows.
type Asked struct {
	Campaign Campaign
	Unit     Unit
	Product  units.Unit
	Place    string // masked; empty while unknown
	Known    bool   // the owner is known
	CanAsk   bool   // a visit can be asked for
}

// AskedBy reads what the page behind a notice's link shows; the caller has compared the link.
func (s *Service) AskedBy(ctx context.Context, id UnitID) (Asked, error) {
	u, err := findUnit(ctx, s.db, access.Everything, id)
	if err != nil {
		return Asked{}, err
	}
	out := Asked{Unit: u}
	if out.Campaign, err = findCampaign(ctx, s.db, access.Everything, u.Campaign); err != nil {
		return out, err
	}
	if out.Product, err = s.Units.Get(ctx, s.db, u.Unit); err != nil {
		return out, err
	}
	cu, known, err := s.ownerOf(ctx, s.db, out.Product)
	if err != nil {
		return out, err
	}
	out.Known = known
	p, err := s.placeOf(ctx, s.db, out.Product, cu)
	if err != nil {
		return out, err
	}
	if p != nil {
		out.Place = p.Masked()
	}
	_, errStep := step(UnitTransitions, "appoint", u.State, "")
	out.CanAsk = errStep == nil && (out.Campaign.State == Started || out.Campaign.State == Closed)
	return out, nil
}

// AnswerByLink notes what the customer says without asking for a visit: that the unit is no longer his (gone), or that he wants
// nothing (refuse). Nobody is told again then, and the mark stays.
func (s *Service) AnswerByLink(ctx context.Context, id UnitID, how string) error {
	act := map[string]string{"gone": "lost", "refuse": "refuse"}[how]
	if act == "" {
		return problem.Field("act", problem.BadChoice)
	}
	ctx = access.AsSystem(ctx, "maintenance.link")
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		u, err := findUnit(ctx, tx, access.Everything, id)
		if err != nil {
			return err
		}
		if act == "lost" && u.State == Gone || act == "refuse" && u.State == Refused {
			return nil // said again
		}
		if u.State == Appointment {
			return ErrHasOrder
		}
		c, err := findCampaign(ctx, tx, access.Everything, u.Campaign)
		if err != nil {
			return err
		}
		return s.moveTx(ctx, tx, c, u, move{act: act, by: "customer_" + how, at: time.Time{}})
	})
}

func nameOfPart(p parts.Part, lang string) string {
	if i18n.Nearest(lang) == i18n.English {
		return p.NameEn
	}
	return p.NameZh
}
