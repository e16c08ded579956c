package cases

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/imports/importstest"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
	"anxin/internal/units"
)

const customerSheet = `外部编号,姓名,电话,地址,品牌代码
K1,李四,13900001111,浙江省杭州市西湖区文三路1号2幢301,ANA
K2,,021-5555,,
K3,赵六,,,NONE
K4,,,,
`

const unitSheet = `external_id,brand,model,serial,customer,address,installed_on,price
M1,ANA,JSQ-16,SN-900001,K1,浙江省杭州市西湖区文三路1号2幢301,2025-05-01,2999
M2,ANA,JSQ-16,sn 900001,,,,
M3,ANA,JSQ-99,SN-900003,K9,,,12.345
M4,BEI,,SN-900004,K2,,2099-01-01,
`

const caseSheet = `external_id,brand,summary,detail,customer,unit,contact_phone,address,occurred_at,state,closed_at,category
C1,ANA,打不着火,联系电话13900001111,K1,M1,,,2024-03-01 08:00,,,
C2,ANA,漏水,,,SN-900001,13900002222,浙江省杭州市余杭区文一西路969号3幢1704室,2024-03-02 09:00,closed,2024-03-03 10:00,GWH
C3,ANA,噪音,,K9,,,,2024-03-02 09:00,,,
C4,BEI,噪音,,,M1,,,2024-03-02 09:00,serving,,
C5,ANA,,,,,,,2024-03-02 09:00,cancelled,,NONE
C6,ANA,早,,,,,,2024-03-02 09:00,closed,2024-03-01 10:00,
`

func (f *fixture) importer() *importstest.Importer {
	return importstest.New(f.t, f.d, f.keys, f.cust.ImportTarget(f.cat), f.things.ImportTarget(), f.ImportTarget())
}

func (f *fixture) external(id string) Case {
	f.t.Helper()
	c, err := db.Get(f.ctx, f.d, scan, `SELECT `+columns+` FROM cases_case WHERE external_id = $1`, id)
	if err != nil {
		f.t.Fatalf("case %s: %v", id, err)
	}
	return c
}

