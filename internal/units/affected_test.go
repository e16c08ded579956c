package units

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

func TestSerialRange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		r       SerialRange
		in, out []string
		want    *problem.Code
	}{
		{name: "numbers with zeros", r: SerialRange{From: "AB-0010", To: "AB-0120"}, in: []string{"AB0010", "ab 0099", "AB0120"}, out: []string{"AB0009", "AB0121", "AB010", "AB00A1", "AC0050", "AB00100"}},
		{name: "numbers of several lengths", r: SerialRange{From: "SN95", To: "SN1200"}, in: []string{"SN95", "SN99", "SN100", "SN999", "SN1000", "SN1200"}, out: []string{"SN94", "SN1201", "SN0999", "SN9A", "SN10000"}},
		{name: "common digits stay in the number", r: SerialRange{From: "X195", To: "X1200"}, in: []string{"X195", "X200", "X1199"}, out: []string{"X194", "X1201", "X11"}},
		{name: "digits only", r: SerialRange{From: "240300001", To: "240399999"}, in: []string{"240300001", "240350000"}, out: []string{"240400000", "24030000A", "0240300001"}},
		{name: "letters inside", r: SerialRange{From: "A1B0", To: "A1D9"}, in: []string{"A1B0", "A1C5", "A1D9"}, out: []string{"A1E0", "A1A9", "A1B", "A1B00"}},
		{name: "one serial", r: SerialRange{From: "SN-0001", To: "SN0001"}, in: []string{"SN0001"}, out: []string{"SN0002"}},
		{name: "full width", r: SerialRange{From: "SN0001", To: "SN0009"}, in: []string{"SN0005"}, out: []string{"SN0010"}},
		{name: "prefix", r: SerialRange{Prefix: "k2403"}, in: []string{"K2403", "K2403ZZ9", "K24031"}, out: []string{"K2404", "K240", "AK2403"}},
		{name: "reversed", r: SerialRange{From: "AB0120", To: "AB0010"}, want: ErrRangeReversed},
		{name: "reversed by length", r: SerialRange{From: "AB1200", To: "AB95"}, want: ErrRangeReversed},
		{name: "other shapes", r: SerialRange{From: "AB12", To: "ABC99"}, want: ErrRangeShape},
		{name: "zeros of several lengths", r: SerialRange{From: "AB01", To: "AB120"}, want: ErrRangeShape},
		{name: "an end with nothing after the other", r: SerialRange{From: "ABCD", To: "ABCD12"}, want: ErrRangeShape},
		{name: "only one end", r: SerialRange{From: "AB12"}, want: problem.Required},
		{name: "nothing", r: SerialRange{}, want: problem.Required},
		{name: "blanks", r: SerialRange{From: " - ", To: "--"}, want: problem.Required},
		{name: "short", r: SerialRange{From: "1", To: "9"}, want: problem.TooShort},
		{name: "short prefix", r: SerialRange{Prefix: "A"}, want: problem.TooShort},
		{name: "prefix and ends", r: SerialRange{Prefix: "ABC", To: "AB12"}, want: ErrRangeShape},
		{name: "Chinese", r: SerialRange{From: "号码0001", To: "号码0009"}, want: ErrRangeText},
		{name: "too long", r: SerialRange{From: "A00000000000000000000000000000000000000000", To: "A99999999999999999999999999999999999999999"}, want: problem.TooLong},
		{name: "wildcards are no characters", r: SerialRange{Prefix: "%%%%"}, want: problem.TooShort},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tt.r.spans()
			if tt.want != nil {
				if !problem.Match(err, tt.want) {
					t.Fatalf("spans(%+v) = %v, want %v", tt.r, err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatalf("spans(%+v) = %v", tt.r, err)
			}
			a := Affected{Serials: []SerialRange{tt.r}}
			for _, s := range tt.in {
				if !a.HoldsSerial(s) {
					t.Errorf("%+v does not hold %s", tt.r, s)
				}
			}
			for _, s := range tt.out {
				if a.HoldsSerial(s) {
					t.Errorf("%+v holds %s", tt.r, s)
				}
			}
		})
	}
}

