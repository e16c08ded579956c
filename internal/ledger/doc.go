// Package ledger owns the money journal: double entry, append-only, balanced per currency.
//
// It knows accounts by name only ("receivable:customer:<id>", "revenue:labour", "payable:outlet:<path>");
// what they mean is their users' matter. An entry is posted once for one fact (kind, ref) and never changed;
// a mistake is reversed by an entry that mirrors it. It decides no price and no payer.
package ledger
