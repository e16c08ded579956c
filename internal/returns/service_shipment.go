package returns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/carrier"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/webhooks"
)

// Defaults of a carrier.
const (
	defaultStuckHours = 72
	defaultLostDays   = 15
)

// Carriers lists the carriers of brands that the actor sees.
func (s *Service) Carriers(ctx context.Context) ([]Carrier, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	list, err := db.List(ctx, s.db, scanCarrier, `SELECT `+carrierColumns+` FROM returns_carrier ORDER BY name, id`)
	scope := access.From(ctx).Scope
	return slices.DeleteFunc(list, func(c Carrier) bool { return c.Brand != "" && !scope.SeesBrand(string(c.Brand)) }), err
}

// SaveCarrierInput writes a carrier. Secrets that are left empty stay as they were.
type SaveCarrierInput struct {
	access.Act
	ID         CarrierID // empty: a new one
	Brand      catalog.BrandID
	Name       string
	Kind       string
	Spec       *carrier.Spec // of kind custom
	Secrets    Secrets
	StuckHours int64
	LostDays   int64
	Active     bool
	Version    int64
}

// SaveCarrier sets a carrier up or changes it. A changed one has to be verified again.
func (s *Service) SaveCarrier(ctx context.Context, in SaveCarrierInput) (Carrier, error) {
	if err := s.mayAccount(ctx, in.Brand); err != nil {
		return Carrier{}, err
	}
	in.Name = clean(in.Name)
	if in.StuckHours == 0 {
		in.StuckHours = defaultStuckHours
	}
	if in.LostDays == 0 {
		in.LostDays = defaultLostDays
	}
	spec, known := carrier.Presets()[in.Kind]
	var f problem.Fields
	if err := s.knownBrand(ctx, &f, in.Brand); err != nil {
		return Carrier{}, err
	}
	f.Check(known || in.Kind == "manual" || in.Kind == "custom", "kind", problem.BadChoice)
	f.Check(in.Spec == nil || in.Kind == "custom", "spec", problem.BadChoice)
	f.Check(in.Name != "", "name", problem.Required)
	checkText(&f, "name", in.Name, maxCode)
	f.Check(in.StuckHours >= 1 && in.StuckHours <= 24*60, "stuck_hours", problem.OutOfRange, "limit", "1–1440")
	f.Check(in.LostDays >= 1 && in.LostDays <= 180, "lost_days", problem.OutOfRange, "limit", "1–180")
	if in.Kind == "custom" {
		f.Check(in.Spec != nil, "spec", problem.Required)
		if in.Spec != nil {
			spec = *in.Spec
			if err := spec.Check(); err != nil {
				_, field, _ := strings.Cut(err.Error(), ": ")
				_, field, _ = strings.Cut(field, ": ")
				f.Add("spec."+field, ErrSpec)
			}
			for name, c := range map[string]*carrier.Call{"book": spec.Book, "track": spec.Track} {
				f.Check(c == nil || webhooks.Callable(strings.NewReplacer("{", "", "}", "").Replace(c.URL), s.AllowPrivate), "spec."+name+".url", ErrAddress)
			}
		}
	}
	if err := f.Err(); err != nil {
		return Carrier{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Carrier, error) {
		actor := access.From(ctx)
		c := Carrier{ID: CarrierID(db.NewID()), Brand: in.Brand, CreatedBy: actor.Kind + ":" + actor.ID, CreatedAt: tx.Now()}
		secrets := in.Secrets
		if in.ID != "" {
			old, err := findCarrier(ctx, tx, in.ID)
			if err != nil {
				return c, err
			}
			if s.mayAccount(ctx, old.Brand) != nil {
				return c, ErrNotFound
			}
			if in.Version != old.Version {
				return c, problem.ErrStale.With("version", old.Version)
			}
			c = old
			had, err := s.secrets(ctx, tx, old)
			if err != nil {
				return c, err
			}
			for _, p := range [][2]*string{{&secrets.Secret, &had.Secret}, {&secrets.Key, &had.Key}, {&secrets.HookSecret, &had.HookSecret}} {
				if *p[0] == "" {
					*p[0] = *p[1]
				}
			}
		}
		raw, err := json.Marshal(secrets)
		if err != nil {
			return c, err
		}
		if c.sealed, err = s.Keys.Seal(ctx, tx, s.Keys.Installation(), string(raw)); err != nil {
			return c, err
		}
		body, err := json.Marshal(spec)
		if err != nil {
			return c, err
		}
		was := c.Version
		c.Name, c.Kind, c.Spec, c.StuckHours, c.LostDays, c.Active, c.UpdatedAt, c.VerifiedAt, c.VerifiedBy, c.Version = in.Name, in.Kind, spec, in.StuckHours, in.LostDays, in.Active, tx.Now(), nil, "", was+1
		if was == 0 {
			_, err = tx.Exec(ctx, `INSERT INTO returns_carrier (`+carrierColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, c.ID, c.Brand, c.Name, c.Kind, string(body),
				c.sealed, c.StuckHours, c.LostDays, c.Active, nil, "", c.CreatedBy, db.Micros(c.CreatedAt), db.Micros(c.UpdatedAt), c.Version)
		} else {
			err = tx.ExecOne(ctx, `UPDATE returns_carrier SET name = $1, kind = $2, spec = $3, secrets_sealed = $4, stuck_hours = $5, lost_days = $6, active = $7, verified_at = NULL, verified_by = '',
				updated_at = $8, version = $9 WHERE id = $10 AND version = $11`, c.Name, c.Kind, string(body), c.sealed, c.StuckHours, c.LostDays, c.Active, db.Micros(c.UpdatedAt), c.Version, c.ID, was)
		}
		if db.IsUnique(err, "returns_carrier_name") || db.IsUnique(err, "returns_carrier.brand_id") {
			return c, problem.Field("name", problem.Taken)
		}
		if err != nil {
			return c, err
		}
		return c, audit.Append(ctx, tx, audit.Entry{Kind: "carrier", Record: string(c.ID), Act: "save", Reason: in.Reason, New: was == 0, After: map[string]any{"kind": c.Kind, "brand": c.Brand, "active": c.Active}})
	})
}

