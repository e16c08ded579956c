package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// The cost of one hash: OWASP's second choice for argon2id, 19 MiB and two passes, which keeps a node
// with many sign-ins small. Hashes name their cost, so it can be raised: an old hash is renewed when its
// owner signs in.
var argonCost = cost{memory: 19 * 1024, passes: 2, lanes: 1}

// ownCost is the cost of new hashes. Tests sign in by the hundred: theirs are as cheap as can be, but for the test of
// argonCost itself.
func ownCost() cost {
	if testing.Testing() {
		return cost{memory: 64, passes: 1, lanes: 1}
	}
	return argonCost
}

// cost of one hash; memory is in KiB.
type cost struct {
	memory, passes uint32
	lanes          uint8
}

const (
	argonSalt = 16
	argonKey  = 32
)

// Bounds of a password, in characters. Long phrases are welcome; composition rules are not asked
// (NIST SP 800-63B §5.1.1).
const (
	passwordMin = 10
	passwordMax = 128
)

// hasher hashes passwords, no more at once than there are processors.
type hasher struct {
	turn chan struct{}
	cost cost
}

func newHasher(c cost) hasher {
	return hasher{turn: make(chan struct{}, max(1, runtime.NumCPU())), cost: c}
}

var errHashInTx = errors.New("identity: a password was hashed inside a transaction")

// wait takes a turn; the caller calls the returned function when it is done.
func (h hasher) wait(ctx context.Context) (done func(), err error) {
	if db.InTransaction(ctx) {
		return nil, errHashInTx
	}
	select {
	case h.turn <- struct{}{}:
		return func() { <-h.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash makes a PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func (h hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.wait(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	return h.phc(salt, argon2.IDKey(plain(password), salt, h.cost.passes, h.cost.memory, h.cost.lanes, argonKey)), nil
}

func (h hasher) phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.cost.memory, h.cost.passes, h.cost.lanes, b64(salt), b64(key))
}

// verify compares a password with a hash; old tells that the hash was made at another cost. Without a hash
// it takes as long and is never right, so that an unknown name takes as long as a known one.
func (h hasher) verify(ctx context.Context, hash, password string) (ok, old bool, err error) {
	known := hash != ""
	if !known {
		hash = h.phc(make([]byte, argonSalt), make([]byte, argonKey))
	}
	var version int
	var c cost
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, false, errors.New("identity: a stored password hash is damaged")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &c.memory, &c.passes, &c.lanes); err != nil || version != argon2.Version {
		return false, false, errors.New("identity: a stored password hash is damaged")
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil {
		return false, false, fmt.Errorf("identity: a stored password hash is damaged: %w", err)
	}
	done, err := h.wait(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	got := argon2.IDKey(plain(password), salt, c.passes, c.memory, c.lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known, c != h.cost, nil
}

// plain is the form in which a password is hashed: full-width and composed characters of different
// keyboards are one.
func plain(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

// common are passwords of at least passwordMin characters that lists of leaked ones lead with.
var common = setOf(`1234567890 0123456789 0987654321 12345678910 1234567891 123456789a a123456789 a1234567890 qwertyuiop
		1q2w3e4r5t 1qaz2wsx3edc 1q2w3e4r5t6y qazwsxedcr asdfghjkl; 123123123123 1231231231 5201314520 52013145201314 woaini1314 woaini520
		woaini1314520 woaini5201314 iloveyou1314 iloveyou123 password123 password1234 passw0rd123 p@ssw0rd123 administrator admin12345
		admin123456 admin@1234 admin@12345 root123456 qwer123456 qwe1234567 abc1234567 abcd123456 abcde12345 aa12345678 aa123456789 asd123456789
		zxcvbnm123 1122334455 6666666666 8888888888 147258369a 147258369147 changeme123 letmein1234 welcome123 welcome1234 test123456 user123456`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// checkPassword refuses a password that guessing finds soon.
func checkPassword(f *problem.Fields, field, login, password string) {
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(string(plain(password)))
	if n > passwordMax {
		f.Add(field, problem.TooLong, "limit", passwordMax)
		return
	}
	kinds := map[rune]bool{}
	for _, r := range low {
		kinds[r] = true
	}
	weak := n < passwordMin || common[low] || len(kinds) < 4 || utf8.RuneCountInString(login) >= 4 && strings.Contains(low, login)
	f.Check(!weak, field, ErrWeak, "limit", passwordMin)
}

// NewPassword makes a random password that can be read out on the phone: 16 characters in groups of
// four, without those that look alike, about 78 bits.
func NewPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	out := make([]byte, 0, 19)
	for len(out) < 19 {
		if len(out)%5 == 4 {
			out = append(out, '-')
			continue
		}
		var b [1]byte
		_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
		if int(b[0]) < 256/len(letters)*len(letters) {
			out = append(out, letters[int(b[0])%len(letters)])
		}
	}
	return string(out)
}
