package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/money"
	"anxin/internal/workforce"
)

// build makes what a firm has before its first customer: brands, models, parts, outlets, engineers.
func (g *generator) build(ctx context.Context) error {
	for _, step := range []struct {
		name string
		run  func(ctx context.Context) error
	}{
		{"brands and models", g.buildProducts},
		{"people of the centre", g.buildStaff},
		{"outlets", g.buildOutlets},
		{"engineers", g.buildEngineers},
		{"parts and stock", g.buildParts},
	} {
		g.say(step.name)
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

func (g *generator) buildProducts(ctx context.Context) error {
	g.brands, g.models = map[string]catalog.Brand{}, map[catalog.CategoryCode][]catalog.Model{}
	for _, b := range brandRows {
		made, err := g.Catalog.CreateBrand(ctx, catalog.CreateBrandInput{Code: b.Code, NameZh: b.Zh, NameEn: b.En, Hotline: b.Hotline})
		if err != nil {
			return err
		}
		g.brands[b.Letter] = made
	}
	for _, p := range productRows {
		i := slices.IndexFunc(brandRows, func(b brandRow) bool { return b.Letter == p.Letter })
		series := strings.Split(brandRows[i].Series, ",")
		for n, size := range strings.Fields(p.Sizes) {
			code, words, _ := strings.Cut(size, "=")
			m, err := g.Catalog.CreateModel(ctx, catalog.Model{
				BrandID: g.brands[p.Letter].ID, Category: p.Category, Code: p.Letter + string(p.Category) + "-" + code,
				NameZh: series[n%len(series)] + " " + words + p.Zh, NameEn: fmt.Sprintf("%s %s %s", brandRows[i].En, code, p.En),
				WarrantyMonths: p.Warranty, MainPartMonths: p.Main, MainParts: mainParts(g, p.Category),
			})
			if err != nil {
				return err
			}
			g.models[p.Category] = append(g.models[p.Category], m)
		}
	}
	var err error
	if g.snap, err = g.Catalog.Current(ctx, g.DB); err != nil {
		return err
	}
	if err := g.giveTools(ctx); err != nil {
		return err
	}
	return g.askLittle(ctx)
}

// mainParts are the part types that the fault catalogue calls main parts of a category.
func mainParts(g *generator, cat catalog.CategoryCode) []string {
	var out []string
	for _, a := range actionsOf(g.snap, cat) {
		if a.PartClass == catalog.PartMain && !slices.Contains(out, a.PartType) {
			out = append(out, a.PartType)
		}
	}
	return out
}

func actionsOf(snap *catalog.Snapshot, cat catalog.CategoryCode) []catalog.Action {
	var out []catalog.Action
	for _, s := range snap.Symptoms(cat) {
		for _, c := range snap.Causes(s.Code) {
			out = append(out, snap.Actions(c.Code)...)
		}
	}
	return out
}

func (g *generator) buildOutlets(ctx context.Context) error {
	c := newChance(g.opt.Seed, "outlets")
	g.cities = places()
	for _, ct := range g.cities {
		for i := range ct.Districts {
			ct.Districts[i].towns = geo.Children(ct.Districts[i].Code)
		}
	}
	for i, s := range network {
		ct := g.cities[slices.IndexFunc(g.cities, func(x *city) bool { return x.Code == s.City })]
		home := ct.Districts[s.Districts[0]]
		in := outlets.CreateInput{
			Code: s.Code, Name: s.Name, Kind: s.Kind, Zone: g.zone.String(), Point: home.point(c), Division: home.Code, Phone: staffPhone(9000 + i), Tools: storeTools,
			Address: ct.Province + ct.Name + home.Name + pick(c, roadWords) + pick(c, roadKinds) + fmt.Sprint(c.upTo(1, 300)) + "号",
		}
		for _, letter := range strings.Split(s.Brands, "") {
			in.Brands = append(in.Brands, g.brands[letter].ID)
		}
		if s.Parent != "" {
			in.ParentID = g.outletByCode(s.Parent).ID
		}
		o, err := g.Outlets.Create(ctx, in)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Code, err)
		}
		made := &outlet{Outlet: o, site: s, profile: profileOf(s.Code), city: ct}
		g.outlets = append(g.outlets, made)
		if err := g.furnish(ctx, made); err != nil {
			return fmt.Errorf("%s: %w", s.Code, err)
		}
	}
	return nil
}

