// Package search is the one index over records of many kinds: cases by number, phone or words,
// customers by the last four digits, articles by what they say.
//
// It owns the tables search_pending, search_doc and (on SQLite) search_fts. It stores no text: only
// which tokens stand in which record. Callers hand in text that is masked already; it is masked again
// here, and what masking left of a number is not indexed either. Phone numbers and the like are found
// by their keyed hash ([Doc.Lookups]), never by their digits.
//
// # Tokens
//
// Text is folded (NFKC, so that full-width forms are plain; lower case). A run of Chinese, Japanese or
// Korean characters gives every two neighbours and its last character alone; a run of other letters and
// digits is one word. So any two adjacent characters are found, and a Latin word by its beginning. A longer
// Chinese phrase is found by all its pairs, which is a phrase match but for rare coincidences. One character
// is found where it stands alone or last, and anywhere in a title; every character of every text alone would
// make the index half as large again.
// Tokens that no text can hold carry a mark: ">" the first letters of a word, "=" an exact term, "^" a token
// of the title, "~" kind, brand and outlets, by which a scope is a condition of the index itself.
//
// # Writing
//
// [Service.IndexTx] puts one row into search_pending in the act's own transaction. [Service.Run] (or the
// next query on the same node) moves the rows into the index, in batches: a commit a document would make
// SQLite's index a heap of tiny segments, and PostgreSQL's pending list would be read by every query.
//
// # Reading
//
// The newest 2,000 hits in scope are ranked: exact term, then all words in the title, then the rest, each
// newest first. Newest means first indexed last: an import indexes its oldest records first. On PostgreSQL
// every document also carries marks of its number range, so that a word which stands in every third record
// is looked up among the newest ranges first and the index never hands out all of them.
package search
