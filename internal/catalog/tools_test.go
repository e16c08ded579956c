package catalog

import (
	"net/http"
	"slices"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// TestTools: a firm begins with a list that no work asks for, and says itself which work takes what.
func TestTools(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		snap := current(t, s)
		if len(snap.Tools()) < 15 {
			t.Errorf("%d tools at first", len(snap.Tools()))
		}
		for _, st := range snap.ServiceTypes() {
			for _, c := range snap.Categories() {
				if r := snap.Requirements(st.Code, c.Code, ""); len(r.Tools) > 0 {
					t.Fatalf("%s of %s takes %v before anybody said so", st.Code, c.Code, r.Tools)
				}
			}
		}
		made, err := s.CreateTool(ctx, Tool{Code: " jig-9 ", NameZh: " 吊装架 ", NameEn: "Hoist"})
		if err != nil || made.Code != "JIG-9" || !made.Active || made.Version != 1 {
			t.Fatalf("create: %+v, %v", made, err)
		}
		for _, tt := range []struct {
			name string
			in   Tool
		}{
			{"no code", Tool{NameZh: "甲"}},
			{"odd code", Tool{Code: "a b", NameZh: "甲"}},
			{"no name", Tool{Code: "X"}},
			{"taken", Tool{Code: "JIG-9", NameZh: "甲"}},
			{"control character", Tool{Code: "X", NameZh: "a\x07"}},
		} {
			if _, err := s.CreateTool(ctx, tt.in); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", tt.name, err)
			}
		}
		if _, err := s.EditTool(ctx, EditToolInput{Code: "JIG-9", Version: 9, NameZh: ptr("乙")}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("edit on another version: %v, want stale", err)
		}
		if _, err := s.EditTool(ctx, EditToolInput{Code: "NONE", Version: 1}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("edit of nothing: %v, want not found", err)
		}
		outlet := access.With(t.Context(), access.Actor{Kind: access.User, ID: "o", Permissions: access.Set{PermWrite: true}, Scope: access.Scope{OutletPath: "/hz/"}})
		if _, err := s.EditTool(outlet, EditToolInput{Code: "JIG-9", Version: 1, NameZh: ptr("乙")}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("edit by an outlet: %v, want forbidden", err)
		}
		changes, err := events.OfRecord(ctx, d, "catalog_tool", "JIG-9")
		if err != nil || len(changes) != 1 || changes[0].Topic != "catalog.changed.v1" {
			t.Errorf("events: %+v, %v, want that it was created", changes, err)
		}
		if trail, err := audit.New(d).Of(ctx, "catalog_tool", "JIG-9"); err != nil || len(trail) != 1 || trail[0].Act != "create" {
			t.Errorf("audit: %+v, %v", trail, err)
		}
	})
}

// TestToolsOfWork: the tools of a visit are those of its service type and, by its base, of its product line; those out of use are
// asked of nobody, and nobody takes any along to work at a distance or in the workshop.
func TestToolsOfWork(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.EditCategory(ctx, EditCategoryInput{Code: "AC", Version: 1, InstallTools: []ToolCode{"VACUUM", "LADDER4"}, RepairTools: []ToolCode{"GAUGES"}})
		must(err)
		for code, tools := range map[ServiceTypeCode][]ToolCode{"INST": {"MULTI", "LADDER4"}, "REP": {"MULTI"}, "CLEAN": {"WASHER"}, "REMOTE": {"MULTI"}, "DEPOT": {"MULTI"}} {
			_, err := s.EditServiceType(ctx, EditServiceTypeInput{Code: code, Version: 1, Tools: tools})
			must(err)
		}
		_, err = s.EditTool(ctx, EditToolInput{Code: "GAUGES", Version: 1, Active: ptr(false)})
		must(err)
		snap := current(t, s)
		for _, tt := range []struct {
			st   ServiceTypeCode
			cat  CategoryCode
			want []ToolCode
		}{
			{"INST", "AC", []ToolCode{"LADDER4", "MULTI", "VACUUM"}},
			{"REP", "AC", []ToolCode{"MULTI"}},
			{"INST", "TV", []ToolCode{"LADDER4", "MULTI"}},
			{"CLEAN", "AC", []ToolCode{"WASHER"}},
			{"REMOTE", "AC", nil},
			{"DEPOT", "AC", nil},
			{"MAINT", "AC", nil},
		} {
			if got := snap.Requirements(tt.st, tt.cat, "").Tools; !slices.Equal(got, tt.want) {
				t.Errorf("%s of %s takes %v, want %v", tt.st, tt.cat, got, tt.want)
			}
		}
		if got := snap.ToolNames("en", []ToolCode{"VACUUM", "GONE"}); !slices.Equal(got, []string{"Vacuum pump", "GONE"}) {
			t.Errorf("names: %v", got)
		}
		_, err = s.EditServiceType(ctx, EditServiceTypeInput{Code: "REP", Version: 2, Tools: []ToolCode{"CRANE"}})
		if !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("an unknown tool: %v, want invalid", err)
		}
		_, err = s.EditCategory(ctx, EditCategoryInput{Code: "AC", Version: 2, RepairTools: []ToolCode{"CRANE"}})
		if !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("an unknown tool of a product line: %v, want invalid", err)
		}
		if _, err := s.EditServiceType(ctx, EditServiceTypeInput{Code: "REP", Version: 2, Tools: []ToolCode{}}); err != nil {
			t.Errorf("none any more: %v", err)
		}
		if got := current(t, s).Requirements("REP", "AC", "").Tools; got != nil {
			t.Errorf("takes %v, want none any more", got)
		}
	})
}

// TestToolsHTTP: the catalogue lists them, those out of use when asked for.
func TestToolsHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		if _, err := s.EditTool(ctx, EditToolInput{Code: "WASHER", Version: 1, Active: ptr(false)}); err != nil {
			t.Fatal(err)
		}
		for _, retired := range []bool{false, true} {
			out, err := s.getCatalog(ctx, &getCatalogIn{Retired: retired})
			if err != nil || out.Status != http.StatusOK {
				t.Fatal(err)
			}
			if has := slices.ContainsFunc(out.Body.Tools, func(v catalogTool) bool { return v.Code == "WASHER" }); has != retired {
				t.Errorf("retired=%v: the one out of use is listed: %v", retired, has)
			}
			if !slices.ContainsFunc(out.Body.Tools, func(v catalogTool) bool { return v.Code == "VACUUM" && v.NameZh == "真空泵" }) {
				t.Errorf("retired=%v: no vacuum pump among %d", retired, len(out.Body.Tools))
			}
		}
	})
}
