package console

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/dispatch"
	"anxin/internal/entitlement"
	"anxin/internal/intake"
	"anxin/internal/knowledge"
	"anxin/internal/maintenance"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/platform/problem"
	"anxin/internal/returns"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// customerKeys are the beginnings of keys that customers' pages show.
var customerKeys = []string{
	"portal.", "campaign.page.", "case.customer_state.", "case.safety_script.", "coverage.kind.", "coverage.name.", "coverage.line.", "contract.state.",
	"rights.option.", "rights.payer.", "rights.step.", "rights.duty.", "rights.evidence.",
}

var wordParam = regexp.MustCompile(`\{([a-z_0-9]+)`)

func paramsOf(s string) []string {
	var out []string
	for _, m := range wordParam.FindAllStringSubmatch(s, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestCustomerWords: what customers read exists in Japanese and Korean, with the same parameters and in its own script.
func TestCustomerWords(t *testing.T) {
	t.Parallel()
	words := i18n.Must(problem.Words, crypt.Words, Words, intake.Words, callbacks.Words, orders.Words, cases.Words, catalog.Words, customers.Words, files.Words, identity.Words,
		units.Words, parts.Words, outlets.Words, workforce.Words, clocks.Words, notify.Words, entitlement.Words, dispatch.Words, returns.Words, maintenance.Words)
	zh := words.Messages(i18n.Chinese, "")
	for _, lang := range []string{i18n.Japanese, i18n.Korean} {
		have := words.Messages(lang, "")
		for key, text := range zh {
			if !slices.ContainsFunc(customerKeys, func(p string) bool { return strings.HasPrefix(key, p) }) {
				continue
			}
			if got := have[key]; got == "" {
				t.Errorf("%s has no words in %s", key, lang)
			} else if want := paramsOf(text); !slices.Equal(paramsOf(got), want) {
				t.Errorf("%s in %s has the parameters %v, want %v", key, lang, paramsOf(got), want)
			}
		}
		for _, c := range callbacks.Classes {
			if key := "callback.class." + c.Key; c.Result == callbacks.Negative && !words.Has(lang, key) {
				t.Errorf("%s has no words in %s", key, lang)
			}
		}
		for key, text := range have {
			if zh[key] == "" {
				t.Errorf("%s exists in %s only", key, lang)
			}
			for _, p := range paramsOf(text) {
				if !slices.Contains(paramsOf(zh[key]), p) {
					t.Errorf("%s in %s has the parameter %s, which nobody fills in", key, lang, p)
				}
			}
			if lang == i18n.Korean && strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }) {
				t.Errorf("%s in Korean holds other script: %s", key, text)
			}
			if lang == i18n.Japanese && strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
				t.Errorf("%s in Japanese holds other script: %s", key, text)
			}
		}
	}
	for lang, keys := range map[string][]string{i18n.Japanese: words.Keys(i18n.Korean), i18n.Korean: words.Keys(i18n.Japanese)} {
		for _, key := range keys {
			if !words.Has(lang, key) {
				t.Errorf("%s has no words in %s", key, lang)
			}
		}
	}
}

// TestNames: what the catalogue begins with has names in Japanese and Korean; what a firm has renamed keeps its own.
func TestNames(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := catalog.Seed(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		snap, err := catalog.New(d).Current(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		check := func(v interface{ Name(lang string) string }) {
			t.Helper()
			for _, lang := range []string{i18n.Japanese, i18n.Korean} {
				if catalog.NameIn(lang, v) == v.Name(lang) {
					t.Errorf("%q has no name in %s", v.Name(i18n.English), lang)
				}
			}
		}
		for _, c := range snap.Categories() {
			check(c)
			for _, sym := range snap.Symptoms(c.Code) {
				check(sym)
			}
		}
		for _, st := range snap.ServiceTypes() {
			check(st)
		}
		for _, sk := range snap.Skills() {
			check(sk)
		}
		if got := catalog.NameIn(i18n.Japanese, catalog.Category{NameZh: "自家品类", NameEn: "Our own line"}); got != "Our own line" {
			t.Errorf("a renamed row is called %q", got)
		}
	})
}

// TestScripts: what to do about a danger is told in every language.
func TestScripts(t *testing.T) {
	t.Parallel()
	words := i18n.Must(Words, cases.Words)
	for _, d := range knowledge.Dangers {
		for _, lang := range i18n.CustomerLanguages() {
			if !words.Has(lang, scriptOf(d)) {
				t.Errorf("%s has no words in %s", scriptOf(d), lang)
			}
		}
		if (d.Safety() == "") != (d == knowledge.Water) {
			t.Errorf("the danger %s is %q to cases", d, d.Safety())
		}
	}
}