// VerifyCarrier notes that a real account has been tried.
func (s *Service) VerifyCarrier(ctx context.Context, id CarrierID, in access.Act) (Carrier, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Carrier, error) {
		c, err := findCarrier(ctx, tx, id)
		if err != nil {
			return c, err
		}
		if err := s.mayAccount(ctx, c.Brand); err != nil || c.VerifiedAt != nil {
			return c, err
		}
		actor := access.From(ctx)
		was := c.Version
		c.VerifiedAt, c.VerifiedBy, c.Version = new(tx.Now()), actor.Kind+":"+actor.ID, was+1
		err = tx.ExecOne(ctx, `UPDATE returns_carrier SET verified_at = $1, verified_by = $2, version = $3 WHERE id = $4 AND version = $5`, db.MicrosPtr(c.VerifiedAt), c.VerifiedBy, c.Version, c.ID, was)
		if err != nil {
			return c, err
		}
		return c, audit.Append(ctx, tx, audit.Entry{Kind: "carrier", Record: string(c.ID), Act: "verify", Reason: in.Reason})
	})
}

func (s *Service) secrets(ctx context.Context, q db.Querier, c Carrier) (Secrets, error) {
	var out Secrets
	if len(c.sealed) == 0 {
		return out, nil
	}
	raw, err := s.Keys.Open(ctx, q, s.Keys.Installation(), c.sealed)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal([]byte(raw), &out)
}

