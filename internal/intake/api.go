package intake

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/httpapi"
	"anxin/internal/units"
)

type noteIn struct {
	Body struct {
		httpapi.ActIn
		BrandID     catalog.BrandID         `json:"brand_id" maxLength:"36"`
		Category    catalog.CategoryCode    `json:"category,omitempty" maxLength:"16"`
		Symptom     catalog.SymptomCode     `json:"symptom,omitempty" maxLength:"32"`
		ServiceType catalog.ServiceTypeCode `json:"service_type,omitempty" maxLength:"16"`
		Type        cases.Type              `json:"type,omitempty" enum:"request,complaint"`
		UnitID      units.ID                `json:"unit_id,omitempty" maxLength:"36"`
		CustomerID  customers.ID            `json:"customer_id,omitempty" maxLength:"36"`
		Text        string                  `json:"text" maxLength:"4000"`
		Name        string                  `json:"name,omitempty" maxLength:"100"`
		Phone       string                  `json:"phone,omitempty" maxLength:"32"`
		Address     *customers.AddressInput `json:"address,omitempty"`
		Vulnerable  bool                    `json:"vulnerable,omitempty"`
	}
}

type reportedBody struct {
	ConversationID ID           `json:"conversation_id"`
	CaseID         cases.ID     `json:"case_id"`
	CaseNumber     string       `json:"case_number"`
	CustomerID     customers.ID `json:"customer_id"`
	KnownCustomer  bool         `json:"known_customer"`
	Safety         cases.Safety `json:"safety,omitempty" doc:"read the safety script first"`
}

type conversationBody struct {
	ID         ID           `json:"id"`
	Channel    Channel      `json:"channel"`
	State      string       `json:"state"`
	BrandID    string       `json:"brand_id"`
	CustomerID customers.ID `json:"customer_id,omitempty"`
	CaseID     cases.ID     `json:"case_id,omitempty"`
	LastAt     time.Time    `json:"last_at"`
	CreatedAt  time.Time    `json:"created_at"`
}

func bodyOf(c Conversation) conversationBody {
	return conversationBody{c.ID, c.Channel, c.State, string(c.BrandID), c.CustomerID, c.CaseID, c.LastAt, c.CreatedAt}
}

type messageBody struct {
	ID         string    `json:"id"`
	Direction  string    `json:"direction"`
	Author     string    `json:"author"`
	Text       string    `json:"text"`
	Erased     bool      `json:"erased,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
}

type threadOut struct {
	Body struct {
		Conversation conversationBody `json:"conversation"`
		Messages     []messageBody    `json:"messages"`
	}
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Act(api, huma.Operation{
		OperationID: "create-phone-note", Method: http.MethodPost, Path: "/intake/phone", Tags: []string{"intake"}, Summary: "Take a call",
		Description: "What an agent hears on the phone becomes a conversation and a case; the customer is found by the phone, or made.",
	}, func(ctx context.Context, in *noteIn) (Reported, error) {
		b := in.Body
		return s.PhoneNote(ctx, ReportInput{
			Act: b.Act(), BrandID: b.BrandID, Category: b.Category, Symptom: b.Symptom, ServiceType: b.ServiceType, Type: b.Type, UnitID: b.UnitID,
			CustomerID: b.CustomerID, Text: b.Text, Name: b.Name, Phone: b.Phone, Address: b.Address, Vulnerable: b.Vulnerable,
		})
	}, func(_ context.Context, r Reported) (*struct{ Body reportedBody }, error) {
		return &struct{ Body reportedBody }{reportedBody{r.Conversation, r.Case.ID, r.Case.Number, r.Customer, r.Known, r.Case.Safety}}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-conversations", Method: http.MethodGet, Path: "/conversations", Tags: []string{"intake"}, Summary: "List conversations, the newest first",
	}, func(ctx context.Context, in *struct {
		httpapi.PageIn
		Channel Channel  `query:"channel" enum:"web,phone"`
		BrandID string   `query:"brand_id" maxLength:"36"`
		CaseID  cases.ID `query:"case_id" maxLength:"36"`
	},
	) (*httpapi.PageOut[conversationBody], error) {
		f := Filter{Channel: in.Channel, BrandID: catalog.BrandID(in.BrandID), CaseID: in.CaseID, Limit: in.Limit + 1}
		var last int64
		if ok, err := httpapi.DecodeCursor(in.Cursor, &last, &f.AfterID); err != nil {
			return nil, err
		} else if ok {
			f.Before = time.UnixMicro(last)
		}
		list, err := s.List(ctx, f)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[conversationBody]{Body: httpapi.MakePage(list, in.Limit, bodyOf, func(c Conversation) []any { return []any{c.LastAt.UnixMicro(), c.ID} })}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-conversation", Method: http.MethodGet, Path: "/conversations/{id}", Tags: []string{"intake"}, Summary: "Read a conversation",
	}, func(ctx context.Context, in *struct {
		ID ID `path:"id" maxLength:"36"`
	},
	) (*threadOut, error) {
		c, msgs, err := s.Messages(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		var out threadOut
		out.Body.Conversation = bodyOf(c)
		out.Body.Messages = make([]messageBody, len(msgs))
		for i, m := range msgs {
			out.Body.Messages[i] = messageBody{m.ID, m.Direction, m.Author, m.Clear, m.Erased, m.OccurredAt}
		}
		return &out, nil
	})
}
