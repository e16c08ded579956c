package customers

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
)

const (
	phoneA = "13812345678"
	phoneB = "0571-87654321"
	door   = "3幢2单元1704室"
	street = "浙江省杭州市余杭区五常街道文一西路969号"
)

type fixture struct {
	*Service
	t   *testing.T
	ctx context.Context // the centre
	db  *db.DB
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	s := New(d, crypttest.New(t, d))
	return &fixture{Service: s, t: t, ctx: actor(t, "agent", access.Everything, "*"), db: d}
}

func actor(t *testing.T, id string, scope access.Scope, perms ...string) context.Context {
	set := access.Set{}
	for _, p := range perms {
		set[p] = true
	}
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: id, Permissions: set, Scope: scope})
}

func (f *fixture) create(in CreateInput) ID {
	f.t.Helper()
	ref, err := f.Create(f.ctx, in)
	if err != nil {
		f.t.Fatalf("create: %v", err)
	}
	return ref.ID
}

func (f *fixture) tx(fn func(ctx context.Context, tx *db.Tx) error) {
	f.t.Helper()
	if err := db.InTx0(f.ctx, f.db, fn); err != nil {
		f.t.Fatalf("change: %v", err)
	}
}

func (f *fixture) topics(id ID) []string {
	f.t.Helper()
	list, err := events.OfRecord(f.ctx, f.db, auditKind, string(id))
	if err != nil {
		f.t.Fatalf("events: %v", err)
	}
	out := []string{}
	for _, e := range list {
		out = append(out, e.Topic)
	}
	return out
}

func wang() CreateInput {
	return CreateInput{
		Name: "王小明", Phones: []PhoneInput{{Number: phoneB, Label: "公司"}, {Number: phoneA, Primary: true}}, Email: "Wang@Example.com",
		Note: "备用电话 13900001111", Addresses: []AddressInput{{Label: "家", Text: street + door, Access: "门禁 2580#"}}, Brand: "brand-a",
		ExternalIDs: []ExternalID{{System: "erp", ID: phoneA}},
	}
}

// TestLang keeps the language that a customer chose, follows merging, and takes no other.
func TestLang(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		speaks := func(id ID, want string) {
			t.Helper()
			got, err := f.LangOf(f.ctx, d, id)
			c, err2 := f.Get(f.ctx, d, id)
			if err != nil || err2 != nil || got != want || c.Lang != want {
				t.Errorf("language = %q, %q, %v, %v; want %q", got, c.Lang, err, err2, want)
			}
		}
		silent := f.create(wang())
		speaks(silent, "")
		in := wang()
		in.Lang, in.ExternalIDs = i18n.English, nil
		guest := f.create(in)
		speaks(guest, i18n.English)
		c, err := f.Get(f.ctx, d, guest)
		if err != nil {
			t.Fatal(err)
		}
		zh, klingon := i18n.Chinese, "tlh"
		if _, err := f.Edit(f.ctx, EditInput{ID: guest, Version: c.Version, Lang: &klingon}); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("edit to an unknown language = %v", err)
		}
		speaks(guest, i18n.English)
		if _, err := f.Edit(f.ctx, EditInput{ID: guest, Version: c.Version, Lang: &zh}); err != nil {
			t.Fatal(err)
		}
		speaks(guest, i18n.Chinese)
		in.Lang, in.Phones = i18n.Korean, nil // who writes to us in it is answered in it
		speaks(f.create(in), i18n.Korean)
		if _, err := f.LangOf(f.ctx, d, "nobody"); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("language of nobody = %v", err)
		}
	})
}