// SendInput hands a parcel with lines to a carrier.
type SendInput struct {
	ActInput
	Carrier    CarrierID
	Direction  string
	Lines      []LineID // all that can when empty
	Number     string   // of a carrier that is not booked with
	From       string   // where it is collected, or goes to: said to the carrier and kept nowhere
	Price      int64
	PromisedAt *time.Time
}

// Send hands a parcel to a carrier: booked with it, or with the number that somebody was given.
func (s *Service) Send(ctx context.Context, in SendInput) (Shipment, error) {
	if err := access.Require(ctx, PermGoods); err != nil {
		return Shipment{}, err
	}
	var f problem.Fields
	f.Check(slices.Contains([]string{Back, Out, Onward}, in.Direction), "direction", problem.BadChoice)
	checkText(&f, "number", in.Number, maxCode)
	checkText(&f, "from", in.From, maxAddress)
	f.Check(in.Price >= 0 && in.Price <= maxMinor, "price", problem.OutOfRange, "limit", "≥ 0")
	if err := f.Err(); err != nil {
		return Shipment{}, err
	}
	r, err := findReturn(ctx, s.db, access.From(ctx).Scope, in.ID)
	if err != nil {
		return Shipment{}, err
	}
	c, err := findCarrier(ctx, s.db, in.Carrier)
	if err != nil || !c.Active || c.Brand != "" && c.Brand != r.Brand {
		return Shipment{}, unknownField(errors.Join(err, onlyIf(err == nil, ErrNotFound)), "carrier_id")
	}
	had, err := listShipments(ctx, s.db, access.Everything, ShipmentFilter{Return: r.ID, Limit: 100})
	if err != nil {
		return Shipment{}, err
	}
	if done, err := seen(ctx, s.db, string(r.ID), in.OperationID); done || err != nil {
		return sentBefore(had, in), err // a carrier is not spoken to twice for one act
	}
	if in.Lines, err = sendable(&r, in); err != nil {
		return Shipment{}, err
	}
	booked := carrier.Booked{Number: clean(in.Number)}
	// What goes on to a supplier is collected from our depot; what is still the customer's is sent by the customer's own hand.
	here := in.Direction != Onward || !slices.ContainsFunc(in.Lines, func(id LineID) bool {
		l, ok := r.line(id)
		return ok && (l.Goods == GoodsAwaited || l.Goods == GoodsTransit)
	})
	if c.Spec.Book != nil && booked.Number == "" && here {
		if booked, err = s.book(ctx, c, &r, in, fmt.Sprintf("%s-%s%d", r.Number, in.Direction, len(had)+1)); err != nil {
			return Shipment{}, err
		}
	}
	if booked.Number == "" {
		return Shipment{}, problem.Field("number", problem.Required)
	}
	x := Shipment{
		ID: ShipmentID(db.NewID()), Return: r.ID, Brand: r.Brand, OutletPath: r.OutletPath, Direction: in.Direction, Lines: in.Lines, Carrier: c.ID, Number: booked.Number, Label: booked.Label,
		State: carrier.Created, Price: in.Price, Currency: r.Currency, PromisedAt: in.PromisedAt, Version: 1,
	}
	_, err = s.act(ctx, PermGoods, "send", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		if _, err := sendable(r, in); err != nil {
			return nil, err
		}
		actor := access.From(ctx)
		x.CreatedBy, x.CreatedAt, x.LastAt = actor.Kind+":"+actor.ID, tx.Now(), at
		if c.Spec.Track != nil {
			x.AskAt = new(tx.Now().Add(time.Minute))
		}
		if in.Direction == Out {
			for _, id := range in.Lines {
				if l, ok := r.line(id); ok && l.Given != nil {
					g := *l.Given
					g.Carrier, g.Tracking = c.Name, x.Number
					l.Given = &g
				}
			}
		}
		if err := insertShipment(ctx, tx, x); err != nil {
			return nil, err
		}
		return nil, audit.Append(ctx, tx, audit.Entry{Kind: shipmentKind, Record: string(x.ID), Act: "send", New: true, OccurredAt: at, After: map[string]any{"return": x.Return, "carrier": x.Carrier, "direction": x.Direction}})
	})
	if db.IsUnique(err, "returns_shipment_number") || db.IsUnique(err, "returns_shipment.carrier_id") {
		return x, problem.Field("number", problem.Taken)
	}
	if err == nil && x.CreatedAt.IsZero() { // the same act was faster beside us
		had, err = listShipments(ctx, s.db, access.Everything, ShipmentFilter{Return: r.ID, Limit: 100})
		return sentBefore(had, in), err
	}
	return x, err
}

