package outlets

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		if f.west.Path != "/hz/west/" || f.west.ParentID != f.hz.ID || f.sh.ParentID != Centre || f.west.Zone != "Asia/Shanghai" {
			t.Errorf("west = %+v, sh = %+v, want paths of codes and the parent's zone", f.west, f.sh)
		}
		if got, err := f.ByPath(t.Context(), d, "/"); err != nil || got.ID != Centre || got.Kind != KindCentre {
			t.Errorf("ByPath(/) = %+v, %v, want the centre", got, err)
		}
		for _, tt := range []struct {
			name string
			in   CreateInput
			want *problem.Code
		}{
			{"code taken", CreateInput{Code: "hz", Name: "甲", Kind: KindOwn}, ErrCodeTaken},
			{"same code elsewhere", CreateInput{Code: "hz", Name: "甲", Kind: KindOwn, ParentID: f.sh.ID}, nil},
			{"slash in the code", CreateInput{Code: "a/b", Name: "甲", Kind: KindOwn}, problem.ErrInvalid},
			{"upper case", CreateInput{Code: "HZ", Name: "甲", Kind: KindOwn}, problem.ErrInvalid},
			{"no name", CreateInput{Code: "x1", Name: " ", Kind: KindOwn}, problem.ErrInvalid},
			{"second centre", CreateInput{Code: "x1", Name: "甲", Kind: KindCentre}, problem.ErrInvalid},
			{"unknown parent", CreateInput{Code: "x1", Name: "甲", Kind: KindOwn, ParentID: "nobody"}, problem.ErrInvalid},
			{"unknown brand", CreateInput{Code: "x1", Name: "甲", Kind: KindOwn, Brands: []catalog.BrandID{"nobody"}}, problem.ErrInvalid},
			{"brand that the parent has not", CreateInput{Code: "x1", Name: "甲", Kind: KindOwn, ParentID: f.sh.ID, Brands: []catalog.BrandID{f.one}}, problem.ErrInvalid},
			{"unknown zone", CreateInput{Code: "x1", Name: "甲", Kind: KindOwn, Zone: "Mars/Base"}, problem.ErrInvalid},
			{"unknown division", CreateInput{Code: "x1", Name: "甲", Kind: KindOwn, Division: "999999"}, problem.ErrInvalid},
			{"point at zero", CreateInput{Code: "x1", Name: "甲", Kind: KindOwn, Point: geo.Point{Datum: geo.WGS84}}, problem.ErrInvalid},
			{"no phone", CreateInput{Code: "x1", Name: "甲", Kind: KindOwn, Phone: "call me"}, problem.ErrInvalid},
			{"bad text", CreateInput{Code: "x1", Name: "甲\x00", Kind: KindOwn}, problem.ErrInvalid},
			{"other country", CreateInput{Code: "nyc", Name: "New York", Kind: KindOwn, Zone: "America/New_York", Division: "US-NY", Point: geo.Point{Lat: 40.7, Lon: -74, Datum: geo.WGS84}}, nil},
			{"external id", CreateInput{Code: "x2", Name: "甲", Kind: KindOwn, ExternalIDs: []ExternalID{{"erp", "9"}}}, nil},
			{"external id again", CreateInput{Code: "x3", Name: "甲", Kind: KindOwn, ExternalIDs: []ExternalID{{"erp", "9"}}}, ErrExternal},
		} {
			if _, err := f.Create(f.ctx, tt.in); !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if o, err := f.ByExternalID(t.Context(), d, "erp", "9"); err != nil || o.Code != "x2" {
			t.Errorf("ByExternalID = %+v, %v, want x2", o, err)
		}
		deep := CreateInput{Code: "d", Name: "甲", Kind: KindAgent, ParentID: f.west.ID}
		for i := range 5 {
			o, err := f.Create(f.ctx, deep)
			if i == 4 {
				if !problem.Match(err, problem.ErrInvalid) {
					t.Errorf("seventh level: %v, want invalid", err)
				}
				break
			}
			if err != nil {
				t.Fatalf("level %d: %v", i+3, err)
			}
			deep.ParentID = o.ID
		}
	})
}

