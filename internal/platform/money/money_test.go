package money_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"anxin/internal/platform/money"

	"github.com/govalues/decimal"
)

func TestExponents(t *testing.T) {
	t.Parallel()
	for c, want := range map[money.Currency]int{"CNY": 2, "USD": 2, "JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3, "HKD": 2, "ISK": 0, "HUF": 2} {
		if got, err := c.Exponent(); got != want || err != nil {
			t.Errorf("Exponent(%s) = %d, %v, want %d", c, got, err, want)
		}
	}
	for _, c := range []money.Currency{"", "cny", "XXX", "RMB"} {
		if _, err := c.Exponent(); !errors.Is(err, money.ErrUnknown) || c.Known() {
			t.Errorf("Exponent(%q) = %v, want ErrUnknown", c, err)
		}
	}
}

func TestCheckedArithmetic(t *testing.T) {
	t.Parallel()
	cny := func(n int64) money.Amount { return money.Must(n, money.CNY) }
	top, bottom := int64(math.MaxInt64), int64(math.MinInt64)
	type op func() (money.Amount, error)
	for _, tt := range []struct {
		name string
		op   op
		want int64
		err  error
	}{
		{"add", func() (money.Amount, error) { return cny(1).Add(cny(-3)) }, -2, nil},
		{"add zero at the top", func() (money.Amount, error) { return cny(top).Add(cny(0)) }, top, nil},
		{"add over", func() (money.Amount, error) { return cny(top).Add(cny(1)) }, 0, money.ErrOverflow},
		{"add under", func() (money.Amount, error) { return cny(bottom).Add(cny(-1)) }, 0, money.ErrOverflow},
		{"add lowest to lowest", func() (money.Amount, error) { return cny(bottom).Add(cny(bottom)) }, 0, money.ErrOverflow},
		{"add other", func() (money.Amount, error) { return cny(1).Add(money.Must(1, money.JPY)) }, 0, money.ErrCurrency},
		{"add zero value", func() (money.Amount, error) { return cny(1).Add(money.Amount{}) }, 0, money.ErrCurrency},
		{"zero values", func() (money.Amount, error) { return money.Amount{}.Add(money.Amount{}) }, 0, money.ErrUnknown},
		{"sub", func() (money.Amount, error) { return cny(1).Sub(cny(3)) }, -2, nil},
		{"sub lowest", func() (money.Amount, error) { return cny(0).Sub(cny(bottom)) }, 0, money.ErrOverflow},
		{"sub lowest from -1", func() (money.Amount, error) { return cny(-1).Sub(cny(bottom)) }, top, nil},
		{"neg lowest", func() (money.Amount, error) { return cny(bottom).Neg() }, 0, money.ErrOverflow},
		{"abs", func() (money.Amount, error) { return cny(-5).Abs() }, 5, nil},
		{"times", func() (money.Amount, error) { return cny(-5).Times(3) }, -15, nil},
		{"times over", func() (money.Amount, error) { return cny(top / 2).Times(3) }, 0, money.ErrOverflow},
		{"sum of a passing overflow", func() (money.Amount, error) { return money.Sum(money.CNY, cny(top), cny(5), cny(-6)) }, top - 1, nil},
		{"sum of none", func() (money.Amount, error) { return money.Sum(money.CNY) }, 0, nil},
		{"sum of two currencies", func() (money.Amount, error) { return money.Sum(money.CNY, money.Must(1, money.USD)) }, 0, money.ErrCurrency},
	} {
		got, err := tt.op()
		if !errors.Is(err, tt.err) || err == nil && got != cny(tt.want) {
			t.Errorf("%s = %v, %v, want %d, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
	if got, err := cny(5).Cmp(cny(6)); got != -1 || err != nil {
		t.Errorf("Cmp = %d, %v, want -1", got, err)
	}
	if _, err := cny(5).Cmp(money.Must(5, money.USD)); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("Cmp of two currencies = %v, want ErrCurrency", err)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		amount   money.Amount
		rate     string
		rounding money.Rounding
		want     int64
	}{
		{"half to even, down", money.Must(25, money.CNY), "0.5", money.HalfEven, 12},
		{"half to even, up", money.Must(35, money.CNY), "0.5", money.HalfEven, 18},
		{"half up", money.Must(25, money.CNY), "0.5", money.HalfUp, 13},
		{"half up, negative", money.Must(-25, money.CNY), "0.5", money.HalfUp, -13},
		{"half to even, negative", money.Must(-25, money.CNY), "0.5", money.HalfEven, -12},
		{"down, negative", money.Must(-25, money.CNY), "0.5", money.Down, -12},
		{"negative rate", money.Must(25, money.CNY), "-0.5", money.HalfUp, -13},
		{"just under a half", money.Must(1, money.CNY), "0.4999999999999999999", money.HalfUp, 0},
		// 19 digits times 19 digits: rounded twice, the first rounding would
		// lift the fraction to a half.
		{"long product", money.Must(999999999999999999, money.CNY), "0.5000000000000000000", money.HalfUp, 500000000000000000},
		{"long product under a half", money.Must(4999999999999999999, money.CNY), "0.1", money.HalfUp, 500000000000000000},
		{"quantity", money.Must(1250, money.CNY), "2.75", money.HalfUp, 3438},
		{"yen", money.Must(101, money.JPY), "0.1", money.HalfUp, 10},
	} {
		got, err := tt.amount.Mul(decimal.MustParse(tt.rate), tt.rounding)
		if err != nil || got.Minor != tt.want || got.Currency != tt.amount.Currency {
			t.Errorf("%s: %s × %s = %v, %v, want %d", tt.name, tt.amount, tt.rate, got, err, tt.want)
		}
	}
	if _, err := money.Must(math.MaxInt64, money.CNY).Mul(decimal.MustParse("1.1"), money.HalfUp); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("Mul over the top = %v, want ErrOverflow", err)
	}
	if _, err := money.Must(1, money.CNY).Mul(decimal.MustParse("1.1"), money.Rounding(0)); err == nil {
		t.Error("Mul without a named rounding passed, want an error")
	}
}

func TestDivAndConvert(t *testing.T) {
	t.Parallel()
	if got, err := money.Must(11300, money.CNY).Div(decimal.MustParse("1.13"), money.HalfUp); err != nil || got.Minor != 10000 {
		t.Errorf("113.00 / 1.13 = %v, %v, want 100.00", got, err)
	}
	if got, err := money.Must(1000, money.CNY).Div(decimal.MustParse("-3"), money.HalfUp); err != nil || got.Minor != -333 {
		t.Errorf("10.00 / -3 = %v, %v, want -3.33", got, err)
	}
	if _, err := money.Must(1, money.CNY).Div(decimal.MustParse("0.00"), money.HalfUp); !errors.Is(err, money.ErrDivide) {
		t.Errorf("division by zero = %v, want ErrDivide", err)
	}
	for _, tt := range []struct {
		amount money.Amount
		rate   string
		to     money.Currency
		want   int64
	}{
		{money.Must(10000, money.USD), "7.1234", money.CNY, 71234},
		{money.Must(10000, money.USD), "151.2", money.JPY, 15120},
		{money.Must(15120, money.JPY), "0.0471", money.CNY, 71215}, // 712.152
		{money.Must(1234, "KWD"), "23.5", money.CNY, 2900},         // 1.234 KWD = 28.999
	} {
		got, err := tt.amount.Convert(decimal.MustParse(tt.rate), tt.to, money.HalfUp)
		if err != nil || got != money.Must(tt.want, tt.to) {
			t.Errorf("%s at %s = %v, %v, want %s", tt.amount, tt.rate, got, err, money.Must(tt.want, tt.to))
		}
	}
}

// Rounding agrees with exact fractions over random amounts and rates.
func TestMulAgainstRationals(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		minor := r.Int64N(1<<40) - 1<<39
		coef, scale := r.Int64N(1<<45)-1<<44, r.IntN(15)
		rate, err := decimal.New(coef, scale)
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Rat).Mul(new(big.Rat).SetInt64(minor), new(big.Rat).SetFrac(big.NewInt(coef), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
		for _, rounding := range []money.Rounding{money.HalfEven, money.HalfUp, money.Down} {
			got, err := money.Must(minor, money.CNY).Mul(rate, rounding)
			if err != nil {
				if !errors.Is(err, money.ErrOverflow) {
					t.Fatalf("%d × %s: %v", minor, rate, err)
				}
				continue
			}
			off := new(big.Rat).Sub(new(big.Rat).SetInt64(got.Minor), exact)
			off.Abs(off)
			limit := big.NewRat(1, 2)
			if rounding == money.Down {
				limit = big.NewRat(1, 1)
				if new(big.Rat).Abs(exact).Cmp(new(big.Rat).Abs(new(big.Rat).SetInt64(got.Minor))) < 0 {
					t.Fatalf("%d × %s rounded down to %d, away from zero", minor, rate, got.Minor)
				}
			}
			if c := off.Cmp(limit); c > 0 || c == 0 && rounding == money.Down {
				t.Fatalf("%d × %s = %s rounded (%d) to %d", minor, rate, exact.FloatString(20), rounding, got.Minor)
			}
			if off.Cmp(big.NewRat(1, 2)) == 0 && rounding == money.HalfEven && got.Minor%2 != 0 {
				t.Fatalf("%d × %s: a half went to the odd %d", minor, rate, got.Minor)
			}
		}
	}
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		minor   int64
		weights []int64
		want    []int64
	}{
		{"thirds", 100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{"largest remainder", 100, []int64{1, 2, 4}, []int64{14, 29, 57}}, // 14.29 28.57 57.14
		{"zero weight gets nothing", 5, []int64{0, 1, 1}, []int64{0, 3, 2}},
		{"negative", -100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{"shares in percent", 9999, []int64{70, 30}, []int64{6999, 3000}},
		{"nothing", 0, []int64{3, 4}, []int64{0, 0}},
		{"lowest", math.MinInt64, []int64{1, 1}, []int64{math.MinInt64 / 2, math.MinInt64 / 2}},
		{"heavy weights", math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64, 1}, []int64{4611686018427387903, 4611686018427387903, 1}},
	} {
		got, err := money.Must(tt.minor, money.CNY).Allocate(tt.weights...)
		if err != nil || len(got) != len(tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.name, got, err, tt.want)
			continue
		}
		for i := range got {
			if got[i] != money.Must(tt.want[i], money.CNY) {
				t.Errorf("%s: part %d = %v, want %d", tt.name, i, got[i], tt.want[i])
			}
		}
	}
	for _, weights := range [][]int64{nil, {0, 0}, {2, -1}} {
		if _, err := money.Must(1, money.CNY).Allocate(weights...); !errors.Is(err, money.ErrWeights) {
			t.Errorf("Allocate(%v) = %v, want ErrWeights", weights, err)
		}
	}
	parts, err := money.Must(10, money.JPY).Split(4)
	if err != nil || parts[0].Minor != 3 || parts[1].Minor != 3 || parts[2].Minor != 2 || parts[3].Minor != 2 {
		t.Errorf("Split(4) = %v, %v, want 3 3 2 2", parts, err)
	}
}

