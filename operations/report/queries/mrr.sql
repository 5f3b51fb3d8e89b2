-- Monthly recurring revenue
-- The net price of a year, by the catalogue its order was priced from, / 12, of each service that runs on the last day of a
-- month; 0 while it runs for a term that was free with its base. Summed up, then rounded once.
SELECT
    month,
    product,
    count(*) FILTER (yearly_net_cents > 0) AS paying,
    ((sum(yearly_net_cents) + 6) // 12)::BIGINT AS mrr_net_cents
FROM months
JOIN running_terms
    ON months.last_day BETWEEN first_day AND running_terms.last_day
GROUP BY month, product
ORDER BY month, product
