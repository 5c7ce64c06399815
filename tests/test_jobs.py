"""A researcher's five jobs, run as docs/howto/jobs.md has them: a section after the other, each in order."""

import re
import shutil
from pathlib import Path

import pytest
from test_docs import COLOR, assert_same, commands

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "howto" / "jobs.md").read_text()
JOBS = dict(part.split("\n", 1) for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CHECKS = {
    "Two figures and a table of a paper": "article.tex",
    "A robustness appendix over functional forms": "appendix.tex",
}
"""The documents that the results of a job go into."""
APPENDIX = r"""\documentclass{article}
\usepackage{booktabs,graphicx,siunitx}
\begin{document}
\begin{center}
  \small\input{forms}
\end{center}
\noindent\includegraphics[width=\linewidth]{forms.pdf}
\end{document}
"""


def work(shell, folder, language, text):
    """What a block of the page says to do."""
    if language == "console":
        for line, shown in commands(text):
            done = shell(line, FORCE_COLOR="1", COLUMNS="88")
            assert done.returncode == 0, done.stderr
            assert_same(COLOR.sub("", done.stdout + done.stderr), shown)
    elif language == "python":
        (folder / "job.py").write_text(text)
        done = shell("python job.py")
        assert done.returncode == 0, done.stderr
    else:
        (folder / "article.tex").write_text(text)


@pytest.mark.parametrize("job", JOBS)
def test_a_job_runs_as_it_is_written(shell, tmp_path, job):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "appendix.tex").write_text(APPENDIX)
    blocks = BLOCK.findall(JOBS[job])
    assert {language for language, _ in blocks} <= {"console", "python", "latex"}
    for language, text in blocks:
        work(shell, tmp_path, language, text)
    if (document := CHECKS.get(job)) and shutil.which("pdflatex"):
        done = shell(f"pdflatex -interaction=nonstopmode -halt-on-error {document}")
        assert done.returncode == 0, done.stdout
        assert "Overfull" not in done.stdout