// furnish gives an outlet its areas, hours and declared capacity, and a manager.
func (g *generator) furnish(ctx context.Context, o *outlet) error {
	areas := []outlets.Area{}
	for i, d := range o.city.Districts {
		switch {
		case slices.Contains(o.site.Districts, i):
			areas = append(areas, outlets.Area{Division: d.Code, Rank: 1})
		case o.Kind == outlets.KindOwn:
			areas = append(areas, outlets.Area{Division: d.Code, Rank: 2})
		}
	}
	var err error
	if o.Outlet, err = g.Outlets.SetAreas(ctx, outlets.SetAreasInput{ID: o.ID, Version: o.Version, Areas: areas}); err != nil {
		return err
	}
	week := calendar.EveryDay(calendar.Hours(8, 30, 18, 30))
	if o.Outlet, err = g.Outlets.SetHours(ctx, outlets.SetHoursInput{ID: o.ID, Version: o.Version, Hours: outlets.Hours{Weekly: &week}}); err != nil {
		return err
	}
	if o.Kind != outlets.KindOwn {
		var quotas []outlets.QuotaRow
		for d := time.Sunday; d <= time.Saturday; d++ {
			quotas = append(quotas, outlets.QuotaRow{Weekday: new(d), Orders: o.site.Engineers * 4})
		}
		if o.Outlet, err = g.Outlets.SetQuotas(ctx, outlets.SetQuotasInput{ID: o.ID, Version: o.Version, Quotas: quotas}); err != nil {
			return err
		}
	}
	o.manager, err = g.buildManager(ctx, o)
	return err
}

func (g *generator) outletByCode(code string) *outlet {
	return g.outlets[slices.IndexFunc(g.outlets, func(o *outlet) bool { return o.site.Code == code })]
}

// trades are what engineers can do; an outlet has all three.
var trades = [][]catalog.SkillCode{
	{"REFR", "LVE", "HEIGHT", "BASIC", "PLUMB", "WELD"},
	{"GAS", "LVE", "PLUMB", "DRILL", "BASIC", "HV"},
	{"LVE", "ELEC", "PLUMB", "DRILL", "BASIC", "LOCK", "HV", "REMOTE"},
}

func (g *generator) buildEngineers(ctx context.Context) error {
	c := newChance(g.opt.Seed, "engineers")
	n := 0
	for _, o := range g.outlets {
		crew := max(2, int(float64(o.site.Engineers)*min(1, g.opt.Scale*2)+0.5))
		for i := range crew {
			n++
			e, err := g.buildEngineer(ctx, c, o, i, crew, n)
			if err != nil {
				return fmt.Errorf("engineer %d of %s: %w", i+1, o.site.Code, err)
			}
			o.engineers = append(o.engineers, e)
		}
	}
	return nil
}

func skillsOf(c chance, i, crew int) []workforce.Skill {
	codes := slices.Clone(trades[i%len(trades)])
	if crew < len(trades) { // a small outlet's people do everything
		codes = slices.Concat(trades...)
	}
	if c.yes(0.3) {
		codes = append(codes, pick(c, trades[(i+1)%len(trades)]))
	}
	slices.Sort(codes)
	var out []workforce.Skill
	for _, code := range slices.Compact(codes) {
		out = append(out, workforce.Skill{Code: code, Level: c.upTo(2, 5)})
	}
	return out
}

func (g *generator) buildEngineer(ctx context.Context, c chance, o *outlet, i, crew, n int) (*engineer, error) {
	joined := g.today(g.start) - calendar.Date(c.upTo(100, 2400))
	district := o.city.Districts[pick(c, o.site.Districts)]
	in := workforce.CreateInput{
		Number: fmt.Sprintf("E%04d", n), OutletID: o.ID, Name: personName(c), Phone: staffPhone(n), Job: workforce.JobEngineer, Skills: skillsOf(c, i, crew),
		StartPoint: district.point(c), MaxVisits: 8, JoinedOn: joined,
	}
	in.Tools = toolsFor(in.Skills)
	made, err := g.Workforce.Create(ctx, in)
	if err != nil {
		return nil, err
	}
	e := &engineer{Engineer: made, outlet: o, away: map[calendar.Date]bool{}, busy: map[calendar.Date][]span{}, van: map[parts.PartID]int{}}
	// Days off go round, so that every day somebody of each trade is there.
	e.off[(i*3+1)%7] = true
	if i%3 != 0 {
		e.off[(i*3+5)%7] = i%2 == 0
	}
	var week workforce.Week
	for d := range week {
		if !e.off[d] {
			week[d] = workforce.DayPlan{calendar.Hours(8, 30, 18, 30)}
		}
	}
	if e.Engineer, err = g.Workforce.SetWeek(ctx, workforce.SetWeekInput{ID: e.ID, Version: e.Version, Week: &week}); err != nil {
		return nil, err
	}
	if err := g.certify(ctx, c, e, n); err != nil {
		return nil, err
	}
	e.actor = access.Actor{
		Kind: access.User, ID: o.manager.ID, Name: o.manager.Name, Permissions: access.Set{"*": true}, Scope: o.manager.Scope, EngineerID: string(e.ID),
	}
	if i == 0 {
		e.actor.ID, e.actor.Name, err = g.buildFieldUser(ctx, e)
	}
	return e, err
}

