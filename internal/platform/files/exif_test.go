package files

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"
	"time"
)

// field is one EXIF entry for tests.
type field struct {
	tag, kind uint16
	count     uint32
	data      []byte // in the block's byte order
}

type exifBuilder struct{ order binary.AppendByteOrder }

func (b exifBuilder) short(tag uint16, v uint16) field {
	return field{tag, 3, 1, b.order.AppendUint16(nil, v)}
}

func (b exifBuilder) text(tag uint16, s string) field {
	return field{tag, 2, uint32(len(s) + 1), append([]byte(s), 0)}
}

func (b exifBuilder) rationals(tag uint16, v ...uint32) field {
	var d []byte
	for _, x := range v {
		d = b.order.AppendUint32(d, x)
	}
	return field{tag, 5, uint32(len(v) / 2), d}
}

// block writes a TIFF block of the main directory with its two sub-directories.
func (b exifBuilder) block(main, exif, gps []field) []byte {
	out := []byte("MM\x00*")
	if b.order == binary.LittleEndian {
		out = []byte("II*\x00")
	}
	out = b.order.AppendUint32(out, 8)
	size := func(fields []field) int {
		n := 2 + 12*len(fields) + 4
		for _, f := range fields {
			if len(f.data) > 4 {
				n += len(f.data)
			}
		}
		return n
	}
	pointers := 0
	if exif != nil {
		pointers++
	}
	if gps != nil {
		pointers++
	}
	at := uint32(8 + size(main) + 12*pointers)
	if exif != nil {
		main = append(main, field{tagExifIFD, 4, 1, b.order.AppendUint32(nil, at)})
		at += uint32(size(exif))
	}
	if gps != nil {
		main = append(main, field{tagGPSIFD, 4, 1, b.order.AppendUint32(nil, at)})
	}
	for _, dir := range [][]field{main, exif, gps} {
		if dir == nil {
			continue
		}
		rest := uint32(len(out) + 2 + 12*len(dir) + 4)
		var tail []byte
		out = b.order.AppendUint16(out, uint16(len(dir)))
		for _, f := range dir {
			out = b.order.AppendUint16(out, f.tag)
			out = b.order.AppendUint16(out, f.kind)
			out = b.order.AppendUint32(out, f.count)
			if len(f.data) > 4 {
				out = b.order.AppendUint32(out, rest+uint32(len(tail)))
				tail = append(tail, f.data...)
			} else {
				out = append(out, append(bytes.Clone(f.data), 0, 0, 0, 0)[:4]...)
			}
		}
		out = append(b.order.AppendUint32(out, 0), tail...)
	}
	return out
}

func sampleExif(order binary.AppendByteOrder) []byte {
	b := exifBuilder{order}
	return b.block(
		[]field{b.short(tagOrientation, 6), b.text(tagDateTime, "2020:01:01 00:00:00")},
		[]field{b.text(tagOriginal, "2026:11:21 10:30:00")},
		[]field{
			b.text(tagGPSLatRef, "N"), b.rationals(tagGPSLat, 30, 1, 15, 1, 3000, 100),
			b.text(tagGPSLonRef, "E"), b.rationals(tagGPSLon, 120, 1, 9, 1, 0, 1),
		})
}

// inJPEG puts an EXIF block behind the first marker of a JPEG.
func inJPEG(jpg, block []byte) []byte {
	body := append([]byte("Exif\x00\x00"), block...)
	seg := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return bytes.Join([][]byte{jpg[:2], seg, body, jpg[2:]}, nil)
}

