package workforce

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/problem"
)

// importSystem names the other system where a sheet names none.
const importSystem = "import"

// ImportTarget brings people of the outlets in from sheets. Somebody who is there already, by the other
// system's id, gets the row's values; moving to another outlet is an act of its own.
func (s *Service) ImportTarget() imports.Target {
	return imports.Target{
		Name: "staff", Zh: "服务人员", En: "Staff", Permission: PermWrite, Key: "external_id", Fields: importFields,
		Apply: s.importApply, Remove: s.importRemove, Revert: s.importRevert, Export: s.export,
	}
}

var importFields = []imports.Field{
	{Name: "external_id", Zh: "外部编号", En: "External id", Required: true, Type: imports.Text, Max: 120, Example: "E001", Aliases: []string{"人员编号"}, Paths: []string{"external_ids"}},
	{Name: "number", Zh: "工号", En: "Staff number", Type: imports.Text, Example: "E001"},
	{Name: "outlet", Zh: "网点(外部编号或路径)", En: "Outlet (external id or path)", Required: true, Type: imports.Text, Example: "/hz/west/", Paths: []string{"outlet_id"}},
	{Name: "name", Zh: "姓名", En: "Name", Required: true, Type: imports.Text, Example: "李师傅"},
	{Name: "phone", Zh: "手机", En: "Phone", Type: imports.Text, Personal: true},
	{Name: "job", Zh: "岗位", En: "Job", Required: true, Type: imports.Choice, Choices: []string{string(JobEngineer), string(JobDispatcher), string(JobManager), string(JobStorekeeper), string(JobOffice)}, Example: string(JobEngineer)},
	{Name: "brands", Zh: "服务品牌代码", En: "Brand codes", Type: imports.List},
	{Name: "skills", Zh: "技能:等级", En: "Skills with level", Type: imports.List, Example: "GAS:3;LVE:2"},
	{Name: "lat", Zh: "出发点纬度", En: "Start latitude", Type: imports.Number, Personal: true, Paths: []string{"start_point"}},
	{Name: "lon", Zh: "出发点经度", En: "Start longitude", Type: imports.Number, Personal: true},
	{Name: "max_visits", Zh: "每日上门上限", En: "Visits a day", Type: imports.Whole},
	{Name: "joined_on", Zh: "入职日期", En: "Joined on", Type: imports.Day},
	{Name: "tools", Zh: "随身或车载工具代码", En: "Tool codes, along or in the van", Type: imports.List, Example: "VACUUM;LADDER4"},
}

func (s *Service) importApply(ctx context.Context, tx *db.Tx, b *imports.Batch) error {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	system := cmp.Or(b.System, importSystem)
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		in, err := s.importInput(ctx, tx, snap, system, r)
		if err != nil {
			if problem.CodeOf(err) == problem.ErrInternal {
				return err
			}
			b.Fail(i, err)
			continue
		}
		old, err := s.ByExternalID(ctx, tx, system, r.Key)
		switch {
		case errors.Is(err, problem.ErrNotFound):
			e, err := s.createTx(ctx, tx, snap, in)
			if err != nil {
				return b.Broken(i, err)
			}
			b.Made(i, "engineer", string(e.ID))
		case err != nil:
			return err
		default:
			if err := s.importUpdate(ctx, tx, b, i, snap, old, in); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) importInput(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, system string, r *imports.Row) (CreateInput, error) {
	var f problem.Fields
	in := CreateInput{
		Number: r.Text("number"), Name: r.Text("name"), Phone: r.Text("phone"), Job: Job(r.Text("job")), MaxVisits: int(r.Whole("max_visits")),
		JoinedOn: r.Day("joined_on"), ExternalIDs: []outlets.ExternalID{{System: system, ID: r.Key}},
	}
	if lat, lon := r.Number("lat"), r.Number("lon"); lat != nil && lon != nil {
		in.StartPoint = geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.PrecisionDoor, Source: "import"}
		f.Check(in.StartPoint.Check() == nil, "start_point", problem.BadFormat)
	}
	for _, code := range r.List("brands") {
		brand, ok := snap.BrandByCode(code)
		f.Check(ok, "brands", problem.Unknown)
		in.Brands = append(in.Brands, brand.ID)
	}
	for _, part := range r.List("skills") {
		code, level, _ := strings.Cut(strings.ReplaceAll(part, "：", ":"), ":")
		n, err := strconv.Atoi(cmp.Or(level, strconv.Itoa(LevelMin)))
		_, known := snap.Skill(catalog.SkillCode(code))
		f.Check(err == nil && known, "skills", problem.Unknown)
		in.Skills = append(in.Skills, Skill{Code: catalog.SkillCode(code), Level: n})
	}
	in.Tools = catalog.ToolCodes(r.List("tools"))
	snap.CheckTools(&f, "tools", in.Tools)
	name := r.Text("outlet")
	o, err := s.outlets.ByExternalID(ctx, tx, system, name)
	if errors.Is(err, problem.ErrNotFound) {
		o, err = s.outlets.ByPath(ctx, tx, name)
	}
	if err != nil && !errors.Is(err, problem.ErrNotFound) {
		return in, err
	}
	f.Check(err == nil && access.From(ctx).Scope.Sees("", o.Path), "outlet_id", problem.Unknown)
	in.OutletID = o.ID
	return in, f.Err()
}

