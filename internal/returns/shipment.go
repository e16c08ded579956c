package returns

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/carrier"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// CarrierID names a carrier.
type CarrierID string

// Carrier is a firm that carries parcels: one that is spoken to over HTTP as its spec tells, or one whose numbers and news
// people type in.
type Carrier struct {
	ID         CarrierID
	Brand      catalog.BrandID // empty: all
	Name       string
	Kind       string // manual, custom, or a preset
	Spec       carrier.Spec
	StuckHours int64 // without news after which a parcel is stuck
	LostDays   int64 // and lost
	Active     bool
	VerifiedAt *time.Time
	VerifiedBy string
	CreatedBy  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64

	sealed []byte
}

// Secrets are what a carrier knows us by.
type Secrets struct {
	Secret     string `json:"secret,omitempty" maxLength:"500"`
	Key        string `json:"key,omitempty" maxLength:"500"`
	HookSecret string `json:"hook_secret,omitempty" maxLength:"500"`
}

// ShipmentID names a shipment.
type ShipmentID string

// Directions of shipments.
const (
	Back = "back" // goods to us
	Out  = "out"  // replacement, or goods that go back to the customer
	// Onward goes to the maker or supplier, from our depot or, dropped by us, straight from the customer.
	Onward = "onward"
)

// Shipment is a parcel with lines of a return.
type Shipment struct {
	ID          ShipmentID
	Return      ID
	Brand       catalog.BrandID
	OutletPath  string
	Direction   string
	Lines       []LineID
	Carrier     CarrierID
	Number      string
	Label       string // address of its label
	State       carrier.State
	Price       int64
	Currency    money.Currency
	PromisedAt  *time.Time
	DeliveredAt *time.Time
	LastAt      time.Time // of the last news
	StuckAt     *time.Time
	LostAt      *time.Time
	Damaged     bool
	Attitude    int64 // 1 to 5; 0: nobody said
	AskAt       *time.Time
	Asks        int64
	CreatedBy   string
	CreatedAt   time.Time
	Version     int64
}

// Late tells whether a parcel came after it was promised, or did not come by now.
func (x Shipment) Late(now time.Time) bool {
	if x.PromisedAt == nil {
		return false
	}
	if x.DeliveredAt != nil {
		return x.DeliveredAt.After(*x.PromisedAt)
	}
	return now.After(*x.PromisedAt)
}

// Codes about carriers.
var (
	ErrCarrierSilent  = problem.Declare("returns.carrier_silent", problem.Unavailable) // no answer: try again
	ErrCarrierRefused = problem.Declare("returns.carrier_refused", problem.Conflict)
	ErrSpec           = problem.Declare("returns.carrier_spec", problem.Invalid)
)

// ShipmentNews tells what became of a parcel.
type ShipmentNews struct {
	events.Head
	Return    ID            `json:"return_id"`
	Direction string        `json:"direction"`
	State     carrier.State `json:"state"`
}

// Topic implements events.Event.
func (e ShipmentNews) Topic() string { return "shipment.moved.v1" }

// Record implements events.Event.
func (e ShipmentNews) Record() (string, string) { return shipmentKind, e.ID }

// ShipmentAlarm tells that a parcel has had no news for too long.
type ShipmentAlarm struct {
	events.Head
	Return ID     `json:"return_id"`
	What   string `json:"what"` // stuck or lost
}

// Topic implements events.Event.
func (ShipmentAlarm) Topic() string { return "shipment.alarmed.v1" }

// Record implements events.Event.
func (e ShipmentAlarm) Record() (string, string) { return shipmentKind, e.ID }

const shipmentKind = "shipment"

const carrierColumns = `id, brand_id, name, kind, spec, secrets_sealed, stuck_hours, lost_days, active, verified_at, verified_by, created_by, created_at, updated_at, version`

func scanCarrier(s db.Scanner) (c Carrier, err error) {
	var spec string
	var verified *int64
	var created, updated int64
	err = s.Scan(&c.ID, &c.Brand, &c.Name, &c.Kind, &spec, &c.sealed, &c.StuckHours, &c.LostDays, &c.Active, &verified, &c.VerifiedBy, &c.CreatedBy, &created, &updated, &c.Version)
	if err != nil {
		return c, err
	}
	c.VerifiedAt, c.CreatedAt, c.UpdatedAt = db.FromMicrosPtr(verified), db.FromMicros(created), db.FromMicros(updated)
	return c, json.Unmarshal([]byte(spec), &c.Spec)
}

