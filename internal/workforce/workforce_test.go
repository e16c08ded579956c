package workforce

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

func date(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCreate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		got := f.get(f.li.ID)
		if got.OutletPath != "/hz/" || got.Level("REFR") != 3 || !got.Has("LVE") || got.Has("GAS") || got.Has("WELD") || got.State != StateActive {
			t.Errorf("Li = %+v", got)
		}
		if phone, err := f.Phone(t.Context(), d, got); err != nil || phone != "13912345678" || bytes.Contains(got.PhoneSealed, []byte("13912345678")) {
			t.Errorf("phone = %q, %v, want it sealed and readable", phone, err)
		}
		if e, err := f.EngineerOfUser(t.Context(), d, "user-li"); err != nil || e.ID != f.li.ID {
			t.Errorf("EngineerOfUser = %v, %v", e.ID, err)
		}
		if e, err := f.ByNumber(t.Context(), d, "E001"); err != nil || e.ID != f.li.ID {
			t.Errorf("ByNumber = %v, %v", e.ID, err)
		}
		for phone, want := range map[string]bool{"+86 139-1234-5678": true, "13900000000": false, "": false} {
			if ok, err := f.IsStaffPhone(t.Context(), d, phone); err != nil || ok != want {
				t.Errorf("IsStaffPhone(%q) = %v, %v, want %v", phone, ok, err, want)
			}
		}
		base := func(change func(*CreateInput)) CreateInput {
			in := CreateInput{OutletID: f.hz.ID, Name: "甲", Job: JobEngineer}
			change(&in)
			return in
		}
		for _, tt := range []struct {
			name   string
			change func(*CreateInput)
			want   *problem.Code
		}{
			{"fine", func(in *CreateInput) { in.ExternalIDs = []outlets.ExternalID{{System: "hr", ID: "7"}} }, nil},
			{"external id again", func(in *CreateInput) { in.ExternalIDs = []outlets.ExternalID{{System: "hr", ID: "7"}} }, ErrExternal},
			{"number taken", func(in *CreateInput) { in.Number = "E001" }, ErrNumberTaken},
			{"user taken", func(in *CreateInput) { in.UserID = "user-li" }, ErrUserTaken},
			{"unknown outlet", func(in *CreateInput) { in.OutletID = "nobody" }, problem.ErrInvalid},
			{"no name", func(in *CreateInput) { in.Name = "" }, problem.ErrInvalid},
			{"bad text", func(in *CreateInput) { in.Name = "甲\u0007" }, problem.ErrInvalid},
			{"unknown job", func(in *CreateInput) { in.Job = "king" }, problem.ErrInvalid},
			{"unknown skill", func(in *CreateInput) { in.Skills = []Skill{{"FLY", 1}} }, problem.ErrInvalid},
			{"skill level", func(in *CreateInput) { in.Skills = []Skill{{"GAS", 9}} }, problem.ErrInvalid},
			{"skill twice", func(in *CreateInput) { in.Skills = []Skill{{"GAS", 1}, {"GAS", 2}} }, problem.ErrInvalid},
			{"brand of another outlet", func(in *CreateInput) { in.OutletID, in.Brands = f.sh.ID, []catalog.BrandID{f.one} }, problem.ErrInvalid},
			{"phone", func(in *CreateInput) { in.Phone = "no" }, problem.ErrInvalid},
			{"point", func(in *CreateInput) { in.StartPoint = geo.Point{Lat: 200, Lon: 1, Datum: geo.WGS84} }, problem.ErrInvalid},
		} {
			if _, err := f.Create(f.ctx, base(tt.change)); !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if e, err := f.ByExternalID(t.Context(), d, "hr", "7"); err != nil || e.Name != "甲" {
			t.Errorf("ByExternalID = %+v, %v", e, err)
		}
	})
}

