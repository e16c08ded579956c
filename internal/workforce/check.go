package workforce

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

func text(f *problem.Fields, field, v string, required bool, limit int) {
	switch {
	case strings.TrimSpace(v) == "":
		f.Check(!required, field, problem.Required)
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		f.Add(field, problem.BadText)
	case utf8.RuneCountInString(v) > limit:
		f.Add(field, problem.TooLong, "limit", limit)
	}
}

// check judges a person's data; phone is the clear number to be written, "" for none.
func check(e Engineer, phone string, snap *catalog.Snapshot, o outlets.Outlet, external []outlets.ExternalID) error {
	var f problem.Fields
	text(&f, "name", e.Name, true, 60)
	text(&f, "number", e.Number, false, 40)
	text(&f, "van_place", e.VanPlace, false, 64)
	text(&f, "user_id", e.UserID, false, 64)
	f.Check(slices.Contains([]Job{JobEngineer, JobDispatcher, JobManager, JobStorekeeper, JobOffice}, e.Job), "job", problem.BadChoice)
	f.Check(e.MaxVisits >= 0 && e.MaxVisits <= 50, "max_visits", problem.OutOfRange, "min", 0, "max", 50)
	f.Check(e.StartPoint == (geo.Point{}) || e.StartPoint.Check() == nil, "start_point", problem.BadFormat)
	if strings.TrimSpace(phone) != "" {
		_, ok := crypt.NormalizePhone(phone)
		f.Check(ok, "phone", problem.BadFormat)
	}
	for i, b := range e.Brands {
		f.Check(o.Serves(b), "brands."+strconv.Itoa(i), ErrBrand)
	}
	f.Check(len(e.Skills) <= 60, "skills", problem.TooLong, "limit", 60)
	for i, sk := range e.Skills {
		at := "skills." + strconv.Itoa(i)
		_, ok := snap.Skill(sk.Code)
		f.Check(ok, at+".code", problem.Unknown)
		f.Check(sk.Level >= LevelLearner && sk.Level <= LevelExpert, at+".level", problem.OutOfRange, "min", LevelLearner, "max", LevelExpert)
		f.Check(i == 0 || e.Skills[i-1].Code != sk.Code, at+".code", ErrTwice)
	}
	snap.CheckTools(&f, "tools", e.Tools)
	f.Check(len(external) <= 20, "external_ids", problem.TooLong, "limit", 20)
	for i, x := range external {
		at := "external_ids." + strconv.Itoa(i)
		text(&f, at+".system", x.System, true, 40)
		text(&f, at+".id", x.ID, true, 120)
	}
	return f.Err()
}

// checkPlan judges the windows of one day.
func checkPlan(f *problem.Fields, field string, p DayPlan) {
	end := 0
	for i, w := range p {
		if w.From < 0 || w.To > calendar.DayMinutes || w.From >= w.To || i > 0 && w.From < end {
			f.Add(field, ErrWindows)
			return
		}
		end = w.To
	}
	f.Check(len(p) <= 6, field, problem.TooLong, "limit", 6)
}
