package handlers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"backup-portal/internal/inventory"
)

// exportFormat is a form in which lists leave the portal.
type exportFormat struct {
	label, extension, contentType string
	table                         func(io.Writer) deviceTable
}

func exportFormats() []exportFormat { return []exportFormat{csvFormat(), jsonLinesFormat()} }

func csvFormat() exportFormat {
	return exportFormat{
		label: "CSV", extension: "csv", contentType: "text/csv; charset=utf-8; header=present",
		table: func(w io.Writer) deviceTable { return csvTable{newCSVWriter(w)} },
	}
}

func jsonLinesFormat() exportFormat {
	return exportFormat{
		label: "JSON Lines", extension: "jsonl", contentType: "application/jsonl; charset=utf-8",
		table: func(w io.Writer) deviceTable { return jsonTable{bufio.NewWriter(w)} },
	}
}

// deviceTable writes devices one after the other.
type deviceTable interface {
	head(columns []deviceColumn) error
	device(columns []deviceColumn, d inventory.Device) error
	flush() error
}

// csvTable is for spreadsheets: a row of keys, then text that no program takes for a formula.
type csvTable struct{ csvWriter }

func (t csvTable) head(columns []deviceColumn) error {
	return t.write(strings.Split(keysOf(columns), ",")...)
}

func (t csvTable) device(columns []deviceColumn, d inventory.Device) error {
	cells := make([]string, 0, len(columns))
	for _, c := range columns {
		cells = append(cells, cellText(c.value(d)))
	}
	return t.write(cells...)
}

// cellText writes a value as text; what never happened has none.
func cellText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Time:
		return exportTime(v)
	case []string:
		return strings.Join(v, ", ")
	case []inventory.Destination:
		return destinationNames(v)
	}
	return ""
}

// exportTime writes a moment as the vendor does, in UTC; "" for never.
func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// jsonTable is for programs: an object a line, its fields in the order of the columns, its text as it is.
type jsonTable struct{ *bufio.Writer }

func (t jsonTable) head([]deviceColumn) error { return nil }

func (t jsonTable) flush() error { return t.Flush() }

func (t jsonTable) device(columns []deviceColumn, d inventory.Device) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	for i, c := range columns {
		line.WriteString([]string{"{", ","}[min(i, 1)] + strconv.Quote(c.key) + ":")
		if err := encoder.Encode(jsonValue(c.value(d))); err != nil {
			return err
		}
		line.Truncate(line.Len() - 1) // the line feed behind every value
	}
	line.WriteString("}\n")
	_, err := t.Write(line.Bytes())
	return err
}

// jsonValue is a value as JSON tells it: null for never, an array for several.
func jsonValue(value any) any {
	switch v := value.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return exportTime(v)
	case []string:
		return append([]string{}, v...)
	case []inventory.Destination:
		list := make([]map[string]string, 0, len(v))
		for _, d := range v {
			list = append(list, map[string]string{"guid": d.GUID, "name": d.Name})
		}
		return list
	}
	return value
}
