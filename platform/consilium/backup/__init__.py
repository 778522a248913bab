"""Everything that is not code in one archive, and back: the database and the files kept beside it.

The archive is a ZIP: `database.dump` (pg_dump's own format), `files/…` under the names the database knows
them by, and `manifest.json`, which holds a checksum of every table and file. A restore ends by computing them
all again. Secrets are not in it: whoever runs the site keeps SECRET_KEY and ENDPOINT_KEY_SECRETS elsewhere.
"""

from consilium.backup.manifest import Manifest
from consilium.backup.restoring import Restored, restore
from consilium.backup.writing import BackupError, back_up

__all__ = ["BackupError", "Manifest", "Restored", "back_up", "restore"]
