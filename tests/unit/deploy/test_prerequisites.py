"""What does somebody read on a machine that lacks something? One line with the command that installs it."""

import subprocess
from pathlib import Path

import pytest

from deploy.local import prerequisites
from deploy.local.layout import ROOT
from deploy.local.progress import StackFailure

OLD = '#!/bin/sh\n[ "$1" = -c ] && exit 1\n'
# As Debian's without python3-venv: new enough, and without ensurepip.
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *print*) echo python3.11-venv;; esac\n'
WHOLE = '#!/bin/sh\nif [ "$2" = venv ]; then mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; fi\n'
HALF = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be the only folder of programs; a test puts into it what its machine has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "mkdir", "cp", "id"):
        (folder / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return path


def venv(tools: Path, python: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "deploy/local/venv.sh"), python, str(tools.parent / "made")]
    return subprocess.run(command, check=False, capture_output=True, text=True)


class TestWhenTheVirtualEnvironmentIsMade:
    def test_a_python_that_is_not_there_is_named(self, tools: Path) -> None:
        done = venv(tools, "python3")
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "coterm: python3 is missing or older than Python 3.11: name a newer one: make PYTHON=python3.12 demo"
        ]

    def test_so_is_one_that_is_too_old(self, tools: Path) -> None:
        program(tools, "python3", OLD)
        assert "older than Python 3.11" in venv(tools, "python3").stderr

    def test_without_venv_the_package_is_named_that_brings_it(self, tools: Path) -> None:
        program(tools, "python3", WITHOUT_VENV)
        program(tools, "apt-get", "#!/bin/sh\n")
        (tools / "id").unlink()
        program(tools, "id", "#!/bin/sh\necho 1000\n")
        done = venv(tools, "python3")
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "coterm: python3 can't make virtual environments: sudo apt-get install -y python3.11-venv"
        ]

    def test_as_root_it_is_installed_saying_so(self, tools: Path) -> None:
        program(tools, "python3", WITHOUT_VENV)
        program(tools, "apt-get", f"#!/bin/sh\n[ $1 = install ] && echo $* > {tools.parent}/asked\nexit 0\n")
        (tools / "id").unlink()
        program(tools, "id", "#!/bin/sh\necho 0\n")
        assert "running apt-get install -y python3.11-venv" in venv(tools, "python3").stdout
        assert (tools.parent / "asked").read_text().split()[-1] == "python3.11-venv"

    def test_half_a_one_is_made_anew_and_a_whole_one_stays(self, tools: Path) -> None:
        program(tools, "python3", WHOLE)
        made = tools.parent / "made" / "bin"
        made.mkdir(parents=True)
        program(made, "python", HALF)
        assert venv(tools, "python3").returncode == 0
        assert (made / "python").read_text() == WHOLE
        (tools / "python3").unlink()
        assert venv(tools, "python3").returncode == 0


class TestWhenAProgramIsMissing:
    @pytest.mark.parametrize(
        ("find", "what"),
        [
            (prerequisites.java, "Java 17 or newer is missing"),
            (prerequisites.maven, "Maven is missing"),
            (prerequisites.docker, "Docker with compose is missing: curl -fsSL https://get.docker.com | sudo sh"),
        ],
    )
    def test_it_is_named_in_one_line_with_what_installs_it(self, tools: Path, find: object, what: str) -> None:
        assert callable(find)
        with pytest.raises(StackFailure) as refused:
            find()
        assert str(refused.value).startswith(what)
        assert "\n" not in str(refused.value)

    def test_on_debian_the_package_is_named_to_who_may_not_install_it(
        self, tools: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program(tools, "apt-get", "#!/bin/sh\n")
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        with pytest.raises(StackFailure, match="sudo apt-get install -y --no-install-recommends default-jre-headless"):
            prerequisites.java()
