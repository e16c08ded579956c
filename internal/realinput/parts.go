package realinput

import (
	"context"

	"anxin/internal/platform/config"
)

// Part is one of the jobs on real input; each wants an empty database.
type Part struct {
	Name, Title string
	Zone        string // of the installation
	Run         func(ctx context.Context, cfg config.Config, o Options) error
}

// Parts lists them in their order.
func Parts() []Part {
	return []Part{
		{"requests", "City requests: imported, ordered, planned", "America/New_York", func(ctx context.Context, cfg config.Config, o Options) error {
			_, err := Requests(ctx, cfg, o)
			return err
		}},
		{"incidents", "An incident log, lived through again", "UTC", func(ctx context.Context, cfg config.Config, o Options) error {
			_, err := Incidents(ctx, cfg, o)
			return err
		}},
		{"taxonomy", "A taxonomy as a classification tree", "Asia/Shanghai", func(ctx context.Context, cfg config.Config, o Options) error {
			_, err := Taxonomy(ctx, cfg, o)
			return err
		}},
	}
}
