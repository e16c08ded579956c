package returns

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/httpapi"
)

type claimBody struct {
	Claim
	Acts []string `json:"acts" doc:"what can be done with it next"`
}

type claimOut struct {
	ETag string `header:"ETag"`
	Body claimBody
}

func claimRender(_ context.Context, c Claim) (*claimOut, error) {
	return &claimOut{httpapi.ETag(c.Version), claimBody{c, c.acts()}}, nil
}

func (s *Service) registerClaims(api *httpapi.Server) {
	op := func(id, method, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"returns"}, Summary: summary, Description: description}
	}
	httpapi.Register(api, op("list-return-claims", http.MethodGet, "/return-claims", "List claims against suppliers, carriers and others, newest first", ""), func(ctx context.Context, in *struct {
		httpapi.PageIn
		ReturnID ID         `query:"return_id" maxLength:"36"`
		State    ClaimState `query:"state" maxLength:"20"`
	},
	) (*httpapi.PageOut[claimBody], error) {
		f := ClaimFilter{Return: in.ReturnID, State: in.State, Limit: in.Limit + 1}
		var err error
		if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.Before, &f.BeforeID); err != nil {
			return nil, err
		}
		list, err := s.Claims(ctx, f)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[claimBody]{Body: httpapi.MakePage(list, in.Limit, func(c Claim) claimBody { return claimBody{c, c.acts()} },
			func(c Claim) []any { return []any{c.OpenedAt.UnixMicro(), c.ID} })}, nil
	})
	httpapi.Act(api, op("create-return-claim", http.MethodPost, "/returns/{id}/claims", "Claim what somebody else owes for goods that came back", "One claim against one counterparty for a return, unless it was refused."), func(ctx context.Context, in *struct {
		ID   ID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			Against string   `json:"against" enum:"supplier,carrier,maker,platform,seller"`
			Name    string   `json:"name" maxLength:"200" doc:"of the firm"`
			Lines   []LineID `json:"lines,omitempty" maxItems:"50" doc:"all when absent"`
			Amount  int64    `json:"amount" doc:"minor units"`
		}
	},
	) (Claim, error) {
		b := in.Body
		return s.OpenClaim(ctx, ClaimInput{Act: b.Act(), Return: in.ID, Against: b.Against, Name: b.Name, Lines: b.Lines, Amount: b.Amount})
	}, claimRender)
	httpapi.Act(api, op("move-return-claim", http.MethodPost, "/return-claims/{id}/move", "Note what became of a claim", "Accepted it is booked as owed to us, paid as received."), func(ctx context.Context, in *struct {
		ID   ClaimID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			How       string `json:"how" enum:"send,accept,refuse,pay"`
			Accepted  int64  `json:"accepted,omitempty" minimum:"0" doc:"of an accept, minor units; the whole when absent"`
			Reference string `json:"reference,omitempty" maxLength:"64"`
		}
	},
	) (Claim, error) {
		b := in.Body
		return s.MoveClaim(ctx, ClaimAct{Act: b.Act(), ID: in.ID, How: b.How, Accepted: b.Accepted, Reference: b.Reference})
	}, claimRender)
	httpapi.Register(api, op("get-return-label", http.MethodGet, "/returns/{id}/label", "Fetch the label of a return", "A PDF of 100 × 75 mm with the number as code 128 and QR; it names no customer."), func(ctx context.Context, in *idIn) (*fileOut, error) {
		name, body, err := s.Label(ctx, in.ID, api.Words())
		if err != nil {
			return nil, err
		}
		return &fileOut{"application/pdf", `inline; filename="` + name + `"`, body}, nil
	})
	httpapi.Register(api, op("get-return-statement", http.MethodGet, "/returns/{id}/statement", "Fetch what comes back and why", "A PDF: the decision with its reasons and rules, each line with the way to its sum and the tax within it, each refund with its credit note."), func(ctx context.Context, in *idIn) (*fileOut, error) {
		name, body, err := s.Statement(ctx, in.ID, api.Words())
		if err != nil {
			return nil, err
		}
		return &fileOut{"application/pdf", `inline; filename="` + name + `"`, body}, nil
	})
}
