package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/units"
)

// Service is what one can do with cases.
type Service struct {
	db        *db.DB
	numbers   *db.Numbers
	keys      *crypt.Keys
	search    *search.Service
	catalog   *catalog.Service
	customers *customers.Service
	units     *units.Service
	clocks    *clocks.Service

	// What tells customers; nil tells nobody. See [Service.Messages].
	notify   *notify.Service
	identity *identity.Service
	zone     *time.Location

	rights *entitlement.Service // see [Service.Rights]
}

// New makes the service.
func New(d *db.DB, numbers *db.Numbers, keys *crypt.Keys, find *search.Service, cat *catalog.Service, cust *customers.Service, un *units.Service, cl *clocks.Service) *Service {
	return &Service{db: d, numbers: numbers, keys: keys, search: find, catalog: cat, customers: cust, units: un, clocks: cl}
}

// OpenInput is what opening a case takes.
type OpenInput struct {
	access.Act
	Type        Type
	BrandID     catalog.BrandID
	CustomerID  customers.ID
	UnitID      units.ID
	Category    catalog.CategoryCode
	Symptom     catalog.SymptomCode
	ServiceType catalog.ServiceTypeCode
	Class       string
	Channel     Channel
	Summary     string
	Detail      string
	Answers     string // to a form's questions, and these: kept below the detail; what they name is no danger that somebody told of
	Contact     Contact
	Place       *customers.Place
	Impact      Level
	Urgency     Level
	Vulnerable  bool
	Safety      Safety
	ParentID    ID
	ExternalID  string
	AssigneeID  string
}

const (
	maxSummary = 200
	maxDetail  = 8000
	maxAnswers = 50000
)

// Check finds what is wrong with the input, before a number is taken.
func (in *OpenInput) Check(snap *catalog.Snapshot) error {
	var f problem.Fields
	in.Summary = strings.TrimSpace(in.Summary)
	if in.Type == "" {
		in.Type = Request
	}
	f.Check(in.Summary != "", "summary", problem.Required)
	f.Check(len([]rune(in.Summary)) <= maxSummary, "summary", problem.TooLong, "limit", maxSummary)
	f.Check(len([]rune(in.Detail)) <= maxDetail, "detail", problem.TooLong, "limit", maxDetail)
	f.Check(len([]rune(in.Answers)) <= maxAnswers, "answers", problem.TooLong, "limit", maxAnswers)
	f.Check(in.Type == Request || in.Type == Complaint, "type", problem.BadChoice)
	f.Check(slices.Contains(channels, in.Channel), "channel", problem.BadChoice)
	f.Check(in.Safety == "" || slices.Contains([]Safety{Gas, CO, Shock, Fire}, in.Safety), "safety", problem.BadChoice)
	if in.BrandID == "" {
		f.Add("brand_id", problem.Required)
	} else if _, ok := snap.Brand(in.BrandID); !ok {
		f.Add("brand_id", problem.Unknown)
	}
	if in.Category != "" {
		_, ok := snap.Category(in.Category)
		f.Check(ok, "category", problem.Unknown)
	}
	if in.Symptom != "" {
		_, ok := snap.Symptom(in.Symptom)
		f.Check(ok, "symptom", problem.Unknown)
	}
	if in.ServiceType != "" {
		_, ok := snap.ServiceType(in.ServiceType)
		f.Check(ok, "service_type", problem.Unknown)
	}
	f.Check(in.Impact >= 0 && in.Impact <= 3, "impact", problem.OutOfRange, "limit", "1–3")
	f.Check(in.Urgency >= 0 && in.Urgency <= 3, "urgency", problem.OutOfRange, "limit", "1–3")
	return f.Err()
}

// Open opens a case. A danger found in the text or the symptom makes it P1 at once.
func (s *Service) Open(ctx context.Context, in OpenInput) (Case, error) {
	if err := access.Require(ctx, permOpen); err != nil {
		return Case{}, err
	}
	return s.open(ctx, in, nil)
}