// TestScope: an actor sees the outlets at and below his path that serve one of his brands, and to him the
// others do not exist.
func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.create(CreateInput{Code: "hz2", Name: "名字相近", Kind: KindOwn, Brands: []catalog.BrandID{f.one}})
		for _, tt := range []struct {
			name  string
			scope access.Scope
			want  string
		}{
			{"centre", access.Everything, "/hz/ /hz/west/ /hz2/ /sh/"},
			{"city", access.Scope{OutletPath: "/hz/"}, "/hz/ /hz/west/"},
			{"outlet", access.Scope{OutletPath: "/hz/west/"}, "/hz/west/"},
			{"brand one", access.Scope{OutletPath: "/", Brands: []string{string(f.one)}}, "/hz/ /hz/west/ /hz2/"},
			{"brand two in the city", access.Scope{OutletPath: "/hz/", Brands: []string{string(f.two)}}, "/hz/"},
			{"no brand", access.Scope{OutletPath: "/", Brands: []string{}}, ""},
			{"no scope", access.Scope{}, ""},
		} {
			ctx := as(t, tt.scope, PermRead)
			list, err := f.List(ctx, Filter{Limit: 50})
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, o := range list {
				paths = append(paths, o.Path)
			}
			if got := strings.Join(paths, " "); got != tt.want {
				t.Errorf("%s sees %q, want %q", tt.name, got, tt.want)
			}
			for _, o := range []Outlet{f.hz, f.west, f.sh} {
				_, err := f.Find(ctx, o.ID)
				if found := err == nil; found != slices.Contains(paths, o.Path) || !found && !problem.Match(err, problem.ErrNotFound) {
					t.Errorf("%s: Find(%s) = %v", tt.name, o.Path, err)
				}
			}
		}
		other := as(t, access.Scope{OutletPath: "/sh/"}, "*")
		if _, err := f.Edit(other, EditInput{ID: f.west.ID, Version: 1, Phone: ptr("0571-12345678")}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("edit of another outlet: %v, want not found", err)
		}
		if _, err := f.Close(other, ActInput{ID: f.west.ID, Act: access.Act{Reason: "outlet_left"}}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("close of another outlet: %v, want not found", err)
		}
		if _, err := f.Contacts(other, f.west.ID); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("contacts of another outlet: %v, want not found", err)
		}
		if _, err := f.Create(other, CreateInput{Code: "x", Name: "甲", Kind: KindOwn, ParentID: f.hz.ID}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("an outlet below another's: %v, want invalid", err)
		}
	})
}

func TestEdit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		o, err := f.Edit(f.ctx, EditInput{ID: f.west.ID, Version: 1, Name: ptr("西湖一店"), Point: &geo.Point{Lat: 30.27, Lon: 120.13, Datum: geo.GCJ02}})
		if err != nil || o.Version != 2 || o.Point.Datum != geo.WGS84 || o.Point.Lat == 30.27 {
			t.Errorf("edit = %+v, %v, want version 2 and the point in WGS-84", o, err)
		}
		stored, err := f.Get(t.Context(), d, f.west.ID)
		if err != nil || stored.Name != "西湖一店" || stored.Point != o.Point {
			t.Errorf("stored = %+v, %v", stored, err)
		}
		if _, err := f.Edit(f.ctx, EditInput{ID: f.west.ID, Version: 1, Name: ptr("西湖二店")}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("edit on an old version: %v, want stale", err)
		}
		own := as(t, access.Scope{OutletPath: "/hz/west/"}, PermRead, PermOwn)
		if _, err := f.Edit(own, EditInput{ID: f.west.ID, Version: 2, Phone: ptr("0571-87654321")}); err != nil {
			t.Errorf("the outlet's own phone: %v", err)
		}
		if _, err := f.Edit(own, EditInput{ID: f.west.ID, Version: 3, Kind: ptr(KindOwn)}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("the outlet's own kind: %v, want forbidden", err)
		}
		limited := as(t, access.Scope{OutletPath: "/", Brands: []string{string(f.one)}}, "*")
		if _, err := f.Edit(limited, EditInput{ID: f.hz.ID, Version: 1, Brands: []catalog.BrandID{f.one}}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("taking away a brand out of scope: %v, want invalid", err)
		}
		if o, err = f.Edit(f.ctx, EditInput{ID: f.hz.ID, Version: 1, Brands: []catalog.BrandID{f.two}}); err != nil || len(o.Brands) != 1 {
			t.Errorf("brands = %+v, %v, want brand two", o.Brands, err)
		}
		if ids, err := f.IDsServing(t.Context(), d, []string{string(f.one)}); err != nil || !slices.Equal(ids, []ID{f.west.ID}) {
			t.Errorf("IDsServing = %v, %v, want west only", ids, err)
		}
	})
}

