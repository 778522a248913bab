"""PostgreSQL and Redis that come with the packages: the real servers, on private Unix sockets.

Importing this package only computes addresses. `consilium.embedded.services` starts what is not running.
"""

from consilium.embedded.addresses import (
    broker_url,
    database,
    database_url,
    redis_url,
    socket_folder,
    state_folder,
)

__all__ = ["broker_url", "database", "database_url", "redis_url", "socket_folder", "state_folder"]
