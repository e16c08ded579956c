// Package db is the thin layer between the modules and the two database engines.
//
// It owns connections, transactions, the instant of a change, keyset lists, identifiers and the
// blocks that numbers for people come from. One SQL text with `$n` parameters runs on both
// engines; what differs (types, partitions, upkeep) stays in migrations and in the few platform
// packages that may ask [DB.Engine].
//
// SQLite has one writer. Its transactions run one after the other inside a shared physical
// transaction, each in a savepoint, and all of them are acknowledged by one durable commit
// (group commit). PostgreSQL runs READ COMMITTED: an act reads, decides and writes with
// `WHERE version = $n`; a lost race returns [ErrRace] and is read and tried again by [InTx].
package db
