"""One list of dependencies: what pyproject.toml says, environment.yml and the locks repeat."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ANY = SpecifierSet()
PYTHONS = [f"3.{n}" for n in range(100) if f"3.{n}" in SpecifierSet(PROJECT["project"]["requires-python"])]
LOCKS = ("requirements.txt", "requirements-test.txt")


def by_name(lines):
    """Specifiers by package name; the kit itself, which extras name to include one another, is left out."""
    found = {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}
    found.pop(PROJECT["project"]["name"], None)
    return found


def asked(*extras):
    """What running the kit, building it and the `extras` ask for."""
    optional = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    return by_name(lines + [line for extra in extras for line in optional[extra]])


def locked(name):
    """Each locked requirement with the hashes that follow it; a package may have one per Python version."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line.split("--hash=") for line in text.splitlines() if line and not line.startswith("#")]
    assert entries, f"{name} locks nothing"
    return [(Requirement(requirement), hashes) for requirement, *hashes in entries]


def test_conda_has_the_same_packages_and_bounds():
    listed = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    from_pip = next(line["pip"] for line in CONDA["dependencies"] if isinstance(line, dict))
    conda = by_name([line for line in listed + from_pip if line != "-e ."])
    assert conda.pop("python") == SpecifierSet(PROJECT["project"]["requires-python"])
    assert conda.pop("pip") == ANY
    assert conda == asked("postgres", "test")


def test_every_list_of_pythons_is_the_same():
    classified = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    tried = re.search(r"^PYTHON \?= .*for python in (.*); do", MAKEFILE, re.MULTILINE)[1]
    assert classified == sorted(re.findall(r"python(3\.\d+)", tried)) == PYTHONS
    oldest, newest = (f"(3, {version.removeprefix('3.')})" for version in (PYTHONS[0], PYTHONS[-1]))
    assert f"SUITABLE = import sys; sys.exit(not {oldest} <= sys.version_info[:2] <= {newest})" in MAKEFILE
    for text in (MAKEFILE, *((ROOT / guide).read_text(encoding="utf-8") for guide in ("README.md", "CONTRIBUTING.md"))):
        assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}" in text


def test_the_workflow_runs_the_oldest_and_the_newest_python():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["answers"]["strategy"]["matrix"]["python"]
    assert {PYTHONS[0], PYTHONS[-1]} <= set(matrix) <= set(PYTHONS)


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.txt", ()), ("requirements-test.txt", ("postgres", "test"))]
)
def test_a_lock_keeps_to_the_bounds(lock, extras):
    wanted = asked(*extras)
    versions = [(canonicalize_name(r.name), str(r.specifier).removeprefix("==")) for r, _ in locked(lock)]
    assert wanted.keys() <= {name for name, _ in versions}, "run `make lock`"
    assert [(name, version) for name, version in versions if version not in wanted.get(name, ANY)] == []


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_one_version_of_each_package_for_every_python(lock, python):
    there = {"python_version": python, "python_full_version": f"{python}.9"}
    names = [canonicalize_name(r.name) for r, _ in locked(lock) if r.marker is None or r.marker.evaluate(there)]
    assert len(names) == len(set(names)) and asked().keys() <= set(names)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_addresses(lock):
    for requirement, hashes in locked(lock):
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), f"{requirement} is not one version"
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", one) for one in hashes)
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


def test_the_tests_run_with_what_people_run():
    in_tests = {str(requirement) for requirement, _ in locked("requirements-test.txt")}
    assert {str(requirement) for requirement, _ in locked("requirements.txt")} <= in_tests


def test_make_help_names_every_target():
    phony = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    for_people, for_other_targets = (set(names.split()) for names in phony)
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make ([\w-]+)", helped, re.MULTILINE)) == for_people
    assert for_other_targets == {"browser", "postgres", "nginx", "office"}
