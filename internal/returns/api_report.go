package returns

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
)

func (s *Service) registerReports(api *httpapi.Server) {
	op := func(id, path, summary, description string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"returns"}, Summary: summary, Description: description}
	}
	httpapi.Register(api, op("list-serial-returners", "/return-hearings", "List customers who send back much", "For a hearing by a person; never shown to customers, never a ground for a rule."), func(ctx context.Context, in *struct {
		Days  int `query:"days" default:"365" minimum:"1" maximum:"1100"`
		Least int `query:"least" default:"3" minimum:"2" maximum:"1000"`
	},
	) (*struct{ Body []Often }, error) {
		list, err := s.SerialReturners(ctx, in.Days, in.Least)
		return &struct{ Body []Often }{list}, err
	})
	httpapi.Register(api, op("list-return-causes", "/return-causes", "Why goods come back, by product and batch, and what it costs", ""), func(ctx context.Context, in *struct {
		Days int `query:"days" default:"90" minimum:"1" maximum:"1100"`
	},
	) (*struct{ Body []Cause }, error) {
		list, err := s.Causes(ctx, in.Days)
		return &struct{ Body []Cause }{list}, err
	})
	httpapi.Act(api, actOp("advance-freight", "freight", "Give back freight that the customer advanced", "Takes the bill; within the policy's bound, once for a line."), func(ctx context.Context, in *struct {
		ID   ID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			LineID LineID   `json:"line_id" maxLength:"36"`
			Amount int64    `json:"amount" minimum:"1"`
			Bill   files.ID `json:"bill,omitempty" maxLength:"36" doc:"id of the uploaded bill; the one that the customer handed in when absent"`
			Way    string   `json:"way,omitempty" enum:"bank,cash"`
		}
	},
	) (Return, error) {
		b := in.Body
		return s.Freight(ctx, FreightInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Line: b.LineID, Amount: b.Amount, Bill: b.Bill, Way: b.Way})
	}, s.render(api))
	httpapi.Act(api, actOp("ask-freight", "freight/ask", "Note that the customer advanced freight", "With its bill; a person looks at it before money moves."), func(ctx context.Context, in *struct {
		ID   ID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			LineID LineID   `json:"line_id" maxLength:"36"`
			Amount int64    `json:"amount" minimum:"1"`
			Bill   files.ID `json:"bill" maxLength:"36" doc:"id of the uploaded bill"`
		}
	},
	) (Return, error) {
		b := in.Body
		return s.AskFreight(ctx, FreightInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Line: b.LineID, Amount: b.Amount, Bill: b.Bill})
	}, s.render(api))
	httpapi.Act(api, actOp("refuse-freight", "freight/refuse", "Refuse freight that a customer asked for", "The note tells the customer why."), func(ctx context.Context, in *struct {
		ID   ID `path:"id" maxLength:"36"`
		Body struct {
			httpapi.ActIn
			LineID LineID `json:"line_id" maxLength:"36"`
		}
	},
	) (Return, error) {
		return s.RefuseFreight(ctx, FreightInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Line: in.Body.LineID})
	}, s.render(api))
}
