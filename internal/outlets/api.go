package outlets

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
)

// outletPoint is a place in a body; without a datum it is WGS-84.
type outletPoint struct {
	Lat       float64       `json:"lat" minimum:"-90" maximum:"90"`
	Lon       float64       `json:"lon" minimum:"-180" maximum:"180"`
	Datum     geo.Datum     `json:"datum,omitempty" enum:"WGS84,GCJ02,BD09" doc:"Kept as WGS-84"`
	Precision geo.Precision `json:"precision,omitempty" enum:"door,street,district,city"`
	Source    string        `json:"source,omitempty" maxLength:"40"`
}

func (p *outletPoint) point() *geo.Point {
	if p == nil {
		return nil
	}
	v := geo.Point{Lat: p.Lat, Lon: p.Lon, Datum: p.Datum, Precision: p.Precision, Source: p.Source}
	if v.Datum == "" {
		v.Datum = geo.WGS84
	}
	return &v
}

func pointOf(p geo.Point) *outletPoint {
	if p == (geo.Point{}) {
		return nil
	}
	return &outletPoint{p.Lat, p.Lon, p.Datum, p.Precision, p.Source}
}

type outletBody struct {
	ID          ID                 `json:"id"`
	Code        string             `json:"code"`
	Name        string             `json:"name"`
	Kind        Kind               `json:"kind"`
	ParentID    ID                 `json:"parent_id,omitempty"`
	Path        string             `json:"path" doc:"Place in the tree, made of codes"`
	Brands      []catalog.BrandID  `json:"brands"`
	State       State              `json:"state"`
	StateReason string             `json:"state_reason,omitempty"`
	Zone        string             `json:"zone"`
	Point       *outletPoint       `json:"point,omitempty"`
	Division    string             `json:"division,omitempty"`
	Address     string             `json:"address,omitempty"`
	Phone       string             `json:"phone,omitempty"`
	Tools       []catalog.ToolCode `json:"tools" doc:"In its store, for its engineers to fetch"`
	CreatedAt   time.Time          `json:"created_at"`
	UpdatedAt   time.Time          `json:"updated_at"`
	Version     int64              `json:"version"`
	NextActs    []string           `json:"next_acts" doc:"Acts that the state allows"`
}

func bodyOf(o Outlet) outletBody {
	return outletBody{
		ID: o.ID, Code: o.Code, Name: o.Name, Kind: o.Kind, ParentID: o.ParentID, Path: o.Path, Brands: o.Brands, State: o.State,
		StateReason: o.StateReason, Zone: o.Zone, Point: pointOf(o.Point), Division: o.Division, Address: o.Address, Phone: o.Phone, Tools: catalog.SortedTools(o.Tools),
		CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, Version: o.Version, NextActs: o.nextActs(),
	}
}

type outletOut struct {
	ETag string `header:"ETag"`
	Body outletBody
}

func render(_ context.Context, o Outlet) (*outletOut, error) {
	return &outletOut{ETag: httpapi.ETag(o.Version), Body: bodyOf(o)}, nil
}

type outletIn struct {
	ID ID `path:"id" maxLength:"40"`
}

func op(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"outlets"}, Summary: summary, Description: description}
}

// Register adds the module's operations to the API.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, op("list-outlets", http.MethodGet, "/outlets", "Outlets",
		"Outlets in the caller's scope in the order of the tree; the centre only with kind=centre. q matches name and code."), s.listOutlets)
	httpapi.Register(api, op("get-outlet", http.MethodGet, "/outlets/{id}", "An outlet", "ETag carries the version for edits of the outlet and of everything below it."),
		func(ctx context.Context, in *outletIn) (*outletOut, error) {
			o, err := s.Find(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return render(ctx, o)
		})
	httpapi.Act(api, op("create-outlet", http.MethodPost, "/outlets", "Add an outlet",
		"Code and parent stay for ever, since the path is made of them. Brands must be served by the outlet above."), s.createOutlet, render)
	httpapi.Act(api, op("edit-outlet", http.MethodPatch, "/outlets/{id}", "Edit an outlet",
		"Only the given fields change; If-Match is required. Address, phone and tools are the outlet's own matter, the rest needs outlets.write."), s.editOutlet, render)
	for _, a := range []struct {
		name, summary, description string
		run                        func(context.Context, ActInput) (Outlet, error)
	}{
		{"suspend", "Suspend an outlet", "It gets no new work; what is running goes on. Needs a reason.", s.Suspend},
		{"resume", "Resume an outlet", "A suspended outlet works again.", s.Resume},
		{"close", "Close an outlet", "For ever; outlets below it must be closed before. Needs a reason.", s.Close},
	} {
		httpapi.Act(api, op(a.name+"-outlet", http.MethodPost, "/outlets/{id}/"+a.name, a.summary, a.description),
			func(ctx context.Context, in *outletActIn) (Outlet, error) {
				return a.run(ctx, ActInput{ID: in.ID, Act: in.Body.Act()})
			}, render)
	}
	s.registerOwn(api)
}

