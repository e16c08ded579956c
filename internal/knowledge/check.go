package knowledge

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"anxin/internal/catalog"
	"anxin/internal/platform/problem"
)

const (
	maxQuestions = 40
	maxAnswers   = 40  // of one question
	maxChoices   = 240 // of a set: a page that opens on a slow line
	maxLine      = 120 // characters of a question, an answer or a hint
	maxTyped     = 200 // characters that a customer may type into one question
)

var codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$`)

// checked trims a set's texts, gives questions of yes and no their answers and says each fault at its field.
func (qs Questions) checked(snap *catalog.Snapshot, category catalog.CategoryCode) (Questions, error) {
	var f problem.Fields
	f.Check(len(qs) > 0, "questions", problem.Required)
	if len(qs) > maxQuestions {
		return nil, problem.Field("questions", problem.TooLong, "limit", maxQuestions)
	}
	out, choices := make(Questions, len(qs)), 0
	for i, q := range qs {
		choices += len(q.Answers)
		out[i] = q.checked(&f, "questions."+strconv.Itoa(i), out[:i], snap, category)
	}
	f.Check(choices <= maxChoices, "questions", problem.TooLong, "limit", maxChoices)
	return out, f.Err()
}

// checked checks one question behind those before it.
func (q Question) checked(f *problem.Fields, at string, before Questions, snap *catalog.Snapshot, category catalog.CategoryCode) Question {
	f.Check(codeForm.MatchString(q.Code), at+".code", problem.BadFormat)
	f.Check(!slices.ContainsFunc(before, func(o Question) bool { return o.Code == q.Code }), at+".code", problem.Taken)
	q.Text.check(f, at+".text", true)
	q.Hint.check(f, at+".hint", false)
	switch q.Kind {
	case KindDanger:
		f.Check(len(before) == 0, at+".kind", ErrOrder)
		f.Check(q.If == nil, at+".if", ErrEarlier)
	case KindSymptom:
		twice := before.Of(KindSymptom) != nil
		f.Check(!twice, at+".kind", ErrTwice)
		f.Check(twice || len(before) == 0 || len(before) == 1 && before[0].Kind == KindDanger, at+".kind", ErrOrder)
		f.Check(q.If == nil, at+".if", ErrEarlier)
	case KindYesNo:
		q.Answers = q.yesNo(f, at)
	case KindText:
		f.Check(len(q.Answers) == 0, at+".answers", problem.TooLong, "limit", 0)
	case KindOne, KindMany:
	default:
		f.Add(at+".kind", problem.BadChoice)
	}
	if q.Kind != KindText {
		least := 2
		if q.Kind == KindDanger || q.Kind == KindSymptom {
			least = 1
		}
		f.Check(len(q.Answers) >= least, at+".answers", problem.TooShort, "limit", least)
		f.Check(len(q.Answers) <= maxAnswers, at+".answers", problem.TooLong, "limit", maxAnswers)
	}
	q.Answers = slices.Clone(q.Answers)
	for i := range q.Answers {
		q.checkAnswer(f, at+".answers."+strconv.Itoa(i), i, snap, category)
	}
	if q.If != nil {
		q.If = &Condition{Question: q.If.Question, Answers: slices.Clone(q.If.Answers)}
		q.If.check(f, at+".if", before)
	}
	return q
}

func (q Question) checkAnswer(f *problem.Fields, at string, i int, snap *catalog.Snapshot, category catalog.CategoryCode) {
	a := &q.Answers[i]
	f.Check(codeForm.MatchString(a.Code), at+".code", problem.BadFormat)
	f.Check(!slices.ContainsFunc(q.Answers[:i], func(o Answer) bool { return o.Code == a.Code }), at+".code", problem.Taken)
	a.Text.check(f, at+".text", true)
	if a.Symptom != "" {
		s, ok := snap.Symptom(a.Symptom)
		f.Check(ok && s.Category == category, at+".symptom", problem.Unknown)
	}
	f.Check(a.Danger == "" || slices.Contains(Dangers, a.Danger), at+".danger", problem.BadChoice)
	f.Check(q.Kind != KindDanger || a.Danger != "", at+".danger", problem.Required)
}

// yesNo are the two answers of a question of yes and no: those that were given, with the product's words where they have
// none of their own.
func (q Question) yesNo(f *problem.Fields, at string) []Answer {
	out := []Answer{{Code: "yes", Text: product().Yes}, {Code: "no", Text: product().No}}
	for i, a := range q.Answers {
		k := slices.IndexFunc(out, func(o Answer) bool { return o.Code == a.Code })
		if k < 0 {
			f.Add(at+".answers."+strconv.Itoa(i)+".code", problem.BadChoice)
			continue
		}
		if a.Text.empty() {
			a.Text = out[k].Text
		}
		out[k] = a
	}
	return out
}

// check looks at a condition: only an earlier question with answers can be one, so that nothing goes in circles.
func (c *Condition) check(f *problem.Fields, at string, before Questions) {
	i := slices.IndexFunc(before, func(q Question) bool { return q.Code == c.Question && q.Kind != KindText })
	if i < 0 {
		f.Add(at+".question", ErrEarlier)
		return
	}
	f.Check(len(c.Answers) > 0, at+".answers", problem.Required)
	f.Check(!slices.ContainsFunc(c.Answers, func(code string) bool { return before[i].Answer(code) == nil }), at+".answers", problem.Unknown)
	slices.Sort(c.Answers)
	c.Answers = slices.Compact(c.Answers)
}

// check trims a line in all languages; a required one needs Chinese words.
func (t *Text) check(f *problem.Fields, at string, required bool) {
	for _, l := range []struct {
		lang string
		text *string
	}{{"zh", &t.Zh}, {"en", &t.En}, {"ja", &t.Ja}, {"ko", &t.Ko}} {
		*l.text = strings.TrimSpace(*l.text)
		switch {
		case !utf8.ValidString(*l.text) || strings.ContainsFunc(*l.text, unicode.IsControl):
			f.Add(at+"."+l.lang, problem.BadText)
		case utf8.RuneCountInString(*l.text) > maxLine:
			f.Add(at+"."+l.lang, problem.TooLong, "limit", maxLine)
		}
	}
	f.Check(t.Zh != "" || !required && t.empty(), at+".zh", problem.Required)
}
