package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/units"
)

// ImportTarget brings cases in from sheets. A live row is opened as by hand. A row of history keeps its
// times and may be over already; it starts no clock and tells nobody. Only cases of history are brought up
// to date by a later sheet.
func (s *Service) ImportTarget() imports.Target {
	return imports.Target{
		Name: "cases", Zh: "服务请求", En: "Cases", Permission: permOpen, Key: "external_id", BatchRows: 200,
		Fields: importFields, Ready: s.importReady, Apply: s.importApply, Remove: s.importRemove, Revert: s.importRevert, Export: s.export,
	}
}

var importFields = []imports.Field{
	{Name: "external_id", Zh: "外部编号", En: "External id", Required: true, Type: imports.Text, Max: 100, Example: "T20261101-0007", Aliases: []string{"工单号", "单号", "ticket"}},
	{Name: "brand", Zh: "品牌代码", En: "Brand code", Required: true, Type: imports.Text, Example: "ANX", Paths: []string{"brand_id"}, Aliases: []string{"品牌"}},
	{Name: "type", Zh: "类型", En: "Type", Type: imports.Choice, Choices: []string{string(Request), string(Complaint)}, Example: string(Request)},
	{Name: "channel", Zh: "渠道", En: "Channel", Type: imports.Choice, Choices: db.Strings(channels), Example: string(Phone)},
	{Name: "summary", Zh: "摘要", En: "Summary", Required: true, Type: imports.Text, Example: "空调不制冷", Aliases: []string{"标题", "问题"}, Personal: true},
	{Name: "detail", Zh: "详细描述", En: "Detail", Type: imports.Text, Personal: true, Aliases: []string{"描述"}},
	{Name: "customer", Zh: "客户外部编号", En: "Customer's external id", Type: imports.Text, Paths: []string{"customer_id"}},
	{Name: "unit", Zh: "机器外部编号或序列号", En: "Unit's external id or serial", Type: imports.Text, Paths: []string{"unit_id"}},
	{Name: "category", Zh: "品类代码", En: "Category code", Type: imports.Text, Example: "AC"},
	{Name: "symptom", Zh: "故障现象代码", En: "Symptom code", Type: imports.Text},
	{Name: "service_type", Zh: "服务类型代码", En: "Service type code", Type: imports.Text, Example: "repair"},
	{Name: "class", Zh: "分类代码", En: "Class code", Type: imports.Text},
	{Name: "impact", Zh: "影响 1–3", En: "Impact 1–3", Type: imports.Whole},
	{Name: "urgency", Zh: "紧急 1–3", En: "Urgency 1–3", Type: imports.Whole},
	{Name: "contact_name", Zh: "联系人", En: "Contact", Type: imports.Text, Max: 100, Personal: true},
	{Name: "contact_phone", Zh: "联系电话", En: "Contact's phone", Type: imports.Text, Max: 50, Personal: true},
	{Name: "contact_email", Zh: "联系邮箱", En: "Contact's e-mail", Type: imports.Text, Max: 254, Personal: true},
	{Name: "address", Zh: "地址", En: "Address", Type: imports.Text, Max: 500, Personal: true, Paths: []string{"address.text"}},
	{Name: "access", Zh: "上门说明", En: "Access notes", Type: imports.Text, Max: 500, Personal: true, Paths: []string{"address.access"}},
	{Name: "division", Zh: "行政区划代码", En: "Division code", Type: imports.Text, Paths: []string{"address.division"}},
	{Name: "lat", Zh: "纬度 WGS-84", En: "Latitude (WGS-84)", Type: imports.Number, Paths: []string{"address.point"}},
	{Name: "lon", Zh: "经度 WGS-84", En: "Longitude (WGS-84)", Type: imports.Number},
	{Name: "occurred_at", Zh: "发生时间", En: "Occurred at", Type: imports.Instant, Example: "2026-11-01 09:30", Aliases: []string{"创建时间", "受理时间"}},
	{Name: "state", Zh: "状态", En: "State", Type: imports.Choice, Choices: []string{string(Open), string(Diagnosing), string(Closed), string(Cancelled)}, Aliases: []string{"status"}},
	{Name: "closed_at", Zh: "关闭时间", En: "Closed at", Type: imports.Instant},
	{Name: "reason", Zh: "结束原因代码", En: "Reason of the end", Type: imports.Text},
}

