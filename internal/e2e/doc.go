// Package e2e holds tests that follow people through the whole product over HTTP, on both engines. It has
// no code of its own.
package e2e
