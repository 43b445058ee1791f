package operation

import "time"

// Quiet waits until nothing runs any more behind a caller's back, and tells whether that came in time.
func (s *Service) Quiet(limit time.Duration) bool {
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}
