package backup

// treeSize is how many organizations a tree with these numbers of children per level has, its root included.
func treeSize(fanOut []int) int {
	size, level := 1, 1
	for _, children := range fanOut {
		level *= children
		size += level
	}
	return size
}

// generateTree builds a regular tree, for measuring: children per level below one root.
func (t *tenant) generateTree(names *catalogue, fanOut []int) {
	t.codes = append(t.codes, headquarters)
	t.addOrg(companyName, -1, 0)
	level := []int32{0}
	for depth, children := range fanOut {
		var next []int32
		for _, parent := range level {
			for i := range children {
				name := department(names.departments, int(parent), i)
				if depth == 0 {
					name = names.vessel(i).name
				}
				next = append(next, t.addOrg(name, parent, 0))
			}
		}
		level = next
	}
	t.indexTree()
}