// OpenWith opens a case and does more in the same transaction (an intake message, an import row).
func (s *Service) OpenWith(ctx context.Context, in OpenInput, also func(ctx context.Context, tx *db.Tx, c Case) error) (Case, error) {
	if err := access.Require(ctx, permOpen); err != nil {
		return Case{}, err
	}
	return s.open(ctx, in, also)
}

func (s *Service) open(ctx context.Context, in OpenInput, also func(ctx context.Context, tx *db.Tx, c Case) error) (Case, error) {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Case{}, err
	}
	if err := in.Check(snap); err != nil {
		return Case{}, err
	}
	actor := access.From(ctx)
	if !actor.Scope.SeesBrand(string(in.BrandID)) {
		return Case{}, problem.Field("brand_id", problem.Unknown)
	}
	if err := s.mayUse(ctx, s.db, in.CustomerID, in.UnitID); err != nil {
		return Case{}, err
	}
	number, err := s.numbers.Next(ctx, "C", s.db.Now())
	if err != nil {
		return Case{}, err
	}
	c, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Case, error) {
		c, err := s.OpenTx(ctx, tx, number, snap, in)
		if err != nil || also == nil {
			return c, err
		}
		return c, also(ctx, tx, c)
	})
	if db.IsUnique(err, "cases_case_external") || db.IsUnique(err, "cases_case.external_id") {
		return Case{}, problem.Field("external_id", problem.Taken)
	}
	return c, err
}

// mayUse fails when the actor does not see a customer or unit that a case is to be about.
func (s *Service) mayUse(ctx context.Context, q db.Querier, customer customers.ID, unit units.ID) error {
	if access.From(ctx).Scope.All() {
		return nil
	}
	if customer != "" {
		seen, err := s.customers.Visible(ctx, q, []customers.ID{customer})
		if err != nil {
			return err
		}
		if !seen[customer] {
			return problem.Field("customer_id", problem.Unknown)
		}
	}
	if unit != "" {
		seen, err := s.units.Visible(ctx, q, []units.ID{unit})
		if err != nil {
			return err
		}
		if !seen[unit] {
			return problem.Field("unit_id", problem.Unknown)
		}
	}
	return nil
}

// NextNumber takes a number for [Service.OpenTx].
func (s *Service) NextNumber(ctx context.Context) (string, error) {
	return s.numbers.Next(ctx, "C", s.db.Now())
}

