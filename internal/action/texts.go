package action

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
)

// textParams are the three fields that everything at the vendor has for people.
func textParams(noun, reference string, name, externalReference, notes func(Order) string) []Param {
	return []Param{
		{Name: nameParam, Label: "Name", Help: "What the " + noun + " is called, in the portal and in the vendor’s console.", Required: true, MaxLength: 255, Initial: name},
		{Name: referenceParam, Label: "External reference", Help: reference, MaxLength: 255, Initial: externalReference},
		{Name: notesParam, Label: "Notes", Help: "For administrators; up to 1,000 characters.", MaxLength: wordsLimit, Multiline: true, Initial: notes},
	}
}

// differing are the parameters that are not what stands there now.
func differing(params, now map[string]string) map[string]string {
	edit := maps.Clone(params)
	maps.DeleteFunc(edit, func(name, value string) bool {
		today, known := now[name]
		return !known || value == today
	})
	return edit
}

// editReady tells why an edit makes no sense; before anybody has typed something nothing is against it.
func editReady(o Order, now map[string]string) string {
	if o.Params != nil && len(differing(o.Params, now)) == 0 {
		return nothingToChange
	}
	return ""
}

// editChanged names the texts before and after; of what is new there is no before.
func editChanged(o Order, now map[string]string) (before, after map[string]string) {
	before, after = map[string]string{}, map[string]string{}
	for name, value := range o.Params {
		today, known := now[name]
		if known && today == value {
			continue
		}
		after[name] = clipped(value)
		if known {
			before[name] = clipped(today)
		}
	}
	return before, after
}

// textsMark stands for texts in a fingerprint: an edit is decided on by what its form showed, all of it.
func textsMark(texts map[string]string) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(sum, "%q=%q\n", name, texts[name])
	}
	return fmt.Sprintf("texts=%x", sum.Sum(nil)[:8])
}

// textsInForce tells how many of the parameters stand there now.
func textsInForce(params, now map[string]string) Finding {
	switch missing := len(differing(params, now)); {
	case missing == 0:
		return Happened
	case missing < len(params):
		return InPart
	}
	return NotHappened
}
