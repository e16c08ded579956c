package planner_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/dispatch/planner/plannertest"
	"anxin/internal/platform/reason"
)

// TestRelaxed: work that nobody does is told what would have to give way, and nothing else.
func TestRelaxed(t *testing.T) {
	t.Parallel()
	at := plannertest.At
	day := func(s *planner.Snapshot) *planner.Day { return &s.Engineers[0].Days[0] }
	for _, tt := range []struct {
		name   string
		change func(s *planner.Snapshot)
		want   []string // code, and value where it has one
	}{
		{"another is pinned", func(s *planner.Snapshot) { s.Jobs[0].Pinned = "x" }, []string{planner.RelaxPinned}},
		{"the customer wants another", func(s *planner.Snapshot) { s.Jobs[0].Excluded = []planner.EngineerID{"e"} }, []string{planner.RelaxExcluded}},
		{"area", func(s *planner.Snapshot) { s.Jobs[0].Outlets = []planner.OutletID{"p"} }, []string{planner.RelaxArea}},
		{"parts", func(s *planner.Snapshot) { s.Jobs[0].PartsMissing = true }, []string{planner.RelaxParts}},
		{"level", func(s *planner.Snapshot) { s.Jobs[0].Needs[0].Level = 4 }, []string{planner.RelaxSkill}},
		{"certificate", func(s *planner.Snapshot) { day(s).Certificates = nil }, []string{planner.RelaxCertificate}},
		{"neither skill nor certificate", func(s *planner.Snapshot) { day(s).Certificates, day(s).Skills = nil, nil }, []string{planner.RelaxSkill}},
		{"part", func(s *planner.Snapshot) { s.Jobs[0].Parts = []planner.PartNeed{{Code: "c", Count: 2}} }, []string{planner.RelaxPart}},
		{"tool", func(s *planner.Snapshot) { s.Jobs[0].Parts = []planner.PartNeed{planner.ToolNeed("VACUUM")} }, []string{planner.RelaxTool}},
		{"too many visits", func(s *planner.Snapshot) { s.Engineers[0].MaxVisits = 1 }, []string{planner.RelaxLoad + " 2"}},
		{"two things are missing", func(s *planner.Snapshot) { s.Jobs[0].Pinned, s.Engineers[0].MaxVisits = "x", 1 }, nil},
		{"brand", func(s *planner.Snapshot) { s.Jobs[0].Brand = "b" }, nil},
		{"shift ends early", func(s *planner.Snapshot) { day(s).Shifts[0].To, day(s).Break = at(10, 40), planner.Break{} }, []string{planner.RelaxOvertime + " 30"}},
		{"no room in the window", func(s *planner.Snapshot) {
			s.Visits = append(s.Visits, planner.Visit{ID: "u", Job: planner.Job{ID: "y", Place: 4, Minutes: 60}, Engineers: []planner.EngineerID{"e"}, Date: plannertest.Date(0), Start: at(10, 30), End: at(13, 30)})
		}, []string{planner.RelaxLater + " 90"}},
		{"free before it", func(s *planner.Snapshot) {
			s.Visits[0].Start, s.Visits[0].End = at(10, 0), at(18, 0)
		}, []string{planner.RelaxEarlier + " 64"}},
		{"a gap between two windows", func(s *planner.Snapshot) {
			s.Jobs[0].Windows = []planner.Span{{From: at(9, 0), To: at(9, 30)}, {From: at(16, 58), To: at(17, 0)}}
			s.Visits = append(s.Visits, planner.Visit{ID: "u", Job: planner.Job{ID: "y", Place: 4, Minutes: 60}, Engineers: []planner.EngineerID{"e"}, Date: plannertest.Date(0), Start: at(16, 0), End: at(18, 0)})
		}, []string{planner.RelaxLater + " 34", planner.RelaxEarlier + " 118"}},
	} {
		s := plannertest.Plain()
		tt.change(&s)
		p, err := planner.New().Plan(t.Context(), s)
		if err != nil || len(p.Unserved) != 1 {
			t.Errorf("%s: %+v, %v", tt.name, p, err)
			continue
		}
		var got []string
		for _, r := range p.Unserved[0].Reasons.Only(reason.Info) {
			what := r.Code
			if v, ok := r.Value.(int64); ok {
				what += " " + strconv.FormatInt(v, 10)
			}
			if r.Params["date"] != plannertest.Date(0).String() {
				t.Errorf("%s: %s on %v", tt.name, r.Code, r.Params["date"])
			}
			got = append(got, what)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if _, failed := p.Unserved[0].Reasons.FirstFailing(); !failed {
			t.Errorf("%s: nothing says why", tt.name)
		}
	}
}

// TestRelaxationsHold: with what is said to give way the work finds somebody beside the plan, and with a little less it does not.
func TestRelaxationsHold(t *testing.T) {
	t.Parallel()
	p, count := planner.New(), map[string]int{}
	for seed := range uint64(150) {
		if seed%3 == 0 { // a question about slots counts stops at stores, which plans are not asked about
			continue
		}
		maker := plannertest.Random
		if seed%2 == 0 {
			maker = plannertest.RandomRush
		}
		s := maker(seed, 2+int(seed%3), 16)
		plan, err := p.Plan(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		after := s.Apply(plan)
		finds := func(s planner.Snapshot, j planner.Job, windows []planner.Span) bool {
			t.Helper()
			j.ID = "asked"
			if len(windows) == 0 {
				windows = []planner.Span{{From: s.Now, To: s.Now.AddDate(0, 0, 9)}}
			}
			slots, err := p.Slots(t.Context(), s, planner.SlotQuery{Job: j, Windows: windows})
			if err != nil {
				t.Fatal(err)
			}
			return slices.ContainsFunc(slots, planner.Slot.Offered)
		}
		for _, u := range plan.Unserved {
			i := slices.IndexFunc(s.Jobs, func(j planner.Job) bool { return j.ID == u.Job })
			j := s.Jobs[i]
			if finds(after, j, j.Windows) {
				continue // plans are not sought again for what a stop or a crew left
			}
			for _, r := range u.Reasons.Only(reason.Info) {
				count[r.Code]++
				value, _ := r.Value.(int64)
				eased, with, less := j, after, func() bool { return false }
				windows := j.Windows
				switch r.Code {
				case planner.RelaxLater, planner.RelaxEarlier:
					start, err := time.Parse(time.RFC3339, r.Params["start"].(string))
					if err != nil {
						t.Fatal(err)
					}
					windows = []planner.Span{{From: start, To: start}}
					least := time.Duration(1 << 62)
					for _, w := range j.Windows {
						if by := start.Sub(w.To); r.Code == planner.RelaxLater && by > 0 {
							least = min(least, by)
						}
						if by := w.From.Sub(start); r.Code == planner.RelaxEarlier && by > 0 {
							least = min(least, by)
						}
					}
					if rest := least - time.Minute - 2*time.Second; rest > 0 { // the same gap, nearer to the window by more than a minute
						nearer := planner.Span{From: start.Add(time.Minute + time.Second), To: start.Add(least - time.Second)}
						if r.Code == planner.RelaxLater {
							nearer = planner.Span{From: start.Add(time.Second - least), To: start.Add(-time.Minute - time.Second)}
						}
						nearer.From = later(nearer.From, s.Now)
						less = func() bool { return !nearer.To.Before(nearer.From) && finds(with, eased, []planner.Span{nearer}) }
					}
					if got := int64((least + time.Minute - 1) / time.Minute); got != value {
						t.Errorf("seed %d, %s: %s of %d minutes is %d", seed, j.ID, r.Code, value, got)
					}
				case planner.RelaxOvertime:
					with = longer(after, int(value))
					if value > 30 {
						less = func() bool { return finds(longer(after, 30), eased, windows) }
					}
				case planner.RelaxLoad:
					with.Engineers = slices.Clone(after.Engineers)
					for i := range with.Engineers {
						if e := &with.Engineers[i]; e.MaxVisits > 0 {
							e.MaxVisits++
						}
					}
				case planner.RelaxPinned:
					eased.Pinned = ""
				case planner.RelaxExcluded:
					eased.Excluded = nil
				case planner.RelaxArea:
					eased.Outlets = nil
				case planner.RelaxParts:
					eased.PartsMissing = false
				case planner.RelaxSkill:
					eased.Needs = slices.DeleteFunc(slices.Clone(j.Needs), func(n planner.Need) bool { return string(n.Skill) == r.Params["skill"] })
				case planner.RelaxCertificate:
					eased.Needs = slices.Clone(j.Needs)
					for i := range eased.Needs {
						eased.Needs[i].Certificate = eased.Needs[i].Certificate && string(eased.Needs[i].Skill) != r.Params["skill"]
					}
				case planner.NoteRush:
					continue
				default:
					t.Fatalf("seed %d: what is %s?", seed, r.Code)
				}
				if !finds(with, eased, windows) {
					t.Errorf("seed %d, %s: %s of %v finds nobody", seed, j.ID, r.Code, r.Value)
				}
				if less() {
					t.Errorf("seed %d, %s: less than %s of %v finds somebody", seed, j.ID, r.Code, r.Value)
				}
			}
		}
	}
	for _, code := range []string{planner.RelaxLater, planner.RelaxEarlier, planner.RelaxOvertime, planner.RelaxLoad, planner.RelaxArea, planner.RelaxParts, planner.RelaxSkill} {
		if count[code] == 0 {
			t.Errorf("%s was never tried: %v", code, count)
		}
	}
	t.Log(count)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// longer is a snapshot whose last shift of each day is so many minutes longer.
func longer(s planner.Snapshot, minutes int) planner.Snapshot {
	s.Engineers = slices.Clone(s.Engineers)
	for i := range s.Engineers {
		days := slices.Clone(s.Engineers[i].Days)
		for k := range days {
			if n := len(days[k].Shifts); n > 0 {
				days[k].Shifts = slices.Clone(days[k].Shifts)
				days[k].Shifts[n-1].To = days[k].Shifts[n-1].To.Add(time.Duration(minutes) * time.Minute)
			}
		}
		s.Engineers[i].Days = days
	}
	return s
}
