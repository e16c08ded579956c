// Package notify tells people: customers and outlets by text message and e-mail, staff by notices inside
// the product.
//
// It owns the tables notify_*. A message is a template with parameters, queued in the transaction of the
// act that wants it ([Service.QueueTx]) and sent later by a job that carries only its id; recipient and
// text are sealed at rest. The same row is the delivery log:
//
//	queued → sending → sent
//	                 → failed       the channel refuses for good, or did so too often
//	                 → queued       the channel is not to be had just now; tried again later
//	queued → suppressed             nobody is to be told: see the reasons
//
// A message may reach somebody twice when a node dies between sending and noting it; its id travels along,
// so that a gateway can drop the repeat. History (imports) and replay tell nobody. An installation
// without a mail server or text gateway works all the same: its messages stand in the log as suppressed
// with reason no_channel and can be sent later.
//
// The texts that the product brings are in templates.json; what a firm changes, for all brands or for one,
// is kept beside them, so a release can improve what nobody changed.
package notify