// sentBefore is the parcel that the same act made before: the newest of its carrier and direction.
func sentBefore(had []Shipment, in SendInput) Shipment {
	i := slices.IndexFunc(had, func(x Shipment) bool {
		return x.Carrier == in.Carrier && x.Direction == in.Direction && (in.Number == "" || x.Number == clean(in.Number))
	})
	if i < 0 {
		return Shipment{}
	}
	return had[i]
}

func onlyIf(cond bool, err error) error {
	if cond {
		return err
	}
	return nil
}

// sendable are the lines of a parcel; those that cannot go are refused.
func sendable(r *Return, in SendInput) ([]LineID, error) {
	can := func(l Line) bool {
		if in.Direction == Back {
			return l.Goods == GoodsAwaited || l.Goods == GoodsTransit
		}
		if in.Direction == Onward {
			return l.Goods != GoodsNone && l.Goods != GoodsSentBack && l.Goods != GoodsLost
		}
		return l.Replacement == Reserved || l.Replacement == Shipped || l.Goods == GoodsSentBack
	}
	ids := in.Lines
	for i, id := range ids {
		l, ok := r.line(id)
		if !ok {
			return nil, problem.Field(fmt.Sprintf("lines[%d]", i), problem.Unknown)
		}
		if !can(*l) {
			return nil, ErrNotReady.With("step", "send_parcel")
		}
	}
	if len(ids) == 0 {
		for _, l := range r.Lines {
			if can(l) {
				ids = append(ids, l.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, ErrNotReady.With("step", "send_parcel")
	}
	return ids, nil
}

// book speaks to the carrier. It stands outside any transaction; the reference makes a second try the same shipment.
func (s *Service) book(ctx context.Context, c Carrier, r *Return, in SendInput, reference string) (carrier.Booked, error) {
	secrets, err := s.secrets(ctx, s.db, c)
	if err != nil {
		return carrier.Booked{}, err
	}
	v := carrier.Values{"secret": secrets.Secret, "key": secrets.Key, "reference": reference, "item": rowOf(*r).Items}
	customer := map[string]string{"address": clean(in.From)}
	if in.Direction == Onward {
		customer["name"] = r.Number // to a firm, which needs to know nothing of the customer
	} else if r.Customer != "" {
		cu, err := s.Customers.Get(ctx, s.db, r.Customer)
		if err != nil {
			return carrier.Booked{}, err
		}
		customer["name"], customer["phone"] = cu.Name, cu.PrimaryPhone()
	}
	ours := map[string]string{"address": r.Address, "name": r.Number}
	from, to := customer, ours
	if in.Direction != Back {
		from, to = ours, customer
	}
	for k, x := range from {
		v["from_"+k] = x
	}
	for k, x := range to {
		v["to_"+k] = x
	}
	b, err := c.Spec.Send(ctx, s.client, v)
	switch {
	case errors.Is(err, carrier.ErrUnanswered):
		return b, ErrCarrierSilent
	case errors.Is(err, carrier.ErrRefused):
		_, code, _ := strings.Cut(err.Error(), ": refused: ")
		return b, ErrCarrierRefused.With("code", code)
	}
	return b, err
}

// NoteInput is what a carrier that is not asked said of a parcel.
type NoteInput struct {
	access.Act
	ID    ShipmentID
	State carrier.State
	Text  string
}

// NoteTrack notes news of a parcel by hand.
func (s *Service) NoteTrack(ctx context.Context, in NoteInput) (Shipment, error) {
	if err := access.Require(ctx, PermGoods); err != nil {
		return Shipment{}, err
	}
	var f problem.Fields
	f.Check(slices.Contains(carrier.States, in.State), "state", problem.BadChoice)
	checkText(&f, "text", in.Text, maxText)
	if err := f.Err(); err != nil {
		return Shipment{}, err
	}
	x, err := findShipment(ctx, s.db, access.From(ctx).Scope, in.ID)
	if err != nil {
		return x, err
	}
	at, err := in.At(access.From(ctx).Origin, s.db.Now())
	if err != nil {
		return x, err
	}
	return s.news(ctx, x.ID, []carrier.Event{{Code: "hand." + string(in.State), State: in.State, At: at, Text: in.Text}})
}

// RateInput is how a carrier did.
type RateInput struct {
	ID       ShipmentID
	Damaged  bool
	Attitude int64
	Price    int64
}

// Rate notes how a carrier did with a parcel.
func (s *Service) Rate(ctx context.Context, in RateInput) (Shipment, error) {
	if err := access.Require(ctx, PermGoods); err != nil {
		return Shipment{}, err
	}
	var f problem.Fields
	f.Check(in.Attitude >= 0 && in.Attitude <= 5, "attitude", problem.OutOfRange, "limit", "0–5")
	f.Check(in.Price >= 0 && in.Price <= maxMinor, "price", problem.OutOfRange, "limit", "≥ 0")
	if err := f.Err(); err != nil {
		return Shipment{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Shipment, error) {
		x, err := findShipment(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return x, err
		}
		x.Damaged, x.Attitude, x.Price = in.Damaged, in.Attitude, in.Price
		if err := updateShipment(ctx, tx, &x); err != nil {
			return x, err
		}
		return x, audit.Append(ctx, tx, audit.Entry{Kind: shipmentKind, Record: string(x.ID), Act: "rate", After: map[string]any{"damaged": x.Damaged, "attitude": x.Attitude, "price": x.Price}})
	})
}

// CarrierTold takes what a carrier sent by itself; it is verified by its signature.
func (s *Service) CarrierTold(ctx context.Context, id CarrierID, h http.Header, body []byte) (answer string, err error) {
	ctx = access.AsSystem(ctx, "returns")
	c, err := findCarrier(ctx, s.db, id)
	if err != nil {
		return "", err
	}
	secrets, err := s.secrets(ctx, s.db, c)
	if err != nil {
		return "", err
	}
	number, list, err := c.Spec.Told(h, body, secrets.HookSecret)
	if err != nil {
		return "", err
	}
	found, err := db.List(ctx, s.db, scanShipment, `SELECT `+shipmentColumns+` FROM returns_shipment WHERE carrier_id = $1 AND number = $2`, c.ID, number)
	if err != nil || len(found) == 0 {
		return c.Spec.Hook.Answer, err // not ours: another of the account's parcels
	}
	_, err = s.news(ctx, found[0].ID, list)
	return c.Spec.Hook.Answer, err
}

// news keeps what happened to a parcel. Each event is kept once, and where the parcel stands follows from all of them in
// the order in which they happened, so that it does not matter how often and in which order they are told.
func (s *Service) news(ctx context.Context, id ShipmentID, list []carrier.Event) (Shipment, error) {
	x, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Shipment, error) {
		x, err := findShipment(ctx, tx, access.Everything, id)
		if err != nil {
			return x, err
		}
		var added int64
		for _, e := range list {
			if e.At.After(tx.Now().Add(24*time.Hour)) || e.At.Before(x.CreatedAt.AddDate(-1, 0, 0)) {
				continue // a clock that is off by so much orders nothing
			}
			n, err := tx.Exec(ctx, `INSERT INTO returns_track (shipment_id, at, code, state, words, place, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (shipment_id, at, code) DO NOTHING`,
				x.ID, db.Micros(e.At), e.Code, e.State, crypt.MaskText(e.Text), e.Place, db.Micros(tx.Now()))
			if err != nil {
				return x, err
			}
			added += n
		}
		if added == 0 {
			return x, nil
		}
		all, err := tracksOf(ctx, tx, x.ID)
		if err != nil {
			return x, err
		}
		before := x.State
		x.DeliveredAt, x.StuckAt, x.LostAt = nil, nil, nil
		for _, e := range all {
			if e.State == "" {
				continue
			}
			x.State, x.LastAt = e.State, e.At
			if x.DeliveredAt = nil; e.State == carrier.Delivered {
				x.DeliveredAt, x.AskAt = new(e.At), nil
			}
		}
		if err := updateShipment(ctx, tx, &x); err != nil {
			return x, err
		}
		if x.State == before {
			return x, nil
		}
		if err := audit.Append(ctx, tx, audit.Entry{Kind: shipmentKind, Record: string(x.ID), Act: "move", After: map[string]any{"state": x.State, "return": x.Return}}); err != nil {
			return x, err
		}
		err = events.Publish(ctx, tx, ShipmentNews{Head: events.Head{ID: string(x.ID), Version: x.Version, OccurredAt: x.LastAt, BrandID: string(x.Brand), OutletPath: x.OutletPath}, Return: x.Return, Direction: x.Direction, State: x.State})
		return x, err
	})
	if err != nil {
		return x, err
	}
	return x, s.follow(ctx, x)
}

// follow moves the return along with its parcel, as far as the return lets it: goods that were collected are on their way,
// a replacement that was delivered has arrived. What the depot has to see with its own eyes stays the depot's.
func (s *Service) follow(ctx context.Context, x Shipment) error {
	ctx = access.AsSystem(ctx, "carrier")
	r, err := findReturn(ctx, s.db, access.Everything, x.Return)
	if err != nil {
		return err
	}
	for _, id := range x.Lines {
		l, ok := r.line(id)
		if !ok {
			continue
		}
		in := LineAct{ActInput: ActInput{ID: r.ID, Act: access.Act{OperationID: "track:" + string(x.ID) + ":" + string(id)}}, Lines: []LineID{id}}
		moving := slices.Contains([]carrier.State{carrier.Collected, carrier.InTransit, carrier.OutFor, carrier.Delivered}, x.State)
		switch {
		case x.Direction == Back && l.Goods == GoodsAwaited && moving:
			_, err = s.Ship(ctx, in)
		case x.Direction == Out && l.Replacement == Shipped && x.State == carrier.Delivered:
			_, err = s.Deliver(ctx, in)
		}
		if err != nil && !problem.Match(err, ErrState) && !problem.Match(err, ErrDisputed) {
			return err
		}
	}
	return nil
}

// trackPauses are the pauses between two questions about a parcel.
var trackPauses = []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour}

