package audit

import (
	"fmt"
	"slices"
	"time"
)

// ProblemKind names what is wrong with a log.
type ProblemKind string

// What a verification can find.
const (
	Edited     ProblemKind = "edited"     // a line's bytes are not those of its leaf
	Removed    ProblemKind = "removed"    // a line, or a line with its leaf, is missing
	Misplaced  ProblemKind = "misplaced"  // a line stands twice, or before one that is older
	Altered    ProblemKind = "altered"    // lines and leaves agree with each other and not with what was signed
	Cut        ProblemKind = "cut"        // the log ends before what was signed
	Forged     ProblemKind = "forged"     // a checkpoint is not signed by the key
	Unreadable ProblemKind = "unreadable" // a record of a bundle is not one
	Unlisted   ProblemKind = "unlisted"   // a line is not listed for an organization that it is about
	Mislisted  ProblemKind = "mislisted"  // what is listed for an organization is no line about it
)

// Problem is one finding, with a sentence for a person.
type Problem struct {
	Seq      int64 // the line, or the first line that may be meant
	Kind     ProblemKind
	Sentence string
}

// problemLimit is how many problems a report lists; a wholly rewritten log needs no million sentences.
const problemLimit = 100

// Report is the outcome of a verification.
type Report struct {
	Size       int64 // leaves seen
	Lines      int64 // lines seen and equal to their leaf
	Root       Hash
	Checkpoint Checkpoint // the newest signed statement that the log agrees with; zero when there is none
	Unsigned   int64      // lines newer than that checkpoint: nothing but the database vouches for them
	Problems   []Problem  // the first 100
	More       int        // problems beyond those
}

// OK tells whether nothing was found.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Summary says the outcome in one sentence.
func (r Report) Summary() string {
	if !r.OK() {
		return fmt.Sprintf("%s in %s.", counted(len(r.Problems)+r.More, "problem"), counted(int(r.Size), "line"))
	}
	if r.Checkpoint.Note == nil {
		return fmt.Sprintf("%d lines are consistent, and none of them is signed yet.", r.Size)
	}
	return fmt.Sprintf("%d lines are intact; the first %d of them were signed at %s.",
		r.Size, r.Checkpoint.Size, r.Checkpoint.At.Format(time.RFC3339))
}

func (r *Report) add(seq int64, kind ProblemKind, format string, args ...any) {
	if len(r.Problems) == problemLimit {
		r.More++
		return
	}
	r.Problems = append(r.Problems, Problem{Seq: seq, Kind: kind, Sentence: fmt.Sprintf(format, args...)})
}

// Leaf is one place of a log as a Verifier is told of it.
type Leaf struct {
	Seq  int64
	Hash Hash // as it is kept
	Line Hash // LeafHash of the line's bytes as they are kept
	Gone bool // there is a leaf and no line
}

// Head is what the log says of itself, unsigned.
type Head struct {
	Size int64
	Root Hash
}

// Verifier walks a log from its first line and compares it with signed checkpoints. It keeps O(log n) of it.
type Verifier struct {
	report      Report
	tree        Frontier
	next        int64 // the seq that comes next
	broken      bool  // places are missing or doubled, so roots say nothing more
	checkpoints []Checkpoint
	agreed      int64 // the size up to which a checkpoint agreed
	told        bool  // the first disagreement was reported; later ones follow from it
}

// NewVerifier starts a verification against checkpoints whose signatures were checked (PublicKey.Open): those kept with
// the log tell where a change happened, one kept elsewhere tells whether the end was cut.
func NewVerifier(checkpoints ...Checkpoint) *Verifier {
	v := &Verifier{checkpoints: slices.Clone(checkpoints)}
	slices.SortStableFunc(v.checkpoints, func(a, b Checkpoint) int { return int(a.Size - b.Size) })
	v.compare()
	return v
}

// Forged reports a checkpoint whose signature is not the key's.
func (v *Verifier) Forged(size int64) {
	v.report.add(size, Forged, "The checkpoint of %d lines is not signed by this key.", size)
}

