package realinput

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// tickEvery is how often the duty that warns and breaches runs in the replayed time.
const tickEvery = 6 * time.Hour

// replay lives the incidents through again.
type replay struct {
	*world
	brand   catalog.BrandID
	ids     map[string]cases.ID // by the incident's number
	wait    map[string]clocks.WaitedFor
	state   map[string]string
	now     map[string]cases.Priority
	group   map[string]string
	ticked  time.Time
	acts    map[string]int
	same    int            // rows that changed nothing we know of
	refused map[string]int // acts that the rules refused, by problem
	matrix  int            // incidents whose priority our matrix decided as they did
}

func newReplay(w *world, brand catalog.BrandID) *replay {
	return &replay{
		world: w, brand: brand, ids: map[string]cases.ID{}, wait: map[string]clocks.WaitedFor{}, state: map[string]string{},
		now: map[string]cases.Priority{}, group: map[string]string{}, acts: map[string]int{}, refused: map[string]int{},
	}
}

// channelOf is how the customer came, by contact_type.
func channelOf(s string) cases.Channel {
	switch s {
	case "Phone", "IVR":
		return cases.Phone
	case "Email":
		return cases.Mail
	case "Self service", "Direct opening":
		return cases.Web
	}
	return cases.Import
}

// run lives through all rows in the order in which they are learnt.
func (p *replay) run(ctx context.Context, list []happening, say func(done int)) error {
	ctx = as(ctx, access.Replay)
	for i, h := range list {
		p.set(h.at())
		if p.world.now().Sub(p.ticked) >= tickEvery {
			if err := p.tick(ctx); err != nil {
				return err
			}
		}
		if err := p.row(ctx, h.inc, h.inc.Rows[h.row]); err != nil {
			return fmt.Errorf("incident %s, row %d: %w", h.inc.No, h.row+1, err)
		}
		if say != nil && (i+1)%10_000 == 0 {
			say(i + 1)
		}
	}
	return p.tick(ctx)
}

func (p *replay) tick(ctx context.Context) error {
	p.ticked = p.world.now()
	return p.Clocks.Tick(ctx)
}

// did counts an act; what the rules refuse is counted, anything else ends the run.
func (p *replay) did(act string, err error) error {
	if err == nil {
		p.acts[act]++
		return nil
	}
	var e *problem.Error
	if errors.As(err, &e) {
		p.refused[act+": "+problem.CodeOf(err).Key]++
		return nil
	}
	return err
}

func (p *replay) input(inc *incident, row logRow, reason string) cases.ActInput {
	return cases.ActInput{ID: p.ids[inc.No], Act: access.Act{OccurredAt: row.At, Reason: reason}}
}

// row does what a row tells, by the acts of docs/realinput.md.
func (p *replay) row(ctx context.Context, inc *incident, row logRow) error {
	was, before := p.state[inc.No], p.total()
	if was == "" {
		if err := p.open(ctx, inc, row); err != nil {
			return err
		}
		was = stateNew
	}
	is := row.State
	if is == "" || is == stateNew && was != stateNew {
		is = was
	}
	p.state[inc.No] = is
	if is != was {
		if left, err := p.leave(ctx, inc, row, was, is); !left || err != nil {
			return err
		}
	}
	if is != stateClosed || was != stateClosed {
		if err := p.details(ctx, inc, row); err != nil {
			return err
		}
	}
	if is != was {
		if err := p.enter(ctx, inc, row, was, is); err != nil {
			return err
		}
	}
	if p.total() == before {
		p.same++
	}
	return nil
}

func (p *replay) total() (n int) {
	for _, k := range p.acts {
		n += k
	}
	for _, k := range p.refused {
		n += k
	}
	return n
}