// importPrepared is what a batch needs before its transaction.
type importPrepared struct {
	snap    *catalog.Snapshot
	numbers []string // of the rows, in their order
	places  []importPlace
}

// importPlace is where a row's case is; taking an address apart is too slow to be done in a transaction.
type importPlace struct {
	place *customers.Place
	err   error
}

func readPlace(r *imports.Row) (out importPlace) {
	if !r.Has("address") && !r.Has("lat") && !r.Has("division") {
		return out
	}
	a := customers.AddressInput{Text: r.Text("address"), Access: r.Text("access"), Division: r.Text("division")}
	if lat, lon := r.Number("lat"), r.Number("lon"); lat != nil && lon != nil {
		a.Point = &geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.PrecisionDoor, Source: "import"}
	}
	p, err := customers.PlaceOf(a)
	return importPlace{&p, err}
}

func (s *Service) importReady(ctx context.Context, b *imports.Batch) error {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	p := &importPrepared{snap: snap, places: make([]importPlace, len(b.Rows))}
	for i, r := range b.Rows {
		if !b.Failed(i) {
			p.places[i] = readPlace(r)
		}
	}
	p.numbers, err = s.numbers.Many(ctx, "C", s.db.Now(), len(b.Rows))
	b.Data = p
	return err
}

// externalOf is a case's external id: the other system's, with its name in front when it has one. What was
// exported has it already.
func externalOf(system, id string) string {
	if system == "" || strings.HasPrefix(id, system+":") {
		return id
	}
	return system + ":" + id
}

// importBatch is what the rows of a batch refer to, read by a few queries.
type importBatch struct {
	*importPrepared
	known     map[string]Case // by external id
	texts     map[ID]importTexts
	customers map[string]customers.Customer // by external id
	units     map[string]units.Unit
}

type importTexts struct{ summary, detail string }

func (s *Service) importApply(ctx context.Context, tx *db.Tx, b *imports.Batch) error {
	in, err := s.importLook(ctx, tx, b)
	if err != nil {
		return err
	}
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		open, err := in.openInput(access.From(ctx).Scope, b, i, r)
		if err != nil {
			b.Fail(i, err)
			continue
		}
		if old, ok := in.known[open.ExternalID]; ok {
			if err := s.importUpdate(ctx, tx, b, i, in, old, open); err != nil {
				return err
			}
			continue
		}
		if b.Origin == access.Live {
			c, err := s.OpenTx(ctx, tx, in.numbers[i], in.snap, open)
			if err != nil {
				return b.Broken(i, err)
			}
			b.Made(i, "case", string(c.ID))
			continue
		}
		id, err := s.importPast(ctx, tx, in, i, r, open)
		if err != nil {
			return b.Broken(i, err)
		}
		b.Made(i, "case", string(id))
	}
	return nil
}

// importLook reads what the rows name: cases, customers and units by their external ids.
func (s *Service) importLook(ctx context.Context, tx *db.Tx, b *imports.Batch) (*importBatch, error) {
	in := &importBatch{importPrepared: b.Data.(*importPrepared), known: map[string]Case{}, texts: map[ID]importTexts{}}
	var ids, people, things []string
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		ids = append(ids, externalOf(b.System, r.Key))
		if v := r.Text("customer"); v != "" {
			people = append(people, v)
		}
		if v := r.Text("unit"); v != "" {
			things = append(things, v)
		}
	}
	if len(ids) > 0 {
		var w db.Where
		w.In("external_id", ids)
		list, err := db.List(ctx, tx, scan, `SELECT `+columns+` FROM cases_case`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		var sealed []crypt.Sealed
		for _, c := range list {
			in.known[c.ExternalID] = c
			sealed = append(sealed, crypt.Sealed{Key: c.KeyID, Data: c.Summary}, crypt.Sealed{Key: c.KeyID, Data: c.Detail})
		}
		opened, err := s.keys.OpenMany(ctx, tx, sealed)
		if err != nil {
			return nil, err
		}
		for i, c := range list {
			in.texts[c.ID] = importTexts{opened[2*i].Text, opened[2*i+1].Text}
		}
	}
	var err error
	if in.customers, err = s.customers.ImportedByExternal(ctx, tx, b.System, people); err != nil {
		return nil, err
	}
	in.units, err = s.units.ImportedByExternal(ctx, tx, b.System, things)
	return in, err
}

