package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/entitlement/rules"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// Purposes of a customer's links.
const (
	purposeTrack = "track"
	purposeQuote = "quote"
	purposeRate  = "rate"
)

// trackPage is what a customer sees of a case.
type trackPage struct {
	Token     string
	New       bool
	Cancel    bool // the customer wants to cancel and is told what that means
	Case      cases.Case
	Summary   string
	Brand     catalog.Brand
	Orders    []trackOrder
	CanCancel bool
	CanAgree  bool
	CanChase  bool
	HasUnits  bool                // the customer is known: what belongs to him can be asked for
	Callback  *callbacks.Callback // a question that the customer may answer here
	Rated     bool
	Rights    []entitlement.Told // what the customer may choose
	Zone      string             // where the work takes place; "" before there is any
}

func (p trackPage) zone() string { return p.Zone }

// trackOrder is one order on the page.
type trackOrder struct {
	Order     orders.Order
	Service   catalog.ServiceType
	Visit     *orders.Visit
	Engineers []string
	Service_  string // code that proves the engineer; empty until a visit is planned
	Finish    string // code that signs the work off; only while the engineer is on site
	Quote     *orders.Quote
	Outlet    string // that sends the engineers
	Times     *times // the customer may choose a time; nil: not here
	Faces     []face
	Way       *way // the engineer is on the way
	Before    *stops
}

// Who are the engineers of the visit in one text.
func (t trackOrder) Who(lang string) string { return i18n.List(lang, t.Engineers) }

// linked shows the page of a link; it never acts.
func (s *Service) linked(_ http.ResponseWriter, r *http.Request, v *view) (string, error) {
	l, err := s.link(r)
	if err != nil {
		return "", err
	}
	if s.ofRecalls(l) {
		return s.recallLinked(r, l, v)
	}
	if s.ofReturns(l) {
		return s.returnLinked(r, l, v)
	}
	ctx := portal(r.Context(), v.Lang)
	p, err := s.track(ctx, l, r.PathValue("token"))
	if err != nil {
		return "", err
	}
	if err := s.showTimes(ctx, p, orders.ID(r.URL.Query().Get("times"))); err != nil {
		return "", err
	}
	p.New, p.Cancel = r.URL.Query().Get("new") == "1", r.URL.Query().Get("cancel") == "1"
	if n := r.URL.Query().Get("done"); n != "" && slices.Contains(doneActs, n) {
		v.Notice = s.Words.T(v.Lang, "portal.done."+n, nil)
	}
	v.Page, v.Title = p, s.Words.T(v.Lang, "portal.track.title", map[string]any{"number": p.Case.Number})
	return "track.html", nil
}

// doneActs are the acts that a page confirms after it was loaded again.
var doneActs = []string{"chase", "agree", "disagree", "cancel", "rate", "approve", "refuse", "code", "choose", "time"}

// link reads the link that the address carries, which the sign-in has found already.
func (s *Service) link(r *http.Request) (identity.Link, error) {
	if access.From(r.Context()).Kind != access.Link {
		if _, err := s.Identity.Open(r.Context(), r.PathValue("token")); problem.Match(err, identity.ErrLinkExpired) {
			return identity.Link{}, err // it was a link: say what became of it
		}
		return identity.Link{}, problem.ErrNotFound
	}
	return s.Identity.Open(r.Context(), r.PathValue("token"))
}

// caseOf finds the case that a link is about, whatever its record.
func (s *Service) caseOf(ctx context.Context, l identity.Link) (cases.ID, error) {
	switch l.RecordKind {
	case "case":
		return cases.ID(l.RecordID), nil
	case "order":
		o, err := s.Orders.Find(ctx, s.DB, orders.ID(l.RecordID))
		return o.CaseID, err
	case "quote":
		_, o, err := s.Orders.QuoteByID(ctx, s.DB, orders.QuoteID(l.RecordID))
		return o.CaseID, err
	case "callback":
		c, err := s.Callbacks.Get(ctx, callbacks.ID(l.RecordID))
		return c.CaseID, err
	}
	return "", problem.ErrNotFound
}

