package maintenance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// TestPace: a campaign sends so many notices a minute and no more, however often the duty runs; another campaign is not kept
// waiting by it; in the end everybody is told once. The report counts them and names outlets and cities, no customer.
func TestPace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for i := range 12 {
			f.newUnit(fmt.Sprintf("PACE%03d", i), f.Customer.ID)
		}
		for i := range 2 {
			f.newUnit(fmt.Sprintf("FREE%03d", i), f.Customer.ID)
		}
		hasty := f.draft().Plan
		hasty.PerMinute = 10_001
		_, err := f.m.Create(f.Ctx, CreateInput{Brand: f.One, Plan: hasty})
		var wrong *problem.Error
		if !errors.As(err, &wrong) || !slices.ContainsFunc(wrong.Fields, func(x problem.FieldError) bool { return x.Field == "per_minute" }) {
			t.Errorf("a pace of 10001: %v", err)
		}
		slow := f.started(func(p *Plan) {
			p.PerMinute, p.Conditions.Serials = 5, []units.SerialRange{{Prefix: "PACE"}}
		})
		other := f.started(func(p *Plan) { p.Conditions.Serials = []units.SerialRange{{Prefix: "FREE"}} })
		told := func(c Campaign) int64 {
			t.Helper()
			n, err := db.Get(f.Ctx, d, db.ScanInt, `SELECT COUNT(*) FROM maintenance_notice WHERE campaign_id = $1`, c.ID)
			f.Must(err)
			return n
		}
		for minute, want := range []int64{5, 10, 12, 12} {
			for range 3 {
				f.Must(f.m.SendNotices(access.AsSystem(f.Ctx, "duty")))
			}
			if n := told(slow); n != want {
				t.Errorf("minute %d: %d told, want %d", minute, n, want)
			}
			if n := told(other); n != 2 {
				t.Errorf("minute %d: %d of the other campaign told", minute, n)
			}
			f.Advance(61 * time.Second)
		}
		name, raw, err := f.m.Report(f.Ctx, i18n.Must(Words, problem.Words), "zh-CN", slow.ID)
		f.Must(err)
		if !strings.HasPrefix(string(raw), "%PDF-") || !strings.HasPrefix(name, slow.Number) {
			t.Fatalf("%s, %d bytes", name, len(raw))
		}
		if tool, err := exec.LookPath("pdftotext"); err == nil {
			file := filepath.Join(t.TempDir(), "a.pdf")
			f.Must(os.WriteFile(file, raw, 0o600))
			text, err := exec.Command(tool, file, "-").Output()
			f.Must(err)
			for _, want := range []string{slow.Number, "召回进展报告", "完成率", "(0 / 12)"} {
				if !strings.Contains(string(text), want) {
					t.Errorf("no %q in %s", want, text)
				}
			}
		}
		for _, who := range []access.Scope{{OutletPath: "/sh/"}, {OutletPath: "/", Brands: []string{string(f.Two)}}} {
			ctx := access.With(f.Ctx, access.Actor{Kind: access.User, ID: "x", Permissions: access.Set{"*": true}, Scope: who})
			if _, _, err := f.m.Report(ctx, i18n.Must(Words), "en", slow.ID); who.Brands != nil && !problem.Match(err, ErrNotFound) {
				t.Errorf("%+v reads the report: %v", who, err)
			}
		}
	})
}
