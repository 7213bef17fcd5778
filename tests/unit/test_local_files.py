"""Owner-only files, the lock between processes, free ports."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from academico_cli.errors import DiskFull, HomeUnusable, LocalServerFailed
from academico_cli.local import files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_file_is_replaced_whole_and_never_readable_by_others(tmp_path):
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)

    files.write_private(path, "new")

    assert path.read_text() == "new"
    assert mode(path) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]


def test_a_folder_of_ours_is_closed_and_a_strangers_is_left_alone(tmp_path):
    ours, strange = tmp_path / "ours", tmp_path / "strange"
    for folder in (ours, strange):
        folder.mkdir()
        folder.chmod(0o755)
        (folder / "thing").write_text("")
    (ours / "up.json").write_text("{}")

    files.private_folder(ours, ours="up.json")
    files.private_folder(strange, ours="up.json")
    files.private_folder(tmp_path / "new", ours="up.json")

    assert (mode(ours), mode(strange), mode(tmp_path / "new")) == (0o700, 0o755, 0o700)


def test_only_one_holds_the_lock(tmp_path):
    with (
        files.locked(tmp_path),
        pytest.raises(LocalServerFailed),
        files.locked(tmp_path, seconds=0.1),
    ):
        pytest.fail("both hold it")


def test_a_lock_whose_file_was_deleted_is_not_held(tmp_path):
    entered = threading.Event()

    def wait() -> None:
        with files.locked(tmp_path, seconds=10):
            entered.set()

    with files.locked(tmp_path):
        waiting = threading.Thread(target=wait)
        waiting.start()
        (tmp_path / "lock").unlink()
        assert entered.wait(5)  # a new file, a new lock
    waiting.join()


def test_a_taken_port_is_not_free_and_a_recorded_one_is_kept(tmp_path):
    port = files.free_port()

    assert files.free_port(port) == port
    assert files.free_port(port, taken=(port,)) != port
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        assert not files.port_is_free(port)
        assert files.free_port(port) != port


@pytest.mark.parametrize(
    ("number", "kind"),
    [(28, DiskFull), (122, DiskFull), (13, HomeUnusable), (30, HomeUnusable)],
)
def test_errors_of_the_file_system_say_what_to_do(tmp_path, number, kind):
    with pytest.raises(kind, match="ACADEMICO_HOME"), files.mended(tmp_path):
        raise OSError(number, os.strerror(number))