var (
	styles   = regexp.MustCompile(`(?s)<(style|script)[^>]*>.*?</(style|script)>`)
	ownWords = regexp.MustCompile(`<(\w+)[^>]*(translate="no"|data-own-words|lang="(?:en|ja|ko|zh-CN)")[^>]*>[^<]*</\w+>`)
	tags     = regexp.MustCompile(`<[^>]*>`)
	rawKey   = regexp.MustCompile(`(?:^|\s)[a-z][a-z0-9]*(?:\.[a-z_][a-zA-Z0-9_]*)+(?:$|\s)`)
	latin    = regexp.MustCompile(`[A-Za-z]{2,}`)
)

// shown is the text of a page without what names things or was typed.
func shown(page string) string {
	_, page, _ = strings.Cut(page, "<body>")
	page = ownWords.ReplaceAllString(styles.ReplaceAllString(page, ""), "")
	return tags.ReplaceAllString(page, " ")
}

// TestEveryLanguage walks a customer's pages in all four languages: no key without words, no raw key, no English word on a
// Chinese page.
func TestEveryLanguage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		deps := f.con.Deps
		deps.Words = f.words.Reporting(func(lang, key, trouble string) { t.Errorf("%s in %s: %s", key, lang, trouble) })
		f.con = New(deps)
		h := f.site()
		look := func(path string, status int) {
			t.Helper()
			for _, lang := range i18n.CustomerLanguages() {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				w := ask(t, h, http.MethodGet, path+sep+"lang="+lang, nil)
				page := w.Body.String()
				if w.Code != status || !strings.Contains(page, `<html lang="`+lang+`"`) {
					t.Errorf("%s in %s: %d, want %d", path, lang, w.Code, status)
					continue
				}
				text := shown(page)
				if key := rawKey.FindString(text); key != "" {
					t.Errorf("%s in %s shows the key %s", path, lang, key)
				}
				if lang != i18n.Chinese {
					continue
				}
				for _, word := range latin.FindAllString(text, -1) {
					if strings.ToUpper(word) != word && !slices.Contains([]string{"km", "hz", "own"}, word) {
						t.Errorf("%s in Chinese shows %q", path, word)
					}
				}
			}
		}
		look("/", http.StatusOK)
		look("/report?brand=ONE", http.StatusOK)
		for _, c := range []string{"AC", "GWH", "WM", "TV", "SL"} {
			look("/report?brand=ONE&category="+c, http.StatusOK)
			look("/report?brand=ONE&category="+c+"&symptom="+c+"-S01", http.StatusOK)
			look("/report?brand=ONE&category="+c+"&symptom=other&safe=fire", http.StatusOK)
		}
		for _, danger := range []string{"gas", "co", "fire", "water"} {
			look("/report?brand=ONE&category=GWH&danger="+danger, http.StatusOK)
		}
		look("/report?brand=ONE&category=AC&service_type=INST", http.StatusOK)
		look("/nothing", http.StatusNotFound)
		look("/c/nothing", http.StatusNotFound)
		look("/b/nothing", http.StatusNotFound)
		mine := "/l/" + f.trackLink(f.CaseID)
		look(mine, http.StatusOK)
		look(mine+"?cancel=1", http.StatusOK)
		look(mine+"/units", http.StatusOK)
		for _, done := range doneActs {
			look(mine+"?done="+done, http.StatusOK)
		}
		o := f.Accepted()
		look(mine+"?times="+string(o.ID), http.StatusOK)
		v := f.Planned(o.ID)
		look(mine, http.StatusOK)
		f.drive(v, true)
		look(mine, http.StatusOK)
		badge, err := f.con.ShowBadge(f.Engineer(f.Li), v.ID)
		f.Must(err)
		look(strings.TrimPrefix(badge.URL, "https://anxin.test"), http.StatusOK)
		f.Advance(2 * time.Hour)
		look(mine, http.StatusNotFound) // over by now
		done, _ := f.Completed()
		open := f.asked(done)
		look("/l/"+f.link(identity.LinkInput{Purpose: purposeRate, RecordKind: "callback", RecordID: string(open.ID), BrandID: string(f.One), Lang: "en", Valid: time.Hour}), http.StatusOK)
	})
}

