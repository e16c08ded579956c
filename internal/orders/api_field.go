package orders

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
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
		Readings: []FieldCheck{}, SerialRequired: st.Needs(catalog.ProofSerial), Parts: []FieldPart{},
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

type pointIn struct {
	Lat      float64 `json:"lat" minimum:"-90" maximum:"90"`
	Lon      float64 `json:"lon" minimum:"-180" maximum:"180"`
	Datum    string  `json:"datum,omitempty" enum:"WGS84,GCJ02,BD09" doc:"default: WGS84"`
	Accuracy float64 `json:"accuracy_m,omitempty" minimum:"0"`
}

func (p *pointIn) point() *geo.Point {
	if p == nil {
		return nil
	}
	datum := geo.Datum(p.Datum)
	if datum == "" {
		datum = geo.WGS84
	}
	return &geo.Point{Lat: p.Lat, Lon: p.Lon, Datum: datum, Source: "device"}
}

type fieldActIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Point *pointIn `json:"point,omitempty" doc:"where the device was"`
	}
}

func (in fieldActIn) input() FieldInput {
	return FieldInput{VisitInput: VisitInput{Act: in.Body.Act(), ID: in.ID}, Point: in.Body.Point.point()}
}

type departIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Point   *pointIn  `json:"point,omitempty"`
		Arrives time.Time `json:"arrives_at,omitzero" doc:"expected"`
		Share   bool      `json:"share_position,omitempty" doc:"the engineer agrees to show where he is until he arrives"`
	}
}

type delayIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Minutes int `json:"minutes" minimum:"1" maximum:"720"`
	}
}

// UsedPartIn is a part that was used.
type UsedPartIn struct {
	PartID    parts.PartID  `json:"part_id,omitempty" maxLength:"36"`
	Code      string        `json:"code,omitempty" maxLength:"64" doc:"instead of part_id"`
	PlaceID   parts.PlaceID `json:"place_id,omitempty" maxLength:"64" doc:"default: the engineer's van"`
	Quantity  int64         `json:"quantity" minimum:"1"`
	OldSerial string        `json:"old_serial,omitempty" maxLength:"64"`
	NewSerial string        `json:"new_serial,omitempty" maxLength:"64"`
}

func (p UsedPartIn) use() PartUse {
	return PartUse{Part: p.PartID, Code: p.Code, Place: p.PlaceID, Quantity: p.Quantity, OldSerial: p.OldSerial, NewSerial: p.NewSerial}
}

// ProofIn is what an engineer hands in for one order.
type ProofIn struct {
	Symptom  catalog.SymptomCode `json:"symptom,omitempty" maxLength:"32"`
	Cause    catalog.CauseCode   `json:"cause,omitempty" maxLength:"32"`
	Action   catalog.ActionCode  `json:"action,omitempty" maxLength:"32"`
	Checks   map[string]string   `json:"checks,omitempty" doc:"by item: ok, bad or na"`
	Readings map[string]float64  `json:"readings,omitempty" doc:"by item"`
	Texts    map[string]string   `json:"texts,omitempty" doc:"by item"`
	Serial   string              `json:"serial,omitempty" maxLength:"64"`
	Parts    []UsedPartIn        `json:"parts,omitempty" maxItems:"50"`
	Files    []proofFileIn       `json:"files,omitempty" maxItems:"50" doc:"those not uploaded yet are attached when they arrive"`
	Note     string              `json:"work_note,omitempty" maxLength:"4000"`
}

type proofFileIn struct {
	ID   files.ID  `json:"id" maxLength:"36"`
	Slot PhotoKind `json:"slot" enum:"before,after,serial,signature,old_part,other"`
}

