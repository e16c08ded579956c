package maintenance

import (
	"context"
	"net/http"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/httpapi"
	"anxin/internal/units"
)

// StopBody is a unit that nobody may sell.
type StopBody struct {
	UnitID   units.ID  `json:"unit_id"`
	BrandID  string    `json:"brand_id"`
	ModelID  string    `json:"model_id,omitempty"`
	Serial   string    `json:"serial,omitempty"`
	Mark     string    `json:"mark"`
	Campaign string    `json:"campaign,omitempty" doc:"its number"`
	Since    time.Time `json:"since"`
}

func (s *Service) registerStops(api *httpapi.Server) {
	httpapi.Register(api, operation("list-stop-sale", http.MethodGet, "/stop-sale", "List the units that nobody may sell, give or lend",
		"For sellers and warehouses with an API key. What is no longer listed is free again: read the list anew, or ask for one serial."), func(ctx context.Context, in *struct {
		httpapi.PageIn
		BrandID string    `query:"brand_id" maxLength:"64"`
		ModelID string    `query:"model_id" maxLength:"64"`
		Since   time.Time `query:"since" doc:"stopped since"`
	},
	) (*httpapi.PageOut[StopBody], error) {
		f := units.StoppedFilter{Brand: catalog.BrandID(in.BrandID), Model: catalog.ModelID(in.ModelID), Since: in.Since, Limit: in.Limit}
		if _, err := httpapi.DecodeCursor(in.Cursor, &f.After, &f.AfterCode, &f.AfterRef); err != nil {
			return nil, err
		}
		list, err := s.Stops(ctx, f)
		if err != nil {
			return nil, err
		}
		by, err := s.numbersOf(ctx, list)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[StopBody]{Body: httpapi.MakePage(list, in.Limit, func(x units.Stopped) StopBody {
			return StopBody{x.Unit, string(x.Brand), string(x.Model), x.Serial, x.Code, by[ID(x.Ref)].Number, x.SetAt}
		}, func(x units.Stopped) []any { return []any{x.Unit, x.Code, x.Ref} })}, nil
	})
	httpapi.Register(api, operation("check-stop-sale", http.MethodGet, "/stop-sale/check", "Ask whether a serial may be sold",
		"Always an answer: stop, or free when nothing is known against the serial. A serial that is not recorded is judged by the ranges of the campaigns under way; known tells which it was."), func(ctx context.Context, in *struct {
		BrandID string `query:"brand_id" required:"true" minLength:"1" maxLength:"64"`
		Serial  string `query:"serial" required:"true" minLength:"4" maxLength:"64"`
	},
	) (*struct{ Body Sale }, error) {
		x, err := s.MayBeSold(ctx, catalog.BrandID(in.BrandID), in.Serial)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Sale }{x}, nil
	})
}
