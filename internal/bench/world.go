package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"anxin/internal/app"
	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
)

// world is one installation that is measured: its database and folder, and keys to talk to it.
type world struct {
	r      *runner
	engine string
	cfg    config.Config
	name   string // of the PostgreSQL database

	admin  context.Context // acts as the administrator, inside this process
	user   string          // the administrator's id
	brand  catalog.BrandID
	centre string // API key that sees everything
	texts  *texts
}

// newWorld makes an empty installation with one brand.
func (r *runner) newWorld(ctx context.Context, engine, name string) (_ *world, err error) {
	dir := filepath.Join(r.Dir, engine+"-"+name)
	if r.keeps(engine, name) {
		dir = r.Keep
		if entries, err := os.ReadDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) || len(entries) > 0 {
			return nil, errors.Join(fmt.Errorf("%s is to keep an installation and is not empty", dir), err)
		}
	}
	w := &world{r: r, engine: engine, cfg: config.Default(), texts: newTexts()}
	w.cfg.DataDir = dir
	w.cfg.Limits.UserRate, w.cfg.Limits.PublicRate = 1_000_000, 1_000_000
	if engine == "postgres" {
		w.name = "bench_" + strings.ReplaceAll(db.NewID(), "-", "")
		if err := w.onServer(ctx, "CREATE DATABASE "+w.name); err != nil {
			return nil, err
		}
		u, err := url.Parse(r.Postgres)
		if err != nil {
			return nil, fmt.Errorf("address of PostgreSQL: %w", err)
		}
		u.Path = "/" + w.name
		w.cfg.Database = config.Secret(u.String())
	}
	err = w.inside(ctx, func(a *app.App) error {
		first, err := a.Identity.FirstAdmin(ctx, "admin", "管理员", "measure only 2026")
		if err != nil {
			return err
		}
		w.user = string(first.User.ID)
		w.admin = access.With(ctx, access.Actor{
			Kind: access.User, ID: w.user, Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: "zh-CN", Origin: access.Live,
		})
		var all []string
		for _, p := range app.AllPermissions() {
			all = append(all, p.Key)
		}
		key, err := a.Identity.CreateKey(w.admin, identity.KeyInput{Name: "bench", Permissions: all, Scope: access.Everything})
		if err != nil {
			return err
		}
		w.centre = key.Token
		b, err := a.Catalog.CreateBrand(w.admin, catalog.CreateBrandInput{Code: "BEN", NameZh: "测量", NameEn: "Bench"})
		w.brand = b.ID
		return err
	})
	if err != nil {
		return nil, errors.Join(err, w.remove())
	}
	return w, nil
}

// onServer runs a statement outside the world's database.
func (w *world) onServer(ctx context.Context, query string) error {
	d, err := db.Open(ctx, w.r.Postgres, db.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	_, err = d.Pool().Exec(ctx, query)
	return errors.Join(err, d.Close())
}

// inside builds the product in this process for as long as fn runs; no server may run beside it.
func (w *world) inside(ctx context.Context, fn func(a *app.App) error) error {
	a, err := app.Build(ctx, w.cfg, slog.New(slog.NewTextHandler(io.Discard, nil)), app.Options{Version: "bench"})
	if err != nil {
		return err
	}
	return errors.Join(fn(a), a.Close())
}

// keeps tells whether an installation stays when all is measured.
func (r *runner) keeps(engine, name string) bool {
	return r.Keep != "" && engine == "sqlite" && name == "large"
}

// remove takes the world off the disk, unless it is kept.
func (w *world) remove() error {
	if w.cfg.DataDir == w.r.Keep {
		return nil
	}
	err := os.RemoveAll(w.cfg.DataDir)
	if w.name != "" {
		err = errors.Join(err, w.onServer(context.Background(), "DROP DATABASE IF EXISTS "+w.name+" WITH (FORCE)"))
	}
	return err
}

// texts writes sentences whose words are as unevenly frequent as in real text.
type texts struct {
	rnd   *rand.Rand
	zipf  *rand.Zipf
	words []string
	Pairs []string // two neighbouring characters from all over
	n     int
}

func newTexts() *texts {
	rnd := rand.New(rand.NewPCG(7, 11))
	t := &texts{rnd: rnd, zipf: rand.NewZipf(rnd, 1.08, 4, 11999)}
	chars := rand.NewZipf(rnd, 1.05, 30, 2499)
	for range 12000 {
		var w []rune
		for range 1 + rnd.IntN(3) + rnd.IntN(2) {
			w = append(w, rune(0x4E00+int(chars.Uint64())*7))
		}
		t.words = append(t.words, string(w))
	}
	return t
}

// sentence is a text of so many words.
func (t *texts) sentence(words int) string {
	t.n++
	var b strings.Builder
	for i := range words {
		if i%6 == 5 {
			b.WriteString(",")
		}
		b.WriteString(t.words[t.zipf.Uint64()])
	}
	s := b.String()
	if r := []rune(s); t.n%17 == 0 && len(t.Pairs) < 20_000 {
		if i := t.rnd.IntN(len(r) - 1); r[i] > 0x4000 && r[i+1] > 0x4000 {
			t.Pairs = append(t.Pairs, string(r[i:i+2]))
		}
	}
	return s
}

// model is a Latin word as it stands in such texts.
func (t *texts) model() string { return fmt.Sprintf("KFR-%dGW", t.rnd.IntN(5000)) }

func phone(i int) string { return fmt.Sprintf("1380%07d", i%10_000_000) }

// openBody is the request that opens a case on the phone: somebody unknown, with a sentence, a text and a number.
func (w *world) openBody(i int, summary, detail string) map[string]any {
	return map[string]any{
		"brand_id": w.brand, "category": "AC", "service_type": "REP", "channel": "phone", "summary": summary, "detail": detail,
		"contact_name": "王小明", "contact_phone": phone(i), "impact": 2, "urgency": 2, "assignee_id": w.user, "operation_id": db.NewID(),
	}
}

// wait pauses unless the run has ended.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
