// Command gen cuts the font of papers down to the characters that they use.
//
//	npm pack @expo-google-fonts/noto-sans-sc && tar xzf expo-google-fonts-noto-sans-sc-*.tgz
//	go run ./internal/platform/pdf/gen package/400Regular/NotoSansSC_400Regular.ttf internal/platform/pdf/font.ttf.gz
//
// What stays: ASCII, Latin-1, the punctuation of both scripts, and the 6,763 Chinese characters of GB 2312
// with its symbols. Names hold rarer ones now and then; papers show them masked, and a missing one as a
// box.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: gen <font.ttf> <cut.ttf.gz>")
	}
	full, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	set, err := characters()
	if err != nil {
		return err
	}
	cut := fpdf.UTF8CutFont(full, set)
	if len(cut) == 0 {
		return fmt.Errorf("%s: no font came out", args[0])
	}
	fmt.Printf("%d characters, %d of %d bytes\n", len([]rune(set)), len(cut), len(full))
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = z.Write(cut)
	if err := errors.Join(err, z.Close()); err != nil {
		return err
	}
	return os.WriteFile(args[1], b.Bytes(), 0o644)
}

// characters lists what the cut font holds. GB 2312 lies in the rows A1–A9 and B0–F7 of GBK.
func characters() (string, error) {
	var raw []byte
	for hi := 0xA1; hi <= 0xF7; hi++ {
		if hi >= 0xAA && hi < 0xB0 {
			continue
		}
		for lo := 0xA1; lo <= 0xFE; lo++ {
			raw = append(raw, byte(hi), byte(lo))
		}
	}
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(raw)
	if err != nil {
		return "", err
	}
	out := []rune{}
	for r := rune(0x20); r < 0x7F; r++ {
		out = append(out, r)
	}
	for r := rune(0xA0); r <= 0xFF; r++ {
		out = append(out, r)
	}
	out = append(out, []rune("‐–—‘’“”…·•‰′″※€℃㎡㎥≤≥×÷±¥¥,。、;:?!()【】《》〈〉「」")...)
	for _, r := range string(text) {
		if r != 0xFFFD {
			out = append(out, r)
		}
	}
	return string(out), nil
}