// openInput turns a row into what opening a case takes, and checks it.
func (in *importBatch) openInput(scope access.Scope, b *imports.Batch, i int, r *imports.Row) (OpenInput, error) {
	var f problem.Fields
	o := OpenInput{
		Type: Type(r.Text("type")), Channel: Channel(r.Text("channel")), Summary: clip(r.Text("summary"), maxSummary), Detail: r.Text("detail"),
		Category: catalog.CategoryCode(r.Text("category")), Symptom: catalog.SymptomCode(r.Text("symptom")), ServiceType: catalog.ServiceTypeCode(r.Text("service_type")),
		Class: r.Text("class"), Impact: Level(r.Whole("impact")), Urgency: Level(r.Whole("urgency")), ExternalID: externalOf(b.System, r.Key),
		Contact: Contact{Name: r.Text("contact_name"), Phone: r.Text("contact_phone"), Email: r.Text("contact_email")},
	}
	if o.Type == "" {
		o.Type = Request
	}
	if o.Channel == "" {
		o.Channel = Import
	}
	if o.Detail == "" && o.Summary != r.Text("summary") {
		o.Detail = r.Text("summary") // too long for a summary: the whole text is kept
	}
	o.OccurredAt = r.Time("occurred_at")
	brand, ok := in.snap.BrandByCode(r.Text("brand"))
	f.Check(ok && scope.SeesBrand(string(brand.ID)), "brand_id", problem.Unknown)
	o.BrandID = brand.ID
	if v := r.Text("customer"); v != "" {
		c, ok := in.customers[v]
		f.Check(ok && !c.Erased, "customer_id", problem.Unknown)
		o.CustomerID = c.ID
	}
	if v := r.Text("unit"); v != "" {
		u, ok := in.units[v]
		f.Check(ok && u.Brand == brand.ID, "unit_id", problem.Unknown)
		o.UnitID = u.ID
		if o.CustomerID == "" {
			o.CustomerID = u.Owner
		}
	}
	if o.Class != "" {
		_, ok := in.snap.Class(catalog.ClassCode(o.Class))
		f.Check(ok, "class", problem.Unknown)
	}
	state := State(r.Text("state"))
	f.Check(b.Origin == access.History || state == "" || state == Open, "state", problem.BadChoice)
	if v := r.Text("reason"); v != "" {
		_, ok := in.snap.Reason(catalog.ReasonCode(v))
		f.Check(ok, "reason", problem.Unknown)
	}
	if at := r.Time("closed_at"); !at.IsZero() {
		f.Check(!at.Before(o.OccurredAt), "closed_at", problem.BadTime)
	}
	if p := in.places[i]; p.err != nil {
		return o, merge(&f, p.err)
	} else if p.place != nil {
		o.Place = p.place
	}
	return o, merge(&f, o.Check(in.snap))
}

// merge adds the fields of err to what was found before.
func merge(f *problem.Fields, err error) error {
	if e, ok := errors.AsType[*problem.Error](err); ok && len(e.Fields) > 0 {
		if before, ok := errors.AsType[*problem.Error](f.Err()); ok {
			for _, fe := range before.Fields {
				if !slices.ContainsFunc(e.Fields, func(x problem.FieldError) bool { return x.Field == fe.Field }) {
					e.Fields = append(e.Fields, fe)
				}
			}
		}
		return e
	}
	if err != nil {
		return err
	}
	return f.Err()
}

