package tariffs

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/money"
	"anxin/internal/platform/reason"
)

// PriceFields is what a row of a list says.
type PriceFields struct {
	List        string                  `json:"list" maxLength:"64"`
	Kind        Kind                    `json:"kind" enum:"labour,visit,distance,height,part,report,factor"`
	BrandID     catalog.BrandID         `json:"brand_id,omitempty" maxLength:"36" doc:"empty: every brand"`
	ServiceType catalog.ServiceTypeCode `json:"service_type,omitempty" maxLength:"16" doc:"empty: every service type"`
	Category    catalog.CategoryCode    `json:"category,omitempty" maxLength:"16" doc:"empty: every category"`
	Item        string                  `json:"item,omitempty" maxLength:"64" doc:"grade or action of labour, part, city of distance, urgent, holiday or night of a factor"`
	Amount      money.Amount            `json:"amount"`
	FreeMetres  int64                   `json:"free_metres,omitempty" minimum:"0" maximum:"1000000"`
	RoundUp     bool                    `json:"round_up,omitempty"`
	Factor      string                  `json:"factor,omitempty" maxLength:"16"`
	From        calendar.Date           `json:"from"`
	To          calendar.Date           `json:"to" doc:"last day"`
	Source      string                  `json:"source,omitempty" maxLength:"100"`
}

type priceBody struct {
	ID PriceID `json:"id"`
	PriceFields
	Active  bool  `json:"active"`
	Version int64 `json:"version"`
}

func bodyOf(p Price) priceBody {
	return priceBody{p.ID, PriceFields{p.List, p.Kind, p.Brand, p.ServiceType, p.Category, p.Item, p.Amount, p.FreeMetres, p.RoundUp, p.Factor, p.From, p.To, p.Source}, p.Active, p.Version}
}

type priceOut struct {
	ETag string `header:"ETag"`
	Body priceBody
}

func outOf(_ context.Context, p Price) (*priceOut, error) {
	return &priceOut{httpapi.ETag(p.Version), bodyOf(p)}, nil
}

type askIn struct {
	Body struct {
		BrandID     catalog.BrandID         `json:"brand_id,omitempty" maxLength:"36"`
		ServiceType catalog.ServiceTypeCode `json:"service_type,omitempty" maxLength:"16"`
		Category    catalog.CategoryCode    `json:"category,omitempty" maxLength:"16"`
		Kind        Kind                    `json:"kind" enum:"labour,visit,distance,height,part,report"`
		Item        string                  `json:"item,omitempty" maxLength:"64"`
		Quantity    int64                   `json:"quantity,omitempty" minimum:"0" maximum:"10000"`
		Metres      int64                   `json:"metres,omitempty" minimum:"0" maximum:"1000000"`
		Factors     []string                `json:"factors,omitempty" maxItems:"3"`
		At          time.Time               `json:"at,omitzero"`
	}
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-prices", Method: http.MethodGet, Path: "/prices", Tags: []string{"tariffs"}, Summary: "Read the price lists",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body []priceBody }, error) {
		list, err := s.List(ctx)
		if err != nil {
			return nil, err
		}
		out := make([]priceBody, len(list))
		for i, p := range list {
			out[i] = bodyOf(p)
		}
		return &struct{ Body []priceBody }{out}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "ask-price", Method: http.MethodPost, Path: "/prices/ask", Tags: []string{"tariffs"}, Summary: "Price a line", Description: "Answers the row it comes from.",
	}, func(ctx context.Context, in *askIn) (*struct {
		Body struct {
			Amount  money.Amount `json:"amount"`
			Source  PriceID      `json:"source"`
			List    string       `json:"list"`
			Reasons reason.List  `json:"reasons"`
		}
	}, error,
	) {
		if err := access.Require(ctx, permRead); err != nil {
			return nil, err
		}
		b := in.Body
		if b.At.IsZero() {
			b.At = s.db.Now()
		}
		p, err := s.Price(ctx, s.db, PriceInput{b.BrandID, b.ServiceType, b.Category, b.Kind, b.Item, b.Quantity, b.Metres, b.Factors, b.At})
		if err != nil {
			return nil, err
		}
		var out struct {
			Body struct {
				Amount  money.Amount `json:"amount"`
				Source  PriceID      `json:"source"`
				List    string       `json:"list"`
				Reasons reason.List  `json:"reasons"`
			}
		}
		out.Body.Amount, out.Body.Source, out.Body.List, out.Body.Reasons = p.Amount, p.Source, p.List, p.Reasons
		return &out, nil
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-price", Method: http.MethodPost, Path: "/prices", Tags: []string{"tariffs"}, Summary: "Put a row into a price list",
	}, func(ctx context.Context, in *struct{ Body PriceFields }) (Price, error) {
		b := in.Body
		return s.Add(ctx, Price{
			List: b.List, Kind: b.Kind, Brand: b.BrandID, ServiceType: b.ServiceType, Category: b.Category, Item: b.Item, Amount: b.Amount,
			FreeMetres: b.FreeMetres, RoundUp: b.RoundUp, Factor: b.Factor, From: b.From, To: b.To, Source: b.Source,
		})
	}, outOf)
	httpapi.Act(api, huma.Operation{
		OperationID: "end-price", Method: http.MethodPost, Path: "/prices/{id}/end", Tags: []string{"tariffs"}, Summary: "End a row's validity",
	}, func(ctx context.Context, in *struct {
		ID PriceID `path:"id" maxLength:"36"`
		httpapi.VersionIn
		Body struct {
			To calendar.Date `json:"to,omitempty" doc:"last day; absent: never in force again"`
		}
	},
	) (Price, error) {
		v, err := in.Version()
		if err != nil {
			return Price{}, err
		}
		return s.End(ctx, EndInput{in.ID, v, in.Body.To})
	}, outOf)
}
