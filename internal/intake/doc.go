// Package intake owns conversations: how a customer's words come in, by which channel, and what case
// they raised. A conversation is one channel's thread with a customer; it may raise, join or split cases.
//
// Two channels exist: the web form ([Service.Report]) and the phone note ([Service.PhoneNote]). A later
// channel is a [Channel] with its own receiver that calls [Service.Receive]; everything behind it is
// shared: who the customer is (the phone's keyed hash), the sealed text, the case.
package intake
