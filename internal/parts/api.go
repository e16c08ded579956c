package parts

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/money"
)

var tags = []string{"parts"}

// Register adds the module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-parts", Method: http.MethodGet, Path: "/parts", Tags: tags, Summary: "List parts",
		Description: "By code. q finds the beginning of a code or a part of a name.",
	}, s.apiList)
	httpapi.Register(api, huma.Operation{OperationID: "get-part", Method: http.MethodGet, Path: "/parts/{id}", Tags: tags, Summary: "Get a part"}, s.apiGet)
	httpapi.Act(api, huma.Operation{
		OperationID: "create-part", Method: http.MethodPost, Path: "/parts", Tags: tags, Summary: "Add a part to the master",
	}, s.apiCreate, renderPart)
	httpapi.Act(api, huma.Operation{
		OperationID: "edit-part", Method: http.MethodPatch, Path: "/parts/{id}", Tags: tags, Summary: "Change a part of the master",
		Description: "Code, brand and unit stay, since movements are counted in them.",
	}, s.apiEdit, renderPart)

	httpapi.Register(api, huma.Operation{
		OperationID: "list-stock", Method: http.MethodGet, Path: "/stock", Tags: tags, Summary: "List balances",
	}, s.apiStock)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-stock-movements", Method: http.MethodGet, Path: "/stock/movements", Tags: tags, Summary: "List movements of stock",
	}, s.apiMovements)
	for _, op := range []struct {
		id, path, summary, description string
		run                            func(context.Context, StockInput) (Stock, error)
	}{
		{"receive-stock", "receive", "Note goods that came from outside", "", s.Receive},
		{"count-stock", "count", "Set what is on hand to what was counted", "Needs a reason.", s.Count},
		{"scrap-stock", "scrap", "Note parts thrown away", "Needs a reason.", s.Scrap},
		{"set-stock-minimum", "minimum", "Say how much of a part a place wants to have", "", s.SetMinimum},
	} {
		httpapi.Act(api, huma.Operation{
			OperationID: op.id, Method: http.MethodPost, Path: "/stock/" + op.path, Tags: tags, Summary: op.summary, Description: op.description,
		}, func(ctx context.Context, in *stockIn) (Stock, error) { return op.run(ctx, in.input()) }, renderStock)
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-stock-places", Method: http.MethodGet, Path: "/stock/places", Tags: tags, Summary: "List places of stock",
		Description: "The centre's and outlets' stores appear when they are first used; a place's id is centre, outlet:<id> or van:<engineer id>.",
	}, s.apiPlaces)
	httpapi.Act(api, huma.Operation{
		OperationID: "open-van", Method: http.MethodPost, Path: "/stock/vans", Tags: tags, Summary: "Make an engineer's van a place of an outlet",
	}, s.apiOpenVan, renderPlace)
	httpapi.Act(api, huma.Operation{
		OperationID: "close-stock-place", Method: http.MethodPost, Path: "/stock/places/{id}/close", Tags: tags, Summary: "Close an empty place",
	}, s.apiClosePlace, renderPlace)

	httpapi.Register(api, huma.Operation{
		OperationID: "list-stock-transfers", Method: http.MethodGet, Path: "/stock/transfers", Tags: tags, Summary: "List transfers",
	}, s.apiTransfers)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-stock-transfer", Method: http.MethodGet, Path: "/stock/transfers/{id}", Tags: tags, Summary: "Get a transfer",
	}, s.apiTransfer)
	httpapi.Act(api, huma.Operation{
		OperationID: "ship-stock", Method: http.MethodPost, Path: "/stock/transfers", Tags: tags, Summary: "Send parts to another place", DefaultStatus: http.StatusCreated,
		Description: "They leave the first place now and reach the second when they are received there, or at once with arrived.",
	}, s.apiShip, renderTransfer)
	httpapi.Act(api, huma.Operation{
		OperationID: "receive-stock-transfer", Method: http.MethodPost, Path: "/stock/transfers/{id}/receive", Tags: tags, Summary: "Note what arrived of a transfer",
	}, s.apiReceiveTransfer, renderTransfer)
	httpapi.Act(api, huma.Operation{
		OperationID: "cancel-stock-transfer", Method: http.MethodPost, Path: "/stock/transfers/{id}/cancel", Tags: tags, Summary: "Bring a transfer back to where it came from",
	}, s.apiCancelTransfer, renderTransfer)

	httpapi.Register(api, huma.Operation{
		OperationID: "list-old-parts", Method: http.MethodGet, Path: "/old-parts", Tags: tags, Summary: "List old parts that are owed or came back",
	}, s.apiOld)
	httpapi.Act(api, huma.Operation{
		OperationID: "receive-old-part", Method: http.MethodPost, Path: "/old-parts/{id}/receive", Tags: tags, Summary: "Note that an old part came back",
	}, func(ctx context.Context, in *oldIn) (OldPart, error) { return s.ReceiveOld(ctx, in.input()) }, renderOld)
	httpapi.Act(api, huma.Operation{
		OperationID: "waive-old-part", Method: http.MethodPost, Path: "/old-parts/{id}/waive", Tags: tags, Summary: "Say that an old part need not come back",
	}, func(ctx context.Context, in *oldIn) (OldPart, error) { return s.WaiveOld(ctx, in.input()) }, renderOld)
}

