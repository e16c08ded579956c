package catalog

import (
	"slices"
	"strings"
)

// Snapshot is the whole catalogue at one version. It never changes; slices it returns must not be
// changed either. Retired rows are found by their code, since old records hold it, but not listed.
type Snapshot struct {
	version string

	brands     map[BrandID]Brand
	brandCodes map[string]BrandID
	brandList  []Brand

	categories   map[CategoryCode]Category
	categoryList []Category

	models     map[ModelID]Model
	modelCodes map[modelKey]ModelID
	modelList  []Model

	serviceTypes map[ServiceTypeCode]ServiceType
	serviceList  []ServiceType

	skills    map[SkillCode]Skill
	skillList []Skill

	tools    map[ToolCode]Tool
	toolList []Tool

	checklists    map[ServiceTypeCode][]ChecklistItem
	checklistItem map[string]ChecklistItem

	symptoms      map[SymptomCode]Symptom
	symptomsOf    map[CategoryCode][]Symptom
	causes        map[CauseCode]Cause
	causesOf      map[SymptomCode][]Cause
	actions       map[ActionCode]Action
	actionsOf     map[CauseCode][]Action
	reasons       map[ReasonCode]Reason
	reasonList    []Reason
	labels        map[labelKey]Label
	labelList     []Label
	classes       map[ClassCode]Class
	classChildren map[classKey][]Class
}

type (
	modelKey struct {
		brand BrandID
		code  string
	}
	labelKey struct{ kind, code string }
	classKey struct {
		tree   string
		parent ClassCode
	}
)

// Version names this state of the catalogue; it changes with every edit.
func (s *Snapshot) Version() string { return s.version }

// Brand finds a brand, also a retired one.
func (s *Snapshot) Brand(id BrandID) (Brand, bool) { v, ok := s.brands[id]; return v, ok }

// BrandByCode finds a brand by its code.
func (s *Snapshot) BrandByCode(code string) (Brand, bool) {
	id, ok := s.brandCodes[strings.ToUpper(strings.TrimSpace(code))]
	return s.brands[id], ok
}

// Brands lists the brands in use, by code.
func (s *Snapshot) Brands() []Brand { return s.brandList }

// Category finds a product line.
func (s *Snapshot) Category(code CategoryCode) (Category, bool) {
	v, ok := s.categories[code]
	return v, ok
}

// Categories lists the product lines in use, in their order.
func (s *Snapshot) Categories() []Category { return s.categoryList }

// Model finds a model.
func (s *Snapshot) Model(id ModelID) (Model, bool) { v, ok := s.models[id]; return v, ok }

// ModelByCode finds a brand's model by the code on its name plate; case and blanks don't count.
func (s *Snapshot) ModelByCode(brand BrandID, code string) (Model, bool) {
	id, ok := s.modelCodes[modelKey{brand, foldModel(code)}]
	return s.models[id], ok
}

// Models lists a brand's models in use, by code; of "" those of all brands.
func (s *Snapshot) Models(brand BrandID) []Model {
	if brand == "" {
		return s.modelList
	}
	out := []Model{}
	for _, m := range s.modelList {
		if m.BrandID == brand {
			out = append(out, m)
		}
	}
	return out
}

// ServiceType finds a service type.
func (s *Snapshot) ServiceType(code ServiceTypeCode) (ServiceType, bool) {
	v, ok := s.serviceTypes[code]
	return v, ok
}

// ServiceTypes lists the service types in use, in their order.
func (s *Snapshot) ServiceTypes() []ServiceType { return s.serviceList }

// Skill finds a skill.
func (s *Snapshot) Skill(code SkillCode) (Skill, bool) { v, ok := s.skills[code]; return v, ok }

// Skills lists the skills in their order.
func (s *Snapshot) Skills() []Skill { return s.skillList }

// Checklist is what must be checked at a kind of work on a category, in its order: the items for every
// category and those for this one. A service type without items of its own that asks for a checklist is
// checked like plain installation or repair, after its base.
func (s *Snapshot) Checklist(st ServiceTypeCode, cat CategoryCode) []ChecklistItem {
	items := s.checklists[st]
	if t := s.serviceTypes[st]; len(items) == 0 && t.Needs(ProofChecklist) {
		items = s.checklists[map[Base]ServiceTypeCode{BaseInstall: Install, BaseRepair: Repair}[t.Base]]
	}
	out := []ChecklistItem{}
	for _, it := range items {
		if it.Category == "" || it.Category == cat {
			out = append(out, it)
		}
	}
	return out
}

// ChecklistItem finds an item by its code.
func (s *Snapshot) ChecklistItem(code string) (ChecklistItem, bool) {
	v, ok := s.checklistItem[code]
	return v, ok
}

