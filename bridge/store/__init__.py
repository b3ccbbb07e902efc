"""Where everything is kept that must outlive a process: one SQLite file or one Postgres database.

Transactions, tables, migrations, seals and fingerprints. It knows columns and keys, and nothing of people or forms.

Face: `counters`, `group_commit`, `portable`, `postgres`, `prepared`, `sealed_columns`, `size`, `store`,
`tables`, `vault`.
"""
