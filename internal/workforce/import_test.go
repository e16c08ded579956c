package workforce

import (
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/imports/importstest"
	"anxin/internal/platform/problem"
)

const outletSheet = `external_id,code,name,kind,parent,brands,areas,division,phone,lat,lon
W1,north,城北服务站,authorised,,ONE;TWO,330105:1;3301:2,330105,057112345678,30.3,120.1
W2,sub,城北二部,franchised,W1,ONE,,330105,,,
W3,South!,城南,own,,ONE,,,,,
W4,east,城东,own,/absent/,NONE,33x:1,,,,
W5,north,同名,own,,,,,,,
`

const staffSheet = `外部编号,工号,网点(外部编号或路径),姓名,手机,岗位,技能:等级,每日上门上限,入职日期
P1,N001,W1,赵师傅,13711112222,engineer,REFR:3；LVE:2,6,2026/3/1
P2,N002,/hz/,钱师傅,12,engineer,REFR:9,,
P3,N001,W1,孙师傅,,engineer,,,
P4,,W9,李四,,pilot,,,
`

func TestImport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		im := importstest.New(t, d, f.keys, f.outlets.ImportTarget(), f.ImportTarget())
		in := func(target string) imports.StartInput {
			return imports.StartInput{Target: target, Mapping: imports.Mapping{System: "erp"}}
		}
		outs := im.Do(f.ctx, in("outlets"), outletSheet)
		im.Want(f.ctx, outs, 2, 0, 0, "4 code bad_format", "5 brands unknown_reference", "5 areas unknown_reference", "5 parent unknown_reference", "6  outlets.code_taken")
		north, err := f.outlets.ByExternalID(t.Context(), d, "erp", "W1")
		if err != nil || north.Path != "/north/" || len(north.Brands) != 2 || north.Point.Lat != 30.3 {
			t.Fatalf("W1 = %+v, %v", north, err)
		}
		if sub, err := f.outlets.ByExternalID(t.Context(), d, "erp", "W2"); err != nil || sub.Path != "/north/sub/" {
			t.Errorf("W2 = %+v, %v", sub, err)
		}
		if areas, err := f.outlets.Areas(t.Context(), d, north.ID); err != nil || len(areas) != 2 {
			t.Errorf("areas %+v, %v", areas, err)
		}
		again := im.Do(f.ctx, in("outlets"), strings.Replace(strings.Join(strings.SplitAfter(outletSheet, "\n")[:3], ""), "城北服务站", "城北站", 1))
		im.Want(f.ctx, again, 0, 1, 1)

		staff := im.Do(f.ctx, in("staff"), staffSheet)
		im.Want(f.ctx, staff, 1, 0, 0, "3 phone bad_format", "3 skills out_of_range", "4  workforce.number_taken", "5 job bad_choice")
		e, err := f.ByExternalID(t.Context(), d, "erp", "P1")
		if err != nil || e.OutletID != north.ID || e.Level("REFR") != 3 || e.MaxVisits != 6 || e.JoinedOn.String() != "2026-03-01" {
			t.Fatalf("P1 = %+v, %v", e, err)
		}
		changed := im.Do(f.ctx, in("staff"), strings.Join(strings.SplitAfter(strings.NewReplacer("13711112222", "13733334444", "REFR:3", "REFR:4").Replace(staffSheet), "\n")[:2], ""))
		im.Want(f.ctx, changed, 0, 1, 0)
		if sheet := im.Sheet(f.ctx, "staff", true); !strings.Contains(sheet, "P1,N001,/north/,赵师傅,13733334444,engineer,,LVE:2;REFR:4,") {
			t.Errorf("export:\n%s", sheet)
		}
		if sheet := im.Sheet(f.ctx, "staff", false); strings.Contains(sheet, "13733334444") || !strings.Contains(sheet, "赵师傅") {
			t.Errorf("export without clear:\n%s", sheet)
		}

		// An outlet's manager neither changes others' people nor sees them in a sheet.
		manager := as(t, access.Scope{OutletPath: "/sh/"}, PermWrite, PermRead, imports.PermManage)
		im.Want(manager, im.Do(manager, in("staff"), strings.Join(strings.SplitAfter(staffSheet, "\n")[:2], "")), 0, 0, 0, "2 outlet unknown_reference")
		if sheet := im.Sheet(manager, "staff", false); strings.Contains(sheet, "赵师傅") || !strings.Contains(sheet, "吴师傅") {
			t.Errorf("the manager's export:\n%s", sheet)
		}
		if _, err := im.Target(manager, "outlets"); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("the manager imports outlets: %v", err)
		}

		// Undo: first the change, then the people, then the outlets; an outlet with people stays.
		if u := im.TakeBack(f.ctx, outs); u.Undone != 1 || u.Kept != 1 {
			t.Errorf("outlets undone %d kept %d, want the one without people undone", u.Undone, u.Kept)
		}
		if u := im.TakeBack(f.ctx, changed); u.Undone != 1 || u.Kept != 0 {
			t.Errorf("change undone %d kept %d", u.Undone, u.Kept)
		}
		if e, err = f.ByExternalID(t.Context(), d, "erp", "P1"); err != nil || e.Level("REFR") != 3 {
			t.Errorf("P1 after the undo = %+v, %v", e, err)
		}
		if phone, err := f.Phone(t.Context(), d, e); err != nil || phone != "13711112222" {
			t.Errorf("phone after the undo %q, %v", phone, err)
		}
	})
}
