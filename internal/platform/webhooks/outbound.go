package webhooks

import "net/http"

// NewClient makes a client for calls to addresses that people typed in: carriers, payment providers. It follows no
// redirect, uses no proxy and connects to the public internet only, unless allowPrivate; the check stands between the
// resolved address and the connection.
func NewClient(allowPrivate bool) *http.Client { return newClient(allowPrivate) }

// Callable tells whether [NewClient] would call an address: https to a public name, or anything over HTTP with allowPrivate.
func Callable(raw string, allowPrivate bool) bool {
	_, ok := checkURL(raw, allowPrivate)
	return ok
}