func TestAffected(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		march, may := day(2024, 3, 10), day(2024, 5, 1)
		ids := map[string]ID{}
		put := func(name string, in CreateInput) { ids[name] = f.create(in) }
		put("a", CreateInput{Model: f.model, Serial: "SN0100", Owner: f.owner, Address: f.address, Dates: Dates{Made: {march, "maker"}}})
		put("b", CreateInput{Model: f.model, Serial: "SN0200", Dates: Dates{Made: {may, "maker"}}})
		put("c", CreateInput{Serial: "SN02A0", Category: "AC", Components: []Component{{Type: "compressor", Serial: "C-77"}}})
		put("d", CreateInput{Brand: f.other, Serial: "SN0150"})
		put("e", CreateInput{Model: f.model})
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			_, err := f.FactTx(ctx, tx, Fact{Unit: ids["b"], Kind: FactRepaired, ComponentSwapped: "compressor", Result: "fixed"})
			return err
		})
		for _, tt := range []struct {
			name string
			a    Affected
			want []string
		}{
			{"range", Affected{Serials: []SerialRange{{From: "SN0001", To: "SN0300"}}}, []string{"a", "b"}},
			{"prefix", Affected{Serials: []SerialRange{{Prefix: "SN02"}}}, []string{"b", "c"}},
			{"two ranges", Affected{Serials: []SerialRange{{From: "SN0100", To: "SN0100"}, {Prefix: "SN02A"}}}, []string{"a", "c"}},
			{"model", Affected{Models: []catalog.ModelID{f.model}}, []string{"a", "b", "e"}},
			{"model and range", Affected{Models: []catalog.ModelID{f.model}, Serials: []SerialRange{{From: "SN0150", To: "SN9999"}}}, []string{"b"}},
			{"made", Affected{MadeFrom: &march, MadeTo: new(day(2024, 4, 30))}, []string{"a"}},
			{"made or unknown", Affected{MadeTo: new(day(2024, 4, 30)), MadeUnknown: true}, []string{"a", "c", "e"}},
			{"region", Affected{Models: []catalog.ModelID{f.model}, Divisions: []string{"3301"}}, []string{"a"}},
			{"component", Affected{Component: &AffectedComponent{Type: "compressor", Serials: []SerialRange{{Prefix: "C77"}}}}, []string{"c"}},
			{"not swapped", Affected{Models: []catalog.ModelID{f.model}, NotSwapped: "compressor"}, []string{"a", "e"}},
			{"category", Affected{Categories: []catalog.CategoryCode{"AC"}}, []string{"a", "b", "c", "e"}},
			{"nothing", Affected{Serials: []SerialRange{{From: "ZZ0001", To: "ZZ0009"}}}, nil},
		} {
			tt.a.Brand = f.brand
			var got []string
			for after := ID(""); ; {
				page, err := f.AffectedAfter(f.ctx, d, tt.a, after, 2)
				if err != nil {
					t.Fatalf("%s: %v", tt.name, err)
				}
				for _, x := range page {
					for name, id := range ids {
						if id == x.ID {
							got = append(got, name)
						}
					}
					after = x.ID
				}
				if len(page) < 2 {
					break
				}
			}
			slices.Sort(got)
			n, err := f.CountAffected(f.ctx, d, tt.a)
			if !slices.Equal(got, tt.want) || err != nil || n.Total != int64(len(tt.want)) {
				t.Errorf("%s: %v, counted %+v, %v; want %v", tt.name, got, n, err, tt.want)
			}
			if _, ok, err := f.AffectedOne(f.ctx, d, tt.a, ids["a"]); err != nil || ok != slices.Contains(tt.want, "a") {
				t.Errorf("%s: AffectedOne(a) = %v, %v", tt.name, ok, err)
			}
		}
		snap, err := f.catalog.Current(f.ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		early := calendar.NewDate(2020, 1, 1)
		for _, tt := range []struct {
			name  string
			a     Affected
			field string
			want  string
		}{
			{"a whole brand", Affected{}, "c", "units.affected_too_wide"},
			{"a region alone", Affected{Divisions: []string{"33"}}, "c", "units.affected_too_wide"},
			{"unknown model", Affected{Models: []catalog.ModelID{"x"}}, "c.models[0]", "unknown_reference"},
			{"overlap", Affected{Serials: []SerialRange{{From: "SN0001", To: "SN0100"}, {From: "SN0100", To: "SN0200"}}}, "c.serials[1]", "units.range_overlap"},
			{"reversed days", Affected{MadeFrom: &march, MadeTo: &early}, "c.made_to", "bad_time"},
			{"no region", Affected{Models: []catalog.ModelID{f.model}, Divisions: []string{"浙江"}}, "c.divisions[0]", "bad_format"},
			{"component of nothing", Affected{Component: &AffectedComponent{}}, "c.component.type", "required"},
		} {
			tt.a.Brand = f.brand
			var fs problem.Fields
			tt.a.Check(&fs, "c", snap)
			var p *problem.Error
			if err := fs.Err(); !errors.As(err, &p) || len(p.Fields) == 0 || p.Fields[0].Field != tt.field || p.Fields[0].Code != tt.want {
				t.Errorf("%s: %v, want %s at %s", tt.name, err, tt.want, tt.field)
			}
		}
	})
}