// Parts add up, and none is a whole minor unit away from its exact share.
func TestAllocateAddsUp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 2))
	for range 5000 {
		a := money.Must(r.Int64N(2_000_001)-1_000_000, money.CNY)
		weights := make([]int64, 1+r.IntN(9))
		var total int64
		for i := range weights {
			weights[i] = r.Int64N(100)
			total += weights[i]
		}
		if total == 0 {
			continue
		}
		parts, err := a.Allocate(weights...)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := money.Sum(money.CNY, parts...)
		if err != nil || sum != a {
			t.Fatalf("Allocate(%s, %v) adds up to %v, %v", a, weights, sum, err)
		}
		for i, p := range parts {
			if off := p.Minor*total - a.Minor*weights[i]; off <= -total || off >= total {
				t.Fatalf("Allocate(%s, %v): part %d = %d is a unit away from its share", a, weights, i, p.Minor)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		amount         money.Amount
		zh, en, string string
	}{
		{money.Must(123450, money.CNY), "¥1,234.50", "CN¥1,234.50", "1234.50 CNY"},
		{money.Must(-5, money.CNY), "-¥0.05", "-CN¥0.05", "-0.05 CNY"},
		{money.Must(0, money.CNY), "¥0.00", "CN¥0.00", "0.00 CNY"},
		{money.Must(123456789, money.JPY), "JP¥123,456,789", "¥123,456,789", "123456789 JPY"},
		{money.Must(1234, "KWD"), "KWD 1.234", "KWD 1.234", "1.234 KWD"},
		{money.Must(99999, money.USD), "US$999.99", "$999.99", "999.99 USD"},
		{money.Must(math.MinInt64, money.CNY), "-¥92,233,720,368,547,758.08", "-CN¥92,233,720,368,547,758.08", "-92233720368547758.08 CNY"},
	} {
		if got := tt.amount.Format(money.Chinese); got != tt.zh {
			t.Errorf("Format(zh) = %s, want %s", got, tt.zh)
		}
		if got := tt.amount.Format(money.English); got != tt.en {
			t.Errorf("Format(en) = %s, want %s", got, tt.en)
		}
		if got := tt.amount.String(); got != tt.string {
			t.Errorf("String = %s, want %s", got, tt.string)
		}
		for _, text := range []string{tt.zh, tt.en, tt.string} {
			if got, err := money.Parse(text, tt.amount.Currency); err != nil || got != tt.amount {
				t.Errorf("Parse(%s) = %v, %v, want %v", text, got, err, tt.amount)
			}
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		c    money.Currency
		want int64
		err  error
	}{
		{"1234.5", money.CNY, 123450, nil},
		{" 1,234.50元 ", money.CNY, 123450, nil},
		{"人民币 80", money.CNY, 8000, nil},
		{"rmb80", money.CNY, 8000, nil},
		{"cny 80", money.CNY, 8000, nil},
		{"\uffe5\uff11\uff0c\uff12\uff13\uff14\uff0e\uff15", money.CNY, 123450, nil}, // all full width
		{".5", money.CNY, 50, nil},
		{"5.", money.CNY, 500, nil},
		{"+5", money.CNY, 500, nil},
		{"-¥5", money.CNY, -500, nil},
		{"¥-5", money.CNY, -500, nil},
		{"¥5", money.JPY, 5, nil},
		{"$5", money.HKD, 500, nil},
		{"5.500", money.CNY, 550, nil},
		{"5.505", money.CNY, 0, money.ErrPrecision},
		{"5.5", money.JPY, 0, money.ErrPrecision},
		{"5.0", money.JPY, 5, nil},
		{"$5", money.CNY, 0, money.ErrCurrency},
		{"5 USD", money.CNY, 0, money.ErrCurrency},
		{"JP¥5", money.CNY, 0, money.ErrCurrency},
		{"CN¥5", money.JPY, 0, money.ErrCurrency},
		{"5 bottles", money.CNY, 0, money.ErrFormat},
		{"1,50", money.CNY, 0, money.ErrFormat},
		{"1,2345", money.CNY, 0, money.ErrFormat},
		{",234", money.CNY, 0, money.ErrFormat},
		{"1.2.3", money.CNY, 0, money.ErrFormat},
		{"1 2", money.CNY, 0, money.ErrFormat},
		{"--5", money.CNY, 0, money.ErrFormat},
		{"5-", money.CNY, 0, money.ErrFormat},
		{"1e3", money.CNY, 0, money.ErrFormat},
		{".", money.CNY, 0, money.ErrFormat},
		{"", money.CNY, 0, money.ErrFormat},
		{"¥", money.CNY, 0, money.ErrFormat},
		{"92233720368547758.08", money.CNY, 0, money.ErrOverflow},
		{"-92233720368547758.08", money.CNY, math.MinInt64, nil},
		{"5", "ZZZ", 0, money.ErrUnknown},
	} {
		got, err := money.Parse(tt.text, tt.c)
		if !errors.Is(err, tt.err) || err == nil && got != money.Must(tt.want, tt.c) {
			t.Errorf("Parse(%q, %s) = %v, %v, want %d, %v", tt.text, tt.c, got, err, tt.want, tt.err)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(money.Must(123450, money.CNY))
	if want := `{"minor":123450,"currency":"CNY"}`; err != nil || string(b) != want {
		t.Errorf("Marshal = %s, %v, want %s", b, err, want)
	}
	var got money.Amount
	if err := json.Unmarshal(b, &got); err != nil || got != money.Must(123450, money.CNY) {
		t.Errorf("Unmarshal = %v, %v", got, err)
	}
	for text, want := range map[string]error{
		`{"minor":1.5,"currency":"CNY"}`:                 money.ErrFormat,
		`{"minor":"1","currency":"CNY"}`:                 money.ErrFormat,
		`{"currency":"CNY"}`:                             money.ErrFormat,
		`{"minor":1}`:                                    money.ErrFormat,
		`{"minor":1,"currency":"RMB"}`:                   money.ErrUnknown,
		`{"minor":9223372036854775808,"currency":"CNY"}`: money.ErrFormat,
	} {
		if err := json.Unmarshal([]byte(text), &got); !errors.Is(err, want) {
			t.Errorf("Unmarshal(%s) = %v, want %v", text, err, want)
		}
	}
}

func TestDecimal(t *testing.T) {
	t.Parallel()
	d, err := money.Must(-123450, money.CNY).Decimal()
	if err != nil || d.String() != "-1234.50" {
		t.Errorf("Decimal = %s, %v, want -1234.50", d, err)
	}
	if got, err := money.FromDecimal(d, money.CNY); err != nil || got.Minor != -123450 {
		t.Errorf("FromDecimal = %v, %v, want -1234.50", got, err)
	}
	if got, err := money.FromDecimal(decimal.MustParse("12.000"), money.JPY); err != nil || got.Minor != 12 {
		t.Errorf("FromDecimal(12.000) = %v, %v, want 12", got, err)
	}
	if _, err := money.FromDecimal(decimal.MustParse("0.001"), money.CNY); !errors.Is(err, money.ErrPrecision) {
		t.Errorf("FromDecimal(0.001) = %v, want ErrPrecision", err)
	}
	if _, err := money.FromDecimal(decimal.MustParse("9999999999999999999"), money.CNY); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("FromDecimal over the top = %v, want ErrOverflow", err)
	}
}
