package console

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/knowledge"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// firmQuestions are a firm's own about air conditioners.
func firmQuestions() knowledge.Questions {
	yesNo := func(danger knowledge.Danger) []knowledge.Answer {
		return []knowledge.Answer{{Code: "yes", Text: knowledge.Text{Zh: "是", En: "yes"}, Danger: danger}, {Code: "no", Text: knowledge.Text{Zh: "否", En: "no"}}}
	}
	return knowledge.Questions{
		{Code: "danger", Kind: knowledge.KindDanger, Text: knowledge.Text{Zh: "危险吗", En: "Any danger?"}, Answers: []knowledge.Answer{
			{Code: "fire", Text: knowledge.Text{Zh: "着火", En: "Flames"}, Danger: knowledge.Fire}, {Code: "shock", Text: knowledge.Text{Zh: "触电", En: "Shocks"}, Danger: knowledge.Shock},
		}},
		{Code: "what", Kind: knowledge.KindSymptom, Text: knowledge.Text{Zh: "怎么了", En: "What now?"}, Answers: []knowledge.Answer{
			{Code: "warm", Text: knowledge.Text{Zh: "不凉", En: "Not cold"}, Symptom: "AC-S01"}, {Code: "drip", Text: knowledge.Text{Zh: "滴水", En: "It drips"}},
		}},
		{Code: "smoke", Kind: knowledge.KindYesNo, Text: knowledge.Text{Zh: "插座冒烟吗", En: "Is there smoke coming from the socket?"}, Answers: yesNo(knowledge.Fire)},
		{Code: "rooms", Kind: knowledge.KindMany, Text: knowledge.Text{Zh: "哪些房间", En: "Which rooms?", Ko: "어느 방입니까?"}, If: &knowledge.Condition{Question: "what", Answers: []string{"warm"}}, Answers: []knowledge.Answer{
			{Code: "bed", Text: knowledge.Text{Zh: "卧室", En: "bedroom"}}, {Code: "hall", Text: knowledge.Text{Zh: "客厅", En: "living room"}}, {Code: "all", Text: knowledge.Text{Zh: "<b>全部</b>", En: "<b>all</b>"}},
		}},
		{Code: "why", Kind: knowledge.KindText, Text: knowledge.Text{Zh: "补充", En: "Which bed?"}, If: &knowledge.Condition{Question: "rooms", Answers: []string{"bed"}}},
	}
}

func (f *fixture) ask(p knowledge.Place, list knowledge.Questions) knowledge.Set {
	f.T.Helper()
	v, err := f.con.Questions.Begin(f.Ctx, knowledge.DraftInput{Place: p, Questions: list})
	f.Must(err)
	v, err = f.con.Questions.Publish(f.Ctx, v.ID, v.Version)
	f.Must(err)
	return v
}

// newest is the case that came last, with what it says.
func (f *fixture) newest() (cases.Case, cases.Texts) {
	f.T.Helper()
	list, err := f.Cases.List(f.Ctx, cases.Filter{Limit: 20})
	f.Must(err)
	last := slices.MaxFunc(list, func(a, b cases.Case) int { return strings.Compare(a.Number, b.Number) })
	texts, err := f.Cases.TextsOf(f.Ctx, last)
	f.Must(err)
	return last, texts
}

