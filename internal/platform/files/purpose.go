package files

import "slices"

// Purpose is what a file is uploaded for; it decides what is accepted.
type Purpose string

// Purposes of the product.
const (
	Photo      Purpose = "photo"      // of a machine, a part, a place
	Proof      Purpose = "proof"      // of purchase
	Signature  Purpose = "signature"  // of the customer
	IDCard     Purpose = "id_card"    // of an engineer
	Avatar     Purpose = "avatar"     // of staff
	Video      Purpose = "video"      // of a fault
	Recording  Purpose = "recording"  // of a call
	Attachment Purpose = "attachment" // of a message
	Document   Purpose = "document"   // contracts, certificates, manuals
	Import     Purpose = "import"     // rows to read in
	Export     Purpose = "export"     // what the product itself wrote
)

// Limits say what a purpose accepts.
type Limits struct {
	Types     []string
	MaxBytes  int64
	MaxPixels int64 // of a picture; 0 = [maxPixels]
}

func (l Limits) accepts(contentType string) bool { return slices.Contains(l.Types, contentType) }

const (
	mb        = 1 << 20
	maxPixels = 50_000_000
)

// Defaults are the limits of every purpose.
func Defaults() map[Purpose]Limits {
	pictures := []string{JPEG, PNG, WebP, GIF, HEIC}
	with := func(more ...string) []string { return append(slices.Clone(pictures), more...) }
	return map[Purpose]Limits{
		Photo:      {Types: pictures, MaxBytes: 25 * mb},
		Proof:      {Types: with(PDF), MaxBytes: 25 * mb},
		Signature:  {Types: []string{PNG, JPEG}, MaxBytes: 2 * mb, MaxPixels: 4_000_000},
		IDCard:     {Types: pictures, MaxBytes: 15 * mb},
		Avatar:     {Types: []string{JPEG, PNG, WebP}, MaxBytes: 5 * mb, MaxPixels: 25_000_000},
		Video:      {Types: []string{MP4, MOV}, MaxBytes: 300 * mb},
		Recording:  {Types: []string{MP3, WAV, OGG, AMR, M4A}, MaxBytes: 100 * mb},
		Attachment: {Types: with(PDF, MP4, MOV, MP3, AMR, M4A, XLSX, CSV), MaxBytes: 50 * mb},
		Document:   {Types: with(PDF, XLSX, CSV), MaxBytes: 50 * mb},
		Import:     {Types: []string{CSV, XLSX}, MaxBytes: 200 * mb},
		Export:     {Types: []string{CSV, XLSX, PDF, ZIP}, MaxBytes: 1024 * mb},
	}
}
