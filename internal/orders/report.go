package orders

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/pdf"
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
func (s *Service) Report(ctx context.Context, words *i18n.Catalogue, lang string, id ID) (name string, raw []byte, err error) {
	o, err := s.reportOrder(ctx, id)
	if err != nil {
		return "", nil, err
	}
	d, err := s.reportData(ctx, s.db, o)
	if err != nil {
		return "", nil, err
	}
	d.words, d.lang = words, lang
	raw, err = d.render()
	return "report-" + o.Number + ".pdf", raw, err
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

// sheet draws a report.
type sheet struct {
	*pdf.Sheet
	d *reportData
}

// render lays the report out.
func (d *reportData) render() ([]byte, error) {
	s := &sheet{pdf.New(pdf.Options{
		Title: d.order.Number, Made: d.made, Footer: d.t("footer", map[string]any{"number": d.order.Number, "hotline": d.brand.Hotline}),
	}), d}
	s.Head(d.t("title", nil), d.brand.Name(d.lang))
	s.facts()
	s.work()
	s.answers()
	s.partTable()
	s.chargeTable()
	s.signOff()
	s.pictures()
	return s.Bytes()
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

// section begins a part of the report.
func (s *sheet) section(key string) { s.Section(s.d.t(key, nil)) }

func (s *sheet) pair(key, value string) { s.Pair(s.d.t(key, nil), value) }

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
		s.Row([]float64{pdf.Inner - 50, 50}, []string{"L", "R"}, item.Name(s.d.lang), value)
	}
}

func (s *sheet) partTable() {
	used := slices.DeleteFunc(slices.Clone(s.d.proof.Parts), func(l PartLine) bool { return l.State != PartUsed })
	if len(used) == 0 {
		return
	}
	s.section("parts")
	widths, align := []float64{35, pdf.Inner - 105, 25, 45}, []string{"L", "L", "R", "R"}
	s.Row(widths, align, s.d.t("part_code", nil), s.d.t("part_name", nil), s.d.t("quantity", nil), s.d.t("new_serial", nil))
	for _, l := range used {
		p := s.d.parts[l.PartID]
		s.Row(widths, align, p.Code, pickName(s.d.lang, p.NameZh, p.NameEn), strconv.FormatInt(l.Quantity, 10)+" "+p.Unit, l.NewSerial)
	}
}

func (s *sheet) chargeTable() {
	if len(s.d.charges) == 0 {
		return
	}
	s.section("charges")
	widths, align := []float64{45, pdf.Inner - 140, 25, 35, 35}, []string{"L", "L", "R", "L", "R"}
	s.Row(widths, align, s.d.t("charge", nil), "", s.d.t("quantity", nil), s.d.t("payer", nil), s.d.t("amount", nil))
	for _, c := range s.d.charges {
		name := ""
		if c.PartID != "" {
			p := s.d.parts[c.PartID]
			name = pickName(s.d.lang, p.NameZh, p.NameEn)
		}
		s.Row(widths, align, s.d.word("order.charge."+string(c.Kind)), name, c.Quantity.Trim(0).String(), s.d.word("order.payer."+string(c.Payer)), c.Amount.Format(s.d.lang))
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
	s.Picture(s.d.pictures[i].jpeg, pdf.Margin, s.GetY()+1, 50, 22)
	s.Ln(24)
}

// pictures shows the photos, four a row.
func (s *sheet) pictures() {
	list := slices.DeleteFunc(slices.Clone(s.d.pictures), func(p reportPicture) bool { return p.kind == PhotoSignature })
	if len(list) == 0 {
		return
	}
	const perRow, gap, high = 4, 3.0, 40.0
	wide := (pdf.Inner - gap*(perRow-1)) / perRow
	s.section("photos")
	for i, p := range list {
		if i%perRow == 0 && i > 0 {
			s.Ln(high + 8)
		}
		if s.GetY()+high+8 > 279 {
			s.AddPage()
		}
		x, y := pdf.Margin+float64(i%perRow)*(wide+gap), s.GetY()
		s.Picture(p.jpeg, x, y, wide, high)
		s.SetXY(x, y+high)
		s.Size(8)
		s.CellFormat(wide, 5, s.d.word("order.photo."+string(p.kind)), "", 0, "C", false, 0, "")
		s.SetXY(pdf.Margin, y)
	}
	s.Ln(high + 6)
}
