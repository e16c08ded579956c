package catalog

import (
	"context"
	"slices"
	"strings"

	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// ToolCode is a kind of tool, "VACUUM".
type ToolCode string

// Tool is a kind of tool that work takes and that is not used up: a vacuum pump, a four-metre ladder. Who has one, and which
// outlets keep one, is theirs to say.
type Tool struct {
	Code     ToolCode `json:"code"`
	NameZh   string   `json:"name_zh"`
	NameEn   string   `json:"name_en"`
	Position int      `json:"position"`
	Active   bool     `json:"active"` // one that is out of use is asked of nobody
	Version  int64    `json:"version"`
}

// Name returns the name in a language.
func (t Tool) Name(lang string) string { return pick(lang, t.NameZh, t.NameEn) }

func (t Tool) ref() (string, string) { return "catalog_tool", string(t.Code) }
func (t Tool) ver() int64            { return t.Version }
func (t Tool) at(v int64) Tool       { t.Version = v; return t }

func (t Tool) check() error {
	var f problem.Fields
	f.Check(codeForm.MatchString(string(t.Code)), "code", problem.BadFormat)
	names(&f, &t.NameZh, &t.NameEn)
	return f.Err()
}

// Tool finds a tool, also one that is out of use.
func (s *Snapshot) Tool(code ToolCode) (Tool, bool) { v, ok := s.tools[code]; return v, ok }

// Tools lists the tools in use, in their order.
func (s *Snapshot) Tools() []Tool { return s.toolList }

// ToolNames are what tools are called in a language; an unknown code stands for itself.
func (s *Snapshot) ToolNames(lang string, list []ToolCode) []string {
	out := make([]string, len(list))
	for i, code := range list {
		if out[i] = string(code); s != nil {
			if t, ok := s.tools[code]; ok {
				out[i] = t.Name(lang)
			}
		}
	}
	return out
}

// toolsFor are the tools in use among those that a service type and a product line name for some work. Work at a distance or in
// the workshop takes none along.
func (s *Snapshot) toolsFor(t ServiceType, c Category) []ToolCode {
	if t.Mode != ModeVisit {
		return nil
	}
	list := slices.Clone(t.Tools)
	switch t.Base {
	case BaseInstall:
		list = append(list, c.InstallTools...)
	case BaseRepair:
		list = append(list, c.RepairTools...)
	}
	list = slices.DeleteFunc(list, func(code ToolCode) bool { return !s.tools[code].Active })
	if len(list) == 0 {
		return nil
	}
	return SortedTools(list)
}

// SortedTools are tools in the order of their codes, each once; never nil.
func SortedTools(list []ToolCode) []ToolCode {
	out := append([]ToolCode{}, list...)
	slices.Sort(out)
	return slices.Compact(out)
}

// ToolCodes are codes as people write them: case and blanks around them don't count.
func ToolCodes(list []string) []ToolCode {
	out := make([]ToolCode, len(list))
	for i, v := range list {
		out[i] = ToolCode(strings.ToUpper(strings.TrimSpace(v)))
	}
	return SortedTools(out)
}

// JoinTools writes a list of tools for one column.
func JoinTools(list []ToolCode) string { return joinCodes(list) }

// SplitTools reads what [JoinTools] wrote.
func SplitTools(s string) []ToolCode { return splitCodes[ToolCode](s) }

// CheckTools notes a list that is too long, or names tools that are not there.
func (s *Snapshot) CheckTools(f *problem.Fields, field string, list []ToolCode) {
	codes(f, field, list, func(c ToolCode) bool { _, ok := s.tools[c]; return ok })
}

// checkTools refuses tools that don't exist; pairs of field and list.
func (s *Service) checkTools(ctx context.Context, fieldA string, a []ToolCode, fieldB string, b []ToolCode) error {
	snap, err := s.Current(ctx, s.db)
	if err != nil {
		return err
	}
	var f problem.Fields
	snap.CheckTools(&f, fieldA, a)
	snap.CheckTools(&f, fieldB, b)
	return f.Err()
}

// CreateTool adds a tool; version and state of the input don't count.
func (s *Service) CreateTool(ctx context.Context, t Tool) (Tool, error) {
	t.Code = ToolCode(strings.ToUpper(strings.TrimSpace(string(t.Code))))
	t.Active, t.Version = true, 1
	return create(ctx, s, t, "", insertTool)
}

// EditToolInput changes what is not nil.
type EditToolInput struct {
	Code           ToolCode
	Version        int64
	NameZh, NameEn *string
	Position       *int
	Active         *bool
}

// EditTool changes a tool; Active false takes it out of use.
func (s *Service) EditTool(ctx context.Context, in EditToolInput) (Tool, error) {
	return edit(ctx, s, in.Version, shared[Tool],
		func(ctx context.Context, q db.Querier) (Tool, error) { return findTool(ctx, q, in.Code) },
		func(t Tool) Tool { in.apply(&t); return t }, updateTool)
}

func (in EditToolInput) apply(t *Tool) {
	set(&t.NameZh, trimmed(in.NameZh))
	set(&t.NameEn, trimmed(in.NameEn))
	set(&t.Position, in.Position)
	set(&t.Active, in.Active)
}

const toolColumns = `code, name_zh, name_en, position, active, version`

func scanTool(s db.Scanner) (Tool, error) {
	var t Tool
	err := s.Scan(&t.Code, &t.NameZh, &t.NameEn, &t.Position, &t.Active, &t.Version)
	return t, err
}

func findTool(ctx context.Context, q db.Querier, code ToolCode) (Tool, error) {
	return db.Get(ctx, q, scanTool, `SELECT `+toolColumns+` FROM catalog_tool WHERE code = $1`, string(code))
}

func insertTool(ctx context.Context, tx *db.Tx, t Tool) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_tool (`+toolColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		string(t.Code), t.NameZh, t.NameEn, t.Position, t.Active, t.Version)
	return taken(err, "catalog_tool", "code")
}

func updateTool(ctx context.Context, tx *db.Tx, t Tool) error {
	return tx.ExecOne(ctx, `UPDATE catalog_tool SET name_zh = $1, name_en = $2, position = $3, active = $4, version = $5 WHERE code = $6 AND version = $5 - 1`,
		t.NameZh, t.NameEn, t.Position, t.Active, t.Version, string(t.Code))
}

func (s *Snapshot) loadTools(ctx context.Context, q db.Querier) error {
	return each(ctx, q, scanTool, `SELECT `+toolColumns+` FROM catalog_tool ORDER BY position, code`, func(t Tool) {
		s.tools[t.Code] = t
		if t.Active {
			s.toolList = append(s.toolList, t)
		}
	})
}

func (s *seeder) tool(n int, r seedRow) error {
	return s.insert(`INSERT INTO catalog_tool (`+toolColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`, r["code"], r["name_zh"], r["name_en"], n, true, 1)
}