func (p ProofIn) input() (ProofInput, error) {
	out := ProofInput{Diagnosis: Diagnosis{p.Symptom, p.Cause, p.Action}, Serial: p.Serial, ToCome: true, Note: p.Note}
	for item, v := range p.Checks {
		a := AnswerItem{Item: item}
		switch v {
		case "ok":
			a.Checked = new(true)
		case "bad":
			a.Checked = new(false)
		case "na":
			a.NA = true
		default:
			return out, problem.Field("checks."+item, problem.BadChoice)
		}
		out.Answers = append(out.Answers, a)
	}
	for item, v := range p.Readings {
		out.Answers = append(out.Answers, AnswerItem{Item: item, Number: &v})
	}
	for item, v := range p.Texts {
		out.Answers = append(out.Answers, AnswerItem{Item: item, Text: v})
	}
	slices.SortFunc(out.Answers, func(a, b AnswerItem) int { return strings.Compare(a.Item, b.Item) })
	for _, u := range p.Parts {
		out.Parts = append(out.Parts, u.use())
	}
	for _, f := range p.Files {
		out.Photos = append(out.Photos, PhotoInput{FileID: f.ID, Kind: f.Slot})
	}
	return out, nil
}

type signIn struct {
	Kind   string   `json:"kind" enum:"signature,code,absent"`
	File   files.ID `json:"file,omitempty" maxLength:"36" doc:"picture of the signature"`
	Code   string   `json:"code,omitempty" maxLength:"16" doc:"finish code that the customer told"`
	Reason string   `json:"reason,omitempty" maxLength:"200" doc:"why nobody signed"`
}

// apply signs one order off.
func (in signIn) apply(p *ProofInput) {
	switch in.Kind {
	case "signature":
		if in.File != "" && !slices.ContainsFunc(p.Photos, func(ph PhotoInput) bool { return ph.FileID == in.File }) {
			p.Photos = append(p.Photos, PhotoInput{FileID: in.File, Kind: PhotoSignature})
		}
	case "code":
		p.FinishCode = in.Code
	case "absent":
		p.Absent = true
		if in.Reason != "" {
			p.Note = strings.TrimSpace(p.Note + "\n" + in.Reason)
		}
	}
}

type finishOrderIn struct {
	ProofIn
	OrderID  ID                `json:"order_id" maxLength:"36"`
	Outcome  Outcome           `json:"outcome" enum:"fixed,guided,no_fault_found,declined_by_customer,needs_part,second_visit,quote_approval,depot,another_skill"`
	Reason   string            `json:"break_reason,omitempty" maxLength:"64" doc:"of order.break_off; default: by the outcome"`
	Earliest *time.Time        `json:"next_earliest,omitempty" doc:"when the next visit makes sense: the part's date"`
	Skill    catalog.SkillCode `json:"next_skill,omitempty" maxLength:"16"`
}

type finishIn struct {
	ID   VisitID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Point   *pointIn        `json:"point,omitempty"`
		Orders  []finishOrderIn `json:"orders" minItems:"1" maxItems:"20"`
		SignOff *signIn         `json:"sign_off,omitempty"`
	}
}

func (in finishIn) input() (FinishInput, error) {
	b := in.Body
	out := FinishInput{FieldInput: FieldInput{VisitInput: VisitInput{Act: b.Act(), ID: in.ID}, Point: b.Point.point()}}
	for _, o := range b.Orders {
		p, err := o.ProofIn.input()
		if err != nil {
			return out, err
		}
		if b.SignOff != nil {
			b.SignOff.apply(&p)
		}
		out.Results = append(out.Results, OrderResult{Order: o.OrderID, Outcome: o.Outcome, Reason: o.Reason, Earliest: o.Earliest, Skill: o.Skill, Proof: p})
	}
	return out, nil
}

// uploadIn is a picture that is handed in for an order.
type uploadIn struct {
	ID      VisitID `path:"id" maxLength:"36"`
	RawBody huma.MultipartFormFiles[struct {
		File        huma.FormFile `form:"file" contentType:"image/jpeg,image/png,image/webp,application/octet-stream" required:"true"`
		FileID      string        `form:"id" maxLength:"36" required:"true"`
		OrderID     string        `form:"order_id" maxLength:"36" required:"true"`
		Slot        string        `form:"slot" required:"true" enum:"before,after,serial,signature,old_part,other"`
		OperationID string        `form:"operation_id" maxLength:"64"`
		OccurredAt  string        `form:"occurred_at"`
		OffsetMS    int64         `form:"device_offset_ms"`
		TakenAt     string        `form:"taken_at"`
	}]
}

const maxUpload = 30 << 20

