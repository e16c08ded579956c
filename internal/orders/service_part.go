package orders

import (
	"context"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// PartUse is a part that was fitted, or a reservation of one.
type PartUse struct {
	Part      parts.PartID
	Code      string        // instead of Part: its code, of the order's brand
	Place     parts.PlaceID // the engineer's van when empty
	Quantity  int64
	OldSerial string
	NewSerial string
}

func (u PartUse) check(f *problem.Fields, at string) {
	f.Check(u.Part != "" || u.Code != "", at+".part_id", problem.Required)
	f.Check(u.Quantity > 0, at+".quantity", problem.OutOfRange, "limit", "1…")
	f.Check(len(u.OldSerial) <= 64, at+".old_serial", problem.TooLong, "limit", 64)
	f.Check(len(u.NewSerial) <= 64, at+".new_serial", problem.TooLong, "limit", 64)
}

// ReservePartInput keeps a part for an order.
type ReservePartInput struct {
	ActInput
	Part PartUse
}

// ReservePart keeps a part of a place for an order.
func (s *Service) ReservePart(ctx context.Context, in ReservePartInput) (Order, error) {
	var f problem.Fields
	in.Part.check(&f, "part")
	f.Check(in.Part.Place != "", "part.place_id", problem.Required)
	if err := f.Err(); err != nil {
		return Order{}, err
	}
	return s.actOn(ctx, PermPlan, "reserve_part", in.ActInput, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if !o.Live() || o.State == StateCompleted {
			return nil, ErrState.With("act", "reserve_part", "state", string(o.State))
		}
		if err := s.partByCode(ctx, tx, *o, &in.Part); err != nil {
			return nil, err
		}
		id, err := s.Parts.ReserveTx(ctx, tx, parts.Reserve{Order: string(o.ID), Part: in.Part.Part, Place: in.Part.Place, Qty: in.Part.Quantity})
		if err != nil {
			return nil, err
		}
		upsertPart(tx, PartLine{
			ID: db.NewID(), OrderID: o.ID, PartID: in.Part.Part, PlaceID: in.Part.Place, Quantity: in.Part.Quantity, State: PartReserved, Reservation: id, At: at,
		})
		return nil, nil
	})
}

// PartLineInput names a part line of an order.
type PartLineInput struct {
	ActInput
	Line string
}

// ReleasePart gives a reserved part back.
func (s *Service) ReleasePart(ctx context.Context, in PartLineInput) (Order, error) {
	return s.actOn(ctx, PermPlan, "release_part", in.ActInput, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		list, err := listParts(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(list, func(l PartLine) bool { return l.ID == in.Line })
		if i < 0 {
			return nil, ErrNotFound
		}
		l := list[i]
		if l.State != PartReserved {
			return nil, ErrPartLine.With("state", string(l.State))
		}
		if err := s.Parts.ReleaseTx(ctx, tx, l.Reservation); err != nil {
			return nil, err
		}
		l.State, l.At = PartReleased, at
		upsertPart(tx, l)
		return nil, nil
	})
}

// releaseParts gives back what is still kept for an order.
func (s *Service) releaseParts(ctx context.Context, tx *db.Tx, o Order, at time.Time) error {
	list, err := listParts(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(l PartLine) bool { return l.State == PartReserved }) {
		return nil
	}
	if err := s.Parts.ReleaseOrderTx(ctx, tx, string(o.ID)); err != nil {
		return err
	}
	for _, l := range list {
		if l.State == PartReserved {
			l.State, l.At = PartReleased, at
			upsertPart(tx, l)
		}
	}
	return nil
}

