package realinput

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
)

// monday is the start of a week without holidays.
var monday = time.Date(2016, 3, 7, 0, 0, 0, 0, time.UTC)

func at(day, hour, minute int) int { return day*24*60 + hour*60 + minute }

func TestWalk(t *testing.T) {
	t.Parallel()
	r := newRuler(monday, monday.AddDate(0, 0, 30))
	office := calendar.Spec{ID: "office", Zone: "UTC", Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 12, 0), calendar.Hours(13, 0, 18, 0))}
	if err := r.add(office); err != nil {
		t.Fatal(err)
	}
	hours := func(n int) clocks.Target {
		return clocks.Target{Kind: clocks.WorkingTime, Calendar: "office", Duration: time.Duration(n) * time.Hour}
	}
	lasting := func(n int) clocks.Target {
		return clocks.Target{Kind: clocks.CalendarTime, Duration: time.Duration(n) * time.Hour}
	}
	workday := func(n int) clocks.Target {
		return clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "office", Days: n}
	}
	for _, tt := range []struct {
		name string
		e    expected
		want outcome
	}{
		{
			"in time around the clock",
			expected{start: at(0, 20, 0), aims: []aim{{at(0, 20, 0), lasting(8)}}, met: at(1, 4, 0), ended: -1},
			outcome{status: clocks.StatusMet, due: at(1, 4, 0), breached: -1, elapsed: 8 * 60},
		},
		{
			"a minute late",
			expected{start: at(0, 20, 0), aims: []aim{{at(0, 20, 0), lasting(8)}}, met: at(1, 4, 1), ended: -1},
			outcome{status: clocks.StatusBreached, due: at(1, 4, 0), breached: at(1, 4, 0), elapsed: 8*60 + 1},
		},
		{
			"over lunch and night",
			expected{start: at(0, 11, 0), aims: []aim{{at(0, 11, 0), hours(8)}}, met: at(1, 10, 0), ended: -1},
			outcome{status: clocks.StatusMet, due: at(1, 11, 0), breached: -1, elapsed: 7 * 60},
		},
		{
			"over a weekend",
			expected{start: at(4, 17, 0), aims: []aim{{at(4, 17, 0), hours(2)}}, met: at(7, 9, 30), ended: -1},
			outcome{status: clocks.StatusMet, due: at(7, 10, 0), breached: -1, elapsed: 90},
		},
		{
			"a pause moves the due date by its working time",
			expected{
				start: at(0, 9, 0), aims: []aim{{at(0, 9, 0), hours(4)}}, stops: []stretch{{at(0, 10, 0), at(0, 14, 0)}}, met: at(0, 16, 0), ended: -1,
			},
			outcome{status: clocks.StatusMet, due: at(0, 17, 0), breached: -1, elapsed: 3 * 60, stopped: 3 * 60},
		},
		{
			"what is broken is not stopped any more",
			expected{
				start: at(0, 9, 0), aims: []aim{{at(0, 9, 0), hours(1)}}, stops: []stretch{{at(0, 11, 0), at(0, 14, 0)}}, met: at(0, 15, 0), ended: -1,
			},
			outcome{status: clocks.StatusBreached, due: at(0, 10, 0), breached: at(0, 10, 0), elapsed: 5 * 60},
		},
		{
			"a longer target before the due date",
			expected{
				start: at(0, 9, 0), aims: []aim{{at(0, 9, 0), hours(1)}, {at(0, 9, 30), hours(3)}}, met: at(0, 11, 0), ended: -1,
			},
			outcome{status: clocks.StatusMet, due: at(0, 12, 0), breached: -1, elapsed: 2 * 60},
		},
		{
			"a target that is used up is due at once",
			expected{
				start: at(0, 9, 0), aims: []aim{{at(0, 9, 0), hours(6)}, {at(0, 11, 0), hours(1)}}, met: at(0, 11, 30), ended: -1,
			},
			outcome{status: clocks.StatusBreached, due: at(0, 11, 0), breached: at(0, 11, 0), elapsed: 150},
		},
		{
			"the end of the second working day",
			expected{start: at(3, 15, 0), aims: []aim{{at(3, 15, 0), workday(2)}}, met: at(7, 18, 0), ended: -1},
			outcome{status: clocks.StatusMet, due: at(7, 18, 0), breached: -1, elapsed: (3 + 8 + 8) * 60},
		},
		{
			"the duty fell away",
			expected{start: at(0, 9, 0), aims: []aim{{at(0, 9, 0), hours(4)}}, met: -1, ended: at(0, 10, 0)},
			outcome{status: clocks.StatusVoid, due: at(0, 14, 0), breached: -1, elapsed: 60},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := r.walk(tt.e)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("walk = %+v, want %+v", got, tt.want)
			}
		})
	}
	if _, err := r.walk(expected{start: 5, met: -1, ended: -1, aims: []aim{{5, lasting(1)}}}); err == nil {
		t.Error("a clock without end: no error")
	}
}

