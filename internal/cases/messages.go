package cases

import (
	"context"
	"errors"
	"strconv"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/entitlement"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
)

// trackFor is how long a link to a case's page works.
const trackFor = 180 * 24 * time.Hour

// Messages makes cases tell their customers: T01 received, T11 complaint received, T12 what we propose, T21 what they may choose
// now; and who handles a case of the last.
func (s *Service) Messages(n *notify.Service, ids *identity.Service, zone *time.Location) {
	s.notify, s.identity, s.zone = n, ids, zone
}

func (s *Service) subscribeMessages(b *events.Bus) {
	events.Subscribe(b, "cases.say_received", s.sayReceived)
	events.Subscribe(b, "cases.say_staged", s.sayStaged)
	events.Subscribe(b, "cases.say_rights", s.sayRights)
	events.Subscribe(b, "cases.notice_rights", s.noticeRights)
}

// recipient is whom to tell about a case: who reported it, else its customer; nobody when erased.
func (s *Service) recipient(ctx context.Context, tx *db.Tx, c Case) (m notify.Message, ok bool, err error) {
	m = notify.Message{RecordKind: "case", RecordID: string(c.ID), BrandID: string(c.BrandID), OutletPath: c.OutletPath, KeyID: c.KeyID}
	contact, err := s.contactOf(ctx, tx, c)
	if err != nil && !customers.IsErased(err) {
		return m, false, err
	}
	m.Phone, m.Email = contact.Phone, contact.Email
	if c.CustomerID != "" {
		cu, err := s.customers.Get(ctx, tx, c.CustomerID)
		if err != nil && !customers.IsErased(err) {
			return m, false, err
		}
		m.Lang = cu.Lang
		if m.Phone == "" && m.Email == "" {
			m.Phone, m.Email = cu.PrimaryPhone(), cu.Email
		}
	}
	return m, m.Phone != "" || m.Email != "", nil
}

// say queues a message about the case of an event, in a transaction of its own; Dedup makes a second
// delivery of the event say nothing.
func (s *Service) say(ctx context.Context, f Fact, template string, fill func(ctx context.Context, tx *db.Tx, c Case, m *notify.Message) (bool, error)) error {
	if s.notify == nil || access.From(ctx).Origin != access.Live {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.system(ctx, tx, ID(f.ID))
		if errors.Is(err, ErrNotFound) || err == nil && c.Origin != string(access.Live) {
			return nil
		}
		if err != nil {
			return err
		}
		m, ok, err := s.recipient(ctx, tx, c)
		if err != nil || !ok {
			return err
		}
		snap, err := s.catalog.Current(ctx, tx)
		if err != nil {
			return err
		}
		brand, _ := snap.Brand(c.BrandID)
		m.Template, m.Dedup = template, "case:"+f.ID+":"+template+":"+strconv.FormatInt(f.Version, 10)
		m.Params = map[string]any{"brand": brand.Name, "hotline": brand.Hotline, "no": c.Number}
		if ok, err = fill(ctx, tx, c, &m); err != nil || !ok {
			return err
		}
		_, err = s.notify.QueueTx(ctx, tx, m)
		return err
	})
}

func (s *Service) sayReceived(ctx context.Context, ev Opened) error {
	if ev.Type == Complaint {
		return nil // T11 once it is acknowledged
	}
	return s.say(ctx, ev.Fact, "T01", func(ctx context.Context, tx *db.Tx, c Case, m *notify.Message) (bool, error) {
		snap, err := s.catalog.Current(ctx, tx)
		if err != nil {
			return false, err
		}
		service, _ := snap.ServiceType(c.ServiceType)
		m.Params["service"] = service.Name
		if service.Code == "" {
			m.Params["service"] = anyService
		}
		due, err := s.clocks.NextDue(ctx, tx, "case", string(c.ID))
		if err != nil || due == nil {
			return false, err
		}
		m.Params["minutes"] = max(1, int64(due.Sub(c.OccurredAt)/time.Minute))
		return true, nil
	})
}

// anyService stands where no service type was chosen.
func anyService(lang string) string {
	if lang == i18n.English {
		return "service"
	}
	return "服务"
}

