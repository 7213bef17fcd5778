"""The contract: one model a file, a reader for all of them. Pure: no I/O."""
