// Package imports brings rows of sheets (CSV, XLSX) into the product, and writes sheets out of it.
//
// It owns the engine and its tables imports_run, imports_row, imports_error and imports_mapping. It knows
// no record: a module registers a [Target] (its fields, how rows are written, how a row is taken back),
// and app hands the targets to [New].
//
// # A run
//
//	ready → running → done | failed | cancelled
//	failed, cancelled → running      (resume: it goes on after the last row that was written)
//	done, failed, cancelled → undoing → undone
//
// A file is uploaded first (platform/files, purpose import) and stays sealed there for [KeepFiles] after
// the run. A [Mapping] says which column fills which field. Rows are written in batches, each with the
// note of what became of every row in the same transaction: a run that is killed goes on without losing or
// doubling a row. A row that is refused gets an error with its number, column and code, never with what
// the cell held, and stops nobody else. A dry run does all of it and rolls every batch back.
//
// Rows are known by their external id ([Target].Key): one that is there already is brought up to date with
// the cells that are not empty.
//
// # Origin
//
// A live run is as if somebody had typed the rows in: it notifies, starts clocks and publishes live events.
// A run of history does none of that, keeps the times of its rows, and can be undone: records it made are
// removed, records it changed get their values back, and rows that somebody touched since are refused and
// named. Replays (acts at their own times) are programs, not sheets; see package realinput.
//
// # Sheets
//
// Text is read as UTF-8, UTF-16 or GB 18030 (which covers GBK), found by looking at the whole file; the
// delimiter is found too. Workbooks are bounded before they are unpacked. What a sheet has lost already is
// refused and not guessed: rows that a quotation mark swallowed, cells beyond the headings, long numbers that
// became 1.38E+10, errors of formulas, cells merged over rows, a part that is cut off.
//
// What is written out is safe to open in a spreadsheet: a cell that would be read as a formula gets an
// apostrophe in front.
package imports
