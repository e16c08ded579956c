package catalog

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

func admin(t *testing.T) context.Context {
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything})
}

func seeded(t *testing.T, d *db.DB) *Service {
	t.Helper()
	if err := Seed(t.Context(), d); err != nil {
		t.Fatalf("seed: %v", err)
	}
	return New(d)
}

func current(t *testing.T, s *Service) *Snapshot {
	t.Helper()
	snap, err := s.Current(t.Context(), s.db)
	if err != nil {
		t.Fatalf("current: %v", err)
	}
	return snap
}

func ptr[T any](v T) *T { return &v }

func TestSeed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		snap := current(t, s)
		for _, c := range []struct {
			what      string
			got, want int
		}{
			{"categories", len(snap.Categories()), 18},
			{"skills", len(snap.Skills()), 12},
			{"service types", len(snap.ServiceTypes()), 26},
			{"actions", len(snap.actions), 102},
			{"symptoms", len(snap.symptoms), 99},
			{"symptoms of AC", len(snap.Symptoms("AC")), 9},
			{"causes of AC-S01", len(snap.Causes("AC-S01")), 3},
			{"top classes of cases", len(snap.Classes("case", "")), 7},
		} {
			if c.got != c.want {
				t.Errorf("%s = %d, want %d", c.what, c.got, c.want)
			}
		}
		if gas, ok := snap.Symptom("GWH-S05"); !ok || !gas.StopUse || gas.Safety != "P1 gas leak" || gas.Remote != RemoteNo {
			t.Errorf("gas smell = %+v, want stop of use with P1 gas leak and no remote help", gas)
		}
		if a, ok := snap.Action("AC-A03"); !ok || a.PartType != "compressor" || a.PartClass != PartMain || a.Minutes != 180 {
			t.Errorf("AC-A03 = %+v, want the compressor, a main part, 180 minutes", a)
		}
		if err := Seed(t.Context(), d); err != nil {
			t.Fatalf("second seed: %v", err)
		}
		if v := current(t, New(d)).Version(); v != snap.Version() {
			t.Errorf("a second seed changed the version to %s, want %s", v, snap.Version())
		}
	})
}

// TestSeedIsWhole checks what SQL does not: every code that a row names exists, every word has both
// languages, every reason one of the responsibilities.
func TestSeedIsWhole(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	snap := current(t, seeded(t, d))
	for _, c := range snap.Categories() {
		if err := c.check(); err != nil {
			t.Errorf("category %s: %v", c.Code, err)
		}
		for _, k := range slices.Concat(c.InstallSkills, c.RepairSkills) {
			if _, ok := snap.Skill(k); !ok {
				t.Errorf("category %s names the skill %s, which is not there", c.Code, k)
			}
		}
		if len(snap.Symptoms(c.Code)) == 0 {
			t.Errorf("category %s has no symptom", c.Code)
		}
	}
	for _, v := range snap.ServiceTypes() {
		if err := v.check(); err != nil {
			t.Errorf("service type %s: %v", v.Code, err)
		}
		for _, n := range v.Next {
			if _, ok := snap.ServiceType(n); !ok {
				t.Errorf("service type %s is followed by %s, which is not there", v.Code, n)
			}
		}
		if v.Needs(ProofChecklist) && len(snap.Checklist(v.Code, "AC")) == 0 {
			t.Errorf("service type %s asks for a checklist and has none", v.Code)
		}
	}
	for _, r := range snap.Reasons("") {
		if err := r.check(); err != nil || r.NameEn == "" {
			t.Errorf("reason %s: %v, English %q", r.Code, err, r.NameEn)
		}
	}
	for _, l := range snap.Labels("") {
		if err := l.check(); err != nil || l.StaffEn == "" || l.CustomerEn == "" {
			t.Errorf("label %s/%s: %v", l.Kind, l.Code, err)
		}
	}
	for code, it := range snap.checklistItem {
		var f problem.Fields
		it.check(&f, code)
		if err := f.Err(); err != nil {
			t.Errorf("checklist item: %v", err)
		}
	}
	for _, a := range snap.actions {
		if a.NameEn == "" || a.Minutes <= 0 || !slices.Contains([]string{"Y", "P", "N"}, a.Remote) || (a.PartType == "") != (a.PartClass == PartNone) {
			t.Errorf("action %+v is not whole", a)
		}
		if _, ok := snap.Cause(a.Cause); !ok {
			t.Errorf("action %s is for the cause %s, which is not there", a.Code, a.Cause)
		}
	}
	for _, sy := range snap.symptoms {
		if sy.Family == "" || sy.NameEn == "" {
			t.Errorf("symptom %+v is not whole", sy)
		}
	}
	// Acts that need a reason by the state tables.
	for _, kind := range strings.Fields(`case.cancel case.reopen case.not_solved case.close case.merge order.decline order.give_back order.unschedule
		order.break_off order.continue order.reject order.suspend order.cancel order.withdraw order.expire promise.change visit.decline visit.reschedule
		visit.fail visit.cancel quote.refuse quote.supersede return.reject callback.waive clock.pause outlet.suspend outlet.close engineer.suspend engineer.leave`) {
		if len(snap.Reasons(kind)) == 0 {
			t.Errorf("no reason fits %s", kind)
		}
	}
}

