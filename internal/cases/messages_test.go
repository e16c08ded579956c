package cases

import (
	"errors"
	"strings"
	"testing"
	"time"

	"anxin/internal/entitlement"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
)

// told are the messages about a case, the oldest first.
func (f *fixture) told(id ID) []notify.Logged {
	f.t.Helper()
	list, err := f.notify.OfRecord(f.t.Context(), f.d, "case", string(id))
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func (f *fixture) messages() *identity.Service {
	ids := identity.New(f.d, f.keys, nil, identity.Options{BaseURL: "https://anxin.test"})
	f.Messages(notify.New(f.d, f.keys, notify.Options{}), ids, time.FixedZone("CST", 8*3600))
	return ids
}

// tell delivers the case's opening, twice, as the bus may.
func (f *fixture) tell(c Case) {
	f.t.Helper()
	for range 2 {
		if err := f.sayReceived(access.AsSystem(f.ctx, "events"), Opened{c.fact(c.OccurredAt)}); err != nil {
			f.t.Fatal(err)
		}
	}
}

func ofCustomer(f *fixture) func(*OpenInput) {
	return func(in *OpenInput) { in.CustomerID, in.ServiceType = f.customer, "REP" }
}

// TestReceivedIsTold: T01 goes once, to who reported, else to the customer; history and replays tell nobody.
func TestReceivedIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.messages()
		c := f.open(ofCustomer(f))
		f.tell(c)
		list := f.told(c.ID)
		if len(list) != 1 || list[0].Template != "T01" || list[0].MaskedTo == "" {
			t.Fatalf("told %+v, want T01 once", list)
		}
		for _, part := range []string{"安然", "维修", c.Number, "120分钟", "400-800-1234"} { // P3: two working hours, and it is noon
			if !strings.Contains(list[0].MaskedText, part) {
				t.Errorf("T01 %q does not say %s", list[0].MaskedText, part)
			}
		}
		other := f.open(ofCustomer(f), func(in *OpenInput) { in.Contact = Contact{Name: "李四", Phone: "13987650123"} })
		f.tell(other)
		if list := f.told(other.ID); len(list) != 1 || !strings.HasSuffix(list[0].MaskedTo, "0123") {
			t.Errorf("told %+v, want who reported", list)
		}
		nobody := f.open()
		f.tell(nobody)
		if list := f.told(nobody.ID); len(list) != 0 {
			t.Errorf("a case without a phone told %+v", list)
		}
		complaint := f.open(ofCustomer(f), asComplaint)
		f.tell(complaint)
		if list := f.told(complaint.ID); len(list) != 0 {
			t.Errorf("a complaint that nobody acknowledged told %+v", list)
		}
		quiet := f.open(ofCustomer(f))
		a := access.System("events")
		a.Origin = access.Replay
		if err := f.sayReceived(access.With(f.ctx, a), Opened{quiet.fact(quiet.OccurredAt)}); err != nil {
			t.Fatal(err)
		}
		if list := f.told(quiet.ID); len(list) != 0 {
			t.Errorf("a replay told %+v", list)
		}
		gone := Opened{Fact{Head: events.Head{ID: "0190c2a4-0000-7000-8000-000000000000", OccurredAt: c.OccurredAt}, Type: Request}}
		if err := f.sayReceived(access.AsSystem(f.ctx, "events"), gone); err != nil {
			t.Errorf("a case that is not there: %v", err)
		}
	})
}