func clip(s string, n int) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// importPast writes a case of history as it ended, with one entry in its trail.
func (s *Service) importPast(ctx context.Context, tx *db.Tx, in *importBatch, i int, r *imports.Row, o OpenInput) (ID, error) {
	actor := access.From(ctx)
	at, err := o.At(actor.Origin, tx.Now())
	if err != nil {
		return "", err
	}
	c := Case{
		ID: ID(db.NewIDAt(at)), Number: in.numbers[i], Type: o.Type, State: Open, BrandID: o.BrandID, CustomerID: o.CustomerID, UnitID: o.UnitID, Category: o.Category,
		Symptom: o.Symptom, ServiceType: o.ServiceType, Class: o.Class, Channel: o.Channel, Origin: string(actor.Origin), OutletPath: ownPath(actor),
		OpenedBy: actor.Kind + ":" + actor.ID, ExternalID: o.ExternalID, OccurredAt: at, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	if c.Type == Complaint {
		c.Stage = StageReceived
	}
	if u, ok := in.units[r.Text("unit")]; ok && c.Category == "" {
		c.Category = u.Category
	}
	if sym, ok := in.snap.Symptom(c.Symptom); ok && c.Category == "" {
		c.Category = sym.Category
	}
	c.Safety = SafetyOf(o.Summary + "\n" + o.Detail)
	c.Priority, c.PriorityWhy = PriorityFacts{Impact: o.Impact, Urgency: o.Urgency, Safety: c.Safety}.Decide()
	c.settle(State(r.Text("state")), r.Time("closed_at"), r.Text("reason"), tx.Now())
	if err := s.importSeal(ctx, tx, in, &c, o, r.Text("customer")); err != nil {
		return "", err
	}
	var phone []byte
	if o.Contact.Phone != "" {
		phone = s.keys.Lookup(crypt.KindPhone, o.Contact.Phone)
	}
	if err := insertCase(tx, c, phone); err != nil {
		return "", err
	}
	if c.OutletPath != "/" {
		upsertWork(tx, Work{CaseID: c.ID, Kind: "opened", Ref: string(c.ID), OutletPath: c.OutletPath, BrandID: string(c.BrandID), AttachedAt: tx.Now()})
	}
	if err := s.shareOwn(ctx, tx, c); err != nil {
		return "", err
	}
	if err := s.importIndex(ctx, tx, c, o.Summary, o.Detail); err != nil {
		return "", err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "case", Record: string(c.ID), Act: "import", After: c.trail(), OccurredAt: at, New: true})
	if err != nil {
		return "", err
	}
	return c.ID, events.Publish(ctx, tx, Opened{c.fact(at)})
}

// settle puts a case of history into the state that the sheet tells.
func (c *Case) settle(state State, closed time.Time, why string, now time.Time) {
	if state == "" {
		state = Open
		if !closed.IsZero() {
			state = Closed
		}
	}
	c.State, c.ClosedAt = state, nil
	if state != Closed && state != Cancelled {
		return
	}
	if closed.IsZero() || closed.After(now) {
		closed = c.OccurredAt
	}
	c.ClosedAt, c.Reason = &closed, why
	if why == "" {
		c.Reason = map[State]string{Closed: "solved", Cancelled: "other_cancel"}[state]
	}
}

// importSeal is [Service.seal] with customers that were read before.
func (s *Service) importSeal(ctx context.Context, tx *db.Tx, in *importBatch, c *Case, o OpenInput, customer string) (err error) {
	cu, known := in.customers[customer]
	if !known && c.CustomerID != "" { // the unit's owner
		if cu, err = s.customers.Get(ctx, tx, c.CustomerID); err != nil {
			return fieldUnknown(err, "customer_id")
		}
		known = true
	}
	if !known {
		return s.seal(ctx, tx, c, o)
	}
	c.CustomerID, c.KeyID = cu.ID, cu.KeyID
	if c.Summary, err = s.keys.Seal(ctx, tx, c.KeyID, o.Summary); err != nil {
		return err
	}
	if c.Detail, err = s.keys.Seal(ctx, tx, c.KeyID, o.Detail); err != nil {
		return err
	}
	if o.Contact != (Contact{}) {
		text, err := json.Marshal(o.Contact)
		if err != nil {
			return err
		}
		if c.Contact, err = s.keys.Seal(ctx, tx, c.KeyID, string(text)); err != nil {
			return err
		}
	}
	if o.Place == nil {
		return nil
	}
	c.Place, err = s.customers.SealPlace(ctx, tx, c.KeyID, *o.Place)
	c.Division = o.Place.Division
	if p := o.Place.Point; p.Check() == nil && p != (geo.Point{}) {
		c.Lat, c.Lon = &p.Lat, &p.Lon
	}
	return err
}

