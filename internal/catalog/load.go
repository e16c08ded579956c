package catalog

import (
	"cmp"
	"context"
	"slices"

	"anxin/internal/platform/db"
)

// load reads every table. Retired rows are kept for look-up and left out of the lists.
func load(ctx context.Context, q db.Querier, version string) (*Snapshot, error) {
	s := &Snapshot{
		version: version,
		brands:  map[BrandID]Brand{}, brandCodes: map[string]BrandID{}, brandList: []Brand{},
		categories: map[CategoryCode]Category{}, categoryList: []Category{},
		models: map[ModelID]Model{}, modelCodes: map[modelKey]ModelID{}, modelList: []Model{},
		serviceTypes: map[ServiceTypeCode]ServiceType{}, serviceList: []ServiceType{},
		skills: map[SkillCode]Skill{}, skillList: []Skill{}, tools: map[ToolCode]Tool{}, toolList: []Tool{},
		checklists: map[ServiceTypeCode][]ChecklistItem{}, checklistItem: map[string]ChecklistItem{},
		symptoms: map[SymptomCode]Symptom{}, symptomsOf: map[CategoryCode][]Symptom{},
		causes: map[CauseCode]Cause{}, causesOf: map[SymptomCode][]Cause{},
		actions: map[ActionCode]Action{}, actionsOf: map[CauseCode][]Action{},
		reasons: map[ReasonCode]Reason{}, reasonList: []Reason{},
		labels: map[labelKey]Label{}, labelList: []Label{},
		classes: map[ClassCode]Class{}, classChildren: map[classKey][]Class{},
	}
	for _, read := range []func(context.Context, db.Querier) error{
		s.loadProducts, s.loadWork, s.loadFaults, s.loadWords,
	} {
		if err := read(ctx, q); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// each reads a table and hands over row by row.
func each[T any](ctx context.Context, q db.Querier, scan func(db.Scanner) (T, error), query string, take func(T)) error {
	rows, err := db.List(ctx, q, scan, query)
	if err != nil {
		return err
	}
	for _, r := range rows {
		take(r)
	}
	return nil
}

func (s *Snapshot) loadProducts(ctx context.Context, q db.Querier) error {
	err := each(ctx, q, scanBrand, `SELECT `+brandColumns+` FROM catalog_brand ORDER BY code`, func(b Brand) {
		s.brands[b.ID], s.brandCodes[b.Code] = b, b.ID
		if b.Active {
			s.brandList = append(s.brandList, b)
		}
	})
	if err != nil {
		return err
	}
	err = each(ctx, q, scanCategory, `SELECT `+categoryColumns+` FROM catalog_category ORDER BY position, code`, func(c Category) {
		s.categories[c.Code] = c
		if c.Active {
			s.categoryList = append(s.categoryList, c)
		}
	})
	if err != nil {
		return err
	}
	return each(ctx, q, scanModel, `SELECT `+modelColumns+` FROM catalog_model ORDER BY brand_id, code`, func(m Model) {
		s.models[m.ID], s.modelCodes[modelKey{m.BrandID, foldModel(m.Code)}] = m, m.ID
		if m.Active {
			s.modelList = append(s.modelList, m)
		}
	})
}

func (s *Snapshot) loadWork(ctx context.Context, q db.Querier) error {
	err := each(ctx, q, scanServiceType, `SELECT `+serviceTypeColumns+` FROM catalog_service_type ORDER BY position, code`, func(t ServiceType) {
		s.serviceTypes[t.Code] = t
		if t.Active {
			s.serviceList = append(s.serviceList, t)
		}
	})
	if err != nil {
		return err
	}
	err = each(ctx, q, scanSkill, `SELECT `+skillColumns+` FROM catalog_skill ORDER BY position, code`, func(v Skill) {
		s.skills[v.Code] = v
		s.skillList = append(s.skillList, v)
	})
	if err != nil {
		return err
	}
	if err := s.loadTools(ctx, q); err != nil {
		return err
	}
	return s.loadChecklists(ctx, q)
}

// loadChecklists reads the items; retired ones are found by code only.
func (s *Snapshot) loadChecklists(ctx context.Context, q db.Querier) error {
	type row struct {
		ChecklistItem
		active bool
	}
	scan := func(sc db.Scanner) (row, error) {
		var r row
		v := &r.ChecklistItem
		err := sc.Scan(&v.Code, &v.ServiceType, &v.Category, &v.NameZh, &v.NameEn, &v.Kind, &v.Unit, &v.Min, &v.Max, &v.Required, &v.Safety,
			&v.Position, &r.active)
		return r, err
	}
	return each(ctx, q, scan, `SELECT `+itemColumns+`, active FROM catalog_checklist_item ORDER BY service_type, position, code`, func(r row) {
		s.checklistItem[r.Code] = r.ChecklistItem
		if r.active {
			s.checklists[r.ServiceType] = append(s.checklists[r.ServiceType], r.ChecklistItem)
		}
	})
}

func (s *Snapshot) loadFaults(ctx context.Context, q db.Querier) error {
	var symptoms []Symptom
	err := each(ctx, q, scanSymptom, `SELECT `+symptomColumns+` FROM catalog_symptom ORDER BY code`, func(v Symptom) { symptoms = append(symptoms, v) })
	if err != nil {
		return err
	}
	err = each(ctx, q, scanCause, `SELECT `+causeColumns+` FROM catalog_cause ORDER BY code`, func(v Cause) {
		s.causes[v.Code] = v
		if v.Active {
			s.causesOf[v.Symptom] = append(s.causesOf[v.Symptom], v)
		}
	})
	if err != nil {
		return err
	}
	err = each(ctx, q, scanAction, `SELECT `+actionColumns+` FROM catalog_action ORDER BY code`, func(v Action) {
		s.actions[v.Code] = v
		if v.Active {
			s.actionsOf[v.Cause] = append(s.actionsOf[v.Cause], v)
		}
	})
	if err != nil {
		return err
	}
	for _, v := range symptoms {
		v = s.summarise(v)
		s.symptoms[v.Code] = v
		if v.Active {
			s.symptomsOf[v.Category] = append(s.symptomsOf[v.Category], v)
		}
	}
	return nil
}

// summarise gives a symptom what its actions say: the best chance at a distance and the gravest danger.
func (s *Snapshot) summarise(v Symptom) Symptom {
	v.Remote = RemoteNo
	rank := map[string]int{RemoteNo: 0, RemotePossible: 1, RemoteLikely: 2}
	for _, c := range s.causesOf[v.Code] {
		for _, a := range s.actionsOf[c.Code] {
			if rank[a.Remote] > rank[v.Remote] {
				v.Remote = a.Remote
			}
			if a.Safety != "" && (v.Safety == "" || a.StopUse && !v.StopUse) {
				v.Safety = a.Safety
			}
			v.StopUse = v.StopUse || a.StopUse
		}
	}
	if v.StopUse {
		v.Remote = RemoteNo // guidance first makes safe; the fault itself needs a visit
	}
	return v
}

func (s *Snapshot) loadWords(ctx context.Context, q db.Querier) error {
	err := each(ctx, q, scanReason, `SELECT `+reasonColumns+` FROM catalog_reason ORDER BY position, code`, func(r Reason) {
		s.reasons[r.Code] = r
		if r.Active {
			s.reasonList = append(s.reasonList, r)
		}
	})
	if err != nil {
		return err
	}
	err = each(ctx, q, scanLabel, `SELECT `+labelColumns+` FROM catalog_label ORDER BY kind, position, code`, func(l Label) {
		s.labels[labelKey{l.Kind, l.Code}] = l
		if l.Active {
			s.labelList = append(s.labelList, l)
		}
	})
	if err != nil {
		return err
	}
	return each(ctx, q, scanClass, `SELECT `+classColumns+` FROM catalog_class ORDER BY tree, level, position, code`, func(c Class) {
		s.classes[c.Code] = c
		if c.Active {
			k := classKey{c.Tree, c.ParentCode}
			s.classChildren[k] = append(s.classChildren[k], c)
		}
	})
}

// allClasses lists the rows of all trees, parents before children; those out of use only when asked for.
func (s *Snapshot) allClasses(retired bool) []Class {
	out := []Class{}
	for _, c := range s.classes {
		if c.Active || retired {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Class) int {
		return cmp.Or(cmp.Compare(a.Tree, b.Tree), cmp.Compare(a.Level, b.Level), cmp.Compare(a.ParentCode, b.ParentCode), cmp.Compare(a.Position, b.Position))
	})
	return out
}

// withRetired lists rows in use, or with them those that were retired, at the end in the order of their
// codes.
func withRetired[K comparable, T record[T]](retired bool, list []T, all map[K]T) []T {
	if !retired || len(list) == len(all) {
		return list
	}
	listed := map[string]bool{}
	for _, v := range list {
		_, id := v.ref()
		listed[id] = true
	}
	rest := []T{}
	for _, v := range all {
		if _, id := v.ref(); !listed[id] {
			rest = append(rest, v)
		}
	}
	slices.SortFunc(rest, func(a, b T) int {
		_, x := a.ref()
		_, y := b.ref()
		return cmp.Compare(x, y)
	})
	return append(slices.Clone(list), rest...)
}

func mapped[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}