// Track asks carriers about parcels on their way; a duty.
func (s *Service) Track(ctx context.Context) error {
	ctx = access.AsSystem(ctx, "returns")
	due, err := db.List(ctx, s.db, scanShipment, `SELECT `+shipmentColumns+` FROM returns_shipment WHERE ask_at <= $1 ORDER BY ask_at, id LIMIT 100`, db.Micros(s.db.Now()))
	if err != nil {
		return err
	}
	var errs []error
	for _, x := range due {
		errs = append(errs, s.trackOne(ctx, x))
	}
	return errors.Join(errs...)
}

func (s *Service) trackOne(ctx context.Context, x Shipment) error {
	taken, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (bool, error) {
		n, err := tx.Exec(ctx, `UPDATE returns_shipment SET ask_at = $1, asks = asks + 1 WHERE id = $2 AND ask_at = $3`, db.Micros(tx.Now().Add(trackPauses[min(int(x.Asks), len(trackPauses)-1)])), x.ID, db.MicrosPtr(x.AskAt))
		return n == 1, err
	})
	if err != nil || !taken {
		return err
	}
	c, err := findCarrier(ctx, s.db, x.Carrier)
	if err != nil || !c.Active || c.Spec.Track == nil {
		return err
	}
	secrets, err := s.secrets(ctx, s.db, c)
	if err != nil {
		return err
	}
	list, err := c.Spec.Ask(ctx, s.client, carrier.Values{"secret": secrets.Secret, "key": secrets.Key, "number": x.Number, "carrier": c.Name})
	if errors.Is(err, carrier.ErrUnanswered) || errors.Is(err, carrier.ErrRefused) {
		return nil // asked again later
	}
	if err != nil {
		return err
	}
	_, err = s.news(ctx, x.ID, list)
	return err
}

