package returns

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/httpapi"
)

type linkOut struct {
	Body struct {
		URL string `json:"url" doc:"of the customer's page; it is told only here"`
	}
}

func linkRender(_ context.Context, url string) (*linkOut, error) {
	var out linkOut
	out.Body.URL = url
	return &out, nil
}

func (s *Service) registerLinks(api *httpapi.Server) {
	httpapi.Act(api, actOp("link-return", "link", "Make the customer's link to a return", "Sent to the customer, too, where a phone or mail address is known."),
		func(ctx context.Context, in *actIn) (string, error) { return s.Link(ctx, in.act()) }, linkRender)
	httpapi.Act(api, huma.Operation{
		OperationID: "create-return-link", Method: http.MethodPost, Path: "/return-links", Tags: []string{"returns"}, Summary: "Make a link with which a customer asks for a return",
		Description: "On its page the customer chooses what is to go back, says why and adds photos. Sent to the customer, too, where a phone or mail address is known.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			httpapi.ActIn
			CustomerID customers.ID    `json:"customer_id" maxLength:"36"`
			BrandID    catalog.BrandID `json:"brand_id" maxLength:"36"`
		}
	},
	) (string, error) {
		return s.AskLink(ctx, AskInput{Act: in.Body.Act(), Customer: in.Body.CustomerID, Brand: in.Body.BrandID})
	}, linkRender)
}
