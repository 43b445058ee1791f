package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/auth"
	"backup-portal/internal/config"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
)

// readRules reads who has to agree to what. Each line of its error opens with the variable's name, as those of the
// settings do.
func readRules(cfg config.Config) (policy.Rules, error) {
	rules, err := policy.ParseRules(cfg.Rules)
	return rules, namingRules(err)
}

func namingRules(err error) error {
	if err == nil {
		return nil
	}
	problems := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		problems = several.Unwrap()
	}
	named := make([]error, len(problems))
	for i, problem := range problems {
		named[i] = fmt.Errorf("PORTAL_RULES: %w", problem)
	}
	return errors.Join(named...)
}

// ruleBook holds the rules against the roles that are given to groups and the people who are known to hold them.
type ruleBook struct {
	rules    policy.Rules
	mappings []auth.Mapping
	places   func(context.Context, []string) (map[string]auth.Place, error)
	people   operation.People
}

// check refuses rules that nobody could satisfy.
func (b ruleBook) check(ctx context.Context) error {
	given, err := b.given(ctx)
	if err != nil {
		return err
	}
	return namingRules(b.rules.Satisfiable(given))
}

// given are the roles that the configuration gives to groups, with where they are held as far as the mirror knows.
func (b ruleBook) given(ctx context.Context) ([]policy.Grant, error) {
	uids := make([]string, len(b.mappings))
	for i, m := range b.mappings {
		uids[i] = m.OrgUID
	}
	slices.Sort(uids)
	places, err := b.places(ctx, slices.Compact(uids))
	if err != nil {
		return nil, fmt.Errorf("look up the organizations of the configured roles: %w", err)
	}
	given := make([]policy.Grant, len(b.mappings))
	for i, m := range b.mappings {
		at := places[m.OrgUID]
		given[i] = policy.Grant{Role: m.Role, OrgUID: m.OrgUID, Group: m.Group, Path: at.Path, AtRoot: at.Root && at.Path != ""}
	}
	return given, nil
}

// approvers counts the known people who could decide, rule by rule, where they are fewest.
func (b ruleBook) approvers(ctx context.Context) ([]policy.Approvers, error) {
	given, err := b.given(ctx)
	if err != nil {
		return nil, err
	}
	known, err := b.people.Known(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up who is known: %w", err)
	}
	return b.rules.Approvers(action.All, given, known), nil
}

// warn says of which rules so few people could decide that one who is away stops what they are about.
func (b ruleBook) warn(ctx context.Context, logger *slog.Logger) {
	counts, err := b.approvers(ctx)
	if err != nil {
		logger.Error("how many people could approve is not known", "err", err)
	}
	for _, c := range counts {
		if c.Known < policy.FewApprovers {
			logger.Warn("few people are known who could approve, whoever asks among them; see docs/rules.md",
				"action", c.Action, "role", c.Role, "organization", c.OrgUID, "people", c.Known)
		}
	}
}
