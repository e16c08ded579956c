package parts

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// PartID names a part of the master.
type PartID string

// Part is one row of the part master.
type Part struct {
	ID         PartID                 `json:"id"`
	Brand      catalog.BrandID        `json:"brand_id,omitempty"` // empty: fits every brand
	Code       string                 `json:"code"`               // unique per brand, upper case
	NameZh     string                 `json:"name_zh"`
	NameEn     string                 `json:"name_en,omitempty"`
	Class      catalog.PartClass      `json:"class"`           // main, general or accessory: warranties differ
	Type       string                 `json:"type,omitempty"`  // part type of the fault catalogue, "compressor"
	Unit       string                 `json:"unit"`            // what one means: "pc", "g", "cm", "ml"
	Price      *money.Amount          `json:"price,omitempty"` // reference price of one, for when no price list has it
	Returnable bool                   `json:"returnable"`      // the old one has to come back
	Serialised bool                   `json:"serialised"`      // each piece bears a serial
	Categories []catalog.CategoryCode `json:"categories"`
	ReplacedBy PartID                 `json:"replaced_by,omitempty"` // the part to take instead
	Active     bool                   `json:"active"`
	CreatedAt  time.Time              `json:"created_at"`
	Version    int64                  `json:"version"`
}

// Units in which quantities are counted.
var Units = []string{"pc", "set", "g", "ml", "cm"}

// PlaceKind is what kind of store a place is.
type PlaceKind string

// The kinds of places.
const (
	KindCentre PlaceKind = "centre"
	KindOutlet PlaceKind = "outlet"
	KindVan    PlaceKind = "van"
)

// PlaceID names a place: "centre", "outlet:<outlet id>", "van:<engineer id>".
type PlaceID string

// Centre is the store of the service centre.
const Centre PlaceID = "centre"

// OutletPlace is the store of an outlet.
func OutletPlace(id outlets.ID) PlaceID { return PlaceID("outlet:" + string(id)) }

// VanPlace is the van of an engineer, named by the engineer's id.
func VanPlace(engineer string) PlaceID { return PlaceID("van:" + engineer) }

// Kind is the kind of the place that the id names; "" for no place id.
func (p PlaceID) Kind() PlaceKind {
	kind, ref, _ := strings.Cut(string(p), ":")
	switch k := PlaceKind(kind); {
	case p == Centre:
		return KindCentre
	case (k == KindOutlet || k == KindVan) && ref != "":
		return k
	}
	return ""
}

func (p PlaceID) ref() string {
	_, ref, _ := strings.Cut(string(p), ":")
	return ref
}

// Place is where parts lie.
type Place struct {
	ID         PlaceID    `json:"id"`
	Kind       PlaceKind  `json:"kind"`
	Outlet     outlets.ID `json:"outlet_id"` // whose place it is; of the centre the centre
	OutletPath string     `json:"outlet_path"`
	Engineer   string     `json:"engineer_id,omitempty"` // of a van
	Active     bool       `json:"active"`
	Version    int64      `json:"version"`
}

// Stock is the balance of one part at one place, in the part's unit.
type Stock struct {
	Place    PlaceID `json:"place_id"`
	Part     PartID  `json:"part_id"`
	OnHand   int64   `json:"on_hand"`
	Reserved int64   `json:"reserved"`
	Minimum  int64   `json:"minimum"` // below it the place wants more
}

// Free is what nobody has reserved.
func (s Stock) Free() int64 { return s.OnHand - s.Reserved }

// MovementKind says why a balance changed.
type MovementKind string

// The kinds of movements.
const (
	MoveReceive MovementKind = "receive" // goods came from outside
	MoveCount   MovementKind = "count"   // a count found more or less
	MoveReserve MovementKind = "reserve"
	MoveRelease MovementKind = "release"
	MoveUse     MovementKind = "use"
	MoveBack    MovementKind = "back" // taken for an order and not used after all
	MoveShip    MovementKind = "ship" // sent to another place
	MoveArrive  MovementKind = "arrive"
	MoveScrap   MovementKind = "scrap"
)

// Movement is one change of a balance; movements are never changed.
type Movement struct {
	ID            string       `json:"id"`
	Seq           int64        `json:"seq"` // of the place and part, from 1
	Place         PlaceID      `json:"place_id"`
	Part          PartID       `json:"part_id"`
	Kind          MovementKind `json:"kind"`
	Qty           int64        `json:"qty"`      // change of what is on hand
	Reserved      int64        `json:"reserved"` // change of what is reserved
	OnHandAfter   int64        `json:"on_hand_after"`
	ReservedAfter int64        `json:"reserved_after"`
	Order         string       `json:"order_id,omitempty"`
	Visit         string       `json:"visit_id,omitempty"`
	Transfer      string       `json:"transfer_id,omitempty"`
	Serial        string       `json:"serial,omitempty"`
	Reason        string       `json:"reason,omitempty"`
	Override      bool         `json:"override"` // the books did not have it
	Actor         string       `json:"actor"`
	OccurredAt    time.Time    `json:"occurred_at"`
	RecordedAt    time.Time    `json:"recorded_at"`
}

const (
	maxCode = 64
	maxQty  = 1_000_000_000
)

func (p *Part) check(snap *catalog.Snapshot) error {
	var f problem.Fields
	p.Code = strings.ToUpper(strings.TrimSpace(p.Code))
	p.NameZh, p.NameEn = strings.TrimSpace(p.NameZh), strings.TrimSpace(p.NameEn)
	if p.Unit == "" {
		p.Unit = "pc"
	}
	f.Check(p.Code != "", "code", problem.Required)
	f.Check(!strings.ContainsFunc(p.Code, unicode.IsSpace), "code", problem.BadFormat)
	f.Check(p.NameZh != "" || p.NameEn != "", "name_zh", problem.Required)
	for name, v := range map[string]string{"code": p.Code, "type": p.Type} {
		checkText(&f, name, v, maxCode)
	}
	checkText(&f, "name_zh", p.NameZh, 200)
	checkText(&f, "name_en", p.NameEn, 200)
	f.Check(slices.Contains([]catalog.PartClass{catalog.PartMain, catalog.PartGeneral, catalog.PartAccessory}, p.Class), "class", problem.BadChoice)
	f.Check(slices.Contains(Units, p.Unit), "unit", problem.BadChoice)
	f.Check(p.Price == nil || p.Price.Minor >= 0 && p.Price.Currency.Known(), "price", problem.OutOfRange)
	if p.Brand != "" {
		_, known := snap.Brand(p.Brand)
		f.Check(known, "brand_id", problem.Unknown)
	}
	for _, c := range p.Categories {
		_, known := snap.Category(c)
		f.Check(known, "categories", problem.Unknown)
	}
	slices.Sort(p.Categories)
	p.Categories = slices.Compact(p.Categories)
	return f.Err()
}

// checkText refuses text that no screen shows well: broken UTF-8, control characters, too many characters.
func checkText(f *problem.Fields, field, s string, limit int) {
	f.Check(utf8.RuneCountInString(s) <= limit, field, problem.TooLong, "limit", limit)
	f.Check(utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl), field, problem.BadText)
}

func checkQty(f *problem.Fields, field string, qty int64) {
	f.Check(qty > 0 && qty <= maxQty, field, problem.OutOfRange, "limit", maxQty)
}
