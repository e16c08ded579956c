package knowledge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

// fixture is a firm of two brands.
type fixture struct {
	*Service
	t        *testing.T
	ctx      context.Context
	one, two catalog.BrandID
	model    catalog.ModelID // of brand one, an air conditioner
	advance  func(time.Duration)
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{t: t, advance: dbtest.Clock(d, time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC))}
	f.ctx = f.as(access.Everything, PermQuestions, catalog.PermWrite)
	f.must(catalog.Seed(t.Context(), d))
	cat := catalog.New(d)
	f.Service = New(d, cat)
	for _, code := range []string{"ONE", "TWO"} {
		b, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: code, NameZh: code})
		f.must(err)
		f.one, f.two = f.two, b.ID
	}
	m, err := cat.CreateModel(f.ctx, catalog.Model{BrandID: f.one, Category: "AC", Code: "KFR-35", NameZh: "挂机"})
	f.must(err)
	f.model = m.ID
	return f
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) as(scope access.Scope, permissions ...string) context.Context {
	set := access.Set{}
	for _, p := range permissions {
		set[p] = true
	}
	return access.With(f.t.Context(), access.Actor{Kind: access.User, ID: "u-" + strings.Join(scope.Brands, ""), Permissions: set, Scope: scope})
}

// begun is a copy of the product's set with another first line, as a draft.
func (f *fixture) begun(p Place, words string) Set {
	f.t.Helper()
	list := f.product(p.Category)
	list[0].Text.Zh = words
	v, err := f.Begin(f.ctx, DraftInput{p, list})
	f.must(err)
	return v
}

func (f *fixture) product(c catalog.CategoryCode) Questions {
	f.t.Helper()
	v, err := f.Product(f.ctx, c)
	f.must(err)
	return v.Questions
}

func (f *fixture) published(p Place, words string) Set {
	f.t.Helper()
	v := f.begun(p, words)
	v, err := f.Publish(f.ctx, v.ID, v.Version)
	f.must(err)
	return v
}

// asked is the first line of what is asked at a place.
func (f *fixture) asked(p Place) string {
	f.t.Helper()
	v, err := f.InForce(f.t.Context(), f.db, p)
	f.must(err)
	return v.Questions[0].Text.Zh
}

// TestPlaces: the most specific set in force is asked, a draft is asked of nobody, and without one it is the product's.
func TestPlaces(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		own := f.product("AC")[0].Text.Zh
		all, brand, model := Place{Category: "AC"}, Place{Brand: f.one, Category: "AC"}, Place{Brand: f.one, Category: "AC", Model: f.model}
		other := Place{Brand: f.two, Category: "AC"}
		want := func(when, atModel, atBrand, atOther string) {
			t.Helper()
			if m, b, o := f.asked(model), f.asked(brand), f.asked(other); m != atModel || b != atBrand || o != atOther {
				t.Errorf("%s: %q, %q, %q; want %q, %q, %q", when, m, b, o, atModel, atBrand, atOther)
			}
			if got := f.asked(Place{Brand: f.one, Category: "WM"}); got != f.product("WM")[0].Text.Zh {
				t.Errorf("%s: another product line is asked %q", when, got)
			}
		}
		want("from the start", own, own, own)
		draft := f.begun(brand, "草稿")
		want("a draft", own, own, own)
		wide := f.published(all, "全部")
		want("for all", "全部", "全部", "全部")
		of, err := f.Publish(f.ctx, draft.ID, draft.Version)
		f.must(err)
		want("for a brand", "草稿", "草稿", "全部")
		f.published(model, "型号")
		want("for a model", "型号", "草稿", "全部")
		_, err = f.Withdraw(f.ctx, of.ID, of.Version)
		f.must(err)
		want("the brand's withdrawn", "型号", "全部", "全部")
		_, err = f.Withdraw(f.ctx, wide.ID, wide.Version)
		f.must(err)
		want("that of all withdrawn", "型号", own, own)
	})
}

