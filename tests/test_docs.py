"""README and CONTRIBUTING say what is so: commands, options, dictionary, outputs, dependencies, links.

python -m tests.test_docs      writes the README's generated parts anew: the outputs shown and the data dictionary
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from flows import cli
from flows.ingest import Summary, summary_lines
from tests.conftest import a_run
from transforms.article import Article, Record, build_article
from transforms.claim import Claim
from transforms.claims import extract
from transforms.derive import derive
from transforms.inbox import look
from transforms.lexicon import english, read_yaml
from transforms.load import daily
from transforms.readers import read
from transforms.store import commit, extracted, open_tables, replace_derived

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
COMMANDS = ("pip install . && tollbook ingest data/articles", 'pip install ".[test]" && pytest')
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# distribution -> the module that it is imported as, where that is another name
MODULES = {"pyyaml": "yaml", "lxml-html-clean": "lxml_html_clean", "prefect-dask": "prefect_dask"}
UNIMPORTED = {"fastapi", "sqlalchemy", "lxml-html-clean"}  # bounds, and what trafilatura needs


@cache
def readme() -> str:
    return README.read_text(encoding="utf-8")


# --- what is generated ---------------------------------------------------------------------------------------------------------------


@cache
def samples() -> tuple[int, int, list[tuple[Article, list[Claim]]]]:
    """The sample articles with their claims, and the number of files and of rejects."""
    files = [Path(found.path) for found in look([str(ROOT / "data" / "articles")]).files]
    built = [build_article(item) if isinstance(item, Record) else item for path in files for item in read(path)]
    found = [(article, extract(article)) for article in built if isinstance(article, Article)]
    return len(files), len(built) - len(found), found


def sample_tables(tables: Path) -> Summary:
    """The sample articles in tables, as `tollbook ingest data/articles` would put them there, without Prefect."""
    files, rejects, found = samples()
    done = commit(open_tables(tables), a_run(), [extracted(found, a_run())], [])
    return Summary("run", "data/tables", files=files, new=done.new, claims=done.claims, rejects=rejects)


def fresh(text: str) -> str:
    """The README with its generated parts as they should be."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        summary = sample_tables(Path("data/tables"))
        replace_derived(Path("data/tables"), derive(Path("data/tables"), a_run().started).tables)
        shown = [line for line in summary_lines(summary) if not line.startswith("seconds")]
        for line in shown:  # files, articles, claims, rejects, tables: the first line that begins so
            text = re.sub(rf"^{line.split()[0]} .*$", lambda _, line=line: line, text, count=1, flags=re.MULTILINE)
        names: dict[str, Any] = {}
        shown_code = re.compile(r"```python\n((?:(?!```).)*)```\n\n```text\n.*?```", re.DOTALL)
        text = shown_code.sub(lambda block: _with_output(block[1], names), text)
    table = CliRunner().invoke(cli.app, ["dictionary"]).stdout
    between = r"(?s)(?<=<!-- dictionary -->\n).*(?=<!-- end of dictionary -->)"
    return re.sub(between, lambda _: table, text)


def _with_output(code: str, names: dict[str, Any]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, names)
    lines = "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())
    return f"```python\n{code}```\n\n```text\n{lines}\n```"


def test_outputs_and_dictionary_in_the_readme_are_those_of_today() -> None:
    today = fresh(readme())
    stale = [(old, new) for old, new in zip(readme().splitlines(), today.splitlines(), strict=False) if old != new]
    assert not stale and today == readme(), "the README is behind; write it anew with: python -m tests.test_docs"


