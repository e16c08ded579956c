package returns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/entitlement/rules"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// Request opens a return and decides it by rule as far as the rules and limits go. The same external id again answers
// the return that is there.
func (s *Service) Request(ctx context.Context, in RequestInput) (Return, error) {
	if err := access.Require(ctx, PermRequest); err != nil {
		return Return{}, err
	}
	if in.Channel == "" {
		in.Channel = ByAgent
	}
	if err := in.check(s.day(s.db.Now())); err != nil {
		return Return{}, err
	}
	number, err := s.Numbers.Next(ctx, "R", s.db.Now())
	if err != nil {
		return Return{}, err
	}
	r, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Return, error) {
		if old, ok, err := s.again(ctx, tx, in); ok || err != nil {
			return old, err
		}
		return s.requestTx(ctx, tx, in, number)
	})
	if db.IsUnique(err, "returns_line_open") || db.IsUnique(err, "returns_line.open_key") {
		return Return{}, ErrOpen
	}
	return r, err
}

// again finds the return that another system opened under the same id.
func (s *Service) again(ctx context.Context, tx *db.Tx, in RequestInput) (Return, bool, error) {
	if in.ExternalID == "" {
		return Return{}, false, nil
	}
	id, err := db.Get(ctx, tx, db.ScanString, `SELECT id FROM returns_return WHERE external_id = $1 AND (brand_id = $2 OR $2 = '')`, in.ExternalID, string(in.Brand))
	if errors.Is(err, db.ErrNoRows) {
		return Return{}, false, nil
	}
	if err != nil {
		return Return{}, false, err
	}
	r, err := findReturn(ctx, tx, access.From(ctx).Scope, ID(id))
	return r, err == nil, err
}

// requestTx makes a return of what was checked by itself.
func (s *Service) requestTx(ctx context.Context, tx *db.Tx, in RequestInput, number string) (Return, error) {
	actor := access.From(ctx)
	at, err := in.At(actor.Origin, tx.Now())
	if err != nil {
		return Return{}, err
	}
	r := Return{
		ID: ID(db.NewID()), Number: number, Type: in.Type, Brand: in.Brand, Case: in.Case, Customer: in.Customer, Channel: in.Channel, Reason: in.Reason,
		Currency: in.Currency, ExternalID: in.ExternalID, Origin: string(actor.Origin), OpenedBy: actor.Kind + ":" + actor.ID, Address: clean(in.Address),
		Lines: []Line{}, Refunds: []Refund{}, Disputes: []Dispute{}, OccurredAt: at, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return Return{}, err
	}
	why, err := snap.CheckReason("return.request", catalog.ReasonCode(in.Reason), in.Note)
	if err != nil {
		return Return{}, err
	}
	r.Blame = why.Responsibility
	found, err := s.belong(ctx, tx, &r, in)
	if err != nil {
		return Return{}, err
	}
	policy, err := s.prepare(ctx, tx, &r, in)
	if err != nil {
		return Return{}, err
	}
	if err := s.takeLines(ctx, tx, &r, in, found, policy); err != nil {
		return Return{}, err
	}
	if err := r.toRecipient(policy); err != nil {
		return Return{}, err
	}
	if strings.TrimSpace(in.Note) != "" {
		if r.Note, err = s.Keys.Seal(ctx, tx, r.KeyID, in.Note); err != nil {
			return Return{}, err
		}
	}
	r.Freight, r.Estimate = r.freightPayer(), r.estimate()
	r.Decision, r.Why = r.judge(policy.limit(in.Reason))
	if actor.Origin == access.History {
		r.Decision = Requested
	}
	if r.Decision == Approved {
		r.approve(policy, s.day(at), at, "rule")
	}
	return r, s.open(ctx, tx, &r, in, policy, at)
}

