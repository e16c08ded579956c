package returns

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
)

func actOp(id, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodPost, Path: "/returns/{id}/" + path, Tags: []string{"returns"}, Summary: summary, Description: description}
}

func (s *Service) registerDecision(api *httpapi.Server) {
	out := s.render(api)
	httpapi.Act(api, actOp("approve-return", "approve", "Approve a return", "Up to the limit of who decides; amounts say what lines are worth where the rules give no refund."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				Address string           `json:"address,omitempty" maxLength:"300"`
				Amounts map[string]int64 `json:"amounts,omitempty" doc:"by line, minor units"`
			}
		},
		) (Return, error) {
			x := ApproveInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Address: in.Body.Address}
			for k, v := range in.Body.Amounts {
				if x.Amounts == nil {
					x.Amounts = map[LineID]int64{}
				}
				x.Amounts[LineID(k)] = v
			}
			return s.Approve(ctx, x)
		}, out)
	s.simple(api, "reject-return", "reject", "Reject a return", "Takes a reason of the catalogue for return.reject.",
		func(ctx context.Context, in *actIn) (Return, error) { return s.Reject(ctx, in.act()) })
	s.simple(api, "withdraw-return", "withdraw", "Withdraw a return", "Until money was sent or a replacement shipped; goods that came go back.",
		func(ctx context.Context, in *actIn) (Return, error) { return s.Withdraw(ctx, in.act()) })
	httpapi.Act(api, actOp("deduct-return", "deduct", "Offer less than the whole sum", "The customer has to agree before money moves; an empty list takes the offer back."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID     LineID      `json:"line_id" maxLength:"36"`
				Deductions []Deduction `json:"deductions" maxItems:"10"`
			}
		},
		) (Return, error) {
			return s.Deduct(ctx, DeductInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Line: in.Body.LineID, Deductions: in.Body.Deductions})
		}, out)
	httpapi.Act(api, actOp("consent-return", "consent", "Note the customer's answer to a deduction", ""),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID LineID `json:"line_id" maxLength:"36"`
				Accept bool   `json:"accept"`
			}
		},
		) (Return, error) {
			return s.Consent(ctx, ConsentInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Line: in.Body.LineID, Accept: in.Body.Accept})
		}, out)
	httpapi.Act(api, actOp("dispute-return", "dispute", "Open a disagreement about a line", "No money moves for the line until it is decided. note says what each side claims."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID LineID `json:"line_id" maxLength:"36"`
				About  string `json:"about" enum:"grade,swapped,missing,amount"`
			}
		},
		) (Return, error) {
			return s.Dispute(ctx, DisputeInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Line: in.Body.LineID, About: in.Body.About})
		}, out)
	httpapi.Act(api, actOp("decide-dispute", "decide-dispute", "Decide a disagreement", "award is what the line is worth by it, minor units; note is the record of the arbitration."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID  LineID `json:"line_id" maxLength:"36"`
				Finding string `json:"finding" enum:"customer,firm,shared"`
				Award   int64  `json:"award,omitempty" minimum:"0"`
			}
		},
		) (Return, error) {
			return s.DecideDispute(ctx, DecideDisputeInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Line: in.Body.LineID, Finding: in.Body.Finding, Award: in.Body.Award})
		}, out)
}