// OpenTx opens a case inside the caller's transaction; in was checked, number was taken before.
func (s *Service) OpenTx(ctx context.Context, tx *db.Tx, number string, snap *catalog.Snapshot, in OpenInput) (Case, error) {
	actor := access.From(ctx)
	at, err := in.At(actor.Origin, tx.Now())
	if err != nil {
		return Case{}, err
	}
	if err := s.checkAssignee(ctx, tx, in.AssigneeID); err != nil {
		return Case{}, err
	}
	c := Case{
		ID: ID(db.NewIDAt(at)), Number: number, Type: in.Type, State: Open, BrandID: in.BrandID, CustomerID: in.CustomerID, UnitID: in.UnitID,
		Category: in.Category, Symptom: in.Symptom, ServiceType: in.ServiceType, Class: in.Class, Channel: in.Channel, Origin: string(actor.Origin),
		OutletPath: ownPath(actor), OpenedBy: actor.Kind + ":" + actor.ID, AssigneeID: in.AssigneeID, ParentID: in.ParentID, ExternalID: in.ExternalID,
		Safety: in.Safety, OccurredAt: at, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	if actor.Origin == access.Live {
		c.ID = ID(db.NewID())
	}
	if c.Type == Complaint {
		c.Stage = StageReceived
	}
	if err := s.fillFrom(ctx, tx, snap, &c); err != nil {
		return Case{}, err
	}
	if c.Safety == "" {
		c.Safety = SafetyOf(in.Summary + "\n" + in.Detail)
	}
	if sym, ok := snap.Symptom(c.Symptom); ok && c.Safety == "" {
		c.Safety = SafetyOfSymptom(snap, sym.Code)
	}
	c.Priority, c.PriorityWhy = PriorityFacts{Impact: in.Impact, Urgency: in.Urgency, Safety: c.Safety, Vulnerable: in.Vulnerable}.Decide()
	if in.Answers != "" {
		in.Detail = strings.TrimSpace(in.Detail + "\n" + in.Answers)
	}
	if err := s.seal(ctx, tx, &c, in); err != nil {
		return Case{}, err
	}
	if err := s.startClocks(ctx, tx, &c); err != nil {
		return Case{}, err
	}
	var phone []byte
	if in.Contact.Phone != "" {
		phone = s.keys.Lookup(crypt.KindPhone, in.Contact.Phone)
	}
	if err := insertCase(tx, c, phone); err != nil {
		return Case{}, err
	}
	remember(tx, c.ID, in.OperationID, "open")
	if c.OutletPath != "/" {
		upsertWork(tx, Work{CaseID: c.ID, Kind: "opened", Ref: string(c.ID), OutletPath: c.OutletPath, BrandID: string(c.BrandID), AttachedAt: tx.Now()})
	}
	if err := s.shareOwn(ctx, tx, c); err != nil {
		return Case{}, err
	}
	text := []string{number, in.Summary, in.Detail}
	if err := s.index(ctx, tx, c, text); err != nil {
		return Case{}, err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "case", Record: string(c.ID), Act: "open", After: c.trail(), OccurredAt: at, New: true})
	if err != nil {
		return Case{}, err
	}
	return c, events.Publish(ctx, tx, Opened{c.fact(at)})
}

// SafetyOfSymptom is the danger that the fault catalogue marks on a symptom's causes; empty where there is none.
func SafetyOfSymptom(snap *catalog.Snapshot, code catalog.SymptomCode) Safety {
	for _, cause := range snap.Causes(code) {
		for _, a := range snap.Actions(cause.Code) {
			flag := strings.ToLower(a.Safety)
			if !strings.HasPrefix(flag, "p1") {
				continue
			}
			for _, p := range []struct {
				word   string
				safety Safety
			}{{"gas", Gas}, {"co", CO}, {"electric", Shock}, {"fire", Fire}} {
				if strings.Contains(flag, p.word) {
					return p.safety
				}
			}
		}
	}
	return ""
}

func ownPath(a access.Actor) string {
	if a.Scope.OutletPath == "" {
		return "/" // the public form and links act for the centre
	}
	return a.Scope.OutletPath
}

// fillFrom takes what the unit knows and checks that customer and unit exist and belong to the brand.
func (s *Service) fillFrom(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, c *Case) error {
	if c.UnitID != "" {
		u, err := s.units.Get(ctx, tx, c.UnitID)
		if err != nil {
			return fieldUnknown(err, "unit_id")
		}
		if u.Brand != c.BrandID {
			return problem.Field("unit_id", problem.Unknown)
		}
		c.UnitID = u.ID
		if c.CustomerID == "" {
			c.CustomerID = u.Owner
		}
		if m, ok := snap.Model(u.Model); ok && c.Category == "" {
			c.Category = m.Category
		}
	}
	if c.Category == "" && c.Symptom != "" {
		if sym, ok := snap.Symptom(c.Symptom); ok {
			c.Category = sym.Category
		}
	}
	if c.ParentID != "" {
		p, err := find(ctx, tx, access.From(ctx).Scope, c.ParentID)
		if err != nil {
			return fieldUnknown(err, "parent_id")
		}
		if p.BrandID != c.BrandID {
			return problem.Field("parent_id", problem.Unknown)
		}
	}
	return nil
}

func fieldUnknown(err error, field string) error {
	if problem.CodeOf(err).Kind == problem.NotFound {
		return problem.Field(field, problem.Unknown)
	}
	return err
}

