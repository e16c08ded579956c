package orders

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// FieldVisit is a visit with everything that its engineer needs without a network. It carries no phone
// number: the phone may be lost, and a call goes through the server.
type FieldVisit struct {
	ID             VisitID      `json:"id"`
	Number         string       `json:"number"`
	State          VisitState   `json:"state"`
	Start          time.Time    `json:"start" doc:"of the promised window, else as planned"`
	End            time.Time    `json:"end"`
	PlannedStart   time.Time    `json:"planned_start"`
	PlannedEnd     time.Time    `json:"planned_end"`
	Zone           string       `json:"zone"`
	Customer       string       `json:"customer" doc:"masked"`
	Address        string       `json:"address"`
	AccessNote     string       `json:"access_note"`
	Lat            *float64     `json:"lat,omitempty"`
	Lon            *float64     `json:"lon,omitempty"`
	ServiceCode    string       `json:"service_code" doc:"proves the engineer to the customer, who got it by message"`
	Orders         []FieldOrder `json:"orders"`
	DeclineReasons []Choice     `json:"decline_reasons"`
	FailReasons    []Choice     `json:"fail_reasons"`
	Version        int64        `json:"version"`
}

// Choice is a code with its word.
type Choice struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// FieldOrder is one order of a field visit, with the proof that its service type asks for.
type FieldOrder struct {
	ID             ID           `json:"id"`
	Number         string       `json:"number"`
	Service        string       `json:"service"`
	Fault          string       `json:"fault"`
	Instructions   string       `json:"instructions,omitempty"`
	Category       string       `json:"category,omitempty"`
	Symptom        string       `json:"symptom,omitempty"`
	Model          string       `json:"model"`
	Serial         string       `json:"serial"`
	Checklist      []FieldCheck `json:"checklist"`
	Photos         []FieldPhoto `json:"photos"`
	Readings       []FieldCheck `json:"readings"`
	SerialRequired bool         `json:"serial_required"`
	Parts          []FieldPart  `json:"parts" doc:"reserved for this order, or in the van"`
	Tools          []string     `json:"tools" doc:"names of those to be taken along"`
	Due            string       `json:"due" doc:"what the customer still owes, plain"`
}

// FieldCheck is one item of a checklist, or a reading.
type FieldCheck struct {
	Key      string `json:"key"`
	Label    string `json:"label"`
	Unit     string `json:"unit,omitempty"`
	Required bool   `json:"required"`
	Safety   bool   `json:"safety,omitempty"`
}

// FieldPhoto is one kind of photo that is wanted.
type FieldPhoto struct {
	Slot  PhotoKind `json:"slot"`
	Label string    `json:"label"`
	Min   int       `json:"min"`
}

