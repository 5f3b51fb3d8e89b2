-- What became of the mails
-- A mail has one fate; in doubt means that a crash left open whether it left, and that an operator decides.
WITH fate AS (
    SELECT email_id, 'sent' AS fate FROM email_sent
    UNION ALL
    SELECT email_id, 'failed' FROM email_failed
    UNION ALL
    SELECT email_id, 'in doubt' FROM email_in_doubt
)
SELECT
    template,
    count(DISTINCT email_id) AS requested,
    count(DISTINCT email_id) FILTER (fate = 'sent') AS sent,
    count(DISTINCT email_id) FILTER (fate = 'failed') AS failed,
    count(DISTINCT email_id) FILTER (
        fate = 'in doubt'
        AND email_id NOT IN (
            SELECT email_id FROM fate WHERE fate <> 'in doubt'
        )
    ) AS in_doubt
FROM email_requested
LEFT JOIN fate USING (email_id)
GROUP BY template
ORDER BY requested DESC, template
