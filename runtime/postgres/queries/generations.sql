-- name: constraints
-- The keys of a generation's tables, which can be made again from what the catalogue says of them.
SELECT c.relname AS table, quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
WHERE c.relnamespace = $1::text::regnamespace AND c.relname = ANY ($2::text[]) AND k.contype IN ('p', 'u')
ORDER BY 1, 2;

-- name: indexes
-- Those that hang from no key.
SELECT c.relname AS table, quote_ident(i.relname) AS name, pg_get_indexdef(i.oid) AS definition
FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS c ON c.oid = x.indrelid
WHERE c.relnamespace = $1::text::regnamespace AND c.relname = ANY ($2::text[])
ORDER BY 1, 2;

-- name: columns
-- What the live views and a generation's tables look like: name and type of each column, in order.
SELECT n.nspname::text AS schema, c.relname::text AS table,
       array_agg(a.attname || E'\n' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS columns
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE n.nspname IN ('live', $1) AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
GROUP BY 1, 2;

-- name: rights
-- Who may do what with the live accounts, their owner aside: the service's role.
SELECT quote_ident(r.rolname) AS role, a.privilege_type AS right
FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
WHERE c.oid = to_regclass('live.accounts') AND a.grantee <> c.relowner
  AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE');

-- name: indexed
-- The columns that keys and indexes of a table name.
SELECT string_agg(DISTINCT quote_ident(a.attname), ', ')
FROM pg_index AS x JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)
WHERE x.indrelid = $1::text::regclass;