// TestScope: an actor sees the people at and below his path who work for one of his brands.
func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		only := f.create(CreateInput{OutletID: f.hz.ID, Name: "孙师傅", Job: JobEngineer, Brands: []catalog.BrandID{f.two}})
		for _, tt := range []struct {
			name  string
			scope access.Scope
			want  []EngineerID
		}{
			{"centre", access.Everything, []EngineerID{f.li.ID, only.ID, f.wu.ID}},
			{"Hangzhou", access.Scope{OutletPath: "/hz/"}, []EngineerID{f.li.ID, only.ID}},
			{"Shanghai", access.Scope{OutletPath: "/sh/"}, []EngineerID{f.wu.ID}},
			{"brand one", access.Scope{OutletPath: "/", Brands: []string{string(f.one)}}, []EngineerID{f.li.ID}},
			{"brand two", access.Scope{OutletPath: "/", Brands: []string{string(f.two)}}, []EngineerID{f.li.ID, only.ID, f.wu.ID}},
			{"brand one in Shanghai", access.Scope{OutletPath: "/sh/", Brands: []string{string(f.one)}}, nil},
			{"no brand", access.Scope{OutletPath: "/", Brands: []string{}}, nil},
			{"no scope", access.Scope{}, nil},
		} {
			ctx := as(t, tt.scope, PermRead)
			list, err := f.List(ctx, Filter{Limit: 50})
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			var got []EngineerID
			for _, e := range list {
				got = append(got, e.ID)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s sees %v, want %v", tt.name, got, tt.want)
			}
			for _, id := range []EngineerID{f.li.ID, only.ID, f.wu.ID} {
				_, err := f.Find(ctx, id)
				if found := err == nil; found != slices.Contains(tt.want, id) || !found && !problem.Match(err, problem.ErrNotFound) {
					t.Errorf("%s: Find = %v", tt.name, err)
				}
			}
		}
		other := as(t, access.Scope{OutletPath: "/sh/"}, "*")
		for what, err := range map[string]error{
			"edit":    second(f.Edit(other, EditInput{ID: f.li.ID, Version: 1, Name: ptr("乙")})),
			"leave":   second(f.Leave(other, ActInput{ID: f.li.ID, Act: access.Act{Reason: "staff_leave"}})),
			"move":    second(f.Move(other, MoveInput{ID: f.li.ID, OutletID: f.sh.ID})),
			"shifts":  second(f.SetWeek(other, SetWeekInput{ID: f.li.ID, Version: 1})),
			"absence": second(f.AddAbsence(other, AddAbsenceInput{Engineer: f.li.ID, Kind: "sick", Start: noon, End: noon.Add(time.Hour)})),
			"list":    second(f.AbsencesOf(other, f.li.ID, noon)),
		} {
			if !problem.Match(err, problem.ErrNotFound) {
				t.Errorf("%s of another outlet's engineer: %v, want not found", what, err)
			}
		}
		if _, err := f.Create(other, CreateInput{OutletID: f.hz.ID, Name: "甲", Job: JobEngineer}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("a person for another outlet: %v, want invalid", err)
		}
		if _, err := f.Move(other, MoveInput{ID: f.wu.ID, OutletID: f.hz.ID}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("moving a person into another outlet: %v, want invalid", err)
		}
		himself := access.With(t.Context(), access.Actor{Kind: access.User, ID: "user-li", EngineerID: string(f.li.ID), Scope: access.Scope{OutletPath: "/hz/"}, Permissions: access.Set{}})
		if e, err := f.Find(himself, f.li.ID); err != nil || e.ID != f.li.ID {
			t.Errorf("an engineer cannot read himself: %v", err)
		}
		if _, err := f.Find(himself, only.ID); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an engineer without the permission reads another: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestCertificates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		snap, err := f.catalog.Current(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		day := date(t, "2026-11-23")
		lacks := func(id EngineerID, on calendar.Date, skills ...catalog.SkillCode) string {
			var out []string
			for _, l := range f.get(id).Lacks(snap, skills, on) {
				out = append(out, string(l.Skill)+":"+l.What)
			}
			return strings.Join(out, " ")
		}
		if got := lacks(f.li.ID, day, "REFR", "LVE", "GAS", "BASIC"); got != "REFR:certificate LVE:certificate GAS:skill BASIC:skill" {
			t.Errorf("without papers Li lacks %q", got)
		}
		e, err := f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 1, Code: "REFR", Number: "T330106199001011234", IssuedOn: date(t, "2024-01-01")})
		if err != nil {
			t.Fatal(err)
		}
		c := e.Certificates[0]
		if c.ValidTo != date(t, "2029-12-31") || c.RecheckBy != date(t, "2026-12-31") || e.Version != 2 {
			t.Errorf("certificate = %s to %s, re-check by %s, want six and three years", c.IssuedOn, c.ValidTo, c.RecheckBy)
		}
		for _, tt := range []struct {
			on   string
			want string
		}{
			{"2023-12-31", "REFR:certificate"}, {"2024-01-01", ""}, {"2026-12-31", ""}, {"2027-01-01", "REFR:certificate"},
		} {
			if got := lacks(f.li.ID, date(t, tt.on), "REFR"); got != tt.want {
				t.Errorf("on %s Li lacks %q, want %q", tt.on, got, tt.want)
			}
		}
		if f.day(f.li.ID, "2026-11-23") == 0 || f.day(f.li.ID, "2026-11-22") != 0 {
			t.Error("a certificate bumps the days from today on, and none before")
		}
		due, err := f.DueCertificates(f.ctx, date(t, "2026-12-31"), [2]string{}, 10)
		if err != nil || len(due) != 1 || due[0].Due != date(t, "2026-12-31") || due[0].Staff != f.li.ID {
			t.Errorf("due = %+v, %v", due, err)
		}
		if due, err := f.DueCertificates(as(t, access.Scope{OutletPath: "/sh/"}, PermRead), date(t, "2030-12-31"), [2]string{}, 10); err != nil || len(due) != 0 {
			t.Errorf("due of another outlet = %+v, %v, want none", due, err)
		}
		if due, err := f.DueCertificates(as(t, access.Scope{OutletPath: "/", Brands: []string{string(f.two)}}, PermRead), date(t, "2030-12-31"), [2]string{}, 10); err != nil || len(due) != 1 {
			t.Errorf("due of a brand of the outlet = %+v, %v, want one", due, err)
		}
		if e, err = f.RecheckCertificate(f.ctx, RecheckCertificateInput{ID: f.li.ID, Version: 2, Certificate: c.ID, RecheckBy: date(t, "2029-12-31")}); err != nil {
			t.Fatal(err)
		}
		if got := lacks(f.li.ID, date(t, "2029-12-31"), "REFR") + lacks(f.li.ID, date(t, "2030-01-01"), "REFR"); got != "REFR:certificate" {
			t.Errorf("after the re-check Li lacks %q, want it to end with 2029", got)
		}
		if n, err := f.CertificateNumbers(t.Context(), d, e); err != nil || n[c.ID] != "T330106199001011234" {
			t.Errorf("numbers = %v, %v", n, err)
		}
		for _, tt := range []struct {
			name string
			err  error
			want *problem.Code
		}{
			{"stale", second(f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 1, Code: "LVE", Number: "1", IssuedOn: day})), problem.ErrStale},
			{"unknown skill", second(f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 3, Code: "FLY", Number: "1", IssuedOn: day})), problem.ErrInvalid},
			{"skill without paper", second(f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 3, Code: "BASIC", Number: "1", IssuedOn: day})), problem.ErrInvalid},
			{"no number", second(f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 3, Code: "LVE", IssuedOn: day})), problem.ErrInvalid},
			{"no date", second(f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 3, Code: "LVE", Number: "1"})), problem.ErrInvalid},
			{"ends before it begins", second(f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 3, Code: "LVE", Number: "1", IssuedOn: day, ValidTo: day - 1})), problem.ErrInvalid},
			{"re-check past the end", second(f.RecheckCertificate(f.ctx, RecheckCertificateInput{ID: f.li.ID, Version: 3, Certificate: c.ID, RecheckBy: date(t, "2031-01-01")})), problem.ErrInvalid},
			{"remove of another's", second(f.RemoveCertificate(f.ctx, RemoveCertificateInput{ID: f.wu.ID, Version: 1, Certificate: c.ID})), problem.ErrNotFound},
			{"remove", second(f.RemoveCertificate(f.ctx, RemoveCertificateInput{ID: f.li.ID, Version: 3, Certificate: c.ID})), nil},
			{"gas has no end by rule", second(f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 4, Code: "GAS", Number: "1", IssuedOn: day})), nil},
		} {
			if !problem.Match(tt.err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, tt.err, tt.want)
			}
		}
		if got := f.get(f.li.ID).Certificates; len(got) != 1 || !got[0].ValidTo.IsZero() || !got[0].ValidOn(date(t, "2099-01-01")) {
			t.Errorf("certificates = %+v, want the one without end", got)
		}
	})
}