func TestStates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		reason := func(code string) access.Act { return access.Act{Reason: code} }
		for _, tt := range []struct {
			name string
			run  func() (Outlet, error)
			want *problem.Code
			at   State
		}{
			{"suspend without a reason", func() (Outlet, error) { return f.Suspend(f.ctx, ActInput{ID: f.hz.ID}) }, problem.ErrInvalid, ""},
			{"suspend for another act's reason", func() (Outlet, error) {
				return f.Suspend(f.ctx, ActInput{ID: f.hz.ID, Act: reason("customer_absent")})
			}, problem.ErrInvalid, ""},
			{"suspend", func() (Outlet, error) { return f.Suspend(f.ctx, ActInput{ID: f.hz.ID, Act: reason("outlet_holiday")}) }, nil, StateSuspended},
			{"suspend again", func() (Outlet, error) { return f.Suspend(f.ctx, ActInput{ID: f.hz.ID, Act: reason("outlet_holiday")}) }, ErrState, ""},
			{"resume", func() (Outlet, error) { return f.Resume(f.ctx, ActInput{ID: f.hz.ID}) }, nil, StateActive},
			{"in the future", func() (Outlet, error) {
				return f.Suspend(f.ctx, ActInput{ID: f.hz.ID, Act: access.Act{Reason: "outlet_holiday", OccurredAt: noon.Add(time.Hour)}})
			}, problem.ErrInvalid, ""},
			{"close above an open one", func() (Outlet, error) { return f.Close(f.ctx, ActInput{ID: f.hz.ID, Act: reason("outlet_left")}) }, ErrOpenBelow, ""},
			{"close below", func() (Outlet, error) { return f.Close(f.ctx, ActInput{ID: f.west.ID, Act: reason("outlet_left")}) }, nil, StateClosed},
			{"close", func() (Outlet, error) { return f.Close(f.ctx, ActInput{ID: f.hz.ID, Act: reason("outlet_left")}) }, nil, StateClosed},
			{"resume a closed one", func() (Outlet, error) { return f.Resume(f.ctx, ActInput{ID: f.hz.ID}) }, ErrState, ""},
			{"edit a closed one", func() (Outlet, error) {
				return f.Edit(f.ctx, EditInput{ID: f.hz.ID, Version: f.version(f.hz.ID), Name: ptr("甲")})
			}, ErrState, ""},
			{"outlet below a closed one", func() (Outlet, error) {
				return f.Create(f.ctx, CreateInput{Code: "n", Name: "甲", Kind: KindOwn, ParentID: f.hz.ID})
			}, ErrParentGone, ""},
			{"close the centre", func() (Outlet, error) { return f.Close(f.ctx, ActInput{ID: Centre, Act: reason("outlet_left")}) }, ErrCentre, ""},
		} {
			o, err := tt.run()
			if !problem.Match(err, tt.want) || err == nil && o.State != tt.at {
				t.Errorf("%s = %s, %v, want %s, %v", tt.name, o.State, err, tt.at, tt.want)
			}
		}
		list, err := events.OfRecord(t.Context(), d, "outlet", string(f.hz.ID))
		var topics []string
		for _, e := range list {
			topics = append(topics, e.Topic)
		}
		want := []string{"outlet.created.v1", "outlet.suspended.v1", "outlet.resumed.v1", "outlet.closed.v1"}
		if err != nil || !slices.Equal(topics, want) || list[1].OutletPath != "/hz/" {
			t.Errorf("events = %v, %v, want %v in the outlet's scope", topics, err, want)
		}
	})
}

