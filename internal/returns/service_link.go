package returns

import (
	"context"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
)

// Purposes of customers' links: to follow one return and answer what it asks, and to ask for one.
const (
	LinkPurpose = "return"
	AskPurpose  = "return_ask"
)

// How long these links work. Money that was refunded is asked about for weeks; a request is made at once or not at all.
const (
	linkFor = 90 * 24 * time.Hour
	askFor  = 7 * 24 * time.Hour
)

// linkTx makes the address of the customer's page of a return; nothing where links are not made.
func (s *Service) linkTx(ctx context.Context, tx *db.Tx, r *Return, lang string) (string, error) {
	if s.Identity == nil {
		return "", nil
	}
	l, err := s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{Purpose: LinkPurpose, RecordKind: recordKind, RecordID: string(r.ID), BrandID: string(r.Brand), Lang: lang, Valid: linkFor})
	return l.URL, err
}

// Link makes the address of the customer's page of a return, for whoever is to send it, and sends it to the customer as
// well where a phone or mail address is known.
func (s *Service) Link(ctx context.Context, in ActInput) (string, error) {
	if s.Identity == nil {
		return "", problem.ErrUnavailable
	}
	url := ""
	_, err := s.act(ctx, PermRequest, "link", in, func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		lang := ""
		if r.Customer != "" {
			var err error
			if lang, err = s.Customers.LangOf(ctx, tx, r.Customer); err != nil {
				return nil, err
			}
		}
		var err error
		if url, err = s.linkTx(ctx, tx, r, lang); err != nil {
			return nil, err
		}
		return nil, s.sayNews(ctx, tx, r, "look", ":"+db.NewID())
	})
	return url, err
}

// AskInput makes a link with which a customer asks for a return.
type AskInput struct {
	access.Act
	Customer customers.ID
	Brand    catalog.BrandID
}

// AskLink makes the address of the page on which a customer chooses what is to go back, and sends it to the customer.
func (s *Service) AskLink(ctx context.Context, in AskInput) (string, error) {
	if err := access.Require(ctx, PermRequest); err != nil {
		return "", err
	}
	if s.Identity == nil {
		return "", problem.ErrUnavailable
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (string, error) {
		actor := access.From(ctx)
		snap, err := s.Catalog.Current(ctx, tx)
		if err != nil {
			return "", err
		}
		brand, known := snap.Brand(in.Brand)
		if !known || !actor.Scope.SeesBrand(string(in.Brand)) {
			return "", problem.Field("brand_id", problem.Unknown)
		}
		seen, err := s.Customers.Visible(ctx, tx, []customers.ID{in.Customer})
		if err != nil {
			return "", err
		}
		if !seen[in.Customer] {
			return "", problem.Field("customer_id", problem.Unknown)
		}
		c, err := s.Customers.Get(ctx, tx, in.Customer)
		if err != nil {
			return "", unknownField(err, "customer_id")
		}
		link, err := s.AskLinkTx(ctx, tx, c, in.Brand)
		if err != nil {
			return "", err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: "customer", Record: string(c.ID), Act: "return_link", Reason: in.Reason, New: true})
		if err != nil || s.Notify == nil || actor.Origin != access.Live || c.PrimaryPhone() == "" && c.Email == "" {
			return link.URL, err
		}
		_, err = s.Notify.QueueTx(ctx, tx, notify.Message{
			Template: "T31", Params: map[string]any{"brand": brand.Name, "url": link.URL}, Phone: c.PrimaryPhone(), Email: c.Email, RecordKind: "customer", RecordID: string(c.ID),
			BrandID: string(in.Brand), KeyID: c.KeyID, Lang: c.Lang,
		})
		return link.URL, err
	})
}

// AskLinkTx makes the same link in the caller's transaction and sends nothing.
func (s *Service) AskLinkTx(ctx context.Context, tx *db.Tx, c customers.Customer, brand catalog.BrandID) (identity.NewLink, error) {
	return s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{Purpose: AskPurpose, RecordKind: "customer", RecordID: string(c.ID), BrandID: string(brand), Lang: c.Lang, Valid: askFor})
}

// LinkedTx makes the link of a return that its customer has just asked for on a page.
func (s *Service) LinkedTx(ctx context.Context, tx *db.Tx, r Return, lang string) (identity.NewLink, error) {
	return s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{Purpose: LinkPurpose, RecordKind: recordKind, RecordID: string(r.ID), BrandID: string(r.Brand), Lang: lang, Valid: linkFor})
}

// CanWithdraw tells whether the customer may still take the request back.
func (r Return) CanWithdraw() bool {
	_, err := step(Transitions, "withdraw", r.Decision, "")
	return err == nil && r.Live() && !r.moved()
}

// Asks tells whether a line waits for the customer's answer to an offer.
func (l Line) Asks() bool { return l.Consent == ConsentAsked && len(l.Deductions) > 0 && !l.Settled }

// ReasonsOf are the reasons that a customer may choose from on a page.
func (s *Service) ReasonsOf(snap *catalog.Snapshot) []catalog.Reason {
	out := []catalog.Reason{}
	for _, x := range snap.Reasons("return.request") {
		if ruleReasons[string(x.Code)] != "" {
			out = append(out, x)
		}
	}
	return out
}
