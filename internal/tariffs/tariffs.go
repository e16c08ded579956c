package tariffs

import (
	"embed"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

// PriceID names a row of a price list.
type PriceID string

// Kind is what is priced.
type Kind string

// Kinds of prices.
const (
	Labour   Kind = "labour"   // by service type, category and grade or action (item)
	Visit    Kind = "visit"    // a trip without a fault, or in vain
	Distance Kind = "distance" // for each kilometre beyond the free ones, one way; item "city" or "" elsewhere
	Height   Kind = "height"   // outside work at height
	Part     Kind = "part"     // by part id or part type (item)
	Report   Kind = "report"   // an assessment
	Factor   Kind = "factor"   // item "urgent", "holiday" or "night": multiplies labour
)

// Kinds lists them.
var Kinds = []Kind{Labour, Visit, Distance, Height, Part, Report, Factor}

// Price is one row of a list. Empty brand, service type, category or item speak of all.
type Price struct {
	ID          PriceID
	List        string
	Kind        Kind
	Brand       catalog.BrandID
	ServiceType catalog.ServiceTypeCode
	Category    catalog.CategoryCode
	Item        string
	Amount      money.Amount
	FreeMetres  int64  // distance only
	RoundUp     bool   // distance only: a begun kilometre counts whole
	Factor      string // factor only: a decimal such as 1.5
	From, To    calendar.Date
	Source      string
	Active      bool
	Version     int64
	Created     time.Time
	Updated     time.Time
}

// PriceInput asks for the price of one line.
type PriceInput struct {
	Brand       catalog.BrandID
	ServiceType catalog.ServiceTypeCode
	Category    catalog.CategoryCode
	Kind        Kind
	Item        string // grade or action of labour, part id or type, "city" of distance
	Quantity    int64  // pieces; 0 is 1
	Metres      int64  // one way, for distance
	Factors     []string
	At          time.Time
}

// Priced is the price of a line, and the row it comes from.
type Priced struct {
	Amount  money.Amount
	Source  PriceID
	List    string
	Reasons reason.List
}

// Codes of this module.
var (
	ErrNotFound = problem.Declare("tariffs.not_found", problem.NotFound)
	ErrNoPrice  = problem.Declare("tariffs.no_price", problem.Conflict)
)

// Words are this module's messages for the catalogue.
//
//go:embed words.*.json
var Words embed.FS

const (
	permRead = "tariffs.read"
	permEdit = "tariffs.edit"
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: permRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleEngineer, access.RoleFinance, access.RoleIntegrator}},
	{Key: permEdit, Roles: []string{access.RoleAdmin, access.RoleFinance}},
}

const ruleVersion = "list-1"

// score tells how well a row fits: -1 not at all, else more for each thing it names. An item weighs most,
// then the category, the service type and the brand.
func (p Price) score(in PriceInput, on calendar.Date) int {
	if !p.Active || p.Kind != in.Kind || on < p.From || on > p.To {
		return -1
	}
	n := 0
	for _, m := range []struct {
		row, want string
		weight    int
	}{
		{p.Item, in.Item, 8}, {string(p.Category), string(in.Category), 4}, {string(p.ServiceType), string(in.ServiceType), 2}, {string(p.Brand), string(in.Brand), 1},
	} {
		switch m.row {
		case "":
		case m.want:
			n += m.weight
		default:
			return -1
		}
	}
	return n
}

// best finds the most specific row in force; of equals the one that began last.
func best(all []Price, in PriceInput, on calendar.Date) (Price, bool) {
	var out Price
	top := -1
	for _, p := range all {
		if n := p.score(in, on); n > top || n == top && n >= 0 && p.From > out.From {
			out, top = p, n
		}
	}
	return out, top >= 0
}

// price computes a line from the rows of all lists.
func price(all []Price, in PriceInput, on calendar.Date) (Priced, error) {
	p, ok := best(all, in, on)
	if !ok {
		return Priced{}, ErrNoPrice.With("kind", string(in.Kind), "item", in.Item)
	}
	out := Priced{Source: p.ID, List: p.List}
	n := max(1, in.Quantity)
	why := reason.Noted("tariffs.row").With("list", p.List).With("kind", string(p.Kind)).With("item", p.Item).Under(ruleVersion)
	var err error
	if p.Kind == Distance {
		if out.Amount, why, err = distance(p, in.Metres); err != nil {
			return Priced{}, err
		}
	} else if out.Amount, err = p.Amount.Times(n); err != nil {
		return Priced{}, fmt.Errorf("price of %s: %w", in.Kind, err)
	}
	out.Reasons.Add(why)
	if in.Kind != Labour {
		return out, nil
	}
	for _, f := range in.Factors {
		row, ok := best(all, PriceInput{Brand: in.Brand, ServiceType: in.ServiceType, Category: in.Category, Kind: Factor, Item: f}, on)
		if !ok || row.Item != f {
			continue
		}
		rate, err := decimal.Parse(row.Factor)
		if err != nil {
			return Priced{}, fmt.Errorf("factor of %s: %w", row.ID, err)
		}
		if out.Amount, err = out.Amount.Mul(rate, money.HalfUp); err != nil {
			return Priced{}, err
		}
		out.Reasons.Add(reason.Noted("tariffs.factor").With("item", f).With("factor", row.Factor).Under(ruleVersion))
	}
	return out, nil
}

// distance prices the kilometres beyond the free ones: (km − free) × rate, a begun kilometre whole where
// the list says so. Vectors: 26 km in a city with 20 free at 2 yuan → 12.00; 12 km with 10 free → 4.00;
// 36.2 km with 35 free at 1.5 yuan, rounded up → 3.00.
func distance(p Price, metres int64) (money.Amount, reason.Reason, error) {
	beyond := max(0, metres-p.FreeMetres)
	why := reason.Noted("tariffs.distance").With("km", float64(metres)/1000).With("free_km", float64(p.FreeMetres)/1000).Under(ruleVersion)
	if p.RoundUp {
		n := (beyond + 999) / 1000
		a, err := p.Amount.Times(n)
		return a, why, err
	}
	km, err := decimal.New(beyond, 3)
	if err != nil {
		return money.Amount{}, why, err
	}
	a, err := p.Amount.Mul(km, money.HalfUp)
	return a, why, err
}
