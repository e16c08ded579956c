package orders

import (
	"context"
	"net/http"

	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
)

type reportOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// registerReport adds the service report.
func (s *Service) registerReport(api *httpapi.Server) {
	o := op("get-order-report", http.MethodGet, "/orders/{id}/report.pdf", "Read the service report", "A PDF in Chinese, or in English with lang=en; people are masked.")
	httpapi.Register(api, o, func(ctx context.Context, in *struct {
		ID   ID     `path:"id" maxLength:"36"`
		Lang string `query:"lang" enum:"zh-CN,en"`
	},
	) (*reportOut, error) {
		lang := in.Lang
		if lang == "" && access.From(ctx).Kind != access.Link {
			lang = i18n.Chinese
		} else if lang == "" {
			lang = access.From(ctx).Lang
		}
		name, pdf, err := s.Report(ctx, api.Words(), lang, in.ID)
		if err != nil {
			return nil, err
		}
		return &reportOut{ContentType: "application/pdf", Disposition: `inline; filename="` + name + `"`, Body: pdf}, nil
	})
}
