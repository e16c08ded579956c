package orders

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"anxin/internal/catalog"
	"anxin/internal/orders/font"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// maxThumbs bounds the pictures of a report.
const maxThumbs = 12

// reportData is everything that a report shows; people are masked.
type reportData struct {
	order       Order
	texts       Texts
	snap        *catalog.Snapshot
	outlet      outlets.Outlet
	unit        units.Unit
	customer    string
	visits      []Visit
	people      map[workforce.EngineerID]workforce.Engineer
	proof       Proof
	parts       map[parts.PartID]parts.Part
	charges     []Charge
	balance     Balance
	pictures    []reportPicture
	made        time.Time
	words       *i18n.Catalogue
	lang        string
	loc         *time.Location
	brand       catalog.Brand
	serviceType catalog.ServiceType
}

type reportPicture struct {
	kind PhotoKind
	jpeg []byte
}

// Report makes the service report of an order as a PDF, for who sees the order, its engineer, and the
// customer who holds its link.
func (s *Service) Report(ctx context.Context, words *i18n.Catalogue, lang string, id ID) (name string, pdf []byte, err error) {
	o, err := s.reportOrder(ctx, id)
	if err != nil {
		return "", nil, err
	}
	d, err := s.reportData(ctx, s.db, o)
	if err != nil {
		return "", nil, err
	}
	d.words, d.lang = words, lang
	pdf, err = d.render()
	return "report-" + o.Number + ".pdf", pdf, err
}

func (s *Service) reportOrder(ctx context.Context, id ID) (Order, error) {
	actor := access.From(ctx)
	switch {
	case actor.Kind == access.Link:
		if err := identity.LinkFor(ctx, TrackPurpose, recordKind, string(id)); err != nil {
			return Order{}, err
		}
		return findOrder(ctx, s.db, access.Everything, id)
	case actor.Permissions.Has(PermRead):
		return findOrder(ctx, s.db, actor.Scope, id)
	}
	if err := access.Require(ctx, PermField); err != nil {
		return Order{}, access.Require(ctx, PermRead)
	}
	return s.findOwn(ctx, s.db, id)
}

func (s *Service) reportData(ctx context.Context, q db.Querier, o Order) (*reportData, error) {
	d := &reportData{order: o, made: q.Now(), loc: time.UTC}
	var err error
	if d.snap, err = s.Catalog.Current(ctx, q); err != nil {
		return nil, err
	}
	d.brand, _ = d.snap.Brand(o.BrandID)
	d.serviceType, _ = d.snap.ServiceType(o.ServiceType)
	if o.HasOutlet() {
		if d.outlet, err = s.Outlets.Get(ctx, q, o.OutletID); err != nil {
			return nil, err
		}
		d.loc = d.outlet.Location()
	} else if d.loc, err = time.LoadLocation(i18n.DefaultZone); err != nil {
		return nil, err
	}
	texts, err := s.TextsOf(ctx, q, []Order{o})
	if err != nil {
		return nil, err
	}
	d.texts = texts[o.ID]
	if o.UnitID != "" {
		if d.unit, err = s.Units.Get(ctx, q, o.UnitID); err != nil {
			return nil, err
		}
	}
	d.customer = crypt.MaskName(d.texts.Parties.OnSite.Name)
	if o.CustomerID != "" {
		c, err := s.Customers.Get(ctx, q, o.CustomerID)
		if err != nil {
			return nil, err
		}
		d.customer = strings.TrimSpace(c.MaskedName() + "  " + c.MaskedPhone())
	}
	return d, s.reportWork(ctx, q, d)
}

