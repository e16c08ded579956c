//go:build unix

package dispatch

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

const (
	stopDSN   = "ANXIN_TEST_STOP_DSN"
	stopOrder = "ANXIN_TEST_STOP_ORDER"
	stopAt    = "ANXIN_TEST_STOP_AT"
)

// TestStoppedNode is the other node of [TestStoppedProcess], a process of its own: it holds a window, and stops itself
// on the way to its commit.
func TestStoppedNode(t *testing.T) {
	dsn := os.Getenv(stopDSN)
	if dsn == "" {
		t.Skip("the other process of TestStoppedProcess")
	}
	d, err := db.Open(t.Context(), dsn, db.Options{MaxConns: 8, Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	f := &fixture{t: t, d: d, advance: dbtest.Clock(d, morning)}
	f.ctx = access.With(t.Context(), access.Actor{Kind: access.User, ID: "other", Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN"})
	f.keys = crypttest.New(t, dbtest.SQLite(t)) // nothing here is sealed; the database's own keys are the first node's
	f.build()
	var once sync.Once
	d.Watch(func(s db.Statement) {
		if s.Tx && strings.Contains(s.Query, os.Getenv(stopAt)) {
			once.Do(func() {
				fmt.Println("STOPPING")
				f.must(syscall.Kill(os.Getpid(), syscall.SIGSTOP))
				time.Sleep(20 * time.Millisecond) // a signal to oneself may take a moment
			})
		}
	})
	_, err = f.Hold(f.ctx, HoldInput{Order: orders.ID(os.Getenv(stopOrder)), From: at(1, 8, 0), To: at(1, 10, 0)})
	switch {
	case err == nil:
		fmt.Println("HELD")
	case problem.Match(err, ErrNoCapacity):
		fmt.Println("NOTHING")
	default:
		fmt.Println("FAILED", err)
	}
}

// TestStoppedProcess: two nodes on one database want the last capacity of a day. One is stopped between what it read and
// its commit, before or behind the day's guard, the other promises, and then the first goes on. Only one of them
// promises, and who stands still for long loses what it had locked.
func TestStoppedProcess(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, at string
		idle     string // how long a transaction may stand still, as in the address
		waits    bool   // the guard is with who is stopped: the other waits until it goes on
		want     string // what who was stopped says
		ours     bool   // the other promised
	}{
		{"before the guard", "_engineer_day (engineer_id", "", false, "NOTHING", true},
		{"behind the guard", "INSERT INTO dispatch_hold", "", true, "HELD", false},
		{"behind the guard for long", "INSERT INTO dispatch_hold", "1000", false, "FAILED", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.PostgresDSN(t)
			d, err := db.Open(t.Context(), dsn, db.Options{MaxConns: 8, Unsafe: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			f := newFixture(t, d)
			f.must(f.leaveOne())
			theirs, ours := f.order(f.one), f.order(f.one)
			if slots := f.offered(ours); slots != 1 {
				t.Fatalf("%d windows are free, want the last one", slots)
			}
			other := startOther(t, withIdle(t, dsn, tt.idle), theirs, tt.at)
			began := time.Now()
			if n := f.offered(ours); n != 1 {
				t.Errorf("%d windows while the other stands still, want 1: nothing is promised yet", n)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("offers waited %s for a process that stands still", took)
			}
			held := make(chan error, 1)
			go func() {
				_, err := f.Hold(f.ctx, HoldInput{Order: ours.ID, From: at(1, 8, 0), To: at(1, 10, 0), For: time.Hour})
				held <- err
			}()
			if tt.waits {
				select {
				case err := <-held:
					t.Fatalf("held beside who has the guard: %v", err)
				case <-time.After(300 * time.Millisecond):
				}
			} else {
				err = <-held
			}
			f.must(syscall.Kill(other.cmd.Process.Pid, syscall.SIGCONT))
			if got := other.says("HELD", "NOTHING", "FAILED"); got != tt.want {
				t.Errorf("who went on after the stop says %s, want %s: %s", got, tt.want, other.told)
			}
			if tt.waits {
				err = <-held
			}
			if (err == nil) != tt.ours || err != nil && !problem.Match(err, ErrNoCapacity) {
				t.Errorf("hold of the other: %v", err)
			}
			if _, err := f.Hold(f.ctx, HoldInput{Order: f.order(f.one).ID, From: at(1, 8, 0), To: at(1, 10, 0)}); !problem.Match(err, ErrNoCapacity) {
				t.Errorf("one more: %v", err)
			}
			claims, err := claimsOf(f.ctx, d, []workforce.EngineerID{f.zhao.ID}, today+1, today+1, nil)
			f.must(err)
			if len(claims) != 1 {
				t.Errorf("the last capacity was promised %d times", len(claims))
			}
		})
	}
}

// other is the process of [TestStoppedNode].
type other struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	told  string
}

// startOther starts it and waits until it stands still.
func startOther(t *testing.T, dsn string, o orders.Order, where string) *other {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestStoppedNode$", "-test.v")
	cmd.Env = append(os.Environ(), stopDSN+"="+dsn, stopOrder+"="+string(o.ID), stopAt+"="+where)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	p := &other{t: t, cmd: cmd, lines: bufio.NewScanner(out)}
	p.says("STOPPING")
	for !stopped(cmd.Process.Pid) {
		time.Sleep(5 * time.Millisecond)
	}
	return p
}

// says waits for one of some words.
func (p *other) says(words ...string) string {
	p.t.Helper()
	for p.lines.Scan() {
		p.told += p.lines.Text() + "\n"
		for _, w := range words {
			if strings.Contains(p.lines.Text(), w) {
				return w
			}
		}
	}
	p.t.Fatalf("the other process ended without saying %v: %s", words, p.told)
	return ""
}

// withIdle adds to an address how long a transaction may stand still.
func withIdle(t *testing.T, dsn, idle string) string {
	t.Helper()
	if idle == "" {
		return dsn
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("idle_in_transaction_session_timeout", idle)
	u.RawQuery = q.Encode()
	return u.String()
}

// leaveOne leaves one engineer with room for one order tomorrow morning.
func (f *fixture) leaveOne() error {
	for _, o := range []outlets.Outlet{f.hz, f.yu} {
		f.suspend(o)
	}
	if _, err := f.workforce.Suspend(f.ctx, workforce.ActInput{ID: f.qian.ID, Act: because("staff_long_absence")}); err != nil {
		return err
	}
	o := f.order(f.one)
	begin := at(1, 8, 30).Add(time.Duration(o.Minutes)*time.Minute + 50*time.Minute)
	_, err := f.workforce.AddAbsence(f.ctx, workforce.AddAbsenceInput{Engineer: f.zhao.ID, Kind: "sick", Start: begin, End: at(5, 0, 0)})
	return err
}

// offered counts the windows of tomorrow morning that can be promised.
func (f *fixture) offered(o orders.Order) int {
	f.t.Helper()
	list, err := f.Slots(f.ctx, o.ID, 2)
	f.must(err)
	n := 0
	for _, w := range list {
		if w.Offered() && w.From.Equal(at(1, 8, 0)) {
			n++
		}
	}
	return n
}

// stopped tells whether a process stands still.
func stopped(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.HasPrefix(rest, "T")
}
