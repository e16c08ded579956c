package money

import "fmt"

// Currency is an ISO 4217 code, "CNY".
type Currency string

// The currencies the product names itself.
const (
	CNY Currency = "CNY"
	HKD Currency = "HKD"
	JPY Currency = "JPY"
	USD Currency = "USD"
	EUR Currency = "EUR"
)

// exponents: decimal digits of the minor unit, by ISO 4217. Currencies with
// two are in twoDigits.
var exponents = func() map[Currency]int {
	m := map[Currency]int{}
	for digits, list := range map[int][]Currency{
		0: {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"},
		2: {
			"AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
			"BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK",
			"DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD",
			"HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP",
			"LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR",
			"MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD",
			"RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SYP", "SZL", "THB",
			"TJS", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VES", "WST", "XCD", "YER", "ZAR", "ZMW",
		},
		3: {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"},
	} {
		for _, c := range list {
			m[c] = digits
		}
	}
	return m
}()

// Exponent returns the number of decimal digits of the currency's minor unit:
// CNY 2, JPY 0, KWD 3. It fails with [ErrUnknown].
func (c Currency) Exponent() (int, error) {
	if e, ok := exponents[c]; ok {
		return e, nil
	}
	return 0, fmt.Errorf("%w: %q", ErrUnknown, string(c))
}

// Known tells whether c is a code of the table.
func (c Currency) Known() bool { _, ok := exponents[c]; return ok }

// symbols by language, as CLDR writes them; a currency without one is written
// with its code.
var symbols = map[string]map[Currency]string{
	Chinese: {
		CNY: "¥", JPY: "JP¥", HKD: "HK$", "TWD": "NT$", "MOP": "MOP$", USD: "US$", EUR: "€", "GBP": "£", "KRW": "₩",
		"AUD": "AU$", "CAD": "CA$", "NZD": "NZ$", "INR": "₹", "VND": "₫", "BRL": "R$", "MXN": "MX$", "ILS": "₪",
	},
	English: {
		CNY: "CN¥", JPY: "¥", HKD: "HK$", "TWD": "NT$", "MOP": "MOP$", USD: "$", EUR: "€", "GBP": "£", "KRW": "₩",
		"AUD": "A$", "CAD": "CA$", "NZD": "NZ$", "INR": "₹", "VND": "₫", "BRL": "R$", "MXN": "MX$", "ILS": "₪",
	},
}

// marks are what people write beside a number for a currency, apart from its
// code and symbols.
var marks = map[string][]Currency{
	"¥": {CNY, JPY}, "元": {CNY, HKD, "TWD", "MOP", USD}, "圆": {CNY}, "人民币": {CNY}, "RMB": {CNY},
	"円": {JPY}, "日元": {JPY}, "美元": {USD}, "欧元": {EUR}, "港元": {HKD}, "港币": {HKD},
	"$": {USD, HKD, "TWD", "AUD", "CAD", "NZD", "SGD", "MXN", "MOP"},
}
