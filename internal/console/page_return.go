package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/returns"
	"anxin/internal/units"
)

// purposeConsent is what the code is for with which a customer agrees to get less back.
const purposeConsent = "return_consent"

// returnPage is what a customer sees of a return: where it stands, what to do, what comes back and why.
type returnPage struct {
	Token   string
	Return  returns.Return
	Brand   catalog.Brand
	Reason  catalog.Reason
	End     catalog.Reason // of a rejection or withdrawal
	Phone   string         // masked; "" when none is known
	Label   bool
	Lines   []returnLine
	Refunds []returnRefund
	Steps   []returnStep
	Parcels []returns.Parcel
	Freight string // the most that is given back of freight that the customer advanced
	Zone    string // where the customer is; "" while nothing tells
}

func (p returnPage) zone() string { return p.Zone }

// returnLine is one thing on the page.
type returnLine struct {
	returns.Line
	N      int
	Name   string
	Steps  []returnSum
	Amount string
	Tax    string // within the amount; empty where none is known
	Rate   string
	// AsksFreight shows the form for freight that the customer advanced; Freight is what was asked.
	AsksFreight bool
	Advanced    string
}

type returnSum struct{ Code, Amount string }

type returnRefund struct {
	returns.Refund
	Amount string
	Within string // of it tax
}

type returnStep struct {
	Key string
	On  bool
}

// returnsPage tells whether a link is one of this file's, and shows its page.
func (s *Service) returnLinked(r *http.Request, l identity.Link, v *view) (string, error) {
	if l.Purpose == returns.AskPurpose {
		p, err := s.askPage(portal(r.Context(), v.Lang), l, r.PathValue("token"))
		v.Page, v.Title = p, s.Words.T(v.Lang, "portal.return.ask", nil)
		return "return_ask.html", err
	}
	p, err := s.returnPage(portal(r.Context(), v.Lang), l, r.PathValue("token"), v.Lang)
	if err != nil {
		return "", err
	}
	if n := r.URL.Query().Get("done"); slices.Contains([]string{"code", "consent", "object", "withdraw", "asked", "freight"}, n) {
		v.Notice = s.Words.T(v.Lang, "portal.return.done."+n, nil)
	}
	v.Page, v.Title = p, s.Words.T(v.Lang, "portal.return.title", map[string]any{"number": p.Return.Number})
	return "return.html", nil
}

// ofReturns tells whether a link opens one of the pages about returns.
func (s *Service) ofReturns(l identity.Link) bool {
	return s.Returns != nil && (l.Purpose == returns.LinkPurpose || l.Purpose == returns.AskPurpose)
}

func (s *Service) returnPage(ctx context.Context, l identity.Link, token, lang string) (returnPage, error) {
	r, err := s.Returns.Find(ctx, s.DB, returns.ID(l.RecordID))
	if err != nil {
		return returnPage{}, err
	}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return returnPage{}, err
	}
	p := returnPage{Token: token, Return: r}
	p.Brand, _ = snap.Brand(r.Brand)
	p.Reason, _ = snap.Reason(catalog.ReasonCode(r.Reason))
	p.End, _ = snap.Reason(catalog.ReasonCode(r.EndReason))
	if p.Zone, err = s.zoneOfReturn(ctx, r); err != nil {
		return p, err
	}
	p.Label = r.Decision == returns.Approved && r.Operation.Receipt != returns.No && slices.ContainsFunc(r.Lines, func(x returns.Line) bool { return x.Goods == returns.GoodsAwaited })
	if r.Customer != "" {
		cu, err := s.Customers.Get(ctx, s.DB, r.Customer)
		if customers.IsErased(err) {
			return p, problem.ErrNotFound
		}
		if err != nil {
			return p, err
		}
		p.Phone = cu.MaskedPhone()
	}
	amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: r.Currency}.Format(lang) }
	for i, x := range r.Lines {
		line := returnLine{Line: x, N: i + 1, Amount: amount(x.Sum.Amount), Name: x.Item}
		if m, ok := snap.Model(x.Model); ok {
			line.Name = m.Name(lang)
		} else if c, ok := snap.Category(x.Category); ok && line.Name == "" {
			line.Name = c.Name(lang)
		}
		for _, st := range x.Sum.Steps {
			line.Steps = append(line.Steps, returnSum{st.Code, amount(st.Amount)})
		}
		if x.Tax.Rate > 0 {
			line.Tax, line.Rate = amount(r.SumTax(x)), returns.Percent(x.Tax.Rate)
		}
		line.AsksFreight = r.MayAskFreight(x)
		if x.Freight != nil {
			line.Advanced = amount(x.Freight.Amount)
		}
		p.Lines = append(p.Lines, line)
	}
	for _, x := range r.Refunds {
		if x.State != returns.MoneyNone {
			refund := returnRefund{Refund: x, Amount: amount(x.Amount)}
			if x.Tax != 0 {
				refund.Within = amount(x.Tax)
			}
			p.Refunds = append(p.Refunds, refund)
		}
	}
	limit, err := s.Returns.FreightLimit(ctx, s.DB, &r)
	if err != nil {
		return p, err
	}
	p.Freight = limit.Format(lang)
	p.Steps = stepsOf(r)
	p.Parcels, err = s.Returns.Parcels(ctx, r.ID)
	p.Parcels = slices.DeleteFunc(p.Parcels, func(x returns.Parcel) bool { return x.Direction == returns.Onward }) // no matter of the customer's
	return p, err
}

