// Package backup makes a copy of a whole installation while it runs, and puts one back.
//
// A backup is one tar file, mode 0600, whose members stand in this order:
//
//	manifest.json     what it is: engine, schema, when, the fingerprint of the key, the audit trail's newest seal
//	erased.jsonl      the keys that were destroyed because people were erased
//	database.sqlite   a consistent copy of the database (VACUUM INTO), or
//	database.pgdump   the same of PostgreSQL (pg_dump, custom format)
//	files/…           every stored file, sealed as it lies in the store
//	SHA256SUMS        digest of each member before it, as sha256sum -c reads them
//	SEAL              a keyed digest of SHA256SUMS: only who has the master key can make it
//
// The master key is never in it: personal data in the database and in the files stays sealed, and a copy of
// the key has to be kept apart. Whoever was acknowledged before a backup began is in it. The database is
// copied before the files, and a file's bytes are stored before its row, so no row lacks its bytes; bytes
// without a row are swept later.
//
// [Restore] reads the archive twice. The first time it only checks: members, digests, seal, key. Then it
// puts the files, then the database, which appears at once and last. It proves that the key opens what was
// restored and that the audit trail holds the seal noted in the manifest. When anything fails, what it put
// is taken away again.
//
// The package owns no table. It is one of those that know which engine runs.
package backup