// FindStuck raises an alarm for parcels without news for longer than their carrier may take, and for those that are then
// lost; a duty. News takes the alarm back.
func (s *Service) FindStuck(ctx context.Context) error {
	ctx = access.AsSystem(ctx, "returns")
	carriers, err := db.List(ctx, s.db, scanCarrier, `SELECT `+carrierColumns+` FROM returns_carrier`)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range carriers {
		now := s.db.Now()
		stuck, lost := now.Add(-time.Duration(c.StuckHours)*time.Hour), now.AddDate(0, 0, -int(c.LostDays))
		for _, step := range []struct {
			what, cond string
			before     time.Time
		}{{"lost", "lost_at IS NULL", lost}, {"stuck", "stuck_at IS NULL AND lost_at IS NULL", stuck}} {
			list, err := db.List(ctx, s.db, scanShipment, `SELECT `+shipmentColumns+` FROM returns_shipment WHERE carrier_id = $1 AND delivered_at IS NULL AND last_at < $2 AND `+step.cond+` ORDER BY last_at LIMIT 500`,
				c.ID, db.Micros(step.before))
			if err != nil {
				return err
			}
			for _, x := range list {
				errs = append(errs, s.alarm(ctx, x.ID, step.what, step.before))
			}
		}
	}
	return errors.Join(errs...)
}

