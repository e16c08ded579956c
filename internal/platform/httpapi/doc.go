// Package httpapi is how modules answer over HTTP: one server with its middleware, typed operations
// under /api/v1 with one contract (OpenAPI), one form of errors, lists by cursor, and acts that are
// answered once however often they are sent.
//
// A module's api.go declares operations with [Register] (reads), [Act] (changes) and [List]. It knows no
// status and no header: errors are problem codes, translated here; a change's answer is kept in the
// change's own transaction, so a repeated Idempotency-Key gets the same answer even after a crash.
package httpapi
