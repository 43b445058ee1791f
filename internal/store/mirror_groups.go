package store

// groupSet is a set of groups of three characters. Characters share a class when there are more of them than classes,
// so a set may hold groups that nobody added; it never misses one.
type groupSet [1 << (3 * classBits) / 64]uint64

// classBits is how many bits a character's class has: room for ASCII as it is folded, and what lies beyond shares the rest.
const classBits = 6

// classOf is the class of a character.
func classOf(r rune) uint32 {
	switch {
	case r >= 'a' && r <= 'z':
		return uint32(r - 'a')
	case r >= '0' && r <= '9':
		return 26 + uint32(r-'0')
	case r == '-':
		return 36
	case r == '.':
		return 37
	case r == '@':
		return 38
	case r == '_':
		return 39
	case r == '\x1f': // before each field
		return 40
	default:
		return 41 + uint32(r)%23
	}
}

// groupsOf answers the groups of a text, as a set counts them.
func groupsOf(text string) []uint32 {
	var groups []uint32
	eachGroup(text, func(group uint32) { groups = append(groups, group) })
	return groups
}

func eachGroup(text string, visit func(group uint32)) {
	var group uint32
	n := 0
	for _, r := range text {
		group = (group<<classBits | classOf(r)) & (1<<(3*classBits) - 1)
		if n++; n >= 3 {
			visit(group)
		}
	}
}

func (set *groupSet) add(text string) {
	eachGroup(text, func(group uint32) { set[group/64] |= 1 << (group % 64) })
}

// holdsAll tells whether a text with these groups may be among those that were added.
func (set *groupSet) holdsAll(groups []uint32) bool {
	for _, group := range groups {
		if set[group/64]&(1<<(group%64)) == 0 {
			return false
		}
	}
	return true
}