// IDIn names a record in the path.
type IDIn struct {
	ID string `path:"id" maxLength:"80"`
}

type partOut struct {
	ETag string `header:"ETag"`
	Body Part
}

func renderPart(_ context.Context, p Part) (*partOut, error) {
	return &partOut{ETag: httpapi.ETag(p.Version), Body: p}, nil
}

type listIn struct {
	httpapi.PageIn
	Q        string `query:"q" maxLength:"100"`
	BrandID  string `query:"brand_id" maxLength:"64"`
	Category string `query:"category" maxLength:"64"`
	Type     string `query:"type" maxLength:"64"`
	Retired  bool   `query:"retired" doc:"Retired parts too"`
}

func (s *Service) apiList(ctx context.Context, in *listIn) (*httpapi.PageOut[Part], error) {
	f := Filter{
		Text: in.Q, Brand: catalog.BrandID(in.BrandID), Category: catalog.CategoryCode(in.Category), Type: in.Type, Retired: in.Retired, Limit: in.Limit,
	}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.After); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	return page(list, in.Limit, func(p Part) []any { return []any{p.Code + " " + string(p.ID)} }), nil
}

func page[T any](list []T, limit int, key func(T) []any) *httpapi.PageOut[T] {
	return &httpapi.PageOut[T]{Body: httpapi.MakePage(list, limit, func(v T) T { return v }, key)}
}

func (s *Service) apiGet(ctx context.Context, in *IDIn) (*partOut, error) {
	p, err := s.Find(ctx, PartID(in.ID))
	if err != nil {
		return nil, err
	}
	return renderPart(ctx, p)
}

type createIn struct {
	Body struct {
		BrandID    string                 `json:"brand_id,omitempty" maxLength:"64" doc:"Absent: fits every brand"`
		Code       string                 `json:"code" minLength:"1" maxLength:"64"`
		NameZh     string                 `json:"name_zh,omitempty" maxLength:"200"`
		NameEn     string                 `json:"name_en,omitempty" maxLength:"200"`
		Class      string                 `json:"class" enum:"M,G,A" doc:"Main part, general part, accessory"`
		Type       string                 `json:"type,omitempty" maxLength:"64" doc:"Part type of the fault catalogue"`
		Unit       string                 `json:"unit,omitempty" enum:"pc,set,g,ml,cm"`
		Price      *money.Amount          `json:"price,omitempty"`
		Returnable bool                   `json:"returnable,omitempty" doc:"The old one has to come back"`
		Serialised bool                   `json:"serialised,omitempty"`
		Categories []catalog.CategoryCode `json:"categories,omitempty" maxItems:"50"`
	}
}

func (s *Service) apiCreate(ctx context.Context, in *createIn) (Part, error) {
	b := &in.Body
	return s.Create(ctx, Part{
		Brand: catalog.BrandID(b.BrandID), Code: b.Code, NameZh: b.NameZh, NameEn: b.NameEn, Class: catalog.PartClass(b.Class), Type: b.Type, Unit: b.Unit,
		Price: b.Price, Returnable: b.Returnable, Serialised: b.Serialised, Categories: b.Categories,
	})
}

type patchIn struct {
	IDIn
	httpapi.VersionIn
	Body struct {
		NameZh     *string                 `json:"name_zh,omitempty" maxLength:"200"`
		NameEn     *string                 `json:"name_en,omitempty" maxLength:"200"`
		Class      *catalog.PartClass      `json:"class,omitempty" enum:"M,G,A"`
		Type       *string                 `json:"type,omitempty" maxLength:"64"`
		Price      *money.Amount           `json:"price,omitempty"`
		Returnable *bool                   `json:"returnable,omitempty"`
		Serialised *bool                   `json:"serialised,omitempty"`
		Categories *[]catalog.CategoryCode `json:"categories,omitempty" maxItems:"50"`
		ReplacedBy *PartID                 `json:"replaced_by,omitempty" maxLength:"64"`
		Active     *bool                   `json:"active,omitempty"`
	}
}