// reportWork reads visits, proof, parts, charges and pictures.
func (s *Service) reportWork(ctx context.Context, q db.Querier, d *reportData) error {
	var err error
	if d.visits, err = visitsOfOrder(ctx, q, d.order.ID); err != nil {
		return err
	}
	var ids []workforce.EngineerID
	for _, v := range d.visits {
		ids = append(ids, v.Engineers()...)
	}
	if d.people, err = s.Workforce.ByIDs(ctx, q, ids); err != nil {
		return err
	}
	if d.proof, err = s.Proof(ctx, q, d.order.ID); err != nil {
		return err
	}
	var partIDs []parts.PartID
	for _, l := range d.proof.Parts {
		partIDs = append(partIDs, l.PartID)
	}
	if d.parts, err = s.Parts.ByIDs(ctx, q, partIDs); err != nil {
		return err
	}
	if d.charges, err = listCharges(ctx, q, d.order.ID); err != nil {
		return err
	}
	d.charges = slices.DeleteFunc(d.charges, func(c Charge) bool { return c.State == ChargeVoid })
	if d.balance, err = s.balance(ctx, q, d.order.ID, Currency); err != nil {
		return err
	}
	for _, p := range d.proof.Photos {
		if len(d.pictures) == maxThumbs {
			break
		}
		jpeg, err := s.thumb(ctx, p.FileID)
		if err != nil {
			return err
		}
		if jpeg != nil {
			d.pictures = append(d.pictures, reportPicture{p.Kind, jpeg})
		}
	}
	return nil
}

// thumb reads the small picture of a file; none where the person was erased or the file has no preview.
func (s *Service) thumb(ctx context.Context, id files.ID) ([]byte, error) {
	c, err := s.Files.Open(ctx, id, files.Thumb)
	switch {
	case err == nil:
	case files.Erased(err), errors.Is(err, files.ErrNotFound), errors.Is(err, files.ErrNoPicture), errors.Is(err, files.ErrBroken):
		return nil, nil
	default:
		return nil, err
	}
	raw, err := io.ReadAll(c)
	if e := c.Close(); err == nil {
		err = e
	}
	return raw, err
}

const (
	pageWidth = 210.0
	margin    = 15.0
	inner     = pageWidth - 2*margin
	lineH     = 6.0
	family    = "report"
)

// sheet draws a report.
type sheet struct {
	*fpdf.Fpdf
	d *reportData
}

// render lays the report out.
func (d *reportData) render() ([]byte, error) {
	p := fpdf.New("P", "mm", "A4", "")
	p.SetCreationDate(d.made)
	p.SetModificationDate(d.made)
	p.SetCatalogSort(true)
	p.SetTitle(d.order.Number, true)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, 18)
	p.AddUTF8FontFromBytes(family, "", font.Report())
	s := &sheet{p, d}
	p.SetFooterFunc(func() {
		p.SetY(-14)
		s.size(8)
		p.SetTextColor(120, 120, 120)
		p.CellFormat(inner/2, 6, d.t("footer", map[string]any{"number": d.order.Number, "hotline": d.brand.Hotline}), "", 0, "L", false, 0, "")
		p.CellFormat(inner/2, 6, strconv.Itoa(p.PageNo()), "", 0, "R", false, 0, "")
		p.SetTextColor(0, 0, 0)
	})
	p.AddPage()
	s.head()
	s.facts()
	s.work()
	s.answers()
	s.partTable()
	s.chargeTable()
	s.signOff()
	s.pictures()
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("service report of %s: %w", d.order.Number, err)
	}
	return out.Bytes(), nil
}

// t says a word of the report.
func (d *reportData) t(key string, params map[string]any) string {
	return d.words.T(d.lang, "order.report."+key, params)
}

func (d *reportData) word(key string) string { return d.words.T(d.lang, key, nil) }

func (d *reportData) time(t time.Time) string {
	return i18n.LongDate(d.lang, t, d.loc) + " " + i18n.Clock(t, d.loc)
}

func (d *reportData) span(w Window) string {
	return i18n.LongDate(d.lang, w.From, d.loc) + " " + i18n.Clock(w.From, d.loc) + "–" + i18n.Clock(w.To, d.loc)
}

func (s *sheet) size(points float64) { s.SetFont(family, "", points) }

func (s *sheet) head() {
	s.size(18)
	s.CellFormat(inner*0.6, 10, s.d.t("title", nil), "", 0, "L", false, 0, "")
	s.size(10)
	s.CellFormat(inner*0.4, 10, s.d.brand.Name(s.d.lang), "", 1, "R", false, 0, "")
	s.SetDrawColor(60, 60, 60)
	s.Line(margin, s.GetY()+1, pageWidth-margin, s.GetY()+1)
	s.Ln(4)
}

