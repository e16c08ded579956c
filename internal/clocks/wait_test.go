package clocks_test

import (
	"slices"
	"strings"
	"testing"

	"anxin/internal/clocks"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// The whole table, cell by cell: a change of it is a change of who pays.
func TestWaitTable(t *testing.T) {
	t.Parallel()
	runs := map[clocks.WaitedFor][]clocks.Party{
		clocks.ForCustomer:     {clocks.Customer},
		clocks.ForPart:         {clocks.Parts, clocks.Firm},
		clocks.ForApproval:     {clocks.Approver, clocks.Firm},
		clocks.ForProductOwner: {clocks.ProductOwner, clocks.Firm},
		clocks.ForForceMajeure: nil,
	}
	if got := len(clocks.WaitEffects()); got != len(runs) {
		t.Errorf("%d waits in the table, want %d", got, len(runs))
	}
	for w, against := range runs {
		for _, p := range clocks.AllParties() {
			want := clocks.Stops
			if w == clocks.ForForceMajeure {
				want = clocks.Freeze
			}
			if slices.Contains(against, p) {
				want = clocks.Runs
			}
			if got := w.EffectOn(p); got != want {
				t.Errorf("waiting for %s: clock of %s %s, want %s", w, p, got, want)
			}
		}
		party, ok := w.Starts()
		if ok != (len(against) > 0) || ok && party != against[0] {
			t.Errorf("waiting for %s starts the clock of %q, want that of the first of %v", w, party, against)
		}
		if !w.Known() {
			t.Errorf("%s is not known", w)
		}
	}
	if clocks.WaitedFor("weather").Known() {
		t.Error("weather is not in the table")
	}
}

func TestJobs(t *testing.T) {
	t.Parallel()
	r := clocks.Record{Kind: "order", ID: "o1"}
	if got := clocks.JobOf("c1", r); got != (clocks.Job{Kind: "case", ID: "c1"}) {
		t.Errorf("JobOf = %v, want the case", got)
	}
	if got := clocks.JobOf("", r); got != clocks.Job(r) {
		t.Errorf("JobOf = %v, want the record itself", got)
	}
	if got := len(clocks.AllMilestones()); got != 16 {
		t.Errorf("%d milestones, want 16", got)
	}
	for _, m := range clocks.AllMilestones() {
		if p := clocks.DefaultParty(m); (p == "") != (m == clocks.Awaited) || p != "" && !slices.Contains(clocks.AllParties(), p) {
			t.Errorf("DefaultParty(%s) = %q", m, p)
		}
	}
}

// A clock that starts while its job waits takes the open waits over.
func TestOpenWaits(t *testing.T) {
	t.Parallel()
	b := newBench(t).start("10-19 09:00", realTime(10))
	b.pause("a", clocks.ForCustomer, clocks.Outlet, "10-19 10:00").pause("b", clocks.ForPart, clocks.Outlet, "10-19 10:30").resume("a", "10-19 11:00")
	if got := b.facts.OpenWaits(b.at("10-19 10:45")); len(got) != 2 {
		t.Errorf("%d open waits at 10:45, want 2", len(got))
	}
	open := b.facts.OpenWaits(b.at("10-19 12:00"))
	if len(open) != 1 || open[0].Pause != "b" {
		t.Fatalf("open waits %v, want b", open)
	}
	next := newBench(t).start("10-19 12:00", realTime(2))
	next.pause(open[0].Pause, open[0].WaitedFor, clocks.Engineer, "10-19 10:30", "10-19 12:00")
	next.want("10-19 15:00", clocks.StatusPaused, "10-19 17:00", 0)
}

func TestWords(t *testing.T) {
	t.Parallel()
	c, err := i18n.New(clocks.Words)
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for _, code := range problem.Codes() {
		if strings.HasPrefix(code.Key, "clocks.") {
			keys = append(keys, "problem."+code.Key)
		}
	}
	for _, r := range []string{clocks.ReasonChosen, clocks.ReasonMatched, clocks.ReasonOutranked, clocks.ReasonMismatch, clocks.ReasonNotThen, clocks.ReasonNone} {
		keys = append(keys, "reason."+r)
	}
	for _, p := range clocks.AllParties() {
		keys = append(keys, "clocks.party."+string(p))
	}
	for _, m := range clocks.AllMilestones() {
		keys = append(keys, "clocks.milestone."+string(m))
	}
	for _, w := range clocks.WaitEffects() {
		keys = append(keys, "clocks.waited_for."+string(w.For))
	}
	for _, lang := range i18n.Languages() {
		for _, key := range keys {
			if !c.Has(lang, key) {
				t.Errorf("no words for %s in %s", key, lang)
			}
		}
	}
	if problems := c.Problems(); len(problems) > 0 {
		t.Errorf("the languages differ: %v", problems)
	}
}
