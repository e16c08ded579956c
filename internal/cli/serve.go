package cli

import (
	"context"
	"fmt"
	"net"

	"anxin/internal/app"
)

func serve() command {
	return command{
		name: "serve", summary: "answer requests and, unless --jobs=false, work the jobs",
		help: `Without any setting it keeps everything in ./data on SQLite and listens on this machine only.
The first start makes the database and the master key; make the first administrator with
"anxin user add-admin".`,
		example: "anxin serve --listen 0.0.0.0:8470 --database postgres://anxin@db.example.com/anxin",
		run: func(ctx context.Context, e *env) error {
			return e.with(ctx, func(a *app.App) error {
				if has, err := a.Identity.HasUsers(ctx); err != nil {
					return err
				} else if !has {
					fmt.Fprintln(e.err, "There is no user yet. Make the first administrator: anxin user add-admin --login NAME")
				}
				return a.Serve(ctx, func(net.Addr) { fmt.Fprintln(e.out, "Anxin listens on", a.Config.BaseURL()) })
			})
		},
	}
}

func worker() command {
	return command{
		name: "worker", summary: "work jobs and events without serving",
		help:    "For installations on PostgreSQL whose servers run with --jobs=false. SQLite has one process: use serve.",
		example: "anxin worker --database postgres://anxin@db.example.com/anxin",
		run: func(ctx context.Context, e *env) error {
			if !e.cfg.Postgres() {
				return fmt.Errorf("a worker of its own needs PostgreSQL; on SQLite, serve works the jobs")
			}
			return e.with(ctx, func(a *app.App) error { return a.Work(ctx) })
		},
	}
}

func migrate() command {
	return command{
		name: "migrate", summary: "bring the database's schema up to date and stop",
		help:    "serve does it by itself; this is for releases that migrate before the nodes are replaced.",
		example: "anxin migrate --database postgres://anxin@db.example.com/anxin",
		run: func(ctx context.Context, e *env) error {
			return e.with(ctx, func(*app.App) error {
				fmt.Fprintln(e.out, "The schema is up to date.")
				return nil
			})
		},
	}
}
