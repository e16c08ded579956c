package console

import (
	_ "embed" // the questions that the product brings
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"anxin/internal/cases"
	"anxin/internal/catalog"
)

// The questions of the report form: what may be dangerous first, then the symptom out of the catalogue, then two or three
// things that somebody can see without a tool and that tell the engineer what to take along.

//go:embed guide.json
var guideJSON []byte

// guides are the questions by product. Keys of Ask are a symptom, "category/family", a family, or "" for the rest.
type guides struct {
	Dangers map[string][]string // by category, "" for the others
	Choices map[string][]string // answers of a question
	Ask     map[string][]string
	Code    []catalog.CategoryCode // products that show fault codes
}

var guide = sync.OnceValue(func() guides {
	var g guides
	if err := json.Unmarshal(guideJSON, &g); err != nil {
		panic("console: guide.json: " + err.Error())
	}
	return g
})

// byWater is the danger that no script of cases tells of: water that runs out, maybe onto something under power.
const byWater = "water"

// dangersOf are the dangers that are asked about before anything else.
func (g guides) dangersOf(c catalog.CategoryCode) []string {
	if list, ok := g.Dangers[string(c)]; ok {
		return list
	}
	return g.Dangers[""]
}

// guideQuestion is one question with what may be answered.
type guideQuestion struct {
	Key     string
	Choices []string
}

// questionsOf are what is asked about a symptom.
func (g guides) questionsOf(s catalog.Symptom) []guideQuestion {
	var keys []string
	for _, k := range []string{string(s.Code), string(s.Category) + "/" + s.Family, s.Family, ""} {
		if list, ok := g.Ask[k]; ok {
			keys = list
			break
		}
	}
	out := make([]guideQuestion, len(keys))
	for i, k := range keys {
		out[i] = guideQuestion{k, g.Choices[k]}
	}
	return out
}

func (g guides) hasCode(c catalog.CategoryCode) bool { return slices.Contains(g.Code, c) }

// answers puts the answers into words, a line each, for who reads the case.
func (s *Service) answers(lang string, questions []guideQuestion, form map[string]string) string {
	var lines []string
	for _, q := range questions {
		if a := form["q_"+q.Key]; slices.Contains(q.Choices, a) {
			lines = append(lines, s.Words.T(lang, "portal.guide.q."+q.Key, nil)+" "+s.Words.T(lang, "portal.guide.a."+q.Key+"."+a, nil))
		}
	}
	if code := strings.TrimSpace(form["code"]); code != "" {
		lines = append(lines, s.Words.T(lang, "portal.guide.code", nil)+" "+code)
	}
	return strings.Join(lines, "\n")
}

// safetyOf is the danger of the form, as cases know it.
func safetyOf(danger string) cases.Safety {
	switch cases.Safety(danger) {
	case cases.Gas, cases.CO, cases.Fire, cases.Shock:
		return cases.Safety(danger)
	}
	return ""
}
