package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// purposeUnits is what the code is for that opens a customer's own units.
const purposeUnits = "units"

// maxOwnUnits bounds the page: a firm may own hundreds.
const maxOwnUnits = 50

// unitsPage lists what belongs to the customer of a link's case. Whoever reports a fault under a phone number gets a link,
// so the link alone opens nothing here: a code goes to the customer's own phone.
type unitsPage struct {
	Token string
	Phone string // masked; "" when none is known
	Shown bool
	Units []ownUnit
	More  bool
	Ask   string // token of a link with which a return is asked for
}

// ownUnit is one unit on the page.
type ownUnit struct {
	Brand     catalog.Brand
	Category  catalog.Category
	Model     catalog.Model
	Serial    string // masked
	Token     string // of its label, with which a fault is reported
	Coverages []entitlement.Coverage
	Contracts []ownContract
}

type ownContract struct {
	entitlement.Paper
	Link string
}

// ownerOf is the customer of a link's case.
func (s *Service) ownerOf(ctx context.Context, r *http.Request) (customers.Customer, catalog.Brand, error) {
	l, err := s.link(r)
	if err != nil {
		return customers.Customer{}, catalog.Brand{}, err
	}
	p, err := s.track(ctx, l, r.PathValue("token"))
	if err != nil {
		return customers.Customer{}, catalog.Brand{}, err
	}
	if !p.HasUnits {
		return customers.Customer{}, catalog.Brand{}, problem.ErrNotFound
	}
	cu, err := s.Customers.Get(ctx, s.DB, p.Case.CustomerID)
	if err == nil && cu.Erased || customers.IsErased(err) {
		err = problem.ErrNotFound
	}
	return cu, p.Brand, err
}

// unitsAsk shows how to get at the units; it sends nothing.
func (s *Service) unitsAsk(_ http.ResponseWriter, r *http.Request, v *view) (string, error) {
	v.Title = s.Words.T(v.Lang, "portal.units.title", nil)
	cu, _, err := s.ownerOf(portal(r.Context(), v.Lang), r)
	if err != nil {
		return "", err
	}
	v.Page = unitsPage{Token: r.PathValue("token"), Phone: cu.MaskedPhone()}
	if r.URL.Query().Get("done") == "code" {
		v.Notice = s.Words.T(v.Lang, "portal.done.code", nil)
	}
	return "units.html", nil
}

// unitsAct sends the code, or shows the units to who knows it.
func (s *Service) unitsAct(w http.ResponseWriter, r *http.Request, v *view) (string, error) {
	v.Title = s.Words.T(v.Lang, "portal.units.title", nil)
	ctx := portal(r.Context(), v.Lang)
	cu, brand, err := s.ownerOf(ctx, r)
	if err != nil {
		return "", err
	}
	p := unitsPage{Token: r.PathValue("token"), Phone: cu.MaskedPhone()}
	v.Page = p
	switch v.Form["act"] {
	case "code":
		if err := s.sendUnitsCode(ctx, cu, brand); err != nil {
			return "units.html", err
		}
		http.Redirect(w, r, "/l/"+p.Token+"/units?done=code", http.StatusSeeOther)
		return "", nil
	case "show":
		proof, err := s.Identity.CheckApproval(ctx, unitsCode(cu.ID), v.Form["code"])
		if err != nil {
			return "units.html", err
		}
		if err := db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error { return s.Identity.UseApprovalTx(ctx, tx, proof) }); err != nil {
			return "units.html", err
		}
		p.Shown = true
		if p.Units, p.More, err = s.ownUnits(ctx, cu.ID); err != nil {
			return "", err
		}
		if s.Returns != nil {
			ask, err := db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (identity.NewLink, error) {
				return s.Returns.AskLinkTx(ctx, tx, cu, brand.ID)
			})
			if err != nil {
				return "", err
			}
			p.Ask = ask.Token
		}
		v.Page = p
		return "units.html", nil
	}
	return "units.html", problem.Field("act", problem.BadChoice)
}

