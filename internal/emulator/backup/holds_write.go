package backup

import "net/http"

func (s *Server) createPolicy(c *call) answer {
	var body struct {
		Name string `json:"name"`
	}
	if err := c.decode(&body); err != nil || body.Name == "" {
		return badBody()
	}
	i := s.tenant.addPolicy(body.Name, principal{}, s.now())
	return data(func(w *document) { s.tenant.appendPolicy(w, i) })
}

// createMatter reads the names of both dialects.
func (s *Server) createMatter(c *call) answer {
	var body struct {
		PolicyID    string  `json:"policyId"`
		PolicyUID   string  `json:"holdPolicyUid"`
		Name        string  `json:"name"`
		Description *string `json:"description"`
		Notes       *string `json:"notes"`
		ExtRef      *string `json:"externalReference"`
		HoldExtRef  *string `json:"holdExtRef"`
	}
	if err := c.decode(&body); err != nil || body.Name == "" {
		return badBody()
	}
	policy, ok := s.tenant.findPolicy(body.PolicyID + body.PolicyUID)
	if !ok {
		return noSuchHold()
	}
	i := s.tenant.addMatter(matter{
		policy: policy, name: body.Name, description: body.Description, notes: body.Notes,
		extRef: orKeep(body.ExtRef, body.HoldExtRef), creator: s.by(c), created: s.now(),
	})
	return s.holdAnswer(c, func(w *document) { s.tenant.appendMatter(w, i, c.form()) })
}

// matterOf finds the matter that a request names in its body, or in its path.
func (s *Server) matterOf(c *call) (int32, *answer) {
	var body struct {
		UID string `json:"legalHoldUid"`
	}
	if err := c.decode(&body); err != nil {
		return 0, new(badBody())
	}
	if len(c.ids) > 0 {
		body.UID = c.ids[0]
	}
	i, ok := s.tenant.findMatter(body.UID)
	if !ok {
		return 0, new(noSuchHold())
	}
	return i, nil
}

// closeMatter refuses a closed one in the newer dialects; the older takes it a second time (wire: section 5.3).
func (s *Server) closeMatter(c *call) answer {
	i, failed := s.matterOf(c)
	switch {
	case failed != nil:
		return *failed
	case !s.tenant.holds.matters[i].active && c.form() != holdV1:
		return marker(http.StatusBadRequest, "ALREADY_DEACTIVATED", "The matter is not active")
	case s.tenant.holds.matters[i].active:
		s.tenant.closeMatter(i, s.by(c), s.now())
	}
	return empty()
}

func (s *Server) reopenMatter(c *call) answer {
	i, failed := s.matterOf(c)
	switch {
	case failed != nil:
		return *failed
	case s.tenant.holds.matters[i].active && c.form() != holdV1:
		return marker(http.StatusBadRequest, "ALREADY_ACTIVE", "The matter is active")
	case !s.tenant.holds.matters[i].active:
		s.tenant.reopenMatter(i, s.by(c), s.now())
	}
	return empty()
}

// addCustodian takes active users only (wire: section 5.4).
func (s *Server) addCustodian(c *call) answer {
	t := s.tenant
	var body struct {
		Matter string `json:"legalHoldUid"`
		User   string `json:"userUid"`
	}
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	at, ok := t.findMatter(body.Matter)
	if !ok {
		return noSuchHold()
	}
	who, ok := t.findUserUID(body.User)
	switch {
	case !ok || !t.users[who].active:
		return marker(http.StatusBadRequest, "USER_NOT_ACTIVE", "A custodian has to be an active user")
	case !t.holds.matters[at].active:
		return marker(http.StatusBadRequest, "HOLD_NOT_ACTIVE", "The matter is not active")
	}
	i, already := t.custodian(at, who, s.by(c), s.now())
	if already {
		return marker(http.StatusBadRequest, "USER_ALREADY_IN_HOLD", "The user is already in the matter")
	}
	return s.holdAnswer(c, func(w *document) { t.appendMembership(w, i) })
}

func (s *Server) releaseCustodian(c *call) answer {
	var body struct {
		UID string `json:"legalHoldMembershipUid"`
	}
	if err := c.decode(&body); err != nil {
		return badBody()
	}
	i, ok := s.tenant.findMembership(body.UID)
	if !ok {
		return noSuchHold()
	}
	s.tenant.release(i, s.by(c), s.now())
	return empty()
}