// registerField adds what engineers do on their phones.
func (s *Service) registerField(api *httpapi.Server) {
	httpapi.Register(api, visitOp("list-field-visits", http.MethodGet, "/field/visits", "Read my visits",
		"The signed-in engineer's visits of today and tomorrow, with all that is needed to do them without a network; no phone numbers."),
		func(ctx context.Context, in *struct {
			Days int `query:"days" minimum:"1" maximum:"7" default:"2"`
		},
		) (*struct {
			Body struct {
				Items []FieldVisit `json:"items"`
			}
		}, error,
		) {
			list, err := s.FieldVisits(ctx, api, in.Days)
			if err != nil {
				return nil, err
			}
			out := &struct {
				Body struct {
					Items []FieldVisit `json:"items"`
				}
			}{}
			out.Body.Items = list
			return out, nil
		})
	answer := func(ctx context.Context, v Visit) (*visitOut, error) {
		out, err := visitOutOf(ctx, v)
		if err == nil && v.Conflicting {
			out.Body.Conflict = &clashBody{State: v.State, Words: api.Words().T(access.From(ctx).Lang, "order.conflict.kept", map[string]any{"state": string(v.State)})}
		}
		return out, err
	}
	plain := func(name, summary, description string, do func(ctx context.Context, in FieldInput) (Visit, error)) {
		httpapi.Act(api, visitOp(name+"-visit", http.MethodPost, "/visits/{id}/"+name, summary, description),
			func(ctx context.Context, in *fieldActIn) (Visit, error) { return do(ctx, in.input()) }, answer)
	}
	plain("accept", "Accept a visit", "", s.AcceptVisit)
	plain("decline", "Decline a visit", "Needs a reason of visit.decline.", s.DeclineVisit)
	plain("arrive", "Arrive", "The place is compared with the order's, not enforced; the promise is judged by occurred_at.", s.Arrive)
	plain("fail", "End a vain visit", "Needs a reason of visit.fail; the next visit is wished for.", s.FailVisit)
	httpapi.Act(api, visitOp("depart-visit", http.MethodPost, "/visits/{id}/depart", "Be on the way", "The customer is told."),
		func(ctx context.Context, in *departIn) (Visit, error) {
			return s.Depart(ctx, DepartInput{
				FieldInput: FieldInput{VisitInput: VisitInput{Act: in.Body.Act(), ID: in.ID}, Point: in.Body.Point.point()},
				Arrives:    in.Body.Arrives, Share: in.Body.Share,
			})
		}, answer)
	httpapi.Act(api, visitOp("delay-visit", http.MethodPost, "/visits/{id}/delay", "Tell the customer of a delay", "Needs a reason of visit.reschedule. The promise stands."),
		func(ctx context.Context, in *delayIn) (Visit, error) {
			return s.Delay(ctx, DelayInput{
				FieldInput: FieldInput{VisitInput: VisitInput{Act: in.Body.Act(), ID: in.ID}}, By: time.Duration(in.Body.Minutes) * time.Minute,
			})
		}, answer)
	httpapi.Act(api, visitOp("finish-visit", http.MethodPost, "/visits/{id}/finish", "Finish a visit",
		"An outcome and proof for every order. When the visit moved on meanwhile, all of it is kept and a conflict is raised."),
		func(ctx context.Context, in *finishIn) (Visit, error) {
			f, err := in.input()
			if err != nil {
				return Visit{}, err
			}
			return s.FinishVisit(ctx, f)
		}, answer)
	httpapi.Register(api, visitOp("show-position", http.MethodPut, "/visits/{id}/position", "Show where I am", "Only while travelling and agreed to; erased at arrival."),
		func(ctx context.Context, in *struct {
			ID   VisitID `path:"id" maxLength:"36"`
			Body pointIn
		},
		) (*struct{}, error) {
			return nil, s.Position(ctx, in.ID, *in.Body.point())
		})
	s.registerProof(api)
}

