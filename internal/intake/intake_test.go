package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/units"
)

// noon is a Monday, 12:00 in Shanghai.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

const (
	seededPhone = "13812345678"
	seededName  = "欧阳明月"
	seededDoor  = "8幢3单元1502室"
)

// fixture is the centre with brands one and two.
type fixture struct {
	*Service
	t        *testing.T
	d        *db.DB
	ctx      context.Context // the centre's admin
	one, two catalog.BrandID
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	dbtest.Clock(d, noon)
	f := &fixture{t: t, d: d}
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	keys, zone := crypttest.New(t, d), time.FixedZone("UTC+8", 8*3600)
	cat, cust, cl := catalog.New(d), customers.New(d, keys), clocks.New(d)
	un := units.New(d, keys, cat, cust, zone)
	cs := cases.New(d, db.NewNumbers(d, zone), keys, search.New(d, keys, nil), cat, cust, un, cl)
	f.Service = New(d, keys, cat, cust, un, cs)
	f.must(catalog.Seed(t.Context(), d))
	f.must(cl.Seed(t.Context()))
	for code, id := range map[string]*catalog.BrandID{"ONE": &f.one, "TWO": &f.two} {
		b, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: code, NameZh: "品牌" + code, NameEn: code})
		f.must(err)
		*id = b.ID
	}
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// form is what a customer sends from the web.
func (f *fixture) form(change ...func(*ReportInput)) ReportInput {
	in := ReportInput{
		BrandID: f.one, Category: "GWH", Symptom: "GWH-S03", ServiceType: "REP", Text: "热水器水忽冷忽热\n请尽快", Name: seededName, Phone: seededPhone,
		Address: &customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号" + seededDoor}, Consent: true,
	}
	for _, c := range change {
		c(&in)
	}
	return in
}

func (f *fixture) as(path string, brands ...catalog.BrandID) context.Context {
	set := access.Set{permRead: true, permReceive: true}
	for _, p := range cases.Permissions {
		set[p.Key] = true
	}
	scope := access.Scope{OutletPath: path}
	if len(brands) > 0 {
		scope.Brands = db.Strings(brands)
	}
	return access.With(f.t.Context(), access.Actor{Kind: access.User, ID: "user" + path, Permissions: set, Scope: scope, Lang: "zh-CN"})
}

func nobody(t *testing.T) context.Context {
	return access.With(t.Context(), access.Actor{Kind: access.Public, ID: "web"})
}

func (f *fixture) count(table string) int64 {
	f.t.Helper()
	n, err := db.Get(f.t.Context(), f.d, db.ScanInt, `SELECT COUNT(*) FROM `+table)
	f.must(err)
	return n
}

func TestWebForm(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		done, err := f.Report(nobody(t), f.form())
		f.must(err)
		c := done.Case
		if c.State != cases.Open || c.Channel != cases.Web || c.BrandID != f.one || c.CustomerID != done.Customer || done.Known {
			t.Errorf("reported %+v, known %v; want an open case from the web by a new customer", c, done.Known)
		}
		conv, msgs, err := f.Messages(f.ctx, done.Conversation)
		f.must(err)
		if conv.Channel != WebForm || conv.CaseID != c.ID || conv.BrandID != f.one || conv.CustomerID != done.Customer || conv.OutletPath != "/" {
			t.Errorf("conversation %+v", conv)
		}
		if len(msgs) != 1 || msgs[0].Clear != "热水器水忽冷忽热\n请尽快" || msgs[0].Direction != "in" || msgs[0].Author != "system:intake.web" {
			t.Errorf("messages %+v, want the text as it came", msgs)
		}
		list, err := events.OfRecord(t.Context(), d, "conversation", string(done.Conversation))
		f.must(err)
		if len(list) != 1 || list[0].Topic != "conversation.received.v1" {
			t.Errorf("events %+v, want conversation.received.v1", list)
		}
		if body := string(list[0].Body); strings.Contains(body, seededPhone) || strings.Contains(body, "忽冷") {
			t.Errorf("the event tells what the customer said: %s", body)
		}

		again, err := f.Report(nobody(t), f.form(func(in *ReportInput) { in.Text, in.Name = "又坏了", "明月" }))
		f.must(err)
		if !again.Known || again.Customer != done.Customer || again.Case.ID == c.ID {
			t.Errorf("the same phone again: customer %s, known %v; want %s and another case", again.Customer, again.Known, done.Customer)
		}
		if n := f.count("customers_customer"); n != 1 {
			t.Errorf("%d customers, want 1", n)
		}
		danger, err := f.Report(nobody(t), f.form(func(in *ReportInput) { in.Text = "厨房里有煤气味" }))
		f.must(err)
		if danger.Case.Safety != cases.Gas || danger.Case.Priority != cases.P1 {
			t.Errorf("gas smell: safety %q, priority %s; want gas, P1", danger.Case.Safety, danger.Case.Priority)
		}
	})
}

