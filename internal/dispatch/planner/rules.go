package planner

import (
	"slices"
	"time"

	"anxin/internal/platform/reason"
)

// Codes of the rules, also the keys of their words ("reason.<code>"). The value and the limit of each are in
// one unit: levels, minutes or visits.
const (
	RulePinned      = "dispatch.pinned"
	RuleExcluded    = "dispatch.excluded"
	RuleBrand       = "dispatch.brand"
	RuleArea        = "dispatch.area"
	RuleParts       = "dispatch.parts"
	RuleStock       = "dispatch.stock"        // pieces in the van or at the outlet, of those needed
	RuleStockClosed = "dispatch.stock_closed" // at the outlet, but there is no time to fetch it there
	RuleSkill       = "dispatch.skill"
	RuleCertificate = "dispatch.certificate"
	RuleCrew        = "dispatch.crew"

	RuleAbsent = "dispatch.absent" // minutes of absence in the time wanted; none allowed
	RuleShift  = "dispatch.shift"  // minutes of shift on end, of those needed
	RuleLoad   = "dispatch.load"   // visits a day
	RuleFull   = "dispatch.full"   // minutes free on end between the visits, of those needed
	RuleWindow = "dispatch.window" // minutes before (negative) or after the window
	RuleBreak  = "dispatch.break"  // minutes of rest left, of those needed

	// The checker's own: a planner never proposes what breaks them.
	RuleUnknown     = "dispatch.unknown"
	RuleTwice       = "dispatch.twice"
	RuleSilent      = "dispatch.silent" // neither assigned nor said why not
	RuleDuration    = "dispatch.duration"
	RulePast        = "dispatch.past"
	RuleOverlap     = "dispatch.overlap"
	RuleTravel      = "dispatch.travel"      // minutes for the way, of those needed
	RuleRush        = "dispatch.travel_rush" // the same, where it would do outside of the rush hour
	RuleUnreachable = "dispatch.unreachable"
	RuleRange       = "dispatch.range" // minutes or kilometres on the way, of those allowed a day
	RuleFrozen      = "dispatch.frozen"
)

// NoteRush says that it would fit if ways took no longer at any hour.
const NoteRush = "dispatch.rush"

// hard rules are never overridden by a person: the law, the trade and physics.
var hard = []string{
	RuleBrand, RuleSkill, RuleCertificate, RuleUnknown, RuleTwice, RuleSilent, RuleDuration, RulePast, RuleOverlap, RuleFrozen,
}

// Hard tells whether a rule may not be overridden, whatever the reason.
func Hard(code string) bool { return slices.Contains(hard, code) }

// leader and helper: the second of a crew may be a learner, but holds the papers.
type role int

const (
	leader role = iota
	helper
)

// staticRule judges an engineer's day by what the work takes, whatever the time.
type staticRule func(e *Engineer, d *Day, j *Job, r role) reason.Reason

// staticRules in the order in which they are asked; the first that fails is the one that is told.
var staticRules = []staticRule{rulePinned, ruleExcluded, ruleBrand, ruleArea, ruleParts, ruleStock, ruleSkill, ruleCertificate}

func rulePinned(e *Engineer, _ *Day, j *Job, r role) reason.Reason {
	if r == leader && j.Pinned != "" && j.Pinned != e.ID {
		return reason.Failed(RulePinned).With("engineer", string(j.Pinned))
	}
	return reason.Passed(RulePinned)
}

func ruleExcluded(e *Engineer, _ *Day, j *Job, _ role) reason.Reason {
	if slices.Contains(j.Excluded, e.ID) {
		return reason.Failed(RuleExcluded)
	}
	return reason.Passed(RuleExcluded)
}

func ruleBrand(e *Engineer, _ *Day, j *Job, _ role) reason.Reason {
	if e.Brands != nil && j.Brand != "" && !slices.Contains(e.Brands, j.Brand) {
		return reason.Failed(RuleBrand).With("brand", string(j.Brand))
	}
	return reason.Passed(RuleBrand)
}

