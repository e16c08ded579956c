// Package customers keeps the people and firms that are served: names, phones and e-mail, addresses,
// consents, the ids that other systems know them by, and which outlets may see them in lists.
//
// Everything that names a person or a door is sealed with a key of that person's own; erasing destroys
// the key. What stays in the clear is codes, the division and the point of an address, and masked forms.
// A phone, an e-mail and a name are found again by keyed hashes of the whole, a phone also by its last
// four digits. Values leave the service in the clear only towards other modules ([Service.Get]) and
// through [Service.Reveal], which asks for a reason, writes an audit entry and is limited per hour.
//
// Two records of one person are merged by a redirect: the merged record keeps its rows, every read
// follows, and an unmerge takes the redirect away. A customer belongs to no outlet: shares, written by
// the modules that give an outlet work, say which outlets see it and until when.
//
// It knows no unit, case or order, and does not decide how long data is kept: it can erase, compliance
// says when.
package customers
