package returns

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// TestClaim: what the supplier owes for a defect is claimed, accepted in part, booked and paid; another outlet and
// another brand see nothing of it.
func TestClaim(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened(func(in *RequestInput) { in.Depot = f.hz.ID })
		open := ClaimInput{Return: r.ID, Against: "supplier", Name: "压缩机厂", Amount: 200_000}
		for _, tt := range []struct {
			name   string
			change func(*ClaimInput)
			want   string
		}{
			{"nobody", func(in *ClaimInput) { in.Name = " " }, "name required"},
			{"somebody else", func(in *ClaimInput) { in.Against = "neighbour" }, "against bad_choice"},
			{"nothing", func(in *ClaimInput) { in.Amount = 0 }, "amount out_of_range"},
			{"less than nothing", func(in *ClaimInput) { in.Amount = -1 }, "amount out_of_range"},
			{"another return's line", func(in *ClaimInput) { in.Lines = []LineID{"x"} }, "lines[0] unknown_reference"},
		} {
			in := open
			tt.change(&in)
			if _, err := f.OpenClaim(f.ctx, in); !slices.Contains(fieldsOf(err), tt.want) {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
			}
		}
		c, err := f.OpenClaim(f.ctx, open)
		f.must(err)
		if _, err := f.OpenClaim(f.ctx, open); !problem.Match(err, ErrClaimTwice) {
			t.Errorf("a second claim: %v", err)
		}
		move := func(how string, accepted int64) error {
			var err error
			c, err = f.MoveClaim(f.ctx, ClaimAct{ID: c.ID, How: how, Accepted: accepted, Act: access.Act{OperationID: "op-" + how}})
			return err
		}
		id := c.ID
		if err := move("pay", 0); !problem.Match(err, ErrState) {
			t.Errorf("paying what was not accepted: %v", err)
		}
		c.ID = id
		f.must(move("send", 0))
		if _, err := f.MoveClaim(f.ctx, ClaimAct{ID: id, How: "accept", Accepted: 200_001}); !slices.Contains(fieldsOf(err), "accepted out_of_range") {
			t.Errorf("accepting more than claimed: %v", err)
		}
		f.must(move("accept", 150_000))
		if f.balance("receivable:supplier:压缩机厂") != 150_000 || f.balance("recovery:returns") != -150_000 {
			t.Errorf("owed %d, recovered %d", f.balance("receivable:supplier:压缩机厂"), f.balance("recovery:returns"))
		}
		f.must(move("pay", 0))
		f.must(move("pay", 0)) // the same operation again
		if c.State != ClaimPaid || f.balance("receivable:supplier:压缩机厂") != 0 || f.balance("cash:bank") != 150_000 {
			t.Errorf("claim %+v, owed %d, cash %d", c, f.balance("receivable:supplier:压缩机厂"), f.balance("cash:bank"))
		}
		list, err := events.OfRecord(f.ctx, d, claimKind, string(id))
		if err != nil || len(list) != 4 {
			t.Errorf("%d events, %v; want one a state", len(list), err)
		}
		for name, ctx := range map[string]struct {
			actor access.Scope
			want  int
		}{
			"centre": {access.Everything, 1}, "its outlet": {access.Scope{OutletPath: f.hz.Path}, 1}, "another outlet": {access.Scope{OutletPath: f.sh.Path}, 0},
			"another brand": {access.Scope{OutletPath: "/", Brands: []string{string(f.two)}}, 0},
		} {
			list, err := f.Claims(access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: access.Set{"*": true}, Scope: ctx.actor}), ClaimFilter{Return: r.ID, Limit: 10})
			if err != nil || len(list) != ctx.want {
				t.Errorf("%s sees %d claims, %v; want %d", name, len(list), err, ctx.want)
			}
		}
	})
}

// TestLabel: a label is a paper of its own size, the same bytes every time, without anything personal in it.
func TestLabel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.opened()
		words := i18n.Must(Words)
		name, one, err := f.Label(f.ctx, r.ID, words)
		f.must(err)
		_, two, err := f.Label(f.ctx, r.ID, words)
		f.must(err)
		if name != r.Number+".pdf" || !bytes.HasPrefix(one, []byte("%PDF")) || !bytes.Equal(one, two) || strings.Contains(string(one), "13812345678") {
			t.Errorf("label %s of %d bytes", name, len(one))
		}
		_, err = f.Withdraw(f.ctx, in(r, "customer_withdrew"))
		f.must(err)
		if _, _, err := f.Label(f.ctx, r.ID, words); !problem.Match(err, ErrNotReady) {
			t.Errorf("the label of what was withdrawn: %v", err)
		}
	})
}
