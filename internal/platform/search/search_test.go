package search

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

type fixture struct {
	*Service
	t   testing.TB
	ctx context.Context
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	t.Helper()
	return &fixture{New(d, crypttest.New(t, d), nil), t, context.Background()}
}

func (f *fixture) index(docs ...Doc) {
	f.t.Helper()
	if err := db.InTx0(f.ctx, f.db, func(ctx context.Context, tx *db.Tx) error {
		for _, d := range docs {
			if d.Kind == "" {
				d.Kind = "case"
			}
			if err := f.IndexTx(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) remove(kind, id string) {
	f.t.Helper()
	if err := db.InTx0(f.ctx, f.db, func(ctx context.Context, tx *db.Tx) error { return f.RemoveTx(ctx, tx, kind, id) }); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) query(r Query) Result {
	f.t.Helper()
	out, err := f.Query(f.ctx, r)
	if err != nil {
		f.t.Fatalf("Query(%+v): %v", r, err)
	}
	return out
}

// found lists the ids that a text finds, in the order of the answer.
func (f *fixture) found(text string) string {
	f.t.Helper()
	return ids(f.query(Query{Text: text, Scope: Scope{All: true}}))
}

func ids(r Result) string {
	list := make([]string, len(r.Hits))
	for i, h := range r.Hits {
		list[i] = h.ID
	}
	return strings.Join(list, " ")
}

func TestWhatIsFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.index(
			Doc{ID: "c1", Text: []string{"客户反映空调不制冷,型号KFR-35GW/NhGc1B"}},
			Doc{ID: "c2", Text: []string{"洗衣机漏水,Siemens iQ300,预约明天上午"}},
			Doc{ID: "c3", Text: []string{"冰箱冷藏室结冰", "ice maker is broken"}},
			Doc{ID: "c4", Text: []string{"エアコンが冷えない", "냉장고 고장"}},
			Doc{ID: "c5", Text: []string{"空气净化器调试"}},
			Doc{ID: "c6", Text: []string{"Größe café naïve"}},
			Doc{ID: "c7", Title: "试机问题"},
		)
		for _, tt := range []struct{ text, want string }{
			{"空调", "c1"}, // c5 has both characters, apart
			{"不制冷", "c1"},
			{"空调不制冷", "c1"},
			{"制冷空调", ""},
			{"空调 型号", "c1"},
			{"冰", "c3"}, // the last of its run
			{"水", "c2"},
			{"冷", "c1"},
			{"试", "c7 c5"},
			{"机", "c7"}, // anywhere in a title
			{"kfr", "c1"},
			{"KFR-35GW", "c1"},
			{"kf 空调", "c1"},
			{"fr", ""}, // not the beginning of a word
			{"siem", "c2"},
			{"iq300 洗衣", "c2"},
			{wide("kfr"), "c1"},
			{"ICE broken", "c3"},
			{"エアコン", "c4"},
			{"냉장", "c4"},
			{"café", "c6"},
			{"cafe\u0301", "c6"},
			{"GRÖSSE", ""},
			{"größe", "c6"},
			{"没有这个", ""},
			{"", ""},
			{" .,-*\"'():&|! ", ""},
			{"空调 没有", ""},
		} {
			if got := f.found(tt.text); got != tt.want {
				t.Errorf("%q finds %q, want %q", tt.text, got, tt.want)
			}
		}
		// Whatever is typed is words, never the engine's own language.
		for _, text := range []string{`"`, `'`, `\`, "空调\x00", `" OR "`, "kfr:*", "NEAR(空调 制冷)", "tokens : 空调", "空调 AND", "~kabc", "=c1", "^空调", "a'b", `空"调`, strings.Repeat("长", 5000), strings.Repeat("w ", 500)} {
			if _, err := f.Query(f.ctx, Query{Text: text, Scope: Scope{All: true}}); err != nil {
				t.Errorf("Query(%.20q) = %v", text, err)
			}
		}
	})
}

// wide writes ASCII in full-width characters.
func wide(s string) string {
	return strings.Map(func(r rune) rune { return r + 0xFEE0 }, s)
}

func TestChangeAndRemove(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.index(Doc{ID: "c1", Text: []string{"空调"}}, Doc{ID: "c2", Text: []string{"空调"}}, Doc{Kind: "unit", ID: "c1", Text: []string{"空调"}})
		if got := f.found("空调"); got != "c1 c2 c1" {
			t.Errorf("found %q, want all three, newest first", got)
		}
		f.index(Doc{ID: "c1", Text: []string{"冰箱"}})
		if got := f.found("空调"); got != "c1 c2" {
			t.Errorf("after the change 空调 finds %q, want the unit and c2", got)
		}
		if got := f.found("冰箱"); got != "c1" {
			t.Errorf("after the change 冰箱 finds %q, want c1", got)
		}
		f.remove("case", "c1")
		f.remove("case", "never-there")
		if got := f.found("冰箱"); got != "" {
			t.Errorf("after removal 冰箱 finds %q", got)
		}
		// Changed several times before the index follows: the last word counts.
		f.index(Doc{ID: "c3", Text: []string{"洗衣机"}})
		f.index(Doc{ID: "c3", Text: []string{"烘干机"}})
		f.remove("case", "c2")
		f.index(Doc{ID: "c2", Text: []string{"微波炉"}})
		if got := f.found("洗衣") + "|" + f.found("烘干") + "|" + f.found("微波"); got != "|c3|c2" {
			t.Errorf("after many changes: %q", got)
		}
		// A change that was rolled back is not found.
		boom := errors.New("boom")
		if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			return errors.Join(f.IndexTx(ctx, tx, Doc{Kind: "case", ID: "c9", Text: []string{"电视"}}), boom)
		}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if got := f.found("电视"); got != "" {
			t.Errorf("rolled back, but found: %q", got)
		}
		if n, err := db.Get(f.ctx, d, db.ScanInt, `SELECT count(*) FROM search_pending`); n != 0 || err != nil {
			t.Errorf("%d rows left in the queue, %v", n, err)
		}
		if err := f.Tidy(f.ctx); err != nil {
			t.Errorf("Tidy = %v", err)
		}
	})
}