// TestRefused: what is wrong is told by field, and nothing is written.
func TestRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for name, tt := range map[string]struct {
			change func(*ReportInput)
			field  string
		}{
			"no consent":      {func(in *ReportInput) { in.Consent = false }, "consent"},
			"no text":         {func(in *ReportInput) { in.Text = " \n\t" }, "text"},
			"long text":       {func(in *ReportInput) { in.Text = strings.Repeat("坏", maxText+1) }, "text"},
			"no brand":        {func(in *ReportInput) { in.BrandID = "" }, "brand_id"},
			"unknown brand":   {func(in *ReportInput) { in.BrandID = "nonsense" }, "brand_id"},
			"no phone":        {func(in *ReportInput) { in.Phone = " " }, "phone"},
			"no name":         {func(in *ReportInput) { in.Name = "" }, "name"},
			"bad phone":       {func(in *ReportInput) { in.Phone = "12" }, "phone"},
			"unknown symptom": {func(in *ReportInput) { in.Symptom = "'; DROP TABLE everything; --" }, "symptom"},
			"unknown type":    {func(in *ReportInput) { in.Type = "<script>" }, "type"},
			"unknown service": {func(in *ReportInput) { in.ServiceType = "NOPE" }, "service_type"},
			"unknown unit":    {func(in *ReportInput) { in.UnitID = "0190c2a4-0000-7000-8000-000000000000" }, "unit_id"},
			"long address":    {func(in *ReportInput) { in.Address.Text = strings.Repeat("路", 600) }, "address.text"},
		} {
			_, err := f.Report(nobody(t), f.form(tt.change))
			var fields []string
			if e := asProblem(err); e != nil {
				for _, x := range e.Fields {
					fields = append(fields, x.Field)
				}
			}
			if !slices.Contains(fields, tt.field) {
				t.Errorf("%s: %v with fields %v, want %s", name, err, fields, tt.field)
			}
		}
		if _, err := f.PhoneNote(nobody(t), f.form()); problem.CodeOf(err).Kind != problem.Unauthorized {
			t.Errorf("a phone note by nobody: %v, want unauthorised", err)
		}
		for _, table := range []string{"customers_customer", "cases_case", "intake_conversation", "intake_message"} {
			if n := f.count(table); n != 0 {
				t.Errorf("%d rows in %s after refusals, want 0", n, table)
			}
		}
	})
}

func asProblem(err error) *problem.Error {
	var e *problem.Error
	if problem.CodeOf(err) == nil {
		return nil
	}
	if !errors.As(err, &e) {
		return nil
	}
	return e
}

func TestPhoneNote(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		first, err := f.PhoneNote(f.as("/"), f.form(func(in *ReportInput) { in.Consent = false })) // told by word of mouth
		f.must(err)
		if first.Case.Channel != cases.Phone || first.Known {
			t.Errorf("phone note: channel %s, known %v", first.Case.Channel, first.Known)
		}
		_, msgs, err := f.Messages(f.ctx, first.Conversation)
		f.must(err)
		if len(msgs) != 1 || msgs[0].Direction != "note" || msgs[0].Author != "user:user/" {
			t.Errorf("messages %+v, want the agent's note", msgs)
		}
		chosen, err := f.PhoneNote(f.as("/"), f.form(func(in *ReportInput) { in.CustomerID, in.Name, in.Phone = first.Customer, "", "" }))
		f.must(err)
		if chosen.Customer != first.Customer || !chosen.Known {
			t.Errorf("a chosen customer: %s, known %v", chosen.Customer, chosen.Known)
		}
		_, err = f.PhoneNote(f.as("/"), f.form(func(in *ReportInput) { in.CustomerID = "0190c2a4-0000-7000-8000-000000000000" }))
		if e := asProblem(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Field != "customer_id" {
			t.Errorf("an unknown customer: %v, want the field customer_id", err)
		}
	})
}