// show writes shifts as local times: "11-23 08:30-12:00".
func show(list []Shift) string {
	var out []string
	for _, s := range list {
		out = append(out, s.Date.String()[5:]+" "+s.Start.In(shanghai).Format("15:04")+"-"+s.End.In(shanghai).Format("15:04"))
	}
	return strings.Join(out, ", ")
}

func TestShifts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		check := func(what, from, to, want string) {
			t.Helper()
			got, err := f.Working(t.Context(), d, []EngineerID{f.li.ID, f.li.ID}, date(t, from), date(t, to))
			if err != nil || show(got[f.li.ID]) != want {
				t.Errorf("%s: %q, %v, want %q", what, show(got[f.li.ID]), err, want)
			}
		}
		check("the outlet's hours", "2026-11-23", "2026-11-24", "11-23 08:30-18:00, 11-24 08:30-18:00")
		check("National Day", "2026-10-01", "2026-10-01", "")
		week := Week{1: {calendar.Hours(8, 0, 12, 0), calendar.Hours(13, 0, 17, 0)}, 2: {calendar.Hours(10, 0, 20, 0)}}
		if _, err := f.SetWeek(f.ctx, SetWeekInput{ID: f.li.ID, Version: 1, Week: &week}); err != nil {
			t.Fatal(err)
		}
		check("template", "2026-11-23", "2026-11-25", "11-23 08:00-12:00, 11-23 13:00-17:00, 11-24 10:00-20:00")
		check("a make-up Saturday is worked like a Monday", "2026-10-10", "2026-10-10", "10-10 08:00-12:00, 10-10 13:00-17:00")
		days := map[calendar.Date]*DayPlan{
			date(t, "2026-11-23"): {},
			date(t, "2026-11-25"): {calendar.Hours(9, 0, 11, 0)},
			date(t, "2026-10-01"): {calendar.Hours(9, 0, 10, 0)},
		}
		if _, err := f.SetDays(f.ctx, SetDaysInput{ID: f.li.ID, Version: 2, Days: days}); err != nil {
			t.Fatal(err)
		}
		check("dates apart", "2026-11-23", "2026-11-25", "11-24 10:00-20:00, 11-25 09:00-11:00")
		check("a date apart on a holiday", "2026-10-01", "2026-10-01", "10-01 09:00-10:00")
		if _, err := f.SetDays(f.ctx, SetDaysInput{ID: f.li.ID, Version: 3, Days: map[calendar.Date]*DayPlan{date(t, "2026-11-23"): nil}}); err != nil {
			t.Fatal(err)
		}
		check("back to the template", "2026-11-23", "2026-11-23", "11-23 08:00-12:00, 11-23 13:00-17:00")
		at := func(s string) time.Time {
			v, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		a, err := f.AddAbsence(f.ctx, AddAbsenceInput{Engineer: f.li.ID, Kind: "sick", Start: at("2026-11-23 11:00"), End: at("2026-11-23 14:30")})
		if err != nil {
			t.Fatal(err)
		}
		check("absence over the break", "2026-11-23", "2026-11-23", "11-23 08:00-11:00, 11-23 14:30-17:00")
		if _, err := f.AddAbsence(f.ctx, AddAbsenceInput{Engineer: f.li.ID, Kind: "leave", Start: at("2026-11-23 16:00"), End: at("2026-11-25 00:00")}); err != nil {
			t.Fatal(err)
		}
		check("two absences", "2026-11-23", "2026-11-25", "11-23 08:00-11:00, 11-23 14:30-16:00, 11-25 09:00-11:00")
		if _, err := f.CancelAbsence(f.ctx, CancelAbsenceInput{Engineer: f.li.ID, ID: a.ID}); err != nil {
			t.Fatal(err)
		}
		check("one cancelled", "2026-11-23", "2026-11-23", "11-23 08:00-12:00, 11-23 13:00-16:00")
		if _, err := f.CancelAbsence(f.ctx, CancelAbsenceInput{Engineer: f.li.ID, ID: a.ID}); !problem.Match(err, ErrCancelled) {
			t.Errorf("cancel again: %v, want %v", err, ErrCancelled)
		}
		if _, err := f.CancelAbsence(f.ctx, CancelAbsenceInput{Engineer: f.wu.ID, ID: a.ID}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("cancel of another's: %v, want not found", err)
		}
		if list, err := f.AbsencesOf(f.ctx, f.li.ID, noon); err != nil || len(list) != 2 || !list[0].Cancelled {
			t.Errorf("absences = %+v, %v", list, err)
		}
		for _, tt := range []struct {
			name string
			err  error
			want *problem.Code
		}{
			{"overlap", second(f.SetWeek(f.ctx, SetWeekInput{ID: f.li.ID, Version: 4, Week: &Week{1: {calendar.Hours(8, 0, 12, 0), calendar.Hours(11, 0, 13, 0)}}})), problem.ErrInvalid},
			{"past midnight", second(f.SetWeek(f.ctx, SetWeekInput{ID: f.li.ID, Version: 4, Week: &Week{1: {calendar.Hours(20, 0, 26, 0)}}})), problem.ErrInvalid},
			{"stale", second(f.SetWeek(f.ctx, SetWeekInput{ID: f.li.ID, Version: 1})), problem.ErrStale},
			{"no day", second(f.SetDays(f.ctx, SetDaysInput{ID: f.li.ID, Version: 4})), problem.ErrInvalid},
			{"absence backwards", second(f.AddAbsence(f.ctx, AddAbsenceInput{Engineer: f.li.ID, Kind: "sick", Start: noon, End: noon})), problem.ErrInvalid},
			{"absence of years", second(f.AddAbsence(f.ctx, AddAbsenceInput{Engineer: f.li.ID, Kind: "sick", Start: noon, End: noon.AddDate(3, 0, 0)})), problem.ErrInvalid},
			{"absence of no kind", second(f.AddAbsence(f.ctx, AddAbsenceInput{Engineer: f.li.ID, Kind: "party", Start: noon, End: noon.Add(time.Hour)})), problem.ErrInvalid},
			{"not allowed", second(f.SetWeek(as(t, access.Everything, PermRead), SetWeekInput{ID: f.li.ID, Version: 4})), problem.ErrForbidden},
		} {
			if !problem.Match(tt.err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, tt.err, tt.want)
			}
		}
		if _, err := f.SetWeek(f.ctx, SetWeekInput{ID: f.li.ID, Version: 4}); err != nil {
			t.Fatal(err)
		}
		check("the outlet's hours again", "2026-11-26", "2026-11-26", "11-26 08:30-18:00")
		if got, err := f.Shifts(t.Context(), d, nil, date(t, "2026-11-26"), date(t, "2026-11-27")); err != nil || len(got) != 0 {
			t.Errorf("shifts of nobody = %v, %v", got, err)
		}
	})
}