func TestServing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		areas := func(o Outlet, list ...Area) {
			t.Helper()
			if _, err := f.SetAreas(f.ctx, SetAreasInput{ID: o.ID, Version: f.version(o.ID), Areas: list}); err != nil {
				t.Fatalf("areas of %s: %v", o.Code, err)
			}
		}
		nyc := f.create(CreateInput{Code: "nyc", Name: "New York", Kind: KindOwn, Brands: []catalog.BrandID{f.one}})
		areas(f.hz, Area{Division: "3301", Rank: 1}, Area{Division: "330106", Rank: 9, Categories: []catalog.CategoryCode{"AC"}})
		areas(f.west, Area{Division: "330106", Rank: 2}, Area{Division: "33", Rank: 1, ServiceTypes: []catalog.ServiceTypeCode{"INST"}})
		areas(f.sh, Area{Division: "", Rank: 5})
		areas(nyc, Area{Division: "US-NY", Rank: 1})
		for _, tt := range []struct {
			in   ServingInput
			want string
		}{
			{ServingInput{Division: "330106001", Brand: f.one, Category: "AC"}, "west:330106:2 hz:330106:9"},
			{ServingInput{Division: "330106", Brand: f.one, Category: "RF"}, "west:330106:2 hz:3301:1"},
			{ServingInput{Division: "330106", Category: "RF"}, "west:330106:2 hz:3301:1 sh::5"},
			{ServingInput{Division: "330106", Brand: f.two, Category: "RF"}, "hz:3301:1 sh::5"},
			{ServingInput{Division: "330225", Brand: f.one, ServiceType: "INST"}, "west:33:1"},
			{ServingInput{Division: "330225", Brand: f.one, ServiceType: "REP"}, ""},
			{ServingInput{Division: "US-NY-061", Brand: f.one}, "nyc:US-NY:1"},
			{ServingInput{Division: "", Brand: f.two}, "sh::5"},
		} {
			list, err := f.Serving(t.Context(), d, tt.in)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range list {
				got = append(got, fmt.Sprintf("%s:%s:%d", s.Outlet.Code, s.Division, s.Rank))
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("Serving(%+v) = %q, want %q", tt.in, g, tt.want)
			}
		}
		limited := as(t, access.Scope{OutletPath: "/sh/"}, PermRead)
		if list, err := f.FindServing(limited, ServingInput{Division: "330106"}); err != nil || len(list) != 1 || list[0].Outlet.ID != f.sh.ID {
			t.Errorf("FindServing of another outlet = %+v, %v, want its own only", list, err)
		}
		if _, err := f.Suspend(f.ctx, ActInput{ID: f.west.ID, Act: access.Act{Reason: "outlet_holiday"}}); err != nil {
			t.Fatal(err)
		}
		if list, err := f.Serving(t.Context(), d, ServingInput{Division: "330106", Brand: f.one}); err != nil || len(list) != 1 || list[0].Outlet.ID != f.hz.ID {
			t.Errorf("Serving = %+v, %v, want no suspended outlet", list, err)
		}
		for _, a := range []Area{
			{Division: "123", Rank: 1},
			{Division: "999999", Rank: 1},
			{Division: "3301", Rank: 0},
			{Division: "3301", Rank: 1, Categories: []catalog.CategoryCode{"NOPE"}},
			{Division: "3301", Rank: 1, ServiceTypes: []catalog.ServiceTypeCode{"NOPE"}},
		} {
			if _, err := f.SetAreas(f.ctx, SetAreasInput{ID: f.hz.ID, Version: f.version(f.hz.ID), Areas: []Area{a}}); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("area %+v: %v, want invalid", a, err)
			}
		}
		if list, err := f.Areas(t.Context(), d, f.hz.ID); err != nil || len(list) != 2 {
			t.Errorf("areas after refused edits = %+v, %v, want the two of before", list, err)
		}
	})
}