func (s *Service) alarm(ctx context.Context, id ShipmentID, what string, before time.Time) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		x, err := findShipment(ctx, tx, access.Everything, id)
		if err != nil || x.DeliveredAt != nil || !x.LastAt.Before(before) {
			return err // news came meanwhile
		}
		if what == "lost" {
			x.LostAt = new(tx.Now())
		} else {
			x.StuckAt = new(tx.Now())
		}
		if err := updateShipment(ctx, tx, &x); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Entry{Kind: shipmentKind, Record: string(x.ID), Act: what, After: map[string]any{"return": x.Return, "carrier": x.Carrier}}); err != nil {
			return err
		}
		return events.Publish(ctx, tx, ShipmentAlarm{Head: events.Head{ID: string(x.ID), Version: x.Version, OccurredAt: tx.Now(), BrandID: string(x.Brand), OutletPath: x.OutletPath}, Return: x.Return, What: what})
	})
}

// Shipments lists parcels that the actor sees, newest first.
func (s *Service) Shipments(ctx context.Context, f ShipmentFilter) ([]Shipment, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listShipments(ctx, s.db, access.From(ctx).Scope, f)
}

// Parcel is a shipment with its carrier and what happened to it.
type Parcel struct {
	Shipment
	Name   string // of the carrier
	Events []carrier.Event
}