func TestImport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		im := f.importer()
		in := func(target string) imports.StartInput {
			return imports.StartInput{Target: target, Mapping: imports.Mapping{System: "crm"}}
		}
		people := im.Do(f.ctx, in("customers"), customerSheet)
		im.Want(f.ctx, people, 2, 0, 0, "4 brand unknown_reference", "5 name required")
		things := im.Do(f.ctx, in("units"), unitSheet)
		im.Want(f.ctx, things, 1, 0, 0, "3  units.serial_taken", "4 model unknown_reference", "4 customer unknown_reference", "4 price bad_format", "5 installed_on out_of_range")
		list := im.Do(f.ctx, in("cases"), caseSheet)
		im.Want(f.ctx, list, 2, 0, 0, "4 customer unknown_reference", "5 state bad_choice", "6 summary required", "7 closed_at bad_time")

		who, err := f.cust.ImportedByExternal(f.ctx, d, "crm", []string{"K1", "K2", "K3"})
		if err != nil || len(who) != 2 || who["K1"].Name != "李四" {
			t.Fatalf("customers %+v, %v", who, err)
		}
		c1, c2 := f.external("crm:C1"), f.external("crm:C2")
		if c1.CustomerID != who["K1"].ID || c1.KeyID != who["K1"].KeyID || c1.OwnKey || c1.Category != "GWH" || c1.State != Open || !c1.OccurredAt.Equal(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("C1 = %+v", c1)
		}
		if c2.State != Closed || c2.Live() || c2.ClosedAt == nil || c2.UnitID != c1.UnitID || c2.Lat == nil || c2.Division != "330110" || c2.Reason != "solved" {
			t.Errorf("C2 = %+v", c2)
		}
		if due, err := f.clocks.OfRecord(f.ctx, d, "case", string(c1.ID)); err != nil || len(due) != 0 {
			t.Errorf("history started %d clocks, %v", len(due), err)
		}
		told, err := events.OfRecord(f.ctx, d, "case", string(c1.ID))
		if err != nil || len(told) != 1 || told[0].Origin != access.History || told[0].Topic != (Opened{}).Topic() {
			t.Errorf("history told %+v, %v", told, err)
		}
		// Nothing of a person lies in the clear.
		all := dbtest.Dump(t, d, "events_event", "audit_entry", "imports_row", "imports_error", "imports_run", "search_pending", "cases_case", "customers_customer", "units_unit")
		for _, secret := range []string{"13900001111", "13900002222", "李四", "1704室"} {
			if strings.Contains(all, secret) {
				t.Errorf("the tables hold %s", secret)
			}
		}
		// The same sheets again: nothing new; a closed one; a summary that was mended.
		im.Want(f.ctx, im.Do(f.ctx, in("customers"), strings.Replace(customerSheet, "13900001111", "13900003333", 1)), 0, 1, 1, "4 brand unknown_reference", "5 name required")
		changed := im.Do(f.ctx, in("cases"), strings.NewReplacer("2024-03-01 08:00,,,", "2024-03-01 08:00,closed,2024-04-01 08:00,", "漏水", "漏水严重").Replace(caseSheet))
		im.Want(f.ctx, changed, 0, 2, 0, "4 customer unknown_reference", "5 state bad_choice", "6 summary required", "7 closed_at bad_time")
		if c := f.external("crm:C1"); c.State != Closed || c.ClosedAt == nil || c.Version != 2 {
			t.Errorf("C1 after the second sheet = %s %v version %d", c.State, c.ClosedAt, c.Version)
		}
		if u := im.TakeBack(f.ctx, changed); u.Undone != 2 || u.Kept != 0 {
			t.Errorf("undo of the change: %d undone, %d kept", u.Undone, u.Kept)
		}
		if c := f.external("crm:C1"); c.State != Open || c.ClosedAt != nil {
			t.Errorf("C1 after the undo = %s %v", c.State, c.ClosedAt)
		}
		if texts, err := f.TextsOf(f.ctx, f.external("crm:C2")); err != nil || texts.Summary != "漏水" {
			t.Errorf("C2's summary after the undo %q, %v", texts.Summary, err)
		}
		// A person works on C1: the undo of the list leaves it, and what it is about.
		if _, err := f.AddNote(f.ctx, NoteInput{ActInput: ActInput{ID: c1.ID}, Kind: "internal", Text: "已联系"}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name         string
			run          imports.Run
			undone, kept int64
		}{
			{"cases", list, 0, 2}, // C2 went on by the change and its undo
			{"units", things, 0, 1},
			{"customers", people, 1, 1},
		} {
			if u := im.TakeBack(f.ctx, tt.run); u.Undone != tt.undone || u.Kept != tt.kept {
				t.Errorf("undo of %s: %d undone, %d kept; want %d, %d", tt.name, u.Undone, u.Kept, tt.undone, tt.kept)
			}
		}
	})
}

func TestImportLiveAndScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		im := f.importer()
		sheet := "external_id,brand,summary,contact_phone,occurred_at,state\nL1,ANA,打不着火,13900001111,2026-11-20 10:00,\nL2,ANA,太早,,2020-01-01,\nL3,ANA,已结,,2026-11-20 10:00,closed\n"
		in := imports.StartInput{Target: "cases", Origin: access.Live}
		r := im.Do(f.ctx, in, sheet)
		im.Want(f.ctx, r, 1, 0, 0, "3 occurred_at bad_time", "4 state bad_choice")
		c := f.external("L1")
		due, err := f.clocks.OfRecord(f.ctx, d, "case", string(c.ID))
		if err != nil || len(due) != 2 || due[0].Milestone != clocks.FirstResponse && due[1].Milestone != clocks.FirstResponse {
			t.Errorf("a live case has clocks %+v, %v", due, err)
		}
		im.Want(f.ctx, im.Do(f.ctx, in, strings.Replace(sheet, "打不着火", "打不着火了", 1)), 0, 0, 0, "2 external_id taken", "3 occurred_at bad_time", "4 state bad_choice")
		if _, err := im.Undo(f.ctx, r.ID, true); !problem.Match(err, imports.ErrNoUndo) {
			t.Errorf("undo of a live run: %v", err)
		}
		// An outlet of the other brand neither changes it nor learns that it is there beyond the id.
		out := f.as("w", access.Scope{OutletPath: "/hz/west/", Brands: []string{string(f.other)}})
		im.Want(out, im.Do(out, imports.StartInput{Target: "cases"}, "external_id,brand,summary,occurred_at\nL1,ANA,x,2024-01-01\nW1,BEI,本网点的单,2024-01-01\n"), 1, 0, 0, "2 brand unknown_reference")
		mine := f.external("W1")
		if mine.OutletPath != "/hz/west/" {
			t.Errorf("the outlet's case lies at %s", mine.OutletPath)
		}
		if _, err := f.Get(out, mine.ID); err != nil {
			t.Errorf("the outlet does not see what it imported: %v", err)
		}
		if sheet := im.Sheet(out, "cases", false); !strings.Contains(sheet, "W1") || strings.Contains(sheet, "L1") {
			t.Errorf("the outlet's export:\n%s", sheet)
		}
		if sheet := im.Sheet(f.ctx, "cases", true); !strings.Contains(sheet, "13900001111") {
			t.Errorf("the centre's clear export:\n%s", sheet)
		}
		if sheet := im.Sheet(f.ctx, "cases", false); strings.Contains(sheet, "13900001111") || strings.Contains(sheet, "打不着火") {
			t.Errorf("the centre's export:\n%s", sheet)
		}
		// Undo of the outlet's own history: case, key and right go.
		key := mine.KeyID
		runs, err := im.List(out, 0, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		if u := im.TakeBack(out, runs[0]); u.Undone != 1 {
			t.Errorf("undo %+v", u)
		}
		if _, err := f.keys.Open(f.ctx, d, key, mine.Summary); !customers.IsErased(err) {
			t.Errorf("the removed case's text opens: %v", err)
		}
	})
}

// BenchmarkImport writes rows of history as fast as it can: go test -bench Import -benchtime 20000x.
func BenchmarkImport(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			var d *db.DB
			if dsn := os.Getenv("ANXIN_BENCH_" + strings.ToUpper(engine)); dsn != "" {
				var err error
				if d, err = db.Open(b.Context(), dsn, db.Options{}); err != nil {
					b.Fatal(err)
				}
			} else if engine == "sqlite" {
				d = dbtest.SQLite(b)
			} else {
				d = dbtest.Postgres(b)
			}
			im, ctx := benchImporter(b, d)
			var sheet strings.Builder
			sheet.WriteString("external_id,brand,summary,detail,contact_name,contact_phone,address,occurred_at,state,closed_at\n")
			for i := range b.N {
				fmt.Fprintf(&sheet, "T%06d,ANA,空调不制冷 %d,开机十分钟后出风不冷、外机不转,王先生,138%08d,浙江省杭州市西湖区文三路%d号2幢301,2024-03-%02d 08:00,%s\n",
					i, i, i, i%900+1, i%28+1, []string{"open,", "closed,2024-04-01 10:00"}[i%2])
			}
			b.ResetTimer()
			start := time.Now()
			r := im.Do(ctx, imports.StartInput{Target: "cases", Mapping: imports.Mapping{System: "old"}}, sheet.String())
			b.StopTimer()
			if r.Made != int64(b.N) {
				b.Fatalf("made %d of %d", r.Made, b.N)
			}
			b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "rows/s")
		})
	}
}

func benchImporter(b *testing.B, d *db.DB) (*importstest.Importer, context.Context) {
	b.Helper()
	ctx := access.With(b.Context(), access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"*": true}, Scope: access.Everything})
	keys := crypttest.New(b, d)
	cat := catalog.New(d)
	if err := catalog.Seed(ctx, d); err != nil {
		b.Fatal(err)
	}
	if _, err := cat.CreateBrand(ctx, catalog.CreateBrandInput{Code: "ANA", NameZh: "安然"}); err != nil {
		b.Fatal(err)
	}
	cust := customers.New(d, keys)
	s := New(d, db.NewNumbers(d, time.UTC), keys, search.New(d, keys, nil), cat, cust, units.New(d, keys, cat, cust, nil), clocks.New(d))
	return importstest.New(b, d, keys, s.ImportTarget()), ctx
}