// Symptoms lists what goes wrong with a category.
func (s *Snapshot) Symptoms(cat CategoryCode) []Symptom { return nonNil(s.symptomsOf[cat]) }

// Symptom finds a symptom.
func (s *Snapshot) Symptom(code SymptomCode) (Symptom, bool) { v, ok := s.symptoms[code]; return v, ok }

// Causes lists what may be behind a symptom.
func (s *Snapshot) Causes(symptom SymptomCode) []Cause { return nonNil(s.causesOf[symptom]) }

// Cause finds a cause.
func (s *Snapshot) Cause(code CauseCode) (Cause, bool) { v, ok := s.causes[code]; return v, ok }

// Actions lists what helps against a cause.
func (s *Snapshot) Actions(cause CauseCode) []Action { return nonNil(s.actionsOf[cause]) }

// Action finds an action.
func (s *Snapshot) Action(code ActionCode) (Action, bool) { v, ok := s.actions[code]; return v, ok }

// Reason finds a reason.
func (s *Snapshot) Reason(code ReasonCode) (Reason, bool) { v, ok := s.reasons[code]; return v, ok }

// Reasons lists the reasons in use that fit an act; of "" all.
func (s *Snapshot) Reasons(kind string) []Reason {
	if kind == "" {
		return s.reasonList
	}
	out := []Reason{}
	for _, r := range s.reasonList {
		if r.Fits(kind) {
			out = append(out, r)
		}
	}
	return out
}

// CheckReason refuses a reason that does not exist, is retired or does not fit the act ("visit.fail").
// note is what the person wrote; some reasons need one. The problem names the field "reason" or "note".
func (s *Snapshot) CheckReason(kind string, code ReasonCode, note string) (Reason, error) {
	return checkReason(s, kind, code, note)
}

// Label finds a label by its code.
func (s *Snapshot) Label(kind, code string) (Label, bool) {
	v, ok := s.labels[labelKey{kind, code}]
	return v, ok
}

// LabelOf is the label that a record shows: its stage's, or else its state's.
func (s *Snapshot) LabelOf(kind, state, stage string) (Label, bool) {
	if v, ok := s.labels[labelKey{kind, stage}]; ok && v.State == state {
		return v, true
	}
	return s.Label(kind, state)
}

// Labels lists the labels in use of a kind of record, in their order; of "" all.
func (s *Snapshot) Labels(kind string) []Label {
	if kind == "" {
		return s.labelList
	}
	out := []Label{}
	for _, l := range s.labelList {
		if l.Kind == kind {
			out = append(out, l)
		}
	}
	return out
}

// Class finds a row of the classification trees.
func (s *Snapshot) Class(code ClassCode) (Class, bool) { v, ok := s.classes[code]; return v, ok }

// Classes lists the children of a row in use, in their order; of parent "" the top of the tree.
func (s *Snapshot) Classes(tree string, parent ClassCode) []Class {
	return nonNil(s.classChildren[classKey{tree, parent}])
}

// ClassPath lists a row and those above it, from the top down; empty for an unknown code.
func (s *Snapshot) ClassPath(code ClassCode) []Class {
	out := []Class{}
	for len(out) < maxClassLevel {
		c, ok := s.classes[code]
		if !ok {
			break
		}
		out = append(out, c)
		if c.ParentCode == "" {
			break
		}
		code = c.ParentCode
	}
	slices.Reverse(out)
	return out
}

// Requirements is what a piece of work takes: the skills, tools and minutes of the category for the base of
// the service type, or of the action where it is known, and the service type's own on top. Unknown codes
// count as nothing; a visit lasts a quarter of an hour at least.
func (s *Snapshot) Requirements(st ServiceTypeCode, cat CategoryCode, action ActionCode) Requirements {
	t, c, a := s.serviceTypes[st], s.categories[cat], s.actions[action]
	r := Requirements{Crew: 1}
	switch t.Base {
	case BaseInstall:
		r.Skills, r.Minutes, r.Crew = append(r.Skills, c.InstallSkills...), c.InstallMinutes, max(1, c.InstallCrew)
	case BaseRepair:
		r.Skills, r.Minutes, r.Crew = append(r.Skills, c.RepairSkills...), c.RepairMinutes, max(1, c.RepairCrew)
		if a.Code != "" {
			r.Skills, r.Minutes = append(r.Skills, a.Skills...), a.Minutes
		}
	}
	r.Skills, r.Tools = append(r.Skills, t.Skills...), s.toolsFor(t, c)
	r.Minutes = max(15, r.Minutes+t.Minutes)
	slices.Sort(r.Skills)
	r.Skills = slices.Compact(r.Skills)
	return r
}

// foldModel is the form in which model codes are compared.
func foldModel(code string) string { return strings.ToUpper(strings.Join(strings.Fields(code), "")) }

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
