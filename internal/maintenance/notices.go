package maintenance

import (
	"cmp"
	"context"
	"errors"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
	"anxin/internal/units"
)

// The templates of notices, and the purpose of their links.
const (
	templateSafety = "T14"
	templateOther  = "T32"
	// LinkPurpose is what the link of a notice is for.
	LinkPurpose = "recall"
	// UnitRecord is the record of that link: a unit's row in a campaign.
	UnitRecord = unitKind
)

const (
	linkFor     = 400 * 24 * time.Hour // a recall does not end with a season
	noticeBatch = 200
	noticeTurns = 50 // batches a turn of the duty: ten thousand units a minute
)

// SendNotices tells the customers whose time has come; a duty. Each unit is a change of its own, and one unit's trouble keeps no
// other waiting.
func (s *Service) SendNotices(ctx context.Context) error {
	if s.Notify == nil {
		return nil
	}
	var errs []error
	after, afterID := int64(0), UnitID("")
	left := map[ID]int64{} // notices that each campaign may still send in this minute
	for range noticeTurns {
		var w db.Where
		w.And("next_notice_at IS NOT NULL AND next_notice_at <= ? AND (next_notice_at, id) > (?, ?)", db.Micros(s.db.Now()), after, afterID)
		for id, n := range left {
			if n <= 0 { // its customers wait for the next minute, those of others do not
				w.And("campaign_id <> ?", id)
			}
		}
		due, err := db.List(ctx, s.db, scanUnit, `SELECT `+unitColumns+` FROM maintenance_unit`+w.String()+` ORDER BY next_notice_at, id LIMIT `+w.Arg(noticeBatch), w.Args()...)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, u := range due {
			after, afterID = db.Micros(*u.NextAt), u.ID
			if _, known := left[u.Campaign]; !known {
				if left[u.Campaign], err = s.quota(ctx, u.Campaign); err != nil {
					return errors.Join(append(errs, err)...)
				}
			}
			if left[u.Campaign] <= 0 {
				continue
			}
			left[u.Campaign]--
			errs = append(errs, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.noticeTx(ctx, tx, u.ID) }))
		}
		if len(due) < noticeBatch || ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// quota is how many notices a campaign may still send in this minute: who is told calls back, and somebody has to be there.
func (s *Service) quota(ctx context.Context, id ID) (int64, error) {
	c, err := findCampaign(ctx, s.db, access.Everything, id)
	if err != nil {
		return 0, err
	}
	sent, err := db.Get(ctx, s.db, db.ScanInt, `SELECT COUNT(*) FROM maintenance_notice WHERE campaign_id = $1 AND queued_at > $2 AND channel <> 'letter'`,
		id, db.Micros(s.db.Now().Add(-time.Minute)))
	return int64(cmp.Or(c.PerMinute, defaultPerMinute)) - sent, err
}

// noticeTx tells the customer of one unit, if it is still time; when all reminders are used up the unit is out of reach.
func (s *Service) noticeTx(ctx context.Context, tx *db.Tx, id UnitID) error {
	u, err := findUnit(ctx, tx, access.Everything, id)
	if err != nil || u.NextAt == nil || u.NextAt.After(tx.Now()) {
		return err // told meanwhile
	}
	c, err := findCampaign(ctx, tx, access.Everything, u.Campaign)
	if err != nil {
		return err
	}
	if !c.live() || !u.waits() {
		u.NextAt = nil
		return updateUnit(ctx, tx, &u)
	}
	if int(u.Notices) > len(c.Reminders) {
		return s.moveTx(ctx, tx, c, u, move{act: "give_up", by: "no_answer"})
	}
	unit, err := s.Units.Get(ctx, tx, u.Unit)
	if err != nil {
		return err
	}
	cu, known, err := s.ownerOf(ctx, tx, unit)
	if err != nil {
		return err
	}
	reach := ReachMessage
	switch {
	case !known:
		reach = ReachNobody
	case cu.PrimaryPhone() == "" && cu.Email == "":
		reach = ReachLetter
	}
	if reach != ReachMessage {
		u.Reach, u.NextAt = reach, nil
		return updateUnit(ctx, tx, &u)
	}
	n, err := s.tell(ctx, tx, c, u, unit, cu)
	if err != nil {
		return err
	}
	insertNotice(tx, n)
	told := func(u *Unit) {
		u.Reach, u.Notices, u.NoticedAt = ReachMessage, u.Notices+1, new(tx.Now())
		days := 14 // after the last one
		if i := int(u.Notices) - 1; i < len(c.Reminders) {
			days = c.Reminders[i]
		}
		u.NextAt = new(tx.Now().AddDate(0, 0, days))
	}
	if u.State == Found {
		return s.moveTx(ctx, tx, c, u, move{act: "notify", change: told})
	}
	told(&u)
	return updateUnit(ctx, tx, &u)
}

