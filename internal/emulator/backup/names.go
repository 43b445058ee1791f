package backup

import (
	"strconv"
	"strings"
)

// place is an office, yard or ship; devices there carry its code in their name.
type place struct{ name, code string }

type region struct {
	name   string
	places []place
}

// catalogue is the vocabulary of the invented company.
type catalogue struct {
	regions         []region // the first is the fleet
	shipNames       []string
	departments     []string
	shipDepartments []string
	firstNames      []string
	lastNames       []string
	plain           *strings.Replacer // letters that a mailbox or a site code does without
}

const companyName = "Halden Maritime"

func newCatalogue() *catalogue {
	return &catalogue{
		plain: strings.NewReplacer("ø", "o", "Ø", "O", "å", "a", "Å", "A", "é", "e", "ó", "o", "ë", "e", " ", ""),
		regions: []region{
			{"Fleet", nil},
			{"Norway", []place{
				{"Oslo Headquarters", "OSL"},
				{"Bergen Office", "BGO"},
				{"Stavanger Base", "SVG"},
				{"Tromsø Office", "TOS"},
				{"Ålesund Yard", "AES"},
				{"Kristiansund Base", "KSU"},
				{"Haugesund Yard", "HAU"},
			}},
			{"Denmark", []place{{"Copenhagen Office", "CPH"}, {"Esbjerg Office", "EBJ"}, {"Aalborg Yard", "AAL"}, {"Aarhus Office", "AAR"}}},
			{"United Kingdom", []place{{"Aberdeen Base", "ABZ"}, {"London Office", "LON"}, {"Southampton Office", "SOU"}, {"Hull Office", "HUY"}}},
			{"Netherlands", []place{{"Rotterdam Office", "RTM"}, {"Den Helder Base", "DHR"}, {"Amsterdam Office", "AMS"}}},
			{"Singapore", []place{{"Singapore Office", "SIN"}, {"Jurong Yard", "JUR"}, {"Tuas Base", "TUA"}}},
			{"Brazil", []place{{"Rio de Janeiro Office", "RIO"}, {"Macaé Base", "MEA"}, {"Niterói Yard", "NTR"}}},
			{"Shipyards", []place{{"Gdańsk Yard", "GDN"}, {"Busan Yard", "PUS"}, {"Tulcea Yard", "TCE"}}},
		},
		shipNames: []string{
			"Aurora", "Borealis", "Cormorant", "Dagny", "Eider", "Fjord", "Gannet", "Havørn", "Isbjørn", "Jarl",
			"Kittiwake", "Lofoten", "Marlin", "Nordlys", "Osprey", "Petrel", "Quest", "Ragnhild", "Skarv", "Terne",
			"Ulvøya", "Viking", "Wayfarer", "Ymir", "Zephyr",
		},
		departments: []string{
			"Engineering", "Finance", "Crewing", "Chartering", "Operations", "Procurement", "Legal", "Human Resources", "IT",
			"Safety", "Technical", "Accounting", "Design", "Logistics",
		},
		shipDepartments: []string{"Bridge", "Engine Room", "Deck", "Catering", "Cargo Control", "Radio", "Safety"},
		firstNames: []string{
			"Ingrid", "Lars", "Astrid", "Bjørn", "Chloe", "Daan", "Elena", "Fatima", "Gustav", "Hanna", "Ivan", "Jonas",
			"Karin", "Leif", "Maria", "Nils", "Olivia", "Per", "Priya", "Rafael", "Sofie", "Thomas", "Ulla", "Victor",
			"Wei", "Xavier", "Yusuf", "Zoë", "Åse", "Øystein", "Arjun", "Beatriz", "Callum", "Dina", "Erik", "Freya",
			"Giulia", "Henrik", "Isla", "Jun",
		},
		lastNames: []string{
			"Haugen", "Berg", "Jensen", "de Vries", "Tan", "Silva", "MacLeod", "Solberg", "Nielsen", "Johansen", "Lim",
			"Santos", "Campbell", "Bakker", "Dahl", "Eriksen", "Fraser", "Hansen", "Iversen", "Kaur", "Larsen", "Moen",
			"Novak", "Olsen", "Pedersen", "Rossi", "Strand", "Thorsen", "Vik", "Wong", "Aasen", "Brekke", "Costa",
			"Evans", "Foss", "Grieg", "Holm",
		},
	}
}

// site returns the i-th place of a region; once the known ones are used up they repeat with a number.
func (r *region) site(i int) place {
	p := r.places[i%len(r.places)]
	if round := i / len(r.places); round > 0 {
		n := strconv.Itoa(round + 1)
		return place{p.name + " " + n, p.code + n}
	}
	return p
}

func (c *catalogue) vessel(i int) place {
	name := c.shipNames[i%len(c.shipNames)]
	code := "M" + strings.ToUpper(c.plain.Replace(name)[:3])
	if round := i / len(c.shipNames); round > 0 {
		n := strconv.Itoa(round + 1)
		return place{"MV Halden " + name + " " + n, code + n}
	}
	return place{"MV Halden " + name, code}
}

// department names the round-th department of a site; the list is shifted by the site's number, so that neighbours differ.
func department(known []string, site, round int) string {
	name := known[(site+round)%len(known)]
	if again := round / len(known); again > 0 {
		return name + " " + strconv.Itoa(again+1)
	}
	return name
}

// person returns the names of the i-th person and a mailbox that no other number has.
func (c *catalogue) person(i int) (first, last *string, mailbox string) {
	combinations := len(c.firstNames) * len(c.lastNames)
	at := i * 557 % combinations // no common divisor with the number of combinations: each is met once before any repeats
	first, last = &c.firstNames[at%len(c.firstNames)], &c.lastNames[at/len(c.firstNames)]
	mailbox = strings.ToLower(c.plain.Replace(*first) + "." + c.plain.Replace(*last))
	if round := i / combinations; round > 0 {
		mailbox += strconv.Itoa(round + 1)
	}
	return first, last, mailbox
}

// hostileNames are what a laptop may call itself to harm whoever shows, exports or logs the name.
func hostileNames() []string {
	return []string{
		`<script>alert("device")</script>`,
		`=cmd()|'/C calc'!A0`,
		"\u202egnp.tac\u202c laptop",
		"מחשב נייד של רותם",
		strings.Repeat("longdevice", 30),
		"⚓🚢 crew tablet 👩‍✈️",
		`"><img src=x onerror=alert(1)>`,
		`'; DROP TABLE devices; --`,
		"@SUM(1+1)*cmd|' /C calc'!A0",
		"{{7*7}} ${7*7} %s %n",
		"line\r\nbreak\tand tab",
		"../../etc/passwd\u200b",
		`-2+3+cmd|' /C calc'!A0`,
	}
}
