package e2e

import (
	"net/http"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/dbtest"
)

// A case is given to somebody who can sign in and to nobody else.
func TestAssign(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(testing.TB) string{"sqlite": func(testing.TB) string { return "" }, "postgres": dbtest.PostgresDSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, dsn(t))
			agent := w.signIn("agent", []string{access.RoleAgent}, "/", "")
			me := str(agent.call("GET", "/me", nil), "id")
			c := str(agent.call("POST", "/cases", object{"brand_id": w.brand, "category": "AC", "summary": "不制冷", "channel": "phone"}), "id")
			for _, stranger := range []string{"nobody", w.staff} {
				status, out := agent.try("POST", "/cases/"+c+"/assign", object{"assignee_id": stranger})
				if status != http.StatusUnprocessableEntity || str(out, "code") != "invalid" {
					t.Errorf("assigned to %q: %d %v", stranger, status, out)
				}
				status, out = agent.try("POST", "/cases", object{"brand_id": w.brand, "category": "AC", "summary": "漏水", "channel": "phone", "assignee_id": stranger})
				if status != http.StatusUnprocessableEntity || str(out, "code") != "invalid" {
					t.Errorf("opened for %q: %d %v", stranger, status, out)
				}
			}
			if out := agent.call("POST", "/cases/"+c+"/assign", object{"assignee_id": me}); str(out, "assignee_id") != me {
				t.Errorf("assigned to the agent: %v", out)
			}
		})
	}
}