func TestTermsAndPersonalValues(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.index(
			Doc{ID: "c1", Terms: []string{"C2611-000123", "SN 8899-AB"}, Lookups: []Lookup{
				{crypt.KindPhone, "13800000001"}, {crypt.KindPhone4, "13800000001"}, {crypt.KindIDCard, "11010519491231002X"}, {crypt.KindEmail, "a@b.cn"},
			}},
			Doc{ID: "c2", Text: []string{"电话13800000001,身份证11010519491231002X,邮箱zhang@b.cn,卡4111 1111 1111 1111。回复c2611"}},
			Doc{ID: "c3", Title: "C2611-000123 的后续", Text: []string{"预约"}},
			Doc{ID: "c4", Text: []string{"见 C2611-000123"}},
			Doc{ID: "c6", Title: "欧阳**", Lookups: Names("欧阳锋")},
			Doc{ID: "c7", Title: "解**", Lookups: Names("解晓东")},
		)
		for _, tt := range []struct{ text, want string }{
			{"C2611-000123", "c1 c3 c4"}, // the number itself, then the title, then the text
			{"c2611000123", "c1"},
			{wide("C2611-000123"), "c1 c3 c4"},
			{"sn8899ab", "c1"},
			{"SN 8899-AB", "c1"},
			{"13800000001", "c1"},
			{"138 0000 0001", "c1"},
			{"+86-13800000001", "c1"},
			{wide("13800000001"), "c1"},
			{"0001", "c1 c3 c4"}, // the last four, then the beginning of a word
			{"13800000002", ""},
			{"11010519491231002x", "c1"},
			{"A@B.cn", "c1"},
			{"1380000", ""},
			{"002X", ""},
			{"1111", ""},
			{"zhang", ""},
			{"身份", "c2"},
			{"后续 C2611-000123", "c3"},
			{"oyf", "c6"},
			{" OYF ", "c6"},
			{wide("oyf"), "c6"},
			{"欧阳锋", "c6"},
			{"欧阳", "c6"}, // what the masked title shows
			{"欧阳修", ""},
			{"oy", ""},
			{"oyfx", ""},
			{"xxd", "c7"},
			{"jxd", "c7"},
			{"解晓东", "c7"},
		} {
			if got := f.found(tt.text); got != tt.want {
				t.Errorf("%q finds %q, want %q", tt.text, got, tt.want)
			}
		}
		hits := f.query(Query{Text: "C2611-000123", Scope: Scope{All: true}}).Hits
		if hits[0].Match != ByTerm || hits[1].Match != ByTitle || hits[2].Match != ByText {
			t.Errorf("matches = %v", hits)
		}
		// No seeded number stands anywhere in the index, nor in the queue.
		f.index(Doc{ID: "c5", Text: []string{"13800000001 zhang@b.cn"}, Lookups: []Lookup{{crypt.KindPhone, "13800000001"}}})
		for _, q := range []string{`SELECT COALESCE(tokens, '') FROM search_pending`, `SELECT record_id FROM search_doc`} {
			rows, err := db.List(f.ctx, d, db.ScanString, q)
			if err != nil || strings.Contains(strings.Join(rows, " "), "1380") || strings.Contains(strings.Join(rows, " "), "0001") || strings.Contains(strings.Join(rows, " "), "oyf") {
				t.Errorf("%s: %v, %v", q, rows, err)
			}
		}
	})
}

