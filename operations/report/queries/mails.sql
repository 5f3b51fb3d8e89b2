-- What became of the mails
-- A mail has one fate; in doubt means that a crash left open whether it left, and that an operator decides. One whose
-- credentials expired before it could be written fails without having been requested.
WITH said AS (
    SELECT email_id, template, 'requested' AS what FROM email_requested
    UNION ALL
    SELECT email_id, template, 'sent' FROM email_sent
    UNION ALL
    SELECT email_id, template, 'failed' FROM email_failed
    UNION ALL
    SELECT email_id, template, 'in doubt' FROM email_in_doubt
),
mail AS (
    SELECT
        email_id,
        template,
        bool_or(what = 'requested') AS requested,
        bool_or(what = 'sent') AS sent,
        bool_or(what = 'failed') AS failed,
        bool_or(what = 'in doubt') AS doubted
    FROM said
    GROUP BY email_id, template
)
SELECT
    template,
    count(*) AS mails,
    count(*) FILTER (requested) AS requested,
    count(*) FILTER (sent) AS sent,
    count(*) FILTER (failed) AS failed,
    count(*) FILTER (doubted AND NOT sent AND NOT failed) AS in_doubt
FROM mail
GROUP BY template
ORDER BY mails DESC, template
