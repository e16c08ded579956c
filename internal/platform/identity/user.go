package identity

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"anxin/internal/platform/access"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// ID names a user.
type ID string

// State of a user.
type State string

// States of a user: disable moves active to disabled, enable back. Nobody is deleted: acts name them.
const (
	Active   State = "active"
	Disabled State = "disabled"
)

// User is a person of the firm or of an outlet who signs in.
type User struct {
	ID         ID
	Login      string // lower case, unique
	Name       string // as others see it
	Lang       string
	State      State
	Roles      []string
	Scope      access.Scope
	EngineerID string
	MustChange bool // the password was set by somebody else: until it is changed, nothing else is allowed
	TOTP       bool // a second factor is asked
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

// Profile is what of a user others may set.
type Profile struct {
	Login      string
	Name       string
	Lang       string // zh-CN when empty
	Roles      []string
	Scope      access.Scope
	EngineerID string
}

const (
	maxLogin  = 64
	maxName   = 100
	maxBrands = 500
)

// NormalLogin is the form in which login names are kept and compared.
func NormalLogin(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }

func (p *Profile) normalise() {
	p.Login = NormalLogin(p.Login)
	p.Name = strings.TrimSpace(p.Name)
	if p.Lang == "" {
		p.Lang = i18n.Chinese
	}
	p.Roles = distinct(p.Roles)
	p.Scope.Brands = distinct(p.Scope.Brands)
}

// distinct sorts a list and drops doubles; nil stays nil, and the caller's list stays as it is.
func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// check collects what is wrong with a profile; roles are the keys that exist.
func (p *Profile) check(f *problem.Fields, roles map[string]bool) {
	n := utf8.RuneCountInString(p.Login)
	f.Check(n >= 2, "login", problem.TooShort, "limit", 2)
	f.Check(n <= maxLogin, "login", problem.TooLong, "limit", maxLogin)
	f.Check(loginLike(p.Login), "login", problem.BadFormat)
	f.Check(p.Name != "", "name", problem.Required)
	f.Check(utf8.RuneCountInString(p.Name) <= maxName, "name", problem.TooLong, "limit", maxName)
	f.Check(printable(p.Name), "name", problem.BadText)
	f.Check(i18n.Supported(p.Lang), "lang", problem.BadChoice)
	f.Check(len(p.Roles) > 0, "roles", problem.Required)
	for _, r := range p.Roles {
		f.Check(roles[r], "roles", problem.Unknown)
	}
	f.Check(len(p.EngineerID) <= 64, "engineer_id", problem.TooLong, "limit", 64)
	checkScope(f, p.Scope)
}

func checkScope(f *problem.Fields, s access.Scope) {
	f.Check(pathLike(s.OutletPath), "outlet_path", problem.BadFormat)
	f.Check(s.Brands == nil || len(s.Brands) > 0, "brands", problem.Required)
	f.Check(len(s.Brands) <= maxBrands, "brands", problem.TooLong, "limit", maxBrands)
	for _, b := range s.Brands {
		f.Check(b != "" && len(b) <= 64, "brands", problem.BadFormat)
	}
}

func loginLike(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@+", r) {
			return false
		}
	}
	return true
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' })
}

// pathLike tells whether s is a place in the tree of outlets: "/" or "/hz/xihu/".
func pathLike(s string) bool {
	if len(s) > 512 || !strings.HasPrefix(s, "/") || !strings.HasSuffix(s, "/") || strings.Contains(s, "//") {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '/' {
			return false
		}
	}
	return true
}

// Within tells whether a scope lies inside another.
func Within(inner, outer access.Scope) bool {
	if outer.OutletPath == "" || !strings.HasPrefix(inner.OutletPath, outer.OutletPath) {
		return false
	}
	if outer.Brands == nil {
		return true
	}
	if inner.Brands == nil {
		return false
	}
	for _, b := range inner.Brands {
		if !slices.Contains(outer.Brands, b) {
			return false
		}
	}
	return true
}

// ancestors are the paths of which path is part: "/hz/xihu/" is in "/", "/hz/" and itself.
func ancestors(path string) []string {
	out := []string{}
	for i, r := range path {
		if r == '/' {
			out = append(out, path[:i+1])
		}
	}
	return out
}
