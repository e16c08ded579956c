package workforce

import (
	"slices"
	"strings"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/imports/importstest"
	"anxin/internal/platform/problem"
)

// TestTools: what somebody has along is known with him, and a change of it counts his days up.
func TestTools(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		if len(f.li.Tools) != 0 {
			t.Errorf("has %v at first", f.li.Tools)
		}
		made := f.create(CreateInput{OutletID: f.hz.ID, Name: "孙师傅", Job: JobEngineer, Tools: []catalog.ToolCode{"VACUUM", "GAUGES", "VACUUM"}})
		if want := []catalog.ToolCode{"GAUGES", "VACUUM"}; !slices.Equal(f.get(made.ID).Tools, want) {
			t.Errorf("made with %v, want %v", f.get(made.ID).Tools, want)
		}
		before := f.day(f.li.ID, "2026-11-24")
		e, err := f.Edit(f.ctx, EditInput{ID: f.li.ID, Version: f.li.Version, Tools: []catalog.ToolCode{"LADDER4"}})
		if err != nil || !slices.Equal(f.get(e.ID).Tools, []catalog.ToolCode{"LADDER4"}) {
			t.Fatalf("edit: %+v, %v", e.Tools, err)
		}
		if f.day(f.li.ID, "2026-11-24") == before {
			t.Error("the days of somebody with other tools are not counted up")
		}
		if e, err = f.Edit(f.ctx, EditInput{ID: e.ID, Version: e.Version, MaxVisits: ptr(5)}); err != nil || len(f.get(e.ID).Tools) != 1 {
			t.Errorf("an edit of something else: %v, %v", f.get(e.ID).Tools, err)
		}
		_, err = f.Edit(f.ctx, EditInput{ID: e.ID, Version: e.Version, Tools: []catalog.ToolCode{"CRANE"}})
		if !problem.Match(err, problem.ErrInvalid) || len(f.get(e.ID).Tools) != 1 {
			t.Errorf("an unknown tool: %v, has %v", err, f.get(e.ID).Tools)
		}
		other := as(t, access.Scope{OutletPath: "/sh/"}, "*")
		if _, err := f.Edit(other, EditInput{ID: e.ID, Version: e.Version, Tools: []catalog.ToolCode{}}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("edit by another outlet: %v, want not found", err)
		}
		brand := as(t, access.Scope{OutletPath: "/", Brands: []string{}}, "*")
		if _, err := f.Edit(brand, EditInput{ID: e.ID, Version: e.Version, Tools: []catalog.ToolCode{}}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("edit by who sees no brand: %v, want not found", err)
		}
		if e, err = f.Edit(f.ctx, EditInput{ID: e.ID, Version: e.Version, Tools: []catalog.ToolCode{}}); err != nil || len(f.get(e.ID).Tools) != 0 {
			t.Errorf("none any more: %v, %v", f.get(e.ID).Tools, err)
		}
		trail, err := audit.New(d).Of(f.ctx, "engineer", string(e.ID))
		if err != nil || len(trail) == 0 || !strings.Contains(trail[len(trail)-1].Before, "LADDER4") {
			t.Errorf("the audit does not know what he had: %+v, %v", trail, err)
		}
	})
}

