package inventory

import (
	"context"
	"errors"

	"backup-portal/internal/backup"
	"backup-portal/internal/fault"
)

// upstream says what a failed reading means to the person who waits for it. Faults of ours pass unchanged.
func upstream(err error) *fault.Fault {
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return f
	}
	const later = "Try again in a minute; the portal keeps trying by itself."
	say := func(message, next string) *fault.Fault { return fault.Wrap(fault.Upstream, err, message, next) }
	if _, ok := errors.AsType[*backup.Error](err); !ok {
		if errors.Is(err, context.DeadlineExceeded) {
			return say("The backup service did not answer in time.", later)
		}
		return fault.Of(err)
	}
	switch backup.MeaningOf(err) {
	case backup.TokenRefused, backup.Unauthorized:
		return say("The backup service refused the portal's sign-in.", "Ask your operator to check the portal's account at the backup service.")
	case backup.Forbidden:
		return say("The portal's account may not read this at the backup service.", "Ask your operator to check the roles of the portal's account.")
	case backup.TooManyRequests, backup.Full:
		return say("The backup service is asking the portal to slow down.", later)
	case backup.Open:
		return say("The backup service failed several times in a row, so it is left alone for a moment.", later)
	case backup.NotSent, backup.TokenUnavailable:
		return say("The backup service cannot be reached.", later)
	case backup.Silent:
		return say("The backup service did not answer in time.", later)
	case backup.Reset:
		return say("The connection to the backup service broke.", later)
	case backup.Redirected, backup.Unparseable:
		return say("The backup service gave an answer that the portal does not understand.", "Ask your operator to check the address of the backup service.")
	case backup.Incomplete:
		return say("The backup service did not list everything it counts.", later)
	case backup.NotFound, backup.OrgNotFound:
		return say("The backup service does not know what was asked for.", "Reload the page.")
	default:
		return say("The backup service reported an error.", later)
	}
}
