"""Documents on a disk that tears files: always the last state or the one before, and said which."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.store.atomic import AtomicStorage, Owner, StoreError
from appliance.store.documents import Documents

OLD = ({"country": "AT"}, [{"name": "gsm1"}], [{"name": "Früher"}])
NEW = ({"country": "DE"}, [{"name": "gsm1"}, {"name": "gsm2"}], [{"name": "Büro", "numbers": ["+4915155500001"]}])
Content = tuple[object, object, object]


@contextmanager
def full_disk(octets: int) -> Iterator[None]:
    """No file of this process grows beyond `octets`: what a full card looks like to a writer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def content(path: Path) -> tuple[Content, str]:
    documents = Documents(path)
    found = dict(documents.site), list(documents.lines), list(documents.accounts)
    documents.close()
    return found, documents.recovered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that was written twice: NEW stands, OLD is its copy."""
    documents = Documents(tmp_path / "settings.json")
    documents.replace_all(*OLD)
    documents.replace_all(*NEW)
    documents.close()
    return tmp_path / "settings.json"


def test_what_was_written_is_read(path: Path) -> None:
    assert content(path) == (NEW, "")
    assert path.stat().st_mode & 0o077 == 0  # it holds PIN hashes


def test_a_new_directory_is_empty(tmp_path: Path) -> None:
    assert content(tmp_path / "deep" / "settings.json") == (({}, [], []), "")


def test_a_file_torn_at_every_octet_gives_the_copy_and_says_so(path: Path) -> None:
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        found, recovered = content(path)
        assert found == OLD, cut
        assert "the copy before its last change is in use" in recovered


def test_a_torn_copy_harms_nothing(path: Path) -> None:
    backup = Path(f"{path}.bak")
    whole = backup.read_bytes()
    for cut in range(0, len(whole), 7):
        backup.write_bytes(whole[:cut])
        assert content(path) == (NEW, "")


def test_what_a_cut_leaves_aside_harms_nothing(path: Path) -> None:
    """The three moments of a write: beside, before the copy is renamed, before the file is."""
    Path(f"{path}.tmp").write_text('{"site": {"1": {"coun')
    assert content(path) == (NEW, "")
    os.link(path, Path(f"{path}.link"))
    Path(f"{path}.bak").unlink()
    os.link(path, Path(f"{path}.bak"))
    documents = Documents(path)
    documents.replace_all(*OLD)
    assert content(path) == (OLD, "")
    documents.replace_all(*NEW)
    assert sorted(file.name for file in path.parent.iterdir()) == ["settings.json", "settings.json.bak"]


def test_the_good_copy_outlives_the_next_write(path: Path) -> None:
    """After a recovery the torn file must not become the copy."""
    path.write_bytes(b"")
    documents = Documents(path)
    documents.replace_all(*NEW)
    path.write_bytes(b"{")
    assert content(path)[0] == OLD
    assert Documents(path).recovered


def test_a_lost_file_gives_the_copy(path: Path) -> None:
    path.unlink()
    found, recovered = content(path)
    assert found == OLD
    assert recovered


def test_both_torn_is_said_with_a_remedy(path: Path) -> None:
    path.write_bytes(b"{")
    Path(f"{path}.bak").write_bytes(b"")
    with pytest.raises(StoreError, match=r"settings\.json is unreadable .* apply your site file again"):
        Documents(path)


@pytest.mark.parametrize("text", ["[]", "null", '{"site": 5}', '{"site": {"1": 5}}', '{"site": {"x": {}}}', "[" * 9999,
                                  '{"site": {"1": {}}} tail', "\ufeff{}", '{"site": {"²": {}}}'])
def test_json_that_is_no_table_of_documents(path: Path, text: str) -> None:
    path.write_text(text)
    assert content(path)[0] == OLD


def test_octets_that_are_no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    assert content(path)[0] == OLD


def test_a_full_disk_leaves_everything_as_it_was(path: Path) -> None:
    documents = Documents(path)
    with full_disk(40), pytest.raises(StoreError, match=r"cannot be written: .*; make room"):
        documents.replace_all({"country": "CH"}, [], [])
    assert content(path) == (NEW, "")
    assert not Path(f"{path}.tmp").exists()
    assert documents.site == {"country": "DE"}


def test_half_a_character_is_refused_before_anything_is_written(path: Path) -> None:
    with pytest.raises(StoreError, match="is no character"):
        Documents(path).replace_all({"country": "\ud800"}, [], [])
    assert content(path) == (NEW, "")


def test_the_storage_reads_none_when_there_is_nothing(tmp_path: Path) -> None:
    assert AtomicStorage(tmp_path / "x.json").read() is None


def test_a_directory_has_one_owner(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys, pathlib\nfrom appliance.store.atomic import Owner\n"
         "o = Owner(pathlib.Path(sys.argv[1])); print('mine', flush=True); sys.stdin.read()", str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "mine\n"
    with pytest.raises(StoreError, match=f"is in use by process {holder.pid}; stop it first, or talk to it"):
        Owner(tmp_path)
    holder.kill()
    holder.communicate()
    owner = Owner(tmp_path)  # the lock died with its process, whatever its file says
    with pytest.raises(StoreError, match=f"process {os.getpid()}"):
        Owner(tmp_path)
    owner.close()
    Owner(tmp_path).close()


def test_a_directory_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another with --data"):
        Owner(tmp_path / "file")