// section begins a part of the report.
func (s *sheet) section(key string) {
	s.Ln(3)
	if s.GetY() > 255 {
		s.AddPage()
	}
	s.size(12)
	s.SetFillColor(238, 242, 246)
	s.CellFormat(inner, 7.5, " "+s.d.t(key, nil), "", 1, "L", true, 0, "")
	s.Ln(1)
	s.size(10)
}

// pair writes a label and what it says over the whole width; nothing is left out.
func (s *sheet) pair(key, value string) {
	if strings.TrimSpace(value) == "" {
		return
	}
	s.size(10)
	s.SetTextColor(110, 110, 110)
	s.CellFormat(32, lineH, s.d.t(key, nil), "", 0, "L", false, 0, "")
	s.SetTextColor(0, 0, 0)
	s.MultiCell(inner-32, lineH, value, "", "L", false)
}

func (s *sheet) facts() {
	d, o := s.d, s.d.order
	s.section("order")
	s.pair("number", o.Number)
	s.pair("state", d.word("order.customer_state."+string(o.State)))
	s.pair("service", d.serviceType.Name(d.lang))
	s.pair("customer", d.customer)
	s.pair("place", d.texts.Place.Masked())
	if !o.Promised.IsZero() {
		s.pair("promised", d.span(o.Promised))
	}
	s.pair("outlet", strings.TrimSpace(d.outlet.Name+"  "+d.outlet.Phone))
	if o.UnitID == "" && o.Category == "" {
		return
	}
	s.section("unit")
	cat, _ := d.snap.Category(o.Category)
	model, _ := d.snap.Model(d.unit.Model)
	s.pair("category", cat.Name(d.lang))
	s.pair("model", strings.TrimSpace(model.Code+"  "+model.Name(d.lang)))
	s.pair("serial", d.unit.Serial)
}

func (s *sheet) work() {
	d, o := s.d, s.d.order
	s.section("work")
	sym, _ := d.snap.Symptom(o.Symptom)
	cause, _ := d.snap.Cause(o.Cause)
	action, _ := d.snap.Action(o.Action)
	s.pair("symptom", sym.Name(d.lang))
	s.pair("cause", cause.Name(d.lang))
	s.pair("action", action.Name(d.lang))
	for _, v := range d.visits {
		if v.ArrivedAt == nil && v.State != VisitStateFailed {
			continue
		}
		var names []string
		for _, m := range v.Members {
			names = append(names, d.people[m.EngineerID].Name)
		}
		text := v.Number + "  " + strings.Join(names, " ")
		if v.ArrivedAt != nil {
			text += "  " + d.t("arrived", map[string]any{"at": d.time(*v.ArrivedAt)})
		}
		if v.EndedAt != nil {
			text += "  " + d.t("left", map[string]any{"at": i18n.Clock(*v.EndedAt, d.loc)})
		}
		for _, vo := range v.Orders {
			if vo.OrderID == o.ID && vo.Outcome != "" {
				text += "  " + d.word("order.outcome."+string(vo.Outcome))
			}
		}
		s.pair("visit", text)
	}
	if o.CompletedAt != nil {
		s.pair("completed", d.time(*o.CompletedAt))
	}
}

func (s *sheet) answers() {
	if len(s.d.proof.Answers) == 0 {
		return
	}
	s.section("checks")
	for _, a := range s.d.proof.Answers {
		item, ok := s.d.snap.ChecklistItem(a.Item)
		if !ok {
			continue
		}
		value := a.Text
		switch {
		case a.NA:
			value = s.d.t("na", nil)
		case a.Number != nil:
			value = strconv.FormatFloat(*a.Number, 'f', -1, 64) + " " + item.Unit
		case a.Checked != nil && *a.Checked:
			value = s.d.t("yes", nil)
		case a.Checked != nil:
			value = s.d.t("no", nil)
		}
		s.row([]float64{inner - 50, 50}, []string{"L", "R"}, item.Name(s.d.lang), value)
	}
}

// row writes cells of fixed widths; a text that is too long for its cell is cut.
func (s *sheet) row(widths []float64, align []string, cells ...string) {
	s.size(9.5)
	s.SetDrawColor(225, 225, 225)
	for i, text := range cells {
		s.CellFormat(widths[i], lineH, s.fit(text, widths[i]-2), "B", 0, align[i], false, 0, "")
	}
	s.Ln(lineH)
}

