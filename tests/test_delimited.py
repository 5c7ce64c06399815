"""CSV files as spreadsheets and programs write them: read rightly, or refused with file and line."""

import pytest

from eqsolve import InputError, Params
from eqsolve.params.column import read_column
from eqsolve.params.delimited import read_delimited

READ = {
    "plain": ("taste,w\n0.2,1\n0.4,2\n", (0.2, 0.4)),
    "no zero before or after the point": ("taste\n.5\n1.\n", (0.5, 1.0)),
    "exponents and signs": ("taste\n5e-1\n+1E-3\n", (0.5, 0.001)),
    "quoted": ('taste,w\n"0.2","1,5"\n', (0.2,)),
    "Windows line ends and a mark": ("\ufefftaste,w\r\n0.2,1\r\n", (0.2,)),
    "old Mac line ends": ("taste,w\r0.2,1\r0.4,2\r", (0.2, 0.4)),
    "space around names and numbers": (" taste , w\n 0.2 , 1\n\u00a00.4\u00a0,2\n", (0.2, 0.4)),
    "Excel where commas are decimal": ("id;taste\r\n1;0,15\r\n2;1,0\r\n", (0.15, 1.0)),
    "semicolons and points": ("id;taste\n1;0.15\n2;1\n", (0.15, 1.0)),
    "tabs": ("id\ttaste\n1\t0,15\n", (0.15,)),
    "what separates is said": ("sep=;\r\ntaste;w\r\n0,2;1\r\n", (0.2,)),
    "semicolons in the name of a column": ("a;b,taste\n1,0.5\n", (0.5,)),
    "rows of Excel that are nothing": ("id,taste,,\n1,0.2,,\n,,,\n2,0.4,,\n,,,\n", (0.2, 0.4)),
    "empty rows of named columns": ("id,taste\n1,0.2\n,\n,\n", (0.2,)),
    "empty lines": ("taste\n\n0.2\n   \n0.3\n\n\n", (0.2, 0.3)),
    "another column twice": ("w,w,taste\n1,2,0.2\n", (0.2,)),
}

REFUSED = {
    "decimal commas in a single column": (
        "taste\n0,15\n0,22\n1,00\n",
        "2: the row has 2 cells, the header 1: it looks like decimal commas: write 0.15 for 0,15, or "
        "separate columns by semicolons (and 2 more rows)",
    ),
    "decimal commas in every column": (
        "taste,w\n0,15,0,3\n",
        "2: the row has 4 cells, the header 2: it looks",
    ),
    "decimal commas in one of two columns": (
        "id,taste\n1,0,15\n",
        "it looks like decimal commas: write decimal",
    ),
    "a quoted decimal comma": (
        'taste,w\n"0,15",2\n',
        '2: "0,15" is not a number in [0, 1]: it looks',
    ),
    "a longer row": ("taste\n0.2\n0.3,note\n", "3: the row has 2 cells, the header 1"),
    "a longer row that ends in nothing": ("taste,w\n0.2,1,\n", "2: the row has 3 cells, the header 2"),
    "a shorter row": ("id,taste\n1,0.5\n2\n", "3: the row has 1 cell, the header 2"),
    "semicolons below commas": (
        "id,taste\n1;0.5\n",
        "2: the row has 1 cell, the header 2: it looks sep",
    ),
    "the column twice": ("taste,taste\n0.1,0.2\n", '1: two columns are named "taste"'),
    "points and commas": (
        "taste;w\n0,2;1\n0.3;2\n",
        "3: 0.3 (line 3) has a decimal point, 0,2 (line 2)",
    ),
    "commas that may group": ("taste;w\n0;1,234\n", "2: 1,234 may be 1.234 or 1234: write decimal points"),
    "uncertain separators": (
        "a;taste,c\n1;0.5,c\n",
        "1: the header has commas and semicolons: it is",
    ),
    "other separators": ("id|taste\n1|0.5\n", 'no column "taste": did you mean id|taste?'),
    "no header": ("0.1\n0.2\n", '1: no column "taste": the first row holds numbers, not names'),
    "a quoted nothing": ('taste\n0.2\n""\n', '3: "" is not a number in [0, 1]'),
    "percent": ("taste\n15%\n", '2: "15%" is not a number in [0, 1]: it looks like a share in percent'),
    "underscores": ("taste\n0.1_0\n", '2: "0.1_0" is not a number'),
    "digits of other scripts": ("taste\n٠.٥\n", '2: "٠.٥" is not a number'),
    "infinity": ("taste\ninf\n", '2: "inf" is not a number'),
    "an open quote": ('taste,w\n0.3,1\n"0.1,2\n0.3,4\n', "3: the quotes of this row do not match"),
    "text after a quote": ('taste,w\n"0.1"x,2\n', "2: the quotes of this row do not match"),
    "rows after a cell of two lines": ('taste,note\n0.5,"a\nb"\n0.7,x,y\n', "4: the row has 3 cells"),
    "NUL": ("taste\n0.5\0\n", "not UTF-8 text (line 2)"),
    "nothing": ("", "the file is empty"),
}