// ownerOf finds the customer of a unit; false when nobody knows one, or all about him is erased.
func (s *Service) ownerOf(ctx context.Context, q db.Querier, u units.Unit) (customers.Customer, bool, error) {
	if u.Owner == "" {
		return customers.Customer{}, false, nil
	}
	cu, err := s.Customers.Get(ctx, q, u.Owner)
	if customers.IsErased(err) || err == nil && cu.Erased {
		return cu, false, nil
	}
	return cu, err == nil, err
}

// tell queues a notice. Every second one prefers mail, so that a dead number does not silence a campaign.
func (s *Service) tell(ctx context.Context, tx *db.Tx, c Campaign, u Unit, unit units.Unit, cu customers.Customer) (Notice, error) {
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return Notice{}, err
	}
	link, err := s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{
		Purpose: LinkPurpose, RecordKind: UnitRecord, RecordID: string(u.ID), BrandID: string(c.Brand), Lang: cu.Lang, Valid: linkFor,
	})
	if err != nil {
		return Notice{}, err
	}
	brand, _ := snap.Brand(c.Brand)
	template := templateOther
	if c.Kind.Recall() {
		template = templateSafety
	}
	channels := []notify.Channel{notify.SMS, notify.Email}
	if u.Notices%2 == 1 && cu.Email != "" {
		channels = []notify.Channel{notify.Email, notify.SMS}
	}
	id := db.NewID()
	message, err := s.Notify.QueueTx(ctx, tx, notify.Message{
		Template: template, Phone: cu.PrimaryPhone(), Email: cu.Email, Channels: channels, RecordKind: UnitRecord, RecordID: string(u.ID), BrandID: string(c.Brand),
		KeyID: cu.KeyID, Lang: cu.Lang, Dedup: "campaign:" + id,
		Params: map[string]any{
			"brand": brand.Name, "model": nameOfUnit(snap, unit), "sn": tail(unit.Serial), "url": link.URL, "hotline": brand.Hotline,
			"title": c.Title.In, "remedy": c.Remedy.In,
		},
	})
	n := Notice{ID: id, Campaign: c.ID, Unit: u.ID, Round: u.Notices + 1, MessageID: string(message), State: string(notify.Queued), QueuedAt: tx.Now()}
	if message == "" { // history and replay tell nobody
		n.State, n.SettledAt = string(notify.Suppressed), new(tx.Now())
	}
	return n, err
}

// nameOfUnit is what a message calls a unit: its model's code, else what it is.
func nameOfUnit(snap *catalog.Snapshot, u units.Unit) func(lang string) string {
	return func(lang string) string {
		if m, ok := snap.Model(u.Model); ok {
			return m.Code
		}
		if cat, ok := snap.Category(u.Category); ok {
			return cat.Name(lang)
		}
		return "—"
	}
}

// tail is as much of a serial as tells two units of a household apart.
func tail(serial string) string {
	r := []rune(serial)
	return cmp.Or(string(r[max(0, len(r)-4):]), "—")
}

// ReadProof reads back what became of the messages; a duty. A notice that did not go is tried again at once by the other channel,
// and where there is none the unit is on the list for letters.
func (s *Service) ReadProof(ctx context.Context) error {
	if s.Notify == nil {
		return nil
	}
	var errs []error
	for after := ""; ; {
		list, err := db.List(ctx, s.db, scanNotice, `SELECT `+noticeColumns+` FROM maintenance_notice WHERE settled_at IS NULL AND id > $1 ORDER BY id LIMIT $2`, after, noticeBatch)
		if err != nil || len(list) == 0 {
			return errors.Join(append(errs, err)...)
		}
		after = list[len(list)-1].ID
		ids := make([]notify.ID, len(list))
		for i, n := range list {
			ids[i] = notify.ID(n.MessageID)
		}
		states, err := s.Notify.Deliveries(ctx, s.db, ids)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		var moved []Notice
		for _, n := range list {
			d, ok := states[notify.ID(n.MessageID)]
			if !ok || string(d.State) == n.State && string(d.Channel) == n.Channel {
				continue
			}
			n.State, n.Channel, n.Reason = string(d.State), string(d.Channel), d.Reason
			switch d.State {
			case notify.Sent:
				n.SettledAt = d.SentAt
			case notify.Failed, notify.Suppressed:
				n.SettledAt = new(s.db.Now())
			}
			moved = append(moved, n)
		}
		if len(moved) > 0 {
			errs = append(errs, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.proveTx(ctx, tx, moved) }))
		}
	}
}

