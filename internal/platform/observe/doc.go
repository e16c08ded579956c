// Package observe is what operators see of a running server: the log, the
// health endpoints and the metrics.
//
// The log carries ids and codes. Names and addresses cannot be told from other
// words, so nobody logs them; what can be told, phone numbers, ID numbers and
// e-mail addresses, is masked in every line as a second net, and attributes
// named like secrets or contact data are hidden whole.
//
// Metrics are labelled with route patterns, never with paths, which hold ids.
//
// The package owns no table and imports nothing of ours, so that everything
// may use it.
package observe
