package webhooks

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// errRefused says that a connection into a forbidden network was about to be made.
var errRefused = errors.New("webhooks: refused address")

// forbidden are networks that are not the public internet (IANA special-purpose registries), beyond those
// that netip knows by name.
var forbidden = prefixes(
	"0.0.0.0/8", "100.64.0.0/10" /* shared; cloud metadata too */, "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// embedded are prefixes of IPv6 that carry an IPv4 address, with the byte where it begins.
var embedded = []struct {
	net netip.Prefix
	at  int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12}, {netip.MustParsePrefix("64:ff9b:1::/48"), 12}, {netip.MustParsePrefix("2002::/16"), 2}, {netip.MustParsePrefix("::/96"), 12},
}

// public tells whether an address belongs to the public internet.
func public(ip netip.Addr) bool {
	if !ip.IsValid() || ip.Zone() != "" {
		return false
	}
	ip = ip.Unmap()
	if ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ip.IsInterfaceLocalMulticast() {
		return false
	}
	for _, p := range forbidden {
		if p.Contains(ip) {
			return false
		}
	}
	for _, e := range embedded {
		if e.net.Contains(ip) {
			b := ip.As16()
			return public(netip.AddrFrom4([4]byte(b[e.at : e.at+4])))
		}
	}
	return true
}

const (
	callTime    = 10 * time.Second
	connectTime = 5 * time.Second
)

// newClient makes the client that posts. The check stands between the resolved address and the
// connection, so a name that resolves differently the second time gains nothing. No proxy of the
// environment is used: it would connect in our place.
func newClient(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: connectTime}
	if !allowPrivate {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !public(at.Addr()) {
				return errRefused
			}
			return nil
		}
	}
	return &http.Client{
		Timeout: callTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: connectTime, ResponseHeaderTimeout: callTime, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// maxURL bounds an address.
const maxURL = 2000

// checkURL refuses early what the connection would refuse later.
func checkURL(raw string, allowPrivate bool) (host string, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || len(raw) > maxURL || u.Host == "" || u.User != nil || u.Opaque != "" || u.Fragment != "" || strings.ContainsAny(raw, " \t\r\n\\") {
		return "", false
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !allowPrivate) {
		return "", false
	}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if name == "" {
		return "", false
	}
	if allowPrivate {
		return u.Host, true
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || !strings.ContainsAny(name, ".:") {
		return "", false
	}
	if ip, err := netip.ParseAddr(name); err == nil && !public(ip) {
		return "", false
	}
	return u.Host, true
}
