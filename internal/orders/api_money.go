package orders

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/money"
	"anxin/internal/platform/reason"
)

type chargeBody struct {
	ID         ChargeID     `json:"id"`
	OrderID    ID           `json:"order_id"`
	VisitID    VisitID      `json:"visit_id,omitempty"`
	QuoteID    QuoteID      `json:"quote_id,omitempty"`
	Kind       ChargeKind   `json:"kind"`
	PartID     string       `json:"part_id,omitempty"`
	Action     string       `json:"action,omitempty"`
	Quantity   string       `json:"quantity"`
	Amount     money.Amount `json:"amount" doc:"minor units, of the whole line that this payer pays"`
	Payer      string       `json:"payer"`
	Source     string       `json:"source" doc:"where the price comes from"`
	CoverageID string       `json:"coverage_id,omitempty"`
	Why        reason.List  `json:"why"`
	State      ChargeState  `json:"state"`
	Reason     string       `json:"reason,omitempty"`
	RaisedAt   time.Time    `json:"raised_at"`
}

func chargeBodyOf(c Charge) chargeBody {
	return chargeBody{
		c.ID, c.OrderID, c.VisitID, c.QuoteID, c.Kind, string(c.PartID), string(c.Action), c.Quantity.String(), c.Amount, string(c.Payer), c.Source, c.CoverageID,
		c.Why, c.State, c.Reason, c.RaisedAt,
	}
}

type collectionBody struct {
	ID         CollectionID `json:"id"`
	Amount     money.Amount `json:"amount"`
	Method     Method       `json:"method"`
	Reference  string       `json:"reference,omitempty"`
	TakenBy    string       `json:"taken_by"`
	Reason     string       `json:"reason,omitempty"`
	OccurredAt time.Time    `json:"occurred_at"`
	RecordedAt time.Time    `json:"recorded_at"`
}

type moneyOut struct {
	Body struct {
		Charges     []chargeBody     `json:"charges"`
		Collections []collectionBody `json:"collections"`
		Due         money.Amount     `json:"due" doc:"that the customer pays"`
		Collected   money.Amount     `json:"collected"`
		Left        money.Amount     `json:"left"`
	}
}

type chargeIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Kind     ChargeKind         `json:"kind" enum:"labour,part,travel,freight,other"`
		PartID   parts.PartID       `json:"part_id,omitempty" maxLength:"36"`
		Action   catalog.ActionCode `json:"action,omitempty" maxLength:"32"`
		Item     string             `json:"item,omitempty" maxLength:"64" doc:"of the price list: check, part, overhaul, height …"`
		Quantity int64              `json:"quantity,omitempty" minimum:"1" default:"1"`
		Metres   int64              `json:"metres,omitempty" minimum:"0" doc:"one way, of travel"`
		Amount   *money.Amount      `json:"amount,omitempty" doc:"instead of the list's price; needs a reason of charge.override"`
		Payer    catalog.Payer      `json:"payer,omitempty" maxLength:"16" doc:"instead of the coverage's; needs a reason of charge.override"`
	}
}

type chargeActIn struct {
	ID     ID       `path:"id" maxLength:"36"`
	Charge ChargeID `path:"charge" maxLength:"36"`
	Body   struct{ httpapi.ActIn }
}

func (in chargeActIn) input() ChargeInput {
	return ChargeInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Charge: in.Charge}
}

type collectIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Amount    money.Amount `json:"amount"`
		Method    Method       `json:"method" enum:"cash,transfer,wechat,alipay,card"`
		Reference string       `json:"reference,omitempty" maxLength:"100" doc:"of the payment"`
	}
}

func moneyOp(id, method, path, summary, description string) huma.Operation {
	o := op(id, method, path, summary, description)
	o.Tags = []string{"charges"}
	return o
}