// Orphans reports lines that have no leaf: they were never part of the tree.
func (v *Verifier) Orphans(count int64) {
	if count > 0 {
		v.report.add(v.next, Misplaced, "%d lines have no leaf: they were not written by the portal.", count)
	}
}

// Add takes the next leaf, in the order in which the log is kept.
func (v *Verifier) Add(l Leaf) {
	switch {
	case l.Seq < v.next:
		v.broken = true
		v.report.add(l.Seq, Misplaced, "Line %d stands where line %d belongs: it was inserted or moved.", l.Seq, v.next)
		return
	case l.Seq == v.next+1:
		v.broken = true
		v.report.add(v.next, Removed, "Line %d is missing, and its leaf too.", v.next)
	case l.Seq > v.next:
		v.broken = true
		v.report.add(v.next, Removed, "Lines %d to %d are missing, and their leaves too.", v.next, l.Seq-1)
	}
	v.next = l.Seq + 1
	v.report.Size++
	switch {
	case l.Gone:
		v.report.add(l.Seq, Removed, "Line %d is missing; its leaf is still there.", l.Seq)
	case l.Line != l.Hash:
		v.report.add(l.Seq, Edited, "Line %d was edited: its bytes do not have the hash in its leaf.", l.Seq)
	default:
		v.report.Lines++
	}
	v.tree.Append(l.Hash)
	v.compare()
}

// compare holds the tree against the checkpoints of its size.
func (v *Verifier) compare() {
	for len(v.checkpoints) > 0 && v.checkpoints[0].Size == v.tree.Size() && !v.broken {
		c := v.checkpoints[0]
		v.checkpoints = v.checkpoints[1:]
		if c.Root == v.tree.Root() {
			v.report.Checkpoint, v.agreed = c, c.Size
			continue
		}
		if !v.told {
			v.told = true
			v.report.add(v.agreed, Altered,
				"Lines %d to %d are not those that were signed at %s: some were edited, inserted, removed or moved together with their leaves.",
				v.agreed, c.Size-1, c.At.Format(time.RFC3339))
		}
	}
}

// Unreadable reports a record that is not one.
func (v *Verifier) Unreadable(place int64) {
	v.broken = true
	v.report.add(v.next, Unreadable, "Record %d of the bundle cannot be read.", place)
}

// Unlisted reports an organization that a line is about and that the line is not listed for.
func (v *Verifier) Unlisted(seq int64, org string) {
	v.report.add(seq, Unlisted, "Line %d is about the organization %q and is not listed for it: whoever looks there does not find it.", seq, org)
}

// Mislisted reports an organization that a line is listed for and is not about, or a place that is listed and has no line.
func (v *Verifier) Mislisted(seq int64, org string) {
	v.report.add(seq, Mislisted, "Line %d is listed for the organization %q and is not about it: the portal did not list it.", seq, org)
}

// Finish ends the walk. The head is what the log says of itself; nil when it says nothing.
func (v *Verifier) Finish(head *Head) Report {
	r := &v.report
	r.Root = v.tree.Root()
	cut := false
	for _, c := range v.checkpoints {
		if cut = c.Size > v.next; cut {
			r.add(v.next, Cut, "The log ends after %d lines, and %d were signed at %s: its end was cut.",
				v.next, c.Size, c.At.Format(time.RFC3339))
			break
		}
	}
	if head != nil {
		switch {
		case head.Size > v.next:
			if !cut {
				r.add(v.next, Cut, "The log ends after %d lines, and its head counts %d.", v.next, head.Size)
			}
		case head.Size < v.next:
			r.add(head.Size, Misplaced, "The log has %d lines, and its head counts %d: the last ones were not written by the portal.", v.next, head.Size)
		case head.Root != r.Root && !v.broken && !v.told:
			r.add(v.agreed, Altered, "Lines %d to %d, which are not signed yet, do not agree with the head of the log.", v.agreed, v.next-1)
		}
	}
	r.Unsigned = r.Size - r.Checkpoint.Size
	return *r
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
