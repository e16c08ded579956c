package files

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// Exif is what a camera wrote into a picture, as far as it is evidence. The zero value: nothing.
type Exif struct {
	Orientation int       // 1 to 8 as in EXIF, 0 when absent
	TakenAt     time.Time // zero when absent
	HasPoint    bool
	Lat, Lon    float64 // WGS-84 degrees
}

// Tags of EXIF 2.32.
const (
	tagOrientation  = 0x0112
	tagDateTime     = 0x0132
	tagExifIFD      = 0x8769
	tagGPSIFD       = 0x8825
	tagOriginal     = 0x9003
	tagOffset       = 0x9010
	tagOffsetOrig   = 0x9011
	tagGPSLatRef    = 1
	tagGPSLat       = 2
	tagGPSLonRef    = 3
	tagGPSLon       = 4
	maxIFDEntries   = 512
	maxMetadataSize = 1 << 20
)

// ReadExif finds and reads the metadata of a JPEG, PNG or WebP. Anything odd, cut off or absurd reads
// as absent: metadata never makes an upload fail. Times without an offset are taken to be in zone.
func ReadExif(data []byte, contentType string, zone *time.Location) Exif {
	var block []byte
	switch contentType {
	case JPEG:
		block = exifOfJPEG(data)
	case PNG:
		block = exifOfPNG(data)
	case WebP:
		block = exifOfWebP(data)
	}
	return parseTIFF(bytes.TrimPrefix(block, []byte("Exif\x00\x00")), zone)
}

// jpegSegments calls fn with every marker before the picture data until fn returns false.
func jpegSegments(data []byte, fn func(marker byte, body []byte) bool) {
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		marker := data[i+1]
		if marker == 0xff { // padding
			i++
			continue
		}
		if marker == 0xda || marker == 0xd9 { // picture data, end
			return
		}
		if marker >= 0xd0 && marker <= 0xd7 || marker == 0x01 {
			i += 2
			continue
		}
		n := int(binary.BigEndian.Uint16(data[i+2:]))
		if n < 2 || i+2+n > len(data) || !fn(marker, data[i+4:i+2+n]) {
			return
		}
		i += 2 + n
	}
}

func exifOfJPEG(data []byte) (block []byte) {
	jpegSegments(data, func(marker byte, body []byte) bool {
		if marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			block = body
		}
		return block == nil
	})
	return block
}

// progressive JPEGs take four times the memory to decode.
func progressive(data []byte) (yes bool) {
	jpegSegments(data, func(marker byte, _ []byte) bool {
		yes = marker == 0xc2
		return !yes
	})
	return yes
}

func exifOfPNG(data []byte) []byte {
	for i := 8; i+12 <= len(data); {
		n := int64(binary.BigEndian.Uint32(data[i:]))
		kind := string(data[i+4 : i+8])
		if n > int64(len(data)-i-12) || kind == "IEND" {
			return nil
		}
		if kind == "eXIf" && n <= maxMetadataSize {
			return data[i+8 : i+8+int(n)]
		}
		i += 12 + int(n)
	}
	return nil
}

func exifOfWebP(data []byte) []byte {
	for i := 12; i+8 <= len(data); {
		n := int64(binary.LittleEndian.Uint32(data[i+4:]))
		if n > int64(len(data)-i-8) {
			return nil
		}
		if string(data[i:i+4]) == "EXIF" && n <= maxMetadataSize {
			return data[i+8 : i+8+int(n)]
		}
		i += 8 + int(n+n%2)
	}
	return nil
}

// tiff reads values out of a TIFF block; every read is checked against its end.
type tiff struct {
	b     []byte
	order binary.ByteOrder
}

type tag struct {
	kind  uint16
	count uint32
	value []byte // all of it, wherever it stands
}

var kindSize = map[uint16]uint32{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}

