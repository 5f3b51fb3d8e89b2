"""How are a service's tables made again from its own topic? Folded in bulk, written, compared, swapped.

`Slice` folds a share of the accounts, and knows no database; `runtime.postgres.loading` writes it into a generation,
`runtime.postgres.following` brings that up to what happened since, `runtime.postgres.comparing` says what differs from
the live tables. `operations.rebuild` conducts them.
"""

from runtime.rebuild.difference import differences, json_differences
from runtime.rebuild.folding import Broken, Finished, Missing, Slice

__all__ = ["Broken", "Finished", "Missing", "Slice", "differences", "json_differences"]
