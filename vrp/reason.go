package vrp

// Rule names a rule of the problem.
type Rule string

// The rules, in the order in which they are asked.
const (
	RulePinned      Rule = "pinned"
	RuleExcluded    Rule = "excluded"
	RuleSkill       Rule = "skill" // Value and Limit are levels
	RuleCertificate Rule = "certificate"
	RuleCapacity    Rule = "capacity" // units; Skill is the rest during which so much may not be aboard, "" is ever
	RuleStock       Rule = "stock"    // a tool or part that neither the van nor a counter has; Skill is its code
	RuleReach       Rule = "reach"    // there is no way
	RuleRange       Rule = "range"    // seconds, or metres, of ways that a shift may have
	RuleShift       Rule = "shift"    // seconds that the shift is too short for the job alone
	RuleWindow      Rule = "window"   // seconds after the window's end; negative: before its begin
	RuleBreak       Rule = "break"    // seconds that the rest is late
	RuleJobs        Rule = "jobs"     // jobs a shift
	RuleCrew        Rule = "crew"     // engineers
	RuleSequence    Rule = "sequence"
	RuleRoom        Rule = "room" // seconds missing between what the route has
)

// Reason says which rule fails, for whom and by how much.
type Reason struct {
	Rule            Rule
	Engineer, Shift int    // -1: of none in particular
	Skill           string // or tool or part
	Value, Limit    int64
	Engineers       int // how many this rule turned away; 0 when it is about one
}
