// Package charset turns the bytes of texts that others wrote into text: it finds how they are encoded and reads them strictly.
// It owns no formats: what the text says is for others to read.
package charset