// TestWhichLanguage: a page speaks the language chosen in the address, there before, with us, or by the browser.
func TestWhichLanguage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		mine := "/l/" + f.trackLink(f.CaseID)
		speaks := func(path, browser, cookie, want string) {
			t.Helper()
			r := newRequest(t, http.MethodGet, path, nil)
			r.Header.Set("Accept-Language", browser)
			if cookie != "" {
				r.AddCookie(&http.Cookie{Name: "lang", Value: cookie})
			}
			w := serve(h, r)
			if !strings.Contains(w.Body.String(), `<html lang="`+want+`"`) {
				t.Errorf("%s by %q, cookie %q: not %s", path, browser, cookie, want)
			}
			if set := w.Header().Get("Set-Cookie"); strings.Contains(set, "lang=") != strings.Contains(path, "lang="+want) {
				t.Errorf("%s by %q: sets %q", path, browser, set)
			}
		}
		speaks("/", "ja-JP", "", "ja")
		speaks("/", "ja-JP", "ko", "ko")
		speaks("/?lang=en", "ja-JP", "ko", "en")
		speaks("/?lang=tlh", "ko-KR", "", "ko")
		speaks("/", "fr", "tlh", "zh-CN")
		speaks(mine, "en", "", "en")
		c, err := f.Customers.Get(f.Ctx, d, f.Customer.ID)
		f.Must(err)
		ja := i18n.Japanese
		_, err = f.Customers.Edit(f.Ctx, customers.EditInput{ID: c.ID, Version: c.Version, Lang: &ja})
		f.Must(err)
		speaks(mine, "en", "", "ja")
		speaks(mine+"?lang=en", "zh", "", "en")
		speaks(mine, "zh", "ko", "ko")
	})
}

