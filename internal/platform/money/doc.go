// Package money counts money in whole minor units of a currency (分, cents),
// as int64. Nothing is rounded silently and nothing wraps around: arithmetic
// that does not fit is [ErrOverflow], two currencies never mix, and whoever
// applies a rate names the rounding. Shares of an amount always add up to it,
// see [Amount.Allocate].
//
// Rates and quantities are exact decimals of github.com/govalues/decimal. They
// are applied in whole-number arithmetic, so that a long product is rounded
// once, at the end.
//
// The package knows no exchange rates, taxes or tariffs.
package money