func TestRequirements(t *testing.T) {
	t.Parallel()
	snap := current(t, seeded(t, dbtest.SQLite(t)))
	for _, tt := range []struct {
		st     ServiceTypeCode
		cat    CategoryCode
		action ActionCode
		want   string
	}{
		{"INST", "AC", "", `{"skills":["HEIGHT","LVE","REFR"],"minutes":120,"crew":1}`},
		{"INST", "CAC", "", `{"skills":["HEIGHT","LVE","REFR","WELD"],"minutes":960,"crew":2}`},
		{"REP", "AC", "", `{"skills":["LVE","REFR"],"minutes":60,"crew":1}`},
		{"REP", "CAC", "CAC-A03", `{"skills":["LVE","REFR","WELD"],"minutes":240,"crew":1}`},
		{"REREP", "GWH", "GWH-A05", `{"skills":["GAS","LVE"],"minutes":75,"crew":1}`},
		{"CLEAN", "RH", "", `{"skills":null,"minutes":75,"crew":1}`},
		{"NONE", "NONE", "", `{"skills":null,"minutes":15,"crew":1}`},
	} {
		got, err := json.Marshal(snap.Requirements(tt.st, tt.cat, tt.action))
		if err != nil || string(got) != tt.want {
			t.Errorf("Requirements(%s, %s, %s) = %s, %v, want %s", tt.st, tt.cat, tt.action, got, err, tt.want)
		}
	}
}

func TestCheckReason(t *testing.T) {
	t.Parallel()
	snap := current(t, seeded(t, dbtest.SQLite(t)))
	for _, tt := range []struct {
		kind, note string
		code       ReasonCode
		field      string // "" = accepted
	}{
		{"case.cancel", "", "duplicate", ""},
		{"case.cancel", "", "", "reason"},
		{"case.cancel", "", "nonsense", "reason"},
		{"visit.fail", "", "duplicate", "reason"},
		{"case.cancel", " ", "other_cancel", "note"},
		{"case.cancel", "because", "other_cancel", ""},
	} {
		_, err := snap.CheckReason(tt.kind, tt.code, tt.note)
		var e *problem.Error
		got := ""
		if errors.As(err, &e) {
			got = e.Fields[0].Field
		}
		if got != tt.field {
			t.Errorf("CheckReason(%s, %s, %q) refuses %q, want %q", tt.kind, tt.code, tt.note, got, tt.field)
		}
	}
}