func TestCreateAndRead(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.create(wang())
		c, err := f.Get(f.ctx, d, id)
		if err != nil {
			t.Fatal(err)
		}
		if c.Name != "王小明" || c.MaskedName() != "王**" || c.PrimaryPhone() != phoneA || c.MaskedPhone() != "138****5678" || len(c.Phones) != 2 ||
			c.Email != "Wang@Example.com" || c.Kind != Person || c.Version != 1 || c.Phones[1].Label != "公司" {
			t.Errorf("Get = %+v", c)
		}
		list, err := f.Addresses(f.ctx, d, id)
		if err != nil || len(list) != 1 {
			t.Fatalf("addresses = %v, %v", list, err)
		}
		a := list[0]
		if a.Division[:6] != "330110" || a.Access != "门禁 2580#" || a.Label != "家" || a.Text != street+door || a.Point.Datum != geo.WGS84 {
			t.Errorf("address = %+v", a)
		}
		if masked := a.Place().Masked(); !strings.Contains(masked, "余杭区") || strings.Contains(masked, "1704") {
			t.Errorf("masked address = %q, want the district and no room", masked)
		}
		same, err := f.Address(f.ctx, d, a.ID)
		if err != nil || same.Text != a.Text || same.CustomerID != id {
			t.Errorf("Address = %+v, %v", same, err)
		}
		if got, want := f.topics(id), []string{"customer.created.v1"}; !slices.Equal(got, want) {
			t.Errorf("events = %v, want %v", got, want)
		}
		for _, phone := range []string{phoneA, "+86 138 1234 5678", "138-1234-5678"} {
			found, err := f.FindByPhone(f.ctx, d, phone)
			if err != nil || len(found) != 1 || found[0].ID != id {
				t.Errorf("FindByPhone(%s) = %d, %v, want the customer", phone, len(found), err)
			}
		}
		if found, err := f.FindByPhone(f.ctx, d, "13899999999"); err != nil || len(found) != 0 {
			t.Errorf("FindByPhone of another number = %d, %v", len(found), err)
		}
		if got, err := f.FindByExternal(f.ctx, d, ExternalID{"erp", phoneA}); err != nil || got != id {
			t.Errorf("FindByExternal = %s, %v", got, err)
		}
		if _, err := f.Create(f.ctx, CreateInput{Name: "另一人", ExternalIDs: []ExternalID{{"erp", phoneA}}}); !problem.Match(err, ErrExternal) {
			t.Errorf("second customer with the external id = %v, want %v", err, ErrExternal)
		}
		if _, err := f.Get(f.ctx, d, "none"); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("Get(none) = %v, want not found", err)
		}
		m, err := f.ByIDs(f.ctx, d, []ID{id, "none", "", id})
		if err != nil || len(m) != 1 || m[id].Name != "王小明" {
			t.Errorf("ByIDs = %v, %v", m, err)
		}
	})
}

func TestCreateRefusesBadInput(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	history := access.With(f.ctx, access.Actor{Kind: access.Sys, Permissions: access.Set{"*": true}, Scope: access.Everything, Origin: access.History})
	for _, tt := range []struct {
		name  string
		ctx   context.Context
		in    CreateInput
		field string
	}{
		{"nothing", f.ctx, CreateInput{}, "name"},
		{"kind", f.ctx, CreateInput{Kind: "robot", Name: "x"}, "kind"},
		{"phone of letters", f.ctx, CreateInput{Phones: []PhoneInput{{Number: "call me"}}}, "phones[0].number"},
		{"phone too short", f.ctx, CreateInput{Phones: []PhoneInput{{Number: "12"}}}, "phones[0].number"},
		{"long name", f.ctx, CreateInput{Name: strings.Repeat("王", 101)}, "name"},
		{"control character", f.ctx, CreateInput{Name: "a\x07b"}, "name"},
		{"broken text", f.ctx, CreateInput{Name: "a\xff"}, "name"},
		{"e-mail", f.ctx, CreateInput{Email: "no at"}, "email"},
		{"too many phones", f.ctx, CreateInput{Phones: slices.Repeat([]PhoneInput{{Number: phoneA}}, 11)}, "phones"},
		{"empty address", f.ctx, CreateInput{Name: "x", Addresses: []AddressInput{{Label: "家"}}}, "addresses[0].text"},
		{"division", f.ctx, CreateInput{Name: "x", Addresses: []AddressInput{{Division: "999999"}}}, "addresses[0].division"},
		{"point", f.ctx, CreateInput{Name: "x", Addresses: []AddressInput{{Point: &geo.Point{Lat: 0, Lon: 0, Datum: geo.WGS84}}}}, "addresses[0].point"},
		{"external without id", f.ctx, CreateInput{Name: "x", ExternalIDs: []ExternalID{{System: "erp"}}}, "external_ids[0].id"},
		{"history keeps odd numbers", history, CreateInput{Phones: []PhoneInput{{Number: "内线 8123"}}}, ""},
	} {
		_, err := f.Create(tt.ctx, tt.in)
		if tt.field == "" {
			if err != nil {
				t.Errorf("%s: %v, want none", tt.name, err)
			}
			continue
		}
		if !problem.Match(err, problem.ErrInvalid) || !strings.Contains(err.Error(), "["+tt.field+": ") {
			t.Errorf("%s: Create = %v, want the field %s refused", tt.name, err, tt.field)
		}
	}
	if _, err := f.Create(actor(t, "u", access.Everything, PermRead), CreateInput{Name: "x"}); !problem.Match(err, problem.ErrForbidden) {
		t.Errorf("Create without permission = %v", err)
	}
}

func TestScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		advance := dbtest.Clock(d, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		id := f.create(wang())
		other := f.create(CreateInput{Name: "李四", Brand: "brand-b"})
		until := d.Now().Add(time.Hour)
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			if err := f.ShareTx(ctx, tx, id, "brand-a", "/hz/west/", nil); err != nil {
				return err
			}
			return f.ShareForTx(ctx, tx, id, Share{Brand: "brand-a", OutletPath: "/nb/", Ref: "case:1", Until: &until})
		})
		see := func(name string, scope access.Scope, want ...ID) {
			t.Helper()
			ctx := actor(t, "u", scope, PermRead, PermEdit, PermReveal, PermMerge)
			list, err := f.List(ctx, Filter{Limit: 10})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got := []ID{}
			for _, c := range list {
				got = append(got, c.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s sees %v, want %v", name, got, want)
			}
			for _, one := range []ID{id, other} {
				_, err := f.Find(ctx, d, one)
				if slices.Contains(want, one) != (err == nil) || err != nil && !problem.Match(err, problem.ErrNotFound) {
					t.Errorf("%s: Find = %v", name, err)
				}
				if !slices.Contains(want, one) {
					name2 := "新名"
					if _, err := f.Edit(ctx, EditInput{ID: one, Version: 1, Name: &name2}); !problem.Match(err, problem.ErrNotFound) {
						t.Errorf("%s: Edit of an unseen customer = %v, want not found", name, err)
					}
					if _, err := f.Reveal(ctx, one, "name", "complaint"); !problem.Match(err, problem.ErrNotFound) {
						t.Errorf("%s: Reveal of an unseen customer = %v, want not found", name, err)
					}
					if _, err := f.Consents(ctx, one); !problem.Match(err, problem.ErrNotFound) {
						t.Errorf("%s: Consents of an unseen customer = %v, want not found", name, err)
					}
				}
			}
		}
		both := []ID{id, other}
		see("the centre", access.Everything, both...)
		see("the centre for brand a", access.Scope{OutletPath: "/", Brands: []string{"brand-a"}}, id)
		see("the centre for no brand", access.Scope{OutletPath: "/", Brands: []string{}})
		see("the outlet", access.Scope{OutletPath: "/hz/west/"}, id)
		see("the outlet above", access.Scope{OutletPath: "/hz/"}, id)
		see("the outlet below", access.Scope{OutletPath: "/hz/west/a/"})
		see("the outlet for brand b", access.Scope{OutletPath: "/hz/west/", Brands: []string{"brand-b"}})
		see("a second outlet", access.Scope{OutletPath: "/hz/east/"})
		see("an outlet with a like name", access.Scope{OutletPath: "/hz/we/"})
		see("nobody", access.Scope{})
		see("an outlet before its end", access.Scope{OutletPath: "/nb/"}, id)
		advance(2 * time.Hour)
		see("an outlet after its end", access.Scope{OutletPath: "/nb/"})
		see("the outlet still", access.Scope{OutletPath: "/hz/west/"}, id)

		// An outlet that makes a customer sees it.
		ctx := actor(t, "u", access.Scope{OutletPath: "/sh/"}, "*")
		ref, err := f.Create(ctx, CreateInput{Name: "赵六"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Find(ctx, d, ref.ID); err != nil {
			t.Errorf("the maker does not see the customer: %v", err)
		}
	})
}