func (s *Service) apiEdit(ctx context.Context, in *patchIn) (Part, error) {
	v, err := in.Version()
	if err != nil {
		return Part{}, err
	}
	b := &in.Body
	return s.Edit(ctx, EditInput{
		ID: PartID(in.ID), Version: v, NameZh: b.NameZh, NameEn: b.NameEn, Class: b.Class, Type: b.Type, Price: b.Price, Returnable: b.Returnable,
		Serialised: b.Serialised, Categories: b.Categories, ReplacedBy: b.ReplacedBy, Active: b.Active,
	})
}

type stockIn struct {
	Body struct {
		httpapi.ActIn
		PlaceID string `json:"place_id" maxLength:"80" doc:"centre, outlet:<id> or van:<engineer id>"`
		PartID  string `json:"part_id" maxLength:"64"`
		Qty     int64  `json:"qty" minimum:"0" maximum:"1000000000" doc:"In the part's unit"`
		Serial  string `json:"serial,omitempty" maxLength:"64"`
	}
}

func (in *stockIn) input() StockInput {
	b := &in.Body
	return StockInput{Act: b.Act(), Place: PlaceID(b.PlaceID), Part: PartID(b.PartID), Qty: b.Qty, Serial: b.Serial}
}

type stockBody struct {
	Stock
	Free int64 `json:"free" doc:"On hand and not reserved"`
}

type stockOut struct{ Body stockBody }

func stockBodyOf(v Stock) stockBody { return stockBody{Stock: v, Free: v.Free()} }

func renderStock(_ context.Context, v Stock) (*stockOut, error) {
	return &stockOut{Body: stockBodyOf(v)}, nil
}

type stockListIn struct {
	httpapi.PageIn
	PlaceID string `query:"place_id" maxLength:"80"`
	PartID  string `query:"part_id" maxLength:"64"`
	Low     bool   `query:"low" doc:"Below the minimum only"`
}

func (s *Service) apiStock(ctx context.Context, in *stockListIn) (*httpapi.PageOut[stockBody], error) {
	f := StockFilter{Place: PlaceID(in.PlaceID), Part: PartID(in.PartID), Low: in.Low, Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.AfterPlace, &f.AfterPart); err != nil {
		return nil, err
	}
	list, err := s.ListStock(ctx, f)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[stockBody]{Body: httpapi.MakePage(list, in.Limit, stockBodyOf, func(v Stock) []any { return []any{v.Place, v.Part} })}, nil
}

type movementsIn struct {
	httpapi.PageIn
	PlaceID string `query:"place_id" maxLength:"80"`
	PartID  string `query:"part_id" maxLength:"64"`
	OrderID string `query:"order_id" maxLength:"64"`
}

func (s *Service) apiMovements(ctx context.Context, in *movementsIn) (*httpapi.PageOut[Movement], error) {
	f := MovementFilter{Place: PlaceID(in.PlaceID), Part: PartID(in.PartID), Order: in.OrderID, Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.Before); err != nil {
		return nil, err
	}
	list, err := s.Movements(ctx, f)
	if err != nil {
		return nil, err
	}
	return page(list, in.Limit, func(m Movement) []any { return []any{m.ID} }), nil
}

type placesIn struct {
	Kind string `query:"kind" enum:"centre,outlet,van"`
}

type placesOut struct {
	Body struct {
		Items []Place `json:"items"`
	}
}

func (s *Service) apiPlaces(ctx context.Context, in *placesIn) (*placesOut, error) {
	list, err := s.Places(ctx, PlaceKind(in.Kind))
	out := &placesOut{}
	out.Body.Items = list
	return out, err
}

type vanIn struct {
	Body struct {
		httpapi.ActIn
		EngineerID string `json:"engineer_id" minLength:"1" maxLength:"64"`
		OutletID   string `json:"outlet_id" maxLength:"64"`
	}
}

type placeOut struct{ Body Place }

func renderPlace(_ context.Context, p Place) (*placeOut, error) { return &placeOut{Body: p}, nil }

func (s *Service) apiOpenVan(ctx context.Context, in *vanIn) (Place, error) {
	return s.OpenVan(ctx, VanInput{Act: in.Body.Act(), Engineer: in.Body.EngineerID, Outlet: outlets.ID(in.Body.OutletID)})
}