func (s *Service) track(ctx context.Context, l identity.Link, token string) (trackPage, error) {
	id, err := s.caseOf(ctx, l)
	if err != nil {
		return trackPage{}, err
	}
	c, err := s.Cases.Find(ctx, s.DB, id)
	if err != nil {
		return trackPage{}, err
	}
	for range 5 { // a merged case leads to the one that goes on
		if c.MergedInto == "" {
			break
		}
		if c, err = s.Cases.Find(ctx, s.DB, c.MergedInto); err != nil {
			return trackPage{}, err
		}
	}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return trackPage{}, err
	}
	texts, err := s.Cases.TextsOf(ctx, c)
	if err != nil {
		return trackPage{}, err
	}
	p := trackPage{Token: token, Case: c, Summary: texts.Summary, CanAgree: c.State == cases.Verifying, CanChase: c.Live()}
	p.Brand, _ = snap.Brand(c.BrandID)
	list, err := s.Orders.OfCase(ctx, s.DB, c.ID)
	if err != nil {
		return p, err
	}
	p.CanCancel, p.HasUnits = c.Live(), s.Notify != nil && c.CustomerID != ""
	for _, o := range list {
		if o.State == orders.StateDraft || o.State == orders.StateCancelled {
			continue
		}
		p.CanCancel = false // somebody has planned with it: the centre cancels
		t, err := s.trackOrder(ctx, snap, o)
		if err != nil {
			return p, err
		}
		p.Orders = append(p.Orders, t)
		if cb, ok, err := s.Callbacks.OpenOf(ctx, o.ID); err != nil {
			return p, err
		} else if ok && (o.State == orders.StateCompleted || o.State == orders.StatePosted) {
			p.Rated = cb.State == callbacks.Answered
			if cb.EndedAt == nil {
				p.Callback = &cb
			}
		}
	}
	if len(p.Orders) > 0 { // all of them at the same place
		zones, err := s.Orders.Zones(ctx, []orders.Order{p.Orders[0].Order})
		if err != nil {
			return p, err
		}
		p.Zone = zones[0]
	}
	if err := s.askedByLink(ctx, l, &p); err != nil {
		return p, err
	}
	p.Rights, err = s.told(ctx, c.ID)
	return p, err
}

