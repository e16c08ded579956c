package demo

import (
	"context"
	"fmt"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/units"
)

// base makes the customers and the machines that they had before the history begins, over the year before.
func (g *generator) base(ctx context.Context, people, machines int) error {
	g.say(fmt.Sprintf("%d customers and %d machines", people, machines))
	c := newChance(g.opt.Seed, "customers")
	const batch = 40
	left := machines
	for from := 0; from < people; from += batch {
		to := min(from+batch, people)
		g.setClock(g.start.AddDate(0, 0, -1-(people-from)*400/people))
		var made []*client
		for i := from; i < to; i++ {
			made = append(made, g.newClient(c, i))
		}
		// As many machines as keep the whole in step, spread over the batch by chance.
		n := left * (to - from) / max(1, people-from)
		left -= n
		for k := range n {
			cl := made[k%len(made)]
			if k >= len(made) {
				cl = pick(c, made)
			}
			cl.units = append(cl.units, g.newMachine(c, cl, productOf(c, func(p productRow) float64 { return p.Repair })))
		}
		err := db.InTx0(ctx, g.DB, func(ctx context.Context, tx *db.Tx) error {
			for _, cl := range made {
				if err := g.createClient(ctx, tx, cl); err != nil {
					return err
				}
				for _, m := range cl.units {
					if err := g.createMachine(ctx, tx, m); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("customers from %d: %w", from, err)
		}
		g.clients = append(g.clients, made...)
		g.counts.Customers += len(made)
		g.counts.Machines += n
	}
	return nil
}

func (g *generator) newClient(c chance, i int) *client {
	ct := weighted(c, g.cities, func(x *city) float64 { return x.Share })
	cl := &client{Name: personName(c), Phone: customerPhone(i), city: ct, district: pick(c, ct.Districts), Firm: c.yes(0.04)}
	if cl.Firm {
		cl.Name = ct.Name[:len(ct.Name)-len("市")] + pick(c, firmWords) + "有限公司"
	}
	parts, point := cl.district.address(c, ct), cl.district.point(c)
	in := customers.AddressInput{Parts: &parts, Point: &point}
	if c.yes(0.15) {
		in.Access = pick(c, []string{"门禁需登记,打电话下楼接", "地下车库B2可停车", "家里有宠物,请先按门铃", "电梯需刷卡", "老人独自在家,请慢慢说"})
	}
	cl.place, _ = customers.PlaceOf(in) // parts and point are right by construction
	return cl
}

func (g *generator) createClient(ctx context.Context, tx *db.Tx, cl *client) error {
	in := customers.CreateInput{
		Name: cl.Name, Phones: []customers.PhoneInput{{Number: cl.Phone, Primary: true}},
		Addresses: []customers.AddressInput{{Label: "家", Parts: &cl.place.Parts, Point: &cl.place.Point, Access: cl.place.Access}},
	}
	if cl.Firm {
		in.Kind, in.Addresses[0].Label = customers.Firm, "门店"
	}
	made, err := g.Customers.CreateTx(ctx, tx, in)
	cl.ID = made.ID
	return err
}

func productOf(c chance, weight func(productRow) float64) productRow {
	return weighted(c, productRows, weight)
}

// newMachine thinks of a machine that the customer bought some time before the clock's present.
func (g *generator) newMachine(c chance, cl *client, p productRow) *machine {
	model := pick(c, g.models[p.Category])
	age := c.upTo(40, 2600)
	g.serial++
	m := &machine{
		Brand: model.BrandID, Model: model, Category: p.Category, client: cl, families: map[string]time.Time{},
		Serial:    fmt.Sprintf("%s%02d%02d%06d", p.Letter+string(p.Category), (age/365)%100, c.upTo(1, 52), 100000+g.serial),
		installed: g.today(g.clockNow()) - calendar.Date(age),
	}
	m.warranted = age+200 < p.Warranty*30
	return m
}

func (g *generator) createMachine(ctx context.Context, tx *db.Tx, m *machine) error {
	in := units.CreateInput{
		Brand: m.Brand, Model: m.Model.ID, Category: m.Category, Serial: m.Serial, Owner: m.client.ID, Place: &m.client.place,
		Purchase: units.Purchase{Channel: "store"},
		Dates:    units.Dates{units.Sold: {Day: m.installed - 4, By: "invoice"}, units.Installed: {Day: m.installed, By: "order"}},
	}
	if m.installed == 0 { // not installed yet: the order does it
		today := g.today(g.clockNow())
		in.Dates = units.Dates{units.Sold: {Day: today - 3, By: "invoice"}, units.Delivered: {Day: today, By: "carrier"}}
		in.Purchase.Channel = "tmall"
	}
	made, err := g.Units.CreateTx(ctx, tx, in)
	m.ID = made.ID
	return err
}

// wear finds a machine that could fail now: by the season, one that was not heard of for a while.
func (g *generator) wear(c chance, weight func(productRow) float64) *machine {
	p := productOf(c, weight)
	var best *machine
	for range 12 {
		m := g.randomMachine(c)
		if best == nil || better(m, best, p.Category) {
			best = m
		}
	}
	list := g.byCategory[p.Category]
	for range 6 {
		if len(list) == 0 {
			break
		}
		if m := pick(c, list); better(m, best, p.Category) {
			best = m
		}
	}
	return best
}

func better(m, than *machine, want catalog.CategoryCode) bool {
	if (m.Category == want) != (than.Category == want) {
		return m.Category == want
	}
	return m.lastCase.Before(than.lastCase)
}

func (g *generator) randomMachine(c chance) *machine {
	for {
		if cl := pick(c, g.clients); len(cl.units) > 0 {
			return pick(c, cl.units)
		}
	}
}