func TestEdits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		b, err := s.CreateBrand(ctx, CreateBrandInput{Code: "hl", NameZh: "海岚", NameEn: "Hailan", Hotline: "400-800-1234"})
		if err != nil {
			t.Fatalf("create brand: %v", err)
		}
		if got, ok := current(t, s).BrandByCode("HL"); !ok || got.ID != b.ID {
			t.Errorf("BrandByCode = %+v, %v, want the new brand at once", got, ok)
		}
		if _, err := s.CreateBrand(ctx, CreateBrandInput{Code: "HL", NameZh: "另一个"}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("second brand HL: %v, want a taken code", err)
		}
		m, err := s.CreateModel(ctx, Model{BrandID: b.ID, Category: "AC", Code: "KFR-35 GW", NameZh: "挂机", WarrantyMonths: 72, MainParts: []string{"compressor"}})
		if err != nil {
			t.Fatalf("create model: %v", err)
		}
		if got, ok := current(t, s).ModelByCode(b.ID, "kfr-35gw"); !ok || got.ID != m.ID {
			t.Errorf("ModelByCode folds no blanks and case: %+v, %v", got, ok)
		}
		for _, tt := range []struct {
			name string
			m    Model
		}{
			{"same code in other writing", Model{BrandID: b.ID, Category: "AC", Code: "kfr-35GW", NameZh: "挂机"}},
			{"unknown category", Model{BrandID: b.ID, Category: "XX", Code: "A", NameZh: "甲"}},
			{"unknown brand", Model{BrandID: "nobody", Category: "AC", Code: "A", NameZh: "甲"}},
			{"no name", Model{BrandID: b.ID, Category: "AC", Code: "A"}},
			{"control character", Model{BrandID: b.ID, Category: "AC", Code: "A\x01", NameZh: "甲"}},
			{"warranty of ages", Model{BrandID: b.ID, Category: "AC", Code: "A", NameZh: "甲", WarrantyMonths: 9999}},
		} {
			if _, err := s.CreateModel(ctx, tt.m); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", tt.name, err)
			}
		}
		m2, err := s.EditModel(ctx, EditModelInput{ID: m.ID, Version: 1, Active: ptr(false)})
		if err != nil || m2.Version != 2 {
			t.Fatalf("retire model: %+v, %v", m2, err)
		}
		if _, ok := current(t, s).Model(m.ID); !ok || len(current(t, s).Models(b.ID)) != 0 {
			t.Errorf("a retired model must be found but not listed")
		}
		if _, err := s.EditModel(ctx, EditModelInput{ID: m.ID, Version: 1, NameZh: ptr("乙")}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("edit on an old version: %v, want stale", err)
		}
		if same, err := s.EditModel(ctx, EditModelInput{ID: m.ID, Version: 2, NameZh: ptr("挂机")}); err != nil || same.Version != 2 {
			t.Errorf("an edit that changes nothing = version %d, %v, want 2", same.Version, err)
		}
		if _, err := s.EditModel(ctx, EditModelInput{ID: "nobody", Version: 1}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("edit of nothing: %v, want not found", err)
		}
		list, err := events.OfRecord(ctx, d, "catalog_model", string(m.ID))
		if err != nil || len(list) != 2 || list[1].Topic != "catalog.changed.v1" || list[1].BrandID != string(b.ID) {
			t.Errorf("events of the model = %+v, %v, want created and edited, with the brand", list, err)
		}
	})
}

// TestScope: an admin of one brand reads and writes that brand only, and nothing that all share.
func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		var ids []BrandID
		for _, code := range []string{"ONE", "TWO"} {
			b, err := s.CreateBrand(ctx, CreateBrandInput{Code: code, NameZh: code})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, b.ID)
			if _, err := s.CreateModel(ctx, Model{BrandID: b.ID, Category: "AC", Code: "M" + code, NameZh: "型号"}); err != nil {
				t.Fatal(err)
			}
		}
		limited := access.With(t.Context(), access.Actor{
			Kind: access.User, ID: "b", Permissions: access.Set{PermWrite: true},
			Scope: access.Scope{OutletPath: "/", Brands: []string{string(ids[0])}},
		})
		if _, err := s.EditBrand(limited, EditBrandInput{ID: ids[0], Version: 1, NameZh: ptr("甲")}); err != nil {
			t.Errorf("edit of the own brand: %v", err)
		}
		if _, err := s.EditBrand(limited, EditBrandInput{ID: ids[1], Version: 1, NameZh: ptr("乙")}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("edit of another's brand: %v, want not found", err)
		}
		if _, err := s.CreateModel(limited, Model{BrandID: ids[1], Category: "AC", Code: "X", NameZh: "甲"}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("model of another's brand: %v, want not found", err)
		}
		if _, err := s.EditReason(limited, EditReasonInput{Code: "duplicate", Version: 1, NameZh: ptr("甲")}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("edit of what all share: %v, want forbidden", err)
		}
		outlet := access.With(t.Context(), access.Actor{Kind: access.User, ID: "o", Permissions: access.Set{PermWrite: true}, Scope: access.Scope{OutletPath: "/hz/"}})
		if _, err := s.EditBrand(outlet, EditBrandInput{ID: ids[0], Version: 2, NameZh: ptr("乙")}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("edit by an outlet: %v, want forbidden", err)
		}
		out, err := s.getCatalog(limited, &getCatalogIn{})
		if err != nil || len(out.Body.Brands) != 1 || len(out.Body.Models) != 1 || out.Body.Models[0].BrandID != ids[0] {
			t.Errorf("catalogue of a limited actor holds other brands: %v", err)
		}
		models, err := s.listModels(limited, &listModelsIn{PageIn: httpapi.PageIn{Limit: 10}})
		if err != nil || len(models.Body.Items) != 1 {
			t.Errorf("models of a limited actor = %d, %v, want 1", len(models.Body.Items), err)
		}
	})
}

