package imports

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"
)

// inspect goes through the XML of a sheet once more, for what the library passes over in silence: a part that is cut
// off or not what its checksum says (the library takes it for the end of the rows), cells merged over several rows
// (only the first row has what people see in all of them), and formulas whose result no program has written.
func (w *workbook) inspect(ctx context.Context, sheet string, header int) error {
	part, err := w.partOf(sheet)
	if err != nil {
		return ErrFile.Wrap(err)
	}
	r, err := w.parts.Open(part)
	if err != nil {
		return ErrFile.Wrap(err)
	}
	// Closing tells nothing that reading to the end has not told.
	defer func() { _ = r.Close() }()
	var cell string
	var formula, result, done bool
	d := xml.NewDecoder(ctxReader{ctx, r})
	for {
		token, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			if !done {
				return ErrFile.Wrap(fmt.Errorf("%s is cut off", part))
			}
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return ErrFile.Wrap(fmt.Errorf("%s: %w", part, err))
		}
		switch e := token.(type) {
		case xml.Directive: // a document type, which workbooks have none of
			return ErrFile.Wrap(fmt.Errorf("%s has a document type", part))
		case xml.StartElement:
			switch e.Name.Local {
			case "c":
				cell, formula, result = attribute(e, "r"), false, false
			case "f":
				formula = true
			case "v", "is":
				result = true
			case "mergeCell":
				if ref := attribute(e, "ref"); overRows(ref, header) {
					return ErrMerged.With("cells", ref)
				}
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "c":
				if formula && !result {
					return ErrFormula.With("cell", cell)
				}
			case "worksheet":
				done = true
			}
		}
	}
}

// overRows tells whether a merged range covers several rows, one of them below the header.
func overRows(ref string, header int) bool {
	from, to, ok := strings.Cut(ref, ":")
	if !ok {
		return false
	}
	_, top, err := excelize.CellNameToCoordinates(from)
	if err != nil {
		return false
	}
	_, bottom, err := excelize.CellNameToCoordinates(to)
	return err == nil && bottom > top && bottom > header
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// partOf finds the part that holds a sheet: the workbook names a relation, the relations name the part.
func (w *workbook) partOf(sheet string) (string, error) {
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode("xl/workbook.xml", &book); err != nil {
		return "", err
	}
	var relations struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.decode("xl/_rels/workbook.xml.rels", &relations); err != nil {
		return "", err
	}
	for _, s := range book.Sheets {
		if s.Name != sheet {
			continue
		}
		for _, a := range s.Attr {
			for _, r := range relations.List {
				if a.Name.Local == "id" && a.Value == r.ID {
					if rooted, ok := strings.CutPrefix(r.Target, "/"); ok {
						return path.Clean(rooted), nil
					}
					return path.Join("xl", r.Target), nil
				}
			}
		}
	}
	return "", fmt.Errorf("no part for sheet %q", sheet)
}

func (w *workbook) decode(part string, into any) error {
	r, err := w.parts.Open(part)
	if err != nil {
		return err
	}
	return errors.Join(xml.NewDecoder(r).Decode(into), r.Close())
}