func parseTIFF(b []byte, zone *time.Location) (e Exif) {
	t := tiff{b: b}
	switch {
	case len(b) < 8:
		return e
	case string(b[:4]) == "II*\x00":
		t.order = binary.LittleEndian
	case string(b[:4]) == "MM\x00*":
		t.order = binary.BigEndian
	default:
		return e
	}
	main := t.directory(t.order.Uint32(b[4:]))
	if o := int(t.uint(main[tagOrientation])); o >= 1 && o <= 8 {
		e.Orientation = o
	}
	exif := t.directory(t.uint(main[tagExifIFD]))
	when, offset := exif[tagOriginal].text(), exif[tagOffsetOrig].text()
	if when == "" {
		when, offset = main[tagDateTime].text(), exif[tagOffset].text()
	}
	e.TakenAt = takenAt(when, offset, zone)
	gps := t.directory(t.uint(main[tagGPSIFD]))
	lat, ok1 := t.degrees(gps[tagGPSLat], gps[tagGPSLatRef].text(), "N", "S", 90)
	lon, ok2 := t.degrees(gps[tagGPSLon], gps[tagGPSLonRef].text(), "E", "W", 180)
	if ok1 && ok2 && (lat != 0 || lon != 0) { // phones without a fix write zeros
		e.HasPoint, e.Lat, e.Lon = true, lat, lon
	}
	return e
}

// directory reads the tags of one IFD; at 0 there is none.
func (t tiff) directory(at uint32) map[uint16]tag {
	off := int64(at)
	if at == 0 || off+2 > int64(len(t.b)) {
		return nil
	}
	n := min(int64(t.order.Uint16(t.b[off:])), maxIFDEntries)
	out := make(map[uint16]tag, n)
	for i := range n {
		p := off + 2 + 12*i
		if p+12 > int64(len(t.b)) {
			break
		}
		v := tag{kind: t.order.Uint16(t.b[p+2:]), count: t.order.Uint32(t.b[p+4:])}
		size := int64(kindSize[v.kind]) * int64(v.count)
		if size == 0 || size > int64(len(t.b)) {
			continue
		}
		from := p + 8
		if size > 4 {
			from = int64(t.order.Uint32(t.b[p+8:]))
		}
		if from+size > int64(len(t.b)) {
			continue
		}
		v.value = t.b[from : from+size]
		if id := t.order.Uint16(t.b[p:]); out[id].value == nil { // the first of its kind counts
			out[id] = v
		}
	}
	return out
}

func (t tiff) uint(v tag) uint32 {
	switch {
	case v.kind == 3 && len(v.value) >= 2:
		return uint32(t.order.Uint16(v.value))
	case v.kind == 4 && len(v.value) >= 4:
		return t.order.Uint32(v.value)
	}
	return 0
}

func (v tag) text() string {
	if v.kind != 2 {
		return ""
	}
	s, _, _ := strings.Cut(string(v.value), "\x00")
	return strings.TrimSpace(s)
}

// degrees reads three unsigned rationals: degrees, minutes, seconds.
func (t tiff) degrees(v tag, ref, plus, minus string, limit float64) (float64, bool) {
	if v.kind != 5 || v.count < 1 || (ref != plus && ref != minus) {
		return 0, false
	}
	sum, part := 0.0, 1.0
	for i := 0; i+8 <= len(v.value) && i < 24; i += 8 {
		num, den := t.order.Uint32(v.value[i:]), t.order.Uint32(v.value[i+4:])
		if den == 0 {
			if num == 0 && i > 0 {
				break // no seconds given
			}
			return 0, false
		}
		sum += float64(num) / float64(den) / part
		part *= 60
	}
	if math.IsNaN(sum) || sum > limit {
		return 0, false
	}
	if ref == minus {
		sum = -sum
	}
	return sum, true
}

// takenAt reads "2026:11:21 10:30:00" with an offset such as "+08:00" when the camera wrote one.
func takenAt(s, offset string, zone *time.Location) time.Time {
	const layout = "2006:01:02 15:04:05"
	if at, err := time.Parse(layout+" -07:00", s+" "+offset); err == nil && at.Year() >= 1990 {
		return at.UTC()
	}
	if at, err := time.ParseInLocation(layout, s, zone); err == nil && at.Year() >= 1990 {
		return at.UTC()
	}
	return time.Time{}
}
