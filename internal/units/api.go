package units

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/money"
)

var tags = []string{"units"}

// Register adds the module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-units", Method: http.MethodGet, Path: "/units", Tags: tags, Summary: "List units",
		Description: "Newest first. serial finds units whose serial begins or ends with at least four characters.",
	}, s.apiList)
	httpapi.Register(api, huma.Operation{OperationID: "get-unit", Method: http.MethodGet, Path: "/units/{id}", Tags: tags, Summary: "Get a unit"}, s.apiGet)
	httpapi.Act(api, huma.Operation{
		OperationID: "create-unit", Method: http.MethodPost, Path: "/units", Tags: tags, Summary: "Create a unit",
		Description: "Only the brand is required; serial, model and owner may become known later.",
	}, s.apiCreate, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "edit-unit", Method: http.MethodPatch, Path: "/units/{id}", Tags: tags, Summary: "Change a unit's fields",
		Description: "A date given as null is forgotten.",
	}, s.apiEdit, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "set-unit-place", Method: http.MethodPut, Path: "/units/{id}/place", Tags: tags, Summary: "Say where a unit stands",
	}, s.apiPlace, s.render)
	httpapi.Register(api, huma.Operation{
		OperationID: "reveal-unit-place", Method: http.MethodPost, Path: "/units/{id}/place/reveal", Tags: tags, Summary: "Show where a unit stands in the clear",
		Description: "Needs a reason, is written to the audit trail, and counts against the hour's reveals.",
	}, s.apiReveal)
	for _, op := range []struct {
		id, path, summary string
		run               func(context.Context, StateInput) (Ref, error)
	}{
		{"retire-unit", "retire", "Take a unit out of use", s.Retire},
		{"restore-unit", "restore", "Take a retirement back", s.Restore},
		{"unmerge-unit", "unmerge", "Take a merge back", s.Unmerge},
		{"renew-unit-label", "label/renew", "Make the printed labels of a unit lead nowhere", s.RenewQR},
	} {
		httpapi.Act(api, huma.Operation{OperationID: op.id, Method: http.MethodPost, Path: "/units/{id}/" + op.path, Tags: tags, Summary: op.summary},
			func(ctx context.Context, in *actIn) (Ref, error) {
				return op.run(ctx, StateInput{Act: in.Body.Act(), ID: ID(in.ID)})
			}, s.render)
	}
	httpapi.Act(api, huma.Operation{
		OperationID: "change-unit-owner", Method: http.MethodPost, Path: "/units/{id}/owner", Tags: tags, Summary: "Give a unit to another owner",
		Description: "The place stays and is sealed for the new owner.",
	}, s.apiOwner, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "mark-unit", Method: http.MethodPost, Path: "/units/{id}/marks", Tags: tags, Summary: "Set or clear a mark",
	}, s.apiMark, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "replace-unit", Method: http.MethodPost, Path: "/units/{id}/replace", Tags: tags, Summary: "Note that another unit was given for one",
	}, s.apiReplace, s.render)
	httpapi.Act(api, huma.Operation{
		OperationID: "merge-unit", Method: http.MethodPost, Path: "/units/{id}/merge", Tags: tags, Summary: "Merge two records of one product",
	}, s.apiMerge, s.render)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-unit-timeline", Method: http.MethodGet, Path: "/units/{id}/timeline", Tags: tags, Summary: "What happened to a unit",
	}, s.apiTimeline)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-unit-facts", Method: http.MethodGet, Path: "/units/{id}/facts", Tags: tags, Summary: "What service did to a unit",
	}, s.apiFacts)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-unit-components", Method: http.MethodGet, Path: "/units/{id}/components", Tags: tags, Summary: "Components of a unit",
	}, s.apiComponents)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-unit-label", Method: http.MethodGet, Path: "/units/{id}/label", Tags: tags, Summary: "Token of a unit's label",
		Description: "The QR code's text is the public address of the installation, followed by path.",
	}, s.apiLabel)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-unit-label-image", Method: http.MethodGet, Path: "/units/{id}/label.png", Tags: tags, Summary: "QR code of a unit's label",
	}, s.apiLabelImage)
}