// usePart notes a fitted part. The engineer held it in his hand: what the books lack is used all the same,
// with the reason that they lag behind, and a person looks.
func (s *Service) usePart(ctx context.Context, tx *db.Tx, o *Order, v Visit, u PartUse, at time.Time) error {
	if err := s.partByCode(ctx, tx, *o, &u); err != nil {
		return err
	}
	if u.Place == "" {
		e := engineerOf(ctx)
		if e == "" {
			e = v.Lead()
		}
		if e == "" {
			return problem.Field("parts.place_id", problem.Required)
		}
		who, err := s.Workforce.Get(ctx, tx, e)
		if err != nil {
			return err
		}
		van, err := s.Parts.OpenVanTx(ctx, tx, string(e), who.OutletID)
		if err != nil {
			return err
		}
		u.Place = van.ID
	}
	lines, err := listParts(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	kept := int64(0)
	for _, l := range lines {
		if l.State == PartReserved && l.PartID == u.Part && l.PlaceID == u.Place {
			kept += l.Quantity
		}
	}
	stock, err := s.Parts.Stock(ctx, tx, []parts.PlaceID{u.Place}, []parts.PartID{u.Part})
	if err != nil {
		return err
	}
	free := kept
	if len(stock) > 0 {
		free += stock[0].Free()
	}
	use := parts.Use{
		Order: string(o.ID), Visit: string(v.ID), Part: u.Part, Place: u.Place, Qty: u.Quantity, OldSerial: u.OldSerial, NewSerial: u.NewSerial, At: at,
	}
	if free < u.Quantity {
		use.Override, use.Reason = true, "stock_late_entry"
	}
	old, err := s.Parts.UseTx(ctx, tx, use)
	if err != nil {
		return err
	}
	line := PartLine{
		ID: db.NewID(), OrderID: o.ID, VisitID: v.ID, PartID: u.Part, PlaceID: u.Place, Quantity: u.Quantity, State: PartUsed, OldPart: old,
		OldSerial: u.OldSerial, NewSerial: u.NewSerial, Short: use.Override, At: at,
	}
	for _, l := range lines { // the reservation becomes the use
		if l.State == PartReserved && l.PartID == u.Part && l.PlaceID == u.Place && l.Quantity == u.Quantity {
			line.ID, line.Reservation = l.ID, l.Reservation
			break
		}
	}
	upsertPart(tx, line)
	return s.fitComponent(ctx, tx, *o, u, at)
}

func (s *Service) partByCode(ctx context.Context, q db.Querier, o Order, u *PartUse) error {
	if u.Part != "" {
		return nil
	}
	p, err := s.Parts.ByCode(ctx, q, o.BrandID, u.Code)
	if err != nil {
		return unknown(err, "parts.code")
	}
	u.Part = p.ID
	return nil
}

// fitComponent tells the unit of a part with a serial number, or of a main part, that is now inside it.
func (s *Service) fitComponent(ctx context.Context, tx *db.Tx, o Order, u PartUse, at time.Time) error {
	if o.UnitID == "" || o.State == StateCancelled {
		return nil
	}
	p, err := s.Parts.Get(ctx, tx, u.Part)
	if err != nil || p.Type == "" || u.NewSerial == "" && p.Class != catalog.PartMain {
		return err
	}
	in := units.SwapInput{
		Unit: o.UnitID, Order: string(o.ID), At: at, Fitted: &units.Component{Part: string(p.ID), Type: p.Type, Serial: u.NewSerial},
	}
	inside, err := s.Units.Components(ctx, tx, o.UnitID)
	if err != nil {
		return err
	}
	for _, c := range inside {
		if c.RemovedAt == nil && c.Type == p.Type && (u.OldSerial == "" || c.Serial == u.OldSerial) {
			in.Removed = c.ID
			break
		}
	}
	_, err = s.Units.SwapComponentTx(ctx, tx, in)
	return err
}

// ReservedParts lists the parts that are reserved for orders. It asks for no permission.
func (s *Service) ReservedParts(ctx context.Context, q db.Querier, ids []ID) ([]PartLine, error) {
	return reservedParts(ctx, q, ids)
}

// VisitParts lists the parts that are reserved for the open visits that start in a time. It asks for no permission.
func (s *Service) VisitParts(ctx context.Context, q db.Querier, from, to time.Time) ([]VisitPart, error) {
	return visitParts(ctx, q, from, to)
}

// PartsOf lists the part lines of an order.
func (s *Service) PartsOf(ctx context.Context, q db.Querier, id ID) ([]PartLine, error) {
	return listParts(ctx, q, id)
}