// open writes a new return and tells everybody.
func (s *Service) open(ctx context.Context, tx *db.Tx, r *Return, in RequestInput, policy Policy, at time.Time) error {
	if err := s.attach(ctx, tx, r, fileIDsOf(r.Lines)); err != nil {
		return err
	}
	if err := s.platformClock(ctx, tx, r, in, policy, at); err != nil {
		return err
	}
	before := *r
	before.Decision, before.Lines, before.Refunds = "", nil, nil
	if err := s.followClocks(ctx, tx, before, r, at); err != nil {
		return err
	}
	if err := insertReturn(tx, r); err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(r.ID), Act: "request", Reason: r.Reason, After: r.trail(), OccurredAt: at, New: true}); err != nil {
		return err
	}
	if r.Case != "" {
		err := s.Cases.AttachWorkTx(ctx, tx, cases.AttachWork{Case: r.Case, Kind: recordKind, Ref: string(r.ID), OutletPath: r.OutletPath, At: at})
		if err != nil {
			return err
		}
		if err := s.Cases.SetDueTx(ctx, tx, r.Case, recordKind, string(r.ID), r.NextDueAt); err != nil {
			return err
		}
	}
	for _, l := range r.Lines {
		if l.Unit == "" {
			continue
		}
		err := s.Units.NoteTx(ctx, tx, units.Entry{Unit: l.Unit, Kind: "return_requested", RefKind: recordKind, RefID: string(r.ID), At: at, Params: map[string]any{"type": r.Type, "reason": r.Reason}})
		if err != nil {
			return err
		}
	}
	tell := []events.Event{RequestedEvent{Fact{Reason: r.Reason, Amount: r.Estimate}}}
	if r.Decision == Approved {
		tell = append(tell, DecidedEvent{Fact{Reason: r.Reason, Amount: r.Estimate}})
	}
	if err := s.publish(ctx, tx, r, at, tell); err != nil {
		return err
	}
	if r.Decision != Approved {
		return s.sayNews(ctx, tx, r, "asked", "")
	}
	if err := s.sayApproved(ctx, tx, r); err != nil {
		return err
	}
	// What follows from the approval, such as money owed at once, is an act of its own on the new record.
	_, err := s.actTx(ctx, tx, *r, "conclude", access.Act{OccurredAt: in.OccurredAt, DeviceOffset: in.DeviceOffset}, func(context.Context, *db.Tx, *Return, time.Time) ([]events.Event, error) {
		return nil, nil
	})
	if err != nil {
		return err
	}
	now, err := findReturn(ctx, tx, access.Everything, r.ID)
	*r = now
	return err
}

// platformClock starts the clock of the marketplace that waits for an answer.
func (s *Service) platformClock(ctx context.Context, tx *db.Tx, r *Return, in RequestInput, policy Policy, at time.Time) error {
	if in.Channel != ByMarket || r.Decision == Approved || r.Origin == string(access.History) {
		return nil
	}
	due := at.Add(policy.platformWindow(in.Platform))
	if in.AnswerBy != nil {
		due = *in.AnswerBy
	}
	_, _, err := s.Clocks.StartTx(ctx, tx, clocks.Start{
		Job: clocks.JobOf(string(r.Case), clocks.Record{Kind: recordKind, ID: string(r.ID)}), RecordKind: recordKind, RecordID: string(r.ID), Party: clocks.Platform,
		Milestone: clocks.ReturnDecision, Attrs: clocks.Attributes{Brand: string(r.Brand)}, At: at, Due: &due,
	})
	return err
}

// belong finds out whose request it is: case, units, brand, customer. It returns the units of the lines.
func (s *Service) belong(ctx context.Context, tx *db.Tx, r *Return, in RequestInput) ([]units.Unit, error) {
	if in.Case != "" {
		c, err := s.Cases.Find(ctx, tx, in.Case)
		if err != nil {
			return nil, unknownField(err, "case_id")
		}
		if !c.Live() {
			return nil, problem.Field("case_id", ErrState, "act", "request", "state", string(c.State))
		}
		if in.Brand != "" && in.Brand != c.BrandID {
			return nil, problem.Field("brand_id", ErrOtherBrand)
		}
		r.Brand = c.BrandID
		if r.Customer == "" {
			r.Customer = c.CustomerID
		}
	}
	out := make([]units.Unit, len(in.Lines))
	var f problem.Fields
	for i := range in.Lines {
		l, at := &in.Lines[i], fmt.Sprintf("lines[%d]", i)
		u, err := s.unitOf(ctx, tx, r, l, at)
		if err != nil {
			return nil, err
		}
		if u.ID == "" {
			continue
		}
		if r.Brand == "" {
			r.Brand = u.Brand
		}
		f.Check(u.Brand == r.Brand, at+".unit_id", ErrOtherBrand)
		f.Check(u.State == units.Active, at+".unit_id", ErrGone, "state", string(u.State))
		f.Check(l.Model == "" || u.Model == "" || l.Model == u.Model, at+".serial", ErrOtherModel)
		f.Check(l.Serial == "" || u.Serial == "" || sameSerial(l.Serial, u.Serial), at+".serial", ErrContradicts)
		if r.Customer == "" {
			r.Customer = u.Owner
		}
		out[i] = u
	}
	f.Check(r.Brand != "", "brand_id", problem.Required)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if !access.From(ctx).Scope.SeesBrand(string(r.Brand)) {
		return nil, problem.Field("brand_id", problem.Unknown)
	}
	if in.Customer != "" {
		seen, err := s.Customers.Visible(ctx, tx, []customers.ID{in.Customer})
		if err != nil {
			return nil, err
		}
		if !seen[in.Customer] {
			return nil, problem.Field("customer_id", problem.Unknown)
		}
	}
	var err error
	if r.Customer != "" {
		r.KeyID, err = s.Customers.KeyOf(ctx, tx, r.Customer)
	} else {
		r.KeyID, err = s.Keys.NewKeyTx(ctx, tx, recordKind)
	}
	return out, err
}