func TestMarksOfRecords(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a, b, c := f.create(CreateInput{Serial: "SN0001"}), f.create(CreateInput{Serial: "SN0002"}), f.create(CreateInput{Brand: f.other, Serial: "SN0003"})
		many := func(in MarkInput, want int, ids ...ID) {
			t.Helper()
			f.tx(func(ctx context.Context, tx *db.Tx) error {
				n, err := f.MarkManyTx(ctx, tx, ids, in)
				if n != want {
					t.Errorf("MarkManyTx(%+v) = %d, want %d", in, n, want)
				}
				return err
			})
		}
		one := MarkInput{Mark: "recall", Ref: "c1", StopSale: true, Act: access.Act{Reason: "fire"}}
		many(one, 3, a, b, c)
		many(one, 0, a, b, c)
		many(MarkInput{Mark: "recall", Ref: "c2"}, 1, a)
		if u := f.get(a); !slices.Equal(u.Marks, []string{"recall"}) || u.Version != 3 {
			t.Errorf("marks = %v, version %d; want one recall at 3", u.Marks, u.Version)
		}
		if marks, err := f.MarksOf(f.ctx, d, a); err != nil || len(marks) != 2 || marks[0].Ref != "c1" || !marks[0].StopSale || marks[1].StopSale {
			t.Errorf("MarksOf = %+v, %v", marks, err)
		}
		if err := f.MaySell(f.ctx, d, a); !problem.Match(err, ErrStopSale) {
			t.Errorf("MaySell = %v, want %v", err, ErrStopSale)
		}
		list, err := f.StopSales(f.ctx, StoppedFilter{Limit: 2})
		if err != nil || len(list) != 3 {
			t.Fatalf("StopSales = %+v, %v; want a page of 2 and one more", list, err)
		}
		last := list[1]
		if rest, err := f.StopSales(f.ctx, StoppedFilter{Limit: 2, After: last.Unit, AfterCode: last.Code, AfterRef: last.Ref}); err != nil || len(rest) != 1 || rest[0].Serial != "SN0003" {
			t.Errorf("StopSales, second page = %+v, %v", rest, err)
		}
		if rest, err := f.StopSales(f.ctx, StoppedFilter{Limit: 9, Since: d.Now().Add(time.Hour)}); err != nil || len(rest) != 0 {
			t.Errorf("StopSales since later = %+v, %v", rest, err)
		}
		for name, ctx := range map[string]context.Context{
			"another outlet": actor(t, access.Scope{OutletPath: "/sh/"}, "*"), "nobody": actor(t, access.Scope{}, "*"),
		} {
			if rest, err := f.StopSales(ctx, StoppedFilter{Limit: 9}); err != nil || len(rest) != 0 {
				t.Errorf("StopSales of %s = %+v, %v; want none", name, rest, err)
			}
		}
		if rest, err := f.StopSales(actor(t, access.Scope{OutletPath: "/", Brands: []string{string(f.other)}}, "*"), StoppedFilter{Limit: 9}); err != nil || len(rest) != 1 || rest[0].Unit != c {
			t.Errorf("StopSales of another brand = %+v, %v; want its own", rest, err)
		}
		many(MarkInput{Mark: "recall", Ref: "c1", Clear: true}, 2, a, b)
		if err := f.MaySell(f.ctx, d, a); err != nil {
			t.Errorf("MaySell after clearing = %v", err)
		}
		if u := f.get(a); !slices.Equal(u.Marks, []string{"recall"}) {
			t.Errorf("marks = %v, want the other record's", u.Marks)
		}
		// What a record set is not cleared by hand.
		if _, err := f.Mark(f.ctx, MarkInput{ID: a, Mark: "recall", Ref: "c2", Clear: true}); !problem.Match(err, ErrNoMark) {
			t.Errorf("Mark by hand = %v, want %v", err, ErrNoMark)
		}
		if err := f.MaySell(f.ctx, d, c); !problem.Match(err, ErrStopSale) {
			t.Errorf("MaySell of the other = %v", err)
		}
	})
}
