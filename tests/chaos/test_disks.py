import errno
import os
from pathlib import Path

import pytest

from tests.chaos.disks import Disks, full, may_mount


def test_a_full_disk_takes_nothing_until_it_is_emptied_again(tmp_path: Path):
    if not may_mount():  # asked here, since asking mounts: not whenever tests are collected
        pytest.skip("no leave to mount, so no disk was filled")
    with Disks() as disks:
        disks.mount(tmp_path / "disk")
        file = tmp_path / "disk" / "file"
        with full(tmp_path / "disk"), pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            file.write_bytes(b"x" * 100_000)
        assert file.write_bytes(b"x" * 100_000) == 100_000
    assert not os.path.ismount(tmp_path / "disk")
