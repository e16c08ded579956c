package console

import (
	"context"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/returns"
	"anxin/internal/units"
)

// maxAskPhotos bounds the photos of a request.
const maxAskPhotos = 6

// askTypes are what a customer may ask for on the page; the rest is the agent's to offer.
var askTypes = []returns.Type{returns.ForRefund, returns.ForExchange, returns.ForRepair}

var askCurrencies = []money.Currency{"CNY", "HKD", "USD", "EUR", "GBP", "JPY", "KRW", "SGD"}

// askPage is the form on which a customer chooses what is to go back.
type askPage struct {
	Token   string
	Key     string // of this form: sent twice it opens one return
	Brand   catalog.Brand
	Units   []askUnit
	Types   []returns.Type
	Reasons []catalog.Reason
	Today   string
	// Currencies that a price may be typed in.
	Currencies []money.Currency
}

type askUnit struct {
	ID      units.ID
	Name    string
	Serial  string // masked
	OrderNo string
	Open    string // number of the return in which it stands already
	Chosen  bool   // ticked in a form that comes back
}

func (s *Service) askPage(ctx context.Context, l identity.Link, token string) (askPage, error) {
	p := askPage{Token: token, Key: db.NewID(), Types: askTypes, Today: calendar.DateOf(s.DB.Now(), s.Zone).String(), Currencies: askCurrencies}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return p, err
	}
	cu, err := s.Customers.Get(ctx, s.DB, customers.ID(l.RecordID))
	if customers.IsErased(err) || err == nil && cu.Erased {
		return p, problem.ErrNotFound
	}
	if err != nil {
		return p, err
	}
	p.Brand, _ = snap.Brand(catalog.BrandID(l.BrandID))
	p.Reasons = s.Returns.ReasonsOf(snap)
	list, err := s.Units.OfCustomer(ctx, s.DB, cu.ID)
	if err != nil {
		return p, err
	}
	lang := access.From(ctx).Lang
	for _, u := range list {
		if u.State != units.Active || string(u.Brand) != l.BrandID || len(p.Units) == maxOwnUnits {
			continue
		}
		x := askUnit{ID: u.ID, Serial: crypt.MaskSerial(u.Serial), OrderNo: u.Purchase.OrderNo}
		if m, ok := snap.Model(u.Model); ok {
			x.Name = m.Name(lang)
		} else if c, ok := snap.Category(u.Category); ok {
			x.Name = c.Name(lang)
		}
		open, err := s.Returns.List(ctx, returns.Filter{Unit: u.ID, Open: true, Recent: true, Limit: 1})
		if err != nil {
			return p, err
		}
		if len(open) > 0 {
			x.Open = open[0].Number
		}
		p.Units = append(p.Units, x)
	}
	return p, nil
}

// askAct takes the form: what goes back, why, and photos of it.
func (s *Service) askAct(w http.ResponseWriter, r *http.Request, l identity.Link, v *view) (string, error) {
	ctx := portal(r.Context(), v.Lang)
	p, err := s.askPage(ctx, l, r.PathValue("token"))
	if err != nil {
		return "", err
	}
	p.Key = v.Form["key"]
	for i := range p.Units {
		p.Units[i].Chosen = slices.Contains(r.PostForm["unit"], string(p.Units[i].ID))
	}
	v.Page, v.Title = p, s.Words.T(v.Lang, "portal.return.ask", nil)
	in := returns.RequestInput{
		Act: access.Act{Reason: v.Form["reason"], Note: v.Form["note"]}, Type: returns.Type(v.Form["type"]), Brand: catalog.BrandID(l.BrandID), Customer: customers.ID(l.RecordID),
		Channel: returns.ByLink,
	}
	if len(p.Key) == len(db.NewID()) {
		in.ExternalID = "link:" + p.Key
	}
	if !slices.Contains(askTypes, in.Type) {
		return "return_ask.html", problem.Field("type", problem.Required)
	}
	for _, id := range r.PostForm["unit"] {
		if !slices.ContainsFunc(p.Units, func(u askUnit) bool { return string(u.ID) == id }) {
			return "return_ask.html", problem.Field("unit", problem.Unknown)
		}
		x := returns.LineInput{Unit: units.ID(id)}
		x.Return.Opened = v.Form["opened"] == "yes"
		in.Lines = append(in.Lines, x)
	}
	if v.Form["item"] != "" {
		x, err := otherLine(v.Form)
		if err != nil {
			return "return_ask.html", err
		}
		in.Lines = append(in.Lines, x)
	}
	if len(in.Lines) == 0 {
		return "return_ask.html", problem.Field("unit", problem.Required)
	}
	photos, err := s.takePhotos(ctx, r.MultipartForm)
	if err != nil {
		return "return_ask.html", err
	}
	for i := range in.Lines { // one set of photos shows all that goes back
		in.Lines[i].Photos = photos
	}
	made, err := s.Returns.Request(ctx, in)
	if err != nil {
		return "return_ask.html", err
	}
	if made.Customer != in.Customer { // the key of somebody else's form
		return "return_ask.html", problem.ErrNotFound
	}
	link, err := db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (identity.NewLink, error) {
		return s.Returns.LinkedTx(ctx, tx, made, v.Lang)
	})
	if err != nil {
		return "", err
	}
	http.Redirect(w, r, "/l/"+link.Token+"?done=asked", http.StatusSeeOther)
	return "", nil
}

// otherLine is a purchase that the customer describes because we know no unit of it.
func otherLine(form map[string]string) (returns.LineInput, error) {
	x := returns.LineInput{Currency: money.Currency(form["currency"]), LineFacts: returns.LineFacts{Item: form["item"], Seller: form["seller"], OrderNo: form["order_no"], Elsewhere: form["elsewhere"] == "yes"}}
	x.Return.Opened = form["opened"] == "yes"
	price, err := money.Parse(strings.TrimSpace(form["price"]), x.Currency)
	if err != nil {
		return x, problem.Field("price", problem.Required)
	}
	x.Price = price.Minor
	if form["delivered"] != "" {
		day, err := calendar.ParseDate(form["delivered"])
		if err != nil {
			return x, problem.Field("delivered", problem.BadTime)
		}
		x.Dates = map[units.DateKind]calendar.Date{units.Delivered: day}
	}
	return x, nil
}

// takePhotos stores the pictures of a form; what is none is refused by its bytes.
func (s *Service) takePhotos(ctx context.Context, form *multipart.Form) ([]string, error) {
	if form == nil || s.Files == nil {
		return nil, nil
	}
	list := form.File["photos"]
	if len(list) > maxAskPhotos {
		return nil, problem.Field("photos", problem.TooLong, "limit", maxAskPhotos)
	}
	var out []string
	for _, h := range list {
		if h.Size == 0 {
			continue
		}
		f, err := h.Open()
		if err != nil {
			return nil, err
		}
		stored, err := s.Files.Upload(ctx, files.UploadInput{Purpose: files.Photo, Name: h.Filename, By: access.From(ctx).ID, Body: f})
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, string(stored.ID))
	}
	return out, nil
}
