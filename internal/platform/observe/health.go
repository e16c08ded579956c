package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Health answers /healthz (the process lives) and /readyz (it can serve).
// Checks are added at start-up, before the handlers run.
type Health struct {
	log      *slog.Logger
	checks   []check
	draining atomic.Bool
}

type check struct {
	name    string
	timeout time.Duration
	run     func(context.Context) error
}

// NewHealth makes a Health that writes failures of its checks to log; the
// answers name only which check failed, since errors may tell too much.
func NewHealth(log *slog.Logger) *Health { return &Health{log: log} }

// Add registers a check of readiness. It fails when run returns an error or is
// not back after timeout; run should heed its context.
func (h *Health) Add(name string, timeout time.Duration, run func(context.Context) error) {
	h.checks = append(h.checks, check{name, timeout, run})
}

// Drain makes /readyz fail from now on, so that a load balancer sends no more
// requests to a server that is about to stop.
func (h *Health) Drain() { h.draining.Store(true) }

// Live answers /healthz: 200 as long as the process can answer at all.
func (h *Health) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h.answer(w, http.StatusOK, status{Status: "ok"})
	})
}

type status struct {
	Status string            `json:"status"` // ok, failing or stopping
	Checks map[string]string `json:"checks,omitempty"`
}

// Ready answers /readyz: 200 when every check passes, else 503.
func (h *Health) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := status{Status: "ok", Checks: map[string]string{}}
		code := http.StatusOK
		for i, err := range h.run(r.Context()) {
			name := h.checks[i].name
			out.Checks[name] = "ok"
			if err != nil {
				out.Checks[name], out.Status, code = "failing", "failing", http.StatusServiceUnavailable
				h.log.WarnContext(r.Context(), "not ready", "check", name, "error", err)
			}
		}
		if h.draining.Load() {
			out.Status, code = "stopping", http.StatusServiceUnavailable
		}
		h.answer(w, code, out)
	})
}

// run does all checks at once and returns their errors in order.
func (h *Health) run(ctx context.Context) []error {
	errs := make([]error, len(h.checks))
	var wg sync.WaitGroup
	for i, c := range h.checks {
		wg.Go(func() { errs[i] = c.within(ctx) })
	}
	wg.Wait()
	return errs
}

// within runs one check but does not wait for one that ignores its context.
func (c check) within(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("check panicked: %v", p)
			}
		}()
		done <- c.run(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("no answer within %s", c.timeout), ctx.Err())
	}
}

func (h *Health) answer(w http.ResponseWriter, code int, body status) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		h.log.Debug("health answer not written", "error", err)
	}
}