// open opens the case at the incident's own time, with the two clocks that the agreement is about.
func (p *replay) open(ctx context.Context, inc *incident, row logRow) error {
	in := cases.OpenInput{
		Act: access.Act{OccurredAt: inc.Opened}, Type: cases.Request, BrandID: p.brand, Channel: channelOf(row.Channel),
		Summary: "Incident " + inc.No, ExternalID: "servicenow:" + inc.No, Impact: cases.Level(row.Impact), Urgency: cases.Level(row.Urgency),
	}
	c, err := p.Cases.OpenWith(ctx, in, func(ctx context.Context, tx *db.Tx, c cases.Case) error {
		for _, record := range []string{recordResolution, recordClosing} {
			if err := p.start(ctx, tx, record, c.ID, string(c.Priority), inc.Opened); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.acts["open"]++
	p.ids[inc.No], p.now[inc.No] = c.ID, c.Priority
	if string(c.Priority) == priorityOf(row) {
		p.matrix++
		return nil
	}
	opened := row
	opened.At = inc.Opened
	return p.priority(ctx, inc, opened)
}

// start begins one of the replay's own clocks.
func (p *replay) start(ctx context.Context, tx *db.Tx, record string, id cases.ID, priority string, at time.Time) error {
	in := clocks.Start{
		RecordKind: record, RecordID: string(id), Party: clocks.Firm, Milestone: clocks.Completion, At: at,
		Attrs: clocks.Attributes{Priority: priority, Brand: string(p.brand), Contract: record},
	}
	if record == recordResolution {
		in.Job = clocks.Job{Kind: recordCase, ID: string(id)}
	}
	_, ok, err := p.Clocks.StartTx(ctx, tx, in)
	if err == nil && !ok {
		err = fmt.Errorf("no policy for %s of %s", record, priority)
	}
	return err
}

func (p *replay) startAgain(ctx context.Context, inc *incident, row logRow, records ...string) error {
	return db.InTx0(ctx, p.DB, func(ctx context.Context, tx *db.Tx) error {
		for _, record := range records {
			if err := p.start(ctx, tx, record, p.ids[inc.No], string(p.now[inc.No]), row.At); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *replay) met(ctx context.Context, inc *incident, row logRow, record string) error {
	return db.InTx0(ctx, p.DB, func(ctx context.Context, tx *db.Tx) error {
		return p.Clocks.MetTx(ctx, tx, record, string(p.ids[inc.No]), clocks.Completion, row.At)
	})
}

// leave takes a case back that was thought to be over; false says that the rules keep it closed.
func (p *replay) leave(ctx context.Context, inc *incident, row logRow, was, is string) (bool, error) {
	switch {
	case was == stateClosed:
		_, err := p.Cases.Reopen(ctx, p.input(inc, row, "not_repaired"))
		if errors.Is(err, cases.ErrTooLate) { // a new case would be opened; the old one stays closed
			p.state[inc.No] = stateClosed
			return false, p.did("reopen", err)
		}
		if err := p.did("reopen", err); err != nil {
			return false, err
		}
		return true, p.startAgain(ctx, inc, row, recordResolution, recordClosing)
	case was == stateResolved && is != stateClosed:
		_, err := p.Cases.NotSolved(ctx, p.input(inc, row, "not_repaired"))
		if err := p.did("not_solved", err); err != nil {
			return false, err
		}
		return true, p.startAgain(ctx, inc, row, recordResolution)
	}
	return true, nil
}

// details follows priority and assignment.
func (p *replay) details(ctx context.Context, inc *incident, row logRow) error {
	if want := priorityOf(row); want != "" && want != string(p.now[inc.No]) {
		if err := p.tick(ctx); err != nil { // what broke before, broke before
			return err
		}
		if err := p.priority(ctx, inc, row); err != nil {
			return err
		}
	}
	if to := row.Group + "/" + row.Person; to != p.group[inc.No] && to != "/" {
		p.group[inc.No] = to
		in := cases.AssignInput{ActInput: p.input(inc, row, "")}
		if row.Person != "" {
			in.AssigneeID = "servicenow:" + row.Person
		}
		if row.Group != "" {
			in.Team = "group-" + row.Group
		}
		_, err := p.Cases.Assign(ctx, in)
		return p.did("assign", err)
	}
	return nil
}

func (p *replay) priority(ctx context.Context, inc *incident, row logRow) error {
	to := cases.Priority(priorityOf(row))
	if to == "" {
		return nil
	}
	_, err := p.Cases.SetPriority(ctx, cases.PriorityInput{ActInput: p.input(inc, row, "wrong_entry"), Priority: to})
	if err := p.did("priority", err); err != nil {
		return err
	}
	p.now[inc.No] = to
	return db.InTx0(ctx, p.DB, func(ctx context.Context, tx *db.Tx) error {
		for _, record := range []string{recordResolution, recordClosing} {
			attrs := clocks.Attributes{Priority: string(to), Brand: string(p.brand), Contract: record}
			if err := p.Clocks.RetargetRecordTx(ctx, tx, record, string(p.ids[inc.No]), attrs, nil, row.At); err != nil {
				return err
			}
		}
		return nil
	})
}

// enter does the acts that lead into a state.
func (p *replay) enter(ctx context.Context, inc *incident, row logRow, was, is string) error {
	if w := p.wait[inc.No]; w != "" {
		delete(p.wait, inc.No)
		_, err := p.Cases.GoOn(ctx, cases.WaitInput{ActInput: p.input(inc, row, ""), For: w})
		if err := p.did("go_on", err); err != nil {
			return err
		}
	}
	if was == stateNew {
		_, err := p.Cases.Classify(ctx, cases.ClassifyInput{ActInput: p.input(inc, row, "")})
		if err := p.did("classify", err); err != nil {
			return err
		}
	}
	if w, ok := waitsFor(is); ok {
		if err := p.tick(ctx); err != nil { // what broke before is not stopped any more
			return err
		}
		p.wait[inc.No] = w
		_, err := p.Cases.Wait(ctx, cases.WaitInput{ActInput: p.input(inc, row, "awaiting"), For: w})
		return p.did("wait", err)
	}
	if (is == stateResolved || is == stateClosed) && was != stateResolved {
		_, err := p.Cases.SolveRemotely(ctx, p.input(inc, row, ""))
		if err := errors.Join(p.did("solve_remotely", err), p.met(ctx, inc, row, recordResolution)); err != nil {
			return err
		}
	}
	if is == stateClosed {
		_, err := p.Cases.Close(ctx, cases.CloseInput{ActInput: p.input(inc, row, "")})
		return errors.Join(p.did("close", err), p.met(ctx, inc, row, recordClosing))
	}
	return nil
}
