package console

import (
	"net/url"
	"slices"
	"strings"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/knowledge"
	"anxin/internal/platform/i18n"
)

// The questions of the report form, as knowledge has them: what may be dangerous first, then the symptom, then what
// somebody can see without a tool and what tells the engineer what to take along.

// asking is a set of questions on its way through the pages.
type asking struct {
	Asked   knowledge.ID        // the set, as forms and links name it
	First   *knowledge.Question // about dangers; nil: the set has none
	Which   *knowledge.Question // about symptoms; nil: the set has none
	Danger  *knowledge.Answer   // that was named just now
	Safe    *knowledge.Answer   // the danger that was named before
	Symptom *knowledge.Answer   // that was chosen
	Ask     knowledge.Questions // that stand on the form
	Tell    []knowledge.Danger  // that answers have named beside it: what to do is told now
	Told    []knowledge.Danger  // that was told about, with those
	all     knowledge.Questions
	given   url.Values
}

// askingOf finds what was chosen so far in the address or the form. Who asks for something else than a repair is asked
// nothing.
func askingOf(set knowledge.Set, service catalog.ServiceTypeCode, get func(string) string) asking {
	a := asking{Asked: set.ID, First: set.Questions.Of(knowledge.KindDanger), Which: set.Questions.Of(knowledge.KindSymptom)}
	if set.Product() {
		a.Asked = knowledge.ProductSet
	}
	a.Danger, a.Safe = a.First.Answer(get("danger")), a.First.Answer(get("safe"))
	for _, d := range knowledge.Dangers {
		if slices.Contains(strings.Fields(get("told")), string(d)) {
			a.Told = append(a.Told, d)
		}
	}
	if service != "REP" {
		if a.Safe != nil { // what was named before still counts
			a.all = knowledge.Questions{*a.First}
		}
		return a
	}
	a.all, a.Symptom = set.Questions, a.Which.Answer(get("symptom"))
	a.Ask = set.Questions.Open(a.chosen())
	return a
}

// chosen are the answers that pages before the form took, by question.
func (a asking) chosen() map[string][]string {
	out := map[string][]string{}
	for q, x := range map[*knowledge.Question]*knowledge.Answer{a.First: a.Safe, a.Which: a.Symptom} {
		if q != nil && x != nil {
			out[q.Code] = []string{x.Code}
		}
	}
	return out
}

// told reads the answers of a form.
func (a asking) told() (knowledge.Told, error) {
	before := a.chosen()
	return a.all.Read(func(code string) []string {
		if list := before[code]; list != nil {
			return list
		}
		return a.given[knowledge.Field(code)]
	})
}

// tell notes the dangers that nobody was told about yet, and says whether there are any.
func (a *asking) tell(dangers ...knowledge.Danger) bool {
	for _, d := range dangers {
		if d != "" && !slices.Contains(a.Told, d) && (a.Safe == nil || a.Safe.Danger != d) {
			a.Tell, a.Told = append(a.Tell, d), append(a.Told, d)
		}
	}
	return len(a.Tell) > 0
}

// Ticked tells whether an answer was given on the form that came back.
func (a asking) Ticked(question, answer string) bool {
	return slices.Contains(a.given[knowledge.Field(question)], answer)
}

// If is the question that another one hangs on, where it stands on the form as well.
func (a asking) If(q knowledge.Question) *knowledge.Question {
	if q.If == nil {
		return nil
	}
	i := slices.IndexFunc(a.Ask, func(o knowledge.Question) bool { return o.Code == q.If.Question })
	if i < 0 {
		return nil
	}
	return &a.Ask[i]
}

// Hangs names the answers that a question hangs on, in words.
func (a asking) Hangs(lang string, q knowledge.Question) string {
	var out []string
	on := a.If(q)
	for _, code := range q.If.Answers {
		if x := on.Answer(code); x != nil {
			out = append(out, x.Text.Say(lang))
		}
	}
	return i18n.List(lang, out)
}

// answersOf puts answers into words, a line each, in a language that who reads the case can read. The symptom names the
// case already; a danger comes last.
func answersOf(lang string, told knowledge.Told) string {
	lang = i18n.Nearest(lang)
	var lines, last []string
	for _, l := range told.Lines {
		switch l.Question.Kind {
		case knowledge.KindSymptom:
		case knowledge.KindDanger:
			last = append(last, l.Answers[0].Text.Say(lang))
		default:
			lines = append(lines, l.Say(lang))
		}
	}
	return strings.Join(append(lines, last...), "\n")
}

// safetyOf is the danger that the answers name, as cases know it: one that was chosen, else one in what was typed.
func safetyOf(told knowledge.Told) cases.Safety {
	for _, d := range told.Dangers {
		if d.Safety() != "" {
			return d.Safety()
		}
	}
	for _, l := range told.Lines {
		if d := cases.SafetyOf(l.Typed); d != "" {
			return d
		}
	}
	return ""
}

// scriptOf is the key of the words that say what to do about a danger.
func scriptOf(d knowledge.Danger) string {
	if d == knowledge.Water {
		return "portal.guide.do_water"
	}
	return "case.safety_script." + string(d)
}

// said is a text with its language, where that is not the page's.
type said struct{ Text, Lang string }

func say(lang string, t knowledge.Text) said {
	words, in := t.In(lang)
	if in == lang {
		in = ""
	}
	return said{words, in}
}
