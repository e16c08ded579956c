package files

import (
	"archive/zip"
	"bytes"
	"io"
	"unicode"
	"unicode/utf8"

	textunicode "golang.org/x/text/encoding/unicode"

	"anxin/internal/platform/charset"
)

// Types that this package recognises by their bytes. Nothing else is ever stored.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	GIF  = "image/gif"
	WebP = "image/webp"
	HEIC = "image/heic" // kept as evidence, not shown: we cannot decode it
	PDF  = "application/pdf"
	MP4  = "video/mp4"
	MOV  = "video/quicktime"
	M4A  = "audio/mp4"
	MP3  = "audio/mpeg"
	WAV  = "audio/wav"
	OGG  = "audio/ogg"
	AMR  = "audio/amr"
	XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	ZIP  = "application/zip"
	CSV  = "text/csv"
)

// extensions are what a cleaned name ends in.
var extensions = map[string][]string{
	JPEG: {".jpg", ".jpeg"}, PNG: {".png"}, GIF: {".gif"}, WebP: {".webp"}, HEIC: {".heic", ".heif"}, PDF: {".pdf"},
	MP4: {".mp4", ".m4v"}, MOV: {".mov"}, M4A: {".m4a"}, MP3: {".mp3"}, WAV: {".wav"}, OGG: {".ogg"}, AMR: {".amr"},
	XLSX: {".xlsx"}, ZIP: {".zip"}, CSV: {".csv", ".txt", ".tsv"},
}

// maxZipEntries bounds the directory of an archive that we look into.
const maxZipEntries = 5000

// Sniff tells the type of bytes, "" when it is none that this package knows.
func Sniff(r io.ReaderAt, size int64) (string, error) {
	head := make([]byte, min(size, 64<<10))
	if n, err := r.ReadAt(head, 0); err != nil && !(n == len(head) && err == io.EOF) {
		return "", err
	}
	has := func(at int, magic string) bool {
		return len(head) >= at+len(magic) && string(head[at:at+len(magic)]) == magic
	}
	switch {
	case has(0, "\xff\xd8\xff"):
		return JPEG, nil
	case has(0, "\x89PNG\r\n\x1a\n"):
		return PNG, nil
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return GIF, nil
	case has(0, "RIFF") && has(8, "WEBP"):
		return WebP, nil
	case has(0, "RIFF") && has(8, "WAVE"):
		return WAV, nil
	case has(0, "%PDF-"):
		return PDF, nil
	case has(0, "OggS"):
		return OGG, nil
	case has(0, "#!AMR"):
		return AMR, nil
	case has(0, "ID3"), len(head) > 1 && head[0] == 0xff && head[1]&0xe6 == 0xe2: // MPEG layer III frame
		return MP3, nil
	case has(4, "ftyp") && len(head) >= 12:
		return brand(string(head[8:12])), nil
	case has(0, "PK\x03\x04"), has(0, "PK\x05\x06"):
		return archive(r, size), nil
	case plainText(head, size > int64(len(head))):
		return CSV, nil
	}
	return "", nil
}

// brand reads the major brand of an ISO base media file.
func brand(b string) string {
	switch b {
	case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1":
		return HEIC
	case "qt  ":
		return MOV
	case "M4A ", "M4B ":
		return M4A
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "dash",
		"3gp4", "3gp5", "3gp6", "3g2a", "mmp4":
		return MP4
	}
	return ""
}

func archive(r io.ReaderAt, size int64) string {
	z, err := zip.NewReader(r, size)
	if err != nil || len(z.File) > maxZipEntries {
		return ""
	}
	types, book := false, false
	for _, f := range z.File {
		types = types || f.Name == "[Content_Types].xml"
		book = book || f.Name == "xl/workbook.xml"
	}
	if types && book {
		return XLSX
	}
	return ZIP
}

// plainText accepts text in UTF-8, UTF-16 with its mark (as Excel saves "Unicode text") or another encoding that we read,
// which a browser would not take for a page.
func plainText(head []byte, cut bool) bool {
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		wide, err := textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM).NewDecoder().Bytes(head[:len(head)&^1])
		if err != nil || bytes.ContainsRune(wide, unicode.ReplacementChar) && !cut {
			return false
		}
		text = wide
	}
	if len(bytes.TrimSpace(text)) == 0 || bytes.TrimSpace(text)[0] == '<' {
		return false
	}
	for _, c := range text {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7f {
			return false
		}
	}
	if cut { // the last character may be cut in two: look at whole lines
		if i := bytes.LastIndexByte(text, '\n'); i > 0 {
			text = text[:i]
		}
	}
	if utf8.Valid(text) {
		return true
	}
	_, ok := charset.Guess(text)
	return ok
}

// isPicture tells whether we decode and show the type.
func isPicture(contentType string) bool {
	return contentType == JPEG || contentType == PNG || contentType == GIF || contentType == WebP
}
