"""The reserve is really allocated, and really given back."""

from pathlib import Path

from dispatcher.adapters.sql.files import Reserve, StorePaths, write_zeros


def test_where_everything_is() -> None:
    paths = StorePaths.beside(Path("/data/a.db"))
    assert paths.key == Path("/data/a.db.key")
    assert paths.journal == Path("/data/a.db.journal")
    assert paths.reserve == Path("/data/a.db.reserve")
    moved = StorePaths.beside(Path("/data/a.db"), key=Path("/k"), journal=Path("/j"))
    assert (moved.key, moved.journal) == (Path("/k"), Path("/j"))


def test_a_reserve_takes_its_space_and_gives_it_back(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "r", 3 << 20)
    assert not reserve.held
    assert reserve.allocate()
    assert (tmp_path / "r").stat().st_blocks * 512 >= 3 << 20
    assert reserve.allocate()
    assert reserve.free()
    assert not (tmp_path / "r").exists()
    assert not reserve.free()


def test_a_reserve_cut_short_is_made_whole(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"\0" * 10)
    Reserve(tmp_path / "r", 4096).allocate()
    assert (tmp_path / "r").stat().st_size == 4096


def test_no_reserve(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "r", 0)
    assert not reserve.allocate()
    assert not reserve.held
    assert list(tmp_path.iterdir()) == []


def test_zeros_are_written_to_the_byte(tmp_path: Path) -> None:
    write_zeros(tmp_path / "z", (1 << 20) + 7)
    assert (tmp_path / "z").read_bytes() == bytes((1 << 20) + 7)