// TestEditions: a draft is changed at its version only, a published one never; each edition stays; open forms are answered by
// the set that they were made from, for a day.
func TestEditions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		place := Place{Brand: f.one, Category: "AC"}
		v := f.begun(place, "一")
		if _, err := f.Begin(f.ctx, DraftInput{place, f.product("AC")}); !problem.Match(err, ErrDraft) {
			t.Errorf("a second draft: %v", err)
		}
		if _, err := f.Save(f.ctx, v.ID, v.Version+1, v.Questions); !problem.Match(err, problem.ErrStale) {
			t.Errorf("another version: %v", err)
		}
		v.Questions[0].Text.Zh = "二"
		v, err := f.Save(f.ctx, v.ID, v.Version, v.Questions)
		f.must(err)
		if v.Version != 2 || v.Edition != 0 || v.State != Draft || v.SavedBy != "user:u-" {
			t.Errorf("saved: %+v", v)
		}
		if _, err := f.Withdraw(f.ctx, v.ID, v.Version); !problem.Match(err, ErrState) {
			t.Errorf("a draft is withdrawn: %v", err)
		}
		first, err := f.Publish(f.ctx, v.ID, v.Version)
		f.must(err)
		if first.Edition != 1 || first.State != Published || !first.DecidedAt.Equal(d.Now()) {
			t.Errorf("published: %+v", first)
		}
		for name, err := range map[string]error{
			"saved":     second(f.Save(f.ctx, first.ID, first.Version, first.Questions)),
			"published": second(f.Publish(f.ctx, first.ID, first.Version)),
			"discarded": second(f.Discard(f.ctx, first.ID, first.Version)),
		} {
			if !problem.Match(err, ErrState) {
				t.Errorf("a published set is %s: %v", name, err)
			}
		}
		by := func(id ID) string {
			t.Helper()
			v, err := f.AskedBy(t.Context(), d, place, id)
			f.must(err)
			return v.Questions[0].Text.Zh
		}
		own := f.product("AC")[0].Text.Zh
		if got := by(ProductSet); got != own {
			t.Errorf("a form of the product's is answered by %q", got)
		}
		f.advance(48 * time.Hour)
		if got := by(ProductSet); got != "二" {
			t.Errorf("a form of the product's from long ago is answered by %q", got)
		}
		next := f.published(place, "三")
		if next.Edition != 2 {
			t.Errorf("the second edition is %d", next.Edition)
		}
		if got := by(first.ID); got != "二" {
			t.Errorf("an open form is answered by %q", got)
		}
		for _, id := range []ID{"", next.ID, "nothing", "a\x00b", "\xff", ProductSet, f.published(Place{Brand: f.two, Category: "AC"}, "别家").ID, f.published(Place{Brand: f.one, Category: "WM"}, "洗衣机").ID, f.begun(place, "四").ID} {
			if got := by(id); got != "三" && (id != ProductSet || got != own) {
				t.Errorf("a form of %q is answered by %q", id, got)
			}
		}
		f.advance(25 * time.Hour)
		if got := by(first.ID); got != "三" {
			t.Errorf("a form from two days ago is answered by %q", got)
		}
		list, err := f.List(f.ctx, Filter{Brand: &f.one, Category: "AC"})
		f.must(err)
		var got []string
		for _, v := range list {
			got = append(got, fmt.Sprint(v.State, " ", v.Edition))
		}
		if want := []string{"draft 0", "published 2", "replaced 1"}; !slices.Equal(got, want) {
			t.Errorf("the place has %v, want %v", got, want)
		}
		_, err = f.Discard(f.ctx, list[0].ID, list[0].Version)
		f.must(err)
		if _, err := f.Get(f.ctx, list[0].ID); !problem.Match(err, ErrNotFound) {
			t.Errorf("a discarded draft: %v", err)
		}
		trail, err := audit.New(d).Of(f.ctx, record, string(first.ID))
		f.must(err)
		var acts []string
		for _, e := range trail {
			acts = append(acts, e.Act)
		}
		if want := []string{"save", "save", "publish", "replace"}; !slices.Equal(acts, want) {
			t.Errorf("the trail says %v, want %v", acts, want)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestScopes: who sees another brand sees nothing of this one and changes nothing of what all share; outlets and who lacks
// the permission change nothing.
func TestScopes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		ours, shared := f.published(Place{Brand: f.one, Category: "AC"}, "一"), f.published(Place{Category: "WM"}, "全部")
		draft := f.begun(Place{Brand: f.one, Category: "RF"}, "冰箱")
		theirs := f.as(access.Scope{OutletPath: "/", Brands: []string{string(f.two)}}, PermQuestions)
		list, err := f.List(theirs, Filter{})
		f.must(err)
		if len(list) != 1 || list[0].ID != shared.ID {
			t.Errorf("brand two sees %d sets", len(list))
		}
		if list, err := f.List(theirs, Filter{Brand: &f.one}); err != nil || len(list) != 0 {
			t.Errorf("brand two lists %d of brand one, %v", len(list), err)
		}
		for name, err := range map[string]error{
			"reads":     second(f.Get(theirs, ours.ID)),
			"withdraws": second(f.Withdraw(theirs, ours.ID, ours.Version)),
			"saves":     second(f.Save(theirs, draft.ID, draft.Version, draft.Questions)),
			"publishes": second(f.Publish(theirs, draft.ID, draft.Version)),
			"discards":  second(f.Discard(theirs, draft.ID, draft.Version)),
		} {
			if !problem.Match(err, ErrNotFound) {
				t.Errorf("brand two %s what is of brand one: %v", name, err)
			}
		}
		if _, err := f.Get(theirs, shared.ID); err != nil {
			t.Errorf("brand two reads what all share: %v", err)
		}
		if _, err := f.Withdraw(theirs, shared.ID, shared.Version); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("brand two withdraws what all share: %v", err)
		}
		if _, err := f.Begin(theirs, DraftInput{Place{Brand: f.one, Category: "TV"}, f.product("TV")}); !fieldOf(err, "brand_id") {
			t.Errorf("brand two writes for brand one: %v", err)
		}
		if _, err := f.Begin(theirs, DraftInput{Place{Category: "TV"}, f.product("TV")}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("brand two writes for all: %v", err)
		}
		outlet := f.as(access.Scope{OutletPath: "/hz/"}, PermQuestions)
		if _, err := f.Begin(outlet, DraftInput{Place{Brand: f.one, Category: "TV"}, f.product("TV")}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an outlet writes: %v", err)
		}
		nobody := f.as(access.Everything)
		for name, err := range map[string]error{
			"lists": second(f.List(nobody, Filter{})), "reads": second(f.Get(nobody, ours.ID)), "reads the product's": second(f.Product(nobody, "AC")),
			"begins":    second(f.Begin(nobody, DraftInput{Place{Brand: f.one, Category: "TV"}, nil})),
			"withdraws": second(f.Withdraw(nobody, ours.ID, ours.Version)),
		} {
			if !problem.Match(err, problem.ErrForbidden) {
				t.Errorf("without the permission somebody %s: %v", name, err)
			}
		}
		if got := f.asked(Place{Brand: f.one, Category: "AC"}); got != "一" {
			t.Errorf("after all that %q is asked", got)
		}
	})
}

