package planner

import (
	"slices"
	"strings"

	"anxin/internal/platform/reason"
)

// RuleTool and RuleToolClosed are [RuleStock] and [RuleStockClosed] of a tool, which is not used up.
const (
	RuleTool       = "dispatch.tool"
	RuleToolClosed = "dispatch.tool_closed"
)

// toolPrefix keeps tools apart from parts that have the same code, which is upper case.
const toolPrefix = "tool:"

// Tool is a tool as jobs take it, vans carry it and stores keep it.
func Tool(code string) PartCode { return PartCode(toolPrefix + code) }

// ToolNeed is one tool that has to be along.
func ToolNeed(code string) PartNeed { return PartNeed{Code: Tool(code), Count: 1, Tool: true} }

// Tool is the code of a tool; false for a part.
func (c PartCode) Tool() (code string, ok bool) { return strings.CutPrefix(string(c), toolPrefix) }

// Split parts what is fetched into parts and the codes of tools.
func Split(list []PartCode) (parts, tools []string) {
	parts, tools = []string{}, []string{}
	for _, c := range list {
		if tool, ok := c.Tool(); ok {
			tools = append(tools, tool)
		} else {
			parts = append(parts, string(c))
		}
	}
	return parts, tools
}

// missing is a rule of parts that fails for a need: of a tool it has words of its own.
func missing(code string, n *PartNeed) reason.Reason {
	if !n.Tool {
		return reason.Failed(code).With("part", string(n.Code))
	}
	tool, _ := n.Code.Tool()
	return reason.Failed(map[string]string{RuleStock: RuleTool, RuleStockClosed: RuleToolClosed}[code]).With("tool", tool)
}

// isClosed tells whether something is at the outlet and cannot be fetched in time.
func isClosed(code string) bool {
	return slices.Contains([]string{RuleStockClosed, RuleToolClosed}, code)
}

// wanting is the first of what a job takes that an engineer has not got along; its first where he has all of it.
func (e *Engineer) wanting(j *Job) *PartNeed {
	return &j.Parts[max(0, slices.IndexFunc(j.Parts, func(n PartNeed) bool { return e.inVan(&n) < n.Count }))]
}
