package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"anxin/internal/platform/db"
)

// server is the product as a process of its own.
type server struct {
	cmd  *exec.Cmd
	out  *bytes.Buffer
	base string
	// Ready is how long it took from the start of the process to the first answer that it is ready.
	Ready time.Duration
}

// serve starts the product on a world's database.
func (w *world) serve(ctx context.Context) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(w.r.Binary, "serve"), out: &bytes.Buffer{}, base: "http://" + addr}
	s.cmd.Env = append(os.Environ(), "ANXIN_LISTEN="+addr, "ANXIN_DATA_DIR="+w.cfg.DataDir, "ANXIN_DATABASE="+w.cfg.Database.Reveal(),
		"ANXIN_LOG_LEVEL=warn", "ANXIN_LIMITS_USER_RATE=1000000", "ANXIN_LIMITS_PUBLIC_RATE=1000000")
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	start := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/readyz", nil)
		if err != nil {
			return nil, errors.Join(err, s.stop())
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			code := res.StatusCode
			if err := res.Body.Close(); err != nil {
				return nil, errors.Join(err, s.stop())
			}
			if code == http.StatusOK {
				s.Ready = time.Since(start)
				return s, nil
			}
		}
		if time.Since(start) > time.Minute || ctx.Err() != nil {
			return nil, errors.Join(fmt.Errorf("the server is not ready: %s", s.out), s.stop())
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if _, ok := errors.AsType[*exec.ExitError](err); ok {
			return fmt.Errorf("the server ended badly: %w: %s", err, s.out)
		}
		return err
	case <-time.After(30 * time.Second):
		return errors.Join(errors.New("the server does not stop"), s.cmd.Process.Kill())
	}
}

// rss is the server's resident memory in megabytes.
func (s *server) rss() float64 {
	for _, line := range lines(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid)) {
		var kb float64
		if n, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil && n == 1 {
			return kb / 1000
		}
	}
	return 0
}

// ticks is /proc's unit of processor time on Linux.
const ticks = 100

// times reads a process' parent, its processor seconds, and those of its children that have ended.
func times(pid string) (parent string, own, children float64) {
	raw, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "", 0, 0
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	f := strings.Fields(rest)
	if len(f) < 15 {
		return "", 0, 0
	}
	n := func(i int) float64 { v, _ := strconv.ParseFloat(f[i], 64); return v / ticks }
	return f[1], n(11) + n(12), n(13) + n(14)
}

// cpu is the processor time that the server and its database have used.
func (w *world) cpu(ctx context.Context, s *server) (float64, error) {
	_, sum, _ := times(strconv.Itoa(s.cmd.Process.Pid))
	if w.engine != "postgres" {
		return sum, nil
	}
	d, err := db.Open(ctx, w.r.Postgres, db.Options{MaxConns: 1})
	if err != nil {
		return 0, err
	}
	pid, err := db.Get(ctx, d, db.ScanInt, `SELECT pg_backend_pid()`)
	if err := errors.Join(err, d.Close()); err != nil {
		return 0, err
	}
	postmaster, _, _ := times(strconv.FormatInt(pid, 10))
	_, own, ended := times(postmaster)
	sum += own + ended
	all, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, e := range all {
		if parent, own, _ := times(e.Name()); parent != "" && parent == postmaster {
			sum += own
		}
	}
	return sum, nil
}
