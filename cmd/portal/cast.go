//go:build !production

package main

import (
	"slices"
	"strings"

	backupemu "backup-portal/internal/emulator/backup"
	"backup-portal/internal/emulator/idp"
)

// cast invents the people of the demo, at least one per role and one without any, and their roles in the words of
// PORTAL_ROLES. There are four admins: deactivating an organization takes one who asks and two who agree,
// and a third where it has more devices than the budget.
func cast(emulator *backupemu.Server) ([]idp.Person, string) {
	chain := branch(emulator.Snapshot().Orgs)
	at := func(depth int) backupemu.Org { return chain[min(depth, len(chain)-1)] }
	var people []idp.Person
	var roles []string
	add := func(id, name, role, blurb string, org *backupemu.Org) {
		p := idp.Person{ID: id, Subject: "demo-" + id, Name: name, Email: id + "@halden.example", Role: strings.ReplaceAll(role, "-", " "), Blurb: blurb}
		if org != nil {
			group := "portal-" + role
			p.Groups, p.Place = []string{group}, org.Name
			if org.ParentUID == "" {
				p.Place += ", the root"
			}
			if assignment := group + "=" + role + "@" + org.UID; !slices.Contains(roles, assignment) {
				roles = append(roles, assignment)
			}
		} else {
			p.Groups = []string{"everybody"}
		}
		people = append(people, p)
	}
	root, first, second, third := at(0), at(1), at(2), at(3)
	add("mara", "Mara Lindqvist", "admin", "Sees everything, acts, settles unknown outcomes", &root)
	add("ingrid", "Ingrid Moe", "admin", "Like Mara: two agree to what one asks for", &root)
	add("sara", "Sara Holm", "admin", "Like Mara: two agree to what one asks for", &root)
	add("henrik", "Henrik Dahl", "admin", "Like Mara: the third who agrees where much would be lost", &root)
	add("jonas", "Jonas Eide", "org-manager", "Acts in a subtree and reads its audit lines", &first)
	add("tuva", "Tuva Hagen", "help-desk", "Blocks and unblocks devices", &second)
	add("sofie", "Sofie Aalto", "auditor", "Reads everything, changes nothing", &root)
	add("emil", "Emil Sørby", "viewer", "Reads one organization", &third)
	add("nina", "Nina Falk", "no role", "Signs in and sees whom to ask", nil)
	return people, strings.Join(roles, ";")
}

// branch walks from the root down, each time into the child with the most organizations below it.
func branch(orgs []backupemu.Org) []backupemu.Org {
	children := map[string][]backupemu.Org{}
	for _, o := range orgs {
		children[o.ParentUID] = append(children[o.ParentUID], o)
	}
	var below func(uid string) int
	below = func(uid string) int {
		n := len(children[uid])
		for _, c := range children[uid] {
			n += below(c.UID)
		}
		return n
	}
	var chain []backupemu.Org
	for next := children[""]; len(next) > 0; next = children[chain[len(chain)-1].UID] {
		best := next[0]
		for _, o := range next[1:] {
			if below(o.UID) > below(best.UID) {
				best = o
			}
		}
		chain = append(chain, best)
	}
	return chain
}
