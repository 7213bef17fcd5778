"""Schema core: the ledger, the queue in PostgreSQL, the migrations that hold it all."""
