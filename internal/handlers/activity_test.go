package handlers_test

import (
	"context"
	"net/http"
	"testing"

	"backup-portal/internal/audit"
	"backup-portal/internal/handlers"
)

// askedLog keeps what the log was asked for.
type askedLog struct {
	handlers.AuditLog
	asked []audit.Query
}

func (l *askedLog) AuditSearch(ctx context.Context, q audit.Query) ([]audit.Entry, bool, error) {
	l.asked = append(l.asked, q)
	return l.AuditLog.AuditSearch(ctx, q)
}

// TestActivityIsLookedForInAPartOfTheLog: the lines of a quiet organization stand among years of everybody else's, and
// whoever opens its tab again and again must not keep the database from all others.
func TestActivityIsLookedForInAPartOfTheLog(t *testing.T) {
	t.Parallel()
	p := setup(t)
	log := &askedLog{AuditLog: p.handlers.Audit}
	p.handlers.Audit = log
	b := p.as("org-manager")
	for _, page := range []string{"", "?older=100000000"} {
		if a := b.get("/organizations/" + p.fleet.Child.UID + "/activity" + page); a.status != http.StatusOK {
			t.Fatalf("%d", a.status)
		}
	}
	if len(log.asked) != 2 {
		t.Fatalf("the log was asked %d times", len(log.asked))
	}
	for _, q := range log.asked {
		if q.Within == "" || q.Newest <= 0 || q.Newest > 50_000 {
			t.Errorf("the log is looked through for %+v", q)
		}
	}
}
