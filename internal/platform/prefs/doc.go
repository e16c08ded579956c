// Package prefs keeps how people like their screens: saved views of a page, which are a name and a state
// (filters, columns, sorting) that the page alone understands, kept for oneself or shared with a role.
//
// It owns the table prefs_view. Name and state are sealed by the installation's key, because a filter may
// hold what somebody searched for. A shared view reaches no further than its maker: users of the role
// inside the maker's outlets, with a brand of the maker's.
package prefs