func date(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		open := func(id ID, day string) string {
			t.Helper()
			c, err := f.Calendar(t.Context(), d, id)
			if err != nil {
				t.Fatal(err)
			}
			return formatWindows(c.Day(date(t, day)).Windows)
		}
		check := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s = %q, want %q", what, got, want)
			}
		}
		check("default", open(f.west.ID, "2026-11-23"), "08:30-18:00")
		check("default on National Day", open(f.west.ID, "2026-10-01"), "")
		week := calendar.MondayToFriday(calendar.Hours(9, 0, 12, 0), calendar.Hours(13, 0, 18, 0))
		set := func(o Outlet, h Hours) error {
			_, err := f.SetHours(f.ctx, SetHoursInput{ID: o.ID, Version: f.version(o.ID), Hours: h})
			return err
		}
		if err := set(f.hz, Hours{Weekly: &week, Country: "CN", Exceptions: []calendar.Exception{{Date: date(t, "2026-11-24"), Kind: calendar.Off, Name: "盘点"}}}); err != nil {
			t.Fatal(err)
		}
		check("own week", open(f.hz.ID, "2026-11-23"), "09:00-12:00 13:00-18:00")
		check("own exception", open(f.hz.ID, "2026-11-24"), "")
		check("week of the outlet above", open(f.west.ID, "2026-11-23"), "09:00-12:00 13:00-18:00")
		check("exceptions are not handed down", open(f.west.ID, "2026-11-24"), "09:00-12:00 13:00-18:00")
		check("another city", open(f.sh.ID, "2026-11-22"), "08:30-18:00")
		if err := set(f.west, Hours{Weekly: &week, Exceptions: []calendar.Exception{
			{Date: date(t, "2026-10-01"), Kind: calendar.Work, Name: "国庆值班", Windows: []calendar.Window{calendar.Hours(10, 0, 16, 0)}},
		}}); err != nil {
			t.Fatal(err)
		}
		check("open on National Day", open(f.west.ID, "2026-10-01"), "10:00-16:00")
		check("no holidays", open(f.west.ID, "2026-10-02"), "09:00-12:00 13:00-18:00")
		if err := set(f.sh, Hours{AllDay: true}); err != nil {
			t.Fatal(err)
		}
		if c, err := f.Calendar(t.Context(), d, f.sh.ID); err != nil || !c.AllDay() {
			t.Errorf("all day = %v, %v", c, err)
		}
		if err := set(f.sh, Hours{}); err != nil {
			t.Fatal(err)
		}
		check("back to the centre's", open(f.sh.ID, "2026-11-23"), "08:30-18:00")
		check("centre by no id", open("", "2026-11-23"), "08:30-18:00")
		got, err := f.Hours(t.Context(), d, f.west.ID)
		if err != nil || got.Weekly == nil || len(got.Exceptions) != 1 || got.Country != "" {
			t.Errorf("hours = %+v, %v", got, err)
		}
		overlap := calendar.MondayToFriday(calendar.Hours(9, 0, 13, 0), calendar.Hours(12, 0, 18, 0))
		never := calendar.Weekly{}
		twice := []calendar.Exception{{Date: date(t, "2026-12-01"), Kind: calendar.Off, Name: "甲"}, {Date: date(t, "2026-12-01"), Kind: calendar.Off, Name: "乙"}}
		for _, tt := range []struct {
			name string
			h    Hours
		}{
			{"overlap", Hours{Weekly: &overlap}},
			{"never open", Hours{Weekly: &never}},
			{"date twice", Hours{Exceptions: twice}},
			{"closed with hours", Hours{Exceptions: []calendar.Exception{{Date: date(t, "2026-12-01"), Kind: calendar.Off, Name: "甲", Windows: []calendar.Window{calendar.Hours(9, 0, 10, 0)}}}}},
			{"unknown country", Hours{Weekly: &week, Country: "XX"}},
		} {
			if err := set(f.sh, tt.h); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s: %v, want invalid", tt.name, err)
			}
		}
		if _, err := f.Calendar(t.Context(), d, "nobody"); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("calendar of nobody: %v", err)
		}
	})
}

