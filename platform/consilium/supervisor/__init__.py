"""Keep a few named processes running, in order, and end all of them together."""

from consilium.supervisor.children import CannotStartError, Child, Launch
from consilium.supervisor.lock import AlreadyRunningError, FolderLock, Holder, holder
from consilium.supervisor.supervisor import LOCK, StopRequested, Supervisor, make_state_folder

__all__ = [
    "LOCK",
    "AlreadyRunningError",
    "CannotStartError",
    "Child",
    "FolderLock",
    "Holder",
    "Launch",
    "StopRequested",
    "Supervisor",
    "holder",
    "make_state_folder",
]