// IDIn names the unit in the path.
type IDIn struct {
	ID string `path:"id" maxLength:"64"`
}

type actIn struct {
	IDIn
	Body struct{ httpapi.ActIn }
}

type datedBody struct {
	Day string `json:"day" format:"date"`
	By  string `json:"by" enum:"customer,invoice,seller,maker,carrier,order,telemetry,import,staff" doc:"Who verified it"`
}

type purchaseBody struct {
	Channel   string        `json:"channel,omitempty" maxLength:"64"`
	Seller    string        `json:"seller,omitempty" maxLength:"200"`
	OrderNo   string        `json:"order_no,omitempty" maxLength:"64"`
	InvoiceNo string        `json:"invoice_no,omitempty" maxLength:"64"`
	Price     *money.Amount `json:"price,omitempty"`
	ProofFile string        `json:"proof_file,omitempty" maxLength:"64"`
}

type placeBody struct {
	Text     string     `json:"text,omitempty" doc:"Masked to the district and town"`
	Division string     `json:"division,omitempty"`
	Point    *geo.Point `json:"point,omitempty" doc:"To about a kilometre"`
}

type unitBody struct {
	ID         string               `json:"id"`
	BrandID    string               `json:"brand_id"`
	ModelID    string               `json:"model_id,omitempty"`
	Category   string               `json:"category,omitempty"`
	Serial     string               `json:"serial,omitempty"`
	OwnerID    string               `json:"owner_id,omitempty"`
	Division   string               `json:"division,omitempty"`
	Place      *placeBody           `json:"place,omitempty"`
	Purchase   purchaseBody         `json:"purchase"`
	Dates      map[string]datedBody `json:"dates"`
	Marks      []string             `json:"marks"`
	State      string               `json:"state" enum:"active,replaced,retired"`
	ReplacedBy string               `json:"replaced_by,omitempty"`
	Replaces   string               `json:"replaces,omitempty"`
	MergedInto string               `json:"merged_into,omitempty" doc:"The record asked for leads to this one"`
	CreatedAt  time.Time            `json:"created_at"`
	UpdatedAt  time.Time            `json:"updated_at"`
	Version    int64                `json:"version"`
}

type unitOut struct {
	ETag string `header:"ETag"`
	Body unitBody
}

func bodyOf(u Unit) unitBody {
	b := unitBody{
		ID: string(u.ID), BrandID: string(u.Brand), ModelID: string(u.Model), Category: string(u.Category), Serial: u.Serial, OwnerID: string(u.Owner),
		Division: u.Division, Purchase: purchaseBody(u.Purchase), Dates: map[string]datedBody{}, Marks: u.Marks, State: string(u.State),
		ReplacedBy: string(u.ReplacedBy), Replaces: string(u.Replaces), MergedInto: string(u.MergedInto),
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, Version: u.Version,
	}
	for k, d := range u.Dates {
		b.Dates[string(k)] = datedBody{Day: d.Day.String(), By: d.By}
	}
	return b
}

func (s *Service) out(ctx context.Context, u Unit) (*unitOut, error) {
	b := bodyOf(u)
	p, err := s.openPlace(ctx, s.db, u)
	if err != nil {
		return nil, err
	}
	if !p.IsZero() {
		b.Place = &placeBody{Text: p.Masked(), Division: p.Division}
		if p.Point != (geo.Point{}) {
			at := customers.Rough(p.Point)
			b.Place.Point = &at
		}
	}
	return &unitOut{ETag: httpapi.ETag(u.Version), Body: b}, nil
}

func (s *Service) render(ctx context.Context, ref Ref) (*unitOut, error) {
	u, err := s.Get(ctx, s.db, ref.ID)
	if err != nil {
		return nil, err
	}
	return s.out(ctx, u)
}

