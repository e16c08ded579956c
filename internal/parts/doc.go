// Package parts keeps the part master and the stock: which part lies where and how much of it, and every
// movement that made it so.
//
// A place is the centre's store, an outlet's store or an engineer's van. A balance (on hand, reserved) is
// one row, guarded in its own update: what is not there cannot be reserved, used or sent away, unless a
// person overrides it with a reason. Movements are never changed; the sum of a place's movements is its
// balance.
//
// Orders reserve, use and give back; a part that has to come back leaves an old part owed. Transfers go
// from place to place and are counted at arrival. States of a transfer: shipped, received, cancelled; of
// an old part: owed, received, waived. Events: part.reserved, part.released, part.used, oldpart.owed,
// oldpart.received.
//
// Quantities are whole numbers of the part's own unit: pieces, grams of refrigerant, centimetres of pipe.
// Buying, prices to charge and what an outlet is paid are others' matters.
package parts