func (s *sheet) fit(text string, width float64) string {
	if s.GetStringWidth(text) <= width {
		return text
	}
	r := []rune(text)
	for len(r) > 1 && s.GetStringWidth(string(r)+"…") > width {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

func (s *sheet) partTable() {
	used := slices.DeleteFunc(slices.Clone(s.d.proof.Parts), func(l PartLine) bool { return l.State != PartUsed })
	if len(used) == 0 {
		return
	}
	s.section("parts")
	widths, align := []float64{35, inner - 105, 25, 45}, []string{"L", "L", "R", "R"}
	s.row(widths, align, s.d.t("part_code", nil), s.d.t("part_name", nil), s.d.t("quantity", nil), s.d.t("new_serial", nil))
	for _, l := range used {
		p := s.d.parts[l.PartID]
		s.row(widths, align, p.Code, pickName(s.d.lang, p.NameZh, p.NameEn), strconv.FormatInt(l.Quantity, 10)+" "+p.Unit, l.NewSerial)
	}
}

func (s *sheet) chargeTable() {
	if len(s.d.charges) == 0 {
		return
	}
	s.section("charges")
	widths, align := []float64{45, inner - 140, 25, 35, 35}, []string{"L", "L", "R", "L", "R"}
	s.row(widths, align, s.d.t("charge", nil), "", s.d.t("quantity", nil), s.d.t("payer", nil), s.d.t("amount", nil))
	for _, c := range s.d.charges {
		name := ""
		if c.PartID != "" {
			p := s.d.parts[c.PartID]
			name = pickName(s.d.lang, p.NameZh, p.NameEn)
		}
		s.row(widths, align, s.d.word("order.charge."+string(c.Kind)), name, c.Quantity.Trim(0).String(), s.d.word("order.payer."+string(c.Payer)), c.Amount.Format(s.d.lang))
	}
	s.Ln(1)
	s.pair("due", s.d.balance.Due.Format(s.d.lang))
	s.pair("collected", s.d.balance.Collected.Format(s.d.lang))
	s.pair("left_to_pay", s.d.balance.Left.Format(s.d.lang))
}

func (s *sheet) signOff() {
	s.section("sign")
	s.pair("signed_by", s.d.word("order.sign."+string(or(s.d.order.Sign, "none"))))
	i := slices.IndexFunc(s.d.pictures, func(p reportPicture) bool { return p.kind == PhotoSignature })
	if i < 0 {
		return
	}
	s.picture("signature", s.d.pictures[i].jpeg, margin, s.GetY()+1, 50, 22)
	s.Ln(24)
}

// pictures shows the photos, four a row.
func (s *sheet) pictures() {
	list := slices.DeleteFunc(slices.Clone(s.d.pictures), func(p reportPicture) bool { return p.kind == PhotoSignature })
	if len(list) == 0 {
		return
	}
	const perRow, gap, high = 4, 3.0, 40.0
	wide := (inner - gap*(perRow-1)) / perRow
	s.section("photos")
	for i, p := range list {
		if i%perRow == 0 && i > 0 {
			s.Ln(high + 8)
		}
		if s.GetY()+high+8 > 279 {
			s.AddPage()
		}
		x, y := margin+float64(i%perRow)*(wide+gap), s.GetY()
		s.picture(fmt.Sprintf("photo%d", i), p.jpeg, x, y, wide, high)
		s.SetXY(x, y+high)
		s.size(8)
		s.CellFormat(wide, 5, s.d.word("order.photo."+string(p.kind)), "", 0, "C", false, 0, "")
		s.SetXY(margin, y)
	}
	s.Ln(high + 6)
}

// picture fits a JPEG into a box.
func (s *sheet) picture(name string, jpeg []byte, x, y, wide, high float64) {
	info := s.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "JPG"}, bytes.NewReader(jpeg))
	if s.Err() || info == nil || info.Width() == 0 {
		s.ClearError() // a picture that no reader understands is left out
		return
	}
	scale := min(wide/info.Width(), high/info.Height())
	w, h := info.Width()*scale, info.Height()*scale
	s.ImageOptions(name, x+(wide-w)/2, y+(high-h)/2, w, h, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
}
