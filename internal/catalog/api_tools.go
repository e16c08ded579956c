package catalog

import (
	"context"
	"net/http"

	"anxin/internal/platform/httpapi"
)

type catalogTool Tool

// ToolFields are what may be edited of a tool; exported for the schema.
type ToolFields struct {
	NameZh   *string `json:"name_zh,omitempty" maxLength:"120"`
	NameEn   *string `json:"name_en,omitempty" maxLength:"120"`
	Position *int    `json:"position,omitempty" minimum:"0" maximum:"100000"`
	Active   *bool   `json:"active,omitempty" doc:"False: out of use, and asked of nobody"`
}

type createToolIn struct {
	Body struct {
		Code ToolCode `json:"code" minLength:"1" maxLength:"20" doc:"Short, upper case; stays"`
		ToolFields
	}
}

type editToolIn struct {
	Code string `path:"code" maxLength:"20"`
	httpapi.VersionIn
	Body ToolFields `nameHint:"EditToolRequest"`
}

func (f ToolFields) edit(code ToolCode, version int64) EditToolInput {
	return EditToolInput{Code: code, Version: version, NameZh: f.NameZh, NameEn: f.NameEn, Position: f.Position, Active: f.Active}
}

func (s *Service) registerTools(api *httpapi.Server) {
	tool := oneOf(func(v Tool) catalogTool { return catalogTool(v) })
	httpapi.Act(api, op("create-tool", http.MethodPost, "/tools", "Add a tool",
		"What work takes and does not use up. Product lines and service types name it; engineers have it along, outlets keep it for their engineers to fetch."),
		func(ctx context.Context, in *createToolIn) (Tool, error) {
			t := Tool{Code: in.Body.Code}
			in.Body.edit("", 0).apply(&t)
			return s.CreateTool(ctx, t)
		}, tool)
	httpapi.Act(api, op("edit-tool", http.MethodPatch, "/tools/{code}", "Edit a tool", editText),
		func(ctx context.Context, in *editToolIn) (Tool, error) {
			v, err := in.Version()
			if err != nil {
				return Tool{}, err
			}
			return s.EditTool(ctx, in.Body.edit(ToolCode(in.Code), v))
		}, tool)
}