// TestNoNumberInTheFile greps SQLite's whole file: what FTS5 keeps is not told by any query.
func TestNoNumberInTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	src := dbtest.SQLite(t)
	if _, err := src.Writer().ExecContext(t.Context(), `VACUUM INTO '`+path+`'`); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), path, db.Options{Unsafe: true})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, d)
	f.index(Doc{
		ID: "c1", Title: "王小明 13800000001", Text: []string{"座机0571-87654321,转13900000002", "11010519491231002X markerword"},
		Lookups: []Lookup{{crypt.KindPhone, "13800000001"}},
	})
	if f.found("markerword") != "c1" {
		t.Fatal("not indexed")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		seen += strings.Count(string(raw), "markerword")
		for _, secret := range []string{"13800000001", "1390000", "87654321", "0002", "4321", "19491231", "002x"} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("%s stands in %s", secret, filepath.Base(name))
			}
		}
	}
	if seen == 0 {
		t.Error("the words are not in the file: this test looks at the wrong place")
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var docs []Doc
		for _, brand := range []string{"haier", "midea", ""} {
			for _, path := range []string{"/hz/", "/hz/xihu/", "/hz/xihu2/", "/sh/", ""} {
				docs = append(docs, Doc{Kind: "order", ID: "o" + brand + path, Brand: brand, OutletPath: path, Text: []string{"空调"}})
			}
		}
		docs = append(docs, Doc{Kind: "case", ID: "seen", Brand: "haier", Text: []string{"空调"}}, Doc{Kind: "case", ID: "hidden", Brand: "haier", Text: []string{"空调"}},
			Doc{Kind: "case", ID: "other brand", Brand: "midea", Text: []string{"空调"}})
		f.index(docs...)
		var asked []string
		visible := map[string]Visible{"case": func(_ context.Context, ids []string) (map[string]bool, error) {
			asked = append(asked, ids...)
			return map[string]bool{"seen": true, "other brand": true}, nil
		}}
		for _, tt := range []struct {
			name string
			r    Query
			want string
		}{
			{"everything", Query{Scope: Scope{All: true}, Limit: 50, Kinds: []string{"case"}}, "other brand,hidden,seen"},
			{"two kinds, the newest three", Query{Scope: Scope{All: true}, Limit: 3, Kinds: []string{"order", "case"}}, "omidea/sh/,omidea/hz/xihu2/,omidea/hz/xihu/"},
			{"nothing", Query{}, ""},
			{"a brand without an outlet", Query{Scope: Scope{Brands: []string{"haier"}}}, ""},
			{"no brand at all", Query{Scope: Scope{Brands: []string{}, OutletPaths: []string{"/"}}, Kinds: []string{"order"}}, "o,o/sh/,o/hz/xihu2/,o/hz/xihu/,o/hz/"},
			{"a subtree", Query{Scope: Scope{Brands: []string{"haier"}, OutletPaths: []string{"/hz/"}}}, "o/hz/xihu2/,o/hz/xihu/,o/hz/,ohaier/hz/xihu2/,ohaier/hz/xihu/,ohaier/hz/"},
			{"a leaf, not its neighbour of like name", Query{Scope: Scope{OutletPaths: []string{"/hz/xihu/"}}}, "o/hz/xihu/,omidea/hz/xihu/,ohaier/hz/xihu/"},
			{"two subtrees", Query{Scope: Scope{Brands: []string{"midea"}, OutletPaths: []string{"/sh/", "/hz/xihu/"}}}, "o/sh/,o/hz/xihu/,omidea/sh/,omidea/hz/xihu/"},
			{"an unknown outlet", Query{Scope: Scope{OutletPaths: []string{"/nj/"}}}, ""},
			{"the centre of one brand", Query{Scope: Scope{Brands: []string{"haier"}, OutletPaths: []string{"/"}}, Kinds: []string{"case"}}, "hidden,seen"},
			{"a callback", Query{Scope: Scope{Brands: []string{"haier"}, OutletPaths: []string{"/sh/"}}, VisibleOf: visible}, "seen,o/sh/,ohaier/sh/"},
			{"a callback alone", Query{Scope: Scope{}, VisibleOf: visible}, "other brand,seen"},
			{"a callback is asked even when all is in scope", Query{Scope: Scope{All: true}, VisibleOf: visible, Kinds: []string{"case"}}, "other brand,seen"},
			{"one callback for all kinds", Query{Scope: Scope{All: true}, Visible: visible["case"], Kinds: []string{"case"}}, "other brand,seen"},
			{"one callback in place of outlets, not of brands", Query{Scope: Scope{Brands: []string{"haier"}}, Visible: visible["case"], Kinds: []string{"case"}}, "seen"},
		} {
			tt.r.Text = "空调"
			for _, tt.r.Any = range []bool{false, true} {
				got := f.query(tt.r)
				list := make([]string, len(got.Hits))
				for i, h := range got.Hits {
					list[i] = h.ID
				}
				want := strings.Split(tt.want, ",")
				slices.Sort(list)
				slices.Sort(want)
				if strings.Join(list, ",") != strings.Join(want, ",") || got.More && tt.r.Limit != 3 {
					t.Errorf("%s (any: %v): %q, more %v; want %q", tt.name, tt.r.Any, strings.Join(list, ","), got.More, tt.want)
				}
			}
		}
		if slices.Contains(asked, "other brand") == false || slices.ContainsFunc(asked, func(s string) bool { return strings.Contains(s, "/") }) {
			t.Errorf("the callback was asked about %v, want cases only", asked)
		}
		boom := errors.New("boom")
		_, err := f.Query(f.ctx, Query{Text: "空调", VisibleOf: map[string]Visible{"case": func(context.Context, []string) (map[string]bool, error) { return nil, boom }}})
		if !errors.Is(err, boom) {
			t.Errorf("Query with a failing callback = %v", err)
		}
	})
}

func TestScopeOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   access.Scope
		want string
	}{
		{access.Everything, "{true [] [/]}"},
		{access.Scope{}, "{false [] []}"},
		{access.Scope{OutletPath: "/hz/", Brands: []string{"b"}}, "{false [b] [/hz/]}"},
		{access.Scope{OutletPath: "/", Brands: []string{"b"}}, "{false [b] [/]}"},
	} {
		if got := fmt.Sprint(ScopeOf(tt.in)); got != tt.want {
			t.Errorf("ScopeOf(%+v) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestCountAndOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		const n = 20000 // several ranges of PostgreSQL
		for at := 0; at < n; at += 2500 {
			var docs []Doc
			for i := at; i < at+2500; i++ {
				doc := Doc{ID: fmt.Sprintf("%05d", i), OutletPath: "/hz/", Text: []string{"空调"}}
				if i%10 == 0 {
					doc.Text = append(doc.Text, "冰箱")
				}
				if i%1000 == 7 {
					doc.Text = append(doc.Text, "洗衣机")
				}
				if i < 3 {
					doc.Title = "空调"
				}
				if i < 2000 {
					doc.Text = append(doc.Text, "旧的")
				}
				docs = append(docs, doc)
			}
			f.index(docs...)
		}
		if _, err := f.Flush(f.ctx); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			text, first string
			count       int
			more        bool
		}{
			{"空调", "00002 00001 00000 19999", 1000, true}, // titles, though old, then the newest
			{"冰箱", "19990 19980 19970 19960", 1000, true},
			{"洗衣", "19007 18007 17007 16007", 20, false},
			{"空调 洗衣", "19007 18007 17007 16007", 20, false},
			{"旧的", "01999 01998 01997 01996", 1000, true},
			{"旧的 洗衣", "01007 00007", 2, false},
		} {
			got := f.query(Query{Text: tt.text, Scope: Scope{All: true}, Limit: 4})
			if ids(got) != tt.first || got.Total != tt.count || got.More != tt.more {
				t.Errorf("%s: %s, %d, more %v; want %s, %d, %v", tt.text, ids(got), got.Total, got.More, tt.first, tt.count, tt.more)
			}
		}
		// A callback that hides all but old ones: later rounds reach them.
		got := f.query(Query{Text: "空调", Limit: 4, VisibleOf: map[string]Visible{"case": func(_ context.Context, list []string) (map[string]bool, error) {
			out := map[string]bool{}
			for _, id := range list {
				out[id] = id < "17000" && id[4] == '5'
			}
			return out, nil
		}}})
		if ids(got) != "16995 16985 16975 16965" || !got.More {
			t.Errorf("hidden newest hits: %s, more %v", ids(got), got.More)
		}
	})
}

