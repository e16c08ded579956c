package returns

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/money"
)

type paymentBody struct {
	Reference  string       `json:"reference"`
	Attempt    int64        `json:"attempt"`
	BatchID    BatchID      `json:"batch_id"`
	State      PaymentState `json:"state"`
	Amount     int64        `json:"amount"`
	Code       string       `json:"code,omitempty"`
	SentAt     time.Time    `json:"sent_at"`
	AnsweredAt *time.Time   `json:"answered_at,omitempty"`
}

type batchOut struct{ Body Batch }

func batchRender(_ context.Context, b Batch) (*batchOut, error) { return &batchOut{b}, nil }

type fileOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func same[T any](v T) T { return v }

func (s *Service) registerMoney(api *httpapi.Server) {
	op := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"returns"}, Summary: summary, Description: description}
	}
	httpapi.Register(api, op("list-refunds", http.MethodGet, "/refunds", "List refunds, the first due first", ""), func(ctx context.Context, in *struct {
		httpapi.PageIn
		State   Money  `query:"state" maxLength:"20"`
		BrandID string `query:"brand_id" maxLength:"36"`
	},
	) (*httpapi.PageOut[Refund], error) {
		f := RefundFilter{State: in.State, Brand: catalog.BrandID(in.BrandID), Limit: in.Limit + 1}
		var err error
		if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.After, &f.AfterID); err != nil {
			return nil, err
		}
		list, err := s.ListRefunds(ctx, f)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[Refund]{Body: httpapi.MakePage(list, in.Limit, same[Refund], func(r Refund) []any { return []any{r.DueAt.UnixMicro(), r.ID} })}, nil
	})
	httpapi.Register(api, op("list-payments", http.MethodGet, "/refunds/{id}/payments", "List the tries to pay a refund", ""), func(ctx context.Context, in *struct {
		ID RefundID `path:"id" maxLength:"36"`
	},
	) (*struct{ Body []paymentBody }, error) {
		list, err := s.PaymentsOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		out := make([]paymentBody, len(list))
		for i, p := range list {
			out[i] = paymentBody{p.Reference, p.Attempt, p.Batch, p.State, p.Amount, p.Code, p.SentAt, p.AnsweredAt}
		}
		return &struct{ Body []paymentBody }{out}, nil
	})
	httpapi.Act(api, op("retry-refund", http.MethodPost, "/refunds/{id}/retry", "Make a failed refund due again", "The next batch tries it under a new reference."), func(ctx context.Context, in *struct {
		ID   RefundID `path:"id" maxLength:"36"`
		Body struct{ httpapi.ActIn }
	},
	) (Return, error) {
		return s.Retry(ctx, in.ID, in.Body.Act())
	}, s.render(api))
	httpapi.Act(api, op("pay-refund-by-hand", http.MethodPost, "/refunds/{id}/by-hand", "Note that a refund was given by hand", "In cash, points or a coupon."), func(ctx context.Context, in *struct {
		ID   RefundID `path:"id" maxLength:"36"`
		Body struct{ httpapi.ActIn }
	},
	) (Batch, error) {
		return s.PayByHand(ctx, in.ID)
	}, batchRender)
	httpapi.Act(api, op("note-credit", http.MethodPost, "/refunds/{id}/credit-note", "Note the credit note that was issued for a refund", "A red-letter invoice in China. Another number than the one that is there takes a reason."), func(ctx context.Context, in *struct {
		ID   RefundID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			Number string        `json:"number" minLength:"1" maxLength:"64"`
			On     calendar.Date `json:"issued_on" doc:"YYYY-MM-DD"`
		}
	},
	) (Return, error) {
		return s.NoteCredit(ctx, CreditInput{Act: in.Body.Act(), Refund: in.ID, Number: in.Body.Number, On: in.Body.On})
	}, s.render(api))
	httpapi.Act(api, op("create-refund-batch", http.MethodPost, "/refund-batches", "Hand due refunds to a provider", "All of a brand in a currency that the provider serves, at most 500."), func(ctx context.Context, in *struct {
		Body struct {
			Provider string          `json:"provider" enum:"bank_file,wechat,alipay,stripe"`
			BrandID  catalog.BrandID `json:"brand_id" maxLength:"36"`
			Currency money.Currency  `json:"currency" maxLength:"3"`
		}
	},
	) (Batch, error) {
		return s.Pay(ctx, PayInput{Provider: in.Body.Provider, Brand: in.Body.BrandID, Currency: in.Body.Currency})
	}, batchRender)
	httpapi.Register(api, op("list-refund-batches", http.MethodGet, "/refund-batches", "List what was handed to providers, newest first", ""),
		func(ctx context.Context, in *httpapi.PageIn) (*httpapi.PageOut[Batch], error) {
			var before int64
			var id BatchID
			has, err := httpapi.DecodeCursor(in.Cursor, &before, &id)
			if err != nil {
				return nil, err
			}
			list, err := s.Batches(ctx, before, id, has, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return &httpapi.PageOut[Batch]{Body: httpapi.MakePage(list, in.Limit, same[Batch], func(b Batch) []any { return []any{b.CreatedAt.UnixMicro(), b.ID} })}, nil
		})
	httpapi.Register(api, op("get-refund-file", http.MethodGet, "/refund-batches/{id}/file", "Fetch the file of a batch", "The same bytes every time."), func(ctx context.Context, in *struct {
		ID BatchID `path:"id" maxLength:"36"`
	},
	) (*fileOut, error) {
		f, err := s.File(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &fileOut{f.Type, `attachment; filename="` + f.Name + `"`, f.Body}, nil
	})
	httpapi.Register(api, op("confirm-refunds", http.MethodPost, "/refund-batches/confirm", "Read a provider's answers", "A CSV file with reference, result (ok or failed), amount, currency and code. What was said before changes nothing."), func(ctx context.Context, in *struct {
		Provider string `query:"provider" default:"bank_file" maxLength:"32"`
		RawBody  []byte `contentType:"text/csv"`
	},
	) (*struct{ Body Confirmed }, error) {
		c, err := s.Confirm(ctx, in.Provider, in.RawBody)
		return &struct{ Body Confirmed }{c}, err
	})
	httpapi.Register(api, op("list-refund-differences", http.MethodGet, "/refund-differences", "List open differences between what was sent and what came back", ""),
		func(ctx context.Context, _ *struct{}) (*struct{ Body []Difference }, error) {
			list, err := s.Differences(ctx, 500)
			return &struct{ Body []Difference }{list}, err
		})
	httpapi.Act(api, op("close-refund-difference", http.MethodPost, "/refund-differences/{id}/close", "Close a difference", "reason says what became of it."), func(ctx context.Context, in *struct {
		ID   string `path:"id" maxLength:"36"`
		Body struct {
			Reason string `json:"reason" maxLength:"64"`
		}
	},
	) (Difference, error) {
		return s.CloseDifference(ctx, in.ID, in.Body.Reason)
	}, func(_ context.Context, d Difference) (*struct{ Body Difference }, error) {
		return &struct{ Body Difference }{d}, nil
	})
}

type policyOut struct {
	ETag string `header:"ETag"`
	Body Policy `nameHint:"ReturnPolicy"`
}

func (s *Service) registerPolicy(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "get-return-policy", Method: http.MethodGet, Path: "/brands/{id}/return-policy", Tags: []string{"returns"}, Summary: "Read how a brand takes goods back",
		Description: "What is empty is the default; ETag \"0\" says that nobody wrote one.",
	}, func(ctx context.Context, in *struct {
		ID catalog.BrandID `path:"id" maxLength:"36"`
	},
	) (*policyOut, error) {
		p, version, err := s.Policy(ctx, in.ID)
		return &policyOut{httpapi.ETag(version), p}, err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "set-return-policy", Method: http.MethodPut, Path: "/brands/{id}/return-policy", Tags: []string{"returns"}, Summary: "Write how a brand takes goods back",
		Description: "Requests made before keep their operation.",
	}, func(ctx context.Context, in *struct {
		ID catalog.BrandID `path:"id" maxLength:"36"`
		httpapi.VersionIn
		Body Policy `nameHint:"ReturnPolicy"`
	},
	) (Policy, error) {
		version, err := in.Version()
		if err != nil {
			return Policy{}, err
		}
		return s.SetPolicy(ctx, SetPolicyInput{Brand: in.ID, Policy: in.Body, Version: version})
	}, func(_ context.Context, p Policy) (*policyOut, error) { return &policyOut{Body: p}, nil })
}