// importIndex makes an imported case findable also by the bare id of the other system.
func (s *Service) importIndex(ctx context.Context, tx *db.Tx, c Case, summary, detail string) error {
	_, bare, _ := strings.Cut(c.ExternalID, ":")
	return s.search.IndexTx(ctx, tx, search.Doc{
		Kind: "case", ID: string(c.ID), Brand: string(c.BrandID), Text: []string{c.Number, crypt.MaskText(summary), crypt.MaskText(detail)},
		Terms: []string{c.Number, c.ExternalID, bare},
	})
}

// importUpdate brings a case of history up to date.
func (s *Service) importUpdate(ctx context.Context, tx *db.Tx, b *imports.Batch, i int, in *importBatch, old Case, o OpenInput) error {
	r := b.Rows[i]
	scope := access.From(ctx).Scope
	if !scope.Sees(string(old.BrandID), old.OutletPath) || old.BrandID != o.BrandID {
		b.Fail(i, problem.Field("external_id", problem.Taken))
		return nil
	}
	next := map[string]string{}
	was := s.importValues(old, in.texts[old.ID])
	for _, name := range importUpdatable {
		if r.Has(name) {
			next[name] = r.Text(name)
		}
	}
	if r.Has("closed_at") {
		next["closed_at"] = r.Time("closed_at").Format(time.RFC3339Nano)
	}
	if r.Has("summary") {
		next["summary"] = o.Summary
		if o.Detail != "" {
			next["detail"] = o.Detail
		}
	}
	before := map[string]string{}
	for k, v := range next {
		if was[k] != v {
			before[k] = was[k]
		} else {
			delete(next, k)
		}
	}
	if len(next) == 0 {
		b.Same(i, "case", string(old.ID))
		return nil
	}
	if old.Origin != string(access.History) || b.Origin == access.Live {
		b.Fail(i, problem.Field("external_id", problem.Taken)) // a living case is changed by acts, not by sheets
		return nil
	}
	if err := s.importSet(ctx, tx, old, in.texts[old.ID], next); err != nil {
		return b.Broken(i, err)
	}
	b.Changed(i, "case", string(old.ID), old.KeyID, before)
	return nil
}

var importUpdatable = []string{"category", "symptom", "service_type", "class", "state", "reason"}

// importValues are the values of a case that a sheet may change, as it would write them.
func (s *Service) importValues(c Case, t importTexts) map[string]string {
	v := map[string]string{
		"summary": t.summary, "detail": t.detail, "category": string(c.Category), "symptom": string(c.Symptom), "service_type": string(c.ServiceType),
		"class": c.Class, "state": string(c.State), "reason": c.Reason,
	}
	if c.ClosedAt != nil {
		v["closed_at"] = c.ClosedAt.UTC().Format(time.RFC3339Nano)
	}
	return v
}

// importSet writes values over a case of history, with one entry in its trail.
func (s *Service) importSet(ctx context.Context, tx *db.Tx, c Case, t importTexts, set map[string]string) error {
	before := c
	get := func(name, was string) string {
		if v, ok := set[name]; ok {
			return v
		}
		return was
	}
	c.Category, c.Symptom = catalog.CategoryCode(get("category", string(c.Category))), catalog.SymptomCode(get("symptom", string(c.Symptom)))
	c.ServiceType, c.Class = catalog.ServiceTypeCode(get("service_type", string(c.ServiceType))), get("class", c.Class)
	var closed time.Time
	if text := get("closed_at", s.importValues(c, t)["closed_at"]); text != "" {
		var err error
		if closed, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return fmt.Errorf("closing time of case %s: %w", c.ID, err)
		}
	}
	state := State(get("state", string(c.State)))
	_, saysState := set["state"]
	_, saysClosed := set["closed_at"]
	if saysClosed && !saysState && set["closed_at"] != "" && c.Live() {
		state = Closed
	}
	c.settle(state, closed, get("reason", c.Reason), tx.Now())
	t.summary, t.detail = get("summary", t.summary), get("detail", t.detail)
	var err error
	if c.Summary, err = s.keys.Seal(ctx, tx, c.KeyID, t.summary); err != nil {
		return err
	}
	if c.Detail, err = s.keys.Seal(ctx, tx, c.KeyID, t.detail); err != nil {
		return err
	}
	if err := updateCase(ctx, tx, &c); err != nil {
		return err
	}
	if err := s.importIndex(ctx, tx, c, t.summary, t.detail); err != nil {
		return err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "case", Record: string(c.ID), Act: "import", Before: before.trail(), After: c.trail()})
	if err != nil {
		return err
	}
	return events.Publish(ctx, tx, Classified{c.fact(tx.Now())})
}

