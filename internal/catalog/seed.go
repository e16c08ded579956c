package catalog

import (
	"context"
	"embed"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"anxin/internal/platform/db"
)

//go:embed seed/*.csv
var seedFiles embed.FS

// Seed adds the rows that every installation begins with and that are not there yet; rows that are there
// stay as they are. It may run at every start, on several nodes at once.
func Seed(ctx context.Context, d *db.DB) error {
	return db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
		sd := seeder{ctx: ctx, tx: tx, classes: map[string]*classImport{}}
		for _, step := range []struct {
			file string
			row  func(n int, r seedRow) error
		}{
			{"skills", sd.skill},
			{"tools", sd.tool},
			{"categories", sd.category},
			{"service_types", sd.serviceType},
			{"checklists", sd.checklistItem},
			{"faults", sd.fault},
			{"reasons", sd.reason},
			{"labels", sd.label},
			{"classes", sd.class},
		} {
			if err := readSeed(step.file, step.row); err != nil {
				return fmt.Errorf("seed %s: %w", step.file, err)
			}
		}
		if sd.added == 0 {
			return nil
		}
		return New(d).bump(ctx, tx)
	})
}

// seedRow is one row of a seed file by column.
type seedRow map[string]string

func readSeed(file string, row func(n int, r seedRow) error) error {
	f, err := seedFiles.Open("seed/" + file + ".csv")
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	for n, cells := range rows[1:] {
		r := seedRow{}
		for i, name := range rows[0] {
			r[name] = cells[i]
		}
		if err := row(n+1, r); err != nil {
			return fmt.Errorf("row %d: %w", n+1, err)
		}
	}
	return nil
}

// number reads a whole number; an empty cell is 0.
func (r seedRow) number(name string) int {
	n, err := strconv.Atoi(r[name])
	if err != nil {
		return 0
	}
	return n
}

func (r seedRow) yes(name string) bool { return r[name] == "true" }

// limit reads a bound of a reading; an empty cell is none.
func (r seedRow) limit(name string) *float64 {
	v, err := strconv.ParseFloat(r[name], 64)
	if err != nil {
		return nil
	}
	return &v
}

// seeder writes rows and counts those that were missing.
type seeder struct {
	ctx   context.Context
	tx    *db.Tx
	added int64

	classes map[string]*classImport // by tree
}

func (s *seeder) insert(query string, args ...any) error {
	n, err := s.tx.Exec(s.ctx, query+` ON CONFLICT DO NOTHING`, args...)
	s.added += n
	return err
}

func (s *seeder) skill(n int, r seedRow) error {
	return s.insert(`INSERT INTO catalog_skill (`+skillColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		r["code"], r["name_zh"], r["name_en"], r.yes("certificate"), r.number("valid_years"), r.number("recheck_years"), n)
}

func (s *seeder) category(n int, r seedRow) error {
	return s.insert(`INSERT INTO catalog_category (`+categoryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		r["code"], r["name_zh"], r["name_en"], r.number("install_minutes"), r.number("repair_minutes"), r["install_skills"], r["repair_skills"],
		r.number("install_crew"), r.number("repair_crew"), r.yes("depot"), n, true, 1, "", "")
}

func (s *seeder) serviceType(n int, r seedRow) error {
	return s.insert(`INSERT INTO catalog_service_type (`+serviceTypeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		r["code"], r["name_zh"], r["name_en"], r["mode"], r["base"], r.number("minutes"), r["skills"], r.number("repeat_window_days"),
		r["callback_rule"], r["proof"], r["next"], n, true, 1, "")
}

func (s *seeder) checklistItem(n int, r seedRow) error {
	return s.insert(`INSERT INTO catalog_checklist_item (`+itemColumns+`, active) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		r["code"], r["service_type"], r["category"], r["name_zh"], r["name_en"], r["kind"], r["unit"], r.limit("min"), r.limit("max"),
		r.yes("required"), r.yes("safety"), n, true)
}

func (s *seeder) fault(_ int, r seedRow) error {
	safety := r["safety"]
	return errors.Join(
		s.insert(`INSERT INTO catalog_symptom (`+symptomColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
			r["symptom"], r["category"], r["symptom_zh"], r["symptom_en"], r["family"], true),
		s.insert(`INSERT INTO catalog_cause (`+causeColumns+`) VALUES ($1, $2, $3, $4, $5)`,
			r["cause"], r["symptom"], r["cause_zh"], r["cause_en"], true),
		s.insert(`INSERT INTO catalog_action (`+actionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			r["action"], r["cause"], r["category"], r["action_zh"], r["action_en"], r.number("minutes"), r["part_type"], r["part_class"],
			r["remote"], safety, strings.HasPrefix(safety, "P1"), r["skills"], true),
	)
}

func (s *seeder) reason(n int, r seedRow) error {
	return s.insert(`INSERT INTO catalog_reason (`+reasonColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r["code"], r["kinds"], r["name_zh"], r["name_en"], r["responsibility"], r.yes("note_required"), n, true, 1)
}

func (s *seeder) label(n int, r seedRow) error {
	return s.insert(`INSERT INTO catalog_label (`+labelColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r["kind"], r["code"], r["state"], r["staff_zh"], r["staff_en"], r["customer_zh"], r["customer_en"], n, true, 1)
}

// class adds a row only to a tree that has it not; one that the firm retired stays so.
func (s *seeder) class(_ int, r seedRow) error {
	im := s.classes[r["tree"]]
	if im == nil {
		im = &classImport{tree: r["tree"], tx: s.tx, seeding: true}
		s.classes[r["tree"]] = im
	}
	row := ClassRow{
		Names:   []string{r["level1_zh"], r["level2_zh"], r["level3_zh"]},
		English: []string{r["level1_en"], r["level2_en"], r["level3_en"]},
	}
	added, err := im.one(s.ctx, row)
	s.added += int64(added)
	return err
}