func TestAny(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.index(
			Doc{ID: "both", Text: []string{"空调不制冷怎么办"}},
			Doc{ID: "one", Text: []string{"空调安装"}},
			Doc{ID: "rare", Text: []string{"压缩机异响"}},
			Doc{ID: "none", Text: []string{"冰箱"}},
			Doc{ID: "common1", Text: []string{"空调清洗"}},
			Doc{ID: "common2", Text: []string{"空调移机"}},
		)
		got := f.query(Query{Text: "我家空调不制冷了,有异响", Any: true, Scope: Scope{All: true}})
		if !strings.HasPrefix(ids(got), "both rare ") || strings.Contains(ids(got), "none") || got.Total != 5 {
			t.Errorf("Any = %s, %d", ids(got), got.Total)
		}
		if got := f.found("我家空调不制冷了,有异响"); got != "" {
			t.Errorf("all words = %q, want none", got)
		}
	})
}

func TestRunFollowsChanges(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		other := &fixture{New(d, f.keys, nil), t, f.ctx} // a node that wrote nothing
		other.dirty.Store(false)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		var wg sync.WaitGroup
		for i := range 8 { // many writers at once, several indexers
			wg.Go(func() {
				for j := range 20 {
					f.index(Doc{ID: fmt.Sprintf("%d-%d", i, j), Text: []string{"并发"}}, Doc{ID: "shared", Text: []string{"并发", fmt.Sprint("version", i)}})
				}
				if _, err := other.Flush(ctx); err != nil {
					t.Errorf("Flush on another node: %v", err)
				}
			})
		}
		wg.Wait()
		dbtest.Until(t, "the other node finds 161", func() bool { // another node raises no signal here
			return other.query(Query{Text: "并发", Scope: Scope{All: true}}).Total == 161
		})
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}