// TestComplaintIsTold: T11 with the link when it is acknowledged, by whom or without a name; T12 with the words of
// the proposal, once.
func TestComplaintIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		ids := f.messages()
		who, err := ids.Create(access.With(t.Context(), access.System("test")), identity.CreateInput{
			Profile:  identity.Profile{Login: "zhang", Name: "张经理", Roles: []string{access.RoleAgent}, Scope: access.Everything, Lang: "zh-CN"},
			Password: "correct horse battery 7",
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ assignee, says string }{{string(who.User.ID), "张经理"}, {"", "客服中心"}} {
			c := f.open(ofCustomer(f), asComplaint, func(in *OpenInput) { in.AssigneeID = tt.assignee })
			stage := func(s Stage, note string) {
				t.Helper()
				in := StageInput{ActInput: ActInput{ID: c.ID, Act: access.Act{Note: note}}, Stage: s}
				c = f.must(f.MoveStage(f.ctx, in))
				for range 2 {
					if err := f.sayStaged(access.AsSystem(f.ctx, "events"), ComplaintStaged{Fact: c.fact(d.Now()), Stage: s}); err != nil {
						t.Fatal(err)
					}
				}
			}
			stage(StageAcknowledged, "")
			list := f.told(c.ID)
			if len(list) != 1 || list[0].Template != "T11" || !strings.Contains(list[0].MaskedText, tt.says) || !strings.Contains(list[0].MaskedText, "https://anxin.test/l/") {
				t.Errorf("assignee %q: told %+v, want T11 that says %s with a link", tt.assignee, list, tt.says)
			}
			stage(StageClassified, "")
			stage(StageInvestigating, "")
			if list := f.told(c.ID); len(list) != 1 {
				t.Errorf("stages that concern nobody told %d messages", len(list)-1)
			}
			stage(StageProposal, "免费更换控制板并退还上门费")
			list = f.told(c.ID)
			if len(list) != 2 || list[1].Template != "T12" || !strings.Contains(list[1].MaskedText, "免费更换控制板") {
				t.Errorf("told %+v, want T12 with the proposal", list)
			}
		}
	})
}

// TestRightsAreTold: T21 and a notice when a case's customer may choose more than before, once; nothing when somebody asked.
func TestRightsAreTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		ids := f.messages()
		who, err := ids.Create(access.With(t.Context(), access.System("test")), identity.CreateInput{
			Profile:  identity.Profile{Login: "zhang", Name: "张经理", Roles: []string{access.RoleAgent}, Scope: access.Everything, Lang: "zh-CN"},
			Password: "correct horse battery 7",
		})
		if err != nil {
			t.Fatal(err)
		}
		c := f.open(ofCustomer(f))
		ev := entitlement.Decided{Head: events.Head{ID: "a1", Version: 3, OccurredAt: d.Now()}, Case: string(c.ID), New: []rules.Option{rules.Exchange, rules.Refund}}
		tell := func() {
			t.Helper()
			ctx := access.AsSystem(f.ctx, "events")
			for range 2 {
				if err := errors.Join(f.sayRights(ctx, ev), f.noticeRights(ctx, ev)); err != nil {
					t.Fatal(err)
				}
			}
		}
		notices := func() int {
			t.Helper()
			as := access.With(t.Context(), access.Actor{Kind: access.User, ID: string(who.User.ID), Scope: access.Everything})
			list, err := f.notify.Notices(as, notify.NoticesInput{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		tell()
		if list := f.told(c.ID); len(list) != 0 || notices() != 0 {
			t.Errorf("what an agent asked was told: %+v, %d notices", list, notices())
		}
		ev.Again = true
		tell()
		list := f.told(c.ID)
		if len(list) != 1 || list[0].Template != "T21" || !strings.Contains(list[0].MaskedText, "换货、退货") || !strings.Contains(list[0].MaskedText, "https://anxin.test/l/") {
			t.Errorf("told %+v, want T21 with both options and a link", list)
		}
		if n := notices(); n != 1 {
			t.Errorf("%d notices, want one", n)
		}
		ev.Case = "0190c2a4-0000-7000-8000-000000000000"
		tell()

		// A unit that is thought to be repaired makes no news of what a failed repair would open.
		mended := f.open(ofCustomer(f))
		f.must(f.Classify(f.ctx, ClassifyInput{ActInput: f.act(mended.ID)}))
		solved := f.act(mended.ID)
		solved.Reason = "solved_by_guidance"
		f.must(f.SolveRemotely(f.ctx, solved))
		ev.Case, ev.Version = string(mended.ID), 4
		tell()
		if list := f.told(mended.ID); len(list) != 0 || notices() != 1 {
			t.Errorf("of a unit that works %+v was told, %d notices", list, notices())
		}
	})
}
