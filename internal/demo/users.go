package demo

import (
	"context"
	"fmt"

	"anxin/internal/platform/access"
	"anxin/internal/platform/identity"
	"anxin/internal/workforce"
)

// Password is what every demo sign-in uses: the demo serves this machine only and holds nothing real.
const Password = "anxin-demo-2026"

// Login is one demo sign-in.
type Login struct {
	Role  string
	Login string
	Name  string
	Face  string // where the role works: "/desk/" or "/field/"
}

// Logins are the sign-ins that are printed, one a role. They are the same for every seed.
var Logins = []Login{
	{access.RoleAdmin, "admin", "系统管理员", "/desk/"},
	{access.RoleAgent, "agent", "客服 苏晓", "/desk/"},
	{access.RoleDispatcher, "dispatcher", "调度 陆远", "/desk/"},
	{access.RoleOutletManager, "manager", "杭州城西 站长", "/desk/"},
	{access.RoleEngineer, "engineer", "杭州城西 工程师", "/field/"},
	{access.RoleQuality, "quality", "质检 方宁", "/desk/"},
	{access.RoleFinance, "finance", "财务 温岚", "/desk/"},
	{access.RoleHead, "head", "服务总监 江澄", "/desk/"},
}

// loginOutlet is the outlet of the printed manager and engineer.
const loginOutlet = "hz-west"

func (g *generator) buildStaff(ctx context.Context) error {
	first, err := g.Identity.FirstAdmin(ctx, Logins[0].Login, Logins[0].Name, Password)
	if err != nil {
		return err
	}
	g.staff.admin = actorOf(first.User)
	one := func(login, name, role string) (access.Actor, error) {
		made, err := g.Identity.Create(ctx, identity.CreateInput{
			Profile: identity.Profile{Login: login, Name: name, Roles: []string{role}, Scope: access.Everything}, Password: Password,
		})
		if err != nil {
			return access.Actor{}, fmt.Errorf("user %s: %w", login, err)
		}
		return actorOf(made.User), nil
	}
	for _, u := range []struct {
		login, name, role string
		list              *[]access.Actor
		into              *access.Actor
	}{
		{"agent", "客服 苏晓", access.RoleAgent, &g.staff.agents, nil},
		{"agent2", "客服 梁静", access.RoleAgent, &g.staff.agents, nil},
		{"agent3", "客服 邵阳", access.RoleAgent, &g.staff.agents, nil},
		{"dispatcher", "调度 陆远", access.RoleDispatcher, &g.staff.dispatchers, nil},
		{"dispatcher2", "调度 龚雪", access.RoleDispatcher, &g.staff.dispatchers, nil},
		{"quality", "质检 方宁", access.RoleQuality, nil, &g.staff.quality},
		{"finance", "财务 温岚", access.RoleFinance, nil, &g.staff.finance},
		{"head", "服务总监 江澄", access.RoleHead, nil, &g.staff.head},
	} {
		a, err := one(u.login, u.name, u.role)
		if err != nil {
			return err
		}
		if u.list != nil {
			*u.list = append(*u.list, a)
		}
		if u.into != nil {
			*u.into = a
		}
	}
	return nil
}

// actorOf is a user as the generator lets him act: the generator does only what the role may.
func actorOf(u identity.User) access.Actor {
	return access.Actor{Kind: access.User, ID: string(u.ID), Name: u.Name, Permissions: access.Set{"*": true}, Scope: u.Scope, Lang: u.Lang, EngineerID: u.EngineerID}
}

func (g *generator) buildManager(ctx context.Context, o *outlet) (access.Actor, error) {
	login := "manager." + o.site.Code
	if o.site.Code == loginOutlet {
		login = "manager"
	}
	made, err := g.Identity.Create(ctx, identity.CreateInput{
		Profile:  identity.Profile{Login: login, Name: o.Name + " 站长", Roles: []string{access.RoleOutletManager}, Scope: access.Scope{OutletPath: o.Path}},
		Password: Password,
	})
	return actorOf(made.User), err
}

// buildFieldUser makes the sign-in of an outlet's first engineer; the others' acts are entered at the outlet.
func (g *generator) buildFieldUser(ctx context.Context, e *engineer) (id, name string, err error) {
	login := "engineer." + e.outlet.site.Code
	if e.outlet.site.Code == loginOutlet {
		login = "engineer"
	}
	made, err := g.Identity.Create(ctx, identity.CreateInput{
		Profile: identity.Profile{
			Login: login, Name: e.Name, Roles: []string{access.RoleEngineer}, Scope: access.Scope{OutletPath: e.outlet.Path}, EngineerID: string(e.ID),
		},
		Password: Password,
	})
	if err != nil {
		return "", "", err
	}
	user := string(made.User.ID)
	e.Engineer, err = g.Workforce.Edit(ctx, workforce.EditInput{ID: e.ID, Version: e.Version, UserID: &user})
	return user, made.User.Name, err
}