func sameSerial(a, b string) bool {
	return crypt.Normalize(crypt.KindSerial, a) == crypt.Normalize(crypt.KindSerial, b)
}

// unitOf finds the unit of a line: the one it names, or the one that bears its serial. A serial that nobody knows is
// refused unless the thing was bought elsewhere.
func (s *Service) unitOf(ctx context.Context, tx *db.Tx, r *Return, l *LineInput, at string) (units.Unit, error) {
	switch {
	case l.Unit != "":
		u, err := s.Units.Find(ctx, tx, l.Unit)
		return u, unknownField(err, at+".unit_id")
	case l.Serial == "" || r.Brand == "":
		if l.Serial != "" && r.Brand == "" {
			return units.Unit{}, problem.Field("brand_id", problem.Required)
		}
		return units.Unit{}, nil
	}
	u, err := s.Units.FindBySerial(ctx, tx, r.Brand, l.Serial)
	if problem.Match(err, problem.ErrNotFound) {
		if l.Elsewhere {
			return units.Unit{}, nil
		}
		return units.Unit{}, problem.Field(at+".serial", ErrSerial)
	}
	return u, err
}

func unknownField(err error, field string) error {
	if c := problem.CodeOf(err); c != nil && c.Kind == problem.NotFound {
		return problem.Field(field, problem.Unknown)
	}
	return err
}

// prepare finds the depot, the policy and the address.
func (s *Service) prepare(ctx context.Context, tx *db.Tx, r *Return, in RequestInput) (Policy, error) {
	scope := access.From(ctx).Scope
	r.OutletPath = scope.OutletPath
	if access.From(ctx).Kind == access.Link || r.OutletPath == "" {
		r.OutletPath = "/"
	}
	depot, err := s.depot(ctx, tx, r, in.Depot)
	if err != nil {
		return Policy{}, err
	}
	row, err := findPolicy(ctx, tx, r.Brand)
	if err != nil {
		return Policy{}, err
	}
	r.Operation = row.operation(r.Type)
	switch {
	case r.Address != "":
	case in.Depot == "" && row.Address != "":
		r.Address = row.Address
	default:
		r.Address = clean(depot.Address)
	}
	return row.Policy, nil
}

// depot is the outlet that takes the goods in.
func (s *Service) depot(ctx context.Context, tx *db.Tx, r *Return, id outlets.ID) (outlets.Outlet, error) {
	if id == "" {
		o, err := s.Outlets.ByPath(ctx, tx, r.OutletPath)
		if problem.Match(err, problem.ErrNotFound) {
			return outlets.Outlet{}, nil
		}
		return o, err
	}
	o, err := s.Outlets.Get(ctx, tx, id)
	if err != nil {
		return o, unknownField(err, "depot_id")
	}
	if !access.From(ctx).Scope.Sees(string(r.Brand), o.Path) {
		return o, problem.Field("depot_id", problem.Unknown)
	}
	if o.Path != "/" && !o.Serves(r.Brand) {
		return o, problem.Field("depot_id", problem.BadChoice)
	}
	r.OutletPath = o.Path
	return o, nil
}

