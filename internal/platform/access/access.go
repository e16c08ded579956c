// Package access says who acts and what they may see: an actor with permissions (what they may do)
// and a scope (on which records). A scope is a prefix of the outlet tree and a set of brands; lists
// are limited by it in SQL, single records by [Scope.Sees]. It knows no module: who may see a case is
// decided in cases.
package access

import (
	"context"
	"slices"
	"strings"

	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Kinds of actors.
const (
	User   = "user"   // a person who signed in
	Key    = "key"    // an API key
	Link   = "link"   // a customer who holds a link
	Public = "public" // nobody known: the public form
	Sys    = "system" // the product itself: jobs, event handlers, imports
)

// Permission is something a role may allow, declared by the module that checks it.
type Permission struct {
	Key string
	// Roles that have it unless the operator changes them.
	Roles []string
}

// The roles that a new installation begins with; permissions name them as their defaults.
const (
	RoleAdmin         = "admin"
	RoleAgent         = "agent"
	RoleDispatcher    = "dispatcher"
	RoleOutletManager = "outlet_manager"
	RoleEngineer      = "engineer"
	RoleFinance       = "finance"
	RoleQuality       = "quality"
	RoleHead          = "head"
	RoleIntegrator    = "integrator"
)

// Set is a set of permission keys; "*" allows everything.
type Set map[string]bool

// Has tells whether the set allows perm.
func (s Set) Has(perm string) bool { return s["*"] || s[perm] }

// Actor is who does something.
type Actor struct {
	Kind        string
	ID          string
	Name        string // display name of staff; empty for customers
	Permissions Set
	Scope       Scope
	Lang        string // "zh-CN" or "en"; of who acts on a customer's page also "ja" or "ko"
	RequestID   string
	Origin      Origin
	EngineerID  string // the engineer this user is, if any
	// LinkKind and LinkRecord say what a link is for; only for Kind Link.
	LinkKind, LinkRecord string
}

// Origin says how a change comes about (domain.md §2): live, history (imports) or replay.
type Origin string

// Origins of a change.
const (
	Live    Origin = "live"
	History Origin = "history"
	Replay  Origin = "replay"
)

// Scope limits the records an actor sees.
type Scope struct {
	OutletPath string   // "/" is the centre, which sees all; an outlet sees its subtree
	Brands     []string // nil means every brand
}

// Everything is the scope of the centre over all brands.
var Everything = Scope{OutletPath: "/"}

// All tells whether nothing limits this scope.
func (s Scope) All() bool { return s.OutletPath == "/" && s.Brands == nil }

// Centre tells whether the scope is not that of an outlet.
func (s Scope) Centre() bool { return s.OutletPath == "/" }

// Limit adds the scope's conditions on the columns of a list; a column named "" is not limited. An
// empty path (an actor without scope) sees nothing.
func (s Scope) Limit(w *db.Where, brandCol, outletPathCol string) {
	if s.Brands != nil && brandCol != "" {
		w.In(brandCol, s.Brands)
	}
	if outletPathCol == "" || s.OutletPath == "/" {
		return
	}
	if s.OutletPath == "" {
		w.And("1 = 0")
		return
	}
	w.Prefix(outletPathCol, s.OutletPath)
}

// Sees tells whether a record of this brand and outlet lies in the scope.
func (s Scope) Sees(brand, outletPath string) bool {
	return s.SeesBrand(brand) && s.OutletPath != "" && strings.HasPrefix(outletPath, s.OutletPath)
}

// SeesBrand tells whether the scope covers the brand; records without a brand are everybody's.
func (s Scope) SeesBrand(brand string) bool {
	return s.Brands == nil || brand == "" || slices.Contains(s.Brands, brand)
}

type ctxKey struct{}

// With puts the actor into the context.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, ctxKey{}, a) }

// From returns the actor; none is an actor that may do and see nothing.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(ctxKey{}).(Actor)
	if a.Origin == "" {
		a.Origin = Live
	}
	return a
}

// System is the product itself under a name ("jobs.clocks"): it may do everything.
func System(name string) Actor {
	return Actor{Kind: Sys, ID: name, Permissions: Set{"*": true}, Scope: Everything, Origin: Live}
}

// AsSystem makes ctx act as the product itself.
func AsSystem(ctx context.Context, name string) context.Context {
	a := System(name)
	old := From(ctx)
	a.RequestID, a.Lang, a.Origin = old.RequestID, old.Lang, old.Origin
	return With(ctx, a)
}

// Require fails with a problem when the actor may not do this.
func Require(ctx context.Context, perm string) error {
	a := From(ctx)
	if a.Kind == "" || a.Kind == Public {
		return problem.ErrUnauth
	}
	if !a.Permissions.Has(perm) {
		return problem.ErrForbidden.With("permission", perm)
	}
	return nil
}
