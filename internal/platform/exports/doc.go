// Package exports writes lists to files: what a list shows, with its filters and columns, as CSV or XLSX, made by a job
// on the server with progress and cancel.
//
// It owns no table: an export is a task (package jobs) whose result names a file (package files). It knows no list
// either: it reads the pages of the list's own operation in the name of who asked, with the scope and permissions that he
// has while the job runs, so the file holds what the screen would show, masked as there. A page is written before the next
// is read, so memory does not grow with the list.
//
// The file is private to who asked and is swept a day later. What was asked for is sealed in the queue, since filters may
// hold a phone number. Start and end stand in the audit trail.
package exports
