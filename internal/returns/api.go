package returns

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/entitlement/rules"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// RowBody is a return as lists show it.
type RowBody struct {
	ID         ID         `json:"id"`
	Number     string     `json:"number"`
	Type       Type       `json:"type"`
	Decision   Decision   `json:"decision"`
	Goods      Goods      `json:"goods"`
	Money      Money      `json:"money"`
	BrandID    string     `json:"brand_id"`
	OutletPath string     `json:"outlet_path"`
	CaseID     cases.ID   `json:"case_id,omitempty"`
	CustomerID string     `json:"customer_id,omitempty"`
	Customer   string     `json:"customer,omitempty" doc:"masked, for who may read customers"`
	Reason     string     `json:"reason"`
	Items      string     `json:"items" doc:"what comes back, in a line"`
	Currency   string     `json:"currency"`
	Estimate   int64      `json:"estimate" doc:"minor units"`
	NextDueAt  *time.Time `json:"next_due_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
	DoneAt     *time.Time `json:"done_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Version    int64      `json:"version"`
}

func rowOf(r Return) RowBody {
	b := RowBody{
		ID: r.ID, Number: r.Number, Type: r.Type, Decision: r.Decision, Goods: r.GoodsState(), Money: r.MoneyState(), BrandID: string(r.Brand), OutletPath: r.OutletPath,
		CaseID: r.Case, CustomerID: string(r.Customer), Reason: r.Reason, Currency: string(r.Currency), Estimate: r.Estimate, NextDueAt: r.NextDueAt, CreatedAt: r.CreatedAt,
		DoneAt: r.DoneAt, EndedAt: r.EndedAt, Version: r.Version,
	}
	for i, l := range r.Lines {
		if i > 0 {
			b.Items += ", "
		}
		switch {
		case l.Item != "":
			b.Items += l.Item
		case l.Serial != "":
			b.Items += l.Serial
		default:
			b.Items += string(l.Category)
		}
	}
	return b
}

// WhyBody is a reason with its words.
type WhyBody struct {
	Code    string `json:"code"`
	Verdict string `json:"verdict"`
	Words   string `json:"words"`
}

// RuleBody is a rule of the law or a promise that bears on a line.
type RuleBody struct {
	Rule       string      `json:"rule" doc:"pack/rule"`
	State      string      `json:"state"`
	Title      rules.Words `json:"title"`
	Text       rules.Words `json:"text"`
	Source     string      `json:"source"`
	Unverified bool        `json:"unverified,omitempty"`
}

// LineBody is one thing that comes back.
type LineBody struct {
	ID          LineID                   `json:"id"`
	UnitID      units.ID                 `json:"unit_id,omitempty"`
	ModelID     string                   `json:"model_id,omitempty"`
	Category    string                   `json:"category,omitempty"`
	Serial      string                   `json:"serial,omitempty"`
	Item        string                   `json:"item,omitempty"`
	Seller      string                   `json:"seller,omitempty"`
	OrderNo     string                   `json:"order_no,omitempty"`
	Elsewhere   bool                     `json:"elsewhere,omitempty"`
	Quantity    int64                    `json:"quantity"`
	Received    int64                    `json:"received"`
	ReceivedAt  *time.Time               `json:"received_at,omitempty"`
	Price       int64                    `json:"price"`
	Paid        int64                    `json:"paid"`
	Goods       Goods                    `json:"goods"`
	Replacement Replacement              `json:"replacement"`
	Option      string                   `json:"option,omitempty" doc:"that the rules give, or a person gave"`
	Rules       []RuleBody               `json:"rules"`
	Sum         rules.Sum                `json:"sum" doc:"what comes back, with the way to it"`
	Tax         Tax                      `json:"tax" doc:"within what was paid for the line with its way out"`
	SumTax      int64                    `json:"sum_tax" doc:"within what comes back"`
	InvoiceNo   string                   `json:"invoice_no,omitempty"`
	Deductions  []Deduction              `json:"deductions"`
	Consent     Consent                  `json:"consent,omitempty"`
	Award       *int64                   `json:"award,omitempty"`
	Found       string                   `json:"found_serial,omitempty"`
	Swapped     bool                     `json:"swapped,omitempty"`
	Disputed    bool                     `json:"disputed,omitempty"`
	Inspection  *Inspection              `json:"inspection,omitempty"`
	Blame       string                   `json:"responsibility,omitempty"`
	Repaired    bool                     `json:"repaired,omitempty"`
	Given       *Given                   `json:"given,omitempty"`
	Settled     bool                     `json:"settled,omitempty"`
	Freight     *FreightClaim            `json:"freight,omitempty" doc:"that the customer advanced"`
	Acts        []string                 `json:"acts" doc:"what can be done with it next"`
	Photos      []files.ID               `json:"photos"`
	Channel     string                   `json:"channel,omitempty"`
	Dates       map[string]calendar.Date `json:"dates"`
}