// TestEngineerDay is the guard of a day: every change that touches it counts its version up, and no other.
func TestEngineerDay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		last := map[string]int64{}
		expect := func(what string, bumped ...string) {
			t.Helper()
			for _, day := range []string{"2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2027-06-01"} {
				v := f.day(f.li.ID, day)
				if up := v > last[day]; up != slices.Contains(bumped, day) {
					t.Errorf("%s: %s went from %d to %d, want it bumped: %v", what, day, last[day], v, slices.Contains(bumped, day))
				}
				last[day] = v
			}
		}
		_, err := db.InTx(t.Context(), d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return f.BumpDayTx(ctx, tx, f.li.ID, "2027-06-01")
		})
		if err != nil {
			t.Fatal(err)
		}
		expect("a plan far ahead", "2027-06-01")
		if _, err := f.AddAbsence(f.ctx, AddAbsenceInput{Engineer: f.li.ID, Kind: "leave", Start: noon, End: time.Date(2026, 11, 24, 16, 0, 0, 0, time.UTC)}); err != nil {
			t.Fatal(err)
		}
		expect("an absence to midnight", "2026-11-23", "2026-11-24")
		if _, err := f.SetDays(f.ctx, SetDaysInput{ID: f.li.ID, Version: 1, Days: map[calendar.Date]*DayPlan{date(t, "2026-11-25"): {}}}); err != nil {
			t.Fatal(err)
		}
		expect("a date apart", "2026-11-25")
		if _, err := f.SetWeek(f.ctx, SetWeekInput{ID: f.li.ID, Version: 2}); err != nil {
			t.Fatal(err)
		}
		expect("a new template", "2026-11-23", "2026-11-24", "2026-11-25", "2027-06-01")
		if _, err := f.Edit(f.ctx, EditInput{ID: f.li.ID, Version: 3, Phone: ptr("13900001111")}); err != nil {
			t.Fatal(err)
		}
		expect("a new phone")
		if _, err := f.Edit(f.ctx, EditInput{ID: f.li.ID, Version: 4, Skills: []Skill{{"GAS", 5}}}); err != nil {
			t.Fatal(err)
		}
		expect("new skills", "2026-11-23", "2026-11-24", "2026-11-25", "2027-06-01")
		if v := f.day(f.wu.ID, "2026-11-23"); v != 0 {
			t.Errorf("the other engineer's day = %d, want it untouched", v)
		}
		bad := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.BumpDayTx(ctx, tx, f.li.ID, "tomorrow")
			return err
		})
		if bad == nil {
			t.Error("BumpDayTx took a day that is none")
		}
	})
}

