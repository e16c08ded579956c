package catalog

import (
	"context"
	"slices"
	"strings"

	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// FaultRow is one line of the fault tree: a symptom, a cause behind it and what is done against it. The
// same symptom or cause may stand in several lines; the last one's words count.
type FaultRow struct {
	Category  CategoryCode `json:"category" minLength:"1" maxLength:"20"`
	Symptom   SymptomCode  `json:"symptom" minLength:"1" maxLength:"40" doc:"AC-S01"`
	SymptomZh string       `json:"symptom_zh" minLength:"1" maxLength:"120"`
	SymptomEn string       `json:"symptom_en,omitempty" maxLength:"120"`
	Family    string       `json:"family" minLength:"1" maxLength:"40" doc:"Symptoms that count as the same fault coming back: leak"`
	Cause     CauseCode    `json:"cause" minLength:"1" maxLength:"40"`
	CauseZh   string       `json:"cause_zh" minLength:"1" maxLength:"120"`
	CauseEn   string       `json:"cause_en,omitempty" maxLength:"120"`
	Action    ActionCode   `json:"action" minLength:"1" maxLength:"40"`
	ActionZh  string       `json:"action_zh" minLength:"1" maxLength:"120"`
	ActionEn  string       `json:"action_en,omitempty" maxLength:"120"`
	Minutes   int          `json:"minutes" minimum:"1" maximum:"2880"`
	PartType  string       `json:"part_type,omitempty" maxLength:"40"`
	PartClass PartClass    `json:"part_class,omitempty" enum:"M,G,A"`
	Remote    string       `json:"remote" enum:"Y,P,N"`
	Safety    string       `json:"safety,omitempty" maxLength:"60" doc:"Danger; one that begins with P1 stops the product's use"`
	Skills    []SkillCode  `json:"skills,omitempty" maxItems:"20"`
	Retired   bool         `json:"retired,omitempty" doc:"Takes the action out of use"`
}

// FaultsResult says what an import of the fault tree did.
type FaultsResult struct {
	Actions  int `json:"actions"` // lines written
	Symptoms int `json:"symptoms"`
}

const maxFaultRows = 5000

// ImportFaults adds lines of the fault tree or changes those with the same codes. A wrong line refuses the
// whole import.
func (s *Service) ImportFaults(ctx context.Context, rows []FaultRow) (FaultsResult, error) {
	var res FaultsResult
	if err := mayWrite(ctx, ""); err != nil {
		return res, err
	}
	snap, err := s.Current(ctx, s.db)
	if err != nil {
		return res, err
	}
	var f problem.Fields
	f.Check(len(rows) > 0, "rows", problem.Required)
	f.Check(len(rows) <= maxFaultRows, "rows", problem.TooLong, "limit", maxFaultRows)
	for i := range rows {
		rows[i].check(&f, at("rows", i), snap)
	}
	if err := f.Err(); err != nil {
		return res, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (FaultsResult, error) {
		res := FaultsResult{}
		if err := s.bump(ctx, tx); err != nil { // first: its row makes imports follow each other
			return res, err
		}
		symptoms, codes := map[SymptomCode]bool{}, make([]ActionCode, 0, len(rows))
		for i, r := range rows {
			if err := r.write(ctx, tx); err != nil {
				if db.IsForeignKey(err) {
					err = problem.Field(at("rows", i), problem.Unknown)
				}
				return res, err
			}
			symptoms[r.Symptom] = true
			codes = append(codes, r.Action)
		}
		res.Actions, res.Symptoms = len(rows), len(symptoms)
		slices.Sort(codes)
		if err := audit.Append(ctx, tx, audit.Entry{Kind: "catalog_faults", Record: "faults", Act: "import", After: map[string]any{"actions": codes}}); err != nil {
			return res, err
		}
		return res, events.Publish(ctx, tx, Changed{Head: events.Head{ID: "faults", OccurredAt: tx.Now()}, Table: "catalog_faults", Act: "import"})
	})
}

func (r *FaultRow) check(f *problem.Fields, field string, snap *Snapshot) {
	_, ok := snap.Category(r.Category)
	f.Check(ok, field+".category", problem.Unknown)
	for name, code := range map[string]string{".symptom": string(r.Symptom), ".cause": string(r.Cause), ".action": string(r.Action)} {
		f.Check(len(code) <= 40 && itemForm.MatchString(code), field+name, problem.BadFormat)
	}
	if old, ok := snap.Symptom(r.Symptom); ok {
		f.Check(old.Category == r.Category, field+".symptom", problem.Taken)
	}
	if old, ok := snap.Cause(r.Cause); ok {
		f.Check(old.Symptom == r.Symptom, field+".cause", problem.Taken)
	}
	if old, ok := snap.Action(r.Action); ok {
		f.Check(old.Cause == r.Cause, field+".action", problem.Taken)
	}
	f.Check(wordForm.MatchString(r.Family), field+".family", problem.BadFormat)
	for name, v := range map[string]*string{".symptom_zh": &r.SymptomZh, ".cause_zh": &r.CauseZh, ".action_zh": &r.ActionZh} {
		text(f, field+name, v, true, maxName)
	}
	for name, v := range map[string]*string{".symptom_en": &r.SymptomEn, ".cause_en": &r.CauseEn, ".action_en": &r.ActionEn, ".safety": &r.Safety} {
		text(f, field+name, v, false, maxName)
	}
	between(f, field+".minutes", r.Minutes, 1, 2880)
	f.Check(r.PartType == "" || wordForm.MatchString(r.PartType), field+".part_type", problem.BadFormat)
	f.Check((r.PartType == "") == (r.PartClass == PartNone), field+".part_class", problem.Required)
	f.Check(slices.Contains([]PartClass{PartNone, PartMain, PartGeneral, PartAccessory}, r.PartClass), field+".part_class", problem.BadChoice)
	f.Check(slices.Contains([]string{RemoteLikely, RemotePossible, RemoteNo}, r.Remote), field+".remote", problem.BadChoice)
	codes(f, field+".skills", r.Skills, func(c SkillCode) bool { _, ok := snap.Skill(c); return ok })
}

func (r FaultRow) write(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_symptom (`+symptomColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, family = excluded.family`,
		string(r.Symptom), string(r.Category), r.SymptomZh, r.SymptomEn, r.Family, true)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO catalog_cause (`+causeColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en`,
		string(r.Cause), string(r.Symptom), r.CauseZh, r.CauseEn, true)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO catalog_action (`+actionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en, minutes = excluded.minutes,
			part_type = excluded.part_type, part_class = excluded.part_class, remote = excluded.remote, safety = excluded.safety,
			stop_use = excluded.stop_use, skills = excluded.skills, active = excluded.active`,
		string(r.Action), string(r.Cause), string(r.Category), r.ActionZh, r.ActionEn, r.Minutes, r.PartType, string(r.PartClass), r.Remote, r.Safety,
		strings.HasPrefix(r.Safety, "P1"), joinCodes(r.Skills), !r.Retired)
	return err
}