// Parcels are the shipments of a return with what happened to them, oldest first.
func (s *Service) Parcels(ctx context.Context, id ID) ([]Parcel, error) {
	list, err := listShipments(ctx, s.db, access.From(ctx).Scope, ShipmentFilter{Return: id, Limit: 100})
	if err != nil {
		return nil, err
	}
	slices.Reverse(list)
	out := make([]Parcel, len(list))
	for i, x := range list {
		out[i].Shipment = x
		c, err := findCarrier(ctx, s.db, x.Carrier)
		if err != nil {
			return nil, err
		}
		out[i].Name = c.Name
		if out[i].Events, err = tracksOf(ctx, s.db, x.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Score is how a carrier did over a time.
type Score struct {
	Carrier   CarrierID `json:"carrier_id"`
	Name      string    `json:"name"`
	Parcels   int64     `json:"parcels"`
	Promised  int64     `json:"promised" doc:"with a promised time that has come"`
	Kept      int64     `json:"kept" doc:"of these, delivered in time"`
	Damaged   int64     `json:"damaged"`
	Lost      int64     `json:"lost"`
	Stuck     int64     `json:"stuck"`
	Rated     int64     `json:"rated"`
	Attitude  float64   `json:"attitude" doc:"mean of 1 to 5"`
	MeanPrice int64     `json:"mean_price" doc:"minor units, of parcels with a price"`
	Score     float64   `json:"score" doc:"0 to 100: time kept 40, undamaged and not lost 30, attitude 20, price against the mean of all 10; what nobody knows counts as the middle"`
}

// Scores rates the carriers by their parcels of the last days, the best first.
func (s *Service) Scores(ctx context.Context, days int) ([]Score, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	carriers, err := s.Carriers(ctx)
	if err != nil {
		return nil, err
	}
	var w db.Where
	access.From(ctx).Scope.Limit(&w, "brand_id", "outlet_path")
	w.And("created_at >= ?", db.Micros(s.db.Now().AddDate(0, 0, -days)))
	list, err := db.List(ctx, s.db, scanShipment, `SELECT `+shipmentColumns+` FROM returns_shipment`+w.String()+` ORDER BY created_at DESC LIMIT 20000`, w.Args()...)
	if err != nil {
		return nil, err
	}
	return score(carriers, list, s.db.Now()), nil
}

func score(carriers []Carrier, list []Shipment, now time.Time) []Score {
	var allPrice, allPriced float64
	for _, x := range list {
		if x.Price > 0 {
			allPrice, allPriced = allPrice+float64(x.Price), allPriced+1
		}
	}
	out := []Score{}
	for _, c := range carriers {
		k := Score{Carrier: c.ID, Name: c.Name}
		var attitude, price, priced int64
		for _, x := range list {
			if x.Carrier != c.ID {
				continue
			}
			count := func(n *int64, is bool) {
				if is {
					*n++
				}
			}
			k.Parcels++
			over := x.PromisedAt != nil && (x.DeliveredAt != nil || now.After(*x.PromisedAt))
			count(&k.Promised, over)
			count(&k.Kept, over && !x.Late(now))
			count(&k.Damaged, x.Damaged)
			count(&k.Lost, x.LostAt != nil)
			count(&k.Stuck, x.StuckAt != nil)
			count(&k.Rated, x.Attitude > 0)
			count(&priced, x.Price > 0)
			attitude, price = attitude+x.Attitude, price+x.Price
		}
		if k.Parcels == 0 {
			continue
		}
		share := func(n, of int64) float64 {
			if of == 0 {
				return 0.5
			}
			return float64(n) / float64(of)
		}
		cheap := 0.5
		if priced > 0 {
			k.MeanPrice = price / priced
			cheap = min(1, max(0, 1-(float64(k.MeanPrice)/(allPrice/allPriced)-0.5)))
		}
		mood := 0.5
		if k.Rated > 0 {
			k.Attitude = float64(attitude) / float64(k.Rated)
			mood = (k.Attitude - 1) / 4
		}
		whole := 1 - min(1, float64(k.Damaged+k.Lost)/float64(k.Parcels))
		k.Score = 40*share(k.Kept, k.Promised) + 30*whole + 20*mood + 10*cheap
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b Score) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return out
}