// TestBumpTogether: many planners of one day and of overlapping days each get a version of their own.
func TestBumpTogether(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		const callers = 24
		var mu sync.Mutex
		seen, errs := map[int64]bool{}, []error{}
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				days := []Day{{f.li.ID, "2026-11-23"}, {f.wu.ID, "2026-11-23"}, {f.li.ID, "2026-11-24"}}
				if i%2 == 0 {
					slices.Reverse(days)
				}
				got, err := db.InTx(t.Context(), d, func(ctx context.Context, tx *db.Tx) (map[Day]int64, error) { return f.BumpDaysTx(ctx, tx, days) })
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					errs = append(errs, err)
				}
				seen[got[days[1]]] = true
			})
		}
		wg.Wait()
		if len(errs) > 0 || len(seen) != callers {
			t.Errorf("%d versions of %d callers, errors %v", len(seen), callers, errors.Join(errs...))
		}
		all, err := f.DayVersions(t.Context(), d, []EngineerID{f.li.ID, f.wu.ID}, "2026-11-23", "2026-11-24")
		if err != nil || len(all) != 3 || all[Day{f.li.ID, "2026-11-24"}] != callers {
			t.Errorf("versions = %v, %v, want %d each", all, err, callers)
		}
	})
}

func TestActs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		act := func(reason string) ActInput { return ActInput{ID: f.li.ID, Act: access.Act{Reason: reason}} }
		for _, tt := range []struct {
			name string
			run  func() (Engineer, error)
			want *problem.Code
			at   State
		}{
			{"leave without a reason", func() (Engineer, error) { return f.Leave(f.ctx, act("")) }, problem.ErrInvalid, ""},
			{"suspend", func() (Engineer, error) { return f.Suspend(f.ctx, act("staff_long_absence")) }, nil, StateSuspended},
			{"suspend again", func() (Engineer, error) { return f.Suspend(f.ctx, act("staff_long_absence")) }, ErrState, ""},
			{"resume", func() (Engineer, error) { return f.Resume(f.ctx, act("")) }, nil, StateActive},
			{"leave", func() (Engineer, error) { return f.Leave(f.ctx, act("staff_leave")) }, nil, StateLeft},
			{"resume who left", func() (Engineer, error) { return f.Resume(f.ctx, act("")) }, ErrState, ""},
			{"shifts of who left", func() (Engineer, error) {
				return f.SetWeek(f.ctx, SetWeekInput{ID: f.li.ID, Version: f.get(f.li.ID).Version})
			}, ErrState, ""},
			{"move who left", func() (Engineer, error) { return f.Move(f.ctx, MoveInput{ID: f.li.ID, OutletID: f.sh.ID}) }, ErrState, ""},
			{"rejoin", func() (Engineer, error) { return f.Rejoin(f.ctx, act("")) }, nil, StateActive},
			{"move", func() (Engineer, error) { return f.Move(f.ctx, MoveInput{ID: f.li.ID, OutletID: f.sh.ID}) }, nil, StateActive},
		} {
			e, err := tt.run()
			if !problem.Match(err, tt.want) || err == nil && e.State != tt.at {
				t.Errorf("%s = %s, %v, want %s, %v", tt.name, e.State, err, tt.at, tt.want)
			}
			if err == nil && tt.at != StateActive {
				if list, err := f.OfOutlets(t.Context(), d, "/hz/"); err != nil || len(list) != 0 {
					t.Errorf("%s: OfOutlets = %d, %v, want nobody", tt.name, len(list), err)
				}
			}
		}
		e := f.get(f.li.ID)
		if e.OutletPath != "/sh/" || e.UserID != "" {
			t.Errorf("Li = %+v, want him in Shanghai without a user", e)
		}
		list, err := f.OfOutlets(t.Context(), d, "/sh/", "/", "/hz/")
		if err != nil || len(list) != 2 {
			t.Errorf("OfOutlets of everything = %d, %v, want both once", len(list), err)
		}
		stored, err := events.OfRecord(t.Context(), d, "engineer", string(f.li.ID))
		var topics []string
		for _, ev := range stored {
			topics = append(topics, strings.TrimSuffix(strings.TrimPrefix(ev.Topic, "engineer."), ".v1"))
			if strings.Contains(string(ev.Body), "李师傅") || strings.Contains(string(ev.Body), "13912345678") {
				t.Errorf("event %s carries personal data: %s", ev.Topic, ev.Body)
			}
		}
		if got := strings.Join(topics, " "); err != nil || got != "created suspended resumed left resumed moved" {
			t.Errorf("events = %q, %v", got, err)
		}
	})
}

