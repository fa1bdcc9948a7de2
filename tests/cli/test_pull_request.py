"""Comparisons as comments on pull requests, annotations, and the workflow of docs/ci.md, whose steps are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from calc_command import ROOT, calc

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml[^\n]*\n(.*?)```", PAGE, flags=re.DOTALL)
PLAN, WORKFLOW = BLOCKS
STEPS = {each["name"]: each for each in yaml.safe_load(WORKFLOW)["jobs"]["cost"]["steps"] if "name" in each}
DEARER = PLAN.replace("200k USD", "240k USD")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a repository whose last commit has the plan, and whose working tree a dearer one."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x.example"]
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    for command in (["init", "--quiet"], ["add", "plan.yaml"], ["commit", "--quiet", "-m", "plan"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    (tmp_path / "plan.yaml").write_text(DEARER, encoding="utf-8")
    return tmp_path


def test_a_comment_leads_with_the_change_and_says_why(clone: Path) -> None:
    done = calc("compare", "--git", "HEAD", "plan.yaml", "--md", cwd=clone)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    # 200,000 / (8 x 4 x 6,000) = 1.0417; 240,000 / 192,000 = 1.25, which is 20 % more and over the budget of 1.2.
    assert lines[0] == "**GPU-hour cost: $1.042/gpu-hour → $1.25/gpu-hour (+20 %)** · 1 check now fails"
    assert "| `gpu_hour_cost` | $1.042/gpu-hour | $1.25/gpu-hour | **+20 %** |" in lines
    assert "- `server_price` $200,000/server → $240,000/server: +$0.2083/gpu-hour" in lines
    assert "- `gpu_hour_cost <= 1.2 USD/gpu/hour`" in lines
    assert lines[-1] == "<!-- calc compare: plan.yaml -->"
    assert "<details>" in done.out


def test_a_comment_counts_what_did_not_move_and_stays_short(clone: Path) -> None:
    (clone / "old.yaml").write_text(PLAN.replace("show: [", "show: [hours_used, "), encoding="utf-8")
    (clone / "new.yaml").write_text(DEARER.replace("show: [", "show: [hours_used, "), encoding="utf-8")
    said = calc("compare", "old.yaml", "new.yaml", "--md", cwd=clone).out
    assert "1 figure unchanged." in said
    assert "| `hours_used` |" not in said.partition("<details>")[0]
    same = calc("compare", "old.yaml", "old.yaml", "--md", cwd=clone).out
    assert same.startswith("**No figure changes**\n")
    long = calc("compare", "h100-cluster-4-years", "h100-cluster-4-years", "--samples", "20", "--md").out
    assert len(long) < 65_000


def test_a_revision_that_is_not_there_is_an_error(clone: Path) -> None:
    for revision, name, words in (
        ("nowhere", "plan.yaml", "git does not give `nowhere`"),
        ("--output=x", "plan.yaml", "E-GIT"),
        ("HEAD", "other.yaml", "`HEAD` has no `other.yaml`"),
    ):
        (clone / "other.yaml").write_text(PLAN, encoding="utf-8")
        done = calc("compare", f"--git={revision}", name, cwd=clone)
        assert (done.code, words in done.err) == (2, True), done.err


def test_annotations_stand_at_the_lines_of_the_scenario(clone: Path) -> None:
    done = calc("run", "plan.yaml", "--format", "github", cwd=clone)
    line = PLAN.splitlines().index("checks: [gpu_hour_cost <= 1.2 USD/gpu/hour]") + 1
    assert done.code == 1
    assert done.out.startswith(f"::error file=plan.yaml,line={line},col=10,title=E-CHECK-FAILED::")
    (clone / "plan.yaml").write_text(PLAN.replace("200k USD/server", "200k USD/serve,r"), encoding="utf-8")
    done = calc("run", "plan.yaml", "--format", "github", cwd=clone)
    assert (done.code, done.out.startswith("::error file=plan.yaml,line=3,")) == (2, True)
    (clone / "plan.yaml").write_text(PLAN, encoding="utf-8")
    assert calc("run", "plan.yaml", "--format", "github", cwd=clone).code == 0


@pytest.mark.skipif(os.name == "nt", reason="the workflow runs on Linux")
def test_the_steps_of_the_workflow_post_a_comment_and_fail_where_the_budget_breaks(clone: Path) -> None:
    tools = clone / "tools"
    tools.mkdir()
    (tools / "calc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m calc "$@"\n', encoding="utf-8")
    # In the place of GitHub's own tool one that writes down what it is asked; the first time there is no comment.
    (tools / "gh").write_text(
        '#!/bin/sh\necho "$@" >> asked\ncase "$*" in *PATCH*|*POST*) ;; *) cat last 2>/dev/null || true ;; esac\n'
    )
    for each in tools.iterdir():
        each.chmod(0o755)
    known = {"BASE": "HEAD", "GH_TOKEN": "none", "REPOSITORY": "me/mine", "NUMBER": "7"}
    environment = {**os.environ, **known, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}

    def run(step: str) -> int:
        command = ["bash", "-eo", "pipefail", "-c", STEPS[step]["run"]]
        return subprocess.run(command, cwd=clone, env=environment, capture_output=True, check=False).returncode

    assert [run(step) for step in ("compare", "comment", "budget")] == [0, 0, 1]
    assert "--method POST repos/me/mine/issues/7/comments --field body=@comment.md" in (clone / "asked").read_text()
    assert "<!-- calc compare: plan.yaml -->" in (clone / "asked").read_text()
    (clone / "last").write_text("42\n")
    (clone / "plan.yaml").write_text(PLAN, encoding="utf-8")
    assert [run(step) for step in ("compare", "comment", "budget")] == [0, 0, 0]
    assert "--method PATCH repos/me/mine/issues/comments/42" in (clone / "asked").read_text()