// DisputeBody is a disagreement.
type DisputeBody struct {
	ID        string     `json:"id"`
	LineID    LineID     `json:"line_id"`
	About     string     `json:"about"`
	State     string     `json:"state"`
	Finding   string     `json:"finding,omitempty"`
	Award     int64      `json:"award"`
	OpenedAt  time.Time  `json:"opened_at"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
}

// Body is a whole return.
type Body struct {
	RowBody
	Operation Operation     `json:"operation"`
	Recipient *Recipient    `json:"recipient,omitempty" doc:"maker or supplier whom the goods go to straight"`
	Channel   Channel       `json:"channel"`
	Blame     string        `json:"responsibility,omitempty"`
	EndReason string        `json:"end_reason,omitempty"`
	Why       []WhyBody     `json:"why"`
	DecidedBy string        `json:"decided_by,omitempty"`
	DecidedAt *time.Time    `json:"decided_at,omitempty"`
	Note      string        `json:"note,omitempty"`
	Address   string        `json:"address,omitempty"`
	ShipBy    string        `json:"ship_by,omitempty"`
	Zone      string        `json:"zone" doc:"of the place that takes the goods in; days of parcels are its days"`
	Freight   string        `json:"freight,omitempty" doc:"who bears the way back"`
	Loan      *Loan         `json:"loan,omitempty"`
	Lines     []LineBody    `json:"lines"`
	Refunds   []Refund      `json:"refunds"`
	Disputes  []DisputeBody `json:"disputes"`
	Acts      []string      `json:"acts" doc:"what can be done with it next"`
}

// sources are the rules that bear on a line: those that hold and those that stand or ended about the same thing.
func sources(d rules.Decision) []RuleBody {
	out := []RuleBody{}
	for _, x := range d.Rulings {
		if x.State == rules.Future {
			continue
		}
		out = append(out, RuleBody{Rule: x.Pack + "/" + x.Rule, State: string(x.State), Title: x.Title, Text: x.Text, Source: x.Source, Unverified: x.Unverified})
	}
	return out
}

// nextActs are the acts of a line that its state lets be done.
func (r *Return) nextActs(l *Line) []string {
	out := []string{}
	if r.disputed(l.ID) {
		return append(out, "decide_dispute")
	}
	for _, t := range GoodsTransitions {
		if t.Who == "rule" || t.Act == "send_back" && (l.Settled || l.Replacement == Shipped || l.Replacement == Delivered) {
			continue
		}
		dispose := t.Act == "restock" || t.Act == "refurbish" || t.Act == "scrap"
		if dispose && (r.Recipient != nil || r.Operation.Repair != No || r.Operation.Refund != No && !l.Settled || t.Act == "restock" && l.Goods == GoodsInspected && l.Inspection != nil && l.Inspection.Grade != GradeNew && l.Inspection.Grade != GradeOpened) {
			continue
		}
		if _, err := step(GoodsTransitions, t.Act, l.Goods, anyOf(t.Act)); err == nil {
			out = append(out, t.Act)
		}
	}
	if r.approved() && r.Operation.Replacement != No {
		for _, t := range ReplacementTransitions {
			if t.Act == "ship_replacement" && !r.ready(l, r.Operation.Replacement) {
				continue
			}
			if _, err := step(ReplacementTransitions, t.Act, l.Replacement, ""); err == nil && l.Goods != GoodsSentBack {
				out = append(out, t.Act)
			}
		}
	}
	if r.approved() && r.Operation.Refund != No && !l.Settled && l.Goods != GoodsSentBack {
		out = append(out, "deduct")
	}
	if r.mayFreight(l) {
		out = append(out, "advance_freight")
		if l.Freight != nil && l.Freight.State == FreightAsked {
			out = append(out, "refuse_freight")
		}
	}
	if l.Consent == ConsentAsked {
		out = append(out, "consent")
	}
	if r.approved() && !l.Settled && l.Goods != GoodsSentBack && (l.Goods == GoodsWrong || l.Inspection != nil || l.Consent != "") {
		out = append(out, "dispute")
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(slices.Index(likely, a), slices.Index(likely, b)) })
	return out
}

// likely is the order in which acts of a line are offered.
var likely = []string{
	"consent", "receive", "inspect", "ship_replacement", "deliver", "reserve", "restock", "refurbish", "scrap", "ship", "advance_freight", "refuse_freight", "deduct", "dispute", "send_back", "release", "lose",
}

// acts are those of the return itself.
func (r *Return) acts() []string {
	out := []string{}
	for _, t := range Transitions {
		if t.Act == "request" || t.Act == "withdraw" && r.moved() || !r.Live() {
			continue
		}
		if _, err := step(Transitions, t.Act, r.Decision, ""); err == nil {
			out = append(out, t.Act)
		}
	}
	switch {
	case r.Loan != nil && r.Loan.ReturnedOn.IsZero():
		out = append(out, "loan_back")
	case r.approved() && r.DoneAt == nil:
		out = append(out, "lend")
	}
	return out
}

func (s *Service) bodyOf(ctx context.Context, r Return, words reason.Words) (Body, error) {
	lang := access.From(ctx).Lang
	b := Body{
		RowBody: rowOf(r), Operation: r.Operation, Recipient: r.Recipient, Channel: r.Channel, Blame: string(r.Blame), EndReason: r.EndReason, Why: []WhyBody{}, DecidedBy: r.DecidedBy,
		DecidedAt: r.DecidedAt, Address: r.Address, ShipBy: dayText(r.ShipBy), Freight: r.Freight, Loan: r.Loan, Lines: make([]LineBody, len(r.Lines)), Refunds: r.Refunds,
		Disputes: make([]DisputeBody, len(r.Disputes)), Acts: r.acts(),
	}
	for _, w := range r.Why {
		b.Why = append(b.Why, WhyBody{w.Code, string(w.Verdict), w.Words(words, lang)})
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		x := LineBody{
			ID: l.ID, UnitID: l.Unit, ModelID: string(l.Model), Category: string(l.Category), Serial: l.Serial, Item: l.Item, Seller: l.Seller, OrderNo: l.OrderNo, Elsewhere: l.Elsewhere,
			Quantity: l.Quantity, Received: l.Received, ReceivedAt: l.ReceivedAt, Price: l.Price, Paid: l.Paid, Goods: l.Goods, Replacement: l.Replacement, Option: string(l.Option),
			Rules: sources(l.Rights), Sum: l.Sum, Tax: l.Tax, SumTax: r.SumTax(*l), InvoiceNo: l.InvoiceNo, Deductions: l.Deductions, Consent: l.Consent, Award: l.Award, Found: l.Found, Swapped: l.Swapped, Disputed: r.disputed(l.ID),
			Inspection: l.Inspection, Blame: string(l.Blame), Repaired: l.Repaired, Given: l.Given, Settled: l.Settled, Freight: l.Freight, Acts: r.nextActs(l), Photos: fileIDs(l.LineFacts),
			Channel: l.LineFacts.Channel, Dates: map[string]calendar.Date{},
		}
		if x.Deductions == nil {
			x.Deductions = []Deduction{}
		}
		for k, d := range l.Dates {
			x.Dates[string(k)] = d
		}
		b.Lines[i] = x
	}
	var err error
	if b.Zone, err = s.zoneOf(ctx, r); err != nil {
		return b, err
	}
	for i, d := range r.Disputes {
		b.Disputes[i] = DisputeBody{d.ID, d.Line, d.About, d.State, d.Finding, d.Award, d.OpenedAt, d.DecidedAt}
	}
	if access.From(ctx).Permissions.Has(customers.PermRead) {
		if r.Customer != "" {
			c, err := s.Customers.ByIDs(ctx, s.db, []customers.ID{r.Customer})
			if err != nil {
				return b, err
			}
			if x, ok := c[r.Customer]; ok {
				b.Customer = x.MaskedName()
			}
		}
		if b.Note, err = s.NoteOf(ctx, r); err != nil {
			return b, err
		}
	}
	return b, nil
}

// zoneOf is the zone of the place that takes the goods in: the depot's, else the firm's.
func (s *Service) zoneOf(ctx context.Context, r Return) (string, error) {
	o, err := s.Outlets.ByPath(ctx, s.db, r.OutletPath)
	if problem.Match(err, problem.ErrNotFound) || err == nil && o.Zone == "" {
		return s.Zone.String(), nil
	}
	return o.Zone, err
}

type returnOut struct {
	ETag string `header:"ETag"`
	Body Body   `nameHint:"Return"`
}

func (s *Service) render(api *httpapi.Server) func(ctx context.Context, r Return) (*returnOut, error) {
	return func(ctx context.Context, r Return) (*returnOut, error) {
		b, err := s.bodyOf(ctx, r, api.Words())
		return &returnOut{httpapi.ETag(r.Version), b}, err
	}
}

// RequestBody is a request as it is sent.
type RequestBody struct {
	httpapi.ActIn
	Type       Type            `json:"type" enum:"return,exchange,repair_return,advance_exchange,refund_only,drop_ship"`
	BrandID    catalog.BrandID `json:"brand_id,omitempty" maxLength:"36" doc:"of the case or the unit when empty"`
	CaseID     cases.ID        `json:"case_id,omitempty" maxLength:"36"`
	CustomerID customers.ID    `json:"customer_id,omitempty" maxLength:"36"`
	DepotID    outlets.ID      `json:"depot_id,omitempty" maxLength:"36" doc:"outlet that takes the goods in"`
	Channel    Channel         `json:"channel,omitempty" enum:"agent,api,link,market"`
	ExternalID string          `json:"external_id,omitempty" maxLength:"64" doc:"the same again answers the return that is there"`
	Currency   money.Currency  `json:"currency,omitempty" maxLength:"3"`
	Address    string          `json:"address,omitempty" maxLength:"300"`
	Platform   string          `json:"platform,omitempty" maxLength:"64" doc:"of channel market: jd, tmall, …"`
	AnswerBy   *time.Time      `json:"answer_by,omitempty" doc:"until when the marketplace wants an answer; by the policy when absent"`
	Lines      []LineIn        `json:"lines" minItems:"1" maxItems:"50"`
}

// LineIn is a line as it is sent.
type LineIn struct {
	UnitID    units.ID             `json:"unit_id,omitempty" maxLength:"36"`
	ModelID   catalog.ModelID      `json:"model_id,omitempty" maxLength:"64"`
	Category  catalog.CategoryCode `json:"category,omitempty" maxLength:"64"`
	Serial    string               `json:"serial,omitempty" maxLength:"64"`
	Item      string               `json:"item,omitempty" maxLength:"200"`
	Seller    string               `json:"seller,omitempty" maxLength:"200"`
	OrderNo   string               `json:"order_no,omitempty" maxLength:"64"`
	Channel   string               `json:"channel,omitempty" maxLength:"64" doc:"of the purchase"`
	Elsewhere bool                 `json:"elsewhere,omitempty" doc:"not bought with us"`
	Quantity  int64                `json:"quantity,omitempty" minimum:"0" maximum:"1000" doc:"1 when absent"`
	Currency  money.Currency       `json:"currency,omitempty" maxLength:"3"`
	Price     int64                `json:"price,omitempty" doc:"on the invoice, minor units; of a unit our record may say it"`
	Paid      int64                `json:"paid,omitempty" doc:"really; the price when absent"`
	Tax       *TaxIn               `json:"tax,omitempty" doc:"by the brand's rates when absent"`
	InvoiceNo string               `json:"invoice_no,omitempty" maxLength:"64" doc:"of the sale"`
	Dates     map[string]string    `json:"dates,omitempty" doc:"made, sold, invoiced, delivered, installed, activated"`
	Fault     *rules.FaultFacts    `json:"fault,omitempty"`
	Return    *rules.ReturnFacts   `json:"return,omitempty"`
	Stock     string               `json:"stock,omitempty" enum:"yes,no"`
	Photos    []string             `json:"photos,omitempty" maxItems:"20" doc:"ids of uploaded files"`
	Proof     string               `json:"proof_file,omitempty" maxLength:"36"`
	Ways      []WayIn              `json:"ways,omitempty" maxItems:"8" doc:"in which it was paid; together what was paid"`
}

// TaxIn is the tax of a line as its invoice has it.
type TaxIn struct {
	Mode   string `json:"mode,omitempty" enum:"included,excluded" doc:"whether price and paid hold it; they do when absent"`
	Rate   int64  `json:"rate" minimum:"1" maximum:"1000000" doc:"millionths: 130000 is 13 %"`
	Amount int64  `json:"amount,omitempty" minimum:"0" doc:"by the invoice; reckoned when absent"`
}

// WayIn is a way of paying.
type WayIn struct {
	Way  string `json:"way" enum:"original,wechat,alipay,card,bank,cash,points,coupon"`
	Paid int64  `json:"paid"`
	Ref  string `json:"ref,omitempty" maxLength:"128" doc:"number of the payment at the provider"`
	// Whole is larger where the payment was for other things, too.
	Whole int64 `json:"whole,omitempty" minimum:"0" doc:"the customer's whole payment, where it also paid for other things"`
}

func (b RequestBody) input() (RequestInput, error) {
	var f problem.Fields
	in := RequestInput{
		Act: b.Act(), Type: b.Type, Brand: b.BrandID, Case: b.CaseID, Customer: b.CustomerID, Depot: b.DepotID, Channel: b.Channel, ExternalID: b.ExternalID,
		Currency: b.Currency, Address: b.Address, Platform: b.Platform, AnswerBy: b.AnswerBy,
	}
	for i, l := range b.Lines {
		x := LineInput{Unit: l.UnitID, Currency: l.Currency, LineFacts: LineFacts{
			Model: l.ModelID, Category: l.Category, Serial: l.Serial, Item: l.Item, Seller: l.Seller, OrderNo: l.OrderNo, Channel: l.Channel, Elsewhere: l.Elsewhere,
			Quantity: l.Quantity, Price: l.Price, Paid: l.Paid, Fault: l.Fault, Stock: l.Stock, Photos: l.Photos, Proof: l.Proof,
		}}
		x.InvoiceNo = clean(l.InvoiceNo)
		if l.Tax != nil {
			x.Tax = Tax(*l.Tax)
		}
		if l.Return != nil {
			x.Return = *l.Return
		}
		for k, text := range l.Dates {
			if x.Dates == nil {
				x.Dates = map[units.DateKind]calendar.Date{}
			}
			d, err := calendar.ParseDate(text)
			f.Check(err == nil, fmt.Sprintf("lines[%d].dates.%s", i, k), problem.BadFormat)
			x.Dates[units.DateKind(k)] = d
		}
		for _, w := range l.Ways {
			x.Ways = append(x.Ways, WayInput(w))
		}
		in.Lines = append(in.Lines, x)
	}
	return in, f.Err()
}

type listIn struct {
	httpapi.PageIn
	Open     bool         `query:"open" doc:"only those with something open"`
	Recent   bool         `query:"recent" doc:"newest first; else by what is due first"`
	Decision Decision     `query:"decision" maxLength:"20"`
	Goods    Goods        `query:"goods" maxLength:"20"`
	Money    Money        `query:"money" maxLength:"20"`
	Type     Type         `query:"type" maxLength:"20"`
	BrandID  string       `query:"brand_id" maxLength:"36"`
	Customer customers.ID `query:"customer_id" maxLength:"36"`
	CaseID   cases.ID     `query:"case_id" maxLength:"36"`
	UnitID   units.ID     `query:"unit_id" maxLength:"36"`
	Number   string       `query:"number" maxLength:"32"`
}

func (s *Service) apiList(ctx context.Context, in *listIn) (*httpapi.PageOut[RowBody], error) {
	f := Filter{
		Open: in.Open, Recent: in.Recent, Decision: in.Decision, Goods: in.Goods, Money: in.Money, Type: in.Type, Brand: catalog.BrandID(in.BrandID), Customer: in.Customer,
		Case: in.CaseID, Unit: in.UnitID, Number: in.Number, Limit: in.Limit + 1,
	}
	var err error
	if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.After, &f.AfterID); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, rowOf, func(r Return) []any {
		if in.Recent {
			return []any{r.CreatedAt.UnixMicro(), r.ID}
		}
		return []any{dueOf(r.NextDueAt), r.ID}
	})
	if access.From(ctx).Permissions.Has(customers.PermRead) {
		ids := make([]customers.ID, 0, len(page.Items))
		for _, x := range page.Items {
			ids = append(ids, customers.ID(x.CustomerID))
		}
		people, err := s.Customers.ByIDs(ctx, s.db, ids)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			if c, ok := people[customers.ID(page.Items[i].CustomerID)]; ok {
				page.Items[i].Customer = c.MaskedName()
			}
		}
	}
	return &httpapi.PageOut[RowBody]{Body: page}, nil
}

type idIn struct {
	ID ID `path:"id" maxLength:"36"`
}

type actIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Lines []LineID `json:"lines,omitempty" maxItems:"50" doc:"those the act is about; all that can when absent"`
	}
}

func (in *actIn) act() ActInput    { return ActInput{Act: in.Body.Act(), ID: in.ID} }
func (in *actIn) lineAct() LineAct { return LineAct{ActInput: in.act(), Lines: in.Body.Lines} }

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	out := s.render(api)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-returns", Method: http.MethodGet, Path: "/returns", Tags: []string{"returns"}, Summary: "List returns",
		Description: "By what is due first, or with recent the newest first.",
	}, s.apiList)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-return", Method: http.MethodGet, Path: "/returns/{id}", Tags: []string{"returns"}, Summary: "Read a return",
	}, func(ctx context.Context, in *idIn) (*returnOut, error) {
		r, err := s.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return out(ctx, r)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-return", Method: http.MethodPost, Path: "/returns", Tags: []string{"returns"}, Summary: "Request a return, an exchange or a refund",
		Description: "Decided at once by rule where the rules give what is asked, nothing rests on the customer's word alone and the amount is within the limit; else by a person. reason is one of the catalogue's for return.request.",
	}, func(ctx context.Context, in *struct{ Body RequestBody }) (Return, error) {
		request, err := in.Body.input()
		if err != nil {
			return Return{}, err
		}
		return s.Request(ctx, request)
	}, out)
	s.registerDecision(api)
	s.registerGoods(api)
	s.registerMoney(api)
	s.registerPolicy(api)
	s.registerClaims(api)
	s.registerLinks(api)
	s.registerReports(api)
	s.registerCarriers(api)
}

// simple registers an act that needs no more than who, when, why and lines.
func (s *Service) simple(api *httpapi.Server, id, path, summary, description string, run func(ctx context.Context, in *actIn) (Return, error)) {
	httpapi.Act(api, huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: "/returns/{id}/" + path, Tags: []string{"returns"}, Summary: summary, Description: description,
	}, run, s.render(api))
}