def test_duckdb_and_polars_say_what_pandas_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb, polars = pytest.importorskip("duckdb"), pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    sample_tables(Path("data/tables"))
    replace_derived(Path("data/tables"), derive(Path("data/tables"), a_run().started).tables)
    want = daily("data/tables")[["incidents", "toll"]].to_numpy().tolist()
    (sql,) = re.findall(r"```sql\n(.*?)```", readme(), re.DOTALL)
    assert [[row[2], row[3]] for row in duckdb.sql(sql).fetchall()] == want
    (code,) = re.findall(r"```py\n(.*?)print\((killed\..*?)\)\n```", readme(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code[0], names)
    found = eval(code[1], names)
    assert isinstance(found, polars.DataFrame) and [list(row) for row in found.select("incidents", "toll").rows()] == want


# --- what is promised ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_the_two_commands_stand_on_lines_of_their_own(command: str) -> None:
    assert readme().splitlines().count(command) == 1


def test_every_command_and_option_is_documented() -> None:
    group: Any = typer.main.get_command(cli.app)
    commands = [f"tollbook {name}" for name in group.commands]
    options = {option for command in [group, *group.commands.values()] for parameter in command.params for option in parameter.opts}
    options = {option for option in options if option.startswith("--")}
    assert len(commands) >= 3 and "--published" in options
    assert [thing for thing in [*commands, *sorted(options)] if f"`{thing}" not in readme()] == []


def test_no_option_is_documented_that_does_not_exist() -> None:
    group: Any = typer.main.get_command(cli.app)
    options = {option for command in [group, *group.commands.values()] for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"`(?:tollbook )?(--[a-z-]+)", readme())) - options == {"--help"}


def test_every_exit_status_is_documented() -> None:
    for status in (0, cli.REJECTED, cli.USAGE, cli.TABLES):
        assert f"| {status} | " in readme()


def test_every_dependency_is_explained() -> None:
    names = [re.split(r"[<>=\[]", requirement)[0] for requirement in PROJECT["dependencies"]]
    table = readme().split("| dependency | why |")[1].split("\n\n")[0]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", table)] == []


def test_every_import_is_a_dependency_and_every_dependency_is_imported() -> None:
    imported: set[str] = set()
    for folder in ("flows", "transforms"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                    imported.add(node.module.split(".")[0])
    imported -= {*sys.stdlib_module_names, "flows", "transforms"}
    wanted = [*PROJECT["dependencies"], *(one for extra in ("s3", "dask") for one in PROJECT["optional-dependencies"][extra])]
    required = {re.split(r"[<>=\[]", requirement)[0] for requirement in wanted}
    assert imported == {MODULES.get(name, name) for name in required - UNIMPORTED}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert links and [link for link in links if not (ROOT / link).exists()] == []


def test_modules_and_files_named_in_the_documents_exist() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        paths = re.findall(r"`((?:flows|transforms|tests|data)/[\w./-]*\w/?)`", text)
        assert [path for path in paths if not (ROOT / path).exists() and path != "data/tables"] == []


def test_every_module_has_its_place_in_the_readme() -> None:
    table = readme().split("| room | what happens there |")[1].split("\n\n")[0]
    modules = [path.name for path in (ROOT / "transforms").glob("*.py") if path.name != "__init__.py"]
    assert [name for name in modules if name not in table] == []


def test_lines_of_data_in_contributing_are_lines_of_the_data() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    registry = {entry["id"]: entry for entry in read_yaml(ROOT / "data" / "sources.yaml")}
    lines = [line for block in blocks for line in yaml.safe_load(block)]
    assert len(lines) >= 3
    for line in lines:
        if "id" in line:
            assert line.items() <= registry[line["id"]].items()
        else:
            assert line in english()["harm_verbs"] + english()["harm_nouns"]


def test_the_change_log_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == PROJECT["version"]


def test_nothing_of_this_machine_stands_in_the_project() -> None:
    """Paths of a home or a workplace, and package index addresses, are of no use to anyone else."""
    foreign = re.compile(r"(?<![\w.])/(?:home|root|work|opt|tmp|Users)/\w|extra-index|index-url|pypi\.org/simple")
    patterns = ("*.md", "*.toml", ".ci/*", "flows/*.py", "transforms/**/*.py", "data/**/*.yaml")
    files = [path for pattern in patterns for path in ROOT.glob(pattern)]
    assert len(files) > 30
    assert [str(path) for path in files if foreign.search(path.read_text(encoding="utf-8"))] == []


if __name__ == "__main__":
    README.write_text(fresh(readme()), encoding="utf-8")
