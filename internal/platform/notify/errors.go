package notify

import (
	"embed"

	"anxin/internal/platform/access"
	"anxin/internal/platform/problem"
)

// Problems of this package.
var (
	ErrNoMessage  = problem.Declare("notify.no_message", problem.NotFound)
	ErrNoTemplate = problem.Declare("notify.no_template", problem.NotFound)
	ErrParam      = problem.Declare("notify.param", problem.Invalid)
	ErrState      = problem.Declare("notify.state", problem.Conflict)
	ErrNoChannel  = problem.Declare("notify.no_channel", problem.Conflict)
	ErrFaded      = problem.Declare("notify.faded", problem.Gone)
)

// What this package checks.
const (
	PermRead      = "notify.read"      // see the delivery log
	PermSend      = "notify.send"      // send a message again
	PermTemplates = "notify.templates" // change texts
	PermOptOut    = "notify.opt_out"   // note that somebody wants no more messages
)

// Permissions of this package.
var Permissions = []access.Permission{
	{Key: PermRead, Roles: []string{access.RoleAdmin, access.RoleHead, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleQuality}},
	{Key: PermSend, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher}},
	{Key: PermTemplates, Roles: []string{access.RoleAdmin}},
	{Key: PermOptOut, Roles: []string{access.RoleAdmin, access.RoleAgent}},
}

// Words are the texts of this package's codes, by language.
//
//go:embed words.*.json
var Words embed.FS