// seal writes the texts under the customer's key, or a new one of the case.
func (s *Service) seal(ctx context.Context, tx *db.Tx, c *Case, in OpenInput) (err error) {
	if c.CustomerID != "" {
		cu, err := s.customers.Get(ctx, tx, c.CustomerID)
		if err != nil {
			return fieldUnknown(err, "customer_id")
		}
		c.CustomerID, c.KeyID = cu.ID, cu.KeyID
	} else {
		if c.KeyID, err = s.keys.NewKeyTx(ctx, tx, "case:"+string(c.ID)); err != nil {
			return err
		}
		c.OwnKey = true
	}
	put := func(dst *[]byte, text string) {
		if err == nil && text != "" {
			*dst, err = s.keys.Seal(ctx, tx, c.KeyID, text)
		}
	}
	put(&c.Summary, in.Summary)
	put(&c.Detail, in.Detail)
	if in.Contact != (Contact{}) {
		b, e := json.Marshal(in.Contact)
		if e != nil {
			return e
		}
		put(&c.Contact, string(b))
	}
	if in.Place != nil && err == nil {
		c.Place, err = s.customers.SealPlace(ctx, tx, c.KeyID, *in.Place)
		c.Division = in.Place.Division
		if p := in.Place.Point; p.Check() == nil && p != (geo.Point{}) {
			c.Lat, c.Lon = &p.Lat, &p.Lon
		}
	}
	return err
}

// jobOf is the job that all clocks of a case and its work belong to.
func jobOf(id ID) clocks.Job { return clocks.JobOf(string(id), clocks.Record{}) }

// attributes choose a case's targets; a complaint's class takes the place of its priority once it is known.
func (s *Service) attributes(c Case) clocks.Attributes {
	priority := string(c.Priority)
	if c.Type == Complaint && c.Severity != "" {
		priority = string(c.Severity)
	}
	return clocks.Attributes{
		ServiceType: string(c.ServiceType), ProductLine: string(c.Category), Priority: priority, Brand: string(c.BrandID), RegionTier: clocks.RegionTierOf(c.Division),
	}
}

// milestones are what a case owes from its opening on. Trading with no action for over fifteen days on a
// demand is wilful delay: a complaint counts them.
func milestones(t Type) []clocks.Milestone {
	if t == Complaint {
		return []clocks.Milestone{clocks.FirstResponse, clocks.ComplaintPlan, clocks.ComplaintClosed, clocks.FifteenDayAction}
	}
	return []clocks.Milestone{clocks.FirstResponse, clocks.Diagnosis}
}

// startClocks begins what a new case owes: the first answer and the diagnosis; a complaint its plan and
// its end. A case of history has no clocks.
func (s *Service) startClocks(ctx context.Context, tx *db.Tx, c *Case) error {
	if c.Origin == string(access.History) {
		return nil
	}
	attrs := s.attributes(*c)
	for _, m := range milestones(c.Type) {
		cl, ok, err := s.clocks.StartTx(ctx, tx, clocks.Start{
			Job: jobOf(c.ID), RecordKind: "case", RecordID: string(c.ID), Milestone: m, Attrs: attrs, At: c.OccurredAt, NewJob: true,
		})
		if err != nil {
			return err
		}
		if ok && (c.ClockDueAt == nil || cl.Due.Before(*c.ClockDueAt)) {
			c.ClockDueAt = new(cl.Due)
		}
	}
	c.NextDueAt = c.ClockDueAt
	return nil
}

// index puts what may be found into the search index: number, masked texts; never phones or doors.
func (s *Service) index(ctx context.Context, tx *db.Tx, c Case, text []string) error {
	masked := make([]string, 0, len(text))
	for _, t := range text {
		masked = append(masked, crypt.MaskText(t))
	}
	return s.search.IndexTx(ctx, tx, search.Doc{
		Kind: "case", ID: string(c.ID), Brand: string(c.BrandID), Text: masked, Terms: []string{c.Number, c.ExternalID},
	})
}

