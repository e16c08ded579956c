// Package files keeps what people upload: photos and signatures from the site, proofs of purchase,
// videos, recordings, sheets to import.
//
// It owns the content store (a local folder or S3, behind [Store]), the table files_file, what may be
// uploaded for which purpose, and pictures fit to be served. It does not decide who may see a file: the
// owner of the record does, then asks for [Service.Open] or signs a link by [Service.Sign].
//
// # States
//
//	stored → attached   (AttachTx: a record of another module took it)
//	stored → deleted    (Sweep: nobody took it within a day)
//	attached → deleted  (DeleteTx, DeleteRecordTx)
//	deleted → gone      (Sweep: the bytes are removed; digest and size stay as a trace)
//
// # Rules
//
// Bytes are stored before and outside any transaction, so a row never names bytes that are not there.
// Bytes without a row are the leftovers of a crash, which [Service.SweepObjects] removes. The type is
// read from the bytes; what the client declares counts for nothing. The original is kept bit by bit
// with its SHA-256. Everything is sealed by the key of the person it concerns, or by the installation's
// key when there is none: destroying the key erases the file, in backups too.
//
// People are shown re-encoded pictures (JPEG, turned upright, without metadata, at most 320 or 1600
// pixels wide and high), made when first asked for and kept beside the original. The time and place
// that a camera wrote into the original are read into the row, as evidence of where the engineer was.
package files