type listIn struct {
	httpapi.PageIn
	Serial         string    `query:"serial" maxLength:"64"`
	BrandID        string    `query:"brand_id" maxLength:"64"`
	Category       string    `query:"category" maxLength:"64"`
	ModelID        string    `query:"model_id" maxLength:"64"`
	OwnerID        string    `query:"owner_id" maxLength:"64"`
	Division       string    `query:"division" maxLength:"12" pattern:"^[0-9]*$"`
	State          string    `query:"state" enum:"active,replaced,retired"`
	Mark           string    `query:"mark" maxLength:"64"`
	ExternalSystem string    `query:"external_system" maxLength:"64"`
	ExternalID     string    `query:"external_id" maxLength:"64"`
	UpdatedSince   time.Time `query:"updated_since"`
}

func (s *Service) apiList(ctx context.Context, in *listIn) (*httpapi.PageOut[unitBody], error) {
	f := Filter{
		Serial: in.Serial, Brand: catalog.BrandID(in.BrandID), Category: catalog.CategoryCode(in.Category), Model: catalog.ModelID(in.ModelID),
		Owner: customers.ID(in.OwnerID), Division: in.Division, State: State(in.State), Mark: in.Mark, UpdatedSince: in.UpdatedSince, Limit: in.Limit,
	}
	if in.ExternalSystem != "" {
		f.External = ExternalID{System: in.ExternalSystem, ID: in.ExternalID}
	}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.Before); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[unitBody]{Body: httpapi.MakePage(list, in.Limit, bodyOf, func(u Unit) []any { return []any{u.ID} })}, nil
}

func (s *Service) apiGet(ctx context.Context, in *IDIn) (*unitOut, error) {
	u, err := s.Find(ctx, s.db, ID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.out(ctx, u)
}

type revealIn struct {
	IDIn
	Body struct {
		Reason string `json:"reason" enum:"call_customer,prepare_visit,check_identity,correct_data,complaint,legal,quality_check"`
	}
}

type revealOut struct {
	Body struct {
		Text   string     `json:"text"`
		Access string     `json:"access,omitempty"`
		Point  *geo.Point `json:"point,omitempty"`
	}
}

func (s *Service) apiReveal(ctx context.Context, in *revealIn) (*revealOut, error) {
	p, err := s.RevealPlace(ctx, ID(in.ID), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := &revealOut{}
	out.Body.Text, out.Body.Access = p.Text, p.Access
	if p.Point != (geo.Point{}) {
		out.Body.Point = &p.Point
	}
	return out, nil
}

// RevealPlace shows where a unit stands in the clear, under the rules of [customers.Service.Reveal].
func (s *Service) RevealPlace(ctx context.Context, id ID, reason string) (customers.Place, error) {
	if err := access.Require(ctx, customers.PermReveal); err != nil {
		return customers.Place{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (customers.Place, error) {
		if err := s.seen(ctx, tx, id); err != nil {
			return customers.Place{}, err
		}
		p, err := s.Place(ctx, tx, id)
		if err != nil {
			return customers.Place{}, err
		}
		return p, s.customers.RevealTx(ctx, tx, customers.RevealInput{Kind: recordKind, Record: string(id), Field: "place", Reason: reason})
	})
}

type labelOut struct {
	Body struct {
		Token string `json:"token"`
		Path  string `json:"path" doc:"Below the public address of the installation"`
	}
}

func (s *Service) apiLabel(ctx context.Context, in *IDIn) (*labelOut, error) {
	token, err := s.QR(ctx, ID(in.ID))
	if err != nil {
		return nil, err
	}
	out := &labelOut{}
	out.Body.Token, out.Body.Path = token, PublicPath+token
	return out, nil
}

type imageIn struct {
	IDIn
	Size int    `query:"size" minimum:"64" maximum:"1024" default:"256" doc:"Pixels a side"`
	Base string `query:"base" maxLength:"200" format:"uri" doc:"Public address of the installation"`
}

type imageOut struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Service) apiLabelImage(ctx context.Context, in *imageIn) (*imageOut, error) {
	token, err := s.QR(ctx, ID(in.ID))
	if err != nil {
		return nil, err
	}
	img, err := QRImage(strings.TrimSuffix(in.Base, "/")+PublicPath+token, in.Size)
	if err != nil {
		return nil, err
	}
	return &imageOut{ContentType: "image/png", Body: img}, nil
}