func TestChecklist(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		before := len(current(t, s).Checklist("INST", "AC"))
		if got := len(current(t, s).Checklist("DELINST", "AC")); got != before || before != 13 {
			t.Errorf("checklist of DELINST = %d, of INST = %d, want 13 both", got, before)
		}
		items := []ChecklistItem{{Code: "INST-AC-90", NameZh: "新检查", Kind: ItemReading, Unit: "A", Min: ptr(1.0), Max: ptr(2.0), Required: true}}
		st, err := s.SetChecklist(ctx, SetChecklistInput{ServiceType: "INST", Category: "AC", Version: 1, Items: items})
		if err != nil || st.Version != 2 {
			t.Fatalf("set checklist: %+v, %v", st, err)
		}
		snap := current(t, s)
		if got := snap.Checklist("INST", "AC"); len(got) != 8 || !slices.ContainsFunc(got, func(i ChecklistItem) bool { return i.Code == "INST-AC-90" && *i.Max == 2 }) {
			t.Errorf("checklist = %+v, want the seven common items and the new one", got)
		}
		if _, ok := snap.ChecklistItem("INST-AC-01"); !ok {
			t.Error("a retired item must still be found")
		}
		for _, tt := range []struct {
			name string
			in   SetChecklistInput
			want *problem.Code
		}{
			{"old version", SetChecklistInput{ServiceType: "INST", Category: "AC", Version: 1, Items: items}, problem.ErrStale},
			{"code of another list", SetChecklistInput{ServiceType: "INST", Category: "RF", Version: 2, Items: items}, problem.ErrInvalid},
			{"twice", SetChecklistInput{ServiceType: "INST", Category: "AC", Version: 2, Items: append(items, items...)}, problem.ErrInvalid},
			{"no such type", SetChecklistInput{ServiceType: "NOPE", Version: 1}, problem.ErrNotFound},
			{"no such category", SetChecklistInput{ServiceType: "INST", Category: "NOPE", Version: 2}, problem.ErrNotFound},
			{"limits crossed", SetChecklistInput{ServiceType: "INST", Version: 2, Items: []ChecklistItem{{Code: "A-1", NameZh: "甲", Kind: ItemReading, Min: ptr(2.0), Max: ptr(1.0)}}}, problem.ErrInvalid},
		} {
			if _, err := s.SetChecklist(ctx, tt.in); !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
	})
}

