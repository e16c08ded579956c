package console

import (
	"context"
	"net/http"
	"slices"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/maintenance"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

// recallPage is what the customer of an affected unit sees: what may happen, what to do at once, what is done about it free of
// charge, and the form that asks for a visit.
type recallPage struct {
	maintenance.Asked
	Token  string
	Brand  catalog.Brand
	Model  catalog.Model
	Cat    catalog.Category
	Title  string
	Hazard string
	Remedy string
	Serial string // masked
	Number string // of the case, once a visit was asked for
}

// recallActs are what the page's buttons do.
var recallActs = []string{"visit", "gone", "refuse"}

// ofRecalls tells whether a link opens the page of an affected unit.
func (s *Service) ofRecalls(l identity.Link) bool {
	return s.Recalls != nil && l.Purpose == maintenance.LinkPurpose && l.RecordKind == maintenance.UnitRecord
}

func (s *Service) recallPage(ctx context.Context, l identity.Link, token, lang string) (recallPage, error) {
	a, err := s.Recalls.AskedBy(ctx, maintenance.UnitID(l.RecordID))
	if err != nil {
		return recallPage{}, err
	}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return recallPage{}, err
	}
	c := a.Campaign
	p := recallPage{
		Asked: a, Token: token, Title: c.Title.In(lang), Hazard: c.Hazard.In(lang), Remedy: c.Remedy.In(lang), Serial: crypt.MaskSerial(a.Product.Serial),
	}
	p.Brand, _ = snap.Brand(c.Brand)
	p.Model, _ = snap.Model(a.Product.Model)
	p.Cat, _ = snap.Category(a.Product.Category)
	if a.Unit.Case != "" {
		k, err := s.Cases.Find(ctx, s.DB, a.Unit.Case)
		if err != nil {
			return p, err
		}
		p.Number = k.Number
	}
	return p, nil
}

// recallLinked shows the page of an affected unit; it never acts.
func (s *Service) recallLinked(r *http.Request, l identity.Link, v *view) (string, error) {
	p, err := s.recallPage(portal(r.Context(), v.Lang), l, r.PathValue("token"), v.Lang)
	if err != nil {
		return "", err
	}
	if n := r.URL.Query().Get("done"); slices.Contains(recallActs, n) {
		v.Notice = s.Words.T(v.Lang, "campaign.page.done."+n, nil)
	}
	v.Page, v.Title = p, p.Title
	return "recall.html", nil
}

// recallAct does what a button of the page asks for. Who has asked for a visit is led to the page of its case, where a time can
// be chosen.
func (s *Service) recallAct(w http.ResponseWriter, r *http.Request, l identity.Link, v *view) (string, error) {
	ctx, token := portal(r.Context(), v.Lang), r.PathValue("token")
	p, err := s.recallPage(ctx, l, token, v.Lang)
	if err != nil {
		return "", err
	}
	v.Page, v.Title = p, p.Title
	act := v.Form["act"]
	to := "/l/" + token + "?done=" + act
	switch {
	case act == "visit":
		u, err := s.Recalls.AskVisitByLink(ctx, maintenance.VisitInput{ID: p.Unit.ID, Address: v.Form["address"], Phone: v.Form["phone"], Act: access.Act{Note: v.Form["note"]}})
		if err != nil {
			return "recall.html", err
		}
		if to, err = s.trackOf(ctx, u.Case, u.Order, p.Brand); err != nil {
			return "recall.html", err
		}
	case slices.Contains(recallActs, act):
		if v.Form["sure"] != "yes" {
			return "recall.html", problem.Field("sure_"+act, problem.Required)
		}
		if err := s.Recalls.AnswerByLink(ctx, p.Unit.ID, act); err != nil {
			return "recall.html", err
		}
	default:
		return "recall.html", problem.Field("act", problem.BadChoice)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return "", nil
}

// trackOf makes the link of the case that a visit was asked for with, with the times that can be chosen open.
func (s *Service) trackOf(ctx context.Context, id cases.ID, order orders.ID, brand catalog.Brand) (string, error) {
	return db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (string, error) {
		link, err := s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{
			Purpose: purposeTrack, RecordKind: "case", RecordID: string(id), BrandID: string(brand.ID), Lang: access.From(ctx).Lang, Valid: trackFor,
		})
		return "/l/" + link.Token + "?new=1&times=" + string(order), err
	})
}
