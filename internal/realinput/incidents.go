package realinput

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/platform/charset"
	"anxin/internal/platform/imports"
)

// incident is one record of the log with its rows as they stand in the file.
type incident struct {
	No     string
	Opened time.Time
	Rows   []logRow
}

// logRow is one row: what the other system wrote when somebody touched the incident.
type logRow struct {
	At       time.Time // sys_updated_at, as claimed
	Learnt   time.Time // when we hear of it: rows of an incident come in the order of the file
	State    string
	Group    string // assignment_group; "" for unknown
	Person   string // assigned_to
	Impact   int
	Urgency  int
	Priority int
	Channel  string
	MadeSLA  bool
	seq      int // in the file
}

// made is what the other system says in the end about its agreement.
func (i *incident) made() bool { return i.Rows[len(i.Rows)-1].MadeSLA }

// logFacts count what was found while reading.
type logFacts struct {
	Rows, Doubles, Unreadable, Backwards int
	Missing                              map[string]int // "?" by column
}

// logTime is how the file writes times; it names no zone, so all are taken as UTC.
const logTime = "2/1/2006 15:04"

var logColumns = []string{
	"number", "incident_state", "opened_at", "sys_updated_at", "assignment_group", "assigned_to", "impact", "urgency", "priority", "contact_type",
	"made_sla", "sys_mod_count",
}

// readIncidents reads the log, the first limit incidents of it, or all with 0. A row that repeats another in
// every cell is dropped; one without a readable number or time is counted and left out.
func readIncidents(ctx context.Context, path string, limit int) (list []*incident, facts logFacts, err error) {
	facts.Missing = map[string]int{}
	t, err := imports.OpenTable(ctx, sheet(path), imports.Layout{Encoding: charset.UTF8, Delimiter: ","})
	if err != nil {
		return nil, facts, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	at := map[string]int{}
	for _, name := range logColumns {
		if at[name] = slices.Index(t.Header, name); at[name] < 0 {
			return nil, facts, fmt.Errorf("%s: no column %s", path, name)
		}
	}
	byNo, seen := map[string]*incident{}, map[string]bool{}
	for seq := 0; ; seq++ {
		_, cells, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, facts, err
		}
		get := func(name string) string {
			if at[name] >= len(cells) {
				return ""
			}
			if v := strings.TrimSpace(cells[at[name]]); v != "?" {
				return v
			}
			return ""
		}
		inc := byNo[get("number")]
		if inc == nil && limit > 0 && len(list) == limit {
			continue
		}
		facts.Rows++
		whole := strings.Join(cells, "\x00")
		if seen[whole] {
			facts.Doubles++
			continue
		}
		seen[whole] = true
		for _, name := range logColumns {
			if get(name) == "" {
				facts.Missing[name]++
			}
		}
		updated, errUpdated := time.Parse(logTime, get("sys_updated_at"))
		opened, errOpened := time.Parse(logTime, get("opened_at"))
		if get("number") == "" || errUpdated != nil || inc == nil && errOpened != nil {
			facts.Unreadable++
			continue
		}
		if inc == nil {
			inc = &incident{No: get("number"), Opened: opened}
			byNo[inc.No] = inc
			list = append(list, inc)
		}
		r := logRow{
			At: updated, State: get("incident_state"), Group: get("assignment_group"), Person: get("assigned_to"), Channel: get("contact_type"),
			Impact: level(get("impact")), Urgency: level(get("urgency")), Priority: level(get("priority")), MadeSLA: get("made_sla") == "true", seq: seq,
		}
		inc.add(r, &facts)
	}
	return list, facts, nil
}

// add appends a row. Nothing happens to an incident before it was opened, and we cannot hear of a row before
// the rows above it.
func (i *incident) add(r logRow, facts *logFacts) {
	if r.At.Before(i.Opened) {
		r.At = i.Opened
	}
	r.Learnt = r.At
	if n := len(i.Rows); n > 0 {
		last := i.Rows[n-1]
		if r.At.Before(last.At) {
			facts.Backwards++
		}
		if r.Learnt.Before(last.Learnt) {
			r.Learnt = last.Learnt
		}
		if r.Priority == 0 {
			r.Priority = last.Priority
		}
	}
	i.Rows = append(i.Rows, r)
}

// level reads "2", or "2 - High" as the tool writes it where labels are shown.
func level(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(strings.Split(s+" ", " ")[0]))
	if err != nil || n < 1 || n > 4 {
		return 0
	}
	return n
}

// happening is a row in the one order in which all incidents are lived through.
type happening struct {
	inc *incident
	row int
}

func (h happening) at() time.Time { return h.inc.Rows[h.row].Learnt }

// inOrder puts the rows of all incidents into the order in which they are learnt.
func inOrder(list []*incident) []happening {
	var out []happening
	for _, inc := range list {
		for k := range inc.Rows {
			out = append(out, happening{inc, k})
		}
	}
	slices.SortStableFunc(out, func(a, b happening) int {
		return cmp.Or(a.at().Compare(b.at()), cmp.Compare(a.inc.Rows[a.row].seq, b.inc.Rows[b.row].seq))
	})
	return out
}
