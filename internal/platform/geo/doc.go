// Package geo knows places in China: the divisions and their codes, addresses as people paste them, points and their
// datums, and travel times between points.
//
// It owns no table, and reaches the network only where [Online] asks a routing service for ways. Divisions come from an embedded list (province, city, county, town; about
// 280 kB, unpacked on first use to under 3 MB); see gen for its sources and how to rebuild it. The list is a state of
// mid 2023 plus a table of former counties, so that "江干区" still leads to where it lies today.
//
// Addresses are taken apart by rules and the list: rules propose spans (a division, a number with its counter word, a
// run of text with a telling end), a fixed table of weights chooses the best path through them. Same text, same parts;
// nothing is learnt at run time. See docs of Parse.
//
// What it does not do: it holds no door, street or county coordinates (outside the four municipalities), so an address
// resolves to a city's centre at best; finer points come from the firm's own import or a geocoder. Road networks are
// behind Travel; the built-in providers estimate, read a table, or ask OSRM, Valhalla or 高德.
package geo