// TestScope: another brand and another outlet see no conversation, and nobody takes in what is not theirs.
func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		centre, err := f.Report(nobody(t), f.form())
		f.must(err)
		own, err := f.PhoneNote(f.as("/hz/"), f.form(func(in *ReportInput) { in.Phone, in.Name = "13987650123", "王五" }))
		f.must(err)
		for name, tt := range map[string]struct {
			ctx  context.Context
			want []ID // the newest first
		}{
			"centre":              {f.as("/"), []ID{own.Conversation, centre.Conversation}},
			"brand one":           {f.as("/", f.one), []ID{own.Conversation, centre.Conversation}},
			"brand two":           {f.as("/", f.two), nil},
			"the outlet":          {f.as("/hz/"), []ID{own.Conversation}},
			"outlet of brand two": {f.as("/hz/", f.two), nil},
			"another outlet":      {f.as("/sh/"), nil},
		} {
			list, err := f.List(tt.ctx, Filter{Limit: 10})
			f.must(err)
			var got []ID
			for _, c := range list {
				got = append(got, c.ID)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", name, got, tt.want)
			}
			for _, id := range []ID{own.Conversation, centre.Conversation} {
				_, _, err := f.Messages(tt.ctx, id)
				if sees := slices.Contains(tt.want, id); sees != (err == nil) || !sees && !problem.Match(err, ErrNotFound) {
					t.Errorf("%s: messages of %s: %v, sees %v", name, id, err, sees)
				}
			}
		}
		_, err = f.PhoneNote(f.as("/", f.two), f.form())
		if e := asProblem(err); e == nil || e.Fields[0].Field != "brand_id" {
			t.Errorf("a case of another brand: %v, want the field brand_id", err)
		}
		// An outlet cannot take a customer or a machine that it does not see, and so come to see them.
		_, err = f.PhoneNote(f.as("/sh/"), f.form(func(in *ReportInput) { in.CustomerID = centre.Customer }))
		if e := asProblem(err); e == nil || e.Fields[0].Field != "customer_id" {
			t.Errorf("another's customer: %v, want the field customer_id", err)
		}
		var unit units.Unit
		f.must(db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) (err error) {
			unit, err = f.units.CreateTx(ctx, tx, units.CreateInput{Brand: f.one, Category: "GWH", Owner: centre.Customer})
			return err
		}))
		_, err = f.PhoneNote(f.as("/sh/"), f.form(func(in *ReportInput) { in.Phone, in.UnitID = "13700000000", unit.ID }))
		if e := asProblem(err); e == nil || e.Fields[0].Field != "unit_id" {
			t.Errorf("another's machine: %v, want the field unit_id", err)
		}
		seen, err := f.customers.Visible(f.as("/sh/"), d, []customers.ID{centre.Customer})
		if err != nil || seen[centre.Customer] {
			t.Errorf("after the attempts /sh/ sees the customer: %v (%v)", seen, err)
		}
	})
}

// TestSamePhone: a phone that several people share leads to the one of the same name.
func TestSamePhone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var wife, husband customers.Customer
		f.must(db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) (err error) {
			for name, c := range map[string]*customers.Customer{"李红": &wife, "王强": &husband} {
				*c, err = f.customers.CreateTx(ctx, tx, customers.CreateInput{Name: name, Phones: []customers.PhoneInput{{Number: seededPhone}}, Brand: f.one})
				if err != nil {
					return err
				}
			}
			return nil
		}))
		got, err := f.Report(nobody(t), f.form(func(in *ReportInput) { in.Name = "王强" }))
		f.must(err)
		if got.Customer != husband.ID || !got.Known {
			t.Errorf("王强 is %s, known %v; want %s", got.Customer, got.Known, husband.ID)
		}
		got, err = f.Report(nobody(t), f.form(func(in *ReportInput) { in.Name = "王小强" }))
		f.must(err)
		if got.Known || got.Customer == husband.ID || got.Customer == wife.ID {
			t.Errorf("a third person with that phone is %s, known %v; want a new customer", got.Customer, got.Known)
		}
	})
}
