package returns

import (
	"time"

	"anxin/internal/platform/money"
)

// Provider pays refunds. It is handed payments, each under a reference of its own, and answers by these references; the
// same reference never pays twice. A provider is asked outside transactions.
type Provider interface {
	// Code names it on records, "bank_file".
	Code() string
	// Ways are the ways of paying that it serves.
	Ways() []string
	// Hand makes what is handed over: a file that somebody takes to the bank.
	Hand(b Batch, list []PayOrder) (HandedFile, error)
	// Answers reads what came back. What cannot be read fails as a whole with [ErrAnswer].
	Answers(body []byte) ([]Answer, error)
}

// PayOrder is one payment as the provider needs it.
type PayOrder struct {
	Reference string
	Number    string // of the return
	Amount    money.Amount
	Way       string
	Original  string // number of the customer's payment at the provider
}

// HandedFile is what is handed over.
type HandedFile struct {
	Name string
	Type string
	Body []byte
}

// Answer is what a provider says of one payment.
type Answer struct {
	Reference string
	OK        bool
	Code      string // of a failure
	Amount    money.Amount
	At        time.Time // zero: when it is read
	Stable    bool      // it is about all tries at this provider: they share one number there
}