// importRevert gives a case the values back that an import replaced.
func (s *Service) importRevert(ctx context.Context, tx *db.Tx, id string, before map[string]string) error {
	c, err := s.system(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	t, err := s.importTextsOf(ctx, tx, c)
	if err != nil {
		return err
	}
	return s.importSet(ctx, tx, c, t, before)
}

func (s *Service) importTextsOf(ctx context.Context, q db.Querier, c Case) (importTexts, error) {
	opened, err := s.keys.OpenMany(ctx, q, []crypt.Sealed{{Key: c.KeyID, Data: c.Summary}, {Key: c.KeyID, Data: c.Detail}})
	if err != nil {
		return importTexts{}, err
	}
	return importTexts{opened[0].Text, opened[1].Text}, nil
}

// importRemove takes a case of history away. Its own key goes with it; work, notes or links that came since
// keep it, by their foreign keys.
func (s *Service) importRemove(ctx context.Context, tx *db.Tx, id string) error {
	c, err := s.system(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cases_work WHERE case_id = $1 AND kind = 'opened'`, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cases_case WHERE id = $1`, id); err != nil {
		return err
	}
	if c.OwnKey {
		if err := s.keys.DestroyTx(ctx, tx, c.KeyID); err != nil {
			return err
		}
	}
	return s.search.RemoveTx(ctx, tx, "case", id)
}

// export writes the cases that the actor sees, the newest first.
func (s *Service) export(ctx context.Context, personal bool, row func(map[string]string) error) error {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	f := Filter{Queue: "recent", Limit: 500}
	for {
		page, err := list(ctx, s.db, access.From(ctx).Scope, f)
		if err != nil {
			return err
		}
		var texts map[ID]Texts
		if personal {
			if texts, err = s.textsOf(ctx, page); err != nil {
				return err
			}
		}
		for _, c := range page {
			values, err := s.exportRow(ctx, snap, c, texts[c.ID], personal)
			if err != nil {
				return err
			}
			if err := row(values); err != nil {
				return err
			}
			f.AfterDue, f.AfterID, f.HasAfter = db.Micros(c.CreatedAt), c.ID, true
		}
		if len(page) < f.Limit {
			return nil
		}
	}
}

func (s *Service) exportRow(ctx context.Context, snap *catalog.Snapshot, c Case, t Texts, personal bool) (map[string]string, error) {
	brand, _ := snap.Brand(c.BrandID)
	v := s.importValues(c, importTexts{t.Summary, t.Detail})
	v["external_id"], v["brand"], v["type"], v["channel"] = c.ExternalID, brand.Code, string(c.Type), string(c.Channel)
	v["division"], v["occurred_at"] = c.Division, c.OccurredAt.Format(time.RFC3339)
	if c.ExternalID == "" {
		v["external_id"] = c.Number
	}
	if !personal {
		return v, nil
	}
	v["contact_name"], v["contact_phone"], v["contact_email"] = t.Contact.Name, t.Contact.Phone, t.Contact.Email
	p, err := s.PlaceOf(ctx, s.db, c)
	if err != nil && !customers.IsErased(err) {
		return nil, err
	}
	v["address"], v["access"] = p.Text, p.Access
	if c.Lat != nil && c.Lon != nil { // a point tells a door, too
		v["lat"], v["lon"] = strconv.FormatFloat(*c.Lat, 'f', -1, 64), strconv.FormatFloat(*c.Lon, 'f', -1, 64)
	}
	return v, nil
}