func TestEditByVersion(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.create(wang())
		name, email := "王大明", ""
		ref, err := f.Edit(f.ctx, EditInput{ID: id, Version: 1, Name: &name, Email: &email})
		if err != nil || ref.Version != 2 {
			t.Fatalf("Edit = %+v, %v", ref, err)
		}
		if _, err := f.Edit(f.ctx, EditInput{ID: id, Version: 1, Name: &name}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("Edit on an old version = %v, want stale", err)
		}
		c, err := f.Get(f.ctx, d, id)
		if err != nil || c.Name != name || c.Email != "" || c.Note == "" {
			t.Errorf("after Edit: %+v, %v", c, err)
		}
		list, err := f.List(f.ctx, Filter{Text: "王大明", Limit: 5})
		if err != nil || len(list) != 1 {
			t.Errorf("List by the new name = %d, %v", len(list), err)
		}
		if list, err = f.List(f.ctx, Filter{Text: "王小明", Limit: 5}); err != nil || len(list) != 0 {
			t.Errorf("List by the old name = %d, %v", len(list), err)
		}
		ref, err = f.AddPhone(f.ctx, AddPhoneInput{ID: id, Version: 2, Phone: PhoneInput{Number: "13700000001", Primary: true}})
		if err != nil || ref.Part == "" {
			t.Fatalf("AddPhone = %+v, %v", ref, err)
		}
		if _, err := f.AddPhone(f.ctx, AddPhoneInput{ID: id, Version: 3, Phone: PhoneInput{Number: "+8613700000001"}}); !problem.Match(err, ErrPhoneKnown) {
			t.Errorf("AddPhone of a known number = %v", err)
		}
		c, _ = f.Get(f.ctx, d, id)
		if c.PrimaryPhone() != "13700000001" || len(c.Phones) != 3 {
			t.Errorf("phones after AddPhone = %+v", c.Phones)
		}
		if _, err := f.RemovePhone(f.ctx, PhoneInPlace{ID: id, Version: 3, Phone: PhoneID(ref.Part)}); err != nil {
			t.Fatalf("RemovePhone: %v", err)
		}
		c, _ = f.Get(f.ctx, d, id)
		if len(c.Phones) != 2 || !c.Phones[0].Primary {
			t.Errorf("phones after RemovePhone = %+v, want two and a primary one", c.Phones)
		}
		if _, err := f.PreferPhone(f.ctx, PhoneInPlace{ID: id, Version: 4, Phone: c.Phones[1].ID}); err != nil {
			t.Fatalf("PreferPhone: %v", err)
		}
		after, _ := f.Get(f.ctx, d, id)
		if after.Phones[0].ID != c.Phones[1].ID {
			t.Errorf("primary after PreferPhone = %+v", after.Phones)
		}
		if _, err := f.RemovePhone(f.ctx, PhoneInPlace{ID: id, Version: 5, Phone: "none"}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("RemovePhone of an unknown number = %v", err)
		}

		ref, err = f.AddAddress(f.ctx, AddAddressInput{ID: id, Version: 5, Address: AddressInput{Text: "浙江省杭州市西湖区文三路1号"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.EditAddress(f.ctx, EditAddressInput{ID: id, Version: 6, Address: AddressID(ref.Part), New: AddressInput{Text: street, Label: "店"}}); err != nil {
			t.Fatal(err)
		}
		a, err := f.Address(f.ctx, d, AddressID(ref.Part))
		if err != nil || a.Text != street || a.Label != "店" {
			t.Errorf("edited address = %+v, %v", a, err)
		}
		if _, err := f.RemoveAddress(f.ctx, EditAddressInput{ID: id, Version: 7, Address: AddressID(ref.Part)}); err != nil {
			t.Fatal(err)
		}
		all, err := f.Addresses(f.ctx, d, id)
		if err != nil || len(all) != 1 {
			t.Errorf("addresses after removing one = %d, %v", len(all), err)
		}
		if a, err = f.Address(f.ctx, d, AddressID(ref.Part)); err != nil || !a.Removed || a.Text != street {
			t.Errorf("a removed address reads %+v, %v; records may still name it", a, err)
		}
	})
}

func TestListAndSearch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var ids []ID
		for i := range 5 {
			ids = append(ids, f.create(CreateInput{Name: fmt.Sprintf("客户%d", i), Phones: []PhoneInput{{Number: fmt.Sprintf("1380000%04d", 1000+i%2)}}}))
		}
		page, err := f.List(f.ctx, Filter{Limit: 2})
		if err != nil || len(page) != 3 || page[0].ID != ids[4] {
			t.Fatalf("first page = %d, %v; want limit + 1, newest first", len(page), err)
		}
		page, err = f.List(f.ctx, Filter{Limit: 2, Before: page[1].ID})
		if err != nil || len(page) != 3 || page[0].ID != ids[2] {
			t.Errorf("second page = %d, %v", len(page), err)
		}
		for text, want := range map[string]int{
			"1000": 3, "1001": 2, "13800001000": 3, "+86 138 0000 1001": 2, "客户3": 1, "客户": 0, "a@b.cn": 0, "00001000": 0,
		} {
			list, err := f.List(f.ctx, Filter{Text: text, Limit: 10})
			if err != nil || len(list) != want {
				t.Errorf("List(%q) = %d, %v, want %d", text, len(list), err, want)
			}
		}
	})
}