// TestGuided: a report out of taps alone names what was chosen, tells the answers, keeps the danger, takes a pasted address
// apart, and is one case however often it is sent.
func TestGuided(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		page := ask(t, h, http.MethodGet, "/report?brand=ONE&category=AC&symptom=AC-S01&safe=fire", nil).Body.String()
		for _, want := range []string{`name="q_outdoor" value="no"`, `name="q_code"`, `name="media"`, `name="safe" value="fire"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s is not on the form", want)
			}
		}
		key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(page)[1]
		form := url.Values{
			"brand": {"ONE"}, "category": {"AC"}, "symptom": {"AC-S01"}, "safe": {"fire"}, "key": {key}, "q_outdoor": {"no"}, "q_airflow": {"weak"}, "q_filter": {"perhaps"}, "q_code": {"E5"},
			"address": {"张三 13700000009 浙江省杭州市西湖区文三路90号3幢2单元501室"}, "consent": {"yes"},
		}
		w := ask(t, h, http.MethodPost, "/report", form)
		if w.Code != http.StatusSeeOther {
			t.Fatalf("report: %d\n%s", w.Code, shown(w.Body.String()))
		}
		again := ask(t, h, http.MethodPost, "/report", form)
		if again.Code != http.StatusSeeOther {
			t.Fatalf("sent again: %d", again.Code)
		}
		list, err := f.Cases.List(f.Ctx, cases.Filter{Limit: 10})
		f.Must(err)
		var mine []cases.Case
		for _, c := range list {
			if c.Symptom == "AC-S01" {
				mine = append(mine, c)
			}
		}
		if len(mine) != 1 {
			t.Fatalf("%d cases of one form", len(mine))
		}
		texts, err := f.Cases.TextsOf(f.Ctx, mine[0])
		f.Must(err)
		if texts.Summary != "no or weak cooling" || !strings.Contains(texts.Detail, "Does the outdoor unit run? no\nHow is the airflow? weak\nCode on the display E5") {
			t.Errorf("the case says %q, %q", texts.Summary, texts.Detail)
		}
		if mine[0].Safety != cases.Fire || mine[0].Priority != "P1" {
			t.Errorf("danger %q, priority %q", mine[0].Safety, mine[0].Priority)
		}
		cu, err := f.Customers.Get(f.Ctx, d, mine[0].CustomerID)
		f.Must(err)
		if cu.Name != "张三" || !strings.HasSuffix(cu.PrimaryPhone(), "13700000009") {
			t.Errorf("the customer is %q, %q", cu.Name, cu.PrimaryPhone())
		}
		form.Del("consent")
		form.Set("note", "x")
		if page := ask(t, h, http.MethodPost, "/report", form).Body.String(); !strings.Contains(page, `value="13700000009"`) || !strings.Contains(page, "Read as: 浙江省 杭州市 西湖区") || !strings.Contains(page, `value="no" checked`) {
			t.Errorf("the form does not keep what was said:\n%s", page)
		}
	})
}

// TestCancelTells: a customer cancels only after being told what it means, and by post.
func TestCancelTells(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		mine := "/l/" + f.trackLink(f.CaseID)
		if page := ask(t, h, http.MethodGet, mine, nil).Body.String(); strings.Contains(page, `value="cancel"`) || !strings.Contains(page, "?cancel=1") {
			t.Error("a customer cancels without being told what it means")
		}
		if page := ask(t, h, http.MethodGet, mine+"?cancel=1", nil).Body.String(); !strings.Contains(page, "Nothing is charged") || !strings.Contains(page, `value="cancel"`) {
			t.Error("the consequences are not told")
		}
		if w := ask(t, h, http.MethodPost, mine, url.Values{"act": {"cancel"}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Nothing is charged") {
			t.Errorf("cancelled without saying so: %d", w.Code)
		}
		if w := ask(t, h, http.MethodPost, mine, url.Values{"act": {"cancel"}, "sure": {"yes"}}); w.Code != http.StatusSeeOther {
			t.Fatalf("cancel: %d", w.Code)
		}
		if c, err := f.Cases.Find(f.Ctx, d, f.CaseID); err != nil || c.State != cases.Cancelled {
			t.Errorf("the case is %s, %v", c.State, err)
		}
	})
}

// TestKept: where a page cannot come back, what was typed is shown.
func TestKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		mine := "/l/" + f.trackLink(f.CaseID)
		f.Advance(2 * time.Hour)
		w := ask(t, h, http.MethodPost, mine, url.Values{"act": {"rate"}, "score": {"1"}, "note": {"<b>he was late</b>"}})
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "&lt;b&gt;he was late&lt;/b&gt;") || !strings.Contains(w.Body.String(), "has expired") {
			t.Errorf("an expired link loses what was typed: %d\n%s", w.Code, shown(w.Body.String()))
		}
		f.con.Intake = nil // whatever breaks
		w = ask(t, h, http.MethodPost, "/report", url.Values{"brand": {"ONE"}, "category": {"AC"}, "text": {"it hums"}, "name": {"x"}, "phone": {"13700000001"}, "consent": {"yes"}})
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "it hums") || !strings.Contains(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("a page that breaks: %d %s\n%s", w.Code, w.Header().Get("Content-Type"), shown(w.Body.String()))
		}
	})
}

// TestHostileTexts: whatever stands in the lists of hostile texts adds no markup to a page and breaks none.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	list := hostileTexts(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.site()
		form := func(text string) url.Values {
			return url.Values{"brand": {"ONE"}, "category": {"GWH"}, "text": {text}, "name": {text}, "phone": {text}, "address": {text}, "q_code": {text}}
		}
		marks := func(page string) string {
			_, page, _ = strings.Cut(page, "<form")
			return fmt.Sprint(strings.Count(page, "<"), strings.Count(page, ">"), strings.Count(page, `"`))
		}
		plain := ask(t, h, http.MethodPost, "/report", form("plain")).Body.String()
		for _, text := range list {
			w := ask(t, h, http.MethodPost, "/report", form(text))
			if w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%q: %d, want 422", text, w.Code)
			}
			page := strings.ReplaceAll(w.Body.String(), `<p class="soft">Read as:`, `<p>`)
			page = noteRead.ReplaceAllString(page, "")
			page = fieldError.ReplaceAllString(page, "")
			if got, want := marks(page), marks(fieldError.ReplaceAllString(plain, "")); got != want {
				t.Errorf("%q changes the page: %s marks, want %s", text, got, want)
			}
		}
		for i, text := range list { // kept and shown again
			if i%12 != 0 || strings.TrimSpace(text) == "" {
				continue
			}
			in := form(text)
			in.Set("phone", fmt.Sprintf("137%08d", i))
			in.Set("consent", "yes")
			w := ask(t, h, http.MethodPost, "/report", in)
			if w.Code == http.StatusUnprocessableEntity {
				continue // refused with words
			}
			if w.Code != http.StatusSeeOther {
				t.Errorf("%q is answered by %d", text, w.Code)
				continue
			}
			page := ask(t, h, http.MethodGet, w.Header().Get("Location"), nil)
			first, _, _ := strings.Cut(text, "\n")
			if page.Code != http.StatusOK || strings.ContainsAny(first, "<>") && strings.Contains(page.Body.String(), first) {
				t.Errorf("%q on the case's page: %d, or as markup", text, page.Code)
			}
		}
	})
}

var (
	noteRead   = regexp.MustCompile(`<p>[^<]*</p>`)
	fieldError = regexp.MustCompile(`<p class="err" role="alert">[^<]*</p>`)
)
