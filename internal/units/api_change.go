package units

import (
	"context"
	"encoding/json"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

type addressIn struct {
	AddressID string     `json:"address_id,omitempty" maxLength:"64" doc:"One of the owner's addresses; or"`
	Text      string     `json:"text,omitempty" maxLength:"500" doc:"an address as pasted"`
	Access    string     `json:"access,omitempty" maxLength:"500" doc:"Access notes"`
	Division  string     `json:"division,omitempty" maxLength:"12"`
	Point     *geo.Point `json:"point,omitempty"`
}

func (a addressIn) input() *customers.AddressInput {
	if a.AddressID != "" {
		return nil
	}
	return &customers.AddressInput{Text: a.Text, Access: a.Access, Division: a.Division, Point: a.Point}
}

type componentIn struct {
	PartID   string    `json:"part_id,omitempty" maxLength:"64"`
	Type     string    `json:"type" maxLength:"64" doc:"Part type of the fault catalogue"`
	Serial   string    `json:"serial,omitempty" maxLength:"64"`
	FittedAt time.Time `json:"fitted_at,omitzero"`
}

type externalIn struct {
	System string `json:"system" maxLength:"64"`
	ID     string `json:"id" maxLength:"64"`
}

type createIn struct {
	Body struct {
		BrandID     string                `json:"brand_id" maxLength:"64"`
		ModelID     string                `json:"model_id,omitempty" maxLength:"64"`
		Category    string                `json:"category,omitempty" maxLength:"64"`
		Serial      string                `json:"serial,omitempty" maxLength:"64"`
		OwnerID     string                `json:"owner_id,omitempty" maxLength:"64"`
		Place       *addressIn            `json:"place,omitempty"`
		Purchase    purchaseBody          `json:"purchase,omitempty"`
		Dates       map[string]*datedBody `json:"dates,omitempty" doc:"made, sold, invoiced, delivered, installed, activated"`
		Components  []componentIn         `json:"components,omitempty" maxItems:"50"`
		ExternalIDs []externalIn          `json:"external_ids,omitempty" maxItems:"20"`
	}
}

func (s *Service) apiCreate(ctx context.Context, in *createIn) (Ref, error) {
	b := &in.Body
	c := CreateInput{
		Brand: catalog.BrandID(b.BrandID), Model: catalog.ModelID(b.ModelID), Category: catalog.CategoryCode(b.Category), Serial: b.Serial,
		Owner: customers.ID(b.OwnerID), Purchase: Purchase(b.Purchase), Dates: Dates{},
	}
	dates, err := datesOf(b.Dates)
	if err != nil {
		return Ref{}, err
	}
	for k, d := range dates {
		if d != nil {
			c.Dates[k] = *d
		}
	}
	if b.Place != nil {
		if a := b.Place.input(); a == nil {
			c.Address = customers.AddressID(b.Place.AddressID)
		} else {
			p, err := customers.PlaceOf(*a)
			if err != nil {
				return Ref{}, err
			}
			c.Place = &p
		}
	}
	for _, x := range b.Components {
		c.Components = append(c.Components, Component{Part: x.PartID, Type: x.Type, Serial: x.Serial, FittedAt: x.FittedAt})
	}
	for _, x := range b.ExternalIDs {
		c.External = append(c.External, ExternalID(x))
	}
	return s.Create(ctx, c)
}

func datesOf(in map[string]*datedBody) (map[DateKind]*Dated, error) {
	var f problem.Fields
	out := map[DateKind]*Dated{}
	for k, d := range in {
		if d == nil {
			out[DateKind(k)] = nil
			continue
		}
		day, err := calendar.ParseDate(d.Day)
		if err != nil {
			f.Add("dates."+k+".day", problem.BadFormat)
			continue
		}
		out[DateKind(k)] = &Dated{Day: day, By: d.By}
	}
	return out, f.Err()
}

type patchIn struct {
	IDIn
	httpapi.VersionIn
	Body struct {
		ModelID  *catalog.ModelID      `json:"model_id,omitempty" maxLength:"64"`
		Category *catalog.CategoryCode `json:"category,omitempty" maxLength:"64"`
		Serial   *string               `json:"serial,omitempty" maxLength:"64"`
		Purchase *purchaseBody         `json:"purchase,omitempty"`
		Dates    json.RawMessage       `json:"dates,omitempty" doc:"Dates to set; null forgets one"`
	}
}

func (s *Service) apiEdit(ctx context.Context, in *patchIn) (Ref, error) {
	v, err := in.Version()
	if err != nil {
		return Ref{}, err
	}
	b := &in.Body
	e := EditInput{ID: ID(in.ID), Version: v, Model: b.ModelID, Category: b.Category, Serial: b.Serial, Purchase: (*Purchase)(b.Purchase)}
	if len(b.Dates) > 0 {
		var raw map[string]*datedBody
		if err := json.Unmarshal(b.Dates, &raw); err != nil {
			return Ref{}, problem.Field("dates", problem.BadFormat)
		}
		if e.Dates, err = datesOf(raw); err != nil {
			return Ref{}, err
		}
	}
	return s.Edit(ctx, e)
}

type placeIn struct {
	IDIn
	httpapi.VersionIn
	Body addressIn
}

func (s *Service) apiPlace(ctx context.Context, in *placeIn) (Ref, error) {
	v, err := in.Version()
	if err != nil {
		return Ref{}, err
	}
	return s.SetPlace(ctx, PlaceInput{ID: ID(in.ID), Version: v, Address: customers.AddressID(in.Body.AddressID), New: in.Body.input()})
}

type ownerIn struct {
	IDIn
	Body struct {
		httpapi.ActIn
		OwnerID string `json:"owner_id,omitempty" maxLength:"64" doc:"Absent: nobody known"`
	}
}

func (s *Service) apiOwner(ctx context.Context, in *ownerIn) (Ref, error) {
	return s.ChangeOwner(ctx, OwnerInput{Act: in.Body.Act(), ID: ID(in.ID), Owner: customers.ID(in.Body.OwnerID)})
}

type markIn struct {
	IDIn
	Body struct {
		httpapi.ActIn
		Mark  string `json:"mark" maxLength:"64" pattern:"^[a-z0-9_.-]+$"`
		Clear bool   `json:"clear,omitempty"`
	}
}

func (s *Service) apiMark(ctx context.Context, in *markIn) (Ref, error) {
	return s.Mark(ctx, MarkInput{Act: in.Body.Act(), ID: ID(in.ID), Mark: in.Body.Mark, Clear: in.Body.Clear})
}

type otherIn struct {
	IDIn
	Body struct {
		httpapi.ActIn
		UnitID string `json:"unit_id" maxLength:"64" doc:"The other unit: the one given instead, or the record that survives"`
	}
}

func (s *Service) apiReplace(ctx context.Context, in *otherIn) (Ref, error) {
	return s.Replace(ctx, ReplaceInput{Act: in.Body.Act(), ID: ID(in.ID), By: ID(in.Body.UnitID)})
}

func (s *Service) apiMerge(ctx context.Context, in *otherIn) (Ref, error) {
	return s.Merge(ctx, MergeInput{Act: in.Body.Act(), ID: ID(in.ID), Into: ID(in.Body.UnitID)})
}

type entryBody struct {
	ID         string         `json:"id"`
	Kind       string         `json:"kind"`
	RefKind    string         `json:"ref_kind,omitempty"`
	RefID      string         `json:"ref_id,omitempty"`
	Params     map[string]any `json:"params,omitempty"`
	Actor      string         `json:"actor"`
	OccurredAt time.Time      `json:"occurred_at"`
	RecordedAt time.Time      `json:"recorded_at"`
}

type timelineIn struct {
	IDIn
	httpapi.PageIn
}

func (s *Service) apiTimeline(ctx context.Context, in *timelineIn) (*httpapi.PageOut[entryBody], error) {
	t := TimelineInput{ID: ID(in.ID), Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &t.Before, &t.BeforeID); err != nil {
		return nil, err
	}
	list, err := s.Timeline(ctx, t)
	if err != nil {
		return nil, err
	}
	body := func(e Entry) entryBody {
		return entryBody{
			ID: e.ID, Kind: e.Kind, RefKind: e.RefKind, RefID: e.RefID, Params: e.Params, Actor: e.Actor, OccurredAt: e.At, RecordedAt: e.RecordedAt,
		}
	}
	return &httpapi.PageOut[entryBody]{Body: httpapi.MakePage(list, in.Limit, body, func(e Entry) []any { return []any{e.At, e.ID} })}, nil
}

type factBody struct {
	ID               string    `json:"id"`
	Kind             string    `json:"kind"`
	SymptomFamily    string    `json:"symptom_family,omitempty"`
	DaysOut          int       `json:"days_out"`
	ComponentSwapped string    `json:"component_swapped,omitempty"`
	Result           string    `json:"result,omitempty"`
	OrderID          string    `json:"order_id,omitempty"`
	OccurredAt       time.Time `json:"occurred_at"`
}

type factsOut struct {
	Body struct {
		Items []factBody `json:"items"`
	}
}

func (s *Service) apiFacts(ctx context.Context, in *IDIn) (*factsOut, error) {
	u, err := s.Find(ctx, s.db, ID(in.ID))
	if err != nil {
		return nil, err
	}
	list, err := s.Facts(ctx, s.db, u.ID)
	if err != nil {
		return nil, err
	}
	out := &factsOut{}
	out.Body.Items = []factBody{}
	for _, f := range list {
		out.Body.Items = append(out.Body.Items, factBody{
			ID: f.ID, Kind: string(f.Kind), SymptomFamily: f.SymptomFamily, DaysOut: f.DaysOut, ComponentSwapped: f.ComponentSwapped,
			Result: f.Result, OrderID: f.Order, OccurredAt: f.At,
		})
	}
	return out, nil
}

type componentsOut struct {
	Body struct {
		Items []Component `json:"items"`
	}
}

func (s *Service) apiComponents(ctx context.Context, in *IDIn) (*componentsOut, error) {
	u, err := s.Find(ctx, s.db, ID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &componentsOut{}
	out.Body.Items, err = s.Components(ctx, s.db, u.ID)
	return out, err
}