func TestMergeAndUnmerge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := f.create(wang())
		b := f.create(CreateInput{Name: "王小明", Phones: []PhoneInput{{Number: "13700000002"}}})
		c := f.create(CreateInput{Name: "王小明先生", Phones: []PhoneInput{{Number: "13700000003"}}})
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: a}); !problem.Match(err, ErrMergeSelf) {
			t.Errorf("merge into itself = %v", err)
		}
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: b}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Merge(f.ctx, MergeInput{ID: b, Into: c}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: c}); !problem.Match(err, ErrMerged) {
			t.Errorf("merging a merged record = %v, want %v", err, ErrMerged)
		}
		got, err := f.Find(f.ctx, d, a)
		if err != nil || got.ID != c || got.MergedInto != c || len(got.Phones) != 4 || got.PrimaryPhone() != "13700000003" {
			t.Errorf("merged record reads as %+v, %v", got, err)
		}
		ids, err := f.Aliases(f.ctx, d, b)
		if err != nil || len(ids) != 3 || ids[0] != c {
			t.Errorf("Aliases = %v, %v", ids, err)
		}
		found, err := f.FindByPhone(f.ctx, d, phoneA)
		if err != nil || len(found) != 1 || found[0].ID != c {
			t.Errorf("FindByPhone after merging = %v, %v", found, err)
		}
		list, err := f.List(f.ctx, Filter{Text: "王小明", Limit: 5})
		if err != nil || len(list) != 1 || list[0].ID != c {
			t.Errorf("List by a merged name = %d, %v", len(list), err)
		}
		if all, err := f.Addresses(f.ctx, d, c); err != nil || len(all) != 1 {
			t.Errorf("addresses of the survivor = %d, %v", len(all), err)
		}
		name := "x"
		if _, err := f.Edit(f.ctx, EditInput{ID: a, Version: 2, Name: &name}); !problem.Match(err, ErrMerged) {
			t.Errorf("edit of a merged record = %v", err)
		}
		if _, err := f.Unmerge(f.ctx, UnmergeInput{ID: c}); !problem.Match(err, ErrNotMerged) {
			t.Errorf("unmerge of the survivor = %v", err)
		}
		if _, err := f.Unmerge(f.ctx, UnmergeInput{ID: b}); err != nil {
			t.Fatal(err)
		}
		if got, _ = f.Get(f.ctx, d, a); got.ID != b || len(got.Phones) != 3 {
			t.Errorf("after the unmerge the first record reads as %s with %d phones, want %s with 3", got.ID, len(got.Phones), b)
		}
		if got, _ = f.Get(f.ctx, d, c); len(got.Phones) != 1 {
			t.Errorf("after the unmerge the survivor has %d phones, want 1", len(got.Phones))
		}
		if want := []string{"customer.created.v1", "customer.merged.v1", "customer.unmerged.v1"}; !slices.Equal(f.topics(b), want) {
			t.Errorf("events = %v, want %v", f.topics(b), want)
		}
	})
}

