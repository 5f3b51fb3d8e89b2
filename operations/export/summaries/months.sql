-- One row per month since the first order or activation, to that of the day `as_of`, with the last day told of it.
CREATE OR REPLACE VIEW months AS
WITH span AS (
    SELECT
        least(
            (SELECT min(ordered_on) FROM order_placed),
            (SELECT min(activated_on) FROM service_activated)
        ) AS first_day,
        coalesce(
            getvariable('as_of')::DATE,
            (now() AT TIME ZONE 'Europe/Rome')::DATE
        ) AS as_of
),
month AS (
    SELECT
        unnest(generate_series(
            date_trunc('month', first_day), as_of, INTERVAL 1 MONTH
        ))::DATE AS month,
        as_of
    FROM span
)
SELECT month, least(last_day(month), as_of) AS last_day
FROM month;
