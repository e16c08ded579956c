package returns

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/units"
)

// rowsOf counts what refused input must leave as it was.
func (f *fixture) rowsOf() map[string]int64 {
	out := map[string]int64{}
	for _, table := range []string{"return", "line", "purchase", "way", "refund", "payment", "batch", "difference", "dispute", "operation", "shipment", "claim"} {
		out[table] = f.count(`SELECT COUNT(*) FROM returns_` + table)
	}
	out["versions"] = f.count(`SELECT COALESCE(CAST(SUM(version) AS BIGINT), 0) FROM returns_return`)
	out["promised"] = f.count(`SELECT COALESCE(CAST(SUM(committed + sent) AS BIGINT), 0) FROM returns_purchase`)
	out["refunds"] = f.balance("returns:refunds") + f.balance(taxAccount)
	return out
}

// TestBadInputWords: bad input over the API is refused with words at its field in Chinese and in English, and changes
// nothing: no row, no promise of money, no posting.
func TestBadInputWords(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := apitest.New(t, d, apitest.Plain{}, apitest.Narrowed{ID: "admin", Lang: "en"}, []fs.FS{units.Words, catalog.Words, entitlement.Words, files.Words, crypt.Words, calendar.Words, Words}, f.Service)
		call := func(lang, path, body string) (int, map[string]any) {
			return api.Call(http.MethodPost, path, body, "Accept-Language", lang)
		}
		foreign := f.newUnit("SN-TWO", f.two)
		gone := f.newUnit("SN-GONE", f.one)
		f.must(db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.Units.RetireTx(ctx, tx, units.StateInput{ID: gone.ID})
			return err
		}))
		request := func(lines ...string) string {
			return fmt.Sprintf(`{"type":"return","brand_id":%q,"reason":"return_defect","lines":[%s]}`, f.one, strings.Join(lines, ","))
		}
		bought := func(more string) string {
			return `{"currency":"CNY","item":"电水壶","order_no":"88-1","seller":"某超市","elsewhere":true` + more + `}`
		}
		unit := func(more string) string { return fmt.Sprintf(`{"unit_id":%q%s}`, f.unit.ID, more) }
		// One purchase elsewhere and one unit stand in open requests, the first with a refund on its way.
		code, first := call("en", "/returns", strings.Replace(request(bought(`,"price":9900,"paid":9900`)), `"return"`, `"refund_only"`, 1))
		if code != 201 {
			t.Fatalf("the first request: %d %v", code, first)
		}
		kettle := f.get(ID(first["id"].(string)))
		_, err := f.Approve(f.ctx, ApproveInput{ActInput: in(kettle)})
		f.must(err)
		f.paid()
		held := f.newUnit("SN-HELD", f.one)
		if code, out := call("en", "/returns", request(fmt.Sprintf(`{"unit_id":%q}`, held.ID))); code != 201 {
			t.Fatalf("the second request: %d %v", code, out)
		}
		other := `,"order_no":"99-9"`
		was := f.rowsOf()
		for _, tt := range []struct {
			name, body, field, zh, en string
		}{
			{"delivered before it was sold", request(bought(other + `,"price":1,"dates":{"sold":"2026-11-20","delivered":"2026-11-19"}`)), "lines[0].dates.delivered", "不能早于 2026-11-20", "cannot lie before 2026-11-20"},
			{"activated before it was made", request(bought(other + `,"price":1,"dates":{"made":"2026-11-20","activated":"2026-11-19"}`)), "lines[0].dates.activated", "不能早于 2026-11-20", "cannot lie before 2026-11-20"},
			{"installed before it was delivered", request(bought(other + `,"price":1,"dates":{"delivered":"2026-11-20","installed":"2026-11-19"}`)), "lines[0].dates.installed", "互相矛盾", "contradict"},
			{"a fault before the purchase", request(unit(`,"fault":{"reported":"2026-11-01"}`)), "lines[0].fault.reported", "不能早于 2026-11-12", "cannot lie before 2026-11-12"},
			{"noticed before the purchase", request(unit(`,"return":{"noticed":"2026-11-01"}`)), "lines[0].return.noticed", "不能早于 2026-11-12", "cannot lie before 2026-11-12"},
			{"another day than the record's", request(unit(`,"dates":{"delivered":"2026-11-17"}`)), "lines[0].dates.delivered", "与档案记录不一致", "contradicts our record"},
			{"another price than the record's", request(unit(`,"price":1,"paid":1`)), "lines[0].price", "与档案记录不一致", "contradicts our record"},
			{"bought tomorrow", request(bought(other + `,"price":1,"dates":{"sold":"2026-11-24"}`)), "lines[0].dates.sold", "今天是 2026-11-23", "today is 2026-11-23"},
			{"noticed tomorrow", request(unit(`,"return":{"noticed":"2026-11-24"}`)), "lines[0].return.noticed", "日期在将来", "in the future"},
			{"a fault of tomorrow", request(unit(`,"fault":{"reported":"2026-11-24"}`)), "lines[0].fault.reported", "日期在将来", "in the future"},
			{"two currencies", request(unit(""), bought(other + `,"price":1`)[:len(bought(other+`,"price":1`))-1]+`,"currency":"USD"}`), "lines[1].currency", "应为 CNY", "CNY is expected"},
			{"another currency than the record's", request(unit(`,"currency":"EUR"`)), "lines[0].currency", "应为 CNY", "CNY is expected"},
			{"another currency than before", strings.ReplaceAll(request(bought(`,"price":9900`)), "CNY", "USD"), "lines[0]", "已在退换货单", "stands in open return"},
			{"no currency that there is", request(`{"currency":"XQZ","item":"a","order_no":"1","price":1}`), "lines[0].currency", "选", "Not one of the choices"},
			{"no price", request(bought(other)), "lines[0].price", "> 0", "> 0"},
			{"a price of zero", request(bought(other + `,"price":0`)), "lines[0].price", "> 0", "> 0"},
			{"a negative price", request(bought(other + `,"price":-1`)), "lines[0].price", "", ""},
			{"more paid than the price", request(bought(other + `,"price":5,"paid":6`)), "lines[0].paid", "0–price", "0–price"},
			{"more than money can be", request(bought(other + `,"price":9007199254740993`)), "lines[0].price", "", ""},
			{"a serial that nobody knows", request(`{"serial":"SN-9999"}`), "lines[0].serial", "没有这个序列号", "No unit bears this serial"},
			{"a serial of another brand's unit", request(`{"serial":"SN-TWO"}`), "lines[0].serial", "没有这个序列号", "No unit bears this serial"},
			{"a serial of another model", request(`{"serial":"SN-0001","model_id":"other"}`), "lines[0].serial", "另一型号", "another model"},
			{"a serial of another unit", request(unit(`,"serial":"SN-HELD"`)), "lines[0].serial", "与档案记录不一致", "contradicts our record"},
			{"a unit of another brand", request(unit(""), fmt.Sprintf(`{"unit_id":%q}`, foreign.ID)), "lines[1].unit_id", "另一品牌", "another brand"},
			{"a unit that is gone", request(fmt.Sprintf(`{"unit_id":%q}`, gone.ID)), "lines[0].unit_id", "换走或停用", "out of use"},
			{"the same unit twice", request(unit(""), `{"serial":"ｓｎ－０００１"}`), "lines[1]", "出现了两次", "twice"},
			{"the same purchase twice", request(bought(other+`,"price":5`), strings.Replace(bought(other+`,"price":5`), "某超市", " 某超市  ", 1)), "lines[1]", "出现了两次", "twice"},
			{"a unit of another request", request(fmt.Sprintf(`{"unit_id":%q}`, held.ID)), "lines[0]", "已在退换货单", "stands in open return"},
			{"a purchase of another request, written otherwise", request(strings.Replace(bought(`,"price":9900`), "88-1", "88 — 1", 1)), "lines[0]", "已在退换货单", "stands in open return"},
		} {
			for lang, want := range map[string]string{"zh-CN": tt.zh, "en": tt.en} {
				code, out := call(lang, "/returns", tt.body)
				said, found := "", false
				errs, _ := out["errors"].([]any)
				for _, e := range errs {
					if e := e.(map[string]any); e["field"] == tt.field {
						said, found = fmt.Sprint(e["message"]), true
					}
				}
				if code != 422 && code != 409 || !found || said == "" || !strings.Contains(said, want) || strings.Contains(said, "problem.") {
					t.Errorf("%s, %s: %d %v; want %q at %s", tt.name, lang, code, out, want, tt.field)
				}
			}
			if now := f.rowsOf(); fmt.Sprint(now) != fmt.Sprint(was) {
				t.Fatalf("%s: %v became %v", tt.name, was, now)
			}
		}
		for _, tt := range []struct {
			name, act, body string
			status          int
			zh, en          string
		}{
			{"withdrawn while the refund is on its way", "withdraw", `{"reason":"customer_withdrew"}`, 409, "款项已发出", "Money was sent"},
			{"rejected while the refund is on its way", "reject", `{"reason":"return_too_late"}`, 409, "当前为", "not possible while"},
			{"less offered while the refund is on its way", "deduct", fmt.Sprintf(`{"line_id":%q,"deductions":[{"code":"damage","amount":5}]}`, kettle.Lines[0].ID), 409, "尚未完成", "another step comes first"},
		} {
			for lang, want := range map[string]string{"zh-CN": tt.zh, "en": tt.en} {
				if code, out := call(lang, "/returns/"+string(kettle.ID)+"/"+tt.act, tt.body); code != tt.status || !strings.Contains(fmt.Sprint(out["title"]), want) {
					t.Errorf("%s, %s: %d %v; want %q", tt.name, lang, code, out, want)
				}
			}
			if now := f.rowsOf(); fmt.Sprint(now) != fmt.Sprint(was) {
				t.Fatalf("%s: %v became %v", tt.name, was, now)
			}
		}
		// Ended, the purchase may come back again, but not as more than was said, and not in another currency.
		f.answered(f.lastBatch(), "ok")
		was = f.rowsOf()
		for body, want := range map[string]string{
			request(bought(`,"price":10000`)):                                       "lines[0].paid returns.contradicts_record",
			strings.ReplaceAll(request(bought(`,"price":9900`)), "CNY", "USD"):      "lines[0].currency returns.currency_differs",
			request(bought(other + `,"price":1,"dates":{"sold":"2026-02-30"}`)):     "lines[0].dates.sold",
			request(bought(other + `,"price":1,"dates":{"sold":"last Tuesday"}`)):   "lines[0].dates.sold",
			request(bought(other + `,"price":1,"dates":{"birthday":"2026-02-01"}`)): "lines[0].dates",
			request(bought(other + `,"price":1.5`)):                                 "lines[0].price",
			strings.Replace(request(bought(other+`,"price":1`)), "CNY", "cny ", 1):  "lines[0].currency",
		} {
			code, out := call("en", "/returns", body)
			if code != 422 || !strings.Contains(fieldWords(out), want) {
				t.Errorf("%s: %d %v; want %s", body, code, out, want)
			}
		}
		if now := f.rowsOf(); fmt.Sprint(now) != fmt.Sprint(was) {
			t.Errorf("%v became %v", was, now)
		}
	})
}

