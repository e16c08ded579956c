package callbacks

import (
	"testing"

	"anxin/internal/orders/orderstest"
	"anxin/internal/platform/db"
)

// fixture is a firm with orders and their callbacks.
type fixture struct {
	*orderstest.Firm
	cb *Service
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{Firm: orderstest.New(t, d, Permissions...)}
	f.cb = New(d, f.Keys, f.Catalog, f.Cases, f.Service, f.Services.Zone)
	f.cb.Messages(f.Notify, f.Identity, f.Customers)
	f.cb.drawn = func(_ string, percent int) bool { return percent > 0 } // everybody of a sample
	return f
}
