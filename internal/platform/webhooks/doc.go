// Package webhooks tells other programs what happened: it listens to all events and posts those that an
// endpoint asked for, and may see, to the endpoint's address.
//
// It owns the tables webhooks_*. An event goes to an endpoint when it is live (never history or replay),
// its topic is wanted, and its brand and outlet lie in the endpoint's scope, which is no wider than that
// of the person who made the endpoint.
//
// # What is sent
//
// A POST of JSON: id, topic, record_kind, record_id, brand_id, outlet_path, occurred_at, recorded_at and
// data, the event's own fields. Like every event it holds ids, codes and versions, and is sent at least
// once and in no certain order: a receiver keeps event ids it has seen, reads the record again and ignores
// the older version. Headers: X-Anxin-Event (topic), X-Anxin-Event-Id, X-Anxin-Delivery, and
//
//	X-Anxin-Signature: t=1795161600,v1=<hex>[,v1=<hex>]
//
// where v1 is HMAC-SHA256 with the endpoint's secret over "<t>.<body>"; after a rotation both secrets sign
// for a day. [Verify] is the receiver's side.
//
// # When it fails
//
// Anything but a status of 2xx is a failure; redirects are not followed. A delivery is tried 13 times over
// almost 24 hours. An endpoint that failed all that time, or that answers 410, is disabled and its people
// are told; what waits for it is kept 30 days and goes out when somebody enables it again. Events of the
// time in between are not queued: the change feed has them.
//
// Addresses inside the own network are refused when the connection is made, whatever the name resolved to
// before, unless the operator allows them.
package webhooks