// unitsCode is about the customer, so that many cases under one number give no more codes, and tries, than one.
func unitsCode(id customers.ID) identity.ApprovalFor {
	return identity.ApprovalFor{Purpose: purposeUnits, RecordKind: "customer", RecordID: string(id)}
}

func (s *Service) sendUnitsCode(ctx context.Context, cu customers.Customer, brand catalog.Brand) error {
	if cu.PrimaryPhone() == "" {
		return problem.ErrNotFound
	}
	return db.InTx0(ctx, s.DB, func(ctx context.Context, tx *db.Tx) error {
		code, err := s.Identity.MakeApprovalTx(ctx, tx, unitsCode(cu.ID))
		if err != nil {
			return err
		}
		_, err = s.Notify.QueueTx(ctx, tx, notify.Message{
			Template: "V01", Phone: cu.PrimaryPhone(), Channels: []notify.Channel{notify.SMS}, RecordKind: "customer", RecordID: string(cu.ID),
			BrandID: string(brand.ID), KeyID: cu.KeyID, Lang: cu.Lang, Params: map[string]any{
				"brand": brand.Name, "code": code, "minutes": int64(identity.ApprovalValid / time.Minute),
				"purpose": func(lang string) string { return s.Words.T(lang, "portal.units.purpose", nil) },
			},
		})
		return err
	})
}

// ownUnits reads the units in use that a customer owns, the newest first, with what covers them from today on.
func (s *Service) ownUnits(ctx context.Context, owner customers.ID) (out []ownUnit, more bool, err error) {
	list, err := s.Units.OfCustomer(ctx, s.DB, owner)
	if err != nil {
		return nil, false, err
	}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return nil, false, err
	}
	list = slices.DeleteFunc(list, func(u units.Unit) bool { return u.State != units.Active })
	for _, u := range list[:min(len(list), maxOwnUnits)] {
		o := ownUnit{Serial: crypt.MaskSerial(u.Serial)}
		o.Brand, _ = snap.Brand(u.Brand)
		o.Category, _ = snap.Category(u.Category)
		o.Model, _ = snap.Model(u.Model)
		if o.Token, err = s.Units.QR(ctx, u.ID); err != nil {
			return nil, false, err
		}
		if o.Coverages, err = s.coverages(ctx, u.ID); err != nil {
			return nil, false, err
		}
		if o.Contracts, err = s.ownContracts(ctx, u.ID); err != nil {
			return nil, false, err
		}
		out = append(out, o)
	}
	return out, len(list) > maxOwnUnits, nil
}

// coverages are those of a unit that are not over, the longest first. What a contract gives stands with the contract.
func (s *Service) coverages(ctx context.Context, id units.ID) ([]entitlement.Coverage, error) {
	list, _, err := s.Rights.Of(ctx, id)
	if err != nil {
		return nil, err
	}
	today := calendar.DateOf(s.DB.Now(), s.Zone)
	list = slices.DeleteFunc(list, func(c entitlement.Coverage) bool { return !c.Active || c.Ends < today || c.Contract != "" })
	slices.SortStableFunc(list, func(a, b entitlement.Coverage) int { return cmp.Compare(b.Ends, a.Ends) })
	return list, nil
}

func (s *Service) ownContracts(ctx context.Context, id units.ID) ([]ownContract, error) {
	list, err := s.Contracts.OfUnit(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []ownContract
	for _, c := range list {
		if c.State == entitlement.ContractCancelled {
			continue
		}
		p, err := s.Contracts.PaperOf(ctx, s.DB, c)
		if err != nil {
			return nil, err
		}
		out = append(out, ownContract{Paper: p, Link: s.Contracts.CertificateLink(c.ID)})
	}
	return out, nil
}

// coverName is a coverage's name: a word for those that law and makers give, as it was written for the rest.
func (s *Service) coverName(lang, name string) string {
	if key := "coverage.name." + name; s.Words.Has(lang, key) {
		return s.Words.T(lang, key, nil)
	}
	return name
}
