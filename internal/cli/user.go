package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"anxin/internal/app"
	"anxin/internal/platform/access"
	"anxin/internal/platform/identity"
)

func user() command {
	var login, name, passwordFile string
	return command{
		name: "user", args: "add-admin | reset-password | list", summary: "make the first administrator, or help somebody who is locked out",
		help: `Without --password-file a password is made and printed once. People and roles are otherwise managed on
the desk, under administration.`,
		example: "anxin user --login wang --name 王芳 add-admin",
		flags: func(fs *flag.FlagSet, _ *env) {
			fs.StringVar(&login, "login", "", "sign-in name")
			fs.StringVar(&name, "name", "", "name that others see")
			fs.StringVar(&passwordFile, "password-file", "", "file that holds the password; - reads it from standard input")
		},
		run: func(ctx context.Context, e *env) error {
			if len(e.args) != 1 {
				return errUsage
			}
			ctx = access.With(ctx, access.System("cli.user"))
			return e.with(ctx, func(a *app.App) error {
				switch e.args[0] {
				case "add-admin":
					return addAdmin(ctx, e, a, login, name, passwordFile)
				case "reset-password":
					return resetPassword(ctx, e, a, login)
				case "list":
					return listUsers(ctx, e, a)
				}
				return errUsage
			})
		},
	}
}

func addAdmin(ctx context.Context, e *env, a *app.App, login, name, passwordFile string) error {
	if login == "" {
		return errUsage
	}
	if name == "" {
		name = login
	}
	password, err := readPassword(e, passwordFile)
	if err != nil {
		return err
	}
	made, err := a.Identity.FirstAdmin(ctx, login, name, password)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "Administrator %s can sign in at %s/desk/\n", login, a.Config.BaseURL())
	if password == "" {
		fmt.Fprintln(e.out, "Password:", made.Password)
	}
	return nil
}

func readPassword(e *env, file string) (string, error) {
	var b []byte
	var err error
	switch file {
	case "":
		return "", nil
	case "-":
		b, err = io.ReadAll(io.LimitReader(e.in, 1024))
	default:
		b, err = os.ReadFile(file)
	}
	password := strings.TrimRight(string(b), "\r\n")
	if err == nil && password == "" {
		err = errors.New("the password file is empty")
	}
	return password, err
}

func resetPassword(ctx context.Context, e *env, a *app.App, login string) error {
	users, err := a.Identity.List(ctx, identity.ListInput{Limit: 1000})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(users, func(u identity.User) bool { return u.Login == login })
	if i < 0 {
		return fmt.Errorf("there is no user %q", login)
	}
	made, err := a.Identity.ResetPassword(ctx, users[i].ID)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out, "New password:", made.Password)
	return nil
}

func listUsers(ctx context.Context, e *env, a *app.App) error {
	users, err := a.Identity.List(ctx, identity.ListInput{Limit: 1000})
	if err != nil {
		return err
	}
	for _, u := range users {
		fmt.Fprintf(e.out, "%-20s %-10s %s\n", u.Login, u.State, strings.Join(u.Roles, ", "))
	}
	return nil
}