// TestDangers: a set that leaves out a danger to life is kept as a draft and not published; water may be left out.
func TestDangers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		without := func(c catalog.CategoryCode, drop ...Danger) Questions {
			list := f.product(c)
			list[0].Answers = slices.DeleteFunc(list[0].Answers, func(a Answer) bool { return slices.Contains(drop, a.Danger) })
			return list
		}
		for _, tt := range []struct {
			name     string
			category catalog.CategoryCode
			list     Questions
			missing  []Danger
		}{
			{"gas unasked", "GWH", without("GWH", Gas), []Danger{Gas}},
			{"no first question", "GC", f.product("GC")[1:], []Danger{Gas, CO, Fire}},
			{"asked later only", "AC", append(without("AC", Shock), Question{Code: "later", Kind: KindYesNo, Text: Text{Zh: "漏电吗"}, Answers: []Answer{{Code: "yes", Danger: Shock}}}), []Danger{Shock}},
			{"water unasked", "WM", without("WM", Water), nil},
		} {
			v, err := f.Begin(f.ctx, DraftInput{Place{Brand: f.one, Category: tt.category}, tt.list})
			f.must(err)
			if !slices.Equal(v.Missing, tt.missing) && len(v.Missing)+len(tt.missing) > 0 {
				t.Errorf("%s: %v are missing, want %v", tt.name, v.Missing, tt.missing)
			}
			_, err = f.Publish(f.ctx, v.ID, v.Version)
			if (len(tt.missing) > 0) != problem.Match(err, ErrDanger) {
				t.Errorf("%s: published with %v", tt.name, err)
			}
		}
	})
}