func TestImportFaults(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		row := func(change func(*FaultRow)) []FaultRow {
			r := FaultRow{
				Category: "AC", Symptom: "AC-S90", SymptomZh: "遥控无反应", SymptomEn: "remote dead", Family: "electronics", Cause: "AC-C90", CauseZh: "接收头",
				Action: "AC-A90", ActionZh: "换接收头", Minutes: 25, PartType: "receiver", PartClass: PartGeneral, Remote: RemotePossible,
			}
			change(&r)
			return []FaultRow{r}
		}
		if res, err := s.ImportFaults(ctx, row(func(*FaultRow) {})); err != nil || res.Actions != 1 || res.Symptoms != 1 {
			t.Fatalf("import = %+v, %v", res, err)
		}
		if got := current(t, s).Actions("AC-C90"); len(got) != 1 || got[0].Minutes != 25 || got[0].PartType != "receiver" {
			t.Errorf("actions = %+v", got)
		}
		if _, err := s.ImportFaults(ctx, row(func(r *FaultRow) { r.Minutes, r.Safety = 40, "P1 fire" })); err != nil {
			t.Fatal(err)
		}
		snap := current(t, s)
		if a, _ := snap.Action("AC-A90"); a.Minutes != 40 || !a.StopUse {
			t.Errorf("changed action = %+v", a)
		}
		if _, err := s.ImportFaults(ctx, row(func(r *FaultRow) { r.Retired = true })); err != nil {
			t.Fatal(err)
		}
		if _, ok := current(t, s).Action("AC-A90"); !ok || len(current(t, s).Actions("AC-C90")) != 0 {
			t.Error("a retired action must be found and not listed")
		}
		for _, tt := range []struct {
			name   string
			change func(*FaultRow)
		}{
			{"unknown category", func(r *FaultRow) { r.Category = "XX" }},
			{"symptom of another category", func(r *FaultRow) { r.Category = "RF" }},
			{"cause of another symptom", func(r *FaultRow) { r.Cause = "AC-C01" }},
			{"action of another cause", func(r *FaultRow) { r.Action = "AC-A01" }},
			{"code with a blank", func(r *FaultRow) { r.Action = "AC A91" }},
			{"part without a class", func(r *FaultRow) { r.PartClass = "" }},
			{"class without a part", func(r *FaultRow) { r.PartType = "" }},
			{"unknown skill", func(r *FaultRow) { r.Skills = []SkillCode{"FLY"} }},
			{"no words", func(r *FaultRow) { r.CauseZh = " " }},
			{"no time", func(r *FaultRow) { r.Minutes = 0 }},
			{"remote maybe", func(r *FaultRow) { r.Remote = "X" }},
		} {
			if _, err := s.ImportFaults(ctx, row(tt.change)); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", tt.name, err)
			}
		}
	})
}

func TestImportClasses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := New(d), admin(t)
		rows := []ClassRow{{Names: []string{"城乡建设", "安全生产", "事故处理"}}, {Names: []string{"城乡建设", "安全生产", "安全隐患"}}, {Names: []string{"交通运输", "", ""}}}
		res, err := s.ImportClasses(ctx, ImportClassesInput{Tree: "hotline", Rows: rows})
		if err != nil || res.Added != 5 || res.Total != 5 {
			t.Fatalf("import = %+v, %v, want 5 rows", res, err)
		}
		snap := current(t, s)
		if c, ok := snap.Class("hotline-01-01-02"); !ok || c.NameZh != "安全隐患" || c.Level != 3 || c.ParentCode != "hotline-01-01" {
			t.Errorf("class = %+v, %v", c, ok)
		}
		if p := snap.ClassPath("hotline-01-01-02"); len(p) != 3 || p[0].NameZh != "城乡建设" {
			t.Errorf("path = %+v, want three rows from the top", p)
		}
		res, err = s.ImportClasses(ctx, ImportClassesInput{Tree: "hotline", Rows: rows[1:], Retire: true})
		if err != nil || res.Added != 0 || res.Kept != 2 || res.Retired != 1 || res.Total != 4 {
			t.Errorf("second import = %+v, %v, want one retired", res, err)
		}
		if c, ok := current(t, s).Class("hotline-01-01-01"); !ok || c.Active {
			t.Errorf("retired class = %+v, %v, want it found and out of use", c, ok)
		}
		for _, tt := range []struct {
			name string
			in   ImportClassesInput
		}{
			{"gap", ImportClassesInput{Tree: "hotline", Rows: []ClassRow{{Names: []string{"甲", "", "乙"}}}}},
			{"empty row", ImportClassesInput{Tree: "hotline", Rows: []ClassRow{{Names: []string{" "}}}}},
			{"four levels", ImportClassesInput{Tree: "hotline", Rows: []ClassRow{{Names: []string{"甲", "乙", "丙", "丁"}}}}},
			{"bad text", ImportClassesInput{Tree: "hotline", Rows: []ClassRow{{Names: []string{"甲\xff"}}}}},
			{"bad tree", ImportClassesInput{Tree: "Hot line", Rows: rows}},
			{"nothing", ImportClassesInput{Tree: "hotline"}},
		} {
			if _, err := s.ImportClasses(ctx, tt.in); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", tt.name, err)
			}
		}
	})
}