func TestReveal(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		advance := dbtest.Clock(d, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		id := f.create(wang())
		c, _ := f.Get(f.ctx, d, id)
		list, _ := f.Addresses(f.ctx, d, id)
		for field, want := range map[string]string{
			"name": "王小明", "email": "Wang@Example.com", "phone:" + string(c.Phones[0].ID): phoneA,
			"address:" + string(list[0].ID): street + door + "\n门禁 2580#", "external:erp": phoneA, "note": "备用电话 13900001111",
		} {
			if got, err := f.Reveal(f.ctx, id, field, "call_customer"); err != nil || got != want {
				t.Errorf("Reveal(%s) = %q, %v, want %q", field, got, err, want)
			}
		}
		for _, tt := range []struct {
			field, reason string
			want          *problem.Code
		}{
			{"name", "", ErrRevealReason},
			{"name", "curiosity", ErrRevealReason},
			{"phone:none", "complaint", problem.ErrNotFound},
			{"key", "complaint", problem.ErrInvalid},
		} {
			if _, err := f.Reveal(f.ctx, id, tt.field, tt.reason); !problem.Match(err, tt.want) {
				t.Errorf("Reveal(%s, %q) = %v, want %v", tt.field, tt.reason, err, tt.want)
			}
		}
		if _, err := f.Reveal(actor(t, "u", access.Everything, PermRead), id, "name", "complaint"); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("Reveal without permission = %v", err)
		}
		for i := 6; i < RevealsPerHour; i++ {
			if _, err := f.Reveal(f.ctx, id, "name", "complaint"); err != nil {
				t.Fatalf("reveal %d: %v", i, err)
			}
		}
		if _, err := f.Reveal(f.ctx, id, "name", "complaint"); !problem.Match(err, ErrRevealLimit) {
			t.Errorf("reveal past the limit = %v, want %v", err, ErrRevealLimit)
		}
		if _, err := f.Reveal(actor(t, "other", access.Everything, "*"), id, "name", "complaint"); err != nil {
			t.Errorf("another person's reveal = %v", err)
		}
		advance(61 * time.Minute)
		if _, err := f.Reveal(f.ctx, id, "name", "complaint"); err != nil {
			t.Errorf("reveal an hour later = %v", err)
		}
		trail, err := audit.New(d).Of(f.ctx, auditKind, string(id))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, l := range trail {
			if l.Act == "reveal" && l.Reason != "" && strings.Contains(l.After, "field") {
				n++
			}
		}
		if n != RevealsPerHour+2 {
			t.Errorf("audit has %d reveals, want %d", n, RevealsPerHour+2)
		}
	})
}

func TestConsents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.create(wang())
		now := d.Now()
		record := func(granted bool, at time.Time) {
			t.Helper()
			if _, err := f.RecordConsent(f.ctx, ConsentInput{
				Act: access.Act{OccurredAt: at}, ID: id, Purpose: "marketing", Granted: granted, NoticeVersion: "2026-1", Channel: "phone",
			}); err != nil {
				t.Fatal(err)
			}
		}
		has := func(want bool) {
			t.Helper()
			if got, err := f.HasConsent(f.ctx, d, id, "marketing"); err != nil || got != want {
				t.Errorf("HasConsent = %v, %v, want %v", got, err, want)
			}
		}
		has(false)
		record(true, now.Add(-2*time.Hour))
		has(true)
		record(false, now.Add(-time.Hour))
		has(false)
		record(true, now.Add(-3*time.Hour)) // learnt late: the later word stands
		has(false)
		list, err := f.Consents(f.ctx, id)
		if err != nil || len(list) != 3 || list[0].Granted {
			t.Errorf("Consents = %+v, %v", list, err)
		}
		for name, in := range map[string]ConsentInput{
			"purpose": {ID: id, Purpose: "fun", Channel: "phone"}, "channel": {ID: id, Purpose: "marketing", Channel: "drum"},
			"notice_version": {ID: id, Purpose: "marketing", Channel: "phone", Granted: true},
			"occurred_at":    {ID: id, Purpose: "marketing", Channel: "phone", Act: access.Act{OccurredAt: now.Add(time.Hour)}},
		} {
			if _, err := f.RecordConsent(f.ctx, in); !problem.Match(err, problem.ErrInvalid) || !strings.Contains(err.Error(), name) {
				t.Errorf("consent with a bad %s = %v", name, err)
			}
		}
	})
}

