"""The PostgreSQL and Redis that `make up` and the tests start when no address is given.

Both listen on the loopback address alone, want a password, keep their data in a folder that
nobody else may open, and run as an unprivileged user when the caller is root.
"""