// fieldOf tells whether an error is about a field.
func fieldOf(err error, field string) bool {
	e, ok := errors.AsType[*problem.Error](err)
	return ok && slices.ContainsFunc(e.Fields, func(f problem.FieldError) bool { return f.Field == field })
}

// TestBad: what makes no sense is refused at its field, and nothing is kept of it.
func TestBad(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		zh := func(s string) Text { return Text{Zh: s} }
		yes := func(code string, on *Condition) Question {
			return Question{Code: code, Kind: KindYesNo, Text: zh("问"), If: on}
		}
		first := f.product("AC")[0]
		with := func(more ...Question) Questions { return append(Questions{first}, more...) }
		one := func(answers ...Answer) Question {
			return Question{Code: "q", Kind: KindOne, Text: zh("问"), Answers: answers}
		}
		a, b := Answer{Code: "a", Text: zh("甲")}, Answer{Code: "b", Text: zh("乙")}
		for _, tt := range []struct {
			name  string
			list  Questions
			field string
		}{
			{"nothing", nil, "questions"},
			{"a thousand", slices.Repeat(with(), 1000), "questions"},
			{"no words", with(Question{Code: "q", Kind: KindText}), "questions.1.text.zh"},
			{"blanks", with(Question{Code: "q", Kind: KindText, Text: zh(" \t ")}), "questions.1.text.zh"},
			{"English only", with(Question{Code: "q", Kind: KindText, Text: Text{En: "what"}}), "questions.1.text.zh"},
			{"a hint in English only", with(Question{Code: "q", Kind: KindText, Text: zh("问"), Hint: Text{En: "hint"}}), "questions.1.hint.zh"},
			{"too long", with(Question{Code: "q", Kind: KindText, Text: Text{Zh: "问", Ko: strings.Repeat("긴", 121)}}), "questions.1.text.ko"},
			{"a control character", with(Question{Code: "q", Kind: KindText, Text: zh("问\x00")}), "questions.1.text.zh"},
			{"no kind", with(Question{Code: "q", Kind: "poem", Text: zh("问")}), "questions.1.kind"},
			{"no code", with(Question{Kind: KindText, Text: zh("问")}), "questions.1.code"},
			{"a code that is markup", with(Question{Code: `"><script>`, Kind: KindText, Text: zh("问")}), "questions.1.code"},
			{"the same code", with(yes("q", nil), yes("q", nil)), "questions.2.code"},
			{"one answer", with(one(a)), "questions.1.answers"},
			{"the same answer", with(one(a, a)), "questions.1.answers.1.code"},
			{"an answer without words", with(one(a, Answer{Code: "b"})), "questions.1.answers.1.text.zh"},
			{"a text with answers", with(Question{Code: "q", Kind: KindText, Text: zh("问"), Answers: []Answer{a}}), "questions.1.answers"},
			{"too many answers", with(one(slices.Repeat([]Answer{a}, 41)...)), "questions.1.answers"},
			{"neither yes nor no", with(Question{Code: "q", Kind: KindYesNo, Text: zh("问"), Answers: []Answer{{Code: "maybe", Text: zh("也许")}}}), "questions.1.answers.0.code"},
			{"an unknown symptom", with(one(a, Answer{Code: "b", Text: zh("乙"), Symptom: "AC-S99"})), "questions.1.answers.1.symptom"},
			{"the symptom of another product", with(one(a, Answer{Code: "b", Text: zh("乙"), Symptom: "WM-S01"})), "questions.1.answers.1.symptom"},
			{"an unknown danger", with(one(a, Answer{Code: "b", Text: zh("乙"), Danger: "tiger"})), "questions.1.answers.1.danger"},
			{"a danger question without danger", Questions{{Code: "d", Kind: KindDanger, Text: zh("问"), Answers: []Answer{a}}}, "questions.0.answers.0.danger"},
			{"danger second", Questions{yes("q", nil), first}, "questions.1.kind"},
			{"danger twice", with(Question{Code: "d2", Kind: KindDanger, Text: zh("问"), Answers: first.Answers}), "questions.1.kind"},
			{"symptoms late", with(yes("q", nil), Question{Code: "s", Kind: KindSymptom, Text: zh("问"), Answers: []Answer{a}}), "questions.2.kind"},
			{"symptoms twice", with(Question{Code: "s", Kind: KindSymptom, Text: zh("问"), Answers: []Answer{a}}, Question{Code: "s2", Kind: KindSymptom, Text: zh("问"), Answers: []Answer{b}}), "questions.2.kind"},
			{"if itself", with(yes("q", &Condition{"q", []string{"yes"}})), "questions.1.if.question"},
			{"if a later one", with(yes("q", &Condition{"r", []string{"yes"}}), yes("r", nil)), "questions.1.if.question"},
			{"a circle", with(yes("q", &Condition{"r", []string{"yes"}}), yes("r", &Condition{"q", []string{"yes"}})), "questions.1.if.question"},
			{"if a text", with(Question{Code: "w", Kind: KindText, Text: zh("问")}, yes("q", &Condition{"w", []string{"yes"}})), "questions.2.if.question"},
			{"if nothing", with(yes("q", nil), yes("r", &Condition{"q", nil})), "questions.2.if.answers"},
			{"if no answer of it", with(yes("q", nil), yes("r", &Condition{"q", []string{"maybe"}})), "questions.2.if.answers"},
		} {
			if _, err := f.Begin(f.ctx, DraftInput{Place{Brand: f.one, Category: "AC"}, tt.list}); !fieldOf(err, tt.field) {
				t.Errorf("%s: %v, want a fault at %s", tt.name, err, tt.field)
			}
		}
		for field, p := range map[string]Place{
			"brand_id": {Brand: "nobody", Category: "AC"}, "category": {Brand: f.one, Category: "ZZ"}, "model_id": {Brand: f.two, Category: "AC", Model: f.model},
		} {
			if _, err := f.Begin(f.ctx, DraftInput{p, with()}); !fieldOf(err, field) {
				t.Errorf("%+v: %v, want a fault at %s", p, err, field)
			}
		}
		list, err := f.List(f.ctx, Filter{})
		f.must(err)
		if len(list) != 0 {
			t.Errorf("%d sets came of it", len(list))
		}
		v, err := f.Begin(f.ctx, DraftInput{Place{Brand: f.one, Category: "AC"}, with(yes("p", nil), one(a, Answer{Code: "b", Text: Text{Zh: "<b>乙</b>", En: `" onclick="x`}, Symptom: "AC-S01", Danger: Gas}))})
		if err == nil {
			err = second(f.Get(f.ctx, v.ID))
		}
		if err != nil || v.Questions[1].Answers[0].Text != product().Yes || v.Questions[1].Answers[1].Code != "no" {
			t.Errorf("what is right: %+v, %v", v.Questions, err)
		}
	})
}
