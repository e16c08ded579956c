package customers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// Address is one address of a customer in the clear: it lives in memory only.
type Address struct {
	ID         AddressID
	CustomerID ID
	Label      string // "home", "shop": a word of the customer
	Text       string // as it was given
	Parts      geo.Address
	Access     string // access notes: gate code, parking, dog
	Point      geo.Point
	Division   string // code of the finest division known
	Removed    bool
	Erased     bool
}

// Place is a snapshot of where work is done, kept by orders, cases and units with a key of their choice.
// The division's code and the point may stand beside the sealed snapshot in the clear.
type Place struct {
	Parts    geo.Address `json:"parts"`
	Access   string      `json:"access,omitempty"`
	Point    geo.Point   `json:"point"`
	Division string      `json:"division,omitempty"`
	Text     string      `json:"text,omitempty"`
}

// Place is the address as a snapshot.
func (a Address) Place() Place {
	return Place{Parts: a.Parts, Access: a.Access, Point: a.Point, Division: a.Division, Text: a.Text}
}

// IsZero tells whether nothing is known of the place.
func (p Place) IsZero() bool { return p.Text == "" && p.Division == "" && p.Point == geo.Point{} }

// AddressInput is an address to be kept: pasted text that is taken apart, or parts taken apart already.
// It is a body of operations as it stands.
type AddressInput struct {
	Label    string       `json:"label,omitempty" maxLength:"50"`
	Text     string       `json:"text,omitempty" maxLength:"500" doc:"As pasted; it is taken apart"`
	Parts    *geo.Address `json:"-"` // instead of reading Text
	Access   string       `json:"access,omitempty" maxLength:"500" doc:"Access notes"`
	Point    *geo.Point   `json:"point,omitempty"` // any datum; without one the centre of the division stands in
	Division string       `json:"division,omitempty" maxLength:"12" doc:"Code of the division, when it is known better than the text says"`
}

func (in *AddressInput) check(f *problem.Fields, field string) {
	in.Text = strings.TrimSpace(in.Text)
	checkText(f, field+".label", in.Label, maxLabel)
	checkText(f, field+".text", in.Text, 500)
	checkText(f, field+".access", in.Access, 500)
	f.Check(in.Text != "" || in.Parts != nil || in.Division != "" || in.Point != nil, field+".text", problem.Required)
	if in.Point != nil {
		f.Check(in.Point.Check() == nil, field+".point", problem.BadFormat)
	}
	if in.Division != "" {
		_, known := geo.ByCode(in.Division)
		abroad := strings.Contains(in.Division, "-") && len(in.Division) <= 12 // ISO 3166-2, "US-NY-061": not held, as with areas of outlets
		f.Check(known || abroad, field+".division", problem.Unknown)
	}
}

// PlaceOf takes an address apart and finds its division and point, without keeping anything.
func PlaceOf(in AddressInput) (Place, error) {
	var f problem.Fields
	in.check(&f, "address")
	if err := f.Err(); err != nil {
		return Place{}, err
	}
	return in.place(), nil
}

func (in AddressInput) place() Place {
	p := Place{Access: in.Access, Text: in.Text, Division: in.Division}
	if in.Parts != nil {
		p.Parts = *in.Parts
	} else if in.Text != "" {
		p.Parts = geo.ParseWithin(in.Division, in.Text)
	}
	p.Parts.Parts = nil // the stretches of the text repeat it
	if p.Text == "" {
		p.Text = written(p.Parts)
	}
	if p.Division == "" {
		p.Division = p.Parts.Code()
	}
	if d, ok := geo.ByCode(p.Division); ok {
		p.Division = d.Code
	}
	if in.Point != nil {
		p.Point = in.Point.WGS84()
		return p
	}
	p.Point, _ = geo.CentreOf(p.Division) // none known: the place has no point
	return p
}

// written puts parts together as an address is written.
func written(a geo.Address) string {
	if len(a.Lines) > 0 {
		return strings.Join(a.Lines, "\n")
	}
	return a.Province + a.City + a.District + a.Town + a.DevZone + a.Community + a.Road + a.RoadNo + a.SubRoad + a.SubRoadNo +
		a.POI + a.SubPOI + a.HouseNo + a.CellNo + a.FloorNo + a.RoomNo + a.Firm + a.Assist
}

// Rough is a point as reports and lists of people show it: to 0.01°, about a kilometre.
func Rough(p geo.Point) geo.Point {
	p.Lat, p.Lon = math.Round(p.Lat*100)/100, math.Round(p.Lon*100)/100
	return p
}

// Masked is the place down to the district and town; street, number and room are hidden.
func (p Place) Masked() string { return geo.MaskAddress(p.Text) }

// SealPlace makes a snapshot unreadable under a key; a zero place seals to nil.
func (s *Service) SealPlace(ctx context.Context, q db.Querier, key crypt.KeyID, p Place) ([]byte, error) {
	if p.IsZero() {
		return nil, nil
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("seal place: %w", err)
	}
	return s.keys.Seal(ctx, q, key, string(text))
}

// OpenPlace reads a sealed snapshot; nil opens to the zero place. With key "" the value names its key.
// [crypt.ErrErased] says that the person was erased.
func (s *Service) OpenPlace(ctx context.Context, q db.Querier, key crypt.KeyID, sealed []byte) (Place, error) {
	text, err := s.keys.Open(ctx, q, key, sealed)
	if err != nil || text == "" {
		return Place{}, err
	}
	var p Place
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return Place{}, fmt.Errorf("open place: %w", err)
	}
	return p, nil
}

// IsErased tells whether an error says that a value went with its person.
func IsErased(err error) bool { return errors.Is(err, crypt.ErrErased) || errors.Is(err, ErrErased) }