// trail is what the audit keeps of a case: codes and ids.
func (c Case) trail() map[string]any {
	m := map[string]any{"state": c.State, "priority": c.Priority, "version": c.Version}
	add := func(k, v string) {
		if v != "" {
			m[k] = v
		}
	}
	add("type", string(c.Type))
	add("assignee", c.AssigneeID)
	add("team", c.Team)
	add("customer", string(c.CustomerID))
	add("unit", string(c.UnitID))
	add("symptom", string(c.Symptom))
	add("service_type", string(c.ServiceType))
	add("sub_state", c.SubState)
	add("safety", string(c.Safety))
	add("stage", string(c.Stage))
	add("severity", string(c.Severity))
	add("responsibility", string(c.Blame))
	add("merged_into", string(c.MergedInto))
	return m
}

func (c Case) fact(at time.Time) Fact {
	return Fact{
		Head:   events.Head{ID: string(c.ID), Version: c.Version, OccurredAt: at, BrandID: string(c.BrandID), OutletPath: c.OutletPath},
		Number: c.Number, Type: c.Type, State: c.State, Priority: string(c.Priority), Safety: c.Safety, Reason: c.Reason, AssigneeID: c.AssigneeID,
		CustomerID: string(c.CustomerID), UnitID: string(c.UnitID), MergedInto: c.MergedInto, ServiceType: string(c.ServiceType),
	}
}

// Get returns a case that the actor sees.
func (s *Service) Get(ctx context.Context, id ID) (Case, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Case{}, err
	}
	return find(ctx, s.db, access.From(ctx).Scope, id)
}

// Find reads a case within the actor's scope, for higher modules.
func (s *Service) Find(ctx context.Context, q db.Querier, id ID) (Case, error) {
	return find(ctx, q, access.From(ctx).Scope, id)
}

// IDsOfCustomer names the newest cases of a customer, 500 at the most; for duties and acts that see everything.
func (s *Service) IDsOfCustomer(ctx context.Context, q db.Querier, id customers.ID) ([]ID, error) {
	return db.List(ctx, q, func(r db.Scanner) (v ID, err error) { return v, r.Scan(&v) },
		`SELECT id FROM cases_case WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 500`, id)
}

// ByIDs reads the cases of ids that the actor sees, in one query a 500.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []ID) (map[ID]Case, error) {
	return byIDs(ctx, q, access.From(ctx).Scope, ids)
}

// List reads one page of cases and one row more, which tells whether there is another page.
func (s *Service) List(ctx context.Context, f Filter) ([]Case, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	a := access.From(ctx)
	if f.Queue == "mine" {
		f.AssigneeID = a.ID
	}
	return list(ctx, s.db, a.Scope, f)
}

// Search finds cases by text: number, words, any adjacent Chinese characters. It returns them by rank
// and how many there are, counted to a bound.
func (s *Service) Search(ctx context.Context, text string, limit int) (list []Case, total int, more bool, err error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, 0, false, err
	}
	scope := access.From(ctx).Scope
	q := search.Query{Kinds: []string{"case"}, Text: text, Limit: limit, Scope: search.ScopeOf(scope)}
	if !scope.Centre() { // an outlet sees cases by its work on them, which the index does not know
		q.Visible = func(ctx context.Context, ids []string) (map[string]bool, error) {
			return visible(ctx, s.db, scope, ids)
		}
	}
	res, err := s.search.Query(ctx, q)
	if err != nil {
		return nil, 0, false, err
	}
	ids := make([]ID, len(res.Hits))
	for i, h := range res.Hits {
		ids[i] = ID(h.ID)
	}
	found, err := byIDs(ctx, s.db, scope, ids)
	if err != nil {
		return nil, 0, false, err
	}
	for _, id := range ids {
		if c, ok := found[id]; ok {
			list = append(list, c)
		}
	}
	return list, res.Total, res.More, nil
}

// Texts are a case's opened texts.
type Texts struct {
	Summary string
	Detail  string
	Contact Contact
	Erased  bool // the person's key was destroyed
}