// zoneOfReturn is the clock of the place that a customer sends from: that of the work of the case from which the return
// came, or of the first of its units whose place is known; "" where neither tells.
func (s *Service) zoneOfReturn(ctx context.Context, r returns.Return) (string, error) {
	if r.Case != "" {
		list, err := s.Orders.OfCase(ctx, s.DB, r.Case)
		if err != nil {
			return "", err
		}
		if len(list) > 0 {
			zones, err := s.Orders.Zones(ctx, list[:1])
			if err != nil {
				return "", err
			}
			return zones[0], nil
		}
	}
	var ids []units.ID
	for _, x := range r.Lines {
		if x.Unit != "" {
			ids = append(ids, x.Unit)
		}
	}
	found, err := s.Units.ByIDs(ctx, s.DB, ids)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		u, ok := found[id]
		if !ok || u.Division == "" && u.Point == (geo.Point{}) {
			continue
		}
		work := outlets.Work{ServingInput: outlets.ServingInput{Brand: u.Brand, Category: u.Category, Division: u.Division}}
		if u.Point != (geo.Point{}) {
			work.Point = &u.Point
		}
		zones, err := s.Outlets.Zones(ctx, s.DB, []outlets.Work{work})
		if err != nil {
			return "", err
		}
		return zones[0], nil
	}
	return "", nil
}

// stepsOf are the steps that this return goes through, with the one where it stands.
func stepsOf(r returns.Return) []returnStep {
	if r.Decision == returns.Rejected || r.Decision == returns.Withdrawn {
		return nil
	}
	keys := []string{"asked"}
	at := "asked"
	if r.Decision == returns.Approved {
		at = "approved"
	}
	keys = append(keys, "approved")
	if r.Operation.Receipt != returns.No {
		keys = append(keys, "received")
		if slices.ContainsFunc(r.Lines, func(l returns.Line) bool { return l.ReceivedAt != nil }) {
			at = "received"
		}
	}
	if r.Operation.Inspection != returns.No {
		keys = append(keys, "inspected")
		if slices.ContainsFunc(r.Lines, func(l returns.Line) bool { return l.Inspection != nil }) {
			at = "inspected"
		}
	}
	keys = append(keys, "done")
	if r.DoneAt != nil {
		at = "done"
	}
	out := make([]returnStep, len(keys))
	for i, k := range keys {
		out[i] = returnStep{k, i <= slices.Index(keys, at)}
	}
	return out
}

// returnAct does what a button of the page asks for.
func (s *Service) returnAct(w http.ResponseWriter, r *http.Request, l identity.Link, v *view) (string, error) {
	if l.Purpose == returns.AskPurpose {
		return s.askAct(w, r, l, v)
	}
	token := r.PathValue("token")
	ctx := portal(r.Context(), v.Lang)
	p, err := s.returnPage(ctx, l, token, v.Lang)
	if err != nil {
		return "", err
	}
	v.Page, v.Title = p, s.Words.T(v.Lang, "portal.return.title", map[string]any{"number": p.Return.Number})
	act := v.Form["act"]
	if act == "freight" {
		err = s.askFreight(ctx, r, p, v.Form)
	} else {
		err = s.answerReturn(ctx, act, p, v.Form)
	}
	if err != nil {
		return "return.html", err
	}
	http.Redirect(w, r, "/l/"+token+"?done="+act, http.StatusSeeOther)
	return "", nil
}