// TestImportHotline brings a real taxonomy of a government hotline in: 517 rows of three levels.
func TestImportHotline(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join(dataDir(t), "01-tickets", "gov_hotline_taxonomy.csv"))
	if err != nil {
		t.Skipf("real data: %v; set ANXIN_DATA", err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []ClassRow
	leaves := map[string]bool{}
	for _, l := range lines[1:] {
		rows = append(rows, ClassRow{Names: l})
		leaves[strings.Join(l, "/")] = true
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := New(d)
		res, err := s.ImportClasses(admin(t), ImportClassesInput{Tree: "hotline", Rows: cloneRows(rows)})
		if err != nil || len(rows) != 517 {
			t.Fatalf("import of %d rows: %+v, %v", len(rows), res, err)
		}
		snap, third := current(t, s), 0
		for _, c := range snap.classes {
			if c.Level == 3 {
				third++
			}
		}
		if res.Added != len(snap.classes) || third != len(leaves) {
			t.Errorf("added %d of %d classes, %d of the third level, want %d", res.Added, len(snap.classes), third, len(leaves))
		}
		again, err := s.ImportClasses(admin(t), ImportClassesInput{Tree: "hotline", Rows: cloneRows(rows), Retire: true})
		if err != nil || again.Added != 0 || again.Retired != 0 || again.Kept != 517 {
			t.Errorf("second import = %+v, %v, want nothing new", again, err)
		}
	})
}

func cloneRows(rows []ClassRow) []ClassRow {
	out := make([]ClassRow, len(rows))
	for i, r := range rows {
		out[i] = ClassRow{Names: slices.Clone(r.Names)}
	}
	return out
}