CODED = {
    "UTF-16 of Excel": ("taste\tw\r\n0,15\t3\r\n".encode("utf-16"), (0.15,)),
    "UTF-16, the other order": ("\ufefftaste,w\n0.15,3\n".encode("utf-16-be"), (0.15,)),
    "UTF-32": ("taste,w\n0.15,3\n".encode("utf-32"), (0.15,)),
}


@pytest.fixture
def column(tmp_path):
    def read(content):
        file = tmp_path / "tastes.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_column(file, "taste")

    return read


@pytest.mark.parametrize(("text", "numbers"), READ.values(), ids=READ)
def test_what_is_read(column, text, numbers):
    assert column(text) == numbers


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_with_file_and_line(column, text, message):
    with pytest.raises(ValueError, match=r"tastes\.csv") as caught:
        column(text)
    assert f"tastes.csv:{message}" in str(caught.value).replace("csv: ", "csv:") or message in str(
        caught.value
    )


@pytest.mark.parametrize(("content", "numbers"), CODED.values(), ids=CODED)
def test_byte_order_marks_say_the_encoding(column, content, numbers):
    assert column(content) == numbers


@pytest.mark.parametrize("encoding", ["utf-16-le", "cp1252"])
def test_other_encodings_are_refused(column, encoding):
    with pytest.raises(ValueError, match=r"not UTF-8 text \(line 1\)"):
        column("taste,straße\n0.1,2\n".encode(encoding))


def test_every_row_of_another_length_is_told(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1\n2,3\n4,5,6\n")
    table = read_delimited(file)
    assert table.rows == (("2", "3"),)
    assert [problem.line for problem in table.problems] == [2, 4]


def test_a_game_with_decimal_commas_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("taste\n0,15\n0,22\n0,31\n0,64\n0,78\n1,00\n")
    (tmp_path / "game.toml").write_text(
        '[model]\noutputs = { dist = "empirical", file = "t.csv", column = "taste" }\n'
    )
    with pytest.raises(
        InputError, match=r"game.toml:2: .*t.csv:2: .*write 0.15 for 0,15.* \(and 5 more rows\)"
    ):
        Params.from_file(tmp_path / "game.toml")


def test_params_files_are_text_of_any_marked_encoding(tmp_path):
    game = "[finetuning]\ncost = 0.2 # β\n"
    for name, encoding in {"a.toml": "utf-16", "b.toml": "utf-8-sig", "c.toml": "utf-32"}.items():
        (tmp_path / name).write_bytes(game.encode(encoding))
        assert Params.from_file(tmp_path / name).finetuning.cost == 0.2
    (tmp_path / "d.toml").write_bytes(game.encode("utf-16-le"))
    with pytest.raises(InputError, match="not UTF-8 text"):
        Params.from_file(tmp_path / "d.toml")
