package customers

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
)

type divisionBody struct {
	Code  string `json:"code"`
	Name  string `json:"name" doc:"As listed, in Chinese"`
	Path  string `json:"path" doc:"With the names above it, from the province down"`
	Level string `json:"level" enum:"province,city,county,town"`
}

type divisionsIn struct {
	Q     string   `query:"q" maxLength:"60" doc:"A name or its part, below others where they stand before it (杭州西湖), or the beginning of a code"`
	Codes []string `query:"code" maxItems:"100" doc:"Codes to be named, with commas between; a former code is answered with its name of today, unknown ones are left out"`
	Limit int      `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

type divisionsOut struct {
	Body struct {
		Items []divisionBody `json:"items"`
	}
}

func (s *Service) registerDivisions(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-divisions", Method: http.MethodGet, Path: "/divisions", Tags: tags, Summary: "Look for administrative divisions",
		Description: "Provinces, cities, counties and towns of China by name, or names by code.",
	}, func(_ context.Context, in *divisionsIn) (*divisionsOut, error) {
		out := &divisionsOut{}
		out.Body.Items = []divisionBody{}
		for _, d := range geo.Search(in.Q, in.Limit) {
			out.Body.Items = append(out.Body.Items, divisionOf(d.Code, d))
		}
		for _, code := range in.Codes {
			if d, ok := nameOf(code); ok {
				out.Body.Items = append(out.Body.Items, divisionOf(code, d))
			}
		}
		return out, nil
	})
}

func nameOf(code string) (geo.Division, bool) {
	d, ok := geo.ByCode(code)
	if next, former := geo.Successor(code); !ok && former {
		return geo.ByCode(next)
	}
	return d, ok
}

// divisionOf is a division as it was asked for: under the code that was given.
func divisionOf(code string, d geo.Division) divisionBody {
	var path strings.Builder
	for _, rung := range geo.Path(d.Code) {
		path.WriteString(rung.Name)
	}
	return divisionBody{Code: code, Name: d.Name, Path: path.String(), Level: d.Level.String()}
}
