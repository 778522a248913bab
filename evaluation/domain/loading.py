"""From what a person names (a file, a folder, a shipped benchmark) to a specification and its questions.

What can be named:

- a TOML specification, its data beside it or in the data folder given;
- a folder with a `benchmark.toml`;
- a folder called as a benchmark whose specification is shipped, such as …/medqa;
- a BRIDGE file `*.SFT.json` or a MedS-Bench file `task*.json`, or a folder of either kind: these describe
  themselves;
- the name of a shipped benchmark, with a data folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.domain.benchmarks import BenchmarkError, BenchmarkSpec, FileSpec, Question
from evaluation.domain.readers import bridge, meds_bench, reader
from evaluation.domain.readers.published import slug_of
from evaluation.domain.readers.rows import DataFile, Dropped, Located, SettingsError
from evaluation.domain.specification import checked, read_specification
from evaluation.domain.validation import validated

SHIPPED = Path(__file__).parents[1] / "specs"
SELF_DESCRIBING = {bridge.PATTERN: bridge.describe, meds_bench.PATTERN: meds_bench.describe}


@dataclass(frozen=True)
class Resolved:
    spec: BenchmarkSpec
    folder: Path  # where the data files are


@dataclass
class Questions:
    """The checked questions, read afresh each time they are iterated over.

    `dropped` counts published rows that are no questions, by reason; it is complete once an iteration is.
    """

    spec: BenchmarkSpec
    folder: Path
    dropped: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[Question]:
        self.dropped.clear()
        found = False
        for row in validated(self.spec, _rows(self.spec, self.folder)):
            if isinstance(row, Dropped):
                self.dropped[row.reason] += 1
            else:
                found = True
                yield row
        if not found:
            raise BenchmarkError(f"{self.spec.slug}: the files hold no questions{_told(self.dropped)}")


@dataclass(frozen=True)
class LoadedBenchmark:
    spec: BenchmarkSpec
    questions: Questions


def load(path: Path, data: Path | None = None) -> LoadedBenchmark:
    """Resolve `path` and make its questions readable; BenchmarkError when it names nothing readable.

    Questions are read, and their files checked, when they are iterated over.
    """
    found = resolve(path, data)
    for number, file in enumerate(found.spec.files, start=1):
        data_files(found.folder, file, f"[[files]] number {number}")
    return LoadedBenchmark(found.spec, Questions(found.spec, found.folder))


def resolve(path: Path, data: Path | None = None) -> Resolved:
    """The specification `path` stands for, and the folder its data is in."""
    if data is not None and not data.is_dir():
        raise BenchmarkError(f"data folder {data} does not exist")
    if path.is_dir():
        return _of_folder(path, data)
    if path.is_file():
        return _of_file(path, data)
    return _by_name(path, data)


def shipped() -> dict[str, Path]:
    """Slug → specification of the benchmarks that come with the platform."""
    alone = {path.stem: path for path in SHIPPED.glob("*.toml")}
    with_items = {path.parent.name: path for path in SHIPPED.glob("*/benchmark.toml")}
    return dict(sorted((alone | with_items).items()))


def data_files(folder: Path, file: FileSpec, where: str) -> list[DataFile]:
    """The files of one [[files]] table in a stable order. A path without wildcards must exist."""
    found: dict[Path, None] = {}
    for pattern in file.paths:
        try:
            matching = sorted(path for path in folder.glob(pattern) if path.is_file())
        except OSError as error:
            raise BenchmarkError(f"{where}: {pattern!r} cannot be looked for: {error.strerror}") from None
        if not matching and not any(sign in pattern for sign in "*?["):
            raise BenchmarkError(f"{where}: {folder / pattern} does not exist; is this the data folder?")
        found.update(dict.fromkeys(matching))
    return [DataFile(path, path.relative_to(folder).as_posix()) for path in found]


def _rows(spec: BenchmarkSpec, folder: Path) -> Iterator[Located | Dropped]:
    for number, file in enumerate(spec.files, start=1):
        where = f"[[files]] number {number}"
        try:
            yield from reader(file.reader)(data_files(folder, file, where), file.settings)
        except SettingsError as fault:
            raise BenchmarkError(f"{spec.slug}: {where}, reader {file.reader!r}: {fault}") from None


def _of_folder(folder: Path, data: Path | None) -> Resolved:
    name = folder.resolve().name
    if (folder / "benchmark.toml").is_file():
        return Resolved(read_specification(folder / "benchmark.toml"), data or folder)
    if name in shipped():
        return Resolved(read_specification(shipped()[name]), data or folder)
    for pattern, describe in SELF_DESCRIBING.items():
        if files := sorted(path for path in folder.glob(pattern) if path.is_file()):
            return _described(name, files, describe)
    raise BenchmarkError(
        f"{folder} holds no benchmark.toml and is not called as a shipped benchmark ({', '.join(shipped())})"
    )


def _of_file(path: Path, data: Path | None) -> Resolved:
    if path.suffix == ".toml":
        return Resolved(read_specification(path), data or path.parent)
    for pattern, describe in SELF_DESCRIBING.items():
        if path.match(pattern):
            return _described(path.name.split(".", 1)[0], [path], describe)
    raise BenchmarkError(
        f"{path} is neither a TOML specification nor a file that describes itself "
        f"({', '.join(SELF_DESCRIBING)}); name the specification or the folder instead"
    )


def _by_name(path: Path, data: Path | None) -> Resolved:
    specification = shipped().get(path.as_posix())
    if specification is None:
        raise BenchmarkError(
            f"{path} does not exist, nor is a benchmark of that name shipped; shipped: {', '.join(shipped())}"
        )
    if data is None and specification.name != "benchmark.toml":
        raise BenchmarkError(f"benchmark {path} comes without its data: name the folder of its data as well")
    return Resolved(read_specification(specification), data or specification.parent)


def _described(
    name: str, paths: Sequence[Path], describe: Callable[[Sequence[DataFile], str], BenchmarkSpec]
) -> Resolved:
    files = [DataFile(path, path.name) for path in paths]
    return Resolved(checked(describe(files, slug_of(name)), name), paths[0].parent)


def _told(dropped: Counter[str]) -> str:
    if not dropped:
        return "; are they empty?"
    return "; left out: " + ", ".join(f"{count} because {reason}" for reason, count in dropped.items())
