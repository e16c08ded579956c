package catalog

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"anxin/internal/platform/problem"
)

var (
	codeForm   = regexp.MustCompile(`^[A-Z][A-Z0-9_-]{0,19}$`)       // brands, categories, service types
	wordForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)        // reasons, part types
	actForm    = regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`)            // "visit.fail"
	phoneForm  = regexp.MustCompile(`^[0-9+() -]{3,24}$`)            // a hotline: "400-800-1234", "95100"
	itemForm   = regexp.MustCompile(`^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$`) // "INST-AC-01", "AC-S01"
	listBounds = 60
)

const (
	maxName       = 120
	maxClassLevel = 3
)

// text trims a line of words and notes what is wrong with it.
func text(f *problem.Fields, field string, v *string, required bool, limit int) {
	*v = strings.TrimSpace(*v)
	switch {
	case *v == "":
		f.Check(!required, field, problem.Required)
	case !utf8.ValidString(*v) || strings.ContainsFunc(*v, unicode.IsControl):
		f.Add(field, problem.BadText)
	case utf8.RuneCountInString(*v) > limit:
		f.Add(field, problem.TooLong, "limit", limit)
	}
}

func names(f *problem.Fields, zh, en *string) {
	text(f, "name_zh", zh, true, maxName)
	text(f, "name_en", en, false, maxName)
}

func between(f *problem.Fields, field string, v, low, high int) {
	f.Check(v >= low && v <= high, field, problem.OutOfRange, "min", low, "max", high)
}

// codes checks a list of codes that must exist.
func codes[T ~string](f *problem.Fields, field string, list []T, known func(T) bool) {
	f.Check(len(list) <= listBounds, field, problem.TooLong, "limit", listBounds)
	for _, c := range list {
		if !known(c) {
			f.Add(field, problem.Unknown)
			return
		}
	}
}

func (b Brand) ref() (string, string) { return "catalog_brand", string(b.ID) }
func (b Brand) ver() int64            { return b.Version }
func (b Brand) at(v int64) Brand      { b.Version = v; return b }

func (b Brand) check() error {
	var f problem.Fields
	f.Check(codeForm.MatchString(b.Code), "code", problem.BadFormat)
	names(&f, &b.NameZh, &b.NameEn)
	f.Check(b.Hotline == "" || phoneForm.MatchString(b.Hotline), "hotline", problem.BadFormat)
	return f.Err()
}

func (c Category) ref() (string, string) { return "catalog_category", string(c.Code) }
func (c Category) ver() int64            { return c.Version }
func (c Category) at(v int64) Category   { c.Version = v; return c }

func (c Category) check() error {
	var f problem.Fields
	f.Check(codeForm.MatchString(string(c.Code)), "code", problem.BadFormat)
	names(&f, &c.NameZh, &c.NameEn)
	between(&f, "install_minutes", c.InstallMinutes, 0, 2880)
	between(&f, "repair_minutes", c.RepairMinutes, 0, 2880)
	between(&f, "install_crew", c.InstallCrew, 1, 9)
	between(&f, "repair_crew", c.RepairCrew, 1, 9)
	return f.Err()
}

func (m Model) ref() (string, string) { return "catalog_model", string(m.ID) }
func (m Model) ver() int64            { return m.Version }
func (m Model) at(v int64) Model      { m.Version = v; return m }

func (m Model) check() error {
	var f problem.Fields
	text(&f, "code", &m.Code, true, 60)
	names(&f, &m.NameZh, &m.NameEn)
	between(&f, "warranty_months", m.WarrantyMonths, 0, 240)
	between(&f, "main_part_months", m.MainPartMonths, 0, 240)
	f.Check(len(m.MainParts) <= listBounds && !slices.ContainsFunc(m.MainParts, func(p string) bool { return !wordForm.MatchString(p) }),
		"main_parts", problem.BadFormat)
	return f.Err()
}

func (t ServiceType) ref() (string, string)  { return "catalog_service_type", string(t.Code) }
func (t ServiceType) ver() int64             { return t.Version }
func (t ServiceType) at(v int64) ServiceType { t.Version = v; return t }

func (t ServiceType) check() error {
	var f problem.Fields
	f.Check(codeForm.MatchString(string(t.Code)), "code", problem.BadFormat)
	names(&f, &t.NameZh, &t.NameEn)
	f.Check(slices.Contains([]Mode{ModeVisit, ModeRemote, ModeDepot}, t.Mode), "mode", problem.BadChoice)
	f.Check(slices.Contains([]Base{BaseInstall, BaseRepair, BaseOwn}, t.Base), "base", problem.BadChoice)
	f.Check(slices.Contains([]CallbackRule{CallbackInstallation, CallbackRepair, CallbackExchange, CallbackComplaint, CallbackNone}, t.CallbackRule),
		"callback_rule", problem.BadChoice)
	between(&f, "minutes", t.Minutes, 0, 2880)
	between(&f, "repeat_window_days", t.RepeatWindowDays, 0, 365)
	all := []ProofKind{ProofPhotoBefore, ProofPhotoAfter, ProofSerial, ProofSignatureOrCode, ProofChecklist, ProofReadings}
	f.Check(!slices.ContainsFunc(t.Proof, func(k ProofKind) bool { return !slices.Contains(all, k) }), "proof", problem.BadChoice)
	return f.Err()
}

func (r Reason) ref() (string, string) { return "catalog_reason", string(r.Code) }
func (r Reason) ver() int64            { return r.Version }
func (r Reason) at(v int64) Reason     { r.Version = v; return r }

func (r Reason) check() error {
	var f problem.Fields
	f.Check(wordForm.MatchString(string(r.Code)), "code", problem.BadFormat)
	names(&f, &r.NameZh, &r.NameEn)
	f.Check(r.Responsibility.Valid(), "responsibility", problem.BadChoice)
	f.Check(len(r.Kinds) > 0, "kinds", problem.Required)
	f.Check(len(r.Kinds) <= listBounds && !slices.ContainsFunc(r.Kinds, func(k string) bool { return !actForm.MatchString(k) }), "kinds", problem.BadFormat)
	return f.Err()
}

func (l Label) ref() (string, string) { return "catalog_label", l.Kind + "/" + l.Code }
func (l Label) ver() int64            { return l.Version }
func (l Label) at(v int64) Label      { l.Version = v; return l }

func (l Label) check() error {
	var f problem.Fields
	f.Check(wordForm.MatchString(l.Kind), "kind", problem.BadFormat)
	f.Check(wordForm.MatchString(l.Code), "code", problem.BadFormat)
	f.Check(wordForm.MatchString(l.State), "state", problem.BadFormat)
	text(&f, "staff_zh", &l.StaffZh, true, 40)
	text(&f, "staff_en", &l.StaffEn, false, 40)
	text(&f, "customer_zh", &l.CustomerZh, true, 40)
	text(&f, "customer_en", &l.CustomerEn, false, 40)
	return f.Err()
}

func (i ChecklistItem) check(f *problem.Fields, field string) {
	f.Check(itemForm.MatchString(i.Code) && len(i.Code) <= 60, field+".code", problem.BadFormat)
	text(f, field+".name_zh", &i.NameZh, true, maxName)
	text(f, field+".name_en", &i.NameEn, false, maxName)
	f.Check(slices.Contains([]ItemKind{ItemCheck, ItemReading, ItemText}, i.Kind), field+".kind", problem.BadChoice)
	f.Check(i.Min == nil || i.Max == nil || *i.Min <= *i.Max, field+".max", problem.OutOfRange)
}
