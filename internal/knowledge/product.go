package knowledge

import (
	_ "embed" // the questions that the product brings
	"encoding/json"
	"slices"
	"sync"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/platform/i18n"
)

//go:embed product.json
var productJSON []byte

// book is what the product asks. Keys of Ask are a symptom, "category/family", a family, or "" for the rest; those of
// Dangers are categories, "" for the others.
type book struct {
	First, Which, Yes, No Text
	Dangers               map[catalog.CategoryCode][]Danger
	Named                 map[Danger]Text
	Questions             map[string]struct {
		Text    Text
		Answers []Answer
	}
	Ask       map[string][]string
	FaultCode struct {
		Text, Hint Text
		In         []catalog.CategoryCode // products that show one
	} `json:"fault_code"`
}

var product = sync.OnceValue(func() book {
	var b book
	if err := json.Unmarshal(productJSON, &b); err != nil {
		panic("knowledge: product.json: " + err.Error())
	}
	return b
})

func (b book) dangersOf(c catalog.CategoryCode) []Danger {
	if list, ok := b.Dangers[c]; ok {
		return list
	}
	return b.Dangers[""]
}

// asks are the codes of what is asked about a symptom.
func (b book) asks(s catalog.Symptom) []string {
	for _, k := range []string{string(s.Code), string(s.Category) + "/" + s.Family, s.Family} {
		if list, ok := b.Ask[k]; ok {
			return list
		}
	}
	return b.Ask[""]
}

// Codes of the questions that every set of the product has.
const (
	askDanger  = "danger"
	askSymptom = "symptom"
	askCode    = "code"
)

// of is the product's set for a product line, with the symptoms that the catalogue has today.
func (b book) of(snap *catalog.Snapshot, c catalog.CategoryCode) Questions {
	first := Question{Code: askDanger, Kind: KindDanger, Text: b.First}
	for _, d := range b.dangersOf(c) {
		first.Answers = append(first.Answers, Answer{Code: string(d), Text: b.Named[d], Danger: d})
	}
	out := Questions{first}
	symptoms := snap.Symptoms(c)
	which := Question{Code: askSymptom, Kind: KindSymptom, Text: b.Which}
	var lists [][]string
	about := map[string][]string{} // the symptoms of a question
	for _, s := range symptoms {
		which.Answers = append(which.Answers, Answer{Code: string(s.Code), Text: named(s), Symptom: s.Code, Danger: Danger(cases.SafetyOfSymptom(snap, s.Code))})
		lists = append(lists, b.asks(s))
		for _, q := range b.asks(s) {
			about[q] = append(about[q], string(s.Code))
		}
	}
	if len(symptoms) > 0 {
		out = append(out, which)
	}
	for _, code := range merged(lists) {
		q := b.Questions[code]
		out = append(out, Question{Code: code, Kind: kindOf(q.Answers), Text: q.Text, Answers: slices.Clone(q.Answers), If: &Condition{Question: askSymptom, Answers: about[code]}})
	}
	if slices.Contains(b.FaultCode.In, c) {
		out = append(out, Question{Code: askCode, Kind: KindText, Text: b.FaultCode.Text, Hint: b.FaultCode.Hint})
	}
	return out
}

func kindOf(answers []Answer) Kind {
	if len(answers) == 2 && answers[0].Code == "yes" && answers[1].Code == "no" {
		return KindYesNo
	}
	return KindOne
}

// named is a symptom's name in all languages; those that nobody has translated stay empty.
func named(s catalog.Symptom) Text {
	t := Text{Zh: s.NameZh, En: s.NameEn}
	other := func(lang string) string {
		if n := catalog.NameIn(lang, s); n != s.Name(lang) {
			return n
		}
		return ""
	}
	t.Ja, t.Ko = other(i18n.Japanese), other(i18n.Korean)
	return t
}

// merged puts lists into one that keeps the order of each as far as they agree: what no list has behind another comes
// first, by its first place in the lists.
func merged(lists [][]string) []string {
	var open, out []string
	behind := map[string][]string{} // what has to come before
	for _, list := range lists {
		for i, x := range list {
			if !slices.Contains(open, x) {
				open = append(open, x)
			}
			behind[x] = append(behind[x], list[:i]...)
		}
	}
	for len(open) > 0 {
		next := max(0, slices.IndexFunc(open, func(x string) bool {
			return !slices.ContainsFunc(behind[x], func(y string) bool { return y != x && slices.Contains(open, y) })
		}))
		out = append(out, open[next])
		open = slices.Delete(open, next, next+1)
	}
	return out
}