// TestReadMessyLog: missing cells, doubles, rows out of order, rows that say nothing readable.
func TestReadMessyLog(t *testing.T) {
	t.Parallel()
	head := "number,incident_state,made_sla,opened_at,sys_updated_at,contact_type,impact,urgency,priority,assignment_group,assigned_to,sys_mod_count\n"
	rows := []string{
		"1,New,true,29/2/2016 01:16,29/2/2016 01:23,Phone,2,2,3,?,?,0",
		"1,Active,true,29/2/2016 01:16,29/2/2016 03:00,Phone,2,2,3,56,?,1",
		"1,Active,true,29/2/2016 01:16,29/2/2016 03:00,Phone,2,2,3,56,?,1", // twice
		"1,Resolved,true,29/2/2016 01:16,29/2/2016 02:00,Phone,2 - Medium,2,?,56,9,2",
		"1,Closed,false,29/2/2016 01:16,?,Phone,2,2,3,56,9,3",
		"2,New,true,1/3/2016 10:00,1/3/2016 09:00,?,?,?,2,56,9,0", // touched before it was opened
		"?,New,true,1/3/2016 10:00,1/3/2016 09:00,?,?,?,2,56,9,0",
		"3,New,true,?,1/3/2016 09:00,?,?,?,2,56,9,0",
	}
	path := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(head+strings.Join(rows, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	list, facts, err := readIncidents(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if facts.Rows != 8 || facts.Doubles != 1 || facts.Unreadable != 3 || facts.Backwards != 1 {
		t.Errorf("facts = %+v, want 8 rows, 1 double, 3 unreadable, 1 backwards", facts)
	}
	if len(list) != 2 || len(list[0].Rows) != 3 || len(list[1].Rows) != 1 {
		t.Fatalf("got %d incidents", len(list))
	}
	last := list[0].Rows[2]
	if want := time.Date(2016, 2, 29, 2, 0, 0, 0, time.UTC); !last.At.Equal(want) || !last.Learnt.Equal(want.Add(time.Hour)) {
		t.Errorf("out of order: at %s, learnt %s; want 02:00 and 03:00", last.At, last.Learnt)
	}
	if last.Priority != 3 || last.Impact != 2 {
		t.Errorf("priority %d and impact %d, want 3 kept from above and 2 read from a label", last.Priority, last.Impact)
	}
	if got := list[1].Rows[0].At; !got.Equal(list[1].Opened) {
		t.Errorf("touched before it was opened: at %s, want %s", got, list[1].Opened)
	}
	order := inOrder(list)
	if !slices.IsSortedFunc(order, func(a, b happening) int { return a.at().Compare(b.at()) }) {
		t.Error("happenings are not in the order in which they are learnt")
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		samples []sample
		length  time.Duration
		right   int
	}{
		{"clean", []sample{{10, true}, {20, true}, {30, false}, {40, false}}, 20, 4},
		{"a stray", []sample{{10, true}, {15, false}, {20, true}, {25, true}, {40, false}}, 25, 4},
		{"never kept", []sample{{10, false}, {20, false}}, 0, 2},
		{"always kept", []sample{{20, true}, {10, true}}, 20, 2},
		{"equal lengths are not parted", []sample{{10, true}, {10, false}, {10, true}}, 10, 2},
	} {
		if length, right := cut(tt.samples); length != tt.length || right != tt.right {
			t.Errorf("%s: cut = %d, %d right; want %d, %d", tt.name, length, right, tt.length, tt.right)
		}
	}
}

func TestClusters(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(7, 7))
	var points []geo.Point
	for _, middle := range [][2]float64{{40.6, -73.9}, {40.85, -73.85}, {40.75, -74.1}} {
		for range 30 {
			points = append(points, geo.Point{Lat: middle[0] + chance.Float64()*0.02, Lon: middle[1] + chance.Float64()*0.02, Datum: geo.WGS84})
		}
	}
	a, b := clusters(points, 3, 5), clusters(points, 3, 5)
	if len(a) != 3 {
		t.Fatalf("%d groups, want 3", len(a))
	}
	for i := range a {
		if len(a[i].Points) != 30 {
			t.Errorf("group %d has %d points, want 30", i, len(a[i].Points))
		}
		if a[i].Middle != b[i].Middle || !slices.Equal(a[i].Points, b[i].Points) {
			t.Errorf("group %d differs with the same seed", i)
		}
		if !slices.Contains(points, a[i].Middle) {
			t.Errorf("the middle of group %d is none of the points", i)
		}
	}
	if got := clusters(points[:2], 5, 1); len(got) > 2 {
		t.Errorf("%d groups of 2 points", len(got))
	}
	if got := share(10, []cluster{{Points: make([]int, 60)}, {Points: make([]int, 30)}, {Points: make([]int, 1)}}); !slices.Equal(got, []int{6, 3, 1}) {
		t.Errorf("share = %v, want 6, 3, 1", got)
	}
	if got := share(2, []cluster{{Points: make([]int, 6)}, {Points: make([]int, 3)}, {Points: make([]int, 1)}}); !slices.Equal(got, []int{1, 1, 0}) {
		t.Errorf("share of too few = %v, want 1, 1, 0", got)
	}
}
