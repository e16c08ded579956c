package db

import (
	"context"
	"fmt"
)

// eraBits is how far the feeds' numbers leap when a database is restored: 2^32, so that they stay exact in
// JavaScript for two million restores.
const eraBits = 32

// BeginEra is called once on a restored database. Feeds are read by growing numbers: the transaction's on
// PostgreSQL, which a new cluster counts from the beginning again, and seq on SQLite. Both leap past all
// that was ever handed out, also after the backup was made; else new rows would hide behind old ones, and
// an integrator whose cursor is newer than the backup would miss what comes.
func (d *DB) BeginEra(ctx context.Context) error {
	if d.engine == SQLite {
		return d.beginEraSQLite(ctx)
	}
	return d.beginEraPostgres(ctx)
}

func (d *DB) beginEraPostgres(ctx context.Context) error {
	tables, err := List(ctx, d, ScanString, `SELECT c.table_name::text FROM information_schema.columns c
		WHERE c.table_schema = current_schema() AND c.column_name = 'txid' AND c.column_default LIKE '%db_feed_offset%' ORDER BY 1`)
	if err != nil {
		return fmt.Errorf("find feeds: %w", err)
	}
	var last int64
	if err := d.pool.QueryRow(ctx, `SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + db_feed_offset()`).Scan(&last); err != nil {
		return fmt.Errorf("read the feeds' offset: %w", err)
	}
	for _, t := range tables {
		var n int64
		if err := d.pool.QueryRow(ctx, `SELECT COALESCE(MAX(txid), 0) FROM `+t).Scan(&n); err != nil {
			return fmt.Errorf("read the end of feed %s: %w", t, err)
		}
		last = max(last, n)
	}
	_, err = d.pool.Exec(ctx, fmt.Sprintf(`CREATE OR REPLACE FUNCTION db_feed_offset() RETURNS BIGINT LANGUAGE sql IMMUTABLE PARALLEL SAFE
		AS 'SELECT %d::bigint'`, (last>>eraBits+1)<<eraBits))
	return err
}

func (d *DB) beginEraSQLite(ctx context.Context) error {
	tables, err := List(ctx, d, ScanString, `SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.sql LIKE '%AUTOINCREMENT%'
		AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = 'txid') ORDER BY m.name`)
	if err != nil {
		return fmt.Errorf("find feeds: %w", err)
	}
	return InTx0(ctx, d, func(ctx context.Context, tx *Tx) error {
		for _, t := range tables {
			n, err := tx.Exec(ctx, fmt.Sprintf(`UPDATE sqlite_sequence SET seq = ((seq >> %d) + 1) << %d WHERE name = $1`, eraBits, eraBits), t)
			if err == nil && n == 0 {
				_, err = tx.Exec(ctx, `INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)`, t, int64(1)<<eraBits)
			}
			if err != nil {
				return fmt.Errorf("feed %s: %w", t, err)
			}
		}
		return nil
	})
}