// takeLines completes the lines by our records, asks the rules about each and bounds what was paid.
func (s *Service) takeLines(ctx context.Context, tx *db.Tx, r *Return, in RequestInput, found []units.Unit, policy Policy) error {
	keys := map[string]bool{}
	for i, li := range in.Lines {
		at, u := fmt.Sprintf("lines[%d]", i), found[i]
		l := Line{ID: LineID(db.NewID()), Unit: u.ID, Goods: GoodsNone, Replacement: NotReplaced, LineFacts: li.LineFacts}
		l.Item, l.Seller = clean(l.Item), clean(l.Seller)
		if err := s.complete(r, &l, li, u, at); err != nil {
			return err
		}
		var err error
		if l.PurchaseKey, err = s.keyOf(ctx, tx, r.Brand, l, u); err != nil {
			return err
		}
		if keys[l.PurchaseKey] {
			return problem.Field(at, ErrTwice)
		}
		keys[l.PurchaseKey] = true
		if err := s.free(ctx, tx, l.PurchaseKey, at); err != nil {
			return err
		}
		if err := s.assess(ctx, tx, r, &l, s.day(tx.Now())); err != nil {
			return prefixed(err, at)
		}
		l.Sum = l.settle(l.base())
		if _, ok := grants(l.Rights, r.Type.option()); ok {
			l.Option = r.Type.option()
		}
		if l.Tax, err = policy.taxFor(l, li.Ways, at); err != nil {
			return err
		}
		if err := s.paidTx(ctx, tx, r, &l, li, at); err != nil {
			return err
		}
		r.Lines = append(r.Lines, l)
	}
	return nil
}

// free refuses a thing that stands in another open request. Of two at once the database refuses the second.
func (s *Service) free(ctx context.Context, tx *db.Tx, key, at string) error {
	number, err := db.Get(ctx, tx, db.ScanString, `SELECT r.number FROM returns_line l JOIN returns_return r ON r.id = l.return_id WHERE l.open_key = $1`, key)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return problem.Field(at, ErrOpen, "number", number)
}

// complete puts together what our record and the request say of a line, and refuses what contradicts the record.
func (s *Service) complete(r *Return, l *Line, li LineInput, u units.Unit, at string) error {
	var f problem.Fields
	currency := li.Currency
	if l.Return.Reason == "" {
		l.Return.Reason = ruleReasons[r.Reason]
	}
	if l.Fault == nil && (l.Return.Reason == "quality" || r.Type == ForRepair) {
		l.Fault = &rules.FaultFacts{Reported: l.Return.Noticed, Performance: true}
	}
	if u.ID != "" {
		l.Category, l.Model = u.Category, u.Model
		if l.Serial == "" {
			l.Serial = u.Serial
		}
		l.NotOwner = r.Customer != "" && u.Owner != "" && u.Owner != r.Customer
		if p := u.Purchase.Price; p != nil && p.Minor > 0 {
			f.Check(currency == "" || currency == p.Currency, at+".currency", ErrCurrency, "currency", string(p.Currency))
			f.Check(l.Price == 0 || l.Price == p.Minor, at+".price", ErrContradicts)
			currency, l.Price, l.Known = p.Currency, p.Minor, true
			if l.Paid == 0 {
				l.Paid = p.Minor
			}
			f.Check(l.Paid <= l.Price, at+".paid", problem.OutOfRange, "limit", "0–price")
		}
		l.Claims = nil
		dates := map[units.DateKind]calendar.Date{}
		for k, day := range l.Dates {
			dates[k] = day
			if known, ok := u.Dates.Day(k); ok {
				f.Check(day == known, at+".dates."+string(k), ErrContradicts, "known", known.String())
				continue
			}
			if l.Claims == nil {
				l.Claims = map[units.DateKind]calendar.Date{}
			}
			l.Claims[k] = day
		}
		for k, d := range u.Dates {
			dates[k] = d.Day
		}
		l.Dates = dates
		checkOrder(&f, at, dates, l.Return.Noticed, l.Fault)
		for name, have := range map[*string]string{&l.Seller: u.Purchase.Seller, &l.OrderNo: u.Purchase.OrderNo, &l.Channel: u.Purchase.Channel} {
			if have != "" {
				*name = have
			}
		}
	}
	if currency == "" {
		currency = r.Currency
	}
	f.Check(currency != "", at+".currency", problem.Required)
	f.Check(r.Currency == "" || currency == "" || currency == r.Currency, at+".currency", ErrCurrency, "currency", string(r.Currency))
	f.Check(l.Price > 0, at+".price", problem.Required)
	if r.Currency == "" {
		r.Currency = currency
	}
	return f.Err()
}

// keyOf names what was paid for a line. A unit that was given for another one stands for the first: what was paid for
// that is all that was ever paid.
func (s *Service) keyOf(ctx context.Context, tx *db.Tx, brand catalog.BrandID, l Line, u units.Unit) (string, error) {
	if u.ID == "" {
		return buyKey(brand, l.LineFacts), nil
	}
	for range 100 { // a chain of exchanges is short; a ring would be a fault of data
		if u.Replaces == "" {
			break
		}
		before, err := s.Units.Get(ctx, tx, u.Replaces)
		if err != nil {
			return "", err
		}
		u = before
	}
	return "unit:" + string(u.ID), nil
}