// registerMoney adds charges and collections.
func (s *Service) registerMoney(api *httpapi.Server) {
	httpapi.Register(api, moneyOp("get-order-money", http.MethodGet, "/orders/{id}/charges", "Read charges and collections of an order", ""), s.orderMoney)
	httpapi.Act(api, moneyOp("add-charge", http.MethodPost, "/orders/{id}/charges", "Raise a charge", "Priced by the lists and decided by coverage, or entered with a reason."),
		func(ctx context.Context, in *chargeIn) (Order, error) {
			b := in.Body
			return s.AddCharge(ctx, AddChargeInput{
				ActInput: ActInput{Act: b.Act(), ID: in.ID}, Kind: b.Kind, Part: b.PartID, Action: b.Action, Item: b.Item, Quantity: max(1, b.Quantity), Metres: b.Metres,
				Amount: b.Amount, Payer: b.Payer,
			})
		}, s.out)
	httpapi.Act(api, moneyOp("waive-charge", http.MethodPost, "/orders/{id}/charges/{charge}/waive", "Take a charge back", "Needs a reason of charge.waive."),
		func(ctx context.Context, in *chargeActIn) (Order, error) { return s.WaiveCharge(ctx, in.input()) }, s.out)
	httpapi.Act(api, moneyOp("release-charge", http.MethodPost, "/orders/{id}/charges/{charge}/release", "End the wait of a held charge", "It is owed."),
		func(ctx context.Context, in *chargeActIn) (Order, error) { return s.ReleaseCharge(ctx, in.input()) }, s.out)
	httpapi.Act(api, moneyOp("collect-money", http.MethodPost, "/orders/{id}/collections", "Record money taken from the customer", "More than is owed needs a reason of charge.override."),
		func(ctx context.Context, in *collectIn) (Order, error) {
			b := in.Body
			return s.Collect(ctx, CollectInput{ActInput: ActInput{Act: b.Act(), ID: in.ID}, Amount: b.Amount, Method: b.Method, Reference: b.Reference})
		}, s.out)
	httpapi.Register(api, moneyOp("list-held-charges", http.MethodGet, "/charges/held", "List charges that wait for a decision", "Oldest first."), s.listHeld)
}

func (s *Service) orderMoney(ctx context.Context, in *idIn) (*moneyOut, error) {
	o, err := s.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	charges, err := s.Charges(ctx, s.db, o.ID)
	if err != nil {
		return nil, err
	}
	taken, err := s.Collections(ctx, s.db, o)
	if err != nil {
		return nil, err
	}
	b, err := s.BalanceOf(ctx, s.db, o.ID)
	if err != nil {
		return nil, err
	}
	var out moneyOut
	out.Body.Charges, out.Body.Collections = []chargeBody{}, []collectionBody{}
	for _, c := range charges {
		out.Body.Charges = append(out.Body.Charges, chargeBodyOf(c))
	}
	for _, c := range taken {
		out.Body.Collections = append(out.Body.Collections, collectionBody{c.ID, c.Amount, c.Method, c.Reference, c.TakenBy, c.Reason, c.OccurredAt, c.RecordedAt})
	}
	out.Body.Due, out.Body.Collected, out.Body.Left = b.Due, b.Collected, b.Left
	return &out, nil
}

func (s *Service) listHeld(ctx context.Context, in *httpapi.PageIn) (*httpapi.PageOut[chargeBody], error) {
	var after time.Time
	var id ChargeID
	if _, err := httpapi.DecodeCursor(in.Cursor, &after, &id); err != nil {
		return nil, err
	}
	list, err := s.HeldCharges(ctx, after, id, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, chargeBodyOf, func(c Charge) []any { return []any{c.RaisedAt, c.ID} })
	return &httpapi.PageOut[chargeBody]{Body: page}, nil
}