// TestImportTools: sheets bring tools of people and stores in, an undo takes them back, and an export writes them.
func TestImportTools(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		im := importstest.New(t, d, f.keys, f.outlets.ImportTarget(), f.ImportTarget())
		in := func(target string) imports.StartInput {
			return imports.StartInput{Target: target, Mapping: imports.Mapping{System: "erp"}}
		}
		outs := "external_id,code,name,kind,tools\nW1,north,城北服务站,authorised,vacuum；LADDER4\nW2,south,城南,authorised,CRANE\n"
		im.Want(f.ctx, im.Do(f.ctx, in("outlets"), outs), 1, 0, 0, "3 tools unknown_reference")
		north, err := f.outlets.ByExternalID(t.Context(), d, "erp", "W1")
		if err != nil || !slices.Equal(north.Tools, []catalog.ToolCode{"LADDER4", "VACUUM"}) {
			t.Fatalf("W1 keeps %v, %v", north.Tools, err)
		}
		staff := "external_id,outlet,name,job,tools\nP1,W1,赵师傅,engineer,GAUGES;vacuum\n"
		im.Want(f.ctx, im.Do(f.ctx, in("staff"), staff), 1, 0, 0)
		im.Want(f.ctx, im.Do(f.ctx, in("staff"), staff), 0, 0, 1)
		has := func(want ...catalog.ToolCode) {
			t.Helper()
			e, err := f.ByExternalID(t.Context(), d, "erp", "P1")
			if err != nil || !slices.Equal(e.Tools, want) {
				t.Errorf("P1 has %v, %v, want %v", e.Tools, err, want)
			}
		}
		has("GAUGES", "VACUUM")
		changed := im.Do(f.ctx, in("staff"), strings.Replace(staff, "GAUGES;vacuum", "MULTI", 1))
		im.Want(f.ctx, changed, 0, 1, 0)
		has("MULTI")
		if u := im.TakeBack(f.ctx, changed); u.Undone != 1 {
			t.Errorf("undone %d, want the change", u.Undone)
		}
		has("GAUGES", "VACUUM")
		im.Want(f.ctx, im.Do(f.ctx, in("staff"), "external_id,outlet,name,job\nP1,W1,赵明,engineer\n"), 0, 1, 0)
		has("GAUGES", "VACUUM")
		if sheet := im.Sheet(f.ctx, "staff", false); !strings.Contains(sheet, "GAUGES;VACUUM") {
			t.Errorf("the staff's sheet names no tools:\n%s", sheet)
		}
		if sheet := im.Sheet(f.ctx, "outlets", false); !strings.Contains(sheet, "LADDER4;VACUUM") {
			t.Errorf("the outlets' sheet names no tools:\n%s", sheet)
		}
	})
}

// TestStoreTools: an outlet says itself what its store keeps; others don't see it.
func TestStoreTools(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		own := as(t, access.Scope{OutletPath: "/hz/"}, outlets.PermRead, outlets.PermOwn)
		o, err := f.outlets.Edit(own, outlets.EditInput{ID: f.hz.ID, Version: f.hz.Version, Tools: []catalog.ToolCode{"VACUUM", "COREDRILL"}})
		if err != nil || !slices.Equal(o.Tools, []catalog.ToolCode{"COREDRILL", "VACUUM"}) {
			t.Fatalf("edit by the outlet: %v, %v", o.Tools, err)
		}
		if stored, err := f.outlets.Get(t.Context(), d, f.hz.ID); err != nil || !slices.Equal(stored.Tools, o.Tools) {
			t.Errorf("stored %v, %v", stored.Tools, err)
		}
		if _, err := f.outlets.Edit(own, outlets.EditInput{ID: f.hz.ID, Version: o.Version, Tools: []catalog.ToolCode{"CRANE"}}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("an unknown tool: %v, want invalid", err)
		}
		for name, scope := range map[string]access.Scope{"another outlet": {OutletPath: "/sh/"}, "no brand": {OutletPath: "/", Brands: []string{}}} {
			if _, err := f.outlets.Edit(as(t, scope, "*"), outlets.EditInput{ID: f.hz.ID, Version: o.Version, Tools: []catalog.ToolCode{}}); !problem.Match(err, problem.ErrNotFound) {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
		for _, tt := range []struct {
			paths []string
			tools []catalog.ToolCode
			want  bool
		}{
			{[]string{"/hz/"}, []catalog.ToolCode{"VACUUM"}, true},
			{[]string{"/sh/", "/hz/"}, []catalog.ToolCode{"MULTI", "COREDRILL"}, true},
			{[]string{"/"}, []catalog.ToolCode{"VACUUM"}, true},
			{[]string{"/sh/"}, []catalog.ToolCode{"VACUUM"}, false},
			{[]string{"/hz/"}, []catalog.ToolCode{"MULTI"}, false},
			{[]string{"/hz/"}, nil, false},
			{nil, []catalog.ToolCode{"VACUUM"}, false},
		} {
			if got, err := f.outlets.KeepTools(t.Context(), d, tt.paths, tt.tools); err != nil || got != tt.want {
				t.Errorf("KeepTools(%v, %v) = %v, %v, want %v", tt.paths, tt.tools, got, err, tt.want)
			}
		}
	})
}
