// Package catalog owns the words of the trade that every other module speaks in codes: brands, product
// lines (categories) and models, service types with their checklists and proof, skills, tools, the tree
// symptom → cause → action, reasons with responsibilities, classification trees, and the labels that a
// firm gives to states.
//
// All of it is small and read all the time, so readers take a [Snapshot]: the whole catalogue in memory,
// immutable, read again when it changed. What stands in it from the start comes from embedded tables
// ([Seed]); brands and models are the operator's own. Rows are edited and retired, never deleted, since
// records elsewhere hold their codes.
//
// It owns no price (tariffs), no deadline (clocks), no stock of parts (parts) and nothing that customers are
// asked (knowledge).
//
// Events: catalog.changed.v1, once per changed row.
package catalog
