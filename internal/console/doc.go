// Package console is the top of the graph: composite reads for the screens, and the customer's
// server-rendered pages (report, track, choose a time, approve, rate, own units), where every link in a message lands.
//
// It owns no table and decides nothing: reads put together what the modules answer, each by its own right;
// pages call the modules' acts. A page's GET never acts, because scanners and chat programs fetch links
// ahead; pages work without JavaScript.
package console
