package money

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/govalues/decimal"
)

// Errors of this package, to be matched by errors.Is.
var (
	ErrOverflow  = errors.New("amount does not fit")
	ErrCurrency  = errors.New("currencies differ")
	ErrUnknown   = errors.New("unknown currency")
	ErrFormat    = errors.New("not an amount of money")
	ErrPrecision = errors.New("more decimal digits than the currency has")
	ErrWeights   = errors.New("weights must not be negative and not all zero")
	ErrDivide    = errors.New("division by zero")
)

// Amount is a sum of money. The zero Amount has no currency and belongs to no
// calculation; use [Zero].
type Amount struct {
	Minor    int64    `json:"minor"`    // in minor units: 123450 is ¥1,234.50
	Currency Currency `json:"currency"` // ISO 4217
}

// New returns an amount of a known currency.
func New(minor int64, c Currency) (Amount, error) {
	if _, err := c.Exponent(); err != nil {
		return Amount{}, err
	}
	return Amount{Minor: minor, Currency: c}, nil
}

// Must is New for constants and tests; it panics on an unknown currency.
func Must(minor int64, c Currency) Amount {
	a, err := New(minor, c)
	if err != nil {
		panic(err)
	}
	return a
}

// Zero returns nothing of a currency.
func Zero(c Currency) Amount { return Amount{Currency: c} }