// imported are the values of a person that a sheet may change, as an undo keeps them.
type imported struct {
	Number     string             `json:"number"`
	Name       string             `json:"name"`
	Phone      string             `json:"phone"`
	Job        Job                `json:"job"`
	Brands     []catalog.BrandID  `json:"brands"`
	Skills     []Skill            `json:"skills"`
	StartPoint geo.Point          `json:"start_point"`
	MaxVisits  int                `json:"max_visits"`
	JoinedOn   calendar.Date      `json:"joined_on"`
	Tools      []catalog.ToolCode `json:"tools"`
}

func (s *Service) imported(ctx context.Context, q db.Querier, e Engineer) (imported, error) {
	phone, err := s.Phone(ctx, q, e)
	return imported{e.Number, e.Name, phone, e.Job, e.Brands, e.Skills, e.StartPoint, e.MaxVisits, e.JoinedOn, e.Tools}, err
}

func (s *Service) importUpdate(ctx context.Context, tx *db.Tx, b *imports.Batch, i int, snap *catalog.Snapshot, old Engineer, in CreateInput) error {
	r := b.Rows[i]
	seen, err := s.sees(ctx, tx, old)
	if err != nil {
		return err
	}
	if !seen {
		b.Fail(i, problem.Field("external_id", problem.Taken))
		return nil
	}
	if in.OutletID != old.OutletID {
		b.Fail(i, problem.Field("outlet_id", problem.BadChoice))
		return nil
	}
	was, err := s.imported(ctx, tx, old)
	if err != nil {
		return err
	}
	next := was
	next.Number, next.Name, next.Phone, next.Job = cmp.Or(strings.TrimSpace(in.Number), was.Number), strings.TrimSpace(in.Name), cmp.Or(in.Phone, was.Phone), in.Job
	if r.Has("brands") {
		next.Brands = sortedBrands(in.Brands)
	}
	if r.Has("skills") {
		next.Skills = sortedSkills(in.Skills)
	}
	if r.Has("tools") {
		next.Tools = catalog.SortedTools(in.Tools)
	}
	if in.StartPoint != (geo.Point{}) {
		next.StartPoint = in.StartPoint.WGS84()
	}
	if r.Has("max_visits") {
		next.MaxVisits = in.MaxVisits
	}
	if r.Has("joined_on") {
		next.JoinedOn = in.JoinedOn
	}
	before, err := json.Marshal(was)
	if err != nil {
		return err
	}
	after, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if string(before) == string(after) {
		b.Same(i, "engineer", string(old.ID))
		return nil
	}
	if err := s.importSet(ctx, tx, snap, old, was, next); err != nil {
		return b.Broken(i, err)
	}
	b.Changed(i, "engineer", string(old.ID), old.KeyID, map[string]string{"all": string(before)})
	return nil
}

