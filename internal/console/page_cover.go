package console

import (
	"net/http"

	"anxin/internal/entitlement"
	"anxin/internal/platform/calendar"
)

// coverPage says to whoever holds a certificate whether its contract is in force. Names are masked and the serial is cut:
// enough to compare the paper with the machine.
type coverPage struct {
	entitlement.Paper
	InForce bool
	Waits   bool // paid for, and not begun
}

func (s *Service) cover(_ http.ResponseWriter, r *http.Request, v *view) (string, error) {
	ctx := portal(r.Context(), v.Lang)
	v.Title = s.Words.T(v.Lang, "portal.cover.title", nil)
	c, err := s.Contracts.ByCode(ctx, s.DB, r.PathValue("code"))
	if err != nil {
		return "", err
	}
	p, err := s.Contracts.PaperOf(ctx, s.DB, c)
	if err != nil {
		return "", err
	}
	today := calendar.DateOf(s.DB.Now(), s.Zone)
	live := c.State == entitlement.ContractActive
	v.Page = coverPage{Paper: p, InForce: live && today >= c.Starts, Waits: live && today < c.Starts}
	return "cover.html", nil
}