func pngChunk(kind string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

var china = time.FixedZone("UTC+8", 8*3600)

func TestReadExif(t *testing.T) {
	t.Parallel()
	le, be := sampleExif(binary.LittleEndian), sampleExif(binary.BigEndian)
	jpg := inJPEG([]byte{0xff, 0xd8, 0xff, 0xd9}, le)
	png := append([]byte("\x89PNG\r\n\x1a\n"), append(pngChunk("IHDR", make([]byte, 13)), pngChunk("eXIf", be)...)...)
	webp := append([]byte("RIFF\x00\x00\x00\x00WEBP"), []byte("VP8 \x03\x00\x00\x00abc\x00EXIF")...)
	webp = append(binary.LittleEndian.AppendUint32(webp, uint32(len(be))), be...)
	want := Exif{Orientation: 6, TakenAt: time.Date(2026, 11, 21, 2, 30, 0, 0, time.UTC), HasPoint: true, Lat: 30 + 15.5/60, Lon: 120.15}
	for name, in := range map[string]struct {
		data []byte
		kind string
	}{"jpeg": {jpg, JPEG}, "png": {png, PNG}, "webp": {webp, WebP}} {
		got := ReadExif(in.data, in.kind, china)
		if math.Abs(got.Lat-want.Lat) > 1e-9 || math.Abs(got.Lon-want.Lon) > 1e-9 {
			t.Errorf("%s: point = %v, %v; want %v, %v", name, got.Lat, got.Lon, want.Lat, want.Lon)
		}
		got.Lat, got.Lon = want.Lat, want.Lon
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		for n := range in.data { // cut anywhere: nothing wrong, nothing invented
			cut := ReadExif(in.data[:n], in.kind, china)
			if cut.HasPoint && math.Abs(cut.Lat-want.Lat) > 1 || !cut.TakenAt.IsZero() && cut.TakenAt.Year() < 2020 {
				t.Errorf("%s cut at %d reads %+v", name, n, cut)
			}
		}
	}
}

func TestReadExifOddities(t *testing.T) {
	t.Parallel()
	b := exifBuilder{binary.LittleEndian}
	lat, latN := b.rationals(tagGPSLat, 30, 1, 0, 1, 0, 1), b.text(tagGPSLatRef, "N")
	lon, lonE := b.rationals(tagGPSLon, 120, 1, 0, 1, 0, 1), b.text(tagGPSLonRef, "E")
	at := func(y, m, d, h int) time.Time { return time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name            string
		main, exif, gps []field
		want            Exif
	}{
		{name: "offset of the camera", exif: []field{b.text(tagOriginal, "2026:11:21 10:00:00"), b.text(tagOffsetOrig, "-05:00")}, want: Exif{TakenAt: at(2026, 11, 21, 15)}},
		{name: "only the file's time", main: []field{b.text(tagDateTime, "2026:11:21 10:00:00")}, want: Exif{TakenAt: at(2026, 11, 21, 2)}},
		{name: "no date set", exif: []field{b.text(tagOriginal, "0000:00:00 00:00:00")}},
		{name: "not a date", exif: []field{b.text(tagOriginal, "yesterday")}},
		{name: "orientation out of range", main: []field{b.short(tagOrientation, 9)}},
		{name: "south and west", gps: []field{b.text(tagGPSLatRef, "S"), lat, b.text(tagGPSLonRef, "W"), lon}, want: Exif{HasPoint: true, Lat: -30, Lon: -120}},
		{name: "no reference", gps: []field{lat, lonE, lon}},
		{name: "no longitude", gps: []field{latN, lat, lonE}},
		{name: "divided by zero", gps: []field{latN, b.rationals(tagGPSLat, 30, 0, 0, 1, 0, 1), lonE, lon}},
		{name: "no seconds", gps: []field{latN, b.rationals(tagGPSLat, 30, 1, 30, 1, 0, 0), lonE, lon}, want: Exif{HasPoint: true, Lat: 30.5, Lon: 120}},
		{name: "beyond the pole", gps: []field{latN, b.rationals(tagGPSLat, 91, 1, 0, 1, 0, 1), lonE, lon}},
		{name: "no fix", gps: []field{latN, b.rationals(tagGPSLat, 0, 1, 0, 1, 0, 1), lonE, b.rationals(tagGPSLon, 0, 1, 0, 1, 0, 1)}},
		{name: "count that overflows", gps: []field{latN, {tagGPSLat, 5, math.MaxUint32, make([]byte, 8)}, lonE, lon}},
		{name: "unknown kind", gps: []field{latN, {tagGPSLat, 99, 3, make([]byte, 24)}, lonE, lon}},
	} {
		if got := parseTIFF(b.block(tt.main, tt.exif, tt.gps), china); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func FuzzReadExif(f *testing.F) {
	f.Add(sampleExif(binary.LittleEndian))
	f.Add(sampleExif(binary.BigEndian))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\xff\xff"))
	f.Fuzz(func(t *testing.T, block []byte) {
		if len(block) > 60000 {
			return
		}
		for _, in := range []struct {
			data []byte
			kind string
		}{{inJPEG([]byte{0xff, 0xd8, 0xff, 0xd9}, block), JPEG}, {block, JPEG}, {block, PNG}, {block, WebP}} {
			e := ReadExif(in.data, in.kind, china)
			if e.Orientation < 0 || e.Orientation > 8 || math.Abs(e.Lat) > 90 || math.Abs(e.Lon) > 180 || math.IsNaN(e.Lat) {
				t.Errorf("absurd metadata: %+v", e)
			}
			if e.HasPoint == (e.Lat == 0 && e.Lon == 0) {
				t.Errorf("point without a fix: %+v", e)
			}
		}
	})
}
