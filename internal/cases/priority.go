package cases

import (
	"strings"

	"anxin/internal/platform/reason"
)

// Level of impact or urgency, 1 highest.
type Level int

// matrix is the priority by impact (rows) and urgency (columns), 1 highest; a default that follows the
// usual service-management matrix (ITIL: priority = impact × urgency).
var matrix = [3][3]Priority{
	{P1, P2, P3},
	{P2, P3, P4},
	{P3, P4, P4},
}

// PriorityFacts decide a case's priority.
type PriorityFacts struct {
	Impact     Level // 1 many people or no heating, water or door; 2 one product unusable; 3 works with a flaw; 0 unknown
	Urgency    Level // 1 now; 2 today or tomorrow; 3 can wait; 0 unknown
	Safety     Safety
	Vulnerable bool // an infant, elderly or ill person depends on it
}

// Decide gives the priority and says why. Unknown levels count as 2; a danger is P1 whatever the rest.
func (f PriorityFacts) Decide() (Priority, reason.List) {
	var why reason.List
	if f.Safety != "" {
		why.Add(reason.Noted("cases.priority.safety").With("safety", string(f.Safety)).Under("matrix-1"))
		return P1, why
	}
	impact, urgency := f.Impact, f.Urgency
	if impact < 1 || impact > 3 {
		impact = 2
	}
	if urgency < 1 || urgency > 3 {
		urgency = 2
	}
	if f.Vulnerable && urgency > 1 {
		urgency--
		why.Add(reason.Noted("cases.priority.vulnerable").Under("matrix-1"))
	}
	p := matrix[impact-1][urgency-1]
	why.Add(reason.Noted("cases.priority.matrix").With("impact", int(impact)).With("urgency", int(urgency)).With("priority", string(p)).Under("matrix-1"))
	return p, why
}

// dangers are words that name a danger in a customer's text; a person may clear a false alarm.
var dangers = []struct {
	safety Safety
	words  []string
}{
	{Gas, []string{"燃气味", "煤气味", "漏气", "燃气泄漏", "煤气泄漏", "天然气味", "有股气味像煤气", "gas smell", "gas leak", "smell of gas", "smell gas", "ガス臭", "ガスのにおい", "ガス漏れ", "가스 냄새", "가스 누출"}},
	{CO, []string{"一氧化碳", "煤气中毒", "co报警", "co alarm", "carbon monoxide", "头晕恶心", "一酸化炭素", "일산화탄소"}},
	{Fire, []string{"起火", "着火", "冒烟", "烧焦", "爆炸", "爆燃", "鼓包", "on fire", "caught fire", "smoke coming", "exploded", "煙が出", "焦げ臭", "発火", "爆発", "연기가 나", "타는 냄새", "불이 났"}},
	{Shock, []string{"漏电", "触电", "电到", "麻手", "electric shock", "got shocked", "electrocuted", "感電", "漏電", "감전", "누전"}},
}

// denials before a word take the alarm back ("没有冒烟", "no smoke").
var denials = []string{"没有", "没", "无", "未", "不", "no ", "not "}

// SafetyOf finds a danger in free text; the first in the order gas, CO, fire, shock.
func SafetyOf(text string) Safety {
	t := strings.ToLower(text)
	for _, d := range dangers {
		for _, w := range d.words {
			for from := 0; ; {
				i := strings.Index(t[from:], w)
				if i < 0 {
					break
				}
				at := from + i
				if !denied(t[:at]) {
					return d.safety
				}
				from = at + len(w)
			}
		}
	}
	return ""
}

func denied(before string) bool {
	for _, d := range denials {
		if strings.HasSuffix(before, d) {
			return true
		}
	}
	return false
}
