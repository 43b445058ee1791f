package inventory

import "backup-portal/internal/backup"

// orgTree makes the mirror's rows of all organizations of one crawl, parents before children.
//
// An organization whose parent was not listed starts a tree of its own: nobody who holds the rest of the fleet gets it by
// accident. Those in a circle, and those whose uid cannot stand in a path, get no path and are in nobody's scope.
func orgTree(list []backup.Org) []Org {
	listed := make(map[string]bool, len(list))
	for _, o := range list {
		listed[o.UID] = true
	}
	children := map[string][]backup.Org{}
	for _, o := range list {
		parent := o.ParentUID
		if !listed[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], o)
	}

	rows := make([]Org, 0, len(list))
	placed := make(map[string]bool, len(list))
	type place struct {
		parent, path string
		depth        int
	}
	for queue := []place{{}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, o := range children[at.parent] {
			path := ChildPath(at.path, o.UID)
			if path == "" || placed[o.UID] {
				continue
			}
			placed[o.UID] = true
			rows = append(rows, orgRow(o, path))
			queue = append(queue, place{o.UID, path, at.depth + 1})
		}
	}
	for _, o := range list {
		if !placed[o.UID] && o.UID != "" {
			placed[o.UID] = true
			rows = append(rows, orgRow(o, ""))
		}
	}
	return rows
}

func orgRow(o backup.Org, path string) Org {
	return Org{
		UID: o.UID, ParentUID: o.ParentUID, Name: clean(o.Name), ExternalReference: clean(o.ExternalReference),
		Path: path, Depth: max(0, len(AncestorUIDs(path))-1), Active: o.Active, Blocked: o.Blocked,
	}
}
