// Package cli is the command line: one file a command. It reads settings, builds the product by package
// app and calls it; it owns no rule.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"anxin/internal/app"
	"anxin/internal/platform/config"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/observe"
	"anxin/internal/platform/problem"
	"anxin/web"
)

// Version is set when the binary is linked.
var Version = "dev"

// command is one of the product's commands.
type command struct {
	name    string
	args    string // what follows the flags
	summary string
	help    string
	example string
	flags   func(fs *flag.FlagSet, e *env)
	run     func(ctx context.Context, e *env) error
}

// env is what a command runs in.
type env struct {
	in       io.Reader
	out, err io.Writer
	args     []string
	cfg      config.Config
	log      *slog.Logger
	opt      map[string]any // values of the command's own flags
}

func commands() []command {
	return []command{demoCommand(), serve(), worker(), migrate(), user(), importCommand(), export(), planCommand(), doctor(), auditCommand(), backupCommand(), restoreCommand(), openapi()}
}

// Main runs the command line and returns the exit status: 0, 1 for a failure, 2 for a wrong call.
func Main(args []string, in io.Reader, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := &env{in: in, out: out, err: errOut, opt: map[string]any{}}
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		usage(out)
		return 0
	}
	if args[0] == "version" || args[0] == "--version" {
		fmt.Fprintln(out, "anxin", Version)
		return 0
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return e.call(ctx, c, args[1:])
		}
	}
	fmt.Fprintf(errOut, "anxin: there is no command %q; see anxin help\n", args[0])
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, "anxin — after-sales service\n\nUsage: anxin <command> [flags]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "  version    print the version\n\nanxin <command> --help tells a command's flags and an example. Settings: docs/config.md\n")
}

func (e *env) call(ctx context.Context, c command, args []string) int {
	fs := flag.NewFlagSet("anxin "+c.name, flag.ContinueOnError)
	fs.SetOutput(e.err)
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "anxin %s — %s\n\nUsage: anxin %s [flags] %s\n", c.name, c.summary, c.name, c.args)
		if c.help != "" {
			fmt.Fprintf(fs.Output(), "\n%s\n", strings.TrimSpace(c.help))
		}
		fmt.Fprintf(fs.Output(), "\nExample:\n  %s\n\nFlags:\n", strings.ReplaceAll(strings.TrimSpace(c.example), "\n", "\n  "))
		fs.PrintDefaults()
	}
	settings := config.Flags(fs)
	if c.flags != nil {
		c.flags(fs, e)
	}
	if len(args) > 0 && (args[0] == "--help" || args[0] == "-h") {
		fs.SetOutput(e.out)
		fs.Usage()
		return 0
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	e.args = fs.Args()
	file, flags := settings()
	cfg, err := config.Load(config.Sources{File: file, Env: os.Environ(), Flags: flags})
	if err != nil {
		fmt.Fprintln(e.err, "anxin:", err)
		return 2
	}
	e.cfg = cfg
	if e.log, err = observe.NewLogger(e.err, observe.LogOptions{Level: cfg.Log.Level, Format: cfg.Log.Format}); err != nil {
		fmt.Fprintln(e.err, "anxin:", err)
		return 2
	}
	err = c.run(ctx, e)
	switch {
	case err == nil, errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return 0
	case errors.Is(err, errUsage):
		fs.Usage()
		return 2
	}
	fmt.Fprintln(e.err, "anxin:", e.words(err))
	return 1
}

// errUsage makes a command show how it is called.
var errUsage = errors.New("usage")

// words tells a problem in words; other errors as they are.
func (e *env) words(err error) string {
	code := problem.CodeOf(err)
	if code == problem.ErrInternal {
		return err.Error()
	}
	words, lang := i18n.Must(app.WordSources()...), e.lang()
	var p *problem.Error
	if !errors.As(err, &p) {
		return words.T(lang, "problem."+code.Key, nil)
	}
	text := words.T(lang, "problem."+code.Key, p.Params)
	for _, f := range p.Fields {
		text += fmt.Sprintf("\n  %s: %s", f.Field, words.T(lang, "problem."+f.Code, f.Params))
	}
	return text
}

// lang is the language that the terminal reads.
func (e *env) lang() string {
	if l := os.Getenv("LANG"); strings.HasPrefix(l, "en") || l == "C" || l == "C.UTF-8" || l == "" {
		return i18n.English
	}
	return e.cfg.DefaultLang
}

// build makes the product for a command.
func (e *env) build(ctx context.Context) (*app.App, error) {
	o := app.Options{Version: Version}
	if files, ok := web.Files(); ok {
		o.Web = files
	}
	return app.Build(ctx, e.cfg, e.log, o)
}

// with builds the product, runs fn and closes it.
func (e *env) with(ctx context.Context, fn func(a *app.App) error) error {
	a, err := e.build(ctx)
	if err != nil {
		return err
	}
	return errors.Join(fn(a), a.Close())
}