// FieldPart is a part at hand.
type FieldPart struct {
	PartID   string `json:"part_id"`
	Code     string `json:"code"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
}

// FieldVisits reads the signed-in engineer's visits of today and the days after it, by start.
func (s *Service) FieldVisits(ctx context.Context, api *httpapi.Server, days int) ([]FieldVisit, error) {
	if err := access.Require(ctx, PermField); err != nil {
		return nil, err
	}
	e := engineerOf(ctx)
	if e == "" {
		return []FieldVisit{}, nil
	}
	who, err := s.Workforce.Get(ctx, s.db, e)
	if err != nil {
		return nil, err
	}
	out, err := s.Outlets.Get(ctx, s.db, who.OutletID)
	if err != nil {
		return nil, err
	}
	now := s.db.Now().In(out.Location())
	y, m, d := now.Date()
	list, err := s.VisitsOf(ctx, s.db, []workforce.EngineerID{e}, time.Date(y, m, d, 0, 0, 0, 0, out.Location()), time.Date(y, m, d+days, 0, 0, 0, 0, out.Location()))
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(v Visit) bool { return v.State == VisitStatePlanned }) // not told yet
	f := fieldReader{s: s, ctx: ctx, api: api, lang: access.From(ctx).Lang, van: parts.VanPlace(string(e))}
	return f.visits(list)
}

// fieldReader puts visits together for one engineer, with one query a kind of record.
type fieldReader struct {
	s    *Service
	ctx  context.Context
	api  *httpapi.Server
	lang string
	van  parts.PlaceID
	snap *catalog.Snapshot

	orders    map[ID]Order
	texts     map[ID]Texts
	units     map[units.ID]units.Unit
	customers map[customers.ID]customers.Customer
	stock     []parts.Stock
	parts     map[parts.PartID]parts.Part
}

func (f *fieldReader) load(list []Visit) (err error) {
	q := f.s.db
	if f.snap, err = f.s.Catalog.Current(f.ctx, q); err != nil {
		return err
	}
	var ids []ID
	for _, v := range list {
		ids = append(ids, v.OrderIDs()...)
	}
	if f.orders, err = ordersByIDs(f.ctx, q, access.Everything, ids); err != nil {
		return err
	}
	var all []Order
	var unitIDs []units.ID
	var customerIDs []customers.ID
	for _, o := range f.orders {
		all = append(all, o)
		if o.UnitID != "" {
			unitIDs = append(unitIDs, o.UnitID)
		}
		if o.CustomerID != "" {
			customerIDs = append(customerIDs, o.CustomerID)
		}
	}
	if f.texts, err = f.s.TextsOf(f.ctx, q, all); err != nil {
		return err
	}
	if f.units, err = f.s.Units.ByIDs(f.ctx, q, unitIDs); err != nil {
		return err
	}
	if f.customers, err = f.s.Customers.ByIDs(f.ctx, q, customerIDs); err != nil {
		return err
	}
	return f.loadParts()
}

func (f *fieldReader) loadParts() (err error) {
	if f.stock, err = f.s.Parts.Stock(f.ctx, f.s.db, []parts.PlaceID{f.van}, nil); err != nil {
		return err
	}
	var ids []parts.PartID
	for _, st := range f.stock {
		ids = append(ids, st.Part)
	}
	f.parts, err = f.s.Parts.ByIDs(f.ctx, f.s.db, ids)
	return err
}

func (f *fieldReader) visits(list []Visit) ([]FieldVisit, error) {
	if err := f.load(list); err != nil {
		return nil, err
	}
	out := make([]FieldVisit, 0, len(list))
	for _, v := range list {
		b, err := f.visit(v)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (f *fieldReader) visit(v Visit) (FieldVisit, error) {
	b := FieldVisit{
		ID: v.ID, Number: v.Number, State: v.State, Start: v.Start, End: v.End, PlannedStart: v.Start, PlannedEnd: v.End, Zone: v.Zone, Lat: v.Lat, Lon: v.Lon,
		Orders: []FieldOrder{}, DeclineReasons: f.choices("visit.decline"), FailReasons: f.choices("visit.fail"), Version: v.Version,
	}
	for i, id := range v.OrderIDs() {
		o, ok := f.orders[id]
		if !ok {
			continue
		}
		if i == 0 {
			t := f.texts[id]
			b.Address, b.AccessNote = t.Place.Text, t.Place.Access
			b.Customer = f.customers[o.CustomerID].MaskedName()
			if b.Customer == "" {
				b.Customer = body(o, t).ContactName
			}
			if !o.Promised.IsZero() {
				b.Start, b.End = o.Promised.From, o.Promised.To
			}
			code, err := f.s.ServiceCode(f.ctx, f.s.db, id)
			if err != nil {
				return b, err
			}
			b.ServiceCode = code
		}
		one, err := f.order(o)
		if err != nil {
			return b, err
		}
		b.Orders = append(b.Orders, one)
	}
	return b, nil
}

func (f *fieldReader) order(o Order) (FieldOrder, error) {
	st, _ := f.snap.ServiceType(o.ServiceType)
	sym, _ := f.snap.Symptom(o.Symptom)
	cat, _ := f.snap.Category(o.Category)
	unit := f.units[o.UnitID]
	model, _ := f.snap.Model(unit.Model)
	b := FieldOrder{
		ID: o.ID, Number: o.Number, Service: st.Name(f.lang), Fault: sym.Name(f.lang), Instructions: f.texts[o.ID].Note, Category: string(o.Category),
		Symptom: string(o.Symptom), Model: cmp.Or(model.Code, cat.Name(f.lang)), Serial: unit.Serial, Checklist: []FieldCheck{}, Photos: []FieldPhoto{},
		Readings: []FieldCheck{}, SerialRequired: st.Needs(catalog.ProofSerial), Parts: []FieldPart{}, Tools: f.snap.ToolNames(f.lang, o.Tools),
	}
	for _, item := range f.snap.Checklist(o.ServiceType, o.Category) {
		c := FieldCheck{Key: item.Code, Label: item.Name(f.lang), Unit: item.Unit, Required: item.Required, Safety: item.Safety}
		if item.Kind == catalog.ItemReading {
			b.Readings = append(b.Readings, c)
		} else {
			b.Checklist = append(b.Checklist, c)
		}
	}
	photo := func(kind PhotoKind, needed bool) {
		p := FieldPhoto{Slot: kind, Label: f.api.Words().T(f.lang, "order.photo."+string(kind), nil)}
		if needed {
			p.Min = 1
		}
		b.Photos = append(b.Photos, p)
	}
	photo(PhotoBefore, st.Needs(catalog.ProofPhotoBefore))
	photo(PhotoAfter, st.Needs(catalog.ProofPhotoAfter))
	photo(PhotoSerial, false)
	photo(PhotoOldPart, false)
	photo(PhotoOther, false)
	for _, s := range f.stock {
		p := f.parts[s.Part]
		if s.OnHand > 0 && (len(p.Categories) == 0 || slices.Contains(p.Categories, o.Category)) && (p.Brand == "" || p.Brand == o.BrandID) {
			b.Parts = append(b.Parts, FieldPart{string(p.ID), p.Code, pickName(f.lang, p.NameZh, p.NameEn), s.OnHand})
		}
	}
	due, err := f.s.BalanceOf(f.ctx, f.s.db, o.ID)
	b.Due = due.Left.Plain()
	return b, err
}

func (f *fieldReader) choices(kind string) []Choice {
	out := []Choice{}
	for _, r := range f.snap.Reasons(kind) {
		out = append(out, Choice{string(r.Code), r.Name(f.lang)})
	}
	return out
}

func pickName(lang, zh, en string) string {
	if strings.HasPrefix(lang, "en") && en != "" {
		return en
	}
	return cmp.Or(zh, en)
}