// Open texts of many cases, with one query for their keys.
func (s *Service) textsOf(ctx context.Context, list []Case) (map[ID]Texts, error) {
	var in []crypt.Sealed
	for _, c := range list {
		in = append(in, crypt.Sealed{Key: c.KeyID, Data: c.Summary}, crypt.Sealed{Key: c.KeyID, Data: c.Detail}, crypt.Sealed{Key: c.KeyID, Data: c.Contact})
	}
	opened, err := s.keys.OpenMany(ctx, s.db, in)
	if err != nil {
		return nil, err
	}
	out := make(map[ID]Texts, len(list))
	for i, c := range list {
		t := Texts{Summary: opened[3*i].Text, Detail: opened[3*i+1].Text, Erased: opened[3*i].Erased}
		if raw := opened[3*i+2].Text; raw != "" {
			if err := json.Unmarshal([]byte(raw), &t.Contact); err != nil {
				return nil, fmt.Errorf("contact of case %s: %w", c.ID, err)
			}
		}
		out[c.ID] = t
	}
	return out, nil
}

// TextsOf opens the texts of one case; the caller was allowed to read it.
func (s *Service) TextsOf(ctx context.Context, c Case) (Texts, error) {
	m, err := s.textsOf(ctx, []Case{c})
	return m[c.ID], err
}

func (s *Service) contactOf(ctx context.Context, q db.Querier, c Case) (Contact, error) {
	var out Contact
	raw, err := s.keys.Open(ctx, q, c.KeyID, c.Contact)
	if err != nil || raw == "" {
		return out, err
	}
	return out, json.Unmarshal([]byte(raw), &out)
}

// PlaceOf opens the place snapshot of a case; none is the zero place.
func (s *Service) PlaceOf(ctx context.Context, q db.Querier, c Case) (customers.Place, error) {
	if c.Place == nil {
		return customers.Place{}, nil
	}
	return s.customers.OpenPlace(ctx, q, c.KeyID, c.Place)
}

// OnCustomerErased destroys the keys that cases of an erased person have on their own, and forgets their
// words in the search index.
func (s *Service) OnCustomerErased(ctx context.Context, ev customers.Erased) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		for _, id := range ev.IDs {
			keys, err := keysOf(ctx, tx, id)
			if err != nil {
				return err
			}
			if len(keys) > 0 {
				if err := s.keys.DestroyTx(ctx, tx, keys...); err != nil {
					return err
				}
			}
			found, err := list(ctx, tx, access.Everything, Filter{Queue: "recent", CustomerID: id, Limit: 1000})
			if err != nil {
				return err
			}
			for _, c := range found {
				if err := s.search.RemoveTx(ctx, tx, "case", string(c.ID)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Subscribe makes cases hear of what they react to.
func (s *Service) Subscribe(b *events.Bus) {
	events.Subscribe(b, "cases.on_customer_erased", s.OnCustomerErased)
	b.SubscribeTopics("cases.on_clock", clocks.Topics, s.onClock)
	s.subscribeMessages(b)
	s.subscribeWatch(b)
}

// onClock keeps the queue's key true when a clock of a case ran out, stood still or was moved by somebody
// else's act. It reads the deadlines again, so it may run twice.
func (s *Service) onClock(ctx context.Context, e events.Stored) error {
	var t clocks.Told
	if err := json.Unmarshal(e.Body, &t); err != nil {
		return fmt.Errorf("event %s: %w", e.Topic, err)
	}
	if t.RecordKind != "case" {
		return nil
	}
	err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.refreshQueueTx(ctx, tx, ID(t.RecordID)) })
	if errors.Is(err, ErrNotFound) {
		return nil // a clock of a case that another system keeps
	}
	return err
}

// ByExternal finds a case by the id that another system gave it.
func (s *Service) ByExternal(ctx context.Context, q db.Querier, external string) (Case, bool, error) {
	c, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM cases_case WHERE external_id = $1`, external)
	if errors.Is(err, db.ErrNoRows) {
		return Case{}, false, nil
	}
	return c, err == nil, err
}