// TestFirmQuestions: customers of a brand are asked the firm's questions in its words, those of another brand are not; the
// case keeps question and answer; what was changed meanwhile is still answered as it was asked.
func TestFirmQuestions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		place := knowledge.Place{Brand: f.One, Category: "AC"}
		first := f.ask(place, firmQuestions())
		opening := ask(t, h, http.MethodGet, "/report?brand=ONE&category=AC&lang=en", nil).Body.String()
		for _, want := range []string{"Any danger?", "Flames", "What now?", "It drips", "symptom=warm", "asked=" + string(first.ID)} {
			if !strings.Contains(opening, want) {
				t.Errorf("the first page lacks %q", want)
			}
		}
		if page := ask(t, h, http.MethodGet, "/report?brand=TWO&category=AC&lang=en", nil).Body.String(); strings.Contains(page, "What now?") || !strings.Contains(page, "symptom=AC-S01") {
			t.Error("the other brand's customers are asked it as well")
		}
		danger := ask(t, h, http.MethodGet, "/report?brand=ONE&category=AC&lang=en&danger=fire", nil).Body.String()
		if !strings.Contains(danger, "Flames") || !strings.Contains(danger, "Cut the power") {
			t.Error("the firm's danger has no safety words")
		}
		form := ask(t, h, http.MethodGet, "/report?brand=ONE&category=AC&lang=ko&symptom=warm", nil).Body.String()
		for _, want := range []string{`<span lang="en">Not cold</span>`, "어느 방입니까?", `<span lang="en">bedroom</span>`, `&lt;b&gt;all&lt;/b&gt;`, `type="checkbox" name="q_rooms" value="bed"`, `data-if="q_rooms" data-is="bed "`, `name="q_why"`, `data-danger="fire"`} {
			if !strings.Contains(form, want) {
				t.Errorf("the form in Korean lacks %q", want)
			}
		}
		if strings.Contains(form, "q_outdoor") {
			t.Error("the product's questions are asked as well")
		}
		if drips := ask(t, h, http.MethodGet, "/report?brand=ONE&category=AC&symptom=drip", nil).Body.String(); strings.Contains(drips, "q_rooms") || strings.Contains(drips, "q_why") {
			t.Error("a question is asked whose condition cannot come true")
		}

		later := firmQuestions()
		later[3].Text.En, later[3].Answers[0].Text.En = "Where?", "upstairs"
		f.ask(place, later)
		in := url.Values{
			"brand": {"ONE"}, "category": {"AC"}, "asked": {string(first.ID)}, "symptom": {"warm"}, "q_smoke": {"no"}, "q_rooms": {"hall", "bed", "cellar"}, "q_why": {"the\nleft one"}, "lang": {"en"},
			"name": {"Ann"}, "phone": {"13700000041"}, "consent": {"yes"},
		}
		if w := ask(t, h, http.MethodPost, "/report?lang=en", in); w.Code != http.StatusSeeOther {
			t.Fatalf("report: %d\n%s", w.Code, shown(w.Body.String()))
		}
		c, texts := f.newest()
		if c.Symptom != "AC-S01" || c.Safety != "" || texts.Summary != "Not cold" {
			t.Errorf("the case has the symptom %q, the danger %q and is %q", c.Symptom, c.Safety, texts.Summary)
		}
		if want := "Is there smoke coming from the socket? no\nWhich rooms? bedroom and living room\nWhich bed? the left one"; !strings.HasSuffix(texts.Detail, want) {
			t.Errorf("the case keeps %q, want %q", texts.Detail, want)
		}
		in.Del("asked")
		in.Set("phone", "13700000042")
		if w := ask(t, h, http.MethodPost, "/report?lang=en", in); w.Code != http.StatusSeeOther {
			t.Fatalf("report by the newest: %d", w.Code)
		}
		if _, texts := f.newest(); !strings.Contains(texts.Detail, "Where? upstairs") {
			t.Errorf("by the newest edition the case keeps %q", texts.Detail)
		}
		in.Set("q_why", strings.Repeat("x", 201))
		if w := ask(t, h, http.MethodPost, "/report?lang=en", in); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `value="bed" checked`) || !strings.Contains(w.Body.String(), "at most 200") {
			t.Errorf("a text that is too long: %d", w.Code)
		}
	})
}

// TestFirmDanger: an answer on the form that means a danger shows what to do before anything else, then the report is
// urgent; a question that only names one is no danger.
func TestFirmDanger(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		set := f.ask(knowledge.Place{Brand: f.One, Category: "AC"}, firmQuestions())
		in := url.Values{"brand": {"ONE"}, "category": {"AC"}, "asked": {string(set.ID)}, "symptom": {"drip"}, "q_smoke": {"yes"}, "name": {"Ann"}, "phone": {"13700000051"}}
		w := ask(t, h, http.MethodPost, "/report?lang=en", in)
		page := w.Body.String()
		told := regexp.MustCompile(`name="told" value="([^"]*)"`).FindStringSubmatch(page)
		if w.Code != http.StatusOK || !strings.Contains(page, "Cut the power") || !strings.Contains(page, "I am safe now, go on") || !strings.Contains(page, `value="yes" data-danger="fire" checked`) || len(told) != 2 {
			t.Fatalf("told about a fire: %d\n%s", w.Code, shown(page))
		}
		in.Set("told", told[1])
		in.Set("consent", "yes")
		if w := ask(t, h, http.MethodPost, "/report?lang=en", in); w.Code != http.StatusSeeOther {
			t.Fatalf("sent when it was safe: %d\n%s", w.Code, shown(w.Body.String()))
		}
		if c, texts := f.newest(); c.Safety != cases.Fire || c.Priority != "P1" || !strings.Contains(texts.Detail, "Is there smoke coming from the socket? yes") {
			t.Errorf("danger %q, priority %q, %q", c.Safety, c.Priority, texts.Detail)
		}
		if w := ask(t, h, http.MethodPost, "/report?lang=en", url.Values{
			"brand": {"ONE"}, "category": {"AC"}, "symptom": {"warm"}, "safe": {"shock"}, "q_rooms": {"bed"}, "q_why": {"no smoke"}, "name": {"Ann"}, "phone": {"13700000052"}, "consent": {"yes"},
		}); w.Code != http.StatusSeeOther {
			t.Fatalf("a danger that was named before: %d\n%s", w.Code, shown(w.Body.String()))
		}
		if c, texts := f.newest(); c.Safety != cases.Shock || !strings.HasSuffix(texts.Detail, "Shocks") {
			t.Errorf("named before: danger %q, %q", c.Safety, texts.Detail)
		}
	})
}