// certify hands in the papers that the law wants. A few run out soon after today, for somebody to see to.
func (g *generator) certify(ctx context.Context, c chance, e *engineer, n int) error {
	var err error
	for _, s := range e.Skills {
		skill, _ := g.snap.Skill(s.Code)
		if !skill.Certificate {
			continue
		}
		in := workforce.AddCertificateInput{
			ID: e.ID, Version: e.Version, Code: s.Code, Number: fmt.Sprintf("DEMO%s%06d", s.Code, n), IssuedOn: g.today(g.end) - calendar.Date(c.upTo(150, 900)),
		}
		if n%17 == 3 && skill.RecheckYears > 0 {
			in.RecheckBy = g.today(g.end) + calendar.Date(c.upTo(6, 25))
		}
		if e.Engineer, err = g.Workforce.AddCertificate(ctx, in); err != nil {
			return fmt.Errorf("certificate %s: %w", s.Code, err)
		}
	}
	return nil
}

// partWords names the part types of the fault catalogue, with a price in yuan.
var partWords = map[string]struct {
	zh   string
	yuan int64
}{
	"board": {"电路板", 260}, "heater": {"加热组件", 120}, "gasket": {"密封圈", 35}, "valve": {"阀组件", 95}, "pump": {"水泵", 130}, "sensor": {"传感器", 45},
	"panel": {"面板", 580}, "igniter": {"点火组件", 68}, "refrigerant": {"制冷剂", 150}, "compressor": {"压缩机", 880}, "fan": {"风机", 160}, "motor": {"电机", 240},
	"exchanger": {"换热器", 420}, "filter": {"滤芯", 89}, "lock": {"锁组件", 180}, "defrost": {"化霜组件", 96}, "thermostat": {"温控器", 75}, "damper": {"减震器", 58},
	"bearing": {"轴承", 66}, "belt": {"皮带", 48}, "roller": {"滚轮", 42}, "remote": {"遥控器", 40}, "burner": {"燃烧器", 260}, "tank": {"内胆", 460}, "anode": {"镁棒", 45},
	"impeller": {"风轮", 110}, "lamp": {"照明灯", 25}, "thermocouple": {"热电偶", 30}, "hose": {"连接软管", 38}, "magnetron": {"磁控管", 180}, "mica": {"云母片", 12},
	"membrane": {"反渗透膜", 320}, "battery": {"电池组", 160}, "lidar": {"激光雷达", 240}, "module": {"识别模块", 150}, "nozzle": {"喷嘴组件", 78},
}

func (g *generator) buildParts(ctx context.Context) error {
	g.parts = map[partKey]parts.PartID{}
	var all []parts.PartID
	for _, p := range productRows {
		for _, a := range actionsOf(g.snap, p.Category) {
			key := partKey{p.Category, a.PartType}
			if a.PartType == "" || g.parts[key] != "" {
				continue
			}
			w := partWords[a.PartType]
			price, err := money.New(w.yuan*100, "CNY")
			if err != nil {
				return err
			}
			made, err := g.Parts.Create(ctx, parts.Part{
				Code: fmt.Sprintf("%s-%s", p.Category, strings.ToUpper(a.PartType)), NameZh: p.Zh + w.zh, NameEn: p.En + " " + a.PartType, Class: a.PartClass,
				Type: a.PartType, Price: &price, Returnable: a.PartClass == catalog.PartMain, Categories: []catalog.CategoryCode{p.Category},
			})
			if err != nil {
				return fmt.Errorf("part %s: %w", key, err)
			}
			g.parts[key] = made.ID
			all = append(all, made.ID)
			if _, err := g.Parts.Receive(ctx, parts.StockInput{Place: parts.Centre, Part: made.ID, Qty: 2000}); err != nil {
				return err
			}
		}
	}
	return g.stockUp(ctx, all)
}

// stockUp sends parts from the centre to the outlets and loads the vans.
func (g *generator) stockUp(ctx context.Context, all []parts.PartID) error {
	c := newChance(g.opt.Seed, "stock")
	for _, o := range g.outlets {
		var lines []parts.TransferLine
		for _, p := range all {
			lines = append(lines, parts.TransferLine{Part: p, Qty: int64(c.upTo(8, 40))})
		}
		if _, err := g.Parts.Ship(ctx, parts.ShipInput{From: parts.Centre, To: parts.OutletPlace(o.ID), Lines: lines, Arrived: true}); err != nil {
			return fmt.Errorf("stock of %s: %w", o.site.Code, err)
		}
		for _, e := range o.engineers {
			if _, err := g.Parts.OpenVan(ctx, parts.VanInput{Engineer: string(e.ID), Outlet: o.ID}); err != nil {
				return err
			}
			var load []parts.TransferLine
			for _, p := range all {
				if c.yes(0.3) {
					n := c.upTo(2, 5)
					load, e.van[p] = append(load, parts.TransferLine{Part: p, Qty: int64(n)}), n
				}
			}
			if _, err := g.Parts.Ship(ctx, parts.ShipInput{From: parts.Centre, To: parts.VanPlace(string(e.ID)), Lines: load, Arrived: true}); err != nil {
				return fmt.Errorf("van of %s: %w", e.Number, err)
			}
		}
	}
	return nil
}
