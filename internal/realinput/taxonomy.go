package realinput

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/config"
	"anxin/internal/platform/imports"
)

// TaxonomyResult is what the import of the taxonomy came to.
type TaxonomyResult struct {
	Rows, Made, Same, Failed int
	Levels                   [4]int // classes by level, from 1
	Again                    imports.Run
}

// taxonomyTree is the tree that mappings/taxonomy.json names.
const taxonomyTree = "hotline"

// Taxonomy imports the hotline's taxonomy into the empty database of cfg, twice, and prints the tree's levels.
func Taxonomy(ctx context.Context, cfg config.Config, o Options) (res TaxonomyResult, err error) {
	o = o.orDefault()
	path, err := find(o.Data, taxonomyFile)
	if err != nil {
		return res, err
	}
	m, err := mapping("taxonomy.json")
	if err != nil {
		return res, err
	}
	w, err := build(ctx, cfg, time.Now())
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	ctx = as(ctx, access.Live)
	run, err := w.bringFile(ctx, path, m)
	if err != nil {
		return res, err
	}
	if res.Again, err = w.bringFile(ctx, path, m); err != nil {
		return res, err
	}
	res.Rows, res.Made, res.Same, res.Failed = int(run.Total), int(run.Made), int(run.Same), int(run.Failed)
	snap, err := w.Catalog.Current(ctx, w.DB)
	if err != nil {
		return res, err
	}
	t := table{}
	t.add("top class", "second level", "third level")
	for _, top := range snap.Classes(taxonomyTree, "") {
		second, third := snap.Classes(taxonomyTree, top.Code), 0
		for _, c := range second {
			third += len(snap.Classes(taxonomyTree, c.Code))
		}
		t.add(top.NameZh, len(second), third)
		res.Levels[1]++
		res.Levels[2] += len(second)
		res.Levels[3] += third
	}
	t.add(fmt.Sprintf("all %d", res.Levels[1]), res.Levels[2], res.Levels[3])
	if err := t.print(o.Out, "The tree"); err != nil {
		return res, err
	}
	t = table{}
	t.add("", "rows", "with a new class", "already there", "refused")
	t.add("first import", run.Total, run.Made, run.Same, run.Failed)
	t.add("second import", res.Again.Total, res.Again.Made, res.Again.Same, res.Again.Failed)
	return res, t.print(o.Out, "Imports")
}
