package knowledge

import (
	"slices"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/platform/i18n"
)

// Kind is how a question is answered.
type Kind string

// Kinds of questions. One of dangers comes first, one of symptoms next; both are pages of their own.
const (
	KindDanger  Kind = "danger"  // a danger that is there now, or none
	KindSymptom Kind = "symptom" // what is wrong
	KindOne     Kind = "one"     // one of several
	KindMany    Kind = "many"    // several of several
	KindYesNo   Kind = "yes_no"
	KindText    Kind = "text" // a line of the customer's own words
)

// Danger is what an answer says that somebody may be hurt by, or something be ruined.
type Danger string

// Dangers, the worst first. Water is no danger to life as cases know them, but has its words for the customer.
const (
	Gas   = Danger(cases.Gas)
	CO    = Danger(cases.CO)
	Fire  = Danger(cases.Fire)
	Shock = Danger(cases.Shock)
	Water = Danger("water")
)

// Dangers are all of them, the worst first.
var Dangers = []Danger{Gas, CO, Fire, Shock, Water}

// Safety is the danger as cases know it; empty where it is none to life.
func (d Danger) Safety() cases.Safety {
	if d == Water {
		return ""
	}
	return cases.Safety(d)
}

// Text is a line in the languages of customers.
type Text struct {
	Zh string `json:"zh,omitempty"`
	En string `json:"en,omitempty"`
	Ja string `json:"ja,omitempty"`
	Ko string `json:"ko,omitempty"`
}

// In is the line in a language, else in the nearest that there is, and which one that is.
func (t Text) In(lang string) (words, in string) {
	own := map[string]string{i18n.Chinese: t.Zh, i18n.English: t.En, i18n.Japanese: t.Ja, i18n.Korean: t.Ko}
	for _, l := range []string{lang, i18n.Nearest(lang), i18n.English, i18n.Chinese} {
		if own[l] != "" {
			return own[l], l
		}
	}
	return "", lang
}

// Say is the line in a language, else in the nearest that there is.
func (t Text) Say(lang string) string {
	words, _ := t.In(lang)
	return words
}

func (t Text) empty() bool { return t == Text{} }

// Answer is one that may be chosen.
type Answer struct {
	Code    string              `json:"code"`
	Text    Text                `json:"text"`
	Symptom catalog.SymptomCode `json:"symptom,omitempty"` // that it means
	Danger  Danger              `json:"danger,omitempty"`  // that it means
}

// Condition makes a question one that is asked only if an earlier one was answered with one of these.
type Condition struct {
	Question string   `json:"question"`
	Answers  []string `json:"answers"`
}

// Question is one question of a set; its code stays while its words change.
type Question struct {
	Code    string     `json:"code"`
	Kind    Kind       `json:"kind"`
	Text    Text       `json:"text"`
	Hint    Text       `json:"hint,omitzero"`
	If      *Condition `json:"if,omitempty"`
	Answers []Answer   `json:"answers,omitempty"`
}

// Answer finds one of the answers by its code.
func (q *Question) Answer(code string) *Answer {
	if q == nil {
		return nil
	}
	if i := slices.IndexFunc(q.Answers, func(a Answer) bool { return a.Code == code }); i >= 0 {
		return &q.Answers[i]
	}
	return nil
}

// Dangers are those that the answers name.
func (q Question) Dangers() []Danger {
	var out []Danger
	for _, a := range q.Answers {
		if a.Danger != "" && !slices.Contains(out, a.Danger) {
			out = append(out, a.Danger)
		}
	}
	return out
}

// Questions are those of a set in their order.
type Questions []Question

// Of finds the first question of a kind; nil when there is none.
func (qs Questions) Of(k Kind) *Question {
	if i := slices.IndexFunc(qs, func(q Question) bool { return q.Kind == k }); i >= 0 {
		return &qs[i]
	}
	return nil
}

// missing are the dangers to life among those wanted that the first question does not name.
func (qs Questions) missing(wanted []Danger) []Danger {
	out := []Danger{}
	first := qs.Of(KindDanger)
	for _, d := range wanted {
		if d.Safety() != "" && (first == nil || !slices.Contains(first.Dangers(), d)) {
			out = append(out, d)
		}
	}
	return out
}