func (s *Service) proveTx(ctx context.Context, tx *db.Tx, list []Notice) error {
	for _, n := range list {
		changed, err := tx.Exec(ctx, `UPDATE maintenance_notice SET state = $1, channel = $2, reason = $3, settled_at = $4 WHERE id = $5 AND settled_at IS NULL`,
			n.State, n.Channel, n.Reason, db.MicrosPtr(n.SettledAt), n.ID)
		if err != nil {
			return err
		}
		if changed == 0 || n.SettledAt == nil || n.State == string(notify.Sent) {
			continue
		}
		if err := s.failedTx(ctx, tx, n); err != nil {
			return err
		}
	}
	return nil
}

// failedTx tries the other channel of a customer whom a notice did not reach, once; else a letter has to be printed.
func (s *Service) failedTx(ctx context.Context, tx *db.Tx, n Notice) error {
	u, err := findUnit(ctx, tx, access.Everything, n.Unit)
	if err != nil || !u.waits() || u.Notices != n.Round {
		return err
	}
	unit, err := s.Units.Get(ctx, tx, u.Unit)
	if err != nil {
		return err
	}
	cu, known, err := s.ownerOf(ctx, tx, unit)
	if err != nil {
		return err
	}
	failed, err := db.Get(ctx, tx, db.ScanInt, `SELECT COUNT(DISTINCT channel) FROM maintenance_notice WHERE campaign_unit_id = $1 AND state IN ('failed', 'suppressed')`, n.Unit)
	if err != nil {
		return err
	}
	if known && cu.PrimaryPhone() != "" && cu.Email != "" && failed < 2 {
		u.NextAt = new(tx.Now())
		return updateUnit(ctx, tx, &u)
	}
	letter := func(u *Unit) { u.Reach, u.NextAt = ReachLetter, nil }
	arrived, err := db.Exists(ctx, tx, `SELECT 1 FROM maintenance_notice WHERE campaign_unit_id = $1 AND state IN ('sent', 'printed')`, n.Unit)
	if err != nil {
		return err
	}
	if !arrived && u.State == Notified {
		c, err := findCampaign(ctx, tx, access.Everything, u.Campaign)
		if err != nil {
			return err
		}
		return s.moveTx(ctx, tx, c, u, move{act: "fail", by: "not_delivered", change: letter})
	}
	letter(&u)
	return updateUnit(ctx, tx, &u)
}

// WarnDeadlines tells who runs campaigns of the duties of the law that end today or tomorrow, or are over; a duty. Each is told once.
func (s *Service) WarnDeadlines(ctx context.Context) error {
	if s.Notify == nil {
		return nil
	}
	list, err := listCampaigns(ctx, s.db, access.Everything, Filter{Limit: 1000})
	if err != nil {
		return err
	}
	today := calendar.DateOf(s.db.Now(), s.Zone)
	for _, c := range list {
		for _, d := range c.Deadlines(s.cal, s.Zone, today) {
			if d.State != "overdue" && (d.State != "open" || d.Due > s.cal.AddWorkdays(today, 1)) {
				continue
			}
			err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
				who, err := identity.UsersFor(ctx, tx, identity.Audience{Roles: []string{access.RoleQuality, access.RoleHead}, BrandID: string(c.Brand), OutletPath: "/"})
				if err != nil {
					return err
				}
				return s.Notify.NoticeTx(ctx, tx, notify.NoticeInput{
					Users: who, Kind: "recall_deadline", RecordKind: recordKind, RecordID: string(c.ID),
					Params: map[string]any{"number": c.Number, "rule": d.Rule, "due": d.Due.String(), "state": d.State},
					Dedup:  "campaign:" + string(c.ID) + ":" + d.Rule + ":" + d.Due.String() + ":" + d.State,
				})
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// NoticeFilter narrows a list of notices of a campaign.
type NoticeFilter struct {
	Campaign ID
	State    string
	After    string // id of the last one of the page before
	Limit    int
}

// Notices lists the notices of a campaign, the newest first, one more than asked.
func (s *Service) Notices(ctx context.Context, f NoticeFilter) ([]Notice, error) {
	if _, err := s.Get(ctx, f.Campaign); err != nil {
		return nil, err
	}
	var w db.Where
	w.And("campaign_id = ?", f.Campaign)
	if f.State != "" {
		w.And("state = ?", f.State)
	}
	if f.After != "" {
		w.And("id < ?", f.After)
	}
	return db.List(ctx, s.db, scanNotice, `SELECT `+noticeColumns+` FROM maintenance_notice`+w.String()+` ORDER BY id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}

// NoticesOf lists the notices of one unit, the oldest first.
func (s *Service) NoticesOf(ctx context.Context, id UnitID) ([]Notice, error) {
	if _, err := s.GetUnit(ctx, id); err != nil {
		return nil, err
	}
	return noticesOf(ctx, s.db, id)
}