type actIn struct {
	IDIn
	Body struct{ httpapi.ActIn }
}

func (s *Service) apiClosePlace(ctx context.Context, in *actIn) (Place, error) {
	return s.ClosePlace(ctx, PlaceInput{Act: in.Body.Act(), ID: PlaceID(in.ID)})
}

type transfersIn struct {
	httpapi.PageIn
	State   string `query:"state" enum:"shipped,received,cancelled"`
	PlaceID string `query:"place_id" maxLength:"80"`
}

func (s *Service) apiTransfers(ctx context.Context, in *transfersIn) (*httpapi.PageOut[Transfer], error) {
	f := TransferFilter{State: State(in.State), Place: PlaceID(in.PlaceID), Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.Before); err != nil {
		return nil, err
	}
	list, err := s.Transfers(ctx, f)
	if err != nil {
		return nil, err
	}
	return page(list, in.Limit, func(t Transfer) []any { return []any{t.ID} }), nil
}

type transferOut struct{ Body Transfer }

func renderTransfer(_ context.Context, t Transfer) (*transferOut, error) {
	return &transferOut{Body: t}, nil
}

func (s *Service) apiTransfer(ctx context.Context, in *IDIn) (*transferOut, error) {
	t, err := s.FindTransfer(ctx, s.db, TransferID(in.ID))
	return &transferOut{Body: t}, err
}

type lineIn struct {
	PartID string `json:"part_id" maxLength:"64"`
	Qty    int64  `json:"qty" minimum:"0" maximum:"1000000000"`
}

type shipIn struct {
	Body struct {
		httpapi.ActIn
		From    string   `json:"from" maxLength:"80"`
		To      string   `json:"to" maxLength:"80"`
		Lines   []lineIn `json:"lines" minItems:"1" maxItems:"200"`
		Arrived bool     `json:"arrived,omitempty" doc:"The parts change hands at once"`
	}
}

func (s *Service) apiShip(ctx context.Context, in *shipIn) (Transfer, error) {
	b := &in.Body
	ship := ShipInput{Act: b.Act(), From: PlaceID(b.From), To: PlaceID(b.To), Arrived: b.Arrived}
	for _, l := range b.Lines {
		ship.Lines = append(ship.Lines, TransferLine{Part: PartID(l.PartID), Qty: l.Qty})
	}
	return s.Ship(ctx, ship)
}

type receiveIn struct {
	IDIn
	Body struct {
		httpapi.ActIn
		Received []lineIn `json:"received,omitempty" maxItems:"200" doc:"Parts that arrived in another quantity than was sent; the others arrived whole"`
	}
}

func (s *Service) apiReceiveTransfer(ctx context.Context, in *receiveIn) (Transfer, error) {
	end := EndTransferInput{Act: in.Body.Act(), ID: TransferID(in.ID), Received: map[PartID]int64{}}
	for _, l := range in.Body.Received {
		end.Received[PartID(l.PartID)] = l.Qty
	}
	return s.ReceiveTransfer(ctx, end)
}

func (s *Service) apiCancelTransfer(ctx context.Context, in *actIn) (Transfer, error) {
	return s.CancelTransfer(ctx, EndTransferInput{Act: in.Body.Act(), ID: TransferID(in.ID)})
}

type oldListIn struct {
	httpapi.PageIn
	State   string `query:"state" enum:"owed,received,waived"`
	OrderID string `query:"order_id" maxLength:"64"`
}

func (s *Service) apiOld(ctx context.Context, in *oldListIn) (*httpapi.PageOut[OldPart], error) {
	f := OldFilter{State: State(in.State), Order: in.OrderID, Limit: in.Limit}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.Before); err != nil {
		return nil, err
	}
	list, err := s.OldParts(ctx, f)
	if err != nil {
		return nil, err
	}
	return page(list, in.Limit, func(o OldPart) []any { return []any{o.ID} }), nil
}

type oldIn struct {
	IDIn
	Body struct {
		httpapi.ActIn
		Serial string `json:"serial,omitempty" maxLength:"64" doc:"As read on arrival"`
	}
}

func (in *oldIn) input() OldPartInput {
	return OldPartInput{Act: in.Body.Act(), ID: OldPartID(in.ID), Serial: in.Body.Serial}
}

type oldOut struct{ Body OldPart }

func renderOld(_ context.Context, o OldPart) (*oldOut, error) { return &oldOut{Body: o}, nil }