type quoteBody struct {
	ID        QuoteID      `json:"id"`
	OrderID   ID           `json:"order_id"`
	Revision  int64        `json:"revision" doc:"an approval binds it"`
	State     QuoteState   `json:"state"`
	Lines     []QuoteLine  `json:"lines"`
	Total     money.Amount `json:"total"`
	Customer  money.Amount `json:"customer" doc:"the customer's share: an approval binds it"`
	ExpiresAt time.Time    `json:"expires_at"`
	SentAt    *time.Time   `json:"sent_at,omitempty"`
	Answered  *time.Time   `json:"answered_at,omitempty"`
	By        string       `json:"answered_by,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Version   int64        `json:"version"`
}

func quoteBodyOf(q Quote) quoteBody {
	return quoteBody{q.ID, q.OrderID, q.Revision, q.State, q.Lines, q.Total, q.Customer, q.ExpiresAt, q.SentAt, q.Answered, q.By, q.Reason, q.Version}
}

type quoteOut struct{ Body quoteBody }

func quoteOutOf(_ context.Context, q Quote) (*quoteOut, error) { return &quoteOut{quoteBodyOf(q)}, nil }

type quoteIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Lines     []quoteLineIn `json:"lines" minItems:"1" maxItems:"50"`
		ExpiresAt time.Time     `json:"expires_at,omitzero"`
		Send      bool          `json:"send,omitempty" doc:"to the customer at once"`
	}
}

type quoteLineIn struct {
	Kind     ChargeKind         `json:"kind" enum:"labour,part,travel,freight,other"`
	PartID   parts.PartID       `json:"part_id,omitempty" maxLength:"36"`
	Action   catalog.ActionCode `json:"action,omitempty" maxLength:"32"`
	Item     string             `json:"item,omitempty" maxLength:"64"`
	Quantity int64              `json:"quantity,omitempty" minimum:"1" default:"1"`
	Metres   int64              `json:"metres,omitempty" minimum:"0"`
	Amount   *money.Amount      `json:"amount,omitempty"`
}

type quoteActIn struct {
	ID   QuoteID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Revision int64        `json:"revision,omitempty" doc:"that the customer saw; needed to approve"`
		Amount   money.Amount `json:"amount,omitzero" doc:"the customer's share that he saw; needed to approve"`
		Code     string       `json:"code,omitempty" maxLength:"16" doc:"approval code; needed with a link"`
	}
}

func (in quoteActIn) input() QuoteAnswer {
	return QuoteAnswer{Act: in.Body.Act(), ID: in.ID, Revision: in.Body.Revision, Amount: in.Body.Amount, Code: in.Body.Code}
}

// registerQuotes adds quotes.
func (s *Service) registerQuotes(api *httpapi.Server) {
	quoteOp := func(id, method, path, summary, description string) huma.Operation {
		o := op(id, method, path, summary, description)
		o.Tags = []string{"quotes"}
		return o
	}
	httpapi.Register(api, quoteOp("list-order-quotes", http.MethodGet, "/orders/{id}/quotes", "Read an order's quotes", ""),
		func(ctx context.Context, in *idIn) (*items[quoteBody], error) {
			return storyOf(ctx, s, in.ID, func(o Order) ([]Quote, error) { return s.Quotes(ctx, s.db, o.ID) }, quoteBodyOf)
		})
	httpapi.Register(api, quoteOp("get-quote", http.MethodGet, "/quotes/{id}", "Read a quote", "For who sees its order, and for who holds its link."),
		func(ctx context.Context, in *struct {
			ID QuoteID `path:"id" maxLength:"36"`
		},
		) (*quoteOut, error) {
			q, _, err := s.QuoteByID(ctx, s.db, in.ID)
			if err != nil {
				return nil, err
			}
			return quoteOutOf(ctx, q)
		})
	httpapi.Act(api, quoteOp("create-quote", http.MethodPost, "/orders/{id}/quotes", "Draft a quote", "It takes the place of one that nobody answered."),
		func(ctx context.Context, in *quoteIn) (Quote, error) {
			q := QuoteInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, ExpiresAt: in.Body.ExpiresAt, Send: in.Body.Send}
			for _, l := range in.Body.Lines {
				q.Lines = append(q.Lines, QuoteLineInput{Kind: l.Kind, Part: l.PartID, Action: l.Action, Item: l.Item, Quantity: max(1, l.Quantity), Metres: l.Metres, Amount: l.Amount})
			}
			return s.MakeQuote(ctx, q)
		}, quoteOutOf)
	httpapi.Act(api, quoteOp("send-quote", http.MethodPost, "/quotes/{id}/send", "Send a quote to the customer", "With a link to approve it."),
		func(ctx context.Context, in *quoteActIn) (Quote, error) { return s.SendQuote(ctx, in.input()) }, quoteOutOf)
	httpapi.Act(api, quoteOp("approve-quote", http.MethodPost, "/quotes/{id}/approve", "Approve a quote",
		"Binds the revision and amount that the customer saw. With a link the approval code is needed."),
		func(ctx context.Context, in *quoteActIn) (Quote, error) { return s.ApproveQuote(ctx, in.input()) }, quoteOutOf)
	httpapi.Act(api, quoteOp("refuse-quote", http.MethodPost, "/quotes/{id}/refuse", "Refuse a quote", "Needs a reason of quote.refuse."),
		func(ctx context.Context, in *quoteActIn) (Quote, error) { return s.RefuseQuote(ctx, in.input()) }, quoteOutOf)
	httpapi.Register(api, quoteOp("send-approval-code", http.MethodPost, "/quotes/{id}/code", "Send the approval code", "To the phone of the customer who holds the link."),
		func(ctx context.Context, in *struct {
			ID QuoteID `path:"id" maxLength:"36"`
		},
		) (*struct{}, error) {
			return nil, s.SendApprovalCode(ctx, in.ID)
		})
}
