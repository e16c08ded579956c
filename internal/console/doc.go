// Package console is the top of the graph: composite reads for the screens, and the customer's
// server-rendered pages (report, track, choose a time, approve, rate, own units, returns, who is at the door), where every
// link in a message lands.
//
// It owns no table and decides nothing: reads put together what the modules answer, each by its own right;
// pages call the modules' acts. A page's GET never acts, because scanners and chat programs fetch links
// ahead; pages work without JavaScript, and portal.js keeps them up to date, and keeps what was typed where no answer comes.
//
// Pages speak Chinese, English, Japanese and Korean: the language of the address (lang=), else the one chosen there before,
// else the customer's own, else the browser's. words.ja.json and words.ko.json hold the keys of all modules that pages show.
//
// The report form asks what knowledge has for the brand and the product: what may be dangerous first, then the symptom, then
// a few questions. An answer that names a danger shows what to do before the form is taken, and makes the case urgent.
//
// An engineer's place shows while he travels and agreed to it, as distance and direction only. A visit badge
// proves an engineer around the visit's time: a link of ten minutes, shown as a QR code on his phone.
package console