// UnmarshalJSON reads {"minor": 123450, "currency": "CNY"}; both are required,
// minor is a whole number and the currency a known one.
func (a *Amount) UnmarshalJSON(b []byte) error {
	var in struct {
		Minor    *int64    `json:"minor"`
		Currency *Currency `json:"currency"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if in.Minor == nil || in.Currency == nil {
		return fmt.Errorf("%w: minor and currency are required", ErrFormat)
	}
	v, err := New(*in.Minor, *in.Currency)
	if err != nil {
		return err
	}
	*a = v
	return nil
}

// IsZero tells whether the amount is nothing, of whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Sign returns -1, 0 or 1.
func (a Amount) Sign() int {
	switch {
	case a.Minor < 0:
		return -1
	case a.Minor > 0:
		return 1
	}
	return 0
}

// Same fails with ErrCurrency unless both amounts are of one known currency.
func (a Amount) Same(b Amount) error {
	if a.Currency != b.Currency {
		return fmt.Errorf("%w: %q and %q", ErrCurrency, string(a.Currency), string(b.Currency))
	}
	_, err := a.Currency.Exponent()
	return err
}

// Cmp compares two amounts of one currency: -1, 0 or 1.
func (a Amount) Cmp(b Amount) (int, error) {
	if err := a.Same(b); err != nil {
		return 0, err
	}
	switch {
	case a.Minor < b.Minor:
		return -1, nil
	case a.Minor > b.Minor:
		return 1, nil
	}
	return 0, nil
}

// Add returns a + b.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := a.Same(b); err != nil {
		return Amount{}, err
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, fmt.Errorf("%w: sum in %s", ErrOverflow, a.Currency)
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Sub returns a - b.
func (a Amount) Sub(b Amount) (Amount, error) {
	if err := a.Same(b); err != nil {
		return Amount{}, err
	}
	diff := a.Minor - b.Minor
	if (diff < a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, fmt.Errorf("%w: difference in %s", ErrOverflow, a.Currency)
	}
	return Amount{Minor: diff, Currency: a.Currency}, nil
}

// Neg returns -a.
func (a Amount) Neg() (Amount, error) { return Zero(a.Currency).Sub(a) }

// Abs returns a without its sign.
func (a Amount) Abs() (Amount, error) {
	if a.Minor < 0 {
		return a.Neg()
	}
	return a, a.Same(a)
}

// Times returns n times a.
func (a Amount) Times(n int64) (Amount, error) {
	if err := a.Same(a); err != nil {
		return Amount{}, err
	}
	return fromBig(new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(n)), a.Currency)
}

// Sum adds amounts of currency c; the sum of none is Zero(c). Only the result
// has to fit, not every partial sum.
func Sum(c Currency, amounts ...Amount) (Amount, error) {
	total := new(big.Int)
	for _, a := range amounts {
		if err := Zero(c).Same(a); err != nil {
			return Amount{}, err
		}
		total.Add(total, big.NewInt(a.Minor))
	}
	if _, err := c.Exponent(); err != nil {
		return Amount{}, err
	}
	return fromBig(total, c)
}

// Rounding names how a fraction of a minor unit is settled.
type Rounding int

// The ways of rounding.
const (
	// HalfEven rounds to the nearest, a half to the even neighbour (银行家舍入):
	// without drift over many lines.
	HalfEven Rounding = iota + 1
	// HalfUp rounds to the nearest, a half away from zero (四舍五入), as invoices
	// and price lists do.
	HalfUp
	// Down cuts towards zero.
	Down
)

// Mul returns a times a rate or quantity, rounded to the minor unit.
func (a Amount) Mul(rate decimal.Decimal, r Rounding) (Amount, error) {
	return a.Convert(rate, a.Currency, r)
}

// Div returns a divided by a rate, rounded to the minor unit: the net of a
// price that includes 13 % tax is price.Div(1.13).
func (a Amount) Div(rate decimal.Decimal, r Rounding) (Amount, error) {
	if err := a.Same(a); err != nil {
		return Amount{}, err
	}
	if rate.IsZero() {
		return Amount{}, ErrDivide
	}
	num := new(big.Int).Mul(big.NewInt(a.Minor), pow10(rate.Scale()))
	return divide(num, coefficient(rate), a.Currency, r)
}

// Convert returns a in another currency, of which rate units make one unit of
// a's currency: 100 USD at 7.1234 are 712.34 CNY, 100 USD at 151.2 are 15120
// JPY. The units are the currencies' main units, whatever their minor units.
func (a Amount) Convert(rate decimal.Decimal, to Currency, r Rounding) (Amount, error) {
	from, err := a.Currency.Exponent()
	if err != nil {
		return Amount{}, err
	}
	into, err := to.Exponent()
	if err != nil {
		return Amount{}, err
	}
	num := new(big.Int).Mul(big.NewInt(a.Minor), coefficient(rate))
	num.Mul(num, pow10(into))
	return divide(num, pow10(rate.Scale()+from), to, r)
}

func coefficient(d decimal.Decimal) *big.Int {
	c := new(big.Int).SetUint64(d.Coef())
	if d.IsNeg() {
		c.Neg(c)
	}
	return c
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// divide returns num/den rounded to a whole number of minor units.
func divide(num, den *big.Int, c Currency, r Rounding) (Amount, error) {
	negative := num.Sign()*den.Sign() < 0
	q, rest := new(big.Int).QuoRem(new(big.Int).Abs(num), new(big.Int).Abs(den), new(big.Int))
	half := rest.Lsh(rest, 1).CmpAbs(den) // twice the rest against the divisor
	up := false
	switch r {
	case HalfEven:
		up = half > 0 || half == 0 && q.Bit(0) == 1
	case HalfUp:
		up = half >= 0
	case Down:
	default:
		return Amount{}, fmt.Errorf("money: rounding %d is not named", r)
	}
	if up {
		q.Add(q, big.NewInt(1))
	}
	if negative {
		q.Neg(q)
	}
	return fromBig(q, c)
}

func fromBig(v *big.Int, c Currency) (Amount, error) {
	if !v.IsInt64() {
		return Amount{}, fmt.Errorf("%w: product or sum in %s", ErrOverflow, c)
	}
	return Amount{Minor: v.Int64(), Currency: c}, nil
}

// Decimal returns the amount in main units, exactly: 1234.50.
func (a Amount) Decimal() (decimal.Decimal, error) {
	e, err := a.Currency.Exponent()
	if err != nil {
		return decimal.Decimal{}, err
	}
	return decimal.New(a.Minor, e)
}

// FromDecimal returns an amount given in main units. It fails with ErrPrecision
// when the currency has no coin that small.
func FromDecimal(d decimal.Decimal, c Currency) (Amount, error) {
	e, err := c.Exponent()
	if err != nil {
		return Amount{}, err
	}
	d = d.Trim(0)
	if d.Scale() > e {
		return Amount{}, fmt.Errorf("%w: %s", ErrPrecision, c)
	}
	return fromBig(new(big.Int).Mul(coefficient(d), pow10(e-d.Scale())), c)
}

// Allocate splits the amount in the ratio of the weights. The parts add up to
// it exactly: each gets its share cut towards zero, what is left goes in single
// minor units to the largest remainders, the first of equals. Weights that are
// negative or all zero fail with ErrWeights.
func (a Amount) Allocate(weights ...int64) ([]Amount, error) {
	if err := a.Same(a); err != nil {
		return nil, err
	}
	total := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil, ErrWeights
		}
		total.Add(total, big.NewInt(w))
	}
	if total.Sign() == 0 {
		return nil, ErrWeights
	}
	unit := int64(1)
	if a.Minor < 0 {
		unit = -1
	}
	parts := make([]Amount, len(weights))
	rests := make([]*big.Int, len(weights))
	left := a.Minor
	for i, w := range weights {
		share, rest := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(w)), total, new(big.Int))
		parts[i] = Amount{Minor: share.Int64(), Currency: a.Currency} // |share| <= |a.Minor|
		rests[i] = rest.Abs(rest)
		left -= share.Int64()
	}
	for ; left != 0; left -= unit { // fewer rounds than weights
		best := 0
		for i := range rests {
			if rests[i].Cmp(rests[best]) > 0 {
				best = i
			}
		}
		parts[best].Minor += unit
		rests[best].SetInt64(-1)
	}
	return parts, nil
}

// Split splits the amount into n parts that differ by one minor unit at most,
// the larger ones first.
func (a Amount) Split(n int) ([]Amount, error) {
	if n <= 0 || n > math.MaxInt32 {
		return nil, ErrWeights
	}
	weights := make([]int64, n)
	for i := range weights {
		weights[i] = 1
	}
	return a.Allocate(weights...)
}
