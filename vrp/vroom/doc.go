// Package vroom reads problems and writes plans in the JSON form of VROOM, so that whoever plans with it can plan with
// package vrp without changing a file. The form is that of VROOM's docs/API.md as of version 1.15 and of what its
// src/utils/output_json.cpp prints.
//
// # Read
//
// Jobs, shipments, vehicles with breaks (also with max_load), types, skills, priorities, amounts, time windows, setup and service (also per type), max_tasks, speed_factor, costs
// (fixed, per_hour, per_km, per_task_hour), max_travel_time, max_distance and matrices (durations, distances, costs) by profile; the old keys matrix and amount.
// Types are strict: what is no whole number where one belongs is an error that names the place, as in
// jobs[3].time_windows[0]. Unknown keys are passed over, as VROOM does. The steps of a vehicle, which VROOM begins its search with, say what to begin with
// here as well: their order, when they happen is found again; their service_at, service_after and service_before belong to VROOM's other mode,
// which only times given routes (vroom -c), and bind here as little as there. A third number of a location is passed over. Speeds by the time of day, which package vrp knows, are not part of VROOM's form.
//
// Without matrices there is no routing engine to ask. Ways are then straight lines on the globe times 1.3, cycled at 15
// km/h (profiles bike, bicycle, cycling-…), walked at 5 (foot, pedestrian, walking, foot-…) or driven, the first 10 km
// at 30 and what is beyond at 70. Seconds are rounded up, also after dividing by speed_factor. Vehicles without hours
// have hours wide enough for any plan that wastes no time, but no wider than the search's span of some four years.
//
// # Written
//
// Exactly VROOM's keys: routes of vehicles without a place to begin or to end at begin and end where their first and last task is; distances
// are told wherever they are known, geometry is not. What is wrong is told as code and error. And one key more: reasons, which says for each unassigned task, by "job:7" or "delivery:7", which
// rules were in the way.
package vroom