func ruleArea(e *Engineer, _ *Day, j *Job, _ role) reason.Reason {
	if j.Outlets != nil && !slices.Contains(j.Outlets, e.Outlet) {
		return reason.Failed(RuleArea).With("outlet", string(e.Outlet))
	}
	return reason.Passed(RuleArea)
}

func ruleParts(_ *Engineer, _ *Day, j *Job, _ role) reason.Reason {
	if j.PartsMissing {
		return reason.Failed(RuleParts)
	}
	return reason.Passed(RuleParts)
}

// ruleSkill names the first skill that is missing or too low.
func ruleSkill(_ *Engineer, d *Day, j *Job, r role) reason.Reason {
	for _, n := range j.Needs {
		want := max(n.Level, Learner)
		if r == helper {
			want = Learner
		}
		if have := d.level(n.Skill); have < want {
			return reason.Failed(RuleSkill).With("skill", string(n.Skill)).Compared(have, want)
		}
	}
	return reason.Passed(RuleSkill)
}

func ruleCertificate(_ *Engineer, d *Day, j *Job, _ role) reason.Reason {
	for _, n := range j.Needs {
		if n.Certificate && !slices.Contains(d.Certificates, n.Skill) {
			return reason.Failed(RuleCertificate).With("skill", string(n.Skill)).With("date", d.Date.String())
		}
	}
	return reason.Passed(RuleCertificate)
}

// judge asks the static rules; it stops at the first that fails.
func judge(e *Engineer, d *Day, j *Job, r role) (reason.Reason, bool) {
	for _, rule := range staticRules {
		if why := rule(e, d, j, r); why.Verdict == reason.Fail {
			return why, false
		}
	}
	return reason.Reason{}, true
}

// weight orders the rules by how near to success their failing is: later ones are nearer.
func weight(code string) int {
	return slices.Index([]string{
		RulePinned, RuleExcluded, RuleBrand, RuleArea, RuleParts, RuleStock, RuleTool, RuleSkill, RuleCertificate, RuleAbsent, RuleShift, RuleLoad, RuleUnreachable, RuleRange, RuleStockClosed, RuleToolClosed, RuleFull,
		RuleWindow, RuleBreak, RuleCrew,
	}, code)
}

// gap is by how much a rule is missed; rules without numbers are missed wholly.
func gap(r reason.Reason) int64 {
	v, ok := r.Value.(int64)
	l, ok2 := r.Limit.(int64)
	if !ok || !ok2 {
		return 1 << 40
	}
	return max(v-l, l-v)
}

// nearer tells whether failing for a is nearer to success than for b.
func nearer(a, b reason.Reason) bool {
	if wa, wb := weight(a.Code), weight(b.Code); wa != wb {
		return wa > wb
	}
	return gap(a) < gap(b)
}

// summary tells, a rule each, how many engineers it rejected and how near the nearest was.
func summary(list []reason.Reason) reason.List {
	best, count := map[string]reason.Reason{}, map[string]int{}
	for _, r := range list {
		if b, ok := best[r.Code]; !ok || nearer(r, b) {
			best[r.Code] = r
		}
		count[r.Code]++
	}
	out := reason.List{}
	for code, r := range best {
		out.Add(r.With("engineers", count[code]))
	}
	slices.SortFunc(out, func(a, b reason.Reason) int { return weight(b.Code) - weight(a.Code) })
	if len(out) == 0 {
		out.Add(reason.Failed(RuleCrew).With("engineers", 0).Compared(0, 1))
	}
	return out
}

func minutes(d time.Duration) int64 { return int64(d / time.Minute) }

// Nearer orders explanations of failures: who comes nearest to being able first.
func Nearer(a, b reason.List) int {
	ra, _ := a.FirstFailing()
	rb, _ := b.FirstFailing()
	switch {
	case nearer(ra, rb):
		return -1
	case nearer(rb, ra):
		return 1
	}
	return 0
}
