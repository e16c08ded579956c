package rules

import (
	"embed"
	"fmt"
	"slices"
)

//go:embed packs/*.json
var packs embed.FS

// Builtin reads the packs that come with the product, by name. What no source confirms in them is marked unverified.
func Builtin() ([]*Compiled, error) {
	list, err := packs.ReadDir("packs")
	if err != nil {
		return nil, err
	}
	var out []*Compiled
	for _, e := range list {
		f, err := packs.Open("packs/" + e.Name())
		if err != nil {
			return nil, err
		}
		p, err := ReadPack(f)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		if slices.ContainsFunc(out, func(o *Compiled) bool { return o.ID == p.ID }) {
			return nil, fmt.Errorf("%w %s: twice", ErrPack, p.ID)
		}
		out = append(out, p)
	}
	return out, nil
}