// askFreight takes the bill of freight that the customer advanced.
func (s *Service) askFreight(ctx context.Context, r *http.Request, p returnPage, form map[string]string) error {
	i := slices.IndexFunc(p.Lines, func(x returnLine) bool { return x.ID == returns.LineID(form["line"]) && x.AsksFreight })
	if i < 0 {
		return problem.ErrNotFound
	}
	amount, err := money.Parse(strings.TrimSpace(form["amount"]), p.Return.Currency)
	if err != nil || amount.Minor <= 0 {
		return problem.Field("amount", problem.OutOfRange, "limit", "≤ "+p.Freight)
	}
	limit, err := s.Returns.FreightLimit(ctx, s.DB, &p.Return)
	if err != nil {
		return err
	}
	if amount.Minor > limit.Minor {
		return problem.Field("amount", problem.OutOfRange, "limit", "≤ "+p.Freight)
	}
	bills, err := s.takePhotos(ctx, r.MultipartForm)
	if err != nil {
		return err
	}
	in := returns.FreightInput{ActInput: returns.ActInput{ID: p.Return.ID, Act: access.Act{OperationID: form["key"]}}, Line: p.Lines[i].ID, Amount: amount.Minor}
	if len(bills) > 0 {
		in.Bill = files.ID(bills[0])
	}
	_, err = s.Returns.AskFreight(ctx, in)
	return err
}

func (s *Service) answerReturn(ctx context.Context, act string, p returnPage, form map[string]string) error {
	in := returns.ActInput{ID: p.Return.ID, Act: access.Act{OperationID: form["key"]}}
	line := returns.LineID(form["line"])
	asks := slices.ContainsFunc(p.Lines, func(x returnLine) bool { return x.ID == line && x.Asks() })
	switch act {
	case "withdraw":
		if !p.Return.CanWithdraw() {
			return returns.ErrMoved
		}
		in.Reason = "customer_withdrew"
		_, err := s.Returns.Withdraw(ctx, in)
		return err
	case "code":
		if !asks {
			return problem.ErrNotFound
		}
		return s.sendConsentCode(ctx, p)
	case "consent":
		if !asks {
			return problem.ErrNotFound
		}
		proof, err := s.Identity.CheckApproval(ctx, consentCode(p.Return.ID), form["code"])
		if err != nil {
			return err
		}
		if err := db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error { return s.Identity.UseApprovalTx(ctx, tx, proof) }); err != nil {
			return err
		}
		_, err = s.Returns.Consent(ctx, returns.ConsentInput{ActInput: in, Line: line, Accept: true})
		return err
	case "object":
		if !asks {
			return problem.ErrNotFound
		}
		if strings.TrimSpace(form["note"]) == "" {
			return problem.Field("note", problem.Required)
		}
		if _, err := s.Returns.Consent(ctx, returns.ConsentInput{ActInput: in, Line: line}); err != nil {
			return err
		}
		in.Note, in.OperationID = form["note"], ""
		_, err := s.Returns.Dispute(ctx, returns.DisputeInput{ActInput: in, Line: line, About: "amount"})
		return err
	}
	return problem.Field("act", problem.BadChoice)
}

func consentCode(id returns.ID) identity.ApprovalFor {
	return identity.ApprovalFor{Purpose: purposeConsent, RecordKind: "return", RecordID: string(id)}
}

// sendConsentCode sends the code to the customer's own phone: the link alone gives no money away.
func (s *Service) sendConsentCode(ctx context.Context, p returnPage) error {
	if p.Return.Customer == "" || s.Notify == nil {
		return problem.ErrNotFound
	}
	cu, err := s.Customers.Get(ctx, s.DB, p.Return.Customer)
	if err != nil {
		return err
	}
	if cu.PrimaryPhone() == "" {
		return problem.ErrNotFound
	}
	return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
		code, err := s.Identity.MakeApprovalTx(ctx, tx, consentCode(p.Return.ID))
		if err != nil {
			return err
		}
		_, err = s.Notify.QueueTx(ctx, tx, notify.Message{
			Template: "V01", Phone: cu.PrimaryPhone(), Channels: []notify.Channel{notify.SMS}, RecordKind: "return", RecordID: string(p.Return.ID),
			BrandID: string(p.Return.Brand), KeyID: cu.KeyID, Lang: cu.Lang, Params: map[string]any{
				"brand": p.Brand.Name, "code": code, "minutes": int64(identity.ApprovalValid / time.Minute),
				"purpose": func(lang string) string { return s.Words.T(lang, "portal.return.purpose", nil) },
			},
		})
		return err
	})
}

// returnLabel is the label, or with ?statement what comes back and why, as a PDF for who holds the return's link.
func (s *Service) returnLabel(w http.ResponseWriter, r *http.Request, v *view) (string, error) {
	l, err := s.link(r)
	if err != nil {
		return "", err
	}
	if s.Returns == nil || l.Purpose != returns.LinkPurpose {
		return "", problem.ErrNotFound
	}
	paper := s.Returns.Label
	if r.URL.Query().Has("statement") {
		paper = s.Returns.Statement
	}
	name, raw, err := paper(portal(r.Context(), v.Lang), returns.ID(l.RecordID), s.Words)
	if err != nil {
		return "", err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(raw)
	return "", nil
}