// TestEraseAfterRestore: whose key a restore has destroyed again can be erased once more, which clears what was left.
func TestEraseAfterRestore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := f.create(wang())
		key, err := f.KeyOf(f.ctx, d, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error { return f.keys.DestroyTx(ctx, tx, key) }); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Erase(f.ctx, EraseInput{ID: id}); err != nil {
			t.Fatal(err)
		}
		if c, err := f.Get(f.ctx, d, id); err != nil || !c.Erased || len(c.Phones) != 0 {
			t.Errorf("erased once more: %+v, %v", c, err)
		}
	})
}

func TestErase(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a, b := f.create(wang()), f.create(CreateInput{Name: "王小明", Phones: []PhoneInput{{Number: "13700000002"}}})
		key, err := f.KeyOf(f.ctx, d, a)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := f.SealPlace(f.ctx, d, key, Place{Text: street + door, Division: "330110"})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := f.OpenPlace(f.ctx, d, key, sealed); err != nil || p.Text != street+door {
			t.Fatalf("OpenPlace = %+v, %v", p, err)
		}
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: b}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Erase(actor(t, "u", access.Everything, PermEdit), EraseInput{ID: b}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("Erase without permission = %v", err)
		}
		if _, err := f.Erase(f.ctx, EraseInput{ID: b}); err != nil {
			t.Fatal(err)
		}
		for _, id := range []ID{a, b} {
			c, err := f.Get(f.ctx, d, id)
			if err != nil || !c.Erased || c.Name != "" || len(c.Phones) != 0 || c.Email != "" || c.Note != "" {
				t.Errorf("erased customer = %+v, %v", c, err)
			}
		}
		if _, err := f.OpenPlace(f.ctx, d, key, sealed); !IsErased(err) {
			t.Errorf("OpenPlace after erasing = %v, want erased", err)
		}
		if found, err := f.FindByPhone(f.ctx, d, phoneA); err != nil || len(found) != 0 {
			t.Errorf("FindByPhone after erasing = %d, %v", len(found), err)
		}
		if list, err := f.Addresses(f.ctx, d, a); err != nil || len(list) != 1 || !list[0].Erased || list[0].Text != "" || list[0].Division == "" || list[0].Point != (geo.Point{}) {
			t.Errorf("addresses after erasing = %+v, %v; want the division only", list, err)
		}
		if _, err := f.Erase(f.ctx, EraseInput{ID: b}); !problem.Match(err, ErrErased) {
			t.Errorf("second Erase = %v", err)
		}
		name := "x"
		if _, err := f.Edit(f.ctx, EditInput{ID: b, Version: 3, Name: &name}); !problem.Match(err, ErrErased) {
			t.Errorf("Edit after erasing = %v", err)
		}
		if _, err := f.SealPlace(f.ctx, d, key, Place{Text: "x"}); !problem.Match(err, crypt.ErrErased) {
			t.Errorf("SealPlace after erasing = %v", err)
		}
	})
}

