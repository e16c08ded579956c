package clocks_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

func policy(id clocks.PolicyID, match clocks.Attributes) clocks.Policy {
	return clocks.Policy{ID: id, Version: 1, Milestone: clocks.Completion, Party: clocks.Outlet, Match: match, Target: realTime(48)}
}

func request(a clocks.Attributes) clocks.Request {
	return clocks.Request{Milestone: clocks.Completion, Party: clocks.Outlet, Attributes: a, At: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC) }
	newer := policy("newer", clocks.Attributes{Priority: "P1"})
	newer.From = at(1)
	second := policy("second", clocks.Attributes{Priority: "P2"})
	second.Version = 2
	over := policy("over", clocks.Attributes{Priority: "P3", Brand: "b"})
	over.Until = at(21) // until before the 21st
	other := policy("other", clocks.Attributes{})
	other.Milestone = clocks.FirstResponse
	all := []clocks.Policy{
		policy("any", clocks.Attributes{}),
		policy("p1", clocks.Attributes{Priority: "P1"}), newer,
		policy("p2", clocks.Attributes{Priority: "P2"}), second,
		policy("brand", clocks.Attributes{Brand: "b"}),
		policy("line+type", clocks.Attributes{ProductLine: "ac", ServiceType: "repair"}),
		policy("vip", clocks.Attributes{Contract: "vip"}),
		policy("vip+repair", clocks.Attributes{Contract: "vip", ServiceType: "repair"}),
		policy("tier", clocks.Attributes{RegionTier: "county"}),
		policy("twin-b", clocks.Attributes{RegionTier: "remote"}), policy("twin-a", clocks.Attributes{RegionTier: "remote"}),
		over, other,
	}
	for _, tt := range []struct {
		name string
		attr clocks.Attributes
		want clocks.PolicyID
	}{
		{"nothing named", clocks.Attributes{}, "any"},
		{"nothing fits but the general one", clocks.Attributes{Priority: "P5", Brand: "x"}, "any"},
		{"named attribute beats none", clocks.Attributes{Brand: "b"}, "brand"},
		{"later start beats earlier", clocks.Attributes{Priority: "P1"}, "newer"},
		{"higher version beats lower", clocks.Attributes{Priority: "P2"}, "second"},
		{"priority before brand", clocks.Attributes{Priority: "P1", Brand: "b"}, "newer"},
		{"brand before region tier", clocks.Attributes{RegionTier: "county", Brand: "b"}, "brand"},
		{"two attributes beat one", clocks.Attributes{Priority: "P1", ProductLine: "ac", ServiceType: "repair"}, "line+type"},
		{"contract beats all", clocks.Attributes{Contract: "vip", Priority: "P1", ProductLine: "ac", ServiceType: "install"}, "vip"},
		{"contract and more", clocks.Attributes{Contract: "vip", Priority: "P1", ProductLine: "ac", ServiceType: "repair"}, "vip+repair"},
		{"smaller id at last", clocks.Attributes{RegionTier: "remote"}, "twin-a"},
		{"no longer in force", clocks.Attributes{Priority: "P3", Brand: "b"}, "brand"},
	} {
		for seed := range 10 { // the order of the input does not matter
			shuffled := slices.Clone(all)
			r := rand.New(rand.NewPCG(uint64(seed), 3))
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			got, err := clocks.Choose(shuffled, request(tt.attr))
			if err != nil || got.Policy.ID != tt.want {
				t.Errorf("%s: %s, %v, want %s", tt.name, got.Policy.ID, err, tt.want)
				break
			}
		}
	}
}

func TestChooseExplains(t *testing.T) {
	t.Parallel()
	old := policy("old", clocks.Attributes{})
	old.Until = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	all := []clocks.Policy{
		policy("any", clocks.Attributes{}),
		policy("p1-repair", clocks.Attributes{Priority: "P1", ServiceType: "repair"}),
		policy("brand", clocks.Attributes{Brand: "b"}),
		policy("p2", clocks.Attributes{Priority: "P2"}), old,
	}
	attr := clocks.Attributes{Priority: "P1", ServiceType: "repair", Brand: "b"}
	got, err := clocks.Choose(all, request(attr))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		clocks.ReasonChosen, clocks.ReasonMatched, clocks.ReasonMatched, // p1-repair: priority, service type
		clocks.ReasonOutranked, clocks.ReasonOutranked, // brand, any
		clocks.ReasonMismatch, clocks.ReasonNotThen, // p2, old
	}
	if codes := got.Reasons.Codes(); !slices.Equal(codes, want) {
		t.Errorf("reasons %v, want %v", codes, want)
	}
	// One input changed: the brand's policy no longer fits, nothing else is said differently.
	attr.Brand = "c"
	changed, err := clocks.Choose(all, request(attr))
	if err != nil {
		t.Fatal(err)
	}
	if diff := reason.Changed(got.Reasons, changed.Reasons); !slices.Equal(diff, []string{clocks.ReasonMismatch, clocks.ReasonOutranked}) {
		t.Errorf("reasons that changed: %v, want the outranked brand policy turned into a mismatch", diff)
	}
	words, err := i18n.New(clocks.Words)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Languages() {
		for _, text := range changed.Reasons.Words(words, lang) {
			if strings.ContainsAny(text, "{}|") || strings.Contains(text, "clocks.") {
				t.Errorf("%s: %q is not filled in", lang, text)
			}
		}
	}
}

func TestChooseNone(t *testing.T) {
	t.Parallel()
	got, err := clocks.Choose([]clocks.Policy{policy("p2", clocks.Attributes{Priority: "P2"})}, request(clocks.Attributes{Priority: "P1"}))
	if !problem.Match(err, clocks.ErrNoPolicy) || !slices.Equal(got.Reasons.Codes(), []string{clocks.ReasonNone, clocks.ReasonMismatch}) {
		t.Errorf("Choose = %v, %v, want ErrNoPolicy with the mismatch", got.Reasons.Codes(), err)
	}
	// An attribute that is not known fits no policy that names it.
	if _, err := clocks.Choose([]clocks.Policy{policy("p2", clocks.Attributes{Priority: "P2"})}, request(clocks.Attributes{})); !problem.Match(err, clocks.ErrNoPolicy) {
		t.Errorf("Choose without a priority = %v, want ErrNoPolicy", err)
	}
}

func TestPolicyValidate(t *testing.T) {
	t.Parallel()
	good := policy("p", clocks.Attributes{})
	window := good
	window.Target = clocks.Target{Kind: clocks.Instant, Calendar: "@outlet"} // the promise fills the time in
	for name, tt := range map[string]struct {
		policy clocks.Policy
		want   *problem.Code
	}{
		"good":            {good, nil},
		"promised window": {window, nil},
		"no target":       {clocks.Policy{ID: "p", Milestone: clocks.Arrival, Party: clocks.Outlet}, clocks.ErrTarget},
		"no id":           {policy("", clocks.Attributes{}), clocks.ErrTarget},
		"milestone":       {clocks.Policy{ID: "p", Milestone: "lunch", Party: clocks.Outlet, Target: realTime(1)}, clocks.ErrTarget},
		"party":           {clocks.Policy{ID: "p", Milestone: clocks.Arrival, Party: "dog", Target: realTime(1)}, clocks.ErrTarget},
		"validity":        {clocks.Policy{ID: "p", Milestone: clocks.Arrival, Party: clocks.Outlet, Target: realTime(1), From: time.Unix(9, 0), Until: time.Unix(9, 0)}, clocks.ErrTarget},
	} {
		if err := tt.policy.Validate(); !problem.Match(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
