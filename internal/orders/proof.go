package orders

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/files"
)

// PhotoKind is what a file of an order shows.
type PhotoKind string

// Kinds of files.
const (
	PhotoBefore    PhotoKind = "before"
	PhotoAfter     PhotoKind = "after"
	PhotoSerial    PhotoKind = "serial"
	PhotoSignature PhotoKind = "signature"
	PhotoOldPart   PhotoKind = "old_part"
	PhotoOther     PhotoKind = "other"
)

// PhotoKinds lists them all.
var PhotoKinds = []PhotoKind{PhotoBefore, PhotoAfter, PhotoSerial, PhotoSignature, PhotoOldPart, PhotoOther}

// AnswerItem is the answer to one item of a checklist.
type AnswerItem struct {
	Item    string // code of the catalogue
	Checked *bool
	Number  *float64
	Text    string // sealed at rest
	NA      bool   // does not apply here: nothing else is set
	Finding bool   // a "no" to a safety item, or a reading out of bounds
	VisitID VisitID
	At      time.Time
}

// Photo is a file attached to an order.
type Photo struct {
	FileID   files.ID
	Kind     PhotoKind
	VisitID  VisitID
	TakenAt  *time.Time
	Distance *float64 // metres between the place and where the camera was
	Reused   bool     // the same picture was handed in for another record
	At       time.Time
}

// Scan is one reading of a serial number.
type Scan struct {
	Serial  string
	Result  ScanResult
	VisitID VisitID
	At      time.Time
}

// ScanResult says what a scanned serial number meant.
type ScanResult string

// Results of a scan.
const (
	ScanMatched  ScanResult = "matched"  // the unit's own
	ScanSet      ScanResult = "set"      // the unit had none: now it has
	ScanFound    ScanResult = "found"    // the order had no unit: this is it
	ScanCreated  ScanResult = "created"  // nobody knew this unit
	ScanMismatch ScanResult = "mismatch" // another unit than the order's
)

// PartLine is a part of an order: reserved for it, then used or released.
type PartLine struct {
	ID          string
	OrderID     ID
	VisitID     VisitID
	PartID      parts.PartID
	PlaceID     parts.PlaceID
	Quantity    int64 // in the part's unit
	State       PartState
	Reservation parts.ReservationID
	OldPart     parts.OldPartID // owed back
	OldSerial   string
	NewSerial   string
	Short       bool // more than the books had
	At          time.Time
}

// PartState is where a part line stands.
type PartState string

// States of a part line.
const (
	PartReserved PartState = "reserved"
	PartUsed     PartState = "used"
	PartReleased PartState = "released"
)

// Diagnosis is what was wrong and what helped.
type Diagnosis struct {
	Symptom catalog.SymptomCode
	Cause   catalog.CauseCode
	Action  catalog.ActionCode
}

// Proof is everything that shows that the work was done.
type Proof struct {
	Answers []AnswerItem
	Photos  []Photo
	Scans   []Scan
	Parts   []PartLine
}
