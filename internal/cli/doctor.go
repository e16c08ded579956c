package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"anxin/internal/app"
	"anxin/internal/platform/access"
	"anxin/internal/platform/events"
)

func doctor() command {
	return command{
		name: "doctor", summary: "check an installation and say what is wrong",
		example: "anxin doctor --config /etc/anxin.json",
		run: func(ctx context.Context, e *env) error {
			ctx = access.With(ctx, access.System("cli.doctor"))
			return e.with(ctx, func(a *app.App) error {
				bad := 0
				say := func(ok bool, what, hint string) {
					mark := "ok  "
					if !ok {
						mark = "BAD "
						bad++
						what += ": " + hint
					}
					fmt.Fprintln(e.out, mark, what)
				}
				note := func(on bool, what, hint string) {
					if on {
						fmt.Fprintln(e.out, "ok  ", what)
					} else {
						fmt.Fprintln(e.out, "--  ", what+": "+hint)
					}
				}
				start := time.Now()
				var one int
				err := a.DB.QueryRow(ctx, `SELECT 1`).Scan(&one)
				say(err == nil, fmt.Sprintf("database answers in %s", time.Since(start).Round(time.Microsecond)), fmt.Sprint(err))
				info, err := os.Stat(a.Config.MasterKeyPath())
				say(err == nil && info.Mode().Perm()&0o077 == 0, "master key is readable by its owner only", "run: chmod 600 "+a.Config.MasterKeyPath())
				say(writable(a.Config.DataDir) == nil, "data directory is writable", a.Config.DataDir)
				has, err := a.Identity.HasUsers(ctx)
				say(err == nil && has, "there is a user", "anxin user --login NAME add-admin")
				dead, err := a.Bus.DeadLetters(ctx, 100)
				say(err == nil && len(dead) == 0, "no event was given up", fmt.Sprintf("%d dead letters; see administration", len(dead)))
				lag, err := feedLag(ctx, a)
				say(err == nil && lag < 5*time.Minute, "events are delivered", fmt.Sprintf("the oldest waits for %s; does a server or worker run?", lag.Round(time.Second)))
				note(a.Config.SMTP.Host != "", "mail is set up", "customers get no mail (smtp.host)")
				note(a.Config.SMS.URL != "", "SMS is set up", "customers get no text messages (sms.url)")
				note(a.Config.PublicURL != "", "public_url is set", "links in messages lead to "+a.Config.BaseURL())
				if bad > 0 {
					return fmt.Errorf("%d of the checks failed", bad)
				}
				return nil
			})
		},
	}
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Remove(filepath.Clean(f.Name()))
}

// feedLag is how long the oldest undelivered event waits.
func feedLag(ctx context.Context, a *app.App) (time.Duration, error) {
	at, ok, err := events.OldestWaiting(ctx, a.DB)
	if err != nil || !ok {
		return 0, err
	}
	return a.DB.Now().Sub(at), nil
}

func openapi() command {
	return command{
		name: "openapi", summary: "print the API's contract (OpenAPI 3.1)",
		example: "anxin openapi > api/openapi.json",
		run: func(ctx context.Context, e *env) error {
			return e.with(ctx, func(a *app.App) error {
				doc, err := a.Server.Contract()
				if err != nil {
					return err
				}
				_, err = e.out.Write(doc)
				return err
			})
		},
	}
}