// told are the decisions about a case's unit, in the customer's words.
func (s *Service) told(ctx context.Context, id cases.ID) ([]entitlement.Told, error) {
	list, err := s.Rights.OfCaseOpen(ctx, s.DB, string(id))
	if err != nil {
		return nil, err
	}
	var out []entitlement.Told
	for _, a := range list {
		t, err := s.Rights.Told(ctx, s.DB, s.Words, access.From(ctx).Lang, a)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// rightsPaper is the decision as a PDF, for who holds the case's link.
func (s *Service) rightsPaper(w http.ResponseWriter, r *http.Request, v *view) (string, error) {
	l, err := s.link(r)
	if err != nil {
		return "", err
	}
	ctx := portal(r.Context(), v.Lang)
	id, err := s.caseOf(ctx, l)
	if err != nil {
		return "", err
	}
	list, err := s.Rights.OfCaseOpen(ctx, s.DB, string(id))
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(list, func(a entitlement.Assessment) bool { return string(a.ID) == r.PathValue("assessment") })
	if i < 0 {
		return "", problem.ErrNotFound
	}
	name, raw, err := s.Rights.AssessmentPaper(ctx, s.Words, i18n.Nearest(v.Lang), list[i].ID)
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

// askedByLink makes the page ask the question that the link was sent for, when it is another than the one about the
// work itself: whether a repair has lasted.
func (s *Service) askedByLink(ctx context.Context, l identity.Link, p *trackPage) error {
	if l.RecordKind != "callback" {
		return nil
	}
	cb, err := s.Callbacks.Get(ctx, callbacks.ID(l.RecordID))
	if err != nil || cb.Cause != callbacks.RepeatCheck && cb.Cause != callbacks.Refunded {
		return err
	}
	p.Rated = cb.State == callbacks.Answered
	if p.Callback = nil; cb.EndedAt == nil {
		p.Callback = &cb
	}
	return nil
}

func (s *Service) trackOrder(ctx context.Context, snap *catalog.Snapshot, o orders.Order) (trackOrder, error) {
	t := trackOrder{Order: o}
	t.Service, _ = snap.ServiceType(o.ServiceType)
	if o.HasOutlet() {
		out, err := s.Outlets.Get(ctx, s.DB, o.OutletID)
		if err != nil {
			return t, err
		}
		t.Outlet = out.Name
	}
	visits, err := s.Orders.VisitsOfOrder(ctx, s.DB, o.ID)
	if err != nil {
		return t, err
	}
	for i := range visits {
		if visits[i].Open() {
			t.Visit = &visits[i]
		}
	}
	t.Times = movable(o, visits)
	if t.Visit != nil {
		ids := make([]workforce.EngineerID, len(t.Visit.Members))
		for i, m := range t.Visit.Members {
			ids[i] = m.EngineerID
		}
		people, err := s.Workforce.ByIDs(ctx, s.DB, ids)
		if err != nil {
			return t, err
		}
		for _, id := range ids {
			t.Engineers = append(t.Engineers, people[id].Name)
		}
		if t.Faces, err = s.faces(ctx, people, ids); err != nil {
			return t, err
		}
		if t.Way, err = s.wayOf(ctx, o, *t.Visit); err != nil {
			return t, err
		}
		if t.Before, err = s.stopsBefore(ctx, *t.Visit); err != nil {
			return t, err
		}
		if t.Service_, err = s.Identity.Shown(ctx, s.DB, identity.ServiceCode, "order", string(o.ID)); err != nil {
			return t, err
		}
		if t.Visit.State == orders.VisitStateOnSite {
			if t.Finish, err = s.Identity.Shown(ctx, s.DB, identity.FinishCode, "order", string(o.ID)); err != nil {
				return t, err
			}
		}
	}
	quotes, err := s.Orders.Quotes(ctx, s.DB, o.ID)
	if err != nil {
		return t, err
	}
	for i := range quotes {
		if quotes[i].State == orders.QuoteStateSent {
			t.Quote = &quotes[i]
		}
	}
	return t, nil
}

// linkedAct does what the customer asks for by a button of the page, then shows the page again.
func (s *Service) linkedAct(w http.ResponseWriter, r *http.Request, v *view) (string, error) {
	l, err := s.link(r)
	if err != nil {
		return "", err
	}
	if s.ofRecalls(l) {
		return s.recallAct(w, r, l, v)
	}
	if s.ofReturns(l) {
		return s.returnAct(w, r, l, v)
	}
	token := r.PathValue("token")
	ctx := portal(r.Context(), v.Lang)
	p, err := s.track(ctx, l, token)
	if err != nil {
		return "", err
	}
	v.Page, v.Title = p, s.Words.T(v.Lang, "portal.track.title", map[string]any{"number": p.Case.Number})
	act := v.Form["act"]
	if err := s.customerAct(ctx, act, l, p, v.Form); err != nil {
		p.Cancel = act == "cancel"
		v.Page = p
		if act == "time" { // it may be taken by now: what else there is
			if err := s.showTimes(ctx, p, orders.ID(v.Form["order"])); err != nil {
				return "", err
			}
		}
		return "track.html", err
	}
	http.Redirect(w, r, "/l/"+token+"?done="+act, http.StatusSeeOther)
	return "", nil
}

func (s *Service) customerAct(ctx context.Context, act string, l identity.Link, p trackPage, form map[string]string) error {
	in := cases.ActInput{ID: p.Case.ID}
	switch act {
	case "chase":
		_, err := s.Cases.Chase(ctx, in)
		return err
	case "cancel":
		if !p.CanCancel {
			return problem.ErrForbidden.With("permission", "cancel")
		}
		if form["sure"] != "yes" {
			return problem.Field("sure", problem.Required)
		}
		in.Reason = "customer_withdrew"
		_, err := s.Cases.Cancel(ctx, cases.CancelInput{ActInput: in, Responsibility: catalog.ByCustomer})
		return err
	case "agree", "disagree":
		return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
			if act == "agree" {
				return s.Cases.CustomerAgreesTx(ctx, tx, p.Case.ID, "solved", tx.Now())
			}
			return s.Cases.CustomerDisagreesTx(ctx, tx, p.Case.ID, "not_repaired", tx.Now())
		})
	case "rate":
		return s.rate(ctx, p, form)
	case "choose":
		return s.choose(ctx, p, form)
	case "time":
		return s.chooseTime(ctx, p, form)
	case "code", "approve", "refuse":
		return s.quoteAct(ctx, act, l, p, form)
	}
	return problem.Field("act", problem.BadChoice)
}

func (s *Service) rate(ctx context.Context, p trackPage, form map[string]string) error {
	if p.Callback == nil {
		return callbacks.ErrNoLink
	}
	score, err := strconv.ParseInt(form["score"], 10, 64)
	if err != nil || score < 1 || score > 5 {
		return problem.Field("score", problem.Required)
	}
	in := callbacks.AnswerInput{ID: p.Callback.ID, Score: score, Act: access.Act{Note: form["note"]}}
	if class, err := strconv.Atoi(form["class"]); err == nil && score <= 2 {
		in.Class = callbacks.Class(class)
	}
	_, err = s.Callbacks.AnswerByLink(ctx, in)
	return err
}

// choose notes which of the options the customer wants.
func (s *Service) choose(ctx context.Context, p trackPage, form map[string]string) error {
	for _, t := range p.Rights {
		if string(t.Assessment.ID) == form["assessment"] {
			_, err := s.Rights.Choose(ctx, t.Assessment.ID, t.Assessment.Version, rules.Option(form["option"]))
			return err
		}
	}
	return problem.ErrNotFound
}

// quoteAct approves or refuses the quote that waits. Approving money needs the code that is sent to the
// customer's phone on demand.
func (s *Service) quoteAct(ctx context.Context, act string, l identity.Link, p trackPage, form map[string]string) error {
	var quote *orders.Quote
	for _, o := range p.Orders {
		if o.Quote != nil && string(o.Quote.ID) == form["quote"] {
			quote = o.Quote
		}
	}
	if quote == nil {
		return problem.ErrNotFound
	}
	// Whoever holds the case's link may answer its quote; the code proves that the phone is theirs.
	ctx = access.With(ctx, access.Actor{
		Kind: access.Link, ID: string(l.ID), Lang: l.Lang, LinkKind: "quote", LinkRecord: string(quote.ID), RequestID: access.From(ctx).RequestID,
		Permissions: access.Set{identity.LinkPermission(orders.QuotePurpose): true}, Scope: access.Scope{OutletPath: "", Brands: []string{string(p.Case.BrandID)}},
	})
	switch act {
	case "code":
		return s.Orders.SendApprovalCode(ctx, quote.ID)
	case "refuse":
		_, err := s.Orders.RefuseQuote(ctx, orders.QuoteAnswer{ID: quote.ID, Revision: quote.Revision, Amount: quote.Customer, Act: access.Act{Reason: "quote_too_high"}})
		return err
	}
	_, err := s.Orders.ApproveQuote(ctx, orders.QuoteAnswer{ID: quote.ID, Revision: quote.Revision, Amount: quote.Customer, Code: form["code"]})
	return err
}

// Stars are the scores in the order in which the page's style needs them.
func (trackPage) Stars() []int { return []int{5, 4, 3, 2, 1} }

// Reasons are the classes that an unhappy customer may choose.
func (trackPage) Reasons() []callbacks.ClassInfo {
	return slices.DeleteFunc(slices.Clone(callbacks.Classes), func(c callbacks.ClassInfo) bool { return c.Result != callbacks.Negative })
}
