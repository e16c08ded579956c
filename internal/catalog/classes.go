package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// ClassRow is one line of a taxonomy: its names from the top down, one to three of them, and the English
// ones as far as they are known.
type ClassRow struct {
	Names   []string `json:"names" minItems:"1" maxItems:"3"`
	English []string `json:"english,omitempty" maxItems:"3"`
}

// ImportClassesInput brings a taxonomy in.
type ImportClassesInput struct {
	Tree string // "case", "hotline": a tree of its own, whose codes begin with the name
	Rows []ClassRow
	// Retire takes rows of the tree out of use that the import does not name.
	Retire bool
}

// ImportClassesResult says what an import did.
type ImportClassesResult struct {
	Added   int `json:"added"`   // rows of the tree, of any level
	Kept    int `json:"kept"`    // lines whose class was there already
	Retired int `json:"retired"` // rows out of use now
	Total   int `json:"total"`   // rows of the tree in use
}

const maxClassRows = 20000

// ImportClasses adds a taxonomy, or brings it up to date: a class is known by its names on the way from the
// top, so a second import of the same rows changes nothing and codes stay. A wrong row refuses the whole
// import and is named.
func (s *Service) ImportClasses(ctx context.Context, in ImportClassesInput) (ImportClassesResult, error) {
	var res ImportClassesResult
	if err := mayWrite(ctx, ""); err != nil {
		return res, err
	}
	var f problem.Fields
	f.Check(wordForm.MatchString(in.Tree) && len(in.Tree) <= 20, "tree", problem.BadFormat)
	f.Check(len(in.Rows) > 0, "rows", problem.Required)
	f.Check(len(in.Rows) <= maxClassRows, "rows", problem.TooLong, "limit", maxClassRows)
	for i := range in.Rows {
		if !in.Rows[i].clean() {
			f.Add(at("rows", i), ErrClassRow, "row", i+1)
		}
	}
	if err := f.Err(); err != nil {
		return res, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (ImportClassesResult, error) {
		res := ImportClassesResult{}
		if err := s.bump(ctx, tx); err != nil { // first: its row makes imports follow each other
			return res, err
		}
		im := classImport{tree: in.Tree, tx: tx}
		for i, r := range in.Rows {
			n, err := im.one(ctx, r)
			if err != nil {
				return res, fmt.Errorf("class row %d: %w", i+1, err)
			}
			res.Added += n
			if n == 0 {
				res.Kept++
			}
		}
		var err error
		if in.Retire {
			if res.Retired, err = im.retire(ctx); err != nil {
				return res, err
			}
		}
		for _, c := range im.rows {
			if c.Active {
				res.Total++
			}
		}
		if err := audit.Append(ctx, tx, audit.Entry{Kind: "catalog_class_tree", Record: in.Tree, Act: "import", After: res}); err != nil {
			return res, err
		}
		return res, events.Publish(ctx, tx, Changed{Head: events.Head{ID: in.Tree, OccurredAt: tx.Now()}, Table: "catalog_class_tree", Act: "import"})
	})
}

// clean trims a row and tells whether it is a path without gaps. Empty cells at the end are dropped.
func (r *ClassRow) clean() bool {
	for len(r.Names) > 0 && strings.TrimSpace(r.Names[len(r.Names)-1]) == "" {
		r.Names = r.Names[:len(r.Names)-1]
	}
	if len(r.Names) == 0 || len(r.Names) > maxClassLevel || len(r.English) > maxClassLevel {
		return false
	}
	var f problem.Fields
	for i := range r.Names {
		text(&f, "name", &r.Names[i], true, maxName)
	}
	for i := range r.English {
		text(&f, "english", &r.English[i], false, maxName)
	}
	return f.Err() == nil
}

// classImport adds classes to one tree, whose rows it reads once.
type classImport struct {
	tree   string
	tx     *db.Tx
	rows   map[classPath]*Class
	counts map[ClassCode]int // children by parent
	named  map[ClassCode]bool

	seeding bool // rows that are there stay as they are
}

type classPath struct {
	parent ClassCode
	name   string
}

func (im *classImport) read(ctx context.Context) error {
	if im.rows != nil {
		return nil
	}
	im.rows, im.counts, im.named = map[classPath]*Class{}, map[ClassCode]int{}, map[ClassCode]bool{}
	list, err := db.List(ctx, im.tx, scanClass, `SELECT `+classColumns+` FROM catalog_class WHERE tree = $1`, im.tree)
	for _, c := range list {
		im.rows[classPath{c.ParentCode, c.NameZh}] = &c
		im.counts[c.ParentCode]++
	}
	return err
}

// one adds what is missing on the way to a row and returns how many that were.
func (im *classImport) one(ctx context.Context, r ClassRow) (int, error) {
	if err := im.read(ctx); err != nil {
		return 0, err
	}
	parent, added := ClassCode(""), 0
	for i, name := range r.Names {
		en := ""
		if i < len(r.English) {
			en = r.English[i]
		}
		c := im.rows[classPath{parent, name}]
		if c == nil {
			c = im.next(parent, i+1, name, en)
			_, err := im.tx.Exec(ctx, `INSERT INTO catalog_class (`+classColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT DO NOTHING`, // another node may seed at the same moment
				string(c.Code), c.Tree, string(c.ParentCode), c.Level, c.NameZh, c.NameEn, c.Position, true)
			if err != nil {
				return added, err
			}
			added++
		} else if !im.seeding {
			if err := im.refresh(ctx, c, en); err != nil {
				return added, err
			}
		}
		im.named[c.Code] = true
		parent = c.Code
	}
	return added, nil
}

// next makes the next child of a row: "hotline-03-012".
func (im *classImport) next(parent ClassCode, level int, name, en string) *Class {
	im.counts[parent]++
	n := im.counts[parent]
	code := ClassCode(fmt.Sprintf("%s-%02d", im.tree, n))
	if parent != "" {
		code = ClassCode(fmt.Sprintf("%s-%02d", parent, n))
	}
	c := &Class{Code: code, ParentCode: parent, Tree: im.tree, Level: level, NameZh: name, NameEn: en, Position: n, Active: true}
	im.rows[classPath{parent, name}] = c
	return c
}

// refresh brings a row back into use and gives it an English name that it lacked.
func (im *classImport) refresh(ctx context.Context, c *Class, en string) error {
	if c.Active && (en == "" || en == c.NameEn) {
		return nil
	}
	c.Active = true
	if en != "" {
		c.NameEn = en
	}
	_, err := im.tx.Exec(ctx, `UPDATE catalog_class SET active = $1, name_en = $2 WHERE code = $3`, true, c.NameEn, string(c.Code))
	return err
}

// retire takes out of use what the import did not name.
func (im *classImport) retire(ctx context.Context) (int, error) {
	n := 0
	var failed error
	for _, c := range im.rows {
		if !c.Active || im.named[c.Code] {
			continue
		}
		c.Active = false
		n++
		if _, err := im.tx.Exec(ctx, `UPDATE catalog_class SET active = $1 WHERE code = $2`, false, string(c.Code)); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return n, failed
}
