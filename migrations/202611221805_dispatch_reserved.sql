-- +goose Up
-- Capacity that promises took, before a visit takes their place.
CREATE VIEW dispatch_pub_reservation AS
SELECT order_id, brand_id, outlet_id, outlet_path, engineer_id, second_id, date, end_at - start_at AS took
FROM dispatch_reservation
WHERE state = 'alive';