func TestNothingInClear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		if _, err := f.AddCertificate(f.ctx, AddCertificateInput{ID: f.li.ID, Version: 1, Code: "REFR", Number: "T330106199001011234", IssuedOn: date(t, "2024-01-01")}); err != nil {
			t.Fatal(err)
		}
		lines, err := audit.New(d).Of(t.Context(), "engineer", string(f.li.ID))
		if err != nil || len(lines) != 2 {
			t.Fatalf("audit = %+v, %v, want two acts", lines, err)
		}
		told, err := events.OfRecord(t.Context(), d, "engineer", string(f.li.ID))
		if err != nil || len(told) != 2 {
			t.Fatalf("events = %+v, %v, want two", told, err)
		}
		for i := range lines {
			for _, text := range []string{lines[i].Before, lines[i].After, string(told[i].Body)} {
				for _, secret := range []string{"13912345678", "T330106199001011234", "李师傅", "user-li"} {
					if strings.Contains(text, secret) {
						t.Errorf("%s stands in clear in %s", secret, text)
					}
				}
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
			"agent": {Kind: access.User, ID: "agent", Permissions: access.Set{PermRead: true}, Scope: access.Everything},
			"sh":    {Kind: access.User, ID: "sh", Permissions: access.Set{"*": true}, Scope: access.Scope{OutletPath: "/sh/"}},
		}, []fs.FS{Words}, f.Service)
		li := "/staff/" + string(f.li.ID)
		w, out := api.Ask("POST", "/staff", `{"outlet_id":"`+string(f.hz.ID)+`","name":"周师傅","job":"engineer","phone":"13800002222","skills":[{"code":"GAS","level":4}],"start_point":{"lat":30.1,"lon":120.2}}`,
			"X-User", "admin", "Idempotency-Key", "k1")
		if w.Code != 201 || out["phone"] != "13800002222" {
			t.Fatalf("create = %d %s", w.Code, w.Body)
		}
		for _, tt := range []struct {
			name, method, path, body, user, match string
			status                                int
			code                                  string
		}{
			{"nobody", "GET", "/staff", "", "", "", 401, "unauthorized"},
			{"another outlet's", "GET", li, "", "sh", "", 404, "not_found"},
			{"no version", "PATCH", li, `{"name":"甲"}`, "admin", "", 428, "version_required"},
			{"stale", "PATCH", li, `{"name":"甲"}`, "admin", `"5"`, 412, "stale"},
			{"edit", "PATCH", li, `{"max_visits":6}`, "admin", `"1"`, 200, ""},
			{"not allowed", "PATCH", li, `{"max_visits":7}`, "agent", `"2"`, 403, "forbidden"},
			{"bad level", "PATCH", li, `{"skills":[{"code":"GAS","level":9}]}`, "admin", `"2"`, 422, "invalid"},
			{"number taken", "POST", "/staff", `{"outlet_id":"` + string(f.hz.ID) + `","name":"甲","job":"engineer","number":"E001"}`, "admin", "", 409, "workforce.number_taken"},
			{"certificate", "POST", li + "/certificates", `{"code":"REFR","number":"T1234567","issued_on":"2024-01-01"}`, "admin", `"2"`, 200, ""},
			{"certificate without a date", "POST", li + "/certificates", `{"code":"REFR","number":"T1"}`, "admin", `"3"`, 422, "invalid"},
			{"week", "PUT", li + "/shift-template", `{"week":{"mon":["08:00-12:00"]}}`, "admin", `"3"`, 200, ""},
			{"week of no day", "PUT", li + "/shift-template", `{"week":{"xyz":["08:00-12:00"]}}`, "admin", `"4"`, 422, "invalid"},
			{"bad window", "PUT", li + "/shift-template", `{"week":{"mon":["8-12"]}}`, "admin", `"4"`, 422, "invalid"},
			{"days", "POST", li + "/shift-days", `{"days":[{"date":"2026-11-24","windows":["09:00-10:00"]},{"date":"2026-11-30"}]}`, "admin", `"4"`, 200, ""},
			{"day twice", "POST", li + "/shift-days", `{"days":[{"date":"2026-11-24"},{"date":"2026-11-24"}]}`, "admin", `"5"`, 422, "invalid"},
			{"absence", "POST", li + "/absences", `{"kind":"sick","start":"2026-11-24T01:30:00Z","end":"2026-11-24T06:00:00Z"}`, "admin", "", 201, ""},
			{"absence backwards", "POST", li + "/absences", `{"kind":"sick","start":"2026-11-24T06:00:00Z","end":"2026-11-24T01:30:00Z"}`, "admin", "", 422, "invalid"},
			{"absence of another outlet's", "POST", li + "/absences", `{"kind":"sick","start":"2026-11-24T01:30:00Z","end":"2026-11-24T06:00:00Z"}`, "sh", "", 404, "not_found"},
			{"due", "GET", "/certificates/due?by=2027-01-01", "", "agent", "", 200, ""},
			{"due when", "GET", "/certificates/due?by=soon", "", "agent", "", 422, "invalid"},
			{"span too long", "GET", li + "/shifts?from=2026-01-01&to=2027-01-01", "", "agent", "", 422, "invalid"},
			{"suspend", "POST", li + "/suspend", `{"reason":"staff_long_absence"}`, "admin", "", 200, ""},
			{"suspend again", "POST", li + "/suspend", `{"reason":"staff_long_absence"}`, "admin", "", 409, "workforce.state"},
			{"resume", "POST", li + "/resume", `{}`, "admin", "", 200, ""},
			{"move nowhere", "POST", li + "/move", `{"outlet_id":"nobody"}`, "admin", "", 422, "invalid"},
		} {
			w, out := api.Ask(tt.method, tt.path, tt.body, "X-User", tt.user, "If-Match", tt.match)
			if w.Code != tt.status || tt.code != "" && out["code"] != tt.code {
				t.Errorf("%s = %d %s, want %d %s", tt.name, w.Code, w.Body, tt.status, tt.code)
			}
		}
		_, out = api.Ask("GET", li, "", "X-User", "agent")
		if out["phone"] != "139****5678" || strings.Contains(fmt.Sprint(out["certificates"]), "T1234567") {
			t.Errorf("Li for an agent = %v, want phone and number masked", out)
		}
		_, out = api.Ask("GET", li, "", "X-User", "admin")
		if out["phone"] != "13912345678" || !strings.Contains(fmt.Sprint(out["certificates"]), "T1234567") || !strings.Contains(fmt.Sprint(out["certificates"]), "valid:true") {
			t.Errorf("Li for the admin = %v", out)
		}
		_, out = api.Ask("GET", li+"/shifts?from=2026-11-23&to=2026-11-30", "", "X-User", "agent")
		if got := fmt.Sprint(out["working"]); len(out["shifts"].([]any)) != 2 || !strings.Contains(got, "end:2026-11-24T01:30:00Z") {
			t.Errorf("shifts = %v", out)
		}
		_, out = api.Ask("GET", li+"/shift-template", "", "X-User", "agent")
		if fmt.Sprint(out["week"], out["days"]) != "map[mon:[08:00-12:00]] map[2026-11-24:[09:00-10:00] 2026-11-30:[]]" {
			t.Errorf("template = %v %v", out["week"], out["days"])
		}
		if _, out := api.Ask("GET", li+"/absences", "", "X-User", "agent"); len(out["items"].([]any)) != 1 {
			t.Errorf("absences = %v", out)
		}
		if _, out := api.Ask("GET", "/staff?skill=GAS&job=engineer&state=active", "", "X-User", "agent"); len(out["items"].([]any)) != 2 {
			t.Errorf("staff with gas = %v, want two", out)
		}
		_, out = api.Ask("GET", "/staff?limit=2", "", "X-User", "agent")
		next, _ := out["next_cursor"].(string)
		if _, out := api.Ask("GET", "/staff?limit=2&cursor="+next, "", "X-User", "agent"); next == "" || len(out["items"].([]any)) != 1 || out["next_cursor"] != nil {
			t.Errorf("second page = %v", out)
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
		if strings.HasPrefix(code.Key, "workforce.") && !c.Has(i18n.English, "problem."+code.Key) {
			t.Errorf("no words for %s", code.Key)
		}
	}
	for _, tr := range Transitions {
		if !c.Has(i18n.English, "workforce.act."+tr.Act) || !c.Has(i18n.English, "workforce.state."+string(tr.To)) {
			t.Errorf("no words for the act %s or the state %s", tr.Act, tr.To)
		}
	}
	for _, k := range AbsenceKinds {
		if !c.Has(i18n.English, "workforce.absence."+k) {
			t.Errorf("no words for the absence %s", k)
		}
	}
}