func findCarrier(ctx context.Context, q db.Querier, id CarrierID) (Carrier, error) {
	c, err := db.Get(ctx, q, scanCarrier, `SELECT `+carrierColumns+` FROM returns_carrier WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		err = ErrNotFound
	}
	return c, err
}

const shipmentColumns = `id, return_id, brand_id, outlet_path, direction, lines, carrier_id, number, label, state, price, currency, promised_at, delivered_at, last_at, stuck_at, lost_at,
	damaged, attitude, ask_at, asks, created_by, created_at, version`

func scanShipment(s db.Scanner) (x Shipment, err error) {
	var lines string
	var promised, delivered, stuck, lost, ask *int64
	var last, created int64
	err = s.Scan(&x.ID, &x.Return, &x.Brand, &x.OutletPath, &x.Direction, &lines, &x.Carrier, &x.Number, &x.Label, &x.State, &x.Price, &x.Currency, &promised, &delivered, &last, &stuck, &lost,
		&x.Damaged, &x.Attitude, &ask, &x.Asks, &x.CreatedBy, &created, &x.Version)
	if err != nil {
		return x, err
	}
	x.PromisedAt, x.DeliveredAt, x.StuckAt, x.LostAt, x.AskAt = db.FromMicrosPtr(promised), db.FromMicrosPtr(delivered), db.FromMicrosPtr(stuck), db.FromMicrosPtr(lost), db.FromMicrosPtr(ask)
	x.LastAt, x.CreatedAt = db.FromMicros(last), db.FromMicros(created)
	return x, json.Unmarshal([]byte(lines), &x.Lines)
}

func insertShipment(ctx context.Context, tx *db.Tx, x Shipment) error {
	lines, err := json.Marshal(x.Lines)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO returns_shipment (`+shipmentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		x.ID, x.Return, x.Brand, x.OutletPath, x.Direction, string(lines), x.Carrier, x.Number, x.Label, x.State, x.Price, string(x.Currency), db.MicrosPtr(x.PromisedAt), nil, db.Micros(x.LastAt),
		nil, nil, x.Damaged, x.Attitude, db.MicrosPtr(x.AskAt), x.Asks, x.CreatedBy, db.Micros(x.CreatedAt), x.Version)
	return err
}

// updateShipment writes what may change over the version that it was read at.
func updateShipment(ctx context.Context, tx *db.Tx, x *Shipment) error {
	was := x.Version
	x.Version++
	return tx.ExecOne(ctx, `UPDATE returns_shipment SET state = $1, price = $2, delivered_at = $3, last_at = $4, stuck_at = $5, lost_at = $6, damaged = $7, attitude = $8, ask_at = $9, asks = $10, version = $11
		WHERE id = $12 AND version = $13`, x.State, x.Price, db.MicrosPtr(x.DeliveredAt), db.Micros(x.LastAt), db.MicrosPtr(x.StuckAt), db.MicrosPtr(x.LostAt), x.Damaged, x.Attitude,
		db.MicrosPtr(x.AskAt), x.Asks, x.Version, x.ID, was)
}

// ShipmentFilter narrows a list of shipments.
type ShipmentFilter struct {
	Return    ID
	Attention bool // stuck, lost, or an exception, and nobody has closed it
	Before    int64
	BeforeID  ShipmentID
	HasAfter  bool
	Limit     int
}

func listShipments(ctx context.Context, q db.Querier, scope access.Scope, f ShipmentFilter) ([]Shipment, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	if f.Return != "" {
		w.And("return_id = ?", f.Return)
	}
	if f.Attention {
		w.And("delivered_at IS NULL AND (stuck_at IS NOT NULL OR lost_at IS NOT NULL OR state = 'exception')")
	}
	if f.HasAfter {
		w.And("(created_at, id) < (?, ?)", f.Before, f.BeforeID)
	}
	return db.List(ctx, q, scanShipment, `SELECT `+shipmentColumns+` FROM returns_shipment`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}

func findShipment(ctx context.Context, q db.Querier, scope access.Scope, id ShipmentID) (Shipment, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	x, err := db.Get(ctx, q, scanShipment, `SELECT `+shipmentColumns+` FROM returns_shipment`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		err = ErrNotFound
	}
	return x, err
}

func tracksOf(ctx context.Context, q db.Querier, id ShipmentID) ([]carrier.Event, error) {
	return db.List(ctx, q, func(s db.Scanner) (e carrier.Event, err error) {
		var at int64
		err = s.Scan(&at, &e.Code, &e.State, &e.Text, &e.Place)
		e.At = db.FromMicros(at)
		return e, err
	}, `SELECT at, code, state, words, place FROM returns_track WHERE shipment_id = $1 ORDER BY at, recorded_at, code`, id)
}
