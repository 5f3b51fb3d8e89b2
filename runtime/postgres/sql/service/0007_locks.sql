-- What a batch locks, and how it stands then, in one call each. Volatile: each statement sees what was committed while the
-- one before it waited, for a lock's own statement is older than what it waited for. The tables are the live ones.
CREATE FUNCTION runtime.lock_accounts(wanted text[])
RETURNS TABLE (account text, what text, number bigint, content text) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- An account must exist to be locked; sorted, so that two instances never wait for each other in a circle.
    INSERT INTO accounts (customer_id, version, state)
    SELECT missing, 0, NULL FROM unnest(wanted) AS missing ORDER BY missing
    ON CONFLICT (customer_id) DO NOTHING;

    PERFORM 1 FROM accounts WHERE customer_id = ANY (wanted) ORDER BY customer_id FOR UPDATE;

    RETURN QUERY
    SELECT customer_id, 'state', version, state::text FROM accounts WHERE customer_id = ANY (wanted)
    UNION ALL
    SELECT customer_id, 'heard', version, source FROM runtime.inbox WHERE customer_id = ANY (wanted);

    RETURN QUERY
    SELECT customer_id, 'parked', id, reason FROM runtime.parked WHERE customer_id = ANY (wanted) ORDER BY id;
END
$$;

-- One lock per claim, taken whether or not anybody holds it yet: of two first comers one waits, and then sees the other.
CREATE FUNCTION runtime.lock_claims(locks bigint[], kinds text[], keys text[])
RETURNS TABLE (kind text, key text, customer_id text, holder text, content text) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(lock) FROM (SELECT lock FROM unnest(locks) AS lock ORDER BY lock) AS sorted;

    RETURN QUERY
    SELECT held.kind, held.key, held.customer_id, held.holder, held.content
    FROM claims AS held WHERE (held.kind, held.key) IN (SELECT * FROM unnest(kinds, keys))
    ORDER BY held.kind, held.key, held.customer_id;
END
$$;