func (s *Service) importSet(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, e Engineer, was, v imported) error {
	in := EditInput{
		ID: e.ID, Version: e.Version, Number: &v.Number, Name: &v.Name, Job: &v.Job, Brands: append([]catalog.BrandID{}, v.Brands...),
		Skills: append([]Skill{}, v.Skills...), StartPoint: &v.StartPoint, MaxVisits: &v.MaxVisits, JoinedOn: &v.JoinedOn, Tools: v.Tools,
	}
	if v.Phone != was.Phone {
		in.Phone = &v.Phone
	}
	_, err := s.editTx(ctx, tx, e.ID, e.Version, "import", s.editing(snap, in))
	return err
}

func (s *Service) importRevert(ctx context.Context, tx *db.Tx, id string, before map[string]string) error {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	e, err := findEngineer(ctx, tx, EngineerID(id))
	if err != nil {
		return err
	}
	now, err := s.imported(ctx, tx, e)
	if err != nil {
		return err
	}
	var v imported
	if err := json.Unmarshal([]byte(before["all"]), &v); err != nil {
		return err
	}
	return s.importSet(ctx, tx, snap, e, now, v)
}

// importRemove takes a person away that an import made. Shifts, absences and visits that came since keep him,
// by their foreign keys.
func (s *Service) importRemove(ctx context.Context, tx *db.Tx, id string) error {
	e, err := findEngineer(ctx, tx, EngineerID(id))
	if err != nil {
		return err
	}
	for _, q := range []string{`DELETE FROM workforce_external WHERE staff_id = $1`, `DELETE FROM workforce_staff WHERE id = $1`} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return err
		}
	}
	return s.keys.DestroyTx(ctx, tx, e.KeyID)
}

// export writes the people that the actor sees.
func (s *Service) export(ctx context.Context, personal bool, row func(map[string]string) error) error {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	var w db.Where
	if err := s.limit(ctx, s.db, &w, access.From(ctx).Scope); err != nil {
		return err
	}
	list, err := many(ctx, s.db, &w, ` ORDER BY outlet_path, id`)
	if err != nil {
		return err
	}
	for _, e := range list {
		ext, err := db.List(ctx, s.db, db.ScanString, `SELECT external_id FROM workforce_external WHERE staff_id = $1 ORDER BY system, external_id`, string(e.ID))
		if err != nil {
			return err
		}
		v := map[string]string{
			"external_id": string(e.ID), "number": e.Number, "outlet": e.OutletPath, "name": e.Name, "job": string(e.Job), "max_visits": strconv.Itoa(e.MaxVisits), "tools": strings.Join(db.Strings(e.Tools), ";"),
		}
		if len(ext) > 0 {
			v["external_id"] = ext[0]
		}
		if !e.JoinedOn.IsZero() {
			v["joined_on"] = e.JoinedOn.String()
		}
		var brands, skills []string
		for _, id := range e.Brands {
			brand, _ := snap.Brand(id)
			brands = append(brands, brand.Code)
		}
		for _, sk := range e.Skills {
			skills = append(skills, string(sk.Code)+":"+strconv.Itoa(sk.Level))
		}
		slices.Sort(brands)
		v["brands"], v["skills"] = strings.Join(brands, ";"), strings.Join(skills, ";")
		if personal {
			if v["phone"], err = s.Phone(ctx, s.db, e); err != nil {
				return err
			}
			if e.StartPoint != (geo.Point{}) {
				v["lat"], v["lon"] = strconv.FormatFloat(e.StartPoint.Lat, 'f', -1, 64), strconv.FormatFloat(e.StartPoint.Lon, 'f', -1, 64)
			}
		}
		if err := row(v); err != nil {
			return err
		}
	}
	return nil
}
