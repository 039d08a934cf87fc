"""A small file system for each broker's data, which can really be full. Needs leave to mount: root has it."""

import contextlib
import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SIZE = 2**30  # bytes of memory, taken as they are written; a long run's data are a tenth of it
FILLER = "filler"


class Disks(contextlib.ExitStack):
    """What was mounted goes with it, whoever still holds a file there."""

    def mount(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder))
        self.callback(_run, "umount", "--lazy", str(folder))


def may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder, Disks() as disks:
        try:
            disks.mount(Path(folder) / "disk")
        except (OSError, subprocess.CalledProcessError):
            return False
        return True


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is free, for as long as the context lasts."""
    filler = folder / FILLER
    try:
        with filler.open("wb") as file:
            _fill(file.fileno(), folder)
        yield
    finally:
        filler.unlink()


def _fill(file: int, folder: Path) -> None:
    """Others write meanwhile: what was free a moment ago may be taken."""
    size = 0
    while free := os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize:
        try:
            os.posix_fallocate(file, size, free)
            size += free
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
