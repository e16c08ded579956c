package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

// vroomFlags are the flags of anxin plan for files.
type vroomFlags struct {
	format  string
	limit   time.Duration
	threads int
	seed    uint64
	// objective is levels or money; in money a unit of priority is worth so many seconds.
	objective string
	seconds   int64
}

// maxInput bounds a problem's file once it is unpacked: 10,000 places in full are a third of it.
const maxInput = 2 << 30

// plan reads a problem, plans it and prints the plan. It needs no installation.
func (f vroomFlags) plan(ctx context.Context, e *env) error {
	began := time.Now()
	switch {
	case f.format != "vroom":
		return fmt.Errorf("--format %q is not known; there is vroom", f.format)
	case len(e.args) != 1:
		return errUsage
	case f.limit <= 0:
		return fmt.Errorf("--time %v is no time to plan in; write 10s", f.limit)
	case f.objective != "levels" && f.objective != "money":
		return fmt.Errorf("--objective %q is not known; there are levels and money", f.objective)
	case f.seconds < 1 || f.seconds > 1_000_000:
		return fmt.Errorf("--priority-seconds %d: from 1 to 1,000,000", f.seconds)
	case f.threads < 1 || f.threads > maxThreads:
		return fmt.Errorf("--threads %d: from 1 to %d", f.threads, maxThreads)
	}
	// Whoever reads the output finds there, too, what is wrong, as vroom writes it.
	fail := func(code int, err error) error { return errors.Join(err, vroom.WriteError(e.out, code, err)) }
	text, err := readInput(e.in, e.args[0])
	if err != nil {
		return fail(vroom.CodeInput, err)
	}
	in, err := vroom.Read(text)
	if err != nil {
		return fail(vroom.CodeInput, fmt.Errorf("%s: %w", e.args[0], err))
	}
	if f.objective == "money" {
		in.Weigh(f.seconds)
	}
	loaded := time.Now()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(f.threads))
	s, err := f.solve(ctx, in, loaded)
	if err != nil {
		return fail(vroom.CodeInput, fmt.Errorf("%s: %w", e.args[0], err))
	}
	if wrong := vrp.Check(in.Problem, s); len(wrong) > 0 {
		return fail(vroom.CodeInternal, fmt.Errorf("the plan breaks %d rules, the first of them %v: please report this with the file", len(wrong), wrong[0]))
	}
	w := bufio.NewWriter(e.out)
	return errors.Join(in.Write(w, s, vroom.Times{Loading: loaded.Sub(began), Solving: time.Since(loaded)}), w.Flush())
}

const maxThreads = 64

// tailEach is what checking and printing take a task, at most: a bit of the limit is left for it.
const tailEach = 10 * time.Microsecond

// solve searches until the limit has passed, but for the time that printing takes.
func (f vroomFlags) solve(ctx context.Context, in *vroom.Input, began time.Time) (*vrp.Solution, error) {
	p := in.Problem
	limit := f.limit - min(f.limit/4, time.Duration(len(p.Jobs)+len(p.Shipments))*tailEach)
	return vrp.Solve(p, vrp.Options{
		Seed: f.seed, Threads: f.threads, Start: in.Start,
		Spent: func() float64 { return float64(time.Since(began)) / float64(limit) },
		Stop:  func() bool { return ctx.Err() != nil },
	})
}

// readInput reads a file, or standard input for "-"; what is packed by gzip is unpacked, whatever its name.
func readInput(in io.Reader, name string) (text []byte, err error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	r := bufio.NewReader(in)
	in = r
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("%s: unpack: %w", name, err)
		}
		in = z
	}
	text, err = io.ReadAll(io.LimitReader(in, maxInput+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(text) > maxInput:
		return nil, fmt.Errorf("%s: is larger than %d bytes", name, maxInput)
	}
	return text, nil
}