// assess asks the rules what a line is entitled to on a day.
func (s *Service) assess(ctx context.Context, q db.Querier, r *Return, l *Line, on calendar.Date) error {
	more := func(f *rules.Facts) {
		f.Currency, f.Price, f.Paid = string(r.Currency), l.Price, l.Paid
		if f.Dates == nil {
			f.Dates = map[string]calendar.Date{}
		}
		for k, d := range l.Dates {
			if _, known := f.Dates[string(k)]; !known && d <= on {
				f.Dates[string(k)] = d
			}
		}
		if l.Channel != "" {
			f.Channel = entitlement.ChannelOf(l.Channel)
		}
		f.Invoice = f.Invoice || l.Proof != ""
	}
	facts := l.Return
	var err error
	if l.Unit != "" {
		u, errUnit := s.Units.Get(ctx, q, l.Unit)
		if errUnit != nil {
			return errUnit
		}
		l.Rights, l.RightsFacts, err = s.Entitlement.RightsTx(ctx, q, u, entitlement.RightsInput{
			Unit: l.Unit, Fault: l.Fault, Return: &facts, Stock: l.Stock, Wants: r.Type.option(), On: on,
		}, more)
		return err
	}
	f := rules.Facts{Brand: string(r.Brand), Category: string(l.Category), Fault: l.Fault, Return: &facts, Stock: l.Stock, Wants: r.Type.option(), Today: on, Channel: l.Channel}
	channel := f.Channel
	more(&f)
	f.Channel = channel // put into the words of the rules there
	l.Rights, l.RightsFacts, err = s.Entitlement.RightsOfFacts(ctx, q, f)
	return err
}

// prefixed says the fields of an error as fields of a line.
func prefixed(err error, at string) error {
	var e *problem.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = slices.Clone(e.Fields)
	for i := range out.Fields {
		out.Fields[i].Field = at + "." + out.Fields[i].Field
	}
	return &out
}

// paidTx keeps what was paid for a line, once over all requests. A later request cannot say that it was more, or in
// another currency.
func (s *Service) paidTx(ctx context.Context, tx *db.Tx, r *Return, l *Line, li LineInput, at string) error {
	in := li.Ways
	p, err := findPurchase(ctx, tx, l.PurchaseKey)
	if err == nil {
		var f problem.Fields
		f.Check(p.currency == r.Currency, at+".currency", ErrCurrency, "currency", string(p.currency))
		f.Check(l.total() <= p.paid, at+".paid", ErrContradicts)
		f.Check(li.Tax.Rate == 0 || li.Tax.Rate == p.tax.Rate, at+".tax.rate", ErrContradicts)
		l.Tax = p.tax
		return f.Err()
	}
	if !errors.Is(err, db.ErrNoRows) {
		return err
	}
	if len(in) == 0 {
		in = []WayInput{{Way: "original", Paid: l.total()}}
	}
	ways := make([]Way, len(in))
	for i, w := range in {
		ways[i] = Way{ID: db.NewID(), Purchase: l.PurchaseKey, Way: w.Way, Paid: w.Paid, Key: r.KeyID}
		if w.Ref != "" {
			ref := w.Ref
			if w.Whole > 0 {
				ref += "\n" + strconv.FormatInt(w.Whole, 10)
			}
			if ways[i].Ref, err = s.Keys.Seal(ctx, tx, r.KeyID, ref); err != nil {
				return err
			}
		}
	}
	return insertPurchase(ctx, tx, purchase{key: l.PurchaseKey, currency: r.Currency, paid: l.total(), tax: l.Tax}, r.Brand, ways)
}

func fileIDsOf(lines []Line) []files.ID {
	var out []files.ID
	for _, l := range lines {
		out = append(out, fileIDs(l.LineFacts)...)
	}
	return distinct(out)
}

// attach gives photos and proofs to the return; who uploaded them is who may.
func (s *Service) attach(ctx context.Context, tx *db.Tx, r *Return, ids []files.ID) error {
	for _, id := range ids {
		err := s.Files.AttachTx(ctx, tx, files.AttachInput{ID: id, RecordKind: recordKind, RecordID: string(r.ID), Brand: string(r.Brand), OutletPath: r.OutletPath, By: access.From(ctx).ID})
		if err != nil {
			return unknownField(err, "photos")
		}
	}
	return nil
}
