package app

import (
	"context"
	"fmt"
	"os"
	"strings"

	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
)

// openTravel opens what the settings say about ways.
func (a *App) openTravel(t config.Travel) (geo.Travel, error) {
	switch t.Kind {
	case "", "straight":
		return geo.NewStraight(), nil
	case "table":
		return readTable(t.File)
	}
	o, err := geo.NewOnline(geo.OnlineOptions{
		Kind: geo.ServiceKind(t.Kind), URL: t.URL, Key: t.Key.Reveal(), Timeout: t.Timeout, Points: t.Points, Factor: float64(t.Percent) / 100, Log: a.Log,
	})
	if err != nil {
		return nil, err
	}
	a.closers = append(a.closers, o.Close)
	return patient{o}, nil
}

// readTable reads a matrix that was made elsewhere; ways that it lacks are estimated.
func readTable(name string) (geo.Travel, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("travel.file: %w", err)
	}
	defer func() { _ = f.Close() }()
	read := geo.ReadTableCSV
	if strings.HasSuffix(strings.ToLower(name), ".json") {
		read = geo.ReadTableJSON
	}
	t, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("travel.file %s: %w", name, err)
	}
	t.Fallback = geo.NewStraight()
	return t, nil
}

// patient waits for the routing service wherever nobody holds a transaction.
type patient struct{ geo.Travel }

// Matrix implements [geo.Travel].
func (p patient) Matrix(ctx context.Context, profile geo.Profile, departures geo.TimeSlice, from, to []geo.Point) (*geo.Matrix, error) {
	if !db.InTransaction(ctx) {
		ctx = geo.MayAsk(ctx)
	}
	return p.Travel.Matrix(ctx, profile, departures, from, to)
}