func TestQuota(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		if _, ok, err := f.Quota(t.Context(), d, f.west.ID, date(t, "2026-11-23")); ok || err != nil {
			t.Errorf("undeclared capacity = %v, %v, want none", ok, err)
		}
		rows := []QuotaRow{
			{Weekday: ptr(time.Monday), Orders: 20},
			{Weekday: ptr(time.Monday), ServiceType: "INST", Orders: 5},
			{Weekday: ptr(time.Thursday), Orders: 20},
			{Date: date(t, "2026-11-30"), Orders: 8},
			{Date: date(t, "2026-10-01"), ServiceType: "REP", Orders: 3},
		}
		if _, err := f.SetQuotas(f.ctx, SetQuotasInput{ID: f.west.ID, Version: 1, Quotas: rows}); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			day             string
			ok              bool
			total, inst, rp int
		}{
			{"2026-11-23", true, 20, 5, 20},
			{"2026-11-30", true, 8, 5, 8},
			{"2026-11-24", false, -1, -1, -1},
			{"2026-10-01", true, 20, 20, 3}, // a Thursday, closed, with a row of its own
			{"2026-02-19", true, 0, 0, 0},   // a Thursday in the Spring Festival
		} {
			c, ok, err := f.Quota(t.Context(), d, f.west.ID, date(t, tt.day))
			if err != nil || ok != tt.ok || c.Total != tt.total || c.For("INST") != tt.inst || c.For("REP") != tt.rp {
				t.Errorf("%s = %+v, %v, %v, want %+v", tt.day, c, ok, err, tt)
			}
		}
		if list, err := f.Quotas(t.Context(), d, f.west.ID); err != nil || len(list) != 5 || list[4].Date.IsZero() {
			t.Errorf("quotas = %+v, %v, want weekdays first, then dates", list, err)
		}
		for _, q := range []QuotaRow{
			{Orders: 1},
			{Weekday: ptr(time.Weekday(7)), Orders: 1},
			{Weekday: ptr(time.Monday), Date: date(t, "2026-11-30"), Orders: 1},
			{Weekday: ptr(time.Monday), Orders: -1},
			{Weekday: ptr(time.Monday), ServiceType: "NOPE", Orders: 1},
		} {
			if _, err := f.SetQuotas(f.ctx, SetQuotasInput{ID: f.west.ID, Version: 2, Quotas: []QuotaRow{q}}); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("quota %+v: %v, want invalid", q, err)
			}
		}
		double := []QuotaRow{{Weekday: ptr(time.Monday), Orders: 1}, {Weekday: ptr(time.Monday), Orders: 2}}
		if _, err := f.SetQuotas(f.ctx, SetQuotasInput{ID: f.west.ID, Version: 2, Quotas: double}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("the same day twice: %v, want invalid", err)
		}
	})
}

