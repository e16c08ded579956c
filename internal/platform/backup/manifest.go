package backup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"time"

	"anxin/internal/platform/audit"
	"anxin/migrations"
)

const (
	formatName    = "anxin-backup"
	formatVersion = 1

	manifestMember = "manifest.json"
	erasedMember   = "erased.jsonl"
	sqliteMember   = "database.sqlite"
	postgresMember = "database.pgdump"
	filesFolder    = "files/"
	sumsMember     = "SHA256SUMS"
	sealMember     = "SEAL"

	engineSQLite   = "sqlite"
	enginePostgres = "postgres"
)

// Manifest says what a backup is. It holds nothing secret.
type Manifest struct {
	Format      string     `json:"format"`
	Version     int        `json:"format_version"`
	Product     string     `json:"product_version"`
	MadeAt      time.Time  `json:"made_at"`
	Engine      string     `json:"engine"`
	Server      string     `json:"server_version,omitempty"` // of PostgreSQL
	Schema      int64      `json:"schema"`                   // number of the newest migration that ran
	Fingerprint string     `json:"key_fingerprint"`
	Proof       []byte     `json:"proof"` // the fingerprint, sealed with the installation's key
	Trail       audit.Seal `json:"audit"`
	Files       bool       `json:"files"` // whether the stored files are in it
}

func (m Manifest) database() string {
	if m.Engine == enginePostgres {
		return postgresMember
	}
	return sqliteMember
}

// maxManifest bounds what is read of a file that may be anything.
const maxManifest = 1 << 20

func readManifest(r io.Reader) (Manifest, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return Manifest{}, damaged("its manifest", err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil || m.Format != formatName {
		return m, ErrFormat
	}
	if m.Version > formatVersion || m.Schema > migrations.Latest() {
		return m, ErrNewer
	}
	if m.Engine != engineSQLite && m.Engine != enginePostgres || len(m.Proof) == 0 {
		return m, fmt.Errorf("%w: its manifest", ErrDamaged)
	}
	return m, nil
}

func (m Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	err := enc.Encode(m)
	return b.Bytes(), err
}

// fileMember is the name of a stored file's member: a key of the store, never a path that leads elsewhere.
var fileMember = regexp.MustCompile(`^files/[a-z0-9-]+(/[a-z0-9-]+)*$`)

// damaged adds where an archive is broken; errors of the context stay what they are.
func damaged(where string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrDamaged, where, err)
}