// registerProof adds handing in proof, one picture or a piece at a time.
func (s *Service) registerProof(api *httpapi.Server) {
	upload := visitOp("upload-visit-file", http.MethodPost, "/visits/{id}/files", "Hand in a picture",
		"A picture of a visit's order, before or after the visit was finished. The same id with the same bytes again changes nothing.")
	upload.MaxBodyBytes = maxUpload
	httpapi.Register(api, upload, s.uploadFile)
	httpapi.Act(api, op("add-order-proof", http.MethodPost, "/orders/{id}/proof", "Hand in proof", "A completed order whose proof was incomplete is judged again."),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				ProofIn
				VisitID VisitID `json:"visit_id,omitempty" maxLength:"36"`
				SignOff *signIn `json:"sign_off,omitempty"`
			}
		},
		) (Order, error) {
			p, err := in.Body.ProofIn.input()
			if err != nil {
				return Order{}, err
			}
			p.ToCome = false
			if in.Body.SignOff != nil {
				in.Body.SignOff.apply(&p)
			}
			return s.AddProof(ctx, AddProofInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Visit: in.Body.VisitID, Proof: p})
		}, s.out)
	httpapi.Act(api, op("reserve-order-part", http.MethodPost, "/orders/{id}/parts", "Keep a part for an order", ""),
		func(ctx context.Context, in *struct {
			ID   ID `path:"id" maxLength:"36"`
			Body struct {
				httpapi.ActIn
				UsedPartIn
			}
		},
		) (Order, error) {
			return s.ReservePart(ctx, ReservePartInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Part: in.Body.use()})
		}, s.out)
	httpapi.Act(api, op("release-order-part", http.MethodPost, "/orders/{id}/parts/{line}/release", "Give a reserved part back", ""),
		func(ctx context.Context, in *struct {
			ID   ID     `path:"id" maxLength:"36"`
			Line string `path:"line" maxLength:"36"`
			Body struct{ httpapi.ActIn }
		},
		) (Order, error) {
			return s.ReleasePart(ctx, PartLineInput{ActInput: ActInput{Act: in.Body.Act(), ID: in.ID}, Line: in.Line})
		}, s.out)
}

// uploadFile stores a picture and attaches it to its order: two steps, since bytes are never stored inside
// a transaction. A repeated upload finds the first.
func (s *Service) uploadFile(ctx context.Context, in *uploadIn) (*struct{ Body photoBody }, error) {
	if err := mayField(ctx); err != nil {
		return nil, err
	}
	d := in.RawBody.Data()
	defer func() { _ = d.File.Close() }()
	v, err := s.findField(ctx, s.db, in.ID)
	if err != nil {
		return nil, err
	}
	id := ID(d.OrderID)
	if !slices.ContainsFunc(v.Orders, func(o VisitOrder) bool { return o.OrderID == id }) {
		return nil, problem.Field("order_id", problem.Unknown)
	}
	o, err := findOrder(ctx, s.db, access.Everything, id)
	if err != nil {
		return nil, err
	}
	purpose := files.Photo
	if PhotoKind(d.Slot) == PhotoSignature {
		purpose = files.Signature
	}
	f, err := s.Files.Upload(ctx, files.UploadInput{
		ID: files.ID(d.FileID), Purpose: purpose, Name: d.File.Filename, Key: o.KeyID, By: access.From(ctx).ID, Brand: string(o.BrandID), OutletPath: v.OutletPath,
		Body: d.File,
	})
	if err != nil {
		return nil, err
	}
	act := httpapi.ActIn{OperationID: d.OperationID, OffsetMS: d.OffsetMS}
	if at, err := time.Parse(time.RFC3339Nano, d.OccurredAt); err == nil {
		act.OccurredAt = at
	}
	o, err = s.AttachPhoto(ctx, AttachPhotoInput{ActInput: ActInput{Act: act.Act(), ID: id}, Visit: v.ID, Photo: PhotoInput{FileID: f.ID, Kind: PhotoKind(d.Slot)}})
	if err != nil {
		return nil, err
	}
	list, err := listPhotos(ctx, s.db, o.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(p Photo) bool { return p.FileID == f.ID })
	if i < 0 {
		return nil, errors.New("orders: an attached photo is gone")
	}
	p := list[i]
	return &struct{ Body photoBody }{photoBody{string(p.FileID), p.Kind, p.VisitID, p.TakenAt, p.Distance, p.Reused, p.At}}, nil
}