func TestContacts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		in := SetContactsInput{ID: f.west.ID, Version: 1, Contacts: []Contact{{Role: "manager", Name: "欧阳建国", Phone: "13912345678"}, {Role: "finance", Name: "李红"}}}
		if _, err := f.SetContacts(f.ctx, in); err != nil {
			t.Fatal(err)
		}
		open, err := f.Contacts(f.ctx, f.west.ID)
		if err != nil || len(open) != 2 || open[0].Name != "欧阳建国" || open[0].Phone != "13912345678" {
			t.Errorf("contacts = %+v, %v", open, err)
		}
		masked, err := f.Contacts(as(t, access.Everything, PermRead), f.west.ID)
		if err != nil || masked[0].Name != "欧阳**" || masked[0].Phone != "139****5678" {
			t.Errorf("masked contacts = %+v, %v", masked, err)
		}
		lines, err := audit.New(d).Of(t.Context(), "outlet", string(f.west.ID))
		if err != nil || len(lines) != 2 {
			t.Fatalf("audit = %+v, %v, want two acts", lines, err)
		}
		told, err := events.OfRecord(t.Context(), d, "outlet", string(f.west.ID))
		if err != nil || len(told) != 2 {
			t.Fatalf("events = %+v, %v, want two", told, err)
		}
		for i := range lines {
			for _, text := range []string{lines[i].Before, lines[i].After, string(told[i].Body)} {
				if strings.Contains(text, "13912345678") || strings.Contains(text, "欧阳") {
					t.Errorf("a contact stands in clear in %s", text)
				}
			}
		}
		sealed, err := db.List(t.Context(), d, func(s db.Scanner) ([]byte, error) { var b []byte; return b, s.Scan(&b) }, `SELECT phone_sealed FROM outlets_contact WHERE phone_sealed IS NOT NULL`)
		if err != nil || len(sealed) != 1 || bytes.Contains(sealed[0], []byte("13912345678")) {
			t.Errorf("sealed phones = %q, %v", sealed, err)
		}
		if _, err := f.SetContacts(f.ctx, SetContactsInput{ID: f.west.ID, Version: 2}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.keys.Open(t.Context(), d, open[0].KeyID, sealed[0]); !errors.Is(err, crypt.ErrErased) {
			t.Errorf("a contact who went can still be read: %v", err)
		}
		for _, c := range []Contact{{Role: "king", Name: "甲"}, {Role: "manager"}, {Role: "manager", Name: "甲", Phone: "abc"}} {
			if _, err := f.SetContacts(f.ctx, SetContactsInput{ID: f.west.ID, Version: 3, Contacts: []Contact{c}}); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("contact %+v: %v, want invalid", c, err)
			}
		}
	})
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := apitest.New(t, d, apitest.Plain{}, apitest.Named{
			"admin": {Kind: access.User, ID: "admin", Permissions: access.Set{"*": true}, Scope: access.Everything},
			"west":  {Kind: access.User, ID: "west", Permissions: access.Set{PermRead: true, PermOwn: true}, Scope: access.Scope{OutletPath: "/hz/west/"}},
		}, []fs.FS{Words}, f.Service)
		west := "/outlets/" + string(f.west.ID)
		for _, tt := range []struct {
			name, method, path, body, user, match string
			status                                int
			code                                  string
		}{
			{"nobody", "GET", "/outlets", "", "", "", 401, "unauthorized"},
			{"another outlet", "GET", "/outlets/" + string(f.sh.ID), "", "west", "", 404, "not_found"},
			{"no version", "PATCH", west, `{"name":"甲"}`, "admin", "", 428, "version_required"},
			{"stale", "PATCH", west, `{"name":"甲"}`, "admin", `"9"`, 412, "stale"},
			{"edit", "PATCH", west, `{"name":"甲","point":{"lat":30.2,"lon":120.1}}`, "admin", `"1"`, 200, ""},
			{"hours", "PUT", west + "/hours", `{"weekly":{"mon":["09:00-12:00","13:00-18:00"]},"country":"CN","exceptions":[{"date":"2026-12-01","kind":"OFF","name":"盘点"}]}`, "west", `"2"`, 200, ""},
			{"bad window", "PUT", west + "/hours", `{"weekly":{"mon":["18:00-09:00"]}}`, "west", `"3"`, 422, "invalid"},
			{"bad day", "PUT", west + "/hours", `{"weekly":{"noday":["09:00-10:00"]}}`, "west", `"3"`, 422, "invalid"},
			{"areas are not the outlet's", "PUT", west + "/areas", `{"items":[{"division":"3301","rank":1}]}`, "west", `"3"`, 403, "forbidden"},
			{"areas", "PUT", west + "/areas", `{"items":[{"division":"3301","rank":1,"categories":["AC"]}]}`, "admin", `"3"`, 200, ""},
			{"quotas", "PUT", west + "/quotas", `{"items":[{"weekday":1,"orders":9},{"date":"2026-12-07","orders":3}]}`, "west", `"4"`, 200, ""},
			{"quotas wrong", "PUT", west + "/quotas", `{"items":[{"weekday":8,"orders":9}]}`, "west", `"5"`, 422, "invalid"},
			{"contacts", "PUT", west + "/contacts", `{"items":[{"role":"manager","name":"王强","phone":"13800001111"}]}`, "west", `"5"`, 200, ""},
			{"serving", "GET", "/outlets/serving?division=330106&category=AC", "", "west", "", 200, ""},
			{"span too long", "GET", west + "/calendar?from=2026-01-01&to=2026-12-31", "", "west", "", 422, "invalid"},
			{"date is none", "GET", west + "/calendar?from=today&to=2026-12-31", "", "west", "", 422, "invalid"},
			{"suspend without a reason", "POST", west + "/suspend", `{}`, "admin", "", 422, "invalid"},
			{"suspend", "POST", west + "/suspend", `{"reason":"outlet_holiday"}`, "admin", "", 200, ""},
			{"suspend again", "POST", west + "/suspend", `{"reason":"outlet_holiday"}`, "admin", "", 409, "outlets.state"},
			{"not the outlet's matter", "POST", west + "/resume", `{}`, "west", "", 403, "forbidden"},
			{"create", "POST", "/outlets", `{"code":"nb","name":"宁波","kind":"own"}`, "admin", "", 201, ""},
			{"create again", "POST", "/outlets", `{"code":"nb","name":"宁波","kind":"own"}`, "admin", "", 409, "outlets.code_taken"},
			{"create a bad one", "POST", "/outlets", `{"code":"N B","name":"宁波","kind":"own"}`, "admin", "", 422, "invalid"},
		} {
			w, out := api.Ask(tt.method, tt.path, tt.body, "X-User", tt.user, "If-Match", tt.match)
			if w.Code != tt.status || tt.code != "" && out["code"] != tt.code {
				t.Errorf("%s = %d %s, want %d %s", tt.name, w.Code, w.Body, tt.status, tt.code)
			}
		}
		if _, out := api.Ask("GET", west+"/hours", "", "X-User", "west"); fmt.Sprint(out["weekly"]) != "map[mon:[09:00-12:00 13:00-18:00]]" {
			t.Errorf("hours = %v", out)
		}
		_, out := api.Ask("GET", west+"/calendar?from=2026-12-01&to=2026-12-07", "", "X-User", "west")
		days, _ := out["days"].([]any)
		if len(days) != 7 || fmt.Sprint(days[6].(map[string]any)["capacity"]) != "3" || days[0].(map[string]any)["layer"] != "own" {
			t.Errorf("calendar = %v", out)
		}
		if _, out := api.Ask("GET", west+"/contacts", "", "X-User", "west"); !strings.Contains(fmt.Sprint(out), "138****1111") {
			t.Errorf("contacts without the permission = %v, want them masked", out)
		}
		w, out := api.Ask("GET", "/outlets?limit=2", "", "X-User", "admin")
		next, _ := out["next_cursor"].(string)
		if w.Code != 200 || len(out["items"].([]any)) != 2 || next == "" {
			t.Fatalf("first page = %s", w.Body)
		}
		if _, out := api.Ask("GET", "/outlets?limit=2&cursor="+next, "", "X-User", "admin"); len(out["items"].([]any)) != 2 || out["next_cursor"] != nil {
			t.Errorf("last page = %v", out)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	c := i18n.Must(Words)
	if p := c.Problems(); len(p) > 0 {
		t.Errorf("words: %v", p)
	}
	for _, code := range problem.Codes() {
		if strings.HasPrefix(code.Key, "outlets.") && !c.Has(i18n.English, "problem."+code.Key) {
			t.Errorf("no words for %s", code.Key)
		}
	}
	for _, tr := range Transitions {
		if !c.Has(i18n.English, "outlets.act."+tr.Act) || !c.Has(i18n.English, "outlets.state."+string(tr.To)) {
			t.Errorf("no words for the act %s or the state %s", tr.Act, tr.To)
		}
	}
}