func (s *Service) sayStaged(ctx context.Context, ev ComplaintStaged) error {
	if ev.Stage != StageAcknowledged {
		return nil // T12 carries the proposal's words and is queued in the act
	}
	return s.say(ctx, ev.Fact, "T11", func(ctx context.Context, tx *db.Tx, c Case, m *notify.Message) (bool, error) {
		var name any = somebody
		if c.AssigneeID != "" {
			names, err := identity.Names(ctx, tx, []identity.ID{identity.ID(c.AssigneeID)})
			if err != nil {
				return false, err
			}
			if known := names[identity.ID(c.AssigneeID)]; known != "" {
				name = known
			}
		}
		due, err := s.planDue(ctx, tx, c)
		if err != nil {
			return false, err
		}
		link, err := s.identity.MakeLinkTx(ctx, tx, identity.LinkInput{Purpose: "track", RecordKind: "case", RecordID: string(c.ID), BrandID: string(c.BrandID), Lang: m.Lang, Valid: trackFor})
		m.Params["name"], m.Params["time"], m.Params["url"] = name, func(lang string) string { return i18n.DateTime(lang, due, s.zone) }, link.URL
		return true, err
	})
}

// rightsOpen tells whether what may be chosen is news: the case lives, and its unit is not thought to be repaired. A
// repair that turns out not to have helped tells it then ([Service.Rights]).
func (c Case) rightsOpen() bool { return c.Live() && c.State != Verifying }

// sayRights tells the customer of a live case, and who handles it, what may be chosen now that could not be chosen before:
// a third failed repair, the thirty-first day.
func (s *Service) sayRights(ctx context.Context, ev entitlement.Decided) error {
	if !ev.Again || ev.Case == "" || len(ev.New) == 0 {
		return nil
	}
	of := Fact{Head: events.Head{ID: ev.Case, Version: ev.Version}}
	return s.say(ctx, of, "T21", func(ctx context.Context, tx *db.Tx, c Case, m *notify.Message) (bool, error) {
		if !c.rightsOpen() {
			return false, nil
		}
		link, err := s.identity.MakeLinkTx(ctx, tx, identity.LinkInput{Purpose: "track", RecordKind: "case", RecordID: string(c.ID), BrandID: string(c.BrandID), Lang: m.Lang, Valid: trackFor})
		m.Params["options"], m.Params["url"] = entitlement.OptionNames(ev.New), link.URL
		return err == nil, err
	})
}

// noticeRights tells who handles a case, or who could where nobody does, that its customer may choose more than before.
func (s *Service) noticeRights(ctx context.Context, ev entitlement.Decided) error {
	if s.notify == nil || !ev.Again || ev.Case == "" || len(ev.New) == 0 {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		c, err := s.system(ctx, tx, ID(ev.Case))
		if errors.Is(err, ErrNotFound) || err == nil && !c.rightsOpen() {
			return nil
		}
		if err != nil {
			return err
		}
		users := []identity.ID{identity.ID(c.AssigneeID)}
		if c.AssigneeID == "" {
			if users, err = identity.UsersFor(ctx, tx, identity.Audience{Roles: []string{access.RoleAgent}, BrandID: string(c.BrandID), OutletPath: c.OutletPath}); err != nil {
				return err
			}
		}
		return s.notify.NoticeTx(ctx, tx, notify.NoticeInput{
			Users: users, Kind: "cases.rights", Params: map[string]any{"number": c.Number, "options": ev.New}, RecordKind: "case", RecordID: string(c.ID),
			Dedup: "case:" + string(c.ID) + ":rights:" + strconv.FormatInt(ev.Version, 10),
		})
	})
}

// somebody stands where a complaint has no handler yet: its customer is told all the same.
func somebody(lang string) string {
	if lang == i18n.English {
		return "A colleague of ours"
	}
	return "(客服中心)"
}

// planDue is when the complaint's plan is owed.
func (s *Service) planDue(ctx context.Context, tx *db.Tx, c Case) (time.Time, error) {
	list, err := s.clocks.OfRecord(ctx, tx, "case", string(c.ID))
	for _, d := range list {
		if d.Milestone == clocks.ComplaintPlan {
			return d.Due, err
		}
	}
	return tx.Now().Add(24 * time.Hour), err
}

// sayProposalTx is T12: the words of the proposal, queued in the act that made it.
func (s *Service) sayProposalTx(ctx context.Context, tx *db.Tx, c Case, plan string) error {
	if s.notify == nil || plan == "" || access.From(ctx).Origin != access.Live || c.Origin != string(access.Live) {
		return nil
	}
	m, ok, err := s.recipient(ctx, tx, c)
	if err != nil || !ok {
		return err
	}
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	brand, _ := snap.Brand(c.BrandID)
	due := tx.Now().Add(72 * time.Hour)
	if c.NextDueAt != nil {
		due = *c.NextDueAt
	}
	m.Template, m.Dedup = "T12", "case:"+string(c.ID)+":T12:"+strconv.FormatInt(c.Version, 10)
	m.Params = map[string]any{"brand": brand.Name, "plan": plan, "date": func(lang string) string { return i18n.Date(lang, due, s.zone) }}
	_, err = s.notify.QueueTx(ctx, tx, m)
	return err
}