// dataDir is where real data lies: ANXIN_DATA, or beside the repository.
func dataDir(t *testing.T) string {
	if v := os.Getenv("ANXIN_DATA"); v != "" {
		return v
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared", "data")
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// TestRolledBack: a reader inside a transaction that fails must not leave its view to others.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		fail := errors.New("no")
		err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			b := Brand{ID: "b1", Code: "GHOST", NameZh: "幽灵", Active: true, Version: 1, CreatedAt: tx.Now()}
			if err := insertBrand(ctx, tx, b); err != nil {
				return err
			}
			if err := s.bump(ctx, tx); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) {
			t.Fatal(err)
		}
		if _, ok := current(t, s).BrandByCode("GHOST"); ok {
			t.Error("a brand of a rolled-back change is in the snapshot")
		}
	})
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := seeded(t, d)
		api := apitest.New(t, d, apitest.Plain{}, apitest.Named{
			"admin": {Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything},
			"agent": {Kind: access.User, ID: "agent", Permissions: access.Set{}, Scope: access.Everything},
		}, []fs.FS{Words}, s)
		w, out := api.Ask("POST", "/brands", `{"code":"HL","name_zh":"海岚"}`, "X-User", "admin", "Idempotency-Key", "k1")
		if w.Code != 201 || w.Header().Get("ETag") != `"1"` {
			t.Fatalf("create = %d %s", w.Code, w.Body)
		}
		id := out["id"].(string)
		if w, again := api.Ask("POST", "/brands", `{"code":"HL","name_zh":"海岚"}`, "X-User", "admin", "Idempotency-Key", "k1"); w.Code != 201 || again["id"] != id {
			t.Errorf("the same request again = %d %s, want the same answer", w.Code, w.Body)
		}
		for _, tt := range []struct {
			name, method, path, body, user, match string
			status                                int
			code                                  string
		}{
			{"no version", "PATCH", "/brands/" + id, `{"name_zh":"新"}`, "admin", "", 428, "version_required"},
			{"stale", "PATCH", "/brands/" + id, `{"name_zh":"新"}`, "admin", `"7"`, 412, "stale"},
			{"version is no number", "PATCH", "/brands/" + id, `{"name_zh":"新"}`, "admin", `"x"`, 422, "invalid"},
			{"not allowed", "PATCH", "/brands/" + id, `{"name_zh":"新"}`, "agent", `"1"`, 403, "forbidden"},
			{"nobody", "PATCH", "/brands/" + id, `{"name_zh":"新"}`, "", `"1"`, 401, "unauthorized"},
			{"unknown", "PATCH", "/brands/none", `{"name_zh":"新"}`, "admin", `"1"`, 404, "not_found"},
			{"too long", "PATCH", "/brands/" + id, `{"name_zh":"` + strings.Repeat("长", 200) + `"}`, "admin", `"1"`, 422, "invalid"},
			{"unknown field", "PATCH", "/brands/" + id, `{"nope":1}`, "admin", `"1"`, 422, "invalid"},
			{"not JSON", "PATCH", "/brands/" + id, `{`, "admin", `"1"`, 400, ""},
			{"bad choice", "POST", "/service-types", `{"code":"NEW","name_zh":"新","mode":"fly"}`, "admin", "", 422, "invalid"},
			{"unknown skill", "POST", "/service-types", `{"code":"NEW","name_zh":"新","skills":["FLY"]}`, "admin", "", 422, "invalid"},
			{"bad responsibility", "POST", "/reasons", `{"code":"new_one","name_zh":"新","kinds":["case.cancel"],"responsibility":"nobody"}`, "admin", "", 422, "invalid"},
			{"label twice", "POST", "/labels", `{"kind":"case","code":"open","state":"open","staff_zh":"新","customer_zh":"新"}`, "admin", "", 422, "invalid"},
			{"catalogue of nobody", "GET", "/catalog", "", "", "", 401, "unauthorized"},
			{"bad cursor", "GET", "/models?cursor=!!", "", "admin", "", 422, "invalid"},
			{"fits", "PATCH", "/brands/" + id, `{"name_zh":"新"}`, "admin", `"1"`, 200, ""},
			{"new type", "POST", "/service-types", `{"code":"NEW","name_zh":"新","minutes":30,"skills":["LVE"],"proof":["photo_after"]}`, "admin", "", 201, ""},
			{"new reason", "POST", "/reasons", `{"code":"new_one","name_zh":"新","kinds":["case.cancel"],"responsibility":"outlet"}`, "admin", "", 201, ""},
			{"new category", "POST", "/categories", `{"code":"FAN","name_zh":"电风扇","repair_minutes":30,"repair_skills":["LVE"]}`, "admin", "", 201, ""},
			{"new model", "POST", "/models", `{"brand_id":"` + id + `","category":"AC","code":"K1","name_zh":"挂机"}`, "admin", "", 201, ""},
			{"new stage", "POST", "/labels", `{"kind":"case","code":"waiting_board","state":"diagnosing","staff_zh":"等待委员会","customer_zh":"处理中"}`, "admin", "", 201, ""},
			{"edited stage", "PATCH", "/labels/case/waiting_board", `{"customer_zh":"正在处理"}`, "admin", `"1"`, 200, ""},
			{"checklist", "PUT", "/service-types/NEW/checklist", `{"items":[{"code":"NEW-01","name_zh":"检查","kind":"check","required":true}]}`, "admin", `"1"`, 200, ""},
			{"classes", "PUT", "/class-trees/test", `{"rows":[{"names":["甲","乙"],"english":["A","B"]}]}`, "admin", "", 200, ""},
			{"bad classes", "PUT", "/class-trees/test", `{"rows":[{"names":["甲","","乙"]}]}`, "admin", "", 422, "invalid"},
		} {
			w, out := api.Ask(tt.method, tt.path, tt.body, "X-User", tt.user, "If-Match", tt.match)
			if w.Code != tt.status || tt.code != "" && out["code"] != tt.code {
				t.Errorf("%s = %d %s, want %d %s", tt.name, w.Code, w.Body, tt.status, tt.code)
			}
		}
		w, out = api.Ask("GET", "/catalog", "", "X-User", "agent")
		if w.Code != 200 || len(out["symptoms"].([]any)) != 99 || len(out["brands"].([]any)) != 1 {
			t.Fatalf("catalogue = %d", w.Code)
		}
		if w, _ := api.Ask("GET", "/catalog", "", "X-User", "agent", "If-None-Match", w.Header().Get("ETag")); w.Code != 304 || w.Body.Len() != 0 {
			t.Errorf("catalogue again = %d with %d bytes, want 304 without", w.Code, w.Body.Len())
		}
		if w, out := api.Ask("GET", "/models?q=k1&limit=1", "", "X-User", "agent"); w.Code != 200 || len(out["items"].([]any)) != 1 {
			t.Errorf("models = %d %s", w.Code, w.Body)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	c := i18n.Must(Words)
	if p := c.Problems(); len(p) > 0 {
		t.Errorf("words: %v", p)
	}
	for _, r := range Responsibilities() {
		if !c.Has(i18n.English, "catalog.responsibility."+string(r)) {
			t.Errorf("no words for the responsibility %s", r)
		}
	}
	for _, p := range Payers() {
		if !c.Has(i18n.English, "catalog.payer."+string(p)) {
			t.Errorf("no words for the payer %s", p)
		}
	}
}
