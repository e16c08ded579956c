package outlets

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,29}$`)

const maxDepth = 6 // levels of outlets below the centre

// text notes what is wrong with a line of words.
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

// check judges a new outlet; brands must exist, be served by the outlet above and lie in the actor's scope.
func (o Outlet) check(snap *catalog.Snapshot, parent Outlet, scope access.Scope) error {
	var f problem.Fields
	f.Check(slug.MatchString(o.Code), "code", problem.BadFormat)
	f.Check(strings.Count(o.Path, "/") <= maxDepth+1, "parent_id", problem.OutOfRange, "max", maxDepth)
	o.common(&f)
	snap.CheckTools(&f, "tools", o.Tools)
	o.brands(&f, snap, nil, parent, scope)
	return f.Err()
}

// checkEdit judges an edit; brands that stay are not asked again, and what is taken away must be the
// actor's.
func (o Outlet) checkEdit(snap *catalog.Snapshot, before, parent Outlet, scope access.Scope) error {
	var f problem.Fields
	o.common(&f)
	snap.CheckTools(&f, "tools", o.Tools)
	o.brands(&f, snap, before.Brands, parent, scope)
	for _, b := range before.Brands {
		f.Check(slices.Contains(o.Brands, b) || scope.SeesBrand(string(b)), "brands", problem.Unknown)
	}
	return f.Err()
}

func (o Outlet) common(f *problem.Fields) {
	text(f, "name", o.Name, true, 100)
	text(f, "address", o.Address, false, 200)
	kinds := []Kind{KindOwn, KindAuthorised, KindFranchised, KindAgent}
	f.Check(o.ID == Centre && o.Kind == KindCentre || o.ID != Centre && slices.Contains(kinds, o.Kind), "kind", problem.BadChoice)
	_, err := time.LoadLocation(o.Zone)
	f.Check(err == nil && o.Zone != "" && o.Zone != "Local", "zone", ErrZone)
	f.Check(o.Point == (geo.Point{}) || o.Point.Check() == nil, "point", problem.BadFormat)
	f.Check(knownDivision(o.Division), "division", problem.Unknown)
	if o.Phone != "" {
		_, ok := crypt.NormalizePhone(o.Phone)
		f.Check(ok, "phone", problem.BadFormat)
	}
}

func (o Outlet) brands(f *problem.Fields, snap *catalog.Snapshot, had []catalog.BrandID, parent Outlet, scope access.Scope) {
	for _, b := range o.Brands {
		if slices.Contains(had, b) {
			continue
		}
		if brand, ok := snap.Brand(b); !ok || !brand.Active || !scope.SeesBrand(string(b)) {
			f.Add("brands", problem.Unknown)
			return
		}
		if parent.ID != Centre && parent.ID != "" && !slices.Contains(parent.Brands, b) {
			f.Add("brands", ErrBrandAbove)
			return
		}
	}
}

func checkContacts(list []Contact) error {
	var f problem.Fields
	f.Check(len(list) <= maxContacts, "contacts", problem.TooLong, "limit", maxContacts)
	for i, c := range list {
		at := "contacts." + strconv.Itoa(i)
		f.Check(slices.Contains(ContactRoles, c.Role), at+".role", problem.BadChoice)
		text(&f, at+".name", c.Name, true, 60)
		_, ok := crypt.NormalizePhone(c.Phone)
		f.Check(c.Phone == "" || ok, at+".phone", problem.BadFormat)
	}
	return f.Err()
}

func checkExternal(list []ExternalID) error {
	var f problem.Fields
	f.Check(len(list) <= 20, "external_ids", problem.TooLong, "limit", 20)
	for i, e := range list {
		at := "external_ids." + strconv.Itoa(i)
		text(&f, at+".system", e.System, true, 40)
		text(&f, at+".id", e.ID, true, 120)
	}
	return f.Err()
}
