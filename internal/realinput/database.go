package realinput

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"anxin/internal/platform/db"
)

// Databases makes databases for runs on PostgreSQL, and drops them.
type Databases struct {
	server string
	made   []string
}

// OnServer makes databases on a PostgreSQL server, whose address names a user that may create them.
func OnServer(address string) *Databases { return &Databases{server: address} }

// Make makes an empty database and returns its address.
func (d *Databases) Make(ctx context.Context, name string) (string, error) {
	u, err := url.Parse(d.server)
	if err != nil {
		return "", fmt.Errorf("address of PostgreSQL: %w", err)
	}
	name = "anxin_realinput_" + name + "_" + strings.ReplaceAll(db.NewID(), "-", "")
	if err := d.do(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	d.made = append(d.made, name)
	u.Path = "/" + name
	return u.String(), nil
}

// Drop drops all that were made.
func (d *Databases) Drop(ctx context.Context) error {
	var errs []error
	for _, name := range d.made {
		errs = append(errs, d.do(ctx, "DROP DATABASE "+name))
	}
	d.made = nil
	return errors.Join(errs...)
}

func (d *Databases) do(ctx context.Context, statement string) error {
	server, err := db.Open(ctx, d.server, db.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	if server.Pool() == nil {
		return errors.Join(errors.New("not the address of a PostgreSQL server"), server.Close())
	}
	_, err = server.Pool().Exec(ctx, statement)
	return errors.Join(err, server.Close())
}
