package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"anxin/internal/platform/config"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/observe"
)

// Serve answers requests, and works jobs unless the settings leave them to workers, until ctx ends. It
// calls ready with the address once it listens.
func (a *App) Serve(ctx context.Context, ready func(addr net.Addr)) error {
	ln, err := net.Listen("tcp", a.Config.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if t := a.Config.TLS; t.On() {
		cert, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return errors.Join(fmt.Errorf("TLS certificate: %w", err), ln.Close())
		}
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	}
	srv := &http.Server{
		Handler: a.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: a.Config.Limits.ReadTimeout, IdleTimeout: 2 * time.Minute,
	}
	srv.RegisterOnShutdown(a.Server.Stop)
	metrics, err := a.metricsServer()
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	var wg sync.WaitGroup
	work, stop := context.WithCancel(ctx)
	defer func() { stop(); wg.Wait() }()
	if a.Config.Jobs {
		wg.Go(func() {
			if err := a.Work(work); err != nil {
				a.Log.ErrorContext(ctx, "background work ended", "error", err)
			}
		})
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	if ready != nil {
		ready(ln.Addr())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	a.Health.Drain()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.Limits.ShutdownGrace)
	defer cancel()
	err = srv.Shutdown(grace)
	if metrics != nil {
		err = errors.Join(err, metrics.Close())
	}
	return err
}

func (a *App) metricsServer() (*http.Server, error) {
	addr := a.Config.Metrics.Listen
	if addr == "" {
		return nil, nil
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.Metrics.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := srv.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			a.Log.Error("metrics server ended", "error", err)
		}
	}()
	return srv, nil
}

// Work delivers events and runs jobs and duties until ctx ends.
func (a *App) Work(ctx context.Context) error {
	var wg sync.WaitGroup
	var busErr, jobsErr, searchErr error
	wg.Go(func() { busErr = a.Bus.Run(ctx) })
	wg.Go(func() { jobsErr = a.Jobs.Run(ctx) })
	wg.Go(func() { searchErr = a.Search.Run(ctx) })
	wg.Wait()
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return errors.Join(busErr, jobsErr, searchErr, a.Bus.Release(release))
}

// Handler is the whole HTTP side: probes, metrics, API, pages.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", a.Health.Live())
	mux.Handle("GET /readyz", a.Health.Ready())
	if a.Config.Metrics.Listen == "" {
		mux.Handle("GET /metrics", observe.LocalOnly(a.Config.Metrics.Token.Reveal(), a.Metrics.Handler()))
	}
	mux.Handle("/", a.Server.Handler())
	return observe.AccessLog(a.Log, a.Metrics.HTTP(mux))
}

func (a *App) buildServer(cfg config.Config, o Options) {
	a.Health, a.Metrics = observe.NewHealth(a.Log), observe.NewMetrics(o.Version)
	a.Health.Add("database", 2*time.Second, func(ctx context.Context) error {
		var one int
		return a.DB.QueryRow(ctx, `SELECT 1`).Scan(&one)
	})
	a.Server = httpapi.New(httpapi.Options{
		DB: a.DB, Log: a.Log, Words: a.Words, Seal: a.Keys, Auth: a.Identity, Version: o.Version, MaxBody: cfg.Limits.BodyBytes,
		UserRate: cfg.Limits.UserRate, PublicRate: cfg.Limits.PublicRate, ClientIP: clientIP(cfg.Proxies()), Secure: strings.HasPrefix(cfg.BaseURL(), "https://"),
	})
	for _, m := range a.registrars() {
		m.Register(a.Server)
	}
	a.registerFiles()
	a.registerSystem()
	a.Server.ServeDocs()
	a.serveWeb(o.Web)
}
