package crypt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"anxin/internal/platform/dbtest"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kind, in, want string }{
		{KindPhone, "13800000001", "+8613800000001"},
		{KindPhone, " 138-0000-0001 ", "+8613800000001"},
		{KindPhone, "+86 138 0000 0001", "+8613800000001"},
		{KindPhone, "0086 13800000001", "+8613800000001"},
		{KindPhone, wide("13800000001"), "+8613800000001"},
		{KindPhone, "013800000001", "+8613800000001"},
		{KindPhone, "010-12344321", "+861012344321"},
		{KindPhone, "(010) 1234 4321", "+861012344321"},
		{KindPhone, "010-12344321-8001", "+861012344321"},
		{KindPhone, "010-12344321转801", "+861012344321"},
		{KindPhone, "+852 9123 4567", "+85291234567"},
		{KindPhone, "+1 202 555 0143", "+12025550143"},
		{KindPhone, "", ""},
		{KindPhone, "no number", ""},
		{KindPhone4, "13800000001", "0001"},
		{KindPhone4, "0001", "0001"},
		{KindPhone4, "010-12344321-8001", "4321"},
		{KindPhone4, "12", "12"},
		{KindIDCard, "11010519491231002x", "11010519491231002X"},
		{KindIDCard, "110105 19491231 002X", "11010519491231002X"},
		{KindIDCard, "110105491231002", "11010519491231002X"},
		{KindEmail, " Zhang@QQ.com", "zhang@qq.com"},
		{KindSerial, "sn-12 34/ab", "SN1234AB"},
		{KindPlate, "沪a·12388", "沪A12388"},
		{"name", " 张  三 ", "张 三"},
	} {
		if got := Normalize(tt.kind, tt.in); got != tt.want {
			t.Errorf("Normalize(%s, %q) = %q, want %q", tt.kind, tt.in, got, tt.want)
		}
	}
}

// The short way for mobile numbers comes to what the rules for all the world come to.
func TestPlainMobiles(t *testing.T) {
	t.Parallel()
	short := 0
	for prefix := 13000; prefix < 20000; prefix++ {
		for _, s := range []string{fmt.Sprintf("%d123456", prefix), fmt.Sprintf("+86%d000000", prefix)} {
			if !isPlainMobile(strings.TrimPrefix(s, "+86")) {
				continue
			}
			short++
			n, err := parsePhone(s)
			if err != nil || !phonenumbers.IsPossibleNumber(n) {
				t.Fatalf("%s is no possible number: %v", s, err)
			}
			if got, ok := NormalizePhone(s); !ok || got != phonenumbers.Format(n, phonenumbers.E164) {
				t.Fatalf("NormalizePhone(%q) = %q, %v", s, got, ok)
			}
		}
	}
	if short != 2*6900 {
		t.Errorf("%d numbers went the short way, want %d", short, 2*6900)
	}
	for _, s := range []string{"17900123456", "1380000000", "138000000012", "1380000000x", "１３８００００００００", "23800000000"} {
		if isPlainMobile(s) {
			t.Errorf("%q went the short way", s)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	k, other := newKeys(t, d), newKeys(t, dbtest.SQLite(t))
	h := k.Lookup(KindPhone, "13800000001")
	if len(h) != 32 || string(h) != string(k.Lookup(KindPhone, "+86 138-0000-0001")) {
		t.Errorf("Lookup = %x; want 32 bytes, the same for both spellings", h)
	}
	for name, x := range map[string][]byte{
		"another number":       k.Lookup(KindPhone, "13800000002"),
		"another kind":         k.Lookup(KindSerial, "+8613800000001"),
		"another installation": other.Lookup(KindPhone, "13800000001"),
	} {
		if string(x) == string(h) {
			t.Errorf("%s has the same hash", name)
		}
	}
	if k.Lookup(KindPhone, " ") != nil {
		t.Error("Lookup of nothing is not nil")
	}
}