// TestSymptomDanger: a symptom that is a danger by the catalogue tells what to do before the form is filled in; the report is
// taken without asking twice.
func TestSymptomDanger(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		page := ask(t, h, http.MethodGet, "/report?brand=ONE&category=GWH&symptom=GWH-S05&lang=en", nil).Body.String()
		if !strings.Contains(page, "Close the gas valve") || !strings.Contains(page, `name="told" value="gas "`) {
			t.Errorf("who smells gas is told nothing:\n%s", shown(page))
		}
		in := url.Values{"brand": {"ONE"}, "category": {"GWH"}, "symptom": {"GWH-S05"}, "told": {"gas "}, "name": {"Ann"}, "phone": {"13700000061"}, "consent": {"yes"}}
		if w := ask(t, h, http.MethodPost, "/report?lang=en", in); w.Code != http.StatusSeeOther {
			t.Fatalf("report: %d\n%s", w.Code, shown(w.Body.String()))
		}
		if c, _ := f.newest(); c.Safety != cases.Gas || c.Priority != "P1" {
			t.Errorf("danger %q, priority %q", c.Safety, c.Priority)
		}
	})
}

// TestPreview: who writes questions sees the page of a customer; others, and what makes no sense, are refused.
func TestPreview(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		in := PreviewInput{Place: knowledge.Place{Brand: f.One, Category: "AC"}, Questions: firmQuestions(), Lang: i18n.English}
		for want, edit := range map[string]func(*PreviewInput){
			"What now?":                func(*PreviewInput) {},
			"怎么了":                      func(in *PreviewInput) { in.Lang = i18n.Chinese },
			"Cut the power":            func(in *PreviewInput) { in.Danger = "fire" },
			"Marked as urgent: Flames": func(in *PreviewInput) { in.Safe = "fire" },
			`name="q_rooms"`:           func(in *PreviewInput) { in.Symptom = "warm" },
			`name="q_smoke"`:           func(in *PreviewInput) { in.Symptom = otherSymptom },
			"None of this, go on":      func(in *PreviewInput) { in.Questions = in.Questions[:1] },
		} {
			try := in
			edit(&try)
			page, err := f.con.PreviewQuestions(f.Ctx, try)
			if err != nil || !strings.Contains(page, want) || strings.Contains(page, "<script") {
				t.Errorf("the page lacks %q or holds a script, %v", want, err)
			}
		}
		bad := in
		bad.Questions = bad.Questions[4:]
		if _, err := f.con.PreviewQuestions(f.Ctx, bad); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("what hangs on nothing is shown: %v", err)
		}
		theirs := access.With(t.Context(), access.Actor{Kind: access.User, ID: "x", Permissions: access.Set{knowledge.PermQuestions: true}, Scope: access.Scope{OutletPath: "/", Brands: []string{string(f.Two)}}})
		if _, err := f.con.PreviewQuestions(theirs, in); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("who sees brand two sees the page of brand one: %v", err)
		}
		nobody := access.With(t.Context(), access.Actor{Kind: access.User, ID: "y", Scope: access.Everything})
		if _, err := f.con.PreviewQuestions(nobody, in); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("without the permission: %v", err)
		}
		bare := in
		bare.Category = catalog.CategoryCode("ZZ")
		if _, err := f.con.PreviewQuestions(f.Ctx, bare); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("of no product line: %v", err)
		}
	})
}