type outletActIn struct {
	ID   ID `path:"id" maxLength:"40"`
	Body struct{ httpapi.ActIn }
}

type listOutletsIn struct {
	httpapi.PageIn
	State        State           `query:"state" enum:"active,suspended,closed"`
	Kind         Kind            `query:"kind" enum:"centre,own,authorised,franchised,agent"`
	Brand        catalog.BrandID `query:"brand" maxLength:"40"`
	Under        string          `query:"under" maxLength:"200" doc:"Path of an outlet: it and those below it"`
	Query        string          `query:"q" maxLength:"60"`
	UpdatedSince time.Time       `query:"updated_since"`
}

func (s *Service) listOutlets(ctx context.Context, in *listOutletsIn) (*httpapi.PageOut[outletBody], error) {
	f := Filter{State: in.State, Kind: in.Kind, Brand: in.Brand, Under: in.Under, Query: in.Query, UpdatedSince: in.UpdatedSince, Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.AfterPath); err != nil {
		return nil, err
	}
	rows, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[outletBody]{Body: httpapi.MakePage(rows, in.Limit, bodyOf, func(o Outlet) []any { return []any{o.Path} })}, nil
}

type createOutletIn struct {
	Body struct {
		Code        string             `json:"code" minLength:"1" maxLength:"30" pattern:"^[a-z0-9][a-z0-9-]*$" doc:"Lower case; unique below its parent"`
		Name        string             `json:"name" minLength:"1" maxLength:"100"`
		Kind        Kind               `json:"kind" enum:"own,authorised,franchised,agent"`
		ParentID    ID                 `json:"parent_id,omitempty" maxLength:"40" doc:"Absent: right below the centre"`
		Brands      []catalog.BrandID  `json:"brands,omitempty" maxItems:"200"`
		Zone        string             `json:"zone,omitempty" maxLength:"60" doc:"IANA time zone; absent is the parent's"`
		Point       *outletPoint       `json:"point,omitempty"`
		Division    string             `json:"division,omitempty" maxLength:"20"`
		Address     string             `json:"address,omitempty" maxLength:"200"`
		Phone       string             `json:"phone,omitempty" maxLength:"32"`
		Tools       []catalog.ToolCode `json:"tools,omitempty" maxItems:"60"`
		ExternalIDs []ExternalID       `json:"external_ids,omitempty" maxItems:"20"`
	}
}

func (s *Service) createOutlet(ctx context.Context, in *createOutletIn) (Outlet, error) {
	b := in.Body
	c := CreateInput{
		Code: b.Code, Name: b.Name, Kind: b.Kind, ParentID: b.ParentID, Brands: b.Brands, Zone: b.Zone, Division: b.Division,
		Address: b.Address, Phone: b.Phone, Tools: b.Tools, ExternalIDs: b.ExternalIDs,
	}
	if p := b.Point.point(); p != nil {
		c.Point = *p
	}
	return s.Create(ctx, c)
}

type editOutletIn struct {
	ID ID `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Name     *string            `json:"name,omitempty" maxLength:"100"`
		Kind     *Kind              `json:"kind,omitempty" enum:"own,authorised,franchised,agent"`
		Brands   []catalog.BrandID  `json:"brands,omitempty" maxItems:"200"`
		Zone     *string            `json:"zone,omitempty" maxLength:"60"`
		Point    *outletPoint       `json:"point,omitempty"`
		Division *string            `json:"division,omitempty" maxLength:"20"`
		Address  *string            `json:"address,omitempty" maxLength:"200"`
		Phone    *string            `json:"phone,omitempty" maxLength:"32"`
		Tools    []catalog.ToolCode `json:"tools,omitempty" maxItems:"60"`
	}
}

func (s *Service) editOutlet(ctx context.Context, in *editOutletIn) (Outlet, error) {
	v, err := in.Version()
	if err != nil {
		return Outlet{}, err
	}
	b := in.Body
	return s.Edit(ctx, EditInput{
		ID: in.ID, Version: v, Name: b.Name, Kind: b.Kind, Brands: b.Brands, Zone: b.Zone, Point: b.Point.point(), Division: b.Division,
		Address: b.Address, Phone: b.Phone, Tools: b.Tools,
	})
}