func (s *Service) registerGoods(api *httpapi.Server) {
	out := s.render(api)
	s.simple(api, "ship-return", "ship", "Note that goods are on their way", "",
		func(ctx context.Context, in *actIn) (Return, error) { return s.Ship(ctx, in.lineAct()) })
	s.simple(api, "lose-return", "lose", "Note that goods are lost", "",
		func(ctx context.Context, in *actIn) (Return, error) { return s.Lose(ctx, in.lineAct()) })
	httpapi.Act(api, actOp("receive-return", "receive", "Receive goods of a line", "Short when less came than was promised, wrong item when it bears another serial."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID   LineID     `json:"line_id" maxLength:"36"`
				Quantity int64      `json:"quantity" minimum:"1"`
				Serial   string     `json:"serial,omitempty" maxLength:"64"`
				Photos   []files.ID `json:"photos,omitempty" maxItems:"20"`
			}
		},
		) (Return, error) {
			b := in.Body
			return s.Receive(ctx, ReceiveInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Line: b.LineID, Quantity: b.Quantity, Serial: b.Serial, Photos: b.Photos})
		}, out)
	httpapi.Act(api, actOp("inspect-return", "inspect", "Inspect goods of a line", "Grades: A as new, B opened and intact, C marks of use, D damaged or defective, E beyond use or lost. Another serial than promised is a swapped unit."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID    LineID                 `json:"line_id" maxLength:"36"`
				Grade     Grade                  `json:"grade" enum:"A,B,C,D,E"`
				Items     []CheckedItem          `json:"items,omitempty" maxItems:"60"`
				Missing   []string               `json:"missing,omitempty" maxItems:"30"`
				Spoilt    []string               `json:"spoilt,omitempty" maxItems:"10" doc:"seal_broken, unauthorised_repair, mark_damaged, lasting_marks, personal_data, label_cut, soiled, damaged"`
				Serial    string                 `json:"serial,omitempty" maxLength:"64"`
				Photos    []files.ID             `json:"photos,omitempty" maxItems:"20"`
				Blame     catalog.Responsibility `json:"responsibility,omitempty" maxLength:"32"`
				Reference string                 `json:"reference,omitempty" maxLength:"64" doc:"number of the maker's or supplier's report, whose word it is where goods went to them straight"`
			}
		},
		) (Return, error) {
			b := in.Body
			return s.Inspect(ctx, InspectInput{
				ActInput: ActInput{Act: b.Act(), ID: in.ID}, Line: b.LineID, Grade: b.Grade, Items: b.Items, Missing: b.Missing, Spoilt: b.Spoilt, Serial: b.Serial, Photos: b.Photos, Blame: b.Blame,
				Reference: b.Reference,
			})
		}, out)
	httpapi.Act(api, actOp("dispose-return", "dispose", "Say what becomes of goods", "Only grades A and B go back into stock as they are."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				Lines []LineID `json:"lines,omitempty" maxItems:"50"`
				How   string   `json:"how" enum:"restock,refurbish,scrap"`
			}
		},
		) (Return, error) {
			return s.Dispose(ctx, DisposeInput{LineAct: LineAct{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Lines: in.Body.Lines}, How: in.Body.How})
		}, out)
	httpapi.Act(api, actOp("send-return-back", "send-back", "Send goods back to the customer", "Repaired, or because no remedy was given for them."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				Lines    []LineID `json:"lines,omitempty" maxItems:"50"`
				Repaired bool     `json:"repaired,omitempty"`
			}
		},
		) (Return, error) {
			return s.SendBack(ctx, SendBackInput{LineAct: LineAct{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Lines: in.Body.Lines}, Repaired: in.Body.Repaired})
		}, out)
	s.registerReplacement(api)
}

func (s *Service) registerReplacement(api *httpapi.Server) {
	out := s.render(api)
	httpapi.Act(api, actOp("reserve-replacement", "reserve", "Keep a replacement", "Of the stock of parts at a place, or a note of what it will be."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID  LineID        `json:"line_id" maxLength:"36"`
				PartID  parts.PartID  `json:"part_id,omitempty" maxLength:"36"`
				PlaceID parts.PlaceID `json:"place_id,omitempty" maxLength:"64"`
				Item    string        `json:"item,omitempty" maxLength:"200"`
			}
		},
		) (Return, error) {
			b := in.Body
			return s.Reserve(ctx, ReserveInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Line: b.LineID, Part: b.PartID, Place: b.PlaceID, Item: b.Item})
		}, out)
	s.simple(api, "release-replacement", "release", "Give a kept replacement back", "",
		func(ctx context.Context, in *actIn) (Return, error) { return s.Release(ctx, in.lineAct()) })
	httpapi.Act(api, actOp("ship-replacement", "ship-replacement", "Send the replacement", "Of a known unit it makes the new unit's record, which stands for the old one."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				LineID   LineID          `json:"line_id" maxLength:"36"`
				ModelID  catalog.ModelID `json:"model_id,omitempty" maxLength:"64"`
				Serial   string          `json:"serial,omitempty" maxLength:"64"`
				Carrier  string          `json:"carrier,omitempty" maxLength:"64"`
				Tracking string          `json:"tracking,omitempty" maxLength:"64"`
			}
		},
		) (Return, error) {
			b := in.Body
			return s.ShipReplacement(ctx, ShipReplacementInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Line: b.LineID, Model: b.ModelID, Serial: b.Serial, Carrier: b.Carrier, Tracking: b.Tracking})
		}, out)
	s.simple(api, "deliver-replacement", "deliver", "Note that the replacement arrived", "",
		func(ctx context.Context, in *actIn) (Return, error) { return s.Deliver(ctx, in.lineAct()) })
	httpapi.Act(api, actOp("lend-unit", "lend", "Lend the customer something for the time", "A return does not end before it is back."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				Item      string        `json:"item" maxLength:"200"`
				Serial    string        `json:"serial,omitempty" maxLength:"64"`
				DueOn     calendar.Date `json:"due_on"`
				Agreement files.ID      `json:"agreement_file,omitempty" maxLength:"36"`
			}
		},
		) (Return, error) {
			b := in.Body
			return s.Lend(ctx, LendInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Item: b.Item, Serial: b.Serial, DueOn: b.DueOn, Agreement: b.Agreement})
		}, out)
	s.simple(api, "return-loan", "loan-back", "Note that the loan came back", "",
		func(ctx context.Context, in *actIn) (Return, error) { return s.LoanBack(ctx, in.act()) })
}
