// Package maintenance owns recalls and service campaigns: what is wrong with which units, what is done about it free of
// charge, who was told how and with what proof, and how far the firm has come.
//
// A campaign is drafted with its words, its remedy and the conditions that say which units it concerns
// ([units.Affected]), approved by a second person who sees how many units that are, and started. A job that can be
// stopped and goes on where it was finds the units, marks each ([units.Service.MarkManyTx]: read at every contact; with
// stop_sale nobody may sell or give it) and keeps a row for each with a state of its own. Units that are recorded
// or corrected later are caught by their events.
//
// Customers are told by T14 (safety) or T32 (other campaigns) in their language, again after the reminders' days and by
// the other channel when one refused; what became of each message is read back from the delivery log as proof. Who has
// no channel is on the list for letters, whose owner nobody knows on another. The link in the notice opens a page
// that asks for a visit: a case and an order, which this module tells coverage to be free
// ([Service.PaysFor]). Its completion remedies the unit and clears the mark; a rejected completion takes that back.
//
// What recall law asks (C1–C8 of the consumer goods recall rules) is counted in working days and shown as
// deadlines with their source; what nobody has confirmed in the cited text is marked unverified. Rows are never
// deleted: recalls are to be shown for at least five years after their end.
//
// Nothing here holds personal data: rows carry ids and codes, messages and cases keep their own sealed texts.
package maintenance
