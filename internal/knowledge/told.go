package knowledge

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"anxin/internal/catalog"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// Field is the name under which a question stands in a form.
func Field(code string) string { return "q_" + code }

// Line is a question with what was answered: some of its answers, or a text.
type Line struct {
	Question Question
	Answers  []Answer
	Typed    string
}

// Say puts a line into words.
func (l Line) Say(lang string) string {
	var said []string
	for _, a := range l.Answers {
		said = append(said, a.Text.Say(lang))
	}
	if l.Typed != "" {
		said = append(said, l.Typed)
	}
	return l.Question.Text.Say(lang) + " " + i18n.List(lang, said)
}

// Told is what somebody answered to a set.
type Told struct {
	Lines   []Line
	Symptom catalog.SymptomCode // the last that an answer named: later questions are about less
	Dangers []Danger            // that answers named, the worst first
}

// Read takes answers as a form brings them: codes, or a text, by the question's code. What is not asked under these answers,
// and what is no answer of its question, does not count: nobody is kept from reporting by it. A text that is too long, or
// none that can be kept, fails at its field.
func (qs Questions) Read(given func(code string) []string) (Told, error) {
	var out Told
	var f problem.Fields
	chosen := map[string][]string{}
	for _, q := range qs {
		if !q.asked(chosen) {
			continue
		}
		line := Line{Question: q}
		switch in := given(q.Code); q.Kind {
		case KindText:
			line.Typed = typed(&f, Field(q.Code), in)
		default:
			line.Answers = slices.DeleteFunc(slices.Clone(q.Answers), func(a Answer) bool { return !slices.Contains(in, a.Code) })
			if q.Kind != KindMany && len(line.Answers) > 1 {
				line.Answers = line.Answers[:1]
			}
		}
		for _, a := range line.Answers {
			chosen[q.Code] = append(chosen[q.Code], a.Code)
			if a.Danger != "" && !slices.Contains(out.Dangers, a.Danger) {
				out.Dangers = append(out.Dangers, a.Danger)
			}
			if a.Symptom != "" {
				out.Symptom = a.Symptom
			}
		}
		if len(line.Answers) > 0 || line.Typed != "" {
			out.Lines = append(out.Lines, line)
		}
	}
	slices.SortFunc(out.Dangers, func(a, b Danger) int { return slices.Index(Dangers, a) - slices.Index(Dangers, b) })
	return out, f.Err()
}

// asked tells whether a question is asked after these answers.
func (q Question) asked(chosen map[string][]string) bool {
	return q.If == nil || slices.ContainsFunc(chosen[q.If.Question], func(code string) bool { return slices.Contains(q.If.Answers, code) })
}

// Open are the questions of a form on which dangers and symptoms were named already (their codes are in chosen): those
// left to ask, also those that hang on one of them.
func (qs Questions) Open(chosen map[string][]string) Questions {
	var out Questions
	for _, q := range qs {
		if q.Kind == KindDanger || q.Kind == KindSymptom {
			continue
		}
		hangs := q.If != nil && slices.ContainsFunc(out, func(o Question) bool { return o.Code == q.If.Question })
		if hangs || q.asked(chosen) {
			out = append(out, q)
		}
	}
	return out
}

// typed is a customer's line, its blanks made single.
func typed(f *problem.Fields, at string, in []string) string {
	if len(in) == 0 {
		return ""
	}
	text := strings.Join(strings.Fields(in[0]), " ")
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		f.Add(at, problem.BadText)
		return ""
	case utf8.RuneCountInString(text) > maxTyped:
		f.Add(at, problem.TooLong, "limit", maxTyped)
		return ""
	}
	return text
}