func TestSearch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		idx := search.New(d, f.keys, nil)
		f.UseSearch(idx)
		in := wang()
		in.ExternalIDs = append(in.ExternalIDs, ExternalID{"crm", "CU-7788"})
		a := f.create(in)
		find := func(name, text string, scope access.Scope, want ...ID) {
			t.Helper()
			ctx := actor(t, "u", scope, PermRead)
			res, err := idx.Query(ctx, search.Query{
				Text: text, Kinds: []string{SearchKind}, Scope: search.ScopeOf(scope), VisibleOf: map[string]search.Visible{SearchKind: f.SearchVisible},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := []ID{}
			for _, h := range res.Hits {
				got = append(got, ID(h.ID))
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q finds %v, want %v", name, text, got, want)
			}
		}
		all := access.Everything
		for _, text := range []string{phoneA, "5678", "4321", "CU-7788", "wang@example.com"} {
			find("the centre", text, all, a)
		}
		find("no name is in the index", "小明", all)
		find("by initials", "wxm", all, a)
		find("by initials, another outlet", "wxm", access.Scope{OutletPath: "/sh/"})
		listed := func(name, text string, scope access.Scope, want ...ID) {
			t.Helper()
			list, err := f.List(actor(t, "u", scope, PermRead), Filter{Text: text, Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			got := []ID{}
			for _, c := range list {
				got = append(got, c.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: the list finds %v for %q, want %v", name, got, text, want)
			}
		}
		listed("the centre", "WXM", all, a)
		listed("another outlet", "wxm", access.Scope{OutletPath: "/sh/"})
		listed("others", "wx", all)
		named, err := f.Get(f.ctx, d, a)
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := f.Edit(f.ctx, EditInput{ID: a, Version: named.Version, Name: new("解晓东")})
		if err != nil {
			t.Fatal(err)
		}
		listed("after the name changed", "wxm", all)
		listed("after the name changed", "xxd", all, a)
		if _, err := f.Edit(f.ctx, EditInput{ID: a, Version: renamed.Version, Name: new("王小明")}); err != nil {
			t.Fatal(err)
		}
		find("no door is in the index", "1704", all)
		find("another outlet", phoneA, access.Scope{OutletPath: "/sh/"})
		if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error { return f.ShareTx(ctx, tx, a, "brand-a", "/sh/", nil) }); err != nil {
			t.Fatal(err)
		}
		find("an outlet with a share", phoneA, access.Scope{OutletPath: "/sh/"}, a)

		b := f.create(CreateInput{Name: "王小明", Phones: []PhoneInput{{Number: "13700000002"}}})
		if _, err := f.Merge(f.ctx, MergeInput{ID: a, Into: b}); err != nil {
			t.Fatal(err)
		}
		find("after merging", phoneA, all, b)
		if _, err := f.Unmerge(f.ctx, UnmergeInput{ID: a}); err != nil {
			t.Fatal(err)
		}
		find("after unmerging", phoneA, all, a)
		find("after unmerging", "13700000002", all, b)
		c, _ := f.Get(f.ctx, d, a)
		if _, err := f.RemovePhone(f.ctx, PhoneInPlace{ID: a, Version: c.Version, Phone: c.Phones[0].ID}); err != nil {
			t.Fatal(err)
		}
		find("after removing the number", phoneA, all)
		if _, err := f.Erase(f.ctx, EraseInput{ID: b}); err != nil {
			t.Fatal(err)
		}
		find("after erasing", "13700000002", all)
	})
}

// TestNothingInTheClear looks for the values of a customer in every row that the module's operations
// write: its own tables, audit, events, keys.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		idx := search.New(d, f.keys, nil)
		f.UseSearch(idx)
		id := f.create(wang())
		name, note := "王更名", "身份证 11010519491231002X"
		if _, err := f.Edit(f.ctx, EditInput{ID: id, Version: 1, Name: &name, Note: &note}); err != nil {
			t.Fatal(err)
		}
		c, _ := f.Get(f.ctx, d, id)
		if _, err := f.RemovePhone(f.ctx, PhoneInPlace{ID: id, Version: 2, Phone: c.Phones[0].ID}); err != nil {
			t.Fatal(err)
		}
		list, _ := f.Addresses(f.ctx, d, id)
		if _, err := f.EditAddress(f.ctx, EditAddressInput{ID: id, Version: 3, Address: list[0].ID, New: AddressInput{Text: street + "1808室"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Reveal(f.ctx, id, "name", "complaint"); err != nil {
			t.Fatal(err)
		}
		all := dbtest.Dump(t, d, "customers_customer", "customers_phone", "customers_address", "customers_external", "customers_share", "customers_consent",
			"customers_reveal", "customers_revealer", "audit_entry", "audit_head", "events_event", "crypt_key", "search_pending")
		if !strings.Contains(all, string(id)) {
			t.Fatal("the dump does not hold the customer's id: it proves nothing")
		}
		for _, secret := range []string{
			phoneA, "8613812345678", phoneB, "87654321", "13900001111", "王小明", "王更名", "11010519491231002X", "1704室", "1808室", "969号", "2580#", "xample.com", "公司",
		} {
			if strings.Contains(all, secret) || strings.Contains(all, hex.EncodeToString([]byte(secret))) {
				t.Errorf("%q stands in the clear in the database", secret)
			}
		}
	})
}