// fieldWords lists the fields of an answer with their codes.
func fieldWords(out map[string]any) string {
	var list []string
	errs, _ := out["errors"].([]any)
	for _, e := range errs {
		e := e.(map[string]any)
		list = append(list, fmt.Sprint(e["field"], " ", e["code"]))
	}
	return strings.Join(list, ", ")
}

func (f *fixture) lastBatch() Batch {
	f.t.Helper()
	list, err := f.Batches(f.ctx, 0, "", false, 1)
	f.must(err)
	return list[0]
}

// TestNoticesThatChangeNothing: a notice that is forged, about nothing of ours, about another account's refund or about
// one that has ended changes nothing and asks nobody; doubled it asks once.
func TestNoticesThatChangeNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		w := newWorld(t, d.Now, 1)
		w.calm, f.client = true, w
		ids := map[string]AccountID{}
		for kind := range onlineKinds {
			ids[kind] = f.account(kind).ID
		}
		_, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Version: 1, Policy: Policy{Limits: []Limit{{Auto: 500_000, Person: 600_000}}}})
		f.must(err)
		for kind, way := range map[string]string{"wechat": "wechat", "alipay": "alipay", "stripe": "card"} {
			f.unit = f.newUnit("SN-"+kind, f.one)
			w.payments[kind+"/pay"], w.paid[kind+"/pay"] = 399_900, 399_900
			r := f.opened(func(in *RequestInput) {
				in.Case, in.Type, in.Reason = "", RefundOnly, "return_defect"
				in.Lines[0].Price, in.Lines[0].Paid, in.Lines[0].Ways = 399_900, 399_900, []WayInput{{Way: way, Paid: 399_900, Ref: "pay"}}
			})
			if r.Decision != Approved {
				_, err := f.Approve(f.ctx, ApproveInput{ActInput: in(r)})
				f.must(err)
			}
			h, body := w.notice(kind, r.Number+"-1-1")
			if _, err := f.Notice(f.ctx, ids[kind], h, body); err != nil {
				t.Errorf("%s: before anything was sent: %v", kind, err)
			}
		}
		was := f.rowsOf()
		f.must(f.AskProviders(f.ctx))
		if len(w.record) != 0 || fmt.Sprint(f.rowsOf()) != fmt.Sprint(was) {
			t.Errorf("early notices asked %v", w.record)
		}
		f.payOnline()
		f.must(f.AskProviders(f.ctx))
		asked := len(w.record)
		for _, p := range f.tries("") {
			ref := providerReference(p.Reference, onlineKinds[p.Provider])
			for range 2 { // about what has ended
				h, body := w.notice(p.Provider, ref)
				_, err := f.Notice(f.ctx, ids[p.Provider], h, body)
				f.must(err)
			}
			h, body := w.notice(p.Provider, "R9999-000001-1")
			if _, err := f.Notice(f.ctx, ids[p.Provider], h, body); err != nil {
				t.Errorf("%s: about nothing of ours: %v", p.Provider, err)
			}
			h, body = w.notice(p.Provider, ref)
			if _, err := f.Notice(f.ctx, ids[p.Provider], http.Header{}, body[1:]); err == nil {
				t.Errorf("%s: a forged notice was taken", p.Provider)
			}
			for kind, id := range ids {
				if kind == p.Provider {
					continue
				}
				if _, err := f.Notice(f.ctx, id, h, body); err == nil {
					t.Errorf("%s took a notice of %s", kind, p.Provider)
				}
			}
		}
		f.must(f.AskProviders(f.ctx))
		if len(w.record) != asked {
			t.Errorf("notices about what has ended asked %v", w.record[asked:])
		}
		f.invariant("the notices")
		f.bothSides(w, true)
		if n := f.count(`SELECT COUNT(*) FROM returns_refund WHERE state = 'refunded'`); n != 3 {
			t.Errorf("%d of 3 refunds were made", n)
		}
	})
}

// TestBadInputPage: the tests that the page names are there.
func TestBadInputPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("badinput.md")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	found := regexp.MustCompile(`\bTest\w+`).FindAllString(string(page), -1)
	if len(found) < 18 {
		t.Errorf("the page names %d tests", len(found))
	}
	for _, n := range found {
		if !strings.Contains(code.String(), "func "+n+"(t *testing.T)") {
			t.Errorf("%s is not there", n)
		}
	}
}
