package rules

import (
	"slices"
	"strings"
)

// Cells are what can be confirmed in a pack on its own: rules, as "rules.<id>", and columns of the catalogue's items, as
// "items.<item>.<column>".

func ruleCell(id string) string { return "rules." + id }

func itemCell(item, column string) string { return "items." + item + "." + column }

// Cells lists the cells of a pack that are unverified, in order: rules first, then items.
func (p *Pack) Cells() []string {
	out := []string{}
	for _, r := range p.Rules {
		if r.Confidence == Unverified {
			out = append(out, ruleCell(r.ID))
		}
	}
	if p.Catalogue == nil {
		return out
	}
	items := []string{}
	for key, it := range p.Catalogue.Items {
		for _, col := range it.Unverified {
			items = append(items, itemCell(key, col))
		}
	}
	slices.Sort(items)
	return append(out, items...)
}

// Confirm is the pack with cells confirmed, each by a source; a rule tells that source beside its own. Cells that it
// does not have, or that are confirmed anyhow, change nothing.
func (c *Compiled) Confirm(sources map[string]string) *Compiled {
	if len(sources) == 0 {
		return c
	}
	out := *c
	out.Rules = slices.Clone(c.Rules)
	for i, r := range out.Rules {
		if by, ok := sources[ruleCell(r.ID)]; ok && r.Confidence == Unverified {
			out.Rules[i].Confidence = Sourced
			if by != "" && !strings.Contains(r.Source, by) {
				out.Rules[i].Source = r.Source + "; " + by
			}
		}
	}
	if c.Catalogue == nil {
		return &out
	}
	cat := *c.Catalogue
	cat.Items = make(map[string]Item, len(c.Catalogue.Items))
	for key, it := range c.Catalogue.Items {
		it.Unverified = slices.DeleteFunc(slices.Clone(it.Unverified), func(col string) bool { _, ok := sources[itemCell(key, col)]; return ok })
		cat.Items[key] = it
	}
	out.Catalogue = &cat
	return &out
}

// Remark brings the marks of a kept decision to what is confirmed today: a decision stays as it was made, but a lawyer's word
// since counts. Rules of packs or versions that the set does not have keep their marks.
func (s *Set) Remark(d *Decision) {
	open := map[string][]string{} // of packs by name
	cleared := map[string]bool{}  // rules, as pack/rule
	for i, r := range d.Rulings {
		if len(r.Doubts) == 0 {
			continue
		}
		p := s.find(r.Pack, r.Version)
		if p == nil {
			continue
		}
		cells, ok := open[p.name()]
		if !ok {
			cells = p.Cells()
			open[p.name()] = cells
		}
		left := slices.DeleteFunc(slices.Clone(r.Doubts), func(c string) bool { return !slices.Contains(cells, c) })
		d.Rulings[i].Doubts, d.Rulings[i].Unverified = left, len(left) > 0
		cleared[r.Pack+"/"+r.Rule] = len(left) == 0
	}
	for i, c := range d.Covers {
		if cleared[c.Rule] {
			d.Covers[i].Unverified = false
		}
	}
}

func (s *Set) find(id string, version int) *Compiled {
	i := slices.IndexFunc(s.packs, func(p *Compiled) bool { return p.ID == id && p.Version == version })
	if i < 0 {
		return nil
	}
	return s.packs[i]
}

// With is the set with one pack more, in the place of the version of it that the set has.
func (s *Set) With(c *Compiled) *Set {
	list := slices.DeleteFunc(slices.Clone(s.packs), func(p *Compiled) bool { return p.ID == c.ID && p.Version == c.Version })
	return NewSet(s.cal, append(list, c)...)
}
