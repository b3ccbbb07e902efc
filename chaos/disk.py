"""A disk of a campaign's own, small enough to be filled."""

import errno
import subprocess
from pathlib import Path

_SIZE = 96 * 1024 * 1024
_PIECE = bytes(64 * 1024)


class Disk:
    """`folder` is on it. Only root may make one: else `None` of `made`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    @classmethod
    def made(cls, folder: Path) -> "Disk | None":
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=0700", "tmpfs", str(folder)]
        try:
            done = subprocess.run(mount, capture_output=True, check=False)
        except OSError:
            return None
        return cls(folder) if done.returncode == 0 else None

    def fill(self) -> None:
        """Until not a byte more goes on it."""
        size = len(_PIECE)
        with self._ballast.open("wb", buffering=0) as ballast:
            while size:
                try:
                    ballast.write(_PIECE[:size])
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    def end(self) -> None:
        """Lazily: whoever still has a file open there keeps it until it ends."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
